"""A recurrent network through time: one cell, used again at each step, and its gradient's paths through time.

The cell is h(t) = tanh(u·x(t) + w·h(t−1)); the loss looks at the last h alone. The weight w is one leaf used at
every step, so ∂E/∂w is a sum over the paths through each of these uses; the path of an earlier use has more
factors w·(1 − h²). Then a network of four such cells learns whether the first of five numbers was positive,
which it has to carry through four steps. With --draw FILE the paths are drawn. It exits with 1 if the paths
do not add up to the gradient or the network does not learn.
"""

# ruff: noqa: T201 -- a demo prints

import argparse
import random

from autograd import Value, affine, draw, half_squared_error, paths
from nn import Adam, Batches, Layer, Module, Neuron, fit, same_sign

CELLS, LENGTH, ROWS, EPOCHS = 4, 5, 24, 60


def unrolled(numbers: list[float]) -> tuple[Value, Value]:
    """Return the loss of one cell after these inputs, and its recurrent weight."""
    u, w, h = Value(0.8, "u"), Value(0.9, "w"), Value(0.5, "h0")
    for t, number in enumerate(numbers, start=1):
        x = Value(number, f"x{t}")
        h = affine([u, w], [x, h]).tanh()
        h.parents[0].label, h.label = f"z{t}", f"h{t}"
    E = half_squared_error(h, 1.0)  # noqa: N806 -- what the loss is called on paper
    E.label = "E"
    return E, w


class Recurrent(Module):
    """Recurrent cells, which read one number and each other's outputs at each step, and an output neuron."""

    def __init__(self, cells: int, seed: int) -> None:
        generator = random.Random(seed)
        self.step = Layer(1 + cells, cells, activation="tanh", init="xavier", seed=generator)
        self.out = Neuron(cells, activation=None, seed=generator)
        self.cells = cells

    def __call__(self, numbers: list[float]) -> Value:
        """Return the output after the last number."""
        h = [0.0] * self.cells
        for number in numbers:
            h = self.step([number, *h])
        return self.out(h)


def main(argv: list[str] | None = None) -> int:
    """Show the paths, then train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draw", metavar="FILE", help="draw the paths through time: .svg, .png or .pdf")
    asked = parser.parse_args(argv)

    E, w = unrolled([0.5, -0.25, 0.75])  # noqa: N806 -- the same
    E.backward()
    through_time = paths(E, w)
    print("Three steps of one cell, and every path from its weight w to the loss:\n")
    print(through_time)
    summed = sum(path.product for path in through_time)
    print(f"\nThe paths add up to {summed:.6f}; backward() gives {w.grad:.6f}.")
    print("One step further back is one factor ∂z/∂h = w and one factor 1 − h² more:")
    print("that is how it vanishes.")
    if asked.draw:
        print(f"drawn in {draw(E, wrt=w).render(asked.draw)}")

    generator = random.Random(1)
    rows = [[generator.uniform(-1, 1) for _ in range(LENGTH)] for _ in range(ROWS)]
    data = [(row, 1.0 if row[0] > 0 else -1.0) for row in rows]
    model = Recurrent(CELLS, seed=1)
    print(f"\n{CELLS} cells learn whether the first of {LENGTH} numbers was positive:\n")
    history = fit(
        model,
        Batches(data, 8, seed=1),
        half_squared_error,
        Adam(model.parameters(), lr=0.05),
        epochs=EPOCHS,
        accuracy=same_sign,
    )
    print(history)

    learned = abs(summed - w.grad) < 1e-12 and history.accuracy[-1] == 1.0
    print("\nIt remembers the first number." if learned else "\nIt has not learned to remember.")
    return 0 if learned else 1


if __name__ == "__main__":
    raise SystemExit(main())
