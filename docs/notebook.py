"""Run the notebook and store in it what every cell shows.

    python docs/notebook.py           write the outputs anew
    python docs/notebook.py --check   say whether they are stale, and exit 1 if they are

It needs nbclient and ipykernel, which the extra `dev` brings.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "demos" / "tour.ipynb"


def executed(text: str) -> str:
    """The notebook with every output as it is now; a cell that fails raises nbclient's CellExecutionError."""
    notebook = nbformat.reads(text, as_version=4)
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}, record_timing=False
    ).execute()
    notebook.metadata["language_info"] = {"name": "python"}  # without the version of this Python
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output["metadata"] = {}
    return str(nbformat.writes(notebook)) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check; 1 if there was something stale to be found."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    fresh = executed(text)
    if fresh == text:
        return 0
    print(f"{'stale' if '--check' in arguments else 'written'}: {NOTEBOOK.relative_to(ROOT)}")  # noqa: T201 -- a command
    if "--check" not in arguments:
        NOTEBOOK.write_text(fresh, encoding="utf-8")
    return int("--check" in arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
