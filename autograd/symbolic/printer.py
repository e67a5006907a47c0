"""The printer of formulas: it knows where a formula needs brackets; a notation says how its language writes it.

Everything about derivatives comes from the table by way of `expr`.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from autograd.formatting import figures
from autograd.formatting.terminal import short, width
from autograd.symbolic import equations as forms
from autograd.symbolic.equations import Derivative, Equation, Matrix, Product, Sign, lettered
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, alike
from autograd.symbolic.notations import ANY, ATOM, LATEX, NEGATION, POWER, PRODUCT, PYTHON, SUM, TEXT, MathNotation
from autograd.symbolic.simplify import simplified
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.symbolic.notations import Notation

_SET_APART = (Derivative, Matrix, Sign)  # factors that have signs of their own between them
MAX_TERMS = 12  # of a log-sum-exp that are written out; of more, the first and the last


class Printer:
    r"""Formulas in one notation, their numbers to so many digits, and their parts in colors if that is wanted.

    >>> from autograd.symbolic.notations import LATEX, MATHML
    >>> equation = Equation((Derivative("E", "w1"), Product((-0.5, Symbol("w1[2,3]"))), -0.125))
    >>> Printer(TEXT).write(equation)
    '∂E/∂w1 = (−0.5)·w1[2,3] = −0.125'
    >>> print(Printer(LATEX).write(equation))
    \frac{\partial E}{\partial w_{1}} = \left(-0.5\right) \cdot w^{(1)}_{2,3} = -0.125
    >>> Printer(MATHML).write(Derivative("E", "w1"))
    '<mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><msub><mi>w</mi><mn>1</mn></msub></mrow></mfrac>'
    """

    def __init__(self, notation: Notation, digits: int = figures.DIGITS, *, colors: bool = False) -> None:
        self.notation = notation
        self.digits = digits
        self.colors = colors

    def write(self, formula: Formula) -> str:
        """Return the formula as this notation writes it.

        Raises TypeError for a form that a notation for programs does not have.
        """
        return self._write(formula)[0]

    def factor(self, formula: Formula) -> str:
        """Return the formula as a factor behind another one, in brackets where it needs them."""
        return self._operand(formula, PRODUCT, first=False)

    def _write(self, formula: Formula, *, first: bool = True) -> tuple[str, int]:
        """Return the formula and how tightly it binds; where it is not the first, no minus sign may begin it."""
        match formula:
            case Symbol(name):
                return self._named(name)
            case Apply():
                return self._apply(formula, first=first)
            case Expr():
                return self._form(formula)
        text = self.notation.number(formula, self.digits)
        if self._is_negative(text):
            return text, NEGATION
        return text, PRODUCT if any(mark in text for mark in self.notation.compound) else ATOM

    def _named(self, name: str) -> tuple[str, int]:
        text = self.notation.name(str(name), getattr(name, "turn", 0))
        return text, POWER if any(mark in text for mark in self.notation.raised) else ATOM

    def _is_negative(self, text: str) -> bool:
        """Return whether a minus sign begins the text; what only groups it does not count."""
        while text.startswith("<mrow>"):
            text = text.removeprefix("<mrow>")
        return text.startswith(self.notation.minus_signs)

    def _operand(self, formula: Formula, level: int, *, first: bool = True) -> str:
        """Return an operand, in brackets if it binds less tightly than it must, or begins with a minus that may not."""
        text, binds = self._write(formula)
        if first or not self._is_negative(text):
            return text if binds >= level else self.notation.brackets(text)
        if binds < max(level, PRODUCT) or not isinstance(formula, Apply):
            return self.notation.brackets(text)
        return self._write(formula, first=False)[0]

    def _apply(self, formula: Apply, *, first: bool) -> tuple[str, int]:
        """Return an operation as its spelling has it, or as a call."""
        notation, op, args = self.notation, formula.op, formula.args
        if notation.squares and op is ops.mul and isinstance(args[0], Expr) and alike(*args):
            op, args = ops.pow, (args[0], 2)
        if notation.spread and op is ops.logaddexp:
            return self._write(spread(formula))
        if isinstance(notation, MathNotation):
            if op is ops.mul and (not lettered(formula) or any(isinstance(arg, _SET_APART) for arg in args)):
                return self._product(notation, args)
            if notation.power and op is ops.pow and not isinstance(args[1], Expr) and args[1] == args[1] // 1:
                return notation.power(self._operand(args[0], ATOM), int(args[1])), POWER
        spelling = notation.spellings.get(op)
        if spelling is None:
            return notation.call(op.name, [self.write(arg) for arg in args]), ATOM
        levels = spelling.operands + spelling.operands[-1:] * (len(args) - len(spelling.operands))
        begins = spelling.template.replace("<mrow>", "").startswith("{}")
        operands = [
            self._operand(arg, level, first=first if begins and not place else level < PRODUCT)
            for place, (arg, level) in enumerate(zip(args, levels))
        ]
        if isinstance(notation, MathNotation) and any("\n" in operand for operand in operands):
            parts = spelling.template.split("{}")
            return notation.joined([part for pair in zip(parts, [*operands, ""]) for part in pair], ""), spelling.binds
        return spelling.template.format(*operands), spelling.binds

    # -- What a derivation needs beside operations ------------------------------------------------

    def _form(self, formula: Expr) -> tuple[str, int]:
        """Return one of the forms that only a notation for people has."""
        notation = self.notation
        if not isinstance(notation, MathNotation):
            raise TypeError(f"{type(formula).__name__} is written on paper, and not in a program")
        match formula:
            case Derivative(of, by, place):
                bottom = self._named(by)[0] if isinstance(by, str) else self.write(by)
                whole = notation.derivative(self._named(of)[0], bottom)
                return notation.placed(whole, place) if place else whole, PRODUCT
            case Product(factors):
                return self._product(notation, factors)
            case forms.Sum(terms):
                return self._sum(notation, terms)
            case forms.Elementwise(factors):
                return notation.joined([self._operand(f, POWER) for f in factors], notation.elementwise), PRODUCT
            case forms.Part(inner, role) if self.colors:
                return notation.colored(self._operand(inner, PRODUCT), role), PRODUCT
            case forms.Part(inner):
                return self._write(inner)
            case Sign(letter, above, transposed):
                return notation.sign(letter, above + "⊤" * transposed), POWER
            case forms.New(name):
                return notation.new(self._named(name)[0]), POWER
            case forms.Function(name, argument):
                return notation.function(name, self.write(argument)), ATOM
            case Matrix(rows):
                return notation.matrix([[self.write(entry) for entry in row] for row in rows]), ATOM
            case forms.Piece(inner, level):
                text = self._operand(inner, level)
                return notation.brackets(text) if level > SUM and self._is_negative(text) else text, ATOM
            case forms.Words(words):
                return notation.words(words), ATOM
            case forms.Chain(names):
                return notation.joined([self._named(name)[0] for name in names], notation.to), ANY
            case Equation(sides):
                return notation.joined([self.write(side) for side in sides], notation.equals), ANY
        raise TypeError(f"{type(formula).__name__} is no form of a formula")

    def _product(self, notation: MathNotation, factors: Sequence[Formula]) -> tuple[str, int]:
        if len(factors) < 2:
            return self._write(factors[0] if factors else 1)
        if all(isinstance(factor, (Matrix, Sign)) for factor in factors):
            sign = notation.beside
        elif any(isinstance(factor, Derivative) for factor in factors):
            sign = notation.wide_times
        else:
            sign = notation.times if any(map(lettered, factors)) else notation.cross
        written = [self._operand(factor, PRODUCT) for factor in factors]
        return notation.joined([notation.brackets(f) if self._is_negative(f) else f for f in written], sign), PRODUCT

    def _sum(self, notation: MathNotation, terms: Sequence[Formula]) -> tuple[str, int]:
        if len(terms) == 1:
            return self._write(terms[0])
        parts = [self._operand(terms[0], SUM)]
        for term in terms[1:]:
            if isinstance(term, Apply) and term.op is ops.neg:
                parts += [notation.minus, self._operand(term.args[0], PRODUCT)]
            elif not isinstance(term, Expr) and self._write(term)[1] == NEGATION:
                parts += [notation.minus, self._operand(-term, PRODUCT)]
            else:
                parts += [notation.plus, self._operand(term, PRODUCT, first=False)]
        return notation.joined(parts, ""), SUM


def spread(formula: Formula) -> Formula:
    """Return a log-sum-exp of log-sum-exps as it stands on paper, the middle of a long one left out.

    >>> a, b, c = map(Symbol, "abc")
    >>> text(ops.logsumexp.forward(a, b, c))
    'log(exp(a) + exp(b) + exp(c))'
    """
    terms: list[Formula] = []
    waiting = [formula]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Apply) and part.op is ops.logaddexp:
            waiting += part.args
        else:
            terms.append(Apply(ops.exp, (part,)))
    terms.reverse()
    if len(terms) > MAX_TERMS:
        terms[MAX_TERMS - 1 : -1] = [Symbol("…")]
    return Apply(ops.log, (reduce(lambda left, right: Apply(ops.add, (left, right)), terms),))


def write(formula: Formula, notation: Notation = TEXT) -> str:
    """Return the formula in a notation, as it stands.

    >>> x = Symbol("x")
    >>> write(1 * x), write(1 * x, PYTHON)
    ('1·x', '1 * x')
    """
    return Printer(notation).write(formula)


def fitted(formula: Formula, columns: int) -> str:
    """Return the formula in so many columns: the middle of a long sum is left out, and the end of anything else.

    >>> terms = [Symbol(f"x{number}") for number in range(40)]
    >>> fitted(ops.total.forward(*terms), 30)
    'x0 + x1 + x2 + … + x39'
    """
    written = ""
    for most in (8, 6, 4, 3, 2):
        written = write(_shortened(formula, most))
        if width(written) <= columns:
            return written
    return short(written, columns)


def _shortened(whole: Formula, most: int) -> Formula:
    """Return a formula with at most so many terms of its sum."""
    if not isinstance(whole, Apply):
        return whole
    if whole.op is ops.div:
        return Apply(ops.div, (_shortened(whole.args[0], most), whole.args[1]))
    terms: list[Formula] = []
    rest: Formula = whole
    while isinstance(rest, Apply) and rest.op is ops.add:
        terms.append(rest.args[1])
        rest = rest.args[0]
    terms.append(rest)
    terms.reverse()
    if len(terms) > most:
        terms[most - 1 : -1] = [Symbol("…")]
    return reduce(lambda left, right: Apply(ops.add, (left, right)), terms)


def text(formula: Formula) -> str:
    """Return the formula, simplified, as a line of text.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> text(ops.tanh.partials[0](y, x)), text(ops.sigmoid.partials[0](Symbol("o1"), x))
    ('1 − y²', 'o1·(1 − o1)')
    """
    return write(simplified(formula))


def latex(formula: Formula) -> str:
    r"""Return the formula, simplified, in LaTeX's mathematics.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> latex(ops.tanh.partials[0](y, x)), latex(ops.sqrt.partials[0](y, x))
    ('1 - y^{2}', '\\frac{1}{2 \\cdot y}')
    """
    return write(simplified(formula), LATEX)


def python(formula: Formula) -> str:
    """Return the formula as Python source that computes just what the table computes.

    >>> python(ops.div.partials[1](Symbol("y"), Symbol("a"), Symbol("b")))
    '-y / b'
    """
    return write(formula, PYTHON)
