"""Memory between pages that may not be touched: whoever reads or writes outside of it, crashes."""

from __future__ import annotations

import ctypes
import mmap

import numpy as np

__all__ = ["Guarded"]


class Guarded:
    """Arrays that end, or begin, where a forbidden page begins, or ends."""

    def __init__(self, at_end):
        self.at_end = at_end
        self.maps = []

    def __call__(self, shape, dtype):
        page, size = mmap.PAGESIZE, int(np.prod(shape)) * np.dtype(dtype).itemsize
        pages = -(-size // page)
        memory = mmap.mmap(-1, (pages + 2) * page)
        self.maps.append(memory)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        for guard in (address, address + (pages + 1) * page):
            assert protect(ctypes.c_void_p(guard), page, 0) == 0
        begin = page + (pages * page - size if self.at_end else 0)
        return np.frombuffer(memory, dtype, int(np.prod(shape)), begin).reshape(shape)
