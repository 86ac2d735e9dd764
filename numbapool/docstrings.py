"""The docstrings of layers that have none of their own: what is the same in all, around what is told of each."""

from __future__ import annotations

__all__ = ["TEMPLATE", "page"]

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


TEMPLATE = page(
    "{Summary} of each window, over {axes}.",
    ">>> pool = nbp.{name}({example})",
    ">>> pool(np.ones((1, 3, {eights}), np.float32)).shape",
    "(1, 3, {fours})",
)
