"""The reversible debugger: a cursor over the steps of backward(), a prompt for it, and guesses that it checks."""

from autograd.stepper.debugger import debug
from autograd.stepper.stepper import Stepper
from autograd.stepper.topological import why_topological

__all__ = ["Stepper", "debug", "why_topological"]
