"""The Python of the playground: it marks, draws and runs what the page hands to it, and answers in JSON.

The page only shows: each verdict, each reason and each place in the text comes from here.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import json
import linecache
import sys
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

import autograd
from autograd import ChalkgradError, Sheet, SheetError, mark
from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import derivative_text
from autograd.claims.versions import written_name
from autograd.document.writers import TextWriter
from autograd.marking.verdicts import UNREADABLE, VERDICTS
from autograd.sheet.library import ALIASES, CONSTANTS, LIBRARY, OF_SEVERAL

if TYPE_CHECKING:
    from autograd.document.blocks import Pointed
    from autograd.marking.report import Marking
    from autograd.marking.verdicts import Verdict
    from autograd.webpage import Page

MAX_OUTPUT = 200_000  # characters of what a program prints
PROGRAM = "program.py"  # what tracebacks call the program of the Python tab


@lru_cache(maxsize=4)
def _marking(text: str) -> Marking:
    return mark(text if "\n" in text else text + "\n")  # a text, however short, and no path


def marked(text: str) -> str:
    """Return the verdicts on a sheet with their places in the text, the names to complete, and the summary."""
    if not text.strip():
        return _json({"verdicts": [], "summary": "", "names": [], "error": ""})
    try:
        marking = _marking(text)
    except ChalkgradError as error:
        return _json({"verdicts": [], "summary": "", "names": [], "error": str(error)})
    pointed = [verdict for verdict in marking.verdicts if verdict.is_first_mistake or verdict.word == UNREADABLE]
    remarks = dict(zip(map(id, pointed), marking.blocks))
    verdicts = [_shown(verdict, marking, remarks.get(id(verdict))) for verdict in marking.verdicts]
    summary = " · ".join(filter(None, (marking.summary(), *marking.unexplained, marking.hint)))
    return _json({"verdicts": verdicts, "summary": summary, "names": _names(marking), "error": ""})


def _shown(verdict: Verdict, marking: Marking, block: Pointed | None) -> dict[str, Any]:
    """Return a verdict for the editor; `start` and `end` count the units of its line as JavaScript does."""
    segment, row = verdict.claim.segment, VERDICTS[verdict.word]
    is_entry = row.severity > 0  # of an array: the entry that is not right, and else all of it
    line, column = segment.own_place if is_entry else segment.place
    claimed = segment.own_text if is_entry else segment.text
    lines = marking.sheet.lines
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    start = _units(written[: column - 1])
    notes = [verdict.reason] if block is None else [TextWriter().content((note,)) for note in block.remarks]
    return {
        "line": line, "start": start, "end": start + max(1, _units(claimed)),
        "claim": verdict.claim.text, "word": verdict.word, "sign": row.sign, "color": row.color,
        "severity": row.severity, "mistake": block is not None, "notes": [note for note in notes if note],
    }  # fmt: skip


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _names(marking: Marking) -> list[str]:
    """Return what may be written in the sheet: its names, and the derivatives of its output."""
    sheet = marking.sheet
    names = list(dict.fromkeys(written_name(name) for name in sheet.order))
    outputs = dict.fromkeys(map(written_name, filter(None, (sheet.loss, *sheet.differentiated(), *names[-1:]))))
    derivatives = [derivative_text(of, by) for of in outputs for by in names if by != of]
    return [name for name in dict.fromkeys((*names, *derivatives)) if " " not in name and "(" not in name]


def functions() -> str:
    """Return the functions and constants that every sheet knows."""
    return _json(sorted({*FUNCTIONS, *LIBRARY, *ALIASES, *OF_SEVERAL, *CONSTANTS}))


def page_of(text: str, title: str) -> str:
    """Return the page of a sheet, or why there is none."""
    try:
        return _json({"html": str(_page(text, title)), "error": ""})
    except ChalkgradError as error:
        return _json({"html": "", "error": str(error)})


def _page(text: str, title: str) -> Page:
    marking = _marking(text)
    if not marking.sheet.definitions:
        raise SheetError("There is no graph yet: the sheet defines no name by a formula, such as y = w*x.")
    return autograd.page(marking.sheet, title=title or None, marking=marking if marking.verdicts else None)


def saved(kind: str, text: str, title: str) -> str:
    """Return a sheet as a file of a kind, or why that cannot be made."""
    makers = {
        "page": lambda: str(_page(text, title)),
        "picture": lambda: autograd.draw(_marking(text).sheet.graph(), names=False).svg,
        "derivation.md": lambda: autograd.walkthrough(_marking(text).sheet.graph()).to_markdown(),
        "derivation.html": lambda: autograd.walkthrough(_marking(text).sheet.graph()).to_html(),
        "marking": lambda: _marking(text).to_json(),
    }
    try:
        return _json({"text": makers[kind](), "error": ""})
    except ChalkgradError as error:
        return _json({"text": "", "error": str(error)})


# -- The Python tab --------------------------------------------------------------------------------


class _Screen(io.StringIO):
    """Keeps what a program prints, up to a limit."""

    def write(self, text: str) -> int:
        if self.tell() > MAX_OUTPUT:
            raise autograd.TooLargeError(f"more than {MAX_OUTPUT:,} characters are too many to show")
        return super().write(text)


def _no_input(*_: object) -> NoReturn:
    raise autograd.InputError("nothing can be typed in here: a Stepper does what the prompt of debug does")


def run(code: str, sheet_text: str) -> str:
    """Run a program and return what it shows: `sheet` is the sheet of the editor, `display` shows in between."""
    shown: list[dict[str, str]] = []
    screen = _Screen()

    def flush() -> None:
        if screen.getvalue():
            shown.append({"kind": "text", "text": screen.getvalue()})
        screen.seek(0)
        screen.truncate()

    def display(*things: Any) -> None:
        flush()
        shown.extend(map(_view, things))

    names: dict[str, Any] = {"__name__": "__main__", "display": display}
    with contextlib.suppress(ChalkgradError):
        names["sheet"] = Sheet.parse(sheet_text, strict=False)
    linecache.cache[PROGRAM] = (len(code), None, code.splitlines(keepends=True), PROGRAM)
    typed, builtins.input = builtins.input, _no_input
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            body = ast.parse(code, PROGRAM)
            last = body.body.pop() if body.body and isinstance(body.body[-1], ast.Expr) else None
            exec(compile(body, PROGRAM, "exec"), names)  # noqa: S102 -- what the reader has typed, in a worker
            if last is not None:
                result = eval(compile(ast.Expression(last.value), PROGRAM, "eval"), names)  # noqa: S307 -- the same
                if result is not None:
                    display(result)
        flush()
    except BaseException as error:  # noqa: BLE001 -- a program may raise what it likes, SystemExit too
        flush()
        shown.append({"kind": "error", "text": _told(error)})
    finally:
        builtins.input = typed
    return _json(shown)


def _view(thing: Any) -> dict[str, str]:
    from autograd.webpage import Page  # noqa: PLC0415 -- the first marking is to come fast

    if isinstance(thing, Page):
        return {"kind": "page", "text": str(thing)}
    if hasattr(thing, "_repr_svg_"):
        return {"kind": "picture", "text": thing._repr_svg_()}
    return {"kind": "text", "text": repr(thing) + "\n"}


def _told(error: BaseException) -> str:
    """Return an error without the frames of this module and of the program's insides."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == PROGRAM]
    said = "".join(traceback.format_exception_only(error))
    where = "".join(traceback.format_list(frames))
    return f"Traceback (most recent call last):\n{where}{said}" if where else said


def versions() -> str:
    """Return which versions mark: for the foot of the page."""
    return _json({"chalkgrad": autograd.__version__, "python": sys.version.partition(" ")[0]})


def _json(thing: Any) -> str:
    return json.dumps(thing, ensure_ascii=False)
