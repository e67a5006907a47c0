"""What happened in training, epoch by epoch: what `fit` gives back."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd.formatting import figures, palette
from nn.looking import LossCurve, loss_curve, sparkline, thin

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN = 10  # epochs of a long history that its table shows


@dataclass(frozen=True)
class Epoch:
    """One pass over the data: the mean loss of its steps, and what was measured at its end.

    `gradients` is the size of the gradient in each layer, its root mean square, in the last step.

    >>> Epoch(1, loss=0.5, lr=0.1, accuracy=0.75).loss
    0.5
    """

    number: int
    loss: float
    lr: float
    validation: float | None = None
    accuracy: float | None = None
    gradients: Mapping[str, float] = field(default_factory=dict)


class History:
    """The epochs of a training, in order; `stopped` says why it ended before its time, if it did.

    >>> History([Epoch(1, 0.5, 0.1, accuracy=0.75), Epoch(2, 0.25, 0.1, accuracy=1.0)])
    2 epochs, loss 0.5 → 0.25, accuracy 75 % → 100 %
    █▁
     epoch  loss  accuracy   lr
         1  0.5   75 %      0.1
         2  0.25  100 %     0.1
    """

    def __init__(self, epochs: list[Epoch] | None = None, stopped: str = "") -> None:
        self.epochs = [] if epochs is None else epochs
        self.stopped = stopped

    @property
    def loss(self) -> list[float]:
        """The loss of each epoch."""
        return [epoch.loss for epoch in self.epochs]

    @property
    def validation(self) -> list[float]:
        """The validation loss of each epoch; empty without validation."""
        return [epoch.validation for epoch in self.epochs if epoch.validation is not None]

    @property
    def accuracy(self) -> list[float]:
        """The accuracy of each epoch, from 0 to 1; empty where none was asked for."""
        return [epoch.accuracy for epoch in self.epochs if epoch.accuracy is not None]

    @property
    def lr(self) -> list[float]:
        """The learning rate of each epoch's last step."""
        return [epoch.lr for epoch in self.epochs]

    @property
    def gradients(self) -> dict[str, list[float]]:
        """The size of the gradient in each layer, epoch by epoch."""
        names = self.epochs[-1].gradients if self.epochs else ()
        return {name: [epoch.gradients[name] for epoch in self.epochs] for name in names}

    @property
    def values(self) -> list[dict[str, Any]]:
        """The history as plain rows, one dictionary an epoch, for a table of one's own."""
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
        """The loss as it falls: text at once, and a picture by its `figure()` or `save(path)`."""
        return loss_curve(self)

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        lines = [self._headline(), sparkline(self.loss)] if self.epochs else [self._headline()]
        if self.epochs:
            lines += _aligned(self._table())
        return "\n".join(lines)

    def _headline(self) -> str:
        count = f"{len(self)} epoch{'s' * (len(self) != 1)}"
        parts = [count]
        if self.epochs:
            first, last = self.epochs[0], self.epochs[-1]
            parts.append(f"loss {figures.number(first.loss, 4)} → {figures.number(last.loss, 4)}")
            if first.accuracy is not None and last.accuracy is not None:
                parts.append(f"accuracy {_percent(first.accuracy)} → {_percent(last.accuracy)}")
        if self.stopped:
            parts.append(self.stopped)
        return ", ".join(parts)

    def _table(self) -> list[list[str]]:
        """The head and the rows, of a long history some of them."""
        layers = self.epochs[-1].gradients
        shown = list(layers) if len(layers) <= 4 else [next(iter(layers)), next(reversed(list(layers)))]
        head = ["epoch", "loss"]
        head += ["validation"] * bool(self.validation) + ["accuracy"] * bool(self.accuracy) + ["lr"]
        head += [f"∂ {name}" for name in shown]
        rows = []
        for epoch in thin(self.epochs, SHOWN):
            row = [str(epoch.number), figures.number(epoch.loss, 4)]
            if self.validation:
                row.append("" if epoch.validation is None else figures.number(epoch.validation, 4))
            if self.accuracy:
                row.append("" if epoch.accuracy is None else _percent(epoch.accuracy))
            row.append(figures.number(epoch.lr, 4))
            row += [figures.number(epoch.gradients[name], 3) for name in shown]
            rows.append(row)
        return [head, *rows]

    def _repr_html_(self) -> str:
        if not self.epochs:
            return f"<p>{html.escape(self._headline())}</p>"
        head, *rows = self._table()
        cells = [[html.escape(cell) for cell in row] for row in rows]
        return (
            f"<p>{html.escape(self._headline())}</p>{_svg(self.loss)}<table><tr>"
            + "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
            + "</tr>"
            + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
            + "</table>"
        )


def _percent(share: float) -> str:
    return f"{figures.number(100 * share, 4)} %"


def _aligned(table: list[list[str]]) -> list[str]:
    """Columns of numbers, begun where their head begins; the epochs end where theirs ends."""
    columns = [list(column) for column in zip(*table)]
    wide = [max(map(len, column)) for column in columns]
    return [
        (
            " " + "  ".join(cell.rjust(n) if k == 0 else cell.ljust(n) for k, (cell, n) in enumerate(zip(row, wide)))
        ).rstrip()
        for row in table
    ]


def _svg(loss: list[float], width: int = 320, height: int = 80) -> str:
    """The curve of the loss as a small picture of its own, which needs no extra."""
    finite = [x for x in loss if abs(x) < float("inf")]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    across, up = (width - 8) / max(len(loss) - 1, 1), (height - 8) / ((high - low) or 1.0)
    points = " ".join(
        f"{4 + k * across:.1f},{height - 4 - (x - low) * up:.1f}" for k, x in enumerate(loss) if abs(x) < float("inf")
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" aria-label="loss">'
        f'<polyline points="{points}" fill="none" stroke="{palette.PATH_COLORS[0]}" stroke-width="2"/></svg>'
    )
