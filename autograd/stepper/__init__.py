"""The backward pass one step at a time: `Stepper`, `debug`, `why_topological`. Read `stepper` first, then `frame`."""

from autograd.stepper.debugger import debug
from autograd.stepper.naive_order import why_topological
from autograd.stepper.stepper import Stepper

__all__ = ["Stepper", "debug", "why_topological"]
