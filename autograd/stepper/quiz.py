"""Ask for contributions before they are shown, and judge the answers.

An answer is right if it is correct to the digits written; one of fewer than three digits is asked
for again unless it is exact. A wrong one gets a reason and a second try. The caller gives the
questions, and `ask` and `tell`: so the same dialogue runs in a REPL, in the prompt, from a file and
in a test.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.formatting import escapes, figures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MIN_DIGITS = 3  # significant ones, of an answer
MAX_ANSWER = 100  # characters of an answer

GIVE_UP, GIVE_UP_THE_STEP, SKIP = "?", "??", ""
QUIT = ("q", "quit", "exit")  # typed where a number is asked for; they lead back to the prompt
HOW = "a number, a/b or a*b; ? shows it, ?? shows the step"


class Score(NamedTuple):
    """The number of right predictions, and of those that were asked for."""

    right: int
    asked: int

    def __str__(self) -> str:
        return f"{self.right} of {self.asked} right"


class Question(NamedTuple):
    """A question about one term of a step, and the numbers that its answer is judged by."""

    text: str
    upstream: Any
    local: Any
    contribution: Any
    total: Any


def ask_for_terms(
    head: str, questions: Sequence[Question], ask: Callable[[str], str], tell: Callable[[str], object]
) -> Score:
    """Ask for every term of one step, tell after each answer whether it is right, and return the score.

    After a wrong answer, its reason is told and the question is asked once more. An empty answer skips a
    question, which is not counted. The end of the input (EOFError) gives up the rest.
    """
    tell(head)
    right, skipped = 0, 0
    for question in questions:
        tried = False
        verdict: bool | None = None
        while verdict is None:
            try:
                answer = ask(question.text).strip()
            except EOFError:
                answer = GIVE_UP_THE_STEP
            if answer in (GIVE_UP_THE_STEP, *QUIT):
                return Score(right, len(questions) - skipped)
            if answer == SKIP:
                skipped += 1
                tell("  skipped, and not counted")
                break
            verdict, reason = judge(answer, question)
            if verdict is False and answer != GIVE_UP and not tried:
                verdict, tried = None, True
                reason = f"no: {_reason(answer, question, questions)}. Once more:"
            tell(f"  {reason}")
        right += verdict is True
    return Score(right, len(questions) - skipped)


def _reason(answer: str, question: Question, questions: Sequence[Question]) -> str:
    """Return a sentence on a wrong answer that does not give the right one away."""
    upstream, local, truth = question.upstream, question.local, question.contribution
    general = f"upstream and local derivative are multiplied, and the upstream is {figures.number(upstream)}"
    read = _read(answer)
    if read is None or not _finite(truth):
        return general
    value, unit, digits = read
    unit = unit if digits >= MIN_DIGITS else Fraction(0)
    if found := _mistake(value, unit, question):
        return found
    if unit and abs(value) < abs(_exact(truth)) < abs(value) + unit and value * _exact(truth) > 0:
        return "the last digit is cut off, where it is rounded"
    others = {f"that is what {other.text.partition('.grad')[0]} receives": other.contribution for other in questions}
    numbers = others | {
        "that is the sum of upstream and local derivative, which are multiplied": upstream + local,
        "that is the quotient of upstream and local derivative, which are multiplied": upstream / local if local else 0,
        "that is twice as much": 2 * truth,
        "that is half as much": truth / 2,
    }
    return next((words for words, number in numbers.items() if number and _equal(value, number, unit)), general)


def judge(answer: str, question: Question) -> tuple[bool | None, str]:
    r"""Return whether an answer is right, None where it has to be asked for again, and the reason.

    >>> question = Question("", 0.5, 0.25, 0.125, 0.625)
    >>> judge("0.125", question), judge("0.5/4", question)
    ((True, 'right'), (True, 'right'))
    >>> judge("-0.125", question)
    (False, 'no: the sign\n  it is 0.5 × 0.25 = 0.125')
    >>> judge("0.1", question)
    (None, 'right as far as it goes: please write 3 significant digits')
    """
    truth = question.contribution
    working = f"{figures.number(question.upstream)} × {figures.number(question.local)} = {figures.number(truth)}"
    if answer in ("", GIVE_UP):
        return False, f"it is {working}"
    if not _finite(truth):
        right = answer.replace(figures.MINUS, "-").lower().lstrip("+") == str(float(truth))
        return right, "right" if right else f"no: it is {working}"
    read = _read(answer)
    if read is None:
        return None, f"{escapes.plain(answer[:MAX_ANSWER])!r} is no number: write {HOW}"
    value, unit, digits = read
    if _equal(value, truth, unit):
        if digits < MIN_DIGITS and not _equal(value, truth, Fraction(0)):
            return None, f"right as far as it goes: please write {MIN_DIGITS} significant digits"
        return True, "right"
    mistake = _mistake(value, unit if digits >= MIN_DIGITS else Fraction(0), question)
    return False, f"no: {mistake}\n  it is {working}" if mistake else f"no: it is {working}"


def _mistake(value: Fraction, unit: Fraction, question: Question) -> str:
    """Return a sentence on the number that the answer is instead, where that is recognized."""
    mistakes = {
        "the sign": -question.contribution,
        "that is the local derivative alone, without the upstream": question.local,
        "that is the upstream alone, without the local derivative": question.upstream,
        "that is the sum after it, and the contribution is asked for": question.total,
    }
    return next((mistake for mistake, number in mistakes.items() if _equal(value, number, unit)), "")


def _equal(value: Fraction, number: Any, unit: Fraction) -> bool:
    """Return whether two numbers agree to half of the unit, or as nearly as floats do."""
    if not _finite(number):
        return False
    exact = _exact(number)
    return abs(value - exact) <= max(unit / 2, abs(exact) / 10**9)


def _exact(number: Any) -> Fraction:
    return Fraction(number if isinstance(number, int | float | Fraction) else float(number))


def _finite(number: Any) -> bool:
    return bool(number - number == 0)  # neither inf nor nan


_OPERATION = re.compile(r"\s*([*/])\s*")


def _read(answer: str) -> tuple[Fraction, Fraction, int] | None:
    """Return the value of an answer, the unit of its last digit, and the number of its significant digits.

    A product or quotient counts as written to three significant digits.
    """
    if len(answer) > MAX_ANSWER:
        return None
    text = answer.replace(figures.MINUS, "-").replace("×", "*").replace("·", "*").replace(",", ".")
    first, *rest = _OPERATION.split(text)
    try:
        number = _decimal(first)
        value = Fraction(number)
        for sign, factor in zip(rest[0::2], rest[1::2]):
            value = value * Fraction(_decimal(factor)) if sign == "*" else value / Fraction(_decimal(factor))
    except (InvalidOperation, ZeroDivisionError):
        return None
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    digits = len(number.as_tuple().digits)
    if rest:
        exponent, digits = (Decimal(float(value)).adjusted() - MIN_DIGITS + 1 if value else 0), MIN_DIGITS
    return value, Fraction(10) ** exponent if value else Fraction(0), digits  # 0 is no rounded number


def _decimal(text: str) -> Decimal:
    number = Decimal(text.strip())
    if not number.is_finite() or abs(number.adjusted()) > 400:
        raise InvalidOperation
    return number
