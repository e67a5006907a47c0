"""A document as a LaTeX file that compiles with what every TeX has.

Only packages of the LaTeX base are used. Any label compiles: what pdfTeX has no letter for shows its
Unicode number, and what is wider than the page is made to fit it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from autograd.document.readings import Reading, aligned
from autograd.formatting import escapes
from autograd.symbolic.notations import Latex, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.document.blocks import Content, Line, Picture
    from autograd.document.document import Document
    from autograd.symbolic.equations import Paper

ROWS = 30  # rows of a table in one piece, which a page break cannot divide
LINES = 20  # the same of equations, which may have tall fractions in every line

_MEASURE = Text()

# Signs of our own sentences. Any other character that pdfTeX has no letter for shows its number.
_SIGNS = {
    "σ": r"\sigma", "δ": r"\delta", "η": r"\eta", "Δ": r"\Delta", "Σ": r"\Sigma", "∂": r"\partial", "π": r"\pi",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "ε": r"\epsilon", "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu",
    "ρ": r"\rho", "τ": r"\tau", "φ": r"\phi", "ω": r"\omega", "→": r"\to", "←": r"\leftarrow", "×": r"\times",
    "·": r"\cdot", "−": "-", "⊙": r"\odot", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "√": r"\surd",
    "∞": r"\infty", "½": r"\tfrac{1}{2}", "′": "'", "²": "^{2}", "³": "^{3}", "ᵀ": r"^{\top}", "…": r"\dots",
    "±": r"\pm", "÷": r"\div", "\u00a0": r"\ ",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
}  # fmt: skip

_PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath}
\usepackage{graphicx}
\usepackage{color}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6em}
\setcounter{secnumdepth}{0}
\emergencystretch=3em
% What is wider than the page is made to fit it.
\newsavebox{\wide}
\newcommand{\fit}[1]{\sbox{\wide}{#1}\ifdim\wd\wide>\linewidth\resizebox{\linewidth}{!}{\usebox{\wide}}\else\usebox{\wide}\fi}
"""


class LatexReading(Reading):
    """A LaTeX file."""

    def __init__(self, document: Document, paper: Paper, pictures: Mapping[str, str]) -> None:
        super().__init__(document, paper)
        self.pictures = pictures

    def words(self, words: str) -> str:
        """Escaped."""
        return escapes.latex_words(words)

    def strong(self, words: str) -> str:
        """Bold."""
        return rf"\textbf{{{words}}}"

    def inline(self, formula: str) -> str:
        """Between dollars."""
        return f"${_coloured(formula)}$"

    def heading(self, level: int, content: Content) -> str:
        """A heading without a number."""
        words = self.content(content)
        if level == 1:
            return rf"{{\LARGE\bfseries {words}\par}}"
        if level > 4:
            return rf"\medskip\textbf{{{words}}}\par\nopagebreak"
        return rf"\{'sub' * (level - 2)}section*{{{words}}}"

    def paragraph(self, content: Content) -> str:
        """Sentences."""
        return self.content(content)

    def equations(self, lines: Sequence[Sequence[Line]]) -> str:
        """Set apart; many of them on several pages."""
        groups: list[list[Sequence[Line]]] = [[]]
        height = 0
        for equation in lines:
            mine = sum(_MEASURE.write(line.formula).count("\n") + 1 for line in equation[1:] or equation)
            if groups[-1] and height + mine > LINES:
                groups.append([])
                height = 0
            groups[-1].append(equation)
            height += mine
        return "\n\n".join(
            rf"\begin{{center}}\fit{{$\displaystyle {_coloured(aligned(self.paper, group))}$}}\end{{center}}"
            for group in groups
        )

    def table(self, head: Sequence[Content], rows: Sequence[Sequence[Content]], align: str) -> str:
        """As wide as it needs to be, and no wider than the page."""
        parts = []
        for start in range(0, max(1, len(rows)), ROWS):
            body = [" & ".join(rf"\textbf{{{self.content(title)}}}" for title in head) + r" \\ \hline"]
            body += [" & ".join(map(self.content, row)) + r" \\" for row in rows[start : start + ROWS]]
            inside = "\n".join(body)
            tabular = f"\\begin{{tabular}}{{{align}}}\n{inside}\n\\end{{tabular}}"
            parts.append(rf"\begin{{center}}\renewcommand{{\arraystretch}}{{1.6}}\fit{{{tabular}}}\end{{center}}")
        return "\n\n".join(parts)

    def bullets(self, items: Sequence[Content], *, numbered: bool) -> str:
        """A list."""
        kind = "enumerate" if numbered else "itemize"
        lines = "\n".join(rf"\item {self.content(item)}" for item in items)
        return f"\\begin{{{kind}}}\n{lines}\n\\end{{{kind}}}"

    def picture(self, picture: Picture) -> str:
        """Included, if it is somewhere."""
        where = self.pictures.get(picture.name)
        if where is None:
            return rf"\emph{{(Picture: {self.words(picture.shows)}.)}}"
        size = r"[width=\linewidth,height=0.4\textheight,keepaspectratio]"
        return rf"\begin{{center}}\includegraphics{size}{{{where}}}\end{{center}}"


def _coloured(formula: str) -> str:
    """With the colours as LaTeX's own package says them."""

    def rgb(match: re.Match[str]) -> str:
        red, green, blue = (int(match[1][place : place + 2], 16) / 255 for place in (0, 2, 4))
        return rf"\color[rgb]{{{red:.3f},{green:.3f},{blue:.3f}}}"

    return re.sub(r"\\color\{#([0-9a-f]{6})\}", rgb, formula)


_COMBINED = re.compile(f"([a-zA-Z])([{''.join(_ACCENTS)}])")


def _accented(match: re.Match[str]) -> str:
    """A letter with a mark that is a character of its own."""
    letter = {"i": r"\i", "j": r"\j"}.get(match[1], match[1])
    return rf"\text{{\{_ACCENTS[match[2]]}{{{letter}}}}}"


def _declared(body: str) -> str:
    """How pdfTeX is to set each character that is not ASCII; other engines know them."""
    lines = []
    for character in sorted({c for c in body if not c.isascii()}):
        base, *marks = list(unicodedata.normalize("NFD", character))
        if character in _SIGNS:
            how = rf"\ensuremath{{{_SIGNS[character]}}}"
        elif len(marks) == 1 and _COMBINED.fullmatch(base + marks[0]):
            how = _COMBINED.sub(_accented, base + marks[0])
        else:
            how = rf"\text{{\texttt{{U+{ord(character):04X}}}}}"
        lines.append(rf"  \DeclareUnicodeCharacter{{{ord(character):04X}}}{{{how}}}")
    return "\n".join([r"\ifdefined\pdftexversion", *lines, r"\fi"]) + "\n" if lines else ""


def latex(document: Document, pictures: Mapping[str, str]) -> str:
    """The document as a LaTeX file."""
    reading = LatexReading(document, Latex(document.digits, colours=document.colours), pictures)
    body = _COMBINED.sub(_accented, "\n\n".join(reading.blocks()))
    return f"{_PREAMBLE}{_declared(body)}\\begin{{document}}\n\n{body}\n\n\\end{{document}}\n"
