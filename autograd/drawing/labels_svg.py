"""HTML-like labels of the DOT language drawn as SVG: tables in tables, with text in cells.

The labels are those that `node_labels` writes; nothing else of that language is known here. Every cell is first
measured and then drawn. A text is as wide as its letters are on average, and a little more.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from autograd.drawing.columns import Size
from autograd.formatting import escapes, palette

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SANS, MONO = "Helvetica,Arial,sans-serif", "Courier,monospace"
# Letters by their width, as they are in faces that are rather wide.
NARROW, BROAD = set("ijl.,:;'|!ftIr ()[]"), set("mwMW%@…→≈∂Σ+−=×")
LINE = 1.2  # times the size of type: the height of a line
RISE = 0.3  # times the size of type: from the middle of a line down to its base


@dataclass
class LabelText:
    """A line of text in one face."""

    content: str
    size: float = 11.0
    color: str = palette.INK
    mono: bool = False
    bold: bool = False

    @property
    def width(self) -> float:
        """The room that it takes."""
        ems = sum(map(_em, self.content)) if not self.mono else 0.6 * sum(map(_cells, self.content))
        return ems * self.size * (1.06 if self.bold else 1.0)

    def draw(self, x: float, middle: float) -> str:
        """Return it as SVG, from its left end and the middle of the line on."""
        face = MONO if self.mono else SANS
        weight = ' font-weight="bold"' if self.bold else ""
        return (
            f'<text x="{x:.2f}" y="{middle + RISE * self.size:.2f}" font-family="{face}" font-size="{self.size:g}"'
            f'{weight} fill="{self.color}" xml:space="preserve">{escapes.html(self.content)}</text>'
        )


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in NARROW:
        return 0.37
    return 0.86 if character in BROAD else 0.7 if character.isupper() else 0.61


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@dataclass
class LabelCell:
    """A cell of a table: a text or another table, in a room of its own."""

    inside: LabelText | LabelTable | None
    attributes: Mapping[str, str]
    padding: float

    @property
    def span(self) -> int:
        """The number of columns that it takes."""
        return int(self.attributes.get("COLSPAN", 1))

    @property
    def size(self) -> Size:
        """The room that it needs."""
        wide, high = (float(self.attributes.get(name, 0)) for name in ("WIDTH", "HEIGHT"))
        if self.attributes.get("FIXEDSIZE") == "TRUE":
            return Size(wide, high)
        inner = Size(0.0, 0.0)
        if isinstance(self.inside, LabelText):
            inner = Size(self.inside.width, LINE * self.inside.size)
        elif self.inside is not None:
            inner = self.inside.size
        return Size(max(wide, inner.width + 2 * self.padding), max(high, inner.height + 2 * self.padding))

    def draw(self, x: float, y: float, width: float, height: float) -> Iterator[str]:
        """Yield it as SVG in the room that it got."""
        if ground := self.attributes.get("BGCOLOR"):
            yield f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{ground}"/>'
        if self.attributes.get("SIDES") == "B":
            color, base = self.attributes["COLOR"], y + height
            yield f'<path d="M{x:.2f},{base:.2f} H{x + width:.2f}" stroke="{color}" fill="none"/>'
        if self.inside is None:
            return
        inner = self.inside.width if isinstance(self.inside, LabelText) else self.inside.size.width
        room = width - 2 * self.padding - inner
        share = {"LEFT": 0.0, "RIGHT": 1.0}.get(self.attributes.get("ALIGN", ""), 0.5)
        left = x + self.padding + max(0.0, room) * share
        if isinstance(self.inside, LabelText):
            yield self.inside.draw(left, y + height / 2)
        else:
            yield from self.inside.draw(left, y + (height - self.inside.size.height) / 2)


@dataclass
class LabelTable:
    """Rows of cells; each column is as wide as its widest cell."""

    rows: list[list[LabelCell]]
    attributes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spacing = float(self.attributes.get("CELLSPACING", 2))
        count = max((sum(cell.span for cell in row) for row in self.rows), default=0)
        self.widths = [0.0] * count
        self.heights = [max((cell.size.height for cell in row), default=0.0) for row in self.rows]
        for at, cell in sorted(self._placed(), key=lambda placed: placed[1].span):
            columns = range(at, at + cell.span)
            missing = cell.size.width - sum(self.widths[column] for column in columns) - self._between(cell.span)
            self.widths[columns[-1]] += max(0.0, missing)
        natural = sum(self.widths) + self._between(count) + 2 * self.spacing
        more = max(0.0, float(self.attributes.get("WIDTH", 0)) - natural)
        self.widths = [width + more / count for width in self.widths]

    def _placed(self) -> Iterator[tuple[int, LabelCell]]:
        for row in self.rows:
            at = 0
            for cell in row:
                yield at, cell
                at += cell.span

    def _between(self, count: int) -> float:
        return (count - 1) * self.spacing

    @property
    def size(self) -> Size:
        """The room that it needs."""
        wide, high = (float(self.attributes.get(name, 0)) for name in ("WIDTH", "HEIGHT"))
        if self.attributes.get("FIXEDSIZE") == "TRUE":
            return Size(wide, high)
        around = 2 * self.spacing
        return Size(
            max(wide, sum(self.widths) + self._between(len(self.widths)) + around),
            max(high, sum(self.heights) + self._between(len(self.heights)) + around),
        )

    def draw(self, x: float, y: float) -> Iterator[str]:
        """Yield it as SVG from its upper left corner on."""
        if float(self.attributes.get("BORDER", 0)):
            wide, high = self.size
            dashed = ' stroke-dasharray="3,2"' if "dashed" in self.attributes.get("STYLE", "") else ""
            yield (
                f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{high:.2f}" rx="3" '
                f'fill="{self.attributes["BGCOLOR"]}" stroke="{self.attributes["COLOR"]}"{dashed}/>'
            )
        top = y + self.spacing
        for row, height in zip(self.rows, self.heights):
            left, at = x + self.spacing, 0
            for cell in row:
                width = sum(self.widths[at : at + cell.span]) + self._between(cell.span)
                yield from cell.draw(left, top, width, height)
                left += width + self.spacing
                at += cell.span
            top += height + self.spacing


def read_label(label: str, size: float, color: str) -> LabelTable:
    """Return a label as a table; one that is plain text is a table of one cell."""
    if not label.startswith("<"):
        return LabelTable(
            [[LabelCell(LabelText(_plain(label), size, color), {"ALIGN": "LEFT"}, 2.0)]], {"CELLSPACING": "0"}
        )
    return _table(ET.fromstring(label[1:-1].replace("&#160;", "\u00a0")))  # noqa: S314 -- written by node_labels


def _table(element: ET.Element) -> LabelTable:
    padding = float(element.get("CELLPADDING", 2))
    rows = [[_cell(cell, padding) for cell in row.findall("TD")] for row in element.findall("TR")]
    return LabelTable(rows, dict(element.attrib))


def _cell(element: ET.Element, padding: float) -> LabelCell:
    inner = element.find("TABLE")
    room = float(element.get("CELLPADDING", padding))
    if inner is not None:
        return LabelCell(_table(inner), dict(element.attrib), room)
    style: dict[str, Any] = {}
    part: ET.Element = element
    while len(part) and part[0].tag in ("FONT", "B"):
        part = part[0]
        if part.tag == "B":
            style["bold"] = True
        else:
            size, color = part.get("POINT-SIZE"), part.get("COLOR")
            style |= {"size": float(size)} if size else {}
            style |= {"color": color} if color else {}
            style["mono"] = style.get("mono", False) or part.get("FACE") == "Courier"
    content = _plain("".join(part.itertext())) if len(part) == 0 or part[0].tag == "BR" else ""
    return LabelCell(LabelText(content, **style) if content else None, dict(element.attrib), room)


def _plain(content: str) -> str:
    return content.replace("\\\\", "\\").replace("\u00a0", " ")
