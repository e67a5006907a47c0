"""Modules that are loaded when they are needed: public names, packages that may be absent, a package of the same name.

`autograd` is also the import name of another distribution, HIPS autograd. Where both are installed,
the one that came last has replaced the first file of the other; then it is said what to do.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograd.errors import MissingExtraError, PackageConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BOTH_INSTALLED = (
    "chalkgrad and the distribution 'autograd' are both installed here, and both are imported as autograd: "
    "run pip uninstall autograd, then pip install --force-reinstall chalkgrad, or use an environment for each"
)


def lazy_names(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package whose public names are loaded when first used.

    `places` has the module of each name.

    >>> load, names = lazy_names("autograd.optional", {"sqrt": "math"})
    >>> load("sqrt")(9.0), "sqrt" in names()
    (3.0, True)
    """
    contents = vars(sys.modules[package])

    def load(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(places[name]), name)
        contents[name] = value
        return value

    return load, lambda: sorted({*contents, *places})


def import_extra(module: str, extra: str, purpose: str) -> Any:
    """Return an optional module, or raise an error that says which extra of chalkgrad to install for this purpose.

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


def require_chalkgrad(purpose: str) -> None:
    """Raise PackageConflictError where the module `autograd` is another distribution's, installed after this one."""
    if "_PLACES" not in vars(sys.modules["autograd"]):
        raise PackageConflictError(f"{purpose}: {BOTH_INSTALLED}")


def warn_of_other_package() -> None:
    """Warn that another distribution's files lie among those of this one, which was installed after it."""
    warnings.warn(BOTH_INSTALLED, RuntimeWarning, stacklevel=3)
