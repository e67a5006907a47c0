"""What strangers write is read, or refused in words; what is shown of it is text in every medium.

A short run of the fuzzer; the longer one is `python tests/fuzz/run.py --seconds 60`.
"""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "fuzz"))

import marking
from engine import HOSTILE, LONGEST, Fuzzer
from markup import DOCUMENT
from targets import (
    TARGETS,
    ExecutedError,
    fit_for_a_terminal,
    latex_formula,
    latex_words,
    markdown_words,
    nothing_is_run,
    tags_are_known,
    warm_up,
)

from autograd import Value
from autograd.formatting import escapes, figures
from autograd.symbolic.notations import latex_name

INPUTS = {
    "sheet": 120,
    "markdown": 80,
    "note": 80,
    "array_code": 12,
    "graph_file": 500,
    "model_file": 300,
    "label": 8,
    "drawing": 6,
}


@pytest.fixture(scope="module", autouse=True)
def _warm():
    warm_up()


# -- The short run -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_in_the_answer_is_an_answer(name):
    target = TARGETS[name]
    fuzzer = Fuzzer(target.function, target.watched, target.words.split(";"), target.corpus)
    fuzzer.run(inputs=INPUTS[name])
    assert [(finding.text, finding.error) for finding in fuzzer.findings] == []
    assert len(fuzzer.places) > 150


# -- Sheets with mistakes ------------------------------------------------------------------------------


def test_every_sheet_that_can_be_read_is_marked():
    found = {text: why for text in marking.sheets(seed=3, count=200) if (why := marking.survives(text))}
    assert found == {}


def test_a_diagnosis_that_crashes_is_a_finding(monkeypatch):
    def crash(case):
        return 1 / len(case.claim.segment.text.replace("x", ""))

    monkeypatch.setattr("autograd.marking.marker.diagnose", crash)
    assert "ZeroDivisionError: division by zero" in marking.survives("x = 2\ny = x^2\ndy/dx = x")


# -- That it finds mistakes ----------------------------------------------------------------------------


def fuzzed(function, **options):
    return Fuzzer(function, (__file__,), ["(", ")", "x"], ["x"], **options).run(inputs=1500)


def test_a_crash_three_conditions_deep_is_found_by_going_on_from_what_reached_the_second():
    def fragile(text):
        if "(" not in text:
            return
        if ")" not in text[text.index("(") :]:
            return
        if text.endswith("x"):
            raise ValueError("a crash")

    fuzzer = fuzzed(fragile)
    assert [(finding.text, finding.error) for finding in fuzzer.findings] == [("()x", "ValueError: a crash")]


def test_the_same_seed_tries_the_same_inputs_and_none_is_too_long():
    first, second = [], []
    fuzzed(first.append, seed=5)
    fuzzed(second.append, seed=5)
    assert first == second
    assert max(map(len, first)) <= LONGEST
    assert any("\x1b" in text for text in first)


def test_what_never_answers_is_a_finding(monkeypatch):
    def endless(_):
        while True:
            pass

    monkeypatch.setattr("engine.SECONDS", 0.02)
    fuzzer = Fuzzer(endless, (), ["x"], ["x"])
    assert fuzzer.error_of("x").startswith("TooSlowError")


def run_what_is_written(text):
    with nothing_is_run():
        eval(text)  # noqa: S307 -- the mistake that is planted


def start_a_program(text):
    with nothing_is_run():
        subprocess.run([sys.executable, "-c", text], check=True)


@pytest.mark.parametrize("function", [run_what_is_written, start_a_program])
def test_a_reader_that_runs_what_it_reads_is_a_finding(function):
    with pytest.raises(ExecutedError):
        function("1")


BAD = [
    (fit_for_a_terminal, "\x1b[2J"),
    (fit_for_a_terminal, "a\u202eb"),
    (fit_for_a_terminal, "\ud800"),
    (latex_words, r"50%"),
    (latex_words, r"\input{x}"),
    (latex_formula, r"\mathrm{a"),
    (latex_formula, "a}b{"),
    (latex_formula, "a_b"),
    (latex_formula, "a$"),
    (lambda page: tags_are_known(page, DOCUMENT), "<p><script>1</script></p>"),
    (lambda page: tags_are_known(page, DOCUMENT), '<p onclick="x">a</p>'),
    (lambda page: tags_are_known(page, DOCUMENT), "<p><b>a</p>"),
    (lambda words: markdown_words(words, "a*b"), "a*b"),
    (lambda words: markdown_words(words, "a*b"), r"a\*c"),
]


@pytest.mark.parametrize(("check", "output"), BAD)
def test_an_output_that_is_not_well_formed_is_refused(check, output):
    with pytest.raises((AssertionError, UnicodeError)):
        check(output)


# -- Labels, one medium at a time ------------------------------------------------------------------------


@pytest.mark.parametrize("label", HOSTILE, ids=ascii)
def test_a_hostile_label_is_one_line_of_visible_text(label):
    fit_for_a_terminal(escapes.plain(label), lines=1)
    fit_for_a_terminal(repr(Value(1.0, label)), lines=1)


@pytest.mark.parametrize(
    "label", ["\u202e", "\u200e", "\u2066", "\u2028", "\ud800", "\u200b", "\ufeff", "\U000e0041"], ids=ascii
)
def test_what_turns_breaks_or_hides_a_text_is_spelled_out(label):
    assert escapes.plain(label) == label.encode("unicode_escape").decode()


@pytest.mark.parametrize("label", ["w₁", "δ", "é", "e\u0301", "日本", "नि", "👩\u200d🔬", "½", "x′"], ids=ascii)
def test_signs_of_every_script_are_shown_as_they_are(label):
    assert escapes.plain(label) == label


@pytest.mark.parametrize(
    ("label", "text"),
    [("w₁", "w_{1}"), ("w₁₂", "w_{12}"), ("net_h₂", r"\mathrm{net}_{h2}"), ("w₁[2,3]", "w^{(1)}_{2,3}")],
)
def test_a_lowered_digit_is_an_index_in_latex(label, text):
    assert latex_name(label) == text


@pytest.mark.parametrize("label", HOSTILE, ids=ascii)
def test_a_hostile_label_has_no_power_over_latex_or_markdown(label):
    latex_words(escapes.latex_words(label))
    latex_formula(latex_name(label))
    latex_formula(latex_name(f"w1[{label}]"))
    latex_formula(latex_name(f"w_{label}"))
    markdown_words(escapes.markdown(label), label)


# -- Numbers too long to be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (10**23, "100000000000000000000000"),
        (10**24, "≈1e24"),
        (-(10**24), "≈−1e24"),
        (10**5000, "≈1e5000"),
        (Fraction(-1, 3**60), "≈−2.35898e−29"),
        (Fraction(10**400 + 1, 10**400), "≈1"),
        (Fraction(1, 10**400), "≈1e−400"),
        (10**400 - 1, "≈1e400"),
        (7**500, "≈3.54014e422"),
        (True, "True"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_an_exact_number_too_long_to_be_read_is_shown_as_a_decimal_that_says_so(number, text):
    assert figures.number(number) == text


def test_a_value_of_ten_thousand_digits_can_be_named_in_an_error():
    with pytest.raises(ValueError, match=r"log of ≈−1e10000 is not a real number"):
        Value(-(10**10000)).log()
