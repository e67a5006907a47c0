"""The sheet language: what it reads, and that nothing else gets in, or out, or takes for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Sheet, SheetError, mark


def computed(text):
    world = Sheet.parse(text).world()
    return {name: value.data for name, value in world.values.items()}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3*4", 14),
        ("2*3^2", 18),
        ("-2^2", -4),
        ("2^3^2", 512),
        ("(2 + 3)·4", 20),
        ("8/4/2", 1),
        ("2 − 3 − 4", -5),
        ("½·6", 3),
        ("√(16)", 4),
        ("3²", 9),
        ("2⁻¹", 0.5),
        ("1.5×10⁻²", 0.015),
        ("6 ÷ 3", 2),
        ("max(2, 5) + min(1, 3)", 6),
        ("abs(-3)", 3),
        ("sum(i*i for i in 1..3)", 14),
        ("sum(1, 2, 3)", 6),
        ("math.exp(0)", 1),
        ("relu(-1) + relu(2)", 2),
        ("(2 + 3)(4 - 1)", 15),
        ("1 - 2(3 + 4)", -13),
        ("½(5 - 1)²", 8),
        ("3²(2 - 1)", 9),
        ("8/2(3 + 1)", 16),
        ("2^3(1 + 1)", 16),
        ("e^0", 1),
        ("1/(1 + e^-0)", 0.5),
        ("e^(2·0)·3", 3),
    ],
)
def test_arithmetic_is_read_as_on_paper(expression, value):
    assert computed(f"y = 0 + {expression}")["y"] == pytest.approx(value)


def test_half_stands_before_what_it_halves():
    assert computed("x = 3; y = ½x²; z = 1 - ½x")["y"] == 4.5


def test_e_is_the_exponential_where_the_sheet_has_no_e_of_its_own():
    assert computed("x = 0; y = e^x + e²")["y"] == pytest.approx(1 + 7.38905609893065)
    assert computed("e = 3; y = e^2")["y"] == 9
    assert computed("e[1] = 3; y = e[1]^2")["y"] == 9
    assert computed("f(e) = e^2; y = f(3)")["y"] == 9
    assert computed("f(z) = e^-z; y = f(0)")["y"] == 1
    with pytest.raises(SheetError, match="e is used before it is defined"):
        computed("y = 2*e")


def test_brackets_beside_a_name_are_a_call_and_no_product():
    with pytest.raises(SheetError, match="there is no function w"):
        computed("w = 3; y = w(2 + 1)")
    with pytest.raises(SheetError, match="an operation or = is missing"):
        computed("w = 3; y = 2w")


def test_a_line_that_begins_with_an_equals_sign_goes_on_with_the_line_above():
    marking = mark("x = 3\ny = 2*x\n  = 2*3  # in figures\n\n  = 7; z = y + 1\n  = 8")
    assert [(v.claim.line, v.claim.about, v.claim.segment.text, v.word) for v in marking.verdicts] == [
        (3, "y", "2*3", "right"),
        (5, "y", "7", "slip"),
        (6, "z", "8", "follows"),
    ]
    assert [verdict.claim.place.column for verdict in marking.verdicts] == [5, 5, 5]


def test_a_quantified_line_and_a_sheet_in_a_fence_go_on_too():
    text = "```sheet\nx[1] = 1; x[2] = 2\nfor i in 1..2: y[i] = 3*x[i]\n  = x[i]*3\n```"
    assert [verdict.word for verdict in mark(text).verdicts] == ["right"]


@pytest.mark.parametrize("text", ["= 3", "x = 3; = 4", "loss: x\n= 3\nx = 1"])
def test_a_line_that_goes_on_with_nothing_is_refused(text):
    with pytest.raises(SheetError, match=r"line [12]"):
        mark(text + "\n")


@pytest.mark.parametrize("spelling", ["dE/dw", "∂E/∂w", "dE_dw", "dw"])
def test_a_derivative_has_four_spellings(spelling):
    marking = mark(f"w = 3.0; E = w^2\nloss: E\n{spelling} = 6.0")
    assert [str(verdict.claim.subject) for verdict in marking.verdicts] == ["dE/dw"]
    assert marking.ok


def test_subscripts_greek_letters_and_primes_are_names():
    assert computed("w₁ = 2; δ = 3\nη = w1*δ")["η"] == 6


def test_a_function_of_the_sheet_has_derivatives():
    text = "g(z) = 1/(1 + exp(-z))\nr = 0.4\na = g(r)\nda/dr = g'(r) = g(r)*(1 - g(r))"
    assert mark(text).ok


def test_quantified_lines_and_sums_fill_in_their_indices():
    text = """x[1,1] = 1; x[1,2] = 2; x[2,1] = 3; x[2,2] = 4; w[1] = 10; w[2] = 100
for i in 1..2: r[i] = sum(x[i,k]*w[k] for k in 1..2)"""
    assert (computed(text)["r[1]"], computed(text)["r[2]"]) == (210, 430)


def test_markdown_holds_sheets_in_fences_and_lines_keep_their_numbers():
    text = "# Exercise\n\nSome prose = not a sheet.\n\n```sheet\nx = 2\ny = x^2 = 5\n```\n\n```python\nx = 'no'\n```\n"
    assert [root.claim.line for root in mark(text).roots] == [7]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_tabs_and_any_line_ending_are_white_space(newline):
    assert mark(newline.join(["x\t=\t2", "y = x*x\t= 4.0", ""])).ok


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("y = x + 1", "line 1, column 5"),
        ("x = 2\nx = x + 1", "line 2, column 1"),
        ("x = 2\ny = x^2\ndy/d5 = 3", "line 3"),
        ("x = 2\ny = x^2\ndy/dq = 3", "line 3, column 1"),
        ("", "line 1, column 1"),
        ("# only a comment", "line 1, column 1"),
        ("x = 1\ny = (x + 2", "line 2"),
        ('x = __import__("os")', "line 1, column 16"),
        ("x = os.system(1)", "line 1"),
        ("x = open(3)", "line 1, column 5"),
        ("x = 9**9**9**9", "line 1"),
        ("x = 1/0", "line 1"),
        ("x = 1\ny = log(x - 2)", "line 2, column 5"),
        ("x = " + "(" * 10_000, "line 1"),
        ("x = 1\ny = " + "-" * 10_000 + "x", "line 2"),
        ("x = 1\x00", "line 1, column 6"),
        ("for i in 1..1000000, j in 1..1000000: x[i,j] = 1", "line 1"),
        ("f(z) = f(z) + 1\ny = f(2)", "line 1"),
        ("x = 'a'", "line 1, column 5"),
        ("x = 1 2", "line 1, column 7"),
        ("x = ?", "line 1, column 5"),
        ("x + 1", "line 1, column 1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_line_and_column(text, place):
    with pytest.raises(SheetError, match=place):
        mark(text + "\n")


def test_a_tower_of_functions_is_bounded():
    text = "f0(z) = z + z\n" + "".join(f"f{n + 1}(z) = f{n}(z) + f{n}(z)\n" for n in range(60)) + "y = f60(1)"
    with pytest.raises(SheetError):
        mark(text)


def test_a_very_large_sheet_is_refused_and_a_long_sum_is_read(tmp_path):
    big = tmp_path / "big.sheet"
    big.write_text("x = 1\n" * 2_000_000)
    with pytest.raises(SheetError, match=r"too large|characters"):
        mark(big)
    assert computed("x = 2\ny = " + " + ".join(["x"] * 10_000))["y"] == 20_000


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "picture.sheet"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(SheetError, match="UTF-8"):
        mark(path)


@given(st.text(alphabet="xyzdEw_12.0+-*/^=()[],;:?'# \n·∂σ√²≈forine½", max_size=60))
def test_any_text_is_marked_or_refused_and_nothing_else_happens(text):
    try:
        mark(text + "\n")
    except SheetError as error:
        message = str(error)
    else:
        message = "read, at some line"
    assert "line" in message
