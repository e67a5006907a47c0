"""What somebody meets on the first day: the demonstration, `help`, and typical mistakes."""

import copy
import inspect
import pickle
import re

import pytest

import autograd
import nn
from autograd import (
    ArgumentError,
    NotFoundError,
    OperandError,
    SheetError,
    Value,
    check,
    draw,
    mark,
    page,
    paths,
    to_sheet,
    zero_grad,
)
from autograd.cli import demo
from autograd.document.document import Document
from autograd.errors import ChalkgradError
from autograd.formatting import terminal
from autograd.table.ops import TABLE

pytestmark = pytest.mark.portable


@pytest.mark.parametrize("package", [autograd, nn], ids=["autograd", "nn"])
def test_help_of_a_package_is_a_map_of_its_names(package):
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", package.__doc__))))
    errors = {n for n in package.__all__ if isinstance(getattr(package, n), type(ChalkgradError))}
    errors = {n for n in errors if issubclass(getattr(package, n), ChalkgradError)}
    assert set(package.__all__) - errors - told == set()
    assert {name for name in told if not hasattr(package, name)} <= {"backward", "grad", "help", "accuracy", "autograd"}


def test_help_of_a_method_of_a_value_says_what_it_computes():
    methods = {name for name in dir(Value) if not name.startswith("_") and callable(getattr(Value, name))} - {"read"}
    assert {"tanh", "leaky_relu", "maximum", "backward", "edges"} <= methods
    assert [name for name in sorted(methods) if not inspect.getdoc(getattr(Value, name))] == []
    assert inspect.getdoc(Value.sigmoid) == "Return σ(x) = 1/(1 + e⁻ˣ)."


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    return str(Document(demo.TITLE, demo.whole(demo.network(), tmp_path_factory.mktemp("pictures"))))


def test_the_demonstration_says_what_it_is_about_before_it_begins(shown):
    assert " ".join(shown.split()).index("a published walkthrough, called") < shown.index("what the document prints")


def test_the_demonstration_fits_a_terminal_of_80_columns(shown):
    assert [line for line in shown.splitlines() if terminal.width(line) > 80] == []


def test_the_demonstration_shows_every_gradient_and_every_weight_after_the_step(shown):
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "∂E/∂w1 +0.000188256 0.000188 ✓" in lines
    assert "∂E/∂w5 +0.0721571 0.07223 ✗ it is 0.07216" in lines
    assert "w4 0.30 → 0.299775 0.299776 ✗ it is 0.299775" in lines


def test_the_demonstration_reads_as_a_document_without_hints_of_a_prompt(shown):
    assert [word for word in ("finish writes", "go back", "takes the first step", "h lists") if word in shown] == []
    assert "step 11 of 11" in shown


def test_k_without_wrt_is_told_what_is_missing():
    x = Value(3.0, label="x")
    with pytest.raises(ArgumentError, match=r"k=2 .* give wrt, the node"):
        draw(x * x, k=2)


@pytest.mark.parametrize(
    ("refused", "read"),
    [
        ("x = 2; y = sin x² = -0.7568", "x = 2; y = sin(x²) = -0.7568"),
        ("x = 2; y = 1/4x = 0.5", "x = 2; y = (1/4)*x = 0.5"),
        ("w = 2; x = 3; y = 3 wx = 18", "w = 2; x = 3; y = 3*w*x = 18"),
        ("x = 3; y = x² = 9 so y is 9", "x = 3; y = x² = 9  # so y is 9"),
    ],
)
def test_what_the_reference_says_cannot_be_read_is_refused_and_what_it_says_instead_is_right(refused, read):
    with pytest.raises(SheetError, match=r"line 1, column \d+: "):
        mark(refused, strict=True)
    assert mark(read).ok
    assert mark(read).verdicts


# -- What was met, and is answered now -----------------------------------------------------------


def test_a_copied_or_pickled_graph_is_a_graph_of_the_same_table():
    w = Value(0.5, label="w")
    E = (w * 2 - 1) ** 2
    assert all(pickle.loads(pickle.dumps(op)) is op for op in TABLE.values())  # noqa: S301 -- our own
    for same in (copy.deepcopy(E), pickle.loads(pickle.dumps(E))):  # noqa: S301 -- our own
        assert same.op is E.op
        assert to_sheet(same)[0] == to_sheet(E)[0]
        assert check(same, {"w": "0.5"}).ok


def test_a_value_is_formatted_as_its_number():
    assert f"{Value(0.123456, label='E'):.4f}" == "0.1235"
    assert f"{Value(2.0, label='E')}" == str(Value(2.0, label="E"))


@pytest.mark.parametrize("figures", [{}, [0.1]])
def test_check_without_figures_says_what_it_wants(figures):
    with pytest.raises(ArgumentError, match="at least one figure"):
        check(Value(2.0, label="w") * 3, figures)


def test_a_figure_for_a_label_that_is_not_there_is_not_passed_over():
    with pytest.raises(NotFoundError, match="is called 'hidden'; give the node itself, or label it"):
        check(Value(2.0, label="w") * 3, {"hidden": 1.0})


def test_small_slips_are_answered():
    w = Value(2.0, label="w")
    E = w * 3
    with pytest.raises(OperandError, match="a list of Values"):
        zero_grad(w)
    with pytest.raises(ArgumentError, match="a page is HTML"):
        page(E).save("page.pdf")
    with pytest.raises(NotFoundError, match=r"did you mean w\?"):
        paths(E, "W")
