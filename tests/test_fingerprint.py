"""What compiled code is made of: kernels over functions of the user's own are compiled anew when any of it changes."""

from __future__ import annotations

import enum
import re
import subprocess
import sys
from collections import namedtuple
from types import ModuleType

import numba
import numpy as np
import pytest
from numba.extending import register_jitable

from numbapool.kernels.compile import fingerprint

# What a function may use: how it is written with either of two values, and in an expression.
HELD = {
    "a number": ("factor = {}", "1.0", "2.0", "factor"),
    "an array": ("factors = np.full(3000, {})", "1.0", "2.0", "factors[1500]"),
    "the last digits of an array": ("factors = np.array([{}])", "1.0", "1.0 + 2e-16", "(1e16 * (factors[0] - 1.0))"),
    "a tuple of arrays": ("factors = (np.full(3000, {}),)", "1.0", "2.0", "factors[0][1500]"),
    "a slice": ("factor = slice({}, 2)", "0", "1", "w[factor].sum()"),
    "a type of tuples": ("Factors = namedtuple('Factors', {})", "['a', 'b']", "['b', 'a']", "Factors(1.0, 2.0).a"),
    "a tuple with names": ("factors = namedtuple('F', {})(1.0, 2.0)", "['a', 'b']", "['b', 'a']", "factors.a"),
    "names of an array": (
        "factors = np.zeros(1, {})",
        "[('a', 'f8'), ('b', 'f8')]",
        "[('b', 'f8'), ('a', 'f8')]",
        "factors[0].a",
    ),
    "options": ("@numba.njit(fastmath={})\ndef factor():\n    return 1.0", "True", "False", "factor()"),
    "a default": ("@numba.njit\ndef factor(a={}):\n    return a", "1.0", "2.0", "factor()"),
    "an enumeration": ("class Factor(enum.IntEnum):\n    ONE = {}", "1", "2", "Factor.ONE.value"),
    "a function": ("@numba.njit\ndef factor():\n    return {}", "1.0", "2.0", "factor()"),
    "a ufunc": ("@numba.vectorize\ndef factor(a):\n    return {}", "1.0", "2.0", "factor(w[0])"),
    "a plain function": ("@register_jitable\ndef factor():\n    return {}", "1.0", "2.0", "factor()"),
}


def mark(definition: str, use: str, where: str = "") -> str:
    """The fingerprint of a function that uses what is defined, as a global name or as an attribute of a module."""
    page, package = ModuleType("page"), ModuleType("package")
    package.page = page
    names = {"enum": enum, "namedtuple": namedtuple, "np": np, "numba": numba, "register_jitable": register_jitable}
    vars(page).update(names)
    exec(definition, vars(page))
    names.update({"page": page, "package": package} if where else vars(page))
    used = re.sub("[fF]actor", lambda found: where + found[0], use, count=1)
    exec(f"def scaled(w):\n    return w.max() * {used}", names)
    return fingerprint(names["scaled"])


@pytest.mark.parametrize("where", ["", "page.", "package.page."])
@pytest.mark.parametrize("kind", HELD)
def test_what_a_function_uses_counts(kind, where):
    definition, one, other, use = HELD[kind]
    first = mark(definition.format(one), use, where)
    assert first == mark(definition.format(one), use, where)
    assert first != mark(definition.format(other), use, where)


def test_modules_that_hold_each_other():
    one, other = ModuleType("one"), ModuleType("other")
    one.other, other.one, other.factor = other, one, 1.0
    names = {"one": one}
    exec("def scaled(w):\n    return w.max() * one.other.one.other.factor", names)
    first = fingerprint(names["scaled"])
    other.factor = 2.0
    assert fingerprint(names["scaled"]) != first


def test_functions_of_numpy_are_the_same_in_every_process():
    """Their repr has an address."""
    code = """
from math import sqrt
import numpy as np
from numba import float32, njit
from numpy import maximum, mean, median
from numbapool.kernels.compile import fingerprint
print(fingerprint(njit(lambda w: float32(mean(w)) + median(w) + sqrt(w[0]) + maximum(w[0], w[1]) + np.mean(w))))
"""
    one, other = (subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(2))
    assert one.stdout == other.stdout


def test_what_cannot_be_looked_into_is_compiled_in_each_process():
    code = """
import numba
from numbapool.kernels.compile import fingerprint
beside = numba.stencil(lambda a: a[0] + a[1])
print(fingerprint(lambda w: beside(w)[0]))
"""
    one, other = (subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(2))
    assert one.stdout != other.stdout


def test_kernels_of_operations_are_the_same_in_every_process():
    code = """
import inspect
import numpy as np
import numbapool as nbp
from numbapool.kernels.compile import fingerprint
from numbapool.operations import OPERATIONS
options = {"lp": {"norm_type": 2}, "power": {"p": 3}, "quantile": {"q": 0.3}}
for name, layers in OPERATIONS.items():
    for size, dtype in ((2, np.float32), (3, np.uint8), (5, np.float16)):
        for indexed in (False, True):
            try:
                layer = layers[1](kernel_size=size, stride=2, **options.get(name, {}))
                plan, _ = layer._plan_for(np.zeros((1, 1, 9, 9), dtype), indexed)
            except (TypeError, ValueError, AttributeError, NotImplementedError):  # those that are no windows
                continue
            form = {"parallel": False} if "parallel" in inspect.signature(plan.kernel._make).parameters else {}
            print(name, plan.kernel.name, fingerprint(plan.kernel._make(*plan.kernel._scalars, **form)))
"""
    one, other = (subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(2))
    assert len(one.stdout.splitlines()) > 40
    assert one.stdout == other.stdout
