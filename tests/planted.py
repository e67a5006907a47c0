"""Random hand derivations: correct ones, and the same with one known mistake in them.

`Sheets(seed).correct()` writes a forward pass and a backward pass of a small random network as a
person would: chain-rule lines by derivative names, by formula, by δ, or numbers alone, arithmetic in
the middle, every figure rounded. `planted()` makes one mistake of a named kind in one line and
carries it forward, the later lines being right by the writer's own figures.

Nothing here uses the project: formulas are Python's own trees, figures plain floats, and whether a
mistake can be seen at all is decided by naive interval arithmetic on the written figures.
"""

from __future__ import annotations

import ast
import math
import random
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import CodeType, MappingProxyType

# -- Numbers and intervals ----------------------------------------------------------------------


class Interval:
    """Everything from `low` to `high`, by naive interval arithmetic: never too narrow."""

    def __init__(self, low, high):
        self.low, self.high = min(low, high), max(low, high)

    def __add__(self, other):
        other = interval(other)
        return Interval(self.low + other.low, self.high + other.high)

    def __neg__(self):
        return Interval(-self.high, -self.low)

    def __sub__(self, other):
        return self + -interval(other)

    def __mul__(self, other):
        other = interval(other)
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    def __truediv__(self, other):
        other = interval(other)
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf)
        return self * Interval(1 / other.low, 1 / other.high)

    def __pow__(self, n):
        low, high = self.low**n, self.high**n
        return Interval(0.0 if self.low < 0 < self.high and n % 2 == 0 else min(low, high), max(low, high))

    def __radd__(self, other):
        return self + other

    def __rsub__(self, other):
        return interval(other) - self

    def __rmul__(self, other):
        return self * other

    def __rtruediv__(self, other):
        return interval(other) / self


def interval(x):
    return x if isinstance(x, Interval) else Interval(x, x)


def increasing(function):
    """A function of one argument, also of an interval on which it grows."""
    return lambda x: Interval(function(x.low), function(x.high)) if isinstance(x, Interval) else function(x)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def bump(function, slope):
    """An even function that falls on both sides of 0, also of an interval."""

    def whole(x):
        if not isinstance(x, Interval):
            return slope(x)
        ends = [slope(x.low), slope(x.high)]
        return Interval(min(ends), slope(0.0) if x.low < 0 < x.high else max(ends))

    del function
    return whole


FUNCTIONS = MappingProxyType(
    {
        "exp": increasing(math.exp),
        "sigmoid": increasing(sigmoid),
        "tanh": increasing(math.tanh),
        "softplus": increasing(lambda x: math.log1p(math.exp(x))),
        "relu": increasing(lambda x: max(x, 0.0)),
        "d_sigmoid": bump(sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
        "d_tanh": bump(math.tanh, lambda x: 1 - math.tanh(x) ** 2),
        "d_softplus": increasing(sigmoid),
        "d_relu": increasing(lambda x: float(x > 0)),
    }
)


# -- Formulas, as Python's own trees ------------------------------------------------------------


@lru_cache(maxsize=10_000)
def compiled(formula: str) -> CodeType:
    return compile(formula, "<formula>", "eval")


def value(formula: str, figures) -> float:
    return eval(compiled(formula), dict(FUNCTIONS), dict(figures))  # noqa: S307 -- our own formula


def slope(of: str, by: str) -> str:
    """The name that dY/dX has in a formula here."""
    return f"D__{of}__{by}"


def shown(formula: str) -> str:
    """The formula as the sheet has it: dE/do1, σ'(net), ^."""
    text = re.sub(r"D__(\w+?)__(\w+)", r"d\1/d\2", formula)
    return re.sub(r"\bd_(sigmoid|tanh|softplus|relu)\(", r"\1'(", text).replace("**", "^")


@lru_cache(maxsize=10_000)
def names_in(formula: str) -> tuple[str, ...]:
    found = [part.id for part in ast.walk(ast.parse(formula, mode="eval")) if isinstance(part, ast.Name)]
    return tuple(name for name in dict.fromkeys(found) if name not in FUNCTIONS)


def variants(formula: str, change) -> list[str]:
    """The formula with one part of it put as another: `change(part)` lists what it may become."""
    whole = ast.parse(formula, mode="eval")
    found = []

    def visit(part, rebuild):
        for new in change(part):
            text = ast.unparse(rebuild(new))
            if text != ast.unparse(whole.body):
                found.append(text)
        if isinstance(part, ast.BinOp):
            visit(part.left, lambda new: rebuild(ast.BinOp(new, part.op, part.right)))
            visit(part.right, lambda new: rebuild(ast.BinOp(part.left, part.op, new)))
        elif isinstance(part, ast.UnaryOp):
            visit(part.operand, lambda new: rebuild(ast.UnaryOp(part.op, new)))
        elif isinstance(part, ast.Call):
            visit(part.args[0], lambda new: rebuild(ast.Call(part.func, [new], [])))

    visit(whole.body, lambda new: new)
    return list(dict.fromkeys(found))


def product(*factors: str) -> str:
    return "*".join(f"({f})" if is_sum(f) else f for f in factors if f != "1") or "1"


def total(terms: list[str]) -> str:
    return " + ".join(terms)


@lru_cache(maxsize=10_000)
def is_sum(formula: str) -> bool:
    body = ast.parse(formula, mode="eval").body
    return isinstance(body, ast.UnaryOp) or (isinstance(body, ast.BinOp) and isinstance(body.op, (ast.Add, ast.Sub)))


# -- Mistakes in formulas: every way to make each kind ------------------------------------------


def without_a_factor(formula, _net):
    def change(part):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            return [part.left, part.right]
        return []

    return variants(formula, change)


def with_a_factor_twice(formula, _net):
    def change(part):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            return [ast.BinOp(part, ast.Mult(), part.left), ast.BinOp(part, ast.Mult(), part.right)]
        return []

    return variants(formula, change)


def with_a_factor_of_its_layer(formula, net):
    near = {other for name in names_in(formula) for other in net.alike(name)} | set(names_in(formula))
    return [f"{bracketed(formula)}*{name}" for name in sorted(near) if not name.startswith("D__")]


def without_a_term(formula, _net):
    def change(part):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add) and not isinstance(part.left, ast.Constant):
            return [part.left, part.right]
        return []

    return variants(formula, change)


def other_sign(formula, _net):
    def change(part):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
            return [ast.BinOp(part.left, ast.Sub(), part.right)]
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub):
            return [ast.BinOp(part.left, ast.Add(), part.right)]
        return []

    return ["-" + bracketed(formula), *variants(formula, change)]


def other_constant(formula, net):
    rest = bracketed(formula)
    found = [f"2*{rest}", f"{rest}/2"]
    if net.samples > 1:
        found += [f"{rest}/{net.samples}", f"{net.samples}*{rest}"]

    def change(part):
        if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.Div)):
            if isinstance(part.right, ast.Constant):
                return [part.left]
            if isinstance(part.left, ast.Constant) and isinstance(part.op, ast.Mult):
                return [part.right]
        return []

    return found + variants(formula, change)


def renamed(formula, name, other):
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", other, formula)


def renamings(formula, others):
    """One name put as another: everywhere, or at one spot."""
    found = []
    for name in names_in(formula):
        for other in others(name):
            found.append(renamed(formula, name, other))

            def change(part, name=name, other=other):
                return [ast.Name(other)] if isinstance(part, ast.Name) and part.id == name else []

            found += variants(formula, change)
    return found


def at_the_pre_activation(formula, net):
    return renamings(formula, lambda name: [net.before[name]] if name in net.before else [])


def at_the_activation(formula, net):
    after = {before: name for name, before in net.before.items()}
    return renamings(formula, lambda name: [after[name]] if name in after else [])


def swapped(formula, _net):
    def change(part):
        if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Sub, ast.Div)):
            return [ast.BinOp(part.right, part.op, part.left)]
        return []

    return variants(formula, change)


def with_an_updated_weight(formula, net):
    return renamings(formula, lambda name: [name + "_new"] if name + "_new" in net.updated else [])


def with_another_name(formula, net):
    return renamings(formula, net.alike)


def bracketed(formula):
    return f"({formula})" if is_sum(formula) else formula


KINDS = MappingProxyType(
    {
        "a path left out": (without_a_term,),
        "a factor left out": (without_a_factor,),
        "a factor too many": (with_a_factor_twice, with_a_factor_of_its_layer),
        "sign": (other_sign,),
        "a constant": (other_constant,),
        "pre-activation": (at_the_pre_activation,),
        "activation": (at_the_activation,),
        "swapped": (swapped,),
        "the updated weight": (with_an_updated_weight,),
        "another name": (with_another_name,),
        "another gradient": (),  # the formula of another line, see Writer
    }
)
PEN = ("transposed", "truncated", "sign", "decimal point")


# -- Networks -----------------------------------------------------------------------------------


@dataclass
class Net:
    """A random network: its givens, the formulas of its forward pass and of its backward pass."""

    sizes: list[int]
    activation: str
    output: str
    biases: bool
    samples: int
    givens: dict[str, str] = field(default_factory=dict)
    forward: list[tuple[str, str]] = field(default_factory=list)
    backward: list[tuple[str, str]] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)  # the pre-activation of each activation
    groups: list[list[str]] = field(default_factory=list)  # names that are easily mistaken for one another
    updates: dict[str, str] = field(default_factory=dict)  # the new weight, and its formula
    updated: list[str] = field(default_factory=list)  # what has been updated so far on the sheet

    def alike(self, name: str) -> list[str]:
        found = next((group for group in self.groups if name in group), [])
        return [other for other in found if other != name]


SHAPES = ([1, 1, 1], [2, 2, 1], [2, 2, 2], [1, 2, 1], [3, 2, 1], [2, 1], [1, 2, 2], [2, 2, 2, 1])
ACTIVATIONS = ("sigmoid", "sigmoid", "tanh", "softplus", "relu")


def random_net(dice: random.Random) -> Net:
    sizes = dice.choice(SHAPES)
    samples = dice.choice((1, 1, 1, 2, 3)) if sum(sizes) <= 5 else 1
    activation = dice.choice(ACTIVATIONS)
    output = dice.choice((activation, "sigmoid", "identity"))
    net = Net(list(sizes), activation, output, dice.random() < 0.5, samples)
    _name_givens(net, dice)
    tags = [""] if samples == 1 else list("abc"[:samples])
    losses = [_forward(net, dice, tag) for tag in tags]
    mean = samples > 1 and dice.random() < 0.5
    if samples > 1:
        net.forward.append(("E", f"({' + '.join(losses)})/{samples}" if mean else " + ".join(losses)))
    _backward(net, dice, tags, mean=mean)
    return net if _is_active(net) else random_net(dice)


def _is_active(net: Net) -> bool:
    """Whether no relu is at rest, where nothing flows and every mistake is hidden."""
    found = {name: float(text) for name, text in net.givens.items()}
    for name, formula in net.forward:
        found[name] = value(formula, found)
    return all(
        found[before] > 0.05 for name, before in net.before.items() if f"relu({before})" in dict(net.forward)[name]
    )


def _friendly(dice: random.Random, low: float, high: float) -> str:
    digits = dice.choice((1, 2, 2))
    while True:
        number = round(dice.uniform(low, high), digits)
        if abs(number) >= 0.05:
            return f"{number:.{digits}f}"


def _name_givens(net: Net, dice: random.Random) -> None:
    tags = [""] if net.samples == 1 else list("abc"[: net.samples])
    for tag in tags:
        inputs = [f"x{i + 1}{tag}" for i in range(net.sizes[0])]
        net.groups.append(inputs)
        for name in inputs:
            net.givens[name] = _friendly(dice, 0.05, 1.5)
    count = 0
    for before, after in zip(net.sizes, net.sizes[1:]):
        group = []
        for _ in range(before * after):
            count += 1
            group.append(f"w{count}")
            net.givens[f"w{count}"] = _friendly(dice, -0.9, 0.9)
        net.groups.append(group)
    if net.biases:
        group = [f"b{i + 1}" for i in range(sum(net.sizes[1:]))]
        net.groups.append(group)
        for name in group:
            net.givens[name] = _friendly(dice, -0.6, 0.6)
    for tag in tags:
        targets = [f"t{i + 1}{tag}" for i in range(net.sizes[-1])]
        net.groups.append(targets)
        for name in targets:
            net.givens[name] = _friendly(dice, 0.05, 0.95)
    net.givens["eta"] = dice.choice(("0.5", "0.1", "0.25"))


def _layer_names(net: Net, layer: int, tag: str) -> tuple[list[str], list[str]]:
    last = layer == len(net.sizes) - 1
    letter = "o" if last else "h" if layer == 1 else "k"
    outs = [f"{letter}{i + 1}{tag}" for i in range(net.sizes[layer])]
    return [f"net_{name}" for name in outs], outs


def _forward(net: Net, dice: random.Random, tag: str) -> str:
    """One row of data through the network; the name of its loss."""
    values = [f"x{i + 1}{tag}" for i in range(net.sizes[0])]
    weight = bias = 0
    for layer in range(1, len(net.sizes)):
        nets, outs = _layer_names(net, layer, tag)
        function = net.output if layer == len(net.sizes) - 1 else net.activation
        for pre, out in zip(nets, outs):
            terms = []
            for x in values:
                weight += 1
                terms.append(f"w{weight}*{x}")
            if net.biases:
                bias += 1
                terms.append(f"b{bias}")
            if function == "identity":
                net.forward.append((out, " + ".join(terms)))
            else:
                net.forward.append((pre, " + ".join(terms)))
                form = f"{function}({pre})"
                if function == "sigmoid" and dice.random() < 0.3:
                    form = f"1/(1 + exp(-{pre}))"
                net.forward.append((out, form))
                net.before[out] = pre
        net.groups += [outs] if function == "identity" else [outs, nets]
        values = outs
    loss = "E" + tag
    turned = dice.random() < 0.5
    squares = [f"(t{i + 1}{tag} - {o})**2" if turned else f"({o} - t{i + 1}{tag})**2" for i, o in enumerate(values)]
    net.forward.append((loss, f"({' + '.join(squares)})/2" if len(squares) > 1 else f"{squares[0]}/2"))
    return loss


def _derivative(function: str, out: str, pre: str, dice: random.Random) -> str:
    """How somebody writes the derivative of the activation."""
    forms = {
        "sigmoid": (f"{out}*(1 - {out})",) * 3 + (f"d_sigmoid({pre})", f"({out} - {out}**2)"),
        "tanh": (f"1 - {out}**2",) * 2 + (f"d_tanh({pre})", f"(1 - {out})*(1 + {out})"),
        "softplus": (f"sigmoid({pre})", f"d_softplus({pre})", f"1 - exp(-{out})"),
        "relu": (f"d_relu({pre})",),
        "identity": ("1",),
    }
    return dice.choice(forms[function])


def _backward(net: Net, dice: random.Random, tags: list[str], *, mean: bool) -> None:
    """The chain-rule lines, by derivative names, from the loss to the inputs."""
    terms: dict[str, list[str]] = {}  # of each weight's and bias's gradient
    nets_of: dict[tuple[int, str], list[str]] = {}
    for tag in tags:
        for layer in range(len(net.sizes) - 1, 0, -1):
            last = layer == len(net.sizes) - 1
            _, outs = _layer_names(net, layer, tag)
            function = net.output if last else net.activation
            for i, out in enumerate(outs):
                if last:
                    error = dice.choice((f"{out} - t{i + 1}{tag}",) * 3 + (f"-(t{i + 1}{tag} - {out})",))
                    if mean:
                        error = f"({error})/{net.samples}"
                else:
                    error = total(
                        [
                            product(slope("E", above), f"w{_weight(net, layer + 1, k, i)}")
                            for k, above in enumerate(nets_of[layer + 1, tag])
                        ]
                    )
                net.backward.append((slope("E", out), error))
                if function != "identity":
                    pre = net.before[out]
                    net.backward.append((slope(out, pre), _derivative(function, out, pre, dice)))
                    net.backward.append((slope("E", pre), product(slope("E", out), slope(out, pre))))
            tops = outs if function == "identity" else [net.before[out] for out in outs]
            nets_of[layer, tag] = tops
            inputs = (
                [f"x{i + 1}{tag}" for i in range(net.sizes[0])] if layer == 1 else _layer_names(net, layer - 1, tag)[1]
            )
            for k, top in enumerate(tops):
                for i, x in enumerate(inputs):
                    terms.setdefault(f"w{_weight(net, layer, k, i)}", []).append(product(slope("E", top), x))
                if net.biases:
                    terms.setdefault(f"b{sum(net.sizes[1:layer]) + k + 1}", []).append(slope("E", top))
            if len(tags) == 1:
                _close(net, terms)
    _close(net, terms)


def _close(net: Net, terms: dict[str, list[str]]) -> None:
    """The gradients of the weights and biases whose terms are together."""
    for name, parts in terms.items():
        net.backward.append((slope("E", name), total(parts)))
        net.updates[name + "_new"] = f"{name} - eta*{slope('E', name)}"
    terms.clear()


def _weight(net: Net, layer: int, to: int, start: int) -> int:
    earlier = sum(a * b for a, b in zip(net.sizes[: layer - 1], net.sizes[1:layer]))
    return earlier + to * net.sizes[layer - 1] + start + 1


# -- Writing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A sheet as text; with a mistake: its line, its kind, and the kinds that give the very same thing."""

    text: str
    line: int = 0
    kind: str = ""
    same: frozenset[str] = frozenset()
    where: str = ""
    lines: tuple[int, ...] = ()  # of all the mistakes, where there is more than one
    right: str = ""
    wrong: str = ""


class Unplantable(Exception):  # noqa: N818 -- no error: another sheet is drawn
    """This mistake cannot be made, or cannot be seen, in this line."""


@dataclass
class Plan:
    """What the writer is to do wrong: a kind of mistake, where it shows, in which line of the backward pass."""

    kind: str = ""
    where: str = ""  # "formula", "number" (the formula is right or absent), "arithmetic", "pen"
    target: str = ""


STYLES = ("names", "formula", "delta", "bare")


class Writer:
    """One person writing one sheet: their style, their rounding, their figures."""

    def __init__(self, net: Net, dice: random.Random, *plans: Plan) -> None:
        self.net, self.dice, self.plan = net, dice, Plan()
        self.plans = {plan.target: plan for plan in plans}
        self.keyed = False  # whether the sheet is marked against a key, so that a definition is a claim
        self.style = dice.choice(STYLES) if net.samples == 1 else dice.choice(("names", "formula", "bare"))
        self.digits = dice.randint(3, 6)
        self.significant = dice.random() < 0.5
        self.memory = dice.choice(("rounded", "full", "mixed"))  # what is in the calculator
        self.lines: list[str] = []
        self.figures: dict[str, float] = {}  # as written
        self.unrounded: dict[str, float] = {}
        self.halves: dict[str, float] = {}
        self.texts: dict[str, str] = {}
        self.inlined: dict[str, str] = {}  # what stands for a derivative in the formula style
        self.planted: list[Written] = []
        self.exact = [self._world(shift) for shift in (0.0, 1.0, 2.0, 3.0)]

    # the truth, by the right formulas at full precision, at the sheet's own point and near it

    def _world(self, shift: float) -> dict[str, float]:
        dice = random.Random(shift)
        found = {
            name: float(text) * (1 + (0.2 * dice.uniform(-1, 1) if shift else 0))
            for name, text in self.net.givens.items()
        }
        for name, formula in [*self.net.forward, *self.net.backward, *self.net.updates.items()]:
            found[name] = value(formula, found)
        return found

    # numbers

    def rounded(self, x: float) -> str:
        if not self.significant:
            return f"{x:.{self.digits}f}"
        text = f"{x:.{self.digits}g}"
        if "e" in text:
            mantissa, exponent = text.split("e")
            return f"{mantissa}e{int(exponent)}"
        return text if "." in text else f"{x:#.{self.digits}g}"

    def figure(self, name: str) -> float:
        """What the writer takes for a name: as written, or as the calculator still has it."""
        rounded = self.memory == "rounded" or (self.memory == "mixed" and self.dice.random() < 0.5)
        return self.figures[name] if rounded else self.unrounded[name]

    def worked_out(self, formula: str) -> float:
        return value(formula, {name: self.figure(name) for name in names_in(formula)})

    def window(self, formula: str) -> Interval:
        """What the formula can give by the figures as they are written: never too narrow."""
        return interval(value(formula, {name: self._spread(name) for name in names_in(formula)}))

    def _spread(self, name: str) -> Interval:
        half = self.halves[name]
        return Interval(self.figures[name] - half, self.figures[name] + half)

    def note(self, name: str, x: float, text: str | None) -> None:
        """Take down a figure."""
        self.unrounded[name] = x
        if text is None:
            self.figures[name], self.halves[name], self.texts[name] = x, 0.0, ""
        else:
            self.figures[name], self.halves[name], self.texts[name] = float(text), half_unit(text), text

    # lines

    def write(self) -> Written:
        if self.dice.random() < 0.5:
            self.lines.append("# " + "-".join(map(str, self.net.sizes)) + " " + self.net.activation)
        pieces = []
        for name, text in self.net.givens.items():
            self.note(name, float(text), text)
            self.halves[name] = 0.0
            pieces.append(f"{name} = {text}")
        for start in range(0, len(pieces), 4):
            self.lines.append("; ".join(pieces[start : start + 4]))
        for name, formula in self.net.forward:
            self.line(name, name, formula, formula)
        self.lines.append("loss: E")
        done = set()
        for position, (name, formula) in enumerate(self.net.backward):
            self.backward_line(name, formula)
            done.add(name)
            following = self.net.backward[position + 1][0] if position + 1 < len(self.net.backward) else ""
            if re.match(r"D__E__[wb]\d", name) and not re.match(r"D__E__[wb]\d", following):
                self.write_updates(done)
        if len(self.planted) < len(self.plans):
            raise Unplantable
        text = "\n".join(self.lines) + "\n"
        if not self.planted:
            return Written(text)
        return replace(self.planted[0], text=text, lines=tuple(p.line for p in self.planted))

    def write_updates(self, done: set[str]) -> None:
        for name, formula in self.net.updates.items():
            gradient = formula.split("*")[1]
            if name not in self.net.updated and gradient in done and self.dice.random() < 0.7:
                self.line(name, name, formula, formula)
                self.net.updated.append(name)

    def backward_line(self, name: str, formula: str) -> None:
        _, of, by = name.split("__")
        if self.style == "names":
            self.line(name, shown(name), formula, formula)
        elif self.style == "bare":
            self.line(name, shown(name), formula, None)
        elif of != "E":
            self.inlined[name] = formula
        elif self.style == "formula":
            whole = self.expanded(formula)
            is_last = re.match(r"[wb]\d", by)
            if is_last or self.dice.random() < 0.4 or name in self.plans:
                whole = self.line(name, shown(name), whole, whole)
            self.inlined[name] = whole
        else:  # by δ: one name a neuron, for the gradient at its pre-activation
            whole = self.expanded(formula)
            tops = set(self.net.before.values()) | {
                out for out, _ in self.net.forward if out[0] in "hok" and out not in self.net.before
            }
            if by in tops:
                delta = "delta_" + by.removeprefix("net_")
                whole = self.line(delta, delta, whole, whole, alias=name)
                self.inlined[name] = delta
            elif re.match(r"[wb]\d", by):
                self.line(name, shown(name), whole, whole)
            else:
                self.inlined[name] = whole

    def expanded(self, formula: str) -> str:
        """The formula with what stands for each derivative in it."""
        for name in names_in(formula):
            if name in self.inlined:
                inner = self.inlined[name]
                formula = renamed(
                    formula, name, f"({inner})" if ast.parse(inner, mode="eval").body.__class__ is ast.BinOp else inner
                )
        return ast.unparse(ast.parse(formula, mode="eval"))

    def line(self, name: str, subject: str, formula: str, written: str | None, alias: str = "") -> str:
        """One line: the formula (or none), arithmetic now and then, the number. What was written for the formula."""
        plan = self.plan = self.plans.get(name) or self.plans.get(alias) or Plan()
        mine = bool(plan.kind)
        is_definition = subject == name and not alias
        used = formula
        wrong_formula = ""
        if mine and plan.where in ("formula", "number", "arithmetic"):
            if plan.where == "formula" and (written is None or (is_definition and not self.keyed)):
                raise Unplantable
            wrong_formula = self.mistaken(name, formula, plan.kind)
            used = wrong_formula
            if plan.where == "formula":
                written = wrong_formula
        x = self.worked_out(used)
        text = self.rounded(x)
        members = [subject]
        if written is not None:
            members.append(shown(written))
        with_number = not is_definition or self.dice.random() < 0.85 or mine
        arithmetic = self.dice.random() < 0.3 or (mine and plan.where == "arithmetic")
        if written is not None and with_number and arithmetic:
            middle = self.in_figures(used)
            if middle:
                members.append(middle)
            elif mine and plan.where == "arithmetic":
                raise Unplantable
        if mine:
            if plan.where == "pen":
                text, x = self.by_the_pen(alias or name, text, x, self.window(formula))
                wrong_formula = text
            elif plan.where in ("number", "arithmetic"):
                self.check_seen(alias or name, text, self.window(formula))
            same = (
                frozenset()
                if plan.kind == "no listed mistake"
                else self.same_thing(name, alias, formula, wrong_formula, text)
            )
            found = Written("", len(self.lines) + 1, plan.kind, same, plan.where)
            self.planted.append(replace(found, right=shown(formula), wrong=shown(wrong_formula)))
            if plan.where == "formula" and (plan.kind == "another gradient" or self.dice.random() < 0.3):
                with_number = with_number and self.dice.random() < 0.7
        if with_number:
            members.append(text)
            self.note(name, x, text)
        else:
            self.note(name, x, None)
            self.halves[name] = 0.0
            if written is not None:
                spread = self.window(written)
                self.halves[name] = max(spread.high - x, x - spread.low, 0.0)
        if alias:
            self.figures[alias], self.unrounded[alias] = self.figures[name], self.unrounded[name]
            self.halves[alias], self.texts[alias] = self.halves[name], self.texts[name]
        self.lines.append(" = ".join(members))
        return written if written is not None else formula

    def in_figures(self, formula: str) -> str | None:
        """The formula with the figures written for its names."""
        found = formula
        for name in names_in(formula):
            text = self.texts[name]
            if not text:
                return None
            found = renamed(found, name, f"({text})" if text.startswith("-") else text)
        text = shown(found)
        return None if re.search(r"[a-zA-Z]\w*'?\(", text) or not re.search(r"[-+*/^]", text) else text

    # mistakes

    def mistaken(self, name: str, formula: str, kind: str) -> str:
        candidates = self.made(name, formula, kind)
        right = [value(formula, self._known(world)) for world in self.exact]
        seen = []
        for candidate in candidates:
            if any(inner not in self.figures for inner in names_in(candidate)):
                continue  # not on the sheet yet
            try:
                values = [value(candidate, self._known(world)) for world in self.exact]
            except (KeyError, NameError, ArithmeticError, ValueError):
                continue
            if all(abs(a - b) > 1e-6 * abs(b) for a, b in zip(values, right)):
                seen.append(candidate)
        if not seen:
            raise Unplantable
        return self.dice.choice(seen)

    def _known(self, world: dict[str, float]) -> dict[str, float]:
        """The world with the names that the writer gave to δ."""
        deltas = {
            inner: world[outer]
            for outer, inner in self.inlined.items()
            if inner.startswith("delta_") and outer in world
        }
        return {**world, **deltas}

    def made(self, name: str, formula: str, kind: str) -> list[str]:
        """Every way to make this kind of mistake in the formula."""
        if kind == "another gradient":
            match = re.match(r"D__E__([wb]\d+)$", name)
            alike = self.net.alike(match[1]) if match else []
            formulas = dict(self.net.backward)
            return [self.expanded(formulas[slope("E", other)]) for other in alike if slope("E", other) in formulas]
        return [made for make in KINDS[kind] for made in make(formula, self.net)]

    def same_thing(self, name: str, alias: str, formula: str, wrong: str, text: str) -> frozenset[str]:
        """The kinds of mistake that lead to the very same formula, or to a number that could be the same."""
        found = set()
        low, high = float(text) - half_unit(text), float(text) + half_unit(text)
        at = self.plan.where
        truths = None
        if at == "formula":
            truths = [value(wrong, self._known(world)) for world in self.exact]
        for kind in KINDS:
            for candidate in self.made(alias or name, formula, kind):
                try:
                    if truths is not None:
                        values = [value(candidate, self._known(world)) for world in self.exact]
                        if all(abs(a - b) <= 1e-9 * abs(b) for a, b in zip(values, truths)):
                            found.add(kind)
                            break
                    else:
                        window = self.window(candidate)
                        if window.low <= high and low <= window.high:
                            found.add(kind)
                            break
                except (KeyError, NameError, ArithmeticError, ValueError):
                    continue
        return frozenset(found)

    def check_seen(self, name: str, text: str, window: Interval) -> None:
        """A mistake that the rounding of the figures hides is none."""
        half = 1.01 * half_unit(text)
        if window.low <= float(text) + half and float(text) - half <= window.high:
            raise Unplantable
        if abs(self.exact[0].get(name, math.inf) - float(text)) <= half:
            raise Unplantable  # the truth, by chance

    def by_the_pen(self, name: str, text: str, x: float, window: Interval) -> tuple[str, float]:
        kind = self.plan.kind
        if kind == "sign":
            text = text[1:] if text.startswith("-") else "-" + text
        elif kind == "no listed mistake":
            text = self.rounded(x * math.exp(self.dice.choice((-1, 1)) * self.dice.uniform(0.05, 2.0)))
        elif kind == "truncated":
            unit = 2 * half_unit(text)
            text = f"{math.trunc(x / unit) * unit:.{max(0, -round(math.log10(unit)))}f}"
        elif kind == "decimal point":
            text = self.rounded(float(text) * self.dice.choice((10, 0.1)))
        else:
            mantissa, e, exponent = text.partition("e")
            spots = [
                at
                for at in range(len(mantissa) - 1)
                if mantissa[at : at + 2].isdigit() and mantissa[at] != mantissa[at + 1]
            ]
            if not spots:
                raise Unplantable
            at = self.dice.choice(spots)
            text = mantissa[:at] + mantissa[at + 1] + mantissa[at] + mantissa[at + 2 :] + e + exponent
        self.check_seen(name, text, window)
        return text, float(text)


def half_unit(text: str) -> float:
    mantissa, _, exponent = text.partition("e")
    return float(f"1e{int(exponent or 0) - len(mantissa.partition('.')[2])}") / 2


# -- Sheets -------------------------------------------------------------------------------------


def correct(seed: int) -> Written:
    """A sheet without a mistake; the same one for the same seed."""
    dice = random.Random(f"correct {seed}")
    while True:
        try:
            return Writer(random_net(dice), dice).write()
        except (Unplantable, ArithmeticError):
            continue


PLACES = ("formula", "formula", "number", "arithmetic", "pen")


def planted(seed: int) -> Written:
    """A sheet with one mistake, carried forward; the same one for the same seed."""
    dice = random.Random(f"planted {seed}")
    while True:
        where = dice.choice(PLACES)
        kind = dice.choice(PEN if where == "pen" else tuple(KINDS))
        for _ in range(20):
            net = random_net(dice)
            lines = [name for name, _ in net.backward]
            if where == "pen":
                lines += [name for name, _ in net.forward]
            plan = Plan(kind, where, dice.choice(lines))
            try:
                return Writer(net, dice, plan).write()
            except (Unplantable, ArithmeticError, ValueError):
                continue


def unlisted(seed: int) -> Written:
    """A sheet with one wrong number that no listed mistake has led to; the same one for the same seed."""
    dice = random.Random(f"unlisted {seed}")
    while True:
        net = random_net(dice)
        lines = [name for name, _ in (*net.forward, *net.backward)]
        try:
            return Writer(net, dice, Plan("no listed mistake", "pen", dice.choice(lines))).write()
        except (Unplantable, ArithmeticError, ValueError):
            continue


def planted_twice(seed: int) -> Written:
    """A sheet with two mistakes in two of its lines; `lines` are both. The same one for the same seed."""
    dice = random.Random(f"planted twice {seed}")
    while True:
        net = random_net(dice)
        lines = [name for name, _ in net.backward]
        plans = [Plan(*_kind_and_place(dice), target) for target in dice.sample(lines, min(2, len(lines)))]
        try:
            return Writer(net, dice, *plans).write()
        except (Unplantable, ArithmeticError, ValueError):
            continue


def _kind_and_place(dice: random.Random) -> tuple[str, str]:
    where = dice.choice(PLACES)
    return dice.choice(PEN if where == "pen" else tuple(KINDS)), where


FORWARD = ("another name", "a path left out", "a factor left out", "sign", "a factor too many")


def planted_forward(seed: int) -> tuple[str, Written]:
    """A key, and somebody's sheet with one wrong formula in the forward pass, carried forward."""
    dice = random.Random(f"planted forward {seed}")
    while True:
        net = random_net(dice)
        target, _ = dice.choice(net.forward)
        writer = Writer(net, dice, Plan(dice.choice(FORWARD), "formula", target))
        writer.keyed = True
        try:
            written = writer.write()
        except (Unplantable, ArithmeticError, ValueError):
            continue
        givens = [f"{name} = {text}" for name, text in net.givens.items()]
        return "\n".join([*givens, *(f"{name} = {shown(f)}" for name, f in net.forward), "loss: E\n"]), written
