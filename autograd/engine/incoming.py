"""What users give to a node, or assign to it: a number as `plain_number` has it, or an error that names the node."""

from __future__ import annotations

from typing import Any

from autograd.engine.messages import describe, described, hint, is_value
from autograd.errors import OperandError
from autograd.formatting import escapes
from autograd.table.plain_numbers import plain_number


def checked_number(data: Any) -> Any:
    """Return what `plain_number` makes of it; raise OperandError for anything that is no real number."""
    number = plain_number(data)
    if number is not None:
        return number
    if is_value(data):
        raise OperandError(f"a Value holds a number, and {describe(data)} is a Value already: use it as it is")
    raise OperandError(f"a Value holds a real number, not {described(data)}{hint(data)}")


def number_in(node: Any, what: str, slot: str = "data") -> Any:
    """Return the number in `data` or `grad`, to which users may assign anything, and keep it as `plain_number` has it.

    Raises OperandError where it is no number; `what` begins the message, and says what is computed.
    """
    held = getattr(node, slot)
    number = plain_number(held)
    if number is None:
        was, example = described(held), ""
        if is_value(held):
            was, example = "a Value", ", as in w.data -= 0.1 * g.data for a gradient g"
        name = escapes.plain(node.label) or "a node"
        raise OperandError(f"{what} the {slot} of {name} was set to {was}; assign a number to .{slot}{example}")
    setattr(node, slot, number)
    return number


def zero_of(node: Any, what: str) -> Any:
    """Return the zero of the kind of number that a node holds; raise OperandError where it holds none."""
    return 0.0 if node.data.__class__ is float else type(number_in(node, what))()


def grad_before(node: Any) -> Any:
    """Return the gradient that a node has before a backward pass; None is how PyTorch code clears it."""
    grad = node.grad
    return grad if grad is None or grad.__class__ is float else number_in(node, "backward:", "grad")
