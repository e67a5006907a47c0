"""The table of functions that are read, by their names in NumPy and PyTorch; the modules after this one fill it.

A function takes the `Library` first. A method of an array is the function of the same name with the array before its
arguments. Nothing here knows a derivative: on the way there the entries are Values, which record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.array_code.library import Library, UnknownValue, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS: dict[str, Any] = {}
IGNORED = {"replace", "dtype", "device", "generator", "requires_grad", "copy", "order", "out", "inplace", "where"}
RENAMED = {"dim": "axis", "keepdim": "keepdims", "axes": "axis", "input": "x", "a": "x"}


def named(*names: str) -> Callable[[Any], Any]:
    """Register a function under these names."""

    def register(function: Any) -> Any:
        FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return register


def call(lib: Library, name: str, args: list[Any], options: dict[str, Any]) -> Any:
    """Return what a function of this name gives.

    Raises UnreadableError for a name that is not in the list, and for arguments that do not fit.
    """
    if name not in FUNCTIONS:
        raise UnreadableError(f"{name}() is not read")
    options = {RENAMED.get(key, key): value for key, value in options.items() if key not in IGNORED}
    for thing in (*args, *options.values()):
        if isinstance(thing, UnknownValue):
            raise UnreadableError(thing.words)
    try:
        return FUNCTIONS[name](lib, *args, **options)
    except TypeError as error:
        raise UnreadableError(f"{name}() is not read with these arguments ({error})") from None
