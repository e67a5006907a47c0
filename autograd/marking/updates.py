"""Updates: which definitions are meant as a step w − η·dL/dw, and what is wrong with those that are not.

A definition `w_new = w ± …` claims that it is this step only where one small mistake explains why it is not:

- another sign, so that the step goes up the loss that the sheet names in `loss:`,
- another weight's value, w23_new = w21 − η·dL/dw23, or another weight's gradient,
- a multiple of the weight, 2·w − η·dL/dw,
- no rate, w − dL/dw, where others step by η·dL/dw or a given η is used nowhere.

Any other formula is a definition and no claim: momentum, weight decay, a step w + η·δ·x by an error term with the other
sign, ascent without `loss:`. Steps are compared with the derivative at the generic points.
"""

from __future__ import annotations

from functools import reduce
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.dependencies import without_digits
from autograd.claims.sampling import SamplePoints, agree
from autograd.claims.tree import NOWHERE, BinaryNode, DerivativeNode, NameNode, NumberNode
from autograd.claims.versions import written_name
from autograd.formatting import figures
from autograd.marking.messages import Mistake, formula_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node

RATE_NAMES = {"eta", "η", "lr", "alpha", "α", "rate", "learning_rate"}
MAX_RATES = 6  # givens of which a rate may be made


class UpdateStep(NamedTuple):
    """A definition of the form k·b ± c·dL/dv, where c is a positive rate: a number, a given, or a product of these."""

    name: str
    multiple: float  # k
    base: str  # b
    direction: int  # of the ±
    rate: Node  # c
    loss: str  # L
    by: str  # v

    @property
    def has_rate(self) -> bool:
        """Return whether the rate is not just 1."""
        return not isinstance(self.rate, NumberNode) or not agree(self.rate.value, 1.0)


class WrongUpdate(NamedTuple):
    """A definition that is not the step that was meant, the formula of that, and the mistake."""

    name: str
    meant: Node
    mistake: Mistake


def take_wrong_updates(
    samples: SamplePoints, wrong: Sequence[WrongUpdate]
) -> tuple[SamplePoints, dict[Claim, Mistake]]:
    """Return sample points of the sheet with the wrong updates as claims about what was meant, and these claims."""
    if not wrong:
        return samples, {}
    sheet = samples.worksheet.copy()
    claims = {sheet.take_as_claim(update.name, update.meant): update.mistake for update in wrong}
    return SamplePoints(sheet), claims


def wrong_updates(samples: SamplePoints) -> list[WrongUpdate]:
    """Return the updates of a sheet that are wrong, in the order of the text.

    >>> from autograd.marking.messages import formula_text
    >>> from autograd.sheet.sheet import Sheet
    >>> sheet = Sheet.parse("w = 0.5; x = 2; eta = 0.1; loss: E; E = (w*x)^2; w_new = w + eta*dE/dw")
    >>> (update,) = wrong_updates(SamplePoints(sheet))
    >>> update.name, formula_text(update.meant), update.mistake.kind
    ('w_new', 'w − eta·dE/dw', 'sign')
    """
    updates = Updates(samples)
    found = map(updates.wrong, updates.steps)
    return [update for update in found if update is not None]


class Updates:
    """The definitions of a sheet that are steps along a gradient."""

    def __init__(self, samples: SamplePoints) -> None:
        self.samples = samples
        self.sheet = samples.worksheet
        self._below: dict[str, set[str]] = {}
        outputs = [*self.sheet.differentiated(), *self.sheet.losses()]
        self._forward = self.sheet.below(outputs, within_pass=True)
        names = [event for event in self.sheet.events if isinstance(event, str)] if samples.points else []
        self.steps = [step for step in map(self._read, names) if step is not None]

    # -- Reading a definition as a step ---------------------------------------------------------

    def _read(self, name: str) -> UpdateStep | None:
        segment = self.sheet.definitions.get(name)
        if segment is None or not isinstance(segment.tree, BinaryNode) or segment.tree.operator not in "+-":
            return None
        if name in self._forward and not self.sheet.derivatives_in(name):
            return None  # a line of the forward pass
        signed = syntax.signed_terms(segment.tree)
        terms = [_multiple(term, sign) for term, sign in signed]
        for loss in self._losses(name) if any(terms) else ():
            step = self._plain_step(name, loss, signed) or self._step(name, loss, terms)
            if step is not None and self._version_before(name) in ("", step.base, step.by):
                return None if self._is_running_value(step) else step
        return None

    def _is_running_value(self, step: UpdateStep) -> bool:
        """Return whether b = b + c may be just a new value: where the loss is linear, any sum is along its gradient."""
        if not self._version_before(step.name) or any(self._derivatives(step.name)):
            return False
        return self.samples.is_constant(step.loss, step.by)

    def _version_before(self, name: str) -> str:
        """Return the weight before its step, if that has the same name: w = w − η·dE/dw."""
        previous = self.sheet.previous.get(name, "")
        slopes = (node.by for node in self.sheet.derivatives_in(name))
        return previous if previous in self.sheet.mentioned_by(name) or previous in slopes else ""

    def _losses(self, name: str) -> list[str]:
        """Return the names whose gradient the step may follow: those of the derivatives in it, and `loss:`."""
        names = dict.fromkeys([*(node.of for node in self._derivatives(name)), *self.sheet.losses()])
        known, position = self.sheet.definitions, self.sheet.position()
        return [loss for loss in names if loss in known and position[loss] < position[name]]

    def _derivatives(self, name: str) -> Iterator[DerivativeNode]:
        """Yield the derivatives in a definition, or else those in the definitions of the names in it."""
        direct = self.sheet.derivatives_in(name)
        yield from direct
        below = () if direct else self._names_below(name)
        for other in self.sheet.order if below else ():  # in this order, which is the same in every run
            if other in below:
                yield from self.sheet.derivatives_in(other)

    def _plain_step(self, name: str, loss: str, terms: Sequence[tuple[Node, int]]) -> UpdateStep | None:
        """Return w ± c·dL/dw as a step, where c is written as numbers and givens; no point is needed for it."""
        if len(terms) != 2:
            return None
        (base, positive), (term, sign) = terms
        factors = _factors(term)
        rest = [_without_place(factor) for factor in factors if not isinstance(factor, DerivativeNode)]
        slopes = [(factor.of, factor.by) for factor in factors if isinstance(factor, DerivativeNode)]
        if not isinstance(base, NameNode) or positive < 0 or slopes != [(loss, base.key)]:
            return None
        if not all(map(self._is_rate, rest)):
            return None
        rate = reduce(lambda a, b: BinaryNode("*", a, b, NOWHERE), rest) if rest else syntax.whole_number(1)
        return UpdateStep(name, 1.0, base.key, sign, rate, loss, base.key)

    def _is_rate(self, factor: Node) -> bool:
        if isinstance(factor, NumberNode):
            return factor.value > 0
        if not isinstance(factor, NameNode) or factor.key in self._forward:
            return False
        return self.sheet.givens.get(factor.key, 0) > 0

    def _step(self, name: str, loss: str, terms: Sequence[tuple[float, str] | None]) -> UpdateStep | None:
        weights = self._names_below(loss)
        multiples = [term for term in terms if term is not None and term[1] in weights]
        bases = {base for _, base in multiples}
        if len(bases) != 1 or len(multiples) == len(terms) or loss in bases:
            return None
        (base,) = bases
        multiple = sum(number for number, _ in multiples)
        likely = [by for by in dict.fromkeys(self._weights(name, base)) if by in weights]
        found = (self._step_along(name, multiple, base, loss, by) for by in likely)
        steps = [step for step in found if step is not None]
        down = (step for step in steps if step.direction < 0)  # w1 − η·dL/dw2 may be w1 + η·dL/dw1, too
        return next(down, steps[0] if steps else None)

    def _step_along(self, name: str, multiple: float, base: str, loss: str, by: str) -> UpdateStep | None:
        rate = None if by == loss else self._rate(name, multiple, base, loss, by)
        return None if rate is None else UpdateStep(name, multiple, base, *rate, loss, by)

    def _weights(self, name: str, base: str) -> Iterator[str]:
        """Yield the weights whose gradient may be in a step: first its own, however the step is written."""
        yield base
        yield from (node.by for node in self._derivatives(name))
        yield self._named_after(name)

    def _rate(self, name: str, multiple: float, base: str, loss: str, by: str) -> tuple[int, Node] | None:
        """Return the sign and the rate of a step along dL/dv, or None where it goes along something else."""
        points = self.samples.points
        slopes = [point.try_derivative(loss, by) for point in points]
        values = [(float(point.values[name].data), float(point.values[base].data)) for point in points]
        ratios = [(new - multiple * old) / slope for (new, old), slope in zip(values, slopes) if slope]
        if len(ratios) < len(points) or not (min(ratios) > 0 or max(ratios) < 0):
            return None
        for rate, numbers in self._rates(name, loss):
            if not all(numbers):  # a product of rates that has vanished
                continue
            constant = abs(ratios[0]) / numbers[0]
            if all(agree(abs(ratio), constant * number) for ratio, number in zip(ratios, numbers)):
                return (1 if ratios[0] > 0 else -1), _times(constant, rate)
        return None

    def _rates(self, name: str, loss: str) -> Iterator[tuple[Node | None, list[float]]]:
        """Yield what a rate may be proportional to, with its numbers at the generic points: 1, η, η·λ, η/M."""
        points = self.samples.points
        yield None, [1.0] * len(points)
        inside = [given for given in self.sheet.givens if given in self._names_below(name)]
        rates = [given for given in inside if given not in self._names_below(loss)][:MAX_RATES]
        counts = [given for given in inside if self.sheet.givens[given] % 1 == 0][:MAX_RATES]
        rates = [given for given in rates if self.sheet.givens[given] > 0]
        numbers = {given: [point.givens[given] for point in points] for given in {*rates, *counts}}
        for rate in rates:
            yield NameNode(rate, NOWHERE), numbers[rate]
        for a, b in combinations_with_replacement(rates, 2):
            yield _binary("*", a, b), [x * y for x, y in zip(numbers[a], numbers[b])]
        for a in rates:
            for b in counts:
                if a != b and all(numbers[b]):
                    yield _binary("/", a, b), [x / y for x, y in zip(numbers[a], numbers[b])]

    def _named_after(self, name: str) -> str:
        """Return the weight whose name the update has: w23 for w23_new, w[1,3] for w_new[1,3]."""
        previous = self._version_before(name)
        if previous:
            return previous
        stem, _, index = written_name(name).partition("[")
        pairs = [(other, *written_name(other).partition("[")[::2]) for other in self.sheet.order if other != name]
        found = [other for other, base, at in pairs if at == index and _extends(stem, base)]
        longest = written_name(max(found, key=lambda other: len(written_name(other)), default=""))
        versions = [other for other in found if written_name(other) == longest]
        return next((other for other in versions if other in self.sheet.mentioned_by(name)), "".join(versions[:1]))

    def _names_below(self, name: str) -> set[str]:
        if name not in self._below:
            self._below[name] = self.sheet.below([name], within_pass=True)
        return self._below[name]

    # -- The mistake in a step ------------------------------------------------------------------

    def wrong(self, step: UpdateStep) -> WrongUpdate | None:
        """Return the mistake in a step, if there is one that is certain."""
        if not self._is_meant_as_step(step):
            return None
        weight, mistake, left_out = step.base, None, None
        if step.by != step.base:
            weight, mistake = self._another_weight(step)
        elif step.direction > 0 and step.multiple == 1 and (step.has_rate or self._is_named_after(step)):
            mistake = self._ascent(step)
        elif self._is_named_after(step):  # w + dE/dw may be the gradient of E + w²/2
            left_out = None if step.has_rate or step.multiple != 1 else self._rate_left_out(step)
            mistake = _wrong_multiple(step)
            if left_out is not None:
                mistake = Mistake("a factor left out", f"the factor {formula_text(left_out)} is left out")
        if mistake is None:
            return None
        moved: Node = DerivativeNode(step.loss, weight, NOWHERE)
        if left_out is not None or step.has_rate:
            moved = BinaryNode("*", left_out or step.rate, moved, NOWHERE)
        return WrongUpdate(step.name, BinaryNode("-", NameNode(weight, NOWHERE), moved, NOWHERE), mistake)

    def _is_meant_as_step(self, step: UpdateStep) -> bool:
        """Return whether a definition says that it is a step: by a derivative in it, by its name, by that of its rate.

        F = a + c·b is a step up E = a·b as well, and nobody means that.
        """
        if any(True for _ in self._derivatives(step.name)) or self._named_after(step.name):
            return True
        rates = RATE_NAMES.intersection(syntax.names_in(step.rate))
        return bool(rates) and self._is_named_after(step)

    def _is_named_after(self, step: UpdateStep) -> bool:
        """Return whether a definition has the name of its weight with another word or number: w_new or w1 for w0."""
        return self._named_after(step.name) == step.base or without_digits(step.name) == without_digits(step.base)

    def _another_weight(self, step: UpdateStep) -> tuple[str, Mistake | None]:
        """Return the weight that the update is named after, if its value or its gradient is that of another one.

        Two weights that depend on one another are two states of one weight, as in a step from a point ahead.
        """
        named, alike = self._named_after(step.name), without_digits(step.by) == without_digits(step.base)
        related = step.base in self._names_below(step.by) or step.by in self._names_below(step.base)
        if step.multiple != 1 or step.direction > 0 or related:
            return step.base, None
        if named == step.by:
            return named, Mistake("another name", f"{step.base} stands where {named} belongs")
        if named == step.base and (alike or step.loss in self.sheet.losses()):
            here, belongs = f"d{step.loss}/d{step.by}", f"d{step.loss}/d{named}"
            return named, Mistake("another gradient", f"{here} stands where {belongs} belongs")
        return step.base, None

    def _ascent(self, step: UpdateStep) -> Mistake | None:
        if step.loss not in self.sheet.losses() or self._makes_up_for_a_sign(step):
            return None
        text = f"this is gradient ascent: the sign is the other way round, and the step makes {step.loss} larger"
        return Mistake("sign", text)

    def _makes_up_for_a_sign(self, step: UpdateStep) -> bool:
        """Return whether the sheet claims the gradient with the other sign, so that its step does go down."""
        for claim in self.sheet.claims:
            if (claim.subject.of, claim.subject.by) != (step.loss, step.by):
                continue
            if claim.number is not None:
                turned = claim.number.value * self.samples.truth(claim) < 0
            else:
                numbers = self.samples.numbers(claim.segment.tree) if claim.kind == "formula" else [None]
                turned = all(n is not None and agree(-n, t) for n, t in zip(numbers, self.samples.truths(claim)))
            if turned:
                return True
        return False

    def _rate_left_out(self, step: UpdateStep) -> Node | None:
        """Return the rate of all other updates, or else a given that can only be a rate and is used nowhere."""
        loss = written_name(step.loss)
        others = [other for other in self.steps if written_name(other.loss) == loss and other.has_rate]
        if any(other.by == step.by for other in others):
            return None  # two rates are compared
        rates = list(dict.fromkeys(other.rate for other in others if other.direction < 0))
        if rates:
            return rates[0] if len(rates) == 1 else None
        used = {name for claim in self.sheet.claims for name in syntax.names_in(claim.segment.tree)}
        unused = [name for name in self.sheet.givens if not self.sheet.users(name) and name not in used]
        return next((NameNode(name, NOWHERE) for name in unused if name in RATE_NAMES), None)


def _wrong_multiple(step: UpdateStep) -> Mistake | None:
    whole = step.multiple % 1 == 0 and step.multiple not in (0, 1)
    if whole and step.multiple == -1 and step.direction > 0:
        return Mistake("swapped", "the difference is the wrong way round")
    if whole and step.multiple < 0:
        return Mistake("sign", f"{figures.MINUS}{step.base} stands where {step.base} belongs")
    return Mistake("a constant", f"{step.multiple:g}·{step.base} stands where {step.base} belongs") if whole else None


def _factors(term: Node) -> list[Node]:
    """Return the factors of a product."""
    found, waiting = [], [term]
    while waiting:
        node = waiting.pop()
        if isinstance(node, BinaryNode) and node.operator == "*":
            waiting += [node.right, node.left]
        else:
            found.append(node)
    return found


def _without_place(factor: Node) -> Node:
    return NameNode(factor.key, NOWHERE) if isinstance(factor, NameNode) else factor


def _multiple(term: Node, sign: int) -> tuple[float, str] | None:
    """Return a term that is a name, or a number times a name, as that number and name."""
    if isinstance(term, NameNode):
        return float(sign), term.key
    if isinstance(term, BinaryNode) and term.operator == "*":
        for number, name in ((term.left, term.right), (term.right, term.left)):
            if isinstance(number, NumberNode) and isinstance(name, NameNode):
                return sign * number.value, name.key
    return None


def _extends(name: str, other: str) -> bool:
    """Return whether a name is another one with a word before or after it: w23_new, new_w23, w23next."""
    after = name[len(other) :] if name.startswith(other) else ""
    return bool(after and not after[0].isdigit()) or name.endswith(f"_{other}") or name == f"new{other}"


def _binary(operator: str, a: str, b: str) -> Node:
    return BinaryNode(operator, NameNode(a, NOWHERE), NameNode(b, NOWHERE), NOWHERE)


def _times(constant: float, rate: Node | None) -> Node:
    """Return a constant times a rate, the shorter way where the constant is 1."""
    if rate is not None and agree(constant, 1.0):
        return rate
    text = f"{constant:.9g}"
    number = NumberNode(text, float(text), 1e-9)
    return number if rate is None else BinaryNode("*", number, rate, NOWHERE)
