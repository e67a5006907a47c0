"""Records that are kept in files, so that a marking which was stopped goes on where it was.

A record is kept under a name made of all that it depends on: the hand-in, the key, the options, and the version of
chalkgrad. A change of any of these makes another name. Records are written whole, so two markings may share a folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import autograd.classroom.records as one
from autograd.errors import InputError, SheetError
from autograd.files.whole_files import read_json, write_file
from autograd.sheet.sheet import MAX_BYTES, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.classroom.hand_ins import HandIn

FORMAT, VERSION = "marked hand-in", 1


class ClassMarker:
    """Marks one hand-in after the other with one key and one set of options; a folder keeps the records."""

    def __init__(
        self, options: one.Options, folder: Path | None = None, typed: Callable[[], str] | None = None
    ) -> None:
        self.options = options
        self.typed = typed or sys.stdin.read  # what standard input has
        self.folder = folder
        self.key = None if options.key is None else Sheet.parse(options.key)

    def record(self, hand_in: HandIn) -> dict[str, Any]:
        """Return the record of a hand-in: the one that is kept, or a new one."""
        place = self.place(hand_in)
        if place is not None:
            try:
                return read_json(place, FORMAT, VERSION)
            except InputError:
                pass  # it is not there yet, or the disk lost it
        made = one.marked(hand_in, self.options, self.key, self.typed)
        if place is not None and place == self.place(hand_in):  # the file has not been changed meanwhile
            self.keep(made, place)
        return made

    def keep(self, record: dict[str, Any], place: Path) -> None:
        """Write a record to its place."""
        write_file(place, json.dumps({"format": FORMAT, "version": VERSION, **record}))

    def place(self, hand_in: HandIn) -> Path | None:
        """Return the file for the record of a hand-in; None where nothing is kept, or the hand-in cannot be read."""
        if self.folder is None:
            return None
        try:
            one.require_file(hand_in)
            with Path(hand_in.path).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except (OSError, SheetError, ValueError):
            return None
        return self.folder / f"{self._digest(hand_in, content)}.json"

    def _digest(self, hand_in: HandIn, content: bytes) -> str:
        import hashlib  # noqa: PLC0415 -- only what is kept has a name

        depends_on = json.dumps([VERSION, self.options, hand_in.path, hand_in.student])
        return hashlib.sha256(hashlib.sha256(content).digest() + depends_on.encode()).hexdigest()[:40]
