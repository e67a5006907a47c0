"""The page's arithmetic and the engine's: every row of the table, the number format, the judging of answers."""

import json
import math
import random
import re
import shutil
import struct
import subprocess
from itertools import combinations, product

import pytest
from strategies import SIZES

from autograd import (
    ArgumentError,
    DomainError,
    Sheet,
    SheetError,
    TooLargeError,
    Value,
    gradients,
    paths,
    steps,
    topological_order,
)
from autograd.engine.graph import states
from autograd.engine.undefined import Undefined
from autograd.engine.value import record
from autograd.formatting import figures
from autograd.stepper.quiz import Question, judge
from autograd.table.ops import TABLE, VARIADIC, Op
from autograd.webpage import javascript
from autograd.webpage.graph_data import page_data
from nn import SGD

NODE = shutil.which("node")
with_node = pytest.mark.skipif(NODE is None, reason="node is not installed: JavaScript is not compared with Python")

KINKS = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 3.0]
FAR = [5e-324, 1e-300, -1e-300, 1e300, -1e300, 710.5, -745.2, math.inf, -math.inf, math.nan]
EXACT = {"add", "sub", "mul", "div", "neg", "abs", "relu", "maximum", "minimum", "leaky_relu", "sqrt"}
EXACT |= {"affine", "total", "mean", "half_squared_error", "mean_squared_error", "max_margin", "huber"}
EXACT |= {"sign", "step", "above"}

# Numbers go to the script and come back as text, because JSON has neither nan nor inf.
HARNESS = """
const numbers = (key, x) => (typeof x === "string" && x.startsWith("n:") ? Number(x.slice(2)) : x);
const texts = (key, x) => (typeof x === "number" ? `n:${Object.is(x, -0) ? "-0" : x}` : x);
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"), numbers);
process.stdout.write(JSON.stringify(asked.map(answer), texts));
"""


def run(answer, questions, rows=()):
    """What the scripts of the page answer: `answer` is JavaScript, a function of one question."""
    scripts = javascript.SCRIPTS[: javascript.SCRIPTS.index("dom.js")]
    script = f"{javascript.bundle(javascript.table(rows), scripts)}\nconst answer = {answer};\n{HARNESS}"
    done = subprocess.run(
        [NODE, "-e", script],
        input=json.dumps(coded(questions)),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return decoded(json.loads(done.stdout))


def coded(thing):
    if isinstance(thing, float | int) and not isinstance(thing, bool):
        text = repr(thing)
        return "n:" + text.replace("inf", "Infinity").replace("nan", "NaN")
    if isinstance(thing, list | tuple):
        return [coded(part) for part in thing]
    return {key: coded(part) for key, part in thing.items()} if isinstance(thing, dict) else thing


def decoded(thing):
    if isinstance(thing, str) and thing.startswith("n:"):
        return float(thing[2:])
    if isinstance(thing, list):
        return [decoded(part) for part in thing]
    return {key: decoded(part) for key, part in thing.items()} if isinstance(thing, dict) else thing


def same(found, expected, *, exact=False):
    """Whether two numbers are one: to the last bit, or to what two libraries of functions differ by."""
    if isinstance(expected, str) or isinstance(found, str):
        return found == expected
    expected = float(expected)
    if exact or not math.isfinite(expected) or not math.isfinite(found):
        return found == expected or (found != found and expected != expected)
    return abs(found - expected) <= max(1e-12 * abs(expected), 1e-310)


# -- Every row of the table ---------------------------------------------------------------------


def points(op):
    """Operands for a row: kinks, what is far out, and numbers that nobody thought of."""
    dice = random.Random(op.name)
    counts = SIZES.get(op.name, [1, 2, 3, 5]) if op.arity == VARIADIC else (op.arity,)
    for count in counts:
        if count <= 2:
            yield from product([*KINKS, *FAR], repeat=count)
        else:
            yield from ([dice.choice([*KINKS, *FAR]) for _ in range(count)] for _ in range(100))
        yield from ([dice.uniform(-4, 4) for _ in range(count)] for _ in range(60))
        yield from ([math.ldexp(dice.uniform(-1, 1), dice.randint(-40, 40)) for _ in range(count)] for _ in range(40))


def by_engine(op, point):
    """The result with the local derivatives, words in place of what does not exist."""
    try:
        node = record(op, [Value(x) for x in point])
    except DomainError as error:
        return str(error), []
    return node.data, [local.reason if isinstance(local, Undefined) else local for local in node.locals]


ONE_ROW = """([row, op, point]) => {
  const operands = point.map((_, place) => place + 1);
  const nodes = [{ name: "y", op, row, operands }, ...point.map(() => ({ name: "x", op: null }))];
  const { values, troubles } = $engine.forward({ nodes }, [undefined, ...point]);
  if (troubles.size) {
    return [troubles.get(0).words, []];
  }
  return [values[0], $engine.localDerivatives({ nodes }, 0, values).map((each) => each.words ?? each)];
}"""


@with_node
def test_javascript_and_python_agree_on_every_row_of_the_table():
    asked = [(op, list(map(float, point))) for op in TABLE.values() for point in points(op)]
    rows = {(op, len(point)) for op, point in asked}
    answers = run(ONE_ROW, [[javascript.row_name(op, len(p)), op.name, p] for op, p in asked], rows)
    for (op, point), (y, locals_) in zip(asked, answers, strict=True):
        expected, slopes = by_engine(op, point)
        assert same(y, expected, exact=op.name in EXACT), (op, point, y, expected)
        if isinstance(y, float) and y == 0:
            assert math.copysign(1, y) == math.copysign(1, expected), (op, point)
        for found, slope in zip(locals_, slopes, strict=True):
            assert same(found, slope), (op, point, found, slope)


@with_node
def test_a_planted_mistake_in_a_row_is_noticed():
    planted = Op.__new__(Op)
    planted.name, planted.arity, planted.forward = "planted", 1, lambda x: x * x
    planted.partials = (lambda _y, x: 3 * x,)
    [[y, [slope]]] = run(ONE_ROW, [["planted", "planted", [2.0]]], [(planted, 1)])
    assert (y, slope) == (4.0, 6.0)
    assert not same(slope, by_engine(TABLE["mul"], [2.0, 2.0])[1][0] * 2)


def test_a_row_whose_condition_is_pythons_is_refused_by_name():
    unknown = Op.__new__(Op)
    unknown.name, unknown.arity = "clip", 1
    unknown.forward, unknown.partials = lambda x: min(1, x), (lambda _y, _x: 1,)
    with pytest.raises(ArgumentError, match=r"clip: .* cannot be written in JavaScript"):
        javascript.row(unknown, 1)


def test_a_row_of_very_many_operands_is_refused():
    with pytest.raises(TooLargeError, match="total of 500 operands"):
        javascript.row(TABLE["total"], 500)


def test_no_row_is_spelled_that_the_table_does_not_have():
    assert javascript.spelled() <= set(TABLE)


# -- Whole graphs -------------------------------------------------------------------------------

GRAPH = """(data) => {
  const nodes = data.nodes;
  const numbers = [...nodes.keys()];
  const graph = { nodes, order: numbers.filter((at) => nodes[at].op !== null) };
  graph.parents = nodes.map((node) => (node.operands ?? []).filter((operand) => typeof operand === "number"));
  const { values } = $engine.forward(graph, nodes.map((node) => node.value));
  const { steps, gradients } = $engine.backward(graph, values);
  const received = $engine.receiving(graph);
  const paths = numbers.map((at) => $engine.largestPaths(steps, at, 8));
  return {
    values,
    steps: steps.map(({ upstream, terms }) => [upstream, terms.map((t) => [t.local, t.contribution, t.total])]),
    gradients: numbers.map((at) => gradients.get(at)),
    states: numbers.map((at) => graph.order.map((_, place) => $engine.stateAt(received[at], place))),
    paths: paths.map(({ paths }) => paths.map(({ product }) => product)),
    ways: paths.map(({ paths }) => paths.map(({ edges }) => edges.map(({ node }) => node))),
    counts: paths.map(({ count }) => String(count)),
  };
}"""


def network(seed):
    dice = random.Random(seed)
    nodes = [Value(dice.uniform(-2, 2), f"x{n}") for n in range(4)]
    for _ in range(25):
        name = dice.choice(["add", "mul", "sub", "tanh", "sigmoid", "maximum", "softplus", "sin"])
        op = TABLE[name]
        nodes.append(op(*dice.choices(nodes[-9:], k=op.arity)))
    return nodes[-1] * nodes[-2] + nodes[-3]


@with_node
def test_steps_gradients_states_and_paths_of_a_graph_are_the_engines():
    roots = [network(seed) for seed in range(12)]
    held = [page_data(root) for root in roots]
    answers = run(GRAPH, [each.data for each in held], [row for each in held for row in each.rows])
    for root, answer in zip(roots, answers, strict=True):
        order = [step.node for step in steps(root)]
        found = gradients(root)
        nodes = topological_order(root)[::-1]
        assert all(map(same, answer["values"], [node.data for node in nodes]))
        assert all(map(same, answer["gradients"], [found[node] for node in nodes]))
        for (upstream, terms), step in zip(answer["steps"], steps(root), strict=True):
            assert same(upstream, step.upstream)
            for term, expected in zip(terms, step.terms, strict=True):
                assert all(map(same, term, expected[1:]))
        for place in range(len(order)):
            now = states(root, place)
            assert [row[place] for row in answer["states"]] == [now[node] for node in nodes]
        for node, products, count in zip(nodes, answer["paths"], answer["counts"], strict=True):
            largest = paths(root, node, 8)
            assert int(count) == largest.count
            assert all(map(same, products, [path.product for path in largest]))


@with_node
def test_the_largest_paths_keep_their_order_where_their_products_underflow():
    x = Value(1.0, "x")
    y = (x * 1e-200) * 1e-200 + (x * 1e-150) * 1e-200 + (x * 1e-180) * 1e-200
    [answer] = run(GRAPH, [(held := page_data(y)).data], held.rows)
    place = next(at for at, node in enumerate(held.data["nodes"]) if node["name"] == "x")
    order = topological_order(y)[::-1]
    expected = [[float(order.index(edge.node)) for edge in path.edges[::-1]] for path in paths(y, x, 8)]
    assert answer["paths"][place] == [0.0, 0.0, 0.0]
    assert answer["ways"][place] == expected


# -- Numbers and answers ------------------------------------------------------------------------


def numbers():
    dice = random.Random(4)
    yield from [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 1e21, 1e-7, 123456.5]
    yield from [1000005.0, 1000015.0, 999999.5, 9999995.0, 0.0001, 0.00001, 99999.95, 0.5, 2.5, -1234565.0, 1e16]
    yield from (k / 2**20 for k in range(1, 2000, 7))
    yield from (k + 0.5 for k in range(99990, 100600))
    yield from (struct.unpack("d", dice.randbytes(8))[0] for _ in range(2000))


@with_node
def test_a_number_looks_the_same_in_the_page_as_everywhere():
    xs = list(numbers())
    assert run("(x) => $numbers.number(x)", xs) == [figures.number(x) for x in xs]
    assert run("(x) => $numbers.number(x, 3)", xs) == [figures.number(x, 3) for x in xs]
    assert run("(x) => $numbers.signed(x)", xs) == [figures.signed(x) for x in xs]


@with_node
def test_a_number_that_is_written_in_full_is_read_as_itself():
    xs = list(numbers())
    assert all(map(same, run("(x) => $numbers.typed($numbers.inFull(x))", xs), xs))
    assert run("(x) => $numbers.typed(x)", ["−.5", "1,5", "1e-300", " +2. ", "two", "", "1e", "--1", "0x10"]) == [
        *(-0.5, 1.5, 1e-300, 2.0),
        *[None] * 5,
    ]


TERMS = [
    (0.596478, 0.238662, 0.14235745, 0.14235745),
    (-1.0, 0.5, -0.5, 0.25),
    (1.0, 1.0, 1.0, 2.0),
    (0.5, 0.25, 0.125, 0.625),
    (2.0, 0.0, 0.0, 3.0),
    (1e-200, 1e-120, 0.0, 0.0),
    (math.inf, 2.0, math.inf, math.inf),
    (math.inf, -2.0, -math.inf, -math.inf),
    (math.nan, 2.0, math.nan, math.nan),
    (123456.789, 1000.0, 123456789.0, 123456790.0),
    (1e-5, 3e-3, 3e-8, 3e-8),
]
ANSWERS = ["", "?", "x", "1/0", "0", "-0", "0.0", "1", "-1", "1.0", "1.00", "0.1", "0.12", "0.13", "0.124", "0.125"]
ANSWERS += ["0.142", "0.1424", "0.1423", "−0.142", "0,142", "0.14", "0.596*0.239", "0.5/4", "-0.5", ".5", "5e-1", "2/4"]
ANSWERS += [
    "0.25",
    "0.625",
    "0.238662",
    "0.596478",
    "inf",
    "-inf",
    "−inf",
    "nan",
    "3e-8",
    "3.00e-8",
    "1e500",
    "0.5 × -1",
]
ANSWERS += ["123456789", "123456790", "1.23e8", "1.235e8", "9" * 120, "0.50000000001", "1*1*1", "1/3/", "*2", "1 2"]


@with_node
def test_a_number_that_no_float_holds_is_refused_in_the_words_of_a_sheet():
    asked = {"1e400": "is too large for a float", "-1e400": "is too large for a float", "9" * 350: "is too large"}
    asked |= {"1e-400": "is too small for a float", "constructor": "is no number", "1e": "is no number"}
    said = run("(x) => [$numbers.refusal(x), $numbers.typed(x)]", [*asked, "0e-400", "-inf"])
    for (text, words), (why, x) in zip(asked.items(), said[:-2], strict=True):
        assert (words in why, why[-1], x) == (True, ".", None)
        if "float" in words:
            with pytest.raises(SheetError, match=words):
                Sheet.parse(f"x = {text}")
    assert said[-2:] == [["", 0.0], ["", -math.inf]]


@with_node
def test_a_step_of_gradient_descent_is_that_of_the_optimizer():
    w = [Value(0.5, "w"), Value(-2.0, "v")]
    E = (w[0] * w[1]).tanh() + w[1] ** 2
    E.backward()
    [found] = run(
        "([given, grads, rate]) => $engine.descended(given, new Map(grads), new Set([0, 1]), rate)",
        [[[v.data for v in w] + [7.0], [[at, v.grad] for at, v in enumerate(w)], 0.3]],
    )
    SGD(w, lr=0.3).step()
    assert found == [v.data for v in w] + [7.0]


@with_node
def test_what_opens_moves_the_others_away_and_their_order_stays():
    dice = random.Random(2)
    for _ in range(20):
        places, units, at = [], [], 0
        for column in range(4):
            for row in range(4):
                size = [dice.choice([60, 100]), dice.choice([30, 50])]
                places.append([at, column * 130.0, row * 60.0])
                units.append(
                    {
                        "size": size,
                        "inside": {
                            "size": [dice.uniform(10, 400), dice.uniform(10, 300)],
                            "places": [],
                            "lines": [],
                            "ins": {},
                        },
                        "members": [],
                        "name": str(at),
                    }
                )
                at += 1
        view = {"size": [520.0, 240.0], "frames": [], "places": places, "lines": []}
        opened = dice.sample(range(16), 3)
        [found] = run(
            "([graph, open]) => $arrange.arrange(graph, new Set(open))", [[{"folded": view, "units": units}, opened]]
        )
        boxes = [[x, y, x + units[int(at)]["size"][0], y + units[int(at)]["size"][1]] for at, x, y in found["places"]]
        boxes += [[x, y, x + wide, y + high] for x, y, wide, high, *_ in found["frames"]]
        assert len(boxes) == 16
        for one, other in combinations(boxes, 2):
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
        assert all(right <= found["size"][0] and low <= found["size"][1] for _, _, right, low in boxes)


ARRANGED = """([data, open]) => {
  const cards = data.nodes.map((node, at) => ({ ...node, members: [at],
    parents: (node.operands ?? []).filter((operand) => typeof operand === "number") }));
  return $arrange.arrange({ ...data, units: [...cards, ...data.groups] }, new Set(open));
}"""


@with_node
def test_the_pieces_of_a_line_into_what_is_open_meet():
    w, x, h = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "h0")
    for at in range(1, 5):
        h = (w * h + x).tanh() + x
        h.label = f"h{at}"
    arrays = "x = [1, 2]\nW = [[0.1, 0.2], [0.3, 0.4]]\nh = tanh(W x)\no = tanh(W h)\nE = sum(o^2)"
    for output in (h, Sheet.parse(arrays).graph()):
        data = page_data(output).data
        first = len(data["nodes"])
        for open_ in ([first], [first + 1, first + 2], list(range(first, first + len(data["groups"])))):
            [found] = run(ARRANGED, [[json.loads(json.dumps(data)), open_]])
            ends = []
            for line in found["lines"]:
                pairs = [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", line["d"])]
                ends.append((pairs[0], pairs[-1], line))
            starts, stops = [start for start, _, _ in ends], [stop for _, stop, _ in ends]
            assert any(not line["ends"] for _, _, line in ends)
            for start, stop, line in ends:
                assert line["ends"] or min(math.dist(stop, other) for other in starts) < 1
                assert line["starts"] or min(math.dist(start, other) for other in stops) < 1


@with_node
def test_an_answer_is_judged_as_the_stepper_judges_it():
    asked = [(term, answer) for term in TERMS for answer in ANSWERS]
    found = run(
        "([[upstream, local, contribution, total], text]) => "
        "$prediction.judge(text, { upstream, local, contribution, total })",
        asked,
    )
    for (term, answer), verdict in zip(asked, found, strict=True):
        right, words = judge(answer, Question("", *term))
        assert verdict["right"] == right, (term, answer, verdict, words)
        if right is not None or "digits" in words:
            assert verdict["words"] == words.replace("\n ", ";"), (term, answer)


# -- What cannot be smuggled in -----------------------------------------------------------------


def test_no_data_can_end_the_script_that_it_stands_in():
    text = javascript.as_json(["</script><!--", "\u2028\u2029", "\ud800", "&amp;"])
    assert not set("<>&\u2028\u2029\ud800") & set(text)
    assert json.loads(text) == ["</script><!--", "\u2028\u2029", "\ud800", "&amp;"]


def test_no_script_of_the_page_has_what_would_end_it_in_html():
    script = javascript.bundle(
        javascript.table([(op, op.arity if op.arity > 0 else SIZES.get(op.name, [2])[-1]) for op in TABLE.values()])
    )
    assert "</script" not in script.lower()
    assert "<!--" not in script
    assert "eval(" not in script
    assert "innerHTML" not in script
