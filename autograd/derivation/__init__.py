"""Worked derivations: the chain rule of one weight, the two orders of reading it, the whole document of a graph."""

from autograd.derivation.derivation import Derivation, explain
from autograd.derivation.document import Document
from autograd.derivation.orders import Comparison, compare_orders
from autograd.derivation.walkthrough import Walkthrough

__all__ = ["Comparison", "Derivation", "Document", "Walkthrough", "compare_orders", "explain"]
