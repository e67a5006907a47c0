"""Claims against the engine: one verdict a claim, and a wrong line counted once, at its root.

The *truth* of a claim is what the engine computes at full precision. What the line should give by
the writer's *own figures* (`figures`) is its *base*: the member of the chain before it, or, for the
first, what the figures say of its subject. The *window* of the base (`windows`) is what it can give
when every figure in it runs through the interval that it stands for.

- a number is *right* if it is the truth to the digits written;
- else, inside the window of its base it is *rounded*, or it *follows* where a mistake is in the base;
- outside the window it is a *slip*;
- a formula is *wrong* if it is not the truth at generic points, near the sheet's own; it *follows*
  where it says an earlier wrong formula again, or is what the chain rule makes of one.

Slips and wrong formulas are the *roots*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.sampling import agree
from autograd.claims.tree import Number, Unanswered
from autograd.engine.graph import topological_order
from autograd.errors import ChalkgradError
from autograd.formatting import escapes, figures
from autograd.marking.chainrule import ChainRule
from autograd.marking.diagnosis import Case, Mistake, diagnose
from autograd.marking.expected_formula import natural_formula
from autograd.marking.helper_intent import read_as_used
from autograd.marking.intervals import Window, half_unit, written_window
from autograd.marking.messages import written
from autograd.marking.own_figures import OwnFigures, telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node, Segment
    from autograd.engine.value import Value
    from autograd.sheet.sheet import Sheet

RIGHT, ROUNDED, FOLLOWS = "right", "rounded", "follows"
SLIP, WRONG = "slip", "wrong"
MOST_CARRIED = 8  # mistakes that are carried on one at a time
MOST_PLACES = 5  # lines that one follows from, in a message
MOST_DIAGNOSED = 60  # roots that are explained

UNANSWERED, UNINFORMATIVE = "unanswered", "uninformative"


@dataclass(frozen=True)
class Verdict:
    """One claim and what is said about it.

    `exact` is the truth; `own` is what the writer's own figures give (None where nothing says);
    `origins` are the claims that this one follows from, the first of them its `root`; `reason` says it
    in words, `diagnosis` names the mistakes that would explain a root.
    """

    claim: Claim
    word: str
    exact: float
    own: float | None = None
    origins: tuple[Claim, ...] = ()
    reason: str = ""
    diagnosis: tuple[Mistake, ...] = ()

    @property
    def is_root(self) -> bool:
        """Whether this is a mistake of its own."""
        return self.word in (SLIP, WRONG)

    @property
    def root(self) -> Claim | None:
        """The first of the mistakes that this follows from."""
        return self.origins[0] if self.origins else None

    @property
    def blame(self) -> tuple[Claim, ...]:
        """The mistakes that later lines inherit from this one: its own or those it follows from."""
        return (self.claim,) if self.is_root else self.origins


@dataclass(frozen=True)
class Base:
    """What a claim should come from: its window by the writer's own figures, and the mistakes in it.

    `tree` is the member of the chain that it comes from, where the line itself has one.
    """

    result: Value | None
    window: Window
    blamed: list[Claim]
    source: str
    tree: Node | None = None


class Marker:
    """One pass over a sheet in the order of its lines, each claim judged with what came before."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.worlds = read_as_used(sheet)
        self.own = OwnFigures(self.worlds)
        self.verdicts: dict[Claim, Verdict] = {}
        self.said: dict[Segment, Verdict] = {}
        self.read: dict[Segment, Value] = {}  # arithmetic, its numbers read as the figures they are
        self.mistakes: list[Claim] = []  # wrong formulas
        self.everywhere: dict[Claim, list[float | None]] = {}  # what they give at generic points, and the truth
        self.diagnosed: set[tuple[int, int]] = set()
        self.miscopied: dict[str, Claim] = {}  # where a number was first put in the place of another

    def mark(self) -> list[Verdict]:
        """Every claim's verdict, in the order of the text."""
        for event in self.sheet.events:
            if isinstance(event, str):
                self.own.define(event)
            else:
                verdict = self.judge(event)
                place = (event.line, event.place.column)  # of a quantified line, one for every index
                if verdict.is_root and place not in self.diagnosed and len(self.diagnosed) < MOST_DIAGNOSED:
                    self.diagnosed.add(place)
                    verdict = self.explained(verdict)
                self.verdicts[event] = self.said[event.segment] = verdict
                self.take_down(verdict)
        return list(self.verdicts.values())

    def explained(self, verdict: Verdict) -> Verdict:
        """A root with its diagnosis; a figure miscopied again, for the same name, is the mistake that it was before."""
        found = diagnose(self.case(verdict))
        if verdict.claim.kind == "arithmetic" and found and " stands where " in found[0].text:
            earlier = self.miscopied.setdefault(found[0].text, verdict.claim)
            if earlier is not verdict.claim:
                reason = f"again, as in line {earlier.line}: {found[0]}"
                return replace(verdict, word=FOLLOWS, origins=(earlier,), reason=reason)
        return replace(verdict, diagnosis=found)

    def judge(self, claim: Claim) -> Verdict:
        """The verdict on one claim."""
        exact = self.sheet.truth(claim, self.worlds.home)
        if claim.kind == "unanswered":
            return Verdict(claim, UNANSWERED, exact, reason="not answered yet")
        if claim.kind == "number":
            return self.judge_number(claim, exact)
        if claim.kind == "formula" and (self.worlds.is_truth(claim) or not self.has_figures(claim, exact)):
            return self.judge_formula(claim, exact)
        return self.judge_arithmetic(claim, exact)

    def has_figures(self, claim: Claim, exact: float) -> bool:
        """Whether it is written partly in figures, and so can be judged only where they hold.

        A short one is meant exactly, if it is no figure that was written before: −0.6, worked out for
        o − t, is one if it makes the line right.
        """
        numbers = [part for part in syntax.walk(claim.segment.tree) if isinstance(part, Number) and not part.exact]
        numbers = [number for number in numbers if number.value not in self.sheet.givens.values()]
        return any(
            telling(number) or not self.own.exactly.issuperset(self.own.written.get(number.value, ()))
            for number in numbers
        ) or (bool(numbers) and agree(self.worlds.home.try_number(claim.segment.tree), exact))

    def take_down(self, verdict: Verdict) -> None:
        """Let later lines use what this one says."""
        claim = verdict.claim
        blame = verdict.blame
        if not blame and claim.of_figures:  # right, as arithmetic on figures that were not
            blame = tuple(next(self.bases(claim)).blamed)
        if claim.number is not None:
            right = verdict.word == RIGHT and agree(verdict.exact, claim.number.value)
            exactly = right and not blame and next(self.bases(claim)).window.width == 0
            self.own.note(claim, blame, exactly=exactly)
        elif claim.kind != "unanswered" and (blame or claim.subject.of):
            self.own.note_formula(claim.subject, claim.segment.tree, blame)
            if verdict.is_root:
                self.own.note_literals(claim)
            if verdict.word == WRONG and claim.kind == "formula":
                self.mistakes.append(claim)

    def case(self, verdict: Verdict) -> Case:
        """What the diagnosis of a root looks at."""
        claim = verdict.claim
        base = next(self.bases(claim))
        wanted: list[Sequence[float | None]] = [self.worlds.truths(claim)]
        if claim.kind == "formula":
            if base.tree is not None:  # the writer's own, if a mistake is in it already
                wanted.insert(0, self.worlds.numbers(base.tree))
            wanted += [numbers for _, numbers in self.carried_on(claim)]
        return Case(claim, self.worlds, self.own, base.tree, base.result, base.window, wanted)

    # -- what a claim should come from

    def bases(self, claim: Claim) -> Iterator[Base]:
        """What the claim should be by the writer's own figures; the likeliest reading of them first."""
        for at in range(len(claim.before) - 1, -1, -1):
            segment = claim.before[at]
            if at == 0 and str(claim.subject):
                break  # the subject itself
            if isinstance(segment.tree, Unanswered):
                continue
            result = self.read.get(segment) or self.own.compute(segment.tree)
            if result is not None:
                said = self.said.get(segment)
                blamed = list(said.blame) if said and said.blame else self.own.blamed(result)
                yield Base(result, self.own.window(result), blamed, f"your {shortened(segment.text)}", segment.tree)
                return
        found = False
        for result in self.own.readings(claim.subject):
            found = True
            key = self.sheet.key is not None and not self.own.has_written(claim.subject)
            source = "the key" if key else "your figures"
            yield Base(result, self.own.window(result), self.own.blamed(result), source)
        if not found:
            exact = self.sheet.truth(claim, self.worlds.home)
            yield Base(None, Window(exact, exact, exact), [], "the sheet")

    # -- numbers

    def judge_number(self, claim: Claim, exact: float) -> Verdict:
        """Right, rounded, follows or slip."""
        number = claim.number
        assert number is not None
        mine = written_window(number)
        bases = self.bases(claim)
        first = next(bases)
        if first.tree is not None and syntax.written(first.tree) is not None:  # a number after a number
            base = first if first.window.overlaps(mine) else None
        else:
            base = next((reading for reading in chain([first], bases) if reading.window.meets(mine)), None)
        first = base or first
        expected = like(exact, number)
        verdict = Verdict(claim, RIGHT, exact, first.window.middle)
        if mine.holds(exact):
            if number.value == 0 and not agree(exact + half_unit(number), half_unit(number)):
                reason = f"no digit is left of {figures.number(exact)}; write more of them"
                return replace(verdict, word=UNINFORMATIVE, reason=reason)
            if base is None and first.blamed:
                reason = f"right again: {first.source} would give {like(first.window.middle, number)}"
                return replace(verdict, reason=reason)
            return verdict
        if base and not base.blamed:
            return replace(verdict, word=ROUNDED, reason=f"{expected} when no rounding is carried along")
        if base:
            whose, origins = places_of(base.blamed), tuple(base.blamed)
            if number.value == 0 and self.nothing_left(base):
                reason = f"0 whatever the line says, because of {whose}; it should be {expected}"
                return replace(verdict, word=UNINFORMATIVE, origins=origins, reason=reason)
            return replace(verdict, word=FOLLOWS, origins=origins, reason=f"from {whose}; it should be {expected}")
        copied = self.own.mistaken_copy(number, claim)
        if copied:
            reason = f"the figure of {place_of(copied[0])}; it should be {expected}"
            return replace(verdict, word=FOLLOWS, origins=copied, reason=reason)
        should = like(first.window.middle, number)
        gives = "give" if first.source == "your figures" else "gives"
        reason = f"{first.source} {gives} {should}{self.by_chain_rule(claim)}"
        if first.result is None:
            reason = f"it is {expected}"
        elif should != expected:
            reason += f"; from the exact values it is {expected}"
        return replace(verdict, word=SLIP, reason=reason)

    def nothing_left(self, base: Base) -> bool:
        """Whether a mistaken figure of exactly 0 or 1 has made it 0, whatever the rest was."""
        if base.result is None or base.result.data != 0:
            return False
        return any(node.data in (0, 1) and node in self.own.blame for node in topological_order(base.result))

    # -- arithmetic

    def judge_arithmetic(self, claim: Claim, exact: float) -> Verdict:
        """Numbers put together: right where they are the numbers that belong there."""
        bases = self.bases(claim)
        first = next(bases)
        verdict = Verdict(claim, RIGHT, exact, first.window.middle)
        result = self.own.compute(claim.segment.tree, near=first.result)
        if result is not None:
            self.read[claim.segment] = result
        if result is None:
            return replace(verdict, word=WRONG, reason="this cannot be computed")
        window = self.own.window(result)
        base = next((reading for reading in chain([first], bases) if reading.window.meets(window)), None)
        if window.holds(exact):
            if base is None and first.blamed:
                gives = figures.number(first.window.middle)
                return replace(verdict, reason=f"right again: {first.source} would give {gives}")
            return verdict
        copied = self.own.blamed(result)
        if base:
            blamed = copied or base.blamed
            if not blamed:
                return replace(verdict, word=ROUNDED, reason="the rounding of earlier lines is carried along")
            return replace(verdict, word=FOLLOWS, origins=tuple(blamed), reason=f"from {places_of(blamed)}")
        if copied and self.own.repaired(result).holds(exact):
            return replace(verdict, word=FOLLOWS, origins=tuple(copied), reason=f"from {places_of(copied)}")
        if first.tree is not None:
            before, gives = figures.apart(first.window.middle, window.middle)
            reason = f"{first.source} gives {before}, and this gives {gives}"
            return replace(verdict, word=SLIP, reason=reason)
        gives, should = figures.apart(window.middle, exact)
        reason = f"this gives {gives}; {claim.about} is {should}"
        return replace(verdict, word=WRONG, reason=reason)

    # -- formulas

    def judge_formula(self, claim: Claim, exact: float) -> Verdict:
        """Right if it is the truth at every generic point; else whose mistake it is."""
        tree = claim.segment.tree
        result = self.own.compute(tree)
        verdict = Verdict(claim, RIGHT, exact, None if result is None else result.data)
        before = [self.said[segment] for segment in claim.before[1:] if segment in self.said]
        if self.worlds.is_truth(claim):
            wrong = next((said for said in reversed(before) if said.is_root and said.claim.kind == "formula"), None)
            if wrong:
                return replace(verdict, reason=f"right again, after {shortened(wrong.claim.segment.text)}")
            earlier = next((m for m in reversed(self.mistakes) if m.subject == claim.subject and str(m.subject)), None)
            if earlier and not self.back_again(claim):
                return replace(verdict, reason=f"right again, after {place_of(earlier)}")
            return verdict
        for said in reversed(before):
            if said.blame and self.worlds.same(tree, said.claim.segment.tree):
                reason = f"the same as {shortened(said.claim.segment.text)}"
                return replace(verdict, word=FOLLOWS, origins=said.blame, reason=reason)
        left_out = self.worlds.simplified_by(claim)
        if left_out:
            return replace(verdict, reason=f"as {', '.join(map(self.as_given, left_out))}")
        root = self.said_before(claim) or self.copied_from(claim)
        if root:
            return replace(verdict, word=FOLLOWS, origins=(root,), reason=f"from {place_of(root)}")
        return replace(verdict, word=WRONG, reason=self.why_wrong(claim, exact))

    def as_given(self, name: str) -> str:
        """A given with its number: y = 0."""
        return f"{name} = {figures.number(self.sheet.givens[name])}"

    def by_chain_rule(self, claim: Claim) -> str:
        """For a derivative with nothing before it on the line: one step of the chain rule, in words."""
        if not claim.subject.of or len(claim.before) > 1:
            return ""
        tree = natural_formula(self.worlds, claim.subject.of, claim.subject.by)
        text = "…" if tree is None else written(tree)
        return "" if text.endswith("…") else f" by {text}"  # too long to be followed

    def back_again(self, claim: Claim) -> bool:
        """Whether something right was said of the subject since it was said wrongly."""
        for verdict in reversed(self.verdicts.values()):
            if verdict.claim.subject == claim.subject and verdict.claim.kind != "unanswered":
                return verdict.word in (RIGHT, ROUNDED)
        return False

    def why_wrong(self, claim: Claim, exact: float) -> str:
        """In words: what the formula gives, and what it should."""
        here = self.worlds.home.try_number(claim.segment.tree)
        shown, should = ("", figures.number(exact)) if here is None else figures.apart(here, exact)
        gives = f"gives {shown}" if shown else "cannot be computed here"
        last = self.said.get(claim.before[-1])
        before = self.worlds.home.try_number(claim.before[-1].tree)
        if last and last.blame and before is not None:
            own = f"your {shortened(claim.before[-1].text)} gives {figures.number(before)}"
            return f"{own}, and this {gives}; {claim.about} is {should}"
        if claim.use is not None:
            what = f"{claim.about} is used as {claim.subject.of and f'd{claim.subject.of}/d{claim.subject.by}'}"
            return f"{what} in line {claim.use.line}, which is {should}; this {gives}"
        if not str(claim.subject):
            return f"this {gives}, and {shortened(claim.about)} is {should}"
        rule = self.by_chain_rule(claim).removeprefix(" by ")
        rule = f"{rule} = " if rule else ""
        mine = self.own.compute(claim.segment.tree)
        if shown and mine is not None and self.own.blamed(mine):  # its number may even be right
            gives = f"would give {shown} with the right figures"
        if shown == should:
            what = f"; {claim.about} is {rule.removesuffix(' = ')}" if rule else ""
            return f"this is not {claim.about}: it gives {should} too, but only at these numbers{what}"
        return f"this is not {claim.about}: it {gives}, and {claim.about} is {rule}{should}"

    def said_before(self, claim: Claim) -> Claim | None:
        """The wrong formula that this one says again, about the same thing, in whatever words."""
        here = [*self.worlds.numbers(claim.segment.tree), *self.worlds.truths(claim)]
        self.everywhere[claim] = here
        for mistake in self.mistakes:
            there = self.everywhere.get(mistake)
            if there and all(agree(mine, theirs) for mine, theirs in zip(here, there)):
                return mistake
        return None

    def copied_from(self, claim: Claim) -> Claim | None:
        """The earlier wrong formula that this one carries on, if the chain rule over it gives this one."""
        here = self.worlds.numbers(claim.segment.tree)
        for mistake, numbers in self.carried_on(claim):
            if all(agree(number, carried) for number, carried in zip(here, numbers)):
                return mistake
        return None

    def carried_on(self, claim: Claim) -> list[tuple[Claim, list[float | None]]]:
        """What the chain rule makes of the mistaken derivatives so far, at the generic points: all of them, or one.

        A mistake that the formula takes over by name is not in the formula but in the figures of that name.
        """
        if not claim.subject.of:
            return []
        result = self.own.compute(claim.segment.tree)
        by_name = [] if result is None else self.own.blamed(result)
        subject = (claim.subject.of, claim.subject.by)
        inside = {claim.subject.by, *self.sheet.between(claim.subject.by, claim.subject.of)}
        mistakes = [m for m in self.mistakes if m.subject.of in inside and m.subject.by in inside]
        mistakes = [m for m in mistakes if (m.subject.of, m.subject.by) != subject and m not in by_name]
        groups = [[mistake] for mistake in mistakes[-MOST_CARRIED:]]
        if len(mistakes) > 1:
            groups.insert(0, mistakes)
        found = []
        truths = self.worlds.truths(claim)
        for group in groups:
            numbers = self._by_mistakes(claim, group)
            if not all(agree(number, truth) for number, truth in zip(numbers, truths)):
                found.append((group[0], numbers))
        return found

    def _by_mistakes(self, claim: Claim, mistakes: list[Claim]) -> list[float | None]:
        found: list[float | None] = []
        for world in self.worlds.points:
            known = {(m.subject.of, m.subject.by): world.try_number(m.segment.tree) for m in mistakes}
            rule = ChainRule(self.worlds, world, world.values.__getitem__, known)
            try:
                found.append(float(rule.derivative(claim.subject.of, claim.subject.by).data))
            except (ChalkgradError, TypeError):  # a mistake that cannot be computed there
                found.append(None)
        return found


def like(exact: float, number: Number) -> str:
    """A number to the digits that another is written with; a whole one is shown as it is."""
    mantissa, _, exponent = number.text.partition("e")
    if number.exact:
        return figures.number(float(exact))
    decimals = len(mantissa.partition(".")[2])
    return f"{exact:.{decimals}{'e' if exponent else 'f'}}".replace("-", figures.MINUS)


def place_of(claim: Claim) -> str:
    """Where a claim stands, for a message."""
    index = f" ({claim.index})" if claim.index else ""
    return f"line {claim.line}{index}, {claim.about} = {shortened(claim.segment.text)}"


def places_of(claims: Sequence[Claim]) -> str:
    """Where several claims stand, the first of them said whole."""
    lines = sorted({claim.line for claim in claims[1:]} - {claims[0].line})
    also = f", and line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:MOST_PLACES]))}" if lines else ""
    return place_of(claims[0]) + also + (", …" if len(lines) > MOST_PLACES else "")


def shortened(text: str, width: int = 40) -> str:
    """At most so many characters of a text."""
    text = escapes.plain(text)
    return text if len(text) <= width else text[: width - 1] + "…"
