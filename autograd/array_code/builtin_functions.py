"""Python's own functions that are read, and what stands for files and modules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from autograd.array_code.function_table import call
from autograd.array_code.library import UnknownValue, UnreadableError, described, whole
from autograd.array_code.tensors import Tensor, number_of

MAX_ITEMS = 50_000  # of a list or a text


@dataclass(frozen=True)
class CodeModule:
    """A module or a part of one, by its dotted path. It is never imported."""

    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    def part(self, name: str) -> Any:
        """Return a number that a module has, or its part of that name."""
        numbers = {"pi": math.pi, "e": math.e, "newaxis": None, "inf": math.inf}
        return numbers[name] if name in numbers else CodeModule(f"{self.path}.{name}")


def generic_text() -> str:
    """Return the words that stand in every file: all letters occur in them."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "\n".join("".join(letters[(7 * at + 5 * k * k + k) % 26] for k in range(3 + at % 4)) for at in range(40))


def iterated(thing: Any) -> list[Any]:
    """Return what a loop goes through."""
    if isinstance(thing, Tensor):
        if not thing.shape:
            raise UnreadableError("a single number is no sequence")
        return [thing.view(at) for at in range(thing.shape[0])]
    if isinstance(thing, dict) and type(thing) is not dict:
        return list(thing.values())
    if isinstance(thing, (list, tuple, str, dict, range)):
        if len(thing) > MAX_ITEMS * 20:
            raise UnreadableError("this sequence is too long to be read")
        return list(thing) if len(thing) <= MAX_ITEMS else list(thing[:MAX_ITEMS])
    if isinstance(thing, UnknownValue):
        raise UnreadableError(thing.words)
    raise UnreadableError(f"{described(thing)} is no sequence")


def plain_text(thing: Any) -> str:
    """Return a text or a number as text; of anything else only that it is there."""
    return str(thing)[:MAX_ITEMS] if isinstance(thing, (str, int, float)) else "…"


def _plain(thing: Any) -> Any:
    return thing.first if isinstance(thing, Tensor) and len(thing.places) == 1 else thing


def _sorted(_: Any, things: Any, **options: Any) -> list[Any]:
    if set(options) - {"reverse"}:
        raise UnreadableError("sorted() is read without a key")
    return sorted(iterated(things), reverse=bool(options.get("reverse")))


def _best(name: str, function: Any) -> Any:
    def best(interpreter: Any, *things: Any, **options: Any) -> Any:
        if len(things) == 1 and isinstance(things[0], Tensor):
            return call(interpreter.library, name, list(things), options)
        found = iterated(things[0]) if len(things) == 1 else list(things)
        return function(map(_plain, found))

    return best


def _sum(interpreter: Any, things: Any, start: Any = 0) -> Any:
    import ast  # noqa: PLC0415 -- the operator only

    found = start
    for thing in iterated(things):
        found = interpreter._binary(ast.Add(), found, thing)
    return found


def _enumerate(_: Any, things: Any, start: Any = 0) -> list[Any]:
    return [(at, thing) for at, thing in enumerate(iterated(things), whole(start))]


def _range(_: Any, *bounds: Any) -> range:
    return range(*map(whole, bounds))


def _isinstance(_: Any, *__: Any) -> Any:
    raise UnreadableError("isinstance() is not read")


def _number(kind: Any) -> Any:
    def convert(_: Any, thing: Any = 0) -> Any:
        if isinstance(thing, Tensor):
            return kind(number_of(thing.first)) if kind is int else thing
        return kind(thing)

    return convert


def _length(_: Any, thing: Any) -> int:
    if isinstance(thing, Tensor):
        return len(thing.numbers)
    return len(thing) if isinstance(thing, (str, dict, list, tuple, range)) else len(iterated(thing))


def _set(_: Any, things: Any = ()) -> list[Any]:
    return list(dict.fromkeys(map(_plain, iterated(things))))


def _dict(_: Any, things: Any = (), **more: Any) -> dict[Any, Any]:
    if isinstance(things, dict):
        return dict(things) | more
    return dict(map(iterated, iterated(things))) | more


def _abs(interpreter: Any, thing: Any) -> Any:
    return abs(thing) if not isinstance(thing, Tensor) else interpreter.library.combine(_entry_abs, thing)


def _entry_abs(entry: Any) -> Any:
    return abs(entry)


BUILTINS: dict[str, Any] = {
    "len": _length,
    "slice": lambda _, *bounds: slice(*(None if bound is None else whole(bound) for bound in bounds)),
    "range": _range,
    "xrange": _range,
    "list": lambda _, things=(): iterated(things),
    "tuple": lambda _, things=(): tuple(iterated(things)),
    "set": _set,
    "dict": _dict,
    "sorted": _sorted,
    "enumerate": _enumerate,
    "zip": lambda _, *things: list(zip(*map(iterated, things))),
    "reversed": lambda _, things: iterated(things)[::-1],
    "sum": _sum,
    "max": _best("max", max),
    "min": _best("min", min),
    "abs": _abs,
    "int": _number(int),
    "float": _number(float),
    "bool": lambda _, thing=False: bool(_plain(thing)),
    "str": lambda _, thing="": plain_text(thing),
    "round": lambda _, thing, digits=0: round(_plain(thing), digits),
    "open": None,
    "print": lambda *_, **__: None,
    "isinstance": _isinstance,
}

TEXT_METHODS: dict[str, Any] = {
    "join": lambda text, parts: text.join(map(plain_text, iterated(parts)))[:MAX_ITEMS],
    "read": lambda text, *_: text,
    "readlines": lambda text: text.splitlines(),
    "splitlines": lambda text: text.splitlines(),
    "split": lambda text, *by: text.split(*by),
    "strip": lambda text, *by: text.strip(*by),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "replace": lambda text, a, b: text.replace(a, b)[:MAX_ITEMS],
    "startswith": lambda text, a: text.startswith(a),
    "endswith": lambda text, a: text.endswith(a),
    "format": lambda text, *_: text,
    "decode": lambda text, *_: text,
    "index": lambda text, a: text.index(a),
}
