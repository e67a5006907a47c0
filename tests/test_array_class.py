"""The `Array` of claims against NumPy: shapes, broadcasting, products, sums and indices."""

from __future__ import annotations

import operator
import random

import pytest

from autograd import Value
from autograd.claims.arrays import Array, broadcast_shape, concatenate, matmul, stack
from autograd.errors import ShapeError

np = pytest.importorskip("numpy", reason="NumPy is what arrays are compared with")


def drawn(dice: random.Random, shape: tuple[int, ...]) -> tuple[Array, np.ndarray]:
    """Return the same random whole numbers as an Array and as one of NumPy's."""
    numbers = np.array([dice.randint(-9, 9) for _ in range(int(np.prod(shape)))]).reshape(shape)
    return Array(shape, numbers.ravel().tolist()), numbers


def same(ours: object, theirs: object) -> bool:
    """Return whether an Array or an entry is what NumPy has."""
    shape = ours.shape if isinstance(ours, Array) else ()
    return shape == np.shape(theirs) and Array.of(ours).entries == np.ravel(theirs).tolist()


def random_shape(dice: random.Random, least: int = 0) -> tuple[int, ...]:
    """Return up to four short lengths."""
    return tuple(dice.randint(1, 3) for _ in range(dice.randint(least, 4)))


@pytest.mark.parametrize("seed", range(200))
def test_arithmetic_broadcasts_as_numpy_does(seed):
    """Each operator gives NumPy's entries and shape, or refuses where NumPy does."""
    dice = random.Random(seed)
    (a, x), (b, y) = drawn(dice, random_shape(dice)), drawn(dice, random_shape(dice))
    operation = dice.choice([operator.add, operator.sub, operator.mul])
    try:
        expected = operation(x, y)
    except ValueError:
        with pytest.raises(ShapeError, match="do not go together"):
            operation(a, b)
        return
    assert same(operation(a, b), expected)
    assert broadcast_shape(a.shape, b.shape) == expected.shape
    assert same(2 - a * 3, 2 - x * 3)


@pytest.mark.parametrize("seed", range(200))
def test_products_are_those_of_numpy(seed):
    """Vectors, matrices and batches of them."""
    dice = random.Random(seed)
    (a, x), (b, y) = drawn(dice, random_shape(dice, 1)), drawn(dice, random_shape(dice, 1))
    if dice.random() < 0.7:  # make them fit
        inner = a.shape[-1]
        b, y = drawn(dice, (*b.shape[:-2], inner, *b.shape[-1:])) if b.ndim > 1 else drawn(dice, (inner,))
    try:
        expected = x @ y
    except ValueError:
        with pytest.raises(ShapeError):
            matmul(a, b)
        return
    assert same(a @ b, expected)


@pytest.mark.parametrize("seed", range(200))
def test_axes_are_those_of_numpy(seed):
    """Sums over axes, transposes, reshapes, stacks."""
    dice = random.Random(seed)
    a, x = drawn(dice, random_shape(dice, 1))
    axes = tuple(dice.sample(range(a.ndim), dice.randint(1, a.ndim)))
    keep = dice.random() < 0.5
    assert same(a.sum(axes, keepdims=keep), x.sum(axes, keepdims=keep))
    assert same(a.sum(axes[0] - a.ndim), x.sum(axes[0]))
    assert same(a.reduce(max, axes[0]), x.max(axes[0]))
    order = dice.sample(range(a.ndim), a.ndim)
    assert same(a.transpose(order), x.transpose(order))
    assert same(a.T, x.T)
    assert same(a.reshape(-1, a.shape[0]), x.reshape(-1, a.shape[0]))
    b, y = drawn(dice, a.shape)
    axis = dice.randint(0, a.ndim)
    assert same(stack([a, b], axis), np.stack([x, y], axis))
    axis = dice.randrange(a.ndim)
    assert same(concatenate([a, b], axis), np.concatenate([x, y], axis))
    assert a.nested() == x.tolist()
    assert Array.of(a.nested()).shape == a.shape


def random_index(dice: random.Random, shape: tuple[int, ...]) -> object:
    """Return an index of any kind, arrays of numbers of one shape among them."""
    count = dice.randint(1, 3)
    parts: list[object] = []
    for length in shape[: dice.randint(0, len(shape))]:
        roll = dice.random()
        if roll < 0.3:
            parts.append(dice.randrange(-length, length))
        elif roll < 0.6:
            parts.append(slice(dice.choice([None, 0, 1]), dice.choice([None, 1, -1]), dice.choice([None, 1, -1])))
        else:
            parts.append([dice.randrange(-length, length) for _ in range(count)])
    if dice.random() < 0.3:
        parts.insert(dice.randint(0, len(parts)), None)
    if dice.random() < 0.2:
        parts.append(...)
    return tuple(parts) if len(parts) != 1 or dice.random() < 0.5 else parts[0]


@pytest.mark.parametrize("seed", range(600))
def test_indices_pick_and_replace_what_numpy_does(seed):
    """Numbers, slices, lists, new axes; what is picked, and what is replaced."""
    dice = random.Random(seed)
    a, x = drawn(dice, random_shape(dice, 1))
    index = random_index(dice, a.shape)
    assert same(a[index], x[index])
    y = x.copy()
    y[index] = 77
    assert same(a.replaced(index, 77), y)


def test_a_mask_picks_the_true_entries():
    """Masks over one axis and over all."""
    dice = random.Random(5)
    a, x = drawn(dice, (3, 4))
    assert same(a[a.map(lambda entry: entry > 0)], x[x > 0])
    rows = [True, False, True]
    assert same(a[rows], x[rows])
    assert same(a[rows, 1:3], x[rows, 1:3])
    assert same(a.replaced(a.map(lambda entry: entry > 0), 0), np.where(x > 0, 0, x))


def test_entries_may_be_values():
    """A network of arrays has the gradients of the scalars in it."""
    w, x = Array.of([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]), Array.of([Value(0.5), Value(-1.0)])
    (w @ x).map(lambda z: z.tanh()).sum().backward()
    slopes = 1 - np.tanh(np.array([[1.0, 2.0], [3.0, 4.0]]) @ np.array([0.5, -1.0])) ** 2
    assert np.allclose(w.map(lambda v: v.grad).nested(), np.outer(slopes, [0.5, -1.0]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda a: a + Array.of([1, 2]), "2×3 and 2 entries"),
        (lambda a: a @ a, "product of 2×3 and 2×3"),
        (lambda a: a[2], "no entry 2 among 2"),
        (lambda a: a[0, 0, 0], "3 indices are too many for 2×3"),
        (lambda a: a[0.5], "whole number"),
        (lambda a: a.sum(2), "no axis 2"),
        (lambda a: a.reshape(4), "cannot be put"),
        (lambda a: a.reshape(-1, 4), "cannot be put"),
        (lambda _: Array.of([[1, 2], [3]]), "different shapes: 2 entries and 1 entry"),
        (lambda _: Array((2, 2), [1]), "do not fill 2×2"),
    ],
)
def test_what_does_not_fit_is_refused_with_both_shapes(wrong, message):
    """The error of each names what was there."""
    with pytest.raises(ShapeError, match=message):
        wrong(Array.of([[1, 2, 3], [4, 5, 6]]))
