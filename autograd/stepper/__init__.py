"""The reversible debugger: a cursor over the steps of backward(), a prompt for it, and guesses that it checks."""

from autograd.stepper.debugger import debug
from autograd.stepper.naive_order import why_topological
from autograd.stepper.stepper import Stepper

__all__ = ["Stepper", "debug", "why_topological"]
