"""The slopes that a ∂Y/∂X may stand for: that of Y's own line, or the derivative with one other name held fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from autograd.claims.tree import NOWHERE, BinaryNode, DerivativeNode, NumberNode
from autograd.marking.expected_formula import slope_formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.claims.claims import Claim
    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node
    from autograd.claims.worksheet import Worksheet

MAX_LISTED = 3  # names held fixed that a sentence lists
MAX_HELD = 40  # names that are held fixed one at a time

ZERO = NumberNode("0", 0.0, 1.0)


class Slope(NamedTuple):
    """A slope of the line of Y (`of`), its formula, and the names that are held fixed in it."""

    of: str
    formula: Node
    held: tuple[str, ...]
    is_own_line: bool = True

    def __str__(self) -> str:
        if not self.is_own_line:
            return f"the derivative of {self.of} with {self.held[0]} held fixed"
        fixed = f", {' and '.join(self.held)} held fixed" if 0 < len(self.held) <= MAX_LISTED else ""
        return f"the slope of {self.of}'s own line{fixed}"


def may_be_slope(sheet: Worksheet, of: str, by: str) -> bool:
    """Return whether ∂Y/∂X can be something else than the total derivative."""
    if of == by or of not in sheet.definitions or sheet.derivatives_in(of) or not sheet.between(by, of):
        return False
    names = _own_line(sheet, of, by)
    return not names or not sheet.is_direct(names[-1], by) or (len(names) > 1 and _is_said_to_be_0(sheet, of, by))


def find_slope(samples: SamplePoints, of: str, by: str) -> Slope | None:
    """Return the slope that the sheet claims for ∂Y/∂X, or else that of Y's own line; None if that is the total one.

    >>> from autograd.claims.sampling import SamplePoints
    >>> from autograd.sheet.sheet import Sheet
    >>> samples = SamplePoints(Sheet.parse("x = 3; y = x^2; z = x*y; ∂z/∂x = y"))
    >>> str(find_slope(samples, "z", "x"))
    "the slope of z's own line, y held fixed"
    """
    wrong = [claim for claim in _claims(samples.worksheet, of, by) if not samples.is_truth(claim)]
    likeliest = None
    for slope in _slopes(samples, of, by):
        if not wrong and (likeliest or slope.formula is ZERO or not slope.is_own_line):
            break  # no other slope is claimed
        if samples.same(slope.formula, DerivativeNode(of, by, NOWHERE)):
            continue
        if any(samples.same(slope.formula, claim.segment.tree) for claim in wrong):
            return slope
        if likeliest is None and slope.is_own_line and slope.formula is not ZERO:
            likeliest = slope
    return likeliest


def _claims(sheet: Worksheet, of: str, by: str) -> list[Claim]:
    return [claim for claim in sheet.claims if (claim.subject.of, claim.subject.by) == (of, by)]


def _is_said_to_be_0(sheet: Worksheet, of: str, by: str) -> bool:
    return any(claim.number is not None and claim.number.value == 0 for claim in _claims(sheet, of, by))


def _slopes(samples: SamplePoints, of: str, by: str) -> Iterator[Slope]:
    """Yield what ∂Y/∂X can be beside the total derivative, the likeliest first."""
    sheet = samples.worksheet
    names = _own_line(sheet, of, by)
    formula = slope_formula(samples, [*names, by]) if names else None
    if formula is not None:
        inside = sheet.mentioned_by(names[-1])
        yield Slope(of, formula, tuple(name for name in inside if name != by and sheet.between(by, name)))
    if len(names) != 1:  # X is not in the line of Y
        yield Slope(of, ZERO, sheet.mentioned_by(of))
    for name in sheet.between(by, of)[-2 : -2 - MAX_HELD : -1]:
        through = BinaryNode("*", DerivativeNode(of, name, NOWHERE), DerivativeNode(name, by, NOWHERE), NOWHERE)
        difference = BinaryNode("-", DerivativeNode(of, by, NOWHERE), through, NOWHERE)
        yield Slope(of, difference, (name,), is_own_line=False)


def _own_line(sheet: Worksheet, of: str, by: str) -> list[str]:
    """Return Y and, where X is in the line of its net input only, that too; nothing where X is in neither."""
    names = [of]
    while by not in sheet.mentioned_by(names[-1]):
        below = sheet.mentioned_by(names[-1])
        if len(below) != 1 or below[0] not in sheet.definitions or not sheet.is_activation(names[-1], below[0]):
            return []
        names.append(below[0])
    return names
