"""Readings of a document: what all have in common, text for a terminal, and Markdown.

A reading says how each block is written and how words are made safe in its medium; formulas are
written in the language that belongs to it. `tex` and `webpage` are the other two.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from autograd.document.blocks import (
    WIDEST,
    Bullets,
    Equations,
    Heading,
    Paragraph,
    Picture,
    Strong,
    Table,
    broken,
    measured,
)
from autograd.formatting import escapes, figures
from autograd.formatting.terminal import GLUE, WIDTH, table, width, wrapped
from autograd.symbolic.notations import Latex, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.document.blocks import Block, Content, Line
    from autograd.document.document import Document
    from autograd.symbolic.equations import Paper

INDENT = "    "  # of an equation, a table, a list
ROWS = 30  # rows of a table on paper; a longer one is several


class Reading(ABC):
    """One way to read a document."""

    widest = WIDEST  # columns of an equation, as it would be in a terminal
    margin = 0  # columns of its left side, below which the next lines begin

    def __init__(self, document: Document, paper: Paper) -> None:
        self.document = document
        self.paper = paper

    def blocks(self) -> list[str]:
        """Every block, the title first."""
        return [self.block(block) for block in (Heading(1, self.document.title), *self.document.blocks)]

    def block(self, block: Block) -> str:
        """One block."""
        match block:
            case Heading(level, content):
                return self.heading(level, content)
            case Paragraph(content):
                return self.paragraph(content)
            case Equations(equations):
                margin = min(self.margin, max(measured(equation.sides[0]) for equation in equations))
                return self.equations([broken(equation, self.widest, margin) for equation in equations])
            case Table(head, rows, align):
                return self.table(head, rows, align)
            case Bullets(items, numbered):
                return self.bullets(items, numbered=numbered)
            case Picture():
                return self.picture(block)

    def content(self, content: Content) -> str:
        """Words and formulas in a row."""
        parts = []
        for part in content:
            if isinstance(part, str):
                parts.append(self.words(part))
            elif isinstance(part, Strong):
                parts.append(self.strong(self.words(part.words)))
            else:
                parts.append(self.inline(self.paper.write(part)))
        return "".join(parts)

    # What every reading says for itself.

    @abstractmethod
    def words(self, words: str) -> str:
        """Words made safe."""

    @abstractmethod
    def strong(self, words: str) -> str:
        """Words that stand out."""

    @abstractmethod
    def inline(self, formula: str) -> str:
        """A formula among words."""

    @abstractmethod
    def heading(self, level: int, content: Content) -> str:
        """A heading."""

    @abstractmethod
    def paragraph(self, content: Content) -> str:
        """Sentences."""

    @abstractmethod
    def equations(self, lines: Sequence[Sequence[Line]]) -> str:
        """Equations, one below the other."""

    @abstractmethod
    def table(self, head: Sequence[Content], rows: Sequence[Sequence[Content]], align: str) -> str:
        """Rows below a head."""

    @abstractmethod
    def bullets(self, items: Sequence[Content], *, numbered: bool) -> str:
        """Points of a list."""

    @abstractmethod
    def picture(self, picture: Picture) -> str:
        """A picture, or a sentence in its place."""


# -- In a terminal ---------------------------------------------------------------------------------


class TextReading(Reading):
    """Lines for a terminal."""

    widest = WIDTH - len(INDENT)
    margin = 16  # beside it, inside a term, there is room for a difference of two names

    def words(self, words: str) -> str:
        """Control characters spelled out."""
        return escapes.plain(words)

    def strong(self, words: str) -> str:
        """As it is."""
        return words

    def inline(self, formula: str) -> str:
        """In one piece."""
        return formula.replace(" ", GLUE)

    def heading(self, level: int, content: Content) -> str:
        """A line, underlined where it is a large one."""
        lines = wrapped(self.content(content))
        under = {1: "═", 2: "─"}.get(level)
        return "\n".join([*lines, *([under * max(map(width, lines))] if under else [])])

    def paragraph(self, content: Content) -> str:
        """Lines of readable length."""
        return "\n".join(wrapped(self.content(content)))

    def equations(self, lines: Sequence[Sequence[Line]]) -> str:
        """Aligned at the equals signs."""
        firsts = [self.paper.write(first.formula) for first, *_ in lines]
        margin = min(self.margin, max((width(first) for first in firsts if "\n" not in first), default=0))
        written = []
        for first, (_, *rest) in zip(firsts, lines):
            shown = first + " " * max(0, margin - width(first)) if "\n" not in first else first
            if not rest:
                written.append(first)
            for line in rest:
                sign = line.sign if line.sign == "=" else "  " * (line.depth + 1) + line.sign
                written.append(self.paper.joined([shown, f" {sign} ", self.paper.write(line.formula)], ""))
                shown = " " * margin
        tall = any("\n" in line for line in written)
        return ("\n\n" if tall else "\n").join(self._indented(line, margin) for line in written)

    def _indented(self, line: str, margin: int) -> str:
        """A line of an equation; where it is still too wide, as with more digits, it goes on below."""
        if "\n" in line:
            return "\n".join(f"{INDENT}{row}".rstrip() for row in line.split("\n"))
        body = line.lstrip()
        start = INDENT + " " * (len(line) - len(body))
        return "\n".join(wrapped(start + body.replace(" ", GLUE), hang=INDENT + " " * (margin + len(" = "))))

    def table(self, head: Sequence[Content], rows: Sequence[Sequence[Content]], align: str) -> str:
        """Columns, a line below the head."""
        cells = [[self.content(cell) for cell in row] for row in (head, *rows)]
        for indent in (INDENT, INDENT[:2]):
            lines = table(cells, align, WIDTH - len(indent), under="─")
            if len(lines) == len(cells) + 1:  # nothing had to be folded
                break
        return "\n".join(indent + line for line in lines)

    def bullets(self, items: Sequence[Content], *, numbered: bool) -> str:
        """Points."""
        signs = [f"{n}. " if numbered else "• " for n in range(1, len(items) + 1)]
        return "\n".join(
            line
            for item, sign in zip(items, signs)
            for line in wrapped(INDENT + sign + self.content(item), hang=INDENT + " " * len(sign))
        )

    def picture(self, picture: Picture) -> str:
        """In words."""
        where = "" if picture.drawing is None else " .html(), and .save() to a Markdown or LaTeX file, have it drawn."
        return "\n".join(wrapped(f"[Picture: {picture.shows}.{where}]"))


def text(document: Document) -> str:
    """The document for a terminal."""
    reading = TextReading(document, Text(document.digits, colours=document.colours))
    return "\n\n".join(reading.blocks())


# -- As Markdown -----------------------------------------------------------------------------------

# What Markdown or a notebook would take for its own, also between dollars.
_MATHS = {"|": r"\vert ", "<": r"\lt ", ">": r"\gt ", "`": r"\grave{}"}


class MarkdownReading(Reading):
    """Markdown as GitHub renders it; with dollars, as notebooks do."""

    def __init__(self, document: Document, paper: Paper, pictures: Mapping[str, str], *, dollars: bool) -> None:
        super().__init__(document, paper)
        self.pictures = pictures
        self.dollars = dollars

    def words(self, words: str) -> str:
        """Escaped."""
        return escapes.markdown(words)

    def strong(self, words: str) -> str:
        """Between stars."""
        return f"**{words}**"

    def inline(self, formula: str) -> str:
        """Between dollars, and on GitHub backticks, so that Markdown reads nothing in it."""
        return f"${self._safe(formula)}$" if self.dollars else f"$`{self._safe(formula)}`$"

    def _safe(self, formula: str) -> str:
        return "".join(_MATHS.get(c, c) for c in formula)

    def heading(self, level: int, content: Content) -> str:
        """Hashes."""
        return f"{'#' * level} {self.content(content)}"

    def paragraph(self, content: Content) -> str:
        """One line."""
        return self.content(content)

    def equations(self, lines: Sequence[Sequence[Line]]) -> str:
        """A block of mathematics."""
        body = self._safe(aligned(self.paper, lines))
        return f"$$\n{body}\n$$" if self.dollars else f"```math\n{body}\n```"

    def table(self, head: Sequence[Content], rows: Sequence[Sequence[Content]], align: str) -> str:
        """Pipes."""
        lines = ["| " + " | ".join(map(self.content, row)) + " |" for row in (head, *rows)]
        lines.insert(1, "|" + "|".join({"r": " ---: "}.get(side, " :--- ") for side in align) + "|")
        return "\n".join(lines)

    def bullets(self, items: Sequence[Content], *, numbered: bool) -> str:
        """Points."""
        return "\n".join(f"{f'{n}.' if numbered else '-'} {self.content(item)}" for n, item in enumerate(items, 1))

    def picture(self, picture: Picture) -> str:
        """A link to it."""
        where = self.pictures.get(picture.name)
        shows = self.words(picture.shows)
        return f"![{shows}]({where})" if where else f"*(Picture: {shows}.)*"


def markdown(document: Document, *, dollars: bool, pictures: Mapping[str, str]) -> str:
    """The document in Markdown."""
    paper = Latex(document.digits, colours=document.colours)
    return "\n\n".join(MarkdownReading(document, paper, pictures, dollars=dollars).blocks()) + "\n"


def aligned(paper: Paper, equations: Sequence[Sequence[Line]]) -> str:
    """Equations as LaTeX sets them below one another, at their equals signs."""
    rows = []
    for first, *rest in equations:
        start = paper.write(first.formula)
        if not rest:
            rows.append(f"& {start}")
        for line in rest:
            sign = {"·": r"\cdot", "×": r"\times", "⊙": r"\odot", figures.MINUS: "-"}.get(line.sign, line.sign)
            body = paper.write(line.formula)
            deeper = r"\quad" * (line.depth + 1)
            rows.append(f"{start} &= {body}" if sign == "=" else f"&{deeper} {{}}{sign} {body}")
            start = ""
    if len(rows) == 1:
        return rows[0].replace(" &=", " =", 1).removeprefix("& ")
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
