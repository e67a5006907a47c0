"""The command `mark` for documents that are no sheets: lecture notes, and NumPy or PyTorch code."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.cli.common import (
    FAILED,
    MISTAKES,
    NOTHING,
    RIGHT,
    WORST_FIRST,
    called,
    complain,
    in_color,
    in_file,
    read_named,
    say,
)
from autograd.cli.notes import annotated, is_marked_note, is_note, proofread_file
from autograd.document.blocks import Heading, sentence
from autograd.document.document import Document
from autograd.errors import ArgumentError, ChalkgradError, InputError
from autograd.formatting import terminal
from autograd.marking.verdicts import UNANSWERED
from autograd.optional import import_extra
from autograd.sheet.sheet import read_file

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from autograd.document.blocks import Block
    from autograd.marking.array_report import ArrayMarking
    from autograd.marking.report import Marking

MAX_LINES = 5  # with mistakes, of one document of several

Found: TypeAlias = "Marking | ArrayMarking | str"  # a marking, or why there is none
Marked: TypeAlias = "tuple[str, Found]"  # with the name of the document
OF_A_CLASS = ("csv", "html", "corrections", "jobs", "key")


def concerns(chosen: Namespace) -> bool:
    """Return whether one of the files is a lecture note or array code."""
    return any(_is_code(file) or _is_readable_note(chosen, file) for file in chosen.files)


def _is_readable_note(chosen: Namespace, file: str) -> bool:
    try:
        return is_note(chosen, file)
    except ChalkgradError:  # which is said where it is marked
        return False


def _is_code(file: str) -> bool:
    if not file.endswith((".py", ".ipynb")):
        return False
    from autograd.array_code.source import uses_arrays  # noqa: PLC0415 -- a sheet needs none of it

    try:
        return uses_arrays(read_file(file), file)
    except ChalkgradError:
        return False


def mark_documents(chosen: Namespace) -> int:
    """Mark each file; one that cannot be read does not keep the others from being marked."""
    asked = [f"--{name}" for name in OF_A_CLASS if getattr(chosen, name)]
    if asked:
        raise ArgumentError(f"{asked[0]} is for sheets; notes and code are marked without it")
    form = chosen.format or "text"
    marked: list[Marked] = []
    for file in chosen.files:
        try:
            with in_file(file):
                marked.append((called(file), _marked(chosen, file)))
        except ChalkgradError as error:
            complain(str(error))
            marked.append((called(file), str(error)))
        if form == "text":
            _say_marked(chosen, *marked[-1])
    if form == "github" or (form in ("markdown", "html") and all(is_marked_note(found) for _, found in marked)):
        say(annotated(form, [found for _, found in marked]))
    elif form != "text":
        document = _as_document(marked)
        title = f"Marking of {', '.join(name for name, _ in marked)}"
        ways: dict[str, Callable[[], str]] = {
            "markdown": document.to_markdown,
            "json": lambda: _as_json(marked),
            "html": lambda: document.to_html(title),
            "notebook": lambda: _as_notebook(marked),
        }
        say(ways[form]().rstrip("\n"))
    elif len(marked) > 1:
        say("\n".join(terminal.table([_in_short(*each) for each in marked])))
    return min((_status(found, blank_ok=chosen.blank_ok) for _, found in marked), key=WORST_FIRST.index)


def _marked(chosen: Namespace, file: str) -> Marking | ArrayMarking:
    """Return the marking of array code, a note or a sheet."""
    if _is_code(file):
        from autograd.exercises.array_marking import mark_code  # noqa: PLC0415 -- a note needs none of it

        return mark_code(read_file(file), _data(chosen.data), name=called(file), reveal=chosen.reveal)
    if is_note(chosen, file):
        return proofread_file(chosen, file)
    from autograd.exercises.entry_points import mark_sheet  # noqa: PLC0415 -- the same

    return mark_sheet(partial(read_named, file, None, strict=chosen.strict), called(file), reveal=chosen.reveal)


def _data(file: str | None) -> dict[str, Any] | None:
    """Return the arrays of a file that NumPy has written, by their names."""
    if not file:
        return None
    numpy = import_extra("numpy", "replay", "--data")
    try:
        with numpy.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{called(file)}: this is no file of arrays that NumPy can read ({error})") from None


def _status(found: Found, *, blank_ok: bool) -> int:
    if isinstance(found, str):
        return FAILED
    if not found.ok:
        return MISTAKES
    return NOTHING if found.is_blank and not blank_ok else RIGHT


def _in_short(name: str, found: Found) -> list[str]:
    """One sheet of a class: its name, its score, where its mistakes are and what cannot be read."""
    if isinstance(found, str):
        return [name, "", "unreadable"]
    lines = list(dict.fromkeys(str(root.claim.line) for root in found.first_mistakes))
    more = ", …" * (len(lines) > MAX_LINES)
    where = f"wrong in line{'s' * (len(lines) > 1)} {', '.join(lines[:MAX_LINES])}{more}"
    left = sum(verdict.word == UNANSWERED for verdict in found.verdicts)
    unreadable = len({verdict.claim.line for verdict in found.unreadable})
    counts = ((unreadable, f"{unreadable} line{'s' * (unreadable > 1)} unreadable"), (left, f"{left} not answered"))
    said = [where] * bool(lines) + [words for count, words in counts if count]
    return [
        name,
        found.score.replace(" ", terminal.GLUE),
        "; ".join(said) or ("no mistake" if found.every else "nothing"),
    ]


def _say_marked(chosen: Namespace, name: str, found: Found) -> None:
    """One sheet's marking for the terminal, under its name where there are several."""
    if isinstance(found, str):
        return
    if len(chosen.files) > 1:
        say(f"── {name} ──")
    is_note = is_marked_note(found)  # in which hundreds of claims are right
    say(found.to_text(color=in_color(chosen.color), every=not (chosen.brief or is_note)))
    if is_note and chosen.unread:
        say("\n".join(found.honesty(unread=True)[1:]))  # type: ignore[union-attr] # it is one
    if len(chosen.files) > 1:
        say("")
    sys.stdout.flush()


def _as_document(marked: list[Marked]) -> Document:
    """Return the markings of all sheets as one document, each below the name of its sheet."""
    blocks: list[Block] = []
    for name, found in marked:
        blocks += [Heading(1, (name,)), *([sentence(found)] if isinstance(found, str) else found.blocks)]
    return Document((), blocks)


def _as_notebook(marked: list[Marked]) -> str:
    """Return the one notebook of array code with its mistakes below their cells."""
    found = marked[0][1]
    if len(marked) > 1 or not hasattr(found, "to_notebook"):
        raise ArgumentError("--format notebook is for one file of NumPy or PyTorch code; see docs/array-code.md")
    notebook: str = found.to_notebook()
    return notebook


def _as_json(marked: list[Marked]) -> str:
    data = [
        {"sheet": name, "error": found} if isinstance(found, str) else json.loads(found.to_json())
        for name, found in marked
    ]
    return json.dumps(data if len(data) > 1 else data[0], ensure_ascii=False, indent=2)
