"""Functions and constants that a sheet may use without defining them, made of the rows of the table.

`sec(x)` is read as 1/cos(x), `log_2(x)` as ln(x)/ln(2), `π` as 4·atan(1): one table of derivatives is enough.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.tree import BinaryNode, CallNode, NameNode, map_nodes, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.claims.tree import Node, TextPlace

# By name: the function of u, in the language of sheets.
LIBRARY = {
    "sec": "1/cos(u)",
    "csc": "1/sin(u)",
    "cosec": "1/sin(u)",
    "cot": "cos(u)/sin(u)",
    "sinh": "(exp(u) - exp(-u))/2",
    "cosh": "(exp(u) + exp(-u))/2",
    "asinh": "ln(u + sqrt(u^2 + 1))",
    "acosh": "ln(u + sqrt(u^2 - 1))",
    "atanh": "ln((1 + u)/(1 - u))/2",
    "asin": "2*atan(u/(1 + sqrt(1 - u^2)))",
    "acos": "2*atan(1) - 2*atan(u/(1 + sqrt(1 - u^2)))",
    "silu": "u*sigmoid(u)",
    "gelu": "u*(1 + erf(u/sqrt(2)))/2",
}
ALIASES = {"swish": "silu", "lg": "log10", "log2": "log_2", "log10": "log_10", "arctan": "atan", "arcsin": "asin"}
ALIASES |= {"arccos": "acos", "arsinh": "asinh", "arcsinh": "asinh", "arcosh": "acosh", "arccosh": "acosh"}
ALIASES |= {"artanh": "atanh", "arctanh": "atanh", "tg": "tan", "ctg": "cot"}
INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}
CONSTANTS = {"π": "4*atan(1)", "pi": "4*atan(1)", "e": "exp(1)"}

OF_SEVERAL = ("softmax", "logsumexp")  # of any number of arguments

_LOGARITHM = re.compile(r"log_?(\d+)")


def is_known(name: str) -> bool:
    """Return whether a name is a function that needs no definition.

    >>> is_known("arctan"), is_known("log_2"), is_known("f")
    (True, True, False)
    """
    return (
        name in FUNCTIONS
        or name in LIBRARY
        or name in ALIASES
        or name in OF_SEVERAL
        or _LOGARITHM.fullmatch(name) is not None
    )


def call(name: str, args: tuple[Node, ...], place: TextPlace, parse: Callable[[str], Node]) -> Node:
    """Return a function of the table or of the library applied to arguments; `parse` reads a formula of it."""
    name = ALIASES.get(name, name)
    name = ALIASES.get(name, name)
    base = _LOGARITHM.fullmatch(name)
    if base and len(args) == 1:
        over = CallNode("ln", (whole_number(int(base[1])),), place)
        return BinaryNode("/", CallNode("ln", args, place), over, place)
    if name not in LIBRARY or len(args) != 1:
        return CallNode(name, args, place)
    return map_nodes(parse(LIBRARY[name]), lambda node: args[0] if isinstance(node, NameNode) else node)


def sum_of_exponentials(args: tuple[Node, ...], place: TextPlace) -> Node:
    """Return eᵃ + eᵇ + …, which softmax divides by and logsumexp takes the logarithm of."""
    return CallNode("sum", tuple(CallNode("exp", (arg,), place) for arg in args), place)


def constant(name: str, parse: Callable[[str], Node]) -> Node | None:
    """Return the definition of a constant; None for any other name."""
    return parse(CONSTANTS[name]) if name in CONSTANTS else None
