"""What is handed on computes elsewhere what is computed here."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, ordinary, recipes
from test_replay import repeated, same, tame

from autograd import DomainError, MissingExtraError, Value, half_squared_error, topological_order, total
from autograd.replay import record
from autograd.table.ops import TABLE
from nn import MLP

np = pytest.importorskip("numpy", reason="replay runs on NumPy, which is not installed")


def drawn(data, graph):
    """A step over a drawn graph, rows for it, and what the eager engine says: losses, gradients, sizes."""
    leaves, root = graph
    below = set(topological_order(root))
    inputs = [leaf for leaf in leaves if leaf in below and data.draw(st.booleans())]
    count = data.draw(st.sampled_from([1, 2, 7]))
    row = st.lists(ordinary, min_size=len(inputs), max_size=len(inputs))
    rows = np.reshape(data.draw(st.lists(row, min_size=count, max_size=count)), (count, len(inputs)))
    step = record(root, inputs, data.draw(st.sampled_from(["mean", "sum"])), backend="numpy")
    losses, slopes, sizes = tame(root, step.parameters, inputs, rows.tolist())
    share = count if step.reduction == "mean" else 1
    return step, rows, losses.sum() / share, slopes / share, sizes / share, np.abs(losses).sum()


def graphs(names=tuple(TABLE)):
    """Random graphs over the table, each with its leaves."""
    built = recipes(names=names).map(lambda recipe: recipe.build())
    return built.map(lambda nodes: ([v for v in topological_order(nodes[-1]) if v.op is None], nodes[-1]))


def run_source(step, rows):
    """What the NumPy source gives when it is run by itself."""
    names = {}
    exec(step.to_numpy_source(), names)  # noqa: S102 -- the text that is handed on
    with np.errstate(all="ignore"):
        return names["loss_and_gradients"](names["PARAMETERS"], rows)


@examples(max_examples=100)
@given(graphs() | repeated(), st.data())
def test_the_numpy_source_gives_the_eager_loss_and_gradients(graph, data):
    try:
        step, rows, loss, slopes, sizes, size = drawn(data, graph)
    except DomainError:
        return
    found, gradient = run_source(step, rows)
    assert same(found, loss, size)
    assert same(gradient, slopes, sizes)


def little_step():
    """A small network, recorded, and rows for it."""
    model = MLP(2, [3, 1], activation="tanh", seed=3)
    x, t = [Value(0.5, "x1"), Value(-1.0, "x2")], Value(0.25, "t")
    step = record(half_squared_error(model(x), [t]), [*x, t])
    return step, np.random.default_rng(2).normal(size=(8, 3))


def test_the_numpy_source_runs_in_a_python_without_this_project(tmp_path):
    step, rows = little_step()
    loss = step(rows)
    (tmp_path / "model.py").write_text(step.to_numpy_source(), encoding="utf-8")
    program = (
        "import sys, model, numpy as np\n"
        f"loss, gradient = model.loss_and_gradients(model.PARAMETERS, np.array({rows.tolist()}))\n"
        "assert not {'autograd', 'nn'} & set(sys.modules)\n"
        "print(repr(float(loss)), *map(repr, gradient.tolist()))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    found, *gradient = map(float, run.stdout.split())
    assert same(found, loss)
    assert same(gradient, step.gradient)


def test_the_numpy_source_reads_as_the_mathematics():
    step, _ = little_step()
    source = step.to_numpy_source()
    assert "v1 = p[0:6].reshape(3, 2) @ x[0:2] + p[6:9]" in source
    assert "v2 = np.tanh(v1)" in source
    assert "d1 = d2 * (1 - v2 * v2)" in source
    assert max(map(len, source.splitlines())) <= 120


def test_two_gradients_that_begin_as_one_array_are_kept_apart():
    leaves = [Value(0.5), Value(0.25), Value(2.0)]
    *p, x = leaves
    v, u = [(pk * x).tanh() for pk in p], [(pk * x).sin() for pk in p]
    sums = [vk + uk for vk, uk in zip(v, u)]  # hands the same upstream to v and to u; v[0] then gets more
    step = record(total([sums[0] * sums[1], v[0].exp()]), [x])
    step([[2.0], [3.0]])
    _, gradient = run_source(step, np.array([[2.0], [3.0]]))
    assert ".copy()" in step.to_numpy_source()
    assert same(gradient, step.gradient)


def jax_64():
    """JAX with 64-bit numbers, if it is installed."""
    jax = pytest.importorskip("jax", reason="the JAX function is compared where jax is installed")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 -- JAX's own way
    return jax


@examples(max_examples=12)
@given(graphs() | repeated(), st.data())
def test_the_jax_function_has_the_eager_loss_and_its_gradient(graph, data):
    jax = jax_64()
    try:
        step, rows, loss, slopes, sizes, size = drawn(data, graph)
    except DomainError:
        return
    function, theta = step.to_jax()
    found, gradient = jax.jit(jax.value_and_grad(function))(theta, rows)
    assert same(found, loss, size)
    assert same(gradient, slopes, sizes)


def test_the_jax_function_can_be_compiled_and_mapped():
    jax = jax_64()
    step, rows = little_step()
    function, theta = step.to_jax()
    gradient = jax.jit(jax.grad(function))(theta, rows)
    step(rows)
    assert same(gradient, step.gradient)
    each = jax.vmap(lambda row: function(theta, row[None]))(rows)
    assert same(each, step.forward(rows))


@examples(max_examples=25)
@given(graphs() | repeated(), st.data())
def test_the_torch_function_has_the_eager_loss_and_its_gradient(graph, data):
    pytest.importorskip("torch", reason="the PyTorch function is compared where torch is installed")
    try:
        step, rows, loss, slopes, sizes, size = drawn(data, graph)
    except DomainError:
        return
    function, theta = step.to_torch()
    found = function(theta, rows)
    if found.requires_grad:  # a loss of the inputs alone does not
        found.backward()
    gradient = np.zeros(len(theta)) if theta.grad is None else theta.grad.numpy()
    assert same(found.item(), loss, size)
    assert same(gradient, slopes, sizes)


@pytest.mark.parametrize("missing", ["jax", "torch"])
def test_without_the_other_engine_the_error_says_what_to_install(missing, monkeypatch):
    step, _ = little_step()
    for name in [missing, *(name for name in sys.modules if name.startswith(f"{missing}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=rf"to_{missing} needs {missing}, .*chalkgrad\[{missing}\]"):
        getattr(step, f"to_{missing}")()
