"""The backward pass one node at a time, forwards and back: `Stepper`.

`cursor` has the position and the gradients so far, `frame` shows them, `quiz` asks for them, and
`debugger` is a prompt with pdb's words. Nothing is changed in the graph until `finish()`.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from autograd.document.blocks import Layout
from autograd.engine.graph import as_graph
from autograd.engine.messages import described
from autograd.engine.names import caller_names
from autograd.engine.value import Value
from autograd.errors import NotFoundError, OperandError
from autograd.formatting import escapes, suggestions, terminal
from autograd.stepper import frame
from autograd.stepper.cursor import Cursor, whole_number
from autograd.stepper.quiz import Score, ask_for_terms

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from autograd.document.blocks import Block
    from autograd.engine.backward import Step
    from autograd.engine.graph import Graph

    Where: TypeAlias = Value | str | Callable[[Step], object]


class Stepper(Cursor):
    """Walk through `output.backward()` one node at a time; its `repr` is the present frame.

    Every movement returns the stepper, so that a REPL shows where it is.

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

    With `predict=True` it asks for each contribution before it shows it, by `ask` and `tell`
    (`input` and `print`). Nodes without a label get the names of the caller's variables, unless
    `names=False`.

    Raises OperandError if `output` is no Value; a movement raises DomainError at a local derivative
    that does not exist, and stays where it is.
    """

    layout = Layout(indent="  ")

    def __init__(
        self,
        output: Value | Graph,
        *,
        predict: bool = False,
        ask: Callable[[str], str] | None = None,
        tell: Callable[[str], object] | None = None,
        names: bool = True,
    ) -> None:
        super().__init__(as_graph(output, caller_names() if names else None))
        self.predicting = predict
        self.ask = ask or input
        self.tell = tell or print

    @property
    def blocks(self) -> list[Block]:
        """The present frame."""
        return frame.blocks(self)

    def next(self, n: int = 1) -> Stepper:
        """Take the next step, or the next n; at the end it stays there.

        Raises ArgumentError if n is no whole number or negative.
        """
        n = min(whole_number("next", n), len(self) - self.position)
        if not self.predicting:
            return self.goto(self.position + n)
        for _ in range(n):
            self.predict()
        return self

    def back(self, n: int = 1) -> Stepper:
        """Take the last step back, or the last n; at the start it stays there.

        Raises ArgumentError if n is no whole number or negative.
        """
        return self.goto(max(0, self.position - whole_number("back", n)))

    def goto(self, position: int) -> Stepper:
        """Go to a position by its number, forwards or back; 0 is before the first step.

        Raises ArgumentError if there is no such position.
        """
        position = self._checked(position)
        self._compute(position)
        self.position = position
        return self

    def reset(self) -> Stepper:
        """Go back to the start and read the labels anew; watched nodes stay watched."""
        self.position = 0
        vars(self.graph).pop("names", None)
        return self

    def until(self, where: Where) -> Stepper:
        """Go forwards to the next step at `where`: a Value, a label, an op's name, or a predicate on the step.

        A node is met at its own step, in which its finished gradient is passed on. A leaf has no
        step of its own: it is met whenever it receives a contribution.

        >>> x = Value(3.0, label="x")
        >>> s = Stepper((x * x).sigmoid())
        >>> s.until("mul").position, s.reset().until("x").position
        (2, 2)
        >>> s.reset().until(lambda step: abs(step.upstream) < 1e-3).step.upstream
        0.00012337934976493025

        Raises NotFoundError if there is no such step, and stays where it is.
        """
        found = self.next_position(where)
        if found is None:
            raise NotFoundError(self._why_not_reached(where))
        return self.goto(found)

    def next_position(self, where: Where) -> int | None:
        """Return the first position after the present one at which `where` is met, or None."""
        if callable(where):
            later = range(self.position + 1, len(self) + 1)
            return next((number for number in later if where(self.record(number))), None)
        if not isinstance(where, str | Value):
            hint = "; goto(k) goes by number" if isinstance(where, int) else ""
            raise OperandError(
                "where to stop is a Value, a label, an op's name or a function of the Step, "
                f"not {described(where)}{hint}"
            )
        numbers = self.steps_at(where)
        after = bisect_right(numbers, self.position)
        return numbers[after] if after < len(numbers) else None

    def finish(self) -> Stepper:
        """Go to the end and fill `.grad` of every node by `output.backward()`.

        A stepper is one backward pass: finishing again, also after a `reset()`, leaves `.grad`
        alone. Call `backward()` for a pass that is added to this one.

        >>> x = Value(3.0, label="x")
        >>> s = Stepper(x**3).finish()
        >>> s.finish().position, x.grad
        (1, 27.0)
        """
        self._compute(len(self))
        if not self.finished:
            self.output.backward()
            self.finished = True
        self.position = len(self)
        return self

    def predict(self) -> Stepper:
        """Ask for each contribution of the next step, say right or wrong, and take the step.

        An answer needs three significant digits, and is right if it is correct to the digits written. It may
        be a product or quotient of numbers; `?` gives one up, `??` all that are left of the step.
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

    def watch(self, node: Value | str) -> Stepper:
        """Show the node's gradient, and how it changed, in every frame.

        Raises NotFoundError for a node or label that is not in the graph.
        """
        self.watched += [found for found in self.named(node) if found not in self.watched]
        return self

    def unwatch(self, node: Value | str) -> Stepper:
        """Watch the node no more.

        Raises NotFoundError for a node or label that is not in the graph.
        """
        unwatched = self.named(node)
        self.watched = [node for node in self.watched if node not in unwatched]
        return self

    def _why_not_reached(self, where: Where) -> str:
        if not isinstance(where, str | Value):
            return f"no step after step {self.position} satisfies {getattr(where, '__name__', repr(where))}"
        name = escapes.plain(where) if isinstance(where, str) else self.names[where]
        if numbers := self.steps_at(where):
            return (
                f"{name} does not come after step {self.position}: the last time is step {numbers[-1]}; "
                "back, goto and reset lead there"
            )
        if isinstance(where, str) and not self._called(where):
            operations = dict.fromkeys(node.op.name for node in self.nodes if node.op)
            return f"no node and no operation in this graph is called {where!r}{self._close_to(where, *operations)}"
        return f"{name} is a leaf that receives nothing, so there is no step to go to"

    def _close_to(self, name: str, *operations: str) -> str:
        """Return the end of an error message: the labels and operations that are close to an unknown name."""
        named = [shown for node, shown in self.names.items() if self.graph.is_named(node)] or self.names.values()
        known = list(dict.fromkeys([*reversed(list(named)), *operations]))
        close = suggestions.close(name, known, most=3)
        return f"; did you mean {' or '.join(close)}?" if close else f"; it has {terminal.listed(known, 60)}"
