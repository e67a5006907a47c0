"""What the tests are tried on: numbers, points of an operation, and random graphs over the whole table.

A random graph is drawn as a `Recipe`, so that one graph can be built several times: with plain and
with specialised operators, from floats and from fractions.
"""

import math
import operator
import os
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st

from autograd import DomainError, Value, affine, half_squared_error, mean, total
from autograd.engine import functions
from autograd.table import ops
from autograd.table.ops import TABLE, VARIADIC

# From day to day a property is tried on a quarter of its examples; with EXAMPLES=all, as in CI, on all of them; with
# EXAMPLES=few, where a test runs tests in a changed copy, on a part that shows whether they hold at all.
SHARE = {"all": 1, "few": 40}.get(os.environ.get("EXAMPLES", ""), 4)


def some(count):
    """So many random cases with EXAMPLES=all, and a share of them from day to day."""
    return math.ceil(count / SHARE)


def sized(whole, small):
    """The size of a case whose cost grows fast: `whole` with EXAMPLES=all, `small` from day to day."""
    return whole if SHARE == 1 else small


def examples(max_examples):
    """So many examples, the same in every run: a failure here is a failure everywhere."""
    return settings(deadline=None, derandomize=True, max_examples=some(max_examples))


# The rows that only other rows need.
HELPERS = {
    "sign",
    "step",
    "above",
    "bell",
    "expm1",
    "xlogy",
    "monomial",
    "portion",
    "logaddexp",
    "exp_less",
    "sigmoid_less",
}
OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
    "abs": abs,
}
EXACT = ("add", "sub", "mul", "div", "neg", "abs", "relu", "maximum", "minimum", "affine", "total", "mean")
EXACT += ("mean_squared_error", "max_margin", "huber")
FUNCTIONS = {
    "affine": lambda *args: affine(args[0 : len(args) // 2 * 2 : 2], args[1::2], *args[len(args) // 2 * 2 :]),
    "total": lambda *args: total(args),
    "mean": lambda *args: mean(args),
    "half_squared_error": lambda *args: half_squared_error(args[: len(args) // 2], args[len(args) // 2 :]),
    "mean_squared_error": lambda *args: functions.mean_squared_error(args[: len(args) // 2], args[len(args) // 2 :]),
    "logsumexp": lambda *args: functions.logsumexp(args),
}

# With how many operands an n-ary row can be read; a loss has as many outputs as targets.
SIZES = {
    "half_squared_error": [2, 4],
    "mean_squared_error": [2, 4],
    "max_margin": [2, 4],
    "binary_cross_entropy": [2, 4],
    "cross_entropy": [4, 6],
    "huber": [3, 5],
    "mean": [2, 3, 5],
}

ordinary = st.floats(0.001, 3) | st.floats(-3, -0.001) | st.integers(-3, 3).map(float)
any_float = st.floats() | ordinary
fractions = st.fractions(-3, 3, max_denominator=12)

# What is more than text in HTML, Markdown, LaTeX or a terminal, if nothing makes it text.
HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "<https://example.org>", "&lt;b&gt;",
    "![x](https://example.org/x.png)", "[x](javascript:alert(1))", "![x][y]", "]", "](", "`<b>`", "```", "~~~", "$<b>$",
    "$$", "$`", "`$", r"\(", r"\[", r"\)", "\\", "|", "#", "> ", "- ", "+ ", "1. ", "===", "---", "    ", "_", "**",
    "^", "}", "{", "%", r"\end{aligned}", r"\href{javascript:alert(1)}{x}", "\n\n<b>", "\x1b[31m", "\u202e", "\ud800",
    "'", '"',
)  # fmt: skip
hostile_labels = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3), min_size=1, max_size=3).map("".join)


def apply(name, *operands):
    """The operation as a user writes it: an operator, a function of a list, a method; else its row."""
    if name in OPERATORS:
        return OPERATORS[name](*operands)
    if name in FUNCTIONS:
        return FUNCTIONS[name](*operands)
    if isinstance(operands[0], Value) and hasattr(Value, name):
        return getattr(operands[0], name)(*operands[1:])
    return TABLE[name](*operands)


@st.composite
def arity(draw, op):
    """With how many operands an n-ary row is read."""
    if op.arity != VARIADIC:
        return op.arity
    return draw(st.sampled_from(SIZES.get(op.name, [1, 2, 3, 5])))


@st.composite
def points(draw, op, numbers=ordinary):
    """Operands for a row; not always within its domain."""
    point = draw(st.lists(numbers, min_size=(n := draw(arity(op))), max_size=n))
    if op is ops.huber:
        point[-1] = abs(point[-1]) or 1.0  # its delta is positive
    return [*point[:-1], float(n)] if op is ops.mean else point


@dataclass(frozen=True)
class Node:
    """The node of a recipe with this number."""

    number: int


@dataclass(frozen=True)
class Recipe:
    """The leaves of a graph, and one line for each operation: its name, and Nodes and plain numbers."""

    leaves: tuple
    lines: tuple

    def build(self):
        """The graph's nodes as they were made, on leaves x0, x1, …; what is out of its domain is left out."""
        return self.build_on([Value(x, f"x{index}") for index, x in enumerate(self.leaves)], leave_out=(DomainError,))

    def build_on(self, leaves, leave_out=()):
        """The same on these leaves: a function of them."""
        nodes = list(leaves)
        for name, line in self.lines:
            operands = [nodes[v.number] if isinstance(v, Node) else v for v in line]
            try:
                nodes.append(apply(name, *operands))
            except leave_out:
                nodes.append(next(v for v in operands if isinstance(v, Value)))
        return nodes


@st.composite
def recipes(draw, numbers=ordinary, names=tuple(TABLE), longest=12):
    """Random graphs with shared nodes, repeated parents, plain numbers and n-ary operations."""
    leaves = draw(st.lists(numbers, min_size=1, max_size=4))
    lines = []
    for count in range(len(leaves), len(leaves) + draw(st.integers(1, longest))):
        op = TABLE[draw(st.sampled_from(names))]
        node = st.integers(0, count - 1).map(Node)
        operands = [draw(node) if draw(st.integers(0, 3)) else draw(numbers) for _ in range(draw(arity(op)))]
        operands[draw(st.integers(0, len(operands) - 1))] = draw(node)
        if op is ops.huber:  # its delta is positive
            operands[0], operands[-1] = draw(node), abs(draw(numbers)) or 1
        lines.append((op.name, tuple(operands)))
    return Recipe(tuple(leaves), tuple(lines))


# -- Kinds of numbers that come in ----------------------------------------------------------------


class Reading(float):
    """A kind of float, as other libraries have them."""


class Grade(IntEnum):
    """A kind of int."""

    LOW = 1
    HIGH = 2


# Each kind that becomes a plain number: what makes it, and the plain numbers that it is made of here.
BECOME_PLAIN = {
    "bool": (bool, (False, True)),
    "int": (int, (0, 1, -2, 10**30)),
    "IntEnum": (Grade, (1, 2)),
    "float": (float, (0.0, 1.0, -2.5)),
    "subclass of float": (Reading, (0.0, 1.0, -2.5)),
}
try:
    import numpy as np
except ImportError:  # the suite runs without it
    np = None
else:
    for _kind in {np.dtype(code).type for code in np.typecodes["AllInteger"]}:
        _range = np.iinfo(_kind)
        _numbers = (0, 1, 2, int(_range.max), *([-2, int(_range.min)] if _range.min else []))
        BECOME_PLAIN[f"numpy.{_kind.__name__}"] = (_kind, _numbers)
    for _kind in (np.float16, np.float32, np.float64):
        BECOME_PLAIN[f"numpy.{_kind.__name__}"] = (_kind, (0.0, 1.0, -2.5, float(np.finfo(_kind).max)))
    BECOME_PLAIN["numpy.bool"] = (np.bool_, (False, True))
    BECOME_PLAIN["numpy.ndarray"] = (partial(np.array, dtype=np.float32), (0.0, 1.0, -2.5))
# -- Formulas of sheets -------------------------------------------------------------------------

NAMES = ("a", "b", "c", "h1", "h2")  # of the givens that a formula is made of


@st.composite
def formulas(draw, depth=4):
    """A formula as text; not always within its domain."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from((*NAMES, *NAMES, "2", "3", "0.5")))
    kind = draw(st.sampled_from("+-*/^-fs("))
    one = draw(formulas(depth=depth - 1))
    if kind == "f":
        return f"{draw(st.sampled_from(('exp', 'ln', 'sqrt', 'sin', 'tanh', 'σ')))}({one})"
    if kind == "s":
        term = draw(st.sampled_from(("x[i]*w[i]", "(x[i] - a)*w[i]", "exp(w[i])", "x[i]^2*b")))
        return f"sum({term} for i in 1..3)"
    if kind == "(":
        return f"(-{one})"
    if kind == "^":
        return f"({one})^{draw(st.sampled_from(('2', '3', '(-1)', '0.5')))}"
    return f"({one}) {kind} ({draw(formulas(depth=depth - 1))})"


def sheet_of(formula):
    """A sheet that defines y by a formula of these names."""
    givens = "; ".join(f"{name} = {0.3 + 0.17 * place:.2f}" for place, name in enumerate(NAMES))
    indexed = "; ".join(f"x[{i}] = {0.2 * i + 0.1:.1f}; w[{i}] = {0.9 - 0.3 * i:.1f}" for i in (1, 2, 3))
    return f"{givens}; {indexed}\ny = {formula}"
