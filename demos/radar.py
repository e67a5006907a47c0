"""Seed 000: radar at two points, wet or dry at a third; its own network, its own three rows, its matrices.

The slides give the rows and the shapes of W₁ (2 × 3) and W₂ (3 × 1), and no weights; those here are
made up. It shows the deltas and gradients as matrices in the slides' indexing, checks them against
the slides' matrix formulas in plain Python, and trains the network by gradient descent. It exits with 1
if a figure differs from the formulas or the cost does not fall.
"""

# ruff: noqa: T201 -- a demo prints

import math
from typing import Any

from autograd import Value, half_squared_error, paths
from nn import SGD, fit, from_weights

X = [[0.15, 0.3], [5.0, 2.4], [0.5, 2.0]]
Y = [3.0, 0.8, 1.5]
W1 = [[0.1, -0.4, 0.7], [0.5, 0.2, -0.3]]  # w1,(i,j): from input i to hidden neuron j
W2 = [[0.6], [-0.2], [0.9]]

Matrix = list[list[float]]


def f(z: float) -> float:
    """Return the sigmoid of z."""
    return 1 / (1 + math.exp(-z))


def product(a: Matrix, b: Matrix) -> Matrix:
    """Return the product of two matrices."""
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def transposed(a: Matrix) -> Matrix:
    """Return the transposed matrix."""
    return [list(line) for line in zip(*a)]


def by_hand() -> list[Matrix]:
    """Return ∂J/∂W₁ and ∂J/∂W₂ as the slides derive them: −(y − ŷ) f′(z), and back through W₂ and f′(β)."""
    alpha = [[f(b) for b in row] for row in product(X, W1)]
    y_hat = [f(z) for [z] in product(alpha, W2)]
    delta2 = [[-(y - o) * o * (1 - o)] for y, o in zip(Y, y_hat)]
    back = product(delta2, transposed(W2))
    delta1 = [[e * a * (1 - a) for e, a in zip(errors, row)] for errors, row in zip(back, alpha)]
    return [product(transposed(X), delta1), product(transposed(alpha), delta2)]


def shown(name: str, matrix: Any) -> str:
    """Return a matrix in brackets, with its name before the first row."""
    rows = ["  ".join(f"{x:10.6f}" for x in row) for row in matrix]
    return "\n".join(f"{name if k == 0 else '':>8} [{row} ]" for k, row in enumerate(rows))


def main() -> int:
    """Show the matrices, the paths of one weight, and the training."""
    net = from_weights([W1, W2], layout="columns are neurons", activation="sigmoid")
    rows = [[Value(x, f"x[{m},{n}]") for n, x in enumerate(row, start=1)] for m, row in enumerate(X, start=1)]
    J = half_squared_error([net(row) for row in rows], Y)  # noqa: N806 -- the slides call it so
    J.label = "J"
    J.backward()
    print(f"J = ½ Σ (y − f(f(X W₁) W₂))² = {J.data:.6f}\n")
    for l, (delta, gradient) in enumerate(zip(net.deltas(J), net.gradients()), start=1):  # noqa: E741 -- the layer's index
        print(shown(f"δ{l}", delta))
        print(shown(f"∂J/∂W{l}", gradient), "\n")

    print("The weight from input 1 to hidden neuron 1 has one path for each row of data:\n")
    print(paths(J, net.layers[0].neurons[0].w[0]))

    apart = max(abs(x - y) for a, b in zip(net.gradients(), by_hand()) for r, s in zip(a, b) for x, y in zip(r, s))
    print(f"\nThe slides' formulas in plain Python give the same, to {apart:.1e}.")

    history = fit(net, (X, Y), half_squared_error, SGD(net.parameters(), lr=2.0), epochs=200)
    print(f"\n{history}")
    print("\n  wanted  network")
    for x, y in zip(X, Y):
        print(f"  {y:6}  {net(x).data:7.4f}")
    print("\nA sigmoid ends at 1, and two of the rows want more: the cost cannot fall below")
    least = sum((y - 1) ** 2 for y in Y if y > 1) / 2 / len(Y)
    print(f"what that leaves, ½ ((3 − 1)² + (1.5 − 1)²) / 3 = {least:.4f}; it is {history.loss[-1]:.4f}.")

    right = apart < 1e-12 and least < history.loss[-1] < history.loss[0]
    print("Every figure is that of the slides' formulas." if right else "It is not as it should be.")
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
