"""The picture of the page in a browser: what folds and opens, what a line shows, and that all of it can be read."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
from strategies import some

import nn
from autograd import Sheet, Value, gradients, steps, topological_order
from autograd.formatting import figures
from autograd.webpage import page
from nn.activations import softmax

SHEETS = Path(__file__).parents[1] / "demos" / "sheets"
ARRAYS = """
x = [0.05, 0.10];  t = [0.01, 0.99]
W1 = [[0.15, 0.20], [0.25, 0.30]];  W2 = [[0.40, 0.45], [0.50, 0.55]]
h = σ(W1 x)                    = [0.50687, 0.51062]
o = σ(W2 h)                    = [0.60648, 0.63048]
E = sum((o - t)^2)/2           = 0.24252
dE/dW1 = [[0.000188, 0.000377], [0.000225, 0.000450]]
"""


def number(text):
    return float(text.replace(figures.MINUS, "-"))


def recurrent(count):
    """Steps of a recurrent cell, each with a name, and what is computed on the way without one."""
    w, v, b, h = Value(0.5, "wh"), Value(-0.3, "wx"), Value(0.1, "b"), Value(0.2, "h0")
    for at in range(1, count + 1):
        h = (w * h + v * Value(at / 10, f"x{at}") + b).tanh()
        h.label = f"h{at}"
    return h


def squared():
    w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(1.5, "t")
    E = ((w * x).tanh() - t) ** 2
    E.label = "E"
    return E


# -- What folds, and what opens -------------------------------------------------------------------


def cards(tab):
    """The names on the cards that are shown."""
    return sorted(tab.locator(".tile:visible .name").all_text_contents())


def test_an_array_of_a_sheet_is_one_card_with_its_entries_and_opens(opened):
    sheet = Sheet.parse(ARRAYS)
    made = page(sheet)
    tab = opened(made)
    assert cards(tab) == ["E", "W1", "W2", "h", "o", "t", "x"]
    tab.keyboard.press("End")
    E = sheet.graph()
    found = gradients(E)
    entries = [node for node in topological_order(E) if node.label.startswith("W1[")]
    entries.sort(key=lambda node: node.label)
    box = tab.locator(".folded", has=tab.locator(".name", has_text="W1"))
    assert box.locator(".index").all_text_contents() == ["[1,1]", "[1,2]", "[2,1]", "[2,2]"]
    assert box.locator(".value").all_text_contents() == [figures.number(node.data) for node in entries]
    assert box.locator(".grad").all_text_contents() == [figures.number(found[node]) for node in entries]
    box.locator(".opener").press("Enter")
    assert cards(tab) == ["E", "W1[1,1]", "W1[1,2]", "W1[2,1]", "W1[2,2]", "W2", "h", "o", "t", "x"]
    assert tab.evaluate("document.activeElement.getAttribute('aria-label')") == "Fold W1"
    tab.keyboard.press("Enter")
    assert cards(tab) == ["E", "W1", "W2", "h", "o", "t", "x"]


def test_of_a_large_array_the_card_shows_the_first_entries(opened):
    rows = ", ".join(f"[{', '.join(f'0.{at}{of}' for of in range(1, 6))}]" for at in range(1, 5))
    tab = opened(page(Sheet.parse(f"W = [{rows}]; x = [1, 2, 3, 4, 5]\ny = W x\nE = sum(y^2)")))
    box = tab.locator(".folded", has=tab.locator(".name", has_text="W"))
    assert box.locator(".index").count() == 6
    assert "… and 14 more" in box.text_content()
    assert "4×5" in box.text_content()


def test_a_graph_folds_before_its_text_becomes_small_and_unfolds_where_there_is_room(opened):
    E = squared()
    wide = opened(page(E))
    narrow = opened(page(E), viewport={"width": 390, "height": 844})
    assert cards(wide) == ["E", "t", "v1", "v2", "v3", "w", "x"]
    assert cards(narrow) == ["E", "t", "w", "x"]
    assert narrow.locator(".folded .how").all_text_contents() == ["(tanh(w·x) − t)²"]
    narrow.locator("#fold").click()
    assert cards(narrow) == ["E", "t", "v1", "v2", "v3", "w", "x"]
    narrow.locator("#fold").click()
    assert cards(narrow) == ["E", "t", "w", "x"]


def test_a_neuron_folds_with_its_own_parameters(opened):
    x = [Value(1.0, "x1"), Value(-2.0, "x2")]
    tab = opened(page(nn.MLP(2, [3, 3, 1], seed=1)(x)))
    if tab.locator("#fold").inner_text() == "fold":
        tab.click("#fold")
    assert cards(tab) == sorted(["x1", "x2", *(f"a{n}[{k}]" for n in (1, 2) for k in (1, 2, 3)), "z3[1]"])
    tab.locator("[aria-label^='Open a1[2]']").press("Enter")
    assert {"w1[2,1]", "w1[2,2]", "b1[2]", "z1[2]", "a1[2]"} <= set(cards(tab))
    assert "w1[1,1]" not in cards(tab)


def test_the_steps_go_through_a_folded_card_node_by_node(opened):
    h = recurrent(12)
    tab = opened(page(h))
    assert "h12" in cards(tab)
    assert not any(name.startswith("v") for name in cards(tab))
    for at in range(1, 5):
        tab.keyboard.press("ArrowRight")
        assert tab.locator("#where").inner_text() == f"step {at} of {len(list(steps(h)))}"
        assert tab.locator(".tile.present:visible .name").all_text_contents() == ["h12"]


@pytest.mark.parametrize("make", [lambda: Sheet.parse(ARRAYS), lambda: recurrent(6)], ids=["arrays", "recurrent"])
def test_every_edge_of_what_is_open_has_a_line_that_begins_and_ends_at_cards(opened, make):
    tab = opened(page(make()))
    if tab.locator("#fold").inner_text() == "fold":
        tab.click("#fold")
    while tab.locator(".tile.folded:visible .opener").count():
        tab.locator(".tile.folded:visible .opener").first.press("Enter")
        overlapping = tab.evaluate(OVERLAPS, ".tile:not(.away) > .ground, .tile:not(.away) > .body > .ground")
        assert overlapping == []
    loose = tab.evaluate(LOOSE_ENDS)
    assert loose == []


# The heads of lines that touch no card, where lines should touch one.
LOOSE_ENDS = """() => {
  const boxes = [...document.querySelectorAll(".tile:not(.away) .ground")].map((e) => e.getBoundingClientRect());
  const touches = ({ x, y }) =>
    boxes.some((b) => x > b.left - 3 && x < b.right + 3 && y > b.top - 3 && y < b.bottom + 3);
  return [...document.querySelectorAll(".edge .head:not(.away)")].flatMap((head) => {
    const tip = new DOMPoint(0, 0).matrixTransform(head.getScreenCTM());
    return touches(tip) ? [] : [head.parentNode.id];
  });
}"""

OVERLAPS = """(selector) => {
  const all = [...document.querySelectorAll(selector)].map((e) => [e, e.getBoundingClientRect()]);
  return all.flatMap(([e, a], at) => all.slice(0, at).flatMap(([other, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
      ? [[e.parentNode.textContent, other.parentNode.textContent]] : []));
}"""


# -- What a line shows ----------------------------------------------------------------------------


def test_a_line_is_as_wide_as_the_gradient_that_it_passes_is_large_and_shows_its_sign(opened):
    E = squared()
    tab = opened(page(E))
    assert tab.locator(".edge.passed").count() == 0
    tab.keyboard.press("End")
    order = topological_order(E)[::-1]
    lines = []
    for step in steps(E):
        for index, term in enumerate(step.terms):
            line = tab.locator(f"#edge-{order.index(step.node)}-{index}")
            sign = {1: "positive", -1: "negative"}[int(math.copysign(1, term.contribution))]
            assert sign in line.get_attribute("class").split()
            dashed = line.locator(".line").evaluate("line => getComputedStyle(line).strokeDasharray") != "none"
            assert dashed == (term.contribution < 0)
            lines.append((abs(term.contribution), float(line.locator(".line").get_attribute("stroke-width"))))
    lines.sort()
    assert all(one[1] < other[1] for one, other in pairwise(lines) if one[0] < 0.99 * other[0])
    tab.keyboard.press("Home")
    assert tab.locator(".edge.passed").count() == 0


def test_a_head_points_to_what_is_computed_and_after_the_step_back_to_what_receives(opened):
    tab = opened(page(squared()))

    def ways():
        return tab.eval_on_selector_all(
            ".edge .head",
            "heads => heads.map(head => Math.sign(Math.cos(Math.PI / 180 * "
            "Number(/rotate\\(([^)]*)/.exec(head.getAttribute('transform'))[1]))))",
        )

    assert set(ways()) == {1}
    tab.keyboard.press("End")
    assert set(ways()) == {-1}


# -- Everything can be read -----------------------------------------------------------------------

MEASURED = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const contrast = (one, other) => {
    const [dark, light] = [one, other].map(luminance).sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const paper = rgb(getComputedStyle(document.querySelector("#graph")).backgroundColor);
  const scale = document.querySelector("#view svg").getScreenCTM().a;
  const all = [...document.querySelectorAll("#view text")];
  const drawn = all.filter((e) => e.getClientRects().length && e.getBBox().width);
  const texts = drawn.map((e) => {
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    const ground = e.parentNode.querySelector(":scope > .ground, :scope > .outline");
    const filled = ground && getComputedStyle(ground).fill !== "none" ? rgb(getComputedStyle(ground).fill) : paper;
    const inside = ground && ground.getBoundingClientRect();
    const leaves =
      inside && (box.left < inside.left || box.right > inside.right + 0.5 || box.bottom > inside.bottom + 1);
    return {
      text: e.textContent,
      at: [box.left, box.top, box.right, box.bottom],
      size: parseFloat(style.fontSize) * scale,
      contrast: contrast(rgb(style.fill), filled),
      leaves: Boolean(leaves),
    };
  });
  const hit = ([a, b, c, d], [e, f, g, h]) => a < g - 0.5 && e < c - 0.5 && b < h - 2 && f < d - 2;
  const small = [...document.querySelectorAll("body *")].filter(
    (e) => !e.closest("svg, script, style") && e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < 10,
  );
  return {
    count: texts.length,
    small: [...texts.filter(({ size }) => size < 9.99).map(({ text }) => text), ...small.map((e) => e.outerHTML)],
    faint: texts.filter(({ contrast }) => contrast < 4.5).map(({ text, contrast }) => [text, contrast]),
    out: texts.filter(({ leaves }) => leaves).map(({ text }) => text),
    over: texts.flatMap((one, at) =>
      texts.slice(0, at).flatMap((other) => (hit(one.at, other.at) ? [[one.text, other.text]] : []))),
  };
}"""


def graphs():
    """Thirty graphs, each as a name and what makes it."""
    yield from ((path.stem, lambda path=path: Sheet.load(path)) for path in sorted(SHEETS.glob("*.sheet")))
    yield from ((f"recurrent {n}", lambda n=n: recurrent(n)) for n in (1, 5, 16))
    yield "arrays", lambda: Sheet.parse(ARRAYS)
    for sizes in ([1], [2, 1], [4, 4, 1], [3, 2, 2, 1]):
        x = [Value(1.0, "x1"), Value(-2.0, "x2")]
        yield f"network {sizes}", lambda sizes=sizes, x=x: nn.MLP(2, sizes, seed=1, activation="tanh")(x)
    yield "softmax", lambda: softmax([Value(0.5 * at, f"a{at}") for at in range(4)])[0]
    yield "squared", squared
    for seed in range(6):
        yield f"numbers {seed}", lambda seed=seed: wild(seed)
    for count in (2, 7):
        names = ", ".join(f"{at}" for at in range(1, count + 1))
        yield f"vector {count}", lambda names=names: Sheet.parse(f"x = [{names}]\ny = tanh(x/10)\nE = sum(y^2)")
    yield "leaf", lambda: Value(3.0, "x")
    yield "long names", lambda: wild(3, "the_weight_of_the_hidden_layer_")
    yield "long formula", lambda: wild(4, "parameter_")
    yield (
        "powers",
        lambda: Sheet.parse("a = 1.5; b = -2.25\nc = a^3*b^2 - (a + b)^4/7\nd = exp(c/50)*a\nE = (d - b)^2/2"),
    )
    yield "two outputs", lambda: Sheet.parse("w = 0.3; x = 2\na = tanh(w*x)\nb = sigmoid(w*a - x)\nE = a*b - a/b")


def wild(seed, prefix="x"):
    """A chain whose numbers are of every size, with and without signs."""
    leaves = [
        Value((-1) ** (at + seed) * 10.0 ** ((seed * 7 + at * 5) % 19 - 9) / 7, f"{prefix}{at}") for at in range(5)
    ]
    y = leaves[0]
    for at, leaf in enumerate(leaves[1:]):
        y = (y * leaf).tanh() + leaf * (0.123456 + seed)
        y.label = f"{prefix}y{at}" if at % 2 else ""
    return y


GRAPHS = dict(graphs())
CHOSEN = list(GRAPHS)[:: math.ceil(len(GRAPHS) / some(len(GRAPHS)))]


def readable(tab):
    found = tab.evaluate(MEASURED)
    assert found["count"] >= 4
    assert [(kind, found[kind]) for kind in ("small", "faint", "out", "over") if found[kind]] == []


def test_there_are_thirty_graphs():
    assert len(GRAPHS) >= 30


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 390)])
def test_no_text_of_the_page_overlaps_another_or_is_small_or_faint(opened, name, scheme, width):
    tab = opened(page(GRAPHS[name]()), color_scheme=scheme, viewport={"width": width, "height": 900})
    readable(tab)
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
        readable(tab)
    tab.keyboard.press("End")
    readable(tab)
    if tab.locator("#fold").is_visible():
        tab.click("#fold")
        readable(tab)
    for _ in range(2):
        opener = tab.locator(".tile.folded:visible .opener").first
        if opener.count():
            opener.press("Enter")
            readable(tab)
    tab.locator(".card:visible").last.press("Enter")
    readable(tab)
