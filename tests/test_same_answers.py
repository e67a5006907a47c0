"""Two checkouts with the same answers are told to be the same, and a planted difference is named."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "tests" / "same_answers.py"


def compare(new, *options):
    """The exit status and the lines of a comparison of this project with a changed copy."""
    command = [sys.executable, SCRIPT, ROOT, new, *options]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert run.stderr == ""
    return run.returncode, run.stdout.splitlines()


@pytest.fixture
def copy(tmp_path):
    """A copy of `autograd/`, and of no more."""
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def plant(checkout, right, wrong):
    """Put a mistake into the one file of the copy that holds this text."""
    (file,) = [path for path in checkout.rglob("*.py") if right in path.read_text(encoding="utf-8")]
    file.write_text(file.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")


def test_equal_trees_are_the_same(copy):
    assert compare(copy, "--only", "graphs", "--graphs", "20") == (0, ["graphs: 0 of 20 differ"])


def test_a_changed_partial_is_found_and_the_first_difference_is_named(copy):
    plant(copy, "lambda y, x: 1 - y * y", "lambda y, x: 1 - y")
    status, (line,) = compare(copy, "--only", "graphs", "--graphs", "20")
    assert status == 1
    assert line.startswith("graphs: ")
    assert "; the first is graph " in line
    assert "› steps ›" in line
    assert "0x" in line.partition(" was, ")[0]
    assert "0x" in line.partition(" was, ")[2]
