"""A marked sheet as a document, and as JSON.

A claim on a quantified line is one claim, shown with the first index at which it fails.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from typing import TYPE_CHECKING, Any

from autograd.document.blocks import Code, Colored, Inline, Layout, Lines, Pointed, table
from autograd.document.document import Document
from autograd.document.writers import TextWriter
from autograd.formatting import figures, streams, terminal
from autograd.marking.verdicts import RIGHT, VERDICTS, Verdict

if TYPE_CHECKING:
    from autograd.claims.worksheet import Worksheet
    from autograd.document.blocks import Block

MIN_WIDTH = 60


class Marking(Document):
    """The verdicts on a sheet: `verdicts` in the order of the text, `first_mistakes` without what follows from them.

    A claim that only repeats a given or a definition of the key is *given*: it was not worked out and is not scored.

    >>> from autograd import mark
    >>> marking = mark("x = 3; y = x^2 = 9; dy/dx = x = 3")
    >>> [verdict.word for verdict in marking.verdicts], marking.score
    (['right', 'wrong', 'follows'], '2 of 3')
    """

    layout = Layout(indent="", rule="")

    def __init__(self, sheet: Worksheet, verdicts: list[Verdict], name: str = "") -> None:
        self.sheet = sheet
        self.name = name
        self.every = verdicts
        places: dict[tuple[int, int], list[Verdict]] = {}
        for verdict in verdicts:
            places.setdefault((verdict.claim.line, verdict.claim.place.column), []).append(verdict)
        self.verdicts = [max(same, key=lambda v: VERDICTS[v.word].severity) for same in places.values()]

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
        judged = [v for v in self.verdicts if VERDICTS[v.word].counts and not self.is_given(v)]
        return sum(VERDICTS[verdict.word].earns_point for verdict in judged), len(judged)

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
        counts = [(word, sum(v.word == word for v in self.verdicts)) for word in VERDICTS]
        counts = [(word, count - given * (word == RIGHT)) for word, count in counts]
        counted = ", ".join(f"{count} {word}" for word, count in counts if count)
        also = f" (and {given} given)" if given else ""
        number = len(self.verdicts) - given
        return f"{number} claim{'s' * (number != 1)}: {counted or 'nothing is claimed'}{also}; score {self.score}"

    # -- As a document --------------------------------------------------------------------------

    @property
    def blocks(self) -> list[Block]:
        """The mistakes, a table of every claim, and the summary."""
        head = ("line", "claim", "verdict", "exact", "")
        rows = [
            (*cells, figures.number(verdict.exact, self.digits), note)
            for verdict in self.verdicts
            for *cells, note in [self._cells(verdict)]
        ]
        return [*map(self._mistake, self.first_mistakes), table(head, rows, "rllrl"), Lines(((self.summary(),),))]

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, color: bool = False, every: bool = True, width: int | None = None) -> str:
        """Return the marking for a terminal: the mistakes, then (unless `every` is false) each claim.

        Longer lines are folded at `width`: by default that of the terminal, or 80 where there is none.
        """
        width = max(MIN_WIDTH, width or _terminal_width())
        *mistakes, _, summary = self.blocks
        claims = [table((), list(map(self._cells, self.verdicts)), "rlll")] if every and self.verdicts else []
        writer = TextWriter(self.digits, colors=color, layout=self.layout, columns=width)
        return writer.write([*mistakes, *claims, summary])

    def _mistake(self, first: Verdict) -> Pointed:
        claim, color = first.claim, VERDICTS[first.word].color
        known = 0 < claim.line <= len(self.sheet.lines)
        written = self.sheet.lines[claim.line - 1].expandtabs(1) if known else claim.segment.text
        where = f"line {claim.line}" + (f", {claim.index}" if claim.index else "")
        if written.lstrip().startswith("="):  # the line goes on with another one
            where += f", {claim.about}"
        remarks = [first.reason, _named(first)]
        following = sorted({verdict.claim.line for verdict in self.followers(first)} - {claim.line})
        if following:
            lines = ", ".join(map(str, following[:8])) + (", …" if len(following) > 8 else "")
            remarks.append(f"line{'s' * (len(following) > 1)} {lines} follow{'s' * (len(following) == 1)} from it")
        start = claim.place.column - 1 if known else 0
        end = start + max(1, len(claim.segment.text))
        return Pointed(
            heading=(Colored(f"✗ {where}: {first.word}", color),),
            before=written[:start].lstrip(),
            part=written[start:end],
            after=written[end:].rstrip(),
            remarks=tuple(filter(None, remarks)),
            color=color,
        )

    def _cells(self, verdict: Verdict) -> tuple[Inline, ...]:
        """Return the line, the claim, the verdict and a note."""
        claim = verdict.claim
        note = "" if verdict.is_first_mistake else verdict.reason
        if claim.index and verdict.word != RIGHT:
            note = f"{claim.index}: {verdict.reason}"
        if self.is_given(verdict) and not note:
            note = "given by the key"
        word = Colored(f"{VERDICTS[verdict.word].sign} {verdict.word}", VERDICTS[verdict.word].color)
        return str(claim.line), Code(f"{claim.about} = {claim.segment.text}"), word, note

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
    return shutil.get_terminal_size((terminal.WIDTH, 24)).columns if streams.is_terminal(sys.stdout) else terminal.WIDTH


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
