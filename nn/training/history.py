"""The history of a training, epoch by epoch: the result of `fit`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd.document.blocks import Layout, Lines, Picture, table
from autograd.document.document import Document
from autograd.files.whole_files import write_file
from autograd.formatting import figures, palette
from nn.plots import LossCurve, evenly_spaced, sparkline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from autograd.document.blocks import Block

MAX_ROWS = 10  # epochs of a long history that its table shows: the table and the curve fit on a screen


@dataclass(frozen=True)
class Epoch:
    """One pass over the data: the mean loss of its steps, and what was measured at its end.

    `gradients` holds the root mean square of the gradient in each layer, in the last step.

    >>> Epoch(1, loss=0.5, lr=0.1, accuracy=0.75).loss
    0.5
    """

    number: int
    loss: float
    lr: float
    validation: float | None = None
    accuracy: float | None = None
    gradients: Mapping[str, float] = field(default_factory=dict)


class History(Document):
    """The epochs of a training, in order; `stopped` says why it ended early, if it did.

    >>> History([Epoch(1, 0.5, 0.1, accuracy=0.75), Epoch(2, 0.25, 0.1, accuracy=1.0)])
    2 epochs, loss 0.5 → 0.25, accuracy 75 % → 100 %
    █▁
     epoch  loss  accuracy   lr
         1  0.5   75 %      0.1
         2  0.25  100 %     0.1
    """

    layout = Layout(between="\n", indent=" ", rule="")
    _digits = 4

    def __init__(self, epochs: list[Epoch] | None = None, stopped: str = "") -> None:
        self.epochs = [] if epochs is None else epochs
        self.stopped = stopped

    @property
    def loss(self) -> list[float]:
        """The loss of each epoch, as a list."""
        return [epoch.loss for epoch in self.epochs]

    @property
    def validation(self) -> list[float]:
        """The validation loss of each epoch; empty without validation."""
        return [epoch.validation for epoch in self.epochs if epoch.validation is not None]

    @property
    def accuracy(self) -> list[float]:
        """The accuracy of each epoch, from 0 to 1; empty without `accuracy`."""
        return [epoch.accuracy for epoch in self.epochs if epoch.accuracy is not None]

    @property
    def lr(self) -> list[float]:
        """The learning rate of each epoch's last step."""
        return [epoch.lr for epoch in self.epochs]

    @property
    def gradients(self) -> dict[str, list[float]]:
        """The root mean square of the gradient in each layer, epoch by epoch."""
        names = self.epochs[-1].gradients if self.epochs else ()
        return {name: [epoch.gradients[name] for epoch in self.epochs] for name in names}

    @property
    def values(self) -> list[dict[str, Any]]:
        """The history as plain rows, a dictionary for each epoch."""
        return [
            {
                "epoch": epoch.number,
                "loss": epoch.loss,
                "validation": epoch.validation,
                "accuracy": epoch.accuracy,
                "lr": epoch.lr,
                **{f"gradient of {name}": size for name, size in epoch.gradients.items()},
            }
            for epoch in self.epochs
        ]

    def plot(self) -> LossCurve:
        """Return the loss curve: text, and a picture by its `figure()` or `save(path)`."""
        return loss_curve(self)

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def blocks(self) -> list[Block]:
        """A line that sums it up, the loss curve and a table."""
        headline = Lines(((self._headline(),),))
        if not self.epochs:
            return [headline]
        head, *rows = self._table()
        curve = Picture("loss", "the loss, epoch by epoch", _Curve(self), sparkline(self.loss))
        return [headline, curve, table(head, rows, "r" + "l" * (len(head) - 1))]

    def _headline(self) -> str:
        parts = [f"{len(self)} epoch{'s' * (len(self) != 1)}"]
        if self.epochs:
            first, last = self.epochs[0], self.epochs[-1]
            parts.append(f"loss {figures.number(first.loss, self.digits)} → {figures.number(last.loss, self.digits)}")
            if first.accuracy is not None and last.accuracy is not None:
                parts.append(f"accuracy {_percent(first.accuracy)} → {_percent(last.accuracy)}")
        if self.stopped:
            parts.append(self.stopped)
        return ", ".join(parts)

    def _table(self) -> list[list[str]]:
        """Return the head and the rows; of a long history, some of the rows."""
        layers = self.epochs[-1].gradients
        shown = list(layers) if len(layers) <= 4 else [next(iter(layers)), next(reversed(list(layers)))]
        epochs = evenly_spaced(self.epochs, MAX_ROWS)
        columns = [
            ["epoch", *(str(e.number) for e in epochs)],
            ["loss", *(figures.number(e.loss, self.digits) for e in epochs)],
        ]
        if self.validation:
            numbers = ("" if e.validation is None else figures.number(e.validation, self.digits) for e in epochs)
            columns.append(["validation", *numbers])
        if self.accuracy:
            columns.append(["accuracy", *("" if e.accuracy is None else _percent(e.accuracy) for e in epochs)])
        columns.append(["lr", *(figures.number(e.lr, self.digits) for e in epochs)])
        columns += [[f"∂ {name}", *(figures.number(e.gradients[name], 3) for e in epochs)] for name in shown]
        return [list(row) for row in zip(*columns)]


def loss_curve(history: History) -> LossCurve:
    """Return the curve of the loss of each epoch, and of the validation loss if there is one.

    >>> print(loss_curve(History([Epoch(k, 1 / k, 0.1) for k in range(1, 21)])))
    loss, epoch by epoch
         1 ▕█
           ▕█
           ▕█
           ▕█
           ▕█▇
           ▕██▄
           ▕███▆▃▁
      0.05 ▕██████▇▆▅▄▄▃▃▂▂▂▂▁▁▁
            1                 20
    """
    values = {"loss": history.loss}
    if history.validation:
        values["validation loss"] = history.validation
    return LossCurve(values)


def _percent(share: float) -> str:
    return f"{figures.number(100 * share, 4)} %"


class _Curve:
    """The loss curve as a picture: a small SVG, which needs no extra, and by matplotlib in other formats."""

    def __init__(self, history: History) -> None:
        self.history = history

    def _repr_svg_(self, width: int = 320, height: int = 80) -> str:
        losses = self.history.loss
        finite = [x for x in losses if abs(x) < float("inf")]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        across, up = (width - 8) / max(len(losses) - 1, 1), (height - 8) / ((high - low) or 1.0)
        points = " ".join(
            f"{4 + k * across:.1f},{height - 4 - (x - low) * up:.1f}"
            for k, x in enumerate(losses)
            if abs(x) < float("inf")
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" aria-label="loss">'
            f'<polyline points="{points}" fill="none" stroke="{palette.PATH_COLORS[0]}" stroke-width="2"/></svg>'
        )

    def render(self, path: Path) -> None:
        """Write the picture in the format that the ending asks for."""
        if path.suffix == ".svg":
            write_file(path, self._repr_svg_())
        else:
            self.history.plot().save(path)
