"""Layer and batch normalization: against PyTorch, by their mathematics, in training and in evaluation."""

import json
from pathlib import Path
from statistics import fmean, pvariance, variance

import pytest

from autograd import ArgumentError, OperandError, Value, gradcheck
from nn.activations import softmax
from nn.normalization import BatchNorm, LayerNorm, batch_norm, layer_norm

pytestmark = pytest.mark.portable

FIGURES = json.loads((Path(__file__).parent / "data" / "losses.json").read_text(encoding="utf-8"))
LAYER, BATCH = FIGURES["norms"]
ROWS = [[0.5, -1.5], [2.0, 0.25], [-3.0, 1.0]]


def data(rows):
    return [[value.data for value in row] for row in rows]


def nodes(rows):
    return [[Value(x) for x in row] for row in rows]


def grads(values):
    return [value.grad for value in values]


def weighed(rows):
    """Σ k·x², as PyTorch was given it."""
    return sum(k * x * x for k, x in enumerate((x for row in rows for x in row), start=1))


# -- Against PyTorch -------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [LAYER, BATCH], ids=lambda case: case["norm"])
def test_the_rows_and_every_gradient_are_those_of_pytorch(case):
    rows, gain, shift = nodes(case["rows"]), *nodes([case["gain"], case["shift"]])
    if case is LAYER:
        normed = [layer_norm(row, 1e-5, gain, shift) for row in rows]
    else:
        normed = batch_norm(rows, 1e-5, gain, shift)
    for found, expected in zip(data(normed), case["normed"]):
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-13)
    weighed(normed).backward()
    for row, expected in zip(rows, case["by_rows"]):
        assert grads(row) == pytest.approx(expected, rel=1e-9, abs=1e-10)
    assert grads(gain) == pytest.approx(case["by_gain"], rel=1e-12)
    assert grads(shift) == pytest.approx(case["by_shift"], rel=1e-12)


def test_the_running_figures_are_those_of_pytorch():
    norm = BatchNorm(3)
    norm(nodes(BATCH["rows"]))
    assert norm.running_mean == pytest.approx(BATCH["running_mean"], rel=1e-12)
    assert norm.running_variance == pytest.approx(BATCH["running_variance"], rel=1e-12)


def test_softmax_is_that_of_pytorch():
    logits = [Value(z) for z in FIGURES["softmax"]["logits"]]
    found = [p.data for p in softmax(logits)]
    assert found == pytest.approx(FIGURES["softmax"]["probabilities"], rel=1e-14)


# -- By their mathematics --------------------------------------------------------------------------


def test_a_normed_row_has_mean_zero_and_variance_one():
    row = [x.data for x in layer_norm([Value(x) for x in (3.0, -1.0, 7.5, 2.0)], eps=0)]
    assert fmean(row) == pytest.approx(0, abs=1e-15)
    assert pvariance(row) == pytest.approx(1, rel=1e-14)


def test_over_the_rows_of_a_batch_each_value_has_mean_zero_and_variance_one():
    for column in zip(*data(batch_norm(nodes(ROWS), eps=0))):
        assert fmean(column) == pytest.approx(0, abs=1e-15)
        assert pvariance(column) == pytest.approx(1, rel=1e-14)


def test_neither_the_size_nor_the_place_of_a_row_makes_a_difference_to_its_norm():
    row = [3.0, -1.0, 7.5, 2.0]
    moved = [10 * x + 100 for x in row]
    plain, other = ([x.data for x in layer_norm(values, eps=0)] for values in (row, moved))
    assert other == pytest.approx(plain, rel=1e-12)


def test_the_gradients_are_checked_numerically():
    assert gradcheck(lambda *x: weighed([layer_norm(x)]), 0.5, -1.0, 2.0)
    assert gradcheck(lambda *x: weighed(batch_norm([x[:2], x[2:4], x[4:]])), 0.5, -1.0, 2.0, 0.3, 0.7, -0.1)


def test_softmax_is_positive_adds_up_to_one_and_does_not_overflow():
    for logits in ([0.5, -1.0, 2.0], [1000.0, 1000.0], [-1000.0, 1000.0], [3.0]):
        found = [p.data for p in softmax([Value(z) for z in logits])]
        assert sum(found) == pytest.approx(1.0, rel=1e-15)
        assert min(found) >= 0
    p = softmax(z := [Value(0.5), Value(-1.0)])
    p[0].backward()
    assert [v.grad for v in z] == pytest.approx([p[0].data * p[1].data, -p[0].data * p[1].data], rel=1e-14)


# -- As layers of a network -------------------------------------------------------------------------


def test_gain_and_shift_are_parameters_and_begin_at_one_and_zero():
    for norm in (LayerNorm(2), BatchNorm(2)):
        assert {p.label: p.data for p in norm.parameters()} == {
            "gain[1]": 1.0,
            "gain[2]": 1.0,
            "shift[1]": 0.0,
            "shift[2]": 0.0,
        }
    assert data([LayerNorm(2)([0.5, 2.0])]) == data([layer_norm([0.5, 2.0])])
    assert data(BatchNorm(2)(ROWS)) == data(batch_norm(ROWS))
    assert (repr(LayerNorm(2)), repr(BatchNorm(3))) == ("LayerNorm(2)", "BatchNorm(3)")


def test_in_use_a_batch_norm_takes_the_running_figures_and_leaves_them_alone():
    norm = BatchNorm(2, momentum=0.5)
    for _ in range(60):
        norm(ROWS)
    columns = list(zip(*ROWS))
    assert norm.running_mean == pytest.approx(list(map(fmean, columns)), rel=1e-12)
    assert norm.running_variance == pytest.approx(list(map(variance, columns)), rel=1e-12)
    before = norm.running_mean, norm.running_variance
    (alone,) = norm.eval()([ROWS[0]])
    expected = [(x - fmean(c)) / (variance(c) + 1e-5) ** 0.5 for x, c in zip(ROWS[0], columns)]
    assert [v.data for v in alone] == pytest.approx(expected, rel=1e-9)
    assert (norm.running_mean, norm.running_variance) == before


def loaded(variance):
    """A batch norm in evaluation with this running variance, which may come from a file."""
    norm = BatchNorm(1).eval()
    norm.running_variance = [variance]
    return norm


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: layer_norm([1.0]), ArgumentError, "layer_norm: 1 values have no variance"),
        (lambda: layer_norm(Value(1.0)), OperandError, "a row of values to normalize must be a list"),
        (lambda: layer_norm([1.0, 2.0], -1), ArgumentError, "eps must be 0 or more, not -1"),
        (lambda: layer_norm([1.0, 2.0], gain=[1.0]), ArgumentError, "a gain must have 2 values, not 1"),
        (lambda: LayerNorm(2)([1.0, 2.0, 3.0]), ArgumentError, "a gain must have 3 values, not 2"),
        (lambda: LayerNorm(1), ArgumentError, "the size of a row must be 2 or more, not 1"),
        (lambda: batch_norm([[1.0]]), ArgumentError, "batch_norm: 1 rows have no variance"),
        (lambda: batch_norm([[1.0, 2.0], [1.0]]), ArgumentError, "a row must have 2 values, not 1"),
        (lambda: BatchNorm(2)([[1.0], [2.0]]), ArgumentError, "rows must have 2 values, not 1"),
        (lambda: BatchNorm(2).eval()([[1.0]]), ArgumentError, "a row must have 2 values, not 1"),
        (lambda: BatchNorm(2)([1.0, 2.0]), OperandError, "BatchNorm takes all rows of a batch, and was given one row"),
        (lambda: loaded(-1.0)([[1.0]]), ArgumentError, "a running variance must be 0 or more, not -1.0"),
        (lambda: BatchNorm(2, momentum=2), ArgumentError, "momentum must be from 0 to below 1, not 2"),
        (lambda: BatchNorm("2"), OperandError, "the size of a row must be a whole number, not '2'"),
        (lambda: softmax([]), ArgumentError, "softmax: the list of values is empty"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()
