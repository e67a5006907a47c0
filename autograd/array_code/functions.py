"""The functions and methods of NumPy and PyTorch that are read, by their names there.

A function takes the `Library` first. A method of an array is the function of the same name with the array before its
arguments. Nothing here knows a derivative: on the way there the entries are Values, which record.
"""

from __future__ import annotations

import math
import operator
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from autograd.array_code.library import (
    Library,
    UnknownValue,
    UnreadableError,
    added,
    arithmetic,
    has_values,
    shape_of,
    whole,
)
from autograd.array_code.tensors import Tensor, number_of
from autograd.claims import arrays
from autograd.claims.arrays import Array
from autograd.engine.functions import logsumexp
from autograd.engine.functions import mean as mean_node
from autograd.engine.value import Value
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS: dict[str, Any] = {}
IGNORED = {"replace", "dtype", "device", "generator", "requires_grad", "copy", "order", "out", "inplace", "where"}
RENAMED = {"dim": "axis", "keepdim": "keepdims", "axes": "axis", "input": "x", "a": "x"}


def named(*names: str) -> Callable[[Any], Any]:
    """Register a function under these names."""

    def register(function: Any) -> Any:
        FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return register


def call(lib: Library, name: str, args: list[Any], options: dict[str, Any]) -> Any:
    """Return what a function of this name gives.

    Raises UnreadableError for a name that is not in the list, and for arguments that do not fit.
    """
    if name not in FUNCTIONS:
        raise UnreadableError(f"{name}() is not read")
    options = {RENAMED.get(key, key): value for key, value in options.items() if key not in IGNORED}
    for thing in (*args, *options.values()):
        if isinstance(thing, UnknownValue):
            raise UnreadableError(thing.words)
    try:
        return FUNCTIONS[name](lib, *args, **options)
    except TypeError as error:
        raise UnreadableError(f"{name}() is not read with these arguments ({error})") from None


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


# -- Shapes ---------------------------------------------------------------------------------------


def tensor(lib: Library, x: Any) -> Tensor:
    """Return a tensor itself, or a new one of numbers."""
    return x if isinstance(x, Tensor) else lib.made(lib.array(x))


@named("reshape", "view")
def _reshape(lib: Library, x: Any, *shape: Any, **_: Any) -> Any:
    return tensor(lib, x).reshaped(tuple(map(whole, shape_of(shape))))


named("view_as", "reshape_as")(lambda lib, x, other: tensor(lib, x).reshaped(tensor(lib, other).shape))


@named("flatten", "ravel")
def _flatten(lib: Library, x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    x = tensor(lib, x)
    n = len(x.shape)
    start, end = start_dim % max(1, n), end_dim % max(1, n)
    return x.reshaped((*x.shape[:start], math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]))


@named("transpose", "permute", "swapaxes")
def _transpose(lib: Library, x: Any, *axes: Any, axis: Any = None) -> Any:
    x = tensor(lib, x)
    axes = tuple(map(whole, shape_of(axes or (axis,) if axis is not None else axes)))
    if len(axes) == 2 and (lib.is_torch or len(x.shape) > 2):
        order = list(range(len(x.shape)))
        order[axes[0]], order[axes[1]] = order[axes[1]], order[axes[0]]
        return x.transposed(order)
    return x.transposed(list(axes) or None)


@named("t", "T")
def _turned(lib: Library, x: Any) -> Any:
    return tensor(lib, x).transposed()


@named("unsqueeze", "expand_dims")
def _unsqueeze(lib: Library, x: Any, axis: Any) -> Any:
    x = tensor(lib, x)
    at = whole(axis) % (len(x.shape) + 1)
    return x.reshaped((*x.shape[:at], 1, *x.shape[at:]))


@named("squeeze")
def _squeeze(lib: Library, x: Any, axis: Any = None) -> Any:
    x = tensor(lib, x)
    gone = None if axis is None else whole(axis) % len(x.shape)
    kept = [n for at, n in enumerate(x.shape) if n != 1 or (gone is not None and at != gone)]
    return x.reshaped(tuple(kept))


@named("expand", "broadcast_to", "expand_as")
def _expand(lib: Library, x: Any, *shape: Any) -> Any:
    x = tensor(lib, x)
    if len(shape) == 1 and isinstance(shape[0], Tensor):
        shape = shape[0].shape
    lengths = [whole(n) for n in shape_of(shape)]
    late = len(lengths) - len(x.shape)
    full = [x.shape[at - late] if n == -1 else n for at, n in enumerate(lengths)]
    return lib.made(lib.array(x).broadcast_to(lib.sized(full)))


@named("repeat")
def _repeat(lib: Library, x: Any, *counts: Any, axis: Any = None) -> Any:
    if lib.is_torch:
        return _tile(lib, x, shape_of(counts))
    x = tensor(lib, x)
    if len(counts) == 2:
        axis, counts = counts[1], counts[:1]
    if axis is None:
        x, axis = x.reshaped((-1,)), 0
    at, count = whole(axis) % len(x.shape), whole(counts[0])
    lib.sized([*x.shape, count])
    index = [place for place in range(x.shape[at]) for _ in range(count)]
    return lib.made(lib.array(x)[tuple([slice(None)] * at + [index])])


@named("tile")
def _tile(lib: Library, x: Any, counts: Any, *more: Any) -> Any:
    counts = list(map(whole, shape_of([counts, *more])))
    array = lib.array(x)
    array = array.reshape(*[1] * (len(counts) - array.ndim), *array.shape)
    counts = [1] * (array.ndim - len(counts)) + counts
    lib.sized([n * count for n, count in zip(array.shape, counts)])
    for at, count in enumerate(counts):
        array = arrays.concatenate([array] * count, at)
    return lib.made(array)


@named("stack")
def _stack(lib: Library, parts: Any, axis: Any = 0) -> Any:
    return lib.made(arrays.stack([lib.array(part) for part in parts], whole(axis)))


@named("concatenate", "cat", "concat")
def _concatenate(lib: Library, parts: Any, axis: Any = 0) -> Any:
    return lib.made(arrays.concatenate([lib.array(part) for part in parts], whole(axis)))


@named("hstack")
def _hstack(lib: Library, parts: Any) -> Any:
    found = [lib.array(part) for part in parts]
    return lib.made(arrays.concatenate(found, 0 if found[0].ndim == 1 else 1))


@named("vstack", "row_stack")
def _vstack(lib: Library, parts: Any) -> Any:
    found = [lib.array(part) for part in parts]
    return lib.made(arrays.concatenate([each.reshape(1, -1) if each.ndim == 1 else each for each in found], 0))


@named("split", "chunk", "hsplit", "vsplit", "array_split")
def _split(lib: Library, x: Any, sections: Any, axis: Any = 0) -> Any:
    x, at = tensor(lib, x), whole(axis)
    length = x.shape[at]
    if isinstance(sections, (list, tuple)):
        edges = [0, *map(whole, sections), length]
    else:
        size = whole(sections) if lib.is_torch else length // max(1, whole(sections))
        edges = [*range(0, length, max(1, size)), length]
    at %= len(x.shape)
    return [x.view((*[slice(None)] * at, slice(a, b))) for a, b in pairwise(edges)]


@named("hsplit")
def _hsplit(lib: Library, x: Any, sections: Any) -> Any:
    return _split(lib, x, sections, 1)


@named("unbind")
def _unbind(lib: Library, x: Any, axis: Any = 0) -> Any:
    x = tensor(lib, x)
    return [x.view((*[slice(None)] * whole(axis), at)) for at in range(x.shape[whole(axis)])]


@named("pad")
def _pad(lib: Library, x: Any, widths: Any, mode: str = "constant", constant_values: Any = 0.0) -> Any:
    array = lib.array(x)
    if mode != "constant":
        raise UnreadableError("a border is read where it is constant")
    if not isinstance(widths, (tuple, list)):
        widths = [(widths, widths)] * array.ndim
    elif len(widths) == 2 and not isinstance(widths[0], (tuple, list)):
        widths = [tuple(widths)] * array.ndim
    pairs = [tuple(map(whole, pair)) * (2 if len(pair) == 1 else 1) for pair in widths]
    if len(pairs) != array.ndim:
        raise UnreadableError("a border has two widths for each axis")
    shape = lib.sized([n + a + b for n, (a, b) in zip(array.shape, pairs)])
    found = Array.full(shape, constant_values)
    inner = tuple(slice(a, a + n) for n, (a, _) in zip(array.shape, pairs))
    return lib.made(found.replaced(inner, array))


@named("flip")
def _flip(lib: Library, x: Any, axis: Any = 0) -> Any:
    at = whole(axis[0] if isinstance(axis, (list, tuple)) else axis) % len(tensor(lib, x).shape)
    return tensor(lib, x).view((*[slice(None)] * at, slice(None, None, -1)))


@named("moveaxis", "rollaxis")
def _moveaxis(lib: Library, x: Any, source: Any, target: Any) -> Any:
    x = tensor(lib, x)
    order = [at for at in range(len(x.shape)) if at != whole(source) % len(x.shape)]
    order.insert(whole(target) % len(x.shape), whole(source) % len(x.shape))
    return x.transposed(order)


@named("rot90")
def _rot90(lib: Library, x: Any, k: Any = 1, axis: Any = (0, 1)) -> Any:
    if whole(k) != 2:
        raise UnreadableError("a turn by 180 degrees is read")
    index: list[Any] = [slice(None)] * len(tensor(lib, x).shape)
    for at in axis:
        index[whole(at)] = slice(None, None, -1)
    return tensor(lib, x).view(tuple(index))


# -- New arrays -----------------------------------------------------------------------------------


@named("zeros", "empty")
def _zeros(lib: Library, *shape: Any, size: Any = None) -> Any:
    return lib.filled(shape_of(shape or (size,)), lambda: 0.0)


@named("ones")
def _ones(lib: Library, *shape: Any) -> Any:
    return lib.filled(shape_of(shape), lambda: 1.0)


@named("full")
def _full(lib: Library, shape: Any, value: Any) -> Any:
    return lib.combine(lambda a, b: a + b, _zeros(lib, shape), value)


named("zeros_like", "empty_like", "new_zeros")(lambda lib, x: _zeros(lib, tensor(lib, x).shape))
named("ones_like")(lambda lib, x: _ones(lib, tensor(lib, x).shape))
named("full_like")(lambda lib, x, value: _full(lib, tensor(lib, x).shape, value))


@named("eye", "identity")
def _eye(lib: Library, n: Any, m: Any = None) -> Any:
    rows, columns = lib.sized((n, n if m is None else m))
    return lib.made(Array((rows, columns), [float(i == j) for i in range(rows) for j in range(columns)]))


@named("arange", "range")
def _arange(lib: Library, *bounds: Any) -> Any:
    found = range(*map(whole, bounds))
    lib.sized([len(found)])
    return lib.made(Array((len(found),), found))


@named("one_hot")
def _one_hot(lib: Library, x: Any, num_classes: Any = None) -> Any:
    array = lib.array(x)
    count = max(map(whole, array.entries), default=0) + 1 if num_classes in (None, -1) else whole(num_classes)
    lib.sized((*array.shape, count))
    return lib.made(Array((*array.shape, count), [float(at == k) for at in array.entries for k in range(count)]))


@named("array", "tensor", "asarray", "from_numpy", "Tensor", "FloatTensor", "as_tensor", "LongTensor")
def _array(lib: Library, x: Any) -> Any:
    array = lib.array(x)
    lib.sized(array.shape)
    is_float = not lib.detached and any(isinstance(entry, float) for entry in array.entries) and not has_values(array)
    return lib.made(array.map(lambda entry: Value(float(entry))) if is_float else array)


@named("clone", "copy", "contiguous", "float", "double", "astype", "to", "cpu", "cuda", "type", "type_as", "half")
def _copied(lib: Library, x: Any, *_: Any) -> Any:
    if isinstance(x, (list, dict)):
        return x.copy()
    return lib.made(lib.array(x))


named("ascontiguousarray", "float64", "float32", "deepcopy")(_copied)


@named("requires_grad_", "retain_grad", "numpy", "squeeze_", "train", "eval", "toarray", "double_", "ndarray")
def _itself(_: Library, x: Any, *__: Any) -> Any:
    return x


@named("detach")
def _detached(lib: Library, x: Any) -> Any:
    """Return the numbers of an array. On the way there they are leaves, and what they were cut from is remembered."""
    array = lib.array(x)
    if lib.detached or not has_values(array):
        return lib.made(array)
    leaves = array.map(lambda entry: Value(entry.data) if isinstance(entry, Value) else entry)
    lib.cuts.append(list(zip(leaves.entries, array.entries)))
    return lib.made(leaves)


@named("long", "int", "int64", "int32", "bool")
def _whole_numbers(lib: Library, x: Any) -> Any:
    return lib.made(tensor(lib, x).numbers.map(int))


@named("item", "tolist")
def _item(_: Library, x: Any) -> Any:
    found = x.numbers.nested() if isinstance(x, Tensor) else x
    return found if not isinstance(x, Tensor) or x.shape or isinstance(found, int) else x


@named("size")
def _size(_: Library, x: Any, axis: Any = None) -> Any:
    return x.shape if axis is None else x.shape[whole(axis)]


named("dim", "ndimension")(lambda _, x: len(x.shape))
named("numel", "nelement")(lambda _, x: len(x.places))


# -- Changes in place -----------------------------------------------------------------------------


@named("fill_", "fill")
def _fill(lib: Library, x: Tensor, value: Any) -> Any:
    x.fill(lib.array(value))
    return x


named("zero_")(lambda lib, x: _fill(lib, x, 0.0))
for _name, _change in {
    "add_": operator.add,
    "sub_": operator.sub,
    "mul_": operator.mul,
    "div_": operator.truediv,
}.items():

    def _changed(lib: Library, x: Tensor, b: Any, _change: Any = _change) -> Any:
        return _fill(lib, x, lib.combine(_change, x, b))

    named(_name)(_changed)


@named("add.at")
def _add_at(lib: Library, x: Tensor, index: Any, value: Any) -> Any:
    index = index if isinstance(index, tuple) else (index,)
    found = arrays.located(x.shape, tuple(lib.array(i) if isinstance(i, (Tensor, list, range)) else i for i in index))
    for place, entry in zip(found.entries, lib.array(value).broadcast_to(found.shape).entries):
        x.store[x.places[place]] = x.store[x.places[place]] + entry
    x.of_gradient = x.of_gradient or lib.detached


@named("index_add_", "index_add")
def _index_add(lib: Library, x: Tensor, axis: Any, index: Any, value: Any) -> Any:
    _add_at(lib, x, (*[slice(None)] * whole(axis), index), value)
    return x


@named("scatter_add_", "scatter_add", "scatter_")
def _scatter_add(lib: Library, x: Tensor, axis: Any, index: Any, value: Any) -> Any:
    index, at = lib.array(index), whole(axis)
    value = lib.array(value).broadcast_to(index.shape)
    grid = [lib.made(Array(index.shape, [p[k] for p in product(*map(range, index.shape))])) for k in range(index.ndim)]
    grid[at] = lib.made(index)
    _add_at(lib, x, tuple(grid), lib.made(value))
    return x


# -- Random numbers -------------------------------------------------------------------------------


@named("randn", "standard_normal", "randn_like", "normal", "kaiming_normal_", "xavier_normal_")
def _randn(lib: Library, *shape: Any, **options: Any) -> Any:
    return lib.filled(_random_shape(shape, options), lambda: lib.random.gauss(0.0, 1.0))


@named("rand", "random", "uniform", "rand_like", "random_sample")
def _rand(lib: Library, *shape: Any, **options: Any) -> Any:
    low, high = options.get("low", 0.0), options.get("high", 1.0)
    if options and len(shape) == 2:
        (low, high), shape = shape, ()
    return lib.filled(_random_shape(shape, options), lambda: lib.random.uniform(low, high))


def _random_shape(shape: Any, options: dict[str, Any]) -> Any:
    if "size" in options:
        size = options["size"]
        return size if isinstance(size, (tuple, list)) else (size,)
    if len(shape) == 3 and isinstance(shape[2], (tuple, list)):  # np.random.normal(0, 1, (2, 3))
        shape = shape[2:]
    return shape[0].shape if len(shape) == 1 and isinstance(shape[0], Tensor) else shape_of(shape)


@named("choice")
def _choice(lib: Library, things: Any, size: Any = None, replace: Any = None, p: Any = None) -> Any:  # noqa: ARG001
    """Return what is chosen from things, or from the whole numbers below a bound; all are as likely."""
    if not isinstance(things, (list, tuple, Tensor)):
        return _randint(lib, things, size=size)
    found = lib.array(things)
    picked = found[lib.array(_randint(lib, len(found.entries), size=() if size is None else size))]
    return lib.made(picked)


@named("randint", "permutation", "randperm")
def _randint(lib: Library, low: Any, *more: Any, size: Any = None) -> Any:
    """Return whole numbers below a bound, all as often as each other, in an order that is drawn."""
    parts = list(more)
    if size is None and parts:
        size = parts.pop()
    low, high = (low, parts[0]) if parts else (0, low)
    if isinstance(high, (Tensor, list, range)):
        high = len(high.places) if isinstance(high, Tensor) else len(high)
    high = options_high = whole(high)
    if size is None:
        order = list(range(options_high))
        lib.random.shuffle(order)
        return lib.made(Array.of(order))
    shape = lib.sized(size if isinstance(size, (tuple, list)) else (size,))
    low = whole(low)
    count = math.prod(shape)
    spread = [low + at % max(1, high - low) for at in range(count)]
    lib.random.shuffle(spread)
    return lib.made(Array(shape, spread))
