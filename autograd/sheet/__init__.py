"""The sheet language: text to a worksheet, and a graph to text.

To be read in this order: `lexer` (characters to tokens), `parser` (tokens to trees), `program` (lines to statements),
`sheet` (statements to a worksheet), `from_graph` (the other way round).
"""

from autograd.sheet.from_graph import to_sheet
from autograd.sheet.sheet import Sheet

__all__ = ["Sheet", "to_sheet"]
