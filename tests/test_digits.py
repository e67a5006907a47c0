"""The demo that reads digits: it names a missing package, and otherwise it learns."""

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

digits = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent.parent / "demos" / "digits.py")))


def test_without_scikit_learn_it_says_what_to_install_and_ends_well(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert digits.main() == 0
    assert "this demo needs sklearn, which is not installed: pip install" in capsys.readouterr().out


def test_it_reads_more_than_95_of_a_hundred_new_digits(capsys):
    pytest.importorskip("numpy", reason="replay needs NumPy")
    pytest.importorskip("sklearn", reason="the pictures of digits come with scikit-learn")
    assert digits.main() == 0
    assert "It reads 9" in capsys.readouterr().out


def test_it_exits_with_1_when_it_has_not_learned(monkeypatch, capsys):
    pytest.importorskip("numpy", reason="replay needs NumPy")
    rows = [[float(k % 10 == j % 10) for j in range(64)] for k in range(400)]
    monkeypatch.setitem(digits.main.__globals__, "digits", lambda: (rows, [k * k % 7 for k in range(400)]))
    monkeypatch.setitem(digits.main.__globals__, "EPOCHS", 1)
    assert digits.main() == 1
    assert "are read wrong" in capsys.readouterr().out


def test_a_picture_is_darker_where_there_is_more_ink():
    assert digits.picture([0.0, 0.5, 1.0] + [0.0] * 61)[0] == "  ==@@" + " " * 10
