"""Lecture notes on the command line: which files are notes, and the forms that only notes have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from autograd.errors import SheetError
from autograd.notes.note_text import FORMATS
from autograd.sheet.markdown_fences import has_block
from autograd.sheet.sheet import read_file

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from autograd.exercises.proofreading import NoteMarking


_FORMULA = re.compile(r"\$[^$\n]+\$|\$\$|\\[(\[]")


def is_note(chosen: Namespace, file: str) -> bool:
    """Return whether a file is read as a lecture note: by its ending, or because it has formulas and no sheet."""
    if file == "-" or chosen.key:
        return False
    ending = Path(file).suffix.lower()
    if chosen.notes or FORMATS.get(ending) in ("tex", "notebook", "html"):
        return True
    if ending not in (".md", ".markdown"):
        return False
    text = read_file(file)
    return not has_block(text) and bool(_FORMULA.search(text))


def proofread_file(chosen: Namespace, file: str) -> NoteMarking:
    """Return the marking of a note.

    Raises SheetError for a note that cannot be read or, if `strict`, not all of it.
    """
    from autograd.exercises.proofreading import proofread  # noqa: PLC0415 -- a sheet needs none of it

    graph = read_file(chosen.graph) if chosen.graph else ""
    marking = proofread(Path(file), graph, reveal=chosen.reveal)
    if chosen.strict and marking.reading.unread:
        remark = marking.reading.unread[0]
        where = marking.address(marking.reading.note.place(remark.start))
        raise SheetError(f"{where}: not read: {remark.reason}; --unread shows what else is not")
    return marking


def is_marked_note(found: object) -> bool:
    """Return whether this is the marking of a note."""
    from autograd.exercises.proofreading import NoteMarking  # noqa: PLC0415 -- the same

    return isinstance(found, NoteMarking)


def annotated(form: str, marked: Sequence[object]) -> str:
    """Return notes with their mistakes written into them: as Markdown, as a page, or as annotations of GitHub."""
    from autograd.exercises.proofreading import NoteMarking  # noqa: PLC0415 -- the same

    notes = [found for found in marked if isinstance(found, NoteMarking)]
    if form == "html":
        from autograd.exercises.note_page import note_page  # noqa: PLC0415 -- text is to start fast

        return note_page(notes).rstrip("\n")
    return "\n".join(filter(None, (note.annotations() if form == "github" else note.annotated() for note in notes)))
