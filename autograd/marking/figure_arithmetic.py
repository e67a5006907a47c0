"""What arithmetic in figures can give: each figure counts as it is written, or as it was before it was rounded.

Somebody who puts figures in a formula, `-2.244*0.622`, types each of them into the calculator, or takes the result that
the calculator still has. Nothing between the two is possible, so this is narrower than the intervals of the figures.
What a figure was before it was rounded comes from its `source`, the node that it was worked out as; where that has
rounded figures in it, it is an interval again.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.errors import ChalkgradError
from autograd.marking.intervals import Interval, around, corner_range, recompute, searched_range

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

MAX_CHOICES = 8  # figures of which each may be the written one or the unrounded one: 256 choices


class FigureArithmetic:
    """The figures with what they were before they were rounded, and what arithmetic on them can give.

    `halves` is how far either way each figure stands for, `graph` returns the graph of a node. `sources` has the node
    that a figure was worked out as, and `unsure` the figures of an expression that may be others with the same number.
    A figure without a source, or one that is unsure, may have been anything that it stands for.
    """

    def __init__(self, halves: Mapping[Value, float], graph: Callable[[Value], Graph]) -> None:
        self.halves = halves
        self.graph = graph
        self.sources: dict[Value, Value] = {}
        self.unsure: dict[Value, Collection[Value]] = {}
        self._unrounded: dict[Value, Interval] = {}

    def interval(self, value: Value) -> Interval:
        """Return all that lies between what the figures of an arithmetic expression give, written or unrounded."""
        found = self._range(self.graph(value), self._between(value))
        return Interval(found.low, float(value.data), found.high)

    def reaches(self, value: Value, other: Interval) -> bool:
        """Return whether some choice of written and unrounded figures gives a number of another interval.

        >>> q, a = Value(-2.244), Value(0.622)
        >>> own = FigureArithmetic({q: 0.0005, a: 0.0005}, Graph)
        >>> own.sources = {q: Value(-2.24385), a: Value(0.62164)}
        >>> [own.reaches(q * a, around(p, 0.0005)) for p in (-1.394, -1.395, -1.396)]
        [False, True, True]
        """
        if other.holds(float(value.data)):
            return True
        graph, loose = self.graph(value), self._loose(value)
        if not loose or not self.interval(value).meets(other):
            return False
        if len(loose) > MAX_CHOICES:
            return True
        choices = [(self.unrounded(figure, of=value), around(float(figure.data), 0.0)) for figure in loose]
        return any(self._range(graph, dict(zip(loose, chosen))).meets(other) for chosen in product(*choices))

    def unrounded(self, figure: Value, of: Value) -> Interval:
        """Return what a figure of an expression may have been before it was rounded."""
        if figure in self.unsure.get(of, ()):
            return self._written(figure)
        waiting = [figure]
        while waiting:  # no recursion: figures may come from each other in a long chain
            last = waiting[-1]
            below = self._loose(self.sources[last]) if last in self.sources and last not in self._unrounded else []
            below = [other for other in below if other not in self._unrounded]
            if below:
                waiting.extend(below)
            else:
                self._unrounded[waiting.pop()] = self._before_rounding(last)
        return self._unrounded[figure]

    def _before_rounding(self, figure: Value) -> Interval:
        written = self._written(figure)
        if figure not in self.sources:
            return written
        source = self.sources[figure]
        found = self._range(self.graph(source), self._between(source))
        low, high = max(found.low, written.low), min(found.high, written.high)
        return Interval(low, (low + high) / 2, high) if found.meets(written) and low <= high else written

    def _written(self, figure: Value) -> Interval:
        return around(float(figure.data), self.halves[figure])

    def _between(self, value: Value) -> dict[Value, Interval]:
        """Return the interval from each figure as it is written to what it was before it was rounded."""
        found = {}
        for figure in self._loose(value):
            written, unrounded = float(figure.data), self.unrounded(figure, of=value)
            found[figure] = Interval(min(written, unrounded.low), written, max(written, unrounded.high))
        return found

    def _loose(self, value: Value) -> list[Value]:
        """Return the figures below a node that were rounded."""
        return [node for node in self.graph(value).order if node.op is None and self.halves.get(node)]

    def _range(self, graph: Graph, places: Mapping[Value, Interval]) -> Interval:
        """Return the interval of a result whose figures run through these intervals."""
        if not any(place.width for place in places.values()):
            number = recompute(graph, {figure: place.low for figure, place in places.items()})
            return around(float(graph.output.data) if number is None else number, 0.0)
        moved = {figure: Value((place.low + place.high) / 2) for figure, place in places.items()}
        try:
            centered = Graph(graph.compute(moved)[graph.output])
        except ChalkgradError:
            return corner_range(graph, self.halves)
        halves = {moved[figure]: place.width / 2 for figure, place in places.items()}
        return searched_range(centered, halves, corner_range(centered, halves))
