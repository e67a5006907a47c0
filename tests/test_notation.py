"""A language that formulas are written in, and a reading of a document, are whole or cannot be made."""

import pytest

from autograd.document.html_writer import HtmlReading
from autograd.document.latex_writer import LatexReading
from autograd.document.readings import MarkdownReading, Reading, TextReading
from autograd.symbolic.equations import Paper
from autograd.symbolic.notations import Latex, MathML, Text

OWN = [(Paper, name) for name in sorted(Paper.__abstractmethods__)]
OWN += [(Reading, name) for name in sorted(Reading.__abstractmethods__)]


@pytest.mark.parametrize(("whole", "missing"), OWN, ids=lambda own: getattr(own, "__name__", own))
def test_a_language_or_reading_that_lacks_a_word_cannot_be_made_and_says_which(whole, missing):
    said = {name: lambda *_: "" for name in whole.__abstractmethods__ if name != missing}
    with pytest.raises(TypeError, match=rf"abstract method '?{missing}'?"):
        type("Halting", (whole,), said)()


def test_what_a_language_must_say_for_itself():
    assert {"name", "number", "derivative", "power", "brackets", "matrix", "words"} <= Paper.__abstractmethods__
    assert {"words", "inline", "paragraph", "equations", "table", "picture"} <= Reading.__abstractmethods__


@pytest.mark.parametrize(
    "made",
    [Text, Latex, MathML, TextReading, MarkdownReading, LatexReading, HtmlReading],
    ids=lambda made: made.__name__,
)
def test_ours_are_whole(made):
    assert not made.__abstractmethods__
