"""A cursor over the steps of the backward pass, and the gradients as they are where it stands.

A *position* is the number of steps taken, 0 at the start; the *present* step is the last of them.
The gradients are those of this pass *so far*, and each is untouched, partial or complete. Nothing
in the graph is changed.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd.document.document import Document
from autograd.engine.graph import COMPLETE, PARTIAL, UNTOUCHED, steps
from autograd.errors import ArgumentError
from autograd.formatting import escapes
from autograd.stepper.quiz import Score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.engine.backward import Step
    from autograd.engine.graph import Graph
    from autograd.engine.value import Value


class Cursor(Document):
    """A position in the backward pass of a graph; `len()` is the number of its steps."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.output = graph.output
        self.position = 0
        self.watched: list[Value] = []  # whose gradients every frame shows
        self.score = Score(0, 0)  # of the predictions
        # What finish changed: of each node the .grad before and after; None where it was not done, or undone.
        self.written: dict[Value, tuple[Any, Any]] | None = None
        #: The nodes in the order of their steps: the k-th step is that of `nodes[k - 1]`.
        self.nodes = [node for node in reversed(graph.order) if node.op is not None]
        # For each node the numbers of the steps that contribute to its gradient.
        self._contributing: dict[Value, list[int]] = {node: [] for node in reversed(graph.order)}
        for number, node in enumerate(self.nodes, 1):
            for parent in dict.fromkeys(node.parents):
                self._contributing[parent].append(number)
        # The steps computed so far. They are kept on the way back, so that a position is bit for bit what it was.
        self._computed: list[Step] = []
        self._source: Iterator[Step] | None = None

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def names(self) -> dict[Value, str]:
        """The name of each node here; labels are read at the first look and at `reset()`."""
        return self.graph.names

    @property
    def present(self) -> Step | None:
        """The present step, the last that was taken; None at the start."""
        return self._computed[self.position - 1] if self.position else None

    @property
    def node(self) -> Value:
        """The node of the present step; at the start the output, where the pass begins."""
        return self.nodes[self.position - 1] if self.position else self.output

    def record(self, number: int) -> Step:
        """Return the step of a number, 1 to `len()`, wherever the cursor is."""
        self._compute(number)
        return self._computed[number - 1]

    def grad(self, node: Value | str, at: int | None = None) -> Any:
        """Return the node's gradient so far, at this position or at another: the sum of its contributions by then.

        >>> from autograd import Stepper, Value
        >>> x = Value(3.0, label="x")
        >>> s = Stepper(x * x + x)
        >>> [s.grad("x", at=k) for k in (0, 1, 2)]
        [0.0, 1.0, 7.0]

        Raises NotFoundError for a node or label that is not in the graph, ArgumentError for a label of
        several nodes and for a position that does not exist.
        """
        node, at = self.graph.find(node), self.checked(at)
        zero = type(self.output.data)()
        if node is self.output:
            return zero + 1
        numbers = self._contributing[node]
        received = bisect_right(numbers, at)
        if not received:
            return zero
        terms = self.record(numbers[received - 1]).terms
        return next(term.total for term in reversed(terms) if term.parent is node)

    def state(self, node: Value | str, at: int | None = None) -> str:
        """Return "untouched", "partial" or "complete" for the node's gradient, at this position or at another.

        Raises what `grad` raises.
        """
        return self._state(self.graph.find(node), self.checked(at))

    @property
    def gradients(self) -> dict[Value, Any]:
        """The gradient so far of every node that has one."""
        terms = (term for step in islice(self._computed, self.position) for term in step.terms)
        return {self.output: self.grad(self.output), **{term.parent: term.total for term in terms}}

    @property
    def states(self) -> dict[Value, str]:
        """The state of every node's gradient here, in the order of the backward pass."""
        return {node: self._state(node, self.position) for node in self._contributing}

    @property
    def finished(self) -> bool:
        """True once the gradients were written into the graph."""
        return self.written is not None

    @property
    def changed_since(self) -> list[Value]:
        """The nodes whose .grad is no longer what finish wrote, because it was cleared or another pass added to it."""
        return [node for node, (_, after) in (self.written or {}).items() if node.grad is not after]

    def waits_for(self, node: Value | str) -> list[Value]:
        """Return the nodes whose contribution the node's gradient still lacks, in the order of their steps."""
        numbers = self._contributing[self.graph.find(node)]
        return [self.nodes[number - 1] for number in numbers[bisect_right(numbers, self.position) :]]

    def _state(self, node: Value, position: int) -> str:
        numbers = self._contributing[node]
        if not numbers or numbers[-1] <= position:  # the output receives nothing: its 1 is given
            return COMPLETE
        return PARTIAL if numbers[0] <= position else UNTOUCHED

    def checked(self, position: int | None) -> int:
        """Return a position, the present one for None; raise ArgumentError for one that does not exist."""
        if position is None:
            return self.position
        position = whole_number("position", position)
        if position > len(self):
            raise ArgumentError(f"there is no step {position}; the steps are 1 to {len(self)}, and 0 is the start")
        return position

    def _compute(self, position: int) -> None:
        if len(self._computed) >= position:
            return
        # An error and Ctrl-C end a generator: it is set aside while it runs, and then begun anew.
        source, self._source = self._source, None
        if source is None:
            source = islice(steps(self.graph), len(self._computed), None)
        self._computed.extend(islice(source, position - len(self._computed)))
        self._source = source

    def named(self, which: Value | str) -> list[Value]:
        """Return every node that is meant: the Value itself, or all nodes with this label or name.

        Raises NotFoundError for a node or label that is not in the graph, OperandError for anything else.
        """
        found = self.named_or_none(which) if isinstance(which, str) else []
        return found or [self.graph.find(which)]

    def named_or_none(self, which: Value | str | None) -> list[Value]:
        """Return the Value itself, or all nodes with this label or name; none where none is called so."""
        if isinstance(which, str):
            return [node for node, name in self.names.items() if name == escapes.plain(which)]
        return [] if which is None else [which]

    def steps_at(self, where: Value | str) -> list[int]:
        """Return the numbers of the steps at which a node or an operation is met.

        A node is met at its own step. A leaf has none: it is met at each step that contributes to it.
        """
        nodes = self.named_or_none(where) if isinstance(where, str) else [self.graph.find(where)]
        if not nodes:
            return [k for k, node in enumerate(self.nodes, 1) if node.op and where in (node.op.name, node.op.symbol)]
        found: set[int] = set()
        for node in nodes:
            found.update(self._contributing[node] if node.op is None else [self.nodes.index(node) + 1])
        return sorted(found)


def whole_number(word: str, n: Any) -> int:
    """Return a number that is whole and not negative; raise ArgumentError for anything else, naming what it is for."""
    try:
        whole: int = operator.index(n)
    except TypeError:
        raise ArgumentError(f"{word}: wants a whole number, not {n!r} ({type(n).__name__})") from None
    if whole < 0:
        other = {"next": "; back goes back", "back": "; next goes forwards"}.get(word, "; 0 is the start")
        raise ArgumentError(f"{word}: {n} is negative{other}")
    return whole
