"""Neurons, layers and networks: their numbers, the inputs they take, their labels, and the errors they raise."""

import math
import random
import re
from array import array
from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

import pytest

import autograd
import nn
from autograd import (
    ArgumentError,
    ChalkgradError,
    DomainError,
    OperandError,
    Value,
    gradients,
    half_squared_error,
    topological_order,
    trace_origins,
)
from nn import MLP, SGD, Layer, Module, Neuron, activations, fit, load_into, save

pytestmark = pytest.mark.portable

ROW = [0.5, -1.5]


def data(values):
    return [value.data for value in values]


def labels(values):
    return [value.label for value in values]


# -- What a network computes ---------------------------------------------------------------------


# Written out from the definitions, not from the table.
CLOSED = {
    "cos": math.cos,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "exp": math.exp,
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "log": math.log,
    "relu": lambda z: max(z, 0.0),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "sin": math.sin,
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}


def test_every_function_of_one_argument_that_autograd_offers_is_an_activation():
    assert set(activations.names()) == set(CLOSED)


@pytest.mark.parametrize("name", sorted(CLOSED))
@pytest.mark.parametrize("bias", [0.25, 1.75])  # z is −0.25, where that is in the domain, and 1.25
def test_a_neuron_is_its_activation_of_the_weighted_sum(name, bias):
    neuron = Neuron(2, activation=name)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 2.0, 1.0, bias
    z = 0.5 * 2.0 - 1.5 + bias
    if z < 0 and name in ("log", "sqrt"):
        with pytest.raises(DomainError, match=r"of z = −0\.25"):
            neuron(ROW)
        return
    a = neuron(ROW)
    assert a.data == pytest.approx(CLOSED[name](z), rel=1e-12)
    assert (a.op.name, a.parents[0].op.name, a.parents[0].data) == (name, "affine", z)


def test_a_linear_neuron_is_one_node_and_relu_is_the_default():
    assert Neuron(2, nonlin=False)(ROW).op.name == "affine"
    assert Neuron(2, activation=None)(ROW).op.name == "affine"
    assert Neuron(2, activation="linear")(ROW).op.name == "affine"
    assert Neuron(2)(ROW).op.name == "relu"


def test_an_operation_of_autograd_is_an_activation_as_good_as_its_name():
    neuron = Neuron(2, activation=autograd.tanh)
    assert (neuron(ROW).op.name, neuron.activation.name) == ("tanh", "tanh")


def test_the_hidden_layers_have_the_activation_and_the_last_has_the_output_activation():
    model = MLP(2, [3, 3, 2], activation="tanh", output_activation="sigmoid")
    assert [layer.neurons[0].activation.name for layer in model.layers] == ["tanh", "tanh", "sigmoid"]
    assert [layer.neurons[0].activation.name for layer in MLP(2, [3, 1]).layers] == ["relu", "linear"]


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [3, 1])(ROW), Value)
    assert isinstance(Layer(2, 1)(ROW), Value)
    assert [type(output) for output in MLP(2, [3, 2])(ROW)] == [Value, Value]


def test_a_hidden_layer_of_one_neuron_feeds_the_next():
    assert isinstance(MLP(2, [1, 1])(ROW), Value)


def test_without_bias_nothing_is_added_and_there_is_nothing_to_learn_but_weights():
    model = MLP(2, [2, 1], bias=False, activation=None)
    (u, v), w = ([x.data for x in neuron.w] for neuron in model.layers[0].neurons), model.layers[1].neurons[0].w
    expected = w[0].data * (u[0] * 0.5 - u[1] * 1.5) + w[1].data * (v[0] * 0.5 - v[1] * 1.5)
    assert model(ROW).data == pytest.approx(expected, rel=1e-12)
    assert len(model.parameters()) == 6
    assert model.layers[0].neurons[0].b is None


def test_the_network_of_seed_003_has_the_gradients_of_its_formulas():
    names = {"w": "w1 w2 w3 w4 w5 w6 w7 w8", "z": "net_h1 net_h2 net_o1 net_o2", "a": ["h1", "h2", "o1", "o2"]}
    model = MLP(2, [2, 2], activation="sigmoid", output_activation="sigmoid", bias=False, labels=names)
    w = dict(zip(names["w"].split(), model.parameters()))
    for weight, number in zip(w.values(), [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]):
        weight.data = number
    inputs, targets = [0.05, 0.10], [0.01, 0.99]
    outputs = model(inputs)
    half_squared_error(outputs, targets).backward()

    assert (labels(outputs), labels(w.values())) == (["o1", "o2"], list(w))
    assert labels(outputs[1].parents) == ["net_o2"]
    assert labels(outputs[1].parents[0].parents) == ["w7", "h1", "w8", "h2"]

    def sigma(x):
        return 1 / (1 + math.exp(-x))

    h = [sigma(0.15 * 0.05 + 0.20 * 0.10), sigma(0.25 * 0.05 + 0.30 * 0.10)]
    o = [sigma(0.40 * h[0] + 0.45 * h[1]), sigma(0.50 * h[0] + 0.55 * h[1])]
    delta = [(o[k] - targets[k]) * o[k] * (1 - o[k]) for k in (0, 1)]
    hidden = [(delta[0] * u + delta[1] * v) * a * (1 - a) for u, v, a in zip((0.40, 0.45), (0.50, 0.55), h)]
    expected = [hidden[0] * inputs[0], hidden[0] * inputs[1], hidden[1] * inputs[0], hidden[1] * inputs[1]]
    expected += [delta[0] * h[0], delta[0] * h[1], delta[1] * h[0], delta[1] * h[1]]
    assert [weight.grad for weight in w.values()] == pytest.approx(expected, rel=1e-12)


def test_half_squared_error_of_nn_is_that_of_autograd():
    assert nn.half_squared_error is half_squared_error


# -- Inputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        tuple(ROW),
        array("d", ROW),
        [Value(0.5), Value(-1.5)],
        [Value(0.5), -1.5],
        [Fraction(1, 2), -1.5],
        iter(ROW),
    ],
    ids=["list", "tuple", "array", "Values", "mixed", "fraction", "iterator"],
)
def test_a_row_of_numbers_or_values_of_any_kind_gives_the_same(row):
    assert MLP(2, [3, 1], seed=1)(row).data == MLP(2, [3, 1], seed=1)(ROW).data


def test_an_array_is_read_as_plain_numbers():
    numpy = pytest.importorskip("numpy")
    rows = numpy.array([ROW, ROW])
    z = Neuron(2, nonlin=False, seed=1)(rows[0])
    assert z.data == Neuron(2, nonlin=False, seed=1)(ROW).data
    assert [type(operand) for operand in z.operands] == [Value, float, Value, float, Value]
    with pytest.raises(OperandError, match="one row of inputs at a time"):
        MLP(2, [1])(rows)


def test_one_input_needs_no_list():
    model = MLP(1, [3, 1], seed=1)
    assert model(0.5).data == model([0.5]).data == model(Value(0.5)).data


def test_inputs_that_are_values_receive_their_gradient():
    x = [Value(0.5, "x1"), Value(-1.5, "x2")]
    y = MLP(2, [3, 1], activation="tanh", seed=2)(x)
    y.backward()
    for place in (0, 1):
        shifted = [[v.data + (h if k == place else 0) for k, v in enumerate(x)] for h in (1e-6, -1e-6)]
        up, down = (MLP(2, [3, 1], activation="tanh", seed=2)(row).data for row in shifted)
        assert x[place].grad == pytest.approx((up - down) / 2e-6, rel=1e-6)


# -- Initial weights -----------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_weights_and_another_seed_others():
    first, again, other = (data(MLP(2, [3, 1], seed=seed).parameters()) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_seed_leaves_the_random_module_alone():
    random.seed(3)
    expected = random.random()
    random.seed(3)
    MLP(2, [3, 1], seed=7)
    assert random.random() == expected


def test_a_generator_of_ones_own_is_drawn_from_on_and_on():
    generator = random.Random(7)
    first, second = (data(Neuron(2, seed=generator).w) for _ in range(2))
    assert first + second == data(Neuron(4, seed=7).w)


def test_after_random_seed_1337_the_weights_are_drawn_as_micrograd_draws_them():
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    random.seed(1337)
    for layer, (fan_in, fan_out) in zip(model.layers, [(2, 16), (16, 16), (16, 1)]):
        for neuron in layer.neurons:
            assert data(neuron.w) == [random.uniform(-1, 1) for _ in range(fan_in)]
            assert neuron.b.data == 0
        assert len(layer.neurons) == fan_out


def test_a_training_step_beside_micrograd_gives_the_same_loss_and_the_same_new_weights():
    micrograd_nn = pytest.importorskip("micrograd.nn")
    micrograd_value = micrograd_nn.Value
    rows = [[0.5, -1.5], [-0.25, 0.75], [1.25, 0.5], [-1.0, -1.0]]
    signs = [1, -1, 1, -1]

    def train(model, value):
        losses = []
        for step in range(5):
            scores = [model(list(map(value, row))) for row in rows]
            hinge = [(1 + -sign * score).relu() for sign, score in zip(signs, scores)]
            loss = sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= (1.0 - 0.1 * step) * p.grad
            losses.append(loss.data)
        return losses, data(model.parameters())

    random.seed(1337)
    theirs = micrograd_nn.MLP(2, [4, 4, 1])
    random.seed(1337)
    ours = MLP(2, [4, 4, 1])
    assert data(ours.parameters()) == data(theirs.parameters())
    their_losses, their_weights = train(theirs, micrograd_value)
    our_losses, our_weights = train(ours, Value)
    assert our_losses == pytest.approx(their_losses, rel=1e-9)
    assert our_weights == pytest.approx(their_weights, rel=1e-9)


# -- Labels and scopes ---------------------------------------------------------------------------


def test_parameters_and_nodes_are_named_by_layer_neuron_and_input():
    model = MLP(2, [3, 1], seed=1)
    assert labels(model.layers[0].neurons[1].parameters()) == ["w1[2,1]", "w1[2,2]", "b1[2]"]
    assert labels(model.layers[1].neurons[0].parameters()) == ["w2[1,1]", "w2[1,2]", "w2[1,3]", "b2[1]"]
    z = model(ROW)
    assert z.label == "z2[1]"
    assert labels(z.parents) == ["w2[1,1]", "a1[1]", "w2[1,2]", "a1[2]", "w2[1,3]", "a1[3]", "b2[1]"]
    assert labels(z.parents[1].parents) == ["z1[1]"]


def test_a_layer_alone_needs_no_layer_number_and_a_neuron_alone_no_index():
    layer = Layer(2, 2)
    assert labels(layer.parameters()) == ["w[1,1]", "w[1,2]", "b[1]", "w[2,1]", "w[2,2]", "b[2]"]
    assert labels(layer(ROW)) == ["a[1]", "a[2]"]
    neuron = Neuron(2)
    assert labels([*neuron.parameters(), neuron(ROW), neuron(ROW).parents[0]]) == ["w1", "w2", "b", "a", "z"]


def test_every_call_is_a_layer_scope_with_a_neuron_scope_for_each_neuron():
    model = MLP(2, [2, 2])
    outputs = model(ROW)
    first, second = (output.scope for output in outputs)
    assert (first.kind, first.name, second.name) == ("neuron", "neuron 1", "neuron 2")
    assert first.within is second.within
    assert (first.within.kind, first.within.name, first.within.within) == ("layer", "layer 2", None)
    hidden = outputs[0].parents[1]
    assert hidden.scope is hidden.parents[0].scope
    assert (hidden.scope.name, hidden.scope.within.name) == ("neuron 1", "layer 1")
    assert model(ROW)[0].scope is not first
    assert all(parameter.scope is None for parameter in model.parameters())


def test_a_neuron_alone_has_a_scope_of_its_own():
    scope = Neuron(2)(ROW).scope
    assert (scope.kind, scope.name, scope.within) == ("neuron", "neuron", None)


def test_the_nodes_of_a_users_own_activation_belong_to_the_neuron():
    def swish(z):
        return z * z.sigmoid()

    x = [Value(0.5, "x1"), Value(-1.5, "x2") * 1]
    neuron = Neuron(2, activation=swish, seed=1)
    a = neuron(x)
    z = a.parents[0]
    assert a.data == pytest.approx(z.data / (1 + math.exp(-z.data)), rel=1e-12)
    assert [node.scope for node in (a, a.parents[1], z)] == [a.scope] * 3
    assert (a.label, z.label, neuron.activation.name) == ("a", "z", "swish")
    assert [v.scope for v in (*x, *neuron.parameters())] == [None] * 5


def test_an_activation_that_is_two_functions_deep_tags_each_node_once_however_long_the_network():
    model = MLP(1, [1] * 400, activation=lambda z: (z.tanh() + z).tanh(), output_activation="tanh", seed=1)
    y = model(0.5)
    made = [node for node in topological_order(y) if node.op is not None]
    assert len(made) == 399 * 4 + 2
    assert len({node.scope for node in made}) == 400


def test_names_may_be_given_for_some_kinds_only():
    neuron = Neuron(2, labels={"z": "net", "w": ["left", "right"]})
    assert labels([*neuron.parameters(), neuron(ROW), neuron(ROW).parents[0]]) == ["left", "right", "b", "a", "net"]
    assert labels(Layer(1, 2, labels={"b": "c d"}).parameters()) == ["w[1,1]", "c", "w[2,1]", "d"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"w": "w1 w2 w3"}, ArgumentError, "3 names for 6 weights ('w')"),
        ({"b": ["b1"]}, ArgumentError, "1 names for 3 biases ('b')"),
        ({"a": "a1 a2 a3"}, ArgumentError, "3 names for 2 activations ('a')"),
        ({"weights": "w1"}, ArgumentError, "there is no kind 'weights'; there are w, b, z, a"),
        ({"z": [1, 2, 3]}, OperandError, "'z' needs names"),
        ({"z": 3}, OperandError, "'z' needs names"),
        ("w1 w2", OperandError, "by kind"),
    ],
)
def test_names_that_do_not_fit_are_refused(given, error, message):
    with pytest.raises(error, match=re.escape(message)):
        MLP(2, [2, 1], labels=given)


def test_a_refused_name_changes_no_other():
    model = MLP(1, [1])
    neuron = model.layers[0].neurons[0]
    with pytest.raises(ArgumentError, match="5 names"):
        nn.labels.assign_labels({"w": "other", "z": "a b c d e"}, nn.layers.labeled_parts([neuron]))
    assert labels(model.parameters()) == ["w1[1,1]", "b1[1]"]


def test_a_traced_call_knows_the_line_of_the_user():
    model = MLP(2, [2, 1], seed=1)
    with trace_origins():
        y = model(ROW)
    assert {node.origin.file for node in topological_order(y) if node.op} == {__file__}
    assert (y.label, y.scope.name) == ("z2[1]", "neuron 1")


def test_a_model_prints_its_layers():
    assert str(MLP(2, [16, 16, 1], activation="tanh")) == (
        "MLP(2, [16, 16, 1]) with 337 parameters\n"
        "  layer 1: 2 → 16, tanh, 48 parameters\n"
        "  layer 2: 16 → 16, tanh, 272 parameters\n"
        "  layer 3: 16 → 1, linear, 17 parameters"
    )
    assert repr(MLP(2, [3, 1])) == "MLP(2, [3, 1])"
    assert repr(Layer(2, 3)) == "Layer(2, 3, activation='relu')"
    assert repr(Neuron(2, nonlin=False)) == "Neuron(2, activation='linear')"


# -- Parameters ----------------------------------------------------------------------------------


def test_parameters_come_neuron_by_neuron_weights_before_bias():
    model = MLP(2, [2, 1])
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    assert model.parameters() == [p for neuron in neurons for p in [*neuron.w, neuron.b]]
    assert list(model.named_parameters().values()) == model.parameters()
    assert list(model.named_parameters())[3:5] == ["layers[0].neurons[1].w[0]", "layers[0].neurons[1].w[1]"]


def test_a_users_own_module_finds_each_parameter_among_its_attributes_once():
    class Model(Module):
        def __init__(self):
            self.scale = Value(2.0, "scale")
            self.parts = {"first": Neuron(1, bias=False), "again": (self.scale, Value(3.0))}
            self.computed = self.scale * 2
            self.name, self.itself = "a name", self

    model = Model()
    assert list(model.named_parameters()) == ["scale", "parts['first'].w[0]", "parts['again'][1]"]
    assert len(model.parameters()) == 3
    assert repr(model) == "Model with 3 parameters"


def test_a_weight_that_is_put_in_the_place_of_another_is_used_and_found():
    neuron = Neuron(2, nonlin=False, seed=1)
    shared = Value(5.0, "shared")
    neuron.w = [shared, shared]
    assert neuron([1.0, 2.0]).data == 15.0
    assert labels(neuron.parameters()) == ["shared", "b"]


def test_zero_grad_forgets_every_gradient():
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    model(ROW).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 9
    once = gradients(y := model(ROW))
    y.backward()
    assert [p.grad for p in model.parameters()] == [once[p] for p in model.parameters()]


class Holder(Module):
    """A module with one attribute."""

    def __init__(self, held):
        self.held = held


def w():
    return [Value(1.0, "w1"), Value(2.0, "w2")]


class Pair(NamedTuple):
    """Two weights."""

    a: Value
    b: Value


class Reversed(Sequence):
    """A user's own sequence."""

    def __init__(self, things):
        self.things = things

    def __len__(self):
        return len(self.things)

    def __getitem__(self, place):
        return self.things[len(self) - 1 - place if place < len(self) else len(self)]


HOLDERS = {
    "list": (list, ["held[0]", "held[1]"]),
    "tuple": (tuple, ["held[0]", "held[1]"]),
    "deque": (deque, ["held[0]", "held[1]"]),
    "dict": (lambda w: {"a": w[0], "b": w[1]}, ["held['a']", "held['b']"]),
    "mapping proxy": (lambda w: MappingProxyType({"a": w[0], "b": w[1]}), ["held['a']", "held['b']"]),
    "values of a dict": (lambda w: {"a": w[0], "b": w[1]}.values(), ["held[0]", "held[1]"]),
    "named tuple": (Pair._make, ["held[0]", "held[1]"]),
    "a sequence of one's own": (lambda w: Reversed(w[::-1]), ["held[0]", "held[1]"]),
    "lists in a dict": (lambda w: {0: [w[0]], 1: [[w[1]]]}, ["held[0][0]", "held[1][0][0]"]),
    "a module in a deque": (lambda w: deque([Holder(w)]), ["held[0].held[0]", "held[0].held[1]"]),
}


@pytest.mark.parametrize(("hold", "names"), HOLDERS.values(), ids=HOLDERS)
def test_parameters_are_found_in_every_container_that_has_an_order(hold, names):
    weights = w()
    model = Holder(hold(weights))
    assert model.parameters() == weights
    assert list(model.named_parameters()) == names


ARRAYS = {
    "a row": (lambda np, w: np.array(w), ["held[0]", "held[1]"]),
    "a matrix": (lambda np, w: np.array([[w[0]], [w[1]]]), ["held[0][0]", "held[1][0]"]),
    "an array of no dimension": (lambda np, w: [np.array(w[0]), np.array(w[1])], ["held[0]", "held[1]"]),
    "an array in a list": (lambda np, w: [np.array(w[:1]), np.array(w[1:])], ["held[0][0]", "held[1][0]"]),
    "a transposed array": (lambda np, w: np.array([[w[0], w[1]]]).T, ["held[0][0]", "held[1][0]"]),
    "an array of modules": (lambda np, w: np.array([Holder(w[0]), Holder(w[1])]), ["held[0].held", "held[1].held"]),
    "an array with numbers": (lambda np, w: np.array([0.5, w[0], None, w[1]]), ["held[1]", "held[3]"]),
}


@pytest.mark.parametrize(("hold", "names"), ARRAYS.values(), ids=ARRAYS)
def test_parameters_are_found_in_arrays_under_the_names_that_lists_would_give_them(hold, names):
    numpy = pytest.importorskip("numpy", reason="an array of Values needs numpy")
    weights = w()
    model = Holder(hold(numpy, weights))
    assert model.parameters() == weights
    assert list(model.named_parameters()) == names


def test_a_network_whose_weights_are_an_array_trains_and_its_file_is_that_of_one_with_lists(tmp_path):
    numpy = pytest.importorskip("numpy", reason="an array of Values needs numpy")

    class Linear(Module):
        def __init__(self, kind):
            self.W = kind([[Value(0.5), Value(-1.0)], [Value(2.0), Value(0.25)]])

        def __call__(self, x):
            return list(numpy.array(self.W) @ numpy.array(x))

    model, listed = Linear(numpy.array), Linear(list)
    before = [v.data for v in model([1.0, 2.0])]
    optimizer = SGD(model.parameters(), lr=0.1)
    history = fit(model, [([1.0, 2.0], [0.0, 1.0])], half_squared_error, optimizer, epochs=20)
    assert before == [-1.5, 2.5]
    assert history.loss[-1] < 1e-3 * history.loss[0]
    load_into(listed, save(model, tmp_path / "model.json"))
    assert [v.data for v in listed([1.0, 2.0])] == [v.data for v in model([1.0, 2.0])]


def test_numbers_that_are_kept_in_arrays_are_no_parameters_and_are_not_searched():
    numpy = pytest.importorskip("numpy", reason="an array of Values needs numpy")
    model = Holder([numpy.zeros(5), numpy.float64(2.0), array("d", [1.0]), "text", b"bytes", range(10**9)])
    assert model.parameters() == []


SETS = {
    "a set": set,
    "a frozenset": frozenset,
    "a set in a list": lambda w: [w[0], {w[1]}],
    "a set of modules": lambda w: {Holder(w)},
    "a set of tuples": lambda w: {tuple(w)},
    "a set in an inner module": lambda w: Holder(set(w)),
    "the keys of a dict": lambda w: dict.fromkeys(w).keys(),
}


@pytest.mark.parametrize("hold", SETS.values(), ids=SETS)
@pytest.mark.parametrize("ask", [Module.parameters, Module.named_parameters, Module.modules, Module.zero_grad])
def test_parameters_in_a_set_which_has_no_order_are_refused_aloud(hold, ask):
    with pytest.raises(OperandError, match=r"^held\S* is a (set|frozenset|dict_keys), .* put them into a list$"):
        ask(Holder(hold(w())))


def test_a_set_of_parameters_that_are_found_elsewhere_is_a_note_about_them():
    model = Holder(w())
    model.frozen = {model.held[0]}
    model.words = {"relu", 2.0}
    model.nodes = {model.held[0] * 2}
    assert model.parameters() == model.held


# -- Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Neuron(0), ArgumentError, "the number of inputs must be 1 or more, not 0"),
        (lambda: Neuron(nin=True), ArgumentError, "the number of inputs must be 1 or more, not True"),
        (lambda: Layer(2, -1), ArgumentError, "the number of neurons must be 1 or more, not -1"),
        (lambda: Layer(2, 1.5), OperandError, "the number of neurons must be a whole number, not 1.5"),
        (lambda: MLP(2, []), ArgumentError, "the list of layer sizes is empty"),
        (lambda: MLP(2, [3, 0]), ArgumentError, "the number of neurons must be 1 or more, not 0"),
        (lambda: MLP("2", [3]), OperandError, "the number of inputs must be a whole number, not '2'"),
        (lambda: MLP(2, 3), OperandError, "sizes of its layers as a list, such as [16, 16, 1], not 3"),
        (lambda: MLP(2, "31"), OperandError, "not '31'"),
        (lambda: Neuron(1, activation="swish"), ArgumentError, "no activation 'swish'; choose one of linear, cos, elu"),
        (lambda: Neuron(1, activation=3), OperandError, "a name or a function of one Value, not 3"),
        (lambda: MLP(1, [1], output_activation="softmax"), ArgumentError, "no activation 'softmax'"),
        (lambda: Neuron(1, seed=[1]), OperandError, "seed must be a number, a string or a random.Random, not [1]"),
        (lambda: Neuron(2)([1.0]), ArgumentError, "neuron takes 2 inputs, but was given 1"),
        (lambda: MLP(2, [3, 1])([1.0, 2.0, 3.0]), ArgumentError, "layer 1 takes 2 inputs, but was given 3"),
        (lambda: MLP(2, [1])("ab"), OperandError, "layer 1 takes a list of 2 numbers or Values, not 'ab'"),
        (lambda: MLP(2, [1])(1.0), OperandError, "layer 1 takes a list of 2 numbers or Values, not 1.0"),
        (lambda: MLP(2, [1])(None), OperandError, "layer 1 takes a list of 2 numbers or Values, not None"),
        (lambda: MLP(2, [1])([[0, 1], [1, 0]]), OperandError, "one row of inputs at a time"),
        (lambda: MLP(2, [1])([[0, 1], [1, 0], [1, 1]]), OperandError, "one row of inputs at a time"),
        (lambda: MLP(2, [1])([1.0, "x"]), OperandError, "'x' (str) is neither a Value nor a real number"),
        (lambda: Neuron(1, activation=lambda z: z.data)([1.0]), OperandError, "an activation must return a Value"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=re.escape(message)) as raised:
        make()
    assert isinstance(raised.value, ChalkgradError)
