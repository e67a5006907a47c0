"""How long a recorded graph takes to be ready, and what it holds: `python tests/benchmarks/ready.py`.

A full batch of MLP(2, [16, 16, 1]) in single + and × nodes (W1), of more and more rows, and a chain,
of which nothing can be grouped. *Ready* is `record`, which groups the graph and runs it once. Memory
is what `record` keeps beside the graph, a recorded node. Nothing here runs in the test suite; `--smoke`
runs it once, small.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
import tracemalloc
from importlib.util import find_spec
from itertools import pairwise, product

from autograd import Value, expand, half_squared_error, paused_gc, record
from nn import MLP


def batch(rows: int) -> Value:
    """One loss over so many rows, in single operations."""
    dice = random.Random(1)
    net = MLP(2, [16, 16, 1], seed=1)
    with paused_gc():
        losses = [half_squared_error(net([dice.random(), dice.random()]), dice.random()) for _ in range(rows)]
        return expand(sum(losses) / rows)


def chain(length: int) -> Value:
    """Operations one after the other: nothing to group."""
    w, b = Value(0.999), Value(0.01)
    y = Value(1.0)
    with paused_gc():
        for _ in range(length // 2):
            y = y * w + b
    return y


def main(*, smoke: bool) -> None:
    """Print a line for each graph."""
    shapes = {
        "batch": (batch, [20] if smoke else [15, 150, 1500]),
        "chain": (chain, [200] if smoke else [10_000, 100_000]),
    }
    print("graph  backend        nodes  instructions   ready s   µs/node   first call s   again s   bytes/node kept")
    record(chain(20), inputs=[], backend="auto")  # kernels are compiled once a process
    backends = ["numpy"] + ["native"] * (find_spec("llvmlite") is not None)
    for name, (make, sizes) in shapes.items():
        for size, backend in product(sizes, backends):
            loss = make(size)
            times = [time.process_time()]
            step = record(loss, inputs=[], backend=backend)
            times.append(time.process_time())
            for _ in range(2):
                step()
                times.append(time.process_time())
            ready, first, again = (later - earlier for earlier, later in pairwise(times))
            nodes = step.program.nodes
            tracemalloc.start()
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            other = record(loss, inputs=[], backend=backend)
            kept = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.stop()
            print(
                f"{name:6} {backend:8} {nodes:11,} {len(other.program.instructions):13,} {ready:9.3f} "
                f"{1e6 * ready / nodes:9.2f} {first:14.3f} {again:9.4f} {kept / nodes:12.0f}",
                flush=True,
            )


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--smoke", action="store_true", help="once, small")
    main(smoke=reader.parse_args().smoke)
