"""`mark` opens a sheet and marks it; `check` marks figures for a graph made in Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autograd.claims.worksheet import Worksheet
from autograd.engine.gc_pause import paused_gc
from autograd.engine.graph import Graph, as_graph
from autograd.engine.messages import describe, described
from autograd.engine.value import Value
from autograd.errors import ArgumentError, ChalkgradError, MarkingError, OperandError
from autograd.marking.marker import Marker
from autograd.marking.report import Marking, checked_reveal
from autograd.sheet.from_graph import in_sheet, to_sheet
from autograd.sheet.sheet import Sheet
from autograd.table.plain_numbers import plain_number


def mark(
    text_or_path: str | os.PathLike[str],
    key: str | os.PathLike[str] | Worksheet | None = None,
    *,
    strict: bool = False,
    reveal: str = "answer",
) -> Marking:
    """Mark a sheet, given as text or as a file; with a `key`, against that sheet's definitions.

    What cannot be read gets the verdict "unreadable", and everything else is marked; not so if `strict`.
    `reveal` says what is shown of a mistake: "line", where it is; "kind", its kind too; "answer", what is right too.

    >>> print(mark("x = 3; y = x^2 = 6").to_text(every=False))
    ✗ line 1: slip
        x = 3; y = x^2 = 6
                         ^
        your x^2 gives 9
    <BLANKLINE>
    1 claim: 1 slip; score 0 of 1

    >>> print(mark("x = 3; y = x^2 = 6", reveal="line").to_text(every=False))
    ✗ line 1: slip
        x = 3; y = x^2 = 6
                         ^
    <BLANKLINE>
    1 claim: 1 slip; score 0 of 1

    Raises SheetError, with line and column, for a sheet of which nothing can be read or, if `strict`, not everything;
    ArgumentError for another `reveal`.
    """
    if key is not None and not isinstance(key, Worksheet):
        key = _sheet(key, strict=True)
    marking = mark_sheet(lambda: _sheet(text_or_path, key, strict=strict), reveal=reveal)
    marking.name = "" if _is_text(text_or_path) else os.fspath(text_or_path)
    return marking


def mark_sheet(read: Callable[[], Worksheet], name: str = "", *, reveal: str = "answer") -> Marking:
    """Read a sheet and mark it, the collector of cycles paused.

    Raises ArgumentError for an unknown `reveal`; MarkingError in place of any error that is not one of the project's
    own.
    """
    checked_reveal(reveal)
    with paused_gc():
        sheet = read()
        try:
            return Marking(sheet, Marker(sheet).mark(), name, reveal)
        except ChalkgradError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise MarkingError(f"chalkgrad failed to mark this sheet ({reason}); please report it") from error


def _is_text(given: str | os.PathLike[str]) -> bool:
    return isinstance(given, str) and ("\n" in given or "=" in given or not given.strip())


def _sheet(given: str | os.PathLike[str], key: Worksheet | None = None, *, strict: bool) -> Sheet:
    if not isinstance(given, (str, os.PathLike)):
        raise OperandError(f"a sheet is text or a path, not {describe(given)}")
    if _is_text(given):
        return Sheet.parse(str(given), key, strict=strict)
    return Sheet.load(Path(given), key, strict=strict)


def check(output: Value | Graph, figures: Mapping[Value | str, str | float], *, reveal: str = "answer") -> Marking:
    """Mark somebody's figures for a graph made in Python.

    A Value stands for the gradient of `output` with respect to it, a label for the value of that node,
    and "dE/dw" for a derivative. Figures given as text count with the digits that are written.
    `reveal` says what is shown of a mistake, as for `mark`.

    >>> x = Value(3.0, label="x")
    >>> y = x**2
    >>> y.label = "y"
    >>> [verdict.word for verdict in check(y, {"y": "9.0", x: "3.0"}).verdicts]
    ['right', 'slip']

    Raises NotFoundError for a Value or a label that is not in the graph, StaleGraphError if a number was
    changed after it had been used, SheetError for a figure that cannot be read, OperandError for one that is neither a
    number nor a text, ArgumentError for no figure or another `reveal`.
    """
    graph = as_graph(output)
    written, names = to_sheet(graph)
    by_label: dict[str, Value] = {}
    for node in names:
        by_label.setdefault(node.label, node)
    if not isinstance(figures, Mapping) or not figures:
        raise ArgumentError('check wants at least one figure, such as check(E, {"h": "0.5987", w: "-0.0964"})')
    lines = []
    for subject, figure in figures.items():
        shown = figure if isinstance(figure, str) else _number(figure)
        if isinstance(subject, Value):
            lines.append(f"d{names[graph.output]}/d{names[graph.find(subject)]} = {shown}")
        elif subject in by_label:
            lines.append(f"{names[by_label[subject]]} = {shown}")
        else:
            lines.append(f"{subject} = {shown}")
    key = Sheet.parse(written)
    sheet = Sheet.parse("\n".join(lines), key)
    claimed = {claim.line for claim in sheet.claims}
    for line, subject in enumerate(figures, start=1):
        if line not in claimed:  # it would be the definition of a new name
            raise graph.unknown(str(subject))
    return mark_sheet(lambda: sheet, reveal=reveal)


def _number(figure: Any) -> str:
    number = plain_number(figure)
    if number is None:
        raise OperandError(f"check: a figure is a number, or a text such as '0.25', not {described(figure)}")
    return in_sheet(number)
