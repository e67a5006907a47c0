"""The class in figures: a row for each student, a column for each item, and the corrections of the teacher."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.classroom.key_items import MISSING, earned
from autograd.errors import InputError
from autograd.formatting import escapes, suggestions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from autograd.classroom.key_items import Item

CORRECTIONS_HEAD = ("student", "item", "points", "comment")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # in a spreadsheet, which would compute or run it


class Correction(NamedTuple):
    """The points that a teacher gives for an item in place of those of the marking, and why."""

    points: float
    comment: str


class StudentRow(NamedTuple):
    """The row of one student: a result and points for each item, and what is to be said besides."""

    student: str
    number: int
    results: Mapping[str, str]
    points: Mapping[str, float]
    comments: Mapping[str, str]
    roots: tuple[tuple[str, str, int], ...]  # what each first mistake is about, the mistake, its line
    not_in_key: tuple[str, ...]
    error: str
    score: tuple[int, int]  # of claims: earned, and judged
    total: float

    @property
    def earned(self) -> float:
        """Return the points of all items, or of all claims where there is no key."""
        return sum(self.points.values()) if self.points else float(self.score[0])


def student_row(
    record: Mapping[str, Any], number: int, items: Sequence[Item], corrections: Mapping[tuple[str, str], Correction]
) -> StudentRow:
    """Return the row of a record, with the corrections of the teacher."""
    student = record["student"]
    results = {str(item): record.get("results", {}).get(str(item), MISSING) for item in items}
    mine = {item: correction for (who, item), correction in corrections.items() if who == student}
    points = earned(results, items) | {item: correction.points for item, correction in mine.items()}
    score = record.get("earned", 0), record.get("judged", 0)
    return StudentRow(
        student,
        number,
        results,
        points,
        {item: correction.comment for item, correction in mine.items() if correction.comment},
        tuple((root["about"], " — or: ".join(root["mistakes"]), root["line"]) for root in record["roots"]),
        tuple(record.get("not_in_key", ())),
        record["error"],
        score,
        sum(item.points for item in items) if items else float(score[1]),
    )


def points_text(points: float) -> str:
    """Return points as they are written: 2, or 1.5."""
    return f"{points:.10g}"


# -- CSV ----------------------------------------------------------------------------------------


def as_csv(rows: Iterable[StudentRow], items: Sequence[Item]) -> str:
    r"""Return the rows as CSV with a head; no cell can be taken for a formula by a spreadsheet.

    >>> row = StudentRow("=1+1", 1, {}, {}, {}, (), (), "", (4, 5), 5.0)
    >>> as_csv([row], []).splitlines()[1]
    "'=1+1,1,4,5,0,,"
    """
    out = io.StringIO()
    import csv  # noqa: PLC0415 -- one sheet has no table

    write = csv.writer(out, lineterminator="\r\n").writerow
    columns = [title for item in items for title in (str(item), f"{item} points")]
    write(map(_safe, ["student", "number", "points", "of", "first mistakes", *columns, "not in the key", "remark"]))
    for row in rows:
        cells = [cell for item in items for cell in (row.results[str(item)], points_text(row.points[str(item)]))]
        said = [row.error] if row.error else [f"{item}: {comment}" for item, comment in row.comments.items()]
        figures = [row.number, points_text(row.earned), points_text(row.total), len(row.roots)]
        write(
            [_safe(row.student), *figures, *map(_safe, cells), _safe(" ".join(row.not_in_key)), _safe("; ".join(said))]
        )
    return out.getvalue()


def _safe(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text or a plain number: `'` before what begins like a formula."""
    flat = " ".join(escapes.plain(cell).split())
    return f"'{flat}" if flat.startswith(_STARTS_FORMULA) and not _is_number(flat) else flat


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


# -- Corrections --------------------------------------------------------------------------------


def read_corrections(path: Path, items: Sequence[Item], students: Sequence[str]) -> dict[tuple[str, str], Correction]:
    """Return the corrections in a file `student,item,points,comment`, by student and item; the file is only read.

    Raises InputError, with the line, for a file or a row that cannot be used.
    """
    import csv  # noqa: PLC0415 -- the same

    shown = escapes.plain(str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.reader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{shown}: {getattr(error, 'strerror', None) or error}") from None
    if not table or tuple(cell.strip().lower() for cell in table[0][:3]) != CORRECTIONS_HEAD[:3]:
        raise InputError(f"{shown}, line 1: the first line is {','.join(CORRECTIONS_HEAD)}")
    names = {str(item): item for item in items}
    found: dict[tuple[str, str], Correction] = {}
    for line, row in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        student, item, points, comment = [cell.strip() for cell in [*row, "", "", "", ""][:4]]
        student = student.removeprefix("'") if student not in students else student
        for what, known in ((student, students), (item, list(names))):
            if what not in known:
                kind = "student" if known is students else "item of the key"
                meant = suggestions.meant(what, known)
                raise InputError(f"{shown}, line {line}: there is no {kind} {escapes.plain(what)!r}{meant}")
        if not _is_number(points) or float(points) < 0:
            raise InputError(f"{shown}, line {line}: {escapes.plain(points)!r} is no number of points")
        found[student, item] = Correction(float(points), escapes.plain(comment))
    return found
