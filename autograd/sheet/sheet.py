"""A sheet: the worksheet that is read from a text in the sheet language.

A statement `a = b = c` about a new name defines it by b and claims that it is c; about a known name, an expression or a
derivative it claims everything after the first `=`.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.claims import Subject
from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, UnansweredNode
from autograd.claims.worksheet import Worksheet
from autograd.engine.value import describe
from autograd.errors import OperandError, SheetError
from autograd.formatting import escapes
from autograd.sheet import error_hints, program
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.claims.tree import FunctionDefinition, Node, Segment, TextPlace

MAX_PARTS = 60_000  # numbers, names and operations of a sheet, its functions and sums written out
MAX_BYTES = 4 * program.MAX_CHARACTERS  # a character of UTF-8 takes at most four
MAX_PRIMES = 4  # the fourth derivative


class Sheet(Worksheet):
    """A sheet that has been read: `givens`, `definitions`, `claims`, `loss`, `functions`.

    >>> sheet = Sheet.parse("x = 3; y = x^2 = 9; dy/dx = 2*x = 6")
    >>> list(sheet.givens), list(sheet.definitions), [claim.segment.text for claim in sheet.claims]
    (['x'], ['y'], ['9', '2*x', '6'])
    >>> sheet.evaluate().values["y"].data
    9.0

    Raises SheetError with line and column for what cannot be read or computed.
    """

    def __init__(self, parsed: program.ParsedSheet, key: Worksheet | None = None) -> None:
        super().__init__(key, lines=parsed.lines, loss=parsed.loss)
        self._size = 0
        self._function_sizes = dict.fromkeys(self.functions, 1)
        self._function_sizes.update(key._function_sizes if isinstance(key, Sheet) else {})
        self.functions.update(parsed.functions)
        for function in parsed.functions.values():
            self._check_definition_of(function)
        for statement in parsed.statements:
            self._read_statement(statement)
        if self.loss is not None and self.loss not in self._names:
            raise SheetError(f"line 1, column 1: the loss is said to be {self.loss}, but nothing defines {self.loss}")

    @classmethod
    def parse(cls, text: str, key: Worksheet | None = None) -> Sheet:
        """Read a sheet from its text; names of the `key` count as defined.

        Raises OperandError for what is not text, SheetError for text that is not a sheet.
        """
        return cls._from_text(text, key)

    @classmethod
    def load(cls, path: str | Path, key: Worksheet | None = None) -> Sheet:
        """Read a sheet from a file, plain or Markdown with blocks marked `sheet`.

        Raises OperandError for what is not a path, SheetError for a file that cannot be read.
        """
        if isinstance(path, str) and "\n" in path:
            raise OperandError("Sheet.load takes a file; Sheet.parse takes the text of a sheet")
        return cls._from_text(read_file(path), key, Path(path).suffix)

    @classmethod
    def _from_text(cls, text: str, key: Worksheet | None, suffix: str = "") -> Sheet:
        check_text(text, "Sheet.parse", "Sheet.load takes a file")
        try:
            return cls(program.read(text, () if key is None else key.order, key.loss if key else None), key)
        except SheetError as error:
            raise SheetError(f"{error}{error_hints.for_text(text, suffix)}") from None

    def _read_statement(self, statement: program.Statement) -> None:
        segments = statement.segments
        first, second, *_ = segments
        claimed = 1  # the first member of the chain that is claimed
        subject = Subject()
        if isinstance(first.tree, UnansweredNode):
            raise SheetError(f"{first.place}: a line cannot begin with ?")
        if isinstance(first.tree, NameNode):
            name = first.tree.key
            subject = Subject(name=name)
            if name not in self._names:
                self._define(name, second)
                claimed = 2
            elif syntax.claim_kind(second.tree) == "formula" and not (self.key and name in self.key._names):
                raise SheetError(
                    f"{first.place}: {name} is defined already; write a formula for it as a further "
                    f"'= …' on its own line, or use another name (w_new)"
                )
        elif isinstance(first.tree, DerivativeNode):
            subject = Subject(of=first.tree.of, by=first.tree.by)
        for segment in segments[0 if claimed == 1 else 2 :]:
            self._check_names(segment.tree)
        for at in range(claimed, len(segments)):
            self.claim(subject, segments[at], segments[:at], statement.index)

    def _define(self, name: str, segment: Segment) -> None:
        self._check_names(segment.tree)
        if isinstance(segment.tree, UnansweredNode):
            raise SheetError(
                f"{segment.place}: {name} = ? — nothing says yet what {name} is: write a number or a formula"
            )
        self.define(name, segment)

    def _check_names(self, tree: Node) -> None:
        for part in syntax.walk(tree):
            self._size += 1
            if isinstance(part, NameNode):
                self._check_known(part.key, part.place)
            elif isinstance(part, DerivativeNode):
                self._check_known(part.of, part.place)
                self._check_known(part.by, part.place)
            elif isinstance(part, CallNode):
                self._check_call(part)
                self._size += self._size_of(part)
            if self._size > MAX_PARTS and isinstance(part, (NameNode, CallNode, BinaryNode)):
                raise SheetError(
                    f"{part.place}: more than {MAX_PARTS:,} numbers, names and operations, sums and functions written "
                    "out; split the sheet"
                )

    def _size_of(self, call: CallNode) -> int:
        """Return the size of a call with its function written out; each prime makes it about three times as long."""
        return int(self._function_sizes.get(call.function, 1) * 3**call.primes)

    def _check_known(self, name: str, place: TextPlace) -> None:
        if name in self._names:
            return
        shown = escapes.plain(name[: error_hints.MAX_SHOWN])
        raise SheetError(f"{place}: {shown} is used before it is defined{error_hints.for_name(name, self._names)}")

    def _check_definition_of(self, function: FunctionDefinition) -> None:
        """Refuse a function that is made of more than its argument, numbers, and functions before it."""
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
                self._check_call(part)
                size += self._size_of(part)
        self._function_sizes[function.name] = min(size, MAX_PARTS + 1)

    def _check_call(self, call: CallNode) -> None:
        if call.primes > MAX_PRIMES:
            raise SheetError(f"{call.place}: more than {MAX_PRIMES} primes")
        if call.function in self.functions:
            if call.function not in self._function_sizes or self._comes_later(self.functions[call.function], call):
                raise SheetError(f"{call.place}: the function {call.function} is used before it is defined")
            if len(call.args) != 1:
                raise SheetError(f"{call.place}: {call.function} takes one argument, not {len(call.args)}")
            return
        if call.function not in FUNCTIONS:
            hint = error_hints.for_function(call, self._names, [*FUNCTIONS, *self.functions])
            raise SheetError(
                f"{call.place}: there is no function {escapes.plain(call.function[: error_hints.MAX_SHOWN])}{hint}"
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


def check_text(text: str, taker: str, instead: str) -> None:
    """Raise OperandError for what is not text; `instead` says what to do."""
    if not isinstance(text, str):
        raise OperandError(f"{taker} takes the text of a sheet, not {describe(text)}; {instead}")


def read_file(path: str | Path) -> str:
    """Return the text of a file.

    Raises SheetError for a file that cannot be read as text.
    """
    if not isinstance(path, (str, PathLike)):
        raise OperandError(f"a file is named by its path, not by {describe(path)}")
    if not str(path) or "\0" in str(path):
        raise SheetError(f"{escapes.plain(str(path)[: error_hints.MAX_SHOWN]) or repr('')}: no file has such a name")
    try:
        with Path(path).open("rb") as file:
            return read_text(file)
    except OSError as error:
        raise SheetError(f"{path}: {error.strerror or error}") from None
    except SheetError as error:
        raise SheetError(f"{path}: {error}") from None


def read_text(stream: IO[bytes]) -> str:
    """Return the text of a stream; of one that is too long, such as a device without an end, no more than is allowed.

    Raises SheetError for more bytes than a sheet may have, and for what is not text.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SheetError(f"more than {MAX_BYTES:,} bytes are too large for a sheet")
    try:
        return str(data, "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError(f"not text in UTF-8 (byte {error.start})") from None
