"""The Value or Sheet that `chalkgrad page module:name` names."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from autograd.engine.value import Value
from autograd.errors import ArgumentError, NotFoundError, OperandError
from autograd.formatting import escapes, suggestions
from autograd.sheet import Sheet

_SPELLING = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*(?:\.[^\W\d]\w*)*)")


def is_module(given: str) -> bool:
    """Return whether this names something in a module, and no file.

    >>> is_module("lessons.xor:loss"), is_module("homework.sheet")
    (True, False)
    """
    return _SPELLING.fullmatch(given) is not None and not Path(given).exists()


def from_module(given: str) -> Value | Sheet:
    """Return the Value or Sheet that `module:name` stands for; modules in the present folder come first.

    Raises NotFoundError where there is no such module or name, ArgumentError where the module
    does not run, OperandError where it is something else.
    """
    match = _SPELLING.fullmatch(given)
    if match is None:
        raise ArgumentError(f"{escapes.plain(given)!r} names nothing in a module: write module:name, such as lesson:E")
    module, name = match.groups()
    sys.path.insert(0, str(Path.cwd()))
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise ArgumentError(f"{module} could not be imported: {error}") from error
        hint = f"; is it {module[:-3]}:{name}?" if module.endswith(".py") else ""
        raise NotFoundError(f"there is no module {module} here ({Path.cwd()}){hint}") from None
    except Exception as error:
        raise ArgumentError(f"{module} could not be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(Path.cwd()))
    for part in name.split("."):
        if not hasattr(found, part):
            public = (each for each in vars(found) if not each.startswith("_"))
            raise NotFoundError(f"there is no {name} in {module}{suggestions.meant(part, public)}")
        found = getattr(found, part)
    if not isinstance(found, Value | Sheet):
        raise OperandError(f"a page is made of a Value or a Sheet, and {given} is of type {type(found).__name__}")
    return found
