"""The chain rule from name to name, with anybody's figures: the engine's, the writer's own, or those of a mistake."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import line_graph
from autograd.engine.backward import order_below
from autograd.engine.functions import affine
from autograd.engine.graph import Graph
from autograd.engine.transforms import chain_rule, gradients_along
from autograd.engine.value import Value
from autograd.errors import SheetError
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.claims.interpreter import Evaluation
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.worksheet import Worksheet


@dataclass
class ChainRule:
    """The chain rule over the names of a worksheet, with the numbers that `figure` returns for them.

    Between names it is linear: dE/dx is the sum over the names n that x is used in of dE/dn · ∂n/∂x. So it is the
    backward pass over the names, along edges that hold local derivatives. A local derivative is one that is `known`, or
    the table's, read with the figures. With `from_input`, that of an activation is computed from its input and not from
    the figure of its output.
    """

    samples: SamplePoints
    point: Evaluation
    figure: Callable[[str], Any]
    known: Mapping[tuple[str, str], Any]
    from_input: bool = False
    changed: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    locals: dict[str, dict[str, Any]] = field(default_factory=dict)  # of each definition, once read

    @property
    def sheet(self) -> Worksheet:
        """Return the worksheet."""
        return self.samples.worksheet

    def derivative(self, of: str, by: str, changed: Mapping[tuple[str, str], Any] | None = None) -> Value:
        """Return dY/dX; `changed` are local derivatives as a mistake has them.

        Raises DomainError where a derivative does not exist at the figures.
        """
        if of == by:
            return Value(1.0)
        self.changed = changed or {}
        try:
            edges = self._edges(of, by)
        finally:
            self.changed = {}
        if edges is None:
            return Value(self.point.derivative(of, by))
        if of not in edges:
            return Value(0.0)
        result = gradients_along(order_below(of, edges.__getitem__), edges.__getitem__).get(by, 0.0)
        return result if isinstance(result, Value) else Value(float(result))

    def graph(self, of: str, by: str) -> dict[str, Value]:
        """Return the names from X to Y as nodes, each `affine` in others; none where a line has a derivative in it."""
        nodes: dict[str, Value] = {}
        for name, below in (self._edges(of, by) or {}).items():
            weights = [weight for _, weight in below]
            nodes[name] = affine(weights, [nodes[other] for other, _ in below]) if below else Value(0.0)
            nodes[name].label = name
        return nodes

    def _edges(self, of: str, by: str) -> dict[str, list[tuple[str, Any]]] | None:
        """Return each name from X to Y with the names below it and the local derivatives by these.

        Where dY/dn is known, Y is joined to n directly, and the names between are left out. None where a line has a
        derivative in it.
        """
        edges: dict[str, list[tuple[str, Any]]] = {by: []}
        joined: dict[str, Any] = {}
        for name in self._names_from(by, of, joined):
            if name != of and (name, by) in self.known and not self._is_changed(name, by):
                edges[name] = [(by, self.known[name, by])]
                continue
            if self.sheet.derivatives_in(name):
                return None
            below = [other for other in self.sheet.mentioned_by(name) if other in edges and other not in joined]
            found = [(other, self.local(name, other)) for other in below]
            if name == of:
                found += joined.items()
            if found:
                edges[name] = found
        return edges

    def _names_from(self, by: str, of: str, joined: dict[str, Any]) -> list[str]:
        """Return the names from X to Y, as far as dY/dn is not known; those for which it is go into `joined` too."""
        inside = self.sheet.all_below(of)
        if by not in inside:
            return []
        found = {of}
        waiting = [by]
        while waiting:
            for name in self.sheet.users(waiting.pop()):
                if name in found or name not in inside:
                    continue
                found.add(name)
                if (of, name) in self.known and not self._is_changed(of, name):
                    joined[name] = self.known[of, name]
                else:
                    waiting.append(name)
        return sorted(found, key=self.sheet.position().__getitem__)

    def along(self, names: Sequence[str]) -> Any:
        """Return the product of the local derivatives along one path of names, the lowest name first."""
        result: Any = 1.0
        for below, name in pairwise(names):
            result = result * self.local(name, below)
        return result

    def _is_changed(self, of: str, by: str) -> bool:
        """Return whether a known derivative does not count, because a local derivative inside it was changed."""
        if not self.changed:
            return False
        between = {by, *self.sheet.between(by, of)}
        return any(name in between and below in between for name, below in self.changed)

    def local(self, name: str, other: str) -> Any:
        """Return the local derivative of a name by one that stands in its definition."""
        if (name, other) in self.changed:
            return self.changed[name, other]
        if (name, other) in self.known and self.sheet.is_direct(name, other):
            return self.known[name, other]
        if (name, other) in self.sheet.slopes and not self.from_input:
            return self.figure(self.sheet.slopes[name, other])
        if name not in self.locals:
            self.locals[name] = self._read_locals(name)
        return self.locals[name][other]

    def _read_locals(self, name: str) -> dict[str, Any]:
        figures = {other: self.figure(other) for other in self.sheet.mentioned_by(name)}
        op = self.samples.activation(name)
        if op is not None:  # σ, however it is written: h·(1 − h), by the figure of h
            (other, x), *_ = figures.items()
            y = op(x) if self.from_input else self.figure(name)
            if op is ops.softplus and not self.from_input and number_of(y) > 0:
                x = ops.log(ops.expm1(y))  # the row reads the input alone: the input that has this output
            return {other: op.partials[0](y, x)}
        numbers = {other: number_of(figure) for other, figure in figures.items()}
        try:
            output, leaves = line_graph(self.sheet, name, numbers)
        except SheetError:
            if name not in self.point.rescued:
                raise
            return {other: Value(self.point.derivative(name, other)) for other in figures}
        graph = Graph(output)
        read_as = graph.compute({leaf: figures[other] for other, leaf in leaves.items()})
        if not self.from_input and output.op is not None:
            read_as[output] = self.figure(name)
        return dict(zip(leaves, chain_rule(graph, list(leaves.values()), read_as)))


def number_of(figure: Any) -> float:
    """Return a figure as a plain number."""
    return float(figure.data if isinstance(figure, Value) else figure)
