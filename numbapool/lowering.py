"""How parts and kernels become LLVM's code: the few things that they are made of without Numba's detours.

Numba takes 1 ms for each ``array[place]`` and each ``a + b``, and leaves LLVM 30 instructions to clear away. Places are
counted from the beginning only, so that nothing asks whether they are negative.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.analysis import compute_cfg_from_blocks, compute_use_defs
from numba.core.ir import Assign
from numba.core.lowering import Lower
from numba.np.numpy_support import as_dtype

__all__ = ["COMPARISONS", "SUMS", "Direct", "array_of", "data_of", "itemsize_of", "length_of"]

# Operators of whole numbers of one type: LLVM's instruction, or its comparison.
SUMS = {operator.add: "add", operator.sub: "sub", operator.mul: "mul"}
COMPARISONS = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
}
_WORD = ir.IntType(64)


def _field(context: Any, kind: types.Array, name: str) -> int:
    return int(context.data_model_manager[kind].get_field_position(name))


def data_of(context: Any, builder: Any, kind: types.Array, array: Any) -> Any:
    """Where the numbers of an array begin."""
    return builder.extract_value(array, _field(context, kind, "data"))


def length_of(context: Any, builder: Any, kind: types.Array, array: Any, axis: int) -> Any:
    """Length of an array along an axis."""
    return builder.extract_value(array, [_field(context, kind, "shape"), axis])


def itemsize_of(kind: types.Array) -> int:
    """Bytes of a number of an array."""
    return int(as_dtype(kind.dtype).itemsize)  # LLVM takes longer to say


def array_of(context: Any, builder: Any, kind: types.Array, data: Any, shape: Sequence[Any]) -> Any:
    """A contiguous array that does not own its memory."""
    itemsize = _WORD(itemsize_of(kind))
    strides, nitems = [itemsize], shape[0]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    for length in shape[1:]:
        nitems = builder.mul(nitems, length)
    array = context.get_constant_null(kind)
    for name, value in (("data", data), ("itemsize", itemsize), ("nitems", nitems)):
        array = builder.insert_value(array, value, _field(context, kind, name))
    for name, values in (("shape", shape), ("strides", strides)):
        for axis, value in enumerate(values):
            array = builder.insert_value(array, value, [_field(context, kind, name), axis])
    return array


def _is_number_of_line(kind: Any, place: Any) -> bool:
    """Whether ``array[place]`` is one number of a contiguous array."""
    if not (isinstance(kind, types.Array) and kind.layout == "C" and kind.aligned):
        return False
    places: Any = place if isinstance(place, types.BaseTuple) else (place,)
    return len(places) == kind.ndim and all(isinstance(p, types.Integer) and as_dtype(p).itemsize == 8 for p in places)


class Direct(Lower):
    """Lowers numbers of contiguous arrays, and sums and comparisons of whole numbers, to single instructions."""

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        """``array[place]``."""
        if not _is_number_of_line(*signature.args):
            return super().lower_getitem(resty, expr, value, index, signature)
        found = self.context.unpack_value(self.builder, signature.args[0].dtype, self._place(value, index, signature))
        return self.context.cast(self.builder, found, signature.return_type, resty)

    def lower_setitem(self, target_var: Any, index_var: Any, value_var: Any, signature: Any) -> Any:
        """``array[place] = value``."""
        kind, place, given = signature.args
        if not _is_number_of_line(kind, place) or given != kind.dtype:
            return super().lower_setitem(target_var, index_var, value_var, signature)
        value = self._cast_var(value_var, given)
        return self.context.pack_value(self.builder, given, value, self._place(target_var, index_var, signature))

    def lower_binop(self, resty: Any, expr: Any, op: Any) -> Any:
        """``a + b``."""
        signature = self.fndesc.calltypes[expr]
        kind: Any = signature.args[0]
        if not isinstance(kind, types.Integer) or signature.args[1] != kind:
            return super().lower_binop(resty, expr, op)
        if op in SUMS and signature.return_type == kind:
            make = getattr(self.builder, SUMS[op])
        elif op in COMPARISONS and signature.return_type == types.boolean:
            compare = self.builder.icmp_unsigned if kind in types.unsigned_domain else self.builder.icmp_signed
            make = lambda a, b: compare(COMPARISONS[op], a, b)
        else:
            return super().lower_binop(resty, expr, op)
        result = make(self._cast_var(expr.lhs, kind), self._cast_var(expr.rhs, kind))
        return self.context.cast(self.builder, result, signature.return_type, resty)

    def storevar(self, value: Any, name: str, argidx: int | None = None) -> None:
        """Keep a variable's value: nothing to count references of, nothing to tell a debugger."""
        if name in self._singly_assigned_vars:
            self._blk_local_varmap[name] = value
        else:
            self._alloca_var(name, self.typeof(name))
            self.builder.store(value, self.getvar(name))

    def delvar(self, name: str) -> None:
        """Nothing to give back: kernels own no memory."""

    def _find_singly_assigned_variable(self) -> None:
        """Variables that need no place in memory: also those that later blocks use, where all ways lead through one."""
        super()._find_singly_assigned_variable()
        blocks = self.func_ir.blocks
        found = compute_use_defs(blocks)
        dominators = compute_cfg_from_blocks(blocks).dominators()
        makers: dict[str, list[int]] = {}
        for label, block in blocks.items():
            for each in block.find_insts(Assign):
                makers.setdefault(each.target.name, []).append(label)
        users: dict[str, list[int]] = {}
        for label, names in found.usemap.items():
            for name in names:
                users.setdefault(name, []).append(label)
        for name, made in makers.items():
            if len(made) == 1 and all(
                made[0] < label and made[0] in dominators[label] for label in users.get(name, ())
            ):
                self._singly_assigned_vars.add(name)

    def _place(self, array_var: Any, index_var: Any, signature: Any) -> Any:
        """Where the number lies."""
        kind, place = signature.args[:2]
        array, index = self.loadvar(array_var.name), self._cast_var(index_var, place)
        if isinstance(place, types.BaseTuple):
            at = self.builder.extract_value(index, 0)
            for axis in range(1, kind.ndim):
                length = length_of(self.context, self.builder, kind, array, axis)
                at = self.builder.add(self.builder.mul(at, length), self.builder.extract_value(index, axis))
        else:
            at = index
        return self.builder.gep(data_of(self.context, self.builder, kind, array), [at], inbounds=True)
