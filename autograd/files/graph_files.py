"""Graphs in files: nodes, operands, gradients, labels and scopes are saved and loaded to the last bit.

The file is JSON with one node on each line, after its operands, so that people can read and compare it:

    ["mul", 6.0, 1.0, [0, 1], [3.0, 2.0], {"label": "y"}]

These are the operation by its name in the table, the data, the gradient (null before a backward pass), the
operands (a node by its number, a plain number in brackets), the recorded local derivatives, and what else
the node carries. A leaf has null for its operation. `load_graph` checks every node against the table, and
refuses a file that was changed by hand. `stale` lists the nodes that are not checked: an exact power that is
too large to compute again; in older files, nodes whose operands were changed after the recording.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import Graph, follows, topological_order
from autograd.engine.messages import describe
from autograd.engine.origins import Note, Origin, Scope
from autograd.engine.undefined import Undefined, local_derivatives
from autograd.engine.value import Value, node_of
from autograd.errors import InputError, OperandError
from autograd.files.whole_files import lines, number_from_json, number_to_json, read_json, write_file
from autograd.formatting import escapes
from autograd.table import ops
from autograd.table.ops import TABLE, VARIADIC

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from autograd.table.ops import Op

FORMAT, VERSION = "chalkgrad-graph", 1
MAX_BITS = 100_000  # of an exact power that is computed again: a crafted file must not keep the reader busy
TOLERANCE = 1e-12  # relative: exp or sin may differ in the last bits from one machine to the next


def save_graph(outputs: Value | Graph | Sequence[Value], path: str | os.PathLike[str]) -> Path:
    """Save everything that a Value, or each of a list of Values, was computed from; `load_graph` reads it.

    >>> import tempfile
    >>> from pathlib import Path
    >>> x = Value(3.0, label="x")
    >>> y = x * x; y.label = "y"
    >>> y.backward()
    >>> file = save_graph(y, Path(tempfile.mkdtemp()) / "y.json")
    >>> same = load_graph(file)
    >>> same, same.parents[0]
    (Value(data=9.0, grad=1.0, label='y'), Value(data=3.0, grad=6.0, label='x'))

    Raises StaleGraphError if a number was changed after it had been used, OperandError for a number that a
    file cannot hold exactly (it can hold a float, an int or a Fraction), OutputError if the file cannot be
    written.
    """
    one = not isinstance(outputs, (list, tuple))
    wanted: list[Any] = [outputs.output if isinstance(outputs, Graph) else outputs] if one else list(outputs)  # type: ignore[arg-type] # `_order` refuses anything else
    number = {node: place for place, node in enumerate(_order(wanted))}
    for node in number:
        if not follows(node):
            raise next(graph for graph in map(Graph, wanted) if node in graph).stale("save_graph", node)
    scopes = _Scopes()
    rows = [_row(node, number, scopes) for node in number]
    unchecked = [place for node, place in number.items() if _is_too_large(node)]
    held = [number[output] for output in wanted]
    return write_file(
        path,
        f'{{"format": "{FORMAT}", "version": {VERSION},\n"scopes": {lines(scopes.rows)},\n"nodes": {lines(rows)},\n'
        f'"stale": {unchecked},\n"roots": {held[0] if one else held}}}\n',
    )


def _order(outputs: Sequence[Any]) -> list[Value]:
    """Return every node below the outputs once, after all of its parents."""
    if len(outputs) == 1:
        return topological_order(outputs[0])
    order: dict[Value, None] = {}
    waiting: list[tuple[Any, bool]] = [(output, False) for output in reversed(outputs)]
    while waiting:
        node, below_done = waiting.pop()
        if not isinstance(node, Value):
            raise OperandError(f"save_graph: wants a Value or a list of Values, not {escapes.plain(repr(node))[:40]}")
        if below_done:
            order[node] = None
        elif node not in order:
            waiting.append((node, True))
            waiting.extend((parent, False) for parent in reversed(node.parents) if parent not in order)
    return list(order)


class _Scopes:
    """The scopes of a graph, each once and after the one around it."""

    def __init__(self) -> None:
        self.place: dict[Scope, int] = {}
        self.rows: list[list[Any]] = []

    def number(self, scope: Scope) -> int:
        waiting = [scope]
        while waiting:
            last = waiting[-1]
            if last.within is not None and last.within not in self.place:
                waiting.append(last.within)
                continue
            waiting.pop()
            if last not in self.place:
                self.place[last] = len(self.rows)
                self.rows.append([last.kind, last.name, None if last.within is None else self.place[last.within]])
        return self.place[scope]


def _row(node: Value, number: dict[Value, int], scopes: _Scopes) -> list[Any]:
    try:
        row = [
            None if node.op is None else node.op.name,
            number_to_json(node.data),
            number_to_json(node.grad) if node.has_grad else None,
            [number[v] if isinstance(v, Value) else [number_to_json(v)] for v in node.operands],
            [None if isinstance(local, Undefined) else number_to_json(local) for local in node.locals],
        ]
    except OperandError as error:
        raise OperandError(f"save_graph: {describe(node)}: {error}") from None
    carried: dict[str, Any] = {}
    if node.label:
        carried["label"] = node.label
    if node.scope is not None:
        carried["scope"] = scopes.number(node.scope)
    if node.origin is not None:
        carried["origin"] = list(node.origin)
    return [*row, carried] if carried else row


def _is_too_large(node: Value) -> bool:
    """Return True if the node is an exact power too large to be computed again."""
    return node.op in (ops.pow, ops.monomial) and _has_too_many_bits(numbers_of(node.operands))


def _has_too_many_bits(numbers: Sequence[Any]) -> bool:
    *_, base, exponent = numbers
    if isinstance(base, float) or isinstance(exponent, float):
        return False
    size = Fraction(base)
    bits = max(size.numerator.bit_length(), size.denominator.bit_length())
    return bool(abs(exponent) * bits > MAX_BITS)


def numbers_of(operands: Sequence[Any]) -> list[Any]:
    """Return operands as plain numbers."""
    return [v.data if isinstance(v, Value) else v for v in operands]


# -- Loading ------------------------------------------------------------------------------------


def load_graph(path: str | os.PathLike[str]) -> Any:
    """Return the Value, or the list of Values, that `save_graph` saved, with all they were computed from.

    >>> import pathlib, tempfile
    >>> x = Value(3.0, label="x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     y = load_graph(save_graph(x * x, pathlib.Path(folder, "graph.json")))
    >>> y.backward(); y.parents[0]
    Value(data=3.0, grad=6.0, label='x')

    Raises InputError, naming the node, for a file that is not a graph, is of a later version, or holds a
    node that does not follow from its operands.
    """
    held = read_json(path, FORMAT, VERSION)
    for part, kind in (("scopes", list), ("nodes", list), ("stale", list), ("roots", (int, list))):
        if not isinstance(held.get(part), kind):
            raise InputError(f"load_graph: the file has no list of {part}")
    scopes = _scopes(held["scopes"])
    stale = {_index("stale", place, len(held["nodes"])) for place in held["stale"]}
    nodes: list[Value] = []
    for place, row in enumerate(held["nodes"]):
        try:
            node = _node(row, nodes, scopes)
        except InputError as error:
            raise InputError(f"load_graph: nodes[{place}]: {error}") from None
        if place not in stale and (_is_too_large(node) or not follows(node, TOLERANCE)):
            raise InputError(
                f"load_graph: nodes[{place}], {describe(node)}, is not {node.op.name if node.op else ''} of "
                f"{', '.join(describe(v) for v in node.operands[:4])}, or its local derivatives are not the table's: "
                'the file was changed after it had been written (a node that is meant to be so is listed in "stale")'
            )
        nodes.append(node)
    roots = held["roots"]
    if isinstance(roots, list):
        return [nodes[_index("roots", place, len(nodes))] for place in roots]
    return nodes[_index("roots", roots, len(nodes))]


def _index(part: str, place: Any, count: int) -> int:
    if type(place) is not int or not 0 <= place < count:
        raise InputError(
            f"load_graph: {part}: {escapes.plain(repr(place))[:40]} is the number of none of the {count} nodes"
        )
    return place


def _scopes(rows: list[Any]) -> list[Scope]:
    scopes: list[Scope] = []
    for place, row in enumerate(rows):
        if not (isinstance(row, list) and len(row) == 3 and isinstance(row[0], str) and isinstance(row[1], str)):
            raise InputError(f"load_graph: scopes[{place}] is not a kind, a name and the scope around it")
        kind, name, within = row
        if within is not None and (type(within) is not int or not 0 <= within < place):
            raise InputError(f"load_graph: scopes[{place}] is not within one that stands before it")
        scopes.append(Scope(kind, name, None if within is None else scopes[within]))
    return scopes


def _node(row: Any, nodes: list[Value], scopes: list[Scope]) -> Value:
    if not (isinstance(row, list) and len(row) in (5, 6) and isinstance(row[3], list) and isinstance(row[4], list)):
        raise InputError("a node is [operation, data, gradient, [operands], [local derivatives], what it carries]")
    name, data, grad, operands, locals_ = row[:5]
    read = [_operand(v, nodes) for v in operands]
    if name is None:
        if operands or locals_:
            raise InputError("a leaf, which has no operation, has no operands")
        node = Value(number_from_json(data))
    else:
        op = TABLE.get(name) if isinstance(name, str) else None
        if op is None:
            raise InputError(f"{escapes.plain(repr(name))[:40]} is no operation of the table")
        node = _computed(op, number_from_json(data), read, locals_)
    if grad is not None:
        node.grad = number_from_json(grad)
    if len(row) == 6:
        _carry(node, row[5], scopes)
    return node


def _operand(thing: Any, nodes: list[Value]) -> Any:
    if isinstance(thing, list) and len(thing) == 1:
        return number_from_json(thing[0])
    if type(thing) is int and 0 <= thing < len(nodes):
        return nodes[thing]
    raise InputError(
        f"the operand {escapes.plain(repr(thing))[:40]} is neither the number of a node before it "
        "nor a number in brackets"
    )


def _computed(op: Op, data: Any, operands: list[Any], locals_: list[Any]) -> Value:
    parents = tuple(v for v in operands if isinstance(v, Value))
    if op.arity not in (VARIADIC, len(operands)) or not parents:
        raise InputError(f"{op.name} with {len(operands)} operands, {len(parents)} of them nodes, is not in the table")
    if len(locals_) != len(parents):
        raise InputError(f"{len(locals_)} local derivatives for {len(parents)} parents")
    every = [None] * len(operands)
    for place, given in zip([place for place, v in enumerate(operands) if isinstance(v, Value)], locals_):
        every[place] = _local(op, data, operands, place, given)
    return node_of(op, operands, data, every)


def _local(op: Op, data: Any, operands: list[Any], place: int, given: Any) -> Any:
    if given is not None:
        return number_from_json(given)
    if op.arity == VARIADIC:
        raise InputError(f"every local derivative of {op.name} exists, and one is not given")
    numbers = numbers_of(operands)
    if op in (ops.pow, ops.monomial) and _has_too_many_bits(numbers):
        raise InputError("an exact power too large to be computed again")
    again = local_derivatives(op, data, operands, numbers)[place]
    if isinstance(again, Undefined):
        return again
    return Undefined(f"{op.name} had no derivative there when it was recorded")


def _carry(node: Value, carried: Any, scopes: list[Scope]) -> None:
    if not isinstance(carried, dict) or not carried.keys() <= {"label", "scope", "origin"}:
        raise InputError("a node carries a label, a scope and an origin, and nothing else")
    label, scope, origin = carried.get("label", ""), carried.get("scope"), carried.get("origin")
    if not isinstance(label, str):
        raise InputError("a label is a text")
    if scope is None and origin is None:
        node.label = label
        return
    if scope is not None and (type(scope) is not int or not 0 <= scope < len(scopes)):
        raise InputError(f"there is no scope {escapes.plain(repr(scope))[:40]}")
    if origin is not None and not (
        isinstance(origin, list) and len(origin) == 2 and isinstance(origin[0], str) and type(origin[1]) is int
    ):
        raise InputError("an origin is a file and a line")
    node._note = Note(label, None if origin is None else Origin(*origin), None if scope is None else scopes[scope])
