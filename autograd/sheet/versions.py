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
from autograd.claims.tree import DerivativeNode, NameNode, Segment
from autograd.claims.versions import Doubt, version_key, written_name
from autograd.sheet.version_frames import VersionsSoFar, all_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.sheet.statements import Statement


class ReadStatement(NamedTuple):
    """The members of a statement with each name as its key.

    `is_claimed` where the formula or number of a new version is a claim, too, because it may be meant otherwise.
    """

    segments: Sequence[Segment]
    doubt: Doubt | None = None
    formula_doubt: Doubt | None = None  # about the formula, and not about what stands after it
    note: str = ""
    is_claimed: bool = False


class Versions(VersionsSoFar):
    """The version of each name that a line means, while a sheet is read from top to bottom."""

    def read(self, statement: Statement) -> ReadStatement:
        """Return a statement with the versions that it means."""
        first, *others = statement.segments
        name = first.tree.key if isinstance(first.tree, NameNode) else ""
        if not name or name not in self.sheet.names or not others:
            if isinstance(first.tree, DerivativeNode):
                is_next, doubt = self._is_of_the_next_pass(first.tree, others), None
            else:
                is_next, doubt = self._uses_new_weights(others if name else statement.segments)
            if is_next:
                self._begin_pass()
            found = self.renamed(statement.segments)
            found = found._replace(doubt=found.doubt or doubt)
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

    def _uses_new_weights(self, segments: Sequence[Segment]) -> tuple[bool, Doubt | None]:
        """Return whether a line about something new begins a pass, `o2 = w*x = 0.385` after a step of w, and a doubt.

        Its number shows it. A line with a derivative or an error signal in it belongs to the step.
        """
        if not self.waiting:
            return False, None
        names = [name for segment in segments for name in all_names(segment.tree)]
        weights = [name for name in names if name in self.waiting]
        if not weights or any(isinstance(n, DerivativeNode) for s in segments for n in syntax.walk(s.tree)):
            return False, None
        forward, keys = self._forward(), {self.key(name) for name in names}
        computed = {key for key in keys if key in self.sheet.definitions and key not in self.sheet.held}
        if not computed <= forward:
            return False, None
        old, new = (
            self._fits_formula(segments, mapping) for mapping in (self.current, {**self.current, **self.waiting})
        )
        doubt = Doubt(f"{weights[0]} may be the one before its step, or after it")
        if old is None or (new and not old):
            return not computed, None if new and not computed else doubt
        return False, None if old else doubt

    # -- What makes a new version -------------------------------------------------------------------

    def _update(self, name: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read `w = w − …`: a step of a weight that the forward pass has used, or a new value of any other name."""
        tree, before = segments[1].tree, self.waiting.get(name, self.key(name))
        forward = self._forward()
        is_leaf = before in self.sheet.givens or before in self.sheet.held
        is_step = is_leaf and self.key(name) in forward and self.key(name) not in self._outputs()
        slopes = [node.by for node in syntax.walk(tree) if isinstance(node, DerivativeNode)]
        is_next = name in slopes and name in self.waiting if is_step else self._mentions_changed(tree)
        if is_next and self._is_written_before(name, tree):
            self._begin_pass()  # another iteration
            before = self.key(name)
        is_step = is_step and (name in slopes or (not slopes and self._is_term(name, tree)))
        read = self.renamed(segments[1:], {name: before})
        new = self._new_key(name)
        others = {n.key for n in syntax.walk(read.segments[0].tree) if isinstance(n, NameNode)} - {before}
        reason = f"in line {segments[0].place.line} {name} becomes another number, and it may be the old one or the new"
        if is_step:
            self.waiting[name] = new
            if not slopes and not self._is_along_gradient(name, before, read.segments[0].tree):
                self.open[name] = reason
        else:
            falls = any(sign < 0 for _, sign in syntax.signed_terms(tree))
            is_unsure = before in forward or (falls and not forward and self._is_used(before))
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
        if isinstance(tree, NameNode) and self._is_step_of(self.key(tree.key), name):  # w = w_new
            new = self.waiting[name] = self._new_key(name)
            read = self.renamed(segments[1:])
            self.sheet.held.add(new)
            return self._about(new, segments, read)
        forward = self._forward()
        is_forward = old in forward or not forward
        after = {**self.current, **self.waiting} if is_forward else self.current
        if self._is_same(tree, old):
            if self._is_changed(old, tree, after) and not self._repeats(old, segments, after):
                if is_forward:
                    self._begin_pass()
                read = self.renamed(segments[1:])
                if self._is_stale(old):
                    self._moved.add(name)
                return self._about(self._new_version(name), segments, read)
            return self._restated(old, segments)
        if self._is_of_the_key(name):
            return self._about(old, segments)
        if is_forward and self._has_new_figure(old, tree, after):  # o = 0.77*x, with the number of the new weight
            return self._in_a_new_pass(name, old, segments)
        first = self._line_of(old)
        has = f"has two formulas, lines {first} and {line}"
        if old in self.sheet.givens:
            has = f"is a number in line {first} and has a formula in line {line}"
        read = self.renamed(segments[1:])
        is_old = old not in forward and self._is_changed(old, None, self.current)  # a helper of an earlier pass
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
        if name in self.sheet.givens:
            is_old = self._is_of_the_key(name) or self._fits(old, segment)
            return self._about(old, segments) if is_old else self._given_again(name, segments)
        after = {**self.current, **self.waiting}
        if not after or not self._is_changed(old, None, after) or self._fits(old, segment):
            return self._about(old, segments)
        forward = self._forward()
        if forward and old not in forward:
            return self._about(old, segments)._replace(
                doubt=Doubt(f"{name} may be the one before the step, or after it")
            )
        return self._in_a_new_pass(name, old, segments)

    def _in_a_new_pass(self, name: str, old: str, segments: Sequence[Segment]) -> ReadStatement:
        """Read what is said of a name after something in its formula has changed, without that formula."""
        self._begin_pass()
        self._moved.update(name for name, key in self._frame(old).items() if self.key(name) != key)
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
        self._moved.add(name)
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
        if self._is_of_the_key(old):
            return read
        if self._signature(segments[1].tree) != self._signature(self.sheet.definitions[old].tree):
            read = read._replace(formula_doubt=Doubt(f"{written_name(old)} has two formulas, lines {first} and {line}"))
        return read._replace(note=f"equal to line {first}" if first != line else "")

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
        self._moved.update(self.waiting)
        self.waiting.clear()
        self.open.clear()

    # -- Names as keys ------------------------------------------------------------------------------

    def _about(self, key: str, segments: Sequence[Segment], read: ReadStatement | None = None) -> ReadStatement:
        """Return a statement whose left side is the version with this key."""
        first = segments[0]
        assert isinstance(first.tree, NameNode)
        left = first.with_tree(NameNode(key, first.tree.place, first.tree.index_text))
        read = read or self.renamed(segments[1:])
        return read._replace(segments=(left, *read.segments))

    def renamed(self, segments: Sequence[Segment], fixed: Mapping[str, str] | None = None) -> ReadStatement:
        """Return members with the keys of their names; names that are `fixed` have these keys, except in dY/dX."""
        if not (self.current or self.waiting or self.open or fixed):
            return ReadStatement(segments)
        doubt, found = None, []
        for segment in segments:
            names = all_names(segment.tree)
            for name in names if doubt is None else ():
                if name in self.open and name not in (fixed or ()):
                    doubt = doubt or Doubt(self.open[name])
                elif self._is_old_copy(self.key(name)):
                    doubt = doubt or Doubt(f"{name} may be of this pass, or of the one before")
            tree = (
                syntax.map_nodes(segment.tree, lambda node: self._as_key(node, fixed or {})) if names else segment.tree
            )
            found.append(segment.with_tree(tree))
        return ReadStatement(tuple(found), doubt)

    def _as_key(self, node: Node, fixed: Mapping[str, str]) -> Node:
        if isinstance(node, NameNode):
            key = fixed.get(node.key) or self._read_key(node.key)
            return node if key == node.key else NameNode(key, node.place, node.index_text)
        if isinstance(node, DerivativeNode):
            of, by = self._read_key(node.of), self._read_key(node.by)
            return DerivativeNode(of, by, node.place, node.sign)
        return node

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
        self._moved.add(name)
        if new in self.sheet.names:  # of the key
            return
        self.sheet.define(new, segment.with_tree(tree))
        reason = why or f"{name} is not computed again after line {segment.place.line}"
        self.sheet.doubts.setdefault(new, Doubt(reason))

    def _as_current(self, node: Node) -> Node:
        if isinstance(node, NameNode):
            return NameNode(self.key(written_name(node.key)), node.place, node.index_text)
        if isinstance(node, DerivativeNode):
            of, by = (self.key(written_name(name)) for name in (node.of, node.by))
            return DerivativeNode(of, by, node.place, node.sign)
        return node
