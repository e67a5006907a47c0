"""Walking through the backward pass: there and back, bit for bit, and what is said on the way."""

import gc
import math
import re
import struct
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import some

from autograd import (
    ArgumentError,
    DomainError,
    NotFoundError,
    OperandError,
    Value,
    affine,
    gradients,
    half_squared_error,
    steps,
)
from autograd.engine.graph import states
from autograd.formatting.terminal import width
from autograd.stepper import cursor
from autograd.stepper.stepper import Stepper


def network():
    """The 2-2-2 network of the numerical walkthrough: half squared error, no biases."""
    i1, i2 = Value(0.05, "i1"), Value(0.10, "i2")
    w1, w2, w3, w4 = Value(0.15, "w1"), Value(0.20, "w2"), Value(0.25, "w3"), Value(0.30, "w4")
    w5, w6, w7, w8 = Value(0.40, "w5"), Value(0.45, "w6"), Value(0.50, "w7"), Value(0.55, "w8")

    def neuron(weights, inputs, name):
        net = affine(weights, inputs)
        net.label = f"net_{name}"
        out = net.sigmoid()
        out.label = name
        return out

    h1, h2 = neuron([w1, w2], [i1, i2], "h1"), neuron([w3, w4], [i1, i2], "h2")
    o1, o2 = neuron([w5, w6], [h1, h2], "o1"), neuron([w7, w8], [h1, h2], "o2")
    error = half_squared_error([o1, o2], [0.01, 0.99])
    error.label = "E"
    return error


@st.composite
def graphs(draw):
    """A small graph with shared nodes, repeats, plain numbers and nodes of many parents."""
    nodes = [Value(draw(st.floats(-2, 2)), f"x{k}") for k in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 12))):
        a, b, c = (draw(st.sampled_from(nodes)) for _ in range(3))
        made = [a * b, a + 2, affine([a, c], [b, b], c), a.tanh(), b.sin(), c.sigmoid()]
        nodes.append(draw(st.sampled_from(made)))
    return nodes[-1]


def bits(gradients_so_far):
    return [(node, struct.pack("d", grad)) for node, grad in gradients_so_far.items()]


def line_about(frame, name):
    return next(line for line in frame.splitlines() if line.lstrip("●◐○ ").startswith(name))


# -- It is the backward pass ------------------------------------------------------------------


@given(graphs())
def test_its_steps_are_those_of_the_backward_pass_in_order(root):
    s = Stepper(root)
    taken = [s.next().present for _ in range(len(s))]
    assert taken == list(steps(root))
    assert s.gradients == gradients(root)


@given(graphs())
def test_going_back_restores_every_gradient_bit_for_bit(root):
    s = Stepper(root)
    there = [bits(s.gradients)] + [bits(s.next().gradients) for _ in range(len(s))]
    back = [bits(s.gradients)] + [bits(s.back().gradients) for _ in range(len(s))]
    assert there == back[::-1]


@given(graphs(), st.data())
def test_states_are_the_same_from_the_stepper_and_from_the_graph_alone(root, data):
    s = Stepper(root).goto(data.draw(st.integers(0, len(Stepper(root)))))
    assert s.states == states(root, s.position)
    assert {node: s.state(node) for node in s.states} == s.states
    if s.present:
        assert states(root, s.present) == s.states


@given(graphs())
def test_a_gradient_is_complete_exactly_when_it_has_its_final_terms(root):
    """Counted anew, from the definition: how many of its terms lie ahead, and how many behind."""
    record = list(steps(root))
    s = Stepper(root)
    for position in range(len(s) + 1):
        behind = [term.parent for step in record[:position] for term in step.terms]
        ahead = [term.parent for step in record[position:] for term in step.terms]
        for node, state in s.goto(position).states.items():
            assert state == ("complete" if node not in ahead else "partial" if node in behind else "untouched")


@given(graphs())
def test_a_node_waits_for_the_nodes_ahead_that_use_it(root):
    s = Stepper(root).next()
    for node in s.states:
        assert s.waits_for(node) == [user for user in s.nodes[s.position :] if node in user.parents]


@given(graphs())
def test_nothing_is_changed_before_finish_and_finish_is_one_backward(root):
    s = Stepper(root)
    s.next(len(s)).back(2).reset().next()
    repr(s)
    assert all(node.grad == 0 for node in s.states)
    s.finish()
    wanted = gradients(root)
    assert all(node.grad == wanted[node] for node in s.states)
    assert s.position == len(s)


def test_finishing_twice_is_still_one_pass():
    x = Value(3.0, "x")
    s = Stepper(x**3).finish()
    s.reset().next().finish()
    assert x.grad == 27


def test_x_times_x_receives_twice_in_one_step():
    x = Value(3.0, "x")
    s = Stepper(x * x)
    assert (s.grad(x), s.state(x)) == (0, "untouched")
    s.next()
    assert [term.total for term in s.present.terms] == [3, 6]
    assert (s.grad(x), s.state(x)) == (6, "complete")
    assert "(by +3)" in repr(s)


def test_h1_of_the_network_is_partial_between_its_two_error_paths():
    s = Stepper(network()).until("net_o1")
    assert s.state("h1") == "partial"
    assert s.grad("h1") == pytest.approx(0.0569427, rel=1e-5)
    assert [node.label for node in s.waits_for("h1")] == ["net_o2"]
    s.until("net_o2")
    assert s.state("h1") == "complete"
    assert s.grad("h1", at=3) == pytest.approx(0.0569427, rel=1e-5)
    assert s.grad("h1") == pytest.approx(0.0569427 - 0.0418794, rel=1e-4)


def test_a_chain_of_very_many_nodes_is_walked_to_the_end_and_back():
    gc.disable()  # only to spare the suite some seconds
    try:
        x = Value(1.0, "x")
        y = x
        for _ in range(some(1_000_000)):
            y = y + 1.0
        s = Stepper(y)
        assert s.goto(len(s)).grad(x) == 1
        assert s.back(len(s) - 1).state(x) == "untouched"
        assert s.until(x).position == len(s)
    finally:
        gc.enable()


def test_exact_numbers_stay_exact():
    a = Value(Fraction(1, 3), "a")
    s = Stepper(a * a * Fraction(1, 7)).next(2)
    assert s.grad(a) == Fraction(2, 21)
    assert "1/7 × 1/3 = 1/21" in repr(s)


# -- Moving ------------------------------------------------------------------------------------


def test_next_and_back_stop_at_the_ends():
    s = Stepper(network())
    assert s.next(100).position == len(s) == 9
    assert s.next().position == 9
    assert s.back(100).position == 0
    assert s.back().position == 0
    assert s.present is None


@pytest.mark.parametrize("move", ["next", "back", "goto"])
@pytest.mark.parametrize("wrong", [-1, 1.5, "2", None])
def test_a_count_that_is_no_whole_number_or_negative_is_refused(move, wrong):
    s = Stepper(network()).next(2)
    if (move, wrong) == ("goto", None):
        wrong = []
    with pytest.raises(ArgumentError, match=r"whole number|negative"):
        getattr(s, move)(wrong)
    assert s.position == 2


def test_goto_a_step_that_there_is_not_names_the_steps():
    s = Stepper(network()).next()
    with pytest.raises(ArgumentError, match="no step 10; the steps are 1 to 9"):
        s.goto(10)
    assert s.position == 1


def test_until_takes_a_node_a_label_an_operation_its_sign_or_a_predicate():
    root = network()
    s = Stepper(root)
    o1 = next(node for node in s.states if node.label == "o1")
    assert s.until(o1).present.node is o1
    assert s.reset().until("o1").present.node is o1
    assert s.reset().until("sigmoid").present.node is o1
    assert s.reset().until("σ").present.node is o1
    assert s.reset().until(lambda step: step.upstream < 0).present.node.label == "o2"


def test_until_goes_on_to_the_next_of_its_kind():
    s = Stepper(network())
    assert [s.until("sigmoid").present.node.label for _ in range(4)] == ["o1", "o2", "h1", "h2"]


def test_a_leaf_is_met_whenever_it_receives():
    x = Value(2.0, "x")
    s = Stepper(x.sin() * x.cos() + 1)
    met = [s.until("x").present.node.op.name for _ in range(2)]
    assert sorted(met) == ["cos", "sin"]
    with pytest.raises(NotFoundError, match="x does not come after step 4: the last time is step 4"):
        s.until("x")


@pytest.mark.parametrize(
    ("where", "error", "said"),
    [
        ("net_o3", NotFoundError, "'net_o3'.*did you mean net_o"),
        ("sigmoit", NotFoundError, "did you mean sigmoid"),
        ("something else", NotFoundError, "it has E, o1"),
        (2, NotFoundError, "step 2 does not come after step 3; goto 2 goes back"),
        ("3", NotFoundError, "step 3 does not come after step 3; goto 3 goes back"),
        ("10", ArgumentError, "no step 10; the steps are 1 to 9"),
        (True, OperandError, "not True"),
        ("E", NotFoundError, "E does not come after step 3: the last time is step 1"),
        (Value(3.0, "stranger"), NotFoundError, "stranger = 3 is not a node of the graph of E"),
        (lambda _: False, NotFoundError, "no step after step 3 satisfies"),
        (None, OperandError, "None"),
    ],
)
def test_a_where_that_never_comes_is_named_and_nothing_moves(where, error, said):
    s = Stepper(network()).next(3)
    before = repr(s)
    with pytest.raises(error, match=said):
        s.until(where)
    assert repr(s) == before


def test_an_error_in_a_predicate_is_the_users_and_nothing_moves():
    s = Stepper(network()).next()
    with pytest.raises(ZeroDivisionError):
        s.until(lambda _: 1 / 0)
    assert s.next().position == 2


def test_a_derivative_that_does_not_exist_stops_before_its_step_every_time():
    x = Value(0.0, "x")
    y = x.sqrt() * 2 + 1
    s = Stepper(y).next(2)
    for _ in range(2):
        with pytest.raises(DomainError, match="sqrt of x = 0"):
            s.next()
        assert s.position == 2
    with pytest.raises(DomainError):
        s.finish()
    assert not s.finished
    assert x.grad == y.grad == 0
    assert s.back().position == 1


def test_an_interrupt_on_a_long_way_loses_nothing(monkeypatch):
    def interrupted(root):
        for number, step in enumerate(steps(root)):
            if number == 5:
                raise KeyboardInterrupt
            yield step

    root = network()
    s = Stepper(root).next(2)
    s.reset()
    monkeypatch.setattr(cursor, "steps", interrupted)
    s._source = None
    with pytest.raises(KeyboardInterrupt):
        s.goto(9)
    assert s.position == 0
    monkeypatch.undo()
    assert s.goto(9).gradients == gradients(root)


def test_a_label_of_two_nodes_is_not_guessed():
    a, b = Value(1.0, "twin"), Value(2.0, "twin")
    s = Stepper(a * b).next()
    with pytest.raises(ArgumentError, match="2 nodes are called 'twin'"):
        s.grad("twin")
    assert (s.grad(a), s.grad(b)) == (2, 1)
    assert s.watch("twin").watched == [a, b] or s.watched == [b, a]


@pytest.mark.parametrize("root", ["x", None, 3.0, [Value(1.0)]])
def test_a_stepper_of_no_value_is_refused(root):
    with pytest.raises(OperandError, match="a graph starts at a Value"):
        Stepper(root)


@pytest.mark.parametrize("at", [-1, 10])
def test_states_after_a_step_that_there_is_not_are_refused(at):
    with pytest.raises(ArgumentError, match="the steps are 1 to 9"):
        states(network(), at)


def test_states_after_a_step_of_another_graph_are_refused():
    other = next(steps(Value(1.0, "a") * Value(2.0, "b")))
    with pytest.raises(NotFoundError, match="none of the graph of E"):
        states(network(), other)


def test_labels_given_late_are_read_at_reset():
    x = Value(3.0)
    s = Stepper(x * x)
    assert "v1.grad" in repr(s.next())
    x.label = "x"
    assert "x.grad" in repr(s.reset().next())


# -- The frame ---------------------------------------------------------------------------------


def test_the_frame_of_o1_reads_as_on_the_board():
    assert repr(Stepper(network()).next(2)).splitlines() == [
        "step 2 of 9   o1 = σ(net_o1) = 0.606478",
        "              ∂E/∂o1 = 0.596478",
        "",
        "  ● net_o1.grad:  0 += ∂E/∂o1 · o1·(1 − o1)",
        "                  0 += 0.596478 × 0.238662 = 0.142357",
        "",
        "  ● complete   E, o1, net_o1, o2",
        "  ○ untouched  w5, w6, net_o2, w7, h1, net_h1, w1, w2, w8, h2, … 5 more",
    ]


def test_columns_stand_under_one_another_with_a_place_for_the_sign():
    frame = repr(Stepper(network()).next(5)).splitlines()
    rows = [line for line in frame if "×" in line]
    assert len({line.index("×") for line in rows}) == 1
    assert len({line.index(" = ") for line in rows}) == 1
    assert rows[0].split(" = ")[1] == "−0.0424553"
    assert rows[1].split(" = ")[1] == " 0.0150633   (by −0.0418794)"


@given(graphs(), st.data())
def test_every_number_of_a_frame_is_of_the_record(root, data):
    s = Stepper(root)
    if len(s):
        s.goto(data.draw(st.integers(1, len(s))))
        rows = [line for line in repr(s).splitlines() if " × " in line]
        assert len(rows) == len(s.present.terms)
        so_far = s.back().gradients
        for line, term in zip(rows, s.next().present.terms):
            match = re.search(r"(\S+) +\+= +(\S+) +× +(\S+) += +(\S+)", line.replace("−", "-"))
            written = [float(number) for number in match.groups()]
            before = so_far.get(term.parent, 0)
            assert written == pytest.approx([before, s.present.upstream, term.local, term.total], rel=1e-5)
            so_far[term.parent] = term.total


def test_a_sum_in_a_local_derivative_has_its_brackets():
    assert "∂E/∂E · (o1 − 0.01)" in repr(Stepper(network()).next())
    x = Value(2.0, "x")
    y = -x
    y.label = "y"
    assert "∂y/∂y · (−1)" in repr(Stepper(y).next())


def test_a_neuron_with_forty_parents_is_shortened_in_the_middle():
    w = [Value(k / 8, f"w{k}") for k in range(20)]
    x = [Value(k / 4, f"x{k}") for k in range(20)]
    z = affine(w, x, Value(1.0, "b"))
    z.label = "z"
    frame = repr(Stepper(z).next())
    assert "z = w0·x0 + w1·x1 + w2·x2 + w3·x3 + w4·x4 + … + b = " in frame
    assert "w0.grad" in frame
    assert "b.grad" in frame
    assert "… 34 more parents, all of them in step.terms …" in frame
    assert len(frame.splitlines()) <= 24


def test_a_frame_with_a_thousand_parents_and_long_strange_labels_stays_within_eighty_columns():
    odd = ["a" * 300, "two\nlines", "\x1b[31mred", "重み" * 20, "x̄", "😀"]
    parents = [Value(1e-300 * (k + 1), odd[k % len(odd)]) for k in range(3000)]
    z = affine(parents[:1500], parents[1500:])
    z.label = "E" * 100
    frame = repr(Stepper(z).next().watch(parents[0]))
    assert "\x1b" not in frame
    assert max(map(width, frame.splitlines())) <= 80
    assert len(frame.splitlines()) <= 40


def test_the_start_says_what_is_given_and_how_to_begin():
    frame = repr(Stepper(network()))
    assert "∂E/∂E = 1, where the backward pass starts" in frame
    assert frame.endswith("next takes the first step; nothing is changed in the graph before finish.")


def test_the_end_says_that_all_is_complete_and_what_to_do():
    s = Stepper(network()).next(9)
    assert "● complete   all 19" in repr(s)
    assert "The end: every gradient is complete.\nfinish writes them into .grad" in repr(s)
    assert repr(s.finish()).endswith("They are in .grad of every node; undo takes them back.")


def test_the_end_warns_of_a_gradient_that_an_earlier_pass_left():
    x = Value(3.0, "x")
    y = x**3
    y.backward()
    s = Stepper(y).next()
    assert "x.grad = 27" in repr(s)
    assert "x.grad = 27" not in repr(s.finish())
    assert x.grad == 54


def test_a_leaf_alone_has_no_steps_and_says_so():
    x = Value(3.0, "x")
    s = Stepper(x)
    assert "x is a leaf: nothing was computed" in repr(s.next())
    assert (len(s), s.grad(x), s.state(x)) == (0, 1, "complete")
    with pytest.raises(NotFoundError, match="receives nothing"):
        s.until(x)
    s.finish()
    assert x.grad == 1


def test_what_is_watched_shows_how_it_changed_in_this_step():
    s = Stepper(network()).watch("h1").watch("w1").watch("h1")
    assert line_about(repr(s), "watch  h1.grad") == "  watch  h1.grad  0   untouched"
    s.until("net_o1")
    assert line_about(repr(s), "watch  h1.grad") == "  watch  h1.grad  0 → 0.0569427   (by +0.0569427)   partial"
    s.next()
    assert line_about(repr(s), "watch  h1.grad") == "  watch  h1.grad  0.0569427   partial"
    s.next()
    changed = "  watch  h1.grad  0.0569427 → 0.0150633   (by −0.0418794)   complete"
    assert line_about(repr(s), "watch  h1.grad") == changed
    assert "h1.grad  " not in repr(s.unwatch("h1"))
    with pytest.raises(NotFoundError, match="did you mean w1"):
        s.watch("w11")


def test_the_notebook_shows_the_same_frame_with_every_label_made_safe():
    x = Value(3.0, '<b>"x"|&')
    s = Stepper(x * x).next()
    html = s._repr_html_()
    assert "<b>&quot;" not in html.replace("&lt;b&gt;", "")
    text = "".join(ET.fromstring(f"<div>{html.replace('<br>', '<br/>')}</div>").itertext())  # noqa: S314 -- our own
    assert '<b>"x"|&.grad' in text
    assert "1 × 3" in text
    assert "all 2" in text


# -- Predicting ---------------------------------------------------------------------------------


def asked(answers, said):
    """An `ask` that takes its answers from a list and a `tell` that keeps what is said."""
    remaining = iter(answers)

    def ask(question):
        said.append(question)
        return next(remaining)

    return {"ask": ask, "tell": said.append}


def test_predictions_are_asked_for_before_the_step_and_counted():
    said = []
    s = Stepper(network(), predict=True, **asked(["0.596", "0.36", "0.37", "0.142"], said))
    s.next(2)
    assert s.score == (2, 3)
    assert said[1] == "o1.grad += ∂E/∂E · ∂E/∂o1 = "
    assert "right" in said[2]
    assert "0.359519" not in said[4]
    assert "Once more" in said[4]
    assert "no: it is 1 × −0.359519 = −0.359519" in said[6]
    assert "0.142357" not in "".join(said[:9])
    assert "Predicted: 2 of 3 right." in repr(s)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("0.142", True),
        ("0.1424", True),
        ("0.14236", True),
        ("1.42e-1", True),
        ("0,142", True),
        ("0.596478*0.238662", True),
        ("0.596 × 0.2387", True),
        ("+0.142357", True),
        ("0.143", False),
        ("0.1423", False),
        ("-0.142", False),
        ("−0.142", False),
        ("0.142358", False),
        ("0", False),
        ("1e999", None),
        ("nan", None),
        ("1/0", None),
        ("0.14", None),
        ("E", None),
        ("__import__('os')", None),
        ("9" * 1000, None),
    ],
)
def test_an_answer_is_right_to_the_digits_written_and_three_at_least(answer, right):
    said = []
    s = Stepper(network(), **asked([answer, "?"], said)).next()
    s.predict()
    assert s.position == 2
    tried = any("Once more" in text for text in said)
    asked_again = sum(text.startswith("net_o1.grad") for text in said) == 2 and not tried
    assert (None if asked_again else s.score.right == 1) == right
    assert tried == (right is False)


def test_an_exact_answer_needs_no_three_digits():
    x = Value(3.0, "x")
    s = Stepper(x * 4, **asked(["4"], []))
    assert s.predict().score == (1, 1)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("-0.5", "the sign"),
        ("0.25", "that is the local derivative alone"),
        ("2", "that is the upstream alone"),
        ("2.5", "that is the sum after it"),
        ("7.25", "the upstream is 2"),
        ("2.25", "that is the sum of upstream and local derivative"),
        ("8", "that is the quotient of upstream and local derivative"),
        ("1.00", "that is twice as much"),
    ],
)
def test_a_mistake_that_can_be_recognised_is_named(answer, named):
    """y = 2a + 2·(x/4) with a = x: what is asked for second is ∂y/∂q · ∂q/∂x = 2 · 0.25, after the 2 of a."""
    x = Value(8.0, "x")
    q = x / 4
    y = affine([2.0, 2.0], [x, q])
    said = []
    s = Stepper(y, **asked([answer, "0.5"], said)).next().predict()
    assert named in said[2]
    assert "= 0.5" not in said[2]
    assert s.score == (1, 1)


def test_an_answer_that_is_cut_off_or_goes_to_another_parent_is_named():
    x, y = Value(1 / 3, "x"), Value(0.7, "y")
    said = []
    s = Stepper(x * y, **asked(["0.333", "0.700", "0.69", "0.700", "0.33333"], said)).predict()
    assert "that is what y receives" in said[2]
    assert s.score == (1, 2)
    said = []
    Stepper(Value(2.0, "w") * Value(2 / 3, "x"), **asked(["0.666", "0.667", "2"], said)).predict()
    assert "cut off" in said[2]


def test_enter_skips_a_question_without_counting_it():
    said = []
    s = Stepper(Value(2.0, "a") * Value(3.0, "b"), **asked(["", "2"], said)).predict()
    assert (s.position, s.score) == (1, (1, 1))
    assert "not counted" in said[2]
    s = Stepper(Value(2.0, "a") * Value(3.0, "b"), **asked(["", ""], said)).predict()
    assert s.score == (0, 0)


def test_giving_up_a_step_takes_it_and_counts_what_was_asked():
    said = []
    s = Stepper(network(), **asked(["0.596478", "??"], said)).predict()
    assert (s.position, s.score) == (1, (1, 2))


def test_q_leads_from_the_questions_back_to_the_prompt():
    s = Stepper(Value(2.0, "a") * Value(3.0, "b"), **asked(["q"], [])).predict()
    assert (s.position, s.score) == (1, (0, 2))


def test_the_end_of_the_input_gives_up():
    def ask(_):
        raise EOFError

    s = Stepper(network(), predict=True, ask=ask, tell=lambda _: None)
    assert (s.next(2).position, s.score) == (2, (0, 3))


def test_jumps_do_not_ask():
    def ask(_):
        raise AssertionError

    assert Stepper(network(), predict=True, ask=ask).goto(5).back().until("h1").position == 6


def test_a_gradient_that_is_not_finite_can_be_predicted():
    x = Value(math.inf, "x")
    s = Stepper(x * x, **asked(["inf", "nan", "nan"], []))
    assert s.predict().score == (1, 2)


def test_step_takes_a_step_and_node_is_the_one_of_the_present_step():
    s = Stepper(network())
    assert s.node is s.output
    assert s.step().position == 1
    assert s.step(2).node.label == "net_o1"
    assert s.node is s.present.node
