"""Mathematics as it is written on paper, in three languages: text, LaTeX and MathML.

A formula is what `expr` has, and the few forms more that a derivation needs: ∂E/∂w, a long sum or
product, a chain w → … → E, a matrix, a part in a colour, an equation. How an operation of the table
is written comes from `printing`; numbers and names look as `look` has them. Nothing is computed here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from autograd.formatting import figures
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, alike
from autograd.symbolic.printer import ANY, ATOM, NEGATION, POWER, PRODUCT, SUM, Spelling, spread
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.engine.value import Value
    from autograd.table.ops import Op

LONGEST_FRACTION = 24
FLOAT_DIGITS = 17

# What a part of a gradient is, and its colour; the colours of a terminal have these names too.
ROLES = {"error": "red", "gradient": "green", "input": "blue"}


class Name(str):
    """What a node is called here; `turn` tells nodes with the same label apart: x#1, x#2."""

    __slots__ = ("node", "turn")

    node: Value | None
    turn: int

    def __new__(  # noqa: PYI034 -- Self is not in typing before Python 3.11
        cls, label: str, turn: int = 0, node: Value | None = None
    ) -> Name:
        """Make a name that knows its node."""
        name = super().__new__(cls, label)
        name.turn = turn
        name.node = node
        return name


# -- What a derivation needs beside the formulas of the table --------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Derivative(Expr):
    """∂of/∂by, by a node or by a matrix of them.

    With a `place` it is by the operand in that place alone, the others held fixed: ∂y/∂x|₂.
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
    """A formula in the colour of its role: error, gradient or input."""

    formula: Formula
    role: str


@dataclass(frozen=True, slots=True, eq=False)
class Piece(Expr):
    """A part of a broken line, in brackets if it binds less tightly than what it is part of."""

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
    """Whether there is a name in it: then factors are joined by ·, and by × where all are numbers."""
    if isinstance(formula, Apply):
        return any(lettered(arg) for arg in formula.args)
    if isinstance(formula, (Product, Elementwise)):
        return any(lettered(factor) for factor in formula.factors)
    if isinstance(formula, Sum):
        return any(lettered(term) for term in formula.terms)
    if isinstance(formula, Part):
        return lettered(formula.formula)
    return isinstance(formula, Expr) and not isinstance(formula, Matrix) and formula is not DOTS


def figure(x: Any, digits: int = figures.DIGITS) -> str:
    """A number as it is shown here: a fraction too long to be read is given as a decimal.

    >>> from fractions import Fraction
    >>> figure(Fraction(1, 3)), figure(Fraction(1, 3**60)), figure(2 / 3, 3), figure(0.99999977)
    ('1/3', '≈2.35898e−29', '0.667', '0.9999998')
    """
    text = figures.number(x, digits)
    if text.lstrip(figures.MINUS) == "1" and isinstance(x, float):  # 1 − y is to be seen, where y is nearly 1
        while digits < FLOAT_DIGITS and text.lstrip(figures.MINUS) == "1" and abs(x) != 1:
            digits += 1
            text = figures.number(x, digits)
    if len(text) <= LONGEST_FRACTION or isinstance(x, float):
        return text
    try:
        return f"≈{figures.number(float(x), digits)}"
    except OverflowError:
        return f"{text[:LONGEST_FRACTION]}…"


# -- Writing them ----------------------------------------------------------------------------------


class Paper(ABC):
    """A language that all of this can be written in: how many digits, and whether parts are coloured."""

    spellings: ClassVar[Mapping[Op, Spelling]]
    times: ClassVar[str]
    cross: ClassVar[str]
    wide_times: ClassVar[str]
    elementwise: ClassVar[str]
    plus: ClassVar[str]
    minus: ClassVar[str]
    equals: ClassVar[str]
    to: ClassVar[str]

    def __init__(self, digits: int = figures.DIGITS, *, colours: bool = False) -> None:
        self.digits = digits
        self.colours = colours

    def write(self, formula: Formula) -> str:
        """Write the formula."""
        return self._write(formula)[0]

    def _write(self, formula: Formula) -> tuple[str, int]:
        """The formula, and how tightly it binds."""
        match formula:
            case Symbol(name):
                return self.name(name)
            case Derivative(of, by, place):
                bottom = self.name(by)[0] if isinstance(by, str) else self.write(by)
                whole = self.derivative(self.name(of)[0], bottom)
                return (self.placed(whole[0], place), whole[1]) if place else whole
            case Product(factors):
                return self._product(factors)
            case Sum(terms):
                return self._sum(terms)
            case Apply(ops.mul, (a, b)) if isinstance(a, Expr) and alike(a, b):
                return self._write(Apply(ops.pow, (a, 2)))
            case Apply(ops.mul, args):
                return self._product(args)
            case Apply(ops.logaddexp):
                return self._write(spread(formula))
            case Apply(op, args):
                return self._apply(op, args)
            case Elementwise(factors):
                written = [self._bracketed(factor, POWER) for factor in factors]
                return self.joined(written, self.elementwise), PRODUCT
            case Part(inner, role):
                if self.colours:
                    return self.coloured(self._bracketed(inner, PRODUCT), role), PRODUCT
                return self._write(inner)
            case Sign(letter, above, transposed):
                return self.sign(letter, above, transposed=transposed), POWER
            case New(name):
                return self.new(self.name(name)[0]), POWER
            case Function(name, argument):
                return self.function(name, self.write(argument)), ATOM
            case Matrix(rows):
                return self.matrix([[self.write(entry) for entry in row] for row in rows]), ATOM
            case Piece(inner, level):
                text = self._bracketed(inner, level)
                return (self.brackets(text) if text.startswith(figures.MINUS) and level > SUM else text), ATOM
            case Words(words):
                return self.words(words), ATOM
            case Chain(names):
                return self.joined([self.name(name)[0] for name in names], self.to), ANY
            case Equation(sides):
                return self.joined([self.write(side) for side in sides], self.equals), ANY
            case _:
                return self.number(formula)

    def _apply(self, op: Op, args: Sequence[Formula]) -> tuple[str, int]:
        if op is ops.pow and not isinstance(args[1], Expr) and args[1] == args[1] // 1:
            return self.power(self._bracketed(args[0], ATOM), int(args[1])), POWER
        spelling = self.spellings.get(op)
        if spelling is None:
            return self.call(op.name.replace("_", " "), [self.write(arg) for arg in args]), ATOM
        levels = spelling.operands + spelling.operands[-1:] * (len(args) - len(spelling.operands))
        operands = [self._bracketed(arg, level) for arg, level in zip(args, levels)]
        return spelling.template.format(*operands), spelling.binds

    def _product(self, factors: Sequence[Formula]) -> tuple[str, int]:
        if not factors:
            return self.number(1)
        if len(factors) == 1:
            return self._write(factors[0])
        sign = self.times if any(lettered(factor) for factor in factors) else self.cross
        if any(isinstance(factor, Derivative) for factor in factors):
            sign = self.wide_times
        if all(isinstance(factor, (Matrix, Sign)) for factor in factors):
            sign = self.beside
        written = [self._bracketed(factor, PRODUCT) for factor in factors]
        written = [self.brackets(text) if text.startswith(figures.MINUS) else text for text in written]
        return self.joined(written, sign), PRODUCT

    def _sum(self, terms: Sequence[Formula]) -> tuple[str, int]:
        parts = [self._bracketed(terms[0], SUM)]
        for term in terms[1:]:
            text, binds = self._write(term)
            if isinstance(term, Apply) and term.op is ops.neg:
                parts += [self.minus, self._bracketed(term.args[0], PRODUCT)]
            elif binds == NEGATION and not isinstance(term, Expr):
                parts += [self.minus, self.number(-term)[0]]
            else:
                parts += [self.plus, text if binds >= PRODUCT else self.brackets(text)]
        return self.joined(parts, ""), SUM if len(terms) > 1 else self._write(terms[0])[1]

    def _bracketed(self, formula: Formula, level: int) -> str:
        text, binds = self._write(formula)
        return text if binds >= level else self.brackets(text)

    beside: ClassVar[str] = " "

    # What every language says for itself.

    def joined(self, parts: Sequence[str], sign: str) -> str:
        """The parts in a line, with the sign between them."""
        return sign.join(parts)

    @abstractmethod
    def name(self, name: str) -> tuple[str, int]:
        """A node's name."""

    @abstractmethod
    def number(self, x: Any) -> tuple[str, int]:
        """A number."""

    @abstractmethod
    def derivative(self, of: str, by: str) -> tuple[str, int]:
        """∂of/∂by."""

    @abstractmethod
    def placed(self, derivative: str, place: int) -> str:
        """A derivative by the operand in a place alone."""

    @abstractmethod
    def power(self, base: str, exponent: int) -> str:
        """A whole power."""

    @abstractmethod
    def call(self, name: str, args: Sequence[str]) -> str:
        """An operation that has no spelling of its own."""

    @abstractmethod
    def brackets(self, text: str) -> str:
        """The text in brackets."""

    @abstractmethod
    def coloured(self, text: str, role: str) -> str:
        """The text in the colour of its role."""

    @abstractmethod
    def sign(self, letter: str, above: str, *, transposed: bool) -> str:
        """A bold letter."""

    @abstractmethod
    def new(self, name: str) -> str:
        """A parameter after its update."""

    @abstractmethod
    def function(self, name: str, argument: str) -> str:
        """A function of one argument."""

    @abstractmethod
    def words(self, words: str) -> str:
        """Our own words, upright."""

    @abstractmethod
    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """Entries in rows."""
