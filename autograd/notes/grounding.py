"""Chains of a scope made ready for a worksheet: steps of weights, gradients of the loss, arrays, sums, templates.

What comes out has names that a worksheet can hold, and one chain for each scalar statement.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NumberNode, single_number
from autograd.notes.chains import ABOUT, BECOMES, FormulaChain, Member
from autograd.notes.names import NEW
from autograd.notes.plain import plain
from autograd.notes.tables import LOSS, OF_UNIT
from autograd.notes.token_reader import Refused
from autograd.notes.unfolding import Arrays, instances, names_of, with_sums_written_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from autograd.claims.tree import Node

MAX_CHAINS = 20_000
_BASES = {  # of the names of what a neuron computes: z_h1, out_h1
    "net": ("net", "z", "in", "s", "u", "v", "input"),
    "out": ("out", "a", "o", "h", "y", "output", "act"),
}
MAX_NAME = 40  # characters of an expression that is its own name


class Grounding:
    """The steps from the chains of a scope as they are written to those that a worksheet can hold."""

    def __init__(self, functions: frozenset[str], spans: Mapping[int, list[tuple[int, int]]]) -> None:
        self.functions = functions
        self.spans = spans
        self.lost: list[Member] = []  # what cannot be written out
        self.named: set[str] = set()  # names on the left of a chain
        self.assumed: list[tuple[int, str]] = []  # where in the text, and what was taken for granted

    def of(self, chains: Sequence[FormulaChain]) -> list[FormulaChain]:
        """Return the chains of a scope, grounded."""
        given = {
            (first.key, number.value)
            for chain in chains if len(chain.members) == 2 and isinstance(first := chain.members[0].tree, NameNode)
            and chain.members[1].tree is not None and (number := single_number(chain.members[1].tree)) is not None
        }  # fmt: skip
        self.named = {
            c.members[0].tree.key for c in chains if isinstance(c.members[0].tree, NameNode) and len(c.members) > 1
        }
        done = [self._step(chain, given) for chain in chains]
        done = self._changed(done, self._derivative_of_function)
        done = self._with_loss(done)
        done = self._with_units(done)
        done = self._with_sums(done)
        done = self._with_arrays(done)
        known = {name for chain in done for m in chain.members if m.tree is not None for name in names_of(m.tree)}
        done = [new for chain in done for new in instances(chain, known)][:MAX_CHAINS]
        self.lost = [m for chain in done for m in chain.members if m.tree is None and m.reason]
        done = [piece for chain in done for piece in _cut(chain)]
        return self._with_names_for_expressions(done)

    @staticmethod
    def _changed(chains: Sequence[FormulaChain], change: Callable[[Node], Node]) -> list[FormulaChain]:
        return [
            replace(chain, members=[
                m if m.tree is None else replace(m, tree=_mapped(m.tree, change)) for m in chain.members
            ])
            for chain in chains
        ]  # fmt: skip

    def _step(self, chain: FormulaChain, given: set[tuple[str, float]]) -> FormulaChain:
        """Return w = w − η·g with a name of its own for the new w."""
        first = chain.members[0]
        second = chain.members[1] if len(chain.members) > 1 else None
        if (
            not isinstance(first.tree, NameNode)
            or second is None
            or second.tree is None
            or first.tree.key.endswith(NEW)
        ):
            return chain
        key = first.tree.key
        keeps_name = key in names_of(second.tree)
        is_step = isinstance(second.tree, BinaryNode) and second.tree.operator in "+-" and _leads(second.tree, key)
        begins = _first_number(second.tree) if is_step else None
        if second.relation == BECOMES or (keeps_name and is_step) or (begins is not None and (key, begins) in given):
            new = replace(first, tree=replace(first.tree, key=key + NEW))
            return replace(chain, members=[new, *chain.members[1:]])
        if keeps_name:
            return replace(chain, doubt=chain.doubt or f"{key} is defined by itself")
        return chain

    def _derivative_of_function(self, node: Node) -> Node:
        """Read dσ/dx, where σ is a function, as σ'(x)."""
        if isinstance(node, DerivativeNode) and node.of in self.functions and node.of not in self.named:
            return CallNode(node.of, (NameNode(node.by, node.place),), node.place, 1)
        return node

    def _with_loss(self, chains: Sequence[FormulaChain]) -> list[FormulaChain]:
        """Say of what the gradients of tables are: of what the note differentiates most often."""
        derivatives = Counter(
            node.of for chain in chains for m in chain.members if m.tree is not None
            for node in syntax.walk(m.tree) if isinstance(node, DerivativeNode) and node.of != LOSS
        )  # fmt: skip
        defined = {
            c.members[0].tree.key for c in chains if isinstance(c.members[0].tree, NameNode) and len(c.members) > 1
        }
        losses = [of for of, _ in derivatives.most_common() if of in defined and of[:1] in "ELJC"]
        loss = losses[0] if losses else ""
        by_total = {of: f"{of}_total" for of in derivatives if of not in defined and f"{of}_total" in defined}
        for of, meant in by_total.items():
            self.assumed.append((0, f"{of} is {meant}"))

        def change(node: Node) -> Node:
            if not isinstance(node, DerivativeNode):
                return node
            if node.of == LOSS and loss:
                return replace(node, of=loss)
            return replace(node, of=by_total[node.of]) if node.of in by_total else node

        return self._changed(chains, change)

    def _with_units(self, chains: Sequence[FormulaChain]) -> list[FormulaChain]:
        """Name what a table says a neuron computes, where the note has one name for it; leave out what has none."""

        def named(chain: FormulaChain) -> FormulaChain | None:
            first = chain.members[0].tree
            match = OF_UNIT.fullmatch(first.key) if isinstance(first, NameNode) else None
            if not match or not isinstance(first, NameNode):
                return chain
            unit = match["unit"].lower()
            spellings = {unit} if match["role"] in ("out", "label") else set()
            spellings |= {f"{base}_{unit}" for base in _BASES.get(match["role"], ())}
            found = [name for name in sorted(self.named) if name.lower() in spellings]
            if len(found) != 1:
                return None
            subject = replace(chain.members[0], tree=replace(first, key=found[0]))
            return replace(chain, members=[subject, *chain.members[1:]])

        return [chain for chain in map(named, chains) if chain is not None]

    def _with_sums(self, chains: Sequence[FormulaChain]) -> list[FormulaChain]:
        whole = {
            first.key: int(number.text)
            for chain in chains if len(chain.members) > 1 and isinstance(first := chain.members[0].tree, NameNode)
            and isinstance(number := chain.members[1].tree, NumberNode)
            and number.text.isdigit() and number.value <= 10_000
        }  # fmt: skip

        def member(old: Member) -> Member:
            if old.tree is None:
                return old
            try:
                return replace(old, tree=with_sums_written_out(old.tree, whole))
            except Refused as refused:
                return replace(old, tree=None, reason=refused.reason)

        return [replace(chain, members=list(map(member, chain.members))) for chain in chains]

    def _with_arrays(self, chains: Sequence[FormulaChain]) -> list[FormulaChain]:
        arrays = Arrays(self.spans)
        for _ in range(3):
            before = len(arrays.known)
            for chain in chains:
                arrays.unfolded(chain)
            if len(arrays.known) == before:
                break
        return [new for chain in chains for new in arrays.unfolded(chain)]

    @staticmethod
    def _with_names_for_expressions(chains: Sequence[FormulaChain]) -> list[FormulaChain]:
        """Give what is differentiated without a name a name: d/dx(x² + 1) is the derivative of «x^2 + 1»."""
        made: dict[str, FormulaChain] = {}
        keys: dict[Node, str] = {}

        def named(member: Member) -> Callable[[Node], Node]:
            def change(node: Node) -> Node:
                if not isinstance(node, CallNode) or node.function != "∂/∂" or not isinstance(node.args[1], NameNode):
                    return node
                text = plain(node.args[0])
                key = keys.setdefault(node.args[0], f"[{text}]" if len(text) <= MAX_NAME else f"«{len(keys) + 1}»")
                subject = Member("", NameNode(key, node.place), member.start, member.end)
                body = Member("=", node.args[0], member.start, member.end)
                made.setdefault(key, FormulaChain([subject, body], trusted=True))
                return DerivativeNode(key, node.args[1].key, node.place, "d")

            return change

        found = []
        for chain in chains:
            members = [m if m.tree is None else replace(m, tree=_mapped(m.tree, named(m))) for m in chain.members]
            found.append(replace(chain, members=members))
        return [*made.values(), *found]


def _leads(tree: Node, key: str) -> bool:
    """Return whether a sum begins with a name: w − η·g, and w − a − b."""
    while isinstance(tree, BinaryNode) and tree.operator in "+-":
        tree = tree.left
    return isinstance(tree, NameNode) and tree.key == key


def _first_number(tree: Node) -> float | None:
    """Return the number that a sum of figures begins with."""
    if names_of(tree):
        return None
    while isinstance(tree, BinaryNode) and tree.operator in "+-":
        tree = tree.left
    number = single_number(tree)
    return None if number is None else number.value


def _mapped(tree: Node, change: Callable[[Node], Node]) -> Node:
    """Return a changed tree, or the old one where nothing changes: what is known of it by its identity stays known."""
    return syntax.map_nodes(tree, change) if any(change(node) is not node for node in syntax.walk(tree)) else tree


def _cut(chain: FormulaChain) -> list[FormulaChain]:
    """Return a chain in pieces between its members that cannot be read."""
    pieces: list[list[Member]] = [[]]
    for member in chain.members:
        if member.tree is None:
            pieces.append([])
        else:
            pieces[-1].append(_rounded(member))
    return [replace(chain, members=piece) for piece in pieces if piece]


def _rounded(member: Member) -> Member:
    """Return a member with a decimal point in a whole number after ≈, which is rounded: 7. for 7.389."""
    number = single_number(member.tree) if member.tree is not None else None
    if member.relation != ABOUT or number is None or not number.exact:
        return member
    return replace(member, tree=NumberNode(number.text + ".", number.value, number.unit))


def is_number(member: Member) -> bool:
    """Return whether a member is a single number."""
    return member.tree is not None and single_number(member.tree) is not None
