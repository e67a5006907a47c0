"""Two moons, told apart by a network of two layers of sixteen: micrograd's demo, eager or replayed.

It trains as micrograd's notebook does: 100 points, the max-margin loss, L2 with 1e-4, a learning rate
that falls from 1.0 to 0.1 in 100 steps. It shows the loss and the decision boundary, and exits with 1
if fewer than 98 of the points are right. With --replay it trains from a recording of one row; with
--both it trains both ways, and shows the largest difference of the weights.
With --picture FILE it draws the decision boundary (matplotlib: pip install 'chalkgrad[plot]').
"""

# ruff: noqa: T201 -- a demo prints

import argparse
import math
import random
import time

from nn import (
    MLP,
    SGD,
    History,
    RegularizedLoss,
    decision_boundary,
    fit,
    l2,
    linear,
    max_margin,
    same_sign,
)

STEPS = 100
WANTED = 0.98


def moons(count: int, noise: float, seed: int) -> list[tuple[list[float], int]]:
    """Return rows of two coordinates and a class, −1 on the upper moon and 1 on the lower, as in scikit-learn."""
    generator = random.Random(seed)
    rows = []
    for k in range(count):
        angle = math.pi * (k // 2) / (count // 2 - 1)
        x, y = (1 - math.cos(angle), 0.5 - math.sin(angle)) if k % 2 else (math.cos(angle), math.sin(angle))
        rows.append(([generator.gauss(x, noise), generator.gauss(y, noise)], 1 if k % 2 else -1))
    return rows


def train(rows: list[tuple[list[float], int]], *, replay: bool) -> tuple[MLP, History]:
    """Return a network, which always starts from the same weights, and the history of its training."""
    model = MLP(2, [16, 16, 1], seed=1337)
    history = fit(
        model,
        rows,
        RegularizedLoss(max_margin, lambda parameters: l2(parameters, 1e-4)),
        SGD(model.parameters(), lr=linear(1.0, 0.1, STEPS)),
        epochs=STEPS,
        accuracy=same_sign,
        replay=replay,
    )
    return model, history


def main(argv: list[str] | None = None) -> int:
    """Train, show the result, and return 0 if the moons were learned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replay", action="store_true", help="train by replaying a recording (needs NumPy)")
    parser.add_argument("--both", action="store_true", help="train eager and replayed, and compare the weights")
    parser.add_argument("--picture", metavar="FILE", help="draw the decision boundary: .svg, .png or .pdf")
    asked = parser.parse_args(argv)

    rows = moons(100, noise=0.1, seed=1337)
    began = time.perf_counter()
    model, history = train(rows, replay=asked.replay)
    seconds = time.perf_counter() - began
    print(model, "\n")
    print(history, "\n")
    print(boundary := decision_boundary(model, rows))
    print(f"\n{'replayed' if asked.replay else 'eager'}: {STEPS} steps in {seconds:.1f} s")
    if asked.picture:
        print(f"drawn in {boundary.save(asked.picture)}")

    same = True
    if asked.both:
        other, _ = train(rows, replay=not asked.replay)
        apart = max(abs(p.data - q.data) for p, q in zip(model.parameters(), other.parameters()))
        same = apart < 1e-9
        print(
            f"Eager and replayed, the weights are {'the same' if same else 'not the same'}: {apart:.1e} apart at most."
        )

    learned = boundary.accuracy >= WANTED
    print("It has learned the moons." if learned else "It has not learned the moons.")
    return 0 if learned and same else 1


if __name__ == "__main__":
    raise SystemExit(main())
