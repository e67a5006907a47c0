"""What a sheet means: a graph of Values, and claims about it.

The first `name = …` of a name is a *given* (a number) or a *definition* (an expression, a node);
every further `= …` is a *claim* about the name, and so is everything that is said of a derivative.
What a sheet comes to at some choice of the givens is a `World`.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograd import look, ops
from autograd.errors import DomainError, SheetError
from autograd.sheet import grammar, syntax
from autograd.sheet.syntax import Binary, Call, Derivative, Function, Name, Node, Number, Place, Segment, Unanswered
from autograd.sheet.worlds import FUNCTIONS, World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.value import Value

MAX_PARTS = 60_000  # numbers, names and operations of a sheet, its functions and sums written out
MAX_PRIMES = 4  # the fourth derivative
MOST_LIFTED = 12  # ways to read the numbers of a formula as givens
MOST_SEEN = 500  # names that are looked through for another way from one to another
MOST_COMPARED = 2000  # names that an unknown one is compared with


@dataclass(frozen=True)
class Subject:
    """What a claim is about: a name, the derivative of one name by another, or an expression.

    A name that is meant to be a derivative is both.
    """

    name: str = ""
    of: str = ""
    by: str = ""

    def __str__(self) -> str:
        return self.name or (f"d{self.of}/d{self.by}" if self.of else "")


@dataclass(frozen=True, eq=False)
class Claim:
    """One `= …` of the sheet that can be right or wrong.

    `kind` is "formula" (it has names), "arithmetic" (numbers only), "number" or "unanswered";
    `before` are the members of the chain before it, the nearest last; `use` is the claim that says
    what a helper was meant to be (see `meaning`).
    """

    subject: Subject
    segment: Segment
    kind: str
    before: tuple[Segment, ...] = field(repr=False)
    index: str = ""
    use: Claim | None = field(default=None, repr=False)

    @property
    def place(self) -> Place:
        """Line and column of what is claimed."""
        return self.segment.place

    @property
    def line(self) -> int:
        """The line of the sheet, from 1."""
        return self.segment.place.line

    @property
    def number(self) -> Number | None:
        """The number that is claimed, if it is one."""
        return syntax.written(self.segment.tree)

    @property
    def of_figures(self) -> bool:
        """Whether it is about arithmetic on figures, `1 + 0.648`, and not about a name of the sheet."""
        return not str(self.subject) and syntax.arithmetic(self.before[0].tree)

    @property
    def about(self) -> str:
        """What is claimed to be equal to this: the subject, or the expression it begins with."""
        return str(self.subject) or self.before[0].text


class Sheet:
    """A sheet that has been read: `givens`, `definitions`, `claims`, `loss`, `functions`.

    >>> sheet = Sheet.parse("x = 3; y = x^2 = 9; dy/dx = 2*x = 6")
    >>> list(sheet.givens), list(sheet.definitions), [claim.segment.text for claim in sheet.claims]
    (['x'], ['y'], ['9', '2*x', '6'])
    >>> sheet.world().values["y"].data
    9.0

    Raises SheetError with line and column for what cannot be read or computed.
    """

    def __init__(self, text: syntax.Text, key: Sheet | None = None) -> None:
        self.lines = text.lines
        self.functions: dict[str, Function] = {**(key.functions if key else {}), **text.functions}
        self.loss: str | None = text.loss or (key.loss if key else None)
        self.key = key
        self.givens: dict[str, float] = dict(key.givens) if key else {}
        self.definitions: dict[str, Segment] = dict(key.definitions) if key else {}
        self.order: list[str] = list(key.order) if key else []
        self.claims: list[Claim] = []
        self.events: list[Claim | str] = []  # claims and definitions in the order of the text
        self.parts = 0
        self._names = dict.fromkeys(self.order)
        self._sizes: dict[str, int] = dict(key._sizes) if key else {}
        self._trees: set[int] = {id(segment.tree) for segment in self.definitions.values()}
        self._mentioned: dict[str, tuple[str, ...]] = {}
        self._slopes: dict[str, tuple[Derivative, ...]] = {}
        self._position: dict[str, int] = {}
        self._users: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        for function in text.functions.values():
            self._understand_function(function)
        for statement in text.statements:
            self._understand(statement)
        if self.loss is not None and self.loss not in self._names:
            raise SheetError(f"line 1, column 1: the loss is said to be {self.loss}, but nothing defines {self.loss}")

    @classmethod
    def parse(cls, text: str, key: Sheet | None = None) -> Sheet:
        """Read a sheet from its text; names of the `key` count as defined."""
        return cls(grammar.read(text, () if key is None else key.order, key.loss if key else None), key)

    @classmethod
    def load(cls, path: str | Path, key: Sheet | None = None) -> Sheet:
        """Read a sheet from a file, plain or Markdown with blocks marked `sheet`."""
        return cls.parse(read_file(path), key)

    # -- From statements to definitions and claims ----------------------------------------------

    def _understand(self, statement: syntax.Statement) -> None:
        first, *rest = statement.segments
        if isinstance(first.tree, Unanswered):
            raise SheetError(f"{first.place}: a line cannot begin with ?")
        claimed = 1
        subject = Subject()
        if isinstance(first.tree, Name):
            subject = Subject(name=first.tree.key)
            if first.tree.key not in self._names:
                self._define(first.tree.key, rest[0])
                claimed = 2
            elif self._mentions_names(rest[0].tree) and not (self.key and first.tree.key in self.key._names):
                raise SheetError(
                    f"{first.place}: {first.tree.key} is defined already; write a formula for it as a further "
                    f"'= …' on its own line, or use another name (w_new)"
                )
        elif isinstance(first.tree, Derivative):
            subject = Subject(of=first.tree.of, by=first.tree.by)
        for segment in statement.segments[0 if claimed == 1 else 2 :]:
            self._check_names(segment.tree)
        for at in range(claimed, len(statement.segments)):
            segment = statement.segments[at]
            claim = Claim(subject, segment, self._kind(segment.tree), statement.segments[:at], statement.index)
            self.claims.append(claim)
            self.events.append(claim)

    def take_as(self, name: str, of: str, by: str, use: Claim) -> None:
        """Take a name as a derivative, and its definition as a claim about that, because of a line that uses it."""
        segment = self.definitions[name]
        tree = Derivative(of, by, segment.place)
        self._trees.discard(id(segment.tree))
        self._trees.add(id(tree))
        self._mentioned.pop(name, None)
        self._slopes.pop(name, None)
        self._position.clear()
        self.definitions[name] = Segment(tree, f"d{of}/d{by}", segment.place)
        first = Segment(Name(name, segment.place), name, segment.place)
        claim = Claim(Subject(name, of, by), segment, "formula", (first,), use=use)
        self.claims.append(claim)
        self.events.insert(self.events.index(name) + 1, claim)

    def _define(self, name: str, segment: Segment) -> None:
        number = syntax.written(segment.tree)
        self._check_names(segment.tree)
        if isinstance(segment.tree, Unanswered):
            raise SheetError(
                f"{segment.place}: {name} = ? — nothing says yet what {name} is: write a number or a formula"
            )
        if number is not None:
            self.givens[name] = number.value
        else:
            self.definitions[name] = segment
            self._trees.add(id(segment.tree))
        self.order.append(name)
        self._names[name] = None
        self.events.append(name)

    @staticmethod
    def _mentions_names(tree: Node) -> bool:
        return not isinstance(tree, Unanswered) and not syntax.arithmetic(tree)

    @staticmethod
    def _kind(tree: Node) -> str:
        if isinstance(tree, Unanswered):
            return "unanswered"
        if syntax.written(tree) is not None:
            return "number"
        return "arithmetic" if syntax.arithmetic(tree) else "formula"

    def _check_names(self, tree: Node) -> None:
        for part in syntax.walk(tree):
            self.parts += 1
            if isinstance(part, Name):
                self._known(part.key, part.place)
            elif isinstance(part, Derivative):
                self._known(part.of, part.place)
                self._known(part.by, part.place)
            elif isinstance(part, Call):
                self._known_function(part)
                self.parts += self._size(part)
            if self.parts > MAX_PARTS and isinstance(part, (Name, Call, Binary)):
                raise SheetError(
                    f"{part.place}: more than {MAX_PARTS:,} numbers, names and operations, sums and functions written "
                    "out; split the sheet"
                )

    def _size(self, call: Call) -> int:
        """How much a call of a function of the sheet takes; each prime makes about three of it."""
        return int(self._sizes.get(call.function, 1) * 3**call.primes)

    def _known(self, name: str, place: Place) -> None:
        if name in self._names:
            return
        close = difflib.get_close_matches(name[:80], self.order[:MOST_COMPARED], n=1)
        hint = f"; is it {close[0]}?" if close else ""
        raise SheetError(f"{place}: {look.plain(name[:80])} is used before it is defined{hint}")

    def _understand_function(self, function: Function) -> None:
        """Check what a function is made of: its argument, numbers, and functions before it."""
        size = 0
        for part in syntax.walk(function.body):
            size += 1
            if isinstance(part, Name) and part.key != function.argument:
                raise SheetError(
                    f"{part.place}: a function is made of its argument alone, and {look.plain(part.key[:80])} is not "
                    f"{function.argument}: write its number there"
                )
            if isinstance(part, Derivative):
                raise SheetError(f"{part.place}: a function of the sheet cannot have a derivative in it")
            if isinstance(part, Call):
                if part.function == function.name:
                    raise SheetError(f"{part.place}: the function {function.name} is defined by itself")
                self._known_function(part)
                size += self._size(part)
        self._sizes[function.name] = min(size, MAX_PARTS + 1)

    def _known_function(self, call: Call) -> None:
        if call.primes > MAX_PRIMES:
            raise SheetError(f"{call.place}: more than {MAX_PRIMES} primes")
        if call.function in self.functions:
            if call.function not in self._sizes or self._comes_later(self.functions[call.function], call):
                raise SheetError(f"{call.place}: the function {call.function} is used before it is defined")
            if len(call.args) != 1:
                raise SheetError(f"{call.place}: {call.function} takes one argument, not {len(call.args)}")
            return
        if call.function not in FUNCTIONS:
            close = difflib.get_close_matches(call.function[:80], [*FUNCTIONS, *self.functions][:MOST_COMPARED], n=1)
            hint = f"; is it {close[0]}?" if close else ""
            raise SheetError(f"{call.place}: there is no function {look.plain(call.function[:80])}{hint}")
        op = FUNCTIONS[call.function]
        arity = op.arity - len(op.defaults) if isinstance(op, ops.Op) else 1
        least, most = (1, MAX_PARTS) if call.function in ("sum", "mean") else (arity, getattr(op, "arity", 1))
        if not least <= len(call.args) <= most:
            wanted = f"{least} argument{'s' * (least > 1)}" if least == most else f"{least} or {most} arguments"
            raise SheetError(f"{call.place}: {call.function} takes {wanted}, not {len(call.args)}")
        if call.primes and len(call.args) != 1:
            raise SheetError(f"{call.place}: {call.function}' needs a function of one argument")

    def _comes_later(self, function: Function, call: Call) -> bool:
        known = self.key is not None and self.key.functions.get(function.name) is function
        return function.place.line > call.place.line and not known

    # -- What stands in which definition --------------------------------------------------------

    def mentioned_by(self, name: str) -> tuple[str, ...]:
        """The names in a definition, in the order in which they stand; of a given, none."""
        if name not in self._mentioned:
            segment = self.definitions.get(name)
            parts = () if segment is None else syntax.walk(segment.tree)
            self._mentioned[name] = tuple(dict.fromkeys(part.key for part in parts if isinstance(part, Name)))
        return self._mentioned[name]

    def is_definition(self, tree: Node) -> bool:
        """Whether this very tree defines a name."""
        return id(tree) in self._trees

    def lifted(self, tree: Node) -> list[Node]:
        """The formula with numbers that are a given's own written as the given: 0.05·h as x·h.

        Where several givens have the number, each of them in turn.
        """
        numbers = dict.fromkeys(part.value for part in syntax.walk(tree) if isinstance(part, Number))
        named = {value: [name for name, given in self.givens.items() if given == value] for value in numbers}
        choices: list[dict[float, str]] = [{}]
        for value, names in named.items():
            if names:
                choices = [{**choice, value: name} for choice in choices for name in names][:MOST_LIFTED]
        return [
            syntax.replaced(tree, lambda part, names=names: _as_name(part, names))  # type: ignore[misc] # the default
            for names in choices
            if names
        ]

    def slopes_in(self, name: str) -> tuple[Derivative, ...]:
        """The derivatives in a definition: those of w_new = w − η·dE/dw; of most names, none."""
        if name not in self._slopes:
            segment = self.definitions.get(name)
            parts = () if segment is None else syntax.walk(segment.tree)
            self._slopes[name] = tuple(part for part in parts if isinstance(part, Derivative))
        return self._slopes[name]

    def between(self, start: str, end: str) -> list[str]:
        """The names that lead from `start` to `end`, `end` the last of them, each after those it is defined by.

        >>> Sheet.parse("x = 3; y = x^2; z = x + 1; u = 2*x; E = y*z; F = 2*E").between("x", "E")
        ['y', 'z', 'E']
        """
        position = self.position()
        last = position[end]
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for user in self._users.get(waiting.pop(), ()):
                if user not in found and position[user] <= last:
                    found.add(user)
                    waiting.append(user)
        if end not in found:
            return []
        leading = {end}
        waiting = [end]
        while waiting:
            for below in self.mentioned_by(waiting.pop()):
                if below in found and below not in leading:
                    leading.add(below)
                    waiting.append(below)
        return sorted(leading, key=position.__getitem__)

    def users(self, name: str) -> list[str]:
        """The names in whose definitions a name stands."""
        self.position()
        return self._users.get(name, [])

    def position(self) -> Mapping[str, int]:
        """Which name is defined how early; made anew when there are new names."""
        if len(self._position) != len(self.order):
            self._position = {name: at for at, name in enumerate(self.order)}
            self._users.clear()
            self._stems.clear()
            for name in self.order:
                self._stems.setdefault(stem(name), []).append(name)
                for below in self.mentioned_by(name):
                    self._users.setdefault(below, []).append(name)
        return self._position

    def is_direct(self, name: str, other: str) -> bool:
        """Whether `other` stands in the definition of `name`, which depends on it in no other way."""
        if other not in self.mentioned_by(name) or self.slopes_in(name):
            return False
        rest = [below for below in self.mentioned_by(name) if below != other and below in self.definitions]
        if not rest:
            return True
        position = self.position()
        seen: set[str] = set()
        while rest:  # down to where `other` was not there yet
            below = rest.pop()
            if below == other or len(seen) > MOST_SEEN:
                return False
            if below not in seen and position[below] > position[other]:
                seen.add(below)
                rest.extend(self.mentioned_by(below))
        return True

    def alike(self, name: str) -> list[str]:
        """The names that one is easily mistaken for: its pre-activation or activation, its updated self, h1 for h2."""
        self.position()
        related = [below for below in self.mentioned_by(name) if self.is_activation(name, below)]
        related += [
            user for user in self._users.get(name, ()) if self.is_activation(user, name) or self.updates(user, name)
        ]
        return list(dict.fromkeys(related + [other for other in self._stems[stem(name)] if other != name]))

    def updates(self, name: str, other: str) -> bool:
        """Whether `name` is `other` after a step: w − η·dE/dw, or w + δ·x where δ is made of a derivative."""
        mentioned = self.mentioned_by(name)
        if other not in mentioned:
            return False
        if self.slopes_in(name):
            return any(part.by == other for part in self.slopes_in(name))
        tree = self.definitions[name].tree
        steps = isinstance(tree, Binary) and tree.operator in "+-"
        left, right = (tree.left, tree.right) if isinstance(tree, Binary) else (tree, tree)
        terms = {part.key for part in (left, right) if isinstance(part, Name)}
        return steps and other in terms and any(self.slopes_in(below) for below in mentioned if below != other)

    def is_activation(self, name: str, of: str) -> bool:
        """Whether `name` is defined as a function of `of` alone."""
        return self.mentioned_by(name) == (of,)

    def counts(self) -> set[int]:
        """How many terms the sums of the sheet have, and how often an index runs."""
        return {
            len(part.args)
            for segment in self.definitions.values()
            for part in syntax.walk(segment.tree)
            if isinstance(part, Call) and part.function in ("sum", "mean")
        }

    # -- Computing ------------------------------------------------------------------------------

    def world(self, givens: Mapping[str, float] | None = None) -> World:
        """The sheet computed at these givens; at its own where none are said."""
        return World(self, {**self.givens, **(givens or {})})

    def truth(self, claim: Claim, world: World) -> float:
        """What the subject of the claim is in a world."""
        subject = claim.subject
        if subject.of:
            try:
                return world.derivative(subject.of, subject.by)
            except DomainError as error:
                raise SheetError(f"{claim.before[0].place}: {error}") from None
        if subject.name:
            return float(world.values[subject.name].data)
        return world.number(claim.before[0].tree)

    def graph(self, of: str = "") -> Value:
        """The loss, or another name, as a node with the whole graph below it; a weighted sum is one node.

        Without `loss:` it is the last name that a derivative is taken of, and where there is none, the
        last definition.

        >>> Sheet.parse("w = 3; E = w^2; dE/dw = 6; w_new = w - 0.1*dE/dw").graph().label
        'E'

        Raises KeyError for a name that the sheet does not have.
        """
        if not of and not self.loss and not self.definitions:
            raise SheetError("line 1, column 1: the sheet defines nothing that could be a loss; write loss: and a name")
        return World(self, self.givens, whole=True).values[of or self.loss or self._top()]

    def _top(self) -> str:
        """What stands for the loss where the sheet does not say."""
        slopes = [part.of for name in self.definitions for part in self.slopes_in(name)]
        tops = [claim.subject.of for claim in self.claims if claim.subject.of] + slopes
        position = self.position()
        return max(tops, key=position.__getitem__) if tops else list(self.definitions)[-1]


def stem(name: str) -> str:
    """A name without its numbers: h1 and h2 have the same one."""
    return re.sub(r"\d+", "#", name)


def _as_name(part: Node, names: Mapping[float, str]) -> Node:
    return Name(names[part.value], Place(0, 0)) if isinstance(part, Number) and part.value in names else part


def read_file(path: str | Path) -> str:
    """The text of a file; SheetError where it cannot be read as one."""
    file = Path(path)
    try:
        if file.stat().st_size > 4 * grammar.MAX_CHARACTERS:
            raise SheetError(f"{path}: a file of {file.stat().st_size} bytes is too large for a sheet")
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SheetError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SheetError(f"{path}: not text in UTF-8 (byte {error.start})") from None
