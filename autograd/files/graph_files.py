"""A whole recorded graph in a file, and back: nodes, operands, gradients, labels, scopes, to the last bit.

The file is JSON, one node a line, each after its operands, so that it can be read and compared:

    ["mul", 6.0, 1.0, [0, 1], [3.0, 2.0], {"label": "y"}]

is an operation by its name in the table, the data, the gradient (null before a backward pass), the
operands (a node by its number, a plain number in brackets), the local derivatives as they were
recorded, and what else the node carries. A leaf has null for its operation. `stale` lists the nodes
that no longer follow from their operands, because a number was changed after it had been recorded;
any other node that does not follow, as the table has it, is refused: the file was changed by hand.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, overload

from autograd.engine.graph import topological_order
from autograd.engine.origins import Note, Origin, Scope
from autograd.engine.undefined import Undefined
from autograd.engine.value import Value, describe, local_derivatives, node_of
from autograd.errors import InputError, OperandError
from autograd.files.whole_files import lines, number_from_json, number_to_json, read_json, write_file
from autograd.formatting import escapes
from autograd.table.ops import TABLE, VARIADIC

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from autograd.table.ops import Op

FORMAT, VERSION = "chalkgrad-graph", 1
MOST_BITS = 100_000  # of an exact power that is worked out again


@overload
def save_graph(roots: Value, path: str | os.PathLike[str]) -> Path: ...
@overload
def save_graph(roots: Sequence[Value], path: str | os.PathLike[str]) -> Path: ...
def save_graph(roots: Value | Sequence[Value], path: str | os.PathLike[str]) -> Path:
    """Write everything that a Value, or a list of them, was computed from; `load_graph` reads it back.

    >>> import tempfile
    >>> from pathlib import Path
    >>> x = Value(3.0, label="x")
    >>> y = x * x; y.label = "y"
    >>> y.backward()
    >>> file = save_graph(y, Path(tempfile.mkdtemp()) / "y.json")
    >>> same = load_graph(file)
    >>> same, same.parents[0]
    (Value(data=9.0, grad=1.0, label='y'), Value(data=3.0, grad=6.0, label='x'))

    Raises OperandError for a number that a file cannot hold exactly (a float, an int, a Fraction can
    be), OutputError where the file cannot be written.
    """
    one = isinstance(roots, Value) or not isinstance(roots, (list, tuple))
    wanted: list[Any] = [roots] if one else list(roots)  # type: ignore[arg-type] # what is no Value is refused below
    number = {node: place for place, node in enumerate(_order(wanted))}
    scopes = _Scopes()
    rows = [_row(node, number, scopes) for node in number]
    stale = [place for node, place in number.items() if not _follows(node)]
    held = [number[root] for root in wanted]
    return write_file(
        path,
        f'{{"format": "{FORMAT}", "version": {VERSION},\n"scopes": {lines(scopes.rows)},\n"nodes": {lines(rows)},\n'
        f'"stale": {stale},\n"roots": {held[0] if one else held}}}\n',
    )


def _order(roots: Sequence[Any]) -> list[Value]:
    """Every node below the roots, each once, after all of its parents."""
    if len(roots) == 1:
        return topological_order(roots[0])
    order: dict[Value, None] = {}
    waiting: list[tuple[Any, bool]] = [(root, False) for root in reversed(roots)]
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
    """Each scope once, by identity, after the scope it is within."""

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


# -- Whether a node still follows from its operands ---------------------------------------------


def _follows(node: Value) -> bool:
    """Whether the table, at the operands as they are now, gives the data and the local derivatives."""
    op = node.op
    if op is None:
        return True
    numbers = [v.data if isinstance(v, Value) else v for v in node.operands]
    if op.name in ("pow", "monomial") and _too_many_bits(numbers[-2:]):
        return False
    try:
        if not _same(node.data, op.forward(*numbers)):
            return False
        places = [place for place, operand in enumerate(node.operands) if isinstance(operand, Value)]
        try:
            every = op.local_derivatives(node.data, numbers)
        except (ArithmeticError, ValueError):
            every = local_derivatives(op, node.data, node.operands, numbers)
        return all(_same(local, every[place]) for place, local in zip(places, node.locals))
    except (ArithmeticError, ValueError, TypeError):
        return False


def _same(recorded: Any, now: Any) -> bool:
    if isinstance(recorded, Undefined) or isinstance(now, Undefined):
        return isinstance(recorded, Undefined) and isinstance(now, Undefined)
    if recorded == now or (recorded != recorded and now != now):
        return True
    # exp or sin may differ in the last bits from one machine to the next
    return isinstance(recorded, float) and isinstance(now, float) and math.isclose(recorded, now, rel_tol=1e-12)


def _too_many_bits(numbers: Sequence[Any]) -> bool:
    base, exponent = numbers
    if isinstance(base, float) or isinstance(exponent, float):
        return False
    size = Fraction(base)
    bits = max(size.numerator.bit_length(), size.denominator.bit_length())
    return bool(abs(exponent) * bits > MOST_BITS)


# -- And back -----------------------------------------------------------------------------------


def load_graph(path: str | os.PathLike[str]) -> Any:
    """The Value, or the list of Values, that `save_graph` wrote, with all they were computed from.

    >>> import pathlib, tempfile
    >>> x = Value(3.0, label="x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     y = load_graph(save_graph(x * x, pathlib.Path(folder, "graph.json")))
    >>> y.backward(); y.parents[0]
    Value(data=3.0, grad=6.0, label='x')

    Raises InputError, naming the line's node, for a file that is no graph, is of a later version,
    or holds a node that does not follow from its operands.
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
        if place not in stale and not _follows(node):
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
    if (
        not isinstance(row, list)
        or len(row) not in (5, 6)
        or not isinstance(row[3], list)
        or not isinstance(row[4], list)
    ):
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
    given = iter(locals_)
    every = [
        _local(op, data, operands, place, next(given)) if isinstance(v, Value) else None
        for place, v in enumerate(operands)
    ]
    return node_of(op, operands, data, every)


def _local(op: Op, data: Any, operands: list[Any], place: int, given: Any) -> Any:
    if given is not None:
        return number_from_json(given)
    if op.arity == VARIADIC:
        raise InputError(f"every local derivative of {op.name} exists, and one is not given")
    numbers = [v.data if isinstance(v, Value) else v for v in operands]
    if op.name in ("pow", "monomial") and _too_many_bits(numbers[-2:]):
        raise InputError("an exact power too large to be worked out again")
    again = local_derivatives(op, data, operands, numbers)[place]
    return (
        again if isinstance(again, Undefined) else Undefined(f"{op.name} had no derivative there when it was recorded")
    )


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
