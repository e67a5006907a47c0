"""How a model is called: with one row of inputs or with all rows of a batch, and in which mode."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError
from nn.arguments import short
from nn.layers import Module

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def takes_batch(model: Any) -> Module | None:
    """Return the first part of a model that is called with all rows of a batch, such as a BatchNorm, or None."""
    parts = model.modules() if isinstance(model, Module) else []
    return next((part for part in parts if part.takes_batch), None)


def outputs_of(model: Any, inputs: Sequence[Any]) -> list[Any]:
    """Return the model's outputs for each row of inputs: in one call each, or in one call if it takes batches.

    >>> outputs_of(lambda x: 2 * x, [1, 2, 3])
    [2, 4, 6]

    Raises ArgumentError where the one call does not return as many outputs as there are rows.
    """
    if takes_batch(model) is None:
        return [model(row) for row in inputs]
    outputs = model(list(inputs))
    if not isinstance(outputs, (list, tuple)) or len(outputs) != len(inputs):
        found = f"a list of {len(outputs)}" if isinstance(outputs, (list, tuple)) else short(outputs)
        raise ArgumentError(f"the model is called with all {len(inputs)} rows of a batch, and returned {found}")
    return list(outputs)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Put a model into evaluation mode for a block; afterwards each of its parts is in the mode that it was in."""
    if not isinstance(model, Module):
        yield
        return
    was_training, modes = model.training, [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        yield
    finally:
        if was_training:
            model.train()
        for part, mode in modes:
            part.training = mode
