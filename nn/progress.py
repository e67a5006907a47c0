"""What a training shows while it runs, and how it is interrupted: a step is whole or was not made."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autograd import import_extra
from autograd.formatting import figures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

LINES = 20  # of progress, where there is no bar


class Interrupt:
    """Ctrl-C that waits while a step changes the weights."""

    def __init__(self) -> None:
        self.holding = self.wanted = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Answer a Ctrl-C, now or when the step is whole."""
        if not self.holding:
            raise KeyboardInterrupt
        self.wanted = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let Ctrl-C wait until what is inside is done."""
        self.holding = True
        try:
            yield
        finally:
            self.holding = False
        if self.wanted:
            self.wanted = False
            raise KeyboardInterrupt


@contextmanager
def whole_steps() -> Iterator[Interrupt]:
    """Stand in for Python's own answer to Ctrl-C; where there is another, it is left alone."""
    interrupt = Interrupt()
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield interrupt
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Progress:
    """Steps and loss on the terminal's stderr: a bar where tqdm is installed, else a line for some of the epochs."""

    def __init__(self, epochs: int, steps: int, *, shown: bool) -> None:
        self.epochs, self.steps, self.shown = epochs, steps, shown
        self.on = shown and sys.stderr is not None and sys.stderr.isatty()
        self.done = 0
        self.bar: Any = None

    def __enter__(self) -> Progress:  # noqa: PYI034 -- typing.Self came with Python 3.11
        if self.on:
            try:
                self.bar = import_extra("tqdm", "train", "a progress bar").tqdm(
                    total=self.epochs * self.steps, unit="step", file=sys.stderr, dynamic_ncols=True
                )
            except ImportError:
                self.bar = None
        return self

    def step(self, epoch: int, loss: float) -> None:
        """One step more, with the mean loss of the epoch so far."""
        if not self.on:
            return
        self.done += 1
        if self.bar is not None:
            self.bar.set_description(f"epoch {epoch}/{self.epochs}", refresh=False)
            self.bar.set_postfix_str(f"loss {figures.number(loss, 4)}", refresh=False)
            self.bar.update()
        elif self.done % self.steps == 0 and epoch % max(1, self.epochs // LINES) == 0:
            sys.stderr.write(f"epoch {epoch} of {self.epochs}: loss {figures.number(loss, 4)}\n")

    def say(self, text: str) -> None:
        """A last word, below the bar."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
        if self.shown and sys.stderr is not None:
            sys.stderr.write(f"{text}\n")

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
