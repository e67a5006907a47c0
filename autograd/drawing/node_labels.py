"""What stands in a picture as text: the card of a node, and the table below a picture, as DOT's HTML-like labels.

Layout programs guess how wide a text is, and guess wrong beyond ASCII: at a minus sign, an arrow.
So a number has a box of its own of its true width, and no place depends on the width of the rest.
"""

from __future__ import annotations

import unicodedata
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from autograd.formatting import escapes, palette, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LABEL, WORD, NUMBER = 11, 9, 10  # sizes of type, in points
LEFT, RIGHT = ' ALIGN="LEFT"', ' ALIGN="RIGHT"'
SPACE = "&#160;"
LINE = 28  # characters of a label in one line of a card
LINES = 12  # lines of a label; what is longer ends in …
FIXED = 0.6  # em: how wide every letter of the face for numbers is
NARROW, OTHER, WIDE = 0.6, 0.85, 1.3  # em: how wide letters are otherwise, in ASCII, beyond, and in the east


class Style(NamedTuple):
    """How a card looks: the colours of its label and numbers, its words, its outline and its ground."""

    ink: str = palette.INK
    quiet: str = palette.QUIET
    outline: str = palette.OUTLINE
    ground: str = palette.PAPER
    line: str = "solid"
    weight: float = 1.1


PLAIN = Style()
LEAF = Style(ground=palette.GIVEN)
PALE = Style(ink=palette.PALE, quiet=palette.PALE, outline=palette.FAINT)
CHOSEN = Style(outline=palette.CHOSEN, ground=palette.CHOSEN_GROUND, weight=1.8)
UNFINISHED = Style(outline=palette.UNFINISHED, ground=palette.UNFINISHED_GROUND, line="dashed")


def table(rows: Iterable[str], *, spacing: int = 0, padding: int = 1, attributes: str = "") -> str:
    """A table without lines."""
    start = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}"{attributes}>'
    return f"{start}{''.join(rows)}</TABLE>"


def row(*cells: str) -> str:
    """A row of cells."""
    return f"<TR>{''.join(cells)}</TR>"


def text(content: str, colour: str, size: float = WORD, *, bold: bool = False, span: int = 1) -> str:
    """A cell with a text at its left edge, wide enough for it."""
    shown = _said(content)
    shown = f"<B>{shown}</B>" if bold else shown
    room = f' COLSPAN="{span}"' if span > 1 else ""
    if not content.isascii():
        ems = sum(NARROW if c < "\x80" else WIDE if unicodedata.east_asian_width(c) in "WF" else OTHER for c in content)
        room += f' WIDTH="{ceil(ems * size)}"'
    return f'<TD ALIGN="LEFT"{room}><FONT POINT-SIZE="{size:g}" COLOR="{colour}">{shown}<BR ALIGN="LEFT"/></FONT></TD>'


def number(content: str, colour: str, size: float = NUMBER, *, bold: bool = False) -> str:
    """A cell with a number at its right edge, in a face whose letters are all equally wide."""
    shown = escapes.dot_text(content).replace(" ", SPACE)
    shown = f'<FONT FACE="Courier" POINT-SIZE="{size:g}" COLOR="{colour}">{f"<B>{shown}</B>" if bold else shown}'
    if content.isascii() and " " not in content:
        return f'<TD ALIGN="RIGHT">{shown}</FONT></TD>'
    room = f' FIXEDSIZE="TRUE" WIDTH="{ceil(len(content) * FIXED * size)}" HEIGHT="{ceil(1.3 * size)}"'
    inner = row(f'<TD{room}>{shown}<BR ALIGN="LEFT"/></FONT></TD>')
    return f'<TD ALIGN="RIGHT">{table([inner], padding=0, attributes=RIGHT + room)}</TD>'


def line(content: str, colour: str, size: float = NUMBER) -> str:
    """A cell with a line of columns, in the face whose letters are all equally wide."""
    shown = escapes.dot_text(content).replace(" ", SPACE)
    room = f' FIXEDSIZE="TRUE" WIDTH="{ceil(terminal.width(content) * FIXED * size)}" HEIGHT="{ceil(1.3 * size)}"'
    inner = row(
        f'<TD{room}><FONT FACE="Courier" POINT-SIZE="{size:g}" COLOR="{colour}">{shown}<BR ALIGN="LEFT"/></FONT></TD>'
    )
    return f'<TD ALIGN="LEFT">{table([inner], padding=0, attributes=LEFT + room)}</TD>'


def note(content: str, colour: str) -> str:
    """What stands beside a link, clear of its line."""
    return f"<{table([row(line(content, colour, WORD))], padding=3)}>"


def side_by_side(cells: Iterable[str]) -> str:
    """A cell that holds cells in a row."""
    return f'<TD ALIGN="LEFT">{table([row(*cells)], spacing=4, attributes=LEFT)}</TD>'


def key(style: Style, content: str) -> str:
    """What a kind of card looks like, and what it means."""
    sample = f'BORDER="1" COLOR="{style.outline}" BGCOLOR="{style.ground}" STYLE="rounded,{style.line}"'
    return (
        f'<TD><TABLE CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" {sample}>'
        f'<TR><TD FIXEDSIZE="TRUE" WIDTH="14" HEIGHT="8"></TD></TR></TABLE></TD>{text(content, style.quiet)}'
    )


def rule() -> str:
    """A cell with a line below it, as above a sum."""
    return f'<TD BORDER="1" SIDES="B" COLOR="{palette.QUIET}" HEIGHT="2" CELLPADDING="0"></TD>'


def swatch(colour: str, height: float) -> str:
    """A cell with a piece of a line."""
    line = row(f'<TD BGCOLOR="{colour}" FIXEDSIZE="TRUE" WIDTH="20" HEIGHT="{ceil(height)}"></TD>')
    return f"<TD>{table([line], padding=0)}</TD>"


def lines_of(label: str) -> list[str]:
    """A label in lines that a card is wide enough for."""
    lines = [label[at : at + LINE] for at in range(0, len(label), LINE)]
    if len(lines) > LINES:
        lines[LINES - 1 :] = ["…"]
    return lines


def card(label: str, operation: str, rows: Sequence[Row], style: Style = PLAIN, *, named: bool = True) -> str:
    """A card: a label, an operation, and rows; a name that nobody gave is quiet."""
    span = max((1 + len(each.numbers) for each in rows), default=1)
    parts = [
        row(text(line, style.ink if named else style.quiet, LABEL, bold=named, span=span)) for line in lines_of(label)
    ]
    if operation:
        parts.append(row(text(operation, style.quiet, span=span)))
    parts += [_row(each, style) for each in rows]
    return f"<{table(parts)}>"


class Row(NamedTuple):
    """A row of a card: a word, and numbers in their columns. A row of heads has words for numbers."""

    word: str
    numbers: Sequence[str]
    ink: str = ""
    heads: bool = False


def _row(content: Row, style: Style) -> str:
    word = text(f"{content.word}\xa0", style.quiet)
    if content.heads:
        cells = [f'<TD ALIGN="RIGHT">{_words(each, style.quiet)}</TD>' for each in content.numbers]
    else:
        apart = " " if len(content.numbers) > 1 else ""
        cells = [number(apart + each, content.ink or style.ink) if each else "<TD></TD>" for each in content.numbers]
    return row(word, *cells)


def _words(content: str, colour: str) -> str:
    return f'<FONT POINT-SIZE="{WORD}" COLOR="{colour}">{_said(content)}</FONT>'


def _said(content: str) -> str:
    """A text inside a label; a label may not be empty or blank, so then it is a space that shows nothing."""
    return escapes.dot_text(content) if content.strip() else SPACE
