"""Every public name says what it is in a sentence, and shows it at work."""

import ast
import doctest
import inspect
import re
from pathlib import Path

import pytest

import autograd
import nn
from autograd.table.ops import Op

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parents[1]
PUBLIC = {f"{module.__name__}.{name}": getattr(module, name) for module in (autograd, nn) for name in module.__all__}


def is_error(thing):
    return inspect.isclass(thing) and issubclass(thing, BaseException)


def lacks(thing):
    """What the docstring of a public name lacks: "sentence", "example". The suite runs the examples."""
    text = inspect.cleandoc(thing.__doc__ or "")  # its own: an inherited one says what something else is
    lacking = []
    if not text.partition("\n\n")[0].rstrip().endswith((".", ":")):
        lacking.append("sentence")
    has_example = bool(doctest.DocTestParser().get_examples(text))
    if not (has_example or is_error(thing) or isinstance(thing, Op)):  # an error says when; a row is in the table
        lacking.append("example")
    return lacking


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_a_sentence_and_an_example(name):
    if name == "autograd.record":
        pytest.importorskip("numpy", reason="without NumPy the docstring of record has no example that is run")
    assert not lacks(PUBLIC[name])


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if inspect.isfunction(thing)])
def test_a_public_function_that_raises_says_what(name):
    function = inspect.unwrap(PUBLIC[name])
    raised = {error for error in dir(autograd.errors) if f"raise {error}(" in inspect.getsource(function)}
    assert not raised or "Raises " in inspect.getdoc(function), f"{name} raises {raised}"


RIDDLES = re.compile(r"(What|Whether|Where|How|Who|When|Why|Of|As|So|Such)\b")


def riddles(source):
    """Return the names whose docstrings begin with a question word, where a reader looks for what the thing does."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return [node.name for node in nodes if RIDDLES.match(ast.get_docstring(node) or "")]


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_a_docstring_begins_with_what_the_function_does(package):
    found = {path.name: riddles(path.read_text(encoding="utf-8")) for path in (ROOT / package).rglob("*.py")}
    assert {name: names for name, names in found.items() if names} == {}


def test_a_planted_riddle_is_seen():
    assert riddles('def f():\n    """What is passed along a link."""\n\n\nclass A:\n    """A link."""') == ["f"]


def test_a_docstring_without_a_sentence_or_an_example_would_be_noticed():
    def bare():
        pass

    def fragment():
        """a word or two"""

    def told():
        """It is told."""

    def shown():
        """It is shown.

        >>> 1 + 1
        2
        """

    assert [lacks(f) for f in (bare, fragment, told, shown)] == [["sentence", "example"]] * 2 + [["example"], []]


def test_names_that_both_packages_have_mean_the_same():
    for name in set(autograd.__all__) & set(nn.__all__):
        assert getattr(autograd, name) is getattr(nn, name)
