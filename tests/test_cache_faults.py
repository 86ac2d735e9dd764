"""The kernel cache on disk, spoiled in every way: always the right result, at worst slower."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")

POOL = """
import numpy as np, numbapool as nbp
x = np.arange(16.0).reshape(1, 4, 4)
assert nbp.MaxPool2d(2)(x).tolist() == [[[5, 7], [13, 15]]]
print("right")
"""


def start(cache, code=POOL, **environment):
    known = {**os.environ, "NUMBA_CACHE_DIR": str(cache), **environment}
    known = {name: value for name, value in known.items() if value is not None}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", code], env=known, cwd=os.sep, **pipes)  # where no package is


def check(process):
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, output.strip()) == (0, b"right"), errors.decode()


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A cache that holds the kernel."""
    cache = tmp_path_factory.mktemp("cache")
    check(start(cache))
    assert list(cache.rglob("*.nbi"))
    assert list(cache.rglob("*.nbc"))
    return cache


def truncated(data):
    return data[: len(data) // 2]


@pytest.mark.parametrize("kind", ["*.nbi", "*.nbc"])
@pytest.mark.parametrize(
    "spoiled", [truncated, lambda data: b"", lambda data: b"garbage" * 1000, lambda data: b"\x80\x04N.", None]
)
def test_spoiled_files(filled, tmp_path, kind, spoiled):
    for file in filled.rglob("*"):
        if file.is_file():
            place = tmp_path / file.relative_to(filled)
            place.parent.mkdir(parents=True, exist_ok=True)
            data = file.read_bytes()
            if not file.match(kind):
                place.write_bytes(data)
            elif spoiled is None:  # a directory in the place of the file
                place.mkdir()
            else:
                place.write_bytes(spoiled(data))
    check(start(tmp_path))


def test_many_processes_on_an_empty_cache(tmp_path):
    for process in [start(tmp_path, NUMBA_NUM_THREADS="1") for _ in range(5)]:
        check(process)
    check(start(tmp_path))


def test_killed_while_compiling(tmp_path):
    for seconds in (1.5, 2.5):
        process = start(tmp_path)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    check(start(tmp_path))
    check(start(tmp_path))


def test_directories_that_are_none(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    check(start(file))
    check(start("/proc/nowhere"))
    check(start(tmp_path / "new" / "and" / "deep"))
    check(start(tmp_path, HOME=None, XDG_CACHE_HOME=None, USERPROFILE=None))


def test_a_full_disk(tmp_path):
    """No file may grow: what a full disk or a quota does."""
    code = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
    check(start(tmp_path, code + POOL))
    check(start(tmp_path))


def test_two_versions_of_the_package(tmp_path):
    """Each has kernels of its own, in the same cache."""
    import numbapool

    package, cache = Path(numbapool.__file__).parent, tmp_path / "cache"
    for version, text in (("old", "finish(combine_last(p, q)"), ("new", "finish(load(src[a + i + i], parameter)")):
        place = tmp_path / version / "numbapool"
        for file in package.rglob("*.py"):
            target = place / file.relative_to(package)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.read_text())
        page = place / "kernels" / "apart.py"
        source = page.read_text()
        assert "finish(combine_last(p, q)" in source
        page.write_text(source.replace("finish(combine_last(p, q)", text))
    first = POOL.replace("[[[5, 7], [13, 15]]]", "[[[0, 2], [8, 10]]]")
    for version, code in (("old", POOL), ("new", first), ("old", POOL), ("new", first)):
        path = os.pathsep.join([str(tmp_path / version), os.environ.get("PYTHONPATH", "")])
        check(start(cache, code, PYTHONPATH=path))
