"""Code written for micrograd and for microgpt runs unchanged with this Value."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from strategies import EXACT, examples, fractions, recipes

from autograd import DomainError, Value, total

# -- micrograd -----------------------------------------------------------------------------------


def readme(a, b):
    """The example of micrograd's README, line by line."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def test_the_example_of_micrograds_readme_gives_the_numbers_printed_there():
    a, b = Value(-4.0), Value(2.0)
    g = readme(a, b)
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_more_ops_of_micrograds_engine_tests():
    # By hand: where a + b < 0 < b - a it is e = 4a + 3b + 3 - 12ab - 12b³ and g = e²/2 + 10/e².
    a, b = Fraction(-4), Fraction(2)
    e = 4 * a + 3 * b + 3 - 12 * a * b - 12 * b**3
    slope = e - 20 / e**3
    x, y = Value(-4.0), Value(2.0)
    g = readme(x, y)
    g.backward()
    assert g.data == pytest.approx(float(e**2 / 2 + 10 / e**2), rel=1e-15)
    assert x.grad == pytest.approx(float(slope * (4 - 12 * b)), rel=1e-15)
    assert y.grad == pytest.approx(float(slope * (3 - 12 * a - 36 * b**2)), rel=1e-15)


def test_sanity_check_of_micrograds_engine_tests():
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    # By hand: z = 3x + 2 = -10, relu(z) = 0, q = zx, h = z², so y = z² + zx + zx² = 3x³ + 14x² + 14x + 4.
    assert y.data == 3 * (-4) ** 3 + 14 * 16 + 14 * (-4) + 4 == -20
    assert x.grad == 9 * 16 + 28 * (-4) + 14 == 46


def test_what_micrograd_shows_of_a_node_is_there():
    a, b = Value(2.0), Value(3.0)
    assert set((a * b)._prev) == {a, b}
    assert a._prev == ()
    assert a._op == ""
    assert a._children == ()
    assert set((a * b)._children) == {a, b}
    assert repr(Value(3.0)).startswith("Value(data=3.0, grad=0")
    assert Value(1.0, (), "").data == 1.0


def test_an_operation_is_written_as_micrograd_writes_it():
    a, b = Value(2.0), Value(3.0)
    assert [node._op for node in (a + b, a - b, -a, a * b, 2 * a, a / b)] == ["+", "-", "-", "*", "*", "/"]
    assert [node._op for node in (a**3, a**-0.5, a**b, 2**b)] == ["**3", "**-0.5", "**", "**"]
    assert [node._op for node in (a.relu(), a.tanh(), a.exp())] == ["ReLU", "tanh", "exp"]


def test_the_lectures_backward_pass_by_hand_gives_the_gradients_of_backward():
    """`o.grad = 1.0`, then `_backward()` of each node by hand, as the lecture does before it writes `backward()`."""
    w, x, b = Value(-3.0), Value(2.0), Value(6.8813735870195432)
    xw = x * w
    n = xw + b
    o = n.tanh()
    o.grad = 1.0
    for node in (o, n, b, xw, w, x):
        node._backward()
    assert n.grad == b.grad == xw.grad == pytest.approx(0.5, rel=1e-15)
    assert w.grad == pytest.approx(2 * 0.5, rel=1e-15)
    assert x.grad == pytest.approx(-3 * 0.5, rel=1e-15)


@examples(max_examples=200)
@given(recipes(numbers=fractions, names=EXACT))
def test_a_backward_pass_written_by_the_user_agrees_with_backward(recipe):
    """The loop of micrograd over `_prev` and `_backward`, and that of microgpt over `_children` and `_local_grads`."""
    output = recipe.build()[-1]
    order = []

    def build_topo(v):
        if v not in order:
            for child in v._prev:
                build_topo(child)
            order.append(v)

    build_topo(output)
    output.backward()
    expected = [node.grad for node in order]

    def cleared():
        for node in order:
            node.grad = 0
        output.grad = 1
        return reversed(order)

    for node in cleared():
        node._backward()
    assert [node.grad for node in order] == expected
    for node in cleared():
        for child, local_grad in zip(node._children, node._local_grads):
            child.grad += local_grad * node.grad
    assert [node.grad for node in order] == expected


def test_a_backward_of_one_node_adds_once_for_each_use_and_never_by_halves():
    x = Value(3.0)
    y = x * x
    y.grad, x.grad = 1.0, 10.0
    y._backward()
    assert x.grad == 10 + 2 * 3
    a, b = Value(0.0), Value(2.0)
    z = b * 1
    root = total([z, a.sqrt()])
    root.grad = 1.0
    root._backward()
    with pytest.raises(DomainError, match="sqrt of 0 has no derivative"):
        root.parents[1]._backward()
    assert (z.grad, a.has_grad) == (1.0, False)


class TestNeuralNet:
    """micrograd.nn itself, with this Value in place of its own."""

    @pytest.fixture
    def both(self, monkeypatch):
        """The gradients of one step of MLP(2, [16, 16, 1]) with micrograd's Value, and with this one."""
        nn = pytest.importorskip("micrograd.nn")

        def step():
            random.seed(1337)
            model = nn.MLP(2, [16, 16, 1])
            rows = [[random.uniform(-1, 1), random.uniform(-1, 1)] for _ in range(10)]
            targets = [random.choice([-1, 1]) for _ in rows]
            scores = [model([nn.Value(x) for x in row]) for row in rows]
            losses = [(1 + -t * s).relu() for t, s in zip(targets, scores)]
            loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            before = loss.data
            for p in model.parameters():
                p.data -= 0.05 * p.grad
            return before, [p.grad for p in model.parameters()], [p.data for p in model.parameters()]

        theirs = step()
        monkeypatch.setattr(nn, "Value", Value)
        return theirs, step()

    def test_a_training_step_gives_the_same_loss_gradients_and_weights(self, both):
        (loss, gradients, weights), (our_loss, our_gradients, our_weights) = both
        assert len(our_weights) == 337
        assert our_loss == pytest.approx(loss, rel=1e-12)
        assert our_gradients == pytest.approx(gradients, rel=1e-9, abs=1e-12)
        assert our_weights == pytest.approx(weights, rel=1e-12)


# -- microgpt ------------------------------------------------------------------------------------


def rmsnorm(x):
    ms = sum(xi * xi for xi in x) / len(x)
    scale = (ms + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def softmax(logits):
    max_val = max(val.data for val in logits)
    exps = [(val - max_val).exp() for val in logits]
    total = sum(exps)
    return [e / total for e in exps]


def linear(x, w):
    return [sum(wi * xi for wi, xi in zip(wo, x)) for wo in w]


def test_microgpts_softmax_and_cross_entropy_have_the_gradient_p_minus_one_hot():
    logits = [Value(x, ()) for x in (1.0, -2.0, 0.5, 700.0)]
    loss = -softmax(logits)[2].log()
    loss.backward()
    exps = [math.exp(x.data - 700) for x in logits]
    for k, x in enumerate(logits):
        assert x.grad == pytest.approx(exps[k] / sum(exps) - (k == 2), abs=1e-12)


def test_microgpts_rmsnorm_has_the_gradient_done_by_hand():
    numbers = [0.5, -1.0, 2.0]
    x = [Value(v) for v in numbers]
    rmsnorm(x)[0].backward()
    ms = sum(v * v for v in numbers) / 3 + 1e-5
    for k, v in enumerate(x):
        by_hand = (k == 0) * ms**-0.5 - numbers[0] * ms**-1.5 * numbers[k] / 3
        assert v.grad == pytest.approx(by_hand, rel=1e-12)


def test_a_model_in_microgpts_manner_trains_with_its_adam():
    random.seed(42)
    matrix = lambda nout, nin: [[Value(random.gauss(0, 0.3)) for _ in range(nin)] for _ in range(nout)]  # noqa: E731 -- as it is written there
    state_dict = {"wte": matrix(3, 4), "fc1": matrix(8, 4), "fc2": matrix(4, 8), "lm_head": matrix(3, 4)}
    params = [p for mat in state_dict.values() for row in mat for p in row]
    m, v = [0.0] * len(params), [0.0] * len(params)
    losses = []
    for step in range(30):
        token, target = step % 3, (step + 1) % 3
        x = rmsnorm(state_dict["wte"][token])
        x_residual = x
        x = [xi.relu() ** 2 for xi in linear(x, state_dict["fc1"])]
        x = [a + b for a, b in zip(linear(x, state_dict["fc2"]), x_residual)]
        probs = softmax(linear(x, state_dict["lm_head"]))
        loss = (1 / 1) * sum([-probs[target].log()])
        loss.backward()
        lr_t = 0.05 * (1 - step / 30)
        for i, p in enumerate(params):
            m[i] = 0.9 * m[i] + 0.1 * p.grad
            v[i] = 0.95 * v[i] + 0.05 * p.grad**2
            m_hat, v_hat = m[i] / (1 - 0.9 ** (step + 1)), v[i] / (1 - 0.95 ** (step + 1))
            p.data -= lr_t * m_hat / (v_hat**0.5 + 1e-8)
            p.grad = 0
        losses.append(loss.data)
    assert sum(losses[:3]) / 3 > 0.8
    assert sum(losses[-3:]) / 3 < 0.2
