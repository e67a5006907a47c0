"""Who made a node and what it is a part of, where a node carries more than its label.

An *origin* is the file and line of the program that made a node, kept inside `trace_origins`. A
*scope* is the neuron or layer that a node belongs to. Most nodes carry neither, only a label.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The files of this project, which are not where a program made a node.
_OURS = (*(f"{Path(__file__).parents[2] / package}{os.sep}" for package in ("autograd", "nn")), "<autograd")

tracing = 0  # how many `trace_origins` are open: a count, so that they nest
tracing_changed: list[Callable[[], None]] = []  # called when tracing begins and ends: `fast` steps aside meanwhile


class Origin(NamedTuple):
    """The file and line of the program that made a node; the cell of a notebook by its number, as In[5]:2.

    >>> print(Origin("homework.py", 7))
    homework.py:7
    """

    file: str
    line: int

    def __str__(self) -> str:
        shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
        cells = getattr(getattr(shell, "compile", None), "_filename_map", {})  # of the files that cells are compiled as
        return f"In[{cells[self.file]}]:{self.line}" if self.file in cells else f"{self.file}:{self.line}"


class Scope:
    """One use of a neuron or layer: the box that nodes of one call are drawn in.

    `kind` is "neuron" or "layer"; a neuron's `within` is its layer's scope. Two calls are two scopes.

    >>> layer = Scope("layer", "hidden")
    >>> Scope("neuron", "h1", within=layer).within
    Scope('layer', 'hidden')
    """

    __slots__ = ("kind", "name", "within")

    def __init__(self, kind: str, name: str, within: Scope | None = None) -> None:
        self.kind = kind
        self.name = name
        self.within = within

    def __repr__(self) -> str:
        return f"Scope({self.kind!r}, {self.name!r})"


class Note:
    """A label together with an origin and a scope, for a node that carries more than its label."""

    __slots__ = ("label", "origin", "scope")

    def __init__(self, label: str = "", origin: Origin | None = None, scope: Scope | None = None) -> None:
        self.label = label
        self.origin = origin
        self.scope = scope


def new_note() -> Note | str:
    """Return what a node made now carries: its origin where that is traced, else an empty label."""
    return Note(origin=_caller()) if tracing else ""


def where() -> str:
    """Return the place of the program for an error, ` (at homework.py:7)`; empty where origins are not traced."""
    origin = _caller() if tracing else None
    return f" (at {origin})" if origin else ""


def _caller() -> Origin | None:
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_OURS):
            return Origin(file, frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return None


@contextmanager
def trace_origins() -> Iterator[None]:
    """Let every node made inside know the file and line that made it, as `node.origin`.

    Recording takes about fourteen times as long, since it goes by the plain operators.

    >>> from autograd import Value
    >>> with trace_origins():
    ...     y = Value(2.0) * 3
    >>> y.origin.line
    2
    """
    _trace(1)
    try:
        yield
    finally:
        _trace(-1)


def _trace(more: int) -> None:
    global tracing  # noqa: PLW0603 -- one count for the process, as an operator has no other place to look
    tracing += more
    for changed in tracing_changed:
        changed()
