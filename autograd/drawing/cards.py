"""The picture of a graph as a scene: cards, edges, boxes, and a legend below.

`dot_graph` says what is drawn, an overlay how it looks, `node_labels` how a card is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.drawing import node_labels
from autograd.drawing.node_labels import CardRow
from autograd.drawing.overlays import times
from autograd.drawing.scene import Scene, SceneBox
from autograd.engine.graph import local_formula
from autograd.engine.value import Value
from autograd.formatting import escapes, figures, palette
from autograd.formatting.terminal import ends, short
from autograd.symbolic import printer
from autograd.symbolic.expr import Symbol, written
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.drawing.dot_graph import DotEdge, DotGraph, DotNode
    from autograd.drawing.overlays import Overlay
    from autograd.engine.graph import Graph
    from autograd.engine.origins import Scope

FORMULA = 24  # characters of an operation that is written with its operands' names
MAX_OPERANDS = 8  # of an operation that is written out at all
MAX_ROWS = 24  # of a card
CROWD = 12  # edges side by side that have their local derivatives beside them; of more, they are in the cards

GRAPH = {"rankdir": "LR", "bgcolor": palette.PAPER, "nodesep": "0.22", "ranksep": "0.35", "pad": "0.15"}
GRAPH |= {"fontname": "Helvetica", "fontsize": "10", "labelloc": "b", "labeljust": "l"}
NODE = {"shape": "box", "fontname": "Helvetica", "fontsize": "11", "margin": "0.09,0.06"}
EDGE = {"fontname": "Courier", "arrowsize": "0.65"}
CLUSTER = {"style": "rounded", "color": palette.FAINT, "fontcolor": palette.QUIET, "fontsize": "10", "labelloc": "t"}
CLUSTER |= {"labeljust": "l", "margin": "10"}
STUB = {"shape": "plaintext", "fontcolor": palette.QUIET, "margin": "0.02", "width": "0", "tooltip": "not drawn"}


def scene_of(dot_graph: DotGraph, overlay: Overlay) -> Scene:
    """Return the scene of the picture of a graph with an overlay."""
    crowded = dot_graph.widest > CROWD
    straight = {"splines": "line"} if crowded and all(dot_graph.span(edge) == 1 for edge in dot_graph.edges) else {}
    apart = {"ranksep": "0.9"} if crowded else {}
    scene = Scene(GRAPH | straight | apart, NODE, EDGE)
    rows = overlay.legend()
    rows += [node_labels.row(node_labels.text(note, palette.QUIET, 10, span=3)) for note in overlay.notes]
    rows += [node_labels.row(node_labels.text(warning, palette.UNFINISHED, 10, span=3)) for warning in overlay.warnings]
    scene.legend = f"<{node_labels.table(rows, spacing=2)}>" if rows else ""
    _add_boxes(scene, dot_graph, overlay, crowded=crowded)
    for edge in reversed(dot_graph.edges):
        attributes = {"color": palette.PALE} | overlay.attributes(edge)
        label, color = attributes.pop("label", ""), attributes.pop("fontcolor", palette.QUIET)
        if label and not crowded:
            attributes["label"] = node_labels.note(label, color)
        if crowded:  # every line from the middle of the right side to the middle of the left
            attributes |= {"tailport": "e", "headport": "w"}
        attributes["tooltip"] = escapes.dot_text(_edge_tooltip(edge, overlay.names))
        scene.edge(edge.source.id, edge.target.id, **attributes)
    return scene


def _add_boxes(scene: Scene, dot_graph: DotGraph, overlay: Overlay, *, crowded: bool) -> None:
    """Add the cards, each in the box of the scope that it was made in."""
    inside: dict[Scope | None, list[DotNode]] = {}
    parts: dict[Scope | None, list[Scope]] = {}
    # Where the layout is free, nodes that are written first come out above: found by trial.
    for node in dot_graph.nodes if crowded else reversed(dot_graph.nodes):
        inside.setdefault(node.within, []).append(node)
        scope = node.within
        while scope is not None and scope not in parts.setdefault(scope.within, []):
            parts[scope.within].append(scope)
            scope = scope.within
    if crowded:
        inside.get(None, []).reverse()

    def fill(box: SceneBox, scope: Scope | None) -> None:
        for node in inside.get(scope, ()):
            _add_card(scene, box, node, overlay, crowded=crowded)
        for part in parts.get(scope, ()):
            fill(box.box(label=escapes.dot_text(part.name), **CLUSTER), part)

    fill(scene.outside, None)


def _add_card(scene: Scene, box: SceneBox, node: DotNode, overlay: Overlay, *, crowded: bool) -> None:
    style, graph = overlay.style(node), overlay.graph
    label = node.scope.name if node.scope else overlay.names[node.value]
    second_line = _contents(node) if node.scope else operation(node.value, graph)
    incoming = _incoming_rows(node, overlay) if crowded else []
    if node.scope or node.parameter_edges:
        rows = _table(node, overlay, incoming)
    else:
        rows = [*_value_rows(node.value, overlay), *(CardRow(name, [label], color) for name, label, color in incoming)]
    box.node(
        node.id,
        node_labels.card(label, second_line, rows, style, named=node.scope is not None or graph.is_named(node.value)),
        style=f"rounded,filled,{style.line}",
        color=style.outline,
        fillcolor=style.ground,
        penwidth=f"{style.weight:g}",
        tooltip=escapes.dot_text(_card_tooltip(node, overlay.names)),
    )
    if node.hidden:
        more = f"{node.id}_more"
        box.node(more, f"… {node.hidden:,}", **STUB)
        scene.edge(more, node.id, color=palette.FAINT, style="dashed", arrowhead="none")


def _value_rows(value: Value, overlay: Overlay) -> list[CardRow]:
    numbers = [("value", value.data), *filter(None, [overlay.gradient(value)])]
    return [CardRow(word, [figures.number(number)]) for word, number in numbers]


def _incoming_rows(node: DotNode, overlay: Overlay) -> list[tuple[str, str, str]]:
    """Return for each edge to a node the name of its source, its label and its color."""
    found = []
    for edge, attributes in ((edge, overlay.attributes(edge)) for edge in node.incoming):
        if label := attributes.get("label"):
            box = edge.source.scope if len(edge.source.outputs) > 1 else None
            source = box.name if box else overlay.names[edge.source.outputs[0]]
            found.append((short(source), label, attributes.get("fontcolor", "")))
    return found


def _table(node: DotNode, overlay: Overlay, incoming: Sequence[tuple[str, str, str]]) -> list[CardRow]:
    """Return value, gradient and local derivative in columns: of the outputs, the parameters, the incoming edges."""

    def row(value: Value, local: str = "") -> CardRow:
        gradient = overlay.gradient(value)
        numbers = [figures.number(value.data), figures.number(gradient[1]) if gradient else "", local]
        return CardRow(short(overlay.names[value]), numbers)

    parameters = [value.edges()[index] for value, index in node.parameter_edges]
    found = [row(value) for value in node.outputs or node.values]
    found += [row(parameter, times(local)) for parameter, local in parameters]
    found += [CardRow(name, ["", "", label], color) for name, label, color in incoming]
    shown, left_out, last = ends(found, MAX_ROWS)
    rows = [*shown, *([CardRow(f"… {left_out:,} more", ["", "", ""])] if left_out else []), *last]
    heads = ["value", "grad", "local"]
    while not any(each.numbers[len(heads) - 1] for each in rows):
        heads.pop()
    return [CardRow("", heads, heads=True), *(each._replace(numbers=each.numbers[: len(heads)]) for each in rows)]


def _contents(box: DotNode) -> str:
    """Return what is in a folded box: its neurons or operations, and the number of its parameters."""
    neurons = {value.scope for value in box.values if value.scope is not box.scope}
    symbols = dict.fromkeys(value.op.symbol for value in box.values if value.op is not None)
    inside = f"{len(neurons)} neurons" if len(neurons) > 1 else ", ".join(symbols)
    parameters = f" · {box.parameters:,} parameter{'s' * (box.parameters > 1)}"
    return inside + parameters if box.parameters else inside


def operation(node: Value, graph: Graph) -> str:
    """Return what a node was computed by: a formula where it is short and every operand has a name, else a symbol.

    >>> from autograd import Graph
    >>> x = Value(3.0, label="x")
    >>> [operation(node, Graph(node)) for node in (2 * x + 1, x.sigmoid(), x**3)]
    ['+ 1', 'σ(x)', 'x³']
    """
    if node.op is None:
        return ""
    if all(map(graph.is_named, node.parents)):
        formula = operation_formula(node, graph.names)
        if len(formula) <= FORMULA:
            return formula
    symbol, numbers = node.op.symbol, ["" if isinstance(v, Value) else figures.number(v) for v in node.operands]
    if node.op.arity == ops.VARIADIC:
        plain = list(filter(None, numbers))
        return f"{symbol} ({', '.join(plain)})" if 1 <= len(plain) <= 3 and node.op is not ops.mean else symbol
    return symbol if node.op.arity == 1 else f"{numbers[0]} {symbol} {numbers[1]}".strip()


def operation_formula(node: Value, names: Mapping[Value, str]) -> str:
    """Return the operation in its operands' names; of more operands than anybody reads, its symbol."""
    assert node.op is not None
    operands = node.operands
    if len(operands) > MAX_OPERANDS:
        return node.op.symbol
    return printer.write(written(node.op, [Symbol(names[v]) if isinstance(v, Value) else v for v in operands]))


def _edge_tooltip(edge: DotEdge, names: Mapping[Value, str]) -> str:
    """Return the text of an edge under the pointer: the derivative, its formula, its number."""
    node, index = edge.edges[0]
    if len(edge.edges) > 1:
        return f"{len(edge.edges):,} edges"
    parent, local = node.edges()[index]
    formula = f" = {printer.text(local_formula(node, index, names))}" if len(node.operands) <= MAX_OPERANDS else ""
    return f"∂{names[node]}/∂{names[parent]}{formula} = {times(local).removeprefix('× ')}"


def _card_tooltip(node: DotNode, names: Mapping[Value, str]) -> str:
    """Return the text of a card under the pointer: its whole label, its operation, its value."""
    if node.scope is not None:
        return node.scope.name
    value = node.value
    formula = f" = {operation_formula(value, names)}" if value.op else ""
    origin = f" ({value.origin})" if value.origin else ""
    return f"{names[value]}{formula} = {figures.number(value.data)}{origin}"
