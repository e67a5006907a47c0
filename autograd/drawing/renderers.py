"""Render DOT text as a picture: the program that draws it, and the kinds of files. Only this module imports graphviz.

`graphviz-pure` comes with this package and is asked first; a system's `dot` is asked where that is
missing or fails, and for PDF, which the other cannot write. A file appears whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.errors import ArgumentError, OperandError, RenderError
from autograd.formatting import escapes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    import graphviz  # type: ignore[import-untyped] # it has no types

    Digraph: TypeAlias = graphviz.Digraph

BUNDLED, SYSTEM = "graphviz-pure", "dot"
MAX_WORK = 2000  # what a program lays out in seconds: nodes, and edges by the ranks they lead across
SECONDS = 60  # after which a program that does not answer is given up
SIGNATURES = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}  # the first bytes of a picture
TEXTS = ("dot", "gv")  # files for the text itself


def digraph(graph: Mapping[str, str], node: Mapping[str, str], edge: Mapping[str, str]) -> Digraph:
    """Return an empty graph in the DOT language, with attributes for the graph, each node and each edge.

    Raises RenderError where the package that writes that language is missing.
    """
    try:
        import graphviz  # noqa: PLC0415 -- only drawing needs it
    except ImportError:
        raise RenderError("the text in the DOT language needs the package graphviz: pip install graphviz") from None
    return graphviz.Digraph(graph_attr=graph, node_attr=node, edge_attr=edge)


def render(source: str, kind: str, dpi: float | None = None) -> bytes:
    """Return the picture that the text describes, as "svg" without a ground, "png" at so many pixels an inch, or "pdf".

    Raises RenderError if no program could draw it, saying what to install or to change.
    """
    options = ["-Gbgcolor=transparent"] if kind == "svg" else [f"-Gdpi={dpi:g}"] if kind == "png" and dpi else []
    tried = []
    for name in (SYSTEM,) if kind == "pdf" else (BUNDLED, SYSTEM):
        program = find(name)
        if program is None:
            tried.append(f"{name} was not found")
            continue
        picture, trouble = _run([program, f"-T{kind}", *options], source, SIGNATURES[kind])
        if not trouble:
            return picture
        tried.append(f"{name} {trouble}")
    advice = (
        "PDF needs Graphviz's own dot on the PATH (https://graphviz.org/download); SVG and PNG do not"
        if kind == "pdf"
        else "pip install graphviz-pure brings a program that can, as does Graphviz (https://graphviz.org/download); "
        "the text that describes the picture is in .source"
    )
    raise RenderError(f"no {kind.upper()} was drawn: {'; '.join(tried)}. {advice}")


def find(name: str) -> str | None:
    """Return the path of a program: of the bundled one beside this Python, whatever the PATH says; else on the PATH."""
    beside = shutil.which(name, path=os.pathsep.join(script_folders())) if name == BUNDLED else None
    return beside or shutil.which(name)


def script_folders() -> list[str]:
    """Return the folders in which pip puts the commands of packages, for this Python."""
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    with suppress(ValueError):  # a Python in a browser has no folders of a user
        folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    return folders


def _run(command: list[str], source: str, signature: bytes) -> tuple[bytes, str]:
    """Return the picture that the program made of the text, and what went wrong, if anything did."""
    # Files and no pipes: a program that hangs may have children, which would keep a pipe open.
    with tempfile.TemporaryFile() as text, tempfile.TemporaryFile() as picture, tempfile.TemporaryFile() as errors:
        text.write(source.encode())
        text.seek(0)
        try:
            done = subprocess.run(  # noqa: S603 -- a program found by its name, the text is no argument
                command, stdin=text, stdout=picture, stderr=errors, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return b"", f"gave no answer within {SECONDS:g} seconds (draw less of the graph with wrt, fold or depth)"
        except OSError as error:
            return b"", f"could not be started ({error.strerror})"
        picture.seek(0)
        drawn = picture.read()
        if done.returncode == 0 and drawn.startswith(signature):
            return drawn, ""
        errors.seek(0)
        lines = errors.read().decode(errors="replace").strip().splitlines()
        last = ([line for line in lines if line.startswith("Error")] or lines)[-1:]
        reason = f": {escapes.plain(last[0])[:200]}" if lines else ""
        return b"", f"failed{f' with exit status {done.returncode}' if done.returncode else ''}{reason}"


def kind_of(path: Any) -> str:
    """Return the format that the ending of a file's name asks for.

    >>> kind_of("out/graph.SVG")
    'svg'

    Raises ArgumentError for a name that asks for none, OperandError for what is no path.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise OperandError(f"a picture is written to a path such as 'graph.svg', not to {path!r}")
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in (*SIGNATURES, *TEXTS):
        endings = ".svg, .png or .pdf for a picture, .dot for its text"
        raise ArgumentError(f"{str(path)!r}: the ending says what is written: {endings}")
    return kind
