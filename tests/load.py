"""How large a graph may be: shapes that strain the engine, and every way to look at them.

    python tests/load.py                        the table at full size: 10⁷ nodes, a chain of 10⁶, 10⁵ parents or uses
    python tests/load.py --only 5 --nodes 1000000      one of the shapes, smaller

The collector is paused while a graph is built (`paused_gc`), as is advised for large ones. Memory is what the process
has grown by, so it counts all there is.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script, from anywhere

from autograd import ChalkgradError, Stepper, Value, draw, explain, gradients, paths, steps, topological_order, total
from autograd.engine.gc_pause import paused_gc

if TYPE_CHECKING:
    from collections.abc import Callable


def chain(length: int) -> tuple[Value, Value]:
    """x through one operation after another: so many nodes deep. The output, and x."""
    x = y = Value(0.5, "x")
    for turn in range(length):
        y = y * 0.5 if turn % 2 else y + 0.25
    y.label = "E"
    return y, x


def many_parents(count: int) -> tuple[Value, Value]:
    """One node with so many parents. The output, and the first of them."""
    leaves = [Value(1.0 / (place + 1)) for place in range(count)]
    leaves[0].label = "x"
    y = total(leaves)
    y.label = "E"
    return y, leaves[0]


def many_uses(count: int) -> tuple[Value, Value]:
    """One node that so many others use, whose sum is the output. The output, and that node."""
    x = Value(0.5, "x")
    y = total([x * place for place in range(count)])
    y.label = "E"
    return y, x


def used_in_a_row(count: int) -> tuple[Value, Value]:
    """The same where the uses lie behind one another: y = y·½ + x, again and again."""
    x = y = Value(0.5, "x")
    for _ in range(count // 2):
        y = y * 0.5 + x
    y.label = "E"
    return y, x


def network(count: int) -> tuple[Value, Value]:
    """A loss of so many nodes: products of eight weights with inputs, squashed, squared, added up."""
    weights = [Value(0.1 * (place + 1), f"w{place}") for place in range(8)]
    E = Value(0.0)
    for row in range(count // 22):
        z = weights[0] * (row % 7 / 7)
        for place in range(1, 8):
            z = z + weights[place] * ((row + place) % 5 / 5)
        error = (z * 0.01).tanh() - 0.5
        E = E + error * error + z * 0.001
    E.label = "E"
    return E, weights[0]


def taken(view: Callable[[], Any]) -> str:
    """What a view does with the graph: its time, or the first words of its refusal."""
    begun = time.perf_counter()
    try:
        view()
    except ChalkgradError as error:
        return f"{time.perf_counter() - begun:.2f} s ({type(error).__name__})"
    return f"{time.perf_counter() - begun:.2f} s"


VIEWS: dict[str, Callable[[Value, Value], Any]] = {
    "backward": lambda y, _x: y.backward(),
    "gradients": lambda y, _x: gradients(y),
    "steps": lambda y, _x: sum(len(step.terms) for step in steps(y)),
    "paths, 3 largest": lambda y, x: str(paths(y, x, 3)),
    "stepper, to the end": lambda y, _x: str(Stepper(y).finish()),
    "draw": lambda y, _x: draw(y),
    "draw, depth 2": lambda y, _x: draw(y, depth=2),
    "explain": lambda y, x: str(explain(y, x)),
}


def grown() -> int:
    """Bytes that the process holds."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * 4096 if pages.exists() else 0


def measure(title: str, build: Callable[[int], tuple[Value, Value]], size: int, views: tuple[str, ...]) -> None:
    """Build a shape and try the views on it; print its line."""
    before, begun = grown(), time.perf_counter()
    with paused_gc():
        E, x = build(size)
    forward, held = time.perf_counter() - begun, grown() - before
    count = len(topological_order(E))
    begun = time.perf_counter()
    E.backward()
    backward = time.perf_counter() - begun
    print(
        f"{title:<34} {count:>10,} nodes   {held / count:>5.0f} bytes/node   forward {forward / count * 1e9:>5.0f} "
        f"backward {backward / count * 1e9:>5.0f} ns/node"
    )
    for name in views:
        print(f"    {name:<24} {taken(partial(VIEWS[name], E, x))}")
    begun = time.perf_counter()
    del E, x
    print(f"    {'dropped':<24} {time.perf_counter() - begun:.2f} s")


SHAPES: list[tuple[str, Callable[[int], tuple[Value, Value]], int, tuple[str, ...]]] = [
    ("a network, small", network, 10**4, ()),
    ("a node with 10⁵ parents", many_parents, 10**5, tuple(VIEWS)),
    ("a node used 10⁵ times", many_uses, 10**5, tuple(VIEWS)),
    ("a node used 10⁵ times in a row", used_in_a_row, 2 * 10**5, tuple(VIEWS)),
    ("a chain of 10⁶", chain, 10**6, tuple(VIEWS)),
    ("a network", network, 10**7, ("draw",)),
]


def main() -> None:
    """Each shape in a process of its own, so that what it holds is seen."""
    parser = argparse.ArgumentParser(description="Strain the engine.")
    parser.add_argument("--only", type=int, choices=range(len(SHAPES)), help="one of the shapes, by its number")
    parser.add_argument("--nodes", type=int, help="another size for it")
    chosen = parser.parse_args()
    if chosen.only is None:
        for number in range(len(SHAPES)):
            subprocess.run([sys.executable, __file__, "--only", str(number)], check=True)
    else:
        title, build, size, views = SHAPES[chosen.only]
        measure(title, build, chosen.nodes or size, views)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
