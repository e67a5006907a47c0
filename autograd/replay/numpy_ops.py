"""The forward of every operation in NumPy.

Derivatives are not here: they come from the table's partials, which are made of these operations. Many
operations are a function of NumPy. One with a condition is a Python function of arrays; its source is
also exported to JAX and PyTorch, and the gradient that they take of it is the table's, at a kink too. An
operation that is missing here runs the table's forward number by number.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from autograd.optional import import_extra
from autograd.symbolic.notations import ATOM, NEGATION, POWER, PRODUCT, SUM, Notation, Spelling
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.table.ops import Op

np = import_extra("numpy", "replay", "record")


def _same_function(op: Op) -> str | None:
    """Return the name of NumPy's function for a row that is a function of `math`; NumPy calls atan arctan."""
    if getattr(op.forward, "__module__", "") != "math":
        return None
    name = op.forward.__name__
    return next((word for word in (f"arc{name[1:]}", name) if isinstance(getattr(np, word, None), np.ufunc)), None)


UFUNCS = {op: name for op in ops.TABLE.values() if (name := _same_function(op))} | {
    **{op: op.name for op in (ops.abs, ops.maximum, ops.minimum, ops.logaddexp, ops.sign)},
    ops.add: "add",
    ops.sub: "subtract",
    ops.mul: "multiply",
    ops.div: "divide",
    ops.pow: "power",
    ops.neg: "negative",
}


# -- Rows with a condition: the stable form over arrays ------------------------------------------------


def relu(x):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- its source is exported to other array libraries
    return np.where(x <= 0, 0.0, x)


def leaky_relu(x, slope):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return np.where(x <= 0, slope * x, x)


def elu(x, alpha):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return np.where(x <= 0, alpha * np.expm1(np.where(x <= 0, x, 0.0)), x)


def sigmoid(x):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    e = np.exp(np.where(x >= 0, -x, x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


def softplus(x):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def erf(x):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same; operations.js has the formulas
    near, far = np.maximum(np.minimum(x, 2.5), -2.5), np.minimum(np.maximum(np.abs(x), 2.5), 6.0)
    term, total, below = near, near, far
    for n in range(1, 60):
        term = term * (2.0 * near * near) / (2 * n + 1)
        total = total + term
    for n in range(60, 0, -1):
        below = far + n / 2 / below
    series, rest = np.exp(-near * near) * total * 2.0, np.exp(-far * far) / below
    return np.where(np.abs(x) < 2.5, series / np.pi**0.5, np.sign(x) * (1.0 - rest / np.pi**0.5))


def bell(x):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return 2.0 / np.pi**0.5 * np.exp(-x * x)


def step(x):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return np.sign(np.maximum(x, 0.0))


def above(a, b):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    number = np.where(a == b, 0.5, np.where(a > b, 1.0, 0.0))
    return np.where((a != a) | (b != b), np.nan, number)


def xlogy(x, y):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    nothing = (x == 0) & (y >= 0)
    return np.where(nothing, 0.0, x * np.log(np.where(nothing, 1.0, y)))


def monomial(c, a, b):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return np.where(c == 0, 0.0, c * np.power(np.where(c == 0, 1.0, a), b))


def portion(a, b):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return a * np.where((a == 0) & (np.abs(b) == np.inf), 0.0, b)


def exp_less(a, t):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    return (1.0 - t) * np.exp(a) + t * np.expm1(a)


def sigmoid_less(x, t):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103 -- the same
    e = np.exp(np.where(x >= 0, -x, x))
    within = np.minimum(np.maximum(t, 0.0), 1.0)
    y, rest = np.where(x >= 0, 1.0, e) / (1.0 + e), np.where(x >= 0, e, 1.0) / (1.0 + e)
    return (1.0 - within) * y - within * rest - (t - within)


FUNCTIONS: dict[Op, Any] = {
    ops.TABLE[f.__name__]: f
    for f in (
        relu,
        leaky_relu,
        elu,
        sigmoid,
        softplus,
        erf,
        bell,
        step,
        above,
        xlogy,
        monomial,
        portion,
        exp_less,
        sigmoid_less,
    )
}


def function_source(op: Op) -> str:
    """Return the source of the function of an operation, for an export.

    >>> print(function_source(ops.relu))
    def relu(x):
        return np.where(x <= 0, 0.0, x)
    """
    lines = inspect.getsource(FUNCTIONS[op]).rstrip().split("\n")
    return "\n".join([lines[0].split("  #")[0], *lines[1:]])


# -- To run: into a given array ------------------------------------------------------------------


def _into(function: Any) -> Callable[..., None]:
    def into(*args: Any) -> None:
        *operands, out = args
        np.copyto(out, function(*operands))

    return into


def _step_into(x: Any, out: Any) -> None:
    missing = np.isnan(x)
    np.greater(x, 0.0, out)
    if missing.any():
        np.copyto(out, np.nan, where=missing)


def _sigmoid_into(x: Any, out: Any) -> None:
    e = np.exp(-np.abs(x))
    np.add(e, 1.0, out=(below := np.empty_like(e)))
    np.copyto(e, 1.0, where=x >= 0)
    np.divide(e, below, out)


def forward_or_nan(op: Op) -> Callable[..., float]:
    """Return the table's forward as a function of floats, which gives NaN where the operation is not defined."""

    def forward(*args: float) -> float:
        try:
            return float(op.forward(*args))
        except (ArithmeticError, ValueError):
            return float("nan")  # the caller finds the reason

    return forward


RUN: dict[Op, Callable[..., Any]] = {
    **{op: getattr(np, name) for op, name in UFUNCS.items()},
    **{op: _into(function) for op, function in FUNCTIONS.items()},
    ops.maximum: lambda a, b, out: np.maximum(a, b, out=out),  # np.maximum takes `out` by its name only
    ops.minimum: lambda a, b, out: np.minimum(a, b, out=out),
    ops.relu: lambda x, out: np.maximum(x, 0.0, out=out),
    ops.step: _step_into,
    ops.sigmoid: _sigmoid_into,
}


def into_array(op: Op) -> Callable[..., Any]:
    """Return the function of an operation: it takes the operands, and the array for the result."""
    if op not in RUN:
        forward = forward_or_nan(op)
        RUN[op] = _into(lambda *args: np.frompyfunc(forward, len(args), 1)(*args).astype(float))
    return RUN[op]


def _logsumexp(x: Any, out: Any) -> None:
    """Compute m + log(1 + Σ eˣ⁻ᵐ) of the largest m and the others, which keeps all digits."""
    m = np.maximum.reduce(x, axis=0)
    e = np.exp(x - m)
    largest = x == m  # one or more equal ones
    np.copyto(e, 0.0, where=largest)
    others = np.add.reduce(e, axis=0)
    others += np.add.reduce(largest, axis=0, dtype=float) - 1.0
    np.add(m, np.log1p(others, others), out)


# Operations of any number of operands that are one call, with the operands along the first axis.
STACKED = {ops.logsumexp: _logsumexp}


# -- As source text ---------------------------------------------------------------------------------------

NUMPY = Notation(
    spellings={
        **{op: Spelling(f"np.{name}({', '.join(['{}'] * op.arity)})") for op, name in UFUNCS.items()},
        ops.add: Spelling("{} + {}", SUM, (SUM, NEGATION)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, NEGATION)),
        ops.mul: Spelling("{} * {}", PRODUCT, (NEGATION, POWER)),
        ops.div: Spelling("{} / {}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("-{}", NEGATION, (POWER,)),
        ops.sign: Spelling("np.sign({})", ATOM),
    },
)
