"""The small GPT of the demo: its parts compute what their names say, replay agrees with eager, and it learns."""

import math
import random
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograd import Value, gradients

pytestmark = pytest.mark.portable

DEMO = Path(__file__).parent.parent / "demos" / "gpt.py"
gpt = SimpleNamespace(**runpy.run_path(str(DEMO)))
WORDS = ["abc", "cab", "bacca", "a"]


@pytest.fixture
def alphabet():
    return gpt.Alphabet(WORDS)


@pytest.fixture
def model(alphabet):
    return gpt.GPT(len(alphabet), random.Random(3), width=4, heads=2, layers=2)


def scores(model, tokens):
    cache = gpt.KeyValueCache(model)
    return [model(token, cache) for token in tokens]


def data(values):
    return [value.data for value in values]


def one_hot(token, size):
    return [Value(float(token == place)) for place in range(size)]


def test_a_word_stands_between_two_ends(alphabet):
    assert "".join(alphabet.characters[token] for token in alphabet.tokens("cab")) == "·cab·"


def test_softmax_gives_shares_of_one_whole_and_does_not_overflow():
    shares = data(gpt.softmax([Value(1000.0), Value(1000.0), Value(-1000.0)]))
    assert shares == pytest.approx([0.5, 0.5, 0.0], rel=1e-12)


def test_the_mean_square_of_a_normalized_vector_is_one():
    x = gpt.rms_norm([Value(3.0), Value(-4.0), Value(12.0)])
    assert sum(v * v for v in data(x)) / 3 == pytest.approx(1, rel=1e-5)


def test_cross_entropy_is_minus_the_logarithm_of_the_share():
    z = [Value(0.5), Value(-1.0), Value(2.0)]
    share = math.exp(-1.0) / (math.exp(0.5) + math.exp(-1.0) + math.exp(2.0))
    assert gpt.cross_entropy(z, 1).data == pytest.approx(-math.log(share), rel=1e-14)
    assert gpt.cross_entropy(z, one_hot(1, 3)).data == pytest.approx(-math.log(share), rel=1e-14)
    assert gpt.cross_entropy(z, one_hot(None, 3)).data == 0


def test_the_gradient_of_surprise_is_the_shares_less_the_target():
    z = [Value(0.5), Value(-1.0), Value(1000.0)]
    loss = gpt.cross_entropy(z, 2) + gpt.cross_entropy([z[0], z[1]], 0)
    loss.backward()
    share = math.exp(-1.0) / (math.exp(0.5) + math.exp(-1.0))
    assert [v.grad for v in z] == pytest.approx([-share, share, 0.0], abs=1e-15)


def test_what_comes_later_changes_no_score_before_it(model):
    before, after = scores(model, [0, 1, 2, 3]), scores(model, [0, 1, 3, 3])
    assert data(before[0] + before[1]) == data(after[0] + after[1])
    assert data(before[2]) != data(after[2])
    assert data(before[3]) != data(after[3])  # the same character, and another cache


def test_every_head_attends_to_its_own_part_of_the_vector(model):
    keys = [[Value(1.0), Value(0.0), Value(0.0), Value(1.0)], [Value(0.0), Value(1.0), Value(1.0), Value(0.0)]]
    values = [[Value(1.0), Value(2.0), Value(3.0), Value(4.0)], [Value(5.0), Value(6.0), Value(7.0), Value(8.0)]]
    query = [Value(900.0), Value(0.0), Value(900.0), Value(0.0)]  # the first head wants keys[0], the second keys[1]
    assert data(model.attention(query, keys, values)) == pytest.approx([1.0, 2.0, 7.0, 8.0])


def test_in_every_matrix_the_gradient_is_the_numerical_one(model, alphabet):
    def loss():
        return gpt.word_loss(model, alphabet.tokens("cab"), 1.0)

    found = gradients(loss())
    one_of_each = {p.label.partition("[")[0]: p for p in model.parameters() if p in found}
    assert len(one_of_each) == 3 + 6 * 2
    for p in one_of_each.values():
        there, h = p.data, 1e-5
        p.data = there + h
        above = loss().data
        p.data = there - h
        below = loss().data
        p.data = there
        assert found[p] == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-8), p.label


def test_every_parameter_has_a_gradient_but_the_places_that_no_word_reached(model, alphabet):
    found = gradients(gpt.word_loss(model, alphabet.tokens("cab"), 1.0))
    without = {p.label.partition("[")[0] for p in model.parameters() if p not in found}
    assert without == {"place"}


def test_a_row_of_zeros_with_a_one_is_the_token_and_a_row_of_zeros_adds_nothing(model, alphabet):
    tokens = alphabet.tokens("cab")
    rows = [one_hot(token, len(alphabet)) for token in [*tokens, None, None]]
    by_number, by_row = gpt.word_loss(model, tokens, 0.5), gpt.word_loss(model, rows, 0.5)
    assert by_row.data == pytest.approx(by_number.data, rel=1e-14)
    expected, found = gradients(by_number), gradients(by_row)
    for p in model.parameters():
        assert found.get(p, 0.0) == pytest.approx(expected.get(p, 0.0), rel=1e-12, abs=1e-15), p.label


def test_replayed_a_batch_has_the_loss_and_the_gradients_of_the_eager_one(model, alphabet):
    pytest.importorskip("numpy", reason="replay needs NumPy")
    assert gpt.replayed(model, alphabet)(WORDS) == pytest.approx(
        sum(gpt.word_loss(model, alphabet.tokens(word), gpt.share_of(WORDS)).data for word in WORDS), rel=1e-12
    )
    replayed = [p.grad for p in model.parameters()]
    for p in model.parameters():
        p.grad = 0.0
    gpt.eager(model, alphabet)(WORDS)
    assert replayed == pytest.approx([p.grad for p in model.parameters()], rel=1e-11, abs=1e-15)


def test_the_first_step_of_adam_moves_each_parameter_by_the_rate_against_its_gradient():
    w, v = Value(1.0), Value(1.0)
    (100 * w - 0.01 * v).backward()
    gpt.Adam([w, v]).step(0.5)
    assert data([w, v]) == pytest.approx([0.5, 1.5], rel=1e-5)
    assert (w.grad, v.grad) == (0, 0)


def test_the_second_step_of_adam_is_that_of_the_paper():
    w = Value(1.0)
    adam = gpt.Adam([w])
    for grad in (1.0, 3.0):
        w.grad = grad
        adam.step(0.1)
    mean = (0.85 * 0.15 * 1 + 0.15 * 3) / (1 - 0.85**2)
    square = (0.99 * 0.01 * 1 + 0.01 * 9) / (1 - 0.99**2)
    assert w.data == pytest.approx(1 - 0.1 - 0.1 * mean / math.sqrt(square), rel=1e-7)


def test_batches_show_every_word_once_before_any_word_twice():
    batches = gpt.batches(list("abcde"), 2, random.Random(1))
    shown = [word for _ in range(5) for word in next(batches)]
    assert sorted(shown[:5]) == sorted(shown[5:]) == list("abcde")
    assert shown[:5] != shown[5:]


# -- Run as its users run it --------------------------------------------------------------------------


def said(capsys, *arguments):
    assert gpt.main(list(arguments)) == 0
    return re.sub(r"in [\d.]+ s", "in some time", capsys.readouterr().out)


def test_it_learns_and_every_run_says_the_same(capsys):
    first = said(capsys, "--steps", "16", "--batch", "3")
    before, after = map(float, re.search(r"loss (\S+) → (\S+);", first).groups())
    assert after < before - 0.1
    arguments = ("--steps", "2", "--batch", "1")
    first = said(capsys, *arguments)
    assert said(capsys, *arguments) == first
    assert said(capsys, *arguments, "--seed", "2") != first


def test_replayed_it_says_what_it_says_eager(capsys):
    pytest.importorskip("numpy", reason="replay needs NumPy")
    arguments = ("--steps", "4", "--batch", "2")
    assert said(capsys, *arguments, "--replay").replace("replayed", "eager") == said(capsys, *arguments)


def test_it_learns_the_users_words_and_leaves_out_what_is_too_long(capsys, tmp_path):
    file = tmp_path / "words"
    file.write_text("anna\notto\n\nhannah\nanna\n" + "x" * 16 + "\n", encoding="utf-8")
    text = said(capsys, "--words", str(file), "--steps", "40", "--batch", "3")
    assert text.startswith("3 words of 5 characters")
    assert "It has learned." in text
    assert re.search(r"\((anna|otto|hannah)\)", text)


def test_it_stops_when_the_time_is_over(capsys):
    assert "\n1 steps in" in said(capsys, "--seconds", "0", "--batch", "1")


@pytest.mark.parametrize("text", [None, "", "·\n" + "x" * 16])
def test_words_that_are_not_there_are_asked_for(text, tmp_path, capsys):
    file = tmp_path / "words"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        gpt.main(["--words", str(file)])
    assert stopped.value.code == 2
    assert "words" in capsys.readouterr().err


def test_on_a_terminal_the_progress_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    gpt.main(["--steps", "3", "--batch", "1"])
    out = capsys.readouterr().out
    assert out.count("\r") == 3
    assert [line.count("step ") for line in out.splitlines() if "step " in line] == [1, 1, 1]
    assert max(map(len, out.splitlines())) < 80


def test_without_a_console_it_learns_all_the_same(monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    gpt.main(["--steps", "1", "--batch", "1"])
