"""The memory of a node, and very long chains: `python tests/benchmarks/memory.py [--large]`.

Bytes a node are its own and those of the numbers that it keeps, by workload (see `eager.py`) and by operation. With
`--large`, also the time of a node in chains of 1e4 to 1e7 nodes, built with the collector paused (two gigabytes).
Nothing here runs in the test suite; `--smoke` runs it small.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

from eager import WORKLOADS, Engine, chain, seconds

import autograd

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Return what `build` gives, and the bytes allocated for it, before any gradient."""
    build()  # rows of the table are written out, caches filled
    gc.collect()
    tracemalloc.start()
    built = build()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return built, size


def memory() -> None:
    """Print the bytes of a node, in whole workloads and by operation."""
    print("bytes a node, its number and local derivatives with it; goal ≤ 130 in single operations")
    engine, found = Engine("autograd"), []
    for name, (make, _, _) in WORKLOADS.items():
        numbers, output = make()
        leaves = engine.leaves(numbers)
        root, size = allocated(lambda output=output, leaves=leaves: output(engine, leaves))
        given = set(leaves)
        found.append(f"{name} {size / sum(node not in given for node in autograd.topological_order(root)):.0f}")
    print(f"  {', '.join(found)}")
    x, y = autograd.Value(0.3), autograd.Value(0.7)
    found = []
    for name, operation in OPERATIONS.items():
        nodes, size = allocated(lambda f=operation: [f(x, y) for _ in range(2000)])
        found.append(f"{name} {(size - sys.getsizeof(nodes)) / len(nodes):.0f}")
    print(f"  {', '.join(found)}")


def large() -> None:
    """Print the time of a node in ever longer chains."""
    engine = Engine("autograd")
    print(f"\n{'nodes':>12}{'ns a node':>12}   forward and backward, the collector paused")
    for length in (100_000, 1_000_000, 10_000_000):
        short, long = chain(10_000), chain(length)
        around = [seconds(engine, short, 100, collector=False)[0] / 100 / 10_000]
        each = seconds(engine, long, 1, collector=False)[0] / length
        around.append(seconds(engine, short, 100, collector=False)[0] / 100 / 10_000)
        print(f"{length:12,}{1e9 * each:12.0f}   {each / statistics.mean(around):.2f} times that of 10,000", flush=True)


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--smoke", action="store_true", help="small as it is")
    reader.add_argument("--large", action="store_true", help="also chains of up to ten million nodes (2 GB)")
    asked = reader.parse_args()
    memory()
    if asked.large:
        large()
