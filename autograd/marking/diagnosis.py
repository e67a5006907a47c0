"""What kind of mistake it is: the small change that explains a root.

A wrong formula is put right, one small edit at a time (`edits`): an edit that makes it the truth at
every generic point names the mistake; so does a wrong way through the graph (`routes`) or another
gradient that gives the formula at every one of them. For a wrong number see `slips`. Two mistakes
that fit are both named; where none fits, none is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, Binary, Call, Derivative, Name, Number
from autograd.errors import ChalkgradError
from autograd.marking.chainrule import ChainRule, number_of
from autograd.marking.expected_formula import natural_formula, slope_by_output
from autograd.marking.formula_edits import edits
from autograd.marking.messages import Mistake, written
from autograd.marking.number_mistakes import misread, of_arithmetic, of_number, right_formula
from autograd.marking.tree_parts import repeated
from autograd.marking.wrong_paths import wrong_routes
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.sampling import Worlds
    from autograd.claims.tree import Node
    from autograd.engine.value import Value
    from autograd.marking.intervals import Window
    from autograd.marking.own_figures import OwnFigures

MOST = 2  # names of a mistake that are given
MOST_EDITS = 4000
MOST_PARTS = 300  # of a formula of which every part is looked at
MOST_NAMES = 60  # that may have been meant

SLOPES_BY_OUTPUT = (ops.sigmoid, ops.tanh)  # h·(1 − h) and 1 − h², which are taken for one another


@dataclass(frozen=True)
class Case:
    """What a diagnosis looks at: the claim, the sheet's worlds, the writer's own figures.

    `source` is the member of the chain that the claim should come from, `result` and `window` what
    that, or the figures, give. `wanted` is what a formula should give at the generic points: by what
    stands before it on the line, by the truth, by an earlier mistake carried on.
    """

    claim: Claim
    worlds: Worlds
    own: OwnFigures
    source: Node | None
    result: Value | None
    window: Window
    wanted: Sequence[Sequence[float | None]]

    def alike(self, name: str) -> list[str]:
        """The names that one is easily mistaken for: h1 for h2, and its pre-activation, its updated self."""
        return [other for other in self.worlds.sheet.alike(name) if other in self.own.names]

    def beside(self, name: str) -> list[str]:
        """The names like one, and those that stand beside it in a definition: w for x and b in w·x + b."""
        sheet = self.worlds.sheet
        users = [user for user in sheet.users(name) if not sheet.slopes_in(user)]
        found = [*self.alike(name), *(other for user in users for other in sheet.mentioned_by(user))]
        return [other for other in dict.fromkeys(found) if other != name and other in self.own.names]

    def is_circular(self, tree: Node) -> bool:
        """Whether a formula for a derivative has that derivative in it, or one for a name that name."""
        subject = self.claim.subject
        return any(
            (isinstance(part, Derivative) and (part.of, part.by) == (subject.of, subject.by))
            or (isinstance(part, Name) and part.key == subject.name)
            for part in syntax.walk(tree)
        )

    def near(self) -> list[str]:
        """The names that may have been meant: those of the claim, those it is made of, and what is like them."""
        sheet, subject = self.worlds.sheet, self.claim.subject
        found = [part.key for part in syntax.walk(self.claim.segment.tree) if isinstance(part, Name)]
        if subject.of:
            inside = [subject.by, *sheet.between(subject.by, subject.of)]
            found += inside
            found += [below for name in inside for below in sheet.mentioned_by(name)]
        elif subject.name:
            found += [subject.name, *sheet.mentioned_by(subject.name)]
        found = list(dict.fromkeys(found))[:MOST_NAMES]
        found += [other for name in found for other in self.alike(name)]
        found += list(self.own.names) if len(self.own.names) <= MOST_NAMES else []
        known = [name for name in dict.fromkeys(found) if name in self.own.names and name not in self.worlds.labels]
        return known[: 2 * MOST_NAMES]


def diagnose(case: Case) -> tuple[Mistake, ...]:
    """The mistakes that explain a root, the simplest first."""
    if case.claim.kind == "number":
        found: Iterable[Mistake] = of_number(case)
    elif case.claim.kind == "formula" and case.wanted:
        found = _of_formula(case)
    else:
        found = of_arithmetic(case)
    unique: dict[str, Mistake] = {}
    for mistake in found:
        unique.setdefault(mistake.kind, mistake)
        if len(unique) == MOST:
            break
    if not unique and case.claim.kind == "formula" and case.claim.subject.of:
        return tuple(_of_another_name(case))[:1]
    return tuple(unique.values())


def _of_formula(case: Case) -> Iterator[Mistake]:
    yield from _of_no_path(case)
    nothing = list(_of_nothing(case))
    yield from nothing
    if nothing:
        return  # whatever is 0 would explain it
    trees = [case.claim.segment.tree, *case.worlds.sheet.lifted(case.claim.segment.tree)[:2]]
    for tree in trees:
        explained = False
        for mistake in chain(_of_edits(case, tree), _of_edits(case, repeated(tree))):
            explained = True
            yield mistake
        if explained:
            break  # the 2 in it is no given that happens to be 2
    if case.claim.subject.of:
        yield from _of_other_function(case)
    given = case.worlds.numbers(case.claim.segment.tree)
    right = right_formula(case)
    for edit in () if right is None else islice(misread(case, right), MOST_EDITS):
        if all(agree(number, world.try_number(edit.tree)) for number, world in zip(given, case.worlds.points)):
            yield edit.done
    if case.claim.subject.of:
        yield from _of_routes(case, given)
        yield from _of_other_gradient(case, given)


def _of_nothing(case: Case) -> Iterator[Mistake]:
    """What is 0 on the way, a relu at rest, where the derivative is 0 and the formula is not."""
    claim, worlds = case.claim, case.worlds
    if not claim.subject.of or any(worlds.truths(claim)) or not all(worlds.numbers(claim.segment.tree)):
        return
    between = worlds.sheet.between(claim.subject.by, claim.subject.of)
    for name in between:
        for below in worlds.sheet.mentioned_by(name):
            if below in (claim.subject.by, *between) and not any(
                world.try_derivative(name, below) for world in (worlds.home, *worlds.points)
            ):
                text = f"d{name}/d{below} is 0 here, and what is multiplied by it is 0"
                yield Mistake("a factor left out", text)
                return


def _of_no_path(case: Case) -> Iterator[Mistake]:
    """A derivative in the formula that makes it 0, as nothing leads from the one name to the other."""
    if any(case.worlds.numbers(case.claim.segment.tree)):
        return
    for part in syntax.walk(case.claim.segment.tree):
        if isinstance(part, Derivative) and part.of != part.by and not case.worlds.sheet.between(part.by, part.of):
            yield Mistake("no path", f"{written(part)} is 0: {part.of} does not depend on {part.by}")


def _of_edits(case: Case, tree: Node | None) -> Iterator[Mistake]:
    """The edits that give what is wanted, at every generic point."""
    if tree is None or sum(1 for _ in syntax.walk(tree)) > MOST_PARTS:
        return
    near = case.near()
    subject = case.claim.subject
    inside = [subject.by, *case.worlds.sheet.between(subject.by, subject.of)] if subject.of else near
    made = edits(tree, case.worlds.sheet, near, _factors(case, near), lambda factor: _shown(case, factor), inside)
    for count, edit in enumerate(made):
        if count > MOST_EDITS:
            return
        wanted = list(case.wanted)
        for at, world in enumerate(case.worlds.points):
            number = world.try_number(edit.tree)
            wanted = [numbers for numbers in wanted if agree(number, numbers[at])]
            if not wanted:
                break
        if wanted and not case.is_circular(edit.tree):
            yield edit.undone


def _factors(case: Case, near: Sequence[str]) -> list[Node]:
    """What the chain rule could have there: local derivatives, names, 1 less an activation."""
    sheet = case.worlds.sheet
    found: list[Node] = []
    if case.claim.subject.of:
        top = case.claim.subject.of
        for name in sheet.between(case.claim.subject.by, top)[:-1]:
            constant = case.worlds.is_constant(top, name)
            found.append(
                _constant(case.worlds.home.derivative(top, name)) if constant else Derivative(top, name, NOWHERE)
            )
        for name in sheet.between(case.claim.subject.by, top):
            found.extend(
                Derivative(name, below, NOWHERE)
                for below in sheet.mentioned_by(name)
                if not case.worlds.is_plain(name, below)
            )
    found.extend(Name(name, NOWHERE) for name in near)
    for name in near:
        found.extend(_slopes(case, name))
    return found


def _slopes(case: Case, name: str) -> Iterator[Node]:
    """Part of the slope of an activation, 1 − h, or all of it where the line has its input in it: tanh(w·x)."""
    one, out = Number("1", 1.0, 1.0), Name(name, NOWHERE)
    if case.worlds.activation(name) is not None:
        yield Binary("-", one, out, NOWHERE)
    segment = case.worlds.sheet.definitions.get(name)
    if segment is not None and isinstance(segment.tree, Call) and not isinstance(segment.tree.args[0], Name):
        slope = slope_by_output(segment.tree.function, name)
        if slope is not None:
            yield slope


def _constant(number: float) -> Node:
    """A number as a factor: 1/3 where it is one by a whole number."""
    whole = round(1 / number) if number else 0
    if whole > 1 and agree(whole * number, 1.0):
        return Binary("/", Number("1", 1.0, 1.0), Number(str(whole), float(whole), 1.0), NOWHERE)
    text = f"{number:.6g}"
    return Number(text, number, 1.0)


def _shown(case: Case, factor: Node) -> str:
    """A factor by name, and what it is where it is the slope of an activation."""
    if isinstance(factor, Derivative) and case.worlds.activation(factor.of) is not None:
        tree = natural_formula(case.worlds, factor.of, factor.by)
        return written(factor) if tree is None else f"{written(factor)} = {written(tree)}"
    return written(factor)


def _of_other_gradient(case: Case, given: Sequence[float | None]) -> Iterator[Mistake]:
    of, by = case.claim.subject.of, case.claim.subject.by
    if all(number == 0 for number in given):
        return
    for name in dict.fromkeys([*case.alike(by), *case.worlds.sheet.order]):
        if name != by and all(
            agree(number, world.try_derivative(of, name)) for number, world in zip(given, case.worlds.points)
        ):
            yield Mistake("another gradient", f"this is d{of}/d{name}, the gradient of {name}")


def _of_another_name(case: Case) -> Iterator[Mistake]:
    """The derivative of a name on the way: dp/dz where dL/dz belongs."""
    of, by = case.claim.subject.of, case.claim.subject.by
    given = case.worlds.numbers(case.claim.segment.tree)
    between = case.worlds.sheet.between(by, of)
    for name in between if any(given) else ():
        if (
            name != of
            and not case.worlds.is_constant(name, by)
            and all(agree(number, world.try_derivative(name, by)) for number, world in zip(given, case.worlds.points))
        ):
            yield Mistake("another gradient", f"this is d{name}/d{by}: what leads from {name} to {of} is left out")


def _of_other_function(case: Case) -> Iterator[Mistake]:
    """The slope of another activation than the one that stands there: h·(1 − h) for a tanh."""
    worlds, subject = case.worlds, case.claim.subject
    given = worlds.numbers(case.claim.segment.tree)
    for name in worlds.sheet.between(subject.by, subject.of):
        op = worlds.outermost(name)
        if op is None or op not in SLOPES_BY_OUTPUT:
            continue
        for other in SLOPES_BY_OUTPUT:
            ratios = [_ratio(op, other, float(world.values[name].data)) for world in worlds.points]
            put_right = [None if number is None else number * ratio for number, ratio in zip(given, ratios)]
            if other is not op and any(all(map(agree, put_right, wanted)) for wanted in case.wanted):
                here, belongs = (_called_slope(each, name) for each in (other, op))
                text = f"{here} is the slope of a {other.name}; {name} is a {op.name}: {belongs} belongs"
                yield Mistake("another function", text)


def _called_slope(op: ops.Op, name: str) -> str:
    slope = slope_by_output(op.name, name)
    return "" if slope is None else written(slope)


def _ratio(op: ops.Op, other: ops.Op, output: float) -> float:
    """How much the slope of one activation is of that of another, at the same output."""
    return float(op.partials[0](output, output) / other.partials[0](output, output))


def _of_routes(case: Case, given: Sequence[float | None]) -> Iterator[Mistake]:
    of, by = case.claim.subject.of, case.claim.subject.by
    rules = [ChainRule(case.worlds, world, world.values.__getitem__, {}) for world in case.worlds.points]
    for route in wrong_routes(case.own.rule(written=False), of, by):
        try:
            if all(agree(number, number_of(route.follow(rule))) for number, rule in zip(given, rules)):
                yield route.mistake
        except ChalkgradError:
            continue


__all__ = ["Case", "Mistake", "diagnose"]
