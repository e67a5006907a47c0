"""What is shown beside the frame: a list of steps, a node, the whole graph, the questions of `predict`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from autograd.formatting import figures, palette, terminal
from autograd.formatting.terminal import WIDTH, aligned, listed, short
from autograd.stepper import frame
from autograd.stepper.quiz import HOW, Question

if TYPE_CHECKING:
    from autograd.engine.value import Value
    from autograd.stepper.cursor import Cursor


def listing(cursor: Cursor, center: int, around: int = 5) -> str:
    """Return the steps around one of them, an arrow at the present one; later steps have no gradient yet."""
    numbers = range(max(1, center - around), min(len(cursor), center + around) + 1)
    nodes = [cursor.nodes[number - 1] for number in numbers]
    names = aligned([short(cursor.names[node]) for node in nodes])
    made = aligned([frame.formula(node, cursor.names, WIDTH - 45) for node in nodes])
    lines = []
    for number, node, name, how in zip(numbers, nodes, names, made):
        gradient = f"{frame.gradient_of(cursor, node)} = {figures.number(cursor.grad(node), cursor.digits)}"
        state = cursor.state(node)
        so_far = {"complete": gradient, "partial": f"{gradient} so far", "untouched": ""}[state]
        arrow = "→" if number == cursor.position else " "
        place = str(number).rjust(len(str(numbers[-1])))
        mark = palette.paint(frame.MARKS[state], frame.COLORS[state], on=cursor.colors)
        lines.append(f"{arrow} {place}  {mark} {name} = {how}  {so_far}".rstrip())
    return frame.folded_lines(lines) or "there are no steps: the graph is one leaf"


def about(cursor: Cursor, node: Value) -> str:
    """Return a node's value, its gradient so far, and the nodes whose contributions that lacks."""
    name = short(cursor.names[node])
    made = f"{frame.formula(node, cursor.names, WIDTH - 30)} = " if node.op else ""
    state = cursor.state(node)
    mark = palette.paint(f"{frame.MARKS[state]} {state}", frame.COLORS[state], on=cursor.colors)
    lines = [
        f"{name} = {made}{figures.number(node.data, cursor.digits)}{'' if node.op else '   (a leaf)'}",
        f"{frame.gradient_of(cursor, node)} = {figures.number(cursor.grad(node), cursor.digits)}   {mark}",
    ]
    if state != "complete":
        waits = listed([short(cursor.names[child]) for child in cursor.waits_for(node)], WIDTH - 20)
        lines[-1] += f", waits for {waits}"
    return frame.folded_lines([*lines, *frame.source_line(node)])


def all_about(cursor: Cursor, node: Value) -> str:
    """Return what `about` says, and the node's operation, parents and children, and the number of its step."""
    names = cursor.names
    children = dict.fromkeys(child for child, _, _ in cursor.graph.uses[node])
    rows = [
        ("operation", f"{node.op.name}, at step {cursor.nodes.index(node) + 1}" if node.op else "none: a leaf"),
        ("parents", listed([short(names[parent]) for parent in node.parents], WIDTH - 20)),
        ("used by", listed([short(names[child]) for child in children], WIDTH - 20)),
    ]
    return "\n".join([about(cursor, node), *(line.rstrip() for line in terminal.table(rows))])


def overview(cursor: Cursor) -> list[tuple[str, str]]:
    """Return what there is to know about the graph and the walk, in rows."""
    leaves = len(cursor.states) - len(cursor)
    operations = Counter(node.op.name for node in cursor.nodes if node.op)
    counted = listed([f"{count} {name}" for name, count in operations.most_common()], WIDTH - 20)
    states = Counter(cursor.states.values())
    so_far = ", ".join(f"{frame.MARKS[state]} {states[state]} {state}" for state in frame.MARKS if states[state])
    graph = f"{len(cursor.states)} nodes: {leaves} {'leaf' if leaves == 1 else 'leaves'}, {len(cursor)} operations"
    return [
        ("output", f"{short(cursor.names[cursor.output])} = {figures.number(cursor.output.data, cursor.digits)}"),
        ("graph", graph),
        ("operations", counted),
        ("position", f"step {cursor.position} of {len(cursor)}"),
        ("gradients", so_far),
        (".grad", " ".join(frame.what_was_written(cursor)) or "as it was: finish has written nothing"),
        ("watched", listed([short(cursor.names[node]) for node in cursor.watched], WIDTH - 20)),
        *([("predicted", str(cursor.score))] if cursor.score.asked else []),
    ]


def questions(cursor: Cursor, number: int) -> tuple[str, list[Question]]:
    """Return the text before the questions of `predict`, and a question for each term of the step."""
    step = cursor.record(number)
    names = {node: short(cursor.names[node]) for node in (step.node, *step.node.parents)}
    edges = Counter(term.parent for term in step.terms)
    met: Counter[Value] = Counter()
    asked = []
    for term in step.terms:
        met[term.parent] += 1
        which = f" (edge {met[term.parent]} of {edges[term.parent]})" if edges[term.parent] > 1 else ""
        chain = f"{frame.gradient_of(cursor, step.node)} · ∂{names[step.node]}/∂{names[term.parent]}"
        question = f"{names[term.parent]}.grad{which} += {chain} = "
        asked.append(Question(question, step.upstream, term.local, term.contribution, term.total))
    operands = dict.fromkeys(term.parent for term in step.terms)
    values = listed([f"{names[node]} = {figures.number(node.data, cursor.digits)}" for node in operands], WIDTH - 8)
    return frame.folded_lines([*frame.head(cursor, number), f"  with {values}", f"  ({HOW})"]), asked
