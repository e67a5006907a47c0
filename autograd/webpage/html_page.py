"""One HTML file that needs no other: the graph, its backward pass, its paths, and leaves to drag.

A page has no network and no storage, and its content policy allows just the script and the style
that it was made with, by their hashes. The markup, the style and the script are the files in
`static`; here they are put together.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from autograd.engine.value import Value
from autograd.errors import ArgumentError, OperandError
from autograd.files.whole_files import write_file
from autograd.formatting import escapes
from autograd.marking.marker import Marker
from autograd.marking.report import Marking
from autograd.sheet import Sheet
from autograd.webpage.graph_data import contents
from autograd.webpage.javascript import as_json, bundle, static, table
from autograd.webpage.theme import palette

if TYPE_CHECKING:
    from os import PathLike

HEIGHT = 860  # pixels of a page in a notebook


class Page:
    """A page, as `page` makes it: `str` is its HTML, `save` writes it, a notebook shows it in a frame.

    >>> w = Value(3.0, label="w")
    >>> str(page(w * w))[:15]
    '<!doctype html>'
    """

    def __init__(self, html: str, title: str) -> None:
        self.html = html
        self.title = title

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the page to a file, whole or not at all, and give its path.

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


def page(root_or_sheet: Value | Sheet, *, title: str | None = None, marking: Marking | None = None) -> Page:
    """The page of a graph, or of a sheet with its claims marked.

    One step after the other of the backward pass, the paths from each node, and leaves whose
    numbers can be changed: the page computes with the rows of the table, in floats. A `marking`
    is shown beside the graph; that of a sheet which claims something is made here.

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
    if isinstance(root_or_sheet, Sheet):
        root = root_or_sheet.graph()
        if marking is None and root_or_sheet.claims:
            marking = Marking(root_or_sheet, Marker(root_or_sheet).mark())
    elif isinstance(root_or_sheet, Value):
        root = root_or_sheet
    else:
        raise OperandError(f"a page is of a Value or of a Sheet, not of a {type(root_or_sheet).__name__}")
    held = contents(root, marking)
    title = title if title is not None else f"Backward through {held.name}"
    style = palette() + static("page.css")
    script = bundle(table(held.rows))
    html = Template(static("page.html")).substitute(
        policy=_policy(style, script),
        title=escape(escapes.plain(title)),
        style=style,
        data=as_json(held.data),
        script=script,
    )
    return Page(html, title)


def _policy(style: str, script: str) -> str:
    """What the page may do: run this script and look like this, nothing else."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
