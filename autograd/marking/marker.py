"""The verdict on every claim, in the order of the text; a wrong line counts once, at the first mistake.

The *truth* of a claim is what the engine computes at full precision. What a line should give by the writer's *own
figures* (see `own_figures`) is its *expectation*: the member of the chain before it or, for the first, what the
figures give for its subject. It has an interval (see `intervals`), because written figures are rounded.

- A number is *right* if it is the truth to the digits written.
- Otherwise, inside the interval of its expectation, it is *rounded*, or it *follows* where a mistake is in the
  expectation.
- Outside that interval it is a *slip*.
- A formula is *wrong* if it is not the truth at generic points near the writer's own. It *follows* where it repeats an
  earlier wrong formula or is what the chain rule makes of one.

Slips and wrong formulas are the *first mistakes*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.sampling import agree
from autograd.claims.tree import NumberNode, UnansweredNode
from autograd.errors import ChalkgradError
from autograd.formatting import figures
from autograd.marking.case import DiagnosisCase
from autograd.marking.certain_figures import UNDECIDABLE, CertainFigures
from autograd.marking.diagnosis import diagnose
from autograd.marking.expected_formula import expected_formula
from autograd.marking.helper_intent import interpret_helpers
from autograd.marking.intervals import around, half_unit, written_interval
from autograd.marking.literals import is_significant
from autograd.marking.messages import MAX_ROUNDED, describe_place, describe_places, formula_text, shorten
from autograd.marking.named_figures import named_figures
from autograd.marking.own_figures import ChainRule, OwnFigures
from autograd.marking.verdicts import (
    FOLLOWS,
    RIGHT,
    ROUNDED,
    SLIP,
    UNANSWERED,
    UNDECIDED,
    UNINFORMATIVE,
    WRONG,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node, Segment, TextPlace
    from autograd.claims.worksheet import Worksheet
    from autograd.engine.value import Value
    from autograd.marking.intervals import Interval

MAX_CARRIED = 8  # mistakes that are carried forward one at a time
MAX_DIAGNOSED = 60  # first mistakes that are explained


@dataclass
class Expectation:
    """The value that a claim should have by the writer's own figures.

    `middle` is what the figures give as they are written, `result` the node of that, if there is one. `tree` is the
    member of the chain that it comes from, where the line has one; `inherited` are the mistakes in that.
    """

    own: OwnFigures
    result: Value | None
    middle: float
    source: str
    tree: Node | None = None
    inherited: tuple[Claim, ...] = ()

    @cached_property
    def mistakes(self) -> list[Claim]:
        """Return the mistakes that are in it."""
        return list(self.inherited) or ([] if self.result is None else self.own.mistakes_in(self.result))

    @property
    def interval(self) -> Interval:
        """Return what the figures can give, each in its own interval."""
        return around(self.middle, 0.0) if self.result is None else self.own.interval(self.result)

    def meets(self, other: Interval) -> bool:
        """Return whether the interval meets another one."""
        return other.holds(self.middle) if self.result is None else self.own.reaches(self.result, other)

    def gives(self, value: Value) -> bool:
        """Return whether the interval meets that of a value; the latter is searched only where that decides."""
        return self.meets(self.own.rough_interval(value)) or self.meets(self.own.interval(value))

    @property
    def is_exact(self) -> bool:
        """Return whether no rounded figure can change it."""
        if self.result is not None and self.own.rough_interval(self.result).width > 0:
            return False
        return self.interval.width == 0


class Marker:
    """One pass over a worksheet, each claim judged with what came before it. The worksheet is not changed.

    `sheet` is the worksheet with its helper names read as they are used (see `helper_intent`).
    """

    def __init__(self, worksheet: Worksheet) -> None:
        self.samples = interpret_helpers(worksheet)
        self.sheet = self.samples.worksheet
        self.own = OwnFigures(self.samples)
        self.certain = CertainFigures(self.own)
        self.verdicts: dict[Claim, Verdict] = {}
        self.verdict_of: dict[Segment, Verdict] = {}
        self.arithmetic: dict[Segment, Value] = {}  # its numbers read as the figures that they are
        self.wrong_formulas: list[Claim] = []
        self.sampled: dict[Claim, list[float | None]] = {}  # their numbers and truths at generic points
        self.diagnosed: set[TextPlace] = set()
        self.miscopied: dict[str, Claim] = {}  # the claim in which a number first took the place of another
        self._first: tuple[Claim, Expectation] | None = None

    def mark(self) -> list[Verdict]:
        """Return the verdict on every claim, in the order of the text."""
        for event in self.sheet.events:
            if isinstance(event, str):
                self.own.define(event)
            else:
                verdict = self.judge(event)
                is_new = verdict.is_first_mistake and event.place not in self.diagnosed
                if is_new and len(self.diagnosed) < MAX_DIAGNOSED:
                    self.diagnosed.add(event.place)  # a quantified line has one place for all its indices
                    verdict = self.explained(verdict)
                self.verdicts[event] = self.verdict_of[event.segment] = verdict
                self.record_verdict(verdict)
        return list(self.verdicts.values())

    def explained(self, verdict: Verdict) -> Verdict:
        """Return a first mistake with its diagnosis; a figure miscopied as before follows from that."""
        found = diagnose(self.case(verdict.claim)) if self.certain.in_floats(verdict.claim) else ()
        if verdict.claim.kind == "arithmetic" and found and " stands where " in found[0].text:
            earlier = self.miscopied.setdefault(found[0].text, verdict.claim)
            if earlier is not verdict.claim:
                reason = f"again, as in line {earlier.line}: {found[0]}"
                return verdict._replace(word=FOLLOWS, origins=(earlier,), reason=reason)
        return verdict._replace(diagnosis=found)

    def judge(self, claim: Claim) -> Verdict:
        """Return the verdict on one claim."""
        exact = self.samples.truth(claim)
        if claim.kind == "unanswered":
            return Verdict(claim, UNANSWERED, exact, reason="not answered yet")
        if claim.kind == "number":
            return self.judge_number(claim, exact)
        if claim.kind == "formula" and (self.samples.is_truth(claim) or not self.has_figures(claim, exact)):
            return self.judge_formula(claim, exact)
        return self.judge_arithmetic(claim, exact)

    def has_figures(self, claim: Claim, exact: float) -> bool:
        """Return whether a formula is written partly in figures, so that it can be judged only at these.

        A short number counts as exact unless it was written before as a figure, or makes the line right: −0.6 for o −
        t.
        """
        numbers = [n for n in syntax.walk(claim.segment.tree) if isinstance(n, NumberNode) and not n.exact]
        numbers = [number for number in numbers if number.value not in self.sheet.givens.values()]
        return any(
            is_significant(number) or not self.own.exact.issuperset(self.own.by_number.get(number.value, ()))
            for number in numbers
        ) or (bool(numbers) and agree(self.samples.at_givens.try_number(claim.segment.tree), exact))

    def record_verdict(self, verdict: Verdict) -> None:
        """Record what a claim says, for the lines after it."""
        claim = verdict.claim
        mistakes = verdict.inherited
        if not mistakes and claim.of_figures:  # right, but the figures in it are not
            mistakes = tuple(self.first_expectation(claim).mistakes)
        if claim.number is not None:
            right = verdict.word == RIGHT and agree(verdict.exact, claim.number.value)
            exact = right and not mistakes and self.first_expectation(claim).is_exact
            self.own.record_number(claim, mistakes, verdict.exact, exact=exact)
        elif claim.kind != "unanswered" and (mistakes or claim.subject.of):
            self.own.record_formula(claim.subject, claim.segment.tree, mistakes)
            if verdict.is_first_mistake:
                self.own.record_literals(claim)
            if verdict.word == WRONG and claim.kind == "formula":
                self.wrong_formulas.append(claim)

    def case(self, claim: Claim) -> DiagnosisCase:
        """Return what the diagnosis of a first mistake looks at."""
        base = self.first_expectation(claim)
        wanted: list[Sequence[float | None]] = [self.samples.truths(claim)]
        if claim.kind == "formula":
            if base.tree is not None:  # the member before it, which may be mistaken already
                wanted.insert(0, self.samples.numbers(base.tree))
            wanted += [numbers for _, numbers in self.carried_forward(claim)]
        return DiagnosisCase(claim, self.samples, self.own, base.tree, base.result, base.interval, wanted)

    # -- What a claim should give ---------------------------------------------------------------

    def first_expectation(self, claim: Claim) -> Expectation:
        """Return what the claim should give by the likeliest reading of the writer's own figures."""
        if self._first is None or self._first[0] is not claim:
            self._first = (claim, next(self.expectations(claim)))
        return self._first[1]

    def find_expectation(self, claim: Claim, fits: Callable[[Expectation], bool]) -> Expectation | None:
        """Return the likeliest reading that fits."""
        first = self.first_expectation(claim)
        return first if fits(first) else next(filter(fits, islice(self.expectations(claim), 1, None)), None)

    def expectations(self, claim: Claim) -> Iterator[Expectation]:
        """Yield what the claim should give by the writer's own figures, the likeliest reading of them first."""
        for at in range(len(claim.before) - 1, -1, -1):
            segment = claim.before[at]
            if at == 0 and str(claim.subject):
                break  # the subject itself
            if isinstance(segment.tree, UnansweredNode):
                continue
            result = self.arithmetic[segment] if segment in self.arithmetic else self.own.compute(segment.tree)
            if result is not None:
                inherited = self.verdict_of[segment].inherited if segment in self.verdict_of else ()
                source = f"your {shorten(segment.text)}"
                yield Expectation(self.own, result, float(result.data), source, segment.tree, inherited)
                return
        found = False
        for result in self.own.readings(claim.subject):
            found = True
            from_key = self.sheet.key is not None and not self.own.has_written(claim.subject)
            source = "the key" if from_key else "your figures"
            yield Expectation(self.own, result, float(result.data), source)
        if not found:
            yield Expectation(self.own, None, self.samples.truth(claim), "the sheet")

    # -- Numbers --------------------------------------------------------------------------------

    def judge_number(self, claim: Claim, exact: float) -> Verdict:
        """Return right, rounded, follows or slip."""
        number = claim.number
        assert number is not None
        mine = written_interval(number)
        first = self.first_expectation(claim)
        is_right = self.certain.is_truth(claim, mine)
        if first.tree is not None and syntax.single_number(first.tree) is not None:  # a number after a number
            base = first if first.interval.overlaps(mine) else None
        elif is_right:
            base = self.find_expectation(claim, lambda reading: reading.meets(mine))
        else:  # only what is certain speaks against the writer
            base = self.find_expectation(claim, lambda reading: self.gives_number(reading, claim) is not False)
            if base and self.gives_number(base, claim) is None:
                is_right = None
        first = base or first
        verdict = Verdict(claim, RIGHT, exact, first.middle)
        if is_right is None:
            return verdict._replace(word=UNDECIDED, reason=UNDECIDABLE)
        if is_right:
            if number.value == 0 and not agree(exact + half_unit(number), half_unit(number)):
                reason = f"no digit is left of {figures.number(exact)}; write more of them"
                return verdict._replace(word=UNINFORMATIVE, reason=reason)
            if base is None and first.mistakes:
                gives = self.certain.gives_text(claim, first.tree, first.result)
                return verdict._replace(reason=f"right again: {first.source} would give {gives}")
            return verdict
        expected = self.certain.to_same_digits(self.samples.subject(claim), number)
        if base and not base.mistakes:
            return verdict._replace(word=ROUNDED, reason=f"{expected} when no rounding is carried along")
        if base:
            whose, origins = describe_places(base.mistakes), tuple(base.mistakes)
            if number.value == 0 and self.is_uninformative(base):
                reason = f"0 whatever the line says, because of {whose}; it should be {expected}"
                return verdict._replace(word=UNINFORMATIVE, origins=origins, reason=reason)
            return verdict._replace(word=FOLLOWS, origins=origins, reason=f"from {whose}; it should be {expected}")
        copied = self.own.mistaken_copy(number, claim)
        if copied:
            reason = f"the figure of {describe_place(copied[0])}; it should be {expected}"
            return verdict._replace(word=FOLLOWS, origins=copied, reason=reason)
        should = self.certain.gives_text(claim, first.tree, first.result, MAX_ROUNDED)
        expected = self.certain.to_same_digits(self.samples.subject(claim), number, MAX_ROUNDED)
        gives = "give" if first.source == "your figures" else "gives"
        reason = f"{first.source} {gives} {should}{self.by_chain_rule(claim)}"
        if first.result is None:
            reason = f"it is {expected}"
        elif should != expected:
            reason += f"; from the exact values it is {expected}"
        return verdict._replace(word=SLIP, reason=reason)

    def gives_number(self, reading: Expectation, claim: Claim) -> bool | None:
        """Return whether a reading of the figures gives the number of a claim."""
        assert claim.number is not None
        return self.certain.gives(claim, reading.tree, reading.result, claim.number)

    def is_uninformative(self, base: Expectation) -> bool:
        """Return whether a mistaken figure of exactly 0 or 1 has made it 0, whatever the rest was."""
        if base.result is None or base.result.data != 0:
            return False
        return any(node.data in (0, 1) and node in self.own.mistakes for node in self.own.graph(base.result).order)

    # -- Arithmetic -----------------------------------------------------------------------------

    def judge_arithmetic(self, claim: Claim, exact: float) -> Verdict:
        """Return the verdict on figures put together: right if they are the ones that belong there."""
        first = self.first_expectation(claim)
        verdict = Verdict(claim, RIGHT, exact, first.middle)
        result = self.own.compute(claim.segment.tree, near=first.result)
        is_right = self.certain.is_arithmetic_right(claim, result)
        if is_right is None:
            return verdict._replace(word=UNDECIDED, reason=UNDECIDABLE)
        if result is None:
            return verdict if is_right else verdict._replace(word=WRONG, reason="this cannot be computed")
        self.arithmetic[claim.segment] = result
        if is_right and not first.mistakes:
            return verdict
        base = self.find_expectation(claim, lambda reading: self.gives(reading, claim, result))
        if is_right:
            if base is None:
                gives = figures.number(first.middle)
                return verdict._replace(reason=f"right again: {first.source} would give {gives}")
            return verdict
        copied = self.own.mistakes_in(result)
        if base:
            mistakes = copied or base.mistakes
            if not mistakes:
                return verdict._replace(word=ROUNDED, reason="the rounding of earlier lines is carried along")
            return verdict._replace(word=FOLLOWS, origins=tuple(mistakes), reason=f"from {describe_places(mistakes)}")
        if copied and self.own.repaired(result).holds(exact):
            return verdict._replace(word=FOLLOWS, origins=tuple(copied), reason=f"from {describe_places(copied)}")
        mine = self.certain.quantity(claim, claim.segment.tree, result)
        if first.tree is not None:
            before, gives = self.certain.apart(self.certain.quantity(claim, first.tree, first.result), mine, claim)
            return verdict._replace(word=SLIP, reason=f"{first.source} gives {before}, and this gives {gives}")
        gives, should = self.certain.apart(mine, self.samples.subject(claim), claim)
        return verdict._replace(word=WRONG, reason=f"this gives {gives}; {claim.about} is {should}")

    def gives(self, reading: Expectation, claim: Claim, result: Value) -> bool:
        """Return whether a reading of the figures may give what the arithmetic of a claim does."""
        if reading.result is None or not self.certain.is_exact(result) or not self.certain.is_exact(reading.result):
            return reading.gives(result)
        return self.certain.is_same(claim, result, reading.tree, reading.result) is not False

    # -- Formulas -------------------------------------------------------------------------------

    def judge_formula(self, claim: Claim, exact: float) -> Verdict:
        """Return right if the formula is the truth at every generic point; otherwise whose mistake it is."""
        tree = claim.segment.tree
        result = self.own.compute(tree)
        verdict = Verdict(claim, RIGHT, exact, None if result is None else result.data)
        before = [self.verdict_of[segment] for segment in claim.before[:0:-1] if segment in self.verdict_of]
        if self.samples.is_truth(claim):
            wrong = next((v for v in before if v.is_first_mistake and v.claim.kind == "formula"), None)
            if wrong:
                return verdict._replace(reason=f"right again, after {shorten(wrong.claim.segment.text)}")
            same = (m for m in reversed(self.wrong_formulas) if m.subject == claim.subject and str(m.subject))
            earlier = next(same, None)
            if earlier and not self.is_right_again(claim):
                return verdict._replace(reason=f"right again, after {describe_place(earlier)}")
            return verdict
        for other in before:
            if other.inherited and self.samples.same(tree, other.claim.segment.tree):
                reason = f"the same as {shorten(other.claim.segment.text)}"
                return verdict._replace(word=FOLLOWS, origins=other.inherited, reason=reason)
        left_out = self.samples.simplified_by(claim)
        if left_out:
            givens = [f"{name} = {figures.number(self.sheet.givens[name])}" for name in left_out]
            return verdict._replace(reason=f"as {', '.join(givens)}")
        named = named_figures(self.own, claim)
        if named:
            return verdict._replace(reason=named)
        cause = self.repeated_mistake(claim) or self.carried_mistake(claim) if self.certain.in_floats(claim) else None
        if cause:
            return verdict._replace(word=FOLLOWS, origins=(cause,), reason=f"from {describe_place(cause)}")
        if self.samples.is_truth(claim) is None:
            return verdict._replace(word=UNDECIDED, reason=UNDECIDABLE)
        return verdict._replace(word=WRONG, reason=self.why_wrong(claim))

    def by_chain_rule(self, claim: Claim) -> str:
        """Return one step of the chain rule in words, for a derivative with nothing before it on the line."""
        if not claim.subject.of or len(claim.before) > 1:
            return ""
        tree = expected_formula(self.samples, claim.subject.of, claim.subject.by)
        text = "…" if tree is None else formula_text(tree)
        return "" if text.endswith("…") else f" by {text}"  # a longer one helps nobody

    def is_right_again(self, claim: Claim) -> bool:
        """Return whether the last claim about the subject was right."""
        for verdict in reversed(self.verdicts.values()):
            if verdict.claim.subject == claim.subject and verdict.claim.kind != "unanswered":
                return verdict.word in (RIGHT, ROUNDED)
        return False

    def why_wrong(self, claim: Claim) -> str:
        """Return what the formula gives and what it should, in words."""
        given = self.certain.quantity(claim, claim.segment.tree)
        shown, should = self.certain.apart(given, self.samples.subject(claim), claim)
        gives = f"gives {shown}" if shown else "cannot be computed here"
        last = self.verdict_of.get(claim.before[-1])
        before = self.samples.at_givens.try_number(claim.before[-1].tree)
        if last and last.inherited and before is not None:
            own = f"your {shorten(claim.before[-1].text)} gives {figures.number(before)}"
            return f"{own}, and this {gives}; {claim.about} is {should}"
        if claim.use is not None:
            derivative = claim.subject.of and f"d{claim.subject.of}/d{claim.subject.by}"
            what = f"{claim.about} is used as {derivative} in line {claim.use.line}"
            return f"{what}, which is {should}; this {gives}"
        if not str(claim.subject):
            return f"this {gives}, and {shorten(claim.about)} is {should}"
        rule = self.by_chain_rule(claim).removeprefix(" by ")
        mine = self.own.compute(claim.segment.tree)
        if shown and mine is not None and self.own.mistakes_in(mine):  # its number may even be right
            gives = f"would give {shown} with the right figures"
        if shown == should:
            what = f"; {claim.about} is {rule}" if rule else ""
            return f"this is not {claim.about}: it gives {should} too, but only at these numbers{what}"
        return f"this is not {claim.about}: it {gives}, and {claim.about} is {f'{rule} = ' if rule else ''}{should}"

    def repeated_mistake(self, claim: Claim) -> Claim | None:
        """Return the wrong formula that this one repeats about the same quantity, however it is written."""
        here = [*self.samples.numbers(claim.segment.tree), *self.samples.truths(claim)]
        self.sampled[claim] = here
        for mistake in self.wrong_formulas:
            there = self.sampled.get(mistake)
            if there and all(map(agree, here, there)):
                return mistake
        return None

    def carried_mistake(self, claim: Claim) -> Claim | None:
        """Return the earlier wrong formula that this one carries forward, if the chain rule over it gives this one."""
        here = self.samples.numbers(claim.segment.tree)
        for mistake, numbers in self.carried_forward(claim):
            if all(map(agree, here, numbers)):
                return mistake
        return None

    def carried_forward(self, claim: Claim) -> list[tuple[Claim, list[float | None]]]:
        """Return what the chain rule makes of the mistaken derivatives so far, of all together and of each.

        A mistake that the formula takes over by name is not in the formula but in the figures of that name.
        """
        of, by = claim.subject.of, claim.subject.by
        if not of:
            return []
        result = self.own.compute(claim.segment.tree)
        by_name = [] if result is None else self.own.mistakes_in(result)
        inside = {by, *self.sheet.between(by, of)}
        mistakes = [m for m in self.wrong_formulas if m.subject.of in inside and m.subject.by in inside]
        mistakes = [m for m in mistakes if (m.subject.of, m.subject.by) != (of, by) and m not in by_name]
        groups = [[mistake] for mistake in mistakes[-MAX_CARRIED:]]
        if len(mistakes) > 1:
            groups.insert(0, mistakes)
        truths = self.samples.truths(claim)
        carried = [(group[0], self._with_mistakes(of, by, group)) for group in groups]
        return [(mistake, numbers) for mistake, numbers in carried if not all(map(agree, numbers, truths))]

    def _with_mistakes(self, of: str, by: str, mistakes: list[Claim]) -> list[float | None]:
        found: list[float | None] = []
        for point in self.samples.points:
            known = {(m.subject.of, m.subject.by): point.try_number(m.segment.tree) for m in mistakes}
            rule = ChainRule(self.samples, point, point.values.__getitem__, known)
            try:
                found.append(float(rule.derivative(of, by).data))
            except (ChalkgradError, TypeError):  # a mistake that cannot be computed there
                found.append(None)
        return found
