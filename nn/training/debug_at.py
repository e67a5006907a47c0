"""A prompt inside a training: `fit(..., debug_at=100)`, or where a gradient exceeds a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, Graph, OperandError, Stepper, Value, debug
from autograd.formatting import terminal
from nn.arguments import integer

if TYPE_CHECKING:
    from collections.abc import Callable


class DebugAt:
    """The place in a training at which the prompt opens, once: a step's number, or the first that meets a condition.

    A condition is text, as `until` takes it at the prompt: "abs(grad) > 100", "isnan(grad)", "w1 if grad > 1".

    Raises ArgumentError for a step that the training does not have, OperandError for what is no number and no text.
    """

    def __init__(self, where: int | str, steps: int) -> None:
        if isinstance(where, str):
            self.number, self.condition = None, where
        elif isinstance(where, bool) or not hasattr(where, "__index__"):
            raise OperandError(
                f"fit: debug_at is a step's number or a condition such as 'abs(grad) > 100', not {where!r}"
            )
        else:
            self.number, self.condition = integer("fit: debug_at", where, 1), ""
            if self.number > steps:
                raise ArgumentError(f"fit: debug_at={self.number}: the training has {steps} steps")
        self.opened = False

    def look(self, loss: Value, step: int, pause: Callable[[], Any]) -> None:
        """Open the prompt on the backward pass of a step, if it is the one; nothing that is done there trains.

        `pause` is called before, so that no progress bar is in the way.
        """
        if self.opened or (self.number is not None and self.number != step):
            return
        stepper = Stepper(Graph(loss, {loss: "loss"}))
        where = ""
        if self.condition:
            found = stepper.next_position(self.condition)
            if found is None:
                return
            stepper.goto(found)
            where = f", where for the first time {self.condition}"
        self.opened = True
        pause()
        said = f"fit: step {step} of the training{where}; no weight is changed yet, and q trains on."
        print(f"\n{terminal.folded(said, hang='  ')}\n")  # noqa: T201 -- what the prompt is there for
        debug(stepper)
