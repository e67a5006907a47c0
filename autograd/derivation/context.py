"""What all derivations of one graph have in common: printed names, neurons, and products along the paths.

The gradient of a weight is *factored* at the nodes that all of its paths go through. Between two of
them there is one edge, whose local derivative is a factor, or several ways, whose sum is one factor.
Every number is the engine's, at full precision.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.derivation.formulas import (
    FIRST_TERMS,
    LAST_TERMS,
    MAX_TERMS,
    abridged,
    edge_formula,
    printed_names,
    reading_order,
    stages_to_result,
    with_numbers,
)
from autograd.derivation.neurons import NeuronUse, find_neurons, is_activation
from autograd.engine.backward import backward_pass, order_below
from autograd.engine.graph import follows
from autograd.engine.value import Value
from autograd.formatting.terminal import ends
from autograd.path_sums.path_sum import Edge
from autograd.symbolic.equations import DOTS, Derivative, Part, Product, Sum
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, alike
from autograd.symbolic.names import Name
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from autograd.derivation.neurons import Uses
    from autograd.engine.graph import Graph
    from autograd.symbolic.equations import Sign

MAX_FACTORS = 16  # of a product that fits into a few lines; of a longer one, the first and the last are shown
MAX_EDGES_IN_TERM = 4  # edges of a way that is written out inside a sum


class Factor(NamedTuple):
    """∂end/∂start as a factor of a gradient: in names, in numbers, and its value.

    `edges` are those that leave `start`: one, or several whose ways are added. The middle of a
    long product is one factor without a value.
    """

    start: Value
    end: Value
    edges: tuple[Edge, ...]
    formula: Formula
    numbers: Formula
    value: Any


class DerivationContext:
    """One graph with what every derivation asks of it; `parameters` tell the weights from the inputs of neurons."""

    def __init__(self, graph: Graph, parameters: Collection[Value] = ()) -> None:
        self.graph = graph
        self.output = graph.output
        self.gradients = graph.gradients
        self.nodes = reading_order(graph.output)
        self.names = printed_names(graph, self.nodes)
        self.neurons = find_neurons(self.nodes, graph.uses, parameters)
        # The neuron of each node whose gradient is a δ: its z, and the sums that z was added up in.
        self.neuron_at = {part: neuron for neuron in self.neurons for part in neuron.parts}
        self.staleness = graph.staleness

    def symbol(self, operand: Any) -> Formula:
        """Return the name of a node as a formula; a plain number is itself."""
        return Symbol(self.names[operand]) if isinstance(operand, Value) else operand

    def derivative(self, by: Value | str | Sign) -> Derivative:
        """Return ∂E/∂x, where E is the output and x a node, a letter or a matrix."""
        return Derivative(self.names[self.output], self.names[by] if isinstance(by, Value) else by)

    def delta(self, neuron: NeuronUse) -> Formula:
        """Return the δ of a neuron, named after its activation; ∂E/∂z where that name makes no index."""
        name = delta_name(self.names[neuron.a])
        return Symbol(name) if name else self.derivative(neuron.z)

    def upstream(self, node: Value) -> Formula:
        """Return ∂E/∂node, written as the δ of a neuron where it is one."""
        return self.delta(self.neuron_at[node]) if node in self.neuron_at else self.derivative(node)

    def edge_formulas(self, edge: Edge) -> tuple[Formula, Formula]:
        """Return the local derivative along an edge in names and in numbers.

        Where the operands hold other numbers now, the recorded local derivative stands alone.
        """
        formula = edge_formula(edge.node, edge.index, self.names)
        is_changed = self.staleness and not follows(edge.node)
        return formula, edge.local if is_changed else with_numbers(formula)

    def activation_slope(self, neuron: NeuronUse) -> tuple[Formula, Any]:
        """Return ∂a/∂z of a neuron: its formula and its value."""
        if neuron.is_linear:
            return 1, 1
        uses = self.downstream(neuron.z)
        formulas: list[Formula] = []
        for factor in self.factors(neuron.z, uses):
            formulas.insert(0, factor.formula)
            if factor.end is neuron.a:
                break
        return product(formulas), self.derivatives_of(neuron.a, uses)[neuron.z]

    def edges_from(self, node: Value) -> list[Edge]:
        """Return the edges that leave a node, in the order of the backward pass."""
        return [Edge(node, child, index, local) for child, index, local in self.graph.uses[node]]

    def downstream(self, start: Value) -> Uses:
        """Return the nodes that depend on `start`, itself the first, in order, each with its uses."""
        reached, waiting = {start}, [start]
        while waiting:
            for child, _, _ in self.graph.uses[waiting.pop()]:
                if child not in reached:
                    reached.add(child)
                    waiting.append(child)
        return {node: self.graph.uses[node] for node in sorted(reached, key=self.graph.position.__getitem__)}

    def derivatives_of(self, end: Value, nodes: Collection[Value]) -> dict[Value, Any]:
        """Return ∂end/∂node for each of some nodes that `end` depends on, as `end.backward()` adds them up."""

        def inside(node: Value) -> list[tuple[Value, Any]]:
            return [(parent, local) for parent, local in node.edges() if parent in nodes]

        zero = type(end.data)()
        found: dict[Value, Any] = {end: zero + 1}
        for _, _, terms in backward_pass(order_below(end, inside), zero + 1, zero, inside):
            found |= {parent: total for parent, _, _, total in terms}
        return found

    def factors(self, start: Value, uses: Uses | None = None) -> list[Factor]:
        """Return ∂E/∂start as a product, from `start` to the output.

        >>> from autograd.engine.graph import Graph
        >>> from autograd.symbolic.printer import write
        >>> x = Value(3.0, "x"); y = x * x; y.label = "y"; E = y.exp(); E.label = "E"
        >>> [(write(factor.formula), factor.value) for factor in DerivationContext(Graph(E)).factors(x)]
        [('x + x', 6.0), ('E', 8103.08...)]
        """
        uses = self.downstream(start) if uses is None else uses
        position = self.graph.position
        on_every_path: list[Value] = []
        furthest = position[start]
        for node, used in uses.items():
            if furthest == position[node]:
                on_every_path.append(node)
            furthest = max([furthest, *(position[child] for child, _, _ in used)])
        near, left_out, far = ends(on_every_path, MAX_FACTORS)
        found = [self._factor(a, b, uses) for a, b in pairwise(near)]
        if left_out:
            found.append(Factor(near[-1], far[0], (), DOTS, DOTS, DOTS))
        return found + [self._factor(a, b, uses) for a, b in pairwise(far)]

    def _factor(self, start: Value, end: Value, uses: Uses) -> Factor:
        leaving = tuple(self.edges_from(start))
        if len(leaving) == 1 and leaving[0].node is end:
            return Factor(start, end, leaving, *self.edge_formulas(leaving[0]), leaving[0].local)
        onward = self.gradients if end is self.output else self.derivatives_of(end, uses)
        shown = leaving if len(leaving) <= MAX_TERMS else (*leaving[:FIRST_TERMS], None, *leaving[-LAST_TERMS:])
        terms = [(DOTS, DOTS) if edge is None else self._term(edge, end, onward[edge.node]) for edge in shown]
        names, numbers = zip(*terms)
        return Factor(start, end, leaving, Sum(names), Sum(numbers), onward[start])

    def _term(self, edge: Edge, end: Value, onward: Any) -> tuple[Formula, Formula]:
        """Return one way from a node to `end`: the local derivative of its first edge, times what comes after it."""
        formula, numbers = self.edge_formulas(edge)
        node = edge.node
        if node is end:
            return formula, numbers
        if end is self.output and node in self.neuron_at:
            return product([self.upstream(node), formula]), product([onward, numbers])
        way = [(formula, numbers)]
        while node is not end and len(self.graph.uses[node]) == 1 and len(way) <= MAX_EDGES_IN_TERM:
            [following] = self.edges_from(node)
            way.insert(0, self.edge_formulas(following))
            node = following.node
        if node is end:
            return product([names for names, _ in way]), product([numbers for _, numbers in way])
        beyond = Derivative(self.names[end], self.names[edge.node])
        return product([beyond, formula]), product([onward, numbers])

    def product_sides(self, factors: Sequence[Factor], value: Any, *, colors: bool = False) -> list[Formula]:
        """Return a product of factors from the output back: in names, in numbers, and worked out to its value."""
        shown = factors[::-1]
        sides: list[Formula] = [
            self.colored_product(factors) if colors else product([factor.formula for factor in shown]),
            product([factor.numbers for factor in shown]),
            product([_with_worked_terms(factor) for factor in shown]),
            product([factor.value for factor in shown]),
            value,
        ]
        return without_repeats(sides)

    def gradient_sides(self, node: Value) -> list[Formula]:
        """Return ∂E/∂node as a product: in names, in numbers, and worked out."""
        return self.product_sides(self.factors(node), self.gradients[node])

    def colored_product(self, factors: Sequence[Factor]) -> Formula:
        """Return the product in names, in the colors of error, gradient and input; plain where it has no such parts."""
        roles = self._roles(factors)
        if "input" not in roles:
            return product([factor.formula for factor in factors[::-1]])
        if len(factors) < len(roles):
            return self._colored_terms(factors[0].edges)
        parts: dict[str, list[Formula]] = {"error": [], "gradient": [], "input": []}
        for factor, role in zip(factors, roles):
            parts[role].insert(0, factor.formula)
        products = [(product(inside), role) for role, inside in parts.items()]
        return Product(tuple(Part(formula, role) for formula, role in products if not alike(formula, 1)))

    def _colored_terms(self, edges: Sequence[Edge]) -> Formula:
        """Return error · input of each neuron that uses a weight, as in a batch, added up."""

        def term(edge: Edge) -> Formula:
            return Product((Part(self.upstream(edge.node), "error"), Part(self.edge_formulas(edge)[0], "input")))

        return Sum(abridged(edges, MAX_TERMS, term))

    def _roles(self, factors: Sequence[Factor]) -> list[str]:
        """Return what each factor is for a weight of a neuron: input, gradient, then the error that arrives."""
        roles = ["error"] * len(factors)
        if factors and len(factors[0].edges) == 1 and factors[0].end in self.neuron_at:
            roles[0] = "input"
            if len(factors) > 1 and len(factors[1].edges) == 1 and is_activation(factors[1].end):
                roles[1] = "gradient"
        elif len(factors) == 1 and all(edge.node in self.neuron_at for edge in factors[0].edges):
            roles.append("input")
        return roles


_INDEXED = re.compile(r"[^\W\d_]+(\d*\[[\d,]+\])")  # h[2], and a1[2] of layer 1
_PLAIN = re.compile(r"[^\W_]+(_[^\W_]+)?")


def delta_name(name: Name) -> Name | None:
    """Return the name of the error signal of the neuron with this activation, if that can be an index.

    >>> delta_name(Name("o1")), delta_name(Name("a1[2]")), delta_name(Name("h_2")), delta_name(Name("50 %"))
    ('δ_o1', 'δ1[2]', 'δ_h2', None)
    """
    if indexed := _INDEXED.fullmatch(name):
        return Name(f"δ{indexed[1]}", name.turn)
    return Name(f"δ_{name.replace('_', '')}", name.turn) if _PLAIN.fullmatch(name) else None


def roles_in(formula: Formula) -> set[str]:
    """Return the roles of the colored parts of a formula."""
    if isinstance(formula, Part):
        return {formula.role}
    inside = formula.factors if isinstance(formula, Product) else formula.terms if isinstance(formula, Sum) else ()
    return set().union(*map(roles_in, inside))


def _with_worked_terms(factor: Factor) -> Formula:
    """Return a factor with the terms of its sum worked out, but not yet added."""
    stages = stages_to_result(factor.numbers, factor.value) if len(factor.edges) > 1 else [factor.value]
    return stages[-2] if len(stages) > 1 else stages[-1]


def without_repeats(sides: Sequence[Formula]) -> list[Formula]:
    """Return the sides of an equation without those that say the same as the one before.

    >>> without_repeats([Symbol("a"), 0.5, 0.5])
    [Symbol(name='a'), 0.5]
    """
    return [side for place, side in enumerate(sides) if not place or not alike(side, sides[place - 1])]


def _unsigned(factor: Formula) -> tuple[Formula, bool]:
    """Return a factor without the minus before it, and whether it had one; a number other than −1 keeps it."""
    if isinstance(factor, Apply) and factor.op is ops.neg:
        return factor.args[0], True
    if isinstance(factor, Apply) and factor.op is ops.div:
        over, minus = _unsigned(factor.args[0])
        if not isinstance(over, Expr) and over < 0:
            over, minus = -over, True
        return Apply(ops.div, (over, factor.args[1])), minus
    return (1, True) if not isinstance(factor, Expr) and factor == -1 else (factor, False)


def product(factors: Sequence[Formula]) -> Formula:
    """Return a product without its ones, a −1 as a sign.

    >>> from autograd.symbolic.printer import write
    >>> a, b = Symbol("a"), Symbol("b")
    >>> write(product([1, a, -1, b])), product([1, 1]), write(product([-a / b, -b]))
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
