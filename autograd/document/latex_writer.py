"""A document as a LaTeX file that compiles with what every TeX has.

Only packages of the LaTeX base are used. Any label compiles: what pdfTeX has no letter for shows its
Unicode number, and what is wider than the page is made to fit it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from autograd.document.line_breaks import lines_high
from autograd.document.writers import LatexFormulas
from autograd.formatting import escapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.document.blocks import Aside, Block, Picture, Pointed, Table
    from autograd.document.line_breaks import Line

ROWS = 30  # rows of a table in one piece, which a page break cannot divide
LINES = 20  # the same of equations, which may have tall fractions in every line

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


class LatexWriter(LatexFormulas):
    """A LaTeX file that compiles with pdflatex, and with lualatex and xelatex."""

    def write(self, blocks: Sequence[Block]) -> str:
        """Return the document as a LaTeX file."""
        body = _COMBINED.sub(_accented, "\n\n".join(map(self.block, blocks)))
        return f"{_PREAMBLE}{_declared(body)}\\begin{{document}}\n\n{body}\n\n\\end{{document}}\n"

    def _words(self, words: str) -> str:
        return escapes.latex_words(words)

    def _strong(self, words: str) -> str:
        return rf"\textbf{{{words}}}"

    def _inline(self, formula: str) -> str:
        return f"${_colored(formula)}$"

    def _heading(self, level: int, words: str) -> str:
        if level == 1:
            return rf"{{\LARGE\bfseries {words}\par}}"
        if level > 4:
            return rf"\medskip\textbf{{{words}}}\par\nopagebreak"
        return rf"\{'sub' * (level - 2)}section*{{{words}}}"

    def _lines(self, lines: Sequence[str]) -> str:
        return "\\\\\n".join(line.strip() for line in lines)

    def _equations(self, equations: Sequence[Sequence[Line]]) -> str:
        groups: list[list[Sequence[Line]]] = [[]]
        height = 0
        for equation in equations:
            height += lines_high(equation)
            if groups[-1] and height > LINES:
                groups.append([])
                height = lines_high(equation)
            groups[-1].append(equation)
        return "\n\n".join(self._display(self.aligned(group)) for group in groups)

    def _display(self, formula: str) -> str:
        return rf"\begin{{center}}\fit{{$\displaystyle {_colored(formula)}$}}\end{{center}}"

    def _table(self, table: Table) -> str:
        titles = " & ".join(self._strong(self.content(title)) for title in table.head)
        head = [titles + r" \\ \hline"] if table.head else []
        rows = [" & ".join(map(self.content, row)) + r" \\" for row in table.rows]
        if table.total:
            rows[-1] = rf"\hline {rows[-1]}"
        parts = []
        for start in range(0, max(1, len(rows)), ROWS):
            inside = "\n".join([*head, *rows[start : start + ROWS]])
            tabular = f"\\begin{{tabular}}{{{table.align}}}\n{inside}\n\\end{{tabular}}"
            parts.append(rf"\begin{{center}}\renewcommand{{\arraystretch}}{{1.6}}\fit{{{tabular}}}\end{{center}}")
        return "\n\n".join(parts)

    def _pointed(self, pointed: Pointed) -> str:
        part = rf"\underline{{{self._words(pointed.part)}}}"
        line = rf"\quad {self._words(pointed.before)}{part}{self._words(pointed.after)}"
        return self._lines([self._strong(self.content(pointed.heading)), line, *map(self._words, pointed.remarks)])

    def _aside(self, aside: Aside) -> str:
        return self._lines([self._strong(self.content(aside.heading)), *map(self._words, aside.remarks)])

    def _bullets(self, items: Sequence[str], *, numbered: bool) -> str:
        kind = "enumerate" if numbered else "itemize"
        lines = "\n".join(rf"\item {item}" for item in items)
        return f"\\begin{{{kind}}}\n{lines}\n\\end{{{kind}}}"

    def _picture(self, picture: Picture) -> str:
        where = self.pictures.get(picture.name)
        if where is None:
            return rf"\emph{{(Picture: {self._words(picture.shows)}.)}}"
        size = r"[width=\linewidth,height=0.4\textheight,keepaspectratio]"
        return rf"\begin{{center}}\includegraphics{size}{{{where}}}\end{{center}}"


def _colored(formula: str) -> str:
    """Return the formula with its colors as LaTeX's own package says them."""

    def rgb(match: re.Match[str]) -> str:
        red, green, blue = (int(match[1][place : place + 2], 16) / 255 for place in (0, 2, 4))
        return rf"\color[rgb]{{{red:.3f},{green:.3f},{blue:.3f}}}"

    return re.sub(r"\\color\{#([0-9a-f]{6})\}", rgb, formula)


_COMBINED = re.compile(f"([a-zA-Z])([{''.join(_ACCENTS)}])")


def _accented(match: re.Match[str]) -> str:
    """Return a letter whose mark is a character of its own as a command."""
    letter = {"i": r"\i", "j": r"\j"}.get(match[1], match[1])
    return rf"\text{{\{_ACCENTS[match[2]]}{{{letter}}}}}"


def _declared(body: str) -> str:
    """Return the declaration of each character that is not ASCII, for pdfTeX; other engines know them."""
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
