"""What a picture of a graph is about: the numbers alone, the paths from one node, or one step.

An overlay says how each item and each link of a scene looks, what gradient a node has, and what
stands below the picture. `Numbers` is the plain one; the others say what they change.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd.drawing import node_labels
from autograd.drawing.node_labels import CHOSEN, LEAF, PALE, PLAIN, UNFINISHED, Style
from autograd.engine.graph import COMPLETE, PARTIAL, UNTOUCHED, gradients, states, steps
from autograd.engine.undefined import Undefined
from autograd.engine.value import NOT_YET
from autograd.errors import DomainError
from autograd.formatting import figures as number_format
from autograd.formatting import palette
from autograd.formatting.terminal import pad, short, width
from autograd.path_sums import ledger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.drawing.dot_graph import Item, Link
    from autograd.engine.backward import Step
    from autograd.engine.value import Value
    from autograd.path_sums.search import Paths

THIN, THICK = 1.2, 3.4  # points: the line of a path of no share, and of the largest path
TERMS = 12  # terms of a step that stand in the legend; of more, the first and the last
NOT_RUN = "backward() has not run"


class Numbers:
    """The numbers as they are: the value and the gradient of every node."""

    def __init__(self, root: Value, called: Mapping[Value, str]) -> None:
        self.root = root
        self.called = called
        self.notes = [f"{NOT_RUN}: there are no gradients yet"] if root.grad is NOT_YET else []
        self.warnings: list[str] = []  # of numbers that do not belong together

    def gradient(self, node: Value) -> tuple[str, Any] | None:
        """What is said of the node's gradient: a word and a number."""
        return None if self.root.grad is NOT_YET else ("grad", node.grad)

    def style(self, item: Item) -> Style:
        """How the card looks."""
        return LEAF if item.node.op is None else PLAIN

    def link(self, link: Link) -> dict[str, str]:
        """How the link looks, in attributes of DOT."""
        return {"label": factor(link)}

    def legend(self) -> list[str]:
        """The rows below the picture."""
        return []


def times(local: Any) -> str:
    """A local derivative as the factor that it is."""
    return "undefined" if isinstance(local, Undefined) else f"× {number_format.number(local)}"


def factor(link: Link) -> str:
    """What is passed along a link is multiplied by; of several edges, how many they are."""
    if link.local is not None:
        return times(link.local)
    return f"{len(link.edges)} edges" if len(link.edges) > 1 else ""


class Tracks(Numbers):
    """The paths from one node, each in its own colour, and below them their products and the sum."""

    def __init__(self, root: Value, found: Paths, between: set[Value]) -> None:
        super().__init__(root, found.names)
        self.found = found
        self.between = between  # every node that some path leads through
        if root.grad is NOT_YET:
            self.notes = [f"{NOT_RUN}: these are the gradients that it will give"]
        self.notes += ledger.warnings(found)
        try:
            self.gradients = gradients(root)
        except DomainError:  # a derivative does not exist, as a warning says
            self.gradients = {}
        self.on_edge: dict[tuple[Value, int], list[int]] = {}
        self.on_node: set[Value] = set()
        for number, path in enumerate(found):
            self.on_node.update(path.nodes)
            for edge in path.edges:
                self.on_edge.setdefault((edge.node, edge.index), []).append(number)

    def gradient(self, node: Value) -> tuple[str, Any] | None:
        """The gradient of the output with respect to a node that a path leads through."""
        return ("grad", self.gradients[node]) if node in self.between and node in self.gradients else None

    def style(self, item: Item) -> Style:
        """Pale where no path leads through."""
        if self.found.start in item.nodes:
            return CHOSEN
        return PLAIN if any(node in self.on_node for node in item.nodes) else PALE

    def link(self, link: Link) -> dict[str, str]:
        """In the colours of the paths that take it; grey for other paths."""
        numbers = sorted({number for edge in link.edges for number in self.on_edge.get(edge, ())})
        if not numbers:
            grey = link.source.node in self.between
            return {"color": palette.PALE if grey else palette.FAINT, "penwidth": f"{THIN if grey else 0.9:g}"}
        colours = [_colour(number) for number in numbers]
        thickness = sum(self._thickness(number) for number in numbers) / len(numbers)
        return {
            "label": factor(link),
            "color": ":".join(colours),
            "fontcolor": colours[0] if len(colours) == 1 else palette.OUTLINE,
            "penwidth": f"{thickness if len(colours) == 1 else max(THIN, 0.75 * thickness):.2f}",
        }

    def _thickness(self, number: int) -> float:
        largest, product = abs(self.found[0].product), abs(self.found[number].product)
        share = float(product / largest) if largest else 0.0
        return THIN + (THICK - THIN) * (share if 0 <= share <= 1 else 1.0)

    def legend(self) -> list[str]:
        """Each path with its product, what the others add up to, and the sum."""
        entries = [
            (path.product, ledger.chain(path, self.called), _colour(number), self._thickness(number))
            for number, path in enumerate(self.found)
        ]
        total = ledger.total(self.found)
        if total is not None:
            if others := self.found.count - len(self.found):
                say = "the other path" if others == 1 else f"{ledger.many(others)} other paths"
                entries.append((self.found.remainder, f"{say}, in grey", palette.PALE, THIN))
            start, end = (short(self.called[node]) for node in (self.found.start, self.found.end))
            nothing = "" if entries else f": no path leads from {start} to {end}"
            entries.append((total, f"∂{end}/∂{start}{nothing}", palette.INK, 0))
        amounts = number_format.on_the_point([ledger.amount(entry[0]) for entry in entries])
        rows: list[str] = []
        for amount, (_, say, colour, thickness) in zip(amounts, entries):
            is_total = not thickness
            if is_total and rows:
                rows.append(node_labels.row("<TD></TD>", node_labels.rule(), "<TD></TD>"))
            mark = "<TD></TD>" if is_total else node_labels.swatch(colour, thickness)
            number = node_labels.number(amount, colour, node_labels.LABEL, bold=is_total)
            rows.append(
                node_labels.row(mark, number, node_labels.text(f"\xa0{say}", colour, node_labels.LABEL, bold=is_total))
            )
        return rows


def _colour(number: int) -> str:
    return palette.PATH_COLOURS[number % len(palette.PATH_COLOURS)]


class Moment(Numbers):
    """The state after a step: which gradients are complete, partial, untouched, and what the step passed on."""

    def __init__(self, root: Value, called: Mapping[Value, str], order: Sequence[Value], position: int) -> None:
        super().__init__(root, called)
        self.notes = []
        self.position = position
        self.count = sum(node.op is not None for node in order)
        self.step: Step | None = None  # the present one, the last that was taken
        self.so_far: dict[Value, Any] = {root: type(root.data)() + 1}
        self.passed: set[Value] = set()  # the nodes whose step was taken
        self.before: list[Any] = []  # what each parent of the present step had before its term
        for self.step in islice(steps(root), position):
            self.passed.add(self.step.node)
            self.before = []
            for term in self.step.terms:
                self.before.append(self.so_far.get(term.parent, type(root.data)()))
                self.so_far[term.parent] = term.total
        self.states = states(root, position)

    def gradient(self, node: Value) -> tuple[str, Any] | None:
        """The gradient so far."""
        state = self.states[node]
        return None if state == UNTOUCHED else ("grad" if state == COMPLETE else "so far", self.so_far[node])

    def style(self, item: Item) -> Style:
        """By the state; the node of the step stands out."""
        if self.step is not None and self.step.node in item.nodes:
            return CHOSEN
        found = [self.states[node] for node in item.outputs or item.nodes]
        return STYLES[next((state for state in (UNTOUCHED, PARTIAL) if state in found), COMPLETE)]

    def link(self, link: Link) -> dict[str, str]:
        """What the step passed on stands out; what is still to come is pale."""
        nodes = {node for node, _ in link.edges}
        if self.step is not None and self.step.node in nodes:
            label = factor(link)
            if label.startswith("×"):
                label = f"{number_format.number(self.step.upstream)} {label}"
            return {"label": label, "color": palette.CHOSEN, "fontcolor": palette.CHOSEN, "penwidth": "2.2"}
        if nodes <= self.passed:
            return {"label": factor(link), "color": palette.OUTLINE}
        return {"label": factor(link), "color": palette.FAINT, "fontcolor": palette.PALE}

    def legend(self) -> list[str]:
        """The step in numbers, and how many gradients are in which state."""
        rows = [node_labels.row(node_labels.text(self._heading(), palette.INK, node_labels.LABEL, bold=True))]
        shown, left_out, last = ledger.ends(self._received(), TERMS)
        lines = [*shown, *([f"… {left_out:,} more …"] if left_out else []), *last]
        rows += [node_labels.row(node_labels.line(line, palette.CHOSEN)) for line in lines]
        counts = Counter(self.states.values())
        keys = [node_labels.key(style, f"{state} {counts[state]:,}") for state, style in STYLES.items()]
        return [*rows, node_labels.row(node_labels.side_by_side(keys))]

    def _heading(self) -> str:
        if self.step is None:
            end = short(self.called[self.root])
            return f"before step 1 of {self.count:,}: only ∂{end}/∂{end} = 1 is known"
        name, upstream = short(self.called[self.step.node]), number_format.number(self.step.upstream)
        return f"step {self.position:,} of {self.count:,}: {name} passes on its gradient, {upstream}"

    def _received(self) -> list[str]:
        """What each parent receives in the step: before + upstream × local = after, in columns."""
        if self.step is None:
            return []
        terms = self.step.terms
        names = [f"{short(self.called[term.parent])}.grad" for term in terms]
        longest = max(map(width, names), default=0)
        figures = self.before, [self.step.upstream] * len(terms), [t.local for t in terms], [t.total for t in terms]
        columns = [number_format.on_the_point([number_format.number(each) for each in column]) for column in figures]
        return [
            f"{pad(name, longest)}  {before} + {upstream} × {local} = {after}  {self.states[term.parent]}"
            for name, term, before, upstream, local, after in zip(names, terms, *columns)
        ]


STYLES = {COMPLETE: PLAIN, PARTIAL: UNFINISHED, UNTOUCHED: PALE}
