"""`check_backward` runs a forward and a backward function in NumPy, and compares what the second one returns.

The forward function gets arrays whose entries are Values; the backward function gets plain arrays. Tensors of PyTorch
may be given and returned; its functions do not run on arrays of Values.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.array_code.tensors import number_of
from autograd.claims.arrays import Array
from autograd.engine.functions import affine
from autograd.engine.graph import gradients
from autograd.engine.value import Value
from autograd.errors import ArgumentError
from autograd.marking.array_lines import compare
from autograd.marking.verdicts import RIGHT, UNDECIDED
from autograd.optional import import_extra
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable

_ROWS = ("exp", "log", "sqrt", "sin", "cos", "tanh", "maximum", "minimum", "expm1")  # ufuncs that are rows of the table
_COMPARED = ("greater", "less", "greater_equal", "less_equal", "equal", "not_equal", "isnan", "isfinite", "sign")
_BY_NUMBER = ("argmax", "argmin", "argsort", "nonzero", "array_equal", "allclose", "searchsorted", "isclose")


class BackwardCheck(NamedTuple):
    """The result of a check, true in a condition if the gradients are right; `report` says which is wrong, and why."""

    ok: bool
    report: str

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return self.report


def check_backward(forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any) -> BackwardCheck:
    """Compare what `backward(dout, cache)` returns with the gradients of `forward`, which returns out and cache.

    The gradients stand in the order of the inputs that are arrays of floats. An upstream gradient is drawn. Inputs and
    gradients may be tensors of PyTorch: their numbers are taken.

    >>> import numpy as np
    >>> def forward(x, w):
    ...     return np.tanh(x @ w), (x, w, np.tanh(x @ w))
    >>> def backward(dout, cache):
    ...     x, w, h = cache
    ...     da = dout * (1 - h**2)
    ...     return da @ w.T, da.T @ x
    >>> check_backward(forward, backward, np.ones((2, 3)) / 5, np.ones((3, 4)) / 7)
    gradient 2 of 2 (of the input of shape (3, 4)) is wrong: its shape is (4, 3); transposed, it is right

    Raises MissingExtraError without NumPy; ArgumentError if the forward function is not written with NumPy or returns
    no array that depends on the inputs, or if the backward function returns another number of gradients.
    """
    numpy = import_extra("numpy", "replay", "check_backward")
    arrays = [_from_torch(given) for given in inputs]
    arrays = [numpy.asarray(given) if _is_float(numpy, given) else given for given in arrays]
    traced = [_traced(numpy, each) if _is_float(numpy, each) else each for each in arrays]
    try:
        result = forward(*traced)
    except TypeError as error:
        if "TracedArray" not in str(error):
            raise
        reason = f"the forward function calls what does not run on NumPy's arrays ({error}); write it with NumPy"
        raise ArgumentError(f"check_backward: {reason}") from error
    results = list(result) if isinstance(result, tuple) else [result]
    outputs = [each for each in results if _is_traced(each)]
    if not outputs:
        raise ArgumentError("check_backward: the forward function returns no array that depends on its inputs")
    random = numpy.random.default_rng(1)
    upstream = [random.normal(size=output.shape) for output in outputs]
    rest = [_plain(numpy, each) for each in results if not any(each is output for output in outputs)]
    found = backward(*upstream, *rest)
    returned = [_from_torch(each) for each in (found if isinstance(found, (tuple, list)) else [found])]
    wanted = [each for each in traced if _is_traced(each)]
    if len(returned) != len(wanted):
        counts = f"{len(returned)} gradients for {len(wanted)} inputs of floats"
        raise ArgumentError(f"check_backward: the backward function returns {counts}; return one for each, in order")
    pairs = [
        pair
        for output, weights in zip(outputs, upstream)
        for pair in zip(output.reshape(-1).tolist(), weights.reshape(-1).tolist())
    ]
    flow = gradients(affine([a for a, _ in pairs], [b for _, b in pairs]))
    truths = [
        Array(each.shape, [float(flow.get(e, 0.0)) for e in numpy.asarray(each).reshape(-1).tolist()])
        for each in wanted
    ]
    return _compared(numpy, returned, truths)


def _compared(numpy: Any, returned: list[Any], truths: list[Array]) -> BackwardCheck:
    lengths = list(dict.fromkeys(n for truth in truths for n in truth.shape if n > 2))
    scale = max((abs(entry) for truth in truths for entry in truth.entries), default=1.0) or 1.0
    for at, (value, truth) in enumerate(zip(returned, truths), start=1):
        is_single = getattr(numpy.asarray(value).dtype, "itemsize", 8) < 8  # PyTorch's usual precision
        array = numpy.asarray(value, dtype=float)
        own = Array(array.shape, array.reshape(-1).tolist())
        word, difference = compare(own, truth, scale)
        if own.shape == truth.shape and (word == RIGHT or (word == UNDECIDED and is_single)):
            continue
        where = f"gradient {at} of {len(truths)} (of the input of shape {truth.shape}) is wrong"
        what = f"its shape is {own.shape}" if own.shape != truth.shape else str(difference)
        kind = next(
            (text for text, other in _variants(own, truth, lengths) if compare(other, truth, scale)[0] == RIGHT), ""
        )
        return BackwardCheck(ok=False, report=f"{where}: {what}" + (f"; {kind}" if kind else ""))
    return BackwardCheck(ok=True, report=f"{len(truths)} of {len(truths)} gradients right")


def _variants(own: Array, truth: Array, lengths: list[int]) -> list[tuple[str, Array]]:
    """Return what the writer may have meant, in words."""
    found = [("the sign is the other way round", -own)]
    if own.ndim == 2 and own.T.shape == truth.shape:
        found.append(("transposed, it is right", own.T))
    found += [("a factor of 2 is missing", own * 2.0), ("a factor of ½ is missing", own * 0.5)]
    for n in lengths:
        found += [(f"1/{n} is missing", own * (1 / n)), (f"1/{n} is one too many", own * float(n))]
    for axis in range(own.ndim):
        summed = Array.of(own.sum(axis))
        if summed.shape == truth.shape:
            found.append((f"it is not summed over axis {axis}, along which the input was broadcast", summed))
    return found


def _from_torch(given: Any) -> Any:
    """Return the numbers of a tensor of PyTorch, which is known by its methods; return anything else as it is."""
    if all(hasattr(given, name) for name in ("detach", "cpu", "numpy")):
        return given.detach().cpu().numpy()
    return given


def _is_float(numpy: Any, given: Any) -> bool:
    return isinstance(given, (list, numpy.ndarray)) and numpy.asarray(given).dtype.kind == "f"


def _is_traced(given: Any) -> bool:
    return type(given).__name__ == "TracedArray"


def _plain(numpy: Any, given: Any) -> Any:
    """Return a cache with numbers in the place of Values."""
    if isinstance(given, (tuple, list)):
        return type(given)(_plain(numpy, each) for each in given)
    if isinstance(given, dict):
        return {key: _plain(numpy, each) for key, each in given.items()}
    if _is_traced(given):
        return _numbers(numpy, given)
    return number_of(given)


def _numbers(numpy: Any, given: Any) -> Any:
    array = numpy.asarray(given)
    if array.dtype != object:
        return array
    return numpy.array([number_of(e) for e in array.reshape(-1).tolist()], dtype=float).reshape(array.shape)


def _traced(numpy: Any, array: Any) -> Any:
    entries = numpy.empty(array.size, dtype=object)
    entries[:] = [Value(float(entry)) for entry in array.reshape(-1).tolist()]
    return entries.reshape(array.shape).view(_kind(numpy))


@cache
def _kind(numpy: Any) -> Any:
    """Return the subclass of NumPy's array whose entries are Values."""

    def bare(given: Any) -> Any:
        if isinstance(given, (tuple, list)):
            return type(given)(map(bare, given))
        return given.view(numpy.ndarray) if _is_traced(given) else given

    def dressed(given: Any) -> Any:
        if isinstance(given, numpy.ndarray) and given.dtype == object:
            return given.view(TracedArray)
        return given

    class TracedArray(numpy.ndarray):  # type: ignore[misc] # NumPy may be absent
        """An array of Values: what is done with it is recorded; comparisons look at the numbers."""

        def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **options: Any) -> Any:
            name = ufunc.__name__
            if name in _COMPARED:
                return getattr(ufunc, method)(*(_numbers(numpy, bare(each)) for each in args), **options)
            if "out" in options:
                options["out"] = bare(options["out"])
            if name in _ROWS:
                options.pop("out", None)
                row = getattr(ops, name)
                ufunc = numpy.frompyfunc(row, row.arity, 1)
            return dressed(getattr(ufunc, method)(*map(bare, args), **options))

        def __array_function__(self, function: Any, kinds: Any, args: Any, options: Any) -> Any:
            if function.__name__ in _BY_NUMBER:
                return function(*(_numbers(numpy, bare(each)) for each in args), **options)
            return super().__array_function__(function, kinds, args, options)

        def argmax(self, *args: Any, **options: Any) -> Any:
            """Return where the largest number is."""
            return _numbers(numpy, bare(self)).argmax(*args, **options)

    return TracedArray
