r"""A note as a document: its headings, sentences, lists, tables, code and formulas, with the verdicts in the margin.

What Markdown has is rendered simply: emphasis, code, lists, quotations, tables, links by their words, pictures by what
they show. Tags of HTML are left out, so that nothing of the note reaches a page but its words and our own formulas.
A formula that was not read stands there as it is written.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims.tree import TextPlace
from autograd.document.blocks import Aside, Bullets, Code, Colored, Heading, Lines, Paragraph, Strong, Table
from autograd.document.document import Document
from autograd.exercises.note_formulas import NotSetError, formula_of
from autograd.formatting import escapes
from autograd.marking.verdicts import VERDICTS
from autograd.notes.grammar import Grammar
from autograd.notes.token_reader import Refused
from autograd.notes.tokens import TooLongError, tokens_of
from autograd.symbolic.equations import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.document.blocks import Block, Content, Inline
    from autograd.exercises.proofreading import NoteMarking

_SIGNS = {"=": " = ", ",": ", ", ";": "; ", ".": ".", ":": ": ", "<": " < ", ">": " > ", "&": "", "✓": " ✓"}
_COMMANDS = {
    "approx": " ≈ ", "simeq": " ≈ ", "cong": " ≈ ", "equiv": " = ", "gets": " ← ", "leftarrow": " ← ", "to": " → ",
    "rightarrow": " → ", "Rightarrow": " ⇒ ", "implies": " ⇒ ", "Longrightarrow": " ⇒ ", "quad": "  ", "qquad": "    ",
    "le": " ≤ ", "leq": " ≤ ", "ge": " ≥ ", "geq": " ≥ ", "neq": " ≠ ", "ne": " ≠ ", "ll": " ≪ ", "gg": " ≫ ",
    ",": " ", ";": " ", ":": " ", "!": "", " ": " ", "left": "", "right": "", "displaystyle": "", "checkmark": " ✓",
    "therefore": "∴ ", "boxed": "",
}  # fmt: skip
_IN_LINE = re.compile(  # every part bounded, so that a line of nothing but its beginnings is no work
    r"(?P<code>`{1,3})(?P<inside>[^`]{1,500})(?P=code)|(?P<strong>\*\*|__)|!\[(?P<shows>[^\]]{0,200})\]\([^)]{0,500}\)"
    r"|\[(?P<link>[^\]]{0,200})\]\([^)]{0,500}\)|</?[A-Za-z][^<>]{0,500}>|<!--.{0,2000}?-->|\\(?P<escape>[^\w\s])"
    r"|(?P<emphasis>(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<!\w)_(?=\S)|(?<=\S)_(?!\w))",
    re.DOTALL,
)
_HEADING = re.compile(r"[ >]{0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|(?P<number>\d{1,3})[.)])[ \t]+")
_FENCE = re.compile(r"[ >\t]*(```+|~~~+)")
_RULE = re.compile(r"[ >\t]*(?:-[ ]?){3,}$|[ >\t]*(?:\*[ ]?){3,}$|[ >\t]*=+[ \t]*$")
_TABLE_RULE = re.compile(r"[ >\t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL_FORMULA = re.compile(r"\$\$?(.+?)\$\$?")
_DELIMITERS = ("$$", "$", "\\[", "\\(", "\\\\[", "\\\\(")


class FormulaSpan(NamedTuple):
    """A formula in the text: where its inside begins and ends, and where it does with its delimiters."""

    start: int
    end: int
    first: int
    last: int
    display: bool


def note_blocks(marking: NoteMarking) -> list[Block]:
    """Return a note as blocks, each with what is said of it in the margin.

    >>> from autograd.exercises.proofreading import proofread
    >>> for block in note_blocks(proofread("Let $x = 3$, so $y = 2x = 7$.")):
    ...     print(type(block).__name__)
    Aside
    Aside
    Paragraph
    """
    return _NotePage(marking).blocks()


def note_page(marked: Sequence[NoteMarking]) -> str:
    """Return notes as one HTML file that loads nothing, with the verdicts in the margin."""
    blocks: list[Block] = []
    for marking in marked:
        blocks += [Heading(1, (marking.name,))] if len(marked) > 1 else []
        blocks += note_blocks(marking)
    title = ", ".join(marking.name for marking in marked if marking.name)
    return Document((), blocks, colors=True).to_html(title or "A note, proofread")


class _NotePage:
    """One note on its way to blocks."""

    def __init__(self, marking: NoteMarking) -> None:
        self.marking = marking
        self.reading = marking.reading
        self.text = self.reading.note.text
        self.lines = self.reading.note.lines
        self.starts = [self.reading.note.offset(TextPlace(n + 1, 1)) for n in range(len(self.lines))]
        self.grammar = Grammar(self.reading.note)  # of what stands in headings, and says nothing
        self.trees = self.reading.trees
        self.tree_starts = [member.start for member in self.trees]
        self.formulas = [
            self._span(p.start, p.end, display=p.display) for p in self.reading.parts if p.kind == "formula"
        ]
        self.formula_starts = [span.first for span in self.formulas]
        offset = self.reading.note.offset
        self.wrong = {offset(first.claim.place): first for first in marking.first_mistakes}
        self.claimed = sorted((offset(verdict.claim.place), verdict.word) for verdict in marking.verdicts)

    def _span(self, start: int, end: int, *, display: bool) -> FormulaSpan:
        opening = next((d for d in _DELIMITERS if self.text.endswith(d, 0, start)), "")
        first = start - len(opening)
        if not opening:
            begin = re.compile(r"\\begin\{[\w*]+\}\Z").search(self.text, max(0, start - 40), start)
            first -= len(begin[0]) if begin else 0
        closing = re.compile(r"\$\$|\$|\\?\\\]|\\?\\\)|\\end\{[\w*]+\}").match(self.text, end)
        return FormulaSpan(start, end, first, closing.end() if closing else end, display)

    def blocks(self) -> list[Block]:
        """Return the blocks of the note below a summary."""
        honesty = [line.partition(": --unread")[0] for line in self.marking.honesty()]
        found: list[Block] = [Aside((self.marking.summary(),), tuple(honesty), "quiet")]
        for first, last, block in self._parts():
            found += [*self._remarks(self.starts[first], self._end(last)), block]  # so that both begin at one height
        return found

    def _end(self, line: int) -> int:
        return self.starts[line] + len(self.lines[line])

    def _remarks(self, start: int, end: int) -> Iterator[Block]:
        """Yield what is said of the claims between two places."""
        at = bisect_left(self.claimed, (start, ""))
        words = []
        while at < len(self.claimed) and self.claimed[at][0] < end:
            words.append(self.claimed[at][1])
            at += 1
        for place, first in self.wrong.items():
            if start <= place < end:
                where = self.reading.note.address(first.claim.place)
                remarks = self.marking.pointed_at(first).remarks
                yield Aside((f"✗ {where} {first.word}",), remarks, VERDICTS[first.word].color)
        counts = [f"{words.count(word)} {word}" for word in VERDICTS if word in words]
        if counts and not any(VERDICTS[word].color == "red" for word in words):
            yield Aside((f"✓ {', '.join(counts)}",), (), "green")

    # -- Blocks -------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[tuple[int, int, Block]]:
        """Yield the blocks of the text, each with its first and its last line."""
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            last = at
            block: Block | None = None
            if _FENCE.match(line) and not self._display(at):
                last, block = self._code(at)
            elif self.reading.note.format in ("markdown", "notebook") and (heading := _HEADING.match(line)):
                start = self.starts[at] + heading.start(2)
                block = Heading(
                    min(5, len(heading[1])), self._content(start, self.starts[at] + heading.end(2), _CELL_FORMULA)
                )
            elif (
                line.lstrip(" >\t").startswith("|")
                and at + 1 < len(self.lines)
                and _TABLE_RULE.match(self.lines[at + 1])
            ):
                last, block = self._table(at)
            elif (display := self._display(at)) is not None:
                last, block = self._equations(at, display)
            elif _ITEM.match(line):
                last, block = self._list(at)
            elif line.strip(" >\t") and not _RULE.match(line):
                last = self._paragraph_end(at)
                block = Paragraph(self._content(self.starts[at], self._end(last)))
            if block is not None:
                yield at, last, block
            at = last + 1

    def _display(self, line: int) -> FormulaSpan | None:
        """Return the displayed formula with which a line begins."""
        start = self.starts[line]
        at = bisect_left(self.formula_starts, start)
        if at < len(self.formulas) and self.formulas[at].display and self.formulas[at].first <= self._end(line):
            return None if self.text[start : self.formulas[at].first].strip(" >\t") else self.formulas[at]
        return None

    def _code(self, at: int) -> tuple[int, Block]:
        mark = _FENCE.match(self.lines[at])
        assert mark is not None
        end = at + 1
        while end < len(self.lines) and not self.lines[end].strip(" >\t").startswith(mark[1]):
            end += 1
        return min(end, len(self.lines) - 1), Lines(tuple((Code(line),) for line in self.lines[at + 1 : end]))

    def _equations(self, at: int, formula: FormulaSpan) -> tuple[int, Block]:
        last = max(at, self.reading.note.place(max(formula.first, formula.last - 1)).line - 1)
        rest = self.text[formula.last : self._end(last)].strip(" >\t.,;")
        lines = self._rows(self._formula(formula.start, formula.end))
        return last, Lines((*lines, *([self._content(formula.last, self._end(last))] if rest else [])))

    @staticmethod
    def _rows(content: Content) -> tuple[Content, ...]:
        rows: list[list[Inline]] = [[]]
        for part in content:
            if _ends_row(part):
                rows.append([])
            else:
                rows[-1].append(part)
        return tuple(tuple(row) for row in rows if row)

    def _list(self, at: int) -> tuple[int, Block]:
        items: list[Content] = []
        numbered = bool((_ITEM.match(self.lines[at]) or {"number": ""})["number"])
        while at < len(self.lines) and (item := _ITEM.match(self.lines[at])):
            end = at
            while end + 1 < len(self.lines) and self._goes_on(end + 1):
                end += 1
            items.append(self._content(self.starts[at] + item.end(), self._end(end)))
            at = end + 1
        return at - 1, Bullets(tuple(items), numbered)

    def _paragraph_end(self, at: int) -> int:
        while at + 1 < len(self.lines) and self._goes_on(at + 1):
            at += 1
        return at

    def _goes_on(self, line: int) -> bool:
        """Return whether a line belongs to the paragraph above it."""
        text = self.lines[line]
        ends = (_ITEM, _HEADING, _FENCE, _RULE)
        return bool(text.strip(" >\t")) and self._display(line) is None and not any(e.match(text) for e in ends)

    def _table(self, at: int) -> tuple[int, Block]:
        head = self._cells(at)
        rows = []
        line = at + 2
        while line < len(self.lines) and self.lines[line].lstrip(" >\t").startswith("|"):
            cells = self._cells(line)[: len(head)]
            rows.append((*cells, *[()] * (len(head) - len(cells))))
            line += 1
        return line - 1, Table(head, tuple(rows), "l" * len(head))

    def _cells(self, line: int) -> tuple[Content, ...]:
        start = self.starts[line] + len(self.lines[line]) - len(self.lines[line].lstrip(" >\t")) + 1
        found, in_formula = [], False
        for match in re.compile(r"\\.|\$\$?|\|").finditer(self.text, start, self._end(line)):
            in_formula ^= match[0].startswith("$")
            if match[0] == "|" and not in_formula:
                found.append(self._content(start, match.start(), _CELL_FORMULA))
                start = match.end()
        rest = self.text[start : self._end(line)].strip()
        return (*found, self._content(start, self._end(line), _CELL_FORMULA)) if rest else tuple(found)

    # -- What stands in a line -----------------------------------------------------------------------

    def _content(self, start: int, end: int, cell: re.Pattern[str] | None = None) -> Content:
        """Return the words and formulas between two places."""
        found: list[Inline] = []
        self.is_strong = False
        for span in self._spans(start, end, cell):
            found += self._words(start, span.first)
            found += [" " if _ends_row(part) else part for part in self._formula(span.start, span.end)]
            start = span.last
        return (*found, *self._words(start, end))

    def _spans(self, start: int, end: int, cell: re.Pattern[str] | None) -> Iterator[FormulaSpan]:
        if cell is not None:
            spans = [FormulaSpan(*m.span(1), *m.span(), display=False) for m in cell.finditer(self.text, start, end)]
            at = bisect_left(self.tree_starts, start)
            while not spans and at < len(self.trees) and self.trees[at].end <= end:  # a plain number of a table
                first, last = self.trees[at].start, self.trees[at].end
                yield FormulaSpan(first, last, first, last, display=False)
                at += 1
            yield from spans
            return
        at = bisect_left(self.formula_starts, start)
        while at < len(self.formulas) and self.formulas[at].last <= end:
            yield self.formulas[at]
            at += 1

    def _words(self, start: int, end: int) -> Iterator[Inline]:
        """Yield words, emphasized ones and code; tags are left out."""
        at = start
        for match in _IN_LINE.finditer(self.text, start, end):
            yield from self._plain(at, match.start())
            at = match.end()
            if match["strong"]:
                self.is_strong = not self.is_strong
            elif match["code"]:
                yield Code(match["inside"])
            elif match["shows"] is not None:
                yield f"(picture: {match['shows']})"
            else:
                yield from self._said(match["link"] or match["escape"] or "")
        yield from self._plain(at, end)

    def _plain(self, start: int, end: int) -> Iterator[Inline]:
        words = re.sub(r"\s*\n[ \t>]*", " ", self.text[start:end])
        yield from self._said(html.unescape(words))

    def _said(self, words: str) -> Iterator[Inline]:
        words = escapes.spaced(words)
        if words:
            yield Strong(words) if self.is_strong and words.strip() else words

    # -- Formulas --------------------------------------------------------------------------------------

    def _formula(self, start: int, end: int) -> Content:
        """Return a formula member by member, what is wrong in red; as it is written, if it was not read."""
        try:
            return tuple(self._members(start, end))
        except (NotSetError, Refused, TooLongError, RecursionError):
            source = " ".join(self.text[start:end].split())
            is_wrong = any(start <= place < end for place in self.wrong)
            return (Colored(source, "red") if is_wrong else Code(source),)

    def _members(self, start: int, end: int) -> Iterator[Inline]:
        at = bisect_left(self.tree_starts, start)
        reached = start
        while at < len(self.trees) and self.trees[at].end <= end:
            member = self.trees[at]
            assert member.tree is not None
            yield from self._between(reached, member.start)
            formula = formula_of(member.tree)
            yield Part(formula, "error") if member.start in self.wrong else formula
            reached = member.end
            at += 1
        if reached == start:
            yield formula_of(self.grammar.tree(tokens_of(self.text, start, end, {})))
            return
        yield from self._between(reached, end)

    def _between(self, start: int, end: int) -> Iterator[Inline]:
        """Yield the signs between two members.

        Raises NotSetError for anything else, which was not read.
        """
        tokens = tokens_of(self.text, start, end, {})
        at = 0
        while at < len(tokens):
            token = tokens[at]
            at += 1
            if token.kind == "command" and token.text in ("begin", "end", "text", "tag", "label"):
                close = next((n for n in range(at, len(tokens)) if tokens[n].text == "}"), None)
                if close is None:
                    raise NotSetError("a brace is not closed")
                if token.text == "text" and close > at + 1:
                    yield self.text[tokens[at + 1].start : tokens[close].start]
                at = close + 1
            elif token.kind == "command" and token.text in ("\\", "newline"):
                yield "\n"
            elif token.kind == "command" and token.text in _COMMANDS:
                yield _COMMANDS[token.text]
            elif token.kind == "sign" and token.text in _SIGNS:
                yield _SIGNS[token.text]
            else:
                raise NotSetError(token.text)


def _ends_row(part: Inline) -> bool:
    return isinstance(part, str) and part == "\n"
