"""The Graph: order, names, uses, gradients, staleness, computing anew; worked out once and only when asked."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from strategies import EXACT, any_float, examples, fractions, recipes

from autograd import (
    ArgumentError,
    DomainError,
    Graph,
    NotFoundError,
    OperandError,
    StaleGraphError,
    Value,
    affine,
    expand,
    grad,
    gradients,
    leaves,
    name_values,
    topological_order,
)
from autograd.engine.graph import as_graph, follows
from autograd.engine.names import caller_names
from autograd.symbolic.expr import Symbol
from autograd.symbolic.printer import text


def network():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.25)
    net = w * x + b
    h = net.tanh()
    h.label = "h"
    E = (h - 1.0) ** 2
    E.label = "E"
    return {"w": w, "x": x, "b": b, "net": net, "h": h, "E": E}


@pytest.fixture
def order_is_counted(monkeypatch):
    counted = []
    plain = Value._order

    def counting(output):
        counted.append(output)
        return plain(output)

    monkeypatch.setattr(Value, "_order", counting)
    return counted


def test_whatever_is_asked_of_a_graph_it_is_ordered_once(order_is_counted):
    graph = Graph(network()["E"])
    for _ in range(2):
        _ = graph.order, graph.position, graph.leaves, graph.uses, graph.names, graph.gradients, graph.steps
        _ = graph.is_stale, graph.staleness, graph.find("w"), graph.compute({}), graph.states(2)
    assert order_is_counted == [graph.output]


def test_a_graph_is_taken_as_it_is_and_a_value_gets_one():
    E = network()["E"]
    graph = Graph(E)
    assert as_graph(graph) is graph
    assert as_graph(E).output is E
    for wrong in (3.0, None, [E]):
        with pytest.raises(OperandError, match="a graph starts at a Value, not at"):
            Graph(wrong)


@examples(max_examples=100)
@given(recipe=recipes(numbers=any_float) | recipes(numbers=fractions, names=EXACT))
def test_each_node_comes_after_its_parents_and_its_uses_are_the_edges_to_it(recipe):
    graph = Graph(recipe.build()[-1])
    place = graph.position
    assert all(place[parent] < place[node] for node in graph.order for parent in node.parents)
    edges = [(parent, node, index) for node in graph.order for index, parent in enumerate(node.parents)]
    uses = [(node, child, index) for node, found in graph.uses.items() for child, index, _ in found]
    assert sorted(map(str, edges)) == sorted(map(str, uses))
    assert all(node.edges()[index][0] is parent for parent, found in graph.uses.items() for node, index, _ in found)


def test_names_are_labels_then_the_callers_then_numbers():
    n = network()
    names = Graph(n["E"], names={n["b"]: "b", n["net"]: "h", n["w"]: "weight"}).names
    assert [names[n[key]] for key in ("w", "x", "b", "h", "E")] == ["w", "x", "b", "h", "E"]
    assert names[n["net"]].startswith("v"), "h is the label of another node"
    assert len(set(names.values())) == len(names)
    assert n["b"].label == "", "nothing is relabeled"


def test_a_number_that_somebody_has_taken_as_a_label_is_passed_over():
    a = Value(1.0, "v1")
    assert list(Graph(a * 2 + 1).names.values()) == ["v1", "v2", "v3"]


def test_a_node_is_found_by_itself_its_label_or_its_name():
    n = network()
    graph = Graph(n["E"])
    assert graph.find("w") is n["w"]
    assert graph.find(n["net"]) is n["net"]
    assert graph.find(graph.names[n["b"]]) is n["b"]


@pytest.mark.parametrize(
    ("which", "error", "message"),
    [
        ("W", NotFoundError, "nothing in the graph of E is called 'W'; did you mean w"),
        ("zzz", NotFoundError, "nothing in the graph of E is called 'zzz'; give the node itself, or label it"),
        (3, OperandError, "a node is given as itself or by its label, not as 3 (int)"),
        (Value(7.0, "q"), NotFoundError, "q = 7 is not a node of the graph of E"),
    ],
)
def test_what_is_not_there_is_refused_in_one_wording(which, error, message):
    with pytest.raises(error) as raised:
        Graph(network()["E"]).find(which)
    assert message in str(raised.value)


def test_a_label_of_two_nodes_is_refused():
    with pytest.raises(ArgumentError, match="2 nodes are called 'w'"):
        Graph(Value(1.0, "w") * Value(2.0, "w")).find("w")


# -- Staleness ----------------------------------------------------------------------------------------


@examples(max_examples=100)
@given(recipe=recipes(numbers=any_float) | recipes(numbers=fractions, names=EXACT))
def test_a_graph_that_nobody_has_touched_is_not_stale(recipe):
    graph = Graph(recipe.build()[-1])
    assert graph.first_stale is None
    assert graph.staleness == ""
    graph.require_fresh("anything")


def test_the_first_node_that_no_longer_follows_is_named():
    n = network()
    n["w"].data = 5.0
    graph = Graph(n["E"])
    assert graph.first_stale is n["net"].parents[0]
    assert graph.staleness == (
        f"{graph.names[graph.first_stale]} no longer follows from its operands: it is the mul of other numbers than "
        "they hold now (w = 5, x = 2)"
    )
    with pytest.raises(StaleGraphError, match=r"page: .*no longer follows.*; compute the expression again first"):
        graph.require_fresh("page")
    with pytest.raises(StaleGraphError, match="expand: "):
        expand(n["E"])
    with pytest.raises(StaleGraphError, match="grad: "):
        grad(n["E"], n["x"])


def test_a_change_that_is_seen_in_a_derivative_alone_is_a_change():
    w, x = Value(0.0, "w"), Value(3.0, "x")
    product = w * x
    x.data = 4.0  # 0·3 = 0·4, but the slope is another
    assert not follows(product)


def test_nan_and_what_has_no_derivative_follow():
    assert follows(Value(math.nan) * 2)
    assert follows(Value(0.0).sqrt())
    x = Value(0.0)
    y = x.sqrt()
    x.data = 4.0
    assert not follows(y)


def test_an_int_beside_a_fraction_is_not_taken_for_a_change():
    quotient = Value(Fraction(-5, 3)) / Value(-3)
    assert follows(quotient)
    assert grad(quotient, quotient.parents[0]).data == pytest.approx(-1 / 3)


# -- Computing anew -------------------------------------------------------------------------------------


@examples(max_examples=50)
@given(recipe=recipes(numbers=any_float))
def test_computed_anew_from_the_same_leaves_a_graph_is_the_same_to_the_last_bit(recipe):
    graph = Graph(recipe.build()[-1])
    anew = graph.compute({})
    for node in graph.order:
        assert anew[node] == node.data or (anew[node] != anew[node] and node.data != node.data)


def test_numbers_values_and_symbols_flow_through_a_graph():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    y = w * w + x
    graph = Graph(y)
    assert graph.compute({w: 4.0})[y] == 18.0
    again = graph.compute({w: Value(4.0), x: x})[y]
    again.backward()
    assert (again.data, x.grad) == (18.0, 1.0)
    assert text(graph.compute({w: Symbol("w"), x: Symbol("x")})[y]) == "w² + x"


def test_a_node_between_may_be_put_in_place_too_and_operations_read_in_another_way():
    w = Value(3.0, "w")
    square = w * w
    y = square + 1
    assert Graph(y).compute({square: 100.0})[y] == 101.0
    counted = Graph(y).compute({w: 1}, read=lambda _, operands: sum(operands))
    assert counted[y] == 3


# -- The same as functions --------------------------------------------------------------------------------


def test_functions_say_what_the_graph_says():
    n = network()
    graph = Graph(n["E"])
    assert topological_order(n["E"]) == graph.order
    assert leaves(graph) == leaves(n["E"]) == [n["w"], n["x"], n["b"]]
    assert gradients(graph) == gradients(n["E"])
    n["E"].backward()
    assert all(graph.gradients[node] == node.grad for node in graph.order)


def test_a_gradient_that_does_not_exist_is_said_when_it_is_asked_for():
    x = Value(0.0, "x")
    graph = Graph(x.sqrt() + x)
    assert graph.order
    with pytest.raises(DomainError, match="sqrt of x = 0 has no derivative"):
        _ = graph.gradients


# -- Names of the caller ------------------------------------------------------------------------------------


def test_a_library_has_no_names_for_its_callers_views():
    w = Value(1.0)
    assert w.label == ""
    assert caller_names(1) == {}, "this file is a module, not a program"


def test_a_program_has_its_variables_and_the_items_of_lists():
    program = (
        "from autograd import Value\nfrom autograd.engine.names import caller_names\n"
        "w = Value(1.0); same = w; _hidden = Value(2.0); rows = [Value(3.0), (Value(4.0),)]\n"
        "found = caller_names(1)\n"
    )
    space = {"__name__": "__main__"}
    exec(program, space)  # noqa: S102 -- the program above
    assert list(space["found"].values()) == ["w", "rows[0]", "rows[1][0]"]
    assert space["found"][space["w"]] == "w"


def test_lasting_labels_are_given_to_what_has_none():
    w, given_one = Value(1.0), Value(2.0, "own")
    ws = [Value(3.0)]
    name_values({"w": w, "given_one": given_one, "ws": ws, "_x": Value(0.0)})
    assert (w.label, given_one.label, ws[0].label) == ("w", "own", "ws[0]")
    assert affine([w], ws).data == 3.0
