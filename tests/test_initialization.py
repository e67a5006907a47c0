"""Initial weights: their bounds, their variance and their random generator."""

import math
import random
import re
from statistics import fmean, pvariance

import pytest

from autograd import ArgumentError, OperandError, Value
from nn import MLP, Layer, Neuron
from nn.regularization import Dropout

pytestmark = pytest.mark.portable


def weights(layer):
    return [w.data for neuron in layer.neurons for w in neuron.w]


# Written out from the papers: the bound of a uniform draw has three times the variance as its square.
BOUNDS = {
    "uniform": lambda _nin, _nout: 1.0,
    "xavier": lambda nin, nout: math.sqrt(6) / math.sqrt(nin + nout),
    "he": lambda nin, _nout: math.sqrt(3) * math.sqrt(2 / nin),
}


@pytest.mark.parametrize("rule", BOUNDS)
@pytest.mark.parametrize(("nin", "nout"), [(50, 40), (40, 100)])
def test_the_weights_fill_the_interval_of_the_rule(rule, nin, nout):
    drawn, bound = weights(Layer(nin, nout, init=rule, seed=1)), BOUNDS[rule](nin, nout)
    assert 0.99 * bound < max(drawn) <= bound
    assert -bound <= min(drawn) < -0.99 * bound
    assert fmean(drawn) == pytest.approx(0, abs=0.05 * bound)
    assert pvariance(drawn) == pytest.approx(bound**2 / 3, rel=0.05)


def test_in_a_network_each_layer_has_the_bound_of_its_own_size():
    model = MLP(30, [60, 90, 2], init="xavier", seed=1)
    for layer, (nin, nout) in zip(model.layers, [(30, 60), (60, 90), (90, 2)]):
        bound = math.sqrt(6 / (nin + nout))
        assert 0.95 * bound < max(map(abs, weights(layer))) <= bound
    assert all(neuron.b.data == 0 for layer in model.layers for neuron in layer.neurons)


def test_a_neuron_alone_is_a_layer_of_one():
    alone, layer = Neuron(4, init="xavier", seed=3), Layer(4, 1, init="xavier", seed=3)
    assert [w.data for w in alone.w] == weights(layer)


def test_without_a_word_about_it_the_draws_are_micrograds():
    random.seed(5)
    plain = weights(Layer(3, 2))
    random.seed(5)
    assert plain == [random.uniform(-1, 1) for _ in range(6)]


def test_a_number_is_every_weight_and_a_function_is_given_a_generator_and_sizes():
    assert weights(Layer(2, 2, init=0.5)) == [0.5] * 4
    asked = []

    def rule(generator, nin, nout):
        asked.append((nin, nout))
        return generator.gauss(0, 1)

    model = MLP(2, [3, 1], init=rule, seed=7)
    generator = random.Random(7)
    assert [w for layer in model.layers for w in weights(layer)] == [generator.gauss(0, 1) for _ in range(9)]
    assert asked == [(2, 3)] * 6 + [(3, 1)] * 3


def test_the_same_seed_draws_the_same_weights_by_every_rule():
    for rule in BOUNDS:
        first, again, other = (weights(Layer(3, 2, init=rule, seed=seed)) for seed in (7, 7, 8))
        assert first == again != other


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Neuron(2, init="glorot"),
            ArgumentError,
            "no initializer 'glorot'; choose one of uniform",
        ),
        (lambda: Neuron(2, init=math.nan), ArgumentError, "initial weights must be finite, not nan"),
        (lambda: Neuron(2, init=None), OperandError, "init must be a name, a number or a function of (generator"),
        (lambda: Neuron(2, init=True), OperandError, "not True"),
        (lambda: Neuron(2, init=lambda _generator, _nin, _nout: "x"), OperandError, "'x'"),
        (lambda: Dropout(0.5, seed=[1]), OperandError, "seed must be a number, a string or a random.Random, not [1]"),
        (lambda: Neuron(2, init=lambda *_: Value(1.0)), OperandError, "is a Value already"),
    ],
)
def test_a_wrong_initializer_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()
