"""Training with a batch norm: the batches reach it whole, and its running statistics belong to the model."""

import math
import os
import re
import signal

import pytest

from autograd import ArgumentError, OperandError, Value, half_squared_error, mean, total
from nn import (
    MLP,
    SGD,
    Batches,
    BatchNorm,
    DivergedError,
    EarlyStopping,
    Layer,
    Module,
    Neuron,
    ProgressBar,
    RegularizedLoss,
    decision_boundary,
    fit,
    same_side,
)
from nn.buffers import named_buffers

XOR = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
QUIET = [ProgressBar(shown=False)]


class Net(Module):
    """A hidden layer, a batch norm before its activation, and one output."""

    def __init__(self, outputs=1):
        self.hidden, self.norm = Layer(2, 4, activation=None, seed=1), BatchNorm(4)
        self.out = Layer(4, outputs, activation=None, seed=2)

    def __call__(self, rows):
        rows = self.norm([self.hidden(row) for row in rows])
        return [self.out([z.tanh() for z in row]) for row in rows]


def weights(model):
    return [p.data for p in model.parameters()]


def fitted(model, data=XOR, lr=0.5, epochs=3, loss=half_squared_error, **options):
    return fit(model, data, loss, SGD(model.parameters(), lr), epochs=epochs, **options)


def by_hand(model, epochs, lr):
    """Full-batch gradient descent, written out."""
    for _ in range(epochs):
        outputs = model([x for x, _ in XOR])
        E = mean([half_squared_error(o, t) for o, (_, t) in zip(outputs, XOR)])
        model.zero_grad()
        E.backward()
        for p in model.parameters():
            p.data -= lr * p.grad


def test_fit_hands_the_batches_over_whole_and_trains_as_the_loop_that_one_would_write():
    model, other = Net(), Net()
    history = fitted(model, epochs=5)
    by_hand(other, epochs=5, lr=0.5)
    assert weights(model) == pytest.approx(weights(other), rel=1e-12)
    assert named_buffers(model) == named_buffers(other)
    assert model.norm.running_mean != [0.0] * 4
    assert len(history) == 5


def test_it_learns_exclusive_or_and_is_measured_with_the_running_statistics():
    model = Net()
    history = fitted(model, epochs=200, accuracy=same_side, validation=XOR)
    assert history.loss[-1] < 1e-3
    assert history.accuracy[-1] == 1.0
    outputs = model.eval()([x for x, _ in XOR])
    assert history.validation[-1] == pytest.approx(
        sum(half_squared_error(o, t).data for o, (_, t) in zip(outputs, XOR)) / 4
    )
    alone = [model([x])[0].data for x, _ in XOR]
    assert alone == pytest.approx([o.data for o in outputs], rel=1e-12)


def test_measuring_leaves_the_running_statistics_alone():
    one, other = Net(), Net()
    fitted(one, validation=XOR, accuracy=same_side)
    fitted(other)
    assert named_buffers(one) == named_buffers(other)


def test_several_outputs_a_penalty_and_shuffled_batches():
    rows = [([0.1 * k, 1 - 0.1 * k], [0.2 * k, 1.0]) for k in range(8)]
    model = Net(outputs=2)
    loss = RegularizedLoss(half_squared_error, lambda parameters: 1e-3 * total([p * p for p in parameters]))
    history = fitted(model, Batches(rows, 3, seed=1), epochs=30, loss=loss, lr=0.1)
    assert history.loss[-1] < history.loss[0] / 3


@pytest.mark.parametrize(("rows", "size", "sizes"), [(5, 2, [2, 3]), (5, 4, [5]), (4, 2, [2, 2]), (7, 3, [3, 4])])
def test_a_last_batch_of_one_row_is_joined_to_the_one_before_it(rows, size, sizes):
    class Counting(Net):
        def __call__(self, rows):
            met.append(len(rows))
            return super().__call__(rows)

    met = []
    fitted(Counting(), Batches([([k, k * k % 3], 1) for k in range(rows)], size, seed=1), epochs=1)
    assert met == sizes


def test_a_part_of_ones_own_that_needs_the_whole_batch_gets_it():
    class Centered(Module):
        takes_batch = True

        def __init__(self):
            self.w = Value(0.5, "w")

        def __call__(self, rows):
            middle = sum(x for [x] in rows) / len(rows)
            return [self.w * (x - middle) for [x] in rows]

    model = Centered()
    fitted(model, [([k], 3 * (k - 2)) for k in range(5)], epochs=50, lr=0.1)
    assert model.w.data == pytest.approx(3.0, rel=1e-3)


# -- A step as a whole or not at all ---------------------------------------------------------------


def test_a_step_that_cannot_be_made_leaves_the_running_statistics_as_they_were():
    model = Net()
    fitted(model, epochs=2)
    before = named_buffers(model)
    with pytest.raises(DivergedError):
        fitted(model, loss=lambda o, t: half_squared_error(o * 1e200, t))
    assert named_buffers(model) == before


def test_ctrl_c_during_the_forward_pass_leaves_the_running_statistics_of_the_last_step():
    def loss(output, target):
        calls.append(1)
        if len(calls) == 6:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                pass
        return half_squared_error(output, target)

    calls, model, other = [], Net(), Net()
    fitted(model, loss=loss, epochs=100, callbacks=QUIET)
    fitted(other, epochs=1)
    assert (weights(model), named_buffers(model)) == (weights(other), named_buffers(other))


def test_ctrl_c_while_the_weights_change_leaves_the_running_statistics_of_that_step():
    class Interrupted(SGD):
        def step(self):
            super().step()
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                pass

    model, other = Net(), Net()
    optimizer = Interrupted(model.parameters(), 0.5)
    fit(model, XOR, half_squared_error, optimizer, epochs=100, callbacks=QUIET)
    fitted(other, epochs=1)
    assert (weights(model), named_buffers(model)) == (weights(other), named_buffers(other))


def test_early_stopping_brings_the_running_statistics_of_the_best_weights_back():
    model = Net()
    stopping = EarlyStopping(2, parameters=model)
    best = []
    for step, loss in enumerate([2.0, 1.0, 3.0, 3.0]):
        fitted(model, epochs=1)
        stopping.update(loss, step)
        best.append((weights(model), named_buffers(model)))
    assert best[1] != best[-1]
    stopping.restore()
    assert (weights(model), named_buffers(model)) == best[1]


# -- Plots -----------------------------------------------------------------------------------------


def test_a_boundary_is_asked_in_evaluation_and_changes_nothing():
    model = Net()
    fitted(model, epochs=100)
    model.hidden.training = False
    before = named_buffers(model)
    boundary = decision_boundary(model, XOR, columns=6, rows=4)
    assert boundary.accuracy == 1.0
    assert named_buffers(model) == before
    assert (model.training, model.hidden.training, model.norm.training) == (True, False, True)


# -- Errors that say what to do ---------------------------------------------------------------------


class RowByRow(Net):
    def __call__(self, x):
        return self.out(self.norm(self.hidden(x)))


class Short(Net):
    def __call__(self, rows):
        return super().__call__(rows)[1:]


class Single(Net):
    def __call__(self, rows):
        return super().__call__(rows)[0]


def closure():
    net = Net()
    return lambda x: net.out(net.norm(net.hidden(x)))


ONE = re.escape("it is called with a batch of 1 row: batch_norm: 1 rows have no variance to divide by; give it two")


@pytest.mark.parametrize(
    ("model", "data", "error", "message"),
    [
        (RowByRow(), XOR, OperandError, r"so it is called with a batch of 4 rows: layer takes one row.*row\)"),
        (Short(), XOR, ArgumentError, "called with all 4 rows of a batch, and returned a list of 3"),
        (Single(), XOR, ArgumentError, r"called with all 4 rows of a batch, and returned Value\("),
        (Net(), XOR[:1], ArgumentError, ONE),
        (Net(), Batches(XOR, 1), ArgumentError, ONE),
        (closure(), XOR, OperandError, r"fit: row 1: BatchNorm takes all rows of a batch, and was given one row"),
        (Net(), [([0, 0, 0], 1), ([1, 1, 1], 0)], ArgumentError, "layer takes 2 inputs, but was given 3"),
        (Net(), [([0, 0], [1, 2]), ([1, 1], [1, 2])], ArgumentError, "fit: row 1: half_squared_error: 1 outputs"),
    ],
)  # fmt: skip
def test_a_model_that_does_not_take_batches_is_told_what_to_do_and_nothing_changes(model, data, error, message):
    parameters = model.parameters() if isinstance(model, Module) else [Value(1.0)]
    before = [p.data for p in parameters], named_buffers(model) if isinstance(model, Module) else {}
    with pytest.raises(error, match=message):
        fit(model, data, half_squared_error, SGD(parameters, 0.1), epochs=1)
    assert ([p.data for p in parameters], named_buffers(model) if isinstance(model, Module) else {}) == before


def test_replay_refuses_a_batch_norm_by_name():
    pytest.importorskip("numpy", reason="replay runs on NumPy")
    with pytest.raises(ArgumentError, match="a BatchNorm needs all rows of a batch: train with replay=False"):
        fitted(Net(), replay=True)


def test_a_model_without_such_a_part_is_called_with_rows_as_before():
    model = MLP(2, [2, 1], seed=1)
    assert fitted(model, Batches(XOR, 3, shuffle=False), epochs=1).loss
    assert math.isfinite(weights(model)[0])
    assert len(Batches(XOR, 3)) == 2
    assert [len(batch) for batch in next(Batches(XOR, 3).epochs())] == [3, 1]
    assert isinstance(Neuron(2)([1.0, 2.0]), Value)
