"""Which name is the gradient of which: `dX`, `X_grad`, `grads["W1"]`, or as a comment or a comparison says."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS = [
    re.compile(form)
    for form in (
        r"d_?(?:L|l|J|E|C|loss|Loss|cost|out|error)_?d_?(.+)",
        r"d_?(.+)",
        r"(.+)_grad(?:ient)?s?",
        r"grad(?:ient)?s?_?(.+)",
        r"delta_(.+)",
        r"g_(.+)",
    )
]
INITIALIZERS = {
    "zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "zeros_", "ones_", "zero_", "fill_", "normal_",
    "uniform_", "randn", "rand", "randn_like", "rand_like", "normal", "uniform", "standard_normal", "random",
}  # fmt: skip
INSIDE = {
    "sqrt",
    "len",
    "int",
    "float",
    "max",
    "min",
    "size",
    "default_rng",
    "Generator",
    "manual_seed",
    "astype",
    "to",
}
TOLD = re.compile(r"#.*?\b([A-Za-z_]\w*)\s+is the gradient of\s+([A-Za-z_]\w*)")
LOSS = re.compile(r"#\s*loss\s*:\s*([A-Za-z_]\w*)")


def stored(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield each target that a statement stores in, those of the statements inside it too."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)) and node is not statement:
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from parts_of(target)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For)):
            yield from parts_of(node.target)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _changed(node.value)


def parts_of(target: ast.expr) -> Iterator[ast.expr]:
    """Yield each target of a tuple of targets, or a target itself."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from parts_of(part)
    else:
        yield target


def _changed(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what a call on a line of its own changes in place: `x.zero_()`, `np.add.at(x, …)`."""
    if isinstance(call.func, ast.Attribute):
        if call.func.attr == "at" and call.args:
            yield call.args[0]
        elif call.func.attr.endswith("_") or call.func.attr in ("fill", "append"):
            yield call.func.value


def is_initialization(node: ast.AST) -> bool:
    """Return whether a statement makes new arrays, of constants or drawn, and reads no other array.

    >>> [is_initialization(ast.parse(text).body[0]) for text in ("b = 0.1 * np.ones(4)", "h = np.tanh(x)", "h = h0")]
    [True, False, False]
    """
    value = getattr(node, "value", None)
    if isinstance(value, ast.Tuple):
        return all(is_initialization(ast.Expr(part)) for part in value.elts)
    calls = [part for part in ast.walk(value) if isinstance(part, ast.Call)] if value is not None else []
    names = {str(getattr(call.func, "attr", getattr(call.func, "id", ""))) for call in calls}
    return bool(names & INITIALIZERS) and names <= INITIALIZERS | INSIDE


def holder(target: ast.expr) -> ast.expr:
    """Return what a target changes as a whole: dx of `dx[mask]`, but all of `grads["W1"]`."""
    while isinstance(target, ast.Subscript) and not _is_key(target.slice):
        target = target.value
    return target


def _is_key(index: ast.expr) -> bool:
    return isinstance(index, (ast.JoinedStr, ast.Constant)) and isinstance(getattr(index, "value", ""), str)


def last_name(target: ast.expr) -> str:
    """Return the name that a target ends in: W1 of `grads["W1"]`, dW of `self.dW`."""
    target = holder(target)
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""


def subjects(target: ast.expr, told: dict[str, str]) -> list[str]:
    """Return the names whose gradient a target may be, the likeliest first.

    >>> [subjects(ast.parse(text, mode="eval").body, {}) for text in ("dW1", "x_grad", "grads['W1']")]
    [['W1'], ['x'], ['W1']]
    """
    target = holder(target)
    name = last_name(target)
    if ast.unparse(target) in told:
        return [told[ast.unparse(target)]]
    if isinstance(target, ast.Subscript):
        base = ast.unparse(target.value)
        if re.search(r"(^|[._])(d|grad|grads|gradients|gradient)($|[._\[])", base):
            return [name, *_named(name)]
    return _named(name)


def _named(name: str) -> list[str]:
    found: list[str] = []
    for form in _FORMS:
        match = form.fullmatch(name)
        if match and match[1] not in found:
            found.append(match[1].lstrip("_") if len(match[1].lstrip("_")) else match[1])
    return list(dict.fromkeys(found))


def told_in(tree: ast.AST, source: str) -> tuple[dict[str, str], set[str]]:
    """Return what the code says of its names: gradient → name, and the gradients that it compares with PyTorch's."""
    told: dict[str, str] = {}
    compared: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 3:
            said, gradient, name = node.args
            if _is_word(said) and _is_plain(gradient) and _is_plain(name):
                told.setdefault(ast.unparse(gradient), ast.unparse(name))
                compared.add(ast.unparse(gradient))
    told |= {match[1]: match[2] for match in TOLD.finditer(source)}
    return told, compared


def _is_word(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.fullmatch(r"[\w .]+", node.value))


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))


def losses_in(tree: ast.AST, source: str) -> list[str]:
    """Return the names that the code itself takes for its loss: by a comment, or because they go `.backward()`."""
    found: list[Any] = [match[1] for match in LOSS.finditer(source)]
    for node in ast.walk(tree):
        func = node.func if isinstance(node, ast.Call) and not node.args else None
        if isinstance(func, ast.Attribute) and func.attr == "backward" and isinstance(func.value, ast.Name):
            found.append(func.value.id)
    return list(dict.fromkeys(found))
