"""Write demos/walkthrough.md: one gradient step of a 2-2-2 network, worked through.

python demos/make_walkthrough.py           write it, and the picture that it shows
python demos/make_walkthrough.py --check   say what is stale, and exit 1 if anything is

The network, its numbers and the questions are those of a published walkthrough; every figure is new.
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograd import Value, half_squared_error
from autograd.derivation.worked.whole_network import Walkthrough, walkthrough
from nn import MLP

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "demos" / "walkthrough.md"
PICTURES = {"network": "docs/pictures/walkthrough_network.svg", "paths": "docs/pictures/paths_of_w1.svg"}
RATE = 0.5

BEFORE = """\
> Written by `python demos/make_walkthrough.py`: every number is the engine's, rounded only to be read,
> and a test reads each of them back. The network is that of a published walkthrough, whose own figures
> are marked line by line in the sheet [003_walkthrough.sheet](sheets/003_walkthrough.sheet).
"""

AFTER = """\
## Where this comes from

- The network and its numbers: Dan Dare, [Understanding Neural Networks and the Mathematics Behind Weights
  Updation](https://medium.com/@dandare120/understanding-neural-networks-and-the-mathematics-behind-weights-updation-e92c22a3ac94).
- The method: D. E. Rumelhart, G. E. Hinton and R. J. Williams, Learning representations by back-propagating
  errors, *Nature* 323 (1986), 533–536.
- To read on: I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (MIT Press, 2016); M. Nielsen,
  *Neural Networks and Deep Learning* (Determination Press, 2015); Stanford's
  [CS231n](http://cs231n.stanford.edu/).

## Where to go from here

- **Other activations.** Give the network `activation="tanh"` or `"relu"` and write the document again: the
  slopes in section 10 change, and with them how fast the gradient shrinks.
- **More layers.** `MLP(2, [2, 2, 2, 2])`: each layer multiplies δ by another slope.
- **More samples.** Add up the losses of several rows: the matrices then have a column for each.
- **Other ways to step.** Momentum and Adam use the same gradients, and only step differently.
- **Keeping weights small.** Add ½·λ·Σw² to the loss: one more path from every weight to it.
- **Keeping the gradient alive.** Slopes of 1 (relu), inputs of one size (normalization), a path around a layer
  (residual connections), first weights of the right size (Xavier, He).
"""


def network() -> tuple[Value, MLP]:
    """Return the loss and the model, with the published numbers."""
    labels = {"w": "w1 w2 w3 w4 w5 w6 w7 w8", "z": "net_h1 net_h2 net_o1 net_o2", "a": "h1 h2 o1 o2"}
    model = MLP(2, [2, 2], activation="sigmoid", output_activation="sigmoid", bias=False, labels=labels)
    for weight, number in zip(model.parameters(), (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)):
        weight.data = number
    o1, o2 = model([Value(0.05, "I1"), Value(0.10, "I2")])
    E1, E2 = half_squared_error(o1, Value(0.01, "t1")), half_squared_error(o2, Value(0.99, "t2"))  # noqa: N806 -- as on paper
    E1.label, E2.label = "E1", "E2"
    E = E1 + E2  # noqa: N806 -- the same
    E.label = "E"
    return E, model


def document() -> Walkthrough:
    """Return the walkthrough of one gradient step."""
    loss, model = network()
    loss.backward()  # so that the pictures show gradients
    return walkthrough(loss, model.parameters(), RATE, model=model)


def text(made: Walkthrough) -> str:
    """Return the Markdown file: the walkthrough and its sources."""
    body = made.to_markdown(pictures={name: f"../{path}" for name, path in PICTURES.items()})
    title, rest = body.split("\n\n", 1)
    return f"{title}\n\n{BEFORE}\n{rest}\n{AFTER}"


def main(arguments: list[str]) -> int:
    """Write or check the files, and return 1 if `--check` found a stale one."""
    made = document()
    wanted = {DOCUMENT: text(made)}
    network = next(block.drawing for block in made.blocks if getattr(block, "name", "") == "network")
    if network is not None:
        wanted[ROOT / PICTURES["network"]] = network.svg
    stale = [path for path, new in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != new]
    for path in stale:
        print(f"{'stale' if '--check' in arguments else 'written'}: {path.relative_to(ROOT)}")  # noqa: T201 -- a command
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
    return int("--check" in arguments and bool(stale))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
