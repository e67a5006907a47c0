"""Verdicts that floats would get wrong: numbers that cancel, vanish or overflow, differences that no float shows."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import certainty
import pytest

from autograd import ChalkgradError, SheetError, Value, check, mark
from autograd.claims.bounded import BoundedNumber
from autograd.claims.certainty import Certainty
from autograd.claims.precise import Arithmetic, Budget, OutOfReachError, PreciseNumber
from autograd.engine.value import NOT_YET
from autograd.sheet.sheet import Sheet
from autograd.table import ops
from autograd.table.elsewhere import forwards_with

ROOT = Path(__file__).parents[1]


def words(text):
    """The verdicts on the claims of a sheet, written with / between its lines."""
    return [verdict.word for verdict in mark(text.replace(" / ", "\n") + "\n").verdicts]


def last(text):
    """The verdict on the last claim."""
    return mark(text.replace(" / ", "\n") + "\n").verdicts[-1]


# -- Right lines at which floats fail -------------------------------------------------------------

RIGHT = [
    "x = 30 / y = sigmoid(x) / dy/dx = 9.36e-14",
    "x = 35 / y = sigmoid(x) / dy/dx = y*(1 - y) = 6.31e-16",
    "x = -40 / y = sigmoid(x) / dy/dx = 4.248e-18",
    "x = 20 / y = tanh(x) / dy/dx = 1.699e-17",
    "x = 20 / y = tanh(x) / dy/dx = 1 - y^2 = 1.699e-17",
    "x = 20 / y = tanh(x) / z = (1 - y^2)*1e17 = 1.699",
    "x = -50 / y = softplus(x) / dy/dx = 1.93e-22",
    "a = 1e8; b = 1 / y = (a+b)^2 - a^2 = 200000001",
    "a = 123456789; b = 3 / y = (a+b)^2 - a^2 = 740740743 / dy/db = 246913584",
    "x = 1e-9 / y = (exp(x) - 1 - x)/x^2 = 0.5000",
    "x = 3e15 / y = sin(x) = 0.04589",
    "P = (5*sqrt(2)-7)^7 = (19601-13860*sqrt(2))^(7/4)",
    "P = (3-2*sqrt(2))^10 = 22619537 - 15994428*sqrt(2) = 2.2105e-8",
    "x = 0.5 / P = x^5999 / dP/dx = 5999*x^5998",
    "x = 700 / P = exp(-x)*exp(-x) = exp(-2*x)",
    "x = 2.8 / P = 3*x^4000 = 4*x^4000 - x^4000",
    "x = 1000 / y = e^x/(1 + e^x) = 1",
    "x = 800 / y = ln(exp(x)) = 800",
    "x = 1000 / y = exp(x) / z = ln(y) = 1000 / dz/dx = 1",
    "x = 40 / p = sigmoid(x) / L = -ln(1-p) = 40 / dL/dx = p = 1 / dL/dp = 1/(1 - p) = 2.354e17",
    "z = 50; t = 0 / p = sigmoid(z) / L = -t*ln(p) - (1-t)*ln(1-p) = 50 / dL/dz = p - t = 1",
    "x = 300 / p = sigmoid(x) / L = -ln(1-p) = 300.0",
    "y = 10000000000000001 - 10000000000000000 = 1",
    "Q = 1000000007*998244353 = 998244359987710471",
    "x = 3 / y = (x + 1e16) - 1e16 = x",
    "x = 3 / y = sin(x)^2 + cos(x)^2 - 1 = 0*x",
    "E = sqrt(2)*sqrt(3) = sqrt(6)",
    "y = 0.1 + 0.2 = 0.30000000000000004",  # as a program prints it
    "E = 1/3 = 0.33333333333333333333",
    "a = 0.3; t = 0.3 / h = sigmoid(a) / dh/da = h*(1-h) / E = (h - sigmoid(t))^2 = 0",
    "x = 0 / y = relu(x) / dy/dx = step(x)",
    "x = 0 / y = abs(x) / dy/dx = sign(x)",
]


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_line_is_right_where_floats_fail(text):
    assert set(words(text)) == {"right"}


# -- Wrong lines that floats would let pass -------------------------------------------------------

WRONG = [
    ("x = 0.5 / P = 5999*x^5999 = 6000*x^5999", "wrong"),
    ("x = 0.5 / P = x^5999 / dP/dx = 5998*x^5998", "wrong"),
    ("x = 2 / P = x^-1200 = x^-1201", "wrong"),
    ("E = 99999998/99999999 = 99999999/10^8", "slip"),
    ("x = 1 / y = x*99999998/99999999 = x*99999999/10^8", "wrong"),
    ("x = 2 / y = sqrt(x)*99999998/99999999 = sqrt(x)*99999999/10^8", "wrong"),
    ("E = (sqrt(2)-1)^10 = 3363 - 2378*sqrt(2) + 1/10^15", "slip"),
    ("P = 114243 - 80782*sqrt(2) = 0.000004376634", "slip"),
    ("x = 3 / y = 1 + x/10^20 = 1 + 2*x/10^20", "wrong"),
    ("x = 3 / y = tanh(20*x) = 2*sigmoid(30*x) - 1", "wrong"),
    ("x = 35 / y = sigmoid(x) / dy/dx = 6.32e-16", "slip"),
    ("x = 20 / y = tanh(x) / z = (1 - y^2)*1e17 = 1.8", "slip"),
    ("a = 123456789; b = 3 / y = (a+b)^2 - a^2 = 740740744", "slip"),
    ("x = 40 / p = sigmoid(x) / L = -ln(1-p) = 41", "slip"),
    ("x = 1000 / y = exp(x) = 5", "slip"),
    ("E = 1/3 = 0.33333333339", "slip"),
    ("E = 1/3 = 0.33333333333333333334", "slip"),
    ("y = 123456789*1000 = 123456789001", "slip"),
    ("Q = 1000000007*998244353 = 998244359987710472", "slip"),
    ("x = 5 / y = x^2 / dy/dx = 2*min(x, 4)", "wrong"),  # right at all points near 1, not at the sheet's own
]


@pytest.mark.parametrize(("text", "word"), WRONG)
def test_a_wrong_line_is_wrong_where_floats_see_no_difference(text, word):
    assert words(text)[-1] == word


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x = 35 / y = sigmoid(x) / dy/dx = 6.32e-16", "give 6.31e−16"),
        ("x = 20 / y = tanh(x) / z = (1 - y^2)*1e17 = 1.8", "gives 1.7"),
        ("x = 0.5 / P = 5999*x^5999 = 6000*x^5999", "gives 7.928796e−1803, and P is 7.927475e−1803"),
        ("E = 99999998/99999999 = 99999999/10^8", "gives 0.9999999899999999, and this gives 0.99999999"),
        ("Q = 1000000007*998244353 = 998244359987710472", "gives 998244359987710471"),
        ("x = 1000 / y = exp(x) = 5", "give 1.97007e434"),
        ("x = 0.0001 / y = x*1 = 0.3", "gives 0.0001"),
        ("x = 0.06 / y = x*1 = 0.3", "gives 0.06"),
        ("x = -0.00004 / y = x*2 = 0.01", "gives −8e−5"),
        ("x = 12.5 / y = x*1 = 0.3", "gives 12.5"),
        ("a = 2 / y = a*1234567 = 2469135", "gives 2469134"),
    ],
)
def test_what_a_line_gives_is_shown_with_right_digits_and_enough_of_them(text, shown):
    assert shown in last(text).reason


@pytest.mark.parametrize("text", [text for text, _ in WRONG if "5999" in text or "10^20" in text or "0472" in text])
def test_no_kind_of_mistake_is_made_up_from_numbers_that_no_float_holds(text):
    assert last(text).diagnosis == ()


def test_two_mistakes_that_no_float_tells_apart_are_two():
    assert words("x = 0.5 / P = 2*x^5999 = 3*x^5999 / Q = 4*x^5999 = 5*x^5999") == ["wrong", "wrong"]
    assert words("x = 0.5 / P = 2*x^5999 = 3*x^5999 = 4*x^5999") == ["wrong", "wrong"]
    assert words("x = 0.5 / P = 2*x^5999 = 3*x^5999 = 3*x*x^5998") == ["wrong", "follows"]


# -- A name for a figure ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("B = 7 / P = 3*2 + 7 = 3*2 + B = 13", "B stands for the 7 in 3*2 + 7"),
        ("B = 7; C = 2 / P = 3*2 + 7 = 3*C + B", "C stands for the 2 in 3*2 + 7, B stands for the 7 in 3*2 + 7"),
        ("B = 7 / 3*2 + 7 = 3*2 + B", "B stands for the 7 in 3*2 + 7"),
        ("b = 0.5; x = 2 / y = x*3 + 0.5 = 3*x + b", "b stands for the 0.5 in x*3 + 0.5"),
        (
            "x = 0.5; w = 0.8 / net = w*x = 0.4 / h = sigmoid(0.4) = sigmoid(net)",
            "net stands for the 0.4 in sigmoid(0.4)",
        ),
    ],
)
def test_a_name_may_stand_for_a_figure_that_was_written_before_it_in_the_line(text, note):
    verdict = next(verdict for verdict in mark(text.replace(" / ", "\n") + "\n").verdicts if verdict.reason)
    assert (verdict.word, verdict.reason) == ("right", note)


@pytest.mark.parametrize(
    "text",
    [
        "x = 2; w = 3 / y = w^2 / dy/dw = x*w",  # never in a derivative
        "x = 2; w = 3 / y = w^2 / dy/dw = 2*w = x*w",
        "B = 7 / P = 2*B + 7 = 2*B + B",  # B stands in the line already
        "B = 7 / Q = 2*B / P = Q + 7 = Q + B",  # and in what the line is computed from
        "B = 7 / P = 3*2 + 7 = 3*2 + B + 1",
        "B = 7 / P = 3*2 + 7 = 3*B",
        "B = 8 / P = 3*2 + 7 = 3*2 + B - 1",  # its figure is written nowhere
    ],
)
def test_a_name_that_may_be_something_else_is_no_figure(text):
    assert words(text)[-1] == "wrong"


# -- Lines that floats cannot compute -------------------------------------------------------------

LOST = [
    ("x = 40 / p = sigmoid(x) / L = -ln(1-p) = 40", "log of 0", "1 − p = 4.2e−18 is 0 in floats"),
    ("x = 30 / y = tanh(x) / z = 1/(1 - y^2) = 2.8550e25", "div of 1 and 0", "1 − y² = 3.5e−26 is 0 in floats"),
    ("x = 0.5 / y = x^5999 / z = y/y = 1", "div of y = 0", "y = 1.3e−1806 is 0 in floats"),
]


@pytest.mark.parametrize(("text", "error", "lost"), LOST)
def test_a_line_of_which_floats_lose_an_operand_is_marked_and_refused_as_a_graph(text, error, lost):
    text = text.replace(" / ", "\n") + "\n"
    assert [verdict.word for verdict in mark(text).verdicts] == ["right"]
    with pytest.raises(SheetError) as refused:
        Sheet.parse(text).graph()
    assert error in str(refused.value)
    assert lost in str(refused.value)


@pytest.mark.parametrize("command", ["step", "draw", "page"])
def test_the_commands_that_show_a_graph_refuse_it_and_name_the_operand(command, tmp_path):
    sheet = tmp_path / "lost.sheet"
    sheet.write_text(LOST[0][0].replace(" / ", "\n") + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "autograd", command, str(sheet)],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False, input="", timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "1 − p = 4.2e−18" in " ".join(done.stderr.split())


@pytest.mark.parametrize("text", ["x = -1 / y = log(x)", "x = 0 / y = 1/x", "x = 2 / y = sqrt(1 - x)", "x = 9^9^9^9"])
def test_what_has_no_value_is_still_refused(text):
    with pytest.raises(SheetError, match=r"^line \d, column \d+: "):
        mark(text.replace(" / ", "\n") + "\n")


@pytest.mark.parametrize(
    "text", ["x = 1e300 / y = x*x / z = y/x = 1e300", "x = 3; y = " + "*".join(["2"] * 4_000) + " / z = y/y = 1"]
)
def test_a_name_too_large_for_a_float_spoils_no_other_line(text):
    assert words(text) == ["right"]


# -- What cannot be decided -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "x = 2 / y = x^2 = 9^9^9^9",
        "x = 0.5 / y = exp(exp(exp(9 + x))) = exp(exp(exp(9 + x))) + 1",
        "E = exp(exp(exp(9))) = exp(exp(exp(10)))",
    ],
)
def test_what_no_arithmetic_reaches_is_undecided_and_does_not_count(text):
    try:
        marking = mark(text.replace(" / ", "\n") + "\n")
    except SheetError as error:
        assert "too large for a float" in str(error)  # noqa: PT017 -- a definition that nobody can compute
        return
    assert marking.verdicts[-1].word == "undecided"
    assert "cannot tell" in marking.verdicts[-1].reason
    assert marking.score == "0 of 0"


def test_a_hostile_sheet_is_marked_within_a_budget(monkeypatch):
    operations = 0
    apply = Arithmetic.apply

    def counted(self, op, numbers):
        nonlocal operations
        operations += 1
        return apply(self, op, numbers)

    monkeypatch.setattr(Arithmetic, "apply", counted)
    lines = ["x = 0.5", *(f"y{k} = x^{5000 + k} - x^{5000 + k}*0.99{k:03}" for k in range(200))]
    lines += [f"z{k} = y{k} = x^{5000 + k}*({k} + 1)/({k} + 2)" for k in range(200)]
    mark("\n".join(lines) + "\n")
    assert operations < 250_000


# -- Figures with intervals -------------------------------------------------------------------------


def test_the_interval_of_rounded_figures_is_searched_with_many_digits_where_floats_cancel():
    given = "a = 123456789.5; b = 0.125 / c = b*1.01 = 0.126 / "
    assert words(given + "y = (a + c)^2 - a^2 = 3.112e7") == ["right", "rounded"]
    assert words(given + "y = (a + c)^2 - a^2 = 3.13e7") == ["right", "slip"]


def test_arithmetic_in_figures_that_cancels_to_less_than_a_float_is_compared_with_many_digits():
    assert words("x = 0.25 / y = 1 + 1e-20*x = 1 + 1.00e-20*0.25") == ["right"]
    assert words("x = 0.25 / y = 1 + 1e-20*x = 1 + 1.00e-20*0.35")[-1] != "right"


# -- When mpmath is used ---------------------------------------------------------------------------


def loads_mpmath(code):
    """Whether mpmath is loaded after a piece of Python."""
    program = f"import sys\nfrom autograd import mark\n{code}\nprint('mpmath' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=120
    )
    return done.stdout.strip() == "True"


def test_ordinary_sheets_with_mistakes_load_no_mpmath_and_a_doubt_does():
    assert not loads_mpmath("mark('demos/sheets/003_walkthrough.sheet')")
    assert not loads_mpmath("mark('a = 1e8; b = 1; y = (a + b)^2 - a^2 = 200000001')")  # fractions are enough
    assert loads_mpmath("mark('x = 20; y = tanh(x); dy/dx = 1.7e-17')")


def test_a_figure_that_a_program_printed_is_right_as_far_as_floats_go():
    x = Value(0.3, label="x")
    y = ((x * 7).exp() - 1).tanh()
    y.backward()
    assert [verdict.word for verdict in check(y, {x: x.grad}).verdicts] == ["right"]


# -- The numbers themselves ------------------------------------------------------------------------


def test_a_precise_number_flows_through_the_table_and_through_the_backward_pass():
    x = Value(Arithmetic(60).number(20))
    y = x.tanh()
    y.backward()
    assert x.grad.to_text(12) == "1.69934170212e−17"
    assert x.grad is not NOT_YET


def test_a_precise_number_is_an_exact_decimal_as_long_as_it_is_a_fraction():
    arithmetic = Arithmetic(60)
    third = arithmetic.number(0.1) * 3
    assert third.number == Fraction(3, 10)
    assert (third**2 - Fraction(9, 100)).number == 0
    assert not arithmetic.number(2).sqrt().is_fraction


@pytest.mark.parametrize("op", [op for op in ops.TABLE.values() if op.arity != ops.VARIADIC], ids=lambda op: op.name)
def test_each_row_over_many_digits_is_what_it_is_over_floats(op):
    arithmetic = Arithmetic(60)
    numbers = [0.3, 0.7, 0.2][: op.arity]
    precise = op(*map(arithmetic.number, numbers))
    precise = precise.to_float() if isinstance(precise, PreciseNumber) else precise
    assert precise == pytest.approx(op.forward(*numbers), rel=1e-14)
    bounded = op(*[BoundedNumber(number, 1e-16) for number in numbers])
    assert bounded.number == op.forward(*numbers)
    assert bounded.error >= 0


@pytest.mark.parametrize(("base", "exponent"), [(9, "9**9"), (2, "1e15"), (0.5, "-1e12")])
def test_a_power_that_no_float_holds_is_computed_and_one_beyond_all_bounds_is_refused(base, exponent):
    arithmetic = Arithmetic(60)
    power = arithmetic.number(base) ** arithmetic.number(eval(exponent))  # noqa: S307 -- our own numbers
    assert power.to_float() in (0.0, float("inf"))
    with pytest.raises(OutOfReachError):
        power**power


def test_the_budget_ends():
    number = Arithmetic(60, Budget(3)).number(2)
    assert (number * number * number).number == 8
    with pytest.raises(OutOfReachError):
        (number + number) * number


def test_a_row_that_a_module_adds_is_read_with_its_functions():
    import cmath  # noqa: PLC0415 -- here alone

    forwards = forwards_with(cmath)
    assert forwards[ops.exp](1j) == cmath.exp(1j)
    assert forwards[ops.add] is ops.add.forward


# -- Bounds of floats ---------------------------------------------------------------------------------


def test_bounds_hold_what_floats_lose():
    x = BoundedNumber(1e8)
    y = (x + 1) ** 2 - x**2
    assert abs(y.number - 200000001) <= y.error
    assert BoundedNumber(20.0).tanh().is_lossy
    assert (BoundedNumber(1e16) + 1).is_lossy
    assert not (BoundedNumber(3.0) * BoundedNumber(1e-30)).is_lossy
    assert BoundedNumber(1e-16, 1e-15).relu().error == float("inf")


def test_floats_that_are_in_doubt_decide_nothing():
    sheet = Sheet.parse("x = 20; y = tanh(x); z = 3*x = 60")
    certainty_, point = Certainty(), sheet.evaluate()
    slope = lambda reading: reading.derivative("y", "x")  # noqa: E731 -- a quantity
    zero = lambda reading: reading.written(0.0)  # noqa: E731 -- the same
    assert certainty_.equal_floats(point, slope, zero) is None
    assert certainty_.equal(point, slope, zero) is False
    z, sixty = (lambda reading: reading.value("z")), (lambda reading: reading.written(60.0))
    assert certainty_.equal_floats(point, z, sixty) is True


# -- Random claims ------------------------------------------------------------------------------------


def test_random_claims_that_floats_cannot_decide_get_no_false_verdict():
    found, largest, others = certainty.run(600, seed=2)
    assert others == []
    assert largest > 1e29
    assert all(sum(outcomes.values()) == 40 for outcomes in found.values())


def test_the_generator_would_notice_a_marking_by_floats(monkeypatch):
    def by_floats(_self, point, one, other, **_):
        try:
            return float(one(point)) == float(other(point))
        except ChalkgradError:
            return False

    monkeypatch.setattr(Certainty, "equal", by_floats)
    monkeypatch.setattr(Certainty, "within", lambda *_: True)
    _, _, others = certainty.run(300, seed=2)
    assert {result for result, _ in others} >= {"false right", "false slip"}


@pytest.mark.parametrize(
    "text",
    [
        "x = 0\nx^(1/3) = x^(2/6)",
        "x = 0\nx^(1/3) + 1 = 1 + x^(1/3) = 1",
        "x = 0; y = 2\nsqrt(x)*y = y*x^0.5",
        "x = 0\nln(1 + x/2)*0 + sqrt(x) = sqrt(x)",
    ],
)
def test_what_has_no_value_on_one_side_of_a_given_is_compared_on_the_other(text):
    assert mark(text).first_mistakes == []
    assert mark(text).verdicts[0].word in ("right", "undecided")


@pytest.mark.parametrize("text", ["x = 0\nx^(1/3) = x^(1/2)", "x = 0\nsqrt(x) = 2*sqrt(x)", "x = 0\nsqrt(x) = x"])
def test_and_is_wrong_where_it_differs_there(text):
    assert mark(text).first_mistakes or mark(text).verdicts[0].word == "not judged"
