"""The formulas of a note as formulas of a document, their digits as they are written, for every writer to set."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING
from unicodedata import normalize

from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.notes.names import NEW
from autograd.symbolic import equations as forms
from autograd.symbolic.expr import Apply, Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.claims.tree import Node
    from autograd.symbolic.expr import Formula

MAX_DEPTH = 40  # of a formula that is set
_ACCENTS = {"_hat": "\u0302", "_tilde": "\u0303", "_bar": "\u0304", "_dot": "\u0307"}
_OPERATIONS = {"+": ops.add, "-": ops.sub, "/": ops.div, "^": ops.pow}
_CALLS = {"σ": ops.sigmoid, "exp": ops.exp, "tanh": ops.tanh, "sqrt": ops.sqrt, "abs": ops.abs, "ln": ops.log,
          "log": ops.log, "sin": ops.sin, "cos": ops.cos, "max": ops.maximum, "min": ops.minimum}  # fmt: skip


class NotSetError(ValueError):
    """A formula that a document has no form for: its source is shown instead."""


def formula_of(tree: Node, depth: int = 0) -> Formula:
    """Return a tree of a note as a formula of a document.

    >>> from autograd.claims.tree import NOWHERE
    >>> from autograd.symbolic.printer import write
    >>> figure = NumberNode("0.40", 0.4, 0.01)
    >>> write(formula_of(BinaryNode("*", figure, NameNode("y_hat1", NOWHERE), NOWHERE)))
    '0.40·ŷ1'

    Raises NotSetError for a sum with indices, and other things that documents do not have.
    """
    if depth > MAX_DEPTH:
        raise NotSetError("too deep")
    if isinstance(tree, NumberNode):
        return _number(tree.text)
    if isinstance(tree, NameNode):
        return forms.New(_name(tree.key.removesuffix(NEW))) if tree.key.endswith(NEW) else Symbol(_name(tree.key))
    if isinstance(tree, DerivativeNode):
        of, by = _name(tree.of), _name(tree.by)
        return forms.Derivative(of, by) if tree.sign == "∂" else Apply(ops.div, (Symbol(f"d{of}"), Symbol(f"d{by}")))
    if isinstance(tree, NegativeNode):
        return Apply(ops.neg, (formula_of(tree.operand, depth + 1),))
    if isinstance(tree, BinaryNode):
        left, right = formula_of(tree.left, depth + 1), formula_of(tree.right, depth + 1)
        return _product(left, right) if tree.operator == "*" else Apply(_OPERATIONS[tree.operator], (left, right))
    if isinstance(tree, CallNode):
        return _call(tree, depth)
    raise NotSetError("no formula")


def _product(left: Formula, right: Formula) -> Formula:
    factors = left.factors if isinstance(left, forms.Product) else (left,)
    return forms.Product((*factors, right))


def _call(tree: CallNode, depth: int) -> Formula:
    args = [formula_of(arg, depth + 1) for arg in tree.args]
    if tree.function.startswith("matrix "):
        columns = int(tree.function.partition("×")[2])
        return forms.Matrix(tuple(tuple(args[at : at + columns]) for at in range(0, len(args), columns)))
    if tree.function == "ᵀ":
        return Apply(ops.pow, (args[0], Symbol("⊤")))
    if tree.function == "⊙":
        return forms.Elementwise(tuple(args))
    if not tree.function.isidentifier() or not args:
        raise NotSetError(tree.function)
    op = None if tree.primes else _CALLS.get(tree.function)
    if op is not None:
        return Apply(op, tuple(args))
    if len(args) > 1:
        raise NotSetError(tree.function)
    return forms.Function(tree.function + "′" * tree.primes, args[0])


def _number(text: str) -> Formula:
    """Return a number with its digits as they are written."""
    mantissa, exponent, power = text.partition("e")
    figure: Formula = Symbol(mantissa.rstrip(".") or mantissa)
    if not exponent:
        return figure
    raised: Formula = Symbol(power.lstrip("+-"))
    raised = Apply(ops.neg, (raised,)) if power.startswith("-") else raised
    return forms.Product((figure, Apply(ops.pow, (Symbol("10"), raised))))


def _name(key: str) -> str:
    """Return a name as it is written: ŷ1 for y_hat1."""
    return normalize("NFC", reduce(lambda name, accent: name.replace(accent, _ACCENTS[accent]), _ACCENTS, key))
