"""How paths look: a ledger as text, as HTML for a notebook, and as Markdown with formulas.

For every path a ledger has its chain of nodes from w to E, its factors in names and in numbers
from E back to w, and their product; below them the sum. What is shown is what `paths` found.
"""

from __future__ import annotations

import html as markup
from math import log10, prod
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.graph import local_formula, topological_order
from autograd.engine.value import Value
from autograd.errors import DomainError
from autograd.formatting import escapes, figures, palette
from autograd.formatting.terminal import GLUE, LONGEST_NAME, WIDTH, ends, folded, pad, short, width
from autograd.path_sums.path_sum import amount, chain
from autograd.symbolic import printer
from autograd.symbolic.expr import Apply, Formula, Symbol, simplified
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograd.path_sums.path_sum import Edge, Path, PathSum

IN_FULL = 6  # paths that are shown factor by factor; of more, each is a row
ROWS = 20  # rows of a sum; the paths after them are one row
FACTORS = 24  # factors of a path that are all shown; of more, the first and the last
MOST_NODES = 2000  # nodes of paths that are compared to say what each leads through
ROUNDING = 1e-4  # how little is left where the sum has visibly fewer good digits
FLOAT_DIGITS = 16


# -- What is said -------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One row of the sum; `path` is the number of the path it is, if it is one."""

    label: str
    amount: Any
    path: int | None = None


def many(count: int) -> str:
    """A number of paths; a power of ten where it is too long to be read.

    >>> many(1), many(12345), many(2**200)
    ('1', '12,345', 'about 1.61 × 10⁶⁰')
    """
    if count < 10**15:
        return f"{count:,}"
    power = log10(count)
    return f"about {10 ** (power % 1):.3g} × 10{figures.superscript(int(power))}"


def total(paths: PathSum) -> Any:
    """The total; None where it does not exist."""
    try:
        return paths.total
    except DomainError:
        return None


def title(paths: PathSum) -> str:
    """What the ledger is about, in one line."""
    start, end = short(paths.names[paths.start]), short(paths.names[paths.end])
    value = total(paths)
    gradient = f"∂{end}/∂{start}" + (f" = {amount(value, sign=False)}" if value is not None else "")
    if not paths:
        turned = paths.end is not paths.start and paths.end in topological_order(paths.start)
        only = f", only from {end} to {start}" if turned else ""
        return f"{gradient}: no path leads from {start} to {end}{only}"
    lead = "one path leads" if paths.count == 1 else f"{many(paths.count)} paths lead"
    if paths.complete:
        return f"{gradient}: {lead} from {start} to {end}"
    shown = "the largest" if len(paths) == 1 else f"the {len(paths):,} largest"
    return f"{gradient}: {lead} from {start} to {end}, here {shown}"


def through(paths: PathSum) -> list[str]:
    """What tells each of the listed paths from the others, `through o1`; where that takes many words, its number.

    >>> from autograd import Value
    >>> from autograd.path_sums.search import paths
    >>> x = Value(2.0, label="x")
    >>> a = x * 3; a.label = "a"; b = x.tanh(); b.label = "b"
    >>> through(paths(a * b, x))
    ['through a', 'through b']
    """
    numbered = [f"path {number}" for number in range(1, len(paths) + 1)]
    if not 1 < len(paths) <= ROWS:
        return numbered
    nodes = [path.nodes for path in paths[:ROWS]]
    if sum(map(len, nodes)) > MOST_NODES:
        return numbered
    on: dict[Any, set[int]] = {}
    for number, path in enumerate(paths):
        for edge in path.edges:
            on.setdefault(edge.node, set()).add(number)
            on.setdefault((edge.node, edge.index), set()).add(number)
    told = [_distinguished(path, number, on, paths) for number, path in enumerate(paths)]
    return told if all(told) else numbered


def _distinguished(path: Path, number: int, on: Mapping[Any, set[int]], paths: PathSum) -> str:
    """Few and short names of nodes, or else of operands, that of the listed paths this one alone has."""
    called = paths.names
    shortest: dict[frozenset[int], Value] = {}  # of the nodes that lie on the same paths
    for node in path.nodes[1:]:
        same = frozenset(on[node])
        if len(same) < len(paths):
            best = shortest.setdefault(same, node)
            if (not node.label, len(called[node])) < (not best.label, len(called[best])):
                shortest[same] = node
    alone = frozenset([number])
    chosen = [alone] if alone in shortest else list(shortest)
    if chosen and len(chosen) <= 3 and frozenset.intersection(*chosen) == alone:
        return "through " + ", ".join(short(called[shortest[same]]) for same in chosen)
    for edge in path.edges:
        if on[edge.node, edge.index] == alone:
            places = [place for place, operand in enumerate(edge.node.operands, 1) if isinstance(operand, Value)]
            return f"through operand {places[edge.index]} of {short(called[edge.node])}"
    return ""


def entries(paths: PathSum) -> list[Entry]:
    """The rows of the sum: the paths, what is not listed as one, and last the total, if there is one."""
    found = [Entry(label, path.product, at) for at, (path, label) in enumerate(zip(paths, through(paths)))]
    if len(found) > ROWS:
        rest = [entry.amount for entry in found[ROWS - 1 :]]
        found[ROWS - 1 :] = [Entry(f"{many(len(rest))} smaller", sum(rest[1:], rest[0]))]
    if (value := total(paths)) is not None:
        if not paths.complete:
            others = paths.count - len(paths)
            found.append(Entry("the other one" if others == 1 else f"{many(others)} others", paths.remainder))
        found.append(Entry(f"∂{short(paths.names[paths.end])}/∂{short(paths.names[paths.start])}", value))
    return found


def remarks(paths: PathSum) -> list[str]:
    """What is to be noticed: factors that all paths share, paths that cancel, a sum that does not exist."""
    return [remark.replace(GLUE, " ") for remark in _remarks(paths)]


def _remarks(paths: PathSum) -> list[str]:
    return [remark for remark in (paths.graph.staleness, _shared(paths), *warnings(paths)) if remark]


def warnings(paths: PathSum) -> list[str]:
    """What is to be noticed about the sum: that it does not exist, or that the paths cancel."""
    try:
        _ = paths.total
    except DomainError as error:
        return [f"The sum does not exist: {error}."]
    return [warning for warning in [_cancelling(paths)] if warning]


def _shared(paths: PathSum) -> str:
    if not 1 < len(paths) <= 4 or not paths.complete or total(paths) is None:
        return ""
    common = [edge for edge in paths.shared[::-1] if edge.local != 1]
    if not common:
        return ""
    apart = []
    for path in paths:
        first, *rest = [edge.local for edge in path.edges[::-1] if edge not in paths.shared]
        apart.append(prod(rest, start=first))
    bracket = figures.number(apart[0]) + "".join(
        f" {figures.MINUS if each < 0 else '+'} {figures.number(abs(each))}" for each in apart[1:]
    )
    names = " · ".join(_derivative(edge, paths.names) for edge in common)
    numbers = " × ".join(figures.number(edge.local) for edge in common)
    equation = f"({bracket}) × {numbers} = {amount(paths.total, sign=False)}"
    return f"{'Both' if len(paths) == 2 else 'All'} paths share {names}: {equation.replace(' ', GLUE)}"


def _cancelling(paths: PathSum) -> str:
    kept = paths.kept
    if kept is None or not paths.cancels or paths.count < 2:
        return ""
    size = figures.number(paths.magnitude)
    if kept == 0:
        return f"The paths cancel: of their magnitudes, {size} in all, nothing is left."
    text = f"The paths cancel: of their magnitudes, {size} in all, {figures.number(100 * kept, 3)} % is left."
    if kept < ROUNDING and isinstance(paths.total, float):
        lost = min(FLOAT_DIGITS, round(-log10(kept)))
        text += f" About {lost} of the {FLOAT_DIGITS} digits of the sum are lost to rounding."
    return text


# -- Text ---------------------------------------------------------------------------------------


def _derivative(edge: Edge, called: Mapping[Value, str]) -> str:
    return f"∂{short(called[edge.node])}/∂{short(called[edge.parent])}"


def _formula(edge: Edge, called: Mapping[Value, str]) -> Formula:
    """The formula of an edge's local derivative, in names that are not too long for a line."""
    brief = {v: short(called[v]) for v in (edge.node, *edge.node.operands) if isinstance(v, Value)}
    return simplified(local_formula(edge.node, edge.index, brief))


def _as_factor(formula: Formula, language: printer.Language) -> str:
    """A formula as a factor, in brackets where it needs them."""
    u, v = Symbol("u"), Symbol("v")
    before = language.write(Apply(ops.mul, (u, v))).removesuffix("v")
    return language.write(Apply(ops.mul, (u, formula))).removeprefix(before)


def text(paths: PathSum) -> str:
    """The ledger for a terminal."""
    in_full = len(paths) <= IN_FULL
    parts = [folded(title(paths), hang="  ")]
    if in_full:
        for number, (path, way) in enumerate(zip(paths, through(paths)), 1):
            heading = f"path {number}" + (f", {way}" if way.startswith("through") else "")
            parts.append("\n".join([*([short(heading, WIDTH)] if paths.count > 1 else []), *_path(path, paths.names)]))
    if paths.count > 1:
        parts.append("\n".join(_sum(paths, chains=not in_full)))
    if notes := _remarks(paths):
        parts.append("\n".join(folded(note, hang="  ") for note in notes))
    return "\n\n".join(parts)


def _path(path: Path, called: Mapping[Value, str]) -> list[str]:
    """The chain of a path; then, in columns, what each factor is, its formula and its number."""
    lines = [f"  {chain(path, called, WIDTH - 2)}"]
    first, left_out, last = ends(path.edges[::-1], FACTORS)
    columns = [_column(edge, called) for edge in (*first, *last)]
    if left_out:
        columns.insert(len(first), ("", f"… {left_out:,} more …", f"… {left_out:,} more …"))
    result = f"= {amount(path.product)}"
    rows = ["", "", ""]
    for at, column in enumerate(columns):
        longest = max(map(width, column))
        if at and width(rows[0]) + 3 + longest > WIDTH:
            lines += [row.rstrip() for row in rows]
            rows = ["", "", ""]
        joints = ("   ", " · ", " × ") if at else ("  ", "  ", "  ")
        rows = [row + joint + pad(cell, longest) for row, joint, cell in zip(rows, joints, column)]
    rows = [row.rstrip() for row in rows if row.strip()]
    if rows and width(rows[-1]) + 1 + len(result) <= WIDTH:
        rows[-1] += f" {result}"
    else:
        rows.append(f"  {result}")
    return lines + rows


def _column(edge: Edge, called: Mapping[Value, str]) -> tuple[str, str, str]:
    return (
        _derivative(edge, called),
        short(_as_factor(_formula(edge, called), printer.TEXT), 2 * LONGEST_NAME),
        figures.number(edge.local),
    )


def _sum(paths: PathSum, *, chains: bool) -> list[str]:
    rows = entries(paths)
    amounts = figures.on_the_point([amount(row.amount) for row in rows])
    labels = [short(row.label, WIDTH // 2) for row in rows]
    longest = max(map(width, labels))
    room = WIDTH - longest - len(amounts[0]) - len("    ") - len("   ")
    tails = [
        "" if row.path is None or not chains else f"   {chain(paths[row.path], paths.names, room)}" for row in rows
    ]
    lines = [f"  {pad(label, longest)}  {amount}{tail}" for label, amount, tail in zip(labels, amounts, tails)]
    if total(paths) is not None:
        lines.insert(-1, f"  {'':{longest}}  {'─' * len(amounts[-1])}")
    return [line.rstrip() for line in lines]


# -- HTML ---------------------------------------------------------------------------------------


def html(paths: PathSum) -> str:
    """The ledger for a notebook: one colour a path, as in a picture."""
    in_full = len(paths) <= IN_FULL
    rows = []
    for row in entries(paths):
        tail = ""
        colour = palette.INK
        if row.path is not None:
            path = paths[row.path]
            colour = palette.PATH_COLOURS[row.path % len(palette.PATH_COLOURS)]
            tail = _escaped(chain(path, paths.names))
            if in_full:
                numbers = " × ".join(_ends_of(path, lambda edge: figures.number(edge.local)))
                formulas = " · ".join(
                    _ends_of(path, lambda edge: _as_factor(_formula(edge, paths.names), printer.TEXT))
                )
                tail += f'<br/><span style="color:{palette.QUIET}">{_escaped(formulas)}<br/>{_escaped(numbers)}</span>'
        rows.append(
            f'<tr style="color:{colour}"><td style="text-align:left">{_escaped(row.label)}</td>'
            f'<td style="text-align:right"><code>{_escaped(amount(row.amount))}</code></td>'
            f'<td style="text-align:left">{tail}</td></tr>'
        )
    notes = "".join(f"<p>{_escaped(note)}</p>" for note in remarks(paths))
    return f"<div><p><b>{_escaped(title(paths))}</b></p><table>{''.join(rows)}</table>{notes}</div>"


def _escaped(text: str) -> str:
    return markup.escape(text)


def _ends_of(path: Path, shown: Callable[[Edge], str], gap: str = "…") -> list[str]:
    """Something of each edge from E back to w, the middle left out of a long path."""
    first, left_out, last = ends(path.edges[::-1], FACTORS)
    return [*map(shown, first), *([gap] if left_out else []), *map(shown, last)]


# -- Markdown -----------------------------------------------------------------------------------


def markdown(paths: PathSum) -> str:
    """The ledger as Markdown: for each path its chain rule as a formula, then the sum as a table."""
    parts = [f"**{escapes.markdown(title(paths))}**"]
    if len(paths) <= IN_FULL:
        parts += [_equation(path, paths.names) for path in paths]
    if paths:
        rows = ["| | product | path |", "|:--|--:|:--|"]
        for row in entries(paths):
            way = "" if row.path is None else escapes.markdown(chain(paths[row.path], paths.names))
            rows.append(f"| {escapes.markdown(row.label)} | {amount(row.amount)} | {way} |")
        parts.append("\n".join(rows))
    return "\n\n".join([*parts, *map(escapes.markdown, remarks(paths))]) + "\n"


def _equation(path: Path, called: Mapping[Value, str]) -> str:
    def derivative(edge: Edge) -> str:
        node, parent = (escapes.latex_name(short(called[v])) for v in (edge.node, edge.parent))
        return rf"\frac{{\partial {node}}}{{\partial {parent}}}"

    def formula(edge: Edge) -> str:
        return _as_factor(_formula(edge, called), printer.LATEX)

    def number(edge: Edge) -> str:
        shown = printer.LATEX.write(edge.local)
        return rf"\left({shown}\right)" if shown.startswith("-") else shown

    lines = [
        r" \cdot ".join(_ends_of(path, derivative, r"\cdots")),
        r"= " + r" \cdot ".join(_ends_of(path, formula, r"\cdots")),
        r"= " + r" \times ".join(_ends_of(path, number, r"\cdots")),
        r"= " + printer.LATEX.write(path.product),
    ]
    aligned = " \\\\\n".join(f"&{line}" for line in lines)
    return f"$$\n\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}\n$$"
