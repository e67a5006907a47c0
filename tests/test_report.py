"""The report on a marked sheet: its four readings say the same, and a mistake is pointed at where it stands."""

import html
import json
import re
from pathlib import Path

import pytest

from autograd import mark
from autograd.errors import ArgumentError
from autograd.formatting import figures
from autograd.formatting.terminal import WIDTH
from autograd.marking.kinds import KINDS
from autograd.marking.report import MIN_WIDTH, REVEALS
from autograd.marking.verdicts import VERDICTS

pytestmark = pytest.mark.portable

SHEETS = Path(__file__).parent.parent / "demos" / "sheets"
PUBLISHED = SHEETS / "published"

SMALL = """x = 0.73; w = -0.61; t = 0.2
z = w*x = -0.4453
h = tanh(z) = -0.4181    # the one miscopied digit: -0.41804
E = (t - h)^2/2 = 0.1910 = 0.19101
dE/dh = h - t = -0.6181
dE/dz = dE/dh*(1 - h^2)
      = -0.6181*(1 - 0.4181^2) = -0.5100
dE/dw = ?
loss: E
"""
MARKED = {
    "small": lambda: mark(SMALL),
    "macleod": lambda: mark(PUBLISHED / "macleod.sheet"),
    "mazur_translated": lambda: mark(PUBLISHED / "mazur_translated.sheet"),
    "missing_weights": lambda: mark(PUBLISHED / "missing_weights.sheet"),
    "postnetwork": lambda: mark(PUBLISHED / "postnetwork_softmax.sheet"),
    "ufldl": lambda: mark(PUBLISHED / "ufldl.sheet"),
    "error signal": lambda: mark(SHEETS / "001_error_signal.sheet"),
}


@pytest.fixture(params=MARKED, scope="module")
def marking(request):
    return MARKED[request.param]()


def row(line, claim, word, exact=None):
    """A claim as every reading has it; spaces count for nothing, as a table may break a line."""
    return [str(line), "".join(claim.split()), word, *([exact] if exact else [])]


def of_json(marking):
    return [
        row(
            claim["line"],
            f"{claim['about']} = {claim['claim']}",
            claim["verdict"],
            figures.number(float(claim["exact"])),
        )
        for claim in json.loads(marking.to_json())["claims"]
    ]


def of_markdown(marking):
    found = []
    for line in marking.to_markdown().splitlines():
        if not line.startswith("| ") or line.startswith(("| line |", "| ---:")):
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        plain = [html.unescape(re.sub(r"\\(.)", r"\1", cell)) for cell in cells]
        found.append(row(plain[0], plain[1], plain[2].split(" ", 1)[1].strip("*"), plain[3]))
    return found


def of_html(marking):
    found = []
    for line in re.findall(r"<tr><td.*?</tr>", marking.to_html(), re.DOTALL):
        cells = [html.unescape(re.sub(r"<.*?>", "", cell)) for cell in re.findall(r"<td.*?</td>", line, re.DOTALL)]
        found.append(row(cells[0], cells[1], cells[2].split(" ", 1)[1], cells[3]))
    return found


def of_text(marking, **options):
    """The rows of the table, what is broken put together again."""
    table = marking.to_text(**options).split("\n\n")[-2].splitlines()
    verdict = re.compile(
        "  (?:" + "|".join(f"{re.escape(sign)} ({word})" for word, (sign, *_) in VERDICTS.items()) + r")(?:  |$)"
    )
    column = min(match.start() for line in table if (match := verdict.search(line)))
    found = []
    for line in table:
        match = verdict.match(line, column)
        if match:
            number, claim = line[:column].strip().split("  ", 1)
            found.append([number, claim, next(filter(None, match.groups()))])
        else:
            found[-1][1] += " " + line[:column].strip()
    return [row(*cells) for cells in found]


def test_every_reading_has_the_same_claims_in_the_same_order_with_the_same_verdicts(marking):
    reference = of_json(marking)
    assert len(reference) == len(marking.verdicts)
    assert of_markdown(marking) == reference
    assert of_html(marking) == reference
    assert of_text(marking) == [cells[:3] for cells in reference]


def test_every_reading_explains_each_mistake_in_the_same_words(marking):
    text = " ".join(marking.to_text(every=False, width=10_000).split())
    markdown = html.unescape(re.sub(r"\\(.)", r"\1", marking.to_markdown()))
    web = html.unescape(marking.to_html())
    data = json.loads(marking.to_json())["roots"]
    assert len(data) == len(marking.first_mistakes)
    for root, said in zip(marking.first_mistakes, data):
        assert said["reason"] == root.reason
        assert [each["text"] for each in said["diagnosis"]] == [mistake.text for mistake in root.diagnosis]
        for sentence in (root.reason, *(mistake.text for mistake in root.diagnosis)):
            assert " ".join(sentence.split()) in text
            assert sentence in markdown
            assert sentence in web


def test_every_reading_ends_with_the_same_summary(marking):
    for reading in (marking.to_text(), marking.to_markdown(), html.unescape(marking.to_html())):
        assert marking.summary() in reading
    data = json.loads(marking.to_json())
    assert f"{data['earned']} of {data['judged']}" == marking.score


def test_a_mistake_is_pointed_at_where_it_stands_on_its_own_line(marking):
    blocks = [block for block in marking.to_text(every=False, width=10_000).split("\n\n") if block.startswith("✗")]
    assert len(blocks) == len(marking.first_mistakes)
    for root, block in zip(marking.first_mistakes, blocks):
        heading, line, carets = block.splitlines()[:3]
        assert re.match(rf"✗ line {root.claim.line}\b", heading)
        assert line.strip() == marking.sheet.lines[root.claim.line - 1].strip()
        start, end = carets.index("^"), len(carets)
        assert line[start:end] == root.claim.segment.text
        assert data_place(marking, root) == root.claim.place.column


def data_place(marking, root):
    (found,) = [
        claim["column"]
        for claim in json.loads(marking.to_json())["roots"]
        if claim["line"] == root.claim.line and claim["claim"] == root.claim.segment.text
    ]
    return found


@pytest.mark.parametrize("width", [MIN_WIDTH, 80, WIDTH, 160])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_left_out_of_the_table(marking, width):
    text = marking.to_text(width=width)
    body = text.removesuffix(marking.summary())
    assert max(map(len, body.splitlines())) <= width
    assert of_text(marking, width=width) == of_text(marking)


def test_a_difference_turned_round_is_one_mistake_in_words():
    text = mark("y = 0.2; o = 0.7; E = (y - o)^2/2; dE/do = y - o; loss: E").to_text(every=False)
    assert "the sign is the other way round: y − o stands where o − y belongs" in text
    text = mark("t = 0.2; x = 0.7; w = 0.3; v = 0.7; E = w*x + v*t; dE/dw = t; loss: E").to_text(every=False)
    assert "t stands where x belongs — or: this is dE/dv, the gradient of v" in " ".join(text.split())


def test_in_a_long_line_the_part_around_the_mistake_is_shown():
    line = "y = " + " + ".join(["x*x"] * 40) + " = 360 = 361"
    block = mark(f"x = 3\n{line}").to_text(every=False, width=80)
    shown, carets = block.splitlines()[1:3]
    assert shown.endswith("= 361")
    assert shown.startswith("    …")
    assert shown[carets.index("^") :] == "361"


def test_a_mistake_on_a_line_that_goes_on_says_what_it_is_about():
    text = mark("x = 3\ny = x^2\n  = 6").to_text(every=False)
    assert text.startswith("✗ line 3, y: slip\n    = 6\n      ^\n")


def test_a_line_that_follows_from_two_mistakes_names_both():
    text = """a = 0.7; b = 0.9
p = exp(a) = 2.0318
q = sin(b) = 0.7338
y = p*q = 2.0318*0.7338 = 1.4909
z = 2*y = 2.9818
"""
    marking = mark(text)
    assert [root.claim.line for root in marking.first_mistakes] == [2, 3]
    y, z = marking.verdicts[-2:]
    for verdict in (y, z):
        assert [claim.line for claim in verdict.origins] == [2, 3]
        assert verdict.reason.startswith("from line 2, p = 2.0318, and line 3; it should be")
    said = marking.to_text(every=False)
    assert said.count("lines 4, 5 follow from it") == 2
    data = json.loads(marking.to_json())["claims"]
    assert data[-1]["follows_from"] == [[2, 14], [3, 14]]
    assert data[0]["follows_from"] == []


def test_the_lines_that_follow_are_named_and_not_more_than_eight_of_them():
    text = "x = 3\ny = 2*x = 7\n" + "".join(f"z{i} = {i}*y = {7 * i}\n" for i in range(2, 13))
    assert "lines 3, 4, 5, 6, 7, 8, 9, 10, … follow from it" in mark(text).to_text(every=False)


def test_a_terminal_is_not_written_to_by_what_a_sheet_says():
    marking = mark("x = 1  # \x1b[31m\ny = x + 1 = 3  # \x1b[2J")
    assert "\x1b" not in marking.to_text()
    assert "\x1b" not in marking.to_html()
    assert marking.to_text(color=True).count("\x1b[2J") == 0


def test_a_piped_report_has_the_same_width_whatever_the_terminal(monkeypatch):
    text = mark(PUBLISHED / "missing_weights.sheet").to_text()
    monkeypatch.setenv("COLUMNS", "300")
    assert mark(PUBLISHED / "missing_weights.sheet").to_text() == text


# -- How much is shown --------------------------------------------------------------------------


def readings(marking):
    return {
        "text": " ".join(marking.to_text(width=10_000).split()),
        "markdown": html.unescape(re.sub(r"\\(.)", r"\1", marking.to_markdown())),
        "html": html.unescape(re.sub(r"<.*?>", "", marking.to_html())),
        "json": marking.to_json(),
    }


@pytest.mark.parametrize("reveal", ["line", "kind"])
@pytest.mark.parametrize("name", MARKED)
def test_an_exercise_that_goes_on_is_not_given_its_answers(name, reveal):
    marking = MARKED[name]()
    answers = {verdict.reason for verdict in marking.verdicts if any(map(str.isdigit, verdict.reason))}
    answers -= {verdict.reason for verdict in marking.verdicts if verdict.reason.startswith("from line")}
    answers |= {"it should be", "no rounding is carried along", "would give"}
    answers |= {mistake.text for root in marking.first_mistakes for mistake in root.diagnosis} - set(KINDS.values())
    written = "".join(marking.sheet.lines)
    exact = {figures.number(root.exact) for root in marking.first_mistakes} - {"0.5", "0.0"}
    marking.reveal = reveal
    for form, text in readings(marking).items():
        said = {answer for answer in answers if answer in text and answer not in written}
        assert said == set(), form
        assert {number for number in exact if number in text and number not in written} == set(), form
        assert marking.summary() in text or form == "json"


@pytest.mark.parametrize("name", MARKED)
def test_only_the_kind_is_said_with_the_line_where_the_kind_is_asked_for(name):
    marking = MARKED[name]()
    kinds = [KINDS[root.diagnosis[0].kind] for root in marking.first_mistakes if root.diagnosis]
    for reveal in ("line", "kind"):
        marking.reveal = reveal
        for form, text in readings(marking).items():
            assert all((kind in text) == (reveal == "kind") for kind in kinds), form


def test_the_line_alone_is_a_mistake_with_its_place_and_what_follows():
    marking = mark("x = 3\ny = 2*x = 7\nz = y + 1 = 8", reveal="line")
    assert marking.to_text(every=False, width=80) == (
        "✗ line 2: slip\n    y = 2*x = 7\n              ^\n    line 3 follows from it\n\n"
        "2 claims: 1 follows, 1 slip; score 1 of 2"
    )
    (first, second) = json.loads(marking.to_json())["claims"]
    assert (first["verdict"], first["reason"], first["exact"], first["own"], first["diagnosis"]) == (
        "slip",
        "",
        None,
        None,
        [],
    )
    assert [json.loads(mark("x = 3", reveal=reveal).to_json()).get("reveal") for reveal in REVEALS] == [
        "line",
        "kind",
        None,
    ]
    assert (second["verdict"], second["reason"], second["follows_from"]) == ("follows", "from line 2", [[2, 11]])


def test_the_verdicts_have_everything_whatever_is_shown():
    shown, hidden = (mark("x = 3\ny = 2*x = -6", reveal=reveal).verdicts[0] for reveal in ("answer", "line"))
    assert (shown.exact, shown.reason, shown.diagnosis) == (hidden.exact, hidden.reason, hidden.diagnosis)
    assert hidden.diagnosis[0].kind == "sign"


def test_a_difference_turned_round_is_one_kind():
    text = mark("y = 0.2; o = 0.7; E = (y - o)^2/2; dE/do = y - o; loss: E", reveal="kind").to_text(every=False)
    assert KINDS["sign"] in text
    assert KINDS["swapped"] not in text


def test_an_unknown_word_for_what_is_shown_is_refused_with_those_that_there_are():
    with pytest.raises(ArgumentError, match="reveal is 'line', 'kind' or 'answer', not 'all'"):
        mark("x = 3", reveal="all")
