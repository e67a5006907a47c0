"""The parser of a statement with vectors and matrices: what it has beside numbers and names.

That is lists in brackets, products with and without a sign, ᵀ, rows and columns, sums along an axis. What an expression
means, and whether the shapes go together, is found when it is computed (see `claims.array_trees`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, NameNode, NumberNode, UnansweredNode, whole_number
from autograd.errors import SheetError
from autograd.sheet.lexer import TO_DIGITS
from autograd.sheet.parser import MAX_DEPTH, Parser

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from autograd.claims.tree import Node, TextPlace
    from autograd.sheet.lexer import Token
    from autograd.sheet.parser import KnownNames

MAX_ENTRIES = 20_000  # of an array that is filled

_BINDS = {"+": 1.0, "-": 1.0, "⊙": 1.5, "∘": 1.5, "*": 2.0, "/": 2.0, "^": 4.0}  # W x ⊙ h is (W x) ⊙ h
_SIGNS = {"@": "@", "·": "·", "⋅": "·"}  # of a matrix product; every other sign of a product is entry by entry
_ALONG_AXIS = ("sum", "Σ", "Sum", "mean", "max", "min", "softmax")
_PRODUCTS = {"dot": "·", "matmul": "@"}
_FILLED = {"ones": 1, "zeros": 0}
FUNCTIONS = (*_FILLED, *_PRODUCTS, "outer", "eye", "one_hot", "softmax", "norm", "transpose", "array")


class ArrayParser(Parser):
    """A parser that knows which names are arrays. `spots` are the entries of lists, as they were read."""

    def __init__(
        self,
        tokens: Sequence[Token],
        names: KnownNames,
        indices: Mapping[str, int],
        lines: Sequence[str],
        arrays: Collection[str],
    ) -> None:
        super().__init__(tokens, names, indices, lines)
        self.arrays = arrays
        self.spots: dict[TextPlace, list[tuple[str, TextPlace]]] = {}
        self._nesting = 0  # lists inside one another
        self._opening = NOWHERE  # of the outermost of them
        self._is_about = False
        self._in_norm = False

    def expression(self, level: float = 0) -> Node:
        """Read operands joined by operators that bind tighter than `level`, products without a sign among them."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SheetError(f"{self.place()}: more than {MAX_DEPTH} brackets or operations inside one another")
        left = self.operand()
        while True:
            token = self.tokens[self.at]
            if token.kind == "super":
                self.take()
                left = BinaryNode("^", left, whole_number(int(token.text.translate(TO_DIGITS))), token.place)
                continue
            written = self.written(token) if token.kind == "sign" and token.text in _BINDS else ""
            is_beside = not written and self.is_factor_beside(left)
            binds = _BINDS.get(written, _BINDS.get(token.text, 0.0)) if written else 2.0
            if not (written or is_beside) or binds <= level:
                break
            if written:
                self.take()
            operator = " " if is_beside else _SIGNS.get(written, token.text) if token.text == "*" else token.text
            right = self.expression(binds - (operator == "^"))
            left = BinaryNode(operator, left, right, token.place)
        self.depth -= 1
        return left

    def written(self, token: Token) -> str:
        """Return the sign of a token as it is written: ⊙ or @ where the token has *."""
        return self.lines[token.place.line - 1][token.place.column - 1]

    def is_factor_beside(self, _left: Node) -> bool:
        """Return whether the next token begins a factor right beside another: `W x`, `δ xᵀ`, `2(o - t)`, `η dE/dW`."""
        before, token = self.tokens[self.at - 1], self.tokens[self.at]
        closes = before.text in (")", "]", "ᵀ", "'")
        begins = (token.kind == "name" and token.text not in ("for", "in")) or token.text in ("(", "√")
        begins = (
            begins or (token.text == "[" and not is_beside(before, token)) or (token.text == "‖" and not self._in_norm)
        )
        return begins and (closes or before.kind in ("name", "number", "half", "super"))

    def operand(self) -> Node:
        """Read an operand with what stands behind it: ᵀ, `.T`, `.sum(axis=0)`, an index."""
        token = self.tokens[self.at]
        if token.text == "[":
            found = self.array()
        elif token.text == "‖":
            self.take()
            self._in_norm = True
            found = CallNode("‖", (self.expression(),), token.place)
            self.expect("‖", "to close the norm")
            self._in_norm = False
        else:
            found = super().operand()
        return self.with_suffixes(found)

    def with_suffixes(self, found: Node) -> Node:
        """Return an operand with the transpositions, methods and indices that stand behind it."""
        while True:
            text, place = self.peek(), self.place()
            is_power = text == "^" and self.peek(1) == "T" and "T" not in self.names.left
            if text in ("ᵀ", "'"):
                self.take()
            elif is_power or (text == "." and self.peek(1) == "T"):
                self.take()
                self.take()
            elif text == "." and self.peek(1) in (*_ALONG_AXIS, "dot"):
                self.take()
                name = self.take().text
                self.expect("(", f"after {name}")
                found = self.along_axis(name, [found], place)
                continue
            elif text == "[" and self._is_index():
                found = CallNode(f"at {self.index()[1:-1]}", (found,), place)
                continue
            else:
                return found
            found = CallNode("ᵀ", (found,), place)

    def _is_index(self) -> bool:
        """Return whether the [ here stands right behind what is indexed: `(W x)[1]`, `softmax(z)[2]`."""
        before = self.tokens[self.at - 1]
        return before.text in (")", "]", "ᵀ", "'", "T") and is_beside(before, self.tokens[self.at])

    def named(self) -> Node:
        """Read an array with its index; what else begins with a name as every parser does."""
        token = self.tokens[self.at]
        if token.text not in self.arrays or token.text in self.indices or self.names.derivative(token.text):
            return super().named()
        self.take()
        index = self.index() if is_beside(token, self.tokens[self.at]) else ""  # with a space it is a list
        return NameNode(token.text + index, token.place)

    def index(self) -> str:
        """Read an index, which may leave an axis whole, `[1,:]`, or be a part of one, `[1..2]`."""
        if self.peek() != "[":
            return ""
        self.take()
        parts = self.list_of(self.index_part)
        self.expect("]", "to close the index")
        return f"[{','.join(parts)}]"

    def index_part(self) -> str:
        """Read what stands for one axis in an index."""
        if self.peek() == ":":
            self.take()
            return ":"
        first = str(self.integer())
        if self.peek() == ":":
            raise self.error(f"a part of a row is written {first}..3, both ends included")
        if self.peek() != "..":
            return first
        self.take()
        return f"{first}..{self.integer()}"

    def array(self) -> Node:
        """Read a list in brackets, of numbers or of rows; `;` ends a row, too."""
        opening = self.take()
        before = self.tokens[self.at - 2]
        self._nesting += 1
        if self._nesting == 1:
            self._is_about = before.text == "=" and self.written(before) == "≈"
            self._opening = opening.place
            self.spots[opening.place] = []
        rows: list[list[Node]] = [[]]
        while self.peek() != "]":
            rows[-1].append(self.entry())
            if self.peek() == ";":
                self.take()
                rows.append([])
            elif self.peek() == ",":
                self.take()
            elif self.peek() != "]":
                raise self.error("a comma or ] is missing in the list")
        self.take()
        self._nesting -= 1
        if not all(rows):
            raise self.error("an empty list has no numbers")
        made = [CallNode("[]", tuple(row), opening.place) for row in rows]
        return made[0] if len(made) == 1 else CallNode("[]", tuple(made), opening.place)

    def entry(self) -> Node:
        """Read one entry of a list. A whole number after ≈ is a rounded one."""
        start, place = self.at, self.place()
        if self.peek() == "?":
            self.take()
            found: Node = UnansweredNode()
        else:
            found = self.expression()
        if not (isinstance(found, CallNode) and found.function == "[]"):
            last = self.tokens[self.at - 1]
            text = self.lines[place.line - 1][place.column - 1 : last.end] if last.place.line == place.line else ""
            self.spots[self._opening].append((text, place))
        is_whole = self._is_about and self.at == start + 1 and isinstance(found, NumberNode) and found.exact
        return NumberNode(found.text + ".", found.value, found.unit) if is_whole else found  # type: ignore[union-attr]

    def call(self, name: str, place: TextPlace, primes: int) -> Node:
        """Read the rest of a call; some functions make arrays, or go along an axis."""
        if primes or self.peek() != "(" or (name not in FUNCTIONS and name not in _ALONG_AXIS):
            return super().call(name, place, primes)
        if name in ("sum", "Σ", "Sum") and self.has_for():
            return super().call(name, place, primes)
        self.take()
        if name in _FILLED:
            return self.filled(whole_number(_FILLED[name]), self.lengths(), place)
        if name in ("eye", "one_hot"):
            return self.units(name, place)
        if name in _ALONG_AXIS:
            return self.along_axis(name, [], place)
        args = self.list_of(self.expression)
        self.expect(")", f"to close {name}(")
        wanted = 1 if name in ("norm", "transpose", "array") else 2
        if len(args) != wanted:
            raise self.error(f"{name} takes {wanted} array{'s' * (wanted > 1)}, not {len(args)}")
        if name in _PRODUCTS:
            return BinaryNode(_PRODUCTS[name], args[0], args[1], place)
        if name == "outer":
            return BinaryNode("@", args[0], CallNode("ᵀ", (args[1],), place), place)
        return args[0] if name == "array" else CallNode("‖" if name == "norm" else "ᵀ", (args[0],), place)

    def has_for(self) -> bool:
        """Return whether the bracket that opens here has a `for` of its own in it."""
        depth = 0
        for token in self.tokens[self.at :]:
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if depth <= 0 or (depth == 1 and token.text == "for"):
                return depth == 1
        return False

    def along_axis(self, name: str, args: list[Node], place: TextPlace) -> Node:
        """Read the rest of `sum(A, axis=0)`; axes are counted from 0, as in NumPy."""
        axis, keep = "", ""
        while self.peek() != ")":
            if self.peek() in ("axis", "keepdims") and self.peek(1) == "=":
                key = self.take().text
                self.take()
                if key == "axis":
                    axis = str(self.integer())
                else:
                    keep = " keep" * (self.take().text in ("True", "1"))
            else:
                args.append(self.expression())
            if self.peek() == ",":
                self.take()
            elif self.peek() != ")":
                raise self.error(f"')' is missing to close {name}(")
        self.take()
        if not args:
            raise self.error(f"{name} takes an array")
        if name == "dot":
            return BinaryNode("·", args[0], args[1], place)
        name = "sum" if name in ("Σ", "Sum") else name
        return CallNode(f"{name} {axis}{keep}" if axis else name, tuple(args), place)

    def lengths(self) -> list[int]:
        """Read the lengths of an array, with or without brackets around them."""
        inner = self.peek() == "("
        if inner:
            self.take()
        found = self.list_of(self.integer)
        for _ in range(1 + inner):
            self.expect(")", "after the lengths of an array")
        if not 1 <= len(found) <= 3 or min(found) < 1 or math.prod(found) > MAX_ENTRIES:
            raise self.error(f"an array has one to three lengths, and at most {MAX_ENTRIES:,} entries")
        return found

    def filled(self, entry: Node, lengths: Sequence[int], place: TextPlace) -> Node:
        """Return an array with one entry everywhere."""
        for length in reversed(lengths):
            entry = CallNode("[]", (entry,) * length, place)
        return entry

    def units(self, name: str, place: TextPlace) -> Node:
        """Read the rest of `one_hot(k, n)`, a 1 at k of n, or of `eye(n)`."""
        lengths = self.lengths()
        if len(lengths) != (2 if name == "one_hot" else 1) or lengths[0] > lengths[-1]:
            raise self.error("it is one_hot(k, n), with k from 1 to n" if name == "one_hot" else "it is eye(n)")
        size = lengths[-1]
        ones = [lengths[0]] if name == "one_hot" else range(1, size + 1)
        rows = [CallNode("[]", tuple(whole_number(int(at == one)) for at in range(1, size + 1)), place) for one in ones]
        return rows[0] if name == "one_hot" else CallNode("[]", tuple(rows), place)


def is_beside(token: Token, following: Token) -> bool:
    """Return whether no space is between two tokens."""
    return following.place == (token.place.line, token.end + 1)
