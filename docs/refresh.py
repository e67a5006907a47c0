"""Run the examples of the documents and put what they show where it is shown.

    python docs/refresh.py           write the outputs and pictures anew
    python docs/refresh.py --check   say what is stale, and exit 1 if anything is

In a document, Python blocks run from top to bottom in one namespace; a block marked `sheet` is
marked, and its marking is called `marking`. A text block under `<!-- shows: name -->` holds what that
name is. The pictures are those of the demonstration's network.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from autograd import draw, mark
from autograd.demo import network

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md",)
BLOCK = re.compile(r"(?:<!-- shows: (\w+) -->\n)?```(\w*)\n(.*?)```", re.DOTALL)


def refreshed(text: str) -> str:
    """The document with every shown output as it is now."""
    names: dict[str, Any] = {"__name__": "readme"}

    def block(match: re.Match[str]) -> str:
        shows, language, body = match.groups()
        if language == "python":
            exec(compile(body, "<document>", "exec"), names)  # noqa: S102 -- our own documents
        elif language == "sheet":
            names["marking"] = mark(body)
        elif shows:
            shown = names[shows]
            text = shown.text(every=False) if shows == "marking" else str(shown)
            lines = "\n".join(line.rstrip() for line in text.rstrip().splitlines())
            return f"<!-- shows: {shows} -->\n```{language}\n{lines}\n```"
        return match[0]

    home = Path.cwd()
    with tempfile.TemporaryDirectory() as elsewhere:  # examples write their files there
        os.chdir(elsewhere)
        try:
            return BLOCK.sub(block, text)
        finally:
            os.chdir(home)


def pictures() -> dict[Path, str]:
    """The pictures that documents show, as SVG."""
    net = network()
    net.loss.backward()
    folder = ROOT / "docs" / "pictures"
    return {
        folder / "paths_of_w1.svg": draw(net.loss, wrt=net.nodes["w1"]).svg,
    }


def stale() -> dict[Path, str]:
    """Every file that is not as it would be made now, with what it should hold."""
    made = {ROOT / name: refreshed((ROOT / name).read_text(encoding="utf-8")) for name in DOCUMENTS}
    made |= pictures()
    return {path: text for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text}


def main(arguments: list[str]) -> int:
    """Write or check; the number of stale files as far as a shell is concerned."""
    found = stale()
    for path, text in found.items():
        print(f"{'stale' if '--check' in arguments else 'written'}: {path.relative_to(ROOT)}")  # noqa: T201 -- a command
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return int("--check" in arguments and bool(found))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
