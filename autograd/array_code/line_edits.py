"""Edits of one line of a way back: what the writer may have meant. Nothing is judged here.

An edit is another statement in the place of one, with the kind of mistake that it would put right.
"""

from __future__ import annotations

import ast
import copy
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from autograd.claims.arrays import Array

MAX_NAMES = 40  # that are tried in the place of another


class LineEdit(NamedTuple):
    """A statement in the place of another, and the kind and the words of the mistake that it puts right."""

    kind: str
    text: str
    statement: ast.stmt
    bindings: Mapping[str, Array] | None = None


def value_of(statement: ast.stmt) -> ast.expr | None:
    """Return the expression whose value a statement stores or returns."""
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return)):
        return statement.value
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and statement.value.args:
        return statement.value.args[-1]  # np.add.at(dW, x, dout)
    return None


def with_value(statement: ast.stmt, value: ast.expr) -> ast.stmt:
    """Return the statement with another value."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        found = replaced(statement, statement.value.args[-1], value)
        return ast.fix_missing_locations(found)  # type: ignore[no-any-return]
    found = copy.copy(statement)
    found.value = value  # type: ignore[attr-defined]
    return ast.fix_missing_locations(found)


def replaced(tree: Any, part: ast.AST, other: ast.AST) -> Any:
    """Return a tree in which one node is another; the rest is shared."""
    if tree is part:
        return other
    if isinstance(tree, list):
        return [replaced(each, part, other) for each in tree]
    if not isinstance(tree, ast.AST):
        return tree
    fields = {name: replaced(value, part, other) for name, value in ast.iter_fields(tree)}
    if all(fields[name] is getattr(tree, name) or fields[name] == getattr(tree, name) for name in fields):
        return tree
    return ast.copy_location(type(tree)(**fields), tree)


def _inner(statement: ast.stmt) -> Iterator[tuple[ast.stmt, Callable[[ast.stmt], ast.stmt]]]:
    """Yield each simple statement inside one, with what puts another in its place."""
    if isinstance(statement, (ast.For, ast.While, ast.If)):
        for inner in (*statement.body, *statement.orelse):
            for each, put in _inner(inner):
                yield each, lambda new, inner=inner, put=put: replaced(statement, inner, put(new))  # type: ignore[misc]
    else:
        yield statement, lambda new: new


def edits(
    statement: ast.stmt,
    *,
    lengths: Sequence[int],
    same_shape: Mapping[str, Sequence[str]],
    activations: Mapping[str, tuple[str, str]],
    others: Sequence[str],
    terms: Sequence[str] = (),
    carried: Sequence[str] = (),
    has_relu: bool = False,
) -> Iterator[LineEdit]:
    """Yield the edits of a statement, the most specific first.

    `lengths` are those of the batch and the axes; `same_shape` has the names of arrays of one shape for each name,
    `activations` the pre-activation of each activation, `others` the names of arrays that may be a factor. What a round
    of a loop has `carried` to the next may be a term, of a value or of an argument.
    """
    for inner, put in _inner(statement):
        value = value_of(inner)
        if value is None:
            continue
        for kind, text, new in _of_line(inner, value):
            yield LineEdit(kind, text, put(new))
        for kind, text, other in _of_value(value, lengths, same_shape, activations, others):
            if not (isinstance(inner, ast.AugAssign) and isinstance(inner.op, ast.Div) and "n" in kind):
                yield LineEdit(kind, text, put(with_value(inner, other)))
        for name in terms[:MAX_NAMES]:
            other = ast.BinOp(value, ast.Add(), ast.Name(name, ast.Load()))
            yield LineEdit("a branch left out", f"{name} is not added", put(with_value(inner, other)))
        for name in carried:
            for part in (value, *(arg for call in _parts(value, ast.Call) for arg in call.args)):
                other = replaced(value, part, ast.BinOp(part, ast.Add(), ast.Name(name, ast.Load())))
                words = f"{name}, what flows back from the round before, is not added to {ast.unparse(part)}"
                yield LineEdit("a branch left out", words, put(with_value(inner, other)))
        for name in others[:MAX_NAMES] if has_relu else ():
            factor = ast.parse(f"({name} > 0)", mode="eval").body
            words = f"the derivative of the activation, {name} > 0, is left out"
            other = ast.BinOp(value, ast.Mult(), factor)
            yield LineEdit("a factor left out", words, put(with_value(inner, other)))
        if isinstance(inner, ast.AugAssign) and isinstance(inner.op, ast.Div):
            for kind, text, by, over in _factors(lengths):
                yield LineEdit(kind, text, put(with_value(inner, _scaled(value, over, by))))


def _of_line(statement: ast.stmt, value: ast.expr) -> Iterator[tuple[str, str, ast.stmt]]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
            new = ast.AugAssign(target, ast.Add(), value)
            new = ast.fix_missing_locations(ast.copy_location(new, statement))
            yield "= where += belongs", f"{ast.unparse(target)} = overwrites what was there; += belongs", new
        if isinstance(target, ast.Subscript):
            method = ast.Attribute(target.value, "add.at", ast.Load())
            added = ast.Expr(ast.Call(method, [target.slice, value], []))
            words = f"{ast.unparse(target)} = keeps the last of several entries at one index; add them up (np.add.at)"
            yield "= where += belongs", words, ast.fix_missing_locations(ast.copy_location(added, statement))
    if isinstance(statement, ast.AugAssign):
        for op in (ast.Add(), ast.Sub()):
            if type(op) is not type(statement.op) and isinstance(statement.op, (ast.Add, ast.Sub)):
                yield (
                    "sign",
                    "the sign is the other way round",
                    ast.copy_location(ast.AugAssign(statement.target, op, value), statement),
                )
        new_assign = ast.Assign([statement.target], value)
        new_assign = ast.fix_missing_locations(ast.copy_location(new_assign, statement))
        yield "+= where = belongs", f"{ast.unparse(statement.target)} is added to; = belongs", new_assign


def _of_value(
    value: ast.expr,
    lengths: Sequence[int],
    same_shape: Mapping[str, Sequence[str]],
    activations: Mapping[str, tuple[str, str]],
    others: Sequence[str],
) -> Iterator[tuple[str, str, ast.expr]]:
    yield from _sums(value)
    yield from _products(value)
    for part in _parts(value, ast.Name):
        for kind, other in _names(part.id, same_shape, activations):
            words, new = _name_words(kind, part.id, other), ast.Name(other, ast.Load())
            yield kind, words, replaced(value, part, new)
            if sum(each.id == part.id for each in _parts(value, ast.Name)) > 1:
                yield kind, words, _everywhere(value, part.id, new)
    yield "sign", "the sign is the other way round", ast.UnaryOp(ast.USub(), value)
    for part in (value, *_terms(value)):
        for kind, text, by, over in _factors(lengths):
            yield kind, text, replaced(value, part, _scaled(part, by, over))
    for part in _parts(value, ast.BinOp):
        if isinstance(part.op, (ast.Add, ast.Sub)):
            op = ast.Sub() if isinstance(part.op, ast.Add) else ast.Add()
            yield "sign", "a sign is the other way round", replaced(value, part, ast.BinOp(part.left, op, part.right))
    for part in _parts(value, ast.UnaryOp):
        if isinstance(part.op, ast.USub):
            yield "sign", "a sign is the other way round", replaced(value, part, part.operand)
    for part in _parts(value, ast.BinOp):
        if isinstance(part.op, (ast.Mult, ast.Div)):
            for kept, gone in ((part.left, part.right), (part.right, part.left))[: 2 - isinstance(part.op, ast.Div)]:
                words = f"the factor {ast.unparse(gone)} is one too many"
                yield "a factor too many", words, replaced(value, part, kept)
    for part in _parts(value, ast.BinOp):
        if isinstance(part.op, (ast.Mult, ast.Div)):
            other_op = ast.Div() if isinstance(part.op, ast.Mult) else ast.Mult()
            for a, b in ((part.left, part.right), (part.right, part.left)):
                words = f"{ast.unparse(b)} stands on the wrong side of a fraction"
                yield "a factor upside down", words, replaced(value, part, ast.BinOp(a, other_op, b))
    for part in _parts(value, ast.BinOp):
        if isinstance(part.op, ast.Pow) and isinstance(part.right, (ast.Constant, ast.UnaryOp)):
            for step in (1, -1):
                power = ast.BinOp(part.right, ast.Add(), ast.Constant(step))
                yield (
                    "an exponent",
                    "an exponent is wrong",
                    replaced(value, part, ast.BinOp(part.left, ast.Pow(), power)),
                )
    for name in others[:MAX_NAMES]:
        product = ast.BinOp(value, ast.Mult(), ast.Name(name, ast.Load()))
        yield "a factor left out", f"the factor {name} is left out", product
    for name, (before, function) in activations.items():
        if name in others:
            derivatives = {
                "tanh": f"(1 - {name}**2)",
                "sigmoid": f"({name} * (1 - {name}))",
                "exp": f"({name} * (1 - {name}))",
            }
            derivatives |= dict.fromkeys(("maximum", "relu", "where"), f"({before or name} > 0)")
            for derivative in filter(None, [derivatives.get(function)]):
                factor = ast.parse(derivative, mode="eval").body
                words = f"the derivative of the activation, {derivative.strip('()')}, is left out"
                yield "a factor left out", words, ast.BinOp(value, ast.Mult(), factor)


def _factors(lengths: Sequence[int]) -> Iterator[tuple[str, str, int, int]]:
    """Yield the constants that are forgotten, or written once too often."""
    for n in dict.fromkeys(n for n in lengths if n > 2):  # 2 and ½ are said below
        yield "1/n missing", f"1/{n} is missing", 1, n
        yield "1/n twice", f"1/{n} is one too many", n, 1
    for n in dict.fromkeys(lengths):
        if n > 3:  # as above
            yield "1/n missing", f"1/(n − 1) is missing, which is 1/{n - 1}", 1, n - 1
        if n > 2:
            yield "Bessel's n − 1", f"n − 1 belongs where n stands ({n})", n, n - 1
            yield "Bessel's n − 1", f"n belongs where n − 1 stands ({n - 1})", n - 1, n
    yield "a constant", "a factor of 2 is missing", 2, 1
    yield "a constant", "a factor of ½ is missing", 1, 2


def _terms(value: ast.expr) -> list[ast.expr]:
    """Return the terms of the sums in an expression."""
    sums = [part for part in _parts(value, ast.BinOp) if isinstance(part.op, (ast.Add, ast.Sub))]
    return [term for part in sums for term in (part.left, part.right) if not isinstance(term, ast.Constant)]


def _sums(value: ast.expr) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield other sums: over other axes, with their axes kept, of the whole."""
    for call in _parts(value, ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in ("sum", "mean", "max", "amax", "var"):
            continue
        is_method = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") not in ("np", "torch")
        array = [] if is_method else call.args[:1]
        if name in ("sum", "mean"):
            other_name = "mean" if name == "sum" else "sum"
            kind = "1/n missing" if name == "sum" else "1/n twice"
            func = copy.copy(call.func)
            if isinstance(func, ast.Attribute):
                func.attr = other_name
                text = f"{other_name} belongs where {name} stands"
                yield kind, text, replaced(value, call, ast.Call(func, call.args, call.keywords))
        axis = [k for k in call.keywords if k.arg in ("axis", "dim")]
        kept = [k for k in call.keywords if k.arg in ("keepdims", "keepdim")]
        given = call.args[len(array) :]
        if not kept:
            keep = [*call.keywords, ast.keyword("keepdims", ast.Constant(value=True))]
            yield (
                "keepdims lost",
                "keepdims=True is missing: the axes no longer go together",
                replaced(value, call, ast.Call(call.func, call.args, keep)),
            )
        for other in (0, 1, -1, -2, (0, 1), (0, 2, 3), (0, 1, 2)):
            now = axis[0].value if axis else given[0] if given else None
            if now is not None and ast.unparse(now) == str(other):
                continue
            position = ast.parse(repr(other), mode="eval").body
            new = ast.Call(call.func, [*array], [ast.keyword("axis", position), *kept])
            words = "the sum goes over another axis than the one that was broadcast" + f": {other} belongs"
            yield "summed over the wrong axis", words, replaced(value, call, new)
        if is_method and isinstance(call.func, ast.Attribute):
            yield "summed too much", "a sum is one too many", replaced(value, call, call.func.value)
    for axis_now in (0, 1, -1, (0, 1), (0, 2, 3), None, 2):
        for keep_now in (False, True):
            keywords = [ast.keyword("keepdims", ast.Constant(value=keep_now))] if axis_now is not None else []
            new = ast.Call(
                ast.Attribute(value, "sum", ast.Load()), [ast.parse(repr(axis_now), mode="eval").body], keywords
            )
            words = "it is not summed over the axis along which it was broadcast"
            yield "not summed over the broadcast axis", words + (f" ({axis_now})" if axis_now is not None else ""), new


def _products(value: ast.expr) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield other matrix products, and transposes."""
    words = "a transpose is missing, or one too many"
    yield "transposed", words, ast.Attribute(value, "T", ast.Load())
    for part in _parts(value, ast.Attribute):
        if part.attr == "T":
            yield "transposed", words, replaced(value, part, part.value)
    for part in _parts(value, ast.BinOp):
        if isinstance(part.op, (ast.MatMult, ast.Mult)):
            is_product = isinstance(part.op, ast.MatMult)
            kind = "transposed" if is_product else "elementwise for matrix product"
            said = words if is_product else "* stands where the matrix product @ belongs"
            for left, right in ((part.left, part.right), (part.right, part.left)):
                for a in (left, _turned(left)):
                    for b in (right, _turned(right)):
                        yield kind, said, replaced(value, part, ast.BinOp(a, ast.MatMult(), b))
            if is_product:
                text = "@ stands where * belongs"
                yield (
                    "matrix product for elementwise",
                    text,
                    replaced(value, part, ast.BinOp(part.left, ast.Mult(), part.right)),
                )
    for call in _parts(value, ast.Call):
        for names, kind, said in (
            (("dot", "matmul", "mm"), "transposed", words),
            (
                ("mul", "multiply"),
                "elementwise for matrix product",
                "the matrix product belongs in the place of this one",
            ),
        ):
            for left, right in _operands(call, names):
                for a in (left, _turned(left)):
                    for b in (right, _turned(right)):
                        yield kind, said, replaced(value, call, ast.BinOp(a, ast.MatMult(), b))
        for form in call.args[:1]:
            if isinstance(form, ast.Constant) and isinstance(form.value, str):
                for other in _einsum_forms(form.value):
                    yield "transposed", words, replaced(value, form, ast.Constant(other))


def _operands(call: ast.Call, names: Sequence[str]) -> list[tuple[ast.expr, ast.expr]]:
    """Return the operands of `np.dot(a, b)` or `a.dot(b)`, of a function of one of these names, in both orders."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in names or not 1 <= len(call.args) <= 2:
        return []
    left, right = (call.func.value, *call.args)[-2:]
    return [(left, right), (right, left)]


def _einsum_forms(form: str) -> Iterator[str]:
    """Yield the forms of an einsum with the axes of one of its operands, or of its result, turned round."""
    terms = re.findall(r"[a-zA-Z]+", form)
    if re.fullmatch(r"[a-zA-Z]+(,[a-zA-Z]+)*->[a-zA-Z]+", form.replace(" ", "")):
        for at, term in enumerate(terms):
            if len(term) == 2:
                turned = [*terms[:at], term[::-1], *terms[at + 1 :]]
                yield f"{','.join(turned[:-1])}->{turned[-1]}"


def _turned(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def _everywhere(value: ast.expr, name: str, new: ast.expr) -> ast.expr:
    """Return an expression with another part in every place of a name."""
    for part in _parts(value, ast.Name):
        if part.id == name:
            value = replaced(value, part, new)
    return value


def _scaled(value: ast.expr, by: int, over: int) -> ast.expr:
    return ast.BinOp(value, ast.Mult(), ast.BinOp(ast.Constant(by), ast.Div(), ast.Constant(over)))


def _parts(tree: ast.expr, kind: Any) -> list[Any]:
    return [node for node in ast.walk(tree) if isinstance(node, kind)]


def _names(
    name: str, same_shape: Mapping[str, Sequence[str]], activations: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield the names that may have been meant in the place of one, with the kind of mistake."""
    for other in same_shape.get(name, [])[:MAX_NAMES]:
        if activations.get(other, ("",))[0] == name:
            yield "pre-activation", other
        elif activations.get(name, ("",))[0] == other:
            yield "activation", other
    for other in same_shape.get(name, [])[:MAX_NAMES]:
        if activations.get(name, ("",))[0] != other and activations.get(other, ("",))[0] != name:
            yield "another name", other


def _name_words(kind: str, name: str, other: str) -> str:
    return {
        "pre-activation": f"{name}, the pre-activation, stands where the activation {other} belongs",
        "activation": f"{name}, the activation, stands where the pre-activation {other} belongs",
        "another name": f"{name} stands where {other} belongs",
    }[kind]
