"""The parts of formulas that hold many things: matrices, lists in brackets, sets, sums over an index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd.claims.tree import CallNode, NameNode
from autograd.notes.symbol_reader import SymbolReader
from autograd.notes.token_reader import Refused, as_tokens, plain_text
from autograd.notes.vocabulary import MATRICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.claims.tree import Node
    from autograd.notes.tokens import FormulaToken


class FormulaMethods(SymbolReader):
    """The methods that the parts of the grammar need of one another; `grammar` has them."""

    def sum(self) -> Node:
        """Return a sum of terms."""
        raise NotImplementedError

    def term(self) -> Node:
        """Return a product of factors, with its sign."""
        raise NotImplementedError

    def power(self) -> Node:
        """Return a factor with its exponent."""
        raise NotImplementedError

    def begins_factor(self) -> bool:
        """Return whether a factor begins here."""
        raise NotImplementedError

    def inner(self, tokens: Sequence[FormulaToken]) -> Node:
        """Return the tree of the tokens of a group."""
        raise NotImplementedError


class ArrayReader(FormulaMethods):
    """The part of the grammar that reads arrays, sets and sums."""

    def skips_set(self) -> bool:
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

    def array(
        self, entries: Sequence[Node], spans: list[tuple[int, int]], rows: int, columns: int, token: FormulaToken
    ) -> Node:
        """Return an array of these entries, and keep where each of them stands."""
        tree = CallNode(f"matrix {rows}×{columns}", tuple(entries), self.grammar.note.place(token.start))
        self.grammar.arrays.append(tree)
        self.grammar.spans[id(tree)] = spans
        return tree

    def matrix(self) -> Node:
        """Return a matrix that is written out."""
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
        return self.array([self.inner(cell) for cell in cells], spans, len(rows), len(rows[0]), begin)

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
        """Return Σ or Π of the term after it, with its index and limits where it has them."""
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
