"""How windows follow each other along a line: all of their geometry that is compiled in."""

from __future__ import annotations

from enum import Enum

__all__ = ["NARROW", "RUNS_FROM", "Motion"]

# Windows at stride 1 of up to so many positions are reduced in one pass.
NARROW = 3
# Windows of so many whole numbers, and more, are differences of running sums; see `running`.
RUNS_FROM = 5


class Motion(Enum):
    """How windows follow each other along the width; for gradients, how outputs are spread over it."""

    SLIDE = "slide"  # stride 1
    GLIDE = "glide"  # stride 1, windows wider than `NARROW`
    FILL2 = "fill2"  # windows side by side, 2, 3 or, with indices, 4 single numbers wide
    FILL3 = "fill3"
    FILL4 = "fill4"
    BY2 = "by2"  # other windows at stride 2, 3, 4 over single numbers: phases split by shuffles
    BY3 = "by3"
    BY4 = "by4"
    HALVES = "halves"  # windows of whole strides of 2, 4, 8 … numbers
    STEPS = "steps"  # any stride
    PIXELS = "pixels"  # any stride, over pixels of several numbers, two or three of them
    WIDE_PIXELS = "wide-pixels"  # the same for more, or one
    TILES = "tiles"  # over long pixels, from where they stand
    COLUMNS = "columns"  # the same where windows overlap: by columns
    TABLE = "table"  # windows of unequal size or distance: adaptive, fractional, very wide padding
    SPREAD2 = "spread2"  # the same turned round
    SPREAD3 = "spread3"
    SPREAD4 = "spread4"
    SPREAD = "spread"

    @property
    def stride(self) -> int:
        """Stride that is compiled in; 0 where it is a number of the call."""
        return int(self.value[-1]) if self.value[-1].isdigit() else 0

    @property
    def spreads(self) -> bool:
        """Whether one number of the line goes to many results."""
        return self.value.startswith("spread")

    @property
    def fills(self) -> bool:
        """Whether windows lie side by side, without gaps."""
        return self.value.startswith("fill")

    @classmethod
    def of(cls, stride: int, *, fills: bool, spread: bool) -> Motion:
        """Motion for a stride, with the stride compiled in where there is a loop for it."""
        if stride in (2, 3, 4):
            return cls(f"{'spread' if spread else 'fill' if fills else 'by'}{stride}")
        return cls.SPREAD if spread else cls.STEPS
