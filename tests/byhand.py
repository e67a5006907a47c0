"""What a hand derivation is made of: figures, formulas, small networks, and every way to make a mistake in a formula.

A figure is a float, and an interval where it was rounded; a formula is Python's own tree; a `Net` is a forward
pass and a backward pass as lines of formulas, with names as people give them. Nothing here uses the project.
How sheets are written of this, correct or with a mistake planted in them, is in `planted`.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType, MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

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


def not_differentiated(formula, net):
    """The activation itself where its derivative belongs: h1 for 1 - h1**2."""
    forms = {
        ast.unparse(ast.parse(form, mode="eval")): out
        for out, pre in net.before.items()
        for form in derivatives("tanh", out, pre)
    }
    return variants(formula, lambda part: [ast.Name(forms[text])] if (text := ast.unparse(part)) in forms else [])


def times_a_difference(change):
    """Every way to write a*(b - c) in another way."""

    def found(part):
        is_product = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)
        if is_product and isinstance(part.right, ast.BinOp) and isinstance(part.right.op, ast.Sub):
            return [change(part.left, part.right)]
        return []

    return lambda formula, _net: variants(formula, found)


without_brackets = times_a_difference(
    lambda left, right: ast.BinOp(ast.BinOp(left, ast.Mult(), right.left), ast.Sub(), right.right)
)
minus_for_times = times_a_difference(lambda left, right: ast.BinOp(left, ast.Sub(), right))


def turned_and_doubled(formula, _net):
    return [f"-2*{bracketed(formula)}"]


def bracketed(formula):
    return f"({formula})" if is_sum(formula) else formula


KINDS = MappingProxyType(
    {
        "a path left out": (without_a_term,),
        "a factor left out": (without_a_factor,),
        "a factor too many": (with_a_factor_twice, with_a_factor_of_its_layer),
        "sign": (other_sign,),
        "a constant": (other_constant, turned_and_doubled),
        "pre-activation": (at_the_pre_activation,),
        "activation": (at_the_activation,),
        "swapped": (swapped,),
        "the updated weight": (with_an_updated_weight,),
        "another name": (with_another_name,),
        "another gradient": (),  # the formula of another line, see Writer
    }
)
IN_FORMULAS = MappingProxyType(  # that are planted in a formula, and not in the number alone
    {
        "not differentiated": (not_differentiated,),
        "brackets": (without_brackets,),
        "operation": (minus_for_times,),
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


def derivatives(function: str, out: str, pre: str) -> tuple[str, ...]:
    """How people write the derivative of an activation, the usual form more often."""
    forms = {
        "sigmoid": (f"{out}*(1 - {out})",) * 3 + (f"d_sigmoid({pre})", f"({out} - {out}**2)"),
        "tanh": (f"1 - {out}**2",) * 2 + (f"d_tanh({pre})", f"(1 - {out})*(1 + {out})"),
        "softplus": (f"sigmoid({pre})", f"d_softplus({pre})", f"1 - exp(-{out})"),
        "relu": (f"d_relu({pre})",),
        "identity": ("1",),
    }
    return forms[function]


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
                    net.backward.append((slope(out, pre), dice.choice(derivatives(function, out, pre))))
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
