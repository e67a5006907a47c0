"""What each row of the table means, in ordinary mathematics, over numbers of fifty digits that carry derivatives.

A number here is a *jet*: a value and what it becomes when three leaves are moved by ε₁, ε₂ and ε₃, with εᵢ² = 0;
the coefficient of ε₁ε₂ε₃ is a third derivative. So no rule for a sum, a product or a chain is shared with the
engine, nor any local derivative: all that is stated here are the derivatives of one-argument functions, and a
test holds those against mpmath's numerical differentiation. How the engine is held against it, `oracles` says.
"""

from __future__ import annotations

import cmath
import operator
from itertools import product
from typing import Any

from mpmath import mp

DIGITS = 50
ALL = 7  # ε₁ε₂ε₃

# -- Numbers that carry their derivatives --------------------------------------------------------


class UndefinedError(Exception):
    """There is no such real number."""


class Jet:
    """A value, and its coefficients of products of εs, by the set of these as bits; None where it has no derivative."""

    __slots__ = ("parts", "value")

    def __init__(self, value: Any, parts: dict[int, Any] | None) -> None:
        self.value = value
        self.parts = parts

    def __add__(self, other: Jet) -> Jet:
        if self.parts is None or other.parts is None:
            return Jet(self.value + other.value, None)
        parts = dict(self.parts)
        for mask, part in other.parts.items():
            parts[mask] = parts[mask] + part if mask in parts else part
        return Jet(self.value + other.value, parts)

    def __mul__(self, other: Jet) -> Jet:
        value = self.value * other.value
        if self.parts is None or other.parts is None:
            return Jet(value, None)
        parts: dict[int, Any] = {}
        mine, its = [(0, self.value), *self.parts.items()], [(0, other.value), *other.parts.items()]
        for (a, x), (b, y) in product(mine, its):
            if a | b and not a & b:
                parts[a | b] = parts.get(a | b, 0) + x * y
        return Jet(value, parts)

    def __neg__(self) -> Jet:
        return Jet(-self.value, self.parts and {mask: -part for mask, part in self.parts.items()})

    def __sub__(self, other: Jet) -> Jet:
        return self + -other

    def __truediv__(self, other: Jet) -> Jet:
        return self * through(reciprocal, other)

    @property
    def moves(self) -> bool:
        """Whether any leaf moves it."""
        return self.parts is None or any(self.parts.values())


def constant(number: Any) -> Jet:
    """A number that nothing moves."""
    return Jet(mp.mpf(number), {})


def through(function: Any, x: Jet) -> Jet:
    """A function of one argument, given as its value and three derivatives at a point."""
    f, f1, f2, f3 = function(x.value)
    if x.parts is None:
        return Jet(f, None)
    part = x.parts.get
    found = {}
    for mask in x.parts:
        found[mask] = f1 * x.parts[mask]
    for a, b in ((1, 2), (1, 4), (2, 4)):
        if part(a) and part(b):
            found[a | b] = found.get(a | b, 0) + f2 * part(a) * part(b)
    for a, rest in ((1, 6), (2, 5), (4, 3)):
        if part(a) and part(rest):
            found[ALL] = found.get(ALL, 0) + f2 * part(a) * part(rest)
    if part(1) and part(2) and part(4):
        found[ALL] = found.get(ALL, 0) + f3 * part(1) * part(2) * part(4)
    return Jet(f, found)


# Each function of one argument with its first three derivatives, from a book of formulas.


def reciprocal(x):
    if x == 0:
        raise UndefinedError
    return 1 / x, -1 / x**2, 2 / x**3, -6 / x**4


def exponential(x):
    e = mp.exp(x)
    return e, e, e, e


def exponential_minus_1(x):
    e = mp.exp(x)
    return mp.expm1(x), e, e, e


def logarithm(x):
    if x <= 0:
        raise UndefinedError
    return mp.log(x), 1 / x, -1 / x**2, 2 / x**3


def sine(x):
    s, c = mp.sin(x), mp.cos(x)
    return s, c, -s, -c


def cosine(x):
    s, c = mp.sin(x), mp.cos(x)
    return c, -s, -c, s


def arctangent(x):
    s = 1 / (1 + x**2)
    return mp.atan(x), s, -2 * x * s**2, (6 * x**2 - 2) * s**3


def bell_curve(x):
    y = 2 / mp.sqrt(mp.pi) * mp.exp(-(x**2))
    return y, -2 * x * y, (4 * x**2 - 2) * y, (12 * x - 8 * x**3) * y


def error_function(x):
    return (mp.erf(x), *bell_curve(x)[:3])


def hyperbolic_tangent(x):
    t, s = mp.tanh(x), mp.sech(x) ** 2
    return t, s, -2 * t * s, 4 * t**2 * s - 2 * s**2


def logistic(x):
    up, down = 1 / (1 + mp.exp(-x)), 1 / (1 + mp.exp(x))
    return up, up * down, up * down * (down - up), up * down * (1 - 6 * up * down)


def logistic_integral(x):
    return max(x, 0) + mp.log1p(mp.exp(-abs(x))), *logistic(x)[:3]


FUNCTIONS = [
    reciprocal,
    exponential,
    exponential_minus_1,
    logarithm,
    sine,
    cosine,
    arctangent,
    hyperbolic_tangent,
    logistic,
    logistic_integral,
]

# -- What each row means ---------------------------------------------------------------------------
#
# At a kink the value is continuous and the first derivative is a convention, PyTorch's: it is written here too.

ONE, HALF = constant(1), constant(0.5)


def either(condition, a, b):
    return a if condition else b


def square_root(x):
    if x.value < 0:
        raise UndefinedError
    if x.value == 0:
        return Jet(mp.mpf(0), None if x.moves else {})
    r = mp.sqrt(x.value)
    return through(lambda v: (r, 1 / (2 * r), -1 / (4 * v * r), 3 / (8 * v**2 * r)), x)


def power(a, b):
    if a.value > 0 and b.moves:
        y = mp.power(a.value, b.value)  # the value apart: aᵇ is known better than b·log a
        found = through(exponential, b * through(logarithm, a))
        return Jet(y, found.parts)
    if a.value < 0 and b.value != int(b.value):
        raise UndefinedError
    if a.value == 0 and b.value < 0:
        raise UndefinedError

    def falling(v):
        found, factor = [], mp.mpf(1)
        for k in range(4):
            if factor == 0:
                found.append(mp.mpf(0))
            elif v == 0 and b.value < k:
                return found + [None] * (4 - k)
            else:
                found.append(factor * (mp.power(v, b.value - k) if b.value != k else 1))
            factor *= b.value - k
        return found

    terms = falling(a.value)
    if b.moves or (None in terms and a.moves):
        return Jet(terms[0], None)
    return through(lambda _: [term or mp.mpf(0) for term in terms], a)


def x_log_y(x, y):
    if x.value == 0 and y.value == 0:
        return Jet(mp.mpf(0), None if x.moves or y.moves else {})
    return x * through(logarithm, y)


def monomial(c, a, b):
    if c.value != 0:
        return c * power(a, b)
    try:
        return c * power(a, b)
    except UndefinedError:
        return Jet(mp.mpf(0), None if c.moves or a.moves or b.moves else {})


def larger(a, b):
    return (a + b) * HALF if a.value == b.value else either(a.value > b.value, a, b)


def smaller(a, b):
    return (a + b) * HALF if a.value == b.value else either(a.value < b.value, a, b)


def added(terms):
    result = constant(0)
    for term in terms:
        result += term
    return result


def halves(args):
    return args[: len(args) // 2], args[len(args) // 2 :]


def squared_differences(args):
    return added((o - t) * (o - t) for o, t in zip(*halves(args)))


def softplus(z):
    return through(logistic_integral, z)


def mean_of(terms):
    terms = list(terms)
    return added(terms) / constant(len(terms))


def huber_of(difference, delta):
    size = -difference if difference.value < 0 else difference
    if size.value < delta.value:
        return size * size * HALF
    return delta * (size - delta * HALF)


def log_sum_exp(terms):
    """Around the largest, which is moved as well: log Σ eᵃ = m + log Σ eᵃ⁻ᵐ for any number m."""
    top = Jet(max(term.value for term in terms), {})
    return top + through(logarithm, added(through(exponential, term - top) for term in terms))


def expected(args):
    return added(t * z for z, t in zip(*halves(args)))


MEANING: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": power,
    "maximum": larger,
    "minimum": smaller,
    "neg": lambda x: -x,
    "abs": lambda x: constant(0) if x.value == 0 else either(x.value > 0, x, -x),
    "exp": lambda x: through(exponential, x),
    "log": lambda x: through(logarithm, x),
    "sqrt": square_root,
    "sin": lambda x: through(sine, x),
    "cos": lambda x: through(cosine, x),
    "atan": lambda x: through(arctangent, x),
    "erf": lambda x: through(error_function, x),
    "tanh": lambda x: through(hyperbolic_tangent, x),
    "sigmoid": lambda x: through(logistic, x),
    "softplus": lambda x: through(logistic_integral, x),
    "relu": lambda x: either(x.value > 0, x, constant(0)),
    "leaky_relu": lambda x, slope: either(x.value > 0, x, slope * x),
    "elu": lambda x, alpha: either(x.value > 0, x, alpha * through(exponential_minus_1, x)),
    "affine": lambda *args: added([*(w * x for w, x in zip(args[0::2], args[1::2])), *args[len(args) // 2 * 2 :]]),
    "total": lambda *args: added(args),
    "mean": lambda *args: added(args[:-1]) / args[-1],
    "half_squared_error": lambda *args: squared_differences(args) * HALF,
    "mean_squared_error": lambda *args: squared_differences(args) / constant(len(args) // 2),
    "max_margin": lambda *args: mean_of(
        either(t.value * s.value < 1, ONE - t * s, constant(0)) for s, t in zip(*halves(args))
    ),
    "binary_cross_entropy": lambda *args: mean_of(
        t * softplus(-z) + (ONE - t) * softplus(z) for z, t in zip(*halves(args))
    ),
    "cross_entropy": lambda *args: added(halves(args)[1]) * log_sum_exp(halves(args)[0]) - expected(args),
    "huber": lambda *args: mean_of(huber_of(o - t, args[-1]) for o, t in zip(*halves(args[:-1]))),
    "logsumexp": lambda *args: log_sum_exp(args),
    "logaddexp": lambda *args: log_sum_exp(args),
    "exp_less": lambda a, t: (
        through(exponential_minus_1, a) + (ONE - t) if abs(a.value) < 1 else through(exponential, a) - t
    ),
    "sigmoid_less": lambda x, t: either(x.value < 0, through(logistic, x) - t, (ONE - t) - through(logistic, -x)),
    "sign": lambda x: constant(mp.sign(x.value)),
    "step": lambda x: constant(x.value > 0),
    "above": lambda a, b: constant((mp.sign(a.value - b.value) + 1) / 2),
    "bell": lambda x: through(bell_curve, x),
    "expm1": lambda x: through(exponential_minus_1, x),
    "xlogy": x_log_y,
    "monomial": monomial,
    "portion": lambda a, b: a * b,
}

# Whose value or derivative jumps, and the differences at whose zero it does.
KINKS: dict[str, Any] = {
    "abs": lambda x: x,
    "relu": lambda x: x,
    "sign": lambda x: x,
    "step": lambda x: x,
    "leaky_relu": lambda x, _slope: x,
    "elu": lambda x, _alpha: x,
    "maximum": lambda a, b: a - b,
    "minimum": lambda a, b: a - b,
    "above": lambda a, b: a - b,
    "max_margin": lambda *args: smallest(1 - t * s for s, t in zip(*halves(args))),
    "huber": lambda *args: smallest(abs(o - t) - args[-1] for o, t in zip(*halves(args[:-1]))),
}


def smallest(gaps):
    return min(gaps, key=abs)


# The same in complex floats, for what is analytic: f(x + ih) is f(x) + ih·f'(x), to the last digit if h is 1e-200.
COMPLEX: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "exp": cmath.exp,
    "log": cmath.log,
    "sqrt": cmath.sqrt,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tanh": cmath.tanh,
    "sigmoid": lambda x: (1 + cmath.tanh(x / 2)) / 2,
    "softplus": lambda x: cmath.log(1 + cmath.exp(x)),
    "affine": lambda *args: sum(map(operator.mul, args[0::2], args[1::2]), args[-1] if len(args) % 2 else 0),
    "total": lambda *args: sum(args),
    "mean": lambda *args: sum(args) / len(args),
    "half_squared_error": lambda *args: sum((o - t) ** 2 for o, t in zip(*halves(args))) / 2,
    "mean_squared_error": lambda *args: sum((o - t) ** 2 for o, t in zip(*halves(args))) / (len(args) // 2),
    "binary_cross_entropy": lambda *args: (
        sum(cmath.log(1 + cmath.exp(z)) - t * z for z, t in zip(*halves(args))) / (len(args) // 2)
    ),
    "cross_entropy": lambda *args: sum(
        t * cmath.log(sum(cmath.exp(other - z) for other in halves(args)[0])) for z, t in zip(*halves(args))
    ),
    "logsumexp": lambda *args: cmath.log(sum(map(cmath.exp, args))),
}
