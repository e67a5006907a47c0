"""A worksheet: all that a hand derivation says, whatever it was written in.

A front end reads a text and fills one: it defines names and makes claims, in the order of the text. An expression is a
tree with a place and the text as written; nothing here reads text.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.claims import tree as syntax
from autograd.claims.array_trees import entry_names
from autograd.claims.claims import Claim, Subject
from autograd.claims.dependencies import Definitions
from autograd.claims.interpreter import Evaluation
from autograd.claims.lost_digits import refuse_lost_digits
from autograd.claims.tree import CallNode, DerivativeNode, NameNode, Segment
from autograd.claims.versions import Doubt, as_written, written_name
from autograd.engine.origins import Scope
from autograd.errors import DomainError, SheetError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.claims.tree import Node
    from autograd.engine.value import Value

Pair: TypeAlias = "tuple[str, str]"  # the names of a derivative, Y and X of dY/dX


class Worksheet(Definitions):
    """A hand derivation: `givens`, `definitions`, `functions`, `claims`, `loss`, and its `lines` as written.

    `events` are claims and defined names in the order of the text. Names of the `key` count as defined.

    >>> from autograd.claims.tree import NOWHERE, BinaryNode, NameNode, NumberNode, Segment
    >>> def segment(tree): return Segment(tree, "", NOWHERE)
    >>> sheet = Worksheet()
    >>> three = NumberNode("3", 3.0, 1.0)
    >>> sheet.define("x", segment(three))
    >>> sheet.define("y", segment(BinaryNode("*", three, NameNode("x", NOWHERE), NOWHERE)))
    >>> sheet.evaluate().derivative("y", "x")
    3.0
    """

    def __init__(self, key: Worksheet | None = None, *, lines: Sequence[str] = (), loss: str | None = None) -> None:
        super().__init__(key)
        self.key = key
        self.lines = lines
        self.loss: str | None = loss or (key.loss if key else None)
        self.claims: list[Claim] = []
        self.events: list[Claim | str] = []
        self._given_lines: dict[str, int] = {}
        self.arrays: dict[str, tuple[int, ...]] = dict(key.arrays) if key else {}  # the shapes of names of arrays
        self.boxes: tuple[str, ...] = key.boxes if key else ()  # those that are written as whole arrays
        self.layout: str = key.layout if key else ""  # "numerator" or "denominator": how derivatives of arrays lie
        self.slopes: dict[Pair, str] = {}  # the names of the ∂Y/∂X that are slopes, see `take_as_slopes`
        self.first_pass: int | None = None  # the number of names before a second pass begins, if one does
        self.doubts: dict[str, Doubt] = {}  # names that may be meant in another way, and those that depend on them

    def copy(self) -> Worksheet:
        """Return a worksheet of its own with the same content."""
        new = copy.copy(self)
        for name, content in vars(self).items():
            if isinstance(content, (dict, list, set)):
                setattr(new, name, content.copy())
        return new

    def define(self, name: str, segment: Segment) -> None:
        """Define a name: a given, if the segment is a number."""
        number = syntax.single_number(segment.tree)
        if number is not None:
            self.givens[name], self.written_givens[name] = number.value, number
            self._given_lines[name] = segment.place.line
        else:
            self._set_definition(name, segment)
        doubt = self.doubt_about(segment.tree)
        if doubt is not None:
            self.doubts.setdefault(name, doubt)
        self.order.append(name)
        self.names[name] = None
        self.events.append(name)

    def doubt_about(self, *trees: Node) -> Doubt | None:
        """Return why what stands in these trees may be meant in another way, if it may."""
        found: list[Doubt] = []
        for node in (node for tree in trees if self.doubts for node in syntax.walk(tree)):
            if isinstance(node, (NameNode, DerivativeNode)):
                names = (node.key,) if isinstance(node, NameNode) else (node.of, node.by)
                found += [self.doubts[name] for name in names if name in self.doubts]
        return max(found, key=lambda doubt: doubt.even_if_right, default=None)

    def claim(self, subject: Subject, segment: Segment, before: tuple[Segment, ...], index: str = "") -> Claim:
        """Add a claim about the subject; `before` are the members of its chain that come before it.

        A claim about a name that is defined as a derivative, δ = dE/dz, is about that derivative too.
        """
        defined = self.definitions.get(subject.name)
        if defined is not None and isinstance(defined.tree, DerivativeNode):
            subject = subject._replace(of=defined.tree.of, by=defined.tree.by)
        made = Claim(subject, segment, before, index, doubt=self.doubt_about(before[0].tree, segment.tree))
        self.claims.append(made)
        self.events.append(made)
        return made

    def take_as_derivative(self, name: str, of: str, by: str, use: Claim) -> None:
        """Read a name as the derivative dY/dX, and its definition as a claim about that; `use` shows the meaning."""
        self._take_as(DerivativeNode(of, by, self.definitions[name].place), Subject(name, of, by), use)

    def take_as_claim(self, name: str, meant: Node) -> Claim:
        """Define a name by what was meant, and return what it was defined as, as a claim about it."""
        return self._take_as(meant, Subject(name))

    def _take_as(self, meant: Node, subject: Subject, use: Claim | None = None) -> Claim:
        segment = self.definitions[subject.name]
        self._trees.discard(id(segment.tree))
        self._set_definition(subject.name, segment.with_tree(meant))
        first = Segment(NameNode(subject.name, segment.place), subject.name, segment.place)
        claim = Claim(subject, segment, (first,), use=use, doubt=self.doubts.get(subject.name))
        self.claims.append(claim)
        self.events.insert(self.events.index(subject.name) + 1, claim)
        return claim

    def take_as_slopes(self, formulas: Mapping[Pair, Node | None], signs: Mapping[Pair, str]) -> None:
        """Read each ∂Y/∂X that is written with its sign as a name, "∂Y/∂X", which is defined by the formula.

        What is said of ∂Y/∂X is then said of that name, and not of the total derivative. Without a formula the name is
        the total derivative, too, but what is written for dY/dX is not written for it.
        """
        names = {pair: self._define_partial(pair, formula) for pair, formula in formulas.items()}
        self.slopes.update((pair, name) for pair, name in names.items() if formulas[pair] is not None)

        def read(node: Node) -> Node:
            if not isinstance(node, DerivativeNode) or signs.get((node.of, node.by)) != node.sign:
                return node
            name = names.get((node.of, node.by))
            return node if name is None else NameNode(name, node.place)

        known: dict[Segment, Segment] = {}

        def reread(segment: Segment) -> Segment:
            if segment not in known:
                changes = any(read(node) is not node for node in syntax.walk(segment.tree))
                known[segment] = replace(segment, tree=syntax.map_nodes(segment.tree, read)) if changes else segment
            return known[segment]

        for name in [name for name in self.definitions if self.derivatives_in(name)]:
            self._set_definition(name, reread(self.definitions[name]))
        claims: dict[Claim, Claim] = {}
        for claim in self.claims:
            segment, before = reread(claim.segment), tuple(map(reread, claim.before))
            subject, first = claim.subject, before[0].tree
            if before[0] is not claim.before[0] and isinstance(first, NameNode):
                subject = subject._replace(name=first.key)
            if subject.name and (subject.of, subject.by) in self.slopes:  # the name of a slope, or another one for it
                subject = Subject(subject.name)
            claims[claim] = replace(claim, subject=subject, segment=segment, before=before)
        self.claims = list(claims.values())
        self.events = [event if isinstance(event, str) else claims[event] for event in self.events]

    def _define_partial(self, pair: Pair, formula: Node | None) -> str:
        """Define the name ∂Y/∂X right after Y, and return it."""
        of, by = pair
        name, place = f"∂{of}/∂{by}", self.definitions[of].place
        self._set_definition(name, Segment(formula or DerivativeNode(of, by, place), name, place))
        self.names[name] = None
        self.order.insert(self.order.index(of) + 1, name)
        self.events.insert(self.events.index(of) + 1 if of in self.events else 0, name)
        return name

    @staticmethod
    def net_of(name: str) -> str:
        """Return what the argument of an activation is called by `name_argument`."""
        return f"(net of {name})"

    def name_argument(self, name: str) -> str:
        """Give the argument of an activation a name: h = σ(w·x) is then h = σ((net of h)). Return that name."""
        segment = self.definitions[name]
        call = segment.tree
        assert isinstance(call, CallNode)
        inside = self.net_of(name)
        self.order.insert(self.order.index(name), inside)
        self.events.insert(self.events.index(name), inside)
        self.names[inside] = None
        self._set_definition(inside, Segment(call.args[0], segment.text, segment.place))
        tree = CallNode(call.function, (NameNode(inside, segment.place),), call.place)
        self._set_definition(name, Segment(tree, segment.text, segment.place))
        return inside

    def evaluate(self, givens: Mapping[str, float] | None = None) -> Evaluation:
        """Return every name as a Value, at these givens; the worksheet's own where none are said."""
        return Evaluation(self, {**self.givens, **(givens or {})})

    def truth(self, claim: Claim, point: Evaluation) -> float:
        """Return what the subject of the claim is at a point.

        Raises SheetError where it has no value there.
        """
        try:
            return float(self.read_subject(claim, point))
        except DomainError as error:
            raise SheetError(f"{claim.before[0].place}: {error}") from None

    def read_subject(self, claim: Claim, reading: Any) -> Any:
        """Return the subject of the claim in a reading of the worksheet: an evaluation, or one with other numbers."""
        subject = claim.subject
        if subject.of:
            return reading.derivative(subject.of, subject.by)
        return reading.value(subject.name) if subject.name else reading.number(claim.before[0].tree)

    def graph(self, of: str = "") -> Value:
        """Return the loss, or another name, as a node with its graph; a weighted sum is one node.

        Without `loss:` it is the last name that a derivative is taken of, or else the last definition.

        >>> from autograd.sheet import Sheet
        >>> Sheet.parse("w = 3; E = w^2; dE/dw = 6; w_new = w - 0.1*dE/dw").graph().label
        'E'

        Raises KeyError for an unknown name, SheetError where nothing is defined or floats cannot compute it.
        """
        if not of and not self.loss and not self.definitions:
            raise SheetError("line 1, column 1: the sheet defines nothing that could be a loss; write loss: and a name")
        made = Evaluation(self, self.givens, whole_lines=True, rescue=refuse_lost_digits)
        for node in made.values.values() if self.previous else ():
            node.label = written_name(node.label)
        for base in self.boxes:  # which can be folded
            scope = Scope("layer", base)
            waiting = [made.values[name] for name in entry_names(base, self.arrays[base]).entries]
            while waiting:
                node = waiting.pop()
                node.tag(node.label, scope)
                waiting += [parent for parent in node.parents if not parent.label and parent.scope is None]
        return made.values[of or self.loss or self._output()]

    def differentiated(self) -> list[str]:
        """Return the names that claims and definitions take derivatives of."""
        found = [claim.subject.of for claim in self.claims if claim.subject.of]
        return found + [node.of for name in self.definitions for node in self.derivatives_in(name)]

    def _output(self) -> str:
        """Return the name that stands for the loss where the worksheet does not say which one is."""
        position, last = self.position(), len(self.order) if self.first_pass is None else self.first_pass
        found = [name for name in self.differentiated() if position[name] < last]
        defined = [name for name in self.definitions if position[name] < last]
        return max(found, key=position.__getitem__) if found else defined[-1]

    def losses(self) -> list[str]:
        """Return the versions of the name after `loss:`, one for each pass."""
        loss = written_name(self.loss or "")
        return [name for name in self.order if written_name(name) == loss] if loss else []

    def line_of(self, name: str) -> int:
        """Return the line in which a name is defined; 0 for one that the text does not define."""
        if name in self.definitions:
            return self.definitions[name].place.line
        return self._given_lines.get(name, 0)

    def is_defined_by(self, claim: Claim) -> bool:
        """Return whether a claim is what its name is defined by, too: a given that is given again, another formula."""
        name = claim.subject.name
        return len(claim.before) == 1 and self.previous.get(name) is not None and self.line_of(name) == claim.line

    def find_name(self, text: str) -> str | None:
        """Return the key of a name: its last version in the first pass, or with "E (line 9)" that of a line."""
        name, _, line = text.replace(" ", "").removesuffix(")").partition("(line")
        found = [key for key in self.order if written_name(key) == name]
        if line:
            return next((key for key in found if str(self.line_of(key)) == line), None)
        first = [key for key in found if self.first_pass is None or self.position()[key] < self.first_pass]
        return next(reversed(first or found), None)

    def as_written(self, text: str) -> str:
        """Return a text with the names of this worksheet as they are written, and not as their keys."""
        return as_written(text, self.line_of)
