"""NumPy and PyTorch code: the first wrong line of a way back, its kind, and code that is read and never executed."""

import json
import time
from collections import Counter

import array_layers
import pytest
from array_code import STYLES, WAYS, figures, ninja, outcomes
from array_layers import LAYERS
from strategies import SHARE

from autograd import ArgumentError, check_backward, mark_code
from autograd.cli.main import main

SMALL = """
import numpy as np
x = np.random.randn(4, 3)
w = np.random.randn(3, 2)
b = np.random.randn(2)
z = x @ w + b
h = np.tanh(z)
loss = (h**2).sum() / 4
dh = 2 * h / 4
dz = dh * (1 - h**2)
dw = x.T @ dz
db = dz.sum(axis=0)
"""


def words(code, **options):
    """Return the verdict on each gradient of a source."""
    return {verdict.gradient: verdict.word for verdict in mark_code(code, **options).verdicts}


def kinds(code):
    """Return the kinds of the first mistakes."""
    return [mistake.kind for verdict in mark_code(code).first_mistakes for mistake in verdict.diagnosis]


# -- The exercise of the ninja notebook ----------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_a_right_way_back_is_read_whole_and_has_no_alarm(style):
    marking = mark_code(ninja(style))
    written = STYLES[style].count(" = ") - STYLES[style].count("\nfirst = ")
    assert {verdict.word for verdict in marking.verdicts} == {"right"}
    assert len(marking.verdicts) >= written - 4, "a gradient that two lines write is one"


def test_a_way_back_through_maxima_that_matter_has_no_alarm():
    for style in STYLES:
        assert {verdict.word for verdict in mark_code(ninja(style, peaks=True)).verdicts} == {"right"}, style


def test_each_kind_is_planted_in_three_ways():
    ways = Counter(kind for kind, _ in WAYS)
    assert len(ways) == 16
    assert min(ways.values()) >= 3


def are_found(every):
    """Check that the lines and the kinds of planted mistakes are found, and no other line is called wrong."""
    found = figures(every)
    assert found["others"] == 0, [outcome for outcome in every if outcome.others]
    assert found["lines"] >= 0.95 * found["planted"], [outcome for outcome in every if not outcome.has_line]
    assert found["kinds"] >= 0.9 * found["planted"], [outcome for outcome in every if not outcome.has_kind]


def test_planted_mistakes_are_found_at_their_line_with_their_kind_and_nothing_else_is_called_wrong():
    are_found(outcomes(share=SHARE))


def test_the_full_shapes_are_marked_within_ten_seconds():
    start = time.process_time()
    assert mark_code(ninja("plain", batch=32, hidden=64, embd=10)).ok
    assert time.process_time() - start < 10


# -- The layers of a course -------------------------------------------------------------------------------


def test_right_layers_have_no_alarm_and_every_one_is_marked():
    marking = mark_code(LAYERS)
    assert {verdict.word for verdict in marking.verdicts} == {"right"}
    functions = {line.partition("(")[0].removeprefix("def ") for line in LAYERS.splitlines() if line.startswith("def")}
    backward = {name for name in functions if "backward" in name or "loss" in name}
    assert {verdict.function for verdict in marking.verdicts} == backward


def test_mistakes_planted_in_layers_are_found_at_their_line_with_their_kind():
    are_found(array_layers.outcomes(share=2 * SHARE - 1))


@pytest.mark.parametrize(
    ("instead", "has_kind"), [("dh[:, t, :], cache[t]", True), ("dh[:, t, :] + 2*dprev**2, cache[t]", False)]
)
def test_a_mistake_in_a_loop_is_one_and_all_that_its_rounds_spoil_follows(instead, has_kind):
    code = array_layers.layer("rnn_backward").replace("dh[:, t, :] + dprev, cache[t]", instead)
    marking = mark_code(code)
    [first] = marking.first_mistakes
    assert instead in code.splitlines()[first.line - 1]
    assert [mistake.kind for mistake in first.diagnosis] == ["a branch left out"] * has_kind
    following = {v.gradient for v in marking.verdicts if v.origins == (first.line,)}
    assert following == {"dWx", "dWh", "db", "dprev", "dh0"}


ROUNDS = """
import numpy as np
x, W = np.random.randn(3, 4), np.random.randn(2, 4)
s = np.zeros((3, 2))
for n in range(3):
    row = 2 * x[n]
    for f in range(2):
        s[n, f] = np.sum(row * W[f])
loss = (s**2).sum()
ds = 2 * s
dx, dW = np.zeros_like(x), np.zeros_like(W)
for n in range(3):
    for f in range(2):
        drow = ds[n, f] * W[f]
        dx[n] += 2 * drow
        dW[f] += ds[n, f] * 2 * x[n]
"""


def test_what_one_round_of_a_loop_gives_is_not_judged_where_the_sum_of_the_rounds_is_right():
    assert words(ROUNDS) == {"ds": "right", "dx": "right", "dW": "right", "drow": "not judged"}


def test_of_two_mistakes_in_a_loop_each_has_its_line():
    code = array_layers.layer("rnn_backward").replace("dWx += dWxt", "dWx = dWxt").replace("db += dbt", "db -= dbt")
    found = [code.splitlines()[verdict.line - 1].strip() for verdict in mark_code(code).first_mistakes]
    assert found == ["dWx = dWxt", "db -= dbt"]


def test_code_of_python_2_is_read_with_its_division_and_its_range():
    code = array_layers.layer("max_pool_backward_naive").replace("// s", "/ s").replace("range(", "xrange(")
    marking = mark_code(code)
    assert {verdict.word for verdict in marking.verdicts} == {"right"}
    assert marking.verdicts


def test_a_mask_that_is_chosen_with_probabilities_is_read():
    drawn = "np.random.choice([0, 1], size=x.shape, p=[p, 1 - p])"
    code = array_layers.layer("dropout_backward").replace("(np.random.rand(*x.shape) < p) / p", drawn)
    assert [verdict.word for verdict in mark_code(code).verdicts] == ["right"]
    assert [v.word for v in mark_code(code.replace("dx = dout * mask", "dx = dout")).verdicts] == ["wrong"]


# -- Which name is the gradient of which ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dw", "d_w", "w_grad", "grad_w", "dL_dw", "grads['w']"])
def test_the_usual_names_of_a_gradient_are_known(name):
    before = "grads = {}\n" if "[" in name else ""
    assert words(SMALL.replace("dw = x.T @ dz", f"{before}{name} = x.T @ dz"))[name] == "right"
    assert words(SMALL.replace("dw = x.T @ dz", f"{before}{name} = -x.T @ dz"))[name] == "wrong"


def test_a_comment_says_whose_gradient_a_name_is():
    code = SMALL.replace("dw = x.T @ dz", "slope = 2 * x.T @ dz  # slope is the gradient of w")
    assert words(code)["slope"] == "wrong"


def test_a_comment_says_which_name_is_the_loss():
    code = SMALL.replace("loss =", "penalty =")
    assert set(words(code).values()) == {"not judged"}
    assert set(words("# loss: penalty\n" + code).values()) == {"right"}


def test_a_convention_of_its_own_is_no_mistake_where_the_later_lines_make_up_for_it():
    code = (
        SMALL.replace("dh = 2 * h / 4", "dh = 2 * h")
        .replace("x.T @ dz", "x.T @ dz / 4")
        .replace("dz.sum(axis=0)", "dz.sum(axis=0) / 4")
    )
    found = words(code)
    assert found["dw"] == found["db"] == "right"
    assert "wrong" not in found.values()


# -- Constants that parameters start from ---------------------------------------------------------------------

GAIN = """
import torch
n, d = 6, 4
x = torch.randn(n, d)
w, gain, bias = torch.randn(d, d), torch.ones(d), torch.zeros(d)
u = x @ w
y = gain * u + bias
loss = (y * y).sum() / n
dy = 2 * y / n
dgain = (dy * u).sum(0)
dbias = dy.sum(0)
du = dy * gain
dw = x.T @ du
gain -= 0.1 * dgain
bias -= 0.1 * dbias
"""

LOOP = """
import numpy as np
x, W, U = np.random.randn(3, 4), np.random.randn(4, 5), np.random.randn(5, 5)
h = np.zeros(5)
states = []
for t in range(3):
    states.append(h)
    h = np.tanh(x[t] @ W + h @ U)
loss = (h**2).sum()
dh = 2 * h
dW, dU = np.zeros_like(W), np.zeros_like(U)
for t in reversed(range(3)):
    after = np.tanh(x[t] @ W + states[t] @ U)
    dz = dh * (1 - after**2)
    dW += np.outer(x[t], dz)
    if t > 0:
        dU += np.outer(states[t], dz)
    dh = dz @ U.T
"""


def test_a_gain_that_starts_at_one_does_not_hide_that_it_is_forgotten():
    assert set(words(GAIN).values()) == {"right"}
    assert kinds(GAIN.replace("du = dy * gain", "du = dy")) == ["a factor left out"]
    assert kinds(GAIN.replace("y = gain", "y = bias + gain").replace("dy = 2 * y", "dy = 2 * gain * u")) != []


def test_what_starts_at_zero_and_is_no_parameter_stays_zero():
    found = words(LOOP)
    assert (found["dW"], found["dU"]) == ("right", "right"), "the state before the first step is 0, and adds nothing"


# -- Only the first is a mistake ----------------------------------------------------------------------------


def test_what_comes_from_a_mistake_follows_and_names_its_line():
    marking = mark_code(SMALL.replace("(1 - h**2)", "(1 - z**2)"))
    [first] = marking.first_mistakes
    assert (first.line, first.diagnosis[0].kind) == (10, "pre-activation")
    assert {v.gradient: v.origins for v in marking.verdicts if v.word == "follows"} == {"dw": (10,), "db": (10,)}


SOFTMAX = """
import numpy as np
X = np.random.randn(8, 3)
Y = np.random.randint(0, 4, 8)
W = np.random.randn(3, 4)
logits = X @ W
p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
loss = -np.log(p[range(8), Y]).mean()
dlogits = p.copy()
dlogits[range(8), Y] -= 1
dlogits /= 8
dW = X.T @ dlogits
"""


@pytest.mark.parametrize(
    ("instead", "found"), [("", ["1/n missing"]), ("dlogits /= 64", ["1/n twice"]), ("dlogits = dlogits / 8", [])]
)
def test_a_mean_forgotten_in_a_gradient_that_several_lines_make_has_its_name(instead, found):
    assert kinds(SOFTMAX.replace("dlogits /= 8", instead)) == found


def test_two_mistakes_are_both_found():
    code = SMALL.replace("(1 - h**2)", "(1 - z**2)").replace("dz.sum(axis=0)", "dz.mean(axis=0)")
    assert [verdict.line for verdict in mark_code(code).first_mistakes] == [10, 12]


def test_a_line_that_cannot_be_read_costs_itself_only():
    found = words(SMALL.replace("dz = dh * (1 - h**2)", "dz = magic(dh)"))
    assert found == {"dh": "right", "dz": "unreadable", "dw": "right", "db": "right"}


def test_the_first_wrong_entry_and_their_number_are_told():
    code = SMALL.replace("db = dz.sum(axis=0)", "db = dz.sum(axis=0)\ndb[1] = 0")
    [first] = mark_code(code).first_mistakes
    assert "1 of 2 entries, first [1]: 0 where" in first.reason


def test_a_path_through_a_maximum_is_named():
    code = """
import torch
x = torch.randn(4, 3)
top = x.max(1, keepdim=True).values
y = x * x + top
loss = (y**3).sum()
dy = 3 * y**2
dx = 2 * x * dy
"""
    assert kinds(code) == ["the max's path forgotten"]


# -- Read, never executed ------------------------------------------------------------------------------------

HOSTILE = {
    "a file": "open('made.txt', 'w').write('x')",
    "a shell": "import os\nos.system('touch made.txt')",
    "exec": "exec(\"open('made.txt', 'w').write('x')\")",
    "an attribute": "().__class__.__bases__[0].__subclasses__()",
    "an import": "__import__('pathlib').Path('made.txt').touch()",
    "an endless loop": "while True:\n    k = 1",
    "a long loop": "for k in range(10**12):\n    k = k + 1",
    "many entries": "big = np.zeros((1000, 1000, 1000))",
    "a long list": "big = [0] * 10**9",
    "a large power": "big = 10 ** 10 ** 10",
    "a number that grows": "big = 3\nfor k in range(100):\n    big = big * big",
    "a list of itself": "big = [1]\nfor k in range(100):\n    big = [big, big]\nbig = np.array(big)",
    "deep calls": "def f(x):\n    return f(x)\nbig = f(1)",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_code_does_nothing_and_ends(hostile, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = time.process_time()
    found = words(SMALL.replace("z = x @ w + b", f"{hostile}\nz = x @ w + b"))
    assert list(tmp_path.iterdir()) == []
    assert "wrong" not in found.values()
    assert time.process_time() - start < 60


@pytest.mark.parametrize(
    "text", ["", "{", '{"cells": [3, {"cell_type": "code"}]}', "((((", "import numpy\n\tx = (", "\0"]
)
def test_what_is_no_code_has_no_gradients(text):
    assert mark_code(text).verdicts == []


# -- As a file and as a notebook -------------------------------------------------------------------------------


def notebook(*cells):
    """Return a notebook of these cells as JSON."""
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: no notebook is made")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return nbformat.writes(made)


def test_a_notebook_is_marked_cell_by_cell_and_its_copy_opens(tmp_path, capsys):
    head, _, tail = SMALL.partition("dh = ")
    file = tmp_path / "work.ipynb"
    file.write_text(notebook("%matplotlib inline\n!pip list", head, "dh = " + tail.replace("x.T @ dz", "-x.T @ dz")))
    assert main(["mark", str(file)]) == 1
    assert "cell 3, line 3, dw: wrong" in capsys.readouterr().out
    assert main(["mark", "--format", "notebook", str(file)]) == 1
    nbformat = pytest.importorskip("nbformat")
    copy = nbformat.reads(capsys.readouterr().out, 4)
    nbformat.validate(copy)
    assert [cell.cell_type for cell in copy.cells] == ["code", "code", "code", "markdown"]
    assert "dw" in copy.cells[3].source


def test_a_file_is_marked_by_the_command_in_every_format(tmp_path, capsys):
    file = tmp_path / "back.py"
    file.write_text(SMALL)
    assert main(["mark", str(file)]) == 0
    assert "4 gradients: 4 right" in capsys.readouterr().out
    for form in ("markdown", "html", "json"):
        assert main(["mark", "--format", form, str(file)]) == 0
        assert "right" in capsys.readouterr().out
    file.write_text(SMALL.replace("x.T @ dz", "-x.T @ dz"))
    assert main(["mark", "--format", "json", str(file)]) == 1
    assert [root["gradient"] for root in json.loads(capsys.readouterr().out)["roots"]] == ["dw"]


def test_scalar_python_without_imports_stays_a_sheet(tmp_path, capsys):
    file = tmp_path / "sheet.py"
    file.write_text("x = 3; y = x^2 = 9; dy/dx = 2*x = 6\n")
    assert main(["mark", str(file)]) == 0
    assert "dy/dx" in capsys.readouterr().out


def test_arrays_that_the_code_does_not_make_come_from_a_file(tmp_path, capsys):
    numpy = pytest.importorskip("numpy")
    code = SMALL.replace("x = np.random.randn(4, 3)\n", "")
    assert "right" not in words(code).values()
    file, arrays = tmp_path / "back.py", tmp_path / "data.npz"
    file.write_text(code)
    numpy.savez(arrays, x=numpy.arange(12.0).reshape(4, 3) / 10)
    assert main(["mark", "--data", str(arrays), str(file)]) == 0
    assert "4 right" in capsys.readouterr().out


# -- Functions that run --------------------------------------------------------------------------------------------

np = pytest.importorskip("numpy")


def normalized_forward(x, w, b):
    """Return an affine map, relu and batch normalization, and what the way back needs."""
    z = x.dot(w) + b
    h = np.maximum(0, z)
    apart = h - h.mean(axis=0, keepdims=True)
    s = np.sqrt((apart**2).mean(axis=0) + 1e-5)
    return apart / s, (x, w, z, apart / s, s)


def normalized_backward(dout, cache):
    """Return the gradients of it."""
    x, w, z, xhat, s = cache
    dh = (dout - dout.mean(0) - xhat * (dout * xhat).mean(0)) / s
    dz = dh * (z > 0)
    return dz @ w.T, x.T @ dz, dz.sum(0)


def inputs():
    """Return generic inputs of these functions."""
    random = np.random.default_rng(5)
    return random.normal(size=(4, 3)), random.normal(size=(3, 5)), random.normal(size=5)


def test_right_functions_pass_and_a_wrong_one_names_its_output_entry_and_kind():
    assert check_backward(normalized_forward, normalized_backward, *inputs())

    def wrong(dout, cache):
        dx, dw, db = normalized_backward(dout, cache)
        return dx, dw, db / 4

    found = check_backward(normalized_forward, wrong, *inputs())
    assert not found
    assert "gradient 3 of 3 (of the input of shape (5,)) is wrong" in repr(found)
    assert "1/4 is one too many" in repr(found)


def test_an_assertion_shows_the_report():
    def turned(dout, cache):
        dx, dw, db = normalized_backward(dout, cache)
        return dx, dw.T, db

    with pytest.raises(AssertionError, match="transposed, it is right"):
        assert check_backward(normalized_forward, turned, *inputs())


def test_a_function_that_returns_too_few_gradients_is_told_so():
    with pytest.raises(ArgumentError, match="2 gradients for 3 inputs"):
        check_backward(normalized_forward, lambda dout, cache: normalized_backward(dout, cache)[:2], *inputs())


class Tensor:
    """A stand-in for a tensor of PyTorch, which is known by its methods: single precision, and no array by itself."""

    def __init__(self, array):
        self.kept = np.asarray(array, dtype=np.float32)

    def detach(self):
        """Return it outside of PyTorch's graph."""
        return self

    cpu = detach

    def numpy(self):
        """Return its numbers."""
        return self.kept


def test_tensors_of_pytorch_are_compared_in_their_precision():
    def backward(dout, cache):
        return [Tensor(gradient) for gradient in normalized_backward(dout, cache)]

    tensors = [Tensor(each) for each in inputs()]
    assert check_backward(normalized_forward, backward, *tensors)
    found = check_backward(
        normalized_forward, lambda *given: [Tensor(-each.kept) for each in backward(*given)], *tensors
    )
    assert "the sign is the other way round" in repr(found)


def test_a_forward_function_of_pytorch_is_refused_in_words():
    def forward(x, *_):
        raise TypeError(f"tanh(): argument 'input' must be Tensor, not {type(x).__name__}")

    with pytest.raises(ArgumentError, match=r"tanh\(\).*write it with NumPy"):
        check_backward(forward, normalized_backward, *inputs())


def test_gradients_that_only_the_return_names_are_judged_there():
    """A backward function that returns names which no line stores gets an answer: those lines cannot be read."""
    code = (
        "import numpy as np\n"
        "def affine_forward(x, w, b):\n    return x.dot(w) + b, (x, w)\n"
        "def affine_backward(dout, cache):\n    x, np.zedw, db = dout.t.sum(axis=0)\n    return dx, dw, b\n"
    )
    assert "2 unreadable; score 0 of 2" in str(mark_code(code))
