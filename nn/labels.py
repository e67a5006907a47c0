"""The names that the parts of a network have in a picture.

Without more they are those of the field: `w1[2,3]` is the weight of layer 1, neuron 2, input 3;
`b1[2]`, `z1[2]` and `a1[2]` are that neuron's bias, pre-activation and activation. A layer alone
has no number, a neuron alone no index: `w[2,3]`, `w3`. A user may give names instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd import ArgumentError, OperandError

if TYPE_CHECKING:
    from nn.network import Neuron

Labels: TypeAlias = "Mapping[str, str | Sequence[str]]"  # for any of w, b, z, a: the names in order

KINDS = {"w": "weights", "b": "biases", "z": "pre-activations", "a": "activations"}


def label(kind: str, layer: int | None, neuron: int | None, weight: int | None = None) -> str:
    """The name of one part.

    >>> label("w", 1, 2, 3), label("b", 1, 2), label("z", None, 2), label("w", None, None, 3)
    ('w1[2,3]', 'b1[2]', 'z[2]', 'w3')
    """
    if neuron is None:
        return kind if weight is None else f"{kind}{weight}"
    within = f"{neuron}" if weight is None else f"{neuron},{weight}"
    return f"{kind}{'' if layer is None else layer}[{within}]"


def give(labels: Labels | None, neurons: Sequence[Neuron]) -> None:
    """Give the names of the user, in the order of the neurons and of their weights.

    Raises ArgumentError for a kind that there is not, or for more or fewer names than there are parts.
    """
    if labels is None:
        return
    if not isinstance(labels, Mapping):
        raise OperandError(f"labels are given by kind, such as {{'w': 'w1 w2', 'z': 'net'}}, not as {labels!r}")
    parts: dict[str, list[tuple[Any, str]]] = {
        "w": [(weight, "label") for neuron in neurons for weight in neuron.w],
        "b": [(neuron.b, "label") for neuron in neurons if neuron.b is not None],
        "z": [(neuron, "z_label") for neuron in neurons],
        "a": [(neuron, "a_label") for neuron in neurons if neuron.activation.apply is not None],
    }
    named = {kind: _names(kind, given, parts) for kind, given in labels.items()}
    for kind, names in named.items():
        for (thing, attribute), name in zip(parts[kind], names):
            setattr(thing, attribute, name)


def _names(kind: str, given: Any, parts: Mapping[str, Sequence[Any]]) -> list[str]:
    if kind not in KINDS:
        raise ArgumentError(f"labels: there is no kind {kind!r}; there are {', '.join(KINDS)}")
    if isinstance(given, str):
        given = given.split()
    if not isinstance(given, Sequence) or not all(isinstance(name, str) for name in given):
        raise OperandError(f"labels: {kind!r} wants names, as a list or as one string with spaces, not {given!r}")
    if len(given) != len(parts[kind]):
        raise ArgumentError(f"labels: {len(given)} names for {len(parts[kind])} {KINDS[kind]} ({kind!r})")
    return list(given)
