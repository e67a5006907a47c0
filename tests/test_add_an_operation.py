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
ASKED = {  # the test files that fail without a block of the page, and whether they can run here
    "tests/test_ops.py": True,
    "tests/test_oracles.py": True,
    "tests/test_javascript.py": which("node"),
}
ABOUT = "asinh or helper_rows or has_a_meaning or agree_on_every_row"
PLACES = {  # how the line begins after which a block goes
    "row": ("{:8} = Op(",),
    "line": ("  {}: (", '    "{}": '),
    "function": ("def {}(",),
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
    begins = tuple(begin.format(name) for begin in PLACES[kind])
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
    table.write_text(
        table.read_text(encoding="utf-8").replace("1 / sqrt(1 + x * x)", "1 / sqrt(1 + x)"), encoding="utf-8"
    )
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


def test_the_page_adds_one_row_and_one_word_of_javascript():
    assert [file for file, *_ in BLOCKS if not file.startswith("tests/")] == [
        "autograd/table/ops.py",
        "autograd/webpage/static/operations.js",
    ]


def printed(folder, code):
    found = run(folder, "-c", code)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_the_method_follows_from_the_row(copy):
    code = "from autograd import Value as V; from autograd.table import ops; x = V(0.5); "
    assert printed(copy, code + "print(x.asinh().data == ops.asinh(x).data, V.asinh.__name__)") == "True asinh"


@pytest.mark.skipif(find_spec("numpy") is None, reason="needs NumPy")
def test_the_word_of_numpy_follows_from_the_row(copy):
    code = "from autograd import Value as V, record; x = V(0.5); s = record(x.asinh(), [x]); print(s.to_numpy_source())"
    assert "np.arcsinh(x)" in printed(copy, code)
    code = "from autograd import Value as V, record; w, x = V(0.5), V(1.0); s = record((w * x).asinh(), [x]); "
    assert printed(copy, code + "s.check([[1.0], [2.0]]); print(s([[1.0]]))").startswith("0.4812118250596")


def test_an_activation_is_recognized_from_the_row(copy, tmp_path):
    activation = tmp_path / "activation"
    shutil.copytree(copy, activation)
    table = activation / "autograd" / "table" / "ops.py"
    text = table.read_text(encoding="utf-8").replace("1 / sqrt(1 + x * x))", "1 / sqrt(1 + x * x), is_activation=True)")
    table.write_text(text, encoding="utf-8")
    code = (
        "from autograd import Graph, Value as V, affine; from autograd.derivation.neurons import find_neurons; "
        "graph = Graph(affine([V(2.0)], [V(0.5)]).asinh()); [found] = find_neurons(graph.order, graph.uses); "
        "print(found.is_linear)"
    )
    assert (printed(copy, code), printed(activation, code)) == ("True", "False")
