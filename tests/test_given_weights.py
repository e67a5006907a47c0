"""The networks of the seeds with given weights, in the indexing of each seed, against formulas written out here."""

import math
import re

import pytest

from autograd import (
    ArgumentError,
    NotFoundError,
    OperandError,
    Value,
    draw,
    gradients,
    half_squared_error,
    steps,
    total,
)
from nn import MLP
from nn.given_weights.matrices import LAYOUTS, MatrixMLP, from_weights
from nn.given_weights.wired import Wired

pytestmark = pytest.mark.portable


def f(z):
    return 1 / (1 + math.exp(-z))


def slope(z):
    return f(z) * (1 - f(z))


def product(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def transposed(matrix):
    return [list(line) for line in zip(*matrix)]


def entries(by, *matrices):
    return [[by(*numbers) for numbers in zip(*rows)] for rows in zip(*matrices)]


def near(thing):
    if isinstance(thing, list) and thing and isinstance(thing[0], list):
        return [near(row) for row in thing]
    return pytest.approx(thing, rel=1e-12, abs=1e-15)


# -- Seed 003: two inputs, two hidden neurons, two outputs; a row of a matrix is a neuron --------


class TestSeed003:
    W1, W2 = [[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]
    x, t = [0.05, 0.10], [0.01, 0.99]

    @pytest.fixture
    def net(self):
        return from_weights(
            [self.W1, self.W2],
            labels={"w": "w1 w2 w3 w4 w5 w6 w7 w8", "z": "net_h1 net_h2 net_o1 net_o2", "a": "h1 h2 o1 o2"},
        )

    def by_matrices(self):
        """z, a and δ of both layers by the seed's matrix form, vectors as columns."""
        x, t = transposed([self.x]), transposed([self.t])
        z1 = product(self.W1, x)
        a1 = entries(f, z1)
        z2 = product(self.W2, a1)
        a2 = entries(f, z2)
        delta2 = entries(lambda a, t, z: (a - t) * slope(z), a2, t, z2)
        delta1 = entries(lambda e, z: e * slope(z), product(transposed(self.W2), delta2), z1)
        return x, a1, a2, delta1, delta2

    def test_the_outputs_are_those_of_the_matrix_form(self, net):
        _, _, a2, _, _ = self.by_matrices()
        assert [o.data for o in net(self.x)] == near([a for [a] in a2])

    def test_the_deltas_are_columns_as_the_seed_prints_them(self, net):
        *_, delta1, delta2 = self.by_matrices()
        assert net.deltas(half_squared_error(net(self.x), self.t)) == [near(delta1), near(delta2)]

    def test_the_gradients_are_delta_times_the_inputs_transposed(self, net):
        x, a1, _, delta1, delta2 = self.by_matrices()
        E = half_squared_error(net(self.x), self.t)
        expected = [near(product(delta1, transposed(x))), near(product(delta2, transposed(a1)))]
        assert net.gradients(E) == expected
        E.backward()
        assert net.gradients() == expected
        assert net.weights() == [self.W1, self.W2]

    def test_every_part_has_the_seeds_name(self, net):
        E = half_squared_error(net(self.x), self.t)
        found = {node.label for node in gradients(E) if node.label}
        assert found == {
            *(f"w{k}" for k in range(1, 9)),
            *("net_h1", "net_h2", "net_o1", "net_o2", "h1", "h2", "o1", "o2"),
        }
        w1 = net.layers[0].neurons[0].w[0]
        assert all(name in draw(E, wrt=w1).source for name in ("net_h1", "h1"))

    def test_an_update_shows_in_the_weights(self, net):
        E = half_squared_error(net(self.x), self.t)
        E.backward()
        g = net.gradients()
        for p in net.parameters():
            p.data -= 0.5 * p.grad
        assert net.weights() == [near(entries(lambda w, d: w - 0.5 * d, W, d)) for W, d in zip([self.W1, self.W2], g)]

    def test_a_bias_that_a_layer_shares_is_one_leaf_whose_gradient_is_the_sum_of_its_deltas(self):
        net = from_weights([self.W1, self.W2], [0.35, 0.60])
        b1, b2 = net.layers[0].neurons[0].b, net.layers[1].neurons[1].b
        assert [p.label for p in net.parameters() if p.label.startswith("b")] == ["b1", "b2"]
        E = half_squared_error(net(self.x), self.t)
        E.backward()
        delta1, delta2 = net.deltas(E)
        assert net.bias_gradients() == [near(delta1[0][0] + delta1[1][0]), near(delta2[0][0] + delta2[1][0])]
        assert [b1.grad, b2.grad] == net.bias_gradients() == near(net.bias_gradients(E))
        assert net.biases() == [0.35, 0.60]
        # Published elsewhere for these very numbers: the output 0.75136507 and the loss 0.298371109
        assert net(self.x)[0].data == pytest.approx(0.75136507, abs=1e-8)
        assert E.data == pytest.approx(0.298371109, abs=1e-9)


# -- Seed 000: three rows of data, w1,(i,j) from input i to hidden neuron j; a column is a neuron -


class TestSeed000:
    X = [[0.15, 0.3], [5.0, 2.4], [0.5, 2.0]]  # noqa: RUF012 -- given numbers
    Y = [[3.0], [0.8], [1.5]]  # noqa: RUF012 -- the same
    W1 = [[0.1, -0.4, 0.7], [0.5, 0.2, -0.3]]  # noqa: RUF012 -- the same
    W2 = [[0.6], [-0.2], [0.9]]  # noqa: RUF012 -- the same

    @pytest.fixture
    def net(self):
        return from_weights([self.W1, self.W2], layout="columns are neurons")

    def loss(self, net):
        return half_squared_error([net(x) for x in self.X], [y for [y] in self.Y])

    def by_matrices(self):
        b = product(self.X, self.W1)
        a = entries(f, b)
        z = product(a, self.W2)
        delta2 = entries(lambda z, y: (f(z) - y) * slope(z), z, self.Y)
        delta1 = entries(lambda e, b: e * slope(b), product(delta2, transposed(self.W2)), b)
        return a, delta1, delta2

    def test_the_deltas_have_a_row_for_each_row_of_the_data(self, net):
        _, delta1, delta2 = self.by_matrices()
        assert net.deltas(self.loss(net)) == [near(delta1), near(delta2)]

    def test_the_gradients_are_the_inputs_transposed_times_delta(self, net):
        a, delta1, delta2 = self.by_matrices()
        found = net.gradients(self.loss(net))
        assert found == [near(product(transposed(self.X), delta1)), near(product(transposed(a), delta2))]

    def test_the_weights_carry_the_seeds_indices_input_first(self, net):
        assert [p.label for p in net.layers[0].neurons[1].w] == ["w1[1,2]", "w1[2,2]"]
        assert net.layers[0].neurons[1].w[0].data == self.W1[0][1]
        assert net.weights() == [self.W1, self.W2]

    def test_the_rows_are_in_order_however_the_loss_adds_them(self, net):
        _, delta1, _ = self.by_matrices()
        losses = [half_squared_error(net(x), y) for x, y in zip(self.X, self.Y)]
        for E in (sum(losses), total(losses), losses[0] + (losses[1] + losses[2])):
            assert net.deltas(E)[0] == near(delta1)

    def test_names_are_given_in_the_order_in_which_the_matrices_are_written(self):
        net = from_weights([self.W1, self.W2], layout="columns are neurons", labels={"w": "a b c d e f g h i"})
        assert [p.label for p in net.layers[0].neurons[0].w] == ["a", "d"]
        assert [p.label for p in net.layers[1].neurons[0].w] == ["g", "h", "i"]


# -- Seed 002: Z = f(Z W), the first feature always 1 --------------------------------------------


class TestSeed002:
    X = [[1.0, 0.5, -1.2], [1.0, 1.5, 0.4], [1.0, -0.7, 0.8], [1.0, 0.1, 0.2]]  # noqa: RUF012 -- given numbers
    T = [[0.3], [0.9], [0.1], [0.6]]  # noqa: RUF012 -- the same
    W0 = [[0.1, -0.2], [0.2, -0.5], [-0.3, 0.6]]  # noqa: RUF012 -- the same
    W1 = [[0.7], [-0.9]]  # noqa: RUF012 -- the same

    def by_index(self):
        """∂E/∂W of both layers by the seed's two formulas, index by index."""
        a0 = product(self.X, self.W0)
        z1 = entries(math.tanh, a0)
        a1 = product(z1, self.W1)
        prime = lambda a: 1 - math.tanh(a) ** 2  # noqa: E731 -- a formula
        by_z2 = entries(lambda a, t: math.tanh(a) - t, a1, self.T)
        rows = range(len(self.X))
        w1 = [[sum(by_z2[s][j] * prime(a1[s][j]) * z1[s][i] for s in rows) for j in range(1)] for i in range(2)]
        by_z1 = [[sum(by_z2[s][v] * prime(a1[s][v]) * self.W1[j][v] for v in range(1)) for j in range(2)] for s in rows]
        w0 = [[sum(by_z1[s][j] * prime(a0[s][j]) * self.X[s][i] for s in rows) for j in range(2)] for i in range(3)]
        return w0, w1, by_z1

    def test_with_the_column_of_ones_in_the_data_the_gradients_are_those_of_the_index_formulas(self):
        net = from_weights([self.W0, self.W1], layout="columns are neurons", activation="tanh")
        E = half_squared_error([net(x) for x in self.X], [t for [t] in self.T])
        w0, w1, by_z1 = self.by_index()
        assert net.gradients(E) == [near(w0), near(w1)]
        assert net.deltas(E, of="a")[0] == near(by_z1)

    @pytest.mark.parametrize("layout", [name for name in LAYOUTS if "bias" in name])
    def test_a_bias_in_the_matrix_is_the_weight_of_a_feature_that_is_one(self, layout):
        """One layer, so that every column of ones is written: as data, or as a bias."""
        rows = [x[1:] for x in self.X]
        matrix = self.W0 if layout.endswith("first") else [*self.W0[1:], self.W0[0]]
        matrix = matrix if layout.startswith("columns") else transposed(matrix)
        net = from_weights(matrix, layout=layout, activation="tanh")
        plain = from_weights(self.W0, layout="columns are neurons", activation="tanh")
        weighted = [[0.4, -0.3], [0.2, 0.9], [-0.5, 0.1], [0.7, 0.3]]
        E = total([c * o for cs, x in zip(weighted, rows) for c, o in zip(cs, net(x))])
        F = total([c * o for cs, x in zip(weighted, self.X) for c, o in zip(cs, plain(x))])
        assert E.data == near(F.data)
        assert net.weights() == [matrix]
        found, expected = net.gradients(E)[0], plain.gradients(F)[0]
        found = found if layout.startswith("columns") else transposed(found)
        assert (found if layout.endswith("first") else [found[-1], *found[:-1]]) == near(expected)
        assert net.bias_gradients(E) == net.biases() == [None]


# -- Seed 001: w_{A,B} from A to B, in two layers and in three -----------------------------------

SAMPLES = [([0.5, -1.2], 0.3), ([1.5, 0.4], 0.9), ([-0.7, 0.8], 0.1), ([0.1, 0.2], 0.6)]


class TestSeed001:
    w = {  # noqa: RUF012 -- given numbers
        "x1,1": 0.3, "x2,1": -0.6, "x1,2": 0.5, "x2,2": 0.9,
        "1,3": -0.8, "2,3": 0.4, "1,4": 0.7, "2,4": 0.2,
        "3,5": 1.1, "4,5": -0.5,
    }  # fmt: skip
    b = {1: 0.1, 2: -0.3, 3: 0.2, 4: 0.05, 5: -0.15}  # noqa: RUF012 -- the same

    @pytest.fixture
    def net(self):
        return from_weights(self.w, self.b, labels={"w": "w_{}", "b": "b{}", "z": "r{}"})

    def loss(self, net):
        return half_squared_error([net(x) for x, _ in SAMPLES], [t for _, t in SAMPLES])

    def samples(self):
        w, b = self.w, self.b
        for (x1, x2), t in SAMPLES:
            r1, r2 = (w[f"x1,{k}"] * x1 + w[f"x2,{k}"] * x2 + b[k] for k in (1, 2))
            r3, r4 = (w[f"1,{k}"] * f(r1) + w[f"2,{k}"] * f(r2) + b[k] for k in (3, 4))
            r5 = w["3,5"] * f(r3) + w["4,5"] * f(r4) + b[5]
            delta = f(r5) - t
            delta3, delta4 = (delta * slope(r5) * w[f"{k},5"] for k in (3, 4))
            delta1 = delta3 * slope(r3) * w["1,3"] + delta4 * slope(r4) * w["1,4"]
            delta2 = delta3 * slope(r3) * w["2,3"] + delta4 * slope(r4) * w["2,4"]
            yield (
                {"x1": x1, "x2": x2},
                {1: r1, 2: r2, 3: r3, 4: r4, 5: r5},
                {1: delta1, 2: delta2, 3: delta3, 4: delta4, 5: delta},
            )

    def test_the_error_signal_of_the_seed_is_the_derivative_by_the_activation(self, net):
        found = net.deltas(self.loss(net), of="a")
        for k in range(1, 6):
            assert found[str(k)] == near([delta[k] for _, _, delta in self.samples()])

    def test_the_delta_by_the_pre_activation_is_the_error_times_the_gradient(self, net):
        found = net.deltas(self.loss(net))
        for k in range(1, 6):
            assert found[str(k)] == near([delta[k] * slope(r[k]) for _, r, delta in self.samples()])

    def test_every_weight_is_error_times_gradient_times_input(self, net):
        found = net.gradients(self.loss(net))
        for name in self.w:
            source, k = name.split(",")[0], int(name.split(",")[1])
            by_hand = sum(
                delta[k] * slope(r[k]) * (x[source] if source in x else f(r[int(source)]))
                for x, r, delta in self.samples()
            )
            assert found[name] == near(by_hand), name

    def test_every_bias_is_error_times_gradient(self, net):
        E = self.loss(net)
        E.backward()
        by_hand = {str(k): near(sum(delta[k] * slope(r[k]) for _, r, delta in self.samples())) for k in self.b}
        assert net.bias_gradients() == net.bias_gradients(E) == by_hand

    def test_the_parts_are_named_as_in_the_seed(self, net):
        y = net({"x2": -1.2, "x1": 0.5})
        assert net.w["x1,1"].label == "w_x1,1"
        assert net.b["5"].label == "b5"
        assert y.parents[0].label == "r5"
        assert y.data == net([0.5, -1.2]).data
        assert (net.weights(), net.biases()) == (self.w, {str(k): b for k, b in self.b.items()})
        assert repr(net) == "Wired(10 weights, x1 x2 → 1 2 3 4 5)"

    def test_two_layers_are_the_same_network_by_name_and_as_matrices(self):
        w, w_hat, b, b_hat = [[0.2, -0.5, 0.8], [-0.3, 0.6, 0.4]], [0.7, -0.9, 0.5], [0.1, -0.2, 0.3], -0.4
        names = {f"x{a},{k}": w[a - 1][k - 1] for a in (1, 2) for k in (1, 2, 3)} | {
            f"{k},o": w_hat[k - 1] for k in (1, 2, 3)
        }
        wired = from_weights(names, {1: b[0], 2: b[1], 3: b[2], "o": b_hat})
        matrices = from_weights([w, [[v] for v in w_hat]], [b, [b_hat]], layout="columns are neurons")
        E, F = self.loss(wired), self.loss(matrices)
        assert E.data == near(F.data)
        found = wired.gradients(E)
        assert [[found[f"x{a},{k}"] for k in (1, 2, 3)] for a in (1, 2)] == near(matrices.gradients(F)[0])
        assert matrices.bias_gradients(F) == [
            near([wired.bias_gradients(E)[k] for k in "123"]),
            near([wired.bias_gradients(E)["o"]]),
        ]


# -- Labels and Values given ---------------------------------------------------------------------


def test_one_matrix_is_one_layer():
    net = from_weights([[1.0, 2.0], [3.0, 4.0]], activation=None)
    assert [o.data for o in net([1.0, 1.0])] == [3.0, 7.0]
    assert isinstance(net, MatrixMLP)


def test_arrays_are_read_as_lists():
    numpy = pytest.importorskip("numpy", reason="weights as arrays need numpy")
    W = numpy.array([[1.0, 2.0], [3.0, 4.0]])
    assert from_weights([W, W]).weights() == [W.tolist(), W.tolist()]
    assert from_weights(W, numpy.array([[0.5, 1.0]])).biases() == [[0.5, 1.0]]


def test_a_value_is_used_as_it_is_and_may_stand_in_two_places():
    w = Value(2.0, "shared")
    net = from_weights([[[w]], [[w]]], activation=None)
    y = net([3.0])
    assert (y.data, [p.label for p in net.parameters()]) == (12.0, ["shared"])
    assert net.gradients(y) == [[[12.0]], [[12.0]]]
    assert net.deltas(y) == [[[2.0]], [[1.0]]]


def test_each_layer_may_have_its_own_activation():
    net = from_weights([[[1.0]], [[1.0]]], activation=["tanh", None])
    assert net([0.5]).data == math.tanh(0.5)


def test_an_activation_of_several_nodes_has_the_delta_of_its_result_and_of_its_sum():
    net = from_weights([[1.0]], activation=lambda z: z * z * 3)
    y = net([2.0])
    assert (net.deltas(2 * y), net.deltas(2 * y, of="a")) == ([[[24.0]]], [[[2.0]]])


def test_a_graph_recorded_before_a_weight_changed_keeps_its_deltas():
    net = from_weights([[[2.0]], [[3.0]]], activation=None)
    y = net([1.0])
    net.layers[1].neurons[0].w[0].data = 100.0
    assert net.deltas(y) == [[[3.0]], [[1.0]]]


def test_a_neuron_that_the_loss_does_not_use_has_no_delta():
    net = from_weights([[1.0], [2.0]], activation=None)
    first, _ = net([3.0])
    assert net.deltas(first) == [[[1.0], [0.0]]]
    assert net.gradients(first) == [[[3.0], [0.0]]]


def test_it_is_an_mlp_like_any_other():
    net = from_weights([[[0.5, 0.5]], [[1.0]]])
    assert isinstance(net, MLP)
    assert repr(net) == "MatrixMLP(2, [1, 1], layout='rows are neurons')"
    assert len(list(steps(net([1.0, 2.0])))) == 4


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: from_weights([]), OperandError, "needs one matrix for each layer"),
        (lambda: from_weights(3), OperandError, "needs one matrix for each layer"),
        (lambda: from_weights([[[1, 2], [3]]]), ArgumentError, "row 2 of matrix 1 has 1 weights, and the first has 2"),
        (lambda: from_weights([[[1, 2]], [3]]), OperandError, "row 1 of matrix 2 must be a list of weights, not 3"),
        (
            lambda: from_weights([[[1, 2]], [[1, 2]]]),
            ArgumentError,
            "matrix 2 has weights for 2 inputs, and layer 1 has 1",
        ),
        (lambda: from_weights([[["a"]]]), OperandError, "a Value holds a real number, not 'a'"),
        (
            lambda: from_weights([[[1]]], layout="rows"),
            ArgumentError,
            "there is no layout 'rows'; choose one of 'rows are",
        ),
        (lambda: from_weights([[[1]]], [1, 2]), ArgumentError, "one entry for each of the 1 layers"),
        (lambda: from_weights([[[1]]], [[1, 2]]), ArgumentError, "2 biases for the 1 neurons of layer 1"),
        (lambda: from_weights([[[1]]], activation=["tanh", "relu"]), ArgumentError, "2 activations for 1 layers"),
        (lambda: from_weights([[[1]]], activation="soft"), ArgumentError, "there is no activation 'soft'"),
        (lambda: from_weights([[[1]]], labels={"w": "a b"}), ArgumentError, "labels: 2 names for 1 weights ('w')"),
        (lambda: from_weights([[[1]]], labels={"w": 3}), OperandError, "labels: 'w' needs names"),
        (lambda: from_weights([[[1]]], labels={"q": "a"}), ArgumentError, "there is no kind 'q'"),
        (lambda: from_weights([[[1]]], labels=["a"]), OperandError, "labels must be given by kind"),
        (lambda: from_weights([[1, 2]], [1], layout="rows are neurons, bias first"), ArgumentError, "give no others"),
        (
            lambda: from_weights([[1]], layout="rows are neurons, bias last"),
            ArgumentError,
            "a neuron has a bias but no weight",
        ),
        (lambda: from_weights([[[Value(1.0) * 2]]]), ArgumentError, "was computed; a weight or bias must be a leaf"),
        (lambda: from_weights({}), ArgumentError, "the mapping of weights is empty"),
        (lambda: from_weights({"x1": 1}), ArgumentError, "must be named by what it connects, as in 'x1,1', not 'x1'"),
        (lambda: from_weights({"1,2": 1, "2,1": 1}), ArgumentError, "the connections of 2, 1 lead in a circle"),
        (lambda: from_weights({"x,1": 1}, {2: 1}), ArgumentError, "the bias of '2': no weight leads to a neuron"),
        (lambda: from_weights({"x,1": 1}, [1]), OperandError, "each bias must be given by its neuron"),
        (
            lambda: from_weights({"x,1": 1}, layout="columns are neurons"),
            ArgumentError,
            "weights by name have no layout",
        ),
        (lambda: from_weights({"x,1": 1}, labels={"w": "w"}), ArgumentError, "must be a pattern with one {}"),
        (lambda: from_weights({"x,1": 1}, labels={"w": "{}{0}"}), ArgumentError, "must be a pattern with one {}"),
        (lambda: from_weights({"x,1": 1})([1, 2]), ArgumentError, "takes 1 inputs, x, not 2"),
        (lambda: from_weights({"x,1": 1})({"y": 1}), ArgumentError, "the inputs must be x, not y"),
        (lambda: from_weights({"x,1": 1})(3), OperandError, "takes a list of inputs for x"),
        (lambda: from_weights([[1.0]]).deltas(Value(1.0)), NotFoundError, "the loss was not computed by this network"),
        (lambda: from_weights({"x,1": 1}).deltas(Value(1.0)), NotFoundError, "was not computed by this network"),
        (lambda: from_weights([[1.0]]).deltas(3.0), OperandError, "the loss must be a Value, computed"),
        (lambda: from_weights([[1.0]]).deltas(Value(1.0), of="y"), ArgumentError, "deltas: of must be 'z'"),
        (lambda: from_weights({"x,1": 1}).deltas(Value(1.0), of="y"), ArgumentError, "deltas: of must be 'z'"),
    ],
)
def test_weights_that_do_not_fit_together_are_refused_by_name(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()


def test_a_connection_may_skip_a_layer():
    net = Wired({"x,1": 2.0, "1,2": 3.0, "x,2": 5.0}, activation={"1": None, "2": None})
    y = net([1.0])
    assert y.data == 11.0
    assert net.gradients(y) == {"x,1": 3.0, "1,2": 2.0, "x,2": 1.0}
