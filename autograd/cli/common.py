"""What several commands share: to speak and to complain, to read a sheet by its name, the exit statuses."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from autograd.errors import ChalkgradError, SheetError
from autograd.formatting import escapes, streams, terminal
from autograd.sheet.program import MAX_CHARACTERS
from autograd.sheet.sheet import Sheet, read_file, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

RIGHT, MISTAKES, FAILED, NOTHING = 0, 1, 2, 3  # statuses; the last where nothing is claimed or answered
WORST_FIRST = (FAILED, MISTAKES, NOTHING, RIGHT)


def say(text: str, end: str = "\n") -> None:
    """Write to standard output."""
    sys.stdout.write(text + end)


def complain(text: str, program: str = "chalkgrad") -> int:
    """Write to standard error, after all that was said before, and give the status of a failure."""
    sys.stdout.flush()
    with suppress(OSError):  # where nobody listens, the status tells it
        sys.stderr.write(f"{terminal.folded(f'{program}: {text}', hang='  ')}\n")
    return FAILED


# -- Sheets -------------------------------------------------------------------------------------


def called(file: str) -> str:
    """Return what a file is called in messages."""
    return "standard input" if file == "-" else escapes.plain(file)


@contextmanager
def in_file(file: str) -> Iterator[None]:
    """Let what goes wrong with a file say with which."""
    try:
        yield
    except ChalkgradError as error:
        message = str(error).removeprefix(f"{file}: ")
        raise SheetError(f"{called(file)}: {message}") from None


def text_of(file: str) -> str:
    """Return the text of a file, or of standard input."""
    if file != "-":
        return read_file(file)
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:  # text that somebody put in the place of standard input
        return sys.stdin.read(MAX_CHARACTERS + 1)
    return read_text(stream)


def read_sheet(file: str, key: Sheet | None = None, *, strict: bool = True) -> Sheet:
    """Return a sheet from a file; what goes wrong says in which."""
    with in_file(file):
        return read_named(file, key, strict=strict)


def read_named(file: str, key: Sheet | None, *, strict: bool) -> Sheet:
    """Return a sheet from a file, or from standard input."""
    return Sheet.parse(text_of(file), key, strict=strict) if file == "-" else Sheet.load(file, key, strict=strict)


def in_color(when: str) -> bool:
    """Return whether output is in color: as asked, or in a terminal that has colors."""
    if when != "auto":
        return when == "always"
    return streams.takes_color(sys.stdout)
