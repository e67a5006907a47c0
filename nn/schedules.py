"""Learning-rate schedules: the learning rate as a function of the number of steps already made.

The first step is number 0: `optimiser.lr = schedule(step)`. Past its last step a schedule keeps the
rate it ended with.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nn.checks import amount, positive, whole

if TYPE_CHECKING:
    from collections.abc import Callable


class Schedule:
    """A learning rate for every step; made by one of the functions below.

    >>> schedule = linear(1.0, 0.5, 10)
    >>> schedule, [schedule(step) for step in (0, 5, 10, 100)]
    (linear(1.0, 0.5, 10), [1.0, 0.75, 0.5, 0.5])
    """

    def __init__(self, name: str, rate: Callable[[int], float]) -> None:
        self.name = name
        self._rate = rate

    def __call__(self, step: int) -> float:
        """The learning rate of this step."""
        return self._rate(whole("the number of a step", step, 0))

    def __repr__(self) -> str:
        return self.name


def constant(lr: float) -> Schedule:
    """The same rate at every step.

    >>> constant(0.1)(1000)
    0.1

    Raises ArgumentError for a rate that is not positive.
    """
    positive("lr", lr)
    return Schedule(f"constant({lr!r})", lambda _: lr)


def linear(start: float, end: float, steps: int) -> Schedule:
    """From `start` in a straight line to `end`, which it reaches after `steps`.

    micrograd's 1.0 − 0.9·k/100 is `linear(1.0, 0.1, 100)`.

    >>> linear(1.0, 0.1, 100)(50)
    0.55

    Raises ArgumentError for a rate below 0, a first rate of 0, or no steps.
    """
    last = _last(start, end, steps)

    def rate(step: int) -> float:
        return start + (end - start) * step / steps if step < last else end

    return Schedule(f"linear({start!r}, {end!r}, {steps!r})", rate)


def cosine(start: float, end: float, steps: int) -> Schedule:
    """From `start` to `end` along half a wave: slowly, fast, and slowly again.

    end + ½·(start − end)·(1 + cos(π·step/steps)) (I. Loshchilov and F. Hutter, 2017, SGDR: stochastic
    gradient descent with warm restarts).

    >>> [cosine(1.0, 0.0, 10)(step) for step in (0, 5, 10)]
    [1.0, 0.5, 0.0]

    Raises ArgumentError for a rate below 0, a first rate of 0, or no steps.
    """
    last = _last(start, end, steps)

    def rate(step: int) -> float:
        if step >= last:
            return end
        return end + (start - end) * (1 + math.cos(math.pi * step / steps)) / 2

    return Schedule(f"cosine({start!r}, {end!r}, {steps!r})", rate)


def step_decay(lr: float, factor: float, every: int) -> Schedule:
    """`lr`, and `factor` times as much after every so many steps.

    >>> [step_decay(1.0, 0.5, 10)(step) for step in (0, 9, 10, 29)]
    [1.0, 1.0, 0.5, 0.25]

    Raises ArgumentError for a rate or a factor that is not positive, or for no steps.
    """
    positive("lr", lr)
    positive("factor", factor)
    whole("every", every, 1)
    return Schedule(f"step_decay({lr!r}, {factor!r}, {every!r})", lambda step: lr * factor ** (step // every))


def _last(start: Any, end: Any, steps: Any) -> int:
    """The step from which the rate stays as it is."""
    positive("start", start)
    amount("end", end)
    return whole("steps", steps, 1)
