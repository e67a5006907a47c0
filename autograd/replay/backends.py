"""The backends that run a compiled program: their interface, which there are, and the choice of one.

A backend takes `(theta, rows, weight)` and knows nothing of Values. A new one is a class with this
interface, and a line in `make_backend`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from autograd.errors import ArgumentError
from autograd.replay.numpy_backend import NumpyBackend

if TYPE_CHECKING:
    from autograd.replay.instructions import Array, Program

BACKENDS = ("auto", "numpy", "native")  # the values of `backend=`; "auto" is the fastest that is installed


class Backend(Protocol):
    """The interface of a backend; `theta` are the parameters in the program's order, `rows` are rows × inputs.

    NumPy's floating-point trap is set during a run, so a backend may raise FloatingPointError at a number
    that is not finite.
    """

    name: str

    def forward(self, theta: Array, rows: Array) -> Array:
        """Return the outputs, rows × outputs."""

    def run(self, theta: Array, rows: Array, weight: float) -> tuple[Array, Array]:
        """Return the loss of each row, and the gradient of `weight` times their sum by the parameters."""

    def step(self, theta: Array, rows: Array, weight: float) -> tuple[float, Array]:
        """Return the sum of the losses, and the same gradient. Raises FloatingPointError if a number is not finite."""

    def hold(self, theta: Array) -> Array:
        """Return the same numbers in the array from which this backend reads parameters fastest."""


def make_backend(name: str, program: Program) -> Backend:
    """Return the backend of this name for a program.

    Raises ArgumentError for an unknown name, MissingExtraError if the native one is not installed.
    """
    if name not in BACKENDS:
        raise ArgumentError(f"record: the backend is one of {', '.join(BACKENDS)}, not {name!r}")
    if name != "numpy":
        try:
            native: Backend = import_module("autograd.replay.native.backend").NativeBackend(program)
        except ImportError:
            if name == "native":
                raise
        else:
            return native
    return NumpyBackend(program)
