"""Marking: every claim of a worksheet against the engine, and the kind of mistake that stands in each wrong line.

To be read in this order: `own_figures` (what the writer's numbers give), `intervals`, `marker` (the verdicts),
`diagnosis` (the kinds of mistakes), `report`.
"""

from typing import TYPE_CHECKING

from autograd.optional import lazy_names

__all__ = ["Marking"]

if TYPE_CHECKING:
    from autograd.marking.report import Marking
else:  # who takes the answers out of a sheet needs no report
    __getattr__, __dir__ = lazy_names(__name__, {"Marking": f"{__name__}.report"})
