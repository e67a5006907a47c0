"""The meaning of what looks like a call and is none, which only the names of the sheet can tell.

`E(w)` is E where E has a formula with w in it, and `x(y)` is a product. `f(x, y)` and `J(w + 0.1)` are the formula of
the function with its arguments put in. `y'`, `d²y/dx²` and `d/dx(x²)` are derivatives; what they are derivatives of
gets a name of its own where it has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode, Segment
from autograd.errors import SheetError
from autograd.formatting import escapes, figures
from autograd.sheet import library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.claims.tree import FunctionDefinition, Node, TextPlace
    from autograd.claims.worksheet import Worksheet
    from autograd.sheet.statement_forms import Applied

MAX_ORDER = 4  # of a derivative
MAX_SIZE = 20_000  # of a function with its arguments put in


def functions_to_write_out(functions: Mapping[str, FunctionDefinition]) -> dict[str, FunctionDefinition]:
    """Return the functions of several arguments, those with names of the sheet in them, and those made of such."""
    found: dict[str, FunctionDefinition] = {}
    for name, function in functions.items():
        calls = {node.function for node in syntax.walk(function.body) if isinstance(node, CallNode)}
        if not function.is_closed or not calls.isdisjoint(found):
            found[name] = function
    return found


class CallMeanings:
    """The meanings of calls in a sheet that is read from top to bottom.

    `functions` are the functions of several arguments, or with names of the sheet in them; `applied` are the names that
    are defined with arguments, E(w) = …. `define` adds a name to the
    sheet; `key` returns the name that is meant on the present line where it has several meanings.
    """

    def __init__(
        self,
        sheet: Worksheet,
        functions: Mapping[str, FunctionDefinition],
        applied: Mapping[str, Applied],
        define: Callable[[str, Segment], None],
        key: Callable[[str], str],
    ) -> None:
        self.sheet = sheet
        self.functions = functions
        self.applied = applied
        self.define = define
        self.key = key
        self._open: list[str] = []  # functions that are being put in
        self._said: set[str] = set()  # names before a bracket of which it was said how they are read
        self._to_say: list[str] = []

    def read(self, segment: Segment) -> Segment:
        """Return a member of a chain with every such call as what it means.

        Raises SheetError, with line and column, where it means nothing.
        """
        calls = [node for node in syntax.walk(segment.tree) if isinstance(node, CallNode)]
        if not any(map(self._is_special, calls)):
            return segment
        products: set[int] = set()

        def change(node: Node) -> Node:
            if isinstance(node, BinaryNode):
                return _beside_product(node, products)
            if not isinstance(node, CallNode) or not self._is_special(node):
                return node
            found = self._meaning(node)
            if isinstance(found, BinaryNode) and node.function not in self.functions:
                products.add(id(found))
            return found

        return segment.with_tree(syntax.map_nodes(segment.tree, change))

    def say(self) -> str:
        """Return how names before brackets were read, as far as it was not said before."""
        said = "; ".join(self._to_say)
        self._to_say.clear()
        return said

    def _is_special(self, call: CallNode) -> bool:
        name = call.function
        if name in ("d", "'", "at"):
            return name not in self.sheet.functions
        return name in self.functions or (not self._is_function(name) and self.key(name) in self.sheet.names)

    def _is_function(self, name: str) -> bool:
        return name in self.sheet.functions or library.is_known(name)

    def _meaning(self, call: CallNode) -> Node:
        if call.function == "d":
            inner, by = call.args
            assert isinstance(by, NameNode)
            return self._derivative(inner, by.key, by.index_text, call.place)
        if call.function == "'":
            return self._of_one_name(call)
        if call.function == "at":
            return self._at(call)
        if call.function in self.functions:
            return self._put_in(self.functions[call.function], call)
        return self._applied(call)

    # -- Names and functions --------------------------------------------------------------------------

    def _applied(self, call: CallNode) -> Node:
        """Return E for E(w), where E depends on w, and a product for x(y)."""
        name, key = call.function, self.key(call.function)
        names = [arg.key for arg in call.args if isinstance(arg, NameNode)]
        if call.primes or len(names) < len(call.args):
            raise SheetError(f"{call.place}: {escapes.plain(name)} is a name, and no function")
        below = self.sheet.below([key]) - {key}
        is_so_defined = name in self.applied and self.applied[name].arguments == tuple(names)
        if is_so_defined or all(self.key(other) in below for other in names):
            return NameNode(name, call.place)
        if len(names) == 1:
            if name not in self._said:
                self._said.add(name)
                self._to_say.append(f"{name}({names[0]}) is read as the product {name}·{names[0]}")
            return BinaryNode("*", NameNode(name, call.place), call.args[0], call.place)
        missing = next(other for other in names if self.key(other) not in below)
        raise SheetError(f"{call.place}: {escapes.plain(name)} is a name, and it does not depend on {missing}")

    def _put_in(self, function: FunctionDefinition, call: CallNode) -> Node:
        """Return the formula of a function with its arguments put in."""
        wanted = function.arguments
        shown = escapes.plain(function.name)
        if len(call.args) != len(wanted):
            many = f"{len(wanted)} argument{'s' * (len(wanted) > 1)}"
            raise SheetError(f"{call.place}: {shown} takes {many}, not {len(call.args)}")
        if call.primes:
            raise SheetError(f"{call.place}: {shown}' needs a function of its argument alone; write d/dx of a formula")
        if function.name in self._open:
            raise SheetError(f"{function.place}: the function {shown} is defined by itself")
        given = dict(zip(wanted, call.args))

        def change(node: Node) -> Node:
            return given.get(node.key, node) if isinstance(node, NameNode) else node

        self._open.append(function.name)
        found = self.read(Segment(syntax.map_nodes(function.body, change), "", call.place)).tree
        self._open.pop()
        if len(syntax.walk(found)) > MAX_SIZE:
            raise SheetError(
                f"{call.place}: {shown} written out is longer than {MAX_SIZE:,} numbers, names and operations"
            )
        return found

    def _derivative_of_call(self, call: CallNode) -> Node:
        """Return J'(w) as the derivative of J(w) by w, whatever else is in its formula."""
        (argument, *more) = call.args
        shown = escapes.plain(call.function)
        if more or not isinstance(argument, NameNode):
            raise SheetError(f"{call.place}: {shown}' needs the name of a number as its argument: {shown}'(w)")
        found = self._put_in(self.functions[call.function], CallNode(call.function, call.args, call.place))
        for _ in range(call.primes):
            found = self._derivative(found, argument.key, f"{call.function}({argument.key})", call.place)
        return found

    # -- Derivatives ----------------------------------------------------------------------------------

    def _derivative(self, inner: Node, by: str, text: str, place: TextPlace) -> Node:
        """Return the derivative of an expression, which gets a name of its own where it is none."""
        if isinstance(inner, NameNode):
            return DerivativeNode(inner.key, by, place)
        if isinstance(inner, DerivativeNode):
            text = f"d{inner.of}/d{inner.by}"
            if text.count("/d") >= MAX_ORDER:
                raise SheetError(f"{place}: a derivative of an order above {MAX_ORDER}")
        number = 1
        name = text
        while name in self.sheet.names and self.sheet.definitions[name].tree != inner:
            number += 1
            name = f"{text} ({number})"
        if name not in self.sheet.names:
            self.define(name, Segment(inner, text, place))
        return DerivativeNode(name, by, place)

    def _of_one_name(self, call: CallNode) -> Node:
        """Return y′ as the derivative by the one given that y depends on."""
        (name,) = call.args
        assert isinstance(name, NameNode)
        shown = escapes.plain(name.key) + "'" * call.primes
        below = self.sheet.below([self.key(name.key)])
        givens = [other for other in self.sheet.givens if other in below and other != name.key]
        if len(givens) != 1:
            said = f"depends on {' and '.join(map(escapes.plain, givens[:4]))}" if givens else "depends on nothing"
            raise SheetError(f"{call.place}: {shown} can be told only for a name of one variable, and this {said}")
        found: Node = name
        for _ in range(call.primes):
            found = self._derivative(found, givens[0], "", call.place)
        return found

    def _at(self, call: CallNode) -> Node:
        """Return a derivative that is said to be at the number that the sheet gives anyway."""
        derivative, name, number = call.args
        assert isinstance(name, NameNode)
        assert isinstance(number, NumberNode)
        given = self.sheet.givens.get(self.key(name.key))
        if given != number.value:
            is_said = "is not given" if given is None else f"is {figures.number(given)}"
            raise SheetError(
                f"{call.place}: a sheet is worked out at its own numbers, and {escapes.plain(name.key)} {is_said} here"
            )
        return derivative


def _beside_product(node: BinaryNode, products: set[int]) -> Node:
    """Return a power or a quotient of a product without a sign: x(y)² is x·y², and 1/x(y) is refused."""
    left, right = node.left, node.right
    if node.operator == "^" and id(left) in products and isinstance(left, BinaryNode):
        found = BinaryNode("*", left.left, BinaryNode("^", left.right, right, node.place), node.place)
        products.add(id(found))
        return found
    if node.operator in "/^" and id(right) in products:
        raise SheetError(
            f"{node.place}: a product without a sign after {node.operator} can be read in two ways; write *"
        )
    return node
