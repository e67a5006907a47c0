"""Names written for figures: 3*2 + B after 3*2 + 7, where B is 7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims.tree import NameNode, NumberNode, map_nodes, names_in, walk
from autograd.marking.messages import shorten

if TYPE_CHECKING:
    from autograd.claims.claims import Claim
    from autograd.claims.tree import Node
    from autograd.marking.own_figures import OwnFigures


def named_figures(own: OwnFigures, claim: Claim) -> str:
    """Return which names a formula has in the place of figures, if it is right with the figures; else nothing.

    A name may stand for a figure that an earlier member of its chain writes. It stands nowhere in those members, nor in
    what they are computed from, so that it can be nothing else. In a derivative it may not, because y = w² with w = 3
    has not the derivative x·w, even where x is 2.
    """
    if claim.subject.of:
        return ""
    sheet = own.sheet
    known = sheet.below(name for segment in claim.before for name in names_in(segment.tree))
    figures: dict[float, tuple[NumberNode, str]] = {}
    for segment in claim.before:
        for node in walk(segment.tree):
            if isinstance(node, NumberNode):
                figures[node.value] = node, segment.text
    names = [name for name in names_in(claim.segment.tree) if name not in known and own.figure(name).data in figures]
    found = {name: figures[own.figure(name).data] for name in names}

    def with_figure(node: Node) -> Node:
        return found[node.key][0] if isinstance(node, NameNode) and node.key in found else node

    if not found or not own.samples.holds(claim, map_nodes(claim.segment.tree, with_figure)):
        return ""
    return ", ".join(
        f"{name} stands for the {number.text} in {shorten(text)}" for name, (number, text) in found.items()
    )
