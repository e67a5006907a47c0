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
import re
import shutil
import sys
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import look
from autograd.errors import ArgumentError, OperandError
from autograd.marking.marking import FOLLOWS, RIGHT, ROUNDED, SLIP, UNANSWERED, UNINFORMATIVE, WRONG, Marker, Verdict
from autograd.sheet.export import to_sheet
from autograd.sheet.sheet import Sheet, read_file
from autograd.value import Value, describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIGNS = {RIGHT: "✓", ROUNDED: "≈", FOLLOWS: "↳", SLIP: "✗", WRONG: "✗", UNANSWERED: "?", UNINFORMATIVE: "·"}
COLOURS = {
    RIGHT: "green",
    ROUNDED: "green",
    FOLLOWS: "yellow",
    SLIP: "red",
    WRONG: "red",
    UNANSWERED: "blue",
    UNINFORMATIVE: "blue",
}
_WORST_FIRST = (WRONG, SLIP, UNINFORMATIVE, FOLLOWS, UNANSWERED, ROUNDED, RIGHT)
WIDTH = 100  # of a table where there is no terminal
LEAST_WIDTH = 60
INDENT = "    "
_EARNED = (RIGHT, ROUNDED, FOLLOWS)


class Marking:
    """The verdicts on a sheet: `verdicts` in the order of the text, `roots` the first mistakes only.

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
    def roots(self) -> list[Verdict]:
        """The mistakes themselves, without what follows from them."""
        return [verdict for verdict in self.verdicts if verdict.is_root]

    @property
    def ok(self) -> bool:
        """Whether there is no mistake; what is unanswered is none."""
        return not self.roots

    @property
    def earned(self) -> tuple[int, int]:
        """Claims that are right, rounded or follow, and claims that could be judged."""
        judged = [verdict for verdict in self.verdicts if verdict.word != UNINFORMATIVE]
        return sum(verdict.word in _EARNED for verdict in judged), len(judged)

    @property
    def score(self) -> str:
        """The same in words."""
        return "{} of {}".format(*self.earned)

    def followers(self, root: Verdict) -> list[Verdict]:
        """What follows from a root."""
        place = (root.claim.line, root.claim.place.column)
        return [v for v in self.verdicts if place in ((claim.line, claim.place.column) for claim in v.origins)]

    def summary(self) -> str:
        """One line: how many claims of each verdict."""
        counts = [(word, sum(v.word == word for v in self.verdicts)) for word in SIGNS]
        said = ", ".join(f"{count} {word}" for word, count in counts if count)
        return f"{len(self.verdicts)} claims: {said or 'nothing is claimed'}; score {self.score}"

    # -- Terminal -------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def text(self, *, colour: bool = False, every: bool = True, width: int | None = None) -> str:
        """The marking for a terminal: the mistakes, then (unless `every` is false) each claim.

        What is longer than `width` goes on below; where none is said, it is the terminal's, and 100 where
        there is no terminal.
        """
        width = max(LEAST_WIDTH, width or _terminal_width())
        parts = [self._mistake(root, colour=colour, width=width) for root in self.roots]
        if every:
            parts.append("\n".join(self._rows(colour=colour, width=width)))
        parts.append(self.summary())
        return "\n\n".join(part for part in parts if part)

    def _mistake(self, root: Verdict, *, colour: bool, width: int) -> str:
        claim = root.claim
        written = self.sheet.lines[claim.line - 1].expandtabs(1)
        where = f"line {claim.line}" + (f", {claim.index}" if claim.index else "")
        if written.lstrip().startswith("="):  # the line goes on with another one
            where += f", {look.plain(claim.about)}"
        shown, mark = _pointed(written, claim.place.column - 1, len(claim.segment.text), width - len(INDENT))
        lines = [
            look.paint(f"✗ {where}: {root.word}", COLOURS[root.word], on=colour),
            INDENT + shown,
            INDENT + look.paint(mark, COLOURS[root.word], on=colour),
        ]
        said = [root.reason, _named(root)]
        following = sorted({verdict.claim.line for verdict in self.followers(root)} - {claim.line})
        if following:
            listed = ", ".join(map(str, following[:8])) + (", …" if len(following) > 8 else "")
            said.append(f"line{'s' * (len(following) > 1)} {listed} follow{'s' * (len(following) == 1)} from it")
        lines += [INDENT + row for text in said for row in _wrapped(text, width - len(INDENT)) if row]
        return "\n".join(lines)

    def _rows(self, *, colour: bool, width: int) -> Iterator[str]:
        cells = [self._cells(verdict) for verdict in self.verdicts]
        lines, claims, words, notes = (max((len(row[at]) for row in cells), default=0) for at in range(4))
        room = width - lines - words - 2 - (6 if notes else 4)
        claims = min(claims, max(room - notes, room // 2) if notes else room)
        for verdict, (line, claim, word, note) in zip(self.verdicts, cells):
            sign = look.paint(f"{SIGNS[verdict.word]} {word:{words}}", COLOURS[verdict.word], on=colour)
            beside = zip_longest(_wrapped(claim, claims), _wrapped(note, room - claims), fillvalue="")
            for row, (left, right) in enumerate(beside):
                middle = sign if row == 0 else " " * (words + 2)
                yield f"{line if row == 0 else '':>{lines}}  {left:{claims}}  {middle}  {right}".rstrip()

    def _cells(self, verdict: Verdict) -> tuple[str, str, str, str]:
        claim = verdict.claim
        shown = look.plain(f"{claim.about} = {claim.segment.text}")
        note = "" if verdict.is_root else verdict.reason
        if claim.index and verdict.word != RIGHT:
            note = f"{claim.index}: {verdict.reason}"
        return str(claim.line), shown, verdict.word, note

    # -- Other media ----------------------------------------------------------------------------

    def to_markdown(self) -> str:
        """The marking as Markdown: a table of every claim, the mistakes explained below it."""
        rows = ["| line | claim | verdict | exact | |", "|---:|---|---|---:|---|"]
        for verdict in self.verdicts:
            line, claim, word, note = (look.markdown(cell) for cell in self._cells(verdict))
            bold = f"**{word}**" if verdict.is_root else word
            rows.append(f"| {line} | {claim} | {SIGNS[verdict.word]} {bold} | {look.number(verdict.exact)} | {note} |")
        mistakes = [
            f"- **line {root.claim.line}, {look.markdown(f'{root.claim.about} = {root.claim.segment.text}')}** "
            f"({root.word}): {look.markdown('; '.join(filter(None, [root.reason, _named(root)])))}"
            for root in self.roots
        ]
        return "\n".join([*rows, "", *mistakes, *([""] if mistakes else []), look.markdown(self.summary()), ""])

    _repr_markdown_ = to_markdown

    def to_html(self) -> str:
        """The marking as an HTML table."""
        rows = []
        for verdict in self.verdicts:
            line, claim, word, note = (html.escape(cell) for cell in self._cells(verdict))
            if verdict.is_root:
                note = html.escape("; ".join(filter(None, [verdict.reason, _named(verdict)])))
            colour = look.VERDICT_COLOURS[COLOURS[verdict.word]]
            rows.append(
                f'<tr><td style="text-align:right">{line}</td><td><code>{claim}</code></td>'
                f'<td style="color:{colour};white-space:nowrap">{SIGNS[verdict.word]} {word}</td>'
                f'<td style="text-align:right">{html.escape(look.number(verdict.exact))}</td><td>{note}</td></tr>'
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
                "roots": [_as_data(verdict) for verdict in self.roots],
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
    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most that width, broken at spaces; what is longer than a line, after an operator."""
    lines = [""]
    for word in re.findall(r"\S+\s*|\s+", text):
        pieces = [word] if len(word.rstrip()) <= width else re.findall(rf"[^·*×+/,]{{0,{width - 1}}}[·*×+/,]?", word)
        for piece in pieces:
            if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > width:
                lines.append("")
            lines[-1] += piece
    return [line.rstrip() for line in lines]


def _pointed(line: str, start: int, length: int, width: int) -> tuple[str, str]:
    """A line with what is meant underlined; of a long line, the part around that."""
    before = len(line) - len(line.lstrip())
    line, start = line.strip(), start - before
    if len(line) > width:
        left = min(max(0, start - width // 3), len(line) - width)
        cut = line[left : left + width]
        cut = ("…" if left else cut[0]) + cut[1:-1] + ("…" if left + width < len(line) else cut[-1])
        line, start = cut, start - left
    length = max(1, min(length, len(line) - start))
    return look.plain(line), " " * start + "^" * length


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
    1 claims: 1 slip; score 0 of 1

    Raises SheetError, with line and column, for a sheet that cannot be read.
    """
    if key is not None and not isinstance(key, Sheet):
        key = Sheet.parse(_text(key))
    name = "" if _is_text(text_or_path) else os.fspath(text_or_path)
    sheet = Sheet.parse(_text(text_or_path), key)
    return Marking(sheet, Marker(sheet).mark(), name)


def _is_text(given: str | os.PathLike[str]) -> bool:
    return isinstance(given, str) and ("\n" in given or "=" in given or not given.strip())


def _text(given: str | os.PathLike[str]) -> str:
    if not isinstance(given, (str, os.PathLike)):
        raise OperandError(f"a sheet is text or a path, not {describe(given)}")

    return str(given) if _is_text(given) else read_file(Path(given))


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
    return Marking(sheet, Marker(sheet).mark())
