"""Functions of NumPy and PyTorch that move entries, make new arrays, change them in place, or draw them."""

from __future__ import annotations

import math
import operator
from itertools import pairwise, product
from typing import Any

from autograd.array_code.function_table import named
from autograd.array_code.library import Library, UnreadableError, has_values, shape_of, whole
from autograd.array_code.tensors import Tensor
from autograd.claims import arrays
from autograd.claims.arrays import Array
from autograd.engine.value import Value

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
