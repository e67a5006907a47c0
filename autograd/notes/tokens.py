"""Tokens of a formula in LaTeX or Unicode, each with its place in the note; the note's own macros are written out."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.notes.parts import Macro

MAX_TOKENS = 6_000  # of one formula, its macros written out
MAX_NESTED = 12  # macros in macros


class FormulaToken(NamedTuple):
    """A token: "command" (its name without the backslash), "number", "letter", "sign", "end"; and where it stands."""

    kind: str
    text: str
    start: int
    end: int


class TooLongError(ValueError):
    """A formula whose macros grow beyond all bounds."""


_TOKEN = re.compile(
    r"\\(?P<command>[A-Za-z]+|.)|(?P<entity>&(?:amp|lt|gt|nbsp|minus|middot|times);)"
    r"|(?P<number>(?:\d+,\d+(?![\d.])|\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<dots>\.{3})|(?P<space>\s+|~)|(?P<other>.)",
    re.DOTALL,
)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&minus;": "-", "&middot;": "cdot", "&times;": "cdot"}
_COMMANDS = {
    "×": "cdot", "·": "cdot", "⋅": "cdot", "∗": "cdot", "⊙": "odot", "∘": "odot", "∂": "partial", "𝜕": "partial",
    "Σ": "sum", "∑": "sum", "∇": "nabla", "≈": "approx", "≃": "approx", "→": "to", "⇒": "Rightarrow", "←": "gets",
    "≤": "le", "≥": "ge", "≠": "ne", "√": "sqrt", "½": "half", "ᵀ": "transposed", "≪": "ll", "≫": "gg",
    "′": "prime", "∈": "in", "…": "dots", "ℓ": "ell", "∞": "infty",
}  # fmt: skip
_SIGNS = {"−": "-", "–": "-"}
_GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "varsigma",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
GREEK: dict[str, str] = {name: chr(945 + at) for at, name in enumerate(_GREEK)}
GREEK.update({name.capitalize(): chr(913 + at) for at, name in enumerate(_GREEK)})
GREEK.update({"varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ", "varpi": "π", "ell": "l"})


def tokens_of(text: str, start: int, end: int, macros: Mapping[str, Macro]) -> list[FormulaToken]:
    """Return the tokens of a part of a text.

    >>> [token.text for token in tokens_of("w₁ · 0.40", 0, 9, {})]
    ['w', '_', '1', 'cdot', '0.40']

    Raises TooLongError for a formula that is too long when its macros are written out.
    """
    tokens = _plain(text, start, end)
    if macros and any(token.kind == "command" and token.text in macros for token in tokens):
        tokens = _Expansion(macros).of(tokens, 0)
    if len(tokens) > MAX_TOKENS:
        raise TooLongError(f"more than {MAX_TOKENS:,} signs in one formula")
    return tokens


def split_number(number: FormulaToken) -> list[FormulaToken]:
    r"""Return the tokens of a number of which only the first digit is an argument, as TeX reads `\frac12`.

    >>> [token.text for token in split_number(FormulaToken("number", "1e-09", 5, 10))]
    ['1', 'e', '-', '09']
    """
    text, start, end = number.text, number.start, number.end
    parts = [*_plain(text, 0, 1), *_plain(text, 1, len(text))]
    if end - start != len(text):  # out of a macro
        return [part._replace(start=start, end=end) for part in parts]
    return [part._replace(start=start + part.start, end=start + part.end) for part in parts]


def _plain(text: str, start: int, end: int) -> list[FormulaToken]:
    found: list[FormulaToken] = []
    skip_to = start
    for match in _TOKEN.finditer(text, start, end):
        if match.start() < skip_to or match.lastgroup == "space":
            continue
        at, to, value = match.start(), match.end(), match[0]
        if match.lastgroup == "command":
            found.append(FormulaToken("command", match["command"], at, to))
        elif match.lastgroup == "number":
            found.append(FormulaToken("number", value, at, to))
        elif match.lastgroup == "dots":
            found.append(FormulaToken("command", "dots", at, to))
        elif match.lastgroup == "entity":
            kind = "command" if value in ("&middot;", "&times;") else "sign"
            if value != "&nbsp;":
                found.append(FormulaToken(kind, _ENTITIES[value], at, to))
        elif value == "%":
            skip_to = text.find("\n", at, end)
            skip_to = end if skip_to < 0 else skip_to
        elif value == ">" and not text[text.rfind("\n", 0, at) + 1 : at].strip(" >\t"):
            continue  # the margin of a quotation
        else:
            found.extend(_other(value, at, to, found))
    return found


def _other(value: str, at: int, to: int, found: list[FormulaToken]) -> list[FormulaToken]:
    """Return the tokens of a sign: its command, the digits of a raised or lowered one, or itself."""
    if value in _COMMANDS:
        return [FormulaToken("command", _COMMANDS[value], at, to)]
    if value in _SIGNS:
        return [FormulaToken("sign", _SIGNS[value], at, to)]
    plain = unicodedata.normalize("NFKC", value)
    form = unicodedata.decomposition(value).partition(" ")[0]
    if form in ("<sub>", "<super>") and (plain.isalnum() or plain in "+-−"):
        mark = "_" if form == "<sub>" else "^"
        if found and found[-1].kind == "lowered" + mark and found[-1].end == at:
            last = found.pop()
            return [FormulaToken("lowered" + mark, last.text + plain, last.start, to)]
        return [FormulaToken("sign", mark, at, at), FormulaToken("lowered" + mark, plain.replace("−", "-"), at, to)]
    if len(plain) == 1 and plain.isalpha():
        return [_letter(plain, at, to)]
    parts = unicodedata.normalize("NFD", value)
    if len(parts) == 2 and parts[1] in "\u0302\u0303\u0304":  # ŷ, ỹ, ȳ
        accent = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}[parts[1]]
        return [FormulaToken("command", accent, at, at), _letter(parts[0], at, to)]
    return [FormulaToken("sign", plain if len(plain) == 1 else value, at, to)]


def _letter(letter: str, at: int, to: int) -> FormulaToken:
    return FormulaToken("letter", letter, at, to)


class _Expansion:
    """Macros written out, each token at the place of the macro's name; the number of tokens is bounded."""

    def __init__(self, macros: Mapping[str, Macro]) -> None:
        self.macros = macros
        self.count = 0

    def of(self, tokens: list[FormulaToken], depth: int) -> list[FormulaToken]:
        done: list[FormulaToken] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            at += 1
            macro = self.macros.get(token.text) if token.kind == "command" else None
            if macro is None:
                done.append(token)
                continue
            given: list[list[FormulaToken]] = []
            for _ in range(macro.arguments):
                argument, at = _argument(tokens, at)
                given.append(argument)
            body = self._body(macro, given, token)
            self.count += len(body) + 1
            if depth >= MAX_NESTED or self.count > MAX_TOKENS:
                raise TooLongError("its macros grow too long when they are written out")
            done.extend(self.of(body, depth + 1))
        return done

    def _body(self, macro: Macro, given: list[list[FormulaToken]], at: FormulaToken) -> list[FormulaToken]:
        found: list[FormulaToken] = []
        tokens = _plain(macro.body, 0, len(macro.body))
        skip = False
        for token, after in zip(tokens, [*tokens[1:], None], strict=True):
            if skip:
                skip = False
            elif token.text == "#" and after is not None and after.kind == "number":
                digit, *rest = split_number(after)
                which = int(digit.text) - 1 if digit.kind == "number" else -1
                found.extend(given[which] if 0 <= which < len(given) else [])
                found.extend(token._replace(start=at.start, end=at.end) for token in rest)
                skip = True
            else:
                found.append(token._replace(start=at.start, end=at.end))
            if len(found) > MAX_TOKENS:
                raise TooLongError("its macros grow too long when they are written out")
        return found


def _argument(tokens: list[FormulaToken], at: int) -> tuple[list[FormulaToken], int]:
    """Return the tokens of `{…}` or one token, and where the next one stands."""
    if at >= len(tokens) or tokens[at].text != "{":
        return tokens[at : at + 1], at + 1
    depth = 0
    for end in range(at, len(tokens)):
        if tokens[end].kind == "sign":
            depth += {"{": 1, "}": -1}.get(tokens[end].text, 0)
        if depth == 0:
            return tokens[at + 1 : end], end + 1
    return tokens[at + 1 :], len(tokens)
