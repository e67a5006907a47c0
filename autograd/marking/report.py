"""A marked sheet as a document, and as JSON.

A claim on a quantified line is one claim, shown with the first index at which it fails. How much is shown is a choice,
`reveal`: the lines with mistakes, the kinds of mistakes too, or the right answers as well.
"""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

from autograd.claims.versions import written_name
from autograd.document.blocks import Code, Colored, Inline, Layout, Lines, Pointed, table
from autograd.document.document import Document
from autograd.document.writers import TextWriter
from autograd.errors import ArgumentError
from autograd.formatting import figures, streams, terminal
from autograd.marking.kinds import KINDS
from autograd.marking.unclaimed import claim_hint, how_to_claim
from autograd.marking.verdicts import (
    NOT_JUDGED,
    RIGHT,
    UNANSWERED,
    UNDECIDED,
    UNINFORMATIVE,
    UNREADABLE,
    VERDICTS,
    Verdict,
    as_written,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.claims.tree import TextPlace
    from autograd.claims.worksheet import Worksheet
    from autograd.document.blocks import Block
    from autograd.marking.messages import Mistake

MIN_WIDTH = 60
MAX_CLAIM = 240  # characters of the claim of an array that a table shows
MAX_ENTRIES = 3  # of an array that a table shows
SHARED_DIGITS = 12  # of a number in JSON: the last ones of a tanh are those of the system's library
MAX_FOLLOWING = 8  # lines that are listed as following from a mistake

REVEALS = ("line", "kind", "answer")  # what a marking may show of a mistake, each with what stands before it

_WITHOUT_ANSWER = {  # notes that give no answer away
    UNANSWERED: "not answered yet",
    UNINFORMATIVE: "an earlier mistake makes it trivially true, or no digit is left",
    UNDECIDED: "the arithmetic cannot tell",
    NOT_JUDGED: "it can be read in two ways",
}


class Marking(Document):
    """The verdicts on a sheet: `verdicts` in the order of the text, `first_mistakes` without what follows from them.

    `unreadable` are the claims that cannot be read: they are no mistakes, and count as not right.

    A claim that only repeats a given or a definition of the key is *given*: it was not worked out and is not scored.
    `reveal` says what the text, the other formats and the JSON show: "line", "kind" or "answer". The verdicts
    themselves always have everything.

    >>> from autograd import mark
    >>> marking = mark("x = 3; y = x^2 = 9; dy/dx = x = 3")
    >>> [verdict.word for verdict in marking.verdicts], marking.score
    (['right', 'wrong', 'follows'], '2 of 3')
    """

    layout = Layout(indent="", rule="")

    def __init__(self, sheet: Worksheet, verdicts: list[Verdict], name: str = "", reveal: str = "answer") -> None:
        self.sheet = sheet
        self.name = name
        self.reveal = checked_reveal(reveal)
        self.every = verdicts = [as_written(verdict, sheet) for verdict in verdicts]
        self._places: dict[TextPlace, list[Verdict]] = {}
        for verdict in verdicts:
            self._places.setdefault(verdict.claim.place, []).append(verdict)
        self.verdicts = [max(same, key=_importance) for same in self._places.values()]

    @property
    def first_mistakes(self) -> list[Verdict]:
        """Return the mistakes themselves, without what follows from them."""
        return [verdict for verdict in self.verdicts if verdict.is_first_mistake]

    @property
    def ok(self) -> bool:
        """Return whether everything can be read and there is no mistake; an unanswered claim is none."""
        return not (self.first_mistakes or self.unreadable)

    @property
    def unreadable(self) -> list[Verdict]:
        """Return the verdicts on what cannot be read."""
        return [verdict for verdict in self.verdicts if verdict.word == UNREADABLE]

    @property
    def is_blank(self) -> bool:
        """Return whether nothing is claimed, or no claim is answered."""
        return all(verdict.word == UNANSWERED or self.is_given(verdict) for verdict in self.verdicts)

    @property
    def hint(self) -> str:
        """Return how to claim the derivatives that the sheet only defines, and which names the key lacks, if any."""
        lacking = ", ".join(self.not_in_key)
        said = f"not in the key: {lacking}; what is claimed about that answers nothing of it" * bool(lacking)
        return ". ".join(filter(None, (self.sheet.as_written(claim_hint(self.sheet)), said)))

    @property
    def not_in_key(self) -> list[str]:
        """Return the names that the sheet defines and makes claims about, and that its key lacks."""
        key = self.sheet.key
        about = {name for claim in self.sheet.claims for name in claim.subject}
        return [name for name in self.sheet.order if key and name in about and name not in key.names]

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
        if not self.verdicts:
            return f"0 claims: nothing is claimed; {how_to_claim(self.sheet)}"
        return f"{number} claim{'s' * (number != 1)}: {counted or 'nothing is claimed'}{also}; score {self.score}"

    @property
    def unexplained(self) -> list[str]:
        """Return which mistakes nobody looked for the kind of, and why; nothing where no kinds are shown."""
        places: dict[str, list[int]] = {}
        for verdict in self.first_mistakes if self.reveal != "line" else ():
            if verdict.unexplained:
                places.setdefault(verdict.unexplained, []).append(verdict.claim.line)
        return [
            f"no kind of mistake was looked for in line{'s' * (len(lines) > 1)} {_listed(lines)}: {why}"
            for why, lines in places.items()
        ]

    # -- As a document --------------------------------------------------------------------------

    @property
    def blocks(self) -> list[Block]:
        """The mistakes and what cannot be read, a table of every claim, and the summary."""
        every = [(self._cells(verdict), self._exact(verdict)) for verdict in self.verdicts]
        if self.reveal == "answer":
            rows = [(*cells, exact, note) for (*cells, note), exact in every]
            claims = table(("line", "claim", "verdict", "exact", ""), rows, "rllrl")
        else:
            claims = table(("line", "claim", "verdict", ""), [cells for cells, _ in every], "rlll")
        pointed_at = [v for v in self.verdicts if v.is_first_mistake or v.word == UNREADABLE]
        last = Lines(tuple((line,) for line in filter(None, (self.summary(), *self.unexplained, self.hint))))
        return [*map(self._mistake, pointed_at), claims, last]

    def _exact(self, verdict: Verdict) -> str:
        if len(self.entries(verdict)) > 1:
            shown = [figures.number(entry.exact, self.digits) for entry in self.entries(verdict)[:MAX_ENTRIES]]
            return f"[{', '.join(shown)}{', …' * (len(self.entries(verdict)) > MAX_ENTRIES)}]"
        return "" if math.isnan(verdict.exact) else figures.number(verdict.exact, self.digits)

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, color: bool = False, every: bool = True, width: int | None = None) -> str:
        """Return the marking for a terminal: the mistakes, then (unless `every` is false) each claim.

        Longer lines are folded at `width`: by default that of the terminal, or 80 where there is none.
        """
        width = max(MIN_WIDTH, width or terminal_width())
        *mistakes, _, summary = self.blocks
        claims = [table((), list(map(self._cells, self.verdicts)), "rlll")] if every and self.verdicts else []
        writer = TextWriter(self.digits, colors=color, layout=self.layout, columns=width)
        return writer.write([*mistakes, *claims, summary])

    def _mistake(self, first: Verdict) -> Pointed:
        claim, color = first.claim, VERDICTS[first.word].color
        known = 0 < claim.line <= len(self.sheet.lines)
        line, column = claim.segment.own_place
        written = self.sheet.lines[line - 1].expandtabs(1) if known else claim.segment.text
        where = f"line {claim.line}" + (f", {claim.index}" if claim.index else "")
        where += f", {claim.about}" if len(self.entries(first)) > 1 else ""
        goes_on = written.lstrip().startswith("=")  # with another line
        if goes_on and claim.before[0] is not claim.segment and claim.segment.entry is None:
            where += f", {written_name(claim.about)}"
        remarks = [self._how_many(first), self._reason(first), _named(first, self._diagnosis(first))]
        following = sorted({verdict.claim.line for verdict in self.followers(first)} - {claim.line})
        if following:
            many = len(following) > 1
            remarks.append(f"line{'s' * many} {_listed(following)} follow{'s' * (not many)} from it")
        start = column - 1 if known else 0
        end = start + max(1, len(claim.segment.own_text))
        return Pointed(
            heading=(Colored(f"✗ {where}: {first.word}", color),),
            before=written[:start].lstrip(),
            part=written[start:end],
            after=written[end:].rstrip(),
            remarks=tuple(filter(None, remarks)),
            color=color,
        )

    def entries(self, verdict: Verdict) -> list[Verdict]:
        """Return the verdicts on the entries of the array that one is about; of a single number, none."""
        return self._places[verdict.claim.place] if verdict.claim.segment.entry is not None else []

    def _how_many(self, first: Verdict) -> str:
        """Return how many entries of an array are wrong; empty for one that has another shape, and for no array."""
        entries = self.entries(first)
        wrong = sum(verdict.is_first_mistake for verdict in entries)
        if len(entries) < 2 or not wrong:
            return ""
        return f"{wrong} of {len(entries)} entries {'is' if wrong == 1 else 'are'} wrong"

    def _cells(self, verdict: Verdict) -> tuple[Inline, ...]:
        """Return the line, the claim, the verdict and a note."""
        claim = verdict.claim
        note = "" if verdict.is_first_mistake or verdict.word == UNREADABLE else self._reason(verdict)
        if claim.index and verdict.word != RIGHT:
            note = f"{claim.index}: {self._reason(verdict)}".removesuffix(": ")
        elif note and len(self.entries(verdict)) > 1 and verdict.word != RIGHT:
            note = f"{claim.about}: {note}"
        if self.is_given(verdict) and not note:
            note = "given by the key"
        word = Colored(f"{VERDICTS[verdict.word].sign} {verdict.word}", VERDICTS[verdict.word].color)
        text = claim.text
        if len(text) > MAX_CLAIM and len(self.entries(verdict)) > MAX_ENTRIES:
            text = f"{text[:MAX_CLAIM].rpartition(',')[0]}, …"
        return str(claim.line), Code(text), word, note

    def _reason(self, verdict: Verdict) -> str:
        """Return the reason of a verdict, or as much of it as gives no answer away."""
        if self.reveal == "answer" or verdict.claim.kind == "unreadable":
            return verdict.reason
        lines = sorted({claim.line for claim in verdict.origins})
        return f"from line{'s' * (len(lines) > 1)} {_listed(lines)}" if lines else _WITHOUT_ANSWER.get(verdict.word, "")

    def _diagnosis(self, verdict: Verdict) -> list[Mistake]:
        """Return the mistakes that explain a verdict; without the answer, their kinds in words."""
        if self.reveal == "answer":
            return list(verdict.diagnosis)
        named = [mistake for mistake in verdict.diagnosis if self.reveal == "kind" and not _is_turned(verdict, mistake)]
        return [mistake._replace(text=KINDS.get(mistake.kind, mistake.kind)) for mistake in named]

    def to_json(self) -> str:
        """Return the marking as JSON: everything that the other forms show, as data."""
        earned, judged = self.earned
        return json.dumps(
            {
                "sheet": self.name,
                **({} if self.reveal == "answer" else {"reveal": self.reveal}),
                "claims": [self._as_data(verdict) for verdict in self.verdicts],
                "roots": [self._as_data(verdict) for verdict in self.first_mistakes],
                "earned": earned,
                "judged": judged,
                "hint": self.hint,
            },
            ensure_ascii=False,
            indent=2,
            allow_nan=False,
        )

    def _as_data(self, verdict: Verdict) -> dict[str, Any]:
        claim, answers, entries = verdict.claim, self.reveal == "answer", self.entries(verdict)
        return {
            "line": claim.line,
            "column": claim.place.column,
            "index": claim.index,
            "about": written_name(claim.about if claim.segment.entry is None else claim.segment.entry.member.about),
            "claim": claim.segment.text,
            "verdict": verdict.word,
            "exact": _finite(verdict.exact) if answers else None,
            "own": _finite(verdict.own) if answers else None,
            "follows_from": [[claim.line, claim.place.column] for claim in verdict.origins],
            "reason": self._reason(verdict),
            "diagnosis": [_mistake_as_data(mistake) for mistake in self._diagnosis(verdict)],
            **({"unexplained": verdict.unexplained} if verdict.unexplained and self.reveal != "line" else {}),
            **({"entries": [self._entry_as_data(entry) for entry in entries]} if entries else {}),
        }

    def _entry_as_data(self, verdict: Verdict) -> dict[str, Any]:
        segment, answers = verdict.claim.segment, self.reveal == "answer"
        return {
            "index": segment.entry.index if segment.entry is not None else "",
            "claim": segment.own_text,
            "verdict": verdict.word,
            "exact": _finite(verdict.exact) if answers else None,
            "own": _finite(verdict.own) if answers else None,
            "reason": self._reason(verdict),
        }


def _importance(verdict: Verdict) -> tuple[int, bool]:
    """Return how much a verdict says about its place: the severest one, of those one with a reason."""
    return VERDICTS[verdict.word].severity, bool(verdict.reason)


def checked_reveal(reveal: str) -> str:
    """Return what a marking is to show.

    Raises ArgumentError for anything but "line", "kind" and "answer".
    """
    if reveal not in REVEALS:
        raise ArgumentError(f"reveal is {', '.join(map(repr, REVEALS[:-1]))} or {REVEALS[-1]!r}, not {reveal!r}")
    return reveal


def _listed(lines: Sequence[int | str]) -> str:
    return ", ".join(map(str, lines[:MAX_FOLLOWING])) + ", …" * (len(lines) > MAX_FOLLOWING)


def _is_turned(first: Verdict, mistake: Mistake) -> bool:
    """Return whether a mistake only says how the sign came to be the other way round."""
    return mistake.kind == "swapped" and [each.kind for each in first.diagnosis] == ["sign", "swapped"]


def _named(first: Verdict, mistakes: list[Mistake]) -> str:
    """Return the mistakes that would explain a claim; a difference turned round is a sign and no other mistake."""
    if any(_is_turned(first, mistake) for mistake in mistakes):
        return ": ".join(map(str, mistakes))
    return (" — and: " if any(mistake.together for mistake in mistakes) else " — or: ").join(map(str, mistakes))


def terminal_width() -> int:
    """Return the columns of the terminal; the usual ones where standard output is none."""
    return terminal.columns() if streams.is_terminal(sys.stdout) else terminal.WIDTH


def _mistake_as_data(mistake: Mistake) -> dict[str, Any]:
    return {"kind": mistake.kind, "text": mistake.text} | ({"together": True} if mistake.together else {})


def _finite(number: float | None) -> float | str | None:
    """Return a number for JSON, with as many digits as every machine agrees on."""
    if number is None or math.isnan(number):
        return None
    return float(f"{number:.{SHARED_DIGITS}g}") if math.isfinite(number) else str(number)
