"""Functions of NumPy and PyTorch that compute: entry by entry, along axes, by a choice."""

from __future__ import annotations

import math
import operator
from itertools import product
from typing import TYPE_CHECKING, Any

from autograd.array_code.function_table import FUNCTIONS, named
from autograd.array_code.library import Library, UnreadableError, added, arithmetic, whole
from autograd.array_code.tensors import Tensor, number_of
from autograd.claims import arrays
from autograd.claims.arrays import Array
from autograd.engine.functions import logsumexp
from autograd.engine.functions import mean as mean_node
from autograd.engine.value import Value
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable

# -- Entry by entry -------------------------------------------------------------------------------


def _entrywise(function: Callable[..., Any]) -> Any:
    return lambda lib, *operands: lib.combine(function, *operands)


def _square(x: Any) -> Any:
    return x * x if not isinstance(x, Value) else x**2


def _log1p(x: Any) -> Any:
    return ops.log(1 + x)


_ENTRYWISE: dict[str, Any] = {
    "exp": ops.exp, "log": ops.log, "tanh": ops.tanh, "sqrt": ops.sqrt, "sin": ops.sin, "cos": ops.cos,
    "abs absolute fabs": ops.abs, "sigmoid expit": ops.sigmoid, "relu": ops.relu, "softplus": ops.softplus,
    "square": _square, "negative neg": operator.neg, "reciprocal": lambda x: 1.0 / x, "log1p": _log1p,
    "rsqrt": lambda x: 1 / ops.sqrt(x), "expm1": lambda x: ops.exp(x) - 1, "sign": lambda x: ops.sign(number_of(x)),
    "log10": lambda x: ops.log(x) / math.log(10), "log2": lambda x: ops.log(x) / math.log(2),
    "add": operator.add, "subtract sub": operator.sub, "multiply mul": operator.mul,
    "divide true_divide div": operator.truediv, "power pow": operator.pow, "maximum": ops.maximum,
    "minimum": ops.minimum,
}  # fmt: skip
_COMPARED: dict[str, Any] = {
    "greater gt": operator.gt, "less lt": operator.lt, "greater_equal ge": operator.ge, "less_equal le": operator.le,
    "equal eq": operator.eq, "not_equal ne": operator.ne, "logical_and": lambda a, b: bool(a and b),
    "logical_or": lambda a, b: bool(a or b), "logical_not": operator.not_,
}  # fmt: skip


def compared(lib: Library, function: Callable[..., bool], *operands: Any) -> Tensor:
    """Return the truth values of a comparison of numbers."""
    return lib.made(arrays.combine(lambda *each: function(*map(number_of, each)), *map(lib.array, operands)))


for _names, _function in _ENTRYWISE.items():
    named(*_names.split())(_entrywise(_function))
for _names, _function in _COMPARED.items():
    named(*_names.split())(lambda lib, *operands, _function=_function: compared(lib, _function, *operands))


@named("matmul", "mm", "bmm")
def _matmul(lib: Library, x: Any, b: Any) -> Any:
    return lib.matmul(x, b)


@named("dot")
def _dot(lib: Library, x: Any, b: Any) -> Any:
    if not lib.array(x).shape or not lib.array(b).shape:
        return lib.combine(operator.mul, x, b)
    if len(lib.array(b).shape) > 2:
        raise UnreadableError("a dot product of arrays with more than two axes is not read; write matmul or einsum")
    return lib.matmul(x, b)


@named("outer", "ger")
def _outer(lib: Library, x: Any, b: Any) -> Any:
    x, b = lib.array(x), lib.array(b)
    return lib.combine(operator.mul, lib.made(x.reshape(-1, 1)), lib.made(b.reshape(1, -1)))


@named("einsum")
def _einsum(lib: Library, form: str, *operands: Any) -> Any:
    terms, _, out = form.replace(" ", "").partition("->")
    found = [arithmetic(lib.array(each)) for each in operands]
    letters = terms.split(",")
    if "." in form or "->" not in form or [len(each) for each in letters] != [each.ndim for each in found]:
        raise UnreadableError("einsum is read with explicit axes for each operand, such as 'ij,jk->ik'")
    size = {letter: n for each, array in zip(letters, found) for letter, n in zip(each, array.shape)}
    if set(out) - set(size) or any(size[c] != n for each, a in zip(letters, found) for c, n in zip(each, a.shape)):
        raise UnreadableError("the axes of this einsum do not go together")
    rest = [letter for letter in size if letter not in out]
    lib.sized([size[c] for c in out])
    count = math.prod(size.values())
    lib.spend(count, count)
    steps = [
        {c: sum(math.prod(a.shape[at + 1 :]) for at, other in enumerate(each) if other == c) for c in each}
        for each, a in zip(letters, found)
    ]
    entries = []
    for kept in product(*(range(size[c]) for c in out)):
        fixed = [sum(step.get(c, 0) * at for c, at in zip(out, kept)) for step in steps]
        terms_here = [
            math.prod(
                (a.entries[start + sum(step.get(c, 0) * at for c, at in zip(rest, gone))]
                 for a, start, step in zip(found, fixed, steps))
            )
            for gone in product(*(range(size[c]) for c in rest))
        ]  # fmt: skip
        entries.append(added(terms_here))
    return lib.made(Array([size[c] for c in out], entries))


# -- Along axes -----------------------------------------------------------------------------------


@named("sum", "nansum")
def _sum(lib: Library, x: Any, axis: Any = None, keepdims: Any = 0) -> Any:
    return lib.reduce(added, x, axis, keepdims=keepdims)


def _averaged(entries: list[Any]) -> Any:
    return mean_node(entries) if any(isinstance(e, Value) for e in entries) else sum(entries) / len(entries)


@named("mean", "average")
def _mean(lib: Library, x: Any, axis: Any = None, keepdims: Any = 0) -> Any:
    return lib.reduce(_averaged, x, axis, keepdims=keepdims)


@named("prod", "product")
def _prod(lib: Library, x: Any, axis: Any = None, keepdims: Any = 0) -> Any:
    if isinstance(x, (tuple, list)):
        return math.prod(map(whole, x))
    return lib.reduce(math.prod, x, axis, keepdims=keepdims)


def _variance(lib: Library, x: Any, axis: Any, keepdims: Any, less: float) -> Tensor:
    apart = lib.combine(_square, lib.combine(operator.sub, x, _mean(lib, x, axis, keepdims=True)))
    summed = _sum(lib, apart, axis, keepdims=keepdims)
    count = len(apart.places) / max(1, len(summed.places))
    return lib.combine(operator.truediv, summed, count - less)


@named("var")
def _var(
    lib: Library, x: Any, axis: Any = None, keepdims: Any = 0, *, ddof: float = 0, unbiased: Any = None,
    correction: float | None = None,
) -> Any:  # fmt: skip
    less = correction if correction is not None else ddof if unbiased is None else float(bool(unbiased))
    return _variance(lib, x, axis, keepdims, less)


@named("std")
def _std(lib: Library, x: Any, axis: Any = None, keepdims: Any = 0, **options: Any) -> Any:
    return lib.combine(ops.sqrt, _var(lib, x, axis, keepdims, **options))


class Extreme(dict[str, Any]):
    """The result of torch's max along an axis: `.values` and `.indices`, also as a pair."""


def _best(lib: Library, x: Any, axis: Any, keepdims: Any, sign: int) -> tuple[Tensor, Tensor]:
    """Return the largest entries along an axis, each the entry itself, and where they are."""

    def first(entries: list[Any]) -> int:
        return max(range(len(entries)), key=lambda at: (sign * number_of(entries[at]), -at))

    array = arithmetic(lib.array(x))
    where = lib.reduce(first, lib.made(array), axis, keepdims=keepdims)
    chosen = lib.reduce(lambda entries: entries[first(entries)], lib.made(array), axis, keepdims=keepdims)
    return chosen, where


def _extreme(sign: int, pairwise: Callable[..., Any]) -> Any:
    def function(lib: Library, x: Any, axis: Any = None, keepdims: Any = 0) -> Any:
        if isinstance(axis, Tensor):
            return lib.combine(pairwise, x, axis)
        values, indices = _best(lib, x, axis, keepdims, sign)
        return Extreme(values=values, indices=indices) if lib.is_torch and axis is not None else values

    return function


named("max", "amax")(_extreme(1, ops.maximum))
named("min", "amin")(_extreme(-1, ops.minimum))
named("argmax")(lambda lib, x, axis=None, keepdims=False: _best(lib, x, axis, keepdims, 1)[1])
named("argmin")(lambda lib, x, axis=None, keepdims=False: _best(lib, x, axis, keepdims, -1)[1])
named("any")(lambda lib, x, axis=None, keepdims=False: lib.reduce(any, x, axis, keepdims=keepdims))
named("all")(lambda lib, x, axis=None, keepdims=False: lib.reduce(all, x, axis, keepdims=keepdims))


@named("softmax")
def _softmax(lib: Library, x: Any, axis: Any = -1) -> Any:
    return lib.combine(ops.exp, _log_softmax(lib, x, axis))


@named("log_softmax")
def _log_softmax(lib: Library, x: Any, axis: Any = -1) -> Any:
    def of(entries: list[Any]) -> Any:
        if any(isinstance(entry, Value) for entry in entries):
            return logsumexp(entries)
        most = max(entries)
        return most + math.log(sum(math.exp(entry - most) for entry in entries))

    return lib.combine(operator.sub, x, lib.reduce(of, x, axis, keepdims=True))


@named("cross_entropy")
def _cross_entropy(lib: Library, x: Any, target: Any, reduction: str = "mean") -> Any:
    return _nll(lib, _log_softmax(lib, x, 1), target, reduction)


@named("nll_loss")
def _nll(lib: Library, x: Any, target: Any, reduction: str = "mean") -> Any:
    rows, target = lib.array(x), lib.array(target)
    if rows.ndim != 2 or target.ndim != 1:
        raise UnreadableError("cross entropy is read for rows of logits and one class for each")
    each = lib.made(-rows[list(range(rows.shape[0])), target])
    return _reduced(lib, each, reduction)


@named("mse_loss")
def _mse(lib: Library, x: Any, target: Any, reduction: str = "mean") -> Any:
    return _reduced(lib, lib.combine(_square, lib.combine(operator.sub, x, target)), reduction)


def _reduced(lib: Library, x: Any, reduction: str) -> Any:
    ways: dict[str, Any] = {"mean": _mean, "sum": _sum, "none": lambda _, each: each}
    if reduction not in ways:
        raise UnreadableError(f"a loss is not reduced by {reduction!r}")
    return ways[reduction](lib, x)


@named("linear")
def _linear(lib: Library, x: Any, weight: Any, bias: Any = None) -> Any:
    found = lib.matmul(x, FUNCTIONS["t"](lib, weight))
    return found if bias is None else lib.combine(operator.add, found, bias)


@named("cumsum")
def _cumsum(lib: Library, x: Any, axis: Any = 0) -> Any:
    array = lib.array(x)
    if array.ndim != 1 or axis not in (0, -1, None):
        raise UnreadableError("a running sum is read for one axis")
    return lib.made(Array(array.shape, [added(array.entries[: at + 1]) for at in range(array.size)]))


@named("norm")
def _norm(lib: Library, x: Any) -> Any:
    return lib.combine(ops.sqrt, _sum(lib, lib.combine(_square, x)))


# -- Choices --------------------------------------------------------------------------------------


@named("where")
def _where(lib: Library, condition: Any, x: Any = None, b: Any = None) -> Any:
    if x is None or b is None:
        raise UnreadableError("where is read with what holds and what does not")
    return lib.combine(lambda c, yes, no: yes if number_of(c) else no, condition, x, b)


@named("clip", "clamp")
def _clip(lib: Library, x: Any, low: Any = None, high: Any = None, **bounds: Any) -> Any:
    low = bounds.get("min", bounds.get("a_min", low))
    high = bounds.get("max", bounds.get("a_max", high))
    found = x if low is None else lib.combine(ops.maximum, x, low)
    return found if high is None else lib.combine(ops.minimum, found, high)


@named("masked_fill")
def _masked_fill(lib: Library, x: Any, mask: Any, value: Any) -> Any:
    return _where(lib, mask, value, x)


@named("gather", "take_along_dim")
def _gather(lib: Library, x: Any, axis: Any, index: Any) -> Any:
    array, at, index = lib.array(x), whole(axis), lib.array(index)
    at %= array.ndim
    grid = [Array(index.shape, [p[k] for p in product(*map(range, index.shape))]) for k in range(index.ndim)]
    grid[at] = index
    return lib.made(array[tuple(grid)])


@named("take_along_axis")
def _take_along(lib: Library, x: Any, index: Any, axis: Any) -> Any:
    return _gather(lib, x, axis, index)


@named("take")
def _take(lib: Library, x: Any, index: Any, axis: Any = 0) -> Any:
    at = whole(axis) % max(1, lib.array(x).ndim)
    return lib.made(lib.array(x)[tuple([slice(None)] * at + [lib.array(index)])])


@named("embedding")
def _embedding(lib: Library, index: Any, weight: Any) -> Any:
    return _take(lib, weight, index)


@named("nonzero", "argwhere", "flatnonzero")
def _nonzero(lib: Library, x: Any) -> Any:
    array = lib.array(x)
    places = [list(p) for p, e in zip(product(*map(range, array.shape)), array.entries) if number_of(e)]
    return lib.made(Array((len(places), array.ndim), [at for place in places for at in place]))


@named("unravel_index")
def _unravel(lib: Library, index: Any, shape: Any) -> Any:
    at, found = whole(index), []
    for length in reversed(lib.sized(shape)):
        found.append(at % length)
        at //= length
    return tuple(reversed(found))


def _triangle(lib: Library, x: Any, keeps: Callable[[int], bool]) -> Any:
    array = lib.array(x)
    rows, columns = array.shape[-2:]
    kept = Array((rows, columns), [keeps(j - i) for i in range(rows) for j in range(columns)])
    return _where(lib, lib.made(kept), x, 0.0)


named("tril")(lambda lib, x, k=0: _triangle(lib, x, lambda above: above <= k))
named("triu")(lambda lib, x, k=0: _triangle(lib, x, lambda above: above >= k))


@named("array_equal", "allclose")
def _same(lib: Library, x: Any, b: Any, *_: Any, **__: Any) -> bool:
    return all(abs(number_of(p) - number_of(q)) < 1e-6 for p, q in zip(lib.array(x).entries, lib.array(b).entries))
