"""docs/add-an-operation.md, followed word by word in a copy."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "add-an-operation.md").read_text(encoding="utf-8")
[TRIAL] = re.findall(r"<!-- then -->\n```py\n(.*?)```", DOCUMENT, re.DOTALL)
BLOCKS = re.findall(r"<!-- in: (\S+), after the (\w+) (?:of )?(\w+) -->\n```\w+\n(.*?)```", DOCUMENT, re.DOTALL)
ROW, REST = BLOCKS[0], BLOCKS[1:]
ASKED = {  # the files of tests that ask for a block of the page, and whether they can here
    "tests/test_ops.py": True,
    "tests/test_oracles.py": True,
    "tests/test_javascript.py": which("node"),
    "tests/test_replay.py": find_spec("numpy"),
}
ABOUT = "atan or helper_rows or has_a_meaning or agree_on_every_row"
PLACES = {  # how the line begins after which a block goes
    "row": "{:8} = Op(",
    "method": "        return self.read(ops.{},",
    "line": ("    ops.{}:", "  {}: (", '    "{}": '),
    "function": "def {}(",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project with the row in its table."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("autograd", "nn", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    put(folder, *ROW)
    return folder


@pytest.fixture(scope="module")
def whole(copy, tmp_path_factory):
    """The project with everything that the page adds."""
    folder = tmp_path_factory.mktemp("whole") / "copy"
    shutil.copytree(copy, folder)
    for block in REST:
        put(folder, *block)
    return folder


def put(folder, file, kind, name, text):
    """Add a block of the page to a file, after what it says."""
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    begins = PLACES[kind]
    begins = tuple(b.format(name) for b in ([begins] if isinstance(begins, str) else begins))
    place = next(number for number, line in enumerate(lines, start=1) if line.startswith(begins))
    while kind == "function" and lines[place].strip():
        place += 1
    path.write_text("".join([*lines[:place], text, *lines[place:]]), encoding="utf-8")


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={
            "PYTHONPATH": str(folder),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": os.environ.get("PATH", ""),
        },
        timeout=300,
        check=False,
    )


def test_one_row_is_enough(copy):
    trial = run(copy, "-c", TRIAL)
    assert trial.returncode == 0, trial.stderr


def test_a_wrong_row_would_be_noticed(copy, tmp_path):
    wrong = tmp_path / "wrong"
    shutil.copytree(copy, wrong)
    table = wrong / "autograd" / "table" / "ops.py"
    table.write_text(table.read_text(encoding="utf-8").replace("1 / (1 + x * x)", "1 / (1 - x * x)"), encoding="utf-8")
    assert "AssertionError" in run(wrong, "-c", TRIAL).stderr


def suite(folder):
    return run(folder, "-m", "pytest", "-c", "/dev/null", "-q", "-rf", "-p", "no:cacheprovider", "-k", ABOUT, *ASKED)


def test_the_suite_asks_for_what_the_page_says_and_is_content_with_it(copy, whole):
    lacking = suite(copy).stdout
    for file, runs in ASKED.items():
        assert (f"FAILED {file}::" in lacking) == bool(runs), file
    content = suite(whole)
    assert content.returncode == 0, content.stdout
    assert " passed" in content.stdout


def test_the_method_is_the_rows(whole):
    both = run(
        whole,
        "-c",
        "from autograd import Value as V; from autograd.table import ops; "
        "print(V(0.5).atan().data == ops.atan(V(0.5)).data)",
    )
    assert both.stdout == "True\n", both.stderr
