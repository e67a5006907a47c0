"""A sheet that claims or answers nothing: what is said, and how the command ends."""

import json

import pytest

from autograd import mark
from autograd.cli.main import main

HEAD = "x = 0.5; w = 0.8; t = 0.3\no = w*x\nE = (o - t)^2/2\n"


@pytest.mark.parametrize(
    "name", ["grad_w", "w_grad", "gradw", "w_gradient", "dLdw", "dEdw", "dE_w", "E_w", "dL_dw", "Δw", "delta_w", "g_w"]
)
def test_a_derivative_that_is_only_named_is_no_claim_and_the_hint_says_how_to_write_one(name):
    marking = mark(f"{HEAD}{name} = (o - t)*x")
    assert marking.is_blank
    assert marking.hint == f"{name} is a name like any other. To claim a derivative, write dE/dw = (o - t)*x"
    for text in (str(marking), marking.to_markdown(), marking.to_html()):
        assert "nothing is claimed; a derivative is written dE/dw" in text.replace("\n  ", " ")
        assert "write dE/dw = (o" in text.replace("\n  ", " ")
    assert json.loads(marking.to_json())["hint"] == marking.hint


def test_the_loss_is_the_one_that_the_sheet_says():
    hint = mark("x = 2; w = 3\nL = (w*x)^2\nR = L + w^2\nloss: R\ngrad_w = 2*w*x^2 + 2*w").hint
    assert "write dR/dw = 2*w*x^2 + 2*w" in hint


def test_several_names_are_listed():
    lines = "\n".join(f"grad_{name} = (o - t)*x" for name in "wxt")
    assert mark(HEAD + lines).hint.startswith("grad_w and grad_x and grad_t are names like any other.")


def test_a_name_that_is_claimed_to_have_a_number_is_still_no_derivative():
    assert "write dE/dw" in mark(f"{HEAD}grad_w = (o - t)*x = 0.05").hint


@pytest.mark.parametrize(
    "line", ["dE/dw = (o - t)*x\ngrad_w = (o - t)*x", "loss: E\ndw = (o - t)*x", "Δw = -0.5*(o - t)*x = -0.025"]
)
def test_where_a_derivative_is_claimed_or_a_step_has_a_number_nothing_is_said(line):
    assert mark(HEAD + line).hint == ""


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        (HEAD, "dE/dx"),
        (HEAD + "net_h = w*x\nu = 2*w", "dE/dx"),
        ("a = 2\nb = a^2", "db/da"),
        (HEAD + "E_w = o", "dE/dw"),
    ],
)
def test_where_nothing_is_claimed_the_summary_says_what_a_claim_is(text, derivative):
    marking = mark(text)
    assert marking.is_blank
    assert f"nothing is claimed; a derivative is written {derivative} = …" in marking.summary()


@pytest.fixture
def status(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    texts = {
        "right": HEAD + "dE/dw = (o - t)*x = 0.05",
        "wrong": HEAD + "dE/dw = (t - o)*x",
        "unreadable": "x = = 2",
        "blank": HEAD + "dE/dw = ?\ndE/dx = ?",
        "half": HEAD + "dE/dw = (o - t)*x\ndE/dx = ?",
        "nothing": HEAD,
        "copied": "x = 0.5\no = w*x",  # by the key
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.sheet").write_text(text, encoding="utf-8")

    def run(names, *options):
        found = main(["mark", *options, *(f"{name}.sheet" for name in names.split())])
        capsys.readouterr()
        return found

    return run


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("right", 0),
        ("half", 0),
        ("blank", 3),
        ("nothing", 3),
        ("right blank", 3),
        ("blank wrong", 1),
        ("wrong nothing right", 1),
        ("blank unreadable wrong", 2),
        ("unreadable", 2),
    ],
)
def test_the_exit_status_is_the_worst_of_2_1_3_0(status, names, expected):
    assert status(names) == expected
    assert status(names, "--format", "json") == expected
    assert status(names, "--blank-ok") == (0 if expected == 3 else expected)


def test_what_is_copied_from_the_key_is_no_answer(status):
    assert status("copied", "--key", "right.sheet") == 3
    assert status("right", "--key", "right.sheet") == 0
