"""Faster operators for `Value`, written by the table; `fast_pass` has a faster order and backward pass.

For each operator and method of `Operators` one is generated that computes the number, takes the local derivatives and
makes the node, all in one function, as one would by hand; for the ops of any number of arguments one function does it.
They mean what `record` means, bit for bit (a test says so), and hand over to it whatever is not made of floats or goes
wrong. Deleting this module leaves every answer as it is.

The source is registered with `linecache`: a debugger steps through it, a traceback shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.engine import fast_pass, origins
from autograd.engine.generated import defined
from autograd.engine.value import NOT_YET, Value, record
from autograd.errors import OperandError
from autograd.symbolic.expr import Apply, Symbol, derivative, written
from autograd.symbolic.printer import python
from autograd.symbolic.shared_parts import with_shared_parts
from autograd.table.operators import Operators
from autograd.table.ops import TABLE, VARIADIC, Op
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kinds: TypeAlias = "Sequence[type | None]"  # of operands: None for a Value, else the kind of number

FILE = "<autograd: operators of Value, specialized from the table>"

METHODS = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "div": "__truediv__", "pow": "__pow__"}
METHODS |= {"neg": "__neg__", "abs": "__abs__"}  # the others have the name of their op

# What an operation may raise; `record` then raises the error that names things. A warning is NumPy's, of a number that
# was assigned to `data`: `record` computes with the plain number that it is.
TROUBLE = (ArithmeticError, ValueError, TypeError, LookupError, Warning)

# The end of each of the functions below; `odd` is what makes it a matter for `record`.
CHECK = """\
    except TROUBLE:
        return record({op}, {operands})
    if {odd}:
        return record({op}, {operands})
"""
NODE = """\
    node = new(Value)
    node.data = y
    node.grad = NOT_YET
    node.op = {op}
    node._note = ""
    node._a = {a}
    node._da = {da}
    node._b = {b}
    node._db = {db}
    return node
"""

UNARY = """
def {method}(self):
    x = self.data
    if x.__class__ is not float:
        return record(OP_{op}, (self,))
    try:
        y = {y}
        da = {da}
    except TROUBLE:
        return record(OP_{op}, (self,))
{too_large}""" + NODE.format(op="OP_{op}", a="self", da="da", b="None", db="None")

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
            return of_another_kind(OP_{op}, self, other)
""" + (CHECK + NODE).format(op="OP_{op}", operands="(self, other)", odd="{odd}", a="self", da="da", b="other", db="db")

# `other` is on the left and is no Value: a plain number, or a matter for `record`.
REFLECTED = """
def {method}(self, other):
    kind = other.__class__
    if kind is not float and kind is not int:
        return record(OP_{op}, (other, self))
{identity}    try:
        a, b = other, self.data
        y = {y}
        db = {db}
""" + (CHECK + NODE).format(
    op="OP_{op}", operands="(other, self)", odd="{odd_r}", a="other", da="None", b="self", db="db"
)

# Any number of operands. The row is the one last read with as many, where it is for operands of these kinds.
VARIADIC_READ = """
def read(op, operands):
    if op.arity != VARIADIC:
        if len(operands) == op.arity and operands[0].__class__ is Value and op in methods:
            return methods[op](*operands)
        return record(op, operands)
    operands = tuple(operands)
    try:
        key = op, len(operands), operands[0].__class__ is operands[-1].__class__ is Value
        y, parents, locals_ = rows.get(key, read_row)(op, operands)
    except OTHER_KINDS:
        operands = tuple(map(plain, operands))
        try:
            y, parents, locals_ = read_row(op, operands)
        except TROUBLE:
            return record(op, operands)
""" + (CHECK + NODE).format(
    op="op", operands="operands", odd="y.__class__ is not float", a="operands", da="None", b="parents", db="locals_"
)

DATA = "_data_of_a_value"  # nothing but a Value has it: asking anything else for it raises AttributeError
OFTEN = 100  # writing a row out takes as long as reading it a few hundred times
LONGEST = 129  # 64 inputs, their weights and a bias
MAX_ROWS = 1000  # rows that are kept, and counts of those that may come

UNBOUNDED = re.compile(r"/|monomial|xlogy")  # in a derivative: it may be infinite where operands and result are not

SUM_STARTS = "    if kind is int and other == 0:\n        return self\n"


def sources() -> dict[str, str]:
    """Return the source of each method, by its name.

    >>> print(sources()["tanh"].split("except")[0].strip())
    def tanh(self):
        x = self.data
        if x.__class__ is not float:
            return record(OP_tanh, (self,))
        try:
            y = tanh(x)
            da = 1 - y * y
    """
    methods = {"read": VARIADIC_READ}
    for op in TABLE.values():
        if op.arity not in (1, 2):
            continue
        args = tuple(map(Symbol, "x" if op.arity == 1 else "ab"))
        da, *db = [python(derivative(op, Symbol("y"), args, index)) for index in range(op.arity)]
        fields = {"op": op.name, "y": python(Apply(op, args)), "da": da, "db": "".join(db)}
        fields |= _checks(op, da, *db)
        method, default = METHODS.get(op.name, op.name), f"={op.defaults[0]!r}" if op.defaults else ""
        methods[method] = (BINARY if db else UNARY).format(method=method, default=default, **fields)
        if db and op.name in METHODS:
            method, identity = method.replace("__", "__r", 1), SUM_STARTS if op.name == "add" else ""
            methods[method] = REFLECTED.format(method=method, identity=identity, **fields)
    return {method: source for method, source in methods.items() if method == "read" or hasattr(Operators, method)}


def _checks(op: Op, da: str, db: str = "") -> dict[str, str]:
    """Return what is left to `record`, in a method and in the reflected one: numbers of other kinds, and large locals.

    Numbers of other kinds give a result of another kind, but a row with a kink may return one operand and look at the
    other in its derivatives alone. A derivative that is not bounded may be infinite: then d − d is NaN, which is true.
    """
    unbounded = UNBOUNDED.search(da + db)
    if not db:
        return {"too_large": f"    if da - da:\n        return record(OP_{op.name}, (self,))\n" if unbounded else ""}
    odd = "y.__class__ is not float"
    if op.kink is not None:
        odd += " or a.__class__ is not float or b.__class__ not in KINDS"
    if unbounded:
        return {"odd": f"{odd} or da - da or db is not None and db - db", "odd_r": f"{odd} or db - db"}
    return {"odd": odd, "odd_r": odd}


def install() -> None:
    """Put the specialized methods of `Value` in front of the plain ones."""
    if _replaced:
        return
    written = sources()
    names: dict[str, Any] = {op.name: op.forward for op in TABLE.values()}
    names |= {f"OP_{op.name}": op for op in TABLE.values()}
    names |= {"Value": Value, "new": Value.__new__, "record": record, "NOT_YET": NOT_YET, "TROUBLE": TROUBLE}
    names |= {"VARIADIC": VARIADIC, "OTHER_KINDS": AttributeError, "rows": _rows, "read_row": read_row}
    names |= {"KINDS": KINDS, "plain": _plain, "of_another_kind": _of_another_kind, "methods": _methods}
    names["__name__"] = __name__  # which a function takes as its __module__
    methods = defined(FILE, "".join(written.values()), names)
    method_of = {op: METHODS.get(op.name, op.name) for op in TABLE.values()}
    _methods.update({op: methods[method] for op, method in method_of.items() if method in methods})
    for method in written:
        plain = getattr(Value, method)
        methods[method].__qualname__ = f"Value.{method}"
        methods[method].__doc__ = plain.__doc__  # help() says what it said before
        _replace(method, staticmethod(methods[method]) if method == "read" else methods[method])
    for method in ("_order", "_pass", "_gradients"):
        _replace(method, getattr(fast_pass, method))
    _replace(DATA, Value.data)  # type: ignore[misc] # the slot itself, under a second name


def _plain(operand: Any) -> Any:
    """Return an operand as `record` would make it a plain number; a Value, or what is no number, as it is."""
    number = None if operand.__class__ is Value else plain_number(operand)
    return operand if number is None else number


def _of_another_kind(op: Op, value: Value, other: Any) -> Value:
    """Return the node of a Value and a number of another kind, such as NumPy's, or leave it to `record`."""
    number = plain_number(other)
    if number.__class__ is float or number.__class__ is int:
        return _methods[op](value, number)
    return record(op, (value, other))


def remove() -> None:
    """Leave the plain methods alone again."""
    while _replaced:
        method, plain = _replaced.popitem()
        if plain is None:
            delattr(Value, method)
        else:
            setattr(Value, method, plain)


def _replace(method: str, by: Any) -> None:
    _replaced[method] = vars(Value).get(method)
    setattr(Value, method, by)


# -- Rows of any number of operands ---------------------------------------------------------------

Row: TypeAlias = "Callable[[Op, tuple[Any, ...]], tuple[Any, tuple[Any, ...], tuple[Any, ...]]]"


def read_row(op: Op, operands: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Read an n-ary row: its result, the parents, and their local derivatives. What is read often is written out.

    Raises TypeError for an operand that is neither a Value nor a float nor an int, and for a Value that
    holds anything else: a matter for `record`.
    """
    is_value = [hasattr(v, DATA) for v in operands]
    kinds = tuple([None if value else v.__class__ for v, value in zip(operands, is_value)])
    if not KINDS.issuperset(kinds):
        raise TypeError
    row = _rows.get((op, kinds)) or _written_row(op, kinds)
    if row is not None:
        _rows[op, len(kinds), kinds[0] is kinds[-1] is None] = row
        return row(op, operands)
    numbers = [getattr(v, DATA) if value else v for v, value in zip(operands, is_value)]
    if not NUMBERS.issuperset(map(type, numbers)):
        raise TypeError
    y = op.forward(*numbers)
    locals_ = op.partials[0](y, *numbers)
    if all(is_value):
        return y, operands, tuple(locals_)
    return y, tuple(compress(operands, is_value)), tuple(compress(locals_, is_value))


def _written_row(op: Op, kinds: Kinds) -> Row | None:
    """Return the row written out, once it was read often; None before that, and where it would be very long."""
    if len(_uses) >= MAX_ROWS:
        _uses.clear()
    _uses[op, kinds] += 1
    if _uses[op, kinds] < OFTEN or len(kinds) > LONGEST or len(_rows) >= MAX_ROWS:
        return None
    file = f"<autograd: {op.name} of {len(kinds)} operands, {len(_rows)}, from the table>"
    try:  # a caller near the limit of recursion does without, for a while
        source = written_out(op, kinds)
        row: Row = defined(file, source, {op.name: op.forward for op in TABLE.values()})["row"]
    except (RecursionError, OperandError):  # OperandError: its derivative has a branch, and cannot be written down
        _uses[op, kinds] = 0
        return None
    _rows[op, kinds] = row
    return row


def written_out(op: Op, kinds: Kinds) -> str:
    """Return one row of the table as source without loops, for operands of these kinds: None for a Value.

    A row that divides is for Values of floats alone, since two ints beside a fraction divide to a fraction; so is one
    with a function, which may look at a number of another kind and give a float.

    >>> from autograd.table import ops
    >>> print(written_out(ops.affine, [None, float, None, float, None]).strip())
    def row(op, operands):
        v1, x2, v3, x4, v5, = operands
        if not (x2.__class__ is x4.__class__ is float):
            raise AttributeError
        x1 = v1._data_of_a_value
        x3 = v3._data_of_a_value
        x5 = v5._data_of_a_value
        y = x1 * x2 + x3 * x4 + x5
        return y, (v1, v3, v5,), (x2, x4, 1,)
    """
    symbols = tuple(Symbol(f"x{place}") for place in range(1, len(kinds) + 1))
    names = [f"v{place}" if kind is None else f"x{place}" for place, kind in enumerate(kinds, start=1)]
    values = [place for place, kind in enumerate(kinds, start=1) if kind is None]
    y = written(op, symbols)
    every = op.partials[0](y, *symbols)
    parts, formulas = with_shared_parts([y, *(every[place - 1] for place in values)])
    computed = [f"{name} = {python(part)}" for name, part in parts] + [f"y = {python(formulas[0])}"]
    locals_ = [python(formula) for formula in formulas[1:]]
    lines = ["def row(op, operands):", f"    {', '.join(names)}, = operands"]

    def require(checked: Sequence[str], kind: type, error: str) -> None:
        if checked:
            is_of_the_kind = f"{'.__class__ is '.join(checked)}.__class__ is {kind.__name__}"
            lines.extend([f"    if not ({is_of_the_kind}):", f"        raise {error}"])

    for number in (float, int):
        require([name for name, kind in zip(names, kinds) if kind is number], number, "AttributeError")
    lines += [f"    x{place} = v{place}.{DATA}" for place in values]
    if any("/" in part or "(" in part for part in (*computed, *locals_)):
        require([f"x{place}" for place in values], float, "TypeError")
    parents = "operands" if len(values) == len(kinds) else f"({', '.join(f'v{place}' for place in values)},)"
    lines += [f"    {line}" for line in computed]
    lines.append(f"    return y, {parents}, ({', '.join(locals_)},)" if values else "    return y, (), ()")
    return "\n".join(lines) + "\n"


KINDS = {None, float, int}
NUMBERS = {float, int}
_methods: dict[Op, Callable[..., Value]] = {}  # of one or two operands
_replaced: dict[str, Any] = {}
_rows: dict[tuple[Any, ...], Row] = {}  # by op and kinds; by op, count and "the ends are Values": the one last read
_uses: Counter[tuple[Op, Kinds]] = Counter()


# Step aside while origins are traced: only the plain operators note who called them.
origins.tracing_changed.append(lambda: remove() if origins.tracing else install())
install()
