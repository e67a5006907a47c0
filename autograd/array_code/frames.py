"""What the interpreter keeps beside tensors: functions, classes and objects of the code, frames of names, versions."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any


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
