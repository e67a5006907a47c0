"""Every wait of a user, how it grows, and which are long: `python tests/benchmarks/waits.py [words]`.

A wait is processor time, our own and that of the programs that are started; that of a bare Python is taken off where a
command is measured. It is measured at growing sizes until one takes longer than LONG seconds. *Growth* is the exponent
p of the power nᵖ that fits the times of the three largest sizes best; a wait that is short at all sizes has none. It
is flagged at 0.1 s (one notices), 1 s (one waits) and 10 s (one leaves). With words, only waits whose names have one of
them are measured. Nothing here runs in the test suite; `--smoke` runs everything at its smallest size.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from document import columns  # noqa: E402 -- beside this file

from autograd import (  # noqa: E402 -- the checkout, not an installed copy
    ChalkgradError,
    Stepper,
    Value,
    draw,
    explain,
    gradcheck,
    half_squared_error,
    mark,
    page,
    paths,
    paused_gc,
    walkthrough,
    why_topological,
)
from autograd.exercises import exercise  # noqa: E402 -- the same
from autograd.sheet import Sheet  # noqa: E402 -- the same
from nn import MLP  # noqa: E402 -- the same

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = 4.0  # seconds: no larger size after that
MAX_WAIT = 30  # seconds: a wait that is given up
SHORT = 0.02  # seconds: below it, what does not grow with the size is most of a time
FLAGS = ((10, "!!!"), (1, "!!"), (0.1, "!"))
MAX_GROWTH, MAX_SECONDS, MAX_SIZE = 1.3, 2.0, 1000  # the goal: no larger exponent, no longer wait up to this size


# -- What is waited for ---------------------------------------------------------------------------------------


def chain(size: int) -> Value:
    """Operations one after the other."""
    w, y = Value(0.999, "w"), Value(1.0, "y")
    for _ in range(size):
        y = y * w
    return y


def tree(size: int) -> Value:
    """Numbers added in pairs."""
    row = [Value(0.01 * k, f"w{k}" if k else "w") for k in range(max(2, size // 2))]
    while len(row) > 1:
        row = [a + b for a, b in zip(row[::2], row[1::2])] + row[len(row) // 2 * 2 :]
    return row[0]


def network(size: int) -> Value:
    """An MLP whose layers are square."""
    wide = max(1, round(math.sqrt(size / 4)))
    model = MLP(2, [wide, wide, 1], activation="tanh", seed=1)
    E = half_squared_error(model([Value(0.5, "w"), Value(-0.25)]), 0.5)
    E.label = "E"
    return E


def recurrent(size: int) -> Value:
    """A recurrent net, one step after the other with the same three weights."""
    w, u, b, h = Value(0.5, "w"), Value(0.3, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for _ in range(max(1, size // 5)):
        h = (w * h + u * 0.5 + b).tanh()
    return h


def shared(size: int) -> Value:
    """One leaf that every term uses."""
    w = Value(0.5, "w")
    return sum(w * (0.1 * k) for k in range(1, max(2, size // 2)))  # type: ignore[return-value] # not 0


SHAPES = {"chain": chain, "tree": tree, "network": network, "recurrent": recurrent, "shared": shared}


def recurrent_sheet(steps: int) -> str:
    """A recurrent net as a sheet, with a claim for the value of each step."""
    lines, h = ["w = 0.5; u = 0.3; b = 0.1; h0 = 0"], 0.0
    for k in range(1, steps + 1):
        h = math.tanh(0.5 * h + 0.3 * 0.5 + 0.1)
        lines.append(f"h{k} = tanh(w*h{k - 1} + u*0.5 + b) = {h:.5f}")
    return "\n".join([*lines, f"E = (h{steps} - 1)**2 / 2", "loss: E", ""])


def wide_sheet(claims: int, wrong: int = 0) -> str:
    """Products that do not need one another, their sum, and its derivatives; some of the latter are wrong."""
    half = max(1, claims // 2)
    lines = [f"a{k} = 0.{k % 9 + 1}; b{k} = 0.{k % 7 + 1}; p{k} = a{k}*b{k} = ?" for k in range(half)]
    lines = [line.replace("?", f"{(k % 9 + 1) * (k % 7 + 1) / 100:.2f}") for k, line in enumerate(lines)]
    lines.append(f"E = {' + '.join(f'p{k}' for k in range(half))}")
    lines += [f"dE/da{k} = {'a' if k < wrong else 'b'}{k}" for k in range(half)]
    return "\n".join(["loss: E", *lines, ""])


def long_formula(terms: int, *, wrong: bool = False) -> str:
    """One derivative of a long sum, written out; wrong where its last term has another sign."""
    dice = random.Random(1)
    given = "; ".join(f"c{k} = {dice.uniform(0.1, 2):.3f}" for k in range(terms))
    total = " + ".join(f"c{k}*sin(w*{k + 1})" for k in range(terms))
    parts = [f"c{k}*cos(w*{k + 1})*{k + 1}" for k in range(terms)]
    slope = " + ".join(parts[:-1]) + (" - " if wrong else " + ") + parts[-1] if terms > 1 else parts[0]
    return f"w = 0.3; {given}\nE = {total}\ndE/dw = {slope}\n"


def checked(size: int) -> Callable[[], Any]:
    """Gradcheck of a layer with so many weights."""
    wide = max(1, size // 10)

    def f(weights: list[Value]) -> Value:
        hs = [sum(w * 0.1 * k for k, w in enumerate(weights[n * 10 : n * 10 + 10], 1)).tanh() for n in range(wide)]
        return half_squared_error(sum(hs), 0.5)

    return lambda: gradcheck(f, [0.01 * (k % 10) for k in range(wide * 10)])


def stepped(size: int) -> Any:
    """A stepper at the end of a long graph, and back by one step."""
    with paused_gc():
        stepper = Stepper(chain(size))
    return str(stepper.goto(size // 2).back())


def of_graph(view: Callable[[Value], Any], make: Callable[[int], Value], size: int) -> Callable[[], Any]:
    """A view of a graph that is there already."""
    E = make(size)
    return lambda: view(E)


class Wait(NamedTuple):
    """What is waited for, what makes the job of a size, the sizes, and whether the goal leaves it out."""

    name: str
    job: Callable[[int], Callable[[], Any]]
    sizes: tuple[int, ...]
    apart: str = ""


def waits() -> list[Wait]:
    """Return all that grows with a size."""
    upto, claims = (10, 30, 100, 300, 1000), (10, 100, 300, 1000)
    found = [
        Wait(f"draw, {name}", partial(of_graph, lambda y: draw(y).svg, make), upto) for name, make in SHAPES.items()
    ]
    views: dict[str, Callable[[Value], Any]] = {
        "explain": lambda y: str(explain(y, "w")),
        "paths": lambda y: str(paths(y, "w", k=5)),
        "why_topological": lambda y: repr(why_topological(y)),
        "page": lambda y: str(page(y)),
    }
    for name, view in views.items():
        shapes = ("chain", "network", "recurrent")
        found += [Wait(f"{name}, {shape}", partial(of_graph, view, SHAPES[shape]), upto) for shape in shapes]
    found += [
        Wait("walkthrough, network", partial(of_graph, lambda y: str(walkthrough(y)), network), upto),
        Wait("page of a recurrent sheet", lambda n: partial(page_of_sheet, recurrent_sheet(n)), (10, 25, 75)),
        Wait("gradcheck", checked, (10, 100, 300, 1000), "measures every parameter twice"),
        Wait("Stepper, chain", lambda n: partial(stepped, n), (1000, 10_000, 100_000)),
        Wait("mark, recurrent sheet", lambda n: partial(mark, recurrent_sheet(n)), claims),
        Wait("mark, wide sheet", lambda n: partial(mark, wide_sheet(n)), claims),
        Wait("mark, long formula", lambda n: partial(mark, long_formula(n)), (1, 3, 10, 30, 100)),
        Wait("mark, one wrong in a wide sheet", lambda n: diagnosed(wide_sheet(n, 1)), claims, "diagnoses"),
        Wait("mark, wide sheet, half wrong", lambda n: diagnosed(wide_sheet(n, n // 2)), claims, "diagnoses"),
        Wait("mark, wrong long formula", lambda n: diagnosed(long_formula(n, wrong=True)), (1, 3, 10, 30), "diagnoses"),
        Wait("exercise, square layers", lambda n: lambda: exercise([n, n, n], 1).sheet, (2, 4, 8)),
    ]
    return found


def page_of_sheet(text: str) -> str:
    """The page of a sheet."""
    return str(page(Sheet.parse(text).graph()))


def diagnosed(text: str) -> Callable[[], str]:
    """Marking, with its reasons."""
    return lambda: str(mark(text))


SMALL = """x = 0.05;  w = 0.15;  v = 0.40;  t = 0.01
net = w*x                = 0.0075
h   = sigmoid(net)       = 0.50187
o   = v*h                = 0.20075
E   = (t - o)**2 / 2     = 0.018193
dE/do = o - t            = 0.19075
dE/dw = dE/do * v * h*(1 - h) * x = 0.00095
"""
COMMANDS = {
    "--help": "",
    "mark": "{sheet}",
    "paths": "{sheet} {leaf}",
    "step": "{sheet}",
    "draw": "{sheet} -o {folder}/drawn.svg",
    "page": "{sheet} -o {folder}/page.html",
    "check": "{sheet} E=0.3",
    "gradcheck": "{sheet}",
    "blank": "{sheet}",
    "exercise": "",
}


# -- Measuring ------------------------------------------------------------------------------------------------


def cpu() -> float:
    """The processor time of this process and of those that it has waited for."""
    found = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


def seconds(job: Callable[[], Any]) -> float:
    """How long a job takes; infinite if it is given up."""

    def give_up(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, MAX_WAIT)
    start = cpu()
    try:
        job()
    except TimeoutError:
        return math.inf
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return cpu() - start


def growth(times: dict[int, float]) -> float | None:
    """The exponent of the power that fits the longer of the times of the three largest sizes, by least squares."""
    points = [(math.log(n), math.log(t)) for n, t in sorted(times.items())[-3:] if SHORT < t < math.inf]
    if len(points) < 2:
        return None
    x, y = (sum(side) / len(points) for side in zip(*points))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def flag(t: float) -> str:
    """The flag of a time."""
    return next((sign for least, sign in FLAGS if t >= least), "")


def growing(words: list[str], *, smoke: bool) -> list[list[str]]:
    """A line for each wait that grows: its times, its exponent, its flag, and whether it misses the goal."""
    lines = [["wait", "seconds at each size", "growth", "flag", "goal"]]
    for name, make, sizes, apart in waits():
        if words and not any(word in name for word in words):
            continue
        times: dict[int, float] = {}
        refused = ""
        for size in sizes[:1] if smoke else sizes:
            try:
                times[size] = seconds(make(size))
            except ChalkgradError as error:  # such as a picture that is too large
                refused = f", {size:,}: {type(error).__name__}"
                break
            if times[size] > LONG:
                break
        power, longest = growth(times), max(t for n, t in times.items() if n <= MAX_SIZE or n == min(times))
        missed = (power or 0) > MAX_GROWTH or longest > MAX_SECONDS
        goal = f"apart: {apart}" if apart else "MISSED" if missed else "refused" if refused else "met"
        shown = ", ".join(f"{n:,}: {t:.3g}" for n, t in times.items()) + refused
        lines.append([name, shown, "" if power is None else f"{power:.2f}", flag(max(times.values())), goal])
        print(*lines[-1], sep="  ", file=sys.stderr, flush=True)
    return lines


def commands(words: list[str], rounds: int) -> list[list[str]]:
    """A line for each command, on a small sheet and on that of seed 003, and for the imports: ms of our own."""
    lines = [["command, ms of our own", "small sheet", "seed 003's sheet", "goal"]]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)

    def taken(*arguments: str) -> float:
        found = []
        for _ in range(rounds + 1):  # the first may have to compile what is imported
            start = cpu()
            subprocess.run(
                [sys.executable, *arguments],
                env=environment,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            found.append(cpu() - start)
        return 1e3 * statistics.median(found[1:])

    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder  # as where it is installed, all is compiled
        small, large = Path(folder) / "small.sheet", ROOT / "demos/sheets/003_walkthrough.sheet"
        small.write_text(SMALL, "utf-8")
        bare = taken("-c", "pass")
        own = taken("-c", "import autograd") - bare
        lines.append(["import autograd", f"{own:.0f}", "", "met" if own <= 25 else "MISSED"])
        for word, rest in COMMANDS.items():
            if words and word not in words:
                continue
            times = []
            for sheet, leaf in ((small, "w"), (large, "w1")):
                arguments = rest.format(sheet=sheet, leaf=leaf, folder=folder).split()
                program = "from autograd.cli.main import main; raise SystemExit(main())"
                times.append(taken("-c", program, word, *arguments) - bare)
                if not rest:
                    break
            goal = "met" if times[0] <= 50 else "MISSED"
            lines.append([word, f"{times[0]:.0f}", f"{times[1]:.0f}" if rest else "", goal])
    return lines


def main() -> None:
    """Print the tables."""
    reader = argparse.ArgumentParser(description="Every wait of a user.")
    reader.add_argument("words", nargs="*", help="only waits whose names have one of these words")
    reader.add_argument("--smoke", action="store_true", help="everything once, at its smallest size")
    asked = reader.parse_args()
    print(f"Python {sys.version.split()[0]}, processor time, the collector on\n")
    print("\n".join(columns(commands(asked.words, 1 if asked.smoke else 5))), "\n", flush=True)
    print("\n".join(columns(growing(asked.words, smoke=asked.smoke))))


if __name__ == "__main__":
    main()
