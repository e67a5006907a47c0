"""Types for users: mypy and pyright know what an operation gives, and report what would be refused at run time."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograd import ChalkgradError

ROOT = Path(__file__).parents[1]

RIGHT = """
from fractions import Fraction

from typing_extensions import assert_type

from autograd import Value, affine, cross_entropy_with_logits, exp, grad, half_squared_error, leaky_relu
from autograd import maximum, mean, total, zero_grad
from nn import MLP, SGD, Dropout, Layer, LayerNorm, Module, Neuron, dropout, fit, from_weights, softmax

# An operation with a Value gives a Value, and numbers of every kind go with it.
w, x = Value(0.5, label="w"), Value(3)
assert_type(w + x, Value)
assert_type(2 * w, Value)
assert_type(w ** Fraction(1, 2), Value)
assert_type(Fraction(1, 2) - w, Value)
assert_type(True / w, Value)
assert_type(-abs(w), Value)
assert_type(w.tanh().maximum(2), Value)
assert_type(exp(w), Value)
assert_type(maximum(0.0, w), Value)
assert_type(maximum(w, x), Value)
assert_type(leaky_relu(w, 0.1), Value)
assert_type(exp(2.0), float)
assert_type(grad(w * x, w), Value)
assert_type(affine([w, 1.0], [x, 2], 0.5), Value)
assert_type(total([w, 1.0]), Value)
assert_type(sum([w, x], Value(0.0)), Value)
w += x * 2
w.data -= 0.1
zero_grad([w])

# One output is used as a Value, several are used as a list.
model = MLP(2, [4, 1], activation="tanh", seed=1)
score = model([0.5, -1.0])
score.backward()
assert_type((1 - score).relu(), Value)
losses = [half_squared_error(model([a, 1.0]), t) for a, t in [(1.0, 0.0), (2.0, 1.0)]]
assert_type(mean(losses), Value)
print(f"{losses[0]:.4f}", max(0.0, losses[0].data), sorted([w, x], key=lambda v: float(v.data)))

several = MLP(2, [4, 3], seed=1)
outputs: list[Value] = several([0.5, -1.0])
for y, t in zip(several([0.5, w]), [0.0, 1.0, 2.0]):
    assert_type((y - t) ** 2, Value)
assert_type(several([0.5, -1.0])[0], Value)
assert_type(softmax(several([0.5, -1.0])), list[Value])
assert_type(cross_entropy_with_logits(several([0.5, -1.0]), 1), Value)
assert_type(half_squared_error(several([0.5, -1.0]), [0.0, 1.0, 0.5]), Value)
kept: list[Value] = dropout(outputs, 0.5)
assert_type(LayerNorm(3)(outputs), list[Value])
assert_type(Neuron(2)([1.0, w]), Value)
from_weights([[[0.1, 0.2]]])([1.0, 2.0]).backward()


# Modules of one's own have types of their own, and go wherever a module goes.
class Line(Module):
    def __init__(self) -> None:
        self.w, self.b = Value(2.0), Value(0.0)

    def __call__(self, x: float | Value) -> Value:
        return self.w * x + self.b


class TwoLayers(Module):
    def __init__(self) -> None:
        self.one, self.two, self.dropout = Layer(2, 3), Layer(3, 1), Dropout(0.5)

    def __call__(self, x: list[float]) -> Value:
        return self.two(self.dropout(self.one(x))).tanh()


def outputs_of(module: Module, row: list[float]) -> Value:
    y: Value = module(row)
    return y


line = Line()
assert_type(line(2.0), Value)
assert_type(outputs_of(TwoLayers(), [1.0, 2.0]), Value)
history = fit(line, [(0.0, 1.0)], half_squared_error, SGD(line.parameters(), lr=0.1), epochs=1)
for name, parameter in line.named_parameters().items():
    parameter.data -= 0.1 * parameter.grad
"""

GIVEN = """
import math
from autograd import Value, affine, cross_entropy_with_logits, exp, grad, half_squared_error, huber, leaky_relu
from autograd import max_margin, maximum, mean, total, zero_grad
from nn import MLP, Layer, Neuron, softmax

w = Value(1.0)
model = MLP(2, [1])
"""

WRONG = """
w + "a"
"a" * w
w - None
w / [1.0]
2j ** w
w < 1
0 >= w
max(0, w)
sorted([w, w])
float(w)
int(w)
round(w)
math.exp(w)
exp("a")
exp(None)
maximum(w, "a")
leaky_relu(w, "0.1")
w.maximum("a")
w.tahn()
Value("3")
Value(w)
Value(1.0, label=3)
affine([w], ["a"])
affine(w, 1.0)
total(w)
total(["a"])
mean("abc")
half_squared_error("o", 1.0)
half_squared_error(w, None)
max_margin([w], ["yes"])
huber(w, 1.0, delta="1")
cross_entropy_with_logits([w, w], "class")
model("ab")
model(["a", "b"])
model(None)
model([1.0, 2.0]) + "a"
model([1.0, 2.0]).tahn()
Neuron(2)("ab")
Layer(2, 3)({"x": "y"})
softmax(["a"])
grad(w, 1.0)
zero_grad(w)
w.backward(1.0)
MLP("2", [1])
""".strip().splitlines()


def mypy(folder, files):
    pytest.importorskip("mypy", reason="types are checked with mypy, an extra of development")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={folder / 'cache'}", *files]
    done = subprocess.run(
        command, env={**os.environ, "MYPYPATH": str(ROOT)}, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [re.match(r"(\w+\.py):(\d+): error: (.*)", line) for line in done.stdout.splitlines()]
    return [(match[1], int(match[2]), match[3]) for match in found if match]


def pyright(folder, files):
    pytest.importorskip("pyright", reason="types are checked with pyright, an extra of development")
    (folder / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}))
    command = [sys.executable, "-m", "pyright", "--outputjson", "-p", "pyrightconfig.json", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [each for each in json.loads(done.stdout)["generalDiagnostics"] if each["severity"] == "error"]
    return [(Path(each["file"]).name, each["range"]["start"]["line"] + 1, each["message"]) for each in found]


@pytest.fixture(scope="module", params=[mypy, pyright], ids=["mypy", "pyright"])
def reports(request, tmp_path_factory):
    """What a type checker says about the right code and the wrong: file, line, message."""
    folder = tmp_path_factory.mktemp(request.param.__name__)
    (folder / "right.py").write_text(RIGHT, encoding="utf-8")
    (folder / "wrong.py").write_text(GIVEN + "".join(f"_ = {line}\n" for line in WRONG), encoding="utf-8")
    return request.param(folder, ["right.py", "wrong.py"])


def test_the_code_of_a_user_passes(reports):
    assert [report for report in reports if report[0] == "right.py"] == []


def test_each_mistake_of_a_user_is_reported(reports):
    reported = {line for file, line, _ in reports if file == "wrong.py"}
    first = GIVEN.count("\n") + 1
    assert [text for line, text in enumerate(WRONG, start=first) if line not in reported] == []
    assert min(reported) >= first


@pytest.mark.parametrize("mistake", WRONG)
def test_each_of_these_mistakes_is_refused_at_run_time_too(mistake):
    given = {}
    exec(GIVEN, given)  # noqa: S102 -- the lines above
    with pytest.raises((ChalkgradError, TypeError, AttributeError)):
        eval(mistake, given)  # noqa: S307 -- the lines above


def test_the_right_code_runs():
    pytest.importorskip("typing_extensions", reason="the code asserts types with typing_extensions")
    exec(RIGHT, {"__name__": "right"})  # noqa: S102 -- the lines above
