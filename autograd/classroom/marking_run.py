"""A marking of many hand-ins from beginning to end: marked, counted, and written."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from autograd.classroom.kept_records import ClassMarker
from autograd.formatting import streams

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from autograd.classroom.hand_ins import HandIn
    from autograd.classroom.records import Options

MIN_SECONDS = 10  # between two lines of progress in a log
BAR = 30  # columns
HAND_INS_A_JOB = 4  # a process takes as long to start as a few of them take


def marked_class(
    hand_ins: Sequence[HandIn],
    options: Options,
    folder: Path | None = None,
    jobs: int = 1,
    *,
    typed: Callable[[], str] | None = None,
    shown: bool = False,
) -> Generator[dict[str, Any], None, None]:
    """Yield the record of each hand-in, in order; `folder` keeps the records, `shown` says whether progress is.

    With one job everything is done in this process; only it can read standard input, which `typed` returns, and pipes.
    """
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(len(hand_ins), shown=shown))
        if jobs <= 1:
            marker = ClassMarker(options, folder, typed)
            for hand_in in hand_ins:
                record = marker.record(hand_in)
                progress.count()
                yield record
            return
        import tempfile  # noqa: PLC0415 -- one sheet needs no other process

        from autograd.classroom.workers import marked_by_workers  # noqa: PLC0415 -- the same

        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkgrad-")))
        records = marked_by_workers(hand_ins, options, place, jobs, progress.count)
        stack.callback(records.close)
        yield from records


def usual_jobs(hand_ins: Sequence[HandIn]) -> int:
    """Return how many processes are worth starting: one for every few hand-ins, at most one a processor."""
    return max(1, min(os.cpu_count() or 1, len(hand_ins) // HAND_INS_A_JOB))


class Progress:
    """The count of marked hand-ins on standard error: a bar in a terminal, a line now and then in a log."""

    def __init__(self, total: int, *, shown: bool) -> None:
        self.total, self.done, self.shown = total, 0, shown and total > 1 and sys.stderr is not None
        self.bar = self.shown and streams.is_terminal(sys.stderr)
        self.last = monotonic()

    def __enter__(self) -> Progress:  # noqa: PYI034 -- typing.Self came with Python 3.11
        if self.bar:
            self._show()
        return self

    def count(self) -> None:
        """Count one more."""
        self.done += 1
        if self.bar:
            self._show()
        elif self.shown and monotonic() - self.last >= MIN_SECONDS:
            self.last = monotonic()
            self._write(f"marked {self.done} of {self.total}\n")

    def _show(self) -> None:
        full = BAR * self.done // max(1, self.total)
        self._write(f"\r{'█' * full}{'░' * (BAR - full)} {self.done} of {self.total} marked")

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # a marking goes on where its log has ended
            sys.stderr.write(text)
            sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self._write("\r\033[K")
