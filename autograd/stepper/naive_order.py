"""Show on a graph of one's own why the backward pass needs a topological order.

The *depth-first* order goes from a node straight on into its parents, as a recursive function
would: a node takes its step when it is first reached. The *topological* order takes a node only
when every node that uses it has taken its step. Both passes are run; neither changes the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.graph import Graph, as_graph, steps
from autograd.engine.names import caller_names
from autograd.formatting import figures
from autograd.formatting.terminal import aligned, listed, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.engine.backward import Step, Term
    from autograd.engine.value import Value

TOLERANCE = 1e-9  # relative to the largest contribution: what another order of adding may change
MAX_ROWS = 8
COLUMNS = 60


class TooEarly(NamedTuple):
    """A node whose step was taken before its gradient was complete."""

    node: Value
    number: int  # of its step in the depth-first order
    used: Any  # its gradient at that time
    gradient: Any  # its complete gradient
    received: tuple[Value, ...]  # the nodes that had contributed by then
    late: tuple[tuple[Value, int], ...]  # those that had not, with the number of their step


class WrongGradient(NamedTuple):
    """A leaf whose gradient the depth-first order gets wrong."""

    leaf: Value
    depth_first: Any
    gradient: Any


@dataclass(frozen=True, repr=False, eq=False)
class WhyTopological:
    """The gradients of `output` by the two orders; its `repr` explains them."""

    output: Value
    depth_first: tuple[Value, ...]
    topological: tuple[Value, ...]
    too_early: tuple[TooEarly, ...]
    wrong: tuple[WrongGradient, ...]
    right: tuple[Value, ...]  # the leaves that both orders get right
    shared: tuple[Value, ...]  # nodes, no leaves, that more than one step sends contributions to
    names: Mapping[Value, str]

    @property
    def first(self) -> TooEarly | None:
        """The first node whose gradient was used before it was complete; None if there is none."""
        return self.too_early[0] if self.too_early else None

    def __repr__(self) -> str:
        return "\n".join(_explained(self))


def why_topological(output: Value | Graph, *, names: bool = True) -> WhyTopological:
    """Run the depth-first order beside the topological one, and show where and why they differ.

    Nodes without a label get the names of the caller's variables, unless `names=False`.

    >>> from autograd import Value
    >>> x = Value(2.0, label="x")
    >>> h = x * 3; h.label = "h"
    >>> e = h.exp(); e.label = "e"
    >>> y = h + e; y.label = "y"
    >>> why = why_topological(y)
    >>> why.first.node.label, why.first.used, [node.label for node, _ in why.first.late]
    ('h', 1.0, ['e'])
    >>> why.wrong[0].leaf.label, why.wrong[0].depth_first
    ('x', 3.0)

    Raises OperandError for no Value, DomainError where a local derivative does not exist.
    """
    graph = as_graph(output, caller_names() if names else None)
    leaves = [node for node in graph.order if node.op is None]
    order = [node for node in reversed(graph.order) if node.op is not None]
    naive = _depth_first(graph.output)
    record = list(steps(graph, [*leaves, *reversed(naive)]))  # the same backward pass, in another order
    right = graph.gradients
    number = {node: k for k, node in enumerate(naive, 1)}
    users = {node: list(dict.fromkeys(child for child, _, _ in graph.uses[node])) for node in naive}
    early = (_too_early(step, number, users[step.node], right[step.node]) for step in record)
    wrong = {row.leaf: row for row in _wrong(record, right)}
    orders, too_early = (tuple(naive), tuple(order)), tuple(filter(None, early))
    both_right = tuple(leaf for leaf in reversed(leaves) if leaf not in wrong)
    shared = tuple(node for node in order if len(users[node]) > 1)
    return WhyTopological(graph.output, *orders, too_early, tuple(wrong.values()), both_right, shared, graph.names)


def _depth_first(output: Value) -> list[Value]:
    """Return the nodes in the order in which a recursion into the parents first reaches them, leaves left out."""
    found: dict[Value, None] = {}
    stack = [output]
    while stack:
        node = stack.pop()
        if node.op is not None and node not in found:
            found[node] = None
            stack.extend(reversed(node.parents))
    return list(found)


def _too_early(step: Step, number: Mapping[Value, int], users: list[Value], gradient: Any) -> TooEarly | None:
    here = number[step.node]
    late = [(user, number[user]) for user in users if number[user] > here]
    received = [user for user in users if number[user] < here]
    return TooEarly(step.node, here, step.upstream, gradient, tuple(received), tuple(late)) if late else None


def _wrong(record: list[Step], right: Mapping[Value, Any]) -> list[WrongGradient]:
    last: dict[Value, Term] = {}
    largest: dict[Value, Any] = {}
    for step in record:
        for term in step.terms:
            if term.parent.op is None:
                last[term.parent] = term
                largest[term.parent] = max(largest.get(term.parent, 0), abs(term.contribution))
    found = []
    for leaf, term in last.items():
        scale = max(largest[leaf], abs(right[leaf]))
        both_nan = term.total != term.total and right[leaf] != right[leaf]
        if not (both_nan or abs(term.total - right[leaf]) <= TOLERANCE * scale):
            found.append(WrongGradient(leaf, term.total, right[leaf]))
    return found


def _explained(why: WhyTopological) -> list[str]:
    names = {node: short(name) for node, name in why.names.items()}
    lines = [
        "Why a topological order? Here are the steps of the backward pass in two orders:",
        "depth first, each node as soon as it is reached, as recursion would; and each",
        "node after all that use it.",
        "",
        f"  depth first   {listed([names[node] for node in why.depth_first[:COLUMNS]], COLUMNS)}",
        f"  topological   {listed([names[node] for node in why.topological[:COLUMNS]], COLUMNS)}",
        "",
    ]
    if why.output.op is None:
        return [f"{names[why.output]} is a leaf: nothing was computed, so there are no steps to order."]
    return [*lines, *(_differ(why, why.first, names) if why.first else _agree(why, names))]


def _agree(why: WhyTopological, names: Mapping[Value, str]) -> list[str]:
    if not why.shared:
        return [
            "Here both give the same gradients, and so does every order that starts at the output and goes",
            "from a node to its parents: leaving out the leaves, which have no step of their own, the graph",
            "is a tree. One step alone sends to each node, so its gradient is complete when it is reached.",
        ]
    return [
        "Here both give the same gradients, by luck: each node happened to be reached last by all that",
        "use it. Had the operands been written in another order, a node that several steps use could",
        f"have come too early: {listed([names[node] for node in why.shared], COLUMNS)}.",
        "A topological order does not depend on how the expression was written.",
    ]


def _differ(why: WhyTopological, first: TooEarly, names: Mapping[Value, str]) -> list[str]:
    name = names[first.node]
    received = listed([names[node] for node in first.received], COLUMNS // 2)
    late = listed([f"{names[node]} (step {number})" for node, number in first.late], COLUMNS // 2)
    numbers = aligned([figures.number(first.used), figures.number(first.gradient)])
    lines = [
        f"Depth first, {name} takes its step as number {first.number}, when its gradient is not complete:",
        "",
        f"  {name}.grad as it was used     {numbers[0]}   from {received}",
        f"  {name}.grad when complete      {numbers[1]}   too late: {late}",
        "",
    ]
    if len(why.too_early) > 1:
        others = listed([names[found.node] for found in why.too_early[1:]], COLUMNS)
        lines += [f"So it goes with {others} too.", ""]
    if not why.wrong:
        come = "What came too late is 0, or is multiplied by 0 on its way, so the leaves come out the same here."
        return [*lines, come]
    lines += ["What comes too late is never passed on, so these gradients come out wrong:", ""]
    shown = why.wrong[:MAX_ROWS]
    columns = [
        aligned(["leaf", *(names[row.leaf] for row in shown)]),
        aligned(["depth first", *(figures.number(row.depth_first) for row in shown)]),
        aligned(["right", *(figures.number(row.gradient) for row in shown)]),
        aligned(["wrong by", *(figures.signed(row.depth_first - row.gradient) for row in shown)]),
    ]
    lines += [f"  {'   '.join(row)}".rstrip() for row in zip(*columns)]
    if len(why.wrong) > len(shown):
        lines.append(f"  … and {len(why.wrong) - len(shown)} more leaves")
    if why.right:
        lines += ["", f"Right in both: {listed([names[leaf] for leaf in why.right], COLUMNS)}."]
    return [
        *lines,
        "",
        "A topological order takes a step only when every node that uses its node has",
        "taken its own: then each gradient is complete when it is used, and is used once.",
    ]
