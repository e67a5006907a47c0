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
from autograd.stepper.stepper import Stepper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograd.marking.report import Marking

RATE = 0.5

# What the document prints, digit for digit.
FORWARD = {
    "net_h1": "0.0275",
    "net_h2": "0.0425",
    "h1": "0.50687",
    "h2": "0.51062",
    "net_o1": "0.43253",
    "net_o2": "0.53428",
    "o1": "0.60635",
    "o2": "0.63002",
    "E1": "0.17782",
    "E2": "0.06480",
    "E": "0.24262",
}
GRADIENTS = {
    "w1": "0.000188",
    "w2": "0.000376",
    "w3": "0.000224",
    "w4": "0.000449",
    "w5": "0.07223",
    "w6": "0.07277",
    "w7": "-0.04251",
    "w8": "-0.04285",
}
UPDATED = {
    "w1": "0.149906",
    "w2": "0.199812",
    "w3": "0.249888",
    "w4": "0.299776",
    "w5": "0.36388",
    "w6": "0.41361",
    "w7": "0.52126",
    "w8": "0.57143",
}


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


def compared(value: float, printed: str) -> str:
    """A figure beside what the document prints for it, marked where the digits are not right."""
    decimals = len(printed.partition(".")[2])
    exact = f"{value:.{decimals}f}"
    return "✓" if float(exact) == float(printed) else f"✗ it is {exact.replace('-', figures.MINUS)}"


def main(out: Path = Path("out")) -> int:
    """Print the whole demonstration and write its pictures to a folder; 0 when all went well."""
    net = network()
    out.mkdir(parents=True, exist_ok=True)
    for part in (opening, forward, backward, ledgers, updates, marked):
        print("\n".join(part(net)))  # noqa: T201 -- a demonstration prints
        print()  # noqa: T201 -- the same
    print("Pictures, which a browser shows")  # noqa: T201 -- the same
    for name, picture in (("graph.svg", draw(net.loss)), ("paths_of_w1.svg", draw(net.loss, wrt=net.nodes["w1"]))):
        picture.render(out / name)
        print(f"  {out / name}")  # noqa: T201 -- the same
    print("\nNow you: chalkgrad exercise > mine.sheet, fill it in, chalkgrad mark mine.sheet")  # noqa: T201 -- the same
    return 0


def opening(_: Network) -> Iterator[str]:
    """What is going to be seen, for somebody who has read nothing yet."""
    yield "One step of gradient descent, watched"
    yield ""
    yield "A network of two inputs, two hidden neurons and two outputs, with the numbers"
    yield 'of a published walkthrough, called "the document" here. What it prints stands'
    yield "beside the engine's figures, with ✓ or ✗; at the end all of it is marked."
    yield ""


def forward(net: Network) -> Iterator[str]:
    """The forward pass as a table."""
    yield "Forward: each node, its value, and what the document prints for it"
    for name, printed in FORWARD.items():
        node = net.nodes[name]
        symbol = node.op.symbol if node.op else ""
        beside = f"{printed:>8} {compared(node.data, printed)}"
        yield f"  {name:7} {symbol:9} {figures.number(node.data):>9}   {beside}"


def backward(net: Network) -> Iterator[str]:
    """The backward pass, a frame a step."""
    yield "Backward: one node at a time, each gradient complete before it is passed on"
    stepper = Stepper(net.loss)
    while stepper.position < len(stepper):
        stepper.next()
        yield ""
        yield repr(stepper)
    stepper.finish()


def ledgers(net: Network) -> Iterator[str]:
    """The paths of two hidden weights."""
    for name in ("w1", "w3"):
        yield f"The gradient of {name} is a sum over paths"
        yield str(paths(net.loss, net.nodes[name]))
        yield ""


def updates(net: Network) -> Iterator[str]:
    """The eight gradients, then the updated weights, beside the document's."""
    yield "The gradients, and what the document prints for them"
    for weight in net.weights:
        printed = GRADIENTS[weight.label]
        beside = f"{printed:>9} {compared(weight.grad, printed)}"
        yield f"  ∂E/∂{weight.label} = {figures.signed(weight.grad):12}   {beside}"
    yield ""
    yield f"The weights after a step with the learning rate {RATE}, and what it prints for them"
    for weight in net.weights:
        new, printed = weight.data - RATE * weight.grad, UPDATED[weight.label]
        yield f"  {weight.label}  {weight.data:.2f} → {new:.6f}   {printed:>8} {compared(new, printed)}"


def marked(_: Network) -> Iterator[str]:
    """The document itself, marked: its first mistakes only."""
    yield "The document marked line by line: where it goes wrong first, and why"
    yield ""
    yield marking().to_text(every=False)


def marking() -> Marking:
    """The walkthrough's own derivation, as a sheet, marked."""
    return mark(sheet().read_text(encoding="utf-8"))


def sheet() -> Path:
    """Where the walkthrough's sheet is: in an installed package, or in a checkout."""
    installed = Path(str(resources.files("autograd"))) / "sheet" / "003_walkthrough.sheet"
    return installed if installed.exists() else Path(__file__).parents[2] / "demos" / "sheets" / installed.name
