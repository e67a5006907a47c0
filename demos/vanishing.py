"""The vanishing gradient: it shrinks on its way back through layers of sigmoids, and what prevents this.

Seed 003 says: each layer multiplies by σ′(z) ≤ 0.25, so with n layers the gradient goes as 0.25ⁿ.
It shows a chain of sigmoid neurons whose paths have these factors one by one, and then networks
of the same size with other activations and other initial weights, with the gradient of each layer as
a bar. It exits with 1 if the gradient does not vanish with sigmoids, or vanishes with relu and He's weights.
"""

# ruff: noqa: T201 -- a demo prints

import random

from autograd import Value, half_squared_error, paths
from nn import MLP, GradientSizes, gradient_sizes

LAYERS, WIDTH, ROWS = 8, 12, 20


def chain(length: int) -> tuple[Value, Value]:
    """Return the output and the first weight of a chain of sigmoids, each of the one before, with all weights 1."""
    a = Value(0.5, "x")
    weights = [Value(1.0, f"w{k}") for k in range(1, length + 1)]
    for k, w in enumerate(weights, start=1):
        a = w * a
        a.label = f"z{k}"
        a = a.sigmoid()
        a.label = f"a{k}"
    return a, weights[0]


def network(activation: str, init: str) -> GradientSizes:
    """Return the size of the gradient in each layer of an untrained network, over some rows of noise."""
    generator = random.Random(3)
    model = MLP(WIDTH, [WIDTH] * (LAYERS - 1) + [1], activation=activation, init=init, seed=3)
    rows = [([generator.gauss(0, 1) for _ in range(WIDTH)], generator.gauss(0, 1)) for _ in range(ROWS)]
    loss = sum(half_squared_error(model(x), t) for x, t in rows) / ROWS
    loss.backward()
    return gradient_sizes(model)


def main() -> int:
    """Show the chain, then the networks."""
    a, w1 = chain(4)
    print("A chain of four sigmoids, and the one path from its first weight:\n")
    print(paths(a, w1))

    print("\nThe longer the chain, the less of it arrives, a factor of about ¼ a layer:\n")
    print(" layers   ∂a/∂w1")
    for length in (1, 2, 4, 8, 16):
        a, w1 = chain(length)
        a.backward()
        print(f"{length:7}   {w1.grad:.3g}")

    found = {}
    for activation, init in (
        ("sigmoid", "uniform"),
        ("sigmoid", "xavier"),
        ("tanh", "xavier"),
        ("relu", "xavier"),
        ("relu", "he"),
        ("relu", "uniform"),
    ):
        found[activation, init] = sizes = network(activation, init)
        print(f"\n{activation}, first weights {init}: {LAYERS} layers of {WIDTH}")
        print(sizes)

    held = found["sigmoid", "xavier"].verdict.startswith("vanishing") and found["relu", "he"].verdict.startswith("even")
    print("\nSigmoids vanish; He's weights under a relu do not." if held else "\nIt is not as it should be.")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
