"""The picture of a graph as a scene: cards, edges, boxes, and a legend below.

`dot_graph` says what is drawn, an overlay how it looks, `node_labels` how a card is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.drawing import node_labels
from autograd.drawing.labels_svg import read_label
from autograd.drawing.node_labels import CardRow
from autograd.drawing.overlays import times
from autograd.drawing.scene import Scene, SceneBox
from autograd.engine.graph import local_formula
from autograd.formatting import escapes, figures, palette
from autograd.formatting.terminal import ends, short
from autograd.symbolic import printer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.drawing.dot_graph import DotEdge, DotGraph, DotNode
    from autograd.drawing.overlays import Overlay
    from autograd.engine.origins import Scope
    from autograd.engine.value import Value

MAX_ROWS = 24  # of a card
CROWD = 12  # edges side by side that have their local derivatives beside them; of more, they are in the cards
MAX_OPERANDS = 8  # of an operation whose derivative is written out where the pointer rests

GRAPH = {"nodesep": "0.22", "ranksep": "0.35", "pad": "0.15"}
GRAPH |= {"fontname": "Helvetica", "fontsize": "10", "labelloc": "b", "labeljust": "l"}
NODE = {"shape": "box", "fontname": "Helvetica", "fontsize": "11", "margin": "0.09,0.06"}
EDGE = {"fontname": "Courier", "arrowsize": "0.65"}
CLUSTER = {"style": "rounded,filled", "color": palette.FAINT, "fillcolor": palette.PAPER, "fontcolor": palette.QUIET}
CLUSTER |= {"fontsize": "10", "labelloc": "t", "labeljust": "l", "margin": "10"}
STUB = {"shape": "plaintext", "style": "filled", "fillcolor": palette.PAPER, "fontcolor": palette.QUIET}
STUB |= {"margin": "0.02", "width": "0", "height": "0", "tooltip": "not drawn"}


def scene_of(dot_graph: DotGraph, overlay: Overlay, *, downwards: bool = False) -> Scene:
    """Return the scene of the picture of a graph with an overlay, which leads to the right or downwards."""
    crowded = dot_graph.widest > CROWD
    straight = {"splines": "line"} if crowded and all(dot_graph.span(edge) == 1 for edge in dot_graph.edges) else {}
    apart = {"ranksep": "0.9"} if crowded else {}
    scene = Scene(GRAPH | {"rankdir": "TB" if downwards else "LR"} | straight | apart, NODE, EDGE)
    rows = overlay.legend(dot_graph.of)
    rows += [node_labels.row(node_labels.text(note, palette.QUIET, 10, span=3)) for note in overlay.notes]
    rows += [node_labels.row(node_labels.text(warning, palette.UNFINISHED, 10, span=3)) for warning in overlay.warnings]
    scene.legend = f"<{node_labels.on_paper(node_labels.table(rows, spacing=2))}>" if rows else ""
    _add_boxes(scene, dot_graph, overlay, _cards(dot_graph, overlay, crowded=crowded, alike=not downwards))
    for edge in reversed(dot_graph.edges):
        attributes = {"color": palette.PALE} | overlay.attributes(edge)
        label, color = attributes.pop("label", ""), attributes.pop("fontcolor", palette.QUIET)
        if label and not crowded:
            attributes["label"] = node_labels.note(label, color)
        if crowded:  # every line from the middle of one side to the middle of the other
            attributes |= {"tailport": "s", "headport": "n"} if downwards else {"tailport": "e", "headport": "w"}
        attributes["tooltip"] = escapes.dot_text(_edge_tooltip(edge, overlay.names))
        scene.edge(edge.source.id, edge.target.id, **attributes)
    return scene


def _cards(dot_graph: DotGraph, overlay: Overlay, *, crowded: bool, alike: bool) -> dict[DotNode, str]:
    """Return the label of each card; those of one column are equally wide, if they are to be `alike`."""
    labels = {node: _card(node, overlay, crowded=crowded) for node in dot_graph.nodes}
    if not alike:
        return labels
    widths: dict[int, float] = {}
    for node, label in labels.items():
        column = dot_graph.ranks[node]
        widths[column] = max(widths.get(column, 0.0), read_label(label, node_labels.LABEL, palette.INK).size.width)
    return {node: node_labels.as_wide(label, widths[dot_graph.ranks[node]]) for node, label in labels.items()}


def _add_boxes(scene: Scene, dot_graph: DotGraph, overlay: Overlay, labels: Mapping[DotNode, str]) -> None:
    """Add the cards, each in the box of the scope that it was made in."""
    inside: dict[Scope | None, list[DotNode]] = {}
    parts: dict[Scope | None, list[Scope]] = {}
    crowded = dot_graph.widest > CROWD and not scene.leads_downwards
    # Nodes that are written first come out above or at the left in this order: found by trial.
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
            _add_card(scene, box, node, overlay, labels[node])
        for part in parts.get(scope, ()):
            fill(box.box(label=escapes.dot_text(overlay.scope_names[part]), **CLUSTER), part)

    fill(scene.outside, None)


def _add_card(scene: Scene, box: SceneBox, node: DotNode, overlay: Overlay, label: str) -> None:
    style = overlay.style(node)
    box.node(
        node.id,
        label,
        style=f"rounded,filled,{style.line}",
        color=style.outline,
        fillcolor=style.ground,
        penwidth=f"{style.weight:g}",
        tooltip=escapes.dot_text(_card_tooltip(node, overlay)),
    )
    if node.hidden:
        more = f"{node.id}_more"
        box.node(more, f"… {node.hidden:,}", **STUB)
        scene.edge(more, node.id, color=palette.FAINT, style="dashed", arrowhead="none")


def _card(node: DotNode, overlay: Overlay, *, crowded: bool) -> str:
    """Return the label of a card."""
    incoming = _incoming_rows(node, overlay) if crowded else []
    if node.rows or len(node.outputs) > 1:
        rows = _table(node, overlay, incoming)
    else:
        rows = [*_value_rows(node, overlay), *(CardRow(name, [label], color) for name, label, color in incoming)]
    if node.scope:
        return node_labels.card(overlay.scope_names[node.scope], _contents(node), rows, overlay.style(node))
    named = overlay.graph.is_named(node.value)
    return node_labels.card(overlay.names[node.value], node.formula, rows, overlay.style(node), named=named)


def _value_rows(node: DotNode, overlay: Overlay) -> list[CardRow]:
    value = node.outputs[0] if node.outputs else node.value
    word = short(overlay.names[value]) if node.scope else "value"
    numbers = [(word, value.data), *filter(None, [overlay.gradient(value)])]
    return [CardRow(word, [figures.number(number)]) for word, number in numbers]


def _incoming_rows(node: DotNode, overlay: Overlay) -> list[tuple[str, str, str]]:
    """Return for each edge to a node the name of its source, its label and its color."""
    found = []
    for edge, attributes in ((edge, overlay.attributes(edge)) for edge in node.incoming):
        if label := attributes.get("label"):
            box = edge.source.scope if len(edge.source.outputs) > 1 else None
            source = overlay.scope_names[box] if box else overlay.names[edge.source.outputs[0]]
            found.append((short(source), label, attributes.get("fontcolor", "")))
    return found


def _table(node: DotNode, overlay: Overlay, incoming: Sequence[tuple[str, str, str]]) -> list[CardRow]:
    """Return value, gradient and local derivative in columns: of the outputs, the parameters, the incoming edges."""

    def row(value: Value, local: str = "") -> CardRow:
        gradient = overlay.gradient(value)
        numbers = [figures.number(value.data), figures.number(gradient[1]) if gradient else "", local]
        return CardRow(short(overlay.names[value]), numbers)

    found = [row(value) for value in node.outputs or node.values]
    found += [row(parameter, times(node.locals[parameter])) for parameter in node.rows]
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


def _edge_tooltip(edge: DotEdge, names: Mapping[Value, str]) -> str:
    """Return the text of an edge under the pointer: the derivative, its formula, its number."""
    node, index = edge.edges[0]
    if edge.local is None:
        return f"{len(edge.edges):,} edges"
    parent, _ = node.edges()[index]
    shown = edge.target.outputs[0] if edge.target.outputs else node
    number = times(edge.local).removeprefix("× ")
    if node is not shown or len(edge.edges) > 1:
        return f"∂{names[shown]}/∂{names[parent]} = {number}, along every path inside"
    formula = f" = {printer.text(local_formula(node, index, names))}" if len(node.operands) <= MAX_OPERANDS else ""
    return f"∂{names[node]}/∂{names[parent]}{formula} = {number}"


def _card_tooltip(node: DotNode, overlay: Overlay) -> str:
    """Return the text of a card under the pointer: its whole label, its operation, its value."""
    if node.scope is not None:
        return overlay.scope_names[node.scope]
    value = node.value
    formula = f" = {node.formula}" if node.formula else ""
    origin = f" ({value.origin})" if value.origin else ""
    return f"{overlay.names[value]}{formula} = {figures.number(value.data)}{origin}"
