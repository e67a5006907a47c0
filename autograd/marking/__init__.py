"""Marking: every claim of a worksheet against the engine, and the kind of mistake that stands in each wrong line.

To be read in this order: `own_figures` (what the writer's numbers give), `intervals`, `marker` (the verdicts),
`diagnosis` (the kinds of mistakes), `report`.
"""

from autograd.marking.report import Marking

__all__ = ["Marking"]
