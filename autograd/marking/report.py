"""A marked sheet as something to read: in the terminal, in Markdown, in HTML, as JSON.

`mark` reads a sheet and marks it; `check` does the same for figures that somebody has for a graph
made in Python. Both give a `Marking`. A claim on a quantified line is one claim, shown with the
first index at which it fails.
"""

from __future__ import annotations

import html
import json
import math
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.engine.value import Value, describe
from autograd.errors import ArgumentError, OperandError
from autograd.formatting import escapes, palette, terminal
from autograd.formatting import figures as number_format
from autograd.marking.marker import FOLLOWS, RIGHT, ROUNDED, SLIP, UNANSWERED, UNINFORMATIVE, WRONG, Marker, Verdict
from autograd.sheet.from_graph import to_sheet
from autograd.sheet.sheet import Sheet

SIGNS = {RIGHT: "✓", ROUNDED: "≈", FOLLOWS: "↳", SLIP: "✗", WRONG: "✗", UNANSWERED: "?", UNINFORMATIVE: "·"}
COLORS = {
    RIGHT: "green",
    ROUNDED: "green",
    FOLLOWS: "yellow",
    SLIP: "red",
    WRONG: "red",
    UNANSWERED: "blue",
    UNINFORMATIVE: "blue",
}
_WORST_FIRST = (WRONG, SLIP, UNINFORMATIVE, FOLLOWS, UNANSWERED, ROUNDED, RIGHT)
MIN_WIDTH = 60
INDENT = "    "
_EARNED = (RIGHT, ROUNDED, FOLLOWS)


class Marking:
    """The verdicts on a sheet: `verdicts` in the order of the text, `roots` the first mistakes only.

    What a sheet marked against a key repeats of it, givens and definitions, is *given*: nothing that was
    worked out, and not scored.

    >>> marking = mark("x = 3; y = x^2 = 9; dy/dx = x = 3")
    >>> [verdict.word for verdict in marking.verdicts], marking.score
    (['right', 'wrong', 'follows'], '2 of 3')
    """

    def __init__(self, sheet: Sheet, verdicts: list[Verdict], name: str = "") -> None:
        self.sheet = sheet
        self.name = name
        self.every = verdicts
        places: dict[tuple[int, int], list[Verdict]] = {}
        for verdict in verdicts:
            places.setdefault((verdict.claim.line, verdict.claim.place.column), []).append(verdict)
        self.verdicts = [min(same, key=lambda v: _WORST_FIRST.index(v.word)) for same in places.values()]

    @property
    def first_mistakes(self) -> list[Verdict]:
        """The mistakes themselves, without what follows from them."""
        return [verdict for verdict in self.verdicts if verdict.is_first_mistake]

    @property
    def ok(self) -> bool:
        """Whether there is no mistake; what is unanswered is none."""
        return not self.first_mistakes

    @property
    def earned(self) -> tuple[int, int]:
        """Claims that are right, rounded or follow, and claims that could be judged."""
        judged = [v for v in self.verdicts if v.word != UNINFORMATIVE and not self.is_given(v)]
        return sum(verdict.word in _EARNED for verdict in judged), len(judged)

    @property
    def score(self) -> str:
        """The same in words."""
        return "{} of {}".format(*self.earned)

    def is_given(self, verdict: Verdict) -> bool:
        """Whether it only repeats what the exercise gives: a given or a definition of the key, copied as it is."""
        key, subject = self.sheet.key, verdict.claim.subject
        if key is None or verdict.word != RIGHT or subject.of:
            return False
        return subject.name in key.givens or (subject.name in key.definitions and verdict.claim.kind == "formula")

    def followers(self, root: Verdict) -> list[Verdict]:
        """What follows from a root."""
        place = (root.claim.line, root.claim.place.column)
        return [v for v in self.verdicts if place in ((claim.line, claim.place.column) for claim in v.origins)]

    def summary(self) -> str:
        """One line: how many claims of each verdict."""
        given = sum(map(self.is_given, self.verdicts))
        counts = [(word, sum(v.word == word for v in self.verdicts)) for word in SIGNS]
        counts = [(word, count - given * (word == RIGHT)) for word, count in counts]
        said = ", ".join(f"{count} {word}" for word, count in counts if count)
        also = f" (and {given} given)" if given else ""
        number = len(self.verdicts) - given
        return f"{number} claim{'s' * (number != 1)}: {said or 'nothing is claimed'}{also}; score {self.score}"

    # -- Terminal -------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def text(self, *, colour: bool = False, every: bool = True, width: int | None = None) -> str:
        """The marking for a terminal: the mistakes, then (unless `every` is false) each claim.

        What is longer than `width` goes on below; where none is said, it is the terminal's, and 80 where
        there is no terminal.
        """
        width = max(MIN_WIDTH, width or _terminal_width())
        parts = [self._mistake(root, colour=colour, width=width) for root in self.first_mistakes]
        if every:
            parts.append("\n".join(self._rows(colour=colour, width=width)))
        parts.append(terminal.folded(self.summary(), width, hang="  "))
        return "\n\n".join(part for part in parts if part)

    def _mistake(self, root: Verdict, *, colour: bool, width: int) -> str:
        claim = root.claim
        written = self.sheet.lines[claim.line - 1].expandtabs(1)
        where = f"line {claim.line}" + (f", {claim.index}" if claim.index else "")
        if written.lstrip().startswith("="):  # the line goes on with another one
            where += f", {escapes.plain(claim.about)}"
        shown, mark = _pointed(written, claim.place.column - 1, len(claim.segment.text), width - len(INDENT))
        lines = [
            palette.paint(f"✗ {where}: {root.word}", COLORS[root.word], on=colour),
            INDENT + shown,
            INDENT + palette.paint(mark, COLORS[root.word], on=colour),
        ]
        said = [root.reason, _named(root)]
        following = sorted({verdict.claim.line for verdict in self.followers(root)} - {claim.line})
        if following:
            listed = ", ".join(map(str, following[:8])) + (", …" if len(following) > 8 else "")
            said.append(f"line{'s' * (len(following) > 1)} {listed} follow{'s' * (len(following) == 1)} from it")
        lines += [terminal.folded(INDENT + text, width, hang=f"{INDENT}  ") for text in said if text]
        return "\n".join(lines)

    def _rows(self, *, colour: bool, width: int) -> list[str]:
        rows = []
        for verdict in self.verdicts:
            line, claim, word, note = self._cells(verdict)
            sign = palette.paint(f"{SIGNS[verdict.word]}{terminal.GLUE}{word}", COLORS[verdict.word], on=colour)
            rows.append((line, claim.replace(" ", terminal.GLUE), sign, note))
        return terminal.table(rows, "rlll", width, gap=2)

    def _cells(self, verdict: Verdict) -> tuple[str, str, str, str]:
        claim = verdict.claim
        shown = escapes.plain(f"{claim.about} = {claim.segment.text}")
        note = "" if verdict.is_first_mistake else verdict.reason
        if claim.index and verdict.word != RIGHT:
            note = f"{claim.index}: {verdict.reason}"
        if self.is_given(verdict) and not note:
            note = "given by the key"
        return str(claim.line), shown, verdict.word, note

    # -- Other media ----------------------------------------------------------------------------

    def to_markdown(self) -> str:
        """The marking as Markdown: a table of every claim, the mistakes explained below it."""
        rows = ["| line | claim | verdict | exact | |", "|---:|---|---|---:|---|"]
        for verdict in self.verdicts:
            line, claim, word, note = (escapes.markdown(cell) for cell in self._cells(verdict))
            bold = f"**{word}**" if verdict.is_first_mistake else word
            rows.append(
                f"| {line} | {claim} | {SIGNS[verdict.word]} {bold} | {number_format.number(verdict.exact)} | {note} |"
            )
        mistakes = [
            f"- **line {root.claim.line}, {escapes.markdown(f'{root.claim.about} = {root.claim.segment.text}')}** "
            f"({root.word}): {escapes.markdown('; '.join(filter(None, [root.reason, _named(root)])))}"
            for root in self.first_mistakes
        ]
        return "\n".join([*rows, "", *mistakes, *([""] if mistakes else []), escapes.markdown(self.summary()), ""])

    _repr_markdown_ = to_markdown

    def to_html(self) -> str:
        """The marking as an HTML table."""
        rows = []
        for verdict in self.verdicts:
            line, claim, word, note = (html.escape(cell) for cell in self._cells(verdict))
            if verdict.is_first_mistake:
                note = html.escape("; ".join(filter(None, [verdict.reason, _named(verdict)])))
            colour = palette.VERDICT_COLOURS[COLORS[verdict.word]]
            exact = html.escape(number_format.number(verdict.exact))
            rows.append(
                f'<tr><td style="text-align:right">{line}</td><td><code>{claim}</code></td>'
                f'<td style="color:{colour};white-space:nowrap">{SIGNS[verdict.word]} {word}</td>'
                f'<td style="text-align:right">{exact}</td><td>{note}</td></tr>'
            )
        head = "<tr><th>line</th><th>claim</th><th>verdict</th><th>exact</th><th></th></tr>"
        table = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
        return f"{table}<p>{html.escape(self.summary())}</p>"

    _repr_html_ = to_html

    def to_json(self) -> str:
        """The marking as JSON: everything that the other forms show, as data."""
        earned, judged = self.earned
        return json.dumps(
            {
                "sheet": self.name,
                "claims": [_as_data(verdict) for verdict in self.verdicts],
                "roots": [_as_data(verdict) for verdict in self.first_mistakes],
                "earned": earned,
                "judged": judged,
            },
            ensure_ascii=False,
            indent=2,
            allow_nan=False,
        )


def _named(root: Verdict) -> str:
    """The mistakes that would explain a root; a difference turned round is a sign and not another mistake."""
    kinds = [mistake.kind for mistake in root.diagnosis]
    return (": " if kinds == ["sign", "swapped"] else " — or: ").join(map(str, root.diagnosis))


def _terminal_width() -> int:
    return shutil.get_terminal_size((terminal.WIDTH, 24)).columns if sys.stdout.isatty() else terminal.WIDTH


def _pointed(line: str, start: int, length: int, width: int) -> tuple[str, str]:
    """A line with what is meant underlined; of a long line, the part around that."""
    before = len(line) - len(line.lstrip())
    line, start = line.strip(), start - before
    room = width
    shown, at = line, start
    while terminal.width(escapes.plain(shown)) > width:
        left = min(max(0, start - room // 3), len(line) - room)
        cut = line[left : left + room]
        shown = ("…" if left else cut[0]) + cut[1:-1] + ("…" if left + room < len(line) else cut[-1])
        at = start - left
        room -= 1
    meant = shown[at : at + max(1, length)]
    mark = " " * terminal.width(escapes.plain(shown[:at])) + "^" * max(1, terminal.width(escapes.plain(meant)))
    return escapes.plain(shown), mark


def _as_data(verdict: Verdict) -> dict[str, Any]:
    claim = verdict.claim
    return {
        "line": claim.line,
        "column": claim.place.column,
        "index": claim.index,
        "about": claim.about,
        "claim": claim.segment.text,
        "verdict": verdict.word,
        "exact": _finite(verdict.exact),
        "own": _finite(verdict.own),
        "follows_from": [[claim.line, claim.place.column] for claim in verdict.origins],
        "reason": verdict.reason,
        "diagnosis": [{"kind": mistake.kind, "text": mistake.text} for mistake in verdict.diagnosis],
    }


def _finite(number: float | None) -> float | str | None:
    return number if number is None or math.isfinite(number) else str(number)


# -- Marking ------------------------------------------------------------------------------------


def mark(text_or_path: str | os.PathLike[str], key: str | os.PathLike[str] | Sheet | None = None) -> Marking:
    """Mark a sheet, given as text or as a file; with a `key`, against that sheet's definitions.

    >>> print(mark("x = 3; y = x^2 = 6").text(every=False))
    ✗ line 1: slip
        x = 3; y = x^2 = 6
                         ^
        your x^2 gives 9
    <BLANKLINE>
    1 claim: 1 slip; score 0 of 1

    Raises SheetError, with line and column, for a sheet that cannot be read.
    """
    if key is not None and not isinstance(key, Sheet):
        key = _sheet(key)
    sheet = _sheet(text_or_path, key)
    name = "" if _is_text(text_or_path) else os.fspath(text_or_path)
    return Marking(sheet, Marker(sheet).mark(), name)


def _is_text(given: str | os.PathLike[str]) -> bool:
    return isinstance(given, str) and ("\n" in given or "=" in given or not given.strip())


def _sheet(given: str | os.PathLike[str], key: Sheet | None = None) -> Sheet:
    if not isinstance(given, (str, os.PathLike)):
        raise OperandError(f"a sheet is text or a path, not {describe(given)}")

    return Sheet.parse(str(given), key) if _is_text(given) else Sheet.load(Path(given), key)


def check(root: Value, figures: Mapping[Value | str, str | float]) -> Marking:
    """Mark somebody's figures for a graph made in Python.

    A Value stands for the gradient of `root` with respect to it, a label for the value of that node,
    and "dE/dw" for a derivative. Figures given as text count with the digits that are written.

    >>> x = Value(3.0, label="x")
    >>> y = x**2
    >>> y.label = "y"
    >>> [verdict.word for verdict in check(y, {"y": "9.0", x: "3.0"}).verdicts]
    ['right', 'slip']

    Raises ArgumentError for a Value or a label that is not in the graph, SheetError for a figure
    that cannot be read.
    """
    written, names = to_sheet(root)
    by_label: dict[str, Value] = {}
    for node in names:
        by_label.setdefault(node.label, node)
    if not isinstance(figures, Mapping) or not figures:
        raise ArgumentError('check wants at least one figure, such as check(E, {"h": "0.5987", w: "-0.0964"})')
    lines = []
    for subject, figure in figures.items():
        shown = repr(figure) if isinstance(figure, float) else str(figure)
        if isinstance(subject, Value):
            if subject not in names:
                raise ArgumentError(f"{describe(subject)} is not in the graph of {describe(root)}")
            lines.append(f"d{names[root]}/d{names[subject]} = {shown}")
        elif subject in by_label:
            lines.append(f"{names[by_label[subject]]} = {shown}")
        else:
            lines.append(f"{subject} = {shown}")
    key = Sheet.parse(written)
    sheet = Sheet.parse("\n".join(lines), key)
    claimed = {claim.line for claim in sheet.claims}
    for line, subject in enumerate(figures, start=1):
        if line not in claimed:  # it would be the definition of a new name
            known = ", ".join(label for label in by_label if label)
            where = f"nothing in the graph of {describe(root)} is called {subject!r}"
            raise ArgumentError(f"{where}; it has {known or 'no labels'}")
    return Marking(sheet, Marker(sheet).mark())
