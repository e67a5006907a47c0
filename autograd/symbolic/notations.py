"""The three languages that a derivation is written in: text for a terminal, LaTeX, MathML.

They say how a sign, a name, a number and a matrix are written; what is written is in `notation`, and
how the operations of the table are spelled comes from `printing`.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

from autograd.formatting import escapes, figures, palette
from autograd.formatting.terminal import WIDTH, pad, short, width
from autograd.path_sums.ledger import ends
from autograd.symbolic import printer
from autograd.symbolic.equations import ROLES, Paper, figure
from autograd.symbolic.printer import ANY, ATOM, NEGATION, POWER, PRODUCT, SUM, Spelling
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.symbolic.expr import Formula
    from autograd.table.ops import Op

WIDEST_MATRIX = WIDTH - 28  # columns, between a left side and the edge

_RAISED = str.maketrans("0123456789()+−lL", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁺⁻ˡᴸ")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_TO_LOWER = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Text(Paper):
    """Lines for the terminal; a matrix takes several.

    >>> from autograd.symbolic.equations import Derivative, Equation, Product
    >>> Text().write(Equation((Derivative("E", "w"), Product((-0.5, 0.25)), -0.125)))
    '∂E/∂w = (−0.5) × 0.25 = −0.125'
    """

    spellings = printer.TEXT.spellings
    times, cross, wide_times, elementwise = "·", " × ", " · ", " ⊙ "
    plus, minus, equals, to = " + ", f" {figures.MINUS} ", " = ", " → "

    def joined(self, parts: Sequence[str], sign: str) -> str:
        """In a line; a block of several lines with its middle in that line."""
        if not any("\n" in part for part in parts):
            return sign.join(parts)
        blocks = [part.split("\n") for place in parts for part in (sign, place)][1:]
        height = max(map(len, blocks))
        columns = []
        for block in blocks:
            above = (height - len(block)) // 2
            wide = max(map(width, block))
            lines = [""] * above + block + [""] * (height - len(block) - above)
            columns.append([pad(line, wide) for line in lines])
        return "\n".join("".join(line) for line in zip(*columns))

    def name(self, name: str) -> tuple[str, int]:
        """The label, or its beginning, and which of those with the same label."""
        turn = getattr(name, "turn", 0)
        return short(str(name)) + (f"#{turn}" if turn else ""), ATOM

    def _apply(self, op: Op, args: Sequence[Formula]) -> tuple[str, int]:
        text, binds = super()._apply(op, args)
        if "\n" not in text:
            return text, binds
        sign = self.spellings[op].template.replace("{}", "") if op in self.spellings else ", "
        return self.joined([self.write(arg) for arg in args], sign), binds

    def number(self, x: Any) -> tuple[str, int]:
        """As everywhere."""
        text = figure(x, self.digits)
        return text, NEGATION if text.startswith(figures.MINUS) else PRODUCT if "/" in text else ATOM

    def derivative(self, of: str, by: str) -> tuple[str, int]:
        """In a line."""
        return f"∂{of}/∂{by}", PRODUCT

    def placed(self, derivative: str, place: int) -> str:
        """With the place at its foot."""
        return f"{derivative}|{str(place).translate(_TO_LOWER)}"

    def power(self, base: str, exponent: int) -> str:
        """Raised digits."""
        return base + figures.superscript(exponent)

    def call(self, name: str, args: Sequence[str]) -> str:
        """As a call."""
        return f"{name}({', '.join(args)})"

    def brackets(self, text: str) -> str:
        """Round brackets."""
        return self.joined(["(", text, ")"], "")

    def coloured(self, text: str, role: str) -> str:
        """The terminal's colour of that name."""
        return palette.paint(text, ROLES[role], on=True)

    def sign(self, letter: str, above: str, *, transposed: bool) -> str:
        """No bold in a terminal."""
        return letter + above.translate(_RAISED) + "ᵀ" * transposed

    def new(self, name: str) -> str:
        """As in a sheet."""
        return f"{name}_new"

    def function(self, name: str, argument: str) -> str:
        """As a call."""
        return f"{name}({argument})"

    def words(self, words: str) -> str:
        """As they are."""
        return words

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """Aligned rows between tall brackets, what a line has no room for left out."""
        for most in (len(rows[0]), 4, 3, 2):
            shown = [_ends(row, most) for row in rows]
            if sum(max(map(width, column)) + 2 for column in zip(*shown)) <= WIDEST_MATRIX - 2:
                break
        longest = (WIDEST_MATRIX - 2) // len(shown[0]) - 2
        rows = [[cell if "." in cell else short(cell, longest) for cell in row] for row in shown]
        columns = [
            [f" {cell}" if _signed(column) and cell[:1] != figures.MINUS else cell for cell in column]
            for column in zip(*rows)
        ]
        padded = [[pad(cell, max(map(width, column))) for cell in column] for column in columns]
        lines = ["  ".join(row) for row in zip(*padded)]
        if len(lines) == 1:
            return f"[ {lines[0]} ]"
        left = ["⎡", *"⎢" * (len(lines) - 2), "⎣"]
        right = ["⎤", *"⎥" * (len(lines) - 2), "⎦"]
        return "\n".join(f"{a} {line} {b}" for a, line, b in zip(left, lines, right))


def _ends(row: Sequence[str], most: int) -> Sequence[str]:
    first, left_out, last = ends(row, most)
    return [*first, *(["…"] if left_out else []), *last]


def _signed(cells: Sequence[str]) -> bool:
    return any(cell.startswith(figures.MINUS) for cell in cells)


_LAYERED = re.compile(r"([^\W\d_]+)(\d+)\[([\w,]+)\]")  # w1[2,3]: of layer 1, neuron 2, input 3
_GREEK = {"δ": r"\delta", "η": r"\eta", "σ": r"\sigma", "…": r"\dots", "Δ": r"\Delta"}


class Latex(Paper):
    r"""LaTeX's mathematics, without the dollars around it.

    >>> from autograd.symbolic.expr import Symbol
    >>> from autograd.symbolic.equations import Derivative, Equation, Product
    >>> print(Latex().write(Equation((Derivative("E", "w1"), Product((Symbol("δ_o1"), Symbol("w1[2,3]")))))))
    \frac{\partial E}{\partial w_{1}} = \delta_{o1} \cdot w^{(1)}_{2,3}
    """

    spellings = printer.LATEX.spellings
    times = wide_times = r" \cdot "
    cross, elementwise = r" \times ", r" \odot "
    plus, minus, equals, to = " + ", " - ", " = ", r" \to "

    def name(self, name: str) -> tuple[str, int]:
        """A symbol with its index below, and its layer above."""
        turn = getattr(name, "turn", 0)
        text = escapes.latex_name(name)
        for letter, command in _GREEK.items():
            text = re.sub(letter + "(?![a-zA-Z])", command.replace("\\", r"\\"), text)
        if turn:
            text = f"{{{text}}}^{{\\#{turn}}}"
        return text, POWER if "^" in text else ATOM

    def number(self, x: Any) -> tuple[str, int]:
        """With a power of ten where it has one."""
        text = figure(x, self.digits).replace(figures.MINUS, "-")
        text = text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}").replace("…", r"\dots")
        text = text.replace("≈", r"{\approx} ")
        mantissa, exponent, power = text.partition("e")
        over, line, under = text.partition("/")
        binds = NEGATION if text.startswith("-") else PRODUCT if exponent or line else ATOM
        if exponent:
            return rf"{mantissa} \times 10^{{{power}}}", binds
        if line:
            return rf"{'-' * over.startswith('-')}\frac{{{over.removeprefix('-')}}}{{{under}}}", binds
        return text, binds

    def derivative(self, of: str, by: str) -> tuple[str, int]:
        """As a fraction."""
        return rf"\frac{{\partial {of}}}{{\partial {by}}}", PRODUCT

    def placed(self, derivative: str, place: int) -> str:
        """With the place at the foot of a line."""
        return rf"\left. {derivative} \right|_{{{place}}}"

    def power(self, base: str, exponent: int) -> str:
        """Raised."""
        return f"{base}^{{{exponent}}}"

    def call(self, name: str, args: Sequence[str]) -> str:
        """An upright name."""
        return rf"\operatorname{{{name.replace(' ', chr(92) + ' ')}}}" + self.brackets(", ".join(args))

    def brackets(self, text: str) -> str:
        """As tall as what is inside."""
        return rf"\left({text}\right)"

    def coloured(self, text: str, role: str) -> str:
        """As GitHub takes it; a LaTeX file says its colours otherwise."""
        return rf"{{\color{{{palette.VERDICT_COLOURS[ROLES[role]]}}}{text}}}"

    def sign(self, letter: str, above: str, *, transposed: bool) -> str:
        """Bold, also where it is Greek."""
        raised = above.replace(figures.MINUS, "-") + r"\top" * transposed
        letter = _GREEK.get(letter, letter)
        return rf"\boldsymbol{{{letter}}}" + (f"^{{{raised}}}" if raised else "")

    def new(self, name: str) -> str:
        """Raised."""
        return rf"{{{name}}}^{{\mathrm{{new}}}}"

    def function(self, name: str, argument: str) -> str:
        """Greek, or upright."""
        stem, prime, _ = name.partition("′")
        upright = stem.replace(" ", r"\ ")
        command = _GREEK.get(stem) or rf"\operatorname{{{upright}}}"
        return command + "'" * bool(prime) + self.brackets(argument)

    def words(self, words: str) -> str:
        """As text."""
        return rf"\text{{{words}}}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """In square brackets."""
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


# -- MathML ----------------------------------------------------------------------------------------


def _mo(sign: str) -> str:
    return f"<mo>{sign}</mo>"


_BODY = "<mrow>{}</mrow>"


def _infix(sign: str) -> str:
    return f"<mrow>{{}}{_mo(sign)}{{}}</mrow>"


def _fence(sign: str) -> str:
    return f'<mo stretchy="false">{sign}</mo>'  # stretched, a bracket stands away from what is in it


def _applied(name: str) -> str:
    return f"<mrow><mi>{name}</mi>{_fence('(')}{{}}{_fence(')')}</mrow>"


class MathML(Paper):
    """What browsers set as mathematics without any script.

    >>> from autograd.symbolic.equations import Derivative
    >>> MathML().write(Derivative("E", "w1"))
    '<mfrac><mrow><mo>∂</mo><mi>E</mi></mrow><mrow><mo>∂</mo><msub><mi>w</mi><mn>1</mn></msub></mrow></mfrac>'
    """

    spellings: ClassVar[Mapping[Op, Spelling]] = {
        ops.add: Spelling(_infix("+"), SUM, (SUM, PRODUCT)),
        ops.sub: Spelling(_infix(figures.MINUS), SUM, (SUM, PRODUCT)),
        ops.div: Spelling("<mfrac>{}{}</mfrac>", POWER, (ANY, ANY)),
        ops.neg: Spelling(f"<mrow>{_mo(figures.MINUS)}{{}}</mrow>", NEGATION, (PRODUCT,)),
        ops.pow: Spelling("<msup>{}{}</msup>", POWER, (ATOM, ANY)),
        ops.abs: Spelling(f"<mrow>{_fence('|')}{{}}{_fence('|')}</mrow>"),
        ops.sqrt: Spelling("<msqrt>{}</msqrt>"),
        ops.exp: Spelling("<msup><mi>e</mi>{}</msup>", POWER),
        ops.sigmoid: Spelling(_applied("σ")),
        ops.step: Spelling(f"<mrow>{_fence('[')}{{}}{_mo('&gt;')}<mn>0</mn>{_fence(']')}</mrow>"),
        ops.above: Spelling(f"<mrow>{_fence('[')}{{}}{_mo('&gt;')}{{}}{_fence(']')}</mrow>"),
        ops.exp_less: Spelling(
            f"<mrow><msup><mi>e</mi>{{}}</msup>{_mo(figures.MINUS)}{{}}</mrow>", SUM, (ANY, PRODUCT)
        ),
        ops.sigmoid_less: Spelling(f"<mrow>{_applied('σ')}{_mo(figures.MINUS)}{{}}</mrow>", SUM, (ANY, PRODUCT)),
        ops.xlogy: Spelling(f"<mrow>{{}}{_mo('·')}{_applied('log')}</mrow>", PRODUCT, (PRODUCT, ANY)),
        ops.expm1: Spelling(
            f"<mrow>{_fence('(')}<msup><mi>e</mi>{{}}</msup>{_mo(figures.MINUS)}<mn>1</mn>{_fence(')')}</mrow>"
        ),
    }
    times = wide_times = _mo("·")
    cross, elementwise, beside = _mo("×"), _mo("⊙"), _mo("&#x2062;")
    plus, minus, equals, to = _mo("+"), _mo(figures.MINUS), _mo("="), _mo("→")

    def joined(self, parts: Sequence[str], sign: str) -> str:
        """One row."""
        return _BODY.format(sign.join(parts)) if len(parts) > 1 else "".join(parts)

    def name(self, name: str) -> tuple[str, int]:
        """A letter with its index; anything else as it is written."""
        label = name.translate(_LOWERED)
        turn = getattr(name, "turn", 0)
        layered = _LAYERED.fullmatch(label)
        simple = re.fullmatch(r"([^\W\d_]+)(?:_?\[([^\[\]]+)\]|_([^_]+)|(\d+))?", label)
        if layered:
            stem, below, above = layered[1], layered[3], f"({layered[2]})"
        elif simple:
            stem, below, above = simple[1], simple[2] or simple[3] or simple[4] or "", ""
        else:
            stem, below, above = label, "", ""
        above += f"#{turn}" * bool(turn)
        base = f"<mi>{escape(stem)}</mi>"
        index = f"<mn>{below}</mn>" if below.isdecimal() else f"<mi>{escape(below)}</mi>"
        if below and above:
            return f"<msubsup>{base}{index}<mtext>{above}</mtext></msubsup>", POWER
        if above:
            return f"<msup>{base}<mtext>{above}</mtext></msup>", POWER
        return (f"<msub>{base}{index}</msub>" if below else base), ATOM

    def number(self, x: Any) -> tuple[str, int]:
        """With a power of ten where it has one."""
        text = figure(x, self.digits)
        sign = _mo(figures.MINUS) if text.startswith(figures.MINUS) else ""
        mantissa, exponent, power = text.removeprefix(figures.MINUS).partition("e")
        body = f"<mn>{mantissa}</mn>"
        if exponent:
            body += f"{_mo('×')}<msup><mn>10</mn><mn>{power}</mn></msup>"
        elif "/" in text:
            over, _, under = mantissa.partition("/")
            body = f"<mfrac><mn>{over}</mn><mn>{under}</mn></mfrac>"
        binds = NEGATION if sign else PRODUCT if exponent or "/" in text else ATOM
        return (_BODY.format(sign + body) if sign or exponent else body), binds

    def derivative(self, of: str, by: str) -> tuple[str, int]:
        """As a fraction."""
        return f"<mfrac><mrow>{_mo('∂')}{of}</mrow><mrow>{_mo('∂')}{by}</mrow></mfrac>", PRODUCT

    def placed(self, derivative: str, place: int) -> str:
        """With the place at the foot of a line."""
        return f"<msub><mrow>{derivative}{_mo('|')}</mrow><mn>{place}</mn></msub>"

    def power(self, base: str, exponent: int) -> str:
        """Raised."""
        return f"<msup>{base}{self.number(exponent)[0]}</msup>"

    def call(self, name: str, args: Sequence[str]) -> str:
        """An upright name."""
        return _BODY.format(f"<mi>{name}</mi>{self.brackets(_mo(',').join(args))}")

    def brackets(self, text: str) -> str:
        """As tall as what is inside."""
        tall = "<mfrac" in text or "<mtable" in text
        left, right = (_mo("("), _mo(")")) if tall else (_fence("("), _fence(")"))
        return _BODY.format(f"{left}{text}{right}")

    def coloured(self, text: str, role: str) -> str:
        """The style sheet has the colour, for light and dark."""
        return f'<mrow class="{role}">{text}</mrow>'

    def sign(self, letter: str, above: str, *, transposed: bool) -> str:
        """Bold."""
        raised = above + "⊤" * transposed
        base = f'<mi class="bold">{letter}</mi>'
        return f"<msup>{base}<mtext>{raised}</mtext></msup>" if raised else base

    def new(self, name: str) -> str:
        """Raised."""
        return f"<msup>{_BODY.format(name)}<mtext>new</mtext></msup>"

    def function(self, name: str, argument: str) -> str:
        """A name and brackets."""
        return _BODY.format(f"<mi>{name}</mi>{self.brackets(argument)}")

    def words(self, words: str) -> str:
        """As text."""
        return f"<mtext>{escape(words)}</mtext>"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """In square brackets."""
        body = "".join("<mtr>" + "".join(f"<mtd>{cell}</mtd>" for cell in row) + "</mtr>" for row in rows)
        return _BODY.format(f"{_mo('[')}<mtable>{body}</mtable>{_mo(']')}")
