"""The page as a file: what is in it, what is refused, how it is written; a browser is in `test_page_browser`."""

import base64
import hashlib
import json
import re
from fractions import Fraction
from itertools import combinations

import pytest

import nn
from autograd import (
    ArgumentError,
    NotFoundError,
    OperandError,
    OutputError,
    Sheet,
    StaleGraphError,
    TooLargeError,
    Value,
    affine,
    mark,
    total,
)
from autograd.cli.main import main
from autograd.formatting.palette import DARK, LIGHT
from autograd.webpage import Page, graph_data, page
from autograd.webpage.targets import from_module, is_module

pytestmark = pytest.mark.portable


def simple():
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    y = a * b + c
    y.label = "y"
    return y


def data_of(made):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*)</script>', str(made))[1])


def contrast(one, other):
    """The contrast of two colours, as WCAG 2 defines it."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


# -- One file -----------------------------------------------------------------------------------


def test_the_page_names_nothing_outside_of_itself():
    text = str(page(simple()))
    assert re.findall(r"\b(?:src|href)=\"?([^\s\">]+)", text) == ["#steps"]
    assert set(re.findall(r"https?://[\w./-]+", text)) == {"http://www.w3.org/2000/svg"}  # a name, not asked for
    assert "@import" not in text
    assert "url(" not in text


def test_the_policy_allows_just_the_script_and_the_style_of_the_page():
    text = str(page(simple()))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    style, script = (
        re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1],
        re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
    )
    hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (style, *script)]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes[1]}'; style-src 'sha256-{hashes[0]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert len(script) == 1
    assert " style=" not in text


def test_the_same_graph_gives_the_same_page_byte_for_byte():
    assert str(page(simple())) == str(page(simple()))


def test_a_page_is_saved_whole_or_not_at_all(tmp_path):
    made = page(simple())
    assert made.save(tmp_path / "y.html").read_text(encoding="utf-8") == str(made)
    with pytest.raises(OutputError, match="could not be written"):
        made.save(tmp_path / "no" / "y.html")
    assert [path.name for path in tmp_path.iterdir()] == ["y.html"]


def test_a_page_says_what_it_is_and_shows_itself_in_a_notebook():
    made = page(simple(), title="a <b>")
    assert repr(made).startswith('Page "a <b>", ')
    frame = made._repr_html_()
    assert frame.startswith('<iframe title="a &lt;b&gt;" srcdoc="&lt;!doctype html&gt;')
    assert "<script" not in frame
    assert isinstance(made, Page)


def test_a_hostile_label_appears_nowhere_as_markup():
    label = "</script><script>alert(1)</script></style>\"'&\u2028"
    x = Value(2.0, label)
    E = x * x
    E.label = label
    text = str(page(E, title=label))
    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    assert text.count("</style>") == 1
    assert "\u2028" not in text
    assert data_of(page(E))["nodes"][1]["name"].startswith("</script><script>alert(1)</script></style>\"'&")


def test_a_name_from_right_to_left_is_kept_apart_in_a_formula():
    x = Value(2.0, "שלום")
    nodes = graph_data.page_data(x * Value(3.0, "b") + x.exp()).data["nodes"]
    assert "\u2068שלום\u2069·b" in [node.get("formula") for node in nodes]


# -- What it holds ------------------------------------------------------------------------------


def test_a_page_computes_with_the_numbers_of_leaves_and_of_plain_operands():
    x = Value(float("inf"), "x")
    nodes = data_of(page(x * -0.0 + Fraction(1, 4)))["nodes"]
    assert [node["value"] for node in nodes if node["op"] is None] == ["inf"]
    operands = [operand for node in nodes if node["op"] for operand in node["operands"]]
    assert [operand["number"] for operand in operands if isinstance(operand, dict)] == [0.25, -0.0]


def test_a_leaf_alone_is_a_page():
    assert [node["name"] for node in data_of(page(Value(1.0, "x")))["nodes"]] == ["x"]


def test_neurons_of_a_network_are_boxed():
    out = nn.MLP(2, [2, 1])([Value(0.5, "x1"), Value(-1.0, "x2")])
    held = data_of(page(out[0] if isinstance(out, list) else out))
    names = [box[-1] for box in held["open"]["frames"]]
    assert "layer 1" in names
    assert len([name for name in names if name.startswith("neuron")]) == 3


def test_a_sheet_is_shown_with_its_marking():
    sheet = Sheet.parse("x = 3; w = 2\ny = w*x = 7\nE = y^2 = 36\ndE/dw = 2*y*x = 36\ndE/dx = 2*y = 12")
    marking = data_of(page(sheet))["marking"]
    held = data_of(page(sheet))["nodes"]
    pointed = [[held[at]["name"] for at in verdict["nodes"]] for verdict in marking["verdicts"]]
    assert marking["verdicts"][0]["word"] == "slip"
    assert pointed[:3] == [["y"], ["E"], ["w", "E"]]
    assert (
        marking["summary"]
        == mark("x = 3; w = 2\ny = w*x = 7\nE = y^2 = 36\ndE/dw = 2*y*x = 36\ndE/dx = 2*y = 12").summary()
    )


def test_a_sheet_that_claims_nothing_has_no_marking():
    assert data_of(page(Sheet.parse("x = 3; y = x^2")))["marking"] is None


def test_a_marking_can_be_shown_beside_a_graph_made_in_python():
    y = simple()
    held = data_of(page(y, marking=mark("a = 2; b = -3; c = 10; y = a*b + c = 5")))
    assert [verdict["nodes"] for verdict in held["marking"]["verdicts"]] == [[0]]


def test_a_verdict_on_a_name_beside_the_graph_points_at_what_it_is_computed_from():
    sheet = Sheet.parse("loss: E\nw = 2; E = w^2\nn = w - 1 = 1")
    held = data_of(page(sheet))
    assert [held["nodes"][at]["name"] for at in held["marking"]["verdicts"][0]["nodes"]] == ["w"]


# -- What is refused ----------------------------------------------------------------------------


def test_a_graph_too_large_is_refused_with_the_ways_out():
    x = Value(1.0, "x")
    y = x
    for _ in range(graph_data.MAX_NODES):
        y = y * 1.0
    with pytest.raises(TooLargeError, match=r"1,201 nodes are too many for a page.*fold.*at=step.*paths\(E, w\)"):
        page(y)
    [below] = y.parents
    assert len(data_of(page(below))["nodes"]) == graph_data.MAX_NODES


@pytest.mark.parametrize("by_command", [False, True])
def test_a_graph_too_large_is_refused_before_it_is_marked(by_command, tmp_path, monkeypatch, capsys):
    marked = []
    monkeypatch.setattr("autograd.marking.marker.Marker.mark", lambda self: marked.append(self) or [])
    file = tmp_path / "long.sheet"
    steps = [f"h{at} = 1.01*h{at - 1}" for at in range(1, graph_data.MAX_NODES + 1)]
    file.write_text("\n".join(["h0 = 1", *steps, f"h{graph_data.MAX_NODES} = 2"]))
    if by_command:
        assert main(["page", str(file), "--out", str(tmp_path / "long.html")]) == 2
        assert "too many for a page" in " ".join(capsys.readouterr().err.split())
    else:
        with pytest.raises(TooLargeError, match="too many for a page"):
            page(Sheet.load(file))
    assert marked == []


def test_a_node_of_very_many_operands_is_refused():
    with pytest.raises(TooLargeError, match="total of 200 operands"):
        page(total([Value(1.0) for _ in range(200)]))
    with pytest.raises(TooLargeError, match=r"expand\(\)"):
        page(affine([Value(1.0) for _ in range(80)], [1.0] * 80))


def test_a_graph_whose_numbers_were_changed_is_refused():
    y = simple()
    y.parents[1].data = 11.0
    with pytest.raises(StaleGraphError, match=r"page: .*no longer follows.*compute the expression again"):
        page(y)


def test_what_is_no_graph_is_refused():
    with pytest.raises(OperandError, match="a page is of a Value or of a Sheet, not of a float"):
        page(3.0)
    with pytest.raises(ArgumentError, match="too large for a float"):
        page(Value(10**400, "x"))


# -- How it looks -------------------------------------------------------------------------------


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_its_ground_as_wcag_asks(colours):
    texts = ["ink", "quiet", "chosen", "unfinished", "green", "yellow", "red", "blue"]
    texts += [name for name in colours if name.startswith("path-")]
    for text in texts:
        for ground in ("paper", "ground", "given", "chosen-ground"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_colours_of_two_paths_are_two_colours(colours):
    found = [colour for name, colour in colours.items() if name.startswith("path-")]
    assert all(one != other for one, other in combinations(found, 2))


def test_light_and_dark_name_the_same_colours():
    assert list(LIGHT) == list(DARK)


# -- module:name --------------------------------------------------------------------------------


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_lesson.py").write_text("from autograd import Value\nloss = Value(2.0, 'x') ** 2\nn = 3\n")
    (tmp_path / "a_broken_lesson.py").write_text("1 / 0\n")
    (tmp_path / "a_lacking_lesson.py").write_text("import no_such_package_at_all\n")


@pytest.mark.usefixtures("lesson")
def test_a_value_in_a_module_is_found_by_its_name():
    assert is_module("a_lesson:loss")
    assert not is_module("a_lesson.py")
    assert from_module("a_lesson:loss").data == 4.0


@pytest.mark.usefixtures("lesson")
@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ("a_lesson:los", NotFoundError, "there is no los in a_lesson; did you mean loss"),
        ("a_lesson:n", OperandError, "a_lesson:n is of type int"),
        ("no_lesson:loss", NotFoundError, "there is no module no_lesson here"),
        ("a_lesson.py:loss", NotFoundError, "is it a_lesson:loss"),
        ("a_broken_lesson:loss", ArgumentError, "ZeroDivisionError: division by zero"),
        ("a_lacking_lesson:loss", ArgumentError, "no_such_package_at_all"),
        ("a lesson", ArgumentError, "write module:name"),
    ],
)
def test_what_is_not_in_a_module_is_told(given, error, words):
    with pytest.raises(error, match=words):
        from_module(given)
