"""Names of nodes that come from the variables of a program: lasting labels, and names for one view."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from autograd.engine.messages import described
from autograd.engine.value import Value
from autograd.errors import OperandError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def name_values(names: Mapping[str, Any]) -> None:
    """Label every Value that has no label yet with the name it is known by: `name_values(locals())`.

    Lists and tuples of Values are labeled with their index, `w[0]`. Names that begin with an
    underscore are left out; where a Value has two names the first is taken.

    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b
    >>> name_values(locals())
    >>> c.label, c.parents[0].label
    ('c', 'a')

    Raises OperandError if what is given is no mapping.
    """
    if not hasattr(names, "items"):
        raise OperandError(f"name_values wants a mapping of names, such as locals(), not {described(names)}")
    for name, node in _named_values(names):
        if not node.label:
            node.label = name


def caller_names(depth: int = 2) -> dict[Value, str]:
    """Return the public names that Values have in the calling program, for a view that shows them without labeling.

    `depth` counts the frames up to the program: 1 is the caller of this function. Only a prompt, a
    notebook cell or a script has such names, and a function in it; a library, which is imported, has
    none. Where a Value has two names the first is taken.
    """
    frame = sys._getframe(depth)
    if frame.f_globals.get("__name__") != "__main__":
        return {}
    found: dict[Value, str] = {}
    for name, node in _named_values(frame.f_locals):
        found.setdefault(node, name)
    return found


def _named_values(names: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Yield each Value with its name, of lists and tuples the items; names with an underscore are left out."""
    waiting = [(name, thing) for name, thing in names.items() if isinstance(name, str) and not name.startswith("_")]
    waiting.reverse()
    while waiting:
        name, thing = waiting.pop()
        if isinstance(thing, Value):
            yield name, thing
        elif isinstance(thing, (list, tuple)):
            waiting += [(f"{name}[{index}]", item) for index, item in reversed(list(enumerate(thing)))]
