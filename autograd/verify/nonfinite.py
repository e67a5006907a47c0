"""Find where the first NaN or infinity was born, and how it came to where it was seen.

A number is *born* not finite at the first operation that made it out of finite ones; *forward*,
where the data is computed, or *backward*, where upstream × local or the sum of contributions is.
A leaf or plain number that was given as NaN or infinity is the birth itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import TYPE_CHECKING, Any, Literal

from autograd.engine.backward import Term, backward_pass
from autograd.engine.graph import Graph, as_graph
from autograd.engine.names import caller_names
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value
from autograd.formatting import figures
from autograd.formatting.terminal import GLUE, folded
from autograd.verify.numerical import operation_text, short_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, repr=False)
class NonFinite:
    """The birth of a NaN or infinity: its node, the numbers that made it, and the path that it took.

    `operands` are the numbers that met: forward the operands of the node, backward the upstream
    and the local derivative, or the sum so far and the contribution. `path` begins at the node;
    forward it leads to the output, as far as it is not finite, backward to a leaf.
    """

    node: Value
    direction: Literal["forward", "backward"]
    value: Any
    operands: tuple[Any, ...]
    path: tuple[Value, ...]
    text: str

    def __repr__(self) -> str:
        return self.text


def first_nonfinite(output: Value | Graph, *, names: bool = True) -> NonFinite | None:
    """Return where the first NaN or infinity in a graph was born, and its path; None if all is finite.

    The forward pass is looked at first, then the backward pass; no gradient is changed. Nodes without
    a label get the names of the caller's variables, unless `names=False`.

    >>> a = Value(1e308, label="a")
    >>> b = a * 10; b.label = "b"
    >>> E = b - b; E.label = "E"
    >>> first_nonfinite(E)
    inf was born forward in b, mul of a = 1e308 and 10: too large for a float.
    It came to E by b → E.
    In E, sub of b = inf and b = inf, it became nan.

    >>> x = Value(1e-200, label="x")
    >>> first_nonfinite(0 * (1 / x))
    nan was born backward in the step of v1, div of 1 and x = 1e−200: for x,
      upstream 0 × local −inf = nan.
    It came to the gradient of x by v1 → x.

    Raises DomainError where a derivative does not exist at all, OperandError for no Value.
    """
    graph = as_graph(output, caller_names() if names else None)
    return _forward(graph) or _backward(graph)


def _finite(x: Any) -> bool:
    try:
        return math.isfinite(x)
    except OverflowError:  # an integer or fraction larger than any float
        return True


# -- Forward ------------------------------------------------------------------------------------


def _forward(graph: Graph) -> NonFinite | None:
    path = _path_from(graph.order) if _finite(graph.output.data) else _path_to(graph.output)
    if not path:
        return None
    node, last = path[0], path[-1]
    names = short_names(graph)
    sentences = [_birth(node, names)]
    if len(path) > 1:
        sentences.append(f"It came to {names[last]} by {_shown_path(path, names)}.")
    turned = [now for before, now in pairwise(path) if now.data != now.data and before.data == before.data]
    if turned:
        sentences.append(f"In {_computed(turned[0], names)}, it became nan.")
    if last is not graph.output:
        sentences.append(f"It goes no further: what was made of {names[last]} is finite again.")
    operands = tuple(v.data if isinstance(v, Value) else v for v in node.operands)
    return NonFinite(node, "forward", node.data, operands, tuple(path), _text(sentences))


def _path_to(output: Value) -> list[Value]:
    """Return the nodes from the birth to an output that is not finite, each time by the first operand that is not."""
    path = [output]
    while True:
        node = path[-1]
        behind = [parent for parent in node.parents if not _finite(parent.data)]
        if not behind:
            return path[::-1]
        nans = [parent for parent in behind if parent.data != parent.data]
        path.append((nans or behind)[0] if node.data != node.data else behind[0])


def _path_from(order: Sequence[Value]) -> list[Value]:
    """Return the first node that is not finite, and those after it that are not finite because of it."""
    path: list[Value] = []
    for node in order:
        if not _finite(node.data) and (not path or path[-1] in node.parents):
            path.append(node)
    return path


def _birth(node: Value, names: Mapping[Value, str]) -> str:
    value = figures.number(node.data)
    if node.op is None:
        return f"{value} was given: the leaf {names[node]} has it."
    given = [v for v in node.operands if not isinstance(v, Value) and not _finite(v)]
    if given:
        return f"{figures.number(given[0])} was given as a plain number in {_computed(node, names)}."
    why = "too large for a float" if node.data == node.data else "by an infinity on the way"
    return f"{value} was born forward in {_computed(node, names)}: {why}."


# -- Backward -----------------------------------------------------------------------------------


def _backward(graph: Graph) -> NonFinite | None:
    totals: dict[Value, Any] = {}
    zero = type(graph.output.data)()
    for node, upstream, terms in backward_pass(graph.order, zero + 1, zero, _edges):
        for term in starmap(Term, terms):
            if not _finite(term.contribution):
                operands = (upstream, term.local)
                how = "upstream {} × local {}"
            elif not _finite(term.total):
                operands = (totals[term.parent], term.contribution)
                how = "{} so far + the contribution {}"
            else:
                totals[term.parent] = term.total
                continue
            return _born_backward(graph, node, term, how, operands)
    return None


def _edges(node: Value) -> list[tuple[Value, Any]]:
    """Return the edges of a node with the infinity in place of a local derivative that is too large for a float."""
    return [
        (parent, local.too_large if isinstance(local, Undefined) and local.too_large is not None else local)
        for parent, local in node.edges()
    ]


def _born_backward(graph: Graph, node: Value, term: Term, how: str, operands: tuple[Any, Any]) -> NonFinite:
    path = [node, term.parent]
    while path[-1].parents:
        path.append(path[-1].parents[0])
    names = short_names(graph)
    value = figures.number(term.total)
    equation = f"{how.format(*map(figures.number, operands))} = {value}"
    born = (
        f"{value} was born backward in the step of {_computed(node, names)}: "
        f"for {names[term.parent]}, {equation.replace(' ', GLUE)}."
    )
    sentences = (born, f"It came to the gradient of {names[path[-1]]} by {_shown_path(path, names)}.")
    return NonFinite(node, "backward", term.total, operands, tuple(path), _text(sentences))


# -- In words -----------------------------------------------------------------------------------


def _text(sentences: Sequence[str]) -> str:
    return "\n".join(folded(sentence, hang="  ") for sentence in sentences)


def _computed(node: Value, names: Mapping[Value, str]) -> str:
    """Return a node and what it was computed from: `E, sub of a = inf and b = inf`."""
    return f"{names[node]}, {operation_text(node, names)}"


def _shown_path(path: Sequence[Value], names: Mapping[Value, str]) -> str:
    shown = [names[node] for node in path]
    if len(shown) > 8:
        shown[4:-4] = [f"… ({len(shown) - 8} more) …"]
    return " → ".join(shown)
