"""A process that marks hand-ins: it reads one a line from standard input, and answers each with one line.

The first line says the options and the folder for the records. Of a record only its file is sent.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

from autograd.classroom.hand_ins import HandIn
from autograd.classroom.kept_records import ClassMarker
from autograd.classroom.records import Options


def main() -> None:
    """Mark until standard input ends, which it does also where the process that writes it was killed."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what else may be printed is no answer
    options, folder = json.loads(sys.stdin.readline())
    marker = ClassMarker(Options(**options), Path(folder))
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        hand_in = HandIn(*json.loads(line))
        record = marker.record(hand_in)
        place = marker.place(hand_in)
        if place is None or not place.exists():  # a hand-in that cannot be read is read again the next time
            place = Path(folder) / f"once-{secrets.token_hex(8)}.json"
            marker.keep(record, place)
        answers.write(json.dumps(str(place)) + "\n")
        answers.flush()
