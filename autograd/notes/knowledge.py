"""What is known of the names of a scope, and of what nothing is known: why a tree has no value that is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.tree import CallNode, DerivativeNode, NameNode, single_number
from autograd.notes.meanings import is_strange
from autograd.notes.unfolding import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from autograd.claims.tree import Node
    from autograd.notes.chains import FormulaChain, Member
    from autograd.notes.meanings import Meanings


class Knowledge:
    """The names and functions of a scope of which all is known."""

    def __init__(self, meanings: Meanings, functions: Collection[str], line: Callable[[Member], str]) -> None:
        self.meanings = meanings
        self.functions = functions
        self.line = line
        self.made_up = ""  # the x of a line that is said of every x

    def why_not(self, tree: Node) -> str:
        """Return why a tree has no value that is known for certain; empty if it has one."""
        for node in syntax.walk(tree):
            reason = ""
            if is_strange(node):
                reason = "it has an array whose shape is not known"
            elif isinstance(node, CallNode) and node.function not in self.functions:
                reason = f"{node.function} is not defined"
            elif isinstance(node, NameNode) and node.key != self.made_up:
                reason = self._why_not_name(node.key)
            elif isinstance(node, DerivativeNode):
                reason = self._why_not_derivative(node)
            if reason:
                return reason
        return ""

    def _why_not_name(self, name: str) -> str:
        meanings = self.meanings
        if name not in meanings.chosen:
            return f"nothing says what {self._missing(name)} is"
        closure = meanings.closure([name])
        own = {name} if self._is_arithmetic(name) else set()
        opaque = sorted(closure & meanings.opaque - own, key=lambda n: (n != name, n))
        if opaque:
            return f"nothing says how {opaque[0]} is computed"
        doubtful = sorted(closure & meanings.doubtful.keys(), key=lambda n: (n != name, n))
        if doubtful:
            return meanings.doubtful[doubtful[0]]
        for other in closure:
            source = meanings.chosen.get(other)
            if source is None:
                return f"nothing says what {other} is"
            nodes = syntax.walk(source.tree)
            calls = [node.function for node in nodes if isinstance(node, CallNode)]
            unknown = next((function for function in calls if function not in self.functions), "")
            if unknown:
                return f"{unknown} is not defined"
            for node in nodes:
                if isinstance(node, DerivativeNode) and (reason := self._why_not_derivative(node)):
                    return reason
        return ""

    def _is_arithmetic(self, name: str) -> bool:
        """Return whether nothing but arithmetic says what a name is."""
        tree = self.meanings.chosen[name].tree
        return not names_of(tree) and single_number(tree) is None

    def is_computed_elsewhere(self, names: Collection[str], chain: FormulaChain) -> str:
        """Return which name is what the arithmetic of another section gives, which may be about other numbers."""
        for name in sorted(set(names) & self.meanings.chosen.keys()):
            source = self.meanings.chosen[name]
            if source.section != chain.section and not source.trusted and self._is_arithmetic(name):
                return f"{name} is computed in another section, line {self.line(source.member)}"
        return ""

    def is_given_later(self, names: Collection[str], chain: FormulaChain) -> str:
        """Return which number of some names stands in a later section only, which may be about other numbers."""
        for other in self.meanings.closure(names):
            source = self.meanings.chosen.get(other)
            if source is None or source.trusted or names_of(source.tree):
                continue
            if source.section > chain.section and source.member.start > chain.start:
                return f"{other} is given only later, line {self.line(source.member)}"
        return ""

    def _missing(self, name: str) -> str:
        """Return the name that is not defined: this one, or the first one in its formula that is not."""
        seen = {name}
        while sources := self.meanings.formulas.get(name):
            missing = [n for n in sorted(names_of(sources[0].tree)) if n not in self.meanings.chosen and n not in seen]
            if not missing:
                break
            name = missing[0]
            seen.add(name)
        return "one of its functions" if name[0] in "«[" else name

    def _why_not_derivative(self, node: DerivativeNode) -> str:
        meanings = self.meanings
        for name in (node.of, node.by):
            if name not in meanings.chosen:
                return f"nothing says what {self._missing(name)} is"
            doubtful = sorted(meanings.closure([name]) & meanings.doubtful.keys())
            if doubtful:
                return meanings.doubtful[doubtful[0]]
        if node.of != node.by and not meanings.depends(node.of, node.by):
            return f"no formula leads from {node.by} to {node.of}"
        opaque = sorted(meanings.closure([node.of]) & meanings.opaque)
        return f"nothing says how {opaque[0]} is computed" if opaque else ""

    def why_no_formula(self, tree: Node, first: Node) -> str:
        """Return why a formula is not compared with its subject."""
        opaque = sorted(self.meanings.closure(names_of(tree) | names_of(first)) & self.meanings.opaque)
        return f"nothing says how {opaque[0]} is computed" if opaque else ""
