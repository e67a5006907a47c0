"""A sheet computed: every name a Value, at one choice of the givens.

At the writer's own numbers a `World` is the graph of the sheet; what others are for, see `worlds`.
`evaluate` computes one tree, with whatever names stand for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from autograd.claims import tree as syntax
from autograd.claims.tree import Binary, Call, Derivative, Name, Negative, Number
from autograd.engine.functions import affine
from autograd.engine.graph import gradients
from autograd.engine.transforms import grad
from autograd.engine.value import Value
from autograd.errors import ChalkgradError, DomainError, SheetError
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.claims.tree import Function, Node, Place
    from autograd.sheet.sheet import Sheet


def _tangent(x: Any) -> Any:
    return ops.sin(x) / ops.cos(x)


def _sum(*terms: Any) -> Any:
    return ops.total(*terms)


def _mean(*terms: Any) -> Any:
    return ops.mean(*terms, len(terms))


MAX_WHOLE = 10**15  # whole numbers beyond it are floats, which do not grow

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
    "tan": _tangent,
    "sum": _sum,
    "mean": _mean,
}


class World:
    """A sheet computed at one choice of its givens: every name a Value.

    With `whole` lines, a weighted sum is one node, as it is one line on paper: w₁·x₁ + w₂·x₂ + b.
    """

    def __init__(self, sheet: Sheet, givens: Mapping[str, float], *, whole: bool = False) -> None:
        self.sheet = sheet
        self.givens = givens
        self.functions = sheet.functions
        self.values: dict[str, Value] = {}
        self._gradients: dict[str, dict[Value, Any]] = {}
        self._locals: dict[str, dict[str, float]] = {}
        for name in sheet.order:
            if name in givens:
                self.values[name] = Value(givens[name], label=name)
            else:
                segment = sheet.definitions[name]
                try:
                    parts = weighted_sum(segment.tree) if whole else None
                    line = self._affine(*parts) if parts else self.evaluate(segment.tree)
                    self.values[name] = as_node(line, name)
                except DomainError as error:  # a derivative that there is not
                    raise SheetError(f"{segment.place}: {error}") from None
                if not math.isfinite(self.values[name].data):
                    raise SheetError(f"{segment.place}: {name} is too large for a float")

    def _affine(self, weights: list[Node], inputs: list[Node], bias: Node | None) -> Value:
        made = [self.evaluate(part) for part in (*weights, *inputs)]
        count = len(weights)
        return affine(made[:count], made[count:], None if bias is None else self.evaluate(bias))

    def name(self, key: str) -> Any:
        """What a name is in this world."""
        return self.values[key]

    def slope(self, of: str, by: str) -> Any:
        """A derivative in a definition: a node, so that what is computed from it can be differentiated."""
        return grad(self.values[of], self.values[by])

    def evaluate(self, tree: Node) -> Any:
        """The tree as a Value (or a plain number where no name is in it)."""
        return evaluate(tree, self.functions, self.name, self.slope)

    def derivative(self, of: str, by: str) -> float:
        """The total derivative, as a number."""
        if of not in self._gradients and self.sheet.is_direct(of, by):  # no need of the whole graph
            return self._local(of, by)
        try:
            if of not in self._gradients:
                self._gradients[of] = gradients(self.values[of])
            return float(self._gradients[of].get(self.values[by], 0.0))
        except DomainError:  # on the way to something else: xⁿ by n where x < 0
            return float(grad(self.values[of], self.values[by]).data)

    def _local(self, of: str, by: str) -> float:
        if of not in self._locals:
            leaves = {name: Value(float(self.values[name].data)) for name in self.sheet.mentioned_by(of)}
            tree = self.sheet.definitions[of].tree
            top = as_node(evaluate(tree, self.functions, leaves.__getitem__, self.slope), of)
            try:
                found = gradients(top)
            except DomainError:
                return float(grad(top, leaves[by]).data)
            self._locals[of] = {name: float(found.get(leaf, 0.0)) for name, leaf in leaves.items()}
        return self._locals[of][by]

    def try_derivative(self, of: str, by: str) -> float | None:
        """The same, and None where there is none."""
        try:
            return self.derivative(of, by)
        except ChalkgradError:
            return None

    def number(self, tree: Node) -> float:
        """The tree as a number, nothing recorded."""
        result = evaluate(tree, self.functions, lambda key: self.values[key].data, self.derivative)
        return float(result.data if isinstance(result, Value) else result)

    def try_number(self, tree: Node) -> float | None:
        """The same, and None where the tree cannot be computed in this world."""
        try:
            return self.number(tree)
        except (ChalkgradError, KeyError):  # outside a domain; an index that the sheet does not have
            return None


def weighted_sum(tree: Node) -> tuple[list[Node], list[Node], Node | None] | None:
    """The weights, the inputs and the bias of w·x + … + b, as they stand; None where it is no such sum."""
    terms: list[Node] = []
    while isinstance(tree, Binary) and tree.operator == "+":
        terms.append(tree.right)
        tree = tree.left
    terms.append(tree)
    terms.reverse()
    if isinstance(terms[0], Call) and terms[0].function == "sum":
        terms[:1] = terms[0].args
    bias = terms.pop() if len(terms) > 1 and isinstance(terms[-1], Name) else None
    products = [term for term in terms if isinstance(term, Binary) and term.operator == "*"]
    pairs = [(product.left, product.right) for product in products]
    plain = all(isinstance(part, (Name, Number)) for pair in pairs for part in pair)
    named = all(isinstance(part, Name) for pair in pairs for part in pair if not isinstance(part, Number))
    if not (plain and named) or len(pairs) < len(terms) or len(pairs) + (bias is not None) < 2:
        return None
    return [left for left, _ in pairs], [right for _, right in pairs], bias


def as_node(result: Any, name: str) -> Value:
    """What an expression gave, as a node of that name of its own."""
    if not isinstance(result, Value):
        return Value(float(result), label=name)
    node = result + 0 if result.label else result  # a = b: a second name is a node of its own
    node.label = name
    return node


def evaluate(
    tree: Node,
    functions: Mapping[str, Function],
    name: Callable[[str], Any],
    slope: Callable[[str, str], Any],
    literal: Callable[[Number], Any] | None = None,
) -> Any:
    """Compute a tree, names and derivatives being what `name` and `slope` say they are.

    `literal` says what a written number stands for; a plain number where it is not given.
    """
    return _Evaluation(functions, name, slope, literal or _plain_number).tree(tree)


def _plain_number(number: Number) -> float:
    return int(number.value) if number.exact and abs(number.value) < 1e15 else number.value


class _Evaluation:
    def __init__(
        self,
        functions: Mapping[str, Function],
        name: Callable[[str], Any],
        slope: Callable[[str, str], Any],
        literal: Callable[[Number], Any],
    ) -> None:
        self.functions = functions
        self.name = name
        self.slope = slope
        self.literal = literal

    def tree(self, tree: Node, bound: Mapping[str, Any] | None = None) -> Any:
        """Compute without recursion over the tree: a sum may be a hundred thousand terms long."""
        parts = list(syntax.walk(tree))
        done: list[Any] = []
        for part in reversed(parts):  # every part after its own parts, the first of them last on the stack
            if isinstance(part, Number):
                done.append(self.literal(part))
            elif isinstance(part, Name):
                done.append(bound[part.key] if bound and part.key in bound else self.name(part.key))
            elif isinstance(part, Derivative):
                done.append(self.slope(part.of, part.by))
            elif isinstance(part, Negative):
                done.append(-done.pop())
            elif isinstance(part, Binary):
                done.append(_located(part.place, _OPERATORS[part.operator], done.pop(), done.pop()))
            elif isinstance(part, Call):
                args = [done.pop() for _ in part.args]
                done.append(_located(part.place, self.call, part, args))
            else:
                raise DomainError("? has no value: it is not answered yet")
        return done.pop()

    def call(self, call: Call, args: list[Any]) -> Any:
        if call.primes:
            point = args[0] if isinstance(args[0], Value) else Value(float(args[0]))
            result = self.apply(call.function, [point])
            for _ in range(call.primes):
                result = grad(result, point) if isinstance(result, Value) else Value(0.0)
            return result if isinstance(args[0], Value) else result.data
        return self.apply(call.function, args)

    def apply(self, name: str, args: list[Any]) -> Any:
        function = self.functions.get(name)
        if function is None:
            return FUNCTIONS[name](*args)
        return self.tree(function.body, {function.argument: args[0]})


def _divide(a: Any, b: Any) -> Any:
    return ops.div(a, b)


def _power(a: Any, b: Any) -> Any:
    # whole numbers as floats: 9^9^9 is too large for a float, not a minute's work
    if isinstance(a, Value) or isinstance(b, Value):
        return a**b
    return ops.pow(float(a), float(b))


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "^": _power,
}


def _located(place: Place, function: Callable[..., Any], *args: Any) -> Any:
    """Apply, and let an error say where in the sheet it arose."""
    try:
        result = function(*args)
        return float(result) if result.__class__ is int and abs(result) > MAX_WHOLE else result
    except SheetError:
        raise
    except DomainError as error:
        raise SheetError(f"{place}: {error}") from None
    except ZeroDivisionError:
        raise SheetError(f"{place}: a division by zero") from None
    except OverflowError:
        raise SheetError(f"{place}: the result is too large for a float") from None
    except ValueError:
        raise SheetError(f"{place}: the result is not a real number") from None
