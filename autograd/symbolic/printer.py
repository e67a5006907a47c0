"""Formulas as text, as LaTeX and as Python source.

A language is a table too: for each op a template, how tightly the result binds, and how tightly
each operand must bind to go without brackets. An op that a language does not list is written as
a call. Everything about derivatives comes from `ops` by way of `expr`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from autograd.formatting import escapes, figures
from autograd.symbolic.expr import Apply, Expr, Formula, Symbol, alike, simplified
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.table.ops import Op

ANY, SUM, NEGATION, PRODUCT, POWER, ATOM = range(6)


class Spelling(NamedTuple):
    """How one op is written: its template, how tightly it binds, what its operands must bind."""

    template: str
    binds: int = ATOM
    operands: tuple[int, ...] = (ANY,)


@dataclass(frozen=True)
class Language:
    """How every op, number and name is written in one language."""

    spellings: Mapping[Op, Spelling]
    call: Callable[[str], str]
    number: Callable[[float], str]
    name: Callable[[str], str]
    squares: bool
    spread: bool = False  # log(exp(a) + exp(b) + …) instead of a call in a call
    raised: bool = False  # a whole exponent in raised digits
    brackets: str = "({})"

    def write(self, formula: Formula) -> str:
        """Write the formula."""
        return self._write(formula)[0]

    def _write(self, formula: Formula, *, first: bool = True) -> tuple[str, int]:
        """The formula, and how tightly it binds; where it is not the first, no minus sign may begin it."""
        if isinstance(formula, Symbol):
            return self.name(formula.name), ATOM
        if not isinstance(formula, Apply):
            assert not isinstance(formula, Expr)
            text = self.number(formula)
            if text.startswith(("-", figures.MINUS)):
                return text, NEGATION
            return text, PRODUCT if "/" in text or "\\" in text else ATOM
        if self.squares and formula.op is ops.mul and alike(formula.args[0], formula.args[1]):
            formula = Apply(ops.pow, (formula.args[0], 2))
        if self.raised and formula.op is ops.pow and isinstance(formula.args[1], int):
            return self._operand(formula.args[0], ATOM) + figures.superscript(formula.args[1]), POWER
        if self.spread and formula.op is ops.logaddexp:
            return self._write(spread(formula))
        spelling = self.spellings.get(formula.op)
        if spelling is None:
            arguments = ", ".join(self.write(arg) for arg in formula.args)
            return self.call(formula.op.name) % arguments, ATOM
        levels = spelling.operands + spelling.operands[-1:] * (len(formula.args) - len(spelling.operands))
        operands: list[str] = []
        for arg, level in zip(formula.args, levels):
            begins = not operands and spelling.template.startswith("{}")
            operands.append(self._operand(arg, level, first=first if begins else level < PRODUCT))
        return spelling.template.format(*operands), spelling.binds

    def _operand(self, formula: Formula, level: int, *, first: bool = True) -> str:
        """An operand, in brackets if it binds less tightly than it must, or begins with a minus sign that may not."""
        text, binds = self._write(formula)
        if first or not text.startswith(("-", figures.MINUS)):
            return text if binds >= level else self.brackets.format(text)
        if binds < max(level, PRODUCT):
            return self.brackets.format(text)
        return self._write(formula, first=False)[0]


MOST_TERMS = 12  # of a log-sum-exp that are written out; of more, the first and the last


def spread(formula: Formula) -> Formula:
    """A log-sum-exp of log-sum-exps as it stands on paper, the middle of a long one left out.

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
    if len(terms) > MOST_TERMS:
        terms[MOST_TERMS - 1 : -1] = [Symbol("…")]
    return Apply(ops.log, (reduce(lambda left, right: Apply(ops.add, (left, right)), terms),))


TEXT = Language(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, PRODUCT)),
        ops.sub: Spelling("{} − {}", SUM, (SUM, PRODUCT)),
        ops.mul: Spelling("{}·{}", PRODUCT, (NEGATION, PRODUCT)),
        ops.div: Spelling("{}/{}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("−{}", NEGATION, (PRODUCT,)),
        ops.pow: Spelling("{}^{}", POWER, (ATOM, ATOM)),
        ops.abs: Spelling("|{}|"),
        ops.sigmoid: Spelling("σ({})"),
        ops.step: Spelling("[{} > 0]"),
        ops.above: Spelling("[{} > {}]"),
        ops.xlogy: Spelling("{}·log({})", PRODUCT, (PRODUCT, ANY)),
        ops.exp_less: Spelling("exp({}) − {}", SUM, (ANY, PRODUCT)),
        ops.sigmoid_less: Spelling("σ({}) − {}", SUM, (ANY, PRODUCT)),
    },
    call=lambda name: name.replace("_", " ") + "(%s)",
    number=figures.number,
    name=escapes.plain,
    squares=True,
    spread=True,
    raised=True,
)


def _latex_number(x: float) -> str:
    text = figures.number(x).replace(figures.MINUS, "-").replace("inf", r"\infty").replace("≈", r"{\approx} ")
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{exponent}}}" if exponent else text


LATEX = Language(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, PRODUCT)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, PRODUCT)),
        ops.mul: Spelling(r"{} \cdot {}", PRODUCT, (NEGATION, PRODUCT)),
        ops.div: Spelling(r"\frac{{{}}}{{{}}}", POWER, (ANY, ANY)),
        ops.neg: Spelling("-{}", NEGATION, (PRODUCT,)),
        ops.pow: Spelling("{}^{{{}}}", POWER, (ATOM, ANY)),
        ops.abs: Spelling(r"\left|{}\right|"),
        ops.sqrt: Spelling(r"\sqrt{{{}}}"),
        ops.exp: Spelling("e^{{{}}}", POWER),
        ops.log: Spelling(r"\log\left({}\right)"),
        ops.sin: Spelling(r"\sin\left({}\right)"),
        ops.cos: Spelling(r"\cos\left({}\right)"),
        ops.tanh: Spelling(r"\tanh\left({}\right)"),
        ops.sigmoid: Spelling(r"\sigma\left({}\right)"),
        ops.maximum: Spelling(r"\max\left({}, {}\right)"),
        ops.minimum: Spelling(r"\min\left({}, {}\right)"),
        ops.step: Spelling(r"\left[{} > 0\right]"),
        ops.above: Spelling(r"\left[{} > {}\right]"),
        ops.xlogy: Spelling(r"{} \cdot \log\left({}\right)", PRODUCT, (PRODUCT, ANY)),
        ops.expm1: Spelling(r"\left(e^{{{}}} - 1\right)"),
        ops.exp_less: Spelling("e^{{{}}} - {}", SUM, (ANY, PRODUCT)),
        ops.sigmoid_less: Spelling(r"\sigma\left({}\right) - {}", SUM, (ANY, PRODUCT)),
    },
    call=lambda name: r"\operatorname{" + name.replace("_", r"\ ") + r"}\left(%s\right)",
    number=_latex_number,
    name=escapes.latex_name,
    squares=True,
    spread=True,
    brackets=r"\left({}\right)",
)

# Source must round as the table rounds, so it is written as the table has it, brackets and all.
PYTHON = Language(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, NEGATION)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, NEGATION)),
        ops.mul: Spelling("{} * {}", PRODUCT, (NEGATION, POWER)),
        ops.div: Spelling("{} / {}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("-{}", NEGATION, (POWER,)),
    },
    call=lambda name: name + "(%s)",
    number=repr,
    name=str,
    squares=False,
)


def text(formula: Formula) -> str:
    """The formula as a line of text.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> text(ops.tanh.partials[0](y, x)), text(ops.sigmoid.partials[0](Symbol("o1"), x))
    ('1 − y²', 'o1·(1 − o1)')
    """
    return TEXT.write(simplified(formula))


def latex(formula: Formula) -> str:
    r"""The formula in LaTeX's mathematics.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> latex(ops.tanh.partials[0](y, x)), latex(ops.sqrt.partials[0](y, x))
    ('1 - y^{2}', '\\frac{1}{2 \\cdot y}')
    """
    return LATEX.write(simplified(formula))


def python(formula: Formula) -> str:
    """The formula as Python source that computes just what the table computes.

    >>> python(ops.div.partials[1](Symbol("y"), Symbol("a"), Symbol("b")))
    '-y / b'
    """
    return PYTHON.write(formula)
