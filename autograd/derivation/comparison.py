"""The same gradient in two orders: as a sum over paths, and as error signals δ passed back.

Both multiply the same local derivatives and add the same products. Passing back adds as soon as it
can, so that nothing is multiplied twice. This is the distributive law, and all of backpropagation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.derivation.context import DerivationContext, product
from autograd.derivation.formulas import MAX_TERMS, abridged, stages_to_result
from autograd.derivation.one_weight import MAX_ROWS, WeightDerivation, chosen_node, numbered_sections, staleness_note
from autograd.document.blocks import Equations, sentence, table
from autograd.document.document import Document
from autograd.engine.graph import as_graph
from autograd.engine.names import caller_names
from autograd.formatting import figures
from autograd.formatting.terminal import ends
from autograd.path_sums.ledger import many
from autograd.path_sums.search import MAX_PATHS, paths
from autograd.symbolic.equations import DOTS, Equation, Product, Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from autograd.document.blocks import Block
    from autograd.engine.graph import Graph
    from autograd.engine.value import Value
    from autograd.path_sums.path_sum import Edge
    from autograd.path_sums.search import Paths
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
    output: Value | Graph, wrt: Value | str, *, digits: int = figures.DIGITS, names: bool = True
) -> Comparison:
    """Write ∂output/∂wrt as a sum over paths and as error signals δ passed back, and show that they are equal.

    >>> from autograd import Value
    >>> x = Value(3.0, "x"); y = x * x; y.label = "y"; E = y + x; E.label = "E"
    >>> both = compare_orders(E, x)
    >>> both.by_paths, both.by_signals
    (7.0, 7.0)

    Raises what `explain` raises.
    """
    graph = as_graph(output, caller_names() if names else None)
    start = chosen_node(graph, wrt)
    digits = figures.checked_digits(digits)
    context = DerivationContext(graph)
    writer = WeightDerivation(context, start)
    blocks = [*writer.introduction(), *staleness_note(context)]
    by_paths = by_signals = writer.gradient
    if writer.is_reached and start is not graph.output:
        all_paths = paths(graph, start) if writer.paths.count <= MAX_PATHS else None
        zero = type(graph.output.data)()
        by_paths = None if all_paths is None else sum((path.product for path in all_paths), zero)
        sections = [
            ("Summed over paths", _over_paths(writer, by_paths)),
            ("Passed back as error signals", passed_back(context, writer.uses)),
            ("They are equal", _why_equal(writer, all_paths, by_paths)),
        ]
        blocks += numbered_sections(2, sections)
    comparison = Comparison((writer.derivative, " in two orders"), blocks, digits=digits)
    comparison.by_paths, comparison.by_signals = by_paths, by_signals
    return comparison


def _over_paths(writer: WeightDerivation, total: Any) -> list[Block]:
    terms: list[Formula] = [path.product for path in writer.paths]
    rule = "First multiply along each path, then add."
    if not writer.paths.complete:
        rule += f" There are {many(writer.paths.count)} paths; these are the {len(writer.paths)} largest."
        terms.append(DOTS)
    sides = [writer.derivative, Sum(tuple(terms)), *([] if total is None else [total])]
    return [sentence(rule), Equations((*writer.contributions(in_numbers=True), Equation(tuple(sides))))]


def passed_back(context: DerivationContext, order: Iterable[Value]) -> list[Block]:
    """Return the gradient of each node of an order, from the last back: what its edges pass to it, added at once."""
    opening = sentence(
        "Start at the end. Each node adds up what the nodes that use it pass back, and only then passes it on: "
        "every edge is used once."
    )
    return [opening, *shortened_equations(list(order)[::-1], MAX_ROWS, lambda node: arriving(context, node))]


def shortened_equations(nodes: Sequence[Value], most: int, write: Callable[[Value], Equation]) -> list[Block]:
    """Return an equation for each node; of more than `most`, the middle is left out."""
    first, left_out, last = ends(nodes, most)
    blocks: list[Block] = [Equations(tuple(map(write, first)))] if first else []
    if left_out:
        blocks += [sentence(f"… {left_out} more nodes …"), Equations(tuple(map(write, last)))]
    return blocks


def arriving(context: DerivationContext, node: Value) -> Equation:
    """Return the gradient of a node as the sum of what the edges that leave it pass back."""
    neuron = context.neuron_at.get(node)
    left = [context.delta(neuron)] if neuron is not None and neuron.z is node else []
    left.append(context.derivative(node))
    if node is context.output:
        return Equation((*left, 1))

    def in_names(edge: Edge) -> Formula:
        return product([context.upstream(edge.node), context.edge_formulas(edge)[0]])

    def in_numbers(edge: Edge) -> Formula:
        return Product((context.gradients[edge.node], edge.local))

    edges = context.edges_from(node)
    numbers = abridged(edges, MAX_TERMS, in_numbers)
    total = Sum(numbers) if len(numbers) > 1 else numbers[0]
    sum_of_names = Sum(abridged(edges, MAX_TERMS, in_names))
    return Equation((*left, sum_of_names, *stages_to_result(total, context.gradients[node])))


def _why_equal(writer: WeightDerivation, all_paths: Paths | None, by_paths: Any) -> list[Block]:
    factors = f"more than {many(writer.paths.count)}"
    if all_paths is not None:
        factors = f"{sum(len(path.edges) for path in all_paths):,}"
    rows = [
        ("sum over paths", factors, "not computed" if by_paths is None else by_paths),
        ("δ passed back", f"{sum(map(len, writer.uses.values())):,}", writer.gradient),
    ]
    blocks: list[Block] = [
        sentence(
            "Paths that go through the same node have the same factors on one side of it. Adding first and "
            "multiplying once, (a + b)·c, gives what multiplying each and adding gives, a·c + b·c. Passing δ back "
            "does this at every node, so that nothing is multiplied twice."
        ),
        table(("order", "factors multiplied", "gives"), rows, "lrr"),
    ]
    if by_paths is not None and by_paths == writer.gradient:
        blocks.append(sentence("They are equal to the last digit."))
    elif by_paths is not None:
        difference = abs(by_paths - writer.gradient)
        blocks.append(sentence("They differ by ", difference, ": the two orders round in different places."))
    return blocks
