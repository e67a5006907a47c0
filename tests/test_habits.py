"""What Python does with any object, done with Values: comparing, asking whether true, copying, pickling, threads."""

import copy
import heapq
import io
import math
import operator
import os
import pickle
import pprint
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from load import chain, used_in_a_row
from strategies import examples, recipes

from autograd import DomainError, Graph, OperandError, Value, affine, draw, grad, mean, total, trace_origins
from autograd.engine import fast
from nn import MLP, SGD, Adam, BatchNorm, Module, fit, half_squared_error

NO_NUMPY = "an array of Values needs numpy"

# -- Comparisons, truth and numbers --------------------------------------------------------------

COMPARISONS = {
    "<": lambda v: v < 0,
    "<=": lambda v: v <= Value(1.0),
    "> of a number": lambda v: operator.gt(0, v),
    ">=": lambda v: v >= 0.5,
    "max": lambda v: max(0, v),
    "min": lambda v: min([v, Value(1.0)]),
    "sorted": lambda v: sorted([v, Value(1.0), Value(0.5)]),
    "list.sort": lambda v: [Value(1.0), v].sort(),
    "a chain": lambda v: 0 < v < 1,
    "heapq": lambda v: heapq.heapify([v, Value(1.0)]),
    "a tie of a tuple": lambda v: max((1, v), (1, Value(1.0))),
    "a fraction": lambda v: Fraction(1, 2) < v,
}


@pytest.mark.parametrize("compare", COMPARISONS.values(), ids=COMPARISONS)
def test_a_comparison_says_what_to_write(compare):
    message = r"^(E = 2|1) is a node, .* compare its \.data.* maximum.* key=lambda v: v\.data"
    with pytest.raises(OperandError, match=message) as caught:
        compare(Value(2.0, "E"))
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("compare", ["maximum(array, 0)", "sort(array)", "max(array)", "float64(1.0) < array[0]"])
def test_so_do_the_comparisons_of_numpy(compare):
    numpy = pytest.importorskip("numpy", reason=NO_NUMPY)
    array = numpy.array([Value(2.0, "E"), Value(2.0, "E")])
    with pytest.raises(OperandError, match=r"E = 2 is a node, .* compare its \.data"):
        eval(f"numpy.{compare}", {"numpy": numpy, "array": array})  # noqa: S307 -- the lines above


def test_what_the_sentence_says_to_write_is_right():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    assert sorted([a, b], key=lambda v: v.data) == [b, a]
    assert max([a, b], key=lambda v: v.data) is a
    a.maximum(b).backward()
    assert (a.grad, b.grad) == (1.0, 0.0)


QUESTIONS = {
    "bool": bool,
    "if": lambda v: 1 if v else 2,
    "not": lambda v: not v,
    "or": lambda v: v or 1.0,
    "and": lambda v: v and 1.0,
    "any": lambda v: any([v]),
    "filter": lambda v: list(filter(None, [v])),
}


@pytest.mark.parametrize("number", [0.0, 2.0, math.nan])
@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_whether_a_value_is_true_is_not_guessed(ask, number):
    with pytest.raises(OperandError, match=r"^b = \S+ is a node, .*\.data != 0.* `is not None`"):
        ask(Value(number, "b"))


def test_a_bias_of_zero_that_is_asked_for_by_name_takes_part_and_learns():
    class Line(Module):
        def __init__(self, bias):
            self.w, self.b = Value(2.0), Value(0.0) if bias else None

        def __call__(self, x):
            return self.w * x + self.b if self.b is not None else self.w * x

    line = Line(bias=True)
    line(3.0).backward()
    assert line.b.grad == 1.0
    assert Line(bias=False)(3.0).data == 6.0


@pytest.mark.parametrize("convert", [int, round, lambda v: round(v, 2), float, math.floor, complex])
def test_no_conversion_drops_a_node_from_the_graph_in_silence(convert):
    with pytest.raises(OperandError, match=r"^E = 2\.5 is a node, .* drop it from the graph: write \.data"):
        convert(Value(2.5, "E"))


def test_identity_stays_what_it_was():
    a, b = Value(1.0), Value(1.0)
    assert a == a
    assert a != b
    assert b in [a, b]
    assert [a, b].index(b) == 1
    assert {a: 1}[a] == 1
    assert pprint.pformat({a, b}).count("data=1.0") == 2  # it tries to sort, and goes on without


# -- Copies --------------------------------------------------------------------------------------

DEPTH = 5_000


def shape_of(*outputs):
    """Everything about graphs but their identity: each node with its numbers, gradients, labels and parents."""
    place = {}
    for output in outputs:
        for node in Graph(output).order:
            place.setdefault(node, len(place))
    return [
        (
            type(node), node.op, repr(node.data), repr(node.grad), node.has_grad, node.label, node.origin,
            node.scope and repr(node.scope), [place.get(v, v) for v in node.operands],
            [(place[parent], repr(local)) for parent, local in node.edges()],
        )
        for node in place
    ]  # fmt: skip


def pickled(thing):
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 -- our own


def pickled_in_python(thing):
    """Pickled as the pickler that is written in Python does it, from which `dill` derives."""
    file = io.BytesIO()
    pickle._Pickler(file).dump(thing)
    return pickle._loads(file.getvalue())


def pickled_as_before_python_3_4(thing):
    return pickle.loads(pickle.dumps(thing, 2))  # noqa: S301 -- our own


COPIES = [copy.deepcopy, pickled, pickled_in_python, pickled_as_before_python_3_4]


@pytest.fixture(params=COPIES, ids=lambda how: how.__name__)
def copied(request):
    return request.param


@pytest.mark.parametrize("build", [chain, used_in_a_row])
def test_a_graph_of_any_depth_is_copied(copied, build):
    E, _ = build(DEPTH)
    E.backward()
    again = copied(E)
    assert shape_of(again) == shape_of(E)
    assert not set(Graph(again).order) & set(Graph(E).order)


@examples(max_examples=60)
@given(recipe=recipes())
def test_every_graph_is_copied_with_all_that_its_nodes_know(recipe):
    nodes = recipe.build()
    for node in nodes[::2]:
        node.label = f"n{nodes.index(node)}"
    for copied in COPIES:
        assert shape_of(*copied(nodes)) == shape_of(*nodes)
    with suppress(DomainError):  # of a derivative that does not exist
        nodes[-1].backward()
    for copied in COPIES:
        assert shape_of(copied(nodes[-1])) == shape_of(nodes[-1])


def test_a_copy_knows_which_gradients_were_not_computed_yet_and_which_were_cleared(copied):
    computed, cleared, untouched = Value(2.0), Value(3.0), Value(4.0)
    (computed * 0).backward()
    cleared.grad = None
    again = copied([computed, cleared, untouched])
    assert [v.has_grad for v in again] == [True, False, False]
    assert [v.grad for v in again] == [0.0, None, 0.0]


def test_what_was_shared_is_shared_by_the_copies(copied):
    w = Value(2.0, "w")
    _, z = chain(DEPTH)
    h = (w * z).tanh()
    losses = {"first": h * 3, "second": [h + w, h]}
    again = copied(losses)
    total([again["first"], again["second"][0]]).backward()
    total([losses["first"], losses["second"][0]]).backward()
    shared = again["second"][1]
    assert again["first"].parents[0] is again["second"][0].parents[0] is shared
    assert shared.grad == h.grad == 4.0
    assert again["second"][0].parents[1] is shared.parents[0].parents[0]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_outputs_of_one_deep_graph_either_may_come_first(copied, turned):
    E, x = chain(DEPTH)
    F = E.tanh()
    pair = [F, E, x] if turned else [x, E, F]
    again = copied(pair)
    assert shape_of(*again) == shape_of(*pair)
    assert again[0 if turned else 2].parents[0] is again[1]


def test_each_node_of_a_long_chain_may_stand_in_a_list_that_is_copied(copied):
    E, _ = chain(DEPTH)
    order = Graph(E).order
    for step in (1, -1):
        again = copied(order[::step])[::step]
        assert again == Graph(again[-1]).order
        assert shape_of(again[-1]) == shape_of(E)


def test_copying_changes_nothing_and_the_copy_lives_a_life_of_its_own(copied):
    E, x = used_in_a_row(50)
    E.backward()
    before = shape_of(E)
    again = copied(E)
    again.backward()
    Graph(again).find(x.label).data = 7.0
    assert shape_of(E) == before
    assert Graph(again).is_stale
    assert not Graph(E).is_stale


class Recorded(Module):
    """A model that keeps its last loss, as many do to look at it."""

    def __init__(self):
        self.net = MLP(2, [3, 1], activation="tanh", seed=1)
        self.norm = BatchNorm(1)
        self.loss = None

    def __call__(self, x):
        return self.net(x)

    def step(self, steps=1):
        for _ in range(steps):
            self.loss = half_squared_error(self([0.5, -1.0]), 0.3)
            for _ in range(300):  # deeper than Python's calls
                self.loss = self.loss * 1.0 + 0.0
            self.loss.backward()


def test_a_model_is_copied_together_with_its_last_loss_and_goes_on_from_there(copied):
    model = Recorded()
    optimizer = Adam(model.net.parameters(), lr=0.1)
    model.step()
    optimizer.step()
    twin, its_optimizer = copied((model, optimizer))
    assert [p.data for p in twin.parameters()] == [p.data for p in model.parameters()]
    assert [p.grad for p in twin.parameters()] == [p.grad for p in model.parameters()]
    assert all(a is b for a, b in zip(its_optimizer.parameters, twin.net.parameters(), strict=True))
    assert shape_of(twin.loss) == shape_of(model.loss)
    assert set(twin.net.parameters()) <= set(Graph(twin.loss).order)
    for each, its in ((model, optimizer), (twin, its_optimizer)):
        its.zero_grad()
        each.step()
        its.step()
    assert [p.data.hex() for p in twin.parameters()] == [p.data.hex() for p in model.parameters()]


class Linear(Module):
    """A model whose weights are an array, and which keeps its last output."""

    def __init__(self, numpy):
        self.W = numpy.array([[Value(1.0), Value(2.0)]])
        self.last = None

    def __call__(self, x):
        self.last = (self.W @ x)[0]
        return self.last


def test_a_model_whose_weights_are_an_array_is_copied_with_what_it_computed(copied):
    numpy = pytest.importorskip("numpy", reason=NO_NUMPY)
    model = Linear(numpy)
    model(numpy.array([3.0, -1.0])).backward()
    twin = copied(model)
    assert shape_of(twin.last) == shape_of(model.last)
    assert [p.grad for p in twin.parameters()] == [3.0, -1.0]
    assert set(twin.parameters()) == set(Graph(twin.last).leaves)


def test_a_copied_model_computes_the_same_and_trains_apart(copied):
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    twin = copied(model)
    before = model([0.5, -1.0]).data
    fit(twin, [([0.5, -1.0], 2.0)], half_squared_error, SGD(twin.parameters(), lr=0.1), epochs=3)
    assert model([0.5, -1.0]).data == before != twin([0.5, -1.0]).data


def test_a_graph_is_copied_with_what_it_has_worked_out(copied):
    E, x = chain(DEPTH)
    graph = Graph(E)
    gradient = graph.gradients[x]
    again, twin = copied((graph, E))
    assert again.output is twin is again.order[-1]
    assert again.gradients[again.leaves[0]] == gradient


def test_a_gradient_that_is_itself_a_graph_is_copied_with_the_graph_it_came_from(copied):
    w = Value(0.5, "w")
    E = (w * 3).exp() * w
    w.grad = grad(E, w)  # whose graph has w in it
    again = copied(E)
    v = Graph(again).find("w")
    assert v.grad is not w.grad
    assert v in Graph(v.grad).order
    assert grad(v.grad, v).data == grad(w.grad, w).data
    twin = copied(w)
    assert twin in Graph(twin.grad).order


def test_a_derivative_that_does_not_exist_does_not_exist_in_the_copy(copied):
    again = copied(Value(0.0, "x").sqrt())
    with pytest.raises(DomainError, match="sqrt of x = 0 has no derivative"):
        again.backward()


def test_boxes_and_origins_are_copied(copied):
    layer = MLP(2, [3, 2], seed=1)
    with trace_origins():
        outputs = layer([0.5, -1.0])
        E = outputs[0] + outputs[1]
    again = copied(E)
    assert draw(again).source == draw(E).source
    assert again.origin == E.origin is not None
    scopes, ours = ({id(node.scope) for node in Graph(y).order if node.scope} for y in (again, E))
    assert len(scopes) == len(ours)
    assert not scopes & ours


class Tagged(Value):
    """A Value with attributes of its own."""

    __slots__ = ("__dict__", "unit")


def test_a_subclass_is_copied_with_its_own_attributes(copied):
    length = Tagged(2.0, "length")
    length.unit, length.source = "m", ["ruler"]
    again = copied(length * 3).parents[0]
    assert (type(again), again.unit, again.source, again.label) == (Tagged, "m", ["ruler"], "length")
    assert again.source is not length.source


def test_a_shallow_copy_has_the_same_parents():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = a * b
    y.label = "y"
    y.backward()
    again = copy.copy(y)
    assert again is not y
    assert (again.parents, again.data, again.grad, again.label) == ((a, b), 6.0, 1.0, "y")
    assert not copy.copy(Value(1.0)).has_grad


def test_a_pickle_of_an_earlier_version_is_read():
    state = (
        None,
        {"_a": None, "_b": None, "_da": None, "_db": None, "_note": "w", "data": 2.0, "grad": 5.0, "op": None},
    )
    again = Value.__new__(Value)
    again.__setstate__(state)
    assert (again.data, again.grad, again.label, again.op) == (2.0, 5.0, "w", None)


def test_after_a_pickle_that_failed_the_next_one_is_as_deep_as_ever():
    class Unpicklable(Fraction):
        def __reduce__(self):
            raise RuntimeError("not this one")

        def __deepcopy__(self, memo):
            raise RuntimeError("not this one")

    w = Value(Unpicklable(1, 2))
    y = w
    for _ in range(DEPTH):
        y = y + 0
    leaf = Graph(y).leaves[0]
    for how in COPIES:
        leaf.data = Unpicklable(1, 2)
        with pytest.raises(RuntimeError, match="not this one"):
            how(y)
        leaf.data = Fraction(1, 2)
        assert how(y).data == y.data


def test_threads_pickle_one_graph_at_the_same_time():
    E, _ = chain(DEPTH)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(pickle.dumps, [E] * 6))
    assert len(set(found)) == 1


# -- Threads -------------------------------------------------------------------------------------


@pytest.fixture
def switching_often():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(params=["fast", "plain"])
def operators(request):
    if request.param == "plain":
        fast.remove()
        yield
        fast.install()
    else:
        yield


PASSES = 800


@pytest.mark.usefixtures("switching_often", "operators")
@pytest.mark.parametrize("several", ["one output", "two outputs", "only the weights are shared"])
def test_threads_that_go_backward_through_what_they_share_give_the_whole_sum(several):
    w = [Value(float(place)) for place in range(40)]

    def loss(scale):
        h = [v * 2 for v in w]
        return total([affine(h, h), mean(h) * scale])

    first = loss(3.0)
    second = {
        "one output": lambda: first,
        "two outputs": lambda: first * 1.0,
        "only the weights are shared": lambda: loss(3.0),
    }[several]()
    first.backward()
    once = [v.grad for v in w]
    for v in w:
        v.grad = 0.0

    def passes(output):
        barrier.wait()
        for _ in range(PASSES):
            output.backward()

    barrier = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(passes, [first, second, first, second]))
    assert [v.grad for v in w] == pytest.approx([4 * PASSES * grad for grad in once], rel=1e-9)
    first.backward()
    assert first.grad == 1.0


def backward_in_a_thread(output):
    """Whether a backward pass in another thread comes to its end."""
    thread = threading.Thread(target=output.backward, daemon=True)
    thread.start()
    thread.join(20)
    return not thread.is_alive()


class Stubborn(Fraction):
    """A number that cannot be multiplied while it is armed."""

    armed = False

    def __mul__(self, other):
        if Stubborn.armed:
            raise KeyboardInterrupt if Stubborn.armed == "Ctrl-C" else DomainError("not now")
        return super().__mul__(other)

    __rmul__ = __mul__


@pytest.mark.parametrize("how", ["Ctrl-C", "an error"])
def test_after_a_pass_that_failed_other_threads_can_go_backward(how):
    x, w = Value(Fraction(2)), Value(Stubborn(3))
    y = x * w
    Stubborn.armed = how
    try:
        with pytest.raises((KeyboardInterrupt, DomainError)):
            y.backward()
    finally:
        Stubborn.armed = False
    assert not x.has_grad
    assert backward_in_a_thread(y)
    assert x.grad == 3


def test_a_pass_within_a_pass_as_of_a_signal_handler_does_not_wait_for_itself():
    inner = Value(2.0)

    class Curious(Fraction):
        def __mul__(self, other):
            (inner * 1.0).backward()
            return super().__mul__(other)

        __rmul__ = __mul__

    x = Value(Fraction(2))
    assert backward_in_a_thread(x * Value(Curious(3)))
    assert (x.grad, inner.grad > 0) == (3, True)


class Slow(Fraction):
    """A number whose multiplication, once it is armed, goes on only when it is told to."""

    armed, inside, go_on = False, threading.Event(), threading.Event()

    def __mul__(self, other):
        if Slow.armed:
            Slow.inside.set()
            Slow.go_on.wait(20)
        return super().__mul__(other)

    __rmul__ = __mul__


@pytest.fixture
def in_a_pass():
    """A leaf, and a thread that is in the middle of a backward pass which gives it the gradient 3."""
    x = Value(Fraction(2))
    y = x * Value(Slow(3))
    Slow.armed = True
    thread = threading.Thread(target=y.backward)
    thread.start()
    Slow.inside.wait(20)
    yield x, thread
    Slow.go_on.set()
    thread.join()
    Slow.armed = False
    Slow.inside.clear()
    Slow.go_on.clear()


def test_a_pass_that_begins_while_another_thread_is_in_one_adds_to_what_that_gives(in_a_pass):
    x, first = in_a_pass
    second = threading.Thread(target=(x * 5).backward)
    second.start()
    second.join(0.2)  # time enough to do it all, if it does not wait
    Slow.go_on.set()
    first.join()
    second.join()
    assert x.grad == 3 + 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*")  # Python and JAX warn of threads at every fork
def test_a_process_forked_while_a_thread_is_in_a_pass_can_go_backward_itself(in_a_pass):
    x, _ = in_a_pass
    threading.Timer(0.05, Slow.go_on.set).start()  # the fork waits for the end of the pass
    child = os.fork()
    if child == 0:
        os._exit(0 if x.grad == 3 and backward_in_a_thread(x * 5) and x.grad == 3 + 5 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
