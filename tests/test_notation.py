"""A notation for people, and a writer of documents, are whole or cannot be made."""

from dataclasses import MISSING, fields

import pytest

from autograd.document.html_writer import HtmlWriter
from autograd.document.latex_writer import LatexWriter
from autograd.document.writers import MarkdownWriter, TextWriter, Writer
from autograd.symbolic.equations import Chain
from autograd.symbolic.expr import Symbol
from autograd.symbolic.notations import LATEX, MATHML, PYTHON, TEXT, MathNotation
from autograd.symbolic.printer import Printer

pytestmark = pytest.mark.portable

NEEDED = {field.name for field in fields(MathNotation) if field.default is MISSING}


@pytest.mark.parametrize("missing", sorted(NEEDED))
def test_a_notation_that_lacks_a_word_cannot_be_made_and_says_which(missing):
    said = {name: getattr(TEXT, name) for name in NEEDED if name != missing}
    with pytest.raises(TypeError, match=rf"missing .* '{missing}'"):
        MathNotation(**said)


@pytest.mark.parametrize("missing", sorted(Writer.__abstractmethods__))
def test_a_writer_that_lacks_a_block_cannot_be_made_and_says_which(missing):
    said = {name: lambda *_: "" for name in Writer.__abstractmethods__ if name != missing}
    with pytest.raises(TypeError, match=rf"abstract method '?{missing}'?"):
        type("Halting", (Writer,), said)()


def test_what_a_notation_and_a_writer_must_say_for_themselves():
    assert {"spellings", "derivative", "matrix", "words", "times", "equals"} <= NEEDED
    assert {"_words", "_inline", "_paragraph", "_equations", "_table", "_picture"} <= Writer.__abstractmethods__


@pytest.mark.parametrize("writer", [TextWriter, MarkdownWriter, LatexWriter, HtmlWriter])
def test_our_writers_are_whole(writer):
    assert not writer.__abstractmethods__


def test_our_notations_differ_in_every_operation_that_programs_and_people_write_differently():
    chain = Chain(("w", "E"))
    assert [Printer(notation).write(chain) for notation in (TEXT, LATEX)] == ["w → E", r"w \to E"]
    assert Printer(MATHML).write(chain) == "<mrow><mi>w</mi><mo>→</mo><mi>E</mi></mrow>"


def test_a_program_has_no_word_for_what_stands_on_paper():
    assert Printer(PYTHON).write(Symbol("w") * 2) == "w * 2"
    with pytest.raises(TypeError, match="Chain is written on paper"):
        Printer(PYTHON).write(Chain(("w", "E")))
