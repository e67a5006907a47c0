"""The base of every view that is read: text in a terminal, Markdown, LaTeX, HTML, and what a notebook shows.

A view builds blocks; every writer shows the same numbers, breaks equations at the same places, and makes
any label safe in its medium.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from autograd.document.blocks import LAYOUT, Equations, Heading, Picture, drawn
from autograd.document.writers import MarkdownWriter, NotebookWriter, TextWriter
from autograd.errors import ArgumentError
from autograd.files.whole_files import write_file
from autograd.formatting import figures

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from autograd.document.blocks import Block, Content, Layout
    from autograd.document.html_writer import HtmlWriter


class Document:
    """A title and blocks; `str`, `to_markdown`, `to_latex` and `to_html` write them, `save` writes a file.

    A view that is no finished document, such as a stepper, has `blocks` of its own. Its `repr` is the text, and a
    notebook shows it with its formulas set. `digits` is how many significant digits are shown.

    >>> Document(("By hand",), [])
    By hand
    ═══════
    """

    layout: ClassVar[Layout] = LAYOUT
    colors = False
    title: Content = ()  # empty for a view that is shown among other things
    _blocks: Sequence[Block] = ()
    _digits = figures.DIGITS

    def __init__(
        self, title: Content, blocks: Sequence[Block], *, digits: int = figures.DIGITS, colors: bool = False
    ) -> None:
        self.title, self._blocks, self.digits, self.colors = title, blocks, digits, colors

    @property
    def blocks(self) -> Sequence[Block]:
        """The blocks below the title."""
        return self._blocks

    @property
    def digits(self) -> int:
        """The number of significant digits that are shown: 6, unless it is set.

        >>> from autograd import Value, explain
        >>> w = Value(1 / 3, "w")
        >>> derivation = explain(w.exp(), w)
        >>> derivation.digits = 3
        >>> str(derivation).splitlines()[-1].strip()
        '∂v1/∂w = v1 = 1.4'

        Raises ArgumentError for a number that is not from 1 to 17.
        """
        return self._digits

    @digits.setter
    def digits(self, digits: int) -> None:
        self._digits = figures.checked_digits(digits)

    def _whole(self) -> list[Block]:
        return [*([Heading(1, self.title)] if self.title else []), *self.blocks]

    def __str__(self) -> str:
        return TextWriter(self.digits, colors=self.colors, layout=self.layout).write(self._whole())

    def __repr__(self) -> str:
        return str(self)

    def to_markdown(self, *, dollars: bool = False, pictures: Mapping[str, str] | None = None) -> str:
        """Return Markdown, with formulas as GitHub wants them, or between dollars as a notebook does.

        `pictures` says where each picture is, by its name; the others are left out with a sentence.
        """
        writer = NotebookWriter if dollars else MarkdownWriter
        return writer(self.digits, colors=self.colors, pictures=pictures).write(self._whole())

    def to_latex(self, pictures: Mapping[str, str] | None = None) -> str:
        """Return a LaTeX file that compiles with pdflatex, and with lualatex and xelatex."""
        from autograd.document.latex_writer import LatexWriter  # noqa: PLC0415 -- text is to start fast

        return LatexWriter(self.digits, colors=self.colors, pictures=pictures).write(self._whole())

    def to_html(self, title: str = "") -> str:
        """Return one HTML file, by default under the title of the document: no script, nothing loaded, MathML."""
        title = title or TextWriter(self.digits).content(self.title) or type(self).__name__
        return self._html_writer().page(title, self._whole())

    def _html_writer(self) -> HtmlWriter:
        from autograd.document.html_writer import HtmlWriter  # noqa: PLC0415 -- the same

        return HtmlWriter(self.digits, colors=self.colors)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file that the ending asks for (.txt, .md, .tex, .html), pictures beside it, and return its path.

        Raises ArgumentError for another ending, OutputError where the file cannot be written.
        """
        path = Path(path)
        ways: dict[str, Callable[[], str]] = {
            ".txt": self.__str__,
            ".md": lambda: self.to_markdown(pictures=self._beside(path, "svg")),
            ".tex": lambda: self.to_latex(pictures=self._beside(path, "png")),
            ".html": self.to_html,
        }
        if path.suffix.lower() not in ways:
            raise ArgumentError(f"{path.name}: a document is written as {', '.join(ways)}, by the file's ending")
        return write_file(path, ways[path.suffix.lower()]())

    def _beside(self, path: Path, ending: str) -> dict[str, str]:
        """Write the pictures beside the file, and return where they are."""
        pictures = [block for block in self.blocks if isinstance(block, Picture) and drawn(block)]
        stem = re.sub(r"[^\w.-]+", "-", path.stem)  # a name that needs no escape in a link or in LaTeX
        found = {picture.name: f"{stem}-{picture.name}.{ending}" for picture in pictures}
        for picture in pictures:
            picture.drawing.render(path.parent / found[picture.name])
        return found

    def _repr_html_(self) -> str | None:
        if any(isinstance(block, Equations) for block in self.blocks):
            return None  # the notebook takes Markdown: some remove MathML from HTML, and all set its formulas
        return self._html_writer().fragment(self._whole())

    def _repr_markdown_(self) -> str:
        pictures = {block.name: drawn(block) or "" for block in self.blocks if isinstance(block, Picture)}
        return self.to_markdown(dollars=True, pictures=pictures)
