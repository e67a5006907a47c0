"""Mark random sheets that can be read and have mistakes in them; nothing but an error of ours may come out.

    python tests/fuzz/marking.py --sheets 100000
    python tests/fuzz/marking.py --sheets 20000 --seed 7

The sheets are small and nasty: givens of 0, 1 and 1e200, slopes of 0, saturated functions, differences that cancel,
figures with a wrong digit, formulas with a wrong factor, helper names, updates, quantified lines. Ends with 1 if one
of them was not marked; each such sheet is shown.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from autograd import ChalkgradError, MarkingError, Sheet, mark

GIVENS = ("0", "1", "-1", "2", "3", "0.5", "-0.5", "0.1", "0.3333", "1.25", "-2.718", "30", "-40", "800", "1e-5",
          "1e8", "1e200", "1e-200", "0.0", "10", "-3", "0.05", "99999999")  # fmt: skip
UNARY = ("sigmoid", "tanh", "exp", "ln", "relu", "sin", "cos", "tan", "sqrt", "abs", "softplus", "σ", "gelu", "-")
BINARY = ("+", "-", "*", "/", "*", "+", "^")
FACTORS = ("2", "0.5", "-1", "0", "1/3")


@dataclass
class Writer:
    """One random sheet, line by line."""

    dice: random.Random
    lines: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def expression(self, depth: int, extra: list[str] | None = None) -> str:
        """Return a random expression of the names so far."""
        dice = self.dice
        roll = dice.random()
        if depth == 0 or roll < 0.2:
            return dice.choice([*self.names, *(extra or [])]) if dice.random() < 0.8 else dice.choice(GIVENS[:12])
        if roll < 0.45:
            function = dice.choice(UNARY)
            inner = self.expression(depth - 1, extra)
            return f"(-{inner})" if function == "-" else f"{function}({inner})"
        operator = dice.choice(BINARY)
        left = self.expression(depth - 1, extra)
        right = dice.choice(("2", "3", "0.5", "-1")) if operator == "^" else self.expression(depth - 1, extra)
        return f"({left}{operator}{right})"

    def graph(self) -> str:
        """Write the givens and the definitions and return them."""
        dice = self.dice
        for name in "xwbt"[: dice.randint(1, 4)]:
            self.lines.append(f"{name} = {dice.choice(GIVENS)}")
            self.names.append(name)
        for name in "zhopE"[: dice.randint(1, 5)]:
            self.lines.append(f"{name} = {self.expression(dice.randint(1, 3))}")
            self.names.append(name)
            self.made.append(name)
        return "\n".join(self.lines)

    def claims(self, sheet: Sheet) -> str:
        """Write claims about the sheet, most of them with a mistake, and return the whole."""
        dice = self.dice
        point = sheet.evaluate()
        if dice.random() < 0.3:
            self.lines.append(f"loss: {self.made[-1]}")
        derivatives: list[str] = []
        for _ in range(dice.randint(1, 5)):
            of = dice.choice(self.made)
            by = dice.choice([name for name in self.names if name != of])
            roll = dice.random()
            if roll < 0.2:
                self.lines.append(f"{of} = {self.figure(float(point.values[of].data))}")
                continue
            subject = f"{dice.choice('d∂')}{of}/d{by}".replace("∂" + of + "/d", f"∂{of}/∂")
            parts = [subject]
            parts += [self.formula(derivatives) for _ in range(dice.choice((0, 1, 1, 2)))]
            if dice.random() < 0.6 or len(parts) == 1:
                parts.append(self.figure(point.try_derivative(of, by)))
            line = " = ".join(parts)
            if roll < 0.3:
                line = f"δ{len(self.lines)} = {line}"
            elif roll < 0.4:
                line = f"{by}_new = {by} - 0.5*{line}"
            elif roll < 0.45:
                self.lines.append(f"for i in 1..2: v{len(self.lines)}[i] = {self.formula(derivatives)} = i")
                continue
            self.lines.append(line)
            derivatives.append(subject)
        return "\n".join(self.lines)

    def formula(self, derivatives: list[str]) -> str:
        """Return a product as a chain rule has it, with a factor too many or too few, or any expression."""
        dice = self.dice
        if dice.random() < 0.3:
            return self.expression(2, derivatives)
        pool = [*self.names, *derivatives, *(f"(1 - {name})" for name in self.made), *FACTORS]
        text = "*".join(dice.choice(pool) for _ in range(dice.randint(1, 4)))
        return f"({text} - {dice.choice(pool)})" if dice.random() < 0.2 else text

    def figure(self, truth: float | None) -> str:
        """Return a number, rounded, with a wrong digit or sign in half of all cases, or another one."""
        dice = self.dice
        if truth is None or not math.isfinite(truth) or dice.random() < 0.1:
            return dice.choice((*GIVENS, "?", "0.0000", "1/3", "0.25*4.0"))
        text = f"{truth * dice.choice((1, 1, 1, -1, 2, 0.5, 10)):.{dice.randint(1, 6)}g}"
        if dice.random() < 0.3:
            digits = [at for at, char in enumerate(text) if char.isdigit()]
            at = dice.choice(digits)
            text = text[:at] + str(dice.randint(0, 9)) + text[at + 1 :]
        return text


def sheets(seed: int, count: int) -> Any:
    """Yield so many sheets that can be read."""
    dice = random.Random(seed)
    while count:
        writer = Writer(dice)
        try:
            text = writer.claims(Sheet.parse(writer.graph()))
            Sheet.parse(text)
        except (ChalkgradError, OverflowError):
            continue
        count -= 1
        yield text


def survives(text: str) -> str:
    """Return why a sheet is not marked by anything but a verdict or an error of ours; empty where it is."""
    try:
        marking = mark(text + "\n")
        str(marking)
        marking.to_json()
    except MarkingError as error:
        return str(error)
    except ChalkgradError:
        return ""
    except Exception as error:  # noqa: BLE001 -- this is what is looked for
        return f"{type(error).__name__}: {error}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Mark random sheets with mistakes.")
    parser.add_argument("--sheets", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    findings: dict[str, str] = {}
    slowest, slow = 0.0, ""
    for text in sheets(chosen.seed, chosen.sheets):
        start = time.process_time()
        why = survives(text)
        spent = time.process_time() - start
        if spent > slowest:
            slowest, slow = spent, text
        if why and (why not in findings or len(text) < len(findings[why])):
            findings[why] = text
    for why, text in findings.items():
        print(f"{why}\n{text}\n")
    counted = f"{chosen.sheets:,} sheets, seed {chosen.seed}"
    print(f"{counted}: {len(findings)} kinds of errors; the slowest took {slowest:.2f} s")
    if slowest > 1:
        print(slow)
    return int(bool(findings))


if __name__ == "__main__":
    raise SystemExit(main())
