"""Claims that floats cannot decide, marked, against independent arithmetic of hundreds of digits.

    python tests/certainty.py --claims 100000      the table; ends with 1 if a verdict is false
    python tests/certainty.py --seed 17            the claims of another seed

Each claim is one line at which floats fail: numbers cancel (condition numbers up to 10³⁰), vanish or overflow, or
differ in what no float shows. Half of the claims are right, and half are wrong by one unit of their last digit, or by a
formula that is another one. What is right is computed here, with mpmath and without the project. A *false slip* is a
verdict against a right claim, a *false right* one for a wrong claim.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from mpmath import MPContext

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script, from anywhere

from autograd import mark

DIGITS = 400  # so that 200 are left where 10⁻³⁰ cancels six times over
STEP = 120  # a difference quotient over 10⁻¹²⁰ is right to more than 200 digits

mp = MPContext()
mp.dps = DIGITS

FOR, AGAINST = ("right", "rounded"), ("slip", "wrong", "follows")


class Claimed(NamedTuple):
    """A sheet whose last claim is in question, whether that is right, and how much an error of its numbers grows."""

    text: str
    is_right: bool
    condition: float = 1.0


# -- Writing numbers -----------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log(1 + mp.exp(x))


def slope(f, x):
    """The derivative of a function of one number, by a difference quotient."""
    h = mp.mpf(10) ** -STEP
    return (f(x + h) - f(x - h)) / (2 * h)


def rounded(value, digits):
    """The value as text, rounded to so many significant digits."""
    text = mp.nstr(value, digits, strip_zeros=False, min_fixed=0, max_fixed=0)
    mantissa, _, exponent = text.partition("e")
    if -4 < int(exponent or 0) < digits - 1:
        return f"{Decimal(mantissa).scaleb(int(exponent or 0)):f}"
    return f"{mantissa}e{int(exponent or 0)}"


def number_claim(dice, line, value, condition=1.0, most=13):
    """A line that claims a number: the value to some digits, or another number with as many; no tie between two."""
    text = rounded(value, dice.randint(2, most))
    unit = Decimal(1).scaleb(Decimal(text).as_tuple().exponent)
    if dice.random() < 0.5:
        text = str(Decimal(text) + dice.choice([-3, -2, -1, 1, 2, 3]) * unit).lower()
    room = mp.mpf(str(unit)) / 2 - abs(value - mp.mpf(text))
    if abs(room) < abs(value) / mp.mpf(10) ** 200:
        return number_claim(dice, line, value, condition, most)
    return Claimed(f"{line} = {text}", bool(room > 0), float(condition))


def formula_claim(dice, line, right, wrong, condition=1.0):
    """A line that claims one of the right formulas, or one of the wrong ones."""
    is_right = dice.random() < 0.5
    return Claimed(f"{line} = {dice.choice(right if is_right else wrong)}", is_right, float(condition))


def decimal(dice, low, high, digits):
    """A number between two others, as text."""
    return rounded(mp.mpf(dice.uniform(low, high)), digits)


# -- The claims ----------------------------------------------------------------------------------


def fractions(dice):
    """p/q, and a fraction that is the same or differs from it in the last digit of a float or far beyond."""
    p, q, k = (
        dice.randrange(10**digits, 10 ** (digits + 1)) for digits in (dice.randint(1, 11), 7, dice.randint(1, 9))
    )
    return formula_claim(
        dice,
        f"E = {p}/{q}",
        [f"{p * k}/{q * k}", f"{p - k}/{q} + {k}/{q}", f"{2 * p}/{q}*0.5"],
        [f"{p * k + 1}/{q * k}", f"{p * k}/{q * k - 1}", f"{p}/{q} + 1/10^{dice.randint(15, 40)}"],
        p * k,
    )


def squares(dice):
    """(a + b)² − a², of which floats keep the last digits or none."""
    a, b = dice.randrange(10**5, 10 ** dice.randint(6, 20)), decimal(dice, 0.1, 9, dice.randint(1, 4))
    exact = (a + mp.mpf(b)) ** 2 - mp.mpf(a) ** 2
    return number_claim(dice, f"a = {a}.0; b = {b}\ny = (a + b)^2 - a^2", exact, a / mp.mpf(b))


def squares_as_formulas(dice):
    a, b, k = dice.randrange(10**5, 10 ** dice.randint(6, 15)), decimal(dice, 0.1, 9, 2), dice.randint(2, 30)
    right = ["2*a*b + b^2", "b*(2*a + b)", "(a + b + a)*b"]
    wrong = [f"2*a*b + b^2 + b/10^{k}", "2*a*b + b^3", f"b*(2*a + b)*(1 + 1/10^{k})"]
    return formula_claim(dice, f"a = {a}.0; b = {b}\ny = (a + b)^2 - a^2", right, wrong, a / mp.mpf(b))


PELL = [(3, 2, 2), (2, 1, 3), (9, 4, 5), (5, 2, 6), (8, 3, 7), (19, 6, 10)]


def power_of_surd(dice):
    """(m − n√d)ᵏ as A − B√d: the last two are equal to many digits."""
    m, n, d = dice.choice(PELL)
    most = int(35 / (2 * mp.log10(m + n * mp.sqrt(d))))
    k = dice.randint(2, max(2, most))
    a, b = 1, 0
    for _ in range(k):
        a, b = a * m + b * n * d, a * n + b * m
    return m, n, d, k, a, b, a / (a - b * mp.sqrt(d))


def surds(dice):
    *_, d, _, a, b, condition = power_of_surd(dice)
    return number_claim(dice, f"P = {a} - {b}*sqrt({d})", a - b * mp.sqrt(d), condition)


def surds_as_powers(dice):
    m, n, d, k, a, b, condition = power_of_surd(dice)
    right = [f"({m} - {n}*sqrt({d}))^{k}", f"1/({m} + {n}*sqrt({d}))^{k}", f"({a} - {b}*sqrt({d}))*({d}/{d})"]
    j = dice.randint(20, 70)
    wrong = [
        f"({m} - {n}*sqrt({d}))^{k} + 1/10^{j}",
        f"({m} - {n}*sqrt({d}))^{k - 1}",
        f"{a} - {b}*sqrt({d} + 1/10^{j})",
    ]
    return formula_claim(dice, f"P = {a} - {b}*sqrt({d})", right, wrong, condition)


FUNCTIONS = {"sigmoid": sigmoid, "tanh": mp.tanh, "softplus": softplus}
SLOPES = {
    "sigmoid": (["y*(1 - y)", "y - y^2", "1/(1 + e^x)*y"], ["y*(1 + y)", "(1 - y)*x", "2*y*(1 - y)", "1 - y^2"]),
    "tanh": (["1 - y^2", "(1 - y)*(1 + y)", "1/((e^x + e^-x)/2)^2"], ["1 + y^2", "y*(1 - y)", "1 - y", "(1 - y)^2"]),
    "softplus": (["sigmoid(x)", "1/(1 + e^-x)", "1 - e^-y"], ["sigmoid(-x)", "sigmoid(x)*(1 - sigmoid(x))", "e^-y"]),
}


def saturated(dice):
    """The slope of an activation where it hardly has one."""
    name, x = dice.choice(list(FUNCTIONS)), decimal(dice, -80, 80, 3)
    line = f"x = {x}\ny = {name}(x)\ndy/dx"
    return number_claim(dice, line, slope(FUNCTIONS[name], mp.mpf(x)), mp.exp(abs(mp.mpf(x))))


def saturated_formulas(dice):
    name, x = dice.choice(list(FUNCTIONS)), decimal(dice, -60, 60, 3)
    return formula_claim(dice, f"x = {x}\ny = {name}(x)\ndy/dx", *SLOPES[name], mp.exp(abs(mp.mpf(x))))


def cross_entropies(dice):
    """−ln(1 − σ(x)), of which a float has no logarithm, and what follows from it."""
    x = mp.mpf(text := decimal(dice, 5, 300, 4))
    sheet = f"x = {text}\np = sigmoid(x)\nL = -ln(1 - p)"
    value, line = dice.choice(
        [(softplus(x), sheet), (sigmoid(x), f"{sheet}\ndL/dx"), (1 + mp.exp(x), f"{sheet}\ndL/dp")]
    )
    return number_claim(dice, line, value, mp.exp(min(x, mp.mpf(69))))


def powers(dice):
    """c·xⁿ, which vanishes or overflows."""
    x, n, c = decimal(dice, 0.1, 3, 2), dice.randint(50, 6000), dice.randint(2, 6000)
    m = dice.randrange(1, n)
    right = [f"x^{n}*{c}", f"{c}*x^{m}*x^{n - m}", f"{c + 1}*x^{n} - x^{n}"]
    wrong = [f"{c + 1}*x^{n}", f"{c}*x^{m}*x^{n - m - 1}", f"{c}*x^{n} + x^{n + 1}"]
    return formula_claim(dice, f"x = {x}\nP = {c}*x^{n}", right, wrong, n)


def slopes_of_powers(dice):
    x, n, c = decimal(dice, 0.1, 3, 2), dice.randint(50, 6000), dice.randint(2, 6000)
    right = [f"{c * n}*x^{n - 1}", f"{n}*P/x", f"{c}*{n}*x^{n}/x"]
    wrong = [f"{c * (n - 1)}*x^{n - 1}", f"{c * n}*x^{n}", f"{c}*x^{n - 1}", f"{n}*P"]
    return formula_claim(dice, f"x = {x}\nP = {c}*x^{n}\ndP/dx", right, wrong, n)


def exponentials(dice):
    """Exponentials that overflow or vanish on the way to an ordinary number."""
    x, z = decimal(dice, -2000, 2000, 4), decimal(dice, -2000, 2000, 4)
    a, b = mp.mpf(x), mp.mpf(z)
    lines = [
        ("exp(x)/(1 + exp(x))", sigmoid(a)),
        ("ln(exp(x) + exp(z))", mp.log(mp.exp(a) + mp.exp(b))),
        ("exp(x)/exp(x - 1)", mp.e),
        ("ln(exp(x)) - z", a - b),
        ("(exp(x) - exp(z))/(exp(x) + exp(z))", mp.tanh((a - b) / 2)),
    ]
    formula, value = dice.choice([pair for pair in lines if mp.mpf(10) ** -250 < abs(pair[1])])
    return number_claim(dice, f"x = {x}; z = {z}\ny = {formula}", value)


def small_differences(dice):
    """Quotients of small differences, which cancel more the smaller h is."""
    k = dice.randint(3, 15)
    h = mp.mpf(text := f"{dice.randint(1, 9)}e-{k}")
    lines = [
        ("ln(1 + h)/h", mp.log(1 + h) / h, k),
        ("(exp(h) - 1)/h", (mp.exp(h) - 1) / h, k),
        ("(exp(h) - 1 - h)/h^2", (mp.exp(h) - 1 - h) / h**2, 2 * k),
        ("(1 - cos(h))/h^2", (1 - mp.cos(h)) / h**2, 2 * k),
        ("(sqrt(1 + h) - 1)/h", (mp.sqrt(1 + h) - 1) / h, k),
        ("1/h - 1/(h + h^2)", 1 / h - 1 / (h + h**2), k),
    ]
    formula, value, lost = dice.choice(lines)
    return number_claim(dice, f"h = {text}\ny = {formula}", value, mp.mpf(10) ** lost)


def waves(dice):
    """Sines of numbers of which a float has few digits after whole turns."""
    x = mp.mpf(text := f"{decimal(dice, 1, 9, dice.randint(2, 6))}e{dice.randint(3, 14)}")
    line, value = dice.choice([("y = sin(x)", mp.sin(x)), ("y = sin(x)\ndy/dx", mp.cos(x))])
    return number_claim(dice, f"x = {text}\n{line}", value, x, most=9)


def absorbed(dice):
    """A term that no float shows beside the other."""
    k, c, x = dice.randint(16, 35), dice.randint(1, 9), decimal(dice, 0.5, 3, 2)
    right = [f"1 + {c}*x/10^{k}", f"({c}/10^{k})*x + 1", f"2 - (1 - {c}*x/10^{k})"]
    wrong = [f"1 + {c + 1}*x/10^{k}", f"1 + {c}*x^2/10^{k}", f"1 - {c}*x/10^{k}", "x/x"]
    return formula_claim(dice, f"x = {x}\ny = 1 + {c}*x/10^{k}", right, wrong, mp.mpf(10) ** min(k, 30))


def ordinary(dice):
    """A neuron as everybody has it, so that nothing here is only about the ends of the range."""
    x, w, t = (decimal(dice, 0.1, 2, 2) for _ in range(3))
    given = f"x = {x}; w = {w}; t = {t}\nh = sigmoid(w*x)\nE = (h - t)^2/2"
    a, b, c = map(mp.mpf, (x, w, t))

    def error(weight):
        return (sigmoid(weight * a) - c) ** 2 / 2

    if dice.random() < 0.5:
        return number_claim(dice, f"{given}\ndE/dw", slope(error, b))
    right = ["(h - t)*h*(1 - h)*x", "x*(h - t)*(h - h^2)"]
    return formula_claim(dice, f"{given}\ndE/dw", right, ["(h - t)*h*(1 - h)*w", "(t - h)*h*(1 - h)*x", "(h - t)*h*x"])


KINDS = [
    fractions,
    squares,
    squares_as_formulas,
    surds,
    surds_as_powers,
    saturated,
    saturated_formulas,
    cross_entropies,
]
KINDS += [powers, slopes_of_powers, exponentials, small_differences, waves, absorbed, ordinary]


# -- Marking them --------------------------------------------------------------------------------


def outcome(claimed):
    """What the marking makes of the claim: "agrees", "false slip", "false right" or "undecided"."""
    word = mark(claimed.text).verdicts[-1].word
    if word in FOR:
        return "agrees" if claimed.is_right else "false right"
    if word in AGAINST:
        return "false slip" if claimed.is_right else "agrees"
    return "undecided"


def run(count, seed):
    """The outcomes by kind, the largest condition number, and the claims that were not agreed on."""
    dice = random.Random(seed)
    found = {kind.__name__: Counter() for kind in KINDS}
    largest, others = 0.0, []
    for at in range(count):
        kind = KINDS[at % len(KINDS)]
        claimed = kind(dice)
        result = outcome(claimed)
        found[kind.__name__][result] += 1
        largest = max(largest, claimed.condition)
        if result != "agrees":
            others.append((result, claimed))
    return found, largest, others


def main():
    parser = argparse.ArgumentParser(description="Mark claims that floats cannot decide.")
    parser.add_argument("--claims", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    found, largest, others = run(chosen.claims, chosen.seed)
    for kind, outcomes in found.items():
        shown = ", ".join(f"{outcomes[name]} {name}" for name in ("false slip", "false right", "undecided"))
        print(f"{kind:20} {sum(outcomes.values()):7,} claims: {shown}")
    for result, claimed in others[:5]:
        print(f"{result}: {claimed.text!r}")
    undecided = sum(outcomes["undecided"] for outcomes in found.values())
    false = len(others) - undecided
    print(f"{chosen.claims:,} claims, condition numbers up to {largest:.0e}: {false} false, {undecided} undecided")
    return 1 if false or undecided * 1000 > chosen.claims else 0


if __name__ == "__main__":
    sys.exit(main())
