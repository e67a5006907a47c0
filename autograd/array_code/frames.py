"""What the interpreter keeps beside tensors: functions, classes and objects of the code, frames of names, versions."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from autograd.array_code.tensors import Tensor


@dataclass
class CodeFunction:
    """A function of the code's own."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame
    name: str = ""

    @property
    def body(self) -> list[ast.stmt]:
        """The statements of the function."""
        return self.node.body if isinstance(self.node, ast.FunctionDef) else [ast.Return(self.node.body)]


@dataclass
class Kind:
    """A class of the code's own, with its methods."""

    name: str
    methods: dict[str, CodeFunction]


@dataclass(eq=False)
class Instance:
    """An object of such a class, or an empty one of a class that is not read."""

    kind: Kind
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Frame:
    """The names of a module or of one call of a function; those of `outer` can be read too."""

    names: dict[str, Any] = field(default_factory=dict)
    outer: Frame | None = None

    def find(self, name: str) -> Any:
        """Return what a name stands for, or raise KeyError."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        raise KeyError(name)


@dataclass(eq=False)
class Version:
    """An array of the way there as it was when a line stored it under a name."""

    name: str
    shape: tuple[int, ...]
    entries: list[Any]
    line: int
    frame: Frame
    text: str = ""
    is_changed: bool = False  # in place, by this line


class ReturnSignal(Exception):  # noqa: N818 -- a signal
    """Carries what a function returns out of its statements."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class LoopSignal(Exception):  # noqa: N818 -- a signal
    """Ends a round of a loop; `goes_on` tells whether the next one comes."""

    def __init__(self, *, goes_on: bool) -> None:
        super().__init__()
        self.goes_on = goes_on


def copied(thing: Any, memo: dict[int, Any] | None = None) -> Any:
    """Return frames, containers and tensors as copies that share nothing but Values; names of one thing stay so."""
    memo = {} if memo is None else memo
    if id(thing) in memo:
        return memo[id(thing)]
    found: Any = thing
    if isinstance(thing, Tensor):
        store = memo.get(id(thing.store))
        if store is None:
            store = memo[id(thing.store)] = list(thing.store)
        found = Tensor(store, thing.places, thing.shape, is_view=thing.is_view)
        found.of_gradient = thing.of_gradient
    elif isinstance(thing, Frame):
        found = Frame({}, thing.outer)
        memo[id(thing)] = found
        found.names = {name: copied(each, memo) for name, each in thing.names.items()}
    elif isinstance(thing, Instance):
        found = Instance(thing.kind)
        memo[id(thing)] = found
        found.attributes = {name: copied(each, memo) for name, each in thing.attributes.items()}
    elif type(thing) is dict:
        found = memo[id(thing)] = {}
        found.update({key: copied(each, memo) for key, each in thing.items()})
    elif type(thing) is list:
        plain = all(isinstance(each, (int, float, str)) for each in thing[:3])
        found = memo[id(thing)] = list(thing) if plain else [copied(each, memo) for each in thing]
    elif type(thing) is tuple:
        found = tuple(copied(each, memo) for each in thing)
    memo[id(thing)] = found
    return found
