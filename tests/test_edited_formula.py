"""An edited formula evaluated along its spine gives what the whole edited tree gives, bit for bit."""

from itertools import chain, islice

import pytest
from hypothesis import assume, given
from strategies import NAMES, examples, formulas, sheet_of

from autograd.claims.interpreter import Evaluation
from autograd.claims.tree import NOWHERE, DerivativeNode, NameNode, walk
from autograd.errors import ChalkgradError
from autograd.marking import formula_edits
from autograd.marking.calculator_modes import other_functions
from autograd.marking.edited_formula import EditedFormula
from autograd.marking.tree_parts import share_repeated
from autograd.sheet.sheet import Sheet

MAX_TRIED = 400  # edits of one formula


def every_edit(formula, sheet):
    factors = [NameNode("h1", NOWHERE), *formula.parts.order[:3]]
    return chain(
        formula_edits.edits_as_written(formula, sheet, NAMES),
        formula_edits.further_edits(formula, sheet, factors, inside=NAMES),
        formula_edits.interchanged(formula),
        other_functions(formula),
    )


def points(sheet):
    try:
        return [Evaluation(sheet, {**sheet.givens, "a": a}) for a in (0.3, 0.71)]
    except ChalkgradError:
        return []


@given(formulas())
@examples(max_examples=150)
def test_the_spine_gives_what_the_whole_edited_formula_gives(text):
    sheet = Sheet.parse(sheet_of("a") + f"\nz = a = {text}")
    tree = sheet.claims[-1].segment.tree
    assume(len(walk(tree)) > 1)
    for reading in filter(None, (tree, share_repeated(tree))):
        formula = EditedFormula(reading)
        for edit in islice(every_edit(formula, sheet), MAX_TRIED):
            for point in points(sheet):
                assert edit.number(point) == point.try_number(edit.tree), (text, str(edit.undone))
        for point in points(sheet):
            assert formula.number({}, point) == point.try_number(reading)


def test_a_part_that_cannot_be_computed_counts_only_where_it_is_left():
    sheet = Sheet.parse("a = 2; y = a; z = a = ln(a - 2) + a")
    tree = sheet.claims[-1].segment.tree
    formula = EditedFormula(tree)
    point = Evaluation(sheet, sheet.givens)
    assert formula.number({}, point) is None
    assert formula.number({id(tree.right): tree.left}, point) is None
    assert formula.number({id(tree.left): tree.right}, point) == 4


def test_a_derivative_in_an_edited_formula_is_that_of_the_point():
    sheet = Sheet.parse("a = 2; y = a^3; z = a = dy/da*a")
    tree = sheet.claims[-1].segment.tree
    formula = EditedFormula(tree)
    put_in = {id(tree.right): DerivativeNode("y", "a", NOWHERE)}
    for point in (Evaluation(sheet, {"a": a}) for a in (2.0, 3.0)):
        a = point.values["a"].data
        assert formula.number({}, point) == 3 * a**3
        assert formula.number(put_in, point) == 9 * a**4


def test_every_term_of_a_sum_is_edited_alike():
    sheet = Sheet.parse(sheet_of("sum(x[i]*w[i] for i in 1..3)"))
    formula = EditedFormula(sheet.definitions["y"].tree)
    first = formula.parts.tree.args[0]
    replaced = formula.parts.replacing(first, first.left)
    point = Evaluation(sheet, sheet.givens)
    assert len(replaced) == 3
    assert formula.number(replaced, point) == pytest.approx(0.3 + 0.5 + 0.7)
    assert point.try_number(formula.parts.with_replaced(replaced)) == formula.number(replaced, point)
