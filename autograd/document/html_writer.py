"""A document as one HTML file: mathematics as MathML, no script, nothing that is loaded."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING

from autograd.document.blocks import drawn
from autograd.document.readings import Reading, TextReading
from autograd.formatting import escapes, palette
from autograd.formatting.terminal import GLUE
from autograd.symbolic.equations import ROLES
from autograd.symbolic.notations import MathML, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.document.blocks import Content, Line, Picture
    from autograd.document.document import Document

_STYLE = f"""
:root {{ color-scheme: light dark; --ink: {palette.INK}; --quiet: {palette.QUIET};
  --line: {palette.FAINT}; --paper: {palette.PAPER};
  --error: {palette.VERDICT_COLOURS[ROLES["error"]]}; --gradient: {palette.VERDICT_COLOURS[ROLES["gradient"]]};
  --input: {palette.VERDICT_COLOURS[ROLES["input"]]}; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e2e8f0; --quiet: #94a3b8; --line: #475569; --paper: #0f172a;
  --error: #f87171; --gradient: #4ade80; --input: #60a5fa; }} }}
@media print {{ :root {{ --ink: #000; --paper: #fff; }} h2 {{ break-after: avoid; }} tr {{ break-inside: avoid; }} }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 Georgia, serif; }}
h1, h2, h3, h4 {{ line-height: 1.25; margin-top: 2em; }}
h1 {{ margin-top: 0; }}
h2 {{ border-bottom: 1px solid var(--line); padding-bottom: .2em; }}
.wide {{ overflow-x: auto; margin: 1em 0; }}
.equations {{ padding-left: 1.5rem; }}
math {{ font-size: 1.1em; }}
math * {{ unicode-bidi: isolate; }}
mi, mtext {{ white-space: pre; }}
mtable.aligned > mtr > mtd {{ padding: .35em .15em; text-align: left; }}
mtable.aligned > mtr > mtd:first-child {{ text-align: right; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .35em .8em; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }}
th {{ color: var(--quiet); font-weight: normal; }}
.r {{ text-align: right; font-variant-numeric: tabular-nums; }}
.bold {{ font-weight: bold; }}
.error {{ color: var(--error); }}
.gradient {{ color: var(--gradient); }}
.input {{ color: var(--input); }}
figure {{ margin: 1em 0; overflow-x: auto; background: {palette.PAPER}; }}
figure img {{ max-width: 100%; }}
""".strip()


class HtmlReading(Reading):
    """One HTML file."""

    def words(self, words: str) -> str:
        """Escaped."""
        return escape(escapes.plain(words))

    def strong(self, words: str) -> str:
        """Bold."""
        return f"<b>{words}</b>"

    def inline(self, formula: str) -> str:
        """As mathematics."""
        return f"<math><mrow>{formula}</mrow></math>"

    def heading(self, level: int, content: Content) -> str:
        """A heading."""
        return f"<h{level}>{self.content(content)}</h{level}>"

    def paragraph(self, content: Content) -> str:
        """Sentences."""
        return f"<p>{self.content(content)}</p>"

    def equations(self, lines: Sequence[Sequence[Line]]) -> str:
        """Aligned at the equals signs."""
        rows = []
        for first, *rest in lines:
            start = self.paper.write(first.formula)
            if not rest:
                rows.append(("", start))
            for line in rest:
                sign = f"<mo>{line.sign}</mo>"
                indent = "" if line.sign == "=" else f'<mspace width="{2 * (line.depth + 1)}em"/>'
                rows.append((start, f"{indent}{sign}{self.paper.write(line.formula)}"))
                start = ""
        body = "".join(f"<mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr>" for a, b in rows)
        table = f'<mtable class="aligned" displaystyle="true">{body}</mtable>'
        return f'<div class="wide equations"><math>{table}</math></div>'

    def table(self, head: Sequence[Content], rows: Sequence[Sequence[Content]], align: str) -> str:
        """Rows below a head."""

        def row(cells: Sequence[Content], tag: str) -> str:
            return "".join(
                f"<{tag}{' class=r' if side == 'r' else ''}>{self.content(cell)}</{tag}>"
                for cell, side in zip(cells, align)
            )

        body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
        return f'<div class="wide"><table><thead><tr>{row(head, "th")}</tr></thead><tbody>{body}</tbody></table></div>'

    def bullets(self, items: Sequence[Content], *, numbered: bool) -> str:
        """A list."""
        kind = "ol" if numbered else "ul"
        return f"<{kind}>{''.join(f'<li>{self.content(item)}</li>' for item in items)}</{kind}>"

    def picture(self, picture: Picture) -> str:
        """Inside the file."""
        svg = drawn(picture)
        if svg is None:
            return f"<p><i>(Picture: {self.words(picture.shows)}.)</i></p>"
        data = base64.b64encode(svg.encode()).decode()
        shows = self.words(picture.shows)
        return f'<figure><img alt="{shows}" src="data:image/svg+xml;base64,{data}"></figure>'


def html(document: Document) -> str:
    """The document as one HTML file."""
    reading = HtmlReading(document, MathML(document.digits, colours=document.colours))
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    title = escape(TextReading(document, Text(document.digits)).content(document.title).replace(GLUE, " "))
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{style}'"
    body = "\n".join(reading.blocks())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
