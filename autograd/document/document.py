"""A document, and the four ways to read it: in a terminal, as Markdown, as LaTeX, as HTML.

A *document* is a title and blocks. Every reading shows the same numbers, breaks its equations at the
same places, and makes any label safe in its own way.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from autograd.document import html_writer, latex_writer, readings
from autograd.document.blocks import Picture, drawn
from autograd.errors import ArgumentError
from autograd.files.whole_files import write_file
from autograd.formatting import figures

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from autograd.document.blocks import Block, Content


class Document:
    """A title and blocks, to be read in four ways; `save` writes the one that a file's ending asks for.

    Its `repr` is the text, so that a prompt shows it; a notebook shows it with its formulas set.

    >>> Document("By hand", [])
    By hand
    ═══════
    """

    def __init__(
        self, title: Content, blocks: Sequence[Block], *, digits: int = figures.DIGITS, colours: bool = False
    ) -> None:
        self.title = title
        self.blocks = tuple(blocks)
        self.digits = digits
        self.colours = colours

    def text(self) -> str:
        """The document for a terminal."""
        return readings.text(self)

    def markdown(self, *, dollars: bool = False, pictures: Mapping[str, str] | None = None) -> str:
        """The document in Markdown, its formulas as GitHub wants them, or between dollars as a notebook does.

        `pictures` says where each picture is, by its name; the others are left out with a sentence.
        """
        return readings.markdown(self, dollars=dollars, pictures=pictures or {})

    def latex(self, pictures: Mapping[str, str] | None = None) -> str:
        """The document as a LaTeX file that compiles with pdflatex, and with lualatex and xelatex."""
        return latex_writer.latex(self, pictures or {})

    def html(self) -> str:
        """The document as one HTML file: mathematics as MathML, no script, nothing loaded."""
        return html_writer.html(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the reading that the ending asks for: .txt, .md, .tex or .html; pictures go beside it.

        Raises ArgumentError for another ending, OutputError where the file cannot be written.
        """
        path = Path(path)
        ways: dict[str, Callable[[], str]] = {
            ".txt": self.text,
            ".md": lambda: self.markdown(pictures=self._beside(path, "svg")),
            ".tex": lambda: self.latex(pictures=self._beside(path, "png")),
            ".html": self.html,
        }
        if path.suffix.lower() not in ways:
            raise ArgumentError(f"{path.name}: a derivation is written as {', '.join(ways)}, by the file's ending")
        return write_file(path, ways[path.suffix.lower()]())

    def _beside(self, path: Path, ending: str) -> dict[str, str]:
        """Write the pictures beside the file, and say where they are."""
        found = {}
        for block in self.blocks:
            if isinstance(block, Picture) and drawn(block):
                name = f"{path.stem}-{block.name}.{ending}"
                block.drawing.render(path.parent / name)
                found[block.name] = name
        return found

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_markdown_(self) -> str:
        pictures = {
            block.name: "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
            for block in self.blocks
            if isinstance(block, Picture) and (svg := drawn(block))
        }
        return self.markdown(dollars=True, pictures=pictures)
