"""The language of sheets: text to a tree, nothing evaluated.

A sheet is lines of *statements*; a statement is a *chain* of expressions joined by `=`. The grammar
is a whitelist: numbers, names, indices, arithmetic, calls, sums, derivatives, and nothing else.
Sizes and nesting are bounded, and every error knows its line and column. What the tree means is
said in `sheet`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd import look
from autograd.errors import SheetError
from autograd.sheet.syntax import (
    Binary,
    Call,
    Derivative,
    Function,
    Name,
    Negative,
    Node,
    Number,
    Place,
    Segment,
    Statement,
    Text,
    Unanswered,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 100
MAX_TERMS = 20_000
MAX_WORDS = 100_000
MAX_DIGITS = 400

# -- Words --------------------------------------------------------------------------------------

_SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TO_DIGITS = str.maketrans(_SUPER + "⁻⁺−", "0123456789-+-")
_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\r\u00a0]+)
  | (?P<comment>\#.*)
  | (?P<number>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)
        (?:[eE][-−+]?\d+ | \s*[×·*]\s*10(?:[⁻⁺]?[{_SUPER}]+|(?:\^|\*\*)\(?[-−+]?\d+\)?))?)
  | (?P<half>½)
  | (?P<name>∂?(?:[^\W\d{_SUPER}](?:[^\W{_SUPER}]|[\u0300-\u036f])*))
  | (?P<super>[⁻⁺]?[{_SUPER}]+)
  | (?P<dots>\.\.|…)
  | (?P<op>\*\*|==|[-+*/^=()\[\],;:?'.−–·×÷≈√′∂⋅])
  """,
    re.VERBOSE,
)
_SAME = {
    "−": "-",
    "–": "-",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "÷": "/",
    "**": "^",
    "≈": "=",
    "==": "=",
    "′": "'",
    "…": "..",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One word: its kind, its text in one spelling, where it stands and where it ends."""

    kind: str
    text: str
    place: Place
    end: int


def spelled(name: str) -> str:
    """A name in its one spelling: w₁ is w1, ∂E is dE."""
    return unicodedata.normalize("NFKC", name.replace("∂", "d", 1))


def tokens(line: str, row: int) -> Iterator[Token]:
    """The words of one line.

    Raises SheetError at a character that the language does not have.
    """
    position = 0
    while position < len(line):
        place = Place(row, position + 1)
        match = _TOKEN.match(line, position)
        if match is None:
            raise SheetError(f"{place}: {look.plain(line[position])!r} is not part of the sheet language")
        position = match.end()
        kind = str(match.lastgroup)
        text = match[0]
        if kind == "comment":
            break
        if kind == "space":
            continue
        if kind == "name":
            text = spelled(text)
        elif kind == "number":
            _check_size(text, place)
        elif kind in ("op", "dots"):
            kind, text = "op", _SAME.get(text, text)
        yield Token(kind, text, place, match.end())


def _check_size(text: str, place: Place) -> None:
    """Refuse a number that no float is."""
    if len(text) > MAX_DIGITS:
        raise SheetError(f"{place}: a number of more than {MAX_DIGITS} digits")
    if len(text) > 17 or not text.replace(".", "").isdecimal():
        found = number(text)
        if math.isinf(found.value):
            raise SheetError(f"{place}: {text} is too large for a float")
        if found.value == 0 and re.search("[1-9]", found.text.partition("e")[0]):
            raise SheetError(f"{place}: {text} is too small for a float")


def number(text: str) -> Number:
    """A number from its text: `0.40` claims two decimals, `1.5e-4` and `1.5×10⁻⁴` claim their own.

    >>> number("0.40").unit, number("1.5e-4").unit, number("7").exact
    (0.01, 1e-05, True)
    """
    text = re.sub(r"\s*[×·*]\s*10(?:\^|\*\*)?\(?([⁻⁺−+-]?[\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)\)?", r"e\1", text).translate(_TO_DIGITS)
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return Number(text.lower(), float(text), float(f"1e{int(exponent or 0) - decimals}"))


# -- Grammar ------------------------------------------------------------------------------------

_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_UNARY = 3
MODULES = ("math", "np", "numpy", "torch", "autograd")


class _Parser:
    """A reader of one statement's words, by precedence."""

    def __init__(self, words: Sequence[Token], names: Names, indices: Mapping[str, int], lines: Sequence[str]) -> None:
        self.words = words
        self.names = names
        self.indices = dict(indices)
        self.lines = lines
        self.has_e = "e" in names.left  # then e is that, and e^x is no exponential
        self.at = 0
        self.depth = 0

    # words

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at].text if at < len(self.words) else ""

    def kind(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at].kind if at < len(self.words) else "end"

    def place(self) -> Place:
        if self.at < len(self.words):
            return self.words[self.at].place
        last = self.words[-1]
        return Place(last.place.line, last.end + 1)

    def take(self) -> Token:
        token = self.words[self.at]
        self.at += 1
        return token

    def expect(self, text: str, why: str) -> Token:
        if self.peek() != text:
            raise self.error(f"{text!r} is missing {why}")
        return self.take()

    def error(self, message: str) -> SheetError:
        found = f"at {look.plain(self.peek())!r}" if self.at < len(self.words) else "at the end of the line"
        return SheetError(f"{self.place()}: {message}, {found}")

    # expressions

    def expression(self, level: int = 0) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SheetError(f"{self.place()}: more than {MAX_DEPTH} brackets or operations inside one another")
        left = self.operand()
        while True:
            symbol = self.peek()
            if self.kind() == "super":
                exponent = Number(symbol.translate(_TO_DIGITS), float(symbol.translate(_TO_DIGITS)), 1.0)
                left = Binary("^", left, exponent, self.take().place)
                continue
            beside = self.beside()
            symbol = "*" if beside else symbol
            if not (beside or self.kind() == "op") or symbol not in _LEVELS or _LEVELS[symbol] <= level:
                break
            place = self.place() if beside else self.take().place
            # a power binds to the right, the others to the left
            right = self.expression(_LEVELS[symbol] - (symbol == "^"))
            left = Binary(symbol, left, right, place)
        self.depth -= 1
        return left

    def beside(self) -> bool:
        """Whether a factor stands right beside another: `(o - t)(1 - o)`, `2(o - t)`, `½x`, `x²(1 - x)`."""
        before = self.words[self.at - 1]
        if self.peek() == "(":
            return before.text == ")" or before.kind in ("number", "half", "super")
        return before.kind == "half" and self.kind() == "name"

    def operand(self) -> Node:
        place, kind, text = self.place(), self.kind(), self.peek()
        if kind == "number":
            return number(self.take().text)
        if kind == "half":
            self.take()
            return Binary("/", number("1"), number("2"), place)
        if text == "-":
            self.take()
            return Negative(self.expression(_UNARY))
        if text == "+":
            self.take()
            return self.expression(_UNARY)
        if text == "√":
            self.take()
            return Call("sqrt", (self.operand(),), place)
        if text == "?":
            raise self.error("a ? stands for a whole answer and cannot be part of an expression")
        if text == "(":
            self.take()
            inner = self.expression()
            self.expect(")", "to close the bracket")
            return inner
        if kind == "name":
            return self.named()
        raise self.error("a number, a name or a bracket is missing")

    def named(self) -> Node:
        token = self.take()
        while token.text in MODULES and self.peek() == "." and self.kind(1) == "name":
            self.take()
            token = self.take()
        name, place = token.text, token.place
        if name == "e" and not self.has_e and (self.peek() == "^" or self.kind() == "super"):
            exponent = self.take().text.translate(_TO_DIGITS)
            return Call("exp", (self.expression(_UNARY) if exponent == "^" else number(exponent),), place)
        primes = 0
        while self.peek() == "'":
            self.take()
            primes += 1
        if primes or (self.peek() == "(" and name not in self.indices):
            return self.call(name, place, primes)
        if name in self.indices:
            return number(str(self.indices[name]))
        key = name + self.index()
        derivative = self.names.derivative(key)
        if self.peek() == "/" and self.kind(1) == "name" and not self.names.plain(key):
            quotient = self.quotient(key, place)
            if quotient:
                return quotient
        if derivative:
            return Derivative(*derivative, place)
        return Name(key, place)

    def quotient(self, key: str, place: Place) -> Derivative | None:
        """dY/dX, if that is what stands here."""
        start = self.at
        self.take()
        below = self.take().text + self.index()
        of, by = key[1:], below[1:]
        if key[0] == below[0] == "d" and of and by and not (self.names.plain(key) or self.names.plain(below)):
            return Derivative(of, by, place)
        self.at = start
        return None

    def call(self, name: str, place: Place, primes: int) -> Node:
        self.expect("(", f"after {name}{primes * chr(39)}")
        if name in ("sum", "Σ", "Sum"):
            return self.sum(place)
        args = [self.expression()]
        while self.peek() == ",":
            self.take()
            args.append(self.expression())
        self.expect(")", f"to close {name}(")
        return Call(name, tuple(args), place, primes)

    def index(self) -> str:
        """The index that stands here, filled in: `[1,3]`, or nothing."""
        if self.peek() != "[":
            return ""
        self.take()
        numbers = [self.integer()]
        while self.peek() == ",":
            self.take()
            numbers.append(self.integer())
        self.expect("]", "to close the index")
        return f"[{','.join(map(str, numbers))}]"

    def integer(self) -> int:
        """An index: whole numbers and the running indices, added and subtracted."""
        result, sign = 0, 1
        while True:
            text = self.peek()
            if self.kind() == "number" and text.isdecimal():
                result += sign * int(self.take().text)
            elif text in self.indices:
                result += sign * self.indices[self.take().text]
            elif text in self.names.whole:
                result += sign * self.names.whole[self.take().text]
            else:
                raise self.error("an index is made of whole numbers, of givens that are (M = 3), and of for and sum")
            if self.peek() not in ("+", "-"):
                return result
            sign = 1 if self.take().text == "+" else -1

    def ranges(self) -> list[tuple[str, range]]:
        """`i in 1..3, j in 1..2`."""
        found = []
        while True:
            if self.kind() != "name":
                raise self.error("the name of an index is missing after for")
            name = self.take().text
            if self.peek() not in ("in", "="):
                raise self.error(f"'in' is missing after for {name}")
            self.take()
            first = self.integer()
            self.expect("..", "in the range")
            last = self.integer()
            if last - first >= MAX_TERMS:
                raise self.error(f"a range of more than {MAX_TERMS:,}")
            found.append((name, range(first, last + 1)))
            if self.peek() != ",":
                return found
            self.take()

    def sum(self, place: Place) -> Node:
        """The rest of `sum(body for k in 1..n)` written out, or of `sum(a, b, c)`."""
        start = self.at
        brackets = 0
        while self.at < len(self.words) and not (self.peek() == "for" and brackets == 0):
            brackets += {"(": 1, ")": -1}.get(self.peek(), 0)
            if brackets < 0:
                break
            self.at += 1
        if self.peek() != "for":
            self.at = start
            terms = [self.expression()]
            while self.peek() == ",":
                self.take()
                terms.append(self.expression())
            self.expect(")", "to close sum(")
            return Call("sum", tuple(terms), place)
        self.take()
        ranges = self.ranges()
        self.expect(")", "to close sum(")
        end, outer = self.at, dict(self.indices)
        terms = []
        for indices in _every(ranges, place):
            self.names.count(self)
            self.indices = {**outer, **indices}
            self.at = start
            terms.append(self.expression())
            if self.peek() != "for":
                raise self.error("'for' is missing in the sum")
        self.at, self.indices = end, outer
        if not terms:
            raise SheetError(f"{place}: a sum over an empty range")
        return Call("sum", tuple(terms), place)


def _every(ranges: Iterable[tuple[str, range]], place: Place) -> Iterator[dict[str, int]]:
    """Every choice of the indices, the last running fastest."""
    choices: list[dict[str, int]] = [{}]
    for name, values in ranges:
        if len(choices) * len(values) > MAX_TERMS:
            raise SheetError(f"{place}: the indices run over more than {MAX_TERMS:,} cases")
        choices = [{**choice, name: value} for choice in choices for value in values]
    yield from choices


class Names:
    """Which names the sheet gives or defines, so that dX can be told from a name that begins with d."""

    def __init__(self, left: Iterable[str], loss: str | None, whole: Mapping[str, int] | None = None) -> None:
        self.left = set(left)
        self.loss = loss
        self.whole = whole or {}  # givens that can stand in an index or a range: M in 1..M
        self.terms = 0

    def derivative(self, key: str) -> tuple[str, str] | None:
        """What `dY_dX` or `dX` is the derivative of, and by what, if it is one."""
        if not key.startswith("d"):
            return None
        bare, bracket, index = key.partition("[")
        for match in re.finditer("_d", bare):
            of, by = bare[1 : match.start()], bare[match.end() :]
            if of in self.left and by in self.left:
                return of, by + bracket + index
        if self.loss and bare[1:] in self.left:
            return self.loss, key[1:]
        return None

    def plain(self, key: str) -> bool:
        """Whether this is a name of the sheet, and no derivative."""
        return key.partition("[")[0] in self.left and self.derivative(key) is None

    def count(self, parser: _Parser) -> None:
        """Keep the sums within bounds."""
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise parser.error(f"the sums of this sheet have more than {MAX_TERMS:,} terms")


# -- Whole sheets -------------------------------------------------------------------------------

_FENCE = re.compile(r"\s*(```+|~~~+)\s*(\w*)\s*$")


def unfenced(text: str) -> list[str]:
    """The lines of the sheet: all of them, or in Markdown those in fenced blocks marked `sheet`.

    The other lines of Markdown become empty, so that line numbers stay those of the file.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    if not any((match := _FENCE.match(line)) and match[2] == "sheet" for line in lines):
        return lines
    kept = []
    fence = inside = ""
    for line in lines:
        match = _FENCE.match(line)
        if match and not fence:
            fence, inside = match[1], match[2]
            kept.append("")
        elif match and match[1].startswith(fence) and not match[2]:
            fence = inside = ""
            kept.append("")
        else:
            kept.append(line if fence and inside == "sheet" else "")
    return kept


def read(text: str, known: Iterable[str] = (), known_loss: str | None = None) -> Text:
    """Take a sheet apart; `known` are names defined elsewhere, in the key it is marked against.

    >>> text = read("x = 2; y = x^2 = 4")
    >>> [len(statement.segments) for statement in text.statements]
    [2, 3]

    Raises SheetError, with line and column, for what is not in the language or beyond its bounds.
    """
    if len(text) > MAX_CHARACTERS:
        raise SheetError(
            f"line 1, column 1: a sheet of {len(text):,} characters; the longest that is read has {MAX_CHARACTERS:,}"
        )
    lines = unfenced(text.removeprefix("\ufeff"))
    statements = [words for words in _split(lines) if not _imports(words)]

    left = [*_left_sides(statements), *(name.partition("[")[0] for name in known)]
    loss = _loss(statements) or _loss_in_comment(lines, left) or known_loss
    names = Names(left, loss, dict(reversed(list(_whole_givens(statements)))))
    functions: dict[str, Function] = {}
    found: list[Statement] = []
    for words in statements:
        if words[0].text == "loss" and len(words) > 1 and words[1].text == ":":
            continue
        if _defines_function(words, names):
            function = _function(words, names, lines)
            if function.name in functions:
                earlier = functions[function.name].place.line
                raise SheetError(f"{function.place}: {function.name} is defined on line {earlier} already")
            functions[function.name] = function
        else:
            found.extend(_statements(words, names, lines))
    if not found:
        raise SheetError("line 1, column 1: the sheet is empty: it has no line such as x = 0.5 or y = 2*x = 1.0")
    return Text(tuple(found), functions, loss, tuple(lines))


def _split(lines: Sequence[str]) -> list[list[Token]]:
    """The words of each statement; a line that begins with `=` goes on with the one above it."""
    found: list[list[Token]] = []
    count = 0
    for row, line in enumerate(lines, start=1):
        begun, first = False, True
        for token in tokens(line, row):
            if token.text == ";":
                begun = False
            else:
                if not begun and not (first and token.text == "=" and found):
                    found.append([])
                found[-1].append(token)
                begun = True
            first = False
            count += 1
            if count > MAX_WORDS:
                raise SheetError(f"{token.place}: more than {MAX_WORDS:,} words; split the sheet")
    return found


def _imports(words: list[Token]) -> bool:
    """Whether it is a line of Python such as `import math`, which says nothing here."""
    return len(words) > 1 and words[0].text in ("import", "from") and words[1].text in MODULES


def _loss_in_comment(lines: list[str], left: list[str]) -> str | None:
    """The name in a comment `# loss: E`, which leaves a program in Python what it is."""
    found = [match[1] for line in lines if (match := re.search(r"#\s*loss:\s*(\w+)\s*$", line))]
    return next((name for name in map(spelled, reversed(found)) if name in left), None)


def _loss(statements: list[list[Token]]) -> str | None:
    found = None
    for words in statements:
        if words[0].text == "loss" and len(words) > 1 and words[1].text == ":":
            parser = _Parser(words, Names((), None), {}, ())
            parser.at = 2
            if parser.kind() != "name":
                raise parser.error("the name of the loss is missing after loss:")
            found = parser.take().text + parser.index()
            if parser.at < len(words):
                raise parser.error("only a name can stand after loss:")
    return found


def _body(words: list[Token]) -> int:
    """Where a statement begins, past `for …:`."""
    if words[0].text != "for":
        return 0
    return next((at + 1 for at, token in enumerate(words) if token.text == ":"), len(words))


def _left_sides(statements: list[list[Token]]) -> Iterator[str]:
    """The names that stand on the left of the first `=` of some statement."""
    for words in statements:
        start = _body(words)
        body = words[start:]
        ends = next((at for at, token in enumerate(body) if token.text == "="), None)
        if not ends or body[0].kind != "name":
            continue
        closes = next((at for at, token in enumerate(body) if token.text == "]"), -1)
        if ends == 1 or (body[1].text == "[" and closes == ends - 1):
            yield body[0].text


def _whole_givens(statements: list[list[Token]]) -> Iterator[tuple[str, int]]:
    """Each `M = 3` of the sheet."""
    for words in statements:
        if len(words) == 3 and words[0].kind == "name" and words[1].text == "=" and words[2].text.isdecimal():
            yield words[0].text, int(words[2].text)


def _defines_function(words: list[Token], names: Names) -> bool:
    """Whether this is `f(z) = …`, and not a claim such as `f(z) = f(0.5) = 0.62` about a z that the sheet has."""
    shape = [token.text for token in words[1:5]]
    if len(words) < 6 or not words[0].kind == words[2].kind == "name" or shape[0] != "(" or shape[2:] != [")", "="]:
        return False
    body = [token.text for token in words[5:]]
    return words[2].text not in names.left or (words[2].text in body and "=" not in body)


def _function(words: list[Token], names: Names, lines: Sequence[str]) -> Function:
    parser = _Parser(words, names, {}, lines)
    parser.at = 5
    parser.has_e = parser.has_e or words[2].text == "e"
    body = parser.expression()
    if parser.at < len(words):
        raise parser.error("the end of the function is wanted")
    return Function(words[0].text, words[2].text, body, words[0].place)


def _statements(words: list[Token], names: Names, lines: Sequence[str]) -> Iterator[Statement]:
    """The statement that the words make: one, or one for every choice of its indices."""
    start = _body(words)
    choices: Iterable[dict[str, int]] = [{}]
    if start:
        parser = _Parser(words, names, {}, lines)
        parser.at = 1
        ranges = parser.ranges()
        parser.expect(":", "after the ranges of for")
        if parser.at == len(words):
            raise parser.error("a statement is missing after the colon")
        choices = list(_every(ranges, words[0].place))
    for indices in choices:
        names.count(_Parser(words, names, {}, lines))
        parser = _Parser(words, names, indices, lines)
        parser.at = start
        segments = [_segment(parser)]
        while parser.peek() == "=":
            parser.take()
            segments.append(_segment(parser))
        if parser.at < len(words):
            raise parser.error("an operation or = is missing")
        if len(segments) == 1:
            raise SheetError(f"{words[start].place}: this line claims nothing: write name = expression, or … = number")
        index = ", ".join(f"{name} = {value}" for name, value in indices.items())
        yield Statement(tuple(segments), words[start].place, index)


def _segment(parser: _Parser) -> Segment:
    place, begins = parser.place(), parser.at
    parser.depth = 0
    if parser.peek() == "?":
        parser.take()
        return Segment(Unanswered(), "?", place)
    tree = parser.expression()
    ends = parser.words[parser.at - 1].end
    first = parser.words[begins].place.column - 1
    return Segment(tree, parser.lines[place.line - 1][first:ends].strip(), place)
