"""What a node carries beside its number, where it carries more: who made it, and what it is a part of.

An *origin* is the file and line of the program that made a node, kept where `trace_origins` is on; a
*scope* is the neuron or layer that it belongs to. Most nodes carry neither, and then their label alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

# The files of this project, which are not where a program made a node.
_OURS = (*(f"{Path(__file__).parents[2] / package}{os.sep}" for package in ("autograd", "nn")), "<autograd")

tracing = 0  # how many `trace_origins` are open: a count, so that they nest


class Origin(NamedTuple):
    """The file and line of the program that made a node: its `origin`, where `trace_origins` was on.

    >>> print(Origin("homework.py", 7))
    homework.py:7
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


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
    """What a node carries beside its label, where it carries more: its origin, its scope."""

    __slots__ = ("label", "origin", "scope")

    def __init__(self, label: str = "", origin: Origin | None = None, scope: Scope | None = None) -> None:
        self.label = label
        self.origin = origin
        self.scope = scope


def new_note() -> Note | str:
    """What a node made now carries: its origin where that is traced, else an empty label."""
    return Note(origin=_caller()) if tracing else ""


def where() -> str:
    """Where the program is, for an error: ` (at homework.py:7)`; nothing where origins are not traced."""
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
