"""Python's cyclic collector, paused while a large graph is built.

A graph has no reference cycles, so it is freed without the collector, the moment it is dropped. But
the collector does not know that: while a graph grows it looks through all of it again and again.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def paused_gc() -> Iterator[None]:
    """Build a very large graph inside, in a time that grows with its nodes and no faster.

    Afterwards the collector is as it was before, on or off, also after an exception. It may be
    nested. The collector is one for the whole process: other threads go without it as well, and of
    two threads that pause it at overlapping times the first to end turns it on again.

    >>> from autograd import Value
    >>> x = y = Value(1.0)
    >>> with paused_gc():
    ...     for _ in range(1000):
    ...         y = y * 0.5 + x
    >>> y.data, gc.isenabled()
    (2.0, True)
    """
    was_on = gc.isenabled()
    try:  # from here on: Ctrl-C may come right after the call
        gc.disable()
        yield
    finally:
        if was_on:
            gc.enable()
