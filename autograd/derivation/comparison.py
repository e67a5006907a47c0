"""The same gradient in two orders: as a sum over paths, and as error signals δ passed back.

Both multiply the same local derivatives and add the same things; passing back adds as soon as it can,
so that nothing is multiplied twice. That is the distributive law, and all that backpropagation is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.derivation.context import Board, product
from autograd.derivation.formulas import MOST_TERMS, local, stages
from autograd.derivation.one_weight import MOST_ROWS, Case
from autograd.document.blocks import Equations, Heading, sentence, table
from autograd.document.document import Document
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.formatting import figures
from autograd.formatting.terminal import ends
from autograd.path_sums.ledger import many
from autograd.path_sums.search import MAX_PATHS, Paths, paths
from autograd.symbolic.equations import DOTS, Equation, Product, Sum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.derivation.context import Use
    from autograd.document.blocks import Block
    from autograd.symbolic.expr import Formula


class Comparison(Document):
    """The same gradient in two orders, as `compare_orders` writes it; `by_paths` and `by_signals` are what each gives.

    >>> from autograd import Value
    >>> w = Value(3.0, label="w")
    >>> both = compare_orders(w * w, w)
    >>> both.by_paths, both.by_signals
    (6.0, 6.0)
    """

    by_paths: Any
    by_signals: Any


def compare_orders(
    E: Value,  # noqa: N803 -- as it is written on paper
    w: Value | str,
    *,
    digits: int = figures.DIGITS,
) -> Comparison:
    """Read ∂E/∂w as a sum over paths and as error signals δ passed back, and show that they are one.

    >>> from autograd import Value
    >>> x = Value(3.0, "x"); y = x * x; y.label = "y"; E = y + x; E.label = "E"
    >>> both = compare_orders(E, x)
    >>> both.by_paths, both.by_signals
    (7.0, 7.0)

    Raises what `explain` raises, and TooLargeError for more nodes than anybody would read.
    """
    start = w if isinstance(w, Value) else Graph(E).find(w)
    digits = figures.checked_digits(digits)
    board = Board(E)
    case = Case(board, start)
    blocks = case.opening()
    by_paths = by_signals = case.gradient
    if case.reaches and start is not E:
        uses = case.uses
        every = paths(E, start) if case.paths.count <= MAX_PATHS else None
        by_paths = None if every is None else sum((path.product for path in every), type(E.data)())
        blocks += [
            Heading(2, ("1. Summed over paths",)),
            *_over_paths(case, by_paths),
            Heading(2, ("2. Passed back as error signals",)),
            *passed_back(board, uses),
            Heading(2, ("3. They are one",)),
            *_one(case, every, by_paths, uses),
        ]
    comparison = Comparison((case.derivative, " in two orders"), blocks, digits=digits)
    comparison.by_paths, comparison.by_signals = by_paths, by_signals
    return comparison


def _over_paths(case: Case, total: Any) -> list[Block]:
    """Each path's product, and their sum."""
    rows = tuple(case.in_numbers(number, path) for number, path in enumerate(case.paths, 1))
    said = sentence("First multiply along each path, then add.")
    terms: list[Formula] = [path.product for path in case.paths]
    if not case.paths.complete:
        said = sentence(
            f"First multiply along each path, then add. There are {many(case.paths.count)} paths; "
            f"these are the {len(case.paths)} largest."
        )
        terms.append(DOTS)
    sides = [case.derivative, Sum(tuple(terms)), *([] if total is None else [total])]
    return [said, Equations((*rows, Equation(tuple(sides))))]


def arriving(board: Board, node: Value, uses: Sequence[Use]) -> Equation:
    """The gradient of a node: what each of its uses passes to it, added up."""
    mine = [board.delta(board.signals[node])] if board.is_signal(node) else []
    if node is board.root:
        return Equation((*mine, board.by(node), 1))
    first, left_out, last = ends(uses, MOST_TERMS)
    names: list[Formula] = []
    numbers: list[Formula] = []
    for use in (*first, *([None] if left_out else []), *last):
        if use is None:
            names.append(DOTS)
            numbers.append(DOTS)
        else:
            board.fresh(use.node)
            names.append(product([board.signal(use.node), local(use.node, use.number, board.names)]))
            numbers.append(Product((board.gradients[use.node], use.local)))
    total = Sum(tuple(numbers)) if len(numbers) > 1 else numbers[0]
    sides = (Sum(tuple(names)), *stages(total, board.gradients[node]))
    return Equation((*mine, board.by(node), *sides))


def passed_back(board: Board, uses: dict[Value, list[Use]]) -> list[Block]:
    """The gradient of each node between, from E back to w: what its uses pass to it, added at once."""
    nodes, left_out, others = ends(list(reversed(uses)), MOST_ROWS)
    head, tail = ([arriving(board, node, uses[node]) for node in some] for some in (nodes, others))
    blocks: list[Block] = [
        sentence(
            "Start at the end. Each node adds up what the nodes that use it pass back, and only then passes it on: "
            "every edge is used once."
        ),
        Equations(tuple(head)),
    ]
    if left_out:
        blocks += [sentence(f"… {left_out} more nodes …"), Equations(tuple(tail))]
    return blocks


def _one(case: Case, every: Paths | None, by_paths: Any, uses: dict[Value, list[Use]]) -> list[Block]:
    """Why the two agree, what each costs, and that they do agree."""
    edges = sum(map(len, uses.values()))
    factors = f"more than {many(case.paths.count)}"
    if every is not None:
        factors = f"{sum(len(path.edges) for path in every):,}"
    blocks: list[Block] = [
        sentence(
            "Paths that go through the same node have the same factors on one side of it. Adding first and "
            "multiplying once, (a + b)·c, gives what multiplying each and adding gives, a·c + b·c. Passing δ back "
            "does that at every node, so that nothing is multiplied twice."
        ),
        table(
            ("reading", "factors multiplied", "gives"),
            [
                ("sum over paths", factors, "not computed" if by_paths is None else by_paths),
                ("δ passed back", f"{edges:,}", case.gradient),
            ],
            "lrr",
        ),
    ]
    if by_paths is not None:
        same = by_paths == case.gradient
        difference = abs(by_paths - case.gradient)
        ending = ("They are equal to the last digit.",) if same else (
            "They differ by ", difference, ": the two orders round in different places.")  # fmt: skip
        blocks.append(sentence(*ending))
    return blocks
