"""Models in files: their architecture and their parameters, exact to the last bit, as JSON.

    {"format": "chalkgrad-model", "version": 1,
    "model": {"kind": "MLP", "inputs": 2, "layers": [{"neurons": 3, "activation": "relu", …}, …]},
    "parameters": [
    ["layers[0].neurons[0].w[0]", 0.15, "w1[1,1]"],
    …

A Neuron, Layer, MLP, MatrixMLP or Wired can be loaded from its file. A weight that stands in several places is
in the file once, and `"tied"` gives its other places. For a module of your own the file holds the parameters
and the buffers only; make the module and load them into it.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import ArgumentError, InputError, OperandError
from autograd.files import whole_files
from nn.architecture import OWN, build, description_of, difference, of_your_own, require, tie
from nn.arguments import short
from nn.buffers import named_buffers, set_buffers
from nn.layers import Module

if TYPE_CHECKING:
    import os
    from pathlib import Path

FORMAT, VERSION = "chalkgrad-model", 2  # 1 has neither buffers nor weights in several places


def save(model: Module, path: str | os.PathLike[str]) -> Path:
    """Write a model to a file for `load` or `load_into`, and return its path.

    The file has the parameters and the buffers, and is written whole or not at all.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn import MLP
    >>> model = MLP(2, [3, 1], seed=1)
    >>> again = load(save(model, Path(tempfile.mkdtemp()) / "model.json"))
    >>> again, again([0.5, -1.0]).data == model([0.5, -1.0]).data
    (MLP(2, [3, 1]), True)

    Raises OperandError for what is not a Module and for a number that a file cannot hold exactly, OutputError if the
    file cannot be written.
    """
    if not isinstance(model, Module):
        raise OperandError(f"save: a model must be a Module, not {model!r}")
    described = description_of(model)
    rows = [[place, _to_json(place, p.data), p.label] for place, p in model.named_parameters().items()]
    buffers = [[place, _to_json(place, numbers)] for place, numbers in named_buffers(model).items()]
    version = VERSION if buffers or "tied" in described else 1  # which an earlier chalkgrad reads
    head = f'{{"format": "{FORMAT}", "version": {version},\n"model": {json.dumps(described, ensure_ascii=False)},\n'
    tail = f',\n"buffers": {whole_files.lines(buffers)}' if buffers else ""
    return whole_files.write_file(path, f'{head}"parameters": {whole_files.lines(rows)}{tail}}}\n')


def load(path: str | os.PathLike[str]) -> Module:
    """Return the model that `save` wrote, with the same layers, activations, labels and weights.

    >>> import pathlib, tempfile
    >>> from nn import MLP
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load(save(MLP(2, [3, 1], seed=1), pathlib.Path(folder, "model.json")))
    MLP(2, [3, 1])

    Raises InputError, naming what is wrong, for a file that is not a model or is of a later version, and
    for a module or an activation of your own.
    """
    file = _read(path)
    try:
        model = build(file.description, len(file.numbers) + len(file.tied))
    except ArgumentError as error:  # from the model's constructor
        raise error if isinstance(error, InputError) else InputError(f"load: {error}") from None
    tie(model, file.tied)
    _fill(model, file, "its layers have")
    for place, parameter in model.named_parameters().items():
        parameter.label = file.labels[place]
    return model


def load_into(model: Module, path: str | os.PathLike[str]) -> None:
    """Load the parameters and buffers of a file into a model: all of them, or none if the file does not fit.

    >>> import pathlib, tempfile
    >>> from nn import MLP
    >>> old, new = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_into(new, save(old, pathlib.Path(folder, "model.json")))
    >>> [p.data for p in new.parameters()] == [p.data for p in old.parameters()]
    True

    Raises InputError that names the first difference between the file and the model. Warns if the file was written
    before buffers were saved, and the model has some.
    """
    if not isinstance(model, Module):
        raise OperandError(f"load_into: a model must be a Module, not {model!r}")
    file = _read(path)
    described = of_your_own(model) if file.description.get("kind") == OWN else description_of(model)
    if found := difference(file.description, described, "the model"):
        raise InputError(f"load_into: {found}; no parameter was changed")
    _fill(model, file, "the model has")
    if file.buffers is None and (missing := ", ".join(named_buffers(model))):
        warnings.warn(
            f"load_into: the file was written before buffers were saved and has no {missing}: they keep their values",
            stacklevel=2,
        )


# -- Reading a file ------------------------------------------------------------------------------


class _File(NamedTuple):
    """The contents of a file; its parameters, labels and buffers are given by their paths."""

    description: dict[str, Any]
    tied: dict[str, str]
    numbers: dict[str, Any]
    labels: dict[str, str]
    buffers: dict[str, Any] | None  # None in a file from before they were saved


def _read(path: str | os.PathLike[str]) -> _File:
    held = whole_files.read_json(path, FORMAT, VERSION)
    description, rows, pairs = held.get("model"), held.get("parameters"), held.get("buffers")
    if not isinstance(description, dict) or not isinstance(rows, list):
        raise InputError('load: the file has no "model", or no list of "parameters"')
    require(isinstance(held.get("buffers", []), list), 'the file has no list of "buffers"')
    tied = description.get("tied", {})
    require(isinstance(tied, dict) and all(isinstance(one, str) for one in tied.values()), '"tied" must give places')
    for place, row in enumerate(rows):
        fits = isinstance(row, list) and len(row) == 3 and isinstance(row[0], str) and isinstance(row[2], str)
        require(fits, f"parameters[{place}] must be a path, a number and a label, not {short(row)}")
    for place, pair in enumerate(pairs or []):
        fits = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        require(fits, f"buffers[{place}] must be a path and numbers, not {short(pair)}")
    numbers: dict[str, Any] = {}
    buffers: dict[str, Any] = {}
    for into, place, found in [(numbers, row[0], row[1]) for row in rows] + [(buffers, *pair) for pair in pairs or []]:
        require(place not in into, f"the parameter {short(place)} is in the file twice")
        try:
            into[place] = _from_json(found) if into is buffers else whole_files.number_from_json(found)
        except (InputError, RecursionError) as error:
            raise InputError(f"load: {short(place)}: {error}") from None
    labels = {row[0]: row[2] for row in rows}
    return _File(description, tied, numbers, labels, None if pairs is None else buffers)


def _to_json(place: str, thing: Any) -> Any:
    """Return a number, or a list of them as a buffer may be, as a file holds it."""
    if isinstance(thing, (list, tuple)):
        return [_to_json(place, each) for each in thing]
    try:
        return whole_files.number_to_json(thing)
    except OperandError as error:
        raise OperandError(f"save: {place}: {error}") from None


def _from_json(thing: Any) -> Any:
    return list(map(_from_json, thing)) if isinstance(thing, list) else whole_files.number_from_json(thing)


def _shape(thing: Any) -> Any:
    return list(map(_shape, thing)) if isinstance(thing, (list, tuple)) else "a number"


def _fill(model: Module, file: _File, who: str) -> None:
    """Set all parameters and buffers to the numbers of the file; raise InputError, and set none, if they do not fit."""
    parameters, buffers = model.named_parameters(), named_buffers(model)
    new = buffers if file.buffers is None else file.buffers
    for has, in_file in ((parameters, file.numbers), (buffers, new)):
        for place in has:
            require(place in in_file, f"the file has no {place}, which {who}; no parameter was changed")
        for place in in_file:
            lacks = f"the file has {short(place)}, which the model does not have"
            require(place in has, f"{lacks}; no parameter was changed")
    for place, numbers in new.items():
        found = difference(_shape(numbers), _shape(buffers[place]), place)
        require(not found, f"{found}; no parameter was changed")
    for place, parameter in parameters.items():
        parameter.data = file.numbers[place]
    set_buffers(model, new)
