"""Looking at training: the loss as it falls, the size of the gradient in each layer.

Each is a view with its numbers as `.values`, as text by `str()`, and as a picture by `.figure()`
and `.save(path)` where matplotlib is installed. Nothing here trains or changes a model.
"""

from __future__ import annotations

import io
import math
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, Value, import_extra
from autograd.files import whole_files
from autograd.formatting import figures, palette

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from nn.history import History
    from nn.module import Module

BLOCKS = " ▁▂▃▄▅▆▇█"
COLORS = palette.PATH_COLORS
WIDE, HIGH = 60, 8
APART = 1.5  # decades between the first and the last layer that are no longer even


class View(ABC):
    """Something to look at: numbers in `values`, text by `str()`, a picture by `figure()`."""

    values: Any

    def figure(self) -> Any:
        """The picture, as matplotlib's Figure.

        Raises MissingExtraError, naming the extra, where matplotlib is not installed.
        """
        figure = import_extra("matplotlib.figure", "plot", f"the picture of {type(self).__name__}").Figure(
            figsize=(6.4, 4.0), layout="constrained"
        )
        self._draw(figure.subplots())
        return figure

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file that ends in .svg, .png or .pdf; with .txt, the text.

        Raises ArgumentError for another ending, MissingExtraError without matplotlib, OutputError where
        the file cannot be written.
        """
        kind = Path(path).suffix.lower().removeprefix(".")
        if kind == "txt":
            return whole_files.write_file(path, f"{self}\n")
        if kind not in ("svg", "png", "pdf"):
            raise ArgumentError(
                f"{str(path)!r}: the ending says what is written: .svg, .png or .pdf, or .txt for the text"
            )
        return whole_files.write_file(path, self._written(kind))

    def _written(self, kind: str) -> bytes:
        figure = self.figure()
        out = io.BytesIO()
        dated = {"svg": "Date", "pdf": "CreationDate"}.get(kind)  # the same picture, the same bytes
        with import_extra("matplotlib", "plot", "a picture").rc_context({"svg.hashsalt": "chalkgrad"}):
            figure.savefig(out, format=kind, dpi=150, metadata={dated: None} if dated else None)
        return out.getvalue()

    def _repr_svg_(self) -> str | None:
        try:
            return self._written("svg").decode()
        except ImportError:
            return None

    @abstractmethod
    def _draw(self, axes: Any) -> None:
        """Draw it into matplotlib's axes."""

    def __repr__(self) -> str:
        return str(self)


# -- The loss as it falls ------------------------------------------------------------------------


def sparkline(numbers: Iterable[float], width: int = 40) -> str:
    """Numbers as one line of blocks, the lowest and the highest; what is not finite is left blank.

    >>> sparkline([0, 1, 2, 3, 4]), sparkline([2, 2]), sparkline([])
    ('▁▃▅▆█', '▁▁', '')
    """
    thinned = thin(list(numbers), width)
    finite = [x for x in thinned if math.isfinite(x)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    scale = (len(BLOCKS) - 2) / (high - low) if high > low else 0.0
    return "".join(BLOCKS[1 + round((x - low) * scale)] if math.isfinite(x) else " " for x in thinned)


def thin(items: Sequence[Any], most: int) -> list[Any]:
    """At most so many of the items, evenly spread, the first and the last among them.

    >>> thin(range(1, 101), 5), thin([1, 2], 5)
    ([1, 26, 51, 75, 100], [1, 2])
    """
    if len(items) <= most:
        return list(items)
    return [items[round(k * (len(items) - 1) / (most - 1))] for k in range(most)]


class LossCurve(View):
    """What `loss_curve` gives: `values` holds the loss of each epoch, and the validation loss if there is one.

    >>> LossCurve({"loss": [100.0, 10.0, 1.0]}).log
    True
    """

    def __init__(self, values: dict[str, list[float]]) -> None:
        self.values = values

    @property
    def log(self) -> bool:
        """Whether the losses are so far apart that the axis is logarithmic."""
        finite = [x for line in self.values.values() for x in line if math.isfinite(x)]
        return bool(finite) and min(finite) > 0 and max(finite) > 50 * min(finite)

    def __str__(self) -> str:
        return "\n\n".join(
            "\n".join([f"{name}, {'on a logarithmic axis' if self.log else 'epoch by epoch'}", *self._chart(line)])
            for name, line in self.values.items()
        )

    def _chart(self, line: Sequence[float], height: int = HIGH) -> list[str]:
        heights = [math.log(x) if self.log and x > 0 else x for x in thin(line, WIDE)]
        finite = [x for x in heights if math.isfinite(x)]
        low, high = min(finite, default=0.0), max(finite, default=0.0)
        scale = (8 * height - 1) / (high - low) if high > low else 0.0
        eighths = [1 + round((x - low) * scale) if math.isfinite(x) else 0 for x in heights]
        shown = [x for x in line if math.isfinite(x)] or [math.nan]
        marks = {height - 1: figures.number(max(shown), 4), 0: figures.number(min(shown), 4)}
        margin = max(map(len, marks.values()))
        rows = [
            f"  {marks.get(row, ''):>{margin}} ▕"
            + "".join(BLOCKS[min(8, max(0, e - 8 * row))] for e in eighths).rstrip()
            for row in reversed(range(height))
        ]
        last = f"{len(line)}"
        return [*rows, " " * (margin + 4) + "1".ljust(max(2, len(eighths) - len(last))) + last]

    def _draw(self, axes: Any) -> None:
        for (name, line), colour in zip(self.values.items(), COLORS):
            axes.plot(range(1, len(line) + 1), line, label=name, color=colour)
        axes.set(xlabel="epoch", ylabel="loss", **({"yscale": "log"} if self.log else {}))
        axes.grid(color=palette.FAINT, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        if len(self.values) > 1:
            axes.legend(frameon=False)


def loss_curve(history: History) -> LossCurve:
    """The loss of each epoch, and the validation loss where there was validation.

    >>> from nn.history import Epoch, History
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


# -- The size of the gradient in each layer ------------------------------------------------------


def by_layer(model: Module) -> dict[str, list[Value]]:
    """The parameters of a model by layer, in order; what is in no layer, by the attribute that holds it.

    >>> from nn import MLP
    >>> {layer: len(parameters) for layer, parameters in by_layer(MLP(2, [3, 1])).items()}
    {'layer 1': 9, 'layer 2': 4}
    """
    found: dict[str, list[Value]] = {}
    for path, parameter in model.named_parameters().items():
        within = re.match(r"layers\[(\d+)\]", path)
        name = f"layer {int(within[1]) + 1}" if within else re.split(r"[.\[]", path, maxsplit=1)[0]
        found.setdefault(name, []).append(parameter)
    return found


def size(parameters: Sequence[Value]) -> float:
    """The root mean square of the parameters' gradients.

    >>> p, q = Value(1.0), Value(1.0)
    >>> p.grad, q.grad = 3.0, 4.0
    >>> round(size([p, q]), 4)
    3.5355
    """
    largest = max(abs(float(p.grad)) for p in parameters)
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(sum((float(p.grad) / largest) ** 2 for p in parameters) / len(parameters))


class GradientSizes(View):
    """What `gradient_sizes` gives: `values` holds the size of each layer's gradient, by the layer's name.

    >>> GradientSizes({"first": 1e-9, "last": 0.1}).verdict
    'vanishing: ...'
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = dict(values)

    @property
    def verdict(self) -> str:
        """What can be seen at a glance, in words."""
        if len(self.values) < 2:
            return "one layer alone: nothing to compare it with"
        (first, one), *_, (last, other) = self.values.items()
        if not (math.isfinite(one) and math.isfinite(other)):
            return "not finite: autograd.first_nonfinite(loss) tells where that began"
        if one == 0 or other == 0:
            still = " and ".join(name for name, size in self.values.items() if size == 0)
            return f"no gradient at all reaches {still}"
        decades = math.log10(one) - math.log10(other)
        apart = _power_of_ten(abs(decades))
        a_layer = f",\n    a factor of {_power_of_ten(abs(decades) / (len(self.values) - 1))} a layer"
        if decades < -APART:
            return f"vanishing: {first} has 1/{apart} of the gradient of {last}{a_layer}"
        if decades > APART:
            return f"exploding: {first} has {apart} times the gradient of {last}{a_layer}"
        return f"even: {first} has {_power_of_ten(decades)} times the gradient of {last}"

    def __str__(self) -> str:
        names = list(self.values)
        sizes = [figures.number(size, 3) for size in self.values.values()]
        wide, long = max(map(len, names)), max(map(len, sizes))
        bars = self._bars()
        rows = [f"  {name:<{wide}}  {size:<{long}}  {bar}".rstrip() for name, size, bar in zip(names, sizes, bars)]
        return "\n".join(["size of the gradient in each layer, on a logarithmic scale", *rows, f"  {self.verdict}"])

    def _bars(self, width: int = 40) -> list[str]:
        logs = [math.log10(size) if size > 0 and math.isfinite(size) else None for size in self.values.values()]
        found = [x for x in logs if x is not None]
        low, high = min(found, default=0.0), max(found, default=0.0)
        reach = max(high - low, 2.0)  # two decades at least, so that even layers look even
        return ["" if x is None else "█" * max(1, round(width * (1 - (high - x) / reach))) for x in logs]

    def _draw(self, axes: Any) -> None:
        names = list(self.values)
        shown = [size if math.isfinite(size) else 0.0 for size in self.values.values()]
        axes.barh(range(len(names)), shown, color=COLORS[0])
        axes.set_yticks(range(len(names)), labels=names)
        axes.invert_yaxis()
        if any(shown):
            smallest = min(x for x in shown if x > 0)
            axes.set_xscale("log")
            axes.set_xlim(left=smallest / 3)
        axes.set(xlabel="root mean square of the gradient", title=self.verdict)
        axes.title.set_fontsize("medium")
        axes.spines[["top", "right"]].set_visible(False)


def _power_of_ten(decades: float) -> str:
    return figures.number(10.0**decades, 3) if abs(decades) < 300 else f"1e{figures.number(round(decades))}"


def gradient_sizes(model: Module) -> GradientSizes:
    """The root mean square of the gradient in each layer, as the last backward pass left it.

    >>> from nn import MLP
    >>> model = MLP(1, [2, 2, 1], activation="sigmoid", seed=1)
    >>> model([1.0]).backward()
    >>> print(gradient_sizes(model))
    size of the gradient in each layer, on a logarithmic scale
      layer 1  0.01    ███
      layer 2  0.0827  ██████████████████████
      layer 3  0.694   ████████████████████████████████████████
      vanishing: layer 1 has 1/69.1 of the gradient of layer 3, a factor of 8.31 a layer

    Raises ArgumentError for a model without parameters, or before a backward pass.
    """
    layers = by_layer(model)
    if not layers:
        raise ArgumentError(f"gradient_sizes: {model!r} has no parameters")
    for name, parameters in layers.items():
        if not any(p.has_grad for p in parameters):
            raise ArgumentError(f"gradient_sizes: {name} has no gradient yet: run backward() on the loss first")
    return GradientSizes({name: size(parameters) for name, parameters in layers.items()})
