"""The table read with vectors of LLVM: an operation on `Lanes` is an instruction for several rows at once.

`Lanes` is an LLVM register that holds one number for each of a few rows of the batch (SIMD). Arithmetic
on it writes assembler instead of computing, so calling a forward or a partial derivative of the table
writes its code. There is no derivative here. This module has branch-free forms of the forwards: exp, log
and tanh are polynomials over all lanes at once, because a call of the C library for each lane would cost
more than everything else.
"""

from __future__ import annotations

import ctypes
import math
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd.errors import OperandError
from autograd.replay.instructions import LineNumber
from autograd.replay.native.assembler import bits_of
from autograd.replay.numpy_ops import forward_or_nan
from autograd.table import ops
from autograd.table.operators import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.replay.instructions import RowTrace
    from autograd.replay.native.assembler import Kernel
    from autograd.table.ops import Op


class Lanes(Unknown["Lanes"]):
    """A vector register: one number for each lane."""

    __slots__ = ("code", "register")

    def __init__(self, code: Kernel, register: str) -> None:
        self.code = code
        self.register = register

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> Any:
        """Write the instructions of `op(*args)`; called by the op."""
        code = next(arg.code for arg in args if isinstance(arg, Lanes))
        vector_form = VECTOR_FORWARDS.get(op)
        if vector_form is None:
            try:
                return op.forward(*args)  # a forward made of operators writes itself
            except (TypeError, OperandError):
                return _number_by_number(op, [as_lanes(code, arg) for arg in args])
        if op in TAKES_NUMBERS:
            return vector_form(*args)
        return vector_form(*[as_lanes(code, arg) for arg in args])


def write_trace(trace: RowTrace, known: Sequence[Any], wanted: Sequence[int]) -> list[Any]:
    """Write the wanted results of a trace; `known` are the operands and the result of the row."""
    base = len(known)
    needed = trace.needed(wanted, base)
    values: list[Any] = [*known, *[None] * len(trace.lines)]
    for number, (op, args) in enumerate(trace.lines, start=base):
        if number in needed:
            values[number] = op(*[values[arg] if isinstance(arg, LineNumber) else arg for arg in args])
    results = [trace.results[place] for place in wanted]
    return [values[v] if isinstance(v, LineNumber) else v for v in results]


def as_lanes(code: Kernel, number: Any) -> Lanes:
    """Return a number as Lanes, the same in every lane; Lanes stay as they are."""
    return number if isinstance(number, Lanes) else Lanes(code, code.splat(number))


# -- What LLVM has instructions for -------------------------------------------------------------


def _arithmetic(instr: str) -> Callable[[Lanes, Lanes], Lanes]:
    def write(a: Lanes, b: Lanes) -> Lanes:
        return Lanes(a.code, a.code.emit(f"{instr} {a.code.floats} {a.register}, {b.register}"))

    return write


def _function(name: str) -> Callable[..., Lanes]:
    def write(*args: Lanes) -> Lanes:
        code = args[0].code
        return Lanes(code, code.call(name, *[arg.register for arg in args]))

    return write


def compare(how: str, a: Lanes, b: float | Lanes) -> str:
    """Return a truth value for each lane; `how` is LLVM's name, such as ole: less or equal, and neither is NaN."""
    code = a.code
    return code.emit(f"fcmp {how} {code.floats} {a.register}, {as_lanes(code, b).register}")


def choose(truth: str, yes: float | Lanes, no: float | Lanes) -> Lanes:
    """Return in each lane `yes` where `truth` holds, else `no`."""
    code = next(arg.code for arg in (yes, no) if isinstance(arg, Lanes))
    one, other = as_lanes(code, yes).register, as_lanes(code, no).register
    return Lanes(code, code.emit(f"select {code.truths} {truth}, {code.floats} {one}, {code.floats} {other}"))


def _both(code: Kernel, word: str, a: str, b: str) -> str:
    return code.emit(f"{word} {code.truths} {a}, {b}")


def _fma(a: Lanes, b: float | Lanes, c: float | Lanes) -> Lanes:
    return _function("fmuladd")(a, as_lanes(a.code, b), as_lanes(a.code, c))


def _bits(x: Lanes) -> str:
    return x.code.emit(f"bitcast {x.code.floats} {x.register} to {x.code.longs}")


def _from_bits(code: Kernel, bits: str) -> Lanes:
    return Lanes(code, code.emit(f"bitcast {code.longs} {bits} to {code.floats}"))


_abs = _function("fabs")


# -- exp and log over all lanes at once ---------------------------------------------------------
#
# The usual method of mathematical libraries: x = n·log 2 + r with an integer n and |r| ≤ ½·log 2. Then eˣ = 2ⁿ·eʳ,
# and a few terms of the series give eʳ. Likewise log x = k·log 2 + log m with m near 1. (W. Cody and W. Waite,
# Software Manual for the Elementary Functions, 1980; the series of log is that of Sun's fdlibm, e_log.c.)

LOG2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # log 2 in two parts, so that n times the first is exact
LOG2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
ROUND = float.fromhex("0x1.8p52")  # adding it rounds to an integer, which is then in the low bits
SERIES = [1 / math.factorial(n) for n in range(2, 14)]  # of (eˣ − 1 − x)/x²; error below half a unit of the last digit
LARGEST, SMALLEST = 710.0, -746.0  # beyond them eˣ is inf, and 0


def _reduced(x: Lanes) -> tuple[str, Lanes]:
    """Return n and r of x = n·log 2 + r, with n as integers."""
    shifted = _fma(x, 1 / math.log(2), ROUND)
    n = shifted - ROUND
    r = _fma(n, -LOG2_LOW, _fma(n, -LOG2_HIGH, x))
    return x.code.emit(f"sub {x.code.longs} {_bits(shifted)}, {x.code.splat_long(bits_of(ROUND))}"), r


def _polynomial(x: Lanes, coefficients: Sequence[float]) -> Lanes:
    """Return c₀ + c₁x + c₂x² + … by Horner's rule."""
    found: Lanes = as_lanes(x.code, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        found = _fma(found, x, coefficient)
    return found


def _power_of_two(code: Kernel, n: str) -> Lanes:
    """Return 2ⁿ for −1022 ≤ n ≤ 1023, made from its bits."""
    biased = code.emit(f"add {code.longs} {n}, {code.splat_long(1023)}")
    return _from_bits(code, code.emit(f"shl {code.longs} {biased}, {code.splat_long(52)}"))


def _scaled(x: Lanes, n: str) -> Lanes:
    """Return x·2ⁿ in two factors, so that a subnormal result is rounded once and an overflow is inf."""
    code = x.code
    half = code.emit(f"ashr {code.longs} {n}, {code.splat_long(1)}")
    rest = code.emit(f"sub {code.longs} {n}, {half}")
    return x * _power_of_two(code, half) * _power_of_two(code, rest)


def _within(x: Lanes, low: float, high: float) -> Lanes:
    """Return x limited to a range; NaN stays NaN."""
    x = choose(compare("ogt", x, high), high, x)
    return choose(compare("olt", x, low), low, x)


def _exp(x: Lanes) -> Lanes:
    n, r = _reduced(_within(x, SMALLEST, LARGEST))
    return _scaled(_fma(_polynomial(r, SERIES), r * r, r) + 1.0, n)


def _expm1(x: Lanes) -> Lanes:
    """Return eˣ − 1 = 2ⁿ·((eʳ − 1) + (1 − 2⁻ⁿ)), which is exact for small x, because then n = 0."""
    code = x.code
    n, r = _reduced(_within(x, -40.0, LARGEST))
    less = code.emit(f"sub {code.longs} {code.splat_long(0)}, {n}")
    far = code.emit(f"icmp slt {code.longs} {less}, {code.splat_long(-100)}")
    less = code.emit(f"select {code.truths} {far}, {code.longs} {code.splat_long(-100)}, {code.longs} {less}")
    found = _scaled(_fma(_polynomial(r, SERIES), r * r, r) + (1.0 - _power_of_two(code, less)), n)
    return choose(compare("oeq", x, 0.0), x, found)  # −0 stays −0


LOG_SERIES = [float.fromhex(h) for h in (
    "0x1.5555555555593p-1", "0x1.999999997fa04p-2", "0x1.2492494229359p-2", "0x1.c71c51d8e78afp-3",
    "0x1.7466496cb03dep-3", "0x1.39a09d078c69fp-3", "0x1.2f112df3e5244p-3",
)]  # fmt: skip
SMALLEST_NORMAL, LARGEST_NUMBER = sys.float_info.min, sys.float_info.max


def _log(x: Lanes) -> Lanes:
    code = x.code
    tiny = compare("olt", x, SMALLEST_NORMAL)
    full = choose(tiny, x * 2.0**54, x)
    bits = _bits(full)
    # m between √½ and √2: the exponent is counted from √½ upwards
    above = code.emit(f"sub {code.longs} {bits}, {code.splat_long(bits_of(math.sqrt(0.5)))}")
    k = code.emit(f"ashr {code.longs} {above}, {code.splat_long(52)}")
    shifted = code.emit(f"shl {code.longs} {k}, {code.splat_long(52)}")
    m = _from_bits(code, code.emit(f"sub {code.longs} {bits}, {shifted}"))
    exponent = Lanes(code, code.emit(f"sitofp {code.longs} {k} to {code.floats}"))
    exponent = exponent - choose(tiny, as_lanes(code, 54.0), 0.0)
    f = m - 1.0
    s = f / (f + 2.0)
    z = s * s
    series = _polynomial(z, LOG_SERIES)
    half = 0.5 * f * f
    low = _fma(exponent, LOG2_LOW, s * (half + series * z))
    found = _fma(exponent, LOG2_HIGH, f - (half - low))
    # compute ±inf and NaN from x rather than taking a constant, so that the processor records them
    found = found + choose(compare("oeq", x, 0.0), as_lanes(code, -LARGEST_NUMBER), 0.0) * (x + 2.0)
    found = found + choose(compare("olt", x, 0.0), as_lanes(code, math.inf), 0.0) * (x * 0.0)
    return choose(_both(code, "or", compare("oeq", x, math.inf), compare("uno", x, 0.0)), x, found)


def _tanh(x: Lanes) -> Lanes:
    """Return (e²ˣ − 1)/(e²ˣ + 1) of |x|, with the sign of x; beyond 20 it is 1."""
    size = _within(_abs(x), 0.0, 20.0)
    less = _expm1(size + size)
    return _function("copysign")(less / (less + 2.0), x)


def _sigmoid(x: Lanes) -> Lanes:
    e = _exp(-_abs(x))
    return choose(compare("oge", x, 0.0), 1.0, e) / (e + 1.0)


def _log1p_of_small(u: Lanes) -> Lanes:
    """Return log(1 + u) for 0 ≤ u ≤ 1; the second term corrects the rounding of w = 1 + u."""
    w = u + 1.0
    return _log(w) + (u - (w - 1.0)) / w


def _softplus(x: Lanes) -> Lanes:
    return choose(compare("ogt", x, 0.0), x, 0.0) + _log1p_of_small(_exp(-_abs(x)))


# -- Powers -------------------------------------------------------------------------------------


def _pow(a: Any, b: Any) -> Lanes:
    """Return aᵇ, as a product if the exponent is a small integer known when the code is written."""
    code = next(arg.code for arg in (a, b) if isinstance(arg, Lanes))
    if isinstance(a, Lanes) and not isinstance(b, Lanes) and b == int(b) and 0 <= b <= 4:
        return _multiplied(a, int(b))
    return _function("pow")(as_lanes(code, a), as_lanes(code, b))


def _multiplied(a: Lanes, count: int) -> Lanes:
    if count == 0:
        return as_lanes(a.code, 1.0)
    square = a if count == 1 else a * a
    return square if count <= 2 else square * a if count == 3 else square * square


def _monomial(c: Any, a: Any, b: Any) -> Lanes:
    code = next(arg.code for arg in (c, a, b) if isinstance(arg, Lanes))
    if not isinstance(c, Lanes):
        return as_lanes(code, c) if c == 0 else c * as_lanes(code, ops.pow(a, b))
    nothing = compare("oeq", c, 0.0)
    return choose(nothing, c, c * ops.pow(choose(nothing, 1.0, as_lanes(code, a)), b))


# -- Forwards with a condition: that of the table, in each lane -----------------------------


def _portion(a: Lanes, b: Lanes) -> Lanes:
    nothing = _both(a.code, "and", compare("oeq", a, 0.0), compare("oeq", _abs(b), math.inf))
    return a * choose(nothing, 0.0, b)


def _xlogy(x: Lanes, y: Lanes) -> Lanes:
    nothing = _both(x.code, "and", compare("oeq", x, 0.0), compare("oge", y, 0.0))
    return choose(nothing, x, x * _log(choose(nothing, 1.0, y)))


def _sign(x: Lanes) -> Lanes:
    negative = choose(compare("olt", x, 0.0), as_lanes(x.code, -1.0), 0.0)
    signed = choose(compare("ogt", x, 0.0), 1.0, negative)
    return choose(compare("uno", x, x), x, signed)


def _above(a: Lanes, b: Lanes) -> Lanes:
    one, half = as_lanes(a.code, 1.0), as_lanes(a.code, 0.5)
    ordered = choose(compare("oeq", a, b), half, choose(compare("ogt", a, b), one, 0.0))
    return choose(compare("uno", a, b), math.nan, ordered)


def _elu(x: Lanes, alpha: Lanes) -> Lanes:
    below = compare("ole", x, 0.0)
    return choose(below, alpha * _expm1(choose(below, x, 0.0)), x)


def _logaddexp(a: Lanes, b: Lanes) -> Lanes:
    same = compare("oeq", a, b)  # also two infinities, whose difference is NaN
    apart = _abs(choose(same, 0.0, a - b))
    return choose(compare("ogt", a, b), a, b) + choose(same, math.log(2), _log1p_of_small(_exp(-apart)))


def _sigmoid_less(x: Lanes, t: Lanes) -> Lanes:
    within: Lanes = ops.minimum(ops.maximum(t, 0.0), 1.0)
    return (1.0 - within) * _sigmoid(x) - within * _sigmoid(-x) - (t - within)


# -- Rows without a vector form, such as those a user has added ------------------------------


def _number_by_number(op: Op, args: Sequence[Lanes]) -> Lanes:
    """Call the table's forward for each lane: right for every row, but slow."""
    code, kind = args[0].code, ", ".join(["double"] * len(args))
    address = ctypes.cast(_called_back(op, len(args)), ctypes.c_void_p).value
    found = "poison"
    for lane in range(code.lanes):
        numbers = [code.emit(f"extractelement {code.floats} {arg.register}, i64 {lane}") for arg in args]
        given = ", ".join(f"double {number}" for number in numbers)
        result = code.emit(f"call double ({kind}) inttoptr (i64 {address} to ptr)({given})")
        found = code.emit(f"insertelement {code.floats} {found}, double {result}, i64 {lane}")
    return Lanes(code, found)


@cache
def _called_back(op: Op, count: int) -> Any:
    return ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(forward_or_nan(op))


# The vector form of each forward. A row that is missing here writes itself with the operators of the table.
VECTOR_FORWARDS: dict[Op, Callable[..., Any]] = {
    ops.add: _arithmetic("fadd"),
    ops.sub: _arithmetic("fsub"),
    ops.mul: _arithmetic("fmul"),
    ops.div: _arithmetic("fdiv"),
    ops.neg: lambda x: Lanes(x.code, x.code.emit(f"fneg {x.code.floats} {x.register}")),
    ops.abs: _abs,
    ops.sqrt: _function("sqrt"),
    ops.sin: _function("sin"),
    ops.cos: _function("cos"),
    ops.exp: _exp,
    ops.expm1: _expm1,
    ops.log: _log,
    ops.tanh: _tanh,
    ops.sigmoid: _sigmoid,
    ops.softplus: _softplus,
    ops.pow: _pow,
    ops.monomial: _monomial,
    ops.portion: _portion,
    ops.xlogy: _xlogy,
    ops.sign: _sign,
    ops.step: lambda x: choose(compare("ugt", x, 0.0), choose(compare("uno", x, x), x, 1.0), 0.0),
    ops.above: _above,
    ops.relu: lambda x: choose(compare("ole", x, 0.0), 0.0, x),
    ops.leaky_relu: lambda x, slope: choose(compare("ole", x, 0.0), slope * x, x),
    ops.elu: _elu,
    ops.maximum: lambda a, b: choose(_both(a.code, "or", compare("oge", a, b), compare("uno", a, a)), a, b),
    ops.minimum: lambda a, b: choose(_both(a.code, "or", compare("ole", a, b), compare("uno", a, a)), a, b),
    ops.logaddexp: _logaddexp,
    ops.exp_less: lambda a, t: (1.0 - t) * _exp(a) + t * _expm1(a),
    ops.sigmoid_less: _sigmoid_less,
}
TAKES_NUMBERS = (ops.pow, ops.monomial)  # their code is better if an operand is a number
