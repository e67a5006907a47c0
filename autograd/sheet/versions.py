"""What a name stands for on each line of a sheet that uses one name for several things.

Each meaning of a name is a *version* with a key of its own (`claims/versions.py`), as if the sheet had been written
with different names. Three things make a new version:

- a formula that names itself: a step `w = w − η·dE/dw`, or a value such as `s = s + x`;
- a formula that is written again after something in it has changed;
- another number for a given, or another formula, of which nobody knows what is meant.

A weight that was stepped is *waiting*: the lines of the same step still mean the weight before. A new *pass* begins
where a formula of the forward pass is written again, or its number is given again; then the weights are the new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.interpreter import Evaluation
from autograd.claims.sampling import agree, generic_points
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode, Segment
from autograd.claims.versions import Doubt, version_key, written_name
from autograd.claims.worksheet import Worksheet
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.sheet.program import Statement


ROUGHLY = 1e-3  # relative difference of what arithmetic in rounded figures gives
LAST_DIGIT = 0.51  # of its last digit: how far off a rounded number may be


class ReadStatement(NamedTuple):
    """The members of a statement with each name as its key; `is_new` where the name on the left gets a new version.

    `is_claimed` where the formula or number of a new version is a claim, too, because it may be meant otherwise.
    """

    segments: Sequence[Segment]
    doubt: Doubt | None = None
    note: str = ""
    is_claimed: bool = False


class Versions:
    """The version of each name that a line means, while a sheet is read from top to bottom."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.current: dict[str, str] = {}  # the key of each name that has more than one version
        self.waiting: dict[str, str] = {}  # the weights of the next pass
        self.open: dict[str, str] = {}  # names of which it is not sure which version is meant, and why
        self.first_loss = ""  # the loss of the first pass
        self._count: dict[str, int] = {}
        self._cumulative: set[str] = set()  # versions that are made of the version before
        self._stepped: dict[str, str] = {}  # the weight that another name is after a step: w for w_new
        self._frames: dict[str, dict[str, str]] = {}
        self._differentiated: dict[str, None] = {}  # of the claims and names that were read already
        self._claims_read = self._names_read = 0
        self._forward_of: tuple[list[str], set[str]] = ([], set())

    def read(self, statement: Statement) -> ReadStatement:
        """Return a statement with the versions that it means."""
        first, *others = statement.segments
        name = first.tree.key if isinstance(first.tree, NameNode) else ""
        if not name or name not in self.sheet.names or not others:
            if isinstance(first.tree, DerivativeNode) and self._is_of_the_next_pass(first.tree, others):
                self._begin_pass()
            found = self._renamed(statement.segments)
            if name and others and name not in self.sheet.names:
                self._note_step(name, found.segments[1].tree)
            return found
        kind, tree = syntax.claim_kind(others[0].tree), others[0].tree
        if kind == "formula":
            if self._names_itself(name, tree):
                return self._update(name, statement.segments)
            return self._formula_again(name, statement.segments)
        if kind in ("number", "arithmetic"):
            return self._number_again(name, statement.segments)
        if kind == "unreadable":
            return self._lost_formula(name, statement.segments)
        return self._about(self.key(name), statement.segments)

    def key(self, name: str) -> str:
        """Return the key of the version that a name means now."""
        return self.current.get(name, name)

    # -- What makes a new version -------------------------------------------------------------------

    def _update(self, name: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read `w = w − …`: a step of a weight that the forward pass has used, or a new value of any other name."""
        tree, before = segments[1].tree, self.waiting.get(name, self.key(name))
        forward = self._forward()
        is_leaf = before in self.sheet.givens or before in self.sheet.held
        is_step = is_leaf and self.key(name) in forward and self.key(name) not in self._outputs()
        slopes = [node.by for node in syntax.walk(tree) if isinstance(node, DerivativeNode)]
        is_repeated = self._is_written_before(name, tree)
        if is_repeated and (name in slopes and name in self.waiting if is_step else self._mentions_changed(tree)):
            self._begin_pass()  # another iteration
            before = self.key(name)
        is_step = is_step and (name in slopes or (not slopes and self._is_term(name, tree)))
        read = self._renamed(segments[1:], {name: before})
        new = self._new_key(name)
        others = {n.key for n in syntax.walk(read.segments[0].tree) if isinstance(n, NameNode)} - {before}
        reason = f"in line {segments[0].place.line} {name} becomes another number, and it may be the old one or the new"
        if is_step:
            self.waiting[name] = new
            if not slopes and not self._is_along_gradient(name, before, read.segments[0].tree):
                self.open[name] = reason
        else:
            falls = any(sign < 0 for _, sign in syntax.signed_terms(tree))
            is_unsure = before in forward or (falls and not forward and bool(self.sheet.users(before)))
            if is_leaf and is_unsure:
                self.open[name] = reason
            is_probably_step = falls and not forward and any(before in self._frame(other).values() for other in others)
            self.waiting.pop(name, None)
            (self.waiting if is_leaf and is_probably_step else self.current)[name] = new
        if is_step or name in self.open:
            self.sheet.held.add(new)
        self._cumulative.add(new)
        return self._about(new, segments, read)

    def _formula_again(self, name: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read another formula for a name: the same one again, in this pass or a new one, or a different one."""
        old, tree, line = self.key(name), segments[1].tree, segments[0].place.line
        if isinstance(tree, NameNode) and self._stepped.get(self.key(tree.key)) == name:  # w = w_new
            new = self.waiting[name] = self._new_key(name)
            read = self._renamed(segments[1:])
            self.sheet.held.add(new)
            return self._about(new, segments, read)
        forward = self._forward()
        is_forward = old in forward or not forward
        after = {**self.current, **self.waiting} if is_forward else self.current
        if self._is_same(tree, old):
            if self._is_changed(old, tree, after) and not self._repeats(old, segments, after):
                if is_forward:
                    self._begin_pass()
                read = self._renamed(segments[1:])
                return self._about(self._new_version(name), segments, read)
            return self._restated(old, segments)
        if self._is_of_the_key(name):
            return self._about(old, segments)
        first = self._line_of(old)
        has = f"has two formulas, lines {first} and {line}"
        if old in self.sheet.givens:
            has = f"is a number in line {first} and has a formula in line {line}"
        read = self._renamed(segments[1:])
        is_old = old not in forward and self._is_stale(old)  # a helper of an earlier pass
        new = self._new_version(name)
        if is_old and name in self._stepped and self._weight_in(name, read.segments[0].tree):
            return self._about(new, segments, read)
        self.sheet.doubts[new] = Doubt(f"{name} {has}", even_if_right=not is_old)
        return self._about(new, segments, read)._replace(is_claimed=not is_old)

    def _number_again(self, name: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read a number, or arithmetic, for a name that has one already: it is about this version or the next one."""
        old, segment = self.key(name), segments[1]
        is_number = syntax.single_number(segment.tree) is not None
        waiting = self.waiting.get(name)
        if waiting:
            if self._fits(waiting, segment) or not self._fits(old, segment):
                read = self._about(waiting, segments)
                return read._replace(
                    doubt=read.doubt or (self._other_number(name, old, segment) if is_number else None)
                )
            return self._about(old, segments)
        if self._is_of_the_key(name):
            return self._about(old, segments)
        if name in self.sheet.givens:
            return self._about(old, segments) if self._fits(old, segment) else self._given_again(name, segments)
        after = {**self.current, **self.waiting}
        if not after or not self._is_changed(old, None, after) or self._fits(old, segment):
            return self._about(old, segments)
        forward = self._forward()
        if forward and old not in forward:
            return self._about(old, segments)._replace(
                doubt=Doubt(f"{name} may be the one before the step, or after it")
            )
        self._begin_pass()
        return self._about(self._read_key(name), segments)

    def _given_again(self, name: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read another number for a given: perhaps a new example begins, and perhaps it is a slip of the pen."""
        old, line = self.key(name), segments[0].place.line
        new = self._new_key(name)
        number = syntax.single_number(segments[1].tree)
        if number and old not in self.sheet.givens and number.value == self.sheet.givens[name]:  # s = 0 for another sum
            self.current[name] = new
            return self._about(new, segments)
        reason = f"{name} is given again with another number, lines {self._line_of(name)} and {line}"
        is_weight = any(claim.subject.by == old for claim in self.sheet.claims) and old in self._forward()
        (self.waiting if is_weight else self.current)[name] = new
        self.open[name] = reason
        if number is None and is_weight:  # w = 0.8 − 0.1·0.3, a step in figures
            self.sheet.held.add(new)
            return self._about(new, segments)
        return self._about(new, segments)._replace(is_claimed=True, doubt=Doubt(reason, even_if_right=True))

    def _lost_formula(self, name: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read a formula that cannot be read, for a name that has one: perhaps that of another version."""
        old, reason = self.key(name), f"{name} may have another formula in line {segments[0].place.line}"
        if old in self.sheet.givens:
            self.open[name] = reason
        elif not self._is_of_the_key(name):
            self._compute_again(old, reason)
        return self._about(self.key(name), segments)._replace(doubt=Doubt(reason))

    def _restated(self, old: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read a formula that is equal to the one that the name has."""
        first, line = self._line_of(old), segments[0].place.line
        read = self._about(old, segments)
        doubt, other = read.doubt, self.sheet.definitions[old].tree
        if not self._is_of_the_key(old) and self._signature(segments[1].tree) != self._signature(other):
            doubt = doubt or Doubt(f"{written_name(old)} has two formulas, lines {first} and {line}")
        return read._replace(doubt=doubt, note=f"equal to line {first}" if first != line else "")

    def _other_number(self, name: str, old: str, segment: Segment) -> Doubt | None:
        if self._fits(self.waiting[name], segment):
            return None
        return Doubt(f"{name} was updated, and this may be a new given: line {self._line_of(old)} has another number")

    def _new_key(self, name: str) -> str:
        number = self._count[name] = self._count.get(name, 1) + 1
        new = version_key(name, number)
        self.sheet.previous[new] = version_key(name, number - 1)
        return new

    def _new_version(self, name: str) -> str:
        self.waiting.pop(name, None)
        self.open.pop(name, None)
        new = self.current[name] = self._new_key(name)
        return new

    def _begin_pass(self) -> None:
        """Begin a new pass, in which the weights are those that were stepped."""
        loss = self.sheet.loss
        self.first_loss = self.first_loss or self.key(loss or "")
        if self.sheet.first_pass is None:
            self.sheet.first_pass = len(self.sheet.order)
        self.current.update(self.waiting)
        self.waiting.clear()
        self.open.clear()

    # -- Names as keys ------------------------------------------------------------------------------

    def _about(self, key: str, segments: Sequence[Segment], read: ReadStatement | None = None) -> ReadStatement:
        """Return a statement whose left side is the version with this key."""
        first = segments[0]
        assert isinstance(first.tree, NameNode)
        left = Segment(NameNode(key, first.tree.place, first.tree.index_text), first.text, first.place)
        read = read or self._renamed(segments[1:])
        return read._replace(segments=(left, *read.segments))

    def _renamed(self, segments: Sequence[Segment], fixed: Mapping[str, str] | None = None) -> ReadStatement:
        """Return members with the keys of their names; names that are `fixed` have these keys, except in dY/dX."""
        if not (self.current or self.waiting or fixed):
            return ReadStatement(segments)
        doubt, found = None, []
        for segment in segments:
            names = _all_names(segment.tree)
            doubtful = [name for name in names if name in self.open and name not in (fixed or ())]
            if doubtful:
                doubt = doubt or Doubt(self.open[doubtful[0]])
            tree = (
                syntax.map_nodes(segment.tree, lambda node: self._as_key(node, fixed or {})) if names else segment.tree
            )
            found.append(Segment(tree, segment.text, segment.place))
        return ReadStatement(tuple(found), doubt)

    def _as_key(self, node: Node, fixed: Mapping[str, str]) -> Node:
        if isinstance(node, NameNode):
            key = fixed.get(node.key) or self._read_key(node.key)
            return node if key == node.key else NameNode(key, node.place, node.index_text)
        if isinstance(node, DerivativeNode):
            of, by = self._read_key(node.of), self._read_key(node.by)
            return DerivativeNode(of, by, node.place, node.sign)
        return node

    def _is_of_the_next_pass(self, slope: DerivativeNode, others: Sequence[Segment]) -> bool:
        """Return whether dE/dw is written again after the step of w, and not with the number that it had before."""
        pair = (self.key(slope.of), self.key(slope.by))
        earlier = [claim for claim in self.sheet.claims if (claim.subject.of, claim.subject.by) == pair]
        if slope.by not in self.waiting or not earlier:
            return False
        written = {claim.number.value for claim in earlier if claim.number is not None}
        numbers = [n for n in (syntax.single_number(other.tree) for other in others) if n is not None]
        try:
            part = self._part(pair)
            before = Evaluation(part, part.givens).derivative(*pair)
        except ChalkgradError:
            return False
        return not all(n.value in written or _is_written_as(before, n) for n in numbers) or not numbers

    def _read_key(self, name: str) -> str:
        """Return the key of a name in a formula; what was computed before something in it changed is computed again."""
        key = self.key(name)
        if not self.current or key not in self.sheet.definitions or not self._is_stale(key):
            return key
        frame = self._frame(key)
        position = self.sheet.position()
        for each in sorted([*frame.values(), key], key=position.__getitem__):
            if each in self.sheet.definitions and self.key(written_name(each)) == each and self._is_stale(each):
                self._compute_again(each)
        return self.key(name)

    def _compute_again(self, key: str, why: str = "") -> None:
        """Define the next version of a name by the same formula."""
        segment, name = self.sheet.definitions[key], written_name(key)
        tree = syntax.map_nodes(segment.tree, self._as_current)
        new = self._new_version(name)
        self.sheet.define(new, Segment(tree, segment.text, segment.place))
        reason = why or f"{name} is not computed again after line {segment.place.line}"
        self.sheet.doubts.setdefault(new, Doubt(reason))

    def _as_current(self, node: Node) -> Node:
        if isinstance(node, NameNode):
            return NameNode(self.key(written_name(node.key)), node.place, node.index_text)
        if isinstance(node, DerivativeNode):
            of, by = (self.key(written_name(name)) for name in (node.of, node.by))
            return DerivativeNode(of, by, node.place, node.sign)
        return node

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
        return [] if segment is None else _all_names(segment.tree)

    def _is_kept(self, key: str) -> bool:
        """Return whether a version keeps its number when what it came from changes: a step, a running sum, E_old."""
        if key in self.sheet.held or key in self._cumulative or key in self._stepped:
            return True
        segment = self.sheet.definitions.get(key)
        return segment is not None and isinstance(segment.tree, NameNode) and key not in self._forward()

    def _is_stale(self, key: str) -> bool:
        return any(self.key(name) != below for name, below in self._frame(key).items())

    def _is_changed(self, old: str, tree: Node | None, after: Mapping[str, str]) -> bool:
        """Return whether something in a formula has another version now, or is written as another name, w_new."""
        frame = self._frame(old)
        if any(after.get(name, name) != key for name, key in frame.items()):
            return True
        return tree is not None and any(self._stepped.get(self.key(name)) in frame for name in syntax.names_in(tree))

    def _outputs(self) -> list[str]:
        """Return the names that are differentiated so far, and the loss."""
        claims, order = self.sheet.claims[self._claims_read :], self.sheet.order[self._names_read :]
        self._claims_read, self._names_read = len(self.sheet.claims), len(self.sheet.order)
        self._differentiated.update((claim.subject.of, None) for claim in claims if claim.subject.of)
        self._differentiated.update((node.of, None) for name in order for node in self.sheet.derivatives_in(name))
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
            segment = self.sheet.definitions.get(self.key(other))
            is_copy = segment is not None and isinstance(segment.tree, NameNode) and segment.tree.key == before
            if other == name or is_copy:  # w_old = w; w = w_old − …
                return True
        return False

    def _note_step(self, name: str, tree: Node) -> None:
        """Note that a new name is a weight after a step: w_new = w − η·dE/dw, w⁺ = w − 0.5·δ·x."""
        weight = self._weight_in(name, tree)
        if weight and self.sheet.users(self.key(weight)):  # w_ahead = w + μ·v is no step
            self._stepped[name] = weight

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
        names = _all_names(tree)
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
        if any(self.sheet.derivatives_in(below) for below in self.sheet.below(_all_names(tree), within_pass=True)):
            return True
        for loss in dict.fromkeys(self._outputs()):
            part = self._part([loss, before, *_all_names(tree)])
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
        tree = syntax.map_nodes(segments[1].tree, lambda node: _in_frame(node, written_name, after, after))
        try:
            part = self._part(syntax.names_in(tree))
            number = Evaluation(part, part.givens).try_number(tree)
        except ChalkgradError:
            return False
        return number is not None and not all(_is_near(number, segment) for segment in numbers)

    def _fits(self, key: str, segment: Segment) -> bool:
        """Return whether a number is that of a version, or was claimed of it before."""
        number = syntax.single_number(segment.tree)
        claimed = [c.number.value for c in self.sheet.claims if c.subject.name == key and c.number is not None]
        if number is not None and number.value in claimed:
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


def _all_names(tree: Node) -> list[str]:
    """Return the names in a tree, those of its derivatives included."""
    slopes = (node for node in syntax.walk(tree) if isinstance(node, DerivativeNode))
    return [*syntax.names_in(tree), *(name for node in slopes for name in (node.of, node.by))]


def _in_frame(node: Node, base: object, frame: Mapping[str, str], current: Mapping[str, str]) -> Node:
    def key(name: str) -> str:
        name = base(name)  # type: ignore[operator]
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
