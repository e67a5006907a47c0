"""The grammar of formulas as notes write them: tokens to a tree with the digits as written and the place of each part.

What a tree of `claims` has no node for is a call with a name that no note can write:

- `matrix R×C` of its entries, row by row; `ᵀ`, `⊙` and `@` of arrays
- `Σ` and `Π` of an index, its first and last value, and a body
- `∂/∂` of an expression by a name: the derivative of what has no name

A formula that can be read in two ways is refused, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims.tree import BinaryNode, CallNode, NameNode, NegativeNode, NumberNode
from autograd.notes.derivative_reader import DerivativeReader
from autograd.notes.symbol_reader import MAX_DEPTH
from autograd.notes.token_reader import FormulaContext, Refused, as_tokens, plain_text, shown
from autograd.notes.tokens import GREEK, FormulaToken
from autograd.notes.vocabulary import (
    ACCENTS,
    ALPHABETS,
    BARE,
    DOTS,
    FACTORS,
    FRAMES,
    FUNCTIONS,
    QUANTITIES,
    TEXTS,
)
from autograd.sheet.lexer import parse_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.claims.tree import Node
    from autograd.notes.names import SymbolSpelling

MAX_TERMS = 150  # of one sum or product: trees are walked by recursion


class Grammar(FormulaContext):
    """The grammar of the formulas of one note."""

    def tree(self, tokens: Sequence[FormulaToken]) -> Node:
        r"""Return the tree of an expression.

        >>> from autograd.notes.note_text import NoteText
        >>> from autograd.notes.tokens import tokens_of
        >>> tree = Grammar(NoteText("")).tree(tokens_of(r"\frac{1}{2}(t_1 - o_1)^2", 0, 24, {}))
        >>> tree.operator, tree.left.right.text
        ('*', '2')

        Raises Refused for what is no expression, or could be two.
        """
        parser = _FormulaParser(self, tokens, 0)
        if parser.peek().kind == "end":
            raise Refused("nothing stands here")
        tree = parser.sum()
        if parser.peek().kind != "end":
            raise Refused(f"{shown(parser.peek())} is not expected here", parser.peek())
        return tree


class _FormulaParser(DerivativeReader):
    """A recursive-descent parser of one expression."""

    # -- Tokens -----------------------------------------------------------------------------------

    def inner(self, tokens: Sequence[FormulaToken]) -> Node:
        """Return the tree of the tokens of a group."""
        if self.depth > MAX_DEPTH:
            raise Refused("brackets are nested too deeply")
        parser = _FormulaParser(self.grammar, tokens, self.depth + 1)
        tree = parser.sum()
        if parser.peek().kind != "end":
            raise Refused(f"{shown(parser.peek())} is not expected here", parser.peek())
        return tree

    def place(self, token: FormulaToken) -> tuple[int, int]:
        return self.grammar.note.place(token.start)

    # -- Sums and products --------------------------------------------------------------------------

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refused("brackets are nested too deeply")
        left = self.term()
        terms = 0
        while self.is_sign("+", "-"):
            terms = self._counted(terms)
            sign = self.take()
            left = BinaryNode(sign.text, left, self.term(), self.grammar.note.place(sign.start))
        self.depth -= 1
        return left

    def term(self) -> Node:
        if self.is_sign("-", "+"):
            sign = self.take()
            tree = self.term()
            return _negative(tree) if sign.text == "-" else tree
        left = self.signed_power()
        factors = -1
        while True:
            factors = self._counted(factors)
            token = self.peek()
            place = self.grammar.note.place(token.start)
            if self.is_command("cdot", "times", "ast") or self.is_sign("*"):
                self.take()
                left = self._product(left, self.signed_power(), token)
            elif self.is_command("div") or self.is_sign("/"):
                self.take()
                right = self.signed_power()
                after = self.peek()
                if isinstance(right, (NumberNode, NameNode)) and after.kind == "letter":
                    raise Refused("a slash before a product can be read in two ways", token)
                left = BinaryNode("/", left, right, place)
            elif self.is_command("odot", "circ", "otimes"):
                self.take()
                left = CallNode("⊙", (left, self.signed_power()), place)
            elif self.begins_factor():
                if isinstance(left, NumberNode) and token.kind == "number":
                    raise Refused("two numbers stand side by side", token)
                left = self._product(left, self.power(), token)
            else:
                return left

    @staticmethod
    def _counted(terms: int) -> int:
        if terms >= MAX_TERMS:
            raise Refused(f"more than {MAX_TERMS} terms or factors in one formula")
        return terms + 1

    def _product(self, left: Node, right: Node, token: FormulaToken) -> Node:
        """Return a product; a number times a power of ten is one number, whose digits are as written."""
        number = left.operand if isinstance(left, NegativeNode) else left
        if (
            isinstance(right, BinaryNode)
            and right.operator == "^"
            and right.left == NumberNode("10", 10.0, 1.0)
            and isinstance(number, NumberNode)
            and "e" not in number.text
        ):
            exponent = right.right.operand if isinstance(right.right, NegativeNode) else right.right
            sign = "-" if isinstance(right.right, NegativeNode) else ""
            if isinstance(exponent, NumberNode) and exponent.text.isdigit() and len(exponent.text) < 4:
                power = parse_number(f"{number.text}e{sign}{exponent.text}")
                return NegativeNode(power) if isinstance(left, NegativeNode) else power
        return BinaryNode("*", left, right, self.grammar.note.place(token.start))

    def signed_power(self) -> Node:
        if self.is_sign("-", "+"):
            sign = self.take()
            tree = self.power()
            return _negative(tree) if sign.text == "-" else tree
        return self.power()

    def begins_factor(self) -> bool:
        token = self.peek()
        if token.kind in ("letter", "number"):
            return True
        if token.kind == "sign":
            return token.text in "([{" or (token.text == "|" and not self.bars)
        if token.kind != "command":
            return False
        if token.text in ("lvert", "vert") and self.bars:
            return False
        names = GREEK.keys() | FUNCTIONS.keys() | ALPHABETS | TEXTS | FRAMES | ACCENTS.keys() | DOTS | FACTORS
        return token.text in names or (token.text in ("|", "lVert", "Vert") and not self.bars)

    def power(self) -> Node:
        base = self.atom()
        while True:
            if self.is_sign("^"):
                token = self.take()
                group = self.group()
                if plain_text(group) in ("T", "top", "intercal", "transposed"):
                    base = CallNode("ᵀ", (base,), self.grammar.note.place(token.start))
                else:
                    base = BinaryNode("^", base, self.inner(as_tokens(group)), self.grammar.note.place(token.start))
            elif self.is_command("transposed"):
                base = CallNode("ᵀ", (base,), self.grammar.note.place(self.take().start))
            elif self.is_sign("_", "!", "'") or (self.is_sign("|") and self.raw(1).text == "_"):
                raise Refused(f"{shown(self.peek())} after an expression is not understood", self.peek())
            else:
                return base

    # -- The smallest parts -----------------------------------------------------------------------------

    def atom(self) -> Node:
        token = self.peek()
        place = self.grammar.note.place(token.start)
        if token.kind == "number":
            self.take()
            if "," in token.text:
                raise Refused(f"{token.text} is two numbers, or one with a decimal comma", token)
            if len(token.text) > 40:
                raise Refused("a number with so many digits is not read", token)
            return parse_number(token.text)
        if token.kind.startswith("lowered"):
            raise Refused(f"{token.text} is not expected here", token)
        if token.kind == "sign":
            return self._sign(token)
        if token.kind == "command":
            if token.text in ("frac", "dfrac", "tfrac", "cfrac"):
                self.take()
                return self.fraction(self.group(), self.group(), token)
            if token.text == "half":
                self.take()
                return BinaryNode("/", parse_number("1"), parse_number("2"), place)
            if token.text == "sqrt":
                self.take()
                if self.is_sign("["):
                    raise Refused("a root other than the square root is not read", token)
                return CallNode("sqrt", (self.inner(self.group()),), place)
            if token.text in FRAMES:
                self.take()
                if token.text in ("textcolor", "colorbox"):
                    self.group()
                framed = self.group()
                if token.text in ("underbrace", "overbrace") and self.is_sign("_", "^"):
                    self.take()
                    self.group()
                return self.inner(framed)
            if token.text == "begin":
                return self.matrix()
            if token.text in ("sum", "prod"):
                return self.big_sum()
            if token.text == "nabla":
                return self.nabla()
            if token.text in DOTS or token.text == "infty":
                self.take()
                return NameNode("∞" if token.text == "infty" else "…", place)
            if token.text == "partial":
                return self.slashed()
            if token.text in ("|", "Vert", "lVert") and not self.bars:
                return self._norm(token)
            if token.text in ("{", "lbrace", "lvert", "vert", "lbrack"):
                return self._sign(token)
            if token.text in ALPHABETS | TEXTS:
                number = self._number_in_font()
                if number is not None:
                    return number
        is_name = token.kind == "letter" or (
            token.kind == "command"
            and (
                token.text in GREEK
                or token.text in ALPHABETS | TEXTS
                or token.text in ACCENTS
                or token.text in FUNCTIONS
            )
        )
        if not is_name:
            raise Refused(f"{shown(token)} is not understood here", token)
        if token.text == "d" and token.kind == "letter" and self.is_slashed():
            return self.slashed()
        if token.text == "e" and self.raw(1).text == "^" and not self.grammar.has_e:
            self.at += 2
            return CallNode("exp", (self.inner(as_tokens(self.group())),), place)
        return self.name_or_call()

    def _norm(self, token: FormulaToken) -> Node:
        self.take()
        self.bars += 1
        inside = self.sum()
        self.bars -= 1
        if not self.is_command("|", "Vert", "rVert"):
            raise Refused("a bar is not closed", token)
        self.take()
        if self.is_sign("_"):
            self.take()
            self.group()
        return CallNode("‖‖", (inside,), self.grammar.note.place(token.start))

    def _number_in_font(self) -> Node | None:
        start = self.at
        self.take()
        group = self.group()
        if group and all(t.kind == "number" or t.text in "+-." for t in group):
            return self.inner(group)
        self.at = start
        return None

    def _sign(self, token: FormulaToken) -> Node:
        """Return what stands in brackets or between bars."""
        if token.text in ("(", "[", "lbrack"):
            self.take()
            starts = [self.at]
            items = [self.sum()]
            while self.is_sign(","):
                self.take()
                starts.append(self.at)
                items.append(self.sum())
            spans = [
                (self.tokens[a].start, self.tokens[b - 2].end)
                for a, b in zip(starts, [*starts[1:], self.at + 1], strict=True)
            ]
            if not self.is_sign(")", "]") and not self.is_command("rbrack"):
                raise Refused(f"a bracket is not closed at {shown(self.peek())}", self.peek())
            self.take()
            return items[0] if len(items) == 1 else self.array(items, spans, len(items), 1, token)
        if token.text in ("{", "lbrace") and token.kind == "command":
            if self.skips_set():
                return NameNode("{…}", self.grammar.note.place(token.start))
            self.take()
            inside = self.sum()
            if not self.is_command("}", "rbrace"):
                raise Refused("a brace is not closed", token)
            self.take()
            return inside
        if token.text == "{":
            return self.inner(self.group())
        if token.text in ("|", "lvert", "vert"):
            self.take()
            self.bars += 1
            inside = self.sum()
            self.bars -= 1
            if not (self.is_sign("|") or self.is_command("rvert", "vert")):
                raise Refused("a bar is not closed", token)
            self.take()
            return CallNode("abs", (inside,), self.grammar.note.place(token.start))
        raise Refused(f"{shown(token)} is not understood here", token)

    # -- Names and calls ----------------------------------------------------------------------------------

    def name_or_call(self) -> Node:
        first = self.peek()
        place = self.grammar.note.place(first.start)
        name = self.name()
        key, function = name.key, None
        if not name.is_transposed:
            function = key if key in self.grammar.functions else FUNCTIONS.get(key)
        if name.base == "log" and name.below:
            raise Refused("a logarithm of another base", first)
        if function is not None:
            call = self.call(function, name, first)
            if call is not None:
                return call
        if name.primes:
            key += "'" * name.primes
        elif name.base in QUANTITIES and self.is_sign("(") and self.is_list_of_names():
            self.skip_brackets()
        elif function is None and self.is_opaque_call(name.base):
            self.skip_brackets()  # a product, or a function of which nothing is known: not judged in either case
            return CallNode(f"{key}(…)", (), place)
        node: Node = NameNode(key, place)
        return CallNode("ᵀ", (node,), place) if name.is_transposed else node

    def call(self, function: str, name: SymbolSpelling, first: FormulaToken) -> Node | None:
        """Return the call of a function; None where it stands for a name, σ for a width."""
        place = self.grammar.note.place(first.start)
        exponent: Node | None = None
        if self.is_sign("^"):
            self.take()
            group = self.group()
            if plain_text(group) == "prime":
                name.primes += 1
            else:
                exponent = self.inner(as_tokens(group))
        if self.is_sign("(", "[", "{") or self.is_command("{", "lbrace", "lbrack"):
            inside = self._sign(self.peek())
            if isinstance(inside, NameNode) and inside.key == "{…}":
                return CallNode(f"{name.key}{{…}}", (), place)
            is_list = (
                isinstance(inside, CallNode) and inside.function.endswith("×1") and inside.function != "matrix 1×1"
            )
            args = inside.args if is_list and isinstance(inside, CallNode) and function in ("max", "min") else (inside,)
        elif function in BARE:
            args = (self.power(),)
            if self.begins_factor() and self.peek().kind != "command":
                raise Refused(f"how far {function} reaches can be read in two ways", first)
        elif function not in ("max", "min", "sqrt", "abs"):
            if exponent is None:
                return None
            return BinaryNode("^", NameNode(name.key, place), exponent, place)
        else:
            raise Refused(f"{function} without its argument", first)
        if function in ("max", "min"):
            if len(args) < 2:
                raise Refused(f"{function} of one thing", first)
            while len(args) > 2:  # max(a, b, c) is max(max(a, b), c)
                args = (CallNode(function, args[:2], place), *args[2:])
        tree = CallNode(function, args, place, name.primes)
        return tree if exponent is None else BinaryNode("^", tree, exponent, place)

    def is_list_of_names(self, *, at_least_one: bool = False) -> bool:
        """Return whether a bracket holds names with commas between them, or one name, and no operation."""
        parser = _FormulaParser(self.grammar, self.tokens[self.at + 1 : self.brackets_end()], self.depth)
        try:
            while parser.peek().kind != "end":
                if parser.is_sign(",", ";"):
                    parser.take()
                elif parser.peek().kind in ("letter", "command") and not parser.is_command("frac", "sum"):
                    parser.name()
                else:
                    return False
        except Refused:
            return False
        return at_least_one or parser.at > 0

    def is_opaque_call(self, base: str) -> bool:
        """Return whether brackets follow that hold names alone, or a condition: f(x), P(A = a | B), E[X | Y]."""
        if self.is_sign("["):
            return base in ("E", "Var", "Cov", "P")
        if not self.is_sign("("):
            return False
        inside = self.tokens[self.at + 1 : self.brackets_end()]
        conditions = ("mid", "cap", "cup", "neq", "ne", "in", "sim", "vert")
        if any(
            (t.kind == "sign" and t.text in "|=;<>") or (t.kind == "command" and t.text in conditions) for t in inside
        ):
            return True
        return self.is_list_of_names(at_least_one=True)


def _negative(tree: Node) -> Node:
    return NegativeNode(tree)
