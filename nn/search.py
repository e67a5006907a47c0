"""The search for the parameters of a module among its attributes, and in the containers that these hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd import OperandError, Value
from nn.arguments import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def parts_of(whole: Any, module: type) -> Iterator[tuple[str, Any]]:
    """Yield each parameter and module inside a module or list once, with its path, such as ".layers[0].neurons[1]".

    `module` is the class of all modules. Raises OperandError for a set of parameters that are found nowhere else.
    """
    seen: dict[int, Any] = {}  # by id, which only stays a thing's own as long as the thing is kept
    sets: list[tuple[str, Collection[Any]]] = []
    waiting: list[tuple[str, Any]] = [("", whole)]
    while waiting:
        path, thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        if isinstance(thing, Value):
            if thing.op is None:  # a computed node is kept to be looked at, not to be trained
                yield path, thing
            continue
        inside: list[tuple[str, Any]] = []
        if isinstance(thing, module):
            yield path, thing
            inside = [(f"{path}.{name}", part) for name, part in vars(thing).items()]
        elif isinstance(thing, Mapping):
            inside = [(f"{path}[{key!r}]", part) for key, part in thing.items()]
        elif isinstance(thing, AbstractSet):
            sets.append((path, thing))
        elif not hasattr(thing, "tolist"):
            inside = [(f"{path}[{place}]", part) for place, part in enumerate(thing)]
        elif str(getattr(thing, "dtype", "")) == "object":  # other arrays hold plain numbers
            inside = [(path, plain(thing))]
        waiting += [(place, part) for place, part in reversed(inside) if _is_searched(part.__class__, module)]
    for path, members in sets:
        if any(id(part) not in seen for _, part in parts_of(list(members), module)):
            raise OperandError(
                f"{path.removeprefix('.')} is a {type(members).__name__}, which has no order, "
                "and holds parameters that are nowhere else: put them into a list"
            )


@cache
def _is_searched(kind: type, module: type) -> bool:
    """Return whether a thing of this kind may be a parameter or hold one; an array has a method `tolist`."""
    if issubclass(kind, (str, bytes, bytearray, memoryview, range)):
        return False
    return issubclass(kind, (Value, module, Mapping, Sequence, AbstractSet, ValuesView)) or hasattr(kind, "tolist")
