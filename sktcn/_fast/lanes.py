"""Comparison of many numbers with a few thresholds, written for the vector units of a processor.

LLVM turns the plain loop into wide vectors with bit masks, which take twice as long.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

STEP = 16  # numbers of 32 bits in the widest vector, or of 64 bits in two
TILE = 512  # steps whose sums the first cache of a processor holds
ROW = TILE + 16  # distance of two rows: by a power of two, they would share places of the cache
MOST, MOST_ROWS = 4, 3  # thresholds of a row, and rows, whose counts are in registers at once
INT32 = ir.IntType(32)
FEATURES = cpu_target.target_context.codegen().magic_tuple()[2].split(",")
AVX2, WIDE = "+avx2" in FEATURES, "+avx512f" in FEATURES
VECTOR = 64 if WIDE else 32  # bytes


@intrinsic  # type: ignore[untyped-decorator]
def count_sums(
    context: Any,
    base: Any,
    left: Any,
    first: Any,
    second: Any,
    right: Any,
    row: Any,
    n_rows: Any,
    n: Any,
    thresholds: Any,
    n_thresholds: Any,
    place: Any,
    distance: Any,
    out: Any,
) -> Any:
    """Count the sums of ``n`` entries above thresholds, for up to `MOST_ROWS` rows.

    A sum is that of two entries of ``left``, from ``first`` and from ``second`` on, and one of
    ``right``, from ``row`` on, or from a row after it; it is added to an entry of ``base`` unless
    that is None. Each row has one to `MOST` thresholds, from ``place`` on and then always
    ``distance`` later, where the counts are added to ``out``; ``n`` is a multiple of `STEP`.
    """
    numbers = first, second, right, row, n_rows, n, thresholds, n_thresholds, place, distance
    signature = types.void(base, left, *numbers, out)
    return signature, _write


def _write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write a loop for each number of rows and of thresholds, and the choice among them."""
    base, left, right, thresholds, out = (
        None
        if signature.args[k] == types.none
        else context.make_array(signature.args[k])(context, builder, arguments[k]).data
        for k in (0, 1, 4, 8, 12)
    )
    first, second, row, n_rows, n, n_thresholds, place, distance = (
        arguments[k] for k in (2, 3, 5, 6, 7, 9, 10, 11)
    )
    summed = [builder.gep(left, [each]) for each in (first, second)]
    numbers = range(MOST_ROWS)
    rows = [builder.gep(right, [builder.add(row, row.type(k * ROW))]) for k in numbers]
    firsts = [builder.add(place, builder.mul(distance, distance.type(k))) for k in numbers]
    places = [[builder.add(each, place.type(j)) for j in range(MOST)] for each in firsts]
    for k, size in product(range(1, MOST_ROWS + 1), range(1, MOST + 1)):
        chosen = builder.and_(
            builder.icmp_signed("==", n_rows, n_rows.type(k)),
            builder.icmp_signed("==", n_thresholds, n_thresholds.type(size)),
        )
        with builder.if_then(chosen):
            own = [each[:size] for each in places[:k]]
            _write_loop(builder, base, summed, rows[:k], n, thresholds, own, out)
    return context.get_dummy_value()


def _write_loop(
    builder: Any,
    base: Any,
    summed: Any,
    rows: Any,
    n: Any,
    thresholds: Any,
    places: Any,
    out: Any,
) -> None:
    """Write the loop over vectors of sums, with a vector of counts for each threshold."""
    kind = thresholds.type.pointee
    bits = 32 if kind == ir.FloatType() else 64
    floats = ir.VectorType(kind, 8 * VECTOR // bits)
    integers = ir.VectorType(ir.IntType(bits), floats.count)

    def load(array: Any, offset: Any) -> Any:
        vector = builder.bitcast(builder.gep(array, [offset]), floats.as_pointer())
        return builder.load(vector, align=bits // 8)

    limits = [
        [repeat(builder, floats, builder.load(builder.gep(thresholds, [j]))) for j in own]
        for own in places
    ]
    counts = [[cgutils.alloca_once_value(builder, integers(None)) for _ in own] for own in places]
    one = integers([1] * floats.count)
    if WIDE:  # an unknown one, since LLVM would add a known one in two instructions
        one = builder.asm(ir.FunctionType(integers, [integers]), "", "=v,0", [one], False)
    with cgutils.for_range_slice(builder, n.type(0), n, n.type(floats.count)) as (i, _):
        pair = builder.fadd(*(load(each, i) for each in summed))
        for row, own_limits, own_counts in zip(rows, limits, counts, strict=True):
            total = builder.fadd(pair, load(row, i))
            total = total if base is None else builder.fadd(load(base, i), total)
            for limit, count in zip(own_limits, own_counts, strict=True):
                before = builder.load(count)
                above = builder.fcmp_ordered(">", total, limit)
                more = builder.select(above, builder.add(before, one), before)
                builder.store(more, count)
    for own_places, own_counts in zip(places, counts, strict=True):
        for j, count in zip(own_places, own_counts, strict=True):
            entry = builder.gep(out, [j])
            found = builder.sitofp(_sum(builder, builder.load(count)), ir.DoubleType())
            builder.store(builder.fadd(builder.load(entry), found), entry)


def repeat(builder: Any, vectors: Any, number: Any) -> Any:
    """Write a vector of equal numbers."""
    empty = vectors(ir.Undefined)
    first = builder.insert_element(empty, number, INT32(0))
    return builder.shuffle_vector(first, empty, ir.VectorType(INT32, vectors.count)(None))


def _sum(builder: Any, vector: Any) -> Any:
    """Write the sum of a vector's numbers."""
    kind = ir.FunctionType(vector.type.element, [vector.type])
    name = f"llvm.vector.reduce.add.v{vector.type.count}i{vector.type.element.width}"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [vector])
