"""Initial weights, drawn so wide that signals neither grow nor vanish from layer to layer.

An *initializer* draws one weight. It is given a random generator, the number of inputs of the neuron
(nin) and the number of neurons that read the same inputs (nout). Biases start at 0.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from autograd import ArgumentError, OperandError
from autograd.table.plain_numbers import plain_number

Initializer = Callable[[Any, int, int], Any]  # (generator, nin, nout) -> a weight
InitializerLike = str | float | Initializer  # what a user may give

BOUNDS: dict[str, Callable[[int, int], float]] = {  # by (nin, nout): a weight is drawn from −bound to bound
    # as micrograd does, whatever the size
    "uniform": lambda nin, nout: 1,  # noqa: ARG005 -- a bound takes both
    # for tanh and similar activations: X. Glorot and Y. Bengio, 2010, Understanding the difficulty of
    # training deep feedforward neural networks, equation 16
    "xavier": lambda nin, nout: math.sqrt(6 / (nin + nout)),
    # for relu, with the variance 2/nin: K. He et al., 2015, Delving deep into rectifiers, equation 10
    "he": lambda nin, nout: math.sqrt(6 / nin),  # noqa: ARG005 -- a bound takes both
}


def as_initializer(init: InitializerLike) -> Initializer:
    """Return the initializer for a name, for a number that every weight gets, or for a function.

    >>> import random
    >>> as_initializer(0.5)(random, 2, 1), as_initializer(lambda generator, nin, nout: 1 / nin)(random, 4, 1)
    (0.5, 0.25)

    Raises ArgumentError for an unknown name, OperandError for anything else.
    """
    if isinstance(init, str):
        if init not in BOUNDS:
            raise ArgumentError(
                f"there is no initializer {init!r}; choose one of {', '.join(BOUNDS)}, "
                "or give a number or a function of (generator, nin, nout)"
            )
        bound = BOUNDS[init]
        return lambda generator, nin, nout: generator.uniform(-bound(nin, nout), bound(nin, nout))
    weight = plain_number(init)
    if weight is not None and not isinstance(weight, bool):
        if not math.isfinite(weight):
            raise ArgumentError(f"initial weights must be finite, not {weight!r}")
        return lambda _generator, _nin, _nout: weight
    found = init if weight is None else weight
    if not callable(init):
        raise OperandError(f"init must be a name, a number or a function of (generator, nin, nout), not {found!r}")
    return init


def random_generator(seed: Any) -> Any:
    """Return a new generator with this seed; without a seed, the module `random`; a generator as it is.

    >>> random_generator(7).random() == random_generator(7).random(), random_generator(None).__name__
    (True, 'random')

    Raises OperandError for anything else.
    """
    if seed is None:
        return random
    if seed is random or isinstance(seed, random.Random):  # a network passes its generator on to its layers
        return seed
    plain = seed if isinstance(seed, (str, bytes)) else plain_number(seed)
    if isinstance(plain, (int, float, str, bytes)):
        return random.Random(plain)  # noqa: S311 -- weights, not secrets
    raise OperandError(f"seed must be a number, a string or a random.Random, not {seed!r}")
