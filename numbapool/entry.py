"""How threads enter a kernel: code beside each that takes pieces of work, and reads its arguments from a table.

A table of words (int64) stands for all types of arguments, so that one way of calling serves every kernel, alone or
several in turns. A parallel loop of Numba's own would be compiled anew for each dtype, in 0.6 s.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, count
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from .lowering import Direct, array_of

__all__ = ["RAISED", "Enterable", "job_table", "loop_of", "piece_of", "words_of"]

# Words of the table of jobs: whether any piece raised an error; how many pieces there are, workers, and jobs.
RAISED, PIECES, WORKERS, JOBS, FIRST_JOB = range(5)
# Then for each job: where its code for one piece is, where its words are, how many work units it has. Then for each
# worker the next piece of its share: whoever is done takes pieces from the shares of the others. A share is the same
# in every call, so that a thread finds its input in its cache.
JOB_WORDS = 3

_WORD = ir.IntType(64)
_WORDS = _WORD.as_pointer()
_BYTES = ir.IntType(8).as_pointer()
_PIECE = ir.FunctionType(_WORD, [_WORDS, _WORD, _WORD, _WORD])  # (words, worker, begin, end) -> whether it raised
_LOOP = ir.FunctionType(ir.VoidType(), [_BYTES.as_pointer(), _BYTES, _BYTES, _WORDS])


def piece_of(fndesc: Any) -> str:
    """Name of the code that does one piece of a kernel's work."""
    return str(fndesc.llvm_cfunc_wrapper_name)


def loop_of(fndesc: Any) -> str:
    """Name of the code that one worker runs: it takes pieces until none is left."""
    return f"{piece_of(fndesc)}.loop"


def words_of(arguments: Sequence[Any]) -> array[int]:
    """Arguments as the code for a piece reads them: arrays by their place and shape, numbers by their bits."""
    words = array("q")
    for a in arguments:
        if isinstance(a, np.ndarray):
            if not a.flags.c_contiguous:
                raise ValueError("threads read contiguous arrays only")
            words.append(_place_of(a))
            words.extend(a.shape)
        else:
            bits = np.asarray(a).tobytes()
            words.frombytes(bits.ljust(_words_for(len(bits)) * words.itemsize, b"\0"))
    return words


def _words_for(size: int) -> int:
    """How many words a number of so many bytes takes."""
    return -(-size // 8)


def _place_of(line: Any) -> int:
    """Where the numbers of an array begin in memory."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(line))  # in a third of the time that NumPy takes
    except (TypeError, ValueError):  # it cannot be written, or is empty
        return int(line.__array_interface__["data"][0])


def job_table(jobs: Sequence[tuple[int, int, int]], pieces: int, workers: int) -> array[int]:
    """The table for jobs of ``(address of the code, address of the words, units)``."""
    table = array("q", (0, pieces, workers, len(jobs), *chain.from_iterable(jobs)))
    table.extend(_shares(pieces, workers))
    return table


@lru_cache
def _shares(pieces: int, workers: int) -> array[int]:
    """Where the share of each worker begins."""
    return array("q", (pieces * w // workers for w in range(workers)))


class Enterable(Direct):
    """Lowers a kernel, and what threads call of it in place of a function for C."""

    def create_cfunc_wrapper(self) -> None:
        """Add the code for one piece, and for a worker."""
        module = self.context.create_module("entry")
        _add_piece(self.context, module, self.fndesc)
        _add_loop(module, loop_of(self.fndesc))
        self.library.add_ir_module(module)


def _add_piece(context: Any, module: Any, fndesc: Any) -> None:
    kernel_type = context.call_conv.get_function_type(fndesc.restype, fndesc.argtypes)
    kernel = ir.Function(module, kernel_type, fndesc.llvm_func_name)
    piece = ir.Function(module, _PIECE, piece_of(fndesc))
    words, worker, begin, end = piece.args
    builder = ir.IRBuilder(piece.append_basic_block())
    places = count()

    def next_place() -> Any:
        return builder.gep(words, [_WORD(next(places))])

    values = []
    scratch_from = len(fndesc.argtypes) - 6
    for number, kind in enumerate(fndesc.argtypes[:-2]):
        if isinstance(kind, types.Array):
            place = builder.load(next_place())
            if number >= scratch_from:
                place = builder.add(place, builder.mul(worker, builder.load(next_place())))
            shape = [builder.load(next_place()) for _ in range(kind.ndim)]
            data = builder.inttoptr(place, context.get_data_type(kind.dtype).as_pointer())
            values.append(array_of(context, builder, kind, data, shape))
        else:
            stored = context.get_data_type(kind)
            values.append(context.unpack_value(builder, kind, builder.bitcast(next_place(), stored.as_pointer())))
            for _ in range(1, _words_for(context.get_abi_sizeof(stored))):
                next(places)
    values += begin, end
    status, _ = context.call_conv.call_function(builder, kernel, fndesc.restype, fndesc.argtypes, values)
    builder.ret(builder.zext(status.is_error, _WORD))


def _add_loop(module: Any, name: str) -> None:
    loop = ir.Function(module, _LOOP, name)
    numbers, _, _, jobs = loop.args  # Numba's threads hand the number of the worker over as a pointer
    builder = ir.IRBuilder(loop.append_basic_block())

    def word(place: Any) -> Any:
        return builder.gep(jobs, [place])

    worker = builder.ptrtoint(builder.load(numbers), _WORD)
    pieces, workers, many = (builder.load(word(_WORD(n))) for n in (PIECES, WORKERS, JOBS))
    counters = builder.add(builder.mul(many, _WORD(JOB_WORDS)), _WORD(FIRST_JOB))
    with cgutils.for_range(builder, workers) as turn:
        share = builder.urem(builder.add(worker, turn.index), workers)
        end = builder.sdiv(builder.mul(pieces, builder.add(share, _WORD(1))), workers)
        take, work, done = (loop.append_basic_block(label) for label in ("take", "work", "done"))
        builder.branch(take)
        builder.position_at_end(take)
        piece = builder.atomic_rmw("add", word(builder.add(counters, share)), _WORD(1), "monotonic")
        builder.cbranch(builder.icmp_signed("<", piece, end), work, done)
        builder.position_at_end(work)
        with cgutils.for_range(builder, many) as each:
            first = builder.add(builder.mul(each.index, _WORD(JOB_WORDS)), _WORD(FIRST_JOB))
            address, words, units = (builder.load(word(builder.add(first, _WORD(i)))) for i in range(JOB_WORDS))
            ends = [builder.sdiv(builder.mul(units, p), pieces) for p in (piece, builder.add(piece, _WORD(1)))]
            code = builder.inttoptr(address, _PIECE.as_pointer())
            raised = builder.call(code, [builder.inttoptr(words, _WORDS), worker, *ends])
            with builder.if_then(builder.icmp_unsigned("!=", raised, _WORD(0)), likely=False):
                builder.store(raised, word(_WORD(RAISED)))
        builder.branch(take)
        builder.position_at_end(done)
    builder.ret_void()
