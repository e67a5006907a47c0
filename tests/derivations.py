"""A second opinion on marking: derivations in six styles, right ones, and ones with known mistakes.

    python tests/derivations.py --right 1000 --planted 600 --pairs 200
    python tests/derivations.py --planted 100 --seed 5 --show

A derivation is a list of lines whose right formulas are written by hand below: a *network* by scalars, textbook
*partials*, *recurrent* and LSTM steps, *softmax* with soft labels; a style may leave the formulas out (*figures*) or
write Python (*code*). The writer computes with plain floats and rounds every line, none, or some of them. A mistake
changes one line, and the writer goes on with what it gives. Nothing here uses the project or `planted.py`: a formula
is evaluated by Python, and its truth is checked by differences of the loss (`tests/test_derivations.py`).
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import cycle, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STYLES = ("network", "partials", "recurrent", "softmax", "figures", "code")
CARRIED = ("rounded", "unrounded", "mixed")
FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
}
MAX_PLAIN = 1e15  # a larger float has fewer digits than stand before the point
MIN_CHANGE = 0.02  # relative change of a number by a mistake, so that it shows in three digits
MIN_TERM = 0.03  # of a figure that is written to so many decimals

Term = tuple[str, tuple[str, ...]]  # its sign, and its factors


@dataclass(frozen=True)
class Line:
    """One line: `left` = the sum of its terms. Derivatives are called D_E_w; `role` says what the line is."""

    left: str
    terms: tuple[Term, ...]
    role: str = "gradient"  # "given", "forward", "gradient", "update"

    @property
    def formula(self) -> str:
        """Return the right side in Python."""
        first, *rest = self.terms
        if len(first[1]) == 1 and first[0] == "+" and re.fullmatch(r"\(\w+ [-+] \w+\)", first[1][0]):
            first = ("+", (first[1][0][1:-1],))
        text = ("-" if first[0] == "-" else "") + "*".join(first[1])
        return text + "".join(f" {sign} {'*'.join(factors)}" for sign, factors in rest)


def line(left: str, *products: str, role: str = "gradient") -> Line:
    """Return a line; a product is written with its factors apart, `- a * (1 - b)`."""
    terms = []
    for product in products:
        sign, text = ("-", product[2:]) if product.startswith("- ") else ("+", product)
        terms.append((sign, tuple(text.split(" * "))))
    return Line(left, tuple(terms), role)


def given(name: str, value: float) -> Line:
    """Return a line that gives a name its number."""
    return Line(name, (("+", (f"{value:g}",)),), "given")


def forward(name: str, formula: str) -> Line:
    """Return a definition."""
    return Line(name, (("+", (formula,)),), "forward")


def evaluate(formula: str, numbers: dict[str, float]) -> float:
    """Return what a formula gives."""
    return float(eval(formula.replace("^", "**"), {"__builtins__": {}, **FUNCTIONS}, numbers))  # noqa: S307 -- our own text


# -- Derivations, right by hand -----------------------------------------------------------------------


def number(dice: random.Random, low: float = 0.2, high: float = 0.95, *, signed: bool = True) -> float:
    """Return a given of two digits."""
    return round(dice.uniform(low, high), 2) * (dice.choice((1, 1, -1)) if signed else 1)


def slope(function: str, output: str) -> str:
    """Return the factors of an activation's slope by its output."""
    return {"sigmoid": f"{output} * (1 - {output})", "tanh": f"(1 - {output}^2)"}[function]


def network(dice: random.Random) -> tuple[str, list[Line]]:
    """Return a network of one hidden layer by scalars, its loss first."""
    inputs, hidden, outputs = dice.randint(1, 2), dice.randint(1, 3), dice.randint(1, 2)
    act, last = dice.choice(("sigmoid", "tanh")), dice.choice(("sigmoid", "tanh", ""))
    half = dice.random() < 0.6
    lines = [given(f"x{i}", number(dice)) for i in range(1, inputs + 1)]
    lines += [given(f"w{j}{i}", number(dice)) for j in range(1, hidden + 1) for i in range(1, inputs + 1)]
    lines += [given(f"v{k}{j}", number(dice)) for k in range(1, outputs + 1) for j in range(1, hidden + 1)]
    lines += [given(f"t{k}", number(dice, signed=False)) for k in range(1, outputs + 1)] + [given("η", 0.5)]
    for j in range(1, hidden + 1):
        lines.append(forward(f"z{j}", " + ".join(f"w{j}{i}*x{i}" for i in range(1, inputs + 1))))
        lines.append(forward(f"h{j}", f"{act}(z{j})"))
    for k in range(1, outputs + 1):
        net = " + ".join(f"v{k}{j}*h{j}" for j in range(1, hidden + 1))
        lines += [forward(f"y{k}", net), forward(f"o{k}", f"{last}(y{k})")] if last else [forward(f"o{k}", net)]
    errors = " + ".join(f"(o{k} - t{k})^2" for k in range(1, outputs + 1))
    lines.append(forward("E", f"({errors})/2" if half else errors))
    net_of = "y" if last else "o"
    for k in range(1, outputs + 1):
        lines.append(line(f"D_E_o{k}", f"(o{k} - t{k})" if half else f"2 * (o{k} - t{k})"))
        if last:
            lines.append(line(f"D_E_y{k}", f"D_E_o{k} * {slope(last, f'o{k}')}"))
    for k in range(1, outputs + 1):
        lines += [line(f"D_E_v{k}{j}", f"D_E_{net_of}{k} * h{j}") for j in range(1, hidden + 1)]
    for j in range(1, hidden + 1):
        lines.append(line(f"D_E_h{j}", *(f"D_E_{net_of}{k} * v{k}{j}" for k in range(1, outputs + 1))))
        lines.append(line(f"D_E_z{j}", f"D_E_h{j} * {slope(act, f'h{j}')}"))
        lines += [line(f"D_E_w{j}{i}", f"D_E_z{j} * x{i}") for i in range(1, inputs + 1)]
    weights = [name.left for name in lines if name.left[0] in "wv" and name.role == "given"]
    lines += [line(f"{w}_new", w, f"- η * D_E_{w}", role="update") for w in weights if dice.random() < 0.5]
    return "E", lines


OF_ONE = [("{}^2", "2 * {}"), ("{}^3", "3 * {}^2"), ("sin({})", "cos({})"), ("ln({})", "1/{}"),
          ("exp({})", "exp({})"), ("sqrt({})", "1/(2*sqrt({}))"), ("exp(2*{})", "2 * exp(2*{})")]  # fmt: skip
OF_TWO = [("{0}*{1}", "{1}", "{0}"), ("{0}^2*{1}", "2 * {0} * {1}", "{0}^2"), ("{0}*{1}^2", "{1}^2", "2 * {0} * {1}"),
          ("{0}^2 + {1}^3", "2 * {0}", "3 * {1}^2"), ("{0}*exp({1})", "exp({1})", "{0} * exp({1})"),
          ("sin({0})*{1}", "cos({0}) * {1}", "sin({0})"), ("{0}/{1}", "1/{1}", "- {0} * 1/{1}^2"),
          ("ln({0}) + {0}*{1}", "(1/{0} + {1})", "{0}")]  # fmt: skip


def partials(dice: random.Random) -> tuple[str, list[Line]]:
    """Return the chain rule of a book: z of two names that depend on one, or on x directly and by way of y."""
    first, second = dice.sample(OF_ONE, 2)
    outer, by_first, by_second = dice.choice(OF_TWO)
    if dice.random() < 0.5:
        lines = [given("s", number(dice, 1.1, 2.9, signed=False))]
        lines += [forward("x", first[0].format("s")), forward("y", second[0].format("s"))]
        lines += [forward("z", outer.format("x", "y"))]
        lines += [line("D_x_s", first[1].format("s")), line("D_y_s", second[1].format("s"))]
        lines += [line("P_z_x", by_first.format("x", "y")), line("P_z_y", by_second.format("x", "y"))]
        return "", [*lines, line("D_z_s", "P_z_x * D_x_s", "P_z_y * D_y_s")]
    lines = [given("x", number(dice, 1.1, 2.9, signed=False)), forward("y", first[0].format("x"))]
    lines += [forward("z", outer.format("x", "y"))]
    lines += [line("P_z_x", by_first.format("x", "y")), line("P_z_y", by_second.format("x", "y"))]
    return "", [*lines, line("D_y_x", first[1].format("x")), line("D_z_x", "P_z_x", "P_z_y * D_y_x")]


def recurrent(dice: random.Random) -> tuple[str, list[Line]]:
    """Return a recurrent network through time, or one step of an LSTM."""
    if dice.random() < 0.4:
        return lstm(dice)
    steps, act = dice.randint(2, 3), dice.choice(("tanh", "sigmoid"))
    every = dice.random() < 0.5  # a loss at every step
    lines = [given("w", number(dice)), given("u", number(dice)), given("h0", number(dice)), given("η", 0.1)]
    lines += [given(f"x{s}", number(dice)) for s in range(1, steps + 1)]
    targets = range(1, steps + 1) if every else (steps,)
    lines += [given(f"t{s}", number(dice, signed=False)) for s in targets]
    for s in range(1, steps + 1):
        lines += [forward(f"a{s}", f"w*x{s} + u*h{s - 1}"), forward(f"h{s}", f"{act}(a{s})")]
    lines.append(forward("E", "(" + " + ".join(f"(h{s} - t{s})^2" for s in targets) + ")/2"))
    for s in range(steps, 0, -1):
        own = [f"(h{s} - t{s})"] if s in targets else []
        lines.append(line(f"D_E_h{s}", *own, *([f"D_E_a{s + 1} * u"] if s < steps else [])))
        lines.append(line(f"D_E_a{s}", f"D_E_h{s} * {slope(act, f'h{s}')}"))
    lines.append(line("D_E_w", *(f"D_E_a{s} * x{s}" for s in range(1, steps + 1))))
    lines.append(line("D_E_u", *(f"D_E_a{s} * h{s - 1}" for s in range(1, steps + 1))))
    return "E", [*lines, *(line(f"{w}_new", w, f"- η * D_E_{w}", role="update") for w in "wu")]


def lstm(dice: random.Random) -> tuple[str, list[Line]]:
    """Return one step of an LSTM with scalar gates."""
    lines = [given(name, number(dice)) for name in ("x", "c0", "wi", "wf", "wo", "wg", "t")]
    lines += [forward(gate, f"{'tanh' if gate == 'g' else 'sigmoid'}(w{gate}*x)") for gate in "ifog"]
    lines += [forward("c", "f*c0 + i*g"), forward("m", "tanh(c)"), forward("h", "o*m"), forward("E", "(h - t)^2/2")]
    lines += [line("D_E_h", "(h - t)"), line("D_E_o", "D_E_h * m"), line("D_E_m", "D_E_h * o")]
    lines += [line("D_E_c", "D_E_m * (1 - m^2)"), line("D_E_i", "D_E_c * g"), line("D_E_f", "D_E_c * c0")]
    lines += [line("D_E_g", "D_E_c * i")]
    lines += [line(f"D_E_w{gate}", f"D_E_{gate} * {slope('sigmoid', gate)} * x") for gate in "ifo"]
    return "E", [*lines, line("D_E_wg", "D_E_g * (1 - g^2) * x")]


def softmax(dice: random.Random) -> tuple[str, list[Line]]:
    """Return softmax and cross entropy with soft labels, or with one class."""
    classes = dice.randint(2, 3)
    numbers = range(1, classes + 1)
    parts = [dice.randint(1, 6) for _ in numbers]
    soft = dice.random() < 0.7
    labels = [round(part / sum(parts), 2) for part in parts] if soft else [float(k == classes) for k in numbers]
    labels[0] = round(1 - sum(labels[1:]), 2)
    lines = [given("x", number(dice))] + [given(f"w{k}", number(dice)) for k in numbers] + [given("η", 0.5)]
    lines += [given(f"t{k}", label) for k, label in zip(numbers, labels)]
    lines += [forward(f"z{k}", f"w{k}*x") for k in numbers] + [forward(f"e{k}", f"exp(z{k})") for k in numbers]
    lines += [forward("S", " + ".join(f"e{k}" for k in numbers))] + [forward(f"p{k}", f"e{k}/S") for k in numbers]
    lines.append(forward("L", "-(" + " + ".join(f"t{k}*ln(p{k})" for k in numbers) + ")"))
    lines += [line(f"D_L_z{k}", f"(p{k} - t{k})") for k in numbers]
    lines += [line(f"D_L_w{k}", f"D_L_z{k} * x") for k in numbers]
    return "L", [*lines, *(line(f"w{k}_new", f"w{k}", f"- η * D_L_w{k}", role="update") for k in numbers)]


MAKERS: dict[str, Callable[[random.Random], tuple[str, list[Line]]]] = {
    "network": network, "partials": partials, "recurrent": recurrent, "softmax": softmax}  # fmt: skip


# -- Mistakes -----------------------------------------------------------------------------------------

# What the marking may call each mistake.
KINDS = {
    "factor left out": {"a factor left out", "a constant", "another gradient", "a path left out"},
    "factor twice": {"a factor too many", "an exponent", "a constant"},
    "sign": {"sign", "swapped", "ascent"},
    "swapped": {"swapped", "sign"},
    "path left out": {"a path left out", "a term left out"},
    "constant": {"a constant", "a factor left out", "a factor too many"},
    "pre-activation": {"pre-activation", "another name"},
    "another name": {"another name", "another gradient"},
    "another slope": {"another function", "an exponent", "a factor left out", "a factor too many", "another name"},
    "plus for minus": {"sign", "operation"},
    "exponent": {"an exponent", "a constant", "a factor left out", "a factor too many"},  # "the exponent 2 is left out"
    "one too few": {"a term", "a term left out", "a path left out", "a factor left out", "another name"},
    "ascent": {"sign", "ascent"},
    "another weight": {"another name"},
    "rate left out": {"a factor left out", "a rate", "a constant"},
    "twice the weight": {"a constant", "a factor too many"},
    "another gradient": {"another gradient"},
    "transposed": {"transposed", "a digit"},
    "decimal point": {"decimal point"},
    "wrong digit": {"a digit", "transposed", "rounded up"},
    "truncated": {"truncated"},
    "minus lost": {"sign", "swapped"},
}  # fmt: skip
TURNED = {"sign", "swapped", "minus lost"}  # after which a step along the gradient as it is written goes down
TARGETS = {True: ("forward", "gradient"), False: ("gradient", "update")}  # cut digits show where nothing was rounded
NUMBERS = ("transposed", "decimal point", "wrong digit", "truncated", "minus lost")


def mistakes(right: Line, names: dict[str, float], lines: list[Line]) -> Iterator[tuple[str, Line]]:
    """Yield every mistake that a formula can have here, with the line as it is then."""
    acts = {each.left: each.terms[0][1][0] for each in lines if each.role == "forward"}
    if right.role == "update":
        weight, rate = right.terms[0][1][0], right.terms[1][1]
        yield "ascent", replace(right, terms=(right.terms[0], ("+", rate)))
        yield "rate left out", replace(right, terms=(right.terms[0], ("-", rate[1:])))
        yield "twice the weight", replace(right, terms=(("+", ("2", weight)), right.terms[1]))
        for other in siblings(weight, names):
            yield "another weight", replace(right, terms=(("+", (other,)), right.terms[1]))
            gradient = rate[1].replace(f"_{weight}", f"_{other}")
            if gradient in names:
                yield "another gradient", replace(right, terms=(right.terms[0], ("-", (rate[0], gradient))))
        return
    for at, (sign, factors) in enumerate(right.terms):

        def put(*new: Term, at: int = at) -> Line:
            return replace(right, terms=(*right.terms[:at], *new, *right.terms[at + 1 :]))

        yield "sign", put(("-" if sign == "+" else "+", factors))
        if len(right.terms) > 1:
            yield "path left out", put()
        if factors[0] != "2":
            yield "constant", put((sign, ("2", *factors)))
        for place, factor in enumerate(factors):
            rest = (*factors[:place], *factors[place + 1 :])
            if rest:
                yield ("constant" if factor == "2" else "factor left out"), put((sign, rest))
            if not factor[0].isdigit():
                yield "factor twice", put((sign, (*factors, factor)))
            for kind, new in edited(factor, names):
                yield kind, put((sign, (*factors[:place], new, *factors[place + 1 :])))
            act = re.fullmatch(r"\(1 - (\w+)(\^2)?\)", factor)
            if act and acts.get(act[1], "").startswith(("sigmoid", "tanh")):
                yield from another_slope(act[1], factors, place, acts, lambda new, put=put, sign=sign: put((sign, new)))


def another_slope(
    name: str, factors: tuple[str, ...], place: int, acts: dict[str, str], put: Callable[[tuple[str, ...]], Line]
) -> Iterator[tuple[str, Line]]:
    """Yield the slope of the other activation, and the slope at the input."""
    inside = re.fullmatch(r"\w+\((\w+)\)", acts[name])
    if factors[place].endswith("^2)"):
        yield "another slope", put((*factors[:place], name, f"(1 - {name})", *factors[place + 1 :]))
    else:
        yield "another slope", put(tuple(f"(1 - {name}^2)" if f == factors[place] else f for f in factors if f != name))
    if inside:
        yield "pre-activation", put(tuple(re.sub(rf"\b{name}\b", inside[1], factor) for factor in factors))


def edited(factor: str, names: dict[str, float]) -> Iterator[tuple[str, str]]:
    """Yield a factor with a small mistake in it."""
    difference = re.fullmatch(r"\((\w+) - (\w+)\)", factor)
    if difference:
        one, other = difference.groups()
        yield "swapped", f"({other} - {one})"
        yield "plus for minus", f"({one} + {other})"
        if one != "1":
            yield "one too few", one
    if "^2" in factor:
        yield "exponent", factor.replace("^2", "")
    if factor in names:
        yield from (("another name", other) for other in siblings(factor, names))


def siblings(name: str, names: dict[str, float]) -> list[str]:
    """Return the names that differ from one in their digits only."""
    pattern = re.sub(r"\d", r"\\d", re.escape(name))
    return [other for other in names if other != name and re.fullmatch(pattern, other)]


def wrong_numbers(text: str, exact: float) -> Iterator[tuple[str, str]]:
    """Yield a written number with a mistake of the pen in it."""
    digits = [at for at, char in enumerate(text) if char.isdigit()]
    first = next((at for at in digits if text[at] != "0"), 0)
    written = [at for at in digits if at >= first]
    for a, b in pairwise(written):
        if b == a + 1 and text[a] != text[b] and text[b] != "0":
            yield "transposed", text[:a] + text[b] + text[a] + text[b + 1 :]
    for at in written[:-1]:
        for other in "123456789":
            if abs(int(text[at]) - int(other)) > 1:
                yield "wrong digit", text[:at] + other + text[at + 1 :]
    decimals = len(text.partition(".")[2])
    yield "decimal point", f"{float(text) * 10:.{max(decimals - 1, 0)}f}"
    yield "decimal point", f"{float(text) / 10:.{decimals + 1}f}"
    cut = math.trunc(exact * 10**decimals) / 10**decimals
    if f"{cut:.{decimals}f}" != text:
        yield "truncated", f"{cut:.{decimals}f}"
    yield "minus lost", text[1:] if text[0] == "-" else "-" + text


# -- Writing ------------------------------------------------------------------------------------------


@dataclass
class Derivation:
    """A written derivation, and the mistakes in it: the row of each, its kind, and what it may be called."""

    text: str
    style: str
    rows: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    called: list[set[str]] = field(default_factory=list)


class UnplantableError(Exception):
    """The mistake does not show in this derivation."""


@dataclass
class Writer:
    """A person: the style, what is carried along, and how a number is written."""

    dice: random.Random
    style: str
    carried: str
    digits: int

    def written(self, number: float) -> str:
        """Return a number to so many significant digits, with an exponent only where a float has not all digits."""
        if abs(number) >= MAX_PLAIN:
            return f"{number:.{self.digits - 1}e}"
        decimals = self.digits - 1 - math.floor(math.log10(abs(number))) if number else self.digits
        return f"{number:.{min(max(decimals, 0), 12)}f}"

    def shown(self, text: str) -> str:
        """Return a name or formula as this style writes it."""
        if self.style == "code":
            text = re.sub(r"D_[A-Z]_(\w+)", r"d\1", text).replace("^", "**")
            return re.sub(r"\b(tanh|exp|sqrt)\(", r"math.\1(", text)
        return re.sub(r"\bP_(\w+?)_(\w+)", r"∂\1/∂\2", re.sub(r"\bD_(\w+?)_(\w+)", r"d\1/d\2", text))

    def write(self, loss: str, lines: list[Line], planted: dict[str, tuple[str, int]]) -> Derivation:
        """Write the lines; `planted` says which mistake each line gets, by kind and number."""
        numbers: dict[str, float] = {}
        made = Derivation("", self.style)
        rows = [f"# loss: {loss}" if self.style == "code" else f"loss: {loss}"] if loss else []
        for right in lines:
            name = right.left
            if right.role == "given":
                numbers[name] = float(right.formula)
                rows.append(f"{name} = {right.formula}")
                continue
            each, kind, pen = self.with_mistake(right, numbers, lines, planted.get(name))
            exact = evaluate(each.formula, numbers)
            text = pen or self.written(exact)
            formula = f" = {self.shown(each.formula)}"
            figure = "" if self.style == "code" else f" = {text}"
            if self.style == "figures" and right.role == "gradient":
                formula = ""
            elif not pen and self.style != "figures" and self.dice.random() < 0.2:
                figure = ""
            if kind:
                rows_of_mistake = len(rows) + 1
                made.rows.append(rows_of_mistake)
                made.kinds.append(kind)
                made.called.append(self.names_of(each, right, kind, text if not formula else "", numbers, lines))
            rows.append(self.shown(name) + formula + figure)
            rounds = self.carried == "rounded" or (self.carried == "mixed" and self.dice.random() < 0.5)
            numbers[name] = float(text) if (rounds and figure) or pen else exact
        made.text = "\n".join(rows) + "\n"
        return made

    def with_mistake(
        self, right: Line, numbers: dict[str, float], lines: list[Line], plan: tuple[str, int] | None
    ) -> tuple[Line, str, str]:
        """Return a line as it is written, the kind of its mistake, and its number if that is the mistake."""
        if plan is None:
            return right, "", ""
        kind, choice = plan
        exact = evaluate(right.formula, numbers)
        if kind in NUMBERS:
            found = [new for each, new in wrong_numbers(self.written(exact), exact) if each == kind]
            computed = {each.left for each in lines if each.role != "given"}
            exactly = computed.isdisjoint(re.findall(r"[^\W\d]\w*", right.formula))
            if not found or self.style == "code" or abs(exact) < MIN_TERM or (kind == "truncated" and not exactly):
                raise UnplantableError  # cut where nothing was rounded before, or else it may be carried rounding
            text = found[choice % len(found)]
            if kind != "truncated" and abs(float(text) - exact) < MIN_CHANGE * abs(exact):
                raise UnplantableError
            return right, kind, text
        possible = [new for each, new in mistakes(right, numbers, lines) if each == kind]
        if right.role == "forward" or not possible:
            raise UnplantableError
        new = possible[choice % len(possible)]
        if self.is_hidden(new, right, numbers):
            raise UnplantableError
        return new, kind, ""

    def is_hidden(self, new: Line, right: Line, numbers: dict[str, float]) -> bool:
        """Return whether a mistake hardly changes the number."""
        exact, wrong = evaluate(right.formula, numbers), evaluate(new.formula, numbers)
        return abs(exact - wrong) < MIN_CHANGE * max(abs(exact), abs(wrong)) or not wrong or not exact

    def names_of(
        self, new: Line, right: Line, kind: str, figure: str, numbers: dict[str, float], lines: list[Line]
    ) -> set[str]:
        """Return what the mistake may be called: its own kind, and every other that gives the very same thing."""
        found = set(KINDS[kind])
        points = [numbers, *({name: value * (1 + 0.1 * math.sin(7 * at + len(name) * s)) for at, (name, value)
                              in enumerate(numbers.items())} for s in (1, 2, 3))]  # fmt: skip
        wanted = [evaluate(new.formula, point) for point in points]
        for other_kind, other in mistakes(right, numbers, lines) if right.role != "forward" else ():
            gives = [evaluate(other.formula, point) for point in points]
            near = 3 * 10.0 ** -len(figure.partition(".")[2]) if figure else 0.0
            same = abs(gives[0] - float(figure)) <= near if figure else all(map(math.isclose, gives, wanted))
            if same:
                found |= KINDS[other_kind]
        return found


def derivation(dice: random.Random, style: str, kinds: list[str]) -> Derivation | None:
    """Return a derivation of a style with these mistakes in it; None where it has no place for them."""
    maker = style if style in MAKERS else dice.choice(["network", "recurrent", "softmax"])
    writer = Writer(dice, style, dice.choice(CARRIED), dice.randint(4, 5))
    loss, lines = MAKERS[maker](dice)
    targets = [each for each in lines if each.role in TARGETS["truncated" in kinds]]
    chosen = dice.sample(targets, min(len(kinds), len(targets)))
    planted = {each.left: (kind, dice.randrange(1000)) for each, kind in zip(chosen, kinds)}
    try:
        made = writer.write(loss, lines, planted)
    except (UnplantableError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return made if len(made.rows) == len(kinds) else None


def derivations(seed: int, number: int, count: int = 0) -> Iterator[Derivation]:
    """Yield so many derivations, each with so many mistakes; every style and every kind of mistake has its turn."""
    dice = random.Random(seed)
    every = list(KINDS)
    for at in range(number):
        kinds = [every[(at + 9 * place) % len(every)] for place in range(count)]
        if "ascent" in kinds and not TURNED.isdisjoint(kinds):
            kinds = [kind for kind in kinds if kind != "ascent"] + ["constant"]
        styles = [STYLES[at % len(STYLES)]] if not kinds else dice.sample(STYLES, len(STYLES))
        yield next(filter(None, (derivation(dice, style, kinds) for style in cycle(styles))))


# -- Judging the marking ------------------------------------------------------------------------------


@dataclass
class Judged:
    """What the marking made of one derivation."""

    missed: list[int]
    extra: list[int]
    named: int
    false_kinds: list[str]


def judge(made: Derivation) -> Judged:
    """Mark a derivation and compare with what was planted."""
    from autograd import mark  # noqa: PLC0415 -- the generator knows nothing of the project

    roots = {}
    for verdict in mark(made.text).first_mistakes:
        roots.setdefault(verdict.claim.line, verdict)
    missed = [row for row in made.rows if row not in roots]
    extra = [row for row in roots if row not in made.rows]
    named, false_kinds = 0, []
    for row, called in zip(made.rows, made.called):
        kinds = [mistake.kind for mistake in roots[row].diagnosis] if row in roots else []
        named += not called.isdisjoint(kinds)
        if kinds and called.isdisjoint(kinds):
            false_kinds.append(f"{made.kinds[made.rows.index(row)]} called {kinds}")
    return Judged(missed, extra, named, false_kinds)


def main() -> int:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    parser = argparse.ArgumentParser(description="Mark derivations of a second generator.")
    parser.add_argument("--right", type=int, default=0)
    parser.add_argument("--planted", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print each derivation that was judged wrongly")
    chosen = parser.parse_args()
    failed = 0
    for name, number, count in (("right", chosen.right, 0), ("planted", chosen.planted, 1), ("pairs", chosen.pairs, 2)):
        totals: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        unnamed: Counter[str] = Counter()
        for made in derivations(chosen.seed, number, count):
            judged = judge(made)
            totals.update(mistakes=count, found=count - len(judged.missed), extra=len(judged.extra), named=judged.named)
            totals.update(false_kinds=len(judged.false_kinds), refused=0)
            kinds.update(made.kinds)
            if judged.named < count:
                unnamed.update(made.kinds)
            if judged.missed or judged.extra or judged.false_kinds:
                failed = 1
                if chosen.show:
                    print(f"-- {made.style}: {made.kinds} in rows {made.rows}; {judged}\n{made.text}")
        if number:
            print(f"{name}: {number} derivations, {dict(totals)}")
            for kind, planted in sorted(kinds.items()):
                print(f"    {kind:<20} {planted:>5} planted, {unnamed[kind]:>4} without its name")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
