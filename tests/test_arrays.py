"""Sheets with vectors and matrices: what is read, and that every number is judged as in a sheet of scalars."""

import json
import random
from pathlib import Path

import pytest

from autograd import Graph, draw, mark
from autograd.errors import SheetError
from autograd.exercises.answers import blank
from autograd.sheet import Sheet

np = pytest.importorskip("numpy", reason="NumPy is not installed: it is what array sheets are compared with")
from array_sheets import PLANTED, line_of, network, outcome  # noqa: E402 -- it needs NumPy

SHEETS = Path(__file__).parents[1] / "demos" / "sheets"

EXAMPLE = """
x = [0.05, 0.10];  t = [0.01, 0.99]
W1 = [[0.15, 0.20], [0.25, 0.30]];  W2 = [[0.40, 0.45], [0.50, 0.55]]
h = σ(W1 x)                    = [0.50687, 0.51062]
o = σ(W2 h)                    = [0.60648, 0.63048]
E = sum((o - t)^2)/2           = 0.24252
δ2 = (o - t) ⊙ o ⊙ (1 - o)     = [0.14236, -0.08376]
δ1 = (W2ᵀ δ2) ⊙ h ⊙ (1 - h)    = [0.003765, 0.004496]
dE/dW1 = δ1 xᵀ                 = [[0.000188, 0.000377], [0.000225, 0.000450]]
"""


def words(text):
    return [verdict.word for verdict in mark(text).verdicts]


def test_the_example_of_one_gradient_step_is_right():
    marking = mark(EXAMPLE)
    assert marking.score == "7 of 7", marking


# -- What is read ------------------------------------------------------------------------------------

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
V = np.array([0.5, -1.0, 2.0])
U = np.array([3.0, 7.0])

READ = [
    ("A v", A @ V),
    ("A @ v", A @ V),
    ("A·v", A @ V),
    ("np.dot(A, v)", A @ V),
    ("u A", U @ A),
    ("Aᵀ u", A.T @ U),
    ("A.T @ u", A.T @ U),
    ("A^T u", A.T @ U),
    ("u vᵀ", np.outer(U, V)),
    ("np.outer(u, v)", np.outer(U, V)),
    ("vᵀ v", V @ V),
    ("v·v", V @ V),
    ("dot(v, v)", V @ V),
    ("‖v‖²", V @ V),
    ("||v||^2/2", V @ V / 2),
    ("v ⊙ v", V * V),
    ("v * v", V * V),
    ("v ∘ v", V * V),
    ("A + v", A + V),  # a bias for every row
    ("A + u", A + U[:, None]),  # a column where only that fits
    ("2A - 1", 2 * A - 1),
    ("A^2", A**2),
    ("A²", A**2),
    ("A Aᵀ u ⊙ u", (A @ A.T @ U) * U),
    ("u ⊙ A v", U * (A @ V)),  # the product without a sign comes first
    ("sum(A)", A.sum()),
    ("sum(A, axis=0)", A.sum(axis=0)),
    ("np.sum(A, axis=1)", A.sum(axis=1)),
    ("A.sum(axis=0)", A.sum(axis=0)),
    ("mean(A)", A.mean()),
    ("np.mean(A, axis=1)", A.mean(axis=1)),
    ("A - A.mean(axis=1, keepdims=True)", A - A.mean(axis=1, keepdims=True)),
    ("max(A)", A.max()),
    ("max(0, v)", np.maximum(0, V)),
    ("A[1,:]", A[0]),
    ("A[:,2]", A[:, 1]),
    ("A[2]", A[1]),
    ("A[:,2..3]", A[:, 1:3]),
    ("A[2,3] v", A[1, 2] * V),
    ("(A v)[2]", (A @ V)[1]),
    ("(A v)[2] u", (A @ V)[1] * U),
    ("(Aᵀ u + v)[2..3]", (A.T @ U + V)[1:]),
    ("(A Aᵀ)[:,1]", (A @ A.T)[:, 0]),
    ("A^T[3,:]", A.T[2]),
    ("tanh(A v)[1] + u[2]", np.tanh(A @ V)[0] + U[1]),
    ("-ln(softmax(v)[3])", -np.log(np.exp(V[2]) / np.exp(V).sum())),
    ("softmax([v[1], 0])[2]", 1 / (1 + np.exp(V[0]))),
    ("[3, 5, 7][2] v", 5 * V),
    ("ones(2)", np.ones(2)),
    ("np.zeros((2, 3)) + A", A),
    ("ones(2, 3) - A", 1 - A),
    ("one_hot(2, 3) ⊙ v", np.array([0, 1, 0]) * V),
    ("eye(3) v", V),
    ("softmax(v)", np.exp(V) / np.exp(V).sum()),
    ("softmax(A)", np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)),
    ("softmax(A, axis=0)", np.exp(A) / np.exp(A).sum(axis=0)),
    ("tanh(A)", np.tanh(A)),
    ("[1, 2; 3, 4] u", np.array([[1, 2], [3, 4]]) @ U),
    ("[[v[1], 2], [3, v[3]]]", np.array([[0.5, 2], [3, 2.0]])),
]


@pytest.mark.parametrize(("expression", "wanted"), READ)
def test_an_expression_of_arrays_is_read_as_numpy_computes_it(expression, wanted):
    givens = "A = [[1, 2, 3], [4, 5, 6]]; v = [0.5, -1, 2]; u = [3, 7]"
    sheet = Sheet.parse(f"{givens}; y = {expression}; z = sum(y)" if np.ndim(wanted) else f"{givens}; y = {expression}")
    values = sheet.evaluate().values
    if np.ndim(wanted):
        found = [values[f"y[{','.join(str(each + 1) for each in at)}]"].data for at, _ in np.ndenumerate(wanted)]
        assert sheet.arrays["y"] == wanted.shape
        assert values["z"].data == pytest.approx(wanted.sum())
    else:
        found = [values["y"].data]
    assert found == pytest.approx(np.ravel(wanted))


def test_a_list_may_go_on_in_the_next_line():
    assert words("W = [[1, 2],\n     [3, 4]]\ny = W [1, 1] = [3,\n 7]") == ["right"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("y = W v", "W is 2×2 and v has 3 entries: W v needs W to have as many columns as v has entries"),
        ("y = u + v", "u has 2 entries and v has 3 entries: entry by entry"),
        ("y = u u", "write uᵀ u for a number, u uᵀ for a matrix, u ⊙ u entry by entry"),
        ("y = W @ 2", "@ is the product of two arrays"),
        ("y = W[3,:]", "W is 2×2, whose entries are counted from 1"),
        ("y = (W u)[3]", "(W u)[3]: (W u) has 2 entries, whose entries are counted from 1"),
        ("y = (W u)[1,2]", "(W u)[1,2] has too many indices: (W u) has 2 entries"),
        ("y = sum(W)[1]", "sum(W)[1] has too many indices: sum(W) is a single number"),
        ("y = [[1, 2], [3]]", "parts of one array have different shapes: 2 entries and 1 entry"),
        ("y = sum(W, axis=2)", "there is no axis 2 in 2×2"),
        ("y = v[1:2]", "both ends included"),
        ("y = ones(90, 90) @ ones(90, 90)", "more than 400,000 operations, written out"),
        ("y = ones(1000, 1000)", "at most 20,000 entries"),
        ("layout: sideways", "write layout: numerator"),
    ],
)
def test_what_does_not_go_together_is_said_with_names_and_shapes(line, message):
    with pytest.raises(SheetError, match="line 2, column") as caught:
        Sheet.parse(f"W = [[1, 2], [3, 4]]; u = [1, 2]; v = [1, 2, 3]\n{line}")
    assert message in str(caught.value)


def test_what_needs_an_unreadable_array_is_not_judged():
    marking = mark("W = [[1, 2], [3, 4]]; v = [1, 2, 3]\ny = W v = [1, 2]\nz = 2 y = [2, 4]\na = W [1, 1] = [3, 7]")
    assert [verdict.word for verdict in marking.verdicts] == [
        "unreadable",
        "not judged",
        "not judged",
        "not judged",
        "right",
    ]


def test_entries_defined_one_by_one_are_an_array():
    assert words("for i in 1..3: z[i] = i\ny = sum(z ⊙ z) = 14\nz[2] = 2") == ["right", "right"]


def test_a_line_about_one_entry_is_a_claim_like_any_other():
    assert words(EXAMPLE + "dE/dW1[1,2] = δ1[1]*x[2] = 0.000377\ndE/dW1[2,1] = 0.000377")[-3:] == [
        "right",
        "right",
        "slip",
    ]


def test_an_update_of_an_array_is_a_definition_and_its_numbers_are_claims():
    line = "W1_new = W1 - 0.5 dE/dW1 = [[0.149906, 0.199812], [0.249888, 0.299775]]"
    assert words(EXAMPLE + line)[-1] == "right"


def test_the_derivative_of_an_array_by_an_array_has_the_axes_of_both():
    text = "x = [1, 2]; W = [[1, 2], [3, 4]]; z = W x; h = tanh(z)\n"
    assert words(text + "dz/dx = W = [[1, 2], [3, 4]]\ndh/dz = 1 - h^2") == ["right", "right", "right"]
    assert words("layout: denominator\n" + text + "dz/dx = Wᵀ = [[1, 3], [2, 4]]") == ["right", "right"]


def test_in_numerator_layout_a_gradient_is_the_transpose():
    text = "x = [1, 2, 3]; W = [[1, 2, 1], [0, 1, 2]]; E = sum((W x)^2)/2\ndE/dW = "
    right, turned = "(W x) xᵀ", "x (W x)ᵀ"
    assert words(text + right) == ["right"]
    assert words("layout: numerator; " + text + turned) == ["right"]
    wrong = mark(text + turned).first_mistakes[0]
    assert (wrong.word, wrong.diagnosis[0].kind) == ("wrong", "the wrong way round")
    assert "3×2" in wrong.reason
    assert "layout: numerator" in wrong.reason


# -- Every number as in a sheet of scalars -----------------------------------------------------------


def verdicts(text):
    return [(str(verdict.claim.subject), verdict.claim.kind, verdict.word) for verdict in mark(text).every]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("mistake", ["none", "a digit", "a sign", "a formula"])
def test_every_number_has_the_verdict_that_it_has_among_scalars(seed, mistake):
    draw = random.Random(f"{seed} {mistake}")
    net = network(draw)
    about = draw.choice([line.about for line in net.lines])

    def change(name, array):
        if name != about or mistake in ("none", "a formula"):
            return array
        first = np.arange(np.size(array)).reshape(np.shape(array)) == 0
        return np.where(first, np.multiply(array, 1.1 if mistake == "a digit" else -1), array)

    if mistake == "a formula":
        line = line_of(net, next(each.about for each in net.lines if each.about.startswith("δ")))
        right = line.compute
        line.formula, line.entry, line.compute = f"-({line.formula})", f"-({line.entry})", lambda known: -right(known)
    found = verdicts(net.as_arrays(change))
    assert found == verdicts(net.as_scalars(change))
    assert (mistake == "none") <= all(word in ("right", "rounded") for _, _, word in found)


# -- Mistakes of whole arrays ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_mistake_of_a_whole_array_is_found_once_and_named(plant, seed):
    text, about = plant(random.Random(f"test {plant.__name__} {seed}"))
    assert outcome(text, about, PLANTED[plant]) == "named", mark(text)


def test_a_claim_on_an_array_is_one_claim_that_shows_its_first_wrong_entry():
    text = EXAMPLE.replace("[0.60648, 0.63048]", "[0.60648, 0.63084]")
    marking = mark(text)
    (first,) = marking.first_mistakes
    assert (str(first.claim.subject), first.claim.segment.own_text) == ("o[2]", "0.63084")
    shown = str(marking)
    assert "✗ line 5, o[2]: slip" in shown
    assert "1 of 2 entries is wrong" in shown
    assert "                      ^^^^^^^" in shown.split("\n")[2]
    assert marking.earned == (6, 7)


def test_an_array_claim_follows_from_a_wrong_one():
    wrong = EXAMPLE.replace("[0.14236, -0.08376]", "[0.14236, 0.08376]")
    wrong = wrong.replace("[0.003765, 0.004496]", "[0.024701, 0.027520]")
    wrong = wrong.replace(
        "[[0.000188, 0.000377], [0.000225, 0.000450]]", "[[0.001235, 0.002470], [0.001376, 0.002752]]"
    )
    found = mark(wrong)
    assert [verdict.word for verdict in found.verdicts][3:] == ["slip", "follows", "right", "follows"], found
    assert {verdict.cause for verdict in found.verdicts[4:] if verdict.cause} == {found.first_mistakes[0].claim}


def test_json_has_every_entry():
    claims = json.loads(mark(EXAMPLE.replace("0.000225", "0.000252")).to_json())["claims"]
    last = claims[-1]
    assert (last["about"], last["verdict"]) == ("dE/dW1", "slip")
    assert [(entry["index"], entry["verdict"]) for entry in last["entries"]] == [
        ("1,1", "right"),
        ("1,2", "right"),
        ("2,1", "slip"),
        ("2,2", "right"),
    ]
    assert [entry["claim"] for entry in last["entries"]] == ["0.000188", "0.000377", "0.000252", "0.000450"]
    assert "entries" not in claims[2]


def test_answers_of_arrays_can_be_taken_out_and_left_open():
    asked = blank(EXAMPLE)
    assert "dE/dW1 = ?" in asked
    assert "h = σ(W1 x)                    = ?" in asked
    assert set(words(asked)) == {"unanswered"}
    assert words("x = [1, 2]; y = 2 x = [2, ?]") == ["unanswered"]


# -- The seeds ---------------------------------------------------------------------------------------


def test_the_matrix_part_of_003_is_judged_as_it_is_number_by_number():
    is_good = {True: {"right", "rounded"}, False: {"slip", "wrong", "follows"}}
    scalar = mark(SHEETS / "003_walkthrough.sheet")
    start = next(at for at, line in enumerate(scalar.sheet.lines, start=1) if "Forward Pass (Vectorized)" in line)
    by_figure = {}
    for verdict in scalar.every:
        if start < verdict.claim.line < start + 35:
            by_figure.setdefault(verdict.claim.segment.text, verdict.word)
    found = [v for v in mark(SHEETS / "003_matrices.sheet").every if v.claim.kind == "number"]
    compared = 0
    for verdict in found:
        other = by_figure.get(verdict.claim.segment.own_text)
        if other is not None:
            compared += 1
            assert other in is_good[verdict.word in is_good[True]], verdict
    assert compared >= 20


def test_002_with_matrices_is_right_as_its_indices_are():
    matrices, indices = mark(SHEETS / "002_matrices.sheet"), mark(SHEETS / "002_layers.sheet")
    assert indices.ok
    assert {verdict.word for verdict in matrices.every} == {"right"}
    ours, theirs = matrices.sheet.evaluate(), indices.sheet.evaluate()
    assert ours.value("E") == pytest.approx(theirs.value("E"))
    assert ours.derivative("E", "W0[3,2]") == pytest.approx(theirs.derivative("E", "W0[2,1]"))


@pytest.mark.parametrize("at", range(6))
def test_right_sheets_of_arrays_are_right(at):
    assert mark(network(random.Random(f"right {at}")).as_arrays()).ok


def test_a_picture_folds_an_array_into_one_box():
    output = Sheet.parse(EXAMPLE).graph("E")
    assert {node.scope.name for node in Graph(output).order if node.scope} == {"W1", "W2", "h", "o", "t", "x"}
    cards = {
        text for text in draw(output, fold="layer")._repr_svg_().split("<title>") if text.startswith(("h[", "W1["))
    }
    assert not cards


def test_the_table_shows_the_beginning_of_a_long_array():
    numbers = ", ".join(["0.125"] * 200)
    shown = mark(f"x = [{numbers}]\ny = 2 x = [{numbers.replace('0.125', '0.25')}]").to_text()
    assert "y = [0.25, 0.25" in shown
    assert ", …" in shown
    assert shown.count("0.25") < 60
