"""Python's operators and the named methods, each of which reads its row of the table.

A `Value` or a symbol inherits them, and defines in `read` what an operation on it means. These are the
plain version; `engine/fast.py` replaces those of `Value` by faster ones of the same meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, SupportsFloat, TypeVar

from autograd.errors import OperandError
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.table.ops import Op

R = TypeVar("R")


class Operators(Generic[R]):
    """The operations of the table as operators and methods; `read` gives them their meaning."""

    __slots__ = ()

    if TYPE_CHECKING:

        @staticmethod
        def read(op: Op, args: Sequence[Any]) -> R:
            """Return what `op(*args)` means if at least one of the arguments is of this class."""

        # ruff: noqa: D102 -- these methods are made below, one for each row, with their documentation
        def abs(self) -> R: ...
        def exp(self) -> R: ...
        def log(self) -> R: ...
        def sqrt(self) -> R: ...
        def sin(self) -> R: ...
        def cos(self) -> R: ...
        def tanh(self) -> R: ...
        def sigmoid(self) -> R: ...
        def softplus(self) -> R: ...
        def relu(self) -> R: ...

    def __add__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.add, (self, other))

    def __radd__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.add, (other, self))

    def __sub__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.sub, (self, other))

    def __rsub__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.sub, (other, self))

    def __mul__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.mul, (self, other))

    def __rmul__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.mul, (other, self))

    def __truediv__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.div, (self, other))

    def __rtruediv__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.div, (other, self))

    def __pow__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.pow, (self, other))

    def __rpow__(self, other: Operators[R] | SupportsFloat) -> R:
        return self.read(ops.pow, (other, self))

    def __neg__(self) -> R:
        return self.read(ops.neg, (self,))

    def __abs__(self) -> R:
        return self.read(ops.abs, (self,))

    def leaky_relu(self, slope: Operators[R] | SupportsFloat = ops.leaky_relu.defaults[0]) -> R:
        """Return x where x > 0, else slope·x."""
        return self.read(ops.leaky_relu, (self, slope))

    def elu(self, alpha: Operators[R] | SupportsFloat = ops.elu.defaults[0]) -> R:
        """Return x where x > 0, else alpha·(eˣ − 1)."""
        return self.read(ops.elu, (self, alpha))

    def maximum(self, other: Operators[R] | SupportsFloat) -> R:
        """Return the larger of the two; a tie passes half of the gradient to each."""
        return self.read(ops.maximum, (self, other))

    def minimum(self, other: Operators[R] | SupportsFloat) -> R:
        """Return the smaller of the two; a tie passes half of the gradient to each."""
        return self.read(ops.minimum, (self, other))


DESCRIPTIONS = {
    "abs": "|x|", "exp": "eˣ", "log": "the natural logarithm", "sqrt": "√x", "sin": "sin x (radians)",
    "cos": "cos x (radians)", "tanh": "tanh x", "sigmoid": "σ(x) = 1/(1 + e⁻ˣ)", "softplus": "log(1 + eˣ)",
    "relu": "x where x > 0, else 0",
}  # fmt: skip


def _method_of(op: Op) -> Callable[[Any], Any]:
    """Return the method that reads a row of one argument."""

    def method(self: Any) -> Any:
        return self.read(op, (self,))

    method.__name__ = op.name
    method.__qualname__ = f"Operators.{op.name}"
    method.__doc__ = f"Return {DESCRIPTIONS.get(op.name, f'{op.name}(x)')}."
    return method


for _op in ops.TABLE.values():
    if _op.arity == 1 and not _op.is_helper and _op is not ops.neg:
        setattr(Operators, _op.name, _method_of(_op))


class Unknown(Operators[R]):
    """A placeholder for an unknown number: it takes part in every operation, but cannot be compared.

    As a condition, or compared, it raises OperandError, because a row would otherwise take the same
    branch for every number. It has no hash either, because a lookup compares.
    """

    __slots__ = ()

    def _decides(self, *_other: Any) -> bool:
        raise OperandError(
            "a formula was used as a condition, or compared: a row of the table must hold at every point, so write "
            "the condition with an operation of the table (step, sign, above)"
        )

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _decides
    __hash__ = None  # type: ignore[assignment] # as Python itself has it for a class without a hash
