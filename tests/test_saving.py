"""A saved model is loaded to the last bit, and a file that does not fit is refused with the first difference."""

import json
import math
import re
from fractions import Fraction

import pytest
from mpmath import mpf

from autograd import InputError, OperandError, OutputError, Value
from nn import MLP, BatchNorm, Dropout, Layer, LayerNorm, Module, Neuron
from nn.buffers import named_buffers
from nn.given_weights.matrices import from_weights
from nn.saving import load, load_into, save

pytestmark = pytest.mark.portable

LABELS = {"w": "w1 w2 w3 w4 w5 w6 w7 w8", "z": "net_h1 net_h2 net_o1 net_o2", "a": "h1 h2 o1 o2"}
W = [[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]]

MODELS = {
    "MLP": lambda: MLP(2, [3, 1], activation="tanh", output_activation="sigmoid", seed=1),
    "MLP without biases": lambda: MLP(2, [3, 2], bias=False, seed=1),
    "layer": lambda: Layer(2, 3, activation="softplus", seed=1),
    "neuron": lambda: Neuron(2, activation=None, seed=1),
    "seed 003": lambda: from_weights(W, labels=LABELS),
    "shared biases": lambda: from_weights(W, [0.35, 0.6], activation=["tanh", None]),
    "columns": lambda: from_weights([[[1.0, -0.4, 0.7], [0.5, 0.2, -0.3]], [[0.6]] * 3], layout="columns are neurons"),
    "bias in the matrix": lambda: from_weights([[1.0, 2.0, 3.0]], layout="rows are neurons, bias first"),
    "by name": lambda: from_weights(
        {"x1,1": 0.3, "x2,1": 0.1, "1,2": 2.0}, {2: 0.5}, activation={1: "tanh", 2: None}, labels={"z": "r{}"}
    ),
}  # fmt: skip


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


def state(model):
    return {place: (p.data, p.label) for place, p in model.named_parameters().items()}


def outputs(model):
    out = model([0.3, -0.7])
    return [(o.data, o.label, o.parents[0].label) for o in (out if isinstance(out, list) else [out])]


# -- Saved and loaded again ----------------------------------------------------------------------


def test_a_model_comes_back_with_its_architecture_names_and_weights(model, tmp_path):
    back = load(save(model, tmp_path / "model.json"))
    assert type(back) is type(model)
    assert str(back) == str(model)
    assert state(back) == state(model)
    assert outputs(back) == outputs(model)


def test_a_loaded_model_is_saved_as_the_same_file(model, tmp_path):
    one = save(model, tmp_path / "one.json")
    other = save(load(one), tmp_path / "other.json")
    assert one.read_bytes() == other.read_bytes()


def test_every_bit_of_a_parameter_comes_back(tmp_path):
    for number in (0.1 + 0.2, 5e-324, -0.0, 1.7976931348623157e308, math.inf, Fraction(1, 3), 3):
        model = Neuron(1, seed=1)
        model.w[0].data = number
        back = load(save(model, tmp_path / "model.json")).w[0].data
        assert type(back) is type(number)
        assert repr(back) == repr(number)
    model.w[0].data = math.nan
    assert math.isnan(load(save(model, tmp_path / "model.json")).w[0].data)


def test_matrices_read_the_same_when_they_come_back(tmp_path):
    for make in (MODELS["columns"], MODELS["bias in the matrix"], MODELS["shared biases"]):
        net = make()
        back = load(save(net, tmp_path / "net.json"))
        assert (back.weights(), back.biases()) == (net.weights(), net.biases())


def test_a_shared_bias_is_still_one_leaf_when_it_comes_back(tmp_path):
    back = load(save(MODELS["shared biases"](), tmp_path / "net.json"))
    first, second = back.layers[0].neurons
    assert first.b is second.b


def test_another_model_of_the_same_shape_is_filled_and_keeps_its_own_names(model, tmp_path):
    path = save(model, tmp_path / "model.json")
    before = [o for o, *_ in outputs(model)]
    for p in model.parameters():
        p.data += 1.0
        p.label = "mine"
    load_into(model, path)
    assert [o for o, *_ in outputs(model)] == before
    assert {p.label for p in model.parameters()} == {"mine"}


class Line(Module):
    def __init__(self):
        self.slope, self.height = Value(2.0, "slope"), Value(1.0, "height")


def test_a_module_of_ones_own_is_saved_by_its_parameters_and_loaded_into(tmp_path):
    line, other = Line(), Line()
    line.slope.data = 5.0
    path = save(line, tmp_path / "line.json")
    load_into(other, path)
    assert other.slope.data == 5.0
    with pytest.raises(InputError, match=re.escape("the file holds a 'Line': make one for load_into(model, path)")):
        load(path)


def test_a_parameter_too_many_or_too_few_in_the_file_is_named(tmp_path):
    class Longer(Line):
        def __init__(self):
            super().__init__()
            self.bend = Value(0.0)

    Longer.__name__ = "Line"
    short, long = save(Line(), tmp_path / "short.json"), save(Longer(), tmp_path / "long.json")
    with pytest.raises(InputError, match="the file has no bend, which the model has; no parameter was changed"):
        load_into(Longer(), short)
    with pytest.raises(
        InputError, match="the file has 'bend', which the model does not have; no parameter was changed"
    ):
        load_into(Line(), long)


def test_an_activation_of_ones_own_is_named_and_loaded_into(tmp_path):
    def swish(z):
        return z * z.sigmoid()

    model = MLP(1, [2, 1], activation=swish, seed=1)
    path = save(model, tmp_path / "model.json")
    with pytest.raises(InputError, match="the activation 'swish' is of your own, and the file has only its name"):
        load(path)
    other = MLP(1, [2, 1], activation=swish, seed=2)
    load_into(other, path)
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]


# -- Weights in several places ---------------------------------------------------------------------


def shared_layer():
    model = MLP(2, [2, 2, 2, 1], activation="tanh", seed=1)
    model.layers[1] = model.layers[0]
    return model


def tied_transposed():
    """A decoder with the weights of its encoder, transposed."""
    model = MLP(3, [2, 3], activation="tanh", seed=1)
    encoder, decoder = model.layers
    for i, neuron in enumerate(decoder.neurons):
        neuron.w = [encoder.neurons[j].w[i] for j in range(2)]
    return model


def one_bias_for_all():
    b = Value(0.35, "b")
    return from_weights(W, [b, b])


def tied(model, places, one, other):
    getattr(model, places)[other] = getattr(model, places)[one]
    return model


def tied_by_name():
    w, b = Value(0.3, "w"), Value(0.1)
    return from_weights({"x,1": w, "1,2": w}, {1: b, 2: b})


TIED = {
    "a weight of two layers": (1, lambda: from_weights([[[w := Value(2.0, "w")]], [[w]]])),
    "a layer used twice": (2, shared_layer),
    "transposed": (3, tied_transposed),
    "one bias for two layers": (2, one_bias_for_all),
    "in one neuron": (2, lambda: tied(Neuron(2, seed=1), "w", 0, 1)),
    "in one layer": (2, lambda: tied(Layer(2, 2, seed=1), "neurons", 0, 1)),
    "by name": (1, tied_by_name),
}


def numbers(output):
    return [o.data for o in output] if isinstance(output, list) else output.data


@pytest.mark.parametrize(("inputs", "make"), TIED.values(), ids=TIED)
def test_weights_in_several_places_are_one_leaf_again_whether_made_or_filled(inputs, make, tmp_path):
    model, filled = make(), make()
    for number, p in enumerate(model.parameters(), start=1):
        p.data = number / 8
    path = save(model, tmp_path / "net.json")
    made = load(path)
    load_into(filled, path)
    row = [0.5, -1.0, 2.0][:inputs]
    assert state(made) == state(model)
    for loaded in (model, made, filled):
        loaded.parameters()[0].data += 1.0  # in every place
    assert numbers(made(row)) == numbers(filled(row)) == numbers(model(row))
    assert save(made, tmp_path / "again.json").read_bytes() == save(model, path).read_bytes()


def test_a_model_whose_weights_are_tied_otherwise_is_refused_with_the_difference(tmp_path):
    tied, free = shared_layer(), MLP(2, [2, 2, 2, 1], activation="tanh", seed=2)
    differs = "layers[1].neurons[0].w[0] is one with layers[0].neurons[0].w[0] in "
    with pytest.raises(InputError, match=re.escape(f"{differs}the file, and not in the model; no parameter")):
        load_into(free, save(tied, tmp_path / "tied.json"))
    with pytest.raises(InputError, match=re.escape(f"{differs}the model, and not in the file; no parameter")):
        load_into(tied, save(free, tmp_path / "free.json"))


def test_a_file_of_tied_weights_from_before_ties_were_saved_is_loaded_into_such_a_model(tmp_path):
    model, other = shared_layer(), shared_layer()
    model.parameters()[0].data = 5.0
    path = save(model, tmp_path / "model.json")
    held = json.loads(path.read_text()) | {"version": 1, "model": {"kind": "of your own", "class": "MLP"}}
    path.write_text(json.dumps(held))
    load_into(other, path)
    assert state(other) == state(model)
    with pytest.raises(InputError, match=re.escape("the file has no layers[1].neurons[0].w[0], which the model has")):
        load_into(MLP(2, [2, 2, 2, 1], activation="tanh", seed=1), path)


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("layers[1].neurons[0].w[0]", "layers[1].neurons[0].w[0]"),
        ("layers[0].neurons[0].w[0]", "layers[1].neurons[0].w[0]"),
        ("layers[1].neurons[0].w[0]", "layers[7].neurons[0].w[0]"),
        ("__class__", "layers[0].neurons[0].w[0]"),
        ("layers[1].neurons[0].w[0]", 3),
    ],
)
def test_ties_that_save_does_not_write_are_refused(path, first, tmp_path):
    file = save(MLP(2, [2, 1], seed=1), tmp_path / "model.json")
    held = json.loads(file.read_text())
    held["model"]["tied"] = {path: first}
    held["parameters"] = [row for row in held["parameters"] if row[0] != path]
    file.write_text(json.dumps(held))
    with pytest.raises(InputError, match=r"load: (\"tied\"|the weights that are one|the layers have)"):
        load(file)


@pytest.mark.parametrize("extra", [LayerNorm(2), Dropout(0.5)])
def test_a_network_with_another_part_among_its_layers_is_of_your_own(extra, tmp_path):
    def make():
        model = MLP(2, [2, 1], seed=1)
        model.layers.insert(1, extra)
        return model

    path = save(make(), tmp_path / "model.json")
    load_into(make(), path)
    with pytest.raises(InputError, match="the file holds a 'MLP' with changes of your own: make one for load_into"):
        load(path)


# -- Buffers ---------------------------------------------------------------------------------------


MEAN = "norm.running_mean"


def put(*trail):
    *to, last, thing = trail

    def edit(held):
        for step in to:
            held = held[step]
        if thing is None:
            del held[last]
        else:
            held[last] = thing

    return edit


class Normed(Module):
    def __init__(self):
        self.first, self.norm, self.last = Layer(2, 3, activation=None, seed=1), BatchNorm(3), Neuron(3, seed=2)

    def __call__(self, rows):
        return [self.last(row) for row in self.norm([self.first(row) for row in rows])]


class Counting(Module):
    buffer_names = ("seen", "table")

    def __init__(self):
        self.w, self.seen, self.table = Value(1.0), 0, [[0, Fraction(1, 3)], [math.inf]]


ROWS = [[0.5, -1.5], [2.0, 0.25], [-3.0, 1.0]]


def test_a_batch_norm_comes_back_with_its_running_statistics(tmp_path):
    model, other = Normed(), Normed()
    for _ in range(5):
        model(ROWS)
    load_into(other, save(model, tmp_path / "model.json"))
    assert named_buffers(other) == named_buffers(model)
    assert numbers(other.eval()(ROWS)) == numbers(model.eval()(ROWS))
    assert other.norm.running_mean != [0.0] * 3
    other.train()(ROWS)
    assert named_buffers(other) != named_buffers(model)  # each has its own


def test_buffers_of_ones_own_come_back_to_the_last_bit(tmp_path):
    model, other = Counting(), Counting()
    model.seen, model.table = 7, [[0.1 + 0.2, Fraction(2, 3)], [-0.0]]
    load_into(other, save(model, tmp_path / "model.json"))
    assert repr(named_buffers(other)) == repr(named_buffers(model))


def test_a_file_from_before_buffers_were_saved_is_loaded_and_says_what_it_lacks(tmp_path):
    model, other = Normed(), Normed()
    path = save(model, tmp_path / "model.json")
    held = json.loads(path.read_text())
    del held["buffers"]
    path.write_text(json.dumps(held | {"version": 1}))
    other.norm.running_mean = [5.0] * 3
    with pytest.warns(UserWarning, match=r"has no norm\.running_mean.*they keep their values") as caught:
        load_into(other, path)
    assert caught[0].filename == __file__
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    assert other.norm.running_mean == [5.0] * 3


def test_a_model_without_buffers_or_ties_is_a_file_that_an_earlier_chalkgrad_reads(tmp_path):
    versions = [
        json.loads(save(model, tmp_path / "m.json").read_text())["version"]
        for model in (MLP(2, [1]), Line(), Normed(), shared_layer())
    ]
    assert versions == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda held: held.update(buffers={}), 'the file has no list of "buffers"'),
        (lambda held: held["buffers"].pop(), "the file has no norm.running_variance, which the model has"),
        (put("buffers", 0, [MEAN, [1, 2]]), "norm.running_mean: the file has 2, the model has 3"),
        (
            put("buffers", 0, [MEAN, 1]),
            "norm.running_mean: 'a number' in the file, ['a number', 'a number', 'a number']",
        ),
        (put("buffers", 0, [MEAN, [1, 2, "x"]]), "'norm.running_mean': 'x' is no number"),
        (put("buffers", 0, ["mean", [1, 2, 3]]), "the file has no norm.running_mean, which the model has"),
        (put("buffers", 0, ["norm.running_variance", 3]), "'norm.running_variance' is in the file twice"),
        (put("buffers", 0, [3]), "buffers[0] must be a path and numbers, not [3]"),
        (lambda held: held["buffers"].append(["seen", 3]), "the file has 'seen', which the model does not have"),
    ],
)
def test_buffers_that_do_not_fit_are_refused_and_nothing_is_changed(edit, message, tmp_path):
    model = Normed()
    model(ROWS)
    path = save(model, tmp_path / "model.json")
    held = json.loads(path.read_text())
    edit(held)
    path.write_text(json.dumps(held))
    other = Normed()
    before = state(other), named_buffers(other)
    with pytest.raises(InputError, match=re.escape(message)):
        load_into(other, path)
    assert (state(other), named_buffers(other)) == before


def test_a_buffer_that_is_no_number_is_refused_by_name(tmp_path):
    model = Counting()
    model.table = [[1.0, "many"]]
    with pytest.raises(OperandError, match="save: table: 'many' is a str, which a file cannot hold"):
        save(model, tmp_path / "model.json")


def test_a_file_is_readable(tmp_path):
    text = save(Neuron(1, activation=None, labels={"w": "w₁"}, seed=1), tmp_path / "n.json").read_text(encoding="utf-8")
    assert text.startswith(
        '{"format": "chalkgrad-model", "version": 1,\n"model": {"kind": "Neuron", "name": "neuron", '
    )
    assert text.endswith('"parameters": [\n["w[0]", -0.7312715117751976, "w₁"],\n["b", 0.0, "b"]\n]}\n')


# -- Files that do not fit ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: MLP(2, [4, 1], activation="tanh"), "the model's layers[0].neurons: 3 in the file, 4 in the model"),
        (lambda: MLP(3, [3, 1], activation="tanh"), "the model's inputs: 2 in the file, 3 in the model"),
        (lambda: MLP(2, [3, 3, 1]), "the model's layers: the file has 2, the model has 3"),
        (lambda: MLP(2, [3, 1]), "the model's layers[0].activation: 'tanh' in the file, 'relu' in the model"),
        (
            lambda: MLP(2, [3, 1], activation="tanh", bias=False),
            "layers[0].bias: 'own' in the file, 'none' in the model",
        ),
        (lambda: Neuron(2), "the model's kind: 'MLP' in the file, 'Neuron' in the model"),
        (Line, "the model's kind: 'MLP' in the file, 'of your own' in the model"),
    ],
)
def test_a_file_that_does_not_fit_the_model_is_refused_with_the_difference(other, message, tmp_path):
    path = save(MLP(2, [3, 1], activation="tanh", seed=1), tmp_path / "model.json")
    model = other()
    before = state(model)
    with pytest.raises(InputError, match=re.escape(message) + ".*no parameter was changed"):
        load_into(model, path)
    assert state(model) == before


EDITS = [
    (put("model", None), 'no "model"'),
    (put("model", []), 'no "model"'),
    (put("parameters", {}), 'no list of "parameters"'),
    (put("parameters", 0, 1, "0.5"), "'layers[0].neurons[0].w[0]': '0.5' is no number"),
    (put("parameters", 0, 1, [0.5]), "is no number"),
    (put("parameters", 0, [1, 2, 3]), "parameters[0] must be a path, a number and a label"),
    (put("parameters", 0, 0, "layers[0].neurons[0].b"), "'layers[0].neurons[0].b' is in the file twice"),
    (put("parameters", 0, 0, "__class__"), "the file has no layers[0].neurons[0].w[0], which"),
    (put("parameters", 0, None), "the layers have 13 parameters, and the file holds 12"),
    (put("model", "kind", "os.system"), "there is no kind of model 'os.system'"),
    (put("model", "kind", ["MLP"]), "there is no kind of model"),
    (put("model", "kind", "of your own"), "make one for load_into"),
    (put("model", "kind", "Neuron"), "the number of neurons must be a whole number"),
    (put("model", "kind", "Wired"), "the weights and biases by name are not the 13 parameters"),
    (put("model", "kind", "MatrixMLP"), "there is no layout None"),
    (put("model", "inputs", 10**12), "the layers have"),
    (put("model", "inputs", -1), "the number of inputs must be a whole number of 1 or more, not -1"),
    (put("model", "inputs", 2.0), "the number of inputs must be a whole number of 1 or more, not 2.0"),
    (put("model", "layers", []), 'the model has no list of "layers"'),
    (put("model", "layers", [1]), 'the model has no list of "layers"'),
    (put("model", "layers", 0, "neurons", 10**12), "'z' must be a list of 1000000000000 names"),
    (put("model", "layers", 0, "bias", "maybe"), "a bias must be one of none, own, shared, not 'maybe'"),
    (put("model", "layers", 0, "bias", "none"), "the layers have 10 parameters, and the file holds 13"),
    (put("model", "layers", 0, "activation", "explode"), "there is no activation 'explode'"),
    (put("model", "layers", 0, "activation", {"of your own": "swish"}), "the activation 'swish' is of your own"),
    (put("model", "layers", 0, "activation", 3), "an activation must be given by its name, not as 3"),
    (put("model", "layers", 0, "z", ["z", 1, 2]), "'z' must be a list of 3 names"),
    (put("format", "chalkgrad-graph"), "is no chalkgrad-model file"),
    (put("version", 99), "version 99, and this chalkgrad reads up to 2: install a later one"),
]


@pytest.mark.parametrize(("edit", "message"), EDITS)
def test_a_file_that_is_not_what_save_writes_is_refused_by_name(edit, message, tmp_path):
    path = save(MLP(2, [3, 1], seed=1), tmp_path / "model.json")
    held = json.loads(path.read_text())
    edit(held)
    path.write_text(json.dumps(held))
    with pytest.raises(InputError, match=re.escape(message)):
        load(path)


@pytest.mark.parametrize(
    ("make", "edit", "message"),
    [
        ("columns", put("model", "layout", ["rows"]), "there is no layout"),
        ("columns", put("model", "layout", "rows are neurons, bias first"), "every neuron must have its own bias"),
        ("neuron", put("model", "name", 3), "a Neuron must have a name, and a Neuron must be a single one"),
        ("by name", put("model", "weights", [1, 2, 3]), "given by name"),
        ("by name", put("model", "weights", ["x,1", "1,2", "2,1"]), "lead in a circle"),
        ("by name", put("model", "activations", {"9": "tanh"}), "the activation of '9': no weight"),
        ("by name", put("model", "labels", {"z": "{}{}"}), "must be a pattern with one {}"),
        ("by name", put("model", "labels", [1]), "for weights by name the kinds are"),
    ],
)
def test_other_kinds_of_models_are_read_with_the_same_distrust(make, edit, message, tmp_path):
    path = save(MODELS[make](), tmp_path / "model.json")
    held = json.loads(path.read_text())
    edit(held)
    path.write_text(json.dumps(held))
    with pytest.raises(InputError, match=re.escape(message)):
        load(path)


def test_a_non_module_an_inexact_number_and_a_missing_folder_are_refused(tmp_path):
    model = Neuron(1, seed=1)
    for call in (lambda: save(3, tmp_path / "m.json"), lambda: load_into(3, tmp_path / "m.json")):
        with pytest.raises(OperandError, match="a model must be a Module, not 3"):
            call()
    with pytest.raises(OutputError):
        save(model, tmp_path / "nowhere" / "m.json")
    model.w[0].data = mpf(0.5)
    with pytest.raises(OperandError, match=re.escape("save: w[0]: ") + ".*mpf"):
        save(model, tmp_path / "m.json")
    assert list(tmp_path.iterdir()) == []
