"""A graph written out as a sheet computes what the graph computes."""

import pytest

from autograd import Sheet, Value, gradients, leaves, to_sheet


def test_a_label_that_is_no_name_gets_another():
    x, y = Value(2.0, "a b"), Value(3.0, "x")
    z = x * y
    z.label = "x"
    text, names = to_sheet(z)
    assert len(set(names.values())) == 3
    assert Sheet.parse(text).graph().data == 6.0


def test_a_network_comes_back_with_its_gradients():
    w, x, b = Value(0.3, "w"), Value(-0.7, "x"), Value(0.1, "b")
    E = ((w * x + b).tanh() - 1) ** 2
    text, names = to_sheet(E)
    sheet = Sheet.parse(text)
    point = sheet.evaluate()
    for leaf in leaves(E):
        assert point.derivative(names[E], names[leaf]) == pytest.approx(gradients(E)[leaf], rel=1e-12)


@pytest.mark.parametrize(
    "labels", [("½", "wⅷ²"), ("w₁", "w1"), ("x", "dx"), ("y", "dy_dx"), ("for", "loss"), ("a b", "v1")]
)
def test_a_graph_with_any_labels_is_a_sheet_of_the_same_values(labels):
    a, b = (Value(float(number), label) for number, label in enumerate(labels, start=2))
    c = a * b
    c.label = "y"
    text, called = to_sheet(c + a)
    sheet = Sheet.parse(text)
    for node, name in called.items():
        assert sheet.evaluate().values[name].data == node.data
    assert len(set(called.values())) == len(called)
