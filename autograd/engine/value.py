"""A number that remembers how it was computed, and the backward pass over what it remembers.

A *node* is a `Value`; one that was given rather than computed is a *leaf*. A node knows its
*operands* (in order, repeats kept), those of them that are nodes, its *parents*, and for each
parent its *local derivative*, taken from the table when the node was recorded. `backward()` sends
each node's gradient, its *upstream*, through the local derivatives: one *contribution* an edge.

This file is the plain version. `specialise` puts faster operators of the same meaning in front;
`steps` is the same backward pass one node at a time.
"""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from itertools import filterfalse
from math import isfinite
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.engine import fast, origins
from autograd.engine.origins import Note
from autograd.errors import DivisionByZeroError, DomainError, OperandError, RangeError
from autograd.formatting import escapes, figures
from autograd.symbolic import printer
from autograd.symbolic.expr import Symbol, derivative
from autograd.table.operators import Operators
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from autograd.engine.origins import Origin, Scope
    from autograd.table.ops import Op

# The zero that a gradient is before any backward pass: recognised by identity, so that a picture
# can tell "not computed" from "computed, and zero".
NOT_YET = float("0")


class Value(Operators["Value"]):
    """A number in a computation, its gradient, and what it was computed from.

    `data` is any real number; `label` is what it is called in every view. Arithmetic with other
    Values and with plain numbers records nodes; `backward()` fills `grad`.

    >>> x = Value(3.0, label="x")
    >>> y = x**3
    >>> y.backward()
    >>> y.data, x.grad
    (27.0, 27.0)

    Raises OperandError for something that is not a number, and DomainError (also a ValueError) at
    an operation that is not defined at its operands.
    """

    __slots__ = ("_a", "_b", "_da", "_db", "_note", "data", "grad", "op")

    # How a node holds its edges, in few words of memory and no container for one or two:
    #   leaf      _da None,  _db None
    #   unary     _da local, _db None           operand _a
    #   binary    _da local, _db local          operands _a, _b; a local is None at a plain number
    #   n-ary     _da None,  _db all locals     operands in the tuple _a, parents in the tuple _b
    _a: Any
    _b: Any
    _da: Any
    _db: Any
    _note: Any
    data: Any
    grad: Any
    op: Op | None

    def __init__(self, data: Any, label: str = "", _no_op: str = "") -> None:
        if data.__class__ is not float:
            data = checked_number(data)
        if label.__class__ is not str and not isinstance(label, str):
            label = _checked_label(label)
        self.data = data
        self.grad = NOT_YET
        self.op = None
        self._note = label
        self._a = self._b = self._da = self._db = None

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> Value:
        """Record `op(*args)` as a node; called by the op."""
        return record(op, args)

    # -- What a node knows ----------------------------------------------------------------------

    @property
    def label(self) -> str:
        """What this node is called in every view; empty if it has no name."""
        note = self._note
        label: str = note if isinstance(note, str) else note.label
        return label

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise OperandError(f"a label is a string, not {_described(label)}")
        if isinstance(self._note, str):
            self._note = label
        else:
            self._note = Note(label, self._note.origin, self._note.scope)

    @property
    def origin(self) -> Origin | None:
        """The file and line that made this node, if it was made under `trace_origins()`."""
        return None if isinstance(self._note, str) else self._note.origin

    @property
    def scope(self) -> Scope | None:
        """The use of a neuron or layer that this node was made in, if there is one."""
        return None if isinstance(self._note, str) else self._note.scope

    def tag(self, label: str, scope: Scope) -> Value:
        """Give the node its label and its scope, and return it."""
        note = self._note
        self._note = Note(label, None if isinstance(note, str) else note.origin, scope)
        return self

    @property
    def has_grad(self) -> bool:
        """Whether `grad` was filled or set; before that it is a zero that means nothing yet.

        >>> x = Value(3.0)
        >>> x.has_grad, (x * 0).backward(), x.has_grad
        (False, None, True)
        """
        return self.grad is not NOT_YET and self.grad is not None  # None is how PyTorch code clears it

    @property
    def operands(self) -> tuple[Any, ...]:
        """What this node was computed from, in order: Values and plain numbers."""
        if self.op is None:
            return ()
        if self._a.__class__ is tuple:
            operands: tuple[Any, ...] = self._a
            return operands
        return (self._a,) if self.op.arity == 1 else (self._a, self._b)

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands that are nodes, in order, repeats kept: in x·x, x twice."""
        return tuple(parent for parent, _ in self.edges())

    @property
    def locals(self) -> tuple[Any, ...]:
        """The local derivative with respect to each of the parents, as it was recorded."""
        return tuple(local for _, local in self.edges())

    def edges(self) -> list[tuple[Value, Any]]:
        """Each parent with the local derivative along the edge to it."""
        if self._a.__class__ is tuple:
            return list(zip(self._b, self._db))
        edges = []
        if self._da is not None:
            edges.append((self._a, self._da))
        if self._db is not None:
            edges.append((self._b, self._db))
        return edges

    def __repr__(self) -> str:
        label = f", label={escapes.plain(self.label)!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{label})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)  # f"{E:.4f}", as in every training loop

    # -- The backward pass ----------------------------------------------------------------------

    def backward(self) -> None:
        """Fill `grad` of this node and of every node it was computed from.

        A leaf adds what it receives to the gradient it has; the nodes between are computed anew,
        and keep their gradient to be looked at.

        >>> x = Value(3.0)
        >>> y = x**3
        >>> y.backward(); y.backward()
        >>> x.grad, y.grad
        (54.0, 1.0)

        Raises DomainError if a local derivative on the way does not exist, naming the operation;
        then, as after Ctrl-C, every gradient is as it was before.
        """
        order = topological_order(self)
        filled = [node for node in order if node.grad is not NOT_YET]
        before = [node.grad for node in filled]
        try:  # around a call, not a loop: Python 3.13 leaves some jumps of a loop, where Ctrl-C comes in, out of it
            self._fill(order, filled, before)
        except BaseException:
            for node in order:
                node.grad = NOT_YET
            for node, grad in zip(filled, before):
                node.grad = grad
            raise

    def _fill(self, order: list[Value], filled: list[Value], before: list[Any]) -> None:
        """The pass itself; `before` are the gradients that the nodes in `filled` had."""
        zero = type(self.data)()
        for node in order:
            node.grad = zero
        self.grad = zero + 1
        for node in reversed(order):
            da = node._da
            if da is not None:
                upstream = node.grad
                node._a.grad += upstream * da
                db = node._db
                if db is not None:
                    node._b.grad += upstream * db
                continue
            db = node._db
            if db is not None:
                upstream = node.grad
                if db.__class__ is tuple:
                    if upstream == 0 and upstream.__class__ is zero.__class__ is float and isfinite(sum(db)):
                        continue  # a neuron that is off: every contribution is zero and changes nothing
                    for parent, local in zip(node._b, db):
                        parent.grad += upstream * local
                else:
                    node._b.grad += upstream * db
        for node, grad in zip(filled, before):
            if node.op is None and grad is not None:
                node.grad += grad

    # -- What code written for micrograd reads --------------------------------------------------

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.parents

    @property
    def _op(self) -> str:
        return "" if self.op is None else self.op.symbol

    def __pos__(self) -> Value:
        return self

    def __radd__(self, other: Any) -> Value:
        if other.__class__ is int and other == 0:  # where Python's sum() starts
            return self
        return super().__radd__(other)

    def __float__(self) -> float:
        raise OperandError(
            f"{describe(self)} is a node, and float() would drop it from the graph: "
            "write .data for the number, or use this library's function (autograd.exp, …)"
        )


# -- Checking what comes in ---------------------------------------------------------------------


def _described(thing: Any) -> str:
    text = escapes.plain(repr(thing))
    return f"{text if len(text) <= 40 else text[:37] + '…'} ({type(thing).__name__})"


def checked_number(data: Any) -> Any:
    """The number itself, a float where it is one by another name; OperandError for anything else."""
    if isinstance(data, float):
        return float(data)
    if isinstance(data, Real):
        return data
    if isinstance(data, Value):
        raise OperandError(f"a Value holds a number, and {describe(data)} is a Value already: use it as it is")
    raise OperandError(f"a Value holds a real number, not {_described(data)}")


def _checked_label(label: Any) -> str:
    if label == ():  # micrograd and microgpt write Value(data, ()) for a leaf
        return ""
    if isinstance(label, tuple):
        raise OperandError(
            "Value(data, label) makes a leaf; a node with parents is made by an operation, and a new "
            "operation is one row of the table in autograd/table/ops.py"
        )
    raise OperandError(f"a label is a string, not {_described(label)}")


def describe(operand: Any) -> str:
    """An operand in an error message: its label and its value.

    >>> describe(Value(-0.5, label="p")), describe(2.0)
    ('p = −0.5', '2')
    """
    if isinstance(operand, Value):
        value = figures.number(operand.data)
        return f"{escapes.plain(operand.label)} = {value}" if operand.label else value
    return figures.number(operand) if isinstance(operand, Real) else _described(operand)


# -- Recording ----------------------------------------------------------------------------------


class Undefined:
    """A local derivative that does not exist; whoever computes with it gets the reason."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __rmul__(self, upstream: Any) -> Any:
        raise DomainError(self.reason)

    __mul__ = __add__ = __radd__ = __rmul__

    def __repr__(self) -> str:
        return "undefined"


def record(op: Op, operands: Sequence[Any]) -> Value:
    """Make the node `op(*operands)`: the plain meaning of every operation on Values.

    Raises OperandError for an operand that is no number or one too many, DomainError where the op
    is not defined.
    """
    if op.arity not in (VARIADIC, len(operands)):
        shown = ", ".join(describe(operand) for operand in operands)
        raise OperandError(f"{op.name} takes {op.arity} argument{'s' * (op.arity > 1)}, not {len(operands)}: {shown}")
    operands = [v if isinstance(v, Value) else _checked_operand(op, v) for v in operands]
    numbers = [v.data if isinstance(v, Value) else v for v in operands]
    kinds = set(map(type, numbers))
    if Fraction in kinds and float not in kinds:  # exact stays exact: 1/3 is no float
        operands = [Fraction(v) if isinstance(v, int) else v for v in operands]
        numbers = [Fraction(number) if isinstance(number, int) else number for number in numbers]
    data = _evaluate(op, operands, numbers)
    try:
        locals_ = op.local_derivatives(data, numbers)
    except (ArithmeticError, ValueError):
        locals_ = _local_derivatives(op, data, operands, numbers)
    locals_ = [local if isinstance(operand, Value) else None for operand, local in zip(operands, locals_)]
    return node_of(op, operands, data, locals_, origins.new_note())


def node_of(op: Op, operands: Sequence[Any], data: Any, locals_: Sequence[Any], note: Any = "") -> Value:
    """The node as it is held; `locals_` has a local derivative for each operand, None for a plain number."""
    node = Value.__new__(Value)
    node.data = data
    node.grad = NOT_YET
    node.op = op
    node._note = note
    node._a = node._b = node._da = node._db = None
    if op.arity in (1, 2):
        node._a, node._da = operands[0], locals_[0]
        if op.arity == 2:
            node._b, node._db = operands[1], locals_[1]
    else:
        node._a = tuple(operands)
        node._b = tuple(operand for operand in operands if isinstance(operand, Value))
        node._db = tuple(local for local in locals_ if local is not None)
    return node


def _checked_operand(op: Op, operand: Any) -> Any:
    try:
        return checked_number(operand)
    except OperandError:
        raise OperandError(f"{op.name}: {_described(operand)} is neither a Value nor a real number") from None


def _evaluate(op: Op, operands: Sequence[Any], numbers: Sequence[Any]) -> Any:
    try:
        return op.forward(*numbers)
    except ZeroDivisionError:
        error: type[DomainError] = DivisionByZeroError
        reason = "divides by zero"
    except OverflowError:
        error, reason = RangeError, "is too large for a float"
    except ValueError:
        error, reason = DomainError, "is not a real number"
    except TypeError:
        kinds = " and ".join(type(number).__name__ for number in numbers)
        raise OperandError(f"{_called(op, operands)}: numbers of type {kinds} do not go together") from None
    raise error(f"{_called(op, operands)} {reason}{origins.where()}")


def _called(op: Op, operands: Sequence[Any]) -> str:
    """The operation as it was asked for, with its labels and values.

    >>> from autograd.table import ops
    >>> _called(ops.log, [Value(-0.5, label="p")]), _called(ops.div, [Value(1.0), 0])
    ('log of p = −0.5', 'div of 1 and 0')
    """
    shown = [describe(operand) for operand in operands[:4]] + ["…"] * (len(operands) > 4)
    return f"{op.name} of {' and '.join(shown)}"


class _Tried(Operators["_Tried"]):
    """A number, or the error in place of it: read with these, a row goes on past what is not defined."""

    __slots__ = ("error", "number")

    def __init__(self, number: Any, error: Exception | None = None) -> None:
        self.number = number
        self.error = error

    @staticmethod
    def read(op: Op, args: Sequence[Any]) -> _Tried:
        """Compute `op(*args)` as far as that can be done; called by the op."""
        tried = [arg if isinstance(arg, _Tried) else _Tried(arg) for arg in args]
        for arg in tried:
            if arg.error is not None:
                return arg
        try:
            return _Tried(op.forward(*[arg.number for arg in tried]))
        except (ArithmeticError, ValueError) as error:
            return _Tried(None, error)


def _local_derivatives(op: Op, data: Any, operands: Sequence[Any], numbers: Sequence[Any]) -> list[Any]:
    """Each local derivative by itself: `Undefined` with the reason where there is none at this point."""
    locals_: list[Any] = op.local_derivatives(_Tried(data), list(map(_Tried, numbers)))
    for index, local in enumerate(locals_):
        if isinstance(local, _Tried):
            locals_[index] = local.number
            if local.error is not None:
                locals_[index] = Undefined(_no_derivative(op, operands, index, local.error))
    return locals_


def _no_derivative(op: Op, operands: Sequence[Any], index: int, error: Exception) -> str:
    letters = {1: "x", 2: "ab", 3: "abc"}.get(op.arity) or [f"x{place}" for place in range(1, len(operands) + 1)]
    formula = printer.text(derivative(op, Symbol("y"), list(map(Symbol, letters)), index))
    what = "is too large for a float" if isinstance(error, OverflowError) else "is not defined"
    return (
        f"{_called(op, operands)} has no derivative with respect to {describe(operands[index])}: {formula} {what} there"
    )


def _local_derivative(op: Op, data: Any, operands: Sequence[Any], numbers: Sequence[Any], index: int) -> Any:
    """One local derivative, or `Undefined` with the reason where there is none at this point."""
    return _local_derivatives(op, data, operands, numbers)[index]


# -- Where a node was made ----------------------------------------------------------------------


@contextmanager
def trace_origins() -> Iterator[None]:
    """Let every node made inside know the file and line that made it, as `node.origin`.

    It records by the plain operators, which take several times as long.

    >>> with trace_origins():
    ...     y = Value(2.0) * 3
    >>> y.origin.line
    2
    """
    origins.tracing += 1
    fast.remove(Value)
    try:
        yield
    finally:
        origins.tracing -= 1
        if not origins.tracing:
            fast.install(Value, record, NOT_YET)


# -- Names --------------------------------------------------------------------------------------


def name_values(names: Mapping[str, Any]) -> None:
    """Label every Value that has no label yet with the name it is known by: `name_values(locals())`.

    Lists and tuples of Values are labelled with their index, `w[0]`. Names that begin with an
    underscore are left out; where a Value has two names the first is taken.

    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b
    >>> name_values(locals())
    >>> c.label, c.parents[0].label
    ('c', 'a')

    Raises OperandError if what is given is no mapping.
    """
    if not hasattr(names, "items"):
        raise OperandError(f"name_values wants a mapping of names, such as locals(), not {_described(names)}")
    for name, thing in list(names.items()):
        if isinstance(name, str) and not name.startswith("_"):
            _name(name, thing)


def _name(name: str, thing: Any) -> None:
    if isinstance(thing, Value):
        if not thing.label:
            thing.label = name
    elif isinstance(thing, (list, tuple)):
        for index, item in enumerate(thing):
            _name(f"{name}[{index}]", item)


# -- Order --------------------------------------------------------------------------------------


def topological_order(root: Value) -> list[Value]:
    """Every node below `root`, each after all of its parents; `root` is the last.

    Reversed it is the order of the backward pass, in which the first operand's branch comes first.
    The same program gives the same order. No recursion: a chain may be a million long.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label for node in topological_order(a * b)]
    ['b', 'a', '']
    """
    node: Value | None = _checked_root(root)
    order: list[Value] = []
    seen: set[Value] = set()
    waiting: list[Value | None] = []
    pop, push, visit, finish = waiting.pop, waiting.append, seen.add, order.append
    while True:
        if node is None:  # everything below the node under this mark is in the order
            finish(pop())  # type: ignore[arg-type]
        elif node not in seen:
            visit(node)
            if node.op is None:
                finish(node)
            else:
                push(node)
                push(None)
                if node._da is not None:
                    if node._db is None:
                        node = node._a
                    else:
                        push(node._a)
                        node = node._b
                    continue  # straight on to the last operand, which would come off the pile next
                if node._db.__class__ is tuple:
                    if not seen.issuperset(node._b):
                        waiting.extend(filterfalse(seen.__contains__, node._b))
                elif node._db is not None:
                    push(node._b)
        if not waiting:
            return order
        node = pop()


def _checked_root(root: Any) -> Value:
    if not isinstance(root, Value):
        raise OperandError(f"a graph starts at a Value, not at {_described(root)}")
    return root


def leaves(root: Value) -> list[Value]:
    """The leaves that `root` was computed from, in the order in which they are written.

    >>> [leaf.label for leaf in leaves(Value(2.0, "a") * Value(3.0, "b"))]
    ['a', 'b']
    """
    found: dict[Value, None] = {}  # in order, each once
    seen: set[Value] = set()
    stack = [_checked_root(root)]
    while stack:
        node = stack.pop()
        if node.op is None:
            found[node] = None
        elif node not in seen:
            seen.add(node)
            stack.extend(reversed(node.parents))
    return list(found)


def zero_grad(parameters: Iterable[Value]) -> None:
    """Set each gradient to the zero of the parameter's own kind of number; on any exception, Ctrl-C included, none.

    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> zero_grad([w])
    >>> w.grad
    0.0

    Raises OperandError for what is no list of Values.
    """
    if isinstance(parameters, Value):
        raise OperandError(
            f"zero_grad wants a list of Values, such as [w] or model.parameters(), not {describe(parameters)}"
        )
    parameters = list(parameters)
    before = [parameter.grad for parameter in parameters]
    try:
        for parameter in parameters:
            parameter.grad = type(parameter.data)()
    except BaseException:
        for parameter, grad in zip(parameters, before):
            parameter.grad = grad
        raise


fast.install(Value, record, NOT_YET)
