"""Writers of documents: their base class, and those of text for a terminal and of Markdown.

LaTeX and HTML have modules beside this one; `document.Document` has the list of all formats.

A writer says how each block is written and how words are made safe in its medium; formulas are
printed in the notation that belongs to it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from autograd.document import blocks as kinds
from autograd.document.blocks import LAYOUT, Aside, Factors, Layout, Picture, Pointed, Table
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

    def block(self, block: Block) -> str:
        """Return one block as it is written."""
        match block:
            case kinds.Heading(level, content):
                return self._heading(level, self.content(content))
            case kinds.Paragraph(content):
                return self._paragraph(self.content(content))
            case kinds.Lines(lines):
                return self._lines([self.content(line) for line in lines])
            case kinds.Equations(equations):
                margin = min(self.margin, max(measured(equation.sides[0]) for equation in equations))
                return self._equations([broken(equation, self.widest, margin) for equation in equations])
            case Factors():
                return self._factors(block)
            case Table():
                return self._table(block)
            case Pointed():
                return self._pointed(block)
            case kinds.Aside():
                return self._aside(block)
            case kinds.Bullets(items, numbered):
                return self._bullets([self.content(item) for item in items], numbered=numbered)
            case Picture():
                return self._picture(block)

    def content(self, content: Content) -> str:
        """Return words and formulas in a row."""
        parts = []
        for part in content:
            match part:
                case str():
                    parts.append(self._words(part))
                case kinds.Strong(words):
                    parts.append(self._strong(self._words(words)))
                case kinds.Colored(words, color):
                    parts.append(self._colored(self._words(words), color))
                case kinds.Code(words):
                    parts.append(self._code(self._words(words)))
                case _:
                    parts.append(self._inline(self.printer.write(part)))
        return "".join(parts)

    def _colored(self, words: str, color: str) -> str:  # noqa: ARG002 -- Markdown and LaTeX leave it out
        return words

    def _code(self, words: str) -> str:
        return words

    def _product(self, factors: Factors) -> str:
        """Return the heading of a product and its chain of nodes."""
        heading = f"{self._strong(self._words(factors.heading))}: " if factors.heading else ""
        return heading + self._inline(self.printer.write(factors.chain))

    # What every writer says for itself: how words are made safe and stand out, then each kind of block.

    @abstractmethod
    def _words(self, words: str) -> str: ...
    @abstractmethod
    def _strong(self, words: str) -> str: ...
    @abstractmethod
    def _inline(self, formula: str) -> str: ...
    @abstractmethod
    def _heading(self, level: int, words: str) -> str: ...
    @abstractmethod
    def _paragraph(self, words: str) -> str: ...
    @abstractmethod
    def _lines(self, lines: Sequence[str]) -> str: ...
    @abstractmethod
    def _equations(self, equations: Sequence[Sequence[Line]]) -> str: ...
    @abstractmethod
    def _factors(self, factors: Factors) -> str: ...
    @abstractmethod
    def _table(self, table: Table) -> str: ...
    @abstractmethod
    def _pointed(self, pointed: Pointed) -> str: ...
    @abstractmethod
    def _aside(self, aside: Aside) -> str: ...
    @abstractmethod
    def _bullets(self, items: Sequence[str], *, numbered: bool) -> str: ...
    @abstractmethod
    def _picture(self, picture: Picture) -> str: ...


# -- In a terminal ---------------------------------------------------------------------------------


INDENT = "    "  # of a line below its heading


class TextWriter(Writer):
    """Lines for a terminal."""

    notation = TERMINAL
    margin = 16  # beside it, inside a term, there is room for a difference of two names

    def __init__(
        self, digits: int = figures.DIGITS, *, colors: bool = False, layout: Layout = LAYOUT, columns: int = WIDTH
    ) -> None:
        super().__init__(digits, colors=colors)
        self.layout, self.columns = layout, columns
        self.widest = columns - len(layout.indent)

    def write(self, blocks: Sequence[Block]) -> str:
        """Return the document for a terminal."""
        return self.layout.between.join(map(self.block, blocks))

    def _words(self, words: str) -> str:
        return escapes.plain(words)

    def _strong(self, words: str) -> str:
        return words

    def _colored(self, words: str, color: str) -> str:
        return palette.paint(self._inline(words), color, on=self.printer.colors)

    def _code(self, words: str) -> str:
        return self._inline(words)

    def _inline(self, formula: str) -> str:
        return formula.replace(" ", GLUE)

    def _heading(self, level: int, words: str) -> str:
        lines = wrapped(words, self.columns)
        under = {1: "═", 2: "─"}.get(level)
        return "\n".join([*lines, *([under * max(map(width, lines))] if under else [])])

    def _paragraph(self, words: str) -> str:
        return "\n".join(wrapped(words, self.columns))

    def _lines(self, lines: Sequence[str]) -> str:
        hangs = (" " * (len(line) - len(line.lstrip(" ")) + len("  ")) for line in lines)
        return "\n".join(part for line, hang in zip(lines, hangs) for part in wrapped(line, self.columns, hang))

    def _equations(self, equations: Sequence[Sequence[Line]]) -> str:
        firsts = [self.printer.write(first.formula) for first, *_ in equations]
        margin = min(self.margin, max((width(first) for first in firsts if "\n" not in first), default=0))
        written = []
        for first, (_, *rest) in zip(firsts, equations):
            shown = first if "\n" in first else pad(first, margin)
            written += [] if rest else [first]
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
        line = indent + " " * (len(line) - len(body)) + body.replace(" ", GLUE)
        return "\n".join(wrapped(line, self.columns, hang=indent + " " * (margin + len(" = "))))

    def _factors(self, factors: Factors) -> str:
        lines = [short(self._words(factors.heading), self.columns)] if factors.heading else []
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
        shown = short(self.printer.factor(formula), 2 * terminal.LONGEST_NAME)
        return self.printer.write(name), shown, self.printer.write(number)

    def _table(self, table: Table) -> str:
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

    def _pointed(self, pointed: Pointed) -> str:
        before, part, after = map(self._words, (pointed.before, pointed.part, pointed.after))
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
        carets = self._colored("^" * max(1, width(part)), pointed.color)
        heading = self._lines([self.content(pointed.heading)])
        remarks = [self._lines([INDENT + self._words(remark)]) for remark in pointed.remarks]
        return "\n".join([heading, f"{INDENT}{before}{part}{after}", INDENT + " " * width(before) + carets, *remarks])

    def _aside(self, aside: Aside) -> str:
        remarks = [INDENT + self._words(remark) for remark in aside.remarks]
        return self._lines([self._colored(self.content(aside.heading), aside.color), *remarks])

    def _bullets(self, items: Sequence[str], *, numbered: bool) -> str:
        lines = []
        for number, item in enumerate(items, 1):
            sign = self.layout.indent + (f"{number}. " if numbered else "• ")
            lines += wrapped(sign + item, self.columns, hang=" " * len(sign))
        return "\n".join(lines)

    def _picture(self, picture: Picture) -> str:
        if picture.text:
            return picture.text
        drawn = " .to_html(), and .save() to a Markdown or LaTeX file, have it drawn."
        where = "" if picture.drawing is None else drawn
        return self._paragraph(f"[Picture: {self._words(picture.shows)}.{where}]")


# -- As LaTeX or Markdown --------------------------------------------------------------------------


BEGIN, END = "\\begin{aligned}\n", "\n\\end{aligned}"  # of lines below one another


class LatexFormulas(Writer):
    """The common part of the writers whose formulas are LaTeX's."""

    notation = LATEX

    def __init__(
        self, digits: int = figures.DIGITS, *, colors: bool = False, pictures: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(digits, colors=colors)
        self.pictures = pictures or {}

    def _paragraph(self, words: str) -> str:
        return words

    def _equations(self, equations: Sequence[Sequence[Line]]) -> str:
        return self._display(self.aligned(equations))

    def _factors(self, factors: Factors) -> str:
        lines = []  # the names, the formulas, the numbers, the result
        for at, sign in enumerate((r" \cdot ", r" \cdot ", r" \times ")):
            cells = (r"\cdots" if isinstance(c, str) else self.printer.factor(c[at]) for c in factors.columns)
            lines.append(sign.join(cells))
        lines.append(Printer(self.notation, factors.digits).write(factors.result))
        body = " \\\\\n&= ".join(filter(None, lines))
        return f"{self._product(factors)}\n\n{self._display(f'{BEGIN}&{body}{END}')}"

    @abstractmethod
    def _display(self, formula: str) -> str: ...

    def aligned(self, equations: Sequence[Sequence[Line]]) -> str:
        """Return equations as LaTeX sets them below one another, at their equals signs."""
        rows = []
        for first, *rest in equations:
            start = self.printer.write(first.formula)
            rows += [] if rest else [f"& {start}"]
            for line in rest:
                sign = {"·": r"\cdot", "×": r"\times", "⊙": r"\odot", figures.MINUS: "-"}.get(line.sign, line.sign)
                body = self.printer.write(line.formula)
                deeper = r"\quad" * (line.depth + 1)
                rows.append(f"{start} &= {body}" if sign == "=" else f"&{deeper} {{}}{sign} {body}")
                start = ""
        if len(rows) == 1:
            return rows[0].replace(" &=", " =", 1).removeprefix("& ")
        return BEGIN + " \\\\\n".join(rows) + END


class MarkdownWriter(LatexFormulas):
    """Markdown as GitHub renders it."""

    fences = "$`", "`$", "```math", "```"  # around a formula among words, and around one of its own

    def write(self, blocks: Sequence[Block]) -> str:
        """Return the document in Markdown."""
        return "\n\n".join(map(self.block, blocks)) + "\n"

    def _words(self, words: str) -> str:
        return escapes.markdown(words)

    def _strong(self, words: str) -> str:
        return f"**{words}**"

    def _inline(self, formula: str) -> str:
        return f"{self.fences[0]}{escapes.markdown_formula(formula)}{self.fences[1]}"

    def _display(self, formula: str) -> str:
        return f"{self.fences[2]}\n{escapes.markdown_formula(formula)}\n{self.fences[3]}"

    def _heading(self, level: int, words: str) -> str:
        return f"{'#' * level} {words}"

    def _paragraph(self, words: str) -> str:
        return escapes.markdown_line(words)

    def _lines(self, lines: Sequence[str]) -> str:
        return "\\\n".join(escapes.markdown_line(line.strip()) for line in lines)

    def _table(self, table: Table) -> str:
        head = table.head or ((),) * len(table.align)
        lines = ["| " + " | ".join(map(self.content, row)) + " |" for row in (head, *table.rows)]
        lines.insert(1, "|" + "|".join({"r": " ---: "}.get(side, " :--- ") for side in table.align) + "|")
        return "\n".join(lines)

    def _pointed(self, pointed: Pointed) -> str:
        line = f"{self._words(pointed.before)}{self._strong(self._words(pointed.part))}{self._words(pointed.after)}"
        heading = f"- {self._strong(self.content(pointed.heading))}"
        return "\\\n  ".join([heading, *map(escapes.markdown_line, [line, *map(self._words, pointed.remarks)])])

    def _aside(self, aside: Aside) -> str:
        lines = [self._strong(self.content(aside.heading)), *map(self._words, aside.remarks)]
        return "\\\n".join(f"> {escapes.markdown_line(line)}" for line in lines)

    def _bullets(self, items: Sequence[str], *, numbered: bool) -> str:
        signs = (f"{number}." if numbered else "-" for number in range(1, len(items) + 1))
        return "\n".join(f"{sign} {escapes.markdown_line(item)}" for sign, item in zip(signs, items))

    def _picture(self, picture: Picture) -> str:
        where = self.pictures.get(picture.name)
        shows = self._words(picture.shows)
        if where:
            return f"![{shows}]({escapes.markdown_address(where)})"
        return self._words(picture.text) or f"*(Picture: {shows}.)*"


class NotebookWriter(MarkdownWriter):
    """Markdown as a notebook renders it, with formulas between dollars."""

    fences = "$", "$", "$$", "$$"
