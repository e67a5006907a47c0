"""What marking says of a line beside its verdict: the number that it should be, and whose mistake it is."""

import math

import pytest

from autograd import Value, check, mark
from autograd.marking.budget import MAX_DIAGNOSED
from autograd.marking.messages import MAX_PLACES, formula_text
from autograd.sheet.sheet import Sheet

pytestmark = pytest.mark.portable

NETWORK = "x = 0.5; w = 0.8; b = 0.1\nloss: y\nz = w*x + b\ny = exp(z)\n"  # line 5 is the next


def said(text):
    """The last verdict of a sheet."""
    return mark(text).verdicts[-1]


CASES = {
    # -- numbers
    "a number is wanted with the digits that the line has": (
        "x = 0.5; w = 0.8\nz = w*x = 0.4700",
        ("slip", "your w*x gives 0.4000"),
    ),
    "in powers of ten where the line has powers of ten": (
        "x = 1.23e-7; w = 0.5\ny = x*w = 6.25e-8",
        ("slip", "your x*w gives 6.15e−08"),
    ),
    "a whole number as what it is": ("n = 3*4 + 0.5 = 13", ("slip", "gives 12.5")),
    "both what the own figures give and what is exact, where they differ": (
        "x = 0.335; w = 0.675\nz = x*w = 0.23\nh = z*z = 0.0600",  # 0.23² = 0.0529; (0.335·0.675)² = 0.051133
        ("slip", "your z*z gives 0.0529; from the exact values it is 0.0511"),
    ),
    "also where that is more": (
        "x = 0.87; w = 0.27\nz = x*w = 0.23\nh = z*z = 0.0600",  # 0.23² = 0.0529; (0.87·0.27)² = 0.05518
        ("slip", "your z*z gives 0.0529; from the exact values it is 0.0552"),
    ),
    "rounding that was carried along is said with the exact number": (
        "x = 0.335; w = 0.675\nz = x*w = 0.23\nh = z*z = 0.0529",
        ("rounded", "0.0511 when no rounding is carried along"),
    ),
    "a tie of the own figures may be rounded either way": (
        "x = 0.83; w = 0.483\na = x*w = 0.40\ny = a*1 = 0.41",  # 0.405, which 0.40 stands for
        ("rounded", "0.40 when no rounding is carried along"),
    ),
    "a right number after a wrong one is right again": (
        "x = 0.5; w = 0.8\nz = w*x = 0.5\nh = z*z = 0.16",
        ("right", "right again: your z*z would give 0.25"),
    ),
    "the number after a number is held to it": (
        "x = 0.5; w = 0.8\nz = w*x = 0.4231 = 0.42",
        ("follows", "it should be 0.40"),
    ),
    "a number that rounds the one before it, which is right": ("y = exp(0.5) = 1.6487 = 1.65", ("right", "")),
    "a number that does not round the one before it": (
        "y = exp(0.5) = 1.6487 = 1.64",
        ("slip", "your 1.6487 gives 1.65"),
    ),
    "nothing is left of a small number": (
        "x = 0.001; w = 0.002\ny = w*x = 0.00",
        ("uninformative", "no digit is left of 2e−6"),
    ),
    "a number that is 0 is not a small one": ("x = 0.5\ny = x - x = 0.00", ("right", "")),
    "0 after a mistake that made it 0": (
        "x = 0.5; w = 0.8\nz = w*x = 0\nh = z*z = 0",
        ("uninformative", "0 whatever the line says, because of line 2, z = 0; it should be 0.16"),
    ),
    "what comes of a 0 that is a mistake need not be 0": (
        "x = 0.5; w = 0.8\nz = w*x = 0\nk = z + x = 0.5",
        ("follows", "from line 2, z = 0; it should be 0.9"),
    ),
    # -- arithmetic
    "figures put together as they belong": ("x = 0.5; w = 0.8\nh = w*x = 0.8*0.5", ("right", "")),
    "a wrong figure among them": (
        "x = 0.5; w = 0.8\nz = w*x = 0.4\nh = z*w = 0.4*0.5",
        ("slip", "your z*w gives 0.32, and this gives 0.2"),
    ),
    "without a line before it: against what is asked": (
        "x = 0.5; w = 0.8\ng = x*w\ng = 0.45*0.8",
        ("wrong", "this gives 0.36; g is 0.4"),
    ),
    "with as many digits as tell them apart": (
        "x = 0.7513650695\ny = x*1 = 0.75136505*1",
        ("slip", "your x*1 gives 0.7513651, and this gives 0.751365"),
    ),
    "a figure taken over from a mistake": (
        "x = 0.5; w = 0.8\nz = w*x = 0.45\nh = z*w = 0.45*0.8",
        ("follows", "from line 2, z = 0.45"),
    ),
    "a right figure in spite of a mistake": (
        "x = 0.5; w = 0.8\nz = w*x = 0.45\nh = z*w = 0.4*0.8",
        ("right", "right again: your z*w would give 0.36"),
    ),
    "rounded figures carried along": (
        "x = 0.335; w = 0.675\nz = x*w = 0.23\nh = z*z*z*z = 0.23*0.23*0.23*0.23",
        ("right", ""),  # 0.23⁴ for 0.225 to 0.235 holds the exact one
    ),
    "what has no number": ("x = 0.5; w = 0.8\nh = x*w = 0.5/0", ("wrong", "this cannot be computed")),
    "a figure that was not written before, among names": (NETWORK + "dy/dw = 1.6487*x", ("right", "")),  # e^0.5
    "a rounded figure among names stands for its interval": (
        "x = 0.83; w = 0.483\na = x*w = 0.40\ny = a*x = 0.40*x",
        ("right", ""),
    ),
    "also where it is right to the last digit, after one that was rounded": (
        "x = 0.5\nu = sqrt(2) = 1.41\nv = u*u = 2.0\ny = v*x = 2.0*x + 0.001",
        ("right", ""),
    ),
    # -- formulas
    "what it gives, what is asked, and one step of the chain rule": (
        NETWORK + "dy/dw = y*w",
        ("wrong", "this is not dy/dw: it gives 1.31898, and dy/dw is dy/dz·x = 0.824361"),
    ),
    "the right number by accident": (
        "x = 2; w = 2\nloss: y\ny = x*w\ndy/dw = w",
        ("wrong", "this is not dy/dw: it gives 2 too, but only at these numbers; dy/dw is x"),
    ),
    "no number at all": (
        "x = 2; w = 2\nloss: y\nz = x*w\ny = sin(z)\ndy/dw = cos(z)*x/(x-w)",
        ("wrong", "it cannot be computed here, and dy/dw is dy/dz·x = −1.30729"),
    ),
    "an equation about nothing that has a name": ("x = 2; w = 3\nx*w = x+w", ("wrong", "this gives 5, and x*w is 6")),
    "the same wrong formula in other words": (NETWORK + "dy/dw = y*w = w*y", ("follows", "the same as y*w")),
    "the right one after it": (NETWORK + "dy/dw = y*w = y*x", ("right", "right again, after y*w")),
    "the right one in a line of its own": (
        NETWORK + "dy/dw = y*w\ndy/dw = y*x",
        ("right", "right again, after line 5, dy/dw = y*w"),
    ),
    "said once, and not of what comes after that": (NETWORK + "dy/dw = y*w\ndy/dw = y*x\ndy/dw = x*y", ("right", "")),
    "another wrong one after it": (
        NETWORK + "dy/dw = y*w = y*w*x",
        ("wrong", "your y*w gives 1.31898, and this gives 0.659489; dy/dw is 0.824361"),
    ),
    "a wrong derivative carried on by the chain rule": (
        NETWORK + "dy/dz = z*y\ndy/dw = z*y*x",
        ("follows", "from line 5, dy/dz = z*y"),
    ),
    "the number of a wrong derivative, with the chain rule where there is nothing before it": (
        NETWORK + "dy/dw = 0.9",
        ("slip", "by dy/dz·x"),
    ),
    "and without it where there is": (NETWORK + "dy/dw = y*x = 0.9", ("slip", "your y*x gives 0.8")),
    "a long formula is cut": (
        "x = 0.5; w = 0.8\ny = x + w + x + w + x + w + x + w + x + w + x + w = 7.9",
        ("slip", "your x + w + x + w + x + w + x + w + x + w +… gives 7.8"),
    ),
    # -- told apart from what is nearly the same
    "a formula after a number does not take the number away": (
        "x = 0.333; w = 0.5\nz = w*x = 0.17 = x*w\nh = z*1000 = 170",  # exact: 166.5
        ("rounded", "166.5 when no rounding is carried along"),
    ),
    "an open question in a line is passed over": (
        "x = 0.5; w = 0.8\ny = x*w = ? = 0.47",
        ("slip", "your x*w gives 0.40"),
    ),
    "the figures are the writer's own where there is no key": (
        NETWORK + "dy/dw = 0.9",
        ("slip", "your figures give 0.8"),
    ),
    "a mistake that cannot be seen is not one that was got over": (
        "x = 0.5; w = 0.8\nz = w*x = 0.401\nh = z*10 = 4.0",
        ("right", ""),
    ),
    "nor in arithmetic": ("x = 0.5; w = 0.8\nz = w*x = 0.41\nh = z*0 + 5 = 0.41*0 + 5", ("right", "")),
    "a small number of a mistake that is 1": (
        "x = 2; w = 2\nz = w*x = 1\nh = z*0.004 = 0.00",
        ("follows", "it should be 0.02"),
    ),
    "a small number of less than nothing": (
        "x = -2; w = 2\nz = w*x = 1\nh = -z*0.004 = 0.00",
        ("follows", "it should be 0.02"),
    ),
    "a formula with a wrong figure in it": (
        NETWORK + "dy/dz = z*y\ndy/dw = dy/dz*w",
        ("wrong", "it would give 1.31898 with the right figures"),
    ),
    "a difference that is 0 because of a mistake": (
        "x = 0.5; w = 0.8\nz = w*x = 0.5\nh = z - 0.5 = 0",
        ("follows", "it should be −0.1"),
    ),
    "arithmetic on other figures than the wrong one": (
        "x = 0.5; w = 0.8\nz = w*x = 0.45\nh = z*w = 0.36*1",
        ("follows", "from line 2, z = 0.45"),
    ),
    "arithmetic that is wrong with the right figure too": (
        "x = 0.5; w = 0.8\nz = w*x = 0.45\nh = z*w = 0.45*0.5",
        ("slip", "your z*w gives 0.36, and this gives 0.225"),
    ),
    "a right formula after a right one": (NETWORK + "dy/dw = y*x = x*y", ("right", "")),
    "a right formula after a wrong number": (NETWORK + "dy/dw = y*x = 0.9 = x*y", ("right", "")),
    "a right formula of another derivative": (NETWORK + "dy/dz = z*y\ndy/dw = y*x", ("right", "")),
    "the right one after something else": (
        NETWORK + "dy/dw = y*w\ndy/dx = y*w\ndy/dw = y*x",
        ("right", "right again, after line 5, dy/dw = y*w"),
    ),
    "the last of several before it": (NETWORK + "dy/dw = y*w = w*y = y*w*x", ("wrong", "your w*y gives 1.31898")),
    "a mistake made again where the first is taken over by name": (
        NETWORK + "dy/dz = z*y\ndy/dw = dy/dz*z*x",
        ("wrong", "this is not dy/dw"),
    ),
    "two mistakes carried on at once": (NETWORK + "dy/dz = z*y\ndz/dw = w\ndy/dw = z*y*w", ("follows", "from line 5")),
    "what carries on a mistake, said again, comes from the mistake": (
        NETWORK + "dy/dz = z*y\ndy/dw = z*y*x\ndy/dw = x*y*z + 0",
        ("follows", "from line 5, dy/dz = z*y"),
    ),
    "a derivative after one that cannot be computed": (NETWORK + "dy/dz = y/(x-x)\ndy/dw = y*w", ("wrong", "dy/dz·x")),
    "nor anywhere else": (NETWORK + "dy/dz = log(-y)\ndy/dw = y*w", ("wrong", "dy/dz·x")),
    "a given that is another one later": ("x = 0.65; w = 2\ny = x*w\nx = 0.651", ("not judged", "lines 1 and 3")),
}


@pytest.mark.parametrize("case", CASES)
def test_the_reason_says(case):
    text, (word, reason) = CASES[case]
    verdict = said(text)
    assert verdict.word == word
    assert reason in verdict.reason
    assert bool(reason) == bool(verdict.reason)


def test_a_verdict_has_the_exact_number_and_what_the_own_figures_give():
    verdict = said("x = 0.335; w = 0.675\nz = x*w = 0.23\nh = z*z = 0.0529")
    assert verdict.exact == pytest.approx((0.335 * 0.675) ** 2, rel=1e-15)
    assert verdict.own == pytest.approx(0.0529, rel=1e-15)
    assert verdict.cause is None
    assert verdict.inherited == ()


def test_a_wrong_formula_has_the_number_that_it_gives():
    verdict = said(NETWORK + "dy/dw = y*w")
    assert verdict.exact == pytest.approx(math.exp(0.5) * 0.5, rel=1e-15)
    assert verdict.own == pytest.approx(math.exp(0.5) * 0.8, rel=1e-15)
    assert verdict.inherited == (verdict.claim,)


@pytest.mark.parametrize("count", [1, 2, 3, MAX_PLACES + 1, MAX_PLACES + 2])
def test_what_follows_from_several_names_the_first_and_the_lines_of_some_more(count):
    places = range(1, count + 1)
    wrong = [f"y{place} = x*{place} = {0.5 * place + 0.17:.2f}" for place in places]
    last = said(
        "\n".join(["x = 0.5", *wrong, f"s = {' + '.join(f'y{place}' for place in places)} = {last_sum(places)}"])
    )
    assert last.word == "follows"
    assert [claim.line for claim in last.origins] == [place + 1 for place in places]
    more = {1: "", 2: ", and line 3", 3: ", and lines 3, 4"}.get(count, ", and lines 3, 4, 5, 6, 7")
    more += ", …" * (count > MAX_PLACES + 1)
    assert last.reason == f"from line 2, y1 = 0.67{more}; it should be {sum(0.5 * place for place in places):.2f}"


def last_sum(places):
    return f"{sum(0.5 * place + 0.17 for place in places):.2f}"


def test_one_step_of_the_chain_rule_is_said_only_where_nothing_else_is_there():
    assert "dy/dz" in said(NETWORK + "dy/dw = 0.9").reason
    assert "dy/dz" not in said(NETWORK + "dy/dw = y*x = 0.9").reason


def test_what_follows_from_two_names_both():
    last = said("x = 0.5\ny = x*x = 0.212\nz = x*x = 0.232\ns = y + z = 0.444")
    assert "from line 2, y = 0.212, and line 3; it should be 0.500" in last.reason


def test_so_many_mistakes_are_explained_and_all_are_found():
    count = MAX_DIAGNOSED + 3
    marking = mark(
        "x = 0.5\n" + "\n".join(f"y{place} = x*{place} = -{place * 0.5:.2f}" for place in range(1, count + 1))
    )
    assert len(marking.first_mistakes) == count
    assert {root.diagnosis[0].kind for root in marking.first_mistakes[:MAX_DIAGNOSED]} == {"sign"}
    assert all(root.diagnosis == () for root in marking.first_mistakes[MAX_DIAGNOSED:])


def test_a_line_that_is_wrong_for_every_index_leaves_the_others_their_explanation():
    count = MAX_DIAGNOSED + 3
    numbers = "; ".join(f"x[{place}] = 0.5" for place in range(1, count + 1))
    marking = mark(f"{numbers}\nfor i in 1..{count}: y[i] = 2*x[i] = -2*x[i]\nz = x[1]*x[2] = -0.25")
    assert [(root.claim.line, root.diagnosis[0].kind) for root in marking.first_mistakes] == [(2, "sign"), (3, "sign")]


def test_a_quantified_line_is_one_mistake_at_the_first_index_where_it_is_wrong():
    marking = mark("a[1] = 0.2; a[2] = 0.5; a[3] = 0.7\nfor i in 1..3: b[i] = a[i]^2 = a[i]^2 * (1 + a[i] - a[1])")
    assert [(root.claim.line, root.claim.about) for root in marking.first_mistakes] == [(2, "b[2]")]
    assert "it gives 0.325, and b[2] is 0.25" in marking.first_mistakes[0].reason  # 0.25·(1 + 0.5 − 0.2)


def test_a_figure_miscopied_again_is_the_mistake_it_was_before():
    text = "x = 0.35; w = 0.8\ny = x*w = 0.53*0.8 = 0.424\nz = x + w = 0.53 + 0.8 = 1.33"
    marking = mark(text)
    assert [(verdict.claim.line, verdict.word) for verdict in marking.verdicts] == [
        *((2, "slip"), (2, "follows"), (3, "follows"), (3, "follows"))
    ]
    assert "again, as in line 2" in marking.verdicts[2].reason
    assert {verdict.cause.line for verdict in marking.verdicts[1:]} == {2}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 30; pi = 3.14159265\ny = cos(x*pi/180) = 0.1543", 2),  # cos 30 in radians
        ("x = 30; π = 3.14\ny = cos(x·π/180) = 0.154", 2),
        ("x = 30\ny = cos(x*3.14159265/180) = 0.1543", 2),
        ("x = 0.5; pi = 3.14159265\ny = sin(x)\ndy/dx = cos(x*pi/180)", 3),
        ("x = 0.5; π = 3.1416\ny = sin(2*x)\ndy/dx = 2*cos(2*x·π/180)", 3),
    ],
)
def test_degrees_for_radians_are_named_however_pi_is_written(text, line):
    (mistake,) = mark(text).first_mistakes
    assert mistake.claim.line == line
    assert [each.kind for each in mistake.diagnosis] == ["the calculator"]
    assert "degrees" in mistake.diagnosis[0].text


def test_a_pi_that_turns_no_degrees_into_radians_is_no_matter_of_degrees():
    assert mark("x = 0.2; pi = 3.14159265\ny = sin(pi*x) = 0.5878\ndy/dx = pi*cos(pi*x) = 2.5416").ok
    (mistake,) = mark("x = 0.2; pi = 3.14159265\ny = sin(pi*x)\ndy/dx = cos(pi*x)").first_mistakes
    assert "the calculator" not in [each.kind for each in mistake.diagnosis]


def test_a_zero_is_shown_without_a_power_of_ten():
    (mistake,) = mark("x = 0.5; w = 0.2; v = -0.1\nnet = x*w + 2*x*v = 5.55112e-17").first_mistakes
    assert mistake.reason == "your x*w + 2*x*v gives 0"


def test_a_derivative_in_a_product_has_no_brackets():
    sheet = Sheet.parse("w = 1; eta = 0.1; E = w^2\nw_new = w - eta*dE/dw\na = eta/(dE/dw) + (dE/dw)^2")
    texts = [formula_text(sheet.definitions[name].tree) for name in ("w_new", "a")]
    assert texts == ["w − eta·dE/dw", "eta/(dE/dw) + (dE/dw)^2"]


@pytest.mark.parametrize("reveal", ["line", "kind", "answer"])
def test_check_shows_as_much_as_mark(reveal):
    w = Value(3.0, label="w")
    square = w * w
    square.label = "y"
    marking = check(square, {w: "-6.00"}, reveal=reveal)
    assert ("sign" in str(marking)) == (reveal != "line")
    assert ("gives" in str(marking)) == (reveal == "answer")
