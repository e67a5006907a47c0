"""W7, one training step of a small GPT on one word: `python tests/benchmarks/gpt.py [rounds | --smoke]`.

The model is written once, against plain operators, in the manner of Karpathy's microgpt, and run by two
classes: a small `Value` of that manner (below), and chalkgrad's, the same source unchanged. Beside
them stands `demos/gpt.py`, the same model with one node a dot product, eager and replayed. The losses
of all are compared first: they agree to 1e-9. A step is forward, backward and Adam; the competitors
run in turn in one process, with Python's collector on; the figures are medians of processor time. Nothing here runs
in the test suite but a smoke run.
"""

from __future__ import annotations

import gc
import math
import random
import runpy
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import autograd
from autograd import MissingExtraError, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

demo = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[2] / "demos" / "gpt.py")))
WORD = "_curses_panel"
HEADS = 4


class PlainValue:
    """The Value of microgpt's manner: children and local derivatives in tuples, the order found by recursion."""

    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data: Any, children: Any = (), local_grads: Any = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.children = children
        self.local_grads = local_grads

    def __add__(self, other: Any) -> PlainValue:
        other = other if isinstance(other, PlainValue) else PlainValue(other)
        return PlainValue(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other: Any) -> PlainValue:
        other = other if isinstance(other, PlainValue) else PlainValue(other)
        return PlainValue(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: Any) -> PlainValue:
        return PlainValue(self.data**power, (self,), (power * self.data ** (power - 1),))

    def log(self) -> PlainValue:
        """The natural logarithm."""
        return PlainValue(math.log(self.data), (self,), (1 / self.data,))

    def exp(self) -> PlainValue:
        """E to the power of it."""
        return PlainValue(math.exp(self.data), (self,), (math.exp(self.data),))

    def relu(self) -> PlainValue:
        """It, or 0."""
        return PlainValue(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> PlainValue:
        return self * -1

    def __radd__(self, other: Any) -> PlainValue:
        return self + other

    def __sub__(self, other: Any) -> PlainValue:
        return self + (-other)

    def __rsub__(self, other: Any) -> PlainValue:
        return other + (-self)

    def __rmul__(self, other: Any) -> PlainValue:
        return self * other

    def __truediv__(self, other: Any) -> PlainValue:
        return self * other**-1

    def __rtruediv__(self, other: Any) -> PlainValue:
        return other * self**-1

    def backward(self) -> None:
        """Fill the gradients."""
        order: list[PlainValue] = []
        visited = set()

        def visit(node: PlainValue) -> None:
            if node not in visited:
                visited.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local in zip(node.children, node.local_grads):
                child.grad += local * node.grad


# -- The model, for any Value with plain operators -----------------------------------------------------


def linear(x: Any, w: Any) -> Any:
    """A matrix times a vector."""
    return [sum(wi * xi for wi, xi in zip(row, x)) for row in w]


def rms_norm(x: Any) -> Any:
    """The vector with a mean square of one."""
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def softmax(scores: Any) -> Any:
    """Shares of one."""
    largest = max(score.data for score in scores)
    powers = [(score - largest).exp() for score in scores]
    whole = sum(powers)
    return [power / whole for power in powers]


def scores_after(token: int, place: int, keys: Any, values: Any, w: Any) -> Any:
    """The scores of what may come next."""
    x = rms_norm([t + p for t, p in zip(w["token"][token], w["place"][place])])
    before, seen = x, rms_norm(x)
    query = linear(seen, w["query0"])
    keys.append(linear(seen, w["key0"]))
    values.append(linear(seen, w["value0"]))
    mixed: list[Any] = []
    size = len(query) // HEADS
    for start in range(0, len(query), size):
        head = range(start, start + size)
        shares = softmax([sum(query[j] * key[j] for j in head) / size**0.5 for key in keys])
        mixed += [sum(share * value[j] for share, value in zip(shares, values)) for j in head]
    x = [a + b for a, b in zip(linear(mixed, w["out0"]), before)]
    hidden = [z.relu() for z in linear(rms_norm(x), w["up0"])]
    x = [a + b for a, b in zip(linear(hidden, w["down0"]), x)]
    return linear(x, w["score"])


def loss_of(tokens: list[int], w: Any) -> Any:
    """The mean surprise at a character."""
    keys: list[Any] = []
    values: list[Any] = []
    losses = []
    for place, (token, target) in enumerate(pairwise(tokens)):
        shares = softmax(scores_after(token, place, keys, values, w))
        losses.append(-shares[target].log())
    return (1 / len(losses)) * sum(losses)


# -- The competitors: each a step that gives its loss ----------------------------------------------------


def network(width: int) -> tuple[Any, Any]:
    """The demo's model and alphabet: every competitor begins with its weights."""
    alphabet = demo.Alphabet([*demo.standard_library(), WORD])
    return demo.GPT(len(alphabet), random.Random(1), width=width, heads=HEADS), alphabet


def primitives(value: Any, width: int, word: str) -> tuple[Callable[[], Any], list[Any]]:
    """The loss by the model above, of the Values given, and the parameters."""
    model, alphabet = network(width)
    weights: dict[str, list[list[Any]]] = {}
    for parameter in model.parameters():
        name, _, place = parameter.label.partition("[")
        rows = weights.setdefault(name, [])
        if place.endswith(",0]"):
            rows.append([])
        rows[-1].append(value(parameter.data))
    parameters = [p for rows in weights.values() for row in rows for p in row]
    return lambda: loss_of(alphabet.tokens(word), weights), parameters


def plain(value: Any, width: int, word: str) -> Callable[[], float]:
    """The model above, with Adam."""
    compute, parameters = primitives(value, width, word)
    adam = demo.Adam(parameters)

    def step() -> float:
        loss = compute()
        loss.backward()
        adam.step(0.001)
        return float(loss.data)

    return step


def affine(width: int, word: str) -> Callable[[], float]:
    """The demo, eager."""
    model, alphabet = network(width)
    adam, learn = demo.Adam(model.parameters()), demo.eager(model, alphabet)

    def step() -> float:
        loss: float = learn([word])
        adam.step(0.001)
        return loss

    return step


def replayed(width: int, words: list[str], backend: str) -> tuple[Callable[[], float], float]:
    """The demo, recorded once, with Adam on the array of the parameters; and the seconds until it is ready."""
    import numpy as np  # noqa: PLC0415 -- an optional package

    model, alphabet = network(width)
    length = len(words[0]) + 2
    start = time.perf_counter()
    tokens = [[autograd.Value(0.0) for _ in alphabet.characters] for _ in range(length)]
    replay = record(
        demo.word_loss(model, tokens, 1 / (length - 1)), [v for row in tokens for v in row], backend=backend
    )
    ready = time.perf_counter() - start
    rows = np.array([np.eye(len(alphabet))[alphabet.tokens(word)].reshape(-1) for word in words])
    theta = replay.hold()
    mean, square, steps = np.zeros_like(theta), np.zeros_like(theta), 0

    def step() -> float:
        nonlocal steps
        loss = replay(rows)
        steps += 1
        mean[:] = 0.85 * mean + 0.15 * replay.gradient
        square[:] = 0.99 * square + 0.01 * replay.gradient**2
        theta[:] -= 0.001 * (mean / (1 - 0.85**steps)) / (np.sqrt(square / (1 - 0.99**steps)) + 1e-8)
        return loss

    return step, ready


def contestants(width: int, word: str, batch: int) -> Iterator[tuple[str, Callable[[], float], int, str]]:
    """Yield each by name: its step, the words in a step, and what else there is to say."""
    yield "microgpt's manner", plain(PlainValue, width, word), 1, ""
    yield "chalkgrad, same source", plain(autograd.Value, width, word), 1, "≥ 2"
    yield "chalkgrad, affine", affine(width, word), 1, ""
    for backend in ("numpy", "native"):
        for words in ([word], [word] * batch):
            name = f"replay, {backend}, batch {len(words)}"
            try:
                step, ready = replayed(width, words, backend)
            except MissingExtraError as error:
                print(f"{name}: left out; {error}")
                break
            yield name, step, len(words), f"≥ 200; ready in {ready:.2f} s"


def main(rounds: int, *, smoke: bool = False) -> int:
    """Compare the losses, and print the table."""
    width, word, batch = (4, "os", 2) if smoke else (16, WORD, 100)
    nodes = len(autograd.topological_order(primitives(autograd.Value, width, word)[0]()))
    print(f"Python {sys.version.split()[0]}, {nodes} nodes of single operations, {rounds} rounds, medians")
    runs = list(contestants(width, word, batch))
    losses = [[step() for _ in range(2)] for _, step, _, _ in runs]
    worst = max(abs(loss - losses[0][k]) for found in losses for k, loss in enumerate(found))
    print(f"the losses of two steps differ by at most {worst:.0e}: {'as they should' if worst < 1e-9 else 'TOO MUCH'}")
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for (_, step, words, _), taken in zip(runs, times):
            gc.collect()
            start = time.process_time()
            count = 0
            while count == 0 or (time.process_time() - start < 0.2 and not smoke):
                step()
                count += 1
            taken.append((time.process_time() - start) / count / words)
    medians = [statistics.median(taken) for taken in times]
    print(f"{'':28}{'ms a word':>12}{'times as fast':>16}   goal")
    for (name, _, _, goal), median in zip(runs, medians):
        print(f"{name:28}{1e3 * median:12.3f}{medians[0] / median:16.1f}   {goal}")
    return 0 if worst < 1e-9 else 1


if __name__ == "__main__":
    sys.setrecursionlimit(1_000_000)  # microgpt's manner is to find the order by recursion
    asked = (sys.argv[1:] or ["5"])[0]
    raise SystemExit(main(1, smoke=True) if asked == "--smoke" else main(int(asked)))
