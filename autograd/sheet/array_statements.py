"""Statements about vectors and matrices, written out as one statement for each entry.

`h = σ(W x) = [0.5, 0.6]` becomes `h[1] = σ(W[1,1]·x[1] + …) = 0.5` and `h[2] = … = 0.6`, so that everything that
is said of scalar lines holds for those of arrays. Each member keeps the array that it is an entry of.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.array_trees import Names, Reading, TreeEntries, entry_names, index_texts
from autograd.claims.arrays import Array, shape_text
from autograd.claims.tree import (
    ArrayEntry,
    ArrayMember,
    CallNode,
    DerivativeNode,
    MisshapenNode,
    NameNode,
    Segment,
    UnansweredNode,
    UnreadableNode,
)
from autograd.errors import SheetError
from autograd.sheet.array_parser import FUNCTIONS, is_beside
from autograd.sheet.statements import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograd.claims.array_trees import Shape
    from autograd.claims.tree import Node, TextPlace
    from autograd.sheet.array_parser import ArrayParser
    from autograd.sheet.lexer import Token
    from autograd.sheet.statements import Statement

_OF_ARRAYS = frozenset(("ᵀ", "‖", "[", *FUNCTIONS))
_PARTS_OF_NAME = re.compile(r"^d|_d")  # dE_dW has E and W in it


class ArrayStatements:
    """The arrays of a sheet: `shapes` by name. Names with all entries of a rectangle are arrays, too."""

    def __init__(self, known: Iterable[str], lines: Sequence[str], layout: str) -> None:
        self.shapes: dict[str, Shape] = {}
        self.layout = layout
        self._lines = lines
        self._has_at = any("@" in line for line in lines)
        self._entries: dict[str, set[Shape]] = {}  # of names whose entries are defined one by one
        self._single: set[str] = set()  # names of single numbers
        self._largest: dict[str, Shape] = {}
        self._definitions: dict[str, Node] = {}
        self._lost: dict[str, int] = {}  # names whose line cannot be read, and that line
        for name in known:
            self._note_entry(name)

    @property
    def boxes(self) -> tuple[str, ...]:
        """Return the names that are written as whole arrays."""
        return tuple(name for name in self.shapes if name not in self._entries)

    # -- Which statements are about arrays --------------------------------------------------------

    def concern(self, tokens: Sequence[Token]) -> bool:
        """Return whether a statement has an array in it that is not taken by its entries."""
        if not (self.shapes or self._lost or self._has_at) and _OF_ARRAYS.isdisjoint([t.text for t in tokens]):
            return False
        before = ""
        for at, token in enumerate(tokens):
            text = token.text
            following = tokens[at + 1].text if at + 1 < len(tokens) else ""
            if text in ("ᵀ", "‖") or (text == "*" and self._sign(token) == "@"):
                return True
            if text == "[" and before in ("", "=", "(", ",", "[", *"+-*/") and _is_list(tokens, at):
                return True
            is_function = following == "(" and text in FUNCTIONS and text not in ("norm", "softmax")
            if token.kind == "name" and (is_function or self._is_whole(token, tokens[at + 1 :])):
                return True
            before = text if token.kind == "sign" else token.kind
        return False

    def _sign(self, token: Token) -> str:
        return self._lines[token.place.line - 1][token.place.column - 1]

    def _is_whole(self, token: Token, following: Sequence[Token]) -> bool:
        name = token.text
        parts = [part for part in (name, *_PARTS_OF_NAME.split(name)) if part not in self._single]
        base = next((part for part in parts if part in self.shapes), None)
        if base is None:
            return any(part in self._lost for part in parts)
        if not following or following[0].text != "[" or not is_beside(token, following[0]):
            return True
        index = [token.text for token in following[1 : next(_ends(following), 1)]]
        return (
            ":" in index
            or ".." in index
            or (base not in self._entries and index.count(",") + 1 < len(self.shapes[base]))
        )

    def _note_entry(self, name: str) -> None:
        """Note one entry of what is an array as soon as all entries up to the largest index are there."""
        base, _, index = name.partition("[")
        parts = index.removesuffix("]").split(",")
        if not index or not all(part.isdecimal() for part in parts):
            return
        place = tuple(map(int, parts))
        known = self._entries.setdefault(base, set())
        if place in known:
            return
        largest = self._largest.get(base, place)
        known.add(place)
        if len(largest) != len(place) or min(place) < 1:
            place = ()  # of different kinds: never an array
        self._largest[base] = shape = tuple(map(max, largest, place))
        if shape and len(known) > 1 and math.prod(shape) == len(known):
            self.shapes[base] = shape
        else:
            self.shapes.pop(base, None)

    def note(self, statement: Statement) -> None:
        """Note what a statement about single numbers defines: one entry, `z[1,2] = …`, of what may be an array."""
        first = statement.segments[0].tree
        if not isinstance(first, NameNode) or len(statement.segments) < 2:
            return
        if not first.key.endswith("]"):
            self._single.add(first.key)
        else:
            base = first.key.partition("[")[0]
            if base not in self.shapes or base in self._entries:
                self._note_entry(first.key)
        self._definitions.setdefault(first.key, statement.segments[1].tree)

    # -- Writing out ------------------------------------------------------------------------------

    def written_out(self, statement: Statement, parser: ArrayParser, problems: list[SheetError]) -> Iterator[Statement]:
        """Yield the statement of each entry."""
        first, *others = statement.segments
        names = Names(self.shapes, self._name, DerivativeNode, self._is_diagonal, self.layout)
        reading = Reading(TreeEntries(), names)
        is_new = isinstance(first.tree, NameNode) and not self._is_known(first.tree)
        values = [None if is_new else self._value(reading, first, problems)]
        values += [self._value(reading, other, problems) for other in others]
        segments = [
            value if isinstance(value, Segment) else segment for value, segment in zip(values, statement.segments)
        ]
        values = [None if isinstance(value, Segment) else value for value in values]
        if is_new:
            assert isinstance(first.tree, NameNode)
            yield from self._define(first.tree, statement, segments, values, parser)
        elif values[0] is None:
            yield statement.with_segments([segments[0], *map(_unneeded, segments[1:])])
        else:
            if isinstance(first.tree, DerivativeNode):
                values[0] = self._with_wanted_axes(reading, first.tree, values)
            yield from self._entries_of(statement, segments, values, parser)

    def _value(self, reading: Reading, segment: Segment, problems: list[SheetError]) -> Any:
        """Return what a member is, or the member as an unreadable one."""
        if isinstance(segment.tree, (UnreadableNode, UnansweredNode)):
            return segment if isinstance(segment.tree, UnreadableNode) else segment.tree
        try:
            return reading.compute(segment.tree)
        except LostNameError as error:
            return unreadable(segment, error, error.line)
        except SheetError as error:
            problems.append(error)
            return unreadable(segment, error)

    def _is_known(self, node: NameNode) -> bool:
        base = node.key.partition("[")[0]
        return base in self.shapes or node.key in self._definitions

    def _name(self, key: str, place: TextPlace) -> Node:
        if key in self._lost:
            raise LostNameError(f"{key} depends on line {self._lost[key]}, which cannot be read", self._lost[key])
        return NameNode(key, place)

    def _is_diagonal(self, of: str, by: str) -> bool:
        """Return whether each entry of one array depends on the same entry of another, and on no other entry of it."""
        shape = self.shapes.get(of, ())
        inputs = entry_names(by, shape).entries
        for name, own in zip(entry_names(of, shape).entries, inputs):
            tree = self._definitions.get(name)
            mentioned = [] if tree is None else syntax.names_in(tree)
            if [other for other in mentioned if other in inputs] != [own]:
                return False
        return bool(inputs)

    def _with_wanted_axes(self, reading: Reading, first: DerivativeNode, values: list[Any]) -> Any:
        """Return the derivative of an array by an array with all its axes if what is claimed has as many."""
        claimed = next((value for value in values[1:] if isinstance(value, Array)), None)
        if claimed is None or claimed.ndim < 2 or Array.of(values[0]).ndim >= claimed.ndim:
            return values[0]
        return reading.jacobian(first)

    def _define(
        self, name: NameNode, statement: Statement, segments: list[Segment], values: list[Any], parser: ArrayParser
    ) -> Iterator[Statement]:
        definition = values[1]
        if definition is None or isinstance(definition, UnansweredNode):
            unread = segments[1].tree
            needs = unread.needs if isinstance(unread, UnreadableNode) else 0
            self._lost[name.key] = needs or segments[1].place.line
            yield statement.with_segments([segments[0], segments[1], *map(_unneeded, segments[2:])])
            return
        is_list = isinstance(segments[1].tree, CallNode) and segments[1].tree.function == "[]"
        if isinstance(definition, Array) and definition.size == 1 and not is_list:
            definition = definition.entries[0]
        self._lost.pop(name.key, None)
        if isinstance(definition, Array):
            self.shapes[name.key] = definition.shape
            self._single.discard(name.key)
            keys = entry_names(name.key, definition.shape)
            self._definitions.update(zip(keys.entries, definition.entries))
            values = [keys.map(lambda key: NameNode(key, name.place)), definition, *values[2:]]
        else:
            values = [name, definition, *values[2:]]
            self._single.add(name.key)
            self._definitions[name.key] = definition
        yield from self._entries_of(statement, segments, values, parser)

    def _entries_of(
        self, statement: Statement, segments: list[Segment], values: list[Any], parser: ArrayParser
    ) -> Iterator[Statement]:
        """Yield the statement of each entry of the first member, with the same entry of every other one."""
        subject = values[0]
        shape = subject.shape if isinstance(subject, Array) and subject.size > 1 else ()
        if isinstance(subject, Array) and not shape:
            values[0], single = subject.entries[0], subject.shape
        else:
            single = ()
        texts = index_texts(shape or single) if shape or single else [""]
        fitting = [_fitted(value, shape) for value in values]
        members: list[ArrayMember] = []
        source: Node | None = None
        about = segments[0].text
        for segment in segments:
            members.append(ArrayMember(about, shape, segment.tree, source))
            if not isinstance(segment.tree, (UnreadableNode, UnansweredNode)):
                source = segment.tree
        for at, index in enumerate(texts):
            made = []
            for place, (segment, value) in enumerate(zip(segments, fitting)):
                if isinstance(value, Misfit):
                    if at:
                        continue  # it is one claim
                    tree: Node = MisshapenNode(value.reason(segments[0].text, shape))
                else:
                    tree = segment.tree if value is None else value[at] if isinstance(value, list) else value
                written = parser.spots.get(segment.place, []) if place else []
                is_written = len(written) == len(texts) and isinstance(value, list)
                text, where = written[at] if is_written else (segment.text, segment.place)
                entry = ArrayEntry(members[place], index, text, where) if shape else None
                made.append(Segment(tree, segment.text, segment.place, entry))
            if len(made) > 1 or isinstance(made[0].tree, UnreadableNode):
                yield statement.with_segments(made)


class Misfit:
    """An array of another shape than the one that it is said to be."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def reason(self, about: str, wanted: Shape) -> str:
        """Return both shapes in words."""
        has, other = ("has" if len(shape) == 1 else "is" for shape in (wanted, self.shape))
        found = f"{about} {has} {shape_text(wanted)}, and this {other} {shape_text(self.shape)}"
        turned = len(wanted) == 2 and self.shape == wanted[::-1]
        return found + (
            ", its transpose; a sheet in which derivatives lie so says layout: numerator" * (turned and "/" in about)
        )


class LostNameError(SheetError):
    """An array is needed whose line cannot be read."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _fitted(value: Any, shape: Shape) -> Any:
    """Return the entries of a member in the order of those of an array, one entry for all of them, or a misfit."""
    if not isinstance(value, Array):
        return value
    if value.size == 1:
        return value.entries[0]
    plain, wanted = ([length for length in each if length != 1] for each in (value.shape, shape))
    is_vector = len(wanted) == 1 and 1 in (len(shape), len(value.shape))  # a column or a row is a vector
    if value.shape == shape or (plain == wanted and (is_vector or len(value.shape) != len(shape))):
        return value.entries
    return Misfit(value.shape)


def _unneeded(segment: Segment) -> Segment:
    """Return a member after one that cannot be read: there is nothing that it could be compared with."""
    if isinstance(segment.tree, (UnansweredNode, UnreadableNode)):
        return segment
    line = segment.place.line
    return unreadable(segment, SheetError(f"it depends on line {line}, which cannot be read"), line)


def _ends(tokens: Sequence[Token]) -> Iterator[int]:
    return (at for at, token in enumerate(tokens) if token.text == "]")


def _is_list(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a bracket holds a list, and no expression: it has a comma, or is a number and all there is."""
    depth = 0
    for end in range(at, len(tokens)):
        text = tokens[end].text
        depth += (text in ("[", "(")) - (text in ("]", ")"))
        if depth == 1 and text in (",", ";"):
            return True
        if depth == 0:
            before, after = tokens[at - 1].text if at else "", tokens[end + 1].text if end + 1 < len(tokens) else "="
            is_number = all(token.kind == "number" or token.text in "+-?[]" for token in tokens[at + 1 : end])
            return (before == "=" and after == "=" and is_number) or (
                tokens[at + 1].text == "[" and _is_list(tokens, at + 1)
            )
    return False
