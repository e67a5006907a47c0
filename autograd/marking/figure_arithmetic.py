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
from autograd.errors import ChalkgradError
from autograd.marking.intervals import Interval, around, corner_range, recompute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.engine.value import Value

MAX_CHOICES = 8  # figures of which each may be the written one or the unrounded one: 256 choices


class FigureArithmetic:
    """The figures with what they were before they were rounded, and what arithmetic on them can give.

    `halves` is how far either way each figure stands for, `graphs` has the graphs that were made already. `sources` has
    the node that a figure was worked out as. `is_unsure` has, for an expression, whether a number that was read as a
    figure may be another one. A figure without a source, or an unsure one, may have been anything that it stands for.
    """

    def __init__(self, halves: Mapping[Value, float], graphs: dict[Value, Graph]) -> None:
        self.halves = halves
        self.graphs = graphs
        self.sources: dict[Value, Value] = {}
        self.is_unsure: dict[Value, Callable[[Value], bool]] = {}
        self._unrounded: dict[Value, Interval] = {}

    def graph(self, value: Value) -> Graph:
        """Return the graph of a value, one for each value."""
        if value not in self.graphs:
            self.graphs[value] = Graph(value)
        return self.graphs[value]

    def interval(self, value: Value) -> Interval:
        """Return all that lies between what the figures of an arithmetic expression give, written or unrounded."""
        found = self._range(self.graph(value), self._between(value))
        return Interval(found.low, float(value.data), found.high)

    def reaches(self, value: Value, other: Interval) -> bool:
        """Return whether some choice of written and unrounded figures gives a number of another interval.

        >>> from autograd.engine.value import Value
        >>> q, a = Value(-2.244), Value(0.622)
        >>> own = FigureArithmetic({q: 0.0005, a: 0.0005}, {})
        >>> own.sources = {q: Value(-2.24385), a: Value(0.62164)}
        >>> [own.reaches(q * a, around(p, 0.0005)) for p in (-1.394, -1.395, -1.396)]
        [False, True, True]
        """
        if other.holds(float(value.data)):
            return True
        graph, loose = self.graph(value), self._loose(value)
        if not loose or not self._range(graph, {figure: self._written(figure) for figure in loose}).meets(other):
            return False
        if len(loose) > MAX_CHOICES:
            return self.interval(value).meets(other)
        choices = [(self.unrounded(figure, of=value), around(float(figure.data), 0.0)) for figure in loose]
        return any(self._range(graph, dict(zip(loose, chosen))).meets(other) for chosen in product(*choices))

    def unrounded(self, figure: Value, of: Value) -> Interval:
        """Return what a figure of an expression may have been before it was rounded."""
        if of in self.is_unsure and self.is_unsure[of](figure):
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
        """Return the interval of a result whose figures run through these intervals, the ends by its gradient.

        Inside such short intervals a result turns only where it hardly changes, so a second-order allowance is enough.
        """
        middle = recompute(graph, {figure: place.low for figure, place in places.items()})
        if not any(place.width for place in places.values()):
            return around(float(graph.output.data) if middle is None else middle, 0.0)
        try:
            slopes = graph.gradients
        except ChalkgradError:  # a derivative does not exist
            return corner_range(graph, self.halves)
        up = {figure: place.high if slopes[figure] > 0 else place.low for figure, place in places.items()}
        down = {figure: place.low if slopes[figure] > 0 else place.high for figure, place in places.items()}
        ends = [end for end in (middle, recompute(graph, up), recompute(graph, down)) if end is not None]
        if not ends:
            return corner_range(graph, self.halves)
        spreads = [place.width / abs(figure.data) for figure, place in places.items() if figure.data]
        allowance = sum(spread**2 for spread in spreads) * max(map(abs, ends))
        return Interval(min(ends) - allowance, float(graph.output.data), max(ends) + allowance)
