"""What a page holds: the graph and its marking as data, for the script to compute and to show.

Nodes are numbered in the order of the backward pass; the output is 0. Numbers are those of the
leaves and of plain operands alone: everything else the script computes, as the engine does. Words
that depend on no number (formulas, the local derivative along each edge) are written here.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.claims import tree as syntax
from autograd.engine.graph import local_formula, names, topological_order
from autograd.engine.value import Value, describe
from autograd.errors import ArgumentError, StaleGraphError, TooLargeError
from autograd.formatting import escapes, palette
from autograd.formatting.terminal import short
from autograd.marking.report import COLOURS, SIGNS
from autograd.stepper import frame
from autograd.symbolic import printer
from autograd.symbolic.expr import Apply, Symbol, simplified
from autograd.table.ops import mul
from autograd.webpage.javascript import row_name
from autograd.webpage.layout import Card, layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from autograd.marking import Marking
    from autograd.marking.marker import Verdict
    from autograd.sheet import Sheet
    from autograd.table.ops import Op

MOST_NODES = 400  # of a page that answers at once, and whose cards can still be told apart
ON_CARD = 26  # columns of the formula on a card
IN_PANEL = 72  # columns of the formula beside it


class Contents(NamedTuple):
    """The data of a page, and the rows of the table that it computes with."""

    data: dict[str, Any]
    rows: list[tuple[Op, int]]
    name: str  # of the output


def contents(root: Value, marking: Marking | None = None) -> Contents:
    """What the page of this graph holds.

    Raises TooLargeError, StaleGraphError, ArgumentError for a graph that cannot be a page.
    """
    order = topological_order(root)[::-1]
    if len(order) > MOST_NODES:
        raise TooLargeError(
            f"{len(order):,} nodes are too many for a page, which takes {MOST_NODES}: make one of a smaller part "
            '(any node can be the output of a page), draw(E, fold="layer") folds what nn has made into boxes, '
            "draw(E, at=step) draws one step, paths(E, w) shows what leads from one leaf"
        )
    _check_fresh(order)
    number = {node: at for at, node in enumerate(order)}
    called = names(root)
    brief = {node: short(name) for node, name in called.items()}
    isolate = _Isolation(brief.values())
    cards = [Card(brief[node], frame.formula(node, brief, ON_CARD) if node.op else "") for node in order]
    edges = [(number[parent], at) for at, node in enumerate(order) for parent in node.parents]
    laid = layout(cards, edges, {at: node.scope for at, node in enumerate(order) if node.scope is not None})
    lines = iter(laid.lines)
    nodes = []
    for node, card, box in zip(order, cards, laid.cards):
        held: dict[str, Any] = {"name": called[node], "short": brief[node], "labelled": bool(node.label)}
        held["place"] = list(box[:4])
        if node.op is None:
            held |= {"op": None, "value": _encoded(node.data)}
        else:
            held |= {"op": node.op.name, "row": row_name(node.op, len(node.operands))}
            held["operands"] = [number[v] if isinstance(v, Value) else {"number": _encoded(v)} for v in node.operands]
            held["made"] = isolate(card.made)
            held["formula"] = isolate(frame.formula(node, brief, IN_PANEL))
            held["edges"] = [
                {**_derivative(node, index, brief, isolate), "line": next(lines)} for index in range(len(node.parents))
            ]
        nodes.append(held)
    data = {
        "width": laid.width,
        "height": laid.height,
        "boxes": [[*box[:4], escapes.plain(box.name)] for box in laid.boxes],
        "nodes": nodes,
        "colours": len(palette.PATH_COLOURS),
        "marking": None if marking is None else _marking(marking, {node.label: number[node] for node in order[::-1]}),
    }
    rows = [(node.op, len(node.operands)) for node in order if node.op is not None]
    return Contents(data, rows, called[root])


def _check_fresh(order: Iterable[Value]) -> None:
    """Refuse a graph whose numbers no longer belong together."""
    for node in order:
        if node.op is None:
            continue
        try:
            now = node.op.forward(*(v.data if isinstance(v, Value) else v for v in node.operands))
        except (ArithmeticError, ValueError, TypeError):
            now = None
        if now is None or (now != node.data and (now == now or node.data == node.data)):
            raise StaleGraphError(
                f"{describe(node)} was computed before a number that it depends on was changed: compute the graph again"
            )


def _encoded(data: Any) -> float | str:
    """A number for JSON, which has none that is not finite; an exact one as the nearest float."""
    try:
        number = float(data)
    except OverflowError:
        raise ArgumentError(
            "a number too large for a float is too large for a page, which computes with them"
        ) from None
    return number if math.isfinite(number) else str(number)


def _derivative(node: Value, index: int, called: Mapping[Value, str], isolate: _Isolation) -> dict[str, Any]:
    """The local derivative along an edge: the formula alone, and as a factor."""
    formula = simplified(local_formula(node, index, called))
    factor = printer.TEXT.write(Apply(mul, (Symbol("u"), formula))).removeprefix("u·")
    return {"formula": isolate(printer.TEXT.write(formula)), "factor": isolate(factor)}


class _Isolation:
    """Names that are written from right to left, kept to their place among others."""

    def __init__(self, called: Iterable[str]) -> None:
        self.names = sorted({name for name in called if any(map(_leftwards, name))}, key=len, reverse=True)

    def __call__(self, formula: str) -> str:
        for name in self.names:
            formula = formula.replace(name, f"\u2068{name}\u2069")
        return formula


def _leftwards(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "AN")


# -- The marking --------------------------------------------------------------------------------


def _marking(marking: Marking, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Each verdict with its words, and the nodes that it is about, the first the one it points at."""
    verdicts = []
    for verdict in marking.verdicts:
        claim = verdict.claim
        verdicts.append(
            {
                "line": claim.line,
                "claim": escapes.plain(f"{claim.about} = {claim.segment.text}"),
                "index": claim.index,
                "word": verdict.word,
                "sign": SIGNS[verdict.word],
                "colour": COLOURS[verdict.word],
                "mistake": verdict.is_root,
                "notes": [] if verdict.word == "right" else [verdict.reason, *map(str, verdict.diagnosis)],
                "nodes": _about(verdict, marking.sheet, numbers),
            }
        )
    return {"summary": marking.summary(), "verdicts": verdicts}


def _about(verdict: Verdict, sheet: Sheet, numbers: Mapping[str, int]) -> list[int]:
    """The nodes that a verdict is about, the one that it points at first."""
    claim = verdict.claim
    subject = claim.subject
    if subject.by:
        found = [subject.by, subject.of]
    elif subject.name in numbers:
        found = [subject.name]
    elif subject.name:  # a name beside the graph, such as an updated weight: what it is computed from
        found = [*sheet.mentioned_by(subject.name)]
    else:
        trees = [segment.tree for segment in (*claim.before[::-1], claim.segment)]
        found = [part.key for tree in trees for part in syntax.walk(tree) if isinstance(part, syntax.Name)]
    return [numbers[name] for name in dict.fromkeys(found) if name in numbers]
