"""Other names for what a sheet, or the key that it is marked against, has a name for.

`alias: a = h` says that a stands for h. Against a key no line is needed where a name is only spelled otherwise, such as
y_hat for ŷ, or where it has the formula of a name of the key at every sample point, and the sheet has no other use for
that name. The tokens get the name that is meant, and keep their places: what is shown is what was written.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from autograd.claims.sampling import SamplePoints, agree, is_ordinary
from autograd.claims.tree import NameNode
from autograd.errors import ChalkgradError, SheetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from autograd.claims.worksheet import Worksheet
    from autograd.sheet.lexer import Token

_SIGNS_ABOVE = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}


def folded(name: str) -> str:
    """Return the one form of a name that is spelled in several ways.

    >>> [folded(name) for name in ("ŷ", "y_hat", "yhat", "w_1")]
    ['yhat', 'yhat', 'yhat', 'w1']
    """
    return "".join(_SIGNS_ABOVE.get(sign, sign) for sign in unicodedata.normalize("NFD", name) if sign != "_")


def take_aliases(
    statements: list[list[Token]], known: Iterable[str], given: Mapping[str, str]
) -> tuple[list[list[Token]], dict[str, str]]:
    """Return the statements without `alias:` lines, their names replaced, and what is an alias of what.

    Raises SheetError for an `alias:` line that is not two names.
    """
    aliases, others = dict(given), []
    bases = {name.partition("[")[0] for name in known}
    for tokens in statements:
        if tokens[0].text != "alias" or len(tokens) < 2 or tokens[1].text != ":":
            others.append(tokens)
            continue
        pair = tokens[2:]
        if [token.kind for token in pair] != ["name", "sign", "name"] or pair[1].text != "=":
            raise SheetError(
                f"{tokens[0].place}: an alias is two names, the written one and the one that is meant, alias: a = h"
            )
        written, meant = pair[0].text, pair[2].text
        if written in bases and meant not in bases:
            written, meant = meant, written
        aliases[written] = meant
    if aliases or bases:
        names = {token.text for tokens in others for token in tokens if token.kind == "name"}
        called = _spelling(names, bases, aliases)
        for tokens in others:
            for token in tokens:
                if token.kind == "name":
                    token.text = called(token.text)
    return others, aliases


def _spelling(names: Iterable[str], bases: set[str], aliases: Mapping[str, str]) -> Callable[[str], str]:
    """Return the function that gives the name that is meant by one that is written."""
    spelled = _one_each(folded, bases)
    written = _one_each(folded, {part for name in names for part in _parts(name)} - bases)

    def meant(name: str) -> str:
        if name in aliases:
            return aliases[name]
        form = folded(name)
        is_alone = name not in bases and written.get(form, name) == name
        return spelled.get(form, name) if is_alone else name

    def called(text: str) -> str:
        if text in bases or meant(text) != text:
            return meant(text)
        if text.startswith("d"):  # of a derivative: dh, dE_dh
            for match in re.finditer("_d", text):
                of, by = text[1 : match.start()], text[match.end() :]
                if {meant(of), meant(by)} <= bases or by in aliases or of in aliases:
                    return f"d{meant(of)}_d{meant(by)}"
            return f"d{meant(text[1:])}"
        return text

    return called


def _parts(name: str) -> list[str]:
    """Return what a token may name: itself, or a name behind the d of a derivative."""
    return [name, *([name[1:]] if name.startswith("d") else [])]


def _one_each(form: Callable[[str], str], names: Iterable[str]) -> dict[str, str]:
    """Return the name of each form; none of a form that two names share."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(form(name), []).append(name)
    return {form: each[0] for form, each in found.items() if len(each) == 1}


def same_formulas(sheet: Worksheet) -> dict[str, str]:
    """Return the names that a sheet defines by the formula of a name of its key which it does not use itself."""
    key = sheet.key
    own = [name for name in sheet.definitions if key is not None and name not in key.definitions]
    if key is None or not own:
        return {}
    used = {claim.subject.name for claim in sheet.claims} | {claim.subject.by for claim in sheet.claims}
    used |= {claim.subject.of for claim in sheet.claims} - {sheet.loss or ""}
    used |= {name for each in own for name in sheet.mentioned_by(each)}
    free = [name for name in key.definitions if name not in used and "[" not in name]
    try:
        samples = SamplePoints(sheet)
        numbers = {name: samples.numbers(NameNode(name, sheet.definitions[name].place)) for name in [*own, *free]}
    except ChalkgradError:  # it is marked, and then says what cannot be computed
        return {}
    found = {}
    for name in own:
        same = [other for other in free if "[" not in name and _agree(numbers[name], numbers[other])]
        if len(same) == 1:
            found[name] = same[0]
    twice = [name for name in found.values() if list(found.values()).count(name) > 1]
    return {name: other for name, other in found.items() if other not in twice}


def _agree(a: Sequence[float | None], b: Sequence[float | None]) -> bool:
    return all(is_ordinary(x) and agree(x, y) for x, y in zip(a, b))
