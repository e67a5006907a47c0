"""A recorded graph replayed over rows gives what the eager engine gives, row by row, or its error."""

import math
import random
import sys
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import any_float, examples, ordinary, points, recipes

from autograd import (
    ArgumentError,
    DivisionByZeroError,
    DomainError,
    MissingExtraError,
    OperandError,
    RangeError,
    StaleGraphError,
    Value,
    affine,
    expand,
    gradients,
    half_squared_error,
    topological_order,
    total,
    zero_grad,
)
from autograd.replay import record
from autograd.symbolic.printer import write
from autograd.table import ops
from autograd.table.ops import TABLE, VARIADIC
from nn import MLP, SGD

np = pytest.importorskip("numpy", reason="replay runs on NumPy, which is not installed")

from autograd.replay import instructions, lowering, numpy_ops  # noqa: E402 -- they need NumPy


def backends():
    """The backends that can run here."""
    found = ["numpy"]
    try:
        import autograd.replay.native.backend  # noqa: F401, PLC0415 -- whether it can be

        record(Value(1.0), [], backend="native")
    except ImportError:
        return found
    return [*found, "native"]


BACKENDS = backends()
on_each_backend = pytest.mark.parametrize("backend", BACKENDS)


def again(root, numbers):
    """The graph of the root built anew with other numbers in the leaves: its nodes by the old ones."""
    made = {}
    for node in topological_order(root):
        operands = [made[v] if isinstance(v, Value) else v for v in node.operands]
        made[node] = Value(numbers.get(node, node.data)) if node.op is None else Value.read(node.op, operands)
    return made


def eager(root, parameters, inputs, rows):
    """What `backward()` gives: the loss of each row, and the sum of the gradients by each parameter.

    With each number its scale: the sum of the sizes of what was added up on the way to it.
    """
    losses, slopes, sizes = [], np.zeros(len(parameters)), np.zeros(len(parameters))
    for row in rows:
        made = again(root, dict(zip(inputs, row)))
        slope = gradients(made[root])
        losses.append(made[root].data)
        found = np.array([float(slope.get(made.get(p), 0.0)) for p in parameters])
        slopes += found
        sizes += scale(made[root], [made.get(p) for p in parameters])
    return np.array(losses), slopes, sizes


def defined(root, inputs, rows):
    """Whether the forward pass is, in every row; the eager engine asks for derivatives by the inputs too."""
    try:
        return [again(root, dict(zip(inputs, row))) for row in rows] != []
    except DomainError:
        return False


def scale(root, leaves):
    """The sum over all paths of the size of their products, and no less than the loss: what rounding goes by."""
    sizes = {root: 1.0}
    for node in reversed(topological_order(root)):
        for parent, local in node.edges():
            sizes[parent] = sizes.get(parent, 0.0) + sizes[node] * max(abs(local), 0.01)  # tanh near 1 has lost digits
    return np.array([sizes.get(leaf, 0.0) for leaf in leaves])


def same(found, expected, size=0.0):
    """Equal to 1e-12 of the size of what was added; NaN is NaN and inf is inf."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    size = np.maximum(np.abs(expected), size)
    with np.errstate(invalid="ignore", over="ignore"):
        close = np.abs(found - expected) <= 1e-12 * size + 1e-290
    return bool((close | (found == expected) | (np.isnan(found) & np.isnan(expected))).all())


# -- The same numbers ----------------------------------------------------------------------------------------


def tame(root, parameters, inputs, rows):
    """The eager result, where the point is one at which rounding is not blown up."""
    result = eager(root, parameters, inputs, rows)
    assume(all(np.isfinite(part).all() and (np.abs(part) < 1e8).all() for part in result))
    return result


def test_a_graph_whose_numbers_were_changed_since_is_not_compiled():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    loss = (w * x).log()
    for leaf, number in ((w, 4.0), (x, 1.0), (w, -1.0)):  # the last where the graph is not defined
        before, leaf.data = leaf.data, number
        with pytest.raises(StaleGraphError, match="record: v1 no longer follows from its operands: it is the mul"):
            record(loss, [x])
        leaf.data = before
    assert record(loss, [x])([[2.0]]) == loss.data


@on_each_backend
@examples(max_examples=120)
@given(recipes(), st.data())
def test_replay_is_eager_on_random_graphs_over_the_whole_table(backend, recipe, data):
    nodes = recipe.build()
    root, leaves = nodes[-1], [v for v in topological_order(nodes[-1]) if v.op is None]
    inputs = [leaf for leaf in leaves if data.draw(st.booleans())]
    step = record(root, inputs, data.draw(st.sampled_from(["mean", "sum"])), backend=backend)
    count = data.draw(st.sampled_from([1, 2, 7]))
    row = st.lists(ordinary, min_size=len(inputs), max_size=len(inputs))
    rows = data.draw(st.lists(row, min_size=count, max_size=count))
    rows[0] = [leaf.data for leaf in inputs]
    try:
        losses, slopes, sizes = tame(root, step.parameters, inputs, rows)
    except DomainError:
        if not defined(root, inputs, rows):
            with pytest.raises(DomainError):
                step(np.reshape(rows, (count, len(inputs))))
        return
    found = step(np.reshape(rows, (count, len(inputs))))
    share = count if step.reduction == "mean" else 1
    assert same(found, losses.sum() / share, np.abs(losses).sum())
    assert same([p.grad for p in step.parameters], slopes / share, sizes / share)
    assert same(step.forward(np.reshape(rows, (count, len(inputs)))), losses, np.abs(losses).sum())


ARITHMETIC = ("add", "sub", "mul", "neg", "affine", "total", "mean")
SMOOTH = (*ARITHMETIC, "half_squared_error", "tanh", "sigmoid", "relu", "maximum", "cross_entropy", "max_margin")


@st.composite
def repeated(draw):
    """One recipe built several times, on leaves that are partly shared, and the results put together."""
    recipe = draw(recipes(names=SMOOTH, longest=8))
    pool = [Value(draw(ordinary), f"p{n}") for n in range(draw(st.integers(len(recipe.leaves), 8)))]
    place = st.integers(0, len(pool) - 1)
    made = [
        recipe.build_on([pool[draw(place)] for _ in recipe.leaves])[-1 - draw(st.integers(0, 1))]
        for _ in range(draw(st.integers(2, 6)))
    ]
    size = len(made) // 2
    ends = {
        "total": lambda: total(made),
        "sum": lambda: sum(made),
        "affine": lambda: affine(made[:size], made[size : 2 * size], pool[0]),
        "matrix": lambda: total([affine(pool[k : k + 2] * 2, made[:2] * 2, pool[0]) for k in range(len(pool) - 1)]),
        "softmax": lambda: total([v.tanh().exp() / total([w.tanh().exp() for w in made]) * pool[0] for v in made]),
        "expanded": lambda: expand(affine(made[:size], made[size : 2 * size], pool[0])),
    }
    return pool, ends[draw(st.sampled_from([*ends][: None if len(pool) > 1 else 2]))]()


@on_each_backend
@examples(max_examples=120)
@given(repeated(), st.data())
def test_replay_is_eager_on_graphs_that_repeat_themselves(backend, graph, data):
    pool, root = graph
    below = set(topological_order(root))
    inputs = [leaf for leaf in pool if leaf in below and data.draw(st.booleans())]
    count = data.draw(st.sampled_from([1, 2, 7]))
    row = st.lists(ordinary, min_size=len(inputs), max_size=len(inputs))
    rows = np.reshape(data.draw(st.lists(row, min_size=count, max_size=count)), (count, len(inputs)))
    step = record(root, inputs, "sum", backend=backend)
    losses, slopes, sizes = tame(root, step.parameters, inputs, rows.tolist())
    size = sum(magnitude(root, dict(zip(inputs, row))) for row in rows.tolist())
    step(rows)  # what a call leaves behind is not seen by the next
    assert same(step(rows), losses.sum(), size)
    assert same([p.grad for p in step.parameters], slopes, sizes)
    assert same(step.forward(rows), losses, size)


def magnitude(root, numbers):
    """The largest number on the way to the root."""
    return max(abs(v.data) for v in again(root, numbers).values())


def little_network():
    """A network of two inputs with a target, and the loss that is recorded."""
    model = MLP(2, [3, 1], activation="tanh", seed=3)
    x, t = [Value(0.5, "x1"), Value(-1.0, "x2")], Value(0.25, "t")
    return model, x, t, half_squared_error(model(x), [t])


@on_each_backend
@pytest.mark.parametrize("count", [1, 7, 100, 1000])
def test_a_batch_gives_the_mean_of_eager_losses_and_fills_the_mean_gradient(backend, count):
    model, x, t, loss = little_network()
    dice = random.Random(count)
    rows = [[dice.gauss(0, 1) for _ in range(3)] for _ in range(count)]
    found = record(loss, [*x, t], backend=backend)(rows)
    replayed = [p.grad for p in model.parameters()]
    zero_grad(model.parameters())
    whole = sum(half_squared_error(model(row[:2]), [row[2]]) for row in rows) * (1 / count)
    whole.backward()
    assert same(found, whole.data)
    assert same(replayed, [p.grad for p in model.parameters()])


@on_each_backend
def test_no_rows_give_no_losses_and_a_clear_error_from_the_step(backend):
    _, x, t, loss = little_network()
    step = record(loss, [*x, t], backend=backend)
    assert step.forward(np.empty((0, 3))).shape == step.forward([]).shape == (0,)
    with pytest.raises(ArgumentError, match="no rows, so there is no loss"):
        step([])


@on_each_backend
@pytest.mark.parametrize("kind", [float, np.float32, np.float16, np.int64, np.int8, np.uint8, bool, np.longdouble])
def test_rows_may_be_of_any_number_type_and_lie_in_memory_as_they_like(backend, kind):
    _, x, t, loss = little_network()
    step = record(loss, [*x, t], backend=backend)
    rows = np.arange(21).reshape(7, 3) % 4
    rows = rows.astype(kind)
    plain = step.forward(rows.astype(float).tolist())
    wide = np.zeros((14, 9), dtype=kind)
    wide[::2, 6:] = rows
    read_only = rows.copy()
    read_only.flags.writeable = False
    for laid in (rows, np.asfortranarray(rows), wide[::2, 6:], rows[::-1][::-1], read_only, np.array(rows.T).T):
        assert step.forward(laid).tolist() == plain.tolist()
        assert step(laid) == step(rows.astype(float))


@on_each_backend
def test_replay_leaves_the_recorded_graph_and_the_rows_as_they_are(backend):
    model, x, t, loss = little_network()
    rows = np.ones((4, 3))
    data, was = loss.data, [leaf.grad for leaf in (*x, t, loss)]
    record(loss, [*x, t], backend=backend)(rows)
    assert (loss.data, [leaf.grad for leaf in (*x, t, loss)]) == (data, was)
    assert (rows == 1).all()
    assert all(isinstance(p.grad, float) for p in model.parameters())


@on_each_backend
def test_a_step_sets_the_gradient_where_backward_adds(backend):
    w, x = Value(3.0), Value(0.0)
    step = record(w * x, [x], backend=backend)
    for _ in range(3):
        assert step([[2.0]]) == 6
        assert w.grad == 2


@on_each_backend
@pytest.mark.parametrize(("reduction", "loss", "slope"), [("mean", 2 * 4.0, 8.0), ("sum", 3 * 8.0, 24.0)])
def test_a_loss_that_no_row_changes_counts_once_a_row_as_in_eager_sums(backend, reduction, loss, slope):
    w, x = Value(2.0), Value(1.0)
    step = record(2 * w * w, [], reduction, backend=backend)
    assert step(np.empty((3, 0))) == loss
    assert w.grad == slope
    regularised = record(2 * w * w + 0 * x, [x], reduction, backend=backend)
    assert regularised([[5.0], [6.0], [7.0]]) == loss
    assert w.grad == slope
    assert regularised.forward([[5.0], [6.0]]).tolist() == [8.0, 8.0]


@on_each_backend
def test_a_graph_without_inputs_needs_no_rows(backend):
    w = Value(3.0)
    assert record(w * w, [], backend=backend)() == 9
    assert w.grad == 6


@on_each_backend
def test_the_parameters_are_read_at_each_call_and_labels_do_not_matter(backend):
    w, x = Value(3.0, "w"), Value(0.0)
    step = record(w * x, [x], backend=backend)
    w.data, w.label = 5.0, "v"
    assert step([[2.0]]) == 10
    w.data = Fraction(1, 4)  # computed with as the float it is
    assert step([[2.0]]) == 0.5
    w.data = True
    assert step([[2.0]]) == 2
    w.data = np.float32(0.5)
    assert step([[2.0]]) == 1


@pytest.mark.parametrize(
    ("data", "error"), [("3", OperandError), (None, OperandError), (1j, OperandError), (10**400, RangeError)]
)
def test_a_parameter_that_is_no_float_any_more_is_named(data, error):
    w, x = Value(3.0, "w"), Value(0.0)
    step = record(w * x, [x])
    w.data = data
    with pytest.raises(error, match=r"replay computes in floats, and .*w"):
        step([[2.0]])


@on_each_backend
def test_held_parameters_live_in_one_array_until_they_are_released(backend):
    model, x, t, loss = little_network()
    step = record(loss, [*x, t], backend=backend)
    before = [p.data for p in step.parameters]
    theta = step.hold()
    assert theta is step.hold() is step.theta
    assert theta.tolist() == before
    step([[1.0, 2.0, 3.0]])
    assert not any(p.has_grad for p in step.parameters)
    theta -= 0.1 * step.gradient
    assert [p.data for p in step.parameters] == before
    step.release()
    assert [p.data for p in step.parameters] == theta.tolist() != before
    assert [p.grad for p in step.parameters] == step.gradient.tolist()
    step.theta = np.zeros(len(before))
    assert [p.data for p in model.parameters()] == [0.0] * len(before)
    with pytest.raises(ArgumentError, match="13 numbers, not an array of shape"):
        step.theta = np.zeros(2)


@on_each_backend
def test_several_outputs_are_columns_and_one_is_a_list(backend):
    w, x = Value(3.0), Value(0.5)
    h = (w * x).tanh()
    step = record((h - 1) ** 2, [x], outputs=[h, w * x, w * w, x, w], backend=backend)
    expected = [[math.tanh(3 * v), 3 * v, 9, v, 3] for v in (0.25, 2.0)]
    assert same(step.forward([[0.25], [2.0]]), expected)
    assert record((h - 1) ** 2, [x], outputs=h, backend=backend).forward([0.25, 2.0]).shape == (2,)
    assert step.forward(np.empty((0, 1))).shape == (0, 5)
    again = record((h - 1) ** 2, [x], backend=backend)
    assert step([[0.25]]) == pytest.approx(again([[0.25]]), rel=1e-14)


@on_each_backend
def test_an_output_beside_the_loss_does_not_touch_the_gradient(backend):
    w, v, x = Value(3.0), Value(7.0), Value(0.5)
    step = record(w * x, [x], outputs=[(w * x).exp(), v * x, v * v * w], backend=backend)
    step([[2.0]])
    assert (w.grad, v.grad) == (2, 0)


@on_each_backend
def test_a_layer_that_is_used_twice_in_a_row_is_one_matrix_and_gathers_both_gradients(backend):
    model = MLP(2, [3, 1], activation="tanh", seed=3)
    x = [Value(0.1 * k) for k in range(6)]

    def apart(x):
        return total([model(x[0:2]), model(x[2:4]) * 2, model(x[4:6]) * 3])

    step = record(apart(x), x, "sum", backend=backend)
    assert len(step.program.instructions[0].right) == 3  # the first layer: one matrix, three vectors
    rows = np.random.default_rng(3).normal(size=(5, 6)).tolist()
    step(rows)
    replayed = [p.grad for p in model.parameters()]
    zero_grad(model.parameters())
    sum(apart(row) for row in rows).backward()
    assert same(replayed, [p.grad for p in model.parameters()], 1e-2)


def test_a_replayed_training_run_is_the_eager_one():
    def run(replayed):
        model = MLP(2, [4, 1], activation="tanh", seed=5)
        optimiser = SGD(model.parameters(), lr=0.5)
        rows = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
        x, t = [Value(0.0), Value(0.0)], Value(0.0)
        step = record(half_squared_error(model(x), [t]), [*x, t], "sum")
        for _ in range(50):
            if replayed:
                step(rows)
            else:
                optimiser.zero_grad()
                sum(half_squared_error(model(row[:2]), row[2]) for row in rows).backward()
            optimiser.step()
        return [p.data for p in model.parameters()]

    assert run(replayed=True) == pytest.approx(run(replayed=False), rel=1e-9)


# -- What goes wrong ----------------------------------------------------------------------------------------


def wrong_records():
    """Calls that cannot be meant, each with what the error says."""
    w, x, y = Value(2.0, "w"), Value(3.0, "x"), Value(4.0, "y")
    loss = w * x
    return [
        (lambda: record(loss, [x, y]), ArgumentError, r"the input y = 4 \(number 2\) is not in the graph"),
        (lambda: record(loss, [x, x]), ArgumentError, r"the input x = 3 \(number 2\) is given twice"),
        (lambda: record(loss + 1, [loss]), ArgumentError, r"the input 6 \(number 1\) was computed, by mul"),
        (lambda: record(loss, x), OperandError, "the inputs are a list of leaves"),
        (lambda: record(loss, [3.0]), OperandError, "an input is a Value, not float"),
        (lambda: record(6.0, [x]), OperandError, "the loss is a Value, not float"),
        (lambda: record(loss, [x], "median"), ArgumentError, "the reduction is one of mean, sum, not 'median'"),
        (lambda: record(loss, [x], backend="abacus"), ArgumentError, "the backend is one of auto, numpy, native"),
        (lambda: record(loss, [x], outputs=[]), ArgumentError, "the list of outputs is empty"),
        (lambda: record(loss, [x], outputs=3), OperandError, "the outputs are a Value or a list of Values"),
        (lambda: record(loss * 10**400, [x]), (RangeError, OverflowError), "too large"),
    ]


@pytest.mark.parametrize("which", range(11))
def test_a_recording_that_cannot_be_meant_says_why(which):
    call, error, message = wrong_records()[which]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([1.0, 2.0], ArgumentError, r"shape \(2,\), but there are 2 inputs \(x, t\): give rows × 2, a single row"),
        ([[1.0]], ArgumentError, r"rows of shape \(1, 1\), but there are 2 inputs"),
        ([[[1.0, 2.0]]], ArgumentError, r"rows of shape \(1, 1, 2\)"),
        (3.0, ArgumentError, r"rows of shape \(\)"),
        ([[1.0, 2.0], [3.0]], ArgumentError, "the rows differ in length"),
        (None, ArgumentError, r"give the rows: a column for each of 2 inputs \(x, t\)"),
        ([["a", "b"]], OperandError, "numbers that fit a float, not an array of <U1"),
        ([[1j, 2.0]], OperandError, "not an array of complex128"),
        ([[1.0, None]], OperandError, "not NoneType"),
        ([[Value(1.0), 2.0]], OperandError, r"not Value \(Value\(data=1.0"),
        ([[Fraction(1, 2), 2.0]], OperandError, "not Fraction"),
        ([[10**400, 2]], OperandError, "not int"),
    ],
)
def test_rows_that_cannot_be_meant_are_told(rows, error, message):
    x, t = Value(1.0, "x"), Value(2.0, "t")
    step = record(Value(2.0) * x - t, [x, t])
    for call in (step, step.forward):
        with pytest.raises(error, match=message):
            call(rows)


@on_each_backend
def test_an_error_names_the_row_the_operation_and_the_label(backend):
    w, p = Value(2.0, "w"), Value(1.0, "p")
    step = record((w * p).log(), [p], backend=backend)
    for call in (step, step.forward):
        with pytest.raises(DomainError, match=r"^row 2: log of −1 is not a real number$"):
            call([[1.0], [2.0], [-0.5], [-3.0]])
    with pytest.raises(DivisionByZeroError, match=r"^row 1: div of 1 and p = 0 divides by zero$"):
        record(1 / p * w, [p], backend=backend)([[1.0], [0.0]])
    with pytest.raises(RangeError, match=r"^row 0: exp of p = 1000 is too large for a float$"):
        record(p.exp() * w, [p], backend=backend)([[1000.0]])
    assert not w.has_grad


@on_each_backend
def test_what_is_finite_again_later_is_an_error_all_the_same(backend):
    w, p = Value(2.0, "w"), Value(1.0, "p")
    step = record(1 / (1 / p) * w, [p], backend=backend)
    with pytest.raises(DivisionByZeroError, match=r"^row 0: div of 1 and p = 0"):
        step([[0.0]])


@on_each_backend
def test_a_derivative_that_does_not_exist_is_an_error_of_the_step_and_not_of_forward(backend):
    w, p = Value(2.0, "w"), Value(1.0, "p")
    step = record((w * p).sqrt(), [p], backend=backend)
    assert step.forward([[0.0], [2.0]]).tolist() == [0.0, 2.0]
    with pytest.raises(DomainError, match=r"^row 0: sqrt of 0 has no derivative with respect to 0"):
        step([[0.0], [2.0]])


@on_each_backend
def test_an_error_among_the_parameters_is_told_without_a_row(backend):
    w, x = Value(2.0, "w"), Value(1.0)
    step = record(w.log() + x, [x], backend=backend)
    w.data = -1.0
    with pytest.raises(DomainError, match="log of w = −1 is not a real number"):
        step([[1.0]])


@on_each_backend
def test_nan_and_infinity_that_come_in_are_carried_as_the_eager_engine_carries_them(backend):
    w, x = Value(2.0), Value(1.0)
    step = record((w * x).relu() + (w * x).tanh(), [x], backend=backend)
    rows = [[1.0], [math.nan], [math.inf], [-math.inf]]
    expected = [again(step.loss, {x: row[0]})[step.loss].data for row in rows]
    assert same(step.forward(rows), expected)
    assert math.isnan(step(rows))
    assert math.isnan(w.grad)
    assert step(rows[:1]) == pytest.approx(expected[0])


@on_each_backend
def test_a_mistake_beside_a_nan_is_told(backend):
    w, x, p = Value(2.0), Value(1.0), Value(1.0, "p")
    step = record(w * x + p.log(), [x, p], backend=backend)
    assert math.isnan(step([[math.nan, 1.0]]))
    with pytest.raises(DomainError, match=r"^row 0: log of p = −1"):
        step([[math.nan, -1.0]])


@on_each_backend
def test_an_overflow_that_the_eager_engine_lets_pass_passes(backend):
    w, x = Value(1e200), Value(1.0)
    step = record(w * x, [x], backend=backend)
    assert step([[1e200]]) == math.inf
    assert w.grad == 1e200


def test_check_finds_what_was_frozen_and_says_where():
    w, x = Value(2.0, "w"), Value(3.0, "x")

    def loss(x):
        return w * x if x.data > 0 else w * w

    step = record(loss(x), [x], check=[[1.0], [-1.0]])  # against a plain run of the graph: the same
    with pytest.raises(StaleGraphError, match=r"^row 1: the loss is −10 by the recorded graph and 4 by your function"):
        step.check([[5.0], [-5.0]], lambda row: loss(Value(*row)))
    w.data = -5.0
    with pytest.raises(StaleGraphError, match=r"^row 0: the gradient by w = −5 is −5 by the recorded graph and −10"):
        step.check([[-5.0]], lambda row: loss(Value(*row)))
    with pytest.raises(OperandError, match="the function gives a Value"):
        step.check([[-5.0]], lambda _: 3.0)
    with pytest.raises(DomainError, match=r"^row 1: log of x = −1"):
        record(x.log() * w, [x], check=[[1.0], [-1.0]])


def test_without_numpy_record_says_which_extra_to_install(monkeypatch):
    import sys  # noqa: PLC0415 -- what is changed here alone

    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(MissingExtraError, match=r"record needs numpy, .*chalkgrad\[replay\]"):
        record(Value(1.0) * 2, [])


# -- What it becomes ------------------------------------------------------------------------------------------


def test_a_full_batch_of_micrograd_nodes_becomes_matrix_products():
    model = MLP(2, [16, 16, 1], seed=1)
    parameters = model.parameters()

    def neuron(n, x):
        return sum((w * xi for w, xi in zip(n.w, x)), n.b)  # in single + and *, as micrograd has it

    def score(x):
        for layer in model.layers[:-1]:
            x = [neuron(n, x).relu() for n in layer.neurons]
        return neuron(model.layers[-1].neurons[0], x)

    scores = [score([Value(0.1 * k), Value(1.0)]) for k in range(20)]
    loss = sum((1 - s).relu() for s in scores) * (1 / 20) + 1e-4 * sum(p * p for p in parameters)
    step = record(loss, [], backend="numpy")
    assert step.program.nodes > 10_000
    kinds = [type(instruction).__name__ for instruction in step.program.instructions]
    assert len(kinds) == 10
    assert kinds.count("MatrixProduct") == 6
    first = step.program.instructions[0]
    assert (first.left.shape, len(first.right)) == ((16, 2), 20)  # one matrix, twenty points
    step()
    replayed = [p.grad for p in parameters]
    zero_grad(parameters)
    loss.backward()
    assert same(replayed, [p.grad for p in parameters], 1e-3)


def test_neurons_of_a_layer_are_one_matrix_product_and_its_weights_lie_together():
    _, x, t, loss = little_network()
    step = record(loss, [*x, t], backend="numpy")
    matrices = [i for i in step.program.instructions if isinstance(i, instructions.MatrixProduct)]
    assert [m.left.shape for m in matrices] == [(3, 2), (1, 3)]
    for matrix in matrices:
        assert (np.diff(matrix.left.ravel()) == 1).all()
    assert "matrix product + bias  3 × 2" in str(step.program)
    assert repr(step) == "<compiled step: 8 nodes in 6 instructions on numpy, mean over the rows>"


def test_the_program_is_the_same_each_time():
    programs = [str(record(little_network()[3], [], backend="numpy").program) for _ in range(2)]
    assert programs[0] == programs[1]


def test_a_long_chain_needs_no_recursion():
    x = y = Value(0.5)
    for _ in range(5_000):
        y = (y * 0.5).sin()
    step = record(y, [x], backend="numpy")
    assert len(step.program.instructions) == 10_000
    assert step.forward([[0.5]])[0] == y.data


def test_a_sum_of_very_many_products_is_one_instruction():
    values = [Value(0.5 + k / 1e5) for k in range(20_000)]
    step = record(sum(v * v for v in values), [], backend="numpy")
    assert len(step.program.instructions) == 1
    step()
    assert values[7].grad == pytest.approx(2 * values[7].data)


# -- The forwards in NumPy are the table's -----------------------------------------------------------------------


EXTREMES = st.sampled_from([math.inf, -math.inf, math.nan, -0.0, 0.0, 1e308, -5e-324])


@pytest.mark.parametrize("name", [op.name for op in TABLE.values() if op.arity != VARIADIC])
@examples(max_examples=60)
@given(st.data())
def test_each_forward_in_numpy_computes_what_the_row_computes(name, data):
    op = TABLE[name]
    point = data.draw(points(op, any_float | EXTREMES))
    letters = "abc"[: op.arity]
    text = write(instructions.Apply(op, tuple(map(instructions.Symbol, letters))), numpy_ops.NUMPY)
    functions = {function.__name__: function for function in numpy_ops.FUNCTIONS.values()}
    try:
        expected = float(op.forward(*point))
    except (ArithmeticError, ValueError):
        expected = math.nan
    with np.errstate(all="ignore"):
        out = np.empty(3)
        numpy_ops.into_array(op)(*[np.full(3, v) for v in point], out)
        in_place = [np.full(3, v) for v in point]
        numpy_ops.into_array(op)(*in_place, in_place[0])  # the result may go where an operand was
        written = eval(text, {"np": np, **functions}, dict(zip(letters, map(np.float64, point))))  # noqa: S307 -- ours
    for found in (out[0], in_place[0][0], written):
        if math.isnan(expected):
            assert not math.isfinite(found)
        else:
            assert found == pytest.approx(expected, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("t", [sys.float_info.max, -sys.float_info.max, 1e16, 2.0, 1.0, 0.5, -0.0])
def test_sigma_less_a_number_does_not_overflow_whatever_the_last_bit_of_exp_is_in_this_numpy(t):
    x = np.linspace(-50, 50, 2001)
    expected = [ops.sigmoid_less.forward(v, t) for v in x.tolist()]
    out = np.empty_like(x)
    numpy_ops.into_array(ops.sigmoid_less)(x, np.full_like(x, t), out)
    assert np.isfinite(expected).all()
    assert out == pytest.approx(expected, rel=1e-14)


@examples(max_examples=60)
@given(st.lists(any_float | EXTREMES | ordinary, min_size=1, max_size=6))
def test_log_sum_exp_of_a_stack_is_that_of_the_table(point):
    out = np.empty((1, 1))
    with np.errstate(all="ignore"):
        numpy_ops.STACKED[ops.logsumexp](np.array(point).reshape(-1, 1, 1), out)
    try:
        expected = ops.logsumexp(*point)
    except (ArithmeticError, ValueError):
        return
    assert same(out[0, 0], expected)


def test_an_operation_without_a_form_in_numpy_runs_the_table_number_by_number(monkeypatch):
    monkeypatch.delitem(numpy_ops.RUN, ops.sigmoid)
    monkeypatch.setattr(numpy_ops, "RUN", dict(numpy_ops.RUN))
    w, x = Value(2.0), Value(0.5)
    step = record((w * x).sigmoid(), [x], backend="numpy")
    assert same(step.forward([[0.5], [1.0]]), [ops.sigmoid(1.0), ops.sigmoid(2.0)])


def test_the_matrix_product_is_asked_of_the_table(monkeypatch):
    assert lowering.multiplies(ops.affine)
    assert not lowering.multiplies(ops.half_squared_error)
    monkeypatch.setattr(ops.affine, "partials", (lambda _y, *args: [2] * len(args),))
    assert not lowering.multiplies.__wrapped__(ops.affine)  # the cache keeps the true answer


def test_a_mean_of_many_rows_is_run_in_blocks_with_the_same_result(monkeypatch):
    model, x, t, loss = little_network()
    rows = np.random.default_rng(1).normal(size=(1000, 3))
    step = record(loss + 1e-3 * sum(p * p for p in model.parameters()), [*x, t], backend="numpy")
    whole, slope = step(rows), step.gradient
    losses = step.forward(rows)
    monkeypatch.setattr(step._backend, "block", 256)
    assert same(step(rows), whole, 1)
    assert same(step.gradient, slope, 1)
    assert same(step.forward(rows), losses, 1)


def test_a_planted_mistake_in_a_forward_is_seen(monkeypatch):
    monkeypatch.setitem(numpy_ops.RUN, ops.tanh, np.sin)
    x = Value(0.5)
    with pytest.raises(Exception, match="this is a mistake in chalkgrad"):
        record(x.tanh(), [x], backend="numpy")


def test_a_planted_mistake_in_a_partial_is_seen_by_the_checks(monkeypatch):
    w, x = Value(2.0, "w"), Value(0.5, "x")
    loss = (w * x).tanh()
    monkeypatch.setattr(ops.tanh, "partials", (lambda y, _: 1 + y * y,))
    instructions._formulas.cache_clear()
    with pytest.raises(StaleGraphError, match="row 0: the gradient by w = 2"):
        record(loss, [x], backend="numpy").check([[0.5]], lambda row: fixed(w, row))
    instructions._formulas.cache_clear()


def fixed(w, row):
    """Tanh with the derivative it has, in other operations."""
    e = (2 * w * row[0]).exp()
    return (e - 1) / (e + 1)
