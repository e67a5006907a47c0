"""Training with `fit`: its numbers, its callbacks, Ctrl-C, and steps that happen as a whole or not at all."""

import io
import math
import os
import re
import signal
import sys
import threading
import types
from pathlib import Path

import pytest

import nn.training.progress
from autograd import (
    ArgumentError,
    ChalkgradError,
    DomainError,
    MissingExtraError,
    OperandError,
    Value,
    half_squared_error,
    total,
)
from nn import (
    MLP,
    SGD,
    Batches,
    DivergedError,
    DivergingWarning,
    Dropout,
    EarlyStopping,
    Layer,
    Module,
    Neuron,
    ProgressBar,
    RegularizedLoss,
    fit,
    same_class,
    same_side,
    same_sign,
)

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parent.parent
XOR = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
LINE = [([k / 10], 2 * k / 10 + 1) for k in range(10)]


def network():
    return MLP(2, [4, 1], activation="tanh", seed=1)


def line():
    return MLP(1, [1], seed=1)


def weights(model):
    return [p.data for p in model.parameters()]


def fitted(model, data=XOR, loss=half_squared_error, lr=0.5, clip_norm=None, optimizer=None, **options):
    optimizer = SGD(model.parameters(), lr, clip_norm=clip_norm) if optimizer is None else optimizer
    return fit(model, data, loss, optimizer, **{"epochs": 3} | options)


def l2(parameters):
    return 1e-2 * total([p * p for p in parameters])


# -- Gradient descent on the mean loss ------------------------------------------------------------


def test_an_epoch_of_one_batch_is_one_step_down_the_mean_loss_by_hand():
    model = line()
    w, b = weights(model)
    history = fitted(model, LINE, lr=0.1, epochs=1)
    errors = [(w * x + b - t, x) for [x], t in LINE]
    assert history.loss == [pytest.approx(sum(e * e for e, _ in errors) / 2 / 10)]
    assert weights(model) == pytest.approx(
        [w - 0.1 * sum(e * x for e, x in errors) / 10, b - 0.1 * sum(e for e, _ in errors) / 10]
    )


def test_it_learns_exclusive_or_and_the_history_has_its_accuracy():
    model = network()
    history = fitted(model, epochs=300, accuracy=same_side)
    assert history.loss[-1] < 1e-3
    assert (history.accuracy[0], history.accuracy[-1]) == (0.5, 1.0)
    assert history.stopped == ""
    assert list(history.gradients) == ["layer 1", "layer 2"]


def test_a_line_through_points_is_found():
    model = line()
    fitted(model, LINE, lr=0.5, epochs=300)
    assert weights(model) == pytest.approx([2, 1], abs=1e-3)


def test_data_may_be_rows_or_inputs_and_targets_apart_or_arrays():
    numpy = pytest.importorskip("numpy", reason="data as arrays needs numpy")
    X, T = zip(*XOR)
    found = []
    for data in (XOR, (list(X), list(T)), (numpy.array(X), numpy.array(T)), iter(XOR)):
        model = network()
        fitted(model, data)
        found.append(weights(model))
    assert found == [found[0]] * 4


def test_the_same_seed_gives_the_same_training_and_another_another_order():
    found = []
    for seed in (1, 1, 2):
        model = network()
        fitted(model, Batches(XOR, 1, seed=seed))
        found.append(weights(model))
    assert found[0] == found[1] != found[2]


def test_the_same_batches_start_again_from_their_seed_in_each_training():
    batches, found = Batches(XOR, 1, seed=1), []
    for _ in range(2):
        model = network()
        fitted(model, batches)
        found.append(weights(model))
    assert found[0] == found[1]


def test_the_validation_loss_is_without_the_penalty():
    model = network()
    history = fitted(model, loss=RegularizedLoss(half_squared_error, l2), validation=XOR)
    assert history.validation[-1] == pytest.approx(sum(half_squared_error(model(x), t).data for x, t in XOR) / 4)


def test_every_row_is_met_once_in_an_epoch_and_the_last_batch_may_be_smaller():
    met = []

    def loss(output, target):
        met.append(target)
        return half_squared_error(output, target)

    fitted(line(), Batches(LINE, 4, seed=3), loss, epochs=2)
    assert len(met) == 20
    assert sorted(met[:10]) == sorted(met[10:]) == [t for _, t in LINE]
    assert met[:10] != met[10:]


def test_without_shuffling_the_rows_come_as_they_are():
    met = []
    batches = Batches(LINE, 3, shuffle=False)
    fitted(line(), batches, lambda o, t: met.append(t) or half_squared_error(o, t), epochs=2)
    assert met == [t for _, t in LINE] * 2


def test_the_loss_of_an_epoch_is_the_mean_over_its_rows_also_with_a_smaller_last_batch():
    history = fitted(line(), Batches(LINE, 4), lr=1e-12, epochs=2)
    assert history.loss[0] == pytest.approx(history.loss[1])
    assert fitted(line(), LINE, lr=1e-12, epochs=1).loss[0] == pytest.approx(history.loss[0])


def test_regularization_is_part_of_the_loss_and_pulls_the_weights():
    plain, pulled = network(), network()
    p = fitted(plain, epochs=1)
    q = fitted(pulled, loss=RegularizedLoss(half_squared_error, l2), epochs=1)
    start = network()
    assert q.loss[0] - p.loss[0] == pytest.approx(1e-2 * sum(w * w for w in weights(start)))
    assert weights(pulled) == pytest.approx([a - 0.5 * 2e-2 * w for a, w in zip(weights(plain), weights(start))])


def test_the_schedule_gives_the_rate_of_each_step_and_the_history_that_of_each_epoch():
    asked = []
    history = fitted(line(), Batches(LINE, 5), epochs=2, lr=lambda step: asked.append(step) or 1 / (step + 1))
    assert asked == [0, 0, 1, 2, 3]  # the first time when the optimizer is made, to check it
    assert history.lr == [1 / 2, 1 / 4]


def test_validation_is_measured_and_not_trained_on():
    one, other = network(), network()
    history = fitted(one, XOR[:2], validation=XOR[2:], accuracy=same_side)
    fitted(other, XOR[:2])
    assert weights(one) == weights(other)
    by_hand = sum(half_squared_error(one(x), t).data for x, t in XOR[2:]) / 2
    assert history.validation[-1] == pytest.approx(by_hand)
    assert len(history.validation) == len(history.accuracy) == 3


class Patience(EarlyStopping):
    """Stops when told for the third time."""

    def __init__(self):
        self.told = []

    def update(self, loss, step):
        self.told.append((step, loss))
        return step == 3


@pytest.mark.parametrize("validation", [None, XOR])
def test_early_stopping_gets_the_validation_loss_or_else_the_loss_of_each_epoch_and_ends_the_training(validation):
    patience = Patience()
    history = fitted(network(), validation=validation, epochs=10, callbacks=[patience])
    assert patience.told == list(zip([1, 2, 3], history.validation if validation else history.loss))
    assert history.stopped == "stopped by Patience after epoch 3"
    assert len(history) == 3


def test_early_stopping_of_nn_ends_a_training_that_overfits_and_brings_the_best_weights_back():
    model = line()
    stopping = EarlyStopping(3, parameters=model.parameters())
    history = fitted(model, [([1.0], 2.0)], validation=[([1.0], 0.5)], epochs=100, lr=0.05, callbacks=[stopping])
    best = history.validation.index(min(history.validation))
    assert len(history) == best + 1 + 3
    stopping.restore()
    assert half_squared_error(model([1.0]), 0.5).data == history.validation[best]


def test_a_callback_sees_each_epoch_and_may_end_the_training():
    seen, later = [], []

    def second(epoch):
        seen.append(epoch)
        return epoch.number == 2

    history = fitted(network(), epochs=10, callbacks=[second, later.append])
    assert seen == later == history.epochs
    assert history.stopped == "stopped by second after epoch 2"


def test_a_schedule_that_goes_wrong_later_keeps_the_steps_before_it():
    model, other = network(), network()
    with pytest.raises(ArgumentError, match=re.escape("schedule(1): a learning rate must be a positive number")):
        fitted(model, lr=lambda step: 0.5 - step)
    fitted(other, epochs=1)
    assert weights(model) == weights(other)


def test_only_true_ends_a_training():
    assert len(fitted(network(), epochs=3, callbacks=[lambda _: 1, lambda epoch: epoch.number])) == 3


def test_a_model_is_told_when_it_is_trained_and_when_it_is_measured():
    class Told(Module):
        def __init__(self):
            self.inner, self.mode, self.calls = line(), "train", []

        def train(self):
            self.mode = "train"

        def eval(self):
            self.mode = "eval"

        def __call__(self, x):
            self.calls.append(self.mode)
            return self.inner(x)

    model = Told()
    fitted(model, LINE[:2], validation=LINE[2:3], epochs=2)
    assert model.calls == ["train", "train", "eval"] * 2
    assert model.mode == "train"
    model.training = False  # as eval() leaves it
    fitted(model, LINE[:2], epochs=1)
    assert model.mode == "eval"


def test_the_gradient_sizes_of_the_history_are_those_of_the_last_step():
    model = network()
    history = fitted(model, epochs=1)
    layer = model.layers[1].parameters()
    assert history.gradients["layer 2"][0] == pytest.approx(math.sqrt(sum(p.grad**2 for p in layer) / len(layer)))


def test_a_plain_function_over_the_parameters_of_the_optimizer_can_be_trained():
    w = Value(0.0, "w")
    history = fit(lambda x: w * x, [(2.0, 6.0)], half_squared_error, SGD([w], 0.1), epochs=50)
    assert w.data == pytest.approx(3.0)
    assert list(history.gradients) == ["all"]


# -- Accuracy ------------------------------------------------------------------------------------


def test_accuracy_by_sign_by_side_and_by_class():
    assert [same_sign(Value(0.2), [-1]), same_sign([Value(-0.2)], -1)] == [False, True]
    assert [same_side(Value(0.51), 1), same_side(Value(0.2), 1)] == [True, False]
    assert [same_class([Value(1), Value(3), Value(2)], 1), same_class([Value(1), Value(3)], [1, 0])] == [True, False]


# -- Errors, which leave the weights as they were ------------------------------------------------

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([], ArgumentError, "fit: the data is empty"),
        (([], []), ArgumentError, "fit: the data is empty"),
        ([([0, NAN], 1)], ArgumentError, "fit: row 1: input 2 is nan; remove the row, or replace the number"),
        ([([0, 0], 1), ([0, 0], NAN)], ArgumentError, "fit: row 2: target is nan"),
        ([([0, 0], 1), ([INF, 0], 1)], ArgumentError, "fit: row 2: input 1 is inf"),
        (([[0, 0], [1, 1]], [1]), ArgumentError, "fit: X has 2 rows and T has 1; give one target for each row"),
        ([([0, 0], 1), ([0, 0, 0], 1)], ArgumentError, "fit: row 2: layer 1 takes 2 inputs, but was given 3"),
        ([([0, 0], [1, 2])], ArgumentError, "fit: row 1: half_squared_error: 1 outputs, but 2 targets"),
        ([([0, 0],)], OperandError, "fit: row 1 is not a pair of inputs and target: ([0, 0],) (tuple)"),
        ([([0, "a"], 1)], OperandError, "fit: row 1: input 2 must be a number or a list of numbers, not 'a' (str)"),
        ([([0, None], 1)], OperandError, "not None (NoneType)"),
        ([([Value(0.0), 0], 1)], OperandError, "fit: row 1: input 1 must be a number"),
        ("data", OperandError, "fit: data must be a list of rows"),
        (3, OperandError, "fit: data must be a list of rows"),
        ({"x": 1}, OperandError, "fit: data must be a list of rows"),
        ((XOR, 3), OperandError, "fit: T must be a list of rows"),
    ],
)
def test_wrong_data_is_refused_by_name_and_no_weight_changes(data, error, message):
    model = network()
    before = weights(model)
    with pytest.raises(error, match=re.escape(message)) as raised:
        fitted(model, data)
    assert isinstance(raised.value, ChalkgradError)
    assert weights(model) == before


@pytest.mark.parametrize(
    ("data", "size", "error", "message"),
    [
        (XOR, 0, ArgumentError, "Batches: size must be 1 or more, not 0"),
        (XOR, "all", OperandError, "Batches: size must be a whole number, not 'all'"),
        ([], 1, ArgumentError, "Batches: the data is empty"),
        ([([NAN], 1)], 1, ArgumentError, "Batches: row 1: input 1 is nan"),
    ],
)
def test_wrong_batches_are_refused_by_name(data, size, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Batches(data, size)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epochs": 0}, ArgumentError, "fit: epochs must be 1 or more, not 0"),
        ({"epochs": 2.5}, OperandError, "fit: epochs must be a whole number, not 2.5"),
        ({"epochs": True}, ArgumentError, "fit: epochs must be 1 or more, not True"),
        ({"lr": lambda _: NAN}, ArgumentError, "schedule(0): a learning rate must be a positive number"),
        ({"lr": lambda _: "fast"}, OperandError, "schedule(0): a learning rate must be a number"),
        ({"clip_norm": 0}, ArgumentError, "clip_norm must be a positive number"),
        ({"callbacks": EarlyStopping(3)}, OperandError, "fit: callbacks must be a list of functions of an Epoch, not"),
        ({"callbacks": [3]}, OperandError, "fit: callbacks must be a list of functions of an Epoch, not [3]"),
        ({"validation": []}, ArgumentError, "fit: validation: the data is empty"),
        ({"validation": [([NAN, 0], 1)]}, ArgumentError, "fit: validation: row 1: input 1 is nan"),
        (
            {"loss": lambda o, _: o.data},
            OperandError,
            "the loss of a row must be a Value, computed from the outputs, not",
        ),
        ({"loss": "squares"}, OperandError, "fit: the loss must be a function, not 'squares'"),
        ({"optimizer": 0.1}, OperandError, "fit: the optimizer must be one such as SGD"),
        ({"lr": NAN}, ArgumentError, "a learning rate must be a positive number"),
    ],
)
def test_a_wrong_option_is_refused_by_name_and_no_weight_changes(options, error, message):
    model = network()
    before = weights(model)
    with pytest.raises(error, match=re.escape(message)):
        fitted(model, **options)
    assert weights(model) == before


@pytest.mark.filterwarnings("ignore::nn.training.loop.DivergingWarning")
def test_a_run_that_diverges_names_the_step_and_leaves_the_weights_of_the_last_good_step():
    model, good = line(), []
    note = lambda _: good.append(weights(model)) and None  # noqa: E731 -- a callback
    with pytest.raises(
        DivergedError, match=r"fit: step \d+, in epoch \d+, could not be made: .* as they were"
    ) as raised:
        fitted(model, [([10.0], 1.0)], lr=1e3, epochs=1000, callbacks=[note])
    assert weights(model) == good[-1]
    assert all(map(math.isfinite, weights(model)))
    assert isinstance(raised.value, DomainError)
    assert raised.value.history.loss
    assert len(raised.value.history) == len(good)


def test_a_loss_that_grows_a_thousandfold_is_warned_of_once():
    with pytest.warns(DivergingWarning, match=r"the loss has grown from .* in epoch 1 to .* use a smaller") as caught:
        fitted(line(), [([10.0], 1.0)], lr=0.1, epochs=20)
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("first", "later"),
    [(3.9e-34, 6e-22), (0.0, 1e-14), (1e-300, 1e-20), (-5.0, 0.01), (-5.0, 4000.0), (1.0, 900.0)],
)
def test_a_loss_that_moves_by_rounding_or_from_below_zero_does_not_diverge(first, later):
    assert len(fitted_to_losses(first, later)) == 2


@pytest.mark.parametrize(("first", "later"), [(1e-20, 1e-3), (0.0, 1.0), (-5.0, 1e4), (1e-6, 1.1e-3)])
def test_a_loss_that_grows_from_next_to_nothing_does_diverge(first, later):
    with pytest.warns(DivergingWarning):
        fitted_to_losses(first, later)


def fitted_to_losses(*losses):
    """The history of a training that has these losses, one an epoch."""
    w, epochs = Value(0.0, "w"), iter(losses)
    return fit(lambda x: w * x, [(0.0, 0.0)], lambda o, _: o + next(epochs), SGD([w], 0.1), epochs=len(losses))


# -- The optimizer of another model ----------------------------------------------------------------


def two_models(model):
    return [*model.parameters(), *network().parameters()]


@pytest.mark.parametrize("replayed", [False, True])
@pytest.mark.parametrize(
    "parameters",
    [lambda _: network().parameters(), lambda _: [Value(1.0, "w1[1,1]")], two_models],
    ids=["another model's", "of no model", "two models'"],
)
def test_an_optimizer_of_parameters_that_the_loss_does_not_depend_on_is_refused_by_name(parameters, replayed):
    if replayed:
        pytest.importorskip("numpy", reason="replay runs on NumPy")
    model = network()
    optimizer = SGD(parameters(model), 0.5)
    before = weights(model)
    message = (
        r"fit: the optimizer has w1\[1,1\], which is not in this model.*as in SGD\(model\.parameters\(\), lr=0\.1\)"
    )
    with pytest.raises(ArgumentError, match=message):
        fit(model, XOR, half_squared_error, optimizer, epochs=3, replay=replayed)
    assert weights(model) == before
    assert optimizer.steps == 0


def test_a_function_that_the_optimizers_parameters_are_not_in_is_refused_too():
    w = Value(0.0, "w")
    with pytest.raises(
        ArgumentError, match="the optimizer has a parameter without a label, which is not in this model"
    ):
        fit(lambda x: w * x, [(2.0, 6.0)], half_squared_error, SGD([Value(0.0)], 0.1), epochs=1)


def test_a_part_of_the_parameters_may_be_trained_alone_and_with_others_that_the_loss_has():
    model = network()
    last, scale = model.layers[1].parameters(), Value(1.0, "scale")
    first = [p.data for p in model.layers[0].parameters()]
    before = [p.data for p in last]
    fitted(model, optimizer=SGD(last, 0.5))
    fitted(model, loss=lambda o, t: half_squared_error(o * scale, t), optimizer=SGD([*last, scale], 0.5))
    fitted(model, loss=lambda o, t: half_squared_error(o * scale, t), optimizer=SGD([scale], 0.5))
    assert [p.data for p in model.layers[0].parameters()] == first
    assert [p.data for p in last] != before
    assert scale.data != 1.0


def test_a_step_outside_the_domain_names_the_row_and_moves_nothing():
    w = Value(1.0, "w")
    with pytest.raises(DivergedError, match=re.escape("row 2: log of −1 is not a real number")) as raised:
        fit(lambda x: w * x, [(1.0, 0), (-1.0, 0)], lambda o, _: o.log(), SGD([w], 0.1), epochs=1)
    assert w.data == 1.0
    assert raised.value.history.epochs == []


def test_a_loss_that_is_infinite_or_nan_moves_nothing():
    w = Value(1e308, "w")
    with pytest.raises(DivergedError, match="the loss is inf"):
        fit(lambda x: w * x, [(10.0, 0)], lambda o, _: o, SGD([w], 0.1), epochs=1)
    assert w.data == 1e308


# -- Ctrl-C --------------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_was_learned_and_the_history_so_far(capsys):
    model, other = network(), network()

    def interrupt(epoch):
        if epoch.number == 3:
            raise KeyboardInterrupt

    history = fitted(model, epochs=100, callbacks=[interrupt])
    fitted(other, epochs=3)
    assert weights(model) == weights(other)
    assert len(history) == 3
    assert history.stopped == "interrupted in epoch 4 after 3 steps"
    assert (
        "interrupted in epoch 4 after 3 steps; the weights are those of the last complete step"
        in capsys.readouterr().err
    )
    assert "interrupted" in repr(history)


def test_ctrl_c_in_the_middle_of_a_step_waits_until_the_step_is_whole():
    class Slow(SGD):
        def step(self):
            first, *rest = self.parameters
            first.data -= self.lr * first.grad
            if len(done) == 2:
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(1000):  # Python answers a signal between two instructions
                    pass
            for p in rest:
                p.data -= self.lr * p.grad
            done.append(1)

    done = []
    model, other = network(), network()
    history = fit(
        model, XOR, half_squared_error, Slow(model.parameters(), 0.5), epochs=100, callbacks=[ProgressBar(shown=False)]
    )
    fitted(other, epochs=3)
    assert weights(model) == weights(other)
    assert history.stopped.startswith("interrupted")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_during_the_forward_pass_is_answered_at_once():
    calls = []

    def loss(output, target):
        calls.append(1)
        if len(calls) == 6:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                pass
        return half_squared_error(output, target)

    model, other = network(), network()
    fitted(model, loss=loss, epochs=100, callbacks=[ProgressBar(shown=False)])
    fitted(other, epochs=1)
    assert weights(model) == weights(other)
    assert len(calls) == 6


def test_an_answer_to_ctrl_c_of_the_users_own_is_left_alone():
    heard = []
    signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        history = fitted(
            network(), epochs=5, callbacks=[lambda e: os.kill(os.getpid(), signal.SIGINT) if e.number == 2 else None]
        )
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert heard == [1]
    assert len(history) == 5


def test_it_trains_in_a_thread():
    model, other = network(), network()
    thread = threading.Thread(target=lambda: fitted(model))
    thread.start()
    thread.join()
    fitted(other)
    assert weights(model) == weights(other)


# -- Progress ------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock by which each step of a training takes `clock.seconds`."""

    class Clock:
        now, seconds = 0.0, 0.0

        def __call__(self):
            self.now += self.seconds
            return self.now

    clock = Clock()
    monkeypatch.setattr(nn.training.progress, "monotonic", clock)
    return clock


@pytest.fixture
def without_tqdm(monkeypatch):
    def missing(*_):
        raise MissingExtraError("none", name="tqdm")

    monkeypatch.setattr(nn.training.progress, "import_extra", missing)


def test_a_log_of_a_short_training_stays_empty(capsys):
    fitted(network())
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "lines"),
    [(0.01, 0), (6.0, 4), (20.0, 13), (60.0, 40)],
    ids=["in seconds", "ten steps a minute", "three steps a minute", "a step a minute"],
)
def test_a_log_gets_a_line_now_and_then_and_one_at_the_end(seconds, lines, clock, capsys):
    clock.seconds = seconds
    fitted(network(), Batches(XOR, 1, seed=1), epochs=10)
    out, err = capsys.readouterr()
    assert out == ""
    shown = err.splitlines()
    assert lines <= len(shown) <= lines + 1
    assert all(re.fullmatch(r"epoch \d+ of 10(, step [123] of 4)?: loss [\d.e−]+", line) for line in shown)
    assert not shown or shown[-1].startswith("epoch 10 of 10: loss")


def test_a_log_that_has_ended_does_not_end_the_training(clock, monkeypatch):
    class Ended(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

    clock.seconds = 60.0
    closed = io.StringIO()
    closed.close()
    for stream in (Ended(), closed, None):
        monkeypatch.setattr(sys, "stderr", stream)
        assert len(fitted(network(), epochs=5)) == 5


def test_a_notebook_has_the_bar_of_its_own(monkeypatch):
    """In a notebook stderr is no terminal, and tqdm's `auto` knows the bar that it shows."""
    made = []

    class Bar:
        def __init__(self, **options):
            made.append(options["total"])

        def __getattr__(self, name):
            return lambda *_, **__: made.append(name)

    asked = []
    auto = types.SimpleNamespace(tqdm=Bar)
    monkeypatch.setattr(nn.training.progress, "import_extra", lambda module, *_: asked.append(module) or auto)
    kernel = types.SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: kernel))
    fitted(network(), epochs=2)
    assert asked == ["tqdm.auto"]
    assert made == [2, *["set_description", "set_postfix_str", "update"] * 2, "close"]


@pytest.mark.usefixtures("without_tqdm")
def test_a_notebook_without_tqdm_shows_lines_and_a_plain_ipython_none(monkeypatch, capsys):
    shell = types.SimpleNamespace(config={"TerminalIPythonApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    fitted(network(), epochs=3)
    assert capsys.readouterr().err == ""
    shell.config = {"IPKernelApp": {}}
    fitted(network(), epochs=3)
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_a_real_notebook_shows_the_bar(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="nbclient is not installed: no notebook is run")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: no notebook is run")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: no notebook is run")
    pytest.importorskip("tqdm", reason="the bar is tqdm's")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from nn import MLP, SGD, fit, half_squared_error\n"
        "model = MLP(1, [1], seed=1)\n"
        "fit(model, [([1.0], 2.0)], half_squared_error, SGD(model.parameters(), lr=0.1), epochs=7)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "7/7" in str(notebook.cells[0].outputs)


def test_a_terminal_shows_the_epoch_and_the_loss(monkeypatch, capsys):
    pytest.importorskip("tqdm", reason="the bar is tqdm's")
    monkeypatch.setattr(sys, "stderr", Terminal())
    fitted(network(), epochs=7)
    shown = sys.stderr.getvalue()
    assert "epoch 7/7" in shown
    assert "7/7" in shown
    assert "loss 0." in shown
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("without_tqdm")
def test_without_tqdm_a_terminal_shows_at_most_some_lines(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    fitted(network(), epochs=100)
    lines = sys.stderr.getvalue().splitlines()
    assert len(lines) == 20
    assert re.fullmatch(r"epoch 100 of 100: loss [\d.e−]+", lines[-1])


def test_progress_can_be_switched_off(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    fitted(network(), callbacks=[ProgressBar(shown=False)])
    assert sys.stderr.getvalue() == ""


# -- Replayed ------------------------------------------------------------------------------------


@pytest.fixture
def replay():
    pytest.importorskip("numpy", reason="replay runs on NumPy")


@pytest.mark.usefixtures("replay")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"data": Batches(XOR, 2, seed=3)},
        {
            "data": Batches(XOR, 3, seed=1),
            "loss": RegularizedLoss(half_squared_error, l2),
            "lr": lambda step: 0.5 / (1 + step),
            "clip_norm": 0.05,
        },
        {"validation": XOR, "accuracy": same_side},
    ],
)
def test_eager_and_replayed_training_come_to_the_same_weights(options):
    eager, replayed = network(), network()
    one = fitted(eager, epochs=40, **options)
    other = fitted(replayed, epochs=40, replay=True, **options)
    assert weights(replayed) == pytest.approx(weights(eager), rel=1e-9, abs=1e-12)
    assert other.loss == pytest.approx(one.loss, rel=1e-9)
    assert (other.accuracy, other.validation) == (one.accuracy, pytest.approx(one.validation, rel=1e-9))
    assert other.gradients["layer 1"] == pytest.approx(one.gradients["layer 1"], rel=1e-6)


@pytest.mark.usefixtures("replay")
def test_several_outputs_and_targets_are_replayed():
    rows = [([0.1 * k, 1 - 0.1 * k], [0.2 * k, 1.0]) for k in range(8)]
    eager, replayed = (MLP(2, [3, 2], activation="tanh", seed=2) for _ in range(2))
    fitted(eager, Batches(rows, 3, seed=1), epochs=10)
    fitted(replayed, Batches(rows, 3, seed=1), epochs=10, replay=True)
    assert weights(replayed) == pytest.approx(weights(eager), rel=1e-9)


@pytest.mark.usefixtures("replay")
def test_a_loss_that_looks_at_its_target_cannot_be_replayed_and_says_so():
    def loss(output, target):
        number = target.data if isinstance(target, Value) else target
        return -output if number == 0 else output  # decided while it is recorded

    model = network()
    before = weights(model)
    with pytest.raises(ArgumentError, match=r"fit: row \d has the loss .* train with replay=False"):
        fitted(model, loss=loss, replay=True)
    assert weights(model) == before


@pytest.mark.usefixtures("replay")
def test_a_network_with_dropout_is_trained_eagerly_and_measured_without_it_and_not_replayed():
    class Dropped(Module):
        def __init__(self):
            self.first, self.drop, self.last = (
                Layer(2, 8, activation="tanh", seed=1),
                Dropout(0.5, seed=2),
                Neuron(8, seed=1),
            )

        def __call__(self, x):
            return self.last(self.drop(self.first(x)))

    model = Dropped()
    history = fitted(model, validation=XOR, lr=0.01, epochs=2)
    model.eval()
    assert history.validation[-1] == pytest.approx(sum(half_squared_error(model(x), t).data for x, t in XOR) / 4)
    model.train()
    with pytest.raises(ArgumentError, match="or on chance, as with dropout"):
        fitted(model, replay=True)


@pytest.mark.usefixtures("replay")
def test_a_model_in_evaluation_is_recorded_in_training_and_is_in_evaluation_again_afterwards():
    model, other = network(), network()
    fitted(model.eval(), replay=True)
    fitted(other, replay=True)
    assert weights(model) == weights(other)
    assert not model.training
    with pytest.raises(ArgumentError, match="all rows must have the same sizes"):
        fitted(model, [([1.0, 0.0], 1.0), ([1.0, 0.0], [1.0])], replay=True)
    assert not model.training


@pytest.mark.usefixtures("replay")
def test_rows_of_different_sizes_cannot_be_replayed_and_say_so():
    with pytest.raises(ArgumentError, match="replay runs one recording over all rows"):
        fitted(line(), [([1.0], 1.0), ([1.0], [1.0])], replay=True)


@pytest.mark.usefixtures("replay")
def test_a_replayed_run_that_diverges_leaves_the_weights_of_the_last_good_step():
    model, good = line(), []
    note = lambda _: good.append(weights(model)) and None  # noqa: E731 -- a callback
    with pytest.warns(DivergingWarning), pytest.raises(DivergedError, match="could not be made"):
        fitted(model, [([10.0], 1.0)], lr=1e3, epochs=1000, callbacks=[note], replay=True)
    assert weights(model) == good[-1]
