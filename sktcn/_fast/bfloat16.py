"""Values of arrays whose bfloat16 numbers numpy, which has none, takes for integers of 16 bits."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

INT32, FLOAT = ir.IntType(32), ir.FloatType()


@intrinsic  # type: ignore[untyped-decorator]
def widen(context: Any, value: Any) -> Any:
    """Convert bfloat16 to float32, of which it is the upper half; return other numbers."""
    if not isinstance(value, types.Integer):
        return value(value), lambda context, builder, signature, arguments: arguments[0]

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Append 16 zeros to the bits."""
        bits = builder.shl(builder.zext(arguments[0], INT32), INT32(16))
        return builder.bitcast(bits, FLOAT)

    return types.float32(value), write


@intrinsic  # type: ignore[untyped-decorator]
def narrow(context: Any, value: Any, array: Any) -> Any:
    """Round a number to the dtype of an array, in bfloat16 to the nearest, ties to even."""
    kind = array.dtype

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Add nearly half of the last bit that is kept, or half where that is odd, and cut."""
        if not isinstance(kind, types.Integer):
            return context.cast(builder, arguments[0], value, kind)
        number = context.cast(builder, arguments[0], value, types.float32)
        bits = builder.bitcast(number, INT32)
        odd = builder.and_(builder.lshr(bits, INT32(16)), INT32(1))
        rounded = builder.add(builder.add(bits, INT32(0x7FFF)), odd)
        return builder.trunc(builder.lshr(rounded, INT32(16)), ir.IntType(16))

    return kind(value, array), write
