"""A graph in a file is the graph: to the last bit, a million nodes long, and nothing that was tampered with."""

import json
import math
import os
import re
import stat
from fractions import Fraction

import pytest
from hypothesis import given
from mpmath import mpf
from strategies import any_float, examples, fractions, recipes

from autograd import (
    ArgumentError,
    ChalkgradError,
    InputError,
    OperandError,
    OutputError,
    StaleGraphError,
    Value,
    affine,
    mean,
    topological_order,
)
from autograd.engine.graph import Graph, steps
from autograd.engine.origins import Scope, trace_origins
from autograd.engine.undefined import Undefined
from autograd.files.graph_files import load_graph, save_graph
from autograd.files.whole_files import MAX_BYTES, read_json, write_file
from autograd.files.whole_files import number_from_json as from_json
from autograd.files.whole_files import number_to_json as to_json
from nn import MLP


def same(a, b):
    """The same number of the same kind, bit for bit; NaN is NaN, and what is undefined undefined."""
    if isinstance(a, Undefined):
        return isinstance(b, Undefined)
    return type(a) is type(b) and (a == b or (a != a and b != b)) and repr(a) == repr(b)


def assert_same_graph(a, b):
    place_a = {node: place for place, node in enumerate(topological_order(a))}
    place_b = {node: place for place, node in enumerate(topological_order(b))}
    assert len(place_a) == len(place_b)
    for one, other in zip(place_a, place_b):
        assert one.op is other.op
        assert one.label == other.label
        assert one.origin == other.origin
        assert same(one.data, other.data)
        assert one.has_grad == other.has_grad
        assert not one.has_grad or same(one.grad, other.grad)
        assert len(one.operands) == len(other.operands)
        for v, w in zip(one.operands, other.operands):
            assert place_a[v] == place_b[w] if isinstance(v, Value) else same(v, w)
        assert all(map(same, one.locals, other.locals))


def there_and_back(root, path):
    return load_graph(save_graph(root, path / "graph.json"))


def neuron():
    w, x, b = Value(0.5, "w₁"), Value(-2.0, "x"), Value(0.25, "b")
    z = affine([w], [x], b)
    z.label = "z"
    a = z.tanh()
    a.label = "a"
    return a


# -- There and back ------------------------------------------------------------------------------


@examples(max_examples=60)
@given(recipes(numbers=any_float))
def test_any_graph_comes_back_to_the_last_bit(tmp_path_factory, recipe):
    root = recipe.build()[-1]
    assert_same_graph(root, there_and_back(root, tmp_path_factory.mktemp("any")))


@examples(max_examples=20)
@given(recipes(numbers=fractions, names=("add", "sub", "mul", "div", "neg", "affine", "mean", "maximum")))
def test_a_graph_of_fractions_comes_back_exact(tmp_path_factory, recipe):
    root = recipe.build()[-1]
    assert_same_graph(root, there_and_back(root, tmp_path_factory.mktemp("exact")))


def test_gradients_come_back_and_the_backward_pass_of_what_came_back_is_the_same(tmp_path):
    a = neuron()
    a.backward()
    back = there_and_back(a, tmp_path)
    assert_same_graph(a, back)
    assert [(s.upstream, [t.contribution for t in s.terms]) for s in steps(back)] == [
        (s.upstream, [t.contribution for t in s.terms]) for s in steps(a)
    ]
    a.backward()
    back.backward()
    assert_same_graph(a, back)


def test_a_gradient_that_was_not_computed_is_not_computed_when_it_comes_back(tmp_path):
    assert not there_and_back(neuron(), tmp_path).has_grad


def test_labels_of_any_characters_come_back(tmp_path):
    for label in ("w₁", '"\\\n\x00', "\ud800 half a pair", "重み", "a" * 5000):
        assert there_and_back(Value(1.0, label), tmp_path).label == label


def test_the_scopes_of_a_network_come_back_and_are_shared_as_they_were(tmp_path):
    loss = mean([MLP(2, [3, 1], seed=1)(row) for row in ([0.5, 1.0], [-1.0, 2.0])])
    back = there_and_back(loss, tmp_path)
    assert_same_graph(loss, back)
    was, now = ([v.scope for v in topological_order(root)] for root in (loss, back))
    assert [s and (s.kind, s.name) for s in was] == [s and (s.kind, s.name) for s in now]
    assert [[a is b for b in was] for a in was] == [[a is b for b in now] for a in now]
    assert [s and s.within and s.within.name for s in was] == [s and s.within and s.within.name for s in now]


def test_origins_come_back(tmp_path):
    with trace_origins():
        y = Value(2.0, "x") * 3
    back = there_and_back(y, tmp_path)
    assert back.origin == y.origin
    assert back.origin.file == __file__


def test_an_int_is_not_a_float_and_minus_zero_is_not_zero(tmp_path):
    for number in (3, 3.0, -0.0, True, 10**40, Fraction(1, 3), Fraction(2), 5e-324, 0.1 + 0.2, math.inf, -math.inf):
        assert same(there_and_back(Value(number), tmp_path).data, number)
        assert same(from_json(json.loads(json.dumps(to_json(number)))), number)


def test_several_roots_come_back_in_their_order_on_shared_leaves(tmp_path):
    x = Value(2.0, "x")
    u, v = x * x, x.exp()
    back = load_graph(save_graph([v, u, x, u], tmp_path / "g.json"))
    assert [node.op and node.op.name for node in back] == ["exp", "mul", None, "mul"]
    assert back[0].parents[0] is back[1].parents[0] is back[2]
    assert back[1] is back[3]
    assert load_graph(save_graph([], tmp_path / "g.json")) == []


def test_a_derivative_that_does_not_exist_still_raises_with_its_reason_when_it_comes_back(tmp_path):
    y = Value(0.0, "x").sqrt()
    back = there_and_back(y, tmp_path)
    for root in (y, back):
        with pytest.raises(ChalkgradError, match="sqrt of x = 0 has no derivative"):
            root.backward()


def test_a_graph_whose_leaf_was_changed_is_not_saved(tmp_path):
    w = Value(3.0, "w")
    y = w * w
    w.data = 100.0  # as an optimizer does
    for outputs in (y, [w, y], [w + 1, y + w]):
        with pytest.raises(
            StaleGraphError, match=r"save_graph: v\d no longer follows from its operands: it is the mul"
        ):
            save_graph(outputs, tmp_path / "graph.json")
    assert not (tmp_path / "graph.json").exists()
    w.data = 3.0
    assert there_and_back(y, tmp_path).data == 9.0


def test_a_file_of_a_graph_whose_leaf_had_been_changed_is_still_read(tmp_path):
    w = Value(3.0, "w")
    file = save_graph(w * w, tmp_path / "graph.json")
    text = file.read_text().replace("[null, 3.0,", "[null, 100.0,").replace('"stale": []', '"stale": [1]')
    file.write_text(text)
    back = load_graph(file)
    assert (back.data, back.locals, back.parents[0].data) == (9.0, (3.0, 3.0), 100.0)
    back.backward()
    assert back.parents[0].grad == 6.0


def test_an_exact_power_too_large_to_check_is_saved_and_read_unchecked(tmp_path):
    y = Value(1, "x") ** 200_000
    back = there_and_back(y, tmp_path)
    assert (back.data, back.locals) == (y.data, y.locals)


def test_a_number_of_too_many_digits_is_refused_by_name(tmp_path):
    for y in (Value(3, "x") ** 100_000, Value(Fraction(1, 3), "x") ** 9_000):
        with pytest.raises(OperandError, match=r"save_graph: .* has too many digits for a file"):
            save_graph(y, tmp_path / "graph.json")
    y = Value(Fraction(2, 3), "x") ** 8_000
    assert there_and_back(y, tmp_path).data == y.data


def test_a_graph_in_a_file_may_differ_in_the_last_bits_as_between_machines(tampered):
    def edit(held):
        held["nodes"][-1][1] *= 1 + 1e-15

    assert tampered(edit).data == pytest.approx(10.0)


def test_a_graph_is_saved_as_its_output_is(tmp_path):
    y = neuron()
    assert save_graph(Graph(y), tmp_path / "a").read_bytes() == save_graph(y, tmp_path / "b").read_bytes()


def test_a_chain_of_many_nodes_needs_no_recursion(tmp_path):
    y = x = Value(1.0)
    for _ in range(100_000):
        y = y + 1
    back = there_and_back(y, tmp_path)
    assert back.data == 100_001.0
    back.backward()
    assert len(topological_order(back)) == 100_001
    assert topological_order(back)[0].data == x.data


def test_scopes_within_scopes_need_no_recursion(tmp_path):
    scope = Scope("layer", "1")
    for depth in range(5000):
        scope = Scope("layer", str(depth), scope)
    y = (Value(1.0) * 2).tag("y", scope)
    back = there_and_back(y, tmp_path).scope
    for depth in reversed(range(5000)):
        assert back.name == str(depth)
        back = back.within


def test_the_same_graph_is_the_same_file_byte_for_byte(tmp_path):
    files = [save_graph(neuron(), tmp_path / f"{k}.json").read_bytes() for k in range(2)]
    assert files[0] == files[1]


def test_a_file_can_be_read_by_eye(tmp_path):
    x = Value(3.0, "x")
    y = x * 2.0
    y.label = "y"
    assert save_graph(y, tmp_path / "y.json").read_text() == (
        '{"format": "chalkgrad-graph", "version": 1,\n"scopes": [\n\n],\n"nodes": [\n'
        '[null, 3.0, null, [], [], {"label": "x"}],\n["mul", 6.0, null, [0, [2.0]], [2.0], {"label": "y"}]\n],\n'
        '"stale": [],\n"roots": 1}\n'
    )


# -- What cannot be saved ------------------------------------------------------------------------


def test_what_is_no_value_or_no_exact_number_is_refused(tmp_path):
    for root in (3.0, [Value(1.0), 2.0], "E", None):
        with pytest.raises(OperandError):
            save_graph(root, tmp_path / "g.json")
    with pytest.raises(OperandError, match=re.escape("w = 0.5: ") + ".*mpf"):
        save_graph(Value(mpf(0.5), "w"), tmp_path / "g.json")
    assert list(tmp_path.iterdir()) == []


# -- What is refused when it is read -------------------------------------------------------------


@pytest.fixture
def tampered(tmp_path):
    """Write x·x + 1 with a change to what the file holds, and read it."""

    def change(edit):
        x = Value(3.0, "x")
        path = save_graph(x * x + 1.0, tmp_path / "g.json")
        held = json.loads(path.read_text())
        edited = edit(held)
        held = held if edited is None else edited
        path.write_text(held if isinstance(held, str) else json.dumps(held))
        return load_graph(path)

    return change


def put(*trail):
    *to, last, thing = trail

    def edit(held):
        for step in to:
            held = held[step]
        held[last] = thing

    return edit


TAMPERED = [
    (put("nodes", 1, 1, 8.0), "nodes[1], 8, is not mul of x = 3, x = 3"),
    (put("nodes", 1, 4, [3.0, 4.0]), "nodes[1], 9, is not mul of x = 3, x = 3, or its local derivatives"),
    (put("nodes", 1, 0, "add"), "is not add of x = 3, x = 3"),
    (put("nodes", 1, 0, "system"), "nodes[1]: 'system' is no operation of the table"),
    (put("nodes", 1, 0, ["mul"]), "is no operation of the table"),
    (put("nodes", 1, 3, [0, 1]), "nodes[1]: the operand 1 is neither"),
    (put("nodes", 1, 3, [0, -1]), "nodes[1]: the operand -1 is neither"),
    (put("nodes", 1, 3, [0, True]), "nodes[1]: the operand True is neither"),
    (put("nodes", 1, 3, [0]), "mul with 1 operands"),
    (put("nodes", 1, 3, [[3.0], [3.0]]), "mul with 2 operands, 0 of them nodes"),
    (put("nodes", 1, 4, [3.0]), "1 local derivatives for 2 parents"),
    (put("nodes", 1, 4, ["3.0", 3.0]), "'3.0' is no number"),
    (put("nodes", 0, 1, "1/0"), "'1/0' is no number"),
    (put("nodes", 0, 1, [3.0]), "a list is no number"),
    (put("nodes", 0, 3, [0]), "nodes[0]: the operand 0"),
    (put("nodes", 2, 0, None), "nodes[2]: a leaf, which has no operation"),
    (put("nodes", 0, {}), "nodes[0]: a node is [operation, data"),
    (put("nodes", 0, 5, {"label": 7}), "a label is a text"),
    (put("nodes", 0, 5, {"scope": 0}), "there is no scope 0"),
    (put("nodes", 0, 5, {"origin": "here"}), "an origin is a file and a line"),
    (put("nodes", 0, 5, {"colour": "red"}), "a node carries a label"),
    (put("scopes", [["layer", "1", 0]]), "scopes[0] is not within one that stands before it"),
    (put("scopes", [["layer"]]), "scopes[0] is not a kind"),
    (put("stale", [9]), "stale: 9 is the number of none of the 3 nodes"),
    (put("roots", 3), "roots: 3 is the number of none"),
    (put("roots", True), "roots: True is the number of none"),  # noqa: FBT003 -- a truth value is no number
    (put("nodes", "many"), "the file has no list of nodes"),
    (put("format", "chalkgrad-model"), "no chalkgrad-graph file: its format is 'chalkgrad-model'"),
    (put("version", 2), "version 2, and this chalkgrad reads up to 1: install a later one"),
    (put("version", True), "gives its version as True"),  # noqa: FBT003 -- the same
    (put("version", 0), "gives its version as 0"),
    (lambda _: [1, 2], "its format is a list"),
    (lambda _: '{"format": "chalkgrad-graph", "format": "x"}', "the key 'format' is there twice"),
    (lambda _: '{"a": NaN}', "NaN is not JSON; what is not finite is written in quotes, as in 'nan'"),
    (lambda _: "[" * 1_000_000, "is nested too deeply"),
    (lambda _: '{"a": ' * 1_000_000, "is nested too deeply"),
    (lambda _: '{"format": "chalkgrad-graph",', "is no JSON: line 1, column"),
    (lambda _: "[" + "9" * 5000 + "]", "cannot be read"),
    (lambda _: '{"a": "\x00"}', "is no JSON"),
    (lambda _: "", "is no JSON"),
]


@pytest.mark.parametrize(("edit", "message"), TAMPERED)
def test_a_file_that_is_not_the_graph_it_says_is_refused_by_name(tampered, edit, message):
    with pytest.raises(InputError, match=re.escape(message)):
        tampered(edit)


def test_the_plain_file_is_not_refused(tampered):
    assert tampered(lambda _: None).data == 10.0


def test_a_node_that_is_said_to_be_stale_is_taken_as_it_is(tampered):
    def edit(held):
        held["nodes"][1][1] = 8.0
        held["stale"] = [1, 2]

    assert tampered(edit).parents[0].data == 8.0


def test_an_exact_power_that_would_never_end_is_not_worked_out(tampered):
    with pytest.raises(InputError, match="is not pow of x = 3, 1000000000000"):
        tampered(put("nodes", 1, ["pow", 9, None, [0, [10**12]], [1]]))
    with pytest.raises(InputError, match="is not pow of"):
        tampered(lambda held: held.update(nodes=[[None, 10, None, [], []], ["pow", 9, None, [0, [10**12]], [1]]]))


def test_a_file_that_is_not_there_or_no_text_says_so(tmp_path):
    with pytest.raises(InputError, match=r"none\.json' could not be read: No such file"):
        load_graph(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"{\xff}")
    with pytest.raises(InputError, match="is no text: byte 1 is not UTF-8"):
        load_graph(tmp_path / "bytes.json")
    with pytest.raises(InputError, match="could not be read"):
        load_graph("\x00")
    with pytest.raises(OperandError, match="a file is read from a path"):
        load_graph(3)


def test_a_file_that_cannot_be_read_is_an_error_of_the_file_for_code_that_knows_nothing_of_this_library(tmp_path):
    for file in ("none.json", "empty.json"):
        for expected in (ValueError, OSError, ArgumentError):
            with pytest.raises(expected):
                load_graph(tmp_path / file)
        (tmp_path / "empty.json").write_text("")


def test_a_file_larger_than_the_most_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("autograd.files.whole_files.MAX_BYTES", 2**20)
    assert MAX_BYTES == 2**30
    path = tmp_path / "large.json"
    path.write_text(" " * (2**20 + 1))
    with pytest.raises(InputError, match="is larger than 1 MiB"):
        read_json(path, "chalkgrad-graph", 1)


# -- Writing whole files -------------------------------------------------------------------------


def test_a_file_that_cannot_be_written_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    path = write_file(tmp_path / "model.json", "before")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="could not be written: No space left on device"):
        write_file(path, "after")
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["model.json"]


def test_a_place_that_is_not_there_or_protected_is_an_output_error(tmp_path):
    for path in (tmp_path / "no" / "folder.json", tmp_path, "\x00"):
        with pytest.raises(OutputError, match="could not be written"):
            write_file(path, "x")
    with pytest.raises(OperandError, match="a file is written to a path"):
        write_file(3, "x")


def test_a_link_is_written_through_and_stays_a_link(tmp_path):
    write_file(tmp_path / "model.json", "before")
    link = tmp_path / "latest.json"
    link.symlink_to(tmp_path / "model.json")
    write_file(link, "after")
    assert link.is_symlink()
    assert (tmp_path / "model.json").read_text() == "after"
    assert stat.S_IMODE((tmp_path / "model.json").stat().st_mode) & 0o400
