"""The look of a position of the stepper: the blocks of its frame, and what the debugger shows beside it.

A *frame* is the present step: its node with its finished gradient, and for each parent
`label.grad: before += upstream × local = after`, first in symbols, then in numbers. Nothing is
computed here but the layout: every number is the cursor's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.document.blocks import Code, Colored, Lines, Strong, table
from autograd.engine.graph import local_formula
from autograd.engine.value import NOT_YET, Value
from autograd.formatting import escapes, figures
from autograd.formatting.terminal import WIDTH, aligned, listed, short, wrapped
from autograd.symbolic import printer
from autograd.symbolic.expr import Symbol, written
from autograd.symbolic.notations import TEXT
from autograd.symbolic.simplify import simplified

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autograd.document.blocks import Block, Content
    from autograd.stepper.cursor import Cursor

MARKS = {"complete": "●", "partial": "◐", "untouched": "○"}
COLORS = {"complete": "green", "partial": "yellow", "untouched": "blue"}  # as of what is right, doubtful, and open

MAX_NAMES = 20  # of a state; more are counted
MAX_TERMS = 8  # of a step that are all shown; of more, the first and the last
FIRST_TERMS, LAST_TERMS = 5, 2

END = "The end: every gradient is complete."
FILL = "finish writes them into .grad; back and reset go back."
FILLED = "They are in .grad of every node; undo takes them back."


def formula(node: Value, names: Mapping[Value, str], columns: int = WIDTH) -> str:
    """Return the formula of a node in its operands' names; the middle of a long sum is left out.

    >>> x = [Value(1.0, f"x{i}") for i in range(40)]
    >>> from autograd import affine, total
    >>> formula(affine(x[:2], x[2:4], x[4]), {v: v.label for v in x})
    'x0·x2 + x1·x3 + x4'
    >>> formula(total(x), {v: v.label for v in x}, 30)
    'x0 + x1 + x2 + … + x39'
    """
    assert node.op is not None
    args = [Symbol(short(names[v])) if isinstance(v, Value) else v for v in node.operands]
    return printer.fitted(written(node.op, args), columns)


class TermRow(NamedTuple):
    """One term of a step as text, column by column."""

    state: str
    name: str
    before: str
    symbols: str
    upstream: str
    local: str
    after: str
    change: str


def rows(cursor: Cursor, number: int) -> tuple[list[TermRow], int]:
    """Return the terms of a step, and how many of them are left out after the first ones."""
    step = cursor.record(number)
    names = {node: short(cursor.names[node]) for node in (step.node, *step.node.parents)}
    shown = list(range(len(step.terms)))
    if len(shown) > MAX_TERMS:
        shown[FIRST_TERMS:-LAST_TERMS] = []
    return [_row(cursor, number, index, names) for index in shown], len(step.terms) - len(shown)


def _row(cursor: Cursor, number: int, index: int, names: Mapping[Value, str]) -> TermRow:
    step = cursor.record(number)
    term = step.terms[index]
    earlier = [other.total for other in step.terms[:index] if other.parent is term.parent]
    again = any(other.parent is term.parent for other in step.terms[index + 1 :])
    first = not earlier and cursor.state(term.parent, number - 1) == "untouched"
    before = earlier[-1] if earlier else cursor.grad(term.parent, number - 1)
    local = printer.Printer(TEXT, cursor.digits).factor(simplified(local_formula(step.node, index, names)))
    return TermRow(
        state="partial" if again else cursor.state(term.parent, number),
        name=names[term.parent],
        before=figures.number(before, cursor.digits),
        symbols=f"{gradient_of(cursor, step.node)} · {local}",
        upstream=figures.number(step.upstream, cursor.digits),
        local=figures.number(term.local, cursor.digits),
        after=figures.number(term.total, cursor.digits),
        change="" if first else f"(by {figures.signed(term.contribution, cursor.digits)})",
    )


def gradient_of(cursor: Cursor, node: Value) -> str:
    """Return how the gradient of a node is written, ∂E/∂w."""
    names = cursor.names
    return f"∂{short(names[cursor.output])}/∂{short(names[node])}"


def _terms(every: Sequence[TermRow], omitted: int) -> Block:
    """Return the terms in columns, each in symbols and then in numbers; between them, how many are left out."""
    names = aligned([f"{row.name}.grad:" for row in every])
    columns = ("before", "upstream", "local", "after")
    before, upstream, local, after = (aligned([getattr(row, column) for row in every]) for column in columns)
    cells: list[tuple[Any, ...]] = []
    for place, row in enumerate(every):
        if omitted and place == FIRST_TERMS:
            cells.append(("", f"… {omitted} more parents, all of them in step.terms …"))
        numbers = f"{before[place]} += {upstream[place]} × {local[place]} = {after[place]}"
        change = ("   ", Code(row.change)) if row.change else ()
        name = (_mark(row.state), f" {names[place].rstrip()}")
        cells.append((name, Code(f"{before[place]} += {row.symbols}")))
        cells.append(("", (Code(numbers), *change)))
    return table((), cells, "ll")


def _mark(state: str, word: str = "") -> Colored:
    return Colored(f"{MARKS[state]}{word}", COLORS[state])


def folded_lines(lines: Iterable[str]) -> str:
    """Return the lines as text. A line that is too long for a terminal continues below, indented a little more."""
    indents = ((line, " " * (len(line) - len(line.lstrip()) + 4)) for line in lines)
    return "\n".join(row for line, hang in indents for row in wrapped(line, hang=hang))


# -- The frame ----------------------------------------------------------------------------------


def blocks(cursor: Cursor) -> list[Block]:
    """Return the present frame: the node, the terms of its step, the states, what is watched, what to do next."""
    remarks = (watched(cursor), _last_words(cursor))
    return step_blocks(cursor) + [Lines(tuple((line,) for line in lines)) for lines in remarks if lines]


def step_blocks(cursor: Cursor) -> list[Block]:
    """Return the present step alone, as it stands in a document: nothing about what to do next."""
    where, *more = head(cursor, cursor.position)
    found: list[Block] = [Lines(((Strong(where),), *((line,) for line in more)))]
    if cursor.position:
        found.append(_terms(*rows(cursor, cursor.position)))
    return [*found, table((), _states(cursor), "ll")]


def head(cursor: Cursor, number: int) -> list[str]:
    """Return the position, the node, and the node's finished gradient."""
    where = f"step {number} of {len(cursor)}   "
    node = cursor.nodes[number - 1] if number else cursor.output
    name, room = short(cursor.names[node]), WIDTH - len(where) - 20
    made = f"{formula(node, cursor.names, room)} = " if node.op else ""
    gradient = f"{gradient_of(cursor, node)} = {figures.number(cursor.grad(node, number), cursor.digits)}"
    gradient += "" if number or node.op is None else ", where the backward pass starts"
    head = f"{where}{name} = {made}{figures.number(node.data, cursor.digits)}"
    return [head, *(" " * len(where) + line for line in (gradient, *source_line(node)))]


def source_line(node: Value) -> list[str]:
    """Return where the program made a node, and that line; nothing where its origin was not traced."""
    import linecache  # noqa: PLC0415 -- few nodes are traced

    if node.origin is None:
        return []
    code = escapes.plain(linecache.getline(*node.origin).strip())
    return [short(f"made at {escapes.plain(str(node.origin))}{f': {code}' if code else ''}", WIDTH - 20)]


def _states(cursor: Cursor) -> list[tuple[Content, str]]:
    """Return which gradients are complete, partial and untouched; a partial one with the steps that it waits for.

    Of a graph of more than `MAX_NAMES` nodes the complete and the untouched ones are counted.
    """
    found: dict[str, list[Value]] = {state: [] for state in MARKS}
    for node, state in cursor.states.items():
        found[state].append(node)
    size = len(cursor.states)
    lines: list[tuple[Content, str]] = []
    for state, nodes in found.items():
        if cursor.position == len(cursor) > 0:
            which = f"all {size}"
        elif len(nodes) > MAX_NAMES or (size > MAX_NAMES and state != "partial"):
            which = f"{len(nodes)} of {size}"
        else:
            name = _awaiting if state == "partial" else _short_name
            which = listed([name(cursor, node) for node in nodes], WIDTH - 15)
        lines += [((_mark(state, f" {state:<9}"),), which)] if nodes else []
    return lines


def _short_name(cursor: Cursor, node: Value) -> str:
    return short(cursor.names[node])


def _awaiting(cursor: Cursor, node: Value) -> str:
    missing = cursor.waits_for(node)
    what = short(cursor.names[missing[0]]) if len(missing) == 1 else f"{len(missing)} steps"
    return f"{short(cursor.names[node])} (waits for {what})"


def watched(cursor: Cursor) -> list[str]:
    """Return the gradients that are watched, and how they changed in the present step."""
    names = aligned([f"{short(cursor.names[node])}.grad" for node in cursor.watched])
    return [f"  watch  {name}  {_changed(cursor, node)}" for name, node in zip(names, cursor.watched)]


def _changed(cursor: Cursor, node: Value) -> str:
    now = figures.number(cursor.grad(node), cursor.digits)
    added = [term.contribution for term in cursor.present.terms if term.parent is node] if cursor.present else []
    if not added:
        return f"{now}   {cursor.state(node)}"
    before = figures.number(cursor.grad(node, cursor.position - 1), cursor.digits)
    changes = " ".join(figures.signed(change, cursor.digits) for change in added)
    return f"{before} → {now}   (by {changes})   {cursor.state(node)}"


def _last_words(cursor: Cursor) -> list[str]:
    """Return a warning of stale numbers, what to do next at the start and at the end, and the score."""
    score = f"Predicted: {cursor.score}." if cursor.score.asked else ""
    return [line for line in (cursor.graph.staleness, *_what_next(cursor), score) if line]


def _what_next(cursor: Cursor) -> list[str]:
    name = short(cursor.names[cursor.output])
    if not len(cursor):
        what = f"{name} is a leaf: nothing was computed, so there are no steps to take."
        return [what, *(what_was_written(cursor) or ["finish writes the 1 into its .grad."])]
    if cursor.position == len(cursor):
        return [END, *(what_was_written(cursor) or [FILL, *_earlier_gradients(cursor)])]
    if cursor.position:
        return []
    if cursor.finished:
        return ["next takes the first step once more; finish adds nothing again.", *what_was_written(cursor)]
    return ["next takes the first step; nothing is changed in the graph before finish."]


def what_was_written(cursor: Cursor) -> list[str]:
    """Return whether the gradients that finish wrote are still in the graph; nothing where it wrote none."""
    if not cursor.finished:
        return []
    if changed := cursor.changed_since:
        names = listed([short(cursor.names[node]) for node in changed], WIDTH - 45)
        return [f"finish wrote them into .grad, which was changed since of {names}."]
    return [FILLED]


def _earlier_gradients(cursor: Cursor) -> list[str]:
    """Return a warning of leaves that hold a gradient from an earlier pass, to which finishing adds."""
    held = [node for node in cursor.states if node.op is None and node.grad is not NOT_YET and node.grad != 0]
    if not held:
        return []
    shown = [f"{short(cursor.names[node])}.grad = {figures.number(node.grad, cursor.digits)}" for node in held]
    which = listed(shown, WIDTH - 4)
    return ["Leaves that hold a gradient of an earlier pass, to which finish adds; or zero it first:", f"  {which}"]
