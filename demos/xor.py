"""Train a small network on exclusive or, which no single neuron can compute.

It prints the loss of each epoch, the outputs at the end and the decision boundary, and exits with 1 if the
network has not learned. Every run draws the same weights, so every run prints the same.
"""

# ruff: noqa: T201 -- a demo prints

from nn import MLP, SGD, decision_boundary, fit, half_squared_error, same_side

ROWS = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
STEPS = 300


def main() -> int:
    """Train, show the result, and return 0 if the network has learned."""
    model = MLP(2, [4, 1], activation="tanh", output_activation="sigmoid", seed=5)
    print(model, "\n")
    history = fit(model, ROWS, half_squared_error, SGD(model.parameters(), lr=4.0), epochs=STEPS, accuracy=same_side)
    print(history, "\n")
    print(history.plot())

    print("\n x₁  x₂  wanted  network")
    outputs = [model(row).data for row, _ in ROWS]
    for ((x1, x2), target), output in zip(ROWS, outputs):
        print(f"{x1:3} {x2:3} {target:7} {output:8.3f}")
    print(f"\n{decision_boundary(model, ROWS, columns=40, rows=12)}")

    learned = all(abs(output - target) < 0.1 for (_, target), output in zip(ROWS, outputs))
    print("\nIt has learned exclusive or." if learned else "\nIt has not learned exclusive or.")
    return 0 if learned else 1


if __name__ == "__main__":
    raise SystemExit(main())
