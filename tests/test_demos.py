"""Every demo runs from anywhere, ends well, and says what it is there to say."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEMOS = sorted((ROOT / "demos").glob("*.py"))

# A line without which the demo would not have done its work.
SAYS = {
    "second_order.py": "Every figure is the closed form's.",
    "walkthrough.py": "0.000188255",  # the gradient of w1, which seed 003 prints as 0.000188
    "xor.py": "It has learnt exclusive or.",
}

# What writes into the project is asked to look only, and is silent where nothing is stale.
ARGUMENTS = {"make_walkthrough.py": ["--check"]}


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)
def test_a_demo_runs_and_says_what_it_is_there_to_say(demo, tmp_path):
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    run = subprocess.run(
        [sys.executable, "-W", "error", str(demo), *ARGUMENTS.get(demo.name, [])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert demo.name in ARGUMENTS or SAYS.get(demo.name, "\n") in run.stdout
    assert run.stderr == ""


def test_xor_exits_with_1_when_it_has_not_learnt(capsys):
    demo = runpy.run_path(str(ROOT / "demos" / "xor.py"))
    demo["main"].__globals__["STEPS"] = 5
    assert demo["main"]() == 1
    assert "It has not learnt exclusive or." in capsys.readouterr().out


def test_second_order_exits_with_1_when_a_figure_is_not_the_closed_forms(capsys):
    demo = runpy.run_path(str(ROOT / "demos" / "second_order.py"))
    right = demo["grad"]
    demo["main"].__globals__["grad"] = lambda y, x: [2 * d for d in right(y, x)] if isinstance(x, list) else right(y, x)
    assert demo["main"]() == 1
    assert "Not every figure" in capsys.readouterr().out
