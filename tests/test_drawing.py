"""Pictures, read back from what the bundled renderer made of them: what they say, and that nothing is cut."""

import math
import os
import re
import stat
import subprocess
import sys
import time
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from autograd import (
    ArgumentError,
    NotFoundError,
    OperandError,
    OutputError,
    RenderError,
    TooLargeError,
    Value,
    affine,
    draw,
    half_squared_error,
    mean,
    paths,
    steps,
    total,
    trace_origins,
)
from autograd.cli import main as cli
from autograd.drawing import renderers
from autograd.drawing.folding import fold_unnamed
from autograd.engine.graph import Graph
from autograd.engine.origins import Scope
from autograd.formatting import escapes, figures, palette
from nn import MLP


def network():
    """The 2-2-2 network of the numerical walkthrough, every node by its label."""
    numbers = {"I1": 0.05, "I2": 0.10, "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30}
    numbers |= {"w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55}
    node = {name: Value(number) for name, number in numbers.items()}
    for out, weights, inputs in (
        ("h1", ("w1", "w2"), ("I1", "I2")),
        ("h2", ("w3", "w4"), ("I1", "I2")),
        ("o1", ("w5", "w6"), ("h1", "h2")),
        ("o2", ("w7", "w8"), ("h1", "h2")),
    ):
        node[f"net_{out}"] = affine([node[w] for w in weights], [node[x] for x in inputs])
        node[out] = node[f"net_{out}"].sigmoid()
    node["E1"], node["E2"] = half_squared_error(node["o1"], 0.01), half_squared_error(node["o2"], 0.99)
    node["E"] = node["E1"] + node["E2"]
    for name, value in node.items():
        value.label = name
    return node


@pytest.fixture(scope="module")
def net():
    """The same, after backward(); nothing in this file changes it."""
    node = network()
    node["E"].backward()
    return node


def mlp(sizes=(4, 4, 1)):
    """An MLP of nn on two inputs, its loss after backward()."""
    model = MLP(2, list(sizes), activation="tanh", seed=3)
    x = [Value(0.5, "x1"), Value(-1.0, "x2")]
    loss = half_squared_error(model(x), 1.0)
    loss.label = "E"
    loss.backward()
    return loss, model, x


# -- Reading a picture --------------------------------------------------------------------------

SVG = "{http://www.w3.org/2000/svg}"


class Picture:
    """What a reader sees in a drawing: its texts with their places, its cards and its lines."""

    def __init__(self, drawing):
        self.root = ET.fromstring(renderers.render(drawing.source, "svg"))  # noqa: S314 -- our own
        self.graph = self.root.find(f"{SVG}g")
        self.cards = {self.title(g): self.texts(g) for g in self.groups("node")}
        self.links = [self.link(g) for g in self.groups("edge")]
        self.below = self.texts(self.graph, deep=False)

    def groups(self, kind):
        return [g for g in self.graph.iter(f"{SVG}g") if g.get("class") == kind]

    def title(self, group):
        return group.findtext(f"{SVG}title")

    def texts(self, group, *, deep=True):
        found = group.iter(f"{SVG}text") if deep else group.findall(f"{SVG}text")
        return ["".join(text.itertext()).replace("\xa0", " ").strip() for text in found]

    def link(self, group):
        source, _, target = self.title(group).partition("->")
        lines = list(group.iter(f"{SVG}path"))
        return SimpleNamespace(
            source=source.split(":")[0],
            target=target.split(":")[0],
            colours=[line.get("stroke") for line in lines],
            width=float(lines[0].get("stroke-width", 1)),
            dashed=any(line.get("stroke-dasharray") for line in lines),
            texts=self.texts(group),
        )

    def card(self, label):
        """The texts of the one card with this label."""
        (found,) = [texts for texts in self.cards.values() if texts[0] == label]
        return found

    def between(self, source, target):
        names = {key: texts[0] for key, texts in self.cards.items()}
        return [link for link in self.links if (names[link.source], names[link.target]) == (source, target)]

    def outline(self, label):
        """The stroke and the fill of a card."""
        for group in self.groups("node"):
            if self.texts(group)[0] == label:
                shape = next(group.iter(f"{SVG}path"))
                return shape.get("stroke"), shape.get("fill")
        return None

    def boxes(self):
        """Every text with its place: left, right, top, bottom, as wide as the faces make it at least."""
        for text in self.graph.iter(f"{SVG}text"):
            shown = "".join(text.itertext())
            size = float(text.get("font-size"))
            fixed = text.get("font-family").startswith("Courier")
            lean = len(shown.strip()) - len(shown.lstrip())
            wide = len(shown) * (0.6 if fixed else 0.42) * size
            x, y = float(text.get("x")), float(text.get("y"))
            left = x - wide / 2 if text.get("text-anchor") == "middle" else x + 0.6 * size * lean
            yield shown, left, left + wide, y - 0.72 * size, y + 0.05 * size


def assert_nothing_overlaps_or_is_cut(drawing):
    picture = Picture(drawing)
    boxes = list(picture.boxes())
    for (a, left, right, top, bottom), (b, left2, right2, top2, bottom2) in combinations(boxes, 2):
        assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top, f"{a!r} overlaps {b!r}"
    _, _, wide, high = map(float, picture.root.get("viewBox").split())
    shift_x, shift_y = map(
        float, re.search(r"translate\(([-.\d]+) ([-.\d]+)\)", picture.graph.get("transform")).groups()
    )
    for text, left, right, top, bottom in boxes:
        assert left + shift_x >= 0, f"{text!r} is cut"
        assert right + shift_x <= wide, f"{text!r} is cut"
        assert top + shift_y >= 0, f"{text!r} is cut"
        assert bottom + shift_y <= high, f"{text!r} is cut"
    for group in picture.groups("node"):
        outline = next(group.iter(f"{SVG}path"), None)
        if outline is None:
            continue
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", outline.get("d"))]
        for text in group.iter(f"{SVG}text"):
            shown, size = "".join(text.itertext()), float(text.get("font-size"))
            right = (
                float(text.get("x")) + len(shown) * (0.6 if text.get("font-family").startswith("C") else 0.42) * size
            )
            assert min(numbers[0::2]) <= float(text.get("x")), f"{shown!r} is outside its card"
            assert right <= max(numbers[0::2]) + 0.5, f"{shown!r} is outside its card"


# -- The plain picture --------------------------------------------------------------------------


def test_every_node_is_a_card_with_its_label_operation_value_and_gradient(net):
    picture = Picture(draw(net["E"]))
    assert len(picture.cards) == 21
    assert picture.card("net_h1") == ["net_h1", "w1·I1 + w2·I2", "value", "0.0275", "grad", "0.00376511"]
    assert picture.card("o2") == ["o2", "σ(net_o2)", "value", "0.630481", "grad", "−0.359519"]
    assert picture.card("E1") == ["E1", "(o1 − 0.01)²/2", "value", "0.177893", "grad", "1"]
    for name, node in net.items():
        texts = picture.card(name)
        assert texts[texts.index("value") + 1] == figures.number(node.data)
        assert texts[texts.index("grad") + 1] == figures.number(node.grad)


def test_every_edge_has_its_local_derivative(net):
    picture = Picture(draw(net["E"]))
    assert len(picture.links) == 24
    for name, node in net.items():
        for parent, local in node.edges():
            assert [link.texts for link in picture.between(parent.label, name)] == [[f"× {figures.number(local)}"]]


def test_x_times_x_has_two_edges():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    picture = Picture(draw(y))
    assert [link.texts for link in picture.between("x", "y")] == [["× 3"], ["× 3"]]


def formula(node):
    """The formula on the card of a node."""
    return fold_unnamed(Graph(node), keep=Graph(node).order)[node].formula


def test_every_card_says_what_was_done_with_which_operands():
    x, v = Value(3.0, "x"), Value(2.0)
    shown = ["x³", "2·x", "x − 1", "1/x", "tanh(x)"]
    assert [formula(node) for node in (x**3, 2 * x, x - 1, 1 / x, x.tanh())] == shown
    shown = ["v1³", "2·v1", "1 − v1", "tanh(v1)", "(v1 + v1)/2"]
    assert [formula(node) for node in (v**3, 2 * v, 1 - v, v.tanh(), mean([v, v]))] == shown
    assert formula(affine([v, v], [0.5, 2.0])) == "v1·0.5 + v1·2"
    many = [Value(1.0, f"x{k}") for k in range(100)]
    assert formula(total(many)).endswith(" + … + x99")
    x = Value(3.0, "x")
    inner = x.exp()
    assert Picture(draw(inner * inner, fold=False)).card("v2")[1] == "v1²"


def test_before_backward_the_picture_says_so_and_shows_no_zeros():
    node = network()
    picture = Picture(draw(node["E"]))
    assert picture.below == ["backward() has not run: there are no gradients yet"]
    assert all("grad" not in texts for texts in picture.cards.values())
    node["E"].backward()
    assert Picture(draw(node["E"])).below == []


def test_a_gradient_that_is_zero_is_shown_once_backward_has_run():
    x = Value(-1.0, "x")
    y = x.relu()
    y.label = "y"
    y.backward()
    assert Picture(draw(y)).card("x")[-2:] == ["grad", "0"]


def test_numbers_changed_after_the_graph_was_computed_are_pointed_out(net):
    assert draw(net["E"]).notes == ()
    x = Value(3.0, "x")
    y = x * 2
    y.label = "y"
    y.backward()
    x.data = 4.0
    assert draw(y).notes == (Graph(y).staleness,)
    assert draw(y).notes[0].startswith("y no longer follows from its operands")
    assert Picture(draw(y)).below[-1] == draw(y).notes[0]
    negative = Value(1.0, "p")
    log = negative.log()
    negative.data = -1.0
    assert "v1 no longer follows from its operands: it is the log" in draw(log).notes[-1]


def test_nan_is_not_taken_for_a_changed_number():
    y = Value(math.nan, "x") * 2
    y.label = "y"
    assert draw(y).notes == ("backward() has not run: there are no gradients yet",)
    assert "nan" in Picture(draw(y)).card("y")


def test_a_name_of_the_callers_looks_like_a_label():
    x = Value(3.0)
    y = x.tanh()
    named = Picture(draw(Graph(y, {x: "x", y: "y"})))
    assert named.card("y")[:2] == ["y", "tanh(x)"]
    assert Picture(draw(y)).card("v2")[:2] == ["v2", "tanh(v1)"]


def test_a_leaf_alone_is_a_picture_too():
    x = Value(3.0, "x")
    picture = Picture(draw(x))
    assert (list(picture.cards.values()), picture.links) == ([["x", "value", "3"]], [])


def test_fractions_are_shown_exactly():
    x = Value(Fraction(1, 3), "x")
    y = x * x
    y.label = "y"
    y.backward()
    assert Picture(draw(y)).card("y") == ["y", "x²", "value", "1/9", "grad", "1"]


def test_a_derivative_that_does_not_exist_is_drawn_as_such():
    x = Value(0.0, "x")
    y = x.sqrt()
    y.label = "y"
    assert Picture(draw(y)).between("x", "y")[0].texts == ["undefined"]


def test_where_the_pointer_rests_the_formula_is_said(net):
    svg = draw(net["E"]).svg
    assert 'xlink:title="net_h1 = w1·I1 + w2·I2 = 0.0275"' in svg
    assert 'xlink:title="∂h1/∂net_h1 = h1·(1 − h1) = 0.249953"' in svg
    with trace_origins():
        y = Value(2.0, "x") * 3
    assert re.search(r'xlink:title="v1 = x·3 = 6 \(.*test_drawing.py:\d+\)"', draw(y).svg)


@pytest.mark.parametrize("options", [{}, {"wrt": "w1"}, {"wrt": "I1"}, {"at": 3}, {"at": 7}, {"depth": 4}])
def test_nothing_overlaps_or_is_cut_in_the_walkthrough_s_network(net, options):
    assert_nothing_overlaps_or_is_cut(draw(net["E"], **options))


@pytest.mark.parametrize("options", [{}, {"fold": "neuron"}, {"fold": "layer"}, {"wrt": "x1"}, {"depth": 3}])
def test_nothing_overlaps_or_is_cut_in_an_mlp(options):
    assert_nothing_overlaps_or_is_cut(draw(mlp()[0], **options))


def test_where_links_crowd_they_are_straight_and_their_derivatives_stand_in_the_cards(net):
    few, many = draw(net["E"]).source, draw(mlp()[0]).source
    assert ("splines=line" in few, "splines=line" in many) == (False, True)
    assert any(link.texts for link in Picture(draw(net["E"])).links)
    assert not any(link.texts for link in Picture(draw(mlp()[0])).links)


def test_the_same_graph_gives_the_same_bytes_in_every_process():
    program = (
        "from autograd import *; from nn import MLP; import sys\n"
        "E = half_squared_error(MLP(2, [3, 1], seed=1)([Value(1.0, 'a'), Value(2.0, 'b')]), 1.0); E.backward()\n"
        "for options in ({}, {'wrt': 'a'}, {'at': 3}, {'fold': 'neuron'}): print(draw(E, **options).source)\n"
    )
    printed = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1])},
            check=True,
        )
        printed.add(done.stdout)
    assert len(printed) == 1


# -- Any label draws as itself ------------------------------------------------------------------

LABELS = [
    'q"uo"te',
    "it's",
    "{br|ace}",
    "a|b",
    "<b>bold</b>",
    "<",
    "&amp;",
    "&#955;",
    "\\N",
    "\\G\\E\\l",
    "back\\",
    "\\",
    "two\nlines",
    "tab\tand\x00nul\x1b[31m",
    "emoji 😀",
    "שלום עולם",
    "turned \u202eround",
    "w₁ → ∂E/∂w",
    "重み",
    "e\u0301",
    "%s {x} ${HOME}",
    "digraph",
    "node",
    "n1:p",
    "x" * 200,
    " spaced ",
    "   ",
    "\ud800",
    "\ufffe",
]


@pytest.mark.parametrize("label", LABELS)
def test_any_label_draws_as_itself(label):
    x = Value(2.0, label)
    y = x * x
    y.label = "y"
    picture = Picture(draw(y))
    (card,) = [texts for texts in picture.cards.values() if texts[0] != "y"]
    written = "".join(card[: card.index("value")])
    assert written == re.sub("[\ud800\ufffe]", lambda odd: f"\\u{ord(odd[0]):04x}", escapes.plain(label)).strip()
    assert len(picture.links) == 2


def test_a_label_that_fills_pages_is_cut_on_its_card_and_whole_where_the_pointer_rests():
    label = "".join(chr(97 + k % 26) for k in range(5000))
    x = Value(2.0, label)
    drawing = draw(x * x)
    assert f'"{label} = 2"' in drawing.svg
    (card,) = [texts for texts in Picture(drawing).cards.values() if texts[0].startswith("abc")]
    assert card[card.index("value") - 1] == "…"
    assert len(card) < 20


@examples(max_examples=25)
@given(st.text(min_size=1, max_size=20))
def test_any_text_at_all_can_be_a_label_everywhere_in_a_picture(label):
    x = Value(2.0, label)
    y = x * 2 + x
    y.label = label + "!"
    for drawing in (draw(y, wrt=x, fold=False), draw(y, at=1, fold=False)):
        assert ET.fromstring(drawing.svg).tag == f"{SVG}svg"  # noqa: S314 -- our own
        assert len(Picture(drawing).cards) == 3


def test_a_scope_s_name_draws_as_itself():
    y = Value(2.0, "x").tanh().tag("y", Scope("neuron", "<b>|\\N&amp;"))
    assert "<b>|\\N&amp;" in Picture(draw(y)).texts(Picture(draw(y)).graph)
    assert Picture(draw(y, fold="neuron")).card("<b>|\\N&amp;")


# -- The paths from a node ----------------------------------------------------------------------


def test_each_path_has_a_colour_of_its_own_and_shared_stretches_have_both(net):
    picture = Picture(draw(net["E"], wrt=net["w1"]))
    green, orange = palette.PATH_COLORS[:2]
    for source, target, colours in (
        ("w1", "net_h1", [green, orange]),
        ("net_h1", "h1", [green, orange]),
        ("h1", "net_o1", [green]),
        ("h1", "net_o2", [orange]),
        ("o1", "E1", [green]),
        ("E2", "E", [orange]),
        ("w2", "net_h1", [palette.FAINT]),
        ("h2", "net_o1", [palette.FAINT]),
    ):
        assert [link.colours for link in picture.between(source, target)] == [colours]


def test_the_legend_has_each_product_and_the_sum(net):
    picture = Picture(draw(net["E"], wrt="w1"))
    assert picture.below[:6] == [
        "+0.0007116498",
        "w1 → net_h1 → h1 → net_o1 → o1 → E1 → E",
        "−0.0005233941",
        "w1 → net_h1 → h1 → net_o2 → o2 → E2 → E",
        "+0.0001882557",
        "∂E/∂w1",
    ]
    assert picture.below[6].startswith("The paths cancel")


def test_the_numbers_of_the_legend_stand_below_one_another_and_touch_nothing(net):
    picture = Picture(draw(net["E"], wrt="w1"))
    numbers = [box for box in picture.boxes() if re.fullmatch(r"[+−]0\.000\d{7}", box[0])]
    assert len(numbers) == 3
    for _, left, right, _, _ in numbers:
        assert (left, right) == pytest.approx(numbers[0][1:3], abs=0.5)
    chains = [left for text, left, *_ in picture.boxes() if "→" in text]
    assert all(left > numbers[0][2] + 3 for left in chains)


def test_the_width_of_a_line_is_the_share_of_its_path(net):
    picture = Picture(draw(net["E"], wrt="w1"))
    ((first,), (second,)) = picture.between("o1", "E1"), picture.between("o2", "E2")
    assert first.width > second.width > picture.between("w5", "net_o1")[0].width
    share = abs(paths(net["E"], "w1")[1].product / paths(net["E"], "w1")[0].product)
    assert second.width == pytest.approx(1.2 + (first.width - 1.2) * share, abs=0.01)


def test_what_no_path_leads_through_is_pale_and_says_no_gradient(net):
    picture = Picture(draw(net["E"], wrt="w1"))
    assert picture.outline("w1") == (palette.CHOSEN, palette.CHOSEN_GROUND)
    assert picture.outline("h1")[0] == palette.OUTLINE
    assert picture.outline("h2")[0] == palette.FAINT
    assert "grad" in picture.card("h1")
    assert "grad" not in picture.card("h2")


def test_the_gradients_of_a_path_picture_are_those_of_this_output_whatever_grad_holds():
    node = network()
    drawing = draw(node["E"], wrt="w1")
    assert drawing.notes[0] == "backward() has not run: these are the gradients that it will give"
    assert Picture(drawing).card("w1")[-2:] == ["grad", "0.000188256"]
    node["E"].backward()
    node["E"].backward()
    assert Picture(draw(node["E"], wrt="w1")).card("w1")[-2:] == ["grad", "0.000188256"]


def test_of_many_paths_the_largest_have_colours_and_the_others_are_counted_in_grey():
    loss, _, x = mlp()
    picture = Picture(draw(loss, wrt=x[0], fold=False))
    assert picture.below[12:] == ["+0.1378985", "10 other paths, in gray", "+0.5411923", "∂E/∂x1"]
    assert [link.colours for link in picture.between("a1[3]", "z2[1]")] == [[palette.PALE]]
    three = Picture(draw(loss, wrt=x[0], k=3))
    assert "13 other paths, in gray" in three.below
    assert draw(loss, wrt=x[0], k=3).paths[2].product == paths(loss, x[0])[2].product


def test_all_of_eight_paths_have_colours():
    x = Value(2.0, "x")
    y = total([x] * 8)
    assert not [text for text in Picture(draw(y, wrt=x)).below if "other" in text]
    assert len(draw(y, wrt=x).paths) == 8
    assert len(draw(total([x] * 9), wrt=x).paths) == 6


def test_what_does_not_lead_to_the_output_has_no_path(net):
    picture = Picture(draw(net["E"], wrt=Value(1.0, "other")))
    assert picture.below == ["+0", "∂E/∂other: no path leads from other to E"]


def test_where_the_sum_does_not_exist_the_picture_says_why():
    x, b = Value(0.0, "x"), Value(1.0, "b")
    y = x.sqrt() + b
    y.label = "y"
    below = Picture(draw(y, wrt=b)).below
    assert below[:2] == ["+1", "b → y"]
    assert below[-1].startswith("The sum does not exist: sqrt of x = 0 has no derivative")


# -- One step -----------------------------------------------------------------------------------


def test_a_step_and_its_number_give_the_same_picture(net):
    for number, step in enumerate(steps(net["E"]), 1):
        assert draw(net["E"], at=step).source == draw(net["E"], at=number).source


def test_at_step_6_h1_is_partial_between_its_two_paths(net):
    picture = Picture(draw(net["E"], at=6))
    assert picture.outline("o2") == (palette.CHOSEN, palette.CHOSEN_GROUND)
    assert picture.outline("h1") == (palette.UNFINISHED, palette.UNFINISHED_GROUND)
    assert picture.card("h1")[-2:] == ["so far", "0.0569427"]
    assert picture.outline("net_o1")[0] == palette.OUTLINE
    assert picture.outline("w1")[0] == palette.FAINT
    assert "grad" not in picture.card("w1")


def test_the_active_edge_has_upstream_times_local_and_the_legend_the_sum(net):
    picture = Picture(draw(net["E"], at=6))
    (active,) = picture.between("net_o2", "o2")
    assert (active.texts, active.colours) == (["−0.359519 × 0.232975"], [palette.CHOSEN])
    assert picture.below == [
        "step 6 of 11: o2 passes on its gradient, −0.359519",
        "net_o2.grad  0 + −0.359519 × 0.232975 = −0.0837589  complete",
        "complete 9",
        "partial 2",
        "untouched 10",
    ]


def test_a_parent_that_is_met_twice_in_a_step_receives_twice():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    lines = Picture(draw(y, at=1)).below
    assert lines[1:3] == ["x.grad  0 + 1 × 3 = 3  complete", "x.grad  3 + 1 × 3 = 6  complete"]


def test_the_counts_of_the_states_are_those_of_the_steps(net):
    done = set()
    pending = [node for step in steps(net["E"]) for node in [step.node]]
    for number, step in enumerate(steps(net["E"]), 1):
        done.add(step.node)
        awaited = {parent for node in pending if node not in done for parent in node.parents}
        complete = sum(node not in awaited for node in net.values())
        assert f"complete {complete}" in Picture(draw(net["E"], at=number)).below


def test_before_the_first_step_only_the_output_is_known(net):
    picture = Picture(draw(net["E"], at=0))
    assert picture.below[0] == "before step 1 of 11: only ∂E/∂E = 1 is known"
    assert [label for label in net if "grad" in picture.card(label)] == ["E"]


def test_a_step_needs_no_backward():
    node = network()
    assert draw(node["E"], at=3).notes == ()


# -- Neurons and layers -------------------------------------------------------------------------


def clusters(picture):
    return [picture.texts(group, deep=False)[0] for group in picture.groups("cluster")]


def test_neurons_and_layers_are_boxes_around_their_nodes():
    picture = Picture(draw(mlp()[0], fold=False))
    assert sorted(clusters(picture)) == ["layer 1", "layer 2", "layer 3"] + ["neuron 1"] * 3 + [
        f"neuron {k}" for k in (2, 2, 3, 3, 4, 4)
    ]


def test_the_parameters_of_a_neuron_are_rows_of_its_card_with_value_gradient_and_local_derivative():
    loss, model, x = mlp()
    picture = Picture(draw(loss, fold=False))
    texts = picture.card("z1[1]")
    for parameter, local in zip(model.layers[0].neurons[0].parameters(), (0.5, -1.0, 1)):
        at = texts.index(parameter.label)
        assert texts[at + 1 : at + 4] == [
            figures.number(parameter.data),
            figures.number(parameter.grad),
            f"× {figures.number(local)}",
        ]
    shown = [text for texts in picture.cards.values() for text in texts]
    assert {p.label for p in model.parameters()} | {v.label for v in x} <= set(shown)


def test_a_folded_neuron_is_one_box_with_the_derivative_across_it():
    loss, model, _ = mlp()
    picture = Picture(draw(loss, fold="neuron"))
    assert sorted(clusters(picture)) == ["layer 1", "layer 2", "layer 3"]
    assert len(picture.cards) == 4 + 4 + 1 + 3
    first = next(texts for texts in picture.cards.values() if texts[0] == "neuron 2" and "a1[2]" in texts)
    w = model.layers[0].neurons[1].w
    a = math.tanh(w[0].data * 0.5 - w[1].data)
    assert "Σ w·x, tanh · 3 parameters" in first
    assert first[first.index("x1") + 1] == f"× {figures.number(w[0].data * (1 - a * a))}"
    assert first[first.index("a1[2]") + 1] == figures.number(a)


def test_a_folded_layer_is_one_box_and_its_edges_are_counted():
    loss, *_ = mlp()
    picture = Picture(draw(loss, fold="layer"))
    assert [link.texts for link in picture.between("layer 1", "layer 2")] == [["16 edges"]]
    assert [link.texts for link in picture.between("x1", "layer 1")] == [["4 edges"]]
    texts = picture.card("layer 2")
    assert texts[:2] == ["layer 2", "4 neurons · 20 parameters"]
    assert [text for text in texts if text.startswith("a2")] == ["a2[1]", "a2[2]", "a2[3]", "a2[4]"]
    assert clusters(picture) == []


def test_an_input_of_a_single_neuron_is_not_folded_away_and_a_weight_is():
    model = MLP(2, [1], seed=1)
    x = [Value(0.5, "x1"), Value(2.0, "x2")]
    picture = Picture(draw(model(x), fold="neuron"))
    assert sorted(texts[0] for texts in picture.cards.values()) == ["neuron 1", "x1", "x2"]


def test_a_weight_that_several_rows_of_data_share_is_one_card_and_is_folded_into_each():
    model = MLP(1, [1], seed=1)
    loss = total([half_squared_error(model([x]), 1.0) for x in (0.5, 2.0, 3.0)])
    loss.label = "E"
    weight = model.parameters()[0].label
    assert Picture(draw(loss)).card(weight)
    folded = Picture(draw(loss, fold="neuron"))
    assert [texts[0] for texts in folded.cards.values()].count("neuron 1") == 3
    assert weight not in [texts[0] for texts in folded.cards.values()]


def test_a_weight_that_is_used_outside_its_neuron_too_keeps_its_card():
    model = MLP(1, [1], seed=1)
    loss = model([2.0]) + model.parameters()[0] ** 2
    loss.label = "E"
    assert Picture(draw(loss, fold="neuron")).card(model.parameters()[0].label)


def test_the_node_that_the_paths_come_from_is_never_folded_away():
    loss, model, _ = mlp()
    weight = model.layers[0].neurons[0].w[0]
    for fold in ("neuron", "layer"):
        picture = Picture(draw(loss, wrt=weight, fold=fold))
        assert picture.outline(weight.label) == (palette.CHOSEN, palette.CHOSEN_GROUND)
        assert len(picture.below) >= 10


def test_a_step_can_be_seen_in_a_folded_picture():
    loss, *_ = mlp()
    picture = Picture(draw(loss, at=4, fold="neuron"))
    texts = next(texts for texts in picture.cards.values() if texts[0] == "neuron 1" and texts[2] == "a2[1]")
    step = next(step for number, step in enumerate(steps(loss), 1) if number == 4)
    term = next(term for term in step.terms if term.parent.label == "a1[1]")
    assert f"{figures.number(step.upstream)} × {figures.number(term.local)}" in texts
    assert any(text.startswith("step 4 of 18") for text in picture.below)


def test_along_a_box_that_several_ways_lead_through_the_sum_of_their_products_is_shown():
    x = Value(2.0, "x")
    box = Scope("neuron", "unit")
    a = (x * 3.0).tag("a", box)
    b = (a * a).tag("b", box)
    c = b.tanh()
    c.label = "c"
    picture = Picture(draw(c, fold="neuron"))
    assert [link.texts for link in picture.between("x", "unit")] == [["× 36"]]  # 6·3 along each of two edges
    assert [link.texts for link in picture.between("unit", "c")] == [[f"× {figures.number(1 - c.data**2)}"]]


def test_a_weight_that_two_different_neurons_share_is_no_parameter_of_either():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    first, second = Scope("neuron", "first"), Scope("neuron", "second")
    a = affine([w], [x]).tag("a", first)
    b = affine([w], [a]).tag("b", second)
    assert Picture(draw(b, fold="neuron")).card("w")


def test_scopes_made_by_hand_are_boxes_as_well():
    layer = Scope("layer", "hidden")
    x, w = Value(2.0, "x"), Value(0.5, "w")
    z = (w * x).tag("z", neuron := Scope("neuron", "unit", layer))
    a = z.tanh().tag("a", neuron)
    b = (a + x).tag("b", Scope("neuron", "other", layer))
    assert sorted(clusters(Picture(draw(b)))) == ["hidden", "other", "unit"]
    picture = Picture(draw(b, fold="layer"))  # of a product nobody knows which is the weight
    assert sorted(texts[0] for texts in picture.cards.values()) == ["hidden", "w", "x"]


# -- Folded where it would be too wide ---------------------------------------------------------


def recurrent(steps):
    """A recurrent network with a named state at each step, after backward()."""
    wh, wx, b, h = (Value(0.5, name) for name in ("wh", "wx", "b", "h0"))
    for step in range(1, steps + 1):
        h = (wh * h + wx * Value(0.1 * step, f"x{step}") + b).tanh()
        h.label = f"h{step}"
    h.backward()
    return h


def shown_width(drawing):
    """Return the width of a picture, in points."""
    return float(re.search(r'<svg width="([\d.]+)pt"', drawing.svg)[1])


def test_a_picture_that_would_be_too_wide_folds_unnamed_nodes_into_named_ones():
    h = recurrent(2)
    picture = Picture(draw(h))
    assert picture.card("h2")[:2] == ["h2", "tanh(wh·h1 + wx·x2 + b)"]
    assert len(picture.cards) == 8
    assert len(Picture(draw(h, fold=False)).cards) == 16
    assert picture.texts(picture.graph, deep=False) == []


def test_a_picture_that_is_narrow_is_not_folded_unless_asked():
    x = Value(0.5, "x")
    y = (x * 2).tanh()
    y.label = "y"
    assert len(Picture(draw(y)).cards) == 3
    assert Picture(draw(y, fold=True)).card("y")[1] == "tanh(x·2)"


def test_along_the_edge_of_a_fold_stands_the_sum_over_the_paths_inside():
    x, y = Value(3.0, "x"), Value(2.0, "y")
    output = x * y * x + x  # 2xy + 1 by x, x² by y
    output.label = "E"
    picture = Picture(draw(output, fold=True))
    assert [link.texts for link in picture.between("x", "E")] == [["× 13"]]
    assert [link.texts for link in picture.between("y", "E")] == [["× 9"]]


def test_a_path_leads_through_a_fold_and_its_legend_has_the_names_that_are_shown():
    h = recurrent(2)
    picture = Picture(draw(h, wrt="h0"))
    assert picture.below[1] == "h0 → h1 → h2"
    assert picture.between("h0", "h1")[0].colours == [palette.PATH_COLORS[0]]


def test_the_start_of_the_paths_and_the_node_of_a_step_are_not_folded_away():
    x = Value(0.5, "x")
    inner = x * 2
    y = inner.tanh()
    y.label = "y"
    assert Picture(draw(y, wrt=inner, fold=True, names=False)).card("v1")[1] == "x·2"
    assert Picture(draw(y, at=2, fold=True, names=False)).card("v1")[1] == "x·2"


def test_to_a_depth_cards_are_counted():
    assert len(Picture(draw(recurrent(3), depth=1, fold=True)).cards) == 1 + 5 + 1  # and one says what is left out


@pytest.mark.parametrize("steps", [1, 4, 16, 60])
def test_a_recurrence_of_any_length_is_readable_on_900_pixels(steps):
    assert shown_width(draw(recurrent(steps))) <= 810  # points: then 9 points are 10 of 900 pixels


def test_pictures_of_networks_and_softmax_are_readable_on_900_pixels(net):
    z = [Value(0.1 * k, f"z{k}") for k in range(4)]
    powers = [each.exp() for each in z]
    loss = -(powers[1] / sum(powers[1:], powers[0])).log()
    w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(1.5, "t")
    for output in (mlp()[0], net["E"], loss, ((w * x).tanh() - t) ** 2):
        assert shown_width(draw(output)) <= 810
    assert len(Picture(draw(mlp()[0])).cards) == 4 + 4 + 1 + 3  # of neurons, inputs, and the loss


def test_the_cards_of_a_column_are_equally_wide():
    w, x = Value(0.5, "w"), Value(0.000123456, "a long name")
    y = w * x
    y.label = "y"
    y.backward()
    wide = {}
    picture = Picture(draw(y))
    for group in picture.groups("node"):
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", next(group.iter(f"{SVG}path")).get("d"))]
        wide[picture.texts(group)[0]] = max(numbers[::2]) - min(numbers[::2])
    assert wide["w"] == pytest.approx(wide["a long name"], abs=1)
    assert wide["y"] < wide["w"] - 10


def test_of_a_step_the_arrows_go_the_way_of_the_gradient(net):
    drawing = draw(net["E"], at=6)
    assert drawing.source.count("dir=back") == len(Picture(drawing).links)
    assert "dir=back" not in draw(net["E"]).source


def test_the_samples_of_a_batch_are_numbered_in_the_order_of_the_program():
    model = MLP(1, [2, 1], seed=1)
    loss = total([half_squared_error(model([Value(x, f"x{x}")]), 1.0) for x in (1.0, 2.0, 3.0)])
    picture = Picture(draw(loss, fold="layer"))
    names = [texts[0] for texts in picture.cards.values()]
    assert {f"layer {k} · sample {n}" for k in (1, 2) for n in (1, 2, 3)} <= set(names)
    for sample, x in enumerate((1.0, 2.0, 3.0), 1):
        assert picture.between(f"x{x}", f"layer 1 · sample {sample}")
        assert picture.between(f"layer 1 · sample {sample}", f"layer 2 · sample {sample}")
    assert sorted(clusters(Picture(draw(loss, fold="neuron"))))[:2] == ["layer 1 · sample 1", "layer 1 · sample 2"]


def test_a_layer_that_is_used_on_its_own_output_is_numbered_as_used_and_a_single_one_is_not():
    layer = MLP(1, [1], seed=1)
    x = Value(0.5, "x")
    picture = Picture(draw(layer([layer([x])]), fold="layer"))
    assert picture.between("x", "layer 1 · use 1")
    assert picture.between("layer 1 · use 1", "layer 1 · use 2")
    assert Picture(draw(layer([x]), fold="layer")).card("layer 1")


# -- Too large, and the ways out ----------------------------------------------------------------


def test_a_graph_too_large_to_lay_out_is_refused_at_once_naming_the_ways_out():
    x = node = Value(0.5, "x")
    for _ in range(20_000):
        node = node * 1.0
    start = time.perf_counter()
    with pytest.raises(TooLargeError, match=r"20,001 nodes are too many.*wrt=w.*depth=3"):
        draw(node)
    assert time.perf_counter() - start < 2
    assert Picture(draw(node, depth=3)).cards
    loss, *_ = mlp((64, 64, 1))
    with pytest.raises(TooLargeError, match='fold="layer" or fold="neuron"'):
        draw(loss, fold=False)
    for fold in ("layer", None):
        assert len(Picture(draw(loss, fold=fold)).cards) == 6
    with pytest.raises(TooLargeError, match="nodes are too many"):
        draw(node, wrt=x)


def test_what_would_take_a_program_long_is_drawn_without_one(monkeypatch, tmp_path):
    w = h = Value(0.5, "w")
    outputs = []
    for _ in range(60):
        h = affine([w, 0.5], [h, 1.0]).tanh()
        outputs.append(h)
    drawing = draw(total(outputs), fold=False)
    monkeypatch.setattr(renderers, "render", lambda *_: pytest.fail("a program was asked"))
    assert drawing.svg.count("value") == 122
    with pytest.raises(RenderError, match=r"takes a program minutes: \.svg"):
        drawing.render(tmp_path / "x.png")


def test_lines_across_everything_are_refused():
    nodes = [Value(0.5, "x")]
    for _ in range(900):
        nodes.append(nodes[-1].tanh())
    with pytest.raises(TooLargeError, match="depth=3"):
        draw(total(nodes))


def test_of_a_graph_too_large_the_paths_alone_can_be_drawn():
    model = MLP(4, [32, 32, 32, 1], activation="tanh", seed=1)
    x = [Value(0.1 * k, f"x{k}") for k in range(1, 5)]
    loss = model(x)
    loss.label = "E"
    with pytest.raises(TooLargeError):
        draw(loss, fold=False)
    drawing = draw(loss, wrt=x[0], k=3)
    assert drawing.paths.count == 32**3
    assert any(note.startswith("Only these paths are drawn") for note in drawing.notes)
    picture = Picture(drawing)
    assert f"{32**3 - 3:,} other paths, in gray" in picture.below
    assert any(texts[0].startswith("…") for texts in picture.cards.values())


def test_depth_draws_the_last_operations_and_counts_what_is_left_out(net):
    picture = Picture(draw(net["E"], depth=2))
    labels = [texts[0] for texts in picture.cards.values()]
    assert sorted(labels) == sorted(["E", "E1", "E2", "o1", "o2", "… 1", "… 1"])
    assert [texts[0] for texts in Picture(draw(net["E"], depth=0)).cards.values()] == ["E", "… 2"]
    assert len(Picture(draw(net["E"], depth=99)).cards) == 21


# -- What cannot be meant -----------------------------------------------------------------------


@pytest.mark.parametrize("thing", [3.0, "E", None, [Value(1.0)]])
def test_only_a_value_has_a_graph_to_draw(thing):
    with pytest.raises(OperandError, match="a graph starts at a Value, not at"):
        draw(thing)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"wrt": "w1", "at": 3}, ArgumentError, "not of both"),
        ({"wrt": "net_h3"}, NotFoundError, "'net_h3'; did you mean net_h"),
        ({"wrt": 3}, OperandError, "itself or by its label"),
        ({"at": 12}, ArgumentError, "there is no step 12; the steps are 1 to 11"),
        ({"at": -1}, ArgumentError, "there is no step -1"),
        ({"at": "o1"}, OperandError, "a Step or the number of one, not 'o1'"),
        ({"fold": "net"}, ArgumentError, "fold is True, False, 'neuron' or 'layer', not 'net'"),
        ({"fold": "layer"}, NotFoundError, "nothing in this graph was made by a layer of nn"),
        ({"depth": -1}, ArgumentError, "depth is how many operations"),
        ({"depth": 1.5}, ArgumentError, "depth is how many operations"),
        ({"wrt": "w1", "k": 0}, ArgumentError, "from 1 to 8, not 0"),
        ({"wrt": "w1", "k": 9}, ArgumentError, "from 1 to 8, not 9"),
        ({"k": 3}, ArgumentError, "paths from wrt"),
    ],
)
def test_what_cannot_be_drawn_is_said(net, options, error, message):
    with pytest.raises(error, match=message):
        draw(net["E"], **options)


def test_a_step_of_another_graph_is_refused(net):
    other = next(steps(Value(2.0, "x") * 3))
    with pytest.raises(NotFoundError, match="is none of the graph of E"):
        draw(net["E"], at=other)


# -- Renderers, with fake programs in place of the true ones ------------------------------------

PICTURE = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A PATH with nothing on it but the programs that are put there; none comes with Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(renderers, "script_folders", lambda: [str(tmp_path / "nothing")])

    def put(name, *lines, start="#!/bin/sh"):
        program = folder / name
        program.write_text("\n".join([start, *lines]) + "\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return put


@pytest.fixture
def drawing():
    x = Value(3.0, "x")
    return draw(x * x)


def says(text):
    return f"/bin/cat >/dev/null; echo '{text}'"


@pytest.mark.usefixtures("programs")
def test_where_no_program_is_the_picture_is_drawn_without_and_the_error_says_what_to_install(drawing, tmp_path):
    assert drawing.source.startswith("digraph {")
    with pytest.raises(
        RenderError, match=r"graphviz-pure was not found; dot was not found\. pip install graphviz-pure.*graphviz\.org"
    ):
        drawing.render(tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()
    assert drawing.render(tmp_path / "x.svg").read_text(encoding="utf-8") == drawing.svg == drawing._repr_svg_()
    assert drawing.render(tmp_path / "x.dot").read_text() == drawing.source


@pytest.mark.usefixtures("programs")
@pytest.mark.parametrize("options", [{}, {"wrt": "w1"}, {"at": 6}, {"depth": 2}, {"names": False}])
def test_a_picture_without_a_program_has_the_same_words_and_colors(net, options, monkeypatch):
    drawing = draw(net["E"], **options)
    ours = drawing.svg
    monkeypatch.undo()
    theirs = draw(net["E"], **options).svg

    def words(svg):
        return sorted(" ".join("".join(text.itertext()).split()) for text in ET.fromstring(svg).iter(f"{SVG}text"))  # noqa: S314

    def colors(svg):
        return {color for name in ("fill", "stroke") for color in re.findall(rf'{name}="(#\w+)"', svg)}

    assert words(ours) == words(theirs)
    assert colors(ours) == colors(theirs) - {"#000000", "#ffffff"} | {"#ffffff"}


def test_the_bundled_program_is_asked_first_and_dot_where_it_is_missing(programs, drawing):
    programs("dot", says(PICTURE.format("dot")))
    assert renderers.render(drawing.source, "svg").decode().strip() == PICTURE.format("dot")
    programs("graphviz-pure", says(PICTURE.format("pure")))
    assert renderers.render(drawing.source, "svg").decode().strip() == PICTURE.format("pure")


def test_the_program_beside_this_python_is_found_whatever_the_path_says(monkeypatch, tmp_path, drawing):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(renderers.find("graphviz-pure")).parent in map(Path, renderers.script_folders())
    assert drawing.svg.startswith("<?xml")


def test_a_python_without_folders_of_a_user_is_asked_for_its_own(monkeypatch):
    def of_a_user(_):
        raise ValueError("'user' returned 'posix_user', which is not a valid scheme on this platform")

    whole = renderers.script_folders()
    monkeypatch.setattr(renderers.sysconfig, "get_preferred_scheme", of_a_user)
    assert renderers.script_folders() == whole[:2]


@pytest.mark.parametrize(
    ("lines", "trouble"),
    [
        (["echo 'Error: no memory' >&2", "echo more >&2", "exit 3"], "failed with exit status 3: Error: no memory"),
        (["exit 1"], "failed with exit status 1"),
        (["exit 0"], "failed"),
        (["echo not a picture"], "failed"),
        (["kill -9 $$"], "failed with exit status -9"),
    ],
)
def test_a_program_that_fails_gives_way_to_dot_and_is_named_if_that_fails_too(programs, drawing, lines, trouble):
    programs("graphviz-pure", *lines)
    with pytest.raises(RenderError, match=f"graphviz-pure {re.escape(trouble)}; dot was not found"):
        renderers.render(drawing.source, "svg")
    programs("dot", says(PICTURE.format("dot")))
    assert b"dot" in renderers.render(drawing.source, "svg")


def test_a_program_that_cannot_be_started_gives_way(programs, drawing):
    programs("graphviz-pure", start="\x7fELF nonsense")
    programs("dot", says(PICTURE.format("dot")))
    assert b"dot" in renderers.render(drawing.source, "svg")


@pytest.mark.parametrize("hanging", ["exec /bin/sleep 30", "/bin/sleep 30; echo", "while :; do :; done"])
def test_a_program_that_hangs_is_given_up_also_where_its_children_live_on(programs, drawing, monkeypatch, hanging):
    monkeypatch.setattr(renderers, "SECONDS", 0.2)
    programs("graphviz-pure", hanging)
    start = time.perf_counter()
    with pytest.raises(RenderError, match=r"graphviz-pure gave no answer within 0\.2 seconds \(draw less"):
        renderers.render(drawing.source, "svg")
    assert time.perf_counter() - start < 5


def test_pdf_needs_a_system_dot_and_the_error_says_so(programs, drawing, tmp_path):
    programs("graphviz-pure", says("%PDF-1.7 from the wrong one"))
    with pytest.raises(RenderError, match=r"dot was not found\. PDF needs Graphviz's own dot"):
        drawing.render(tmp_path / "x.pdf")
    programs("dot", says("%PDF-1.7"))
    assert drawing.render(tmp_path / "x.pdf").read_bytes() == b"%PDF-1.7\n"


# -- Files --------------------------------------------------------------------------------------


def test_the_ending_says_what_is_written(drawing, tmp_path):
    assert drawing.render(tmp_path / "a.svg").read_bytes().startswith(b"<?xml")
    assert drawing.render(str(tmp_path / "a.PNG")).read_bytes().startswith(b"\x89PNG\r\n")
    assert drawing.render(tmp_path / "a.dot").read_text() == drawing.source
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.PNG", "a.dot", "a.svg"]


def png_size(path):
    """The width and the height of a PNG, in pixels."""
    return tuple(int.from_bytes(path.read_bytes()[at : at + 4], "big") for at in (16, 20))


@pytest.mark.skipif(renderers.find(renderers.BUNDLED) is None, reason="graphviz-pure is not installed")
def test_a_png_has_the_resolution_or_the_width_that_is_asked_for(net, tmp_path):
    drawing = draw(net["E"])
    file = tmp_path / "x.png"
    wide, high = png_size(drawing.render(file, dpi=72))
    assert wide == pytest.approx(shown_width(drawing), abs=2)
    assert png_size(drawing.render(file, dpi=144)) == (pytest.approx(2 * wide, abs=2), pytest.approx(2 * high, abs=2))
    assert png_size(drawing.render(file, width=500))[0] == pytest.approx(500, abs=2)
    shown = drawing.render(tmp_path / "x.svg", width=500).read_text(encoding="utf-8")
    assert re.search(r'<svg width="500" height="\d+"', shown)


@pytest.mark.parametrize(
    ("options", "cards", "size"),
    [
        (["--fold", "names"], 6, None),
        (["--fold", "nothing"], 10, None),
        (["--fold", "names", "--width", "640"], 6, 640),
    ],
)
def test_the_command_folds_and_sizes_as_draw_does(tmp_path, options, cards, size):
    sheet, file = tmp_path / "x.sheet", tmp_path / "x.svg"
    sheet.write_text("x = 0.05; w = 0.15; v = 0.4; t = 0.01\no = v*sigmoid(w*x)\nE = (t - o)^2/2\n", encoding="utf-8")
    cli.main(["draw", str(sheet), "-o", str(file), *options])
    svg = file.read_text(encoding="utf-8")
    assert svg.count(">value") == cards
    assert size is None or f'<svg width="{size}"' in svg


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.svg", {"dpi": 96}, "dpi is for a .png, not for a .svg"),
        ("a.pdf", {"width": 500}, "width is for a .png or .svg, not for a .pdf"),
        ("a.png", {"dpi": 0}, "dpi is a number of pixels from 1 to 1,200, not 0"),
        ("a.png", {"width": "wide"}, "width is a number of pixels from 1 to 20,000, not 'wide'"),
        ("a.png", {"width": True}, "not True"),
        ("a.png", {"width": 500, "dpi": 96}, "by dpi or by width, not by both"),
    ],
)
def test_a_size_that_has_no_meaning_is_refused(drawing, tmp_path, name, options, message):
    with pytest.raises(ArgumentError, match=message):
        drawing.render(tmp_path / name, **options)


@pytest.mark.parametrize("name", ["a", "a.jpeg", "a.txt", ""])
def test_another_ending_is_refused(drawing, name):
    with pytest.raises(ArgumentError, match=r"\.svg, \.png or \.pdf"):
        drawing.render(name)


@pytest.mark.parametrize("path", [None, 3, b"a.svg"])
def test_a_path_is_a_path(drawing, path):
    with pytest.raises(OperandError, match=r"a path such as 'graph\.svg'"):
        drawing.render(path)


def test_a_file_that_cannot_be_written_is_named_and_nothing_half_written_is_left(drawing, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder.svg").mkdir()
    for place in ("missing/a.svg", "file/a.svg", "folder.svg", "x" * 300 + ".svg"):
        with pytest.raises(OutputError, match="could not be written: "):
            drawing.render(tmp_path / place)
    kept = tmp_path / "kept.svg"
    kept.write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match=r"kept\.svg' could not be written: No space left on device"):
        drawing.render(kept)
    assert kept.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.svg", "kept.svg"]


def test_a_write_protected_file_is_not_replaced(drawing, tmp_path, monkeypatch):
    kept = tmp_path / "kept.svg"
    kept.write_text("before")
    monkeypatch.setattr(renderers, "render", lambda *_: b"after")
    monkeypatch.setattr(os, "access", lambda *_: False)  # what it says to all but root
    with pytest.raises(OutputError, match="write-protected"):
        drawing.render(kept)
    assert kept.read_text() == "before"


def test_a_link_is_written_through(drawing, tmp_path):
    (tmp_path / "link.svg").symlink_to(tmp_path / "true.svg")
    drawing.render(tmp_path / "link.svg")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "true.svg").read_text().startswith("<?xml")


def test_a_file_has_the_usual_permissions(drawing, tmp_path):
    (tmp_path / "usual").write_text("")
    assert drawing.render(tmp_path / "a.svg").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_drawing_tells_what_it_is(net):
    assert repr(draw(net["E"])) == ('Drawing of E: 21 cards, 24 arrows (.render("graph.svg") writes it)')


@pytest.mark.parametrize("fold", ["neuron", "layer"])
def test_the_heads_of_a_card_are_apart_where_its_text_is_copied(fold):
    loss, *_ = mlp()
    copied = "".join(text.text for text in Picture(draw(loss, fold=fold)).root.iter(f"{SVG}text"))
    assert "grad" in copied
    assert re.findall(r"(?:value|grad|local)(?:value|grad|local)", copied) == []
