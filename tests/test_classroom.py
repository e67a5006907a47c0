"""A class: hand-ins gathered, marked in processes and kept; marks, feedback, the page; names against a key."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograd import __version__, mark
from autograd.classroom import workers
from autograd.classroom.class_page import class_page, file_names
from autograd.classroom.gradebook import StudentRow, as_csv
from autograd.classroom.hand_ins import HandIn, gathered
from autograd.classroom.kept_records import ClassMarker
from autograd.classroom.key_items import key_items
from autograd.classroom.marking_run import marked_class
from autograd.classroom.records import Options
from autograd.cli.main import main
from autograd.sheet import Sheet

KEY = """\
x = 0.5;  w = 0.8;  t = 0.3
h = sigmoid(w*x)               = 0.59869
E = (h - t)^2 / 2              = 0.04461
dE/dh = h - t                  = 0.29869
dE/dw = dE/dh * h*(1 - h) * x  = 0.03588   # [2]
"""
ADA = "h = 0.5987\nE = 0.0446\ndE/dh = h - t = 0.2987\ndE/dw = dE/dh * h*(1 - h) * x = 0.0359\n"
BEN = "h = 0.5987\ndE/dh = t - h = -0.2987\ndE/dw = dE/dh * h*(1 - h) * x = -0.0359\n"


@pytest.fixture
def school(tmp_path, monkeypatch):
    """A folder with a key, and in class/ the hand-ins of ada, who is right, and of ben, who turned a sign round."""
    monkeypatch.chdir(tmp_path)
    Path("class").mkdir()
    Path("key.sheet").write_text(KEY)
    Path("class/ada.sheet").write_text(ADA)
    Path("class/ben.sheet").write_text(BEN)
    return tmp_path


def marks(path="marks.csv"):
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def run(arguments):
    return main(f"mark class --key key.sheet {arguments}".split())


# -- Marks --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("school")
def test_a_row_for_each_student_and_a_column_for_each_item_of_the_key():
    assert run("--csv marks.csv") == 1
    ada, ben = marks().values()
    assert [ada[item] for item in ("h", "E", "dE/dh", "dE/dw")] == ["right"] * 4
    assert [ben[item] for item in ("h", "E", "dE/dh", "dE/dw")] == ["right", "missing", "root", "follows"]
    assert (ada["points"], ben["points"], ada["of"], ben["of"]) == ("5", "3", "5", "5")
    assert (ben["dE/dh points"], ben["dE/dw points"]) == ("0", "2")


def test_the_points_of_an_item_are_a_comment_that_other_commands_leave_alone():
    items = key_items(Sheet.parse(KEY + "a[1] = 2*x = 1  # see [3]\nb = a[1] = 1 # [0.5 points]\nc = x = 1 # [x]\n"))
    assert [item.points for item in items] == [1, 1, 1, 2, 3, 0.5, 1]
    assert mark(KEY).ok


def test_a_cell_is_never_a_formula_of_a_spreadsheet():
    for name in ("=1+1", "+1+a", "-1+a", "@sum", "\t=1", "=cmd|' /C calc'!A0", "a,b", 'a"b', "a\nb"):
        row = StudentRow(name, 1, {}, {}, {}, (), (), f"{name}: no", (0, 0), 0.0)
        text = as_csv([row], [])
        (cells,) = list(csv.reader(text.splitlines()[1:]))
        assert not cells[0].startswith(("=", "+", "-", "@", "\t"))
        assert not cells[-1].startswith(("=", "+", "-", "@", "\t"))


@pytest.mark.usefixtures("school")
def test_corrections_are_kept_when_a_class_is_marked_again():
    Path("corrections.csv").write_text("student,item,points,comment\nben,dE/dh,0.5,only the sign\n")
    before = Path("corrections.csv").read_bytes()
    for _ in range(2):
        run("--csv marks.csv --html report")
        assert (marks()["ben"]["points"], marks()["ben"]["dE/dh points"]) == ("3.5", "0.5")
        assert "only the sign" in marks()["ben"]["remark"]
        assert "only the sign" in Path("report/ben.html").read_text(encoding="utf-8")
    assert Path("corrections.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("bem,dE/dh,1,", "line 2: there is no student 'bem' (did you mean ben?)"),
        ("ben,dE/dx,1,", "line 2: there is no item of the key 'dE/dx'"),
        ("ben,dE/dh,much,", "line 2: 'much' is no number of points"),
        ("ben,dE/dh,nan,", "line 2: 'nan' is no number of points"),
    ],
)
@pytest.mark.usefixtures("school")
def test_a_correction_that_fits_nothing_is_refused_before_anything_is_marked(capsys, row, said):
    Path("c.csv").write_text(f"student,item,points,comment\n{row}\n")
    assert run("--csv marks.csv --corrections c.csv") == 2
    assert said.split(" (did")[0] in " ".join(capsys.readouterr().err.split())
    assert not Path("marks.csv").exists()


# -- Feedback, and the page ---------------------------------------------------------------------


@pytest.mark.usefixtures("school")
def test_feedback_shows_as_much_as_reveal_says():
    run("--html report --reveal line")
    hidden = Path("report/ben.html").read_text(encoding="utf-8")
    assert "line 2" in hidden
    assert "0.298688" not in hidden
    assert "the sign" not in hidden
    run("--html report --feedback md")
    assert "0.298688" in Path("report/ben.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("school")
def test_the_page_groups_mistakes_by_kind_and_can_be_anonymous():
    for name in ("cleo", "dan"):
        Path(f"class/{name}.sheet").write_text(BEN)
    run("--html report --csv marks.csv --anonymous")
    page = Path("report/index.html").read_text(encoding="utf-8")
    assert "<b>3 of 4</b>, <code>dE/dh</code>: the sign is the other way round" in page
    assert not any(re.search(rf"\b{name}\b", page) for name in marks())
    run("--html report")
    assert "(ben, cleo, dan)" in Path("report/index.html").read_text(encoding="utf-8")
    assert page.count("<h1>") == 1


def test_a_name_of_a_student_does_nothing_on_the_page():
    row = StudentRow("<script>", 1, {}, {}, {}, (("<b>", "<i>", 1),), ("<u>",), "", (0, 1), 1.0)
    page = class_page([row], []).to_html()
    assert not any(tag in page for tag in ("<script>", "<i>", "<u>"))


def test_names_of_files_are_apart_on_systems_that_ignore_case():
    names = file_names(["a", "A", "con", "../../etc/passwd", "index", "", "x" * 500, "ł"], "html").values()
    assert len({name.lower() for name in names}) == 8
    assert not any("/" in name or name.lower() in ("con.html", "index.html", ".html") for name in names)
    assert max(map(len, names)) < 90


# -- Hand-ins of every kind ---------------------------------------------------------------------


def put_bad_ones(folder):
    (folder / "empty.sheet").write_text("")
    (folder / "broken.sheet").write_text("h = )\n")
    (folder / "scan.pdf").write_bytes(b"%PDF\xff\x00")
    (folder / "huge.sheet").write_bytes(b"x = 1\n" * 800_000)
    (folder / "deep.sheet").write_text(f"h = {'(' * 90_000}1")
    (folder / "power.sheet").write_text("h = 9^9^9^9^9\nE = sum(x for k in 1..999999999)\n")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.sheet")
        (folder / "loop.sheet").symlink_to("loop.sheet")
        (folder / "circle").symlink_to(folder.resolve(), target_is_directory=True)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.usefixtures("school")
def test_bad_hand_ins_are_rows_that_say_so_and_change_nothing_for_the_others(jobs):
    run("--csv alone.csv")
    put_bad_ones(Path("class"))
    assert run(f"--csv marks.csv --html report --jobs {jobs}") == 2
    found = marks()
    files = {path.stem for path in Path("class").iterdir() if path.name != "circle"}
    assert set(found) == files
    for name in ("ada", "ben"):
        assert {**found[name], "number": ""} == {**marks("alone.csv")[name], "number": ""}
    for name in files - {"ada", "ben", "power", "broken"}:
        assert found[name]["remark"], name
    assert {row["of"] for row in found.values()} == {"5"}


@pytest.mark.usefixtures("school")
def test_what_a_marking_writes_is_no_hand_in():
    run("--csv class/marks.csv --html class/report")
    Path("class/corrections.csv").write_text("student,item,points,comment\n")
    run("--csv class/marks.csv --html class/report")
    assert set(marks("class/marks.csv")) == {"ada", "ben"}


@pytest.mark.usefixtures("school")
def test_students_of_one_file_name_are_told_apart():
    for name in ("ada", "ben"):
        Path(name).mkdir()
        Path(name, "homework.sheet").write_text(ADA)
    assert [each.student for each in gathered(["ada", "ben"])] == ["ada/homework.sheet", "ben/homework.sheet"]
    assert [each.student for each in gathered(["class/*.sheet"])] == ["ada", "ben"]


# -- In processes, kept, and again --------------------------------------------------------------


def hand_ins():
    return gathered(["class"])


@pytest.mark.usefixtures("school")
def test_several_processes_give_what_one_gives_in_every_format(capsys):
    put_bad_ones(Path("class"))
    for form in ("text", "markdown", "html", "json"):
        said = []
        for jobs in (1, 3):
            assert run(f"--format {form} --jobs {jobs}") == 2
            said.append(capsys.readouterr())
        assert said[0] == said[1]
        if form == "json":
            assert [each["sheet"] for each in json.loads(said[0].out)] == [each.path for each in hand_ins()]


@pytest.mark.usefixtures("school")
def test_a_record_is_kept_until_the_hand_in_the_key_an_option_or_the_version_changes():
    options = Options(key=KEY, version=__version__)
    ben = HandIn("class/ben.sheet", "ben", is_named=False)
    kept = Path("kept")
    kept.mkdir()

    def count():
        ClassMarker(options, kept).record(ben)
        return len(list(kept.iterdir()))

    assert [count(), count()] == [1, 1]
    (file,) = kept.iterdir()
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "short": ["taken from the file"]}))
    assert ClassMarker(options, kept).record(ben)["short"] == ["taken from the file"]
    file.write_text(file.read_text()[:100])  # a disk that was full
    assert ClassMarker(options, kept).record(ben)["short"] == record["short"]
    for change in ({"key": KEY.replace("0.3\n", "0.4\n")}, {"reveal": "kind"}, {"strict": True}, {"version": "9"}):
        before = count()
        options = options._replace(**change)
        assert count() == before + 1, change
    Path("class/ben.sheet").write_text(ADA)
    assert count() == 6


@pytest.mark.usefixtures("school")
def test_a_process_that_is_killed_costs_one_hand_in(monkeypatch):
    for number in range(8):
        Path(f"class/s{number}.sheet").write_text(ADA)
    ended = []
    plain = workers._answer

    def answer(process, line):
        if "s3.sheet" in line and not ended:
            ended.append(process.kill())
        return plain(process, line)

    monkeypatch.setattr(workers, "_answer", answer)
    records = list(marked_class(hand_ins(), Options(key=KEY), None, 2))
    lost = [record for record in records if record["error"]]
    assert [record["student"] for record in lost] == ["s3"]
    assert "ended before it was done" in lost[0]["error"]


def start(arguments):
    source = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "autograd", "mark", "class", "--key", "key.sheet", *arguments.split()],
        env={**os.environ, "PYTHONPATH": source},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def many_hand_ins(count=24):
    for number in range(count):
        lines = "".join(f"a{n} = sin({n}.5)*{number + 1} = 0.1\n" for n in range(60))
        Path(f"class/s{number:02}.sheet").write_text(ADA + lines)


@pytest.mark.parametrize("how", [signal.SIGINT, getattr(signal, "SIGKILL", signal.SIGTERM)])
@pytest.mark.skipif(sys.platform == "win32", reason="a signal to one process")
@pytest.mark.usefixtures("school")
def test_a_marking_that_was_stopped_goes_on(how):
    many_hand_ins()
    first = start("--csv marks.csv --jobs 2")
    kept = Path(".chalkgrad")
    patience = time.monotonic() + 60
    while not (kept.exists() and len(list(kept.glob("*.json"))) >= 3) and time.monotonic() < patience:
        time.sleep(0.01)
    first.send_signal(how)
    _, err = first.communicate(timeout=60)
    if how == signal.SIGINT:
        assert first.returncode == 130
        assert "the same command goes on from there" in " ".join(err.split())
    assert not Path("marks.csv").exists()
    time.sleep(0.2)  # a process whose reader was killed ends with its hand-in
    done = {path: path.stat().st_mtime_ns for path in kept.glob("*.json")}
    again = start("--csv marks.csv --jobs 2")
    assert again.wait(timeout=100) == 1
    again.communicate()
    assert len(marks()) == 26
    assert {path: path.stat().st_mtime_ns for path in done} == done, "what was kept was marked again"


@pytest.mark.usefixtures("school")
def test_two_markings_at_once_do_not_spoil_the_files_of_each_other():
    many_hand_ins(8)
    both = [start("--csv marks.csv --html report --jobs 2") for _ in range(2)]
    for each in both:
        each.communicate(timeout=100)
    assert [each.returncode for each in both] == [1, 1]
    assert len(marks()) == 10
    for name in marks():
        assert Path(f"report/{name}.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert not list(Path().rglob("*.part"))


@pytest.mark.usefixtures("school")
def test_a_script_without_a_main_guard_marks_in_processes():
    Path("script.py").write_text(
        "from autograd.classroom.hand_ins import gathered\n"
        "from autograd.classroom.marking_run import marked_class\n"
        "from autograd.classroom.records import Options\n"
        "print([r['status'] for r in marked_class(gathered(['class']), Options(), None, 2)])\n"
    )
    Path("class/json.py").write_text("raise SystemExit('a hand-in was run')")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "script.py"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[")
    assert done.stdout.count("2") >= 1


# -- Names against the key ----------------------------------------------------------------------

HAT = "x = 0.5;  w = 0.8;  t = 0.3\nloss: E\nz = w*x = 0.4\nŷ = sigmoid(z) = 0.59869\nE = (ŷ - t)^2/2 = 0.04461\n"


@pytest.mark.parametrize("name", ["y_hat", "yhat", "ŷ", "y\u0302"])
@pytest.mark.parametrize("derivative", ["dE/d{}", "∂E/∂{}", "dE_d{}", "d{}"])
def test_a_name_of_the_key_may_be_spelled_otherwise(name, derivative):
    for sign, words in (("", {"right"}), ("-", {"slip"})):
        marking = mark(f"{derivative.format(name)} = {sign}0.2987\n", key=HAT)
        assert {verdict.word for verdict in marking.verdicts} == words
        assert marking.not_in_key == []


def test_a_name_with_the_formula_of_a_name_of_the_key_stands_for_it():
    marking = mark("a1 = sigmoid(w*x) = 0.5987\nE = 0.0446\ndE/da1 = a1 - t = 0.2987\n", key=KEY)
    assert marking.ok
    assert marking.not_in_key == []
    assert marking.score == "4 of 4"


def test_an_alias_line_says_what_a_name_stands_for():
    for key, sheet in (
        (KEY, "alias: out = h\nout = 0.5987\ndE/dout = out - t\n"),
        (f"{KEY}alias: out = h\n", "out = 0.5987\ndE/dout = out - t\n"),
        (f"{KEY}alias: h = out\n", "out = 0.5988\n"),
    ):
        marking = mark(sheet, key=key)
        assert marking.ok == ("0.5988" not in sheet)
        assert marking.not_in_key == []
    assert mark("x = 3\nalias: a = y\ny = x^2\ndy/dx = 6\nda/dx = 6\n").score == "2 of 2"


@pytest.mark.parametrize("line", ["alias: a", "alias: a = ", "alias: a = 2", "alias: a = h + 1"])
def test_an_alias_is_two_names(line):
    with pytest.raises(Exception, match="an alias is two names"):
        mark(f"x = 1\n{line}\ny = x = 1\n")


@pytest.mark.usefixtures("school")
def test_a_name_that_the_key_lacks_is_said_and_answers_no_item():
    Path("class/ada.sheet").write_text("q = 2*x = 1\nout = sigmoid(w*t) = 0.5597\n")
    run("--csv marks.csv --html report")
    assert marks()["ada"]["not in the key"] == "q out"
    assert marks()["ada"]["points"] == "0"
    assert "not in the key: q, out" in str(mark(Path("class/ada.sheet"), key=KEY))
    assert "Names that the key lacks" in Path("report/index.html").read_text(encoding="utf-8")


def test_names_that_differ_are_never_taken_for_one():
    key = "w_1 = 2; w1 = 3; x = 1\ny = w_1*x = 2\nz = w1*x = 3\n"
    assert mark("dy/dw_1 = 1\ndz/dw1 = 1\ndy/dw1 = 0\n", key=key).score == "3 of 3"
    two = mark("a = w*x = 0.4\nb = w*x = 0.4\n", key="x = 0.5; w = 0.8\nnet = w*x = 0.4\n")
    assert two.not_in_key == ["a", "b"]
