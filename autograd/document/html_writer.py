"""Documents as HTML: mathematics as MathML, no script, nothing that is loaded.

A page is a file of its own, a fragment is what a notebook shows. Both have the same style, which holds
inside of `.chalkgrad` alone; only a page is dark where its reader's system is.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from autograd.document.blocks import drawn
from autograd.document.writers import Writer
from autograd.formatting import escapes, palette
from autograd.symbolic.notations import MATHML
from autograd.symbolic.printer import Printer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.document.blocks import Block, Content, Factors, Picture, Pointed, Table
    from autograd.document.line_breaks import Line


_PAINTED = [*palette.VERDICT_COLORS, *map(palette.path_color, range(len(palette.PATH_COLORS)))]
_LIGHT, _DARK = (
    " ".join(f"--{name}: {colors[name]};" for name in ("ink", "paper", "quiet", "faint", *_PAINTED))
    for colors in (palette.LIGHT, palette.DARK)
)
# A fragment has its own ground, and lets its tables and code have no other: the style of a notebook knows nothing of
# our colors, and they were chosen for this ground.
STYLE = (
    f"""
.chalkgrad {{ {_LIGHT} color: var(--ink); background: var(--paper); }}
.chalkgrad :is(h1, h2, h3, h4, h5, p, li, b, i, code, table, thead, tbody, tr, td) {{ color: inherit !important; }}
.chalkgrad :is(code, mark, table, thead, tbody, tr, th, td) {{ background: none !important; }}
.chalkgrad h1, .chalkgrad h2, .chalkgrad h3, .chalkgrad h4, .chalkgrad h5 {{ line-height: 1.25; margin-top: 2em; }}
.chalkgrad h1 {{ margin-top: 0; }}
.chalkgrad h2 {{ border-bottom: 1px solid var(--faint); padding-bottom: .2em; }}
.chalkgrad .wide {{ overflow-x: auto; margin: 1em 0; }}
.chalkgrad .equations {{ padding-left: 1.5rem; }}
.chalkgrad math {{ font-size: 1.1em; }}
.chalkgrad math * {{ unicode-bidi: isolate; }}
.chalkgrad mi, .chalkgrad mtext {{ white-space: pre; }}
.chalkgrad mtable.aligned mtd {{ padding: .35em .15em; text-align: left; }}
.chalkgrad mtable.aligned mtd.sign {{ text-align: right; }}
.chalkgrad table {{ border-collapse: collapse; }}
.chalkgrad th, .chalkgrad td {{ padding: .35em .8em; border-bottom: 1px solid var(--faint); text-align: left; }}
.chalkgrad th {{ color: var(--quiet) !important; font-weight: normal; }}
.chalkgrad td {{ vertical-align: baseline; }}
.chalkgrad td span {{ white-space: nowrap; }}
.chalkgrad .r {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.chalkgrad .total td {{ border-top: 2px solid var(--quiet); font-weight: bold; }}
.chalkgrad code {{ white-space: pre-wrap; }}
.chalkgrad mark {{ text-decoration: underline; text-decoration-thickness: 2px; }}
.chalkgrad .bold {{ font-weight: bold; }}
.chalkgrad figure {{ margin: 1em 0; overflow-x: auto; }}
.chalkgrad figure img {{ max-width: max(100%, 48rem); }}
""".strip()
    + "".join(f"\n.chalkgrad .{name} {{ color: var(--{name}); }}" for name in _PAINTED)
)

FRAGMENT_STYLE = f"""{STYLE}
.chalkgrad {{ padding: .5em .8em; }}
:is({palette.DARK_GROUNDS}) .chalkgrad {{ {_DARK} }}"""

PAGE_STYLE = f"""{STYLE}
:root {{ color-scheme: light dark; --ink: {palette.INK}; --paper: {palette.PAPER}; }}
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 Georgia, serif; }}
@media (prefers-color-scheme: dark) {{
:root {{ --ink: {palette.DARK["ink"]}; --paper: {palette.DARK["paper"]}; }} .chalkgrad {{ {_DARK} }} }}
@media print {{ :root, .chalkgrad {{ {_LIGHT} --ink: #000; --paper: #fff; }}
h2 {{ break-after: avoid; }} tr {{ break-inside: avoid; }} .chalkgrad figure img {{ max-width: 100%; }} }}"""


class HtmlWriter(Writer):
    """A page of HTML, or a part of one."""

    notation = MATHML

    def page(self, title: str, blocks: Sequence[Block]) -> str:
        """Return one HTML file, which needs no other."""
        return self.body(blocks).join(self.ends(title))

    def ends(self, title: str) -> tuple[str, str]:
        """Return what stands before and after the body of a page, for one that is written piece by piece."""
        style = base64.b64encode(hashlib.sha256(PAGE_STYLE.encode()).digest()).decode()
        policy = f"default-src 'none'; img-src data:; style-src 'sha256-{style}'"
        before = (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            f"<title>{self._words(title)}</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n"
        )
        return before, "\n</body>\n</html>\n"

    def body(self, blocks: Sequence[Block]) -> str:
        """Return a part of the body of a page, without its style."""
        return self._inside(blocks)

    def fragment(self, blocks: Sequence[Block]) -> str:
        """Return a part of a page, with its style."""
        return self._inside(blocks, f"<style>{FRAGMENT_STYLE}</style>\n")

    def _inside(self, blocks: Sequence[Block], style: str = "") -> str:
        body = "\n".join(map(self.block, blocks))
        return f'<div class="chalkgrad">\n{style}{body}\n</div>'

    def _words(self, words: str) -> str:
        return escapes.html(words)

    def _strong(self, words: str) -> str:
        return f"<b>{words}</b>"

    def _colored(self, words: str, color: str) -> str:
        return f'<span class="{color}">{words}</span>'

    def _code(self, words: str) -> str:
        return f"<code>{words}</code>"

    def _inline(self, formula: str) -> str:
        return f"<math><mrow>{formula}</mrow></math>"

    def _heading(self, level: int, words: str) -> str:
        return f"<h{level}>{words}</h{level}>"

    def _paragraph(self, words: str) -> str:
        return f"<p>{words}</p>"

    def _lines(self, lines: Sequence[str]) -> str:
        return self._paragraph("<br/>\n".join(lines))

    def _equations(self, equations: Sequence[Sequence[Line]]) -> str:
        rows = []
        for first, *rest in equations:
            start = self.printer.write(first.formula)
            rows += [] if rest else [("", start)]
            for line in rest:
                sign = f"<mo>{line.sign}</mo>"
                indent = "" if line.sign == "=" else f'<mspace width="{2 * (line.depth + 1)}em"/>'
                rows.append((start, f"{indent}{sign}{self.printer.write(line.formula)}"))
                start = ""
        return _aligned((f'<mtd class="sign">{a}</mtd>', f"<mtd>{b}</mtd>") for a, b in rows)

    def _factors(self, factors: Factors) -> str:
        rows = []
        for at, (sign, before) in enumerate((("·", ""), ("·", "="), ("×", "="))):
            cells = ["…" if isinstance(c, str) else self.printer.factor(c[at]) for c in factors.columns]
            joints = [before, *[sign] * (len(cells) - 1)]
            rows.append([f"<mtd><mo>{joint}</mo>{cell}</mtd>" for joint, cell in zip(joints, cells)])
        result = Printer(self.notation, factors.digits).write(factors.result)
        rows[-1].append(f"<mtd><mo>=</mo>{result}</mtd>")
        return self._paragraph(self._product(factors)) + _aligned(rows)

    def _table(self, table: Table) -> str:
        right = [' class="r"' if side == "r" else "" for side in table.align]

        def row(cells: Sequence[Content], tag: str) -> str:
            return "".join(f"<{tag}{kind}>{self.content(cell)}</{tag}>" for cell, kind in zip(cells, right))

        head = f"<thead><tr>{row(table.head, 'th')}</tr></thead>" if table.head else ""
        rows = [f"<tr>{row(cells, 'td')}</tr>" for cells in table.rows]
        if table.total:
            rows[-1] = rows[-1].replace("<tr>", '<tr class="total">', 1)
        return f'<div class="wide"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'

    def _pointed(self, pointed: Pointed) -> str:
        part = f'<mark class="{pointed.color}">{self._words(pointed.part)}</mark>'
        line = self._code(f"{self._words(pointed.before)}{part}{self._words(pointed.after)}")
        return self._lines([self._strong(self.content(pointed.heading)), line, *map(self._words, pointed.remarks)])

    def _bullets(self, items: Sequence[str], *, numbered: bool) -> str:
        kind = "ol" if numbered else "ul"
        return f"<{kind}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>"

    def _picture(self, picture: Picture) -> str:
        shows, data = self._words(picture.shows), drawn(picture)
        return f'<figure><img alt="{shows}" src="{data}"/></figure>' if data else f"<p><i>(Picture: {shows}.)</i></p>"


def _aligned(rows: Iterable[Iterable[str]]) -> str:
    """Return cells of mathematics in rows, their columns aligned."""
    body = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in rows)
    table = f'<mtable class="aligned" displaystyle="true">{body}</mtable>'
    return f'<div class="wide equations"><math>{table}</math></div>'
