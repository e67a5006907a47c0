"""Questions about statements: what they read and store, what lies inside a loop and what comes from what."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from autograd.array_code.gradient_names import parts_of, stored
from autograd.array_code.interpreter import _reads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RETURN = "return"  # the key of what a function returns, with its position


def names_read(statement: ast.AST) -> set[str]:
    """Return the names that a statement reads."""
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def function_name(node: ast.AST) -> str:
    """Return the name of the function that a call calls, or nothing."""
    func = getattr(node, "func", None)
    return str(getattr(func, "attr", getattr(func, "id", "")))


def is_reduction(call: ast.Call) -> bool:
    """Return whether a call reduces an array along axes, or multiplies matrices."""
    return function_name(call) in ("sum", "mean", "max", "var", "dot", "matmul")


def root_name(target: ast.expr) -> str:
    """Return the name that a target changes: dx of `dx[0, 1]`."""
    while isinstance(target, (ast.Subscript, ast.Attribute)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def root_of_key(key: str) -> str:
    """Return the name that the key of a gradient begins with."""
    return root_name(ast.parse(key, mode="eval").body) if not key.startswith(RETURN) else ""


def simple_statements(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the simple statements inside one, in order."""
    if isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
        for inner in statement.body:
            yield from simple_statements(inner)
    else:
        yield statement


def statements_behind(statements: Sequence[ast.stmt], name: str) -> set[ast.stmt]:
    """Return the statements of a loop that a name comes from."""
    wanted, found = {name}, set[ast.stmt]()
    while True:
        more = {each for each in statements if wanted & {root_name(target) for target in stored(each)}} - found
        if not more:
            return found
        found |= more
        wanted |= {read for each in more for read in names_read(each)}


def stores_anew(statement: ast.stmt, key: str) -> bool:
    """Return whether a statement stores a gradient anew, and does not add to it or change a part of it."""
    if isinstance(statement, ast.Assign):
        is_whole = any(ast.unparse(t) == key for target in statement.targets for t in parts_of(target))
        return is_whole and not _reads(statement.value, key)
    if isinstance(statement, (ast.For, ast.While, ast.If)):
        return any(stores_anew(inner, key) for inner in statement.body) and not isinstance(statement, ast.If)
    return False


def is_room(value: Any) -> bool:
    """Return whether a value only makes room for what is written later."""
    if isinstance(value, ast.Tuple):
        return all(map(is_room, value.elts))
    name = value.func.attr if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else ""
    return name in ("zeros", "zeros_like", "empty", "empty_like", "new_zeros") or (
        isinstance(value, ast.Constant) and not value.value
    )
