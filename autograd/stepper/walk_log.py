"""The walk as a document: what was typed at the prompt, and the frame or the text that answered it.

The file is written anew after each command, so that it is whole whenever somebody looks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autograd.document.blocks import Code, Heading, Lines
from autograd.document.document import Document
from autograd.errors import ArgumentError
from autograd.formatting import escapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.document.blocks import Block

ENDINGS = (".md", ".txt", ".tex", ".html")  # a document is written so; without one of them it is Markdown


class WalkLog:
    """A file that the walk is written to, one section a command.

    Raises ArgumentError for an ending that no document has, OutputError where the file cannot be written.
    """

    def __init__(self, file: str, title: str, start: Sequence[Block]) -> None:
        self.path = Path(file)
        if not self.path.suffix:
            self.path = self.path.with_name(f"{self.path.name}.md")
        if self.path.suffix.lower() not in ENDINGS:
            raise ArgumentError(f"log: {escapes.plain(file)}: a walk is written as {', '.join(ENDINGS)}, by the ending")
        self._title = title
        self._blocks: list[Block] = list(start)
        self.save()

    def add(self, typed: str, answer: Sequence[Block]) -> None:
        """Add a command and what answered it, and write the file."""
        self._blocks += [Heading(2, (typed,)), *answer]
        self.save()

    def save(self) -> None:
        """Write the file."""
        Document((self._title,), self._blocks).save(self.path)


def as_blocks(text: str) -> list[Block]:
    """Return the lines of an answer as a block; none of an empty one.

    >>> as_blocks("x = 3")
    [Lines(lines=((Code(words='x = 3'),),))]
    """
    lines = tuple((Code(line),) for line in text.strip("\n").split("\n"))
    return [Lines(lines)] if text.strip() else []
