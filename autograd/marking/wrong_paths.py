"""Wrong paths through the graph: a path left out, a local derivative left out, taken twice or taken elsewhere.

A `WrongPath` can be followed with anybody's figures (see `chain_rule.ChainRule`): with the writer's own, to be
compared with a number, or at generic points, to be compared with a formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.errors import ChalkgradError
from autograd.marking.messages import Mistake
from autograd.path_sums.search import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograd.marking.chain_rule import ChainRule

MAX_PATHS = 16  # that are tried one by one
MAX_EDGES = 100  # of the graph of names, in which wrong paths are looked for


class WrongPath(NamedTuple):
    """A mistake; `follow` returns the derivative that it makes of a chain rule."""

    mistake: Mistake
    follow: Callable[[ChainRule], Any]


def find_wrong_paths(rule: ChainRule, of: str, by: str) -> Iterator[WrongPath]:
    """Yield the wrong paths from one name to another, the likeliest first."""
    between = rule.sheet.between(by, of)
    inside = {by, *between}
    edges = [(name, below) for name in between for below in rule.sheet.mentioned_by(name) if below in inside]
    if not edges or len(edges) > MAX_EDGES or between[-1] != of:
        return
    yield from _paths_left_out(rule, of, by, edges)
    varying = [edge for edge in edges if edge != (of, by) and not rule.samples.is_constant(*edge)]
    yield from _factors_left_out(of, by, varying)
    yield from _taken_elsewhere(rule, edges)
    yield from _taken_twice(of, by, varying)


def _with(of: str, by: str, make: Callable[[ChainRule], dict[tuple[str, str], Any]]) -> Callable[[ChainRule], Any]:
    """Return a function that computes a derivative with some local derivatives as a mistake has them."""
    return lambda rule: rule.derivative(of, by, make(rule))


def _paths_left_out(rule: ChainRule, of: str, by: str, edges: list[tuple[str, str]]) -> Iterator[WrongPath]:
    for fork in dict.fromkeys(below for _, below in edges):
        users = [name for name, below in edges if below == fork]
        for name in users if len(users) > 1 else ():
            others = [other for other in users if other != name]
            ways = " and ".join("directly" if user == of else f"by {user}" for user in users[:4])
            shown = f"the direct path from {fork} to {of}" if name == of else f"the path through {name}"
            text = f"{shown} is left out: {fork} leads to {of} {ways}, and both are added"
            if len(users) > 2:
                text = f"the path through {name} is left out: the contributions of all {len(users)} paths are added"
            yield WrongPath(Mistake("a path left out", text), _with(of, by, lambda _, at=(name, fork): {at: 0.0}))  # type: ignore[misc] # the default
            if len(users) > 2:
                text = f"only the path through {name} is taken: the contributions of all {len(users)} paths are added"
                none = {(other, fork): 0.0 for other in others}
                yield WrongPath(Mistake("a path left out", text), _with(of, by, lambda _, none=none: none))  # type: ignore[misc] # the default
    for names in _single_paths(rule, of, by):
        text = f"only the path {' → '.join(names)} is taken: the contributions of all paths are added"
        yield WrongPath(Mistake("a path left out", text), lambda rule, names=names: rule.along(names))  # type: ignore[misc] # the default


def _single_paths(rule: ChainRule, of: str, by: str) -> list[list[str]]:
    """Return the paths one by one, where there are more than two and not too many."""
    try:
        made = rule.graph(of, by)
        found = paths(made[of], made[by], k=MAX_PATHS + 1) if of in made else ()
    except ChalkgradError:
        return []
    if not 2 < len(found) <= MAX_PATHS:
        return []
    return [[node.label for node in path.nodes] for path in found]


def _factors_left_out(of: str, by: str, edges: list[tuple[str, str]]) -> Iterator[WrongPath]:
    for edge in reversed(edges):
        mistake = Mistake("a factor left out", f"the factor d{edge[0]}/d{edge[1]} is left out")
        yield WrongPath(mistake, _with(of, by, lambda _, edge=edge: {edge: 1.0}))  # type: ignore[misc] # the default


def _taken_twice(of: str, by: str, edges: list[tuple[str, str]]) -> Iterator[WrongPath]:
    for edge in reversed(edges):
        mistake = Mistake("a factor too many", f"the factor d{edge[0]}/d{edge[1]} is there twice")
        follow = _with(of, by, lambda rule, edge=edge: {edge: rule.local(*edge) * rule.local(*edge)})  # type: ignore[misc] # the default
        yield WrongPath(mistake, follow)


def _taken_elsewhere(rule: ChainRule, edges: list[tuple[str, str]]) -> Iterator[WrongPath]:
    """Yield the derivative of an activation with its input for its output, or the other way round."""
    top, bottom = edges[-1][0], edges[0][1]
    for name, below in reversed(edges):
        op = rule.samples.activation(name)
        if op is None or not op.is_activation:
            continue

        def at_input(rule: ChainRule, name: str = name, below: str = below, op: Any = op) -> Any:
            net = rule.figure(below)
            return {(name, below): op.partials[0](net, net)}

        def at_output(rule: ChainRule, name: str = name, below: str = below, op: Any = op) -> Any:
            out = rule.figure(name)
            return {(name, below): op.partials[0](op(out), out)}

        text = f"d{name}/d{below} is taken with {below}, the pre-activation, where the activation {name} belongs"
        yield WrongPath(Mistake("pre-activation", text), _with(top, bottom, at_input))
        text = f"d{name}/d{below} is taken at {name}, the activation, where the pre-activation {below} belongs"
        yield WrongPath(Mistake("activation", text), _with(top, bottom, at_output))
