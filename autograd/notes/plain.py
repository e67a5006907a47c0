"""A tree in the language of sheets, its digits as written: what a message and `chalkgrad read` show of a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograd.claims.tree import BinaryNode, CallNode, DerivativeNode, NameNode, NegativeNode, NumberNode

if TYPE_CHECKING:
    from autograd.claims.tree import Node

_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_SIGNS = {"+": " + ", "-": " - ", "*": "·", "/": "/", "^": "^"}


def plain(tree: Node, level: int = 0) -> str:
    """Return a tree as text, in brackets where it stands inside an operation that binds tighter than `level`.

    >>> from autograd.claims.tree import NOWHERE, NameNode, BinaryNode
    >>> a, b = NameNode("a", NOWHERE), NameNode("b", NOWHERE)
    >>> plain(BinaryNode("*", BinaryNode("+", a, b, NOWHERE), b, NOWHERE))
    '(a + b)·b'
    """
    if isinstance(tree, NumberNode):
        return f"({tree.text})" if level and tree.text.startswith("-") else tree.text
    if isinstance(tree, NameNode):
        return tree.key
    if isinstance(tree, DerivativeNode):
        text = f"{tree.sign}{tree.of}/{tree.sign}{tree.by}"
        return f"({text})" if level > 2 else text
    if isinstance(tree, NegativeNode):
        text = "-" + plain(tree.operand, 3)
        return f"({text})" if level else text
    if isinstance(tree, BinaryNode):
        own = _LEVELS[tree.operator]
        right = own + (tree.operator in "-/") if tree.operator != "^" else own
        text = plain(tree.left, own + (tree.operator == "^")) + _SIGNS[tree.operator] + plain(tree.right, right)
        return f"({text})" if own < level else text
    if isinstance(tree, CallNode):
        return f"{tree.function}{chr(39) * tree.primes}({', '.join(map(plain, tree.args))})"
    return "?"
