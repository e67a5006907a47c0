"""How a position of the stepper looks: as text for the terminal, as HTML for a notebook.

A *frame* is the present step: its node with its finished gradient, and for each parent
`label.grad: before += upstream × local = after`, first in symbols, then in numbers. Nothing is
computed here but the layout: every number is the stepper's.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.engine.graph import local_formula
from autograd.engine.value import NOT_YET, Value
from autograd.formatting import figures, palette
from autograd.formatting.terminal import GLUE, WIDTH, aligned, listed, short, width, wrapped
from autograd.stepper.quiz import HOW, Question
from autograd.symbolic import printer
from autograd.symbolic.expr import Apply, Formula, Symbol, simplified, written
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autograd.stepper.stepper import Stepper

MARKS = {"complete": "●", "partial": "◐", "untouched": "○"}

MOST = 40  # names that could stand in one line
MOST_TERMS = 8  # terms of a step that are all shown; of more, the first and the last
FIRST_TERMS, LAST_TERMS = 5, 2

END = "The end: every gradient is complete."
FILL = "finish writes them into .grad; back and reset go back."
FILLED = "They are in .grad of every node."


# -- Formulas -----------------------------------------------------------------------------------


def formula(node: Value, called: Mapping[Value, str], columns: int = WIDTH) -> str:
    """What the node was computed as, in its operands' names; the middle of a long sum is left out.

    >>> x = [Value(1.0, f"x{i}") for i in range(40)]
    >>> from autograd import affine, total
    >>> formula(affine(x[:2], x[2:4], x[4]), {v: v.label for v in x})
    'x0·x2 + x1·x3 + x4'
    >>> formula(total(x), {v: v.label for v in x}, 30)
    'x0 + x1 + x2 + … + x39'
    """
    assert node.op is not None
    args = [Symbol(short(called[v])) if isinstance(v, Value) else v for v in node.operands]
    whole = written(node.op, args)
    for most in (8, 6, 4, 3, 2):
        text = printer.TEXT.write(_shortened(whole, most))
        if width(text) <= columns:
            return text
    return short(text, columns)


def _shortened(whole: Formula, most: int) -> Formula:
    """The formula with at most so many terms of its sum; a sum is as deep as it has terms, so this comes first."""
    if not isinstance(whole, Apply):
        return whole
    if whole.op is ops.div:
        return Apply(ops.div, (_shortened(whole.args[0], most), whole.args[1]))
    terms: list[Formula] = []
    rest: Formula = whole
    while isinstance(rest, Apply) and rest.op is ops.add:
        terms.append(rest.args[1])
        rest = rest.args[0]
    terms.append(rest)
    terms.reverse()
    if len(terms) > most:
        terms[most - 1 : -1] = [Symbol("…")]
    whole = terms[0]
    for term in terms[1:]:
        whole = Apply(ops.add, (whole, term))
    return whole


def _times(local: Formula) -> str:
    """A local derivative as a factor, in brackets where it needs them."""
    return printer.TEXT.write(Apply(ops.mul, (Symbol("u"), simplified(local)))).removeprefix("u·")


# -- A step as rows -----------------------------------------------------------------------------


class Row(NamedTuple):
    """One term of a step as it is shown."""

    state: str
    name: str
    before: str
    symbols: str
    upstream: str
    local: str
    after: str
    change: str


def rows(stepper: Stepper, number: int) -> tuple[list[Row], int, list[Row]]:
    """The terms of a step: the first ones, how many are left out, and the last ones."""
    step = stepper.record(number)
    terms = range(len(step.terms))
    called = {node: short(stepper.names[node]) for node in (step.node, *step.node.parents)}

    def shown(indices: range) -> list[Row]:
        return [_row(stepper, number, index, called) for index in indices]

    if len(terms) <= MOST_TERMS:
        return shown(terms), 0, []
    return shown(terms[:FIRST_TERMS]), len(terms) - FIRST_TERMS - LAST_TERMS, shown(terms[-LAST_TERMS:])


def _row(stepper: Stepper, number: int, index: int, called: Mapping[Value, str]) -> Row:
    step = stepper.record(number)
    term = step.terms[index]
    earlier = [other.total for other in step.terms[:index] if other.parent is term.parent]
    again = any(other.parent is term.parent for other in step.terms[index + 1 :])
    first = not earlier and stepper.state(term.parent, number - 1) == "untouched"
    before = earlier[-1] if earlier else stepper.grad(term.parent, number - 1)
    local = _times(local_formula(step.node, index, called))
    return Row(
        state="partial" if again else stepper.state(term.parent, number),
        name=called[term.parent],
        before=figures.number(before),
        symbols=f"{_gradient(stepper, step.node)} · {local}",
        upstream=figures.number(step.upstream),
        local=figures.number(term.local),
        after=figures.number(term.total),
        change="" if first else f"(by {signed(term.contribution)})",
    )


def signed(x: Any) -> str:
    """A change: a number with its sign."""
    text = figures.number(x)
    return text if text.startswith((figures.MINUS, "nan", "≈")) else f"+{text}"


def _gradient(stepper: Stepper, node: Value) -> str:
    called = stepper.names
    return f"∂{short(called[stepper.root])}/∂{short(called[node])}"


def _columns(table: Sequence[Row], omitted: int, last: Sequence[Row]) -> list[str]:
    every = [*table, *last]
    names = aligned([f"{row.name}.grad:" for row in every])
    before, upstream, local, after = (
        aligned([getattr(row, column) for row in every]) for column in ("before", "upstream", "local", "after")
    )
    lines = []
    for place, row in enumerate(every):
        if omitted and place == len(table):
            lines.append(f"  … {omitted} more parents, all of them in step.terms …")
        indent = " " * (width(names[place]) + 6)
        symbols = f"{before[place]} += {row.symbols}"
        lines.append(f"  {MARKS[row.state]} {names[place]}  {symbols.replace(' ', GLUE)}")
        numbers = f"{before[place]} += {upstream[place]} × {local[place]} = {after[place]}"
        lines.append(f"{indent}{numbers.replace(' ', GLUE)}   {row.change.replace(' ', GLUE)}".rstrip(f" {GLUE}"))
    return lines


def _folded(lines: Iterable[str]) -> str:
    """The lines, one that is too long for a terminal going on below, a little farther in than it begins."""
    return "\n".join(
        row for line in lines for row in wrapped(line, hang=" " * (len(line) - len(line.lstrip()) + len("    ")))
    )


# -- The frame as text --------------------------------------------------------------------------


def text(stepper: Stepper) -> str:
    """The present frame."""
    lines = [*_head(stepper, stepper.position), ""]
    if stepper.position:
        lines += [*_columns(*rows(stepper, stepper.position)), ""]
    lines += _states(stepper)
    if stepper.watched:
        lines += ["", *watched(stepper)]
    last = _last_words(stepper)
    return _folded([*lines, "", *last] if last else lines)


def _head(stepper: Stepper, number: int) -> list[str]:
    """Where it is, the node, and the node's finished gradient."""
    where = f"step {number} of {len(stepper)}   "
    node = stepper.nodes[number - 1] if number else stepper.root
    name, room = short(stepper.names[node]), WIDTH - len(where) - 20
    made = f"{formula(node, stepper.names, room)} = " if node.op else ""
    gradient = f"{_gradient(stepper, node)} = {figures.number(stepper.grad(node, number))}"
    if not number:
        gradient += "" if node.op is None else ", where the backward pass starts"
    return [f"{where}{name} = {made}{figures.number(node.data)}", " " * len(where) + gradient]


def _states(stepper: Stepper) -> list[str]:
    """Which gradients are complete, partial, untouched; a partial one says what it waits for."""
    found: dict[str, list[Value]] = {state: [] for state in MARKS}
    for node, state in stepper.states.items():
        found[state].append(node)
    lines = []
    for state, nodes in found.items():
        names = [
            _awaiting(stepper, node) if state == "partial" else short(stepper.names[node]) for node in nodes[:MOST]
        ]
        which = listed([*names, *[""] * (len(nodes) - len(names))], WIDTH - 15)
        if stepper.position == len(stepper) > 0:
            which = f"all {len(nodes)}"
        if nodes:
            lines.append(f"  {MARKS[state]} {state:<10} {which}")
    return lines


def _awaiting(stepper: Stepper, node: Value) -> str:
    missing = stepper.waits_for(node)
    what = short(stepper.names[missing[0]]) if len(missing) == 1 else f"{len(missing)} steps"
    return f"{short(stepper.names[node])} (waits for {what})"


def watched(stepper: Stepper) -> list[str]:
    """The gradients that are watched, and how they changed in the present step."""
    names = aligned([f"{short(stepper.names[node])}.grad" for node in stepper.watched])
    return [f"  watch  {name}  {_changed(stepper, node)}" for name, node in zip(names, stepper.watched)]


def _changed(stepper: Stepper, node: Value) -> str:
    now = figures.number(stepper.grad(node))
    added = [term.contribution for term in stepper.step.terms if term.parent is node] if stepper.step else []
    if not added:
        return f"{now}   {stepper.state(node)}"
    before = figures.number(stepper.grad(node, stepper.position - 1))
    return f"{before} → {now}   (by {' '.join(signed(change) for change in added)})   {stepper.state(node)}"


def _last_words(stepper: Stepper) -> list[str]:
    """What to do next, at the start and at the end; how the predictions were."""
    return [*_what_next(stepper), *([f"Predicted: {stepper.score}."] if stepper.score.asked else [])]


def _what_next(stepper: Stepper) -> list[str]:
    if not len(stepper):
        what = f"{short(stepper.names[stepper.root])} is a leaf: nothing was computed, so there are no steps to take."
        return [what, "The 1 is in its .grad." if stepper.finished else "finish writes the 1 into its .grad."]
    if stepper.position < len(stepper):
        return [] if stepper.position else ["next takes the first step; nothing is changed in the graph before finish."]
    return [END, FILLED if stepper.finished else FILL, *_held(stepper)]


def _held(stepper: Stepper) -> list[str]:
    """A word on leaves that hold a gradient from an earlier pass, to which finishing adds."""
    if stepper.finished:
        return []
    held = [node for node in stepper.states if node.op is None and node.grad is not NOT_YET and node.grad != 0]
    if not held:
        return []
    which = listed([f"{short(stepper.names[node])}.grad = {figures.number(node.grad)}" for node in held], WIDTH - 4)
    return [
        "Leaves that hold a gradient of an earlier pass, to which finish adds; or zero it first:",
        f"  {which}",
    ]


# -- Other views of the same --------------------------------------------------------------------


def listing(stepper: Stepper, centre: int, around: int = 5) -> str:
    """The steps around one of them, an arrow at the present one; what is to come has no gradient yet."""
    numbers = range(max(1, centre - around), min(len(stepper), centre + around) + 1)
    nodes = [stepper.nodes[number - 1] for number in numbers]
    names = aligned([short(stepper.names[node]) for node in nodes])
    made = aligned([formula(node, stepper.names, WIDTH - 45) for node in nodes])
    lines = []
    for number, node, name, how in zip(numbers, nodes, names, made):
        gradient = f"{_gradient(stepper, node)} = {figures.number(stepper.grad(node))}"
        state = stepper.state(node)
        so_far = {"complete": gradient, "partial": f"{gradient} so far", "untouched": ""}[state]
        arrow = "→" if number == stepper.position else " "
        place = str(number).rjust(len(str(numbers[-1])))
        lines.append(f"{arrow} {place}  {MARKS[state]} {name} = {how}  {so_far}".rstrip())
    return _folded(lines) or "there are no steps: the graph is one leaf"


def about(stepper: Stepper, node: Value) -> str:
    """One node: its value, its gradient so far, and whose contributions that lacks."""
    name = short(stepper.names[node])
    made = f"{formula(node, stepper.names, WIDTH - 30)} = " if node.op else ""
    state = stepper.state(node)
    lines = [
        f"{name} = {made}{figures.number(node.data)}{'' if node.op else '   (a leaf)'}",
        f"{_gradient(stepper, node)} = {figures.number(stepper.grad(node))}   {MARKS[state]} {state}",
    ]
    if state != "complete":
        waits = listed([short(stepper.names[child]) for child in stepper.waits_for(node)], WIDTH - 20)
        lines[-1] += f", waits for {waits}"
    return _folded(lines)


def questions(stepper: Stepper, number: int) -> tuple[str, list[Question]]:
    """What `predict` says before it asks, and a question for each term of the step."""
    step = stepper.record(number)
    called = {node: short(stepper.names[node]) for node in (step.node, *step.node.parents)}
    edges = Counter(term.parent for term in step.terms)
    met: Counter[Value] = Counter()
    asked = []
    for term in step.terms:
        met[term.parent] += 1
        which = f" (edge {met[term.parent]} of {edges[term.parent]})" if edges[term.parent] > 1 else ""
        chain = f"{_gradient(stepper, step.node)} · ∂{called[step.node]}/∂{called[term.parent]}"
        question = f"{called[term.parent]}.grad{which} += {chain} = "
        asked.append(Question(question, step.upstream, term.local, term.contribution, term.total))
    operands = dict.fromkeys(term.parent for term in step.terms)
    values = listed([f"{called[node]} = {figures.number(node.data)}" for node in operands], WIDTH - 8)
    return _folded([*_head(stepper, number), f"  with {values}", f"  ({HOW})"]), asked


# -- The frame as HTML --------------------------------------------------------------------------


def html(stepper: Stepper) -> str:
    """The present frame as a table for a notebook."""
    where, gradient = _head(stepper, stepper.position)
    parts = [f"<p><b>{escape(where)}</b><br>{escape(gradient.strip())}</p>"]
    if stepper.position:
        first, omitted, last = rows(stepper, stepper.position)
        body = [_html_row(row) for row in first]
        if omitted:
            body.append(f'<tr><td colspan="6" style="text-align:left">… {omitted} more parents …</td></tr>')
        body += [_html_row(row) for row in last]
        titles = "".join(
            f'<th style="text-align:left">{title}</th>'
            for title in ("", "parent", "before", "+= upstream · local", "= after", "")
        )
        parts.append(f"<table><thead><tr>{titles}</tr></thead><tbody>{''.join(body)}</tbody></table>")
    notes = [*_states(stepper), *(watched(stepper) if stepper.watched else []), *_last_words(stepper)]
    parts.append(f'<p style="color:{palette.QUIET}">{"<br>".join(escape(note.strip()) for note in notes)}</p>')
    return "".join(parts)


def _html_row(row: Row) -> str:
    numbers = f"{row.upstream} × {row.local}"
    cells: Iterable[str] = (
        f'<span title="{row.state}">{MARKS[row.state]}</span>',
        f"{escape(row.name)}.grad",
        escape(row.before),
        f"{escape(row.symbols)}<br>{escape(numbers)}",
        f"<b>{escape(row.after)}</b>",
        escape(row.change),
    )
    return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"
