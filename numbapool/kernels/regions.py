"""Regions of interest: bins of boxes, sampled between pixels or taken as they are."""

from __future__ import annotations

import numpy as np
from numba import prange
from numba.extending import register_jitable

from .compile import kernel

__all__ = ["align", "align_gradient", "crop_max"]

# Columns of ``boxes``: image, first corner and extent in pixels. ``bins`` holds the rows and columns of bins in a box.
IMAGE, X, Y, WIDTH, HEIGHT = range(5)


@register_jitable
def _corner(at, size):
    """The pixel below a coordinate, the one above it, and how near it is to that."""
    at = max(at, 0.0)
    low = int(at)
    if low >= size - 1:
        return size - 1, size - 1, 0.0
    return low, low + 1, at - low


@register_jitable
def _inside(first, step, count, size):
    """Which samples of a bin lie on the map, so that boxes far outside cost nothing."""
    if step == 0:
        return 0, count
    one, other = (-1 - first) / step, (size - first) / step  # steps of reversed boxes are negative
    begin = min(max(np.floor(min(one, other)) - 1, 0.0), float(count))
    end = max(min(np.ceil(max(one, other)) + 1, float(count)), begin)
    return int(begin), int(end)


@register_jitable
def _samples(extent, bins, sampling_ratio):
    return sampling_ratio if sampling_ratio > 0 else max(int(np.ceil(extent / bins)), 0)


@kernel
def align():
    """A work unit is one channel of one box."""

    def align(x, y, boxes, bins, sampling_ratio, channels, size, maximum, units, pieces):
        rows, columns, height, width = bins[0], bins[1], size[0], size[1]
        for piece in prange(pieces):
            for unit in range(units * piece // pieces, units * (piece + 1) // pieces):
                box = unit // channels
                plane = (int(boxes[box, IMAGE]) * channels + unit % channels) * height * width
                high, wide = boxes[box, HEIGHT] / rows, boxes[box, WIDTH] / columns
                down = _samples(boxes[box, HEIGHT], rows, sampling_ratio)
                across = _samples(boxes[box, WIDTH], columns, sampling_ratio)
                to = unit * rows * columns
                for r in range(rows):
                    top, step_y = boxes[box, Y] + r * high, high / max(down, 1)
                    i0, i1 = _inside(top + step_y / 2, step_y, down, height)
                    for c in range(columns):
                        left, step_x = boxes[box, X] + c * wide, wide / max(across, 1)
                        j0, j1 = _inside(left + step_x / 2, step_x, across, width)
                        total, seen = 0.0, 0
                        m = -np.inf
                        for i in range(i0, i1):
                            v = top + (i + 0.5) * step_y
                            if v < -1 or v > height:
                                continue
                            low_y, high_y, fy = _corner(v, height)
                            for j in range(j0, j1):
                                h = left + (j + 0.5) * step_x
                                if h < -1 or h > width:
                                    continue
                                low_x, high_x, fx = _corner(h, width)
                                a = (1 - fy) * (1 - fx) * x[plane + low_y * width + low_x]
                                b = (1 - fy) * fx * x[plane + low_y * width + high_x]
                                d = fy * (1 - fx) * x[plane + high_y * width + low_x]
                                e = fy * fx * x[plane + high_y * width + high_x]
                                total += a + b + d + e
                                seen += 1
                                m = max(m, max(max(a, b), max(d, e)))
                                if total != total:
                                    m = total
                        if maximum:
                            if seen < down * across:  # samples off the map count as zero
                                m = m if m != m else max(m, 0.0)
                            y[to] = m if down * across > 0 else 0.0
                        else:
                            y[to] = total / max(down * across, 1)
                        to += 1

    return align


@kernel
def align_gradient():
    """A work unit is one plane of the input, which takes from all boxes in turn: the same sums for any thread."""

    def align_gradient(x, grad, gx, boxes, bins, sampling_ratio, channels, size, maximum, units, pieces):
        rows, columns, height, width = bins[0], bins[1], size[0], size[1]
        for piece in prange(pieces):
            for unit in range(units * piece // pieces, units * (piece + 1) // pieces):
                image, channel, plane = unit // channels, unit % channels, unit * height * width
                for i in range(plane, plane + height * width):
                    gx[i] = 0
                for box in range(boxes.shape[0]):
                    if int(boxes[box, IMAGE]) != image:
                        continue
                    high, wide = boxes[box, HEIGHT] / rows, boxes[box, WIDTH] / columns
                    down = _samples(boxes[box, HEIGHT], rows, sampling_ratio)
                    across = _samples(boxes[box, WIDTH], columns, sampling_ratio)
                    for r in range(rows):
                        top, step_y = boxes[box, Y] + r * high, high / max(down, 1)
                        i0, i1 = _inside(top + step_y / 2, step_y, down, height)
                        for c in range(columns):
                            left, step_x = boxes[box, X] + c * wide, wide / max(across, 1)
                            j0, j1 = _inside(left + step_x / 2, step_x, across, width)
                            g = grad[((box * channels + channel) * rows + r) * columns + c]
                            share = g / max(down * across, 1)
                            m, place, weight, seen = -np.inf, -1, 0.0, 0
                            for i in range(i0, i1):
                                v = top + (i + 0.5) * step_y
                                if v < -1 or v > height:
                                    continue
                                low_y, high_y, fy = _corner(v, height)
                                for j in range(j0, j1):
                                    h = left + (j + 0.5) * step_x
                                    if h < -1 or h > width:
                                        continue
                                    low_x, high_x, fx = _corner(h, width)
                                    seen += 1
                                    for corner in range(4):
                                        cy, wy = (high_y, fy) if corner >= 2 else (low_y, 1 - fy)
                                        cx, wx = (high_x, fx) if corner % 2 else (low_x, 1 - fx)
                                        at, w = plane + cy * width + cx, wy * wx
                                        if not maximum:
                                            gx[at] += share * w
                                        elif w * x[at] > m:
                                            m, place, weight = w * x[at], at, w
                            if maximum and place >= 0 and not (seen < down * across and m < 0):
                                gx[place] += g * weight

    return align_gradient


@kernel
def crop_max():
    """A work unit is one channel of one box; an empty bin is 0, with index -1."""

    def crop_max(x, y, indices, boxes, bins, channels, size, units, pieces):
        rows, columns, height, width = bins[0], bins[1], size[0], size[1]
        for piece in prange(pieces):
            for unit in range(units * piece // pieces, units * (piece + 1) // pieces):
                box = unit // channels
                plane = (int(boxes[box, IMAGE]) * channels + unit % channels) * height * width
                high, wide = boxes[box, HEIGHT] / rows, boxes[box, WIDTH] / columns
                to = unit * rows * columns
                for r in range(rows):
                    y0 = int(min(max(np.floor(r * high) + boxes[box, Y], 0.0), float(height)))
                    y1 = int(min(max(np.ceil((r + 1) * high) + boxes[box, Y], 0.0), float(height)))
                    for c in range(columns):
                        x0 = int(min(max(np.floor(c * wide) + boxes[box, X], 0.0), float(width)))
                        x1 = int(min(max(np.ceil((c + 1) * wide) + boxes[box, X], 0.0), float(width)))
                        place = -1
                        for i in range(y0, y1):
                            for j in range(x0, x1):
                                at = i * width + j
                                if place < 0 or x[plane + at] > x[plane + place] or x[plane + at] != x[plane + at]:
                                    place = at
                        if place >= 0:
                            y[to] = x[plane + place]
                        else:
                            y[to] = 0
                        indices[to] = place
                        to += 1

    return crop_max
