"""What a page folds into one card that opens: an array of a sheet, a neuron, a name with the unnamed nodes before it.

A *group* is such a card with the nodes in it. Its *head* is the one node that others use; an array has none, and shows
its *entries* as a table. Groups do not overlap, and no group depends on what depends on it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from autograd.claims.arrays import shape_text
from autograd.derivation.worked.forward_part import likely_parameters
from autograd.drawing.folding import fold_unnamed
from autograd.formatting.terminal import short, width, wrapped
from autograd.stepper import frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autograd.engine.graph import Graph
    from autograd.engine.origins import Scope
    from autograd.engine.value import Value

Unit: TypeAlias = "Group | Value"  # what is one card while it is folded

ON_LINE = 30  # columns of a line of a formula on a folded card
MAX_LINES = 3
MAX_ENTRIES = 6  # of an array that are shown on its card; of more, the first


@dataclass(eq=False)
class Group:
    """A folded card: its name, what it says it is, and the nodes in it, in the order of computation."""

    name: str
    made: list[str]
    members: list[Value]
    head: Value | None = None
    entries: list[Value] = field(default_factory=list)
    scope: Scope | None = None  # that its card stands in


def groups_of(graph: Graph, names: Mapping[Value, str]) -> list[Group]:
    """Return what a page folds; `names` are the names of the nodes as cards show them.

    >>> from autograd import Graph, Value
    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> h = (w * x + 1.0).tanh(); h.label = "h"
    >>> graph = Graph(h)
    >>> [(group.name, group.made, len(group.members)) for group in groups_of(graph, graph.names)]
    [('h', ['tanh(w·x + 1)'], 3)]
    """
    found = _scopes(graph, names)
    while circular := _in_circles(graph, found):
        found = [group for group in found if group not in circular]
    taken = {node for group in found for node in group.members}
    for node, fold in fold_unnamed(graph).items():
        if len(fold.members) > 1 and taken.isdisjoint(fold.members):
            found.append(Group(names[node], _lines(fold.formula), list(fold.members), node, scope=node.scope))
    return found


def _scopes(graph: Graph, names: Mapping[Value, str]) -> list[Group]:
    """Return the arrays and the neurons, each neuron with the parameters that nothing else uses."""
    members: dict[Scope, list[Value]] = {}
    for node in graph.order:
        if node.scope is not None:
            members.setdefault(node.scope, []).append(node)
    found: list[Group] = []
    for scope, nodes in members.items():
        if scope.kind == "neuron":
            found += _neuron(graph, scope, nodes, names)
        else:
            found += _array(scope, nodes)
    own = {node: group for group in found if group.head is not None for node in group.members}
    for leaf in likely_parameters(graph):
        users = {own.get(child) for child, _, _ in graph.uses[leaf]}
        group = users.pop() if len(users) == 1 else None
        if group is not None and leaf not in own:
            group.members.insert(0, leaf)
    return [group for group in found if len(group.members) > 1]


def _neuron(graph: Graph, scope: Scope, nodes: list[Value], names: Mapping[Value, str]) -> Iterable[Group]:
    inside = set(nodes)
    used = [v for v in nodes if v is graph.output or any(child not in inside for child, _, _ in graph.uses[v])]
    if len(used) != 1:
        return
    [head] = used
    if head.op is None:
        return
    before = [v for v in nodes[::-1] if v is not head and v.op is not None and graph.is_named(v)]
    made = [frame.formula(head, names, ON_LINE)]
    for node in before[: MAX_LINES - 1]:
        room = ON_LINE - width(names[node]) - 3
        made.append(short(f"{names[node]} = {frame.formula(node, names, max(room, 8))}", ON_LINE))
    yield Group(names[head], made, nodes, head, scope=scope.within)


def _array(scope: Scope, nodes: list[Value]) -> Iterable[Group]:
    """Return the array of a sheet whose entries are called name[1,2]."""
    index = re.compile(re.escape(scope.name) + r"\[(\d+(?:,\d+)*)\]")
    places = {node: tuple(map(int, match[1].split(","))) for node in nodes if (match := index.fullmatch(node.label))}
    if len(places) > 1:
        entries = sorted(places, key=places.__getitem__)
        yield Group(scope.name, [shape_text(places[entries[-1]])], nodes, entries=entries, scope=scope.within)


def _lines(formula: str) -> list[str]:
    """Return a formula in lines of a card."""
    lines = wrapped(formula, ON_LINE)
    return (
        lines
        if len(lines) <= MAX_LINES
        else [*lines[: MAX_LINES - 1], short(" ".join(lines[MAX_LINES - 1 :]), ON_LINE)]
    )


def units_of(graph: Graph, groups: Sequence[Group]) -> dict[Value, Unit]:
    """Return the card that each node is on: its group, or itself."""
    homes: dict[Value, Unit] = {node: node for node in graph.order}
    for group in groups:
        homes.update(dict.fromkeys(group.members, group))
    return homes


def _in_circles(graph: Graph, groups: Sequence[Group]) -> set[Group]:
    """Return the groups that depend on what depends on them."""
    homes = units_of(graph, groups)
    after: dict[Unit, set[Unit]] = {unit: set() for unit in homes.values()}
    for node in graph.order:
        for parent in node.parents:
            if homes[parent] is not homes[node]:
                after[homes[parent]].add(homes[node])
    for _ in range(2):  # what comes before all circles is left out, then what comes after them
        left = _without_first(after)
        before: dict[Unit, set[Unit]] = {unit: set() for unit in left}
        for unit in left:
            for right in after[unit] & left:
                before[right].add(unit)
        after = before
    return {unit for unit in after if isinstance(unit, Group)}


def _without_first(after: Mapping[Unit, set[Unit]]) -> set[Unit]:
    """Return the units without those that depend on no circle."""
    waiting = Counter(right for rights in after.values() for right in rights)
    left = set(after)
    free = [unit for unit in after if not waiting[unit]]
    while free:
        unit = free.pop()
        left.remove(unit)
        for right in after[unit]:
            waiting[right] -= 1
            if not waiting[right]:
                free.append(right)
    return left
