"""The gallery and the lesson: sheets that answer their question, one mistake that is announced, commands that run."""

import io
import re
import shlex
from pathlib import Path

import pytest

from autograd import Sheet, gradients, mark, page, paths
from autograd.cli.gallery import exhibit, exhibits
from autograd.cli.main import main
from autograd.engine.graph import Graph

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parents[1]
SHEETS = {each.file[3:].removesuffix(".sheet"): each for each in exhibits()}

# The line of the first mistake, and what stands there.
MISTAKES = {"find_the_mistake": (15, "dE/dh * z*(1 - z)")}


class Numbers:
    """The values and the gradients of a sheet's graph, by name: computed by the engine, not read from the sheet."""

    def __init__(self, text):
        graph = Graph(Sheet.parse(text).graph())
        self.value = {node.label: node.data for node in graph.order}
        self.grad = {node.label: gradient for node, gradient in gradients(graph.output).items()}
        self.without = {leaf.label for leaf in graph.leaves if self.grad[leaf.label] == 0}

    def dot(self, names):
        return sum(self.value[name] * self.grad[name] for name in names)


near = pytest.approx

# What answers the question of a sheet, in the numbers of the engine.
ANSWERS = {
    "one_neuron": lambda n: n.grad["w"] < 0,
    "softmax": lambda n: [n.grad[f"z{i}"] for i in (1, 2, 3)] == near([n.value[f"p{i}"] - (i == 1) for i in (1, 2, 3)]),
    "logistic_regression": lambda n: 0 < -(n.value["p[3]"] - 1) * 3 < n.value["p[1]"] * 0.5 + 0.5 < n.value["p[2]"] * 2,
    "xor": lambda n: [g for name, g in n.grad.items() if name.startswith(("w", "v", "c"))] == [0] * 7,
    "vanishing": lambda n: 0 < n.grad["x"] / n.grad["h5"] < 1e-3,
    "residual": lambda n: (
        n.grad["y"] / n.grad["z"] == near(1 + n.grad["b"] / n.grad["z"] * (1 - n.value["b"] ** 2) * 0.2)
    ),
    "two_paths": lambda n: n.grad["w"] == 0 and n.grad["h1"] == -n.grad["h2"] != 0 and n.grad["u"] != 0,
    "dead_relu": lambda n: n.without == {"x1", "x3", "v", "b"},
    "matrix_layer": lambda n: n.grad["x[1]"] == near(sum(n.value[f"W[{i},1]"] * n.grad[f"b[{i}]"] for i in (1, 2, 3))),
    "batch_norm": lambda n: sum(n.grad[f"x{i}"] for i in (1, 2, 3)) == near(0, abs=1e-12),
    "layer_norm": lambda n: n.dot(["x1", "x2", "x3"]) == near(0, abs=1e-12),
    "adam": lambda n: n.grad["b"] / n.grad["a"] == near(1000),
    "lstm": lambda n: n.grad["c0"] / n.grad["c"] == near(n.value["f"]),
    "attention": lambda n: abs(n.grad["v[1]"]) > abs(n.grad["v[2]"]),
    "find_the_mistake": lambda n: n.grad["z"] == near(n.grad["h"] * n.value["h"] * (1 - n.value["h"])),
}


def test_there_are_fifteen_and_each_is_expected_here():
    assert len(SHEETS) == 15
    assert set(SHEETS) == set(ANSWERS)
    assert [each.file[:2] for each in exhibits()] == [f"{number:02d}" for number in range(1, 16)]


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_begins_with_its_title_and_one_question(name):
    first = SHEETS[name].text.partition("\n")[0]
    assert re.fullmatch(r"# [A-Z][^:?]+: [a-z][^:?]+\?", first)
    assert len(SHEETS[name].title) <= 40
    assert max(map(len, SHEETS[name].text.splitlines())) <= 120


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_has_no_mistake_but_the_one_that_is_announced(name):
    marking = mark(SHEETS[name].text)
    roots = [(root.claim.line, root.claim.segment.text) for root in marking.first_mistakes]
    assert roots == ([MISTAKES[name]] if name in MISTAKES else [])
    words = {verdict.word for verdict in marking.verdicts}
    assert words <= ({"right", "follows", "wrong"} if name in MISTAKES else {"right"})
    assert len(marking.verdicts) >= 8
    assert any(str(verdict.claim.subject).startswith("d") for verdict in marking.verdicts)


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_answers_its_question(name):
    assert ANSWERS[name](Numbers(SHEETS[name].text))


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_can_be_looked_at_in_every_way(name):
    sheet = Sheet.parse(SHEETS[name].text)
    graph = Graph(sheet.graph())
    for leaf in graph.leaves:
        assert paths(graph, leaf).total == near(graph.gradients[leaf], abs=1e-12)
    assert "<!doctype html>" in str(page(sheet))


def test_a_planted_mistake_would_be_noticed():
    text = SHEETS["lstm"].text.replace("dE/dc  = dE/dh * o*(1 - tanh(c)^2)", "dE/dc  = dE/dh * o*(1 - c^2)")
    assert [root.claim.segment.text for root in mark(text).first_mistakes] == ["dE/dh * o*(1 - c^2)"]


def test_the_title_and_the_question_are_those_of_the_first_line():
    assert exhibit("01_x.sheet", "# A square: what is its slope?\nx = 2\n")[:3] == (
        "01_x.sheet",
        "A square",
        "what is its slope?",
    )


def test_the_command_writes_the_sheets_and_keeps_what_was_changed(tmp_path, capsys):
    out = tmp_path / "gallery"
    assert main(["gallery", "--out", str(out)]) == 0
    assert {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()} == {
        each.file: each.text for each in exhibits()
    }
    shown = " ".join(capsys.readouterr().out.split())
    assert all(each.file in shown for each in exhibits())
    mine = out / "01_one_neuron.sheet"
    mine.write_text("x = 1\n", encoding="utf-8")
    (out / "02_softmax.sheet").unlink()
    assert main(["gallery", "--out", str(out)]) == 0
    assert mine.read_text(encoding="utf-8") == "x = 1\n"
    assert (out / "02_softmax.sheet").exists()


def test_the_document_shows_every_sheet_as_it_is():
    document = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<!-- file: (\S+) -->\n```sheet\n(.*?)```", document, re.DOTALL))
    assert shown == {each.file: each.text for each in exhibits()}, "run: python docs/refresh.py"


def typed(document):
    """Return every command of the shell blocks of a document, its words and the file that its output goes to."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            words, _, file = line.partition(" > ")
            program, *arguments = shlex.split(words, comments=True)
            assert program == "chalkgrad", line
            yield line, arguments, file


@pytest.mark.parametrize("document", ["lesson.md", "gallery.md"])
def test_every_command_of_the_lesson_can_be_typed_as_it_stands(document, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    for name, body in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).write_text(body, encoding="utf-8")
    if document == "gallery.md":
        main(["gallery"])
    ends = {}
    for line, arguments, file in typed(document):
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        status = main(arguments)
        printed, complaint = capsys.readouterr()
        assert complaint == "", line
        if file:
            (tmp_path / file).write_text(printed, encoding="utf-8")
        ends[line] = status
    mistaken = {line for line, status in ends.items() if status == 1}
    assert mistaken == {line for line in ends if re.search(r"mark (mine|\S*find_the_mistake)", line)}
    assert {line for line, status in ends.items() if status not in (0, 1)} <= {"chalkgrad mark deep.sheet --brief"}
    assert len(ends) >= 13


def test_the_plan_of_the_lesson_has_no_gap_and_lasts_45_minutes():
    text = (ROOT / "docs" / "lesson.md").read_text(encoding="utf-8")
    minutes = [(int(first), int(last)) for first, last in re.findall(r"^\| (\d+)–(\d+) \|", text, re.MULTILINE)]
    assert [first for first, _ in minutes] == [0, *(last for _, last in minutes[:-1])]
    assert minutes[-1][1] == 45
    headings = [(int(first), int(last)) for first, last in re.findall(r"^## (\d+)–(\d+): ", text, re.MULTILINE)]
    assert headings == minutes
