"""Optimisers: hundred steps beside PyTorch, what is exact, what is all or nothing, what they refuse."""

import inspect
import json
import math
import re
from fractions import Fraction
from pathlib import Path

import pytest

from autograd import ArgumentError, DomainError, OperandError, Value
from nn import MLP
from nn.optimise import SGD, Adam, AdamW, RMSprop, clip_gradients

FIGURES = json.loads((Path(__file__).parent / "data" / "optimisers.json").read_text(encoding="utf-8"))
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


# -- Beside PyTorch --------------------------------------------------------------------------------


@pytest.mark.parametrize("run", FIGURES["runs"], ids=lambda run: f"{run['optimiser']} {run['options']}")
def test_a_hundred_steps_are_those_of_pytorch(run):
    kind, options = KINDS[run["optimiser"]], dict(run["options"])
    parameters = [Value(p) for p in FIGURES["start"]]
    optimiser = kind(parameters, **options)
    for step in range(1, 101):
        fill(parameters)
        optimiser.step()
        if step % 10 == 0:
            assert data(parameters) == pytest.approx(run["every_ten_steps"][step // 10 - 1], rel=1e-12)
    assert optimiser.steps == 100


def test_every_optimiser_and_every_option_was_run_by_pytorch():
    run = {(run["optimiser"], option) for run in FIGURES["runs"] for option in run["options"]}
    for name, kind in KINDS.items():
        options = set(inspect.signature(kind).parameters) - {"parameters"}
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
    optimiser = SGD([a, b], lr=0.1)
    (a * a * b).backward()
    optimiser.step()
    assert (a.data, b.data) == (3.0 - 0.1 * (2 * 3.0 * -2.0), -2.0 - 0.1 * 9.0)
    optimiser.zero_grad()
    assert (a.grad, b.grad) == (0.0, 0.0)


def test_the_learning_rate_may_change_between_steps():
    w = Value(1.0)
    optimiser = SGD([w], lr=0.5)
    w.backward()
    optimiser.step()
    optimiser.lr = 0.25
    optimiser.step()
    assert w.data == 0.25
    with pytest.raises(ArgumentError):
        optimiser.lr = -1
    assert optimiser.lr == 0.25


def test_fractions_are_learnt_exactly():
    w = Value(Fraction(1, 3))
    optimiser = SGD(iter([w]), lr=Fraction(1, 10))
    for _ in range(2):
        optimiser.zero_grad()
        (w * w).backward()
        optimiser.step()
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
        (ArgumentError, OperandError), match=r"a learning rate is a .*number.*not " + re.escape(repr(lr))
    ):
        SGD([Value(1.0)], lr=lr)


def test_an_optimiser_refuses_what_it_cannot_train():
    w = Value(1.0, "w")
    for parameters, error, message in [
        ([], ArgumentError, "given none"),
        ([w, w], ArgumentError, "w is given twice"),
        ([w * 2], ArgumentError, r"computed \(mul\)"),
        ([w, 2.0], OperandError, "wants Values, not 2.0"),
        (w, OperandError, r"model\.parameters\(\)"),
        (MLP(1, [1]), OperandError, r"model\.parameters\(\)"),
    ]:
        with pytest.raises(error, match=message):
            SGD(parameters, lr=0.1)


def test_an_optimiser_says_what_it_is():
    assert repr(SGD(MLP(2, [3, 1]).parameters(), lr=0.5)) == "SGD(13 parameters, lr=0.5)"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: SGD(p, 0.1, momentum=1), ArgumentError, "momentum is from 0 to below 1, not 1"),
        (lambda p: SGD(p, 0.1, momentum="0.9"), OperandError, "momentum is a number, not '0.9'"),
        (lambda p: SGD(p, 0.1, nesterov=True), ArgumentError, "nesterov .* wants a momentum"),
        (lambda p: SGD(p, 0.1, weight_decay=-1), ArgumentError, "weight_decay is 0 or more, not -1"),
        (lambda p: RMSprop(p, alpha=1.0), ArgumentError, "alpha is from 0 to below 1, not 1.0"),
        (lambda p: RMSprop(p, eps=0), ArgumentError, "eps is a positive number, such as 0.1, not 0"),
        (lambda p: Adam(p, betas=(0.9, 1.0)), ArgumentError, "the second of betas is from 0 to below 1, not 1.0"),
        (lambda p: Adam(p, betas=0.9), OperandError, "betas are two numbers"),
        (lambda p: AdamW(p, eps=math.nan), ArgumentError, "eps is a positive number, .* not nan"),
        (lambda p: clip_gradients(p, 0), ArgumentError, "largest_norm is a positive number, such as 0.1, not 0"),
    ],
)
def test_an_option_out_of_its_range_is_told(make, error, message):
    with pytest.raises(error, match=message):
        make([Value(1.0)])


def test_an_optimiser_shows_the_options_that_are_not_the_usual_ones():
    w = [Value(1.0)]
    assert repr(SGD(w, 0.1, momentum=0.9)) == "SGD(1 parameters, lr=0.1, momentum=0.9)"
    assert repr(AdamW(w)) == "AdamW(1 parameters, lr=0.001)"
    assert repr(Adam(w, betas=[0.5, 0.9])) == "Adam(1 parameters, lr=0.001, betas=(0.5, 0.9))"


def test_a_schedule_may_end_at_a_rate_of_zero_where_nothing_moves():
    w = Value(1.0)
    optimiser = SGD([w], lr=0.1)
    w.backward()
    optimiser.lr = 0.0
    optimiser.step()
    assert w.data == 1.0


# -- All or nothing --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_step_that_fails_leaves_parameters_and_optimiser_as_they_were(make, bad):
    parameters, others = [[Value(p) for p in FIGURES["start"]] for _ in range(2)]
    optimiser, undisturbed = make(parameters), make(others)
    for _ in range(3):
        for each, values in ((optimiser, parameters), (undisturbed, others)):
            fill(values)
            each.step()
    before, state = data(parameters), optimiser.state()
    fill(parameters)
    parameters[2].grad = bad
    with pytest.raises(DomainError, match="no parameter was changed"):
        optimiser.step()
    assert (data(parameters), optimiser.state()) == (before, state)
    for each, values in ((optimiser, parameters), (undisturbed, others)):
        fill(values)
        each.step()
    assert data(parameters) == data(others)


@pytest.mark.parametrize("make", [RMSprop, Adam])
def test_a_gradient_whose_square_is_too_large_is_refused_before_it_spoils_the_memory(make):
    w = Value(1.0, "w")
    w.grad = 1e200
    optimiser = make([w])
    with pytest.raises(DomainError, match=r"^w has the gradient 1e\+200, which is too large for what .* keeps of it"):
        optimiser.step()
    assert (w.data, optimiser.steps, optimiser.state()["memory"]) == (1.0, 0, [[]])


# -- State -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", EVERY)
def test_from_a_saved_state_it_goes_on_as_if_nothing_had_happened(make):
    parameters = [Value(p) for p in FIGURES["start"]]
    optimiser = make(parameters)
    for _ in range(5):
        fill(parameters)
        optimiser.step()
    optimiser.lr = 0.05
    saved = json.loads(json.dumps(optimiser.state()))
    copies = [Value(p.data) for p in parameters]
    other = type(optimiser)(copies, 0.7)
    other.load_state(saved)
    assert repr(other) == repr(optimiser)
    for _ in range(5):
        for each, values in ((optimiser, parameters), (other, copies)):
            fill(values)
            each.step()
    assert data(copies) == data(parameters)
    assert other.state() == optimiser.state()


def test_a_state_is_not_changed_by_the_steps_that_follow():
    w = Value(1.0)
    optimiser = Adam([w])
    saved = optimiser.state()
    w.backward()
    optimiser.step()
    assert (saved["steps"], saved["memory"]) == (0, [[]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "SGD"}, "this is the state of SGD, not of Adam"),
        ({"memory": [[0.0, 0.0]]}, "this state is of 1 parameters, and there are 2"),
        ({"memory": [[0.0], [0.0]]}, "after 1 steps Adam keeps 2 finite numbers for each parameter, not"),
        ({"memory": [[0.0, math.nan]] * 2}, "after 1 steps Adam keeps 2 finite numbers"),
        ({"options": {"lr": 0.1, "momentum": 0.5}}, "the options of Adam are lr, betas, eps, weight_decay"),
        ({"options": {}}, "this is no state of an optimiser"),
        ({"steps": -1}, "steps counts the steps made, and cannot be -1"),
        ({"memory": 3}, "this is no state of an optimiser"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_nothing_is_changed(change, message):
    parameters = [Value(1.0), Value(2.0)]
    optimiser = Adam(parameters)
    fill(parameters)
    optimiser.step()
    before = optimiser.state()
    with pytest.raises(ArgumentError, match=message):
        optimiser.load_state(before | change)
    assert optimiser.state() == before
    with pytest.raises(ArgumentError, match="this is no state of an optimiser: 3"):
        optimiser.load_state(3)


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
