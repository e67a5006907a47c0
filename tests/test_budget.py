"""The work of marking is bounded, by counting and not by a clock: sheets full of mistakes, and long right ones."""

import json
import random
from cProfile import Profile
from itertools import pairwise

import pytest
from strategies import sized

from autograd import mark
from autograd.marking.budget import MAX_DIAGNOSED, DiagnosisBudget, WorkLimitError
from autograd.marking.marker import Marker
from autograd.sheet.sheet import Sheet


def figures(count):
    """A sheet of wrong figures, one on each line."""
    lines = [f"y{k} = w*x + v*{k} + t = {k + 0.777:.3f}" for k in range(count)]
    return "\n".join(["x = 0.5; w = 0.8; v = 0.3; t = 0.2", *lines])


def chain(count, derivatives):
    """A recurrence of tanh, and lines about its last loss."""
    lines = [f"h{k} = tanh(w*h{k - 1} + u*x)" for k in range(1, count + 1)]
    start = ["x = 0.5; w = 0.8; u = 0.3; t = 0.2; h0 = x", *lines, f"E = (h{count} - t)^2"]
    return "\n".join([*start, *derivatives])


def network(width):
    """Two layers as wide as the input, and a wrong gradient without a formula for each weight."""
    draw, lines = random.Random(1), []
    inside = [f"x{i}" for i in range(width)]
    lines += [f"{name} = {draw.uniform(-1, 1):.3f}" for name in inside]
    weights = [f"w{layer}_{i}_{j}" for layer in (1, 2) for j in range(width) for i in range(width)]
    lines += [f"{name} = {draw.uniform(-1, 1):.3f}" for name in weights]
    for layer in (1, 2):
        for j in range(width):
            net = " + ".join(f"w{layer}_{i}_{j}*{name}" for i, name in enumerate(inside))
            lines.append(f"h{layer}_{j} = sigmoid({net})")
        inside = [f"h{layer}_{j}" for j in range(width)]
    lines.append("E = " + " + ".join(f"(h2_{j} - 0.3)^2" for j in range(width)))
    return "\n".join([*lines, *(f"dE/d{name} = {draw.uniform(-1, 1):.4f}" for name in weights)])


def softmax(classes):
    """The gradients of a softmax by hand, all wrong."""
    lines = [f"z{i} = {0.1 * i:.1f}; y{i} = {int(i == 0)}; e{i} = exp(z{i})" for i in range(classes)]
    lines.append("S = " + " + ".join(f"e{i}" for i in range(classes)))
    lines += [f"p{i} = e{i}/S" for i in range(classes)]
    lines.append("E = " + " ".join(f"- y{i}*ln(p{i})" for i in range(classes)))
    return "\n".join([*lines, *(f"dE/dz{i} = {0.123 + 0.4321 * i:.4f}" for i in range(classes))])


def long_lines(terms, lines):
    """A few wrong derivatives, each of them one long formula."""
    names = [f"a{i}" for i in range(terms)]
    givens = "; ".join(f"{name} = {0.3 + 0.01 * at:.2f}" for at, name in enumerate(names))
    whole = "y = " + " + ".join(f"{a}*{b}^2*exp({c})" for a, b, c in zip(names, names[1:], names[2:]))
    wrong = [f"dy/d{name} = " + " + ".join(f"{a}*{b}*exp({name})" for a, b in pairwise(names))
             for name in names[:lines]]  # fmt: skip
    return "\n".join([givens, whole, *wrong])


def fibonacci(count):
    """A recurrence of two terms, and a wrong figure for each derivative."""
    lines = [f"x_{i} = x_{i - 1} + x_{i - 2}" for i in range(2, count + 2)]
    return "\n".join(["x_0 = 0.5; x_1 = 0.6", *lines, *(f"dx_{count + 1}/dx_{i} = 0.123" for i in range(1, count + 1))])


STEPS, LINES = sized(60, 20), sized(100, 40)
SLOW = {
    "figures": figures(100),
    "network": network(sized(6, 3)),
    "softmax": softmax(sized(12, 6)),
    "long lines": long_lines(sized(24, 16), sized(6, 4)),
    "fibonacci": fibonacci(40),
    "bare figures down a recurrence": chain(STEPS, [f"dE/dh{k} = 0.1234" for k in range(STEPS, STEPS // 2, -1)]),
    "formulas down a recurrence": chain(
        STEPS, [f"dE/dh{k} = dE/dh{k + 1}*(1 - h{k}) + h{k}" for k in range(STEPS - 1, STEPS // 2 - 1, -1)]
    ),
    "formulas of one derivative": chain(4, [f"dE/dw = 2*(h4 - t)*(1 - h4^2)*{k} + x^{k}" for k in range(LINES - 1)]),
}


def marked(text, work):
    """The verdicts on a sheet, and the work that was left of so much."""
    marker = Marker(Sheet.parse(text))
    marker.budget.work = work
    return marker.mark(), marker.budget.work


def calls_in(run):
    """How many functions are called in a run: work that no other program on the machine changes."""
    profile = Profile(builtins=False)
    profile.runcall(run)
    return sum(entry.callcount for entry in profile.getstats())


def test_mistakes_beyond_the_first_sixty_are_said_to_be_unexplained():
    marking = mark(figures(MAX_DIAGNOSED + 3))
    last = marking.verdicts[-3:]
    assert [verdict.word for verdict in marking.verdicts] == ["slip"] * (MAX_DIAGNOSED + 3)
    assert [bool(verdict.unexplained) for verdict in marking.verdicts] == [False] * MAX_DIAGNOSED + [True] * 3
    lines = ", ".join(str(verdict.claim.line) for verdict in last)
    said = " ".join(str(marking).split())
    assert f"no kind of mistake was looked for in lines {lines}: only the first 60 mistakes" in said
    claims = json.loads(marking.to_json())["claims"]
    assert ["unexplained" in claim for claim in claims] == [False] * MAX_DIAGNOSED + [True] * 3


def test_a_sheet_of_few_mistakes_says_nothing_of_it():
    marking = mark(figures(2))
    assert "no kind" not in str(marking)
    assert "unexplained" not in marking.to_json()


def test_without_kinds_nothing_is_said_of_those_that_are_missing():
    marking = mark(figures(MAX_DIAGNOSED + 1), reveal="line")
    assert "no kind" not in str(marking)
    assert "unexplained" not in marking.to_json()


@pytest.fixture(scope="module", params=SLOW)
def marked_twice(request):
    """A sheet marked with all the work that it takes, then with a third of it: verdicts, work and calls of each."""
    calls = 0

    def counted(method):
        def run(marker, argument):
            nonlocal calls
            found = []
            calls += calls_in(lambda: found.append(method(marker, argument)))
            return found[0]

        return run

    markings, given = [], 10**9
    with pytest.MonkeyPatch.context() as patch:
        for name in ("explained", "by_chain_rule"):
            patch.setattr(Marker, name, counted(getattr(Marker, name)))
        for part in (1, 3):
            calls = 0
            given //= part
            verdicts, left = marked(SLOW[request.param], given)
            markings.append((verdicts, given - left, calls))
            given -= left
    return markings


def test_the_work_left_changes_no_verdict_and_no_kind_that_is_named(marked_twice):
    (every, work, _), (some, spent, _) = marked_twice
    assert spent <= work // 3
    assert [verdict.word for verdict in some] == [verdict.word for verdict in every]
    assert any("work" in verdict.unexplained for verdict in some)
    for one, other in zip(some, every):
        assert one.unexplained or one.diagnosis == other.diagnosis
        assert not (one.unexplained and one.diagnosis)


def test_the_calls_made_for_explanations_are_no_more_than_are_counted(marked_twice):
    (every, work, all_calls), (_, _, calls) = marked_twice
    explained = sum(verdict.is_first_mistake and not verdict.unexplained for verdict in every)
    assert all_calls <= 12 * work + 20_000 * explained
    assert calls <= 4 * work + 20_000 * explained


def test_a_mistake_that_takes_too_much_work_leaves_some_for_the_others():
    text = long_lines(60, 1) + "\nq = 3*a0*a1 = 0.1\nr = a0 + a1 = 0.16"
    verdicts, _ = marked(text, 60_000)
    assert [bool(verdict.unexplained) for verdict in verdicts] == [True, False, False]


def test_one_explanation_may_take_a_part_of_what_is_left():
    budget = DiagnosisBudget(work=100)
    budget.begin()
    budget.spend(25)
    with pytest.raises(WorkLimitError):
        budget.spend(1)
    budget.begin()
    budget.spend(18)


def right_wide(count):
    lines = [f"y{k} = w*x + {k} = {0.4 + k:.1f}; dy{k}/dw = x = 0.5" for k in range(count)]
    return "\n".join(["x = 0.5; w = 0.8", *lines])


def right_sum(count):
    lines = [f"w{k} = {k % 7 + 1}; y{k} = w{k}^2 = {(k % 7 + 1) ** 2}" for k in range(count)]
    total = "E = " + " + ".join(f"y{k}" for k in range(count))
    return "\n".join([*lines, total, *(f"dE/dw{k} = 2*w{k} = {2 * (k % 7 + 1)}" for k in range(count))])


def right_chain(count):
    lines = [f"y{k} = y{k - 1} + x = {0.5 + 0.5 * k:.1f}" for k in range(1, count + 1)]
    return "\n".join(["x = 0.5; y0 = x", *lines, *(f"dy{count}/dy{k} = 1" for k in range(count, 0, -1))])


def right_steps(count):
    lines = [f"y{k} = w*y{k - 1} = 0.5" for k in range(1, count + 1)]
    steps = [f"dy{count}/dy{k - 1} = dy{count}/dy{k}*w = 1" for k in range(count, 0, -1)]
    return "\n".join(["x = 0.5; w = 1; y0 = x", *lines, *steps])


@pytest.mark.parametrize("write", [right_wide, right_sum, right_chain, right_steps])
def test_marking_right_claims_is_linear_in_them(write):
    markings = []
    texts = write(100), write(400)
    few, many = (calls_in(lambda text=text: markings.append(mark(text))) for text in texts)
    assert all(verdict.word == "right" for marking in markings for verdict in marking.verdicts)
    assert many <= 4.4 * few
