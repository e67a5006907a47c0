"""The forms that a derivation needs beside the formulas of the table.

∂E/∂w, a long sum or product, a chain w → … → E, a matrix, a colored part, an equation. Nothing is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograd.symbolic.expr import Apply, Expr, Formula, Symbol

# The parts of a gradient, each with its color.
ROLES = {"error": "red", "gradient": "green", "input": "blue"}


@dataclass(frozen=True, slots=True, eq=False)
class Derivative(Expr):
    """∂of/∂by, by a node or by a matrix of nodes.

    With a `place` it is the derivative by the operand in that place alone, the others held fixed: ∂y/∂x|₂.
    """

    of: str
    by: str | Sign
    place: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Product(Expr):
    """Factors side by side."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sum(Expr):
    """Terms, a negative number among them with its own sign."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sign(Expr):
    """A bold letter for a vector or a matrix, with what stands above it: W⁽²⁾ᵀ."""

    letter: str
    above: str = ""
    transposed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class New(Expr):
    """A parameter after its update."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Function(Expr):
    """A function by its name; its prime is a derivative by its argument."""

    name: str
    argument: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Elementwise(Expr):
    """Factors that are multiplied entry by entry: a ⊙ b."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Matrix(Expr):
    """Formulas in rows."""

    rows: tuple[tuple[Formula, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part(Expr):
    """A formula in the color of its role: error, gradient or input."""

    formula: Formula
    role: str


@dataclass(frozen=True, slots=True, eq=False)
class Piece(Expr):
    """A part of a broken line, in brackets if it binds less tightly than what it belongs to."""

    formula: Formula
    binds: int


@dataclass(frozen=True, slots=True, eq=False)
class Words(Expr):
    """Words in the place of a formula."""

    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Chain(Expr):
    """Nodes in the order in which a value passes through them."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Equation(Expr):
    """The same thing written in several ways."""

    sides: tuple[Formula, ...]


DOTS = Symbol("…")


def lettered(formula: Formula) -> bool:
    """Return whether the formula has a name in it: then factors are joined by ·, otherwise by ×."""
    match formula:
        case Apply(_, inside) | Product(inside) | Elementwise(inside) | Sum(inside):
            return any(map(lettered, inside))
        case Part(inner):
            return lettered(inner)
    return isinstance(formula, Expr) and not isinstance(formula, Matrix) and formula is not DOTS
