"""The notebook runs from top to bottom and shows what it would show now; `%%sheet` marks a cell."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbclient", reason="nbclient is not installed: the notebook is not run")
pytest.importorskip("ipykernel", reason="ipykernel is not installed: the notebook is not run")

import nbclient
import nbformat

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "demos" / "tour.ipynb"


def shown():
    """What every code cell shows, by its last line."""
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    return {"".join(cell["source"]).splitlines()[-1]: cell["outputs"] for cell in cells}


def test_every_cell_runs_and_its_output_is_fresh():
    run = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "notebook.py"), "--check"],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, f"run: python docs/notebook.py\n{run.stdout}{run.stderr[-2000:]}"


def test_every_cell_shows_something_in_the_richest_form_it_has():
    forms = {source: set(outputs[0]["data"]) for source, outputs in shown().items()}
    assert len(forms) >= 9
    assert "image/svg+xml" in forms["draw(d)"]
    assert "text/html" in forms["s.next()"]
    assert "text/markdown" in forms["explain(loss, w)"]
    assert "text/html" in forms['""")']  # the marking


def test_the_gradients_of_the_first_graph_are_those_of_the_product_rule():
    [output] = shown()["a.grad, b.grad, c.grad"]
    assert output["data"]["text/plain"] == ["(-3.0, 2.0, 1.0)"]


# -- %%sheet, in a kernel ------------------------------------------------------------------------

GOOD = "x = 3\ny = x^2 = 9\ndy/dx = 2*x = 6"
AT_ROOT = {"metadata": {"path": str(ROOT)}}
WRONG = "x = 3\ny = x^2 = 9\ndy/dx = x = 3"


@pytest.fixture(scope="module")
def cell():
    """A function that runs a cell in one kernel, in which the extension is loaded, and returns what the cell shows."""
    notebook = nbformat.v4.new_notebook()
    client = nbclient.NotebookClient(notebook, kernel_name="python3", allow_errors=True, resources=AT_ROOT)

    def run(source):
        notebook.cells.append(nbformat.v4.new_code_cell(source))
        return client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1).outputs

    with client.setup_kernel():
        assert run("%load_ext autograd") == []
        yield run


def test_a_cell_is_marked_and_its_lines_are_those_of_the_cell(cell):
    [shown] = cell(f"%%sheet\n{WRONG}")
    assert shown.output_type == "execute_result"
    assert shown.data["text/plain"].startswith("✗ line 4: wrong\n    dy/dx = x = 3\n")
    assert "text/html" in shown.data


def test_the_marking_of_a_cell_is_kept_in_a_variable(cell):
    cell(f"%%sheet mine --reveal line\n{WRONG}")
    [shown] = cell("mine.score, mine.ok, [v.claim.line for v in mine.first_mistakes], mine.reveal")
    assert shown.data["text/plain"] == "('2 of 3', False, [4], 'line')"


def test_a_cell_is_marked_against_a_key(cell, tmp_path):
    key = tmp_path / "the key.sheet"
    key.write_text(GOOD, encoding="utf-8")
    [shown] = cell(f"%%sheet --key '{key}'\ndy/dx = 6")
    assert "1 right" in shown.data["text/plain"]


@pytest.mark.parametrize(
    "source", [f"%%sheet --page\n{GOOD}", "from autograd import Value, page\npage(Value(2.0) * 3)"]
)
def test_a_page_is_shown_in_a_frame_that_can_do_nothing_outside_of_itself(cell, source):
    [shown] = cell(source)
    frame = shown.data["text/html"]
    assert frame.startswith("<iframe ")
    assert re.findall(r' sandbox="([^"]*)"', re.sub(r'srcdoc="[^"]*"', "", frame)) == ["allow-scripts"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("%%sheet --brief\nx = 1", "UsageError: %%sheet: unrecognized arguments: --brief; usage: %%sheet"),
        ("%%sheet 3a\nx = 1", "UsageError: %%sheet: '3a' is no name of a variable"),
        ("%%sheet --key 'x\nx = 1", 'UsageError: %%sheet: no closing quotation in "--key \'x"'),
        ("%%sheet --key no.sheet\nx = 1", "UsageError: no.sheet: No such file or directory"),
        ("%%sheet\nthis is a sentence", "UsageError: line 2, column 6: an operation or brackets are missing"),
        ("%%sheet\n\n", "UsageError: line 1, column 1: the sheet is empty"),
    ],
)
def test_a_mistake_in_the_options_or_an_unreadable_cell_is_said_in_a_line(cell, source, said):
    [shown] = cell(source)
    assert (shown.output_type, shown.name) == ("stream", "stderr")
    assert shown.text.startswith(said)


def test_loading_the_extension_twice_changes_nothing(cell):
    assert cell("%reload_ext autograd") == []
    [shown] = cell(f"%%sheet\n{GOOD}")
    assert "3 right" in shown.data["text/plain"]


def test_without_a_notebook_nothing_of_it_is_imported():
    code = "import sys, autograd; autograd.Value(1.0); print({'autograd.notebook', 'IPython'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    assert run.stdout == "set()\n"
