"""A program exported to other engines: NumPy source of both passes, and functions of JAX and PyTorch.

The lines come from `numpy_source`. JAX and PyTorch get the forward lines, and differentiate them themselves.
"""

from __future__ import annotations

import linecache
import math
import textwrap
from typing import TYPE_CHECKING, Any

from autograd.optional import import_extra
from autograd.replay import numpy_ops
from autograd.replay.numpy_source import SourceWriter, array_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.replay.instructions import Array, Program

np = import_extra("numpy", "replay", "record")


def _preamble(text: SourceWriter) -> str:
    return "\n\n\n".join(numpy_ops.function_source(op) for op in numpy_ops.FUNCTIONS if op in text.functions)


def _forward(program: Program, text: SourceWriter) -> list[str]:
    """Return the lines of the forward pass, up to the losses of the rows."""
    text.forward()
    loss = text.read(np.array([program.loss]))
    losses = f"losses = {loss}[0]" if program.loss >= program.shared else f"losses = np.repeat({loss}[0], len(X))"
    constants = ["c = CONSTANTS[:, None]"] if len(program.constants) else []
    return [*constants, "p, x = parameters[:, None], X.T", *text.lines, losses]


def _constants(program: Program, text: SourceWriter) -> list[str]:
    found = [f"CONSTANTS = {array_text(program.constants.tolist())}"] if len(program.constants) else []
    return found + [f"{name} = {written}" for written, name in text.constants.items()]


def forward_source(program: Program, reduction: str) -> str:
    """Return the source of the forward pass, `loss(parameters, X)`, for JAX and PyTorch."""
    text = SourceWriter(program)
    body = [*_forward(program, text), f"return losses.{reduction}()"]
    function = "def loss(parameters, X):\n" + textwrap.indent("\n".join(body), "    ")
    parts = _preamble(text), "\n".join(_constants(program, text)), function
    return "\n\n\n".join(filter(None, parts)) + "\n"


NUMPY_SOURCE = '''"""{title}

Written by chalkgrad from a recorded graph. It needs NumPy alone.
"""

import numpy as np
{functions}
# The parameters as they were when this was written, in the order in which they are read.
PARAMETERS = {parameters}
{constants}

def loss_and_gradients(parameters, X):
    """The {reduction} of the losses of the rows of X, and its gradient by the parameters."""
{body}
'''


def numpy_source(program: Program, theta: Array, reduction: str) -> str:
    """Return Python source of both passes that needs only NumPy."""
    text = SourceWriter(program)
    forward = _forward(program, text)
    text.lines = ["dp = np.zeros_like(p)"]
    _seed(program, text, reduction)
    text.reverse()
    body = [*forward, "", *text.lines, f"return losses.{reduction}(), dp[:, 0]"]
    functions = _preamble(text)
    nodes = f"{program.nodes:,} node{'s' * (program.nodes != 1)}"
    return NUMPY_SOURCE.format(
        title=f"{nodes} in {len(program.instructions)} instructions, forward and backward over the rows of a batch.",
        functions=f"\n\n{functions}\n\n" if functions else "",
        parameters=array_text(theta.tolist()),
        constants="".join(f"{line}\n" for line in _constants(program, text)),
        reduction=reduction,
        body=textwrap.indent("\n".join(body), "    "),
    )


def _seed(program: Program, text: SourceWriter, reduction: str) -> None:
    """Write the gradient of the result by the loss of each row."""
    if program.loss < program.shared:  # the same for every row
        shape, weight = "(1, 1)", "1.0" if reduction == "mean" else "float(len(X))"
    else:
        shape, weight = "(1, len(X))", "1 / len(X)" if reduction == "mean" else "1.0"
    text.deliver(np.array([program.loss]), f"np.full({shape}, {weight})")


def _defined(program: Program, reduction: str, numpy: Any, library: str) -> Callable[..., Any]:
    """Return the function `loss` of the source, whose lines a debugger and a traceback can show."""
    source, file = forward_source(program, reduction), f"<autograd: a recorded graph, for {library}>"
    names: dict[str, Any] = {"np": numpy}
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)  # noqa: S102 -- our own program, as source
    function: Callable[..., Any] = names["loss"]
    return function


def jax_function(program: Program, theta: Array, reduction: str) -> tuple[Callable[..., Any], Any]:
    """Return the program as a pure JAX function of `(theta, X)`, and theta."""
    jnp = import_extra("jax.numpy", "jax", "to_jax")
    loss = _defined(program, reduction, jnp, "JAX")

    def function(theta: Any, X: Any) -> Any:  # noqa: N803 -- rows of data are called X
        return loss(jnp.asarray(theta), jnp.asarray(X))

    function.__doc__ = f"The {reduction} of the losses of the rows of X, by parameters theta."
    return function, jnp.asarray(theta)


def torch_function(program: Program, theta: Array, reduction: str) -> tuple[Callable[..., Any], Any]:
    """Return the program as a PyTorch function of `(theta, X)`, and theta, which requires its gradient."""
    torch = import_extra("torch", "torch", "to_torch")
    loss = _defined(program, reduction, TorchAsNumpy(torch), "PyTorch")

    def function(theta: Any, X: Any) -> Any:  # noqa: N803 -- rows of data are called X
        return loss(theta, torch.as_tensor(X, dtype=theta.dtype, device=theta.device))

    function.__doc__ = f"The {reduction} of the losses of the rows of X, by parameters theta."
    return function, torch.tensor(theta.tolist(), dtype=torch.float64, requires_grad=True)


class TorchAsNumpy:
    """PyTorch's functions under NumPy's names; they also take plain numbers."""

    NAMES = {"power": "pow", "concatenate": "cat", "divide": "div", "negative": "neg"}  # noqa: RUF012 -- read only
    nan, inf = math.nan, math.inf

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def _tensor(self, thing: Any) -> Any:
        torch = self._torch
        if isinstance(thing, torch.Tensor):
            return thing
        return torch.as_tensor(thing, dtype=torch.bool if isinstance(thing, bool) else torch.float64)

    def array(self, numbers: list[float]) -> Any:
        """Return a tensor of 64-bit floats, or of indices."""
        whole = bool(numbers) and all(isinstance(number, int) for number in numbers)
        return self._torch.tensor(numbers, dtype=self._torch.long if whole else self._torch.float64)

    def repeat(self, array: Any, times: int, axis: int = 0) -> Any:
        """Repeat each element so many times."""
        return self._torch.repeat_interleave(array, times, dim=axis)

    def full(self, shape: tuple[int, ...], number: Any) -> Any:
        """Return a tensor of one number, which may carry a gradient."""
        return self._tensor(number).expand(shape)

    def concatenate(self, arrays: list[Any]) -> Any:
        """Return the arrays below one another."""
        return self._torch.cat(arrays)

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._torch, self.NAMES.get(name, name))
        if name == "broadcast_to":
            return function
        return lambda *args: function(*map(self._tensor, args))
