"""Functions of many Values that are one node, as they are one line of a hand derivation.

Sums and averages first, then the losses: how far outputs are from their targets. What a loss computes, and its
derivatives, stand in the table (`ops`); here is what may be put in. A single output may go without a list, and rows of
several outputs are taken as one long row. A target is a number, which is no parent, or a Value.
"""

from __future__ import annotations

import math
from operator import index
from typing import TYPE_CHECKING, Any, SupportsFloat, TypeAlias

from autograd.engine.messages import describe, described
from autograd.engine.value import Value
from autograd.errors import ArgumentError, DomainError, OperandError
from autograd.formatting import figures
from autograd.table import ops
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Operand: TypeAlias = Value | SupportsFloat
    Rows: TypeAlias = Operand | Iterable[Operand | Iterable[Operand]]  # one number, a row of them, or rows of them

NEARLY = 1e-6  # probabilities add up to 1 within what single precision leaves of it


def affine(weights: Iterable[Operand], inputs: Iterable[Operand], bias: Operand | None = None) -> Value:
    """z = w₁x₁ + w₂x₂ + … + b as one node: a neuron before its activation.

    `weights` and `inputs` hold as many Values or numbers each; without `bias` nothing is added.

    >>> w = [Value(0.5), Value(0.25)]
    >>> affine(w, [2.0, 4.0], 1.0).data
    3.0

    Raises ArgumentError where the lengths differ or there is nothing to add.
    """
    # A list, the usual case, is asked for first: this is where a network spends its time.
    weights = weights if weights.__class__ is list else _listed("affine", weights)
    inputs = inputs if inputs.__class__ is list else _listed("affine", inputs)
    if len(weights) != len(inputs):
        counts = f"{len(weights)} weights do not go with {len(inputs)} inputs"
        raise ArgumentError(f"affine: {counts}; one of each for every product")
    operands: list[Any] = [None] * (2 * len(weights))
    operands[0::2], operands[1::2] = weights, inputs
    if bias is not None:
        operands.append(bias)
    if not operands:
        raise ArgumentError("affine: no weights, no inputs and no bias: there is nothing to add")
    return Value.read(ops.affine, operands)


def total(values: Iterable[Operand]) -> Value:
    """x₁ + x₂ + … as one node.

    Python's `sum` adds one after the other, and the sum of a single Value is that Value: a label set on `sum([E])` is
    the label of E.

    >>> total([Value(1.0), Value(2.0), 3.0]).data
    6.0
    >>> E = Value(1.0, label="E")
    >>> sum([E]) is E, total([E]) is E
    (True, False)

    Raises ArgumentError for an empty sum.
    """
    return Value.read(ops.total, _some("total", values))


def mean(values: Iterable[Operand]) -> Value:
    """(x₁ + x₂ + … + xₙ)/n as one node.

    >>> mean([Value(1.0), Value(2.0)]).data
    1.5

    Raises ArgumentError where there is nothing to average.
    """
    values = _some("mean", values)
    return Value.read(ops.mean, [*values, len(values)])


def logsumexp(values: Iterable[Operand]) -> Value:
    """log(eˣ¹ + eˣ² + … + eˣⁿ) as one node: a smooth maximum, whose derivatives are the softmax of the values.

    >>> logsumexp([Value(1000.0), Value(1000.0)]).data
    1000.6931471805599

    Raises ArgumentError where there is nothing to add.
    """
    return Value.read(ops.logsumexp, _some("logsumexp", values))


# -- Losses -------------------------------------------------------------------------------------


def half_squared_error(outputs: Rows, targets: Rows) -> Value:
    """E = ½ Σ (oᵢ − tᵢ)² as one node; a single output and target may go without a list.

    The ½ meets the 2 of the derivative, which is o − t.

    >>> o = Value(0.75)
    >>> E = half_squared_error(o, 0.25)
    >>> E.backward()
    >>> E.data, o.grad
    (0.125, 0.5)

    Raises ArgumentError where the numbers of outputs and targets differ or there are none.
    """
    outputs, targets = _paired("half_squared_error", outputs, targets)
    return Value.read(ops.half_squared_error, [*outputs, *targets])


def mean_squared_error(outputs: Rows, targets: Rows) -> Value:
    """E = Σ (oᵢ − tᵢ)²/n as one node.

    >>> mean_squared_error([Value(3.0), Value(1.0)], [1.0, 2.0]).data
    2.5

    Raises ArgumentError where the numbers of outputs and targets differ or there are none.
    """
    outputs, targets = _paired("mean_squared_error", outputs, targets)
    return Value.read(ops.mean_squared_error, [*outputs, *targets])


def huber(outputs: Rows, targets: Rows, delta: Operand = 1.0) -> Value:
    """The mean of ½d² where |d| ≤ δ, and of δ·(|d| − ½δ) beyond, with d = o − t, as one node.

    An output that is far off pulls with δ and no harder (P. J. Huber, 1964, Robust estimation of a location parameter).

    >>> o = Value(5.0)
    >>> E = huber(o, 1.0)
    >>> E.backward()
    >>> E.data, o.grad
    (3.5, 1.0)

    Raises ArgumentError where the numbers of outputs and targets differ, there are none, or δ is not positive.
    """
    outputs, targets = _paired("huber", outputs, targets)
    _check([delta], lambda width: 0 < width < math.inf, "huber: delta is a positive number, such as 1.0")
    return Value.read(ops.huber, [*outputs, *targets, delta])


def max_margin(scores: Rows, targets: Rows) -> Value:
    """The mean of max(0, 1 − t·s) over scores s and targets t of −1 and 1, as one node: the hinge loss.

    A score on the right side by 1 or more costs nothing (C. Cortes and V. Vapnik, 1995, Support-vector networks).

    >>> s = [Value(0.25), Value(-3.0)]
    >>> E = max_margin(s, [1, -1])
    >>> E.backward()
    >>> E.data, [v.grad for v in s]
    (0.375, [-0.5, 0.0])

    Raises ArgumentError for another target, or where the numbers of scores and targets differ or there are none.
    """
    scores, targets = _paired("max_margin", scores, targets, "score")
    _check(targets, lambda t: abs(t) == 1, "max_margin: a target is −1 or 1, which 2·t − 1 makes of 0 and 1")
    return Value.read(ops.max_margin, [*scores, *targets])


def binary_cross_entropy_with_logits(logits: Rows, targets: Rows) -> Value:
    """The mean of −t·log σ(z) − (1 − t)·log(1 − σ(z)) over logits z and targets t of 0 to 1, as one node.

    It is given z, before the sigmoid, and computes t·softplus(−z) + (1 − t)·softplus(z), which is the same and never
    overflows. The derivative is (σ(z) − t)/n (C. M. Bishop, 2006, Pattern Recognition and Machine Learning, 4.3.2).

    >>> z = Value(0.0)
    >>> E = binary_cross_entropy_with_logits(z, 1)
    >>> E.backward()
    >>> E.data, z.grad
    (0.6931471805599453, -0.5)

    Raises ArgumentError for another target, or where the numbers of logits and targets differ or there are none.
    """
    name = "binary_cross_entropy_with_logits"
    logits, targets = _paired(name, logits, targets, "logit")
    _check(targets, lambda t: 0 <= t <= 1, f"{name}: a target is from 0 to 1, and max_margin takes −1 and 1")
    return Value.read(ops.binary_cross_entropy, [*logits, *targets])


def cross_entropy_with_logits(logits: Rows, target: Rows) -> Value:
    """−Σ tᵢ·log softmax(z)ᵢ as one node, of a row of logits z and a target: a class, or a probability for each.

    A class is its place among the logits, from 0 on. It is given z, before the softmax, and computes
    log Σ exp(zᵢ − Σ t·z), which is the same where the tᵢ add up to 1. The derivative is softmax(z)ᵢ − tᵢ
    (C. M. Bishop, 2006, Pattern Recognition and Machine Learning, 4.3.4). A logit of −inf masks a class.
    Several rows with a target each give the mean over the rows.

    Targets that are Values are not held to a sum of 1 when it is differentiated: the derivative by tᵢ is
    −log softmax(z)ᵢ, as in PyTorch and JAX, and by a logit it is (Σ t)·softmax(z)ᵢ − tᵢ.

    >>> z = [Value(0.0), Value(0.0)]
    >>> E = cross_entropy_with_logits(z, 1)
    >>> E.backward()
    >>> E.data, [v.grad for v in z]
    (0.6931471805599453, [0.5, -0.5])

    Raises ArgumentError for fewer than two logits, for a class that there is not, and for
    probabilities of another number or that do not add up to 1; DomainError for a target that is masked.
    """
    name = "cross_entropy_with_logits"
    rows = _listed(name, logits)
    if rows and hasattr(rows[0], "__iter__"):
        targets = _listed(name, target)
        if len(rows) != len(targets):
            raise ArgumentError(f"{name}: {len(rows)} rows of logits, but {len(targets)} targets")
        each = [cross_entropy_with_logits(row, wanted) for row, wanted in zip(rows, targets)]
        return mean(each) if len(each) > 1 else each[0]
    if len(rows) < 2:
        raise ArgumentError(
            f"{name}: it chooses between two classes or more, one logit each, and was given {len(rows)}; "
            "binary_cross_entropy_with_logits takes a single one"
        )
    distribution = _distribution(name, target, len(rows))
    loss = Value.read(ops.cross_entropy, [*rows, *distribution])
    if loss.data != loss.data:
        for place, (logit, wanted) in enumerate(zip(map(_number, rows), map(_number, distribution))):
            if logit == -math.inf and wanted > 0:
                raise DomainError(f"{name}: class {place} is wanted and has the logit −inf, so its loss is −log 0")
    return loss


# -- What may be put in -------------------------------------------------------------------------


def _paired(name: str, outputs: Any, targets: Any, what: str = "output") -> tuple[list[Any], list[Any]]:
    """Return all outputs and all targets, those of several rows in one."""
    outputs, targets = _several(outputs), _several(targets)
    if len(outputs) != len(targets):
        raise ArgumentError(f"{name}: {len(outputs)} {what}s, but {len(targets)} targets")
    rows: tuple[list[Any], list[Any]] = [], []
    for place, (output, target) in enumerate(zip(outputs, targets), start=1):
        row, wanted = _several(output), _several(target)
        if len(row) != len(wanted):
            raise ArgumentError(f"{name}: row {place} has {len(row)} {what}s, but {len(wanted)} targets")
        rows[0].extend(row)
        rows[1].extend(wanted)
    if not rows[0]:
        raise ArgumentError(f"{name}: there is no {what} to compare")
    return rows


def _distribution(name: str, target: Any, count: int) -> list[Any]:
    """Return the target as a probability for each class."""
    number = plain_number(target)
    if number is not None or not hasattr(target, "__iter__"):
        try:
            place = -1 if isinstance(number, bool) else index(target if number is None else number)
        except TypeError:
            raise OperandError(
                f"{name}: a target is the number of a class, such as 2, or a list of probabilities, "
                f"not {target if number is None else number!r}"
            ) from None
        if not 0 <= place < count:
            classes = f"{count} logits have the classes 0 to {count - 1}"
            raise ArgumentError(f"{name}: there is no class {place if number is None else number!r}; {classes}")
        return [float(place == each) for each in range(count)]
    listed = _listed(name, target)
    if len(listed) != count:
        raise ArgumentError(f"{name}: {count} logits, but {len(listed)} probabilities as their target")
    _check(listed, lambda p: p >= 0, f"{name}: a probability is not negative")
    whole = sum(number for p in listed if (number := _number(p)) is not None)
    if abs(whole - 1) > NEARLY:
        raise ArgumentError(f"{name}: the probabilities of a target add up to 1, not to {figures.number(float(whole))}")
    return listed


def _check(targets: Iterable[Any], fits: Callable[[Any], bool], rule: str) -> None:
    """Refuse a target that breaks the rule. NaN may come in; what is no number is refused when it is recorded."""
    for target in targets:
        number = _number(target)
        if number is not None and number == number and not fits(number):
            raise ArgumentError(f"{rule}: {describe(target)}")


def _number(thing: Any) -> Any:
    """Return the number that this is, or that a Value holds; None for anything else."""
    return plain_number(thing.data if isinstance(thing, Value) else thing)


def _listed(name: str, values: Any) -> list[Any]:
    if isinstance(values, (Value, str)) or not hasattr(values, "__iter__"):
        raise OperandError(f"{name}: wants a list of Values or numbers, not {described(values)}")
    try:
        return list(values)
    except TypeError:  # another library's array without dimensions
        raise OperandError(f"{name}: wants a list of Values or numbers, not {described(values)}") from None


def _several(values: Any) -> list[Any]:
    try:
        return [values] if isinstance(values, str) else list(values)
    except TypeError:
        return [values]


def _some(name: str, values: Any) -> list[Any]:
    listed = _listed(name, values)
    if not listed:
        raise ArgumentError(f"{name}: of no values at all; give it at least one")
    return listed
