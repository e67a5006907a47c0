"""The hand-ins of a class: which files of the folders, patterns and names that somebody gives are marked.

A *hand-in* is one file. Of a folder it is every file that is not hidden, whatever it holds: one that is no sheet gets a
row that says so, because a student who handed in a picture is not to be left out in silence.
"""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from autograd.errors import InputError
from autograd.formatting import escapes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

OF_THE_SYSTEM = ("thumbs.db", "desktop.ini")  # files that Windows writes into folders
STANDARD_INPUT = "-"


class HandIn(NamedTuple):
    """A file to mark: its path, the name of the student, and whether it was named itself, and not by its folder."""

    path: str
    student: str
    is_named: bool = True

    @property
    def shown(self) -> str:
        """Return the path as it is shown."""
        return "standard input" if self.path == STANDARD_INPUT else escapes.plain(self.path)


def gathered(given: Sequence[str], without: Collection[str | Path] = ()) -> list[HandIn]:
    """Return the hand-ins of files, folders and patterns, each once, those of a folder in the order of their names.

    `without` are files that belong to the marking, such as the key, and folders that it writes.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("ben.sheet", "ada.sheet", "key.sheet", ".hidden"):
    ...     _ = (folder / name).write_text("x = 1")
    >>> [hand_in.student for hand_in in gathered([str(folder)], without=[folder / "key.sheet"])]
    ['ada', 'ben']

    Raises InputError for a folder without files, and a pattern without matches.
    """
    apart = {_place(path) for path in without}
    found: dict[str, HandIn] = {}
    for each in given:
        for hand_in in _of(each, apart):
            found.setdefault(hand_in.path, hand_in)
    return _told_apart(found.values())


def is_class(given: Sequence[str]) -> bool:
    """Return whether a folder or a pattern is given, and not only the names of files."""
    return any(Path(each).is_dir() or _is_pattern(each) for each in given if each != STANDARD_INPUT)


def _of(given: str, apart: Collection[str]) -> Iterator[HandIn]:
    path = Path(given)
    if given != STANDARD_INPUT and path.is_dir():
        files = [file for file in _files(path) if _place(file) not in apart and not _is_below(file, apart)]
        if not files:
            raise InputError(f"{escapes.plain(given)}: this folder has no files to mark")
        for file in files:
            yield HandIn(str(file), file.relative_to(path).with_suffix("").as_posix(), is_named=False)
    elif given != STANDARD_INPUT and _is_pattern(given):
        matches = [match for match in sorted(glob.glob(given, recursive=True)) if not Path(match).is_dir()]  # noqa: PTH207 -- the pattern may be absolute
        if not matches:
            raise InputError(f"{escapes.plain(given)}: no file has such a name")
        for match in matches:
            if _place(match) not in apart and not _is_below(Path(match), apart):
                yield HandIn(match, Path(match).stem, is_named=False)
    else:
        yield HandIn(given, path.stem or given)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder; links to folders, which may lead back to it, are not followed."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name.lower() not in OF_THE_SYSTEM:
                yield Path(place) / name


def _is_pattern(given: str) -> bool:
    return glob.has_magic(given) and not os.path.lexists(given)


def _place(path: str | Path) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100 -- resolve() fails on a link to itself


def _is_below(path: Path, apart: Collection[str]) -> bool:
    return any(_place(folder) in apart for folder in path.parents)


def _told_apart(hand_ins: Iterable[HandIn]) -> list[HandIn]:
    """Return the hand-ins with the whole path in place of a student's name that two of them have."""
    hand_ins = list(hand_ins)
    count: dict[str, int] = {}
    for hand_in in hand_ins:
        count[hand_in.student] = count.get(hand_in.student, 0) + 1
    return [
        each if count[each.student] == 1 else each._replace(student=Path(each.path).as_posix()) for each in hand_ins
    ]
