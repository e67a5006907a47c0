"""Pictures of a graph: `draw`.

A `Drawing` holds the scene of a picture and renders it. `folding` and `dot_graph` say which nodes and edges are drawn,
`overlays` what the picture shows, `cards` and `node_labels` write it. `renderers` has the programs that lay it out;
`svg_picture` does so where there is none.
"""

from __future__ import annotations

import operator
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.drawing import renderers
from autograd.drawing.cards import scene_of
from autograd.drawing.dot_graph import DotGraph, scope_to_fold
from autograd.drawing.folding import fold_unnamed
from autograd.drawing.overlays import Overlay, PathOverlay, StepOverlay
from autograd.drawing.svg_picture import picture_width, svg_picture
from autograd.drawing.svg_theme import themed
from autograd.engine.backward import Step
from autograd.engine.graph import as_graph
from autograd.engine.names import caller_names
from autograd.errors import ArgumentError, NotFoundError, OperandError, RenderError, TooLargeError
from autograd.files.whole_files import write_file
from autograd.formatting import palette
from autograd.path_sums.search import Paths, paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike
    from pathlib import Path

    from autograd.drawing.folding import Fold
    from autograd.drawing.scene import Scene
    from autograd.engine.graph import Graph
    from autograd.engine.value import Value

MAX_NODES = 2000  # that are drawn
MAX_FOLDED = 10_000  # nodes of a graph whose unnamed nodes are folded
MAX_LANES = 30_000  # what is laid out in columns in a second or two
MAX_WIDTH = 760  # points: then the smallest text is 10 pixels high where the picture is shown 900 pixels wide
NARROW = 60  # points: no card is narrower
MAX_DPI, MAX_PIXELS = 1200, 20_000  # of a PNG
SHARP = 150  # work of a small picture: a PNG of it has the pixels of today's screens
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

    def render(self, path: str | PathLike[str], *, dpi: float | None = None, width: int | None = None) -> Path:
        """Write the picture to a file, an SVG, PNG or PDF by its ending; .dot writes the text. Return the path.

        A PNG has `dpi` pixels an inch, or is about `width` pixels wide; an SVG is shown so wide.

        Raises RenderError if no program can draw it, OutputError if the file cannot be written,
        ArgumentError for another ending or a size that has no meaning. Nothing half-written is left.
        """
        kind = renderers.kind_of(path)
        _check_size(kind, dpi, width)
        if kind in renderers.TEXTS:
            return write_file(path, self.source.encode())
        if kind == "svg":
            return write_file(path, (_as_wide(self.svg, width) if width else self.svg).encode())
        if self._work > renderers.MAX_WORK:
            raise RenderError(f"a {kind.upper()} of so large a graph takes a program minutes: .svg is drawn at once")
        if width:
            dpi = 72 * width / _size(renderers.render(self.source, "svg").decode())[0]
        return write_file(path, renderers.render(self.source, kind, dpi or (144 if self._work <= SHARP else 96)))

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, in colors for a light and a dark ground: drawn by a program where one does well."""
        if self._work <= (SHARP if self.scene.leads_downwards else renderers.MAX_WORK):
            with suppress(RenderError):
                drawn = renderers.render(self.source, "svg").decode()
                # Downwards, a program makes a picture with long lines far wider than it need be.
                if not self.scene.leads_downwards or _size(drawn)[0] <= max(MAX_WIDTH, picture_width(self.scene)):
                    return themed(drawn)
        return themed(svg_picture(self.scene))

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f'Drawing of {self.title} (.render("graph.svg") writes it)'


_SIZE = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def _size(svg: str) -> tuple[float, float]:
    """Return the width and the height of an SVG, in points."""
    found = _SIZE.search(svg)
    assert found, svg[:200]
    return float(found[1]), float(found[2])


def _as_wide(svg: str, width: int) -> str:
    """Return an SVG that is shown so many pixels wide."""
    wide, high = _size(svg)
    return _SIZE.sub(f'<svg width="{width}" height="{width * high / wide:.0f}"', svg, count=1)


def _check_size(kind: str, dpi: Any, width: Any) -> None:
    """Raise ArgumentError for a size that this kind of file does not have."""
    for name, given, most, kinds in (("dpi", dpi, MAX_DPI, ("png",)), ("width", width, MAX_PIXELS, ("png", "svg"))):
        if given is None:
            continue
        if kind not in kinds:
            raise ArgumentError(f"{name} is for a .{' or .'.join(kinds)}, not for a .{kind}")
        if isinstance(given, bool) or not isinstance(given, (int, float)) or not 1 <= given <= most:
            raise ArgumentError(f"{name} is a number of pixels from 1 to {most:,}, not {given!r}")
    if dpi and width:
        raise ArgumentError("the size of a PNG is given by dpi or by width, not by both")


def draw(
    output: Value | Graph,
    wrt: Value | str | None = None,
    at: Step | int | None = None,
    *,
    fold: str | bool | None = None,
    depth: int | None = None,
    k: int | None = None,
    names: bool = True,
) -> Drawing:
    """Return a picture of the graph that `output` was computed by.

    Every node is a card with its label, formula, value and gradient; every edge has its local
    derivative. With `wrt`, a node or its label, each path from there has a color, and its product
    stands below with the sum; of very many, the `k` largest (6). With `at`, a step or its number,
    it shows which gradients are then complete, partial, untouched, and arrows go the way of the
    gradient. With `fold=True`, nodes without a name are written in the formula of the next one
    that has a name, with "neuron" or "layer" each use of one of `nn` is one box as well; with
    False nothing is folded. By default as much is folded as makes the picture readable on 900
    pixels; what is still wider leads downwards. `depth` draws only so many operations back from the
    output. Nodes without a label get the names of the caller's variables, unless `names=False`.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x"); y = x * x; y.label = "y"
    >>> draw(y, wrt=x).paths.total
    6.0

    Raises TooLargeError at once for more than can be laid out in seconds; OperandError,
    ArgumentError or NotFoundError for arguments that have no meaning.
    """
    graph = as_graph(output, caller_names() if names else None)
    at = _checked(wrt, at, fold, depth, k)
    if isinstance(fold, str) and fold not in _kinds(graph):
        raise NotFoundError(f"fold={fold!r}: nothing in this graph was made by a {fold} of nn")
    found = None if wrt is None else _colored_paths(graph, wrt, k)
    if found is not None:
        overlay: Overlay = PathOverlay(graph, found)
    else:
        overlay = Overlay(graph) if at is None else StepOverlay(graph, at)
    graphs, left_out = _drawable(graph, _ways(graph, fold, depth, found), depth, found, overlay)
    overlay.notes += ["Only these paths are drawn: with the rest of the graph it would be too large"] * left_out
    dot_graph, scene = _readable(graphs, overlay)
    title = f"{overlay.names[graph.output]}: {len(dot_graph.nodes):,} cards, {len(dot_graph.edges):,} arrows"
    return Drawing(scene, title, (*overlay.notes, *overlay.warnings), found, dot_graph.work)


def _checked(wrt: Any, at: Any, fold: Any, depth: Any, k: Any) -> Step | int | None:
    """Return `at` as a step or a number, once all arguments are known to go together."""
    if wrt is not None and at is not None:
        raise ArgumentError("a picture is of the paths from a node (wrt) or of a step (at), not of both")
    if fold is not None and not isinstance(fold, bool) and fold not in FOLDED_KINDS:
        raise ArgumentError(f"fold is True, False, {' or '.join(map(repr, FOLDED_KINDS))}, not {fold!r}")
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


def _colored_paths(graph: Graph, start: Value | str, k: int | None) -> Paths:
    """Return the paths that have colors: a few, or all if there are colors for them."""
    found = paths(graph, start, k or COLORED)
    return found if k or not len(found) < found.count <= MAX_COLORED else paths(graph, found.start, MAX_COLORED)


class _Way(NamedTuple):
    """A way to fold a graph: whether nodes without a name fold, and the kind of scope of which each use is one box."""

    names: bool
    kind: str | None


def _ways(
    graph: Graph,
    fold: str | bool | None,  # noqa: FBT001 -- as `draw` has it
    depth: int | None,
    found: Paths | None,
) -> list[_Way]:
    """Return the ways to fold that are allowed, the one that folds least first."""
    if fold is not None:
        return [_Way(bool(fold), fold if isinstance(fold, str) else None)]
    if depth is not None:
        return [_Way(names=False, kind=None)]
    kinds = _kinds(graph) if found is None else _kinds(graph)[:1]  # in a layer that is one box, nobody sees the paths
    return [_Way(names=False, kind=None), _Way(names=True, kind=None), *(_Way(names=True, kind=kind) for kind in kinds)]


def _kinds(graph: Graph) -> list[str]:
    """Return the kinds of scopes that a graph has."""
    return [kind for kind in FOLDED_KINDS if any(scope_to_fold(node, kind) for node in graph.order)]


def _drawable(
    graph: Graph, ways: Sequence[_Way], depth: int | None, found: Paths | None, overlay: Overlay
) -> tuple[list[DotGraph], bool]:
    """Return the graph folded in each way that can be laid out, and whether only the paths are in it.

    Those alone are drawn where the whole is too large, if not all of it was to be folded into boxes.
    """
    whole = _folded(graph, ways, depth, None, found, overlay)
    if whole and (found is None or len(ways) == 1 or whole[0].kind is None):
        return whole, False
    on_paths = {node for path in found or () for node in path.nodes}
    if on_paths and (alone := _folded(graph, ways, depth, on_paths, found, overlay)):
        return alone, True
    ways_out = ' fold="layer" or fold="neuron" draws each as one box,' if _kinds(graph) else ""
    raise TooLargeError(
        f"{len(graph.order):,} nodes are too many to be laid out in seconds: wrt=w draws the paths from w alone,"
        f"{ways_out} depth=3 the last operations"
    )


def _folded(
    graph: Graph,
    ways: Sequence[_Way],
    depth: int | None,
    wanted: set[Value] | None,
    found: Paths | None,
    overlay: Overlay,
) -> list[DotGraph]:
    """Return the graph folded in each way, or the part of it that is wanted; what is too large is left out."""
    order = graph.order
    start = found.start if found is not None else None
    apart = [node for node in (start, overlay.subject) if node is not None]
    graphs: list[DotGraph] = []
    for names, kind in ways:
        is_whole = depth is None and wanted is None and kind is None
        if is_whole and len(order) > (MAX_FOLDED if names else MAX_NODES):
            continue
        folds = fold_unnamed(graph, keep=apart if names and len(order) <= MAX_FOLDED else order)
        if graphs and kind is None and len(folds) == len(order):  # nothing to fold: the same again
            continue
        shown = _shown(graph, folds, depth, wanted)
        if kind is not None or len(shown) <= MAX_NODES:
            dot_graph = DotGraph(order, shown, folds, kind, start)
            if dot_graph.work <= renderers.MAX_WORK or dot_graph.lanes <= MAX_LANES:
                graphs.append(dot_graph)
    return graphs


def _shown(graph: Graph, folds: Mapping[Value, Fold], depth: int | None, wanted: set[Value] | None) -> set[Value]:
    """Return the nodes that are drawn, with all that is folded into them: up to a depth, and those that are wanted."""
    if depth is None:
        cards = set(folds)
    else:
        rank = {graph.output}
        cards = set(rank)
        for _ in range(depth):
            inside = {member for node in rank for member in folds[node].members}
            rank = {parent for member in inside for parent in member.parents} - inside - cards
            cards |= rank
            if not rank:
                break
    if wanted is not None:
        cards = {node for node in cards if not wanted.isdisjoint(folds[node].members)}
    return {member for node in cards for member in folds[node].members}


def _readable(graphs: Sequence[DotGraph], overlay: Overlay) -> tuple[DotGraph, Scene]:
    """Return the first of some graphs whose picture is narrow enough, and its scene; if none is, the narrowest."""
    tried: list[tuple[float, int, DotGraph, bool]] = []
    for dot_graph, downwards in _ways_to_read(graphs, overlay):
        width: float = NARROW * (dot_graph.broadest if downwards else dot_graph.deepest)
        if width <= MAX_WIDTH:
            scene = scene_of(dot_graph, overlay, downwards=downwards)
            width = picture_width(scene)
            if width <= MAX_WIDTH:
                return dot_graph, scene
        tried.append((width, len(tried), dot_graph, downwards))
    _, _, dot_graph, downwards = min(tried, key=lambda each: each[:2])
    return dot_graph, scene_of(dot_graph, overlay, downwards=downwards)


def _ways_to_read(graphs: Sequence[DotGraph], overlay: Overlay) -> Iterator[tuple[DotGraph, bool]]:
    """Yield each graph with a direction, the best to read first.

    To fold names or neurons comes before to lead downwards, which comes before to fold layers. A step needs all nodes.
    """
    if overlay.subject is not None:
        yield from ((dot_graph, downwards) for dot_graph in graphs for downwards in (False, True))
        return
    first = [dot_graph for dot_graph in graphs if dot_graph.kind != "layer"]
    yield from ((dot_graph, False) for dot_graph in first)
    yield from ((dot_graph, True) for dot_graph in first[1:] + first[:1])
    yield from ((dot_graph, downwards) for dot_graph in graphs[len(first) :] for downwards in (False, True))
