"""Pictures in a real browser, 900 pixels wide: texts do not overlap or leave their cards, and all can be read.

Each picture is measured as a program lays it out and as we do, in the light and in the dark.
"""

import random
from fractions import Fraction

import pytest
from strategies import some
from test_contrast import READABLE, contrast

from autograd import Value, affine, draw, half_squared_error, mean, total
from autograd.drawing import renderers
from autograd.drawing.svg_picture import svg_picture
from autograd.drawing.svg_theme import themed
from autograd.formatting import palette
from nn import MLP

SMALLEST = 10  # pixels, of 900 that the picture is wide
GROUNDS = {"light": "#ffffff", "dark": "#111111"}


def values(**numbers):
    """A node for each name."""
    return [Value(number, name) for name, number in numbers.items()]


def named(name, node):
    node.label = name
    node.backward()
    return node


def one_neuron():
    w, x, t = values(w=0.5, x=2.0, t=1.5)
    o = (w * x).tanh()
    o.label = "o"
    return named("E", (o - t) ** 2)


def walkthrough():
    I1, I2, *w = values(I1=0.05, I2=0.1, **{f"w{k}": 0.1 + 0.05 * k for k in range(1, 9)})
    layer, names = [I1, I2], iter(["h1", "h2", "o1", "o2"])
    for place in (0, 4):
        nets = [affine(w[place + k : place + k + 2], layer).tag(f"net_{name}", None) for k, name in zip((0, 2), names)]
        layer = [net.sigmoid().tag(net.label.removeprefix("net_"), None) for net in nets]
    return named("E", half_squared_error(layer, [0.01, 0.99]))


def softmax(classes, names="z"):
    z = [Value(0.3 * k - 0.5, f"{names}{k}") for k in range(classes)]
    powers = [each.exp() for each in z]
    return named("L", -(powers[0] / sum(powers[1:], powers[0])).log())


def recurrent(steps):
    wh, wx, b, h = values(wh=0.5, wx=0.3, b=0.1, h0=0.1)
    for step in range(1, steps + 1):
        h = (wh * h + wx * Value(0.1 * step, f"x{step}") + b).tanh()
        h.label = f"h{step}"
    return named("E", (h - 1) ** 2)


def network(sizes, rows=1):
    model = MLP(2, sizes, activation="tanh", seed=3)
    losses = [half_squared_error(model([Value(0.5 - k, f"x{k}"), Value(0.2 * k, f"y{k}")]), 1.0) for k in range(rows)]
    return named("E", total(losses) if rows > 1 else losses[0])


def memory_cell():
    x, h, c, w, u, b = values(x=0.5, h=-0.3, c=0.2, w=0.7, u=-0.4, b=0.1)
    gates = [
        (w * k * x + u * h + b).sigmoid().tag(name, None) for k, name in enumerate(("forget", "input", "output"), 1)
    ]
    kept = (gates[0] * c + gates[1] * (w * x + u * h).tanh()).tag("c_next", None)
    return named("h_next", gates[2] * kept.tanh())


def attention():
    queries, keys, data = (values(**{f"{name}{k}": 0.3 * k - 0.2 for k in range(3)}) for name in "qkv")
    scores = [(queries[0] * key).exp() for key in keys]
    whole = sum(scores[1:], scores[0])
    return named("out", sum((score / whole * v for score, v in zip(scores[1:], data[1:])), scores[0] / whole * data[0]))


def normalized(count):
    x = values(**{f"x{k}": 0.4 * k + 0.1 for k in range(count)})
    center = mean(x).tag("mean", None)
    spread = mean([(each - center) ** 2 for each in x]).tag("variance", None)
    return named("y", (x[0] - center) / (spread + 0.001).sqrt())


def squarings():
    w, h = values(w=0.5, h=0.7)
    E = h
    for _ in range(3):
        E = (E * w + h) * E
    return named("E", E)


def vanishing():
    x, w = values(x=0.5, w=0.4)
    for _ in range(12):
        x = (w * x).sigmoid()
    return named("a", x)


def of_exact_numbers():
    x, y = Value(Fraction(1, 3), "x"), Value(Fraction(-22, 7), "y")
    return named("z", x * y + y / x)


def with_long_names():
    w, x = Value(0.123456, "a_weight_with_a_very_long_name"), Value(-12345.678, "Eingangsgröße")
    return named("Wärmestrom_über_alle_Flächen_in_Watt", (w * x).tanh() * w)


def without_a_derivative():
    x, y = values(x=0.0, y=2.0)
    E = x.sqrt() * 3 + y * y
    E.label = "E"
    return E


def many_terms():
    x = values(**{f"x{k}": 0.1 * k for k in range(12)})
    return named("E", total([each * each for each in x]))


def at_random(seed):
    dice = random.Random(seed)
    nodes = values(a=0.4, b=-0.7, c=1.3)
    for number in range(12):
        one, other = dice.choice(nodes), dice.choice(nodes)
        made = dice.choice([one + other, one * other, one - 2, one.tanh(), one.sigmoid()])
        nodes.append(made.tag(f"n{number}" if dice.random() < 0.5 else "", None))
    return named("E", total(nodes[-4:]))


PICTURES = {
    "one neuron": lambda: draw(one_neuron()),
    "network of the walkthrough, its paths": lambda: draw(walkthrough(), wrt="w1"),
    "recurrence of 16 steps": lambda: draw(recurrent(16)),
    "softmax": lambda: draw(softmax(3)),
    "MLP": lambda: draw(network([4, 4, 1])),
    "a step": lambda: draw(walkthrough(), at=4),
    "a batch": lambda: draw(network([2, 1], rows=3)),
    "long names": lambda: draw(with_long_names()),
    "one neuron, its paths": lambda: draw(one_neuron(), wrt="w"),
    "one neuron, not folded": lambda: draw(one_neuron(), fold=False),
    "network of the walkthrough": lambda: draw(walkthrough()),
    "before the first step": lambda: draw(walkthrough(), at=0),
    "recurrence of 3 steps": lambda: draw(recurrent(3)),
    "recurrence of 40 steps": lambda: draw(recurrent(40)),
    "recurrence, its paths": lambda: draw(recurrent(6), wrt="wh"),
    "recurrence, a step": lambda: draw(recurrent(4), at=8),
    "softmax of 5, its paths": lambda: draw(softmax(5), wrt="z1"),
    "small MLP": lambda: draw(network([3, 1])),
    "MLP, its paths": lambda: draw(network([4, 4, 1]), wrt="x0"),
    "MLP, its layers": lambda: draw(network([4, 4, 1]), fold="layer"),
    "large MLP": lambda: draw(network([16, 16, 1])),
    "memory cell": lambda: draw(memory_cell()),
    "attention": lambda: draw(attention()),
    "normalization": lambda: draw(normalized(4)),
    "squarings": lambda: draw(squarings()),
    "a gradient that vanishes": lambda: draw(vanishing(), wrt="x"),
    "exact numbers": lambda: draw(of_exact_numbers()),
    "no derivative": lambda: draw(without_a_derivative()),
    "many terms": lambda: draw(many_terms()),
    "to a depth": lambda: draw(recurrent(9), depth=3),
    "random 1": lambda: draw(at_random(1)),
    "random 2": lambda: draw(at_random(2), wrt="a"),
}

MEASURE = """() => [...document.querySelectorAll("svg text")].filter(text => text.textContent.trim()).map(text => {
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = text.getBoundingClientRect();
    const fill = element => getComputedStyle(element).fill;
    const below = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
        .filter(element => /^(path|polygon|rect|ellipse)$/.test(element.tagName))
        .map(fill).find(color => color !== "none" && !/, 0\\)$/.test(color));
    const group = text.closest("g.node") || text.closest("g");
    const outline = group && (group.matches("g.node") || !group.matches("g.graph, g.edge, g.cluster"))
        ? group.querySelector("path, rect, polygon") : null;
    const card = outline && outline.getBoundingClientRect();
    return {
        shown: text.textContent.replaceAll("\u00a0", " ").trim(),
        left: box.left, right: box.right, top: box.top, bottom: box.bottom,
        size: parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a,
        color: fill(text), ground: below || null,
        card: card ? [card.left, card.right] : null,
    };
})"""


def hexadecimal(color):
    """A color of a browser, rgb(15, 23, 42), as ours are written."""
    return "#{:02x}{:02x}{:02x}".format(*map(int, color[color.index("(") + 1 : -1].split(",")[:3]))


@pytest.fixture
def tab(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def measured(tab, svg, scheme):
    """The texts of a picture, 900 pixels wide at most, as a browser shows them."""
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": 920, "height": 600})
    style = f"body {{ margin: 0; background: {GROUNDS[scheme]} }} svg {{ max-width: 900px; height: auto }}"
    tab.set_content(f"<!doctype html><style>{style}</style>{svg[svg.index('<svg') :]}")
    high = tab.evaluate("document.querySelector('svg').getBoundingClientRect().height")
    tab.set_viewport_size({"width": 920, "height": int(high) + 20})
    return tab.evaluate(MEASURE)


def trouble_of(texts, scheme):
    """Yield what cannot be read, in words."""
    for number, one in enumerate(texts):
        if one["size"] < SMALLEST - 0.05:
            yield f"{one['shown']!r} is {one['size']:.1f} pixels high"
        ground = hexadecimal(one["ground"]) if one["ground"] else GROUNDS[scheme]
        if (found := contrast(hexadecimal(one["color"]), ground)) < READABLE:
            yield f"{one['shown']!r} has a contrast of {found:.2f} on {ground}"
        if one["card"] and not one["card"][0] < one["left"] + 1 < one["right"] < one["card"][1] + 1:
            yield f"{one['shown']!r} leaves its card"
        for other in texts[:number]:
            slack = 0.15 * (one["bottom"] - one["top"])  # above and below the letters
            beside = one["right"] <= other["left"] + 1 or other["right"] <= one["left"] + 1
            if not beside and not (
                one["bottom"] - slack <= other["top"] + slack or other["bottom"] - slack <= one["top"] + slack
            ):
                yield f"{one['shown']!r} overlaps {other['shown']!r}"


@pytest.mark.parametrize("name", [*PICTURES][: some(len(PICTURES))])
def test_every_text_of_a_picture_can_be_read(tab, name):
    drawing = PICTURES[name]()
    pictures = {"ours": themed(svg_picture(drawing.scene))}
    if drawing.svg != pictures["ours"]:
        pictures["of a program"] = drawing.svg
    found = {}
    for layout, svg in pictures.items():
        for scheme in GROUNDS:
            texts = measured(tab, svg, scheme)
            assert texts
            found[layout, scheme] = list(trouble_of(texts, scheme))
    assert {key: trouble for key, trouble in found.items() if trouble} == {}


def test_the_measure_sees_what_cannot_be_read(tab):
    words = (
        '<text x="10" y="20" font-size="9" fill="#0f172a">small</text>'
        '<text x="10" y="60" font-size="20" fill="#94a3b8">faint</text>'
        '<text x="200" y="60" font-size="20" fill="#0f172a">here</text>'
        '<text x="210" y="62" font-size="20" fill="#0f172a">there</text>'
        '<g><path d="M10,90 h60 v30 h-60 z" fill="#ffffff"/><text x="15" y="110" font-size="20">a long word</text></g>'
    )
    texts = measured(tab, f'<svg width="400" height="200" viewBox="0 0 400 200">{words}</svg>', "light")
    said = " ".join(trouble_of(texts, "light"))
    assert all(part in said for part in ("'small' is 9.0", "'faint' has", "'there' overlaps 'here'", "leaves its card"))


def test_a_program_and_our_layout_show_the_same(tab):
    if renderers.find(renderers.BUNDLED) is None:
        pytest.skip("graphviz-pure is not installed: there is nothing to compare with")
    for name in [*PICTURES][: some(len(PICTURES))]:
        drawing = PICTURES[name]()
        shown = []
        for svg in (themed(svg_picture(drawing.scene)), themed(renderers.render(drawing.source, "svg").decode())):
            texts = measured(tab, svg, "dark")
            shown.append(sorted((text["shown"], text["color"]) for text in texts))
        assert shown[0] == shown[1], name


@pytest.mark.parametrize(
    ("page", "scheme", "dark"),
    [
        ("<body>", "light", False),
        ("<body>", "dark", True),
        ('<body data-jp-theme-light="false">', "light", True),
        ('<body data-jp-theme-light="true">', "dark", False),
        ('<body class="vscode-dark">', "light", True),
        ('<body class="vscode-light">', "dark", False),
    ],
)
def test_a_picture_follows_its_notebook_and_else_its_reader_s_system(tab, page, scheme, dark):
    tab.emulate_media(color_scheme=scheme)
    svg = draw(one_neuron()).svg
    tab.set_content(f"<!doctype html>{page}{svg[svg.index('<svg') :]}")
    card = tab.evaluate(
        "getComputedStyle([...document.querySelectorAll('svg text')].find(t => t.textContent === 'E')).fill"
    )
    assert hexadecimal(card) == (palette.DARK if dark else palette.LIGHT)["ink"]
