"""The page in a real browser: what a reader sees there, beside what the engine says."""

import re
from pathlib import Path

import pytest

import nn
from autograd import (
    DomainError,
    Sheet,
    Stepper,
    Value,
    affine,
    draw,
    gradcheck,
    gradients,
    half_squared_error,
    mark,
    mean,
    paths,
    topological_order,
)
from autograd.drawing.svg_picture import svg_picture
from autograd.formatting import escapes, figures
from autograd.stepper import frame
from autograd.webpage import page
from nn.activations import softmax

ROOT = Path(__file__).parents[1]
SEED = ROOT / "demos" / "sheets" / "003_walkthrough.sheet"


def number(text):
    """A number as it was shown, read."""
    return float(text.replace(figures.MINUS, "-").removeprefix("≈"))


def card(tab, node, root):
    return tab.locator(f"#node-{topological_order(root)[::-1].index(node)}")


def shown(tab, selector):
    return [text.replace("\n", "") for text in tab.locator(selector).all_inner_texts()]


def simple():
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    product = a * b
    y = product + c
    y.label = "y"
    return y


def n_ary(values=(0.1, -0.4, 0.7, 0.2, 1.5)):
    w1, w2, x, b, t = (Value(v, name) for v, name in zip(values, ("w1", "w2", "x", "b", "t"), strict=True))
    z = affine([w1, w2], [x, 2.0], b)
    z.label = "z"
    h = z.tanh()
    h.label = "h"
    m = mean([h, w1, x])
    m.label = "m"
    E = half_squared_error([m, h], [t, 0.25])
    E.label = "E"
    return E


@pytest.fixture(scope="module")
def seed():
    sheet = Sheet.load(SEED)
    return sheet.graph(), page(sheet, title="Seed 003")


# -- Stepping -----------------------------------------------------------------------------------


def frames_agree(tab, stepper):
    """What is shown of the present step, beside the stepper's own rows."""
    n = stepper.position
    assert tab.locator("#where").inner_text() == f"step {n} of {len(stepper)}"
    if n == 0:
        assert tab.locator(".term").count() == 0
        return
    rows, _ = frame.rows(stepper, n)
    assert len(rows) == len(stepper.present.terms) <= frame.MAX_TERMS
    for kind in ("before", "upstream", "local"):
        assert shown(tab, f".term .numbers .{kind}") == [getattr(row, kind) for row in rows]
    assert shown(tab, ".term .total") == [row.after for row in rows]
    assert [text.split(".grad")[0].split(" ", 1) for text in shown(tab, ".term .to")] == [
        [frame.MARKS[row.state], row.name] for row in rows
    ]
    assert [re.sub(r"\s", "", text) for text in shown(tab, ".term .symbols")] == [
        re.sub(r"\s", "", f"{row.before}+={row.symbols}") for row in rows
    ]
    assert shown(tab, ".change") == [row.change for row in rows if row.change]


def graph_agrees(tab, stepper):
    """Every card beside the stepper: its value, its gradient so far, how far that is."""
    held = tab.eval_on_selector_all(
        ".card", "cards => cards.map(card => [card.dataset.value, card.dataset.grad, card.classList.value])"
    )
    states = stepper.states
    for node, (value, grad, classes) in zip(topological_order(stepper.output)[::-1], held, strict=True):
        assert number(value) == pytest.approx(node.data, rel=1e-12)
        assert states[node] in classes.split()
        if states[node] == "untouched":
            assert grad == ""
        else:
            assert number(grad) == pytest.approx(stepper.grad(node), rel=1e-12, abs=1e-15)


def test_every_step_forward_and_back_shows_the_numbers_of_the_engine(opened, seed):
    root, made = seed
    tab = opened(made)
    stepper = Stepper(root)
    frames_agree(tab, stepper)
    for n in range(len(stepper)):
        if n % 2:
            tab.click("#next")
        else:
            tab.keyboard.press("ArrowRight")
        stepper.next()
        frames_agree(tab, stepper)
        graph_agrees(tab, stepper)
    assert "every gradient is complete" in tab.locator("#sentence").inner_text()
    tab.keyboard.press("ArrowRight")  # there it stays
    for n in range(len(stepper)):
        if n % 2:
            tab.click("#back")
        else:
            tab.keyboard.press("ArrowLeft")
        stepper.back()
        frames_agree(tab, stepper)
    graph_agrees(tab, stepper)


def test_home_end_first_last_and_the_slider_go_where_they_say(opened, seed):
    root, made = seed
    tab = opened(made)
    stepper = Stepper(root)
    tab.keyboard.press("End")
    frames_agree(tab, stepper.goto(len(stepper)))
    tab.keyboard.press("Home")
    frames_agree(tab, stepper.goto(0))
    tab.click("#last")
    frames_agree(tab, stepper.goto(len(stepper)))
    tab.click("#first")
    frames_agree(tab, stepper.goto(0))
    tab.fill("#slider", "7")
    frames_agree(tab, stepper.goto(7))
    tab.focus("#slider")
    tab.keyboard.press("ArrowRight")
    frames_agree(tab, stepper.goto(8))


def test_the_step_is_said_aloud_in_a_sentence(opened):
    tab = opened(page(simple()))
    sentence = tab.locator("#sentence")
    assert sentence.get_attribute("aria-live") == "polite"
    assert sentence.inner_text() == "Every value is computed. The backward pass starts at y, with ∂y/∂y = 1."
    tab.keyboard.press("ArrowRight")
    assert sentence.inner_text() == (
        "y is the output: ∂y/∂y = 1. It passes upstream × local derivative to each of its 2 operands."
    )


# -- Changing a leaf ----------------------------------------------------------------------------


def agrees_with_a_fresh_run(tab, root):
    """Go to the end, and compare every value and gradient with a run of the engine."""
    tab.dispatch_event("#last", "click")
    fresh = gradients(root)
    held = tab.eval_on_selector_all(".card", "cards => cards.map(card => [card.dataset.value, card.dataset.grad])")
    for node, (value, grad) in zip(topological_order(root)[::-1], held, strict=True):
        assert number(value) == pytest.approx(node.data, rel=1e-12, abs=1e-300), node
        assert number(grad) == pytest.approx(fresh[node], rel=1e-12, abs=1e-15), node


def drag(tab, element, by):
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + by / 2, y)
    tab.mouse.move(x + by, y)
    tab.mouse.up()


def test_dragging_a_weight_of_the_seed_recomputes_values_gradients_and_paths(opened, seed):
    root, made = seed
    tab = opened(made)
    w1 = next(node for node in topological_order(root) if node.label == "w1")
    drag(tab, card(tab, w1, root), 80)
    field = tab.locator(f"#leaf-{topological_order(root)[::-1].index(w1)}")
    moved = number(field.input_value())
    assert moved == 0.23  # 80 pixels of a thousandth each
    text = SEED.read_text(encoding="utf-8").replace("w1 = 0.15;  w2", f"w1 = {moved};  w2", 1)
    fresh = Sheet.parse(text).graph()
    agrees_with_a_fresh_run(tab, fresh)
    w1 = next(node for node in topological_order(fresh) if node.label == "w1")
    card(tab, w1, fresh).press("Enter")
    assert [number(text) for text in shown(tab, ".path .product")] == [
        number(figures.number(path.product)) for path in paths(fresh, w1)
    ]
    assert tab.locator("#marked-at").is_visible()
    tab.click("#reset")
    agrees_with_a_fresh_run(tab, root)


def test_typing_numbers_recomputes_a_graph_of_n_ary_nodes(opened):
    values = [0.1, -0.4, 0.7, 0.2, 1.5]
    root = n_ary(values)
    tab = opened(page(root))
    agrees_with_a_fresh_run(tab, root)
    for place, label in enumerate(("w1", "w2", "x", "b", "t")):
        values[place] = -1.8125 + place
        field = field_of(tab, label)
        field.fill(str(values[place]).replace("-", "−"))
        field.press("Enter")
        agrees_with_a_fresh_run(tab, n_ary(values))


def field_of(tab, label):
    """The field of the leaf that is called so."""
    return (
        tab.locator("#leaf-rows tr")
        .filter(has=tab.locator("bdi", has_text=re.compile(f"^{label}$")))
        .locator("input[type=text]")
    )


def test_arrow_keys_on_a_leaf_change_it_and_do_not_step(opened):
    root = simple()
    tab = opened(page(root))
    leaf = tab.get_by_role("spinbutton").filter(has_text="a").first
    leaf.focus()
    tab.keyboard.press("ArrowUp")
    assert leaf.get_attribute("aria-valuetext") == "2.1"
    assert tab.locator("#where").inner_text() == "step 0 of 2"
    tab.keyboard.press("Shift+ArrowLeft")
    assert leaf.get_attribute("aria-valuenow") == "2.09"


def test_a_logarithm_of_what_is_not_positive_is_said_at_the_node_and_passes(opened):
    p = Value(0.5, "p")
    E = -(p.log())
    E.label = "E"
    tab = opened(page(E))
    with pytest.raises(DomainError) as raised:
        Value(-0.5, "p").log()
    field = tab.locator("#leaf-2")
    field.fill("-0.5")
    field.press("Enter")
    assert str(raised.value) in tab.locator("#sentence").inner_text()
    assert "trouble" in tab.locator("#node-1").get_attribute("class")
    assert "NaN" not in tab.inner_text("body")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#where").inner_text() == "step 0 of 2"
    field.fill("0.25")
    field.press("Enter")
    agrees_with_a_fresh_run(tab, -(Value(0.25, "p").log()))


def test_a_derivative_that_does_not_exist_stops_the_steps_where_backward_stops(opened):
    x = Value(4.0, "x")
    E = x.sqrt() * 2.0
    E.label = "E"
    tab = opened(page(E))
    field = tab.locator("#leaf-2")
    field.fill("0")
    field.press("Enter")
    with pytest.raises(DomainError) as raised:
        Value(0.0, "x").sqrt().backward()
    tab.dispatch_event("#last", "click")
    assert tab.locator("#where").inner_text() == "step 1 of 2"
    assert str(raised.value) in tab.locator("#sentence").inner_text()


def test_what_is_no_number_is_not_taken(opened):
    tab = opened(page(simple()))
    field = tab.locator("#leaf-rows input[type=text]").first
    field.fill("two")
    field.press("Enter")
    assert field.get_attribute("aria-invalid") == "true"
    assert tab.locator("#node-0").get_attribute("data-value") == "4"


# -- Paths, edges, verdicts ---------------------------------------------------------------------


def test_a_click_on_a_node_lights_its_paths_with_their_contributions(opened, seed):
    root, made = seed
    tab = opened(made)
    tab.click("#fold")  # to see each edge
    for label in ("w1", "h2", "I1", "t2", "E"):
        node = next(v for v in topological_order(root) if v.label == label)
        card(tab, node, root).click()
        paths_agree(tab, paths(root, node))
    tab.keyboard.press("Escape")
    assert tab.locator(".lit path").count() == 0


def paths_agree(tab, expected):
    """What is lit and listed, beside the engine's paths."""
    assert shown(tab, ".path .product") == [figures.number(path.product) for path in expected]
    names = expected.names
    assert shown(tab, ".path .chain") == [" → ".join(names[v] for v in path.nodes) for path in expected]
    assert shown(tab, ".path .factors") == [
        " × ".join(figures.number(factor) for factor in path.factors[::-1]) for path in expected
    ]
    assert tab.locator("#sum").inner_text() == figures.number(expected.total)
    assert tab.locator(".lit path").count() == sum(len(path.edges) for path in expected)


def test_of_very_many_paths_the_largest_are_shown_and_the_rest_as_one_sum(opened):
    x = Value(1.1, "x")
    y = x
    for _ in range(12):
        y = y * 0.5 + y * 0.75
    tab = opened(page(y))
    tab.keyboard.press("End")
    card(tab, x, y).press("Enter")
    largest = paths(y, x, k=8)
    assert shown(tab, ".path .product") == [figures.number(path.product) for path in largest]
    assert "4,096 paths lead" in tab.locator(".leads").inner_text()
    assert tab.locator(".sum dt").first.inner_text() == "4,088 others"
    assert number(tab.locator(".sum dd").first.inner_text()) == pytest.approx(largest.remainder, rel=1e-5)


def middle(edge):
    """Where on the screen the middle of a line is."""
    return edge.locator(".near").evaluate(
        "path => { const at = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(path.getScreenCTM());"
        " return [at.x, at.y]; }"
    )


def test_an_edge_under_the_pointer_says_its_local_derivative(opened, seed):
    root, made = seed
    tab = opened(made)
    order = topological_order(root)[::-1]
    o1 = next(at for at, node in enumerate(order) if node.label == "o1")
    edge = tab.locator(f"#edge-{o1}-0")
    card(tab, order[o1], root).scroll_into_view_if_needed()
    tab.mouse.move(*middle(edge))
    local = figures.number(order[o1].locals[0])
    assert tab.locator("#tip").inner_text() == f"∂o1/∂net_o1 = o1·(1 − o1) = {local}"
    tab.mouse.move(0, 0)
    assert tab.locator("#tip").is_hidden()
    tab.fill("#slider", str(1 + [v for v in order if v.op].index(order[o1])))
    edge.focus()  # the edges of the present step are in the order of focus
    assert tab.locator("#tip").is_visible()
    assert local in edge.get_attribute("aria-label")


def test_a_verdict_points_at_its_node(opened, seed):
    root, made = seed
    tab = opened(made)
    verdicts = tab.locator(".verdict")
    assert verdicts.count() == 12  # the slips of the seed
    assert tab.locator("#summary-of-marking").inner_text().startswith("505 claims")
    tab.locator(".verdict", has_text="o1 = 0.60635").first.click()
    order = topological_order(root)[::-1]
    o1 = next(at for at, node in enumerate(order) if node.label == "o1")
    assert "chosen" in tab.locator(f"#node-{o1}").get_attribute("class")
    assert "pointed" in tab.locator(f"#node-{o1}").get_attribute("class")
    tab.uncheck("#only-mistakes")
    assert tab.locator(".verdict").count() == 505


# -- Asking before showing ----------------------------------------------------------------------


def test_it_asks_before_it_shows_and_says_what_is_wrong(opened):
    tab = opened(page(simple()))
    tab.check("#ask")
    assert tab.locator("#all").is_hidden()
    tab.click("#next")
    assert tab.locator("#where").inner_text() == "step 0 of 2"
    assert "v1.grad += ∂y/∂y · ∂v1" not in tab.inner_text("body")
    tab.fill("#answer", "one")
    tab.press("#answer", "Enter")
    assert "is no number" in tab.locator("#reply").inner_text()
    tab.fill("#answer", "1")
    tab.press("#answer", "Enter")
    assert tab.locator(".answers").inner_text() == "v1.grad: right"
    assert tab.locator("#reply").inner_text() == ""
    tab.fill("#answer", "-1")
    tab.click("#submit")
    assert tab.locator("#where").inner_text() == "step 1 of 2"
    assert tab.locator("#score").inner_text() == "1 of 2 right"
    assert "no: the sign; it is 1 × 1 = 1" in tab.locator(".answers").inner_text()
    tab.keyboard.press("ArrowRight")
    tab.fill("#answer", "??")
    tab.press("#answer", "Enter")
    assert tab.locator("#where").inner_text() == "step 2 of 2"
    assert tab.locator("#score").inner_text() == "1 of 4 right"


def test_while_it_asks_no_contribution_is_given_away(opened, seed):
    root, made = seed
    tab = opened(made)
    tab.check("#ask")
    w1 = next(v for v in topological_order(root) if v.label == "w1")
    card(tab, w1, root).press("Enter")
    assert figures.number(gradients(root)[w1]) not in tab.inner_text("body")


# -- Hostile and odd input ----------------------------------------------------------------------

HOSTILE = ["<script>alert(1)</script>", "</style></script>", "\"'><img src=x onerror=alert(1)>", "$\\frac{a}{b}^_%&"]
HOSTILE += ["שלום", "a\u2028b\u202ec", "${x}`", "__proto__", "w" * 80]


def test_hostile_labels_are_shown_as_themselves(opened):
    leaves = [Value(1.0 + n, label) for n, label in enumerate(HOSTILE)]
    E = leaves[0] * leaves[1]
    for leaf in leaves[2:]:
        E = E + leaf * leaves[0]
    E.label = HOSTILE[0] + "!"
    title = "".join(HOSTILE)
    tab = opened(page(E, title=title))
    dialogs = []
    tab.on("dialog", lambda dialog: dialogs.append(dialog.dismiss()))
    assert tab.title() == escapes.plain(title)
    assert tab.locator("h1").text_content() == escapes.plain(title)
    tab.keyboard.press("End")
    for leaf in leaves:
        card(tab, leaf, E).press("Enter")
        whole = escapes.plain(leaf.label)
        label = card(tab, leaf, E).get_attribute("aria-label")
        assert label.startswith(f"{card(tab, leaf, E).locator('.name').text_content()} value ")
        assert whole in label
        named = tab.locator(".leads bdi").nth(1)
        assert whole in (named.text_content(), named.get_attribute("title"))
    assert dialogs == []
    assert tab.locator("img").count() == 0
    agrees_with_a_fresh_run(tab, E)


def test_numbers_display_as_themselves(opened):
    odd = [1e-300, float("inf"), float("-inf"), -0.0, float("nan"), 5e-324, 123456789.0]
    leaves = [Value(x, f"x{n}") for n, x in enumerate(odd)]
    tops = [leaf * 1.0 for leaf in leaves]
    E = mean(tops)
    tab = opened(page(E))
    for node in [*leaves, *tops]:
        assert card(tab, node, E).locator(".value").text_content() == figures.number(node.data)
    for leaf in leaves:
        held = number(field_of(tab, leaf.label).input_value())
        assert held == pytest.approx(leaf.data, nan_ok=True, rel=0, abs=0)


def test_a_script_that_somebody_put_in_does_not_run(opened, tmp_path):
    html = str(page(simple()))
    planted = html.replace("</main>", "</main><script>document.title = 'taken'</script><p onclick='x' id=p>")
    planted = planted.replace("<p onclick", "<img src='http://127.0.0.1:1/x.png'><p style='color: red' onclick")
    path = tmp_path / "planted.html"
    path.write_text(planted, encoding="utf-8")
    tab = opened(path, quiet=False)
    blocked = []
    tab.on("requestfailed", lambda request: blocked.append(request.failure))
    tab.reload()
    assert blocked == ["csp"]
    assert tab.title() == "Backward through y"
    assert tab.evaluate("getComputedStyle(document.getElementById('p')).color") != "rgb(255, 0, 0)"
    tab.evaluate(
        "() => { const s = document.createElement('script'); s.text = 'document.title = 1'; document.body.append(s) }"
    )
    assert tab.title() == "Backward through y"
    assert tab.locator("#where").inner_text() == "step 0 of 2"  # while the page's own script ran


# -- How it looks -------------------------------------------------------------------------------


def test_the_page_never_scrolls_sideways(opened, seed):
    tab = opened(seed[1])
    tab.keyboard.press("End")
    tab.locator("#node-20").press("Enter")
    for width in (360, 390, 820, 1400):
        tab.set_viewport_size({"width": width, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.set_viewport_size({"width": 390, "height": 844})  # there the graph scrolls in a box of its own
    assert tab.evaluate("document.querySelector('#view').scrollWidth > document.querySelector('#view').clientWidth")


def test_no_card_lies_on_another_and_no_number_leaves_its_card(opened, seed):
    tab = opened(seed[1])
    tab.keyboard.press("End")
    boxes = tab.eval_on_selector_all(
        ".card .ground", "all => all.map(e => e.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
    )
    for n, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[n + 1 :]:
            assert other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top
    for kind in ("value", "grad"):
        spaces = tab.eval_on_selector_all(
            f".card .{kind}",
            "all => all.map(e => e.getBoundingClientRect().left"
            f" - e.parentNode.querySelectorAll('.word')[{int(kind == 'grad')}].getBoundingClientRect().right)",
        )
        assert min(spaces) >= 0


def test_light_and_dark_follow_the_system_and_the_button(opened):
    made = page(simple())
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = opened(made, color_scheme="light")
    dark = opened(made, color_scheme="dark")
    assert light.evaluate(ground) == "rgb(246, 248, 251)"
    assert dark.evaluate(ground) == "rgb(13, 20, 32)"
    light.click("#theme")
    assert light.evaluate(ground) == "rgb(13, 20, 32)"
    light.click("#theme")
    assert light.evaluate(ground) == "rgb(246, 248, 251)"


def test_nothing_moves_for_a_reader_who_wants_it_still(opened):
    tab = opened(page(simple()), reduced_motion="reduce")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.getAnimations().length") == 0


def test_on_paper_are_the_graph_and_every_step(opened, seed, tmp_path):
    tab = opened(seed[1], color_scheme="dark")
    tab.emulate_media(media="print")
    assert tab.locator("#all-rows tr").count() == len(Stepper(seed[0]))
    assert tab.locator("#all").is_visible()
    assert tab.locator("#view svg").is_visible()
    assert tab.locator("#steps").is_hidden()
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(15, 23, 42)"
    assert tab.pdf(path=tmp_path / "page.pdf").startswith(b"%PDF")


def test_the_keyboard_reaches_the_graph_the_steps_and_the_leaves(opened):
    tab = opened(page(simple()))
    met = []
    for _ in range(22):
        tab.keyboard.press("Tab")
        met.append(tab.evaluate("document.activeElement.id || document.activeElement.className"))
    assert met[0] == "skip"
    for wanted in ("ask", "theme", "node-0", "node-4", "fit", "first", "next", "slider", "leaf-2"):
        assert wanted in met, met
    assert tab.evaluate("[...document.querySelectorAll('.card')].every(c => c.getAttribute('aria-label'))")


def test_what_is_read_aloud_of_a_card_begins_with_what_is_seen_there(opened):
    named = simple()
    named.label = "the only output of the smallest of all the networks that were ever drawn"
    for root in (named, Sheet.parse(SEED.read_text(encoding="utf-8")).graph()):
        tab = opened(page(root))
        tab.locator("#next").click()
        tab.locator("#next").click()
        for shown_card in tab.locator(".card").all():
            seen = " ".join(shown_card.text_content().replace(frame.MARKS["partial"], "").split())
            assert shown_card.get_attribute("aria-label").startswith(f"{seen}, ")


def test_a_change_is_not_broken_at_its_parenthesis(opened):
    for wide in range(320, 480, 20):
        tab = opened(
            page(Sheet.parse(SEED.read_text(encoding="utf-8")).graph()), viewport={"width": wide, "height": 800}
        )
        tab.locator("#last").click()
        for _ in range(3):
            tab.locator("#back").click()
            for change in tab.locator(".change").all():
                assert len(change.evaluate("c => [...c.getClientRects()]")) == 1


def test_in_a_notebook_it_lives_in_a_frame_of_its_own(opened, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{page(simple())._repr_html_()}", encoding="utf-8")
    tab = opened(path)
    inside = tab.frame_locator("iframe")
    inside.locator("#next").click()
    assert inside.locator("#where").inner_text() == "step 1 of 2"


# -- What a notebook shows ------------------------------------------------------------------------

# As each host styles its page and what is inside of it: the ground, the text, rows of tables, code.
HOSTS = {
    "jupyterlab light": ('<body data-jp-theme-light="true">', "#fff", "rgba(0,0,0,.87)", "#fff", "#f5f5f5", "#eee"),
    "jupyterlab dark": (
        '<body data-jp-theme-light="false">',
        "#111",
        "rgba(255,255,255,.87)",
        "#111",
        "#212121",
        "#424242",
    ),
    "vs code dark": ('<body class="vscode-dark">', "#1e1e1e", "#ccc", "none", "none", "#333"),
    "vs code light": ('<body class="vscode-light">', "#fff", "#333", "none", "none", "#eee"),
    "colab dark": ('<html theme="dark"><body>', "#383838", "#eee", "#383838", "#444", "#222"),
    "dark with striped tables": ("<body>", "#111", "#eee", "#f5f5f5", "none", "#eff0f1"),
    "dark without a sign": ("<body>", "#000", "#fff", "none", "none", "none"),
    "light with dark tables": ("<body>", "#fff", "#000", "#222", "#333", "#111"),
}

# Each text with the contrast of its color and of what it stands on.
CONTRASTS = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    const shown = element.checkVisibility({ visibilityProperty: true });
    if (!walk.currentNode.data.trim() || !shown || element.closest("style, script, svg")) continue;
    const [dark, light] = [rgb(getComputedStyle(element).color), ground(element)].map(luminance).sort((a, b) => a - b);
    found.push([walk.currentNode.data.trim(), (light + 0.05) / (dark + 0.05)]);
  }
  return found;
}"""


def hard_to_read(tab):
    """The texts of a page that are less than 4.5 to 1 from their ground."""
    found = tab.evaluate(CONTRASTS)
    assert len(found) > 3
    return [(text, round(contrast, 2)) for text, contrast in found if contrast < 4.5]


def many_paths():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    E = (w * x).tanh()
    for _ in range(4):
        E = E * w + (E - x).sin()
    E.label = "E"
    return paths(E, w, k=9)


SHOWN = {
    "paths": many_paths,
    "few paths": lambda: paths(n_ary(), "w1"),
    "marking": lambda: mark("x = 0.7; y = x^2 = 0.59\nz = 2*y = 1.18\ndy/dx = 2*x = 1.4\nz = ?\n"),
    "stepper": lambda: Stepper(n_ary()).next(2).watch("w1"),
    "gradcheck": lambda: gradcheck(lambda x: abs(x).tanh(), 0.0),
}


@pytest.mark.parametrize("host", HOSTS)
def test_every_text_in_a_notebook_can_be_read_in_the_light_and_in_the_dark(opened, tmp_path, host):
    start, ground, ink, odd, even, code = HOSTS[host]
    css = (
        f"body {{ background: {ground}; color: {ink}; font: 14px sans-serif; }} .out table {{ color: {ink}; }}"
        f".out tbody tr:nth-child(odd) {{ background: {odd}; }} .out tbody tr:nth-child(even) {{ background: {even}; }}"
        f".out :not(pre) > code {{ background: {code}; color: {ink}; }} .out th {{ font-weight: bold; }}"
    )
    inside = "".join(
        f'<div class="out">{make()._html_writer().fragment(make().blocks)}</div>' for make in SHOWN.values()
    )
    for scheme in ("light", "dark"):
        path = tmp_path / f"{scheme}.html"
        path.write_text(f"<!doctype html><meta charset=utf-8><style>{css}</style>{start}{inside}", encoding="utf-8")
        assert hard_to_read(opened(path, color_scheme=scheme)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_a_document_and_of_the_page_can_be_read(opened, tmp_path, scheme, seed):
    for name, make in SHOWN.items():
        assert hard_to_read(opened(make().save(tmp_path / f"{name}.html"), color_scheme=scheme)) == []
    tab = opened(seed[1], color_scheme=scheme)
    assert hard_to_read(tab) == []
    for place in ("#next", "#next", ".card.leaf >> nth=2", "#ask"):
        tab.locator(place).click()
        assert hard_to_read(tab) == []


# -- Pictures that no program has laid out ---------------------------------------------------------------

READ_PICTURE = """() => {
    const box = (element) => { const r = element.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom] }
    const cards = [...document.querySelectorAll("g")].filter((g) => g.querySelector(":scope > rect"))
    return {
        texts: [...document.querySelectorAll("text")].map((text) => [text.textContent.trim(), ...box(text)]),
        cards: cards.map((g) => [box(g.querySelector(":scope > rect")), [...g.querySelectorAll("text")].map(box)]),
        whole: box(document.documentElement),
    }
}"""


def pictures():
    E = Sheet.load(SEED).graph()
    E.backward()
    yield from (draw(E, names=False), draw(E, wrt="w1"), draw(E, at=6), draw(E, depth=2))
    x = [Value(1.0, "x₁ with a long name, μ and 数"), Value(-2.5e-7, "x2")]
    out = nn.MLP(2, [4, 4, 1], seed=1)(x)
    out.backward()
    yield from (draw(out, names=False), draw(out, fold="neuron", names=False), draw(out, wrt=x[0]))
    w, b, h = Value(0.5, "w"), Value(0.1, "b"), Value(0.0, "h0")
    for at in range(1, 30):
        h = (w * h + b * at).tanh()
        h.label = f"h{at}"
    yield draw(h, names=False)
    yield draw(softmax([Value(0.1 * at) for at in range(4)])[0], names=False)


@pytest.mark.parametrize("number_of_picture", range(9))
def test_no_text_of_a_picture_overlaps_another_or_leaves_its_card(opened, tmp_path, number_of_picture):
    drawing = list(pictures())[number_of_picture]
    file = tmp_path / "picture.svg"
    file.write_text(svg_picture(drawing.scene), encoding="utf-8")
    found = opened(file).evaluate(READ_PICTURE)
    assert len(found["texts"]) > 5

    def apart(a, b, slack=1.0):
        return a[2] <= b[0] + slack or b[2] <= a[0] + slack or a[3] <= b[1] + 4 * slack or b[3] <= a[1] + 4 * slack

    texts = [text for text in found["texts"] if text[0]]
    for at, (word, *place) in enumerate(texts):
        assert place[0] >= found["whole"][0]
        assert place[2] <= found["whole"][2]
        assert [other for other, *there in texts[:at] if not apart(place, there)] == [], word
    for (left, top, right, bottom), inside in found["cards"]:
        assert all(a >= left and b >= top and c <= right and d <= bottom for a, b, c, d in inside)


# -- Playing, and gradient descent ------------------------------------------------------------------


def neuron():
    w, x, b, t = (Value(v, name) for name, v in {"w": 0.5, "x": 2.0, "b": -0.25, "t": 0.9}.items())
    o = affine([w], [x], b).tanh()
    o.label = "o"
    E = (o - t) ** 2
    E.label = "E"
    return E


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_it_plays_the_steps_until_it_is_paused_or_at_the_end(opened, motion):
    tab = opened(page(simple()), reduced_motion=motion)
    tab.clock.install()
    tab.click("#play")
    assert tab.locator("#play").inner_text() == "Pause"
    tab.clock.run_for(1300)
    assert tab.locator("#where").inner_text() == "step 1 of 2"
    tab.click("#play")
    tab.clock.run_for(5000)
    assert tab.locator("#where").inner_text() == "step 1 of 2"
    tab.click("#play")
    tab.clock.run_for(1300)
    assert tab.locator("#where").inner_text() == "step 2 of 2"
    assert tab.locator("#play").inner_text() == "Play"
    tab.click("#play")  # again from the beginning
    tab.clock.run_for(1300)
    assert tab.locator("#where").inner_text() == "step 1 of 2"
    tab.keyboard.press("ArrowLeft")  # who steps by hand has taken over
    tab.clock.run_for(5000)
    assert tab.locator("#where").inner_text() == "step 0 of 2"


def test_a_step_of_gradient_descent_moves_the_parameters_and_the_output_falls(opened):
    E = neuron()
    tab = opened(page(E))
    parameters = [node for node in topological_order(E) if node.label in ("w", "b")]
    history = [E.data]
    tab.fill("#rate", "0.25")
    for _ in range(3):
        tab.click("#descend")
        found = gradients(E)
        held = {node.label: node.data - 0.25 * found[node] * (node in parameters) for node in topological_order(E)}
        for name in ("w", "b", "x", "t"):
            assert number(field_of(tab, name).input_value()) == pytest.approx(held[name], rel=1e-12)
        w, x, b, t = (Value(held[name], name) for name in ("w", "x", "b", "t"))
        E = (affine([w], [x], b).tanh() - t) ** 2
        parameters = [w, b]
        history.append(E.data)
    assert history == sorted(history, reverse=True)
    assert [number(text) for text in shown(tab, "#history .num")] == pytest.approx(history, rel=1e-5)
    assert "Step 3: E fell by" in tab.locator("#descended").inner_text()
    assert "over 3 steps" in tab.locator("#fall svg").get_attribute("aria-label")
    tab.click("#reset")
    assert tab.locator("#history").is_hidden()
    assert number(field_of(tab, "w").input_value()) == 0.5


def test_a_leaf_that_is_not_ticked_stays_and_a_step_too_far_is_not_taken(opened):
    x = Value(2.0, "x")
    y = -(x.log())
    y.label = "y"
    tab = opened(page(y))
    tab.fill("#rate", "100")
    tab.click("#descend")
    assert number(field_of(tab, "x").input_value()) == 52.0
    tab.fill("#rate", "-1e5")
    tab.click("#descend")
    assert "nothing has moved" in tab.locator("#rate-why").inner_text()
    assert number(field_of(tab, "x").input_value()) == 52.0
    tab.fill("#rate", "1e400")
    tab.click("#descend")
    assert "too large" in tab.locator("#rate-why").inner_text()
    tab.get_by_label("x moves").uncheck()
    tab.fill("#rate", "1")
    tab.click("#descend")
    assert "No leaf moves" in tab.locator("#rate-why").inner_text()
    assert number(field_of(tab, "x").input_value()) == 52.0


def test_of_a_sheet_those_leaves_move_by_which_it_differentiates_the_output(opened, seed):
    tab = opened(seed[1])
    ticked = tab.locator("#leaf-rows tr", has=tab.locator("input:checked")).locator("bdi").all_inner_texts()
    assert ticked == [f"w{at}" for at in range(1, 9)]


# -- Leaves, and the way through the page -------------------------------------------------------------


def test_the_leaves_are_sorted_as_people_count(opened):
    leaves = [Value(1.0, f"w{at}") for at in (10, 2, 1, 9)] + [Value(1.0, "b")]
    tab = opened(page(mean(leaves)))
    assert shown(tab, "#leaf-rows bdi") == ["b", "w1", "w2", "w9", "w10"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("1e400", "1e400 is too large"), ("-1e-400", "is too small"), ("two", "is no number"), ("", "is no number")],
)
def test_what_no_leaf_can_hold_is_refused_in_a_sentence(opened, text, words):
    tab = opened(page(simple()))
    field = field_of(tab, "a")
    field.fill(text)
    field.press("Enter")
    said = tab.locator(".refused:visible")
    assert words in said.inner_text()
    assert said.get_attribute("id") == field.get_attribute("aria-describedby")
    assert tab.locator("#node-0").get_attribute("data-value") == "4"
    field.fill("3")
    field.press("Enter")
    assert tab.locator(".refused:visible").count() == 0
    assert tab.locator("#node-0").get_attribute("data-value") == "1"


def test_dragging_selects_no_text(opened):
    tab = opened(page(simple()))
    leaf = tab.locator(".card.leaf").first.bounding_box()
    tab.mouse.move(leaf["x"] + 30, leaf["y"] + 20)
    tab.mouse.down()
    tab.mouse.move(700, 700)
    tab.mouse.move(300, 500)
    tab.mouse.up()
    assert tab.evaluate("getSelection().toString()") == ""


def test_tab_goes_through_the_nodes_in_the_order_of_the_steps(opened, seed):
    tab = opened(seed[1])
    tab.click("#fold")
    tab.keyboard.press("ArrowRight")
    tab.locator("#node-0").focus()
    met = []
    for _ in topological_order(seed[0]):
        met.append(tab.evaluate("document.activeElement.id"))
        tab.keyboard.press("Tab")
    assert met == [f"node-{at}" for at in range(len(met))]


def test_on_a_phone_it_opens_where_the_step_is(opened, seed):
    tab = opened(seed[1], viewport={"width": 390, "height": 844})
    view, output = tab.locator("#view").bounding_box(), tab.locator("#node-0").bounding_box()
    assert view["x"] <= output["x"]
    assert output["x"] + output["width"] <= view["x"] + view["width"]
    assert tab.locator("#view").evaluate("view => view.scrollLeft") > 100


@pytest.mark.parametrize("width", [390, 1400])
def test_no_value_touches_its_label(opened, width):
    leaves = [Value(x, f"x{at}") for at, x in enumerate([-0.000123457, -1.23457e-100, 123456.0, -9.87654e200])]
    product = leaves[0] * leaves[1]
    for leaf in leaves[2:]:
        product = product * 1e-80 + leaf * 1e-150
    tab = opened(page(product), viewport={"width": width, "height": 900})
    tab.keyboard.press("End")
    gaps = tab.eval_on_selector_all(
        ".card:not(.away)",
        "cards => cards.flatMap(card => ['value', 'grad'].map((kind, at) => card.querySelector(`.${kind}`)"
        ".getBoundingClientRect().left - card.querySelectorAll('.word')[at].getBoundingClientRect().right))",
    )
    assert min(gaps) > 3
