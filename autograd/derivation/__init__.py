"""Worked derivations: `explain` for one weight, `compare_orders` for two orders, `walkthrough` for a whole graph.

Read `formulas` (what a node and an edge are written as), `neurons`, `context` (products along the
paths), `one_weight`, `comparison`, and then the folder `worked`.
"""

from autograd.derivation.comparison import Comparison, compare_orders
from autograd.derivation.one_weight import Derivation, explain
from autograd.derivation.worked.whole_network import Walkthrough, walkthrough
from autograd.document.document import Document

__all__ = ["Comparison", "Derivation", "Document", "Walkthrough", "compare_orders", "explain", "walkthrough"]
