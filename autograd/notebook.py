"""Sheets in notebook cells: `%load_ext autograd`, and then `%%sheet` marks its cell.

IPython is imported only where it runs already. `page(E)` as the last line of a cell shows the page in a frame.
"""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from autograd.errors import ArgumentError, ChalkgradError
from autograd.exercises.entry_points import mark
from autograd.formatting import escapes
from autograd.sheet.sheet import Sheet
from autograd.webpage.html_page import Page, page

if TYPE_CHECKING:
    from autograd.marking.report import Marking


class _Options(argparse.ArgumentParser):
    """The options behind `%%sheet`; a mistake in them raises an error, and ends nothing."""

    def error(self, message: str) -> NoReturn:
        raise ArgumentError(f"%%sheet: {message}; {self.format_usage().strip()}")


def _options() -> _Options:
    parser = _Options(prog="%%sheet", add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add("name", metavar="NAME", nargs="?", help="the variable that the marking is kept in")
    add("--key", metavar="FILE", help="mark against the definitions of this sheet")
    add("--reveal", choices=("line", "kind", "answer"), default="answer", help="how much of a mistake is shown")
    add("--page", action="store_true", help="show the page of the sheet, with its marking")
    return parser


def _words(options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError as error:
        raise ArgumentError(f"%%sheet: {str(error).lower()} in {escapes.plain(options)!r}") from None


def sheet(options: str, text: str, names: dict[str, Any]) -> Marking | Page:
    r"""Mark the text of a cell, and return what the cell shows: the marking, or the page of the sheet.

    With a NAME among the options, the marking is kept in that variable.

    >>> names = {}
    >>> print(sheet("mine --reveal line", "x = 3; y = x^2 = 6\n", names).score, names["mine"].ok)
    0 of 1 False

    Raises ArgumentError for wrong options, SheetError for a sheet of which nothing can be read.
    """
    chosen = _options().parse_args(_words(options))
    if chosen.name and not chosen.name.isidentifier():
        raise ArgumentError(f"%%sheet: {escapes.plain(chosen.name)!r} is no name of a variable")
    marking = mark(f"\n{text}", chosen.key, reveal=chosen.reveal)  # the lines are counted as the notebook counts them
    if chosen.name:
        names[chosen.name] = marking
    if not chosen.page:
        return marking
    assert isinstance(marking.sheet, Sheet)  # it was read from text
    return page(marking.sheet, title=chosen.name or "Sheet", marking=marking)


def load(shell: Any) -> None:
    """Give a running IPython the cell magic `%%sheet`."""
    from IPython.core.error import UsageError  # noqa: PLC0415 -- it runs, so it is there

    def magic(line: str, cell: str) -> Marking | Page:
        """Mark the cell, a derivation as on paper: %%sheet [NAME] [--key FILE] [--reveal line|kind|answer] [--page]."""
        try:
            return sheet(line, cell, shell.user_ns)
        except ChalkgradError as error:
            raise UsageError(str(error)) from None

    shell.register_magic_function(magic, "cell", "sheet")
