"""A model in a file, and back: its architecture and its parameters to the last bit, as JSON.

    {"format": "chalkgrad-model", "version": 1,
    "model": {"kind": "MLP", "inputs": 2, "layers": [{"neurons": 3, "activation": "relu", …}, …]},
    "parameters": [
    ["layers[0].neurons[0].w[0]", 0.15, "w1[1,1]"],
    …

Every neuron, layer, MLP and network given by its weights can be made anew from its file. Of a module
of your own the file holds the parameters alone; they are loaded into one that you make.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, InputError, OperandError, Value
from autograd.files import whole_files
from autograd.formatting import escapes
from nn import activations
from nn.module import Module
from nn.network import MLP, Layer, Neuron
from nn.weights import LAYOUTS, MatrixMLP
from nn.wired import Wired

if TYPE_CHECKING:
    import os
    from pathlib import Path

FORMAT, VERSION = "chalkgrad-model", 1
BIASES = ("none", "own", "shared")


def save(model: Module, path: str | os.PathLike[str]) -> Path:
    """Write a model: what `load` makes it anew from, or `load_into` fills another with.

    The file is written whole or not at all.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn import MLP
    >>> model = MLP(2, [3, 1], seed=1)
    >>> again = load(save(model, Path(tempfile.mkdtemp()) / "model.json"))
    >>> again, again([0.5, -1.0]).data == model([0.5, -1.0]).data
    (MLP(2, [3, 1]), True)

    Raises OperandError for what is no module, or a parameter that a file cannot hold exactly, OutputError
    where the file cannot be written.
    """
    if not isinstance(model, Module):
        raise OperandError(f"save: a model is a Module, not {model!r}")
    rows = []
    for place, parameter in model.named_parameters().items():
        try:
            rows.append([place, whole_files.number_to_json(parameter.data), parameter.label])
        except OperandError as error:
            raise OperandError(f"save: {place}: {error}") from None
    what = json.dumps(_described(model), ensure_ascii=False)
    text = (
        f'{{"format": "{FORMAT}", "version": {VERSION},\n"model": {what},\n"parameters": {whole_files.lines(rows)}}}\n'
    )
    return whole_files.write_file(path, text)


def load(path: str | os.PathLike[str]) -> Module:
    """The model that `save` wrote: the same layers, activations, names and weights.

    >>> import pathlib, tempfile
    >>> from nn import MLP
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load(save(MLP(2, [3, 1], seed=1), pathlib.Path(folder, "model.json")))
    MLP(2, [3, 1])

    Raises InputError, naming what is wrong, for a file that is no model, is of a later version, or
    holds what cannot be made anew: a module or an activation of your own.
    """
    held = whole_files.read_json(path, FORMAT, VERSION)
    what, numbers, labels = _parts(held)
    try:
        model = _made(what, len(numbers))
    except ArgumentError as error:  # what a model cannot be made with, from the model itself
        raise error if isinstance(error, InputError) else InputError(f"load: {error}") from None
    _fill(model, numbers, "its layers have")
    for place, parameter in model.named_parameters().items():
        parameter.label = labels[place]
    return model


def load_into(model: Module, path: str | os.PathLike[str]) -> None:
    """Give a model the parameters of a file; all of them, or none where the file does not fit.

    >>> import pathlib, tempfile
    >>> from nn import MLP
    >>> old, new = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load_into(new, save(old, pathlib.Path(folder, "model.json")))
    >>> [p.data for p in new.parameters()] == [p.data for p in old.parameters()]
    True

    Raises InputError that names the first difference between the file and the model.
    """
    if not isinstance(model, Module):
        raise OperandError(f"load_into: a model is a Module, not {model!r}")
    what, numbers, _ = _parts(whole_files.read_json(path, FORMAT, VERSION))
    difference = _difference(what, _described(model), "the model")
    if difference:
        raise InputError(f"load_into: {difference}; no parameter was changed")
    _fill(model, numbers, "the model has")


# -- What a model is, in words that JSON has -----------------------------------------------------


def _described(model: Module) -> dict[str, Any]:
    kind = type(model)
    if kind is Neuron:
        return {"kind": "Neuron", "name": model.name, **_layer([model])}  # type: ignore[attr-defined, list-item] # a Neuron
    if kind is Layer:
        return {"kind": "Layer", "name": model.name, **_layer(model.neurons)}  # type: ignore[attr-defined] # a Layer
    if kind is MLP or kind is MatrixMLP:
        layers = [_layer(layer.neurons) for layer in model.layers]  # type: ignore[attr-defined] # an MLP
        described = {"kind": kind.__name__, "inputs": layers[0].pop("inputs"), "layers": layers}
        for layer in layers[1:]:
            del layer["inputs"]
        if kind is MatrixMLP:
            described["layout"] = model.layout  # type: ignore[attr-defined] # a MatrixMLP
        if _count(described) == len(model.parameters()):
            return described
    if kind is Wired:
        return {
            "kind": "Wired",
            "weights": list(model.w),  # type: ignore[attr-defined] # a Wired
            "biases": list(model.b),  # type: ignore[attr-defined] # the same
            "activations": {name: _activation(a) for name, a in model.activations.items()},  # type: ignore[attr-defined]
            "labels": dict(model.labels),  # type: ignore[attr-defined] # the same
        }
    return {"kind": "of your own", "class": kind.__name__}


def _layer(neurons: list[Neuron]) -> dict[str, Any]:
    first = neurons[0]
    bias = "none" if first.b is None else "own"
    if len(neurons) > 1 and first.b is not None and all(neuron.b is first.b for neuron in neurons):
        bias = "shared"
    return {
        "inputs": len(first.w),
        "neurons": len(neurons),
        "activation": _activation(first.activation),
        "bias": bias,
        "z": [neuron.z_label for neuron in neurons],
        "a": [neuron.a_label for neuron in neurons],
    }


def _activation(activation: activations.Activation) -> Any:
    return activation.name if activation.one_node else {"of your own": activation.name}


def _count(described: dict[str, Any]) -> int:
    """How many parameters there are in so described layers."""
    inputs, found = described["inputs"], 0
    for layer in described["layers"]:
        found += layer["neurons"] * inputs + {"none": 0, "own": layer["neurons"], "shared": 1}[layer["bias"]]
        inputs = layer["neurons"]
    return int(found)


NAMES = ("z", "a", "labels", "name")  # what a model's parts are called makes no difference to what fits


def _difference(file: Any, model: Any, where: str) -> str:
    """The first difference between the file's description and the model's, in words."""
    if isinstance(file, dict) and isinstance(model, dict):
        for key in dict.fromkeys([*model, *file]):
            if key in NAMES:
                continue
            inner = f"{where}'s {key}" if where == "the model" else f"{where}.{key}"
            if key not in file or key not in model:
                has, has_not = ("the file", "the model") if key in file else ("the model", "the file")
                return f"{inner}: {has} has it, {has_not} has not"
            found = _difference(file[key], model[key], inner)
            if found:
                return found
        return ""
    if isinstance(file, list) and isinstance(model, list):
        if len(file) != len(model):
            return f"{where}: the file has {len(file)}, the model has {len(model)}"
        return next(
            (found for k, (a, b) in enumerate(zip(file, model)) if (found := _difference(a, b, f"{where}[{k}]"))), ""
        )
    return (
        ""
        if type(file) is type(model) and file == model
        else f"{where}: {_short(file)} in the file, {_short(model)} in the model"
    )


def _short(thing: Any) -> str:
    text = escapes.plain(repr(thing))
    return text if len(text) <= 60 else text[:57] + "…"


# -- Reading a file ------------------------------------------------------------------------------


def _parts(held: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    what, rows = held.get("model"), held.get("parameters")
    if not isinstance(what, dict) or not isinstance(rows, list):
        raise InputError('load: the file has no "model", or no list of "parameters"')
    numbers, labels = {}, {}
    for place, row in enumerate(rows):
        if not (isinstance(row, list) and len(row) == 3 and isinstance(row[0], str) and isinstance(row[2], str)):
            raise InputError(f"load: parameters[{place}] is not a place, a number and a label: {_short(row)}")
        if row[0] in numbers:
            raise InputError(f"load: the parameter {_short(row[0])} is there twice")
        try:
            numbers[row[0]] = whole_files.number_from_json(row[1])
        except InputError as error:
            raise InputError(f"load: {_short(row[0])}: {error}") from None
        labels[row[0]] = row[2]
    return what, numbers, labels


def _fill(model: Module, numbers: dict[str, Any], who: str) -> None:
    parameters = model.named_parameters()
    for place in parameters:
        if place not in numbers:
            raise InputError(f"load: the file has no {place}, which {who}; no parameter was changed")
    for place in numbers:
        if place not in parameters:
            raise InputError(
                f"load: the file has {_short(place)}, which is no parameter of the model; none was changed"
            )
    for place, parameter in parameters.items():
        parameter.data = numbers[place]


def _made(what: dict[str, Any], parameters: int) -> Module:
    kind = what.get("kind")
    if kind == "of your own":
        raise InputError(
            f"load: the file holds a {_short(what.get('class'))}: make one, and use load_into(model, path)"
        )
    if kind == "Wired":
        return _made_wired(what, parameters)
    if kind not in ("Neuron", "Layer", "MLP", "MatrixMLP"):
        raise InputError(f"load: there is no kind of model {_short(kind)}")
    one = kind in ("Neuron", "Layer")
    layers = [what] if one else what.get("layers")
    if not isinstance(layers, list) or not layers or not all(isinstance(layer, dict) for layer in layers):
        raise InputError('load: the model has no list of "layers"')
    inputs = _whole(what, "inputs")
    for layer in layers:
        neurons = _whole(layer, "neurons")
        if layer.get("bias") not in BIASES:
            raise InputError(f"load: a bias is one of {', '.join(BIASES)}, not {_short(layer.get('bias'))}")
        for key in ("z", "a"):
            names = layer.get(key)
            if not isinstance(names, list) or len(names) != neurons or not all(isinstance(name, str) for name in names):
                raise InputError(f"load: {key!r} is not a list of {neurons} names")
    count = _count({"inputs": inputs, "layers": layers})
    if count != parameters:
        raise InputError(f"load: the layers have {count} parameters, and the file holds {parameters}")
    return _made_layers(kind, what, inputs, layers)


def _made_layers(kind: str, what: dict[str, Any], inputs: int, layers: list[dict[str, Any]]) -> Module:
    sizes = [layer["neurons"] for layer in layers]
    if kind == "MatrixMLP":
        layout = what.get("layout")
        if not isinstance(layout, str) or layout not in LAYOUTS:
            raise InputError(f"load: there is no layout {_short(layout)}")
        if LAYOUTS[layout].bias is not None and any(layer["bias"] != "own" for layer in layers):
            raise InputError(f"load: in the layout {layout!r} every neuron has a bias of its own")
        model: Any = MatrixMLP([[[0.0] * m for _ in range(n)] for m, n in zip([inputs, *sizes], sizes)])
        model.layout = layout
    else:
        model = MLP(inputs, sizes, seed=0)
    for layer, described in zip(model.layers, layers):
        activation = activations.read(_read_activation(described.get("activation")))
        shared = Value(0.0)
        for neuron, z, a in zip(layer.neurons, described["z"], described["a"]):
            neuron.activation, neuron.z_label, neuron.a_label = activation, z, a
            neuron.b = {"none": None, "own": Value(0.0), "shared": shared}[described["bias"]]
    if kind in ("MLP", "MatrixMLP"):
        return model  # type: ignore[no-any-return] # made above
    made = model.layers[0] if kind == "Layer" else model.layers[0].neurons[0]
    name = what.get("name")
    if not isinstance(name, str) or (kind == "Neuron" and sizes != [1]):
        raise InputError(f"load: a {kind} has a name, and a Neuron is one")
    made.name = name
    return made  # type: ignore[no-any-return] # the same


def _made_wired(what: dict[str, Any], parameters: int) -> Module:
    weights, biases, functions, labels = (what.get(key) for key in ("weights", "biases", "activations", "labels"))
    if not isinstance(weights, list) or not isinstance(biases, list) or len(weights) + len(biases) != parameters:
        raise InputError(f"load: the weights and biases by name are not the {parameters} parameters of the file")
    if not all(isinstance(name, str) for name in [*weights, *biases]) or not isinstance(functions, dict):
        raise InputError("load: weights, biases and activations are given by name")
    return Wired(
        dict.fromkeys(weights, 0.0),
        dict.fromkeys(biases, 0.0),
        activation={name: _read_activation(activation) for name, activation in functions.items()},
        labels=labels,
    )


def _read_activation(name: Any) -> str:
    if isinstance(name, dict):
        raise InputError(
            f"load: the activation {_short(name.get('of your own'))} is of your own, and the file has its name alone: "
            "make the model with it, and use load_into(model, path)"
        )
    if not isinstance(name, str):
        raise InputError(f"load: an activation is given by its name, not as {_short(name)}")
    return name


def _whole(described: dict[str, Any], key: str) -> int:
    count = described.get(key)
    if type(count) is not int or count < 1:
        raise InputError(f"load: the number of {key} is a whole number from 1 on, not {_short(count)}")
    return count
