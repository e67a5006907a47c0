"""Replay: compile a recorded graph into a function of a batch, with its gradient. Public: `record`.

Read `instructions` first: a program is a short list of vector instructions. `lowering`, `grouping` and
`slots` make one from a graph. `numpy_backend` runs it on NumPy (with `numpy_buffers` and `numpy_ops`), and
`native/` on machine code. `compiled` is what `record` returns; `eager_check` compares it with the plain
engine; `numpy_source` and `export` write it as code for NumPy, JAX and PyTorch. NumPy is imported only when
`record` is called.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from autograd.engine.gc_pause import paused_gc
from autograd.optional import import_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.engine.value import Value
    from autograd.replay.compiled import CompiledStep

__all__ = ["record"]


def record(
    loss: Value,
    inputs: Sequence[Value],
    reduction: str = "mean",
    *,
    backend: str = "auto",
    check: Any = None,
    outputs: Value | Sequence[Value] | None = None,
) -> CompiledStep:
    """Compile the graph of `loss` into a function of a batch.

    Call the function with rows, one column for each input. It returns the mean of their losses (the sum
    with `reduction="sum"`) and sets the `grad` of the *parameters*, all leaves that are not inputs, to the
    gradient of that number. Unlike `backward()` it does not add to `grad`, so no `zero_grad()` is needed.
    `step.forward(rows)` returns the loss of each row, or the `outputs` if they are given.

    >>> from autograd import Value
    >>> w, x, t = Value(0.5, "w"), Value(0.0, "x"), Value(0.0, "t")
    >>> step = record((w * x - t) ** 2, inputs=[x, t])
    >>> step([[1.0, 1.0], [2.0, 3.0]]), w.grad
    (2.125, -4.5)
    >>> step.forward([[1.0, 1.0], [2.0, 3.0]])
    array([0.25, 4.  ])

    Apart from rounding the numbers are those of the eager engine. Each call reads the parameters' `data`.
    Everything else is *frozen*: plain numbers, and whatever your code decided by looking at `data` while
    it built the graph (an `if`, the length of a loop, an index). `check=rows` compares these rows with a
    plain run of the graph. `step.check(rows, function)` compares them with your code, and finds what was
    frozen. `backend` is "numpy", "native", or "auto" for the fastest one installed.

    Raises ArgumentError for an input that is not a leaf, is given twice or is not in the graph, and for an
    unknown reduction or backend; StaleGraphError if a number was changed since and the loss is another one
    now; OperandError for something that is not a Value; MissingExtraError without NumPy.
    """
    import_extra("numpy", "replay", "record")
    from autograd.replay.compiled import CompiledStep  # noqa: PLC0415 -- NumPy is optional, and this needs it

    with paused_gc():
        step = CompiledStep(loss, inputs, reduction, backend=backend, outputs=outputs)
    if check is not None:
        step.check(check)
    return step


if find_spec("numpy") is None and record.__doc__:  # the example cannot run without NumPy
    record.__doc__ = record.__doc__.replace(">>> ", "> ")
