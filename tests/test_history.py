"""A history shows a training as numbers, as a table, as a line of blocks and as a picture."""

import base64
import math
import re
from xml.etree import ElementTree as ET

import pytest

from autograd import half_squared_error
from nn import MLP, SGD
from nn.data import flat, rows_of
from nn.plots import LossCurve
from nn.training.history import Epoch, History
from nn.training.loop import fit

pytestmark = pytest.mark.portable


def curve(history):
    """The picture of the loss in what a notebook shows."""
    [data] = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', history._repr_html_())
    return ET.fromstring(base64.b64decode(data))  # noqa: S314 -- our own


def falling(count, **more):
    return History([Epoch(k, 1 / k, 0.1, **more) for k in range(1, count + 1)])


def test_the_numbers_come_as_lists_and_as_rows():
    history = History(
        [
            Epoch(1, 0.5, 0.1, 0.6, 0.75, {"layer 1": 2.0, "layer 2": 3.0}),
            Epoch(2, 0.25, 0.05, 0.4, 1.0, {"layer 1": 1.0, "layer 2": 1.5}),
        ]
    )
    assert (history.loss, history.validation, history.accuracy, history.lr) == (
        [0.5, 0.25],
        [0.6, 0.4],
        [0.75, 1.0],
        [0.1, 0.05],
    )
    assert history.gradients == {"layer 1": [2.0, 1.0], "layer 2": [3.0, 1.5]}
    assert history.values[1] == {
        "epoch": 2,
        "loss": 0.25,
        "validation": 0.4,
        "accuracy": 1.0,
        "lr": 0.05,
        "gradient of layer 1": 1.0,
        "gradient of layer 2": 1.5,
    }
    assert repr(history) == (
        "2 epochs, loss 0.5 → 0.25, accuracy 75 % → 100 %\n"
        "█▁\n"
        " epoch  loss  validation  accuracy  lr    ∂ layer 1  ∂ layer 2\n"
        "     1  0.5   0.6         75 %      0.1   2          3\n"
        "     2  0.25  0.4         100 %     0.05  1          1.5"
    )


def test_a_long_history_is_a_short_table_with_the_first_and_the_last_epoch():
    lines = repr(falling(1000)).splitlines()
    assert len(lines) == 13
    assert lines[0] == "1000 epochs, loss 1 → 0.001"
    assert lines[3].split() == ["1", "1", "0.1"]
    assert lines[-1].split() == ["1000", "0.001", "0.1"]
    assert max(map(len, lines)) < 80


def test_many_layers_are_shown_by_the_first_and_the_last():
    history = falling(2, gradients={f"layer {k}": float(k) for k in range(1, 9)})
    assert "∂ layer 1  ∂ layer 8" in repr(history)
    assert "∂ layer 2" not in repr(history)


def test_no_epochs_and_one_epoch_are_histories_too():
    assert repr(History()) == "0 epochs"
    assert repr(History(stopped="interrupted in epoch 1 after 0 steps")).startswith("0 epochs, interrupted")
    assert repr(falling(1)).startswith("1 epoch, loss 1 → 1\n▁\n")
    assert History().gradients == {}
    assert "<p>0 epochs</p>" in History()._repr_html_()


def test_a_loss_that_is_not_finite_is_shown_as_it_is():
    history = History([Epoch(1, 1.0, 0.1), Epoch(2, math.inf, 0.1), Epoch(3, math.nan, 0.1), Epoch(4, 2.0, 0.1)])
    assert repr(history).splitlines()[1] == "▁  █"
    assert "inf" in repr(history)
    assert "inf" not in ET.tostring(curve(history), encoding="unicode")


def test_a_notebook_shows_a_curve_and_a_table_that_are_well_formed_and_escaped():
    history = falling(3, gradients={"<b> & co": 1.0})
    history.stopped = "<stopped>"
    shown = ET.fromstring(f"<div>{history._repr_html_()}</div>")  # noqa: S314 -- our own
    assert len(shown.findall(".//tr")) == 4
    assert [cell.text for cell in shown.findall(".//th")] == ["epoch", "loss", "lr", "∂ <b> & co"]
    points = curve(history).find(".//{*}polyline").get("points").split()
    assert len(points) == 3
    assert points[0].endswith(",4.0")  # the largest loss at the top
    assert points[-1].endswith(",76.0")


def test_the_history_of_a_training_plots_itself():
    model = MLP(1, [1], seed=1)
    history = fit(model, [([1.0], 2.0)], half_squared_error, SGD(model.parameters(), 0.1), epochs=5)
    assert isinstance(history.plot(), LossCurve)
    assert history.plot().values == {"loss": history.loss}
    assert len(history) == 5


def test_a_history_is_saved_in_each_format_its_curve_beside_it(tmp_path):
    history = falling(3)
    for ending in ("txt", "md", "html"):
        assert "epoch" in history.save(tmp_path / f"h.{ending}").read_text(encoding="utf-8")
    assert "![the loss, epoch by epoch](h-loss.svg)" in (tmp_path / "h.md").read_text(encoding="utf-8")
    assert (tmp_path / "h-loss.svg").read_text(encoding="utf-8").startswith("<svg")
    history.digits = 2
    assert "loss 1 → 0.33" in str(history)


def test_rows_are_read_from_whatever_holds_them():
    assert rows_of((((0, 1), (1, 0)), (1, 0)), "fit") == [([0, 1], 1), ([1, 0], 0)]
    assert rows_of([[[[1, 2], [3, 4]], 1]], "fit") == [([[1, 2], [3, 4]], 1)]
    assert flat([[1, [2]], 3]) == [1, 2, 3]
    with pytest.raises(ValueError, match=re.escape("fit: row 1: input 2 1 is nan")):
        rows_of([([[1.0], [math.nan]], 0)], "fit")
