"""Plots of a training: the loss curve, and the size of the gradient in each layer.

Each plot has its numbers as `.values`, its text by `str()`, and where matplotlib is installed its picture
by `.figure()` and `.save(path)`. Nothing here trains or changes a model.
"""

from __future__ import annotations

import io
import math
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, Value
from autograd.files import whole_files
from autograd.formatting import figures, palette
from autograd.optional import import_extra

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from nn.layers import Module

BLOCKS = " ▁▂▃▄▅▆▇█"
COLORS = palette.PATH_COLORS
WIDTH, HEIGHT = 60, 8  # of a loss curve in text
MAX_EVEN_DECADES = 1.5  # between the first and the last layer; beyond them a gradient vanishes or explodes


class Plot(ABC):
    """The base class of plots: numbers in `values`, text by `str()`, a picture by `figure()`."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def figure(self) -> Any:
        """Return the picture, as matplotlib's Figure.

        Raises MissingExtraError, naming the extra, if matplotlib is not installed.
        """
        matplotlib = import_extra("matplotlib.figure", "plot", f"the picture of {type(self).__name__}")
        figure = matplotlib.Figure(figsize=(6.4, 4.0), layout="constrained")
        self._draw(figure.subplots())
        return figure

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file that ends in .svg, .png or .pdf, or the text to one that ends in .txt.

        Raises ArgumentError for another ending, MissingExtraError without matplotlib, OutputError if
        the file cannot be written.
        """
        kind = Path(path).suffix.lower().removeprefix(".")
        if kind == "txt":
            return whole_files.write_file(path, f"{self}\n")
        if kind not in ("svg", "png", "pdf"):
            raise ArgumentError(
                f"{str(path)!r} must end in .svg, .png or .pdf for the picture, or in .txt for the text"
            )
        return whole_files.write_file(path, self._rendered(kind))

    def _rendered(self, kind: str) -> bytes:
        figure, out = self.figure(), io.BytesIO()
        dated = {"svg": "Date", "pdf": "CreationDate"}.get(kind)  # the same picture, the same bytes
        with import_extra("matplotlib", "plot", "a picture").rc_context({"svg.hashsalt": "chalkgrad"}):
            figure.savefig(out, format=kind, dpi=150, metadata={dated: None} if dated else None)
        return out.getvalue()

    def _repr_svg_(self) -> str | None:
        try:
            return self._rendered("svg").decode()
        except ImportError:
            return None

    @abstractmethod
    def _draw(self, axes: Any) -> None:
        """Draw the plot into matplotlib's axes."""

    def __repr__(self) -> str:
        return str(self)


def sparkline(numbers: Iterable[float], width: int = 40) -> str:
    """Return numbers as one line of block characters, from the lowest to the highest; not finite ones are blank.

    >>> sparkline([0, 1, 2, 3, 4]), sparkline([2, 2]), sparkline([])
    ('▁▃▅▆█', '▁▁', '')
    """
    return "".join(BLOCKS[bar] for bar in _bars(evenly_spaced(list(numbers), width), 1))


def _bars(numbers: Sequence[float], height: int) -> list[int]:
    """Return bars from 1 to 8·height eighths of a line; a number that is not finite has none, 0."""
    finite = [x for x in numbers if math.isfinite(x)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    scale = (8 * height - 1) / (high - low) if high > low else 0.0
    return [1 + round((x - low) * scale) if math.isfinite(x) else 0 for x in numbers]


def evenly_spaced(items: Sequence[Any], maximum: int) -> list[Any]:
    """Return at most `maximum` of the items, evenly spaced, with the first and the last.

    >>> evenly_spaced(range(1, 101), 5), evenly_spaced([1, 2], 5)
    ([1, 26, 51, 75, 100], [1, 2])
    """
    if len(items) <= maximum:
        return list(items)
    return [items[round(k * (len(items) - 1) / (maximum - 1))] for k in range(maximum)]


class LossCurve(Plot):
    """The result of `loss_curve`: `values` holds the loss of each epoch, and the validation loss if there is one.

    >>> LossCurve({"loss": [100.0, 10.0, 1.0]}).log_scale
    True
    """

    values: dict[str, list[float]]

    @property
    def log_scale(self) -> bool:
        """True if the losses are so far apart that the axis is logarithmic."""
        finite = [x for line in self.values.values() for x in line if math.isfinite(x)]
        return bool(finite) and min(finite) > 0 and max(finite) > 50 * min(finite)

    def __str__(self) -> str:
        axis = "on a logarithmic axis" if self.log_scale else "epoch by epoch"
        return "\n\n".join("\n".join([f"{name}, {axis}", *self._chart(line)]) for name, line in self.values.items())

    def _chart(self, line: Sequence[float]) -> list[str]:
        bars = _bars([math.log(x) if self.log_scale and x > 0 else x for x in evenly_spaced(line, WIDTH)], HEIGHT)
        finite = [x for x in line if math.isfinite(x)] or [math.nan]
        marks = {HEIGHT - 1: figures.number(max(finite), 4), 0: figures.number(min(finite), 4)}
        margin = max(map(len, marks.values()))
        rows = []
        for row in reversed(range(HEIGHT)):
            blocks = "".join(BLOCKS[min(8, max(0, bar - 8 * row))] for bar in bars)
            rows.append(f"  {marks.get(row, ''):>{margin}} ▕{blocks.rstrip()}")
        last = f"{len(line)}"
        return [*rows, " " * (margin + 4) + "1".ljust(max(2, len(bars) - len(last))) + last]

    def _draw(self, axes: Any) -> None:
        for (name, line), color in zip(self.values.items(), COLORS):
            axes.plot(range(1, len(line) + 1), line, label=name, color=color)
        axes.set(xlabel="epoch", ylabel="loss", **({"yscale": "log"} if self.log_scale else {}))
        axes.grid(color=palette.FAINT, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        if len(self.values) > 1:
            axes.legend(frameon=False)


def parameters_by_layer(model: Module) -> dict[str, list[Value]]:
    """Return the parameters of a model by layer, in order; those outside of layers by their attribute.

    >>> from nn import MLP
    >>> {layer: len(parameters) for layer, parameters in parameters_by_layer(MLP(2, [3, 1])).items()}
    {'layer 1': 9, 'layer 2': 4}
    """
    found: dict[str, list[Value]] = {}
    for path, parameter in model.named_parameters().items():
        layer = re.match(r"layers\[(\d+)\]", path)
        name = f"layer {int(layer[1]) + 1}" if layer else re.split(r"[.\[]", path, maxsplit=1)[0]
        found.setdefault(name, []).append(parameter)
    return found


def root_mean_square(parameters: Sequence[Value]) -> float:
    """Return the root mean square of the parameters' gradients, scaled by the largest against overflow."""
    largest = max(abs(float(p.grad)) for p in parameters)
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(sum((float(p.grad) / largest) ** 2 for p in parameters) / len(parameters))


class GradientSizes(Plot):
    """The result of `gradient_sizes`: `values` holds the size of each layer's gradient, by the layer's name.

    >>> GradientSizes({"first": 1e-9, "last": 0.1}).verdict
    'vanishing: ...'
    """

    values: dict[str, float]

    @property
    def verdict(self) -> str:
        """A sentence that says whether the gradient vanishes, explodes or is even."""
        if len(self.values) < 2:
            return "one layer only: nothing to compare it with"
        (first, one), *_, (last, other) = self.values.items()
        if not (math.isfinite(one) and math.isfinite(other)):
            return "not finite: autograd.first_nonfinite(loss) finds the node where it began"
        if one == 0 or other == 0:
            dead = " and ".join(name for name, size in self.values.items() if size == 0)
            return f"no gradient at all reaches {dead}"
        decades = math.log10(one) - math.log10(other)
        apart = _power_of_ten(abs(decades))
        a_layer = f",\n    a factor of {_power_of_ten(abs(decades) / (len(self.values) - 1))} a layer"
        if decades < -MAX_EVEN_DECADES:
            return f"vanishing: {first} has 1/{apart} of the gradient of {last}{a_layer}"
        if decades > MAX_EVEN_DECADES:
            return f"exploding: {first} has {apart} times the gradient of {last}{a_layer}"
        return f"even: {first} has {_power_of_ten(decades)} times the gradient of {last}"

    def __str__(self) -> str:
        shown = {name: figures.number(size, 3) for name, size in self.values.items()}
        name_width, size_width = max(map(len, shown)), max(map(len, shown.values()))
        rows = [
            f"  {name:<{name_width}}  {size:<{size_width}}  {bar}".rstrip()
            for (name, size), bar in zip(shown.items(), self._bars())
        ]
        return "\n".join(["size of the gradient in each layer, on a logarithmic scale", *rows, f"  {self.verdict}"])

    def _bars(self, width: int = 40) -> list[str]:
        logs = [math.log10(size) if size > 0 and math.isfinite(size) else None for size in self.values.values()]
        found = [x for x in logs if x is not None]
        low, high = min(found, default=0.0), max(found, default=0.0)
        reach = max(high - low, 2.0)  # two decades at least, so that even layers look even
        return ["" if x is None else "█" * max(1, round(width * (1 - (high - x) / reach))) for x in logs]

    def _draw(self, axes: Any) -> None:
        shown = [size if math.isfinite(size) else 0.0 for size in self.values.values()]
        axes.barh(range(len(shown)), shown, color=COLORS[0])
        axes.set_yticks(range(len(shown)), labels=list(self.values))
        axes.invert_yaxis()
        if any(shown):
            axes.set(xscale="log", xlim=(min(x for x in shown if x > 0) / 3, None))
        axes.set(xlabel="root mean square of the gradient", title=self.verdict)
        axes.title.set_fontsize("medium")
        axes.spines[["top", "right"]].set_visible(False)


def _power_of_ten(decades: float) -> str:
    return figures.number(10.0**decades, 3) if abs(decades) < 300 else f"1e{figures.number(round(decades))}"


def gradient_sizes(model: Module) -> GradientSizes:
    """Return the root mean square of the gradient in each layer, from the last backward pass.

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
    layers = parameters_by_layer(model)
    if not layers:
        raise ArgumentError(f"gradient_sizes: {model!r} has no parameters")
    for name, parameters in layers.items():
        if not any(p.has_grad for p in parameters):
            raise ArgumentError(f"gradient_sizes: {name} has no gradient yet: run backward() on the loss first")
    return GradientSizes({name: root_mean_square(parameters) for name, parameters in layers.items()})
