"""The command that runs other people's code on this engine, tried on clients written for it, with planted failures.

The real clients are run where the environment variable CHALKGRAD_CLIENTS names the folder with their clones.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "docs" / "peers.md"

ENGINE = """
    class Value:
        def __init__(self, data, parents=(), slopes=()):
            self.data, self.grad, self.parents, self.slopes = data, 0, parents, slopes

        def __mul__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            return Value(self.data * other.data, (self, other), (other.data, self.data))

        def backward(self, upstream=1):
            self.grad += upstream
            for parent, slope in zip(self.parents, self.slopes):
                parent.backward(upstream * slope)
"""

TESTS = """
    from micrograd.engine import Value

    def squared():
        x = Value(3.0)
        (x * x).backward()
        return x.grad

    def test_right():
        assert squared() == 6

    def test_planted():
        assert Value.__module__ == "micrograd.engine", "a planted | failure"

    def test_with_a_package_that_is_not_there():
        import no_such_package
"""

PROGRAM = """
    w = Value(0.5)
    for step in range(10**12):
        E = w * w * 3
        E.backward()
        w.data, w.grad = w.data - 0.1 * w.grad, 0
        print(f"step {step} loss {E.data:.6f}")
"""

# A program that keeps attributes on its nodes, and prints how many there are.
ROOM = """
    x = Value(2.0)
    x.m = 7.0
    y = x * 3.0
    print("found a total of", 1 + sum(isinstance(p, Value) for p in y.parents), "nodes")
    print(y.data, x.m)
"""


def write(path, *parts):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(map(dedent, parts)))


def run(folder):
    """The exit status of the command, and its rows by the file that was run."""
    command = [sys.executable, str(ROOT / "tests" / "clients.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    head, line, *rows = done.stdout.splitlines()
    assert (head, line, done.stderr) == ("| client | file | result |", "|---|---|---|", "")
    return done.returncode, {row.split(" | ")[1].strip("`"): row.split(" | ", 2)[2].removesuffix(" |") for row in rows}


def test_the_tests_of_a_client_are_counted_and_a_failure_is_named_with_its_reason(tmp_path):
    clone = tmp_path / "any name"
    write(clone / "micrograd" / "__init__.py")
    write(clone / "micrograd" / "engine.py", ENGINE)
    write(clone / "test" / "test_engine.py", TESTS)
    status, rows = run(tmp_path)
    assert status == 1
    assert rows["test_engine.py"] == (
        r"1 passed, 1 failed: test_planted: AssertionError: a planted \| failure, "
        "1 left out, as with its own engine, too: "
        "test_with_a_package_that_is_not_there: ModuleNotFoundError: No module named 'no_such_package'"
    )
    assert rows["demo.ipynb"] == "left out: it is not in the folder"
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_program_gives_the_numbers_of_its_own_value_in_a_short_run(tmp_path):
    write(tmp_path / "a" / "microgpt.py", ENGINE, PROGRAM)
    write(tmp_path / "b" / "micrograd.py", ENGINE, ROOM)
    status, rows = run(tmp_path)
    assert status == 0
    assert re.fullmatch(r"\d+ numbers as with its own Value", rows["microgpt.py"])
    assert int(rows["microgpt.py"].split()[0]) >= 40  # 20 steps, each with its loss
    assert "as with its own Value, beside the line “found a total of …”: a plain number is no" in rows["micrograd.py"]


@pytest.mark.parametrize(
    ("right", "planted", "result"),
    [
        ("(other.data, self.data))", "(other.data, 0))", "differs from its own Value: 'step 1 loss 0."),
        ("loss {E.data", "{type(w).__module__} {E.data", "differs from its own Value: 'step 0 __main__ 0.750000'"),
        ("E = w", "v = 2 + hasattr(w, 'slopes'); E = w", "differs from its own Value: the numbers in v"),
        ("E.backward()", "E.backward(1)", "differs from its own Value: 'step 0 loss 0.750000', and with this Value '"),
        ("E.backward()", "raise SystemExit(3)", "left out: with its own Value, too, it ends with SystemExit: 3"),
    ],
    ids=["a gradient", "a word", "a variable", "a method", "an end"],
)
def test_a_planted_difference_is_found(right, planted, result, tmp_path):
    assert right in ENGINE + PROGRAM
    write(tmp_path / "a" / "microgpt.py", ENGINE.replace(right, planted), PROGRAM.replace(right, planted))
    status, rows = run(tmp_path)
    assert rows["microgpt.py"].startswith(result)
    assert status == ("differs" in result)


def test_the_table_of_the_document_is_what_the_command_prints():
    folder = os.environ.get("CHALKGRAD_CLIENTS")
    if not folder:
        pytest.skip("CHALKGRAD_CLIENTS names no folder: the clients of docs/peers.md are not run")
    status, rows = run(folder)
    assert status == 0
    document = PEERS.read_text(encoding="utf-8")
    assert [file for file, result in rows.items() if f"| `{file}` | {result} |" not in document] == []
