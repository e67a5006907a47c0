"""Notations: how each language writes operations, names, numbers and the other forms of a formula.

A notation is a table: for each op a template, how tightly the result binds, and how tightly each operand
must bind to go without brackets. An op that is not listed is written as a call. The printer fills it in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.formatting import escapes, figures, palette, terminal
from autograd.symbolic.equations import ROLES
from autograd.symbolic.names import name_parts
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.table.ops import Op

ANY, SUM, NEGATION, PRODUCT, POWER, ATOM = range(6)  # how tightly a formula binds


class Spelling(NamedTuple):
    """The spelling of one op: its template, how tightly it binds, what its operands must bind."""

    template: str
    binds: int = ATOM
    operands: tuple[int, ...] = (ANY,)


def _call(name: str, arguments: Sequence[str]) -> str:
    return f"{name}({', '.join(arguments)})"


@dataclass(frozen=True, kw_only=True)
class Notation:
    """A language that operations, names and numbers are written in; by default as in Python.

    `compound` lists what makes a number bind like a product, `raised` what makes a name bind like a power.
    """

    spellings: Mapping[Op, Spelling]
    call: Callable[[str, Sequence[str]], str] = _call
    number: Callable[[Any, int], str] = lambda x, _digits: repr(x)
    name: Callable[[str, int], str] = lambda label, _turn: label
    brackets: Callable[[str], str] = "({})".format
    minus_signs: tuple[str, ...] = ("-",)
    compound: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    squares: bool = False  # x² for x·x
    spread: bool = False  # log(exp(a) + exp(b) + …) for a call inside a call


@dataclass(frozen=True, kw_only=True)
class MathNotation(Notation):
    """A notation for people: it has all the forms that a derivation needs, too."""

    times: str
    wide_times: str  # between fractions such as ∂E/∂w
    cross: str  # between numbers
    beside: str  # between matrices
    elementwise: str
    plus: str
    minus: str
    equals: str
    to: str
    derivative: Callable[[str, str], str]
    placed: Callable[[str, int], str]
    colored: Callable[[str, str], str]
    sign: Callable[[str, str], str]
    new: Callable[[str], str]
    function: Callable[[str, str], str]
    words: Callable[[str], str]
    matrix: Callable[[Sequence[Sequence[str]]], str]
    joined: Callable[[Sequence[str], str], str]
    power: Callable[[str, int], str] | None = None  # a whole power that is no operand of its spelling
    squares: bool = True
    spread: bool = True


# -- Python ----------------------------------------------------------------------------------------

# Source must round as the table rounds, so it is written as the table has it, brackets and all.
PYTHON = Notation(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, NEGATION)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, NEGATION)),
        ops.mul: Spelling("{} * {}", PRODUCT, (NEGATION, POWER)),
        ops.div: Spelling("{} / {}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("-{}", NEGATION, (POWER,)),
    }
)


# -- Text for a terminal ---------------------------------------------------------------------------

WIDEST_MATRIX = terminal.WIDTH - 28  # columns, between a left side and the edge

_RAISED = str.maketrans("0123456789()+−lL⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁺⁻ˡᴸᵀ")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _side_by_side(parts: Sequence[str], sign: str) -> str:
    """Return the parts in a line; a block of several lines has its middle in that line."""
    if not any("\n" in part for part in parts):
        return sign.join(parts)
    blocks = [part.split("\n") for place in parts for part in (sign, place)][1:]
    height = max(map(len, blocks))
    columns = []
    for block in blocks:
        above = (height - len(block)) // 2
        lines = [""] * above + block + [""] * (height - len(block) - above)
        columns.append(terminal.padded(lines))
    return "\n".join("".join(line) for line in zip(*columns))


def _text_matrix(rows: Sequence[Sequence[str]]) -> str:
    """Return aligned rows between tall brackets; what a line has no room for is left out."""
    for most in (len(rows[0]), 4, 3, 2):
        ends = (terminal.ends(row, most) for row in rows)
        shown = [[*first, *["…"] * bool(left_out), *last] for first, left_out, last in ends]
        if sum(max(map(terminal.width, column)) + 2 for column in zip(*shown)) <= WIDEST_MATRIX - 2:
            break
    longest = (WIDEST_MATRIX - 2) // len(shown[0]) - 2
    cells = [[cell if "." in cell else terminal.short(cell, longest) for cell in row] for row in shown]
    columns = [terminal.aligned(column) for column in zip(*cells)]
    lines = ["  ".join(row) for row in zip(*columns)]
    if len(lines) == 1:
        return f"[ {lines[0]} ]"
    left = ["⎡", *"⎢" * (len(lines) - 2), "⎣"]
    right = ["⎤", *"⎥" * (len(lines) - 2), "⎦"]
    return "\n".join(f"{a} {line} {b}" for a, line, b in zip(left, lines, right))


TEXT = MathNotation(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, PRODUCT)),
        ops.sub: Spelling("{} − {}", SUM, (SUM, PRODUCT)),
        ops.mul: Spelling("{}·{}", PRODUCT, (NEGATION, PRODUCT)),
        ops.portion: Spelling("{}·{}", PRODUCT, (NEGATION, PRODUCT)),
        ops.div: Spelling("{}/{}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("−{}", NEGATION, (PRODUCT,)),
        ops.pow: Spelling("{}^{}", POWER, (ATOM, ATOM)),
        ops.abs: Spelling("|{}|"),
        ops.sigmoid: Spelling("σ({})"),
        ops.step: Spelling("[{} > 0]"),
        ops.above: Spelling("[{} > {}]"),
        ops.bell: Spelling("2·exp(−{}²)/sqrt(π)", PRODUCT, (ATOM,)),
        ops.xlogy: Spelling("{}·log({})", PRODUCT, (PRODUCT, ANY)),
        ops.exp_less: Spelling("exp({}) − {}", SUM, (ANY, PRODUCT)),
        ops.sigmoid_less: Spelling("σ({}) − {}", SUM, (ANY, PRODUCT)),
    },
    call=lambda name, arguments: _call(name.replace("_", " "), arguments),
    number=figures.in_formula,
    name=lambda label, turn: escapes.plain(label) + f"#{turn}" * bool(turn),
    brackets=lambda text: _side_by_side(["(", text, ")"], ""),
    minus_signs=(figures.MINUS,), compound=("/",),
    times="·", wide_times=" · ", cross=" × ", beside=" ", elementwise=" ⊙ ",
    plus=" + ", minus=f" {figures.MINUS} ", equals=" = ", to=" → ",
    derivative="∂{}/∂{}".format,
    placed=lambda derivative, place: f"{derivative}|{str(place).translate(_LOWERED)}",
    colored=lambda text, role: palette.paint(text, ROLES[role], on=True),
    sign=lambda letter, above: letter + above.translate(_RAISED),
    new="{}_new".format,
    function=lambda name, argument: _side_by_side([f"{name}(", argument, ")"], ""),
    words=str,
    matrix=_text_matrix,
    joined=_side_by_side,
    power=lambda base, exponent: base + figures.superscript(exponent),
)  # fmt: skip

# The same with long names cut off, for what stands in the lines of a terminal.
TERMINAL = replace(TEXT, name=lambda label, turn: terminal.short(escapes.plain(label)) + f"#{turn}" * bool(turn))


# -- LaTeX, without the dollars around it ----------------------------------------------------------

_GREEK = {"δ": r"\delta", "η": r"\eta", "σ": r"\sigma", "…": r"\dots", "Δ": r"\Delta"}


def latex_name(label: str, turn: int = 0) -> str:
    r"""Return a label as a symbol in LaTeX's mathematics: a trailing number or index is a subscript.

    The number of a layer before an index, as in w1[2,3], is written as a power is, in brackets.

    >>> latex_name("o1"), latex_name("net_h1"), latex_name("w[1,2]"), latex_name("50%")
    ('o_{1}', '\\mathrm{net}_{h1}', 'w_{1,2}', '\\mathrm{50\\%}')
    >>> latex_name("w1[2,3]"), latex_name("w₁₂"), latex_name("δ_o1"), latex_name("x", 2)
    ('w^{(1)}_{2,3}', 'w_{12}', '\\delta_{o1}', '{x}^{\\#2}')
    """
    stem, index, layer = name_parts(label)
    text = _in_greek(escapes.latex_sign(stem))
    if len(stem) != 1 or not stem.isalnum() or stem.isdecimal():
        text = rf"\mathrm{{{text}}}"
    text += f"^{{({layer})}}" * bool(layer) + f"_{{{_in_greek(escapes.latex_sign(index))}}}" * bool(index)
    return rf"{{{text}}}^{{\#{turn}}}" if turn else text


def _in_greek(text: str) -> str:
    """Return LaTeX with its Greek letters as commands."""
    for letter, command in _GREEK.items():
        text = re.sub(letter + "(?![a-zA-Z])", command.replace("\\", r"\\"), text)
    return text


def _latex_number(x: Any, digits: int) -> str:
    text = figures.in_formula(x, digits).replace(figures.MINUS, "-")
    text = text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}").replace("≈", r"{\approx} ")
    mantissa, exponent, power = text.partition("e")
    if exponent:
        return rf"{mantissa} \times 10^{{{power}}}"
    over, line, under = text.partition("/")
    return rf"{'-' * over.startswith('-')}\frac{{{over.removeprefix('-')}}}{{{under}}}" if line else text


def _latex_function(name: str, argument: str) -> str:
    stem, prime, _ = name.partition("′")
    upright = stem.replace(" ", r"\ ")
    return (_GREEK.get(stem) or rf"\operatorname{{{upright}}}") + "'" * bool(prime) + rf"\left({argument}\right)"


def _latex_sign(letter: str, above: str) -> str:
    raised = above.replace(figures.MINUS, "-").replace("⊤", r"\top")
    return rf"\boldsymbol{{{_GREEK.get(letter, letter)}}}" + f"^{{{raised}}}" * bool(raised)


LATEX = MathNotation(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, PRODUCT)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, PRODUCT)),
        ops.mul: Spelling(r"{} \cdot {}", PRODUCT, (NEGATION, PRODUCT)),
        ops.portion: Spelling(r"{} \cdot {}", PRODUCT, (NEGATION, PRODUCT)),
        ops.div: Spelling(r"\frac{{{}}}{{{}}}", POWER, (ANY, ANY)),
        ops.neg: Spelling("-{}", NEGATION, (PRODUCT,)),
        ops.pow: Spelling("{}^{{{}}}", POWER, (ATOM, ANY)),
        ops.abs: Spelling(r"\left|{}\right|"),
        ops.sqrt: Spelling(r"\sqrt{{{}}}"),
        ops.exp: Spelling("e^{{{}}}", POWER),
        **{op: Spelling(rf"\{op.name}\left({{}}\right)") for op in (ops.log, ops.sin, ops.cos, ops.tanh)},
        ops.sigmoid: Spelling(r"\sigma\left({}\right)"),
        ops.maximum: Spelling(r"\max\left({}, {}\right)"),
        ops.minimum: Spelling(r"\min\left({}, {}\right)"),
        ops.step: Spelling(r"\left[{} > 0\right]"),
        ops.above: Spelling(r"\left[{} > {}\right]"),
        ops.bell: Spelling(r"\frac{{2}}{{\sqrt{{\pi}}}} \cdot e^{{-{}^{{2}}}}", PRODUCT, (ATOM,)),
        ops.xlogy: Spelling(r"{} \cdot \log\left({}\right)", PRODUCT, (PRODUCT, ANY)),
        ops.expm1: Spelling(r"\left(e^{{{}}} - 1\right)"),
        ops.exp_less: Spelling("e^{{{}}} - {}", SUM, (ANY, PRODUCT)),
        ops.sigmoid_less: Spelling(r"\sigma\left({}\right) - {}", SUM, (ANY, PRODUCT)),
    },
    call=lambda name, arguments: _latex_function(name.replace("_", " "), ", ".join(arguments)),
    number=_latex_number,
    name=latex_name,
    brackets=r"\left({}\right)".format,
    compound=(r"\frac", r"\times"), raised=("^",),
    times=r" \cdot ", wide_times=r" \cdot ", cross=r" \times ", beside=" ", elementwise=r" \odot ",
    plus=" + ", minus=" - ", equals=" = ", to=r" \to ",
    derivative=r"\frac{{\partial {}}}{{\partial {}}}".format,
    placed=r"\left. {} \right|_{{{}}}".format,
    colored=lambda text, role: rf"{{\color{{{palette.FORMULA_COLORS[ROLES[role]]}}}{text}}}",  # as GitHub takes it
    sign=_latex_sign,
    new=r"{{{}}}^{{\mathrm{{new}}}}".format,
    function=_latex_function,
    words=lambda words: rf"\text{{{escapes.latex_words(words)}}}",
    matrix=lambda rows: r"\begin{bmatrix} " + r" \\ ".join(map(" & ".join, rows)) + r" \end{bmatrix}",
    joined=lambda parts, sign: sign.join(parts),
)  # fmt: skip


# -- MathML, which browsers set without any script -------------------------------------------------


def _mo(sign: str) -> str:
    return f"<mo>{sign}</mo>"


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _fenced(left: str, inside: str, right: str) -> str:
    """Return what is between two signs; they are stretched only around what is tall, as they stand apart then."""
    flat = "" if "<mfrac" in inside or "<mtable" in inside else ' stretchy="false"'
    return _row(f"<mo{flat}>{left}</mo>", inside, f"<mo{flat}>{right}</mo>")


def _applied(name: str, inside: str = "{}") -> str:
    return _row(f"<mi>{name}</mi>", _fenced("(", inside, ")").removeprefix("<mrow>").removesuffix("</mrow>"))


def _mathml_name(label: str, turn: int) -> str:
    stem, index, layer = name_parts(label)
    above = escapes.html(f"({layer})" * bool(layer) + f"#{turn}" * bool(turn))
    kind = "mn" if stem[:1].isdecimal() or stem[:1] == "." else "mi"  # a figure as it is written
    parts = f"<{kind}>{escapes.html(stem)}</{kind}>"
    if index:
        parts += f"<mn>{index}</mn>" if index.isdecimal() else f"<mi>{escapes.html(index)}</mi>"
    if above:
        parts += f"<mtext>{above}</mtext>"
    tag = "sub" * bool(index) + "sup" * bool(above)
    return f"<m{tag}>{parts}</m{tag}>" if tag else parts


def _mathml_number(x: Any, digits: int) -> str:
    text = figures.in_formula(x, digits)
    sign = _mo(figures.MINUS) * text.startswith(figures.MINUS)
    mantissa, exponent, power = text.removeprefix(figures.MINUS).partition("e")
    over, line, under = mantissa.partition("/")
    body = f"<mfrac><mn>{over}</mn><mn>{under}</mn></mfrac>" if line else f"<mn>{mantissa}</mn>"
    if exponent:
        body += f"{_mo('×')}<msup><mn>10</mn><mn>{power}</mn></msup>"
    return _row(sign, body) if sign or exponent else body


def _mathml_matrix(rows: Sequence[Sequence[str]]) -> str:
    body = "".join("<mtr>" + "".join(f"<mtd>{cell}</mtd>" for cell in row) + "</mtr>" for row in rows)
    return _fenced("[", f"<mtable>{body}</mtable>", "]")


def _mathml_sign(letter: str, above: str) -> str:
    base = f'<mi class="bold">{letter}</mi>'
    return f"<msup>{base}<mtext>{above}</mtext></msup>" if above else base


_E = "<msup><mi>e</mi>{}</msup>"
_MINUS = _mo(figures.MINUS)
_BELL = "<mfrac><mn>2</mn><msqrt><mi>π</mi></msqrt></mfrac>" + _E.format(_row(_MINUS, "<msup>{}<mn>2</mn></msup>"))

MATHML = MathNotation(
    spellings={
        ops.add: Spelling(_row("{}", _mo("+"), "{}"), SUM, (SUM, PRODUCT)),
        ops.sub: Spelling(_row("{}", _MINUS, "{}"), SUM, (SUM, PRODUCT)),
        ops.mul: Spelling(_row("{}", _mo("·"), "{}"), PRODUCT, (NEGATION, PRODUCT)),
        ops.portion: Spelling(_row("{}", _mo("·"), "{}"), PRODUCT, (NEGATION, PRODUCT)),
        ops.div: Spelling("<mfrac>{}{}</mfrac>", POWER, (ANY, ANY)),
        ops.neg: Spelling(_row(_MINUS, "{}"), NEGATION, (PRODUCT,)),
        ops.pow: Spelling("<msup>{}{}</msup>", POWER, (ATOM, ANY)),
        ops.abs: Spelling(_fenced("|", "{}", "|")),
        ops.sqrt: Spelling("<msqrt>{}</msqrt>"),
        ops.exp: Spelling(_E, POWER),
        ops.sigmoid: Spelling(_applied("σ")),
        ops.step: Spelling(_fenced("[", "{}" + _mo("&gt;") + "<mn>0</mn>", "]")),
        ops.above: Spelling(_fenced("[", "{}" + _mo("&gt;") + "{}", "]")),
        ops.bell: Spelling(_row(_BELL), PRODUCT, (ATOM,)),
        ops.xlogy: Spelling(_row("{}", _mo("·"), _applied("log")), PRODUCT, (PRODUCT, ANY)),
        ops.expm1: Spelling(_fenced("(", _E + _MINUS + "<mn>1</mn>", ")")),
        ops.exp_less: Spelling(_row(_E, _MINUS, "{}"), SUM, (ANY, PRODUCT)),
        ops.sigmoid_less: Spelling(_row(_applied("σ"), _MINUS, "{}"), SUM, (ANY, PRODUCT)),
    },
    call=lambda name, arguments: _applied(name.replace("_", " "), _mo(",").join(arguments)),
    number=_mathml_number,
    name=_mathml_name,
    brackets=lambda text: _fenced("(", text, ")"),
    minus_signs=(_MINUS,), compound=("<mfrac>", "<msup>"), raised=("<msup>", "<msubsup>"),
    times=_mo("·"), wide_times=_mo("·"), cross=_mo("×"), beside=_mo("&#x2062;"), elementwise=_mo("⊙"),
    plus=_mo("+"), minus=_MINUS, equals=_mo("="), to=_mo("→"),
    derivative=f"<mfrac>{_row(_mo('∂'), '{}')}{_row(_mo('∂'), '{}')}</mfrac>".format,
    placed=f"<msub>{_row('{}', _mo('|'))}<mn>{{}}</mn></msub>".format,
    colored=lambda text, role: f'<mrow class="{ROLES[role]}">{text}</mrow>',  # the style sheet has the color
    sign=_mathml_sign,
    new=f"<msup>{_row('{}')}<mtext>new</mtext></msup>".format,
    function=_applied,
    words=lambda words: f"<mtext>{escapes.html(words)}</mtext>",
    matrix=_mathml_matrix,
    joined=lambda parts, sign: _row(sign.join(parts)) if len(parts) > 1 else "".join(parts),
)  # fmt: skip
