"""The chain rule written out for one weight, as one does it on paper.

`explain` gives a *derivation*: the paths from the weight to the result, the chain rule in symbols,
each local derivative as a formula and a number, what each path contributes, the factors that the
paths share taken out once, the sum, and the update for a learning rate.

The numbers are the engine's at full precision and are rounded only to be read; a `board` has them.
What is too long to be read is shortened: of very many paths, the largest and the remainder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.derivation.context import MOST_FACTORS, Board, product, roles_in, without_repeats
from autograd.derivation.formulas import checked_rate, local, stages, written_out
from autograd.document.blocks import Equations, Heading, listed, sentence, table
from autograd.document.document import Document
from autograd.document.line_breaks import measured
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.errors import ArgumentError
from autograd.formatting import escapes, figures
from autograd.formatting.terminal import ends
from autograd.path_sums.ledger import many
from autograd.path_sums.search import Paths, paths
from autograd.symbolic.equations import DOTS, Chain, Derivative, Equation, New, Part, Product, Sum, Words
from autograd.symbolic.expr import Apply, Formula, Symbol
from autograd.symbolic.names import Name
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.derivation.context import Factor
    from autograd.document.blocks import Block, Content
    from autograd.path_sums.path_sum import Edge, Path

MOST_PATHS = 8  # paths that are all written out; of more, the largest
LARGEST = 4
MOST_SIGNALS = 4  # error signals that are written out where a formula has them
MOST_NODES = 12  # nodes of a chain that are all named
MOST_ROWS = 40  # local derivatives in a table
SHORT = 60  # columns of an equation inside a sentence


class Derivation(Document):
    """The derivative of `root` with respect to `weight`, written out; its parts are there as data too.

    `paths` are those that are written out, `factors` the product of what all paths share,
    `updated` the weight after a step with the rate `lr`, if one was given.

    >>> w = Value(3.0, label="w")
    >>> derivation = explain(w * w, w, lr=0.5)
    >>> derivation.gradient, derivation.updated
    (6.0, 0.0)
    """

    root: Value
    weight: Value
    gradient: Any
    paths: Paths
    factors: list[Factor]
    rate: Any
    updated: Any


def explain(
    E: Value,  # noqa: N803 -- as it is written on paper
    w: Value | str,
    lr: Any = None,
    *,
    digits: int = figures.DIGITS,
    colors: bool = False,
) -> Derivation:
    """Write out ∂E/∂w: every path, every local derivative, the sum, and the update for a rate `lr`.

    `w` is a node or its label. Numbers are shown to `digits` significant digits; with `colors`
    the error, the gradient of the activation and the input have each their color.

    >>> from autograd import Value
    >>> x = Value(3.0, "x"); y = x**2; y.label = "y"; E = y * 5.0; E.label = "E"
    >>> derivation = explain(E, x, lr=0.01)
    >>> derivation.gradient, derivation.updated
    (30.0, 2.7)
    >>> str(derivation).splitlines()[-1].strip()
    'x_new = x − η · ∂E/∂x = 3 − 0.01 × 30 = 3 − 0.3 = 2.7'

    Raises NotFoundError or ArgumentError for a label that no node or more than one has,
    StaleGraphError if a number was changed after `E` had been computed, DomainError where a
    derivative does not exist.
    """
    start = w if isinstance(w, Value) else Graph(E).find(w)
    board = Board(E)
    rate = _rate(board, start, lr)
    digits = figures.checked_digits(digits)
    case = Case(board, start, colors=colors)
    blocks = [*case.opening(), *case.sections(2, rate)]
    derivation = Derivation(("The derivative ", case.derivative), blocks, digits=digits, colors=colors)
    derivation.root, derivation.weight, derivation.gradient = E, start, case.gradient
    derivation.paths, derivation.factors = case.paths, case.factors
    derivation.rate, derivation.updated = rate, None if rate is None else start.data - rate * case.gradient
    return derivation


def _rate(board: Board, start: Value, lr: Any) -> Any:
    if lr is None:
        return None
    if start.op is not None:
        raise ArgumentError(
            f"{board.names[start]} is computed ({start.op.name}), and a step with a learning rate changes leaves: "
            "ask for a leaf, or leave lr out"
        )
    return checked_rate(lr)


class Row(NamedTuple):
    """One local derivative of the table: its edge, and the paths that go along it."""

    edge: Edge
    paths: tuple[int, ...]


class Case:
    """One weight of a board: the blocks that its derivation is made of."""

    def __init__(self, board: Board, start: Value, *, colors: bool = False) -> None:
        self.board = board
        self.start = start
        self.colors = colors
        self.paths = paths(board.root, start, k=MOST_PATHS + 1)
        if len(self.paths) > MOST_PATHS:
            self.paths = paths(board.root, start, k=LARGEST)
        self.reaches = start in board.names
        self.gradient: Any = board.gradients.get(start, type(board.root.data)())
        self.uses = board.between(start) if self.reaches else {}
        self.factors = board.factors(start, self.uses) if self.reaches else []
        self._places: dict[tuple[Value, int], int] = {}
        self.edges = {path: path.edges[::-1] for path in self.paths}
        name = board.names[start] if self.reaches else Name(escapes.plain(start.label) or "w")
        self.weight = Symbol(name)
        self.derivative = Derivative(board.names[board.root], name)

    # -- What the weight is ---------------------------------------------------------------------------

    def opening(self) -> list[Block]:
        """Where the weight enters, and with which number."""
        board, start = self.board, self.start
        E = board.symbol(board.root)  # noqa: N806 -- as it is written on paper
        if not self.reaches:
            return [
                sentence("No path leads from ", self.weight, " to ", E, ": ", E, " does not depend on it."),
                Equations((Equation((self.derivative, 0)),)),
            ]
        if start is board.root:
            return [sentence(self.weight, " is where the backward pass starts: its derivative by itself is 1.")]
        return [sentence(*self.connection(), " Its derivative says how ", E, " changes with it.")]

    def connection(self) -> Content:
        """What the weight is in the network, or where it is used."""
        board = self.board
        places = [neuron for neuron in board.neurons if any(w is self.start for w, _ in neuron.pairs)]
        value = Equation((self.weight, self.start.data))
        if places and len(places) == 1:
            into = next(x for w, x in places[0].pairs if w is self.start)
            return (value, " is the weight with which ", board.symbol(into), " enters ", self._made(places[0].z), ".")
        nodes = list(dict.fromkeys(use.node for use in self.factors[0].uses))
        if len(nodes) == 1:
            return (value, " enters ", self._made(nodes[0]), ".")
        return (value, f" enters {len(nodes)} nodes: ", *listed([board.symbol(node) for node in nodes]), ".")

    def _made(self, node: Value) -> Formula:
        """A node, and what it is computed as where that is short."""
        whole = Equation((self.board.symbol(node), written_out(node, self.board.names)))
        return whole if measured(whole) <= SHORT else whole.sides[0]

    # -- The derivation -------------------------------------------------------------------------------

    def sections(self, level: int, rate: Any = None) -> list[Block]:
        """The whole derivation, with headings of this level."""
        if not self.reaches or self.start is self.board.root:
            return []
        parts: list[tuple[str, list[Block]]] = [
            ("The path" if self.paths.count == 1 else "The paths", self.routes()),
            ("The chain rule", self.chain_rule()),
            ("Each local derivative", self.local_derivatives()),
        ]
        if self.paths.count == 1:
            parts.append(("The product", [Equations((self.path_product(),)), *self.legend()]))
        else:
            parts.append(("What each path contributes", self.contributions()))
            if len(self.factors) > 1 or self._has_signal():
                parts.append(("Shared factors, taken out once", self.shared()))
            parts.append(("The sum", self.sum()))
        if rate is not None:
            parts.append(("The update", self.update(rate)))
        return [
            block
            for number, (title, blocks) in enumerate(parts, 1)
            for block in (Heading(level, (f"{number}. {title}",)), *blocks)
        ]

    def routes(self) -> list[Block]:
        """The chain of each path."""
        E = self.board.symbol(self.board.root)  # noqa: N806 -- as it is written on paper
        if self.paths.count == 1:
            return [
                sentence("One path leads from ", self.weight, " to ", E, "."),
                Equations((Equation((self._chain(self.paths[0]),)),)),
            ]
        count = self.paths.count
        if self.paths.complete:
            said = sentence(f"{many(count)} paths lead from ", self.weight, " to ", E, ".")
        else:
            said = sentence(
                f"{many(count)} paths lead from ", self.weight, " to ", E,
                f", too many to write out; here are the {len(self.paths)} with the largest products. "
                "The others are counted in the remainder, and the factored form below has them all.",
            )  # fmt: skip
        rows = [(number, self._chain(path)) for number, path in enumerate(self.paths, 1)]
        return [said, table(("path", "through"), rows, "rl")]

    def _chain(self, path: Path) -> Chain:
        names = [self.board.names[node] for node in path.nodes]
        first, left_out, last = ends(names, MOST_NODES)
        return Chain((*first, *([f"… {left_out} more …"] if left_out else []), *last))

    def chain_rule(self) -> list[Block]:
        """The product of symbols of each path, added up."""
        if self.paths.count == 1:
            said = sentence("Along a path the local derivatives are multiplied.")
        else:
            said = sentence("Along a path the local derivatives are multiplied; what the paths contribute is added.")
        terms = [self._symbols(path) for path in self.paths]
        if not self.paths.complete:
            terms.append(DOTS)
        blocks: list[Block] = [
            said,
            Equations((Equation((self.derivative, Sum(tuple(terms)) if len(terms) > 1 else terms[0])),)),
        ]
        if any(self._places.values()):
            foot = "A number at the foot of a derivative: by the operand in that place alone, the others held fixed."
            blocks.append(sentence(foot))
        return blocks

    def _symbols(self, path: Path) -> Formula:
        return Product(tuple(self._backwards(path, self.step)))

    def step(self, edge: Edge) -> Derivative:
        """The local derivative along an edge; where its parent has other ways to the node too, by its place."""
        names, key = self.board.names, (edge.node, edge.index)
        if key not in self._places:
            place = 0
            if len(self.uses[edge.parent]) > 1 and self._other_way(edge):
                operands = edge.node.operands
                place = [at for at, v in enumerate(operands, 1) if isinstance(v, Value)][edge.index]
            self._places[key] = place
        return Derivative(names[edge.node], names[edge.parent], self._places[key])

    def _other_way(self, edge: Edge) -> bool:
        """Whether another way leads from the edge's parent to its node."""
        place, seen = self.board.positions, set()
        waiting = [use for use in self.uses[edge.parent] if (use.node, use.number) != (edge.node, edge.index)]
        while waiting:
            node = waiting.pop().node
            if node is edge.node:
                return True
            if node not in seen and place[node] < place[edge.node]:
                seen.add(node)
                waiting.extend(self.uses[node])
        return False

    def _backwards(self, path: Path, write: Any) -> list[Formula]:
        """One factor an edge, from E back to w, the middle left out of a long one."""
        first, left_out, last = ends(self.edges[path], MOST_FACTORS)
        return [*map(write, first), *([DOTS] if left_out else []), *map(write, last)]

    def local_derivatives(self) -> list[Block]:
        """A table of the edges of the paths, from E back to w."""
        on: dict[tuple[Value, int], Row] = {}
        for number, path in enumerate(self.paths, 1):
            near, _, far = ends(self.edges[path], MOST_ROWS)
            for edge in (*near, *far):
                row = on.get((edge.node, edge.index))
                on[edge.node, edge.index] = Row(edge, (*(row.paths if row else ()), number))
        place = self.board.positions
        rows = sorted(on.values(), key=lambda row: (-place[row.edge.node], row.edge.index))
        first, left_out, last = ends(rows, MOST_ROWS)
        several = len(self.paths) > 1
        cells = [self._row(row, several=several) for row in first]
        if left_out or any(len(self.edges[path]) > MOST_ROWS for path in self.paths):
            cells.append(("…", *[""] * (3 + several)))
        cells += [self._row(row, several=several) for row in last]
        head = ("derivative", "of", "is", "in numbers", *(["paths"] if several else []))
        return [table(head, cells, "llll" + "l" * several)]

    def _row(self, row: Row, *, several: bool) -> tuple[Any, ...]:
        edge, names = row.edge, self.board.names
        self.board.fresh(edge.node)
        formula = local(edge.node, edge.index, names)
        which = "all" if len(row.paths) == len(self.paths) else ", ".join(map(str, row.paths))
        return (
            self.step(edge),
            Equation((Symbol(names[edge.node]), written_out(edge.node, names))),
            formula,
            Equation(tuple(without_repeats((*stages(formula, edge.local)[:1], edge.local)))),
            *([which] if several else []),
        )

    def contributions(self) -> list[Block]:
        """The product of each path in formulas and in numbers."""
        equations = tuple(
            Equation((Words(f"path {number}"), *self._product(path))) for number, path in enumerate(self.paths, 1)
        )
        return [Equations(equations)]

    def in_numbers(self, number: int, path: Path) -> Equation:
        """The product of a path in numbers alone."""
        _, *sides = self._product(path)
        return Equation((Words(f"path {number}"), *sides))

    def _product(self, path: Path) -> list[Formula]:
        names = self.board.names
        formulas = self._backwards(path, lambda edge: local(edge.node, edge.index, names))
        numbers = self._backwards(path, lambda edge: edge.local)
        sides = [product(formulas), Product(tuple(numbers)) if len(numbers) > 1 else numbers[0], path.product]
        return without_repeats(sides)

    def path_product(self) -> Equation:
        """The product of the only path, its parts in their colors."""
        _, *rest = self._product(self.paths[0])
        formula, *_ = self.board.sides(self.factors, self.gradient, colors=self.colors)
        return Equation((self.derivative, formula, *rest))

    # -- Shared factors ---------------------------------------------------------------------------------

    def _has_signal(self) -> bool:
        return any(use.node in self.board.signals for factor in self.factors for use in factor.uses)

    def factored(self) -> Equation:
        """The gradient as a product of what all paths share: in names, in numbers, and worked out."""
        return Equation((self.derivative, *self.board.sides(self.factors, self.gradient, colors=self.colors)))

    def shared(self) -> list[Block]:
        """The factored form, and what the error signals in it are."""
        blocks: list[Block] = []
        if len(self.factors) > 1:
            which = [factor for factor in self.factors if len(factor.uses) == 1]
            named = listed([Derivative(self.board.names[f.end], self.board.names[f.start]) for f in reversed(which)])
            if which:
                blocks.append(
                    sentence(
                        "All paths share ", *named, f": {'it is' if len(which) == 1 else 'they are'} written once."
                    )
                )
        return [*blocks, *self.signals(), Equations((self.factored(),)), *self.legend()]

    def legend(self) -> list[Block]:
        """What the colors say."""
        if not self.colors:
            return []
        said = {"error": "the error that arrives", "gradient": "the slope of the activation", "input": "the input"}
        roles = roles_in(self.board.colored(self.factors))
        shown = [Part(Words(words), role) for role, words in said.items() if role in roles]
        return [sentence(*listed(shown), ".")] if shown else []

    def signals(self) -> list[Block]:
        """The error signals that the factored form is written with."""
        board = self.board
        last = self.factors[-1]
        nodes = dict.fromkeys(use.node for use in last.uses if len(last.uses) > 1 and use.node in board.signals)
        equations = [signal_equation(board, node) for node in list(nodes)[: MOST_SIGNALS + 1]]
        if len(equations) > MOST_SIGNALS:
            example, root = self.board.names[next(iter(nodes))], self.board.names[self.board.root]
            return [sentence(f"Each δ is what reaches that neuron; explain({root}, {str(example)!r}) writes one out.")]
        return [Equations(tuple(equations))] if equations else []

    # -- The sum and the update -------------------------------------------------------------------------

    def sum(self) -> list[Block]:
        """The contributions, added up."""
        terms: list[Formula] = [path.product for path in self.paths]
        blocks: list[Block] = []
        if not self.paths.complete:
            terms.append(self.paths.remainder)
            others = self.paths.count - len(self.paths)
            blocks.append(sentence(f"The last term is the remainder: what the other {many(others)} paths add up to."))
        blocks.append(Equations((Equation((self.derivative, Sum(tuple(terms)), self.gradient)),)))
        kept = self.paths.kept
        if kept is not None and self.paths.cancels:
            blocks.append(
                sentence(
                    f"The paths pull in different directions: {figures.number(100 * kept, 3)} % of their "
                    "magnitude is left."
                )
            )
        return blocks

    def update(self, rate: Any) -> list[Block]:
        """One step of gradient descent."""
        said = sentence("A step with the learning rate ", Equation((Symbol("η"), rate)), ":")
        return [said, Equations((update_equation(self.weight, self.start.data, rate, self.derivative, self.gradient),))]


def update_equation(weight: Symbol, old: Any, rate: Any, derivative: Formula, gradient: Any) -> Equation:
    """w_new = w − η·∂E/∂w, in names and in numbers."""
    change = rate * gradient
    return Equation(
        (
            New(weight.name),
            Apply(ops.sub, (weight, Product((Symbol("η"), derivative)))),
            Apply(ops.sub, (old, Product((rate, gradient)))),
            Apply(ops.sub, (old, change)),
            old - change,
        )
    )


def signal_equation(board: Board, node: Value) -> Equation:
    """The error signal of a neuron: δ = ∂E/∂z, from what uses it."""
    return Equation(tuple(without_repeats([board.signal(node), board.by(node), *board.signal_sides(node)])))
