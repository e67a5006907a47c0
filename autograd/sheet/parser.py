"""The parser of one statement: tokens to a tree, by precedence. Nothing is evaluated.

The grammar is a whitelist: numbers, names, indices, arithmetic, calls, sums, derivatives, and nothing else. Sizes and
nesting are bounded, and every error has its line and column.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.errors import SheetError
from autograd.formatting import escapes
from autograd.sheet import error_hints, library
from autograd.sheet.lexer import TO_DIGITS, Token, parse_number, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from autograd.claims.tree import Node, TextPlace

MAX_DEPTH = 100  # brackets and operations inside one another, which the parser reads by recursion
MAX_TERMS = 20_000  # of all sums and `for` lines written out

_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_UNARY = 3
_Part = TypeVar("_Part")
_END = Token("end", "", NOWHERE, 0)
BRACKETS = {"(": ")", "[": "]", "{": "}"}
CLOSING = frozenset(BRACKETS.values())
_ENDS = CLOSING | {"=", ""}  # where an expression ends
_AFTER_NAME = frozenset(("+", "-", "*", "=", ")", ",", ""))  # what a name can stand before that is no call and no index
WORDS = ("for", "in", "at")  # of the language, and no names
MODULES = ("math", "np", "numpy", "torch", "autograd")


class KnownNames:
    """The names that a sheet gives or defines, so that dX can be told from a name that begins with d."""

    def __init__(
        self,
        left: Iterable[str],
        loss: str | None,
        whole: Mapping[str, int] | None = None,
        functions: Iterable[str] = (),
    ) -> None:
        self.left = set(left)
        self.functions = set(functions)  # that the sheet defines
        self.loss = loss
        self.whole = whole or {}  # givens that can stand in an index or a range: M in 1..M
        self.terms = 0

    def derivative(self, key: str) -> tuple[str, str] | None:
        """Return the two names of the derivative that `dY_dX` or `dX` is; None for any other name."""
        if not key.startswith("d"):
            return None
        bare, bracket, index = key.partition("[")
        for match in re.finditer("_d", bare):
            of, by = bare[1 : match.start()], bare[match.end() :]
            if of in self.left and by in self.left:
                return of, by + bracket + index
        if self.loss and bare[1:] in self.left:
            return self.loss, key[1:]
        return None

    def plain(self, key: str) -> bool:
        """Return whether this is a name of the sheet and not a derivative."""
        return key.partition("[")[0] in self.left and self.derivative(key) is None

    def beside(self, arguments: Iterable[str]) -> KnownNames:
        """Return the names that are known in a function with these arguments."""
        return KnownNames({*self.left, *arguments}, self.loss, self.whole, self.functions)

    def is_function(self, name: str) -> bool:
        """Return whether a name is a function: one of the sheet, or a known one whose name is not used otherwise."""
        return name in self.functions or (library.is_known(name) and name not in self.left)

    def is_factor(self, name: str) -> bool:
        """Return whether a name may stand beside another factor without a sign: it is known, and no word of a text."""
        return self.plain(name) or self.is_function(name) or name in library.CONSTANTS or bool(self.derivative(name))

    def count(self, parser: Parser) -> None:
        """Count one more term of a sum or statement of a `for` line, and raise SheetError where there are too many."""
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise parser.error(f"the sums and for lines of this sheet have more than {MAX_TERMS:,} terms")


class Parser:
    """A recursive-descent parser of one statement; each method reads the tokens of one construct."""

    def __init__(
        self, tokens: Sequence[Token], names: KnownNames, indices: Mapping[str, int], lines: Sequence[str]
    ) -> None:
        self.end = len(tokens)
        self.tokens = [*tokens, _END, _END]
        self.names = names
        self.indices = indices
        self.lines = lines
        self.has_e = "e" in names.left  # then e is that, and e^x is no exponential
        self.at = 0
        self.depth = 0
        self.closed: Node | None = None  # what the bracket that was read last has in it

    def peek(self, ahead: int = 0) -> str:
        """Return the text of the next token, or of one further on; empty at the end."""
        return self.tokens[self.at + ahead].text

    def kind(self, ahead: int = 0) -> str:
        """Return the kind of that token; "end" at the end."""
        return self.tokens[self.at + ahead].kind

    def place(self) -> TextPlace:
        """Return the place of the next token, or of the end of the line."""
        last = self.tokens[self.end - 1]
        return self.tokens[self.at].place if self.at < self.end else last.place._replace(column=last.end + 1)

    def take(self) -> Token:
        """Return the next token and go on to the one after it."""
        token = self.tokens[self.at]
        self.at += 1
        return token

    def expect(self, text: str, why: str) -> Token:
        """Take the next token, which must have this text."""
        if self.peek() != text:
            raise self.error(f"{text!r} is missing {why}")
        return self.take()

    def error(self, message: str) -> SheetError:
        """Return the error for the next token, which is a bad one's own."""
        if self.kind() == "bad":
            return SheetError(f"{self.place()}: {self.peek()}")
        found = f"at {escapes.plain(self.peek())!r}" if self.at < self.end else "at the end of the line"
        return SheetError(f"{self.place()}: {message}, {found}")

    def number(self) -> NumberNode | None:
        """Read a member of a chain that is one number, as most are; None for any other."""
        token = self.tokens[self.at]
        if token.kind != "number" or self.tokens[self.at + 1].text not in ("=", ""):
            return None
        self.at += 1
        return parse_number(token.text)

    def with_place(self, tree: Node) -> Node:
        """Read the `at x = 2` that may stand behind a derivative."""
        if self.peek() != "at" or not isinstance(tree, (DerivativeNode, CallNode)) or self.kind(1) != "name":
            return tree
        place = self.take().place
        name = self.take()
        by = NameNode(name.text + self.index(), name.place)
        self.expect("=", "after at and a name")
        minus = self.peek() == "-"
        if minus:
            self.take()
        if self.kind() != "number":
            raise self.error("a number is missing: dy/dx at x = 2")
        return CallNode("at", (tree, by, parse_number("-" * minus + self.take().text)), place)

    def expression(self, level: int = 0) -> Node:
        """Read operands joined by operators that bind tighter than `level`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SheetError(f"{self.place()}: more than {MAX_DEPTH} brackets or operations inside one another")
        left = self.operand()
        while True:
            token = self.tokens[self.at]
            symbol = token.text
            if token.kind == "super":
                self.at += 1
                exponent = NumberNode(symbol.translate(TO_DIGITS), float(symbol.translate(TO_DIGITS)), 1.0)
                left = BinaryNode("^", left, exponent, token.place)
                continue
            if symbol in _ENDS:
                break
            if symbol in _LEVELS:
                if _LEVELS[symbol] <= level:
                    break
                self.at += 1
            elif self.is_factor_beside(left) and _LEVELS["*"] > level:
                symbol = "*"
            else:
                break
            # A power binds to the right, the other operators to the left.
            right = self.expression(_LEVELS[symbol] - (symbol == "^"))
            left = BinaryNode(symbol, left, right, token.place)
        self.depth -= 1
        return left

    def is_factor_beside(self, left: Node) -> bool:
        """Return whether the next token is a factor beside another: `(o - t)(1 - o)`, `w x`, `2x`, `½x`, `∂g/∂f ∂f/∂x`.

        Raises SheetError where that can be read in two ways: after a division, or right behind an exponent.
        """
        before, token = self.tokens[self.at - 1], self.tokens[self.at]
        touches = token.place == (before.place.line, before.end + 1)
        if token.kind == "name":
            name = token.text
            if name in WORDS or not (self._is_known_factor() or (touches and before.kind != "name")):
                return False
        elif token.text == "[" and not touches and self.kind(1) == "name" and not self.names.is_factor(self.peek(1)):
            return False  # 3.2 [m/s]
        elif token.kind != "half" and token.text not in (*BRACKETS, "√"):  # a | may close, too
            return False
        if before.kind == "half" or left is self.closed or (token.text in BRACKETS and touches):
            return True
        factor = left.right if isinstance(left, BinaryNode) and left.operator == "*" else left
        factor = factor.operand if isinstance(factor, NegativeNode) else factor
        if factor is self.closed:
            return True
        if isinstance(factor, BinaryNode) and factor.operator == "/":
            raise self.two_readings(before, token)
        is_exponent = isinstance(factor, (BinaryNode, CallNode))
        if is_exponent and before.kind == "number" and token.kind == "name" and touches:  # e^2x
            raise self.two_readings(before, token)
        if is_exponent and before.kind == "name" and not self.names.is_function(token.text):  # x^n y, √x y
            raise self.two_readings(before, token)
        return True

    def _is_known_factor(self) -> bool:
        name = self.peek()
        is_quotient = name[0] in "d∂" and self.peek(1) == "/" and self.kind(2) == "name"
        return is_quotient or name in self.indices or self.names.is_factor(name)

    def two_readings(self, before: Token, token: Token) -> SheetError:
        """Return the error for a product without a sign that can be read in two ways, with both."""
        row = self.lines[before.place.line - 1]
        start = before.place.column - 1
        while start and row[start - 1] not in " =(;,[{":
            start -= 1
        top, beside = row[start : before.end].strip(), row[token.place.column - 1 : token.end].strip()
        slash = max(top.rfind("/"), top.rfind("÷"))
        if slash > 0:
            inner = f"{top[: slash + 1]}({top[slash + 1 :].strip()}*{beside})"
        else:
            power = max(top.rfind("^"), top.rfind("*"))
            inner = f"{top[: power + 1]}({top[power + 1 :]}*{beside})" if power > 0 else f"{top}({beside})"
        written, first, second = map(escapes.plain, (row[start : token.end].strip(), f"({top})*{beside}", inner))
        two = f"as {first} and as {second}"
        return SheetError(f"{before.place}: {written} can be read in two ways, {two}: write one of them")

    def operand(self) -> Node:
        """Read a number, a name or a bracket, with its sign."""
        token = self.tokens[self.at]
        kind, text = token.kind, token.text
        if kind == "number":
            self.at += 1
            return parse_number(text)
        if kind == "name":
            return self.named()
        place = token.place
        if kind == "half":
            self.take()
            return BinaryNode("/", parse_number("1"), parse_number("2"), place)
        if text in ("-", "+"):
            self.take()
            operand = self.expression(_UNARY)
            return NegativeNode(operand) if text == "-" else operand
        if text == "√":
            self.take()
            return CallNode("sqrt", (self.operand(),), place)
        if text == "?":
            raise self.error("a ? stands for a whole answer and cannot be part of an expression")
        if text == "∂":
            self.take()
            if operator := self.derivative_operator(place):
                return operator
            self.at -= 1
        if text == "|":
            self.take()
            self.closed = CallNode("abs", (self.expression(),), place)
            self.expect("|", "to close |…|")
            return self.closed
        if text in BRACKETS:
            self.take()
            inner = self.expression()
            if self.peek() == ",":
                raise self.error(error_hints.ONE_NUMBER)
            self.expect(BRACKETS[text], "to close the bracket")
            self.closed = inner
            return inner
        before = self.tokens[self.at - 1]
        if text == "=" and before.text in _LEVELS and place == (before.place.line, before.end + 1):
            raise self.error(error_hints.ADDED_TO)
        raise self.error("a number, a name or a bracket is missing")

    def named(self) -> Node:
        """Read what begins with a name: a call, a derivative, a running index, a name of the sheet."""
        token = self.take()
        while self.peek() == "." and token.text in MODULES and self.kind(1) == "name":
            self.take()
            token = self.take()
        name, place = token.text, token.place
        following = self.tokens[self.at].text
        if name not in self.indices and (following in _AFTER_NAME or (following == "/" and name[0] != "d")):
            return self.name_or_derivative(name, place)
        if name == "e" and not self.has_e and (self.peek() == "^" or self.kind() == "super"):
            exponent = self.take().text.translate(TO_DIGITS)
            return CallNode("exp", (self.expression(_UNARY) if exponent == "^" else parse_number(exponent),), place)
        if name == "d" and not self.names.plain("d") and (operator := self.derivative_operator(place)):
            return operator
        is_function = self.names.is_function(name) and name not in self.indices
        if is_function and (self.peek() == "^" or self.kind() == "super") and (power := self.power_of(name, place)):
            return power
        primes = 0
        while self.peek() == "'":
            self.take()
            primes += 1
        if primes and self.peek() != "(" and self.names.plain(name) and not is_function:
            return CallNode("'", (NameNode(name, place),), place, primes)
        is_call = self.peek() in BRACKETS if is_function else self.peek() == "(" and self.is_applied(name)
        if primes or (is_call and name not in self.indices):
            return self.call(name, place, primes)
        is_beside = self.kind() in ("name", "number") or self.peek() == "√"
        if is_function and is_beside and self.peek() not in WORDS and not self.names.plain(name):
            self.closed = library.call(name, (self.bare_argument(name, place),), place, parse_formula)
            return self.closed
        if name in self.indices:
            return parse_number(str(self.indices[name]))
        key, index_text = name, ""
        if self.peek() == "[":
            opening = self.at
            key += self.index()
            index_text = self.text_between(opening, self.at - 1)
        if self.peek() == "/" and self.kind(1) == "name" and key[0] == "d":
            quotient = self.quotient(key, place)
            if quotient:
                return quotient
        return self.name_or_derivative(key, place, index_text)

    def name_or_derivative(self, key: str, place: TextPlace, index_text: str = "") -> Node:
        """Return a name of the sheet, or the derivative that `dY_dX` or `dX` is."""
        derivative = self.names.derivative(key)
        if derivative is None:
            return NameNode(key, place, index_text)
        return DerivativeNode(*derivative, place, self.sign_at(place, "d" if key[1:] == derivative[1] else "_"))

    def quotient(self, key: str, place: TextPlace) -> DerivativeNode | None:
        """Read the rest of dY/dX, if that is what stands here."""
        start = self.at
        self.take()
        below = self.take().text + self.index()
        of, by, sign = key[1:], below[1:], self.sign_at(place, "d")
        is_plain = sign == "d" and (self.names.plain(key) or self.names.plain(below))  # dz = 0.4, a difference
        if below[0] == "d" and of and by and not is_plain:
            return DerivativeNode(of, by, place, sign)
        self.at = start
        return None

    def sign_at(self, place: TextPlace, other: str) -> str:
        """Return "∂" for a derivative that is written with it, and else the `other` sign."""
        return "∂" if self.lines[place.line - 1][place.column - 1] == "∂" else other

    def call(self, name: str, place: TextPlace, primes: int) -> Node:
        """Read the rest of a call, from its bracket on."""
        if primes and self.peek() not in BRACKETS:
            shown = escapes.plain(name) + "'" * primes
            raise self.error(f"{shown} is the derivative of a function: write {shown}(x), or w_new for another w")
        closing = BRACKETS.get(self.peek(), "")
        if not closing:
            self.expect("(", f"after {name}")
        self.take()
        if name in ("sum", "Σ", "Sum"):
            return self.sum(place)
        args = self.list_of(self.expression)
        self.expect(closing, f"to close {name}(")
        if name in library.OF_SEVERAL and name not in self.names.functions and not primes:
            return self.of_several(name, tuple(args), place)
        if primes or name in self.names.functions or not library.is_known(name):
            return CallNode(name, tuple(args), place, primes)
        made = library.call(name, tuple(args), place, parse_formula)
        self.closed = made if isinstance(made, BinaryNode) else None  # 1/cos(x) stands in brackets of its own
        return made

    def of_several(self, name: str, args: tuple[Node, ...], place: TextPlace) -> Node:
        """Read the rest of `softmax(a, b, c)[2]` or `logsumexp(a, b, c)`, after the arguments."""
        total = library.sum_of_exponentials(args, place)
        if name == "logsumexp":
            return CallNode("ln", (total,), place)
        chosen = self.index()[1:-1]
        if not chosen.isdecimal() or not 1 <= int(chosen) <= len(args):
            wanted = f"softmax(…)[1] to softmax(…)[{len(args)}]"
            raise self.error(f"softmax has a number for each of its arguments: {wanted}; which one is missing")
        made = BinaryNode("/", CallNode("exp", (args[int(chosen) - 1],), place), total, place)
        self.closed = made
        return made

    def is_applied(self, name: str) -> bool:
        """Return whether a name before a bracket may be a function: E(w) is E; x(x + 1) is a product."""
        if name in library.CONSTANTS and not self.names.plain(name):
            return False
        if not self.names.plain(name) and self.names.derivative(name) is None:
            return True  # an unknown function
        at = self.at + 1
        while self.tokens[at].kind == "name" and self.tokens[at + 1].text == ",":
            at += 2
        return self.tokens[at].kind == "name" and self.tokens[at + 1].text == ")"

    def power_of(self, name: str, place: TextPlace) -> Node | None:
        """Read `tanh²(z)`, `sin^2 x` or `tanh⁻¹(z)` after the name of the function; None if it is none of these."""
        start = self.at
        text = self.take().text.translate(TO_DIGITS)
        if text == "^":
            minus = self.peek() == "-"
            if minus:
                self.take()
            if self.kind() != "number" or not self.peek().isdecimal():
                self.at = start
                return None
            text = "-" * minus + self.take().text
        exponent = int(text)
        if self.peek() not in BRACKETS and self.kind() not in ("name", "number"):
            self.at = start
            return None
        if exponent == -1:
            if name not in library.INVERSES:
                raise self.error(f"{name}⁻¹ can be 1/{name}(…) and its inverse function: write one of them")
            name = library.INVERSES[name]
        if self.peek() in BRACKETS:
            applied = self.call(name, place, 0)
        else:
            applied = library.call(name, (self.bare_argument(name, place),), place, parse_formula)
        number = NumberNode(str(exponent), float(exponent), 1.0)
        self.closed = applied if exponent == -1 else BinaryNode("^", applied, number, place)
        return self.closed

    def bare_argument(self, name: str, place: TextPlace) -> Node:
        """Read the argument of a function without brackets: `sin x`, `ln 2x`."""
        argument = self.operand()
        before, token = self.tokens[self.at - 1], self.tokens[self.at]
        touches = token.place == (before.place.line, before.end + 1)
        if isinstance(argument, NumberNode) and token.kind == "name" and touches:
            argument = BinaryNode("*", argument, self.operand(), token.place)
            token = self.tokens[self.at]
        if token.text in ("^", "/") or token.kind == "super" or (token.kind == "name" and self._is_plain_factor()):
            shown = escapes.plain(name)
            raise SheetError(
                f"{place}: the argument of {shown} can be read in two ways: put it in brackets, {shown}(…)"
            )
        return argument

    def _is_plain_factor(self) -> bool:
        return self._is_known_factor() and not self.names.is_function(self.peek())

    def derivative_operator(self, place: TextPlace) -> Node | None:
        """Read the rest of `d/dx(…)`, `d/dx E`, `d²y/dx²` or `d^2y/dx^2`; None where it is something else."""
        start = self.at
        order = self.order_of_derivative()
        inner: Node | None = None
        if self.kind() == "name" and order > 1:
            token = self.take()
            inner = NameNode(token.text + self.index(), token.place)
        below = self.tokens[self.at + 1]
        if self.peek() != "/" or below.kind != "name" or below.text[0] not in "d∂" or len(below.text) < 2:
            self.at = start
            return None
        self.at += 2
        is_indexed = self.tokens[self.at].place.column == below.end + 1  # and no bracket after a space
        by = NameNode(below.text[1:] + (self.index() if is_indexed else ""), below.place)
        if inner is not None and self.order_of_derivative() != order:
            raise self.error(f"the order of the derivative stands twice, d²y/dx²: a {order} is missing here")
        if inner is None:
            opening = self.at
            inner = self.operand()
            text = self.lines[place.line - 1][self.tokens[opening].place.column - 1 : self.tokens[self.at - 1].end]
            text = text.strip().removeprefix("(").removesuffix(")") if self.peek_is_bracket(opening) else text.strip()
            by = NameNode(by.key, by.place, text)  # the text of what is differentiated
        for _ in range(order):
            inner = CallNode("d", (inner, by), place)
        return inner

    def peek_is_bracket(self, at: int) -> bool:
        """Return whether the token at a place opens a bracket."""
        return self.tokens[at].text in BRACKETS

    def order_of_derivative(self) -> int:
        """Read the order that stands behind a d: ² or ^2; 1 where there is none."""
        if self.kind() == "super" and self.peek().translate(TO_DIGITS).isdecimal():
            return int(self.take().text.translate(TO_DIGITS))
        if self.peek() == "^" and self.kind(1) == "number" and self.peek(1).isdecimal():
            self.at += 2
            return int(self.tokens[self.at - 1].text)
        return 1

    def list_of(self, read: Callable[[], _Part]) -> list[_Part]:
        """Read one part or several with commas between them."""
        found = [read()]
        while self.peek() == ",":
            self.take()
            found.append(read())
        return found

    def index(self) -> str:
        """Read an index with its numbers filled in, `[1,3]`; empty where none stands here."""
        if self.peek() != "[":
            return ""
        self.take()
        numbers = self.list_of(self.integer)
        self.expect("]", "to close the index")
        return f"[{','.join(map(str, numbers))}]"

    def text_between(self, opening: int, closing: int) -> str:
        """Return the text between two tokens of a line as it was written."""
        place = self.tokens[opening].place
        return self.lines[place.line - 1][place.column : self.tokens[closing].place.column - 1]

    def integer(self) -> int:
        """Read an index: whole numbers and running indices, added and subtracted."""
        result, sign = 0, 1
        while True:
            text = self.peek()
            if self.kind() == "number" and text.isdecimal():
                result += sign * int(self.take().text)
            elif text in self.indices:
                result += sign * self.indices[self.take().text]
            elif text in self.names.whole:
                result += sign * self.names.whole[self.take().text]
            else:
                raise self.error("an index is made of whole numbers, of givens that are (M = 3), and of for and sum")
            if self.peek() not in ("+", "-"):
                return result
            sign = 1 if self.take().text == "+" else -1

    def ranges(self) -> list[tuple[str, range]]:
        """Read `i in 1..3, j in 1..2`."""
        return self.list_of(self.index_range)

    def index_range(self) -> tuple[str, range]:
        """Read `i in 1..3`."""
        if self.kind() != "name":
            raise self.error("the name of an index is missing after for")
        name = self.take().text
        if self.peek() not in ("in", "="):
            raise self.error(f"'in' is missing after for {name}")
        self.take()
        first = self.integer()
        self.expect("..", "in the range")
        last = self.integer()
        if last - first >= MAX_TERMS:
            raise self.error(f"a range of more than {MAX_TERMS:,}")
        return name, range(first, last + 1)

    def sum(self, place: TextPlace) -> Node:
        """Read the rest of `sum(a, b, c)`, or of `sum(body for k in 1..n)`, written out."""
        start = self.at
        brackets = 0
        while self.at < self.end and not (self.peek() == "for" and brackets == 0):
            brackets += {"(": 1, ")": -1}.get(self.peek(), 0)
            if brackets < 0:
                break
            self.at += 1
        if self.peek() != "for":
            self.at = start
            terms = self.list_of(self.expression)
            self.expect(")", "to close sum(")
            return CallNode("sum", tuple(terms), place)
        self.take()
        ranges = self.ranges()
        self.expect(")", "to close sum(")
        end, outer = self.at, self.indices
        terms = []
        for indices in index_choices(ranges, place):
            self.names.count(self)
            self.indices = {**outer, **indices}
            self.at = start
            terms.append(self.expression())
            if self.peek() != "for":
                raise self.error("'for' is missing in the sum")
        self.at, self.indices = end, outer
        if not terms:
            raise SheetError(f"{place}: a sum over an empty range")
        return CallNode("sum", tuple(terms), place)


def index_choices(ranges: Iterable[tuple[str, range]], place: TextPlace) -> Iterator[dict[str, int]]:
    """Yield every choice of the indices, the last index running fastest."""
    choices: list[dict[str, int]] = [{}]
    for name, values in ranges:
        if len(choices) * len(values) > MAX_TERMS:
            raise SheetError(f"{place}: the indices run over more than {MAX_TERMS:,} cases")
        choices = [{**choice, name: value} for choice in choices for value in values]
    yield from choices


@lru_cache
def parse_formula(text: str) -> Node:
    """Return a formula of u, as the library has them, as a tree."""
    return Parser(tokenize(text, 0), KnownNames(["u"], None), {}, [text]).expression()
