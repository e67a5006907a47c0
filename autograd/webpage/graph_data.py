"""The data of a page: the graph and its marking, for the script to compute with and to show.

Nodes are numbered in the order of the backward pass; the output is 0. The only numbers are those of
the leaves and of plain operands: the script computes the others, as the engine does. Text that
depends on no number (formulas, the local derivative along each edge) is written here.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.versions import written_name
from autograd.derivation.worked.forward_part import likely_parameters
from autograd.drawing.layered import layout_work
from autograd.engine.graph import as_graph, local_formula
from autograd.engine.value import Value
from autograd.errors import ArgumentError, TooLargeError
from autograd.formatting import escapes, palette
from autograd.formatting.terminal import short
from autograd.marking.verdicts import UNREADABLE, VERDICTS
from autograd.stepper import frame
from autograd.symbolic import printer
from autograd.symbolic.notations import TEXT
from autograd.symbolic.simplify import simplified
from autograd.webpage.groups import MAX_ENTRIES, groups_of
from autograd.webpage.javascript import row_name
from autograd.webpage.layout import Card
from autograd.webpage.views import Views, group_card

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from autograd.claims.worksheet import Worksheet
    from autograd.engine.graph import Graph
    from autograd.marking import Marking
    from autograd.marking.verdicts import Verdict
    from autograd.table.ops import Op
    from autograd.webpage.groups import Group

MAX_NODES = 1200  # of a page that answers at once
MAX_LANES = 30_000  # of the lines between its cards: a second's work to lay out
ON_CARD = 26  # columns of the formula on a card
IN_PANEL = 72  # columns of the formula beside it


class PageData(NamedTuple):
    """The data of a page, and the rows of the table that it computes with."""

    data: dict[str, Any]
    rows: list[tuple[Op, int]]
    output_name: str


def require_page_size(graph: Graph) -> None:
    """Raise TooLargeError for a graph that is too large for a page."""
    nodes = len(graph.order)
    lanes = 0 if nodes > MAX_NODES else layout_work(nodes, _lines(graph))[1]
    if nodes > MAX_NODES or lanes > MAX_LANES:
        many = f"{nodes:,} nodes are too many for a page, which takes {MAX_NODES:,}"
        long = f"the lines between {nodes:,} nodes lead across too many others for a page"
        raise TooLargeError(
            f"{many if nodes > MAX_NODES else long}: make one of a smaller part "
            '(any node can be the output of a page), draw(E, fold="layer") folds what nn has made into boxes, '
            "draw(E, at=step) draws one step, paths(E, w) shows what leads from one leaf"
        )


def _lines(graph: Graph) -> list[tuple[int, int]]:
    """Return the edges of a graph by the numbers of their nodes: each from a parent."""
    order = graph.order[::-1]
    number = {node: at for at, node in enumerate(order)}
    return [(number[parent], at) for at, node in enumerate(order) for parent in node.parents]


def page_data(output: Value | Graph, marking: Marking | None = None) -> PageData:
    """Return the data of the page of a graph.

    Raises TooLargeError, StaleGraphError, ArgumentError for a graph that cannot be a page.
    """
    graph = as_graph(output)
    require_page_size(graph)
    graph.require_fresh("page")
    order = graph.order[::-1]
    number = {node: at for at, node in enumerate(order)}
    brief = {node: short(name) for node, name in graph.names.items()}
    isolate = bidi_isolator(brief.values())
    cards = [Card(brief[node], [frame.formula(node, brief, ON_CARD)] if node.op else []) for node in order]
    groups = groups_of(graph, brief)
    views = Views(graph, cards, groups)
    moving = _moving(graph, marking)
    nodes = []
    for node, card in zip(order, cards):
        held: dict[str, Any] = {"name": graph.names[node], "short": brief[node], "labeled": graph.is_named(node)}
        held |= {"size": card.size, "made": [isolate(line) for line in card.made]}
        if node.op is None:
            held |= {"op": None, "value": _json_number(node.data), "moves": node in moving}
        else:
            operands = [number[v] if isinstance(v, Value) else {"number": _json_number(v)} for v in node.operands]
            held |= {"op": node.op.name, "row": row_name(node.op, len(node.operands)), "operands": operands}
            held["formula"] = isolate(frame.formula(node, brief, IN_PANEL))
            held["edges"] = [_derivative(node, index, brief, isolate) for index in range(len(node.parents))]
        nodes.append(held)
    data = {
        "nodes": nodes,
        "groups": [_group(*each, number, isolate) for each in zip(groups, views.insides())],
        "open": views.opened(),
        "folded": views.folded() if groups else None,
        "colors": len(palette.PATH_COLORS),
        "marking": None if marking is None else _marking(marking, {node.label: number[node] for node in order[::-1]}),
    }
    rows = [(node.op, len(node.operands)) for node in order if node.op is not None]
    return PageData(data, rows, graph.names[graph.output])


def _group(
    group: Group, inside: dict[str, Any], number: Mapping[Value, int], isolate: Callable[[str], str]
) -> dict[str, Any]:
    """Return a folded card: what is written on it, what is in it, and where that is when it is open."""
    return {
        "name": escapes.plain(group.name),
        "made": [isolate(line) for line in group.made],
        "size": group_card(group).size,
        "members": [number[node] for node in group.members],
        "head": None if group.head is None else number[group.head],
        "entries": [[number[node], node.label.removeprefix(group.name)] for node in group.entries[:MAX_ENTRIES]],
        "more": max(0, len(group.entries) - MAX_ENTRIES),
        "inside": inside,
    }


def _moving(graph: Graph, marking: Marking | None) -> set[Value]:
    """Return the leaves that a step of gradient descent moves.

    They are those by which a sheet differentiates the output; without a sheet, the weights and biases.
    """
    if marking is not None:
        sheet = marking.sheet
        taken = [(claim.subject.of, claim.subject.by) for claim in sheet.claims]
        taken += [(part.of, part.by) for name in sheet.definitions for part in sheet.derivatives_in(name)]
        learned = {written_name(by) for of, by in taken if written_name(of) == graph.output.label}
        found = {leaf for leaf in graph.leaves if leaf.label in learned}
        if found:
            return found
    return set(likely_parameters(graph))


def _json_number(data: Any) -> float | str:
    """Return a number for JSON: a text if it is not finite, the nearest float if it is exact."""
    try:
        number = float(data)
    except OverflowError:
        message = "a number too large for a float is too large for a page, which computes with them"
        raise ArgumentError(message) from None
    return number if math.isfinite(number) else str(number)


def _derivative(node: Value, index: int, names: Mapping[Value, str], isolate: Callable[[str], str]) -> dict[str, Any]:
    """Return the local derivative along an edge: the formula alone, and as a factor."""
    formula = simplified(local_formula(node, index, names))
    return {"formula": isolate(printer.write(formula)), "factor": isolate(printer.Printer(TEXT).factor(formula))}


def bidi_isolator(names: Iterable[str]) -> Callable[[str], str]:
    """Return a function that encloses names written from right to left in Unicode's marks for isolation."""

    def is_right_to_left(name: str) -> bool:
        return any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in name)

    isolated = sorted(set(filter(is_right_to_left, names)), key=len, reverse=True)

    def isolate(formula: str) -> str:
        for name in isolated:
            formula = formula.replace(name, f"\u2068{name}\u2069")
        return formula

    return isolate


def _marking(marking: Marking, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return each verdict with its text and the nodes that it is about, the one that it points at first."""
    verdicts: list[dict[str, Any]] = []
    for verdict in marking.verdicts:
        claim, word = verdict.claim, verdict.word
        held = {"line": claim.line, "claim": escapes.plain(claim.text)}
        held |= {"index": claim.index, "word": word, "sign": VERDICTS[word].sign, "color": VERDICTS[word].color}
        held |= {"mistake": verdict.is_first_mistake or word == UNREADABLE}
        held |= {"notes": [] if word == "right" else [verdict.reason, *map(str, verdict.diagnosis)]}
        verdicts.append(held | {"nodes": _about(verdict, marking.sheet, numbers)})
    return {"summary": marking.summary(), "verdicts": verdicts}


def _about(verdict: Verdict, sheet: Worksheet, numbers: Mapping[str, int]) -> list[int]:
    """Return the nodes that a verdict is about, the one that it points at first."""
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
        found = [part.key for tree in trees for part in syntax.walk(tree) if isinstance(part, syntax.NameNode)]
    return [numbers[name] for name in dict.fromkeys(found) if name in numbers]
