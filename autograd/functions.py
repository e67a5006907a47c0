"""Functions of many Values that are one node, as they are one line of a hand derivation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import ops
from autograd.errors import ArgumentError, OperandError
from autograd.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable


def affine(weights: Iterable[Any], inputs: Iterable[Any], bias: Any = None) -> Value:
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
        raise ArgumentError(
            f"affine: {len(weights)} weights do not go with {len(inputs)} inputs; one of each for every product"
        )
    operands: list[Any] = [None] * (2 * len(weights))
    operands[0::2], operands[1::2] = weights, inputs
    if bias is not None:
        operands.append(bias)
    if not operands:
        raise ArgumentError("affine: no weights, no inputs and no bias: there is nothing to add")
    return Value.read(ops.affine, operands)


def total(values: Iterable[Any]) -> Value:
    """x₁ + x₂ + … as one node.

    >>> total([Value(1.0), Value(2.0), 3.0]).data
    6.0

    Raises ArgumentError for an empty sum.
    """
    return Value.read(ops.total, _some("total", values))


def mean(values: Iterable[Any]) -> Value:
    """(x₁ + x₂ + … + xₙ)/n as one node.

    >>> mean([Value(1.0), Value(2.0)]).data
    1.5

    Raises ArgumentError where there is nothing to average.
    """
    values = _some("mean", values)
    return Value.read(ops.mean, [*values, len(values)])


def half_squared_error(outputs: Any, targets: Any) -> Value:
    """E = ½ Σ (oᵢ − tᵢ)² as one node; a single output and target may go without a list.

    The ½ meets the 2 of the derivative, which is o − t.

    >>> o = Value(0.75)
    >>> E = half_squared_error(o, 0.25)
    >>> E.backward()
    >>> E.data, o.grad
    (0.125, 0.5)

    Raises ArgumentError where the numbers of outputs and targets differ or there are none.
    """
    outputs, targets = _several(outputs), _several(targets)
    if len(outputs) != len(targets):
        raise ArgumentError(f"half_squared_error: {len(outputs)} outputs, but {len(targets)} targets")
    if not outputs:
        raise ArgumentError("half_squared_error: there is no output to compare")
    return Value.read(ops.half_squared_error, [*outputs, *targets])


def _listed(name: str, values: Any) -> list[Any]:
    if isinstance(values, (Value, str)) or not hasattr(values, "__iter__"):
        raise OperandError(f"{name}: wants a list of Values or numbers, not {values!r}")
    return list(values)


def _several(values: Any) -> list[Any]:
    return list(values) if hasattr(values, "__iter__") and not isinstance(values, str) else [values]


def _some(name: str, values: Any) -> list[Any]:
    listed = _listed(name, values)
    if not listed:
        raise ArgumentError(f"{name}: of no values at all; give it at least one")
    return listed
