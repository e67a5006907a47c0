"""What a learner and a teacher do with sheets: `mark` and `check` answers, make an `exercise`, `blank` a sheet."""

from autograd.exercises.answers import blank
from autograd.exercises.entry_points import check, mark
from autograd.exercises.network_sheets import Exercise, exercise

__all__ = ["Exercise", "blank", "check", "exercise", "mark"]
