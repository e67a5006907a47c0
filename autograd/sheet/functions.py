"""Which definition of a function a call means, where a sheet defines one twice or after it was used.

A definition that is equal to the one before it, or to the function of that name in the table, adds nothing: `σ(x) =
1/(1 + exp(-x))`. Another one is meant by the calls after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.interpreter import FUNCTIONS, evaluate
from autograd.claims.sampling import agree
from autograd.claims.tree import CallNode, FunctionDefinition, NameNode, NumberNode, Segment
from autograd.claims.versions import version_key
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.claims.tree import Node

POINTS = (0.31, -0.73, 1.94, 0.052, 2.6, -1.7)  # at which two functions are compared
MIN_COMPARED = 2  # of them have to be in the domain of both


class Functions:
    """The functions that a sheet has defined so far, by the keys that calls of them have."""

    def __init__(self) -> None:
        self.defined: dict[str, FunctionDefinition] = {}
        self._current: dict[str, str] = {}  # the key of a function that has more than one definition
        self._called: set[str] = set()

    def define(self, function: FunctionDefinition) -> None:
        """Define a function, for the calls after it."""
        name = function.name
        before = self.defined.get(self._current.get(name, name))
        if before is None and name not in self._called:
            self.defined[name] = function
            return
        argument = NameNode(function.argument, function.place)
        old = CallNode(name, (argument,), function.place) if before is None else before.body
        if before is None and name not in FUNCTIONS:  # an error, which is raised where it is called
            self.defined[name] = function
        elif not self._are_equal(function, old, function.argument if before is None else before.argument):
            number = sum(key.startswith(name) for key in self.defined) + 1
            key, body = version_key(name, max(number, 2)), self._as_keys(function.body)
            self.defined[key] = FunctionDefinition(key, function.argument, body, function.place)
            self._current[name] = key

    def read(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return the members of a chain with the functions that they mean."""
        for segment in segments:
            if not isinstance(segment.tree, NumberNode):
                self._called.update([n.function for n in syntax.walk(segment.tree) if isinstance(n, CallNode)])
        if not self._current:
            return tuple(segments)
        return tuple(s.with_tree(self._as_keys(s.tree)) for s in segments)

    def _as_keys(self, tree: Node) -> Node:
        return syntax.map_nodes(tree, self._as_key) if self._current else tree

    def _as_key(self, node: Node) -> Node:
        if not isinstance(node, CallNode) or node.function not in self._current:
            return node
        return CallNode(self._current[node.function], node.args, node.place, node.primes)

    def _are_equal(self, function: FunctionDefinition, body: Node, argument: str) -> bool:
        compared = 0
        for x in POINTS:
            try:
                new = evaluate(function.body, self.defined, {function.argument: x}.__getitem__, _no_derivative)
                old = evaluate(body, self.defined, {argument: x}.__getitem__, _no_derivative)
            except (ChalkgradError, KeyError):
                continue
            compared += 1
            if not agree(float(new), float(old)):
                return False
        return compared >= MIN_COMPARED


def _no_derivative(of: str, by: str) -> float:
    raise KeyError(of, by)  # a function of the sheet cannot have one, which is said where it is read
