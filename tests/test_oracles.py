"""The engine is right: against fifty digits, against complex steps, against PyTorch where it is installed.

What is asserted, and the longer run, are explained in `oracles`; what each row means, in `jets`.
"""

import math
import random
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jets import COMPLEX, DIGITS, FUNCTIONS, MEANING, halves
from mpmath import mp
from oracles import (
    ORDERS,
    TINY,
    Disagreement,
    Figures,
    both,
    bound_of,
    check,
    check_row,
    check_seed,
    random_recipe,
    stated_error,
)
from strategies import Node, Recipe, examples, recipes, some

from autograd import DomainError, Value, grad, gradients, topological_order, trace_origins
from autograd.table.ops import TABLE, cos, sigmoid

GRAPHS = some(1500)
PLACES = [-7.25, -0.3, 0.001, 0.4, 1.0, 3.5]

# -- The oracle itself -----------------------------------------------------------------------------


def test_every_row_of_the_table_has_a_meaning():
    assert MEANING.keys() == TABLE.keys()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_the_derivatives_that_the_oracle_states_are_those_that_mpmath_finds_numerically(function):
    for place in PLACES:
        if function.__name__ == "logarithm" and place <= 0:
            continue
        with mp.workdps(DIGITS):
            stated = function(mp.mpf(place))
            for order in ORDERS:
                numeric = mp.diff(lambda x: function(x)[0], mp.mpf(place), order)
                assert mp.almosteq(stated[order], numeric, rel_eps=1e-25, abs_eps=1e-25)


@pytest.mark.parametrize("name", [name for name in MEANING if TABLE[name].arity in (1, 2, 3)])
def test_a_third_mixed_derivative_of_the_oracle_is_the_one_that_mpmath_finds_numerically(name):
    place = (0.7, 1.3, 2.25)[: TABLE[name].arity]
    leaves = tuple(mp.mpf(x) for x in place)
    moved = (0, len(place) - 1, len(place) // 2)
    with mp.workdps(DIGITS):
        true = both(Recipe(place, ((name, tuple(map(Node, range(len(place))))),)), moved).jets[-1]
        order = tuple(moved.count(index) for index in range(len(place)))

        def value(*args):
            return MEANING[name](*(both(Recipe((x,), ()), (1, 1, 1)).jets[0] for x in args)).value

        numeric = mp.diff(value, leaves, order)
        assert mp.almosteq(true.parts.get(7, 0), numeric, rel_eps=1e-15, abs_eps=1e-15)


# -- Against fifty digits ----------------------------------------------------------------------------


def check_a_hundred_points(name):
    figures = Figures()
    for seed in range(100):
        figures.add(check_row(name, seed))
    return figures


@pytest.mark.parametrize("name", TABLE)
def test_an_operation_and_its_three_derivatives_are_right_to_what_rounding_explains(name):
    assert sum(check_a_hundred_points(name).cases.values()) > 300


def test_thousands_of_random_graphs_are_right_to_the_third_derivative():
    figures = Figures()
    for seed in range(GRAPHS):
        figures.add(check_seed(seed))
    assert figures.cases[0] == GRAPHS
    assert figures.cases[1] > GRAPHS
    assert min(figures.cases[2], figures.cases[3]) > GRAPHS / 2
    for order in ORDERS:  # the bounds say something
        assert figures.sharp[order] > 0.6 * figures.cases[order]
        assert figures.uncertain[order] < 0.2 * figures.cases[order]


@examples(max_examples=150)
@given(recipe=recipes(), moved=st.tuples(*[st.integers(0, 3)] * 3))
def test_graphs_that_were_searched_for_trouble_are_right_too(recipe, moved):
    check(recipe, tuple(index % len(recipe.leaves) for index in moved))


def test_a_chain_of_a_thousand_operations_is_right_at_its_far_end():
    lines = [(("sin", "tanh", "softplus")[n % 3], (Node(n),)) for n in range(1000)]
    assert check(Recipe((0.9,), tuple(lines)), highest=1).cases == {0: 1, 1: 2}


def test_a_sum_of_a_thousand_products_of_extremes_is_right():
    rng = random.Random(1)
    leaves = tuple(rng.choice((1e-150, -1.0, 1e150)) * rng.random() for _ in range(20))
    line = tuple(Node(rng.randrange(20)) for _ in range(1000))
    check(Recipe(leaves, (("affine", line), ("tanh", (Node(20),)))), (0, 1, 2), highest=2)


# -- That the comparison can fail --------------------------------------------------------------------


@contextmanager
def planted(op, **changes):
    """The row with a mistake in it, read plainly: the fast operators were written out from the right one."""
    right = {part: getattr(op, part) for part in changes}
    with trace_origins():
        try:
            for part, mistake in changes.items():
                setattr(op, part, mistake)
            yield
        finally:
            for part, as_it_was in right.items():
                setattr(op, part, as_it_was)


MISTAKES = [
    ("tanh", {"partials": (lambda y, _x: 1 - y,)}),
    ("tanh", {"partials": (lambda y, _x: (1 - y * y) * (1 + 1e-13),)}),
    ("sigmoid", {"partials": (lambda y, _x: y * (1 + y),)}),
    ("sin", {"partials": (lambda _y, x: -cos(x),)}),
    ("div", {"partials": (lambda _y, _a, b: 1 / b, lambda y, _a, b: y / b)}),
    ("sub", {"partials": (lambda _y, _a, _b: 1, lambda _y, _a, _b: 1)}),
    ("relu", {"partials": (lambda _y, x: sigmoid(x),)}),
    ("exp", {"forward": lambda x: math.exp(x) * (1 + 3e-15)}),
    ("softplus", {"forward": lambda x: math.log(1 + math.exp(min(x, 700.0)))}),
    ("mean", {"partials": (lambda _y, *args: [1 / (args[-1] - 1)] * (len(args) - 1) + [0],)}),
    ("affine", {"partials": (lambda _y, *args: list(args),)}),
    ("maximum", {"partials": (lambda _y, _a, _b: 1, lambda _y, _a, _b: 0)}),
]


@pytest.mark.parametrize(("name", "changes"), MISTAKES)
def test_a_mistake_planted_in_a_row_is_found(name, changes):
    with planted(TABLE[name], **changes), pytest.raises(Disagreement, match=rf"^{name} at \("):
        check_a_hundred_points(name)


def test_a_mistake_that_shows_in_the_second_derivative_alone_is_found():
    def wrong(y, x):
        return right(y, x) if isinstance(x, float) else right(y, x).data * x / x.data

    right = TABLE["sin"].partials[0]
    with planted(TABLE["sin"], partials=(wrong,)), pytest.raises(Disagreement, match="by x0, x0: found"):
        check_a_hundred_points("sin")


# -- Against complex steps ---------------------------------------------------------------------------


def in_other_numbers(recipe, twice, leaves, functions):
    """The nodes of the graph computed once more, with these functions of these leaves; what was left out stays out."""
    nodes = list(leaves)
    for made, (name, line) in enumerate(recipe.lines, start=len(leaves)):
        node = twice.nodes[made]
        earlier = next((k for k in range(made) if twice.nodes[k] is node), None)
        operands = [nodes[v.number] if isinstance(v, Node) else v for v in line]
        nodes.append(functions[name](*operands) if earlier is None else nodes[earlier])
    return nodes


def test_a_thousand_gradients_are_those_of_a_complex_step():
    compared = 0
    for seed in range(some(1000)):
        recipe, _, _ = random_recipe(random.Random(f"complex {seed}"), rows=tuple(COMPLEX))
        plain = [v for _, line in recipe.lines for v in line if not isinstance(v, Node)]
        if not all(v == 0 or 1e-8 < abs(v) < 1e8 for v in [*recipe.leaves, *plain]):
            continue  # beside 1e-200 there must be room
        with mp.workdps(DIGITS):
            twice = both(recipe)
        root = twice.nodes[-1]
        try:
            found = gradients(root)
        except DomainError:
            continue
        for index, leaf in enumerate(twice.nodes[: len(recipe.leaves)]):
            moved = [complex(x, 1e-200 * (k == index)) for k, x in enumerate(recipe.leaves)]
            try:
                step = in_other_numbers(recipe, twice, moved, COMPLEX)[-1].imag * 1e200
                allowed = bound_of(grad(root, leaf), twice.bounds, stated_error(root))
            except (ArithmeticError, ValueError, DomainError):
                continue
            if allowed is not None and math.isfinite(step):
                largest = max(abs(found.get(leaf, 0.0)), abs(step))
                assert abs(step - found.get(leaf, 0.0)) <= 10 * allowed + 1e-11 * largest + 1e-100, recipe
                compared += 1
    assert compared > some(1000)


# -- Against PyTorch ---------------------------------------------------------------------------------

TORCH_ALIKE = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "abs", "neg", "expm1", "xlogy", "sign")
# step, above, monomial, portion, exp_less, sigmoid_less are only met inside others: PyTorch has no function of theirs.


def torch_functions(torch):
    """Each row as PyTorch has it; in double precision throughout."""
    functional = torch.nn.functional

    def number(x):
        return x if isinstance(x, torch.Tensor) else torch.tensor(float(x), dtype=torch.float64)

    def of_numbers(function):
        return lambda *args: function(*map(number, args))

    found = {name: of_numbers(getattr(torch, name)) for name in TORCH_ALIKE}
    found |= {
        name: of_numbers(getattr(torch, name)) for name in ("add", "sub", "mul", "div", "pow", "maximum", "minimum")
    }
    found["softplus"] = of_numbers(lambda x: functional.softplus(x, threshold=1e9))
    found["leaky_relu"] = of_numbers(lambda x, slope: torch.where(x > 0, x, slope * x))
    found["elu"] = of_numbers(lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(torch.where(x > 0, x * 0, x))))
    found["affine"] = of_numbers(
        lambda *args: sum(map(torch.mul, args[0::2], args[1::2]), args[-1] if len(args) % 2 else number(0))
    )
    found["total"] = of_numbers(lambda *args: torch.stack(args).sum())
    found["logaddexp"] = of_numbers(torch.logaddexp)
    found["logsumexp"] = of_numbers(lambda *args: torch.logsumexp(torch.stack(args), 0))
    for name, loss in {
        "mean_squared_error": functional.mse_loss,
        "max_margin": lambda s, t: torch.relu(1 - t * s).mean(),
        "binary_cross_entropy": lambda z, t: (functional.softplus(z, threshold=1e9) - t * z).mean(),
        "cross_entropy": functional.cross_entropy,
    }.items():
        found[name] = of_numbers(lambda *args, loss=loss: loss(*map(torch.stack, halves(args))))
    found["huber"] = lambda *args: functional.huber_loss(
        *(torch.stack(list(map(number, half))) for half in halves(args[:-1])), delta=args[-1]
    )
    found["mean"] = of_numbers(lambda *args: torch.stack(args).mean())
    found["half_squared_error"] = of_numbers(
        lambda *args: functional.mse_loss(*map(torch.stack, halves(args)), reduction="sum") / 2
    )
    return found


def test_eight_hundred_graphs_have_the_three_derivatives_of_pytorch_also_at_kinks():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: the comparison with it is left out")
    functions = torch_functions(torch)
    compared = dict.fromkeys((1, 2, 3), 0)
    for seed in range(800):
        recipe, moved, highest = random_recipe(random.Random(f"torch {seed}"), rows=tuple(functions))
        with mp.workdps(DIGITS):
            twice = both(recipe)
        y, allowed = twice.nodes[-1], 0.0
        leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in recipe.leaves]
        its = in_other_numbers(recipe, twice, leaves, functions)[-1]
        for order in range(1, highest + 1):
            if order > 1 and twice.kinks.intersection(topological_order(twice.nodes[-1])):
                break
            index = moved[order - 1]
            try:
                allowed = max(allowed, stated_error(y))
                y = grad(y, twice.nodes[index])
            except DomainError:
                break
            if not its.requires_grad:
                assert y.data == 0.0
                break
            (its,) = torch.autograd.grad(its, leaves[index], create_graph=True, allow_unused=True)
            its = torch.tensor(0.0, dtype=torch.float64) if its is None else its
            bound = bound_of(y, twice.bounds, allowed)
            if bound is None or not math.isfinite(its.item()) or not math.isfinite(y.data):
                break
            assert abs(y.data - its.item()) <= 10 * bound + 1e-12 * abs(y.data) + TINY, (seed, order, recipe)
            compared[order] += 1
    assert min(compared.values()) > 100
    assert isinstance(y, Value)
