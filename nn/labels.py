"""Labels of the parts of a network, as they stand in a picture.

The labels are the usual ones unless the user gives others: `w1[2,3]` is the weight of layer 1, neuron 2, input 3;
`b1[2]`, `z1[2]` and `a1[2]` are the bias, pre-activation and activation of that neuron. A layer on its
own has no number and a neuron on its own no index: `w[2,3]`, `w3`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from autograd import ArgumentError, OperandError

Labels: TypeAlias = "Mapping[str, str | Sequence[str]]"  # the labels for w, b, z or a, in order
Parts: TypeAlias = "Mapping[str, Sequence[tuple[Any, str]]]"  # by kind: objects, and the attribute that holds the label

KINDS = {"w": "weights", "b": "biases", "z": "pre-activations", "a": "activations"}


def default_label(kind: str, layer: int | None, neuron: int | None, weight: int | None = None) -> str:
    """Return the usual label of one part.

    >>> default_label("w", 1, 2, 3), default_label("b", 1, 2), default_label("w", None, None, 3)
    ('w1[2,3]', 'b1[2]', 'w3')
    """
    if neuron is None:
        return kind if weight is None else f"{kind}{weight}"
    index = f"{neuron}" if weight is None else f"{neuron},{weight}"
    return f"{kind}{'' if layer is None else layer}[{index}]"


def assign_labels(labels: Labels | None, parts: Parts) -> None:
    """Set the labels that the user gives, in the order of the parts; all of them or none.

    Raises ArgumentError for an unknown kind, or if the number of labels is not the number of parts.
    """
    if labels is None:
        return
    if not isinstance(labels, Mapping):
        raise OperandError(f"labels must be given by kind, such as {{'w': 'w1 w2', 'z': 'net'}}, not as {labels!r}")
    labeled: list[tuple[Any, str, str]] = []
    for kind, given in labels.items():
        if kind not in KINDS:
            raise ArgumentError(f"labels: there is no kind {kind!r}; there are {', '.join(KINDS)}")
        names: Any = given.split() if isinstance(given, str) else given
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            raise OperandError(f"labels: {kind!r} needs names, as a list or as one string with spaces, not {names!r}")
        if len(names) != len(parts[kind]):
            raise ArgumentError(f"labels: {len(names)} names for {len(parts[kind])} {KINDS[kind]} ({kind!r})")
        labeled += [(*part, name) for part, name in zip(parts[kind], names)]
    for thing, attribute, name in labeled:
        setattr(thing, attribute, name)
