"""The ways back in a source, read at numbers drawn from a seed: those of the module, and of each pair of functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from autograd.array_code.frames import CodeFunction, Frame, Version, copied
from autograd.array_code.generic_inputs import called, outputs, parameters
from autograd.array_code.gradient_names import losses_in, stored, told_in
from autograd.array_code.interpreter import Interpreter
from autograd.array_code.library import has_values
from autograd.array_code.surroundings import Passage
from autograd.array_code.tensors import Tensor
from autograd.claims.arrays import Array
from autograd.engine.functions import affine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograd.array_code.source import Source

_BACK = ("backward", "backprop", "back_prop", "bwd", "grad")
_THERE = ("forward", "forward", "forward", "fwd", "forward")


def passages(source: Source, seed: int, data: Mapping[str, Any] | None = None) -> list[Passage]:
    """Return the ways back that a source has, each read once; functions that others call come before those."""
    told, compared = told_in(source.tree, source.text)
    interpreter = Interpreter(seed, told, losses_in(source.tree, source.text))
    interpreter.knows(source.tree)
    interpreter.data = {name: _given(value) for name, value in (data or {}).items()}
    module = Passage(
        interpreter, source.tree.body, interpreter.module, told=told, compared=frozenset(compared)
    )  # fmt: skip
    module.tree = source.tree
    module.read()
    found = []
    inside = {part.name for part in module.parts}
    for function in _in_order(interpreter.module):
        if function.name not in inside and function.name not in interpreter.called:
            passage = _of_pair(interpreter, function) or _of_loss(interpreter, function)
            if passage is not None:
                passage.tree = source.tree
                found.append(passage)
    return [*found, *module.parts, module]


def _given(value: Any) -> Tensor:
    return Tensor.of(Array.of(value.tolist() if hasattr(value, "tolist") else value))


def _in_order(module: Frame) -> list[CodeFunction]:
    """Return the functions of a module, each after those that it calls."""
    every = {
        f.name: f for f in module.names.values() if isinstance(f, CodeFunction) and isinstance(f.node, ast.FunctionDef)
    }
    order: list[CodeFunction] = []

    def visit(function: CodeFunction, path: tuple[str, ...]) -> None:
        for node in ast.walk(function.node):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name in every and name not in path:
                visit(every[name], (*path, name))
        if function not in order:
            order.append(function)

    for function in every.values():
        visit(function, (function.name,))
    return order


def _forward_of(name: str, module: Frame) -> CodeFunction | None:
    """Return the function whose way back one of this name is."""
    every = {n: f for n, f in module.names.items() if isinstance(f, CodeFunction)}
    for back, there in zip(_BACK, _THERE):
        if back not in name:
            continue
        exact = name.replace(back, there)
        stem = name.partition(back)[0] + there
        if exact in every:
            return every[exact]
        close = [n for n in every if n.startswith(stem)] if name.partition(back)[0] else []
        if close:
            return every[min(close, key=len)]
    return None


def _of_pair(interpreter: Interpreter, function: CodeFunction) -> Passage | None:
    """Return the passage of a backward function: its forward function is called at generic numbers."""
    forward = _forward_of(function.name, interpreter.module)
    if forward is None or forward is function:
        return None
    found = called(interpreter, forward)
    if found is None:
        return None
    frame, result = found
    ends = outputs(result)
    results = list(result) if isinstance(result, tuple) else [result]
    caches = [thing for thing in results if not any(thing is end for end in ends)] or results[-1:]
    arguments: dict[str, Any] = {}
    waiting, factors = list(ends), []
    names = parameters(function)
    for at, name in enumerate(names):
        if name in frame.names and "cache" not in name:
            arguments[name] = frame.names[name]
        elif waiting and "cache" not in name and (at < len(names) - 1 or not caches or len(names) == 1):
            end = waiting.pop(0)
            upstream = Tensor.of([interpreter.library.random.gauss(0.0, 1.0) for _ in end.entries]).reshaped(end.shape)
            upstream.of_gradient = True
            arguments[name] = upstream
            factors.append((end, upstream))
        elif caches:
            arguments[name] = caches.pop(0)
        else:
            return None
    if not factors:
        return None
    weights = [entry for end, _ in factors for entry in end.entries]
    loss = affine(weights, [entry for _, upstream in factors for entry in upstream.entries])
    versions = [_version(name, frame) for name in parameters(forward) if _is_array(frame.names.get(name))]
    losses = [Version("loss", (), [loss], function.node.lineno, frame, "the output")]
    try:
        inner = interpreter.bound(function, [], arguments)
    except ValueError:
        return None
    passage = _passage(interpreter, function, copied(inner), losses, [v for v in versions if v is not None])
    passage.read()
    return passage


def _of_loss(interpreter: Interpreter, function: CodeFunction) -> Passage | None:
    """Return the passage of a function that computes a loss and its gradients, such as `softmax_loss`."""
    assert isinstance(function.node, ast.FunctionDef)
    stores = [target for inner in function.node.body for target in stored(inner)]
    returned = [n for n in ast.walk(function.node) if isinstance(n, ast.Return) and isinstance(n.value, ast.Tuple)]
    gradients = [t for t in stores if interpreter.may_name_gradient(t)]
    names = {ast.unparse(target) for target in stores}
    if not returned or not gradients or not any(map(interpreter.is_loss, names)):
        return None
    interpreter.losses = []
    found = called(interpreter, function)
    if found is None:
        return None
    frame, _ = found
    given = {name: frame.names[name] for name in parameters(function) if name in frame.names}
    interpreter.losses = []
    inner = Frame(given, function.frame)
    passage = _passage(interpreter, function, inner, interpreter.losses, [])
    passage.read()
    del passage.losses[:-1]
    return passage


def _passage(
    interpreter: Interpreter, function: CodeFunction, frame: Frame, losses: list[Version], returned: list[Version]
) -> Passage:
    assert isinstance(function.node, ast.FunctionDef)
    return Passage(interpreter, function.node.body, frame, function.name, losses=losses, returned=returned)


def _is_array(thing: Any) -> bool:
    return isinstance(thing, Tensor) and has_values(thing.array)


def _version(name: str, frame: Frame) -> Version:
    thing = frame.names[name]
    return Version(name, thing.shape, thing.entries, 0, frame, name)
