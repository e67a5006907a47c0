"""How fast a forward and a backward pass are, beside micrograd: `python tests/benchmarks/eager.py [rounds] [--large]`.

The competitors run in turn in one process, because the machine drifts; what is measured is processor
time, and the figure is the ratio of their medians. It is given with Python's cyclic collector on and
off, since the collector is most of the difference. Nothing here runs in the test suite.

W1  one full-batch step of MLP(2, [16, 16, 1]), max-margin and L2 loss, 100 points
W2  a chain of 100,000 operations
W3  a sum of 100,000 products
W4  the expression of micrograd's README, 3,000 times

Then the memory of a node: its own and that of the numbers it keeps, by workload and by operation. With
`--large`, the time of a node in chains of 1e4 to 1e7 nodes, built with the collector paused.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import autograd
import nn
from autograd import paused_gc

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


def training_step(model: Any, value: Any) -> Callable[[], Any]:
    """The loss of micrograd's demo notebook, with whatever Value and model are given."""
    x, y = points()

    def loss() -> Any:
        model.zero_grad()
        inputs = [list(map(value, row)) for row in x]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        return data_loss + 1e-4 * sum(p * p for p in model.parameters())

    return loss


def with_primitives(value: Any) -> Any:
    """Micrograd's own network, made of the Values given."""
    theirs = micrograd.nn.Value
    micrograd.nn.Value = value
    try:
        random.seed(1337)
        return micrograd.nn.MLP(2, [16, 16, 1])
    finally:
        micrograd.nn.Value = theirs


def chain(value: Any, length: int = 100_000) -> Callable[[], Any]:
    """Multiply and add in turn, a hundred thousand deep."""
    w, b = value(0.999), value(0.01)

    def last() -> Any:
        y = value(1.0)
        for _ in range(length // 2):
            y = y * w + b
        return y

    return last


def products(value: Any) -> Callable[[], Any]:
    """Two long lists, multiplied pair by pair and summed."""
    a = [value(0.5 + 1e-6 * i) for i in range(100_000)]
    b = [value(1.5 - 1e-6 * i) for i in range(100_000)]
    return lambda: sum(x * y for x, y in zip(a, b))


def readme(value: Any) -> Callable[[], Any]:
    """The expression on the front page of micrograd."""

    def expression() -> Any:
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
        return g + 10.0 / f

    return expression


def step_with_primitives(value: Any) -> Callable[[], Any]:
    """W1 in single + and *."""
    return training_step(with_primitives(value), value)


def step_with_nn(_value: Any) -> Callable[[], Any]:
    """W1 with our own network, one affine node a neuron."""
    return training_step(nn.MLP(2, [16, 16, 1], seed=1337), autograd.Value)


# By name: the workload, what micrograd runs against it, how often, and the ratio wanted with the collector on.
CONTESTS = {
    "W1": (step_with_primitives, step_with_primitives, 1, 7),
    "W1 nn": (step_with_nn, step_with_primitives, 1, 30),
    "W2": (chain, chain, 1, 5.5),
    "W3": (products, products, 1, 5),
    "W4": (readme, readme, 3000, 4),
}


def seconds(forward: Callable[[], Any], times: int, *, collector: bool) -> float:
    """So many forward and backward passes, with the collector as asked, and a clean heap before them."""
    gc.collect()
    with paused_gc():
        if collector:
            gc.enable()
        start = time.process_time()
        for _ in range(times):
            forward().backward()
        return time.process_time() - start


def median_ms(runs: list[Callable[[], Any]], times: int, rounds: int, *, collector: bool) -> list[float]:
    """The median time of each, run in turn."""
    taken = [[seconds(run, times, collector=collector) for run in runs] for _ in range(rounds)]
    return [1e3 * statistics.median(each) for each in zip(*taken)]


# -- Memory, and very large graphs ---------------------------------------------------------------

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "x + y": lambda x, y: x + y,
    "x * y": lambda x, y: x * y,
    "x * 0.9": lambda x, _: x * 0.9,
    "x / y": lambda x, y: x / y,
    "x ** 2": lambda x, _: x**2,
    "relu": lambda x, _: x.relu(),
    "exp": lambda x, _: x.exp(),
    "log": lambda x, _: x.log(),
    "tanh": lambda x, _: x.tanh(),
    "sigmoid": lambda x, _: x.sigmoid(),
}


def allocated(build: Callable[[], Any]) -> tuple[Any, int]:
    """What `build` gives, and the bytes allocated for it, before any gradient."""
    build()  # rows of the table are written out, caches filled
    gc.collect()
    tracemalloc.start()
    built = build()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return built, size


def memory() -> None:
    """Print the bytes of a node, in whole workloads and by operation."""
    print("\nbytes a node, its number and local derivatives with it")
    found = []
    for name, (workload, _, _, _) in CONTESTS.items():
        if workload is not step_with_primitives or micrograd is not None:
            root, size = allocated(workload(autograd.Value))
            nodes = [node for node in autograd.topological_order(root) if node.op is not None or name == "W4"]
            found.append(f"{name} {size / len(nodes):.0f}")
    print(f"  {', '.join(found)}; goal ≤ 130 in single operations")
    x, y = autograd.Value(0.3), autograd.Value(0.7)
    found = []
    for name, operation in OPERATIONS.items():
        nodes, size = allocated(lambda f=operation: [f(x, y) for _ in range(2000)])
        found.append(f"{name} {(size - sys.getsizeof(nodes)) / len(nodes):.0f}")
    print(f"  {', '.join(found)}")


def large() -> None:
    """Print the time of a node in ever longer chains; the longest takes two gigabytes."""
    print(f"\n{'nodes':>12}{'ns a node':>12}   forward and backward, the collector paused")
    for length in (100_000, 1_000_000, 10_000_000):
        short, long = chain(autograd.Value, 10_000), chain(autograd.Value, length)
        around = [seconds(short, 100, collector=False) / 100 / 10_000]
        each = seconds(long, 1, collector=False) / length
        around.append(seconds(short, 100, collector=False) / 100 / 10_000)
        beside = statistics.mean(around)
        print(f"{length:12,}{1e9 * each:12.0f}   {each / beside:.2f} times that of 10,000", flush=True)


def speed(rounds: int) -> None:
    """Print the ratios."""
    print(f"{'':8}{'micrograd ms':>20}{'chalkgrad ms':>20}{'times as fast':>18}{'goal':>8}")
    for name, (ours, theirs, times, goal) in CONTESTS.items():
        runs = [theirs(micrograd.engine.Value), ours(autograd.Value)]
        on = median_ms(runs, times, rounds, collector=True)
        off = median_ms(runs, times, rounds, collector=False)
        columns = [f"{a:12.1f} /{b:6.1f}" for a, b in zip(on, off)]
        ratio = f"{on[0] / on[1]:10.1f} /{off[0] / off[1]:6.1f}"
        print(f"{name:8}{columns[0]}{columns[1]}{ratio}{'≥ ' + str(goal):>8}", flush=True)


def main(rounds: int, *, and_large: bool) -> None:
    """Print the tables."""
    print(f"Python {sys.version.split()[0]}, {rounds} rounds, medians; collector on / off")
    if micrograd is None:
        print("micrograd is not installed, so there is nothing to compare with: pip install micrograd")
    else:
        speed(rounds)
    memory()
    if and_large:
        large()


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description="Eager speed and memory, beside micrograd.")
    reader.add_argument("rounds", type=int, nargs="?", default=5)
    reader.add_argument("--smoke", action="store_true", help="one round")
    reader.add_argument("--large", action="store_true", help="also chains of up to ten million nodes (2 GB)")
    asked = reader.parse_args()
    sys.setrecursionlimit(1_000_000)  # micrograd walks its graph by recursion
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(
        target=main, args=(1 if asked.smoke else asked.rounds,), kwargs={"and_large": asked.large}
    )
    thread.start()
    thread.join()
