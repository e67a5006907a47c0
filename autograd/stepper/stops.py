"""Where a walk stops: at a node, an operation, a step's number, or where a condition holds.

A node is met at its own step, in which its finished gradient is passed on. A leaf has no step of its
own: it is met whenever it receives a contribution. A condition alone is asked about both at every step.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

from autograd.engine.messages import described
from autograd.engine.value import Value
from autograd.errors import NotFoundError, OperandError
from autograd.formatting import escapes, suggestions, terminal
from autograd.stepper.conditions import Condition, looks_like_condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from autograd.engine.backward import Step
    from autograd.stepper.cursor import Cursor

    Where: TypeAlias = Value | str | int | Callable[[Step], object]

_BETWEEN = re.compile(r"(?:^|\s+)if(?:\s+|$)|\s*,\s*")  # a place and its condition, as pdb writes them


class Stop:
    """A place of a graph, perhaps with a condition.

    >>> from autograd import Stepper, Value
    >>> x = Value(3.0, label="x")
    >>> s = Stepper((x * x).tanh() * x)
    >>> Stop(s, "x").next(), Stop(s, "x if grad > 1").next(), Stop(s, "op == 'mul' and grad < 1").next()
    (1, 3, 3)

    Raises NotFoundError for a name that is not in the graph, ArgumentError for a condition that cannot be
    read and a step that does not exist, OperandError for anything else.
    """

    def __init__(self, cursor: Cursor, where: Where) -> None:
        self.cursor = cursor
        self.place: Value | str | None = None  # a node, or the name of one, or of an operation
        self.condition: Condition | None = None
        self._predicate: Callable[[Step], object] | None = None
        self._number: int | None = None
        if callable(where):
            self._predicate = where
        elif isinstance(where, int) and not isinstance(where, bool):
            self._number = cursor.checked(where)
        elif isinstance(where, Value):
            self.place = cursor.graph.find(where)
        elif isinstance(where, str):
            self._read(where)
        else:
            raise OperandError(
                "where to stop is a Value, a label, an op's name, a step's number, a condition or a function of the "
                f"Step, not {described(where)}"
            )
        # The steps that may be meant, in order.
        self.numbers: Sequence[int] = range(1, len(cursor) + 1)
        if self._number is not None:
            self.numbers = [self._number]
        elif self.place is not None:
            self.numbers = cursor.steps_at(self.place)
        self._nodes = set(cursor.named_or_none(self.place))

    def __str__(self) -> str:
        if isinstance(self.place, Value):
            name = self.cursor.names[self.place]
        else:
            name = self.place or ("" if self._number is None else str(self._number))
        condition = f"if {self.condition.text}" if self.condition else ""
        return escapes.plain(f"{name} {condition}".strip())

    @property
    def names(self) -> list[str]:
        """The names that it is called by: with its condition, and its place alone where it has one."""
        place = [self.place] if isinstance(self.place, str) else []
        return list(dict.fromkeys([str(self), *map(escapes.plain, place)]))

    def _read(self, text: str) -> None:
        text = text.strip()
        if self._is_place(text):
            self.place = text
        elif text.isdecimal():
            self._number = self.cursor.checked(int(text[:9]))
        elif split := self._split(text):
            self.place, condition = split
            self.condition = Condition(condition, self.cursor)
        elif looks_like_condition(text):
            self.condition = Condition(text, self.cursor)
        else:
            raise self._unknown(text)

    def _is_place(self, text: str) -> bool:
        return bool(self.cursor.named_or_none(text) or self.cursor.steps_at(text))

    def _split(self, text: str) -> tuple[str | None, str] | None:
        """Return a place and its condition, where the text is both; of an `if` the place must be there."""
        for between in _BETWEEN.finditer(text):
            place, condition = text[: between.start()], text[between.end() :]
            if "if" in between[0]:
                if place and not self._is_place(place):
                    raise self._unknown(place)
                return place or None, condition
            if self._is_place(place) and looks_like_condition(condition):
                return place, condition
        return None

    def next(self, before: int | None = None) -> int | None:
        """Return the first step after the present one at which to stop, or None; `before` ends the search."""
        for number in self.numbers[bisect_right(self.numbers, self.cursor.position) :]:
            if before is not None and number >= before:
                return None
            if self._met(number):
                return number
        return None

    def _met(self, number: int) -> bool:
        if self._predicate is not None:
            return bool(self._predicate(self.cursor.record(number)))
        return self.condition is None or next(self._holding(number), None) is not None

    def _holding(self, number: int) -> Iterator[Value]:
        """Yield the nodes that are met in a step and for which the condition holds."""
        step = self.cursor.record(number)
        leaves = dict.fromkeys(term.parent for term in step.terms if term.parent.op is None)
        for node in (step.node, *leaves):
            if (not self._nodes or node in self._nodes) and self.condition and self.condition.holds(node, number):
                yield node

    def reason(self, number: int) -> list[str]:
        """Return a sentence on the condition, if that is why to stop at a step: for which nodes it holds."""
        if self.condition is None or number not in self.numbers:
            return []
        holding = list(self._holding(number))
        if not holding:
            return []
        names = terminal.listed([terminal.short(self.cursor.names[node]) for node in holding], 40)
        return [f"{escapes.plain(self.condition.text)} holds for {names}."]

    def comes(self) -> str:
        """Return when its place is met next, or was met last; empty for a condition alone."""
        if self.place is None:
            return ""
        after = bisect_right(self.numbers, self.cursor.position)
        if after < len(self.numbers):
            return f"comes at step {self.numbers[after]}"
        return f"was met at step {self.numbers[-1]}, behind the present one"

    def require_reachable(self) -> None:
        """Raise NotFoundError for a leaf that receives nothing: there is no step to stop at."""
        if not self.numbers:
            raise NotFoundError(f"{self} is a leaf that receives nothing, so there is no step to go to")

    def why_not_reached(self) -> NotFoundError:
        """Return the error of a place that does not come any more."""
        self.require_reachable()
        here = f"after step {self.cursor.position}"
        if self._predicate is not None:
            name = getattr(self._predicate, "__name__", repr(self._predicate))
            return NotFoundError(f"no step {here} satisfies {name}")
        if self._number is not None:
            return NotFoundError(f"step {self._number} does not come {here}; goto {self._number} goes back to it")
        if self.condition is not None:
            return NotFoundError(f"no step {here} meets {self}; reset goes back to the start")
        return NotFoundError(
            f"{self} does not come {here}: the last time is step {self.numbers[-1]}; back, goto and reset lead there"
        )

    def _unknown(self, name: str) -> NotFoundError:
        """Return the error of a name that no node and no operation has, with those that are close to it."""
        cursor = self.cursor
        operations = dict.fromkeys(node.op.name for node in cursor.nodes if node.op)
        named = [shown for node, shown in cursor.names.items() if cursor.graph.is_named(node)] or cursor.names.values()
        known = list(dict.fromkeys([*reversed(list(named)), *operations]))
        close = suggestions.close(name, known, most=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"it has {terminal.listed(known, 60)}"
        return NotFoundError(f"no node and no operation in this graph is called {name!r}; {hint}")
