"""The parts of a note that say something in mathematics: formulas, rows of tables, headings, the teacher's words.

Nothing is copied: a part is where it begins and ends in the text. Code, comments and tags are passed over. The scan
is linear: a delimiter without its partner is looked for once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from autograd.notes import prose

if TYPE_CHECKING:
    from autograd.notes.note_text import NoteText

MAX_FORMULA = 20_000  # characters; nobody checks a longer one by hand
MAX_INLINE = 2_000
MAX_MACROS = 500

ENVIRONMENTS = "equation|align|aligned|gather|eqnarray|multline|alignat|displaymath|math|flalign|split"


class NotePart(NamedTuple):
    """A part of a note: its kind, and where it begins and ends.

    Kinds: "formula" (`display` on lines of its own), "row" of a table with its `cells` and the `header` above it,
    "heading" with its `level`, "word" of the teacher, "given" (`name = number` in code), "said" (a given in words, its
    `cells` the name and the number), "long".
    """

    kind: str
    start: int
    end: int
    display: bool = False
    cells: tuple[tuple[int, int], ...] = ()
    header: tuple[str, ...] = ()
    level: int = 0


class Macro(NamedTuple):
    """A macro of the note itself: how many arguments it takes, and its body."""

    arguments: int
    body: str


def _opener(pattern: str, flags: int) -> re.Pattern[str]:
    """Compile a pattern with the environments of formulas for ENV."""
    return re.compile(pattern.replace("ENV", ENVIRONMENTS), flags)


_OPENERS = {
    "markdown": _opener(
        r"(?P<fence>^[ >\t]*(?:```+|~~~+))|(?P<comment><!--)|(?P<code>`+)|(?P<heading>^[ >]{0,3}\#{1,6}[ \t])"
        r"|(?P<row>^[ >\t]*\|)|(?P<math>\$\$|\$|\\\\\[|\\\\\(|\\\[|\\\(|\\begin\{(?:ENV)\*?\})|(?P<escape>\\.)"
        r"|(?P<skipped><(?:script|style|pre|code)\b)",
        re.MULTILINE | re.DOTALL,
    ),
    "tex": _opener(
        r"(?P<comment>%)|(?P<heading>\\(?:chapter|section|subsection|subsubsection|paragraph)\*?\{)"
        r"|(?P<verbatim>\\begin\{(?:verbatim|lstlisting|minted)\})"
        r"|(?P<math>\$\$|\$|\\\[|\\\(|\\begin\{(?:ENV)\*?\})|(?P<escape>\\.)",
        re.MULTILINE | re.DOTALL,
    ),
    "html": _opener(
        r"(?P<comment><!--)|(?P<heading><h[1-6]\b)|(?P<skipped><(?:script|style|pre|code)\b)|(?P<tag><[a-zA-Z/][^<>]*>)"
        r"|(?P<math>\$\$|\$|\\\[|\\\(|\\begin\{(?:ENV)\*?\})|(?P<escape>\\.)",
        re.MULTILINE | re.DOTALL | re.IGNORECASE,
    ),
}
_OPENERS["notebook"] = _OPENERS["markdown"]
_TEX_LEVELS = {"chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_GIVEN = re.compile(r"[ \t]*([^\W\d_]\w*(?:[₀-₉]+)?)\s*=\s*([-−]?\d*\.?\d+)\s*(?:#.*)?")
_SEPARATOR = re.compile(r"[ >\t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_SHORT = re.compile(
    r"\\(?:re|provide)?newcommand\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?\s*(?:\[[^\]]*\])?\s*\{"
)
_DEF = re.compile(r"\\def\s*\\([A-Za-z]+)\s*((?:#\d)*)\s*\{")
_OPERATOR = re.compile(r"\\DeclareMathOperator\*?\s*\{\s*\\([A-Za-z]+)\s*\}\s*\{([^{}]*)\}")


def parts_of(note: NoteText) -> list[NotePart]:
    r"""Return the parts of a note in the order in which they stand.

    >>> from autograd.notes.note_text import NoteText
    >>> [part.kind for part in parts_of(NoteText("# One\n`$x$` is $x = 2$ and $$y = x$$"))]
    ['heading', 'formula', 'formula']
    """
    return _Scan(note).parts


def macros_of(text: str) -> dict[str, Macro]:
    r"""Return the macros that a text defines; the last definition of a name counts.

    >>> macros_of(r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}")["pd"].arguments
    2
    """
    found: dict[str, Macro] = {}
    for pattern in (_SHORT, _DEF):
        for match in pattern.finditer(text):
            end = _closing_brace(text, match.end() - 1)
            if end and len(found) < MAX_MACROS:
                count = match[2] or "0"
                found[match[1]] = Macro(count.count("#") if "#" in count else int(count), text[match.end() : end])
    for match in _OPERATOR.finditer(text):
        found[match[1]] = Macro(0, rf"\mathrm{{{match[2]}}}")
    return found


def _closing_brace(text: str, start: int) -> int:
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, start, start + MAX_INLINE):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return 0


class _Scan:
    """One pass over a text, from one opening delimiter to the next."""

    def __init__(self, note: NoteText) -> None:
        self.text = note.text
        self.format = note.format
        self.parts: list[NotePart] = []
        self.missing: set[str] = set()  # closing delimiters that do not come any more
        self.header: tuple[str, ...] = ()
        self.after_table = -1  # where the next row of a table would begin
        at = 0
        opener = _OPENERS[note.format]
        known: list[tuple[int, int, bool]] = []  # what is no prose, and whether it may stand in a sentence
        while match := opener.search(self.text, at):
            at = max(match.end(), getattr(self, f"_{match.lastgroup}")(match))
            if match.lastgroup not in ("heading", "tag", "escape"):
                is_inline = match.lastgroup == "math" and match[0] in ("$", "\\(", "\\\\(")
                known.append((match.start(), at, is_inline))
        said = [NotePart("said", g.start, g.end, cells=(g.name, g.number)) for g in prose.givens(self.text, known)]
        self.parts = sorted([*self.parts, *said], key=lambda part: part.start)

    def _find(self, closer: str, start: int, limit: int | None = None) -> int:
        """Return where the closing delimiter stands, -1 without one."""
        if closer in self.missing:
            return -1
        at = self.text.find(closer, start, None if limit is None else start + limit)
        if at < 0 and limit is None:
            self.missing.add(closer)
        return at

    def _line_end(self, start: int) -> int:
        at = self.text.find("\n", start)
        return len(self.text) if at < 0 else at

    def _escape(self, match: re.Match[str]) -> int:
        return match.end()

    def _tag(self, match: re.Match[str]) -> int:
        return match.end()

    def _code(self, match: re.Match[str]) -> int:
        end = self._line_end(match.end())
        at = self.text.find(match[0], match.end(), end)
        if at < 0:
            return match.end()
        if _GIVEN.fullmatch(self.text, match.end(), at):
            self.parts.append(NotePart("given", match.end(), at))
        return at + len(match[0])

    def _fence(self, match: re.Match[str]) -> int:
        mark = match[0].strip(" >\t")
        first = self._line_end(match.end())
        close = re.compile(rf"^[ >\t]*{re.escape(mark)}[`~]*[ \t]*$", re.MULTILINE).search(self.text, first)
        end = close.start() if close else len(self.text)
        if not self.text[match.end() : first].strip():  # of no language
            at = first + 1
            while at < end:
                line_end = min(self._line_end(at), end)
                if _GIVEN.fullmatch(self.text, at, line_end):
                    self.parts.append(NotePart("given", at, line_end))
                at = line_end + 1
        return close.end() if close else end

    def _verbatim(self, match: re.Match[str]) -> int:
        closer = match[0].replace("begin", "end")
        at = self._find(closer, match.end())
        return match.end() if at < 0 else at + len(closer)

    def _skipped(self, match: re.Match[str]) -> int:
        closer = f"</{match[0][1:].lower()}>"
        at = self._find(closer, match.end())
        opening = self._find(">", match.end())
        if at < 0 or opening < 0:
            return match.end()
        if "math/tex" in self.text[match.end() : opening]:
            self._add_formula(opening + 1, at, display="mode=display" in self.text[match.end() : opening])
        return at + len(closer)

    def _comment(self, match: re.Match[str]) -> int:
        if match[0] == "%":
            start, end = match.end(), self._line_end(match.end())
            after = end
        else:
            start, end = match.end(), self._find("-->", match.end())
            if end < 0:
                return match.end()
            after = end + 3
        word = re.compile(r"\s*chalkgrad:").match(self.text, start, end)
        if word:
            self.parts.append(NotePart("word", word.end(), end))
        return after

    def _heading(self, match: re.Match[str]) -> int:
        word = match[0].strip(" >\t")
        level = _TEX_LEVELS.get(word.strip("\\*{")) or (int(word[2]) if word.startswith("<") else word.count("#"))
        self.parts.append(NotePart("heading", match.start(), self._line_end(match.end()), level=level))
        return self._line_end(match.end()) if self.format != "html" else match.end()

    def _math(self, match: re.Match[str]) -> int:
        opening, start = match[0], match.end()
        if opening == "$":
            return self._inline(start)
        if opening.startswith("\\begin"):
            closer = opening.replace("begin", "end")
        else:
            closer = opening.translate(str.maketrans("[(", "])"))
        at = self._find(closer, start)
        while at > 0 and opening == "$$" and self.text[at - 1] == "\\":
            at = self._find(closer, at + 1)
        if at < 0:
            return start
        if at - start > MAX_FORMULA and "\n\n" in self.text[start : start + MAX_FORMULA]:
            return start  # the partner of another one
        self._add_formula(start, at, display="(" not in opening)
        return at + len(closer)

    def _inline(self, start: int) -> int:
        limit = self.text.find("\n\n", start, start + MAX_INLINE)
        limit = start + MAX_INLINE if limit < 0 else limit
        at = self.text.find("$", start, limit)
        while at > 0 and self.text[at - 1] == "\\":
            at = self.text.find("$", at + 1, limit)
        body = self.text[start:at] if at > 0 else ""
        is_money = body[:1].isdigit() and (body[-1:].isspace() or self.text[at + 1 : at + 2].isdigit())
        if not body.strip() or is_money:
            return start
        self._add_formula(start, at, display=False)
        return at + 1

    def _add_formula(self, start: int, end: int, *, display: bool) -> None:
        kind = "formula" if end - start <= MAX_FORMULA else "long"
        self.parts.append(NotePart(kind, start, end, display=display))

    def _row(self, match: re.Match[str]) -> int:
        """Read a row of a table; the first one of a table is its header."""
        start, end = match.end(), self._line_end(match.end())
        cells = self._cells(start, end)
        if match.start() != self.after_table:
            next_line = end + 1
            if not _SEPARATOR.fullmatch(self.text, next_line, self._line_end(next_line)):
                return match.end()
            self.header = tuple(_header_word(self.text[a:b]) for a, b in cells)
            self.after_table = self._line_end(next_line) + 1
            return self.after_table - 1
        self.parts.append(NotePart("row", start, end, cells=cells, header=self.header))
        self.after_table = end + 1
        return end

    def _cells(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        found, first, in_math = [], start, False
        for match in re.compile(r"\\.|\$\$?|\|").finditer(self.text, start, end):
            if match[0].startswith("$"):
                in_math = not in_math
            elif match[0] == "|" and not in_math:
                found.append((first, match.start()))
                first = match.end()
        if self.text[first:end].strip():
            found.append((first, end))
        return tuple(found)


def _header_word(text: str) -> str:
    return " ".join(re.sub(r"\$[^$]*\$|[*_`()]", " ", text).lower().split())
