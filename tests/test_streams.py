"""What is printed can be printed everywhere, and the command ends quietly whatever its streams are."""

import ast
import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from autograd import InputError, Value, explain, mark
from autograd.cli.main import WORDS, main
from autograd.formatting import streams
from autograd.stepper.debugger import debug

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parents[1]
SHEET = "x = 0.05;  w = 0.15;  t = 0.01\nh = sigmoid(w*x) = 0.50187\nE = (t - h)^2 / 2\nloss: E\ndE/dw = 0.00615\n"

# Every command of the program, on a sheet whose figures are right.
COMMANDS = {
    "demo": "demo --out pictures",
    "mark": "mark x.sheet",
    "step": "step x.sheet",
    "paths": "paths x.sheet w",
    "draw": "draw x.sheet -o x.dot",
    "page": "page x.sheet",
    "check": "check x.sheet h=0.50187",
    "gradcheck": "gradcheck x.sheet",
    "read": "read x.md",
    "gallery": "gallery",
    "completion": "completion bash",
    "blank": "blank x.sheet",
    "solve": "solve x.sheet",
    "exercise": "exercise --seed 1",
    "help": "--help",
}


def test_every_command_is_tried():
    assert set(COMMANDS) - {"help"} == set(WORDS)


@pytest.fixture(autouse=True)
def sheet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("x.sheet").write_text(SHEET, encoding="utf-8")
    Path("x.md").write_text("With $x = 0.5$ and $w = 2$, $h = w \\cdot x = 1.0$ ∂.\n", encoding="utf-8")
    return tmp_path


def environment(**variables):
    """The environment of a program that is started here; UTF-8 is not preferred unless it is said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


def ended(command, redirection, **variables):
    """How a command ends whose streams the shell has redirected so."""
    line = f"{sys.executable} -W error -m autograd {command} {redirection}"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, env=environment(**variables), timeout=60, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# -- Streams that are closed or missing ----------------------------------------------------------

needs_a_shell = pytest.mark.skipif(os.name == "nt", reason="closes streams as a POSIX shell does")


@needs_a_shell
@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_whose_streams_are_closed_does_its_work_and_ends_quietly(command, closed):
    status, out, err = ended(COMMANDS[command], closed)
    assert (status, err) == (0, "")
    assert bool(out) == (">&-" not in closed.split())


@needs_a_shell
def test_without_standard_output_the_status_still_tells_a_mistake():
    Path("x.sheet").write_text(SHEET.replace("0.00615", "0.00625"), encoding="utf-8")
    assert ended("mark x.sheet", ">&-")[0] == 1
    assert ended("mark no_such.sheet", ">&- 2>&-")[0] == 2


@needs_a_shell
@pytest.mark.parametrize("command", ["mark -", "blank -", "paths - w", "gradcheck -", "page -", "draw -"])
def test_a_sheet_from_a_standard_input_that_is_closed_is_refused(command):
    status, out, err = ended(command, "<&-")
    assert (status, out) == (2, "")
    assert err.startswith("chalkgrad: standard input: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_who_has_left_ends_a_command_quietly(command):
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-W", "error", "-m", "autograd", *COMMANDS[command].split()]
    done = subprocess.run(
        line,
        stdout=writing,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment(),
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@needs_a_shell
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_told_by_every_command(command):
    assert ended(COMMANDS[command], "> /dev/full") == (2, "", "chalkgrad: No space left on device\n")
    assert ended(COMMANDS[command], "> /dev/full 2>&1") == (2, "", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_program_without_a_console_can_run_every_command(command, monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(COMMANDS[command].split()) == 0
    assert (sys.stdin, sys.stdout, sys.stderr) == (None, None, None)


@pytest.mark.parametrize("missing", ["stdin", "stdout"])
def test_the_prompt_of_a_library_user_without_a_console_ends_at_once(missing, monkeypatch):
    closed = io.StringIO()
    closed.close()
    for stream in (None, closed):
        with monkeypatch.context() as without:
            without.setattr(sys, "stdin", io.StringIO("n\nq\n"))
            without.setattr(sys, "stdout", io.StringIO())
            without.setattr(sys, missing, stream)
            debug(Value(2.0, "x") ** 2)


def test_a_view_is_text_without_a_console_too(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert str(mark(SHEET)).endswith("score 2 of 2")


# -- Input without an end -------------------------------------------------------------------------


class Endless(io.RawIOBase):
    """A device such as /dev/zero."""

    def readable(self):
        return True

    def readinto(self, buffer):
        buffer[:] = b"\0" * len(buffer)
        return len(buffer)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no device without an end")
@pytest.mark.parametrize("command", ["mark {}", "mark x.sheet {}", "blank {}", "step {}", "mark x.sheet --key {}"])
def test_a_device_without_an_end_among_the_sheets_is_refused(command, capsys):
    Path("link.sheet").symlink_to("/dev/zero")
    for name in ("/dev/zero", "link.sheet"):
        assert main(command.format(name).split()) == 2
        out, err = capsys.readouterr()
        assert " ".join(err.split()) == f"chalkgrad: {name}: more than 4,000,000 bytes are too large for a sheet"
    assert ("score" in out) == (command == "mark x.sheet {}")  # the other sheets are marked


@pytest.mark.parametrize("command", ["mark -", "blank -", "step x.sheet", "step x.sheet --predict"])
def test_a_standard_input_without_an_end_is_refused(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Endless()), encoding="utf-8"))
    assert main(command.split()) == 2
    assert ": more than " in capsys.readouterr().err.replace("a line of", ":")


def test_a_line_that_is_too_long_ends_the_prompt_of_a_library_user():
    out = io.StringIO()
    with pytest.raises(InputError, match=r"a line of more than 10,000 characters is no command"):
        debug(Value(2.0, "x") ** 2, stdin=io.StringIO("n\n" + "x" * 20_000), stdout=out)
    assert "step 1 of 1" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["mark", ""], "FILE"),
        (["mark", "x.sheet", ""], "FILE"),
        (["mark", "x.sheet", "--key", ""], "--key"),
        (["mark", "x.sheet", "--key="], "--key"),
        (["paths", "x.sheet", ""], "NAME"),
        (["draw", "x.sheet", "-o", ""], "--out"),
        (["page", "x.sheet", "--of", ""], "--of"),
    ],
)
def test_an_empty_argument_is_a_mistake_that_is_told(arguments, name, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith(f"chalkgrad: {arguments[0]}: {name} is empty")) == ("", True)


# -- Encodings --------------------------------------------------------------------------------------

PRINTED = """
from autograd import *
from nn import MLP, SGD, decision_boundary, fit, half_squared_error, gradient_sizes
w, x = Value(1/3, "w₁"), Value(-2/7, "größe")
h = (w*x).sigmoid(); h.label = "重み"
E = (h*w - 1)**2 / 2; E.label = "E"
E.backward()
rows = [([0.0, 1.0], 1.0), ([1.0, 0.0], -1.0), ([1.0, 1.0], 0.5)]
model = MLP(2, [2, 1], activation="tanh", seed=1)
history = fit(model, rows, half_squared_error, SGD(model.parameters(), 0.1), epochs=4)
for view in (
    w, Graph(E), explain(E, w), walkthrough(E), compare_orders(E, w), paths(E, w), Stepper(E).next(2), draw(E),
    why_topological(E), gradcheck(lambda w: abs(w).tanh(), 1/3), first_nonfinite(E), exercise([2, 2, 1], 1),
    mark("x = 0.7; y = x^2 = 0.59\\ndy/dx = 2*x = 1.4"), check(E, {w: "0.5"}), history, history.plot(), model,
    decision_boundary(model, rows), gradient_sizes(model),
):
    print(view)
    print(f"{view}")
print("∂E/∂w → −½")
"""


def printed(encoding):
    """What a program that prints every view writes, in bytes."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRINTED],
        capture_output=True,
        env=environment(PYTHONIOENCODING=encoding),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr.decode("utf-8", "replace")) == (0, "")
    return done.stdout.replace(os.linesep.encode(), b"\n")


def test_every_view_can_be_printed_in_every_encoding():
    whole = printed("utf-8").decode()
    for encoding in ("ascii", "cp1252", "cp437", "latin-1", "shift_jis"):
        assert printed(encoding) == whole.encode(encoding, streams.SPELLED), encoding
    ascii_ = streams.spelled(whole)
    for said in (
        "dE/dw1",
        "sigma(",
        "->",
        r"gr\xf6\xdfe",
        r"\u91cd\u307f",
        "-2/7" if "-2/7" in ascii_ else "-0.285714",
    ):
        assert said in ascii_
    assert ascii_.endswith("dE/dw -> -1/2\n")


def test_an_error_can_be_read_in_every_encoding():
    code = "from autograd import Value; Value(-0.5, 'σ').log()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment(PYTHONIOENCODING="ascii"), check=False
    )
    assert done.stderr.decode("ascii").splitlines()[-1].endswith("log of sigma = -0.5 is not a real number")


def test_who_chose_what_becomes_of_such_signs_is_obeyed():
    for how, shown in (("replace", b"?"), ("xmlcharrefreplace", b"&#8706;")):
        code = "import autograd; print('∂')"
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            env=environment(PYTHONIOENCODING=f"ascii:{how}"),
            check=True,
        )
        assert done.stdout.strip() == shown


@pytest.mark.parametrize(
    ("text", "ascii_"),
    [
        ("∂E/∂w₁ = −0.5", "dE/dw1 = -0.5"),
        ("x² + x¹⁰ − 10⁻³", "x^2 + x^10 - 10^-3"),
        ("Wᵀ ⊙ δ, σ′(z), Σ, λ", "W^T .* delta, sigma'(z), Sigma, lambda"),
        ("½ · 3 × 4 → 6 ≠ 5 …", "1/2 * 3 * 4 -> 6 != 5 ..."),
        ("⎡1⎤ ── ═ ● ◐ ○ ✓ ✗", "[1] -- = * + o v x"),
        ("größe 重 \ud800", r"gr\xf6\xdfe \u91cd \ud800"),
    ],
)
def test_a_sign_is_spelled_as_it_is_typed(text, ascii_):
    assert streams.spelled(text) == ascii_
    assert text.encode("ascii", streams.SPELLED).decode("ascii") == ascii_


def test_decoding_is_left_alone():
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", streams.SPELLED)


def texts():
    """Every text in the program and its demos that is no docstring."""
    for folder in ("autograd", "nn", "demos"):
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
                    yield node.value


def test_every_sign_of_ours_has_a_spelling():
    ours = {sign for text in texts() for sign in text if unicodedata.category(sign)[0] in "LNPSZ"}
    lacking = {sign for sign in ours if "\\" in streams.spelled(sign) and sign != "\\" and not sign.isspace()}
    assert lacking == set()
    assert "∂" in ours


def test_a_stream_that_takes_everything_or_nothing_stays_as_it_is():
    taking, closed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    closed.close()
    for stream in (taking, closed, io.StringIO(), None, object()):
        streams.let_write(stream)
        assert not streams.is_terminal(stream)
    assert taking.errors == "strict"


def test_a_terminal_that_lacks_the_signs_is_spoken_to_in_others(monkeypatch):
    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    bytes_ = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(bytes_, encoding="cp1252", newline=""))
    assert main(["paths", "x.sheet", "w"]) == 0
    sys.stdout.flush()
    shown = bytes_.getvalue().decode("cp1252")
    assert "dE/dw = " in shown
    assert "?" not in shown
    assert str(explain(Value(1.0, "E"), "E"))  # and nothing is lost of the text itself
