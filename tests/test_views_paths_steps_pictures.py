"""Paths, steps, pictures, the page and the search for NaN are views of one Graph, and agree with each other."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, reject
from strategies import examples, recipes

from autograd import (
    ArgumentError,
    DomainError,
    NotFoundError,
    Stepper,
    Value,
    debug,
    draw,
    first_nonfinite,
    gradients,
    page,
    paths,
    why_topological,
)
from autograd.engine.graph import Graph
from autograd.errors import StaleGraphError
from autograd.path_sums.path_sum import cancels


def example():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    E = c * c + a
    E.label = "E"
    return E


def told(output, **options):
    """Return what the debugger prints for these commands."""
    out = io.StringIO()
    debug(output, stdin=io.StringIO("\n".join([*options.pop("commands", ["n"]), "q", ""])), stdout=out, **options)
    return out.getvalue()


VIEWS = {
    "draw": draw,
    "draw, wrt": lambda y: draw(y, wrt="a"),
    "draw, at": lambda y: draw(y, at=2),
    "draw, depth": lambda y: draw(y, depth=2),
    "paths": lambda y: repr(paths(y, "a")),
    "paths, k": lambda y: [(p := paths(y, "a", k=2)), repr(p), p._repr_html_(), p.kept, repr(p[0])],
    "stepper": lambda y: [repr(s := Stepper(y)), s.until("a").grad("b"), s.waits_for("b"), s.next(9)._repr_html_()],
    "debug": lambda y: told(y, commands=["n", "l", "p a", "paths a", "back"]),
    "why_topological": lambda y: repr(why_topological(y)),
    "first_nonfinite": first_nonfinite,
    "page": lambda y: str(page(y)),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_asks_for_the_order_once(monkeypatch, view):
    E = example()
    asked = []
    order = Value._order
    monkeypatch.setattr(Value, "_order", lambda output: [asked.append(output), order(output)][1])
    VIEWS[view](E)
    assert asked == [E]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_takes_a_graph_that_is_there_and_does_not_ask_again(monkeypatch, view):
    graph = Graph(example())
    assert graph.order
    monkeypatch.setattr(Value, "_order", None)
    VIEWS[view](graph)


# -- The same answers in every view ---------------------------------------------------------------


@examples(max_examples=60)
@given(recipes())
def test_views_of_random_graphs_agree_on_gradients_names_and_cancelling(recipe):
    graph = Graph(recipe.build()[-1])
    try:
        right = gradients(graph)
    except DomainError:
        reject()
    stepper = Stepper(graph)
    stepper.goto(len(stepper))
    assert graph.names == stepper.names == why_topological(graph).names
    for leaf in graph.leaves:
        found = paths(graph, leaf, k=3)
        assert all(same(gradient, right[leaf]) for gradient in (found.total, stepper.grad(leaf)))
        if len(found) == found.count and found.kept is not None and abs(found.kept - 0.25) > 1e-9:
            assert found.cancels == cancels([path.product for path in found])
            assert ("The paths cancel" in repr(found)) == (found.cancels and found.count > 1)


def same(a, b):
    return a == b or (a != a and b != b)


# -- Stale graphs ---------------------------------------------------------------------------------


def stale():
    E = example()
    E.backward()
    next(node for node in Graph(E).order if node.label == "a").data = 5.0
    return E, Graph(E).staleness


def test_views_of_the_recorded_pass_show_it_and_one_line_that_says_what_is_stale():
    E, line = stale()
    assert line.startswith("v1 no longer follows from its operands")
    flat = " ".join(repr(paths(E, "a")).split())
    assert line in flat
    assert paths(E, "a").total == 37
    assert line in " ".join(repr(Stepper(E)).split())
    assert line in " ".join(repr(Stepper(E).next(99)).split())
    assert draw(E).notes == draw(E, at=1).notes == draw(E, wrt="a").notes == (line,)
    assert draw(E, wrt="a").paths.total == 37


def test_a_stepper_sees_a_number_that_changes_on_the_way_and_changes_back():
    E = example()
    a = next(node for node in Graph(E).order if node.label == "a")
    s = Stepper(E)
    assert "no longer follows" not in repr(s.next())
    a.data = 5.0
    assert "no longer follows" in repr(s.next())
    a.data = 2.0
    assert "no longer follows" not in repr(s.next())


def test_a_page_of_a_stale_graph_is_refused_in_the_same_words():
    E, line = stale()
    with pytest.raises(StaleGraphError) as caught:
        page(E)
    assert str(caught.value) == f"page: {line}; compute the expression again first"


# -- Labels ---------------------------------------------------------------------------------------

LOOKS = {
    "Graph.find": lambda y, which: Graph(y).find(which),
    "paths": paths,
    "draw": lambda y, which: draw(y, wrt=which),
    "grad": lambda y, which: Stepper(y).grad(which),
    "state": lambda y, which: Stepper(y).state(which),
    "watch": lambda y, which: Stepper(y).watch(which),
}


@pytest.mark.parametrize("look", LOOKS)
def test_an_unknown_label_is_answered_alike(look):
    with pytest.raises(NotFoundError) as caught:
        LOOKS[look](example(), "bb")
    assert str(caught.value) == "nothing in the graph of E is called 'bb'; did you mean b?"


@pytest.mark.parametrize("look", ["Graph.find", "paths", "draw", "grad", "state"])
def test_a_label_of_two_nodes_is_answered_alike(look):
    with pytest.raises(ArgumentError) as caught:
        LOOKS[look](Value(1.0, "twin") * Value(2.0, "twin"), "twin")
    assert str(caught.value) == "2 nodes are called 'twin': give the node itself, or a label to each"


# -- Names of the caller's variables --------------------------------------------------------------

SCRIPT = """
import io
from autograd import *
import helping

def views(E, a, **options):
    out = io.StringIO()
    debug(E, stdin=io.StringIO("q\\n"), stdout=out, **options)
    yield out.getvalue().splitlines()[0]
    yield repr(Stepper(E, **options)).splitlines()[0]
    yield repr(paths(E, a, **options)).splitlines()[0]
    yield repr(paths(E, a, **options)[0])
    yield repr(draw(E, **options)).partition(":")[0]
    yield page(E, **options).title
    yield repr(why_topological(E, **options)).splitlines()[4]

def inside():
    a, b, given = Value(2.0), Value(3.0), Value(4.0, "label")
    total = a * b + given
    for line in views(total, a):
        print(line)
    print("helping", repr(helping.stepper(total)).splitlines()[0])
    assert [total.label, a.label] == ["", ""]
    for line in views(total, a, names=False):
        print(line)

inside()
x = Value(1.5)
w = [Value(1.0), Value(2.0)]
y = x * w[1]
print(repr(Stepper(y)).splitlines()[0])
print(repr(paths(y, w[1])[0]))
print(draw(y).title)
"""

HELPING = "from autograd import Stepper\ndef stepper(output):\n    a_name = output\n    return Stepper(output)\n"


def test_a_script_sees_the_names_of_its_variables(tmp_path):
    (tmp_path / "helping.py").write_text(HELPING)
    (tmp_path / "script.py").write_text(SCRIPT)
    path = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, env=path
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    # In `views` the caller's variables are E and a; what they are called elsewhere is not looked for.
    named = ["step 0 of 2   E = v2 + label = 10"] * 2 + [
        "∂E/∂a = 3: one path leads from a to E",
        "a → v2 → E: +3",
        "Drawing of E",
        "Backward through E",
        "  depth first   E, v2",
    ]
    assert lines[:7] == named
    assert lines[7] == "helping step 0 of 2   v4 = v3 + label = 10"
    assert lines[8:10] == ["step 0 of 2   v4 = v3 + label = 10"] * 2
    assert lines[15:] == ["step 0 of 1   y = x·w[1] = 3", "w[1] → y: +1.5", "y: 3 cards, 2 arrows"]
