"""A reason for a wrong number is given only if it is so: the digits have to match, and chance names nothing."""

import math
import random
from collections import Counter

import pytest
from strategies import SHARE, some

from autograd import mark


def reasons(text, key=None):
    """What is said to be the mistake, at the one first mistake of a sheet."""
    (root,) = mark(text, key=key).first_mistakes
    return [mistake.text for mistake in root.diagnosis]


CUT = "the digits were cut off where they are to be rounded"


def off(places):
    return f"the decimal point is {places} place{'s' * (places > 1)} off"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        # the decimal point: the digits match to the last one
        ("x = 0.0001; y = x*1 = 0.3", []),
        ("x = 0.0003; y = x*1 = 0.3", [off(3)]),
        ("x = 0.003; y = x*1 = 0.3", [off(2)]),
        ("x = 0.0031; y = x*1 = 0.3", []),
        ("x = 0.04321; y = x*1 = 4.32", [off(2)]),
        ("x = 0.04321; y = x*1 = 4.33", []),
        ("x = 0.04321; y = x*1 = 4.3", []),  # one number in fifty begins so
        ("x = 12.5; y = x*1 = 1.25", [off(1)]),
        ("x = 12; y = x*10 = 12", [off(1), "the factor 10 is left out"]),
        # cut off, and not what was rounded or is exact
        ("c = 0.25*8 = 1.9", []),
        ("c = -0.25*8 = -1.9", []),
        ("c = 0.245*8 = 1.9", [CUT]),
        ("c = -0.245*8 = -1.9", [CUT]),
        ("c = 0.25*8 = 1.99", []),
        ("c = 0.4*0.7 = 0.27", []),
        ("y = exp(0.3) = 1.34", [CUT]),
        ("y = exp(0.3) = 1.33", []),
        # a whole number stands for itself
        ("x = 1.2; p = 0.835; y = -p*x = -1", ["a whole number is taken as it stands: write ≈ −1 or −1.00"]),
        ("x = 1.2; p = 5.99; y = p*x = 7", ["a whole number is taken as it stands: write ≈ 7 or 7.19"]),
        ("x = 1.2; p = 11.99; y = p*x = 14", ["a whole number is taken as it stands: write ≈ 14 or 14.4"]),
        ("x = 1.2; p = 5.99; y = p*x = 6", []),
        ("x = 0.2; p = 0.99; y = p*x = 0", []),
        # transposed digits
        ("x = 0.3; y = exp(x) = 1.3948", []),
        ("x = 0.3; y = exp(x) = 1.3949", ["two digits are transposed: 94 stands where 49 belongs"]),
        ("x = 0.504; y = x*1 = 0.054", ["two digits are transposed: 05 stands where 50 belongs"]),
        ("x = 0.4321; y = x*1 = 0.34", ["two digits are transposed: 34 stands where 43 belongs"]),
        ("x = 0.4321; y = x*1 = 4.3", [off(1)]),
        # one digit
        ("x = 0.016036813; y = x*1 = 300.0", []),
        ("x = 0.3; y = exp(x) = 1.3599", ["one digit is another: 5 stands where 4 belongs, in 1.3499"]),
        # a sign, whatever the digits
        ("x = 0.4; y = x*2 = -0.8", ["the sign is the other way round"]),
        # a factor of 2, in exact numbers and in enough digits
        ("x = 0.4; y = x*2 = 1.6", ["a factor 2 is one too many, or ½ is left out"]),
        ("x = 0.417; y = x*2.13 = 0.444", ["a factor 2 is left out, or ½ is one too many"]),
    ],
)  # fmt: skip
def test_a_wrong_number_gets_the_reason_that_is_so(line, found):
    assert reasons(line) == found


@pytest.mark.parametrize("text", ["y = -p*x ≈ -1", "y = -p*x = -1.00", "y = -p*x = -1.0"])
def test_what_the_reason_advises_to_write_is_right(text):
    assert mark(f"x = 1.2; p = 0.835\n{text}").ok


@pytest.mark.parametrize(
    ("given", "written", "found"),
    [
        ("η = 0.5", "η = 0.05", [off(1)]),
        ("η = 0.05", "η = 0.5", [off(1)]),
        ("t = 0.25", "t = 0.0025", [off(2)]),
        ("t = 0.12", "t = 0.21", ["two digits are transposed: 21 stands where 12 belongs"]),
        ("t = 0.504", "t = 0.054", ["two digits are transposed: 05 stands where 50 belongs"]),
        ("t = 0.12", "t = 0.31", []),
    ],
)
def test_a_given_copied_wrongly_from_a_key(given, written, found):
    assert reasons(f"{written}\nz = 1", key=f"{given}\nz = 1") == found


# -- Unrelated numbers --------------------------------------------------------------------------

PAIRS = some(3000)
MAX_SHARE = 0.008  # of pairs that one kind of reason may be given by chance
MAX_TOGETHER = 0.015


def written(dice):
    """A number as people write them: of one to five digits, plain or with so many decimals."""
    digits, x = dice.randint(1, 5), dice.choice((-1, 1)) * 10 ** dice.uniform(-3, 3)
    if dice.random() < 0.5:
        return f"{x:.{digits}f}"
    text = f"{float(f'{x:.{digits}g}'):.9f}".rstrip("0")
    return text + "0" * text.endswith(".")


SHEETS = {
    "a product": "x = {a:.9f}\ny = x*1 = {figure}",
    "short factors": "x = {a:.3g}; w = {b:.3f}\ny = x*w = {figure}",
    "a weight of a neuron": "x = {b:.3f}; w = {c:.3f}; t = 0.4\no = σ(w*x)\nE = (o - t)^2/2\ndE/dw = {figure}",
    "an ordinary derivative": "x = {b:.3f}; w = {c:.3f}\ny = x^2*sin(w*x)/(1 + x)\ndy/dx = {figure}",
    "a loss": "p = {d:.3f}; t = {e:.3f}\nL = -t*ln(p) - (1 - t)*ln(1 - p) = {figure}",
}


def allowed(expected):
    """How many there may be; among few pairs there are more by chance, by two standard deviations."""
    return expected if SHARE == 1 else expected + 2 * math.sqrt(expected)


@pytest.mark.parametrize("sheet", SHEETS)
def test_unrelated_numbers_get_no_reason(sheet):
    dice = random.Random(sheet)
    pairs = PAIRS if sheet == "a product" else PAIRS // 6
    kinds, wrong, named = Counter(), 0, 0
    for _ in range(pairs):
        given = {"a": 10 ** dice.uniform(-3, 3), "b": dice.uniform(0.1, 2), "c": dice.uniform(0.1, 2)}
        given |= {"d": dice.uniform(0.05, 0.95), "e": dice.uniform(0.05, 0.95), "figure": written(dice)}
        for root in mark(SHEETS[sheet].format(**given)).first_mistakes:
            wrong += 1
            named += bool(root.diagnosis)
            kinds.update({mistake.kind for mistake in root.diagnosis})
    assert wrong > 0.9 * pairs
    print(f"{sheet}: {wrong} unrelated numbers; given a reason: {dict(kinds)}")
    assert named <= allowed(MAX_TOGETHER * wrong)
    assert all(count <= allowed(MAX_SHARE * wrong) for count in kinds.values()), kinds
