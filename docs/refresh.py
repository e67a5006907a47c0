"""Run the examples of the documents, and write what they show below them.

    python docs/refresh.py           write the outputs and pictures again
    python docs/refresh.py --check   list what is stale, and exit with 1 if anything is

The Python blocks of a document run from top to bottom in one namespace, as at a prompt, in a folder of
their own. The other blocks are marked by the comment above them:

    <!-- file: NAME -->              a file with this text, for the blocks that follow
    <!-- shows: EXPRESSION -->       what this Python expression is
    <!-- prints: chalkgrad ... -->   what this command prints
    <!-- runs: all -->               commands, one a line, that are run; `> NAME` keeps what one prints
    <!-- lines: FILE from "TEXT" to "TEXT" -->   the lines of a file of the project, the first one that
                                     begins with the first text up to the next that begins with the second

A block of the language `sheet` is marked, and its marking is called `marking`. A document that begins with
`<!-- needs: MODULE -->` is left as it is where that module is not installed. The pictures are those of the
network of `chalkgrad demo`. `docs/gallery.md` is made of the sheets in `demos/gallery`.
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
from autograd.cli.gallery import exhibits

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (shows|prints|file|lines|runs): ([^\n]+) -->\n)?```(\w*)\n(.*?)```", re.DOTALL)
SLICE = re.compile(r'(\S+) from "(.*)" to "(.*)"')
NEEDS = re.compile(r"\A<!-- needs: (\w+) -->")


def needs(text: str) -> str | None:
    """Return the module that the document's examples need and that is not installed, or None."""
    wanted = NEEDS.match(text)
    return wanted[1] if wanted and importlib.util.find_spec(wanted[1]) is None else None


def refreshed(text: str) -> str:
    """Return the document with every shown output as it is now."""
    if needs(text):
        return text
    names: dict[str, Any] = {"__name__": "__main__"}  # views show the names of its variables, as at a prompt

    def block(match: re.Match[str]) -> str:
        kind, what, language, body = match.groups()
        if kind == "file":
            Path(what).write_text(body, encoding="utf-8")
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(compile(body, "<document>", "exec"), names)  # noqa: S102 -- our own documents
            names["printed"] = output.getvalue()
        elif kind == "runs":
            run(body.splitlines())
        elif language == "sheet":
            names["marking"] = mark(body)
        elif kind in SHOWN:
            shown = SHOWN[kind](what, names)
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


def evaluated(expression: str, names: dict[str, Any]) -> str:
    """Return what an expression is in the namespace of a document."""
    return str(eval(expression, names))  # noqa: S307 -- our own documents


def printed(command: str, _names: dict[str, Any]) -> str:
    """Return what a `chalkgrad` command prints."""
    program, *arguments = shlex.split(command, comments=True)
    assert program == "chalkgrad", command
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        cli.main(arguments)
    return out.getvalue()


def run(commands: list[str]) -> None:
    """Run `chalkgrad` commands; what one prints goes to the file after its `>`."""
    for line in commands:
        command, _, file = line.partition(" > ")
        text = printed(command, {})
        if file:
            Path(file).write_text(text, encoding="utf-8")


def file_lines(which: str, _names: dict[str, Any]) -> str:
    """Return the lines of a file from the first that begins with one text to the next that begins with another."""
    wanted = SLICE.fullmatch(which)
    assert wanted, which
    path, first, last = wanted.groups()
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    start = next(index for index, line in enumerate(lines) if line.lstrip().startswith(first))
    end = next(index for index in range(start, len(lines)) if lines[index].lstrip().startswith(last))
    return "\n".join(lines[start : end + 1])


SHOWN = {"shows": evaluated, "prints": printed, "lines": file_lines}


def pictures() -> dict[Path, str]:
    """Return the pictures that documents show, as SVG."""
    net = network()
    net.loss.backward()
    folder = ROOT / "docs" / "pictures"
    return {
        folder / "paths_of_w1.svg": draw(net.loss, wrt=net.nodes["w1"]).svg,
    }


GALLERY = ROOT / "docs" / "gallery.md"
GALLERY_INTRODUCTION = """# Gallery

Fifteen derivations, ready to be marked, stepped through and changed. Each begins with a question, and answers it
with its numbers and its last comments. `chalkgrad gallery` writes them into a folder. Then, of any of them:

```sh
chalkgrad mark gallery/01_one_neuron.sheet         # is it right?
chalkgrad step gallery/01_one_neuron.sheet         # the backward pass, one step at a time
chalkgrad paths gallery/01_one_neuron.sheet w      # every path from w to the loss
chalkgrad page gallery/01_one_neuron.sheet         # one HTML page: drag a number, and all others follow
chalkgrad blank gallery/01_one_neuron.sheet        # the same sheet as an exercise
```

In the sheets of [lecture notes and textbooks](../demos/sheets/README.md) the mistakes are those of their authors.
"""


def gallery() -> str:
    """Return the document that shows every sheet of the gallery, with its question and its marking."""
    parts = [GALLERY_INTRODUCTION]
    for each in exhibits():
        command = f"chalkgrad mark {each.file} --brief"
        question = each.question[0].upper() + each.question[1:]
        sheet = f"<!-- file: {each.file} -->\n```sheet\n{each.text}```"
        marking = f"```sh\n{command}\n```\n<!-- prints: {command} -->\n```text\n```"
        parts.append(f"## {each.title}\n\n**{question}**\n\n{sheet}\n\n{marking}\n")
    return refreshed("\n".join(parts))


def stale() -> dict[Path, str]:
    """Return the files that are stale, each with what it should hold."""
    made = {path: refreshed(path.read_text(encoding="utf-8")) for path in DOCUMENTS}
    made |= pictures() | {GALLERY: gallery()}
    return {path: text for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text}


def main(arguments: list[str]) -> int:
    """Write or check the files, and return 1 if `--check` found a stale one."""
    found = stale()
    for path, text in found.items():
        print(f"{'stale' if '--check' in arguments else 'written'}: {path.relative_to(ROOT)}")  # noqa: T201 -- a command
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return int("--check" in arguments and bool(found))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
