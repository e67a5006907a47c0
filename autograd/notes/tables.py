"""Rows of tables to chains: which columns say that they are equal comes from their headings.

A column such as Value or Result is what the columns before it give. Weight, Old, Gradient, Change and New are one
step of a weight; Neuron, Net input and Activation what a neuron computes. A formula with an `=` of its own says that,
in whatever column it stands.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from autograd.claims.tree import BinaryNode, DerivativeNode, NameNode, single_number
from autograd.notes.chains import EQUAL, ChainReader, FormulaChain, Member, rows_of, split, trimmed
from autograd.notes.names import NEW
from autograd.notes.tokens import TooLongError, tokens_of

if TYPE_CHECKING:
    from autograd.claims.tree import Node
    from autograd.notes.parts import NotePart

LOSS = "(loss)"  # of a gradient whose table does not say of what; the reading knows
OF_UNIT = re.compile(r"\((?P<role>net|out|label)\)(?P<unit>.+)")  # what a row is about; the reading knows its name
_RESULT_WORDS = re.compile(r"(?:value|result|answer|product)s?$")
_SUBJECTS = frozenset({  # the last words of columns that say of what the result is
    "calculation", "component", "computation", "derivative", "element", "equation", "expression", "factor", "formula",
    "input", "metric", "name", "neuron", "node", "operation", "output", "parameter", "prediction", "quantity", "step",
    "sub-step", "substitution", "symbol", "target", "term", "unit", "variable", "weight",
})  # fmt: skip
_STEP = {  # the columns of one step of a weight
    "old": "old", "current": "old", "before": "old", "original": "old", "initial": "old", "gradient": "gradient",
    "change": "change", "update": "change", "delta": "change", "new": "new", "updated": "new", "after": "new",
}  # fmt: skip
_UNITS = re.compile(r"(?:.* )?(?:neuron|unit|node)$")
_QUANTITIES = {  # the columns of what a neuron computes
    "net": re.compile(r"(?:net|pre-?activation|weighted sum|total input|net input)\b"),
    "out": re.compile(r"(?:activation|output|activated)\b"),
}
_DOES = re.compile(r"(?:step )?\d*[.:)]?\s*(?:compute|calculate|evaluate|find|result)?\s*:?", re.IGNORECASE)
_FORMULA = re.compile(r"\$\$?(.+?)\$\$?|\\\((.+?)\\\)")
_NAME = r"[A-Za-zα-ωΑ-Ω]_?\d{0,2}[₀-₉]*"
_NUMBER = r"[-+−]?[ ]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_OPERATION = r"(?:[ ]*[×·⋅*][ ]*|[ ]+[-+−/][ ]+)"  # a minus without spaces may be the hyphen of 2-2-1
_FACTOR = rf"\(*{_NUMBER}\)*"
_PLAIN = re.compile(rf"[\s*_`]*((?:{_FACTOR}{_OPERATION})*{_FACTOR}|{_NAME})[\s*_`]*")
_LISTED = re.compile(rf"[\s*_`$]*((?:{_NAME}|{_NUMBER})(?:\$?,[ ]*\$?(?:{_NAME}|{_NUMBER}))+)[\s*_`$]*")
_NAMED = re.compile(rf"[\s*_`$]*({_NAME})[\s*_`$]*\([\w ]+\)[\s*_`]*")  # η (learning rate)


class RowReader:
    """Rows of tables, read with the same grammar as formulas."""

    def __init__(self, chains: ChainReader) -> None:
        self.chains = chains
        self.text = chains.note.text

    def read(self, row: NotePart) -> list[FormulaChain]:
        """Return the chains that a row says."""
        cells = [self._cell(start, end) for start, end in row.cells]
        header = [*row.header, *[""] * (len(cells) - len(row.header))]
        known = self._step(header, cells) or self._lists(row, header)
        if known:
            return known
        whole: list[FormulaChain] = []
        last = max((at for at in range(len(cells)) if header[at] and _RESULT_WORDS.search(header[at])), default=-1)
        joined = self._joined(header, cells, last) if last >= 0 else set()
        members = [member for at, which in sorted(joined) for member in cells[at][0][which].members]
        if len(members) > 1:
            for member in members[1:]:
                member.relation = member.relation or EQUAL
            members[0].relation = ""
            whole.append(FormulaChain(members, is_row=True))
        found = self._labeled(cells, last) if not joined else []
        found += self._quantities(header, cells)  # what a cell says by itself is a step on the way to the whole row
        for at, (chains, _) in enumerate(cells):
            for which, chain in enumerate(chains):
                if (at, which) not in joined and len(chain.members) > 1:
                    chain.is_row = True
                    found.append(chain)
        return found + whole

    def _joined(
        self, header: list[str], cells: list[tuple[list[FormulaChain], str]], last: int
    ) -> set[tuple[int, int]]:
        """Return which chains of which cells are one chain with the value at the end; none without a value."""
        if last >= len(cells) or len(cells[last][0]) != 1 or cells[last][1]:
            return set()
        found: set[tuple[int, int]] = set()
        for at in range(last):
            chains, words = cells[at]
            first_word = header[at].split(" ")[-1:] or [""]
            can_be = header[at] in _SUBJECTS or first_word[0] in _SUBJECTS or not header[at]
            if "intermediate" in header[at] and chains and len(chains[-1].members) == 1:
                found.add((at, len(chains) - 1))
            elif len(chains) == 1 and can_be and (not words or (at < last and _DOES.fullmatch(words))):
                tree = chains[0].members[0].tree
                if not (len(chains[0].members) == 1 and tree is not None and single_number(tree) is not None):
                    found.add((at, 0))
        return found | {(last, 0)} if found else set()

    def _labeled(self, cells: list[tuple[list[FormulaChain], str]], last: int) -> list[FormulaChain]:
        """Return what a row says of words with a name, Total error to $h_1$, which may be a symbol of the note."""
        name, value = self._only(cells, 0), self._only(cells, last) if last > 0 else None
        words = re.sub(r"\W+", "_", cells[0][1]).strip("_") if cells else ""
        if not words or name is None or not isinstance(name.tree, NameNode) or value is None:
            return []
        subject = replace(name, tree=replace(name.tree, key=f"(label){words}_{name.tree.key}"))
        return [FormulaChain([subject, replace(value, relation=EQUAL)], is_row=True)]

    def _lists(self, row: NotePart, header: list[str]) -> list[FormulaChain]:
        """Return the givens of names with commas between them and as many numbers: x1, x2 | 0.3, 0.7."""
        last = max((at for at, word in enumerate(header) if _RESULT_WORDS.search(word)), default=0)
        if not 0 < last < len(row.cells):
            return []
        names, numbers = (self._listed(*row.cells[at]) for at in (0, last))
        if len(names) < 2 or len(names) != len(numbers):
            return []
        pairs = zip(names, numbers, strict=True)
        is_given = all(
            isinstance(a.tree, NameNode) and b.tree and single_number(b.tree)
            for a, b in zip(names, numbers, strict=True)
        )
        return [
            FormulaChain([name, replace(number, relation=EQUAL)], is_row=True) for name, number in pairs if is_given
        ]

    def _listed(self, start: int, end: int) -> list[Member]:
        """Return what stands between the commas of a cell, if it is a list of names or of numbers."""
        whole = _LISTED.fullmatch(self.text, start, end)
        parts = re.compile(r"[^,\s$]+").finditer(self.text, *whole.span(1)) if whole else ()
        return [self.chains.member("", tokens_of(self.text, *part.span(), {})) for part in parts]

    def _quantities(self, header: list[str], cells: list[tuple[list[FormulaChain], str]]) -> list[FormulaChain]:
        """Return what a row says a neuron computes: Neuron | Net input | Activation."""
        unit = next((at for at, word in enumerate(header) if _UNITS.match(word)), len(cells))
        name = self._only(cells, unit)
        if name is None or not isinstance(name.tree, NameNode):
            return []
        found = []
        for at, word in enumerate(header):
            role = next((role for role, words in _QUANTITIES.items() if at != unit and words.match(word)), "")
            value = self._only(cells, at)
            if role and value is not None and value.tree is not None and single_number(value.tree) is not None:
                subject = Member("", NameNode(f"({role}){name.tree.key}", name.tree.place), name.start, name.end)
                value.relation = EQUAL
                found.append(FormulaChain([subject, value], is_row=True))
        return found

    def _step(self, header: list[str], cells: list[tuple[list[FormulaChain], str]]) -> list[FormulaChain]:
        """Return the chains of one step of a weight; none for any other row."""
        columns: dict[str, int] = {}
        for at, word in enumerate(header):
            for part, role in _STEP.items():
                if part in word.split() and role not in columns:
                    columns[role] = at
                    break
        weight = next(
            (
                at
                for at, word in enumerate(header)
                if word.split() and word.split()[-1] in ("weight", "parameter", "bias")
            ),
            None,
        )
        if weight is None or "new" not in columns:
            return []
        name = self._only(cells, weight)
        if name is None or not isinstance(name.tree, NameNode):
            return []
        key, place = name.tree.key, name.tree.place
        new = NameNode(key + NEW, place)
        trees: dict[str, Node] = {
            "old": NameNode(key, place),
            "gradient": DerivativeNode(LOSS, key, place, "d"),
            "change": BinaryNode("-", new, NameNode(key, place), place),
            "new": new,
        }
        found = []
        for role, at in sorted(columns.items(), key=lambda item: item[1]):
            value = self._only(cells, at)
            if value is not None and value.tree is not None and single_number(value.tree) is not None:
                subject = Member("", trees[role], name.start, name.end)
                value.relation = EQUAL
                found.append(FormulaChain([subject, value], is_row=True))
        return found

    @staticmethod
    def _only(cells: list[tuple[list[FormulaChain], str]], at: int) -> Member | None:
        """Return the one expression of a cell."""
        chains = cells[at][0] if at < len(cells) else []
        return chains[0].members[0] if len(chains) == 1 and len(chains[0].members) == 1 else None

    def _cell(self, start: int, end: int) -> tuple[list[FormulaChain], str]:
        """Return the chains of a cell, and the words beside them; a plain number or name counts as a formula."""
        chains: list[FormulaChain] = []
        words, at = "", start
        for match in _FORMULA.finditer(self.text, start, end):
            group = 1 if match[1] is not None else 2
            chains += self._read(*match.span(group))
            words += self.text[at : match.start()]
            at = match.end()
        words += self.text[at:end]
        if not chains:
            plain = _PLAIN.fullmatch(self.text, start, end) or _NAMED.fullmatch(self.text, start, end)
            if plain:
                return self._read(*plain.span(1)), ""
        words = re.sub(r"<br ?/?>|[*_`&]", " ", words)
        return chains, " ".join(words.split())

    def _read(self, start: int, end: int) -> list[FormulaChain]:
        found = []
        try:
            rows = rows_of(tokens_of(self.text, start, end, self.chains.macros))
        except TooLongError as error:
            return [FormulaChain([Member("", None, start, end, str(error))])]
        for row in rows:
            for pieces, doubt in split(row):
                members = [self.chains.member(rel, part) for rel, tokens in pieces if (part := trimmed(tokens))]
                if members:
                    found.append(FormulaChain(members, doubt))
        return found
