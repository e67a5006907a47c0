"""Derivatives with one rule taken wrongly: the inner derivative left out, f for f′, a row of `wrong_rules`.

Each line between two names is differentiated part by part (see `line_derivative`). At one part the right derivative is
replaced by a wrong one, and the parts above are put together rightly.
"""

from __future__ import annotations

from itertools import islice
from string import Formatter
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode, walk
from autograd.errors import ChalkgradError
from autograd.marking.budget import DiagnosisBudget
from autograd.marking.edited_formula import Edit, EditedFormula
from autograd.marking.formula_edits import factors_of, multiplied
from autograd.marking.line_derivative import LineDerivative, as_tree, derivative_node, exact_number, product
from autograd.marking.messages import Mistake, formula_text
from autograd.marking.tidy import tidied
from autograd.marking.tree_parts import operands
from autograd.marking.wrong_rules import CONSTANTS, OF_PRODUCT, WRONG_RULES
from autograd.symbolic.expr import Symbol, filled
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node
    from autograd.marking.wrong_rules import WrongRule

MAX_LINES = 20  # between the two names, that are differentiated
MAX_PARTS = 120  # of a line
LINE = 20  # nodes: about the work of differentiating one part of a line as a formula
CONFUSED = (ops.sigmoid, ops.tanh)  # activations whose derivatives h·(1 − h) and 1 − h² are taken for each other


def misapplied_rules(samples: SamplePoints, of: str, by: str, budget: DiagnosisBudget | None = None) -> Iterator[Edit]:
    """Yield dY/dX with one rule taken wrongly at one part of a line between the two names, the last line first.

    The nodes that are computed are counted in the budget.
    """
    budget = budget or DiagnosisBudget()
    between = samples.worksheet.between(by, of) if of != by else []
    for name in islice(reversed(between), MAX_LINES) if between and between[-1] == of else ():
        if len(walk(samples.worksheet.definitions[name].tree)) > MAX_PARTS:
            continue
        line = LineDerivative(samples, name, by)
        yield from _at_each_part(line, of, budget)
        if line.activations:  # the same line, its sigmoid taken for the quotient that it is
            yield from _at_each_part(LineDerivative(samples, name, by, activations=False), of, budget)


def _at_each_part(line: LineDerivative, of: str, budget: DiagnosisBudget) -> Iterator[Edit]:
    if line.whole is None:
        return
    formula = EditedFormula(_whole(line, line.whole, of), budget)
    budget.spend(LINE * len(line.parts))
    alike: dict[object, list[Edit]] = {}
    for part in reversed(line.parts):  # what is outside first
        if operands(part) and id(line.derivatives.get(id(part))) in formula.parts.position:
            here: list[object] = []
            for sentence, edit in _Part(line, formula, part).edits():
                here.append(sentence)
                alike.setdefault((sentence, here.count(sentence)), []).append(edit)
                yield edit
    for edits in alike.values():  # the same mistake everywhere: every logarithm to the base 10
        if len(edits) > 1:
            yield Edit(formula, {at: new for edit in edits for at, new in edit.replaced.items()}, edits[0].describe)


def _whole(line: LineDerivative, inside: Node, of: str) -> Node:
    """Return dY/dX with the derivative of one line in it, and all paths that do not lead through that line."""
    if line.name == of:
        return inside
    above = derivative_node(line.samples, of, line.name)
    if _leads_all(line, of):
        return product(above, inside)
    through = product(above, DerivativeNode(line.name, line.by, NOWHERE))
    others = BinaryNode("-", DerivativeNode(of, line.by, NOWHERE), through, NOWHERE)
    return BinaryNode("+", others, product(above, inside), NOWHERE)


def _leads_all(line: LineDerivative, of: str) -> bool:
    """Return whether every path between the two names leads through the line."""
    sheet = line.samples.worksheet
    reached = {line.by}
    for name in sheet.between(line.by, of):
        if name != line.name and not reached.isdisjoint(sheet.mentioned_by(name)):
            reached.add(name)
    return of not in reached


class _Part:
    """One part of a line, with its operands, and the derivatives of all of them."""

    def __init__(self, line: LineDerivative, formula: EditedFormula, part: Node) -> None:
        self.line, self.formula, self.part = line, formula, part
        self.right = line.derivatives[id(part)]
        self.operands, self.slopes = list(operands(part)), [line.derivatives.get(id(u)) for u in operands(part)]
        self.op = line.row(part)
        if id(part) in line.activations:
            self.op, operand, slope = line.activations[id(part)]
            self.operands, self.slopes = [operand], [slope]
        self.trees: dict[str, Node] = {name: NumberNode(f"{x:.17g}", x, 1e-18) for name, x in CONSTANTS.items()}
        self.output = self.trees["y"] = line.output(part)
        self.trees["part"] = part
        for name, inner, below in zip("ab", self.operands, self.slopes):
            self.trees[name], self.trees["d" + name] = inner, below or syntax.whole_number(0)

    def edits(self) -> Iterator[tuple[str, Edit]]:
        """Yield every wrong rule here: its sentence, and an edit of the whole derivative."""
        (operand, slope), *others = zip(self.operands, self.slopes)
        if not others and slope is not None and self.op is not ops.neg:
            yield from self._inner_derivative(operand, slope)
            yield from self._wrong_rules()
            yield from self._chain_rule(operand, slope)
        elif isinstance(self.part, BinaryNode):
            by_number = self.op in (ops.mul, ops.div) and any(map(syntax.is_arithmetic, self.operands))
            for inner, below in zip(self.operands, self.slopes):
                if below is not None and (self.op is ops.pow or by_number):
                    yield from self._inner_derivative(inner, below)
            yield from self._wrong_rules()
            yield from self._product_of_many()

    def _put(self, spot: Node, new: Node, kind: str, sentence: str, **trees: Node) -> tuple[str, Edit]:
        def describe() -> tuple[Mistake, Mistake]:
            known = {**self.trees, **trees, "wrong": new, "right": spot}
            asked = [name for _, name, _, _ in Formatter().parse(sentence) if name]
            words = {name: self._words(known[name]) for name in asked}
            mistake = Mistake(kind, sentence.format(**words))
            return mistake, mistake

        return sentence, Edit(self.formula, {id(spot): new}, describe)

    def _words(self, tree: Node) -> str:
        """Return a formula as a person would write it; what the writer wrote, and a power such as x⁻³, as it is."""
        is_power = isinstance(tree, BinaryNode) and tree.operator == "^"
        return formula_text(tree if is_power or tree is self.part or tree in self.operands else tidied(tree))

    def _wrong_rules(self) -> Iterator[tuple[str, Edit]]:
        """Yield what the table of wrong rules has for this operation."""
        numbers = {name: exact_number(u) for name, u in zip("ab", self.operands) if syntax.is_arithmetic(u)}
        depends = "".join(name for name, slope in zip("ab", self.slopes) if slope is not None)
        for rule in WRONG_RULES.get((self.op, depends), ()) if self.op else ():
            if rule.kind != "a constant" or numbers:  # a name that is left out is a factor left out
                yield from self._by_rule(rule, numbers)

    def _product_of_many(self) -> Iterator[tuple[str, Edit]]:
        """Yield the product of the derivatives of more than two factors."""
        factors = factors_of(self.part)
        slopes = [self.line.derivatives.get(id(factor)) for factor in factors]
        if len(factors) > 2 and slopes.count(None) < len(factors) - 1:
            new = multiplied([slope or factor for factor, slope in zip(factors, slopes)])
            yield self._put(self.right, new, "the product rule", OF_PRODUCT)

    def _by_rule(self, rule: WrongRule, numbers: Mapping[str, Any]) -> Iterator[tuple[str, Edit]]:
        try:
            new = as_tree(filled(rule.gives, numbers), self.trees)
            shown = {} if rule.shown is None else {"shown": as_tree(filled(rule.shown, numbers), self.trees)}
        except (ChalkgradError, ArithmeticError, ValueError):  # the logarithm of a negative base
            return
        constant = rule.kind == "a factor left out" and "shown" in shown and syntax.is_arithmetic(shown["shown"])
        yield self._put(self.right, new, "a constant" if constant else rule.kind, rule.sentence, **shown)

    def _inner_derivative(self, operand: Node, slope: Node) -> Iterator[tuple[str, Edit]]:
        """Yield the inner derivative left out, and the inner function where its derivative belongs."""
        if isinstance(operand, NameNode) or _is_one(slope):
            return
        kind, left_out = "the chain rule", "the inner derivative {slope} of {operand} is left out"
        if isinstance(slope, (NameNode, DerivativeNode)):
            kind, left_out = "a factor left out", "the factor {slope} is left out"
        elif syntax.is_arithmetic(slope):
            kind = "a constant"
        yield self._put(slope, syntax.whole_number(1), kind, left_out, slope=slope, operand=operand)
        itself = "{operand} stands where its derivative {slope} belongs"
        yield self._put(slope, operand, "not differentiated", itself, slope=slope, operand=operand)

    def _chain_rule(self, operand: Node, slope: Node) -> Iterator[tuple[str, Edit]]:
        """Yield the mistakes with f′(u)·u′: f for f′, a factor left out or twice, f′ taken elsewhere than at u."""
        outer = self._outer_at(operand, self.output) if self.op in CONFUSED else self.line.partials[id(self.part)][0]
        itself = "{y} itself stands where its derivative {outer} belongs"
        yield self._put(self.right, product(self.output, slope), "not differentiated", itself, outer=outer)
        if not _is_one(outer):
            yield self._put(self.right, slope, "a factor left out", "the factor {outer} is left out", outer=outer)
            twice = product(outer, self.right)
            yield self._put(self.right, twice, "a factor too many", "the factor {outer} is there twice", outer=outer)
        if self.op is None or self.op.arity != 1:
            return
        if not isinstance(operand, NameNode):
            inside = "the outer derivative is taken at {slope}, the inner derivative: it belongs to {operand}"
            at_slope = self._outer_at(slope)
            for new in (at_slope, product(at_slope, slope)):
                yield self._put(self.right, new, "the chain rule", inside, slope=slope, operand=operand)
            by = NameNode(self.line.by, NOWHERE)
            bare, at_by = "the outer derivative is taken at {by}: it belongs to {operand}", self._outer_at(by)
            yield self._put(self.right, product(at_by, slope), "the chain rule", bare, by=by, operand=operand)
        if self.op in CONFUSED:
            yield from self._confused_activation(self.op, operand, slope)

    def _confused_activation(self, op: ops.Op, operand: Node, slope: Node) -> Iterator[tuple[str, Edit]]:
        """Yield the derivative of another activation, and that at the input or, once more, at the output."""
        there = self._outer_at(operand, self.output)
        for other in CONFUSED:
            if other is not op:
                here = as_tree(other.partials[0](Symbol("y"), Symbol("a")), self.trees)
                text = f"{{here}} is the slope of a {other.name}; {{y}} is a {op.name}: {{there}} belongs"
                yield self._put(self.right, product(here, slope), "another function", text, here=here, there=there)
        text = "{operand}, the pre-activation, stands where the activation {y} belongs"
        at_input = product(self._outer_at(operand, operand), slope)
        yield self._put(self.right, at_input, "pre-activation", text, operand=operand)
        text = "{y}, the activation, stands where the pre-activation {operand} belongs"
        again = product(self._outer_at(self.output), slope)
        yield self._put(self.right, again, "activation", text, operand=operand)

    def _outer_at(self, at: Node, output: Node | None = None) -> Node:
        """Return the derivative of this operation of one operand, taken at something else, or with another output."""
        assert self.op is not None
        symbols = {"y": output or CallNode(self.op.name, (at,), NOWHERE), "a": at}
        return as_tree(self.op.partials[0](Symbol("y"), Symbol("a")), symbols)


def _is_one(tree: Node) -> bool:
    return isinstance(tree, NumberNode) and tree.value == 1
