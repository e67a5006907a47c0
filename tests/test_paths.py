"""The paths from a node to an output: all of them, the largest of very many, and how they are told."""

import gc
import math
import re
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from strategies import examples, fractions, recipes

from autograd import (
    ArgumentError,
    DomainError,
    NotFoundError,
    OperandError,
    TooLargeError,
    Value,
    affine,
    half_squared_error,
    paths,
    total,
)
from autograd.formatting.terminal import WIDTH, width
from autograd.path_sums import ledger
from autograd.path_sums.search import MAX_PATHS


def network():
    """The 2-2-2 network of the numerical walkthrough, every node by its label."""
    numbers = {"I1": 0.05, "I2": 0.10, "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30}
    numbers |= {"w5": 0.40, "w6": 0.45, "w7": 0.50, "w8": 0.55}
    node = {name: Value(number) for name, number in numbers.items()}
    for out, weights, inputs in (
        ("h1", ("w1", "w2"), ("I1", "I2")),
        ("h2", ("w3", "w4"), ("I1", "I2")),
        ("o1", ("w5", "w6"), ("h1", "h2")),
        ("o2", ("w7", "w8"), ("h1", "h2")),
    ):
        node[f"net_{out}"] = affine([node[w] for w in weights], [node[x] for x in inputs])
        node[out] = node[f"net_{out}"].sigmoid()
    node["E1"], node["E2"] = half_squared_error(node["o1"], 0.01), half_squared_error(node["o2"], 0.99)
    node["E"] = node["E1"] + node["E2"]
    for name, value in node.items():
        value.label = name
    return node


def layered(width, depth):
    """A net of `depth` layers of `width` sums each, from one input to one output: width ** depth paths."""
    x = Value(1.0, "x")
    layer = [x * (0.5 + 0.01 * unit) for unit in range(width)]
    for row in range(1, depth):
        layer = [affine([0.3 + math.sin(row + 3 * unit + 7 * k) for k in range(width)], layer) for unit in range(width)]
    root = affine([1.0 - 0.1 * unit for unit in range(width)], layer)
    root.label = "E"
    return root, x


def listed_by_hand(root, start):
    """Every path as a tuple of (node, edge), found by trying them all: the definition, written out."""
    if root is start:
        return [()]
    return [
        (*path, (root, index))
        for index, (parent, _) in enumerate(root.edges())
        for path in listed_by_hand(parent, start)
    ]


def product_by_hand(path, one):
    product = one
    for node, index in reversed(path):
        product = product * node.edges()[index][1]
    return product


def edges(path):
    return tuple((edge.node, edge.index) for edge in path.edges)


def same(a, b):
    return a == b or (a != a and b != b)


# -- What a path is -----------------------------------------------------------------------------


def test_two_paths_lead_from_w1_to_the_error_one_through_each_output():
    node = network()
    found = paths(node["E"], node["w1"])
    chains = [" ".join(v.label for v in path.nodes) for path in found]
    assert chains == ["w1 net_h1 h1 net_o1 o1 E1 E", "w1 net_h1 h1 net_o2 o2 E2 E"]
    assert [round(path.product, 9) for path in found] == [0.000711650, -0.000523394]


def test_the_factors_are_the_local_derivatives_written_by_hand():
    node = network()
    value = {name: v.data for name, v in node.items()}
    through_o1 = paths(node["E"], node["w1"])[0]
    by_hand = [
        value["I1"],
        value["h1"] * (1 - value["h1"]),
        value["w5"],
        value["o1"] * (1 - value["o1"]),
        value["o1"] - 0.01,
        1,
    ]
    assert through_o1.factors == pytest.approx(by_hand, rel=1e-14)
    assert through_o1.product == pytest.approx(math.prod(by_hand), rel=1e-14)


def test_x_times_x_has_two_edges_and_so_two_paths():
    x = Value(3.0)
    found = paths(x * x, x)
    assert [(path.product, [edge.index for edge in path.edges]) for path in found] == [(3.0, [0]), (3.0, [1])]
    assert (found.count, found.total) == (2, 6.0)


def test_from_a_node_to_itself_leads_one_path_of_product_1():
    x = Value(3.0, "x")
    found = paths(x, x)
    assert [(path.nodes, path.edges, path.product) for path in found] == [((x,), (), 1.0)]
    assert (found.count, found.total, found.remainder) == (1, 1.0, 0.0)


@pytest.mark.parametrize("elsewhere", [Value(2.0, "w"), Value(2.0) * 3])
def test_what_the_output_does_not_depend_on_has_no_path_and_the_gradient_zero(elsewhere):
    root = Value(3.0, "x").tanh()
    found = paths(root, elsewhere)
    assert (len(found), found.count, found.total, found.remainder, found.complete) == (0, 0, 0.0, 0.0, True)
    assert "no path leads" in str(found)
    assert found.kept is None


def test_fractions_beyond_the_range_of_floats_are_in_order_too():
    x = Value(Fraction(1), "x")
    small = Fraction(1, 10**400)
    E = x * small + x * (3 * small) + x * (2 * small)
    for k in (1, 2, 3):
        assert [path.product for path in paths(E, x, k=k)] == [3 * small, 2 * small, small][:k]


def test_of_equal_products_the_one_that_backward_meets_first_comes_first():
    x = Value(1.0, "x")
    E = total([x * 1.0 for _ in range(6)])
    middle = [path.nodes[1] for path in paths(E, x, k=4)]
    assert middle == list(E.parents)[:4]


def test_the_two_ends_in_the_wrong_order_are_noticed():
    w = Value(2.0, "w")
    E = (w * 3).tanh()
    E.label = "E"
    assert "no path leads from E to w, only from w to E" in str(paths(w, E))
    assert "only" not in str(paths(w, Value(3.0, "v")))


def test_paths_may_begin_and_end_inside_the_graph():
    node = network()
    found = paths(node["o2"], node["h2"])
    assert [path.nodes for path in found] == [(node["h2"], node["net_o2"], node["o2"])]


# -- All of them --------------------------------------------------------------------------------


@examples(max_examples=150)
@given(recipes(), st.data())
def test_the_paths_are_those_found_by_trying_all_and_their_sum_is_the_gradient(recipe, data):
    nodes = recipe.build()
    root, start = nodes[-1], data.draw(st.sampled_from(nodes))
    try:
        root.backward()
        by_hand = {path: product_by_hand(path, 1.0) for path in listed_by_hand(root, start)}
    except DomainError:
        reject()
    assume(len(by_hand) < 400)
    found = paths(root, start)
    assert {edges(path) for path in found} == set(by_hand)
    assert len(found) == found.count == len(by_hand)
    assert all(same(path.product, by_hand[edges(path)]) for path in found)
    if by_hand:
        assert same(found.total, start.grad)
    if all(map(math.isfinite, by_hand.values())):
        magnitudes = [abs(path.product) for path in found]
        assert magnitudes == sorted(magnitudes, reverse=True)
        assert math.fsum(by_hand.values()) == pytest.approx(found.total, rel=1e-9, abs=1e-12 * (1 + found.magnitude))
        assert found.magnitude == pytest.approx(math.fsum(magnitudes), rel=1e-9)


@examples(max_examples=60)
@given(recipes(), st.integers(1, 6), st.data())
def test_the_k_largest_are_the_first_k_of_all(recipe, k, data):
    nodes = recipe.build()
    root, start = nodes[-1], data.draw(st.sampled_from(nodes))
    try:
        assume(len(listed_by_hand(root, start)) < 400)
        all_of_them = paths(root, start)
    except DomainError:
        reject()
    largest = paths(root, start, k=k)
    assert largest.count == len(all_of_them)
    ratio = [abs(a.product) / abs(b.product) for a, b in zip(largest, all_of_them) if b.product]
    assert len(largest) == min(k, len(all_of_them))
    assert all(not math.isfinite(each) or each == pytest.approx(1, rel=1e-12) for each in ratio)
    assert len({edges(path) for path in largest}) == len(largest)


@examples(max_examples=60)
@given(recipes(fractions, names=("add", "sub", "mul", "affine", "total", "neg")), st.data())
def test_with_fractions_the_sum_is_exact_and_so_is_the_order(recipe, data):
    nodes = recipe.build()
    root, start = nodes[-1], data.draw(st.sampled_from(nodes))
    assume(len(listed_by_hand(root, start)) < 400)
    found = paths(root, start)
    assert sum(path.product for path in found) == found.total
    assert [abs(path.product) for path in found] == sorted((abs(path.product) for path in found), reverse=True)


def test_fractions_too_near_to_be_told_apart_as_floats_are_told_apart():
    x = Value(Fraction(1), "x")
    smaller, larger = Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**30)
    found = paths(x * smaller + x * larger, x)
    assert float(smaller) == float(larger)
    assert [path.product for path in found] == [larger, smaller]
    assert str(found.total) in str(found) or "≈" in str(found)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_largest_of_fractions_beyond_every_float_are_found(k):
    huge, tiny = Fraction(3) ** 3000, Fraction(1, 3) ** 3000
    factors = [tiny * huge * 5, huge * 7, huge * tiny, -huge * 8, tiny * 9, tiny * -10]
    x = Value(Fraction(1), "x")
    y = total([x * (factor / 11) * 11 for factor in factors])
    assert [path.product for path in paths(y, x, k=k)] == sorted(factors, key=abs, reverse=True)[:k]


@pytest.mark.parametrize("swap", [False, True])
def test_products_that_pass_through_the_unreachable_are_compared_by_what_they_come_to(swap):
    x = Value(1.0, "x")
    down_and_up, up_and_down = x, x
    for _ in range(5):
        down_and_up, up_and_down = down_and_up * 1e-150, up_and_down * 1e150
    for _ in range(5):
        down_and_up, up_and_down = down_and_up * 1e150, up_and_down * 1e-150
    routes = [down_and_up * 2.0, up_and_down * 3.0, x * 2.5]
    [largest] = paths(total(routes[::-1] if swap else routes), x, k=1)
    assert up_and_down in largest.nodes


def test_the_total_is_to_the_last_bit_what_backward_gives():
    node = network()
    node["E"].backward()
    for name in ("w1", "w2", "w3", "w8", "I1", "I2", "h1"):
        assert paths(node["E"], name).total == node[name].grad


def test_where_every_path_is_listed_nothing_remains_not_even_rounding():
    x = Value(1.0, "x")
    found = paths(x * 0.1 + x * 0.2 + x * 0.3, x)
    assert found.total != sum(path.product for path in found)
    assert found.remainder == 0


def test_nothing_in_the_graph_is_changed():
    node = network()
    before = [v.grad for v in node.values()]
    found = paths(node["E"], "w1")
    str(found), found.total, found.magnitude, found.count
    assert all(v.grad is grad for v, grad in zip(node.values(), before))


# -- The largest of very many -------------------------------------------------------------------


def test_the_5_largest_of_more_than_10_to_the_12_paths_are_found():
    root, x = layered(32, 8)
    found = paths(root, x, k=5)
    assert (len(found), found.count) == (5, 32**8)
    magnitudes = [abs(path.product) for path in found]
    assert magnitudes == sorted(magnitudes, reverse=True)
    assert found.remainder == found.total - sum(path.product for path in found)
    # The largest there is: by the plain recursion for a maximum over paths.
    best = {x: 1.0}

    def largest(node):
        if node not in best:
            best[node] = max(abs(local) * largest(parent) for parent, local in node.edges())
        return best[node]

    assert magnitudes[0] == pytest.approx(largest(root), rel=1e-12)


def test_the_5_largest_of_a_small_net_are_those_of_the_whole_list():
    root, x = layered(5, 4)
    everything = sorted((abs(product_by_hand(path, 1.0)) for path in listed_by_hand(root, x)), reverse=True)
    assert len(everything) == 625
    for k in (1, 2, 5, 100, 624, 625, 1000):
        found = [abs(path.product) for path in paths(root, x, k=k)]
        assert found == pytest.approx(everything[:k], rel=1e-12)


def test_no_product_is_too_small_or_too_large_to_be_put_in_order():
    for tiny in (1e-200, 1e200):
        x = Value(1.0, "x")
        left, right = x, x
        for step in range(40):
            left, right = left * (tiny * 1.5 if step == 7 else tiny), right * tiny
        found = paths(right + left + x * 0.0, x)
        assert [path.product in (0.0, math.inf) for path in found] == [True] * 3
        assert left in found[0].nodes
        assert right in found[1].nodes
        assert found[2].product == 0.0


def test_products_that_differ_in_the_last_bit_are_in_order_too():
    x = Value(1.0, "x")
    found = paths(x * 0.3 * 0.2 * 0.7 + x * 0.2 * 0.3 * 0.7, x)
    assert [path.product for path in found] == [0.042, 0.041999999999999996]


def test_a_product_that_is_no_number_comes_first():
    x = Value(1.0, "x")
    found = paths(x * 1e300 + x * math.nan + x * 2.0, x, k=2)
    assert math.isnan(found[0].product)
    assert found[1].product == 1e300


def test_what_has_the_same_magnitude_has_the_same_order_every_time():
    x = Value(2.0, "x")
    y = x * x * x + x * 4 - x * 4
    orders = {tuple(edges(path) for path in paths(y, x)) for _ in range(5)}
    assert len(orders) == 1
    assert tuple(edges(path) for path in paths(y, x, k=3)) == next(iter(orders))[:3]


def test_a_long_chain_of_operations_is_one_path_and_leaves_memory_again():
    length = 200_000  # a thousand times what recursion could do; tests/benchmarks/paths_ratio.py does a million
    x = v = Value(0.5, "x")
    for _ in range(length):
        v = v * (1 + 1 / length)
    found = paths(v, x, k=1)
    assert (len(found), found.count, len(found[0].factors)) == (1, 1, length)
    assert found[0].product == found.total == pytest.approx(math.e, rel=1e-4)
    del found, v


def test_paths_that_are_dropped_leave_nothing_to_the_cyclic_collector():
    root, x = layered(3, 3)
    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            found = paths(root, x)
            str(found), found.count, found.total
            del found
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_counting_needs_no_listing_however_many_there_are():
    x = v = Value(1e-9, "x")
    for _ in range(20_000):
        v = v + v
    found = paths(v, x, k=2)
    assert found.count == 2**20_000
    assert "about 3.98 × 10⁶⁰²⁰ paths" in str(found)


def test_many_paths_are_refused_at_once_naming_k():
    root, x = layered(32, 8)
    with pytest.raises(TooLargeError, match=r"more than 10,000 paths lead from x to E.*k=5"):
        paths(root, x)


def test_more_than_the_limit_are_refused_also_where_a_node_on_the_way_has_just_as_many():
    x = Value(1.0, "x")
    just_as_many = affine([0.5] * 100, [affine([0.25] * 100, [x] * 100)] * 100)
    with pytest.raises(TooLargeError, match="k=5"):
        paths(just_as_many * 2.0 + x * 3.0, x)


def test_exactly_the_limit_is_still_listed():
    x = Value(1.0, "x")
    wide = affine([1.0] * 100, [x] * 100)
    assert MAX_PATHS == 100 * 100
    assert len(paths(affine([0.5] * 100, [wide] * 100), x)) == MAX_PATHS
    with pytest.raises(TooLargeError):
        paths(affine([0.5] * 101, [wide] * 101), x)


# -- What cannot be meant -----------------------------------------------------------------------


@pytest.mark.parametrize("k", [0, -1, 2.5, "3", True, math.nan])
def test_k_is_a_number_of_paths(k):
    x = Value(1.0)
    with pytest.raises(ArgumentError, match=f"a whole number from 1, not {k!r}"):
        paths(x + x, x, k=k)


@pytest.mark.parametrize("start", [3, None, ["x"], 2.0])
def test_a_start_is_a_value_or_a_label(start):
    x = Value(1.0)
    with pytest.raises(OperandError, match="itself or by its label"):
        paths(x + x, start)


@pytest.mark.parametrize("end", [3, None, "E", [Value(1.0)]])
def test_an_end_is_a_value(end):
    with pytest.raises(OperandError, match="starts at a Value"):
        paths(end, Value(1.0))


def test_a_label_that_is_not_there_is_answered_with_one_that_is():
    node = network()
    assert paths(node["E"], "w1").start is node["w1"]
    with pytest.raises(NotFoundError, match=r"'w11'; did you mean w1"):
        paths(node["E"], "w11")
    with pytest.raises(NotFoundError, match=r"'bias'; give the node itself"):
        paths(node["E"], "bias")


def test_a_label_of_two_nodes_is_refused():
    a, b = Value(1.0, "w"), Value(2.0, "w")
    with pytest.raises(ArgumentError, match="2 nodes are called 'w'"):
        paths(a * b, "w")


def test_a_node_without_a_label_is_found_by_what_views_call_it():
    x = Value(2.0, "x")
    found = paths((x * x).tanh(), "v1")
    assert found.start.op.name == "mul"


def test_a_derivative_on_the_way_that_does_not_exist_is_named():
    x = Value(0.0, "x")
    with pytest.raises(DomainError, match="sqrt of x = 0 has no derivative"):
        paths(x.sqrt() * 2, x)


def test_a_derivative_elsewhere_that_does_not_exist_leaves_the_path_and_takes_the_sum():
    x, b = Value(0.0, "x"), Value(1.0, "b")
    found = paths(x.sqrt() + b, b)
    assert [path.product for path in found] == [1.0]
    with pytest.raises(DomainError, match="sqrt of x = 0"):
        found.total  # noqa: B018 -- it is asked for
    assert "The sum does not exist: sqrt of x = 0 has no derivative" in str(found)
    assert found._repr_html_()
    assert found._repr_markdown_()


# -- Cancelling ---------------------------------------------------------------------------------


def test_the_two_paths_of_w1_leave_15_percent_of_their_magnitude():
    node = network()
    found = paths(node["E"], "w1")
    assert found.kept == pytest.approx(0.1524, abs=1e-4)
    assert "The paths cancel" in str(found)
    assert "15.2 % is left" in str(found)


def test_paths_of_one_sign_do_not_cancel():
    x = Value(2.0, "x")
    found = paths(x * x + x, x)
    assert found.kept == 1
    assert "cancel" not in str(found)


def test_a_sum_that_rounding_has_eaten_into_says_how_far():
    x = Value(1.0, "x")
    found = paths(x * (1 + 1e-9) - x * 1.0, x)
    assert found.kept == pytest.approx(5e-10, rel=1e-3)
    assert "About 9 of the 16 digits of the sum are lost to rounding" in " ".join(str(found).split())


def test_paths_that_cancel_completely_are_told_so():
    x = Value(3.0, "x")
    found = paths(x * 2 - x * 2, x)
    assert (found.total, found.kept) == (0.0, 0.0)
    assert "nothing is left" in str(found)


def test_what_paths_of_different_length_share_is_found_where_it_is():
    w = Value(2.0, "w")
    short, long = w * 3.0, (w * 0.5).tanh().exp()
    y = short + long
    E = y * 5.0
    for found in (paths(E, w), paths(long + short, w)):
        shared = [edge.node for edge in found.shared]
        assert shared == ([E] if found.end is E else [])
    assert [len(path.edges) for path in paths(E, w)] in ([3, 5], [5, 3])


def test_how_much_cancels_is_known_without_listing():
    root, x = layered(5, 4)
    products = [product_by_hand(path, 1.0) for path in listed_by_hand(root, x)]
    found = paths(root, x, k=1)
    assert found.magnitude == pytest.approx(math.fsum(map(abs, products)), rel=1e-12)
    assert found.kept == pytest.approx(abs(math.fsum(products)) / math.fsum(map(abs, products)), rel=1e-9)


# -- The ledger ---------------------------------------------------------------------------------


def test_the_ledger_of_w1_reads_like_the_walkthrough():
    node = network()
    assert str(paths(node["E"], "w1")).splitlines() == [
        "∂E/∂w1 = 0.0001882557: 2 paths lead from w1 to E",
        "",
        "path 1, through o1",
        "  w1 → net_h1 → h1 → net_o1 → o1 → E1 → E",
        "  ∂E/∂E1   ∂E1/∂o1       ∂o1/∂net_o1   ∂net_o1/∂h1   ∂h1/∂net_h1   ∂net_h1/∂w1",
        "  1      · (o1 − 0.01) · o1·(1 − o1) · w5          · h1·(1 − h1) · I1",
        "  1      × 0.596478    × 0.238662    × 0.4         × 0.249953    × 0.05",
        "  = +0.0007116498",
        "",
        "path 2, through o2",
        "  w1 → net_h1 → h1 → net_o2 → o2 → E2 → E",
        "  ∂E/∂E2   ∂E2/∂o2       ∂o2/∂net_o2   ∂net_o2/∂h1   ∂h1/∂net_h1   ∂net_h1/∂w1",
        "  1      · (o2 − 0.99) · o2·(1 − o2) · w7          · h1·(1 − h1) · I1",
        "  1      × −0.359519   × 0.232975    × 0.5         × 0.249953    × 0.05",
        "  = −0.0005233941",
        "",
        "  through o1  +0.0007116498",
        "  through o2  −0.0005233941",
        "              ─────────────",
        "  ∂E/∂w1      +0.0001882557",
        "",
        "Both paths share ∂h1/∂net_h1 · ∂net_h1/∂w1:",
        "  (0.0569427 − 0.0418794) × 0.249953 × 0.05 = 0.0001882557",
        "The paths cancel: of their magnitudes, 0.00123504 in all, 15.2 % is left.",
    ]


def test_the_figures_that_are_asked_for_are_there():
    node = network()
    text = str(paths(node["E"], node["w1"]))
    for figure in ("+0.000711649", "−0.000523394", "0.000188255"):
        assert figure in text


def test_a_single_path_needs_no_sum():
    node = network()
    text = str(paths(node["E"], "w5"))
    assert "one path leads from w5 to E" in text
    assert text.splitlines()[-1] == "  1      × 0.596478    × 0.238662    × 0.506875 = +0.07215707"
    assert "path 1" not in text


def test_paths_by_two_edges_of_a_node_are_told_by_the_operand():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    assert ledger.through(paths(y, x)) == ["through operand 1 of y", "through operand 2 of y"]


def test_paths_that_no_one_node_tells_apart_are_told_by_several():
    node = network()
    assert ledger.through(paths(node["E"], "I1")) == [
        "through h2, o1",
        "through h2, o2",
        "through h1, o1",
        "through h1, o2",
    ]


def test_a_node_that_is_on_one_path_alone_is_enough_to_tell_it():
    x = Value(2.0, "x")
    a, d = x * 3, x * 0.1
    b, c = a * 2, a * 1.5
    E = b + c + d
    for name, node in {"a": a, "b": b, "c": c, "d": d, "E": E}.items():
        node.label = name
    assert ledger.through(paths(E, x)) == ["through b", "through c", "through d"]


def test_of_some_of_very_many_the_others_are_one_row():
    root, x = layered(32, 8)
    lines = str(paths(root, x, k=2)).splitlines()
    assert " ".join(lines[:2]).endswith("1,099,511,627,776 paths lead from x to E, here the 2   largest")
    assert any(line.startswith("  1,099,511,627,774 others") for line in lines)


def test_many_listed_paths_are_rows_and_the_smallest_of_them_one():
    root, x = layered(5, 4)
    found = paths(root, x)
    rows = ledger.entries(found)
    assert [row.label for row in rows[-2:]] == ["606 smaller", "∂E/∂x"]
    assert len(rows) == ledger.ROWS + 1
    assert math.fsum(row.amount for row in rows[:-1]) == pytest.approx(found.total, rel=1e-9)
    assert len(str(found).splitlines()) < 40


def test_no_line_of_a_ledger_is_wider_than_a_screen_and_its_columns_stand_below_one_another():
    x = v = Value(0.5, "a_rather_long_label_of_a_leaf_that_goes_on")
    for step in range(30):
        v = v.tanh() if step % 2 else v * x
        v.label = f"node_number_{step}"
        lines = str(paths(v, x, k=4)).splitlines()
        assert all(width(line) <= WIDTH for line in lines)
    for length in range(2, 24):
        short = tanh = Value(0.5, "x" * length)
        for step in range(5):
            tanh = tanh.tanh()
            tanh.label = f"{step}" * length
        assert all(width(line) <= WIDTH for line in str(paths(tanh, short)).splitlines())
    begun = [at for at, line in enumerate(lines) if line.startswith("   ∂")]
    assert len(begun) > 4
    for at in begun:
        joints = [
            [match.start() for match in re.finditer(joint, lines[at + row])] for row, joint in ((1, " · "), (2, " × "))
        ]
        assert joints[0][1:] == joints[1][1:]


def test_a_path_is_told_in_one_line():
    node = network()
    assert repr(paths(node["E"], "w5")[0]) == "w5 → net_o1 → o1 → E1 → E: +0.07215707"


def test_a_very_long_path_is_told_by_its_ends():
    x = v = Value(0.5, "x")
    for _ in range(20_000):
        v = v * 1.0
    text = str(paths(v, x, k=1))
    assert len(text) < 5000
    assert "more …" in text


def test_any_label_is_safe_in_html_and_on_a_terminal():
    x = Value(2.0, '<script>"&\x1b[31m\u202e')
    y = x * x
    y.label = "a|b*c"
    found = paths(y, x)
    tree = ET.fromstring(found._repr_html_())  # noqa: S314 -- our own
    assert tree.find(".//script") is None
    assert '<script>"&\\x1b[31m\\u202e→a|b*c' in "".join(tree.itertext())
    assert "\x1b" not in str(found)
    assert r"a&#124;b\*c" in found._repr_markdown_()


def test_the_markdown_has_the_chain_rule_as_a_formula():
    node = network()
    text = paths(node["E"], "w5")._repr_markdown_()
    assert r"&\frac{\partial E}{\partial E_{1}} \cdot \frac{\partial E_{1}}{\partial o_{1}}" in text
    assert r"&= 1 \cdot \left(o_{1} - 0.01\right) \cdot o_{1} \cdot \left(1 - o_{1}\right) \cdot h_{1}" in text
    assert r"&= 1 \times 0.596478 \times 0.238662 \times 0.506875 \\" in text
    assert "&= 0.07215707" in text
    assert "| ∂E/∂w1 | +0.0001882557 |" in paths(node["E"], "w1").to_markdown()


def test_the_html_has_a_colour_for_each_path_and_the_sum_below():
    node = network()
    tree = ET.fromstring(paths(node["E"], "w1")._repr_html_())  # noqa: S314 -- our own
    rows = tree.findall(".//tr")
    assert [row.findall("td")[1].text for row in rows] == ["+0.0007116498", "−0.0005233941", "+0.0001882557"]
    assert [row.get("class") for row in rows] == [None, None, "total"]
    assert [span.get("class") for span in tree.findall(".//td/span")] == ["path-0", "path-1"]
