"""Training: epochs of batches, each batch one step of the optimiser; what happened comes back as a `History`.

A step is whole or it did not happen: an error, a diverging run and Ctrl-C leave the weights as the
last complete step made them. Eager or replayed, the batches come in the same order and the weights
agree but for the order in which floats are added.
"""

from __future__ import annotations

import math
import random
import sys
import warnings
from operator import index
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, ChalkgradError, DomainError, OperandError, Value, mean
from autograd.formatting import figures
from nn.data import rows_of
from nn.history import Epoch, History
from nn.looking import by_layer, size
from nn.module import Module
from nn.optimise import clip_gradients
from nn.progress import Progress, whole_steps
from nn.replaying import Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nn.data import Row
    from nn.progress import Interrupt

GROWN = 1e3  # how many times its first loss an epoch's may be before there is a warning


class DivergedError(DomainError):
    """A step that could not be made; the weights are those before it, and `history` is what went well."""

    history: History


class DivergingWarning(UserWarning):
    """The loss grows from epoch to epoch instead of falling."""


def fit(
    model: Callable[[Any], Any],
    data: Any,
    loss: Callable[[Any, Any], Value],
    optimiser: Any,
    *,
    epochs: int,
    batch: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation: Any = None,
    schedule: Callable[[int], float] | None = None,
    clip: float | None = None,
    regularise: Callable[[list[Value]], Any] | None = None,
    early_stopping: Any = None,
    accuracy: Callable[[Any, Any], Any] | None = None,
    replay: bool = False,
    progress: bool = True,
    on_epoch: Callable[[Epoch], Any] | None = None,
) -> History:
    """Train a model: in each epoch every row once, in batches, with one step of the optimiser a batch.

    `data` is a list of rows, pairs of inputs and target, or a tuple (X, T). `loss(outputs, target)`
    is the loss of one row; a step descends its mean over the batch, with `regularise(parameters)`
    added. Without `batch` all rows are one batch; with it they are shuffled anew in each epoch, by
    `seed`. `schedule(step)` gives the learning rate of each step from 0 on, `clip` is the largest
    norm of the gradient. At the end of an epoch the loss over `validation` is taken, and the share
    of its rows (without it, of the data) of which `accuracy(outputs, target)` is true;
    `early_stopping.update(loss, epoch)` and `on_epoch(epoch)` end the training by giving True.

    `replay=True` records the loss of one row once and runs it over whole batches, many times as fast
    (extra `replay`); a model or loss that decides by the numbers it is given is refused there. Progress
    goes to the terminal's stderr, as a bar with the extra `train`. Ctrl-C ends the training after
    the step that it falls into, and the history says so.

    >>> from nn import MLP, SGD, half_squared_error
    >>> model = MLP(2, [4, 1], activation="tanh", seed=1)
    >>> rows = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
    >>> history = fit(model, rows, half_squared_error, SGD(model.parameters(), lr=0.5), epochs=300)
    >>> round(history.loss[0], 3), round(history.loss[-1], 3)
    (0.307, 0.0)

    Raises ArgumentError for data that is empty or holds NaN, naming the row, and for sizes that do not
    fit; DivergedError, which is a DomainError and has the `history`, where a step cannot be made.
    Warns with DivergingWarning where the loss grows a thousandfold.
    """
    training = _Training(model, rows_of(data, "fit"), loss, optimiser, regularise, clip)
    held_out = rows_of(validation, "fit: validation") if validation is not None else None
    epochs = _count("epochs", epochs)
    batch = len(training.rows) if batch is None else min(_count("batch", batch), len(training.rows))
    gradient = training.replayed() if replay else training.eager
    dice = random if seed is None else random.Random(seed)  # noqa: S311 -- the order of rows, no secret
    history = History()
    order = list(range(len(training.rows)))
    starts = range(0, len(order), batch)
    was_training = getattr(model, "training", True)
    training.mode("train")
    with Progress(epochs, len(starts), shown=progress) as bar, whole_steps() as interrupt:
        try:
            for number in range(1, epochs + 1):
                if shuffle and batch < len(order):
                    dice.shuffle(order)
                summed = 0.0
                for start in starts:
                    rows = order[start : start + batch]
                    step = (number - 1) * len(starts) + start // batch
                    summed += training.step(gradient, rows, number, step, schedule, interrupt, history) * len(rows)
                    bar.step(number, summed / (start + len(rows)))
                history.epochs.append(training.measured(number, summed / len(order), held_out, accuracy))
                if _ended(history, early_stopping, on_epoch):
                    break
        except KeyboardInterrupt:
            history.stopped = f"interrupted in epoch {len(history) + 1} after {training.steps} steps"
            bar.say(f"fit: {history.stopped}; the weights are those of the last complete step")
        finally:
            training.mode("train" if was_training else "eval")
    return history


def _ended(history: History, early_stopping: Any, on_epoch: Callable[[Epoch], Any] | None) -> bool:
    """Whether the epoch that has just been measured is the last; warns where the loss has exploded."""
    epoch, first = history.epochs[-1], max(history.epochs[0].loss, sys.float_info.min)
    if epoch.loss > GROWN * first and not any(before.loss > GROWN * first for before in history.epochs[:-1]):
        warnings.warn(
            f"fit: the loss has grown from {figures.number(history.epochs[0].loss, 4)} in epoch 1 to "
            f"{figures.number(epoch.loss, 4)} in epoch {epoch.number}: take a smaller learning rate than {epoch.lr!r}, "
            "or clip the gradient",
            DivergingWarning,
            stacklevel=3,
        )
    watched = epoch.loss if epoch.validation is None else epoch.validation
    if early_stopping is not None and early_stopping.update(watched, epoch.number):
        history.stopped = f"stopped early after epoch {epoch.number}"
    elif on_epoch is not None and on_epoch(epoch) is True:
        history.stopped = f"stopped by on_epoch after epoch {epoch.number}"
    return bool(history.stopped)


def _count(name: str, count: Any) -> int:
    try:
        number = index(count)
    except TypeError:
        raise OperandError(f"fit: {name} is a whole number, not {count!r}") from None
    if number < 1 or isinstance(count, bool):
        raise ArgumentError(f"fit: {name} is 1 or more, not {count!r}")
    return number


# -- One step ------------------------------------------------------------------------------------


class _Training:
    """The model with its data, loss and optimiser, and how one step is made of them."""

    def __init__(
        self,
        model: Callable[[Any], Any],
        rows: list[Row],
        loss: Callable[[Any, Any], Value],
        optimiser: Any,
        regularise: Callable[[list[Value]], Any] | None,
        clip: float | None,
    ) -> None:
        for thing, name in ((model, "model"), (loss, "loss")):
            if not callable(thing):
                raise OperandError(f"fit: the {name} is a function, not {thing!r}")
        if not hasattr(optimiser, "step") or not hasattr(optimiser, "zero_grad"):
            raise OperandError(f"fit: the optimiser is one such as SGD(model.parameters(), lr=0.1), not {optimiser!r}")
        self.model = model
        self.rows = rows
        self.loss = loss
        self.optimiser = optimiser
        self.regularise = regularise
        self.clip = clip
        self.parameters = model.parameters() if isinstance(model, Module) else list(optimiser.parameters)
        self.layers = by_layer(model) if isinstance(model, Module) else {"all": self.parameters}
        self.outputs: Replay | None = None  # what the model says, recorded
        self.sizes: dict[str, float] = {}
        self.steps = 0

    def mode(self, name: str) -> None:
        """Tell the model that what follows is training ("train") or measuring ("eval"), if that is anything to it."""
        switch = getattr(self.model, name, None)
        if isinstance(self.model, Module) and switch is not None:
            switch()

    def step(
        self,
        gradient: Callable[[Sequence[int]], float],
        rows: Sequence[int],
        epoch: int,
        step: int,
        schedule: Callable[[int], float] | None,
        interrupt: Interrupt,
        history: History,
    ) -> float:
        """Fill the gradients from these rows and let the optimiser move the parameters; the loss before it."""
        try:
            if schedule is not None:
                self._rate(schedule, step)
            loss = gradient(rows)
            if not math.isfinite(loss):
                raise DomainError(f"the loss is {figures.number(loss)}")  # noqa: TRY301 -- told as the others are
            self.sizes = {name: size(layer) for name, layer in self.layers.items()}
            if self.clip is not None:
                self._clip(self.clip)
            with interrupt.held():
                self.optimiser.step()
                self.steps += 1
        except DomainError as error:
            diverged = DivergedError(
                f"fit: step {step + 1}, in epoch {epoch}, could not be made: {error}. The weights are as they were "
                f"before it{self._how_it_went(history)}; where the steps were too large, a smaller learning rate than "
                f"{self.optimiser.lr!r} helps, or clip=1.0"
            )
            diverged.history = history
            raise diverged from error
        return loss

    @staticmethod
    def _how_it_went(history: History) -> str:
        if not history.epochs:
            return ""
        return f", after epochs of loss {', '.join(figures.number(loss, 3) for loss in history.loss[-4:])}"

    def _rate(self, schedule: Callable[[int], float], step: int) -> None:
        rate = schedule(step)
        try:
            self.optimiser.lr = rate
        except ChalkgradError as error:
            raise type(error)(f"fit: schedule({step}): {error}") from None

    def _clip(self, largest: float) -> None:
        clip_gradients(self.optimiser.parameters, largest)

    def _penalty(self) -> Any:
        return 0 if self.regularise is None else self.regularise(self.parameters)

    def _row_loss(self, inputs: Any, target: Any) -> Value:
        loss = self.loss(self.model(inputs), target)
        if not isinstance(loss, Value):
            raise OperandError(f"the loss of a row is a Value, computed from the outputs, not {loss!r}")
        return loss

    def _named(self, place: int) -> Value:
        """The loss of a row; what the model or the loss refuses is refused with the row's number."""
        try:
            return self._row_loss(*self.rows[place])
        except DomainError as error:
            raise DomainError(f"row {place + 1}: {error}") from error
        except ChalkgradError as error:
            raise type(error)(f"fit: row {place + 1}: {error}") from error

    # -- The gradient over a batch, one way or the other ----------------------------------------

    def eager(self, places: Sequence[int]) -> float:
        """Record the batch and go back through it."""
        total = mean([self._named(place) for place in places]) + self._penalty()
        self._zero()
        total.backward()
        return float(total.data)

    def _zero(self) -> None:
        self.optimiser.zero_grad()
        if isinstance(self.model, Module):
            self.model.zero_grad()

    def replayed(self) -> Callable[[Sequence[int]], float]:
        """The same from a recording of one row, run over the rows of the batch."""
        recording = Replay(lambda inputs, target: self._row_loss(inputs, target) + self._penalty(), self.rows)
        table = recording.table(self.rows)
        self._check(recording.step, table)
        self.mode("eval")
        self.outputs = Replay(lambda inputs, _: self.model(inputs), self.rows)
        self.mode("train")

        def gradient(places: Sequence[int]) -> float:
            self._zero()
            return float(recording.step(table[places]))

        return gradient

    def _check(self, step: Any, table: Any) -> None:
        """Compare some rows with what they are when they are recorded: a recording that decided anything differs."""
        places = sorted({k * (len(self.rows) - 1) // 15 for k in range(16)})
        penalty = self._penalty()
        penalty = penalty.data if isinstance(penalty, Value) else penalty
        for place, replayed in zip(places, step.forward(table[places])):
            recorded = self._named(place).data + penalty
            if not math.isclose(float(replayed), recorded, rel_tol=1e-9, abs_tol=1e-12):
                raise ArgumentError(
                    f"fit: row {place + 1} has the loss {figures.number(recorded)}, and replayed "
                    f"{figures.number(float(replayed))}: the model or the loss decides something by its numbers (or by "
                    "chance, as dropout does), which a recording of one row freezes; train with replay=False"
                )

    # -- What is measured at the end of an epoch -------------------------------------------------

    def measured(
        self, number: int, loss: float, held_out: list[Row] | None, accuracy: Callable[[Any, Any], Any] | None
    ) -> Epoch:
        """The epoch with its validation loss and accuracy; nothing is trained here."""
        validation = share = None
        if held_out is not None or accuracy is not None:
            self.mode("eval")
            rows = self.rows if held_out is None else held_out
            if self.outputs is not None and self.outputs.fits(rows):
                outputs = self.outputs.results(self.outputs.table(rows))
            else:
                outputs = [self.model(inputs) for inputs, _ in rows]
            if held_out is not None:
                losses = [self.loss(output, target).data for output, (_, target) in zip(outputs, rows)]
                validation = float(sum(losses) / len(losses))
            if accuracy is not None:
                share = sum(bool(accuracy(output, target)) for output, (_, target) in zip(outputs, rows)) / len(rows)
            self.mode("train")
        return Epoch(number, loss, float(self.optimiser.lr), validation, share, self.sizes)


# -- When is an output right? --------------------------------------------------------------------


def same_sign(output: Value, target: float) -> bool:
    """Whether one output has the sign of its target: accuracy where the targets are −1 and 1.

    >>> same_sign(Value(0.3), 1), same_sign(Value(0.3), -1)
    (True, False)
    """
    return bool((_one(output).data > 0) == (_one(target) > 0))


def same_side(output: Value, target: float) -> bool:
    """Whether one output is on the same side of ½ as its target: accuracy where the targets are 0 and 1.

    >>> same_side(Value(0.7), 1), same_side(Value(0.3), 1)
    (True, False)
    """
    return bool((_one(output).data > 0.5) == (_one(target) > 0.5))


def same_class(outputs: Sequence[Value], target: Any) -> bool:
    """Whether the largest output is that of the target, the number of a class or one number an output.

    >>> same_class([Value(0.1), Value(0.7)], 1), same_class([Value(0.1), Value(0.7)], [1, 0])
    (True, False)
    """
    wanted = max(range(len(target)), key=target.__getitem__) if isinstance(target, (list, tuple)) else target
    return bool(max(range(len(outputs)), key=lambda k: outputs[k].data) == wanted)


def _one(thing: Any) -> Any:
    return thing[0] if isinstance(thing, (list, tuple)) and len(thing) == 1 else thing
