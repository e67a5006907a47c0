"""One HTML file that needs no other: the graph, its backward pass, its paths, and leaves to drag.

A page uses no network and no storage. Its content policy allows only its own script and style, by
their hashes. Markup, style and script are the files in `static`; they are put together here.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from autograd.engine.graph import Graph, as_graph
from autograd.engine.names import caller_names
from autograd.engine.value import Value
from autograd.errors import ArgumentError, OperandError
from autograd.exercises.entry_points import mark_sheet
from autograd.files.whole_files import write_file
from autograd.formatting import escapes
from autograd.sheet import Sheet
from autograd.webpage.graph_data import page_data, require_page_size
from autograd.webpage.javascript import as_json, bundle, static, table
from autograd.webpage.theme import palette

if TYPE_CHECKING:
    from os import PathLike

    from autograd.marking.report import Marking

HEIGHT = 860  # pixels of a page in a notebook


@dataclass(repr=False, eq=False)
class Page:
    """A page made by `page`: `str` is its HTML, `save` writes it, a notebook shows it in a frame.

    >>> w = Value(3.0, label="w")
    >>> str(page(w * w))[:15]
    '<!doctype html>'
    """

    html: str
    title: str

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the page to a file, whole or not at all, and return its path.

        Raises ArgumentError for an ending that is not HTML's, OutputError if it cannot be written.
        """
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise ArgumentError(f"{str(path)!r}: a page is HTML, and its file ends in .html")
        return write_file(path, self.html)

    def __str__(self) -> str:
        return self.html

    def __repr__(self) -> str:
        size = len(self.html.encode()) / 1000
        return f'Page "{escapes.plain(self.title)}", {size:.0f} kB (.save("page.html") writes it)'

    def _repr_html_(self) -> str:
        return (
            f'<iframe title="{escape(self.title)}" srcdoc="{escape(self.html)}" sandbox="allow-scripts" '
            f'width="100%" height="{HEIGHT}" style="border: 0"></iframe>'
        )


def page(
    output: Value | Graph | Sheet, *, title: str | None = None, marking: Marking | None = None, names: bool = True
) -> Page:
    """Return the page of a graph, or of a sheet with its claims marked.

    It shows the steps of the backward pass, the paths from each node, and leaves whose numbers can be
    changed: the page computes with the rows of the table, in floats. A `marking` is shown beside the
    graph; a sheet with claims is marked here. Nodes without a label get the names of the caller's
    variables, unless `names=False`.

    >>> a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    >>> y = a * b + c; y.label = "y"
    >>> made = page(y)
    >>> made.title
    'Backward through y'
    >>> print(str(made).splitlines()[0])
    <!doctype html>

    Raises TooLargeError for a graph of more nodes than can be looked at, StaleGraphError for one
    whose numbers were changed after it was computed, OperandError for what is neither, RenderError
    where nothing can lay it out.
    """
    if not isinstance(output, Sheet | Value | Graph):
        raise OperandError(f"a page is of a Value or of a Sheet, not of a {type(output).__name__}")
    sheet = output if isinstance(output, Sheet) else None
    graph = as_graph(output.graph() if isinstance(output, Sheet) else output, caller_names() if names else None)
    require_page_size(graph)
    if sheet is not None and marking is None and sheet.claims:
        marking = mark_sheet(lambda: sheet)
    held = page_data(graph, marking)
    title = title if title is not None else f"Backward through {held.output_name}"
    style, script = palette() + static("page.css"), bundle(table(held.rows))
    parts = {"policy": _policy(style, script), "title": escape(escapes.plain(title)), "style": style}
    parts |= {"data": as_json(held.data), "script": script}
    return Page(Template(static("page.html")).substitute(parts), title)


def _policy(style: str, script: str) -> str:
    """Return the content policy: this script and this style, nothing else."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
