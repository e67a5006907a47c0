"""Numbers for functions that the code defines and never calls: shapes that fit, and entries drawn at random.

Shapes come from the docstring (`x: … of shape (N, D)`), or from names: the first shapes with which the function can be
read to its end, and depends on all of its arrays.
"""

from __future__ import annotations

import ast
import re
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from autograd.array_code.frames import CodeFunction, Frame, ReturnSignal
from autograd.array_code.library import UnknownValue, has_values
from autograd.array_code.tensors import Tensor
from autograd.claims.arrays import Array
from autograd.engine.functions import total
from autograd.engine.graph import gradients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from autograd.array_code.interpreter import Interpreter
    from autograd.engine.value import Value

MAX_TRIES = 300  # of shapes for one function
MAX_WORK_OF_TRIES = 1_000_000  # parts of expressions and entries, over all tries of one function: about two seconds

# A batch of 3, 4 features, 5 outputs, 2 channels, images of 5 × 5, filters of 3 × 3: different wherever it may matter.
LENGTHS = {"N": 3, "D": 4, "M": 5, "H": 5, "C": 5, "F": 3, "T": 3, "W": 5, "V": 6, "HH": 3, "WW": 3, "K": 5, "B": 3}
IMAGE = {**LENGTHS, "N": 2, "C": 2, "H": 4, "W": 4, "F": 3, "HH": 2, "WW": 2}
SETTINGS: dict[str, Any] = {
    "stride": 2, "pad": 1, "pool_height": 2, "pool_width": 2, "mode": "train", "eps": 1e-5, "momentum": 0.9, "p": 0.6,
    "G": 2, "reg": 0.3, "lr": 0.1, "delta": 1.0, "learning_rate": 0.1, "alpha": 0.1, "lambd": 0.3, "padding": 1,
    "activation": "relu", "training": True, "train": True, "keep_prob": 0.6, "pool_size": 2, "kernel_size": 2,
    "dropout": 0.5, "slope": 0.1, "m": 3, "n": 3, "batch_size": 3, "num_classes": 5, "C": 5, "axis": 0, "seed": 1,
}  # fmt: skip
LABELS = re.compile(r"(?i)y|labels?|targets?|y_true|classes|t|ys|answers")
WEIGHTS, BIASES = (
    re.compile(r"(?i)(w|weights?|u|v|theta|kernel|filters?)(_?\w{0,4})?"),
    re.compile(r"(?i)b(ias)?(_?\w{0,3})?"),
)
STATES = re.compile(r"(?i)(prev_?\w|h0|h_?prev|h|c0|c|state|h_next|next_\w)")
SCALES = re.compile(r"(?i)gamma|beta|gain|shift|scale|bngain|bnbias|g")


class Settings(dict[str, Any]):
    """The dictionary of settings that a function takes, `bn_param`: it has what is asked for by its usual name."""

    def __missing__(self, key: str) -> Any:
        if key in SETTINGS:
            self[key] = SETTINGS[key]
            return self[key]
        raise KeyError(key)


def parameters(function: CodeFunction) -> list[str]:
    """Return the names of a function's parameters."""
    return [argument.arg for argument in function.node.args.args if argument.arg != "self"]


def _from_docstring(function: CodeFunction, names: list[str]) -> Iterator[dict[str, Any]]:
    text = ast.get_docstring(function.node) if isinstance(function.node, ast.FunctionDef) else None
    found = dict(re.findall(r"\b(\w+)\s*:[^\n]*?(?:\n[^\n:]*?)?shape\s*\(([^)]*)\)", text or ""))
    shapes = {name: found[name] for name in names if name in found}
    if not shapes:
        return
    is_image = any("HH" in shape or "W" in shape.split() or ", H, W" in shape for shape in shapes.values())
    for lengths in (IMAGE, LENGTHS) if is_image else (LENGTHS, {**LENGTHS, "D": 4}):
        made = {name: _shape(shape, lengths) for name, shape in shapes.items()}
        if all(shape is not None for shape in made.values()):
            yield made


def _shape(text: str, lengths: dict[str, int]) -> tuple[int, ...] | None:
    found: list[int] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        match = re.fullmatch(r"(\d*)\s*\*?\s*([A-Za-z_]\w*)?", part)
        if part == "..." or re.fullmatch(r"d_?1|d_?k", part):
            found += [2] * (part != "...")
        elif match and (match[2] is None or match[2] in lengths):
            found.append(int(match[1] or 1) * (lengths[match[2]] if match[2] else 1))
        else:
            return None
    return tuple(found)


def _guesses(name: str) -> list[Any]:
    """Return the shapes that an array of this name may have, the likeliest first; a setting as it is."""
    n, d, m = LENGTHS["N"], LENGTHS["D"], LENGTHS["M"]
    if name in SETTINGS and name not in ("C", "m", "n"):
        return [("setting", SETTINGS[name])]
    if "param" in name or name in ("config", "cfg", "hparams"):
        return [("setting", Settings())]
    if LABELS.fullmatch(name):
        return ["labels", (n, m), (n, 1), (m, n), (n,)]
    if SCALES.fullmatch(name):
        return [(d,), (1, d), (2,), (1, 2, 1, 1)]
    if STATES.fullmatch(name):
        return [(n, m), (m, 1), (n, d)]
    if BIASES.fullmatch(name):
        return [(m,), (1, m), (m, 1), (3,), (4 * m,)]
    if WEIGHTS.fullmatch(name):
        return [(d, m), (m, d), (m, m), (3, 2, 3, 3), (d, 4 * m), (m, 4 * m), (d,)]
    return [(n, d), (2, 2, 5, 5), (2, 2, 4, 4), (n, 3, d), (d, n), "indices", (n, m), (n,)]


def _drawn(interpreter: Interpreter, name: str, guess: Any, frame: Frame) -> Any:
    if isinstance(guess, tuple) and guess and guess[0] == "setting":
        return Settings() if isinstance(guess[1], dict) else guess[1]
    library = interpreter.library
    if guess in ("labels", "indices"):
        shape = (LENGTHS["N"],) if guess == "labels" else (LENGTHS["N"], 3)
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        spread = [(2 * at + at // 3) % LENGTHS["D"] for at in range(count)]
        return Tensor.of(Array(shape, spread))
    tensor = library.filled(guess, lambda: library.random.gauss(0.0, 1.0))
    return interpreter._kept(name, tensor, frame)


def attempts(function: CodeFunction) -> Iterator[dict[str, Any]]:
    """Yield shapes for the parameters of a function, those of its docstring first."""
    names = parameters(function)
    given = function.node.args
    optional = {a.arg for a in given.args[len(given.args) - len(given.defaults) :]}
    names = [name for name in names if name not in optional or name in ("b", "y")]
    for shapes in _from_docstring(function, names):
        for others in islice(product(*([shapes[n]] if n in shapes else _guesses(n) for n in names)), MAX_TRIES // 3):
            yield dict(zip(names, others))
    for others in islice(product(*map(_guesses, names)), MAX_TRIES):
        yield dict(zip(names, others))


def called(interpreter: Interpreter, function: CodeFunction) -> tuple[Frame, Any] | None:
    """Return the frame and the result of a call with generic arguments; None if no shapes fit.

    Raises nothing: what cannot be read is remembered by the interpreter.
    """
    loose: tuple[Frame, Any] | None = None  # the first that depends on a part of each array
    before = dict(interpreter.unreadable)
    interpreter.library.work = interpreter.steps = 0  # all tries share what one reading may take
    for shapes in attempts(function):
        arguments: dict[str, Any] = {}
        frame = Frame({}, function.frame)
        try:
            interpreter.line = function.node.lineno
            arguments = {name: _drawn(interpreter, name, guess, frame) for name, guess in shapes.items()}
            frame = interpreter.bound(function, [], arguments)
            for name, thing in arguments.items():
                frame.names[name] = thing
            result = run_in(interpreter, function, frame)
        except (ValueError, TypeError, LookupError, ArithmeticError):
            result = UnknownValue("")
        interpreter.unreadable = dict(before)
        if _depends_on_all(result, arguments, all):
            if loose is not None:
                _forget_versions(interpreter, loose[0])
            return frame, result
        if loose is None and _depends_on_all(result, arguments, any):
            loose = frame, result
        else:
            _forget_versions(interpreter, frame)
        if interpreter.steps + interpreter.library.work > MAX_WORK_OF_TRIES:
            break
    return loose


def _forget_versions(interpreter: Interpreter, frame: Frame) -> None:
    """Forget the arrays of a call that is not the one to go on with."""
    for versions in interpreter.versions.values():
        versions[:] = [v for v in versions if v.frame is not frame]


def run_in(interpreter: Interpreter, function: CodeFunction, frame: Frame) -> Any:
    """Return what a function returns, read in a frame of its own."""
    assert isinstance(function.node, ast.FunctionDef)
    try:
        interpreter.run(function.node.body, frame)
    except ReturnSignal as signal:
        return signal.value
    return None


def outputs(result: Any) -> list[Tensor]:
    """Return the arrays of the way there among what a function returns."""
    things = list(result) if isinstance(result, (tuple, list)) else [result]
    return [thing for thing in things if isinstance(thing, Tensor) and has_values(thing.array)]


def _depends_on_all(result: Any, arguments: dict[str, Any], which: Callable[[Iterable[bool]], bool]) -> bool:
    """Return whether what a function returns depends on each of its arrays: on all of their entries, or any."""
    found = outputs(result)
    wanted = [a for a in arguments.values() if isinstance(a, Tensor) and has_values(a.array)]
    if not found or not wanted:
        return False
    flow: dict[Value, Any] = {}
    for tensor in found:
        flow.update(gradients(total(tensor.entries)))
    return all(which(entry in flow for entry in a.entries) for a in wanted)
