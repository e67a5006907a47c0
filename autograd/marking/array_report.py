"""Marked array code as a document, as JSON, and as a copy of the notebook with a cell below each wrong line."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from autograd.document.blocks import Code, Colored, Inline, Layout, Lines, Pointed, table
from autograd.document.document import Document
from autograd.document.writers import TextWriter
from autograd.marking.report import MIN_WIDTH, _listed, checked_reveal, terminal_width
from autograd.marking.verdicts import UNREADABLE, VERDICTS

if TYPE_CHECKING:
    from autograd.array_code.source import Source
    from autograd.document.blocks import Block
    from autograd.marking.array_lines import LineVerdict


class ArrayMarking(Document):
    """The verdicts on the gradients that array code writes, in the order of the lines."""

    layout = Layout(indent="", rule="")
    hint = ""

    def __init__(self, source: Source, verdicts: list[LineVerdict], name: str = "", reveal: str = "answer") -> None:
        self.source, self.verdicts, self.name = source, verdicts, name
        self.every = verdicts
        self.reveal = checked_reveal(reveal)

    @property
    def first_mistakes(self) -> list[LineVerdict]:
        """The mistakes themselves, without what follows from them."""
        return [verdict for verdict in self.verdicts if verdict.is_first_mistake]

    @property
    def unreadable(self) -> list[LineVerdict]:
        """The gradients whose line cannot be read."""
        return [verdict for verdict in self.verdicts if verdict.word == UNREADABLE]

    @property
    def ok(self) -> bool:
        """Return whether everything can be read and there is no mistake."""
        return not (self.first_mistakes or self.unreadable)

    @property
    def is_blank(self) -> bool:
        """Return whether no gradient is written."""
        return not self.verdicts

    @property
    def earned(self) -> tuple[int, int]:
        """Return how many gradients are right or follow, and how many could be judged."""
        judged = [v for v in self.verdicts if VERDICTS[v.word].counts]
        return sum(VERDICTS[verdict.word].earns_point for verdict in judged), len(judged)

    @property
    def score(self) -> str:
        """The same in words."""
        return "{} of {}".format(*self.earned)

    def summary(self) -> str:
        """Return one line that says how many gradients got each verdict."""
        counts = [(word, sum(v.word == word for v in self.verdicts)) for word in VERDICTS]
        counted = ", ".join(f"{count} {word}" for word, count in counts if count)
        number = len(self.verdicts)
        if not number:
            return "0 gradients: no line stores the gradient of an array (dW is that of W; see docs/array-code.md)"
        return f"{number} gradient{'s' * (number != 1)}: {counted}; score {self.score}"

    # -- As a document --------------------------------------------------------------------------

    @property
    def blocks(self) -> list[Block]:
        """The mistakes and what cannot be read, a table of every gradient, and the summary."""
        pointed = [v for v in self.verdicts if v.is_first_mistake or v.word == UNREADABLE]
        claims = table(("line", "gradient", "verdict", ""), list(map(self._cells, self.verdicts)), "rlll")
        return [*map(self._mistake, pointed), *([claims] if self.verdicts else []), Lines(((self.summary(),),))]

    def _cells(self, verdict: LineVerdict) -> tuple[Inline, ...]:
        row = VERDICTS[verdict.word]
        note = "" if verdict.is_first_mistake or verdict.word == UNREADABLE else self._reason(verdict)
        about = f"{verdict.gradient} in {verdict.function}" if verdict.function else verdict.gradient
        where = self.source.where(verdict.line).removeprefix("line ")
        return where, Code(about), Colored(f"{row.sign} {verdict.word}", row.color), note

    def _mistake(self, verdict: LineVerdict) -> Pointed:
        written = (
            self.source.lines[verdict.line - 1].expandtabs(1) if 0 < verdict.line <= len(self.source.lines) else ""
        )
        part = written.strip()
        code = part.partition("#")[0].rstrip() or part
        about = "" if verdict.gradient.startswith("return") else f", {verdict.gradient}"
        inside = f" in {verdict.function}" if verdict.function else ""
        where, color = self.source.where(verdict.line), VERDICTS[verdict.word].color
        following = list(dict.fromkeys(v.gradient for v in self.verdicts if verdict.line in v.origins))
        many = len(following) > 1
        remarks = [
            self._reason(verdict),
            *(self._kinds(verdict)),
            f"{_listed(following)} follow{'s' * (not many)} from it" if following else "",
        ]
        return Pointed(
            heading=(Colored(f"✗ {where}{about}{inside}: {verdict.word}", color),),
            before="",
            part=code,
            after=part[len(code) :],
            remarks=tuple(filter(None, remarks)),
            color=color,
        )

    def _reason(self, verdict: LineVerdict) -> str:
        if verdict.origins:
            return f"from {self.source.where(verdict.origins[0])}"
        return verdict.reason if self.reveal == "answer" or verdict.word == UNREADABLE else ""

    def _kinds(self, verdict: LineVerdict) -> list[str]:
        if self.reveal == "line":
            return []
        return [mistake.text if self.reveal == "answer" else mistake.kind for mistake in verdict.diagnosis]

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, color: bool = False, every: bool = True, width: int | None = None) -> str:
        """Return the marking for a terminal: the mistakes, then (unless `every` is false) each gradient."""
        width = max(MIN_WIDTH, width or terminal_width())
        blocks = [block for block in self.blocks if every or isinstance(block, (Pointed, Lines))]
        return TextWriter(self.digits, colors=color, layout=self.layout, columns=width).write(blocks)

    def to_json(self) -> str:
        """Return the marking as JSON."""
        earned, judged = self.earned
        data = {
            "code": self.name,
            "gradients": [self._as_data(verdict) for verdict in self.verdicts],
            "roots": [self._as_data(verdict) for verdict in self.first_mistakes],
            "earned": earned,
            "judged": judged,
        }
        return json.dumps(data, ensure_ascii=False, indent=2)

    def _as_data(self, verdict: LineVerdict) -> dict[str, Any]:
        return {
            "line": verdict.line,
            "where": self.source.where(verdict.line),
            "function": verdict.function,
            "gradient": verdict.gradient,
            "of": verdict.subject,
            "verdict": verdict.word,
            "reason": self._reason(verdict),
            "follows_from": list(verdict.origins),
            "diagnosis": [{"kind": m.kind, "text": m.text} for m in verdict.diagnosis] if self.reveal != "line" else [],
        }

    def to_notebook(self) -> str:
        """Return the notebook (of a file, one made of it) with a Markdown cell below each cell that has a mistake."""
        source = self.source.notebook or {
            "cells": [
                {
                    "cell_type": "code",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": self.source.text,
                }
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        notebook = copy.deepcopy(source)
        has_ids = (notebook.get("nbformat"), notebook.get("nbformat_minor", 0)) >= (4, 5)
        notes: dict[int, list[LineVerdict]] = {}
        for verdict in (*self.first_mistakes, *self.unreadable):
            cell = self.source.cells[verdict.line - 1][0] if self.source.cells else 0
            notes.setdefault(cell, []).append(verdict)
        for cell in sorted(notes, reverse=True):
            document = Document((), [self._mistake(verdict) for verdict in notes[cell]])
            note = {"cell_type": "markdown", "metadata": {}, "source": document.to_markdown(dollars=True)}
            notebook["cells"].insert(cell + 1, note | ({"id": f"chalkgrad-{cell}"} if has_ids else {}))
        return json.dumps(notebook, ensure_ascii=False, indent=1)
