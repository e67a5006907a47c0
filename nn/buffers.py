"""Buffers: numbers that a module keeps beside its parameters, such as the running means of a batch norm."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nn.layers import Module


def named_buffers(model: Module) -> dict[str, Any]:
    """Return a copy of each buffer of a model, a number or a list of numbers, by the path that leads to it.

    >>> from nn import BatchNorm
    >>> named_buffers(BatchNorm(2))
    {'running_mean': [0.0, 0.0], 'running_variance': [1.0, 1.0]}
    """
    return {path: deepcopy(getattr(part, name)) for path, part, name in _buffers(model)}


def set_buffers(model: Module, values: Mapping[str, Any]) -> None:
    """Set each buffer of a model to a copy of the value that is given for its path."""
    for path, part, name in _buffers(model):
        setattr(part, name, deepcopy(values[path]))


def _buffers(model: Module) -> Iterator[tuple[str, Module, str]]:
    """Yield the path of each buffer, the module that has it, and the name of its attribute."""
    for path, part in model.named_modules().items():
        for name in part.buffer_names:
            yield f"{path}.{name}".removeprefix("."), part, name
