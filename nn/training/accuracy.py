"""Functions for `fit(accuracy=...)`, which decide whether the outputs for a row are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import Value  # noqa: TC001 -- the examples use it

if TYPE_CHECKING:
    from collections.abc import Sequence


def same_sign(output: Value, target: float) -> bool:
    """Return True if a single output has the sign of its target: for targets −1 and 1.

    >>> same_sign(Value(0.3), 1), same_sign(Value(0.3), -1)
    (True, False)
    """
    return bool((_single(output).data > 0) == (_single(target) > 0))


def same_side(output: Value, target: float) -> bool:
    """Return True if a single output is on the same side of ½ as its target: for targets 0 and 1.

    >>> same_side(Value(0.7), 1), same_side(Value(0.3), 1)
    (True, False)
    """
    return bool((_single(output).data > 0.5) == (_single(target) > 0.5))


def same_class(outputs: Sequence[Value], target: Any) -> bool:
    """Return True if the largest output is that of the target, which is a class number or one number for each output.

    >>> same_class([Value(0.1), Value(0.7)], 1), same_class([Value(0.1), Value(0.7)], [1, 0])
    (True, False)
    """
    wanted = max(range(len(target)), key=target.__getitem__) if isinstance(target, (list, tuple)) else target
    return bool(max(range(len(outputs)), key=lambda k: outputs[k].data) == wanted)


def _single(thing: Any) -> Any:
    return thing[0] if isinstance(thing, (list, tuple)) and len(thing) == 1 else thing
