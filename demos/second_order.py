"""Derivatives of derivatives, each beside its closed form.

`grad(y, x)` gives a derivative as a Value, so it can be differentiated again, as often as you
like. Three uses: a cycle, a minimum found in six steps, and the largest stable learning rate.
It exits with 1 if a figure differs from the closed form.
"""

# ruff: noqa: T201 -- a demo prints

import math

from autograd import Value, exp, grad, half_squared_error, sin
from autograd.formatting import figures
from nn import SGD


def cycle(x: Value, times: int) -> bool:
    """Show that differentiating sin x four times gives sin x again."""
    closed = {"sin x": math.sin, "cos x": math.cos, "−sin x": lambda a: -math.sin(a), "−cos x": lambda a: -math.cos(a)}
    print(f"sin x, differentiated again and again at x = {figures.number(x.data)}\n")
    print("   n   dⁿ/dxⁿ by grad   closed form")
    y, right = sin(x), True
    for n in range(times):
        name, form = list(closed.items())[n % 4]
        expected = form(x.data)
        print(f"{n:4}   {figures.signed(y.data, 9):<14}   {figures.signed(expected, 9)}  {name}")
        right = right and math.isclose(y.data, expected, abs_tol=1e-12)
        y = grad(y, x)
    return right


def newton(start: float) -> bool:
    """Show Newton's method with the exact second derivative: each step doubles the number of right digits."""
    minimum = math.log(2)  # where the derivative eˣ − 2 is zero
    print("\n\nThe minimum of f(x) = eˣ − 2x by Newton's method, x ← x − f′(x)/f″(x)\n")
    print("step          x       f′(x)        f″(x)     distance to ln 2")
    x = Value(start)
    for step in range(7):
        first = grad(exp(x) - 2 * x, x)
        second = grad(first, x)
        shown = [figures.number(first.data, 3), figures.number(second.data), figures.number(abs(x.data - minimum), 3)]
        print(f"{step:4}   {x.data:.9f}   {shown[0]:<10}   {shown[1]:<7}   {shown[2]}")
        x = Value(x.data - first.data / second.data)
    return math.isclose(x.data, minimum, rel_tol=1e-14)


def curvature() -> bool:
    """Show that the curvature of a loss limits the learning rate."""
    inputs, targets = [0.0, 1.0, 2.0], [1.0, 2.0, 2.0]
    w, b = Value(0.0, "w"), Value(0.0, "b")

    def loss() -> Value:
        return half_squared_error([w * x + b for x in inputs], targets)

    hessian = [[second.data for second in grad(first, [w, b])] for first in grad(loss(), [w, b])]
    closed = [[sum(x * x for x in inputs), sum(inputs)], [sum(inputs), len(inputs)]]
    print("\n\nThe curvature of E = ½ Σ (wx + b − t)² over three points\n")
    print("             by grad of grad   closed form")
    for name, row, formulas, expected in zip("wb", hessian, (("Σx²", "Σx"), ("Σx", "n")), closed):
        for other, second, formula, value in zip("wb", row, formulas, expected):
            print(f"   ∂²E/∂{name}∂{other}   {figures.number(second):<15}   {figures.number(value)}  {formula}")

    (p, q), (_, r) = hessian
    steepest = (p + r) / 2 + math.hypot((p - r) / 2, q)  # its larger eigenvalue
    limit = 2 / steepest
    print(f"\nIts largest eigenvalue is λ = {figures.number(steepest)}.")
    print("Gradient descent settles if its learning rate is below 2/λ:\n")
    ends = []
    for share in (0.98, 1.02):
        w.data = b.data = 0.0
        optimizer = SGD([w, b], lr=share * limit)
        for _ in range(200):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        ends.append(loss().data)
        print(f"   {share} · 2/λ = {figures.number(optimizer.lr)}   loss after 200 steps: {figures.number(ends[-1])}")
    least = 1 / 12  # at w = 1/2, b = 7/6
    print(f"   the least that a line can reach:         {figures.number(least)}")
    return hessian == closed and math.isclose(ends[0], least, rel_tol=1e-3) and ends[1] > 1


def main() -> int:
    """Show all three."""
    right = [cycle(Value(1.0, "x"), 9), newton(0.0), curvature()]
    print("\nEvery figure is the closed form's." if all(right) else "\nNot every figure is the closed form's.")
    return 0 if all(right) else 1


if __name__ == "__main__":
    raise SystemExit(main())
