"""Tokens one after the other: what every part of the grammar reads formulas with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.notes.tokens import GREEK, FormulaToken, split_number
from autograd.notes.vocabulary import ACCENTS, ALPHABETS, SPACES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from autograd.claims.tree import Node
    from autograd.notes.note_text import NoteText

END = FormulaToken("end", "", 0, 0)


class Refused(ValueError):  # noqa: N818 -- an answer about a text, and no mistake of the program
    """A formula, or a part of one, that is not read; with the reason."""

    def __init__(self, reason: str, token: FormulaToken | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.token = token


def shown(token: FormulaToken) -> str:
    """Return a token as it is written, for a message."""
    return f"\\{token.text}" if token.kind == "command" else token.text or "the end"


class FormulaContext:
    """The ground that the formulas of one note share: its functions, its counter of iterations, whether e is a name."""

    def __init__(
        self, note: NoteText, functions: Collection[str] = (), iteration: str = "", *, has_e: bool = False
    ) -> None:
        self.note = note
        self.functions = frozenset(functions)
        self.iteration = iteration
        self.has_e = has_e
        self.spans: dict[int, list[tuple[int, int]]] = {}  # of the entries of each array, by the id of its node
        self.arrays: list[Node] = []  # kept, so that an id stays that of its node


class TokenReader:
    """The tokens of one expression, and the place that is reached in them."""

    def __init__(self, grammar: FormulaContext, tokens: Sequence[FormulaToken], depth: int) -> None:
        self.grammar = grammar
        self.tokens = tokens
        self.at = 0
        self.depth = depth
        self.bars = 0

    def raw(self, ahead: int = 0) -> FormulaToken:
        """Return the next token as it is, or one further ahead."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else END

    def peek(self) -> FormulaToken:
        """Return the next token that is no space."""
        while True:
            token = self.raw()
            if token.kind == "command" and token.text in SPACES:
                self.at += 1
                if token.text in ("hspace", "vspace"):
                    self.group()
                elif token.text in ("left", "right") and self.raw().text == ".":
                    self.at += 1
            elif token.kind == "sign" and token.text in ("&", "\u200b", "\ufeff"):
                self.at += 1
            elif token.kind == "command" and token.text in ("label", "tag", "color", "hphantom", "vphantom", "phantom"):
                self.at += 1
                self.group()
            else:
                return token

    def take(self) -> FormulaToken:
        """Return the next token that is no space, and go on."""
        token = self.peek()
        self.at += 1
        return token

    def is_sign(self, *signs: str) -> bool:
        """Return whether the next token is one of these signs."""
        token = self.peek()
        return token.kind == "sign" and token.text in signs

    def is_command(self, *names: str) -> bool:
        """Return whether the next token is one of these commands."""
        token = self.peek()
        return token.kind == "command" and token.text in names

    def group(self) -> Sequence[FormulaToken]:
        """Return the tokens of `{…}`, or those of the one thing that stands here."""
        token = self.peek()
        if token.kind == "end":
            raise Refused("the formula ends too early")
        if token.kind == "sign" and token.text == "{":
            start, depth = self.at + 1, 0
            while self.at < len(self.tokens):
                token = self.tokens[self.at]
                self.at += 1
                if token.kind == "sign":
                    depth += {"{": 1, "}": -1}.get(token.text, 0)
                if depth == 0:
                    return self.tokens[start : self.at - 1]
            raise Refused("a brace is not closed", token)
        start = self.at
        self.at += 1
        if token.kind == "command" and (token.text in ALPHABETS | TEXTS | set(ACCENTS) or token.text == "frac"):
            for _ in range(1 + (token.text == "frac")):
                self.group()
            return self.tokens[start : self.at]
        if token.kind == "number" and len(token.text) > 1:  # \frac12
            self.at -= 1
            first, *rest = split_number(token)
            self.tokens = [*self.tokens[: self.at], *rest, *self.tokens[self.at + 1 :]]
            return [first]
        return [token]

    def brackets_end(self) -> int:
        """Return where the bracket that stands here is closed."""
        depth = 0
        for at in range(self.at, len(self.tokens)):
            if self.tokens[at].kind == "sign":
                depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(self.tokens[at].text, 0)
            if depth == 0:
                return at
        raise Refused("a bracket is not closed", self.peek())

    def skip_brackets(self) -> None:
        """Go on after the bracket that stands here."""
        self.at = self.brackets_end() + 1


def as_tokens(group: Sequence[FormulaToken]) -> list[FormulaToken]:
    """Return the tokens of a group with raised and lowered digits as plain ones."""
    found = []
    for token in group:
        if token.kind.startswith("lowered"):
            kind = (
                "number" if token.text.isdigit() else "letter" if len(token.text) == 1 and token.text.isalpha() else ""
            )
            if not kind:
                raise Refused(f"{token.text} is not understood here", token)
            found.append(token._replace(kind=kind))
        else:
            found.append(token)
    return found


def plain_text(group: Sequence[FormulaToken], spaced: str = "") -> str:
    """Return the text of what stands below or above a name; with the note's text, the spaces of words are kept."""
    found = ""
    last = -1
    for token in group:
        if spaced and last >= 0 and token.start > last:
            found += " "
        last = token.end
        if token.kind == "command":
            if token.text in GREEK:
                found += GREEK[token.text]
            elif token.text == "_":
                found += "_"
            elif token.text in ("to", "rightarrow"):
                found += "to"
            elif token.text in ("top", "intercal", "transposed", "prime", "ast", "star"):
                found += token.text
            elif token.text == "cdot":
                found += "*"
        elif token.text not in "{}":
            found += token.text
    return found
