"""A whole graph as a document: every number in it read back, every part of the published one in it."""

import importlib.util
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from holding import check

from autograd import (
    ArgumentError,
    NotFoundError,
    OperandError,
    RenderError,
    StaleGraphError,
    TooLargeError,
    Value,
    affine,
    gradients,
    half_squared_error,
    total,
)
from autograd.derivation.context import DerivationContext
from autograd.derivation.worked.matrix_form import compute_matrices
from autograd.derivation.worked.whole_network import walkthrough
from autograd.document.blocks import Picture
from autograd.drawing import picture as drawings
from autograd.engine.graph import Graph
from autograd.path_sums.search import paths
from autograd.symbolic.notations import LATEX, latex_name
from autograd.symbolic.printer import write
from nn import MLP

pytestmark = pytest.mark.portable

DEMOS = Path(__file__).parent.parent / "demos"
RATE = 0.5


def demo():
    """The script that writes demos/walkthrough.md."""
    spec = importlib.util.spec_from_file_location("make_walkthrough", DEMOS / "make_walkthrough.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def script():
    return demo()


@pytest.fixture(scope="module")
def loss(script):
    return script.network()[0]


@pytest.fixture(scope="module")
def published():
    return (DEMOS / "walkthrough.md").read_text(encoding="utf-8")


def squeezed(text):
    return re.sub(r"\s+", " ", text)


# -- Reading the Markdown back --------------------------------------------------------------------------
#
# A small reader of the LaTeX in the document: each side of each equation is evaluated with the
# engine's own values for the names in it, and each number must be the engine's, rounded.

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|[a-zA-Z]|[{}()^_&+'-]")
UNKNOWN = None


class Truth:
    """What every name and derivative in the document is worth."""

    def __init__(self, root):
        self.root = root
        graph = Graph(root)
        self.order = graph.order
        self.gradients = graph.gradients
        self.nodes = {latex_name(node.label): node for node in graph.order}
        self.values = {name: node.data for name, node in self.nodes.items()}
        self.values |= {
            f"\\delta_{{{n}}}": graph.gradients[self.by_label(f"net_{n}")] for n in ("h1", "h2", "o1", "o2")
        }
        self.values["\\eta"] = RATE
        x = 0.0275
        self.values |= {
            "x": x,
            "u_{1}": -x,
            "u_{2}": math.exp(-x),
            "u_{3}": 1 + math.exp(-x),
            "y": 1 / (1 + math.exp(-x)),
        }
        found = paths(root, "w1")
        self.values |= {f"\\text{{path {number}}}": path.product for number, path in enumerate(found, 1)}
        self.matrices = self._matrices()

    def by_label(self, label):
        return self.nodes[latex_name(label)]

    def _matrices(self):
        def data(*labels):
            return [[self.by_label(label).data for label in row.split()] for row in labels]

        def gradient(*labels):
            return [[self.gradients[self.by_label(label)] for label in row.split()] for row in labels]

        found = {"W^{(1)}": data("w1 w2", "w3 w4"), "W^{(2)}": data("w5 w6", "w7 w8"), "x": data("I1", "I2")}
        found |= {"t": data("t1", "t2"), "z^{(1)}": data("net_h1", "net_h2"), "a^{(1)}": data("h1", "h2")}
        found |= {"z^{(2)}": data("net_o1", "net_o2"), "a^{(2)}": data("o1", "o2")}
        found |= {"\\delta^{(1)}": gradient("net_h1", "net_h2"), "\\delta^{(2)}": gradient("net_o1", "net_o2")}
        self.by_matrix = {"a^{(2)}": gradient("o1", "o2"), "W^{(1)}": gradient("w1 w2", "w3 w4")}
        self.by_matrix["W^{(2)}"] = gradient("w5 w6", "w7 w8")
        return found

    def derivative(self, of, by):
        by_letter = re.fullmatch(r"\\boldsymbol\{(.+?)\}(.*)", by)
        if by_letter:
            return self.by_matrix.get("".join(by_letter.groups()), UNKNOWN)
        if (of, by) == ("y", "x"):
            return self.values["y"] * (1 - self.values["y"])
        if of not in self.nodes or by not in self.nodes:
            return UNKNOWN
        return gradients(self.nodes[of]).get(self.nodes[by], 0.0)


def elementwise(function, *things):
    """With numbers, and entry by entry with matrices."""
    if UNKNOWN in things:
        return UNKNOWN
    shape = next((thing for thing in things if isinstance(thing, list)), None)
    if shape is None:
        return function(*things)
    rows = [thing if isinstance(thing, list) else [[thing] * len(shape[0])] * len(shape) for thing in things]
    return [[function(*entries) for entries in zip(*line)] for line in zip(*rows)]


def multiplied(a, b):
    if UNKNOWN in (a, b):
        return UNKNOWN
    if isinstance(a, list) and isinstance(b, list):
        return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]
    return elementwise(lambda x, y: x * y, a, b)


class Reader:
    """Evaluates one side of an equation; UNKNOWN where it speaks of things in general."""

    def __init__(self, text, truth):
        self.tokens = TOKEN.findall(text)
        self.truth = truth
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted):
        sign = self.peek()
        assert not wanted or sign in wanted, (sign, wanted, self.tokens)
        self.at += 1
        return sign

    def group(self):
        """The text between braces."""
        self.take("{")
        depth, start = 1, self.at
        while depth:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
        return "".join(self.tokens[start : self.at - 1])

    def whole(self):
        value = self.sum()
        assert not self.peek(), self.tokens[self.at :]
        return value

    def sum(self):
        value = self.product()
        while self.peek() in ("+", "-"):
            way = 1 if self.take() == "+" else -1
            value = elementwise(lambda x, y, way=way: x + way * y, value, self.product())
        return value

    def product(self):
        value = self.factor()
        while self.peek() not in ("", "+", "-", "}", ")", "&", "\\\\", "\\right", "\\end"):
            if self.peek() == "\\odot":
                self.take()
                value = elementwise(lambda x, y: x * y, value, self.factor())
            else:
                if self.peek() in ("\\cdot", "\\times"):
                    self.take()
                value = multiplied(value, self.factor())
        return value

    def factor(self):
        if self.peek() == "-":
            self.take()
            return elementwise(lambda x: -x, self.factor())
        value = self.atom()
        if self.peek() == "^":
            self.take()
            exponent = Reader(self.group(), self.truth).whole()
            value = elementwise(lambda x, n: x**n, value, exponent)
        return value

    def inside(self):
        self.take("\\left")
        opening = self.take("(", "\\vert")
        value = self.sum()
        self.take("\\right")
        assert (opening, self.take()) in (("(", ")"), ("\\vert", "\\vert"))
        return elementwise(abs, value) if opening == "\\vert" else value

    def atom(self):
        sign = self.peek()
        if sign[0].isdigit():
            return float(self.take())
        if sign == "\\left":
            return self.inside()
        if sign == "\\frac":
            self.take()
            over, under = self.group(), self.group()
            if over.startswith("\\partial"):
                return self.truth.derivative(over.removeprefix("\\partial"), under.removeprefix("\\partial"))
            values = [Reader(text, self.truth).whole() for text in (over, under)]
            return elementwise(lambda x, y: x / y, *values)
        if sign == "\\sigma":
            self.take()
            prime = self.peek() == "'" and self.take()
            value = elementwise(lambda z: 1 / (1 + math.exp(-z)), self.inside())
            return elementwise(lambda a: a * (1 - a), value) if prime else value
        if sign == "e":
            self.take()
            self.take("^")
            return elementwise(math.exp, Reader(self.group(), self.truth).whole())
        if sign == "\\begin":
            return self.matrix()
        return self.named()

    def matrix(self):
        self.take()
        assert self.group() == "bmatrix"
        rows = [[]]
        while self.peek() != "\\end":
            rows[-1].append(self.sum())
            if self.peek() == "&":
                self.take()
            elif self.peek() == "\\\\":
                self.take()
                rows.append([])
        self.take()
        self.group()
        return UNKNOWN if any(UNKNOWN in row for row in rows) else rows

    def named(self):
        sign = self.take()
        if sign == "{":  # {w_{1}}^{\mathrm{new}}
            self.at -= 1
            name = self.group()
            self.take("^")
            assert self.group() == "\\mathrm{new}"
            if name not in self.truth.nodes:
                return UNKNOWN
            weight = self.truth.nodes[name]
            return weight.data - RATE * self.truth.gradients[weight]
        name = sign
        if sign in ("\\mathrm", "\\text"):
            words = self.group()
            name = f"{sign}{{{words}}}".replace("path1", "path 1").replace("path2", "path 2")
        if sign == "\\boldsymbol":
            return self.bold(self.group())
        if self.peek() == "_":
            self.take()
            name += f"_{{{self.group()}}}"
        return self.truth.values.get(name, UNKNOWN)

    def bold(self, letter):
        if self.peek() != "^":
            return self.truth.matrices.get(letter, UNKNOWN)
        self.take()
        above = self.group()
        transposed = above.endswith("\\top")
        above = above.removesuffix("\\top")
        value = self.truth.matrices.get(f"{letter}^{{{above}}}" if above else letter, UNKNOWN)
        return [list(row) for row in zip(*value)] if transposed and value is not UNKNOWN else value


def equations(block):
    """The equations of a block of mathematics, each a list of its sides."""
    body = block.replace("\\begin{aligned}", "").replace("\\end{aligned}", "").strip()
    found = []
    for line in map(str.strip, body.split(" \\\\\n")):
        if line.startswith("&\\quad {}"):
            found[-1][-1] += " " + line.removeprefix("&\\quad {}")
        elif line.startswith("&="):
            found[-1] += sides(line.removeprefix("&="))
        else:
            found.append(sides(line.replace("&=", "=")))
    return found


def sides(line):
    """The parts between equals signs."""
    return [part.strip() for part in line.replace("& =", "=").split(" = ")]


def tokens_of(text):
    return re.findall(r"-?\d+(?:\.\d+)?(?: \\times 10\^\{-?\d+\})?", text)


def is_number(side):
    return re.fullmatch(r"-?\d+(?:\.\d+)?(?: \\times 10\^\{-?\d+\})?", side) is not None


def rounded(value):
    """As the document writes a number, or a matrix of them."""
    if isinstance(value, list):
        return [[write(x, LATEX) for x in row] for row in value]
    return write(value, LATEX)


def entries(side):
    """The entries of a matrix of numbers as they are written."""
    match = re.fullmatch(r"\\begin\{bmatrix\} (.*) \\end\{bmatrix\}", side)
    if match is None:
        return None
    rows = [row.split(" & ") for row in match[1].split(r" \\ ")]
    return rows if all(is_number(entry) for row in rows for entry in row) else None


def near(a, b, tolerance):
    if isinstance(a, list) != isinstance(b, list):
        return False
    if isinstance(a, list):
        return all(near(x, y, tolerance) for rows in zip(a, b) for x, y in zip(*rows))
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12)


def judge(equation, truth):
    """Every side is worth the same, and a number alone is that worth, rounded; how many were compared."""
    if "\\to" in equation[0]:
        return 0
    values = [Reader(side, truth).whole() for side in equation]
    known = [(side, value) for side, value in zip(equation, values) if value is not UNKNOWN]
    exact = [value for side, value in known if not re.search(r"\d\.\d", side)] or [value for _, value in known]
    for side, value in known:
        assert near(value, exact[0], 3e-5 if re.search(r"\d\.\d", side) else 1e-11), (equation, side, value, exact[0])
        if is_number(side) and exact[0] is not value:
            assert side == rounded(exact[0]), (equation, side, exact[0])
        if entries(side) is not None and not is_number(side) and len(known) > 1:
            assert entries(side) == rounded(exact[0]), (equation, side, exact[0])
    return len(known) if len(known) > 1 else 0


INLINE = re.compile(r"\$`([^`]*)`\$")


def table(lines):
    """Head and rows of a table, each cell without its dollars."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return rows[0], rows[2:]


def cells(row):
    return [match[1] if (match := INLINE.fullmatch(cell)) else cell for cell in row]


def expected(head, row, truth):
    """What the numbers in a row of a table must be: pairs of what is written and what it is worth."""
    node = truth.nodes
    grad = {name: truth.gradients[v] for name, v in node.items()}
    sizes = {
        "output layer": [abs(truth.gradients[truth.by_label(f"w{i}")]) for i in (5, 6, 7, 8)],
        "hidden layer": [abs(truth.gradients[truth.by_label(f"w{i}")]) for i in (1, 2, 3, 4)],
    }
    means = {layer: sum(some) / 4 for layer, some in sizes.items()}
    match [*head]:
        case ["input", "value"] | ["name", "value"] | ["parameter", "value", "connects"]:
            return [(row[1], node[row[0]].data)]
        case ["node", "value", "gradient"]:
            return [(row[1], node[row[0]].data), (row[2], grad[row[0]])]
        case ["layer", "neuron", "weighted sum z", "activation a"]:
            return [(row[2], node[row[1]].parents[0].data), (row[3], node[row[1]].data)]
        case ["prediction", "value", "target", *_]:
            o, t = node[row[0]].data, node[row[2]].data
            assert row[5] == ("too high" if o > t else "too low")
            return [(row[1], o), (row[3], t), (row[4], o - t)]
        case ["layer", "parameters", "paths from each"]:
            return [(row[2], {"output layer": 1, "hidden layer": 2}[row[0]])]
        case ["layer", "neuron", "error that arrives", "slope", "error signal δ"]:
            a = node[row[1]]
            return [(row[2], grad[row[1]]), (row[3], a.data * (1 - a.data)), (row[4], truth.gradients[a.parents[0]])]
        case ["derivative", "of", "is", "in numbers", *_]:
            return [
                (sides(row[3])[-1], Reader(row[0], truth).whole()),
                (sides(row[3])[-1], Reader(row[2], truth).whole()),
            ]
        case ["path", "through"]:
            return []
        case ["layer", "parameter", "connects", "value", "gradient", "change", "new value"]:
            w, g = node[row[1]].data, grad[row[1]]
            return [(row[3], w), (row[4], g), (row[5], -RATE * g), (row[6], w - RATE * g)]
        case ["", "node by node", "in matrices"]:
            value = Reader(row[0], truth).whole()
            return [(row[1], value), (row[2], value)]
        case ["layer", "mean size of its gradients", _]:
            written = [(row[1], means[row[0]])]
            return written + ([(row[2], means["output layer"] / means["hidden layer"])] if row[2] else [])
        case ["part", "is", "here", "it says"]:
            return [(row[2], Reader(row[0], truth).whole()), (row[2], Reader(row[1], truth).whole())]
    raise AssertionError(f"a table that this test does not know: {head}")


def test_every_number_in_the_document_is_the_engines(published, loss):
    truth = Truth(loss)
    compared = 0
    blocks = re.findall(r"```math\n(.*?)\n```", published, flags=re.DOTALL)
    for block in blocks:
        compared += sum(judge(equation, truth) for equation in equations(block))
    rest = re.sub(r"```math\n.*?\n```", "", published, flags=re.DOTALL).split("## Where this comes from")[0]
    for block in re.findall(r"(?:^\|.*\n)+", rest, flags=re.MULTILINE):
        head, body = table(block.strip().split("\n"))
        for row in body:
            for cell in row:
                compared += sum(judge(sides(formula), truth) for formula in INLINE.findall(cell))
            if head[:2] not in (["layer", "neurons"], ["from", "to"], ["operation", "function"]):
                pairs = expected(head, cells(row), truth)
                assert [written for written, _ in pairs] == [rounded(value) for _, value in pairs], (head, row)
                compared += len(pairs)
    prose = re.sub(r"^(\||#|!|>).*$|^\d\. ", "", rest, flags=re.MULTILINE)
    known = in_prose(truth)
    for formula in INLINE.findall(prose):
        if is_number(formula):
            assert formula in known, formula
            compared += 1
        else:
            compared += judge(sides(formula), truth)
    for percentage in re.findall(r"([\d.]+)[ \u00a0]%", prose):
        assert percentage in known
        compared += 1
    words = INLINE.sub("", re.sub(r"[\d.]+[ \u00a0]%", "", prose))
    assert set(re.findall(r"\d+(?:\.\d+)?", words)) <= {"1", "2", "0"}  # 2 paths, layers 1 to L, z above 0
    assert compared > 580


def in_prose(truth):
    """The numbers that may stand in a sentence."""
    new = {node: node.data - RATE * truth.gradients[node] for node in truth.order if node.label.startswith("w")}
    promised = RATE * sum(truth.gradients[node] ** 2 for node in new)
    for node in truth.order:
        if node.op is not None:
            new[node] = node.op.forward(*[new.get(v, v.data) for v in node.operands])
    slopes = [v * (1 - v) for v in (truth.by_label(label).data for label in ("h1", "h2", "o1", "o2"))]
    ratio = truth.gradients[truth.by_label("w5")] / truth.gradients[truth.by_label("w1")]
    after, before = new[truth.root], truth.root.data
    numbers = [after, before, after - before, -promised, ratio, min(slopes), max(slopes), 0.25, 1.0, 0.01, 0.99, 0.5]
    kept = [paths(truth.root, f"w{i}").kept for i in range(1, 5)]
    return {rounded(x) for x in numbers} | {f"{100 * k:.3g}" for k in kept}


def test_a_wrong_number_in_the_document_would_be_found(published, loss):
    for right, wrong in (
        ("0.0721571", "0.0721572"),
        ("0.142357 \\times 0.4", "0.142557 \\times 0.4"),
        ("h_{1} \\cdot \\left(1 - h_{1}\\right) \\cdot I_{1}", "h_{1} \\cdot \\left(1 - h_{1}\\right) \\cdot I_{2}"),
        ("| $`0.24252`$ |", "| $`0.24262`$ |"),
        ("15.2", "15.3"),
        ("383.293", "383.392"),
        ("0.363921 & 0.413655", "0.363921 & 0.413656"),
    ):
        assert right in published
        with pytest.raises(AssertionError):
            test_every_number_in_the_document_is_the_engines(published.replace(right, wrong), loss)


def test_the_document_is_as_it_would_be_written_now(script, published):
    assert script.text(script.document()) == published


def test_the_script_writes_and_checks(script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "DOCUMENT", tmp_path / "walkthrough.md")
    assert script.main(["--check"]) == 1
    assert script.main([]) == 0
    assert "written: walkthrough.md" in capsys.readouterr().out
    assert script.main(["--check"]) == 0
    (tmp_path / "walkthrough.md").write_text("old", encoding="utf-8")
    assert script.main(["--check"]) == 1
    assert "stale: walkthrough.md" in capsys.readouterr().out


def test_the_script_runs_as_a_command():
    command = [sys.executable, DEMOS / "make_walkthrough.py", "--check"]
    environment = {**os.environ, "PYTHONPATH": str(DEMOS.parent), "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, check=False, text=True, env=environment)
    assert done.stderr == ""
    assert "walkthrough.md" not in done.stdout


def test_the_pictures_that_it_shows_are_there(script, published):
    shown = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", published)
    assert shown == [f"../{path}" for path in script.PICTURES.values()]
    assert (DEMOS / shown[0]).resolve().exists()


# -- Everything that the published document has ----------------------------------------------------------

SECTIONS = {
    "Network Architecture Visualization": r"walkthrough_network.svg",
    "Layer-by-Layer Data Flow": r"w_{5} \cdot h_{1} = 0.4 \times 0.506875 = 0.20275",
    "Activation Function": r"\sigma\left(x\right)`$ is computed in these operations",
    "Forward Propagation Formulas": r"\mathrm{net}_{h1} &= w_{1} \cdot I_{1} + w_{2} \cdot I_{2}",
    "Loss Function": r"half squared error | $`y = \frac{\left(o - t\right)^{2}}{2}",
    "Initial Parameters": r"| $`w_{8}`$ | $`0.55`$ | $`h_{2} \to o_{2}`$ |",
    "Step 1: Hidden Layer Linear Combination": r"= 0.0075 + 0.02 = 0.0275",
    "Step 2: Hidden Layer Activation (Sigmoid)": r"\frac{1}{1 + 0.972875}",
    "Step 3: Output Layer Linear Combination": r"= 0.20275 + 0.229781",
    "Step 4: Output Layer Activation (Final Predictions)": r"\frac{1}{1.64887}",
    "Summary of Feed-Forward Results": r"| output layer | $`o_{2}`$ | $`0.53428`$ | $`0.630481`$ |",
    "Known Values": r"| prediction | value | target |",
    "Step 1: Error for Output Neuron 1": r"0.596478^{2}}{2} = \frac{0.355786}{2} = 0.177893",
    "Step 2: Error for Output Neuron 2": r"\frac{0.129254}{2} = 0.064627",
    "Step 3: Total Loss": r"E &= E_{1} + E_{2} = 0.177893 + 0.064627 = 0.24252",
    "Interpretation of Loss": r"too high",
    "Overview of Weight Updates": r"{w}^{\mathrm{new}} = w - \eta \cdot",
    "Why Start with Output Layer?": r"has a single path to",
    "Loss Function and Its Derivative": r"\frac{\partial y}{\partial o} = o - t",
    "Sigmoid Activation Function and Its Derivative": r"\frac{u_{2}}{u_{3}} = … = 1 - y",
    "Net Input to Activation Derivative": r"\frac{\partial y}{\partial w_{1}} = x_{1}",
    "Summary Table: Backpropagation Derivatives": r"| operation | function | derivatives |",
    "Chain Rule for Output Layer Weights": r"= \delta_{o1} \cdot h_{2}",
    "Gradient for w₅: Complete Derivation": r"#### Gradient for $`w_{5}`$, in full",
    "Step 1: Identify the Dependency Chain": r"w_{5} \to \mathrm{net}_{o1} \to o_{1} \to E_{1} \to E",
    "Step 2: Apply Chain Rule": r"\cdot \frac{\partial \mathrm{net}_{o1}}{\partial w_{5}}",
    "Step 3: Compute Each Partial Derivative": r"0.606478 \times \left(1 - 0.606478\right) = 0.238662",
    "Step 4: Multiply All Terms (Chain Rule)": r"1 \times 0.596478 \times 0.238662 \times 0.506875 = 0.0721571",
    "Step 5: Update Weight": r"0.4 - 0.0360785 = 0.363921",
    "Gradient for w₆": r"#### Gradient for $`w_{6}`$",
    "Gradient for w₇": r"#### Gradient for $`w_{7}`$",
    "Gradient for w₈": r"#### Gradient for $`w_{8}`$",
    "Summary: Output Layer Weight Updates": r"become smaller: the prediction",
    "Why Hidden Layer Gradients Are Different": r"is used by $`\mathrm{net}_{o1}`$ and $`\mathrm{net}_{o2}`$",
    "Gradient for w₁: Complete Derivation": r"#### Gradient for $`w_{1}`$, in full",
    "Step 1: Identify the Dependency Paths": r"2 paths lead from $`w_{1}`$ to $`E`$",
    "Step 2: Write Total Gradient as Sum": r"\frac{\partial E_{1}}{\partial w_{1}} + \frac{\partial E_{2}}",
    "Step 3: Expand Each Path Using Chain Rule": r"All paths share",
    "Step 4: Compute Each Derivative": r"0.630481 \times \left(1 - 0.630481\right) = 0.232975",
    "Step 5: Calculate Path 1 Contribution": r"\text{path 1} &= ",
    "Step 6: Calculate Path 2 Contribution": r"\text{path 2} &= ",
    "Step 7: Sum Both Error Paths": r"0.0569427 - 0.0418794",
    "Step 8: Complete the Gradient Calculation": r"0.0150633 \times 0.249953 \times 0.05",
    "Step 9: Update Weight": r"0.15 - 9.41278 \times 10^{-5} = 0.149906",
    "Understanding the Result": r"is $`383.293`$ times as large as",
    "Gradient for w₂": r"#### Gradient for $`w_{2}`$",
    "Gradient for w₃": r"#### Gradient for $`w_{3}`$",
    "Gradient for w₄": r"#### Gradient for $`w_{4}`$",
    "Summary: All Weight Updates": r"## 8. The updates",
    "Notation and Setup": r"\boldsymbol{t} &= \begin{bmatrix} t_{1}",
    "Forward Pass (Vectorized)": r"\boldsymbol{z}^{(2)} &= \boldsymbol{W}^{(2)} ",
    "Step 1: Output Layer Delta": r"\boldsymbol{\delta}^{(2)} &= ",
    "Step 2: Hidden Layer Delta": r"\left(\boldsymbol{W}^{(2)\top} \boldsymbol{\delta}^{(2)}\right) \odot",
    "Step 3: Gradient Matrices": r"\begin{bmatrix} 0.0721571 & 0.0726907 \\ -0.0424553 & -0.0427692",
    "Step 4: Weight Updates": r"### The update in matrices",
    "Comparison: Scalar vs Matrix Form": r"### Node by node, and in matrices",
    "The Complete Backpropagation Algorithm": r"One step of training, for layers l = 1 to L",
    "Understanding Each Component": r"how wrong the prediction is",
    "Why Gradients Sum for Hidden Layers": r"### Why the gradients add",
    "The Vanishing Gradient Problem": r"How the gradient shrinks from layer to layer",
    "Forward Pass Values": r"| $`h_{1}`$ | $`0.506875`$ | $`0.0150633`$ |",
    "Loss Values": r"| $`E_{2}`$ | $`0.064627`$ | $`1`$ |",
    "All Weight Gradients and Updates": r"| output layer | $`w_{5}`$ | … | $`0.363921`$ |",
    "Original Article": r"Dan Dare",
    "Foundational Papers": r"Rumelhart",
    "Recommended Textbooks": r"*Deep Learning*",
    "Online Resources": r"cs231n",
    "1. Advanced Optimizers": r"Momentum",
    "2. Regularization Techniques": r"Keeping weights small",
    "3. Modern Architectures": r"residual connections",
    "4. Practical Implementation": r'activation="tanh"',
    "5. Theoretical Deep Dives": r"first weights of the right size",
}


@pytest.mark.parametrize("section", SECTIONS)
def test_what_the_published_document_has_is_there_with_right_numbers(published, section):
    wanted = ".*".join(map(re.escape, SECTIONS[section].split("…")))
    in_one = published.replace(" \\\\\n &= ", " = ")  # an equation that is broken before its equals signs
    assert re.search(wanted, in_one), section


# -- The matrix form ------------------------------------------------------------------------------------


def batch(rows=3):
    """An MLP with biases, and the summed loss of some rows."""
    model = MLP(2, [3, 2, 1], activation="tanh", output_activation="sigmoid", seed=4)
    losses = []
    for k in range(rows):
        output = model([Value(0.3 * k - 0.2, "x1"), Value(0.5 - 0.4 * k, "x2")])
        losses.append(half_squared_error(output, Value(0.25 * k, "t")))
    root = total(losses)
    root.label = "E"
    return root, model


def skipping():
    """A network whose last neuron also reads the input."""
    x, w, v, u = Value(0.5, "x"), Value(0.3, "w"), Value(0.2, "v"), Value(-0.7, "u")
    h = affine([w], [x]).tanh()
    return affine([v, u], [h, x]).tanh()


def test_the_matrices_are_those_of_the_nodes():
    root, model = batch()
    form = walkthrough(root, model.parameters(), lr=0.1, model=model).matrices
    exact = gradients(root)
    assert [(len(layer.weights), len(layer.weights[0])) for layer in form.layers] == [(3, 2), (2, 3), (1, 2)]
    for layer, form_of in zip(model.layers, form.layers):
        for neuron, row, bias in zip(layer.neurons, form_of.gradient, form_of.bias_gradient):
            assert row == pytest.approx([exact[w] for w in neuron.w], rel=1e-12)
            assert bias == pytest.approx(exact[neuron.b], rel=1e-12)
    assert 0 <= form.difference < 1e-15


def test_a_wrong_matrix_product_is_seen_in_the_comparison(monkeypatch):
    root, model = batch()
    right = sys.modules["autograd.derivation.worked.matrix_form"].matrix_product

    def wrong(a, b):
        return [[1.01 * x for x in row] for row in right(a, b)]

    monkeypatch.setattr("autograd.derivation.worked.matrix_form.matrix_product", wrong)
    document = walkthrough(root, model.parameters(), model=model)
    assert document.matrices.difference > 1e-4
    assert "The largest difference is" in str(document)


def test_layers_are_found_without_the_model_too():
    root, model = batch()
    context = DerivationContext(Graph(root))
    with_model, without = compute_matrices(context, model), compute_matrices(context)
    assert [layer.weights for layer in with_model.layers] == [layer.weights for layer in without.layers]
    assert with_model.difference == without.difference


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        (lambda: Value(2.0, "a") * Value(3.0, "b"), "there are no layers of neurons"),
        (skipping, "its layers do not each read the layer before"),
        (lambda: affine([0.5], [Value(1.0, "x")]).tanh(), "some of its weights are plain numbers"),
    ],
)
def test_what_is_no_row_of_layers_has_no_matrix_form(graph, reason):
    assert compute_matrices(DerivationContext(Graph(graph()))).startswith(reason)


def test_a_missing_matrix_form_is_said():
    assert "There is no matrix form: its layers do not each read the layer before." in squeezed(
        str(walkthrough(skipping()))
    )


# -- Other graphs ---------------------------------------------------------------------------------------


def test_a_graph_without_neurons_goes_node_by_node():
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    e = a * b
    root = (e + c).exp()
    e.label, root.label = "e", "L"
    document = walkthrough(root, lr=0.1)
    text = squeezed(str(document))
    assert "∂L/∂e = ∂L/∂v1 = 54.5982 × 1 = 54.5982" in text
    assert "Back, node by node" in text
    assert "layer" not in text.split("1. The network")[1].split("2. The formulas")[0]
    assert document.matrices is None
    assert document.gradients == {leaf: gradients(root)[leaf] for leaf in (a, b, c)}


OWN = [lambda z: (z * z + 1).log()]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "elu", "softplus", None, *OWN])
def test_every_equation_of_any_network_holds(activation):
    model = MLP(2, [2, 2], activation=activation, seed=5)
    root = half_squared_error(model([Value(0.5, "x1"), Value(-1.2, "x2")]), [Value(0.1, "t1"), 0.7])
    document = walkthrough(root, model.parameters(), lr=0.1, model=model)
    assert check(document, DerivationContext(Graph(root))) > 60
    assert document.matrices.difference < 1e-12


def test_every_equation_of_a_batch_holds():
    root, model = batch()
    assert check(walkthrough(root, model.parameters(), lr=0.1, model=model), DerivationContext(Graph(root))) > 150


def test_a_linear_neuron_has_an_error_signal_too():
    model = MLP(1, [2, 1], activation="relu", seed=1)
    root = half_squared_error(model([Value(0.5, "x")]), Value(0.1, "t"))
    text = squeezed(str(walkthrough(root, model.parameters(), model=model)))
    assert "δ2[1] = ∂v1/∂z2[1] = z2[1] − t" in text


def test_an_activation_of_ones_own_is_worked_out_step_by_step():
    model = MLP(1, [1], output_activation=OWN[0], seed=1)
    root = model([Value(0.5, "x")])
    text = squeezed(str(walkthrough(root, model.parameters(), model=model)))
    activations = text.split("The activations of the output layer")[1].split("All values of the network")[0]
    assert "v1 = z1[1]·z1[1]" in activations
    assert "a1[1] = log(v2)" in activations
    assert "δ1[1] = ∂a1[1]/∂z1[1] = ∂a1[1]/∂a1[1] · 1/v2 · (z1[1] + z1[1])" in text


def test_a_long_block_of_equations_fits_on_its_pages():
    root, model = batch()
    text = walkthrough(root, model.parameters(), lr=0.1, model=model).to_latex()
    for block in re.findall(r"\\begin\{aligned\}(.*?)\\end\{aligned\}", text, flags=re.DOTALL):
        assert block.count("&=") + block.count(r"&\quad") <= 30


def test_rows_of_data_are_told_apart_and_added_up():
    root, model = batch()
    text = squeezed(str(walkthrough(root, model.parameters(), lr=0.1, model=model)))
    assert "∂E/∂b3[1] = δ3[1]#1 + δ3[1]#2 + δ3[1]#3" in text
    assert "∂E/∂b⁽³⁾ = row sums(δ⁽³⁾)" in text
    assert "Each of these parameters is used 3 times" in text
    assert "one column for each of the 3 samples" in text


def test_micrograds_neuron_is_a_neuron():
    x1, x2, w1, w2, b = (Value(v, n) for v, n in ((2.0, "x1"), (0.0, "x2"), (-3.0, "w1"), (1.0, "w2"), (6.88, "b")))
    n = x1 * w1 + x2 * w2 + b
    o = n.tanh()
    n.label, o.label = "n", "o"
    text = squeezed(str(walkthrough(o, [w1, w2, b], lr=0.1)))
    assert "w1 −3 x1 → o w2 1 x2 → o b 6.88 bias of o" in text
    assert "∂o/∂w2 = δ_o·x2 = (1 − o²)·x2" in text


def test_the_loss_after_the_step_is_that_of_a_new_network(script):
    loss, model = script.network()
    document = walkthrough(loss, model.parameters(), RATE)
    for weight, new in document.updated.items():
        weight.data = new
    o1, o2 = model([0.05, 0.10])
    assert document.loss_after == (half_squared_error(o1, 0.01) + half_squared_error(o2, 0.99)).data
    assert document.loss_after < loss.data


def test_without_a_rate_nothing_is_updated(script):
    loss, model = script.network()
    document = walkthrough(loss, model.parameters())
    assert (document.updated, document.loss_after) == ({}, None)
    assert "w5_new" not in str(document)
    assert "The update in matrices" not in str(document)


def test_parameters_may_be_given_by_label_and_in_any_order(script):
    loss, _ = script.network()
    document = walkthrough(loss, ["w7", "w1", "w7"])
    assert [p.label for p in document.gradients] == ["w7", "w1"]


def test_a_parameter_that_does_not_matter_is_said_to_have_the_gradient_0():
    w, idle = Value(0.5, "w"), Value(2.0, "idle")
    root = affine([w], [Value(3.0, "x")]).tanh()
    document = walkthrough(root, [w, idle], lr=0.5)
    assert document.gradients[idle] == 0.0
    assert document.updated[idle] == 2.0
    assert "does not depend on the other 1 parameters" in squeezed(str(document))


def test_colours_go_through_the_whole_document(script):
    loss, model = script.network()
    text = str(walkthrough(loss, model.parameters(), RATE, colors=True))
    assert text.count("\x1b[31m") == text.count("\x1b[0m") - text.count("\x1b[32m") - text.count("\x1b[34m") > 8


def test_it_changes_nothing_and_is_the_same_every_time(script):
    loss, model = script.network()
    before = [(node.data, node.grad) for node in Graph(loss).order]
    once = walkthrough(loss, model.parameters(), RATE)
    assert [(node.data, node.grad) for node in Graph(loss).order] == before
    other, same = script.network()
    again = walkthrough(other, same.parameters(), RATE)
    assert [str(once), once.to_markdown(), once.to_latex()] == [str(again), again.to_markdown(), again.to_latex()]


def test_a_prompt_shows_how_long_it_is(script):
    loss, model = script.network()
    assert re.fullmatch(
        r"Walkthrough of 8 parameters, \d+ lines: print it, or \.save\('walkthrough\.html'\)",
        repr(walkthrough(loss, model.parameters())),
    )


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda root, _: walkthrough(root, []), ArgumentError, "the list of parameters is empty"),
        (lambda root, _: walkthrough(root, "w1"), OperandError, "a list of nodes or labels, not 'w1'"),
        (lambda root, _: walkthrough(root, ["w9"]), NotFoundError, "called 'w9'"),
        (lambda root, _: walkthrough(root, ["h1"]), ArgumentError, "h1 is computed; parameters are leaves"),
        (lambda root, _: walkthrough(root, model=3), OperandError, "such as nn.MLP, not 3"),
        (lambda root, _: walkthrough(root, lr="x"), OperandError, "lr is the learning rate"),
        (lambda _, model: walkthrough(model, ["w1"]), OperandError, "a graph starts at a Value"),
    ],
)
def test_a_mistake_is_named(script, ask, error, says):
    with pytest.raises(error, match=re.escape(says)):
        ask(*script.network())


def test_more_than_anybody_reads_is_refused_with_the_ways_out():
    model = MLP(2, [16, 16, 1], seed=1)
    root = half_squared_error(model([0.5, -0.5]), 1.0)
    with pytest.raises(TooLargeError, match=r"337 parameters.*explain\(E, w\)"):
        walkthrough(root, model.parameters())


def test_changed_numbers_are_not_written_down_as_if_they_had_not_been(script):
    loss, model = script.network()
    model.layers[0].neurons[0].w[0].data = 0.9
    with pytest.raises(StaleGraphError, match="net_h1"):
        walkthrough(loss, model.parameters())


# -- Pictures, and the other readings ---------------------------------------------------------------------


def cannot(*_, **__):
    raise RenderError("no program can draw it")


def test_without_a_drawing_a_sentence_stands_in_its_place(script, monkeypatch):
    monkeypatch.setattr(drawings, "draw", cannot)
    loss, model = script.network()
    document = walkthrough(loss, model.parameters())
    assert all(block.drawing is None for block in document.blocks if isinstance(block, Picture))
    assert "(Picture: the graph that E is computed by.)" in document.to_html()
    assert r"\emph{(Picture: the paths from w1 to E.)}" in document.to_latex()
    assert "![" not in document._repr_markdown_()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex on this machine")
def test_the_latex_compiles_with_its_pictures(script, tmp_path):
    script.document().save(tmp_path / "walk.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "walk.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-1500:]
    assert "Overfull" not in log
    assert {path.name for path in tmp_path.glob("*.png")} == {"walk-network.png", "walk-paths.png"}


def hostile():
    """A network whose labels mean something to every medium."""
    labels = ["w_1|x", "<b>", "$w$", "`w`", "50 %", "#{w}", "a\\b", "[w](x)", "*w*", "&amp;"]
    w = [Value(0.1 * k, label) for k, label in enumerate(labels)]
    h = [affine(w[0:2], w[2:4]).tanh(), affine(w[4:6], w[2:4]).tanh()]
    root = affine(w[6:8], h).sigmoid() * w[8] + h[0] * w[9]
    root.label = "E_<i>|$"
    return root, [w[0], w[1], w[4], w[5], w[6], w[7]]


def test_any_label_is_safe_between_the_formulas_too(monkeypatch):
    monkeypatch.setattr(drawings, "draw", cannot)
    root, parameters = hostile()
    document = walkthrough(root, parameters, lr=0.1)
    outside = re.sub(r"```math\n.*?\n```|\$`[^`]*`\$", "", document.to_markdown(), flags=re.DOTALL)
    assert "the graph that E\\_&lt;i&gt;&#124;&#36; is computed by" in outside
    assert not re.search(r"(?<!\\)[<>$`]", outside)
    assert "(Picture: the graph that E_&lt;i&gt;|$ is computed by.)" in document.to_html()
    assert (
        r"\emph{(Picture: the graph that E\_\textless{}i\textgreater{}\textbar{}\$ is computed by.)}"
        in document.to_latex()
    )


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex on this machine")
def test_the_latex_of_hostile_labels_compiles(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "draw", cannot)
    root, parameters = hostile()
    walkthrough(root, parameters, lr=0.1, colors=True).save(tmp_path / "walk.tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "walk.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-1500:]


def test_the_html_holds_its_pictures(script, tmp_path):
    page = script.document().save(tmp_path / "walk.html").read_text(encoding="utf-8")
    assert page.count('<img alt="the ') == page.count("data:image/svg+xml;base64,") == 2
    assert not re.search(r"<script|https?://(?!www\.w3\.org)", page)
    assert [path.name for path in tmp_path.iterdir()] == ["walk.html"]


def test_the_markdown_file_has_its_pictures_beside_it(script, tmp_path):
    text = script.document().save(tmp_path / "walk.md").read_text(encoding="utf-8")
    for name in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text):
        assert (tmp_path / name).read_text(encoding="utf-8").startswith("<?xml")
