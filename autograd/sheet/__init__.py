"""The language of hand derivations: text to a graph and its claims, and back again."""

from autograd.sheet.from_graph import to_sheet
from autograd.sheet.sheet import Sheet

__all__ = ["Sheet", "to_sheet"]
