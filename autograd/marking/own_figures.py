"""The writer's own figures: what they have written so far, and what follows from it.

The *own figure* for a name or a derivative is the number written last for it; where none was, what
its formula gives from the writer's own figures, or the chain rule over them. A figure is a `Value`
that stands for an interval (`windows`), and knows whose mistake is in it: its *blame*.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import evaluate
from autograd.claims.tree import Number, walk
from autograd.engine.graph import topological_order
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.marking.chainrule import ChainRule
from autograd.marking.intervals import Window, half_unit, recompute, window

MOST_COARSE = 0.011  # the unit of a number of one or two digits that may be somebody's rounded figure
MOST_REREAD = 200  # names between two of which the derivative is read in more than one way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.claims.claims import Claim, Subject
    from autograd.claims.sampling import Worlds
    from autograd.claims.tree import Node


class OwnFigures:
    """The writer's own figures as Values, so that what is computed from them is a graph of them."""

    def __init__(self, worlds: Worlds) -> None:
        self.worlds = worlds
        self.sheet = worlds.sheet
        self.names: dict[str, Value] = {}
        self.slopes: dict[tuple[str, str], Value] = {}  # as they were written
        self.halves: dict[Value, float] = {}
        self.blame: dict[Value, tuple[Claim, ...]] = {}
        self.said: dict[Value, Claim] = {}  # where a figure was written
        self.exact: dict[Value, float] = {}  # what a figure that has a mistake in it should be
        self.exactly: set[Value] = set()  # figures that nothing was rounded in
        self.written: dict[float, list[Value]] = {}  # every number written so far, as the figures it was
        self._rows: dict[bool, dict[str, dict[str, Any]]] = {False: {}, True: {}}  # of the chain rule, afresh or not
        self.loose: set[str] = set()  # names whose figure is not just the number of the graph
        self.worked_out: set[str] = set()  # names whose figure is what their definition gives
        self.outdated: set[str] = set()  # those of them that a figure written since then is in
        for name, given in self.sheet.givens.items():
            self.names[name] = Value(given, label=name)
            self.written.setdefault(given, []).append(self.names[name])

    # -- what is known

    def note(self, claim: Claim, blame: tuple[Claim, ...], *, exactly: bool = False) -> None:
        """Take down the number that a claim says its subject is, and whose mistakes are in it.

        Of one that is so `exactly`, all that it comes from being exact, there is nothing rounded to copy.
        """
        number = claim.number
        assert number is not None
        figure = Value(number.value, label=str(claim.subject))
        half = self.halves[figure] = half_unit(number)
        if exactly:
            self.exactly.add(figure)
        if blame:
            self.blame[figure] = blame
            tree = claim.before[0].tree
            exact = self.should_be(tree) if claim.of_figures else self.sheet.truth(claim, self.worlds.home)
            self.exact[figure] = exact
        self.said[figure] = claim
        self.written.setdefault(number.value, []).append(figure)
        earlier = self.was_written(claim.subject)
        finer = (
            earlier is not None and self.halves.get(earlier, 0.0) < half and abs(earlier.data - number.value) <= half
        )
        if finer and self.sheet.givens.get(claim.subject.name, number.value) == number.value:
            return  # the same figure said again with fewer digits; a given is the rounded one from now on
        self._set(claim.subject, figure)

    def was_written(self, subject: Subject) -> Value | None:
        """The figure of a subject, if it was written and not worked out."""
        figure = self.slopes.get((subject.of, subject.by)) if subject.of else self.names.get(subject.name)
        return figure if figure in self.halves or subject.name in self.sheet.givens else None

    def has_written(self, subject: Subject) -> bool:
        """Whether something was written that the figure of a subject comes from."""
        names = {subject.name} if subject.name else {subject.by, *self.sheet.between(subject.by, subject.of)}
        names.update(*(self.sheet.mentioned_by(name) for name in tuple(names)))
        return bool(self.slopes) or not self.loose.isdisjoint(names)

    def note_literals(self, claim: Claim) -> None:
        """Take down the figures inside mistaken arithmetic, so that copies of them are known as copies."""
        for part in walk(claim.segment.tree):
            if isinstance(part, Number) and telling(part) and part.value not in self.written:
                figure = Value(part.value)
                self.halves[figure] = half_unit(part)
                self.blame[figure] = (claim,)
                self.written[part.value] = [figure]

    def mistaken_copy(self, number: Number, claim: Claim) -> tuple[Claim, ...]:
        """The mistake that a number was copied from: written before for the same thing, or inside arithmetic."""
        for figure in self.written.get(number.value, ()) if telling(number) else ():
            if figure in self.blame:
                said = self.said.get(figure)
                if said is None or self.worlds.same_subject(said, claim):
                    return self.blame[figure]
        return ()

    def note_formula(self, subject: Subject, tree: Node, blame: tuple[Claim, ...]) -> None:
        """Take down what a formula gives from the own figures, until a number is written."""
        result = self.compute(tree)
        if result is None:
            return
        if blame:
            result = result + 0  # a node of its own to carry the blame
            self.blame[result] = blame
        self._set(subject, result)

    def _set(self, subject: Subject, figure: Value) -> None:
        if subject.of:
            self.slopes[subject.of, subject.by] = figure
        if subject.name:
            self.names[subject.name] = figure
            self.loose.add(subject.name)
            self.worked_out.discard(subject.name)
            self.outdated.discard(subject.name)
            self._outdate(subject.name)
            for rows in self._rows.values():
                rows.clear()

    def _outdate(self, name: str) -> None:
        """Let what was worked out with the figure of a name before it was written be worked out again."""
        waiting = [name]
        while waiting:
            for user in self.sheet.users(waiting.pop()):
                if user in self.worked_out and user not in self.outdated:
                    self.outdated.add(user)
                    waiting.append(user)

    def define(self, name: str) -> None:
        """A definition: until a number is written for it, what its formula gives from the own figures."""
        if name not in self.sheet.definitions:
            return
        self.worked_out.add(name)
        self.outdated.discard(name)
        tree = self.sheet.definitions[name].tree
        exact = Value(self.worlds.home.values[name].data, label=name)
        if self._is_exact(name):
            self.names[name] = exact
            return
        result = self.compute(tree)
        self.names[name] = exact if result is None else result
        self.loose.add(name)

    def _is_exact(self, name: str) -> bool:
        """Whether nothing rounded or mistaken is in the definition, so that its figure is the graph's."""
        return not self.sheet.slopes_in(name) and self.loose.isdisjoint(self.sheet.mentioned_by(name))

    def figure(self, name: str) -> Value:
        """The own figure of a name; of one that only the key defines, what its formula gives."""
        if self._is_open(name):
            waiting = [name]
            while waiting:  # no recursion: a key may be a long chain
                below = [other for other in self.sheet.mentioned_by(waiting[-1]) if self._is_open(other)]
                if below:
                    waiting.extend(below)
                else:
                    self.define(waiting.pop())
        return self.names[name]

    def _is_open(self, name: str) -> bool:
        return name not in self.names or name in self.outdated

    # -- what follows from it

    def compute(self, tree: Node, near: Value | None = None) -> Value | None:
        """A formula or arithmetic on the own figures; None where they are outside its domain.

        `near` is what the arithmetic is a rendering of: numbers in it may be figures of that. The
        numbers in a definition are what they are.
        """
        literal = None if self.sheet.is_definition(tree) else _Reading(self, near).literal
        try:
            result = evaluate(tree, self.sheet.functions, self.figure, self.slope, literal)
        except ChalkgradError:
            return None
        result = result if isinstance(result, Value) else Value(float(result))
        return result if math.isfinite(result.data) else None

    def slope(self, of: str, by: str) -> Value:
        """A derivative by the own figures: the one written, else the chain rule over what was."""
        if (of, by) in self.slopes:
            return self.slopes[of, by]
        return self.rule().derivative(of, by)

    def rule(self, *, written: bool = True, afresh: bool = False) -> ChainRule:
        """The chain rule over the own figures, with the derivatives that are written or without."""
        rule = ChainRule(self.worlds, self.worlds.home, self.figure, self.slopes if written else {}, afresh=afresh)
        rule.rows = self._rows[afresh]
        return rule

    def renamed(self, name: str, other: str) -> ChainRule:
        """The chain rule over the own figures with the figure of another name in place of one."""
        return ChainRule(
            self.worlds, self.worlds.home, lambda key: self.figure(other if key == name else key), self.slopes
        )

    def readings(self, subject: Subject) -> Iterator[Value]:
        """What the own figures say of a subject that has no formula on its line, the likeliest first.

        A derivative may come from the derivatives that were written, or from the figures of the
        forward pass; that of an activation from its output, or from its input.
        """
        if subject.name:
            yield self.figure(subject.name)
        elif (subject.of, subject.by) in self.slopes:
            yield self.slopes[subject.of, subject.by]
        elif subject.of:
            short = len(self.sheet.between(subject.by, subject.of)) <= MOST_REREAD
            for written in (True, False) if self.slopes and short else (True,):
                for afresh in (False, True) if short else (False,):
                    try:
                        yield self.rule(written=written, afresh=afresh).derivative(subject.of, subject.by)
                    except ChalkgradError:
                        continue

    def window(self, value: Value) -> Window:
        """What the value can be, every figure in it running through its interval."""
        return window(value, self.halves)

    def guessed(self, value: Value) -> Window:
        """The same, roughly, for what was not written but might have been worked out."""
        return window(value, self.halves, searching=False)

    def repaired(self, value: Value) -> Window:
        """The window with every mistaken figure that has a name at what it should have been."""
        order = topological_order(value)
        right = {node: self.exact[node] for node in order if node in self.exact}
        ends = [
            recompute(order, {node: number + side * self.halves[node] for node, number in right.items()})
            for side in (-1, 0, 1)
        ]
        numbers = [end for end in ends if end is not None] or [float(value.data)]
        return Window(min(numbers), numbers[len(numbers) // 2], max(numbers))

    def should_be(self, tree: Node) -> float:
        """What arithmetic on figures would give if none of them were mistaken."""
        result = self.compute(tree)
        return math.nan if result is None else self.repaired(result).middle

    def blamed(self, value: Value) -> list[Claim]:
        """The mistakes that are in the value, first of all first."""
        if not self.blame:
            return []
        found = {claim for node in topological_order(value) for claim in self.blame.get(node, ())}
        return sorted(found, key=lambda claim: (claim.place.line, claim.place.column, claim.index))


class _Reading:
    """What the numbers inside one formula or arithmetic stand for."""

    def __init__(self, own: OwnFigures, near: Value | None) -> None:
        self.own = own
        self.nodes = topological_order(near) if near is not None else []
        self.inside = set(self.nodes)
        self._sorted: list[float] | None = None

    def literal(self, number: Number) -> Any:
        """A whole number is meant exactly. A given or a figure that was written before is that figure.

        Else a number of three or more digits was rounded by somebody, and so was a shorter one of two
        or more decimals that is a figure of what the arithmetic renders; other short ones (½ as 0.5, a
        rate of 0.01) are exact.
        """
        if number.exact:
            return int(number.value) if abs(number.value) < 1e15 else number.value
        known = [
            figure
            for sign in (1, -1)  # −0.6 is read as minus 0.6
            for figure in self.own.written.get(sign * number.value, ())
            if self.own.halves.get(figure, 0.0) in (0.0, half_unit(number))  # 0.0150 is not the figure 0.015
        ]
        if known:
            figure = max(known, key=lambda figure: (figure in self.inside, self.own.halves.get(figure, 0.0)))
            return figure if figure.data == number.value else -figure
        if not telling(number) and not self._renders(number):
            return number.value
        literal = Value(number.value)
        self.own.halves[literal] = half_unit(number)
        return literal

    def _renders(self, number: Number) -> bool:
        """Whether some part of what is rendered rounds to this number."""
        if number.unit > MOST_COARSE:
            return False
        if self._sorted is None:
            self._sorted = sorted({abs(float(node.data)) for node in self.nodes})
        half = half_unit(number)
        at = bisect_left(self._sorted, abs(number.value) - half)
        return at < len(self._sorted) and self._sorted[at] <= abs(number.value) + half


def telling(number: Number) -> bool:
    """Whether it has three or more digits and a decimal point: somebody's rounded figure."""
    return not number.exact and number.digits > 2
