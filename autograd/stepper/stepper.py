"""The backward pass as something to walk through: one node at a time, forwards, back, to a place.

A *position* is how many steps have been taken, 0 at the start; the *present* step is the last of
them. The gradients here are those of this pass *so far*, and each is untouched, partial or
complete. Nothing is changed in the graph until `finish()`. How a position looks is in `frame`;
the prompt with pdb's words is in `debugger`.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import COMPLETE, PARTIAL, UNTOUCHED, names, steps, topological_order
from autograd.engine.value import Value, describe
from autograd.errors import ArgumentError, NotFoundError, OperandError
from autograd.formatting import escapes, suggestions, terminal
from autograd.stepper import frame
from autograd.stepper.quiz import Score, ask_for_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from autograd.engine.backward import Step

    Where: TypeAlias = Value | str | Callable[[Step], object]


class Stepper:
    """Walk through `root.backward()` one node at a time; its `repr` is the present frame.

    Every movement gives the stepper back, so that a REPL shows where it has come to.

    >>> x = Value(3.0, label="x")
    >>> y = x * x; y.label = "y"
    >>> Stepper(y).next()
    step 1 of 1   y = x² = 9
                  ∂y/∂y = 1
    <BLANKLINE>
      ◐ x.grad:  0 += ∂y/∂y · x
                 0 += 1 × 3 = 3
      ● x.grad:  3 += ∂y/∂y · x
                 3 += 1 × 3 = 6   (by +3)
    <BLANKLINE>
      ● complete   all 2
    <BLANKLINE>
    The end: every gradient is complete.
    finish writes them into .grad; back and reset go back.

    With `predict=True` it asks for each contribution before it shows it; `ask` and `tell` are how
    (`input` and `print`).

    Raises OperandError if `root` is no Value; a movement raises DomainError at a local derivative
    that does not exist, and stays where it is.
    """

    def __init__(
        self,
        root: Value,
        *,
        predict: bool = False,
        ask: Callable[[str], str] | None = None,
        tell: Callable[[str], object] | None = None,
    ) -> None:
        order = topological_order(root)
        self.root = root
        self.position = 0
        self.predicting = predict
        self.score = Score(0, 0)
        self.finished = False
        self.watched: list[Value] = []
        #: The nodes in the order of their steps: the k-th step is that of `nodes[k - 1]`.
        self.nodes = [node for node in reversed(order) if node.op is not None]
        self.ask = ask or input
        self.tell = tell or print
        self._names: dict[Value, str] = {}
        # The steps whose terms reach a node, by number: what its gradient so far is looked up with.
        self._received: dict[Value, list[int]] = {node: [] for node in reversed(order)}
        for number, node in enumerate(self.nodes, 1):
            for parent, _ in node.edges():
                numbers = self._received[parent]
                if not numbers or numbers[-1] != number:
                    numbers.append(number)
        # The steps computed so far, which going back keeps: an earlier position is bit for bit what it was.
        self._record: list[Step] = []
        self._source: Iterator[Step] | None = None

    # -- Where it is ----------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many steps there are: one for every node that is no leaf."""
        return len(self.nodes)

    @property
    def step(self) -> Step | None:
        """The present step, the last that was taken; None at the start."""
        return self._record[self.position - 1] if self.position else None

    @property
    def names(self) -> dict[Value, str]:
        """What each node is called here; labels are read at the first look and at `reset()`."""
        if not self._names:
            self._names = names(self.root)
        return self._names

    def record(self, number: int) -> Step:
        """The step of that number, 1 to `len(s)`, wherever the stepper is; it is computed if it has not been."""
        self._compute(number)
        return self._record[number - 1]

    def __repr__(self) -> str:
        return frame.text(self)

    def _repr_html_(self) -> str:
        return frame.html(self)

    # -- Gradients so far -----------------------------------------------------------------------

    def grad(self, node: Value | str, at: int | None = None) -> Any:
        """The node's gradient so far, at this position or at another: what this pass has added up for it.

        >>> x = Value(3.0, label="x")
        >>> s = Stepper(x * x + x)
        >>> [s.grad("x", at=k) for k in (0, 1, 2)]
        [0.0, 1.0, 7.0]

        Raises NotFoundError for what is not in the graph, ArgumentError for a label of several nodes
        and for a position that there is not.
        """
        node, at = self.node(node), self._at(at)
        zero = type(self.root.data)()
        if node is self.root:
            return zero + 1
        numbers = self._received[node]
        received = bisect_right(numbers, at)
        if not received:
            return zero
        terms = self.record(numbers[received - 1]).terms
        return next(term.total for term in reversed(terms) if term.parent is node)

    def state(self, node: Value | str, at: int | None = None) -> str:
        """Whether the node's gradient is "untouched", "partial" or "complete", here or at another position.

        Raises what `grad` raises.
        """
        return self._state(self.node(node), self._at(at))

    @property
    def gradients(self) -> dict[Value, Any]:
        """The gradient so far of every node that has one."""
        found = {self.root: self.grad(self.root)}
        for step in islice(self._record, self.position):
            for term in step.terms:
                found[term.parent] = term.total
        return found

    @property
    def states(self) -> dict[Value, str]:
        """The state of every node's gradient here, in the order of the backward pass."""
        return {node: self._state(node, self.position) for node in self._received}

    def waits_for(self, node: Value | str) -> list[Value]:
        """The nodes whose contribution the node's gradient still lacks, in the order of their steps."""
        numbers = self._received[self.node(node)]
        return [self.nodes[number - 1] for number in numbers[bisect_right(numbers, self.position) :]]

    def _state(self, node: Value, position: int) -> str:
        numbers = self._received[node]
        if not numbers or numbers[-1] <= position:  # the root receives nothing: its 1 is given
            return COMPLETE
        return PARTIAL if numbers[0] <= position else UNTOUCHED

    def _at(self, position: int | None) -> int:
        if position is None:
            return self.position
        position = _whole("position", position)
        if position > len(self):
            raise ArgumentError(f"there is no step {position}; the steps are 1 to {len(self)}, and 0 is the start")
        return position

    # -- Moving ---------------------------------------------------------------------------------

    def next(self, n: int = 1) -> Stepper:
        """Take the next step, or the next n; at the end it stays there.

        Raises ArgumentError if n is no whole number or negative.
        """
        n = min(_whole("next", n), len(self) - self.position)
        if not self.predicting:
            return self.goto(self.position + n)
        for _ in range(n):
            self.predict()
        return self

    def back(self, n: int = 1) -> Stepper:
        """Take the last step back, or the last n; at the start it stays there.

        Raises ArgumentError if n is no whole number or negative.
        """
        return self.goto(max(0, self.position - _whole("back", n)))

    def goto(self, position: int) -> Stepper:
        """Go to a position by its number, forwards or back; 0 is before the first step.

        Raises ArgumentError if there is no such position.
        """
        position = self._at(position)
        self._compute(position)
        self.position = position
        return self

    def reset(self) -> Stepper:
        """Go back to the start and read the labels anew; what is watched stays watched."""
        self.position = 0
        self._names = {}
        return self

    def until(self, where: Where) -> Stepper:
        """Go forwards to the next step that is `where`, a Value, a label, an op's name, or a predicate on the step.

        A node is met at its own step, in which its finished gradient is passed on. A leaf has no
        step of its own: it is met whenever it receives a contribution.

        >>> x = Value(3.0, label="x")
        >>> s = Stepper((x * x).sigmoid())
        >>> s.until("mul").position, s.reset().until("x").position
        (2, 2)
        >>> s.reset().until(lambda step: abs(step.upstream) < 1e-3).step.upstream
        0.00012337934976493025

        Raises NotFoundError if it does not come, and stays where it is.
        """
        found = self.find(where)
        if found is None:
            raise NotFoundError(self._never_comes(where))
        return self.goto(found)

    def find(self, where: Where) -> int | None:
        """The position after the present one at which `where` is met; None if it does not come."""
        if callable(where):
            return self._first_that(where)
        places = self._places(where)
        after = bisect_right(places, self.position)
        return places[after] if after < len(places) else None

    def finish(self) -> Stepper:
        """Go to the end and fill `.grad` of every node by `root.backward()`.

        A stepper is one backward pass: finishing again, also after a `reset()`, leaves `.grad`
        alone. For a pass that is added to this one call `backward()`.

        >>> x = Value(3.0, label="x")
        >>> s = Stepper(x**3).finish()
        >>> s.finish().position, x.grad
        (1, 27.0)
        """
        self._compute(len(self))
        if not self.finished:
            self.root.backward()
            self.finished = True
        self.position = len(self)
        return self

    def predict(self) -> Stepper:
        """Ask for each contribution of the next step, say right or wrong, and take the step.

        An answer is right if it is to the digits written, of which there are to be three. It may be
        a product or quotient of numbers; `?` gives one up, `??` all that are left of the step.
        `score` counts.

        >>> answers = iter(["6", "3"])
        >>> x, y = Value(3.0, label="x"), Value(2.0, label="y")
        >>> s = Stepper(x * y, ask=lambda question: next(answers), tell=lambda text: None)
        >>> s.predict().score
        Score(right=1, asked=2)
        """
        if self.position < len(self):
            self._compute(self.position + 1)
            score = ask_for_terms(*frame.questions(self, self.position + 1), self.ask, self.tell)
            self.score = Score(self.score.right + score.right, self.score.asked + score.asked)
            self.position += 1
        return self

    def _compute(self, position: int) -> None:
        if len(self._record) >= position:
            return
        # An error and Ctrl-C end a generator: it is set aside while it runs, and then begun anew.
        source, self._source = self._source, None
        if source is None:
            source = islice(steps(self.root), len(self._record), None)
        self._record.extend(islice(source, position - len(self._record)))
        self._source = source

    # -- What is meant --------------------------------------------------------------------------

    def watch(self, node: Value | str) -> Stepper:
        """Show the node's gradient, and how it changed, in every frame.

        Raises NotFoundError for what is not in the graph.
        """
        self.watched += [found for found in self.meant(node) if found not in self.watched]
        return self

    def unwatch(self, node: Value | str) -> Stepper:
        """Watch the node no more.

        Raises NotFoundError for what is not in the graph.
        """
        meant = self.meant(node)
        self.watched = [node for node in self.watched if node not in meant]
        return self

    def node(self, node: Value | str) -> Value:
        """The one node that is meant.

        Raises NotFoundError for what is not in the graph, ArgumentError for a label of several nodes.
        """
        meant = self.meant(node)
        if len(meant) > 1:
            raise ArgumentError(f"{len(meant)} nodes are called {node!r}: give the node itself, or another label each")
        return meant[0]

    def meant(self, node: Value | str) -> list[Value]:
        """Every node that is meant: the Value itself, or all that are called so here.

        Raises NotFoundError for what is not in the graph, OperandError for no Value and no label.
        """
        if isinstance(node, str):
            found = self._called(node)
            if not found:
                raise NotFoundError(f"nothing in this graph is called {node!r}{self._close_to(node)}")
            return found
        if not isinstance(node, Value):
            raise OperandError(f"a node is given as itself or by its label, not as {node!r} ({type(node).__name__})")
        if node not in self._received:
            raise NotFoundError(f"{describe(node)} is not in the graph of {self.names[self.root]}")
        return [node]

    def _called(self, label: str) -> list[Value]:
        return [node for node, name in self.names.items() if name == escapes.plain(label)]

    def _places(self, where: Value | str) -> list[int]:
        """The numbers of the steps at which `where` is met, past ones too."""
        if isinstance(where, str):
            nodes = self._called(where)
            if not nodes:
                return [
                    k for k, node in enumerate(self.nodes, 1) if node.op and where in (node.op.name, node.op.symbol)
                ]
        elif isinstance(where, Value):
            nodes = self.meant(where)
        else:
            raise OperandError(
                f"where to stop is a Value, a label, an op's name or a function of the Step, "
                f"not {where!r} ({type(where).__name__}){'; goto(k) goes by number' if isinstance(where, int) else ''}"
            )
        places = set()
        for node in nodes:
            places.update(self._received[node] if node.op is None else [self.nodes.index(node) + 1])
        return sorted(places)

    def _first_that(self, holds: Callable[[Step], object]) -> int | None:
        for number in range(self.position + 1, len(self) + 1):
            if holds(self.record(number)):
                return number
        return None

    def _never_comes(self, where: Where) -> str:
        if callable(where):
            return f"no step after step {self.position} satisfies {getattr(where, '__name__', repr(where))}"
        places = self._places(where)
        if places:
            called = escapes.plain(where) if isinstance(where, str) else self.names[where]
            return (
                f"{called} does not come after step {self.position}: the last time is step {places[-1]}; "
                "back, goto and reset lead there"
            )
        if isinstance(where, str):
            operations = dict.fromkeys(node.op.name for node in self.nodes if node.op)
            return f"no node and no operation in this graph is called {where!r}{self._close_to(where, *operations)}"
        return f"{self.names[where]} is a leaf that receives nothing, so there is no step to go to"

    def _close_to(self, name: str, *others: str) -> str:
        """What a name that was not found may have meant."""
        known = [called for node, called in self.names.items() if node.label] or list(self.names.values())
        known = list(dict.fromkeys([*reversed(known), *others]))
        close = suggestions.close(name, known, most=3)
        return f"; did you mean {' or '.join(close)}?" if close else f"; it has {terminal.listed(known, 60)}"


def _whole(word: str, n: Any) -> int:
    try:
        whole: int = operator.index(n)
    except TypeError:
        raise ArgumentError(f"{word}: wants a whole number, not {n!r} ({type(n).__name__})") from None
    if whole < 0:
        other = {"next": "; back goes back", "back": "; next goes forwards"}.get(word, "; 0 is the start")
        raise ArgumentError(f"{word}: {n} is negative{other}")
    return whole
