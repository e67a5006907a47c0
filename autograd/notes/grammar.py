"""The grammar of formulas as notes write them: tokens to a tree with the digits as written and the place of each part.

What a tree of `claims` has no node for is a call with a name that no note can write:

- `matrix R×C` of its entries, row by row; `ᵀ`, `⊙` and `@` of arrays
- `Σ` and `Π` of an index, its first and last value, and a body
- `∂/∂` of an expression by a name: the derivative of what has no name

A formula that can be read in two ways is refused, with the reason.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode
from autograd.notes.symbol_reader import MAX_DEPTH, SymbolReader
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
    MATRICES,
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


class _FormulaParser(SymbolReader):
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
        if token.text == "d" and token.kind == "letter" and self._is_slashed():
            return self.slashed()
        if token.text == "e" and self.raw(1).text == "^" and not self.grammar.has_e:
            self.at += 2
            return CallNode("exp", (self.inner(as_tokens(self.group())),), place)
        return self.name_or_call()

    def _is_slashed(self) -> bool:
        """Return whether dL/dw stands here."""
        close = list(self.tokens[self.at : self.at + 12])
        slash = next((n for n, t in enumerate(close) if t.text == "/"), 0)
        after = close[slash + 1 : slash + 3]
        run = close[: slash + 1]
        is_run = all(a.end == b.start for a, b in pairwise(run)) and not any(t.text in "+-*()" for t in run)
        return slash > 1 and is_run and len(after) == 2 and after[0].text == "d" and after[1].start == after[0].end

    def slashed(self) -> Node:
        """Return ∂L/∂w or dL/dw, written in one line."""
        first = self.take()
        of = self.name()
        slash, second = self.take(), self.take()
        if slash.text != "/" or second.text != first.text:
            raise Refused(f"{shown(first)} without what it is taken by", first)
        by = self.name()
        sign = "∂" if first.kind == "command" else "d"
        return DerivativeNode(of.key, by.key, self.grammar.note.place(first.start), sign)

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
            return items[0] if len(items) == 1 else self._array(items, spans, len(items), 1, token)
        if token.text in ("{", "lbrace") and token.kind == "command":
            if self._is_set():
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

    def _is_set(self) -> bool:
        """Skip a set, {1, 3, 5}, and return whether there was one."""
        depth = 0
        for at in range(self.at, len(self.tokens)):
            token = self.tokens[at]
            if token.kind == "command" and token.text in ("{", "lbrace", "}", "rbrace"):
                depth += 1 if token.text in ("{", "lbrace") else -1
            if depth == 0:
                inside = self.tokens[self.at + 1 : at]
                is_set = any("," in t.text or t.text in ("mid", ":") for t in inside)
                self.at = at + 1 if is_set else self.at
                return is_set
        return False

    def _array(
        self, entries: Sequence[Node], spans: list[tuple[int, int]], rows: int, columns: int, token: FormulaToken
    ) -> Node:
        tree = CallNode(f"matrix {rows}×{columns}", tuple(entries), self.grammar.note.place(token.start))
        self.grammar.arrays.append(tree)
        self.grammar.spans[id(tree)] = spans
        return tree

    def matrix(self) -> Node:
        begin = self.take()
        environment = plain_text(self.group())
        if environment not in MATRICES:
            raise Refused(f"\\begin{{{environment}}} is not read inside a formula", begin)
        if environment == "array":
            self.group()
        rows: list[list[list[FormulaToken]]] = [[[]]]
        depth = 0
        while True:
            token = self.raw()
            self.at += 1
            if token.kind == "end":
                raise Refused(f"\\begin{{{environment}}} is not closed", begin)
            if token.kind == "command" and token.text == "end" and depth == 0:
                self.group()
                break
            if token.kind == "command" and token.text in ("begin", "end"):
                depth += 1 if token.text == "begin" else -1
            if depth == 0 and token.text == "&" and token.kind == "sign":
                rows[-1].append([])
            elif depth == 0 and token.text in ("\\", "cr") and token.kind == "command":
                rows.append([[]])
                self._skip_length()
            elif token.text != "hline":
                rows[-1][-1].append(token)
        rows = [row for row in rows if any(row)]
        if not rows or len({len(row) for row in rows}) != 1:
            raise Refused("the rows of a matrix have different lengths", begin)
        cells = [cell for row in rows for cell in row]
        spans = [(cell[0].start, cell[-1].end) for cell in cells if cell]
        return self._array([self.inner(cell) for cell in cells], spans, len(rows), len(rows[0]), begin)

    def _skip_length(self) -> None:
        """Skip the [0.5em] after the end of a row."""
        close = next((n for n in range(1, 9) if self.raw(n).text == "]"), 0)
        if (
            self.raw().text == "["
            and close
            and re.match(r"-?[\d.]+[a-z]*$", "".join(self.raw(n).text for n in range(1, close)))
        ):
            self.at += close + 1

    def big_sum(self) -> Node:
        token = self.take()
        below: Sequence[FormulaToken] = ()
        above: Sequence[FormulaToken] = ()
        for _ in range(2):
            if self.is_sign("_"):
                self.take()
                below = as_tokens(self.group())
            elif self.is_sign("^"):
                self.take()
                above = as_tokens(self.group())
        equals = next((at for at, part in enumerate(below) if part.text == "="), 0)
        body = self.term()
        place = self.grammar.note.place(token.start)
        if not equals or not above or len(below[:equals]) != 1:
            return CallNode("Σ without limits", (body,), place)
        index = NameNode(below[0].text, self.grammar.note.place(below[0].start))
        limits = (self.inner(below[equals + 1 :]), self.inner(above))
        return CallNode("Σ" if token.text == "sum" else "Π", (index, *limits, body), place)

    def nabla(self) -> Node:
        """Return ∇E(w) or ∇_w E as the derivative of E by w."""
        token = self.take()
        by: Node | None = None
        if self.is_sign("_"):
            self.take()
            by = self.inner(as_tokens(self.group()))
        start = self.at
        try:
            of = self.name()
        except Refused:
            self.at = start
            return CallNode("∇", (self.power(),), self.grammar.note.place(token.start))
        if of.key in FUNCTIONS or (
            self.is_sign("(") and self._is_opaque_call(of.base) and not self._is_list_of_names()
        ):
            self.at = start
            return CallNode("∇", (self.power(),), self.grammar.note.place(token.start))
        if self.is_sign("("):
            self.take()
            inside = self.sum()
            if not self.is_sign(")"):
                raise Refused("a bracket is not closed", token)
            self.take()
            by = by or inside
        if not isinstance(by, NameNode):
            return CallNode(
                "∇", (NameNode(of.key, self.grammar.note.place(token.start)),), self.grammar.note.place(token.start)
            )
        return DerivativeNode(of.key, by.key, self.grammar.note.place(token.start), "∂")

    def fraction(self, above: Sequence[FormulaToken], below: Sequence[FormulaToken], token: FormulaToken) -> Node:
        place = self.grammar.note.place(token.start)
        top, bottom = self._differential(above), self._differential(below)
        if top is None or not bottom:
            return BinaryNode("/", self.inner(above), self.inner(below), place)
        sign, of = top
        by = self.inner(bottom[1])
        if not isinstance(by, NameNode):
            raise Refused("a derivative by something that is no name", token)
        if not of:
            return self.operator(by, token, sign)
        subject = self.inner(of)
        return self._derivative(subject, by, token, sign)

    def _derivative(self, subject: Node, by: NameNode, token: FormulaToken, sign: str) -> Node:
        place = self.grammar.note.place(token.start)
        if (
            isinstance(subject, CallNode)
            and subject.primes == 0
            and [getattr(arg, "key", "") for arg in subject.args] == [by.key]
        ):
            return CallNode(subject.function, subject.args, subject.place, 1)  # dσ(x)/dx is σ'(x)
        if isinstance(subject, NameNode):
            return DerivativeNode(subject.key, by.key, place, sign)
        return CallNode("∂/∂", (subject, by), place)

    def _differential(self, tokens: Sequence[FormulaToken]) -> tuple[str, Sequence[FormulaToken]] | None:
        """Return the sign of a differential and what follows it: of ∂E, ∂ and E; None for anything else."""
        parser = _FormulaParser(self.grammar, tokens, self.depth)
        first = parser.peek()
        rest = list(tokens[parser.at + 1 :])
        if first.kind == "command" and first.text == "partial":
            sign = "∂"
        elif first.text in ("mathrm", "text", "rm") and [t.text for t in rest[:3]] == ["{", "d", "}"]:
            sign, rest = "d", rest[3:]
        elif first.kind == "letter" and first.text == "d":
            sign = "d"
        elif first.kind == "command" and first.text == "delta":
            sign = "∂"
        else:
            return None
        if rest and rest[0].text == "^":
            raise Refused("a second derivative is not read", first)
        if rest and rest[0].kind == "sign" and rest[0].text in "_+-*/)":
            return None
        return sign, rest

    def operator(self, by: NameNode, token: FormulaToken, sign: str) -> Node:
        """Return d/dx of what follows: of a bracket, or of the rest of the term."""
        if self.is_sign("(", "[", "{"):
            subject = self.power()
            if self.begins_factor() or self.is_command("cdot", "times"):
                raise Refused("how far the derivative reaches can be read in two ways", token)
        else:
            subject = self.term()
            if self.is_sign("+", "-"):
                raise Refused("how far the derivative reaches can be read in two ways", token)
        return self._derivative(subject, by, token, sign)

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
        elif name.base in QUANTITIES and self.is_sign("(") and self._is_list_of_names():
            self.skip_brackets()
        elif function is None and self._is_opaque_call(name.base):
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

    def _is_list_of_names(self, *, at_least_one: bool = False) -> bool:
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

    def _is_opaque_call(self, base: str) -> bool:
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
        return self._is_list_of_names(at_least_one=True)


def _negative(tree: Node) -> Node:
    return NegativeNode(tree)
