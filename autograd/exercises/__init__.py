"""What is done with sheets: `mark` and `check` answers, make an `exercise`, `blank` a sheet and `solve` it."""

from autograd.exercises.answers import blank
from autograd.exercises.entry_points import check, mark
from autograd.exercises.network_sheets import Exercise, exercise
from autograd.exercises.solutions import solve

__all__ = ["Exercise", "blank", "check", "exercise", "mark", "solve"]
