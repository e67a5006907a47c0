"""Run code that others wrote for their own engine with this one, unchanged, and print the table of docs/peers.md.

    python tests/clients.py FOLDER

FOLDER holds clones of the clients, under any names; none of their code is in this project. A client's tests are run
with this `Value` under the import name of its own. A script or notebook is run twice, with its own `Value` and with
this one, and every number that it prints or leaves in a variable is compared. The exit status is 1 if anything differs
that the list of clients below does not announce. Some clients need PyTorch, NumPy, matplotlib, scikit-learn.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import math
import multiprocessing
import operator
import os
import random
import re
import sys
import tempfile
from itertools import islice
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script, from anywhere

import pytest

import autograd
from autograd.drawing import renderers
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_TURNS = 20  # of a loop at the top level of a script: enough steps for a wrong gradient to show in the loss
MAX_SECONDS = 600  # for one run of a client; the longest take about a minute
TOLERANCE = {"rel_tol": 1e-6, "abs_tol": 1e-9}  # engines add in different orders, and training amplifies the last bits
NAMES = ["anna", "ben", "clara", "dora", "emil", "fritz", "gina", "hugo", "ida", "jan"]  # where a script has no data
NUMBER = re.compile(r"-?(?:\d+\.?\d*(?:e[-+]?\d+)?|nan|inf)\b")


class Value(autograd.Value):
    """A node with room for attributes of the client's own, as an optimizer keeps its memory in `p.m`."""


class Scalar(autograd.Value):
    """A node with the names of minitorch: its derivative, and comparisons, which are nodes with a slope of 0."""

    @property
    def derivative(self) -> Any:
        return self.grad if self.has_grad else None

    def __lt__(self, other: Any) -> Any:
        return ops.above(other, self)

    def __gt__(self, other: Any) -> Any:
        return ops.above(self, other)

    def __eq__(self, other: object) -> Any:
        return 1 - ops.above(self, other) - ops.above(other, self)

    __hash__ = autograd.Value.__hash__


# -- Where the clients look for their engine -------------------------------------------------------


def as_micrograd() -> None:
    """Put this Value in the place of micrograd's."""
    importlib.import_module("micrograd.engine").Value = autograd.Value


def as_minitorch() -> None:
    """Put this engine in the place of minitorch's, of which the course hands out the frame only."""
    package, scalar, floats = map(importlib.import_module, ("minitorch", "minitorch.scalar", "minitorch.operators"))
    for module in (package, scalar):
        module.Scalar, module.central_difference = Scalar, central_difference
    for name, function in MINITORCH.items():
        setattr(floats, name, function)


MINITORCH: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "mul": operator.mul,
    "neg": operator.neg,
    "inv": lambda x: 1 / x,
    "id": float,
    "lt": lambda x, y: float(x < y),
    "eq": lambda x, y: float(x == y),
    "relu": ops.relu,
    "sigmoid": ops.sigmoid,
    "is_close": lambda x, y: abs(x - y) < 1e-2,
}  # on plain floats, with the meanings that its documentation gives them


def central_difference(f: Callable[..., Any], *point: Any, arg: int = 0, epsilon: float = 1e-6) -> Any:
    """Return (f(x + ε) − f(x − ε))/2ε for one of the arguments, which are numbers or nodes."""
    x = point[arg]
    sides = [Scalar(x.data + step) if isinstance(x, Scalar) else x + step for step in (epsilon, -epsilon)]
    above, below = (f(*point[:arg], side, *point[arg + 1 :]) for side in sides)
    return (above - below) / (2 * epsilon)


class Client(NamedTuple):
    """A client: its name, and the file of its clone that is run.

    `install` puts this engine in the place of the one that it imports. Without it the client is a program with a class
    `Value` of its own, and `value` takes its place. A printed line that begins as `differs` may differ; `why` says why.
    """

    name: str
    file: str
    install: Callable[[], None] | None = None
    value: type = autograd.Value
    differs: str = ""
    why: str = ""


CLIENTS = [
    Client("micrograd", "test/test_engine.py", as_micrograd),
    Client("micrograd", "demo.ipynb", as_micrograd),
    Client("micrograd", "trace_graph.ipynb", as_micrograd),
    Client("microgpt", "microgpt.py"),
    Client("EurekaLabs' micrograd", "micrograd.py", None, Value, "found a total of", "a plain number is no node here"),
    Client("the lecture's notebook", "lectures/micrograd/micrograd_lecture_first_half_roughly.ipynb"),
    Client("the lecture's notebook", "lectures/micrograd/micrograd_lecture_second_half_roughly.ipynb"),
    Client("minitorch, Module 1", "tests/test_scalar.py", as_minitorch),
]


# -- Tests ------------------------------------------------------------------------------------------


class Outcomes:
    """A pytest plugin that keeps the tests that pass, and those that fail with a line that says why."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed[report.nodeid] = reason_of(report.longrepr)
        elif report.when == "call":
            self.passed.append(report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.failed[report.nodeid] = reason_of(report.longrepr)


def reason_of(longrepr: Any) -> str:
    """Return the line of a failure that says why."""
    crash = getattr(longrepr, "reprcrash", None)
    lines = (crash.message if crash else str(longrepr)).strip().splitlines()
    return next((line.removeprefix("E").strip() for line in lines if line.startswith("E ")), lines[0])


def run_tests(client: Client, file: Path, *, own: bool) -> Outcomes:
    """Return the outcomes of a client's tests, with its own engine or with this one."""
    if not own:
        client.install()
    outcomes = Outcomes()
    options = ["-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "-W", "ignore"]
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main([*options, "-c", os.devnull, "--rootdir", str(clone_of(client, file)), str(file)], [outcomes])
    return outcomes


def tested(client: Client, file: Path) -> tuple[bool, str]:
    """Return whether all of the tests pass, and how many do; those that fail with its own engine, too, do not count."""
    own, ours = (in_a_process(run_tests, client, file, own=own) for own in (True, False))
    left_out = {test: reason for test, reason in ours.failed.items() if own.failed.get(test) == reason}
    failed = {test: reason for test, reason in ours.failed.items() if test not in left_out}
    parts = [f"{len(ours.passed)} passed"]
    for what, tests in (("failed", failed), ("left out, as with its own engine, too", left_out)):
        reasons = "; ".join(f"{test.rpartition('::')[2] or file.name}: {reason}" for test, reason in tests.items())
        parts += [f"{len(tests)} {what}: {reasons}"] * bool(tests)
    return not failed, ", ".join(parts)


# -- Scripts and notebooks --------------------------------------------------------------------------


def source_of(file: Path) -> str:
    """Return the program of a script, or of a notebook without its magic commands."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return "\n".join(re.sub(r"^[%!].*$", "", "".join(cell["source"]), flags=re.MULTILINE) for cell in cells)


def shortened(source: str, *, without_value: bool) -> ast.Module:
    """Return the program with at most MAX_TURNS of each loop at its top level, and without the class Value if asked."""
    tree = ast.parse(source)
    if without_value:
        tree.body = [part for part in tree.body if not (isinstance(part, ast.ClassDef) and part.name == "Value")]
    for part in tree.body:
        if isinstance(part, ast.For):
            limit = [part.iter, ast.Constant(MAX_TURNS)]
            part.iter = ast.Call(ast.Name("_at_most", ast.Load()), limit, [])
    return ast.fix_missing_locations(tree)


def run_script(client: Client, file: Path, *, own: bool) -> tuple[list[str], dict[str, list[float]], str]:
    """Return the lines that a program prints, the numbers in its variables, and the error that it ends with, if any."""
    names: dict[str, Any] = {"__name__": "__main__", "_at_most": islice}
    replaced = client.install is None and not own
    if replaced:
        names["Value"] = client.value
    elif not own:
        client.install()
    random.seed(1)
    printed, error = io.StringIO(), ""
    program = compile(shortened(source_of(file), without_value=replaced), str(file), "exec")
    with contextlib.redirect_stdout(printed):
        try:
            exec(program, names)  # noqa: S102 -- the clients are programs
        except (Exception, SystemExit) as raised:  # noqa: BLE001 -- whatever the client raises
            error = f"{type(raised).__name__}: {raised}"
    lines = re.split(r"[\r\n]+", printed.getvalue())
    return lines, {name: list(numbers_in(thing)) for name, thing in names.items() if not name.startswith("_")}, error


def numbers_in(thing: Any, depth: int = 4) -> Iterator[float]:
    """Yield the numbers in a variable: those of a node are its data and gradient, those of a model its parameters'."""
    if isinstance(thing, Real):
        yield float(thing)
    elif isinstance(thing, type):
        return
    elif isinstance(getattr(thing, "data", None), Real):
        yield from (float(thing.data), float(thing.grad))
    elif depth and isinstance(thing, (list, tuple, dict)):
        for part in thing.values() if isinstance(thing, dict) else thing:
            yield from numbers_in(part, depth - 1)
    elif hasattr(thing, "parameters"):
        yield from numbers_in(thing.parameters() if callable(thing.parameters) else thing.parameters)


def differences(client: Client, own: Any, ours: Any) -> tuple[int, list[str], list[str]]:
    """Return how many numbers were compared, the differences, and those that the client's entry announces."""
    (lines, variables, error), (our_lines, our_variables, our_error) = own, ours
    count, found, announced = 0, [], []
    for line, other in zip([*lines, error], [*our_lines, our_error], strict=False):
        numbers, others = NUMBER.findall(line), NUMBER.findall(other)
        count += len(numbers)
        if not alike(numbers, others) or NUMBER.sub("#", line) != NUMBER.sub("#", other):
            known = client.differs and line.startswith(client.differs)
            (announced if known else found).append(f"{line.strip()!r}, and with this Value {other.strip()!r}")
    if len(lines) != len(our_lines):
        found.append(f"{len(lines)} lines are printed, and with this Value {len(our_lines)}")
    for name in variables:
        count += len(variables[name])
        if not alike(sorted(variables[name]), sorted(our_variables.get(name, []))):  # a set has no order
            found.append(f"the numbers in {name}")
    return count, found, announced


def alike(one: list[Any], other: list[Any]) -> bool:
    pairs = [(float(a), float(b)) for a, b in zip(one, other)]
    same = all(math.isclose(a, b, **TOLERANCE) or (a != a and b != b) for a, b in pairs)
    return len(one) == len(other) and same


def compared(client: Client, file: Path) -> tuple[bool, str]:
    """Return whether a program does the same with both Values, and a sentence on it."""
    own, ours = (in_a_process(run_script, client, file, own=own) for own in (True, False))
    if own[2] and own[2] == ours[2]:
        return True, f"left out: with its own Value, too, it ends with {own[2]}"
    count, found, announced = differences(client, own, ours)
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return False, f"differs from its own Value: {found[0]}{more}"
    but = f", beside the line “{client.differs} …”: {client.why}" if announced else ""
    return True, f"{count:,} numbers as with its own Value{but}"


# -- The table --------------------------------------------------------------------------------------


def in_a_process(function: Callable[..., Any], client: Client, file: Path, **options: Any) -> Any:
    """Return what the function returns in a process of its own, in an empty folder with the client's data."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply_async(in_a_folder, (function, client, file, options)).get(MAX_SECONDS)


def in_a_folder(function: Callable[..., Any], client: Client, file: Path, options: dict[str, Any]) -> Any:
    os.environ["MPLBACKEND"] = "Agg"
    sys.dont_write_bytecode = True  # nothing is left in the clone
    sys.path.insert(0, str(clone_of(client, file)))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        data, dot = file.parent / "input.txt", renderers.find(renderers.BUNDLED)
        Path("input.txt").write_bytes(data.read_bytes() if data.exists() else "\n".join(NAMES * 20).encode())
        if dot:
            Path("dot").symlink_to(dot)
            os.environ["PATH"] = os.pathsep.join([folder, os.environ["PATH"]])
        try:
            return function(client, file, **options)
        finally:
            os.chdir(Path(__file__).parent)


def clone_of(client: Client, file: Path) -> Path:
    return file.parents[client.file.count("/")]


def main(folder: Path) -> int:
    """Print the table, and return 1 if anything differs."""
    print("| client | file | result |\n|---|---|---|")
    status = 0
    for client in CLIENTS:
        name = client.file.rpartition("/")[2]
        file = next(iter(sorted(folder.resolve().glob(f"*/{client.file}"))), None)
        try:
            fine, result = True, "left out: it is not in the folder"
            if file is not None:
                fine, result = (tested if name.startswith("test_") else compared)(client, file)
        except multiprocessing.TimeoutError:
            fine, result = False, f"it does not end within {MAX_SECONDS} seconds"
        cell = " ".join(result.split()).replace("|", "\\|")
        print(f"| {client.name} | `{name}` | {cell} |", flush=True)
        status |= not fine
    return status


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python tests/clients.py FOLDER, where FOLDER holds the clones")
    sys.exit(main(Path(sys.argv[1])))
