"""A scene drawn as SVG without a program: laid out in columns, with the labels, colors and legend of every picture."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from autograd.drawing.columns import Corner, Size, Spacing, Wire
from autograd.drawing.labels_svg import LabelText, read_label
from autograd.drawing.layered import curve, layered
from autograd.formatting import palette

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from autograd.drawing.labels_svg import LabelTable
    from autograd.drawing.layered import Rectangle
    from autograd.drawing.scene import Scene, SceneBox, SceneEdge, SceneNode

INSIDE = Size(6.5, 4.3)  # between the outline of a card and its label
AROUND, TITLE = 10.0, 14.0  # inside a box, and above the cards for its name
BESIDE, BELOW = 44.0, 16.0  # between columns, and between the cards of a column
BENEATH = 36.0  # between rows, where a picture leads downwards
EDGE = 11.0  # around the picture
HEAD = 7.0  # the length of an arrowhead


def svg_picture(scene: Scene) -> str:
    """Return a scene as the text of an SVG."""
    return _Picture(scene).svg()


def picture_width(scene: Scene) -> float:
    """Return how wide the SVG of a scene is, in points."""
    return _Picture(scene).size.width


def _nodes(box: SceneBox, around: tuple[SceneBox, ...]) -> Iterator[tuple[SceneNode, tuple[SceneBox, ...]]]:
    """Yield each node with the boxes around it, the outermost first."""
    yield from ((node, around) for node in box.nodes)
    for inner in box.boxes:
        yield from _nodes(inner, (*around, inner))


class _Picture:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.edges = scene.edges[::-1]  # a program draws what comes first below, and this above
        placed = list(_nodes(scene.outside, ()))[::-1]
        self.nodes = [node for node, _ in placed]
        number = {node.id: at for at, node in enumerate(self.nodes)}
        self.labels = [self._label(node.label, node.attributes) for node in self.nodes]
        self.notes = [self._note(edge) for edge in self.edges]
        wires = [
            Wire(number[edge.start], number[edge.end], None if note is None else note.size)
            for edge, note in zip(self.edges, self.notes)
        ]
        homes = {at: boxes[-1] for at, (_, boxes) in enumerate(placed) if boxes}
        within: dict[Hashable, Hashable] = {
            box: outer for _, boxes in placed for outer, box in zip((None, *boxes), boxes)
        }
        sizes = [Size(*(a + 2 * b for a, b in zip(label.size, INSIDE))) for label in self.labels]
        if self.scene.leads_downwards:
            sizes = [Size(high, wide) for wide, high in sizes]
            wires = [wire._replace(label=wire.label and Size(*wire.label[::-1])) for wire in wires]
            self.laid = layered(sizes, wires, Spacing(BENEATH, BELOW, AROUND, 0, TITLE), homes, within).turned()
        else:
            self.laid = layered(sizes, wires, Spacing(BESIDE, BELOW, AROUND, TITLE), homes, within)
        self.legend = self._label(scene.legend, {}) if scene.legend else None

    def _label(self, label: str, attributes: Mapping[str, str]) -> LabelTable:
        return read_label(label, 11.0, attributes.get("fontcolor", palette.INK))

    def _note(self, edge: SceneEdge) -> LabelTable | None:
        return self._label(edge.attributes["label"], edge.attributes) if "label" in edge.attributes else None

    @property
    def size(self) -> Size:
        """The room that it needs."""
        below = self.legend.size if self.legend else Size(0, 0)
        return Size(
            max(self.laid.width, below.width) + 2 * EDGE,
            self.laid.height + below.height + 2 * EDGE + (EDGE if self.legend else 0),
        )

    def svg(self) -> str:
        """Return the whole."""
        wide, high = self.size
        view = f'width="{wide:.0f}pt" height="{high:.0f}pt" viewBox="{-EDGE:g} {-EDGE:g} {wide:.2f} {high:.2f}"'
        parts = ['<?xml version="1.0" encoding="UTF-8"?>', f'<svg {view} xmlns="http://www.w3.org/2000/svg">']
        for box, place in self.laid.boxes.items():
            parts += self._box(box, place)  # type: ignore[arg-type] # a SceneBox
        for edge, route in zip(self.edges, self.laid.routes):
            parts += self._arrow(edge, route)
        for node, label, place in zip(self.nodes, self.labels, self.laid.cards):
            parts += _card(node, label, place)
        for note, middle in zip(self.notes, self.laid.labels):
            if note is not None and middle is not None:
                parts += note.draw(middle.x - note.size.width / 2, middle.y - note.size.height / 2)
        if self.legend:
            parts += self.legend.draw(0.0, self.laid.height + EDGE)
        return "\n".join([*parts, "</svg>"])

    def _arrow(self, edge: SceneEdge, route: Sequence[Corner]) -> Iterator[str]:
        """Yield an edge, a line for each of its colors beside each other, and its head in the first of them."""
        kept = edge.attributes
        colors, weight = kept["color"].split(":"), float(kept.get("penwidth", 1))
        dashes = ' stroke-dasharray="5,2"' if kept.get("style") == "dashed" else ""
        is_back = kept.get("dir") == "back"
        tip = route[0 if is_back else -1]
        ahead = -HEAD if is_back else HEAD
        foot = Corner(tip.x, tip.y - ahead) if self.scene.leads_downwards else Corner(tip.x - ahead, tip.y)
        pointed = kept.get("arrowhead") != "none"
        line = route if not pointed else [foot, *route[1:]] if is_back else [*route[:-1], foot]
        yield f"<g>{_title(kept)}"
        for at, color in enumerate(colors):
            aside = (at - (len(colors) - 1) / 2) * (weight + 1)
            path = curve(
                [Corner(x + aside, y) if self.scene.leads_downwards else Corner(x, y + aside) for x, y in line],
                downwards=self.scene.leads_downwards,
            )
            yield f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{weight:g}"{dashes}/>'
        if pointed:
            half = HEAD * 0.36 + weight / 2
            sides = (
                f"{-half:.2f},{-ahead:g} h{2 * half:.2f}"
                if self.scene.leads_downwards
                else f"{-ahead:g},{-half:.2f} v{2 * half:.2f}"
            )
            yield f'<path d="M{tip.x:.2f},{tip.y:.2f} l{sides} z" fill="{colors[0]}" stroke="none"/>'
        yield "</g>"

    def _box(self, box: SceneBox, place: Rectangle) -> Iterator[str]:
        name = LabelText(
            html.unescape(box.attributes["label"]).replace("\\\\", "\\"), 10.0, box.attributes["fontcolor"]
        )
        yield _outline(place, box.attributes["fillcolor"], box.attributes["color"], "1")
        yield name.draw(place.x + 6, place.y + TITLE / 2 + 2)


def _outline(place: Rectangle, ground: str, color: str, weight: str, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="5,2"' if dashed else ""
    return (
        f'<rect x="{place.x:.2f}" y="{place.y:.2f}" width="{place.width:.2f}" height="{place.height:.2f}" rx="8" '
        f'fill="{ground}" stroke="{color}" stroke-width="{weight}"{dashes}/>'
    )


def _title(attributes: Mapping[str, str]) -> str:
    return f"<title>{attributes['tooltip'].replace(chr(92) * 2, chr(92))}</title>" if "tooltip" in attributes else ""


def _card(node: SceneNode, label: LabelTable, place: Rectangle) -> Iterator[str]:
    kept = node.attributes
    yield f"<g>{_title(kept)}"
    dashed = "dashed" in kept["style"]
    yield _outline(place, kept["fillcolor"], kept.get("color", "none"), kept.get("penwidth", "0"), dashed=dashed)
    yield from label.draw(place.x + (place.width - label.size.width) / 2, place.y + INSIDE.height)
    yield "</g>"
