"""Every view is a document: the same methods, the same numbers in each medium, one setting for the digits."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from markup import DOCUMENT, check_markup

from autograd import ArgumentError, Stepper, Value, compare_orders, explain, gradcheck, mark, paths, walkthrough
from autograd.document.blocks import Aside, Colored, Heading, Lines, Picture, Pointed, Strong, sentence, table
from autograd.document.document import Document
from autograd.document.html_writer import STYLE, HtmlWriter
from autograd.document.latex_writer import LatexWriter
from autograd.document.writers import MarkdownWriter, TextWriter
from autograd.formatting import figures
from nn.training.history import Epoch, History

pytestmark = pytest.mark.portable


def graph():
    """A small graph with two paths from w."""
    w, x = Value(1 / 3, "w"), Value(2 / 7, "x")
    z = w * x
    z.label = "z"
    E = z.tanh() + z * z
    E.label = "E"
    return E, w


ROOT = Path(__file__).parents[1]

VIEWS = {
    "paths": lambda: paths(*graph()),
    "stepper": lambda: Stepper(graph()[0]).next(2).watch("w"),
    "marking": lambda: mark("x = 0.7; y = x^2 = 0.59\ndy/dx = 2*x = 1.4"),
    "gradcheck": lambda: gradcheck(lambda w: abs(w).tanh(), 1 / 3),
    "history": lambda: History([Epoch(1, 1 / 3, 0.1), Epoch(2, 2 / 7, 0.1)]),
    "explain": lambda: explain(*graph()),
    "compare_orders": lambda: compare_orders(*graph()),
    "walkthrough": lambda: walkthrough(*graph()[:1]),
}
NUMBER = re.compile(r"0[.]\d{4,}")


@pytest.fixture(params=VIEWS)
def view(request):
    return VIEWS[request.param]()


def test_every_view_is_written_and_saved_by_the_same_methods(view, tmp_path):
    assert isinstance(view, Document)
    for ending, written in (("txt", str(view)), ("tex", None), ("html", view.to_html()), ("md", None)):
        if ending == "tex" and any(isinstance(block, Picture) for block in view.blocks):
            continue  # the picture beside it needs what may not be installed
        text = view.save(tmp_path / f"view.{ending}").read_text(encoding="utf-8")
        assert text == (written or text)
    with pytest.raises(ArgumentError, match=r"a document is written as .txt, .md, .tex, .html"):
        view.save(tmp_path / "view.docx")


def test_every_view_is_whole_in_each_medium(view):
    check_markup(view.to_html(), DOCUMENT)
    if (fragment := view._repr_html_()) is not None:
        assert STYLE in fragment
        check_markup(fragment, DOCUMENT)
    latex = view.to_latex()
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert "`" not in view._repr_markdown_().replace("```", "")


def test_every_number_of_the_text_is_in_every_other_medium(view):
    wanted = set(NUMBER.findall(str(view).split("\n", 1)[1]))
    for medium in (view.to_markdown(), view.to_html(), view.to_latex()):
        assert wanted <= set(NUMBER.findall(medium))


def test_one_setting_says_how_many_digits_every_view_shows(view):
    view.digits = 3
    _, shown = str(view).split("\n", 1)  # the first line of a check has its point as it was given
    digits = [len(number.removeprefix("0.").lstrip("0")) for number in NUMBER.findall(shown)]
    assert max(digits, default=0) <= 4  # a summand has one digit more
    with pytest.raises(ArgumentError, match="from 1 to 17, not 0"):
        view.digits = 0
    assert view.digits == 3


def test_every_block_is_written_in_every_medium():
    blocks = [
        Heading(2, ("a <heading>",)),
        sentence("some ", Strong("strong"), " and ", Colored("colored", "path-1"), " words & signs"),
        Lines((("one",), ("  two",))),
        table(("name", "value"), [("a", 0.5), ("b", 0.25), ("sum", 0.75)], "lr", total=True),
        Pointed((Colored("here", "red"),), "x = ", "3", " + 1", ("it is 2",), "red"),
        Aside(("beside it",), ("a < b",), "red"),
        Picture("p", "nothing", None),
    ]
    text = TextWriter().write(blocks)
    assert "    x = 3 + 1\n        ^\n    it is 2" in text
    assert "one\n  two" in text
    assert "**3**" in MarkdownWriter().write(blocks)
    assert r"\underline{3}" in LatexWriter().write(blocks)
    page = HtmlWriter().page("a title", blocks)
    assert '<span class="path-1">colored</span>' in page
    assert '<tr class="total">' in page
    assert "beside it\n    a < b" in text
    assert "> **beside it**" in MarkdownWriter().write(blocks)
    assert '<aside><p><b><span class="red">beside it</span></b>' in page
    check_markup(page, DOCUMENT)


def test_a_long_line_is_shown_around_what_it_points_at():
    pointed = Pointed(("here",), "x" * 500, "wrong", "y" * 500, (), "red")
    heading, line, carets = TextWriter().write([pointed]).split("\n")
    assert heading == "here"
    assert len(line) <= 80
    assert line[carets.index("^") : len(carets)] == "wrong"


@pytest.mark.parametrize("digits", [0, 18, 2.5, True, "6"])
def test_digits_are_a_whole_number_that_a_float_has(digits):
    with pytest.raises(ArgumentError, match="significant digits"):
        figures.checked_digits(digits)


def test_text_needs_no_writer_of_pages_and_no_page_needs_latex():
    code = """
import sys
from autograd.document.document import Document
def loaded():
    return [each for each in ("html_writer", "latex_writer") if f"autograd.document.{each}" in sys.modules]
document = Document(("By hand",), [])
print(document.to_markdown(), loaded(), document.to_html()[:9], loaded(), document.to_latex()[:9], loaded())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert re.findall(r"\[.*?\]", done.stdout) == ["[]", "['html_writer']", "['html_writer', 'latex_writer']"]
