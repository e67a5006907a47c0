"""Optimizers, which change the parameters once `backward()` has filled their gradients.

An optimizer keeps a *memory* of a few numbers for each parameter, such as its velocity. A step
computes all new parameters and all new memories before it changes the first one, so that it happens
as a whole or not at all. The options mean what they mean in `torch.optim`.
"""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from autograd import ArgumentError, ChalkgradError, DomainError, OperandError, Value, zero_grad
from autograd.table.plain_numbers import plain_number
from nn.arguments import fraction, nonnegative, number, parameter_list, positive, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Parameters = Iterable[Value]
    Memory = tuple[Any, ...]

LearningRate = float | Callable[[int], float]  # a number, or a schedule: the rate of each step, from 0 on


class Optimizer(ABC):
    """The base class of all optimizers. Derive from it, and say in `_update` how one parameter changes.

    `lr` is the learning rate: a number, or a schedule such as `linear(1.0, 0.1, 100)`, any function of
    the number of steps made before. `weight_decay` λ adds λ·p to the gradient of each parameter p. With
    `clip_norm` each step first clips the gradients to this norm (see `clip_gradients`). `steps` counts
    the steps made; `parameters` are the leaves that are changed.

    >>> class Signs(Optimizer):
    ...     def _update(self, data, gradient, memory):
    ...         return data - self.lr * ((gradient > 0) - (gradient < 0)), memory
    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> Signs([w], lr=0.5).step()
    >>> w.data
    2.5

    Raises ArgumentError for a learning rate or clip_norm that is not positive, and for a parameter that was
    computed or is given twice; OperandError for a parameter that is not a Value.
    """

    options: ClassVar[tuple[str, ...]] = ()  # the constructor's options of the kind, which state_dict() holds
    decoupled = False  # True if weight decay shrinks the parameter, and does not add to the gradient

    def __init__(
        self, parameters: Parameters, lr: LearningRate, *, weight_decay: float = 0.0, clip_norm: float | None = None
    ) -> None:
        self.parameters = _checked_parameters(parameters)
        self.steps = 0
        self.lr = lr
        if self.schedule is None:
            positive("a learning rate", lr)
        self.weight_decay = nonnegative("weight_decay", weight_decay)
        self.clip_norm = None if clip_norm is None else positive("clip_norm", clip_norm)
        self._memory: list[Memory] = [()] * len(self.parameters)

    @abstractmethod
    def _update(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        """Return the new data of a parameter and its new memory, which is empty before the first step."""

    @property
    def lr(self) -> float:
        """The learning rate of the last step, or of the first one before it.

        Set it to a number (0 is allowed after the start) or to a schedule at any time.
        """
        return self._lr  # type: ignore[no-any-return] # any real number

    @lr.setter
    def lr(self, lr: LearningRate) -> None:
        schedule = lr if callable(lr) else None
        self._lr: Any = _rate(lr) if schedule is None else _scheduled(schedule, self.steps)
        self.schedule: Callable[[int], float] | None = schedule

    def step(self) -> None:
        """Change every parameter by its gradient.

        Raises ArgumentError if a parameter has no gradient yet, DomainError if a gradient or the new parameter would be
        NaN or infinite; then no parameter is changed, and the optimizer's memory is as it was.
        """
        if self.schedule is not None:
            self._lr = _scheduled(self.schedule, self.steps)
        if self.clip_norm is not None:
            clip_gradients(self.parameters, self.clip_norm)
        updated = [self._updated(place, parameter) for place, parameter in enumerate(self.parameters)]
        before = [parameter.data for parameter in self.parameters], self._memory, self.steps
        try:
            for parameter, (data, _) in zip(self.parameters, updated):
                parameter.data = data
            self._memory, self.steps = [memory for _, memory in updated], self.steps + 1
        except BaseException:  # Ctrl-C in the middle: all or nothing
            datas, self._memory, self.steps = before
            for parameter, data in zip(self.parameters, datas):
                parameter.data = data
            raise

    def _updated(self, place: int, parameter: Value) -> tuple[Any, Memory]:
        name = _name(parameter, place)
        if not parameter.has_grad:
            raise ArgumentError(
                f"{name} has no gradient yet: run backward() on the loss before step(), "
                "and give the optimizer only parameters that the loss was computed from"
            )
        data, gradient = _held(name, "data", parameter.data), _held(name, "grad", parameter.grad)
        if not math.isfinite(gradient):
            raise DomainError(
                f"{name} has the gradient {gradient}, so no parameter was changed; "
                "autograd.first_nonfinite(loss) finds the node where it began"
            )
        try:
            if self.weight_decay and self.decoupled:
                data = data - self._lr * self.weight_decay * data
            elif self.weight_decay:
                gradient = gradient + self.weight_decay * data
            data, memory = self._update(data, gradient, self._memory[place])
        except OverflowError:
            data, memory = math.inf, ()
        if not math.isfinite(data):
            raise DomainError(
                f"{name} would go from {parameter.data} to {data} with the gradient "
                f"{parameter.grad}, so no parameter was changed; use a smaller learning rate than {self._lr!r}"
            )
        if not all(map(math.isfinite, memory)):
            raise DomainError(
                f"{name} has the gradient {parameter.grad}, which is too large for the memory of "
                f"{type(self).__name__}, so no parameter was changed; clip_norm=1.0 would make it smaller"
            )
        return data, memory

    def zero_grad(self) -> None:
        """Set the gradient of each parameter to zero, before the next `backward()`."""
        zero_grad(self.parameters)

    def state_dict(self) -> dict[str, Any]:
        """Return what the next step depends on beside parameters and gradients, as plain lists and numbers.

        A schedule and clip_norm are not part of it.

        >>> w = Value(1.0)
        >>> optimizer = SGD([w], lr=0.5, momentum=0.5)
        >>> w.backward(); optimizer.step()
        >>> optimizer.state_dict()["steps"], optimizer.state_dict()["memory"]
        (1, [[1.0]])
        """
        options = {name: getattr(self, name) for name in ("lr", *self.options)}
        options = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
        memory = [list(memory) for memory in self._memory]
        return {"kind": type(self).__name__, "options": options, "steps": self.steps, "memory": memory}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a state from `state_dict()`, options included, and go on as that optimizer would have.

        Raises ArgumentError if the state is of another kind of optimizer, of another number of
        parameters, or not a state at all; then nothing is changed.
        """
        try:
            kind, steps = state["kind"], state["steps"]
            options, memory = dict(state["options"]), [tuple(map(plain_number, each)) for each in state["memory"]]
            lr = options.pop("lr")
        except (TypeError, KeyError, ValueError):
            raise ArgumentError(f"this is not the state of an optimizer: {state!r:.60}") from None
        if kind != type(self).__name__:
            raise ArgumentError(f"this is the state of {kind}, not of {type(self).__name__}")
        if len(memory) != len(self.parameters):
            raise ArgumentError(f"this state is of {len(memory)} parameters, and there are {len(self.parameters)}")
        if set(options) != set(self.options):
            raise ArgumentError(
                f"the options of {kind} are lr, {', '.join(self.options)}, not lr, {', '.join(options)}"
            )
        other = type(self)(self.parameters, 1.0, **options)
        other.lr = lr
        made = plain_number(steps)
        if not isinstance(made, int) or made < 0:
            raise ArgumentError(f"steps must be the number of steps made, not {steps!r}")
        count = len(other._update(1.0, 1.0, ())[1]) if made else 0
        for each in memory:
            if len(each) != count or not all(x is not None and math.isfinite(x) for x in each):
                raise ArgumentError(
                    f"after {made} steps {kind} keeps {count} finite numbers for each parameter, not {list(each)!r}"
                )
        other.steps, other._memory, other.clip_norm, other.schedule = made, memory, self.clip_norm, self.schedule
        vars(self).update(vars(other))

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        own = {name: getattr(self, name) for name in self.options}
        shown = [f", {name}={value!r}" for name, value in own.items() if value != defaults[name].default]
        shown += [f", clip_norm={self.clip_norm!r}"] * (self.clip_norm is not None)
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self._lr!r}{''.join(shown)})"


class SGD(Optimizer):
    """Gradient descent: each `step()` subtracts `lr` times the gradient from every parameter.

    With `momentum` μ it subtracts `lr` times a velocity, v ← μ·v + g, which starts as the first
    gradient (B. T. Polyak, 1964); with `nesterov`, g + μ·v (I. Sutskever et al., 2013, On the
    importance of initialization and momentum in deep learning).

    >>> w = Value(3.0, label="w")
    >>> optimizer = SGD([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    1.5

    Raises ArgumentError for a learning rate that is not positive, an option out of its range, an empty
    list of parameters, and a parameter that is given twice or was computed.
    """

    options = ("momentum", "nesterov", "weight_decay")

    def __init__(
        self,
        parameters: Parameters,
        lr: LearningRate,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay, clip_norm=clip_norm)
        self.momentum = fraction("momentum", momentum)
        self.nesterov = bool(nesterov)
        if nesterov and not momentum:
            raise ArgumentError("nesterov needs a momentum, such as 0.9, because it looks ahead along the velocity")

    def _update(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        if self.momentum:
            v = self.momentum * memory[0] + gradient if memory else gradient
            memory = (v,)
            gradient = gradient + self.momentum * v if self.nesterov else v
        return data - self._lr * gradient, memory


class RMSprop(Optimizer):
    """Gradient descent with each gradient divided by the root of a running mean of its squares.

    s ← α·s + (1 − α)·g², p ← p − lr·g/(√s + ε) (T. Tieleman and G. Hinton, 2012, Lecture 6.5 of
    Neural Networks for Machine Learning). With `momentum` a velocity adds the quotients up.

    >>> w = Value(3.0)
    >>> optimizer = RMSprop([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step()
    >>> round(w.data, 6)
    2.0

    Raises what `SGD` raises.
    """

    options = ("alpha", "eps", "momentum", "weight_decay")

    def __init__(
        self,
        parameters: Parameters,
        lr: LearningRate = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay, clip_norm=clip_norm)
        self.alpha = fraction("alpha", alpha)
        self.eps = positive("eps", eps)
        self.momentum = fraction("momentum", momentum)

    def _update(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        s, v = (*memory, 0.0)[:2] if memory else (0.0, 0.0)
        s = self.alpha * s + (1 - self.alpha) * gradient * gradient
        move = gradient / (math.sqrt(s) + self.eps)
        if not self.momentum:
            return data - self._lr * move, (s,)
        v = self.momentum * v + move
        return data - self._lr * v, (s, v)


class Adam(Optimizer):
    """Gradient descent along a running mean of the gradients, divided by the root of a running mean of their squares.

    m ← β₁·m + (1 − β₁)·g and s ← β₂·s + (1 − β₂)·g² start at 0: after k steps they are divided by 1 − β₁ᵏ and
    1 − β₂ᵏ; then p ← p − lr·m/(√s + ε) (D. P. Kingma and J. Ba, 2015, Adam: a method for stochastic optimization).

    >>> w = Value(3.0)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward(); optimizer.step()
    >>> round(w.data, 6)
    2.9

    Raises what `SGD` raises.
    """

    options = ("betas", "eps", "weight_decay")

    def __init__(
        self,
        parameters: Parameters,
        lr: LearningRate = 0.001,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay, clip_norm=clip_norm)
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise OperandError(f"betas must be two numbers, such as (0.9, 0.999), not {betas!r}")
        self.betas = (fraction("the first of betas", betas[0]), fraction("the second of betas", betas[1]))
        self.eps = positive("eps", eps)

    def _update(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        (first, second), (m, s), k = self.betas, memory or (0.0, 0.0), self.steps + 1
        m = first * m + (1 - first) * gradient
        s = second * s + (1 - second) * gradient * gradient
        mean, spread = m / (1 - first**k), math.sqrt(s / (1 - second**k))
        return data - self._lr * mean / (spread + self.eps), (m, s)


class AdamW(Adam):
    """Adam with decoupled weight decay: p shrinks by lr·λ·p, whatever its gradient.

    I. Loshchilov and F. Hutter, 2019, Decoupled weight decay regularization.

    >>> w = Value(3.0)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).backward(); optimizer.step()
    >>> round(w.data, 6)
    2.75

    Raises what `SGD` raises.
    """

    decoupled = True

    def __init__(
        self,
        parameters: Parameters,
        lr: LearningRate = 0.001,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, clip_norm=clip_norm)


def clip_gradients(parameters: Iterable[Value], clip_norm: float) -> float:
    """Scale the gradients so that their norm √(Σ g²) is at most `clip_norm`, and return the norm before.

    Their direction stays the same (R. Pascanu et al., 2013, On the difficulty of training recurrent
    neural networks). A parameter without a gradient is left out.

    >>> a, b = Value(3.0), Value(4.0)
    >>> (a * a + b * b).backward()
    >>> clip_gradients([a, b], 5.0), a.grad, b.grad
    (10.0, 3.0, 4.0)

    Raises ArgumentError if `clip_norm` is not positive, DomainError if the norm is NaN or infinite.
    """
    largest = positive("clip_norm", clip_norm)
    found = [parameter for parameter in _checked_parameters(parameters) if parameter.has_grad]
    for place, parameter in enumerate(found):
        parameter.grad = _held(_name(parameter, place), "grad", parameter.grad)
    norm = math.hypot(*(parameter.grad for parameter in found))
    if not math.isfinite(norm):
        place, worst = next(((place, p) for place, p in enumerate(found) if not math.isfinite(p.grad)), (0, found[0]))
        raise DomainError(
            f"the norm of the gradients is {norm}, so they cannot be clipped: {_name(worst, place)} has the gradient "
            f"{worst.grad}; autograd.first_nonfinite(loss) finds the node where it began"
        )
    if norm > largest:
        for parameter in found:
            parameter.grad = parameter.grad * (largest / norm)
    return norm


def _held(name: str, slot: str, thing: Any) -> Any:
    """Return the number that a parameter holds in `data` or `grad`, to which users may assign anything."""
    number = plain_number(thing)
    if number is None:
        raise OperandError(f"the {slot} of {name} must be a number, not {short(thing)}; no parameter was changed")
    return number


def _rate(lr: Any) -> Any:
    lr = number("a learning rate", lr)
    return lr if lr == 0 else positive("a learning rate", lr)


def _scheduled(schedule: Callable[[int], float], step: int) -> Any:
    rate = schedule(step)
    try:
        return _rate(rate)
    except ChalkgradError as error:
        raise type(error)(f"schedule({step}): {error}") from None


def _checked_parameters(parameters: Iterable[Value]) -> list[Value]:
    listed = parameter_list(parameters, "an optimizer")
    seen = set()
    for place, parameter in enumerate(listed):
        if not isinstance(parameter, Value):
            raise OperandError(f"an optimizer needs Values, not {parameter!r}")
        if parameter.op is not None:
            raise ArgumentError(
                f"{_name(parameter, place)} was computed ({parameter.op.name}), so changing it would have no effect: "
                "give the optimizer the leaves it was computed from"
            )
        if parameter in seen:
            raise ArgumentError(f"{_name(parameter, place)} is given twice, and would be changed twice in a step")
        seen.add(parameter)
    return listed


def _name(parameter: Value, place: int) -> str:
    return parameter.label or f"parameter {place}, without a label,"
