"""What docs/stability.md promises is so: words, statuses, keys, formats."""

import json
import re
from pathlib import Path

import pytest

from autograd import Value, errors, mark, mark_code, proofread, save_graph
from autograd.classroom.gradebook import CORRECTIONS_HEAD, as_csv
from autograd.cli import common
from autograd.cli import main as command
from autograd.errors import ChalkgradError, InputError
from autograd.files import graph_files
from autograd.marking.verdicts import VERDICTS
from nn import saving

pytestmark = pytest.mark.portable

PAGE = (Path(__file__).parents[1] / "docs" / "stability.md").read_text(encoding="utf-8")


def rows(head):
    """The rows of the table with this first word in its head, as tuples of cells."""
    table = re.search(rf"^\| {head} \|.*\n\|.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in table[1].splitlines()]


KEYS = {what: re.findall(r"`(\w+)`", keys) for what, keys in rows("of")}


def test_the_verdicts_are_these_and_these_earn_their_points():
    words = {True: "yes", False: "no"}
    there = {word: words[row.earns_point] if row.counts else "not counted" for word, row in VERDICTS.items()}
    assert dict(rows("verdict")) == there


def test_the_exit_statuses_are_these():
    promised = [int(status) for status, _ in rows("status")]
    there = [common.RIGHT, common.MISTAKES, common.FAILED, common.NOTHING, command.INTERRUPTED, command.PIPE_CLOSED]
    assert promised == there


@pytest.mark.parametrize(
    ("text", "status"),
    [("x = 3; y = x^2 = 9", 0), ("x = 3; y = x^2 = 6", 1), ("what is this", 2), ("x = 3; y = x^2 = ?", 3)],
)
def test_a_command_ends_with_the_status_that_is_promised(tmp_path, text, status, capsys):
    (tmp_path / "a.sheet").write_text(text, encoding="utf-8")
    assert command.main(["mark", str(tmp_path / "a.sheet")]) == status
    assert bool(capsys.readouterr().err) == (status == 2)


def test_the_json_of_a_sheet_has_every_key_that_is_promised():
    for reveal in ("line", "kind", "answer"):
        found = json.loads(mark("x = 3; y = 2*x = 16", reveal=reveal).to_json())
        assert set(KEYS["a marked sheet"]) <= set(found)
        assert all(set(KEYS["one of its claims"]) <= set(claim) for claim in found["claims"] + found["roots"])
    diagnosed = json.loads(mark("x = 3; y = 2*x = 60").to_json())["roots"][0]["diagnosis"]
    assert set(KEYS["a diagnosis"]) <= set(diagnosed[0])


def test_the_json_of_a_note_has_every_key_that_is_promised():
    found = json.loads(proofread("$w = 0.5$, $x = 3$, $y = w x = 1.6$").to_json())
    assert {*KEYS["a marked sheet"], *KEYS["a proofread note, besides"]} <= set(found)
    assert {*KEYS["one of its claims"], *KEYS["a claim of a note, besides"]} <= set(found["claims"][0])


def test_the_json_of_array_code_has_every_key_that_is_promised():
    pytest.importorskip("numpy", reason="NumPy is not installed: array code is not marked")
    found = json.loads(
        mark_code("import numpy as np\nx = np.ones(3)\ny = 2 * x\nloss = y.sum()\ndx = 3 * y\n").to_json()
    )
    assert set(KEYS["marked array code"]) <= set(found)


def test_the_files_have_the_formats_that_are_promised():
    promised = {(name.strip("`"), int(version)) for _, name, version in rows("file")}
    assert promised == {(module.FORMAT, module.VERSION) for module in (graph_files, saving)}


def test_the_columns_of_the_marks_begin_with_those_that_are_promised():
    head = as_csv([], []).splitlines()[0].split(",")
    promised = re.findall(r"`([\w ]+)`", PAGE.partition("`marks.csv` has the columns")[2].partition(", then")[0])
    assert len(promised) == 5
    assert head[:5] == promised
    assert set(CORRECTIONS_HEAD) == set(re.findall(r"`(\w+)`", PAGE.partition("`corrections.csv` is read with")[2])[:4])


def test_a_file_of_a_later_version_is_refused_with_that_reason(tmp_path):
    file = save_graph(Value(2.0) * 3, tmp_path / "g.json")
    file.write_text(file.read_text(encoding="utf-8").replace('"version": 1', '"version": 2'), encoding="utf-8")
    with pytest.raises(InputError, match="reads up to 1: install a later one"):
        graph_files.load_graph(file)


def test_every_error_is_of_the_one_kind_and_of_python_s():
    kinds = [kind for name, kind in vars(errors).items() if name.endswith("Error") and name != "ChalkgradError"]
    assert kinds
    assert all(issubclass(kind, ChalkgradError) and len(kind.__mro__) > 4 for kind in kinds)
