"""Run the notebook, and store in it what each cell shows.

    python docs/notebook.py           write the outputs again
    python docs/notebook.py --check   say whether they are stale, and exit with 1 if they are

It needs nbclient and ipykernel, which come with the extra `dev`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "demos" / "tour.ipynb"


def executed(text: str) -> str:
    """Return the notebook with every output as it is now.

    Raises nbclient's CellExecutionError for a cell that fails.
    """
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
    """Write or check the notebook, and return 1 if `--check` found it stale."""
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
