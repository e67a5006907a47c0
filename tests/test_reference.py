"""The engine gives the numbers of the one-page reference, to the last bit, with its fast operators and without."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from strategies import some

import autograd
from autograd.engine import fast, reference
from autograd.errors import DomainError
from autograd.table import ops
from autograd.table.ops import TABLE, VARIADIC

ROOT = Path(__file__).parents[1]
GRAPHS = some(10_000)
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.25, 1e-3, 7.0, -0.75]


def recipe(dice):
    """Return a random graph: the numbers of its leaves, then an op and its operands a line, ("node", k) or a number."""
    leaves = [dice.choice([*NUMBERS, dice.uniform(-3, 3)]) for _ in range(dice.randint(1, 4))]
    lines = []
    for k in range(dice.randint(1, 12)):
        op = dice.choice(list(TABLE.values()))
        count = op.arity if op.arity != VARIADIC else 2 * dice.randint(1, 3) + (op is ops.huber)  # its last is δ
        operands = [
            dice.choice(NUMBERS) if dice.random() < 0.15 else ("node", dice.randrange(len(leaves) + k))
            for _ in range(count)
        ]
        if op.name == "mean":  # its last argument is how many there are
            operands[-1] = len(operands) - 1
        if not any(isinstance(operand, tuple) for operand in operands):
            operands[0] = ("node", dice.randrange(len(leaves) + k))
        lines.append((op, operands))
    return leaves, lines


def built(kind, leaves, lines):
    """Return the nodes of a recipe with a class of values: a line that is not defined there gives a leaf of 0.5."""
    nodes = [kind(number) for number in leaves]
    for op, operands in lines:
        args = [nodes[operand[1]] if isinstance(operand, tuple) else operand for operand in operands]
        try:
            nodes.append(op(*args))
        except (ArithmeticError, ValueError):
            nodes.append(kind(0.5))
    return nodes


def bits(number):
    return number.hex() if isinstance(number, float) else repr(number)


def edges(node):
    return node.edges() if callable(node.edges) else node.edges


def everything(kind, leaves, lines):
    """Return what a graph is and what two backward passes give, in bits; or that it has no derivative somewhere."""
    nodes = built(kind, leaves, lines)
    place = {node: k for k, node in enumerate(nodes)}
    order = nodes[-1]._order() if hasattr(nodes[-1], "_order") else reference.topological_order(nodes[-1])
    told = [[place[node] for node in order]]
    told += [[(bits(node.data), [(place[p], bits(local)) for p, local in edges(node)]) for node in nodes]]
    for _ in range(2):
        nodes[-1].backward()
        told.append([bits(node.grad) for node in order])
    return told


@contextmanager
def plain_operators():
    fast.remove()
    try:
        yield
    finally:
        fast.install()


def defined_everywhere(leaves, lines):
    """Return whether every operation and local derivative of a recipe is defined: the reference knows no others."""
    try:
        nodes = [reference.Value(number) for number in leaves]
        for op, operands in lines:
            nodes.append(op(*[nodes[operand[1]] if isinstance(operand, tuple) else operand for operand in operands]))
    except (ArithmeticError, ValueError):
        return False
    return True


def recipes(seed, count):
    dice = Random(seed)
    while count:
        leaves, lines = recipe(dice)
        if defined_everywhere(leaves, lines):
            count -= 1
            yield leaves, lines


def test_the_reference_is_one_page_and_imports_only_the_table():
    lines = Path(reference.__file__).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    imported = {line.split()[1] for line in lines if line.lstrip().startswith(("from ", "import "))}
    assert {module for module in imported if module.startswith("autograd")} == {
        "autograd.table.operators",
        "autograd.table.ops",
    }


def test_random_graphs_agree_with_the_reference_bit_for_bit():
    used = set()
    for leaves, lines in recipes(1, GRAPHS):
        used.update(op for op, _ in lines)
        assert everything(autograd.Value, leaves, lines) == everything(reference.Value, leaves, lines), (leaves, lines)
    assert used == set(TABLE.values())


def test_so_they_do_with_the_plain_operators():
    with plain_operators():
        for leaves, lines in recipes(2, GRAPHS // 10):
            assert everything(autograd.Value, leaves, lines) == everything(reference.Value, leaves, lines)


def test_a_planted_mistake_in_the_backward_pass_is_seen(monkeypatch):
    def lost(output):  # the second use of a node replaces the first
        order = output._order()
        for node in order:
            node.grad = 0.0
        output.grad = 1.0
        for node in reversed(order):
            for parent, local in node.edges():
                parent.grad = node.grad * local

    monkeypatch.setattr(autograd.Value, "_pass", lost)
    assert any(
        everything(autograd.Value, leaves, lines) != everything(reference.Value, leaves, lines)
        for leaves, lines in recipes(3, 50)
    )


def test_a_wrong_local_derivative_of_a_fast_operator_is_seen(monkeypatch):
    fast_multiply = autograd.Value.__mul__

    def swapped(self, other):
        node = fast_multiply(self, other)
        node._da, node._db = node._db, node._da
        return node

    monkeypatch.setattr(autograd.Value, "__mul__", swapped)
    x, y = autograd.Value(2.0), autograd.Value(5.0)
    assert (x * y).locals != ops.mul(reference.Value(2.0), reference.Value(5.0)).edges


# -- The fast operators may be deleted ----------------------------------------------------------------

ENGINE_TESTS = ["test_value.py", "test_steps.py", "test_higher.py", "test_micrograd.py", "test_functions.py"]


@pytest.fixture(scope="module")
def without_fast(tmp_path_factory):
    """A copy of the project in which the fast operators are deleted."""
    folder = tmp_path_factory.mktemp("plain")
    for name in ("autograd", "nn", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "benchmarks"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("fast.py", "fast_pass.py"):
        (folder / "autograd" / "engine" / name).unlink()
    return folder


def run(folder, *arguments):
    environment = {**os.environ, "EXAMPLES": "few"}
    environment.pop("PYTHONPYCACHEPREFIX", None)  # what is compiled of the copy goes with it
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=600, check=False
    )


def test_the_engine_passes_its_tests_with_the_fast_operators_deleted(without_fast):
    tests = [f"tests/{name}" for name in ENGINE_TESTS]
    ran = run(without_fast, "-m", "pytest", "-p", "no:cacheprovider", *tests)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert " passed" in ran.stdout


def test_the_engine_gives_the_same_answers_with_them_deleted(without_fast):
    program = (
        "import sys; sys.path.insert(0, 'tests'); import importlib.util as u; "
        "assert u.find_spec('autograd.engine.fast') is None; "
        "from autograd import Value, grad; x = Value(3.0); y = x**3; y.backward(); y.backward(); "
        "print(x.grad, grad(grad(y, x), x).data, Value.__mul__.__module__)"
    )
    ran = run(without_fast, "-c", program)
    assert ran.stdout.split() == ["54.0", "18.0", "autograd.table.operators"], ran.stderr


@pytest.mark.parametrize("method", ["__add__", "__rmul__", "tanh", "__neg__"])
def test_a_fast_operator_says_what_it_is(method):
    function = getattr(autograd.Value, method)
    assert function.__module__ == "autograd.engine.fast"
    assert function.__qualname__ == f"Value.{method}"
    assert function.__doc__ == getattr(reference.Value, method).__doc__


def test_an_operation_that_is_not_defined_is_named_by_the_engine():
    with pytest.raises(DomainError, match=r"log of p = −0\.5"):
        autograd.Value(-0.5, "p").log()
