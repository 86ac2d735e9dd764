"""The command line."""

from __future__ import annotations

import pytest

from numbapool.cli import main

skimage = pytest.importorskip("skimage")


def test_demo_writes_a_panel(tmp_path, capsys):
    output = tmp_path / "panel.png"
    assert main(["demo", "--output", str(output)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "(512, 512, 3) -> (64, 64, 3)" in printed
    panel = skimage.io.imread(output)
    assert panel.shape[1] > 3 * panel.shape[0]
    assert panel.std() > 10


def test_demo_of_your_own_picture(tmp_path):
    picture = tmp_path / "own.png"
    skimage.io.imsave(picture, skimage.data.camera()[:100, :80], check_contrast=False)
    assert main(["demo", "--image", str(picture), "--window", "4", "--output", str(tmp_path / "out.png")]) == 0


@pytest.mark.parametrize("arguments", [["--image", "/nowhere.png"], ["--window", "0"], ["--window", "9999"]])
def test_mistakes_are_told(arguments, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["demo", *arguments, "--output", str(tmp_path / "out.png")])
    assert stopped.value.code == 1
    assert "python -m numbapool: " in capsys.readouterr().err


def test_info_tells_what_has_an_effect(capsys, monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    assert main(["info"]) == 0
    told = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert {"numbapool", "CPUs", "threads", "kernel cache", "OMP_WAIT_POLICY"} <= told.keys()


def test_warmup_of_layers_by_name(capsys):
    assert main(["warmup", "MaxPool2d(2, stride=2)", "--dtypes", "float32"]) == 0
    assert capsys.readouterr().out.startswith("MaxPool2d(kernel_size=2) for float32\n1 made ready in ")
    for wrong in ("os.system(1)", "MaxPool2d(", "Nope(2)", "MaxPool2d(len)"):
        with pytest.raises(SystemExit):
            main(["warmup", wrong])
    assert 'layers must be like "MaxPool2d(3, 2)"' in capsys.readouterr().err
