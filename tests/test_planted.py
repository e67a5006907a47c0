"""Known mistakes in correct derivations: is the line found, and is the mistake called by its name?

The figures are printed (`pytest tests/test_planted.py -rP`). `PLANTED_SHEETS=3000` runs as many of
each instead of the usual number.

A mistake is planted only where it can be seen: naive interval arithmetic on the figures as they are
written does not reach its number, and its formula is another one at three points near the sheet's own.
Two kinds are not distinguishable where they lead to the very same formula, or to a number that could
be the same by the rounding of the figures; then either name is right.
"""

import os
from collections import Counter

import planted
import pytest
from strategies import some

from autograd import mark

MORE = int(os.environ.get("PLANTED_SHEETS", "0"))


def lines_of(marking):
    return sorted({root.claim.line for root in marking.first_mistakes})


def share(part, whole):
    return f"{part} of {whole} ({part / whole:.1%})"


def test_correct_sheets_rounded_as_people_round_have_no_mistake():
    sheets = MORE or some(1000)
    accused = [seed for seed in range(sheets) if mark(planted.correct(seed).text).first_mistakes]
    print(f"correct sheets, rounded to 3-6 digits: {sheets}; false alarms: {len(accused)} {accused[:9]}")
    assert accused == []


def test_the_root_of_a_planted_mistake_is_found_and_its_kind_is_named():
    sheets = MORE or some(400)
    planted_of, found, alone, named, strictly, distinct = (Counter() for _ in range(6))
    for seed in range(sheets):
        written = planted.planted(seed)
        marking = mark(written.text)
        case = (written.where, written.kind)
        planted_of[case] += 1
        here = [root for root in marking.first_mistakes if root.claim.line == written.line]
        kinds = {mistake.kind for root in here for mistake in root.diagnosis}
        found[case] += bool(here)
        alone[case] += lines_of(marking) == [written.line]
        named[case] += bool(kinds & {written.kind, *written.same})
        if written.same <= {written.kind}:
            distinct[case] += 1
            strictly[case] += written.kind in kinds
    for case in sorted(planted_of):
        print(f"  {case[0]:10} {case[1]:20} found {found[case]}/{planted_of[case]}, named {named[case]}")
    all_of_them = planted_of.total()
    print(f"root found: {share(found.total(), all_of_them)}; and no other line: {share(alone.total(), all_of_them)}")
    print(f"kind named: {share(named.total(), all_of_them)}")
    print(f"where no other kind leads to the same: {share(strictly.total(), distinct.total())}")
    assert found.total() >= 0.99 * all_of_them
    assert alone.total() >= 0.99 * all_of_them
    assert named.total() >= 0.95 * all_of_them
    assert strictly.total() >= 0.95 * distinct.total()


def test_two_planted_mistakes_are_two_roots():
    sheets = MORE or some(100)
    wrong = [
        seed
        for seed in range(sheets)
        if lines_of(mark((written := planted.planted_twice(seed)).text)) != sorted(written.lines)
    ]
    print(f"two mistakes in a sheet: exactly both found in {share(sheets - len(wrong), sheets)}")
    assert len(wrong) <= 0.02 * sheets


def test_a_wrong_forward_formula_is_found_and_named_by_a_key():
    sheets = MORE or some(100)
    found = named = 0
    for seed in range(sheets):
        key, written = planted.planted_forward(seed)
        marking = mark(written.text, key=key)
        if lines_of(marking) == [written.line]:
            found += 1
            kinds = {mistake.kind for mistake in marking.first_mistakes[0].diagnosis}
            named += bool(kinds & {written.kind, *written.same})
    print(f"wrong forward formulas against a key: found, and no other: {share(found, sheets)}; named: {named}")
    assert found >= 0.98 * sheets
    assert named >= 0.95 * found


def test_a_random_wrong_number_is_seldom_given_a_name():
    sheets = MORE or some(200)
    found = named = 0
    for seed in range(sheets):
        written = planted.unlisted(seed)
        here = [root for root in mark(written.text).first_mistakes if root.claim.line == written.line]
        found += bool(here)
        named += any(root.diagnosis for root in here)
    print(f"random wrong numbers: found {share(found, sheets)}; called something by chance: {share(named, sheets)}")
    assert found >= 0.99 * sheets
    assert named <= 0.05 * sheets


@pytest.mark.parametrize("make", [planted.planted, planted.correct, planted.planted_twice, planted.planted_forward])
def test_the_generator_makes_the_same_sheet_again(make):
    assert [make(seed) for seed in range(3)] == [make(seed) for seed in range(3)]
