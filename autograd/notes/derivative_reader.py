"""Derivatives as notes write them: ∂E/∂w as a fraction or in one line, d/dx of an expression, ∇E(w)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode
from autograd.notes.array_reader import ArrayReader
from autograd.notes.token_reader import Refused, as_tokens, shown
from autograd.notes.vocabulary import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.claims.tree import Node
    from autograd.notes.tokens import FormulaToken


class DerivativeReader(ArrayReader):
    """The part of the grammar that reads derivatives."""

    def is_opaque_call(self, base: str) -> bool:
        """Return whether brackets follow that hold names alone, or a condition: f(x), P(A = a | B), E[X | Y]."""
        raise NotImplementedError

    def is_list_of_names(self, *, at_least_one: bool = False) -> bool:
        """Return whether a bracket holds names with commas between them, or one name, and no operation."""
        raise NotImplementedError

    def is_slashed(self) -> bool:
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
        if of.key in FUNCTIONS or (self.is_sign("(") and self.is_opaque_call(of.base) and not self.is_list_of_names()):
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
        """Return a quotient or, of two differentials, a derivative."""
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
        parser = type(self)(self.grammar, tokens, self.depth)
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
