"""Why a topological order: the naive order is run for real, and what it gets wrong is what is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import DomainError, OperandError, Value, affine, gradients, half_squared_error, topological_order
from autograd.stepper.naive_order import why_topological


def naive_gradients(root):
    """The mistake itself, written as people write it: a recursion that passes on what it has."""
    grads = dict.fromkeys(topological_order(root), 0.0) | {root: 1.0}
    seen = set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for parent, local in zip(node.parents, node.locals):
            grads[parent] += grads[node] * local
        for parent in node.parents:
            visit(parent)

    visit(root)
    return grads


@st.composite
def graphs(draw):
    nodes = [Value(draw(st.integers(-3, 3)) / 4, f"x{k}") for k in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 10))):
        a, b, c = (draw(st.sampled_from(nodes)) for _ in range(3))
        nodes.append(draw(st.sampled_from([a * b, a + 2, affine([a, c], [b, b], c), a.tanh(), b.sin()])))
    return nodes[-1]


def diamond():
    """y = h + eʰ, where h = 3x: the depth-first order takes h before eʰ has sent its part."""
    x = Value(0.5, "x")
    h = x * 3
    h.label = "h"
    e = h.exp()
    e.label = "e"
    y = h + e
    y.label = "y"
    return y


@given(graphs())
def test_its_depth_first_gradients_are_those_of_the_recursion(root):
    why = why_topological(root)
    naive, right = naive_gradients(root), gradients(root)
    for leaf, depth_first, gradient in why.wrong:
        assert depth_first == naive[leaf]
        assert gradient == right[leaf]
    for leaf in why.right:
        assert naive[leaf] == pytest.approx(right[leaf], rel=1e-8, abs=1e-12)


@given(graphs())
def test_every_leaf_is_either_right_or_wrong(root):
    why = why_topological(root)
    told = [row.leaf for row in why.wrong] + list(why.right)
    leaves = [node for node in topological_order(root) if node.op is None]
    assert len(told) == len(leaves)
    assert set(told) == set(leaves)


@given(graphs())
def test_what_it_calls_too_early_is_followed_by_a_user_in_the_depth_first_order(root):
    why = why_topological(root)
    place = {node: number for number, node in enumerate(why.depth_first, 1)}
    early = {found.node: found for found in why.too_early}
    for node in why.depth_first:
        late = [user for user in why.depth_first if node in user.parents and place[user] > place[node]]
        assert bool(late) == (node in early)
        if late:
            assert sorted(place[user] for user in late) == sorted(number for _, number in early[node].late)
            assert early[node].gradient == gradients(root)[node]
    if not early:
        assert not why.wrong


@given(graphs())
def test_where_no_node_is_shared_nothing_can_be_too_early(root):
    why = why_topological(root)
    if not why.shared:
        assert why.first is None
        assert why.output.op is None or "is a tree" in " ".join(repr(why).split())


@given(graphs())
def test_the_graph_is_left_as_it_was(root):
    repr(why_topological(root))
    assert all(node.grad == 0 for node in topological_order(root))


def test_in_y_is_h_plus_exp_of_h_the_node_h_is_used_too_early():
    why = why_topological(diamond())
    assert [node.label for node in why.depth_first] == ["y", "h", "e"]
    assert [node.label for node in why.topological] == ["y", "e", "h"]
    first = why.first
    assert (first.node.label, first.number, first.used) == ("h", 2, 1)
    assert [node.label for node in first.received] == ["y"]
    assert [(node.label, number) for node, number in first.late] == [("e", 3)]
    assert first.gradient == pytest.approx(1 + 2.718281828459045**1.5)
    (wrong,) = why.wrong
    assert (wrong.leaf.label, wrong.depth_first) == ("x", 3)
    assert wrong.gradient == pytest.approx(3 * (1 + 2.718281828459045**1.5))


def test_in_h_plus_relu_of_h_half_of_the_gradient_comes_too_late():
    """y = h + relu h with h = 3x > 0 is 6x; the naive recursion gives 3."""
    h = Value(0.5, "x") * 3
    (wrong,) = why_topological(h + h.relu()).wrong
    assert (wrong.gradient, wrong.depth_first) == (6, 3)


def network():
    w = [Value(0.15 + 0.05 * k, f"w{k + 1}") for k in range(4)] + [
        Value(0.2 + 0.05 * k, f"w{k + 1}") for k in range(4, 8)
    ]
    i1, i2 = Value(0.05, "i1"), Value(0.10, "i2")

    def neuron(weights, inputs, name):
        net = affine(weights, inputs)
        net.label = f"net_{name}"
        out = net.sigmoid()
        out.label = name
        return out

    h1, h2 = neuron(w[0:2], [i1, i2], "h1"), neuron(w[2:4], [i1, i2], "h2")
    o1, o2 = neuron(w[4:6], [h1, h2], "o1"), neuron(w[6:8], [h1, h2], "o2")
    error = half_squared_error([o1, o2], [0.01, 0.99])
    error.label = "E"
    return error


def test_in_the_walkthrough_network_the_error_path_through_o2_comes_too_late_for_w1():
    why = why_topological(network())
    assert [found.node.label for found in why.too_early] == ["h1", "h2"]
    assert [(node.label, number) for node, number in why.first.late] == [("net_o2", 9)]
    wrong = {row.leaf.label: row for row in why.wrong}
    assert sorted(wrong) == ["i1", "i2", "w1", "w2", "w3", "w4"]
    assert sorted(leaf.label for leaf in why.right) == ["w5", "w6", "w7", "w8"]
    assert wrong["w1"].depth_first == pytest.approx(0.000711649, rel=2e-6)  # the path through o1 alone
    assert wrong["w1"].gradient - wrong["w1"].depth_first == pytest.approx(-0.000523394, rel=2e-6)  # through o2


def test_its_words_name_the_node_what_it_had_what_it_should_have_had_and_who_came_late():
    words = repr(why_topological(network()))
    assert "depth first   E, o1, net_o1, h1, net_h1, h2, net_h2, o2, net_o2" in words
    assert "h1 takes its step as number 4" in words
    assert "h1.grad as it was used     0.0569427   from net_o1" in words
    assert "h1.grad when complete      0.0150633   too late: net_o2 (step 9)" in words
    assert "w1     0.00071165    0.000188256   +0.000523394" in words
    assert max(map(len, words.splitlines())) <= 100


def test_a_chain_says_that_any_order_gives_the_same_and_why():
    x = Value(0.5, "x")
    why = why_topological((x * x).sin().exp())
    assert why.first is None
    assert why.shared == why.wrong == ()
    assert "is a tree" in repr(why)


def test_a_shared_node_that_is_reached_last_is_called_luck():
    x = Value(0.5, "x")
    h = x * 3
    h.label = "h"
    why = why_topological(h.exp() + h)
    assert why.first is None
    assert why.shared == (h,)
    assert "by luck" in repr(why)
    assert "h" in repr(why)


def test_a_late_contribution_of_zero_harms_no_leaf_and_it_says_so():
    x = Value(0.5, "x")
    h = x * 3
    why = why_topological(h + h * 0)
    assert why.first is not None
    assert why.wrong == ()
    assert "is 0, or is multiplied by 0" in repr(why)


def test_a_leaf_alone_has_nothing_to_order():
    assert "no steps to order" in repr(why_topological(Value(1.0, "x")))


def test_a_chain_of_a_hundred_thousand_is_no_recursion():
    y = Value(1.0, "x")
    for _ in range(100_000):
        y = y + 1.0
    assert len(repr(why_topological(y)).splitlines()) < 20


def test_many_wrong_leaves_are_shortened():
    h = (
        affine([Value((k + 1) / 1000, f"w{k}") for k in range(50)], [Value(1.0, f"x{k}") for k in range(50)]).tanh()
        * 1.5
    )
    words = repr(why_topological(h + h.sin()))
    assert "… and 92 more leaves" in words
    assert len(words.splitlines()) < 40


@pytest.mark.parametrize("wrong", [3.0, None, "E"])
def test_of_no_value_it_is_an_error(wrong):
    with pytest.raises(OperandError, match="a graph starts at a Value"):
        why_topological(wrong)


def test_a_derivative_that_does_not_exist_is_an_error():
    with pytest.raises(DomainError, match="sqrt of x = 0"):
        why_topological(Value(0.0, "x").sqrt() + 1)
