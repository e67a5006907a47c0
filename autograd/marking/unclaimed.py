"""What a sheet defines and does not claim: `grad_w = …` is a name like any other, and `dE/dw = …` is a claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd.marking.messages import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from autograd.claims.worksheet import Worksheet

BEFORE = ("gradient_", "grad_", "grad", "nabla_", "d_", "g_")  # words for the derivative by a name
AFTER = ("_gradient", "_grad")
STEPS = ("Δ", "delta_")  # words for it, or for the step along it
LOSSES = ("E", "L", "J", "C", "loss")
MAX_NAMED = 3  # names that a hint lists


def claim_hint(sheet: Worksheet) -> str:
    """Return how to claim the derivatives that a sheet only defines; empty if it claims a derivative.

    >>> from autograd.sheet.sheet import Sheet
    >>> print(claim_hint(Sheet.parse("x = 2; w = 3; L = (w*x)^2; grad_w = 2*w*x^2")))
    grad_w is a name like any other. To claim a derivative, write dL/dw = 2*w*x^2
    """
    found = {} if any(claim.subject.of for claim in sheet.claims) else _derivatives_meant(sheet)
    if not found:
        return ""
    first, *others = found
    of, by = found[first]
    names = f"{', '.join(list(found)[:MAX_NAMED])}, …" if len(found) > MAX_NAMED else " and ".join(found)
    are = "are names" if others else "is a name"
    formula = shorten(sheet.definitions[first].text)
    return f"{names} {are} like any other. To claim a derivative, write d{of}/d{by} = {formula}"


def how_to_claim(sheet: Worksheet) -> str:
    """Return how a claim is written, in the names of the sheet."""
    meant = next(iter(_derivatives_meant(sheet).values()), None)
    of = meant[0] if meant else _probable_loss(sheet, ()) or "y"
    by = meant[1] if meant else next((name for name in sheet.givens if name in sheet.below([of])), "x")
    return f"a derivative is written d{of}/d{by} = …, and a number behind a formula: {of} = … = 0.5"


def _derivatives_meant(sheet: Worksheet) -> dict[str, tuple[str, str]]:
    """Return the names that are probably meant to be derivatives, with the Y and X of dY/dX."""
    words = BEFORE if sheet.claims else BEFORE + STEPS
    names = set(sheet.order)
    meant = {name: _derivative_meant(sheet, name, names, words) for name in sheet.definitions}
    found = {name: pair for name, pair in meant.items() if pair}
    loss = _probable_loss(sheet, found) or "L"
    return {name: (of or loss, by) for name, (of, by) in found.items()}


def _derivative_meant(
    sheet: Worksheet, name: str, names: Collection[str], words: Sequence[str]
) -> tuple[str, str] | None:
    """Return the Y, if it is said, and the X of the derivative dY/dX that a name is probably meant to be."""
    stems = [name.removeprefix(word) for word in words if name.startswith(word)]
    stems += [name.removesuffix(word) for word in AFTER if name.endswith(word)]
    for by in stems:
        if by in names:
            return "", by
    for at in range(1, len(name)):
        lead, by = name[:at], name[at:]
        of = lead.removeprefix("d").removesuffix("d").removesuffix("_")
        if by in names and (of in sheet.definitions or re.fullmatch("d[A-Z]_?d", lead)):
            if of not in sheet.definitions:
                return "", by
            below = sheet.below([of])
            if lead != of and by in below and name not in below:  # E_w, dEdw, dE_w, and not Ew
                return of, by
    return None


def _probable_loss(sheet: Worksheet, derivatives: Collection[str]) -> str:
    """Return the loss that the sheet says, a name that losses usually have, or the last name of a value."""
    values = [name for name in sheet.definitions if name not in derivatives]
    return sheet.loss or next((name for name in LOSSES if name in values), values[-1] if values else "")
