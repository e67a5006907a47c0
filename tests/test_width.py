"""No line of a view or message is wider than a terminal of 80 columns, whatever the labels are."""

import io
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples
from test_gradcheck import planted

from autograd import (
    Stepper,
    Value,
    affine,
    compare_orders,
    debug,
    explain,
    first_nonfinite,
    gradcheck,
    half_squared_error,
    mark,
    paths,
    walkthrough,
)
from autograd.cli.main import WORDS, main
from autograd.exercises import blank, exercise
from autograd.formatting.terminal import GLUE, WIDTH, folded, table, width, wrapped
from autograd.stepper.vocabulary import WORDS as PROMPT
from autograd.table import ops

SHEETS = sorted((Path(__file__).parent.parent / "demos" / "sheets").glob("**/*.sheet"))

# How the seeds' networks are: layers, rows of data, biases.
SEEDS = {
    "000, three rows": ([2, 3, 1], 3, False),
    "001, with biases": ([2, 2, 2, 1], 1, True),
    "002, in index notation": ([3, 4, 2], 2, False),
    "003, one step": ([2, 2, 2], 1, False),
}
GREEK = str.maketrans({"w": "ω", "b": "β", "o": "ο", "h": "η", "n": "ν", "x": "ξ", "t": "τ", "E": "Ε"})
CALLED = {
    "ASCII": str,
    "Greek": lambda name: name.translate(GREEK),
    "with marks": lambda name: f"{name}\u0302\u0304",
    "wide": lambda name: f"重み{name}",
    "long": lambda name: f"{name}_of_the_network_that_was_trained_last_night",
    "in words": lambda name: f"the {name} of the second of the two networks that we were shown in the lecture of today",
}


def network(seed, called):
    """A seed's network: its error and its nodes by their short names."""
    sizes, rows, bias = SEEDS[seed]
    nodes = {}

    def new(name, node):
        nodes[name] = node if isinstance(node, Value) else Value(node)
        nodes[name].label = called(name)
        return nodes[name]

    weights, errors = {}, []
    for row in range(rows):
        below = [new(f"x{row}{k}", 0.05 + 0.3 * k - 0.2 * row) for k in range(sizes[0])]
        for layer, (before, after) in enumerate(pairwise(sizes)):
            signal = []
            for unit in range(after):
                if (layer, unit) not in weights:
                    name = f"{layer}{unit}"
                    ws = [new(f"w{name}{k}", 0.15 + 0.23 * k - 0.4 * unit) for k in range(before)]
                    weights[layer, unit] = ws, new(f"b{name}", -0.35) if bias else None
                ws, b = weights[layer, unit]
                net = new(f"net{row}{layer}{unit}", affine(ws, below, b) if bias else affine(ws, below))
                signal.append(new(f"{'o' if layer == len(sizes) - 2 else 'h'}{row}{layer}{unit}", net.sigmoid()))
            below = signal
        targets = [new(f"t{row}{k}", 0.01 + 0.9 * k) for k in range(sizes[-1])]
        errors.append(new(f"E{row}", half_squared_error(below, targets)))
    return new("E", sum(errors[1:], errors[0]) * 1.0), nodes


def too_wide(text):
    """The lines that a terminal would break."""
    return [line for line in str(text).split("\n") if width(line) > WIDTH]


@pytest.fixture(params=[(seed, how) for seed in SEEDS for how in CALLED], ids=", ".join, scope="module")
def seen(request):
    seed, how = request.param
    return network(seed, CALLED[how])


def test_a_derivation_fits(seen):
    E, nodes = seen
    assert not too_wide(explain(E, nodes["w000"], lr=0.5))
    assert not too_wide(explain(E, nodes["w000"], colors=True, digits=17))


def test_two_orders_fit(seen):
    E, nodes = seen
    assert not too_wide(compare_orders(E, nodes["w000"]))


def test_a_walkthrough_fits(seen):
    E, nodes = seen
    assert not too_wide(walkthrough(E, [node for name, node in nodes.items() if name[0] in "wb"], 0.5))


def test_a_ledger_fits(seen):
    E, nodes = seen
    for k in (None, 1, 2):
        found = paths(E, nodes["w000"], k=k)
        assert not too_wide(found)
        assert not too_wide(repr(found[0]))


def test_a_frame_fits(seen):
    stepper = Stepper(seen[0])
    stepper.watch(seen[1]["w000"].label)
    assert not too_wide(stepper)
    while stepper.position < len(stepper):
        stepper.next()
        assert not too_wide(stepper), stepper.position
    stepper.finish()
    assert not too_wide(stepper)


def session(root, *commands):
    """What the debugger's prompt writes."""
    out = io.StringIO()
    debug(root, stdin=io.StringIO("\n".join(commands)), stdout=out)
    return out.getvalue()


def test_a_session_at_the_prompt_fits(seen):
    E, nodes = seen
    w, h = nodes["w000"].label, nodes["h000"].label
    commands = ("n", "l", f"p {h}", f"p {w}", f"watch {w}", f"br {h}", "br", "r", "l", f"paths {w}", "pre", "??", "q")
    said = session(E, *commands)
    assert not too_wide("\n".join(line for line in said.split("\n") if not line.startswith("(grad)")))


def test_the_help_of_the_prompt_and_what_it_answers_to_mistakes_fit():
    x = Value(0.5, "x")
    y = (x * x).tanh()
    words = [f"h {word}" for word in PROMPT]
    wrong = [
        "h",
        "nonsense",
        "x",
        "p",
        "p nothing",
        "unt",
        "unt nothing",
        "g 3000",
        "g some",
        "br",
        "br nothing",
        "cl z",
    ]
    wrong += [
        "pre perhaps",
        "pre",
        "not a number",
        "??",
        "p x.nothing",
        "p x.state",
        "watch",
        "paths",
        "draw no/such/folder.svg",
        "b 9",
    ]
    assert not too_wide(session(y, *words, *wrong))


def test_the_birth_of_an_infinity_fits(seen):
    E, nodes = seen
    big = (E * 1e300) * 1e300
    big.label = nodes["E"].label
    lost = big - big
    assert not too_wide(first_nonfinite(big))
    assert not too_wide(first_nonfinite(lost.tanh()))
    x = Value(1e-200, nodes["E"].label)
    assert not too_wide(first_nonfinite(0 * (1 / x)))


def test_a_checked_gradient_fits():
    def f(the_first_of_all_the_arguments, another_argument_with_a_long_name, the_last):
        kink = abs(the_first_of_all_the_arguments - 0.5)
        kink.label = "the distance from a half, where there is a kink that is told in words"
        return (kink * another_argument_with_a_long_name).tanh() + the_last.sigmoid()

    assert "kink" in repr(gradcheck(f, 0.5, -1.25, 1e-9))
    assert not too_wide(gradcheck(f, 0.5, -1.25, 1e-9))
    assert not too_wide(gradcheck(f, 0.25, -1.25, 1e-9, order=3))
    with planted(ops.sigmoid, lambda y, _x: y * (1 + y)):
        found = gradcheck(f, 0.25, -1.25, 1e-9)
    assert not found
    assert not too_wide(found)


# -- Sheets and the command ----------------------------------------------------------------------


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_marking_fits(sheet):
    marking = mark(sheet)
    assert not too_wide(marking)
    assert not too_wide(marking.to_text(color=True))


@pytest.mark.parametrize("layers", [[2, 2, 2], [3, 8, 4, 2]])
def test_of_an_exercise_only_what_is_one_formula_does_not_fit(layers):
    for options in ({}, {"bias": True, "samples": 3, "digits": 12}):
        made = exercise(layers, seed=3, **options)
        wide = too_wide(made.sheet)
        assert all(" = " in line and "#" not in line and line.endswith(" = ?") for line in wide)
        assert not wide or layers != [2, 2, 2]
        assert blank(made.key) == made.sheet
        assert mark(made.key).ok


SHEET = "in = 0.05; w1 = 0.15; t = 0.01\nnet = w1*in\no = sigmoid(net)\nE = (t - o)^2/2\ndE/dw1 = ?\nloss: E\n"
MISTYPED = (
    "makr a.sheet",
    "mark",
    "mark a.sheet --format=pdf",
    "mark a.sheet --fromat=json",
    "mark nothing.sheet",
    "mark --strict wrong.sheet",
    "step -",
    "paths a.sheet w2",
    "paths a.sheet t -k none",
    "draw a.sheet --wrt w1 --at 2",
    "draw a.sheet --fold net",
    "draw a.sheet -o no/such/folder/a.bmp",
    "page a:b",
    "page os.path:nothing",
    "check a.sheet --of w1",
    "exercise --layers 2,two",
    "exercise --activation nothing",
    "exercise --key",
    "exercise --layers 100,100,100",
)


@pytest.mark.parametrize("line", MISTYPED)
def test_a_complaint_of_the_command_fits(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.sheet").write_text(SHEET, encoding="utf-8")
    Path("wrong.sheet").write_text(SHEET.replace("w1*in", "w1*(in"), encoding="utf-8")
    assert main(line.split()) == 2
    said = capsys.readouterr()
    assert said.err
    assert not too_wide(said.err + said.out)


@pytest.mark.parametrize("line", ["paths a.sheet w1", "gradcheck a.sheet", "mark --blank-ok a.sheet", "draw a.sheet"])
def test_what_the_command_says_fits(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = SHEET
    for name in ("net", "in", "w1"):  # as long as a name may be, and longer than a line has room for
        text = text.replace(name, f"{name}_of_the_only_unit_of_the_only_layer_of_the_network")
        line = line.replace(name, f"{name}_of_the_only_unit_of_the_only_layer_of_the_network")
    Path("a.sheet").write_text(text, encoding="utf-8")
    assert main(line.split()) == 0
    assert not too_wide(capsys.readouterr().out)


@pytest.mark.parametrize("word", ["", *WORDS])
def test_the_help_of_the_command_fits(word, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    assert main([*word.split(), "--help"]) == 0
    assert not too_wide(capsys.readouterr().out)


def test_the_demonstration_fits(tmp_path, capsys):
    for every in ([], ["--all"]):
        assert main(["demo", *every, "--out", str(tmp_path)]) == 0
    assert not too_wide(capsys.readouterr().out.replace(str(tmp_path), ""))


# -- How lines are folded ------------------------------------------------------------------------


def test_a_formula_is_broken_before_an_equals_sign_if_that_is_enough_and_in_brackets_last():
    formula = "y = 0.25·(1 − 0.25) + 0.5 = 0.6875".replace(" ", GLUE)
    assert wrapped(formula, 40) == ["y = 0.25·(1 − 0.25) + 0.5 = 0.6875"]
    assert wrapped(formula, 30) == ["y = 0.25·(1 − 0.25) + 0.5", "= 0.6875"]
    assert wrapped(formula, 22) == ["y = 0.25·(1 − 0.25)", "+ 0.5 = 0.6875"]
    assert wrapped(formula, 12) == ["y = 0.25·", "(1 − 0.25)", "+ 0.5", "= 0.6875"]
    assert wrapped(formula, 9) == ["y = 0.25·", "(1", "− 0.25)", "+ 0.5", "= 0.6875"]


def test_a_formula_among_words_goes_to_the_next_line_in_one_piece():
    formula = "w1·x1 + w2·x2".replace(" ", GLUE)
    assert wrapped(f"it enters as {formula} there", 20) == ["it enters as", "w1·x1 + w2·x2 there"]


def test_a_sign_does_not_end_a_line():
    assert wrapped("given as v1/b = 0.75", 16) == ["given as v1/b", "= 0.75"]


def test_a_path_of_a_file_is_not_broken():
    path = "/home/someone/a-folder/another-folder/homework.sheet"
    assert wrapped(f"cannot read {path}: no such file", 30) == ["cannot read", f"{path}:", "no such file"]


def test_a_colour_that_goes_on_is_begun_anew_in_the_next_line():
    lines = wrapped("\x1b[31mone two\x1b[0m three", 5)
    assert lines == ["\x1b[31mone\x1b[0m", "\x1b[31mtwo\x1b[0m", "three"]
    assert [width(line) for line in lines] == [3, 3, 5]


def test_lines_stay_lines():
    assert folded("a b\n\n  c d", 3, hang="  ") == "a b\n\n  c\n  d"


def test_the_column_that_costs_the_fewest_lines_is_folded_and_no_number_is():
    rows = [["name", "what it is said to be", "0.123456"], ["b", "short", "−12"]]
    assert table(rows, "llr", columns=31) == [
        "name  what it is said  0.123456",
        "      to be",
        "b     short                 −12",
    ]
    for columns in range(21, 60):
        lines = table(rows, "llr", columns)
        assert max(map(width, lines)) <= columns
        assert any(line.endswith("0.123456") for line in lines)


def test_in_a_table_even_a_word_that_is_too_long_is_cut():
    lines = table([["a" * 30, "b"], ["重" * 9, "c"]], columns=12)
    assert max(map(width, lines)) <= 12
    assert "".join(lines).replace(" ", "").count("a") == 30
    assert "".join(lines).count("重") == 9


def test_a_view_that_is_one_column_too_wide_would_be_noticed():
    assert not too_wide("x" * WIDTH)
    assert too_wide("x" * (WIDTH + 1))
    assert too_wide("重" * 41)
    assert not too_wide("x\u0302" * WIDTH)
    assert math.isclose(WIDTH, 80)


WORDS_OF_A_LINE = st.text(alphabet=f"ab1.·×+−=()∂/ {GLUE}重\u0302", max_size=60)


@examples(max_examples=200)
@given(text=WORDS_OF_A_LINE, columns=st.integers(6, 40))
def test_folding_loses_nothing_and_adds_nothing(text, columns):
    def signs(text):
        return text.replace(" ", "").replace(GLUE, "")

    assert signs("".join(wrapped(text, columns))) == signs(text)
    lines = table([[text, "b"]], columns=columns)
    assert signs("".join(lines)).count("∂") == text.count("∂")
    assert max(map(width, lines), default=0) <= max(columns, 8)
