"""Conditions on which a walk stops, such as `abs(grad) > 1`, read from text and never evaluated as a program.

Python's parser gives the tree. `_RULES` is the list of what a tree may hold; anything else is refused
with its name when the condition is read, and so is what is no yes or no.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.errors import ArgumentError
from autograd.formatting import escapes, suggestions

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.engine.value import Value
    from autograd.stepper.cursor import Cursor

    Meaning = Callable[["Moment"], Any]

MAX_CHARACTERS = 200

NUMBER, WORD, TRUTH = "a number", "a word", "yes or no"


class Moment(NamedTuple):
    """A node at a step: what a condition is asked about."""

    cursor: Cursor
    node: Value
    number: int


# What the names of a condition mean, each with its kind.
NAMES: dict[str, tuple[str, Meaning]] = {
    "grad": (NUMBER, lambda at: at.cursor.grad(at.node, at.number)),
    "data": (NUMBER, lambda at: at.node.data),
    "upstream": (NUMBER, lambda at: at.cursor.record(at.number).upstream),
    "step": (NUMBER, lambda at: at.number),
    "op": (WORD, lambda at: at.node.op.name if at.node.op else "leaf"),
    "label": (WORD, lambda at: at.cursor.names[at.node]),
    "state": (WORD, lambda at: at.cursor.state(at.node, at.number)),
}
OF_A_NODE = ("grad", "data", "op", "state")  # of another node too, as in w.grad

_FUNCTIONS: dict[str, tuple[str, Callable[..., Any]]] = {
    "abs": (NUMBER, abs),
    "sqrt": (NUMBER, math.sqrt),
    "min": (NUMBER, min),
    "max": (NUMBER, max),
    "isnan": (TRUTH, math.isnan),
    "isinf": (TRUTH, math.isinf),
    "isfinite": (TRUTH, math.isfinite),
}
_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.Mod: operator.mod,
}  # fmt: skip
_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip

# As it is written by hand, and as Python's parser wants it.
_SPELLED = {"≤": "<=", "≥": ">=", "≠": "!=", "−": "-", "·": "*", "×": "*", "^": "**", "∞": "inf"}
_FIELD = re.compile(rf"\.(?:{'|'.join(OF_A_NODE)})\b")
_SIGN = re.compile(r"[<>=≤≥≠|]|\b(?:and|or|not)\b|\b(?:" + "|".join(_FUNCTIONS) + r")\s*\(")


def looks_like_condition(text: str) -> bool:
    """Return True for a text that compares or computes, and is therefore no name of a node.

    >>> looks_like_condition("abs(grad) > 1"), looks_like_condition("layer 1.w[0,1]")
    (True, False)
    """
    return bool(_SIGN.search(text))


class Condition:
    """A condition on a node at a step: `grad`, `data` and so on are those of the node, `w.grad` is that of w.

    >>> from autograd import Stepper, Value
    >>> x = Value(3.0, label="x")
    >>> s = Stepper((x * x).tanh())
    >>> Condition("0 < grad <= 1", s).holds(s.output, 1)
    True
    >>> Condition("x.grad > 1", s).holds(s.output, 1)
    False

    Raises ArgumentError for what is no condition, and says which part of it is none.
    """

    def __init__(self, text: str, cursor: Cursor) -> None:
        self.text, self._cursor = text.strip(), cursor
        self._labels: list[str] = []  # of the nodes that are called node_0, node_1, … in the tree
        tree = _parsed(self.text, self._with_nodes_named)
        kind, self._meaning = self._read(tree)
        if kind != TRUTH:
            raise _refused(self.text, f"is {kind}: compare it, as in {self._said(tree)} {_EXAMPLES[kind]}")

    def holds(self, node: Value, number: int) -> bool:
        """Return True where the condition holds for a node after a step; what cannot be computed does not hold."""
        try:
            return bool(self._meaning(Moment(self._cursor, node, number)))
        except (ArithmeticError, ValueError, TypeError):  # 1/0, sqrt(-1), a power that is too large or complex
            return False

    def _read(self, tree: ast.AST) -> tuple[str, Meaning]:
        """Return the kind of a part of the tree, and what gives its value."""
        rule = _RULES.get(type(tree))
        if rule is None:
            raise _refused(self._said(tree), f"does not belong in a condition, such as {EXAMPLE}")
        return rule(self, tree)

    def _with_nodes_named(self, text: str) -> str:
        """Return the text with an identifier, which Python reads, in the place of each label that has a field."""
        known = set(self._cursor.names.values())
        parts, begun = [], 0
        for field in _FIELD.finditer(text):
            starts = (at for at in range(begun, field.start()) if not text[at - 1 : at].isalnum() or at == begun)
            start = next((at for at in starts if text[at : field.start()] in known), None)
            if start is not None:
                parts += [text[begun:start], f"node_{len(self._labels)}"]
                self._labels.append(text[start : field.start()])
                begun = field.start()
        return "".join([*parts, text[begun:]])

    def _said(self, tree: ast.AST) -> str:
        """Return a part of the tree as it was written."""
        return re.sub(r"\bnode_(\d+)\b", lambda match: self._labels[int(match[1])], ast.unparse(tree))

    def _wanted(self, kind: str, tree: ast.AST) -> Meaning:
        found, meaning = self._read(tree)
        if found != kind:
            raise _refused(self._said(tree), f"is {found}, where {kind} is wanted")
        return meaning

    def _constant(self, tree: ast.Constant) -> tuple[str, Meaning]:
        value: Any = tree.value
        if isinstance(value, str):
            return WORD, lambda _: value
        if type(value) not in (int, float):
            raise _refused(self._said(tree), f"is no number; a condition is one such as {EXAMPLE}")
        number = float(value) if abs(value) < 1e300 else math.copysign(math.inf, value)
        return NUMBER, lambda _: number

    def _name(self, tree: ast.Name) -> tuple[str, Meaning]:
        if tree.id in ("inf", "nan"):
            number = float(tree.id)
            return NUMBER, lambda _: number
        if tree.id in NAMES:
            return NAMES[tree.id]
        if tree.id in self._cursor.names.values():
            raise _refused(tree.id, f"is a node: {tree.id}.grad is its gradient, {tree.id}.data its value")
        raise _refused(tree.id, f"means nothing{suggestions.meant(tree.id, NAMES)} (there are {', '.join(NAMES)})")

    def _attribute(self, tree: ast.Attribute) -> tuple[str, Meaning]:
        label = self._said(tree.value)
        if tree.attr not in OF_A_NODE:
            raise _refused(self._said(tree), f"means nothing: a node has {', '.join(OF_A_NODE)}")
        node = self._cursor.graph.find(label)  # says what it does not find
        kind, meaning = NAMES[tree.attr]
        return kind, lambda at: meaning(at._replace(node=node))

    def _call(self, tree: ast.Call) -> tuple[str, Meaning]:
        name = self._said(tree.func)
        if name not in _FUNCTIONS or tree.keywords or not tree.args:
            raise _refused(self._said(tree), f"means nothing here; there are {', '.join(_FUNCTIONS)}")
        kind, function = _FUNCTIONS[name]
        if (len(tree.args) == 1) == (name in ("min", "max")):
            raise _refused(self._said(tree), f"has {len(tree.args)} argument{'s' * (len(tree.args) > 1)}")
        arguments = [self._wanted(NUMBER, argument) for argument in tree.args]
        return kind, lambda at: function(*(argument(at) for argument in arguments))

    def _unary(self, tree: ast.UnaryOp) -> tuple[str, Meaning]:
        if isinstance(tree.op, ast.Not):
            inner = self._wanted(TRUTH, tree.operand)
            return TRUTH, lambda at: not inner(at)
        if isinstance(tree.op, ast.Invert):
            raise _refused(self._said(tree), "means nothing; not says the opposite")
        sign = -1 if isinstance(tree.op, ast.USub) else 1
        number = self._wanted(NUMBER, tree.operand)
        return NUMBER, lambda at: sign * number(at)

    def _binary(self, tree: ast.BinOp) -> tuple[str, Meaning]:
        function = _ARITHMETIC.get(type(tree.op))
        if function is None:
            raise _refused(self._said(tree), "means nothing; write and, or, not between comparisons")
        left, right = self._wanted(NUMBER, tree.left), self._wanted(NUMBER, tree.right)
        return NUMBER, lambda at: function(left(at), right(at))

    def _compare(self, tree: ast.Compare) -> tuple[str, Meaning]:
        parts = [self._read(part) for part in (tree.left, *tree.comparators)]
        kind = parts[0][0]
        if kind == TRUTH or any(other != kind for other, _ in parts):
            raise _refused(self._said(tree), "compares what is not alike; numbers go with numbers, words with words")
        signs = [_COMPARISONS.get(type(sign)) for sign in tree.ops]
        if None in signs or (kind == WORD and any(type(sign) not in (ast.Eq, ast.NotEq) for sign in tree.ops)):
            raise _refused(self._said(tree), f"means nothing for {kind}; == and != compare words, < and > numbers")

        def holds(at: Moment) -> bool:
            values = [meaning(at) for _, meaning in parts]
            return all(sign(*pair) for sign, pair in zip(signs, pairwise(values)) if sign)

        return TRUTH, holds

    def _logic(self, tree: ast.BoolOp) -> tuple[str, Meaning]:
        parts = [self._wanted(TRUTH, part) for part in tree.values]
        every = all if isinstance(tree.op, ast.And) else any
        return TRUTH, lambda at: every(part(at) for part in parts)


EXAMPLE = "abs(grad) > 1"
_EXAMPLES = {NUMBER: "> 0", WORD: "== 'tanh'"}

# What a condition may consist of, and how each part is read.
_RULES: dict[type, Callable[[Condition, Any], tuple[str, Meaning]]] = {
    ast.Constant: Condition._constant, ast.Name: Condition._name, ast.Attribute: Condition._attribute,
    ast.Call: Condition._call, ast.UnaryOp: Condition._unary, ast.BinOp: Condition._binary,
    ast.Compare: Condition._compare, ast.BoolOp: Condition._logic,
}  # fmt: skip


def _refused(part: str, why: str) -> ArgumentError:
    return ArgumentError(f"{escapes.plain(part)} {why}")


def _parsed(text: str, with_nodes_named: Callable[[str], str]) -> ast.expr:
    """Return a condition as Python's parser reads it; raise ArgumentError for none, and for one that is too long."""
    if not text:
        raise ArgumentError(f"if what? A condition such as if {EXAMPLE}")
    if len(text) > MAX_CHARACTERS:
        raise ArgumentError(f"a condition of more than {MAX_CHARACTERS} characters is not read")
    spelled = re.sub(r"\|([^|]+)\|", r"abs(\1)", with_nodes_named(text))
    for sign, meant in _SPELLED.items():
        spelled = spelled.replace(sign, meant)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a SyntaxWarning of Python's, such as that of 1 is 1
            return ast.parse(spelled, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        equals = re.search(r"(?<![<>=!])=(?!=)", spelled)
        hint = "; == asks whether they are equal" if equals else f"; one is {EXAMPLE}"
        raise ArgumentError(f"{escapes.plain(text)!r} is no condition{hint}") from None
