"""The command line."""

from __future__ import annotations

import pytest

from numbapool.demo import main

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
