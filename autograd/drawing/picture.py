"""Pictures of a graph: `draw`.

A `Drawing` holds the scene of a picture and renders it. `dot_graph` says which nodes and edges are
drawn, `overlays` what the picture shows, `cards` and `node_labels` write it. `renderers` has the
programs that lay it out; `svg_picture` does so where there is none.
"""

from __future__ import annotations

import operator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.drawing import renderers
from autograd.drawing.cards import scene_of
from autograd.drawing.dot_graph import DotGraph, scope_to_fold
from autograd.drawing.overlays import Overlay, PathOverlay, StepOverlay
from autograd.drawing.svg_picture import svg_picture
from autograd.engine.backward import Step
from autograd.engine.graph import as_graph
from autograd.engine.names import caller_names
from autograd.errors import ArgumentError, NotFoundError, OperandError, RenderError, TooLargeError
from autograd.files.whole_files import write_file
from autograd.formatting import palette
from autograd.path_sums.search import Paths, paths

if TYPE_CHECKING:
    from collections.abc import Collection
    from os import PathLike
    from pathlib import Path

    from autograd.drawing.scene import Scene
    from autograd.engine.graph import Graph
    from autograd.engine.value import Value

MAX_NODES = 2000  # that are drawn
MAX_LANES = 30_000  # what is laid out in columns in a second or two
SHARP = 150  # work of a picture that is drawn with the pixels of today's screens
COLORED, MAX_COLORED = 6, len(palette.PATH_COLORS)  # paths with a color of their own: as a rule, and at most
FOLDED_KINDS = ("neuron", "layer")


@dataclass(repr=False, eq=False)
class Drawing:
    """A picture, and ways to look at it.

    `source` is the text in the DOT language, `notes` are the remarks below the picture, `paths` the
    paths that it shows, if it shows some.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x"); y = x * x; y.label = "y"
    >>> draw(y)
    Drawing of y: 2 cards, 2 arrows (.render("graph.svg") writes it)
    """

    scene: Scene
    title: str
    notes: tuple[str, ...]
    paths: Paths | None
    _work: int

    @cached_property
    def source(self) -> str:
        """The picture as text in the DOT language."""
        return self.scene.to_dot()

    def render(self, path: str | PathLike[str]) -> Path:
        """Write the picture to a file, an SVG, PNG or PDF by its ending; .dot writes the text. Return the path.

        Raises RenderError if no program can draw it, OutputError if the file cannot be written,
        ArgumentError for another ending. Nothing half-written is left.
        """
        kind = renderers.kind_of(path)
        if kind in renderers.TEXTS:
            return write_file(path, self.source.encode())
        if kind == "svg":
            return write_file(path, self.svg.encode())
        if self._work > renderers.MAX_WORK:
            raise RenderError(f"a {kind.upper()} of so large a graph takes a program minutes: .svg is drawn at once")
        return write_file(path, renderers.render(self.source, kind, 144 if self._work <= SHARP else 96))

    @cached_property
    def svg(self) -> str:
        """The picture as SVG: drawn by a program where there is one that is quick at it."""
        if self._work <= renderers.MAX_WORK:
            with suppress(RenderError):
                return renderers.render(self.source, "svg").decode()
        return svg_picture(self.scene)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f'Drawing of {self.title} (.render("graph.svg") writes it)'


def draw(
    output: Value | Graph,
    wrt: Value | str | None = None,
    at: Step | int | None = None,
    *,
    fold: str | None = None,
    depth: int | None = None,
    k: int | None = None,
    names: bool = True,
) -> Drawing:
    """Return a picture of the graph that `output` was computed by.

    Every node is a card with its label, operation, value and gradient; every edge has its local
    derivative. With `wrt`, a node or its label, each path from there has a color, and its product
    stands below with the sum; of very many, the `k` largest (6). With `at`, a step or its number,
    it shows which gradients are then complete, partial, untouched. `fold` draws each use of a
    "neuron" or "layer" of `nn` as one box, `depth` only so many operations back from the output.
    Nodes without a label get the names of the caller's variables, unless `names=False`.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x"); y = x * x; y.label = "y"
    >>> draw(y, wrt=x).paths.total
    6.0

    Raises TooLargeError at once for more than can be laid out in seconds; OperandError,
    ArgumentError or NotFoundError for arguments that have no meaning.
    """
    graph = as_graph(output, caller_names() if names else None)
    at = _checked(wrt, at, fold, depth, k)
    shown = _within(graph, depth) if depth is not None else set(graph.order)
    found = None if wrt is None else _colored_paths(graph, wrt, k)
    dot_graph, left_out = _drawable(graph, shown, fold, found)
    if found is not None:
        overlay: Overlay = PathOverlay(graph, found)
    else:
        overlay = Overlay(graph) if at is None else StepOverlay(graph, at)
    overlay.notes += ["Only these paths are drawn: with the rest of the graph it would be too large"] * left_out
    title = f"{overlay.names[graph.output]}: {len(dot_graph.nodes):,} cards, {len(dot_graph.edges):,} arrows"
    return Drawing(scene_of(dot_graph, overlay), title, (*overlay.notes, *overlay.warnings), found, dot_graph.work)


def _checked(wrt: Any, at: Any, fold: Any, depth: Any, k: Any) -> Step | int | None:
    """Return `at` as a step or a number, once all arguments are known to go together."""
    if wrt is not None and at is not None:
        raise ArgumentError("a picture is of the paths from a node (wrt) or of a step (at), not of both")
    if fold is not None and fold not in FOLDED_KINDS:
        raise ArgumentError(f"fold is {' or '.join(map(repr, FOLDED_KINDS))}, not {fold!r}")
    if k is not None and wrt is None:
        what = "how many paths from wrt have a color of their own"
        raise ArgumentError(f"k={k!r} is {what}: give wrt, the node they lead from")
    if k is not None and (not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MAX_COLORED):
        raise ArgumentError(f"k is how many paths have a color of their own, from 1 to {MAX_COLORED}, not {k!r}")
    if depth is not None and (not isinstance(depth, int) or isinstance(depth, bool) or depth < 0):
        raise ArgumentError(f"depth is how many operations back from the output are drawn, from 0, not {depth!r}")
    if at is None or isinstance(at, Step):
        return at
    try:
        return operator.index(at)
    except TypeError:
        raise OperandError(f"at is a Step or the number of one, not {at!r} ({type(at).__name__})") from None


def _within(graph: Graph, depth: int) -> set[Value]:
    """Return the nodes that are at most so many operations back from the output."""
    shown, rank = {graph.output}, [graph.output]
    while rank and depth:
        rank = list(dict.fromkeys(v for node in rank for v in node.parents if v not in shown))
        shown.update(rank)
        depth -= 1
    return shown


def _colored_paths(graph: Graph, start: Value | str, k: int | None) -> Paths:
    """Return the paths that have colors: a few, or all if there are colors for them."""
    found = paths(graph, start, k or COLORED)
    return found if k or not len(found) < found.count <= MAX_COLORED else paths(graph, found.start, MAX_COLORED)


def _drawable(graph: Graph, shown: Collection[Value], fold: str | None, found: Paths | None) -> tuple[DotGraph, bool]:
    """Return the graph to draw, the paths alone if the whole is too large; and whether that leaves something out."""
    order = graph.order
    if fold and not any(scope_to_fold(node, fold) for node in order):
        raise NotFoundError(f"fold={fold!r}: nothing in this graph was made by a {fold} of nn")
    kept = found.start if found is not None else None
    on_paths = {node for path in found or () for node in path.nodes} & set(shown)
    for nodes in (shown, on_paths):
        if nodes and (fold or len(nodes) <= MAX_NODES):
            dot_graph = DotGraph(order, nodes, fold, kept)
            if dot_graph.work <= renderers.MAX_WORK or dot_graph.lanes <= MAX_LANES:
                return dot_graph, nodes is not shown
    scoped = any(node.scope is not None for node in order)
    folds = ' fold="layer" or fold="neuron" draws each as one box,' if scoped else ""
    raise TooLargeError(
        f"{len(shown):,} nodes are too many to be laid out in seconds: wrt=w draws the paths from w alone,{folds} "
        "depth=3 the last operations" + ("" if scoped else "; fold is for what nn has made")
    )
