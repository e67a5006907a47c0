"""Folding: unnamed nodes are written inside of the next named one, and the gradient stays what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import EXACT, examples, fractions, recipes

from autograd import DomainError, Value, affine, total
from autograd.drawing.folding import MAX_FORMULA, fold_unnamed
from autograd.engine.graph import Graph
from autograd.engine.origins import Scope
from autograd.engine.transforms import gradients_along
from autograd.engine.undefined import Undefined
from autograd.formatting.terminal import width


def named(label, node):
    node.label = label
    return node


def formulas(output, names=None, **options):
    """The formula of each card that has one, by its name."""
    graph = Graph(output, names)
    return {graph.names[node]: fold.formula for node, fold in fold_unnamed(graph, **options).items() if fold.formula}


def recurrent(steps, *, label=True):
    h = Value(0.1, "h0")
    wh, wx, b = Value(0.5, "wh"), Value(0.3, "wx"), Value(0.1, "b")
    for step in range(1, steps + 1):
        h = (wh * h + wx * Value(0.1 * step, f"x{step}") + b).tanh()
        h.label = f"h{step}" if label else ""
    return h


def test_unnamed_nodes_are_written_in_the_next_named_one():
    assert formulas(recurrent(2)) == {"h1": "tanh(wh·h0 + wx·x1 + b)", "h2": "tanh(wh·h1 + wx·x2 + b)"}


def test_names_of_the_caller_count_as_names():
    x = Value(2.0, "x")
    inner = x.exp()
    output = named("y", inner * inner + 1)
    assert formulas(output) == {"y": "exp(x)² + 1"}
    assert formulas(output, {inner: "e"}) == {"e": "exp(x)", "y": "e² + 1"}


def test_without_names_every_step_of_a_recurrence_is_a_card():
    found = formulas(recurrent(3, label=False))
    first, second, third = found
    assert list(found.values()) == [
        "tanh(wh·h0 + wx·x1 + b)",
        f"tanh(wh·{first} + wx·x2 + b)",
        f"tanh(wh·{second} + wx·x3 + b)",
    ]
    assert third.startswith("v")


def test_softmax_is_one_formula():
    z = [Value(0.1 * k, f"z{k}") for k in range(3)]
    powers = [each.exp() for each in z]
    loss = named("L", -(powers[1] / sum(powers[1:], powers[0])).log())
    assert formulas(loss) == {"L": "−log(exp(z1)/(exp(z0) + exp(z1) + exp(z2)))"}


def test_what_several_named_nodes_use_stays_a_card():
    x = Value(2.0, "x")
    shared = x.exp()
    a, b = named("a", shared + 1), named("b", shared * 3)
    assert set(formulas(named("E", a * b)).values()) == {"exp(x)", "v1 + 1", "v1·3", "a·b"}


def test_what_is_asked_for_stays_a_card():
    x = Value(2.0, "x")
    inner = x * 3
    assert set(formulas(named("y", inner.exp()), keep=[inner]).values()) == {"x·3", "exp(v1)"}


def test_nothing_folds_out_of_its_scope():
    x = Value(2.0, "x")
    inside = (x * 3).tag("", Scope("neuron", "one"))
    assert set(formulas(named("y", inside.exp())).values()) == {"x·3", "exp(v1)"}


def test_no_formula_is_longer_than_a_card_has_room_for():
    x = Value(1.01, "x")
    squares = adds = x
    for _ in range(60):
        squares = squares * squares
    for _ in range(300):
        adds = adds + Value(1.0)
    doubles = x
    for _ in range(40):
        doubles = doubles * x + doubles
    many = total([named(f"a{k}", Value(1.0)) * 2 for k in range(50)])
    for output in (squares, adds, doubles, many, recurrent(12, label=False)):
        assert max(map(width, formulas(output).values())) <= MAX_FORMULA
        assert max(map(width, formulas(output, most=30).values())) <= 30


def test_of_a_long_sum_the_middle_is_left_out_and_it_is_not_written_inside_another():
    x = [Value(1.0, f"x{k}") for k in range(40)]
    found = formulas(named("y", affine(x[:20], x[20:]).exp()))
    assert found["y"] == "exp(v1)"
    assert "… + x19·x39" in found["v1"]


def test_the_derivative_along_an_edge_is_the_sum_over_the_paths_inside():
    x, y = Value(3.0, "x"), Value(2.0, "y")
    output = named("E", x * y * x + x)  # 2xy + 1, and x² by y
    (fold,) = (fold for fold in fold_unnamed(Graph(output)).values() if fold.formula)
    assert dict(fold.edges) == {x: 13.0, y: 9.0}


def test_what_has_no_derivative_inside_has_none_along_the_edge_and_the_others_have():
    x, y = Value(0.0, "x"), Value(2.0, "y")
    output = named("E", x.sqrt() * 3 + y * y)
    edges = dict(fold_unnamed(Graph(output))[output].edges)
    assert edges[y] == 4.0
    assert isinstance(edges[x], Undefined)
    with pytest.raises(DomainError, match="sqrt"):
        _ = 1.0 * edges[x]


@examples(400)
@given(recipes(fractions, names=EXACT), st.randoms(use_true_random=False), st.integers(8, 80))
def test_the_folds_hold_every_node_once_and_pass_on_the_gradient_exactly(recipe, dice, most):
    nodes = recipe.build()
    for number, node in enumerate(nodes):
        if node.op is not None and dice.random() < 0.4:
            node.label = f"n{number}"
    graph = Graph(nodes[-1])
    folds = fold_unnamed(graph, most=most)
    assert sorted((node for fold in folds.values() for node in fold.members), key=graph.position.get) == graph.order
    for node, fold in folds.items():
        assert fold.node is node
        assert not any(graph.is_named(member) for member in fold.members[:-1])
        assert all(parent in folds for parent, _ in fold.edges)
    found = gradients_along(list(folds), lambda node: folds[node].edges)
    for node in [*folds][:-1]:
        assert found.get(node, 0) == graph.gradients.get(node, 0)
