"""The training loop: epochs of batches, one step of the optimizer for each batch, and a `History` of what happened.

A step happens as a whole or not at all: after an error, a diverging run or Ctrl-C the weights are those
of the last complete step. With and without replay the batches come in the same order, and the weights
agree except for rounding, because floats are added in a different order.
"""

from __future__ import annotations

import math
import sys
import warnings
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, ChalkgradError, DomainError, OperandError, Value, leaves, mean, paused_gc
from autograd.formatting import figures
from nn.arguments import integer
from nn.buffers import named_buffers, set_buffers
from nn.calling import evaluating, outputs_of, takes_batch
from nn.data import Batches, rows_of
from nn.layers import Module
from nn.plots import parameters_by_layer, root_mean_square
from nn.regularization import RegularizedLoss
from nn.training.history import Epoch, History
from nn.training.progress import ProgressBar, WholeSteps
from nn.training.replayed import RowRecording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nn.data import Row

MAX_GROWTH = 1e3  # of the loss since the first epoch: a loss that bounces grows less, a diverging one soon more
MIN_LOSS = sys.float_info.epsilon  # of which growth is counted: the squared error of outputs that are right to 8 digits


class DivergedError(DomainError):
    """A step could not be made. The weights are those before it, and `history` holds the epochs before it."""

    history: History


class DivergingWarning(UserWarning):
    """The loss grows from epoch to epoch instead of falling."""


def fit(
    model: Callable[[Any], Any],
    data: Any,
    loss: Callable[[Any, Any], Value],
    optimizer: Any,
    *,
    epochs: int,
    validation: Any = None,
    accuracy: Callable[[Any, Any], Any] | None = None,
    callbacks: Iterable[Callable[[Epoch], Any]] = (),
    replay: bool = False,
    debug_at: int | str | None = None,
) -> History:
    """Train a model: in each epoch every row is used once, with one step of the optimizer for each batch.

    `data` is a list of rows, which are pairs of inputs and target, or a tuple (X, T); all rows are one batch.
    `Batches(data, 32, seed=1)` makes shuffled batches of it. `loss(outputs, target)` is the loss of one
    row; a step minimizes its mean over the batch, plus the penalty of a `RegularizedLoss`. The learning
    rate, its schedule and clipping are options of the optimizer. A model with a `BatchNorm` is called with
    the list of all rows of a batch, and returns the list of their outputs; a last batch of a single row is
    joined to the one before it.

    At the end of an epoch the loss over the rows of `validation` is measured, and the share of its rows
    (without it, of the data) for which `accuracy(outputs, target)` is true. Then each of the `callbacks`
    is called with the `Epoch`; one that returns True, such as `EarlyStopping`, ends the training.

    `replay=True` records the loss of one row once and runs it over whole batches, which is many times as
    fast (extra `replay`); it refuses a model or loss whose computation depends on the numbers. Progress is
    shown on stderr by a `ProgressBar`. Ctrl-C ends the training after the current step.

    `debug_at=100` opens the prompt of `debug` on the backward pass of the 100th step, before the weights are
    changed; a condition such as `debug_at="abs(grad) > 100"` opens it the first time that one holds, at that node.
    Looking at every gradient makes the steps until then several times as slow.

    >>> from nn import MLP, SGD, half_squared_error
    >>> model = MLP(2, [4, 1], activation="tanh", seed=1)
    >>> rows = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
    >>> history = fit(model, rows, half_squared_error, SGD(model.parameters(), lr=0.5), epochs=300)
    >>> round(history.loss[0], 3), round(history.loss[-1], 3)
    (0.307, 0.0)

    Raises ArgumentError for data that is empty or holds NaN, naming the row, for sizes that do not fit, and for an
    optimizer of parameters that the loss does not depend on, and for a `debug_at` that is no step and no condition;
    DivergedError, which is a DomainError and has the
    `history`, if a step cannot be made.
    Warns with DivergingWarning if the loss grows a thousandfold.
    """
    batches = data if isinstance(data, Batches) else Batches(rows := rows_of(data, "fit"), len(rows))
    held_out = None if validation is None else rows_of(validation, "fit: validation")
    trainer = _Trainer(model, batches.rows, loss, optimizer, held_out, accuracy)
    if trainer.batch_part is not None:
        batches = batches.with_minimum(2)
    epochs = integer("fit: epochs", epochs, 1)
    listed: list[Any] = list(callbacks) if hasattr(callbacks, "__iter__") else [None]
    if not all(map(callable, listed)):
        raise OperandError(f"fit: callbacks must be a list of functions of an Epoch, not {callbacks!r}")
    if debug_at is not None and replay:
        raise ArgumentError(
            "fit: debug_at needs the graph of a step, which replay does not make: train with replay=False"
        )
    bar = next((callback for callback in listed if isinstance(callback, ProgressBar)), ProgressBar())
    history = trainer.history
    if debug_at is not None:
        from nn.training.debug_at import DebugAt  # noqa: PLC0415 -- few trainings open a prompt

        trainer.look = partial(DebugAt(debug_at, epochs * len(batches)).look, pause=bar.clear)
    was_training = getattr(model, "training", True)
    with WholeSteps() as interrupts:
        try:
            trainer.set_mode("train")
            gradient = trainer.replayed() if replay else trainer.eager
            bar.start(epochs, len(batches))
            for number, epoch in zip(range(1, epochs + 1), batches.epochs()):
                summed, count = 0.0, 0
                for batch in epoch:
                    summed += trainer.step(gradient, batch, number, interrupts) * len(batch)
                    count += len(batch)
                    bar.step(number, summed / count)
                history.epochs.append(trainer.measured(number, summed / count))
                _warn_if_diverging(history)
                if stopping := [callback for callback in listed if callback(history.epochs[-1]) is True]:
                    name = getattr(stopping[0], "__name__", type(stopping[0]).__name__)
                    history.stopped = f"stopped by {name} after epoch {number}"
                    break
        except KeyboardInterrupt:
            history.stopped = f"interrupted in epoch {len(history) + 1} after {trainer.steps} steps"
            bar.close(f"fit: {history.stopped}; the weights are those of the last complete step")
        finally:
            bar.close()
            trainer.set_mode("train" if was_training else "eval")
    return history


def _warn_if_diverging(history: History) -> None:
    """Warn in the first epoch whose loss is more than MAX_GROWTH times that of epoch 1."""
    *before, epoch = history.epochs
    first = history.epochs[0].loss
    limit = MAX_GROWTH * max(abs(first), MIN_LOSS)
    if epoch.loss > limit and not any(earlier.loss > limit for earlier in before):
        warnings.warn(
            f"fit: the loss has grown from {figures.number(first, 4)} in epoch 1 to "
            f"{figures.number(epoch.loss, 4)} in epoch {epoch.number}: use a smaller learning rate than {epoch.lr!r}, "
            "or clip the gradient",
            DivergingWarning,
            stacklevel=3,
        )


@dataclass
class _Trainer:
    """A model with its data, loss and optimizer: makes the steps, and measures at the end of an epoch."""

    model: Callable[[Any], Any]
    rows: list[Row]
    loss: Callable[[Any, Any], Value]
    optimizer: Any
    validation: list[Row] | None
    accuracy: Callable[[Any, Any], Any] | None
    outputs: RowRecording | None = None  # of the model's outputs, with replay
    gradient_sizes: dict[str, float] = field(default_factory=dict)
    look: Callable[[Value, int], None] | None = None  # at the loss of each step, before its backward pass
    steps: int = 0
    history: History = field(default_factory=History)

    def __post_init__(self) -> None:
        model, optimizer = self.model, self.optimizer
        for thing, name in ((model, "model"), (self.loss, "loss")):
            if not callable(thing):
                raise OperandError(f"fit: the {name} must be a function, not {thing!r}")
        if not hasattr(optimizer, "step") or not hasattr(optimizer, "zero_grad"):
            raise OperandError(f"fit: the optimizer must be one such as SGD(parameters, lr=0.1), not {optimizer!r}")
        held: Any = getattr(optimizer, "parameters", [])
        own: list[Value] = model.parameters() if isinstance(model, Module) else []
        self.parameters = own if isinstance(model, Module) else list(held)
        known = set(own)
        self.others = [p for p in held if p not in known] if isinstance(held, list) else []
        self.layers = parameters_by_layer(model) if isinstance(model, Module) else {"all": self.parameters}
        self.batch_part = takes_batch(model)
        self.buffered = model if isinstance(model, Module) and named_buffers(model) else None

    def set_mode(self, mode: str) -> None:
        """Call the model's `train` or `eval`."""
        if isinstance(self.model, Module):
            getattr(self.model, mode)()

    def step(
        self, gradient: Callable[[Sequence[int]], float], batch: Sequence[int], epoch: int, interrupts: WholeSteps
    ) -> float:
        """Fill the gradients from the rows of a batch, make a step of the optimizer, and return the loss before it."""
        if self.buffered is None:
            return self._step(gradient, batch, epoch, interrupts)
        steps, buffers = self.steps, named_buffers(self.buffered)
        try:
            return self._step(gradient, batch, epoch, interrupts)
        except BaseException:
            if self.steps == steps:  # the forward pass has changed the buffers, and no step was made
                set_buffers(self.buffered, buffers)
            raise

    def _step(
        self, gradient: Callable[[Sequence[int]], float], batch: Sequence[int], epoch: int, interrupts: WholeSteps
    ) -> float:
        try:
            loss = gradient(batch)
            if not math.isfinite(loss):
                raise DomainError(f"the loss is {figures.number(loss)}")  # noqa: TRY301 -- reported as the others are
            self.gradient_sizes = {name: root_mean_square(layer) for name, layer in self.layers.items()}
            with interrupts.held():
                self.optimizer.step()
                self.steps += 1
        except DomainError as error:
            losses = ", ".join(figures.number(loss, 3) for loss in self.history.loss[-4:])
            before = f", after epochs of loss {losses}" if losses else ""
            diverged = DivergedError(
                f"fit: step {self.steps + 1}, in epoch {epoch}, could not be made: {error}. The weights are as they "
                f"were before it{before}; if the steps were too large, use a smaller learning rate than "
                f"{self.optimizer.lr!r}, or an optimizer with clip_norm=1.0"
            )
            diverged.history = self.history
            raise diverged from error
        return loss

    def measured(self, number: int, loss: float) -> Epoch:
        """Return the epoch with its validation loss and accuracy."""
        validation = share = None
        if self.validation is not None or self.accuracy is not None:
            rows = self.rows if self.validation is None else self.validation
            with evaluating(self.model):
                if self.outputs is not None and self.outputs.fits(rows):
                    outputs = self.outputs.results(self.outputs.table(rows))
                else:
                    outputs = outputs_of(self.model, [inputs for inputs, _ in rows])
                pairs = [(output, target) for output, (_, target) in zip(outputs, rows)]
                if self.validation is not None:
                    validation = float(sum([self.loss(*pair).data for pair in pairs]) / len(pairs))
                if self.accuracy is not None:
                    share = sum(bool(self.accuracy(*pair)) for pair in pairs) / len(pairs)
        return Epoch(number, loss, float(self.optimizer.lr), validation, share, self.gradient_sizes)

    # -- The gradient over a batch, eager or replayed --------------------------------------------

    @paused_gc()
    def eager(self, batch: Sequence[int]) -> float:
        """Record the loss of the batch, run `backward()`, and return the loss."""
        total = mean(self._losses(batch)) + self._penalty()
        if self.steps == 0 and self.others:
            self._require_that_it_trains(leaves(total))
        self._zero_grad()
        if self.look:
            self.look(total, self.steps + 1)
            self._zero_grad()  # finish at the prompt writes gradients
        total.backward()
        return float(total.data)

    def replayed(self) -> Callable[[Sequence[int]], float]:
        """Record the loss of one row, and return a function that runs it over the rows of a batch."""
        if self.batch_part is not None:
            raise ArgumentError(
                f"fit: replay=True runs each row alone, and a {type(self.batch_part).__name__} needs all rows of a "
                "batch: train with replay=False"
            )
        recording = RowRecording(lambda inputs, target: self._row_loss(inputs, target) + self._penalty(), self.rows)
        if self.others:
            self._require_that_it_trains(recording.leaves)
        table = recording.table(self.rows)
        self._compare(recording.step, table)
        with evaluating(self.model):
            self.outputs = RowRecording(lambda inputs, _: self.model(inputs), self.rows)

        def gradient(batch: Sequence[int]) -> float:
            self._zero_grad()
            return float(recording.step(table[batch]))

        return gradient

    def _compare(self, step: Any, table: Any) -> None:
        """Raise ArgumentError if for some rows the recording gives another loss than the model and the loss do."""
        places = sorted({k * (len(self.rows) - 1) // 15 for k in range(16)})
        penalty = self._penalty()
        for place, replayed in zip(places, step.forward(table[places])):
            eager = (self._loss_of(place) + penalty).data
            if not math.isclose(float(replayed), eager, rel_tol=1e-9, abs_tol=1e-12):
                raise ArgumentError(
                    f"fit: row {place + 1} has the loss {figures.number(eager)}, and replayed "
                    f"{figures.number(float(replayed))}: the computation of the model or the loss depends on the "
                    "numbers (or on chance, as with dropout), which a recording of one row cannot follow; train with "
                    "replay=False"
                )

    def _penalty(self) -> Any:
        return self.loss.penalty(self.parameters) if isinstance(self.loss, RegularizedLoss) else 0

    def _row_loss(self, inputs: Any, target: Any) -> Value:
        return self._checked_loss(self.model(inputs), target)

    def _checked_loss(self, outputs: Any, target: Any) -> Value:
        loss = self.loss(outputs, target)
        if not isinstance(loss, Value):
            raise OperandError(f"the loss of a row must be a Value, computed from the outputs, not {loss!r}")
        return loss

    def _loss_of(self, place: int) -> Value:
        try:
            return self._row_loss(*self.rows[place])
        except ChalkgradError as error:
            raise _located(error, f"row {place + 1}") from error

    def _losses(self, batch: Sequence[int]) -> list[Value]:
        """Return the loss of each row of a batch."""
        if self.batch_part is None:
            return [self._loss_of(place) for place in batch]
        try:
            outputs = outputs_of(self.model, [self.rows[place][0] for place in batch])
        except ChalkgradError as error:
            rows = f"{len(batch)} row{'s' * (len(batch) > 1)}"
            where = f"the model has a {type(self.batch_part).__name__}, so it is called with a batch of {rows}"
            raise _located(error, where) from error
        losses = []
        for place, output in zip(batch, outputs):
            try:
                losses.append(self._checked_loss(output, self.rows[place][1]))
            except ChalkgradError as error:
                raise _located(error, f"row {place + 1}") from error
        return losses

    def _require_that_it_trains(self, loss_leaves: Iterable[Value]) -> None:
        """Raise ArgumentError if the optimizer has parameters beside the model's, and none of these is in the loss."""
        if set(self.others).isdisjoint(loss_leaves):
            name = self.others[0].label or "a parameter without a label"
            raise ArgumentError(
                f"fit: the optimizer has {name}, which is not in this model, and the loss does not depend on it: make "
                "the optimizer of the parameters to train, as in SGD(model.parameters(), lr=0.1)"
            )

    def _zero_grad(self) -> None:
        self.optimizer.zero_grad()
        if isinstance(self.model, Module):
            self.model.zero_grad()


def _located(error: ChalkgradError, where: str) -> ChalkgradError:
    """Return an error of the model or the loss that says where it came up."""
    if isinstance(error, DomainError):  # of which `step` tells the rest
        return DomainError(f"{where}: {error}")
    return type(error)(f"fit: {where}: {error}")
