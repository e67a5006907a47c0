"""A file or a notebook as statements with line numbers; a line that is no Python costs itself and nothing else."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from typing import Any

from autograd.errors import InputError

MAX_CHARACTERS = 1_000_000  # far more code than a person writes by hand
MAX_REPAIRS = 30  # lines of one cell that are no Python
MAX_NESTING = 200  # brackets within brackets

_MAGIC = re.compile(r"^\s*([%!?]|\w+\?\s*$)")
_ARRAYS = re.compile(r"^\s*(?:import|from)\s+(?:numpy|torch|cupy|jax|tensorflow)\b", re.MULTILINE)


@dataclass(eq=False)
class Source:
    """Code as text, as statements, and (of a notebook) the cell of each line."""

    lines: list[str]
    tree: ast.Module
    broken: dict[int, str] = field(default_factory=dict)
    cells: list[tuple[int, int]] = field(default_factory=list)  # for each line: the cell and the line in it
    notebook: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """The whole code."""
        return "\n".join(self.lines)

    def where(self, line: int) -> str:
        """Return a line in words; of a notebook with its cell."""
        if not self.cells or not 0 < line <= len(self.cells):
            return f"line {line}"
        cell, inside = self.cells[line - 1]
        return f"cell {cell + 1}, line {inside}"


def uses_arrays(text: str, name: str = "") -> bool:
    r"""Return whether a text is array code: Python that imports NumPy or PyTorch, or a notebook with such code.

    >>> uses_arrays("import numpy as np\nx = np.ones(3)"), uses_arrays("x = 3; y = x^2 = 9")
    (True, False)
    """
    if name.endswith(".ipynb"):
        notebook = _notebook(text)
        return notebook is not None and bool(_ARRAYS.search("\n".join(code for _, code in _code_cells(notebook))))
    return bool(_ARRAYS.search(text)) and not name.endswith((".md", ".tex", ".html"))


def read_source(text: str) -> Source:
    """Return a file of Python or a notebook as statements.

    Raises InputError for a text that is too long.
    """
    if len(text) > 20 * MAX_CHARACTERS:
        raise InputError(f"this file has more than {20 * MAX_CHARACTERS} characters")
    notebook = _notebook(text) if text.lstrip().startswith("{") else None
    parts = _code_cells(notebook) if notebook is not None else [(0, text)]
    if sum(len(code) for _, code in parts) > MAX_CHARACTERS:
        raise InputError(f"this file has more than {MAX_CHARACTERS} characters of code")
    source = Source([], ast.Module([], []), notebook=notebook)
    for cell, code in parts:
        lines = code.replace("\r\n", "\n").replace("\0", " ").split("\n")
        start = len(source.lines)
        body, broken = _parsed(lines)
        for statement in body:
            for node in ast.walk(statement):
                if hasattr(node, "lineno"):
                    node.lineno += start
                    node.end_lineno = (node.end_lineno or 0) + start  # type: ignore[attr-defined]
        source.tree.body += body
        source.broken |= {line + start: reason for line, reason in broken.items()}
        source.lines += lines
        if notebook is not None:
            source.cells += [(cell, at + 1) for at in range(len(lines))]
    return source


def _notebook(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("cells"), list) else None


def _code_cells(notebook: dict[str, Any]) -> list[tuple[int, str]]:
    found = []
    for at, cell in enumerate(notebook["cells"]):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            code = cell.get("source", "")
            found.append((at, "".join(map(str, code)) if isinstance(code, list) else str(code)))
    return found


def _parsed(lines: list[str]) -> tuple[list[ast.stmt], dict[int, str]]:
    """Return the statements of some lines, and the lines that are no Python with the reason."""
    kept = [_without_magic(line) for line in lines]
    if lines and lines[0].startswith("%%"):
        return [], {}
    broken: dict[int, str] = {}
    for _ in range(MAX_REPAIRS):
        if any(len(line) - len(line.lstrip("([{ ")) > MAX_NESTING for line in kept):
            break
        try:
            return ast.parse("\n".join(kept)).body, broken
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            at = min(max(getattr(error, "lineno", None) or 1, 1), len(kept)) - 1
            if not kept[at].strip() or at + 1 in broken:
                at = next((k for k in range(at, -1, -1) if kept[k].strip() and k + 1 not in broken), at)
            if at + 1 in broken:
                break
            broken[at + 1] = f"this is no Python ({getattr(error, 'msg', error)})"
            kept[at] = re.match(r"\s*", kept[at])[0] + "pass"  # type: ignore[index]
    return [], broken or {1: "this is no Python"}


def _without_magic(line: str) -> str:
    return re.match(r"\s*", line)[0] + "pass" if _MAGIC.match(line) else line  # type: ignore[index]
