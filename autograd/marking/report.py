"""A marked sheet as something to read: in the terminal, in Markdown, in HTML, as JSON.

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
from autograd.marking.marker import FOLLOWS, RIGHT, ROUNDED, SLIP, UNANSWERED, UNINFORMATIVE, WRONG, Verdict

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
    """The verdicts on a sheet: `verdicts` in the order of the text, `roots` the first mistakes only.

    What a sheet marked against a key repeats of it, givens and definitions, is *given*: nothing that was
    worked out, and not scored.

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
            colour = palette.VERDICT_COLORS[COLORS[verdict.word]]
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
