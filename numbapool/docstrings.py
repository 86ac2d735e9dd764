"""The docstrings of layers that have none of their own: what is the same in all, around what is told of each."""

from __future__ import annotations

import re

__all__ = ["TEMPLATE", "function_name", "page"]

_PAGE = """{{Summary}}

    Parameters
    ----------
    {parameters}

    See Also
    --------
    {name_of_function} : The same as a function.

    Notes
    -----
    {{notes}}

    Examples
    --------
    >>> import numpy as np
    >>> import numbapool as nbp
    {{example}}
    """


def page(summary: str, *example: str, notes: str = "{notes}") -> str:
    """A docstring with places for what `Pool.document` fills in; ``summary`` may go on in further paragraphs."""
    text = _PAGE.replace("{{Summary}}", summary).replace("{{notes}}", notes)
    return text.replace("{{example}}", "\n    ".join(example))


def function_name(layer: str) -> str:
    """Name of a layer's functional twin: ``max_pool2d`` for ``MaxPool2d``."""
    name = layer.replace("RoI", "Roi")
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


TEMPLATE = page(
    "{Summary} of each window, over {axes}.",
    ">>> pool = nbp.{name}({example})",
    ">>> pool(np.ones((1, 3, {eights}), np.float32)).shape",
    "(1, 3, {fours})",
)
