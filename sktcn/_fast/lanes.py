"""Comparison of many numbers with a few thresholds, written for the vector units of a processor.

LLVM turns the plain loop into wide vectors with bit masks, which take twice as long.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BITS = 256  # of a vector
STEP = 8  # numbers of 32 bits in a vector, or of 64 bits in two
INT32 = ir.IntType(32)


def count_sums(n_thresholds: int) -> Any:
    """Build the function that counts for so many thresholds at once."""

    @intrinsic  # type: ignore[untyped-decorator]
    def count(
        context: Any, left: Any, right: Any, row: Any, n: Any, thresholds: Any, place: Any, out: Any
    ) -> Any:
        """Add to ``out``, from a place on, how many of ``n`` sums exceed each threshold.

        A sum is that of an entry of ``left`` and the entry of ``right`` after ``row``; ``n`` is a
        multiple of `STEP`.
        """
        signature = types.void(left, right, row, n, thresholds, place, out)
        return signature, lambda *arguments: _write(n_thresholds, *arguments)

    return count


def _write(n_thresholds: int, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write the loop over vectors of sums, with a vector of counts for each threshold."""
    left, right, thresholds, out = (
        context.make_array(signature.args[k])(context, builder, arguments[k]).data
        for k in (0, 1, 4, 6)
    )
    row, n, place = (arguments[k] for k in (2, 3, 5))
    kind = signature.args[0].dtype
    floats = ir.VectorType(context.get_value_type(kind), BITS // kind.bitwidth)
    integers = ir.VectorType(ir.IntType(kind.bitwidth), floats.count)

    def load(array: Any, offset: Any) -> Any:
        vector = builder.bitcast(builder.gep(array, [offset]), floats.as_pointer())
        return builder.load(vector, align=kind.bitwidth // 8)

    right = builder.gep(right, [row])
    places = [builder.add(place, place.type(j)) for j in range(n_thresholds)]
    limits = [_repeat(builder, floats, builder.load(builder.gep(thresholds, [j]))) for j in places]
    counts = [cgutils.alloca_once_value(builder, integers(None)) for _ in places]
    with cgutils.for_range_slice(builder, n.type(0), n, n.type(floats.count)) as (i, _):
        sums = builder.fadd(load(left, i), load(right, i))
        for count, limit in zip(counts, limits, strict=True):
            above = builder.zext(builder.fcmp_ordered(">", sums, limit), integers)
            builder.store(builder.add(builder.load(count), above), count)
    for count, j in zip(counts, places, strict=True):
        entry = builder.gep(out, [j])
        total = builder.trunc(_sum(builder, builder.load(count)), INT32)
        builder.store(builder.add(builder.load(entry), total), entry)
    return context.get_dummy_value()


def _repeat(builder: Any, vectors: Any, number: Any) -> Any:
    """Write a vector of equal numbers."""
    empty = vectors(ir.Undefined)
    first = builder.insert_element(empty, number, INT32(0))
    return builder.shuffle_vector(first, empty, ir.VectorType(INT32, vectors.count)(None))


def _sum(builder: Any, vector: Any) -> Any:
    """Write the sum of a vector's numbers."""
    kind = ir.FunctionType(vector.type.element, [vector.type])
    name = f"llvm.vector.reduce.add.v{vector.type.count}i{vector.type.element.width}"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [vector])
