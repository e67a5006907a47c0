"""The notebook runs from top to bottom, and shows what it would show now."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbclient", reason="nbclient is not installed: the notebook is not run")
pytest.importorskip("ipykernel", reason="ipykernel is not installed: the notebook is not run")

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
