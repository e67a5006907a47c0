"""One known mistake in a correct derivation: is its line found, and is it called by its name?

The figures are printed (`pytest tests/test_planted.py -rP`). `PLANTED_SHEETS=3000` runs as many of
each instead of the usual number.
"""

import os
from collections import Counter

import planted
import pytest

from autograd import mark

MORE = int(os.environ.get("PLANTED_SHEETS", "0"))


def line_of(marking):
    return [root.claim.line for root in marking.roots]


def test_correct_sheets_rounded_as_people_round_have_no_mistake():
    sheets = MORE or 1000
    accused = []
    for seed in range(sheets):
        written = planted.correct(seed)
        if mark(written.text).roots:
            accused.append(seed)
    print(f"correct sheets: {sheets}; false alarms: {len(accused)}")
    assert accused == []


def test_the_root_of_a_planted_mistake_is_found_and_its_kind_is_named():
    sheets = MORE or 500
    found, distinguishable, named = 0, 0, 0
    missed, unnamed = Counter(), Counter()
    for seed in range(sheets):
        written = planted.planted(seed)
        roots = mark(written.text).roots
        if [root.claim.line for root in roots[:1]] != [written.line]:
            missed[written.kind] += 1
            continue
        found += 1
        kinds = {mistake.kind for mistake in roots[0].diagnosis}
        # The very same thing may be what another mistake gives: then either name is right.
        if kinds & {written.kind, *written.same}:
            named += 1
        else:
            unnamed[written.kind, written.where] += 1
        distinguishable += 1
    print(f"planted mistakes: {sheets}; root found: {found} ({found / sheets:.1%}); missed: {dict(missed)}")
    print(f"kind named: {named} of {distinguishable} ({named / distinguishable:.1%}); unnamed: {dict(unnamed)}")
    assert found >= 0.99 * sheets
    assert named >= 0.95 * distinguishable


def test_a_random_wrong_number_is_seldom_given_a_name():
    sheets = MORE or 200
    found, named = 0, 0
    for seed in range(sheets):
        written = planted.unlisted(seed)
        roots = mark(written.text).roots
        if [root.claim.line for root in roots[:1]] == [written.line]:
            found += 1
            named += bool(roots[0].diagnosis)
    print(f"random wrong numbers: {sheets}; root found: {found}; named by coincidence: {named}")
    assert found >= 0.99 * sheets
    assert named <= 0.1 * found


@pytest.mark.parametrize("seed", range(3))
def test_the_generator_makes_the_same_sheet_again(seed):
    assert planted.planted(seed) == planted.planted(seed)
    assert planted.correct(seed) == planted.correct(seed)
