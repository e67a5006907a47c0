"""Read handwritten digits: a network of 64 inputs, 64 neurons and 10 outputs, trained by replay.

The pictures are 8 × 8 grey values; they come with scikit-learn. The graph of one picture, forward and
loss, is built and recorded once; after that it is replayed over whole batches on arrays. The gradients
are those of `backward()`. It exits with 1 if it reads fewer than 95 of a hundred new digits.
"""

# ruff: noqa: T201 -- a demo prints

import random
import time

from autograd import MissingExtraError, Value, record
from autograd.optional import import_extra
from nn import MLP, SGD
from nn.losses import cross_entropy_with_logits

EPOCHS, BATCH = 10, 32
SHADES = " .:-=+*#%@"


def digits() -> tuple[list[list[float]], list[int]]:
    """Return the pictures as rows of 64 numbers from 0 to 1, and the digit that each shows."""
    found = import_extra("sklearn.datasets", "demos", "this demo").load_digits()
    return [[grey / 16 for grey in row] for row in found.data.tolist()], found.target.tolist()


def one_hot(digit: int) -> list[float]:
    """Return ten numbers: 1 at the place of the digit, and 0 elsewhere."""
    return [float(digit == k) for k in range(10)]


def picture(row: list[float]) -> list[str]:
    """Return eight lines of eight characters, denser where the picture is darker."""
    return ["".join(2 * SHADES[round(9 * grey)] for grey in row[8 * y : 8 * y + 8]) for y in range(8)]


def main() -> int:
    """Train, count the digits that are read right, and show some that are not."""
    try:
        rows, wanted = digits()
        import_extra("numpy", "replay", "this demo")
    except MissingExtraError as error:
        print(error)
        return 0
    data = list(zip(rows, wanted))
    generator = random.Random(1)
    generator.shuffle(data)
    learned, new = data[360:], data[:360]

    start = time.perf_counter()
    model = MLP(64, [64, 10], init="he", seed=1)
    x = [Value(0.0, f"x{i}") for i in range(1, 65)]
    t = [Value(number, f"t{k}") for k, number in enumerate(one_hot(0))]
    scores = model(x)
    step = record(cross_entropy_with_logits(scores, t), inputs=[*x, *t], outputs=scores)
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    print(f"{len(learned)} digits to learn from, {len(new)} others to test on, {len(model.parameters())} parameters")
    print(f"recorded and ready in {time.perf_counter() - start:.1f} s: {step!r}")

    def read(examples: list[tuple[list[float], int]]) -> list[int]:
        found = step.forward([row + one_hot(0) for row, _ in examples])  # the scores do not depend on the target
        return [int(k) for k in found.argmax(axis=1)]

    print("\n epoch    loss   read right of the new ones")
    start = time.perf_counter()
    for epoch in range(1, EPOCHS + 1):
        generator.shuffle(learned)
        losses = []
        for first in range(0, len(learned), BATCH):
            losses.append(step([row + one_hot(digit) for row, digit in learned[first : first + BATCH]]))
            optimizer.step()
        right = sum(found == digit for found, (_, digit) in zip(read(new), new)) / len(new)
        print(f"{epoch:6}  {sum(losses) / len(losses):.4f}   {100 * right:5.1f} %  {'█' * round(40 * right)}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    wrong = [(row, digit, found) for found, (row, digit) in zip(read(new), new) if found != digit]
    print(f"\n{len(wrong)} of {len(new)} are read wrong, among them:\n")
    for lines in zip(*(picture(row) for row, _, _ in wrong[:4])):
        print("   ".join(lines).rstrip())
    print("   ".join(f"{f'a {digit}, read as {found}':16}" for _, digit, found in wrong[:4]).rstrip())
    print(f"\nIt reads {100 * right:.1f} % of digits it has never seen.")
    return 0 if right >= 0.95 else 1


if __name__ == "__main__":
    raise SystemExit(main())
