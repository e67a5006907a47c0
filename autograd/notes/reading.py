"""The reading of a note: what it says, as worksheets, and what was not read, not judged or taken for granted.

Each scope (an example under a heading of its own) has a worksheet.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import CallNode, NameNode
from autograd.errors import SheetError
from autograd.notes import prose
from autograd.notes.chains import ChainReader, FormulaChain, Member, split, trimmed
from autograd.notes.grammar import Grammar
from autograd.notes.grounding import Grounding
from autograd.notes.note_text import FORMATS, NoteText
from autograd.notes.outcome import NoteReading, Remark
from autograd.notes.parts import macros_of, parts_of
from autograd.notes.scope_reading import ScopeReader
from autograd.notes.scopes import NoteSections
from autograd.notes.tables import RowReader
from autograd.notes.tokens import tokens_of
from autograd.notes.vocabulary import QUANTITIES
from autograd.sheet import program

if TYPE_CHECKING:
    from autograd.notes.parts import NotePart

_FUNCTION_LETTERS = r"\\(?:varphi|phi|psi|sigma)|[fgFGφψσ]"
_USED_AS_FUNCTION = re.compile(
    rf"(?<![A-Za-z\\_^{{])({_FUNCTION_LETTERS})\s*('|\\prime|\^\\prime|\^\{{\\prime\}})?\s*(?:\\left)?\s*\("
)
_DEFINED_AS_FUNCTION = re.compile(r"(?<![A-Za-z\\_^{])([a-zA-Z])\(([a-z])\)\s*(?:&\s*)?=")
_ITERATION = re.compile(r"\^\s*\{?\(\s*([a-z])\s*\+\s*1\s*\)\}?\s*&?=[^=]{1,60}?\^\s*\{?\(\s*\1\s*\)\}?[^=]{0,40}?-")
_E_IS_A_NAME = re.compile(r"(?:\$|\\\[|^|&|\\\()\s*e\s*&?=", re.MULTILINE)


def read_note(text: str, format: str = "markdown", graph: str = "") -> NoteReading:  # noqa: A002 -- what it is
    r"""Read a note; `graph` is a sheet with the definitions that the note shows in a picture only.

    >>> reading = read_note("Let $x = 3$. Then $y = x^2 = 9$ and $\\frac{dy}{dx} = 2x = 6$.")
    >>> [claim.text for claim in reading.worksheets[0].claims], reading.members
    (['y = 9', 'dy/dx = 2·x', 'dy/dx = 6'], 8)

    Raises SheetError for a note that is too long, a notebook that is none, a word of the teacher that can't be read.
    """
    return _NoteReader(NoteText(text, format), graph).reading()


def format_of(name: str) -> str:
    """Return the format of a file by the end of its name."""
    return FORMATS.get("." + name.rpartition(".")[2].lower(), "markdown")


class _NoteReader:
    """One note on its way from text to worksheets."""

    def __init__(self, note: NoteText, graph: str) -> None:
        self.note = note
        text = note.text
        macros = macros_of(text)
        functions = {_plain_function(m[1]) for m in _USED_AS_FUNCTION.finditer(text)}
        defined = {m[1] for m in _DEFINED_AS_FUNCTION.finditer(text)} - QUANTITIES
        functions |= {f for f in defined if not re.search(rf"(?<![A-Za-z\\]){f}\s*\(\s*1\b", text)}
        self.knows_sigmoid = bool(re.search("sigmoid|logistic", text, re.IGNORECASE))
        iteration = _ITERATION.search(text)
        self.graph_text = graph
        parts = parts_of(note)
        words = [text[part.start : part.end] for part in parts if part.kind == "word"]
        self.knows_sigmoid = self.knows_sigmoid or bool(re.search(r"σ|\\sigma", "".join([graph, *words])))
        functions |= {m[1] for m in re.finditer(r"(\w+)\(\w+\)\s*=", "\n".join([graph, *words]))}
        functions -= set(FUNCTIONS)
        self.grammar = Grammar(
            note, functions, iteration[1] if iteration else "", has_e=bool(_E_IS_A_NAME.search(text))
        )
        self.functions = frozenset(functions | (set(FUNCTIONS) - {"sum", "mean"}))
        self.chains = ChainReader(note, self.grammar, macros)
        self.rows = RowReader(self.chains)
        self.parts = parts

    def reading(self) -> NoteReading:
        sections = NoteSections()
        skipping = False
        table: tuple[str, ...] | None = None
        if self.graph_text:
            sections.add(self._trusted(self.graph_text, 0))
        for part in self.parts:
            if part.kind == "heading":
                sections.open(part.level, self.note.text[part.start : part.end])
            elif part.kind == "word":
                for word in self.note.text[part.start : part.end].split("\n\n"):
                    skipping = self._word(word, part, sections) or skipping
            elif skipping and (part.kind == "row" or part.display):
                is_next_row = part.kind == "row" and part.header == table
                skipping = part.kind == "row" and (table is None or is_next_row)
                table = part.header if skipping else None
                if skipping or part.display:
                    continue
                sections.add(self._chains(part))
            else:
                table, skipping = (None, False) if table is not None else (None, skipping)
                sections.add(self._chains(part))
        return self._assembled(sections)

    def _chains(self, part: NotePart) -> list[FormulaChain]:
        if part.kind == "formula":
            return self.chains.read(part)
        if part.kind == "row":
            return self.rows.read(part)
        if part.kind == "given":
            return self.chains.read(part)
        if part.kind == "said":
            return self._said(part)
        return [FormulaChain([Member("", None, part.start, part.end, "the formula is too long")] * 2)]

    def _said(self, part: NotePart) -> list[FormulaChain]:
        """Read a given in words; a learning rate is one of the symbol that the note has for it."""
        tokens = [tokens_of(self.note.text, start, end, self.chains.macros) for start, end in part.cells]
        name, number = (self.chains.member(rel, t) for rel, t in zip(("", "="), tokens, strict=True))
        if prose.is_rate(self.note.text[slice(*part.cells[0])]):
            symbol = prose.learning_rate_of(self.note.text)
            name.tree = self.grammar.tree(tokens_of(symbol, 0, len(symbol), {})) if symbol else None
        if not isinstance(name.tree, NameNode) or number.tree is None:
            return []
        return [FormulaChain([name, number], is_said=True)]

    def _word(self, text: str, part: NotePart, sections: NoteSections) -> bool:
        """Do what the teacher's word says; return whether the next formula is to be skipped."""
        skips = False
        said = []
        for piece in re.split(r"[;\n]", text):
            word = piece.strip()
            if word == "skip":
                skips = True
            elif word == "new example":
                sections.new_example()
            elif word:
                said.append(word)
        if said:
            sections.add(self._trusted("; ".join(said), part.start))
        return skips

    def _trusted(self, text: str, at: int) -> list[FormulaChain]:
        """Return the chains of the teacher's word: a sheet or, with a backslash or a brace in it, formulas."""
        if "\\" in text or "{" in text:
            return self._trusted_formulas(text, at)
        try:
            parsed = program.read(text)
        except SheetError as error:
            raise SheetError(f"{self.note.place(at)}: chalkgrad: {text.strip()[:60]}: {error}") from None
        if parsed.problems:
            raise SheetError(f"{self.note.place(at)}: chalkgrad: {text.strip()[:60]}: {parsed.problems[0]}")
        found = []
        for function in parsed.functions.values():
            subject = CallNode(function.name, (NameNode(function.argument, function.place),), function.place)
            found.append(FormulaChain([Member("", subject, at, at), Member("=", function.body, at, at)], trusted=True))
        for statement in parsed.statements:
            members = [Member("=", segment.tree, at, at) for segment in statement.segments]
            found.append(FormulaChain(members, trusted=True))
        return found

    def _trusted_formulas(self, text: str, at: int) -> list[FormulaChain]:
        """Return the chains of the teacher's word as formulas of a note."""
        found = []
        for piece in text.split(";"):
            for pieces, _ in split(tokens_of(piece, 0, len(piece), self.chains.macros)):
                members = [
                    replace(self.chains.member(rel, part), start=at, end=at)
                    for rel, t in pieces
                    if (part := trimmed(t))
                ]
                bad = next((member for member in members if member.tree is None), None)
                if bad is not None or len(members) < 2:
                    reason = bad.reason if bad is not None else "it says nothing"
                    raise SheetError(f"{self.note.place(at)}: chalkgrad: {piece.strip()[:60]}: {reason}")
                found.append(FormulaChain(members, trusted=True))
        return found

    def _assembled(self, sections: NoteSections) -> NoteReading:
        chains = [chain for chain in sections.chains if not chain.trusted]
        says = [chain for chain in chains if len(chain.members) > 1]
        members = (member for chain in chains for member in chain.members)
        trees = {(m.start, m.end): m for m in members if m.tree is not None}
        written = {(m.start, m.end): m for chain in says for m in chain.members}
        reading = NoteReading(self.note, self.parts, [trees[span] for span in sorted(trees)], written)
        outcome: dict[tuple[int, int], str] = {}
        for scope in sections.scopes():
            grounding = Grounding(self.functions, self.grammar.spans)
            grounded = grounding.of(scope)
            reading.assumed += grounding.assumed
            for member in grounding.lost:
                outcome.setdefault((member.start, member.end), member.reason)
            ScopeReader(grounded, reading, outcome, knows_sigmoid=self.knows_sigmoid).fill()
        reading.not_judged = sorted(
            Remark(*span, outcome[span])
            for span, member in reading.written.items()
            if member.tree is not None and outcome.get(span)
        )
        return reading


def _plain_function(name: str) -> str:
    return {"\\varphi": "φ", "\\phi": "φ", "\\psi": "ψ", "\\sigma": "σ"}.get(name, name)
