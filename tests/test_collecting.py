"""The collector paused while a large graph is built, and as it was before when that is done."""

import gc
import weakref

import pytest

from autograd import Value
from autograd.engine.gc_pause import paused_gc
from nn import MLP, SGD, fit, half_squared_error
from nn.training.progress import ProgressBar

pytestmark = pytest.mark.portable


@pytest.fixture(autouse=True)
def collector():
    was_on = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_on else gc.disable)()


def test_the_collector_is_off_inside_and_on_again_afterwards():
    with paused_gc():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    with paused_gc():
        pass
    assert not gc.isenabled()


def test_it_is_on_again_after_a_mistake():
    with pytest.raises(ZeroDivisionError), paused_gc():
        Value(1.0) / 0
    assert gc.isenabled()


def test_inside_another_it_ends_with_the_outer_one():
    with paused_gc():
        with paused_gc():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_somebody_who_turns_it_off_outside_finds_it_off():
    with paused_gc():
        gc.disable()
        with paused_gc():
            pass
        assert not gc.isenabled()


def test_as_a_decorator_it_pauses_for_the_call():
    @paused_gc()
    def build():
        return gc.isenabled()

    assert build() is False
    assert build() is False
    assert gc.isenabled()


def test_a_training_steps_without_it_and_leaves_it_on_whatever_happens():
    model = MLP(2, [2, 1], seed=1)
    was_on = []

    def loss(outputs, target):
        was_on.append(gc.isenabled())
        if len(was_on) == 5:
            raise KeyboardInterrupt
        return half_squared_error(outputs, target)

    rows = [([0.5, -1.0], 0.25), ([1.0, 0.5], -0.5)]
    history = fit(model, rows, loss, SGD(model.parameters(), lr=0.1), epochs=3, callbacks=[ProgressBar(shown=False)])
    assert len(history) == 2
    assert was_on == [False] * 5
    assert gc.isenabled()


def test_a_graph_dropped_meanwhile_is_freed_at_once_without_the_collector():
    class Watched(Value):
        __slots__ = ("__weakref__",)

    with paused_gc():
        leaf = Watched(1.0)
        gone = weakref.ref(leaf)
        y = leaf
        for _ in range(1000):
            y = y * 2.0 + leaf.tanh()
        y.backward()
        del leaf, y
        assert gone() is None
