"""The derivative that a helper name was meant to be, found from the lines that use it.

A *helper* is a name that the loss does not depend on, defined on the way to a derivative: δ, an error term, a product
that is used twice. A definition alone cannot be wrong. But where no line that uses a helper is right, and every one
would be right if the helper were some derivative, it was meant to be that derivative. The mistake is then in its
definition, once, and not in the lines that use it. Where a function has its argument on its own line, h = σ(w·x), a
helper may be the derivative by that argument. A helper whose own line says which derivative it is, δ1 = ∂L/∂p, is that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd.claims.array_trees import entry_names
from autograd.claims.interpreter import evaluate
from autograd.claims.sampling import SamplePoints, agree
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, names_in, walk
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from autograd.claims.claims import Claim
    from autograd.claims.interpreter import Evaluation
    from autograd.claims.worksheet import Worksheet

MAX_ALONE = 16  # entries of an array that are looked at one by one
MAX_USES = 60  # of an array
MAX_MEANINGS = 600  # derivatives that a helper is compared with

_OF_DERIVATIVES = re.compile(r"[dδ∂Δ]|delta|grad|g(?![^\W\d_])")  # how names of derivatives begin: d_h, δ1, g2


def interpret_helpers(sheet: Worksheet, samples: SamplePoints | None = None) -> SamplePoints:
    """Return sample points of the sheet with each helper read as the derivative that its uses show it is.

    The sheet itself is not changed; `SamplePoints.worksheet` is the one that was read in this way. `samples` are those
    of the sheet as it is, where they were made already.
    """
    samples = samples or SamplePoints(sheet)
    formulas = [claim for claim in sheet.claims if claim.kind == "formula" and sheet.is_computed(claim.subject.of)]
    wrong = [claim for claim in formulas if not samples.is_truth(claim)]
    if not wrong or not samples.points:
        return samples
    graph = sheet.below({claim.subject.of for claim in formulas})
    known = {*graph, *sheet.slopes.values()}
    helpers = [name for name in sheet.definitions if name not in known and not _is_update(sheet, name)]
    suspects = {name for claim in wrong for name in _helpers_in(sheet, claim, helpers)}
    names = [name for name in helpers if name in suspects]
    lines = [name for name in sheet.events if isinstance(name, str) and _has_net_inside(sheet, graph, name)]
    sound = _by_arguments(samples, lines, names, formulas) if names and lines else set()
    samples, meanings = _interpret(samples, graph, names, formulas, helpers, sound)
    names = [name for name in names if name not in meanings]
    if not (names and lines):
        return samples
    trial = samples.worksheet.copy()
    nets = {trial.name_argument(line): line for line in lines}
    _, meanings = _interpret(SamplePoints(trial), graph | set(nets), names, formulas, helpers)
    used = {name for of, by, _ in meanings.values() for name in (of, by)}
    if not meanings:
        return samples
    final = samples.worksheet.copy()
    for net, line in nets.items():
        if net in used:
            final.name_argument(line)
    for name, meaning in meanings.items():
        final.take_as_derivative(name, *meaning)
    return SamplePoints(final)


def _by_arguments(
    samples: SamplePoints, lines: Sequence[str], names: Sequence[str], formulas: Sequence[Claim]
) -> set[str]:
    """Return the helpers that are, as they are defined, the derivative by the argument of a line: δ = ∂E/∂(w·x)."""
    trial = samples.worksheet.copy()
    nets = [trial.name_argument(line) for line in lines]
    points = SamplePoints(trial).points
    pairs = [(of, net) for of in {claim.subject.of: None for claim in formulas} for net in nets][:MAX_MEANINGS]
    truths = [[point.try_derivative(of, net) for point in points] for of, net in pairs]
    numbers = {name: [float(point.values[name].data) for point in points] for name in names}
    return {name for name in names if any(all(map(agree, numbers[name], truth)) for truth in truths)}


def _interpret(
    samples: SamplePoints,
    graph: set[str],
    names: Sequence[str],
    formulas: Sequence[Claim],
    helpers: Sequence[str],
    sound: Collection[str] = (),
) -> tuple[SamplePoints, dict[str, tuple[str, str, Claim]]]:
    """Return the sample points with each helper that has a meaning taken as that, and the meanings."""
    meanings: dict[str, tuple[str, str, Claim]] = {}
    for group in _groups(samples.worksheet, names):
        found = _array_meaning(samples, graph, group, formulas, helpers) if len(group) > 1 else {}
        if not found and len(group) <= MAX_ALONE:
            for name in group:
                meaning = _meaning(samples, graph, name, formulas, helpers, is_derivative=name in sound)
                if meaning:
                    samples = _taken(samples, {name: meaning})
                    meanings[name] = meaning
        elif found:
            samples = _taken(samples, found)
            meanings.update(found)
    return samples, meanings


def _taken(samples: SamplePoints, meanings: Mapping[str, tuple[str, str, Claim]]) -> SamplePoints:
    """Return the sample points with these helpers read as derivatives."""
    worksheet = samples.worksheet.copy()
    for name, meaning in meanings.items():
        worksheet.take_as_derivative(name, *meaning)
    return SamplePoints(worksheet)


def _groups(sheet: Worksheet, names: Sequence[str]) -> list[list[str]]:
    """Return the names, all entries of an array together, in the order of the first of them."""
    found: dict[str, list[str]] = {}
    for name in names:
        base = name.partition("[")[0]
        found.setdefault(base if base in sheet.arrays else name, []).append(name)
    return list(found.values())


def _array_meaning(
    samples: SamplePoints, graph: set[str], names: Sequence[str], formulas: Sequence[Claim], helpers: Sequence[str]
) -> dict[str, tuple[str, str, Claim]]:
    """Return the derivatives by an array of the same shape that the entries of a helper array were meant to be.

    Its entries are used together, in sums, so that no use shows what one of them was meant to be.
    """
    sheet = samples.worksheet
    shape = sheet.arrays[names[0].partition("[")[0]]
    own = entry_names(names[0].partition("[")[0], shape).entries
    uses = [claim for claim in formulas if not set(own).isdisjoint(names_in(claim.segment.tree))][:MAX_USES]
    if not uses or set(own) != set(names) or any(samples.is_truth(claim) for claim in uses):
        return {}
    used = [_helpers_in(sheet, claim, helpers) for claim in uses]
    between = [[helper for helper in helpers if helper in names_used] for names_used in used]
    position = sheet.position()
    for of in sorted({claim.subject.of for claim in uses}):
        for family in _families(sheet, shape):
            if not graph.issuperset(family) or not all(position[by] < position[own[0]] for by in family):
                continue
            numbers = [{name: p.try_derivative(of, by) for name, by in zip(own, family)} for p in samples.points]
            pairs = [(p, known) for p, known in zip(samples.points, numbers) if None not in known.values()]
            if len(pairs) < len(samples.points) or all(
                agree(p.value(name), known[name]) for p, known in pairs for name in own
            ):
                continue
            righted = [
                claim
                for claim, inside in zip(uses, between)
                if all(
                    agree(_claim_with(p, sheet, known, claim, inside), truth)
                    for (p, known), truth in zip(pairs, samples.truths(claim))
                )
            ]
            if 2 * len(righted) >= len(uses):
                return {name: (of, by, righted[0]) for name, by in zip(own, family)}
    return {}


def _families(sheet: Worksheet, shape: tuple[int, ...]) -> Iterator[list[str]]:
    """Yield the entries of each array of the same shape, the last array first, and the arguments of its functions."""
    plain = [length for length in shape if length != 1]
    for base, other in reversed(sheet.arrays.items()):
        if [length for length in other if length != 1] == plain:
            entries = entry_names(base, other).entries
            nets = [sheet.net_of(name) for name in entries]
            if all(net in sheet.definitions for net in nets):
                yield nets
            if all(name in sheet.definitions for name in entries):
                yield entries


def _has_net_inside(sheet: Worksheet, graph: set[str], name: str) -> bool:
    """Return whether a name is a function of one argument that is worked out on the same line, h = f(w·x)."""
    segment = sheet.definitions.get(name)
    if segment is None or name not in graph or not isinstance(segment.tree, CallNode) or segment.tree.primes:
        return False
    return len(segment.tree.args) == 1 and isinstance(segment.tree.args[0], (BinaryNode, CallNode))


def _is_update(sheet: Worksheet, name: str) -> bool:
    tree = sheet.definitions[name].tree  # dE/dn·(1 − n²) is a product, and no step of n
    is_sum = isinstance(tree, BinaryNode) and tree.operator in "+-"
    return is_sum and any(sheet.is_update(name, other) for other in sheet.mentioned_by(name))


def _helpers_in(sheet: Worksheet, claim: Claim, helpers: Sequence[str]) -> set[str]:
    """Return the helpers that a claim uses, directly or by way of others."""
    known = set(helpers)
    found: set[str] = set()
    waiting = names_in(claim.segment.tree)
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting.extend(sheet.mentioned_by(name))
    return found


def _meaning(
    samples: SamplePoints,
    graph: set[str],
    name: str,
    formulas: Sequence[Claim],
    helpers: Sequence[str],
    *,
    is_derivative: bool,
) -> tuple[str, str, Claim] | None:
    """Return the derivative that would make every use of the helper right, and the first such use.

    One that `is_derivative` as it is defined, needs two uses that show another meaning.
    """
    sheet = samples.worksheet
    uses = [claim for claim in formulas if name in names_in(claim.segment.tree)]
    uses = uses or [claim for claim in formulas if name in _helpers_in(sheet, claim, helpers)]
    if any(samples.is_truth(claim) for claim in uses) or isinstance(sheet.definitions[name].tree, DerivativeNode):
        return None
    statement = _statement(sheet, name)
    if statement is None and len(uses) == 1 and not _OF_DERIVATIVES.match(name) and _is_forward(samples, graph, name):
        return None
    best: tuple[int, str, str, Claim] | None = None
    outputs = {claim.subject.of for claim in uses}
    for of, by in _candidates(sheet, graph, name, outputs) if statement is None else [statement[:2]]:
        if all(agree(float(point.values[name].data), point.try_derivative(of, by)) for point in samples.points):
            is_derivative = True
        elif best is None or best[0] < len(uses):
            righted = [claim for claim in uses if _makes_right(samples, name, of, by, claim, helpers)]
            if righted and 2 * len(righted) >= len(uses) and (best is None or len(righted) > best[0]):
                best = (len(righted), of, by, righted[0])
        if best and best[0] == len(uses) and (is_derivative or best[0] > 1):
            break
    if best is None or (is_derivative and best[0] < 2):
        return None
    return statement or best[1:]


def _is_forward(samples: SamplePoints, graph: set[str], name: str) -> bool:
    """Return whether a helper is a part of the forward pass, √b beside y = √b + 1: its line needs no other meaning."""
    numbers = [float(point.values[name].data) for point in samples.points]
    trees = (samples.worksheet.definitions[other].tree for other in samples.worksheet.definitions if other in graph)
    parts = (part for tree in trees for part in walk(tree) if isinstance(part, (BinaryNode, CallNode)))
    return any(all(map(agree, numbers, samples.numbers(part))) for part in parts)


def _statement(sheet: Worksheet, name: str) -> tuple[str, str, Claim] | None:
    """Return the derivative that a name is said to be on its own line, δ = (o − t)·h = ∂E/∂v, and that claim."""
    for claim in sheet.claims:
        tree = claim.segment.tree
        if claim.subject.name == name and isinstance(tree, DerivativeNode):
            return tree.of, tree.by, claim
    return None


def _candidates(sheet: Worksheet, graph: set[str], name: str, outputs: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the derivatives that a helper could be: of the outputs first, then of one name by the next."""
    position = sheet.position()
    inside = [other for other in reversed(sheet.order) if other in graph and position[other] < position[name]]
    pairs = [(of, by) for of in sorted(outputs) for by in inside if position[by] < position[of] < position[name]]
    pairs += [(of, by) for of in inside for by in sheet.mentioned_by(of)]
    yield from list(dict.fromkeys(pairs))[:MAX_MEANINGS]


def _makes_right(samples: SamplePoints, name: str, of: str, by: str, claim: Claim, helpers: Sequence[str]) -> bool:
    """Return whether the claim would be right if the helper were that derivative."""
    return all(
        agree(_claim_with(point, samples.worksheet, {name: point.try_derivative(of, by)}, claim, helpers), truth)
        for point, truth in zip(samples.points, samples.truths(claim))
    )


def _claim_with(
    point: Evaluation, sheet: Worksheet, given: Mapping[str, float | None], claim: Claim, helpers: Sequence[str]
) -> float | None:
    """Return what a claim gives at a point where helpers are these numbers; other helpers follow from them."""
    if None in given.values():
        return None
    numbers: dict[str, float] = {name: number for name, number in given.items() if number is not None}

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
