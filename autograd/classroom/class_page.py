"""What is written for people: a page for the whole class, and a feedback file for each student."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

from autograd.classroom.gradebook import points_text
from autograd.classroom.key_items import MISSING, NOT_JUDGED, ROOT
from autograd.document.blocks import Bullets, Code, Colored, Heading, Strong, sentence, table
from autograd.document.document import Document
from autograd.document.html_writer import HtmlWriter
from autograd.formatting import terminal
from autograd.marking.verdicts import FOLLOWS, RIGHT, VERDICTS, WRONG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.classroom.gradebook import StudentRow
    from autograd.classroom.key_items import Item
    from autograd.document.blocks import Block, Content

MAX_NAMES = 12  # of students, behind a mistake that they share
MAX_MISTAKES = 40  # kinds of mistakes on the page, the most frequent first
MAX_STEM = 60  # characters of the name of a file

_SIGNS = {RIGHT: RIGHT, FOLLOWS: FOLLOWS, ROOT: WRONG}
_RESERVED = {"con", "prn", "aux", "nul", "index", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def class_page(rows: Sequence[StudentRow], items: Sequence[Item], *, anonymous: bool = False) -> Document:
    """Return the page for a class: the items that go wrong, the mistakes by their kind, and every student."""
    called = {row.number: f"no. {row.number}" if anonymous else row.student for row in rows}
    read = [row for row in rows if not row.error]
    unreadable = [row for row in rows if row.error]
    many = len(rows)
    without = sum(not row.roots and row.score[1] > 0 and row.score[0] == row.score[1] for row in read)
    blocks: list[Block] = [
        sentence(f"{many} hand-in{'s' * (many != 1)}: {without} without a mistake, {len(unreadable)} unreadable.")
    ]
    if items:
        blocks += [Heading(2, ("Items",)), _items(read, items)]
    mistakes = _mistakes(read, called, many)
    if mistakes:
        blocks += [Heading(2, ("First mistakes",)), Bullets(tuple(mistakes))]
    blocks += [Heading(2, ("Students",)), _students(rows, called)]
    if unreadable:
        blocks.append(Heading(2, ("Unreadable",)))
        blocks.append(Bullets(tuple((_without_name(row, called[row.number]),) for row in unreadable)))
    lacking = [row for row in read if row.not_in_key]
    if lacking:
        blocks += [Heading(2, ("Names that the key lacks",)), sentence(_LACKING)]
        blocks.append(Bullets(tuple((f"{called[row.number]}: ", Code(", ".join(row.not_in_key))) for row in lacking)))
    return Document(("The class",), blocks)


_LACKING = "What is claimed about them answers no item. A line alias: a = h in the key lets them stand for its names."


def _items(rows: Sequence[StudentRow], items: Sequence[Item]) -> Block:
    counts = {item: Counter(row.results[str(item)] for row in rows) for item in items}
    worst = sorted(items, key=lambda item: (-counts[item][ROOT], -counts[item][MISSING], item.line))
    words = (ROOT, FOLLOWS, MISSING, NOT_JUDGED, RIGHT)
    body = [
        (str(item.line), Code(str(item)), points_text(item.points), *(str(counts[item][word] or "") for word in words))
        for item in worst
    ]
    return table(("line", "item", "points", *words), body, "rlr" + "r" * len(words))


def _mistakes(rows: Sequence[StudentRow], called: dict[int, str], many: int) -> list[Content]:
    """Return the first mistakes, those that most students share first."""
    who: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        for about, mistake, _ in row.roots:
            numbers = who.setdefault((about, mistake), [])
            if row.number not in numbers:
                numbers.append(row.number)
    ranked = sorted(who.items(), key=lambda each: (-len(each[1]), each[0]))
    found: list[Content] = []
    for (about, mistake), numbers in ranked[:MAX_MISTAKES]:
        names = ", ".join(called[number] for number in numbers[:MAX_NAMES]) + ", …" * (len(numbers) > MAX_NAMES)
        found.append((Strong(f"{len(numbers)} of {many}"), ", ", Code(about), f": {mistake} ({names})"))
    if len(ranked) > MAX_MISTAKES:
        found.append((f"and {len(ranked) - MAX_MISTAKES} other mistakes",))
    return found


def _students(rows: Sequence[StudentRow], called: dict[int, str]) -> Block:
    body = []
    for row in rows:
        lines = list(dict.fromkeys(str(line) for _, _, line in row.roots))
        where = f"line{'s' * (len(lines) > 1)} {', '.join(lines)}" if lines else ""
        open_items = [item for item, word in row.results.items() if word == NOT_JUDGED and item not in row.comments]
        said = ["unreadable"] if row.error else [where] * bool(where)
        missing = [item for item, word in row.results.items() if word == MISSING and not row.error]
        said += [
            f"{words} {', '.join(which)}" for words, which in (("look at", open_items), ("missing", missing)) if which
        ]
        body.append((called[row.number], points_text(row.earned), points_text(row.total), "; ".join(said)))
    return table(("student", "points", "of", ""), body, "lrrl")


def _without_name(row: StudentRow, called: str) -> str:
    """Return why a hand-in cannot be read, below the name that the page has for it."""
    return f"{called}: {row.error.partition(': ')[2]}"


# -- Feedback -----------------------------------------------------------------------------------


def feedback(row: StudentRow, marking: str, form: str) -> str:
    """Return the feedback file of a student: the points of each item, and the marking as it is shown to students."""
    blocks: list[Block] = [
        Heading(1, (row.student,)),
        sentence(Strong(f"{points_text(row.earned)} of {points_text(row.total)}"), " points"),
    ]
    if row.results:
        body = [
            (Code(item), _colored(word), points_text(row.points[item]), row.comments.get(item, ""))
            for item, word in row.results.items()
        ]
        blocks.append(table(("item", "", "points", "comment"), body, "llrl"))
    if row.not_in_key:
        names = terminal.listed(row.not_in_key)
        blocks.append(sentence("Not in the key, so no item is answered by them: ", Code(names)))
    if form == "html":
        before, after = HtmlWriter().ends(row.student)
        return f"{before}{HtmlWriter().body(blocks)}\n{marking}{after}"
    return f"{Document((), blocks).to_markdown()}\n\n{marking}\n".replace("\n\n\n", "\n\n")


def _colored(word: str) -> Colored | str:
    if word not in _SIGNS:
        return word
    verdict = VERDICTS[_SIGNS[word]]
    return Colored(f"{verdict.sign} {'wrong' if word == ROOT else word}", verdict.color)


def file_names(students: Sequence[str], ending: str) -> dict[str, str]:
    """Return a file name for each student, which every system takes and no two share.

    >>> file_names(["Ada Lovelace", "CON", "a/b", "A-b"], "md")
    {'Ada Lovelace': 'Ada-Lovelace.md', 'CON': 'CON-a3dbc4b6.md', 'a/b': 'a-b-c14cddc0.md', 'A-b': 'A-b-b05dd069.md'}
    """
    stems = {student: re.sub(r"[^\w-]+", "-", student).strip("-")[:MAX_STEM] for student in students}
    count = Counter(stem.lower() for stem in stems.values())
    found = {}
    for student, plain in stems.items():
        stem = plain
        if not stem or stem.lower() in _RESERVED or count[stem.lower()] > 1 or len(stem) == MAX_STEM:
            stem += f"-{hashlib.sha256(student.encode(errors='backslashreplace')).hexdigest()[:8]}"
        found[student] = f"{stem}.{ending}"
    return found
