"""What a helper was meant to be: a δ that is defined wrongly, told by how it is used.

A *helper* is a name that the loss does not depend on, defined on the way to a derivative: δ, an error
term, a product that is used twice. A definition cannot be wrong by itself; but where no line that
uses a helper is right, and every one would be if it were some derivative, then it was meant to be
that derivative, and the mistake is where it is defined, once, and not in the lines that use it. Where
an activation has its net input on its own line, h = σ(w·x), a helper may be the derivative by that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims.interpreter import evaluate
from autograd.claims.sampling import SamplePoints, agree
from autograd.claims.tree import BinaryNode, CallNode, NameNode, walk
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.interpreter import Evaluation
    from autograd.sheet.sheet import Sheet

NETS = ("sigmoid", "σ", "tanh", "relu", "leaky_relu", "elu", "softplus")  # what a net input goes into
MAX_MEANINGS = 600  # derivatives that a helper is compared with


def interpret_helpers(sheet: Sheet) -> SamplePoints:
    """The samples of the sheet, each helper whose uses say so taken as the derivative it was meant to be."""
    samples = SamplePoints(sheet)
    formulas = [claim for claim in sheet.claims if claim.kind == "formula" and claim.subject.of]
    wrong = [claim for claim in formulas if not samples.is_truth(claim)]
    if not wrong or not samples.points:
        return samples
    graph = sheet.below({claim.subject.of for claim in formulas})
    helpers = [name for name in sheet.definitions if name not in graph and not _is_update(sheet, name)]
    suspects = {name for claim in wrong for name in _used(sheet, claim, helpers)}
    found = [name for name in helpers if name in suspects]
    samples, left = _taken(samples, graph, found, formulas, helpers)
    lines = [name for name in sheet.events if isinstance(name, str) and _is_line(sheet, graph, name)] if left else []
    if not lines:
        return samples
    inside = [sheet.open_up(name) for name in lines]
    samples, still = _taken(SamplePoints(sheet), graph | set(inside), left, formulas, helpers)
    used = {part.by for name in left if name not in still for part in sheet.slopes_in(name)}
    for name in inside:
        if name not in used:
            sheet.close(name)
    return SamplePoints(sheet)


def _taken(
    samples: SamplePoints, graph: set[str], names: Sequence[str], formulas: Sequence[Claim], helpers: Sequence[str]
) -> tuple[SamplePoints, list[str]]:
    """The samples with each of the helpers that has a meaning taken as that; those that have none."""
    left = []
    for name in names:
        meaning = _meaning(samples, graph, name, formulas, helpers)
        if meaning:
            samples.sheet.take_as(name, *meaning)
            samples = SamplePoints(samples.sheet)
        else:
            left.append(name)
    return samples, left


def _is_line(sheet: Sheet, graph: set[str], name: str) -> bool:
    """Whether it is an activation with its net input on the same line, h = σ(w·x), which has no name then."""
    segment = sheet.definitions.get(name)
    if segment is None or name not in graph or not isinstance(segment.tree, CallNode) or segment.tree.primes:
        return False
    return segment.tree.function in NETS and isinstance(segment.tree.args[0], (BinaryNode, CallNode))


def _is_update(sheet: Sheet, name: str) -> bool:
    return any(sheet.updates(name, other) for other in sheet.mentioned_by(name))


def _used(sheet: Sheet, claim: Claim, helpers: Sequence[str]) -> set[str]:
    """The helpers that a claim uses, directly or by way of others."""
    known = set(helpers)
    found: set[str] = set()
    waiting = [part.key for part in walk(claim.segment.tree) if isinstance(part, NameNode)]
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting.extend(sheet.mentioned_by(name))
    return found


def _meaning(
    samples: SamplePoints, graph: set[str], name: str, formulas: Sequence[Claim], helpers: Sequence[str]
) -> tuple[str, str, Claim] | None:
    """The derivative that would make every use of the helper right, and the first such use."""
    sheet = samples.sheet
    uses = [claim for claim in formulas if name in {p.key for p in walk(claim.segment.tree) if isinstance(p, NameNode)}]
    uses = uses or [claim for claim in formulas if name in _used(sheet, claim, helpers)]
    if any(samples.is_truth(claim) for claim in uses):
        return None
    best: tuple[int, str, str, Claim] | None = None
    itself = False  # it is a derivative as it stands
    for of, by in _derivatives(sheet, graph, name, {claim.subject.of for claim in uses}):
        if _agrees(samples, name, of, by):
            itself = True
            continue
        righted = [claim for claim in uses if _rights(samples, name, of, by, claim, helpers)]
        if righted and 2 * len(righted) >= len(uses) and (best is None or len(righted) > best[0]):
            best = (len(righted), of, by, righted[0])
        if best and best[0] == len(uses):
            break
    if best is None or (itself and best[0] < 2):
        return None
    return best[1:]


def _derivatives(sheet: Sheet, graph: set[str], name: str, tops: set[str]) -> Iterator[tuple[str, str]]:
    """What a helper could be: a derivative of what the lines are about, then of one name by the next."""
    position = sheet.position()
    inside = [other for other in reversed(sheet.order) if other in graph and position[other] < position[name]]
    pairs = [(of, by) for of in sorted(tops) for by in inside if position[by] < position[of] < position[name]]
    pairs += [(of, by) for of in inside for by in sheet.mentioned_by(of)]
    yield from list(dict.fromkeys(pairs))[:MAX_MEANINGS]


def _agrees(samples: SamplePoints, name: str, of: str, by: str) -> bool:
    return all(agree(float(point.values[name].data), point.try_derivative(of, by)) for point in samples.points)


def _rights(samples: SamplePoints, name: str, of: str, by: str, claim: Claim, helpers: Sequence[str]) -> bool:
    """Whether the claim would be right if the helper were that derivative."""
    return all(
        agree(_with(point, samples.sheet, name, point.try_derivative(of, by), claim, helpers), truth)
        for point, truth in zip(samples.points, samples.truths(claim))
    )


def _with(
    point: Evaluation, sheet: Sheet, name: str, number: float | None, claim: Claim, helpers: Sequence[str]
) -> float | None:
    """What a claim's formula gives in a point where the helper, and what is made of it, is another number."""
    if number is None:
        return None
    numbers = {name: number}

    def figure(key: str) -> float:
        return numbers[key] if key in numbers else float(point.values[key].data)

    try:
        for helper in helpers:
            if helper not in numbers and not numbers.keys().isdisjoint(sheet.mentioned_by(helper)):
                tree = sheet.definitions[helper].tree
                numbers[helper] = float(evaluate(tree, sheet.functions, figure, point.derivative))
        return float(evaluate(claim.segment.tree, sheet.functions, figure, point.derivative))
    except ChalkgradError:
        return None
