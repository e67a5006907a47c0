"""The ledger of paths, as blocks of a document.

For every path a ledger has its chain of nodes from w to E, its factors in names and in numbers from E
back to w, and their product; below them the sum. It shows what `search` found.
"""

from __future__ import annotations

from math import log10, prod
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.document.blocks import Colored, Content, Factors, Lines, Strong, table
from autograd.engine.graph import local_formula, topological_order
from autograd.engine.value import Value
from autograd.errors import DomainError
from autograd.formatting import figures, palette
from autograd.formatting.terminal import GLUE, WIDTH, ends, short, width
from autograd.path_sums.path_sum import MORE_DIGITS, amount, chain, chain_names
from autograd.symbolic.equations import Chain, Derivative
from autograd.symbolic.simplify import simplified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.document.blocks import Block
    from autograd.path_sums.path_sum import Edge, Path, PathSum
    from autograd.symbolic.expr import Formula

IN_FULL = 6  # paths that are shown factor by factor; of more, each is a row
ROWS = 20  # rows of a sum; the paths after them are one row
FACTORS = 24  # factors of a path that are all shown; of more, the first and the last
MAX_NODES = 2000  # nodes of paths that are compared to say what each leads through
ROUNDING = 1e-4  # how little is left where the sum has visibly fewer good digits
FLOAT_DIGITS = 16


# -- What is said -------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One row of the sum; `path` is the number of the path it is, if it is one."""

    label: str
    amount: Any
    path: int | None = None


def many(count: int) -> str:
    """Return a number of paths; a power of ten where it is too long to be read.

    >>> many(1), many(12345), many(2**200)
    ('1', '12,345', 'about 1.61 × 10⁶⁰')
    """
    if count < 10**15:
        return f"{count:,}"
    power = log10(count)
    return f"about {10 ** (power % 1):.3g} × 10{figures.superscript(int(power))}"


def total(paths: PathSum) -> Any:
    """Return the total; None where it does not exist."""
    try:
        return paths.total
    except DomainError:
        return None


def title(paths: PathSum) -> str:
    """Return what the ledger is about, in one line."""
    start, end = short(paths.names[paths.start]), short(paths.names[paths.end])
    gradient = f"∂{end}/∂{start}"
    if (value := total(paths)) is not None:
        gradient += f" = {figures.number(value, paths.digits + MORE_DIGITS)}"
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
    """Return what tells each listed path from the others, `through o1`; where that takes many words, its number.

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
    if sum(map(len, nodes)) > MAX_NODES:
        return numbered
    on: dict[Any, set[int]] = {}
    for number, path in enumerate(paths):
        for edge in path.edges:
            on.setdefault(edge.node, set()).add(number)
            on.setdefault((edge.node, edge.index), set()).add(number)
    told = [_distinguished(path, number, on, paths) for number, path in enumerate(paths)]
    return told if all(told) else numbered


def _distinguished(path: Path, number: int, on: Mapping[Any, set[int]], paths: PathSum) -> str:
    """Return few and short names of nodes, or else of an operand, that this path alone has of those listed."""
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
    """Return the rows of the sum: the paths, what is not listed as one, and last the total, if there is one."""
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
    """Return what is to be noticed: factors that all paths share, paths that cancel, a sum that does not exist."""
    return [remark for remark in (paths.graph.staleness, _shared(paths), *warnings(paths)) if remark]


def warnings(paths: PathSum) -> list[str]:
    """Return what is to be noticed about the sum: that it does not exist, or that the paths cancel."""
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
    own = [[edge.local for edge in path.edges[::-1] if edge not in paths.shared] for path in paths]
    apart = [prod(rest, start=first) for first, *rest in own]
    bracket = figures.number(apart[0], paths.digits) + "".join(
        f" {figures.MINUS if each < 0 else '+'} {figures.number(abs(each), paths.digits)}" for each in apart[1:]
    )
    called = paths.names
    names = " · ".join(f"∂{short(called[edge.node])}/∂{short(called[edge.parent])}" for edge in common)
    numbers = " × ".join(figures.number(edge.local, paths.digits) for edge in common)
    equation = f"({bracket}) × {numbers} = {figures.number(paths.total, paths.digits + MORE_DIGITS)}"
    return f"{'Both' if len(paths) == 2 else 'All'} paths share {names}: {equation.replace(' ', GLUE)}"


def _cancelling(paths: PathSum) -> str:
    kept = paths.kept
    if kept is None or not paths.cancels or paths.count < 2:
        return ""
    size = figures.number(paths.magnitude, paths.digits)
    if kept == 0:
        return f"The paths cancel: of their magnitudes, {size} in all, nothing is left."
    text = f"The paths cancel: of their magnitudes, {size} in all, {figures.number(100 * kept, 3)} % is left."
    if kept < ROUNDING and isinstance(paths.total, float):
        lost = min(FLOAT_DIGITS, round(-log10(kept)))
        text += f" About {lost} of the {FLOAT_DIGITS} digits of the sum are lost to rounding."
    return text


# -- The blocks ---------------------------------------------------------------------------------


def blocks(paths: PathSum) -> list[Block]:
    """Return the ledger: what it is about, each path factor by factor where they are few, the sum, what to notice."""
    in_full = len(paths) <= IN_FULL
    found: list[Block] = [Lines(((Strong(title(paths)),),))]
    if in_full:
        for number, (path, way) in enumerate(zip(paths, through(paths)), 1):
            heading = f"path {number}" + f", {way}" * way.startswith("through")
            found.append(_factors(path, heading * (paths.count > 1), paths))
    if paths.count > 1:
        found.append(_sum(paths, chains=not in_full))
    if notes := remarks(paths):
        found.append(Lines(tuple((note,) for note in notes)))
    return found


def _factors(path: Path, heading: str, paths: PathSum) -> Factors:
    """Return the chain of a path, and in columns what each factor is, its formula and its number."""
    first, left_out, last = ends(path.edges[::-1], FACTORS)
    columns: list[tuple[Formula, Formula, Formula] | str] = [_column(edge, paths.names) for edge in (*first, *last)]
    if left_out:
        columns.insert(len(first), f"… {left_out:,} more …")
    chain = Chain(chain_names(path.nodes, paths.names, WIDTH - 2))
    return Factors(heading, chain, tuple(columns), path.product, paths.digits + MORE_DIGITS)


def _column(edge: Edge, called: Mapping[Value, str]) -> tuple[Formula, Formula, Formula]:
    brief = {v: short(called[v]) for v in (edge.node, *edge.node.operands) if isinstance(v, Value)}
    derivative = Derivative(brief[edge.node], brief[edge.parent])
    return derivative, simplified(local_formula(edge.node, edge.index, brief)), edge.local


def _sum(paths: PathSum, *, chains: bool) -> Block:
    """Return the products and their sum, each path in its color as in a picture."""
    rows = entries(paths)
    amounts = figures.on_the_point([amount(row.amount, paths.digits) for row in rows])
    labels = [short(row.label, WIDTH // 2) for row in rows]
    room = WIDTH - max(map(width, labels)) - len(amounts[0]) - len("      ")
    cells: list[tuple[Content, ...]] = []
    for row, label, product in zip(rows, labels, amounts):
        name: Content = (label if row.path is None else Colored(label, palette.path_color(row.path)),)
        way = "" if row.path is None or not chains else chain(paths[row.path].nodes, paths.names, room)
        cells.append((name, (product,), *([(way,)] if chains else [])))
    return table((), cells, "lrl" if chains else "lr", total=total(paths) is not None)
