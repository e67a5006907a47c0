"""The command `mark` for sheets: one, several, or a whole class with marks, feedback and a page."""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import __version__
from autograd.classroom.class_report import ClassReport, Places
from autograd.classroom.hand_ins import STANDARD_INPUT, gathered, is_class
from autograd.classroom.key_items import key_items
from autograd.classroom.marking_run import marked_class, usual_jobs
from autograd.classroom.records import MAX_LINES, Options, joints, placed
from autograd.cli.common import (
    FAILED,
    MISTAKES,
    NOTHING,
    RIGHT,
    WORST_FIRST,
    complain,
    in_color,
    in_file,
    read_sheet,
    say,
    text_of,
)
from autograd.errors import ArgumentError
from autograd.formatting import escapes, streams, terminal
from autograd.marking.report import MIN_WIDTH, terminal_width

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, Sequence

    from autograd.classroom.hand_ins import HandIn


def mark_sheets(chosen: Namespace) -> int:
    """Mark each file; one that cannot be read does not keep the others from being marked."""
    places = Places(*(path and Path(path) for path in (chosen.csv, chosen.html, chosen.corrections)))
    key = read_sheet(chosen.key) if chosen.key else None
    hand_ins = gathered(chosen.files, without=[*([chosen.key] if chosen.key else []), *places.apart])
    with in_file(chosen.key or ""):
        items = key_items(key) if key and places.any else []
    report = ClassReport(places, items, hand_ins, chosen.feedback, anonymous=chosen.anonymous)
    form = chosen.format or ("none" if places.any else "text")
    statuses: list[int] = []
    shorts: list[list[str]] = []
    many = len(hand_ins) > 1 or is_class(chosen.files)
    before, between, after = joints(form, _title(hand_ins), many=many)
    jobs = _jobs(chosen.jobs, hand_ins)
    watched = many and not (form != "none" and streams.is_terminal(sys.stdout))
    typed = partial(text_of, STANDARD_INPUT)
    with closing(
        marked_class(hand_ins, _options(chosen, form), places.kept, jobs, typed=typed, shown=watched)
    ) as records:
        try:
            for record in records:
                if record["error"]:
                    complain(record["error"])
                if form == "text":
                    _say_marked(record, many=many)
                elif form != "none":
                    say((between if statuses else before) + placed(record["shown"], form, many=many), end="")
                statuses.append(record["status"])
                shorts.append([record["name"], *record["short"]])
                report.add(record)
        except KeyboardInterrupt:
            if many:
                goes_on = "the same command goes on from there" if places.kept else "--csv or --html would keep them"
                complain(f"stopped after {len(statuses)} of {len(hand_ins)} hand-ins; {goes_on}")
            raise
    if form in ("text", "none"):
        if many:
            say("\n".join([*terminal.table(shorts), "", _counted(statuses)]))
    else:
        say(after)
    for path in report.finish():
        if form in ("text", "none"):
            say(f"wrote {escapes.plain(str(path))}")
    return min(statuses, key=WORST_FIRST.index)


def _options(chosen: Namespace, form: str) -> Options:
    """Return how hand-ins are marked and shown."""
    return Options(
        key=text_of(chosen.key) if chosen.key else None,
        format=form,
        reveal=chosen.reveal,
        strict=chosen.strict,
        brief=chosen.brief,
        blank_ok=chosen.blank_ok,
        color=in_color(chosen.color),
        columns=max(MIN_WIDTH, terminal_width()),
        feedback=chosen.feedback if chosen.html else "",
        version=__version__,
    )


def _jobs(given: int | None, hand_ins: Sequence[HandIn]) -> int:
    """Return how many processes mark; what is a pipe, or standard input, can be read in this one only."""
    if given is not None and given < 1:
        raise ArgumentError(f"--jobs is a number from 1 on, not {given}")
    if any(each.is_named and not Path(each.path).is_file() for each in hand_ins):
        return 1
    return min(usual_jobs(hand_ins) if given is None else given, len(hand_ins))


def _title(hand_ins: Sequence[HandIn]) -> str:
    names = ", ".join(each.shown for each in hand_ins[:MAX_LINES])
    return f"Marking of {names}" + f" and {len(hand_ins) - MAX_LINES} others" * (len(hand_ins) > MAX_LINES)


def _counted(statuses: list[int]) -> str:
    """Return in words how many sheets ended with which status."""
    said = (
        (RIGHT, "without a mistake"),
        (MISTAKES, "with mistakes"),
        (NOTHING, "with nothing answered"),
        (FAILED, "unreadable"),
    )
    counts = [f"{statuses.count(status)} {words}" for status, words in said if status in statuses]
    return f"{len(statuses)} sheet{'s' * (len(statuses) > 1)}: {', '.join(counts)}"


def _say_marked(record: Mapping[str, Any], *, many: bool) -> None:
    """One sheet's marking for the terminal, under its name where there are several."""
    if record["error"]:
        return
    if many:
        say(f"── {record['name']} ──")
    say(record["shown"])
    if many:
        say("")
    sys.stdout.flush()
