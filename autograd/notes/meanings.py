"""What the names of a scope mean: which line defines each, which have two meanings, and what is not known of them.

A name is *whole* if it has one formula whose names are all whole, or a number. It is *opaque* if it has a number and
something shows that it was computed: nothing is known about what it depends on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.interpreter import OPERATIONS
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode, single_number
from autograd.errors import ChalkgradError
from autograd.notes.names import NEW
from autograd.notes.unfolding import names_of, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.notes.chains import FormulaChain, Member

ROUNDED_DIGITS = 3  # of a decimal number in a formula: more than a constant such as 0.5 or 0.01 has
FAR = 0.03  # relative; a figure that is further off stands for something else, not for a slip in its last digits
POINTS = 3  # at which two formulas are compared

UNKNOWN_FUNCTIONS = ("Σ", "Π", "∂/∂", "ᵀ", "⊙")


@dataclass
class Definition:
    """A definition of a name: a tree, and the member of the note in which it stands."""

    tree: Node
    member: Member
    trusted: bool = False
    section: int = 0  # the number of the section in which it stands
    is_first: bool = True  # of its kind in its chain


@dataclass
class Meanings:
    """The names of a scope, read from its chains."""

    formulas: dict[str, list[Definition]] = field(default_factory=dict)
    numbers: dict[str, list[Definition]] = field(default_factory=dict)
    arithmetic: dict[str, list[Definition]] = field(default_factory=dict)
    substituted: dict[str, Definition] = field(default_factory=dict)  # values read off a substitution
    said: dict[str, list[Definition]] = field(default_factory=dict)  # values that are given in words
    functions: dict[str, tuple[str, Node, Member]] = field(default_factory=dict)
    two_functions: set[str] = field(default_factory=set)  # with two formulas
    chosen: dict[str, Definition] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)  # names with two meanings, and which
    opaque: set[str] = field(default_factory=set)

    def closure(self, names: Iterable[str]) -> set[str]:
        """Return the names and all that they are defined by, derivatives included."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name in self.chosen:
                    waiting.extend(names_of(self.chosen[name].tree))
        return found

    def depends(self, name: str, on: str) -> bool:
        """Return whether a name depends on another through their definitions."""
        return name != on and on in self.closure([name])


def is_mixed(tree: Node) -> bool:
    """Return whether a tree has both names and figures that were rounded: 0.01503·h1·(1 − h1)."""
    nodes = syntax.walk(tree)
    has_name = any(isinstance(node, (NameNode, DerivativeNode)) for node in nodes)
    return has_name and any(
        isinstance(node, NumberNode) and "." in node.text and node.digits >= ROUNDED_DIGITS for node in nodes
    )


def value_of(tree: Node, values: Mapping[str, float]) -> float:
    """Return what a tree is in floats.

    Raises KeyError for a name without a value, ChalkgradError or ArithmeticError for what cannot be computed.
    """
    if isinstance(tree, NumberNode):
        return tree.value
    if isinstance(tree, NameNode):
        return values[tree.key]
    if isinstance(tree, NegativeNode):
        return -value_of(tree.operand, values)
    if isinstance(tree, BinaryNode):
        return float(OPERATIONS[tree.operator](value_of(tree.left, values), value_of(tree.right, values)))
    if isinstance(tree, CallNode) and not tree.primes and tree.function in OPERATIONS:
        return float(OPERATIONS[tree.function](*(value_of(arg, values) for arg in tree.args)))
    raise KeyError("derivative")


def number_of(tree: Node, values: Mapping[str, float]) -> float | None:
    """Return what a tree is in floats; None where it has no value."""
    try:
        found = value_of(tree, values)
    except (KeyError, ChalkgradError, ArithmeticError, ValueError, TypeError, RecursionError):
        return None
    return found if math.isfinite(found) else None


def gather(chains: Sequence[FormulaChain]) -> Meanings:
    """Return what the chains of a scope define, before anything is chosen."""
    found = Meanings()
    for chain in chains:
        first, rest = chain.members[0], chain.members[1:]
        if chain.doubt or first.tree is None:
            continue
        if isinstance(first.tree, CallNode) and not first.tree.primes and len(first.tree.args) == 1:
            _function(first.tree, rest, found)
        if not isinstance(first.tree, NameNode):
            continue
        key = first.tree.key
        kinds: list[int] = []
        for member in rest:
            if member.tree is None:
                break
            source = Definition(member.tree, member, chain.trusted, chain.section)
            kind = found.numbers if single_number(member.tree) is not None else found.arithmetic
            kind = found.said if chain.is_said else kind
            names = names_of(member.tree)
            if key in names or any(is_strange(node) for node in syntax.walk(member.tree)):
                continue
            if names:
                kind = found.formulas
            source.is_first = id(kind) not in kinds
            kinds.append(id(kind))
            kind.setdefault(key, []).append(source)
    return found


def is_strange(node: Node) -> bool:
    """Return whether a node is none that a worksheet has: an array, a sum without limits, a function of no name."""
    return isinstance(node, CallNode) and (node.function in UNKNOWN_FUNCTIONS or not node.function.isidentifier())


def _function(call: CallNode, rest: Sequence[Member], found: Meanings) -> None:
    """Take f(z) = … as the definition of f, if z is all that it depends on."""
    argument = call.args[0]
    if not isinstance(argument, NameNode) or not rest or rest[0].tree is None:
        return
    for member in rest:
        body = member.tree
        if body is None or names_of(body) != {argument.key} or any(map(is_strange, syntax.walk(body))):
            continue
        if any(isinstance(node, CallNode) and node.function == call.function for node in syntax.walk(body)):
            continue
        known, formula, _ = found.functions.setdefault(call.function, (argument.key, body, member))
        pairs = [(number_of(formula, {known: x}), number_of(body, {argument.key: x})) for x in (0.3, 1.7)]
        if any(a is None or b is None or abs(a - b) > 1e-9 for a, b in pairs) and body is not formula:
            found.two_functions.add(call.function)
        return


class Chooser:
    """The choice of a definition for each name, and the doubts about it."""

    def __init__(self, meanings: Meanings, chains: Sequence[FormulaChain], where: Callable[[Member], str]) -> None:
        self.meanings = meanings
        self.chains = chains
        self.where = where

    def choose(self) -> None:
        """Choose the definitions, then find out which names are opaque and which have two meanings."""
        meanings = self.meanings
        self._read_substitutions()
        self._choose_formulas()
        for name, sources in meanings.numbers.items():
            if name not in meanings.chosen:
                meanings.chosen[name] = meanings.arithmetic.get(name, sources)[0]
        for name, source in meanings.substituted.items():
            meanings.chosen.setdefault(name, source)
        for name, sources in meanings.said.items():
            if name not in meanings.formulas and name not in meanings.arithmetic:
                meanings.chosen.setdefault(name, sources[0])
        self._choose_formulas()
        for name, sources in meanings.arithmetic.items():
            meanings.chosen.setdefault(name, sources[0])
        self._choose_formulas()
        self._find_steps()
        self._find_opaque()
        self._compare_numbers()
        self._compare_formulas()

    def _choose_formulas(self) -> None:
        """Choose for each name the first formula whose names are chosen, until there are no more."""
        chosen, going = self.meanings.chosen, True
        while going:
            going = False
            for name, sources in self.meanings.formulas.items():
                if name in chosen and not self._is_bare(name):
                    continue
                for source in sorted(sources, key=lambda source: (not source.trusted, is_mixed(source.tree))):
                    names = names_of(source.tree)
                    if all(n in chosen for n in names) and name not in self.meanings.closure(names):
                        chosen[name] = source
                        going = True
                        break

    def _is_bare(self, name: str) -> bool:
        """Return whether a name has only figures so far, which a formula is better than."""
        source = self.meanings.chosen[name]
        return not names_of(source.tree) and not source.trusted and not any(self._defined_by(name))

    def _defined_by(self, name: str) -> Iterator[Definition]:
        return (s for s in self.meanings.formulas.get(name, ()) if s is self.meanings.chosen.get(name))

    def _read_substitutions(self) -> None:
        """Read values off a substitution: w is 0.3 in w*x + b = 0.3*0.5 + 0.1."""
        has_number = set(self.meanings.numbers) | set(self.meanings.formulas) | set(self.meanings.arithmetic)
        for chain in self.chains:
            if chain.doubt or chain.is_entry:  # an entry of an array may stand beside a whole array
                continue
            trees = [(m.tree, m) for m in chain.members if m.tree is not None]
            for (formula, _), (figures, member) in pairwise(trees):
                for name, tree in substitution(formula, figures):
                    if name not in has_number:
                        source = Definition(tree, member, section=chain.section)
                        self.meanings.substituted.setdefault(name, source)

    def _find_steps(self) -> None:
        """Take w_new as the step w − h·∂E/∂w, where the note has this rule and the teacher gives the graph of E."""
        chosen = self.meanings.chosen
        rules = {
            rule for sources in self.meanings.formulas.values() for source in sources if (rule := _rule(source.tree))
        }
        losses = {
            of
            for _, of in rules
            if of in chosen and any(chosen[n].trusted for n in self.meanings.closure([of]) if n in chosen)
        }
        if len(rules) != 1 or not losses:
            return
        rate, of = rules.pop()
        for name, sources in self.meanings.formulas.items():
            weight = name.removesuffix(NEW)
            if name != weight and weight in chosen and rate in chosen and self.meanings.depends(of, weight):
                place = syntax.NOWHERE
                slope = BinaryNode("*", NameNode(rate, place), DerivativeNode(of, weight, place), place)
                chosen[name] = Definition(
                    BinaryNode("-", NameNode(weight, place), slope, place), sources[0].member, trusted=True
                )

    def _find_opaque(self) -> None:
        """Find the names that have figures only although they were computed."""
        meanings = self.meanings
        by_formula = {stem(name) for name, source in meanings.chosen.items() if names_of(source.tree)}
        for name, source in meanings.chosen.items():
            if names_of(source.tree):
                if is_mixed(source.tree) and not source.trusted:
                    meanings.opaque.add(name)
            elif not source.trusted and not name.endswith(NEW):
                is_computed = name in meanings.formulas or name in meanings.arithmetic
                if is_computed or (stem(name) in by_formula and stem(name) != name):
                    meanings.opaque.add(name)

    def values(self) -> dict[str, float]:
        """Return what each name is by the chosen definitions."""
        found: dict[str, float] = {}
        waiting = list(self.meanings.chosen.items())
        while True:
            rest = []
            for name, source in waiting:
                value = number_of(source.tree, found)
                if value is None:
                    rest.append((name, source))
                else:
                    found[name] = value
            if len(rest) == len(waiting):
                return found
            waiting = rest

    def _compare_numbers(self) -> None:
        """Find the names whose figures contradict each other: givens, and what was computed from other numbers."""
        meanings = self.meanings
        values = self.values()
        for name, sources in meanings.said.items():
            other = next((s for s in sources if s.tree != sources[0].tree), None)
            if other is not None and meanings.chosen.get(name) is sources[0]:
                meanings.doubtful[name] = self._two(name, sources[0], other)
        for name in meanings.numbers.keys() | meanings.arithmetic.keys():
            chosen = meanings.chosen[name]
            numbers, arithmetic = meanings.numbers.get(name, []), meanings.arithmetic.get(name, [])
            if not names_of(chosen.tree):
                if chosen.trusted and not arithmetic:
                    continue
                other = next(
                    (s for s in numbers if not _is_same(single_number(numbers[0].tree), single_number(s.tree))), None
                )
                if other is not None and not arithmetic:
                    meanings.doubtful[name] = self._two(name, numbers[0], other)
                first = number_of(chosen.tree, {})
                for source in [*numbers, *arithmetic]:
                    value = number_of(source.tree, {})
                    is_other = source.is_first and source in arithmetic and chosen in arithmetic
                    if first is not None and value is not None and is_far(value, first, 1e-6 if is_other else FAR):
                        meanings.doubtful.setdefault(name, self._two(name, chosen, source))
            elif name in values:
                for source in arithmetic:
                    value = number_of(source.tree, {})
                    if value is not None and is_far(value, values[name]) and self._is_consistent(source, value):
                        meanings.doubtful.setdefault(name, self._two(name, chosen, source))

    def _is_consistent(self, source: Definition, value: float) -> bool:
        """Return whether the chain of some arithmetic agrees with it: it is about other numbers, and no slip."""
        for chain in self.chains:
            if source.member in chain.members:
                after = [
                    single_number(m.tree)
                    for m in chain.members[chain.members.index(source.member) :]
                    if m.tree is not None
                ]
                return any(number is not None and not is_far(number.value, value) for number in after)
        return False

    def _compare_formulas(self) -> None:
        """Find the names with two formulas that are not equal, whatever the numbers are."""
        meanings = self.meanings
        points = [self.point(at) for at in range(POINTS)]
        for name, sources in meanings.formulas.items():
            chosen = meanings.chosen.get(name)
            if chosen is None or chosen.trusted or not names_of(chosen.tree):
                continue
            for source in sources:
                whole = all(n in meanings.chosen for n in names_of(source.tree))
                if source is chosen or not whole or is_mixed(source.tree):
                    continue
                pairs = [(number_of(chosen.tree, point), number_of(source.tree, point)) for point in points]
                if any(
                    a is not None and b is not None and abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b)) for a, b in pairs
                ):
                    meanings.doubtful.setdefault(name, self._two(name, chosen, source))

    def point(self, at: int) -> dict[str, float]:
        """Return values for all names, with other numbers for those that are given or opaque."""
        found: dict[str, float] = {}
        waiting = list(self.meanings.chosen.items())
        for name, source in waiting:
            if not names_of(source.tree):
                number = number_of(source.tree, {}) or 0.5
                found[name] = number * (1 + 0.07 * (at + 1)) + 0.013 * ((len(found) * 7 + at) % 11)
        while True:
            rest = []
            for name, source in waiting:
                if name not in found:
                    value = number_of(source.tree, found)
                    if value is None:
                        rest.append((name, source))
                    else:
                        found[name] = value
            if len(rest) == len(waiting):
                return found
            waiting = rest

    def _two(self, name: str, one: Definition, other: Definition) -> str:
        return f"{name} has two meanings, lines {self.where(one.member)} and {self.where(other.member)}"


def _rule(tree: Node) -> tuple[str, str] | None:
    """Return the rate and the loss of w − h·∂E/∂w; None for any other formula."""
    if not isinstance(tree, BinaryNode) or tree.operator != "-" or not isinstance(tree.left, NameNode):
        return None
    step = tree.right
    if (
        isinstance(step, BinaryNode)
        and step.operator == "*"
        and isinstance(step.left, NameNode)
        and isinstance(step.right, DerivativeNode)
    ):
        return (step.left.key, step.right.of) if step.right.by == tree.left.key else None
    return None


def substitution(formula: Node, figures: Node) -> list[tuple[str, Node]]:
    """Return which number stands for which name, if some arithmetic is a formula with numbers for all its names."""
    if not names_of(formula) or names_of(figures) or single_number(figures) is not None:
        return []
    found: list[tuple[str, Node]] = []
    return found if _match(formula, figures, found) else []


def _match(formula: Node, figures: Node, found: list[tuple[str, Node]]) -> bool:
    """Return whether some arithmetic is the formula with numbers for its names, which are added to `found`."""
    if isinstance(formula, NameNode) and single_number(figures) is not None:
        found.append((formula.key, figures))
        return True
    if formula.__class__ is not figures.__class__:
        return False
    if isinstance(formula, NumberNode) and isinstance(figures, NumberNode):
        return formula.value == figures.value
    if isinstance(formula, BinaryNode) and isinstance(figures, BinaryNode):
        same = formula.operator == figures.operator
        return same and _match(formula.left, figures.left, found) and _match(formula.right, figures.right, found)
    if isinstance(formula, NegativeNode) and isinstance(figures, NegativeNode):
        return _match(formula.operand, figures.operand, found)
    if isinstance(formula, CallNode) and isinstance(figures, CallNode):
        same = (formula.function, formula.primes, len(formula.args)) == (
            figures.function,
            figures.primes,
            len(figures.args),
        )
        return same and all(_match(a, b, found) for a, b in zip(formula.args, figures.args, strict=True))
    return False


def _is_same(one: NumberNode | None, other: NumberNode | None) -> bool:
    """Return whether two numbers can be one, written with more or fewer digits."""
    if one is None or other is None:
        return True
    return abs(one.value - other.value) <= 0.51 * max(
        one.unit if not one.exact else 0, other.unit if not other.exact else 0
    )


def is_far(one: float, other: float, far: float = FAR) -> bool:
    """Return whether two numbers differ by more than a slip in the last digits."""
    return abs(one - other) > far * max(abs(one), abs(other))
