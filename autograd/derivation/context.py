"""What a derivation of one graph has in front of it: names, gradients, neurons, and what leads where.

The gradient of a weight is *factored* at the nodes that all its paths go through: between two of them
there is one edge, whose local derivative is a factor, or there are several ways, whose sum is one.
Every number here is the engine's, at full precision.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.derivation.formulas import (
    FIRST_TERMS,
    LAST_TERMS,
    MOST_TERMS,
    called,
    check_fresh,
    in_numbers,
    local,
    reading_order,
    stages,
)
from autograd.derivation.neurons import Neuron, is_activation, neurons
from autograd.engine.graph import gradients, topological_order
from autograd.engine.value import Value
from autograd.path_sums.ledger import ends
from autograd.symbolic.equations import DOTS, Derivative, Name, Part, Product, Sum
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, alike
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

MOST_FACTORS = 16  # of a product that is written out; of more, the first and the last
SHORT_WAY = 4  # edges of a way that is written out inside a sum


class Use(NamedTuple):
    """One edge from a parent on: to `node`, whose edge of this number it is, with its local derivative."""

    node: Value
    number: int
    local: Any


class Factor(NamedTuple):
    """∂end/∂start as a factor of a gradient: in names, in numbers, and its value.

    `uses` are the edges that lead away from `start`: one, or several that are summed. The middle of
    a long product is one factor, not worked out.
    """

    start: Value
    end: Value
    uses: tuple[Use, ...]
    formula: Formula
    numbers: Formula
    value: Any


class Board:
    """One graph, read once, for as many derivations as are wanted."""

    def __init__(self, root: Value, parameters: Collection[Value] = ()) -> None:
        self.root = root
        self.order = topological_order(root)
        self.gradients = gradients(root)
        self.reading = reading_order(root)
        self.names = called(root, self.reading)
        self.neurons = neurons(self.reading, parameters)
        self._checked: set[Value] = set()

    @cached_property
    def signals(self) -> dict[Value, Neuron]:
        """The neuron of each node whose gradient is a δ: its z, and the sums that z was added up in."""
        return {part: neuron for neuron in self.neurons for part in neuron.parts}

    @cached_property
    def positions(self) -> dict[Value, int]:
        """Each node's place in the order of the computation."""
        return {node: place for place, node in enumerate(self.order)}

    # -- In symbols ---------------------------------------------------------------------------------

    def symbol(self, thing: Any) -> Formula:
        """A node by its name; a plain number is itself."""
        return Symbol(self.names[thing]) if isinstance(thing, Value) else thing

    def by(self, node: Value) -> Derivative:
        """∂E/∂node."""
        return Derivative(self.names[self.root], self.names[node])

    def delta(self, neuron: Neuron) -> Formula:
        """δ of a neuron, called after its activation; ∂E/∂z where that name makes no index."""
        name = delta_name(self.names[neuron.a])
        return Symbol(name) if name else self.by(neuron.z)

    def slope(self, neuron: Neuron) -> tuple[Formula, Any]:
        """∂a/∂z of a neuron: its formula, and its value."""
        if neuron.linear:
            return 1, 1
        formulas: list[Formula] = []
        for factor in self.factors(neuron.z):
            formulas.insert(0, factor.formula)
            if factor.end is neuron.a:
                break
        return product(formulas), gradients(neuron.a)[neuron.z]

    def is_signal(self, node: Value) -> bool:
        """Whether the node is the pre-activation of a neuron."""
        return node in self.signals and self.signals[node].z is node

    def signal(self, node: Value) -> Formula:
        """∂E/∂node, as the δ of a neuron where it is one."""
        return self.delta(self.signals[node]) if node in self.signals else self.by(node)

    def fresh(self, node: Value) -> None:
        """Raise StaleGraphError if the node's numbers are no longer those of its operands."""
        if node not in self._checked:
            check_fresh(node)
            self._checked.add(node)

    # -- What leads from a node to the root ------------------------------------------------------------

    def between(self, start: Value) -> dict[Value, list[Use]]:
        """The nodes that depend on `start`, from it on, and the uses of each of them, in the order of backward()."""
        reached = {start}
        for node in self.order[self.positions[start] + 1 :]:
            for parent, _ in node.edges():
                if parent in reached:
                    reached.add(node)
                    break
        return self.uses(node for node in self.order if node in reached)

    def uses(self, nodes: Iterable[Value]) -> dict[Value, list[Use]]:
        """The uses that some nodes make of one another."""
        found: dict[Value, list[Use]] = {node: [] for node in nodes}
        for node in reversed(list(found)):
            for number, (parent, value) in enumerate(node.edges()):
                if parent in found:
                    found[parent].append(Use(node, number, value))
        return found

    def factors(self, start: Value, uses: dict[Value, list[Use]] | None = None) -> list[Factor]:
        """∂E/∂start as a product, from `start` to the root.

        >>> x = Value(3.0, "x"); y = x * x; y.label = "y"; E = y.exp(); E.label = "E"
        >>> from autograd.symbolic.notations import Text
        >>> [(Text().write(factor.formula), factor.value) for factor in Board(E).factors(x)]
        [('x + x', 6.0), ('E', 8103.08...)]
        """
        uses = self.between(start) if uses is None else uses
        place = self.positions
        passed: list[Value] = [start]
        furthest = place[start]
        for node, ways in uses.items():
            if node is not start and furthest == place[node]:
                passed.append(node)
            furthest = max([furthest, *(place[way.node] for way in ways)])
        near, left_out, far = ends(passed, MOST_FACTORS)
        found = [self._factor(a, b, uses) for a, b in pairwise(near)]
        if left_out:
            found.append(Factor(near[-1], far[0], (), DOTS, DOTS, DOTS))
        return found + [self._factor(a, b, uses) for a, b in pairwise(far)]

    def _factor(self, start: Value, end: Value, uses: dict[Value, list[Use]]) -> Factor:
        ways = tuple(uses[start])
        for way in ways:
            self.fresh(way.node)
        if len(ways) == 1 and ways[0].node is end:
            formula = local(end, ways[0].number, self.names)
            return Factor(start, end, ways, formula, in_numbers(formula), ways[0].local)
        onward = self.gradients if end is self.root else gradients(end)
        shown = ways if len(ways) <= MOST_TERMS else (*ways[:FIRST_TERMS], None, *ways[-LAST_TERMS:])
        terms = [(DOTS, DOTS) if way is None else self._term(way, end, uses, onward[way.node]) for way in shown]
        return Factor(
            start,
            end,
            ways,
            Sum(tuple(formula for formula, _ in terms)),
            Sum(tuple(numbers for _, numbers in terms)),
            onward[start],
        )

    def _term(self, way: Use, end: Value, uses: dict[Value, list[Use]], onward: Any) -> tuple[Formula, Formula]:
        """One way from a node on: its local derivative, and what comes after it."""
        formula = local(way.node, way.number, self.names)
        numbers = in_numbers(formula)
        if way.node is end:
            return formula, numbers
        if end is self.root and way.node in self.signals:
            return product([self.signal(way.node), formula]), product([onward, numbers])
        rest: list[Formula] = []
        node = way.node
        while node is not end and len(uses[node]) == 1 and len(rest) < SHORT_WAY:
            following = uses[node][0]
            self.fresh(following.node)
            rest.append(local(following.node, following.number, self.names))
            node = following.node
        if node is end:
            rest.reverse()
            return product([*rest, formula]), product([*map(in_numbers, rest), numbers])
        beyond = self.by(way.node) if end is self.root else Derivative(self.names[end], self.names[way.node])
        return product([beyond, formula]), product([onward, numbers])

    def sides(self, factors: Sequence[Factor], value: Any, *, colours: bool = False) -> list[Formula]:
        """A product of factors from the root back, in names, in numbers, and worked out to its value."""
        shown = factors[::-1]
        written: list[Formula] = [
            self.coloured(factors) if colours else product([factor.formula for factor in shown]),
            product([factor.numbers for factor in shown]),
            product([_terms(factor) for factor in shown]),
            product([factor.value for factor in shown]),
            value,
        ]
        return without_repeats(written)

    def coloured(self, factors: Sequence[Factor]) -> Formula:
        """The product in names, in the colours of error, gradient and input; plain where it has no such parts."""
        roles = self.roles(factors)
        if "input" not in roles:
            return product([factor.formula for factor in factors[::-1]])
        if len(factors) < len(roles):
            return self._coloured_terms(factors[0].uses)
        parts: dict[str, list[Formula]] = {"error": [], "gradient": [], "input": []}
        for factor, role in zip(factors, roles):
            parts[role].insert(0, factor.formula)
        products = [(product(inside), role) for role, inside in parts.items()]
        return Product(tuple(Part(formula, role) for formula, role in products if not alike(formula, 1)))

    def _coloured_terms(self, uses: Sequence[Use]) -> Formula:
        """A weight that several neurons use, as in a batch: error · input of each."""
        first, left_out, last = ends(uses, MOST_TERMS)
        terms: list[Formula] = []
        for use in (*first, *([None] if left_out else []), *last):
            if use is None:
                terms.append(DOTS)
            else:
                inside = local(use.node, use.number, self.names)
                terms.append(Product((Part(self.signal(use.node), "error"), Part(inside, "input"))))
        return Sum(tuple(terms))

    def signal_sides(self, node: Value) -> list[Formula]:
        """∂E/∂node as a product, in names, in numbers, and worked out."""
        return self.sides(self.factors(node), self.gradients[node])

    def roles(self, factors: Sequence[Factor]) -> list[str]:
        """What each factor is for a weight of a neuron: input, gradient, then the error that arrives."""
        roles = ["error"] * len(factors)
        if factors and len(factors[0].uses) == 1 and factors[0].end in self.signals:
            roles[0] = "input"
            if len(factors) > 1 and len(factors[1].uses) == 1 and is_activation(factors[1].end):
                roles[1] = "gradient"
        elif len(factors) == 1 and len(factors[0].uses) > 1 and self._all_signals(factors[0]):
            roles.append("input")
        return roles

    def _all_signals(self, factor: Factor) -> bool:
        return all(use.node in self.signals for use in factor.uses)


_INDEXED = re.compile(r"[^\W\d_]+(\d*\[[\d,]+\])")  # h[2], and a1[2] of layer 1
_PLAIN = re.compile(r"[^\W_]+(_[^\W_]+)?")


def delta_name(name: Name) -> Name | None:
    """What the error signal of the neuron with this activation is called, if that can be an index.

    >>> delta_name(Name("o1")), delta_name(Name("a1[2]")), delta_name(Name("h_2")), delta_name(Name("50 %"))
    ('δ_o1', 'δ1[2]', 'δ_h2', None)
    """
    indexed = _INDEXED.fullmatch(name)
    if indexed:
        return Name(f"δ{indexed[1]}", name.turn)
    return Name(f"δ_{name.replace('_', '')}", name.turn) if _PLAIN.fullmatch(name) else None


def roles_in(formula: Formula) -> set[str]:
    """The roles of the coloured parts of a formula."""
    if isinstance(formula, Part):
        return {formula.role}
    inside = formula.factors if isinstance(formula, Product) else formula.terms if isinstance(formula, Sum) else ()
    return set().union(*map(roles_in, inside))


def _terms(factor: Factor) -> Formula:
    """The terms of a sum worked out, the sum not yet."""
    if len(factor.uses) <= 1:
        formula: Formula = factor.value
        return formula
    one_by_one = stages(factor.numbers, factor.value)
    return one_by_one[-2] if len(one_by_one) > 1 else one_by_one[-1]


def without_repeats(sides: Sequence[Formula]) -> list[Formula]:
    """The sides of an equation, one that says the same as the one before it left out.

    >>> without_repeats([Symbol("a"), 0.5, 0.5])
    [Symbol(name='a'), 0.5]
    """
    return [side for place, side in enumerate(sides) if not place or not alike(side, sides[place - 1])]


def _unsigned(factor: Formula) -> tuple[Formula, bool]:
    """A factor without the minus before it, and whether it had one; a number other than −1 keeps it."""
    if isinstance(factor, Apply) and factor.op is ops.neg:
        return factor.args[0], True
    if isinstance(factor, Apply) and factor.op is ops.div:
        over, minus = _unsigned(factor.args[0])
        if not isinstance(over, Expr) and over < 0:
            over, minus = -over, True
        return Apply(ops.div, (over, factor.args[1])), minus
    return (1, True) if not isinstance(factor, Expr) and factor == -1 else (factor, False)


def product(factors: Sequence[Formula]) -> Formula:
    """A product without its ones, a −1 as a sign.

    >>> from autograd.symbolic.notations import Text
    >>> a, b = Symbol("a"), Symbol("b")
    >>> Text().write(product([1, a, -1, b])), product([1, 1]), Text().write(product([-a / b, -b]))
    ('−a·b', 1, 'a/b·b')
    """
    left: list[Formula] = []
    negative = False
    for signed in factors:
        factor, minus = _unsigned(signed)
        negative ^= minus
        if isinstance(factor, Product):
            left.extend(factor.factors)
        elif isinstance(factor, Expr) or factor != 1:
            left.append(factor)
    if not left:
        return -1 if negative else 1
    if negative and not isinstance(left[0], Expr):
        left[0], negative = -left[0], False
    whole = left[0] if len(left) == 1 else Product(tuple(left))
    return Apply(ops.neg, (whole,)) if negative else whole
