"""Random hand derivations: correct ones, and the same with one known mistake in them.

`Sheets(seed).correct()` writes a forward pass and a backward pass of a small random network as a
person would: chain-rule lines by derivative names, by formula, by δ, or numbers alone, arithmetic in
the middle, every figure rounded. `planted()` makes one mistake of a named kind in one line and
carries it forward, the later lines being right by the writer's own figures.

Nothing here uses the project: formulas, networks and the kinds of mistakes are in `byhand`, and whether
a mistake can be seen at all is decided by naive interval arithmetic on the written figures.
"""

from __future__ import annotations

import ast
import math
import random
import re
from dataclasses import dataclass, replace

from byhand import IN_FORMULAS, KINDS, PEN, Interval, Net, interval, names_in, random_net, renamed, shown, slope, value

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
        return [made for make in {**KINDS, **IN_FORMULAS}[kind] for made in make(formula, self.net)]

    def same_thing(self, name: str, alias: str, formula: str, wrong: str, text: str) -> frozenset[str]:
        """The kinds of mistake that lead to the very same formula, or to a number that could be the same."""
        found = set()
        low, high = float(text) - half_unit(text), float(text) + half_unit(text)
        at = self.plan.where
        truths = None
        if at == "formula":
            truths = [value(wrong, self._known(world)) for world in self.exact]
        for kind in (*KINDS, *IN_FORMULAS):
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
        kind = dice.choice(_kinds(where))
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
    return dice.choice(_kinds(where)), where


def _kinds(where: str) -> tuple[str, ...]:
    """The kinds of mistakes that are made there."""
    return PEN if where == "pen" else (*KINDS, *IN_FORMULAS) if where == "formula" else tuple(KINDS)


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
