"""How fast a forward and a backward pass are, beside micrograd: `python tests/benchmarks/eager.py [rounds]`.

The competitors run in turn in one process, because the machine drifts; the figure is the ratio of
their medians. It is given with Python's cyclic collector on and off, since the collector is most of
the difference. Nothing here runs in the test suite.

W1  one full-batch step of MLP(2, [16, 16, 1]), max-margin and L2 loss, 100 points
W2  a chain of 100,000 operations
W3  a sum of 100,000 products
W4  the expression of micrograd's README, 3,000 times
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import autograd
import nn

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import micrograd.engine
    import micrograd.nn
except ImportError:
    micrograd = None


def points() -> tuple[list[list[float]], list[int]]:
    """Two half circles, as micrograd's demo has them, without scikit-learn."""
    dice = random.Random(1)
    x, y = [], []
    for _ in range(100):
        side = dice.choice([-1, 1])
        u, v = dice.gauss(0, 1), abs(dice.gauss(0, 1))
        x.append([u + 0.5 * side, side * v - 0.25 * side])
        y.append(side)
    return x, y


def training_step(model: Any, value: Any) -> Callable[[], None]:
    """The step of micrograd's demo notebook, with whatever Value and model are given."""
    x, y = points()

    def step() -> None:
        inputs = [list(map(value, row)) for row in x]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        loss = data_loss + penalty
        model.zero_grad()
        loss.backward()

    return step


def with_primitives(value: Any) -> Any:
    """Micrograd's own network, made of the Values given."""
    theirs = micrograd.nn.Value
    micrograd.nn.Value = value
    try:
        random.seed(1337)
        return micrograd.nn.MLP(2, [16, 16, 1])
    finally:
        micrograd.nn.Value = theirs


def chain(value: Any) -> Callable[[], None]:
    """Multiply and add in turn, a hundred thousand deep."""
    w, b = value(0.999), value(0.01)

    def run() -> None:
        y = value(1.0)
        for _ in range(50_000):
            y = y * w + b
        y.backward()

    return run


def products(value: Any) -> Callable[[], None]:
    """Two long lists, multiplied pair by pair and summed."""
    a = [value(0.5 + 1e-6 * i) for i in range(100_000)]
    b = [value(1.5 - 1e-6 * i) for i in range(100_000)]

    def run() -> None:
        sum(x * y for x, y in zip(a, b)).backward()  # type: ignore[attr-defined] # sum() starts at a number

    return run


def readme(value: Any) -> Callable[[], None]:
    """The expression on the front page of micrograd."""

    def run() -> None:
        for _ in range(3000):
            a = value(-4.0)
            b = value(2.0)
            c = a + b
            d = a * b + b**3
            c += c + 1
            c += 1 + c + (-a)
            d += d * 2 + (b + a).relu()
            d += 3 * d + (b - a).relu()
            e = c - d
            f = e**2
            g = f / 2.0
            g += 10.0 / f
            g.backward()

    return run


def step_with_primitives(value: Any) -> Callable[[], None]:
    """W1 in single + and *."""
    return training_step(with_primitives(value), value)


def step_with_nn(_value: Any) -> Callable[[], None]:
    """W1 with our own network, one affine node a neuron."""
    return training_step(nn.MLP(2, [16, 16, 1], seed=1337), autograd.Value)


# By name: the workload, what micrograd runs against it, and the ratio wanted with the collector on.
CONTESTS = {
    "W1": (step_with_primitives, step_with_primitives, 7),
    "W1 nn": (step_with_nn, step_with_primitives, 30),
    "W2": (chain, chain, 5.5),
    "W3": (products, products, 5),
    "W4": (readme, readme, 4),
}


def seconds(run: Callable[[], None], *, collector: bool) -> float:
    """One run, with the collector as asked, and a clean heap before it."""
    gc.collect()
    (gc.enable if collector else gc.disable)()
    start = time.perf_counter()
    run()
    taken = time.perf_counter() - start
    gc.enable()
    return taken


def median_ms(runs: list[Callable[[], None]], rounds: int, *, collector: bool) -> list[float]:
    """The median time of each, run in turn."""
    taken = [[seconds(run, collector=collector) for run in runs] for _ in range(rounds)]
    return [1e3 * statistics.median(times) for times in zip(*taken)]


def main(rounds: int) -> None:
    """Print the table."""
    print(f"Python {sys.version.split()[0]}, {rounds} rounds, medians; collector on / off")
    if micrograd is None:
        print("micrograd is not installed, so there is nothing to compare with: pip install micrograd")
        return
    print(f"{'':8}{'micrograd ms':>20}{'chalkgrad ms':>20}{'times as fast':>18}{'goal':>8}")
    for name, (ours, theirs, goal) in CONTESTS.items():
        runs = [theirs(micrograd.engine.Value), ours(autograd.Value)]
        on = median_ms(runs, rounds, collector=True)
        off = median_ms(runs, rounds, collector=False)
        columns = [f"{a:12.1f} /{b:6.1f}" for a, b in zip(on, off)]
        ratio = f"{on[0] / on[1]:10.1f} /{off[0] / off[1]:6.1f}"
        print(f"{name:8}{columns[0]}{columns[1]}{ratio}{'≥ ' + str(goal):>8}", flush=True)


if __name__ == "__main__":
    sys.setrecursionlimit(1_000_000)  # micrograd walks its graph by recursion
    threading.stack_size(512 * 1024 * 1024)
    asked = (sys.argv[1:] or ["5"])[0]
    thread = threading.Thread(target=main, args=(1 if asked == "--smoke" else int(asked),))
    thread.start()
    thread.join()
