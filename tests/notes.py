"""Measure how lecture notes are read: members read, claims judged at A, B and C, alarms, planted errors found.

    python tests/notes.py FILE…
    python tests/notes.py FILE --plant 100
    python tests/notes.py FILE --against SHEET

With --plant, one figure or one factor of a formula is changed at random, as often as asked; what is counted is how
often the proofread note then has a first mistake that it did not have before. With --against, what is counted is how
many of the figures that a sheet claims, which somebody made by hand of the same document, are claimed in the note too,
each as often as in the sheet.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from autograd.exercises.entry_points import mark_sheet
from autograd.exercises.proofreading import NoteMarking, proofread, read_note_file
from autograd.notes.reading import format_of
from autograd.sheet.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograd.marking.verdicts import Verdict

FIGURE = re.compile(r"(?<![\d.])\d+\.\d{2,}(?![\d.])")
FACTOR = re.compile(r"(?<![A-Za-z\\{_^])[a-z]_(?:\d|\{[a-z]?\d\})(?![\w}])")


def mistakes(marking: NoteMarking) -> set[str]:
    """Return the first mistakes of a note, each by its line and the text of its claim."""
    return {f"{verdict.claim.line}:{verdict.claim.text}" for verdict in marking.first_mistakes}


def judged_spans(marking: NoteMarking) -> list[tuple[int, int]]:
    """Return where the judged members stand in the text."""
    note = marking.reading.note
    places = {verdict.claim.place for verdict in marking.every}
    return [(note.offset(place), marking.reading.ends[place]) for place in places if place in marking.reading.ends]


def changed_figure(figure: str, source: random.Random) -> str:
    """Return a figure with one digit changed, which is not the last one."""
    digits = [at for at, sign in enumerate(figure) if sign.isdigit() and (figure[:at].strip("0.") or sign != "0")]
    at = source.choice(digits[:-1] or digits)
    return figure[:at] + str((int(figure[at]) + source.randint(1, 9)) % 10) + figure[at + 1 :]


def plant(text: str, name: str, count: int, seed: int = 0) -> tuple[int, int, int, int]:
    """Return how many changed figures were found, of how many, and how many changed factors, of how many."""
    source = random.Random(seed)
    clean = proofread(text, format=format_of(name))
    before = mistakes(clean)
    spans = judged_spans(clean)
    figures = [m for start, end in spans for m in FIGURE.finditer(text, start, end)]
    factors = [m for start, end in spans for m in FACTOR.finditer(text, start, end)]
    found = [0, 0]
    tried = [0, 0]
    for turn in range(count):
        which = 1 if factors and (turn % 4 == 3 or not figures) else 0
        if not (figures, factors)[which]:
            break
        match = source.choice((figures, factors)[which])
        others = [m[0] for m in factors if m[0] != match[0]]
        if which and not others:
            continue
        new = source.choice(others) if which else changed_figure(match[0], source)
        planted = text[: match.start()] + new + text[match.end() :]
        tried[which] += 1
        is_found = bool(mistakes(proofread(planted, format=format_of(name))) - before)
        found[which] += is_found
        if not is_found and "-v" in sys.argv:
            print(clean.reading.note.address(clean.reading.note.place(match.start())), match[0], "->", new)
    return found[0], tried[0], found[1], tried[1]


def claimed_figures(verdicts: Iterable[Verdict]) -> Counter[str]:
    """Return how often each figure is claimed."""
    return Counter(f"{v.claim.number.value:g}" for v in verdicts if v.claim.number is not None)


def against(marking: NoteMarking, sheet: str) -> tuple[int, int, list[str]]:
    """Return how many of the figures of a sheet a note claims, of how many, and those that it does not."""
    wanted = claimed_figures(mark_sheet(lambda: Sheet.load(sheet)).every)
    missing = wanted - claimed_figures(marking.every)
    return wanted.total() - missing.total(), wanted.total(), sorted(missing.elements(), key=float)


def main() -> None:
    """Print the figures of each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--plant", type=int, default=0, metavar="N")
    parser.add_argument("--against", metavar="SHEET", help="a sheet of the same document, made by hand")
    parser.add_argument("-v", action="store_true", help="show what is not found")
    chosen = parser.parse_args()
    total = [0, 0, 0]
    print(f"{'members':>8} {'read':>6} {'%':>5} {'A':>5} {'B':>5} {'C':>5} {'not judged':>10} {'alarms':>7}")
    for file in chosen.files:
        marking = proofread(Path(file))
        reading = marking.reading
        share = 100 * reading.read / max(1, reading.members)
        levels = " ".join(f"{reading.levels[level]:>5}" for level in "ABC")
        alarms = len(marking.first_mistakes)
        print(
            f"{reading.members:>8} {reading.read:>6} {share:>5.1f} {levels} {len(reading.not_judged):>10}"
            f" {alarms:>7}  {file}"
        )
        total = [total[0] + reading.members, total[1] + reading.read, total[2] + alarms]
        if chosen.against:
            got, wanted, missing = against(marking, chosen.against)
            print(f"{got} of the {wanted} figures of {chosen.against} ({100 * got / max(1, wanted):.1f} %)")
            print(*(["not claimed:", *missing] if chosen.v else []))
        if chosen.plant:
            a, b, c, d = plant(read_note_file(file), file, chosen.plant)
            print(f"planted: {a} of {b} figures and {c} of {d} factors found")
    if len(chosen.files) > 1:
        print(f"{total[0]:>8} {total[1]:>6} {100 * total[1] / max(1, total[0]):>5.1f} {'':>28} {total[2]:>7}  all")


if __name__ == "__main__":
    main()
