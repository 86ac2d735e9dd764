"""How parts and kernels become LLVM's code: the few things that they are made of without Numba's detours.

Numba takes 1 ms for each ``array[place]`` and each ``a + b``, and leaves LLVM 30 instructions to clear away; 60 for a
loop, and for each call a way out for errors. Places are counted from the beginning only, so that nothing asks whether
they are negative.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.analysis import compute_cfg_from_blocks, compute_use_defs
from numba.core.ir import Assign, Const, Expr, FreeVar, Global
from numba.core.ir_utils import get_definition, guard
from numba.core.lowering import Lower
from numba.np.numpy_support import as_dtype

__all__ = [
    "COMPARISONS",
    "SUMS",
    "Direct",
    "array_of",
    "calling",
    "data_of",
    "itemsize_of",
    "length_of",
    "never_raises",
    "place_of",
]

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
# What is asked of arrays, and where it is kept.
_FIELDS = {"size": "nitems", "shape": "shape"}


def _field(context: Any, kind: types.Array, name: str) -> int:
    return int(context.data_model_manager[kind].get_field_position(name))


def data_of(context: Any, builder: Any, kind: types.Array, array: Any) -> Any:
    """Where the numbers of an array begin."""
    return builder.extract_value(array, _field(context, kind, "data"))


def place_of(context: Any, builder: Any, kind: types.Array, array: Any, number: Any) -> Any:
    """Where a number of a contiguous array lies."""
    return builder.gep(data_of(context, builder, kind, array), [number], inbounds=True)


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


def never_raises(module: Any) -> bool:
    """Whether what a module's functions return is never an error."""
    ends = (block.terminator for function in module.functions for block in function.blocks)
    return all(_is_plain_return(end) for end in ends if isinstance(end, ir.instructions.Ret))


def _is_plain_return(end: Any) -> bool:
    return bool(end.operands) and isinstance(end.operands[0], ir.Constant) and end.operands[0].constant == 0


def calling(fndesc: Any, library: Any) -> Any:
    """Code that calls a part that never raises: nothing is asked behind the call."""

    def call(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        function = context.declare_function(builder.module, fndesc)
        result, error, *_ = function.args
        place = cgutils.alloca_once(builder, result.type.pointee)
        given = context.call_conv._get_arg_packer(fndesc.argtypes).as_arguments(builder, args)
        builder.call(function, [place, ir.Constant(error.type, None), *given])
        return context.get_returned_value(builder, fndesc.restype, builder.load(place))

    call.signature, call.libs = fndesc.argtypes, (library,)  # type: ignore[attr-defined]  # where Numba looks for them
    return call


class Direct(Lower):
    """Lowers numbers of contiguous arrays, and sums and comparisons of whole numbers, to single instructions."""

    def lower_assign(self, ty: Any, inst: Any) -> Any:
        """As Numba, which would look up where functions are that are called by name."""
        if isinstance(ty, types.Dispatcher) and isinstance(inst.value, (FreeVar, Global)):
            return self.context.get_constant_null(ty)
        return super().lower_assign(ty, inst)

    def lower_expr(self, resty: Any, expr: Any) -> Any:
        """Loops over ranges, and what is asked of arrays; all else as Numba."""
        op = expr.op
        if op == "getiter" and resty == types.range_iter64_type:
            step = self._step_of(expr.value)
            return super().lower_expr(resty, expr) if step is None else self._loop(expr, step)
        if op == "iternext" and self.typeof(expr.value.name) == types.range_iter64_type:
            return self._next(self.loadvar(expr.value.name))
        if op in ("pair_first", "pair_second"):
            return self.builder.extract_value(self.loadvar(expr.value.name), int(op == "pair_second"))
        if op == "call" and resty == types.range_state64_type and not (expr.kws or expr.vararg):
            return self._range(expr.args)
        if op == "getattr" and isinstance(self.typeof(expr.value.name), types.Array):
            kind = self.typeof(expr.value.name)
            if expr.attr == "itemsize":  # divided by, it costs no division if it is known to LLVM
                return _WORD(itemsize_of(kind))
            if expr.attr in _FIELDS:
                field = _field(self.context, kind, _FIELDS[expr.attr])
                return self.builder.extract_value(self.loadvar(expr.value.name), field)
        return super().lower_expr(resty, expr)

    def _range(self, given: Any) -> Any:
        """``range(start, stop, step)``."""
        values = [self._cast_var(each, types.int64) for each in given]
        start, stop, *step = values if len(values) > 1 else (_WORD(0), *values)
        return cgutils.pack_struct(self.builder, (start, stop, *(step or [_WORD(1)])))

    def _step_of(self, ranged: Any) -> int | None:
        """The step of the range that a variable holds, if it can be told."""
        call = guard(get_definition, self.func_ir, ranged)
        if not (isinstance(call, Expr) and call.op == "call") or call.kws or call.vararg:
            return None
        if len(call.args) < 3:
            return 1
        step = guard(get_definition, self.func_ir, call.args[2])
        return int(step.value) if isinstance(step, (Const, FreeVar, Global)) and step.value else None

    def _loop(self, expr: Any, step: int) -> Any:
        """An iterator over a range: places in memory for the next number and for how many are left."""
        builder, ranged = self.builder, self.loadvar(expr.value.name)
        start, stop = (builder.extract_value(ranged, place) for place in range(2))
        begin, end = (start, stop) if step > 0 else (stop, start)
        count = builder.sub(end, begin)
        if abs(step) > 1:
            count = builder.sdiv(builder.add(count, _WORD(abs(step) - 1)), _WORD(abs(step)))
        here, left = (cgutils.alloca_once_value(builder, value) for value in (start, count))
        return cgutils.pack_struct(builder, (here, stop, _WORD(step), left))

    def _next(self, iterator: Any) -> Any:
        """The next number of a range, and whether there is one."""
        builder = self.builder
        here, _, step, left = (builder.extract_value(iterator, place) for place in range(4))
        value, count = builder.load(here), builder.load(left)
        builder.store(builder.add(value, step), here)
        builder.store(builder.sub(count, _WORD(1), flags=["nsw"]), left)
        return cgutils.pack_struct(builder, (value, builder.icmp_signed(">", count, _WORD(0))))

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        """``array[place]``."""
        if not _is_number_of_line(*signature.args) or self.context.enable_boundscheck:
            return super().lower_getitem(resty, expr, value, index, signature)
        found = self.context.unpack_value(self.builder, signature.args[0].dtype, self._place(value, index, signature))
        return self.context.cast(self.builder, found, signature.return_type, resty)

    def lower_setitem(self, target_var: Any, index_var: Any, value_var: Any, signature: Any) -> Any:
        """``array[place] = value``."""
        kind, place, given = signature.args
        if not _is_number_of_line(kind, place) or given != kind.dtype or self.context.enable_boundscheck:
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
        """Keep a variable's value: there is nothing to count references of."""
        if self._disable_sroa_like_opt:
            super().storevar(value, name, argidx)  # there is a debugger to tell
        elif name in self._singly_assigned_vars:
            self._blk_local_varmap[name] = value
        else:
            self._alloca_var(name, self.typeof(name))
            self.builder.store(value, self.getvar(name))

    def delvar(self, name: str) -> None:
        """Nothing to give back: kernels own no memory."""

    def _find_singly_assigned_variable(self) -> None:
        """Variables that need no place in memory: also those that later blocks use, where all ways lead through one.

        Numba finds those that one block alone uses.
        """
        self._singly_assigned_vars, self._blk_local_varmap = set(), {}
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
        return place_of(self.context, self.builder, kind, array, at)
