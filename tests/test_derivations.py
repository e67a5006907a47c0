"""Derivations of a second generator: right ones have no alarm, and a planted mistake is found, alone, by its name."""

import math
import random

import pytest
from derivations import KINDS, MAKERS, STYLES, Derivation, derivations, evaluate, judge

RIGHT = 60
SEED = 4_000


def numbers_of(lines, **moved):
    numbers = {}
    for line in lines:
        numbers[line.left] = moved.get(line.left, evaluate(line.formula, numbers))
    return numbers


@pytest.mark.parametrize("style", MAKERS)
def test_the_formulas_of_the_generator_are_right_by_differences(style):
    dice = random.Random(style)
    for _ in range(20):
        _, lines = MAKERS[style](dice)
        numbers = numbers_of(lines)
        derivatives = [line.left.split("_")[1:] for line in lines if line.left.startswith("D_")]
        assert derivatives
        for of, by in derivatives:
            h = 1e-6
            up, down = (numbers_of(lines, **{by: numbers[by] + sign * h})[of] for sign in (1, -1))
            assert math.isclose(numbers[f"D_{of}_{by}"], (up - down) / (2 * h), rel_tol=1e-5, abs_tol=1e-7), (of, by)


@pytest.mark.parametrize("style", STYLES)
def test_a_right_derivation_has_no_alarm(style):
    for made in derivations(SEED, RIGHT):
        if made.style == style:
            judged = judge(made)
            assert (judged.extra, made.text) == ([], made.text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_mistake_is_found_alone_and_by_its_name(kind):
    every = [made for made in derivations(SEED, 2 * len(KINDS), 1) if made.kinds == [kind]]
    assert len(every) == 2
    for made in every:
        judged = judge(made)
        assert (judged.missed, judged.extra, judged.false_kinds, made.text) == ([], [], [], made.text)


def test_of_two_mistakes_both_are_found():
    for made in derivations(SEED, 12, 2):
        judged = judge(made)
        assert (judged.missed, judged.extra, made.text) == ([], [], made.text)


def test_a_mistake_that_is_not_found_and_a_false_alarm_are_told():
    text = "x = 2\ny = x^2 = 4\ndy/dx = x = 2\n"
    judged = judge(Derivation(text, "partials", rows=[2], kinds=["sign"], called=[{"sign"}]))
    assert (judged.missed, judged.extra, judged.named) == ([2], [3], 0)
    judged = judge(Derivation(text, "partials", rows=[3], kinds=["sign"], called=[{"sign"}]))
    assert judged.false_kinds == ["sign called ['a factor left out']"] or "sign called" in judged.false_kinds[0]
