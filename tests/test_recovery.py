"""One bad line costs one line: it is unreadable, what needs it is not judged, and everything else is marked."""

import json
from pathlib import Path

import pytest

from autograd import Sheet, SheetError, mark, page
from autograd.cli.main import main

SHEET = """x = 0.5; w = 0.8; t = 0.3
net = w*x = 0.4
h = sigmoid(net) = 0.5987
E = (h - t)^2/2 = 0.0446
dE/dh = h - t = 0.2987
dE/dnet = dE/dh*h*(1 - h) = 0.0718
dE/dw = dE/dnet*x = 0.0359
"""


def words(text):
    return [(verdict.claim.line, verdict.word) for verdict in mark(text).verdicts]


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("h = sigmoid(net) = 0.5987", "h = sigmoid(net) = = 0.5987"),
        ("E = (h - t)^2/2 = 0.0446", "E = (h - t)^2/2 = ≈ 0.0446"),
        ("dE/dh = h - t = 0.2987", "dE/dh = (h - t = 0.2987"),
        ("dE/dnet = dE/dh*h*(1 - h) = 0.0718", "dE/dnet = dE/dh*h(1 - h)) = 0.0718"),
        ("dE/dw = dE/dnet*x = 0.0359", "dE/dw = dE/dnet*q = 0.0359"),
        ("dE/dw = dE/dnet*x = 0.0359", "dE/dw = dE/dnet*x = 0.03.59"),
    ],
)
def test_a_member_that_cannot_be_read_costs_that_member(line, written):
    number = SHEET.splitlines().index(line) + 1
    expected = words(SHEET)
    got = words(SHEET.replace(line, written))
    assert (number, "unreadable") in got
    assert [each for each in got if each[0] != number] == [each for each in expected if each[0] != number]
    assert (number, "right") in got  # the members around it


@pytest.mark.parametrize("broken", ["h = sigmoid(net", "h = sigmoid(nett)", "h = sigmoid of net", "h = ?", "h = 2 $ n"])
def test_what_needs_an_unreadable_definition_is_not_judged_and_says_so(broken):
    marking = mark(SHEET.replace("h = sigmoid(net)", broken))
    assert [v.word for v in marking.verdicts if v.claim.line < 3] == ["right"]
    first, *others = [verdict for verdict in marking.verdicts if verdict.claim.line >= 3]
    assert first.word == "unreadable"
    assert {verdict.word for verdict in others} == {"not judged"}
    assert all("depends on line 3, which cannot be read" in verdict.reason for verdict in others)
    assert marking.score == "1 of 2"


def test_a_later_number_does_not_stand_in_for_the_formula_that_cannot_be_read():
    marking = mark("x = 2\nh = (x*3\nh = 6\nE = h^2 = 36\ndE/dx = 2*h*3 = 36")
    assert [verdict.word for verdict in marking.verdicts] == ["unreadable", *["not judged"] * 4]


def test_a_later_formula_does():
    marking = mark("x = 2\nh = (x*3\nh = x*3 = 6\nE = h^2 = 36\ndE/dx = 2*h*3 = 36")
    assert [verdict.word for verdict in marking.verdicts] == ["unreadable", *["right"] * 4]


def test_all_unreadable_lines_of_forty_are_listed_at_once_with_their_rows_and_carets():
    lines = [f"y{at} = {at}*2 = {2 * at}" for at in range(40)]
    lines[7], lines[30] = "y7 = (7*2 = 14", "y30 = 30**2* = 900"
    text = mark("\n".join(lines)).to_text()
    assert "✗ line 8: unreadable\n    y7 = (7*2 = 14\n         ^^^^" in text
    assert "✗ line 31: unreadable\n    y30 = 30**2* = 900\n          ^^^^^^" in text
    assert text.endswith("score 38 of 40\n") or "score 38 of 40" in text


def test_a_function_that_cannot_be_read_is_one_line():
    marking = mark("f(z) = z^2 +\nx = 3\ny = x^2 = 9\np = f(x) = 9\n")
    assert [verdict.word for verdict in marking.verdicts] == ["unreadable", "right", "not judged", "not judged"]


def test_a_quantified_line_that_cannot_be_read_is_one_line():
    marking = mark("for i in 1..3: x[i] = i*2\nfor i in 1..3: y[i] = (x[i]*2 = 4*i\nz = x[1] + x[2] = 6\n")
    assert [(v.claim.line, v.word) for v in marking.verdicts][:1] == [(2, "unreadable")]
    assert (3, "right") in [(v.claim.line, v.word) for v in marking.verdicts]


@pytest.mark.parametrize("text", ["hello", "y = x + 1", "y = (2", "? = 3", "= 3"])
def test_where_nothing_can_be_read_the_sheet_is_refused(text):
    with pytest.raises(SheetError, match=r"^line 1, column \d+: "):
        mark(text + "\n")


def test_a_program_or_prose_is_refused_with_a_hint_and_not_marked_line_by_line():
    with pytest.raises(SheetError, match="a sheet reads assignments alone"):
        mark("import os\nx = 2\nfor i in range(3):\n    print(i)\n")


def test_strictly_one_bad_line_refuses_the_sheet(tmp_path, capsys):
    bad = SHEET.replace("h - t = 0.2987", "(h - t = 0.2987")
    with pytest.raises(SheetError, match="line 5, column 16: '\\)' is missing"):
        mark(bad, strict=True)
    with pytest.raises(SheetError, match="line 5"):
        Sheet.parse(bad)
    file = tmp_path / "a.sheet"
    file.write_text(bad)
    assert main(["mark", str(file)]) == 1
    assert "line 5: unreadable" in capsys.readouterr().out
    assert main(["mark", "--strict", str(file)]) == 2
    assert main(["step", str(file)]) == 2


def test_every_output_has_the_verdict():
    marking = mark(SHEET.replace("h - t = 0.2987", "(h - t = 0.2987"))
    assert "unreadable" in marking.to_html()
    assert "✗ line 5: unreadable" in marking.to_markdown()
    claims = json.loads(marking.to_json())["claims"]
    [claim] = [each for each in claims if each["verdict"] == "unreadable"]
    assert (claim["line"], claim["column"], claim["exact"], claim["claim"]) == (5, 9, None, "(h - t")
    assert "unreadable" in str(page(marking.sheet))


# -- Decimal commas -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("x = 0,5", "x = 0.5"),
        ("x = 0,50812; y = x*2,5 = 1,27", "x = 0.50812; y = x*2.5 = 1.27"),
        ("x = 12,34567", "x = 12.34567"),
        ("x = 3,0·10^-2", "x = 3.0·10^-2"),
        ("x = -0,25   # a, b", "x = -0.25   # a, b"),
    ],
)
def test_a_comma_between_digits_is_a_decimal_comma(written, meant):
    commas, points = Sheet.parse(written), Sheet.parse(meant)
    assert commas.givens == points.givens
    assert [claim.number for claim in commas.claims] == [claim.number for claim in points.claims]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("n = 1,234", "1,234 can be read as 1.234 and as 1234"),
        ("n = 12,345", "12,345 can be read as 12.345 and as 12345"),
        ("n = 1,234,567", "write 1234567 for 1,234,567"),
        ("n = 0, 5", "a decimal comma has no space beside it"),
    ],
)
def test_a_comma_with_two_readings_is_refused_with_both(text, reason):
    with pytest.raises(SheetError, match=reason):
        Sheet.parse(text)


def test_a_comma_inside_brackets_separates_arguments():
    assert [verdict.word for verdict in mark("y = max(0,5) = 5\n").verdicts] == ["right"]


def test_the_demo_sheets_are_read_as_before():
    for file in Path("demos/sheets").glob("*.sheet"):
        assert Sheet.load(file).problems == []
