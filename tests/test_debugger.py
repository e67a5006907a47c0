"""A session at the prompt: what is typed, and what is answered."""

import io
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

from autograd import ChalkgradError, OperandError, OutputError, RenderError, Value, affine, trace_origins
from autograd.engine.origins import Origin
from autograd.stepper.debugger import Debugger, debug
from autograd.stepper.stepper import Stepper
from autograd.stepper.vocabulary import WORDS
from nn import MLP, SGD, Batches, fit, half_squared_error

pytestmark = pytest.mark.portable

HERE = str(Path(__file__).parents[1])


def example():
    """L = ½·(σ(w·x + b) − 1)² written out; x is used twice."""
    x, w, b = Value(2.0, "x"), Value(0.5, "w"), Value(-1.0, "b")
    net = affine([w], [x], b)
    net.label = "net"
    o = net.sigmoid()
    o.label = "o"
    loss = (o - x) ** 2
    loss.label = "L"
    return loss


def session(*lines, root=None, predict=False):
    """What is answered, one text a line typed."""
    out = io.StringIO()
    root = example() if root is None else root
    debug(root, predict=predict, stdin=io.StringIO("".join(f"{line}\n" for line in lines)), stdout=out)
    _, *answers = re.split(r"^\(grad\) ", out.getvalue(), flags=re.MULTILINE)
    return [answer.partition("\n")[2].strip("\n") for answer in answers]


def first_line(answer):
    return answer.partition("\n")[0]


# -- Walking -----------------------------------------------------------------------------------


def test_next_and_back_show_where_they_come_to():
    answers = session("n", "n 2", "b", "back 100")
    assert [first_line(answer)[:11] for answer in answers[:4]] == [
        "step 1 of 4",
        "step 3 of 4",
        "step 2 of 4",
        "step 0 of 4",
    ]


def test_back_at_the_start_says_that_it_is_the_start():
    assert "This is the start" in session("b")[0]


def test_next_at_the_end_shows_the_end():
    assert "The end: every gradient is complete." in session("n 100", "n")[1]


def test_an_empty_line_does_the_last_command_again():
    answers = session("n", "", "")
    assert [first_line(answer)[:6] for answer in answers[:3]] == ["step 1", "step 2", "step 3"]


def test_an_empty_line_at_the_beginning_does_nothing():
    assert session("", "w")[0] == ""


@pytest.mark.parametrize("word", ["unt", "unti", "until"])
def test_until_stops_at_a_label_an_operation_or_where_a_leaf_receives(word):
    answers = session(f"{word} net", "reset", f"{word} sigmoid", f"{word} w")
    assert first_line(answers[0]).startswith("step 4 of 4   net = ")
    assert first_line(answers[2]).startswith("step 3 of 4   o = σ(net)")
    assert first_line(answers[3]).startswith("step 4 of 4")


def test_until_what_never_comes_suggests_and_stays():
    answers = session("n", "until nett", "w")
    assert "did you mean net?" in answers[1]
    assert answers[2] == answers[0]


def test_run_stops_at_breakpoints_and_then_at_the_end():
    answers = session("br net", "br o", "br", "r", "r", "r", "cl o", "cl", "br")
    assert "run stops at net, which comes at step 4" in answers[0]
    assert [line.split()[0] for line in answers[2].splitlines()] == ["net", "o"]
    assert first_line(answers[3]).startswith("step 3 of 4")
    assert first_line(answers[4]).startswith("step 4 of 4")
    assert "The end" in answers[5]
    assert answers[6] == "breakpoints: net"
    assert answers[7] == "breakpoints: none"
    assert "no breakpoints" in answers[8]


def test_a_breakpoint_behind_is_kept_for_the_next_time():
    answers = session("n 4", "br o", "reset", "c")
    assert "behind the present one" in answers[1]
    assert first_line(answers[3]).startswith("step 3 of 4")


@pytest.mark.parametrize("line", ["br ox", "cl ox"])
def test_a_breakpoint_at_nothing_is_refused(line):
    assert "ox" in session(line)[0]
    assert session(line, "br")[1].startswith("no breakpoints")


def test_goto_goes_both_ways_and_refuses_what_is_not_there():
    answers = session("g 3", "goto 1", "j 99", "goto", "g two")
    assert first_line(answers[0]).startswith("step 3")
    assert first_line(answers[1]).startswith("step 1")
    assert "the steps are 1 to 4" in answers[2]
    assert "wants the number of a step" in answers[3]
    assert "'two'" in answers[4]


def test_only_finish_changes_the_graph():
    root = example()
    x = next(node for node in Stepper(root).states if node.label == "x")
    session("r", "b", "r", "q", root=root)
    assert x.grad == 0
    assert "They are in .grad of every node" in session("fin", "q", root=root)[0]
    assert x.grad != 0


# -- Looking ------------------------------------------------------------------------------------


def test_print_gives_value_gradient_so_far_and_what_is_awaited():
    answers = session("p x", "n 2", "p x", "n 2", "p x")
    assert answers[0] == "x = 2   (a leaf)\n∂L/∂x = 0   ○ untouched, waits for v1, net"
    assert answers[2] == "x = 2   (a leaf)\n∂L/∂x = 3   ◐ partial, waits for net"
    assert answers[4] == "x = 2   (a leaf)\n∂L/∂x = 2.625   ● complete"


@pytest.mark.parametrize(
    ("field", "answer"),
    [("o.data", "0.5"), ("o.grad", "−3"), ("o.op", "sigmoid"), ("x.op", "none: a leaf"), ("net.parents", "w, x, b"),
     ("o.state", "complete"), ("o.label", "o")],
)  # fmt: skip
def test_print_gives_one_field(field, answer):
    assert session("n 2", f"p {field}")[1] == answer


@pytest.mark.parametrize(
    "line", ["p", "p hh", "p o.dta", "p __import__('os')", "p o.__class__", "watch hh", "unw hh", "until"]
)
def test_what_is_not_there_is_answered_and_nothing_is_evaluated(line):
    answer = session(line)[0]
    assert answer
    assert "Traceback" not in answer


def test_a_field_that_there_is_not_suggests_one():
    assert "did you mean data?" in session("p o.dta")[0]


def test_a_label_with_spaces_dots_and_brackets_is_a_label():
    w = Value(2.0, "layer 1.w[0,1]")
    answers = session("p layer 1.w[0,1]", "p layer 1.w[0,1].data", root=w * 3)
    assert answers[0].startswith("layer 1.w[0,1] = 2")
    assert answers[1] == "2"


def test_list_shows_the_steps_with_an_arrow_at_the_present():
    lines = session("n 2", "l")[1].splitlines()
    assert [line[:1] for line in lines] == [" ", "→", " ", " "]
    assert lines[0].split() == ["1", "●", "L", "=", "v1²", "∂L/∂L", "=", "1"]
    assert lines[3].split() == ["4", "○", "net", "=", "w·x", "+", "b"]


def test_watch_lists_adds_and_removes():
    answers = session("watch", "watch x", "n 2", "watch", "unw x", "n")
    assert answers[0].startswith("nothing is watched")
    assert "watch  x.grad  0 → 3" in answers[2]
    assert answers[3] == "  watch  x.grad  0 → 3   (by +3)   partial".strip("\n")
    assert "watch  x" not in answers[5]


def test_where_shows_the_present_step_again():
    answers = session("n 3", "w", "bt")
    assert answers[0] == answers[1] == answers[2]


# -- Pictures and paths, met only when they are asked for --------------------------------------


def planted(monkeypatch, name, **contents):
    module = types.ModuleType(f"autograd.{name}")
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, f"autograd.{name}", module)


def test_paths_are_those_of_the_node_that_is_named(monkeypatch):
    planted(
        monkeypatch,
        "path_sums.search",
        paths=lambda graph, node, k: f"{k} paths from {node.label} to {graph.output.label}",
    )
    assert session("paths w")[0] == "10 paths from w to L"
    assert "did you mean" in session("paths nat")[0]
    assert "paths w1" in session("paths")[0]


def test_draw_draws_the_present_step_into_the_file(monkeypatch):
    drawn = []

    class Picture:
        def render(self, path):
            drawn.append(path)

    def draw(graph, at=None):
        drawn.append((graph.output.label, at and at.node.label))
        return Picture()

    planted(monkeypatch, "drawing.picture", draw=draw)
    answers = session("draw", "n 3", "draw", "draw my picture.png")
    assert drawn == [("L", None), "step_0.svg", ("L", "o"), "step_3.svg", ("L", "o"), "my picture.png"]
    assert answers[3] == "wrote my picture.png"


@pytest.mark.parametrize("error", [RenderError, OutputError])
def test_a_picture_that_cannot_be_made_is_answered(monkeypatch, error):
    def draw(*_, **__):
        raise error("install a dot")

    planted(monkeypatch, "drawing.picture", draw=draw)
    answers = session("draw", "n")
    assert answers[0] == "install a dot"
    assert first_line(answers[1]).startswith("step 1")


# -- Predicting ----------------------------------------------------------------------------------


def test_predict_asks_here_too_and_goes_on():
    answers = session("predict", "-3", "n")
    assert "v1.grad += ∂L/∂L · ∂L/∂v1 = -3" in answers[0]
    assert "  right" in answers[0]
    assert "Predicted: 1 of 1 right." in answers[0]
    assert first_line(answers[1]).startswith("step 2")


def test_predict_on_asks_at_every_step_until_it_is_off():
    answers = session("pre on", "n", "?", "pre off", "n")
    assert answers[0] == "predict on; 0 of 0 right"
    assert "  it is 1 × −3 = −3" in answers[1]
    assert answers[2] == "predict off; 0 of 1 right"
    assert "+=" not in first_line(answers[3])


def test_the_input_may_end_in_the_middle_of_a_question():
    answer = session("n", root=Value(2.0, "a") * Value(3.0, "b"), predict=True)[0]
    assert "a.grad += " in answer
    assert "b.grad += ∂" not in answer
    assert "Predicted: 0 of 2 right." in answer


# -- The prompt -----------------------------------------------------------------------------------


def test_help_lists_every_word_from_its_docstring():
    listed = session("h")[0]
    for word, shortest in WORDS.items():
        usage = shortest + (f"({word[len(shortest) :]})" if word != shortest else "")
        assert any(line.strip().startswith(usage) and len(line.split("  ")) > 1 for line in listed.splitlines())
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.parametrize("word", [*WORDS, *WORDS.values()])
def test_every_word_and_its_short_form_has_help_of_its_own(word):
    assert session(f"h {word}")[0].startswith(next(short for full, short in WORDS.items() if word in (full, short)))


@pytest.mark.parametrize(
    "line", ["h nothing", "nxt", "bck 2", "??", "!ls", "o", "1", "n n n", "b -1", "l x", "é", "\x1b[A"]
)
def test_a_line_that_is_no_command_is_answered_and_the_session_goes_on(line):
    answers = session(line, "w", "q")
    assert answers[0]
    assert "\x1b" not in answers[0]
    assert first_line(answers[1]).startswith("step 0")


@pytest.mark.parametrize(("typed", "meant"), [("nxt", "next"), ("bakc", "back"), ("utnil", "until"), ("quti", "quit")])
def test_an_unknown_word_is_answered_with_a_suggestion(typed, meant):
    assert f"did you mean {meant}?" in session(typed)[0]


def test_a_label_alone_says_how_to_look_at_it():
    assert session("o")[0] == "o is a node: p o prints it, until o goes there"


@pytest.mark.parametrize("last", ["q", "quit", "exit", ""])
def test_quit_and_the_end_of_the_input_leave(last):
    assert len(session("n", *([last] if last else []))) == 2


def test_ctrl_c_gives_the_prompt_back_where_it_was():
    class Keyboard(io.StringIO):
        pressed = False

        def readline(self, *args):
            line = super().readline(*args)
            if line == "ctrl-c\n" and not self.pressed:
                self.pressed = True
                raise KeyboardInterrupt
            return line

    out = io.StringIO()
    debug(example(), stdin=Keyboard("n 2\nctrl-c\nn\nq\n"), stdout=out)
    assert "interrupted; at step 2 of 4" in out.getvalue()
    assert "step 3 of 4" in out.getvalue()


def test_labels_are_completed_whatever_characters_they_have():
    x = Value(1.0, "w[0,1]")
    y = x * Value(2.0, "w[0,2]")
    y.label = "net out"
    prompt = Debugger(Stepper(y), io.StringIO(), io.StringIO())
    assert prompt.completedefault("", "p ", 2, 2) == ["w[0,2]", "w[0,1]", "net out"]
    assert prompt.completedefault("0", "p w[0", 4, 5) == ["0,2]", "0,1]"]
    assert prompt.completedefault("ou", "until net ou", 10, 12) == ["out"]
    assert prompt.completenames("un") == ["until", "unwatch", "undo"]
    assert prompt.complete_help("wat") == ["watch"]


def test_an_undefined_derivative_is_answered_with_its_reason():
    answers = session("n", "n", "fin", "w", root=Value(0.0, "x").sqrt() + 1)
    assert "sqrt of x = 0 has no derivative" in answers[1]
    assert answers[1] == answers[2]
    assert first_line(answers[3]).startswith("step 1 of 2")


def test_debug_of_a_stepper_walks_on_from_where_it_is():
    s = Stepper(example()).next(2)
    out = io.StringIO()
    debug(s, stdin=io.StringIO("n\nq\n"), stdout=out)
    assert out.getvalue().startswith("step 2 of 4")
    assert s.position == 3


def test_debug_of_no_value_is_an_error_and_no_prompt():
    with pytest.raises(OperandError, match="a graph starts at a Value"):
        debug("E")
    assert issubclass(OperandError, ChalkgradError)


SCRIPT = """
from autograd import Value
from autograd.stepper.debugger import debug
x = Value(3.0, label="x"); y = (x * x).tanh(); y.label = "y"
debug(y)
print("x.grad =", x.grad)
"""


def piped(text, **environment):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], input=text, capture_output=True, cwd=HERE, timeout=60, check=False,
        env={"PATH": "", "PYTHONPATH": HERE, "PYTHONIOENCODING": "utf-8"} | environment,
    )  # fmt: skip


def test_it_works_from_piped_input_and_writes_down_what_it_read():
    result = piped(b"n\n\nfin\nq\nn\n")
    out = result.stdout.decode()
    assert result.stderr == b""
    assert result.returncode == 0
    assert "(grad) n\nstep 1 of 2   y = tanh(v1)" in out
    assert "(grad) fin\n" in out
    assert "(grad) q\nx.grad = 3.6551" in out


def test_piped_input_that_ends_or_is_no_text_is_no_traceback():
    result = piped(b"n\n\xff\xfe n\nn")
    assert (result.stderr, result.returncode) == (b"", 0)
    assert result.stdout.decode().endswith("(grad) \nx.grad = 0.0\n")


def test_a_terminal_that_lacks_the_letters_is_no_traceback():
    result = piped(b"n\nq\n", PYTHONIOENCODING="ascii")
    assert (result.stderr, result.returncode) == (b"", 0)
    assert b"step 1 of 2   y = tanh(v1)" in result.stdout


# -- Conditions ----------------------------------------------------------------------------------


def positions(*lines, root=None):
    """The step at which each answer stands, None where it shows none."""
    found = (re.search(r"^step (\d+) of", answer, re.MULTILINE) for answer in session(*lines, root=root))
    return [int(match[1]) if match else None for match in found]


# Gradients in the example: L 1, v1 −3, o −3, net −0.75, in steps 1 to 4; x gets 3 in step 2, and −0.375 in step 4.
@pytest.mark.parametrize(
    ("condition", "step"),
    [
        ("abs(grad) > 1", 2), ("|grad| > 2.9", 2), ("grad ≥ 3", 2), ("grad > −1 and grad < 0", 4), ("-1 < grad < 0", 4),
        ("op == 'sigmoid'", 3), ("not op != 'add_n' or label == 'net'", 4), ("upstream == -0.75", 4),
        ("x.grad < 3 and x.grad > 0", 4), ("x if grad < 3", 4), ("x, grad < 3", 4), ("if grad < -0.5", 2),
        ("w if data == 0.5", 4), ("step >= 3", 3), ("step % 2 == 0", 2), ("max(abs(grad), data) > 2.5", 2),
        ("state == 'partial'", 2), ("grad ^ 2 == 9", 2), ("isfinite(grad) and data == 0.5", 3), ("1/grad < -1", 4),
        ("sqrt(grad) > 1.7", 2), ("3", 3), ("o if grad < 0", 3), ("sigmoid if grad < 0", 3),
    ],
)  # fmt: skip
def test_until_takes_a_condition_and_goes_to_the_first_step_that_meets_it(condition, step):
    assert positions(f"until {condition}")[0] == step


def test_a_condition_says_for_which_node_it_holds():
    assert "grad > 2 holds for x." in session("until grad > 2")[0]


def test_a_breakpoint_with_a_condition_is_passed_by_where_it_does_not_hold():
    answers = session("b x if grad < 3", "c", "br", "reset", "cl x", "c")
    assert answers[0] == "run stops at x, which comes at step 2, where grad < 3"
    assert first_line(answers[1]).startswith("step 4 of 4")
    assert answers[2].split()[:5] == ["x", "if", "grad", "<", "3"]
    assert answers[4] == "breakpoints: none"
    assert "The end" in answers[5]


def test_b_goes_back_and_with_a_place_it_is_the_break_of_pdb():
    assert positions("n 3", "b", "b 2")[:3] == [3, 2, 0]
    assert session("b o")[0] == "run stops at o, which comes at step 3"


def test_a_breakpoint_may_be_a_condition_alone_and_the_nearest_of_several_is_met():
    assert positions("br if grad < -0.5", "br net", "r", "r", "r", "r")[2:] == [2, 3, 4, 4, None]
    assert positions("br net", "br if grad > 100", "r")[2] == 4


def test_tbreak_stops_once():
    answers = session("tb x", "r", "br", "reset", "r")
    assert "once" in answers[0]
    assert first_line(answers[1]).startswith("step 2 of 4")
    assert answers[2].startswith("no breakpoints")
    assert "The end" in answers[4]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("b w if grad", "grad is a number: compare it, as in grad > 0"),
        ("b w if w > 0", "w is a node: w.grad is its gradient, w.data its value"),
        ("b w if grad = 0", "== asks whether they are equal"),
        ("b w if", "if what?"),
        ("b wz if grad > 0", "called 'wz'"),
        ("until grd > 0", "did you mean grad?"),
        ("until grad > 'a'", "numbers go with numbers"),
        ("until __import__('os').system('true') == 0", "means nothing"),
        ("until (lambda: 1)() > 0", "means nothing"),
        ("until [g for g in 'ab'] == 1", "does not belong in a condition"),
        ("until grad.__class__ == 1", "a node has"),
        ("until abs() > 1", "means nothing"),
        ("until abs(1, 2) > 1", "abs(1, 2) has 2 arguments"),
        ("until " + "(" * 150 + "grad > 1", "is no condition"),
        ("until grad > 1 and " * 40 + "1", "more than 200 characters"),
        ("until op < 'a'", "== and != compare words"),
        ("until grad > 10", "no step after step 0 meets if grad > 10"),
        ("until 9 ** 9 ** 9 ** 9 < grad", "no step after step 0"),
        ("until 1 / 0 > 0", "no step after step 0"),
        ("until 0", "step 0 does not come"),
        ("until 77", "the steps are 1 to 4"),
    ],
)
def test_a_condition_that_is_none_is_answered_with_the_part_that_is_none(line, said):
    answers = session(line, "w")
    assert said in answers[0].replace("\n  ", " ")
    assert first_line(answers[1]).startswith("step 0")


def test_a_condition_knows_labels_that_python_would_rename():
    w, other = Value(2.0, "w₁"), Value(3.0, "w1")
    assert positions("until w₁.grad == 3", root=w * other)[0] == 1
    w = Value(2.0, "layer 1.w[0,1]")
    assert positions("until 2 < abs(layer 1.w[0,1].grad) < 4 and op == 'mul'", root=w * 3)[0] == 1


# -- What else pdb's users type ------------------------------------------------------------------


def test_undo_takes_back_what_finish_wrote_also_beside_an_earlier_gradient():
    root = example()
    root.backward()
    nodes = list(Stepper(root).states)
    before = [node.grad for node in nodes]
    answers = session("fin", "undo", "undo", root=root)
    assert "as it was" not in answers[0]
    assert "Every .grad is what it was before finish." in answers[1]
    assert "They are in .grad" not in answers[1]
    assert [node.grad for node in nodes] == before
    assert "finish has written nothing" in answers[2]
    session("fin", root=root)
    assert [node.grad for node in nodes] != before


def test_after_finish_and_reset_the_true_state_is_said():
    answers = session("fin", "reset", "fin", "undo", "reset")
    assert "nothing is changed in the graph before finish" not in answers[1]
    assert "They are in .grad of every node" in answers[1]
    assert "nothing is added" in answers[2]
    assert "nothing is changed in the graph before finish" in answers[4]


def test_a_gradient_that_was_cleared_after_finish_is_not_said_to_be_there():
    root = example()
    s = Stepper(root).finish()
    x = s.graph.find("x")
    x.grad = 0.0
    assert "was changed since of x" in repr(s)
    assert "They are in .grad of every node" not in repr(s)
    with pytest.raises(ChalkgradError, match="x; it would be lost"):
        s.undo()
    assert x.grad == 0


def test_info_counts_and_of_a_node_names_its_neighbors():
    answers = session("n 2", "br o", "info", "i net", "info breakpoints", "info watch")
    assert "8 nodes: 4 leaves, 4 operations" in answers[2] or "7 nodes: 3 leaves, 4 operations" in answers[2]
    assert re.search(r"position +step 2 of 4", answers[2])
    assert re.search(r"^breakpoints +o\nwatched +none$|^watched +none\nbreakpoints +o$", answers[2], re.MULTILINE)
    assert re.search(r"parents +w, x, b\n", answers[3])
    assert re.search(r"used by +o$", answers[3])
    assert answers[4].split()[0] == "o"
    assert answers[5] == "nothing is watched"


@pytest.mark.parametrize(
    "word", ["up", "down", "u", "args", "whatis x", "condition 1", "!x = 1", "interact", "source x"]
)
def test_a_word_of_pdb_that_is_not_here_is_answered_by_name(word):
    answer = session(word)[0]
    assert answer.startswith(f"{word.split()[0][: 1 if word[0] == '!' else None]} is pdb's, and not here: ")


def test_above_twenty_nodes_the_complete_and_the_untouched_are_counted():
    few, many = (sum((Value(float(k), f"x{k}") for k in range(count)), Value(1.0, "y")) for count in (9, 10))
    assert "○ untouched  v7, " in session("n", root=few)[0]
    counted = session("n", root=many)[0]
    assert "● complete   3 of 21" in counted
    assert "○ untouched  18 of 21" in counted
    assert "x3" not in counted


def test_a_traced_node_shows_the_line_that_made_it():
    x = Value(2.0, "x")
    with trace_origins():
        y = x * 3  # the line that made it
    place = f"test_debugger.py:{y.origin.line}"
    answers = session("n", "p v1", "p x", root=y)
    assert place in answers[0].replace("\n", "")
    assert "made at" in answers[1]
    assert "made at" not in answers[2]


def test_a_cell_of_a_notebook_is_named_by_its_number():
    shell = types.SimpleNamespace(compile=types.SimpleNamespace(_filename_map={"/tmp/1234.py": 5}))  # noqa: S108
    ipython = types.SimpleNamespace(get_ipython=lambda: shell)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "IPython", ipython)
        assert str(Origin("/tmp/1234.py", 2)) == "In[5]:2"  # noqa: S108
        assert str(Origin("homework.py", 2)) == "homework.py:2"


def test_a_terminal_gets_the_colors_of_marking_and_a_pipe_none(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    shown = {}
    for kind in (Terminal, io.StringIO):
        out = kind()
        debug(example(), stdin=io.StringIO("n 2\nl\np o\nq\n"), stdout=out)
        shown[kind] = out.getvalue()
    assert "\x1b[32m● complete " in shown[Terminal]
    assert "\x1b[33m◐ partial" in shown[Terminal]
    assert "\x1b" not in shown[io.StringIO]
    assert re.sub(r"\x1b\[\d*m", "", shown[Terminal]) == shown[io.StringIO]


# -- The walk as a document ----------------------------------------------------------------------


def test_log_writes_what_is_typed_and_every_frame_as_markdown(tmp_path):
    file = tmp_path / "walk.md"
    answers = session("n", f"log {file}", "n", "p o", "nonsense", "log", "log off", "n")
    text = file.read_text(encoding="utf-8")
    assert str(file) in answers[1]
    assert "# The backward pass of L" in text
    assert [line for line in text.splitlines() if line.startswith("## ")][:3] == ["## n", "## p o", "## nonsense"]
    assert "step 1 of 4" in text
    assert "step 2 of 4" in text
    assert "step 3 of 4" not in text
    assert "\x1b" not in text
    assert "| :--- |" in text or "|:---" in text


def test_a_log_that_cannot_be_written_is_answered_and_the_session_goes_on(tmp_path):
    answers = session(f"log {tmp_path}/no/such/folder\0/walk.md", "n", "log walk.pdf", "log")
    assert answers[0]
    assert first_line(answers[1]).startswith("step 1")
    assert ".md, .txt" in answers[2]
    assert answers[3].startswith("no log")


# -- In a training -------------------------------------------------------------------------------


def trained(monkeypatch, typed, **options):
    """The weights after three epochs of two batches, and what was said meanwhile."""
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    rows = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    monkeypatch.setattr(sys, "stdout", out)
    fit(model, Batches(rows, 2, seed=1), half_squared_error, SGD(model.parameters(), lr=0.5), epochs=3, **options)
    return [p.data for p in model.parameters()], out.getvalue()


def test_a_training_opens_the_prompt_at_its_step_once_and_trains_on_the_same(monkeypatch):
    plain, silent = trained(monkeypatch, "")
    looked, said = trained(monkeypatch, "n 3\nfin\nreset\nq\n", debug_at=4)
    assert silent == ""
    assert "fit: step 4 of the training" in said
    assert said.count("h lists the words") == 1
    assert re.search(r"^step 3 of \d+ ", said, re.MULTILINE)
    assert "earlier pass" not in said
    assert looked == plain
    assert trained(monkeypatch, "", debug_at=6)[0] == plain  # where nobody types, it trains on


def test_a_training_stops_where_a_gradient_exceeds_and_nowhere_else(monkeypatch):
    plain, _ = trained(monkeypatch, "")
    looked, said = trained(monkeypatch, "w\nq\n", debug_at="abs(grad) > 0.5 and state == 'complete' and step > 1")
    assert "for the first time abs(grad) > 0.5" in " ".join(said.split())
    assert said.count("h lists the words") == 1  # though later steps meet it, too
    assert re.search(r"∂loss/∂\S+ = −?(0\.[5-9]|[1-9])|= +−?(0\.[5-9]|[1-9])\S*( |$)", said, re.MULTILINE)
    assert looked == plain
    assert trained(monkeypatch, "", debug_at="abs(grad) > 1e6") == (plain, "")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (0, "1 or more|at least 1|positive"), (7, "the training has 6 steps"), (True, "step's number"),
        ("grd > 1", "did you mean grad"), (2.5, "2.5"),
    ],
)  # fmt: skip
def test_a_debug_at_that_is_no_step_and_no_condition_is_refused(monkeypatch, where, said):
    with pytest.raises(ChalkgradError, match=said):
        trained(monkeypatch, "", debug_at=where)


def test_replay_makes_no_graph_to_debug(monkeypatch):
    with pytest.raises(ChalkgradError, match="replay=False"):
        trained(monkeypatch, "", debug_at=1, replay=True)
