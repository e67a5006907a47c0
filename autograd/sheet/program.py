"""A whole sheet: text to statements, in the order of the lines.

A *statement* is a *chain* of expressions joined by `=`. Several stand on one line with `;` between them, and a line
that begins with `=` goes on with the one above. The names and the loss are gathered first, because the parser needs
them; `for` lines are written out. A member of a chain that cannot be read costs that member, and not the sheet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.tree import (
    DerivativeNode,
    FunctionDefinition,
    NameNode,
    NumberNode,
    Segment,
    UnansweredNode,
    UnreadableNode,
    normalized_name,
)
from autograd.errors import SheetError
from autograd.sheet import error_hints, statement_forms
from autograd.sheet.aliases import take_aliases
from autograd.sheet.array_parser import ArrayParser
from autograd.sheet.array_statements import ArrayStatements
from autograd.sheet.functions import Functions
from autograd.sheet.lexer import Token, tokenize
from autograd.sheet.library import is_known
from autograd.sheet.markdown_fences import unfenced
from autograd.sheet.parser import MODULES, KnownNames, Parser, index_choices
from autograd.sheet.statements import Statement, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from autograd.sheet.statement_forms import Applied

MAX_CHARACTERS = 1_000_000
MAX_TOKENS = 100_000


class ParsedSheet(NamedTuple):
    """The statements of a sheet in order, its functions, its loss, its lines as written.

    `problems` are the errors of what could not be read, in order, each of which stands in an `UnreadableNode` too.
    """

    statements: tuple[Statement, ...]
    functions: Mapping[str, FunctionDefinition]
    loss: str | None
    lines: tuple[str, ...]
    problems: tuple[SheetError, ...]
    lost_functions: Mapping[str, int]  # whose definition cannot be read, and its line
    aliases: Mapping[str, str]
    applied: Mapping[str, Applied]  # the names that are defined with arguments, E(w) = …
    arrays: Mapping[str, tuple[int, ...]]  # the shapes of names that hold arrays
    boxes: tuple[str, ...]  # those that are written as whole arrays
    layout: str  # how derivatives of arrays lie, where the sheet says it


def read(
    text: str, known: Iterable[str] = (), known_loss: str | None = None, aliases: Mapping[str, str] | None = None
) -> ParsedSheet:
    """Read the statements of a sheet; `known` are the names of the key that it is marked against, with `aliases`.

    >>> text = read("x = 2; y = x^2 = 4; z = (x = 2")
    >>> [len(statement.segments) for statement in text.statements], str(text.problems[0])
    ([2, 3, 3], "line 1, column 28: ')' is missing to close the bracket, at '='")

    Raises SheetError, with line and column, for an empty sheet and for one that is beyond the bounds.
    """
    if len(text) > MAX_CHARACTERS:
        raise SheetError(
            f"line 1, column 1: a sheet of {len(text):,} characters; the longest that is read has {MAX_CHARACTERS:,}"
        )
    lines = [line.replace("\t", " ") for line in unfenced(text.removeprefix("\ufeff"))]
    statements = [
        tokens
        for tokens in _with_primes(statement_forms.rewritten(_split(lines), lines))
        if not (tokens[0].text in ("import", "from") and len(tokens) > 1 and tokens[1].text in MODULES)
    ]
    statements, aliases = take_aliases(statements, known, aliases or {})
    left = [*_left_sides(statements), *(name.partition("[")[0] for name in known)]
    applied = statement_forms.names_with_arguments(statements, left)
    left += sorted(applied)
    layout = _layout(statements)
    loss = _loss(statements) or _loss_in_comment(lines, left) or known_loss
    whole = {
        name.text: int(number.text)
        for name, equals, number in reversed([tokens for tokens in statements if len(tokens) == 3])
        if name.kind == "name" and equals.text == "=" and number.text.isdecimal()
    }  # the first M = 3 of each name
    names = KnownNames(left, loss, whole)
    definitions = _function_definitions(statements, names, known)
    names.functions |= {tokens[0].text for tokens in definitions.values()}
    names.functions -= applied.keys()
    names.functions |= {name for name, each in applied.items() if each.is_called}
    functions = Functions()
    found: list[Statement] = []
    problems: list[SheetError] = []
    lost: dict[str, int] = {}
    arrays = ArrayStatements(known, lines, layout)
    for tokens in statements:
        if tokens[0].text in ("loss", "layout") and len(tokens) > 1 and tokens[1].text == ":":
            continue
        is_called = tokens[0].text in applied and applied[tokens[0].text].is_called
        is_function = is_called or (tokens[0].text in names.functions and id(tokens) in definitions)
        is_function = is_function and statement_forms.arguments_of(tokens)[1] > 0
        try:
            if is_function and is_called:
                functions.define(_function(tokens, names, lines))
                is_function = False  # alone
            if is_function:
                functions.define(_function(tokens, names, lines))
                continue
            plain = statement_forms.without_arguments(tokens, applied)
            if arrays.concern(plain):
                for statement, parser in _statements(plain, names, lines, problems, arrays.shapes):
                    found.extend(arrays.written_out(statement, parser, problems))
                continue
            for statement, _ in _statements(plain, names, lines, problems):
                statement.segments = functions.read(statement.segments)
                found.append(statement)
                arrays.note(statement)
        except SheetError as error:  # in what is not a member of a chain
            problems.append(error)
            if is_function:
                lost.setdefault(tokens[0].text, tokens[0].place.line)
            found.append(Statement((unreadable(_whole(tokens, lines), error),), tokens[0].place))
    if not found:
        raise SheetError("line 1, column 1: the sheet is empty: it has no line such as x = 0.5 or y = 2*x = 1.0")
    return ParsedSheet(
        statements=tuple(found),
        functions=functions.defined,
        loss=loss,
        lines=tuple(lines),
        problems=tuple(problems),
        lost_functions=lost,
        aliases=aliases,
        applied=applied,
        arrays=arrays.shapes,
        boxes=arrays.boxes,
        layout=layout,
    )


def _whole(tokens: Sequence[Token], lines: Sequence[str]) -> Segment:
    """Return a whole statement, as far as it stands on one line, as a member that is not read yet."""
    place = tokens[0].place
    end = max(token.end for token in tokens if token.place.line == place.line)
    return Segment(UnansweredNode(), lines[place.line - 1][place.column - 1 : end].strip(), place)


def _layout(statements: list[list[Token]]) -> str:
    """Return what stands after `layout:`, if a line has it."""
    for tokens in statements:
        if tokens[0].text == "layout" and len(tokens) > 1 and tokens[1].text == ":":
            said = tokens[2].text if len(tokens) == 3 else ""
            if said not in ("numerator", "denominator"):
                raise SheetError(f"{tokens[0].place}: write layout: numerator, or layout: denominator")
            return said
    return ""


def _split(lines: Sequence[str]) -> list[list[Token]]:
    """Return the tokens of each statement; a line that begins with `=` goes on with the one above it."""
    found: list[list[Token]] = []
    count = 0
    for row, line in enumerate(lines, start=1):
        tokens = tokenize(line, row)
        count += len(tokens)
        if count > MAX_TOKENS:
            place = tokens[MAX_TOKENS - count].place
            raise SheetError(f"{place}: more than {MAX_TOKENS:,} words; split the sheet")
        goes_on = bool(found) and bool(tokens) and (tokens[0].text == "=" or _is_open(found[-1]))
        for token in tokens:
            if token.text == ";" and not (goes_on and _is_open(found[-1], [token])):
                goes_on = False
            elif goes_on:
                found[-1].append(token)
            else:
                found.append([token])
                goes_on = True
    return found


def _with_primes(statements: list[list[Token]]) -> list[list[Token]]:
    """Return the statements with w′ as one name where it is a weight after a step: a formula with a given w in it."""
    steps = [t for t in statements if len(t) > 2 and t[1].text == "'" and t[2].text == "="]
    steps = [t for t in steps if any(token.text == t[0].text for token in t[3:])]
    if not steps:
        return statements
    numbers = (t for t in statements if len(t) in (3, 4) and t[1].text == "=" and t[-1].text[:1].isdecimal())
    given = {t[0].text for t in numbers}
    primed = {t[0].text for t in steps if t[0].text in given}
    primed |= {"d" + name for name in primed}
    return [_joined(tokens, primed) for tokens in statements] if primed else statements


def _joined(tokens: list[Token], primed: set[str]) -> list[Token]:
    found: list[Token] = []
    for token, after in zip(tokens, [*(token.text for token in tokens[1:]), ""]):
        if token.text == "'" and found and found[-1].text in primed and after != "(":
            name = found.pop()
            found.append(Token("name", name.text + "'", name.place, token.end))
        else:
            found.append(token)
    return found


def _is_open(tokens: Sequence[Token], more: Sequence[Token] = ()) -> bool:
    """Return whether a list in brackets goes on: with what comes, or after a comma in the next line."""
    if not more and tokens[-1].text not in (",", "[", ";"):
        return False
    texts = [token.text for token in tokens]
    return texts.count("[") > texts.count("]")


def _loss_in_comment(lines: list[str], left: list[str]) -> str | None:
    """Return the name in a comment `# loss: E`, which a Python program can have."""
    found = [match[1] for line in lines if (match := re.search(r"#\s*loss:\s*(\w+)\s*$", line))]
    return next((name for name in map(normalized_name, reversed(found)) if name in left), None)


def _loss(statements: list[list[Token]]) -> str | None:
    """Return the name after `loss:`, if a line has it."""
    found = None
    for tokens in statements:
        if tokens[0].text == "loss" and len(tokens) > 1 and tokens[1].text == ":":
            parser = Parser(tokens, KnownNames((), None), {}, ())
            parser.at = 2
            if parser.kind() != "name":
                raise parser.error("the name of the loss is missing after loss:")
            found = parser.take().text + parser.index()
            if parser.at < len(tokens):
                raise parser.error("only a name can stand after loss:")
    return found


def _body(tokens: list[Token]) -> int:
    """Return where a statement begins, after `for …:`."""
    if tokens[0].text != "for":
        return 0
    return next((at + 1 for at, token in enumerate(tokens) if token.text == ":"), len(tokens))


def _left_sides(statements: list[list[Token]]) -> Iterator[str]:
    """Yield the names that stand on the left of the first `=` of a statement."""
    for tokens in statements:
        start = _body(tokens)
        body = tokens[start:] if start else tokens
        end = 1
        if len(body) > 1 and body[1].text == "[":
            end += next((at for at, token in enumerate(body) if token.text == "]"), len(body))
        if end < len(body) and body[end].text == "=" and body[0].kind == "name":
            yield body[0].text


def _function_definitions(
    statements: list[list[Token]], names: KnownNames, known: Iterable[str]
) -> dict[int, list[Token]]:
    """Return the statements that define a function, by their `id`.

    A function that needs no definition, such as σ, is defined anew by `σ(x) = …` above the names that it is about, and
    claimed below.
    """
    found = {}
    for at, tokens in enumerate(statements):
        arguments, equals = statement_forms.arguments_of(tokens)
        if not arguments:
            continue
        if is_known(tokens[0].text):
            so_far = {*known, *_left_sides(statements[:at])}
            is_definition = any(name not in so_far for name in arguments)
        else:  # `f(z) = …`, and not a claim such as `f(z) = f(0.5) = 0.62` about a name z
            body = [token.text for token in tokens[equals + 1 :]]
            is_definition = any(name not in names.left for name in arguments)
            is_definition = is_definition or ("=" not in body and all(name in body for name in arguments))
        if is_definition:
            found[id(tokens)] = tokens
    return found


def _function(tokens: list[Token], names: KnownNames, lines: Sequence[str]) -> FunctionDefinition:
    (argument, *more), equals = statement_forms.arguments_of(tokens)
    parser = Parser(tokens, names.beside([argument, *more]), {}, lines)
    parser.at = equals + 1
    parser.has_e = parser.has_e or "e" in (argument, *more)
    body = parser.expression()
    if parser.at < len(tokens) and parser.peek() != "=":
        raise parser.error("the end of the function is wanted")
    return FunctionDefinition(tokens[0].text, argument, body, tokens[0].place, tuple(more))


def _statements(
    tokens: list[Token],
    names: KnownNames,
    lines: Sequence[str],
    problems: list[SheetError],
    arrays: Mapping[str, tuple[int, ...]] | None = None,
) -> Iterator[tuple[Statement, Any]]:
    """Yield the statement of these tokens with its parser, or one for every choice of its indices."""

    def make_parser(indices: Mapping[str, int]) -> Parser:
        return (
            Parser(tokens, names, indices, lines)
            if arrays is None
            else ArrayParser(tokens, names, indices, lines, arrays)
        )

    start = _body(tokens)
    choices: Iterable[dict[str, int]] = [{}]
    if start:
        parser = Parser(tokens, names, {}, lines)
        parser.at = 1
        ranges = parser.ranges()
        parser.expect(":", "after the ranges of for")
        if parser.at == len(tokens):
            raise parser.error("a statement is missing after the colon")
        choices = list(index_choices(ranges, tokens[0].place))
    for indices in choices:
        parser = make_parser(indices)
        if start:
            names.count(parser)
        parser.at = start
        segments = [_segment(parser, problems)]
        while parser.peek() == "=" or (parser.peek() == ":" and len(segments) == 1 and _is_claimed(segments[0])):
            equals = parser.take()
            about = lines[equals.place.line - 1][equals.place.column - 1] == "≈"
            segments.append(_segment(parser, problems, about=about))
        if len(segments) == 1 and not isinstance(segments[0].tree, UnreadableNode):
            raise SheetError(f"{tokens[start].place}: this line claims nothing: write name = expression, or … = number")
        index = ", ".join(f"{name} = {value}" for name, value in indices.items())
        yield Statement(tuple(segments), tokens[start].place, index), parser


def _is_claimed(first: Segment) -> bool:
    """Return whether a colon behind the first member may stand for =, as in `dE/dw: 0.03`."""
    return isinstance(first.tree, (DerivativeNode, NameNode))


def _segment(parser: Parser, problems: list[SheetError], *, about: bool = False) -> Segment:
    """Read one member of a chain, up to the next `=`; what cannot be read there is added to the problems."""
    start, place = parser.at, parser.place()
    try:
        segment = _member(parser, about=about)
        if parser.at == parser.end or parser.peek() in ("=", ":"):
            return segment
        before = parser.tokens[parser.at - 1].kind
        raise parser.error(error_hints.missing(before, parser.kind(), parser.peek()))
    except SheetError as error:
        problems.append(error)
        while parser.at < parser.end and (parser.peek() != "=" or parser.at < start):
            parser.at += 1
        ends = [token.end for token in parser.tokens[start : parser.at] if token.place.line == place.line]
        text = parser.lines[place.line - 1][place.column - 1 : max(ends, default=0)]
        return unreadable(Segment(UnansweredNode(), text.strip(), place), error)


def _member(parser: Parser, *, about: bool) -> Segment:
    """Read one member of a chain. A whole number after ≈ is a rounded one: 7 for 7.389."""
    first, place = parser.tokens[parser.at], parser.place()
    parser.depth = 0
    if first.text == "?":
        parser.take()
        return Segment(UnansweredNode(), "?", place)
    tree = parser.number() or parser.with_place(parser.expression())
    number = syntax.single_number(tree) if about else None
    if number is not None and number.exact:
        tree = NumberNode(number.text + ".", number.value, number.unit)
    last = parser.tokens[parser.at - 1]
    end = last.end if last.place.line == place.line else None  # a list may go on in the next line
    return Segment(tree, parser.lines[place.line - 1][place.column - 1 : end].strip(), place)
