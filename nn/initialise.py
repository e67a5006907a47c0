"""The weights a network starts from: how wide they are drawn, so that signals neither grow nor die.

A rule draws one weight: it is given the dice, the number of inputs of the neuron (nin) and the
number of neurons that read the same inputs (nout). Biases start at 0.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from numbers import Real
from typing import Any

from autograd import ArgumentError, OperandError

Rule = Callable[[Any, int, int], Any]  # (dice, nin, nout) -> a weight
Wanted = str | float | Rule  # how a rule may be asked for


def uniform(dice: Any, nin: int, nout: int) -> float:  # noqa: ARG001 -- a rule takes all three
    """From −1 to 1, whatever the size, as micrograd draws."""
    return dice.uniform(-1, 1)  # type: ignore[no-any-return] # dice of any kind


def xavier(dice: Any, nin: int, nout: int) -> float:
    """From −b to b with b = √(6/(nin + nout)), for tanh and its like.

    X. Glorot and Y. Bengio, 2010, Understanding the difficulty of training deep feedforward neural
    networks, equation 16.
    """
    bound = math.sqrt(6 / (nin + nout))
    return dice.uniform(-bound, bound)  # type: ignore[no-any-return] # dice of any kind


def he(dice: Any, nin: int, nout: int) -> float:  # noqa: ARG001 -- a rule takes all three
    """From −b to b with b = √(6/nin), which has the variance 2/nin, for relu.

    K. He et al., 2015, Delving deep into rectifiers, equation 10.
    """
    bound = math.sqrt(6 / nin)
    return dice.uniform(-bound, bound)  # type: ignore[no-any-return] # dice of any kind


RULES: dict[str, Rule] = {"uniform": uniform, "xavier": xavier, "he": he}


def read(wanted: Wanted) -> Rule:
    """Read what the user asked for: the name of a rule, a number for every weight, or a function.

    >>> import random
    >>> read(0.5)(random, 2, 1), read(lambda dice, nin, nout: 1 / nin)(random, 4, 1)
    (0.5, 0.25)

    Raises ArgumentError for a name that there is not, OperandError for anything else.
    """
    if isinstance(wanted, str):
        if wanted not in RULES:
            raise ArgumentError(
                f"there is no rule {wanted!r} for the first weights; choose one of {', '.join(RULES)}, "
                "or give a number or a function of (dice, nin, nout)"
            )
        return RULES[wanted]
    if isinstance(wanted, Real) and not isinstance(wanted, bool):
        if not math.isfinite(wanted):
            raise ArgumentError(f"the first weights are finite numbers, not {wanted!r}")
        return lambda _dice, _nin, _nout: wanted
    if not callable(wanted):
        raise OperandError(f"init is the name of a rule, a number or a function of (dice, nin, nout), not {wanted!r}")
    return wanted


def dice_of(seed: Any) -> Any:
    """What draws: the module `random`, dice of the user's own, or new dice with this seed.

    >>> dice_of(7).random() == dice_of(7).random(), dice_of(None).__name__
    (True, 'random')

    Raises OperandError for what is no seed.
    """
    if seed is None:
        return random
    if seed is random or isinstance(seed, random.Random):  # handed on from a network to its layers
        return seed
    if isinstance(seed, (int, float, str, bytes)):
        return random.Random(seed)  # noqa: S311 -- weights, not secrets
    raise OperandError(f"a seed is a number, a string or a random.Random, not {seed!r}")
