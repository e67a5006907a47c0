"""A worked derivation: every line of it holds, it says what a textbook says, and any label is safe in it."""

import math
import re
import shutil
import subprocess
from fractions import Fraction
from itertools import pairwise

import pytest
from holding import check
from hypothesis import given
from markup import DOCUMENT, check_markup
from strategies import examples, recipes

from autograd import (
    ArgumentError,
    DomainError,
    NotFoundError,
    OperandError,
    OutputError,
    Value,
    affine,
    gradients,
    half_squared_error,
    total,
)
from autograd.derivation.comparison import compare_orders
from autograd.derivation.context import DerivationContext
from autograd.derivation.one_weight import explain
from autograd.document.blocks import Equations
from autograd.document.document import Document
from autograd.document.line_breaks import broken
from autograd.engine.graph import Graph
from autograd.symbolic.equations import Derivative, Equation, Piece, Product, Sum
from autograd.symbolic.expr import Apply, Symbol
from autograd.symbolic.notations import PRODUCT, SUM
from autograd.symbolic.printer import write
from autograd.table import ops
from autograd.table.ops import TABLE

needs_pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex on this machine")

HOSTILE = (
    "<script>alert(1)</script>", "</style>", "a_b^c%d#e&f~g\\h{i}$j", "w|x`y`", "$$", "]]>", "-->", "\\input{x}",
    'quo"te\'s', "two\nlines", "\x1b[31mred", "שלום", "重み😀", "x̄ é ñ", "λ₁", "a1[2]", "50 %", "_", "^", "", "δ", "…",
)  # fmt: skip


def network():
    """The 2-2-2 network of the published walkthrough: its nodes by their labels."""
    numbers = {"I1": 0.05, "I2": 0.1, "t1": 0.01, "t2": 0.99}
    numbers |= {"w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45, "w7": 0.5, "w8": 0.55}
    n = {name: Value(number, name) for name, number in numbers.items()}
    for net, out, (u, v), (x, y) in (
        ("net_h1", "h1", ("w1", "w2"), ("I1", "I2")),
        ("net_h2", "h2", ("w3", "w4"), ("I1", "I2")),
        ("net_o1", "o1", ("w5", "w6"), ("h1", "h2")),
        ("net_o2", "o2", ("w7", "w8"), ("h1", "h2")),
    ):
        n[net] = affine([n[u], n[v]], [n[x], n[y]])
        n[out] = n[net].sigmoid()
    n["E1"], n["E2"] = half_squared_error(n["o1"], n["t1"]), half_squared_error(n["o2"], n["t2"])
    n["E"] = n["E1"] + n["E2"]
    for name, node in n.items():
        node.label = name
    return n


def squeezed(text):
    """Without the breaks of long lines."""
    return re.sub(r"\s+", " ", text)


def table_rows(text, head):
    """The rows of the table whose head begins so, folded cells put together again."""
    first, *lines = text[text.index(head) :].partition("\n\n")[0].splitlines()
    starts = [match.start() for match in re.finditer(r"(?<!\S )(?<!\S)\S", first)]
    indent = text[: text.index(head)].rpartition("\n")[2].count(" ")
    rows = []
    for line in lines[1:]:
        cells = [line[indent:][start:end].strip() for start, end in zip(starts, [*starts[1:], None])]
        if cells[0]:
            rows.append(cells)
        else:
            rows[-1] = [" ".join(filter(None, pair)) for pair in zip(rows[-1], cells)]
    return rows


# -- Every line holds -------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [f"w{i}" for i in range(1, 9)] + ["I1", "t2", "h2", "net_o1"])
def test_every_equation_of_the_network_holds(weight):
    n = network()
    context = DerivationContext(Graph(n["E"]))
    rate = 0.5 if n[weight].op is None else None
    for colours in (False, True):
        assert check(explain(n["E"], weight, lr=rate, colors=colours), context) >= 8
    assert check(compare_orders(n["E"], weight), context) >= 4


@given(recipes(longest=9))
@examples(max_examples=150)
def test_every_equation_of_a_random_graph_holds(recipe):
    nodes = recipe.build()
    root = nodes[-1]
    try:
        context = DerivationContext(Graph(root))
    except DomainError:  # a derivative that does not exist
        return
    for leaf in nodes[: len(recipe.leaves)]:
        derivation = explain(root, leaf, lr=0.25)
        gradient = gradients(root).get(leaf, 0.0)
        assert derivation.gradient == gradient or gradient != gradient
        if all(
            math.isfinite(v) and abs(v) < 1e100
            for node in context.graph.order
            for v in (node.data, context.gradients[node])
        ):
            check(derivation, context)
            check(compare_orders(root, leaf), context)


PLAIN = str.maketrans({"−": "-", "×": "*", "²": "**2"})


def written_equations(text):
    """The equations of a text as they are to be read there, broken lines put together again."""
    found = []
    tables = [block for block in text.split("\n\n") if re.search("^ +─+$", block, re.MULTILINE)]
    for line in "".join(block for block in re.split("(\n\n)", text) if block not in tables).splitlines():
        words = line.strip()
        if words.startswith("= "):
            found[-1].append(words[2:])
        elif words.startswith(("+ ", "− ", "· ", "× ")) and found:
            found[-1][-1] += f" {words}"
        elif line.startswith("    ") and " = " in words:
            found.append(words.split(" = "))
    return found


@given(recipes(names=("add", "sub", "mul", "div", "neg", "exp", "sin", "tanh", "affine", "total"), longest=9))
@examples(max_examples=150)
def test_the_numbers_in_a_text_work_out_as_they_are_written(recipe):
    nodes = recipe.build()
    gradient = gradients(nodes[-1])
    scale = max(abs(v) for node, grad in gradient.items() for v in (1e-300, node.data, grad))
    if not scale < 1e50:
        return
    for leaf in nodes[: len(recipe.leaves)]:
        for document in (explain(nodes[-1], leaf, digits=17), compare_orders(nodes[-1], leaf, digits=17)):
            for sides in written_equations(str(document)):
                numbers = [side for side in sides[1:] if re.fullmatch(r"([\d.+−×/()²e ]|exp|sin|cos|tanh)+", side)]
                results = [eval(side.translate(PLAIN), {}, TABLE) for side in numbers]  # noqa: S307 -- our own text
                for result in results:
                    assert math.isclose(result, results[-1], rel_tol=1e-9, abs_tol=1e-12 * scale), sides


def test_a_wrong_line_would_be_found():
    n = network()
    derivation = explain(n["E"], "w1")
    context = DerivationContext(Graph(n["E"]))
    sides = (Derivative(context.names[n["E"]], context.names[n["w1"]]), 0.000188)
    wrong = Document(derivation.title, [*derivation.blocks, Equations((Equation(sides),))])
    with pytest.raises(AssertionError):
        check(wrong, context)


# -- It says what the textbook says ------------------------------------------------------------------


def test_the_paths_of_w1_are_added_and_their_shared_factors_taken_out_once():
    derivation = explain(network()["E"], "w1", lr=0.5)
    text = squeezed(str(derivation))
    assert "2 paths lead from w1 to E." in text
    assert "w1 → net_h1 → h1 → net_o1 → o1 → E1 → E" in text
    assert "∂E/∂E1 · ∂E1/∂o1 · ∂o1/∂net_o1 · ∂net_o1/∂h1 · ∂h1/∂net_h1 · ∂net_h1/∂w1" in text
    row = ["∂o1/∂net_o1", "o1 = σ(net_o1)", "o1· (1 − o1)", "0.606478 × (1 − 0.606478) = 0.238662", "1"]
    assert row in table_rows(str(derivation), "derivative  ")
    assert "∂E/∂w1 = (δ_o1·w5 + δ_o2·w7)·h1·(1 − h1)·I1" in text
    assert "= (0.0569427 − 0.0418794) × 0.249953 × 0.05 = 0.0150633 × 0.249953 × 0.05 = 0.000188256" in text
    assert "∂E/∂w1 = 0.00071165 − 0.000523394 = 0.000188256" in text
    assert "15.2 % of their magnitude is left" in text
    assert "w1_new = w1 − η · ∂E/∂w1 = 0.15 − 0.5 × 0.000188256 = 0.15 − 9.41278e−5 = 0.149906" in text


def test_the_one_path_of_w5_is_one_product():
    text = squeezed(str(explain(network()["E"], "w5", lr=0.5)))
    assert "w5 → net_o1 → o1 → E1 → E" in text
    assert "∂E/∂w5 = (o1 − t1)·o1·(1 − o1)·h1 = 1 × 0.596478 × 0.238662 × 0.506875 = 0.0721571" in text
    assert "Shared factors" not in text


def test_the_numbers_are_those_of_the_closed_formulas():
    n = network()
    h1, h2 = 1 / (1 + math.exp(-0.0275)), 1 / (1 + math.exp(-0.0425))
    o1, o2 = 1 / (1 + math.exp(-0.4 * h1 - 0.45 * h2)), 1 / (1 + math.exp(-0.5 * h1 - 0.55 * h2))
    d1, d2 = (o1 - 0.01) * o1 * (1 - o1), (o2 - 0.99) * o2 * (1 - o2)
    derivation = explain(n["E"], n["w1"], lr=0.5)
    slope = h1 * (1 - h1)
    assert [path.product for path in derivation.paths] == pytest.approx(
        [d1 * 0.4 * slope * 0.05, d2 * 0.5 * slope * 0.05]
    )
    assert derivation.gradient == pytest.approx((d1 * 0.4 + d2 * 0.5) * slope * 0.05, rel=1e-12)
    assert derivation.updated == 0.15 - 0.5 * derivation.gradient
    assert [factor.value for factor in derivation.factors] == pytest.approx([0.05, slope, d1 * 0.4 + d2 * 0.5])


def test_paths_that_part_and_meet_again_share_both_ends():
    w, v, u, x = Value(0.5, "w"), Value(-0.3, "v"), Value(0.8, "u"), Value(2.0, "x")
    a = (w * x).tanh()
    a.label = "a"
    root = (a * v + (a * u).sin()).sigmoid()
    root.label = "E"
    text = squeezed(str(explain(root, w)))
    assert "∂E/∂w = E·(1 − E)·(v + cos(v2)·u)·(1 − a²)·x" in text


def test_a_square_has_two_paths_along_two_edges():
    x = Value(3.0, "x")
    root = x * x
    root.label = "E"
    derivation = explain(root, x)
    assert [path.product for path in derivation.paths] == [3.0, 3.0]
    assert "∂E/∂x = ∂E/∂x|₁ + ∂E/∂x|₂" in str(derivation)
    assert "∂E/∂x|₂ E = x·x x 3 2" in squeezed(str(derivation))
    assert "in that place alone, the others held fixed" in squeezed(str(derivation))
    assert "∂E/∂x = 3 + 3 = 6" in str(derivation)


def test_signs_and_brackets_are_those_of_the_schoolbook():
    a, b = Symbol("a"), Symbol("b")
    assert write(Product((Apply(ops.div, (-1.0, 2.0)), 3.0))) == "(−1/2) × 3"
    assert write(Sum((a, Apply(ops.neg, (Sum((a, b)),))))) == "a − (a + b)"
    assert write(Sum((-0.5, -0.25, 0.125))) == "−0.5 − 0.25 + 0.125"
    assert write(Product((-0.5, -0.25))) == "(−0.5) × (−0.25)"
    assert write(Piece(-0.5, PRODUCT)) == "(−0.5)"
    assert write(Piece(Apply(ops.div, (-1.0, 2.0)), PRODUCT)) == "(−1/2)"
    assert write(Piece(a - b, PRODUCT)) == "(a − b)"
    assert write(Piece(-0.5, SUM)) == "−0.5"


def test_every_part_of_a_broken_line_is_as_it_was_in_one():
    long = [Symbol(letter * 20) for letter in "abcd"]
    differences = [x - y for x, y in pairwise(long)]
    side = Sum((Product(tuple(differences)), Apply(ops.neg, (differences[0],)), -0.5, differences[1]))
    _, *lines = broken(Equation((Symbol("E"), side)))
    assert [line.sign for line in lines] == ["=", "·", "·", "−", "−", "+"]
    assert [line.depth for line in lines] == [0, 1, 1, 0, 0, 0]
    a, b, c, d = (letter * 20 for letter in "abcd")
    written = [f"({a} − {b})", f"({b} − {c})", f"({c} − {d})", f"({a} − {b})", "0.5", f"({b} − {c})"]
    assert [write(line.formula) for line in lines] == written


@pytest.mark.parametrize(("count", "wanted"), [(6, ["abc", "def"]), (7, ["abcd", "efg"]), (3, ["abc"])])
def test_of_factors_too_many_for_a_line_each_line_has_as_many_as_may_be(count, wanted):
    factors = tuple(Symbol(letter * 16) for letter in "abcdefg"[:count])
    _, *lines = broken(Equation((Symbol("E"), Product(factors))))
    assert ["".join(sorted(set(write(line.formula)) - set("=· "))) for line in lines] == wanted


def test_a_sum_that_is_taken_away_keeps_its_brackets():
    x, a = Value(0.5, "x"), Value(3.0, "a")
    root = (x * a - x.leaky_relu(0.1)).exp()
    root.label = "E"
    text = squeezed(str(explain(root, x)))
    assert "∂E/∂x = E·(a − ([x > 0] + (1 − [x > 0])·0.1)) = " in text


def test_fractions_stay_exact():
    x, y = Value(Fraction(1, 3), "x"), Value(Fraction(2, 7), "y")
    root = (x * y + x) ** 2 / y
    root.label = "E"
    derivation = explain(root, x, lr=Fraction(1, 2))
    assert (derivation.gradient, derivation.updated) == (Fraction(27, 7), Fraction(-67, 42))
    assert "7/2 × 6/7 × (1 + 2/7)" in str(derivation)
    assert r"\frac{27}{14} = -\frac{67}{42}" in derivation.to_latex()


def test_nodes_with_the_same_label_are_told_apart():
    first, second = Value(2.0, "x"), Value(5.0, "x")
    root = first * second
    root.label = "E"
    assert "∂E/∂x#1 = x#2 = 5" in str(explain(root, first))
    assert r"{x}^{\#2}" in explain(root, first).to_latex()


def test_neurons_made_of_single_operations_have_error_signals_too():
    w1, w2, x, b, v = (Value(0.3 * k, name) for k, name in enumerate(("w1", "w2", "x", "b", "v"), 1))
    h = (w1 * x + b).tanh()
    g = (w2 * x + b).tanh()
    o = (h * v + g * w1).tanh()
    for node, name in ((h, "h"), (g, "g"), (o, "o")):
        node.label = name
    root = half_squared_error(o, 0.5) + half_squared_error(h, 0.1)
    root.label = "E"
    text = str(explain(root, b))
    assert "∂E/∂b = δ_g + δ_h" in text
    assert "(δ_o·v + (h − 0.1))·(1 − h²)" in text


def test_biases_shared_by_samples_are_a_sum_of_error_signals():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    outputs = []
    for x in (1.0, -2.0, 0.5):
        z = affine([w], [x], b)
        z.label = "z"
        a = z.sigmoid()
        a.label = "a"
        outputs.append(a)
    root = total([half_squared_error(a, 1.0) for a in outputs])
    root.label = "E"
    assert "∂E/∂b = δ_a#1 + δ_a#2 + δ_a#3" in str(explain(root, b))


def test_very_small_and_very_large_numbers_show_as_themselves():
    x = Value(1e-300, "x")
    root = x * 1e300 * x
    root.label = "E"
    assert "x·1e300 = 1e−300 × 1e300 = 1" in str(explain(root, x))
    assert r"10^{-300}" in explain(root, x).to_latex()
    infinite = Value(2.0, "y") * math.inf
    assert r"\infty" in explain(infinite, "y").to_latex()


def test_a_saturated_neuron_does_not_read_one_minus_one():
    z = Value(-8.0, "z")
    a = z.tanh()
    a.label = "a"
    assert "1 − (−0.9999998)² = 4.50141e−7" in str(explain(a, z))


def test_digits_are_for_reading_only():
    n = network()
    few, many = explain(n["E"], "w1", lr=0.5, digits=3), explain(n["E"], "w1", lr=0.5, digits=17)
    assert few.gradient == many.gradient
    assert "(0.0569 − 0.0419) × 0.25 × 0.05 = 0.0151 × 0.25 × 0.05 = 0.000188" in squeezed(str(few))
    assert repr(many.gradient) in str(many)


# -- Colours ----------------------------------------------------------------------------------------


def test_error_gradient_and_input_have_each_their_colour():
    derivation = explain(network()["E"], "w1", colors=True)
    red, green, blue, off = (f"\x1b[{code}m" for code in (31, 32, 34, 0))
    assert f"{red}(δ_o1·w5 + δ_o2·w7){off}·{green}h1·(1 − h1){off}·{blue}I1{off}" in str(derivation)
    assert r"{\color{#df2f2f}\left(\delta_{o1} \cdot w_{5}" in derivation.to_markdown()
    assert r"{\color[rgb]{0.875,0.184,0.184}\left(\delta_{o1}" in derivation.to_latex()
    html = derivation.to_html()
    assert all(f'<mrow class="{color}">' in html for color in ("red", "green", "blue"))
    assert "the slope of the activation" in str(derivation)


def test_without_colours_there_are_none():
    derivation = explain(network()["E"], "w1")
    assert "\x1b" not in str(derivation)
    assert not any("color{" in text for text in (derivation.to_markdown(), derivation.to_latex()))
    assert "<mrow class" not in derivation.to_html()


# -- Two orders -------------------------------------------------------------------------------------


def test_both_orders_give_the_same_gradient():
    n = network()
    both = compare_orders(n["E"], "w1")
    assert both.by_signals == gradients(n["E"])[n["w1"]]
    assert both.by_paths == pytest.approx(both.by_signals, rel=1e-12)
    text = squeezed(str(both))
    assert "path 1 = 1 × 0.596478 × 0.238662 × 0.4 × 0.249953 × 0.05 = 0.00071165" in text
    assert "∂E/∂h1 = δ_o1·w5 + δ_o2·w7 = 0.142357 × 0.4 + (−0.0837589) × 0.5" in text
    assert "δ_h1 = ∂E/∂net_h1 = ∂E/∂h1 · h1 · (1 − h1) = 0.0150633 × 0.249953 = 0.00376511" in text
    assert "sum over paths 12 0.000188256 δ passed back 10 0.000188256" in text


def test_where_the_paths_are_too_many_only_the_signals_are_counted():
    y = x = Value(0.5, "x")
    for _ in range(40):
        y = y + y
    y.label = "E"
    both = compare_orders(y, x)
    assert (both.by_paths, both.by_signals) == (None, 2.0**40)
    assert "1,099,511,627,776 paths" in str(both)
    assert "δ passed back" in str(both)


# -- Large and odd ----------------------------------------------------------------------------------


def test_of_many_paths_the_largest_are_written_out_with_the_remainder():
    x = Value(0.7, "x")
    rank = [x * (0.1 * k) for k in range(1, 5)]
    for _ in range(6):
        rank = [affine([Value(0.1 * (j + k)) for j in range(4)], rank).tanh() for k in range(4)]
    root = total(rank)
    root.label = "E"
    derivation = explain(root, x)
    assert len(derivation.paths) == 4
    assert derivation.paths.count == 4**7
    text = squeezed(str(derivation))
    assert "16,384 paths lead from x to E, too many to write out; here are the 4 with the largest products." in text
    assert "what the other 16,380 paths add up to" in text
    assert sum(path.product for path in derivation.paths) + derivation.paths.remainder == pytest.approx(
        derivation.gradient
    )


def test_a_chain_of_thousands_of_nodes_is_shortened():
    y = x = Value(0.999, "x")
    for _ in range(20_000):
        y = y * 1.0001
    y.label = "E"
    derivation = explain(y, x)
    assert "… 19989 more …" in str(derivation)
    assert len(str(derivation).splitlines()) < 120
    assert derivation.gradient == gradients(y)[x]


def test_a_sum_of_many_terms_is_shortened():
    leaves = [Value(float(k), f"x{k}") for k in range(200)]
    root = total(leaves)
    root.label = "E"
    assert "E = x0 + x1 + x2 + x3 + x4 + … + x198 + x199" in str(explain(root, "x7"))


def test_what_it_does_not_depend_on_has_the_derivative_0():
    w, other = Value(2.0, "w"), Value(3.0, "q")
    root = w * w
    root.label = "E"
    derivation = explain(root, other, lr=0.5)
    assert "No path leads from q to E" in str(derivation)
    assert (derivation.gradient, derivation.updated) == (0.0, 3.0)
    assert compare_orders(root, other).by_signals == 0.0


def test_the_root_itself_has_the_derivative_1():
    root = Value(2.0, "w") * 3.0
    root.label = "E"
    assert explain(root, root).gradient == 1.0
    assert compare_orders(root, "E").by_paths == 1.0


def test_explaining_changes_nothing_in_the_graph():
    n = network()
    n["E"].backward()
    before = {name: (node.data, node.grad) for name, node in n.items()}
    explain(n["E"], "w1", lr=0.5).to_html()
    compare_orders(n["E"], "w1").to_latex()
    assert before == {name: (node.data, node.grad) for name, node in n.items()}


def test_the_same_program_gives_the_same_document():
    written = ("__str__", "to_markdown", "to_latex", "to_html", "_repr_html_", "_repr_markdown_")
    once, again = (explain(network()["E"], "w1", lr=0.5) for _ in range(2))
    assert [getattr(once, name)() for name in written] == [getattr(again, name)() for name in written]


# -- Mistakes of the user ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda n: explain(n["E"], "w9"), NotFoundError, "did you mean w"),
        (lambda _: explain(3.0, "w1"), OperandError, "a graph starts at a Value"),
        (lambda n: explain(n["E"], 7), OperandError, "by its label"),
        (lambda n: explain(n["E"], "w1", lr="fast"), OperandError, "lr is the learning rate, a number such as 0.5"),
        (lambda n: explain(n["E"], "w1", lr=math.inf), ArgumentError, "finite"),
        (lambda n: explain(n["E"], "h1", lr=0.5), ArgumentError, "h1 is computed (sigmoid)"),
        (lambda n: explain(n["E"], "w1", digits=0), ArgumentError, "from 1 to 17, not 0"),
        (lambda n: explain(n["E"], "w1", digits=True), ArgumentError, "from 1 to 17, not True"),
        (lambda n: compare_orders(n["E"], "w1", digits=2.5), ArgumentError, "from 1 to 17, not 2.5"),
        (lambda n: explain(n["E"], "w1").save("w1.docx"), ArgumentError, "by the file's ending"),
        (lambda n: explain(n["E"], "w1").save("/no/such/folder/w1.md"), OutputError, "could not be written"),
    ],
)
def test_a_mistake_is_named(ask, error, says):
    with pytest.raises(error, match=re.escape(says)):
        ask(network())


def test_after_a_change_the_recorded_numbers_are_shown_with_a_line_that_says_so():
    n = network()
    before = explain(n["E"], "w1")
    n["w5"].data = 0.36
    derivation, both = explain(n["E"], "w1"), compare_orders(n["E"], "w1")
    assert derivation.gradient == both.by_signals == before.gradient
    for document in (derivation, both):
        assert "These are the recorded numbers: net_o1 no longer follows from its operands" in squeezed(str(document))
    row = next(row for row in table_rows(str(derivation), "derivative  ") if row[0] == "∂net_o1/∂h1")
    assert row[2:4] == ["w5", "0.4"]
    assert "(0.142357 × 0.4 + (−0.0837589) × 0.5) × 0.506875 × (1 − 0.506875)" in squeezed(str(derivation))
    assert squeezed(str(before)).split("1. The paths")[1] == squeezed(str(derivation)).split("1. The paths")[1]


def test_a_number_changed_far_from_the_weight_is_named_too():
    x, last = Value(0.5, "x"), Value(2.0, "last")
    way = x
    for _ in range(8):
        way = way.sin()
    root = way * last + x
    assert "recorded" not in str(explain(root, x))
    last.data = 3.0
    assert "last = 3" in str(explain(root, x))


def test_a_derivative_that_does_not_exist_is_an_error():
    x = Value(0.0, "x")
    with pytest.raises(DomainError, match="sqrt of x = 0"):
        explain(x.sqrt(), x)


# -- Four readings, and any label in them -------------------------------------------------------------


def hostile():
    """A small network all of whose labels are hostile."""
    leaves = [Value(0.1 * (k + 1), label) for k, label in enumerate(HOSTILE)]
    nodes = [affine(leaves[0:10:2], leaves[1:10:2]), affine(leaves[10:20:2], leaves[11:20:2])]
    nodes += [nodes[0].tanh(), nodes[1].sigmoid(), nodes[0].relu()]
    nodes.append(half_squared_error([nodes[2], nodes[3], nodes[4]], [leaves[20], leaves[21], leaves[0]]))
    for node, label in zip(nodes, ("z_{1}", "`z`", "a$$b", "a[2]#", "</math><b>", "E & <i>")):
        node.label = label
    return nodes[-1], leaves


@pytest.mark.parametrize("label", range(len(HOSTILE)))
def test_any_label_is_a_label_in_html(label):
    root, leaves = hostile()
    page = explain(root, leaves[label], lr=0.1, colors=True).to_html()
    read = check_markup(page, DOCUMENT)
    assert "<script" not in page
    if HOSTILE[label] == "<script>alert(1)</script>":
        assert "<script>alert(1)</script>" in read.words


def test_the_html_loads_nothing():
    page = explain(network()["E"], "w1").to_html()
    assert "default-src 'none'" in page
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)


@pytest.mark.parametrize("label", range(len(HOSTILE)))
def test_any_label_stays_inside_its_formula_in_markdown(label):
    root, leaves = hostile()
    derivation = explain(root, leaves[label], lr=0.1, colors=True)
    text = derivation.to_markdown()
    outside = re.sub(r"```math\n.*?\n```|\$`[^`]*`\$", "", text, flags=re.DOTALL)
    assert not set("$`<>") & set(outside)
    rows = [re.sub(r"\$`[^`]*`\$", "", line) for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} <= {3, 5, 6}  # a label adds no column
    between = re.sub(r"\$\$.*?\$\$|\$[^$]*(?:\\\$[^$]*)*\$", "", derivation.to_markdown(dollars=True), flags=re.DOTALL)
    assert not set("<>`") & set(between)


@pytest.mark.parametrize("label", range(len(HOSTILE)))
def test_any_label_leaves_the_terminal_alone(label):
    root, leaves = hostile()
    text = str(explain(root, leaves[label], lr=0.1))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_what_pdftex_has_no_letter_for_is_declared():
    root, leaves = hostile()
    text = explain(root, leaves[10]).to_latex()
    head, body = text.split("\\begin{document}")
    declared = {chr(int(code, 16)) for code in re.findall(r"DeclareUnicodeCharacter\{([0-9A-F]+)\}", head)}
    assert {c for c in body if not c.isascii()} <= declared
    assert body.count("{") - body.count(r"\{") == body.count("}") - body.count(r"\}")


@needs_pdflatex
def test_the_latex_of_any_label_compiles(tmp_path):
    root, leaves = hostile()
    for number, label in enumerate((0, 2, 3, 11, 15)):
        explain(root, leaves[label], lr=0.1, colors=True).save(tmp_path / f"{number}.tex")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{number}.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-1500:]
        assert (tmp_path / f"{number}.pdf").stat().st_size > 10_000


def test_a_file_is_written_in_the_way_its_ending_asks_for(tmp_path):
    derivation = explain(network()["E"], "w1", lr=0.5)
    for ending, written in ((".txt", "__str__"), (".md", "to_markdown"), (".tex", "to_latex"), (".html", "to_html")):
        path = derivation.save(tmp_path / f"w1{ending}")
        assert path.read_text(encoding="utf-8") == getattr(derivation, written)()
    assert len(list(tmp_path.iterdir())) == 4  # and nothing else is left there


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "w1.md").mkdir()
    with pytest.raises(OutputError, match=r"w1\.md' could not be written"):
        explain(network()["E"], "w1").save(tmp_path / "w1.md")
    assert [path.name for path in tmp_path.iterdir()] == ["w1.md"]


def test_a_notebook_shows_formulas_between_dollars():
    assert explain(network()["E"], "w1")._repr_html_() is None  # so that it takes the Markdown
    text = explain(network()["E"], "w1")._repr_markdown_()
    assert "$$\n\\begin{aligned}\n\\frac{\\partial E}{\\partial w_{1}} &=" in text
    assert "`" not in text


def test_a_prompt_shows_the_text():
    derivation = explain(network()["E"], "w1")
    assert repr(derivation) == str(derivation)
