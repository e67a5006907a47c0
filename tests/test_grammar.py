"""The sheet language: what it reads, and that nothing else gets in, or out, or takes for ever."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OperandError, Sheet, SheetError, blank, exercise, mark


def computed(text):
    point = Sheet.parse(text).evaluate()
    return {name: value.data for name, value in point.values.items()}


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
    assert computed("y = 2*e")["y"] == pytest.approx(2 * math.e)


def test_brackets_beside_a_number_s_name_are_a_product():
    assert computed("w = 3; y = w(2 + 1)")["y"] == 9
    assert computed("w = 3; y = 2 w")["y"] == 6
    with pytest.raises(SheetError, match="an operation or = is missing"):
        computed("w = 3; y = 2 v")


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
        mark(text + "\n", strict=True)


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
    assert [root.claim.line for root in mark(text).first_mistakes] == [7]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_tabs_and_any_line_ending_are_white_space(newline):
    assert mark(newline.join(["x\t=\t2", "y = x*x\t= 4.0", ""])).ok


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("y = x + 1", "line 1, column 5"),
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
        mark(text + "\n", strict=True)


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


# -- What a newcomer tries ----------------------------------------------------------------------


def refusal(text):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("w = 2; E = w^2\ndE/dW = 4", "W is used before it is defined; did you mean w?"),
        ("w = 2; E = w^2\nde/dw = 4", "e is used before it is defined; did you mean E?"),
        ("net_H1 = 2\ny = net_h1^2", "net_h1 is used before it is defined; did you mean net_H1?"),
        ("x = 2\ny = Sigmoid(x)", "there is no function Sigmoid; did you mean sigmoid?"),
        ("x = 2\ny = EXP(x)", "there is no function EXP; did you mean exp?"),
    ],
)
def test_a_name_in_other_letters_is_the_one_that_was_meant(text, meant):
    assert refusal(text).endswith(meant)


def test_large_and_small_letters_are_two_names_where_the_sheet_has_both():
    assert computed("w = 2; W = 3; y = w*W")["y"] == 6


NO_BLOCK = "; no ```sheet block was found, so all of it was read as a sheet"


@pytest.mark.parametrize(
    "text",
    [
        "# Backpropagation\n\nWe take the network of the lecture.\n\nx = 2\n",
        "```\nx = 2\ny = x^2\n```\n",
        "~~~python\nx = 2\n~~~\n",
    ],
)
def test_markdown_without_a_block_marked_sheet_is_told_so(text):
    assert refusal(text).endswith(NO_BLOCK)


def test_a_markdown_file_is_known_by_its_name_too(tmp_path):
    path = tmp_path / "notes.md"
    path.write_text("x = 2\ny = x*\n")
    with pytest.raises(SheetError, match="no ```sheet block was found"):
        Sheet.load(path)
    path.write_text("x = 2\ny = x*x\n")
    assert list(Sheet.load(path).definitions) == ["y"]  # it can be read, and nothing is to be said


@pytest.mark.parametrize(
    "text",
    [
        "# Forward\nx = 2\ny = x*",  # a comment is no heading of a document
        "# Forward\nfor i in 1..2: y[i] = x",
        "x = 2\nnow we square it\ny = x^2",
        "# Exercise\n```sheet\nx = 2\nso y is four\n```\n",
        "x[1] = 2\nfor i in 1..2:\ny[i] = 3",
        "x[1] = 2\nfor i = 1..2:\ny[i] = 3",
    ],
)
def test_a_sheet_with_a_mistake_in_it_is_not_taken_for_a_document_or_a_program(text):
    assert NO_BLOCK not in refusal(text)
    assert "Python" not in refusal(text)


@pytest.mark.parametrize(
    "program",
    [
        '"""One step by hand."""\nimport math\nx = 0.5\n',
        "'''One step by hand.'''\nx = 0.5\n",
        "import random\nx = 0.5\n",
        "x = 0.5\ndef f(x):\n    y = x*x\n    return y\n",
        "# A program by hand\nx = 0.5\nfor i in range(3):\n    x = x*x\n",
        "# A program by hand\nx = 0.5\nif x > 0:\n    y = x\n",
        "x = 0.5\nprint(x)\n",
        '# loss: L\n"""One step of a network by hand."""\nx = 0.5\n',
    ],
)
def test_a_program_is_told_what_a_sheet_reads_of_python(program):
    said = refusal(program)
    assert said.startswith("line ")
    assert "of Python, a sheet reads assignments alone" in said


def test_a_file_of_python_is_known_by_its_name_too(tmp_path):
    path = tmp_path / "step.py"
    path.write_text("a, b = f\n")
    with pytest.raises(SheetError, match="of Python, a sheet reads assignments alone"):
        Sheet.load(path)


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "**"])
def test_adding_to_a_name_is_told_to_take_another(sign):
    assert "for dw += …, write dw_2 = dw + …" in refusal(f"x = 2\nx {sign}= 3\n")
    assert "dw_2" not in refusal(f"x = 2\ny = x {sign}\n")
    assert "dw_2" not in refusal(f"x = 2\ny = x {sign}\n   = 4\n")


def test_a_tab_in_a_formula_is_a_space_wherever_it_is_shown():
    text = "w\t=\t3\nE = w^2\ndE/dw\t=\t2\t*\tw\t=\t7\n\t= 2*w = 8\n"
    marking = mark(text)
    assert [root.reason for root in marking.first_mistakes] == ["your 2 * w gives 6", "your 2*w gives 6"]
    for shown in (str(marking), marking.to_markdown(), marking.to_html(), marking.to_json()):
        assert "\\t" not in shown
        assert "\t" not in shown
    assert [verdict.claim.place.column for verdict in marking.verdicts] == [9, 17, 4, 10]
    assert "at ' '" not in refusal("x\t=\t2\t3\n")
    assert blank(text).count("\t") == 4  # what is not an answer is left as it was written


@pytest.mark.parametrize(
    ("take", "thing", "said"),
    [
        (Sheet.parse, Path("a.sheet"), "Sheet.parse takes the text of a sheet, not .*; Sheet.load takes a file"),
        (Sheet.parse, 3, "Sheet.parse takes the text of a sheet, not 3"),
        (Sheet.load, "x = 3\ny = x^2", "Sheet.load takes a file; Sheet.parse takes the text of a sheet"),
        (Sheet.load, 3, "a file is named by its path, not by 3"),
        (blank, Path("a.sheet"), "blank takes the text of a sheet, not .*; of a file, Path.read_text gives it"),
        (exercise, 3, r"exercise takes its layers as a list, such as \[2, 2, 1\], not 3"),
        (exercise, "221", "exercise takes its layers as a list"),
    ],
)
def test_what_is_no_sheet_at_all_is_told_at_the_door_what_to_call(take, thing, said):
    with pytest.raises(OperandError, match=said):
        take(thing)


def test_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(SheetError, match="no file has such a name"):
        Sheet.load("a\0b")


@given(st.text(alphabet="xyzdEw_12.0+-*/^=()[],;:?'# \n·∂σ√²≈forine½", max_size=60))
def test_any_text_is_marked_or_refused_and_nothing_else_happens(text):
    try:
        mark(text + "\n")
    except SheetError as error:
        message = str(error)
    else:
        message = "read, at some line"
    assert "line" in message
