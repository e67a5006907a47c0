"""Marking: every claim of a sheet against the engine, and what kind of mistake stands at each root."""

from autograd.marking.report import Marking, check, mark

__all__ = ["Marking", "check", "mark"]
