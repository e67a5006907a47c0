"""The progress of a training on stderr, and Ctrl-C, which waits until a step is complete."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from autograd.formatting import figures
from autograd.optional import import_extra

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

MAX_LINES = 20  # of progress on a terminal without a bar: enough to see the loss fall on one screen
MIN_SECONDS = 60  # between two lines in a log: it is seen to go on, and a night fits into some hundred lines


class WholeSteps:
    """A context in which Ctrl-C waits while a step changes the weights; a handler of the user's own stays in place."""

    def __init__(self) -> None:
        self.installed = self.holding = self.pending = False

    def __enter__(self) -> WholeSteps:  # noqa: PYI034 -- typing.Self came with Python 3.11
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)
            self.installed = True
        return self

    def __exit__(self, *_: object) -> None:
        if self.installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self.holding:
            raise KeyboardInterrupt
        self.pending = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold Ctrl-C back until the block is done."""
        self.holding = True
        try:
            yield
        finally:
            self.holding = False
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt


class ProgressBar:
    """A callback of `fit` that shows steps and loss on stderr.

    On a terminal and in a notebook it is a bar where tqdm is installed, and otherwise a line for some of the epochs. In
    a file or a pipe it is a line a minute, and none for a training that is over sooner. `fit` shows one
    by default: `callbacks=[ProgressBar(shown=False)]` shows none, and no message about Ctrl-C.

    >>> ProgressBar(shown=False).shown
    False
    """

    def __init__(self, *, shown: bool = True) -> None:
        self.shown = shown
        self.bar: Any = None

    def start(self, epochs: int, steps: int) -> None:
        """Start with the number of epochs and of steps in each."""
        self.epochs, self.steps, self.done, self.bar = epochs, steps, 0, None
        self.watched, self.lines, self.last = _is_watched(), 0, monotonic()
        if self.shown and self.watched:
            with suppress(ImportError):  # then lines are written
                tqdm = import_extra(
                    "tqdm.auto", "train", "a progress bar"
                ).tqdm  # auto: a notebook has a bar of its own
                self.bar = tqdm(total=epochs * steps, unit="step", file=sys.stderr, dynamic_ncols=True)

    def step(self, epoch: int, loss: float) -> None:
        """Show one step more, with the mean loss of the epoch so far."""
        if not self.shown:
            return
        self.done += 1
        if self.bar is not None:
            self.bar.set_description(f"epoch {epoch}/{self.epochs}", refresh=False)
            self.bar.set_postfix_str(f"loss {figures.number(loss, 4)}", refresh=False)
            self.bar.update()
        elif self._line_is_due(epoch):
            step = (self.done - 1) % self.steps + 1
            where = "" if step == self.steps else f", step {step} of {self.steps}"
            _write(f"epoch {epoch} of {self.epochs}{where}: loss {figures.number(loss, 4)}")
            self.lines, self.last = self.lines + 1, monotonic()

    def _line_is_due(self, epoch: int) -> bool:
        if self.watched:
            return self.done % self.steps == 0 and epoch % max(1, self.epochs // MAX_LINES) == 0
        at_the_end = self.done == self.epochs * self.steps and self.lines > 0
        return at_the_end or monotonic() - self.last >= MIN_SECONDS

    def __call__(self, epoch: object) -> None:
        """Do nothing at the end of an epoch: its last step has been shown."""

    def clear(self) -> None:
        """Take the bar off the screen until the next step."""
        if self.bar is not None:
            self.bar.clear()

    def close(self, message: str = "") -> None:
        """Close the bar, and show a last message below it."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
        if message and self.shown:
            _write(message)


def _is_watched() -> bool:
    """Return True if stderr is read while it is written: on a terminal, or in a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    with suppress(AttributeError, ValueError):  # no stream of Python's, or a closed one
        return "IPKernelApp" in getattr(shell, "config", ()) or bool(sys.stderr.isatty())
    return False


def _write(line: str) -> None:
    """Write a line to stderr, if there is one: a training goes on where its log has ended."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
