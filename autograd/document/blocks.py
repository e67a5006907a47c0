"""What a document is made of: headings, paragraphs, equations, tables, lists and pictures.

Text in a block is *content*: words and formulas in a row. Where an equation is too wide for one line
it is broken here, at the same places whatever it is read as; `readings` has the ways to read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.formatting import figures
from autograd.formatting.terminal import width
from autograd.path_sums.ledger import ends
from autograd.symbolic.equations import Elementwise, Equation, Matrix, Piece, Product, Sum, lettered
from autograd.symbolic.expr import Apply, Expr, Formula
from autograd.symbolic.notations import Text
from autograd.symbolic.printer import POWER, PRODUCT, SUM
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDEST = 84  # columns of an equation in one line, on paper and on a page
LEAST = 40  # columns that a part of a broken equation may take, however long its left side is


class Strong(NamedTuple):
    """Words that stand out."""

    words: str


Content = tuple["str | Strong | Formula", ...]


class Heading(NamedTuple):
    """A heading; the title of a document is of level 1."""

    level: int
    content: Content


class Paragraph(NamedTuple):
    """Sentences."""

    content: Content


class Equations(NamedTuple):
    """Equations, one below the other."""

    equations: tuple[Equation, ...]


class Table(NamedTuple):
    """Rows below a head; `align` has l or r for each column."""

    head: tuple[Content, ...]
    rows: tuple[tuple[Content, ...], ...]
    align: str


class Bullets(NamedTuple):
    """Points of a list; `numbered` where their order matters."""

    items: tuple[Content, ...]
    numbered: bool = False


class Picture(NamedTuple):
    """A drawing, and what it shows in words."""

    name: str
    shows: str
    drawing: Any


Block = Heading | Paragraph | Equations | Table | Bullets | Picture


def drawn(picture: Picture) -> str | None:
    """The picture as SVG; None where there is no drawing, or nothing that can draw it."""
    if picture.drawing is None:
        return None
    svg: str | None = picture.drawing._repr_svg_()
    return svg


def say(*content: str | Strong | Formula) -> Paragraph:
    """A paragraph of these words and formulas."""
    return Paragraph(content)


def listed(formulas: Sequence[Formula]) -> list[Any]:
    """The formulas with commas, and the last with "and"; the middle of many left out."""
    first, left_out, last = ends(formulas, 8)
    shown: list[Any] = [*first, *([f"… {left_out} more …"] if left_out else []), *last]
    parts: list[Any] = []
    for place, formula in enumerate(shown):
        if place:
            parts.append(" and " if place == len(shown) - 1 else ", ")
        parts.append(formula)
    return parts


def columns(head: Sequence[str], rows: Sequence[Sequence[Any]], align: str) -> Table:
    """A table of which a cell may be content, or one formula, number or word."""
    return Table(
        tuple((title,) for title in head),
        tuple(tuple(cell if isinstance(cell, tuple) else (cell,) for cell in row) for row in rows),
        align,
    )


class Line(NamedTuple):
    """One line of an equation that is too wide for one: how it goes on, and with what."""

    sign: str
    formula: Formula
    depth: int = 0  # 1 for what goes on inside a term of a sum


_MEASURE = Text()


def measured(formula: Formula) -> int:
    """How many columns a formula takes in a terminal."""
    return max(map(width, _MEASURE.write(formula).split("\n")))


def broken(equation: Equation, widest: int = WIDEST, margin: int = 0) -> list[Line]:
    """The lines of an equation: one if it is short, else one a side, and a wide side in several.

    A line has `widest` columns, of which the left side takes those of the margin, if that is more.

    >>> from autograd.symbolic.expr import Symbol
    >>> short = Equation((Symbol("E"), 0.5))
    >>> wide = Equation((Symbol("E"), Sum(tuple(Symbol("x" * 20) for _ in range(4))), 0.5))
    >>> [line.sign for line in broken(short)], [line.sign for line in broken(wide)]
    (['', '='], ['', '=', '+', '+', '+', '='])
    """
    first, *sides = equation.sides
    left = max(measured(first), margin)
    if not sides or measured(equation) - measured(first) + left <= widest:
        return [Line("", first), *([Line("=", Equation(tuple(sides)))] if sides else [])]
    lines = [Line("", first)]
    room = widest - left - len(" = ")
    for side in sides:
        signs = _pieces(side, max(LEAST, room - 2)) if measured(side) > room else [Line("", side)]
        lines += [Line("=", signs[0].formula), *signs[1:]]
    return lines


def _pieces(side: Formula, room: int) -> list[Line]:
    """A wide side as lines: the terms of a sum, or as many factors a line as there is room for."""
    if isinstance(side, Apply) and side.op is ops.sub:
        side = Sum((side.args[0], Apply(ops.neg, side.args[1:])))
    if isinstance(side, Sum):
        lines = []
        for place, term in enumerate(side.terms):
            sign, rest = _signed(term) if place else ("", term)
            inner = _pieces(rest, room) if measured(rest) > room else [Line("", rest)]
            if len(inner) == 1:
                inner = [Line("", Piece(rest, PRODUCT if place else SUM))]
            lines += [Line(sign, inner[0].formula), *(line._replace(depth=line.depth + 1) for line in inner[1:])]
        return lines
    if isinstance(side, Elementwise):
        return [Line("⊙", Piece(factor, POWER)) for factor in side.factors]
    if isinstance(side, Product):
        sign = "·" if lettered(side) or any(isinstance(factor, Matrix) for factor in side.factors) else "×"
        return [Line(sign, Piece(whole, PRODUCT)) for whole in _balanced(side.factors, room)]
    return [Line("", side)]


def _balanced(factors: Sequence[Formula], room: int) -> list[Formula]:
    """The factors in as few lines as there is room for, and these as equally long as may be."""
    rows = _filled(factors, room)
    while True:
        widest = max(map(measured, rows))
        narrower = _filled(factors, widest - 1)
        if len(narrower) > len(rows) or max(map(measured, narrower)) >= widest:
            return rows
        rows = narrower


def _filled(factors: Sequence[Formula], room: int) -> list[Formula]:
    """The factors, as many a line as there is room for."""
    rows: list[list[Formula]] = [[]]
    for factor in factors:
        if rows[-1] and measured(Product((*rows[-1], factor))) > room:
            rows.append([])
        rows[-1].append(factor)
    return [Product(tuple(row)) if len(row) > 1 else row[0] for row in rows]


def _signed(term: Formula) -> tuple[str, Formula]:
    """A later term of a sum: its sign, and what follows it."""
    if isinstance(term, Apply) and term.op is ops.neg:
        return figures.MINUS, term.args[0]
    if not isinstance(term, Expr) and str(term).startswith("-"):
        return figures.MINUS, -term
    return "+", term
