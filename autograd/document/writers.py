"""Writers of documents: what all of them have in common, and those of text for a terminal and of Markdown.

A writer says how each block is written and how words are made safe in its medium; formulas are
printed in the notation that belongs to it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from autograd.document.blocks import (
    Bullets,
    Code,
    Colored,
    Equations,
    Factors,
    Heading,
    Layout,
    Lines,
    Paragraph,
    Picture,
    Pointed,
    Strong,
    Table,
)
from autograd.document.line_breaks import WIDEST, broken, measured
from autograd.formatting import escapes, figures, palette, terminal
from autograd.formatting.terminal import GLUE, WIDTH, pad, short, width, wrapped
from autograd.symbolic.notations import LATEX, TERMINAL, MathNotation
from autograd.symbolic.printer import Printer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.document.blocks import Block, Content
    from autograd.document.line_breaks import Line
    from autograd.symbolic.expr import Formula


class Writer(ABC):
    """One way to write the blocks of a document."""

    notation: ClassVar[MathNotation]
    widest = WIDEST  # columns of an equation, as it would be in a terminal
    margin = 0  # columns of its left side, below which the next lines begin

    def __init__(self, digits: int = figures.DIGITS, *, colors: bool = False) -> None:
        self.printer = Printer(self.notation, digits, colors=colors)

    def all_blocks(self, blocks: Sequence[Block]) -> list[str]:
        """Return each block as it is written."""
        return [self.block(block) for block in blocks]

    def block(self, block: Block) -> str:
        """Return one block as it is written."""
        match block:
            case Heading(level, content):
                return self.heading(level, self.content(content))
            case Paragraph(content):
                return self.paragraph(self.content(content))
            case Lines(lines):
                return self.lines([self.content(line) for line in lines])
            case Equations(equations):
                margin = min(self.margin, max(measured(equation.sides[0]) for equation in equations))
                return self.equations([broken(equation, self.widest, margin) for equation in equations])
            case Factors():
                return self.factors(block)
            case Table():
                return self.table(block)
            case Pointed():
                return self.pointed(block)
            case Bullets(items, numbered):
                return self.bullets([self.content(item) for item in items], numbered=numbered)
            case Picture():
                return self.picture(block)

    def content(self, content: Content) -> str:
        """Return words and formulas in a row."""
        parts = []
        for part in content:
            match part:
                case str():
                    parts.append(self.words(part))
                case Strong(words):
                    parts.append(self.strong(self.words(words)))
                case Colored(words, color):
                    parts.append(self.colored(self.words(words), color))
                case Code(words):
                    parts.append(self.code(self.words(words)))
                case _:
                    parts.append(self.inline(self.printer.write(part)))
        return "".join(parts)

    def colored(self, words: str, color: str) -> str:  # noqa: ARG002 -- Markdown and LaTeX leave it out
        """Return words in a color, where the medium has any."""
        return words

    def code(self, words: str) -> str:
        """Return words that are aligned with those above, where the medium can."""
        return words

    # What every writer says for itself.

    @abstractmethod
    def words(self, words: str) -> str:
        """Return words made safe."""

    @abstractmethod
    def strong(self, words: str) -> str:
        """Return words that stand out."""

    @abstractmethod
    def inline(self, formula: str) -> str:
        """Return a formula among words."""

    @abstractmethod
    def heading(self, level: int, words: str) -> str:
        """Return a heading."""

    @abstractmethod
    def paragraph(self, words: str) -> str:
        """Return sentences."""

    @abstractmethod
    def lines(self, lines: Sequence[str]) -> str:
        """Return lines, one below the other."""

    @abstractmethod
    def equations(self, equations: Sequence[Sequence[Line]]) -> str:
        """Return equations, one below the other."""

    @abstractmethod
    def factors(self, factors: Factors) -> str:
        """Return a product, factor by factor."""

    @abstractmethod
    def table(self, table: Table) -> str:
        """Return rows below a head."""

    @abstractmethod
    def pointed(self, pointed: Pointed) -> str:
        """Return a line with a part that is pointed at."""

    @abstractmethod
    def bullets(self, items: Sequence[str], *, numbered: bool) -> str:
        """Return the points of a list."""

    @abstractmethod
    def picture(self, picture: Picture) -> str:
        """Return a picture, or a sentence in its place."""


# -- In a terminal ---------------------------------------------------------------------------------


INDENT = "    "  # of a line below its heading


class TextWriter(Writer):
    """Lines for a terminal."""

    notation = TERMINAL
    margin = 16  # beside it, inside a term, there is room for a difference of two names

    def __init__(
        self,
        digits: int = figures.DIGITS,
        *,
        colors: bool = False,
        layout: Layout = Layout(),  # noqa: B008 -- a tuple, which nothing can change
        columns: int = WIDTH,
    ) -> None:
        super().__init__(digits, colors=colors)
        self.layout = layout
        self.columns = columns
        self.widest = columns - len(layout.indent)

    def write(self, blocks: Sequence[Block]) -> str:
        """Return the document for a terminal."""
        return self.layout.between.join(self.all_blocks(blocks))

    def words(self, words: str) -> str:
        """Return them with control characters spelled out."""
        return escapes.plain(words)

    def strong(self, words: str) -> str:
        """Return them as they are."""
        return words

    def colored(self, words: str, color: str) -> str:
        """Return them in one piece, in the terminal's color of that name."""
        return palette.paint(self.inline(words), color, on=self.printer.colors)

    def code(self, words: str) -> str:
        """Return them in one piece."""
        return self.inline(words)

    def inline(self, formula: str) -> str:
        """Return the formula in one piece."""
        return formula.replace(" ", GLUE)

    def heading(self, level: int, words: str) -> str:
        """Return a line, underlined where it is a large one."""
        lines = wrapped(words, self.columns)
        under = {1: "═", 2: "─"}.get(level)
        return "\n".join([*lines, *([under * max(map(width, lines))] if under else [])])

    def paragraph(self, words: str) -> str:
        """Return lines of readable length."""
        return "\n".join(wrapped(words, self.columns))

    def lines(self, lines: Sequence[str]) -> str:
        """Return the lines; what is too long goes on below, a little farther in."""
        return "\n".join(
            part
            for line in lines
            for part in wrapped(line, self.columns, hang=" " * (len(line) - len(line.lstrip(" ")) + len("  ")))
        )

    def equations(self, equations: Sequence[Sequence[Line]]) -> str:
        """Return them aligned at the equals signs."""
        firsts = [self.printer.write(first.formula) for first, *_ in equations]
        margin = min(self.margin, max((width(first) for first in firsts if "\n" not in first), default=0))
        written = []
        for first, (_, *rest) in zip(firsts, equations):
            shown = pad(first, margin) if "\n" not in first else first
            if not rest:
                written.append(first)
            for line in rest:
                sign = line.sign if line.sign == "=" else "  " * (line.depth + 1) + line.sign
                written.append(self.notation.joined([shown, f" {sign} ", self.printer.write(line.formula)], ""))
                shown = " " * margin
        tall = any("\n" in line for line in written)
        return ("\n\n" if tall else "\n").join(self._indented(line, margin) for line in written)

    def _indented(self, line: str, margin: int) -> str:
        """Return a line of an equation; where it is still too wide, as with more digits, it goes on below."""
        indent = self.layout.indent
        if "\n" in line:
            return "\n".join(f"{indent}{row}".rstrip() for row in line.split("\n"))
        body = line.lstrip()
        start = indent + " " * (len(line) - len(body))
        return "\n".join(
            wrapped(start + body.replace(" ", GLUE), self.columns, hang=indent + " " * (margin + len(" = ")))
        )

    def factors(self, factors: Factors) -> str:
        """Return the factors in columns that go on below where there is no room, names over formulas over numbers."""
        lines = [short(self.words(factors.heading), self.columns)] if factors.heading else []
        lines += wrapped(f"  {self.printer.write(factors.chain)}", self.columns, hang="    ")
        rows = ["", "", ""]
        for place, column in enumerate(factors.columns):
            cells = self._column(column)
            longest = max(map(width, cells))
            if place and width(rows[0]) + len(" · ") + longest > self.columns:
                lines += [row.rstrip() for row in rows]
                rows = ["", "", ""]
            joints = ("   ", " · ", " × ") if place else ("  ", "  ", "  ")
            rows = [row + joint + pad(cell, longest) for row, joint, cell in zip(rows, joints, cells)]
        rows = [row.rstrip() for row in rows if row.strip()]
        result = f"= {figures.signed(factors.result, factors.digits)}"
        if rows and width(rows[-1]) + 1 + len(result) <= self.columns:
            rows[-1] += f" {result}"
        else:
            rows.append(f"  {result}")
        return "\n".join(lines + rows)

    def _column(self, column: Sequence[Formula] | str) -> tuple[str, str, str]:
        if isinstance(column, str):
            return "", column, column
        name, formula, number = column
        return (
            self.printer.write(name),
            short(self.printer.factor(formula), 2 * terminal.LONGEST_NAME),
            self.printer.write(number),
        )

    def table(self, table: Table) -> str:
        """Return columns, below their head a line where the layout has one."""
        rows = [[self.content(cell) for cell in row] for row in ([table.head] if table.head else []) + [*table.rows]]
        rule = self.layout.rule if table.head else ""
        for indent in dict.fromkeys((self.layout.indent, self.layout.indent[:2])):
            room = self.columns - len(indent)
            lines = terminal.table(rows, table.align, room, gap=3 if rule else 2, under=rule)
            if len(lines) == len(rows) + bool(rule):  # nothing had to be folded
                break
        if table.total:
            place = table.align.index("r")
            before = sum(max(width(row[at]) for row in rows) + len("  ") for at in range(place))
            lines.insert(-1, " " * before + "─" * width(rows[-1][place]))
        return "\n".join(indent + line for line in lines)

    def pointed(self, pointed: Pointed) -> str:
        """Return the heading, the line with carets below the part, and remarks; a long line is cut on both sides."""
        before, part, after = map(self.words, (pointed.before, pointed.part, pointed.after))
        room = self.columns - len(INDENT)
        before = before if len(before) <= 2 * room else f"…{before[-2 * room :]}"  # marks that combine take no column
        part, after = (text if len(text) <= 2 * room else f"{text[: 2 * room]}…" for text in (part, after))
        while width(before + part + after) > room:
            if width(before) > max(1, room // 3 if width(after) > 1 else room - width(part)):
                before = "…" + before[2 if before.startswith("…") else 1 :]
            elif width(after) > 1:
                after = after[: -2 if after.endswith("…") else -1] + "…"
            else:
                part = part[: -2 if part.endswith("…") else -1] + "…"
        carets = self.colored("^" * max(1, width(part)), pointed.color)
        lines = [
            self.lines([self.content(pointed.heading)]),
            f"{INDENT}{before}{part}{after}",
            INDENT + " " * width(before) + carets,
        ]
        return "\n".join([*lines, *map(self.lines, ([INDENT + self.words(remark)] for remark in pointed.remarks))])

    def bullets(self, items: Sequence[str], *, numbered: bool) -> str:
        """Return the points."""
        signs = [f"{n}. " if numbered else "• " for n in range(1, len(items) + 1)]
        indent = self.layout.indent
        return "\n".join(
            line
            for item, sign in zip(items, signs)
            for line in wrapped(indent + sign + item, self.columns, hang=indent + " " * len(sign))
        )

    def picture(self, picture: Picture) -> str:
        """Return what it shows in words."""
        if picture.text:
            return picture.text
        where = ""
        if picture.drawing is not None:
            where = " .to_html(), and .save() to a Markdown or LaTeX file, have it drawn."
        return self.paragraph(f"[Picture: {self.words(picture.shows)}.{where}]")


# -- As LaTeX or Markdown --------------------------------------------------------------------------


class LatexFormulas(Writer):
    """What writers have in common whose formulas are LaTeX's."""

    notation = LATEX

    def __init__(
        self, digits: int = figures.DIGITS, *, colors: bool = False, pictures: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(digits, colors=colors)
        self.pictures = pictures or {}

    def aligned(self, equations: Sequence[Sequence[Line]]) -> str:
        """Return equations as LaTeX sets them below one another, at their equals signs."""
        rows = []
        for first, *rest in equations:
            start = self.printer.write(first.formula)
            if not rest:
                rows.append(f"& {start}")
            for line in rest:
                sign = {"·": r"\cdot", "×": r"\times", "⊙": r"\odot", figures.MINUS: "-"}.get(line.sign, line.sign)
                body = self.printer.write(line.formula)
                deeper = r"\quad" * (line.depth + 1)
                rows.append(f"{start} &= {body}" if sign == "=" else f"&{deeper} {{}}{sign} {body}")
                start = ""
        if len(rows) == 1:
            return rows[0].replace(" &=", " =", 1).removeprefix("& ")
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def aligned_factors(self, factors: Factors) -> str:
        """Return a product as lines of an equation: the names, the formulas, the numbers, the result."""
        rows = [[r"\cdots" if isinstance(c, str) else c[at] for c in factors.columns] for at in range(3)]
        lines = []
        for sign, row in zip((r" \cdot ", r" \cdot ", r" \times "), rows):
            lines.append(sign.join(cell if isinstance(cell, str) else self.printer.factor(cell) for cell in row))
        lines.append(Printer(self.notation, factors.digits).write(factors.result))
        body = " \\\\\n&= ".join(line for line in lines if line)
        return f"\\begin{{aligned}}\n&{body}\n\\end{{aligned}}"


# What Markdown or a notebook would take for its own, also between dollars.
_MATHS = {"|": r"\vert ", "<": r"\lt ", ">": r"\gt ", "`": r"\grave{}"}


class MarkdownWriter(LatexFormulas):
    """Markdown as GitHub renders it; with dollars, as notebooks do."""

    def __init__(
        self,
        digits: int = figures.DIGITS,
        *,
        colors: bool = False,
        pictures: Mapping[str, str] | None = None,
        dollars: bool = False,
    ) -> None:
        super().__init__(digits, colors=colors, pictures=pictures)
        self.dollars = dollars

    def write(self, blocks: Sequence[Block]) -> str:
        """Return the document in Markdown."""
        return "\n\n".join(self.all_blocks(blocks)) + "\n"

    def words(self, words: str) -> str:
        """Return them escaped."""
        return escapes.markdown(words)

    def strong(self, words: str) -> str:
        """Return them between stars."""
        return f"**{words}**"

    def inline(self, formula: str) -> str:
        """Return it between dollars, and on GitHub backticks, so that Markdown reads nothing in it."""
        return f"${self._safe(formula)}$" if self.dollars else f"$`{self._safe(formula)}`$"

    def _safe(self, formula: str) -> str:
        return "".join(_MATHS.get(c, c) for c in formula)

    def _display(self, formula: str) -> str:
        body = self._safe(formula)
        return f"$$\n{body}\n$$" if self.dollars else f"```math\n{body}\n```"

    def heading(self, level: int, words: str) -> str:
        """Return it behind hashes."""
        return f"{'#' * level} {words}"

    def paragraph(self, words: str) -> str:
        """Return one line."""
        return words

    def lines(self, lines: Sequence[str]) -> str:
        """Return lines that end where they end."""
        return "\\\n".join(line.strip() for line in lines)

    def equations(self, equations: Sequence[Sequence[Line]]) -> str:
        """Return a block of mathematics."""
        return self._display(self.aligned(equations))

    def factors(self, factors: Factors) -> str:
        """Return the heading and the chain in a line, below it the equation."""
        heading = f"{self.strong(self.words(factors.heading))}: " if factors.heading else ""
        chain = self.inline(self.printer.write(factors.chain))
        return f"{heading}{chain}\n\n{self._display(self.aligned_factors(factors))}"

    def table(self, table: Table) -> str:
        """Return rows between pipes."""
        head = table.head or ((),) * len(table.align)
        lines = ["| " + " | ".join(map(self.content, row)) + " |" for row in (head, *table.rows)]
        lines.insert(1, "|" + "|".join({"r": " ---: "}.get(side, " :--- ") for side in table.align) + "|")
        return "\n".join(lines)

    def pointed(self, pointed: Pointed) -> str:
        """Return the heading, the line with the part bold, and the remarks, as a point of a list."""
        line = f"{self.words(pointed.before)}{self.strong(self.words(pointed.part))}{self.words(pointed.after)}"
        heading = f"- {self.strong(self.content(pointed.heading))}"
        return "\\\n  ".join([heading, line, *map(self.words, pointed.remarks)])

    def bullets(self, items: Sequence[str], *, numbered: bool) -> str:
        """Return the points."""
        return "\n".join(f"{f'{n}.' if numbered else '-'} {item}" for n, item in enumerate(items, 1))

    def picture(self, picture: Picture) -> str:
        """Return a link to it."""
        where = self.pictures.get(picture.name)
        shows = self.words(picture.shows)
        return f"![{shows}]({where})" if where else picture.text or f"*(Picture: {shows}.)*"
