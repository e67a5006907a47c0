"""The networks of seeds 000, 001 and 002 against their closed formulas, written out here in plain Python."""

import math
import random

import pytest

from autograd import Value, affine, gradients, half_squared_error, total

pytestmark = pytest.mark.portable


def f(z):
    return 1 / (1 + math.exp(-z))


def slope(z):
    """f'(z) of the sigmoid."""
    return f(z) * (1 - f(z))


def values(matrix):
    return [[Value(x) for x in row] for row in matrix]


def near(number):
    return pytest.approx(number, rel=1e-12, abs=1e-15)


# -- Seed 000: 2 inputs, 3 hidden, 1 output, 3 rows of training data -----------------------------

X = [[0.15, 0.3], [5.0, 2.4], [0.5, 2.0]]
Y = [3.0, 0.8, 1.5]
W1 = [[0.1, -0.4, 0.7], [0.5, 0.2, -0.3]]  # w1,(i,j): from input i to hidden neuron j
W2 = [0.6, -0.2, 0.9]


def radar(layer1, layer2):
    """J = ½ Σ (y − f(f(X W1) W2))² over the rows, as one graph."""
    outputs = []
    for row in X:
        hidden = [affine([layer1[0][j], layer1[1][j]], row).sigmoid() for j in range(3)]
        outputs.append(affine(layer2, hidden).sigmoid())
    return half_squared_error(outputs, Y)


class TestSeed000:
    @pytest.fixture
    def network(self):
        layer1, layer2 = values(W1), [Value(w) for w in W2]
        cost = radar(layer1, layer2)
        cost.backward()
        return layer1, layer2, cost

    @staticmethod
    def rows():
        """Of each row its inputs, β = w1 x, α = f(β), z = w2 α and y − ŷ."""
        for x, y in zip(X, Y):
            beta = [W1[0][j] * x[0] + W1[1][j] * x[1] for j in range(3)]
            alpha = [f(b) for b in beta]
            z = sum(w * a for w, a in zip(W2, alpha))
            yield x, beta, alpha, z, y - f(z)

    def test_the_cost_is_half_the_sum_of_the_squared_errors(self, network):
        assert network[2].data == near(sum(error**2 for *_, error in self.rows()) / 2)

    @pytest.mark.parametrize("j", range(3))
    def test_an_output_weight_has_the_gradient_of_step_4(self, network, j):
        by_hand = sum(-error * slope(z) * alpha[j] for _, _, alpha, z, error in self.rows())
        assert network[1][j].grad == near(by_hand)

    @pytest.mark.parametrize("i", range(2))
    @pytest.mark.parametrize("j", range(3))
    def test_a_hidden_weight_has_the_chain_of_steps_5_and_6(self, network, i, j):
        by_hand = sum(-error * slope(z) * W2[j] * slope(beta[j]) * x[i] for x, beta, _, z, error in self.rows())
        assert network[0][i][j].grad == near(by_hand)

    def test_the_slides_further_factor_w1_is_not_in_it(self, network):
        slide = sum(-error * slope(z) * W2[0] * slope(b[0]) * W1[0][0] * x[0] for x, b, _, z, error in self.rows())
        assert network[0][0][0].grad != pytest.approx(slide, rel=0.1)

    def test_the_total_gradient_of_the_hidden_weights_moves_them_as_their_gradients_together(self, network):
        # ∂J/∂w = ∂J/∂w₁ + ∂J/∂w₂: what J gains where both weights grow by the same small amount
        h = 1e-6
        up, down = ([[w + d for w in W1[0]], W1[1]] for d in (h, -h))
        change = (radar(up, list(map(Value, W2))).data - radar(down, list(map(Value, W2))).data) / (2 * h)
        assert sum(w.grad for w in network[0][0]) == pytest.approx(change, rel=1e-7)


# -- Seed 001: two and three layers with biases, the error summed over M samples -----------------

SAMPLES = [([0.5, -1.2], 0.3), ([1.5, 0.4], 0.9), ([-0.7, 0.8], 0.1), ([0.1, 0.2], 0.6)]


class TestSeed001TwoLayers:
    """x → f₁ … f_N₁ → one output, w[A][B] from input A to hidden neuron B."""

    w = [[0.2, -0.5, 0.8], [-0.3, 0.6, 0.4]]  # noqa: RUF012 -- given numbers
    b = [0.1, -0.2, 0.3]  # noqa: RUF012 -- the same
    w_hat = [0.7, -0.9, 0.5]  # noqa: RUF012 -- the same
    b_hat = -0.4

    @pytest.fixture
    def network(self):
        w, b, w_hat, b_hat = values(self.w), values([self.b])[0], values([self.w_hat])[0], Value(self.b_hat)
        errors = []
        for x, t in SAMPLES:
            hidden = [affine([w[0][k], w[1][k]], x, b[k]).sigmoid() for k in range(3)]
            errors.append(half_squared_error(affine(w_hat, hidden, b_hat).sigmoid(), t))
        error = total(errors)
        error.backward()
        return w, b, w_hat, b_hat, error

    def samples(self):
        """Of each sample x, the inputs r of the hidden neurons, that of the output r̂, and y − t."""
        for x, t in SAMPLES:
            r = [self.w[0][k] * x[0] + self.w[1][k] * x[1] + self.b[k] for k in range(3)]
            r_hat = sum(f(r[k]) * self.w_hat[k] for k in range(3)) + self.b_hat
            yield x, r, r_hat, f(r_hat) - t

    def test_the_error_is_summed_over_the_samples(self, network):
        assert network[-1].data == near(sum(delta**2 for *_, delta in self.samples()) / 2)

    @pytest.mark.parametrize("k", range(3))
    def test_output_weights(self, network, k):
        assert network[2][k].grad == near(sum(d * slope(r_hat) * f(r[k]) for _, r, r_hat, d in self.samples()))

    @pytest.mark.parametrize("a", range(2))
    @pytest.mark.parametrize("k", range(3))
    def test_hidden_weights(self, network, a, k):
        by_hand = sum(d * slope(r_hat) * self.w_hat[k] * slope(r[k]) * x[a] for x, r, r_hat, d in self.samples())
        assert network[0][a][k].grad == near(by_hand)

    def test_the_output_bias(self, network):
        assert network[3].grad == near(sum(d * slope(r_hat) for _, _, r_hat, d in self.samples()))

    @pytest.mark.parametrize("k", range(3))
    def test_hidden_biases(self, network, k):
        by_hand = sum(d * slope(r_hat) * self.w_hat[k] * slope(r[k]) for _, r, r_hat, d in self.samples())
        assert network[1][k].grad == near(by_hand)


class TestSeed001ThreeLayers:
    """x₁, x₂ → f₁, f₂ → f₃, f₄ → f₅; a weight is named after what it joins."""

    w = {  # noqa: RUF012 -- given numbers
        "x1,1": 0.3, "x2,1": -0.6, "x1,2": 0.5, "x2,2": 0.9,
        "1,3": -0.8, "2,3": 0.4, "1,4": 0.7, "2,4": 0.2,
        "3,5": 1.1, "4,5": -0.5,
    }  # fmt: skip
    b = {1: 0.1, 2: -0.3, 3: 0.2, 4: 0.05, 5: -0.15}  # noqa: RUF012 -- the same

    @pytest.fixture
    def network(self):
        w, b = {k: Value(v, f"w{k}") for k, v in self.w.items()}, {k: Value(v, f"b{k}") for k, v in self.b.items()}
        outputs, ts, inside = [], [], []
        for x, t in SAMPLES:
            y1 = affine([w["x1,1"], w["x2,1"]], x, b[1]).sigmoid()
            y2 = affine([w["x1,2"], w["x2,2"]], x, b[2]).sigmoid()
            y3 = affine([w["1,3"], w["2,3"]], [y1, y2], b[3]).sigmoid()
            y4 = affine([w["1,4"], w["2,4"]], [y1, y2], b[4]).sigmoid()
            outputs.append(affine([w["3,5"], w["4,5"]], [y3, y4], b[5]).sigmoid())
            ts.append(t)
            inside.append({1: y1, 2: y2, 3: y3, 4: y4})
        error = half_squared_error(outputs, ts)
        error.backward()
        return w, b, inside, outputs

    def samples(self):
        w, b = self.w, self.b
        for (x1, x2), t in SAMPLES:
            r1, r2 = w["x1,1"] * x1 + w["x2,1"] * x2 + b[1], w["x1,2"] * x1 + w["x2,2"] * x2 + b[2]
            r3, r4 = (w[f"1,{k}"] * f(r1) + w[f"2,{k}"] * f(r2) + b[k] for k in (3, 4))
            r5 = w["3,5"] * f(r3) + w["4,5"] * f(r4) + b[5]
            yield {"x1": x1, "x2": x2}, {1: r1, 2: r2, 3: r3, 4: r4, 5: r5}, f(r5) - t

    def summed(self, term):
        """Σ over the samples of a term of (x, r, y − t)."""
        return sum(term(x, r, delta) for x, r, delta in self.samples())

    @pytest.mark.parametrize("k", [3, 4])
    def test_output_weights(self, network, k):
        assert network[0][f"{k},5"].grad == near(self.summed(lambda _, r, d: d * slope(r[5]) * f(r[k])))

    @pytest.mark.parametrize("j", [1, 2])
    @pytest.mark.parametrize("k", [3, 4])
    def test_weights_of_the_second_hidden_layer(self, network, j, k):
        by_hand = self.summed(lambda _, r, d: d * slope(r[5]) * self.w[f"{k},5"] * slope(r[k]) * f(r[j]))
        assert network[0][f"{j},{k}"].grad == near(by_hand)

    @pytest.mark.parametrize("x", ["x1", "x2"])
    @pytest.mark.parametrize("j", [1, 2])
    def test_weights_of_the_first_hidden_layer_sum_over_two_paths(self, network, x, j):
        w = self.w
        by_hand = self.summed(
            lambda xs, r, d: (
                d
                * slope(r[5])
                * slope(r[j])
                * xs[x]
                * (w["3,5"] * slope(r[3]) * w[f"{j},3"] + w["4,5"] * slope(r[4]) * w[f"{j},4"])
            )
        )
        assert network[0][f"{x},{j}"].grad == near(by_hand)

    def test_biases_have_the_error_times_the_gradient_alone(self, network):
        w, b = self.w, network[1]
        assert b[5].grad == near(self.summed(lambda _, r, d: d * slope(r[5])))
        assert b[3].grad == near(self.summed(lambda _, r, d: d * slope(r[5]) * w["3,5"] * slope(r[3])))
        two_paths = lambda r: w["3,5"] * slope(r[3]) * w["1,3"] + w["4,5"] * slope(r[4]) * w["1,4"]  # noqa: E731 -- a formula
        assert b[1].grad == near(self.summed(lambda _, r, d: d * slope(r[5]) * slope(r[1]) * two_paths(r)))

    def test_the_error_signal_ripples_from_layer_to_layer_in_every_sample(self, network):
        _, _, inside, outputs = network
        w = self.w
        for (_, r, delta), y, output in zip(self.samples(), inside, outputs):
            delta_3 = delta * slope(r[5]) * w["3,5"]
            delta_4 = delta * slope(r[5]) * w["4,5"]
            delta_1 = delta_3 * slope(r[3]) * w["1,3"] + delta_4 * slope(r[4]) * w["1,4"]
            assert output.grad == near(delta)
            assert (y[3].grad, y[4].grad, y[1].grad) == (near(delta_3), near(delta_4), near(delta_1))

    def test_written_with_its_error_signal_a_weight_is_error_times_gradient_times_input(self, network):
        w, _, inside, _ = network
        for name, k, source in (("1,3", 3, 1), ("2,4", 4, 2)):
            by_hand = sum(y[k].grad * slope(r[k]) * f(r[source]) for (_, r, _), y in zip(self.samples(), inside))
            assert w[name].grad == near(by_hand)

    def test_where_the_seed_writes_the_gradient_of_another_neuron_it_is_not_the_gradient(self, network):
        # "δ₁ · g'(r₄) · x₁" stands where g'(r₁) belongs
        inside = network[2]
        seed = sum(y[1].grad * slope(r[4]) * x["x1"] for (x, r, _), y in zip(self.samples(), inside))
        right = sum(y[1].grad * slope(r[1]) * x["x1"] for (x, r, _), y in zip(self.samples(), inside))
        assert network[0]["x1,1"].grad == near(right)
        assert network[0]["x1,1"].grad != pytest.approx(seed, rel=1e-3)


# -- Seed 002: L layers, N rows, index notation; the first feature is always 1, for the bias ------


class TestSeed002:
    """A = Z W, Z = f(A), E = ½ Σ (Y − T)², for 3 layers of 4, 3 and 2 neurons and 5 rows of 3 + 1 features."""

    N, K = 5, [4, 4, 3, 2]

    @pytest.fixture
    def numbers(self):
        dice = random.Random(2)
        x = [[1.0] + [dice.uniform(-1, 1) for _ in range(self.K[0] - 1)] for _ in range(self.N)]
        w = [
            [[dice.uniform(-1, 1) for _ in range(self.K[layer + 1])] for _ in range(self.K[layer])]
            for layer in range(3)
        ]
        t = [[dice.uniform(0, 1) for _ in range(self.K[3])] for _ in range(self.N)]
        return x, w, t

    @staticmethod
    def with_bias_column(x, w, t):
        """The weights as Values, and E, where the bias is the weight of a feature that is 1."""
        weights = [values(layer) for layer in w]
        outputs = []
        for row in x:
            z = row
            for layer in weights:
                z = [affine([line[j] for line in layer], z).tanh() for j in range(len(layer[0]))]
            outputs += z
        return weights, half_squared_error(outputs, [target for row in t for target in row])

    @staticmethod
    def with_bias_node(x, w, t):
        """The same where the first row of the first weights is a bias of its own, and the feature left out."""
        weights = [values(layer) for layer in w]
        bias, rest = weights[0][0], weights[0][1:]
        outputs = []
        for row in x:
            z = [affine([line[j] for line in rest], row[1:], bias[j]).tanh() for j in range(len(bias))]
            for layer in weights[1:]:
                z = [affine([line[j] for line in layer], z).tanh() for j in range(len(layer[0]))]
            outputs += z
        return weights, half_squared_error(outputs, [target for row in t for target in row])

    def by_index(self, x, w, t):
        """∂E/∂W by the seed's two formulas, index by index."""
        z, a = [x], []
        for layer in w:
            a.append(
                [[sum(zs[k] * layer[k][j] for k in range(len(layer))) for j in range(len(layer[0]))] for zs in z[-1]]
            )
            z.append([[math.tanh(v) for v in row] for row in a[-1]])
        prime = lambda v: 1 - math.tanh(v) ** 2  # noqa: E731 -- a formula
        rows = range(self.N)
        by_z = [[z[3][s][j] - t[s][j] for j in range(self.K[3])] for s in rows]  # ∂E/∂Z of the last layer
        found = []
        for layer in (3, 2, 1):
            before, here = range(self.K[layer - 1]), range(self.K[layer])
            found.insert(
                0,
                [
                    [sum(by_z[s][j] * prime(a[layer - 1][s][j]) * z[layer - 1][s][i] for s in rows) for j in here]
                    for i in before
                ],
            )
            by_z = [
                [sum(by_z[s][v] * prime(a[layer - 1][s][v]) * w[layer - 1][j][v] for v in here) for j in before]
                for s in rows
            ]
        return found

    @staticmethod
    def flat(weights):
        return [w for layer in weights for row in layer for w in row]

    def test_every_gradient_is_that_of_the_index_formulas(self, numbers):
        weights, error = self.with_bias_column(*numbers)
        found = gradients(error)
        assert [found[w] for w in self.flat(weights)] == near(self.flat(self.by_index(*numbers)))

    def test_a_bias_node_and_a_bias_column_are_the_same_network(self, numbers):
        column, error = self.with_bias_column(*numbers)
        node, same_error = self.with_bias_node(*numbers)
        assert error.data == near(same_error.data)
        found, same = gradients(error), gradients(same_error)
        assert [found[w] for w in self.flat(column)] == near([same[w] for w in self.flat(node)])

    def test_the_gradient_of_a_bias_is_the_sum_of_the_errors_of_its_neuron(self, numbers):
        column, error = self.with_bias_column(*numbers)
        found = gradients(error)
        for j, bias in enumerate(column[0][0]):
            pre_activations = {
                parent for node in found for parent in node.parents if node.op and node.op.name == "tanh"
            }
            of_neuron = [a for a in pre_activations if a.operands[0] is bias]
            assert len(of_neuron) == self.N
            assert found[bias] == near(sum(found[a] for a in of_neuron)), j
