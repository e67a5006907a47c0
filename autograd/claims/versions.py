"""Versions of a name: what it stands for, where a derivation uses one name for several things.

The first version of `w` has the key `w` in a worksheet, the later ones `w⁺2`, `w⁺3`, … Nobody writes such a key and
nobody sees one: what is shown has the name as it is written, with a line where two versions stand side by side.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGN = "⁺"
_VERSION = re.compile(rf"{_SIGN}\d+")
_NAME = re.compile(rf"(\w+(?:'|{_SIGN}(?!\d))*)(?:{_SIGN}(\d+))?(\[[\d,]*\])?")


class Doubt(NamedTuple):
    """The reason why a claim is not judged; `even_if_right` where not even a claim that is right can be called so."""

    reason: str
    even_if_right: bool = False


def version_key(name: str, number: int) -> str:
    """Return the key of a version of a name as written.

    >>> version_key("w", 1), version_key("w", 2), version_key("w[1,3]", 2)
    ('w', 'w⁺2', 'w⁺2[1,3]')
    """
    stem, bracket, index = name.partition("[")
    return name if number == 1 else f"{stem}{_SIGN}{number}{bracket}{index}"


def written_name(text: str) -> str:
    """Return a key, or a text with keys in it, with each name as it is written.

    >>> written_name("w⁺2[1,3]"), written_name("dE⁺2/dw⁺2 = 2·w⁺")
    ('w[1,3]', 'dE/dw = 2·w⁺')
    """
    return _VERSION.sub("", text) if _SIGN in text else text


def as_written(text: str, line_of: Callable[[str], int]) -> str:
    """Return a text with each name as it is written.

    Of two versions in one text, one right after the other, the later one is "the new w"; of others it has its line.

    >>> as_written("w⁺2 stands where w belongs", {"w⁺2": 9}.get), as_written("dE⁺2/dw⁺2", {}.get)
    ('the new w stands where w belongs', 'dE/dw')
    >>> as_written("w⁺3 stands where w belongs", {"w⁺3": 9}.get)
    'w (line 9) stands where w belongs'
    """
    if not _VERSION.search(text):
        return text
    versions: dict[str, set[int]] = {}
    for match in _NAME.finditer(text):
        versions.setdefault(match[1] + (match[3] or ""), set()).add(int(match[2] or 1))

    def shown(match: re.Match[str]) -> str:
        name, number = match[1] + (match[3] or ""), int(match[2] or 1)
        earliest = min(versions[name])
        if number == earliest:
            return name
        if versions[name] == {earliest, earliest + 1}:
            return f"the new {name}"
        key = version_key(name, number)
        line = line_of(key) or line_of(key.removeprefix("d"))
        return f"{name} (line {line})" if line else name

    return _NAME.sub(shown, text).replace("the updated the new", "the updated")
