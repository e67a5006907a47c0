"""The layout of our own: nothing overlaps, edges lead from left to right and through no card, boxes hold their own."""

import itertools
import random

import pytest

from autograd import Value, page
from autograd.drawing import renderers
from autograd.drawing.columns import Corner, Size, Spacing, Wire
from autograd.drawing.layered import curve, layered, layout_work
from autograd.errors import RenderError

SPACING = Spacing(beside=40, below=12, margin=10, above=14)


def drawn(seed):
    """Return random cards, wires between them with and without labels, and boxes in boxes."""
    dice = random.Random(seed)
    count = dice.randint(1, 30)
    cards = [Size(dice.randint(30, 120), dice.randint(20, 80)) for _ in range(count)]
    labels = dice.random() < 0.5
    wires = []
    for end in range(1, count):
        for start in dice.sample(range(end), min(end, dice.randint(0, 3))):
            label = Size(dice.randint(10, 50), 12) if labels and dice.random() < 0.8 else None
            wires += [Wire(start, end, label)] * dice.choice((1, 1, 1, 2))
    boxes = [f"box {at}" for at in range(dice.randint(0, 5))]
    within = {box: dice.choice([None, *boxes[:at]]) for at, box in enumerate(boxes)}
    homes = {}
    for box in boxes:  # neighbors in the order, as the nodes of a neuron are, and now and then scattered ones
        first = dice.randrange(count)
        chosen = range(first, min(count, first + dice.randint(1, 4))) if dice.random() < 0.8 else [first, count - 1]
        homes |= dict.fromkeys(chosen, box)
    return cards, wires, homes, within


def overlap(a, b):
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def around(box, inner, slack=1e-6):
    return (
        box.x <= inner.x + slack
        and box.y <= inner.y + slack
        and inner.x + inner.width <= box.x + box.width + slack
        and inner.y + inner.height <= box.y + box.height + slack
    )


def along(route):
    """Yield points on a route as it is drawn."""
    for a, b in itertools.pairwise(route):
        for step in range(21):
            t = step / 20
            s = 1 - t
            middle = (a.x + b.x) / 2
            x = s**3 * a.x + 3 * s * s * t * middle + 3 * s * t * t * middle + t**3 * b.x
            yield x, s * s * (s + 3 * t) * a.y + t * t * (t + 3 * s) * b.y


@pytest.mark.parametrize("seed", range(150))
def test_every_card_wire_label_and_box_has_its_place(seed):
    cards, wires, homes, within = drawn(seed)
    laid = layered(cards, wires, SPACING, homes, within)
    assert [(place.width, place.height) for place in laid.cards] == [(size.width, size.height) for size in cards]
    for a, b in itertools.combinations(laid.cards, 2):
        assert not overlap(a, b)
    chains = {card: [] for card in range(len(cards))}
    for card in homes:
        box = homes[card]
        while box is not None:
            chains[card].append(box)
            box = within[box]
    for box, place in laid.boxes.items():
        assert around(type(place)(0, 0, laid.width, laid.height), place)
        for card, card_place in enumerate(laid.cards):
            assert around(place, card_place) if box in chains[card] else not overlap(place, card_place)
    for wire, route, middle in zip(wires, laid.routes, laid.labels):
        start, end = laid.cards[wire.start], laid.cards[wire.end]
        assert start.x + start.width < end.x
        assert route[0] == pytest.approx((start.x + start.width, start.y + start.height / 2))
        assert route[-1].x == pytest.approx(end.x)
        assert end.y < route[-1].y < end.y + end.height
        for x, y in along(route):
            assert not any(
                c.x + 1e-6 < x < c.x + c.width - 1e-6 and c.y + 1e-6 < y < c.y + c.height - 1e-6 for c in laid.cards
            )
        assert (middle is None) == (wire.label is None)
    labels = [
        type(laid.cards[0])(middle.x - wire.label.width / 2, middle.y - wire.label.height / 2, *wire.label)
        for wire, middle in zip(wires, laid.labels)
        if middle is not None
    ]
    for at, label in enumerate(labels):
        assert not any(overlap(label, other) for other in [*laid.cards, *labels[:at]])
        assert around(type(label)(0, 0, laid.width, laid.height), label)


def test_a_box_that_another_card_belongs_in_the_middle_of_is_left_out():
    wires = [Wire(0, 1), Wire(1, 2)]
    laid = layered([Size(40, 20)] * 3, wires, SPACING, {0: "a", 2: "a", 1: "b"}, {"a": None, "b": None})
    assert "a" not in laid.boxes
    alone = layered([Size(40, 20)] * 3, wires, SPACING, {0: "a", 1: "a"}, {"a": None})
    assert list(alone.boxes) == ["a"]


def test_two_rows_that_need_not_cross_do_not():
    wires = [Wire(0, 2), Wire(1, 3), Wire(2, 4), Wire(3, 5), Wire(4, 6), Wire(5, 6)]
    laid = layered([Size(40, 20)] * 7, wires, SPACING)
    rows = [[laid.cards[card].y for card in row] for row in ((0, 2, 4), (1, 3, 5))]
    assert all(a < b for a, b in zip(*rows)) or all(a > b for a, b in zip(*rows))


def test_a_chain_is_level():
    laid = layered([Size(40, 20)] * 50, [Wire(at, at + 1) for at in range(49)], SPACING)
    assert {round(card.y, 6) for card in laid.cards} == {0.0}
    assert laid.height == 20


def test_the_lines_of_one_card_share_their_lanes():
    wires = [Wire(at, at + 1) for at in range(100)] + [Wire(0, at) for at in range(2, 101)]
    program, ours = layout_work(101, [(wire.start, wire.end) for wire in wires])
    assert program > 9_000
    assert ours == 101 + 100 + 99


def test_a_path_begins_and_ends_where_its_route_does():
    path = curve([Corner(1, 2), Corner(5, 2), Corner(9, 7)])
    assert path.startswith("M1.0,2.0")
    assert path.endswith("9.0,7.0")


def recurrent(steps):
    w, u, b, h = (Value(0.5, label=name) for name in "wubh")
    for at in range(steps):
        h = (w * h + u * Value(float(at), label=f"x{at}") + b).tanh()
    return h


def test_a_page_needs_no_program(monkeypatch):
    monkeypatch.setattr(renderers, "find", lambda _: None)
    assert '"x3"' in str(page(recurrent(4)))


def test_a_page_asks_no_program_for_what_would_take_it_long(monkeypatch):
    def never(*_):
        raise RenderError("asked")

    monkeypatch.setattr(renderers, "render", never)
    assert '"x74"' in str(page(recurrent(75)))
