"""The main job on a real network: watch the chain rule happen, and find what is wrong in a document.

A 2-2-2 network with sigmoids, two targets and half squared errors, one gradient step at the rate
0.5: the numbers of a published walkthrough, whose printed figures stand beside the engine's.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from autograd.drawing.picture import draw
from autograd.engine.functions import affine, half_squared_error
from autograd.engine.value import Value
from autograd.exercises import mark
from autograd.formatting import figures
from autograd.path_sums.search import paths
from autograd.sheet.sheet import Sheet
from autograd.stepper.stepper import Stepper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.marking.report import Marking

RATE = 0.5

FORWARD = ("net_h1", "net_h2", "h1", "h2", "net_o1", "net_o2", "o1", "o2", "E1", "E2", "E")


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


def compared(value: float, printed: str) -> str:
    """Return ✓ for a figure that the document prints rightly, else ✗ and the right digits."""
    decimals = len(printed.partition(".")[2])
    exact = f"{value:.{decimals}f}"
    return "✓" if float(exact) == float(printed) else f"✗ it is {exact.replace('-', figures.MINUS)}"


def main(out: Path = Path("out")) -> int:
    """Print the whole demonstration and write its pictures to a folder; 0 when all went well."""
    net = network()
    out.mkdir(parents=True, exist_ok=True)
    for part in (opening, forward, backward, ledgers, updates, marked):
        print("\n".join(part(net)), end="\n\n")  # noqa: T201 -- a demonstration prints
    print("Pictures, which a browser shows")  # noqa: T201 -- the same
    for name, picture in (("graph.svg", draw(net.loss)), ("paths_of_w1.svg", draw(net.loss, wrt=net.nodes["w1"]))):
        picture.render(out / name)
        print(f"  {out / name}")  # noqa: T201 -- the same
    print("\nNow you: chalkgrad exercise > mine.sheet, fill it in, chalkgrad mark mine.sheet")  # noqa: T201 -- the same
    return 0


def opening(_: Network) -> Iterator[str]:
    """Yield an introduction for somebody who has read nothing yet."""
    yield "One step of gradient descent, watched\n"
    yield "A network of two inputs, two hidden neurons and two outputs, with the numbers"
    yield 'of a published walkthrough, called "the document" here. What it prints stands'
    yield "beside the engine's figures, with ✓ or ✗; at the end all of it is marked.\n"


def forward(net: Network) -> Iterator[str]:
    """Yield the forward pass as a table."""
    yield "Forward: each node, its value, and what the document prints for it"
    printed = printed_figures()
    for name in FORWARD:
        node, figure = net.nodes[name], printed[name]
        symbol, value = node.op.symbol if node.op else "", figures.number(node.data)
        yield f"  {name:7} {symbol:9} {value:>9}   {figure:>8} {compared(node.data, figure)}"


def backward(net: Network) -> Iterator[str]:
    """Yield the backward pass, one frame for each step."""
    yield "Backward: one node at a time, each gradient complete before it is passed on"
    stepper = Stepper(net.loss)
    while stepper.position < len(stepper):
        yield f"\n{stepper.next()!r}"
    stepper.finish()


def ledgers(net: Network) -> Iterator[str]:
    """Yield the paths of two hidden weights."""
    for name in ("w1", "w3"):
        yield f"The gradient of {name} is a sum over paths"
        yield f"{paths(net.loss, net.nodes[name])}\n"


def updates(net: Network) -> Iterator[str]:
    """Yield the eight gradients and the updated weights, beside those of the document."""
    yield "The gradients, and what the document prints for them"
    printed = printed_figures()
    for weight in net.weights:
        figure = printed[f"dE/d{weight.label}"]
        gradient = f"∂E/∂{weight.label} = {figures.signed(weight.grad):12}"
        yield f"  {gradient}   {figure:>9} {compared(weight.grad, figure)}"
    yield f"\nThe weights after a step with the learning rate {RATE}, and what it prints for them"
    for weight in net.weights:
        new, figure = weight.data - RATE * weight.grad, printed[f"{weight.label}_new"]
        yield f"  {weight.label}  {weight.data:.2f} → {new:.6f}   {figure:>8} {compared(new, figure)}"


def marked(_: Network) -> Iterator[str]:
    """Yield the marking of the document, its first mistakes only."""
    yield "The document marked line by line: where it goes wrong first, and why\n"
    yield marking().to_text(every=False)


def marking() -> Marking:
    """Return the marking of the walkthrough's own derivation."""
    return mark(sheet().read_text(encoding="utf-8"))


def sheet() -> Path:
    """Return the path of the walkthrough's sheet, in an installed package or in a checkout."""
    installed = Path(str(resources.files("autograd"))) / "sheet" / "003_walkthrough.sheet"
    return installed if installed.exists() else Path(__file__).parents[2] / "demos" / "sheets" / installed.name
