"""Optimisers: what changes the parameters once `backward()` has filled their gradients."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, DomainError, OperandError, Value, zero_grad

if TYPE_CHECKING:
    from collections.abc import Iterable


class SGD:
    """Gradient descent: each `step()` takes `lr` times its gradient off every parameter.

    >>> w = Value(3.0, label="w")
    >>> optimiser = SGD([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimiser.step()
    >>> w.data
    1.5

    Raises ArgumentError for a learning rate that is not a positive number, for no parameters, and
    for one that is given twice or was computed rather than given.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = _parameters(parameters)
        self.lr = lr

    @property
    def lr(self) -> float:
        """The learning rate; it may be changed between steps."""
        return self._lr  # type: ignore[no-any-return] # any real number

    @lr.setter
    def lr(self, lr: float) -> None:
        if not isinstance(lr, Real) or isinstance(lr, bool):
            raise OperandError(f"a learning rate is a number, not {lr!r}")
        if not (lr > 0 and math.isfinite(lr)):
            raise ArgumentError(f"a learning rate is a positive number, such as 0.1, not {lr!r}")
        self._lr: Any = lr

    def step(self) -> None:
        """Move every parameter against its gradient: p ← p − lr·∂E/∂p.

        Raises ArgumentError if a parameter has no gradient yet, DomainError if a gradient or what
        it would make of the parameter is NaN or infinite; then no parameter is changed.
        """
        moved = [self._moved(place, parameter) for place, parameter in enumerate(self.parameters)]
        for parameter, data in zip(self.parameters, moved):
            parameter.data = data

    def _moved(self, place: int, parameter: Value) -> Any:
        if not parameter.has_grad:
            raise ArgumentError(
                f"{_called(parameter, place)} has no gradient yet: run backward() on the loss before step(), "
                "and give the optimiser only what the loss was computed from"
            )
        if not math.isfinite(parameter.grad):
            raise DomainError(
                f"{_called(parameter, place)} has the gradient {parameter.grad}, so no parameter was changed; "
                "autograd.first_nonfinite(loss) tells where it was born"
            )
        data = parameter.data - self._lr * parameter.grad
        if not math.isfinite(data):
            raise DomainError(
                f"{_called(parameter, place)} would go from {parameter.data} to {data} with the gradient "
                f"{parameter.grad}, so no parameter was changed; take a smaller learning rate than {self._lr!r}"
            )
        return data

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero, as before the next `backward()`."""
        zero_grad(self.parameters)

    def __repr__(self) -> str:
        return f"SGD({len(self.parameters)} parameters, lr={self._lr!r})"


def _parameters(parameters: Iterable[Value]) -> list[Value]:
    if isinstance(parameters, Value) or not hasattr(parameters, "__iter__"):
        raise OperandError(f"an optimiser wants a list of Values, such as model.parameters(), not {parameters!r}")
    listed = list(parameters)
    if not listed:
        raise ArgumentError("an optimiser wants at least one parameter, and was given none")
    seen = set()
    for place, parameter in enumerate(listed):
        if not isinstance(parameter, Value):
            raise OperandError(f"an optimiser wants Values, not {parameter!r}")
        if parameter.op is not None:
            raise ArgumentError(
                f"{_called(parameter, place)} was computed ({parameter.op.name}), so changing it would have no effect: "
                "give the optimiser the leaves it was computed from"
            )
        if parameter in seen:
            raise ArgumentError(f"{_called(parameter, place)} is given twice, and would be moved twice in a step")
        seen.add(parameter)
    return listed


def _called(parameter: Value, place: int) -> str:
    return parameter.label or f"parameter {place}, without a label,"
