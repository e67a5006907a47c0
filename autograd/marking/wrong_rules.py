"""The rules of differentiation that people get wrong, one row each, as the table of derivatives has the right ones.

A row is what somebody takes for the derivative of an operation: a formula in which `a` and `b` are the operands, and
`da` and `db` the derivatives of these. `rule_mistakes` reads it at each part of a line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from autograd.symbolic.expr import Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from autograd.symbolic.expr import Formula


class WrongRule(NamedTuple):
    """A formula that somebody takes for the derivative of an operation, the kind of mistake, and a sentence about it.

    In the sentence, {a}, {b}, {da} and {db} are as in the rule, {part} is what is differentiated, {wrong} what the rule
    gives, {right} what belongs there, and {shown} one more formula.
    """

    gives: Formula
    kind: str
    sentence: str
    shown: Formula | None = None


a, b, da, db = map(Symbol, ("a", "b", "da", "db"))
DEGREE, LN_10, LN_2 = map(Symbol, ("degree", "ln(10)", "ln(2)"))
CONSTANTS = {"degree": math.pi / 180, "ln(10)": math.log(10), "ln(2)": math.log(2)}

_BELONGS = "{right} belongs"
_NO_FACTOR, _NO_OTHER_FACTOR = "the factor {b} is left out", "the factor {a} is left out"
_NO_DIVISOR = "the divisor {b} is left out"
_NO_TERM = "the term {shown} is left out"
OF_PRODUCT = "the derivative of a product is not the product of the derivatives: " + _BELONGS
_PLUS = "the product rule has a plus: " + _BELONGS
_OF_QUOTIENT = "the derivative of a quotient is not the quotient of the derivatives: " + _BELONGS
_TURNED = "the quotient rule is the wrong way round: " + _BELONGS
_MINUS = "the quotient rule has a minus: " + _BELONGS
_SQUARE = "the quotient rule divides by the square of {b}: " + _BELONGS
_FALLS = "the power falls by one: {shown} belongs"
_CONSTANT_BASE = "the rule for a constant base is taken: the derivative of {part} is {right}"
_CONSTANT_EXPONENT = "the power rule is for a constant exponent: the derivative of {part} is {right}"
_INTEGRAL = "{wrong} is an integral of {part}, not its derivative: " + _BELONGS
_DEGREES = "the angle is taken in degrees: {part} is meant in radians"
_BASE = "this is the derivative of the logarithm to the base {}: {{part}} is the natural one"

# For each operation, and which of its operands depend on the name:
WRONG_RULES: dict[tuple[ops.Op, str], tuple[WrongRule, ...]] = {
    (ops.mul, "ab"): (
        WrongRule(da * db,                      "the product rule",  OF_PRODUCT),
        WrongRule(b * da - a * db,              "the product rule",  _PLUS),
        WrongRule(b * da,                       "a path left out",   _NO_TERM, a * db),
        WrongRule(a * db,                       "a path left out",   _NO_TERM, b * da),
    ),
    (ops.mul, "a"): (WrongRule(da,              "a constant",        _NO_FACTOR),),
    (ops.mul, "b"): (WrongRule(db,              "a constant",        _NO_OTHER_FACTOR),),
    (ops.div, "ab"): (
        WrongRule((a * db - b * da) / (b * b),  "the quotient rule", _TURNED),
        WrongRule(da / db,                      "the quotient rule", _OF_QUOTIENT),
        WrongRule((b * da + a * db) / (b * b),  "the quotient rule", _MINUS),
        WrongRule((b * da - a * db) / b,        "the quotient rule", _SQUARE),
        WrongRule(b * da - a * db,              "the quotient rule", _SQUARE),
        WrongRule((da - a * db) / (b * b),      "the quotient rule", "the factor {b} of {da} is left out: " + _BELONGS),
    ),
    (ops.div, "a"): (WrongRule(da,              "a constant",        _NO_DIVISOR),),
    (ops.div, "b"): (
        WrongRule(a / db,                       "the quotient rule", _OF_QUOTIENT),
        WrongRule(-a * db / b,                  "the quotient rule", _SQUARE),
    ),
    (ops.pow, "a"): (
        WrongRule(b * a**b * da,                "an exponent",       _FALLS, a ** (b - 1)),
        WrongRule(b * a ** (b + 1) * da,        "an exponent",       _FALLS, a ** (b - 1)),
        WrongRule(a ** (b - 1) * da,            "a constant",        "the factor {b} from the exponent is left out"),
        WrongRule((b - 1) * a ** (b - 1) * da,  "a constant",        "the exponent {b} is the factor: " + _BELONGS),
        WrongRule(a**b * ops.log(a) * da,       "the power rule",    _CONSTANT_BASE),
        WrongRule(a ** (b + 1) / (b + 1) * da,  "the power rule",    _INTEGRAL),
    ),
    (ops.pow, "b"): (
        WrongRule(b * a ** (b - 1) * db,        "the power rule",    _CONSTANT_EXPONENT),
        WrongRule(b * a ** (b - 1),             "the power rule",    _CONSTANT_EXPONENT),
        WrongRule(a**b * db,                    "a factor left out", "the factor {shown} is left out", ops.log(a)),
        WrongRule(a**b / ops.log(a) * db,       "the power rule",    _INTEGRAL),
    ),
    (ops.exp, "a"): (
        WrongRule(a * ops.exp(a - 1) * da,      "the power rule",    _CONSTANT_EXPONENT),
        WrongRule(a * ops.exp(a - 1),           "the power rule",    _CONSTANT_EXPONENT),
    ),
    (ops.log, "a"): (
        WrongRule(a * da,                       "swapped",           "{wrong} stands where {right} belongs"),
        WrongRule(da / (a * LN_10),             "the calculator",    _BASE.format(10)),
        WrongRule(da / (a * LN_2),              "the calculator",    _BASE.format(2)),
    ),
    (ops.sin, "a"): (
        WrongRule(ops.cos(a * DEGREE) * da,           "the calculator", _DEGREES),
        WrongRule(DEGREE * ops.cos(a * DEGREE) * da,  "the calculator", _DEGREES),
        WrongRule(DEGREE * ops.cos(a) * da,           "the calculator", _DEGREES),
    ),
    (ops.cos, "a"): (
        WrongRule(-ops.sin(a * DEGREE) * da,          "the calculator", _DEGREES),
        WrongRule(-DEGREE * ops.sin(a * DEGREE) * da, "the calculator", _DEGREES),
        WrongRule(-DEGREE * ops.sin(a) * da,          "the calculator", _DEGREES),
    ),
}  # fmt: skip
