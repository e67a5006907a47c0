"""`CompiledStep`, which `record` returns: it runs a graph over rows and sets the parameters' gradients.

Each call checks the rows and reads the parameters from their `Value`s, or from the array that `hold`
returned. If a number is not finite, the row is run again by the eager engine, so that the error is the same.
A *backend* runs the program; `backends` says which there are and makes one.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from autograd.engine.gc_pause import paused_gc
from autograd.engine.graph import Graph, gradients
from autograd.engine.incoming import number_in
from autograd.engine.messages import describe
from autograd.engine.value import Value
from autograd.errors import ArgumentError, ChalkgradError, OperandError, RangeError
from autograd.formatting import escapes, figures
from autograd.optional import import_extra
from autograd.replay import export
from autograd.replay.backends import make_backend
from autograd.replay.eager_check import is_close, raise_eager_error, require_close, rerun
from autograd.replay.grouping import compile_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.replay.instructions import Array, Program

np = import_extra("numpy", "replay", "record")

REDUCTIONS = ("mean", "sum")


class CompiledStep:
    """A graph compiled into a function of a batch; made by `record`.

    `parameters` are the leaves that are not inputs, in the order in which the program reads them.
    `gradient` is the last gradient, as an array in that order. `program` can be printed.

    >>> from autograd.replay import record
    >>> w, x = Value(2.0, "w"), Value(0.0, "x")
    >>> step = record((w * x).tanh(), [x], backend="numpy")
    >>> step
    <compiled step: 2 nodes in 2 instructions on numpy, mean over the rows>
    >>> print(step.program)
    2 nodes in 2 instructions; 1 parameter, 1 input
       1  mul   1  slots 2…2  per row
       2  tanh  1  slots 3…3  per row
    """

    def __init__(
        self,
        loss: Value,
        inputs: Sequence[Value],
        reduction: str = "mean",
        *,
        backend: str = "auto",
        outputs: Value | Sequence[Value] | None = None,
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ArgumentError(f"record: the reduction is one of {', '.join(REDUCTIONS)}, not {reduction!r}")
        self.loss = _node("the loss", loss)
        self.inputs = _inputs(inputs)
        self.reduction = reduction
        self.alone = outputs is None or isinstance(outputs, Value)  # then forward gives one number per row
        self.outputs = [] if outputs is None else _outputs(outputs)
        with paused_gc():  # it would look at the whole graph, again and again
            self.program: Program = compile_graph(self.loss, self.inputs, self.outputs)
            self._check_inputs()
            self._backend = make_backend(backend, self.program)
        self.parameters = self.program.parameters
        self.gradient = np.zeros(len(self.parameters))
        self._packed = struct.Struct(f"{len(self.parameters)}d")  # the fastest way from a list to an array
        self._held: Array | None = None
        self._last: Array | None = None
        self._check_recorded()

    @property
    def backend(self) -> str:
        """The backend that runs the program: "numpy" or "native"."""
        return self._backend.name

    # -- Running ---------------------------------------------------------------------------------------------

    def __call__(self, rows: Any = None) -> float:
        """Return the mean (or sum) of the losses of the rows, and set the gradient of every parameter.

        A graph without inputs needs no rows. A loss that does not depend on the inputs counts once
        for each row, as in the mean or sum of eager losses.

        Raises ArgumentError for no rows or rows of the wrong shape, OperandError for what is not a number,
        and the DomainError that the eager engine raises at a row, naming the row.
        """
        rows = self._rows(rows)
        if not len(rows):
            raise ArgumentError("there are no rows, so there is no loss and no gradient: give it at least one")
        theta = self._theta()
        weight = 1 / len(rows) if self.reduction == "mean" else 1.0
        try:
            total, gradient = self._backend.step(theta, rows, weight)
        except FloatingPointError:
            with np.errstate(all="ignore"):
                raise_eager_error(self.program, [self.loss, *self.outputs], theta, rows, backward=True)
                losses, gradient = self._backend.run(theta, rows, weight)
                total = float(np.add.reduce(losses))
        self.gradient = gradient
        if self._held is None:
            for parameter, number in zip(self.parameters, gradient.tolist()):
                parameter.grad = number
        return total * weight

    def forward(self, rows: Any = None) -> Array:
        """Return the loss of each row, or the `outputs`: rows × outputs, or one number per row for a single output.

        No gradient is changed, and there may be no rows. Raises what calling the step raises.
        """
        rows = self._rows(rows)
        theta = self._theta()
        with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
            try:
                found = self._backend.forward(theta, rows)
            except FloatingPointError:
                found = None
        if found is None or not np.isfinite(found).all():
            with np.errstate(all="ignore"):
                raise_eager_error(self.program, [self.loss, *self.outputs], theta, rows, backward=False)
                found = self._backend.forward(theta, rows)
        return found[:, 0] if self.alone else found

    # -- The parameters ----------------------------------------------------------------------------------------

    def hold(self) -> Array:
        """Return the parameters as one array, which the step reads from now on: for optimizers that work on arrays.

        Meanwhile the step does not touch the Values; the gradient is in `gradient`. `release()` writes
        both back into the Values.

        >>> from autograd.replay import record
        >>> w, x = Value(2.0, "w"), Value(0.0, "x")
        >>> step = record(w * w * x, [x])
        >>> theta = step.hold()
        >>> for _ in range(3):
        ...     _ = step([[1.0]])
        ...     theta -= 0.25 * step.gradient
        >>> step.release()
        >>> w.data
        0.25
        """
        if self._held is None:
            self._held = self._backend.hold(self._theta())
        return self._held

    def release(self) -> None:
        """Write the held parameters and their last gradient into the Values; without `hold()` nothing changes."""
        if self._held is not None:
            theta, self._held = self._held, None
            for parameter, number, slope in zip(self.parameters, theta.tolist(), self.gradient.tolist()):
                parameter.data, parameter.grad = number, slope

    @property
    def theta(self) -> Array:
        """The parameters as an array: the held one, else a copy. Setting it sets the parameters."""
        return np.array(self._theta()) if self._held is None else self._held

    @theta.setter
    def theta(self, numbers: Any) -> None:
        numbers = np.asarray(numbers, dtype=float)
        if numbers.shape != (len(self.parameters),):
            raise ArgumentError(f"theta: {len(self.parameters)} numbers, not an array of shape {numbers.shape}")
        if self._held is not None:
            self._held[:] = numbers
        else:
            for parameter, number in zip(self.parameters, numbers.tolist()):
                parameter.data = number

    def _theta(self) -> Array:
        if self._held is not None:
            return self._held
        try:
            return np.frombuffer(self._packed.pack(*[parameter.data for parameter in self.parameters]))
        except (TypeError, ValueError, OverflowError, struct.error):
            return np.array([_float(parameter) for parameter in self.parameters])

    # -- The rows -----------------------------------------------------------------------------------------------

    def _rows(self, rows: Any) -> Array:
        """Return the rows as a matrix of floats."""
        wanted = len(self.inputs)
        last = self._last
        if last is not None and rows is last and last.ndim == 2 and last.shape[1] == wanted:  # checked by the last call
            return last
        if rows is None:
            if wanted:
                raise ArgumentError(f"give the rows: a column for each of {wanted} inputs ({self._named_inputs()})")
            return np.empty((1, 0))
        try:
            found = np.asarray(rows)
        except ValueError:
            raise ArgumentError("the rows differ in length: each has one number for each input") from None
        if found.dtype.kind not in "fiub":
            if found.size or found.dtype.kind != "O":
                raise OperandError(f"the rows hold numbers that fit a float, not {_kind(found)}")
            found = found.astype(float)
        if found.ndim == 1 and (wanted == 1 or not found.size):
            found = found.reshape(-1, wanted)
        if found.ndim != 2 or found.shape[1] != wanted:
            raise ArgumentError(
                f"rows of shape {found.shape}, but there are {wanted} inputs ({self._named_inputs()}): "
                f"give rows × {wanted}" + (", a single row in a list of its own" if found.ndim == 1 else "")
            )
        made = np.ascontiguousarray(found, dtype=float)
        self._last = made if made is rows else None
        return made

    def _named_inputs(self) -> str:
        names = [escapes.plain(leaf.label) or f"number {place}" for place, leaf in enumerate(self.inputs, start=1)]
        return ", ".join(names[:6] + ["…"] * (len(names) > 6))

    # -- Checking -----------------------------------------------------------------------------------------------

    def check(self, rows: Any, function: Callable[[list[float]], Value] | None = None) -> None:
        """Compare the loss and the gradients of each row with an eager run.

        `function` is your code: it takes a row, a list of floats, and builds the loss from the same
        parameters. The check then finds what was frozen. Without `function` the recorded graph is run.

        >>> from autograd.replay import record
        >>> w, x = Value(2.0, "w"), Value(3.0, "x")
        >>> def loss(x):
        ...     return w * x if x.data > 0 else w * w
        >>> step = record(loss(x), [x])
        >>> step.check([[1.0], [5.0]], lambda row: loss(Value(*row)))
        >>> step.check([[1.0], [-5.0]], lambda row: loss(Value(*row)))
        Traceback (most recent call last):
        autograd.errors.StaleGraphError: row 1: the loss is −10 by the recorded graph and 4 by your function: ...

        Raises StaleGraphError at the first difference, naming the row and the parameter.
        """
        rows = self._rows(rows)
        theta = self._theta()
        for number, row in enumerate(rows):
            if function is None:
                made = rerun(self.program, [self.loss, *self.outputs], theta, rows, number)
                eager, again = made[self.loss], [made.get(parameter, parameter) for parameter in self.parameters]
                who = "a plain run of it"
            else:
                eager, again, who = function(row.tolist()), list(self.parameters), "your function"
                if not isinstance(eager, Value):
                    raise OperandError(f"check: the function gives a Value, the loss of a row, not {eager!r}")
            with np.errstate(all="ignore"):
                losses, gradient = self._backend.run(theta, rows[number : number + 1], 1.0)
            require_close(f"row {number}: the loss", float(losses[0]), float(eager.data), who)
            slopes = gradients(eager)
            for parameter, copy, slope in zip(self.parameters, again, gradient.tolist()):
                expected = float(slopes.get(copy, 0.0))
                name = describe(parameter)
                require_close(f"row {number}: the gradient by {name}", slope, expected, who)

    def _check_inputs(self) -> None:
        """Raise ArgumentError for an input that neither the loss nor an output depends on."""
        if not self.inputs:
            return
        used = np.zeros(self.program.slots, dtype=bool)
        used[[self.program.loss, *self.program.outputs]] = True
        for instruction in self.program.instructions:
            for slots in instruction.reads:
                used[slots] = True
        for place, leaf in enumerate(self.inputs):
            if not used[self.program.shared + place]:
                raise ArgumentError(
                    f"record: the input {describe(leaf)} (number {place + 1}) is not in the graph, which does not "
                    "depend on it: leave it out, or build the loss from it"
                )

    def _check_recorded(self) -> None:
        """Raise if the program, run on the inputs and parameters of the graph, does not give the recorded outputs.

        Raises StaleGraphError if one of these numbers was changed after the graph had been recorded.
        """
        row = np.array([[_float(leaf) for leaf in self.inputs]])
        with np.errstate(all="ignore"):
            found = self._backend.forward(self._theta(), row)[0]
        for a, node in zip(found.tolist(), self.outputs or [self.loss]):
            if not is_close(a, float(node.data)):
                Graph(node).require_fresh("record")
                raise ChalkgradError(
                    f"record: {describe(node)} was recorded, and replay gives {figures.number(a)}: this is a mistake "
                    "in chalkgrad; please report the graph"
                )

    # -- Export --------------------------------------------------------------------------------------------

    def to_numpy_source(self) -> str:
        """Return Python source that needs only NumPy: `loss_and_gradients(parameters, X)`, and the parameters."""
        return export.numpy_source(self.program, self._theta(), self.reduction)

    def to_jax(self) -> tuple[Callable[..., Any], Any]:
        """Return the mean (or sum) of the losses as a pure JAX function of `(theta, X)`, and theta."""
        return export.jax_function(self.program, self._theta(), self.reduction)

    def to_torch(self) -> tuple[Callable[..., Any], Any]:
        """Return the mean (or sum) of the losses as a PyTorch function of `(theta, X)`, and theta."""
        return export.torch_function(self.program, self._theta(), self.reduction)

    def __repr__(self) -> str:
        made = repr(self.program).removeprefix("<program: ").removesuffix(">")
        return f"<compiled step: {made} on {self.backend}, {self.reduction} over the rows>"


# -- What a user gave --------------------------------------------------------------------------------------------


def _node(what: str, node: Any) -> Value:
    if not isinstance(node, Value):
        raise OperandError(f"record: {what} is a Value, not {type(node).__name__}")
    return node


def _inputs(inputs: Any) -> list[Value]:
    if isinstance(inputs, Value) or not hasattr(inputs, "__iter__"):
        raise OperandError("record: the inputs are a list of leaves, such as inputs=[*x, t]")
    listed = [_node("an input", leaf) for leaf in inputs]
    seen: set[Value] = set()
    for place, leaf in enumerate(listed, start=1):
        if leaf.op is not None:
            raise ArgumentError(
                f"record: the input {describe(leaf)} (number {place}) was computed, by {leaf.op.name}: an input is a "
                "leaf, Value(0.0), from which the loss is built"
            )
        if leaf in seen:
            raise ArgumentError(f"record: the input {describe(leaf)} (number {place}) is given twice")
        seen.add(leaf)
    return listed


def _outputs(outputs: Any) -> list[Value]:
    if isinstance(outputs, Value):
        return [outputs]
    if not hasattr(outputs, "__iter__"):
        raise OperandError(f"record: the outputs are a Value or a list of Values, not {type(outputs).__name__}")
    listed = [_node("an output", node) for node in outputs]
    if not listed:
        raise ArgumentError("record: the list of outputs is empty; leave it out and forward gives the losses")
    return listed


def _float(leaf: Value) -> float:
    try:
        return float(number_in(leaf, "replay computes in floats, and"))
    except OverflowError:
        raise RangeError(f"replay computes in floats, and {describe(leaf):.60} is too large for one") from None


def _kind(found: Array) -> str:
    if found.dtype.kind == "O":
        odd = next((v for v in found.ravel() if not isinstance(v, (int, float))), found.ravel()[0])
        return f"{type(odd).__name__} ({odd!r:.40})"
    return f"an array of {found.dtype}"
