"""Derivations stand on one Graph: one order, the caller's names, and what other views say of the same graph."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from strategies import examples, recipes
from test_derivation import network, squeezed

from autograd import DomainError, NotFoundError, Value, affine, compare_orders, explain, gradients, paths, walkthrough
from autograd.engine.graph import Graph
from nn import MLP

ROOT = Path(__file__).parent.parent


@pytest.fixture
def orders(monkeypatch):
    """Return how many times the order below each output is worked out, by the label of the output."""
    counted = Counter()
    order = Value._order

    def counting(output):
        counted[output.label] += 1
        return order(output)

    monkeypatch.setattr(Value, "_order", counting)
    return counted


# -- One order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", [explain, compare_orders])
@pytest.mark.parametrize("weight", ["w1", "w5", "h1"])
def test_a_derivation_orders_the_graph_once(orders, view, weight):
    str(view(network()["E"], weight))
    assert orders == {"E": 1}


def test_a_walkthrough_orders_the_graph_once(orders):
    n = network()
    str(walkthrough(n["E"], [f"w{k}" for k in range(1, 9)], lr=0.5))
    assert orders == {"E": 1, "y": 1}  # y = σ(x) is the small graph by which the derivative of σ is found


def test_a_walkthrough_of_a_batch_orders_the_graph_once(orders):
    model = MLP(2, [3, 2, 1], activation="relu", seed=4)
    root = sum((model([Value(0.3 * k), Value(0.5 - 0.4 * k)]) - k) ** 2 for k in range(3))
    root.label = "E"
    str(walkthrough(root, model.parameters(), lr=0.1, model=model))
    assert orders == {"E": 1}


def test_a_graph_that_is_given_is_used_as_it_is(orders):
    graph = Graph(network()["E"])
    once = explain(graph, "w1", lr=0.5), compare_orders(graph, "w1"), walkthrough(graph, ["w1"])
    assert orders == {"E": 1, "y": 1}
    again = explain(graph.output, "w1", lr=0.5), compare_orders(graph.output, "w1"), walkthrough(graph.output, ["w1"])
    assert [str(view) for view in once] == [str(view) for view in again]


# -- Names from the caller ------------------------------------------------------------------------------

SCRIPT = """
from autograd import Value, compare_orders, explain
x, other = Value(3.0), Value(2.0, "given")
y = x * other
E = y * y + x
def inside():
    z = x * 2.0
    return explain(z, x)
print(explain(E, "x"), compare_orders(E, "x"), explain(E, "v1", names=False), inside(), sep="\\n-----\\n")
print([node.label for node in (x, other, y, E)])
"""


def test_unlabeled_nodes_have_the_names_of_the_callers_variables(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    environment = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, tmp_path / "script.py"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    script, comparison, plain, inside = printed.split("\n-----\n")
    assert "x = 3 enters 2 nodes: E and y." in script
    assert "∂E/∂x" in comparison
    assert "∂v4/∂v1" in plain
    assert "∂z/∂v1 = 2" in inside  # of the caller itself, not of what it can see
    assert inside.rstrip().endswith("['', 'given', '', '']")


def test_a_library_that_explains_has_no_names_to_give():
    hidden = Value(3.0)
    root = hidden * hidden
    assert "∂v2/∂v1" in str(explain(root, hidden))


# -- The same answers as other views ----------------------------------------------------------------------


@given(recipes(longest=9))
@examples(max_examples=100)
def test_derivation_and_ledger_have_the_same_gradient_and_the_same_word_on_canceling(recipe):
    nodes = recipe.build()
    root = nodes[-1]
    try:
        exact = gradients(root)
    except DomainError:
        return
    for leaf in nodes[: len(recipe.leaves)]:
        derivation, ledger = explain(root, leaf), paths(root, leaf)
        assert repr(derivation.gradient) == repr(ledger.total) == repr(exact.get(leaf, type(root.data)()))
        if ledger.count > 1 and root is not leaf:
            assert ("The paths cancel" in squeezed(str(derivation))) == ledger.cancels
            assert ("The paths cancel" in repr(ledger)) == ledger.cancels


def test_seven_less_three_does_not_cancel_in_any_view():
    w = Value(2.0, "w")
    E = 7 * w - 3 * w
    assert "cancel" not in str(explain(E, w))
    assert "cancel" not in repr(paths(E, w))
    assert "cancel" in str(explain(7 * w - 6 * w, w))


@given(recipes(names=("add", "sub", "mul", "div", "affine", "total", "sigmoid"), longest=9))
@examples(max_examples=60)
def test_the_factors_of_a_gradient_are_what_the_parts_of_the_graph_have_as_gradients(recipe):
    nodes = recipe.build()
    for leaf in nodes[: len(recipe.leaves)]:
        for factor in explain(nodes[-1], leaf).factors:
            exact = gradients(factor.end)[factor.start]
            assert factor.value == exact or exact != exact


def test_an_unknown_label_has_one_wording():
    root = network()["E"]
    said = set()
    for view in (explain, compare_orders, paths, lambda output, which: walkthrough(output, [which])):
        with pytest.raises(NotFoundError) as caught:
            view(root, "w9")
        said.add(str(caught.value))
    assert len(said) == 1


def test_the_line_about_a_changed_number_is_that_of_the_graph():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    root = affine([w], [x]).tanh()
    w.data = 0.7
    line = squeezed(Graph(root).staleness)
    assert line in squeezed(str(explain(root, w)))
    assert line in squeezed(str(compare_orders(root, x)))
