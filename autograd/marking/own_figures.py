"""The writer's own figures: the numbers they have written so far, and what follows from these.

The *own figure* of a name or a derivative is the number written last for it. Where none was written, it is what its
formula gives from the own figures, or the chain rule over them. A figure is a `Value`; it stands for an interval, and
it knows the mistakes that are in it.
"""

from __future__ import annotations

import math
from copy import copy
from itertools import product
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import evaluate
from autograd.claims.tree import NumberNode, claim_kind, walk
from autograd.engine.backward import order_below
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.marking.chain_rule import ChainRule
from autograd.marking.figure_arithmetic import FigureArithmetic
from autograd.marking.intervals import Interval, corner_range, half_unit, recompute, searched_range
from autograd.marking.literals import LiteralReader, is_significant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from autograd.claims.claims import Claim, Subject
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node, TextPlace
    from autograd.engine.graph import Graph

MAX_READ_TWICE = 200  # names between two of which the derivative is read in more than one way


class OwnFigures:
    """The writer's own figures as Values, so that what is computed from them is a graph of them."""

    def __init__(self, samples: SamplePoints) -> None:
        self.samples = samples
        self.sheet = samples.worksheet
        self.names: dict[str, Value] = {}
        self.derivatives: dict[tuple[str, str], Value] = {}  # as they were written
        self.halves: dict[Value, float] = {}
        self.mistakes: dict[Value, tuple[Claim, ...]] = {}
        self.made_up: set[Value] = set()  # the right ones, though there is a mistake in them
        self.claims: dict[Value, Claim] = {}  # in which a figure was written
        self.corrected: dict[Value, float] = {}  # what a figure with a mistake in it should be
        self.computed: dict[Value, str] = {}  # the names whose figure is what the engine computes
        self.exact: set[Value] = set()  # figures in which nothing was rounded
        self.coarse: set[Value] = set()  # figures of one or two digits that only arithmetic has
        self.by_number: dict[float, list[Value]] = {}  # the figures of every number written so far
        self._results: dict[tuple[int, Value | None], tuple[Node, Value | None]] = {}  # until a figure changes
        self._formulas: dict[Value, Node] = {}  # that results were computed by
        self._graphs: dict[Value, Graph] = {}
        self.arithmetic = FigureArithmetic(self.halves, self._graphs)
        self._intervals: dict[Value, Interval] = {}
        self._rough_intervals: dict[Value, Interval] = {}
        self._locals: dict[bool, dict[str, dict[str, Any]]] = {False: {}, True: {}}  # of ChainRule, by `from_input`
        self._differs: set[str] = set()  # names whose figure is not just the number of the graph
        self._computed: set[str] = set()  # names whose figure is what their definition gives
        self._outdated: set[str] = set()  # those of them that use a figure written since then
        self._writings = 0  # figures that were written so far
        self._as_of: dict[str, int] = {}  # with how many of them a name was computed that comes from derivatives
        for name, given in self.sheet.givens.items():
            self.names[name] = Value(given, label=name)
            self.by_number.setdefault(given, []).append(self.names[name])

    def copy(self) -> OwnFigures:
        """Return the same figures, to which others can be added."""
        other = copy(self)
        for name in ("names", "derivatives", "mistakes", "claims", "corrected", "exact"):
            setattr(other, name, getattr(self, name).copy())
        for name in ("_differs", "_computed", "_outdated", "_as_of"):
            setattr(other, name, getattr(self, name).copy())
        other.by_number = {number: list(figures) for number, figures in self.by_number.items()}
        other._results, other._locals = {}, {False: {}, True: {}}
        return other

    def record(self, claim: Claim) -> None:
        """Record what a claim says, whether it is right or not."""
        if claim.number is not None:
            self.record_number(claim, (), claim.number.value, None, exact=False)
        elif claim.kind == "formula":
            self.record_formula(claim.subject, claim.segment.tree, ())

    def record_number(
        self, claim: Claim, mistakes: tuple[Claim, ...], truth: float, source: Value | None, *, exact: bool
    ) -> None:
        """Record the number that a claim gives its subject, the mistakes that are in it, and what it should be.

        `source` is what it was worked out as, where that is known. An `exact` number comes from exact numbers alone, so
        that nothing was rounded in it and it has no interval.
        """
        number = claim.number
        assert number is not None
        self._results.clear()
        figure = Value(number.value, label=str(claim.subject))
        half = self.halves[figure] = 0.0 if exact else half_unit(number)
        if exact:
            self.exact.add(figure)
        if source is not None:
            self.arithmetic.sources[figure] = source
        if mistakes:
            self.mistakes[figure] = mistakes
            if claim.of_figures:
                result = self.compute(claim.before[0].tree)
                self.corrected[figure] = math.nan if result is None else self.repaired(result).middle
            else:
                self.corrected[figure] = truth
        self.claims[figure] = claim
        self.by_number.setdefault(number.value, []).append(figure)
        subject = claim.subject
        earlier = self.derivatives.get((subject.of, subject.by)) if subject.of else self.names.get(subject.name)
        was_written = earlier in self.halves or subject.name in self.sheet.givens
        if earlier is not None and was_written:
            finer = self.halves.get(earlier, 0.0) < half and abs(earlier.data - number.value) <= half
            if finer and self.sheet.givens.get(subject.name, number.value) == number.value:
                return  # the same figure with fewer digits; a given is the rounded one from now on
        self._set(subject, figure)

    def has_written(self, subject: Subject) -> bool:
        """Return whether something was written that the figure of a subject comes from."""
        names = {subject.name} if subject.name else {subject.by, *self.sheet.between(subject.by, subject.of)}
        names.update(*(self.sheet.mentioned_by(name) for name in tuple(names)))
        return bool(self.derivatives) or not self._differs.isdisjoint(names)

    def record_literals(self, claim: Claim, base: Value | None) -> None:
        """Record the figures inside mistaken arithmetic, so that copies of them are known as copies.

        A figure that the base has, what the arithmetic puts in numbers, is not mistaken.
        """
        right = [] if base is None else [abs(float(node.data)) for node in self.graph(base).order]
        for part in walk(claim.segment.tree):
            if isinstance(part, NumberNode) and is_significant(part) and part.value not in self.by_number:
                if any(abs(abs(part.value) - number) <= half_unit(part) for number in right):
                    continue
                figure = Value(part.value)
                self.halves[figure] = half_unit(part)
                self.mistakes[figure] = (claim,)
                self.by_number[part.value] = [figure]
                self._results.clear()

    def mistaken_copy(self, number: NumberNode, claim: Claim) -> tuple[Claim, ...]:
        """Return the mistake that a number was copied from: written for the same subject, or inside arithmetic."""
        for figure in self.by_number.get(number.value, ()) if is_significant(number) else ():
            if figure in self.mistakes and claim not in self.mistakes[figure]:
                written_in = self.claims.get(figure)
                if (written_in or self.mistakes[figure][0]).place >= claim.place:
                    continue  # an earlier line that is judged again
                if written_in is None or self.samples.same_subject(written_in, claim):
                    return self.mistakes[figure]
        return ()

    def record_formula(self, subject: Subject, tree: Node, mistakes: tuple[Claim, ...]) -> None:
        """Record what a formula gives from the own figures, which counts until a number is written."""
        result = self.compute(tree)
        if result is None:
            return
        if mistakes:
            result = result + 0  # a node of its own, which has the mistakes
            self.mistakes[result] = mistakes
        self._set(subject, result)

    def record_made_up(self, subject: Subject, tree: Node, mistakes: Collection[Claim]) -> Value | None:
        """Record what a formula gives that makes up for these mistakes, and return it."""
        result = self.compute(tree)
        if result is None:
            return None
        others = tuple(claim for claim in self.mistakes_in(result) if claim not in mistakes)
        result = result + 0  # a node of its own, behind which no other mistake counts
        self.made_up.add(result)
        if others:
            self.mistakes[result] = others
        self._set(subject, result)
        return result

    def _set(self, subject: Subject, figure: Value) -> None:
        self._results.clear()
        self._writings += 1
        if subject.of:
            self.derivatives[subject.of, subject.by] = figure
        if subject.name:
            self.names[subject.name] = figure
            self._differs.add(subject.name)
            self._computed.discard(subject.name)
            self._outdated.discard(subject.name)
            self._as_of.pop(subject.name, None)
            waiting = [subject.name]
            while waiting:  # names computed from the old figure are to be computed again
                for user in self.sheet.users(waiting.pop()):
                    if user in self._computed and user not in self._outdated:
                        self._outdated.add(user)
                        waiting.append(user)
            for found in self._locals.values():
                found.clear()

    def _is_outdated(self, name: str) -> bool:
        """Return whether a name was computed before a figure was written that it may come from."""
        return name in self._outdated or self._as_of.get(name, self._writings) != self._writings

    def define(self, name: str) -> None:
        """Record a definition: until a number is written, its figure is what the formula gives from own figures."""
        if name not in self.sheet.definitions:
            return
        self._results.clear()
        self._computed.add(name)
        self._outdated.discard(name)
        if self.sheet.derivatives_in(name) or any(other in self._as_of for other in self.sheet.mentioned_by(name)):
            self._as_of[name] = self._writings
        true = Value(self.samples.number(name), label=name)
        self.computed[true] = name
        if not self.sheet.derivatives_in(name) and self._differs.isdisjoint(self.sheet.mentioned_by(name)):
            self.names[name] = true
            return
        result = self.compute(self.sheet.definitions[name].tree)
        self.names[name] = true if result is None else result
        self._differs.add(name)

    def figure(self, name: str) -> Value:
        """Return the own figure of a name; for a name that only the key defines, what its formula gives."""
        waiting = [name] if name not in self.names or self._is_outdated(name) else []
        while waiting:  # no recursion: a key may be a long chain
            below = self.sheet.mentioned_by(waiting[-1])
            still_open = [other for other in below if other not in self.names or self._is_outdated(other)]
            if still_open:
                waiting.extend(still_open)
            else:
                self.define(waiting.pop())
        return self.names[name]

    def compute(self, tree: Node, near: Value | None = None) -> Value | None:
        """Return an expression computed from the own figures; None where they are outside its domain.

        `near` is what the expression puts in numbers: its numbers may be figures of that. The numbers in a definition
        stand for themselves.
        """
        known = self._results.get((id(tree), near))
        if known is not None and known[0] is tree:
            return known[1]
        result = self._compute(tree, near)
        self._results[id(tree), near] = (tree, result)
        return result

    def _compute(self, tree: Node, near: Value | None) -> Value | None:
        reader = None
        if not self.sheet.is_definition(tree):
            graph, formula = (None, None) if near is None else (self.graph(near), self._formulas.get(near))
            reader = LiteralReader(self.by_number, self.halves, self.coarse, graph, formula)
        literal = None if reader is None else reader.read
        try:
            result = evaluate(tree, self.sheet.functions, self.figure, self.derivative, literal)
        except (ChalkgradError, KeyError):  # outside a domain; an index that no name has, in an edited formula
            return None
        result = result if isinstance(result, Value) else Value(float(result))
        self._formulas[result] = tree
        if reader is not None:
            self.arithmetic.is_unsure[result] = reader.is_unsure
        return result if math.isfinite(result.data) else None

    def derivative(self, of: str, by: str) -> Value:
        """Return a derivative by the own figures: the one written, else the chain rule over them."""
        if (of, by) in self.derivatives:
            return self.derivatives[of, by]
        return self.rule().derivative(of, by)

    def rule(self, *, use_written: bool = True, from_input: bool = False) -> ChainRule:
        """Return the chain rule over the own figures, with the derivatives that are written or without."""
        known = self.derivatives if use_written else {}
        locals_ = self._locals[from_input]
        return ChainRule(self.samples, self.samples.at_givens, self.figure, known, from_input, locals=locals_)

    def renamed(self, name: str, other: str) -> ChainRule:
        """Return the chain rule over the own figures, with the figure of another name in place of one."""
        locals_ = self._locals[False]
        kept = {key: locals_[key] for key in locals_ if key != name and name not in self.sheet.mentioned_by(key)}
        given = self.samples.at_givens
        rule = ChainRule(self.samples, given, lambda key: self.figure(other if key == name else key), self.derivatives)
        rule.locals.update(kept)
        return rule

    def readings(self, subject: Subject) -> Iterator[Value]:
        """Yield what the own figures give for a subject without a formula on its line, the likeliest first.

        A derivative may come from the derivatives that were written or from the figures of the forward pass; that of an
        activation from its output or from its input.
        """
        if subject.name:
            yield self.figure(subject.name)
        elif (subject.of, subject.by) in self.derivatives:
            yield self.derivatives[subject.of, subject.by]
        elif subject.of:
            for at, (use_written, from_input) in enumerate(product((True, False), (False, True))):
                if at == 1 and len(self.sheet.between(subject.by, subject.of)) > MAX_READ_TWICE:
                    return
                if not use_written and not self.derivatives:
                    return
                try:
                    rule = self.rule(use_written=use_written, from_input=from_input)
                    yield rule.derivative(subject.of, subject.by)
                except ChalkgradError:
                    continue

    def reading_of(self, tree: Node | None) -> OwnFigures | FigureArithmetic:
        """Return what knows the interval of an expression: that of arithmetic written in figures is narrower."""
        return self if tree is None or claim_kind(tree) != "arithmetic" else self.arithmetic

    def graph(self, value: Value) -> Graph:
        """Return the graph of a value, one for each value."""
        graph = self._graphs.get(value)
        return self.arithmetic.graph(value) if graph is None else graph

    def interval(self, value: Value) -> Interval:
        """Return the interval of a value, every figure in it running through its own."""
        if value not in self._intervals:
            self._intervals[value] = searched_range(self.graph(value), self.halves, self.rough_interval(value))
        return self._intervals[value]

    def rough_interval(self, value: Value) -> Interval:
        """Return the part of the interval between two corners: enough for what might have been computed instead."""
        if value not in self._rough_intervals:
            self._rough_intervals[value] = corner_range(self.graph(value), self.halves)
        return self._rough_intervals[value]

    def reaches(self, value: Value, other: Interval) -> bool:
        """Return whether the interval of a value meets another one; it is searched only where that decides."""
        if other.holds(float(value.data)) or self.rough_interval(value).meets(other):
            return True
        return self.interval(value).meets(other)

    def repaired(self, value: Value) -> Interval:
        """Return the interval with every mistaken figure of a name at what it should have been."""
        graph = self.graph(value)
        right = {node: self.corrected[node] for node in graph.order if node in self.corrected}
        ends = [
            recompute(graph, {node: number + side * self.halves[node] for node, number in right.items()})
            for side in (-1, 0, 1)
        ]
        numbers = [end for end in ends if end is not None] or [float(value.data)]
        return Interval(min(numbers), numbers[len(numbers) // 2], max(numbers))

    def mistakes_in(self, value: Value) -> list[Claim]:
        """Return the mistakes that are in a value, in the order of the text."""
        if not self.mistakes:
            return []
        nodes = [value] if value.op is None else self.graph(value).order
        if not self.made_up.isdisjoint(nodes):
            nodes = order_below(value, lambda node: [] if node in self.made_up else node.edges())
        found = {claim for node in nodes for claim in self.mistakes.get(node, ())}
        return sorted(found, key=_place_in_text)


def _place_in_text(claim: Claim) -> tuple[TextPlace, str, list[int]]:
    entry = claim.segment.entry  # of an array, all entries of which have one place
    return claim.place, claim.index, [] if entry is None else [int(part) for part in entry.index.split(",")]
