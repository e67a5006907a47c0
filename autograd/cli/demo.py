"""The main job on a real network: watch the chain rule happen, and find what is wrong in a document.

A 2-2-2 network with sigmoids, two targets and half squared errors, one gradient step at the rate
0.5: the numbers of a published walkthrough, whose printed figures stand beside the engine's.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.document.blocks import Colored, Heading, Lines, sentence, table
from autograd.document.document import Document
from autograd.drawing.picture import draw
from autograd.engine.functions import affine, half_squared_error
from autograd.engine.graph import Graph
from autograd.engine.value import Value
from autograd.exercises import mark
from autograd.formatting import escapes, figures, streams
from autograd.path_sums.search import paths
from autograd.sheet.sheet import Sheet
from autograd.stepper.frame import step_blocks
from autograd.stepper.stepper import Stepper
from autograd.webpage import page

if TYPE_CHECKING:
    from autograd.document.blocks import Block, Content, Table
    from autograd.marking.report import Marking

TITLE = ("One step of gradient descent, watched",)
RATE = 0.5

FORWARD = ("net_h1", "net_h2", "h1", "h2", "net_o1", "net_o2", "o1", "o2", "E1", "E2", "E")


class Demonstration(Document):
    """A document whose tables are indented as the stepper's frames are."""

    layout = Stepper.layout


class Network(NamedTuple):
    """The walkthrough's network: its loss, its weights, and every node by its label."""

    loss: Value
    weights: list[Value]
    nodes: dict[str, Value]


def network() -> Network:
    """Build the network at the walkthrough's numbers.

    >>> network().loss
    Value(data=0.24251985..., grad=0.0, label='E')
    """
    numbers = {"I1": 0.05, "I2": 0.10, "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30}
    numbers |= {"w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55}
    node = {name: Value(number, label=name) for name, number in numbers.items()}

    def neuron(net: str, out: str, weights: tuple[str, str], inputs: tuple[str, str]) -> None:
        node[net] = affine([node[w] for w in weights], [node[x] for x in inputs])
        node[out] = node[net].sigmoid()

    neuron("net_h1", "h1", ("w1", "w2"), ("I1", "I2"))
    neuron("net_h2", "h2", ("w3", "w4"), ("I1", "I2"))
    neuron("net_o1", "o1", ("w5", "w6"), ("h1", "h2"))
    neuron("net_o2", "o2", ("w7", "w8"), ("h1", "h2"))
    node["E1"] = half_squared_error(node["o1"], 0.01)
    node["E2"] = half_squared_error(node["o2"], 0.99)
    node["E"] = node["E1"] + node["E2"]
    for name, value in node.items():
        value.label = name
    return Network(node["E"], [node[f"w{i}"] for i in range(1, 9)], node)


def printed_figures() -> dict[str, str]:
    """Return the figure that the document prints for each name and derivative, read from its sheet."""
    claims = Sheet.load(sheet()).claims
    return {str(claim.subject): claim.number.text for claim in claims if claim.number}


def compared(value: float, printed: str) -> Colored:
    """Return ✓ for a figure that the document prints rightly, else ✗ and the right digits."""
    decimals = len(printed.partition(".")[2])
    exact = f"{value:.{decimals}f}"
    if float(exact) == float(printed):
        return Colored("✓", "green")
    return Colored(f"✗ it is {exact.replace('-', figures.MINUS)}", "red")


def main(out: Path = Path("out"), *, every: bool = False, browse: bool = False) -> int:
    """Print the first minute, or with `every` the whole demonstration; write its page, and open it with `browse`."""
    net = network()
    out.mkdir(parents=True, exist_ok=True)
    file = page(Sheet.load(sheet()), title="One step of gradient descent").save(out / "demo.html")
    colors = streams.takes_color(sys.stdout)
    shown = Demonstration(TITLE, whole(net, out) if every else first_minute(net), colors=colors)
    print(shown, end="\n\n")  # noqa: T201 -- a demonstration prints
    opened = browse and has_browser() and webbrowser.open(file.resolve().as_uri())
    print(Demonstration((), now_you(file, every=every, opened=bool(opened)), colors=colors))  # noqa: T201 -- the same
    return 0


def has_browser() -> bool:
    """Return True where somebody looks at a screen that can show a browser: at a terminal, not from far away."""
    if not streams.is_terminal(sys.stdout) or "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def now_you(file: Path, *, every: bool, opened: bool) -> list[Block]:
    """Return what to do next."""
    where = "is now in your browser" if opened else "is for a browser"
    rows = [
        ("chalkgrad demo --all", "every step, every path and every mistake"),
        ("chalkgrad exercise > my.sheet", "a sheet to fill in; chalkgrad mark my.sheet"),
    ]
    return [
        Lines(((f"{escapes.plain(str(file))} {where}: step, drag numbers, see paths.",),)),
        table((), rows[1:] if every else rows, "ll"),
    ]


# -- The first minute ---------------------------------------------------------------------------

WRT = "w1"
NUDGE = 0.001


def first_minute(net: Network) -> list[Block]:
    """Return two paths that cancel, and one wrong figure that was found."""
    return [*cancelling(net), *found_mistake()]


def cancelling(net: Network) -> list[Block]:
    """Return the two paths from w1, their products, and the little that is left of their sum."""
    weight = net.nodes[WRT]
    ledger = paths(net.loss, weight)
    lines: list[Content] = []
    for path, color in zip(ledger, ("red", "blue")):
        factors = " × ".join(figures.number(factor) for factor in reversed(path.factors))
        lines += [(Colored(" → ".join(node.label for node in path.nodes), color),)]
        lines += [(f"  {factors} = {figures.signed(path.product)}",)]
    rows: list[tuple[Any, Any]] = [
        (f"through {path.nodes[4].label}", Colored(figures.signed(path.product), color))
        for path, color in zip(ledger, ("red", "blue"))
    ]
    sums: Table = table((), [*rows, (f"∂E/∂{WRT}", figures.signed(ledger.total))], "lr", total=True)
    left = abs(ledger.total) / sum(abs(path.product) for path in ledger)
    moved = Graph(net.loss).compute({weight: Value(weight.data + NUDGE)})[net.loss].data - net.loss.data
    return [
        sentence(
            "A network of two inputs, two hidden neurons and two outputs, with the numbers of a published walkthrough. "
            f"How does its error change with {WRT}, a weight of the first layer? Two paths lead there, and the chain "
            "rule adds what it multiplies along each:"
        ),
        Lines(tuple(lines)),
        sums,
        sentence(
            f"They cancel: only {left:.0%} is left, and so {WRT} hardly learns. o1 is too large and pulls it down, o2 "
            f"is too small and pulls it up. Measured without a derivative: with {WRT} larger by {NUDGE}, E grows by "
            f"{figures.number(moved, 3)} = {NUDGE} × {figures.number(ledger.total, 3)}."
        ),
    ]


def found_mistake() -> list[Block]:
    """Return one wrong figure of the document with its line and its reason."""
    marked = marking()
    pointed = next(
        block
        for verdict, block in zip(marked.first_mistakes, marked.blocks)
        if any(reason.kind == "transposed" for reason in verdict.diagnosis)
    )
    return [
        Heading(2, ("And one wrong figure, found",)),
        sentence(
            f"The walkthrough prints 0.000188 for this gradient, which is right. Of its {len(marked.verdicts)} figures "
            f"and formulas, {len(marked.first_mistakes)} are wrong by themselves, each found with its "
            "reason. One of them:"
        ),
        pointed,
    ]


# -- The rest, as a document --------------------------------------------------------------------


def whole(net: Network, out: Path) -> list[Block]:
    """Return the demonstration from the forward pass to the marking, its pictures written to a folder."""
    return [
        *opening(), *forward(net), *backward(net), *ledgers(net), *updates(net), *marked_lines(), *pictures(net, out)
    ]  # fmt: skip


def opening() -> list[Block]:
    """Return an introduction for somebody who has read nothing yet."""
    return [
        sentence(
            "A network of two inputs, two hidden neurons and two outputs, with the numbers of a published walkthrough, "
            'called "the document" here. What it prints stands beside the engine\'s figures, with ✓ or ✗; at the end '
            "all of it is marked."
        )
    ]


def forward(net: Network) -> list[Block]:
    """Return the forward pass as a table."""
    printed = printed_figures()
    rows = []
    for name in FORWARD:
        node = net.nodes[name]
        symbol = node.op.symbol if node.op else ""
        rows.append((name, symbol, figures.number(node.data), printed[name], compared(node.data, printed[name])))
    head = ("node", "", "value", "the document", "")
    return [Heading(2, ("Forward: each node, and what the document prints for it",)), table(head, rows, "llrrl")]


def backward(net: Network) -> list[Block]:
    """Return the backward pass, one frame for each step."""
    stepper = Stepper(net.loss)
    what = "Backward: one node at a time, each gradient complete before it is passed on"
    blocks: list[Block] = [Heading(2, (what,))]
    while stepper.position < len(stepper):
        blocks += step_blocks(stepper.next())
    stepper.finish()
    return blocks


def ledgers(net: Network) -> list[Block]:
    """Return the paths of two hidden weights."""
    blocks: list[Block] = []
    for name in ("w1", "w3"):
        blocks += [
            Heading(2, (f"The gradient of {name} is a sum over paths",)),
            *paths(net.loss, net.nodes[name]).blocks,
        ]
    return blocks


def updates(net: Network) -> list[Block]:
    """Return the eight gradients and the updated weights, beside those of the document."""
    printed = printed_figures()
    gradients, weights = [], []
    for weight in net.weights:
        name, new = weight.label, weight.data - RATE * weight.grad
        gradient, moved = printed[f"dE/d{name}"], printed[f"{name}_new"]
        gradients.append((f"∂E/∂{name}", figures.signed(weight.grad), gradient, compared(weight.grad, gradient)))
        weights.append((name, f"{weight.data:.2f} → {new:.6f}", moved, compared(new, moved)))
    return [
        Heading(2, ("The gradients, and what the document prints for them",)),
        table(("", "gradient", "the document", ""), gradients, "lrrl"),
        Heading(2, (f"The weights after a step with the learning rate {RATE}, and what it prints for them",)),
        table(("", "weight", "the document", ""), weights, "llrl"),
    ]


def marked_lines() -> list[Block]:
    """Return the marking of the document, its first mistakes only."""
    *mistakes, _, summary = marking().blocks
    return [Heading(2, ("The document marked line by line: where it goes wrong first, and why",)), *mistakes, summary]


def pictures(net: Network, out: Path) -> list[Block]:
    """Write the pictures to a folder, and return where they are."""
    made = {"graph.svg": draw(net.loss), "paths_of_w1.svg": draw(net.loss, wrt=net.nodes["w1"])}
    for name, picture in made.items():
        picture.render(out / name)
    lines = tuple((f"  {escapes.plain(str(out / name))}",) for name in made)
    return [Heading(2, ("Pictures, which a browser shows",)), Lines(lines)]


def marking() -> Marking:
    """Return the marking of the walkthrough's own derivation."""
    return mark(sheet().read_text(encoding="utf-8"))


def sheet() -> Path:
    """Return the path of the walkthrough's sheet, in an installed package or in a checkout."""
    installed = Path(str(resources.files("autograd"))) / "sheet" / "003_walkthrough.sheet"
    return installed if installed.exists() else Path(__file__).parents[2] / "demos" / "sheets" / installed.name
