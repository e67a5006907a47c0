"""Record once, run many times: a graph replayed over the rows of a batch, forward and backward.

`record` makes of a recorded graph a `Recorded` step. `program` says what it is made into, `grouping`
how, `arrays` runs it on NumPy, `handover` hands it on to other engines. Nothing of NumPy is
imported before `record` is called.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

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
    """Make of the graph of `loss` a step that runs it over many rows of `inputs` at once.

    Called with rows, one column for each input, the step gives the mean of their losses (with
    `reduction="sum"` the sum), and sets the `grad` of every leaf that is no input, its *parameters*,
    to the gradient of that number. It sets where `backward()` adds: there is no `zero_grad()` to
    forget. `step.forward(rows)` gives the loss of each row, or the `outputs`, if any were named.

    >>> from autograd import Value
    >>> w, x, t = Value(0.5, "w"), Value(0.0, "x"), Value(0.0, "t")
    >>> step = record((w * x - t) ** 2, inputs=[x, t])
    >>> step([[1.0, 1.0], [2.0, 3.0]]), w.grad
    (2.125, -4.5)
    >>> step.forward([[1.0, 1.0], [2.0, 3.0]])
    array([0.25, 4.  ])

    The numbers are those of the eager engine to rounding. The parameters' `data` is read at each
    call. Everything else is *frozen*: plain numbers, and whatever your code decided by looking at `data` while
    it built the graph (an `if`, the length of a loop, an index). `check=rows` compares these rows
    with a plain run of the recorded graph; `step.check(rows, function)` compares with your code, and
    finds what was frozen. `backend` is "numpy", "native", or "auto" for the fastest installed.

    Raises ArgumentError for an input that is no leaf, is given twice or is not in the graph, and for an
    unknown reduction or backend; OperandError for no Value; MissingExtraError without NumPy.
    """
    import_extra("numpy", "replay", "record")
    from autograd.replay.compiled import CompiledStep  # noqa: PLC0415 -- NumPy is optional, and this needs it

    step = CompiledStep(loss, inputs, reduction, backend=backend, outputs=outputs)
    if check is not None:
        step.check(check)
    return step


if find_spec("numpy") is None and record.__doc__:  # the example of the docstring cannot run here
    record.__doc__ = record.__doc__.replace(">>> ", "> ")
