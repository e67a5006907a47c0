"""Run the examples of the documents and put what they show where it is shown.

    python docs/refresh.py           write the outputs and pictures anew
    python docs/refresh.py --check   say what is stale, and exit 1 if anything is

In a document, Python blocks run from top to bottom in one namespace, in a folder of their own. A
block marked `sheet` is marked, and its marking is called `marking`; under `<!-- file: NAME -->` it is
a file of that name, too. A text block under `<!-- shows: EXPRESSION -->` holds what that is, one under
`<!-- prints: chalkgrad ... -->` what the command prints. A document that begins with
`<!-- needs: MODULE -->` is left alone where that module is not installed. The pictures are those of
the demonstration's network.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

from autograd import draw, mark
from autograd.cli import main as cli
from autograd.cli.demo import network

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (shows|prints|file): ([^\n]+) -->\n)?```(\w*)\n(.*?)```", re.DOTALL)
NEEDS = re.compile(r"\A<!-- needs: (\w+) -->")


def needs(text: str) -> str | None:
    """The module that the document's examples need and that is not installed, or None."""
    wanted = NEEDS.match(text)
    return wanted[1] if wanted and importlib.util.find_spec(wanted[1]) is None else None


def refreshed(text: str) -> str:
    """The document with every shown output as it is now."""
    if needs(text):
        return text
    names: dict[str, Any] = {"__name__": "document"}

    def block(match: re.Match[str]) -> str:
        kind, what, language, body = match.groups()
        if kind == "file":
            Path(what).write_text(body, encoding="utf-8")
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(body, "<document>", "exec"), names)  # noqa: S102 -- our own documents
            names["printed"] = printed.getvalue()
        elif language == "sheet":
            names["marking"] = mark(body)
        elif kind in ("shows", "prints"):
            shown = said(what) if kind == "prints" else str(eval(what, names))  # noqa: S307 -- our own documents
            lines = "\n".join(line.rstrip() for line in shown.rstrip().splitlines())
            return f"<!-- {kind}: {what} -->\n```{language}\n{lines}\n```"
        return match[0]

    home = Path.cwd()
    with tempfile.TemporaryDirectory() as elsewhere:  # examples write their files there
        os.chdir(elsewhere)
        try:
            return BLOCK.sub(block, text)
        finally:
            os.chdir(home)


def said(command: str) -> str:
    """What a `chalkgrad` command prints."""
    program, *arguments = shlex.split(command)
    assert program == "chalkgrad", command
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        cli.main(arguments)
    return out.getvalue()


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
    made = {path: refreshed(path.read_text(encoding="utf-8")) for path in DOCUMENTS} | pictures()
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
