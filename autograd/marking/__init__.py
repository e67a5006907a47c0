"""Marking: every claim of a sheet against the engine, and what kind of mistake stands at each root."""

from autograd.exercises.exercises import Exercise, blank, exercise
from autograd.marking.report import Marking, check, mark

__all__ = ["Exercise", "Marking", "blank", "check", "exercise", "mark"]
