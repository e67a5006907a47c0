"""The content of a picture of a graph: the numbers alone, the paths from one node, or one step.

An overlay decides how each node and edge looks, which gradient a node has, and what stands below
the picture. `Overlay` shows the numbers; `PathOverlay` and `StepOverlay` say what they change.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd.drawing import node_labels
from autograd.drawing.dot_graph import scope_names
from autograd.drawing.node_labels import CHOSEN, LEAF, PALE, PLAIN, UNFINISHED, CardStyle
from autograd.engine.graph import COMPLETE, PARTIAL, UNTOUCHED, steps
from autograd.engine.undefined import Undefined
from autograd.engine.value import NOT_YET
from autograd.errors import DomainError
from autograd.formatting import figures, palette
from autograd.formatting.terminal import ends, pad, short, width
from autograd.path_sums import ledger
from autograd.path_sums.path_sum import amount, chain, dependent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.drawing.dot_graph import DotEdge, DotNode
    from autograd.engine.backward import Step
    from autograd.engine.graph import Graph
    from autograd.engine.value import Value
    from autograd.path_sums.path_sum import Path
    from autograd.path_sums.search import Paths

THIN, THICK = 1.2, 3.4  # points: the line of a path of no share, and of the largest path
MAX_TERMS = 12  # terms of a step that stand in the legend; of more, the first and the last
NOT_RUN = "backward() has not run"


class Overlay:
    """The numbers as they are: the value and the gradient of every node. `subject` is the node whose step it shows."""

    subject: Value | None = None

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names: Mapping[Value, str] = graph.names
        self.scope_names = scope_names(graph.order)
        self.notes = [f"{NOT_RUN}: there are no gradients yet"] if graph.output.grad is NOT_YET else []
        self.warnings = [staleness] if (staleness := graph.staleness) else []

    def gradient(self, node: Value) -> tuple[str, Any] | None:
        """Return the word and the number for a node's gradient, or None."""
        return None if self.graph.output.grad is NOT_YET else ("grad", node.grad)

    def style(self, node: DotNode) -> CardStyle:
        """Return the style of a card."""
        return LEAF if node.value.op is None else PLAIN

    def attributes(self, edge: DotEdge) -> dict[str, str]:
        """Return an edge's attributes in DOT."""
        return {"label": edge_label(edge)}

    def legend(self, cards: Mapping[Value, DotNode]) -> list[str]:  # noqa: ARG002 -- for those that need them
        """Return the rows below the picture, on which each node has its card."""
        return []


def times(local: Any) -> str:
    """Return a local derivative as a factor."""
    return "undefined" if isinstance(local, Undefined) else f"× {figures.number(local)}"


def edge_label(edge: DotEdge) -> str:
    """Return the label of an edge: its local derivative, or the number of edges drawn as one."""
    if edge.local is not None:
        return times(edge.local)
    return f"{len(edge.edges)} edges" if len(edge.edges) > 1 else ""


class PathOverlay(Overlay):
    """The paths from one node, each in its own color, and below them their products and the sum."""

    def __init__(self, graph: Graph, found: Paths) -> None:
        super().__init__(graph)
        self.found = found
        self.names = found.names  # that of the paths' start too
        self.between = {found.start, *(node for node, _ in dependent(graph, found.start))}
        if graph.output.grad is NOT_YET:
            self.notes = [f"{NOT_RUN}: these are the gradients that it will give"]
        self.notes += ledger.warnings(found)
        try:
            self.gradients = graph.gradients
        except DomainError:  # a derivative does not exist, as a warning says
            self.gradients = {}
        self.on_path = {node for path in found for node in path.nodes}
        self.paths_of_edge: dict[tuple[Value, int], list[int]] = {}
        for number, path in enumerate(found):
            for edge in path.edges:
                self.paths_of_edge.setdefault((edge.node, edge.index), []).append(number)

    def gradient(self, node: Value) -> tuple[str, Any] | None:
        """Return the gradient of the output with respect to a node that depends on the start."""
        return ("grad", self.gradients[node]) if node in self.between and node in self.gradients else None

    def style(self, node: DotNode) -> CardStyle:
        """Return a pale style where no path leads through."""
        if self.found.start in node.values:
            return CHOSEN
        return PALE if self.on_path.isdisjoint(node.values) else PLAIN

    def attributes(self, edge: DotEdge) -> dict[str, str]:
        """Return the colors of the paths that an edge is on; gray for other paths."""
        numbers = sorted({number for each in edge.edges for number in self.paths_of_edge.get(each, ())})
        if not numbers:
            gray = edge.source.value in self.between
            return {"color": palette.PALE if gray else palette.FAINT, "penwidth": f"{THIN if gray else 0.9:g}"}
        colors = [_color(number) for number in numbers]
        thickness = sum(self._thickness(number) for number in numbers) / len(numbers)
        return {
            "label": edge_label(edge),
            "color": ":".join(colors),
            "fontcolor": colors[0] if len(colors) == len(edge.edges) == 1 else palette.OUTLINE,
            "penwidth": f"{thickness if len(colors) == 1 else max(THIN, 0.75 * thickness):.2f}",
        }

    def _thickness(self, number: int) -> float:
        largest, product = abs(self.found[0].product), abs(self.found[number].product)
        share = float(product / largest) if largest else 0.0
        return THIN + (THICK - THIN) * (share if 0 <= share <= 1 else 1.0)

    def legend(self, cards: Mapping[Value, DotNode]) -> list[str]:
        """Return each path with its product, the sum of the others, and the total."""

        def on_cards(path: Path) -> list[Value]:
            """Return the nodes of a path without those that are folded into others."""
            return [
                node for node in path.nodes if (card := cards.get(node)) is None or card.scope or card.value is node
            ]

        numbered = enumerate(self.found)
        entries = [
            (path.product, chain(on_cards(path), self.names), _color(n), self._thickness(n)) for n, path in numbered
        ]
        total = ledger.total(self.found)
        if total is not None:
            if others := self.found.count - len(self.found):
                say = "the other path" if others == 1 else f"{ledger.many(others)} other paths"
                entries.append((self.found.remainder, f"{say}, in gray", palette.PALE, THIN))
            start, end = (short(self.names[node]) for node in (self.found.start, self.found.end))
            nothing = "" if entries else f": no path leads from {start} to {end}"
            entries.append((total, f"∂{end}/∂{start}{nothing}", palette.INK, 0))
        amounts = figures.on_the_point([amount(entry[0]) for entry in entries])
        rows: list[str] = []
        for shown, (_, say, color, thickness) in zip(amounts, entries):
            is_total = not thickness
            rows += [node_labels.row("<TD></TD>", node_labels.rule(), "<TD></TD>")] if is_total and rows else []
            mark = "<TD></TD>" if is_total else node_labels.swatch(color, thickness)
            said = palette.QUIET if color == palette.PALE else color
            number = node_labels.number(shown, said, node_labels.LABEL, bold=is_total)
            text = node_labels.text(f"\xa0{say}", said, node_labels.LABEL, bold=is_total)
            rows.append(node_labels.row(mark, number, text))
        return rows


def _color(number: int) -> str:
    return palette.PATH_COLORS[number % len(palette.PATH_COLORS)]


class StepOverlay(Overlay):
    """The state after a step: which gradients are complete, partial, untouched, and what the step passed on."""

    def __init__(self, graph: Graph, at: Step | int) -> None:
        super().__init__(graph)
        self.notes = []
        self.states = graph.states(at)  # refuses a step that is none of this graph
        nodes = [node for node in reversed(graph.order) if node.op is not None]
        self.count = len(nodes)
        self.position = at if isinstance(at, int) else nodes.index(at.node) + 1
        self.step: Step | None = None  # the present one, the last that was taken
        zero = type(graph.output.data)()
        self.so_far: dict[Value, Any] = {graph.output: zero + 1}
        self.passed: set[Value] = set()  # the nodes whose step was taken
        self.before: list[Any] = []  # what each parent of the present step had before its term
        for step in islice(steps(graph), self.position):
            self.step = step
            self.passed.add(step.node)
            self.before = []
            for term in step.terms:
                self.before.append(self.so_far.get(term.parent, zero))
                self.so_far[term.parent] = term.total
        self.subject = graph.output if self.step is None else self.step.node

    def gradient(self, node: Value) -> tuple[str, Any] | None:
        """Return the gradient so far."""
        state = self.states[node]
        return None if state == UNTOUCHED else ("grad" if state == COMPLETE else "so far", self.so_far[node])

    def style(self, node: DotNode) -> CardStyle:
        """Return the style of the state; the node of the step stands out."""
        if self.step is not None and self.step.node in node.values:
            return CHOSEN
        found = [self.states[value] for value in node.outputs or node.values]
        return STYLES[next((state for state in (UNTOUCHED, PARTIAL) if state in found), COMPLETE)]

    def attributes(self, edge: DotEdge) -> dict[str, str]:
        """Return attributes that make the edges of the step stand out, and those of later steps pale."""
        nodes = {node for node, _ in edge.edges}
        against = {"dir": "back"}  # the way of the gradient
        if self.step is not None and self.step.node in nodes:
            along = [self.step.terms[index].local for node, index in edge.edges if node is self.step.node]
            label = f"{figures.number(self.step.upstream)} {times(sum(along[1:], along[0]))}"
            look = {"label": label, "color": palette.CHOSEN, "fontcolor": palette.CHOSEN, "penwidth": "2.2"}
        elif nodes <= self.passed:
            look = {"label": edge_label(edge), "color": palette.QUIET}
        else:
            look = {"label": edge_label(edge), "color": palette.FAINT, "fontcolor": palette.QUIET}
        return look | against

    def legend(self, cards: Mapping[Value, DotNode]) -> list[str]:  # noqa: ARG002 -- as the others have it
        """Return the step in numbers, and how many gradients are in which state."""
        rows = [node_labels.row(node_labels.text(self._heading(), palette.INK, node_labels.LABEL, bold=True))]
        shown, left_out, last = ends(self._received(), MAX_TERMS)
        lines = [*shown, *([f"… {left_out:,} more …"] if left_out else []), *last]
        rows += [node_labels.row(node_labels.line(line, palette.CHOSEN)) for line in lines]
        counts = Counter(self.states.values())
        keys = [node_labels.key(style, f"{state} {counts[state]:,}") for state, style in STYLES.items()]
        return [*rows, node_labels.row(node_labels.side_by_side(keys))]

    def _heading(self) -> str:
        if self.step is None:
            end = short(self.names[self.graph.output])
            return f"before step 1 of {self.count:,}: only ∂{end}/∂{end} = 1 is known"
        name, upstream = short(self.names[self.step.node]), figures.number(self.step.upstream)
        return f"step {self.position:,} of {self.count:,}: {name} passes on its gradient, {upstream}"

    def _received(self) -> list[str]:
        """Return a line for each term of the step, in columns: before + upstream × local = after."""
        if self.step is None:
            return []
        terms = self.step.terms
        names = [f"{short(self.names[term.parent])}.grad" for term in terms]
        longest = max(map(width, names), default=0)
        numbers = self.before, [self.step.upstream] * len(terms), [t.local for t in terms], [t.total for t in terms]
        columns = [figures.on_the_point([figures.number(each) for each in column]) for column in numbers]
        return [
            f"{pad(name, longest)}  {before} + {upstream} × {local} = {after}  {self.states[term.parent]}"
            for name, term, before, upstream, local, after in zip(names, terms, *columns)
        ]


STYLES = {COMPLETE: PLAIN, PARTIAL: UNFINISHED, UNTOUCHED: PALE}
