"""Fields of the table that every kernel reads, a flat int64 array; `plans.tables` and `plans.cutting` write it.

Arrays are flat. A kernel sees them as ``(outer, depth, height, width, inner)``: two outer axes, three spatial ones, and
an inner axis (trailing channels) that is contiguous. Steps are strides, in elements.
"""

from __future__ import annotations

from .compile import loop

(
    UNITS,  # rows of results, times strips in each
    OUTER_0,  # extents of the outer axes
    OUTER_1,
    X_BASE,  # place of the first number in the source
    X_OUTER_0,  # steps in the source
    X_OUTER_1,
    X_DEPTH,
    X_HEIGHT,
    Y_BASE,  # the same in the result
    Y_OUTER_0,
    Y_OUTER_1,
    Y_DEPTH,
    Y_HEIGHT,
    INNER,  # numbers of one pixel, in both
    DEPTH,  # extents of the source
    HEIGHT,
    WIDTH,
    OUT_DEPTH,  # and of the result
    OUT_HEIGHT,
    OUT_WIDTH,
    KERNEL_D,  # windows along each axis; 0 where they are of several sizes
    KERNEL_H,
    KERNEL_W,
    STRIDE_D,
    STRIDE_H,
    STRIDE_W,
    STEP_D,  # from one position of a window to the next: the dilation
    STEP_H,
    STEP_W,
    PAD_D,  # padding before
    PAD_H,
    PAD_W,
    STRIP,  # results of a row that are worked on at a time
    BLOCK,  # rows of results that are worked on one after the other, or planes
    LINE_ROOM,  # numbers of scratch memory for a line
    LINES_KEPT,  # lines that the rows of a block share
    AHEAD,  # prefetch distance in the source, in elements; negative if rows run backwards, 0 for no prefetching
    STREAMS,  # whether parallel kernels write results by non-temporal stores, past the caches
    FIRST_D,  # where in this table the first position of each window stands
    FIRST_H,
    FIRST_W,
    COUNT_D,  # and the number of its positions
    COUNT_H,
    COUNT_W,
    DIVISOR,  # of all windows; 0 where they differ
    DIVISOR_D,  # and then where its factors stand
    DIVISOR_H,
    DIVISOR_W,
    INDEX_D,  # what one step along each axis adds to an index
    INDEX_H,
    INDEX_W,
    ALIKE_H,  # where the table holds, for each window, how many from it on are of one size and evenly spaced
    ALIKE_W,
    DRAW_BASE,  # number of the first result in row-major order, by which draws are counted; then steps in that order
    DRAW_OUTER_0,
    DRAW_OUTER_1,
    DRAW_DEPTH,
    DRAW_HEIGHT,
    DRAW_WIDTH,
    DRAW_INNER,
    CHANNELS,  # numbers of a pixel that are worked on at a time, where a unit is a plane of these
    STARTS,  # from the first positions of one plane's windows to those of the next; 0: the same for all planes
    FIELDS,  # how many there are
) = range(63)


@loop
def strip_of(table, unit):
    """What a unit of work is: some windows of a block of rows.

    Its place along the outer axes and the depth, the first row and the one behind the last, the first window and how
    many; then where the windows' first plane begins in the source, and where the plane of their results begins.
    """
    strips = (table[OUT_WIDTH] + table[STRIP] - 1) // table[STRIP]
    blocks = (table[OUT_HEIGHT] + table[BLOCK] - 1) // table[BLOCK]
    rest, w = unit // strips, unit % strips * table[STRIP]
    rest, top = rest // blocks, rest % blocks * table[BLOCK]
    rest, d = rest // table[OUT_DEPTH], rest % table[OUT_DEPTH]
    o, p = rest // table[OUTER_1], rest % table[OUTER_1]
    bottom, n = min(top + table[BLOCK], table[OUT_HEIGHT]), min(table[STRIP], table[OUT_WIDTH] - w)
    plane = table[X_BASE] + o * table[X_OUTER_0] + p * table[X_OUTER_1] + table[table[FIRST_D] + d] * table[X_DEPTH]
    to = table[Y_BASE] + o * table[Y_OUTER_0] + p * table[Y_OUTER_1] + d * table[Y_DEPTH]
    return o, p, d, top, bottom, w, n, plane, to


@loop
def rectangle_of(table, h, w, rows, wins):
    """Windows of one size, evenly apart, from row ``h`` and column ``w`` on, at most ``rows`` times ``wins`` of them.

    How many rows and columns of them, their first position and size along both axes, and how far they are apart.
    """
    rows, wins = min(table[table[ALIKE_H] + h], rows), min(table[table[ALIKE_W] + w], wins)
    high, wide = table[table[COUNT_H] + h], table[table[COUNT_W] + w]
    first_h, first_w = table[table[FIRST_H] + h], table[table[FIRST_W] + w]
    apart = table[table[FIRST_H] + h + 1] - first_h if rows > 1 else 1
    stride = table[table[FIRST_W] + w + 1] - first_w if wins > 1 else 1
    return rows, wins, first_h, first_w, high, wide, apart, stride
