"""The architecture of a model as plain data, as a model file holds it, and a model made from it again.

A `Neuron`, `Layer`, `MLP`, `MatrixMLP` or `Wired` can be made again. A parameter may stand in several *places*, each a
path such as "layers[0].neurons[1].b". It is known by the first of them, and the others are *tied* to it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd import InputError, Value
from nn.activations import Activation, as_activation
from nn.arguments import short
from nn.given_weights.matrices import LAYOUTS, MatrixMLP, shared_bias
from nn.given_weights.wired import Wired
from nn.layers import MLP, Layer, Module, Neuron

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OWN = "of your own"  # the kind of a model that cannot be made again
KINDS = ("Neuron", "Layer", "MLP", "MatrixMLP", "Wired")  # which can be made again
BIASES = ("none", "own", "shared")


def description_of(model: Module) -> dict[str, Any]:
    """Return the kind of a model, the sizes and functions of its parts, and which places are tied, ready for JSON.

    >>> description_of(Neuron(2, activation="tanh", labels={"w": "w1 w2"}))["activation"]
    'tanh'
    """
    if not _can_be_made(model):
        return of_your_own(model)
    tied = _tied(model)
    described: dict[str, Any] = {"kind": type(model).__name__}
    if isinstance(model, Wired):
        activations = {name: _activation(a) for name, a in model.activations.items()}
        described |= {"weights": list(model.w), "biases": list(model.b), "activations": activations}
        described["labels"] = dict(model.labels)
    else:
        first, *others = [_layer(neurons, tied) for neurons in _layers(model)]
        if isinstance(model, MLP):
            described |= {"inputs": first.pop("inputs"), "layers": [first, *others]}
            for layer in others:
                del layer["inputs"]
        elif isinstance(model, (Neuron, Layer)):
            described |= {"name": model.name, **first}
        if isinstance(model, MatrixMLP):
            described["layout"] = model.layout
    return described | ({"tied": tied} if tied else {})


def of_your_own(model: Module) -> dict[str, Any]:
    """Return the description of a model of which only the class is known."""
    return {"kind": OWN, "class": type(model).__name__}


def _can_be_made(model: Any) -> bool:
    """Return True if a description has all that there is of the model beside its numbers."""
    if type(model) not in (Neuron, Layer, MLP, MatrixMLP, Wired):
        return False
    if any(type(part) not in (type(model), Layer, Neuron) for part in model.modules()):
        return False
    for neurons in [] if isinstance(model, Wired) else _layers(model):
        like = [(len(neuron.w), neuron.b is None, _activation(neuron.activation)) for _, neuron in neurons]
        if like.count(like[0]) < len(like):
            return False
    return {id(owner[key]) for _, owner, key in _slots(model)} == set(map(id, model.parameters()))


def _layers(model: Any) -> list[list[tuple[str, Neuron]]]:
    """Return the neurons of each layer of a Neuron, Layer or MLP, each with the path that leads to it."""
    if isinstance(model, Neuron):
        return [[("", model)]]
    layers = [("", model)] if isinstance(model, Layer) else [(f"layers[{k}].", x) for k, x in enumerate(model.layers)]
    return [[(f"{path}neurons[{j}].", neuron) for j, neuron in enumerate(layer.neurons)] for path, layer in layers]


def _slots(model: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield every place in which a parameter stands: its path, and a list or dict with the key under which it is."""
    if isinstance(model, Wired):
        yield from ((f"w[{name!r}]", model.w, name) for name in model.w)
        yield from ((f"b[{name!r}]", model.b, name) for name in model.b)
        return
    for path, neuron in (each for neurons in _layers(model) for each in neurons):
        yield from ((f"{path}w[{i}]", neuron.w, i) for i in range(len(neuron.w)))
        if neuron.b is not None:
            yield f"{path}b", vars(neuron), "b"


def _tied(model: Any) -> dict[str, str]:
    """Return each further place of a parameter with its first place. A bias of just one layer is left to the layer."""
    first: dict[Any, str] = {}
    tied = {place: one for place, owner, key in _slots(model) if (one := first.setdefault(owner[key], place)) != place}
    for neurons in [] if isinstance(model, Wired) else _layers(model):
        own, *others = [f"{path}b" for path, _ in neurons]
        if own not in tied and shared_bias([neuron for _, neuron in neurons]) is not None:
            for place in others:
                del tied[place]
    return tied


def _layer(neurons: list[tuple[str, Neuron]], tied: Mapping[str, str]) -> dict[str, Any]:
    path, first = neurons[0]
    shared = f"{path}b" not in tied and shared_bias([neuron for _, neuron in neurons]) is not None
    return {
        "inputs": len(first.w),
        "neurons": len(neurons),
        "activation": _activation(first.activation),
        "bias": "none" if first.b is None else "shared" if shared else "own",
        "z": [neuron.z_label for _, neuron in neurons],
        "a": [neuron.a_label for _, neuron in neurons],
    }


def _activation(activation: Activation) -> Any:
    return activation.name if activation.one_node else {OWN: activation.name}


def _count(described: dict[str, Any]) -> int:
    """Return the number of parameters in the described layers."""
    layers = described["layers"]
    sizes = [described["inputs"], *(layer["neurons"] for layer in layers)]
    biases = [{"none": 0, "own": layer["neurons"], "shared": 1}[layer["bias"]] for layer in layers]
    return int(sum(nin * nout for nin, nout in pairwise(sizes)) + sum(biases))


def difference(file: Any, model: Any, where: str) -> str:
    """Return the first difference between the descriptions of the file and of the model, as a sentence."""
    if isinstance(file, dict) and isinstance(model, dict):
        for key in dict.fromkeys([*model, *file]):
            if key in ("z", "a", "labels", "name"):  # a file with other labels fits a model
                continue
            if key == "tied":
                return _difference_in_places(file.get(key, {}), model.get(key, {}))
            inner = f"{where}'s {key}" if where == "the model" else f"{where}.{key}"
            if key not in file or key not in model:
                has, has_not = ("the file", "the model") if key in file else ("the model", "the file")
                return f"{inner}: {has} has it, {has_not} has not"
            if found := difference(file[key], model[key], inner):
                return found
        return ""
    if isinstance(file, list) and isinstance(model, list):
        if len(file) != len(model):
            return f"{where}: the file has {len(file)}, the model has {len(model)}"
        found_all = (difference(a, b, f"{where}[{k}]") for k, (a, b) in enumerate(zip(file, model)))
        return next(filter(None, found_all), "")
    if type(file) is type(model) and file == model:
        return ""
    return f"{where}: {short(file)} in the file, {short(model)} in the model"


def _difference_in_places(file: dict[str, str], model: dict[str, str]) -> str:
    for place, one in (file | model).items():
        if file.get(place) != model.get(place):
            has, has_not = ("file", "model") if file.get(place) == one else ("model", "file")
            return f"{place} is one with {one} in the {has}, and not in the {has_not}"
    return ""


# -- A model made from its description -----------------------------------------------------------


def require(fits: object, rule: str) -> None:
    """Raise InputError with the rule if it is broken."""
    if not fits:
        raise InputError(f"load: {rule}")


def build(description: dict[str, Any], parameters: int) -> Module:
    """Return a model of this description, with as many places for parameters, which hold other numbers yet.

    Raises ArgumentError or InputError for a description of no such model.
    """
    kind, own = description.get("kind"), short(description.get("class"))
    own += " with changes of your own" * (description.get("class") in KINDS)
    require(kind != OWN, f"the file holds a {own}: make one for load_into(model, path)")
    if kind == "Wired":
        return _build_wired(description, parameters)
    require(kind in KINDS, f"there is no kind of model {short(kind)}")
    layers: Any = [description] if kind in ("Neuron", "Layer") else description.get("layers")
    listed = isinstance(layers, list) and layers and all(isinstance(layer, dict) for layer in layers)
    require(listed, 'the model has no list of "layers"')
    inputs = _size(description, "inputs")
    for layer in layers:
        neurons, bias = _size(layer, "neurons"), layer.get("bias")
        require(bias in BIASES, f"a bias must be one of {', '.join(BIASES)}, not {short(bias)}")
        for key in ("z", "a"):
            require(_are_names(layer.get(key), neurons), f"{key!r} must be a list of {neurons} names")
    count = _count({"inputs": inputs, "layers": layers})
    require(count == parameters, f"the layers have {count} parameters, and the file holds {parameters}")
    sizes = [layer["neurons"] for layer in layers]
    if kind == "MatrixMLP":
        layout: Any = description.get("layout")
        require(isinstance(layout, str) and layout in LAYOUTS, f"there is no layout {short(layout)}")
        own_biases = all(layer["bias"] == "own" for layer in layers)
        rule = f"in the layout {layout!r} every neuron must have its own bias"
        require(LAYOUTS[layout].bias is None or own_biases, rule)
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
        require(fits, f"a {kind} must have a name, and a Neuron must be a single one")
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
            f"load: the activation {short(name.get(OWN))} is of your own, and the file has only "
            "its name: make the model with it, and use load_into(model, path)"
        )
    require(isinstance(name, str), f"an activation must be given by its name, not as {short(name)}")
    return str(name)


def _are_names(names: Any, count: int) -> bool:
    return isinstance(names, list) and len(names) == count and all(isinstance(name, str) for name in names)


def _size(described: dict[str, Any], key: str) -> int:
    count = described.get(key)
    if type(count) is not int or count < 1:
        raise InputError(f"load: the number of {key} must be a whole number of 1 or more, not {short(count)}")
    return count


def tie(model: Module, tied: Mapping[str, str]) -> None:
    """Put each parameter of a first place into the places that are tied to it; raise InputError for other places."""
    slots = {place: (owner, key) for place, owner, key in _slots(model)} if tied else {}
    for place, one in tied.items():
        for each in (place, one):
            require(each in slots, f'"tied" names {short(each)}, which the model does not have')
        (owner, key), (first_owner, first_key) = slots[place], slots[one]
        owner[key] = first_owner[first_key]
    require(not tied or _tied(model) == tied, '"tied" must give each further place of a weight with its first')
