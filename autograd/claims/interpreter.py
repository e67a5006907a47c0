"""The interpreter of trees, and a worksheet evaluated at one choice of its givens: every name a Value.

`evaluate` computes one tree, with any kind of number for its names. At the writer's own numbers, an `Evaluation` is
the graph of the derivation; `sampling` has the other points.
"""

from __future__ import annotations

import math
import operator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode, walk
from autograd.claims.versions import written_name
from autograd.engine.functions import affine, total
from autograd.engine.graph import gradients, topological_order
from autograd.engine.transforms import grad
from autograd.engine.value import Value
from autograd.errors import ChalkgradError, DomainError, SheetError
from autograd.table import ops
from autograd.table.operators import Operators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.claims.dependencies import Definitions
    from autograd.claims.tree import FunctionDefinition, Node


def _power(a: Any, b: Any) -> Any:
    # Plain numbers become floats: 9^9^9 is then too large for a float at once, and not a minute's work.
    if isinstance(a, Operators) or isinstance(b, Operators):
        return a**b
    return ops.pow(float(a), float(b))


MAX_WHOLE = 10**15  # a whole number beyond it becomes a float, whose size does not grow

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{
        op.name: op
        for op in ops.TABLE.values()
        if op not in (ops.add, ops.sub, ops.mul, ops.div, ops.neg) and op.arity != ops.VARIADIC
    },
    "ln": ops.log,
    "σ": ops.sigmoid,
    "max": ops.maximum,
    "min": ops.minimum,
    "tan": lambda x: ops.sin(x) / ops.cos(x),
    "sum": lambda *terms: ops.total(*terms),  # noqa: PLW0108 -- it has no arity, as an Op has
    "mean": lambda *terms: ops.mean(*terms, len(terms)),
}
OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **FUNCTIONS,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ops.div,
    "^": _power,
}


class Evaluation:
    """A worksheet evaluated at one choice of its givens: every name is a Value.

    With `whole_lines`, a weighted sum is one node, as it is one line on paper: w₁·x₁ + w₂·x₂ + b. A name that floats
    cannot compute is asked of `rescue`, which is given the name, this evaluation and the error.

    Raises SheetError, with line and column, where a name has no value.
    """

    def __init__(
        self,
        worksheet: Definitions,
        givens: Mapping[str, float],
        *,
        whole_lines: bool = False,
        rescue: Callable[[str, Evaluation, SheetError], Value] | None = None,
    ) -> None:
        self.worksheet = worksheet
        self.givens = givens
        self.rescued: set[str] = set()
        self.values: dict[str, Value] = {}
        self.steps: dict[Value, Value] = {}  # the weights that are held, with what they were computed as
        self._gradients: dict[str, dict[Value, Any]] = {}
        self._local_gradients: dict[str, dict[str, float]] = {}
        self._ready: dict[tuple[str, str], Value] = {}  # derivatives that a later definition will ask for
        for name in worksheet.order:
            if name in givens:
                self.values[name] = Value(givens[name], label=name)
                continue
            try:
                self._define(name, whole_lines=whole_lines)
            except SheetError as error:
                if rescue is None:
                    raise
                self.values[name] = rescue(name, self, error)
                self.rescued.add(name)

    def _define(self, name: str, *, whole_lines: bool) -> None:
        segment = self.worksheet.definitions[name]
        try:
            sum_parts = weighted_sum(segment.tree) if whole_lines else None
            node = self._affine(*sum_parts) if sum_parts else self._node(segment.tree)
            made = labeled_node(node, name)
        except DomainError as error:  # a derivative that does not exist
            raise SheetError(f"{segment.place}: {written_name(str(error))}") from None
        if not math.isfinite(made.data):
            raise SheetError(f"{segment.place}: {written_name(name)} is too large for a float")
        if name in self.worksheet.held:
            computed, made = made, Value(made.data, label=name)
            self.steps[made] = computed
        self.values[name] = made

    def _affine(self, weights: list[Node], inputs: list[Node], bias: Node | None) -> Value:
        made, more = ([self._node(part) for part in parts] for parts in (weights, inputs))
        return affine(made, more, None if bias is None else self._node(bias))

    def _node(self, tree: Node) -> Any:
        return evaluate(tree, self.worksheet.functions, self.values.__getitem__, self._derivative_node)

    def _derivative_node(self, of: str, by: str) -> Value:
        """Return dY/dX as a node, so that what is computed from it can be differentiated."""
        if (of, by) not in self._ready:
            wanted = [by, *(n for n in self.worksheet.differentiated_by(of) if n != by and n in self.values)]
            try:  # one backward pass for all updates of a step
                found = grad(self.values[of], [self.values[name] for name in wanted])
            except DomainError:  # perhaps of another one
                return grad(self.values[of], self.values[by])
            self._ready.update(((of, name), node) for name, node in zip(wanted, found))
        return self._ready.pop((of, by))  # the node gets the label of the definition, so it serves one

    @cached_property
    def nodes(self) -> list[Value]:
        """Return every node once; in the same order in every evaluation of a worksheet."""
        return topological_order(total(self.values.values()))[:-1] if self.values else []

    @staticmethod
    def written(number: Any) -> float:
        """Return a written number as one of this evaluation."""
        return float(number)

    def value(self, name: str) -> float:
        """Return a name as a number."""
        return float(self.values[name].data)

    def derivative(self, of: str, by: str) -> float:
        """Return the total derivative of one name by another.

        Raises DomainError where it does not exist.
        """
        is_alone = of not in self._gradients and of not in self.rescued
        if is_alone and self.worksheet.is_direct(of, by):  # its own line is enough
            return self._local_derivative(of, by)
        try:
            if of not in self._gradients:
                self._gradients[of] = gradients(self.values[of])
            return float(self._gradients[of].get(self.values[by], 0.0))
        except DomainError:  # perhaps on the way to another name: xⁿ by n where x < 0
            return float(grad(self.values[of], self.values[by]).data)

    def _local_derivative(self, of: str, by: str) -> float:
        if of not in self._local_gradients:
            numbers = {name: float(self.values[name].data) for name in self.worksheet.mentioned_by(of)}
            output, leaves = line_graph(self.worksheet, of, numbers)
            try:
                found = gradients(output)
            except DomainError:
                return float(grad(output, leaves[by]).data)
            self._local_gradients[of] = {name: float(found.get(leaf, 0.0)) for name, leaf in leaves.items()}
        return self._local_gradients[of][by]

    def try_derivative(self, of: str, by: str) -> float | None:
        """Return the total derivative; None where it does not exist."""
        try:
            return self.derivative(of, by)
        except ChalkgradError:
            return None

    def number(self, tree: Node) -> float:
        """Return the tree as a number; nothing is recorded."""
        result = evaluate(tree, self.worksheet.functions, lambda key: self.values[key].data, self.derivative)
        return float(result.data if isinstance(result, Value) else result)

    def try_number(self, tree: Node) -> float | None:
        """Return the tree as a number; None where it cannot be computed at this point."""
        try:
            return self.number(tree)
        except (ChalkgradError, KeyError):  # outside a domain; an index that no name has
            return None


def line_graph(worksheet: Definitions, name: str, numbers: Mapping[str, float]) -> tuple[Value, dict[str, Value]]:
    """Return the definition of a name as a graph of its own, with a fresh leaf for each name in it."""
    leaves = {other: Value(number, label=other) for other, number in numbers.items()}
    result = evaluate(worksheet.definitions[name].tree, worksheet.functions, leaves.__getitem__, _no_derivative)
    return labeled_node(result, name), leaves


def _no_derivative(of: str, by: str) -> Any:
    raise AssertionError(f"a line or function with a derivative in it, d{of}/d{by}, is no graph of its own")


def weighted_sum(tree: Node) -> tuple[list[Node], list[Node], Node | None] | None:
    """Return the weights, the inputs and the bias of w·x + … + b; None for a tree of another form."""
    terms: list[Node] = []
    while isinstance(tree, BinaryNode) and tree.operator == "+":
        terms.append(tree.right)
        tree = tree.left
    terms.append(tree)
    terms.reverse()
    if isinstance(terms[0], CallNode) and terms[0].function == "sum":
        terms[:1] = terms[0].args
    bias = terms.pop() if len(terms) > 1 and isinstance(terms[-1], NameNode) else None
    products = [term for term in terms if isinstance(term, BinaryNode) and term.operator == "*"]
    plain = all(isinstance(part, (NameNode, NumberNode)) for p in products for part in (p.left, p.right))
    if not plain or len(products) < len(terms) or len(products) + (bias is not None) < 2:
        return None
    return [product.left for product in products], [product.right for product in products], bias


def labeled_node(result: Any, name: str) -> Value:
    """Return the result of an expression as a node with this label."""
    if not isinstance(result, Value):
        return Value(float(result), label=name)
    node = result + 0 if result.label else result  # a = b: a second name is a node of its own
    node.label = name
    return node


def evaluate(
    tree: Node,
    functions: Mapping[str, FunctionDefinition],
    name: Callable[[str], Any],
    derivative: Callable[[str, str], Any],
    literal: Callable[[NumberNode], Any] | None = None,
    operations: Mapping[str, Callable[..., Any]] = OPERATIONS,
) -> Any:
    """Compute a tree; `name`, `derivative` and `literal` return what stands for a name, a derivative, a number.

    Without `literal`, a written number stands for itself. `operations` are what operators and functions compute.

    Raises SheetError, with line and column, where an operation or a function has no result.
    """
    # There is no recursion: a sum may be a hundred thousand terms long.
    literal = literal or plain_number
    done: list[Any] = []
    pop, push = done.pop, done.append
    node = tree
    try:
        for node in reversed(walk(tree)):  # operands come before their operation, the first operand last
            kind: type = node.__class__
            if kind is NameNode:
                push(name(node.key))  # type: ignore[union-attr]
            elif kind is NumberNode:
                push(literal(node))  # type: ignore[arg-type]
            elif kind is BinaryNode or kind is CallNode:
                if kind is BinaryNode:
                    result = operations[node.operator](pop(), pop())  # type: ignore[union-attr]
                elif node.primes or node.function in functions:  # type: ignore[union-attr]
                    result = _call(node, [pop() for _ in node.args], functions, literal, operations)  # type: ignore[arg-type, union-attr]
                else:
                    result = operations[node.function](*[pop() for _ in node.args])  # type: ignore[union-attr]
                push(float(result) if result.__class__ is int and abs(result) > MAX_WHOLE else result)
            elif isinstance(node, NegativeNode):
                push(-pop())
            elif isinstance(node, DerivativeNode):
                push(derivative(node.of, node.by))
            else:
                raise DomainError("? has no value: it is not answered yet")  # noqa: TRY301 -- where it stands
    except (DomainError, ZeroDivisionError, OverflowError, ValueError) as error:
        if isinstance(error, SheetError) or not isinstance(node, (BinaryNode, CallNode)):
            raise
        raise SheetError(f"{node.place}: {_reason(error)}") from None
    return pop()


def _call(
    call: CallNode,
    args: list[Any],
    functions: Mapping[str, FunctionDefinition],
    literal: Callable[[NumberNode], Any],
    operations: Mapping[str, Callable[..., Any]],
) -> Any:
    """Apply a function of the worksheet or, with primes, the derivative of that or of one of the table."""
    written = functions.get(call.function)

    def apply(args: list[Any]) -> Any:
        if written is None:
            return operations[call.function](*args)
        return evaluate(written.body, functions, lambda _: args[0], _no_derivative, literal, operations)

    if not call.primes:
        return apply(args)
    given: Any = args[0] if isinstance(args[0], Operators) else float(args[0])
    point = given if isinstance(given, Value) else Value(given)
    result = apply([point])
    if call.primes == 1 and isinstance(given, float):
        return gradients(result).get(point, 0.0) if isinstance(result, Value) else 0.0
    for _ in range(call.primes):
        result = grad(result, point) if isinstance(result, Value) else Value(0.0)
    return result if isinstance(args[0], Value) else result.data


def plain_number(number: NumberNode) -> float:
    """Return a written number as an int where it is a whole one, so that arithmetic on it is exact."""
    return int(number.value) if number.exact and abs(number.value) < MAX_WHOLE else number.value


def _reason(error: Exception) -> str:
    if isinstance(error, DomainError):
        return written_name(str(error))
    if isinstance(error, ZeroDivisionError):
        return "a division by zero"
    if isinstance(error, OverflowError):
        return "the result is too large for a float"
    return "the result is not a real number"
