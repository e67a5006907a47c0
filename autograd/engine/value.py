"""A number that remembers how it was computed, and the backward pass over what it remembers.

A *node* is a `Value`; one that was given rather than computed is a *leaf*. A node knows its
*operands* (in order, repeats kept), those of them that are nodes, its *parents*, and for each
parent its *local derivative*, taken from the table when the node was recorded. `backward()` sends
each node's gradient, its *upstream*, through the local derivatives: one *contribution* an edge.

`reference` is the same idea on one page. Here it is in few words of memory, with the errors that
name what was asked for. `fast` has faster operators of the same meaning.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn, SupportsFloat

from autograd.engine import origins
from autograd.engine.backward import backward_pass, order_below
from autograd.engine.copies import deep_copy, reduced
from autograd.engine.incoming import checked_number, grad_before, number_in, zero_of
from autograd.engine.messages import called, describe, described, hint
from autograd.engine.origins import Note
from autograd.engine.threads import one_pass_at_a_time
from autograd.engine.undefined import local_derivatives
from autograd.errors import DivisionByZeroError, DomainError, OperandError, RangeError
from autograd.formatting import escapes, figures
from autograd.table.operators import Operators
from autograd.table.ops import VARIADIC
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from autograd.engine.origins import Origin, Scope
    from autograd.table.ops import Op

# The zero that a gradient is before any backward pass: recognized by identity, so that a picture
# can tell "not computed" from "computed, and zero".
NOT_YET = float("0")

# Operations that micrograd writes otherwise than this library does.
MICROGRAD = {"sub": "-", "neg": "-", "mul": "*", "div": "/", "pow": "**", "relu": "ReLU"}


def _refusal(reason: str) -> Callable[..., NoReturn]:
    """Return a method that refuses to take a node for its number, and says what to write."""

    def refuse(self: Value, *_: Any) -> NoReturn:
        raise OperandError(f"{describe(self)} is a node, and {reason}")

    return refuse


class Value(Operators["Value"]):
    """A number in a computation, its gradient, and what it was computed from.

    `data` is any real number, as `plain_number` has it; `label` is what it is called in every view.
    Arithmetic with other Values and with plain numbers records nodes; `backward()` fills `grad`.

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

    def __init__(self, data: SupportsFloat, label: str = "", _no_op: str = "") -> None:
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
        """The name of this node in every view; empty if it has none."""
        note = self._note
        label: str = note if isinstance(note, str) else note.label
        return label

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise OperandError(f"a label is a string, not {described(label)}")
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
        """True if `grad` was filled or set; before that it is a zero that means nothing yet.

        >>> x = Value(3.0)
        >>> x.has_grad, (x * 0).backward(), x.has_grad
        (False, None, True)
        """
        return self.grad is not NOT_YET and self.grad is not None  # None is how PyTorch code clears it

    @property
    def operands(self) -> tuple[Any, ...]:
        """The Values and plain numbers that this node was computed from, in order."""
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
        return f"Value(data={figures.in_full(self.data)}, grad={figures.in_full(self.grad)}{label})"

    def __format__(self, spec: str) -> str:
        return figures.formatted(self.data, spec) if spec else str(self)  # f"{E:.4f}", as in every training loop

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

        Of several threads, one at a time is in a backward pass.

        Raises DomainError if a local derivative on the way does not exist, naming the operation;
        then, as after Ctrl-C, every gradient is as it was before.
        """
        with one_pass_at_a_time:
            self._pass()

    def _pass(self) -> None:
        """Fill every gradient of the graph; after an error, and after Ctrl-C, each is as it was before."""
        order = self._order()
        before = [(node, grad_before(node)) for node in order if node.grad is not NOT_YET]
        try:  # around a call, not a loop: Python 3.13 leaves some jumps of a loop, where Ctrl-C comes in, out of it
            self._fill(order, before)
        except BaseException:
            put_back(order, before)
            raise

    def _fill(self, order: list[Value], before: list[tuple[Value, Any]]) -> None:
        """Set every gradient of the order; a leaf adds what it receives to the gradient that it had before."""
        gradients = self._gradients(order)
        for node in order:
            node.grad = gradients[node]
        for node, grad in before:
            if node.op is None and grad is not None:
                node.grad += grad

    def _order(self) -> list[Value]:
        """Return this node and every node below it, each after all of its parents."""
        return order_below(self, Value.edges)

    def _gradients(self, order: list[Value]) -> dict[Value, Any]:
        """Return the gradient of this node with respect to every node of its order, without changing any."""
        zero = zero_of(self, "backward:")
        found: dict[Value, Any] = {self: zero + 1}
        for _, _, terms in backward_pass(order, zero + 1, zero, Value.edges):
            found |= {parent: total for parent, _, _, total in terms}
        return found

    # -- What code written for micrograd and microgpt reads --------------------------------------

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.parents

    _children = _prev

    @property
    def _local_grads(self) -> tuple[Any, ...]:
        return self.locals

    @property
    def _op(self) -> str:
        if self.op is None:
            return ""
        written = MICROGRAD.get(self.op.name, self.op.symbol)
        return f"{written}{self._b}" if self.op.name == "pow" and self._db is None else written

    def _backward(self) -> None:
        """Add what this node passes on to the gradient of each parent: one step of the backward pass."""
        zero = zero_of(self, "_backward:")
        _, _, terms = next(backward_pass([self], self.grad or zero, zero, Value.edges))
        for parent, total in {parent: total for parent, _, _, total in terms}.items():
            parent.grad = total + (parent.grad or zero)

    def __pos__(self) -> Value:
        return self

    def __radd__(self, other: Any) -> Value:
        if other.__class__ is int and other == 0:  # where Python's sum() starts
            return self
        return super().__radd__(other)

    # -- Copies, and what would make a number of a node ---------------------------------------------

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        copied: Value = deep_copy(self, memo)
        return copied

    def __reduce_ex__(self, _: Any) -> tuple[Any, ...]:
        return reduced(self)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        *_, attributes, slots = state
        self.grad = NOT_YET  # recognized by identity, and therefore not in the state
        for name, value in (slots | (attributes or {})).items():
            setattr(self, name, value)

    if not TYPE_CHECKING:  # a type checker that does not see these reports every use of them
        __float__, __int__, __round__ = (
            _refusal(
                f"{name}() would drop it from the graph: "
                "write .data for the number, or use this library's function (autograd.exp, …)"
            )
            for name in ("float", "int", "round")
        )
        __lt__ = __le__ = __gt__ = __ge__ = _refusal(
            "a comparison would drop it from the graph: compare its .data, or use this library's maximum, minimum or "
            "relu; sorted, max and min take key=lambda v: v.data"
        )
        __bool__ = _refusal(
            "it is neither true nor false: write .data != 0 to ask for its number, `is not None` to ask if it is there"
        )


def _checked_label(label: Any) -> str:
    if label == ():  # micrograd and microgpt write Value(data, ()) for a leaf
        return ""
    if isinstance(label, tuple):
        raise OperandError(
            "Value(data, label) makes a leaf; a node with parents is made by an operation, and a new "
            "operation is one row of the table in autograd/table/ops.py"
        )
    raise OperandError(f"a label is a string, not {described(label)}")


def put_back(nodes: Iterable[Value], before: Iterable[tuple[Value, Any]]) -> None:
    """Give nodes the gradients that they had before a pass: those of `before`, the others none yet."""
    for node in nodes:
        node.grad = NOT_YET
    for node, grad in before:
        node.grad = grad


# -- Recording ----------------------------------------------------------------------------------


def record(op: Op, operands: Sequence[Any]) -> Value:
    """Record the node `op(*operands)`: the plain meaning of every operation on Values.

    Raises OperandError for an operand that is no number or one too many, DomainError where the op is not defined.
    """
    if op.arity not in (VARIADIC, len(operands)):
        shown = ", ".join(describe(operand) for operand in operands)
        raise OperandError(f"{op.name} takes {op.arity} argument{'s' * (op.arity > 1)}, not {len(operands)}: {shown}")
    operands = [v if isinstance(v, Value) else _checked_operand(op, v) for v in operands]
    reading = f"{op.name}:"
    numbers = [number_in(v, reading) if isinstance(v, Value) else v for v in operands]
    operands, numbers = held_together(operands, numbers)
    data = _evaluate(op, operands, numbers)
    locals_ = local_derivatives(op, data, operands, numbers)
    locals_ = [local if isinstance(operand, Value) else None for operand, local in zip(operands, locals_)]
    return node_of(op, operands, data, locals_, origins.new_note())


def node_of(op: Op, operands: Sequence[Any], data: Any, locals_: Sequence[Any], note: Any = "") -> Value:
    """Return a node that holds these; `locals_` has a local derivative for each operand, None for a plain number."""
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


def held_together(operands: Sequence[Any], numbers: list[Any]) -> tuple[Sequence[Any], list[Any]]:
    """Return operands as a node holds them, and as numbers: beside a fraction an int is a fraction, so 1/3 is exact."""
    kinds = set(map(type, numbers))
    if Fraction in kinds and float not in kinds:
        operands = [Fraction(v) if isinstance(v, int) else v for v in operands]
        numbers = [Fraction(number) if isinstance(number, int) else number for number in numbers]
    return operands, numbers


def _checked_operand(op: Op, operand: Any) -> Any:
    number = plain_number(operand)
    if number is None:
        raise OperandError(f"{op.name}: {described(operand)} is neither a Value nor a real number{hint(operand)}")
    return number


def _evaluate(op: Op, operands: Sequence[Any], numbers: Sequence[Any]) -> Any:
    try:
        try:
            return op.forward(*numbers)
        except TypeError:
            return op(*numbers)  # a number may read the row in its own way
    except ZeroDivisionError:
        error: type[DomainError] = DivisionByZeroError
        reason = "divides by zero"
    except OverflowError:
        error, reason = RangeError, "is too large for a float"
    except ValueError:
        error, reason = DomainError, "is not a real number"
    except TypeError:
        kinds = " and ".join(type(number).__name__ for number in numbers)
        raise OperandError(f"{called(op, operands)}: numbers of type {kinds} do not go together") from None
    raise error(f"{called(op, operands)} {reason}{origins.where()}")
