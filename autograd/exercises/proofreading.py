"""`proofread` reads a lecture note as it stands and marks what it says; the answer knows the note's own places."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from autograd.document.blocks import Colored, Lines, Pointed
from autograd.errors import MarkingError, OperandError, SheetError
from autograd.exercises.entry_points import mark_sheet
from autograd.marking.report import Marking
from autograd.marking.verdicts import VERDICTS, Verdict
from autograd.notes.note_text import MAX_CHARACTERS
from autograd.notes.reading import format_of, read_note
from autograd.sheet.sheet import check_text

if TYPE_CHECKING:
    from autograd.claims.worksheet import Worksheet
    from autograd.document.blocks import Block
    from autograd.notes.outcome import NoteReading, Remark

MAX_NOTE_BYTES = 64_000_000  # of a notebook, whose pictures are not read
MAX_ASSUMED = 5


class NoteMarking(Marking):
    """The verdicts on a note: a marking that names the places of the note, and says how much of it was read.

    >>> marking = proofread("With $x = 3$, $y = x^2 = 8$.")
    >>> [(marking.address(verdict.claim.place), verdict.word) for verdict in marking.first_mistakes]
    [('1:26', 'slip')]
    >>> print(marking.honesty()[0])
    read 5 of 5 members; 0 not read, 0 not judged
    """

    def __init__(self, reading: NoteReading, sheet: Worksheet, verdicts: list[Verdict], name: str, reveal: str) -> None:
        super().__init__(sheet, verdicts, name, reveal)
        self.reading = reading

    def address(self, place: tuple[int, int]) -> str:
        """Return a place as an editor takes it: `notes.md:737:49`."""
        where = self.reading.note.address(self.reading.note.place(self.reading.note.offset(place)))  # type: ignore[arg-type] # a place is a pair
        return f"{self.name}:{where}" if self.name else where

    @property
    def hint(self) -> str:
        """A note is not asked to claim more."""
        return ""

    def summary(self) -> str:
        """Return how many claims got each verdict, and how many are judged at which level."""
        levels = ", ".join(
            f"{self.reading.levels[level]} {word}" for level, word in _LEVELS if self.reading.levels[level]
        )
        counts = [(word, sum(v.word == word for v in self.verdicts)) for word in VERDICTS]
        counted = ", ".join(f"{count} {word}" for word, count in counts if count)
        number = len(self.verdicts)
        if not number:
            return "0 claims: nothing that can be judged is claimed"
        return f"{number} claim{'s' * (number != 1)} ({levels}): {counted}"

    def honesty(self, *, unread: bool = False) -> list[str]:
        """Return how much was read and judged, and what was assumed; with `unread`, each member that was not."""
        reading = self.reading
        left = f"{len(reading.unread)} not read, {len(reading.not_judged)} not judged"
        shows = "" if unread or not (reading.unread or reading.not_judged) else ": --unread shows them"
        lines = [f"read {reading.read} of {reading.members} members; {left}{shows}"]
        lines += [f"assumed: {what}" for _, what in reading.assumed[:MAX_ASSUMED]]
        if unread:
            lines += [self._remark(remark, "not read") for remark in reading.unread]
            lines += [self._remark(remark, "not judged") for remark in reading.not_judged]
        return lines

    def _remark(self, remark: Remark, word: str) -> str:
        note = self.reading.note
        text = " ".join(note.text[remark.start : remark.end].split())
        return (
            f"{self.address(note.place(remark.start))}: {word}: {text[:50]}{'…' * (len(text) > 50)} ({remark.reason})"
        )

    @property
    def blocks(self) -> list[Block]:
        """The mistakes, a table of every claim, the summary, and how much was read."""
        *blocks, _ = super().blocks
        return [*blocks, Lines(tuple((line,) for line in [self.summary(), *self.honesty()]))]

    def _mistake(self, first: Verdict) -> Pointed:
        shown = super()._mistake(first)
        place = first.claim.place
        line = self.sheet.lines[place.line - 1].expandtabs(1)
        end = self.reading.ends.get(place, 0) - self.reading.note.offset(place)
        stop = min(len(line), place.column - 1 + max(1, end))
        color = VERDICTS[first.word].color
        return shown._replace(
            heading=(Colored(f"✗ {self.address(place)}: {first.word}", color),),
            part=line[place.column - 1 : stop],
            after=line[stop:].rstrip(),
        )

    def pointed_at(self, first: Verdict) -> Pointed:
        """Return a first mistake as it is shown: its heading, its line, and what is said of it."""
        return self._mistake(first)

    def annotations(self) -> str:
        """Return the mistakes as GitHub's annotations, a line each."""
        lines = []
        for first in self.first_mistakes:
            said = " — ".join(filter(None, [self._reason(first), *map(str, self._diagnosis(first))]))
            place = first.claim.place
            text = _escaped(f"{first.claim.text}: {said}")
            file = _escaped(self.name).replace(":", "%3A").replace(",", "%2C")
            lines.append(f"::error file={file},line={place.line},col={place.column},title={first.word}::{text}")
        return "\n".join(lines)

    def annotated(self) -> str:
        """Return the note with each mistake named below the paragraph or table in which it stands."""
        after: dict[int, list[str]] = {}
        lines = self.reading.note.lines
        for first in self.first_mistakes:
            line = first.claim.line
            while line < len(lines) and lines[line - 1].strip():
                line += 1
            said = "; ".join(filter(None, [self._reason(first), *map(str, self._diagnosis(first))]))
            after.setdefault(line, []).append(
                f"> ✗ **{first.claim.line}:{first.claim.place.column} {first.word}** `{first.claim.text}`: {said}"
            )
        body: list[str] = []
        for number, written in enumerate(lines, start=1):
            body.append(written)
            if number in after:
                body += ["", *[part for remark in after[number] for part in (remark, "")]]
        return "\n".join([f"> {self.summary()}", f"> {self.honesty()[0]}", "", *body])

    def to_json(self) -> str:
        """Return the marking as JSON, with the offsets of each claim in the text of the note, and what was not read."""
        data = json.loads(super().to_json())
        note = self.reading.note
        for claim in [*data["claims"], *data["roots"]]:
            place = note.place(0)._replace(line=claim["line"], column=claim["column"])
            start = note.offset(place)
            claim.update(start=start, end=self.reading.ends.get(place, start))
        data["members"], data["read"] = self.reading.members, self.reading.read
        for word, remarks in (("unread", self.reading.unread), ("not_judged", self.reading.not_judged)):
            data[word] = [{"start": r.start, "end": r.end, "reason": r.reason} for r in remarks]
        return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)

    def understood(self) -> str:
        """Return the sheet that was understood: what each line of the note defines and claims."""
        found = []
        for number, sheet in enumerate(self._worksheets, start=1):
            if len(self._worksheets) > 1:
                found.append(f"# example {number}")
            for event in sheet.events:
                if isinstance(event, str):
                    segment = sheet.definitions.get(event)
                    text = segment.text if segment is not None else sheet.written_givens[event].text
                    found.append((f"{event} = {text}").ljust(60) + f"  # {self._line_of(sheet, event)}".rstrip())
                else:
                    found.append(event.text.ljust(60) + f"  # {self.reading.note.address(event.place)}")
        return "\n".join(found)

    @property
    def _worksheets(self) -> list[Worksheet]:
        return [sheet for sheet in self.reading.worksheets if sheet.events]

    def _line_of(self, sheet: Worksheet, name: str) -> str:
        segment = sheet.definitions.get(name)
        return self.reading.note.address(segment.place) if segment is not None and segment.place.line else "given"


_LEVELS = (("A", "of arithmetic"), ("B", "of figures"), ("C", "of formulas"))


def proofread(
    text_or_path: str | os.PathLike[str],
    graph: str = "",
    *,
    format: str = "",  # noqa: A002 -- what it is
    reveal: str = "answer",
) -> NoteMarking:
    """Read a lecture note, given as text or as a file, and mark what it says.

    `graph` is the text of a sheet that defines what the note shows in a picture only; `format` is "markdown", "tex",
    "notebook" or "html", by default what the file's name says.

    >>> print(proofread("$w = 0.5$, $x = 3$, $y = w x = 1.6$").to_text(every=False))
    ✗ 1:32: slip
        $w = 0.5$, $x = 3$, $y = w x = 1.6$
                                       ^^^
        your w·x gives 1.5
    <BLANKLINE>
    1 claim (1 of figures): 1 slip
    read 7 of 7 members; 0 not read, 0 not judged

    Raises SheetError for a note that cannot be read as text, ArgumentError for another `reveal`.
    """
    name, text = "", text_or_path
    if isinstance(text_or_path, os.PathLike) or (isinstance(text_or_path, str) and _is_path(text_or_path)):
        name = os.fspath(text_or_path)
        text = read_note_file(name)
    if not isinstance(text, str):
        raise OperandError("proofread takes the text of a note or a path")
    check_text(text, "proofread", "give a path to read a file")
    reading = read_note(text, format or format_of(name), graph)
    verdicts: list[Verdict] = []
    for sheet in reading.worksheets:
        try:
            verdicts += _marked(sheet, reading, reveal)
        except (MarkingError, SheetError) as error:
            reading.assumed.append((0, f"one example is left out, because it can't be computed ({error})"))
    verdicts.sort(key=lambda verdict: verdict.claim.place)
    sheet = reading.worksheets[0]
    return NoteMarking(reading, sheet, verdicts, name, reveal)


def _marked(sheet: Worksheet, reading: NoteReading, reveal: str) -> list[Verdict]:
    """Return the verdicts on an example; what is in doubt is no claim if it is a mistake."""
    while True:
        marking = mark_sheet(sheet.copy, reveal=reveal)
        in_doubt = {first.claim.place for first in marking.first_mistakes} & reading.doubts.keys()
        if not in_doubt:
            return marking.every
        sheet = sheet.copy()
        sheet.claims = [claim for claim in sheet.claims if claim.place not in in_doubt]
        sheet.events = [event for event in sheet.events if isinstance(event, str) or event.place not in in_doubt]
        for place in in_doubt:
            reading.set_aside(place)


def read_note_file(path: str) -> str:
    """Return the text of a file.

    Raises SheetError for a file that cannot be read as text.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_NOTE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SheetError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > (MAX_NOTE_BYTES if path.endswith(".ipynb") else 4 * MAX_CHARACTERS):
        raise SheetError(f"{path}: {len(data):,} bytes are too large for a note")
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _is_path(given: str) -> bool:
    return (
        "\n" not in given and "$" not in given and "\\" not in given and Path(given).suffix != "" and " " not in given
    )


def _escaped(text: str) -> str:
    """Return a text as GitHub's commands take it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
