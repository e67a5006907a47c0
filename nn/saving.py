"""Models in files: their architecture and their parameters, exact to the last bit, as JSON.

    {"format": "chalkgrad-model", "version": 1,
    "model": {"kind": "MLP", "inputs": 2, "layers": [{"neurons": 3, "activation": "relu", …}, …]},
    "parameters": [
    ["layers[0].neurons[0].w[0]", 0.15, "w1[1,1]"],
    …

A Neuron, Layer, MLP, MatrixMLP or Wired can be loaded from its file. For a module of your own the file
holds the parameters only; make the module and load them into it.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, InputError, OperandError, Value
from autograd.files import whole_files
from nn.activations import Activation, as_activation
from nn.arguments import short
from nn.given_weights.matrices import LAYOUTS, MatrixMLP, shared_bias
from nn.given_weights.wired import Wired
from nn.layers import MLP, Layer, Module, Neuron

if TYPE_CHECKING:
    import os
    from pathlib import Path

FORMAT, VERSION = "chalkgrad-model", 1
BIASES = ("none", "own", "shared")


def save(model: Module, path: str | os.PathLike[str]) -> Path:
    """Write a model to a file for `load` or `load_into`, and return its path.

    The file is written whole or not at all.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn import MLP
    >>> model = MLP(2, [3, 1], seed=1)
    >>> again = load(save(model, Path(tempfile.mkdtemp()) / "model.json"))
    >>> again, again([0.5, -1.0]).data == model([0.5, -1.0]).data
    (MLP(2, [3, 1]), True)

    Raises OperandError for what is not a Module and for a parameter that a file cannot hold exactly,
    OutputError if the file cannot be written.
    """
    if not isinstance(model, Module):
        raise OperandError(f"save: a model must be a Module, not {model!r}")
    rows = []
    for place, parameter in model.named_parameters().items():
        try:
            rows.append([place, whole_files.number_to_json(parameter.data), parameter.label])
        except OperandError as error:
            raise OperandError(f"save: {place}: {error}") from None
    description = json.dumps(_description(model), ensure_ascii=False)
    head = f'{{"format": "{FORMAT}", "version": {VERSION},\n"model": {description},\n'
    return whole_files.write_file(path, f'{head}"parameters": {whole_files.lines(rows)}}}\n')


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
    description, numbers, labels = _parts(whole_files.read_json(path, FORMAT, VERSION))
    try:
        model = _build(description, len(numbers))
    except ArgumentError as error:  # from the model's constructor
        raise error if isinstance(error, InputError) else InputError(f"load: {error}") from None
    _fill(model, numbers, "its layers have")
    for place, parameter in model.named_parameters().items():
        parameter.label = labels[place]
    return model


def load_into(model: Module, path: str | os.PathLike[str]) -> None:
    """Load the parameters of a file into a model: all of them, or none if the file does not fit.

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
        raise OperandError(f"load_into: a model must be a Module, not {model!r}")
    description, numbers, _ = _parts(whole_files.read_json(path, FORMAT, VERSION))
    if difference := _difference(description, _description(model), "the model"):
        raise InputError(f"load_into: {difference}; no parameter was changed")
    _fill(model, numbers, "the model has")


# -- The description of a model ------------------------------------------------------------------


def _description(model: Module) -> dict[str, Any]:
    kind = type(model)
    if isinstance(model, Neuron) and kind is Neuron:
        return {"kind": "Neuron", "name": model.name, **_layer([model])}
    if isinstance(model, Layer) and kind is Layer:
        return {"kind": "Layer", "name": model.name, **_layer(model.neurons)}
    if isinstance(model, MLP) and kind in (MLP, MatrixMLP):
        layers = [_layer(layer.neurons) for layer in model.layers]
        described = {"kind": kind.__name__, "inputs": layers[0].pop("inputs"), "layers": layers}
        for layer in layers[1:]:
            del layer["inputs"]
        if isinstance(model, MatrixMLP):
            described["layout"] = model.layout
        if _count(described) == len(model.parameters()):
            return described
    if isinstance(model, Wired) and kind is Wired:
        return {
            "kind": "Wired",
            "weights": list(model.w),
            "biases": list(model.b),
            "activations": {name: _activation(a) for name, a in model.activations.items()},
            "labels": dict(model.labels),
        }
    return {"kind": "of your own", "class": kind.__name__}


def _layer(neurons: list[Neuron]) -> dict[str, Any]:
    first = neurons[0]
    return {
        "inputs": len(first.w),
        "neurons": len(neurons),
        "activation": _activation(first.activation),
        "bias": "none" if first.b is None else "own" if shared_bias(neurons) is None else "shared",
        "z": [neuron.z_label for neuron in neurons],
        "a": [neuron.a_label for neuron in neurons],
    }


def _activation(activation: Activation) -> Any:
    return activation.name if activation.one_node else {"of your own": activation.name}


def _count(described: dict[str, Any]) -> int:
    """Return the number of parameters in the described layers."""
    layers = described["layers"]
    sizes = [described["inputs"], *(layer["neurons"] for layer in layers)]
    biases = [{"none": 0, "own": layer["neurons"], "shared": 1}[layer["bias"]] for layer in layers]
    return int(sum(nin * nout for nin, nout in pairwise(sizes)) + sum(biases))


def _difference(file: Any, model: Any, where: str) -> str:
    """Return the first difference between the descriptions of the file and of the model, as a sentence."""
    if isinstance(file, dict) and isinstance(model, dict):
        for key in dict.fromkeys([*model, *file]):
            if key in ("z", "a", "labels", "name"):  # a file with other labels fits a model
                continue
            inner = f"{where}'s {key}" if where == "the model" else f"{where}.{key}"
            if key not in file or key not in model:
                has, has_not = ("the file", "the model") if key in file else ("the model", "the file")
                return f"{inner}: {has} has it, {has_not} has not"
            if found := _difference(file[key], model[key], inner):
                return found
        return ""
    if isinstance(file, list) and isinstance(model, list):
        if len(file) != len(model):
            return f"{where}: the file has {len(file)}, the model has {len(model)}"
        found_all = (_difference(a, b, f"{where}[{k}]") for k, (a, b) in enumerate(zip(file, model)))
        return next(filter(None, found_all), "")
    if type(file) is type(model) and file == model:
        return ""
    return f"{where}: {short(file)} in the file, {short(model)} in the model"


# -- Reading a file ------------------------------------------------------------------------------


def _require(fits: object, rule: str) -> None:
    if not fits:
        raise InputError(f"load: {rule}")


def _parts(held: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """Return the description of the model, and the numbers and labels of the parameters by their paths."""
    description, rows = held.get("model"), held.get("parameters")
    if not isinstance(description, dict) or not isinstance(rows, list):
        raise InputError('load: the file has no "model", or no list of "parameters"')
    numbers, labels = {}, {}
    for place, row in enumerate(rows):
        if not (isinstance(row, list) and len(row) == 3 and isinstance(row[0], str) and isinstance(row[2], str)):
            raise InputError(f"load: parameters[{place}] must be a path, a number and a label, not {short(row)}")
        path, number, label = row
        _require(path not in numbers, f"the parameter {short(path)} is in the file twice")
        try:
            numbers[path] = whole_files.number_from_json(number)
        except InputError as error:
            raise InputError(f"load: {short(path)}: {error}") from None
        labels[path] = label
    return description, numbers, labels


def _fill(model: Module, numbers: dict[str, Any], who: str) -> None:
    parameters = model.named_parameters()
    for place in parameters:
        _require(place in numbers, f"the file has no {place}, which {who}; no parameter was changed")
    for place in numbers:
        has = f"the file has {short(place)}, which the model does not have"
        _require(place in parameters, f"{has}; no parameter was changed")
    for place, parameter in parameters.items():
        parameter.data = numbers[place]


def _build(description: dict[str, Any], parameters: int) -> Module:
    kind, own = description.get("kind"), short(description.get("class"))
    _require(kind != "of your own", f"the file holds a {own}: make one for load_into(model, path)")
    if kind == "Wired":
        return _build_wired(description, parameters)
    _require(kind in ("Neuron", "Layer", "MLP", "MatrixMLP"), f"there is no kind of model {short(kind)}")
    layers: Any = [description] if kind in ("Neuron", "Layer") else description.get("layers")
    listed = isinstance(layers, list) and layers and all(isinstance(layer, dict) for layer in layers)
    _require(listed, 'the model has no list of "layers"')
    inputs = _size(description, "inputs")
    for layer in layers:
        neurons, bias = _size(layer, "neurons"), layer.get("bias")
        _require(bias in BIASES, f"a bias must be one of {', '.join(BIASES)}, not {short(bias)}")
        for key in ("z", "a"):
            _require(_are_names(layer.get(key), neurons), f"{key!r} must be a list of {neurons} names")
    count = _count({"inputs": inputs, "layers": layers})
    _require(count == parameters, f"the layers have {count} parameters, and the file holds {parameters}")
    sizes = [layer["neurons"] for layer in layers]
    if kind == "MatrixMLP":
        layout: Any = description.get("layout")
        _require(isinstance(layout, str) and layout in LAYOUTS, f"there is no layout {short(layout)}")
        own_biases = all(layer["bias"] == "own" for layer in layers)
        rule = f"in the layout {layout!r} every neuron must have its own bias"
        _require(LAYOUTS[layout].bias is None or own_biases, rule)
        model: Any = MatrixMLP([[[0.0] * m for _ in range(n)] for m, n in zip([inputs, *sizes], sizes)])
        model.layout = layout
    else:
        model = MLP(inputs, sizes, seed=0)
    for layer, described in zip(model.layers, layers):
        activation = as_activation(_read_activation(described.get("activation")))
        shared = Value(0.0)
        for neuron, z, a in zip(layer.neurons, described["z"], described["a"]):
            neuron.activation, neuron.z_label, neuron.a_label = activation, z, a
            neuron.b = {"none": None, "own": Value(0.0), "shared": shared}[described["bias"]]
    if kind in ("Neuron", "Layer"):
        model = model.layers[0] if kind == "Layer" else model.layers[0].neurons[0]
        model.name = description.get("name")
        fits = isinstance(model.name, str) and (kind == "Layer" or sizes == [1])
        _require(fits, f"a {kind} must have a name, and a Neuron must be a single one")
    return model  # type: ignore[no-any-return] # built above


def _build_wired(description: dict[str, Any], parameters: int) -> Module:
    weights, biases = description.get("weights"), description.get("biases")
    functions, labels = description.get("activations"), description.get("labels")
    if not isinstance(weights, list) or not isinstance(biases, list) or len(weights) + len(biases) != parameters:
        raise InputError(f"load: the weights and biases by name are not the {parameters} parameters of the file")
    if not _are_names([*weights, *biases], parameters) or not isinstance(functions, dict):
        raise InputError("load: weights, biases and activations must be given by name")
    activations = {name: _read_activation(activation) for name, activation in functions.items()}
    return Wired(dict.fromkeys(weights, 0.0), dict.fromkeys(biases, 0.0), activation=activations, labels=labels)


def _read_activation(name: Any) -> str:
    if isinstance(name, dict):
        raise InputError(
            f"load: the activation {short(name.get('of your own'))} is of your own, and the file has only "
            "its name: make the model with it, and use load_into(model, path)"
        )
    _require(isinstance(name, str), f"an activation must be given by its name, not as {short(name)}")
    return str(name)


def _are_names(names: Any, count: int) -> bool:
    return isinstance(names, list) and len(names) == count and all(isinstance(name, str) for name in names)


def _size(described: dict[str, Any], key: str) -> int:
    count = described.get(key)
    if type(count) is not int or count < 1:
        raise InputError(f"load: the number of {key} must be a whole number of 1 or more, not {short(count)}")
    return count
