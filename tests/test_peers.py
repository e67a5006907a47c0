"""The rows of docs/peers.md, beside the peers that are installed."""

import math

import pytest

from autograd import (
    DivisionByZeroError,
    DomainError,
    RangeError,
    Value,
    cross_entropy_with_logits,
    maximum,
    relu,
)

NAN, INF = math.nan, math.inf


def ours(f, *points):
    leaves = [Value(point) for point in points]
    y = f(*leaves)
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]


# -- What chalkgrad says ------------------------------------------------------------------------


def test_backward_twice_gives_27_then_54_and_inner_gradients_are_those_of_one_pass():
    x = Value(3.0)
    h = x * x
    y = h * x
    y.backward()
    assert x.grad == 27
    y.backward()
    assert (x.grad, h.grad) == (54, 3)


def test_a_number_changed_after_recording_does_not_change_the_gradient():
    w = Value(3.0)
    y = w * w
    w.data = 10.0
    y.backward()
    assert w.grad == 6


def test_kinks_and_ties():
    assert ours(relu, 0.0) == (0, [0])
    assert ours(abs, 0.0) == (0, [0])
    assert ours(maximum, 1.0, 1.0) == (1, [0.5, 0.5])


@pytest.mark.parametrize("f", [lambda x: x.sqrt(), lambda x: 0 * x.sqrt()])
def test_the_slope_of_the_root_at_0_is_an_error_only_where_it_is_used(f):
    x = Value(0.0)
    assert f(x).data == 0
    with pytest.raises(DomainError):
        f(x).backward()


@pytest.mark.parametrize(
    ("f", "at", "error"),
    [
        (lambda x: x.log(), -0.5, DomainError),
        (lambda x: 1 / x, 0.0, DivisionByZeroError),
        (lambda x: x.exp(), 1000.0, RangeError),
    ],
)
def test_out_of_the_domain_raises_at_the_operation(f, at, error):
    with pytest.raises(error):
        f(Value(at))


def test_zero_to_the_zero_has_no_slope_by_the_exponent():
    with pytest.raises(DomainError, match="log"):
        ours(lambda a, b: a**b, 0.0, 0.0)


def cross_entropy(*numbers):
    """Of logits and probabilities, half of each."""
    return cross_entropy_with_logits(list(numbers[: len(numbers) // 2]), list(numbers[len(numbers) // 2 :]))


LOGITS, FREE = (0.5, -1.0, 2.0), (0.2, 0.3, 0.5)
SURPRISALS = [-(z - math.log(sum(map(math.exp, LOGITS)))) for z in LOGITS]
MASKED = (-INF, 0.0, 1.0)
OF_MASKED = [0.0, 1 / (1 + math.e) - 1, math.e / (1 + math.e)]


def test_cross_entropy_by_its_targets_and_with_a_mask():
    assert ours(cross_entropy, *LOGITS, *FREE)[1][3:] == pytest.approx(SURPRISALS, rel=1e-14)
    assert ours(lambda *z: cross_entropy_with_logits(list(z), 1), *MASKED)[1] == pytest.approx(OF_MASKED, rel=1e-14)
    with pytest.raises(DomainError):
        ours(lambda *z: cross_entropy_with_logits(list(z), 0), *MASKED)


def test_a_slope_too_large_for_a_float():
    with pytest.raises(DomainError, match="too large"):
        ours(lambda x: x / x, 1e-310)


def test_jax_has_the_same_cross_entropy():
    jax = pytest.importorskip("jax", reason="JAX is not installed: its cross-entropy is not run")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 -- JAX's own way

    def theirs(z, t):
        return -(t * jax.nn.log_softmax(z)).sum()

    z, t = jax.numpy.array(LOGITS), jax.numpy.array(FREE)
    expected = [float(theirs(z, t)), *(float(slope) for row in jax.grad(theirs, (0, 1))(z, t) for slope in row)]
    found = ours(cross_entropy, *LOGITS, *FREE)
    assert [found[0], *found[1]] == pytest.approx(expected, rel=1e-14)


# -- What PyTorch says --------------------------------------------------------------------------


def same(found, expected):
    flat = [found[0], *found[1]], [expected[0], *expected[1]]
    return all(a == b or (a != a and b != b) for a, b in zip(*flat, strict=True))


def test_the_column_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its column of docs/peers.md is not run")

    def leaf(value):
        return torch.tensor(value, dtype=torch.float64, requires_grad=True)

    def theirs(f, *points):
        leaves = [leaf(point) for point in points]
        y = f(*leaves)
        y.backward()
        return y.item(), [x.grad.item() for x in leaves]

    assert same(theirs(torch.relu, 0.0), (0, [0]))
    assert same(theirs(torch.abs, 0.0), (0, [0]))
    assert same(theirs(torch.maximum, 1.0, 1.0), (1, [0.5, 0.5]))
    assert same(theirs(torch.sqrt, 0.0), (0, [INF]))
    assert same(theirs(lambda x: 0 * torch.sqrt(x), 0.0), (0, [NAN]))
    assert math.isnan(theirs(torch.log, -0.5)[0])
    assert theirs(lambda x: 1 / x, 0.0)[0] == INF
    assert theirs(torch.exp, 1000.0)[0] == INF
    assert same(theirs(lambda a, b: a**b, 0.0, 0.0), (1, [0, 0]))

    def theirs_of_a_row(numbers, target):
        z = leaf(list(numbers))
        loss = torch.nn.functional.cross_entropy(z, target)
        loss.backward()
        return loss.item(), z.grad.tolist()

    t = leaf(list(FREE))
    theirs_of_a_row(LOGITS, t)
    assert t.grad.tolist() == pytest.approx(SURPRISALS, rel=1e-14)
    assert theirs_of_a_row(MASKED, torch.tensor(1))[1] == pytest.approx(OF_MASKED, rel=1e-14)
    assert theirs_of_a_row(MASKED, torch.tensor(0))[0] == INF
    assert math.isnan(theirs(lambda x: x / x, 1e-310)[1][0])

    x = leaf(3.0)
    h = x * x
    y = h * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 54
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    with pytest.warns(UserWarning, match="not a leaf"):
        assert h.grad is None

    w = leaf(3.0)
    y = w * w
    w.data.fill_(10.0)
    y.backward()
    assert w.grad.item() == 20
    w = leaf(3.0)
    y = w * w
    with torch.no_grad():
        w.fill_(10.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


# -- What micrograd says ------------------------------------------------------------------------


def test_the_column_of_micrograd():
    engine = pytest.importorskip(
        "micrograd.engine", reason="micrograd is not installed: its column of docs/peers.md is not run"
    )
    x = engine.Value(3.0)
    h = x * x
    y = h * x
    y.backward()
    assert x.grad == 27
    y.backward()
    assert x.grad == 72

    w = engine.Value(3.0)
    y = w * w
    w.data = 10.0
    y.backward()
    assert w.grad == 20

    x = engine.Value(0.0)
    x.relu().backward()
    assert x.grad == 0
    with pytest.raises(ZeroDivisionError):
        1 / engine.Value(0.0)
    with pytest.raises(OverflowError):
        engine.Value(1e-310) / engine.Value(1e-310)
    with pytest.raises(TypeError):
        2.0 ** engine.Value(3.0)
    with pytest.raises(AssertionError):
        engine.Value(2.0) ** engine.Value(3.0)
    for _ in range(2000):
        x = x + 1
    with pytest.raises(RecursionError):
        x.backward()
