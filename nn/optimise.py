"""Optimisers: what changes the parameters once `backward()` has filled their gradients.

An optimiser keeps a *memory* of a few numbers for each parameter, such as its velocity. A step
works out every new parameter and every new memory before it changes the first: it is made as a
whole or not at all. The options mean what they mean in `torch.optim`.
"""

from __future__ import annotations

import inspect
import math
from abc import ABC, abstractmethod
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from autograd import ArgumentError, DomainError, OperandError, Value, zero_grad
from nn.checks import amount, fraction, positive, real

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Memory = tuple[Any, ...]


class Optimiser(ABC):
    """What every optimiser has in common; derive from it, and say in `_moved` how one parameter moves.

    `steps` counts the steps made, and `parameters` are the leaves that are changed.

    >>> class Signs(Optimiser):
    ...     def _moved(self, data, gradient, memory):
    ...         return data - self.lr * ((gradient > 0) - (gradient < 0)), memory
    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> Signs([w], lr=0.5).step()
    >>> w.data
    2.5

    Raises ArgumentError for a learning rate that is not positive and a parameter that was computed or comes
    twice, OperandError for what is no Value.
    """

    options: ClassVar[tuple[str, ...]] = ()  # what it is made with beside the learning rate

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = _parameters(parameters)
        self.lr = lr
        positive("a learning rate", lr)
        self.steps = 0
        self._memory: list[Memory] = [()] * len(self.parameters)

    @abstractmethod
    def _moved(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        """The new data of a parameter and its new memory, which is empty before the first step."""

    @property
    def lr(self) -> float:
        """The learning rate; it may be changed between steps, also to 0, where a schedule may end."""
        return self._lr  # type: ignore[no-any-return] # any real number

    @lr.setter
    def lr(self, lr: float) -> None:
        if real("a learning rate", lr) != 0:
            positive("a learning rate", lr)
        self._lr: Any = lr

    def step(self) -> None:
        """Move every parameter by its gradient.

        Raises ArgumentError if a parameter has no gradient yet, DomainError if a gradient or what
        it would make of the parameter is NaN or infinite; then no parameter is changed, and the
        optimiser is as it was.
        """
        moved = [self._checked(place, parameter) for place, parameter in enumerate(self.parameters)]
        before = [parameter.data for parameter in self.parameters], self._memory, self.steps
        try:
            for parameter, (data, _) in zip(self.parameters, moved):
                parameter.data = data
            self._memory, self.steps = [memory for _, memory in moved], self.steps + 1
        except BaseException:  # Ctrl-C in the middle: all or nothing
            datas, self._memory, self.steps = before
            for parameter, data in zip(self.parameters, datas):
                parameter.data = data
            raise

    def _checked(self, place: int, parameter: Value) -> tuple[Any, Memory]:
        if not parameter.has_grad:
            raise ArgumentError(
                f"{_called(parameter, place)} has no gradient yet: run backward() on the loss before step(), "
                "and give the optimiser only what the loss was computed from"
            )
        if not math.isfinite(parameter.grad):
            raise DomainError(
                f"{_called(parameter, place)} has the gradient {parameter.grad}, so no parameter was changed; "
                "autograd.first_nonfinite(loss) tells where it was born"
            )
        try:
            data, memory = self._moved(parameter.data, parameter.grad, self._memory[place])
        except OverflowError:
            data, memory = math.inf, ()
        if not math.isfinite(data):
            raise DomainError(
                f"{_called(parameter, place)} would go from {parameter.data} to {data} with the gradient "
                f"{parameter.grad}, so no parameter was changed; take a smaller learning rate than {self._lr!r}"
            )
        if not all(map(math.isfinite, memory)):
            raise DomainError(
                f"{_called(parameter, place)} has the gradient {parameter.grad}, which is too large for what "
                f"{type(self).__name__} keeps of it, so no parameter was changed; clip_gradients makes it smaller"
            )
        return data, memory

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero, as before the next `backward()`."""
        zero_grad(self.parameters)

    def state(self) -> dict[str, Any]:
        """All that the next step depends on beside parameters and gradients, in plain lists and numbers.

        >>> w = Value(1.0)
        >>> optimiser = SGD([w], lr=0.5, momentum=0.5)
        >>> w.backward(); optimiser.step()
        >>> optimiser.state()["steps"], optimiser.state()["memory"]
        (1, [[1.0]])
        """
        options = {name: getattr(self, name) for name in ("lr", *self.options)}
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
        return {
            "kind": type(self).__name__,
            "options": listed,
            "steps": self.steps,
            "memory": [list(memory) for memory in self._memory],
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what `state()` gave, options included, to go on as that optimiser would have.

        Raises ArgumentError if it is of another kind of optimiser, of another number of parameters,
        or no state at all; then nothing is changed.
        """
        try:
            kind, steps = state["kind"], state["steps"]
            options, memory = dict(state["options"]), [tuple(each) for each in state["memory"]]
            lr = options.pop("lr")
        except (TypeError, KeyError, ValueError):
            raise ArgumentError(f"this is no state of an optimiser: {state!r:.60}") from None
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
        if not isinstance(steps, int) or steps < 0:
            raise ArgumentError(f"steps counts the steps made, and cannot be {steps!r}")
        kept = len(other._moved(1.0, 1.0, ())[1]) if steps else 0
        for each in memory:
            if len(each) != kept or not all(isinstance(x, Real) and math.isfinite(x) for x in each):
                raise ArgumentError(
                    f"after {steps} steps {kind} keeps {kept} finite numbers for each parameter, not {list(each)!r}"
                )
        other.steps, other._memory = steps, memory
        vars(self).update(vars(other))

    def __repr__(self) -> str:
        usual = inspect.signature(type(self)).parameters
        own = [(name, getattr(self, name)) for name in self.options]
        shown = [f", {name}={value!r}" for name, value in own if value != usual[name].default]
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self._lr!r}{''.join(shown)})"


class SGD(Optimiser):
    """Gradient descent: each `step()` takes `lr` times its gradient off every parameter.

    With `momentum` μ it is a velocity that is taken off, v ← μ·v + g, which begins as the first
    gradient (B. T. Polyak, 1964); with `nesterov` g + μ·v (I. Sutskever et al., 2013, On the
    importance of initialization and momentum in deep learning). `weight_decay` λ adds λ·p to the
    gradient of p.

    >>> w = Value(3.0, label="w")
    >>> optimiser = SGD([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimiser.step()
    >>> w.data
    1.5

    Raises ArgumentError for a learning rate that is not a positive number, for an option out of its
    range, for no parameters, and for one that is given twice or was computed rather than given.
    """

    options = ("momentum", "nesterov", "weight_decay")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = fraction("momentum", momentum)
        self.nesterov = bool(nesterov)
        self.weight_decay = amount("weight_decay", weight_decay)
        if nesterov and not momentum:
            raise ArgumentError("nesterov looks ahead along the velocity, so it wants a momentum, such as 0.9")

    def _moved(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        g = gradient + self.weight_decay * data if self.weight_decay else gradient
        if self.momentum:
            v = self.momentum * memory[0] + g if memory else g
            memory = (v,)
            g = g + self.momentum * v if self.nesterov else v
        return data - self._lr * g, memory


class RMSprop(Optimiser):
    """Each gradient divided by the root of a running mean of its squares.

    s ← α·s + (1 − α)·g², p ← p − lr·g/(√s + ε) (T. Tieleman and G. Hinton, 2012, Lecture 6.5 of
    Neural Networks for Machine Learning). With `momentum` the quotient feeds a velocity.

    >>> w = Value(3.0)
    >>> optimiser = RMSprop([w], lr=0.1)
    >>> (w * w).backward(); optimiser.step()
    >>> round(w.data, 6)
    2.0

    Raises what `SGD` raises.
    """

    options = ("alpha", "eps", "momentum", "weight_decay")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha = fraction("alpha", alpha)
        self.eps = positive("eps", eps)
        self.momentum = fraction("momentum", momentum)
        self.weight_decay = amount("weight_decay", weight_decay)

    def _moved(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        g = gradient + self.weight_decay * data if self.weight_decay else gradient
        s, v = (*memory, 0.0)[:2] if memory else (0.0, 0.0)
        s = self.alpha * s + (1 - self.alpha) * g * g
        move = g / (math.sqrt(s) + self.eps)
        if not self.momentum:
            return data - self._lr * move, (s,)
        v = self.momentum * v + move
        return data - self._lr * v, (s, v)


class Adam(Optimiser):
    """A running mean of the gradients, divided by the root of one of their squares.

    m ← β₁·m + (1 − β₁)·g and s ← β₂·s + (1 − β₂)·g² begin at 0, so after k steps they are divided by
    1 − β₁ᵏ and 1 − β₂ᵏ; then p ← p − lr·m/(√s + ε) (D. P. Kingma and J. Ba, 2015, Adam: a method for
    stochastic optimization). `weight_decay` λ adds λ·p to the gradient of p.

    >>> w = Value(3.0)
    >>> optimiser = Adam([w], lr=0.1)
    >>> (w * w).backward(); optimiser.step()
    >>> round(w.data, 6)
    2.9

    Raises what `SGD` raises.
    """

    options = ("betas", "eps", "weight_decay")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.betas = _betas(betas)
        self.eps = positive("eps", eps)
        self.weight_decay = amount("weight_decay", weight_decay)

    def _moved(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        return self._by_moments(data, gradient + self.weight_decay * data if self.weight_decay else gradient, memory)

    def _by_moments(self, data: Any, g: Any, memory: Memory) -> tuple[Any, Memory]:
        (first, second), (m, s), k = self.betas, memory or (0.0, 0.0), self.steps + 1
        m = first * m + (1 - first) * g
        s = second * s + (1 - second) * g * g
        mean, spread = m / (1 - first**k), math.sqrt(s / (1 - second**k))
        return data - self._lr * mean / (spread + self.eps), (m, s)


class AdamW(Adam):
    """Adam with a weight decay that is no gradient: p shrinks by lr·λ·p, whatever its gradient.

    I. Loshchilov and F. Hutter, 2019, Decoupled weight decay regularization.

    >>> w = Value(3.0)
    >>> optimiser = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).backward(); optimiser.step()
    >>> round(w.data, 6)
    2.75

    Raises what `SGD` raises.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _moved(self, data: Any, gradient: Any, memory: Memory) -> tuple[Any, Memory]:
        shrunk = data - self._lr * self.weight_decay * data if self.weight_decay else data
        return self._by_moments(shrunk, gradient, memory)


def clip_gradients(parameters: Iterable[Value], largest_norm: float) -> float:
    """Make the gradients shorter where their norm √(Σ g²) is more than the largest; the norm before is returned.

    They keep their direction (R. Pascanu et al., 2013, On the difficulty of training recurrent
    neural networks). A parameter without a gradient is left out.

    >>> a, b = Value(3.0), Value(4.0)
    >>> (a * a + b * b).backward()
    >>> clip_gradients([a, b], 5.0), a.grad, b.grad
    (10.0, 3.0, 4.0)

    Raises ArgumentError for a largest norm that is not positive, DomainError where the norm is NaN or infinite.
    """
    largest = positive("largest_norm", largest_norm)
    found = [parameter for parameter in _parameters(parameters) if parameter.has_grad]
    norm = math.hypot(*(parameter.grad for parameter in found))
    if not math.isfinite(norm):
        place, worst = next(((place, p) for place, p in enumerate(found) if not math.isfinite(p.grad)), (0, found[0]))
        raise DomainError(
            f"the norm of the gradients is {norm} and cannot be clipped: {_called(worst, place)} has the gradient "
            f"{worst.grad}; autograd.first_nonfinite(loss) tells where it was born"
        )
    if norm > largest:
        scale = largest / norm
        for parameter in found:
            parameter.grad = parameter.grad * scale
    return norm


# -- Reading what the user gave -------------------------------------------------------------------


def _betas(betas: Any) -> tuple[Any, Any]:
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise OperandError(f"betas are two numbers, such as (0.9, 0.999), not {betas!r}")
    return fraction("the first of betas", betas[0]), fraction("the second of betas", betas[1])


def _parameters(parameters: Iterable[Value]) -> list[Value]:
    if isinstance(parameters, Value) or not hasattr(parameters, "__iter__"):
        raise OperandError(f"an optimiser wants a list of Values, such as model.parameters(), not {parameters!r}")
    listed = list(parameters)
    if not listed:
        raise ArgumentError("an optimiser wants at least one parameter, and was given none")
    seen = set()
    for place, parameter in enumerate(listed):
        if not isinstance(parameter, Value):
            raise OperandError(f"an optimiser wants Values, not {parameter!r}")
        if parameter.op is not None:
            raise ArgumentError(
                f"{_called(parameter, place)} was computed ({parameter.op.name}), so changing it would have no effect: "
                "give the optimiser the leaves it was computed from"
            )
        if parameter in seen:
            raise ArgumentError(f"{_called(parameter, place)} is given twice, and would be moved twice in a step")
        seen.add(parameter)
    return listed


def _called(parameter: Value, place: int) -> str:
    return parameter.label or f"parameter {place}, without a label,"
