"""Faster operators for `Value`, written by the table.

For each op of one or two arguments a method is generated that computes the number, takes the
local derivatives and makes the node, all in one function, as one would by hand. They mean what
`record` means, bit for bit (a test says so), and hand over to it whatever is not made of floats or
goes wrong. Deleting this module leaves every answer as it is.

The source is registered with `linecache`: a debugger steps through it, a traceback shows it.
"""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

from autograd.expr import Apply, Symbol, derivative
from autograd.ops import TABLE, Op
from autograd.printing import PYTHON, python

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = "<autograd: operators of Value, specialised from the table>"

DUNDERS = {"add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "pow": "pow"}
PLAIN = {"neg": "__neg__", "abs": "__abs__"}

# What a float operation may raise; `record` then raises the error that names things.
TROUBLE = (ArithmeticError, ValueError, TypeError)

UNARY = """
def {method}(self):
    try:
        x = self.data
        y = {y}
        da = {da}
    except TROUBLE:
        return record(OP_{op}, (self,))
    if y.__class__ is not float:
        return record(OP_{op}, (self,))
    node = new(Value)
    node.data = y
    node.grad = NOT_YET
    node.op = OP_{op}
    node._note = ""
    node._a = self
    node._da = da
    node._b = node._db = None
    return node
"""

# The other operand: a Value; a plain number (no edge, so no local derivative); or a matter for `record`.
BINARY = """
def {method}(self, other{default}):
    kind = other.__class__
    try:
        if kind is Value:
            a, b = self.data, other.data
            y = {y}
            da = {da}
            db = {db}
        elif kind is float or kind is int:
            a, b = self.data, other
            y = {y}
            da = {da}
            db = None
        else:
            return record(OP_{op}, (self, other))
    except TROUBLE:
        return record(OP_{op}, (self, other))
    if y.__class__ is not float:
        return record(OP_{op}, (self, other))
    node = new(Value)
    node.data = y
    node.grad = NOT_YET
    node.op = OP_{op}
    node._note = ""
    node._a = self
    node._da = da
    node._b = other
    node._db = db
    return node
"""

# `other` is on the left and is no Value: a plain number, or a matter for `record`.
REFLECTED = """
def {method}(self, other):
    kind = other.__class__
    if kind is float or kind is int:
{identity}        try:
            a, b = other, self.data
            y = {y}
            db = {db}
        except TROUBLE:
            return record(OP_{op}, (other, self))
        if y.__class__ is float:
            node = new(Value)
            node.data = y
            node.grad = NOT_YET
            node.op = OP_{op}
            node._note = ""
            node._a = other
            node._da = None
            node._b = self
            node._db = db
            return node
    return record(OP_{op}, (other, self))
"""

SUM_STARTS = "        if kind is int and other == 0:\n            return self\n"


def sources() -> dict[str, str]:
    """The source of each method, by its name.

    >>> print(sources()["tanh"].split("except")[0].strip())
    def tanh(self):
        try:
            x = self.data
            y = tanh(x)
            da = 1 - y * y
    """
    methods = {}
    for op in TABLE.values():
        if op.arity == 1:
            x = Symbol("x")
            method = PLAIN.get(op.name, op.name)
            methods[method] = UNARY.format(
                method=method, op=op.name, y=_forward(op, x), da=python(derivative(op, Symbol("y"), [x], 0))
            )
        elif op.arity == 2:
            a, b = Symbol("a"), Symbol("b")
            da, db = (python(derivative(op, Symbol("y"), [a, b], index)) for index in (0, 1))
            fields = {"op": op.name, "y": _forward(op, a, b), "da": da, "db": db}
            dunder = DUNDERS.get(op.name)
            method = f"__{dunder}__" if dunder else op.name
            default = f"={op.defaults[0]!r}" if op.defaults else ""
            methods[method] = BINARY.format(method=method, default=default, **fields)
            if dunder:
                method = f"__r{dunder}__"
                identity = SUM_STARTS if op.name == "add" else ""
                methods[method] = REFLECTED.format(method=method, identity=identity, **fields)
    return methods


def _forward(op: Op, *args: Symbol) -> str:
    """What the row computes: an operator where Python has one of the same meaning, else a call."""
    return PYTHON.write(Apply(op, args))


def install(value: Any, record: Callable[..., Any], not_yet: float) -> None:
    """Put the specialised methods in front of the plain ones of the class."""
    if _replaced:
        return
    written = sources()
    source = "".join(written.values())
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    names: dict[str, Any] = {op.name: op.forward for op in TABLE.values()}
    names |= {f"OP_{op.name}": op for op in TABLE.values()}
    names |= {"Value": value, "new": value.__new__, "record": record, "NOT_YET": not_yet, "TROUBLE": TROUBLE}
    methods: dict[str, Any] = {}
    exec(compile(source, FILE, "exec"), names, methods)  # noqa: S102 -- our own table, as source
    for method in written:
        _replaced[method] = vars(value).get(method)
        setattr(value, method, methods[method])


def remove(value: Any) -> None:
    """Leave the plain methods alone again."""
    while _replaced:
        method, plain = _replaced.popitem()
        if plain is None:
            delattr(value, method)
        else:
            setattr(value, method, plain)


_replaced: dict[str, Any] = {}
