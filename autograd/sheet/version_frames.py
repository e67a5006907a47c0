"""What the names of a sheet stand for at the line that is being read, and how a line compares with earlier ones.

The *frame* of a version has the names that it depends on within its pass, each with the version that it was computed
from. A version is *stale* when one of these is another one now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.interpreter import Evaluation
from autograd.claims.sampling import agree, generic_points
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode, Segment
from autograd.claims.versions import version_key, written_name
from autograd.claims.worksheet import Worksheet
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.claims.tree import Node

ROUGHLY = 1e-3  # relative difference of what arithmetic in rounded figures gives
LAST_DIGIT = 0.51  # of its last digit: how far off a rounded number may be


class VersionsSoFar:
    """The versions of all names at one line of a sheet."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.current: dict[str, str] = {}  # the key of each name that has more than one version
        self.waiting: dict[str, str] = {}  # the weights of the next pass
        self.open: dict[str, str] = {}  # names of which it is not sure which version is meant, and why
        self.first_loss = ""  # the loss of the first pass
        self._moved: set[str] = set()  # names that are other ones in this pass, so that what uses them is, too
        self._count: dict[str, int] = {}
        self._cumulative: set[str] = set()  # versions that are made of the version before
        self._stepped: dict[str, str] = {}  # the weight that another name is after a step: w for w_new
        self._frames: dict[str, dict[str, str]] = {}
        self._differentiated: dict[str, None] = {}  # of the claims and names that were read already
        self._used: set[str] = set()
        self._claims_read = self._names_read = 0
        self._forward_of: tuple[list[str], set[str]] = ([], set())

    def key(self, name: str) -> str:
        """Return the key of the version that a name means now."""
        return self.current.get(name, name)

    def _is_of_the_next_pass(self, slope: DerivativeNode, others: Sequence[Segment]) -> bool:
        """Return whether dE/do is written again after a step, and not with the number that it had before."""
        if not self.waiting:
            return False
        pair = (self.key(slope.of), self.key(slope.by))
        earlier = [claim for claim in self.sheet.claims if (claim.subject.of, claim.subject.by) == pair]
        if not earlier or not self._is_changed(pair[0], None, {**self.current, **self.waiting}):
            return False
        written = {claim.number.value for claim in earlier if claim.number is not None}
        numbers = [n for n in (syntax.single_number(other.tree) for other in others) if n is not None]
        try:
            part = self._part(pair)
            before = Evaluation(part, part.givens).derivative(*pair)
        except ChalkgradError:
            return False
        return not all(n.value in written or _is_written_as(before, n) for n in numbers)

    # -- What a version is made of ------------------------------------------------------------------

    def _frame(self, key: str) -> dict[str, str]:
        """Return the names that a version depends on within its pass, each with the key that it had."""
        if key not in self._frames:
            found: dict[str, str] = {}
            seen, waiting = {key}, [key] if not self._is_kept(key) else []
            while waiting:
                for below in self._mentioned(waiting.pop()):
                    found.setdefault(written_name(below), below)
                    if below not in seen and not self._is_kept(below):
                        waiting.append(below)
                    seen.add(below)
            self._frames[key] = found
        return self._frames[key]

    def _mentioned(self, key: str) -> list[str]:
        segment = self.sheet.definitions.get(key)
        return [] if segment is None else all_names(segment.tree)

    def _is_kept(self, key: str) -> bool:
        """Return whether a version keeps its number when what it came from changes: a step, a running sum, E_old."""
        if key in self.sheet.held or key in self._cumulative or key in self._stepped:
            return True
        return bool(self._copied(key)) and key not in self._forward()

    def _copied(self, key: str) -> str:
        """Return the version that another name is a copy of: E in E_old = E; empty if it is none."""
        segment = self.sheet.definitions.get(key)
        return segment.tree.key if segment is not None and isinstance(segment.tree, NameNode) else ""

    def _is_old_copy(self, key: str) -> bool:
        copied = self._copied(key) if self._moved and key not in self.sheet.held else ""
        return bool(copied) and written_name(copied) in self._moved and self.key(written_name(copied)) != copied

    def _is_stale(self, key: str) -> bool:
        """Return whether a version belongs to an earlier pass; a name that a program uses again makes nothing stale."""
        return any(name in self._moved and self.key(name) != below for name, below in self._frame(key).items())

    def _is_changed(self, old: str, tree: Node | None, after: Mapping[str, str]) -> bool:
        """Return whether something in a formula has another version now, or is written as another name, w_new."""
        frame = self._frame(old)
        if any(after.get(name, name) != key for name, key in frame.items()):
            return True
        return tree is not None and any(self._stepped.get(self.key(name)) in frame for name in syntax.names_in(tree))

    def _has_new_figure(self, old: str, tree: Node, after: Mapping[str, str]) -> bool:
        """Return whether a formula has a number that was written for a name after it changed."""
        changed = {after[name] for name, key in self._frame(old).items() if after.get(name, key) != key}
        claims = (claim for claim in self.sheet.claims if claim.subject.name in changed) if changed else ()
        figures = {claim.number.value for claim in claims if claim.number is not None}
        return any(isinstance(node, NumberNode) and node.value in figures for node in syntax.walk(tree))

    def _read_on(self) -> None:
        """Note what the claims and definitions since the last time differentiate and use."""
        claims, order = self.sheet.claims[self._claims_read :], self.sheet.order[self._names_read :]
        self._claims_read, self._names_read = len(self.sheet.claims), len(self.sheet.order)
        self._differentiated.update((claim.subject.of, None) for claim in claims if claim.subject.of)
        self._differentiated.update((node.of, None) for name in order for node in self.sheet.derivatives_in(name))
        self._used.update(*map(self.sheet.mentioned_by, order))

    def _is_used(self, key: str) -> bool:
        self._read_on()
        return key in self._used

    def _outputs(self) -> list[str]:
        """Return the names that are differentiated so far, and the loss."""
        self._read_on()
        return [n for n in {**self._differentiated, self.key(self.sheet.loss or ""): None} if n in self.sheet.names]

    def _forward(self) -> set[str]:
        """Return the names that a loss depends on, as far as the sheet says what is differentiated."""
        outputs = self._outputs()
        if self._forward_of[0] != outputs:
            self._forward_of = outputs, self.sheet.below(outputs, within_pass=True)
        return self._forward_of[1]

    def _names_itself(self, name: str, tree: Node) -> bool:
        before = self.waiting.get(name, self.key(name))
        for other in syntax.names_in(tree):
            if other == name or self._copied(self.key(other)) == before:  # w_old = w; w = w_old − …
                return True
        slopes = (node.by for node in syntax.walk(tree) if isinstance(node, DerivativeNode))
        return name in slopes and (before in self.sheet.givens or before in self.sheet.held)

    def _note_step(self, name: str, tree: Node) -> None:
        """Note that a new name is a weight after a step: w_new = w − η·dE/dw, w⁺ = w − 0.5·δ·x."""
        weight = self._weight_in(name, tree)
        if weight and self._is_used(self.key(weight)):  # w_ahead = w + μ·v is no step
            self._stepped[name] = weight

    def _is_step_of(self, key: str, name: str) -> bool:
        """Return whether a name is defined as a weight that has moved: u = w − η·g."""
        segment = self.sheet.definitions.get(key)
        terms = [] if segment is None or not isinstance(segment.tree, BinaryNode) else syntax.signed_terms(segment.tree)
        is_term = any(isinstance(term, NameNode) and term.key == self.key(name) for term, _ in terms)
        return self._stepped.get(key) == name or (is_term and self.key(name) in self._forward())

    def _weight_in(self, name: str, tree: Node) -> str:
        """Return the weight that a formula is a step of; empty if it is none."""
        slopes = {node.by for node in syntax.walk(tree) if isinstance(node, DerivativeNode)}
        for term, sign in syntax.signed_terms(tree) if isinstance(tree, BinaryNode) else ():
            if (
                isinstance(term, NameNode)
                and sign > 0
                and (term.key in self.sheet.givens or term.key in self.sheet.held)
            ):
                weight = written_name(term.key)
                stem, base = name.partition("[")[0], weight.partition("[")[0]
                if stem.startswith(base) or stem.endswith(base) or term.key in slopes:
                    return weight
        return ""

    # -- Comparing ----------------------------------------------------------------------------------

    def _is_same(self, tree: Node, old: str) -> bool:
        """Return whether a formula is equal to that of a version, whatever the numbers of its givens are."""
        if old not in self.sheet.definitions:
            return False
        if self._signature(tree) == self._signature(self.sheet.definitions[old].tree):
            return True
        frame = self._frame(old)
        tree = syntax.map_nodes(tree, lambda node: _in_frame(node, self._base, frame, self.current))
        names = all_names(tree)
        if not self.sheet.names.keys() >= set(names) or old in names:
            return False
        part = self._part([old, *names])
        left_out = part.computed_from([old]) - part.computed_from(names)
        try:
            own = Evaluation(part, part.givens)
            points = generic_points(part, own, fixed=[name for name in left_out if name in part.givens])
        except ChalkgradError:
            return False
        return bool(points) and all(agree(point.try_number(tree), point.value(old)) for point in (own, *points))

    def _is_along_gradient(self, name: str, before: str, tree: Node) -> bool:
        """Return whether a formula is the weight plus a rate times its gradient, or is made of derivatives."""
        weight = self.key(name)
        if any(self.sheet.derivatives_in(below) for below in self.sheet.below(all_names(tree), within_pass=True)):
            return True
        for loss in dict.fromkeys(self._outputs()):
            part = self._part([loss, before, *all_names(tree)])
            try:
                own = Evaluation(part, part.givens)
                rates = part.givens.keys() - part.below([loss])
                points = [own, *generic_points(part, own, fixed=rates)]
                slopes = [point.derivative(loss, weight) for point in points]
                steps = [(p.number(tree) - p.value(before)) / slope for p, slope in zip(points, slopes)]
            except (ChalkgradError, ZeroDivisionError):
                continue
            varies = not all(agree(slope, slopes[0]) for slope in slopes)
            if varies and steps[0] and all(agree(step, steps[0]) for step in steps):
                return True
        return False

    @staticmethod
    def _is_term(name: str, tree: Node) -> bool:
        """Return whether a name is added in a formula as it is: w − η·δ·x, and not μ·v − η·δ·x."""
        return any(isinstance(term, NameNode) and term.key == name for term, _ in syntax.signed_terms(tree))

    def _signature(self, tree: Node) -> list[object]:
        """Return a formula without its places and versions."""
        found: list[object] = []
        for node in syntax.walk(tree):
            if isinstance(node, NameNode):
                found.append(self._base(node.key))
            elif isinstance(node, DerivativeNode):
                found.append((self._base(node.of), self._base(node.by)))
            elif isinstance(node, NumberNode):
                found.append(node.value)
            elif isinstance(node, BinaryNode):
                found.append(node.operator)
            else:
                found.append((node.function, node.primes, len(node.args)) if isinstance(node, CallNode) else "−")
        return found

    def _base(self, name: str) -> str:
        """Return a name as written; the weight itself for a name of the weight after a step."""
        return self._stepped.get(self.key(name), self._stepped.get(name)) or written_name(name)

    def _is_written_before(self, name: str, tree: Node) -> bool:
        """Return whether an earlier version of a name has the same formula."""
        keys = [version_key(name, number) for number in range(1, self._count.get(name, 1) + 1)]
        trees = [self.sheet.definitions[key].tree for key in keys if key in self.sheet.definitions]
        return any(self._signature(other) == self._signature(tree) for other in trees)

    def _mentions_changed(self, tree: Node) -> bool:
        return any(name in self.waiting or name in self.open for name in syntax.names_in(tree))

    def _repeats(self, old: str, segments: Sequence[Segment], after: Mapping[str, str]) -> bool:
        """Return whether a chain has the number that a name had before the step of its weights, and not the new one."""
        if not (self.waiting or self.open):
            return False
        numbers = [segment for segment in segments[2:] if syntax.single_number(segment.tree) is not None]
        if not numbers or not all(self._fits(old, segment) for segment in numbers):
            return False
        return not self._fits_formula(segments[1:], after)

    def _fits_formula(self, segments: Sequence[Segment], mapping: Mapping[str, str]) -> bool | None:
        """Return whether the numbers of a chain are that of its formula with these versions; None without numbers."""
        numbers = [segment for segment in segments[1:] if syntax.single_number(segment.tree) is not None]
        if not numbers:
            return None
        tree = syntax.map_nodes(segments[0].tree, lambda node: _in_frame(node, written_name, mapping, mapping))
        try:
            part = self._part(syntax.names_in(tree))
            number = Evaluation(part, part.givens).try_number(tree)
        except ChalkgradError:
            return False
        return number is not None and all(_is_near(number, segment) for segment in numbers)

    def _fits(self, key: str, segment: Segment) -> bool:
        """Return whether a number is that of a version, or was claimed of it before."""
        if key in self.sheet.givens and _is_near(self.sheet.givens[key], segment):
            return True
        number = syntax.single_number(segment.tree)
        if number is not None:
            claimed = (claim.number for claim in self.sheet.claims if claim.subject.name == key)
            if any(other is not None and other.value == number.value for other in claimed):
                return True
        try:
            part = self._part([key])
            return _is_near(Evaluation(part, part.givens).value(key), segment)
        except ChalkgradError:
            return False

    def _part(self, names: Sequence[str]) -> Worksheet:
        """Return a worksheet of these names and what they are computed from."""
        sheet, part = self.sheet, Worksheet()
        part.functions, part.held = sheet.functions, sheet.held
        wanted = sheet.computed_from(names)
        for name in sheet.order:
            if name in wanted and name in sheet.definitions:
                part.define(name, sheet.definitions[name])
            elif name in wanted:
                part.define(name, Segment(sheet.written_givens[name], "", syntax.NOWHERE))
        return part

    def _is_of_the_key(self, name: str) -> bool:
        return self.sheet.key is not None and name in self.sheet.key.names and name not in self.current

    def _line_of(self, key: str) -> int:
        return self.sheet.line_of(key)


def all_names(tree: Node) -> list[str]:
    """Return the names in a tree, those of its derivatives included."""
    slopes = (node for node in syntax.walk(tree) if isinstance(node, DerivativeNode))
    return [*syntax.names_in(tree), *(name for node in slopes for name in (node.of, node.by))]


def _in_frame(node: Node, base: Callable[[str], str], frame: Mapping[str, str], current: Mapping[str, str]) -> Node:
    def key(name: str) -> str:
        name = base(name)
        return frame.get(name) or current.get(name, name)

    if isinstance(node, NameNode):
        return NameNode(key(node.key), node.place)
    return DerivativeNode(key(node.of), key(node.by), node.place) if isinstance(node, DerivativeNode) else node


def _is_near(value: float, segment: Segment) -> bool:
    """Return whether a member that is a number, or arithmetic, has this value to the digits written."""
    number = syntax.single_number(segment.tree)
    if number is not None:
        return _is_written_as(value, number)
    found = Evaluation(Worksheet(), {}).try_number(segment.tree)
    return found is not None and abs(found - value) <= ROUGHLY * abs(value)


def _is_written_as(value: float, number: NumberNode) -> bool:
    return agree(number.value, value) or (not number.exact and abs(number.value - value) <= LAST_DIGIT * number.unit)
