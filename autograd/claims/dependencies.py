"""Names and their definitions: which names stand in a definition, and which names depend on which.

A *given* has a number; any other name has an expression. Nothing is computed here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from autograd.claims.tree import FunctionDefinition, Node, Segment

MAX_READINGS = 12  # of a formula with its numbers read as givens
MAX_REMEMBERED = 200  # names between two that are kept for the next time
MAX_SEARCHED = 500  # names that `is_direct` looks through


class Definitions:
    """The `givens`, the `definitions`, the `functions`, and all names in `order`; those of a key come first.

    The names in `held` are weights after a step: the next pass begins with their numbers, and no derivative goes back
    through the step. `previous` has the version before, of each name that has one (see `versions`).
    """

    def __init__(self, key: Definitions | None = None) -> None:
        self.givens: dict[str, float] = dict(key.givens) if key else {}
        self.written_givens: dict[str, NumberNode] = dict(key.written_givens) if key else {}
        self.definitions: dict[str, Segment] = dict(key.definitions) if key else {}
        self.functions: dict[str, FunctionDefinition] = dict(key.functions) if key else {}
        self.order: list[str] = list(key.order) if key else []
        self.held: set[str] = set(key.held) if key else set()
        self.previous: dict[str, str] = dict(key.previous) if key else {}
        self.names: dict[str, None] = dict.fromkeys(self.order)
        self._trees: set[int] = {id(segment.tree) for segment in self.definitions.values()}
        self._mentioned: dict[str, tuple[str, ...]] = {}
        self._derivatives: dict[str, tuple[DerivativeNode, ...]] = {}
        self._with_derivatives: set[str] | None = None
        self._position: dict[str, int] = {}
        self._users: dict[str, list[str]] = {}
        self._families: dict[str, list[str]] = {}
        self._differentiated_by: dict[str, dict[str, None]] = {}
        self._between: dict[tuple[str, str], list[str]] = {}
        self._below: dict[str, set[str]] = {}
        self._direct: dict[tuple[str, str], bool] = {}
        self._term_counts: set[int] | None = None
        self._constant_parts: dict[str, list[Node]] | None = None

    def _set_definition(self, name: str, segment: Segment) -> None:
        self.definitions[name] = segment
        self._trees.add(id(segment.tree))
        self._mentioned.pop(name, None)
        self._derivatives.pop(name, None)
        self._position.clear()
        self._direct.clear()
        self._below.clear()
        self._term_counts = self._constant_parts = None
        self._with_derivatives = None

    def mentioned_by(self, name: str) -> tuple[str, ...]:
        """Return the names in a definition, in the order in which they stand; none for a given."""
        if name not in self._mentioned:
            segment = self.definitions.get(name)
            self._mentioned[name] = () if segment is None else tuple(syntax.names_in(segment.tree))
        return self._mentioned[name]

    def is_definition(self, tree: Node) -> bool:
        """Return whether this tree object defines a name."""
        return id(tree) in self._trees

    def with_givens_named(self, tree: Node) -> Iterator[Node]:
        """Yield the formula with each number that equals a given written as that given: 0.05·h as x·h.

        Where several givens have the number, each choice of them is a formula of its own.
        """
        numbers = dict.fromkeys(node.value for node in syntax.walk(tree) if isinstance(node, NumberNode))
        choices: list[dict[float, str]] = [{}]
        for value in numbers:
            names = [name for name, given in self.givens.items() if given == value]
            if names:
                choices = [{**choice, value: name} for choice in choices for name in names][:MAX_READINGS]
        for names_of in filter(None, choices):
            yield syntax.map_nodes(tree, lambda node, names_of=names_of: _as_given(node, names_of))  # type: ignore[misc] # the default

    def derivatives_in(self, name: str) -> tuple[DerivativeNode, ...]:
        """Return the derivatives in a definition, such as those of w_new = w − η·dE/dw; most names have none."""
        if name not in self._derivatives:
            segment = self.definitions.get(name)
            nodes = () if segment is None else syntax.walk(segment.tree)
            self._derivatives[name] = tuple(node for node in nodes if isinstance(node, DerivativeNode))
        return self._derivatives[name]

    def is_computed(self, name: str) -> bool:
        """Return whether a name has a formula with names or derivatives in it."""
        return bool(self.mentioned_by(name) or self.derivatives_in(name))

    def made_of(self, names: Iterable[str]) -> set[str]:
        """Return these names, and those that depend on them or on a derivative."""
        if self._with_derivatives is None:
            self._with_derivatives = self._above([name for name in self.definitions if self.derivatives_in(name)])
        return self._with_derivatives | self._above(names)

    def _above(self, names: Iterable[str]) -> set[str]:
        found = set(names)
        waiting = list(found)
        while waiting:
            new = [user for user in self.users(waiting.pop()) if user not in found]
            found.update(new)
            waiting.extend(new)
        return found

    def differentiated_by(self, name: str) -> Iterable[str]:
        """Return the names by which definitions differentiate this one: the weights of all updates, for the loss."""
        self.position()
        return self._differentiated_by.get(name, ())

    def between(self, start: str, end: str) -> list[str]:
        """Return the names on the paths from `start` to `end`, `end` last, each after those it is defined by.

        >>> from autograd.sheet.sheet import Sheet
        >>> Sheet.parse("x = 3; y = x^2; z = x + 1; u = 2*x; E = y*z; F = 2*E").between("x", "E")
        ['y', 'z', 'E']
        """
        position = self.position()
        found = self._between.get((start, end))
        if found is None:
            found = self._find_between(start, end, position)
            if len(found) <= MAX_REMEMBERED:
                self._between[start, end] = found
        return found

    def _find_between(self, start: str, end: str, position: Mapping[str, int]) -> list[str]:
        last = position[end]
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for user in self._users.get(waiting.pop(), ()):
                if user not in found and position[user] <= last and user not in self.held:
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

    def below(self, names: Iterable[str], *, within_pass: bool = False) -> set[str]:
        """Return the names and everything that they depend on; if `within_pass`, not what a weight was stepped from."""
        found = set(names)
        waiting = list(found)
        while waiting:
            new = [name for name in self.mentioned_by(waiting.pop()) if name not in found]
            found.update(new)
            waiting.extend(name for name in new if not (within_pass and name in self.held))
        return found

    def all_below(self, name: str) -> set[str]:
        """Return a name and everything that it depends on; kept for the name that was asked for last."""
        if name not in self._below:
            self._below = {name: self.below([name])}
        return self._below[name]

    def computed_from(self, names: Iterable[str]) -> set[str]:
        """Return the names and all that they are computed from, the derivatives in definitions included."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.mentioned_by(name))
                waiting.extend(other for node in self.derivatives_in(name) for other in (node.of, node.by))
        return found

    def users(self, name: str) -> list[str]:
        """Return the names in whose definitions this name stands."""
        self.position()
        return self._users.get(name, [])

    def position(self) -> Mapping[str, int]:
        """Return how early each name is defined; computed again when there are new names."""
        if len(self._position) != len(self.order):
            self._position = {name: at for at, name in enumerate(self.order)}
            self._users, self._families, self._between, self._differentiated_by = {}, {}, {}, {}
            for name in self.order:
                for node in self.derivatives_in(name):
                    self._differentiated_by.setdefault(node.of, {})[node.by] = None
                self._families.setdefault(without_digits(name), []).append(name)
                for below in self.mentioned_by(name):
                    self._users.setdefault(below, []).append(name)
        return self._position

    def is_direct(self, name: str, other: str) -> bool:
        """Return whether `other` stands in the definition of `name`, which depends on it in no other way."""
        if (name, other) not in self._direct:
            self._direct[name, other] = self._find_direct(name, other)
        return self._direct[name, other]

    def _find_direct(self, name: str, other: str) -> bool:
        if other not in self.mentioned_by(name) or self.derivatives_in(name) or name in self.held:
            return False
        rest = [below for below in self.mentioned_by(name) if below != other and below in self.definitions]
        if not rest:
            return True
        position = self.position()
        seen: set[str] = set()
        while rest:  # names defined before `other` cannot depend on it
            below = rest.pop()
            if below == other or len(seen) > MAX_SEARCHED:
                return False
            if below not in seen and position[below] > position[other] and below not in self.held:
                seen.add(below)
                rest.extend(self.mentioned_by(below))
        return True

    def similar_names(self, name: str) -> list[str]:
        """Return the names easily mistaken for this one: its pre-activation or activation, its update, h1 for h2."""
        self.position()
        pairs = [(name, below, below) for below in self.mentioned_by(name)]
        pairs += [(user, name, user) for user in self._users.get(name, ())]
        related = [found for a, b, found in pairs if self.is_activation(a, b) or self.is_update(a, b)]
        family = self._families[without_digits(name)]
        return list(dict.fromkeys(related + [other for other in family if other != name]))

    def is_update(self, name: str, other: str) -> bool:
        """Return whether `name` is `other` after a step: w − η·dE/dw, or w + δ·x where δ is made of a derivative."""
        mentioned = self.mentioned_by(name)
        if other not in mentioned:
            return False
        if self.derivatives_in(name):
            return any(node.by == other for node in self.derivatives_in(name))
        tree = self.definitions[name].tree
        if not isinstance(tree, BinaryNode) or tree.operator not in "+-":
            return False
        is_term = any(isinstance(node, NameNode) and node.key == other for node in (tree.left, tree.right))
        return is_term and any(self.derivatives_in(below) for below in mentioned if below != other)

    def is_activation(self, name: str, of: str) -> bool:
        """Return whether `name` is defined as a function of `of` alone."""
        return self.mentioned_by(name) == (of,) and not self.derivatives_in(name)

    def _nodes(self) -> Iterator[Node]:
        return (node for segment in self.definitions.values() for node in syntax.walk(segment.tree))

    def constant_parts(self) -> Mapping[str, list[Node]]:
        """Return the arithmetic on numbers alone in each definition that has any."""
        if self._constant_parts is None:
            parts = {name: syntax.constant_parts(segment.tree) for name, segment in self.definitions.items()}
            self._constant_parts = {name: found for name, found in parts.items() if found}
        return self._constant_parts

    def term_counts(self) -> set[int]:
        """Return the numbers of terms that the sums of the definitions have."""
        if self._term_counts is None:
            calls = (node for node in self._nodes() if isinstance(node, CallNode))
            self._term_counts = {len(call.args) for call in calls if call.function in ("sum", "mean")}
        return self._term_counts

    def whole_numbers(self) -> set[int]:
        """Return the whole numbers below 100 that stand in definitions: the 3 of π·r²·h/3."""
        return {int(n.value) for n in self._nodes() if isinstance(n, NumberNode) and n.exact and n.value < 100}

    def is_count(self, name: str) -> bool:
        """Return whether a given may be a number of things: it is in no definition, or something is divided by it."""
        users = self.users(name)
        nodes = (node for user in users for node in syntax.walk(self.definitions[user].tree))
        divisors = (n.right for n in nodes if isinstance(n, BinaryNode) and n.operator == "/")
        return not users or any(isinstance(n, NameNode) and n.key == name for n in divisors)


def without_digits(name: str) -> str:
    """Return a name with its numbers replaced: h1 and h2 give the same."""
    return re.sub(r"\d+", "#", name)


def _as_given(node: Node, names: Mapping[float, str]) -> Node:
    return NameNode(names[node.value], NOWHERE) if isinstance(node, NumberNode) and node.value in names else node
