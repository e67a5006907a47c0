"""What is done with sheets: `mark` and `check` answers, make an `exercise`, `blank` a sheet and `solve` it."""

from typing import TYPE_CHECKING

from autograd.optional import lazy_names

__all__ = ["Exercise", "blank", "check", "exercise", "mark", "solve"]

if TYPE_CHECKING:
    from autograd.exercises.answers import blank
    from autograd.exercises.entry_points import check, mark
    from autograd.exercises.network_sheets import Exercise, exercise
    from autograd.exercises.solutions import solve
else:
    _NAMES = {
        "answers": "blank",
        "entry_points": "check mark",
        "network_sheets": "Exercise exercise",
        "solutions": "solve",
    }
    __getattr__, __dir__ = lazy_names(
        __name__, {name: f"{__name__}.{module}" for module, names in _NAMES.items() for name in names.split()}
    )
