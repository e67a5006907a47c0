"""A number that comes in: whatever its kind and wherever it comes in, the answer is that of the plain number."""

import math
import operator
import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from mpmath import mpf
from strategies import BECOME_PLAIN, Grade, Reading, np

import autograd
from autograd import (
    ArgumentError,
    ChalkgradError,
    DivisionByZeroError,
    DomainError,
    Graph,
    OperandError,
    Value,
    affine,
    check,
    explain,
    grad,
    gradcheck,
    gradients,
    load_graph,
    logsumexp,
    mean,
    paths,
    save_graph,
    steps,
    to_sheet,
    total,
    trace_origins,
    zero_grad,
)
from autograd.formatting import figures
from autograd.table.plain_numbers import plain_number
from nn import MLP, SGD, Adam, fit, load_into, losses, save, schedules
from nn.initialization import random_generator
from nn.optimizers import clip_gradients
from nn.regularization import dropout, l2

needs_numpy = pytest.mark.skipif(np is None, reason="a number of numpy's own kind needs numpy")


# -- Every place where a number can come in --------------------------------------------------------


def used(root, *leaves):
    """A backward pass, and every number that it left."""
    root.backward()
    return [(node.data, node.grad, node.locals, node.operands) for node in (root, *leaves)]


def after_assigning(use, slot="data"):
    """What a graph of a leaf gives when a number was assigned to the leaf."""

    def place(x):
        w = Value(0.5, "w")
        setattr(w, slot, x)
        return use(w), w

    return place


def one_step(make, x):
    w = Value(0.5, "w")
    w.grad = 0.25
    optimizer = make([w], x)
    optimizer.step()
    return w, optimizer.lr, optimizer.state_dict()


def after_step(gradient):
    w = Value(0.5, "w")
    w.grad = gradient
    SGD([w], lr=0.5).step()
    return w


def a_training(data):
    model = MLP(1, [1], init=0.5)
    history = fit(model, data, losses.half_squared_error, SGD(model.parameters(), lr=0.125), epochs=1)
    return model.parameters(), history.loss


def through_a_file(tmp_path, root):
    return load_graph(save_graph(root, tmp_path / "graph.json")), (tmp_path / "graph.json").read_text()


def saved_model(tmp_path, x):
    model = MLP(1, [1], seed=1)
    model.parameters()[0].data = x
    save(model, tmp_path / "model.json")
    load_into(model, tmp_path / "model.json")
    return model.parameters()


BINARY = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
METHODS = ("maximum", "minimum", "leaky_relu", "elu")
UNARY = ("exp", "log", "sqrt", "sin", "tanh", "sigmoid", "softplus", "relu", "abs")

PLACES = {
    "a leaf": lambda x: used(Value(x, "w") * 3, Value(x)),
    **{f"on the right of {f.__name__}": lambda x, f=f: used(f(Value(2.0), x)) for f in BINARY},
    **{f"on the left of {f.__name__}": lambda x, f=f: used(f(x, Value(2.0))) for f in BINARY},
    **{f"given to {name}": lambda x, name=name: used(getattr(Value(2.0), name)(x)) for name in METHODS},
    **{f"{name} of a leaf": lambda x, name=name: used(getattr(Value(x), name)()) for name in UNARY},
    **{f"{name} of no Value": lambda x, name=name: getattr(autograd, name)(x) for name in UNARY if name != "abs"},
    **{f"{name} of no Values": lambda x, name=name: getattr(autograd, name)(x, 0.5) for name in METHODS},
    "a weight": lambda x: used(affine([x, Value(1.5)], [Value(2.0), 3.0])),
    "an input": lambda x: used(affine([Value(1.5), Value(2.0)], [x, 3.0], Value(0.5))),
    "a bias": lambda x: used(affine([Value(1.5)], [2.0], x)),
    "a term": lambda x: used(total([Value(1.5), x])),
    "averaged": lambda x: used(mean([Value(1.5), x])),
    "an exponent to be summed": lambda x: used(logsumexp([Value(1.5), x])),
    "a row of inputs": lambda x: used(MLP(2, [2, 1], seed=1)([x, 0.5])),
    "a target": lambda x: used(losses.mean_squared_error(Value(1.5), x)),
    "a target in a list": lambda x: used(losses.half_squared_error([Value(1.5)], [x])),
    "delta of huber": lambda x: used(losses.huber(Value(1.5), 0.5, x)),
    "a side": lambda x: used(losses.max_margin(Value(0.5), x)),
    "a probability": lambda x: used(losses.binary_cross_entropy_with_logits(Value(0.5), x)),
    "a distribution": lambda x: used(losses.cross_entropy_with_logits([Value(0.5), Value(1.5)], [x, 1.0 - float(x)])),
    "a class": lambda x: used(losses.cross_entropy_with_logits([Value(0.5), Value(1.5)], x)),
    "assigned, then multiplied": after_assigning(lambda w: used(w * 3, w)),
    "assigned, then multiplied by itself": after_assigning(lambda w: used(w * w, w)),
    "assigned, then on the right": after_assigning(lambda w: used(3 / w, w)),
    "assigned, then beside a Value": after_assigning(lambda w: used(Value(2.0) - w, w)),
    **{f"assigned, then {name}": after_assigning(lambda w, n=name: used(getattr(w, n)(), w)) for name in UNARY},
    **{
        f"assigned, then given to {name}": after_assigning(lambda w, n=name: used(getattr(Value(2.0), n)(w), w))
        for name in METHODS
    },
    "assigned, then summed": after_assigning(lambda w: used(affine([w, Value(2.0)], [3.0, w], w), w)),
    "assigned, then in a loss": after_assigning(lambda w: used(losses.huber([w], [Value(0.5)]), w)),
    "assigned, then differentiated": after_assigning(lambda w: grad(w * w, w)),
    "assigned, then backward": after_assigning(used),
    "assigned, then a gradient of zero": after_assigning(lambda w: (zero_grad([w]), w.grad)),
    "assigned, then looked at": after_assigning(lambda w: (Graph(w).order, gradients(w), list(steps(w)))),
    "assigned, then a step": after_assigning(lambda w: (used(w), SGD([w], lr=0.5).step(), w)),
    "an assigned gradient": after_assigning(lambda w: used(w * 3, w), "grad"),
    "an assigned gradient, then a step": lambda x: after_step(x).data,
    "an assigned gradient, then clipped": after_assigning(lambda w: (clip_gradients([w], 0.5), w.grad), "grad"),
    "a learning rate": lambda x: one_step(lambda w, lr: SGD(w, lr=lr), x),
    "a learning rate of a schedule": lambda x: one_step(lambda w, lr: Adam(w, lr=lambda _: lr), x),
    "a learning rate that is set": lambda x: one_step(lambda w, lr: setattr(s := SGD(w, lr=1.0), "lr", lr) or s, x),
    "a momentum": lambda x: one_step(lambda w, part: SGD(w, lr=0.5, momentum=part), x),
    "a weight decay": lambda x: one_step(lambda w, decay: SGD(w, lr=0.5, weight_decay=decay), x),
    "a norm": lambda x: one_step(lambda w, norm: SGD(w, lr=0.5, clip_norm=norm), x),
    "the end of a schedule": lambda x: [schedules.linear(x, 0.5, 3)(n) for n in range(4)],
    "the length of a schedule": lambda x: [schedules.cosine(1.0, x, 3)(n) for n in range(4)],
    "the factor of a schedule": lambda x: [schedules.step_decay(1.0, x, 2)(n) for n in range(4)],
    "a learning rate of a derivation": lambda x: str(explain((w := Value(0.5, "w")) * w, w, lr=x)),
    "a penalty": lambda x: used(l2([Value(0.5)], x)),
    "a rate of dropout": lambda x: [v.data for v in dropout([Value(1.0)] * 3, x, seed=1)],
    "initial weights": lambda x: [p.data for p in MLP(1, [1], init=x).parameters()],
    "a seed": lambda x: random_generator(x).random(),
    "data": lambda x: a_training([([x], 0.5)]),
    "a label": lambda x: a_training([([0.5], x)]),
    "a point to check": lambda x: [row.engine for row in gradcheck(lambda v: v * v, x).rows],
    "a figure": lambda x: str(check((w := Value(0.5, "w")) * 3, {w: x})),
    "written in a sheet": lambda x: to_sheet(Value(0.5, "w") * x)[0],
    "shown": lambda x: (repr(Value(x)), f"{Value(x):.3f}", str(paths((w := Value(x, "w")) * 3 * x, w))),
}
FILES = {
    "a leaf in a file": lambda x, folder: through_a_file(folder, Value(x, "w")),
    "an operand in a file": lambda x, folder: through_a_file(folder, Value(2.0) * x),
    "assigned, then in a file": lambda x, folder: through_a_file(folder, after_assigning(lambda w: w)(x)[0]),
    "assigned to a model, then in a file": lambda x, folder: saved_model(folder, x),
}


def everything(thing):
    """All numbers in what a place gave, with their kinds."""
    if isinstance(thing, Value):
        numbers = [v for v in thing.operands if v.__class__ is not Value]
        return everything([thing.data, thing.grad, thing.locals, numbers])
    if isinstance(thing, (Reading, Grade)):  # what is computed with it is plain anyway
        return everything(plain_number(thing))
    if isinstance(thing, dict):
        return everything(list(thing.items()))
    if isinstance(thing, (list, tuple)):
        return [everything(part) for part in thing]
    return type(thing), repr(thing)


def outcome(place, *given):
    """What a place gives for a number: all that came out, or the error in its words."""
    try:
        return everything(place(*given))
    except (ChalkgradError, ArithmeticError, ValueError) as error:  # of plain numbers alone, Python's own
        return type(error), str(error)


@pytest.mark.filterwarnings("ignore:.*encountered in power:RuntimeWarning")  # of older NumPy
@pytest.mark.parametrize("plain_operators", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_a_number_of_any_kind_is_the_plain_number_wherever_it_comes_in(place, plain_operators):
    use = PLACES[place]
    with trace_origins() if plain_operators else nullcontext():  # which puts the fast operators aside
        for kind, (make, numbers) in BECOME_PLAIN.items():
            for number in numbers:
                assert outcome(use, make(number)) == outcome(use, number), kind


@pytest.mark.parametrize("place", FILES)
def test_a_number_of_any_kind_is_the_plain_number_in_a_file(place, tmp_path):
    for kind, (make, numbers) in BECOME_PLAIN.items():
        for number in numbers:
            assert outcome(FILES[place], make(number), tmp_path) == outcome(FILES[place], number, tmp_path), kind


@needs_numpy
def test_every_kind_of_number_of_numpy_becomes_plain_or_is_kept_or_refused():
    for code in np.typecodes["All"]:
        kind = np.dtype(code).type
        number = plain_number(np.zeros(1, dtype=code)[0])
        if kind is np.longdouble:
            assert type(number) is (float if np.dtype(code).itemsize == 8 else kind)
        elif code in np.typecodes["AllInteger"] or code in np.typecodes["Float"] or code in "?O":
            assert type(number) in (bool, int, float), kind
            assert number == 0
        else:
            assert number is None, kind


KEPT = [Fraction(5, 2), mpf("2.5"), *([] if np is None else [np.longdouble(2.5)])]


@pytest.mark.skipif(np is not None and np.dtype(np.longdouble).itemsize == 8, reason="here longdouble is a float")
@pytest.mark.parametrize("number", KEPT, ids=lambda number: type(number).__name__)
def test_a_number_of_another_precision_is_kept(number):
    x = Value(number)
    y = x * x + 2
    y.backward()
    assert [type(v.data) for v in (x, y)] == [type(v.grad) for v in (x, y)] == [type(number)] * 2
    assert (y.data, x.grad) == (8.25, 5)
    x.data = number + 1
    assert (x * 2).data == 7
    assert type(x.data) is type(number)


# -- What is no number ----------------------------------------------------------------------------

NO_NUMBERS = ["3", None, 2j, [1.0], (1.0,), Decimal("0.5"), timedelta(3), object()]
if np is not None:
    NO_NUMBERS += [np.timedelta64(3, "ns"), np.datetime64("2026-01-01"), np.complex64(2), np.str_("3"), np.zeros(2)]

USES = {
    "multiplied": lambda w: w * 3,
    "multiplied by a Value": lambda w: w * Value(2.0),
    "on the right": lambda w: 3 - w,
    "on the right of a Value": lambda w: Value(2.0) ** w,
    "exp": lambda w: w.exp(),
    "log as a function": autograd.log,
    "relu": lambda w: w.relu(),
    "maximum": lambda w: autograd.maximum(w, 0.5),
    "an activation with a parameter": lambda w: Value(2.0).leaky_relu(w),
    "affine": lambda w: affine([w], [2.0]),
    "a loss": lambda w: losses.huber(w, 0.5),
    "a sum": lambda w: sum([w, w]),
    "backward": lambda w: w.backward(),
    "zero_grad": lambda w: zero_grad([w]),
    "gradients": gradients,
    "steps": lambda w: list(steps(w)),
    "grad": lambda w: grad(w, w),
    "a step": lambda w: SGD([w], lr=0.5).step(),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("thing", NO_NUMBERS, ids=lambda thing: type(thing).__name__)
def test_what_is_no_number_is_named_by_the_next_operation_on_it(thing, use):
    w = Value(0.5, "weight")
    w.grad = 0.25
    w.data = thing
    with pytest.raises(OperandError, match="the data of weight"):
        USES[use](w)


@pytest.mark.parametrize("use", USES)
def test_a_value_in_a_value_is_named_by_the_next_operation_on_it(use):
    w = Value(0.5, "weight")
    E = w * w
    E.backward()
    w.data -= 0.1 * grad(E, w)
    with pytest.raises(OperandError, match="the data of weight"):
        USES[use](w)
    w.data = w.data.data
    USES[use](w)


def test_the_way_to_write_an_update_is_told():
    w = Value(0.5, "w")
    w.data -= 0.1 * grad(w * w, w)
    with pytest.raises(OperandError, match=r"mul: the data of w was set to a Value; .* w\.data -= 0\.1 \* g\.data"):
        w * 2


def test_what_is_no_number_in_a_gradient_is_named_and_nothing_is_changed():
    w, v = Value(0.5, "w"), Value(2.0, "v")
    w.grad, v.grad = grad(w * w, w), 3.0
    kept = w.grad
    with pytest.raises(OperandError, match=r"backward: the grad of w was set to a Value"):
        (w * v).backward()
    assert (w.grad, v.grad) == (kept, 3.0)


WORKS = {
    ("on the left of mul", "ndarray"),
    ("on the left of mul", "timedelta64"),
    ("a bias", "NoneType"),
    ("a side", "list"),
    ("a side", "tuple"),
}


@pytest.mark.parametrize("thing", NO_NUMBERS, ids=lambda thing: type(thing).__name__)
@pytest.mark.parametrize(
    "place", ["a leaf", "on the right of add", "on the left of mul", "a bias", "a term", "a side", "a learning rate"]
)
def test_what_is_no_number_does_not_come_in(place, thing):
    if (place, type(thing).__name__) in WORKS:
        return
    with pytest.raises((OperandError, ArgumentError)):
        PLACES[place](thing)


class Tensor:
    """Another library's number, as PyTorch and JAX have them."""

    def __init__(self, number):
        self.number = number

    def item(self):
        return self.number


@pytest.mark.parametrize(
    ("thing", "hint"),
    [
        (Decimal("0.5"), r"\(Decimal\).*: Fraction\(…\) of it is exact"),
        (Tensor(0.5), r"\(Tensor\).*: \.item\(\) of it is a number$"),
        (Tensor(2j), r"not <.*\(Tensor\)$|real number$"),
    ],
)
def test_an_error_says_what_to_write_for_a_thing_that_holds_a_number(thing, hint):
    for use in (Value, lambda x: Value(2.0) * x):
        with pytest.raises(OperandError, match=hint):
            use(thing)


# -- Cases that fell ------------------------------------------------------------------------------


@needs_numpy
def test_numpys_arithmetic_does_not_reach_a_graph():
    assert (Value(np.uint8(200)) * 2).data == 400
    with pytest.raises(DivisionByZeroError):
        1 / (Value(0.0) * np.int64(1))
    with pytest.raises(DomainError):
        (Value(-4.0) * np.int64(1)) ** 0.5
    x = Value(np.uint8(3))
    (-x).backward()
    assert x.grad == -1
    assert autograd.sigmoid(np.uint8(3)) == autograd.sigmoid(3)
    w = Value(2.0, "w")
    assert paths(w * np.int64(3), w).total == 3


@needs_numpy
def test_a_loop_with_numpys_numbers_trains_a_model_of_floats(tmp_path):
    X, T = np.array([[0.0, 1.0], [1.0, 1.0]], dtype=np.float32), np.array([0, 1], dtype=np.int64)
    model = MLP(2, [2, 2], seed=1)
    for rate in np.linspace(0.5, 0.25, 3):
        model.zero_grad()
        loss = mean([losses.cross_entropy_with_logits(model(list(x)), t) for x, t in zip(X, T)])
        loss.backward()
        for p in model.parameters():
            p.data -= rate * p.grad
    model([0.5, 0.5])
    assert {type(p.data) for p in model.parameters()} == {type(p.grad) for p in model.parameters()} == {float}
    load_into(MLP(2, [2, 2], seed=2), save(model, tmp_path / "model.json"))


def test_where_numpy_is_not_imported_it_is_not_asked_for():
    code = "import sys; from autograd import Value; Value(True) + 2; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# -- Numbers of very many digits -------------------------------------------------------------------

LONG = [10**5000, -(10**5000), Fraction(10**5000 + 1, 3), Fraction(1, 3**10000)]


@pytest.mark.parametrize("number", LONG, ids=figures.number)
def test_a_number_of_very_many_digits_is_shown_in_short(number):
    x = Value(number, "x")
    y = x * 3
    y.backward()
    for shown in (repr(x), f"{x}", str(y), f"{y}", repr(list(steps(y))), str(explain(y, x)), repr(Graph(y))):
        assert figures.number(number) in shown or figures.number(3 * number) in shown
        assert len(shown) < 2000
    assert str(paths(y, x))
    assert f"{x:.3f}" == ("0.000" if number < 1 and number > 0 else figures.number(number))


def test_a_number_of_some_digits_is_shown_in_full():
    assert repr(Value(10**100)) == f"Value(data=1{'0' * 100}, grad=0.0)"
    assert repr(Value(Fraction(1, 3**60))) == f"Value(data=1/{3**60}, grad=0.0)"


@pytest.mark.parametrize("number", [*LONG, math.inf, -math.inf, math.nan], ids=figures.number)
def test_a_number_that_no_float_can_hold_is_refused_by_a_sheet(number):
    x = Value(number, "x")
    if number == Fraction(1, 3**10000):
        assert to_sheet(x * 3)[0].startswith("x = 0.0")
        return
    for use in (lambda: to_sheet(x * 3), lambda: to_sheet(Value(1, "x") * number), lambda: check(x * 3, {x: "3"})):
        with pytest.raises(DomainError, match="a sheet computes with floats"):
            use()


def test_a_number_of_very_many_digits_in_a_list_is_refused_as_a_list():
    with pytest.raises(OperandError, match=r"a Value holds a real number, not .*list"):
        Value([10**5000])


@pytest.mark.parametrize("number", LONG[:3], ids=figures.number)
def test_a_number_of_too_many_digits_for_a_file_is_named(number, tmp_path):
    with pytest.raises(OperandError, match=r"save_graph: x = .* has too many digits for a file"):
        save_graph(Value(number, "x") * 2, tmp_path / "graph.json")


@pytest.mark.parametrize(
    ("number", "spec", "shown"),
    [
        (Fraction(1, 3), ".3f", "0.333"),
        (Fraction(-2, 3), "8.2f", "   -0.67"),
        (Fraction(1, 3), "+.2e", "+3.33e-01"),
        (Fraction(1, 3), ".1%", "33.3%"),
        (3, ".2f", "3.00"),
        (7, "03d", "007"),
        (True, ".1f", "1.0"),
        (10**400, ".3f", "≈1e400"),
        (10**5000, ".3f", "≈1e5000"),
        (10**5000, "d", "≈1e5000"),
    ],
    ids=lambda part: part if isinstance(part, str) else figures.number(part),
)
def test_an_f_string_takes_every_kind_of_number(number, spec, shown):
    assert f"{Value(number):{spec}}" == shown


def test_a_format_that_is_none_is_pythons_error():
    for number in (0.5, 3, Fraction(1, 3)):
        with pytest.raises((ValueError, TypeError)):
            f"{Value(number):q}"


def test_a_sheet_has_fractions_as_they_are():
    x = Value(Fraction(1, 4), "x")
    y = Fraction(2, 7) * x - x / Fraction(-1, 3)
    assert to_sheet(y)[0].split("\n")[1:-1] == ["v1 = x/(-1/3)", "v2 = 2/7*x", "v3 = v2 - v1"]
    assert [v.word for v in check(y, {x: Fraction(23, 7)}).verdicts] == ["right"]
    assert [v.word for v in check(y, {x: Fraction(22, 7)}).verdicts] == ["wrong"]


# -- Derivatives that are too large for a float ------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x / x, r"div of x = 1e−310 and x = 1e−310 .* 1/b is too large for a float there"),
        (lambda x: 2.0 * x / x, "1/b is too large"),
        (lambda x: 1e-300 / x, "-?.*is too large"),
        (lambda x: x.log(), "1/x is too large"),
        (lambda x: x**-0.5, "is too large for a float"),
        (lambda _: Value(2.0, "x") ** 1023.9, r"is too large"),
    ],
)
def test_a_derivative_too_large_for_a_float_says_so(f, message):
    for around in (nullcontext, trace_origins):
        with around():
            y = f(Value(1e-310, "x"))
        assert math.isfinite(y.data)
        with pytest.raises(DomainError, match=message):
            y.backward()
        with pytest.raises(DomainError, match=message):
            grad(y, next(leaf for leaf in autograd.leaves(y) if leaf.label == "x"))


def test_where_infinity_comes_in_it_is_carried():
    for f in (lambda x: 1.0 / x, lambda x: x / 2.0, lambda x: x.sqrt(), lambda x: x.log(), lambda x: x**2.0):
        y = f(Value(math.inf))
        y.backward()


# -- A derivative that does not exist beside one that does --------------------------------------------


@pytest.mark.parametrize(
    ("power", "way_out"),
    [
        (lambda: (-3) ** Value(2.0, "n"), r"If it is constant, write it as a plain number$"),
        (lambda: Value(-3.0, "x") ** Value(2.0, "n"), r"plain number; grad\(E, x\) does without it$"),
        (lambda: Value(-3.0) ** Value(2.0), r"plain number; grad\(E, a\) does without it$"),
        (lambda: Value(-3.0, "x") ** (Value(1.0, "m") + 1), r"there\. grad\(E, x\) does without it$"),
        (lambda: Value(0.0, "x") ** Value(0.0, "n"), r"plain number; grad\(E, x\) does without it$"),
        (lambda: (x := Value(-3.0, "x")) ** x, r"y·log\(a\) is not defined there$"),
        (lambda: Value(0.0, "x").sqrt(), r"1/\(2·y\) is not defined there$"),
    ],
)
def test_the_error_of_a_derivative_that_does_not_exist_names_what_can_be_had(power, way_out):
    with pytest.raises(DomainError, match=way_out):
        power().backward()


def test_what_it_names_can_be_had():
    x = Value(-3.0, "x")
    assert grad(x ** Value(2.0), x).data == -6
    y = x**2.0
    y.backward()
    assert x.grad == -6
