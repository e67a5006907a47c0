"""The text in a picture as HTML-like labels of DOT: the card of a node, and the table below the picture.

Layout programs guess the width of a text, and guess wrong beyond ASCII: at a minus sign, an arrow; and faces differ.
So each number has a box of its true width, and each other text room for a wide face.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from autograd.drawing.labels_svg import LabelText
from autograd.formatting import escapes, palette, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LABEL, WORD, NUMBER = 11, 9, 10  # sizes of type, in points
LEFT, RIGHT = ' ALIGN="LEFT"', ' ALIGN="RIGHT"'
SPACE = "&#160;"
LINE = 28  # characters of a label in one line of a card
MAX_LINES = 12  # of a label; a longer one ends in …
FIXED = 0.6  # em: how wide every letter of the face for numbers is


class CardStyle(NamedTuple):
    """The look of a card: the colors of its label and numbers, of its words, its outline and its ground."""

    ink: str = palette.INK
    quiet: str = palette.QUIET
    outline: str = palette.OUTLINE
    ground: str = palette.PAPER
    line: str = "solid"
    weight: float = 1.1


PLAIN = CardStyle()
LEAF = CardStyle(ground=palette.GIVEN)
PALE = CardStyle(ink=palette.QUIET, outline=palette.FAINT)
CHOSEN = CardStyle(outline=palette.CHOSEN, ground=palette.CHOSEN_GROUND, weight=1.8)
UNFINISHED = CardStyle(outline=palette.UNFINISHED, ground=palette.UNFINISHED_GROUND, line="dashed")


def table(rows: Iterable[str], *, spacing: int = 0, padding: int = 1, attributes: str = "") -> str:
    """Return a table without lines."""
    start = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}"{attributes}>'
    return f"{start}{''.join(rows)}</TABLE>"


def row(*cells: str) -> str:
    """Return a row of cells."""
    return f"<TR>{''.join(cells)}</TR>"


def text(content: str, color: str, size: float = WORD, *, bold: bool = False, span: int = 1) -> str:
    """Return a cell with a text at its left edge, wide enough for it."""
    shown = _shown_text(content)
    shown = f"<B>{shown}</B>" if bold else shown
    room = f' COLSPAN="{span}"' if span > 1 else ""
    room += f' WIDTH="{ceil(LabelText(content, size, bold=bold).width)}"'
    return f'<TD ALIGN="LEFT"{room}><FONT POINT-SIZE="{size:g}" COLOR="{color}">{shown}<BR ALIGN="LEFT"/></FONT></TD>'


def number(content: str, color: str, size: float = NUMBER, *, bold: bool = False) -> str:
    """Return a cell with a number at its right edge, in a face whose letters are all equally wide."""
    shown = escapes.dot_text(content).replace(" ", SPACE)
    shown = f'<FONT FACE="Courier" POINT-SIZE="{size:g}" COLOR="{color}">{f"<B>{shown}</B>" if bold else shown}'
    if content.isascii() and " " not in content:
        return f'<TD ALIGN="RIGHT">{shown}</FONT></TD>'
    room = f' FIXEDSIZE="TRUE" WIDTH="{ceil(len(content) * FIXED * size)}" HEIGHT="{ceil(1.3 * size)}"'
    inner = row(f'<TD{room}>{shown}<BR ALIGN="LEFT"/></FONT></TD>')
    return f'<TD ALIGN="RIGHT">{table([inner], padding=0, attributes=RIGHT + room)}</TD>'


def line(content: str, color: str, size: float = NUMBER) -> str:
    """Return a cell with a line of columns, in the face whose letters are all equally wide."""
    shown = escapes.dot_text(content).replace(" ", SPACE)
    room = f' FIXEDSIZE="TRUE" WIDTH="{ceil(terminal.width(content) * FIXED * size)}" HEIGHT="{ceil(1.3 * size)}"'
    font = f'<FONT FACE="Courier" POINT-SIZE="{size:g}" COLOR="{color}">'
    inner = row(f'<TD{room}>{font}{shown}<BR ALIGN="LEFT"/></FONT></TD>')
    return f'<TD ALIGN="LEFT">{table([inner], padding=0, attributes=LEFT + room)}</TD>'


def note(content: str, color: str) -> str:
    """Return the label of an edge, clear of its line."""
    return f"<{table([row(f'<TD>{on_paper(table([row(line(content, color, WORD))]))}</TD>')], padding=3)}>"


def on_paper(content: str) -> str:
    """Return a table on a ground of its own, so that its colors can be read wherever the picture stands."""
    return table([row(f'<TD BGCOLOR="{palette.PAPER}">{content}</TD>')], padding=0)


def as_wide(label: str, wide: float) -> str:
    """Return a label whose table takes so much room."""
    return label.replace("<TABLE ", f'<TABLE WIDTH="{ceil(wide)}" ', 1)


def side_by_side(cells: Iterable[str]) -> str:
    """Return a cell that holds cells in a row."""
    return f'<TD ALIGN="LEFT">{table([row(*cells)], spacing=4, attributes=LEFT)}</TD>'


def key(style: CardStyle, content: str) -> str:
    """Return a small sample of a style of cards, with its meaning."""
    sample = f'BORDER="1" COLOR="{style.outline}" BGCOLOR="{style.ground}" STYLE="rounded,{style.line}"'
    return (
        f'<TD><TABLE CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" {sample}>'
        f'<TR><TD FIXEDSIZE="TRUE" WIDTH="14" HEIGHT="8"></TD></TR></TABLE></TD>{text(content, style.quiet)}'
    )


def rule() -> str:
    """Return a cell with a line below it, as above a sum."""
    return f'<TD BORDER="1" SIDES="B" COLOR="{palette.QUIET}" HEIGHT="2" CELLPADDING="0"></TD>'


def swatch(color: str, height: float) -> str:
    """Return a cell with a piece of a line."""
    line = row(f'<TD BGCOLOR="{color}" FIXEDSIZE="TRUE" WIDTH="20" HEIGHT="{ceil(height)}"></TD>')
    return f"<TD>{table([line], padding=0)}</TD>"


def lines_of(label: str) -> list[str]:
    """Return a label in lines that fit into a card."""
    lines = [label[at : at + LINE] for at in range(0, len(label), LINE)]
    if len(lines) > MAX_LINES:
        lines[MAX_LINES - 1 :] = ["…"]
    return lines


def card(label: str, formula: str, rows: Sequence[CardRow], style: CardStyle = PLAIN, *, named: bool = True) -> str:
    """Return a card: a label, a formula, and rows. A label that is only a number for a node (v1) is quiet."""
    span = max((1 + len(each.numbers) for each in rows), default=1)
    color = style.ink if named else style.quiet
    parts = [row(text(line, color, LABEL, bold=named, span=span)) for line in lines_of(label)]
    parts += [row(text(line, style.quiet, span=span)) for line in _formula_lines(formula)]
    return f"<{table([*parts, *(_row(each, style) for each in rows)])}>"


def _formula_lines(formula: str) -> list[str]:
    return terminal.wrapped(formula.replace(" ", terminal.GLUE), LINE) if formula else []


class CardRow(NamedTuple):
    """A row of a card: a word, and numbers in their columns. A row of heads has words in place of numbers."""

    word: str
    numbers: Sequence[str]
    ink: str = ""
    heads: bool = False


def _row(content: CardRow, style: CardStyle) -> str:
    word = text(f"{content.word}\xa0", style.quiet)
    if content.heads:
        font = f'<FONT POINT-SIZE="{WORD}" COLOR="{style.quiet}">'
        cells = [f'<TD ALIGN="RIGHT">{font}{_shown_text(each)}</FONT></TD>' for each in content.numbers]
    else:
        apart = " " if len(content.numbers) > 1 else ""
        cells = [number(apart + each, content.ink or style.ink) if each else "<TD></TD>" for each in content.numbers]
    return row(word, *cells)


def _shown_text(content: str) -> str:
    """Return a text inside a label; an empty label is not allowed, so that is a space that shows nothing."""
    return escapes.dot_text(content) if content.strip() else SPACE
