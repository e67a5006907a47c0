"""The command `chalkgrad`, as it is typed."""

import contextlib
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd.cli import commands
from autograd.cli.main import WORDS, main
from autograd.engine import fast
from autograd.exercises.network_sheets import TARGETS
from autograd.marking.kinds import KINDS
from autograd.marking.report import REVEALS

ROOT = Path(__file__).parent.parent

SHELL = {**{name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}, "PYTHONPATH": str(ROOT)}

pytestmark = [pytest.mark.portable, pytest.mark.usefixtures("sheets")]

GOOD = """\
x = 0.05;  w = 0.15;  v = 0.40;  t = 0.01
net = w*x                         = 0.0075
h   = sigmoid(net)                = 0.50187
o   = v*h                         = 0.20075
E   = (t - o)^2 / 2               = 0.018193
loss: E
dE/do   = o - t                   = 0.19075
dh/dnet = h*(1 - h)               = 0.25000
dE/dw   = dE/do * v * dh/dnet * x = 0.00095
w_new   = w - 0.5 * dE/dw         = 0.14952
"""
WRONG = GOOD.replace("dh/dnet * x = 0.00095", "dh/dnet     = 0.01907")
UNREADABLE = "y = x^ = 9\n"


@pytest.fixture
def sheets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", GOOD), ("wrong", WRONG), ("unreadable", UNREADABLE)):
        Path(f"{name}.sheet").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def chalkgrad(capsys):
    """Run a command in this process; its status, and what it wrote and complained."""

    def run(line):
        status = main(line.split())
        written = capsys.readouterr()
        return status, written.out, written.err

    return run


def typed(line, **options):
    """Run a command in a shell of its own."""
    line = f'set -o pipefail; chalkgrad() {{ {sys.executable} -m autograd "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**SHELL, **options},
    )


# -- mark ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ("good.sheet", 0),
        ("wrong.sheet", 1),
        ("unreadable.sheet", 2),
        ("good.sheet wrong.sheet", 1),
        ("wrong.sheet unreadable.sheet good.sheet", 2),
        ("no_such.sheet", 2),
        (".", 2),
    ],
)
def test_marking_ends_with_the_worst_of_its_files(chalkgrad, files, status):
    assert chalkgrad(f"mark {files}")[0] == status


@pytest.mark.parametrize("name", ["grad_w", "w_grad", "dLdw", "Δw", "E_w"])
def test_where_nothing_is_claimed_the_answer_is_how_to_claim(chalkgrad, name):
    Path("silent.sheet").write_text(f"x = 2; w = 1; t = 0.5\no = w*x\nE = (o-t)^2/2\n{name} = (o-t)*x\n", "utf-8")
    status, out, _ = chalkgrad("mark silent.sheet")
    assert status == 3
    assert "nothing is claimed; a derivative is written d" in out
    assert chalkgrad("mark --blank-ok silent.sheet")[0] == 0
    assert chalkgrad("mark good.sheet silent.sheet")[0] == 3
    assert chalkgrad("mark silent.sheet wrong.sheet")[0] == 1
    assert chalkgrad("mark silent.sheet unreadable.sheet wrong.sheet")[0] == 2


def test_where_nothing_is_answered_the_status_says_so(chalkgrad):
    Path("empty.sheet").write_text(chalkgrad("blank good.sheet")[1], encoding="utf-8")
    assert chalkgrad("mark empty.sheet")[0] == 3
    assert chalkgrad("mark --blank-ok empty.sheet")[0] == 0


def test_a_mistake_is_told_with_its_line(chalkgrad):
    _, out, err = chalkgrad("mark wrong.sheet")
    assert out.startswith("✗ line 9: wrong\n    dE/dw   = dE/do * v * dh/dnet     = 0.01907\n")
    assert "11 claims" in out
    assert not err


def test_an_error_of_ours_in_one_sheet_does_not_stop_the_others(chalkgrad, monkeypatch):
    monkeypatch.setattr("autograd.marking.marker.diagnose", lambda _: 1 / 0)
    status, out, err = chalkgrad("mark --format json wrong.sheet good.sheet")
    assert status == 2
    assert "wrong.sheet: chalkgrad failed to mark this sheet" in " ".join(err.split())
    failed, marked = json.loads(out)
    assert "please report it" in failed["error"]
    assert marked["roots"] == []


def test_an_unreadable_sheet_is_told_on_standard_error_and_the_others_are_marked(chalkgrad):
    status, out, err = chalkgrad("mark unreadable.sheet good.sheet")
    assert status == 2
    assert err == (
        "chalkgrad: unreadable.sheet: line 1, column 8: a number, a name or a bracket is\n  missing, at '='\n"
    )
    assert "── good.sheet ──" in out
    assert out.endswith("2 sheets: 1 without a mistake, 1 unreadable\n")


def test_of_several_sheets_each_has_a_line_with_its_score(chalkgrad):
    _, empty, _ = chalkgrad("blank good.sheet")
    Path("empty.sheet").write_text(empty, encoding="utf-8")
    out = chalkgrad("mark --brief good.sheet wrong.sheet unreadable.sheet empty.sheet")[1]
    *_, table, last = out.strip().split("\n\n")
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in table.splitlines()}
    assert lines["good.sheet"] == "11 of 11 no mistake"
    assert lines["wrong.sheet"] == "10 of 11 wrong in line 9"
    assert lines["unreadable.sheet"] == "unreadable"
    assert lines["empty.sheet"] == "0 of 8 8 not answered"
    assert last == "4 sheets: 1 without a mistake, 1 with mistakes, 1 with nothing answered, 1 unreadable"


def test_a_file_that_is_not_there_is_named_once(chalkgrad):
    assert chalkgrad("mark no_such.sheet")[2] == "chalkgrad: no_such.sheet: No such file or directory\n"


def test_brief_leaves_out_the_claims_that_are_right(chalkgrad):
    _, long, _ = chalkgrad("mark wrong.sheet")
    _, brief, _ = chalkgrad("mark wrong.sheet --brief")
    assert "net = 0.0075" in long
    assert "net = 0.0075" not in brief
    assert brief.startswith("✗ line 9: wrong\n")


def test_how_much_is_shown_of_a_mistake_is_a_choice(chalkgrad):
    line, kind, answer = (
        " ".join(chalkgrad(f"mark wrong.sheet --brief --reveal {word}")[1].split()) for word in REVEALS
    )
    assert answer == " ".join(chalkgrad("mark wrong.sheet --brief")[1].split())
    left_out = KINDS["a factor left out"]
    assert [left_out in shown for shown in (line, kind, answer)] == [False, True, False]
    assert ["the factor x is left out" in shown for shown in (line, kind, answer)] == [False, False, True]
    assert line.startswith("✗ line 9: wrong")
    assert json.loads(chalkgrad("mark wrong.sheet --reveal line --format json")[1])["roots"][0]["reason"] == ""
    assert chalkgrad("mark wrong.sheet --reveal all")[0] == 2


def test_what_is_piped_in_is_marked_too(chalkgrad, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + WRONG.encode()), encoding="ascii"))
    assert chalkgrad("mark -")[:2] == chalkgrad("mark wrong.sheet")[:2]
    monkeypatch.setattr(sys, "stdin", io.StringIO("hello"))  # no path, though it looks like one
    assert chalkgrad("mark -")[2].startswith("chalkgrad: standard input: line 1, column 1: ")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x = \xff")))
    assert chalkgrad("mark -")[2] == "chalkgrad: standard input: not text in UTF-8 (byte 4)\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 4_000_001)))
    assert "too large" in chalkgrad("mark -")[2]


def test_json_is_an_object_for_one_sheet_and_a_list_for_several(chalkgrad):
    status, out, _ = chalkgrad("mark wrong.sheet --format json")
    assert status == 1
    assert [root["line"] for root in json.loads(out)["roots"]] == [9]
    status, out, _ = chalkgrad("mark wrong.sheet unreadable.sheet good.sheet --format json")
    wrong, unreadable, good = json.loads(out)
    assert status == 2
    assert (wrong["sheet"], good["sheet"], good["roots"]) == ("wrong.sheet", "good.sheet", [])
    assert unreadable["error"].startswith("unreadable.sheet: line 1, column 8")


def test_markdown_has_a_heading_and_a_table_for_each_sheet(chalkgrad):
    _, out, _ = chalkgrad("mark good.sheet wrong.sheet unreadable.sheet --format markdown")
    assert re.findall("^# .*", out, re.MULTILINE) == ["# good.sheet", "# wrong.sheet", "# unreadable.sheet"]
    assert out.count("| line | claim | verdict |") == 2
    assert "- **✗ line 9: wrong**" in out


def test_html_is_one_page_with_a_table_for_each_sheet(sheets, chalkgrad):
    (sheets / "<b>&.sheet").write_text(WRONG)
    _, out, _ = chalkgrad("mark <b>&.sheet good.sheet unreadable.sheet --format html")
    assert out.startswith("<!doctype html>\n")
    assert '<meta charset="utf-8">' in out
    assert "<title>Marking of &lt;b&gt;&amp;.sheet, good.sheet, unreadable.sheet</title>" in out
    assert out.count("<table>") == 2
    assert "<h1>&lt;b&gt;&amp;.sheet</h1>" in out
    assert out.rstrip().endswith("</html>")


def test_brief_leaves_out_what_is_right_in_every_format(chalkgrad):
    (root,) = json.loads(chalkgrad("mark wrong.sheet --format json")[1])["roots"]
    assert json.loads(chalkgrad("mark wrong.sheet --brief --format json")[1])["claims"] == [root]
    for form, sign in (("markdown", "| verdict |"), ("html", "<table>")):
        assert sign in chalkgrad(f"mark wrong.sheet --format {form}")[1]
        assert sign not in chalkgrad(f"mark wrong.sheet --brief --format {form}")[1]


def test_a_key_has_the_definitions_and_the_sheet_only_the_figures(chalkgrad):
    Path("answers.sheet").write_text("o = 0.20075\ndE/dw = 0.00096\n")
    status, out, _ = chalkgrad("mark answers.sheet --key good.sheet")
    assert status == 1
    assert "✗ line 2: slip" in out
    assert "E is used before it is defined" in chalkgrad("mark answers.sheet")[1]


def test_a_key_that_cannot_be_read_is_named(chalkgrad):
    status, out, err = chalkgrad("mark good.sheet --key unreadable.sheet")
    assert (status, out) == (2, "")
    assert err.startswith("chalkgrad: unreadable.sheet: line 1, column 8")


@pytest.mark.parametrize(
    ("option", "environment", "coloured"),
    [
        ("", {}, True),
        ("", {"NO_COLOR": "1"}, False),
        ("", {"TERM": "dumb"}, False),
        ("--color never", {}, False),
        ("--colour always", {"NO_COLOR": "1"}, True),
    ],
)
def test_colours_are_for_terminals_and_can_be_switched(chalkgrad, monkeypatch, option, environment, coloured):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert ("\x1b[31m" in chalkgrad(f"mark wrong.sheet {option}")[1]) == coloured


def test_a_pipe_gets_no_colour_and_a_terminal_does():
    assert "\x1b" not in typed("chalkgrad mark wrong.sheet").stdout
    ours, theirs = pty.openpty()
    environment = {**SHELL, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        [sys.executable, "-m", "autograd", "mark", "wrong.sheet"],
        stdout=theirs,
        env=environment,
        check=False,
        timeout=60,
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 1
    assert shown.startswith("\x1b[31m✗ line 9: wrong\x1b[0m\r\n")


# -- A sheet as a graph -------------------------------------------------------------------------


def test_the_paths_of_a_name(chalkgrad):
    status, out, _ = chalkgrad("paths good.sheet w")
    assert status == 0
    assert "w → net → h → o" in out
    assert "∂E/∂w = 0.00095373" in out


def test_the_largest_paths_to_another_output(chalkgrad):
    Path("x.sheet").write_text("x = 3\ny = x*x + x\nE = 5*y\nloss: E\n")
    status, out, _ = chalkgrad("paths x.sheet x -k 1 --of y")
    assert status == 0
    assert "∂y/∂x = 7" in out


def test_a_name_is_found_however_it_is_spelled(chalkgrad):
    Path("x.sheet").write_text("w1 = 3; m[1,2] = 2\ny = w1*m[1,2]\n")
    assert chalkgrad("paths x.sheet w₁")[0] == 0
    assert chalkgrad("paths x.sheet m[1,2]")[0] == 0


@pytest.mark.parametrize("command", ["paths good.sheet", "draw good.sheet --wrt"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nett", "good.sheet: there is no name 'nett'; did you mean net?"),
        ("w_new", "good.sheet: E does not depend on w_new"),
    ],
)
def test_a_name_that_the_graph_has_not_is_answered_with_a_suggestion(chalkgrad, command, name, says):
    assert chalkgrad(f"{command} {name}") == (2, "", f"chalkgrad: {says}\n")


def test_an_output_that_the_sheet_has_not(chalkgrad):
    for command in ("paths good.sheet w", "draw good.sheet", "gradcheck good.sheet", "step good.sheet"):
        assert chalkgrad(f"{command} --of nett")[2].endswith("there is no name 'nett'; did you mean net?\n")


def test_a_sheet_that_cannot_be_computed_is_told_with_its_line(chalkgrad):
    Path("log.sheet").write_text("x = 0\ny = log(x)\n")
    for command in ("paths log.sheet x", "gradcheck log.sheet", "draw log.sheet", "mark log.sheet"):
        status, _, err = chalkgrad(command)
        assert status == 2
        assert err.startswith("chalkgrad: log.sheet: line 2, column ")


def test_stepping_reads_words_that_are_piped_in():
    done = typed("printf 'until h\\np w\\nq\\n' | chalkgrad step good.sheet")
    assert done.returncode == 0
    assert "∂E/∂h = 0.0763" in done.stdout
    assert not done.stderr


def test_stepping_takes_no_sheet_from_where_its_words_come(chalkgrad):
    status, _, err = chalkgrad("step -")
    assert status == 2
    assert "must be a file" in " ".join(err.split())


def test_the_gradient_of_every_given_is_measured(chalkgrad):
    status, out, _ = chalkgrad("gradcheck good.sheet")
    assert status == 0
    assert re.findall(r"^∂E/∂(\w) +(\S+) +(\S+) +right$", out, re.MULTILINE) == [
        ("x", "0.00286121", "0.00286121"),
        ("w", "0.000953737", "0.000953737"),
        ("v", "0.0957327", "0.0957327"),
        ("t", "−0.19075", "−0.19075"),
    ]
    assert out.endswith("all 4 agree\n")


def test_a_wrong_derivative_in_the_table_is_measured_and_named(chalkgrad, monkeypatch):
    Path("cos.sheet").write_text("x = 0.5; a = 2\ny = a*cos(x)\n")
    fast.remove()  # the plain operators read the row as it is now
    try:
        with monkeypatch.context() as planted:
            planted.setattr(autograd.table.ops.cos, "partials", (lambda _y, x: autograd.sin(x),))
            status, out, _ = chalkgrad("gradcheck cos.sheet")
    finally:
        fast.install()
    assert status == 1
    assert re.search(r"^∂y/∂x +0.958851 +−0.958851 +wrong$", out, re.MULTILINE)
    assert "cos of x = 0.5: the derivative with respect to x" in out
    assert out.endswith("1 of 2 disagree\n")


def test_a_kink_has_two_slopes_and_is_no_mistake(chalkgrad):
    Path("kink.sheet").write_text("x = 0; y = relu(x) + x\n")
    status, out, _ = chalkgrad("gradcheck kink.sheet")
    assert status == 0
    assert re.search(r"^∂y/∂x +1 +1 \| 2 +kink$", out, re.MULTILINE)


def test_indexed_names_are_measured_under_their_names(chalkgrad):
    Path("sum.sheet").write_text("w[1] = 2; w[2] = 3\ny = sum(w[k]^2 for k in 1..2)\n")
    assert re.findall(r"^∂y/∂(\S+) +(\S+)", chalkgrad("gradcheck sum.sheet")[1], re.MULTILINE) == [
        ("w[1]", "4"),
        ("w[2]", "6"),
    ]


def test_a_given_has_no_gradient_to_check(chalkgrad):
    assert "x is a given" in chalkgrad("gradcheck good.sheet --of x")[2]


def test_figures_are_compared_with_what_a_sheet_computes(chalkgrad):
    status, out, _ = chalkgrad("check good.sheet h=0.50187 dE/dv=0.0957 ∂E/∂w=0.0012")
    assert status == 1
    assert re.findall(r"^\d +(\S+) = \S+ +[✓✗] (\w+)$", out, re.MULTILINE) == [
        ("h", "right"),
        ("dE/dv", "right"),
        ("dE/dw", "slip"),
    ]
    assert chalkgrad("check good.sheet h=0.50187")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("hh=0.5", "nothing in the graph of E is called 'hh'; did you mean h?"),
        ("h", "a figure is given as NAME=FIGURE, such as dE/dw=0.00095, not 'h'"),
        ("=0.5", "a figure is given as NAME=FIGURE"),
        ("h=half", "half"),
    ],
)
def test_a_figure_that_cannot_be_compared_is_refused(chalkgrad, arguments, message):
    status, _, err = chalkgrad(f"check good.sheet {arguments}")
    assert status == 2
    assert message in " ".join(err.split())


def test_a_drawing_goes_beside_the_sheet_under_its_name(sheets, chalkgrad):
    assert chalkgrad("draw good.sheet") == (0, "wrote good.svg\n", "")
    drawn = (sheets / "good.svg").read_text(encoding="utf-8")
    assert "net" in drawn
    assert "0.000953737" in drawn  # gradients are shown


def test_a_drawing_of_the_paths_of_one_name(sheets, chalkgrad):
    assert chalkgrad("draw good.sheet --wrt w -o w.svg")[0] == 0
    assert chalkgrad("draw good.sheet --at 2 -o at.svg")[0] == 0
    assert len({(sheets / name).read_bytes() for name in ("w.svg", "at.svg")}) == 2


def test_a_drawing_of_a_step_that_there_is_not(chalkgrad):
    status, out, err = chalkgrad("draw good.sheet --at 7")
    assert (status, out) == (2, "")
    assert re.search(r"no step 7\b.* 6\b", err)


def cards(sheets, chalkgrad, options):
    """The names of the cards in a drawing of net.sheet."""
    assert chalkgrad(f"draw net.sheet {options} -o net.dot")[0] == 0
    return set(re.findall("<B>(.*?)</B>", (sheets / "net.dot").read_text(encoding="utf-8"))) - {
        "E",
        "E1",
        "E2",
        "t1",
        "t2",
    }


def test_neurons_and_layers_of_a_sheet_are_folded_with_their_parameters(sheets, chalkgrad):
    Path("net.sheet").write_text(chalkgrad("exercise --layers 2,2,2 --seed 7 --bias --key")[1])
    assert cards(sheets, chalkgrad, "--fold neuron") == {"I1", "I2", "h1", "h2", "o1", "o2"}
    assert cards(sheets, chalkgrad, "--fold layer") == {"I1", "I2", "layer 1", "layer 2"}
    box = (sheets / "net.dot").read_text(encoding="utf-8").partition("label=inputs")[2].partition("}")[0]
    assert set(re.findall("<B>(.*?)</B>", box)) == {"I1", "I2"}
    assert cards(sheets, chalkgrad, "--fold neuron --wrt w1") >= {"w1", "h1", "o1", "o2"}
    assert "w2" not in cards(sheets, chalkgrad, "--fold neuron --wrt w1")


def test_what_rows_of_data_share_belongs_to_the_layer(sheets, chalkgrad):
    Path("net.sheet").write_text(chalkgrad("exercise --layers 1,1,1 --seed 7 --samples 2 --key")[1])
    assert {"w1", "w2", "h1[1]", "h1[2]"} <= cards(sheets, chalkgrad, "--fold neuron")
    assert not {"w1", "w2", "h1[1]"} & cards(sheets, chalkgrad, "--fold layer")


def test_a_parameter_that_the_loss_uses_too_stays_outside(sheets, chalkgrad):
    text = "x = 2; w = 3\nh = tanh(w*x)\nE = h + w^2\nloss: E\ndE/dw = 6\n"
    Path("net.sheet").write_text(text)
    assert cards(sheets, chalkgrad, "--fold neuron") == {"x", "w", "h"}


def test_a_sheet_without_neurons_says_what_one_is(chalkgrad):
    Path("x.sheet").write_text("x = 2; y = x*x\n")
    status, _, err = chalkgrad("draw x.sheet --fold neuron")
    assert status == 2
    assert err.startswith("chalkgrad: x.sheet: there is nothing to fold: a neuron is ")


def test_a_net_that_is_used_twice_belongs_to_no_neuron(sheets, chalkgrad):
    Path("skip.sheet").write_text("x = 2; f(z) = z/(1 + z)\nnet = 3*x\nh = f(net)\nE = h + net\nloss: E\n")
    assert chalkgrad("draw skip.sheet --fold neuron -o skip.dot")[0] == 0
    drawn = (sheets / "skip.dot").read_text(encoding="utf-8")
    assert sorted(re.findall("<B>(.*?)</B>", drawn)) == ["E", "h", "net", "x"]


def test_a_page_goes_beside_the_sheet_under_its_name_with_the_marking(sheets, chalkgrad):
    assert chalkgrad("page wrong.sheet") == (0, "wrote wrong.html\n", "")
    text = (sheets / "wrong.html").read_text(encoding="utf-8")
    assert "<title>wrong</title>" in text
    assert '"word":"wrong"' in text


def test_a_page_of_another_output_under_another_title(sheets, chalkgrad):
    assert chalkgrad("page good.sheet --of o --title Output -o o.html") == (0, "wrote o.html\n", "")
    assert "<title>Output</title>" in (sheets / "o.html").read_text(encoding="utf-8")


def test_a_page_of_a_value_in_a_module(sheets, chalkgrad):
    (sheets / "the_lesson.py").write_text("from autograd import Value\nE = Value(3.0, 'x') ** 2\nE.label = 'E'\n")
    assert chalkgrad("page the_lesson:E") == (0, "wrote E.html\n", "")
    assert "<title>Backward through E</title>" in (sheets / "E.html").read_text(encoding="utf-8")
    assert chalkgrad("page the_lesson:F")[0] == 2
    assert chalkgrad("page the_lesson:E --of x")[0] == 2


@pytest.mark.parametrize("file", ["unreadable.sheet", "no_such.sheet", "no_such_module:E"])
def test_a_page_of_what_cannot_be_read(chalkgrad, file):
    status, out, err = chalkgrad(f"page {file}")
    assert (status, out) == (2, "")
    assert err.startswith("chalkgrad: ")


def test_a_drawing_that_cannot_be_written(chalkgrad):
    status, _, err = chalkgrad("draw good.sheet -o no_such_folder/good.svg")
    assert status == 2
    assert "no_such_folder" in err


# -- blank and exercise -------------------------------------------------------------------------


def test_a_blank_sheet_is_printed_and_has_nothing_answered(chalkgrad):
    status, out, _ = chalkgrad("blank good.sheet")
    assert status == 0
    assert out.count("= ?") == 8
    Path("blank.sheet").write_text(out)
    assert chalkgrad("mark blank.sheet")[0] == 3
    assert chalkgrad("mark --blank-ok blank.sheet")[0] == 0


def test_a_sheet_without_a_last_line_end_gets_one(chalkgrad):
    Path("x.sheet").write_text("x = 3; y = x^2 = 9")
    assert chalkgrad("blank x.sheet")[1] == "x = 3; y = x^2 = ?\n"


def test_blanking_what_cannot_be_read(chalkgrad):
    assert chalkgrad("blank unreadable.sheet")[2].startswith("chalkgrad: unreadable.sheet: line 1, column 8: ")


def test_an_exercise_and_its_key_belong_together(chalkgrad, monkeypatch):
    options = "exercise --layers 2,3,1 --seed 7 --bias --activation tanh --digits 4"
    _, asked, _ = chalkgrad(options)
    _, key, _ = chalkgrad(f"{options} --key")
    monkeypatch.setattr(sys, "stdin", io.StringIO(key))
    assert chalkgrad("blank -")[1] == asked
    Path("key.sheet").write_text(key)
    assert chalkgrad("mark key.sheet --brief")[:2] == (0, "72 claims: 72 right; score 72 of 72\n")


def test_a_seed_that_was_not_said_stands_in_the_first_line(chalkgrad):
    _, asked, _ = chalkgrad("exercise")
    seed = re.search(r"\(seed (\d+)\)", asked.splitlines()[0])[1]
    assert chalkgrad(f"exercise --seed {seed}")[1] == asked


def test_a_key_needs_the_seed_of_its_exercise(chalkgrad):
    status, out, err = chalkgrad("exercise --key")
    assert (status, out) == (2, "")
    assert "--seed" in err


@pytest.mark.parametrize(
    "wrong", ["--layers 2", "--layers 2,x", "--activation tnh", "--samples 0", "--digits 99", "--seed x"]
)
def test_an_exercise_that_cannot_be_made(chalkgrad, wrong):
    status, out, err = chalkgrad(f"exercise {wrong}")
    assert (status, out) == (2, "")
    assert err


def test_help_names_every_activation_of_an_exercise(chalkgrad):
    _, out, _ = chalkgrad("exercise --help")
    assert all(name in out for name in TARGETS)


# -- The command line itself --------------------------------------------------------------------


def test_the_demo_is_run_with_the_folder_for_its_pictures(chalkgrad, monkeypatch):
    asked = []
    monkeypatch.setattr("autograd.cli.demo.main", lambda out, **how: asked.append((out, *how.values())) or 0)
    assert chalkgrad("demo")[0] == 0
    assert chalkgrad("demo --all --no-browser --out pictures")[0] == 0
    assert asked == [(Path("out"), False, True), (Path("pictures"), True, False)]


def test_every_word_has_its_help_with_an_example_and_does_something(chalkgrad):
    _, overview, _ = chalkgrad("--help")
    for word in WORDS:
        status, out, _ = chalkgrad(f"{word} --help")
        assert status == 0
        assert f"example: chalkgrad {word}" in " ".join(out.split())
        assert re.search(rf"^    {word} ", overview, re.MULTILINE)
        assert callable(getattr(commands, word))
        assert chalkgrad(f"help {word}") == (0, out, "")


def test_the_examples_of_the_help_can_be_typed(sheets):
    for name in ("homework", "solution"):
        (sheets / f"{name}.sheet").write_text(GOOD.replace("w ", "w1 ").replace("w*", "w1*").replace("dw ", "dw1 "))
    (sheets / "notes.md").write_text("$x = 3$, $y = 2x = 6$")
    for name, word in WORDS.items():
        if name != "demo":  # which has a test of its own
            done = typed(f"{word.example} < /dev/null")
            assert (done.returncode, done.stderr) == (0, ""), word.example


def test_a_word_or_an_option_that_there_is_not_is_answered_with_a_suggestion(chalkgrad):
    assert chalkgrad("makr good.sheet") == (
        2,
        "",
        "chalkgrad: there is no command 'makr'; did you mean mark? (chalkgrad --help)\n",
    )
    assert chalkgrad("mark good.sheet --fromat=json") == (
        2,
        "",
        "chalkgrad: mark takes no '--fromat'; did you mean --format?\n  (chalkgrad mark --help)\n",
    )
    assert chalkgrad("blank good.sheet good.sheet")[0] == 2


def test_nothing_typed_is_answered_with_the_help(chalkgrad):
    status, out, err = chalkgrad("")
    assert (status, out) == (2, "")
    assert "To begin: chalkgrad demo" in err


def test_the_version_is_the_package_s(chalkgrad):
    assert chalkgrad("--version") == (0, f"chalkgrad {autograd.__version__}\n", "")


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (["mark", "good.sheet"], {"graphviz", "secrets", "autograd.drawing", "autograd.webpage"}),
        (["paths", "good.sheet", "w"], {"graphviz", "secrets", "autograd.marking", "autograd.exercises"}),
        (["step", "good.sheet"], {"graphviz", "secrets", "autograd.marking", "autograd.exercises"}),
        (["gradcheck", "good.sheet"], {"graphviz", "secrets", "autograd.marking", "autograd.exercises"}),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_command_does_not_wait_for_what_it_does_not_need(command, unneeded):
    code = f"import sys; from autograd.cli.main import main; main({command}); print({unneeded} & {{*sys.modules}})"
    assert typed(f'{sys.executable} -c "{code}" < /dev/null').stdout.endswith("set()\n")


def test_a_reader_who_has_seen_enough_ends_it_quietly(sheets):
    (sheets / "long.sheet").write_text("x = 1\n" + "".join(f"y{k} = x*{k} = {k}\n" for k in range(4000)))
    done = typed("chalkgrad mark long.sheet | head -n 1")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
    assert done.returncode == 141


def test_a_full_disk_is_told():
    done = typed("chalkgrad mark good.sheet > /dev/full")
    assert (done.returncode, done.stderr) == (2, "chalkgrad: No space left on device\n")


def test_a_folder_that_cannot_be_made_is_told(chalkgrad):
    status, _, err = chalkgrad("demo --out good.sheet")
    assert (status, err) == (2, "chalkgrad: good.sheet: File exists\n")


def test_ctrl_c_ends_it_quietly():
    os.mkfifo("pipe.sheet")
    process = subprocess.Popen(
        [sys.executable, "-m", "autograd", "mark", "pipe.sheet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=SHELL,
    )
    with Path("pipe.sheet").open("w"):  # open once the other side waits for a text
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_what_is_written_into_a_file_is_utf_8_whatever_the_terminal_has(sheets):
    done = typed("chalkgrad mark wrong.sheet --format html > page.html", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ wrong" in (sheets / "page.html").read_text(encoding="utf-8")


def test_a_file_name_cannot_write_to_the_terminal(chalkgrad):
    assert "\x1b" not in chalkgrad("mark \x1b[31mred")[2]


def test_streams_that_cannot_be_configured_do():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["mark", "good.sheet", "--brief"]) == 0
    assert out.getvalue().endswith("score 11 of 11\n")
