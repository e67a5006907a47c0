"""One hand-in, marked: a *record*, which is plain data that a file can keep and another process can send.

A record holds what the class needs of a marking, the marking as it is shown, and the part of the student's feedback
that is made of it.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.classroom.hand_ins import STANDARD_INPUT
from autograd.classroom.key_items import key_items, results
from autograd.document.blocks import Heading, Table, sentence
from autograd.document.document import Document
from autograd.errors import ChalkgradError, MarkingError, SheetError
from autograd.exercises.entry_points import mark_sheet
from autograd.formatting import escapes, terminal
from autograd.marking.verdicts import SLIP, UNANSWERED, UNREADABLE, WRONG
from autograd.sheet.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.classroom.hand_ins import HandIn
    from autograd.document.blocks import Block
    from autograd.marking.report import Marking

RIGHT, MISTAKES, FAILED, NOTHING = 0, 1, 2, 3  # statuses; the last where nothing is claimed or answered
MAX_LINES = 5  # with mistakes, in the short form of a marking


class Options(NamedTuple):
    """The way in which hand-ins are marked and shown; `feedback` is the ending of the students' files, if any."""

    key: str | None = None  # its text
    format: str = "text"
    reveal: str = "answer"
    strict: bool = False
    brief: bool = False
    blank_ok: bool = False
    color: bool = False
    columns: int = terminal.WIDTH
    feedback: str = ""
    version: str = ""  # of chalkgrad: another one may mark otherwise


def marked(hand_in: HandIn, options: Options, key: Sheet | None, typed: Callable[[], str]) -> dict[str, Any]:
    """Return the record of a hand-in; one that cannot be read has a record that says so.

    `typed` returns what standard input has.
    """
    record = {"name": hand_in.shown, "student": hand_in.student}
    try:
        marking = mark_sheet(lambda: _read(hand_in, options, key, typed), hand_in.shown, reveal=options.reveal)
        return record | _of_marking(marking, options)
    except ChalkgradError as error:
        return record | _of_error(hand_in.shown, str(error).removeprefix(f"{hand_in.path}: "), options)
    except (RecursionError, MemoryError) as error:
        reason = MarkingError(f"chalkgrad failed to mark this sheet ({type(error).__name__}); please report it")
        return record | _of_error(hand_in.shown, str(reason), options)


def failed(hand_in: HandIn, reason: str, options: Options) -> dict[str, Any]:
    """Return the record of a hand-in that could not be marked, for a reason outside of it."""
    return {"name": hand_in.shown, "student": hand_in.student} | _of_error(hand_in.shown, reason, options)


def _read(hand_in: HandIn, options: Options, key: Sheet | None, typed: Callable[[], str]) -> Sheet:
    if hand_in.path == STANDARD_INPUT:
        return Sheet.parse(typed(), key, strict=options.strict)
    require_file(hand_in)
    return Sheet.load(hand_in.path, key, strict=options.strict)


def require_file(hand_in: HandIn) -> None:
    """Raise SheetError for what a folder has that is no file: reading a pipe would wait for a writer."""
    try:
        if not hand_in.is_named and not stat.S_ISREG(Path(hand_in.path).stat().st_mode):
            raise SheetError("this is no regular file")
    except OSError as error:
        raise SheetError(f"{error.strerror or error}") from None


def _of_error(name: str, reason: str, options: Options) -> dict[str, Any]:
    reason = f"{name}: {reason}"
    data = {"sheet": name, "error": reason}
    shown = (
        _json(data) if options.format == "json" else _written([Heading(1, (name,)), sentence(reason)], options.format)
    )
    feedback = _written([sentence(reason)], options.feedback)
    short = ["", "unreadable"]
    return {"error": reason, "status": FAILED, "short": short, "shown": shown, "feedback": feedback, "roots": []}


def _of_marking(marking: Marking, options: Options) -> dict[str, Any]:
    items = [] if options.key is None or marking.sheet.key is None else key_items(marking.sheet.key)
    right, judged = marking.earned
    return {
        "error": "",
        "status": _status(marking, blank_ok=options.blank_ok),
        "short": _in_short(marking),
        "earned": right,
        "judged": judged,
        "results": results(marking, items),
        "not_in_key": marking.not_in_key,
        "roots": [_root(verdict) for verdict in marking.first_mistakes],
        "shown": _shown(marking, options),
        "feedback": _written(marking.blocks, options.feedback),
    }


def _root(verdict: Any) -> dict[str, Any]:
    return {
        "about": verdict.claim.about,
        "line": verdict.claim.line,
        "claim": verdict.claim.text,
        "mistakes": [mistake.text for mistake in verdict.diagnosis] or [verdict.word],
    }


def _status(marking: Marking, *, blank_ok: bool) -> int:
    if not marking.ok:
        return MISTAKES
    return NOTHING if marking.is_blank and not blank_ok else RIGHT


def _in_short(marking: Marking) -> list[str]:
    """Return the score, and in words where the mistakes are and what cannot be read."""
    lines = list(dict.fromkeys(str(root.claim.line) for root in marking.first_mistakes))
    more = ", …" * (len(lines) > MAX_LINES)
    where = f"wrong in line{'s' * (len(lines) > 1)} {', '.join(lines[:MAX_LINES])}{more}"
    left = sum(verdict.word == UNANSWERED for verdict in marking.verdicts)
    unreadable = len({verdict.claim.line for verdict in marking.unreadable})
    counts = ((unreadable, f"{unreadable} line{'s' * (unreadable > 1)} unreadable"), (left, f"{left} not answered"))
    said = [where] * bool(lines) + [words for count, words in counts if count]
    if marking.not_in_key:
        said.append(f"not in the key: {terminal.listed(map(escapes.plain, marking.not_in_key))}")
    return [
        marking.score.replace(" ", terminal.GLUE),
        "; ".join(said) or ("no mistake" if marking.every else "nothing"),
    ]


# -- As it is shown -----------------------------------------------------------------------------


def _shown(marking: Marking, options: Options) -> str:
    if options.format == "text":
        return marking.to_text(color=options.color, every=not options.brief, width=options.columns)
    if options.format == "json":
        data = json.loads(marking.to_json())
        if options.brief:
            data["claims"] = [claim for claim in data["claims"] if claim["verdict"] in (SLIP, WRONG, UNREADABLE)]
        return _json(data)
    blocks = [block for block in marking.blocks if not (options.brief and isinstance(block, Table))]
    return _written([Heading(1, (marking.name,)), *blocks], options.format)


def _written(blocks: list[Block], form: str) -> str:
    if form in ("markdown", "md"):
        return Document((), blocks).to_markdown().rstrip("\n")
    if form != "html":
        return ""
    from autograd.document.html_writer import HtmlWriter  # noqa: PLC0415 -- a terminal needs none of it

    return HtmlWriter().body(blocks)


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


def joints(form: str, title: str, *, many: bool) -> tuple[str, str, str]:
    """Return what is written before the first, between two, and after the last of the markings in a format."""
    if form == "json":
        return ("[\n", ",\n", "\n]") if many else ("", "", "")
    if form == "html":
        from autograd.document.html_writer import HtmlWriter  # noqa: PLC0415 -- the same

        before, after = HtmlWriter().ends(title)
        return before, "\n", after.rstrip("\n")
    return "", "\n\n", ""


def placed(shown: str, form: str, *, many: bool) -> str:
    """Return a marking as it stands among others."""
    if form == "json" and many:
        return "\n".join(f"  {line}" for line in shown.split("\n"))
    return shown
