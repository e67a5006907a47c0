"""What a part of a network is: something that has parameters.

A *parameter* is a leaf that training changes. A `Module` finds its own: every leaf that is one of
its attributes, or lies in a list, tuple or dict that is, or belongs to a module that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import Value, zero_grad

if TYPE_CHECKING:
    from collections.abc import Iterator


class Module:
    """A part of a network. Derive from it, and the parameters among the attributes are found.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.height = Value(2.0, label="slope"), Value(1.0, label="height")
    ...     def __call__(self, x):
    ...         return self.slope * x + self.height
    >>> line = Line()
    >>> line(3.0).data, [p.label for p in line.parameters()]
    (7.0, ['slope', 'height'])
    """

    training = True  # whether it is being trained, which parts such as Dropout want to know

    def parameters(self) -> list[Value]:
        """Every parameter once, in the order in which the attributes were set."""
        return [part for _, part in _walk(self) if isinstance(part, Value)]

    def named_parameters(self) -> dict[str, Value]:
        """The same by name: where each parameter is found, whatever its label says.

        >>> from nn import MLP
        >>> list(MLP(1, [2, 1]).named_parameters())[-2:]
        ['layers[1].neurons[0].w[1]', 'layers[1].neurons[0].b']
        """
        return {_path(trail): part for trail, part in _walk(self) if isinstance(part, Value)}

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero, as before the next `backward()`."""
        zero_grad(self.parameters())

    def modules(self) -> list[Module]:
        """This module and every one below it, each once.

        >>> from nn import MLP
        >>> len(MLP(1, [2, 1]).modules())  # the network, two layers, three neurons
        6
        """
        return [part for _, part in _walk(self) if isinstance(part, Module)]

    def train(self, mode: bool = True) -> Module:  # noqa: FBT001, FBT002 -- as PyTorch has it
        """Make it and every module below it ready to be trained; the module itself is returned."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Make it and every module below it ready to be used: nothing is dropped, nothing is kept.

        >>> from nn.regularise import Dropout
        >>> Dropout(0.9).eval()(3.0)
        3.0
        """
        return self.train(mode=False)

    def __repr__(self) -> str:
        count = len(self.parameters())
        return f"{type(self).__name__} with {count} parameter{'s' * (count != 1)}"


def _walk(module: Module) -> Iterator[tuple[Any, Value | Module]]:
    """Each parameter and module below the module, with the trail of attributes and indices that leads to it."""
    seen = set()
    waiting: list[tuple[Any, Any]] = [((), module)]
    while waiting:
        trail, thing = waiting.pop()
        if id(thing) in seen:
            continue
        inside: list[tuple[Any, Any]] = []
        if isinstance(thing, Value):
            if thing.op is not None:  # what was computed is kept to be looked at, not to be trained
                continue
            yield trail, thing
        elif isinstance(thing, Module):
            yield trail, thing
            inside = [((trail, f".{name}"), part) for name, part in vars(thing).items()]
        elif isinstance(thing, (list, tuple)):
            inside = [((trail, place), part) for place, part in enumerate(thing)]
        elif isinstance(thing, dict):
            inside = [((trail, f"[{key!r}]"), part) for key, part in thing.items()]
        else:
            continue
        seen.add(id(thing))
        waiting += reversed(inside)


def _path(trail: Any) -> str:
    parts = []
    while trail:
        trail, part = trail
        parts.append(part if isinstance(part, str) else f"[{part}]")
    return "".join(reversed(parts)).removeprefix(".")
