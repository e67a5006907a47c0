"""The verdict on one claim, by what the writer wrote before it.

The *truth* of a claim is what the engine computes at full precision. What a line should give by the writer's *own
figures* (see `own_figures`) is its *expectation*: the member of the chain before it or, for the first, what the
figures give for its subject. It has an interval (see `intervals`), because written figures are rounded.

- A number is *right* if it is the truth to the digits written.
- Otherwise, inside the interval of its expectation, it is *rounded*, or it *follows* where a mistake is in the
  expectation.
- Outside that interval it is a *slip*.
- A formula is *wrong* if it is not the truth at generic points near the writer's own. It *follows* where it repeats an
  earlier wrong formula or is what the chain rule makes of one.
"""

from __future__ import annotations

import math
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.sampling import SamplePoints, agree
from autograd.claims.tree import MisshapenNode, NumberNode, UnansweredNode, UnreadableNode
from autograd.formatting import figures
from autograd.marking.array_mistakes import ArrayMistakes
from autograd.marking.budget import DiagnosisBudget, WorkLimitError
from autograd.marking.carried import CarriedMistakes
from autograd.marking.case import DiagnosisCase
from autograd.marking.certain_figures import UNDECIDABLE, CertainFigures
from autograd.marking.compensation import Compensation
from autograd.marking.expectation import Expectation
from autograd.marking.expected_formula import expected_formula
from autograd.marking.helper_intent import interpret_helpers
from autograd.marking.implicit import ImplicitDerivatives
from autograd.marking.intervals import half_unit, written_interval
from autograd.marking.later_figures import LaterFigures
from autograd.marking.literals import is_significant
from autograd.marking.messages import (
    MAX_ROUNDED,
    describe_lines,
    describe_place,
    describe_places,
    formula_text,
    shorten,
)
from autograd.marking.named_figures import named_figures
from autograd.marking.own_figures import OwnFigures
from autograd.marking.partials import read_partials
from autograd.marking.repeated_slips import RepeatedSlips
from autograd.marking.updates import take_wrong_updates, wrong_updates
from autograd.marking.usual_forms import UsualForms, usual_readings
from autograd.marking.verdicts import (
    FOLLOWS,
    NOT_JUDGED,
    RIGHT,
    ROUNDED,
    SLIP,
    UNANSWERED,
    UNDECIDED,
    UNINFORMATIVE,
    UNREADABLE,
    WRONG,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.tree import Segment, TextPlace
    from autograd.claims.worksheet import Worksheet
    from autograd.engine.value import Value

SAYS_NOTHING = ("unanswered", "unreadable")  # kinds of claims


class ClaimJudge:
    """Judges the next claim of a worksheet by what was written so far. It records nothing itself.

    `sheet` is the worksheet with its helper names read as they are used (see `helper_intent`).
    """

    def __init__(self, worksheet: Worksheet) -> None:
        self.partials = read_partials(worksheet)
        samples = self.partials.samples or SamplePoints(self.partials.worksheet)
        wrong = wrong_updates(samples)
        samples = interpret_helpers(self.partials.worksheet, samples)
        self.samples, self.updates = take_wrong_updates(samples, wrong)
        self.sheet = self.samples.worksheet
        self.later = LaterFigures(self.sheet)
        self.budget = DiagnosisBudget()
        self._begin()

    def _begin(self) -> None:
        """Forget all verdicts and figures."""
        self.own = OwnFigures(self.samples)
        self.certain = CertainFigures(self.own)
        self.implicit = ImplicitDerivatives(self.own)
        self.compensation = Compensation(self.samples)
        self.usual_forms = UsualForms(self.samples)
        self.array_mistakes = ArrayMistakes(self.samples, self.case)
        self.repeated_slips = RepeatedSlips(self.own)
        self.verdicts: dict[Claim, Verdict] = {}
        self.verdict_of: dict[Segment, Verdict] = {}
        self.arithmetic: dict[Segment, Value | None] = {}  # its numbers read as the figures that they are
        self.wrong_formulas: list[Claim] = []
        self.carried = CarriedMistakes(self.own, self.partials)
        self.sampled: dict[Claim, list[float | None]] = {}  # their numbers and truths at generic points
        self.made_up: dict[Claim, list[Claim]] = {}  # right formulas, with the mistakes that they make up for
        self.diagnosed: set[TextPlace] = set()
        self.miscopied: dict[str, Claim] = {}  # the claim in which a number first took the place of another
        self._first: tuple[Claim, Expectation] | None = None

    def judge(self, claim: Claim) -> Verdict:
        """Return the verdict on one claim."""
        tree = claim.segment.tree
        if isinstance(tree, UnreadableNode):
            if isinstance(tree, MisshapenNode):
                return self.judge_misshapen(claim, tree)
            word = NOT_JUDGED if tree.needs else UNREADABLE
            return Verdict(claim, word, math.nan, reason=tree.reason)
        exact = self.samples.truth(claim)
        if claim.kind == "unanswered":
            return Verdict(claim, UNANSWERED, exact, reason="not answered yet")
        if claim.kind == "number":
            return self.judge_number(claim, exact)
        if claim.kind == "formula" and (
            claim in self.updates or self.samples.is_truth(claim) or not self.has_figures(claim, exact)
        ):
            return self.judge_formula(claim, exact)
        return self.judge_arithmetic(claim, exact)

    def judge_misshapen(self, claim: Claim, tree: MisshapenNode) -> Verdict:
        """Return wrong for an array of another shape; what it is claimed to be further on has that shape, too."""
        before = [self.verdict_of[segment] for segment in claim.before if segment in self.verdict_of]
        cause = next((v.claim for v in before if isinstance(v.claim.segment.tree, MisshapenNode)), None)
        verdict = Verdict(claim, WRONG, math.nan, reason=tree.reason)
        if cause is None or self.verdict_of[cause.segment].reason != tree.reason:
            return verdict
        return verdict._replace(word=FOLLOWS, origins=(cause,), reason=f"from {describe_place(cause)}")

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

    def case(self, claim: Claim) -> DiagnosisCase:
        """Return what the diagnosis of a first mistake looks at."""
        base = self.first_expectation(claim)
        wanted: list[Sequence[float | None]] = [self.samples.truths(claim)]
        if claim.kind == "formula":
            if base.tree is not None:  # the member before it, which may be mistaken already
                wanted.insert(0, self.samples.numbers(base.tree))
            wanted += [numbers for _, numbers in self.carried.forward(claim)]
            slope = self.partials.other_formula(claim)
            wanted += [] if slope is None else [self.samples.numbers(slope)]
        return DiagnosisCase(claim, self.samples, self.own, base.tree, base.result, base.interval, wanted, self.budget)

    # -- What a claim should give ---------------------------------------------------------------

    def first_expectation(self, claim: Claim) -> Expectation:
        """Return what the claim should give by the likeliest reading of the writer's own figures."""
        if self._first is None or self._first[0] is not claim:
            self._first = (claim, next(self.expectations(claim)))
        return self._first[1]

    def find_expectation(self, claim: Claim, fits: Callable[[Expectation], bool]) -> Expectation | None:
        """Return the likeliest reading that fits."""
        first = self.first_expectation(claim)
        if fits(first):
            return first
        return None if first.tree is not None else next(filter(fits, islice(self.expectations(claim), 1, None)), None)

    def expectations(self, claim: Claim) -> Iterator[Expectation]:
        """Yield what the claim should give by the writer's own figures, the likeliest reading of them first."""
        for at in range(len(claim.before) - 1, -1, -1):
            segment = claim.before[at]
            if at == 0 and str(claim.subject):
                break  # the subject itself
            if isinstance(segment.tree, (UnansweredNode, UnreadableNode)):
                continue
            result = self.arithmetic[segment] if segment in self.arithmetic else self.own.compute(segment.tree)
            if result is not None:
                inherited = self.verdict_of[segment].inherited if segment in self.verdict_of else ()
                source = f"your {shorten(segment.own_text)}"
                yield Expectation(self.own, result, float(result.data), source, segment.tree, inherited)
                return
        found = False
        usual = usual_readings(self.own, self.usual_forms, claim.subject)
        for expectation in self.by_figures(claim, chain(self.own.readings(claim.subject), usual)):
            found = True
            yield expectation
        if not found:
            yield Expectation(self.own, None, self.samples.truth(claim), "the sheet")

    def by_figures(self, claim: Claim, results: Iterable[Value]) -> Iterator[Expectation]:
        """Yield what the own figures give for the subject of a claim."""
        for result in results:
            from_key = self.sheet.key is not None and not self.own.has_written(claim.subject)
            source = "the key" if from_key else "your figures"
            yield Expectation(self.own, result, float(result.data), source)

    # -- Numbers --------------------------------------------------------------------------------

    def judge_number(self, claim: Claim, exact: float) -> Verdict:
        """Return right, rounded, follows or slip."""
        number = claim.number
        assert number is not None
        mine = written_interval(number)
        first = self.first_expectation(claim)
        is_right = self.certain.is_truth(claim, mine)
        if is_right and number.value and first.tree is not None and not first.mistakes:
            return Verdict(claim, RIGHT, exact, first.middle)
        if first.tree is not None and syntax.single_number(first.tree) is not None:  # a number after a number
            base = first if first.interval.overlaps(mine) else None
        elif is_right:
            base = self.find_expectation(claim, lambda reading: reading.meets(mine))
        else:  # only what is certain speaks against the writer
            base = self.find_expectation(claim, lambda reading: self.gives_number(reading, claim) is not False)
            if base and self.gives_number(base, claim) is None:
                is_right = None
        if base and base.mistakes and base.tree is None:  # perhaps a short formula without them was used
            short = self.by_figures(claim, usual_readings(self.own, self.usual_forms, claim.subject))
            base = next((found for found in short if not found.mistakes and found.meets(mine)), base)
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
        verb = "give" if first.source == "your figures" else "gives"
        reason = f"{first.source} {verb} {should}{self.by_chain_rule(claim)}"
        if first.result is None:
            reason = f"it is {expected}"
        elif should != expected and not self.implicit.hides_truth(claim.subject, first.mistakes):
            reason += f"; from the exact values it is {expected}"
        return verdict._replace(word=SLIP, reason=reason)

    def gives_number(self, reading: Expectation, claim: Claim) -> bool | None:
        """Return whether a reading of the figures gives the number of a claim."""
        assert claim.number is not None
        return self.certain.gives(claim, reading.tree, reading.result, claim.number, reading.reading)

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
            if self.own.coarse.isdisjoint(self.own.graph(result).order) or agree(float(result.data), exact):
                return verdict
            return verdict._replace(word=ROUNDED, reason=f"{figures.number(exact)} when nothing is rounded")
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
                return verdict._replace(reason=f"right again, after {shorten(wrong.claim.segment.own_text)}")
            same = (m for m in reversed(self.wrong_formulas) if m.subject == claim.subject and str(m.subject))
            earlier = next(same, None)
            if earlier and not self.is_right_again(claim):
                return verdict._replace(reason=f"right again, after {describe_place(earlier)}")
            sums = [f"{' + '.join(names)} = 1" for names in self.samples.sums_relied_on(claim)]
            return verdict._replace(reason=f"since {' and '.join(sums)}") if sums else verdict
        for other in before:
            if other.inherited and self.samples.same(tree, other.claim.segment.tree):
                reason = f"the same as {shorten(other.claim.segment.own_text)}"
                return verdict._replace(word=FOLLOWS, origins=other.inherited, reason=reason)
        if all(other.inherited or other.claim in self.made_up for other in before if other.claim.kind == "formula"):
            earlier_mistakes = self.compensation.made_up_for(claim)
            if earlier_mistakes:
                self.made_up[claim] = earlier_mistakes
                return verdict._replace(reason=f"makes up for {describe_lines(earlier_mistakes)}")
        left_out = self.samples.simplified_by(claim)
        if left_out:
            givens = [f"{name} = {figures.number(self.sheet.givens[name])}" for name in left_out]
            return verdict._replace(reason=f"as {', '.join(givens)}")
        named = named_figures(self.own, claim)
        if named:
            return verdict._replace(reason=named)
        cause = (
            self.repeated_mistake(claim) or self.carried.mistake_in(claim) if self.certain.in_floats(claim) else None
        )
        if cause:
            return verdict._replace(word=FOLLOWS, origins=(cause,), reason=f"from {describe_place(cause)}")
        if self.samples.is_truth(claim) is None:
            return verdict._replace(word=UNDECIDED, reason=UNDECIDABLE)
        return verdict._replace(word=WRONG, reason=self.why_wrong(claim))

    def by_chain_rule(self, claim: Claim) -> str:
        """Return one step of the chain rule in words, for a derivative with nothing before it on the line."""
        if len(claim.before) > 1 or (claim.segment.entry is not None and claim.place in self.diagnosed):
            return ""  # of an array the first wrong entry is explained
        tree = self.partials.formula(claim.subject.name)
        if claim.subject.of:
            self.budget.begin()
            try:
                tree = expected_formula(self.samples, claim.subject.of, claim.subject.by, self.budget)
            except WorkLimitError:
                return ""
        elif tree is None:
            return ""
        text = "…" if tree is None else formula_text(tree)
        return "" if text.endswith("…") else f" by {text}"  # a longer one helps nobody

    def is_right_again(self, claim: Claim) -> bool:
        """Return whether the last claim about the subject was right."""
        for verdict in reversed(self.verdicts.values()):
            if verdict.claim.subject == claim.subject and verdict.claim.kind not in SAYS_NOTHING:
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
            own = f"your {shorten(claim.before[-1].own_text)} gives {figures.number(before)}"
            return f"{own}, and this {gives}; {claim.about} is {should}"
        if claim.use is not None:
            derivative = claim.subject.of and f"d{claim.subject.of}/d{claim.subject.by}"
            is_said = claim.use.subject.name == claim.subject.name  # on its own line
            meant = f"said to be {derivative}" if is_said else f"used as {derivative} in line {claim.use.line}"
            return f"{claim.about} is {meant}, which is {should}; this {gives}"
        if not str(claim.subject):
            return f"this {gives}, and {shorten(claim.about)} is {should}"
        rule = self.by_chain_rule(claim).removeprefix(" by ")
        if claim in self.updates:
            rule = formula_text(self.sheet.definitions[claim.subject.name].tree)
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
        is_entry = claim.segment.entry is not None  # whose array has other quantities only
        for mistake in takewhile(lambda other: not is_entry or other.place != claim.place, self.wrong_formulas):
            there = self.sampled.get(mistake)
            if there and all(map(agree, here, there)):
                return mistake
        return None
