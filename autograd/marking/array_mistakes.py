"""Mistakes of whole arrays: transposed, summed along the wrong axis, a matrix product for one entry by entry, ….

An array that is claimed as a formula is put right by one edit of that formula, before it is written out for its
entries. An edit that makes it the truth at every generic point names the mistake, for all entries at once. Numbers are
compared with those that the writer's own figures give, moved about, and with those of the formula before them, edited.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.array_trees import MATRIX_PRODUCTS, FloatEntries, Names, Reading, array_text, entry_names
from autograd.claims.arrays import Array
from autograd.claims.sampling import agree
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, walk, whole_number
from autograd.errors import ChalkgradError
from autograd.marking.intervals import half_unit
from autograd.marking.messages import Mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import ArrayMember, Node
    from autograd.marking.case import DiagnosisCase
    from autograd.marking.verdicts import Verdict

MAX_ENTRIES = 5_000  # of an array whose mistake is looked for
MAX_CASES = 64  # entries that are compared with earlier mistakes carried forward
MAX_LINES = 12  # rows or columns that are swapped in pairs
SLACK = 2e-3  # of a number worked out with rounded figures

Matches = "Callable[[Any], bool]"


class ArrayMistakes:
    """The arrays that are claimed in a worksheet, and what is wrong with a whole one."""

    def __init__(self, samples: SamplePoints, case: Callable[[Claim], DiagnosisCase]) -> None:
        self._samples = samples
        self._case = case
        self._groups: dict[ArrayMember, list[Claim]] = {}
        for claim in samples.worksheet.claims:
            if claim.segment.entry is not None:
                self._groups.setdefault(claim.segment.entry.member, []).append(claim)
        arrays = samples.worksheet.arrays.values()
        self._lengths = sorted({length for shape in arrays for length in shape if length > 1})

    # -- Formulas ---------------------------------------------------------------------------------

    def of_formula(self, claim: Claim) -> Mistake | None:
        """Return the mistake of the whole array that a wrong claim is an entry of, if it is a formula."""
        entry = claim.segment.entry
        if entry is None or self._is_too_long(entry.member):
            return None
        if _is_list(entry.member.tree) or syntax.is_arithmetic(entry.member.tree):
            return self._of_misshapen_numbers(claim, entry.member) if claim.kind == "unreadable" else None
        points = self._samples.points
        readings = [self._reading(point) for point in points]
        for wanted in self._wanted(claim, entry.member):
            for mistake, edited in self._edits(entry.member.tree, entry.member):
                if points and all(
                    _equal(_computed(reading, edited), array) for reading, array in zip(readings, wanted)
                ):
                    return mistake
        return None

    def _is_too_long(self, member: ArrayMember) -> bool:
        return len(self._groups.get(member, ())) > MAX_ENTRIES

    def _wanted(self, claim: Claim, member: ArrayMember) -> Iterator[list[Array]]:
        """Yield the arrays that are wanted at the generic points, those of an earlier mistake carried forward last."""
        claims = self._groups[member]
        points = self._samples.points
        truths = self._subject_arrays(claim, member, points)
        if truths is not None:
            yield truths
        if claim.kind == "unreadable" or len(claims) > MAX_CASES:
            return
        found = [self._case(each).wanted for each in claims]
        for alternatives in zip(*found):
            columns = [[numbers[at] for numbers in alternatives] for at in range(len(points))]
            if all(number is not None for column in columns for number in column):
                yield [Array(member.shape, column) for column in columns]

    def _subject_arrays(self, claim: Claim, member: ArrayMember, points: Sequence[Evaluation]) -> list[Array] | None:
        """Return the array that a claim is about, at each of the points."""
        claims = self._groups[member]
        size = Array.full(member.shape, 0).size
        if len(claims) == size and claim.kind != "unreadable":
            numbers = [self._samples.truths(each) for each in claims]
            columns = [[each[at] for each in numbers] for at in range(len(points))]
            return [Array(member.shape, column) for column in columns]
        arrays, subject = self._samples.worksheet.arrays, claim.subject
        varied = subject.by if subject.of else subject.name
        base = varied.partition("[")[0]
        if base not in arrays:
            return None
        names = entry_names(base, arrays[base])
        if not subject.of:
            return [names.map(point.value) for point in points]
        try:
            found = [Array(names.shape, [p.derivative(subject.of, name) for name in names.entries]) for p in points]
        except ChalkgradError:
            return None
        return [array.T for array in found] if member.shape == array_shape_turned(found) else found

    def _reading(self, point: Evaluation) -> Reading:
        sheet = self._samples.worksheet
        names = Names(
            sheet.arrays,
            lambda key, _place: point.value(key),
            lambda of, by, _place: point.derivative(of, by),
            lambda _of, _by: True,
            sheet.layout,
        )
        return Reading(FloatEntries(sheet.functions), names)

    # -- Edits ------------------------------------------------------------------------------------

    def _edits(self, tree: Node, member: ArrayMember) -> Iterator[tuple[Mistake, Node]]:
        """Yield the formula with one thing put right, and the mistake that it was; the likeliest first."""
        about = member.about
        yield from _whole_turned(tree, about)
        nodes = list(dict.fromkeys(walk(tree)))
        for node in nodes:
            for mistake, new in _edits_of(node):
                yield mistake, _replaced(tree, node, new)
        for node in filter(_is_product, nodes):
            assert isinstance(node, BinaryNode)
            new = BinaryNode(node.operator, node.right, node.left, node.place)
            yield _instead("the wrong way round", node, new), _replaced(tree, node, new)
        for axis in ("0", "1", ""):
            text = f"{about} is summed over {_AXES[axis]}, and this is not"
            yield Mistake("not summed", text), _call(f"sum {axis}".strip(), tree)
        for length in self._lengths:
            number = whole_number(length)
            text = f"1/{length} is one factor too many: it is divided by the number of rows already"
            yield Mistake("divided by n", text), BinaryNode("*", tree, number, NOWHERE)
            text = f"the division by {length} is left out"
            yield Mistake("not divided by n", text), BinaryNode("/", tree, number, NOWHERE)
        yield from _moved(tree, member.shape)
        for node in nodes:
            if isinstance(node, NameNode):
                yield from ((m, _replaced(tree, node, new)) for m, new in self._other_arrays(node))

    def _other_arrays(self, node: NameNode) -> Iterator[tuple[Mistake, Node]]:
        arrays = self._samples.worksheet.arrays
        base, _, index = node.key.partition("[")
        shape = arrays.get(base)
        if shape is not None and index:  # another row or column
            parts = index.removesuffix("]").split(",")
            for axis, part in enumerate(parts):
                for at in range(1, shape[axis] + 1) if part.isdecimal() else ():
                    other = NameNode(f"{base}[{','.join([*parts[:axis], str(at), *parts[axis + 1 :]])}]", node.place)
                    if other.key != node.key:
                        yield _instead("another row or column", node, other), other
        for name, other_shape in arrays.items():
            if shape == other_shape and name != base:
                other = NameNode(f"{name}[{index}" if index else name, node.place)
                yield _instead("another array", node, other), other

    # -- Numbers ----------------------------------------------------------------------------------

    def with_mistakes(self, verdicts: list[Verdict]) -> list[Verdict]:
        """Return the verdicts with the mistake of each whole array of numbers that has one."""
        groups: dict[ArrayMember, list[Verdict]] = {}
        for verdict in verdicts:
            entry = verdict.claim.segment.entry
            if entry is not None and verdict.claim.number is not None:
                groups.setdefault(entry.member, []).append(verdict)
        named: dict[Claim, Mistake] = {}
        for member, entries in groups.items():
            wrong = [verdict for verdict in entries if verdict.is_first_mistake]
            mistake = self._of_numbers(member, entries) if wrong else None
            if mistake is not None:
                named.update((verdict.claim, mistake) for verdict in wrong)
        if not named:
            return verdicts
        return [v._replace(diagnosis=(named[v.claim],)) if v.claim in named else v for v in verdicts]

    def _of_numbers(self, member: ArrayMember, entries: list[Verdict]) -> Mistake | None:
        size = Array.full(member.shape, 0).size
        if len(entries) != size or size > MAX_ENTRIES:
            return None
        claims = [verdict.claim for verdict in entries]
        matches = _matcher(member.shape, claims)
        own = Array(member.shape, [v.exact if v.own is None else v.own for v in entries])
        tree = _literal(own)
        reading = self._reading(self._samples.at_givens)
        if matches(own):
            return None  # the numbers are too near to the right ones to have another place
        for mistake, edited in self._misplaced(tree, member):
            if matches(_computed(reading, edited)):
                return mistake
        source = member.source if member.source is not None and not _is_list(member.source) else None
        for mistake, edited in self._made(source) if source is not None else ():
            if matches(_computed(reading, edited)):
                return mistake
        return None

    def _misplaced(self, tree: Node, member: ArrayMember) -> Iterator[tuple[Mistake, Node]]:
        """Yield an array of right numbers with a mistake made in it."""
        yield from _whole_turned(tree, member.about)
        yield from _moved(tree, member.shape)
        for length in self._lengths:
            number = whole_number(length)
            text = f"these are divided by {length} once too often"
            yield Mistake("divided by n", text), BinaryNode("/", tree, number, NOWHERE)
            text = f"the division by {length} is left out"
            yield Mistake("not divided by n", text), BinaryNode("*", tree, number, NOWHERE)

    def _made(self, source: Node) -> Iterator[tuple[Mistake, Node]]:
        """Yield the formula that the numbers come from with a mistake made in it."""
        for node in dict.fromkeys(walk(source)):
            for mistake, new in _edits_of(node, is_made=True) if node is not source or not _is_product(node) else ():
                yield mistake, _replaced(source, node, new)
            if isinstance(node, NameNode):
                for mistake, new in self._other_arrays(node):
                    turned = _instead(mistake.kind, new, node)
                    yield turned, _replaced(source, node, new)

    def _of_misshapen_numbers(self, claim: Claim, member: ArrayMember) -> Mistake | None:
        """Return what is wrong with a list of numbers that has another shape than it should."""
        wanted = self._subject_arrays(claim, member, [self._samples.at_givens])
        reading = self._reading(self._samples.at_givens)
        for mistake, edited in self._edits(member.tree, member):
            found = _computed(reading, edited)
            if wanted is not None and isinstance(found, Array) and _plain(found.shape) == _plain(wanted[0].shape):
                pairs = zip(found.entries, wanted[0].entries)
                if all(abs(a - b) <= 5 * SLACK * max(abs(a), abs(b)) for a, b in pairs):
                    return mistake
        return None


_AXES = {"0": "the rows", "1": "the columns", "": "all entries"}


def _whole_turned(tree: Node, about: str) -> Iterator[tuple[Mistake, Node]]:
    """Yield an array with its rows as columns, by the outer product if it is one."""
    turned = _call("ᵀ", tree)
    if isinstance(tree, BinaryNode) and tree.operator in MATRIX_PRODUCTS and _is_turned(tree.right):
        text = f"the outer product is the wrong way round: the rows belong to {array_text(_without_turn(tree.right))}"
        yield Mistake("the wrong way round", text), turned
    yield Mistake("the transpose", f"this is the transpose of {about}"), turned


def _edits_of(node: Node, *, is_made: bool = False) -> Iterator[tuple[Mistake, Node]]:
    """Yield a part of a formula put right, and the mistake that it was; or the other way round, a mistake made."""

    def mistake(kind: str, other: str, new: Node, text: str = "") -> tuple[Mistake, Node]:
        here, belongs = (new, node) if is_made else (node, new)
        said = text or f"{array_text(here)} stands where {array_text(belongs)} belongs"
        return Mistake(other if is_made else kind, said), new

    if isinstance(node, BinaryNode) and node.operator in (*MATRIX_PRODUCTS, "*"):
        if node.operator == "*":
            yield mistake("entry by entry", "a matrix product", BinaryNode("@", node.left, node.right, node.place))
        else:
            yield mistake("a matrix product", "entry by entry", BinaryNode("*", node.left, node.right, node.place))
            both = _call("ᵀ", node.left), _call("ᵀ", node.right)
            yield mistake("the transpose", "the transpose", BinaryNode(node.operator, *both, node.place))
    if isinstance(node, (NameNode, DerivativeNode)) or _is_turned(node) or _is_product(node):
        yield mistake("the transpose", "the transpose", _without_turn(node) if _is_turned(node) else _call("ᵀ", node))
    if isinstance(node, CallNode) and node.function.partition(" ")[0] in ("sum", "mean") and len(node.args) == 1:
        name, _, axis = node.function.partition(" ")
        for other in ("0", "1", "2", ""):
            if other != axis[:1]:
                yield mistake(
                    "the wrong axis",
                    "the wrong axis",
                    _call(f"{name} {other}".strip(), node.args[0]),
                    f"it is summed along the wrong axis{f', {axis[:1]}' if axis and not is_made else ''}",
                )
        yield mistake(
            "summed",
            "not summed",
            node.args[0],
            "a sum over one axis is left out" if is_made else "it is summed where no sum belongs",
        )


def _moved(tree: Node, shape: Sequence[int]) -> Iterator[tuple[Mistake, Node]]:
    """Yield an array with two rows or two columns swapped, and with all of them moved along by one."""
    kinds = [("entries", 0)] if len(shape) == 1 else [("rows", 0), ("columns", 1)]
    for what, axis in kinds if len(shape) in (1, 2) else ():
        length = shape[axis]
        for a, b in combinations(range(length), 2) if 1 < length <= MAX_LINES else ():
            order = list(range(length))
            order[a], order[b] = b, a
            text = f"{what} {a + 1} and {b + 1} are swapped"
            yield Mistake("swapped rows or columns", text), Reordered(tree, axis, order)
        for step in (1, length - 1) if length > 2 else ():
            order = [(at + step) % length for at in range(length)]
            yield Mistake("shifted", f"the {what} are moved along by one"), Reordered(tree, axis, order)


class Reordered(CallNode):
    """An array with its rows or columns in another order."""

    __slots__ = ("axis", "order")

    def __init__(self, tree: Node, axis: int, order: list[int]) -> None:
        super().__init__("reordered", (tree,), NOWHERE)
        self.axis, self.order = axis, order


def _computed(reading: Reading, tree: Node) -> Any:
    """Return an edited formula at one point; None where it has no value."""
    try:
        if isinstance(tree, Reordered):
            found = reading.compute(tree.args[0])
            is_array = isinstance(found, Array) and tree.axis < found.ndim and len(tree.order) == found.shape[tree.axis]
            return found[(slice(None),) * tree.axis + (tree.order,)] if is_array else None
        return reading.compute(tree)
    except (ChalkgradError, ArithmeticError, ValueError, KeyError):
        return None


def _equal(found: Any, wanted: Array) -> bool:
    """Return whether a result is the wanted array, of the same shape but for axes of one entry."""
    array = Array.of(found)
    fits = found is not None and _plain(array.shape) == _plain(wanted.shape)
    return fits and all(map(agree, array.entries, wanted.entries))


def _matcher(shape: Sequence[int], claims: Iterable[Claim]) -> Callable[[Any], bool]:
    """Return whether an array has the written numbers, up to the rounding of figures before them."""
    numbers = [claim.number for claim in claims if claim.number is not None]

    def matches(found: Any) -> bool:
        array = Array.of(found)
        if found is None or _plain(array.shape) != _plain(shape):
            return False
        return all(
            abs(entry - number.value) <= 1.01 * half_unit(number) + SLACK * abs(entry)
            for entry, number in zip(array.entries, numbers)
        )

    return matches


def _plain(shape: Sequence[int]) -> list[int]:
    return [length for length in shape if length != 1]


def array_shape_turned(arrays: Sequence[Array]) -> tuple[int, ...]:
    """Return the shape of the transposes of some arrays, where that differs from their own."""
    shape = arrays[0].shape if arrays else ()
    return shape[::-1] if shape != shape[::-1] else ()


def _literal(array: Array) -> Node:
    """Return numbers as a tree."""

    def node(rows: Any) -> Node:
        if isinstance(rows, list):
            return CallNode("[]", tuple(map(node, rows)), NOWHERE)
        return syntax.NumberNode(repr(float(rows)), float(rows), 0.0)

    return node(array.nested())


def _is_list(tree: Node) -> bool:
    return isinstance(tree, CallNode) and tree.function == "[]"


def _is_turned(node: Node) -> bool:
    return isinstance(node, CallNode) and node.function == "ᵀ"


def _is_product(node: Node) -> bool:
    return isinstance(node, BinaryNode) and node.operator in MATRIX_PRODUCTS


def _without_turn(node: Node) -> Node:
    return node.args[0] if isinstance(node, CallNode) and _is_turned(node) else node


def _call(function: str, tree: Node) -> Node:
    return CallNode(function, (tree,), NOWHERE)


def _instead(kind: str, here: Node, belongs: Node) -> Mistake:
    return Mistake(kind, f"{array_text(here)} stands where {array_text(belongs)} belongs")


def _replaced(tree: Node, target: Node, new: Node) -> Node:
    """Return a tree with one part replaced."""
    done: list[Node] = []
    for node in reversed(walk(tree)):
        rebuilt = syntax.rebuild(node, done)
        done.append(new if node is target else rebuilt)
    return done.pop()
