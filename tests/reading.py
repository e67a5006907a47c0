"""Read strings in the ways people write, and judge what is read by Python's own arithmetic.

The generator knows nothing of the parser: it makes random expressions as trees of its own, writes each in many
spellings (products without signs, `sin² x`, `{…}`, `d²y/dx²`, `Step 1:`, `f(x, y)`, …), and computes it with `math`,
derivatives by central differences. Of what is read, every value has to agree:

    python tests/reading.py --count 2000 --seed 1
"""

import argparse
import math
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from autograd import Sheet, SheetError

NAMES = ("x", "w", "w_1", "ŷ", "a_2", "θ", "b₁", "net", "W[1,2]", "x[3]", "η")
FUNCTIONS = {
    "sin": math.sin, "cos": math.cos, "tanh": math.tanh, "exp": math.exp, "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "arctan": math.atan, "atan": math.atan, "sinh": math.sinh, "cosh": math.cosh, "sec": lambda z: 1 / math.cos(z),
    "silu": lambda z: z / (1 + math.exp(-z)), "swish": lambda z: z / (1 + math.exp(-z)), "tan": math.tan,
    "σ": lambda z: 1 / (1 + math.exp(-z)), "softplus": lambda z: math.log1p(math.exp(z)), "asinh": math.asinh,
}  # fmt: skip
POSITIVE = {
    "ln": math.log,
    "log": math.log,
    "log10": math.log10,
    "log_2": math.log2,
    "sqrt": math.sqrt,
    "lg": math.log10,
}
SUPERS = {2: "²", 3: "³"}
STEP = 1e-5  # of a central difference


class Text(str):
    """A spelling, with how tightly its outermost operation binds: 1 a sum, 2 a product, 3 an atom."""

    __slots__ = ("binds",)

    def __new__(cls, text, binds):
        made = super().__new__(cls, text)
        made.binds = binds
        return made


class Writer:
    """Random trees and their spellings; a tree is a tuple of an operation and its operands."""

    def __init__(self, rng):
        self.rng = rng

    def tree(self, depth, names):
        rng = self.rng
        if depth == 0 or rng.random() < 0.15:
            kind = rng.choices(("name", "number", "constant"), (8, 3, 1))[0]
            if kind == "name":
                return "name", rng.choice(names)
            return (
                ("number", rng.choice(("2", "3", "0.5", "1.25")))
                if kind == "number"
                else ("constant", rng.choice("πe"))
            )
        kind = rng.choices(("+", "-", "*", "/", "power", "call", "positive"), (3, 3, 6, 2, 2, 3, 1))[0]
        if kind == "power":
            return kind, self.tree(depth - 1, names), rng.choice((2, 3))
        if kind == "call":
            function = rng.choice(tuple(FUNCTIONS))
            return kind, function, self.tree(depth - 1, names), rng.choice((1, 1, 1, 2))
        if kind == "positive":
            function = rng.choice(tuple(POSITIVE))
            return kind, function, ("+", ("power", self.tree(depth - 1, names), 2), ("number", "1.25")), 1
        return kind, self.tree(depth - 1, names), self.tree(depth - 1, names)

    # -- Spellings ----------------------------------------------------------------------------------

    def bracketed(self, text):
        opening, closing = self.rng.choices(("()", "[]", "{}"), (8, 1, 1))[0]
        return Text(f"{opening}{text}{closing}", 3)

    def at_least(self, tree, binds):
        text = self.text(tree)
        return text if text.binds >= binds else self.bracketed(text)

    def text(self, tree):
        kind, rng = tree[0], self.rng
        if kind in ("name", "number", "constant"):
            return Text(tree[1], 3)
        if kind in "+-":
            sign = rng.choice((kind, f" {kind} ", f" {'−' if kind == '-' else '+'} "))
            right = self.at_least(tree[2], 2)
            return Text(f"{self.at_least(tree[1], 1)}{sign}{right}", 1)
        if kind == "*":
            return self.product(tree)
        if kind == "/":
            above, below = self.at_least(tree[1], 3), self.at_least(tree[2], 3)
            return self.bracketed(f"{above}{rng.choice(('/', ' / '))}{below}")
        if kind == "power":
            base = self.atom(tree[1])
            return Text(base + rng.choice((SUPERS[tree[2]], f"^{tree[2]}", f"**{tree[2]}")), 2.5)
        return self.call(tree)

    def atom(self, tree):
        """Return a spelling that a power or a factor may stand beside: a name, a number, a bracket."""
        if tree[0] in ("name", "number", "constant"):
            return self.text(tree)
        return self.bracketed(self.text(tree))

    def call(self, tree):
        _, function, inside, power = tree
        raised = "" if power == 1 else self.rng.choice(("²", "^2"))
        is_short = inside[0] == "name" and function in ("sin", "cos", "tanh", "exp", "tan", "ln", "log", "σ", "sinh")
        if is_short and self.rng.random() < 0.4:
            return self.bracketed(f"{function}{raised} {inside[1]}")
        opening, closing = self.rng.choices(("()", "[]", "{}"), (10, 1, 1))[0]
        return Text(f"{function}{raised}{opening}{self.text(inside)}{closing}", 2.5)

    def product(self, tree):
        """Write a product: with a sign, or without one where people leave it out."""
        left, right = tree[1], tree[2]
        a, b = self.at_least(left, 2), self.at_least(right, 2.5)
        is_word = b[0].isalpha() or b[0] in "∂√"
        ends = a[-1]
        can_leave_out = (is_word or b[0] == "(") and (ends in ")]}²³" or left[0] in ("name", "constant", "number"))
        if can_leave_out and self.rng.random() < 0.7:
            space = " " if is_word and left[0] in ("name", "constant") else self.rng.choice(("", " "))
            if b[0] == "(" and left[0] == "constant" and left[1] == "e":
                space = " "
            return Text(f"{a}{space}{b}", 2)
        return Text(f"{a}{self.rng.choice(('*', ' * ', '·', ' × ', ' ⋅ '))}{b}", 2)


def value(tree, at):
    """Return what a tree is at the numbers of its names."""
    kind = tree[0]
    if kind == "name":
        return at[tree[1]]
    if kind == "number":
        return float(tree[1])
    if kind == "constant":
        return math.pi if tree[1] == "π" else math.e
    if kind == "power":
        return value(tree[1], at) ** tree[2]
    if kind in ("call", "positive"):
        return (FUNCTIONS.get(tree[1]) or POSITIVE[tree[1]])(value(tree[2], at)) ** tree[3]
    a, b = value(tree[1], at), value(tree[2], at)
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[kind]()


def slope(tree, at, name):
    """Return the derivative of a tree by a name, from central differences with one extrapolation."""

    def difference(step):
        above, below = ({**at, name: at[name] + sign * step} for sign in (1, -1))
        return (value(tree, above) - value(tree, below)) / (2 * step)

    return (4 * difference(STEP) - difference(2 * STEP)) / 3


def sheet_of(rng):
    """Return a sheet in a random spelling, with the values that its names have to have."""
    writer = Writer(rng)
    names = rng.sample(NAMES, 3)
    at = {name: rng.choice((0.4, 0.75, 1.5, -0.6)) for name in names}
    givens = [f"{name} = {number}" for name, number in at.items()]
    lines = [rng.choice(("; ", ", ", "\n")).join(givens)]
    if rng.random() < 0.2:
        numbers = list(at.values())
        lines = [f"{', '.join(names)} = {', '.join(map(str, numbers))}"]
    tree = writer.tree(rng.choice((1, 2, 2, 3)), names)
    expected = {"y": value(tree, at)}
    if not math.isfinite(expected["y"]) or not 1e-3 < abs(expected["y"]) < 1e4:
        return None
    label = rng.choices(("", "(1) ", "2) ", "- ", "• ", "Step 1: ", "a) ", "1. "), (10, 1, 1, 1, 1, 1, 1, 1))[0]
    form = rng.choice(("line", "line", "function", "several", "python"))
    if form == "line":
        lines.append(f"{label}y = {writer.text(tree)}")
    elif form == "function":  # of one name; the others are parameters of the sheet
        is_argument = "[" not in names[0]
        lines += [f"f({names[0]}) = {writer.text(tree)}", f"y = f({names[0]})"] if is_argument else []
        lines += [] if is_argument else [f"y = {writer.text(tree)}"]
    elif form == "several":
        arguments = [name for name in names if "[" not in name]
        lines.append(f"y = {writer.text(tree)}")
        if arguments:
            lines += [f"g(p, q) = p q + {names[2]}", f"{label}z = g({arguments[0]}, 2)"]
            expected["z"] = 2 * at[arguments[0]] + at[names[2]]
    else:
        lines += ["def f(p):", f"    return p**2 + {at[names[0]]}", f"y = {writer.text(tree)}", "z = f(2)"]
        expected["z"] = 4 + at[names[0]]
    name = rng.choice(names)
    by = f"d{name}"
    spelled = rng.choice((f"dy/{by}", f"∂y/∂{name}", f"d/{by} y", f"d/{by}(y)"))
    lines.append(f"r = {spelled}")
    expected["r"] = slope(tree, at, name)
    extra = rng.choice(("", "second", "prime", "softmax", "of expression"))
    number = rng.choice((0.5, 1.5, 2.25))
    if extra in ("second", "prime"):
        second = (
            rng.choice(("d²v/du²", "∂²v/∂u²", "d^2v/du^2", "v''")) if extra == "second" else rng.choice(("v'", "v′"))
        )
        lines += [f"u = {number}", f"v = u³ sin u{rng.choice(('', ' + 1'))}", f"s = {second}"]
        sine, cosine = math.sin(number), math.cos(number)
        expected["s"] = 3 * number**2 * sine + number**3 * cosine
        if extra == "second":
            expected["s"] = 6 * number * sine + 6 * number**2 * cosine - number**3 * sine
    elif extra == "softmax":
        lines += [f"u = {number}", "s = softmax(u, 1, 2)[1]", "v = logsumexp(u, 1)"]
        expected["v"] = math.log(math.exp(number) + math.e)
        expected["s"] = math.exp(number) / (math.exp(number) + math.e + math.e**2)
    elif extra:
        lines += [f"u = {number}", f"s = d/du{rng.choice(('(u^3 + 2u)', ' [u³ + 2u]', '(2u + u*u²)'))}"]
        expected["s"] = 3 * number**2 + 2
    return "\n".join(lines) + "\n", expected


def judged(text, expected):
    """Return "right", "refused" or "misread", with what was read."""
    try:
        point = Sheet.parse(text).evaluate()
    except SheetError as error:
        return "refused", str(error)
    for name, number in expected.items():
        found = point.values[name].data
        if abs(found - number) > 1e-6 * max(1.0, abs(number), abs(found)):
            return "misread", f"{name} is {found} and not {number}"
    return "right", ""


def main(count, seed, *, shown=12):
    """Read so many sheets; print those that were not, and return the counts."""
    rng = random.Random(seed)
    counts = Counter()
    while counts.total() < count:
        try:
            made = sheet_of(rng)
        except (ArithmeticError, ValueError):
            continue
        if made is None:
            continue
        word, why = judged(*made)
        counts[word] += 1
        if word != "right" and counts[word] <= shown:
            print(f"{word}: {why}\n    " + made[0].strip().replace("\n", "\n    "))
    print(", ".join(f"{counts[word]} {word}" for word in ("right", "refused", "misread")))
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    found = main(**vars(parser.parse_args()))
    sys.exit(found["misread"] > 0 or found["right"] < 0.99 * found.total())
