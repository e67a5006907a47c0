"""Schedules of the learning rate: against PyTorch, at their ends, and their errors."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from autograd import ArgumentError, OperandError, Value
from nn import schedules
from nn.optimizers import SGD
from nn.schedules import constant, cosine, linear, step_decay

pytestmark = pytest.mark.portable

FIGURES = json.loads((Path(__file__).parent / "data" / "optimizers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", FIGURES["schedules"], ids=lambda case: f"{case['schedule']} {case['args']}")
def test_the_rates_of_a_hundred_steps_are_those_of_pytorch(case):
    schedule = getattr(schedules, case["schedule"])(*case["args"])
    rates = [schedule(step) for step in range(0, 100, 10)]
    assert rates == pytest.approx(case["every_ten_steps"], rel=1e-12, abs=1e-15)


def test_micrograds_schedule_is_a_line_to_the_last_bit():
    assert [linear(1.0, 0.1, 100)(k) for k in range(100)] == pytest.approx(
        [1.0 - 0.9 * k / 100 for k in range(100)], rel=1e-15
    )


@pytest.mark.parametrize("schedule", [linear(0.5, 0.25, 7), cosine(0.5, 0.25, 7)])
def test_it_begins_at_the_start_ends_at_the_end_and_stays_there(schedule):
    assert (schedule(0), schedule(7), schedule(8), schedule(10**9)) == (0.5, 0.25, 0.25, 0.25)
    rates = [schedule(step) for step in range(8)]
    assert rates == sorted(rates, reverse=True)


def test_a_cosine_goes_slowly_at_both_ends_and_is_half_way_in_the_middle():
    rates = [cosine(1.0, 0.0, 100)(step) for step in range(101)]
    falls = [a - b for a, b in pairwise(rates)]
    assert rates[50] == pytest.approx(0.5)
    assert falls.index(max(falls)) in (49, 50)
    assert falls[0] == pytest.approx(falls[-1], rel=1e-9)


def test_a_schedule_gives_the_rate_of_each_step():
    w = Value(8.0)
    optimizer, schedule = SGD([w], lr=1.0), step_decay(0.5, 0.5, 1)
    w.backward()
    for step in range(3):
        optimizer.lr = schedule(step)
        optimizer.step()
    assert w.data == 8.0 - 0.5 - 0.25 - 0.125


def test_a_schedule_shows_its_arguments():
    made = [constant(0.1), linear(1.0, 0.1, 100), cosine(0.1, 0, 50), step_decay(0.1, 0.5, 10)]
    assert list(map(repr, made)) == [
        "constant(0.1)",
        "linear(1.0, 0.1, 100)",
        "cosine(0.1, 0, 50)",
        "step_decay(0.1, 0.5, 10)",
    ]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: constant(0), ArgumentError, "lr must be a positive number, such as 0.1, not 0"),
        (lambda: constant("0.1"), OperandError, "lr must be a number, not '0.1'"),
        (lambda: linear(math.nan, 0.1, 10), ArgumentError, "start must be a positive number"),
        (lambda: linear(0.1, -0.1, 10), ArgumentError, "end must be 0 or more, not -0.1"),
        (lambda: cosine(0.1, 0.0, 0), ArgumentError, "steps must be 1 or more, not 0"),
        (lambda: cosine(0.1, 0.0, 1.5), OperandError, "steps must be a whole number, not 1.5"),
        (lambda: step_decay(0.1, 0, 5), ArgumentError, "factor must be a positive number"),
        (lambda: step_decay(0.1, 0.5, True), ArgumentError, "every must be 1 or more, not True"),  # noqa: FBT003 -- the mistake
        (lambda: constant(0.1)(-1), ArgumentError, "the number of a step must be 0 or more, not -1"),
        (lambda: constant(0.1)(0.5), OperandError, "the number of a step must be a whole number, not 0.5"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        make()
