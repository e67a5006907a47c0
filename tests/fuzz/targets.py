"""What the fuzzer is set on: everything that reads what a stranger has written, or shows it.

Each target takes a text and says by an exception that something is wrong. The project's own errors are answers,
like any other; whatever else comes out of it is a mistake of ours. Beyond that, what came out must be well formed in
its medium, and nothing of the text may have been run.
"""

from __future__ import annotations

import html
import json
import os
import re
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from xml.etree import ElementTree as ET

import markup
from markup import check_markup

import nn.normalization
import nn.saving
from autograd import (
    ChalkgradError,
    MarkingError,
    Sheet,
    Stepper,
    Value,
    affine,
    blank,
    draw,
    explain,
    mark,
    mark_code,
    paths,
    proofread,
    to_sheet,
)
from autograd.document import html_writer
from autograd.drawing import renderers
from autograd.exercises.note_page import note_page
from autograd.files.graph_files import load_graph, save_graph
from autograd.formatting import escapes
from autograd.sheet.markdown_fences import unfenced
from autograd.symbolic.notations import latex_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CORPUS = Path(__file__).parent / "corpus"

# -- Nothing is run ----------------------------------------------------------------------------------


class ExecutedError(Exception):
    """Something was run, imported, written or fetched on the way."""


_watching = _warm = False
_seen: list[str] = []
FORBIDDEN = ("exec", "compile", "import", "os.system", "os.exec", "subprocess.Popen", "socket.connect", "ctypes.dlopen")


def warm_up() -> None:
    """Try every target on something harmless, so that what is imported when it is first needed has been."""
    global _warm  # noqa: PLW0603 -- the same switch
    for target in TARGETS.values():
        with suppress(ChalkgradError):
            target.function(target.corpus[0])
    _warm = True


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _watching or event not in FORBIDDEN:
        return
    if event == "exec" and args[0].co_filename.startswith(("<autograd", "<frozen", "<string>")):
        return  # a row of our table, written out; a dataclass
    if event == "compile" and str(args[1]).startswith(("<autograd", "<unknown>")):
        return  # our table; and `ast.parse`, which makes a tree and no code
    if event == "import" or (event == "exec" and args[0].co_filename.endswith(".py")):
        return  # a module of this or of Python's library that is met for the first time
    _seen.append(f"{event} {str(args)[:80]}")


sys.addaudithook(_audit)


@contextmanager
def nothing_is_run() -> Iterator[None]:
    """ExecutedError if anything but our own table is compiled or run, or a program started."""
    global _watching  # noqa: PLW0603 -- a hook cannot be taken away, only switched
    _seen.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False
    if _seen and _warm:
        raise ExecutedError("; ".join(_seen))


# -- Sheets ------------------------------------------------------------------------------------------


def sheet(text: str) -> None:
    """A sheet: read, marked, and the marking shown in every medium."""
    with suppress(ChalkgradError), nothing_is_run():
        _mark(text)


def markdown(text: str) -> None:
    """A Markdown file with a sheet in it: outside of its fences nothing is read, and lines keep their numbers."""
    with suppress(ChalkgradError), nothing_is_run():
        lines = unfenced(text)
        assert len(lines) == len(re.split(r"\r\n|\r|\n", text))
        _mark(text)


def note(text: str) -> None:
    """A lecture note in each format: read, marked, and the marking shown in every medium."""
    with suppress(ChalkgradError), nothing_is_run():
        marking = proofread(text + "\n$", format=("markdown", "tex", "html", "notebook")[len(text) % 4])
        for shown in (str(marking), marking.understood(), marking.annotated(), *marking.honesty(unread=True)):
            fit_for_a_terminal(shown)
        assert marking.annotations().count("\n") < max(1, len(marking.first_mistakes))
        json.loads(marking.to_json(), parse_constant=_no_constant)
        tags_are_known(note_page([marking]), markup.DOCUMENT)


def _mark(text: str) -> None:
    Sheet.parse(text)
    try:
        marking = mark(text if "\n" in text else text + "\n")  # one line might be a path
    except MarkingError as error:
        raise AssertionError(error) from error.__cause__
    blank(text)
    for shown in (str(marking), marking.summary()):
        fit_for_a_terminal(str(shown))
    tags_are_known(marking.to_html(), markup.DOCUMENT)
    fit_for_a_terminal(marking.to_markdown())
    fit_for_a_terminal(marking.to_json())
    json.loads(marking.to_json(), parse_constant=_no_constant)


def array_code(text: str) -> None:
    """NumPy and PyTorch code, as a file and as the cell of a notebook: marked, and shown in every medium."""
    cells = json.dumps({"cells": [{"cell_type": "code", "source": text}], "nbformat": 4, "metadata": {}})
    for source in (text, cells):
        with suppress(ChalkgradError), nothing_is_run():
            try:
                marking = mark_code(source)
            except MarkingError as error:
                raise AssertionError(error) from error.__cause__
            fit_for_a_terminal(str(marking))
            tags_are_known(marking.to_html(), markup.DOCUMENT)
            json.loads(marking.to_json(), parse_constant=_no_constant)
            json.loads(marking.to_notebook(), parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


# -- Files -------------------------------------------------------------------------------------------

_folder = Path(tempfile.mkdtemp(prefix="chalkgrad-fuzz-"))


def graph_file(text: str) -> None:
    """A graph in a file: what is read can be shown, differentiated and written, and reads back as it was."""
    path = _folder / f"{os.getpid()}.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    try:
        with suppress(ChalkgradError), nothing_is_run():
            found = load_graph(path)
            for root in found if isinstance(found, list) else [found]:
                fit_for_a_terminal(repr(root))
                with suppress(ChalkgradError):
                    root.backward()
                save_graph(root, path)
                again = load_graph(path)
                assert repr(again) == repr(root), f"{again!r} was {root!r}"
    finally:
        path.unlink(missing_ok=True)


def model_file(text: str) -> None:
    """A model in a file: what is read computes, and reads back as it was; another model takes it or not."""
    path = _folder / f"{os.getpid()}.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    try:
        with suppress(ChalkgradError, UserWarning), nothing_is_run():
            nn.saving.load_into(nn.normalization.BatchNorm(1), path)
        with suppress(ChalkgradError), nothing_is_run():
            model = nn.saving.load(path)
            fit_for_a_terminal(repr(model))
            numbers = [parameter.data for parameter in model.parameters()]
            again = nn.saving.load(nn.saving.save(model, path))
            assert repr([parameter.data for parameter in again.parameters()]) == repr(numbers)
            model([0.5] * getattr(model, "inputs", 2))
    finally:
        path.unlink(missing_ok=True)


# -- Labels ------------------------------------------------------------------------------------------


def labelled(label: str) -> tuple[Value, Value]:
    """A small graph in which a stranger's label stands everywhere that one can."""
    x, w, b = Value(0.5, label), Value(-2.0, "w" + label), Value(0.25)
    z = affine([w, w], [x, 3.0], b)
    z.label = label + "[1,2]"
    E = (z.tanh() - x) ** 2
    E.label = "E_" + label
    return E, x


def label(text: str) -> None:
    """A label, in every view that is text."""
    with nothing_is_run(), patch.object(html_writer, "drawn", return_value=None):  # pictures are another target
        E, x = labelled(text)
        E.backward()
        fit_for_a_terminal(escapes.plain(text), lines=1)
        for shown in (repr(x), str(paths(E, x)), repr(paths(E, x)), repr(draw(E)), to_sheet(E)[0]):
            fit_for_a_terminal(shown)
        stepper = Stepper(E)
        stepper.next()
        fit_for_a_terminal(str(stepper))
        told = explain(E, x)
        fit_for_a_terminal(str(told))
        latex_words(escapes.latex_words(text))
        latex_formula(latex_name(text))
        latex_document(told.to_latex())
        markdown_words(escapes.markdown(text), text)
        fit_for_a_terminal(told.to_markdown())
        tags_are_known(told.to_html(), markup.DOCUMENT)
        Sheet.parse(to_sheet(E)[0])


def drawing(text: str) -> None:
    """A label in pictures: the text that describes them draws, and shows the label."""
    E, x = labelled(text)
    for picture in (draw(E), draw(E, wrt=x)):
        svg = renderers.render(picture.source, "svg").decode()
        root = ET.fromstring(svg)  # noqa: S314 -- our own
        kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert kinds <= markup.SVG, f"tags {kinds - markup.SVG}"
        attributes = {name for element in root.iter() for name in element.attrib}
        assert not any(name.startswith("on") for name in attributes), attributes
        told = " ".join(root.itertext()).replace("\u00a0", " ")
        first = escapes.plain(text).strip()[:8]
        assert first in told or not first, f"{first!r} is not in the picture"


# -- What is well formed -----------------------------------------------------------------------------

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PAINTED = re.compile(r"\x1b\[\d*m")


def fit_for_a_terminal(text: str, lines: int | None = None) -> None:
    """No sign that a terminal obeys, and text that can be written as UTF-8."""
    found = _CONTROL.search(text)
    assert found is None, f"{found[0]!r} in {text[max(0, found.start() - 20) : found.end() + 20]!r}"
    text.encode()
    assert lines is None or len(text.splitlines() or [""]) == lines


def tags_are_known(page: str, tags: set[str]) -> None:
    """HTML with our own tags, every one closed, without scripts or handlers."""
    fit_for_a_terminal("".join(check_markup(page, tags).words))


_ESCAPED = re.compile(r"\\(?:[a-zA-Z]+(?:\{\})?|[{}$&#%_ \\,;!:|^`'=.\"~-])")


def latex_words(words: str) -> None:
    """Words without any sign that LaTeX obeys."""
    rest = _ESCAPED.sub("", words)
    assert not re.search(r"[\\{}$&#%_^~]", rest), f"{rest!r} is left of {words!r}"


def latex_formula(formula: str) -> None:
    """A formula whose brackets close, and in which nothing ends it or calls for a file."""
    rest = _ESCAPED.sub("", formula)
    depth = 0
    for sign in rest:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0, f"a bracket too many in {formula!r}"
    assert depth == 0, f"a bracket is open in {formula!r}"
    assert not re.search(r"[\\$&#%~]", rest), f"{rest!r} is left of {formula!r}"
    assert not re.search(r"[_^](?!\{)", rest), f"{rest!r} is left of {formula!r}"


def latex_document(document: str) -> None:
    """One document: begun once, ended once, with its brackets closed and no file asked for."""
    assert document.count(r"\begin{document}") == document.count(r"\end{document}") == 1
    body = document.partition(r"\begin{document}")[2]
    assert not re.search(r"\\(?:input|include|write|openout|immediate|catcode|csname|def|read)(?![a-zA-Z])", body)
    fit_for_a_terminal(document)
    depth = 0
    for sign in re.sub(r"\\[\\{}$&#%_]", "", body):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0, "a bracket too many"
    assert depth == 0, "a bracket is open"


def markdown_words(words: str, text: str) -> None:
    """Words in which Markdown finds nothing of its own, and that are the text again when the escapes are taken off."""
    assert not re.search(r"[`*_\[\]<>|$~\\]", re.sub(r"\\[`*_{}\[\]#]", "", words)), words
    assert html.unescape(re.sub(r"\\([`*_{}\[\]#])", r"\1", words)) == escapes.plain(text)


# -- All of them -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """A function to try, the files whose lines count, the words of its language."""

    function: Callable[[str], None]
    watched: tuple[str, ...]
    words: str

    @property
    def corpus(self) -> list[str]:
        """Its inputs in the repository, in order of their names."""
        return [file.read_bytes().decode(errors="surrogatepass") for file in self.files()]

    def files(self) -> list[Path]:
        """Where they are."""
        return sorted((CORPUS / self.function.__name__).glob("*.txt"))


_SHEET = (
    "loss: E;x = 0.5;dE/dx;∂E/∂w;dE_dw = 2*x;dx;sum(;for i in 1..3:; x[i]; k in 1..2;sigmoid(;σ'(z);f(z) = z^2;"
    "tanh(x)^2;**;√;½;= ?;1.5×10⁻⁴;w₁;(o - t)**2 / 2;# note;w_new = w - η*dE/dw;exp(;log(;maximum(x, 0);math.exp("
)
_CODE = (
    "import numpy as np;x = np.random.randn(4, 3);w = np.ones((3, 2));loss = (x @ w).sum();dw = x.T @ dy;dx[mask] = 0;"
    ".sum(0, keepdims=True);[range(n), y];for t in range(3):; dh += 1;def f_backward(dout, cache):; return dx, dw;"
    "lambda: 0;np.maximum(0, x);np.zeros_like(x);while True:;10**9;.reshape(-1);x.__class__;exec(;with torch.no_grad():"
)
_JSON = (
    '"format": "chalkgrad-graph";"version": 1;"scopes": [];"nodes": [;[null, 3.0, null, [], []];["mul", 9.0, null, '
    '[0, 0], [3.0, 3.0]];"roots": 0;"stale": [];{"label": "x"};{"scope": 0};["neuron", "n", null];"1/3";"nan";"-inf";'
    '["pow", 8.0, 1.0, [0, [3]], [12.0]];["affine", 1.0, null, [0, [1], [2]], [1.0]];1e400;-1;"origin": ["a.py", 1]'
)
_MODEL = (
    '"format": "chalkgrad-model";"version": 1;"model": {;"kind": "MLP";"kind": "Layer";"kind": "Neuron";"inputs": 2;'
    '"layers": [;"neurons": 3;"activation": "relu";"activation": ["leaky_relu", 0.1];"bias": "own";"bias": "shared";'
    '"parameters": [;["layers[0].neurons[0].w[0]", 0.15, "w"];"1/3";"nan";null;1e400;"kind": "MatrixMLP";"layout"'
    ';"version": 2;"tied": {"layers[1].neurons[0].w[0]": "layers[0].neurons[0].w[0]"};'
    '"buffers": [["running_mean", [0.5]]]'
)
_NOTE = (
    "$;$$;\\frac{1}{2};\\frac{\\partial E}{\\partial w_1};\\sigma(z);e^{-x};= 0.51;\\begin{align};\\end{align};\\\\;&;"
    "w_1^{new};\\begin{bmatrix} 1 & 2 \\end{bmatrix};^T;\\odot;\\sum_{i=1}^{n};x_i;\\text{net}_{h1};\\approx;\\a;₁;ᵀ;"
    "| Step | Value |\n|---|---|\n;| $x$ | $2$ |;# Example;<!-- chalkgrad: x = 2 -->;% chalkgrad: x = 2;\\left(;"
    "\\newcommand{\\a}{\\a\\a};\\right);\\nabla E(w);∂E/∂w"
)
_LABEL = "w1;δ_o;net_h1;w1[2,3];[;];x_{1};a|b;\\frac;\\;<b>;&amp;;x'y;two words;e;_;__;^2;#1;%;E;σ"

TARGETS = {
    "sheet": Target(sheet, ("/sheet/", "/marking/"), _SHEET),
    "markdown": Target(markdown, ("/sheet/", "/marking/"), _SHEET + ";```sheet;```;~~~ sheet;~~~;````;# Title;\n"),
    "note": Target(note, ("/notes/", "proofreading.py"), _NOTE),
    "array_code": Target(array_code, ("/array_code/", "/marking/array_lines", "/marking/code_mistakes"), _CODE),
    "graph_file": Target(graph_file, ("storing.py", "files.py"), _JSON),
    "model_file": Target(model_file, ("nn/saving.py", "nn/architecture.py", "files.py"), _MODEL),
    "label": Target(label, ("look.py", "/derivation/", "/stepper/", "ledger.py", "columns.py", "export.py"), _LABEL),
    "drawing": Target(drawing, ("look.py", "/drawing/"), _LABEL),
}
