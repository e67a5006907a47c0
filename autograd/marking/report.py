"""A marked sheet to be read: in the terminal, as Markdown, as HTML, as JSON.

A claim on a quantified line is one claim, shown with the first index at which it fails.
"""

from __future__ import annotations

import html
import json
import math
import shutil
import sys
from typing import TYPE_CHECKING, Any

from autograd.formatting import escapes, palette, terminal
from autograd.formatting import figures as number_format
from autograd.marking.verdicts import FOLLOWS, RIGHT, ROUNDED, SLIP, UNANSWERED, UNINFORMATIVE, WRONG, Verdict

if TYPE_CHECKING:
    from autograd.claims.worksheet import Worksheet

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
    """The verdicts on a sheet: `verdicts` in the order of the text, `first_mistakes` without what follows from them.

    A claim that only repeats a given or a definition of the key is *given*: it was not worked out and is not scored.

    >>> from autograd import mark
    >>> marking = mark("x = 3; y = x^2 = 9; dy/dx = x = 3")
    >>> [verdict.word for verdict in marking.verdicts], marking.score
    (['right', 'wrong', 'follows'], '2 of 3')
    """

    def __init__(self, sheet: Worksheet, verdicts: list[Verdict], name: str = "") -> None:
        self.sheet = sheet
        self.name = name
        self.every = verdicts
        places: dict[tuple[int, int], list[Verdict]] = {}
        for verdict in verdicts:
            places.setdefault((verdict.claim.line, verdict.claim.place.column), []).append(verdict)
        self.verdicts = [min(same, key=lambda v: _WORST_FIRST.index(v.word)) for same in places.values()]

    @property
    def first_mistakes(self) -> list[Verdict]:
        """Return the mistakes themselves, without what follows from them."""
        return [verdict for verdict in self.verdicts if verdict.is_first_mistake]

    @property
    def ok(self) -> bool:
        """Return whether there is no mistake; an unanswered claim is none."""
        return not self.first_mistakes

    @property
    def earned(self) -> tuple[int, int]:
        """Return how many claims are right, rounded or follow, and how many could be judged."""
        judged = [v for v in self.verdicts if v.word != UNINFORMATIVE and not self.is_given(v)]
        return sum(verdict.word in _EARNED for verdict in judged), len(judged)

    @property
    def score(self) -> str:
        """Return the same in words."""
        return "{} of {}".format(*self.earned)

    def is_given(self, verdict: Verdict) -> bool:
        """Return whether a claim only repeats a given or a definition of the key."""
        key, subject = self.sheet.key, verdict.claim.subject
        if key is None or verdict.word != RIGHT or subject.of:
            return False
        return subject.name in key.givens or (subject.name in key.definitions and verdict.claim.kind == "formula")

    def followers(self, first: Verdict) -> list[Verdict]:
        """Return the verdicts on claims that follow from a first mistake."""
        place = (first.claim.line, first.claim.place.column)
        return [v for v in self.verdicts if place in ((claim.line, claim.place.column) for claim in v.origins)]

    def summary(self) -> str:
        """Return one line that says how many claims got each verdict."""
        given = sum(map(self.is_given, self.verdicts))
        counts = [(word, sum(v.word == word for v in self.verdicts)) for word in SIGNS]
        counts = [(word, count - given * (word == RIGHT)) for word, count in counts]
        counted = ", ".join(f"{count} {word}" for word, count in counts if count)
        also = f" (and {given} given)" if given else ""
        number = len(self.verdicts) - given
        return f"{number} claim{'s' * (number != 1)}: {counted or 'nothing is claimed'}{also}; score {self.score}"

    # -- Terminal -------------------------------------------------------------------------------

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def text(self, *, color: bool = False, every: bool = True, width: int | None = None) -> str:
        """Return the marking for a terminal: the mistakes, then (unless `every` is false) each claim.

        Longer lines are folded at `width`: by default that of the terminal, or 80 where there is none.
        """
        width = max(MIN_WIDTH, width or _terminal_width())
        parts = [self._mistake(first, color=color, width=width) for first in self.first_mistakes]
        if every:
            parts.append("\n".join(self._rows(color=color, width=width)))
        parts.append(terminal.folded(self.summary(), width, hang="  "))
        return "\n\n".join(part for part in parts if part)

    def _mistake(self, first: Verdict, *, color: bool, width: int) -> str:
        claim = first.claim
        known = 0 < claim.line <= len(self.sheet.lines)
        written = self.sheet.lines[claim.line - 1].expandtabs(1) if known else claim.segment.text
        where = f"line {claim.line}" + (f", {claim.index}" if claim.index else "")
        if written.lstrip().startswith("="):  # the line goes on with another one
            where += f", {escapes.plain(claim.about)}"
        shown, mark = _pointed(
            written, claim.place.column - 1 if known else 0, len(claim.segment.text), width - len(INDENT)
        )
        lines = [
            palette.paint(f"✗ {where}: {first.word}", COLORS[first.word], on=color),
            INDENT + shown,
            INDENT + palette.paint(mark, COLORS[first.word], on=color),
        ]
        messages = [first.reason, _named(first)]
        following = sorted({verdict.claim.line for verdict in self.followers(first)} - {claim.line})
        if following:
            listed = ", ".join(map(str, following[:8])) + (", …" if len(following) > 8 else "")
            messages.append(f"line{'s' * (len(following) > 1)} {listed} follow{'s' * (len(following) == 1)} from it")
        lines += [terminal.folded(INDENT + text, width, hang=f"{INDENT}  ") for text in messages if text]
        return "\n".join(lines)

    def _rows(self, *, color: bool, width: int) -> list[str]:
        rows = []
        for verdict in self.verdicts:
            line, claim, word, note = self._cells(verdict)
            sign = palette.paint(f"{SIGNS[verdict.word]}{terminal.GLUE}{word}", COLORS[verdict.word], on=color)
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
        """Return the marking as Markdown: a table of every claim, with the mistakes explained below it."""
        rows = ["| line | claim | verdict | exact | |", "|---:|---|---|---:|---|"]
        for verdict in self.verdicts:
            line, claim, word, note = (escapes.markdown(cell) for cell in self._cells(verdict))
            bold = f"**{word}**" if verdict.is_first_mistake else word
            rows.append(
                f"| {line} | {claim} | {SIGNS[verdict.word]} {bold} | {number_format.number(verdict.exact)} | {note} |"
            )
        mistakes = [
            f"- **line {first.claim.line}, {escapes.markdown(f'{first.claim.about} = {first.claim.segment.text}')}** "
            f"({first.word}): {escapes.markdown('; '.join(filter(None, [first.reason, _named(first)])))}"
            for first in self.first_mistakes
        ]
        return "\n".join([*rows, "", *mistakes, *([""] if mistakes else []), escapes.markdown(self.summary()), ""])

    _repr_markdown_ = to_markdown

    def to_html(self) -> str:
        """Return the marking as an HTML table."""
        rows = []
        for verdict in self.verdicts:
            line, claim, word, note = (html.escape(cell) for cell in self._cells(verdict))
            if verdict.is_first_mistake:
                note = html.escape("; ".join(filter(None, [verdict.reason, _named(verdict)])))
            color = palette.VERDICT_COLOURS[COLORS[verdict.word]]
            exact = html.escape(number_format.number(verdict.exact))
            rows.append(
                f'<tr><td style="text-align:right">{line}</td><td><code>{claim}</code></td>'
                f'<td style="color:{color};white-space:nowrap">{SIGNS[verdict.word]} {word}</td>'
                f'<td style="text-align:right">{exact}</td><td>{note}</td></tr>'
            )
        head = "<tr><th>line</th><th>claim</th><th>verdict</th><th>exact</th><th></th></tr>"
        table = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
        return f"{table}<p>{html.escape(self.summary())}</p>"

    _repr_html_ = to_html

    def to_json(self) -> str:
        """Return the marking as JSON: everything that the other forms show, as data."""
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


def _named(first: Verdict) -> str:
    """Return the mistakes that would explain a claim; a difference turned round is a sign and no other mistake."""
    kinds = [mistake.kind for mistake in first.diagnosis]
    return (": " if kinds == ["sign", "swapped"] else " — or: ").join(map(str, first.diagnosis))


def _terminal_width() -> int:
    return shutil.get_terminal_size((terminal.WIDTH, 24)).columns if sys.stdout.isatty() else terminal.WIDTH


def _pointed(line: str, start: int, length: int, width: int) -> tuple[str, str]:
    """Return a line and a mark under the claim in it; of a long line, the part around the claim."""
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
