"""Figures that are written further down: a slip may follow from one of them.

People write the answer above its working, `w_new = w - 0.5*dE/dw = 0.76` above `dE/dw = 0.08`. The first line is right
by the figure of the second. So where a line is a slip by the figures before it, and a later claim is about something
that it is worked out from, the sheet is judged once in advance, and the slip again after each such claim.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol, TypeAlias

from autograd.claims.tree import DerivativeNode, names_in, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from autograd.claims.claims import Claim, Subject
    from autograd.claims.tree import Segment
    from autograd.claims.worksheet import Worksheet
    from autograd.marking.verdicts import Verdict

MAX_WAITING = 60  # slips that are judged again, as many as are explained
MAX_SOURCES = 100  # later claims after each of which the sources of a slip are as many

Key: TypeAlias = "str | tuple[str, str]"  # a name, or the Y and X of dY/dX


def is_by_figures(verdict: Verdict) -> bool:
    """Return whether a claim is a mistake by the figures before it; a wrong formula is one by itself."""
    return verdict.is_first_mistake and verdict.claim.kind in ("number", "arithmetic")


class Judge(Protocol):
    """A marker at work, as far as it is needed here."""

    def define(self, name: str) -> None:
        """Record a definition."""

    def judge_as_if(self, claim: Claim, written: Collection[Claim]) -> Verdict:
        """Return the verdict on a claim if these claims had been written before it."""

    def judge(self, claim: Claim) -> Verdict:
        """Return the verdict on a claim by the figures so far."""

    def judge_again(self, claim: Claim) -> Verdict:
        """Return the verdict on an earlier claim, which was not settled, by the figures so far."""

    def settle(self, verdict: Verdict) -> None:
        """Record a verdict for the lines after it."""


class LaterFigures:
    """The slips of a sheet that follow from figures written later."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self._position: dict[Claim, int] = {}
        self._stated: dict[Key, list[Claim]] = {}  # the claims on the first line about something
        self._sources: dict[Claim, tuple[set[str], list[set[str]]]] = {}
        self._found: dict[Claim, Verdict] | None = None  # once it was asked for

    @property
    def found_any(self) -> bool:
        """Return whether a slip followed from a later figure."""
        return bool(self._found)

    def verdict(self, slip: Verdict, marker: Judge, fresh: Callable[[], Judge]) -> Verdict:
        """Return the verdict on a slip that may follow from a later figure.

        `marker` has judged all before it; `fresh` returns a marker that has judged nothing.
        """
        if self._found is None:
            sources = self._later_sources(slip.claim)
            if not sources or marker.judge_as_if(slip.claim, sources).is_first_mistake:
                return slip
            self._found = self._judge_in_advance(fresh())
        return self._found.get(slip.claim, slip)

    def _judge_in_advance(self, judge: Judge) -> dict[Claim, Verdict]:
        """Return the slips that are none by the figures after them, with their verdicts.

        A slip waits until all that it is worked out from is written, and what comes after it on its line waits for it.
        It is settled then, or once it is a slip no more.
        """
        found: dict[Claim, Verdict] = {}
        waiting: dict[Claim, set[Claim]] = {}
        behind: dict[Segment, list[Claim]] = {}
        counts: Counter[Claim] = Counter()  # of the sources that are written
        for event in self.sheet.events:
            if isinstance(event, str):
                judge.define(event)
                continue
            before = next((segment for segment in event.before if segment in behind), None)
            if before is not None:
                behind[before].append(event)
                continue
            verdict = judge.judge(event)
            if is_by_figures(verdict) and len(waiting) < MAX_WAITING and (sources := self._later_sources(event)):
                waiting[event], behind[event.segment] = set(sources), []
                continue
            ready = [event]
            while ready:
                source = ready.pop()
                judge.settle(judge.judge_again(source))
                ready += reversed(behind.pop(source.segment, []))
                for claim in [claim for claim, sources in waiting.items() if source in sources]:
                    waiting[claim].discard(source)
                    written = counts[claim] = counts[claim] + 1
                    if waiting[claim] and written & (written - 1):
                        continue  # after 1, 2, 4, 8 … of many, and after the last
                    again = judge.judge_again(claim)
                    if not again.is_first_mistake:
                        found[claim] = again
                    if not again.is_first_mistake or not waiting[claim]:
                        del waiting[claim]
                        ready.append(claim)
        return found

    def _later_sources(self, claim: Claim) -> list[Claim]:
        """Return what is claimed only after a claim, of what this one is worked out from."""
        if not self._position:
            self._read_claims()
        names, paths = self._worked_out_from(claim)
        keys: list[Key] = [*names, *(pair for path in paths for pair in self._pairs(path))]
        stated = [claims for key in keys if (claims := self._stated.get(key))]
        later = [claims for claims in stated if self._position[claims[0]] > self._position[claim]]
        later.sort(key=lambda claims: self._position[claims[0]])
        acyclic = (claims for claims in later if not self._is_source(claim.subject, of=claims[-1]))
        return list(dict.fromkeys(islice(chain.from_iterable(acyclic), MAX_SOURCES)))

    def _pairs(self, path: set[str]) -> Iterable[tuple[str, str]]:
        """Return the derivatives that are claimed of one name on a path by another."""
        if len(path) ** 2 <= len(self._stated):
            return ((of, by) for of in path for by in path)
        pairs = (key for key in self._stated if isinstance(key, tuple))
        return ((of, by) for of, by in pairs if of in path and by in path)

    def _read_claims(self) -> None:
        for at, claim in enumerate(event for event in self.sheet.events if not isinstance(event, str)):
            self._position[claim] = at
            subject = claim.subject
            keys: list[Key] = [subject.name] if subject.name else []
            keys += [(subject.of, subject.by)] if subject.of else []
            for key in keys if subject.name not in self.sheet.givens else ():
                stated = self._stated.setdefault(key, [])
                if not stated or stated[0].line == claim.line:
                    stated.append(claim)

    def _is_source(self, subject: Subject, of: Claim) -> bool:
        """Return whether a claim is worked out from a subject."""
        names, paths = self._worked_out_from(of)
        return subject.name in names or any(subject.of in path and subject.by in path for path in paths)

    def _worked_out_from(self, claim: Claim) -> tuple[set[str], list[set[str]]]:
        """Return the names that a claim is worked out from, and for each derivative those on its paths."""
        if claim not in self._sources:
            trees = [segment.tree for segment in claim.before]
            if claim.subject.name in self.sheet.definitions:
                trees.append(self.sheet.definitions[claim.subject.name].tree)
            nodes = [node for tree in trees for node in walk(tree) if isinstance(node, DerivativeNode)]
            pairs = {(node.of, node.by) for node in nodes} | {(claim.subject.of, claim.subject.by)} - {("", "")}
            paths = [{by, *self.sheet.between(by, of)} for of, by in pairs]
            names = self.sheet.below(name for tree in trees for name in names_in(tree))
            names.update(below for path in paths for name in path for below in (name, *self.sheet.mentioned_by(name)))
            self._sources[claim] = names - {claim.subject.name}, paths
        return self._sources[claim]
