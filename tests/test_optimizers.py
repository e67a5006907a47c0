"""Optimizers: a hundred steps against PyTorch, exact steps, steps as a whole or not at all, and errors."""

import inspect
import json
import math
import re
from fractions import Fraction
from pathlib import Path

import pytest

from autograd import ArgumentError, DomainError, OperandError, Value
from nn import MLP
from nn.optimizers import SGD, Adam, AdamW, RMSprop, clip_gradients
from nn.schedules import linear

pytestmark = pytest.mark.portable

FIGURES = json.loads((Path(__file__).parent / "data" / "optimizers.json").read_text(encoding="utf-8"))
KINDS = {"SGD": SGD, "RMSprop": RMSprop, "Adam": Adam, "AdamW": AdamW}
EVERY = [
    lambda p: SGD(p, 0.1),
    lambda p: SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    lambda p: RMSprop(p, 0.1),
    lambda p: RMSprop(p, 0.1, momentum=0.5),
    lambda p: Adam(p, 0.1),
    lambda p: AdamW(p, 0.1),
]


def data(values):
    return [value.data for value in values]


def fill(parameters):
    """The gradients of the problem that PyTorch was given."""
    for scale, p in zip(FIGURES["scales"], parameters):
        p.grad = scale * p.data + p.data * p.data * p.data / 5 - 0.5


# -- Against PyTorch -------------------------------------------------------------------------------


@pytest.mark.parametrize("run", FIGURES["runs"], ids=lambda run: f"{run['optimizer']} {run['options']}")
def test_a_hundred_steps_are_those_of_pytorch(run):
    kind, options = KINDS[run["optimizer"]], dict(run["options"])
    parameters = [Value(p) for p in FIGURES["start"]]
    optimizer = kind(parameters, **options)
    for step in range(1, 101):
        fill(parameters)
        optimizer.step()
        if step % 10 == 0:
            assert data(parameters) == pytest.approx(run["every_ten_steps"][step // 10 - 1], rel=1e-12)
    assert optimizer.steps == 100


def test_every_optimizer_and_every_option_was_run_by_pytorch():
    run = {(run["optimizer"], option) for run in FIGURES["runs"] for option in run["options"]}
    for name, kind in KINDS.items():
        options = set(inspect.signature(kind).parameters) - {"parameters", "clip_norm"}
        assert {option for kind_name, option in run if kind_name == name} == options


@pytest.mark.parametrize("clip", FIGURES["clips"], ids=lambda clip: str(clip["largest"]))
def test_gradients_are_clipped_as_by_pytorch(clip):
    parameters = [Value(0.0) for _ in clip["gradients"]]
    for parameter, gradient in zip(parameters, clip["gradients"]):
        parameter.grad = gradient
    assert clip_gradients(parameters, clip["largest"]) == pytest.approx(clip["norm"], rel=1e-15)
    clipped = [parameter.grad for parameter in parameters]
    slack = 2e-6 / clip["norm"]  # PyTorch divides by the norm + 1e-6
    assert clipped == pytest.approx(clip["clipped"], rel=slack)
    assert math.hypot(*clipped) == pytest.approx(min(clip["norm"], clip["largest"]), rel=1e-15)


# -- Gradient descent ----------------------------------------------------------------------------


def test_a_step_takes_the_learning_rate_times_the_gradient_off_each_parameter():
    a, b = Value(3.0, "a"), Value(-2.0, "b")
    optimizer = SGD([a, b], lr=0.1)
    (a * a * b).backward()
    optimizer.step()
    assert (a.data, b.data) == (3.0 - 0.1 * (2 * 3.0 * -2.0), -2.0 - 0.1 * 9.0)
    optimizer.zero_grad()
    assert (a.grad, b.grad) == (0.0, 0.0)


def test_the_learning_rate_may_change_between_steps():
    w = Value(1.0)
    optimizer = SGD([w], lr=0.5)
    w.backward()
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 0.25
    with pytest.raises(ArgumentError):
        optimizer.lr = -1
    assert optimizer.lr == 0.25


def test_fractions_are_learned_exactly():
    w = Value(Fraction(1, 3))
    optimizer = SGD(iter([w]), lr=Fraction(1, 10))
    for _ in range(2):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
    assert w.data == Fraction(1, 3) * Fraction(8, 10) ** 2
    assert isinstance(w.grad, Fraction)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_no_number_stops_the_step_before_any_weight_is_changed(bad):
    model = MLP(2, [3, 1], seed=1)
    model([0.5, -1.5]).backward()
    before = data(model.parameters())
    model.layers[0].neurons[2].w[1].grad = bad
    with pytest.raises(DomainError, match=rf"^w1\[3,2\] has the gradient {bad}, so no parameter was changed"):
        SGD(model.parameters(), lr=0.1).step()
    assert data(model.parameters()) == before


def test_a_step_that_would_leave_the_numbers_stops_before_any_weight_is_changed():
    a, b = Value(1.0, "a"), Value(1e308, "b")
    a.grad, b.grad = 1.0, -1e308
    with pytest.raises(DomainError, match=r"^b would go from .* smaller learning rate"):
        SGD([a, b], lr=10.0).step()
    assert (a.data, b.data) == (1.0, 1e308)


def test_a_step_before_backward_names_the_parameter_that_has_no_gradient():
    a, b = Value(1.0, "a"), Value(2.0)
    a.backward()
    with pytest.raises(ArgumentError, match=r"^parameter 1, without a label, has no gradient yet: run backward\(\)"):
        SGD([a, b], lr=0.1).step()
    assert a.data == 1.0


@pytest.mark.parametrize("lr", [math.nan, 0, 0.0, -0.1, math.inf, "0.1", None, True, [0.1]])
def test_a_learning_rate_is_a_positive_number(lr):
    with pytest.raises(
        (ArgumentError, OperandError), match=r"a learning rate must be a .*number.*not " + re.escape(repr(lr))
    ):
        SGD([Value(1.0)], lr=lr)


def test_an_optimizer_refuses_what_it_cannot_train():
    w = Value(1.0, "w")
    for parameters, error, message in [
        ([], ArgumentError, "needs at least one parameter"),
        ([w, w], ArgumentError, "w is given twice"),
        ([w * 2], ArgumentError, r"computed \(mul\)"),
        ([w, 2.0], OperandError, "needs Values, not 2.0"),
        (w, OperandError, r"model\.parameters\(\)"),
        (MLP(1, [1]), OperandError, r"model\.parameters\(\)"),
    ]:
        with pytest.raises(error, match=message):
            SGD(parameters, lr=0.1)


def test_an_optimizer_shows_its_parameters_and_its_learning_rate():
    assert repr(SGD(MLP(2, [3, 1]).parameters(), lr=0.5)) == "SGD(13 parameters, lr=0.5)"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: SGD(p, 0.1, momentum=1), ArgumentError, "momentum must be from 0 to below 1, not 1"),
        (lambda p: SGD(p, 0.1, momentum="0.9"), OperandError, "momentum must be a number, not '0.9'"),
        (lambda p: SGD(p, 0.1, nesterov=True), ArgumentError, "nesterov needs a momentum"),
        (lambda p: SGD(p, 0.1, weight_decay=-1), ArgumentError, "weight_decay must be 0 or more, not -1"),
        (lambda p: RMSprop(p, alpha=1.0), ArgumentError, "alpha must be from 0 to below 1, not 1.0"),
        (lambda p: RMSprop(p, eps=0), ArgumentError, "eps must be a positive number, such as 0.1, not 0"),
        (lambda p: Adam(p, betas=(0.9, 1.0)), ArgumentError, "the second of betas must be from 0 to below 1, not 1.0"),
        (lambda p: Adam(p, betas=0.9), OperandError, "betas must be two numbers"),
        (lambda p: AdamW(p, eps=math.nan), ArgumentError, "eps must be a positive number, .* not nan"),
        (lambda p: clip_gradients(p, 0), ArgumentError, "clip_norm must be a positive number, such as 0.1, not 0"),
    ],
)
def test_an_option_out_of_its_range_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make([Value(1.0)])


def test_an_optimizer_shows_the_options_that_are_not_the_usual_ones():
    w = [Value(1.0)]
    assert repr(SGD(w, 0.1, momentum=0.9)) == "SGD(1 parameters, lr=0.1, momentum=0.9)"
    assert repr(AdamW(w)) == "AdamW(1 parameters, lr=0.001)"
    assert repr(Adam(w, betas=[0.5, 0.9])) == "Adam(1 parameters, lr=0.001, betas=(0.5, 0.9))"


def test_a_schedule_may_end_at_a_rate_of_zero_where_nothing_moves():
    w = Value(1.0)
    optimizer = SGD([w], lr=0.1)
    w.backward()
    optimizer.lr = 0.0
    optimizer.step()
    assert w.data == 1.0


def test_a_schedule_gives_the_rate_of_each_step_and_lr_is_that_of_the_last():
    w = Value(1.0)
    optimizer = SGD([w], lr=linear(0.5, 0.25, 2))
    assert (optimizer.lr, repr(optimizer)) == (0.5, "SGD(1 parameters, lr=0.5)")
    w.backward()
    rates = []
    for _ in range(4):
        optimizer.step()
        rates.append(optimizer.lr)
    assert rates == [0.5, 0.375, 0.25, 0.25]
    optimizer.lr = 0.125  # a number ends the schedule
    optimizer.step()
    assert w.data == 1 - sum(rates) - 0.125


def test_a_schedule_may_start_at_zero_and_may_be_set_later():
    w = Value(1.0)
    optimizer = SGD([w], lr=lambda step: step / 2)
    w.backward()
    optimizer.step()
    assert w.data == 1.0
    optimizer.lr = lambda step: step / 4
    assert optimizer.lr == 0.25
    with pytest.raises(ArgumentError, match=re.escape("schedule(1): a learning rate must be a positive number")):
        optimizer.lr = lambda step: -step


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_with_clip_norm_a_step_is_that_of_clipped_gradients(make):
    clipped, by_hand = [[Value(p) for p in FIGURES["start"]] for _ in range(2)]
    one, other = make(clipped, 0.1, clip_norm=0.5), make(by_hand, 0.1)
    assert repr(one).endswith("clip_norm=0.5)")
    for _ in range(5):
        fill(clipped)
        one.step()
        fill(by_hand)
        clip_gradients(by_hand, 0.5)
        other.step()
    assert data(clipped) == data(by_hand)
    assert one.state_dict() == other.state_dict()


def test_a_loaded_state_keeps_the_schedule_and_clip_norm_of_the_optimizer():
    w = Value(1.0)
    saved = SGD([w], lr=0.1).state_dict() | {"steps": 1}
    optimizer = SGD([w], lr=linear(1.0, 0.5, 2), clip_norm=0.25)
    optimizer.load_state_dict(saved)
    w.backward()
    optimizer.step()
    assert (optimizer.lr, w.data) == (0.75, 1 - 0.75 * 0.25)


# -- As a whole or not at all -------------------------------------------------------------------------


@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_step_that_fails_leaves_parameters_and_optimizer_as_they_were(make, bad):
    parameters, others = [[Value(p) for p in FIGURES["start"]] for _ in range(2)]
    optimizer, undisturbed = make(parameters), make(others)
    for _ in range(3):
        for each, values in ((optimizer, parameters), (undisturbed, others)):
            fill(values)
            each.step()
    before, state = data(parameters), optimizer.state_dict()
    fill(parameters)
    parameters[2].grad = bad
    with pytest.raises(DomainError, match="no parameter was changed"):
        optimizer.step()
    assert (data(parameters), optimizer.state_dict()) == (before, state)
    for each, values in ((optimizer, parameters), (undisturbed, others)):
        fill(values)
        each.step()
    assert data(parameters) == data(others)


@pytest.mark.parametrize("make", [RMSprop, Adam])
def test_a_gradient_whose_square_is_too_large_is_refused_before_it_spoils_the_memory(make):
    w = Value(1.0, "w")
    w.grad = 1e200
    optimizer = make([w])
    with pytest.raises(DomainError, match=r"^w has the gradient 1e\+200, which is too large for the memory of"):
        optimizer.step()
    assert (w.data, optimizer.steps, optimizer.state_dict()["memory"]) == (1.0, 0, [[]])


# -- State -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", EVERY)
def test_from_a_saved_state_it_goes_on_as_if_nothing_had_happened(make):
    parameters = [Value(p) for p in FIGURES["start"]]
    optimizer = make(parameters)
    for _ in range(5):
        fill(parameters)
        optimizer.step()
    optimizer.lr = 0.05
    saved = json.loads(json.dumps(optimizer.state_dict()))
    copies = [Value(p.data) for p in parameters]
    other = type(optimizer)(copies, 0.7)
    other.load_state_dict(saved)
    assert repr(other) == repr(optimizer)
    for _ in range(5):
        for each, values in ((optimizer, parameters), (other, copies)):
            fill(values)
            each.step()
    assert data(copies) == data(parameters)
    assert other.state_dict() == optimizer.state_dict()


def test_a_state_is_not_changed_by_the_steps_that_follow():
    w = Value(1.0)
    optimizer = Adam([w])
    saved = optimizer.state_dict()
    w.backward()
    optimizer.step()
    assert (saved["steps"], saved["memory"]) == (0, [[]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "SGD"}, "this is the state of SGD, not of Adam"),
        ({"memory": [[0.0, 0.0]]}, "this state is of 1 parameters, and there are 2"),
        ({"memory": [[0.0], [0.0]]}, "after 1 steps Adam keeps 2 finite numbers for each parameter, not"),
        ({"memory": [[0.0, math.nan]] * 2}, "after 1 steps Adam keeps 2 finite numbers"),
        ({"options": {"lr": 0.1, "momentum": 0.5}}, "the options of Adam are lr, betas, eps, weight_decay"),
        ({"options": {}}, "this is not the state of an optimizer"),
        ({"steps": -1}, "steps must be the number of steps made, not -1"),
        ({"memory": 3}, "this is not the state of an optimizer"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_nothing_is_changed(change, message):
    parameters = [Value(1.0), Value(2.0)]
    optimizer = Adam(parameters)
    fill(parameters)
    optimizer.step()
    before = optimizer.state_dict()
    with pytest.raises(ArgumentError, match=message):
        optimizer.load_state_dict(before | change)
    assert optimizer.state_dict() == before
    with pytest.raises(ArgumentError, match="this is not the state of an optimizer: 3"):
        optimizer.load_state_dict(3)


# -- Clipping --------------------------------------------------------------------------------------


def test_clipping_leaves_out_what_has_no_gradient_and_keeps_the_direction():
    a, b, unused = Value(1.0), Value(2.0), Value(3.0)
    a.grad, b.grad = 3.0, -4.0
    assert clip_gradients([a, b, unused], 1.0) == 5.0
    assert (a.grad, b.grad) == pytest.approx((0.6, -0.8), rel=1e-15)
    assert not unused.has_grad
    assert clip_gradients([unused], 1.0) == 0.0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_gradients_that_are_no_numbers_are_not_clipped_but_named(bad):
    a, b = Value(1.0, "a"), Value(2.0, "b")
    a.grad, b.grad = 3.0, bad
    with pytest.raises(DomainError, match=f"b has the gradient {bad}"):
        clip_gradients([a, b], 1.0)
    assert a.grad == 3.0
