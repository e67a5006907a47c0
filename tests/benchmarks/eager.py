"""How fast a forward and a backward pass are, beside others: `python tests/benchmarks/eager.py [rounds]`.

Each engine runs each workload in a process of its own, so that nobody's collector walks through what others have
imported. The processes run in turn, because the machine drifts. What is measured is processor time, with Python's
cyclic collector on and off, since for engines of Python objects the collector is much of it; what counts are the
ratios. All of them write the same operations, one by one, over the same numbers, and nobody is timed whose result or
gradient is not everybody's. Who is not installed is left out, by name. Nothing here runs in the test suite.

W1  one full-batch step of MLP(2, [16, 16, 1]), max-margin and L2 loss, 100 points
W2  a chain of 100,000 operations
W3  a sum of 100,000 products
W4  the expression of micrograd's README, 200 times

The leaves are made before the clock starts. Then come the forward pass and the backward pass, until the gradients are
numbers. `--markdown FILE` puts the tables into a document, between its marks.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import random
import statistics
import subprocess
import sys
import threading
import time
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from document import columns, number, put_figures  # noqa: E402 -- beside this file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIZES = (2, 16, 16, 1)
REPEATS = 3  # of a workload in a process; the shortest counts


# -- The engines: how each makes leaves, writes relu, and gets the gradients ----------------------------------


class Engine:
    """An engine of objects with `data`, `grad` and `backward()`, such as micrograd and this one."""

    def __init__(self, module: str) -> None:
        self.leaf: Callable[[float], Any] = import_module(module).Value

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        """Return a leaf for each number, as is needed for a new pass."""
        return list(map(self.leaf, numbers))

    def relu(self, v: Any) -> Any:
        """Return relu(v)."""
        return v.relu()

    def neuron(self, weights: Sequence[Any], xs: Sequence[Any], bias: Any) -> Any:
        """Return Σ w·x + b, in single operations."""
        return sum((w * x for w, x in zip(weights, xs)), bias)

    def backward(self, output: Any, _leaves: Sequence[Any]) -> None:
        """Run the backward pass to its end."""
        output.backward()

    def found(self, output: Any, leaves: Sequence[Any]) -> tuple[float, list[float]]:
        """Return the result and the gradient."""
        return output.data, [leaf.grad for leaf in leaves]


class Affine(Engine):
    """This engine, with one `affine` node a neuron, as `nn` makes it."""

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.affine = import_module(module).affine

    def neuron(self, weights: Sequence[Any], xs: Sequence[Any], bias: Any) -> Any:
        return self.affine(weights, xs, bias)


class Torch(Engine):
    """PyTorch, tensors of no dimension."""

    def __init__(self, module: str) -> None:
        torch = import_module(module)
        torch.set_num_threads(1)
        self.leaf = lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True)

    def found(self, output: Any, leaves: Sequence[Any]) -> tuple[float, list[float]]:
        return output.item(), [leaf.grad.item() for leaf in leaves]


class Xad(Engine):
    """XAD, a tape in C++."""

    def __init__(self, _module: str) -> None:
        self.tapes = import_module("xad.adj_1st")
        self.leaf = self.tapes.Real
        self.max = import_module("xad.math").max
        self.tape: Any = None

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        if self.tape is not None:
            self.tape.deactivate()
        self.tape = self.tapes.Tape()
        self.tape.activate()
        made = super().leaves(numbers)
        for leaf in made:
            self.tape.registerInput(leaf)
        self.tape.newRecording()
        return made

    def relu(self, v: Any) -> Any:
        return self.max(v, 0.0)

    def backward(self, output: Any, _leaves: Sequence[Any]) -> None:
        self.tape.registerOutput(output)
        output.derivative = 1.0
        self.tape.computeAdjoints()

    def found(self, output: Any, leaves: Sequence[Any]) -> tuple[float, list[float]]:
        return output.value, [leaf.derivative for leaf in leaves]


class DrJit(Engine):
    """Dr.Jit, LLVM arrays of one number."""

    def __init__(self, module: str) -> None:
        self.dr = import_module(module)
        self.kind = import_module("drjit.llvm.ad").Float64

    def leaf(self, x: float) -> Any:  # type: ignore[override] # a method here
        made = self.kind(x)
        self.dr.enable_grad(made)
        return made

    def relu(self, v: Any) -> Any:
        return self.dr.maximum(v, 0.0)

    def backward(self, output: Any, leaves: Sequence[Any]) -> None:
        self.dr.backward(output)
        self.dr.eval(output, [leaf.grad for leaf in leaves])

    def found(self, output: Any, leaves: Sequence[Any]) -> tuple[float, list[float]]:
        return output[0], [leaf.grad[0] for leaf in leaves]


class Casadi(Engine):
    """CasADi, scalar expressions (SX), differentiated and evaluated by its virtual machine."""

    def __init__(self, module: str) -> None:
        self.casadi = import_module(module)

    def leaf(self, x: float) -> Any:  # type: ignore[override] # a method here
        return self.casadi.SX(x)

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        self.numbers = list(numbers)
        return [self.casadi.SX.sym(f"x{place}") for place in range(len(numbers))]

    def relu(self, v: Any) -> Any:
        return self.casadi.fmax(v, 0.0)

    def backward(self, output: Any, leaves: Sequence[Any]) -> None:
        x = self.casadi.vertcat(*leaves)
        function = self.casadi.Function("f", [x], [output, self.casadi.gradient(output, x)])
        self.results = function(self.numbers)

    def found(self, _output: Any, _leaves: Sequence[Any]) -> tuple[float, list[float]]:
        value, gradient = self.results
        return float(value), gradient.full().ravel().tolist()


# By name: the kind of engine, and the module to import.
ENGINES: dict[str, tuple[type[Engine], str]] = {
    "chalkgrad": (Engine, "autograd"),
    "chalkgrad, affine": (Affine, "autograd"),
    "micrograd": (Engine, "micrograd.engine"),
    "XAD": (Xad, "xad"),
    "Dr.Jit": (DrJit, "drjit"),
    "CasADi, SX": (Casadi, "casadi"),
    "PyTorch, 0-d": (Torch, "torch"),
}


# -- The workloads: the numbers of the leaves, and the output made of the leaves ------------------------------

Workload = tuple[list[float], "Callable[[Engine, list[Any]], Any]"]


def points() -> list[tuple[float, float, int]]:
    """Two half circles, as micrograd's demo has them, without scikit-learn."""
    dice = random.Random(1)
    rows = []
    for _ in range(100):
        side = dice.choice([-1, 1])
        u, v = dice.gauss(0, 1), abs(dice.gauss(0, 1))
        rows.append((u + 0.5 * side, side * v - 0.25 * side, side))
    return rows


def training_step() -> Workload:
    """W1: the loss of micrograd's demo notebook, over all points."""
    dice = random.Random(1337)
    shapes = list(pairwise(SIZES))
    numbers = [dice.uniform(-1, 1) * (k < wide) for wide, high in shapes for _ in range(high) for k in range(wide + 1)]
    rows = points()

    def output(engine: Engine, leaves: list[Any]) -> Any:
        parts = iter(leaves)
        layers = [[([next(parts) for _ in range(w)], next(parts)) for _ in range(high)] for w, high in shapes]

        def score(xs: list[Any]) -> Any:
            for layer in layers:
                zs = [engine.neuron(weights, xs, bias) for weights, bias in layer]
                xs = zs if layer is layers[-1] else [engine.relu(z) for z in zs]
            return xs[0]

        losses = [engine.relu(1 + -y * score([engine.leaf(u), engine.leaf(v)])) for u, v, y in rows]
        return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in leaves)

    return numbers, output


def chain(length: int = 100_000) -> Workload:
    """W2: multiply and add in turn."""

    def output(_: Engine, leaves: list[Any]) -> Any:
        w, b, y = leaves
        for _turn in range(length // 2):
            y = y * w + b
        return y

    return [0.999, 0.01, 1.0], output


def products(count: int = 100_000) -> Workload:
    """W3: two long lists, multiplied pair by pair and summed."""
    numbers = [0.5 + 1e-6 * i for i in range(count)] + [1.5 - 1e-6 * i for i in range(count)]
    return numbers, lambda _, leaves: sum(x * y for x, y in zip(leaves[:count], leaves[count:]))


def readme() -> Workload:
    """W4: the expression on the front page of micrograd."""

    def output(engine: Engine, leaves: list[Any]) -> Any:
        a, b = leaves
        c = a + b
        d = a * b + b**3
        c = c + c + 1
        c = c + 1 + c + (-a)
        d = d + d * 2 + engine.relu(b + a)
        d = d + 3 * d + engine.relu(b - a)
        e = c - d
        f = e**2
        g = f / 2.0
        return g + 10.0 / f

    return [-4.0, 2.0], output


# By name: what makes the workload, how often it runs, and the ratios to micrograd that are wanted, collector on.
WORKLOADS: dict[str, tuple[Callable[[], Workload], int, dict[str, float]]] = {
    "W1": (training_step, 1, {"chalkgrad": 15, "chalkgrad, affine": 40}),
    "W2": (chain, 1, {"chalkgrad": 11}),
    "W3": (products, 1, {"chalkgrad": 13}),
    "W4": (readme, 200, {"chalkgrad": 4.5}),
}


# -- Measuring ------------------------------------------------------------------------------------------------


def seconds(engine: Engine, workload: Workload, times: int, *, collector: bool) -> tuple[float, Any]:
    """Return the processor time of so many passes, and the result and the gradient of the last."""
    numbers, output = workload
    taken, made, leaves = 0.0, None, []
    gc.collect()
    (gc.enable if collector else gc.disable)()
    for _ in range(times):
        leaves = engine.leaves(numbers)
        start = time.process_time()
        made = output(engine, leaves)
        engine.backward(made, leaves)
        taken += time.process_time() - start
    found = engine.found(made, leaves)
    gc.enable()
    return taken, found


def alone(name: str, load: str) -> None:
    """Print what one engine takes for one workload, with the collector on and off, and what it found."""
    kind, module = ENGINES[name]
    make, times, _ = WORKLOADS[load]
    engine, workload = kind(module), make()
    _, (value, gradient) = seconds(engine, workload, 1, collector=True)
    each = [min(seconds(engine, workload, times, collector=on)[0] for _ in range(REPEATS)) for on in (True, False)]
    print(json.dumps([each, value, math.fsum(gradient), math.fsum(map(abs, gradient))]))


def measured(rounds: int, names: list[str]) -> dict[str, dict[str, list[float]]]:
    """Return the medians in ms of each engine for each workload, collector on and off."""
    found: dict[str, dict[str, list[list[float]]]] = {load: {name: [] for name in names} for load in WORKLOADS}
    for _ in range(rounds):
        for load in WORKLOADS:
            expected: list[float] = []
            for name in names:
                if name == "chalkgrad, affine" and load != "W1":  # the others have no neurons
                    continue
                command = [sys.executable, __file__, "--alone", name, load]
                run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                each, *numbers = json.loads(run.stdout.splitlines()[-1])
                expected = expected or numbers
                if not all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(numbers, expected)):
                    raise ArithmeticError(f"{load}: {name} disagrees with {names[0]}: {numbers}, not {expected}")
                found[load][name].append(each)
    return {
        load: {name: [1e3 * statistics.median(side) for side in zip(*runs)] for name, runs in engines.items() if runs}
        for load, engines in found.items()
    }


def tables(rounds: int) -> list[str]:
    """Return the lines of the table, and who was left out."""
    names = [name for name, (_, module) in ENGINES.items() if find_spec(module.partition(".")[0]) is not None]
    found = measured(rounds, names)
    lines = [["ms, collector on / off", *WORKLOADS]]
    for name in names:
        cells = [" / ".join(map(number, found[load][name])) if name in found[load] else "–" for load in WORKLOADS]
        lines.append([name, *cells])
    if "micrograd" in names:
        for name in ("chalkgrad", "chalkgrad, affine"):
            cells = []
            for load, (_, _, goals) in WORKLOADS.items():
                times = [a / b for a, b in zip(found[load]["micrograd"], found[load].get(name, [math.inf] * 2))]
                goal = f" (≥ {goals[name]:g})" if name in goals else ""
                cells.append(f"{times[0]:.1f} / {times[1]:.1f}{goal}" if name in found[load] else "–")
            lines.append([f"{name}: times as fast as micrograd (goal)", *cells])
    absent = [name for name in ENGINES if name not in names]
    head = f"Python {sys.version.split()[0]}, {rounds} rounds, medians of processor time; a process each"
    return [
        f"{head}.",
        "",
        *columns(lines),
        *(["", f"Left out, since not installed: {', '.join(absent)}."] if absent else []),
    ]


BEGIN, END = (
    "<!-- figures: python tests/benchmarks/eager.py --markdown docs/benchmarks.md -->",
    "<!-- end of eager figures -->",
)


def main() -> None:
    """Read what is asked for, and print the tables."""
    reader = argparse.ArgumentParser(description="Eager speed beside other engines.")
    reader.add_argument("rounds", type=int, nargs="?", default=5)
    reader.add_argument("--smoke", action="store_true", help="one round")
    reader.add_argument("--markdown", metavar="FILE", help="put the table into this document, between its marks")
    reader.add_argument("--alone", nargs=2, metavar=("ENGINE", "WORKLOAD"), help="one engine, in this process")
    asked = reader.parse_args()
    if asked.alone:
        alone(*asked.alone)
        return
    text = "\n".join(tables(1 if asked.smoke else asked.rounds))
    print(text)
    if asked.markdown:
        put_figures(Path(asked.markdown), text, BEGIN, END)


if __name__ == "__main__":
    sys.setrecursionlimit(1_000_000)  # micrograd walks its graph by recursion
    threading.stack_size(512 * 1024 * 1024)
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(main() is None))
    thread.start()
    thread.join()
    sys.exit(not done)
