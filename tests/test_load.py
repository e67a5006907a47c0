"""Graphs that strain: very long, very wide, very much used, read by two threads. The larger ones: `tests/load.py`."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from load import VIEWS, chain, many_parents, many_uses, network, used_in_a_row

from autograd import Stepper, TooLargeError, Value, affine, draw, explain, gradients, paths, steps, topological_order
from autograd.files.graph_files import load_graph, save_graph

pytestmark = pytest.mark.portable

SHAPES = {
    "chain": (chain, 20_000),
    "many parents": (many_parents, 10_000),
    "many uses": (many_uses, 5_000),
    "used in a row": (used_in_a_row, 10_000),
    "network": (network, 20_000),
}


@pytest.fixture(scope="module", params=SHAPES)
def shape(request):
    build, size = SHAPES[request.param]
    return build(size)


@pytest.mark.parametrize("build", [chain, used_in_a_row])
def test_two_hundred_thousand_operations_deep_backward_and_gradients_agree(build):
    E, x = build(200_000)
    E.backward()
    assert x.grad == gradients(E)[x]
    assert len(topological_order(E)) == 200_001


def test_a_node_with_a_hundred_thousand_parents_gives_each_its_gradient():
    E, x = many_parents(100_000)
    E.backward()
    assert {leaf.grad for leaf in E.parents} == {1.0}
    assert x.grad == 1.0


def test_a_node_used_a_hundred_thousand_times_adds_up_every_contribution():
    E, x = many_uses(100_000)
    E.backward()
    assert x.grad == sum(range(100_000))
    assert sum(1 for step in steps(E) for term in step.terms if term.parent is x) == 100_000


def test_every_view_of_a_strained_graph_answers_or_says_that_it_is_too_large(shape):
    E, x = shape
    refused = set()
    for name, view in VIEWS.items():
        try:
            view(E, x)
        except TooLargeError:
            refused.add(name)
    assert refused <= {"draw", "draw, depth 2"}


def test_the_drawing_of_a_strained_graph_is_refused_and_names_the_ways_out(shape):
    with pytest.raises(TooLargeError, match=r"wrt=.*depth="):
        draw(shape[0])


def test_all_views_of_a_strained_graph_have_the_same_gradient(shape):
    E, x = shape
    gradient = gradients(E)[x]
    assert [term.total for step in steps(E) for term in step.terms if term.parent is x][-1] == gradient
    assert Stepper(E).finish().grad(x) == gradient
    assert paths(E, x, 2).total == pytest.approx(gradient, rel=1e-12)
    x.grad = 0.0
    E.backward()
    assert x.grad == gradient


def test_the_text_of_a_derivation_is_bounded_where_the_graph_is_not(shape):
    E, x = shape
    assert len(str(explain(E, x))) < 400_000


def test_a_strained_graph_goes_into_a_file_and_comes_back(shape, tmp_path):
    E, x = shape
    again = load_graph(save_graph(E, tmp_path / "graph.json"))
    found = gradients(again)
    assert again.data == E.data
    assert found[next(node for node in found if node.label == x.label)] == gradients(E)[x]


# -- Threads -----------------------------------------------------------------------------------------


@pytest.fixture
def switching_often():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(*jobs):
    """What each job gives, all begun at the same moment."""
    barrier = threading.Barrier(len(jobs))

    def begun(job):
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(begun, job) for job in jobs]]


def train(scale):
    """Some steps of gradient descent: what becomes of the weights."""
    w = [Value(scale * (place + 1)) for place in range(5)]
    for turn in range(60):
        z = affine(w, [0.1 * turn, -0.2, 0.3, scale, 1.0])
        loss = (z.tanh() - 0.5) ** 2
        for v in w:
            v.grad = 0.0
        loss.backward()
        for v in w:
            v.data -= 0.1 * v.grad
    return [v.data.hex() for v in w]


@pytest.mark.usefixtures("switching_often")
def test_two_threads_with_graphs_of_their_own_compute_what_each_computes_alone():
    alone = [train(0.1), train(-0.7)]
    for _ in range(5):
        assert together(lambda: train(0.1), lambda: train(-0.7)) == alone


@pytest.mark.usefixtures("switching_often")
def test_one_graph_read_by_four_threads_says_the_same_to_each():
    E, x = used_in_a_row(600)

    def look():
        found = gradients(E)
        told = [(step.upstream, [term.contribution for term in step.terms]) for step in steps(E)]
        return (
            found[x],
            told,
            str(paths(E, x, 3)),
            str(Stepper(E).next(50)),
            str(explain(E, x)),
            draw(E, depth=3).source,
        )

    alone = look()
    assert together(look, look, look, look) == [alone] * 4
