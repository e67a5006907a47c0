"""Threads: one backward pass at a time, since passes may add to the gradient of the same leaf.

Threads wait for each other, whatever their graphs are: which leaves two graphs share is not known before both are
ordered. Everything else in the engine only reads a graph, or makes new nodes.
"""

from __future__ import annotations

import os
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P, R = ParamSpec("P"), TypeVar("R")

_passing = RLock()  # which the thread that holds it may take again: a signal handler may begin a pass within a pass

if hasattr(os, "register_at_fork"):  # a child process begins between two passes, not with a lock that nobody releases
    os.register_at_fork(before=_passing.acquire, after_in_parent=_passing.release, after_in_child=_passing.release)


def one_at_a_time(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that waits until no other thread is in a function made so."""

    @wraps(function)
    def waiting(*args: P.args, **kwargs: P.kwargs) -> R:
        with _passing:  # between taking the lock and this block Python lets no Ctrl-C in
            return function(*args, **kwargs)

    return waiting
