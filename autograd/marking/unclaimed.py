"""What a sheet defines and does not claim: `grad_w = …` is a name like any other, and `dE/dw = …` is a claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd.marking.messages import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.worksheet import Worksheet

BEFORE = ("gradient_", "grad_", "grad", "nabla_", "d_", "g_")  # words for the derivative by a name
AFTER = ("_gradient", "_grad")
STEPS = ("Δ", "delta_")  # words for it, or for the step along it
MAX_NAMED = 3  # names that a hint lists


def claim_hint(sheet: Worksheet) -> str:
    """Return how to claim the derivatives that a sheet only defines; empty if it claims a derivative.

    >>> from autograd.sheet.sheet import Sheet
    >>> print(claim_hint(Sheet.parse("x = 2; w = 3; L = (w*x)^2; grad_w = 2*w*x^2")))
    grad_w is a name like any other. To claim a derivative, write dL/dw = 2*w*x^2
    """
    if any(claim.subject.of for claim in sheet.claims):
        return ""
    words = BEFORE if sheet.claims else BEFORE + STEPS
    found = {name: pair for name in sheet.definitions for pair in [_derivative_meant(sheet, name, words)] if pair}
    if not found:
        return ""
    first, *others = found
    of, by = found[first]
    of = of or sheet.loss or _last_value(sheet, found) or "L"
    names = f"{', '.join(list(found)[:MAX_NAMED])}, …" if len(found) > MAX_NAMED else " and ".join(found)
    are = "are names" if others else "is a name"
    formula = shorten(sheet.definitions[first].text)
    return f"{names} {are} like any other. To claim a derivative, write d{of}/d{by} = {formula}"


def _derivative_meant(sheet: Worksheet, name: str, words: Sequence[str]) -> tuple[str, str] | None:
    """Return the Y, if it is said, and the X of the derivative dY/dX that a name is probably meant to be."""
    stems = [name.removeprefix(word) for word in words if name.startswith(word)]
    stems += [name.removesuffix(word) for word in AFTER if name.endswith(word)]
    for by in stems:
        if by in sheet.order:
            return "", by
    for by in sheet.order:
        lead = name.removesuffix(by)
        of = lead.removeprefix("d").removesuffix("d").removesuffix("_")
        if lead and lead != name and (of in sheet.definitions or re.fullmatch("d[A-Z]_?d", lead)):
            if of not in sheet.definitions:
                return "", by
            below = sheet.below([of])
            if lead != of and by in below and name not in below:  # E_w, dEdw, dE_w, and not Ew
                return of, by
    return None


def _last_value(sheet: Worksheet, derivatives: Mapping[str, object]) -> str:
    """Return the last name that is defined and no derivative, which is probably the loss."""
    return next((name for name in reversed(sheet.definitions) if name not in derivatives), "")
