"""The gallery: ready sheets, each with one question that it answers.

They are in `demos/gallery`, and in an installed package. The first line of each is a comment: its title and its
question.
"""

from __future__ import annotations

import shlex
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from autograd.cli.common import RIGHT, say
from autograd.files.whole_files import write_file
from autograd.formatting import escapes, terminal


class Exhibit(NamedTuple):
    """A sheet of the gallery: the name of its file, its title, its question, and all of its text."""

    file: str
    title: str
    question: str
    text: str


def exhibits() -> list[Exhibit]:
    """Return the sheets of the gallery, the easier ones first.

    >>> exhibits()[0][:3]
    ('01_one_neuron.sheet', 'One neuron', 'which way must the weight move to make the loss smaller?')
    """
    return [exhibit(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder().glob("*.sheet"))]


def exhibit(file: str, text: str) -> Exhibit:
    """Return a sheet with the title and the question of its first line.

    >>> exhibit("x.sheet", "# A square: what is its slope?")[1:3]
    ('A square', 'what is its slope?')
    """
    title, _, question = text.partition("\n")[0].removeprefix("# ").partition(": ")
    return Exhibit(file, title, question, text)


def folder() -> Path:
    """Return the folder of the gallery, in an installed package or in a checkout."""
    installed = Path(str(resources.files("autograd"))) / "sheet" / "gallery"
    return installed if installed.exists() else Path(__file__).parents[2] / "demos" / "gallery"


def main(out: Path) -> int:
    """Write every sheet into a folder, and print its file and its question; a file that is there stays as it is."""
    out.mkdir(parents=True, exist_ok=True)
    shown = exhibits()
    for each in shown:
        if not (out / each.file).exists():
            write_file(out / each.file, each.text)
    say("\n".join(terminal.table([(each.file, each.question) for each in shown], gap=2)))
    first = escapes.plain(shlex.quote(str(out / shown[0].file)))
    say(f"\nThey are in {escapes.plain(str(out))}. To begin:")
    say("\n".join(f"  chalkgrad {word} {first}" for word in ("mark", "step", "page")))
    return RIGHT
