"""The blocks of a document: headings, sentences, equations, tables, products in columns, lists and pictures.

Text in a block is *content*: words and formulas in a row. The writers make text, Markdown, LaTeX and HTML of blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from autograd.formatting.terminal import ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.symbolic.equations import Chain, Equation
    from autograd.symbolic.expr import Formula


class Strong(NamedTuple):
    """Words that stand out."""

    words: str


class Colored(NamedTuple):
    """Words in a color of the palette, by its name, such as red or path-0."""

    words: str
    color: str


class Code(NamedTuple):
    """Words whose characters stand below those of the line above."""

    words: str


Inline: TypeAlias = "str | Strong | Colored | Code | Formula"
Content: TypeAlias = tuple[Inline, ...]


class Heading(NamedTuple):
    """A heading; the title of a document is of level 1."""

    level: int
    content: Content


class Paragraph(NamedTuple):
    """Sentences."""

    content: Content


class Lines(NamedTuple):
    """Lines, one below the other; in a terminal with the spaces that they begin with."""

    lines: tuple[Content, ...]


class Equations(NamedTuple):
    """Equations, one below the other."""

    equations: tuple[Equation, ...]


class Factors(NamedTuple):
    """A product in columns, one a factor: its name, its formula and its number; a column of text stands for many.

    Before it stand a heading, where there is one, and the chain of nodes that the product belongs to.
    """

    heading: str
    chain: Chain
    columns: tuple[tuple[Formula, Formula, Formula] | str, ...]
    result: Formula
    digits: int  # more of the result than of the factors


class Table(NamedTuple):
    """Rows below a head, if it has one; `align` has l or r for each column.

    With `total` the last row is the sum of the rows before it.
    """

    head: tuple[Content, ...]
    rows: tuple[tuple[Content, ...], ...]
    align: str
    total: bool = False


class Pointed(NamedTuple):
    """A line of a text with a part that is pointed at, below its heading, and remarks on it."""

    heading: Content
    before: str
    part: str
    after: str
    remarks: tuple[str, ...]
    color: str


class Aside(NamedTuple):
    """A remark in the margin, on the block after it: its heading, and what it says."""

    heading: Content
    remarks: tuple[str, ...]
    color: str


class Bullets(NamedTuple):
    """Points of a list; `numbered` where their order matters."""

    items: tuple[Content, ...]
    numbered: bool = False


class Picture(NamedTuple):
    """A drawing, and what it shows in words; `text` is what stands in its place where there are no pictures."""

    name: str
    shows: str
    drawing: Any
    text: str = ""


Block = Heading | Paragraph | Lines | Equations | Factors | Table | Pointed | Aside | Bullets | Picture


class Layout(NamedTuple):
    """The layout of a document in a terminal: between its blocks, before a table, below the head of a table."""

    between: str = "\n\n"
    indent: str = "    "
    rule: str = "─"


LAYOUT = Layout()


def drawn(picture: Picture) -> str | None:
    """Return the picture as the address of an SVG; None where there is no drawing, or nothing that can draw it."""
    import base64  # noqa: PLC0415 -- a document without a picture is to start fast

    svg: str | None = None if picture.drawing is None else picture.drawing._repr_svg_()
    return svg and "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def sentence(*content: Inline) -> Paragraph:
    """Return a paragraph of these words and formulas."""
    return Paragraph(content)


def listed(formulas: Sequence[Formula]) -> list[Any]:
    """Return the formulas with commas, and the last with "and"; the middle of many is left out."""
    first, left_out, last = ends(formulas, 8)
    shown: list[Any] = [*first, *([f"… {left_out} more …"] if left_out else []), *last]
    joints = [", "] * (len(shown) - 2) + [" and "]
    return [part for pair in zip(shown[:-1], joints) for part in pair] + shown[-1:]


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], align: str, *, total: bool = False) -> Table:
    """Return a table; a cell may be content, or one formula, number or word.

    >>> table(("node", "value"), [("x", 0.5)], "lr").rows
    ((('x',), (0.5,)),)
    """
    contents = (tuple(cell if type(cell) is tuple else (cell,) for cell in row) for row in rows)
    return Table(tuple((title,) for title in head), tuple(contents), align, total)
