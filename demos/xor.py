"""Train a small network on exclusive or, which no single neuron can compute.

It prints the loss as it falls and what the network says at the end, and exits with 1 if it has not
learnt: every run draws the same weights, so every run prints the same.
"""

# ruff: noqa: T201 -- a demo prints

from nn import MLP, SGD, half_squared_error

INPUTS = [(0, 0), (0, 1), (1, 0), (1, 1)]
TARGETS = [0, 1, 1, 0]
STEPS = 300


def main() -> int:
    """Train, and say what came of it."""
    model = MLP(2, [4, 1], activation="tanh", output_activation="sigmoid", seed=5)
    optimiser = SGD(model.parameters(), lr=1.0)
    print(model)

    print("\n step    loss")
    for step in range(STEPS + 1):
        loss = half_squared_error([model(row) for row in INPUTS], TARGETS)
        if step % 25 == 0:
            print(f"{step:5}  {loss.data:.4f}  {'█' * round(60 * loss.data)}")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    print("\n x₁  x₂  wanted  network")
    outputs = [model(row).data for row in INPUTS]
    for (x1, x2), target, output in zip(INPUTS, TARGETS, outputs):
        print(f"{x1:3} {x2:3} {target:7} {output:8.3f}")

    learnt = all(abs(output - target) < 0.1 for output, target in zip(outputs, TARGETS))
    print("\nIt has learnt exclusive or." if learnt else "\nIt has not learnt exclusive or.")
    return 0 if learnt else 1


if __name__ == "__main__":
    raise SystemExit(main())
