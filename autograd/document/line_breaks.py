"""Equations that are too wide for one line: every writer breaks them at the same places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from autograd.formatting import figures
from autograd.formatting.terminal import width
from autograd.symbolic.equations import Elementwise, Equation, Matrix, Piece, Product, Sum, lettered
from autograd.symbolic.expr import Apply, Expr, Formula
from autograd.symbolic.notations import POWER, PRODUCT, SUM, TERMINAL
from autograd.symbolic.printer import write
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDEST = 84  # columns of an equation in one line, on paper and on a page
MIN_PART = 40  # columns that a part of a broken equation may take, however long its left side is


class Line(NamedTuple):
    """One line of an equation that is too wide for one line: the sign that it goes on with, and the formula."""

    sign: str
    formula: Formula
    depth: int = 0  # 1 for what goes on inside a term of a sum


def measured(formula: Formula) -> int:
    """Return how many columns a formula takes in a terminal."""
    return max(map(width, write(formula, TERMINAL).split("\n")))


def lines_high(equation: Sequence[Line]) -> int:
    """Return how many lines of a terminal a broken equation takes."""
    return sum(write(line.formula, TERMINAL).count("\n") + 1 for line in equation[1:] or equation)


def broken(equation: Equation, widest: int = WIDEST, margin: int = 0) -> list[Line]:
    """Return the lines of an equation: one if it is short, else one a side, and several of a wide side.

    A line has `widest` columns. The left side takes at least the columns of the margin.

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
        signs = _pieces(side, max(MIN_PART, room - 2)) if measured(side) > room else [Line("", side)]
        lines += [Line("=", signs[0].formula), *signs[1:]]
    return lines


def _pieces(side: Formula, room: int) -> list[Line]:
    """Return a wide side as lines: the terms of a sum, or as many factors a line as there is room for."""
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
    """Return the factors in as few lines as there is room for, and these as equally long as possible."""
    rows = _filled(factors, room)
    while True:
        widest = max(map(measured, rows))
        narrower = _filled(factors, widest - 1)
        if len(narrower) > len(rows) or max(map(measured, narrower)) >= widest:
            return rows
        rows = narrower


def _filled(factors: Sequence[Formula], room: int) -> list[Formula]:
    """Return the factors, as many a line as there is room for."""
    rows: list[list[Formula]] = [[]]
    for factor in factors:
        if rows[-1] and measured(Product((*rows[-1], factor))) > room:
            rows.append([])
        rows[-1].append(factor)
    return [Product(tuple(row)) if len(row) > 1 else row[0] for row in rows]


def _signed(term: Formula) -> tuple[str, Formula]:
    """Return the sign of a later term of a sum, and what follows it."""
    if isinstance(term, Apply) and term.op is ops.neg:
        return figures.MINUS, term.args[0]
    if not isinstance(term, Expr) and str(term).startswith("-"):
        return figures.MINUS, -term
    return "+", term
