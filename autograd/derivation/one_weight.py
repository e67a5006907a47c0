"""The chain rule written out for one weight, as one does it on paper.

`explain` writes a *derivation*: the paths from the weight to the output, the chain rule in symbols,
each local derivative as a formula and a number, what each path contributes, the factors that the
paths share taken out once, the sum, and the update for a learning rate.

The numbers are the engine's at full precision; only the writers round them. What is too long to be
read is shortened: of very many paths, the largest are shown, with the remainder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.derivation.context import MAX_FACTORS, DerivationContext, product, roles_in, without_repeats
from autograd.derivation.formulas import abridged, checked_rate, node_formula, stages_to_result
from autograd.document.blocks import Equations, Heading, listed, sentence, table
from autograd.document.document import Document
from autograd.document.line_breaks import measured
from autograd.engine.graph import as_graph
from autograd.engine.names import caller_names
from autograd.engine.value import Value
from autograd.errors import ArgumentError
from autograd.formatting import escapes, figures
from autograd.formatting.terminal import ends
from autograd.path_sums.ledger import many
from autograd.path_sums.search import paths
from autograd.symbolic.equations import DOTS, Chain, Derivative, Equation, New, Part, Product, Sum, Words
from autograd.symbolic.expr import Apply, Formula, Symbol
from autograd.symbolic.names import Name
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from autograd.derivation.context import Factor
    from autograd.document.blocks import Block, Content
    from autograd.engine.graph import Graph
    from autograd.path_sums.path_sum import Edge, Path
    from autograd.path_sums.search import Paths

MAX_PATHS = 8  # paths that a reader still compares; of more, the largest few are written out
LARGEST_PATHS = 4
MAX_SIGNALS = 4  # error signals that are written out beside a formula that has them
MAX_NODES = 12  # nodes of a chain that fit into a line
MAX_ROWS = 40  # rows of a table that fill a page
MAX_IN_SENTENCE = 60  # columns of an equation inside a sentence


class Derivation(Document):
    """The derivative of `output` with respect to `weight`, written out; its parts are there as data too.

    `paths` are those that are written out, `factors` the product of what all paths share,
    `updated` the weight after a step with the rate `lr`, if one was given.

    >>> w = Value(3.0, label="w")
    >>> derivation = explain(w * w, w, lr=0.5)
    >>> derivation.gradient, derivation.updated
    (6.0, 0.0)
    """

    output: Value
    weight: Value
    gradient: Any
    paths: Paths
    factors: list[Factor]
    rate: Any
    updated: Any


def explain(
    output: Value | Graph,
    wrt: Value | str,
    lr: Any = None,
    *,
    digits: int = figures.DIGITS,
    colors: bool = False,
    names: bool = True,
) -> Derivation:
    """Write out ∂output/∂wrt: every path, every local derivative, the sum, and the update for a rate `lr`.

    `wrt` is a node or its label. Numbers are shown to `digits` significant digits. With `colors`, the
    error, the gradient of the activation and the input each have their color. With `names`, nodes
    without a label have the names of the caller's variables. The numbers are those of the recorded
    pass; where one was changed since, a line says so.

    >>> from autograd import Value
    >>> x = Value(3.0, "x"); y = x**2; y.label = "y"; E = y * 5.0; E.label = "E"
    >>> derivation = explain(E, x, lr=0.01)
    >>> derivation.gradient, derivation.updated
    (30.0, 2.7)
    >>> str(derivation).splitlines()[-1].strip()
    'x_new = x − η · ∂E/∂x = 3 − 0.01 × 30 = 3 − 0.3 = 2.7'

    Raises NotFoundError or ArgumentError for a label that no node or more than one has,
    DomainError where a derivative does not exist.
    """
    graph = as_graph(output, caller_names() if names else None)
    start = chosen_node(graph, wrt)
    context = DerivationContext(graph)
    rate = _rate(context, start, lr)
    digits = figures.checked_digits(digits)
    writer = WeightDerivation(context, start, colors=colors)
    blocks = [*writer.introduction(), *staleness_note(context), *writer.sections(2, rate)]
    derivation = Derivation(("The derivative ", writer.derivative), blocks, digits=digits, colors=colors)
    derivation.output, derivation.weight, derivation.gradient = graph.output, start, writer.gradient
    derivation.paths, derivation.factors = writer.paths, writer.factors
    derivation.rate, derivation.updated = rate, None if rate is None else start.data - rate * writer.gradient
    return derivation


def chosen_node(graph: Graph, which: Value | str) -> Value:
    """Return the node with a label; a Value is itself, also where the output does not depend on it."""
    return which if isinstance(which, Value) else graph.find(which)


def staleness_note(context: DerivationContext) -> list[Block]:
    """Return a sentence that names the first node whose operands were changed; nothing where none was."""
    return [sentence("These are the recorded numbers: ", context.staleness, ".")] if context.staleness else []


def _rate(context: DerivationContext, start: Value, lr: Any) -> Any:
    if lr is None:
        return None
    if start.op is not None:
        raise ArgumentError(
            f"{context.names[start]} is computed ({start.op.name}), and a step with a learning rate changes leaves: "
            "ask for a leaf, or leave lr out"
        )
    return checked_rate(lr)


def numbered_sections(level: int, sections: Iterable[tuple[str, list[Block]]]) -> list[Block]:
    """Return the blocks of each section that is not empty, below a numbered heading."""
    numbered = enumerate((section for section in sections if section[1]), 1)
    return [block for n, (title, blocks) in numbered for block in (Heading(level, (f"{n}. {title}",)), *blocks)]


class WeightDerivation:
    """The blocks of the derivation of one weight."""

    def __init__(self, context: DerivationContext, start: Value, *, colors: bool = False) -> None:
        self.context = context
        self.start = start
        self.colors = colors
        self.paths = paths(context.graph, start, k=MAX_PATHS + 1)
        if len(self.paths) > MAX_PATHS:
            self.paths = paths(context.graph, start, k=LARGEST_PATHS)
        self.is_reached = start in context.graph
        self.gradient: Any = context.gradients.get(start, type(context.output.data)())
        self.uses = context.downstream(start) if self.is_reached else {}
        self.factors = context.factors(start, self.uses) if self.is_reached else []
        self._operand_places: dict[tuple[Value, int], int] = {}
        self._path_edges = {path: path.edges[::-1] for path in self.paths}
        name = context.names[start] if self.is_reached else Name(escapes.plain(start.label) or "w")
        self.weight = Symbol(name)
        self.derivative = Derivative(context.names[context.output], name)

    def introduction(self) -> list[Block]:
        """Return what the weight is, with its number and where it enters."""
        context, start = self.context, self.start
        output = context.symbol(context.output)
        if not self.is_reached:
            zero = Equations((Equation((self.derivative, 0)),))
            opening = ("No path leads from ", self.weight, " to ", output, ": ", output, " does not depend on it.")
            return [sentence(*opening), zero]
        if start is context.output:
            return [sentence(self.weight, " is where the backward pass starts: its derivative by itself is 1.")]
        return [sentence(*self._role(), " Its derivative says how ", output, " changes with it.")]

    def _role(self) -> Content:
        """Return what the weight is in the network, or which nodes use it."""
        context = self.context
        links = [(n, x) for n in context.neurons for w, x in n.pairs if w is self.start]
        value = Equation((self.weight, self.start.data))
        if len({neuron.z for neuron, _ in links}) == 1:
            neuron, x = links[0]
            return (value, " is the weight with which ", context.symbol(x), " enters ", self._defined(neuron.z), ".")
        nodes = list(dict.fromkeys(edge.node for edge in self.factors[0].edges))
        if len(nodes) == 1:
            return (value, " enters ", self._defined(nodes[0]), ".")
        return (value, f" enters {len(nodes)} nodes: ", *listed([context.symbol(node) for node in nodes]), ".")

    def _defined(self, node: Value) -> Formula:
        """Return the name of a node, with what it is computed as where that is short."""
        whole = Equation((self.context.symbol(node), node_formula(node, self.context.names)))
        return whole if measured(whole) <= MAX_IN_SENTENCE else whole.sides[0]

    def sections(self, level: int, rate: Any = None) -> list[Block]:
        """Return the whole derivation, with headings of this level."""
        if not self.is_reached or self.start is self.context.output:
            return []
        parts: list[tuple[str, list[Block]]] = [
            ("The path" if self.paths.count == 1 else "The paths", self.chains()),
            ("The chain rule", self.chain_rule()),
            ("Each local derivative", self.local_derivatives()),
        ]
        if self.paths.count == 1:
            parts.append(("The product", [Equations((self.only_product(),)), *self.color_legend()]))
        else:
            parts.append(("What each path contributes", [Equations(self.contributions())]))
            edges = (edge for factor in self.factors for edge in factor.edges)
            if len(self.factors) > 1 or any(edge.node in self.context.neuron_at for edge in edges):
                parts.append(("Shared factors, taken out once", self.shared_factors()))
            parts.append(("The sum", self.sum()))
        if rate is not None:
            parts.append(("The update", self.update(rate)))
        return numbered_sections(level, parts)

    def chains(self) -> list[Block]:
        """Return the nodes of each path."""
        output = self.context.symbol(self.context.output)
        if self.paths.count == 1:
            opening = sentence("One path leads from ", self.weight, " to ", output, ".")
            return [opening, Equations((Equation((self._chain(self.paths[0]),)),))]
        ending = "."
        if not self.paths.complete:
            ending = (
                f", too many to write out; here are the {len(self.paths)} with the largest products. "
                "The others are counted in the remainder, and the factored form below has them all."
            )
        opening = sentence(f"{many(self.paths.count)} paths lead from ", self.weight, " to ", output, ending)
        rows = [(number, self._chain(path)) for number, path in enumerate(self.paths, 1)]
        return [opening, table(("path", "through"), rows, "rl")]

    def _chain(self, path: Path) -> Chain:
        return Chain(abridged(path.nodes, MAX_NODES, self.context.names.__getitem__, "… {} more …"))

    def chain_rule(self) -> list[Block]:
        """Return the sum over the paths of the product of symbols of each."""
        added = "" if self.paths.count == 1 else "; what the paths contribute is added"
        terms: list[Formula] = [Product(tuple(self._along(path, self.edge_derivative))) for path in self.paths]
        if not self.paths.complete:
            terms.append(DOTS)
        blocks: list[Block] = [
            sentence(f"Along a path the local derivatives are multiplied{added}."),
            Equations((Equation((self.derivative, Sum(tuple(terms)) if len(terms) > 1 else terms[0])),)),
        ]
        if any(self._operand_places.values()):
            foot = "A number at the foot of a derivative: by the operand in that place alone, the others held fixed."
            blocks.append(sentence(foot))
        return blocks

    def edge_derivative(self, edge: Edge) -> Derivative:
        """Return ∂node/∂parent; where another way leads from the parent to the node, by the operand's place."""
        names, key = self.context.names, (edge.node, edge.index)
        if key not in self._operand_places:
            place = 0
            if len(self.uses[edge.parent]) > 1 and self._has_other_way(edge):
                operands = edge.node.operands
                place = [at for at, v in enumerate(operands, 1) if isinstance(v, Value)][edge.index]
            self._operand_places[key] = place
        return Derivative(names[edge.node], names[edge.parent], self._operand_places[key])

    def _has_other_way(self, edge: Edge) -> bool:
        """Return whether a way beside this edge leads from its parent to its node."""
        position, seen = self.context.graph.position, set()
        waiting = [child for child, index, _ in self.uses[edge.parent] if (child, index) != (edge.node, edge.index)]
        while waiting:
            node = waiting.pop()
            if node is edge.node:
                return True
            if node not in seen and position[node] < position[edge.node]:
                seen.add(node)
                waiting.extend(child for child, _, _ in self.uses[node])
        return False

    def _along(self, path: Path, write: Callable[[Edge], Any]) -> list[Formula]:
        """Return one factor for each edge, from the output back, the middle of a long path left out."""
        return [*abridged(self._path_edges[path], MAX_FACTORS, write)]

    def local_derivatives(self) -> list[Block]:
        """Return a table of the edges of the paths, from the output back."""
        numbers: dict[tuple[Value, int], list[int]] = {}  # of the paths along each edge
        edges: dict[tuple[Value, int], Edge] = {}
        for number, path in enumerate(self.paths, 1):
            near, _, far = ends(self._path_edges[path], MAX_ROWS)
            for edge in (*near, *far):
                edges[edge.node, edge.index] = edge
                numbers.setdefault((edge.node, edge.index), []).append(number)
        position = self.context.graph.position
        first, left_out, last = ends(sorted(edges, key=lambda key: (-position[key[0]], key[1])), MAX_ROWS)
        head = ["derivative", "of", "is", "in numbers", *(["paths"] if len(self.paths) > 1 else [])]

        def row(key: tuple[Value, int]) -> tuple[Any, ...]:
            edge, names = edges[key], self.context.names
            function = Equation((Symbol(names[edge.node]), node_formula(edge.node, names)))
            formula, worked = self.context.edge_formulas(edge)
            sides = without_repeats((*stages_to_result(worked, edge.local)[:1], edge.local))
            which = "all" if len(numbers[key]) == len(self.paths) else ", ".join(map(str, numbers[key]))
            return (self.edge_derivative(edge), function, formula, Equation(tuple(sides)), which)[: len(head)]

        is_cut = left_out or any(len(edges) > MAX_ROWS for edges in self._path_edges.values())
        gap = [("…", *[""] * (len(head) - 1))] if is_cut else []
        return [table(head, [*map(row, first), *gap, *map(row, last)], "l" * len(head))]

    def contributions(self, *, in_numbers: bool = False) -> tuple[Equation, ...]:
        """Return the product of each path in formulas and in numbers, or in numbers alone."""
        products = enumerate(map(self._product, self.paths), 1)
        return tuple(Equation((Words(f"path {number}"), *sides[in_numbers:])) for number, sides in products)

    def _product(self, path: Path) -> list[Formula]:
        formulas = self._along(path, lambda edge: self.context.edge_formulas(edge)[0])
        numbers = self._along(path, lambda edge: edge.local)
        sides = [product(formulas), Product(tuple(numbers)) if len(numbers) > 1 else numbers[0], path.product]
        return without_repeats(sides)

    def only_product(self) -> Equation:
        """Return the product of the only path, its parts in their colors."""
        _, *rest = self._product(self.paths[0])
        formula, *_ = self.context.product_sides(self.factors, self.gradient, colors=self.colors)
        return Equation((self.derivative, formula, *rest))

    # -- Shared factors ---------------------------------------------------------------------------------

    def factored(self) -> Equation:
        """Return the gradient as a product of what all paths share: in names, in numbers, and worked out."""
        return Equation((self.derivative, *self.context.product_sides(self.factors, self.gradient, colors=self.colors)))

    def shared_factors(self) -> list[Block]:
        """Return the factored form, and what the error signals in it are."""
        blocks: list[Block] = []
        single = [factor for factor in self.factors if len(factor.edges) == 1]
        if len(self.factors) > 1 and single:
            names = self.context.names
            named = listed([Derivative(names[factor.end], names[factor.start]) for factor in reversed(single)])
            written = "it is" if len(single) == 1 else "they are"
            blocks.append(sentence("All paths share ", *named, f": {written} written once."))
        return [*blocks, *self.error_signals(), Equations((self.factored(),)), *self.color_legend()]

    def color_legend(self) -> list[Block]:
        """Return a sentence that says what each color means."""
        if not self.colors:
            return []
        meaning = {"error": "the error that arrives", "gradient": "the slope of the activation", "input": "the input"}
        roles = roles_in(self.context.colored_product(self.factors))
        shown = [Part(Words(words), role) for role, words in meaning.items() if role in roles]
        return [sentence(*listed(shown), ".")] if shown else []

    def error_signals(self) -> list[Block]:
        """Return the equations of the error signals in the factored form."""
        context = self.context
        edges = self.factors[-1].edges
        nodes = list(dict.fromkeys(e.node for e in edges if len(edges) > 1 and e.node in context.neuron_at))
        if len(nodes) > MAX_SIGNALS:
            call = f"explain({context.names[context.output]}, {str(context.names[nodes[0]])!r})"
            return [sentence(f"Each δ is what reaches that neuron; {call} writes one out.")]
        signals = ([context.upstream(z), context.derivative(z), *context.gradient_sides(z)] for z in nodes)
        equations = tuple(Equation(tuple(without_repeats(sides))) for sides in signals)
        return [Equations(equations)] if equations else []

    # -- The sum and the update -------------------------------------------------------------------------

    def sum(self) -> list[Block]:
        """Return the sum of the contributions, and a remark where they cancel."""
        terms: list[Formula] = [path.product for path in self.paths]
        blocks: list[Block] = []
        if not self.paths.complete:
            terms.append(self.paths.remainder)
            others = self.paths.count - len(self.paths)
            blocks.append(sentence(f"The last term is the remainder: what the other {many(others)} paths add up to."))
        blocks.append(Equations((Equation((self.derivative, Sum(tuple(terms)), self.gradient)),)))
        if self.left_of_magnitude is not None:
            blocks.append(sentence(f"The paths cancel: {self.left_of_magnitude} of their magnitude is left."))
        return blocks

    @property
    def left_of_magnitude(self) -> str | None:
        """The percentage of the magnitude of the paths that is left in their sum; None where they do not cancel."""
        kept = self.paths.kept
        return f"{figures.number(100 * kept, 3)}\u00a0%" if kept is not None and self.paths.cancels else None

    def update(self, rate: Any) -> list[Block]:
        """Return one step of gradient descent."""
        opening = sentence("A step with the learning rate ", Equation((Symbol("η"), rate)), ":")
        return [opening, Equations((self.update_equation(rate),))]

    def update_equation(self, rate: Any) -> Equation:
        """Return w_new = w − η·∂E/∂w, in names and in numbers."""
        old, change = self.start.data, rate * self.gradient
        in_names = Apply(ops.sub, (self.weight, Product((Symbol("η"), self.derivative))))
        in_numbers = Apply(ops.sub, (old, Product((rate, self.gradient))))
        return Equation((New(self.weight.name), in_names, in_numbers, Apply(ops.sub, (old, change)), old - change))
