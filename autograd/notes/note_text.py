"""The text of a note, whatever its format, and where each character of it stands.

A notebook is the text of its Markdown cells, one below the other; a place in it is a cell, a line and a column.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import Any

from autograd.claims.tree import TextPlace
from autograd.errors import SheetError
from autograd.formatting import escapes

MAX_CHARACTERS = 2_000_000
FORMATS = {".md": "markdown", ".markdown": "markdown", ".tex": "tex", ".ipynb": "notebook", ".html": "html",
           ".htm": "html", ".txt": "markdown"}  # fmt: skip


class NoteText:
    r"""A note: its `text`, its `lines`, its `format`, and of a notebook the line at which each cell begins.

    >>> note = NoteText("The weight\n$w = 0.5$")
    >>> note.place(12), note.address(TextPlace(2, 2))
    (TextPlace(line=2, column=2), '2:2')

    Raises SheetError for a note that is too long and for a notebook that is not one.
    """

    def __init__(self, text: str, format: str = "markdown") -> None:  # noqa: A002 -- what it is
        self.format = format
        self.cells: list[tuple[int, int]] = []  # the first line of each cell of a notebook, and its number
        self.text = escapes.spaced(self._joined_cells(text) if format == "notebook" else text.removeprefix("\ufeff"))
        if len(self.text) > MAX_CHARACTERS:
            raise SheetError(
                f"a note of {len(self.text):,} characters; the longest that is read has {MAX_CHARACTERS:,}"
            )
        self.lines = tuple(self.text.split("\n"))
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def _joined_cells(self, text: str) -> str:
        try:
            cells = json.loads(text)["cells"]
            sources = [(number, _source(cell)) for number, cell in enumerate(cells, start=1)]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise SheetError("not a notebook: a notebook is JSON with a list of cells") from None
        joined: list[str] = []
        for number, source in sources:
            if source is not None:
                self.cells.append((len(joined) + 1, number))
                joined += [*source.split("\n"), ""]
        return "\n".join(joined)

    def place(self, offset: int) -> TextPlace:
        """Return line and column of a character."""
        line = bisect_right(self._starts, offset)
        return TextPlace(line, offset - self._starts[line - 1] + 1)

    def offset(self, place: TextPlace) -> int:
        """Return which character stands at a place."""
        return self._starts[place.line - 1] + place.column - 1

    def address(self, place: TextPlace) -> str:
        """Return a place as an editor takes it, `737:49`; in a notebook with the cell before it."""
        if not self.cells:
            return f"{place.line}:{place.column}"
        first, number = self.cells[max(0, bisect_right(self.cells, (place.line, len(self.text))) - 1)]
        return f"cell {number}:{place.line - first + 1}:{place.column}"


def _source(cell: Any) -> str | None:
    if cell.get("cell_type") != "markdown":
        return None
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(map(str, source))
