"""Optional packages: brought in where they are used, and asked for by the name of the extra that has them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autograd.errors import MissingExtraError


def import_extra(module: str, extra: str, purpose: str) -> Any:
    """The module, or an error that says which extra of chalkgrad to install for this purpose.

    >>> import_extra("math", "fast", "record").sqrt(9.0)
    3.0
    >>> import_extra("no_such_package", "fast", "record")
    Traceback (most recent call last):
    autograd.errors.MissingExtraError: record needs no_such_package, ...: pip install 'chalkgrad[fast]'

    Raises MissingExtraError where the package is not installed; an error inside the package passes through.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise MissingExtraError(
            f"{purpose} needs {package}, which is not installed: pip install 'chalkgrad[{extra}]'", name=package
        ) from None
