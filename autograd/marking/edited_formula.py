"""A formula with some of its parts replaced: its numbers at sample points, computed along the spine above these parts.

An edit changes one part of a formula, and so the results of the parts that contain it: its *spine*. All other parts
give what they gave before. They are computed once at each point and remembered, so an edit costs the length of its
spine and not the whole formula. The interpreter computes the spine as a tree in which a placeholder stands for
everything beside it.

Thousands of edits are tried and hardly one fits. So an `Edit` holds only what it replaces; its tree and its messages
are made where they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.claims import tree as syntax
from autograd.claims.interpreter import evaluate
from autograd.claims.tree import NOWHERE, NameNode
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.marking.budget import DiagnosisBudget
from autograd.marking.tree_parts import FormulaParts, operands

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.claims.interpreter import Evaluation
    from autograd.claims.tree import Node
    from autograd.marking.messages import Mistake
    from autograd.marking.tree_parts import Replaced

Described: TypeAlias = "tuple[Mistake, Mistake]"  # the mistake undone, and the mistake done

EDIT = 10  # nodes: the work of an edit beside its spine

_MARK = "#"  # begins the name of a placeholder, and no name of a sheet


class EditedFormula:
    """A formula whose edited versions are evaluated at sample points; all of them share what is remembered.

    >>> from autograd.claims.interpreter import Evaluation
    >>> from autograd.sheet.sheet import Sheet
    >>> sheet = Sheet.parse("a = 2; b = 5; y = (a + b)*a")
    >>> formula = EditedFormula(sheet.definitions["y"].tree)
    >>> point = Evaluation(sheet, sheet.givens)
    >>> inner = formula.parts.tree.left
    >>> formula.number({}, point), formula.number({id(inner.right): inner.left}, point)  # (a + a)·a
    (14.0, 8.0)

    The nodes that are computed are counted in a `budget`.
    """

    def __init__(self, tree: Node, budget: DiagnosisBudget | None = None) -> None:
        self.parts = FormulaParts(tree)
        self.budget = budget or DiagnosisBudget()
        self._stand_ins = {id(part): NameNode(f"{_MARK}{at}", NOWHERE) for at, part in enumerate(self.parts.order)}
        self._remembered: dict[Evaluation, dict[str, Any]] = {}
        self._spines: dict[tuple[int, ...], tuple[Node, int]] = {}  # each with its length

    def number(self, replaced: Replaced, point: Evaluation) -> float | None:
        """Return what the formula gives with parts replaced; None where it cannot be computed at this point."""
        if point not in self._remembered:
            self._remembered[point] = self._compute_parts(point)
        numbers = self._remembered[point]
        try:
            new = {self._stand_ins[spot].key: self._computed(tree, numbers, point) for spot, tree in replaced.items()}
            spine, length = self._spine(tuple(replaced))
            self.budget.spend(EDIT + length)
            result = self._evaluate(spine, numbers, point, new)
            return float(result.data if isinstance(result, Value) else result)
        except (ChalkgradError, KeyError):  # as `Evaluation.try_number`; KeyError also where a part has no number
            return None

    def _computed(self, new: Node, numbers: Mapping[str, Any], point: Evaluation) -> Any:
        """Return what a replacement gives."""
        known = self._stand_ins.get(id(new))
        if known is not None:
            return numbers[known.key]
        if isinstance(new, NameNode):
            return point.values[new.key].data
        return self._evaluate(self._abridged(new), numbers, point)

    def _compute_parts(self, point: Evaluation) -> dict[str, Any]:
        """Return the number of each part at a point, by its placeholder; a part that has none is left out."""
        self.budget.spend(len(self.parts.order))
        numbers: dict[str, Any] = {}
        for part in self.parts.order:
            below: list[Node] = [self._stand_ins[id(operand)] for operand in reversed(operands(part))]
            try:
                number = self._evaluate(syntax.rebuild(part, below) if below else part, numbers, point)
            except (ChalkgradError, KeyError):
                continue
            numbers[self._stand_ins[id(part)].key] = number
        return numbers

    def _spine(self, spots: tuple[int, ...]) -> tuple[Node, int]:
        """Return the spine above some parts as a tree, with placeholders for these and what is beside it; its size."""
        if spots not in self._spines:
            above = self.parts.above([self.parts.position[spot] for spot in spots])
            made: dict[int, Node] = dict(self._stand_ins)
            for part in (self.parts.order[at] for at in above if id(self.parts.order[at]) not in spots):
                made[id(part)] = syntax.rebuild(part, [made[id(operand)] for operand in reversed(operands(part))])
            self._spines[spots] = made[id(self.parts.tree)], 1 + len(above)
        return self._spines[spots]

    def _abridged(self, new: Node) -> Node:
        """Return a replacement with a placeholder for each part of the formula in it."""
        known = self._stand_ins.get(id(new))
        if known is not None:
            return known
        below = [self._abridged(operand) for operand in reversed(operands(new))]
        return syntax.rebuild(new, below) if below else new

    def _evaluate(
        self, tree: Node, numbers: Mapping[str, Any], point: Evaluation, new: Mapping[str, Any] | None = None
    ) -> Any:
        """Compute a tree at a point, with these numbers for placeholders, the new ones before the others."""
        new = new or {}

        def name(key: str) -> Any:
            if key[0] != _MARK:
                return point.values[key].data
            return new[key] if key in new else numbers[key]

        def derivative(of: str, by: str) -> float:
            self.budget.spend_on_derivative(point, of, by)
            return point.derivative(of, by)

        return evaluate(tree, point.worksheet.functions, name, derivative)


class Edit:
    """A formula with one small thing changed: the mistake that the edit undoes, and the mistake that it would make."""

    __slots__ = ("_described", "describe", "formula", "replaced")

    def __init__(self, formula: EditedFormula, replaced: Replaced, describe: Callable[[], Described]) -> None:
        self.formula, self.replaced = formula, replaced
        self.describe = describe
        self._described: Described | None = None

    def number(self, point: Evaluation) -> float | None:
        """Return what the edited formula gives at a point; None where it cannot be computed there."""
        return self.formula.number(self.replaced, point)

    @property
    def is_repeated(self) -> bool:
        """Return whether it changes a part that stands in the formula more than once."""
        return not self.formula.parts.repeated.isdisjoint(self.replaced)

    @property
    def tree(self) -> Node:
        """Return the edited formula."""
        return self.formula.parts.with_replaced(self.replaced)

    @property
    def undone(self) -> Mistake:
        """Return the mistake in the formula, if the edited one is right."""
        return self._mistakes()[0]

    @property
    def done(self) -> Mistake:
        """Return the mistake in the edited formula, if the other one is right."""
        return self._mistakes()[1]

    def _mistakes(self) -> Described:
        if self._described is None:
            self._described = self.describe()
        return self._described
