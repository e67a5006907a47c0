"""The tables of the benchmarks, and the documents that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def columns(rows: list[list[str]]) -> list[str]:
    """Return a table in Markdown, which is readable as it stands."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths))) + " |"
        for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (w + 1) + "-:"[n > 0] for n, w in enumerate(widths)) + "|", *lines[1:]]


def number(x: float) -> str:
    """Return three digits of a number."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}" if x < 1 else f"{x:.1f}"


def put_figures(document: Path, text: str, begin: str, end: str) -> None:
    """Put the text into a document, between two lines of it."""
    before, _, rest = document.read_text("utf-8").partition(begin)
    _, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
