"""Sheets inside Markdown: the fenced blocks that are marked `sheet`."""

from __future__ import annotations

import re

_FENCE = re.compile(r"\s*(```+|~~~+)\s*(\w*)\s*$")
_LINE_END = re.compile(r"\r\n|\r|\n")


def has_block(text: str) -> bool:
    """Return whether a block of the text is marked `sheet`.

    >>> has_block("~~~sheet"), has_block("```python")
    (True, False)
    """
    return any((match := _FENCE.match(line)) and match[2] == "sheet" for line in _LINE_END.split(text))


def unfenced(text: str) -> list[str]:
    """Return the lines of the sheet: all of them, or in Markdown those in fenced blocks marked `sheet`.

    The other lines of Markdown become empty, so that line numbers stay those of the file.
    """
    lines = _LINE_END.split(text)
    if not has_block(text):
        return lines
    kept = []
    fence = inside = ""
    for line in lines:
        match = _FENCE.match(line)
        if match and not fence:
            fence, inside = match[1], match[2]
            kept.append("")
        elif match and match[1].startswith(fence) and not match[2]:
            fence = inside = ""
            kept.append("")
        else:
            kept.append(line if fence and inside == "sheet" else "")
    return kept
