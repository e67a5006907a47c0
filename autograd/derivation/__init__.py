"""Worked derivations: the chain rule of one weight, the two orders of reading it, the whole document of a graph."""

from autograd.derivation.comparison import Comparison, compare_orders
from autograd.derivation.one_weight import Derivation, explain
from autograd.derivation.worked.whole_network import Walkthrough
from autograd.document.document import Document

__all__ = ["Comparison", "Derivation", "Document", "Walkthrough", "compare_orders", "explain"]
