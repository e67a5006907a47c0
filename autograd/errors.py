"""The errors this project raises on purpose.

Every one of them is a `ChalkgradError`, so that one `except` catches them all, and also the
built-in error it refines, so that code which knows nothing of this library still catches it.
"""


class ChalkgradError(Exception):
    """Anything this project raises on purpose."""


class ArgumentError(ChalkgradError, ValueError):
    """An argument of the right kind whose value cannot be used."""


class ShapeError(ArgumentError):
    """Arrays whose shapes do not go together; the message names both."""


class OperandError(ChalkgradError, TypeError):
    """Something that is not a number or a `Value` where one was wanted."""


class DomainError(ChalkgradError, ValueError):
    """An operation, or its derivative, at a point where it is not defined."""


class DivisionByZeroError(DomainError, ZeroDivisionError):
    """A division by zero, or zero to a negative power."""


class RangeError(DomainError, OverflowError):
    """A result too large for a float."""


class NotFoundError(ChalkgradError, LookupError):
    """A label, node or step that is not in this graph."""


class StaleGraphError(ChalkgradError, RuntimeError):
    """A number was changed after it had been recorded, so the old graph no longer describes it."""


class TooLargeError(ArgumentError):
    """A graph too large for what was asked; the message names the ways out."""


class RenderError(ChalkgradError, RuntimeError):
    """A picture could not be made; the message says what to install or change."""


class InputError(ArgumentError, OSError):
    """A file that cannot be read: it is not there, damaged, or does not hold what was asked for."""


class OutputError(ChalkgradError, OSError):
    """A file could not be written; nothing half-written is left behind."""


class SheetError(ChalkgradError, ValueError):
    """A sheet that cannot be read; the message begins with line and column."""


class MarkingError(ChalkgradError, RuntimeError):
    """The marking of a sheet failed: a defect of chalkgrad and not of the sheet."""


class MissingExtraError(ChalkgradError, ImportError):
    """An optional package is not installed; the message says which extra brings it."""


class PackageConflictError(ChalkgradError, ImportError):
    """Another package of the same name is in the way; the message says what to do."""
