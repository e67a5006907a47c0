r"""Givens that a note says in words: "**Input ($x$):** 2.0", "a learning rate of 0.5", "let x be 2", "with η = 0.5".

They are the weakest of all: the reading takes one only for a name of which nothing else says anything. What the words
say of something else, "the gradient of $w$ is 0.5", or under a condition, "if x = 1", is no given.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class SaidGiven(NamedTuple):
    """A given in words: where it begins and ends, and where its name and its number do."""

    start: int
    end: int
    name: tuple[int, int]
    number: tuple[int, int]


_FORMULA_NAME = r"(?:\$(?P<set>[^$\n]{1,24})\$|\\\((?P<bracketed>[^$\n]{1,24}?)\\\))"
_PLAIN_NAME = r"(?<![\w$\\{/.^])(?P<plain>[^\W\d_](?:_?\d{1,2}|[₀-₉]{1,2}|_[^\W\d_]\d?)?)(?![\w$'′])"
_WORDS = r"(?:[ \t]*\([^\W\d_][^()$\n]{1,30}\))?"  # η (learning rate)
_NUMBER = (
    r"(?P<open>\$|\\\()?[ \t]*(?P<number>[-−]?(?:\d+(?:\.\d+)?|\.\d+))[ \t]*(?(open)(?:\$|\\\)))"
    r"(?!\w|[.,]\d|[ \t]*(?:%|[-+−–×·*/^=<>≤≥≈±]|\\|of\b|to\b|times\b)|,[ \t]*\$?[-−]?\d)"
)
_BOLD = r"[ \t]*(?:\*\*|__)?[ \t]*"
_RATE = r"(?:learning[ -]rate|step[ -]size)"
_GIVENS = [
    re.compile(rf"{_FORMULA_NAME}{_WORDS}[ \t]*\)?{_BOLD}(?:=|:|\bis\b|\bbe\b|\bequals\b|\bset to\b){_BOLD}{_NUMBER}"),
    re.compile(rf"{_PLAIN_NAME}{_WORDS}{_BOLD}(?:=|\bbe\b){_BOLD}{_NUMBER}"),
    re.compile(rf"(?P<rate>\b{_RATE})\b{_BOLD}(?:of|=|:|is|be|to)?{_BOLD}{_NUMBER}", re.IGNORECASE),
]
_OTHER_SUBJECT = re.compile(  # in the clause before a name: the number is of something else, or under a condition
    r"\b(?:if|when|whenever|unless|until|once|for|of|at|to|from|by|over|than|per|w\.?r\.?t|respect|new|updated|after"
    r"|gradient|derivative|slope|delta|change|update|error|loss|sum|mean)\b|∂",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.;:!?|\n]\s|[,(]|\band\b|^")


def givens(text: str, parts: Sequence[tuple[int, int, bool]]) -> Iterator[SaidGiven]:
    """Yield what is given in words, outside of `parts`: code, tables, formulas, each with its begin and end.

    A part that is marked may stand inside a given as a whole: a formula in a sentence.

    >>> text = "Let x be 2, a learning rate of 0.5. The slope at w = 3 is 1."
    >>> [(text[slice(*given.name)], text[slice(*given.number)]) for given in givens(text, [])]
    [('x', '2'), ('learning rate', '0.5')]
    """
    ends = [end for _, end, _ in parts]

    def is_prose(start: int, end: int) -> bool:
        at = bisect_right(ends, start)
        while at < len(parts) and parts[at][0] < end:
            first, last, is_in_sentence = parts[at]
            if not (is_in_sentence and start <= first and last <= end):
                return False
            at += 1
        return True

    for pattern in _GIVENS:
        for match in pattern.finditer(text):
            name = next(span for group in ("set", "bracketed", "plain", "rate") if (span := _span(match, group)))
            is_rate_name = "rate" in pattern.groupindex
            if is_prose(*match.span()) and (is_rate_name or not _is_of_another(text, match.start())):
                yield SaidGiven(match.start(), match.end(), name, match.span("number"))


def _span(match: re.Match[str], group: str) -> tuple[int, int] | None:
    return match.span(group) if group in match.re.groupindex and match[group] is not None else None


def _is_of_another(text: str, start: int) -> bool:
    """Return whether the words before a name, in its clause, say that the number is no given of it."""
    before = text[max(0, start - 80, text.rfind("\n", 0, start)) : start]
    clause = before[max((match.end() for match in _CLAUSE.finditer(before.rstrip(" (*_"))), default=0) :]
    return bool(_OTHER_SUBJECT.search(clause))


def is_rate(name: str) -> bool:
    """Return whether a name is the words for a learning rate."""
    return bool(re.fullmatch(_RATE, name, re.IGNORECASE))


def learning_rate_of(text: str) -> str:
    r"""Return the symbol that a note has for its learning rate, as LaTeX; empty if that is not clear.

    >>> learning_rate_of(r"With the learning rate $\eta$ the step is $w - \eta g$"), learning_rate_of("$x$")
    ('\\eta', '')
    """
    named = re.search(rf"{_RATE}\W{{0,6}}(\\eta|η|\\alpha|α|\\gamma|\\lambda|\\epsilon)(?!\w)", text, re.IGNORECASE)
    if named:
        return named[1]
    found = [symbol for symbol, sign in ((r"\eta", "η"), (r"\alpha", "α")) if symbol in text or sign in text]
    return found[0] if len(found) == 1 else ""
