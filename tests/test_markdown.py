"""Whatever the labels are, the Markdown of every view has no tag, no link and no picture but our own."""

import pytest
from hypothesis import given
from markup import check_markdown
from strategies import HOSTILE, examples, hostile_labels

from autograd import Stepper, Value, affine, compare_orders, explain, gradcheck, mark, paths, walkthrough
from autograd.document.blocks import Bullets, Lines, Paragraph, Picture, Pointed, Strong, sentence, table
from autograd.document.document import Document
from autograd.document.writers import MarkdownWriter
from nn import MLP, half_squared_error
from nn.training.history import Epoch, History


def graph(label):
    """A small graph in which the label stands everywhere that one can, with two paths from the first leaf."""
    x, w, b = Value(0.5, label), Value(-2.0, "w" + label), Value(0.25, f"b[{label}]")
    z = affine([w, w], [x, 3.0], b)
    z.label = label + "[1,2]"
    E = (z.tanh() - x) ** 2
    E.label = "E_" + label
    E.backward()
    return E, x


def network(label):
    """A network whose names are the labels of its inputs and of its loss, for a walkthrough."""
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    inputs = [Value(0.5, label), Value(-1.0, f"{label}2")]
    for number, weight in enumerate(model.parameters()):
        weight.label = f"{label}{number}"
    E = half_squared_error(model(inputs), Value(0.3, f"t{label}"))
    E.label = f"E{label}"
    return E


def marking(label):
    """A sheet with a mistake in a line that a stranger has written something behind."""
    return mark(f"x = 2\ny = x^2 = 5  # {' '.join(label.split())}\ndy/dx = 2*x = 4\n")


VIEWS = {
    "explain": lambda label: explain(*graph(label)),
    "compare_orders": lambda label: compare_orders(*graph(label)),
    "walkthrough": lambda label: walkthrough(network(label)),
    "walkthrough of a graph": lambda label: walkthrough(graph(label)[0]),
    "paths": lambda label: paths(*graph(label)),
    "stepper": lambda label: Stepper(graph(label)[0]).next(2).watch(f"w{label}"),
    "gradcheck": lambda label: gradcheck(lambda at: at[label] ** 2 + abs(at[label]), {label: 0.0}),
    "marking": marking,
    "history": lambda label: History([Epoch(1, 1 / 3, 0.1), Epoch(2, 2 / 7, 0.1)]),  # noqa: ARG005 -- it shows none
}


@pytest.mark.parametrize("name", VIEWS)
@examples(max_examples=25)
@given(label=hostile_labels)
def test_a_label_is_text_in_the_markdown_of_every_view(name, label):
    view = VIEWS[name](label)
    check_markdown(view.to_markdown(), dollars=False)
    check_markdown(view.to_markdown(dollars=True), dollars=True)


@pytest.mark.parametrize("label", HOSTILE, ids=ascii)
def test_each_hostile_label_is_text_alone(label):
    for name in ("explain", "paths", "stepper"):
        view = VIEWS[name](label)
        check_markdown(view.to_markdown(), dollars=False)
        check_markdown(view.to_markdown(dollars=True), dollars=True)


@examples(max_examples=25)
@given(label=hostile_labels)
def test_words_are_text_in_every_block_of_markdown(label):
    pointed = Pointed((label,), label, label, label, (label, label), "red")
    named = Picture("p", label, None, text=label)
    blocks = [sentence(label), Paragraph((Strong(label),)), Lines(((label,), (label,))), pointed, named]
    blocks += [table((label, "b"), [(label, label)], "lr"), Bullets(((label,), (label,)))]
    for dollars in (False, True):
        check_markdown(Document((label,), blocks).to_markdown(dollars=dollars), dollars=dollars)


@pytest.mark.parametrize("begins", ["- x", "+ x", "1. x", "12) x", "===", "---"])
def test_no_line_of_words_begins_a_list_or_makes_the_line_above_a_heading(begins):
    blocks = [sentence(begins), Lines((("one",), (begins,))), Bullets(((begins,),))]
    blocks += [Pointed(("here",), "", begins, "", (begins,), "red")]
    written = MarkdownWriter().write(blocks)
    begun = [line.lstrip() for line in written.splitlines()]
    assert not [line for line in begun if line.startswith(begins)]
    assert not [line for line in begun if line.startswith(f"- {begins}")]


def test_the_address_of_a_picture_is_one_address(tmp_path):
    picture = Picture("p", "a graph", None)
    for address in ("a b.svg", "a).svg", "a<b>.svg", "x.svg) ![y](https://example.org/y.png"):
        written = MarkdownWriter(pictures={"p": address}).write([picture])
        assert written.count("(") == written.count(")") == written.count("[") == 1
        assert " " not in written.removeprefix("![a graph]")
        assert not set("<>") & set(written)
    saved = Document((), [Picture("p", "a graph", Drawn())]).save(tmp_path / "my report (1).md")
    (drawn,) = tmp_path.glob("*.svg")
    assert f"({drawn.name})" in saved.read_text(encoding="utf-8")


class Drawn:
    """A picture that needs no program."""

    def _repr_svg_(self):
        return "<svg/>"

    def render(self, path):
        path.write_text("<svg/>", encoding="utf-8")
