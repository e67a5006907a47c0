"""Learning-rate schedules: functions from the number of steps already made to the learning rate.

Give one to an optimizer, as in `SGD(parameters, lr=linear(1.0, 0.1, 100))`. The first step is number 0.
After its last step a schedule keeps its last rate.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nn.arguments import integer, nonnegative, positive

if TYPE_CHECKING:
    from collections.abc import Callable


class Schedule:
    """A function from the number of a step to its learning rate; made by one of the functions below.

    >>> schedule = linear(1.0, 0.5, 10)
    >>> schedule, [schedule(step) for step in (0, 5, 10, 100)]
    (linear(1.0, 0.5, 10), [1.0, 0.75, 0.5, 0.5])
    """

    def __init__(self, name: str, rate: Callable[[int], float]) -> None:
        self.name = name
        self._rate = rate

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step."""
        return self._rate(integer("the number of a step", step, 0))

    def __repr__(self) -> str:
        return self.name


def constant(lr: float) -> Schedule:
    """Return a schedule with the same rate at every step.

    >>> constant(0.1)(1000)
    0.1

    Raises ArgumentError if the rate is not positive.
    """
    positive("lr", lr)
    return Schedule(f"constant({lr!r})", lambda _: lr)


def linear(start: float, end: float, steps: int) -> Schedule:
    """Return a schedule that goes from `start` in a straight line to `end`, which it reaches after `steps`.

    micrograd's 1.0 − 0.9·k/100 is `linear(1.0, 0.1, 100)`.

    >>> linear(1.0, 0.1, 100)(50)
    0.55

    Raises ArgumentError if `start` is not positive, `end` is negative, or `steps` is below 1.
    """
    last = _last(start, end, steps)
    return Schedule(
        f"linear({start!r}, {end!r}, {steps!r})",
        lambda step: start + (end - start) * step / steps if step < last else end,
    )


def cosine(start: float, end: float, steps: int) -> Schedule:
    """Return a schedule that goes from `start` to `end` along half a cosine wave: slowly, fast, and slowly again.

    end + ½·(start − end)·(1 + cos(π·step/steps)) (I. Loshchilov and F. Hutter, 2017, SGDR: stochastic
    gradient descent with warm restarts).

    >>> [cosine(1.0, 0.0, 10)(step) for step in (0, 5, 10)]
    [1.0, 0.5, 0.0]

    Raises ArgumentError if `start` is not positive, `end` is negative, or `steps` is below 1.
    """
    last = _last(start, end, steps)
    return Schedule(
        f"cosine({start!r}, {end!r}, {steps!r})",
        lambda step: end + (start - end) * (1 + math.cos(math.pi * step / steps)) / 2 if step < last else end,
    )


def step_decay(lr: float, factor: float, every: int) -> Schedule:
    """Return a schedule that starts at `lr` and is multiplied by `factor` after every `every` steps.

    >>> [step_decay(1.0, 0.5, 10)(step) for step in (0, 9, 10, 29)]
    [1.0, 1.0, 0.5, 0.25]

    Raises ArgumentError if the rate or the factor is not positive, or `every` is below 1.
    """
    positive("lr", lr)
    positive("factor", factor)
    integer("every", every, 1)
    return Schedule(f"step_decay({lr!r}, {factor!r}, {every!r})", lambda step: lr * factor ** (step // every))


def _last(start: Any, end: Any, steps: Any) -> int:
    """Check the arguments, and return the step from which the rate stays at its end."""
    positive("start", start)
    nonnegative("end", end)
    return integer("steps", steps, 1)
