"""Native replay: vectors of LLVM compute what the table says, to the last digits, and notice what is not finite."""

import math
import random
import sys
import threading
from contextlib import contextmanager
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from autograd import MissingExtraError, RangeError, Value, affine, gradients, half_squared_error, total
from autograd.replay import record
from autograd.table import ops
from autograd.table.ops import TABLE, VARIADIC, Op
from nn import MLP

np = pytest.importorskip("numpy", reason="replay runs on NumPy, which is not installed")
pytest.importorskip("llvmlite", reason="native replay is compiled by llvmlite, which is not installed")

from autograd.replay.grouping import compile_graph  # noqa: E402 -- the same
from autograd.replay.native import backend as native  # noqa: E402 -- the same
from autograd.replay.native import vector_math  # noqa: E402 -- they need NumPy
from autograd.replay.numpy_backend import NumpyBackend  # noqa: E402 -- the same

inf, nan = math.inf, math.nan
EXTREMES = [0.0, -0.0, 1.0, -1.0, 0.5, inf, -inf, nan, 5e-324, -5e-324, 1e-310, 1e-300, 1e-17, 700.0, -700.0]
EXTREMES += [709.7, 710.0, -708.5, -740.0, -746.0, 800.0, -800.0, 1e308, -1e308, 20.0, -22.0, 36.7, 0.34657, -0.34658]
FIXED = [op for op in TABLE.values() if op.arity != VARIADIC]


def computed(op, points):
    """What the native code of this row computes, point by point."""
    leaves = [Value(0.75, f"x{n}") for n in range(op.arity)]
    made = native.NativeBackend(compile_graph(Value.read(op, leaves), leaves, []))
    return made.forward(np.empty(0), np.array(points, float).reshape(-1, op.arity))[:, 0]


def by_the_table(op, point):
    """What the table computes; None where it is not defined, or too large."""
    try:
        return float(op.forward(*point))
    except (ArithmeticError, ValueError):
        return None


def units(found, expected):
    """How far apart in units of the last digit; two NaN, and two zeros of one sign, are not."""
    if expected != expected or found != found:
        return 0.0 if expected != expected and found != found else inf
    if found == expected:
        return 0.0 if found or math.copysign(1, found) == math.copysign(1, expected) else inf
    return abs(found - expected) / math.ulp(expected) if math.isfinite(found - expected) else inf


def wide(count, seed=0):
    """Numbers of every size, near 0, near 1 and far out."""
    dice = random.Random(seed)
    sizes = [dice.choice([1e-8, 0.3, 1.0, 30.0, 300.0]) for _ in range(count // 2)]
    return [dice.gauss(0, size) for size in sizes] + [math.exp(dice.uniform(-700, 700)) for _ in range(count // 2)]


# -- Every row of the table ---------------------------------------------------------------------------------


@pytest.mark.parametrize("op", [op for op in FIXED if op.arity == 1], ids=lambda op: op.name)
def test_each_function_of_one_number_is_right_to_four_units_of_the_last_digit(op):
    points = [(x,) for x in EXTREMES + wide(3000)]
    for found, point in zip(computed(op, points).tolist(), points):
        expected = by_the_table(op, point)
        if expected is not None:
            assert units(found, expected) <= 4, (op.name, point, found, expected)


# Their terms cancel, in the table as here: what is right is right beside the largest term.
CANCELLING = {
    ops.exp_less: lambda a, t: math.exp(min(a, 709)) * (1 + abs(t)) + abs(t),
    ops.sigmoid_less: lambda _x, t: 1 + abs(t),
}


@pytest.mark.parametrize("op", [op for op in FIXED if op.arity > 1], ids=lambda op: op.name)
def test_each_function_of_more_numbers_is_right_at_every_combination_of_extremes(op):
    few = EXTREMES if op.arity == 2 else [0.0, -0.0, 1.0, -1.5, inf, nan, 1e-310, 700.0]
    points = [*product(few, repeat=op.arity), *zip(*[wide(2000, seed) for seed in range(op.arity)])]
    for found, point in zip(computed(op, points).tolist(), points):
        expected = by_the_table(op, point)
        if expected is None:
            continue
        if op in CANCELLING and math.isfinite(expected) and math.isfinite(found):
            assert abs(found - expected) <= 1e-14 * CANCELLING[op](*point), (op.name, point, found, expected)
        elif op not in CANCELLING:
            assert units(found, expected) <= 64, (op.name, point, found, expected)


@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
@pytest.mark.parametrize("per_row", [True, False], ids=["inputs", "parameters"])
def test_each_local_derivative_is_that_of_the_table_for_inputs_and_for_parameters(op, per_row):
    dice = random.Random(op.name)
    weights = [Value(dice.uniform(0.2, 0.9), f"w{n}") for n in range(op.arity)]
    x = Value(1.0, "x")
    root = Value.read(op, [w * x for w in weights] if per_row else weights) * x
    step = record(root, [x], "sum", backend="native")
    rows = [[1.0], [0.5], [1.25]]
    expected = dict.fromkeys(weights, 0.0)
    for (number,) in rows:
        copy = Value(number)
        again = Value.read(op, [w * copy for w in weights] if per_row else weights) * copy
        for w, slope in gradients(again).items():
            if w in expected:
                expected[w] += slope
    step(rows)
    for w in step.parameters:
        assert w.grad == pytest.approx(expected[w], rel=1e-12, abs=1e-15)


def test_a_planted_mistake_in_a_vector_form_is_found(monkeypatch):
    good = vector_math.VECTOR_FORWARDS[ops.tanh]
    monkeypatch.setitem(vector_math.VECTOR_FORWARDS, ops.tanh, lambda x: good(x * (1 + 1e-13)))
    with fresh_library(monkeypatch), pytest.raises(AssertionError, match="tanh"):
        test_each_function_of_one_number_is_right_to_four_units_of_the_last_digit(ops.tanh)


def test_a_row_that_somebody_added_is_computed_number_by_number():
    erfc = Op("erfc", "erfc", math.erfc, lambda _y, x: -2 / math.sqrt(math.pi) * ops.exp(-x * x))
    try:
        w, x = Value(0.5, "w"), Value(0.25, "x")
        step = record(Value.read(erfc, [w * x]), [x], backend="native")
        assert step.forward([[1.0], [3.0]]).tolist() == [math.erfc(0.5), math.erfc(1.5)]
        step([[3.0]])
        assert w.grad == pytest.approx(-3 * 2 / math.sqrt(math.pi) * math.exp(-2.25), rel=1e-12)
    finally:
        del TABLE["erfc"]


# -- Whole programs -----------------------------------------------------------------------------------------


@contextmanager
def fresh_library(monkeypatch, lanes=None):
    """A library that has compiled nothing, for vectors of so many lanes."""
    with monkeypatch.context() as patch:
        patch.setattr(native, "_library", [native.KernelLibrary()])
        if lanes is not None:
            native._library[0].lanes = lanes
        yield native._library[0]


def network(seed):
    """A network whose weights and inputs lie anyhow: shared, turned round, left out; and a penalty."""
    dice = random.Random(seed)
    pool = [Value(dice.gauss(0, 0.7), f"w{n}") for n in range(40)]
    x = [Value(dice.gauss(0, 1), f"x{n}") for n in range(6)]
    size = dice.choice([1, 3, 5, 9])
    inputs = dice.choices(x, k=dice.randint(1, 6))
    hidden = [
        affine(dice.choices(pool, k=len(inputs)), inputs, dice.choice([None, dice.choice(pool)])).tanh()
        for _ in range(size)
    ]
    seen = dice.choices(hidden, k=dice.randint(1, size))
    turned = [affine(dice.choices(pool, k=len(seen)), seen, pool[0]) for _ in range(3)]
    crossed = [affine(hidden, dice.sample(hidden, size)), affine(pool[:size], pool[3 : 3 + size], pool[9])]
    of_numbers = [affine(pool[n : n + 17], pool[20:37]) * pool[n] for n in range(3)]
    loss = (
        total([z * z for z in turned])
        + total(crossed) * crossed[1]
        + total(of_numbers).tanh()
        + (pool[1] * inputs[0]).exp() / 9
    )
    return loss, list(dict.fromkeys(inputs))


def compared(loss, inputs, rows, outputs=()):
    """Native replay beside NumPy's: the losses and the gradient, which must be equal to 1e-12."""
    made = compile_graph(loss, inputs, list(outputs))
    theta = np.array([p.data for p in made.parameters])
    backend = native.NativeBackend(made)
    found, expected = backend.run(theta, rows, 0.5), NumpyBackend(made).run(theta, rows, 0.5)
    for a, b in zip(found, expected):
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12 * max(1.0, float(np.abs(expected[0]).sum()))), (a, b)
    forward = NumpyBackend(made).forward(theta, rows)
    assert np.allclose(backend.forward(theta, rows), forward, rtol=1e-12, atol=1e-12)
    if len(rows):
        whole, gradient = backend.step(theta, rows, 0.5)
        assert whole == pytest.approx(float(found[0].sum()), rel=1e-12, abs=1e-12)
        assert (gradient == found[1]).all()


@examples(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([1, 7, 8, 9, 33, 100]))
def test_weights_that_lie_anyhow_give_the_gradients_of_numpy(seed, count):
    loss, inputs = network(seed)
    compared(loss, inputs, np.random.default_rng(seed).normal(size=(count, len(inputs))))


@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_vectors_of_any_width_give_the_same_numbers(monkeypatch, lanes):
    with fresh_library(monkeypatch, lanes):
        for seed in range(4):
            loss, inputs = network(seed)
            for count in (1, lanes, lanes + 1, 5 * lanes - 1):
                compared(loss, inputs, np.random.default_rng(seed).normal(size=(count, len(inputs))))


def test_a_large_batch_is_run_in_blocks_and_gives_the_same_numbers(monkeypatch):
    monkeypatch.setattr(native, "BLOCK_BYTES", 1)
    for seed in range(8):
        loss, inputs = network(seed)
        assert native.NativeBackend(compile_graph(loss, inputs, [])).block < 100
        compared(loss, inputs, np.random.default_rng(seed).normal(size=(301, len(inputs))))


@pytest.mark.parametrize("count", [1, 7, 100])
@pytest.mark.parametrize("sizes", [[1], [5, 3], [16, 16, 1], [9, 10, 2]], ids=str)
def test_an_mlp_replayed_is_the_mean_of_its_eager_losses(count, sizes):
    model = MLP(3, sizes, seed=2)
    x, t = [Value(0.1) for _ in range(3)], [Value(0.0) for _ in range(sizes[-1])]
    outputs = model(x)
    step = record(half_squared_error(outputs, t if sizes[-1] > 1 else t[0]), [*x, *t], backend="native")
    rows = np.random.default_rng(count).normal(size=(count, 3 + sizes[-1]))
    loss = 0.0
    for row in rows.tolist():
        loss += half_squared_error(model(row[:3]), row[3:] if sizes[-1] > 1 else row[3]) * (1 / count)
    expected = gradients(loss)
    assert step(rows) == pytest.approx(loss.data, rel=1e-12)
    for p in model.parameters():
        assert p.grad == pytest.approx(expected[p], rel=1e-12, abs=1e-14)


def test_neurons_that_share_nothing_give_the_gradients_of_numpy():
    dice = random.Random(4)
    x = [Value(dice.gauss(0, 1), f"x{n}") for n in range(12)]
    w = [Value(dice.gauss(0, 1), f"w{n}") for n in range(15)]
    loss = total([affine(w[4 * n : 4 * n + 4], x[4 * n : 4 * n + 4], w[12 + n]).tanh() for n in range(3)])
    for count in (1, 5, 8, 21):
        compared(loss, x, np.random.default_rng(count).normal(size=(count, 12)))


def test_layers_that_read_the_same_neurons_in_other_orders_give_the_gradients_of_numpy():
    dice = random.Random(5)
    x = [Value(dice.gauss(0, 1), f"x{n}") for n in range(3)]
    w = [Value(dice.gauss(0, 1), f"w{n}") for n in range(300)]
    hidden = [affine(w[3 * n : 3 * n + 3], x).tanh() for n in range(8)]
    layers, start = [], 30
    for order in ([0, 2, 4, 6], [7, 5, 3, 1], [0, 1, 5], [6, 2, 7, 3], [1, 4], [3, 0, 7, 4, 1, 6, 2, 5]):
        for _ in range(2):
            layers.append(affine(w[start : start + len(order)], [hidden[n] for n in order]))
            start += len(order)
    for chosen in (layers, layers[-2:], layers[:4]):
        for outputs in ([], [hidden[5], hidden[2], hidden[7]]):  # which come first, and so disturb the order
            compared(total([z.sigmoid() for z in chosen]), x, np.random.default_rng(1).normal(size=(13, 3)), outputs)


@pytest.mark.parametrize("count", [1, 7, 8, 11, 16, 21])
def test_functions_of_parameters_alone_are_computed_to_the_last_one(count):
    w, x = [Value(0.1 * n + 0.05, f"w{n}") for n in range(count)], Value(1.0, "x")
    compared(total([(v.tanh() * v).exp() for v in w]) * x, [x], np.ones((3, 1)))


NARY = [op for op in TABLE.values() if op.arity == VARIADIC]


@pytest.mark.parametrize("op", NARY, ids=lambda op: op.name)
@pytest.mark.parametrize("count", [4, 6, 14])
def test_rows_of_many_operands_give_the_gradients_of_numpy_wherever_their_operands_are(op, count):
    dice = random.Random(count)
    count += op is ops.huber  # pairs, and a bound
    x = [Value(dice.gauss(0, 1), f"x{n}") for n in range(3)]
    w = [Value(dice.gauss(0, 1), f"w{n}") for n in range(3 * count)]
    kinds = [
        lambda n: w[n] * x[n % 3],
        lambda n: w[n] * w[n + 1],
        lambda n: w[n],
        lambda n: x[n % 3],
        lambda n: 0.25 + n,
    ]
    ends = []
    for start in range(3):
        operands = [kinds[(start + place) % 5](start + place) for place in range(count)]
        ends.append(Value.read(op, operands))
        ends.append(Value.read(op, [w[start + 2 * place] * w[place] for place in range(count)]))
    for rows in (1, 9):
        compared(total([v.tanh() for v in ends]), x, np.random.default_rng(rows).normal(size=(rows, 3)))


def test_a_softmax_of_more_classes_compiles_nothing_more(monkeypatch):
    with fresh_library(monkeypatch) as library:
        compiled = []
        for classes in (10, 60):
            x = [Value(0.1 * n, f"x{n}") for n in range(classes)]
            w = [Value(0.2, f"w{n}") for n in range(classes)]
            native.NativeBackend(compile_graph(Value.read(ops.logsumexp, [a * b for a, b in zip(w, x)]), x, []))
            compiled.append(len(library._addresses))
        assert compiled[0] == compiled[1]


def test_no_rows_have_no_outputs():
    x = Value(1.0)
    step = record(x * Value(2.0), [x], backend="native")
    assert step.forward(np.empty((0, 1))).shape == (0,)


def test_a_loss_of_parameters_alone_counts_once_for_each_row():
    w, x = Value(3.0, "w"), Value(1.0, "x")
    step = record(w * w, [x], "sum", backend="native", outputs=w * x)
    assert step([[1.0], [2.0], [3.0]]) == 27.0
    assert w.grad == 18.0
    assert step.forward([[1.0], [2.0]]).tolist() == [3.0, 6.0]


def test_outputs_of_both_kinds_stand_in_their_columns():
    w, x = Value(3.0, "w"), Value(1.0, "x")
    step = record((w * x).tanh(), [x], backend="native", outputs=[w * w, x * w, x, w])
    assert step.forward([[1.0], [2.0]]).tolist() == [[9.0, 3.0, 1.0, 3.0], [9.0, 6.0, 2.0, 3.0]]


def test_parameters_that_are_held_are_read_where_they_lie():
    loss, inputs = network(11)
    rows = np.random.default_rng(1).normal(size=(20, len(inputs)))
    made = compile_graph(loss, inputs, [])
    backend, other = native.NativeBackend(made), native.NativeBackend(made)
    held = backend.hold(np.array([p.data for p in made.parameters]))
    for _ in range(3):
        whole, gradient = backend.step(held, rows, 1.0)
        again, expected = other.step(held.copy(), rows, 1.0)
        assert (whole, gradient.tolist()) == (again, expected.tolist())
        assert (backend.forward(held, rows) == other.forward(held.copy(), rows)).all()
        held -= 0.01 * gradient


# -- What is not finite -------------------------------------------------------------------------------------


def test_a_number_too_large_on_the_way_is_noticed_though_the_result_is_finite():
    x = Value(1.0, "x")
    w = Value(1.0, "w")
    step = record(1 / (1 + (-(w * x)).exp()), [x], backend="native")
    assert step([[2.0]]) == pytest.approx(1 / (1 + math.exp(-2.0)), rel=1e-14)
    if native.library().watches:
        with pytest.raises(RangeError, match="exp of 800"):
            step([[2.0], [-800.0]])


@pytest.mark.parametrize(
    "write", [lambda x: (x * x).log().exp(), lambda x: 1 / (1 / x), lambda x: (1 / (x * x)).tanh()]
)
def test_log_of_zero_and_one_over_zero_are_noticed_wherever_they_went(write):
    x, w = Value(1.0, "x"), Value(1.0, "w")
    backend = native.NativeBackend(compile_graph(write(w * x), [x], []))
    backend.step(np.ones(1), np.ones((3, 1)), 1.0)
    if backend._library.watches:
        with pytest.raises(FloatingPointError):
            backend.step(np.ones(1), np.array([[1.0], [0.0], [2.0]]), 1.0)


@pytest.mark.parametrize("number", [0.0, -1.0])
@pytest.mark.parametrize("count", [1, 9])
def test_the_log_of_a_parameter_that_has_none_is_noticed(number, count):
    x, w = Value(1.0, "x"), [Value(1.0, f"w{n}") for n in range(count)]
    backend = native.NativeBackend(compile_graph(total([v.log() for v in w]).exp() * x, [x], []))
    backend.step(np.ones(count), np.ones((3, 1)), 1.0)
    if backend._library.watches:
        with pytest.raises(FloatingPointError):
            backend.step(np.array([1.0] * (count - 1) + [number]), np.ones((3, 1)), 1.0)


@pytest.mark.parametrize("name", ["elu", "softplus", "sigmoid", "tanh"])
def test_functions_that_never_overflow_raise_no_alarm(name):
    x, w = Value(1.0, "x"), Value(1.0, "w")
    backend = native.NativeBackend(compile_graph(getattr(w * x, name)(), [x], []))
    total, _ = backend.step(np.ones(1), np.array([[800.0], [-800.0], [0.0], [1e-310]]), 1.0)
    assert math.isfinite(total)


def test_a_row_of_nan_is_carried_and_the_other_rows_are_as_they_were():
    x, w = Value(1.0, "x"), Value(0.5, "w")
    step = record((w * x).tanh() + (w * x).exp(), [x], backend="native")
    with_nan = step.forward([[0.5], [nan], [-1.0]])
    assert with_nan[1] != with_nan[1]
    assert with_nan[[0, 2]].tolist() == step.forward([[0.5], [-1.0]]).tolist()
    assert step([[0.5], [nan]]) != 0
    assert w.grad != w.grad


def test_lanes_beyond_the_last_row_add_nothing_to_a_gradient():
    w, x = Value(1.0, "w"), Value(1.0, "x")
    step = record(w * x, [x], "sum", backend="native")
    for count in range(1, 20):
        step(np.full((count, 1), 2.0))
        assert w.grad == 2.0 * count


# -- Compiling, threads, packages ----------------------------------------------------------------------------


def test_what_was_compiled_once_is_not_compiled_again(monkeypatch):
    with fresh_library(monkeypatch) as library:
        engines = []
        for width in (3, 30, 7):
            model, x = MLP(width, [width, 1], seed=1), [Value(1.0) for _ in range(width)]
            native.NativeBackend(compile_graph(model(x).tanh(), x, []))
            engines.append(len(library._engines))
        assert engines == [2, 2, 2]


def test_the_same_program_is_the_same_bytecode():
    loss, inputs = network(5)
    first, second = (native.Bytecode(compile_graph(loss, inputs, []), 8) for _ in range(2))
    assert first.words == second.words
    assert list(first.keys) == list(second.keys)


def test_two_threads_with_one_step_or_two_do_not_disturb_one_another():
    loss, inputs = network(3)
    rows = [np.random.default_rng(n).normal(size=(40 + n, len(inputs))) for n in range(4)]
    made = compile_graph(loss, inputs, [])
    theta = np.array([p.data for p in made.parameters])
    shared = native.NativeBackend(made)
    expected = [shared.run(theta, part, 1.0) for part in rows]
    wrong = []

    def work(backend, number):
        for _ in range(200):
            losses, gradient = backend.run(theta, rows[number], 1.0)
            if not ((losses == expected[number][0]).all() and (gradient == expected[number][1]).all()):
                wrong.append(number)

    backends = [shared, shared, native.NativeBackend(made), native.NativeBackend(made)]
    threads = [threading.Thread(target=work, args=pair) for pair in zip(backends, range(4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_without_llvmlite_native_says_what_to_install_and_auto_runs_on_numpy(monkeypatch):
    monkeypatch.setattr(native, "_library", [])
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    x = Value(1.0, "x")
    with pytest.raises(MissingExtraError, match=r"pip install 'chalkgrad\[fast\]'"):
        record(x.tanh(), [x], backend="native")
    assert record(x.tanh(), [x]).backend == "numpy"


def test_where_it_is_installed_native_is_what_runs():
    x = Value(1.0, "x")
    assert record(x.tanh(), [x]).backend == "native"
    assert "on native" in repr(record(x.tanh(), [x]))


def test_an_llvmlite_that_is_too_old_is_named_and_auto_takes_numpy(monkeypatch):
    binding = pytest.importorskip("llvmlite.binding", reason="llvmlite is not installed")
    monkeypatch.setattr(native, "_library", [])
    monkeypatch.setattr(binding, "llvm_version_info", (15, 0, 7))
    with pytest.raises(MissingExtraError, match="LLVM 16 or newer, and this one has 15"):
        record(Value(2.0) * 3.0, inputs=[], backend="native")
    assert "numpy" in repr(record(Value(2.0) * 3.0, inputs=[], backend="auto")).lower()
