"""Learning-rate schedules: functions from the number of steps already made to the learning rate.

Give one to an optimizer, as in `SGD(parameters, lr=linear(1.0, 0.1, 100))`. The first step is number 0.
After its last step a schedule keeps its last rate.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from nn.arguments import integer, nonnegative, positive

if TYPE_CHECKING:
    from collections.abc import Callable


class Schedule(NamedTuple):
    """A function from the number of a step to its learning rate; made by one of the functions below.

    >>> schedule = linear(1.0, 0.5, 10)
    >>> schedule, [schedule(step) for step in (0, 5, 10, 100)]
    (linear(1.0, 0.5, 10), [1.0, 0.75, 0.5, 0.5])
    """

    name: str
    rate: Callable[[int], float]

    def __call__(self, step: int) -> float:
        """Return the learning rate of this step."""
        return self.rate(integer("the number of a step", step, 0))

    def __repr__(self) -> str:
        return self.name


def constant(lr: float) -> Schedule:
    """Return a schedule with the same rate at every step.

    >>> constant(0.1)(1000)
    0.1

    Raises ArgumentError if the rate is not positive.
    """
    lr = positive("lr", lr)
    return Schedule(f"constant({lr!r})", lambda _: lr)


def linear(start: float, end: float, steps: int) -> Schedule:
    """Return a schedule that goes from `start` in a straight line to `end`, which it reaches after `steps`.

    micrograd's 1.0 − 0.9·k/100 is `linear(1.0, 0.1, 100)`.

    >>> linear(1.0, 0.1, 100)(50)
    0.55

    Raises ArgumentError if `start` is not positive, `end` is negative, or `steps` is below 1.
    """
    return _ramp("linear", start, end, steps, lambda start, end, step, steps: start + (end - start) * step / steps)


def cosine(start: float, end: float, steps: int) -> Schedule:
    """Return a schedule that goes from `start` to `end` along half a cosine wave: slowly, fast, and slowly again.

    end + ½·(start − end)·(1 + cos(π·step/steps)) (I. Loshchilov and F. Hutter, 2017, SGDR: stochastic
    gradient descent with warm restarts).

    >>> [cosine(1.0, 0.0, 10)(step) for step in (0, 5, 10)]
    [1.0, 0.5, 0.0]

    Raises ArgumentError if `start` is not positive, `end` is negative, or `steps` is below 1.
    """

    def rate(start: float, end: float, step: int, steps: int) -> float:
        return end + (start - end) * (1 + math.cos(math.pi * step / steps)) / 2

    return _ramp("cosine", start, end, steps, rate)


def step_decay(lr: float, factor: float, every: int) -> Schedule:
    """Return a schedule that starts at `lr` and is multiplied by `factor` after every `every` steps.

    >>> [step_decay(1.0, 0.5, 10)(step) for step in (0, 9, 10, 29)]
    [1.0, 1.0, 0.5, 0.25]

    Raises ArgumentError if the rate or the factor is not positive, or `every` is below 1.
    """
    lr, factor, every = positive("lr", lr), positive("factor", factor), integer("every", every, 1)
    return Schedule(f"step_decay({lr!r}, {factor!r}, {every!r})", lambda step: lr * factor ** (step // every))


def _ramp(name: str, start: float, end: float, steps: int, rate: Callable[[float, float, int, int], float]) -> Schedule:
    """Return a schedule that has this rate during the steps, and `end` after them."""
    start, end, steps = positive("start", start), nonnegative("end", end), integer("steps", steps, 1)
    shown = f"{name}({start!r}, {end!r}, {steps!r})"
    return Schedule(shown, lambda step: rate(start, end, step, steps) if step < steps else end)
