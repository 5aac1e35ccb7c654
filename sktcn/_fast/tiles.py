"""Products of small matrices, written for the vector units of a processor.

The sums of a few rows and columns stay in registers, from the first product to the last one.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sktcn._fast.lanes import VECTOR, WIDE, repeat

INT64 = ir.IntType(64)
# With two vectors each, the highest tile takes half of the registers of a processor with wide
# vectors, and three quarters of those of others.
HEIGHTS = (8,) if WIDE else (6, 4)


@intrinsic  # type: ignore[untyped-decorator]
def add_products(
    context: Any,
    a: Any,
    a_first: Any,
    a_distance: Any,
    offsets: Any,
    n: Any,
    b: Any,
    b_first: Any,
    b_distance: Any,
    out: Any,
    first: Any,
    distance: Any,
    n_rows: Any,
    n_columns: Any,
    adds: Any,
) -> Any:
    """Multiply ``n_rows`` rows of a matrix by ``n_columns`` columns of another one.

    Entries are added in their order: an output does not depend on the rows and columns beside it.

    Parameters
    ----------
    a, a_first, a_distance : array, int and int
        Matrix as flat array, place of the first row, and distance of two rows.
    offsets, n : array of int, int
        Places of a row's ``n`` entries after its first place.
    b, b_first, b_distance : array, int and int
        Other matrix, whose columns are next to each other: its first place, distance of two rows.
    out, first, distance : array, int and int
        Result: its first place, and the distance of two rows.
    n_rows : int
        One of `HEIGHTS`, or one.
    n_columns : int
        Numbers in two vectors or in one of `VECTOR` bytes, or one.
    adds : bool
        Add to the result that is there.
    """
    places = a_first, a_distance, offsets, n, b, b_first, b_distance, out, first, distance
    return types.void(a, *places, n_rows, n_columns, adds), _write


def _write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write a loop for each number of rows and of columns, and the choice among them."""
    a, offsets, b, out = (
        context.make_array(signature.args[k])(context, builder, arguments[k]).data
        for k in (0, 3, 5, 8)
    )
    a_first, a_distance, n, b_first, b_distance, first, distance, n_rows, n_columns, adds = (
        arguments[k] for k in (1, 2, 4, 6, 7, 9, 10, 11, 12, 13)
    )
    left = [_place(builder, a, a_first, a_distance, row) for row in range(HEIGHTS[0])]
    results = [_place(builder, out, first, distance, row) for row in range(HEIGHTS[0])]
    lanes = VECTOR // context.get_abi_sizeof(a.type.pointee)
    for rows, (n_vectors, size) in product((*HEIGHTS, 1), ((2, lanes), (1, lanes), (1, 1))):
        chosen = builder.and_(
            builder.icmp_signed("==", n_rows, n_rows.type(rows)),
            builder.icmp_signed("==", n_columns, n_columns.type(n_vectors * size)),
        )
        with builder.if_then(chosen):
            vectors = [INT64(size * number) for number in range(n_vectors)]
            right = [builder.gep(b, [builder.add(b_first, each)]) for each in vectors]
            places = [builder.gep(row, [each]) for row in results[:rows] for each in vectors]
            given = left[:rows], offsets, n, right, b_distance
            _write_loop(builder, *given, places, adds, size)
    return context.get_dummy_value()


def _place(builder: Any, array: Any, first: Any, distance: Any, row: int) -> Any:
    """Write the place of a row."""
    return builder.gep(array, [builder.add(first, builder.mul(distance, INT64(row)))])


def _write_loop(
    builder: Any,
    left: Any,
    offsets: Any,
    n: Any,
    right: Any,
    distance: Any,
    places: Any,
    adds: Any,
    size: int,
) -> None:
    """Write the loop over products, with a vector of sums for each row and each of ``right``."""
    number = left[0].type.pointee
    bits = 32 if number == ir.FloatType() else 64
    kind = number if size == 1 else ir.VectorType(number, size)
    name = f"llvm.fmuladd.{'' if size == 1 else f'v{size}'}f{bits}"
    function = ir.FunctionType(kind, [kind] * 3)
    multiply_add = cgutils.get_or_insert_function(builder.module, function, name)

    def at(place: Any) -> Any:
        return builder.bitcast(place, kind.as_pointer())

    def load(place: Any) -> Any:
        return builder.load(at(place), align=bits // 8)

    zero = kind(0.0 if size == 1 else None)
    sums = [
        cgutils.alloca_once_value(builder, builder.select(adds, load(place), zero))
        for place in places
    ]
    with cgutils.for_range(builder, n) as loop:
        offset = builder.load(builder.gep(offsets, [loop.index]))
        row = builder.mul(loop.index, distance)
        vectors = [load(builder.gep(each, [row])) for each in right]
        numbers = [builder.load(builder.gep(each, [offset])) for each in left]
        factors = numbers if size == 1 else [repeat(builder, kind, each) for each in numbers]
        for total, (factor, vector) in zip(sums, product(factors, vectors), strict=True):
            more = builder.call(multiply_add, [factor, vector, builder.load(total)])
            builder.store(more, total)
    for total, place in zip(sums, places, strict=True):
        builder.store(builder.load(total), at(place), align=bits // 8)
