"""L1, L2, dropout and early stopping, and modules in training and in evaluation."""

import math
import random
from fractions import Fraction

import pytest

from autograd import ArgumentError, OperandError, Value, gradients
from nn import MLP, Module
from nn.normalization import BatchNorm
from nn.regularization import Dropout, dropout, l1, l2
from nn.training.early_stopping import EarlyStopping

pytestmark = pytest.mark.portable


def data(values):
    return [value.data for value in values]


# -- Penalties -------------------------------------------------------------------------------------


def test_l1_is_the_sum_of_the_sizes_and_pulls_everything_equally():
    p = [Value(3.0), Value(-4.0), Value(0.0)]
    penalty = l1(p, 0.5)
    penalty.backward()
    assert penalty.data == 3.5
    assert [v.grad for v in p] == [0.5, -0.5, 0.0]


def test_l2_is_the_sum_of_the_squares_without_a_half_and_pulls_by_twice_the_size():
    p = [Value(3.0), Value(-4.0)]
    penalty = l2(p, 0.5)
    penalty.backward()
    assert penalty.data == 12.5
    assert [v.grad for v in p] == [3.0, -4.0]
    assert len([node for node in gradients(penalty) if node.op]) == 2


def test_l2_is_the_penalty_of_micrograds_demo():
    model = MLP(2, [4, 1], seed=1)
    expected = 1e-4 * sum(p * p for p in model.parameters())
    assert l2(model.parameters(), 1e-4).data == pytest.approx(expected.data, rel=1e-12)


def test_in_fractions_both_are_exact():
    p = [Value(Fraction(1, 3)), Value(Fraction(-1, 2))]
    assert l1(p, Fraction(1, 5)).data == Fraction(1, 6)
    assert l2(p, 1).data == Fraction(1, 9) + Fraction(1, 4)


# -- Dropout ---------------------------------------------------------------------------------------


def test_kept_values_are_scaled_so_that_the_mean_stays_the_same():
    out = data(dropout([Value(1.0) for _ in range(20_000)], 0.3, seed=1))
    assert set(out) == {0.0, 1 / 0.7}
    assert sum(out) / len(out) == pytest.approx(1.0, abs=0.02)


def test_the_gradient_is_scaled_or_dropped_as_the_value_is():
    x = [Value(2.0) for _ in range(50)]
    out = dropout(x, 0.5, seed=3)
    sum(out).backward()
    assert [v.grad for v in x] == [y.data / 2.0 for y in out]


def test_the_same_seed_drops_the_same_and_nothing_is_dropped_at_a_rate_of_zero():
    x = [Value(float(n)) for n in range(1, 20)]
    assert data(dropout(x, 0.5, 7)) == data(dropout(x, 0.5, random.Random(7))) != data(dropout(x, 0.5, 8))
    assert data(dropout(x, 0.0)) == data(x)
    assert dropout(Value(3.0), 0.0).data == 3.0


def test_in_use_a_network_lets_everything_through_and_in_training_it_does_not():
    class Model(Module):
        def __init__(self):
            self.layers = MLP(2, [30], seed=1)
            self.drop = Dropout(0.5, seed=2)

        def __call__(self, x):
            return self.drop(self.layers(x))

    model = Model()
    assert 0.0 in data(model([0.5, 1.0]))
    assert model.eval() is model
    assert not any(part.training for part in model.modules())
    assert data(model([0.5, 1.0])) == data(model.layers([0.5, 1.0]))
    assert model.train().drop.training
    assert 0.0 in data(model([0.5, 1.0]))
    assert next(iter(model.named_parameters())) == "layers.layers[0].neurons[0].w[0]"


def test_parts_in_lists_change_their_way_too_each_once():
    class Model(Module):
        def __init__(self):
            self.norm = BatchNorm(2)
            self.parts = [Dropout(0.5), {"again": self.norm}]

    model = Model()
    model.eval()
    assert [type(part).__name__ for part in model.modules()] == ["Model", "BatchNorm", "Dropout"]
    assert (model.norm.training, model.parts[0].training) == (False, False)


# -- Early stopping --------------------------------------------------------------------------------


def test_it_stops_after_as_many_updates_without_improvement_as_it_has_patience():
    stopping = EarlyStopping(3)
    losses = [5.0, 4.0, 4.5, 4.1, 3.9, 4.0, 4.0, 3.9]
    assert [stopping.update(loss, step) for step, loss in enumerate(losses)] == [False] * 7 + [True]
    assert (stopping.best_loss, stopping.best_step) == (3.9, 4)
    assert repr(stopping) == "EarlyStopping(3, 0.0): best loss 3.9 at step 4, waited 3"


def test_an_improvement_that_is_too_small_is_none():
    stopping = EarlyStopping(2, 0.5)
    assert [stopping.update(loss, step) for step, loss in enumerate([5.0, 4.6, 4.4, 4.2, 3.95])] == [
        *(False, False, False, False),
        True,
    ]
    assert stopping.best_step == 2


def test_nan_is_no_improvement_and_a_loss_may_be_a_node():
    stopping = EarlyStopping(2)
    assert not stopping.update(math.nan, 0)
    assert stopping.best_step is None
    assert not stopping.update(Value(1.0), 1)
    assert stopping.best_loss == 1.0
    assert not stopping.update(math.nan, 2)
    assert stopping.update(math.inf, 3)


def test_the_best_weights_come_back():
    model = MLP(2, [2, 1], seed=1)
    stopping = EarlyStopping(2, parameters=model.parameters())
    stopping.update(1.0, 0)
    best = data(model.parameters())
    for step in (1, 2):
        for p in model.parameters():
            p.data += 1
        stopping.update(2.0, step)
    stopping.restore()
    assert data(model.parameters()) == best


# -- Errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: l1([], 0.1), ArgumentError, "l1 needs at least one parameter"),
        (lambda: l2(Value(1.0), 0.1), OperandError, r"such as model\.parameters\(\)"),
        (lambda: l2([Value(1.0)], -0.1), ArgumentError, "strength must be 0 or more, not -0.1"),
        (lambda: l1([Value(1.0)], "0.1"), OperandError, "strength must be a number, not '0.1'"),
        (lambda: dropout([1.0], 1), ArgumentError, "the rate of dropout must be from 0 to below 1, not 1"),
        (lambda: Dropout(-0.1), ArgumentError, "from 0 to below 1, not -0.1"),
        (lambda: EarlyStopping(0), ArgumentError, "patience must be 1 or more, not 0"),
        (lambda: EarlyStopping(2.5), OperandError, "patience must be a whole number, not 2.5"),
        (lambda: EarlyStopping(2, -1), ArgumentError, "min_delta must be 0 or more"),
        (lambda: EarlyStopping(2).update("low", 1), OperandError, "a loss must be a number or a Value, not 'low'"),
        (lambda: EarlyStopping(2).restore(), ArgumentError, "no parameters are kept"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()
