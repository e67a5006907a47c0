"""The reading of a note: what it says, as worksheets, and what was not read, not judged or taken for granted.

Each scope (an example under a heading of its own) has a worksheet. What is claimed is what can be judged:

- A: arithmetic in figures, always
- B: a figure of a name or derivative that is whole and has one meaning in its scope
- C: a formula, likewise

Everything else is *not judged*, with the reason. Nothing here says whether a claim is right.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from autograd.claims import tree as syntax
from autograd.claims.claims import Subject
from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import (
    CallNode,
    DerivativeNode,
    FunctionDefinition,
    NameNode,
    NumberNode,
    Segment,
    single_number,
)
from autograd.claims.worksheet import Worksheet
from autograd.errors import SheetError
from autograd.notes.chains import ABOUT, ChainReader, FormulaChain, Member, split, trimmed
from autograd.notes.grammar import Grammar
from autograd.notes.grounding import Grounding, is_number
from autograd.notes.meanings import ROUNDED_DIGITS, Chooser, Definition, gather, is_far, is_mixed, is_strange, number_of
from autograd.notes.note_text import FORMATS, NoteText
from autograd.notes.parts import macros_of, parts_of
from autograd.notes.plain import plain
from autograd.notes.scopes import NoteSections
from autograd.notes.tables import RowReader
from autograd.notes.tokens import tokens_of
from autograd.notes.unfolding import names_of
from autograd.notes.vocabulary import QUANTITIES
from autograd.sheet import program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograd.claims.tree import Node, TextPlace
    from autograd.notes.parts import NotePart

MADE_UP = NumberNode("0.7319", 0.7319, 1e-4)  # where a line is said of every x

_FUNCTION_LETTERS = r"\\(?:varphi|phi|psi|sigma)|[fgFGφψσ]"
_USED_AS_FUNCTION = re.compile(
    rf"(?<![A-Za-z\\_^{{])({_FUNCTION_LETTERS})\s*('|\\prime|\^\\prime|\^\{{\\prime\}})?\s*(?:\\left)?\s*\("
)
_DEFINED_AS_FUNCTION = re.compile(r"(?<![A-Za-z\\_^{])([a-zA-Z])\(([a-z])\)\s*(?:&\s*)?=")
_ITERATION = re.compile(r"\^\s*\{?\(\s*([a-z])\s*\+\s*1\s*\)\}?\s*&?=[^=]{1,60}?\^\s*\{?\(\s*\1\s*\)\}?[^=]{0,40}?-")
_E_IS_A_NAME = re.compile(r"(?:\$|\\\[|^|&|\\\()\s*e\s*&?=", re.MULTILINE)


class Remark(NamedTuple):
    """A member that is not read or not judged: where it stands, what is written, and why."""

    start: int
    end: int
    reason: str


@dataclass
class NoteReading:
    """A note that has been read: its worksheets, and how much of it they say.

    `members` counts the members of all chains that say something; `levels` how many are judged at A, B and C.
    """

    note: NoteText
    worksheets: list[Worksheet]
    members: int
    unread: list[Remark]
    not_judged: list[Remark]
    assumed: list[tuple[int, str]]
    levels: Counter[str]
    ends: dict[TextPlace, int]  # where the member that begins at a place ends, as an offset

    @property
    def read(self) -> int:
        """The number of members that were read."""
        return self.members - len(self.unread)


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
        self.ends: dict[TextPlace, int] = {}

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
            return self._given(part)
        return [FormulaChain([Member("", None, part.start, part.end, "the formula is too long")] * 2)]

    def _given(self, part: NotePart) -> list[FormulaChain]:
        """Read `name = number` in plain text."""
        return self.chains.read(part)

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
        written = {(m.start, m.end): m for chain in says for m in chain.members}
        unread = [Remark(m.start, m.end, m.reason) for m in written.values() if m.tree is None]
        result = NoteReading(self.note, [], len(written), unread, [], [], Counter(), self.ends)
        outcome: dict[tuple[int, int], str] = {}
        for scope in sections.scopes():
            _ScopeReader(self, scope, result, outcome).fill()
        for span, member in written.items():
            if member.tree is not None and outcome.get(span):
                result.not_judged.append(Remark(*span, outcome[span]))
        result.not_judged.sort()
        return result

    def segment(self, member: Member) -> Segment:
        """Return a member as a segment of a worksheet."""
        assert member.tree is not None
        tree = member.tree
        place = self.note.place(member.start)
        self.ends[place] = member.end
        number = single_number(tree)
        if member.relation == ABOUT and number is not None and number.exact:  # 7 for 7.389
            tree = NumberNode(number.text + ".", number.value, number.unit)
        return Segment(tree, plain(tree), place)


def _plain_function(name: str) -> str:
    return {"\\varphi": "φ", "\\phi": "φ", "\\psi": "ψ", "\\sigma": "σ"}.get(name, name)


class _ScopeReader:
    """The worksheet of one scope, filled from its chains."""

    def __init__(
        self, reader: _NoteReader, chains: list[FormulaChain], result: NoteReading, outcome: dict[tuple[int, int], str]
    ) -> None:
        self.reader = reader
        self.result = result
        self.outcome = outcome
        grounding = Grounding(reader.functions, reader.grammar.spans)
        self.chains = grounding.of(chains)
        result.assumed += grounding.assumed
        self.lost = grounding.lost
        self.worksheet = Worksheet(lines=reader.note.lines)
        self.meanings = gather(self.chains)
        self._check_functions()
        self.chooser = Chooser(self.meanings, self.chains, lambda m: str(reader.note.place(m.start).line))
        self.chooser.choose()
        self._values: dict[str, float] | None = None
        self.defined: set[str] = set()
        self.has_numbers = any(
            "." in s.tree.text
            for sources in self.meanings.numbers.values()
            for s in sources
            if isinstance(s.tree, NumberNode)
        )

    def _check_functions(self) -> None:
        """Take the functions that the note defines; a usual name that stands for something else is not known."""
        self.unknown_functions = set() if self.reader.knows_sigmoid else {"σ"}
        self.unknown_functions |= self.meanings.two_functions
        for name, (argument, body, member) in list(self.meanings.functions.items()):
            if name in self.meanings.two_functions:
                continue
            if name in FUNCTIONS:
                call = CallNode(name, (NameNode(argument, body_place(body)),), body_place(body))
                pairs = [(number_of(call, {argument: x}), number_of(body, {argument: x})) for x in (0.3, -0.7, 1.9)]
                equal = all(a is not None and b is not None and abs(a - b) < 1e-9 for a, b in pairs)
                self.unknown_functions.discard(name)
                if not equal:
                    self.unknown_functions.add(name)
                continue
            place = self.reader.note.place(member.start)
            self.worksheet.functions[name] = FunctionDefinition(name, argument, body, place)
        self.known_functions = (set(FUNCTIONS) | set(self.worksheet.functions)) - self.unknown_functions

    def fill(self) -> None:
        """Fill the worksheet, chain by chain."""
        for member in self.lost:
            self._say([member], member.reason)
        for chain in self.chains:
            if chain.trusted:
                continue
            if chain.doubt:
                self._say(chain.members, chain.doubt)
            elif len(chain.members) > 1 and not self._defines_function(chain):
                self._chain(chain)
        self.result.worksheets.append(self.worksheet)

    def _defines_function(self, chain: FormulaChain) -> bool:
        """Return whether a chain does nothing but define a function."""
        first, second = chain.members[0], chain.members[1]
        call = first.tree
        if not isinstance(call, CallNode) or call.function not in self.worksheet.functions:
            return False
        if len(chain.members) > 2 or call.primes or len(call.args) != 1:
            return False
        argument = getattr(call.args[0], "key", "")
        if second.tree is None or not argument or names_of(second.tree) != {argument}:
            return False
        self._done(first)
        self._done(second)
        return True

    def _say(self, members: Iterable[Member], reason: str) -> None:
        """Note why members are not judged; a member that is judged for one index is judged."""
        for member in members:
            self.outcome.setdefault((member.start, member.end), reason)

    def _done(self, member: Member) -> None:
        self.outcome[member.start, member.end] = ""

    # -- What is known ----------------------------------------------------------------------------------

    def _why_not(self, tree: Node, made_up: str = "") -> str:
        """Return why a tree has no value that is known for certain; empty if it has one."""
        for node in syntax.walk(tree):
            reason = ""
            if is_strange(node):
                reason = "it has an array whose shape is not known"
            elif isinstance(node, CallNode) and node.function not in self.known_functions:
                reason = f"{node.function} is not defined"
            elif isinstance(node, NameNode) and node.key != made_up:
                reason = self._why_not_name(node.key)
            elif isinstance(node, DerivativeNode):
                reason = self._why_not_derivative(node)
            if reason:
                return reason
        return ""

    def _why_not_name(self, name: str) -> str:
        meanings = self.meanings
        if name not in meanings.chosen:
            return f"nothing says what {self._missing(name)} is"
        closure = meanings.closure([name])
        opaque = sorted(closure & meanings.opaque, key=lambda n: (n != name, n))
        if opaque:
            return f"nothing says how {opaque[0]} is computed"
        doubtful = sorted(closure & meanings.doubtful.keys(), key=lambda n: (n != name, n))
        if doubtful:
            return meanings.doubtful[doubtful[0]]
        for other in closure:
            source = meanings.chosen.get(other)
            if source is None:
                return f"nothing says what {other} is"
            calls = [n for n in syntax.walk(source.tree) if isinstance(n, CallNode)]
            unknown = next((n.function for n in calls if n.function not in self.known_functions), "")
            if unknown:
                return f"{unknown} is not defined"
            for node in syntax.walk(source.tree):
                if isinstance(node, DerivativeNode) and (reason := self._why_not_derivative(node)):
                    return reason
        return ""

    def _missing(self, name: str) -> str:
        """Return the name that is not defined: this one, or the first one in its formula that is not."""
        seen = {name}
        while sources := self.meanings.formulas.get(name):
            missing = [n for n in sorted(names_of(sources[0].tree)) if n not in self.meanings.chosen and n not in seen]
            if not missing:
                break
            name = missing[0]
            seen.add(name)
        return "one of its functions" if name[0] in "«[" else name

    def _why_not_derivative(self, node: DerivativeNode) -> str:
        meanings = self.meanings
        for name in (node.of, node.by):
            if name not in meanings.chosen:
                return f"nothing says what {self._missing(name)} is"
            doubtful = sorted(meanings.closure([name]) & meanings.doubtful.keys())
            if doubtful:
                return meanings.doubtful[doubtful[0]]
        if node.of != node.by and not meanings.depends(node.of, node.by):
            return f"no formula leads from {node.by} to {node.of}"
        opaque = sorted(meanings.closure([node.of]) & meanings.opaque)
        if opaque:
            return f"nothing says how {opaque[0]} is computed"
        return ""

    def _why_no_formula(self, tree: Node, subject: Node) -> str:
        """Return why a formula is not compared with its subject."""
        if is_mixed(tree) or is_mixed(subject):
            return "it has names and rounded figures"
        names = names_of(tree) | names_of(subject)
        opaque = sorted(self.meanings.closure(names) & self.meanings.opaque)
        return f"nothing says how {opaque[0]} is computed" if opaque else ""

    # -- Chains -----------------------------------------------------------------------------------------

    def _chain(self, chain: FormulaChain) -> None:
        made_up = self._made_up(chain)
        members = chain.members
        at, reason = 0, ""
        while at < len(members):
            tree = members[at].tree
            assert tree is not None
            why = self._why_not(tree, made_up)
            if not why:
                break
            reason = reason or why
            self._say([members[at]], why)
            at += 1
        while at < len(members) - 1 and is_number(members[at]):  # of 1.5 = 1.5 + 0.75 the first says nothing
            self._say([members[at]], "a number by itself is no statement")
            at += 1
        if at >= len(members) - 1:
            self._say(members[at:], reason or "it stands alone")
            return
        if made_up and made_up not in self.defined:
            self.defined.add(made_up)
            self.worksheet.define(made_up, Segment(MADE_UP, MADE_UP.text, self.reader.note.place(chain.start)))
        self._claims(members[at:], is_whole=at == 0)

    def _made_up(self, chain: FormulaChain) -> str:
        """Return the x of a line that is said of every x, σ'(x) = …; empty for any other line."""
        trees = [m.tree for m in chain.members if m.tree is not None]
        free = {name for tree in trees for name in names_of(tree)} - self.meanings.chosen.keys()
        if len(free) != 1 or not self.has_numbers:
            return ""
        name = free.pop()
        calls = [node for node in syntax.walk(trees[0]) if isinstance(node, CallNode)]
        is_argument = any([getattr(arg, "key", "") for arg in call.args] == [name] for call in calls)
        return name if is_argument else ""

    def _claims(self, members: list[Member], *, is_whole: bool) -> None:
        """Claim what can be judged of a chain whose first member is known."""
        first = members[0].tree
        assert first is not None
        subject = Subject()
        if isinstance(first, NameNode):
            subject = Subject(name=first.key)
        elif isinstance(first, DerivativeNode):
            subject = Subject(of=first.of, by=first.by)
        self._define_all(first)
        if is_whole:
            self._done(members[0])
        before = [self.reader.segment(members[0])]
        for member in members[1:]:
            tree = member.tree
            assert tree is not None
            why = self._why_not(tree, self._key_of_made_up())
            if why:
                self._say([member], why)
                continue
            segment = self.reader.segment(member)
            source = self.meanings.chosen.get(subject.name) if subject.name else None
            self._define_all(tree)
            if source is not None and source.member.start == member.start and source.tree == member.tree:
                segment = self.segments.get(subject.name, segment)
                self._done(member)
            else:
                level, why = self._level(member, tree, first, stands_first=len(before) == 1)
                if why:
                    self._say([member], why)
                else:
                    self._done(member)
                    self.result.levels[level] += 1
                    self.worksheet.claim(subject, segment, tuple(before))
            before.append(segment)

    def _level(self, member: Member, tree: Node, first: Node, *, stands_first: bool) -> tuple[str, str]:
        """Return at which level a member is judged, or why it is not."""
        if not names_of(tree):
            if member.relation == ABOUT and single_number(tree) is None:
                return "", "rounded figures after ≈ need not give the same to the last digit"
            if stands_first and number_may_be_another(tree, first, self._value_of(first)):
                return "", "it may be an equation, or another value than the one that is computed"
            return ("B" if names_of(first) else "A"), ""
        return "C", self._why_no_formula(tree, first)

    def _value_of(self, tree: Node) -> float | None:
        if self._values is None:
            self._values = self.chooser.values()
        return number_of(tree, self._values)

    def _key_of_made_up(self) -> str:
        return next((name for name in self.defined if name not in self.meanings.chosen), "")

    def _define_all(self, tree: Node) -> None:
        """Define the names of a tree, and all that they depend on, in the worksheet."""
        for name in sorted(names_of(tree), key=str):
            self._define(name)

    segments: dict[str, Segment]

    def _define(self, name: str) -> None:
        if not hasattr(self, "_segments_ready"):
            self._segments_ready, self.segments = True, {}
        stack = [name]
        while stack:
            name = stack[-1]
            if name in self.defined or name not in self.meanings.chosen:
                stack.pop()
                continue
            source: Definition = self.meanings.chosen[name]
            missing = [n for n in sorted(names_of(source.tree)) if n not in self.defined and n in self.meanings.chosen]
            if missing:
                stack += missing
                continue
            self.defined.add(name)
            self.segments[name] = self.reader.segment(replace(source.member, tree=source.tree, relation="="))
            self.worksheet.define(name, self.segments[name])
            self._done(source.member)
            stack.pop()


def number_may_be_another(tree: Node, first: Node, value: float | None) -> bool:
    """Return whether a number may be said in passing: y = 1 of a prediction, a + b = 10, 0 = 2 of a contradiction."""
    number = single_number(tree)
    if number is None or isinstance(first, DerivativeNode) or value is None or not is_far(number.value, value):
        return False
    if not names_of(first):
        return single_number(first) is not None
    return number.exact or (isinstance(first, NameNode) and number.digits < ROUNDED_DIGITS)


def body_place(body: Node) -> syntax.TextPlace:
    """Return the place of a tree, if it has one."""
    return getattr(body, "place", syntax.NOWHERE)
