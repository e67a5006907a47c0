"""Run a program on NumPy, with one array for the per-call numbers and one for the per-row numbers.

For each batch size the program is bound to such arrays: it becomes a list of calls, `function(*arguments)`,
whose arguments are views of the arrays. So a run does nothing but NumPy's own work.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

from autograd.optional import import_extra
from autograd.replay import numpy_ops
from autograd.replay.grouping import compile_trace
from autograd.replay.instructions import (
    ElementwiseOp,
    LineNumber,
    MatrixProduct,
    RowTrace,
    SumsOfProducts,
    trace_forward,
    trace_partials,
)
from autograd.replay.numpy_buffers import Buffers, SlotLayout, sum_over
from autograd.table.ops import VARIADIC

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.replay.instructions import Array, Program

np = import_extra("numpy", "replay", "record")

MAX_SIZES = 4  # batch sizes whose arrays are kept
MAX_NUMBERS = 1 << 19  # in the arrays of a batch; a larger batch is run in blocks


class NumpyBackend:
    """Runs a program on NumPy; `theta` holds the parameters in the order of the program."""

    name = "numpy"

    def __init__(self, program: Program) -> None:
        self.program = program
        self.block = max(256, MAX_NUMBERS // max(1, program.slots - program.shared))
        self.places: dict[int, SlotLayout] = {}
        self.together: dict[Any, Array] = {}
        self._bound: dict[tuple[int, bool], BoundProgram] = {}

    def forward(self, theta: Array, rows: Array) -> Array:
        """Return the outputs, rows × outputs."""
        program = self.program
        found = np.empty((len(rows), len(program.outputs)))
        for start in range(0, len(rows), self.block):
            part = rows[start : start + self.block]
            bound = self._for(len(part), forward_only=True)
            bound.run_forward(theta, part)
            for columns, numbers in bound.outputs:
                found[start : start + len(part), columns] = numbers.T
        return found

    def run(self, theta: Array, rows: Array, weight: float) -> tuple[Array, Array]:
        """Return the loss of each row, and the gradient of `weight` times their sum by the parameters."""
        if len(rows) <= self.block:
            return self._run(theta, rows, weight)
        losses, gradients = zip(
            *[self._run(theta, rows[k : k + self.block], weight) for k in range(0, len(rows), self.block)]
        )
        return np.concatenate(losses), sum(gradients)

    def step(self, theta: Array, rows: Array, weight: float) -> tuple[float, Array]:
        """Return the sum of the losses, and the same gradient. Raises FloatingPointError if a number is not finite."""
        with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
            losses, gradient = self.run(theta, rows, weight)
            total = float(np.add.reduce(losses))
        if not (math.isfinite(total) and np.isfinite(gradient).all()):
            raise FloatingPointError("a number is not finite")
        return total, gradient

    def hold(self, theta: Array) -> Array:
        """Return a copy."""
        return np.array(theta)

    def _run(self, theta: Array, rows: Array, weight: float) -> tuple[Array, Array]:
        bound = self._for(len(rows), forward_only=False)
        bound.run_forward(theta, rows)
        bound.run_reverse(weight)
        return bound.losses.copy(), bound.gradient.copy()

    def everything(self, theta: Array, rows: Array) -> tuple[Array, Array, Array, Array]:
        """Return every number of a run and every gradient: per call, per row, and the gradients of both."""
        bound = BoundProgram(self, len(rows), forward_only=False)
        bound.run_forward(theta, rows)
        bound.run_reverse(1.0)
        return bound.shared[:, 0], bound.rows, bound.shared_gradient[:, 0], bound.rows_gradient

    def _for(self, size: int, *, forward_only: bool) -> BoundProgram:
        key = size, forward_only
        bound = self._bound.pop(key, None)
        if bound is None:
            bound = BoundProgram(self, size, forward_only=forward_only)
            while len(self._bound) >= MAX_SIZES:
                self._bound.pop(next(iter(self._bound)))
        self._bound[key] = bound  # the last used is the last to go
        return bound


# -- A program bound to a batch size ------------------------------------------------------------------------


class BoundProgram(Buffers):
    """A program bound to one batch size: its arrays, and the calls of the forward and the reverse pass."""

    def __init__(self, backend: NumpyBackend, size: int, *, forward_only: bool) -> None:
        program = backend.program
        super().__init__(program, size, backend.places)
        self.theta = self.shared[self.parameters, 0]
        self.inputs = self.rows[: len(program.inputs)]
        self.operands: dict[int, Any] = {}
        self.together = backend.together
        instructions = program.of_outputs if forward_only else program.instructions
        for instr in instructions:
            PASSES[type(instr)][0](self, instr)
            self._give_back()
        in_rows = program.outputs >= self.border
        self.outputs = [
            (np.flatnonzero(chosen), self._values(program.outputs[chosen]))
            for chosen in (in_rows, ~in_rows)
            if chosen.any()
        ]
        loss = self._values(np.array([program.loss]))[0]
        self.forward, self.calls = self.calls, []
        if forward_only:
            return
        self.ones = np.ones((size, 1))
        self._with_gradients()
        self.gradient = self.shared_gradient[self.parameters, 0]
        self.losses = np.broadcast_to(loss, (size,))
        self.written[program.loss] = True
        for instr in reversed(instructions):
            if instr.reverse:
                PASSES[type(instr)][1](self, instr)
                self._give_back()
        self.cleared[self.parameters] |= ~self.written[self.parameters]  # parameters that only the outputs use
        self.start = self._to_clear()
        in_row = program.loss >= self.border
        self.begin = self.rows_gradient[program.loss - self.border] if in_row else self.shared_gradient[program.loss]
        self.reverse = self.calls

    # -- Running ---------------------------------------------------------------------------------------------

    def run_forward(self, theta: Array, rows: Array) -> None:
        """Copy the parameters and the rows into the arrays, and make the calls of the forward pass."""
        self.theta[:] = theta
        np.copyto(self.inputs, rows.T)
        for function, arguments in self.forward:
            function(*arguments)

    def run_reverse(self, weight: float) -> None:
        """Make the calls of the reverse pass, which starts with the gradient of weight · Σ losses by each loss."""
        for gradient in self.start:
            gradient.fill(0.0)
        self.begin[:] = weight if self.program.loss >= self.border else weight * self.size
        for function, arguments in self.reverse:
            function(*arguments)

    # -- Rows of the table, line by line ------------------------------------------------------------------------

    def _compute(
        self, trace: RowTrace, known: list[Any], wanted: Sequence[int], into: Array | None = None
    ) -> list[Any]:
        """Add the calls for the wanted results of a trace; the first of them may go into a given array."""
        base = len(known)
        results = [trace.results[place] for place in wanted]
        last: dict[int, int] = {int(v): len(trace.lines) for v in results if isinstance(v, LineNumber)}
        for number in range(len(trace.lines) - 1, -1, -1):
            if base + number in last:
                for arg in trace.lines[number][1]:
                    if isinstance(arg, LineNumber) and int(arg) not in last:
                        last[int(arg)] = number
        values = [*known, *[None] * len(trace.lines)]
        for number, (op, args) in enumerate(trace.lines):
            if base + number not in last:
                continue
            operands = [values[arg] if isinstance(arg, LineNumber) else arg for arg in args]
            for arg in args:
                if isinstance(arg, LineNumber) and arg >= base and last[int(arg)] == number:
                    self._return(values[arg])
            if into is not None and isinstance(results[0], LineNumber) and results[0] == base + number:
                out = into
            else:
                out = self._borrow(np.broadcast_shapes(*(v.shape for v in operands if isinstance(v, np.ndarray))))
            self._call(numpy_ops.into_array(op), *operands, out)
            values[base + number] = out
        found = [values[v] if isinstance(v, LineNumber) else v for v in results]
        if into is not None and found[0] is not into:
            self._call(np.copyto, into, found[0])
        return found

    # -- Forward --------------------------------------------------------------------------------------------------

    def _forward_elementwise(self, instr: ElementwiseOp) -> None:
        if instr.op.arity == VARIADIC:
            self._forward_row(instr)
            return
        operands = [v if isinstance(v, float) else self._values(v) for v in instr.operands]
        self.operands[id(instr)] = operands
        self._compute(trace_forward(instr.op, instr.given), [*operands, None], [0], into=self._own(instr))

    def _forward_row(self, instr: ElementwiseOp) -> None:
        """Add the calls for an operation of many operands, which become the first axis of one array."""
        slots = [v for v in instr.operands if not isinstance(v, float)]
        per_row = [bool(v[0] >= self.border) for v in slots]
        own = self._own(instr)
        self.operands[id(instr)] = operands = np.empty((len(slots) + 1, *own.shape))  # the last place is for the result
        for kind in sorted(set(per_row)):
            chosen = [place for place, which in enumerate(per_row) if which is kind]
            # always the same array, because its layout is found by its identity
            together = self.together.setdefault((id(instr), kind), np.array([slots[place] for place in chosen]))
            self._call(operator.setitem, operands, _stretch(chosen), self._values(together))
        if instr.op in numpy_ops.STACKED:
            places = [place for place, v in enumerate(instr.operands) if not isinstance(v, float)]
            stacked = operands[:-1]
            if len(places) < len(instr.operands):
                stacked = np.array([np.full(own.shape, v if isinstance(v, float) else 0.0) for v in instr.operands])
                self._call(operator.setitem, stacked, _stretch(places), operands[:-1])
            self._call(numpy_ops.STACKED[instr.op], stacked, own)
        else:
            self._call_row(compile_trace(trace_forward(instr.op, instr.given), instr.given), operands, own)

    def _call_row(self, program: Program, operands: Array, into: Array) -> None:
        """Add the calls of a program of a trace, which puts its results into an array."""
        size = operands[0].size
        within = BoundProgram(NumpyBackend(program), size, forward_only=True)
        self._call(np.copyto, within.inputs, operands.reshape(len(operands), size))
        self.calls += within.forward
        for columns, numbers in within.outputs:
            self._call(operator.setitem, into.reshape(-1, size), _stretch(columns.tolist()), numbers)

    def _forward_matrix(self, instr: MatrixProduct) -> None:
        left, right = self._values(instr.left)[..., 0], self._values(instr.right)
        own = self._own(instr)
        times, rows = len(instr.right), len(instr.left)
        if instr.per_row:
            if times == 1:
                right = right[0]
            else:
                own = own.reshape(times, rows, self.size)
            self._call(np.matmul, left, right, own)
        else:
            right, own = right[..., 0], own.reshape(times, rows)
            self._call(np.matmul, right, left.T, own)
        self.operands[id(instr)] = left, right
        if instr.bias is not None:
            bias = self._values(instr.bias)
            self._call(np.add, own, bias if instr.per_row else bias[:, 0], own)

    def _forward_products(self, instr: SumsOfProducts) -> None:
        left, right = self._values(instr.left), self._values(instr.right)
        self.operands[id(instr)] = left, right
        own = self._own(instr)
        if left.shape[2] == right.shape[2]:
            self._call(_sum_products, left, right, own)
        else:  # per call times per row
            self._call(np.matmul, left[..., 0][:, None, :], right, own[:, None, :])
        if instr.bias is not None:
            self._call(np.add, own, self._values(instr.bias), own)

    # -- Reverse --------------------------------------------------------------------------------------------------

    def _reverse_elementwise(self, instr: ElementwiseOp) -> None:
        if instr.op.arity == VARIADIC:
            self._reverse_row(instr)
            return
        wanted = [place for place, want in enumerate(instr.wants) if want]
        known = [*self.operands[id(instr)], self._own(instr)]
        upstream = self._upstream(instr)
        for place, partial in zip(wanted, self._compute(trace_partials(instr.op, instr.given), known, wanted)):
            slots = instr.operands[place]
            shared = instr.per_row and self._lies(slots).first < self.border
            self._contribute(upstream, partial, slots, over_rows=shared)

    def _reverse_row(self, instr: ElementwiseOp) -> None:
        wanted = [place for place, want in enumerate(instr.wants) if want]
        trace = trace_partials(instr.op, instr.given)
        trace = trace._replace(results=tuple(trace.results[place] for place in wanted))
        upstream, own, operands = self._upstream(instr), self._own(instr), self.operands[id(instr)]
        self._call(np.copyto, operands[-1], own)
        partials = self._borrow((len(wanted), *own.shape))
        self._call_row(compile_trace(trace, instr.given), operands, partials)
        one_a_call = [instr.per_row and bool(instr.operands[place][0] < self.border) for place in wanted]
        for kind in sorted(set(one_a_call)):
            chosen = [n for n, which in enumerate(one_a_call) if which is kind]
            slots = np.array([instr.operands[wanted[n]] for n in chosen])
            stretch = _stretch(chosen)
            if isinstance(stretch, slice):
                block = partials[stretch]
            else:
                block = self._borrow((len(chosen), *own.shape))
                self._call(np.take, partials, chosen, 0, block, "clip")
            self._contribute(upstream, block, slots, over_rows=kind)

    def _contribute(self, upstream: Array, partial: Any, slots: Array, *, over_rows: bool) -> None:
        """Add upstream × local derivative to the gradient in the slots, summed over the rows for per-call slots."""
        one = not isinstance(partial, np.ndarray) and partial == 1
        # the same for every row
        fixed = not isinstance(partial, np.ndarray) or (partial.shape[-1] == 1 and self.size > 1)

        def contribution(out: Array) -> None:
            if one:
                self._call(np.copyto, out, upstream)
            else:
                self._call(np.multiply, upstream, partial, out)

        def summed(out: Array) -> None:
            product = upstream
            if not fixed:
                product = self._borrow(partial.shape if partial.ndim > upstream.ndim else upstream.shape)
                contribution(product)
            self._call(np.matmul, product, self.ones, out)
            if fixed and not one:
                self._call(np.multiply, out, partial, out)

        self._deliver(slots, summed if over_rows else contribution, ready=upstream if one and not over_rows else None)

    def _reverse_matrix(self, instr: MatrixProduct) -> None:
        left, right = self.operands[id(instr)]
        upstream = self._upstream(instr)
        times, rows = len(instr.right), len(instr.left)
        if not instr.per_row:
            self._reverse_shared_matrix(instr, left, right, upstream.reshape(times, rows))
            return
        if times > 1:
            upstream = upstream.reshape(times, rows, self.size)
        turned = right.swapaxes(-1, -2)

        def to_left(out: Array) -> None:
            out = out[..., 0]
            if times == 1:
                self._call(np.matmul, upstream, turned, out)
            else:
                each = self._borrow((times, *out.shape))
                self._call(np.matmul, upstream, turned, each)
                self._call(sum_over, each, 0, out)

        def to_bias(out: Array) -> None:
            if times == 1:
                self._call(np.matmul, upstream, self.ones, out)
            else:
                self._call(sum_over, upstream, (0, 2), out[:, 0])

        if instr.wants_right:
            self._deliver(
                instr.right, lambda out: self._call(np.matmul, left.T, upstream, out if times > 1 else out[0])
            )
        if instr.wants_left:
            self._deliver(instr.left, to_left)
        if instr.wants_bias:
            self._deliver(instr.bias, to_bias)

    def _reverse_shared_matrix(self, instr: MatrixProduct, left: Array, right: Array, upstream: Array) -> None:
        if instr.wants_right:
            self._deliver(instr.right, lambda out: self._call(np.matmul, upstream, left, out[..., 0]))
        if instr.wants_left:
            self._deliver(instr.left, lambda out: self._call(np.matmul, upstream.T, right, out[..., 0]))
        if instr.wants_bias:
            self._deliver(instr.bias, lambda out: self._call(sum_over, upstream, 0, out[:, 0]))

    def _reverse_products(self, instr: SumsOfProducts) -> None:
        left, right = self.operands[id(instr)]
        upstream = self._upstream(instr)
        spread = upstream[:, None, :]
        if instr.wants_right:
            self._deliver(instr.right, lambda out: self._call(np.multiply, spread, left, out))
        if instr.wants_left and left.shape[2] == right.shape[2]:
            self._deliver(instr.left, lambda out: self._call(np.multiply, spread, right, out))
        elif instr.wants_left:
            self._deliver(instr.left, lambda out: self._call(np.matmul, right, upstream[:, :, None], out))
        if instr.wants_bias and instr.per_row:
            self._deliver(instr.bias, lambda out: self._call(np.matmul, upstream, self.ones, out))
        elif instr.wants_bias:
            self._deliver(instr.bias, lambda out: self._call(np.copyto, out, upstream), ready=upstream)


PASSES: dict[type, tuple[Callable[..., None], Callable[..., None]]] = {  # the forward and the reverse of each kind
    ElementwiseOp: (BoundProgram._forward_elementwise, BoundProgram._reverse_elementwise),
    MatrixProduct: (BoundProgram._forward_matrix, BoundProgram._reverse_matrix),
    SumsOfProducts: (BoundProgram._forward_products, BoundProgram._reverse_products),
}


# -- What NumPy has no single function for ---------------------------------------------------------------------------


def _sum_products(left: Array, right: Array, out: Array) -> None:
    np.einsum("kjb,kjb->kb", left, right, out=out)


def _stretch(places: list[int]) -> Any:
    """Return the places as a slice if they are consecutive."""
    return slice(places[0], places[-1] + 1) if places[-1] - places[0] + 1 == len(places) else places
