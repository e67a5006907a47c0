"""A graph written as a sheet."""

from __future__ import annotations

import math
import re
from itertools import count
from numbers import Rational
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import as_graph
from autograd.errors import RangeError, SheetError
from autograd.formatting import figures
from autograd.sheet.lexer import MAX_DIGITS, tokenize
from autograd.symbolic.expr import Symbol, written
from autograd.symbolic.notations import ATOM, NEGATION, POWER, PRODUCT, SUM, Notation, Spelling
from autograd.symbolic.printer import write
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.engine.graph import Graph
    from autograd.engine.value import Value


def in_sheet(x: Any) -> str:
    """Return a number as a sheet writes it: an int or a fraction exactly, if its digits are not too many.

    >>> from fractions import Fraction
    >>> in_sheet(0.1), in_sheet(3), in_sheet(Fraction(-1, 3)), in_sheet(Fraction(10**500, 10**500 + 1))
    ('0.1', '3', '-1/3', '1.0')

    Raises RangeError for a number that is infinite, NaN or too large for a float.
    """
    as_float = _float(x)
    if not isinstance(x, Rational):
        return repr(as_float)
    top, bottom = int(x.numerator), int(x.denominator)
    if max(abs(top), bottom) >= 10**MAX_DIGITS:
        return repr(as_float)
    return str(top) if bottom == 1 else f"{top}/{bottom}"


def _float(x: Any) -> float:
    try:
        as_float = float(x)
    except OverflowError:
        as_float = math.inf
    if not math.isfinite(as_float):
        raise RangeError(f"a sheet computes with floats, and {figures.number(x)} is none that it can write")
    return as_float


SHEET = Notation(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, PRODUCT)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, PRODUCT)),
        ops.mul: Spelling("{}*{}", PRODUCT, (NEGATION, POWER)),
        ops.portion: Spelling("{}*{}", PRODUCT, (NEGATION, POWER)),
        ops.div: Spelling("{}/{}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("-{}", NEGATION, (PRODUCT,)),
        ops.pow: Spelling("{}^{}", POWER, (ATOM, ATOM)),
    },
    number=lambda x, _digits: in_sheet(x),
    compound=("/",),
    squares=True,
)

_INDEX = re.compile(r"\[\d+(,\d+)*\]$")


def _name(label: str) -> str:
    """Return the name that the sheet language reads in a label, with or without an index; empty where it reads none.

    >>> [_name(label) for label in ("w₁", "w[1,2]", "½", "h + 1", "for")]
    ['w1', 'w[1,2]', '', '', '']
    """
    index = _INDEX.search(label)
    try:
        tokens = tokenize(_INDEX.sub("", label), 1)
    except SheetError:
        return ""
    if [token.kind for token in tokens] != ["name"] or tokens[0].text in ("for", "loss", "sum"):
        return ""
    return tokens[0].text + (index[0] if index else "")


def to_sheet(output: Value | Graph) -> tuple[str, dict[Value, str]]:
    """Return the sheet that computes a graph, one line a node, and the name of each node in it.

    A label that is no name in the sheet language, or that is taken, gets another: v1, v2, …

    >>> from autograd.engine.value import Value
    >>> x = Value(2.0, label="x")
    >>> y = (x * 3.0).tanh(); y.label = "y"
    >>> print(to_sheet(y)[0])
    x = 2.0
    v1 = x*3.0
    y = tanh(v1)
    loss: y

    Raises StaleGraphError if a number was changed after it had been used, RangeError for one that is infinite, NaN
    or too large for a float, OperandError for no Value.
    """
    graph = as_graph(output)
    graph.require_fresh("to_sheet")
    wanted = {node: _name(name) for node, name in graph.names.items()}
    given = {name for name in wanted.values() if name}
    others = (f"v{number}" for number in count(1) if f"v{number}" not in given)
    called: dict[Value, str] = {}
    taken: set[str] = set()
    for node, name in wanted.items():
        reads_as_a_derivative = name.startswith("d") and (name[1:] in given or "_d" in name)
        called[node] = next(others) if not name or name in taken or reads_as_a_derivative else name
        taken.add(called[node])
    lines = [f"{called[node]} = {_formula(node, called)}" for node in graph.order]
    return "\n".join([*lines, f"loss: {called[graph.output]}"]), called


def _formula(node: Value, called: dict[Value, str]) -> str:
    if node.op is None:
        return repr(_float(node.data))
    operands = [Symbol(called[v]) if v in called else v for v in node.operands]
    return write(written(node.op, operands), SHEET)
