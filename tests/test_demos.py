"""Every demo runs from anywhere, ends well, and says what it is there to say."""

import io
import math
import os
import re
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograd.cli import demo as first
from autograd.cli.completion import script
from autograd.cli.main import WORDS, command_parser
from nn.plots import GradientSizes

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parent.parent
DEMOS = sorted((ROOT / "demos").glob("*.py"))

# A line without which the demo would not have done its work.
SAYS = {
    "digits.py": "never seen" if find_spec("sklearn") and find_spec("numpy") else "pip install",
    "gpt.py": "It makes up",
    "moons.py": "It has learned the moons.",
    "radar.py": "Every figure is that of the slides' formulas.",
    "rnn.py": "It remembers the first number.",
    "scale_out.py": "The same gradients." if find_spec("jax") and find_spec("numpy") else "This demo needs",
    "second_order.py": "Every figure is the closed form's.",
    "vanishing.py": "Sigmoids vanish; He's weights under a relu do not.",
    "walkthrough.py": "0.000188255",  # the gradient of w1, which seed 003 prints as 0.000188
    "xor.py": "It has learned exclusive or.",
}

# What writes into the project is asked to look only, and is silent where nothing is stale. The transformer learns less.
ARGUMENTS = {"make_walkthrough.py": ["--check"], "gpt.py": ["--steps", "16", "--batch", "3"]}
if find_spec("numpy"):
    ARGUMENTS["moons.py"] = ["--both"]
    SAYS["moons.py"] = "Eager and replayed, the weights are the same"


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.name)
def test_a_demo_runs_and_says_what_it_is_there_to_say(demo, tmp_path):
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    run = subprocess.run(
        [sys.executable, "-W", "error", str(demo), *ARGUMENTS.get(demo.name, [])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "ascii"},  # which has none of our signs
        capture_output=True,
        encoding="ascii",
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert SAYS.get(demo.name, "" if demo.name in ARGUMENTS else "\n") in run.stdout
    assert run.stderr == ""


def test_xor_exits_with_1_when_it_has_not_learned(capsys):
    demo = runpy.run_path(str(ROOT / "demos" / "xor.py"))
    demo["main"].__globals__["STEPS"] = 5
    assert demo["main"]() == 1
    assert "It has not learned exclusive or." in capsys.readouterr().out


def test_second_order_exits_with_1_when_a_figure_is_not_the_closed_forms(capsys):
    demo = runpy.run_path(str(ROOT / "demos" / "second_order.py"))
    right = demo["grad"]
    demo["main"].__globals__["grad"] = lambda y, x: [2 * d for d in right(y, x)] if isinstance(x, list) else right(y, x)
    assert demo["main"]() == 1
    assert "Not every figure" in capsys.readouterr().out


def take_away_the_extras(monkeypatch):
    """As on a plain machine, whatever an earlier test has imported."""
    extras = {"numpy", "matplotlib", "tqdm"}
    for module in extras | {name for name in sys.modules if name.partition(".")[0] in extras}:
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.parametrize("name", ["xor", "vanishing", "radar", "rnn"])
def test_a_demo_of_training_needs_no_extra(name, monkeypatch, capsys):
    take_away_the_extras(monkeypatch)
    monkeypatch.setattr(sys, "argv", [name])
    assert runpy.run_path(str(ROOT / "demos" / f"{name}.py"))["main"]() == 0
    assert SAYS[f"{name}.py"] in capsys.readouterr().out


def test_moons_without_extras_shows_where_it_decides_and_exits_with_1_when_it_has_not_learned(monkeypatch, capsys):
    take_away_the_extras(monkeypatch)
    demo = runpy.run_path(str(ROOT / "demos" / "moons.py"))
    demo["main"].__globals__["STEPS"] = 3
    assert demo["main"]([]) == 1
    shown = capsys.readouterr().out
    assert "It has not learned the moons." in shown
    assert "● and ░ class 1" in shown
    with pytest.raises(ImportError, match=r"chalkgrad\[replay\]"):
        demo["main"](["--replay"])
    with pytest.raises(ImportError, match=r"chalkgrad\[plot\]"):
        demo["main"](["--picture", "moons.svg"])


def test_moons_and_rnn_draw_their_pictures(tmp_path, capsys):
    pytest.importorskip("matplotlib", reason="the decision boundary is drawn by matplotlib")
    moons = runpy.run_path(str(ROOT / "demos" / "moons.py"))
    moons["main"].__globals__["STEPS"] = 2
    moons["main"](["--picture", str(tmp_path / "moons.svg")])
    rnn = runpy.run_path(str(ROOT / "demos" / "rnn.py"))
    assert rnn["main"](["--draw", str(tmp_path / "rnn.svg")]) == 0
    assert capsys.readouterr().out.count("drawn in") == 2
    for name in ("moons", "rnn"):
        assert "<svg" in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "broken", "instead", "says"),
    [
        ("radar", "by_hand", lambda: [[[0.0] * 3] * 2, [[0.0]] * 3], "It is not as it should be."),
        ("rnn", "EPOCHS", 1, "It has not learned to remember."),
        ("vanishing", "network", lambda *_: GradientSizes({"1": 1.0, "2": 1.0}), "It is not as it should be."),
    ],
)
def test_a_demo_exits_with_1_when_it_is_not_so(name, broken, instead, says, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name])
    demo = runpy.run_path(str(ROOT / "demos" / f"{name}.py"))
    demo["main"].__globals__[broken] = instead
    assert demo["main"]() == 1
    assert says in capsys.readouterr().out


# -- The first minute ----------------------------------------------------------------------------


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_a_screen(monkeypatch):
    """A terminal on a desk; whatever is opened in a browser is kept instead."""
    opened = []
    for name in ("SSH_CONNECTION", "WAYLAND_DISPLAY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    return opened


def test_the_first_minute_fits_a_screen_and_its_paths_cancel(tmp_path, capsys):
    assert first.main(tmp_path) == 0
    shown = capsys.readouterr().out.replace("−", "-")
    assert len(shown.splitlines()) <= 41
    one, two = (float(found) for found in re.findall(r"= ([+-]0\.\d+)$", shown, re.MULTILINE))
    for factors, product in re.findall(r"^  (1 × .*) = (\S+)$", shown, re.MULTILINE):
        assert math.prod(map(float, factors.split(" × "))) == pytest.approx(float(product), rel=1e-5)
    left = re.search(r"∂E/∂w1 +([+-]\S+)", shown)
    assert float(left[1]) == pytest.approx(one + two, abs=2e-9)
    assert f"only {abs(one + two) / (abs(one) + abs(two)):.0%} is left" in shown
    moved, nudge, slope = map(float, re.search(r"grows by (\S+) = (\S+) × (\d\.\d+)", " ".join(shown.split())).groups())
    assert moved == pytest.approx(nudge * slope, rel=0.01)


def test_the_first_minute_finds_a_wrong_figure_that_is_wrong(tmp_path, capsys):
    first.main(tmp_path)
    shown = capsys.readouterr().out
    line = int(re.search(r"✗ line (\d+): slip", shown)[1])
    text = first.sheet().read_text(encoding="utf-8").splitlines()[line - 1]
    left, right, figure = re.search(r"([\d.]+) × ([\d.]+) = ([\d.]+)$", text.strip()).groups()
    assert abs(float(left) * float(right) - float(figure)) > 1e-4
    assert figure in shown
    assert "two digits are transposed" in shown


def test_the_page_is_written_and_opened_at_a_screen_only(tmp_path, at_a_screen, monkeypatch):
    file = tmp_path / "demo.html"
    monkeypatch.setattr(sys, "stdout", Screen())
    first.main(tmp_path, browse=True)
    assert at_a_screen == [file.resolve().as_uri()]
    assert "✗ line" in sys.stdout.getvalue()
    assert "\x1b[31m" in sys.stdout.getvalue()
    assert "is now in your browser" in " ".join(sys.stdout.getvalue().split())
    assert "net_h1" in file.read_text(encoding="utf-8")
    first.main(tmp_path)
    monkeypatch.setenv("SSH_CONNECTION", "1")
    first.main(tmp_path, browse=True)
    monkeypatch.delenv("SSH_CONNECTION")
    monkeypatch.delenv("DISPLAY")
    first.main(tmp_path, browse=True)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    first.main(tmp_path, browse=True)
    assert len(at_a_screen) == 1
    assert "is for a browser" in " ".join(sys.stdout.getvalue().split())
    assert "\x1b" not in sys.stdout.getvalue()


def test_all_of_the_demonstration_has_every_step_and_draws(tmp_path, capsys):
    assert first.main(tmp_path, every=True) == 0
    shown = capsys.readouterr().out
    assert all(f"step {number} of 11" in shown for number in range(1, 12))
    assert {path.name for path in tmp_path.iterdir()} == {"demo.html", "graph.svg", "paths_of_w1.svg"}


# -- Completion in a shell -----------------------------------------------------------------------


def completed(*typed):
    """What bash completes the last word with."""
    words = " ".join(f"'{word}'" for word in ("chalkgrad", *typed))
    ask = f'COMP_WORDS=({words}); COMP_CWORD={len(typed)}; _chalkgrad; printf "%s\\n" "${{COMPREPLY[@]}}"'
    code = f"{script('bash', command_parser())}\n{ask}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash on this machine")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["de"], ["demo"]), (["p"], ["paths", "page"]), (["mark", "--fo"], ["--format"]),
        (["mark", "--format", "m"], ["markdown"]), (["mark", "a.sheet", "--reveal", ""], ["line", "kind", "answer"]),
        (["draw", "x.sheet", "--fold", "ne"], ["neuron"]), (["completion", "z"], ["zsh"]), (["paths", "no"], []),
        (["draw", "--out", ""], []), (["blank", "mark", "--fo"], []), (["demo", "--a"], ["--all"]),
    ],
)  # fmt: skip
def test_bash_completes_commands_options_and_choices(typed, words):
    assert completed(*typed) == words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_has_every_command_and_option_and_is_one(shell):
    text = script(shell, command_parser())
    for name in WORDS:
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", text)
    for option in ("no-browser", "reveal", "blank-ok", "activation"):
        assert option in text
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, timeout=60, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
    single = re.sub(r"\\'", "", text)
    assert single.count("'") % 2 == 0
