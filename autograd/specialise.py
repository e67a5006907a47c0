"""Faster operators for `Value`, written by the table.

For each operator and method of `Operators` one is generated that computes the number, takes the
local derivatives and makes the node, all in one function, as one would by hand; for the ops of any
number of arguments one function does it. They mean what `record` means, bit for bit (a test says
so), and hand over to it whatever is not made of floats or goes wrong. Deleting this module leaves
every answer as it is.

The source is registered with `linecache`: a debugger steps through it, a traceback shows it.
"""

from __future__ import annotations

import linecache
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from autograd.expr import Apply, Symbol, derivative
from autograd.operators import Operators
from autograd.ops import TABLE, VARIADIC, Op
from autograd.printing import PYTHON, python

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

# Any number of operands. Where all are Values, the usual case, the operands are the parents; plain
# numbers among them are no parents and have no local derivative.
VARIADIC_READ = """
def read(op, operands):
    if op.arity != VARIADIC:
        if len(operands) == op.arity and operands[0].__class__ is Value and op in methods:
            return methods[op](*operands)
        return record(op, operands)
    operands = parents = tuple(operands)
    kinds = list(map(type, operands))
    values = kinds.count(Value)
    try:
        if values == len(kinds):
            y, locals_ = rows.get((op, values, True), read_row)(op, operands)
        else:
            numbers = [v.data if v.__class__ is Value else v for v in operands]
            if not FLOAT_OR_INT.issuperset(map(type, numbers)):
                return record(op, operands)
            y, locals_ = rows.get((op, len(kinds), False), read_row)(op, numbers)
            parents = tuple([v for v in operands if v.__class__ is Value])
            locals_ = tuple([local for local, kind in zip(locals_, kinds) if kind is Value])
    except TROUBLE:
        return record(op, operands)
    if y.__class__ is not float:
        return record(op, operands)
    node = new(Value)
    node.data = y
    node.grad = NOT_YET
    node.op = op
    node._note = ""
    node._a = operands
    node._da = None
    node._b = parents
    node._db = locals_
    return node
"""

# One row of the table, written out for as many operands as it is often read with.
WRITTEN_OUT = """
def row(op, operands):
    {operands}, = operands
{data}    y = {y}
    return y, ({locals},)
"""
OFTEN = 100  # writing a row out takes as long as reading it a few hundred times
LONGEST = 129  # 64 inputs, their weights and a bias

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
    methods = {"read": VARIADIC_READ}
    for op in TABLE.values():
        if op.arity == 1:
            x = Symbol("x")
            method = _method(op)
            methods[method] = UNARY.format(
                method=method, op=op.name, y=_forward(op, x), da=python(derivative(op, Symbol("y"), [x], 0))
            )
        elif op.arity == 2:
            a, b = Symbol("a"), Symbol("b")
            da, db = (python(derivative(op, Symbol("y"), [a, b], index)) for index in (0, 1))
            fields = {"op": op.name, "y": _forward(op, a, b), "da": da, "db": db}
            method, dunder = _method(op), DUNDERS.get(op.name)
            default = f"={op.defaults[0]!r}" if op.defaults else ""
            methods[method] = BINARY.format(method=method, default=default, **fields)
            if dunder:
                method = f"__r{dunder}__"
                identity = SUM_STARTS if op.name == "add" else ""
                methods[method] = REFLECTED.format(method=method, identity=identity, **fields)
    return {method: source for method, source in methods.items() if method == "read" or hasattr(Operators, method)}


def _method(op: Op) -> str:
    """The method that is this op: `__add__`, `__neg__`, `tanh`."""
    if op.name in DUNDERS:
        return f"__{DUNDERS[op.name]}__"
    return PLAIN.get(op.name, op.name)


def _forward(op: Op, *args: Symbol) -> str:
    """What the row computes: an operator where Python has one of the same meaning, else a call."""
    return PYTHON.write(Apply(op, args))


def install(value: Any, record: Callable[..., Any], not_yet: float) -> None:
    """Put the specialised methods in front of the plain ones of the class."""
    if _replaced:
        return
    written = sources()
    names: dict[str, Any] = {op.name: op.forward for op in TABLE.values()}
    names |= {f"OP_{op.name}": op for op in TABLE.values()}
    names |= {"Value": value, "new": value.__new__, "record": record, "NOT_YET": not_yet, "TROUBLE": TROUBLE}
    names |= {"VARIADIC": VARIADIC, "FLOAT_OR_INT": {float, int}, "rows": _rows, "read_row": read_row, "methods": {}}
    methods = _defined(FILE, "".join(written.values()), names)
    names["methods"].update({op: methods[_method(op)] for op in TABLE.values() if _method(op) in methods})
    for method in written:
        _replaced[method] = vars(value).get(method)
        setattr(value, method, staticmethod(methods[method]) if method == "read" else methods[method])


def remove(value: Any) -> None:
    """Leave the plain methods alone again."""
    while _replaced:
        method, plain = _replaced.popitem()
        if plain is None:
            delattr(value, method)
        else:
            setattr(value, method, plain)


def _defined(file: str, source: str, names: dict[str, Any]) -> dict[str, Any]:
    """What the source defines, and the source where a debugger looks for it."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    defined: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names, defined)  # noqa: S102 -- our own table, as source
    return defined


# -- Rows of any number of operands ---------------------------------------------------------------


def read_row(op: Op, operands: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
    """Read an n-ary row: the result and its local derivatives. A row that is read often is written out.

    The operands are a tuple of Values or a list of numbers.
    """
    of_values = isinstance(operands, tuple)
    key = op, len(operands), of_values
    _uses[key] += 1
    if _uses[key] == OFTEN and len(operands) <= LONGEST:
        file = f"<autograd: {op.name} of {len(operands)} {'Values' if of_values else 'numbers'}, from the table>"
        with suppress(RecursionError):  # a caller near its limit does without
            source = written_out(op, len(operands), of_values=of_values)
            _rows[key] = _defined(file, source, {op.name: op.forward for op in TABLE.values()})["row"]
    numbers = [v.data for v in operands] if of_values else operands
    y = op.forward(*numbers)
    return y, tuple(op.partials[0](y, *numbers))


def written_out(op: Op, count: int, *, of_values: bool) -> str:
    """The source of the same for one number of operands, without loops.

    >>> from autograd import ops
    >>> print(written_out(ops.affine, 5, of_values=False).strip())
    def row(op, operands):
        x1, x2, x3, x4, x5, = operands
        y = x1 * x2 + x3 * x4 + x5
        return y, (x2, x1, x4, x3, 1,)
    """
    names = [f"x{n}" for n in range(1, count + 1)]
    symbols = [Symbol(name) for name in names]
    try:
        y = python(op.forward(*symbols))
    except TypeError:  # what it computes depends on a condition: call it as it stands
        y = _forward(op, *symbols)
    return WRITTEN_OUT.format(
        operands=", ".join(names),
        data="".join(f"    {name} = {name}.data\n" for name in names) if of_values else "",
        y=y,
        locals=", ".join(map(python, op.partials[0](Symbol("y"), *symbols))),
    )


_replaced: dict[str, Any] = {}
_rows: dict[tuple[Op, int, bool], Callable[[Op, Sequence[Any]], tuple[Any, tuple[Any, ...]]]] = {}
_uses: Counter[tuple[Op, int, bool]] = Counter()
