"""How fast one training step is: `python tests/benchmarks/replay.py [rounds] [--smoke] [--markdown FILE]`.

The same step, over a batch of 100 rows, by everybody: arrays by hand, other people's compilers, a graph recorded once
and replayed, and C written for this network and no other. (`eager.py` has the engines that record each pass anew.)
All of them
start from the same parameters, and nobody is timed whose loss or gradient is not everybody's.
The competitors run in turn in one process, because the machine drifts; the figures are medians, and what
counts are the ratios. Who is not installed is left out, by name. Nothing here runs in the test suite.

W5  MLP(2, [16, 16, 1]), relu, max-margin loss and L2 of all parameters
W6  MLP(64, [64, 10]), relu, softmax cross-entropy
W7  attention: the graph of a word in demos/gpt.py, in single + and *, 8 words a batch
"""

from __future__ import annotations

import argparse
import ctypes
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from document import columns, number, put_figures

import nn
from autograd import Value, affine, expand, record, topological_order, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
TURN = 0.02  # seconds that a competitor has in each round


@dataclass
class Workload:
    """A network, its loss for a row, and a batch."""

    name: str
    what: str
    model: Any
    inputs: int
    rows: Any
    penalty: float

    @property
    def theta(self) -> Any:
        """The parameters as nn lists them."""
        return np.array([p.data for p in self.model.parameters()])

    def loss(self, row: list[Any]) -> Value:
        """The loss of one row of Values, without the penalty."""
        outputs = self.model(row[: self.inputs])
        targets = row[self.inputs :]
        if len(targets) == 1:
            return (1 - targets[0] * outputs).relu()
        return total([z.exp() for z in outputs]).log() - affine(targets, outputs)

    def penalised(self, loss: Value) -> Value:
        """The loss with the L2 of all parameters, where there is one."""
        return loss + self.penalty * sum(p * p for p in self.model.parameters()) if self.penalty else loss

    def layers(self, theta: Any) -> Iterator[tuple[Any, Any]]:
        """Weights and biases of each layer, as arrays cut out of one."""
        start = 0
        for layer in self.model.layers:
            high, wide = len(layer.neurons), len(layer.neurons[0].w) + 1
            both = theta[start : start + high * wide].reshape(high, wide)
            start += high * wide
            yield both[:, :-1], both[:, -1]


def w5(count: int = 100) -> Workload:
    """Two half circles, as micrograd's demo has them."""
    dice = random.Random(1)
    rows = []
    for _ in range(count):
        side = dice.choice([-1, 1])
        u, v = dice.gauss(0, 1), abs(dice.gauss(0, 1))
        rows.append([u + 0.5 * side, side * v - 0.25 * side, float(side)])
    return Workload(
        "W5", "MLP(2, [16, 16, 1]), max-margin + L2", nn.MLP(2, [16, 16, 1], seed=1), 2, np.array(rows), 1e-4
    )


def w6(count: int = 100) -> Workload:
    """Ten kinds of pictures of 8 × 8 dots, at random."""
    dice = np.random.default_rng(1)
    rows = np.hstack([dice.normal(size=(count, 64)) / 4, np.eye(10)[dice.integers(0, 10, count)]])
    return Workload("W6", "MLP(64, [64, 10]), softmax cross-entropy", nn.MLP(64, [64, 10], seed=1), 64, rows, 0.0)


# -- The competitors: each a function of the workload that gives its step, or None where it has none -----------


def by_numpy(load: Workload) -> Any:
    """NumPy by hand: whole matrices, the derivatives worked out on paper."""
    theta, inputs = load.theta, load.inputs
    layers = list(load.layers(theta))
    x, t = np.ascontiguousarray(load.rows[:, :inputs]), np.ascontiguousarray(load.rows[:, inputs:])
    n = len(x)

    def step() -> tuple[float, Any]:
        gradient = np.empty_like(theta)
        activations = [x]
        for place, (w, b) in enumerate(layers):
            z = activations[-1] @ w.T + b
            activations.append(np.maximum(z, 0.0) if place < len(layers) - 1 else z)
        outputs = activations.pop()
        if load.name == "W5":
            margin = 1 - t * outputs
            loss = np.maximum(margin, 0.0).sum() / n + load.penalty * (theta @ theta)
            upstream = np.where(margin > 0, -t, 0.0) / n
        else:
            largest = outputs.max(axis=1, keepdims=True)
            powers = np.exp(outputs - largest)
            sums = powers.sum(axis=1, keepdims=True)
            loss = (largest + np.log(sums)).sum() / n - (t * outputs).sum() / n
            upstream = (powers / sums - t) / n
        parts = list(load.layers(gradient))
        for (w, _), (dw, db), h in zip(layers[::-1], parts[::-1], activations[::-1]):
            np.matmul(upstream.T, h, out=dw)
            db[:] = upstream.sum(axis=0)
            if h is not x:
                upstream = np.where(h > 0, upstream @ w, 0.0)
        if load.penalty:
            gradient += 2 * load.penalty * theta
        return float(loss), gradient

    return step


def by_c(load: Workload) -> Any:
    """C by hand, register-blocked, compiled here and now for this processor."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise ModuleNotFoundError("a C compiler")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "by_hand.so"
        flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, str(HERE / "by_hand.c"), "-o", str(library), "-lm"], check=True)
        function = getattr(ctypes.CDLL(str(library)), load.name.lower())
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_int, *[ctypes.c_void_p] * 3]
    theta, rows, gradient = load.theta, load.rows.copy(), np.empty(len(load.theta))
    places = [ctypes.c_void_p(array.ctypes.data) for array in (theta, rows, gradient)]
    count = ctypes.c_int(len(rows))

    def step(_keep: Any = (theta, rows)) -> tuple[float, Any]:
        return function(count, *places), gradient

    return step


def by_jax(load: Workload) -> Any:
    """JAX: jit of value_and_grad, one call a step."""
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 -- JAX's own
    jnp, n = import_module("jax.numpy"), len(load.rows)

    def loss(theta: Any, rows: Any) -> Any:
        h, t = rows[:, : load.inputs], rows[:, load.inputs :]
        layers = list(load.layers(theta))
        for place, (w, b) in enumerate(layers):
            h = h @ w.T + b
            h = jnp.maximum(h, 0.0) if place < len(layers) - 1 else h
        if load.name == "W5":
            return jnp.maximum(1 - t * h, 0.0).sum() / n + load.penalty * (theta @ theta)
        return (jax.nn.logsumexp(h, axis=1) - (t * h).sum(axis=1)).sum() / n

    function = jax.jit(jax.value_and_grad(loss))
    theta, rows = jnp.array(load.theta), jnp.array(load.rows)

    def step() -> tuple[float, Any]:
        found, gradient = jax.block_until_ready(function(theta, rows))
        return found, gradient

    return step


def by_torch(load: Workload) -> Any:
    """PyTorch, eager, on whole tensors."""
    torch = import_module("torch")
    torch.set_num_threads(1)
    theta = torch.tensor(load.theta, requires_grad=True)
    x, t = torch.tensor(load.rows[:, : load.inputs]), torch.tensor(load.rows[:, load.inputs :])

    def step() -> tuple[float, Any]:
        theta.grad, h = None, x
        layers = list(load.layers(theta))
        for place, (w, b) in enumerate(layers):
            h = torch.addmm(b, h, w.T)
            h = torch.relu(h) if place < len(layers) - 1 else h
        if load.name == "W5":
            loss = torch.relu(1 - t * h).sum() / len(x) + load.penalty * (theta @ theta)
        else:
            loss = (torch.logsumexp(h, dim=1) - (t * h).sum(dim=1)).sum() / len(x)
        loss.backward()
        return loss.item(), theta.grad.numpy()

    return step


def recorded(load: Workload, backend: str) -> Any:
    """The graph of one row, recorded; and where each parameter of nn stands among those of the step."""
    leaves = [Value(float(v)) for v in load.rows[0]]
    step = record(load.penalised(load.loss(leaves)), leaves, backend=backend)
    places = {p: n for n, p in enumerate(step.parameters)}
    return step, np.array([places[p] for p in load.model.parameters()])


def by_replay(load: Workload, backend: str) -> Any:
    """This engine, replayed: the parameters are read from their Values, the gradients put back into them."""
    step, _ = recorded(load, backend)
    parameters = load.model.parameters()
    return (lambda: (step(load.rows), None)), (lambda: np.array([p.grad for p in parameters]))


def by_replay_held(load: Workload, backend: str) -> Any:
    """The same with the parameters held in one array."""
    step, order = recorded(load, backend)
    step.hold()
    return (lambda: (step(load.rows), None)), (lambda: step.gradient[order])


def by_backend(load: Workload) -> Any:
    """The native backend alone: what the step above adds is the checking of what it was given."""
    step, order = recorded(load, "numpy")
    backend = import_module("autograd.replay.native.backend").NativeBackend(step.program)
    theta, weight = backend.hold(step.theta), 1 / len(load.rows)

    def run() -> tuple[float, Any]:
        total, gradient = backend.step(theta, load.rows, weight)
        return total * weight, gradient

    return (lambda: (run()[0], None)), (lambda: run()[1][order])


COMPETITORS: dict[str, tuple[Callable[..., Any], str | None]] = {
    "PyTorch, tensors": (by_torch, "torch"),
    "NumPy by hand": (by_numpy, None),
    "jax.jit, per call": (by_jax, "jax"),
    "replay on NumPy": (lambda load: by_replay(load, "numpy"), None),
    "replay on NumPy, held": (lambda load: by_replay_held(load, "numpy"), None),
    "replay, native": (lambda load: by_replay(load, "native"), "llvmlite"),
    "replay, native, held": (lambda load: by_replay_held(load, "native"), "llvmlite"),
    "its backend alone": (by_backend, "llvmlite"),
    "C by hand, register-blocked": (by_c, None),
}


# -- Timing -----------------------------------------------------------------------------------------------


def entered(load: Workload, missing: list[str]) -> dict[str, Callable[[], Any]]:
    """The competitors that can run here and agree on the loss and the gradient."""
    steps: dict[str, Callable[[], Any]] = {}
    expected: Any = None
    by_hand = by_numpy(load)()
    for name, (make, package) in COMPETITORS.items():
        if package is not None and find_spec(package) is None:
            missing.append(f"{name} ({package} is not installed)")
            continue
        try:
            made = make(load)
        except ModuleNotFoundError as error:
            missing.append(f"{name} ({error} is not installed)")
            continue
        if made is None:
            continue
        step, after = made if isinstance(made, tuple) else (made, None)
        loss, gradient = step()
        gradient = after() if after else gradient
        expected = by_hand
        if not (np.isclose(loss, expected[0], rtol=1e-9) and np.allclose(gradient, expected[1], rtol=1e-9, atol=1e-12)):
            raise ArithmeticError(
                f"{load.name}: {name} disagrees with NumPy by hand: the loss is {loss}, not {expected[0]}"
            )
        steps[name] = step
    return steps


def seconds(step: Callable[[], Any], times: int) -> float:
    """The mean time of so many steps."""
    start = time.perf_counter()
    for _ in range(times):
        step()
    return (time.perf_counter() - start) / times


def medians(steps: dict[str, Callable[[], Any]], rounds: int, turn: float) -> dict[str, float]:
    """The median time of each in µs, run in turn."""
    times = {name: max(1, int(turn / max(seconds(step, 1), 1e-7))) for name, step in steps.items()}
    times = {name: max(1, int(turn / seconds(step, min(times[name], 20)))) for name, step in steps.items()}
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            if times[name] > 1 or len(taken[name]) < max(3, rounds // 4):  # the slow have fewer turns
                taken[name].append(seconds(step, times[name]))
    return {name: 1e6 * statistics.median(found) for name, found in taken.items()}


def steps_table(count: int, rounds: int, turn: float, missing: list[str]) -> list[str]:
    """W5 and W6: everybody's time, and how many times that of C it is."""
    loads = [w5(count), w6(count)]
    found = [medians(entered(load, missing), rounds, turn) for load in loads]
    c = "C by hand, register-blocked"
    lines = [["one training step"] + [text for load in loads for text in (f"{load.name} µs", "× C")]]
    for name in COMPETITORS:
        if any(name in times for times in found):
            lines.append([name])
            for times in found:
                there = name in times
                lines[-1] += [
                    number(times[name]) if there else "–",
                    number(times[name] / times[c]) if there and c in times else "–",
                ]
    return columns(lines)


def attention(room: int) -> tuple[Value, list[Value], Any]:
    """The graph of a word of `room` characters in demos/gpt.py, in single operations, and a batch of 8 words."""
    sys.path.insert(0, str(HERE.parents[1] / "demos"))
    gpt = import_module("gpt")
    gpt.LONGEST = room
    words = [word for word in gpt.standard_library() if len(word) <= room]
    alphabet = gpt.Alphabet(words)
    model = gpt.GPT(len(alphabet), random.Random(1))
    leaves = [[Value(0.0) for _ in alphabet.characters] for _ in range(room + 2)]
    for leaf in leaves:
        leaf[1].data = 1.0
    share = Value(0.1)
    rows = np.zeros((8, (room + 2) * len(alphabet) + 1))
    rows[:, -1] = 0.1
    for row, word in zip(rows, words):
        for place, token in enumerate(alphabet.tokens(word)):
            row[place * len(alphabet) + token] = 1.0
    return expand(gpt.word_loss(model, leaves, share)), [*chain(*leaves), share], rows


def attention_table(rooms: list[int], rounds: int, missing: list[str]) -> list[str]:
    """W7: how long until a graph can be replayed, and how long a step takes."""
    lines = [
        [
            "W7",
            "nodes",
            "instructions",
            "ready s",
            "of it native",
            "step µs",
            "held µs",
            "eager ms a word",
            "eager × 8 / held",
        ]
    ]
    for backend in ("numpy", "native"):
        if backend == "native" and find_spec("llvmlite") is None:
            missing.append("W7, native (llvmlite is not installed)")
            continue
        for room in rooms:
            loss, leaves, rows = attention(room)
            nodes = sum(node.op is not None for node in topological_order(loss))
            start = time.perf_counter()
            step = record(loss, leaves, "sum", backend=backend)
            ready = time.perf_counter() - start
            share = "–"
            if backend == "native":
                native = import_module("autograd.replay.native.backend").NativeBackend
                start = time.perf_counter()
                native(step.program)
                share = number(time.perf_counter() - start)
            step(rows)
            free = statistics.median(seconds(lambda: step(rows), 3) for _ in range(rounds))  # noqa: B023 -- run here
            step.hold()
            held = statistics.median(seconds(lambda: step(rows), 3) for _ in range(rounds))  # noqa: B023 -- the same
            start = time.perf_counter()
            eager = expand(loss)
            eager.backward()
            passes = time.perf_counter() - start
            lines.append([
                backend, f"{nodes:,}", str(len(step.program.instructions)), number(ready), share,
                number(1e6 * free), number(1e6 * held), number(1e3 * passes), number(8 * passes / held),
            ])  # fmt: skip
    return columns(lines)


RECORD_W5 = "import replay; load = replay.w5(); from autograd import record; "
NUMBA = """import numpy as np, numba
@numba.njit(fastmath=True)
def product(w, x, z):
    for j in range(len(w)):
        for k in range(len(x)):
            for r in range(x.shape[1]):
                z[j, r] += w[j, k] * x[k, r]
product(np.ones((2, 2)), np.ones((2, 8)), np.ones((2, 8)))"""

# What it is that takes time; the package it needs; what is done before the clock starts; and what is measured.
ONCE = [
    ("import llvmlite, compile all kernels of W5", "llvmlite", RECORD_W5, "replay.recorded(load, 'native')"),
    (
        "W5 again: its kernels are there",
        "llvmlite",
        RECORD_W5 + "replay.recorded(load, 'native')",
        "replay.recorded(load, 'native')",
    ),
    ("for comparison: import Numba, compile one plain matrix product", "numba", "", NUMBA),
]


def compiling() -> list[str]:
    """What compiling costs, once a process."""
    lines = [["once a process", "seconds"]]
    for what, package, before, measured in ONCE:
        if find_spec(package) is not None:
            source = f"import sys; sys.path[:0] = {[str(HERE), str(HERE.parents[1])]!r}\n{before}\nimport time\n"
            source += f"start = time.perf_counter()\n{measured}\nprint(time.perf_counter() - start)"
            runs = [
                subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True)
                for _ in range(3)
            ]
            lines.append([what, number(statistics.median(float(run.stdout) for run in runs))])
    return columns(lines) if len(lines) > 1 else []


def versions() -> str:
    """Where and with what it was measured."""
    known = [name for name in ("numpy", "llvmlite", "jax", "torch", "micrograd") if find_spec(name) is not None]
    packages = [f"{name} {getattr(import_module(name), '__version__', '')}".strip() for name in known]
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [
            line.partition(":")[2].strip() for line in information.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return f"{model}, Python {platform.python_version()}, {', '.join(packages)}; {time.strftime('%Y-%m-%d')}"


def main(arguments: list[str]) -> None:
    """Print the tables, or write the document."""
    reader = argparse.ArgumentParser(description="How fast a replayed training step is.")
    reader.add_argument("rounds", nargs="?", type=int, default=15)
    reader.add_argument("--smoke", action="store_true", help="run everything once, tiny, for its own sake")
    reader.add_argument("--markdown", metavar="FILE", help="put the tables into this document, between its marks")
    asked = reader.parse_args(arguments)
    count, rounds, turn, rooms = (3, 1, 1e-4, [2]) if asked.smoke else (100, asked.rounds, TURN, [3, 7, 15])
    missing: list[str] = []
    parts = [
        [f"{versions()}; {rounds} rounds, medians."],
        steps_table(count, rounds, turn, missing),
        attention_table(rooms, rounds, missing),
        [] if asked.smoke else compiling(),
        ["Left out: " + ", ".join(dict.fromkeys(missing)) + "."] if missing else [],
    ]
    text = "\n\n".join("\n".join(part) for part in parts if part)
    print(text)
    if asked.markdown:
        put_figures(Path(asked.markdown), text, BEGIN, END)


BEGIN, END = (
    "<!-- figures: python tests/benchmarks/replay.py --markdown docs/benchmarks.md -->",
    "<!-- end of figures -->",
)


if __name__ == "__main__":
    sys.setrecursionlimit(1_000_000)  # micrograd walks its graph by recursion
    threading.stack_size(512 * 1024 * 1024)
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(main(sys.argv[1:]) is None))
    thread.start()
    thread.join()
    sys.exit(not done)
