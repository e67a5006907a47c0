"""A first mistake as the diagnosis sees it, and the small changes of the right formula that people make."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from autograd.claims.tree import NOWHERE, BinaryNode, DerivativeNode, NameNode, NumberNode, names_in, walk
from autograd.marking.budget import DiagnosisBudget
from autograd.marking.edited_formula import EditedFormula
from autograd.marking.expected_formula import chain_rule_step, expected_formula
from autograd.marking.formula_edits import likely_edits
from autograd.marking.messages import Mistake
from autograd.marking.tree_parts import share_repeated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet
    from autograd.engine.value import Value
    from autograd.marking.edited_formula import Edit
    from autograd.marking.intervals import Interval
    from autograd.marking.own_figures import OwnFigures

MAX_NAMES = 60  # that are tried in place of others
CORNERS, NAMES = 2, 2  # nodes: the work for one in a graph whose corners are found, for a name in the chain rule


@dataclass(eq=False)
class DiagnosisCase:
    """The claim with the first mistake, the sample points, and the writer's own figures.

    `source` is the member of the chain that the claim should come from; `result` and `interval` are what that, or the
    figures, give. `wanted` are the numbers that a formula should give at the generic points: by what stands before it
    on the line, by the truth, by an earlier mistake carried forward. The work of the diagnosis is counted in `budget`.
    """

    claim: Claim
    samples: SamplePoints
    own: OwnFigures
    source: Node | None
    result: Value | None
    interval: Interval
    wanted: Sequence[Sequence[float | None]]
    budget: DiagnosisBudget = field(default_factory=DiagnosisBudget)

    def __post_init__(self) -> None:
        self._edited: dict[int, list[EditedFormula]] = {}
        self.turned: list[Edit] = []  # that would be right with the other sign

    @property
    def sheet(self) -> Worksheet:
        """Return the worksheet."""
        return self.samples.worksheet

    def gives(self, other: Interval) -> bool:
        """Return whether the figures of the source give a number of another interval."""
        if self.result is None or not self.interval.meets(other):
            return self.interval.meets(other)
        reading = self.own.reading_of(self.source)
        return reading is self.own or reading.reaches(self.result, other)

    def rough_interval(self, result: Value) -> Interval:
        """Return the interval of what might have been computed instead, from one corner to the other."""
        self.budget.spend(CORNERS * len(self.own.graph(result).order))
        return self.own.rough_interval(result)

    def derivative(self, of: str, by: str) -> Value:
        """Return a derivative by the own figures."""
        self.budget.spend(NAMES * len(self.sheet.between(by, of)))
        return self.own.derivative(of, by)

    def try_derivative(self, point: Evaluation, of: str, by: str) -> float | None:
        """Return a derivative at a sample point; None where it does not exist."""
        self.budget.spend_on_derivative(point, of, by)
        return point.try_derivative(of, by)

    def similar(self, name: str) -> list[str]:
        """Return the known names that one is easily mistaken for: h1 for h2, its pre-activation, its update."""
        return [other for other in self.sheet.similar_names(name) if other in self.own.names]

    def other_gradients(self) -> Iterator[tuple[str, Mistake]]:
        """Yield the names whose gradient may have been taken, with the mistake that it is.

        These are names like the one meant, and those beside it in a definition: w for x and b in w·x + b.
        """
        of, by = self.claim.subject.of, self.claim.subject.by
        if not of:
            return
        users = [user for user in self.sheet.users(by) if not self.sheet.derivatives_in(user)]
        found = [*self.similar(by), *(other for user in users for other in self.sheet.mentioned_by(user))]
        for name in dict.fromkeys(found):
            if name != by and name in self.own.names:
                yield name, another_gradient(of, name)

    def _leads_to(self, name: str, output: str) -> bool:
        position = self.sheet.position()
        self.budget.spend(max(0, position[output] - position[name]))
        return bool(self.sheet.between(name, output))

    def is_circular(self, tree: Node) -> bool:
        """Return whether a formula for a derivative has that derivative in it, or one for a name that name."""
        subject = self.claim.subject
        return any(
            (isinstance(node, DerivativeNode) and (node.of, node.by) == (subject.of, subject.by))
            or (isinstance(node, NameNode) and node.key == subject.name)
            for node in walk(tree)
        )

    @cached_property
    def plausible_names(self) -> list[str]:
        """Return the names to try in place of others: those of the claim and its subject, and similar ones."""
        sheet, subject = self.sheet, self.claim.subject
        found = names_in(self.claim.segment.tree)
        if subject.of:
            inside = [subject.by, *sheet.between(subject.by, subject.of)]
            found += inside
            found += [below for name in inside for below in sheet.mentioned_by(name)]
        elif subject.name:
            found += [subject.name, *sheet.mentioned_by(subject.name)]
        found = list(dict.fromkeys(found))[:MAX_NAMES]
        found += [other for name in found for other in self.similar(name)]
        found += list(self.own.names) if len(self.own.names) <= MAX_NAMES else []
        known = [n for n in dict.fromkeys(found) if n in self.own.names and n not in self.samples.class_labels]
        return known[: 2 * MAX_NAMES]

    @property
    def right_formula(self) -> Node | None:
        """Return what belongs there: the first of `right_formulas`."""
        return next(iter(self.right_formulas), None)

    @cached_property
    def right_formulas(self) -> list[Node]:
        """Return what belongs there: one step of the chain rule, a shorter formula, the definition of a name."""
        subject = self.claim.subject
        if subject.of:
            step = chain_rule_step(self.samples, subject.of, subject.by, self.budget)
            short = expected_formula(self.samples, subject.of, subject.by, self.budget)
            return [tree for tree in dict.fromkeys((step, short)) if tree is not None]
        segment = self.sheet.definitions.get(subject.name)
        return [] if segment is None else [segment.tree]

    def edited(self, tree: Node) -> list[EditedFormula]:
        """Return a formula to be edited as it is, and with what it repeats as one part if it repeats anything."""
        if id(tree) not in self._edited:
            found = (tree, share_repeated(tree))
            self._edited[id(tree)] = [EditedFormula(each, self.budget) for each in found if each is not None]
        return self._edited[id(tree)]

    def likely_edits(self, tree: Node) -> Iterator[Edit]:
        """Yield the right formula with one thing changed, the likeliest changes first."""
        formula = self.edited(tree)[0]
        names = names_in(tree)
        similar = list(dict.fromkeys(other for name in names for other in self.similar(name)))
        derivatives = [node for node in walk(tree) if isinstance(node, DerivativeNode)]
        for by in dict.fromkeys(node.by for node in derivatives):
            similar += [other for other in self.similar(by) if other not in similar]
        outputs = dict.fromkeys(node.of for node in derivatives)
        leading = [n for n in similar if any(n == output or self._leads_to(n, output) for output in outputs)]
        factors = [*_factors(tree), *(NameNode(name, NOWHERE) for name in similar)]
        for edit in likely_edits(formula, self.sheet, similar, leading, factors):
            if not any(map(self.is_circular, edit.replaced.values())):
                yield edit


def another_gradient(of: str, name: str) -> Mistake:
    """Return the mistake that the gradient of another name was taken."""
    return Mistake("another gradient", f"this is d{of}/d{name}, the gradient of {name}")


def _factors(tree: Node) -> list[Node]:
    """Return every name, derivative and factor in a formula once: what may have been multiplied in again."""
    found: dict[Node, Node] = {}
    for node in walk(tree):
        if isinstance(node, NameNode):
            found.setdefault(NameNode(node.key, NOWHERE), node)
        elif isinstance(node, DerivativeNode):
            found.setdefault(DerivativeNode(node.of, node.by, NOWHERE), node)
        elif isinstance(node, BinaryNode) and node.operator == "*":
            for factor in (node.left, node.right):
                found.setdefault(factor, factor)
    return [factor for factor in found if not isinstance(factor, NumberNode)]
