"""Pictures of a graph: the numbers at every node, the paths from one of them, the state after a step.

`draw` gives a `Drawing`, whose `source` is text in the DOT language. What is drawn of a graph is in
`scene`, what a picture is about in `overlays`, the cards in `cards`, and the programs that lay it
out in `renderer`. The paths are those of `paths`, the gradients those of `steps`.
"""

from __future__ import annotations

import html
import operator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.drawing import node_labels, renderers
from autograd.drawing.dot_graph import Item, Link, Scene, to_fold
from autograd.drawing.overlays import Moment, Numbers, Tracks, times
from autograd.engine.backward import Step
from autograd.engine.graph import local_formula, names, topological_order
from autograd.engine.value import Value, describe
from autograd.errors import ArgumentError, NotFoundError, OperandError, RenderError, TooLargeError
from autograd.files.whole_files import write_file
from autograd.formatting import escapes, figures, palette
from autograd.formatting.terminal import listed, short
from autograd.path_sums import ledger
from autograd.path_sums.search import Paths, paths
from autograd.symbolic import expr, printer
from autograd.symbolic.expr import Symbol
from autograd.table import ops
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from os import PathLike
    from pathlib import Path

    import graphviz  # type: ignore[import-untyped] # it has no types

    from autograd.engine.origins import Scope

WORK = 2000  # how much is laid out in seconds: items, and links by the ranks they lead across
SHARP = 150  # of that, what is drawn with the pixels of today's screens
COLOURED, MOST = 6, len(palette.PATH_COLOURS)  # paths that have a colour of their own: where nothing is said, at most
FORMULA = 24  # characters of an operation that is written with its operands' names
OPERANDS = 8  # of an operation that is written out at all
CROWD = 12  # links side by side that have their local derivatives beside them; of more, they are in the cards
ROWS = 24  # rows of a card
KINDS = ("neuron", "layer")

GRAPH = {"rankdir": "LR", "bgcolor": palette.PAPER, "nodesep": "0.22", "ranksep": "0.35", "pad": "0.15"}
GRAPH |= {"fontname": "Helvetica", "fontsize": "10", "labelloc": "b", "labeljust": "l"}
NODE = {"shape": "box", "fontname": "Helvetica", "fontsize": "11", "margin": "0.09,0.06"}
EDGE = {"fontname": "Courier", "arrowsize": "0.65"}
CLUSTER = {"style": "rounded", "color": palette.FAINT, "fontcolor": palette.QUIET, "fontsize": "10", "labelloc": "t"}
STUB = {"shape": "plaintext", "fontcolor": palette.PALE, "margin": "0.02", "width": "0", "tooltip": "not drawn"}
CLUSTER |= {"labeljust": "l", "margin": "10"}


class Drawing:
    """A picture as text in the DOT language, and ways to look at it.

    `source` is the text, `notes` what the picture says beside its numbers, `paths` the paths that
    it shows, if it shows some.

    >>> x = Value(3.0, label="x"); y = x * x; y.label = "y"
    >>> draw(y)
    Drawing of y: 2 cards, 2 arrows (.render("graph.svg") writes it)
    """

    def __init__(self, source: str, title: str, work: int, notes: Sequence[str], found: Paths | None) -> None:
        self.source = source
        self.title = title
        self.notes = tuple(notes)
        self.paths = found
        self._work = work

    def render(self, path: str | PathLike[str]) -> Path:
        """Write the picture to a file, an SVG, PNG or PDF by its ending; .dot writes the text. Gives the path.

        Raises RenderError if no program can draw it, OutputError if the file cannot be written,
        ArgumentError for another ending. Nothing half-written is left.
        """
        kind = renderers.kind_of(path)
        if kind in renderers.TEXTS:
            return write_file(path, self.source.encode())
        return write_file(path, renderers.render(self.source, kind, 144 if self._work <= SHARP else 96))

    @property
    def svg(self) -> str:
        """The picture as SVG.

        Raises RenderError if no program can draw it.
        """
        if isinstance(self._svg, RenderError):
            raise self._svg
        return self._svg

    @cached_property
    def _svg(self) -> str | RenderError:
        try:
            return renderers.render(self.source, "svg").decode()
        except RenderError as error:
            return error

    def _repr_svg_(self) -> str | None:
        return None if isinstance(self._svg, RenderError) else self._svg

    def _repr_html_(self) -> str | None:
        if isinstance(self._svg, RenderError):  # else _repr_svg_ shows it
            return f"<p>{html.escape(str(self._svg))}</p><pre>{html.escape(self.source)}</pre>"
        return None

    def __repr__(self) -> str:
        return f'Drawing of {self.title} (.render("graph.svg") writes it)'


def draw(
    E: Value,  # noqa: N803 -- as it is written on paper
    wrt: Value | str | None = None,
    at: Step | int | None = None,
    *,
    fold: str | None = None,
    depth: int | None = None,
    k: int | None = None,
) -> Drawing:
    """A picture of the graph that `E` was computed by.

    Every node is a card with its label, operation, value and gradient; every edge has its local
    derivative. With `wrt`, a node or its label, each path from there has a colour, and its product
    stands below with the sum; of very many, the `k` largest (6). With `at`, a step or its number,
    it shows which gradients are then complete, partial, untouched. `fold` draws each use of a
    "neuron" or "layer" of `nn` as one box, `depth` only so many operations back from `E`.

    >>> x = Value(3.0, label="x"); y = x * x; y.label = "y"
    >>> draw(y, wrt=x).paths.total
    6.0

    Raises TooLargeError at once for more than can be laid out in seconds; OperandError,
    ArgumentError or NotFoundError for what cannot be meant.
    """
    order = topological_order(E)
    _check(wrt, at, fold, depth, k)
    shown = _within(E, depth) if depth is not None else set(order)
    found = _found(E, wrt, k) if wrt is not None else None
    scene, left_out = _scene(order, shown, fold, found)
    if found is not None:
        overlay: Numbers = Tracks(E, found, _dependent(order, found.start))
    elif at is not None:
        overlay = Moment(E, names(E), order, _position(order, at))
    else:
        overlay = Numbers(E, names(E))
    overlay.notes += ["Only these paths are drawn: with the rest of the graph it would be too large"] * left_out
    changed = [overlay.called[node] for node in scene.of if _is_stale(node)]
    if changed:
        overlay.warnings.append(
            f"Numbers were changed after {listed(changed)} had been computed from them: compute again"
        )
    title = f"{overlay.called[E]}: {len(scene.items):,} cards, {len(scene.links):,} arrows"
    return Drawing(_source(scene, overlay), title, scene.work, [*overlay.notes, *overlay.warnings], found)


def _check(wrt: Any, at: Any, fold: Any, depth: Any, k: Any) -> None:
    if wrt is not None and at is not None:
        raise ArgumentError("a picture is of the paths from a node (wrt) or of a step (at), not of both")
    if fold is not None and fold not in KINDS:
        raise ArgumentError(f"fold is {' or '.join(map(repr, KINDS))}, not {fold!r}")
    if k is not None and wrt is None:
        raise ArgumentError(
            f"k={k!r} is how many paths from wrt have a colour of their own: give wrt, the node they lead from"
        )
    if k is not None and (not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MOST):
        raise ArgumentError(f"k is how many paths have a colour of their own, from 1 to {MOST}, not {k!r}")
    if depth is not None and (not isinstance(depth, int) or isinstance(depth, bool) or depth < 0):
        raise ArgumentError(f"depth is how many operations back from the output are drawn, from 0, not {depth!r}")


def _position(order: Sequence[Value], at: Step | int) -> int:
    """The number of a step: how many have been taken after it."""
    stepped = [node for node in reversed(order) if node.op is not None]
    if isinstance(at, Step):
        if at.node not in stepped:
            raise NotFoundError(f"the step of {describe(at.node)} is none of the graph of {describe(order[-1])}")
        return stepped.index(at.node) + 1
    try:
        position = operator.index(at)
    except TypeError:
        raise OperandError(f"at is a Step or the number of one, not {at!r} ({type(at).__name__})") from None
    if not 0 <= position <= len(stepped):
        raise ArgumentError(f"there is no step {position}: they are 1 to {len(stepped)}, and 0 is before the first")
    return position


# -- What is drawn ------------------------------------------------------------------------------


def _within(root: Value, depth: int) -> set[Value]:
    """The nodes that are at most so many operations away."""
    shown, rank = {root}, [root]
    for _ in range(depth):
        rank = list(dict.fromkeys(v for node in rank for v in node.parents if v not in shown))
        shown.update(rank)
        if not rank:
            break
    return shown


def _dependent(order: Iterable[Value], start: Value) -> set[Value]:
    found = {start}
    for node in order:
        if any(parent in found for parent in node.parents):
            found.add(node)
    return found


def _found(root: Value, start: Value | str, k: int | None) -> Paths:
    """The paths that have colours: a few, or all if there are colours for them."""
    found = paths(root, start, k or COLOURED)
    return found if k or not len(found) < found.count <= MOST else paths(root, found.start, MOST)


def _scene(
    order: Sequence[Value], shown: Collection[Value], fold: str | None, found: Paths | None
) -> tuple[Scene, bool]:
    """What is to be shown, or the paths alone if that is too much; and whether that leaves something out."""
    if fold and not any(to_fold(node, fold) for node in order):
        raise NotFoundError(f"fold={fold!r}: nothing in this graph was made by a {fold} of nn")
    kept = found.start if found is not None else None
    alone = {node for path in found or () for node in path.nodes} & set(shown)
    for nodes in (shown, alone):
        if nodes and (fold or len(nodes) <= WORK):
            scene = Scene(order, nodes, fold, kept)
            if scene.work <= WORK:
                return scene, nodes is not shown
    scoped = any(node.scope is not None for node in order)
    folds = ' fold="layer" or fold="neuron" draws each as one box,' if scoped else ""
    raise TooLargeError(
        f"{len(shown):,} nodes are too many to be laid out in seconds: wrt=w draws the paths from w alone,{folds} "
        "depth=3 the last operations" + ("" if scoped else "; fold is for what nn has made")
    )


def _is_stale(node: Value) -> bool:
    """Whether an operand was changed since the node was computed from it."""
    if node.op is None:
        return False
    try:
        now = node.op.forward(*(v.data if isinstance(v, Value) else v for v in node.operands))
    except (ArithmeticError, ValueError, TypeError):
        return True
    return bool(now != node.data and (now == now or node.data == node.data))


# -- As DOT text --------------------------------------------------------------------------------


def _source(scene: Scene, overlay: Numbers) -> str:
    import graphviz  # noqa: PLC0415 -- who draws nothing does not wait for it

    crowded = scene.widest > CROWD
    straight = {"splines": "line"} if crowded and all(scene.span(link) == 1 for link in scene.links) else {}
    apart = {"ranksep": "0.9"} if crowded else {}
    graph = graphviz.Digraph(graph_attr=GRAPH | straight | apart, node_attr=NODE, edge_attr=EDGE)
    rows = overlay.legend()
    rows += [node_labels.row(node_labels.text(note, palette.QUIET, 10, span=3)) for note in overlay.notes]
    rows += [node_labels.row(node_labels.text(warning, palette.UNFINISHED, 10, span=3)) for warning in overlay.warnings]
    if rows:
        graph.attr(label=f"<{node_labels.table(rows, spacing=2)}>")
    _boxes(graph, scene, overlay, crowded=crowded)
    for link in reversed(scene.links):
        attributes = {"color": palette.PALE} | overlay.link(link)
        label, colour = attributes.pop("label", ""), attributes.pop("fontcolor", palette.QUIET)
        if label and not crowded:
            attributes["label"] = node_labels.note(label, colour)
        if crowded:  # every line from the middle of the right side to the middle of the left
            attributes |= {"tailport": "e", "headport": "w"}
        attributes["tooltip"] = escapes.dot_text(_derivation(link, overlay.called))
        graph.edge(link.source.id, link.target.id, **attributes)
    return str(graph.source)


def _boxes(graph: graphviz.Digraph, scene: Scene, overlay: Numbers, *, crowded: bool) -> None:
    """The cards, each in the box of the scope that it was made in."""
    inside: dict[Scope | None, list[Item]] = {}
    parts: dict[Scope | None, list[Scope]] = {}
    # Where the layout is free, what is written first comes out above: found by trial.
    for item in scene.items if crowded else reversed(scene.items):
        inside.setdefault(item.within, []).append(item)
        scope = item.within
        while scope is not None and scope not in parts.setdefault(scope.within, []):
            parts[scope.within].append(scope)
            scope = scope.within
    if crowded:
        inside.get(None, []).reverse()
    count = 0

    def fill(box: graphviz.Digraph, scope: Scope | None) -> None:
        nonlocal count
        for item in inside.get(scope, ()):
            _card(box, item, overlay, crowded=crowded)
        for part in parts.get(scope, ()):
            count += 1
            with box.subgraph(name=f"cluster_{count}") as inner:
                inner.attr(label=escapes.dot_text(part.name), **CLUSTER)
                fill(inner, part)

    fill(graph, None)


def _card(box: graphviz.Digraph, item: Item, overlay: Numbers, *, crowded: bool) -> None:
    style = overlay.style(item)
    label = item.scope.name if item.scope else overlay.called[item.node]
    said = _contents(item) if item.scope else operation(item.node, overlay.called)
    arriving = _arriving(item, overlay) if crowded else []
    if item.scope or item.rows:
        rows = _table(item, overlay, arriving)
    else:
        rows = _lines(item.node, overlay) + [node_labels.Row(name, [label], colour) for name, label, colour in arriving]
    box.node(
        item.id,
        node_labels.card(label, said, rows, style, named=item.scope is not None or bool(item.node.label)),
        style=f"rounded,filled,{style.line}",
        color=style.outline,
        fillcolor=style.ground,
        penwidth=f"{style.weight:g}",
        tooltip=escapes.dot_text(_tooltip(item, overlay.called)),
    )
    if item.hidden:
        more = f"{item.id}_more"
        box.node(more, f"… {item.hidden:,}", **STUB)
        box.edge(more, item.id, color=palette.FAINT, style="dashed", arrowhead="none")


def _lines(node: Value, overlay: Numbers) -> list[node_labels.Row]:
    """The value and the gradient, one below the other."""
    rows = [node_labels.Row("value", [figures.number(node.data)])]
    if gradient := overlay.gradient(node):
        rows.append(node_labels.Row(gradient[0], [figures.number(gradient[1])]))
    return rows


def _arriving(item: Item, overlay: Numbers) -> list[tuple[str, str, str]]:
    """What leads to an item: the name of the source, the factor, its colour."""
    found = []
    for link in item.links:
        attributes = overlay.link(link)
        if label := attributes.get("label"):
            box = link.source.scope if len(link.source.outputs) > 1 else None
            source = box.name if box else overlay.called[link.source.outputs[0]]
            found.append((short(source), label, attributes.get("fontcolor", "")))
    return found


def _table(item: Item, overlay: Numbers, arriving: Sequence[tuple[str, str, str]]) -> list[node_labels.Row]:
    """Value and gradient of the outputs and parameters in columns, and the local derivatives of what arrives."""
    called = overlay.called

    def row(node: Value, local: str = "") -> node_labels.Row:
        gradient = overlay.gradient(node)
        return node_labels.Row(
            short(called[node]), [figures.number(node.data), figures.number(gradient[1]) if gradient else "", local]
        )

    found = [row(node) for node in item.outputs or item.nodes]
    for node, index in item.rows:
        parent, local = node.edges()[index]
        found.append(row(parent, times(local)))
    found += [node_labels.Row(name, ["", "", label], colour) for name, label, colour in arriving]
    shown, left_out, last = ledger.ends(found, ROWS)
    rows = [*shown, *([node_labels.Row(f"… {left_out:,} more", ["", "", ""])] if left_out else []), *last]
    heads = ["value", "grad", "local"]
    while not any(each.numbers[len(heads) - 1] for each in rows):
        heads.pop()
    return [
        node_labels.Row("", heads, heads=True),
        *(each._replace(numbers=each.numbers[: len(heads)]) for each in rows),
    ]


def _contents(item: Item) -> str:
    """What is in a folded box."""
    parts = {node.scope for node in item.nodes if node.scope is not item.scope}
    inside = dict.fromkeys(node.op.symbol for node in item.nodes if node.op is not None)
    said = f"{len(parts)} neurons" if len(parts) > 1 else ", ".join(inside)
    count = item.parameters
    return said + (f" · {count:,} parameter{'s' * (count > 1)}" if count else "")


def operation(node: Value, called: Mapping[Value, str]) -> str:
    """What a node was computed by: a formula where that is short and every operand has a label, else a symbol.

    >>> x = Value(3.0, label="x")
    >>> operation(2 * x + 1, {}), operation(x.sigmoid(), {x: "x"}), operation(x**3, {x: "x"})
    ('+ 1', 'σ(x)', 'x³')
    """
    if node.op is None:
        return ""
    if all(operand.label for operand in node.parents):
        formula = written(node, called)
        if len(formula) <= FORMULA:
            return formula
    numbers = [figures.number(v) if not isinstance(v, Value) else None for v in node.operands]
    if node.op.arity == VARIADIC:
        plain = [each for each in numbers if each is not None]
        few = plain and len(plain) <= 3 and node.op is not ops.mean
        return f"{node.op.symbol} ({', '.join(plain)})" if few else node.op.symbol
    if node.op.arity == 1:
        return node.op.symbol
    left, right = numbers
    return " ".join(part for part in (left, node.op.symbol, right) if part is not None)


def written(node: Value, called: Mapping[Value, str]) -> str:
    """The operation in its operands' names; of more operands than are read, its symbol."""
    assert node.op is not None
    operands = node.operands
    if len(operands) > OPERANDS:
        return node.op.symbol
    arguments = tuple(Symbol(called[v]) if isinstance(v, Value) else v for v in operands)
    formula = expr.written(node.op, arguments)
    return printer.TEXT.write(formula)


def _derivation(link: Link, called: Mapping[Value, str]) -> str:
    """What is said of a link where the pointer rests: the derivative, its formula, its number."""
    node, index = link.edges[0]
    if len(link.edges) > 1:
        return f"{len(link.edges):,} edges"
    parent, local = node.edges()[index]
    formula = f" = {printer.text(local_formula(node, index, called))}" if len(node.operands) <= OPERANDS else ""
    return f"∂{called[node]}/∂{called[parent]}{formula} = {times(local).removeprefix('× ')}"


def _tooltip(item: Item, called: Mapping[Value, str]) -> str:
    """What is said of a card where the pointer rests: its whole label, and what it was computed by."""
    if item.scope is not None:
        return item.scope.name
    node = item.node
    parts = [called[node], *([f"= {written(node, called)}"] if node.op else []), f"= {figures.number(node.data)}"]
    return " ".join(parts) + (f" ({node.origin})" if node.origin else "")
