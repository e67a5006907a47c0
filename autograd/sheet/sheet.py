"""A sheet: the worksheet that is read from a text in the sheet language.

A statement `a = b = c` about a new name defines it by b and claims that it is c; about a known name, an expression or a
derivative it claims everything after the first `=`. What cannot be read is an error or, where the rest is to be marked,
a claim that says so; so is what needs a name that could not be read.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.claims import Claim, Subject
from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import (
    BinaryNode,
    CallNode,
    DerivativeNode,
    NameNode,
    NumberNode,
    Segment,
    UnansweredNode,
    UnreadableNode,
    single_number,
)
from autograd.claims.worksheet import Worksheet
from autograd.engine.messages import describe
from autograd.errors import OperandError, SheetError
from autograd.formatting import escapes
from autograd.sheet import error_hints, library, program
from autograd.sheet.aliases import same_formulas
from autograd.sheet.meanings import CallMeanings, functions_to_write_out
from autograd.sheet.parser import parse_formula
from autograd.sheet.statements import unreadable
from autograd.sheet.versions import Versions
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.claims.tree import FunctionDefinition, Node, TextPlace
    from autograd.sheet.statements import Statement

MAX_PARTS = 60_000  # numbers, names and operations of a sheet, its functions and sums written out
MAX_OF_ARRAYS = 400_000  # the same of arrays: one step of two layers of 64 × 64 weights has 130,000
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

    def __init__(self, parsed: program.ParsedSheet, key: Worksheet | None = None, *, strict: bool = True) -> None:
        super().__init__(key, lines=parsed.lines, loss=parsed.loss)
        self.problems: list[SheetError] = list(parsed.problems)
        if strict and self.problems:
            raise self.problems[0]
        self._strict = strict
        self.aliases = parsed.aliases
        self._missing = dict(parsed.lost_functions)  # names whose definition cannot be read, and its line
        self._sizes = [0, 0]  # of what is written with single numbers, and with arrays
        self.arrays.update(parsed.arrays)
        self.boxes += parsed.boxes
        self.layout = parsed.layout or self.layout
        self._function_sizes = dict.fromkeys(self.functions, 1)
        self._function_sizes.update(key._function_sizes if isinstance(key, Sheet) else {})
        written_out = functions_to_write_out(parsed.functions)
        self.functions.update({name: each for name, each in parsed.functions.items() if name not in written_out})
        for name, function in parsed.functions.items():
            if name not in written_out:
                self._check_definition_of(function)
        self._versions = Versions(self)
        self._meanings = CallMeanings(self, written_out, parsed.applied, self._define_part, self._versions.key)
        for statement in parsed.statements:
            self._read_statement(statement)
        if self.loss in self._missing:
            self.loss = None
        elif self.loss is not None:
            self.loss = self._versions.first_loss or self._versions.key(self.loss)
        if self.loss is not None and self.loss not in self.names:
            raise SheetError(f"line 1, column 1: the loss is said to be {self.loss}, but nothing defines {self.loss}")

    @classmethod
    def parse(cls, text: str, key: Worksheet | None = None, *, strict: bool = True) -> Sheet:
        """Read a sheet from its text; names of the `key` count as defined.

        If not `strict`, what cannot be read is a claim of the kind "unreadable", and an error in `problems`.

        >>> sheet = Sheet.parse("x = 3; y = x^2 = (9; dy/dx = 2*x = 6", strict=False)
        >>> [claim.kind for claim in sheet.claims], len(sheet.problems)
        (['unreadable', 'formula', 'number'], 1)

        Raises OperandError for what is not text, SheetError for text that is not a sheet.
        """
        return cls._from_text(text, key, strict=strict)

    @classmethod
    def load(cls, path: str | Path, key: Worksheet | None = None, *, strict: bool = True) -> Sheet:
        """Read a sheet from a file, plain or Markdown with blocks marked `sheet`.

        Raises OperandError for what is not a path, SheetError for a file that cannot be read.
        """
        if isinstance(path, str) and "\n" in path:
            raise OperandError("Sheet.load takes a file; Sheet.parse takes the text of a sheet")
        return cls._from_text(read_file(path), key, Path(path).suffix, strict=strict)

    @classmethod
    def _from_text(
        cls, text: str, key: Worksheet | None, suffix: str = "", *, strict: bool, same: Mapping[str, str] | None = None
    ) -> Sheet:
        check_text(text, "Sheet.parse", "Sheet.load takes a file")
        hint = ""
        try:
            aliases = {**getattr(key, "aliases", {}), **(same or {})}
            parsed = program.read(text, () if key is None else key.order, key.loss if key else None, aliases)
            sheet = cls(parsed, key, strict=strict)
            hint = error_hints.for_text(text, suffix) if sheet.problems else ""
            if sheet.problems and (hint or all(_says_nothing(event) for event in sheet.events)):
                raise sheet.problems[0]  # nothing can be read, or all of it is something else
        except SheetError as error:
            raise SheetError(f"{error}{hint or error_hints.for_text(text, suffix)}") from None
        if same is None and (same := same_formulas(sheet)):
            return cls._from_text(text, key, suffix, strict=strict, same=same)
        return sheet

    def _read_statement(self, statement: Statement) -> None:
        statement.segments = tuple(map(self._with_meaning, statement.segments))
        read = self._versions.read(statement)
        first, *others = read.segments
        if not isinstance(first.tree, NameNode):
            first = self._left_side(first, statement)
        subject, is_defined = Subject(), False  # by this line
        if isinstance(first.tree, NameNode):
            subject = Subject(name=first.tree.key)
            if subject.name not in self.names:
                others[0] = self._define(subject.name, others[0])
                is_defined = subject.name in self.names and not read.is_claimed
                if read.doubt and not read.is_claimed:
                    self.doubts.setdefault(subject.name, read.doubt)
        elif isinstance(first.tree, DerivativeNode):
            subject = Subject(of=first.tree.of, by=first.tree.by)
        elif isinstance(first.tree, UnreadableNode):  # nothing can be said about it
            self.claim(subject, first, (first,), statement.index)
            return
        others[is_defined:] = map(self._checked, others[is_defined:])
        if subject.name in self._missing:
            others = [self._without_its_name(other, subject.name) for other in others]
        for at in range(is_defined, len(others)):
            claim = self.claim(subject, others[at], (first, *others[:at]), statement.index)
            claim.doubt = claim.doubt or read.doubt or (None if at else read.formula_doubt)
            claim.note = self._meanings.say() or ("" if at else read.note)

    def _with_meaning(self, segment: Segment) -> Segment:
        """Return a member of a chain with calls that are none as what they mean."""
        try:
            return self._meanings.read(segment)
        except SheetError as error:
            if self._strict:
                raise
            self.problems.append(error)
            return unreadable(segment, error)

    def _define_part(self, name: str, segment: Segment) -> None:
        """Define a part of a line that is differentiated and has no name."""
        (read,) = self._versions.renamed((segment,)).segments
        self._check_names(read.tree, of_array=False)
        self.define(name, read)

    def _left_side(self, first: Segment, statement: Statement) -> Segment:
        """Return what a line begins with, checked; if it is unreadable, so is the whole line."""
        if isinstance(first.tree, UnansweredNode):
            first = self._refused(first, f"{first.place}: a line cannot begin with ?")
        first = self._checked(first)
        if not _is_unreadable(first):
            return first
        line, column = first.place
        ends = [s.place.column - 1 + len(s.text) for s in statement.segments if s.place.line == line]
        return Segment(first.tree, self.lines[line - 1][column - 1 : max(ends)], first.place)

    def _without_its_name(self, segment: Segment, name: str) -> Segment:
        """Return a member of a chain about a name that could not be defined."""
        error = self._missing_name(name)
        return segment if _is_unreadable(segment) else unreadable(segment, error, error.line)

    def _define(self, name: str, segment: Segment) -> Segment:
        """Define a name by the second member of its line, and return that: as unreadable where it cannot define it."""
        checked = self._checked(segment)
        if isinstance(checked.tree, UnansweredNode):
            checked = self._refused(
                segment, f"{segment.place}: {name} = ? — nothing says yet what {name} is: write a number or a formula"
            )
        if isinstance(checked.tree, UnreadableNode):
            self._missing.setdefault(name, checked.tree.needs or segment.place.line)
        elif name not in self._missing or single_number(checked.tree) is None:
            self._missing.pop(name, None)  # a number alone does not make up for the formula
            self.define(name, checked)
        return checked

    def _checked(self, segment: Segment) -> Segment:
        """Return a member of a chain as it is, or as unreadable where it names what is not there."""
        if _is_unreadable(segment):
            return segment
        try:
            self._check_names(segment.tree, of_array=segment.entry is not None)
        except SheetError as error:
            if self._strict:
                raise
            needs = error.line if isinstance(error, _MissingNameError) else 0
            if not needs:
                self.problems.append(error)
            return unreadable(segment, error, needs)
        return segment

    def _refused(self, segment: Segment, message: str) -> Segment:
        """Return a member of a chain as unreadable, or raise the error where the sheet is to be read strictly."""
        error = SheetError(message)
        if self._strict:
            raise error
        self.problems.append(error)
        return unreadable(segment, error)

    def _check_names(self, tree: Node, *, of_array: bool) -> None:
        if isinstance(tree, NumberNode):
            self._sizes[of_array] += 1
            return
        most = MAX_OF_ARRAYS if of_array else MAX_PARTS
        for part in syntax.walk(tree):
            self._sizes[of_array] += 1
            if isinstance(part, NameNode):
                self._check_known(part.key, part.place, is_value=True)
            elif isinstance(part, DerivativeNode):
                self._check_known(part.of, part.place)
                self._check_known(part.by, part.place)
            elif isinstance(part, CallNode):
                self._check_call(part)
                self._sizes[of_array] += self._size_of(part)
            if self._sizes[of_array] > most and isinstance(part, (NameNode, CallNode, BinaryNode)):
                raise SheetError(
                    f"{part.place}: more than {most:,} numbers, names and operations, sums and functions written "
                    "out; split the sheet"
                )

    def _size_of(self, call: CallNode) -> int:
        """Return the size of a call with its function written out; each prime makes it about three times as long."""
        return int(self._function_sizes.get(call.function, 1) * 3**call.primes)

    def _check_known(self, name: str, place: TextPlace, *, is_value: bool = False) -> None:
        if name in self.names:
            return
        if name in self._missing:
            raise self._missing_name(name)
        value = library.constant(name, parse_formula) if is_value else None
        if value is not None:
            self.define(name, Segment(value, library.CONSTANTS[name], place))
            return
        shown = escapes.plain(name[: error_hints.MAX_SHOWN])
        raise SheetError(f"{place}: {shown} is used before it is defined{error_hints.for_name(name, self.names)}")

    def _missing_name(self, name: str) -> _MissingNameError:
        line = self._missing[name]
        return _MissingNameError(f"{escapes.plain(name)} depends on line {line}, which cannot be read", line)

    def _check_definition_of(self, function: FunctionDefinition) -> None:
        """Refuse a function that is made of more than its argument, numbers, and functions before it."""
        size = 0
        for part in syntax.walk(function.body):
            size += 1
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
        if call.function in self._missing:
            raise self._missing_name(call.function)
        if call.function not in FUNCTIONS:
            hint = error_hints.for_function(call, self.names, [*FUNCTIONS, *self.functions])
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


class _MissingNameError(SheetError):
    """A name is needed that depends on a line which cannot be read."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _says_nothing(event: Claim | str) -> bool:
    return isinstance(event, Claim) and event.kind == "unreadable"


def _is_unreadable(segment: Segment) -> bool:
    return isinstance(segment.tree, UnreadableNode)


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
