"""What a sheet means: a graph of Values, and claims about it.

The first `name = …` of a name is a *given* (a number) or a *definition* (an expression, a node);
every further `= …` is a *claim* about the name, and so is everything that is said of a derivative.
What a sheet comes to at some choice of the givens is a `World`.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.claims import Claim, Subject
from autograd.claims.dependencies import Definitions
from autograd.claims.interpreter import FUNCTIONS, Evaluation
from autograd.claims.tree import (
    BinaryNode,
    CallNode,
    DerivativeNode,
    FunctionDefinition,
    NameNode,
    Node,
    Segment,
    TextPlace,
    UnansweredNode,
)
from autograd.engine.value import describe
from autograd.errors import DomainError, OperandError, SheetError
from autograd.formatting import escapes
from autograd.sheet import error_hints, program
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.engine.value import Value

MAX_PARTS = 60_000  # numbers, names and operations of a sheet, its functions and sums written out
MAX_PRIMES = 4  # the fourth derivative


class Sheet(Definitions):
    """A sheet that has been read: `givens`, `definitions`, `claims`, `loss`, `functions`.

    >>> sheet = Sheet.parse("x = 3; y = x^2 = 9; dy/dx = 2*x = 6")
    >>> list(sheet.givens), list(sheet.definitions), [claim.segment.text for claim in sheet.claims]
    (['x'], ['y'], ['9', '2*x', '6'])
    >>> sheet.evaluate().values["y"].data
    9.0

    Raises SheetError with line and column for what cannot be read or computed.
    """

    def __init__(self, text: syntax.ParsedSheet, key: Sheet | None = None) -> None:
        super().__init__(key)
        self.lines = text.lines
        self.functions: dict[str, FunctionDefinition] = {**(key.functions if key else {}), **text.functions}
        self.loss: str | None = text.loss or (key.loss if key else None)
        self.key = key
        self.claims: list[Claim] = []
        self.events: list[Claim | str] = []  # claims and definitions in the order of the text
        self.parts = 0
        self._sizes: dict[str, int] = dict(key._sizes) if key else {}
        self._opened: dict[str, Segment] = {}
        for function in text.functions.values():
            self._understand_function(function)
        for statement in text.statements:
            self._understand(statement)
        if self.loss is not None and self.loss not in self._names:
            raise SheetError(f"line 1, column 1: the loss is said to be {self.loss}, but nothing defines {self.loss}")

    @classmethod
    def parse(cls, text: str, key: Sheet | None = None) -> Sheet:
        """Read a sheet from its text; names of the `key` count as defined.

        Raises OperandError for what is no text.
        """
        return cls._read(text, key)

    @classmethod
    def load(cls, path: str | Path, key: Sheet | None = None) -> Sheet:
        """Read a sheet from a file, plain or Markdown with blocks marked `sheet`.

        Raises OperandError for what is no path, SheetError for a file that cannot be read.
        """
        if isinstance(path, str) and "\n" in path:
            raise OperandError("Sheet.load takes a file; Sheet.parse takes the text of a sheet")
        return cls._read(read_file(path), key, Path(path).suffix)

    @classmethod
    def _read(cls, text: str, key: Sheet | None, suffix: str = "") -> Sheet:
        check_text(text, "Sheet.parse", "Sheet.load takes a file")
        try:
            return cls(program.read(text, () if key is None else key.order, key.loss if key else None), key)
        except SheetError as error:
            raise SheetError(f"{error}{error_hints.for_text(text, suffix)}") from None

    # -- From statements to definitions and claims ----------------------------------------------

    def _understand(self, statement: syntax.Statement) -> None:
        first, *rest = statement.segments
        if isinstance(first.tree, UnansweredNode):
            raise SheetError(f"{first.place}: a line cannot begin with ?")
        claimed = 1
        subject = Subject()
        if isinstance(first.tree, NameNode):
            subject = Subject(name=first.tree.key)
            if first.tree.key not in self._names:
                self._define(first.tree.key, rest[0])
                claimed = 2
            elif self._mentions_names(rest[0].tree) and not (self.key and first.tree.key in self.key._names):
                raise SheetError(
                    f"{first.place}: {first.tree.key} is defined already; write a formula for it as a further "
                    f"'= …' on its own line, or use another name (w_new)"
                )
        elif isinstance(first.tree, DerivativeNode):
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
        tree = DerivativeNode(of, by, segment.place)
        self._trees.discard(id(segment.tree))
        self._redefine(name, Segment(tree, f"d{of}/d{by}", segment.place))
        first = Segment(NameNode(name, segment.place), name, segment.place)
        claim = Claim(Subject(name, of, by), segment, "formula", (first,), use=use)
        self.claims.append(claim)
        self.events.insert(self.events.index(name) + 1, claim)

    def open_up(self, name: str) -> str:
        """Give what an activation is taken of a name of its own: h = σ(w·x) as h = σ((net of h))."""
        segment = self.definitions[name]
        call = segment.tree
        assert isinstance(call, CallNode)
        inside = f"(net of {name})"
        self._opened[inside] = segment
        self.order.insert(self.order.index(name), inside)
        self.events.insert(self.events.index(name), inside)
        self._names[inside] = None
        self._redefine(inside, Segment(call.args[0], segment.text, segment.place))
        tree = CallNode(call.function, (NameNode(inside, segment.place),), call.place)
        self._redefine(name, Segment(tree, segment.text, segment.place))
        return inside

    def close(self, inside: str) -> None:
        """Take back what `open_up` did."""
        self.order.remove(inside)
        self.events.remove(inside)
        del self._names[inside], self.definitions[inside]
        name = inside.removeprefix("(net of ").removesuffix(")")
        self._redefine(name, self._opened.pop(inside))

    def _define(self, name: str, segment: Segment) -> None:
        number = syntax.single_number(segment.tree)
        self._check_names(segment.tree)
        if isinstance(segment.tree, UnansweredNode):
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
        return not isinstance(tree, UnansweredNode) and not syntax.is_arithmetic(tree)

    @staticmethod
    def _kind(tree: Node) -> str:
        if isinstance(tree, UnansweredNode):
            return "unanswered"
        if syntax.single_number(tree) is not None:
            return "number"
        return "arithmetic" if syntax.is_arithmetic(tree) else "formula"

    def _check_names(self, tree: Node) -> None:
        for part in syntax.walk(tree):
            self.parts += 1
            if isinstance(part, NameNode):
                self._known(part.key, part.place)
            elif isinstance(part, DerivativeNode):
                self._known(part.of, part.place)
                self._known(part.by, part.place)
            elif isinstance(part, CallNode):
                self._known_function(part)
                self.parts += self._size(part)
            if self.parts > MAX_PARTS and isinstance(part, (NameNode, CallNode, BinaryNode)):
                raise SheetError(
                    f"{part.place}: more than {MAX_PARTS:,} numbers, names and operations, sums and functions written "
                    "out; split the sheet"
                )

    def _size(self, call: CallNode) -> int:
        """How much a call of a function of the sheet takes; each prime makes about three of it."""
        return int(self._sizes.get(call.function, 1) * 3**call.primes)

    def _known(self, name: str, place: TextPlace) -> None:
        if name in self._names:
            return
        shown = escapes.plain(name[: error_hints.LONGEST])
        raise SheetError(f"{place}: {shown} is used before it is defined{error_hints.for_name(name, self._names)}")

    def _understand_function(self, function: FunctionDefinition) -> None:
        """Check what a function is made of: its argument, numbers, and functions before it."""
        size = 0
        for part in syntax.walk(function.body):
            size += 1
            if isinstance(part, NameNode) and part.key != function.argument:
                raise SheetError(
                    f"{part.place}: a function is made of its argument alone, and {escapes.plain(part.key[:80])} is "
                    f"not {function.argument}: write its number there"
                )
            if isinstance(part, DerivativeNode):
                raise SheetError(f"{part.place}: a function of the sheet cannot have a derivative in it")
            if isinstance(part, CallNode):
                if part.function == function.name:
                    raise SheetError(f"{part.place}: the function {function.name} is defined by itself")
                self._known_function(part)
                size += self._size(part)
        self._sizes[function.name] = min(size, MAX_PARTS + 1)

    def _known_function(self, call: CallNode) -> None:
        if call.primes > MAX_PRIMES:
            raise SheetError(f"{call.place}: more than {MAX_PRIMES} primes")
        if call.function in self.functions:
            if call.function not in self._sizes or self._comes_later(self.functions[call.function], call):
                raise SheetError(f"{call.place}: the function {call.function} is used before it is defined")
            if len(call.args) != 1:
                raise SheetError(f"{call.place}: {call.function} takes one argument, not {len(call.args)}")
            return
        if call.function not in FUNCTIONS:
            hint = error_hints.for_function(call, self._names, [*FUNCTIONS, *self.functions])
            raise SheetError(
                f"{call.place}: there is no function {escapes.plain(call.function[: error_hints.LONGEST])}{hint}"
            )
        op = FUNCTIONS[call.function]
        arity = op.arity - len(op.defaults) if isinstance(op, ops.Op) else 1
        least, most = (1, MAX_PARTS) if call.function in ("sum", "mean") else (arity, getattr(op, "arity", 1))
        if not least <= len(call.args) <= most:
            wanted = f"{least} argument{'s' * (least > 1)}" if least == most else f"{least} or {most} arguments"
            raise SheetError(f"{call.place}: {call.function} takes {wanted}, not {len(call.args)}")
        if call.primes and len(call.args) != 1:
            raise SheetError(f"{call.place}: {call.function}' needs a function of one argument")

    def _comes_later(self, function: FunctionDefinition, call: CallNode) -> bool:
        known = self.key is not None and self.key.functions.get(function.name) is function
        return function.place.line > call.place.line and not known

    # -- Computing ------------------------------------------------------------------------------

    def evaluate(self, givens: Mapping[str, float] | None = None) -> Evaluation:
        """The sheet computed at these givens; at its own where none are said."""
        return Evaluation(self, {**self.givens, **(givens or {})})

    def truth(self, claim: Claim, point: Evaluation) -> float:
        """What the subject of the claim is in a point."""
        subject = claim.subject
        if subject.of:
            try:
                return point.derivative(subject.of, subject.by)
            except DomainError as error:
                raise SheetError(f"{claim.before[0].place}: {error}") from None
        if subject.name:
            return float(point.values[subject.name].data)
        return point.number(claim.before[0].tree)

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
        return Evaluation(self, self.givens, whole=True).values[of or self.loss or self._top()]

    def _top(self) -> str:
        """What stands for the loss where the sheet does not say."""
        slopes = [part.of for name in self.definitions for part in self.slopes_in(name)]
        tops = [claim.subject.of for claim in self.claims if claim.subject.of] + slopes
        position = self.position()
        return max(tops, key=position.__getitem__) if tops else list(self.definitions)[-1]


def check_text(text: str, taker: str, instead: str) -> None:
    """Refuse what is no text, and say what to do instead."""
    if not isinstance(text, str):
        raise OperandError(f"{taker} takes the text of a sheet, not {describe(text)}; {instead}")


def read_file(path: str | Path) -> str:
    """The text of a file; SheetError where it cannot be read as one."""
    if not isinstance(path, (str, PathLike)):
        raise OperandError(f"a file is named by its path, not by {describe(path)}")
    if "\0" in str(path):
        raise SheetError(f"{escapes.plain(str(path)[: error_hints.LONGEST])}: no file has such a name")
    file = Path(path)
    try:
        if file.stat().st_size > 4 * program.MAX_CHARACTERS:
            raise SheetError(f"{path}: a file of {file.stat().st_size} bytes is too large for a sheet")
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SheetError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SheetError(f"{path}: not text in UTF-8 (byte {error.start})") from None
