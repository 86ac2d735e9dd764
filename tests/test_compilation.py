"""Compiled kernels: few, found again on disk, and never a reason to fail. Each test is a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Kernels that were compiled or loaded, a serial and a parallel one counted as one, and how many were found on disk.
COUNT = """
import gc
from numbapool.kernels.compile import Kernel
used = [k for k in gc.get_objects() if type(k) is Kernel and {"serial", "parallel"} & set(vars(k))]
print(len(used), sum(sum(k.serial.stats.cache_hits.values()) for k in used if "serial" in vars(k)))
"""

SWEEP = """
import numpy as np, numbapool as nbp
x = np.zeros((1, 1, 80, 80), np.float32)
for kernel_size in range(1, 41):
    nbp.MaxPool2d(kernel_size)(x)
"""

POOL = """
import numpy as np, numbapool as nbp
x = np.arange(16.0).reshape(1, 4, 4)
assert nbp.MaxPool2d(2)(x).tolist() == [[[5, 7], [13, 15]]]
"""


def run(code, cache, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_sweep_over_window_sizes_compiles_few_kernels(tmp_path):
    assert int(run(SWEEP + COUNT, tmp_path).split()[0]) <= 6


@pytest.mark.parametrize(
    ("make", "most"),
    [
        ("nbp.MaxPool2d(**options)", 12),
        ("nbp.AvgPool2d(**options)", 12),
        ("nbp.MaxPool2d(**options, return_indices=True)", 8),
    ],
)
def test_few_kernels_serve_all_windows(tmp_path, make, most):
    """Plans are made and nothing is compiled."""
    code = f"""
import itertools
import numpy as np, numbapool as nbp
shapes = [(1, 1, 8, 8), (8, 3, 32, 32), (400, 8, 7, 7), (400, 8, 14, 14), (32, 64, 112, 112), (1, 3, 1024, 1024),
          (2, 16, 64, 112), (1, 1, 1, 5000), (1, 1, 5000, 1), (3, 5, 17, 31), (4, 64, 28, 28), (64, 1, 20, 20)]
kernels = set()
for size, stride, padding, dilation, shape, last in itertools.product(
    (1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 64), (1, 2, 3, 4, 5, 8, 16), (0, 1), (1, 2), shapes, (False, True)
):
    options = dict(kernel_size=size, stride=stride, padding=min(padding, size // 2), dilation=dilation)
    layer = {make}
    layout = shape if not last else (shape[0], *shape[2:], shape[1])
    x = np.moveaxis(np.empty(layout, np.float32), -1, 1) if last else np.empty(layout, np.float32)
    try:
        layer.output_shape(x.shape)
    except nbp.PoolingError:
        continue
    plan, _ = layer._plan_for(x, layer._indexed)
    kernels.add(plan.kernel)
print(len(kernels))
"""
    assert int(run(code, tmp_path)) <= most


def test_the_next_process_finds_the_kernel(tmp_path):
    assert run(POOL + COUNT, tmp_path) == "1 0"
    assert run(POOL + COUNT, tmp_path) == "1 1"


@pytest.mark.parametrize("where", ["a file", "nowhere"])
def test_a_directory_that_cannot_be_written_is_no_error(tmp_path, where):
    place = tmp_path / "place"
    if where == "a file":
        place.write_text("not a directory")
    else:
        place = "/proc/numbapool"
    assert run(POOL + COUNT, place).split()[0] == "1"


OWN = """
import numba, numpy as np, numbapool as nbp
{definition}
print(nbp.pool(np.array([1.0, 4.0, 2.0, 2.5]), 2, {call}).tolist())
"""


def test_own_functions_are_found_again_and_compiled_anew_when_edited(tmp_path):
    """Whatever part of them has changed: the function or its options, one that it calls, or a number that it uses."""
    plain = "factor = 1.0\n@numba.njit\ndef helper(a):\n    return a.max()\n"
    function = "@numba.njit\ndef spread(w):\n    return (helper(w) - w.min()) * factor"
    versions = {
        plain + function: "[3.0, 0.5]",
        plain.replace("1.0", "2.0") + function: "[6.0, 1.0]",
        plain.replace("max", "sum") + function: "[4.0, 2.5]",
        plain + function.replace("w.min()", "w.max()"): "[0.0, 0.0]",
        plain + function.replace("njit", "njit(error_model='numpy')"): "[3.0, 0.5]",
    }
    for hits, times in ((0, len(versions)), (1, 2)):
        for definition, expected in list(versions.items())[:times]:
            code = OWN.format(definition=definition, call="spread") + COUNT
            assert run(code, tmp_path).splitlines() == [expected, f"1 {hits}"]


def test_a_number_of_a_module_counts(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport page\n"
    code += OWN.format(definition="@numba.njit\ndef scaled(w):\n    return w.max() * page.factor", call="scaled")
    for factor, expected in (("1.0", "[4.0, 2.5]"), ("2.0", "[8.0, 5.0]")):
        (tmp_path / "page.py").write_text(f"factor = {factor}")
        assert run(code, tmp_path / "cache", PYTHONDONTWRITEBYTECODE="1") == expected


def test_functions_that_call_themselves(tmp_path):
    """Code on disk would refer to a function by a number that Numba gives it anew in each process."""
    total = """
@numba.njit
def total(a, low, high):
    return a[low] if high - low == 1 else total(a, low, (low + high) // 2) + total(a, (low + high) // 2, high)
"""
    call = "numba.njit(lambda w: total(w, 0, w.size))"
    before = "numba.njit(lambda a: a + 1)(1.0)"
    for definition in (total, total, before + total):
        assert run(OWN.format(definition=definition, call=call), tmp_path) == "[5.0, 4.5]"


def test_functions_of_one_name_from_several_processes(tmp_path):
    """Those that LLVM does not inline are linked by their names."""
    code = """
def scaled(k):
    @numba.njit
    def helper(a):
        total = 0.0
        for i in range(a.size):
            total += a[i] * k
            if total > 1e9:
                total = np.sin(total) + np.cos(total) * np.exp(total)
        return total
    return numba.njit(lambda w: helper(w))
"""
    for factors, expected in (((1,), 5.0), ((2,), 10.0), ((1, 2), 15.0)):
        calls = " + ".join(f"nbp.pool(np.array([1.0, 4.0]), 2, scaled({k}))[0]" for k in factors)
        text = f"import numba, numpy as np, numbapool as nbp\n{code}\nprint({calls})"
        assert run(text, tmp_path) == str(expected)


def test_operations_are_compiled_anew_when_edited(tmp_path):
    """A reduction of another file: what counts is what it is made of, not where it stands."""
    page = """
from numba.extending import register_jitable
from numbapool.kernels.scalars import larger
from numbapool.operations.max import Max
from numbapool.operations.extremes import ExtremePool

@register_jitable
def farther(m, v):
    return {which}

class Farthest(Max, ExtremePool):
    combine = farther

class Farthest1d(Farthest, rank=1): ...
"""
    code = """
import sys; sys.path.insert(0, {folder!r})
import numpy as np
from page import Farthest1d
print(Farthest1d(2)(np.array([[1.0, -3.0, 2.0, 0.5]])).tolist())
"""
    for which, expected in (("v if abs(v) > abs(m) else m", "[[-3.0, 2.0]]"), ("m if m > v else v", "[[1.0, 2.0]]")):
        (tmp_path / "page.py").write_text(page.format(which=which))
        assert run(code.format(folder=str(tmp_path)), tmp_path / "cache", PYTHONDONTWRITEBYTECODE="1") == expected


def test_code_of_two_processes_is_told_apart(tmp_path):
    """Kernels from disk and fresh ones must not share functions that only have the same name."""
    code = """
import numpy as np, numbapool as nbp
x = np.arange(1.0, 25.0).reshape(1, 4, 6)
for name in {names}:
    pool, function = {{
        "max": (nbp.MaxPool2d(2), np.max),
        "min": (nbp.MinPool2d(2), np.min),
        "l1": (nbp.LPPool2d(1, 2), np.sum),
    }}[name]
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), (1, 2))[:, ::2, ::2]
    np.testing.assert_allclose(pool(x), function(windows, axis=(3, 4)), rtol=1e-12)
"""
    for names in (["max", "min"], ["l1", "max"], ["min", "l1"]):
        run(code.format(names=names), tmp_path)


def test_warmup(tmp_path):
    code = """
import numpy as np, numbapool as nbp
lines = []
assert nbp.warmup(nbp.MaxPool2d(2), dtypes=["float32", "uint8"], progress=lines.append) == 2
assert lines[0] == "MaxPool2d(kernel_size=2) for float32" and len(lines) == 2
assert nbp.warmup(nbp.MaxPool2d(2), dtypes="float32") == nbp.warmup(nbp.GlobalLPPool(), dtypes=np.float64) == 1
import numba.core.event as event
class Watcher(event.Listener):
    def on_start(self, event): raise AssertionError(event)
    def on_end(self, event): pass
with event.install_listener("numba:compile", Watcher()):
    nbp.MaxPool2d(2)(np.zeros((64, 64, 64, 64), np.float32))
    nbp.MaxPool2d(2)(np.zeros((1, 1, 4, 4), np.float32))
"""
    run(code, tmp_path)


def test_nothing_optional_is_imported():
    code = "import sys, numbapool; print(any(m in sys.modules for m in ('torch', 'skimage', 'matplotlib', 'rich')))"
    assert run(code, "/tmp") == "False"


def test_an_operation_is_loaded_alone(tmp_path):
    code = """
import sys
import numbapool
numbapool.MaxPool2d
print(sorted(m for m in sys.modules if m.startswith("numbapool.operations.")))
print(set(numbapool.__all__) - set(dir(numbapool)), [n for n in numbapool.__all__ if not hasattr(numbapool, n)])
"""
    first, second = run(code, tmp_path).splitlines()
    assert "numbapool.operations.max" in first
    assert "numbapool.operations.adaptive" not in first
    assert second == "set() []"
