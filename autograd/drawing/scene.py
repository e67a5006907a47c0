"""A picture before it is laid out: nodes in boxes, edges, a legend; all with the attributes of the DOT language.

`to_dot` writes it as text in that language, `svg_picture` draws it without a program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.drawing import renderers

if TYPE_CHECKING:
    from collections.abc import Mapping


class SceneNode(NamedTuple):
    """A node: its name, its label (in angle brackets if it is HTML-like), its attributes."""

    id: str
    label: str
    attributes: Mapping[str, str]


class SceneEdge(NamedTuple):
    """An edge from one node to another, with its attributes."""

    start: str
    end: str
    attributes: Mapping[str, str]


@dataclass(eq=False)
class SceneBox:
    """A box around nodes and other boxes; the whole picture is one that has no outline."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    nodes: list[SceneNode] = field(default_factory=list)
    boxes: list[SceneBox] = field(default_factory=list)

    def node(self, name: str, label: str, **attributes: str) -> None:
        """Add a node."""
        self.nodes.append(SceneNode(name, label, attributes))

    def box(self, **attributes: str) -> SceneBox:
        """Add a box and return it."""
        self.boxes.append(SceneBox(attributes))
        return self.boxes[-1]


@dataclass(eq=False)
class Scene:
    """A picture: what stands `outside` of all boxes, the edges, the legend, the attributes of all of a kind."""

    graph: Mapping[str, str]
    node: Mapping[str, str]
    edges_like: Mapping[str, str]
    outside: SceneBox = field(default_factory=SceneBox)
    edges: list[SceneEdge] = field(default_factory=list)
    legend: str = ""

    @property
    def leads_downwards(self) -> bool:
        """True if its edges lead downwards, not to the right."""
        return self.graph.get("rankdir") == "TB"

    def edge(self, start: str, end: str, **attributes: str) -> None:
        """Add an edge."""
        self.edges.append(SceneEdge(start, end, attributes))

    def to_dot(self) -> str:
        """Return the text in the DOT language."""
        text = renderers.digraph(self.graph, self.node, self.edges_like)
        if self.legend:
            text.attr(label=self.legend)
        self._write(text, self.outside, iter(range(1, 10**9)))
        for start, end, attributes in self.edges:
            text.edge(start, end, **attributes)
        return str(text.source)

    def _write(self, text: Any, box: SceneBox, numbers: Any) -> None:
        for name, label, attributes in box.nodes:
            text.node(name, label, **attributes)
        for inner in box.boxes:
            with text.subgraph(name=f"cluster_{next(numbers)}") as part:
                part.attr(**inner.attributes)
                self._write(part, inner, numbers)
