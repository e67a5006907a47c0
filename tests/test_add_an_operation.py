"""docs/add-an-operation.md, followed word by word in a copy."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "add-an-operation.md").read_text(encoding="utf-8")
ROW, TRIAL, MEANING = re.findall(r"<!-- (?:in: [^>]+|then) -->\n```py\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project with the row in its table."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("autograd", "nn", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    after(folder / "autograd" / "ops.py", "tanh     = Op(", ROW)
    after(folder / "tests" / "test_ops.py", '    "tanh": mp.tanh', MEANING)
    return folder


def after(path, begins, text):
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    [place] = [number for number, line in enumerate(lines, start=1) if line.startswith(begins)]
    path.write_text("".join([*lines[:place], text, *lines[place:]]), encoding="utf-8")


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONPATH": str(folder), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""},
        timeout=300,
        check=False,
    )


def test_one_row_is_enough(copy):
    trial = run(copy, "-c", TRIAL)
    assert trial.returncode == 0, trial.stderr


def test_a_wrong_row_would_be_noticed(copy, tmp_path):
    wrong = tmp_path / "wrong"
    shutil.copytree(copy, wrong)
    table = wrong / "autograd" / "ops.py"
    table.write_text(table.read_text(encoding="utf-8").replace("1 / (1 + x * x)", "1 / (1 - x * x)"), encoding="utf-8")
    assert "AssertionError" in run(wrong, "-c", TRIAL).stderr


def test_the_suite_takes_the_row_with_its_one_line(copy):
    table = run(copy, "-m", "pytest", "-c", "/dev/null", "-q", "-k", "atan", "tests/test_ops.py")
    assert table.returncode == 0, table.stdout
    assert " passed" in table.stdout
