"""The chain rule over the names of a sheet, with somebody's figures in place of the numbers.

Between names it is linear: dE/dx is the sum over the names n that x is used in of dE/dn · ∂n/∂x. So
a graph is made that has those derivatives for its weights, `affine` in the names, and its gradient is
the answer: a graph of the figures themselves. Each weight is a derivative that is known from
elsewhere, or the table's own row, read with the figures.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd.claims.interpreter import evaluate
from autograd.engine.functions import affine
from autograd.engine.graph import topological_order
from autograd.engine.transforms import chain_rule
from autograd.engine.value import Value
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.claims.interpreter import World
    from autograd.claims.sampling import Worlds


class ChainRule:
    """Derivatives of one name by another, by the figures that `figure` has for each name.

    `known` are derivatives that are not to be worked out: dY/dX as somebody has it. `afresh` works
    the derivative of an activation out from its input, not from the figure of its output.
    """

    def __init__(
        self,
        worlds: Worlds,
        world: World,
        figure: Callable[[str], Any],
        known: Mapping[tuple[str, str], Any],
        *,
        afresh: bool = False,
    ) -> None:
        self.worlds = worlds
        self.world = world
        self.sheet = worlds.sheet
        self.figure = figure
        self.known = known
        self.afresh = afresh
        self.changed: dict[tuple[str, str], Any] = {}  # ∂Y/∂n as a mistake would have it
        self.rows: dict[str, dict[str, Any]] = {}  # every ∂Y/∂n of a definition, once it has been read

    def derivative(self, of: str, by: str) -> Value:
        """dY/dX: the gradient of the graph that has the local derivatives for its weights.

        Raises DomainError where a derivative does not exist at the figures.
        """
        if of == by:
            return Value(1.0)
        made = self.graph(of, by)
        if made is None:
            return Value(self.world.derivative(of, by))
        if of not in made:
            return Value(0.0)
        (result,) = chain_rule(made[of], [made[by]])
        return result if isinstance(result, Value) else Value(float(result))

    def graph(self, of: str, by: str) -> dict[str, Value] | None:
        """The names from X to Y as nodes, each `affine` in those it is defined by; None where that is not linear.

        Where dY/dn is known, Y is joined to n by it, and nothing between is looked at.
        """
        made = {by: Value(0.0, label=by)}
        joined: dict[str, Any] = {}
        for name in self._open(of, by, joined):
            if name != of and (name, by) in self.known and not self._is_changed(name, by):
                made[name] = affine([self.known[name, by]], [made[by]])
            else:
                below = [other for other in self.sheet.mentioned_by(name) if other in made and other not in joined]
                if self.sheet.slopes_in(name):
                    return None
                weights = [self.local(name, other) for other in below]
                nodes = [made[other] for other in below]
                if name == of:
                    weights += joined.values()
                    nodes += [made[other] for other in joined]
                if not nodes:
                    continue
                made[name] = affine(weights, nodes)
            made[name].label = name
        return made

    def _open(self, of: str, by: str, joined: dict[str, Any]) -> list[str]:
        """The names from X to Y, as far as dY/dn is not known; `joined` takes those of which it is."""
        between = self.sheet.between(by, of)
        if not between or between[-1] != of:
            return []
        if not any((of, name) in self.known for name in between[:-1]):
            return between
        reached = {by}
        found = []
        for name in between[:-1]:
            if reached.isdisjoint(self.sheet.mentioned_by(name)):
                continue
            found.append(name)
            if (of, name) in self.known and not self._is_changed(of, name):
                joined[name] = self.known[of, name]
            else:
                reached.add(name)
        return [*found, of]

    def along(self, names: Sequence[str]) -> Any:
        """The product of the local derivatives along one path of names, the first the lowest."""
        product: Any = 1.0
        for below, name in pairwise(names):
            product = product * self.local(name, below)
        return product

    def _is_changed(self, of: str, by: str) -> bool:
        """Whether a known derivative is none any more, as something that it is made of was changed."""
        if not self.changed:
            return False
        between = {by, *self.sheet.between(by, of)}
        return any(name in between and below in between for name, below in self.changed)

    def local(self, name: str, other: str) -> Any:
        """∂Y/∂n, of a name by one that stands in its definition."""
        if (name, other) in self.changed:
            return self.changed[name, other]
        if (name, other) in self.known and self.sheet.is_direct(name, other):
            return self.known[name, other]
        if name not in self.rows:
            self.rows[name] = self._rows(name)
        return self.rows[name][other]

    def _rows(self, name: str) -> dict[str, Any]:
        """Every ∂Y/∂n of a definition: its rows of the table, read with the figures."""
        mentioned = self.sheet.mentioned_by(name)
        figures = {other: self.figure(other) for other in mentioned}
        op = self.worlds.activation(name)
        if op is not None:  # σ however it is written: h(1 − h), by the figure of h
            x, y = figures[mentioned[0]], self.figure(name)
            if self.afresh:
                y = op(x)
            elif op is ops.softplus:  # whose row has the input alone: σ(x) at the x of this y, where eˣ is eʸ − 1
                return {mentioned[0]: ops.expm1(y) / ops.exp(y)}
            return {mentioned[0]: op.partials[0](y, x)}
        leaves = {other: Value(number_of(figure), label=other) for other, figure in figures.items()}
        top = evaluate(self.sheet.definitions[name].tree, self.sheet.functions, leaves.__getitem__, _no_slope)
        read_as: dict[Value, Any] = {leaf: figures[other] for other, leaf in leaves.items()}
        for node in topological_order(top):
            if node.op is not None:
                read_as[node] = node.op(*(read_as[v] if isinstance(v, Value) else v for v in node.operands))
        if not self.afresh and top.op is not None:
            read_as[top] = self.figure(name)
        return dict(zip(mentioned, chain_rule(top, [leaves[other] for other in mentioned], read_as)))


def number_of(figure: Any) -> float:
    """A figure as a plain number."""
    return float(figure.data if isinstance(figure, Value) else figure)


def _no_slope(_of: str, _by: str) -> Any:
    raise AssertionError("a definition with derivatives in it is not read here")
