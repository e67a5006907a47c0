"""Plots of a training as numbers, as text, and as pictures where matplotlib is installed."""

import math
import re
from itertools import pairwise

import pytest

from autograd import ArgumentError, MissingExtraError, OutputError, Value, half_squared_error
from nn import MLP, Module
from nn.boundary_plot import decision_boundary
from nn.plots import (
    GradientSizes,
    LossCurve,
    evenly_spaced,
    gradient_sizes,
    parameters_by_layer,
    root_mean_square,
    sparkline,
)
from nn.training.history import Epoch, History, loss_curve

pytestmark = pytest.mark.portable

RING = [([math.cos(k), math.sin(k)], 0) for k in range(6)] + [([0.0, 0.1], 1), ([0.1, 0.0], 1)]


def inside(x):
    return 0.5 - x[0] ** 2 - x[1] ** 2 + 0.5


@pytest.fixture
def views():
    model = MLP(2, [3, 1], activation="sigmoid", seed=1)
    model([0.5, 1.0]).backward()
    history = History([Epoch(k, 1 / k, 0.1, validation=2 / k) for k in range(1, 31)])
    return [loss_curve(history), gradient_sizes(model), decision_boundary(inside, RING, columns=20, rows=10)]


# -- The loss ------------------------------------------------------------------------------------


def test_the_curve_falls_where_the_loss_falls():
    rows = str(LossCurve({"loss": [8.0, 4.0, 2.0, 1.0]})).splitlines()
    assert rows[0] == "loss, epoch by epoch"
    heights = [
        sum("▁▂▃▄▅▆▇█".find(c) + 1 for row in rows[1:9] for c in row[6 + k : 7 + k] if c in "▁▂▃▄▅▆▇█")
        for k in range(4)
    ]
    assert heights == sorted(heights, reverse=True)


def test_losses_far_apart_are_drawn_on_a_logarithmic_axis():
    far, near = LossCurve({"loss": [1.0, 0.1, 0.01]}), LossCurve({"loss": [1.0, 0.5]})
    assert (far.log_scale, near.log_scale) == (True, False)
    assert "on a logarithmic axis" in str(far)
    assert not LossCurve({"loss": [1.0, -100.0]}).log_scale


def test_a_curve_of_anything_can_be_drawn():
    for line in (
        [],
        [1.0],
        [0.0, 0.0],
        [math.nan],
        [1.0, math.inf, 0.0],
        [-1e300, 1e300],
        [1e-320] * 3,
        list(range(5000)),
    ):
        text = str(LossCurve({"loss": [float(x) for x in line]}))
        assert max(map(len, text.splitlines())) <= 80, line


def test_a_validation_loss_is_a_second_curve():
    history = History([Epoch(1, 1.0, 0.1, validation=2.0), Epoch(2, 0.5, 0.1, validation=3.0)])
    assert loss_curve(history).values == {"loss": [1.0, 0.5], "validation loss": [2.0, 3.0]}
    assert "validation loss" in str(loss_curve(history))


def test_sparkline_and_evenly_spaced():
    assert sparkline([1.0, math.nan, 2.0]) == "▁ █"
    assert len(sparkline(range(1000), 40)) == 40
    assert evenly_spaced([1, 2, 3], 2) == [1, 3]


# -- The gradient in each layer ------------------------------------------------------------------


def chain(depth, activation="sigmoid", weight=None):
    """Seed 003's sigmoid chain: one neuron a layer, each a factor w·σ′(z) ≤ w/4 in the gradient."""
    model = MLP(1, [1] * depth, activation=activation, output_activation=activation, seed=1)
    for p in model.parameters() if weight is not None else ():
        p.data = 0.0 if p.label.startswith("b") else weight
    half_squared_error(model([1.0]), 0.0).backward()
    return model


def test_the_gradient_vanishes_in_a_chain_of_sigmoids_by_a_quarter_a_layer_at_least():
    sizes = gradient_sizes(chain(8, weight=1.0))
    for (_, before), (_, after) in pairwise(sizes.values.items()):
        assert before < after / 4 * 2  # σ′ ≤ ¼, beside the input of the layer, which is between ½ and 1
    assert sizes.verdict.startswith("vanishing: layer 1 has 1/")
    assert "a factor of" in sizes.verdict


def test_the_factor_a_layer_is_the_geometric_mean():
    assert GradientSizes({"layer 1": 1e-4, "layer 2": 0.5, "layer 3": 1.0}).verdict == (
        "vanishing: layer 1 has 1/1e4 of the gradient of layer 3,\n    a factor of 100 a layer"
    )


def test_the_gradient_explodes_where_weights_are_large():
    sizes = gradient_sizes(chain(6, activation=None, weight=3.0))
    assert sizes.verdict.startswith("even")  # a linear chain: what the input grows by, the gradient shrinks by
    assert gradient_sizes(chain(8, activation="sin", weight=20.0)).verdict.startswith("exploding: layer 1 has")


def test_the_verdict_names_what_is_dead_or_not_finite_or_alone():
    assert GradientSizes({"layer 1": 0.0, "layer 2": 1.0}).verdict == "no gradient at all reaches layer 1"
    assert "first_nonfinite" in GradientSizes({"layer 1": math.nan, "layer 2": 1.0}).verdict
    assert "nothing to compare" in GradientSizes({"layer 1": 1.0}).verdict
    for sizes in ({"layer 1": 0.0, "layer 2": 0.0}, {"layer 1": math.inf, "layer 2": 1.0}, {"a": 5e-324, "b": 1e308}):
        assert str(GradientSizes(sizes))


def test_the_size_is_the_root_mean_square_without_overflow():
    ps = [Value(1.0) for _ in range(4)]
    for p, g in zip(ps, [3e200, -4e200, 0.0, 0.0]):
        p.grad = g
    assert root_mean_square(ps) == pytest.approx(2.5e200)


def test_the_parameters_of_a_users_own_module_are_grouped_by_attribute():
    class Own(Module):
        def __init__(self):
            self.scale, self.rows = Value(1.0), [Value(2.0), Value(3.0)]
            self.inner = MLP(1, [1], seed=1)

    assert {name: len(ps) for name, ps in parameters_by_layer(Own()).items()} == {"scale": 1, "rows": 2, "inner": 2}


def test_before_a_backward_pass_there_is_nothing_to_see():
    with pytest.raises(ArgumentError, match=re.escape("layer 1 has no gradient yet: run backward() on the loss first")):
        gradient_sizes(MLP(1, [1], seed=1))
    with pytest.raises(ArgumentError, match="has no parameters"):
        gradient_sizes(Module())


# -- The decision boundary -----------------------------------------------------------------------


def test_each_place_has_the_class_that_the_model_gives_it():
    view = decision_boundary(inside, RING, columns=31, rows=15)
    for y, row in zip(view.ys, view.values):
        for x, given in zip(view.xs, row):
            assert given == int(inside([x, y]) > 0.5)
    assert (len(view.values), len(view.values[0])) == (15, 31)
    assert view.ys == sorted(view.ys, reverse=True)
    assert view.accuracy == 1.0


def test_a_wrong_point_is_marked_and_counted():
    view = decision_boundary(inside, [*RING, ([0.05, 0.05], 0)])
    assert "✗" in "\n".join(str(view).splitlines()[2:-2])
    assert "8 of 9 right" in str(view)
    assert view.accuracy == pytest.approx(8 / 9)


def test_the_threshold_is_halfway_between_the_targets_or_as_it_is_given():
    rows = [([0.0, 0.0], -1), ([1.0, 1.0], 1)]
    assert [p.predicted for p in decision_boundary(lambda x: x[0] - 0.4, rows).points] == [0, 1]
    assert [p.predicted for p in decision_boundary(lambda x: x[0], rows, threshold=2.0).points] == [0, 0]
    logits = [([0.0, 0.0], 0), ([1.0, 1.0], 1)]
    assert [p.predicted for p in decision_boundary(lambda x: 0.4 * x[0], logits, threshold=0.0).points] == [0, 1]


def test_of_several_outputs_the_largest_decides():
    rows = [([0.0, 0.0], 0), ([1.0, 0.0], 1), ([0.0, 1.0], [0, 0, 1])]
    view = decision_boundary(lambda x: [0.5, x[0], x[1]], rows)
    assert [(p.target, p.predicted) for p in view.points] == [(0, 0), (1, 1), (2, 2)]
    assert "by the number of its class; 3 of 3 right" in str(view).replace(", ✗ a wrong one", "")
    with pytest.raises(TypeError, match=re.escape("a class number must be 0, 1, 2, …, not 0.5")):
        decision_boundary(lambda x: [x[0], x[1]], [([0.0, 0.0], 0.5)])


def test_one_point_and_points_in_a_row_are_a_plane_too():
    assert "1 of 1 right" in str(decision_boundary(inside, [([2.0, 2.0], 0)]))
    assert decision_boundary(lambda x: x[0], [([0.0, 5.0], 0), ([1.0, 5.0], 1)]).accuracy == 1.0


def test_data_without_two_inputs_is_refused():
    with pytest.raises(ArgumentError, match="a plane has two inputs"):
        decision_boundary(inside, [([1.0, 2.0, 3.0], 0)])
    with pytest.raises(ArgumentError, match="the data is empty"):
        decision_boundary(inside, [])
    with pytest.raises(ArgumentError, match="row 1: input 1 is nan"):
        decision_boundary(inside, [([math.nan, 2.0], 0)])
    with pytest.raises(ArgumentError, match="decision_boundary: columns must be 2 or more, not 1"):
        decision_boundary(inside, RING, columns=1)


# -- Files ---------------------------------------------------------------------------------------


def test_the_text_can_be_saved_without_any_extra(views, tmp_path):
    for view in views:
        assert view.save(tmp_path / "view.txt").read_text(encoding="utf-8") == f"{view}\n"
        assert repr(view) == str(view)


def test_every_view_is_a_picture_in_three_formats_the_same_every_time(views, tmp_path):
    pytest.importorskip("matplotlib", reason="pictures are drawn by matplotlib")
    for view in views:
        for kind, begin in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
            written = view.save(tmp_path / f"view.{kind}").read_bytes()
            assert written.startswith(begin)
            assert view.save(tmp_path / f"again.{kind}").read_bytes() == written
        assert "<svg" in view._repr_svg_()


def test_another_ending_or_a_folder_that_is_not_there_is_refused(views, tmp_path):
    for view in views:
        with pytest.raises(ArgumentError, match=r"must end in \.svg, \.png or \.pdf"):
            view.save(tmp_path / "view.gif")
        with pytest.raises(OutputError):
            view.save(tmp_path / "none" / "view.txt")


def test_without_matplotlib_the_extra_is_named_and_a_notebook_shows_the_text(views, monkeypatch, tmp_path):
    def missing(module, extra, purpose):
        raise MissingExtraError(f"{purpose} needs {module}: pip install 'chalkgrad[{extra}]'", name=module)

    monkeypatch.setattr("nn.plots.import_extra", missing)
    for view in views:
        with pytest.raises(MissingExtraError, match=re.escape("pip install 'chalkgrad[plot]'")):
            view.save(tmp_path / "view.svg")
        assert view._repr_svg_() is None
    assert list(tmp_path.iterdir()) == []
