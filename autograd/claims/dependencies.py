"""The names of a sheet and what defines them: which name stands in which definition, and leads to which.

A *given* has a number, any other name an expression. The ways from one name to another are found here
by names alone; nothing is computed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from autograd.claims.tree import Node, Segment

MAX_LIFTED = 12  # ways to read the numbers of a formula as givens
MAX_SEEN = 500  # names that are looked through for another way from one to another


class Definitions:
    """The `givens`, the `definitions` and the `order` in which the text has them, a key's before its own."""

    def __init__(self, key: Definitions | None = None) -> None:
        self.givens: dict[str, float] = dict(key.givens) if key else {}
        self.definitions: dict[str, Segment] = dict(key.definitions) if key else {}
        self.order: list[str] = list(key.order) if key else []
        self._names = dict.fromkeys(self.order)
        self._trees: set[int] = {id(segment.tree) for segment in self.definitions.values()}
        self._mentioned: dict[str, tuple[str, ...]] = {}
        self._slopes: dict[str, tuple[DerivativeNode, ...]] = {}
        self._position: dict[str, int] = {}
        self._users: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}

    def _redefine(self, name: str, segment: Segment) -> None:
        self.definitions[name] = segment
        self._trees.add(id(segment.tree))
        self._mentioned.pop(name, None)
        self._slopes.pop(name, None)
        self._position.clear()

    def mentioned_by(self, name: str) -> tuple[str, ...]:
        """The names in a definition, in the order in which they stand; of a given, none."""
        if name not in self._mentioned:
            segment = self.definitions.get(name)
            parts = () if segment is None else syntax.walk(segment.tree)
            self._mentioned[name] = tuple(dict.fromkeys(part.key for part in parts if isinstance(part, NameNode)))
        return self._mentioned[name]

    def is_definition(self, tree: Node) -> bool:
        """Whether this very tree defines a name."""
        return id(tree) in self._trees

    def lifted(self, tree: Node) -> list[Node]:
        """The formula with numbers that are a given's own written as the given: 0.05·h as x·h.

        Where several givens have the number, each of them in turn.
        """
        numbers = dict.fromkeys(part.value for part in syntax.walk(tree) if isinstance(part, NumberNode))
        named = {value: [name for name, given in self.givens.items() if given == value] for value in numbers}
        choices: list[dict[float, str]] = [{}]
        for value, names in named.items():
            if names:
                choices = [{**choice, value: name} for choice in choices for name in names][:MAX_LIFTED]
        return [
            syntax.map_nodes(tree, lambda part, names=names: _as_name(part, names))  # type: ignore[misc] # the default
            for names in choices
            if names
        ]

    def slopes_in(self, name: str) -> tuple[DerivativeNode, ...]:
        """The derivatives in a definition: those of w_new = w − η·dE/dw; of most names, none."""
        if name not in self._slopes:
            segment = self.definitions.get(name)
            parts = () if segment is None else syntax.walk(segment.tree)
            self._slopes[name] = tuple(part for part in parts if isinstance(part, DerivativeNode))
        return self._slopes[name]

    def between(self, start: str, end: str) -> list[str]:
        """The names that lead from `start` to `end`, `end` the last of them, each after those it is defined by.

        >>> from autograd.sheet.sheet import Sheet
        >>> Sheet.parse("x = 3; y = x^2; z = x + 1; u = 2*x; E = y*z; F = 2*E").between("x", "E")
        ['y', 'z', 'E']
        """
        position = self.position()
        last = position[end]
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for user in self._users.get(waiting.pop(), ()):
                if user not in found and position[user] <= last:
                    found.add(user)
                    waiting.append(user)
        if end not in found:
            return []
        leading = {end}
        waiting = [end]
        while waiting:
            for below in self.mentioned_by(waiting.pop()):
                if below in found and below not in leading:
                    leading.add(below)
                    waiting.append(below)
        return sorted(leading, key=position.__getitem__)

    def below(self, names: Iterable[str]) -> set[str]:
        """The names, and all that they depend on."""
        found = set(names)
        waiting = list(found)
        while waiting:
            new = [name for name in self.mentioned_by(waiting.pop()) if name not in found]
            found.update(new)
            waiting.extend(new)
        return found

    def users(self, name: str) -> list[str]:
        """The names in whose definitions a name stands."""
        self.position()
        return self._users.get(name, [])

    def position(self) -> Mapping[str, int]:
        """Which name is defined how early; made anew when there are new names."""
        if len(self._position) != len(self.order):
            self._position = {name: at for at, name in enumerate(self.order)}
            self._users.clear()
            self._stems.clear()
            for name in self.order:
                self._stems.setdefault(without_digits(name), []).append(name)
                for below in self.mentioned_by(name):
                    self._users.setdefault(below, []).append(name)
        return self._position

    def is_direct(self, name: str, other: str) -> bool:
        """Whether `other` stands in the definition of `name`, which depends on it in no other way."""
        if other not in self.mentioned_by(name) or self.slopes_in(name):
            return False
        rest = [below for below in self.mentioned_by(name) if below != other and below in self.definitions]
        if not rest:
            return True
        position = self.position()
        seen: set[str] = set()
        while rest:  # down to where `other` was not there yet
            below = rest.pop()
            if below == other or len(seen) > MAX_SEEN:
                return False
            if below not in seen and position[below] > position[other]:
                seen.add(below)
                rest.extend(self.mentioned_by(below))
        return True

    def alike(self, name: str) -> list[str]:
        """The names that one is easily mistaken for: its pre-activation or activation, itself updated, h1 for h2."""
        self.position()
        mentioned = self.mentioned_by(name)
        related = [below for below in mentioned if self.is_activation(name, below) or self.updates(name, below)]
        related += [
            user for user in self._users.get(name, ()) if self.is_activation(user, name) or self.updates(user, name)
        ]
        return list(dict.fromkeys(related + [other for other in self._stems[without_digits(name)] if other != name]))

    def updates(self, name: str, other: str) -> bool:
        """Whether `name` is `other` after a step: w − η·dE/dw, or w + δ·x where δ is made of a derivative."""
        mentioned = self.mentioned_by(name)
        if other not in mentioned:
            return False
        if self.slopes_in(name):
            return any(part.by == other for part in self.slopes_in(name))
        tree = self.definitions[name].tree
        steps = isinstance(tree, BinaryNode) and tree.operator in "+-"
        left, right = (tree.left, tree.right) if isinstance(tree, BinaryNode) else (tree, tree)
        terms = {part.key for part in (left, right) if isinstance(part, NameNode)}
        return steps and other in terms and any(self.slopes_in(below) for below in mentioned if below != other)

    def is_activation(self, name: str, of: str) -> bool:
        """Whether `name` is defined as a function of `of` alone."""
        return self.mentioned_by(name) == (of,) and not self.slopes_in(name)

    def counts(self) -> set[int]:
        """How many terms the sums of the sheet have, and how often an index runs."""
        return {
            len(part.args)
            for segment in self.definitions.values()
            for part in syntax.walk(segment.tree)
            if isinstance(part, CallNode) and part.function in ("sum", "mean")
        }

    def whole_numbers(self) -> set[int]:
        """The whole numbers, of less than three digits, that stand in definitions: the 3 of π·r²·h/3."""
        return {
            int(part.value)
            for segment in self.definitions.values()
            for part in syntax.walk(segment.tree)
            if isinstance(part, NumberNode) and part.exact and part.value < 100
        }

    def is_count(self, name: str) -> bool:
        """Whether a given may be how many there are: it stands in no definition, or is divided by."""
        users = self.users(name)
        return not users or any(
            isinstance(part, BinaryNode)
            and part.operator == "/"
            and isinstance(part.right, NameNode)
            and part.right.key == name
            for user in users
            for part in syntax.walk(self.definitions[user].tree)
        )


def without_digits(name: str) -> str:
    """A name without its numbers: h1 and h2 have the same one."""
    return re.sub(r"\d+", "#", name)


def _as_name(part: Node, names: Mapping[float, str]) -> Node:
    return NameNode(names[part.value], NOWHERE) if isinstance(part, NumberNode) and part.value in names else part
