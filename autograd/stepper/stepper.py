"""The backward pass one node at a time, forwards and back: `Stepper`.

`cursor` has the position and the gradients so far, `frame` shows them, `quiz` asks for them, and
`debugger` is a prompt with pdb's words. Nothing is changed in the graph until `finish()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.document.blocks import Layout
from autograd.engine.graph import as_graph
from autograd.engine.names import caller_names
from autograd.errors import ArgumentError
from autograd.formatting import terminal
from autograd.stepper import frame, looks
from autograd.stepper.cursor import Cursor, whole_number
from autograd.stepper.quiz import Score, ask_for_terms
from autograd.stepper.stops import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.document.blocks import Block
    from autograd.engine.graph import Graph
    from autograd.engine.value import Value
    from autograd.stepper.stops import Where


class Stepper(Cursor):
    """Walk through `output.backward()` one node at a time; its `repr` is the present frame.

    Every movement returns the stepper, so that a REPL shows where it is.

    >>> from autograd import Value
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

    def step(self, n: int = 1) -> Stepper:
        """Take the next step, as `next` does; `present` is the record of the last one."""
        return self.next(n)

    def back(self, n: int = 1) -> Stepper:
        """Take the last step back, or the last n; at the start it stays there.

        Raises ArgumentError if n is no whole number or negative.
        """
        return self.goto(max(0, self.position - whole_number("back", n)))

    def goto(self, position: int) -> Stepper:
        """Go to a position by its number, forwards or back; 0 is before the first step.

        Raises ArgumentError if there is no such position.
        """
        position = self.checked(position)
        self._compute(position)
        self.position = position
        return self

    def reset(self) -> Stepper:
        """Go back to the start and read the labels anew; watched nodes stay watched."""
        self.position = 0
        vars(self.graph).pop("names", None)
        return self

    def until(self, where: Where) -> Stepper:
        """Go forwards to the next step at `where`: a Value, a label, an op's name, a step's number, or a condition.

        A node is met at its own step, in which its finished gradient is passed on. A leaf has no
        step of its own: it is met whenever it receives a contribution. A condition is text such as
        `"abs(grad) > 1"` or `"w if grad > 0"`, or a function of the step.

        >>> from autograd import Value
        >>> x = Value(3.0, label="x")
        >>> s = Stepper((x * x).sigmoid())
        >>> s.until("mul").position, s.reset().until("x").position, s.reset().until("abs(grad) < 1e-3").position
        (2, 2, 2)
        >>> s.reset().until(lambda step: abs(step.upstream) < 1e-3).present.upstream
        0.00012337934976493025

        Raises NotFoundError if there is no such step, ArgumentError for a condition that cannot be read, and
        stays where it is.
        """
        return self.go_to(Stop(self, where))

    def next_position(self, where: Where) -> int | None:
        """Return the first position after the present one at which `where` is met, as `until` takes it, or None."""
        return Stop(self, where).next()

    def go_to(self, stop: Stop) -> Stepper:
        """Go forwards to the next step at a stop; raise NotFoundError if there is none, and stay."""
        found = stop.next()
        if found is None:
            raise stop.why_not_reached()
        return self.goto(found)

    def finish(self) -> Stepper:
        """Go to the end and fill `.grad` of every node by `output.backward()`.

        A stepper is one backward pass: finishing again, also after a `reset()`, leaves `.grad`
        alone. Call `backward()` for a pass that is added to this one.

        >>> from autograd import Value
        >>> x = Value(3.0, label="x")
        >>> s = Stepper(x**3).finish()
        >>> s.finish().position, x.grad
        (1, 27.0)
        """
        self._compute(len(self))
        if not self.finished:
            before = [node.grad for node in self.graph.order]
            self.output.backward()
            self.written = {node: (old, node.grad) for node, old in zip(self.graph.order, before)}
        self.position = len(self)
        return self

    def undo(self) -> Stepper:
        """Take back what `finish` wrote: `.grad` of every node is what it was before; the position stays.

        >>> from autograd import Value
        >>> x = Value(3.0, label="x")
        >>> s = Stepper(x**3).finish().undo()
        >>> x.grad, s.finished
        (0.0, False)

        Raises ArgumentError if nothing was written, or if a `.grad` was changed since.
        """
        if self.written is None:
            raise ArgumentError("undo: finish has written nothing; back goes a step back")
        if changed := self.changed_since:
            names = terminal.listed([terminal.short(self.names[node]) for node in changed], 40)
            raise ArgumentError(f"undo: since finish, .grad was changed of {names}; it would be lost")
        for node, (before, _) in self.written.items():
            node.grad = before
        self.written = None
        return self

    def predict(self) -> Stepper:
        """Ask for each contribution of the next step, say right or wrong, and take the step.

        An answer needs three significant digits, and is right if it is correct to the digits written. It may
        be a product or quotient of numbers; `?` gives one up, `??` all that are left of the step.
        A wrong answer gets a reason and a second try; an empty one skips. `score` counts.

        >>> answers = iter(["6", "4", "3"])  # a wrong one, its second try, and a right one
        >>> from autograd import Value
        >>> x, y = Value(3.0, label="x"), Value(2.0, label="y")
        >>> s = Stepper(x * y, ask=lambda question: next(answers), tell=lambda text: None)
        >>> s.predict().score
        Score(right=1, asked=2)
        """
        if self.position < len(self):
            self._compute(self.position + 1)
            score = ask_for_terms(*looks.questions(self, self.position + 1), self.ask, self.tell)
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
