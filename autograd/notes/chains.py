"""Chains: what a formula says, member by member, `a = b = c`. A member that cannot be read is one with a reason.

Rows of an alignment that begin with `=` go on with the row above, and so does a formula on lines of its own that
follows another with nothing between. What holds only under a condition, and a list of values, is read and not judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd.notes.parts import ENVIRONMENTS
from autograd.notes.token_reader import Refused
from autograd.notes.tokens import FormulaToken, TooLongError, tokens_of
from autograd.notes.vocabulary import SPACES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.notes.grammar import Grammar
    from autograd.notes.note_text import NoteText
    from autograd.notes.parts import Macro, NotePart

EQUAL, ABOUT, BECOMES = "=", "≈", "←"
_RELATIONS = {"approx": ABOUT, "simeq": ABOUT, "cong": ABOUT, "equiv": EQUAL, "coloneqq": EQUAL, "doteq": EQUAL,
              "leftarrow": BECOMES, "gets": BECOMES, "triangleq": EQUAL}  # fmt: skip
_ENDS = frozenset(
    [
        "ll",
        "gg",
        "le",
        "leq",
        "leqslant",
        "ge",
        "geq",
        "geqslant",
        "lt",
        "gt",
        "ne",
        "neq",
        "in",
        "propto",
        "sim",
        "mapsto",
        "to",
        "rightarrow",
        "longrightarrow",
        "Rightarrow",
        "implies",
        "Longrightarrow",
        "therefore",
        "because",
        "iff",
        "Leftrightarrow",
        "qquad",
        "quad",
        "subset",
        "forall",
        "land",
        "lor",
        "mid",
    ]
)
_CONDITIONS = re.compile(
    r"\s*(?:,\s*)?(?:if|for|when|where|otherwise|else|only|whenever|as|unless|provided)\b", re.IGNORECASE
)
_OPENS = ("{", "lbrace", "(", "[", "lbrack")
_CLOSES = ("}", "rbrace", ")", "]", "rbrack")
_LENGTH = re.compile(r"-?\d*\.?\d+(?:pt|em|ex|cm|mm|in|px|baselineskip)?$")


@dataclass(eq=False)
class Member:
    """One member of a chain: its tree, or the reason why it has none; where it stands; the relation before it."""

    relation: str
    tree: Node | None
    start: int
    end: int
    reason: str = ""


@dataclass(eq=False)
class FormulaChain:
    """The members of a chain; `doubt` is the reason why it says nothing that could be judged."""

    members: list[Member]
    doubt: str = ""
    is_row: bool = False  # of a table
    is_said: bool = False  # a given in words
    is_entry: bool = False  # one entry of a chain of arrays
    section: int = 0  # the number of the section in which it stands
    trusted: bool = False  # the teacher's word

    @property
    def start(self) -> int:
        """The offset of its first member."""
        return self.members[0].start


class ChainReader:
    """Formulas to chains; it remembers the last formula on lines of its own, which the next may go on with."""

    def __init__(self, note: NoteText, grammar: Grammar, macros: Mapping[str, Macro]) -> None:
        self.note = note
        self.grammar = grammar
        self.macros = macros
        self.last: tuple[FormulaChain | None, int] = (
            None,
            0,
        )  # the chain that a display goes on with, and where it ended
        self.dangling: str = ""  # the relation that the last display ended with
        self.last_tokens: list[FormulaToken] = []  # of its last member

    def read(self, part: NotePart) -> list[FormulaChain]:
        """Return the chains that a formula begins; one that goes on with a chain adds to that."""
        previous, end = self.last
        goes_on = part.display and previous is not None and not self.note.text[end : part.start].strip("$\\[]{} \n\t>&")
        if not goes_on:
            previous = None
            self.dangling = ""
        try:
            rows = rows_of(tokens_of(self.note.text, part.start, part.end, self.macros))
        except TooLongError as error:
            return [FormulaChain([Member("", None, part.start, part.end, str(error))])]
        found: list[FormulaChain] = []
        current = previous
        for row in rows:
            for pieces, doubt in split(row):
                current = self._add(pieces, doubt, current, found)
        if part.display and (found or previous):
            self.last = (found[-1] if found else previous, part.end)
        elif part.display:
            self.last = (None, 0)
        after = self.note.text[part.end : part.end + 12].lstrip("$)\\] ")
        if found and re.match(r"(?:for|if|when)\b(?! (?:the|all|each|every|this|example))", after):
            found[-1].doubt = found[-1].doubt or "it holds under a condition"
        return found

    def _add(
        self,
        pieces: list[tuple[str, list[FormulaToken]]],
        doubt: str,
        current: FormulaChain | None,
        found: list[FormulaChain],
    ) -> FormulaChain | None:
        """Add the pieces of a row to the chain that they go on with, or begin a chain."""
        first = trimmed(pieces[0][1])
        if current is not None and current not in found and first and _goes_on(first) and self.last_tokens:
            first = [*self.last_tokens, *first]
            pieces = [(current.members.pop().relation, first), *pieces[1:]]
            self.dangling = pieces[0][0]
        if (not first or self.dangling) and current is not None and (len(pieces) > 1 or first):
            pieces = [(self.dangling, first), *pieces[1:]] if first else pieces[1:]
            current.doubt = current.doubt or doubt
            chain = current
        elif not first:
            pieces = pieces[1:]
            if not pieces:
                return current
            chain = FormulaChain([], "the chain that it goes on with is not clear")
            found.append(chain)
        else:
            chain = FormulaChain([], doubt)
            found.append(chain)
        self.dangling = ""
        for relation, part in pieces:
            tokens = trimmed(part)
            if tokens:
                chain.members.append(self.member(relation, tokens))
                self.last_tokens = tokens
            elif relation:
                self.dangling = relation
        if not chain.members:
            found.remove(chain)
            return current
        return chain

    def member(self, relation: str, tokens: Sequence[FormulaToken]) -> Member:
        """Return a member of a chain with its tree."""
        tree, reason = None, ""
        try:
            tree = self.grammar.tree(tokens)
        except Refused as refused:
            reason = refused.reason
        except RecursionError:
            reason = "it is nested too deeply"
        ends = [token.end for token in tokens]
        return Member(relation, tree, min(token.start for token in tokens), max(ends), reason)


def rows_of(tokens: Sequence[FormulaToken]) -> list[list[FormulaToken]]:
    """Return the rows of an alignment without its begin and end; a row that begins with + joins the one above."""
    rows: list[list[FormulaToken]] = [[]]
    depth = inner = 0
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "command" and token.text in ("begin", "end"):
            name, after = _group_text(tokens, at + 1)
            if re.fullmatch(rf"(?:{ENVIRONMENTS}|gathered|alignedat)\*?", name):
                at = after
                if name.startswith("align") and "at" in name and at < len(tokens) and tokens[at].text == "{":
                    at = _group_text(tokens, at)[1]
                continue
            inner += 1 if token.text == "begin" else -1
        elif token.kind == "sign" and token.text in "([{":
            depth += 1
        elif token.kind == "sign" and token.text in ")]}":
            depth = max(0, depth - 1)
        if token.kind == "command" and token.text in ("\\", "newline", "cr") and inner <= 0 and depth == 0:
            rows.append([])
            at += 1
            if at < len(tokens) and tokens[at].text == "[":
                close = next((n for n in range(at, min(at + 9, len(tokens))) if tokens[n].text == "]"), 0)
                if close and _LENGTH.match("".join(t.text for t in tokens[at + 1 : close])):
                    at = close + 1
            continue
        rows[-1].append(token)
        at += 1
    joined: list[list[FormulaToken]] = []
    for row in rows:
        begin = trimmed(row)[:1]
        continues = begin and (_goes_on(begin) or begin[0].text == "-")
        if (joined and continues and not any(_relation(t) for t in joined[-1][-1:]) and begin[0].text != "-") or (
            joined
            and continues
            and begin[0].text == "-"
            and any(_relation(t) for t in joined[-1])
            and not any(map(_relation, row))
        ):
            joined[-1].extend(row)
        elif row:
            joined.append(row)
    return joined


def _goes_on(tokens: Sequence[FormulaToken]) -> bool:
    """Return whether a row goes on with the formula above it: whether it begins with + or a dot."""
    first = tokens[0]
    return first.text in ("cdot", "times") if first.kind == "command" else first.text == "+"


def _group_text(tokens: Sequence[FormulaToken], at: int) -> tuple[str, int]:
    text = ""
    if at < len(tokens) and tokens[at].text == "{":
        for end in range(at + 1, min(at + 40, len(tokens))):
            if tokens[end].text == "}":
                return text, end + 1
            text += tokens[end].text
    return text, at


def _relation(token: FormulaToken) -> str:
    if token.kind == "sign" and token.text == "=":
        return EQUAL
    return _RELATIONS.get(token.text, "") if token.kind == "command" else ""


def split(tokens: Sequence[FormulaToken]) -> list[tuple[list[tuple[str, list[FormulaToken]]], str]]:
    """Return the chains of a row: for each its pieces with the relation before them, and a doubt about it."""
    found: list[tuple[list[tuple[str, list[FormulaToken]]], str]] = []
    pieces: list[tuple[str, list[FormulaToken]]] = [("", [])]
    depth = inner = 0
    doubt = ""
    units: set[str] = set()

    def flush() -> None:
        nonlocal pieces, doubt
        units.clear()
        is_listed = (
            bool(found) and len(pieces) == 1 and bool(trimmed(pieces[0][1])) and _is_value(trimmed(pieces[0][1]))
        )
        if is_listed and len(found[-1][0]) > 1 and last_end == ",":
            found[-1] = (found[-1][0], found[-1][1] or "it is a list of values")
        elif len(pieces) > 1 or trimmed(pieces[0][1]):
            found.append((pieces, doubt))
        pieces, doubt = [("", [])], ""

    at, last_end = 0, ""
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.kind == "command" and token.text in ("begin", "end"):
            inner += 1 if token.text == "begin" else -1
        opens = token.kind in ("command", "sign") and token.text in _OPENS
        closes = token.kind in ("command", "sign") and token.text in _CLOSES
        depth = max(0, depth + opens - closes)
        if depth or inner > 0 or closes:
            pieces[-1][1].append(token)
            continue
        relation = _relation(token)
        if relation:
            before = pieces[-1][1]
            if before and before[-1].text == ":":
                before.pop()
            pieces.append((relation, []))
        elif (token.kind == "sign" and token.text in ",;<>") or (token.kind == "command" and token.text in _ENDS):
            flush()
            last_end = token.text
        elif token.kind == "command" and token.text in TEXTS and at < len(tokens) and tokens[at].text == "{":
            words, after = _words(tokens, at)
            if _CONDITIONS.match(words) and trimmed(pieces[-1][1]):
                doubt = "it holds under a condition"
                flush()
                pieces = [("", [])]
                at = len(tokens)  # what follows is the condition
            elif re.fullmatch(
                r"\W*(?:and|or|vs|with|since|so|then|because|thus|hence|therefore|also|but)\W*", words, re.IGNORECASE
            ):
                flush()
                at, last_end = after, words.strip(" ,")
            elif trimmed(pieces[-1][1]) and _is_unit(pieces[-1][1], words):
                at = _raised_end(tokens, after)
                units.add(words.strip(" ."))
                if len(units) > 1:
                    doubt = doubt or "its numbers have different units"
            elif trimmed(pieces[-1][1]) and re.search(r"[ (].*\w", words):
                at = after  # a remark after the formula
            elif not trimmed(pieces[-1][1]) and words.rstrip().endswith(":"):
                at = after
            else:
                pieces[-1][1].append(token)
        else:
            pieces[-1][1].append(token)
    flush()
    return found


def _words(tokens: Sequence[FormulaToken], at: int) -> tuple[str, int]:
    depth, words, last = 0, "", -1
    for end in range(at, len(tokens)):
        if tokens[end].text == "{":
            depth += 1
        elif tokens[end].text == "}":
            depth -= 1
            if depth == 0:
                return words + " " * (tokens[end].start > last >= 0), end + 1
        else:
            words += (" " if last >= 0 and tokens[end].start > last else "") + tokens[end].text
        last = tokens[end].end
    return words, len(tokens)


def _is_unit(before: Sequence[FormulaToken], words: str) -> bool:
    """Return whether words after a number are its unit: 0.04 hr, 61 mA²."""
    last = next((t for t in reversed(before) if not (t.kind == "command" and t.text in SPACES)), None)
    return last is not None and last.kind == "number" and bool(re.fullmatch(r"\s*[^\W\d]+\.?\s*", words))


def _raised_end(tokens: Sequence[FormulaToken], at: int) -> int:
    """Return where the exponent that begins here ends; here, if there is none."""
    if at + 1 >= len(tokens) or tokens[at].text != "^":
        return at
    return _words(tokens, at + 1)[1] if tokens[at + 1].text == "{" else at + 2


def _is_value(tokens: Sequence[FormulaToken]) -> bool:
    return all(
        t.kind == "number" or t.text in ("-", "dots", "ldots", "cdots", "n", "N", "m", "M", ".", "+") for t in tokens
    )


def trimmed(tokens: Sequence[FormulaToken]) -> list[FormulaToken]:
    """Return tokens without the signs before and after them that say nothing: full stops, spaces, labels."""
    found = list(tokens)
    sides = SPACES - {"left", "right", "big", "Big", "bigg", "Bigg"}
    while found and (
        (found[-1].kind == "sign" and found[-1].text in ".,;&:✓")
        or (
            found[-1].kind == "command"
            and found[-1].text in sides | {"checkmark", "qed", "blacksquare", "square", "hline"}
        )
    ):
        found.pop()
    while found and (
        (found[0].kind == "sign" and found[0].text in "&,.;")
        or (found[0].kind == "command" and found[0].text in sides | {"hline", "therefore"})
    ):
        found.pop(0)
    return found
