"""The table of derivatives.

Each row is one operation: what it computes, and one partial derivative for each argument, as a
function of the result `y` and the arguments. Nothing else in this project states a derivative.

A row is read in several ways. Floats evaluate it. `Value`s record it, so that a derivative can be
differentiated again. Symbols turn it into formulas and source code. Therefore a partial is written
with operators and other rows only, and never looks at a number to decide something. Where a
derivative depends on a condition, the condition is itself an operation (`step`, `above`).

Not here: how an operation is written in text or LaTeX (`symbolic`), and what a graph is (`engine`).
"""

from __future__ import annotations

import cmath
import math
import operator
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol, SupportsFloat, TypeVar, overload

from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

R_co = TypeVar("R_co", covariant=True)


class Readable(Protocol[R_co]):
    """An operand that is no number, such as a Value or a symbol: `read` gives what an operation on it means."""

    @staticmethod
    def read(op: Op, args: Sequence[Any], /) -> R_co:
        """Return what `op(*args)` means."""


VARIADIC = -1


class Op:
    """One row of the table: a name, what it computes, and its partial derivatives.

    Calling an op with numbers gives a number. If one of the arguments is a `Value` or a symbol,
    the call records a node or gives a formula.

    - `is_activation` says that neurons use it as their activation function.
    - `is_helper` says that it exists for the partials of other rows, so nothing offers it by name.
    - `kink` is a function of the arguments that changes its sign where the operation has no
      derivative; None if there is no such point.
    - `complex_forward` computes the operation over complex numbers, for the complex step of
      `gradcheck`. A function of `math` or `operator` has it by itself; a row written with other rows
      does not need it.

    >>> tanh(0.0), tanh.is_activation, relu.kink(-2.0)
    (0.0, True, -2.0)
    >>> tanh.partials[0](0.5, ...)  # 1 - y², which needs the result y = 0.5 only
    0.75
    """

    __slots__ = (
        *("arity", "complex_forward", "defaults", "forward", "is_activation", "is_helper", "kink"),
        *("name", "partials", "symbol"),
    )

    def __init__(
        self,
        name: str,
        symbol: str,
        forward: Callable[..., Any],
        *partials: Callable[..., Any],
        defaults: tuple[float, ...] = (),
        arity: int | None = None,
        is_activation: bool = False,
        is_helper: bool = False,
        kink: Callable[..., float] | None = None,
        complex_forward: Callable[..., complex] | None = None,
    ) -> None:
        self.name, self.symbol, self.forward, self.partials = name, symbol, forward, partials
        self.arity = len(partials) if arity is None else arity
        self.defaults, self.is_activation, self.is_helper, self.kink = defaults, is_activation, is_helper, kink
        self.complex_forward = complex_forward or _complex_twin(forward)
        TABLE[name] = self

    @overload
    def __call__(self, *args: float) -> float: ...
    @overload
    def __call__(self, *args: SupportsFloat) -> Any: ...
    @overload
    def __call__(self, *args: Readable[R_co] | SupportsFloat) -> R_co: ...

    def __call__(self, *args: Any) -> Any:
        """Evaluate, record or write the operation, depending on what the arguments are."""
        if len(args) < self.arity:
            args += self.defaults[len(args) - self.arity :]
        plain = True
        for arg in args:
            kind = arg.__class__
            if kind is not float and kind is not int:
                read = getattr(kind, "read", None)
                if read is not None:
                    return read(self, args)
                plain = False
        if plain:
            return self.forward(*args)
        numbers = [arg if (number := plain_number(arg)) is None else number for arg in args]
        return self.forward(*numbers)

    def __reduce__(self) -> str:
        """Copy and pickle a row by its name: there is one of each, and views compare rows by identity."""
        return self.name

    def local_derivatives(self, y: Any, args: Sequence[Any]) -> list[Any]:
        """Return every partial derivative at this point, in the order of the arguments."""
        if self.arity == VARIADIC:
            return list(self.partials[0](y, *args))
        return [partial(y, *args) for partial in self.partials]

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def _complex_twin(forward: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return the complex version of a function of `math` or `operator`, if Python has one."""
    module = getattr(forward, "__module__", "")
    if module == "math":
        return getattr(cmath, forward.__name__, None)
    return forward if module == "_operator" else None


TABLE: dict[str, Op] = {}
ROUNDING = 1e-12  # from 1, of a sum of probabilities


# -- What some rows compute: a numerically stable form, or one with a condition -----------------


def _power(a: Any, b: Any) -> Any:
    y = a**b
    if isinstance(y, complex):
        raise ValueError("a negative number to a fractional power is not real")  # noqa: TRY004 -- the domain, not the type
    return y


def _monomial(c: Any, a: Any, b: Any) -> Any:
    return c if c == 0 else c * _power(a, b)


def _portion(a: Any, b: Any) -> Any:
    y = a * b
    return a if a == 0 and y != y and b == b else y


def _xlogy(x: Any, y: Any) -> Any:
    return x if x == 0 and y >= 0 else x * math.log(y)


def _sigmoid(x: Any) -> Any:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def _complex_erf(z: complex) -> complex:
    if operator.abs(z.real) > 6:
        return complex(math.copysign(1, z.real))  # 1 − erf(6) is 2e−17
    term = total = z  # 2/√π · e^(−z²) · Σ 2ⁿ z^(2n+1) / (1·3·…·(2n+1))
    n = 0
    while operator.abs(term) > operator.abs(total) * 1e-17:
        n += 1
        term *= 2 * z * z / (2 * n + 1)
        total += term
    return 2 / math.sqrt(math.pi) * cmath.exp(-z * z) * total


def _bell(x: Any) -> Any:
    return 2 / math.sqrt(math.pi) * math.exp(-x * x)


def _softplus(x: Any) -> Any:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def _sign(x: Any) -> Any:
    return (x > 0) - (x < 0) if x == x else x


def _step(x: Any) -> Any:
    return int(x > 0) if x == x else x


def _above(a: Any, b: Any) -> Any:
    if a == b:  # numpy_ops, native/vector_math and webpage/static/operations.js repeat this rule
        return type(a)(1) / 2  # a fraction of fractions
    return int(a > b) if a == a and b == b else math.nan


def _relu(x: Any) -> Any:
    return type(x)(0) if x <= 0 else x


def _leaky_relu(x: Any, slope: Any) -> Any:
    return slope * x if x <= 0 else x


def _elu(x: Any, alpha: Any) -> Any:
    return alpha * math.expm1(x) if x <= 0 else x


def _maximum(a: Any, b: Any) -> Any:
    return a if a >= b or a != a else b


def _minimum(a: Any, b: Any) -> Any:
    return a if a <= b or a != a else b


def _logaddexp(a: Any, b: Any) -> Any:
    if a == b:
        return a + math.log(2)  # also for two infinities, whose difference is NaN
    return max(a, b) + math.log1p(math.exp(-operator.abs(a - b)))


def _exp_less(a: Any, t: Any) -> Any:
    return (1 - t) * math.exp(a) + t * math.expm1(a)


def _sigmoid_less(x: Any, t: Any) -> Any:
    within = min(max(t, 0), 1)  # a probability is within: then t - within, below, is 0
    return (1 - within) * _sigmoid(x) - within * _sigmoid(-x) - (t - within)


# -- The same over complex numbers, and where the kinks are, for `gradcheck` --------------------


def _complex_power(a: complex, b: complex) -> complex:
    whole = b.imag == 0 and b.real == int(b.real)
    if a.real < 0 and whole:
        return _complex_power(-a, b) * (-1 if b.real % 2 else 1)
    if a.real < 0 or (a.real == 0 and not whole):
        raise ValueError("a branch point")
    power: complex = a**b
    return power


def _complex_sigmoid(z: complex) -> complex:
    return 1 / (1 + cmath.exp(-z)) if z.real > 0 else cmath.exp(z) / (1 + cmath.exp(z))


def _complex_softplus(z: complex) -> complex:
    return z + _complex_softplus(-z) if z.real > 0 else cmath.log(1 + cmath.exp(z))


def _complex_expm1(z: complex) -> complex:
    return complex(math.expm1(z.real), cmath.exp(z).imag)  # cos(z.imag) is 1 for the tiny imaginary part of a step


def _complex_logaddexp(a: complex, b: complex) -> complex:
    return b + _complex_softplus(a - b) if a.real > b.real else a + _complex_softplus(b - a)


def _constant(*_: complex) -> complex:
    return 0j


def _at_zero(x: Any, *_: Any) -> Any:
    return x


def _at_a_tie(a: Any, b: Any) -> Any:
    return a - b


def _at_a_margin(*args: Any) -> Any:
    return math.prod(sign(1 - t * s) for s, t in zip(*_halves(args)))


# -- What the n-ary rows compute, in single + and *: reading them with `Value`s expands a node --


def _affine(*args: Any) -> Any:
    products = [w * x for w, x in zip(args[0::2], args[1::2])]
    return reduce(operator.add, products + list(args[len(products) * 2 :]))


def _affine_partials(_y: Any, *args: Any) -> list[Any]:
    partials = [1] * len(args)
    pairs = len(args) // 2 * 2
    partials[0:pairs:2] = args[1:pairs:2]
    partials[1:pairs:2] = args[0:pairs:2]
    return partials


def _mean(*args: Any) -> Any:
    *terms, n = args
    return reduce(operator.add, terms) / n


def _mean_partials(y: Any, *args: Any) -> list[Any]:
    *terms, n = args
    return [1 / n] * len(terms) + [-y / n]


def _halves(args: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    n = len(args) // 2
    return args[:n], args[n:]


def _average(terms: Sequence[Any]) -> Any:
    whole = reduce(operator.add, terms)
    return whole / len(terms) if len(terms) > 1 else whole


def _weighted(weights: Sequence[Any], terms: Sequence[Any]) -> Any:
    """Return Σ weight·term, where 0·∞ is 0; in a formula a weight of 1 and a term with weight 0 are left out."""
    pairs = list(zip(weights, terms))
    if not any(map(_is_read, terms)):
        return reduce(operator.add, [portion(w, x) for w, x in pairs])
    pairs = [(w, x) for w, x in pairs if not _is(w, 0)] or pairs[:1]
    return reduce(operator.add, [x if _is(w, 1) else (portion if _is_read(w) else mul)(w, x) for w, x in pairs])


def _is(weight: Any, number: int) -> bool:
    return not _is_read(weight) and bool(weight == number)


def _is_read(thing: Any) -> bool:
    """Return whether this is no number, but a `Value` or a symbol."""
    return hasattr(type(thing), "read")


def _half_squared_error(*args: Any) -> Any:
    differences = [o - t for o, t in zip(*_halves(args))]
    return reduce(operator.add, [d * d for d in differences]) / 2


def _half_squared_error_partials(_y: Any, *args: Any) -> list[Any]:
    outputs, targets = _halves(args)
    return [o - t for o, t in zip(outputs, targets)] + [t - o for o, t in zip(outputs, targets)]


def _mean_squared_error(*args: Any) -> Any:
    differences = [o - t for o, t in zip(*_halves(args))]
    return _average([d * d for d in differences])


def _mean_squared_error_partials(_y: Any, *args: Any) -> list[Any]:
    outputs, targets = _halves(args)
    n = len(outputs)
    return [2 * (o - t) / n for o, t in zip(outputs, targets)] + [2 * (t - o) / n for o, t in zip(outputs, targets)]


def _max_margin(*args: Any) -> Any:
    return _average([relu(1 - t * s) for s, t in zip(*_halves(args))])


def _max_margin_partials(_y: Any, *args: Any) -> list[Any]:
    scores, targets = _halves(args)
    inside = [step(1 - t * s) for s, t in zip(scores, targets)]  # the margin
    n = len(scores)
    return [-t * i / n for t, i in zip(targets, inside)] + [-s * i / n for s, i in zip(scores, inside)]


def _binary_cross_entropy(*args: Any) -> Any:
    return _average([_weighted((t, 1 - t), (softplus(-z), softplus(z))) for z, t in zip(*_halves(args))])


def _binary_cross_entropy_partials(_y: Any, *args: Any) -> list[Any]:
    logits, targets = _halves(args)
    n = len(logits)
    return [sigmoid_less(z, t) / n for z, t in zip(logits, targets)] + [-z / n for z in logits]


def _cross_entropy(*args: Any) -> Any:
    logits, targets = _halves(args)
    expected, whole = _weighted(targets, logits), _whole(logits, targets)
    beside = _logsumexp(*[z - expected for z in logits])  # subtracted first, because differences keep their digits
    return _weighted((whole, whole - 1), (beside, expected))


def _cross_entropy_partials(_y: Any, *args: Any) -> list[Any]:
    logits, targets = _halves(args)
    whole, logs = _whole(logits, targets), _log_softmax(reduce(maximum, logits), logits)
    slopes = [exp_less(a, t) for a, t in zip(logs, targets)]
    if not _is(whole, 1):
        slopes = [slope + (whole - 1) * exp(a) for slope, a in zip(slopes, logs)]
    return slopes + [-a for a in logs]


def _whole(logits: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return what the targets add up to; in a formula 1, if it is that but for rounding."""
    whole = reduce(operator.add, targets)
    if any(map(_is_read, logits)) and not _is_read(whole) and abs(whole - 1) < ROUNDING:
        return 1
    return whole


def _log_softmax(near: Any, logits: Sequence[Any]) -> list[Any]:
    """Return log softmax(z)ᵢ = zᵢ − log Σ eᶻ for each logit; a number near the sum goes first, so no digits are lost."""
    below = [z - near for z in logits]
    rest = _logsumexp(*below)
    return [z - rest for z in below]


def _huber(*args: Any) -> Any:
    *pairs, delta = args
    sizes = [abs(o - t) for o, t in zip(*_halves(pairs))]
    return _average([minimum(d, delta) * (2 * d - minimum(d, delta)) for d in sizes]) / 2


def _huber_partials(_y: Any, *args: Any) -> list[Any]:
    *pairs, delta = args
    differences = [o - t for o, t in zip(*_halves(pairs))]
    n = len(differences)
    clipped = [maximum(minimum(d, delta), -delta) for d in differences]
    beyond = [relu(abs(d) - delta) for d in differences]
    return [c / n for c in clipped] + [-c / n for c in clipped] + [_average(beyond)]


def _logsumexp(*args: Any) -> Any:
    return reduce(logaddexp, args)


def _logsumexp_partials(y: Any, *args: Any) -> list[Any]:
    return [exp(a) for a in _log_softmax(y, args)]


# -- The table ----------------------------------------------------------------------------------
#
# At a kink the derivative is the one PyTorch takes: relu'(0) = 0, |x|'(0) = 0, and a tie in
# maximum or minimum gives each side one half. `step`, `sign` and `above` define it.

# fmt: off
cos: Op; exp: Op; maximum: Op; mul: Op; sign: Op; step: Op; above: Op; bell: Op; expm1: Op; xlogy: Op; monomial: Op; portion: Op; logaddexp: Op; exp_less: Op; sigmoid_less: Op  # used above their rows

#              name          symbol  y = f(a, b)         ∂y/∂a                                   ∂y/∂b

add      = Op("add",          "+",   operator.add,       lambda y, a, b: 1,                      lambda y, a, b: 1)
sub      = Op("sub",          "−",   operator.sub,       lambda y, a, b: 1,                      lambda y, a, b: -1)
mul      = Op("mul",          "×",   operator.mul,       lambda y, a, b: b,                      lambda y, a, b: a)
div      = Op("div",          "÷",   operator.truediv,   lambda y, a, b: 1 / b,                  lambda y, a, b: -y / b)
pow      = Op("pow",          "^",   _power,             lambda y, a, b: monomial(b, a, b - 1),  lambda y, a, b: xlogy(y, a),
                                                         complex_forward=_complex_power)
maximum  = Op("maximum",      "max", _maximum,           lambda y, a, b: above(a, b),            lambda y, a, b: above(b, a),
                                                         kink=_at_a_tie, complex_forward=lambda a, b: a if a.real >= b.real else b)
minimum  = Op("minimum",      "min", _minimum,           lambda y, a, b: above(b, a),            lambda y, a, b: above(a, b),
                                                         kink=_at_a_tie, complex_forward=lambda a, b: a if a.real <= b.real else b)

#              name          symbol  y = f(x)            ∂y/∂x

neg      = Op("neg",          "−",   operator.neg,       lambda y, x: -1)
abs      = Op("abs",          "|·|", operator.abs,       lambda y, x: sign(x),
                                                         kink=_at_zero, complex_forward=lambda z: z if z.real > 0 else -z)
exp      = Op("exp",          "exp", math.exp,           lambda y, x: y)
log      = Op("log",          "log", math.log,           lambda y, x: 1 / x)
sqrt     = Op("sqrt",         "√",   math.sqrt,          lambda y, x: 1 / (2 * y))
sin      = Op("sin",          "sin", math.sin,           lambda y, x: cos(x), is_activation=True)
cos      = Op("cos",          "cos", math.cos,           lambda y, x: -sin(x))
atan     = Op("atan",         "atan", math.atan,         lambda y, x: 1 / (1 + x * x))
erf      = Op("erf",          "erf", math.erf,           lambda y, x: bell(x), complex_forward=_complex_erf)
tanh     = Op("tanh",         "tanh", math.tanh,         lambda y, x: 1 - y * y, is_activation=True)
sigmoid  = Op("sigmoid",      "σ",   _sigmoid,           lambda y, x: y * (1 - y), is_activation=True, complex_forward=_complex_sigmoid)
softplus = Op("softplus",     "softplus", _softplus,     lambda y, x: sigmoid(x), is_activation=True, complex_forward=_complex_softplus)
relu     = Op("relu",         "relu", _relu,             lambda y, x: step(x),
                                                         is_activation=True, kink=_at_zero, complex_forward=lambda z: z if z.real > 0 else 0j)

#              with a parameter, which may be learnt: ∂y/∂x, then ∂y/∂(parameter)

leaky_relu = Op("leaky_relu", "leaky relu", _leaky_relu, lambda y, x, s: step(x) + (1 - step(x)) * s,
                                                         lambda y, x, s: minimum(x, 0), defaults=(0.01,),
                                                         is_activation=True, kink=_at_zero, complex_forward=lambda z, s: z if z.real > 0 else s * z)
elu        = Op("elu",        "elu", _elu,               lambda y, x, s: step(x) + (1 - step(x)) * s * exp(minimum(x, 0)),
                                                         lambda y, x, s: expm1(minimum(x, 0)), defaults=(1.0,),
                                                         is_activation=True, kink=_at_zero, complex_forward=lambda z, s: z if z.real > 0 else s * _complex_expm1(z))

#              of any number of arguments                every partial, in order

affine   = Op("affine",       "Σ w·x", _affine,          _affine_partials,             arity=VARIADIC)  # w₁x₁ + w₂x₂ + … + b
total    = Op("total",        "Σ",   lambda *x: reduce(operator.add, x), lambda y, *x: [1] * len(x),   arity=VARIADIC)  # x₁ + x₂ + …
mean     = Op("mean",         "mean", _mean,             _mean_partials,               arity=VARIADIC)  # (x₁ + x₂ + …)/n
half_squared_error = Op("half_squared_error", "½(o−t)²", _half_squared_error, _half_squared_error_partials,
                                                                                        arity=VARIADIC)
mean_squared_error = Op("mean_squared_error", "mean (o−t)²", _mean_squared_error, _mean_squared_error_partials,
                                                                                        arity=VARIADIC)
max_margin = Op("max_margin", "max(0, 1−ts)", _max_margin, _max_margin_partials,       arity=VARIADIC, kink=_at_a_margin)
binary_cross_entropy = Op("binary_cross_entropy", "−log σ", _binary_cross_entropy, _binary_cross_entropy_partials,
                                                                                        arity=VARIADIC)
cross_entropy = Op("cross_entropy", "−log softmax", _cross_entropy, _cross_entropy_partials,
                                                                                        arity=VARIADIC)
huber    = Op("huber",        "huber", _huber,           _huber_partials,              arity=VARIADIC)
logsumexp = Op("logsumexp",   "log Σ eˣ", _logsumexp,          _logsumexp_partials,           arity=VARIADIC)

#              what the rows above need, so that the table is closed

sign     = Op("sign",         "sign", _sign,             lambda y, x: 0,
                                                         is_helper=True, kink=_at_zero, complex_forward=_constant)
step     = Op("step",         "step", _step,             lambda y, x: 0,                          # 1 where x > 0, else 0
                                                         is_helper=True, kink=_at_zero, complex_forward=_constant)
above    = Op("above",        ">",   _above,             lambda y, a, b: 0,                      lambda y, a, b: 0,  # ½ at a tie
                                                         is_helper=True, kink=_at_a_tie, complex_forward=_constant)
bell     = Op("bell",         "2e^−x²/√π", _bell,        lambda y, x: -2 * x * y,                 # the slope of erf
                                                         is_helper=True, complex_forward=lambda z: 2 / cmath.sqrt(math.pi) * cmath.exp(-z * z))
expm1    = Op("expm1",        "expm1", math.expm1,       lambda y, x: y + 1,                      # eˣ − 1
                                                         is_helper=True, complex_forward=_complex_expm1)
xlogy    = Op("xlogy",        "x·log y", _xlogy,         lambda y, a, b: log(b),                 lambda y, a, b: a / b,
                                                         is_helper=True, complex_forward=lambda x, y: x * cmath.log(y))
monomial = Op("monomial",     "c·aᵇ", _monomial,         lambda y, c, a, b: pow(a, b),  # 0 where c = 0, even at a = 0
                                                         lambda y, c, a, b: monomial(c * b, a, b - 1),
                                                         lambda y, c, a, b: xlogy(y, a),
                                                         is_helper=True, complex_forward=lambda c, a, b: c * _complex_power(a, b))
portion  = Op("portion",      "·",   _portion,           lambda y, a, b: b,                      lambda y, a, b: a,  # 0 where a = 0, even at b = ∞
                                                         is_helper=True, complex_forward=operator.mul)
logaddexp = Op("logaddexp",   "log(eᵃ+eᵇ)", _logaddexp,  lambda y, a, b: sigmoid(a - b),         lambda y, a, b: sigmoid(b - a),
                                                         is_helper=True, complex_forward=_complex_logaddexp)
exp_less = Op("exp_less",     "eᵃ−t", _exp_less,         lambda y, a, t: exp(a),                 lambda y, a, t: -1,  # all digits, also near 0
                                                         is_helper=True, complex_forward=lambda a, t: cmath.exp(a) - t)
sigmoid_less = Op("sigmoid_less", "σ−t", _sigmoid_less,  lambda y, x, t: sigmoid(x) * sigmoid(-x), lambda y, x, t: -1,
                                                         is_helper=True, complex_forward=lambda x, t: _complex_sigmoid(x) - t)
# fmt: on
