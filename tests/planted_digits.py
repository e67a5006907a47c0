"""Count the wrong digits that marking misses: one digit of one figure in a correct derivation is another one.

    python tests/planted_digits.py [--sheets 3000]

The derivations are those of `planted`, and solutions of `chalkgrad exercise`, with every figure rounded to five
significant digits. In each, the third or the fourth digit of one figure is changed. It is missed if its line is no
first mistake. Some cannot be found: what is rounded on the way may make as large a difference.
"""

import argparse
import random
import re

import planted
from byhand import random_net

from autograd import exercise, mark

DIGITS = 5
LAYERS = ([2, 2, 2], [2, 2, 1], [1, 2, 1], [2, 1])
FIGURE = re.compile(r" = (-?[\d.]+(?:e-?\d+)?)$")  # at the end of a line


def correct(seed):
    """Return the text of a correct derivation with figures of five digits; the same one for the same seed."""
    dice = random.Random(f"digits {seed}")
    while True:
        try:
            writer = planted.Writer(random_net(dice), dice)
            writer.digits, writer.significant = DIGITS, True
            return writer.write().text
        except (planted.Unplantable, ArithmeticError):
            continue


def solution(seed):
    """Return the solution of an exercise; the same one for the same seed."""
    dice = random.Random(f"solution {seed}")
    activation = dice.choice(("sigmoid", "tanh", "softplus"))
    return exercise(dice.choice(LAYERS), seed, activation=activation, digits=DIGITS).key


def with_wrong_digit(make, seed, place):
    """Return a derivation with one wrong digit, the third or fourth of a figure, and its line; None without one."""
    dice = random.Random(f"digit {place} {seed}")
    lines = make(seed).splitlines()
    spots = [(row, column) for row, line in enumerate(lines) for column in _digit(line, place)]
    if not spots:
        return None
    row, column = dice.choice(spots)
    other = dice.choice("0123456789".replace(lines[row][column], ""))
    lines[row] = lines[row][:column] + other + lines[row][column + 1 :]
    return "\n".join(lines) + "\n", row + 1


def _digit(line, place):
    """Return where a digit of the figure at the end of a claim stands, if there is one with so many."""
    found = FIGURE.search(line)
    if ";" in line or line.count("=") < 2 - line.startswith("d") or not found:
        return []
    mantissa = found[1].partition("e")[0]
    first = next((at for at, digit in enumerate(mantissa) if digit in "123456789"), len(mantissa))
    places = [at for at in range(first, len(mantissa)) if mantissa[at].isdigit()]
    return [found.start(1) + places[place - 1]] if len(places) >= place else []


def missed(make, seeds, place):
    """Return the seeds whose wrong digit is not found, and how many have one."""
    found = {seed: changed for seed in seeds if (changed := with_wrong_digit(make, seed, place))}
    lines = {seed: {root.claim.line for root in mark(text).first_mistakes} for seed, (text, _) in found.items()}
    return [seed for seed, (_, line) in found.items() if line not in lines[seed]], len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheets", type=int, default=3000, help="how many derivations (default: 3000)")
    sheets = parser.parse_args().sheets
    for make, kind in ((correct, "derivations"), (solution, "exercises")):
        for place, name in ((3, "third"), (4, "fourth")):
            seeds, count = missed(make, range(sheets), place)
            rate = f"one in {count / len(seeds):.0f}" if seeds else "none"
            print(f"{kind}, wrong {name} digits of {DIGITS}: {count}; missed: {len(seeds)}, {rate}")


if __name__ == "__main__":
    main()
