"""The worksheet of one scope, filled from its chains: what defines a name, and what is claimed.

What is claimed is what can be judged:

- A: arithmetic in figures, always
- B: a figure of a name or derivative that is whole and has one meaning in its scope
- C: a formula, likewise

Everything else is *not judged*, with the reason. Nothing here says whether a claim is right.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.claims import Subject
from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import (
    CallNode,
    DerivativeNode,
    FunctionDefinition,
    NameNode,
    NumberNode,
    Segment,
    single_number,
)
from autograd.claims.worksheet import Worksheet
from autograd.notes import doubts
from autograd.notes.chains import ABOUT, BECOMES, FormulaChain, Member
from autograd.notes.grounding import is_number
from autograd.notes.knowledge import Knowledge
from autograd.notes.meanings import Chooser, gather, number_of
from autograd.notes.names import NEW
from autograd.notes.unfolding import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.claims.tree import Node, TextPlace
    from autograd.notes.outcome import NoteReading

MADE_UP = NumberNode("0.7319", 0.7319, 1e-4)  # where a line is said of every x
MAX_UNFOLDED = 8  # formulas inside one another, written out to see what their rounded numbers can give
MAX_NODES = 300
NO_STATEMENT = "a number by itself is no statement"


class ScopeReader:
    """One scope on its way from chains to a worksheet; it adds to the reading of the note and to `outcome`.

    `outcome` has for each member, by where it stands, why it is not judged; nothing for one that is.
    """

    def __init__(
        self,
        chains: Sequence[FormulaChain],
        reading: NoteReading,
        outcome: dict[tuple[int, int], str],
        *,
        knows_sigmoid: bool,
    ) -> None:
        self.chains = chains
        self.reading = reading
        self.outcome = outcome
        self.worksheet = Worksheet(lines=reading.note.lines)
        self.meanings = gather(chains)
        functions = self._known_functions(knows_sigmoid=knows_sigmoid)
        self.chooser = Chooser(self.meanings, chains, self._line)
        self.chooser.choose()
        self.knowledge = Knowledge(self.meanings, functions, self._line)
        self.defined: dict[str, Segment] = {}
        steps = [m.start for c in chains for m in c.members if _is_after_step(m)]
        self.first_step = min(steps, default=len(reading.note.text))

    def _line(self, member: Member) -> str:
        return str(self.reading.note.place(member.start).line)

    @cached_property
    def values(self) -> dict[str, float]:
        """The value of each name."""
        return self.chooser.values()

    @cached_property
    def has_numbers(self) -> bool:
        """Return whether a name of this scope has a number with a decimal point."""
        sources = [source.tree for sources in self.meanings.numbers.values() for source in sources]
        return any(isinstance(tree, NumberNode) and "." in tree.text for tree in sources)

    def _known_functions(self, *, knows_sigmoid: bool) -> set[str]:
        """Return the functions that are known: those that the note defines, and usual ones that it does not."""
        unknown = set() if knows_sigmoid else {"σ"}
        unknown |= self.meanings.two_functions
        for name, (argument, body, member) in self.meanings.functions.items():
            if name in self.meanings.two_functions:
                continue
            if name not in FUNCTIONS:
                place = self.reading.note.place(member.start)
                self.worksheet.functions[name] = FunctionDefinition(name, argument, body, place)
                continue
            call = CallNode(name, (NameNode(argument, body_place(body)),), body_place(body))
            pairs = [(number_of(call, {argument: x}), number_of(body, {argument: x})) for x in (0.3, -0.7, 1.9)]
            is_usual = all(a is not None and b is not None and abs(a - b) < 1e-9 for a, b in pairs)
            unknown = unknown - {name} if is_usual else unknown | {name}
        return (set(FUNCTIONS) | set(self.worksheet.functions)) - unknown

    def fill(self) -> None:
        """Fill the worksheet, chain by chain."""
        for chain in self.chains:
            if chain.trusted:
                continue
            if chain.doubt:
                self._say(chain.members, chain.doubt)
            elif chain.is_said and len(chain.members) > 1:
                if all(source.member is not chain.members[1] for source in self.meanings.chosen.values()):
                    self._say(chain.members, "it is said in words of a name that has a meaning without them")
            elif len(chain.members) > 1 and not self._defines_function(chain):
                self._chain(chain)
        self.reading.worksheets.append(self.worksheet)

    def _defines_function(self, chain: FormulaChain) -> bool:
        """Return whether a chain does nothing but define a function."""
        call, second = chain.members[0].tree, chain.members[1]
        if not isinstance(call, CallNode) or call.function not in self.worksheet.functions:
            return False
        if len(chain.members) > 2 or call.primes or len(call.args) != 1:
            return False
        argument = getattr(call.args[0], "key", "")
        if second.tree is None or not argument or names_of(second.tree) != {argument}:
            return False
        self._done(chain.members[0])
        self._done(second)
        return True

    def _say(self, members: Iterable[Member], reason: str) -> None:
        """Note why members are not judged; a member that is judged for one index is judged."""
        for member in members:
            self.outcome.setdefault((member.start, member.end), reason)

    def _done(self, member: Member) -> None:
        self.outcome[member.start, member.end] = ""

    # -- Chains ---------------------------------------------------------------------------------------

    def _chain(self, chain: FormulaChain) -> None:
        """Claim what a chain says, from its first member on of which all is known."""
        members = chain.members
        self.knowledge.made_up = self._made_up(chain)
        at, reason = 0, ""
        while at < len(members):
            why = self.knowledge.why_not(_tree(members[at]))
            if not why:
                break
            reason = reason or why
            self._say([members[at]], why)
            at += 1
        while at < len(members) - 1 and is_number(members[at]):  # of 1.5 = 1.5 + 0.75 the first says nothing
            self._say([members[at]], NO_STATEMENT)
            at += 1
        if at >= len(members) - 1:
            self._say(members[at:], reason or "it stands alone")
            return
        self._claims(chain, members[at:], is_whole=at == 0)

    def _made_up(self, chain: FormulaChain) -> str:
        """Return the x of a formula that is said of every x, σ'(x) = σ(x)(1 − σ(x)); empty for any other line."""
        trees = [_tree(m) for m in chain.members]
        free = {name for tree in trees for name in names_of(tree)} - self.meanings.chosen.keys()
        if len(free) != 1 or not self.has_numbers:
            return ""
        name = free.pop()
        calls = [node for node in syntax.walk(trees[0]) if isinstance(node, CallNode)]
        is_argument = any([getattr(arg, "key", "") for arg in call.args] == [name] for call in calls)
        return name if is_argument else ""

    def _claims(self, chain: FormulaChain, members: Sequence[Member], *, is_whole: bool) -> None:
        """Claim what can be judged of members the first of which is known."""
        first = _tree(members[0])
        subject = _subject(first)
        self._define_all(first, chain)
        if is_whole:
            self._done(members[0])
        before = [self.reading.segment(members[0])]
        for at, member in enumerate(members[1:], start=1):
            tree = _tree(member)
            why = self.knowledge.why_not(tree)
            if why:
                self._say([member], why)
                continue
            other = doubts.other_numbers(tree, before[-1].tree, self.values)
            if len(before) == 1 and not chain.is_row:
                other = other or doubts.equation(tree, first, number_of(first, self.values))
            if other:
                self._say([member], other)
                if at < len(members) - 1:  # what follows is about these numbers
                    self._claims(replace(chain, members=[*members[at:]]), members[at:], is_whole=False)
                return
            segment = self.reading.segment(member)
            source = self.meanings.chosen.get(subject.name) if subject.name else None
            self._define_all(tree, chain)
            if source is not None and source.member.start == member.start and source.tree == member.tree:
                segment = self.defined.get(subject.name, segment)
                self._done(member)
            else:
                why = self._why_no_claim(tree, member, before)
                if why:
                    self._say([member], why)
                else:
                    self._done(member)
                    self.worksheet.claim(subject, segment, tuple(before))
                    self._note_level(chain, members[: at + 1], before)
            before.append(segment)

    def _why_no_claim(self, tree: Node, member: Member, before: Sequence[Segment]) -> str:
        """Return why a member whose value is known is no claim about the first one; empty if it is one."""
        first, made_up = before[0].tree, self.knowledge.made_up
        if made_up and not (made_up in names_of(tree) and made_up in names_of(first)):
            return f"it may be an equation for {made_up}"
        if names_of(tree):
            return doubts.names_beside_figures(tree, first) or self.knowledge.why_no_formula(tree, first)
        if member.relation == ABOUT and single_number(tree) is None:
            return "rounded figures after ≈ need not give the same to the last digit"
        return ""

    def _note_level(self, chain: FormulaChain, members: Sequence[Member], before: Sequence[Segment]) -> None:
        """Note at which level the last of some members is judged, and the doubt about it, if there is one."""
        tree, first = _tree(members[-1]), before[0].tree
        level = "C" if names_of(tree) else "B" if names_of(first) else "A"
        place = self.reading.note.place(members[-1].start)
        self.reading.judged.setdefault(place, []).append(level)
        if level == "C":
            doubt = doubts.true_of_these_numbers(tree, first, self.values, self.chooser.point(0))
        else:
            doubt = self._doubt_about_figure(chain, members, before)
        if doubt:
            self.reading.doubts[place] = doubt

    def _doubt_about_figure(self, chain: FormulaChain, members: Sequence[Member], before: Sequence[Segment]) -> str:
        tree, first = _tree(members[-1]), before[0].tree
        doubt = doubts.about_the_same(tree, members)
        doubt = doubt or doubts.rounded_figures(tree, [self._in_figures(segment.tree) for segment in before])
        if len(before) > 1:
            return doubt
        doubt = doubt or self.knowledge.is_given_later(names_of(first), chain)
        if not chain.is_row:  # where nothing is said in passing
            doubt = doubt or doubts.number_for_another(tree, first, number_of(first, self.values))
            doubt = doubt or self.knowledge.is_computed_elsewhere(names_of(first), chain)
        return doubt or self._doubt_about_name(chain, tree, first)

    def _doubt_about_name(self, chain: FormulaChain, tree: Node, first: Node) -> str:
        """Doubt the number that directly follows a name: it may be what the name is after a step."""
        source = self.meanings.chosen.get(first.key) if isinstance(first, NameNode) else None
        if source is None:
            return ""
        if not names_of(source.tree):
            return doubts.longer_given(tree, source.tree)
        is_restated = len(chain.members) == 2 and chain.start > self.first_step and not chain.is_row
        return "it may be the value after the step" if is_restated and single_number(tree) is not None else ""

    def _in_figures(self, tree: Node) -> Node:
        """Return a tree with the formula of each name in its place, down to the numbers that are given."""
        for _ in range(MAX_UNFOLDED):
            nodes = syntax.walk(tree)
            if len(nodes) > MAX_NODES or not any(isinstance(node, NameNode) for node in nodes):
                break
            tree = syntax.map_nodes(tree, self._formula_of)
        return tree

    def _formula_of(self, node: Node) -> Node:
        source = self.meanings.chosen.get(node.key) if isinstance(node, NameNode) else None
        return node if source is None else source.tree

    # -- Definitions ------------------------------------------------------------------------------------

    def _define_all(self, tree: Node, chain: FormulaChain) -> None:
        """Define the names of a tree, and all that they depend on, in the worksheet."""
        made_up = self.knowledge.made_up
        for name in sorted(names_of(tree)):
            if name == made_up and name not in self.defined:
                self.defined[name] = Segment(MADE_UP, MADE_UP.text, self.reading.note.place(chain.start))
                self.worksheet.define(name, self.defined[name])
            self._define(name)

    def _define(self, name: str) -> None:
        stack = [name]
        while stack:
            name = stack[-1]
            source = self.meanings.chosen.get(name)
            if name in self.defined or source is None:
                stack.pop()
                continue
            missing = [n for n in sorted(names_of(source.tree)) if n not in self.defined and n in self.meanings.chosen]
            if missing:
                stack += missing
                continue
            self.defined[name] = self.reading.segment(replace(source.member, tree=source.tree, relation="="))
            self.worksheet.define(name, self.defined[name])
            self._done(source.member)
            stack.pop()


def _tree(member: Member) -> Node:
    """Return the tree of a member of a grounded chain, in which every one is read."""
    assert member.tree is not None
    return member.tree


def _subject(tree: Node) -> Subject:
    if isinstance(tree, NameNode):
        return Subject(name=tree.key)
    if isinstance(tree, DerivativeNode):
        return Subject(of=tree.of, by=tree.by)
    return Subject()


def _is_after_step(member: Member) -> bool:
    """Return whether a member is a weight after its step, or is what a weight becomes."""
    return member.relation == BECOMES or (isinstance(member.tree, NameNode) and member.tree.key.endswith(NEW))


def body_place(body: Node) -> TextPlace:
    """Return the place of a tree, if it has one."""
    return getattr(body, "place", syntax.NOWHERE)
