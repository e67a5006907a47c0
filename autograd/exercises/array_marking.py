"""`mark_code` marks the way back in NumPy and PyTorch code, which is read and never executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.array_code.backward_passes import passages
from autograd.array_code.source import read_source
from autograd.engine.gc_pause import paused_gc
from autograd.errors import ChalkgradError, MarkingError
from autograd.marking.array_lines import LineVerdict, PassageMarker
from autograd.marking.array_report import ArrayMarking
from autograd.marking.verdicts import RIGHT, UNDECIDED, WRONG

if TYPE_CHECKING:
    from collections.abc import Mapping

SEEDS = (1, 2)  # of the numbers that are drawn: a verdict holds if it does not depend on them


def mark_code(
    source: str, data: Mapping[str, Any] | None = None, *, name: str = "", reveal: str = "answer"
) -> ArrayMarking:
    """Mark the gradients that NumPy or PyTorch code writes by hand: Python, or a notebook as JSON.

    The code is read, never executed. Inputs are numbers drawn at random, or those in `data`, arrays by name.

    >>> code = '''
    ... import numpy as np
    ... x = np.random.randn(4, 3); w = np.random.randn(3, 2)
    ... y = x @ w
    ... loss = (y**2).sum()
    ... dy = 2 * y
    ... dw = dy.T @ x
    ... '''
    >>> [(verdict.line, verdict.word) for verdict in mark_code(code).verdicts]
    [(6, 'right'), (7, 'wrong')]

    Raises InputError for a text that is too long, ArgumentError for another `reveal`; MarkingError in place of any
    error that is not one of the project's own.
    """
    read = read_source(source)
    with paused_gc():
        try:
            first, *others = ([*_verdicts(read, seed, data)] for seed in SEEDS)
        except ChalkgradError:
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise MarkingError(f"chalkgrad failed to mark this code ({reason}); please report it") from error
    verdicts = [_agreed(verdict, other) for verdict, other in zip(first, _matched(first, others[0]))]
    return ArrayMarking(read, sorted(verdicts, key=lambda verdict: verdict.line), name, reveal)


def _verdicts(read: Any, seed: int, data: Mapping[str, Any] | None) -> list[LineVerdict]:
    broken: dict[str, int] = {}
    found: list[LineVerdict] = []
    for passage in passages(read, seed, data):
        verdicts = PassageMarker(passage, broken).mark()
        wrong = [verdict.line for verdict in verdicts if verdict.word == WRONG]
        if passage.name and wrong:
            broken[passage.name] = wrong[0]
        found += verdicts
    return found


def _matched(verdicts: list[LineVerdict], others: list[LineVerdict]) -> list[LineVerdict | None]:
    """Return for each verdict the one of another reading that is about the same gradient."""
    waiting: dict[tuple[str, str], list[LineVerdict]] = {}
    for other in others:
        waiting.setdefault((other.function, other.gradient), []).append(other)
    return [(waiting.get((each.function, each.gradient)) or [None]).pop(0) for each in verdicts]  # type: ignore[list-item]


def _agreed(verdict: LineVerdict, other: LineVerdict | None) -> LineVerdict:
    """Return a verdict on which two readings agree; undecided where they do not."""
    if other is None or verdict.word != other.word:
        return verdict._replace(
            word=UNDECIDED, reason="it depends on the numbers that are drawn", diagnosis=(), origins=()
        )
    kinds = {mistake.kind for mistake in other.diagnosis}
    if verdict.word == WRONG and verdict.line != other.line:
        return verdict._replace(diagnosis=())
    diagnosis = tuple(mistake for mistake in verdict.diagnosis if mistake.kind in kinds)
    return verdict if verdict.word == RIGHT else verdict._replace(diagnosis=diagnosis)
