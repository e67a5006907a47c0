"""The files that a marking of a class writes: marks as CSV, feedback for each student, and a page for the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.classroom.gradebook import StudentRow, as_csv, read_corrections, student_row
from autograd.errors import OutputError
from autograd.files.whole_files import write_file
from autograd.formatting import escapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from autograd.classroom.hand_ins import HandIn
    from autograd.classroom.key_items import Item

CORRECTIONS = "corrections.csv"  # beside the marks, where nothing else is said
KEPT = ".chalkgrad"  # the folder of the records, beside the other files


class Places(NamedTuple):
    """The places of the marks, the folder of pages and the corrections; None for what is not wanted."""

    csv: Path | None
    pages: Path | None
    corrections: Path | None

    @property
    def any(self) -> bool:
        """Return whether files are written."""
        return self.csv is not None or self.pages is not None

    @property
    def folder(self) -> Path | None:
        """Return the folder in which the corrections and the records are; None where no files are written."""
        return self.pages or (self.csv.parent if self.csv else None)

    @property
    def kept(self) -> Path | None:
        """Return the folder of the records."""
        return self.folder and self.folder / KEPT

    @property
    def apart(self) -> list[Path]:
        """Return what is no hand-in, wherever it is."""
        return [path for path in (*self, self.corrections_file()) if path is not None]

    def corrections_file(self) -> Path | None:
        """Return the file of the corrections: the one that is named, or the one beside the marks."""
        if self.corrections or not self.any:
            return self.corrections
        beside = [place / CORRECTIONS for place in (self.csv and self.csv.parent, self.pages) if place]
        return next((path for path in beside if path.exists()), None)


class ClassReport:
    """Takes the records of a class one by one and writes their files; of each record only a row of figures is held.

    Raises OutputError, before anything is marked, for a folder that is not there or cannot be made, InputError for
    corrections that cannot be used.
    """

    def __init__(
        self, places: Places, items: Sequence[Item], hand_ins: Sequence[HandIn], ending: str, *, anonymous: bool = False
    ) -> None:
        self.places, self.items, self.ending, self.anonymous = places, items, ending, anonymous
        students = [hand_in.student for hand_in in hand_ins]
        self.names: Mapping[str, str] = {}
        if places.pages:
            from autograd.classroom.class_page import file_names  # noqa: PLC0415 -- one sheet needs no page

            self.names = file_names(students, ending)
        self.rows: list[StudentRow] = []
        corrections = places.corrections_file()
        self.corrections = read_corrections(corrections, items, students) if corrections else {}
        if places.csv and not places.csv.parent.is_dir():
            raise OutputError(f"{escapes.plain(str(places.csv.parent))}: there is no such folder")
        if places.kept:
            places.kept.mkdir(parents=True, exist_ok=True)

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one more record, and write the feedback file."""
        row = student_row(record, len(self.rows) + 1, self.items, self.corrections)
        self.rows.append(row)
        if self.places.pages:
            from autograd.classroom.class_page import feedback  # noqa: PLC0415 -- the same

            text = feedback(row, record["feedback"], self.ending)
            write_file(self.places.pages / self.names[row.student], text)

    def finish(self) -> Iterator[Path]:
        """Write what is about the whole class, and yield the path of each file."""
        if self.places.csv:
            text = as_csv(self.rows, self.items)
            yield write_file(self.places.csv, text if text.isascii() else f"\ufeff{text}")  # so that Excel reads UTF-8
        if self.places.pages:
            from autograd.classroom.class_page import class_page  # noqa: PLC0415 -- the same

            page = class_page(self.rows, self.items, anonymous=self.anonymous)
            yield write_file(self.places.pages / "index.html", page.to_html("The class"))
