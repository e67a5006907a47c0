"""Where NaN and infinity come from: each kind of birth, and the path to where it was seen."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from strategies import any_float, examples, recipes

from autograd import DomainError, OperandError, Value, affine, gradients
from autograd.verify.nonfinite import first_nonfinite


def named(label, node):
    node.label = label
    return node


def labels(found):
    return [node.label for node in found.path]


def squeezed(found):
    """What is said, without the breaks of long lines."""
    return " ".join(str(found).split())


def test_where_everything_is_finite_there_is_nothing_to_find():
    x = Value(2.0)
    assert first_nonfinite((x * x).exp()) is None
    assert first_nonfinite(Value(10**400) + Fraction(1, 3)) is None


def test_an_overflow_is_born_where_it_happens_and_its_path_leads_to_the_output():
    a = Value(1e308, "a")
    b = named("b", a * 10)
    out = named("E", b + 1)
    found = first_nonfinite(out)
    assert found.node is b
    assert (found.direction, found.value, found.operands) == ("forward", math.inf, (1e308, 10))
    assert labels(found) == ["b", "E"]
    assert (
        squeezed(found)
        == "inf was born forward in b, mul of a = 1e308 and 10: too large for a float. It came to E by b → E."
    )


def test_infinity_minus_infinity_is_traced_to_the_infinity_and_the_turn_to_nan_is_told():
    a = Value(1e308, "a")
    b, c = named("b", a * 10), named("c", a * 20)
    out = named("E", (named("d", b - c)) * 2)
    found = first_nonfinite(out)
    assert found.node is b
    assert labels(found) == ["b", "d", "E"]
    assert "In d, sub of b = inf and c = inf, it became nan." in squeezed(found)


def test_zero_times_infinity_is_traced_to_the_infinity():
    b = named("b", Value(1e308, "a") * 10)
    found = first_nonfinite(named("E", b * 0))
    assert found.node is b
    assert math.isnan(found.path[-1].data)
    assert "In E, mul of b = inf and 0, it became nan." in squeezed(found)


def test_a_nan_is_followed_rather_than_an_infinity_beside_it():
    nan, inf = Value(math.nan, "given"), named("b", Value(1e308, "a") * 10)
    assert first_nonfinite(inf + nan).node is nan


def test_a_leaf_that_was_given_as_nan_is_the_birth():
    x = Value(math.nan, "x")
    found = first_nonfinite(named("E", x * 2))
    assert found.node is x
    assert squeezed(found) == "nan was given: the leaf x has it. It came to E by x → E."


def test_a_plain_number_that_was_given_as_infinity_is_told():
    found = first_nonfinite(named("E", Value(2.0, "x") * math.inf))
    assert squeezed(found) == "inf was given as a plain number in E, mul of x = 2 and inf."


def test_an_infinity_that_an_operation_swallows_is_found_and_where_it_stops_is_told():
    b = named("b", Value(1e308, "a") * 10)
    found = first_nonfinite(named("E", b.tanh()))
    assert found.node is b
    assert labels(found) == ["b"]
    assert squeezed(found).endswith("It goes no further: what was made of b is finite again.")


def test_an_n_ary_node_may_meet_an_infinity_on_its_own_way():
    z = named("z", affine([Value(1e308, "w"), Value(-1e308, "v")], [10.0, 10.0]))
    found = first_nonfinite(z)
    assert found.node is z
    assert "by an infinity on the way" in squeezed(found)


def test_a_gradient_that_overflows_is_found_in_the_step_where_upstream_times_local_does():
    x = Value(1.0, "x")
    a = named("a", x * 0.0)
    b = named("b", a * 1e300)
    out = named("E", b * 1e300)
    assert math.isfinite(out.data)
    found = first_nonfinite(out)
    assert (found.node, found.direction, found.operands) == (b, "backward", (1e300, 1e300))
    assert labels(found) == ["b", "a", "x"]
    assert squeezed(found) == (
        "inf was born backward in the step of b, mul of a = 0 and 1e300: for a, upstream 1e300 × local 1e300 = inf. "
        "It came to the gradient of x by b → a → x."
    )


def test_a_local_derivative_of_infinity_times_an_upstream_of_zero_is_found():
    x = Value(1e-200, "x")
    y = named("y", 1 / x)
    found = first_nonfinite(y * 0)
    assert (found.node, found.direction, found.operands) == (y, "backward", (0.0, -math.inf))
    assert math.isnan(found.value)


def test_contributions_that_are_finite_and_whose_sum_is_not_are_found():
    x = Value(0.0, "x")
    found = first_nonfinite(x * 1e308 + x * 1e308)
    assert found.operands == (1e308, 1e308)
    assert "for x, 1e308 so far + the contribution 1e308 = inf" in squeezed(found)


def test_a_long_path_is_shown_by_its_ends():
    out = Value(1e308, "x") * 10
    for _ in range(100_000):
        out = out + 1
    found = first_nonfinite(out)
    assert len(found.path) == 100_001
    assert "→ … (99993 more) … →" in squeezed(found)


def test_no_gradient_is_changed_and_no_value_is_refused():
    x = Value(1e308)
    y = x * 10
    first_nonfinite(y)
    assert x.grad == y.grad == 0
    with pytest.raises(OperandError, match="not at 3"):
        first_nonfinite(3)


def test_a_derivative_that_does_not_exist_is_an_error_of_its_own():
    with pytest.raises(DomainError, match="sqrt of x = 0 has no derivative"):
        first_nonfinite(Value(0.0, "x").sqrt())


@examples(max_examples=80)
@given(recipe=recipes(numbers=any_float))
def test_it_finds_something_exactly_where_some_number_is_not_finite(recipe):
    root = recipe.build()[-1]
    try:
        gradient = gradients(root)
        found = first_nonfinite(root)
    except DomainError:
        return
    if all(math.isfinite(node.data) for node in gradient):
        assert (found is None) == all(map(math.isfinite, gradient.values()))
        assert found is None or (found.direction == "backward" and not math.isfinite(gradient[found.path[-1]]))
    else:
        assert found.direction == "forward"
        assert all(not math.isfinite(node.data) for node in found.path)
        assert all(math.isfinite(parent.data) for parent in found.node.parents)
        assert all(before in after.parents for before, after in zip(found.path, found.path[1:]))
        assert math.isfinite(root.data) or found.path[-1] is root
