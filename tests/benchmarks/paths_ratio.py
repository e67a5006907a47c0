"""How long the largest paths take, beside one backward pass: `python tests/benchmarks/paths_ratio.py`.

The five largest of 32⁸ paths from an input of MLP(4, [32] * 8 + [1]), in turn with `backward()` on
the same graph in one process; the figure is the ratio of the shortest times. Then a chain of a million
operations, in seconds. Nothing here runs in the test suite; `--smoke` runs it once, small.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import autograd
from autograd import Value, gradients, paths
from nn import MLP

if TYPE_CHECKING:
    from collections.abc import Callable

SMOKE = "--smoke" in sys.argv  # only to see that it runs
ROUNDS = 1 if SMOKE else 21
LENGTH = 1_000 if SMOKE else 1_000_000


def seconds(job: Callable[[], Any]) -> float:
    """How long the job takes once."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def ratio(job: Callable[[], Any], beside: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """How many times as long as the other the job takes, both in turn."""
    times = [(seconds(job), seconds(beside)) for _ in range(rounds)]
    return min(mine for mine, _ in times) / min(other for _, other in times)


def main() -> None:
    """Print the figures."""
    print(f"autograd {autograd.__version__}, Python {sys.version.split()[0]}, {ROUNDS} rounds, collector on")
    x = [Value(0.1 * k, f"x{k}") for k in range(1, 5)]
    E = MLP(4, [32] * 8 + [1], activation="tanh", seed=1)(x)
    largest = paths(E, x[0], k=5)
    print(f"MLP(4, [32] * 8 + [1]): {largest.count:,} paths from x1; the largest {largest[0].product:.6g}")
    print("  time as a multiple of one backward pass")
    for name, job in {
        "1 largest": lambda: paths(E, x[0], k=1),
        "5 largest": lambda: paths(E, x[0], k=5),
        "100 largest": lambda: paths(E, x[0], k=100),
        "5 largest, count and total": lambda: [(p := paths(E, x[0], k=5)).count, p.total],
        "gradients()": lambda: gradients(E),
    }.items():
        print(f"    {name:28} {ratio(job, E.backward):5.2f}")

    x = node = Value(0.5, "x")
    for _ in range(LENGTH):
        node = node * 1.000001
    print(f"a chain of {LENGTH:,} operations")
    print(f"  {'backward()':30} {seconds(node.backward):5.2f} s")
    print(f"  {'paths(k=1)':30} {seconds(lambda: paths(node, x, k=1)):5.2f} s")
    found = paths(node, x, k=1)
    print(f"  {'count and total':30} {seconds(lambda: (found.count, found.total)):5.2f} s")
    print(f"  {'the ledger as text':30} {seconds(lambda: str(found)):5.2f} s")


if __name__ == "__main__":
    main()
