"""Scopes: which chains belong to one example.

A note is one scope, unless what follows under a heading gives other numbers to names that have some. An example
begins at that heading and ends with its section, or where the teacher says `new example`. One number that contradicts
another begins nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograd.claims.tree import CallNode, NameNode, NumberNode, single_number
from autograd.notes.names import NEW
from autograd.notes.unfolding import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.claims.tree import Node
    from autograd.notes.chains import FormulaChain

MIN_CHANGED = 2  # names whose meaning changes where an example begins; 1 under a heading that says so
_EXAMPLE = re.compile(
    r"example|exercise|problem|case|sample|question|worked|quiz|task|iteration|epoch|beispiel|aufgabe", re.IGNORECASE
)


@dataclass(eq=False)
class NoteSection:
    """A section of a note: its heading, its level, the section around it, its chains."""

    title: str = ""
    level: int = 0
    parent: NoteSection | None = None
    chains: list[tuple[int, FormulaChain]] = field(default_factory=list)
    begins_example: bool = False

    def path(self) -> list[NoteSection]:
        """Return the sections around this one from the outermost, itself last."""
        found: list[NoteSection] = []
        section: NoteSection | None = self
        while section is not None:
            found.append(section)
            section = section.parent
        return found[::-1]


class NoteSections:
    """The sections of a note while it is read, and the scopes that they make."""

    def __init__(self) -> None:
        self.root = NoteSection()
        self.all = [self.root]
        self.current = self.root
        self.count = 0

    def open(self, level: int, title: str) -> None:
        """Begin a section at a heading."""
        parent = self.current
        while parent.parent is not None and parent.level >= level:
            parent = parent.parent
        self.current = NoteSection(title, level, parent)
        self.all.append(self.current)

    def new_example(self) -> None:
        """Begin an example where the teacher says so; it ends with the section around it."""
        around = self.current
        while around.parent is not None and around.begins_example and not around.title:
            around = around.parent
        self.current = NoteSection("", around.level, around, begins_example=True)
        self.all.append(self.current)

    def add(self, chains: Sequence[FormulaChain]) -> None:
        """Add chains to the section that is open."""
        for chain in chains:
            self.count += 1
            chain.section = len(self.all)
            self.current.chains.append((self.count, chain))

    @property
    def chains(self) -> list[FormulaChain]:
        """All chains in the order of the text."""
        return [chain for _, chain in sorted((pair for s in self.all for pair in s.chains), key=lambda pair: pair[0])]

    def scopes(self) -> list[list[FormulaChain]]:
        """Return the chains of each scope; the teacher's word at the top of the note holds in all of them."""
        self._find_examples()
        found: dict[int, list[tuple[int, FormulaChain]]] = {}
        by_teacher = {id(section) for section in self.all if section.begins_example and not section.title}
        for section in self.all:
            owner = next((s for s in reversed(section.path()) if s.begins_example), self.root)
            found.setdefault(id(owner), []).extend(section.chains)
        shared = [pair for pair in self.root.chains if pair[1].trusted or _defines_function(pair[1])]
        scopes = []
        for owner_id, pairs in found.items():
            known = [pair for pair in shared if not pair[1].trusted or owner_id not in by_teacher]
            whole = pairs if owner_id == id(self.root) else known + pairs
            scopes.append([chain for _, chain in sorted(whole, key=lambda pair: pair[0])])
        return scopes

    def _find_examples(self) -> None:
        """Mark the sections at which names get another meaning."""
        known: dict[str, list[tuple[object, NoteSection]]] = {}
        changed: dict[int, set[str]] = {}
        by_id = {id(section): section for section in self.all}
        for section in self.all:
            for _, chain in section.chains:
                for name, meaning in _meanings(chain):
                    seen = known.setdefault(name, [])
                    for other, where in seen:
                        if _contradicts(meaning, other) and where is not section:
                            boundary = _boundary(where, section)
                            if boundary is not None:
                                changed.setdefault(id(boundary), set()).add(name)
                    seen.append((meaning, section))
        for key, names in changed.items():
            section = by_id[key]
            if len(names) >= (1 if _EXAMPLE.search(section.title) else MIN_CHANGED):
                section.begins_example = True


def _boundary(first: NoteSection, second: NoteSection) -> NoteSection | None:
    """Return the outermost section that holds the second place and not the first; None if the second is around it."""
    around = {id(section) for section in first.path()}
    return next((section for section in second.path() if id(section) not in around), None)


def _meanings(chain: FormulaChain) -> list[tuple[str, object]]:
    """Return what a chain gives or defines, to be compared: a number, or a function's formula."""
    first = chain.members[0].tree if chain.members else None
    second = chain.members[1].tree if len(chain.members) > 1 else None
    if chain.doubt or second is None or first is None:
        return []
    number = single_number(second)
    if isinstance(first, NameNode) and number is not None and not first.key.endswith(NEW):
        return [(first.key, number)]
    if (
        isinstance(first, CallNode)
        and len(first.args) == 1
        and isinstance(first.args[0], NameNode)
        and _defines_function(chain)
    ):
        return [(f"{first.function}()", _shape(second, first.args[0].key))]
    return []


def _shape(tree: Node, argument: str) -> str:
    return repr(tree).replace(f"'{argument}'", "'·'").split("place=")[0] if len(repr(tree)) < 400 else ""


def _defines_function(chain: FormulaChain) -> bool:
    first = chain.members[0].tree if chain.members else None
    second = chain.members[1].tree if len(chain.members) > 1 else None
    is_call = (
        isinstance(first, CallNode)
        and not first.primes
        and len(first.args) == 1
        and isinstance(first.args[0], NameNode)
    )
    if not is_call or second is None or not isinstance(first, CallNode):
        return False
    return names_of(second) <= {first.args[0].key} and bool(names_of(second))  # type: ignore[union-attr] # a name


def _contradicts(one: object, other: object) -> bool:
    if isinstance(one, NumberNode) and isinstance(other, NumberNode):
        return abs(one.value - other.value) > max(one.unit, other.unit) * 0.51
    return isinstance(one, str) and isinstance(other, str) and bool(one) and bool(other) and one != other
