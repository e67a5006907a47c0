"""Other forms of a statement, rewritten token by token to the one that the parser reads.

A label before a line (`Step 1:`, `(1)`, `a)`, `- `) is left out. `a = 1, b = 2` and `a, b = 1, 2` are two statements.
`def f(x): return x**2` and `f = lambda x: x**2` are f(x) = x**2. `E(w) = …` is E = … where w is a name of the sheet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from autograd.sheet import library
from autograd.sheet.lexer import Token

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

Tokens = list[Token]

_WORDS = ("step", "line", "part", "eq", "equation", "schritt")
_LETTER = re.compile(r"[a-z]|i{1,3}|iv|vi{0,3}")
MAX_LABEL = 6  # words before a colon
RESERVED = ("loss", "alias", "layout", "for", "def")  # words that a colon belongs to
_REWRITTEN = frozenset((",", "def", "lambda"))  # a statement with none of them has its one form already
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def rewritten(statements: Sequence[Tokens], lines: Sequence[str]) -> list[Tokens]:
    """Return the statements of a sheet in the one form of each."""
    found: list[Tokens] = []
    left = {tokens[0].text for tokens in statements if len(tokens) > 1 and tokens[1].text == "="}
    begun: Tokens | None = None  # a `def` whose return stands on the next line
    for tokens in statements:
        texts = [token.text for token in tokens]
        if _is_only_heading(tokens, texts):
            continue
        whole = without_label(tokens, left, lines) if _may_have_label(tokens, texts) else tokens
        if begun is not None and whole[0].text == "return":
            whole = begun + whole
        elif begun is not None:
            found.append(begun)
        begun = None
        if whole[0].text == "def" and whole[-1].text == ":":
            begun = whole
            continue
        if whole is tokens and not _REWRITTEN.intersection(texts):
            found.append(whole)
            continue
        for part in _apart_at_commas(_as_function(whole)):
            found += _one_by_one(part)
    return found if begun is None else [*found, begun]


def without_label(tokens: Tokens, left: Collection[str], lines: Sequence[str]) -> Tokens:
    """Return a statement without the label before it; `left` are the names that may stand there instead."""
    texts = [*(token.text for token in tokens[:3]), "", "", ""]
    kinds = [*(token.kind for token in tokens[:3]), "", "", ""]
    length = 0
    first = _character(tokens[0], lines)
    if texts[0].lower() in _WORDS and texts[1] == "." and len(tokens) > 2:  # Eq. 3
        return without_label([tokens[0], *tokens[2:]], left, lines)
    if texts[0].lower() in _WORDS and kinds[1] == "number" and texts[2] in (":", ".", ")"):
        length = 3
    elif texts[0].lower() in _WORDS and kinds[1] == "number" and texts[1].endswith("."):
        length = 2
    elif texts[0] == "(" and texts[2] == ")" and (texts[1].isdecimal() or _is_letter(texts[1], left)):
        length = 3
    elif texts[1] == ")" and (texts[0].isdecimal() or _is_letter(texts[0], ())):
        length = 2
    elif (kinds[0] == "number" and re.fullmatch(r"\d+\.", texts[0]) and _is_apart(tokens)) or (
        first in "-*•–·" and _is_apart(tokens)
    ):
        length = 1
    colon = next((at for at, text in enumerate(t.text for t in tokens[: MAX_LABEL + 1]) if text == ":"), 0)
    if not length and colon and _is_heading(tokens[:colon], left):
        length = colon + 1
    rest = tokens[length:]
    begins = len(rest) > 1 and rest[0].kind == "name" and rest[1].text not in (")", ",")
    return rest if length and begins else tokens


def _may_have_label(tokens: Tokens, texts: Sequence[str]) -> bool:
    """Return whether there may be a label before a statement: all but the commonest statements."""
    is_name = tokens[0].kind == "name" and texts[0].lower() not in _WORDS
    return not is_name or ")" in texts[1:2] or ":" in texts[: MAX_LABEL + 1]


def _is_only_heading(tokens: Tokens, texts: Sequence[str]) -> bool:
    """Return whether a line is a heading and says nothing: `Step 2:`, `Backward pass:`, `Step 1: forward`."""
    if texts[0] in RESERVED or len(texts) > 2 * MAX_LABEL:
        return False
    if texts[-1] == ":":
        return len(texts) > 1 and all(token.kind in ("name", "number") for token in tokens[:-1])
    if texts[0].lower() not in _WORDS or len(texts) < 3 or tokens[1].kind != "number":
        return False
    begin = 2 if texts[1].endswith(".") else 3 if texts[2] == ":" else 0
    return begin > 0 and all(token.kind == "name" for token in tokens[begin:])


def _is_heading(words: Tokens, left: Collection[str]) -> bool:
    """Return whether these are words that name a line, as in `Forward pass: h = w*x`, and no names of the sheet."""
    texts = [word.text for word in words]
    if texts[0] in RESERVED or any(text in left or (text[:1] == "d" and text[1:] in left) for text in texts):
        return False
    return all(word.kind == "name" and len(word.text) > 1 for word in words)


def _character(token: Token, lines: Sequence[str]) -> str:
    return lines[token.place.line - 1][token.place.column - 1]


def _is_letter(text: str, left: Collection[str]) -> bool:
    return _LETTER.fullmatch(text) is not None and text not in left


def _is_apart(tokens: Tokens) -> bool:
    """Return whether there is a space between the first token and the next."""
    return len(tokens) > 1 and tokens[1].place.column > tokens[0].end + 1


def _as_function(tokens: Tokens) -> Tokens:
    """Return `def f(x): return …` and `f = lambda x: …` as the definition of a function."""
    texts = [token.text for token in tokens]
    if texts[0] == "def" and "return" in texts and ":" in texts:
        at, colon = texts.index("return"), texts.index(":")
        if colon == at - 1 and texts[colon - 1] == ")":
            return [*tokens[1:colon], _sign("=", tokens[colon]), *tokens[at + 1 :]]
    if texts[1:3] == ["=", "lambda"] and ":" in texts:
        colon = texts.index(":")
        brackets = _sign("(", tokens[1]), _sign(")", tokens[colon])
        return [tokens[0], brackets[0], *tokens[3:colon], brackets[1], tokens[1], *tokens[colon + 1 :]]
    return tokens


def _sign(text: str, at: Token) -> Token:
    return Token("sign", text, at.place, at.end)


def _top_level(tokens: Tokens, sign: str) -> list[int]:
    """Return where a sign stands outside of all brackets."""
    depth, found = 0, []
    for at, token in enumerate(tokens):
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if not depth and token.text == sign:
            found.append(at)
    return found


def _apart_at_commas(tokens: Tokens) -> Iterator[Tokens]:
    """Yield the statements of `a = 1, b = 2`."""
    start = 0
    commas = [] if tokens[0].text == "for" else _top_level(tokens, ",")
    equals = _top_level(tokens, "=") if commas else []
    for at in commas:
        if equals and equals[0] < at and _begins_statement(tokens, at + 1):
            yield tokens[start:at]
            start = at + 1
    yield tokens[start:]


def _begins_statement(tokens: Tokens, at: int) -> bool:
    """Return whether `name =`, `name[1,2] =` or a derivative and `=` stand at a place."""
    end = _after_name(tokens, at)
    if end and end + 1 < len(tokens) and tokens[end].text == "/":
        end = _after_name(tokens, end + 1)
    return 0 < end < len(tokens) and tokens[end].text == "="


def _after_name(tokens: Tokens, at: int) -> int:
    """Return where a name and its index end; 0 where none begins."""
    if at >= len(tokens) or tokens[at].kind != "name":
        return 0
    if at + 1 < len(tokens) and tokens[at + 1].text == "[":
        return next((end + 1 for end in range(at, len(tokens)) if tokens[end].text == "]"), 0)
    return at + 1


def _one_by_one(tokens: Tokens) -> Iterator[Tokens]:
    """Yield the statements of `a, b = 1, 2`."""
    equals = _top_level(tokens, "=")
    names, at = [], 0
    while equals and at < equals[0]:
        end = _after_name(tokens, at)
        if not end or (end < equals[0] and tokens[end].text != ","):
            break
        names.append(tokens[at:end])
        at = end + 1
    right = tokens[equals[0] + 1 :] if equals else []
    ends = [*_top_level(right, ","), len(right)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    is_whole = len(names) > 1 and at > equals[0] and len(equals) == 1 and len(ends) == len(names)
    if not is_whole or any(start == end for start, end in zip(starts, ends)):
        yield tokens
        return
    for name, start, end in zip(names, starts, ends):
        yield [*name, tokens[equals[0]], *right[start:end]]


def arguments_of(tokens: Tokens) -> tuple[list[str], int]:
    """Return the names in brackets of `f(x, y) = …` and where the `=` stands; nothing for another statement."""
    if len(tokens) < 5 or tokens[0].kind != "name" or tokens[1].text != "(":
        return [], 0
    found, at = [], 2
    while at + 1 < len(tokens) and tokens[at].kind == "name" and tokens[at + 1].text in (",", ")"):
        found.append(tokens[at].text)
        at += 2
        if tokens[at - 1].text == ")":
            return (found, at) if at < len(tokens) - 1 and tokens[at].text == "=" else ([], 0)
    return [], 0


class Applied(NamedTuple):
    """A name with its arguments as it is defined, `E(w) = …`; and if it is called with others, too, as in E(w + ε)."""

    arguments: tuple[str, ...]
    is_called: bool


def names_with_arguments(statements: Sequence[Tokens], left: Collection[str]) -> dict[str, Applied]:
    """Return the names E that are defined as `E(w) = …`, where w is a name of the sheet.

    A function that is only called is no name.

    >>> from autograd.sheet.lexer import tokenize
    >>> lines = [tokenize(line, 1) for line in ("w = 2", "E(w) = w^2", "dE/dw = 2*w", "f(w) = w", "y = f(3)")]
    >>> names_with_arguments(lines, {"w", "y"})
    {'E': Applied(arguments=('w',), is_called=False)}
    """
    defined: dict[str, list[str]] = {}
    bare: set[str] = set()  # that are used, or claimed, as a name
    for tokens in statements:
        arguments, _ = arguments_of(tokens)
        if arguments and not library.is_known(tokens[0].text) and all(name in left for name in arguments):
            defined.setdefault(tokens[0].text, arguments)
            if len(_top_level(tokens, "=")) > 1:
                bare.add(tokens[0].text)
    called: set[str] = set()
    for tokens in statements if defined else ():
        texts = [*(token.text for token in tokens), "", ""]
        for at, text in enumerate(texts):
            name = text if text in defined else text[1:] if text[:1] == "d" and text[1:] in defined else ""
            if not name:
                continue
            wanted = ["(", *", ".join(defined[name]).replace(",", " , ").split(), ")"]
            if text != name or texts[at + 1] not in ("(", "'"):
                bare.add(name)
            elif texts[at + 1 : at + 1 + len(wanted)] != wanted:
                called.add(name)
    names = [name for name in defined if name in bare or name not in called]
    return {name: Applied(tuple(defined[name]), name in called) for name in names}


def without_arguments(tokens: Tokens, names: Collection[str]) -> Tokens:
    """Return `E(w) = …` as `E = …` for one of these names."""
    _, at = arguments_of(tokens)
    return [tokens[0], *tokens[at:]] if at and tokens[0].text in names else tokens
