"""The formula that a person would write for a derivative: one step of the chain rule, by name.

dE/dw is the sum over the names n that w is used in of dE/dn · ∂n/∂w, and ∂n/∂w comes from the line of n. So dE/dh1
becomes dE/dnet_o1·w5 + dE/dnet_o2·w7, and dh1/dnet_h1 becomes h1·(1 − h1). Where the whole derivative is as short as
p − y, that is the formula.
"""

from __future__ import annotations

from functools import reduce
from itertools import islice, pairwise, permutations
from typing import TYPE_CHECKING

from autograd.claims import tree as syntax
from autograd.claims.interpreter import FUNCTIONS
from autograd.claims.sampling import CLOSE, agree
from autograd.claims.tree import NOWHERE, BinaryNode, CallNode, NameNode, walk
from autograd.marking.budget import DiagnosisBudget
from autograd.marking.line_derivative import LineDerivative, as_tree, derivative_node, product
from autograd.marking.tidy import Tidier, tidied
from autograd.symbolic.expr import Symbol
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from autograd.claims.sampling import SamplePoints
    from autograd.claims.tree import Node

MAX_TERMS = 12  # of the sum over the names that one name is used in
MAX_PARTS = 200  # of a formula that somebody reads
MAX_DIFFERENCE = 30  # names of which every difference is tried
MAX_NAMES = 60  # that may stand for a part of a formula
MIN_NAMED = 4  # parts of what is written by its name: σ(w·x) as h, and x² as it is
PART = 10  # nodes: about the work of one part of a line that is differentiated, or of a formula that is tidied
DIFFERENCES = 300  # nodes: about the work of trying all of them
SHORT = 3  # parts of a difference; no other formula is looked for where there are fewer

_INPUT = "(input)"  # a name that no sheet can have


def expected_formula(samples: SamplePoints, of: str, by: str, budget: DiagnosisBudget | None = None) -> Node | None:
    """Return what a person would write for dY/dX: one step of the chain rule, or p − y where it is as short as that.

    None where there is no short formula. The work is counted in the budget.

    >>> from autograd.marking.messages import formula_text
    >>> from autograd.sheet.sheet import Sheet
    >>> from autograd.claims.sampling import SamplePoints
    >>> samples = SamplePoints(Sheet.parse("x = 3; w = 2; t = 1; z = w*x; p = σ(z); E = -t*ln(p) - (1 - t)*ln(1 - p)"))
    >>> formula_text(expected_formula(samples, "E", "w")), formula_text(expected_formula(samples, "p", "z"))
    ('dE/dz·x', 'p·(1 − p)')
    >>> formula_text(expected_formula(samples, "E", "z"))
    'p − t'
    """
    budget = budget or DiagnosisBudget()
    step = chain_rule_step(samples, of, by, budget)
    if step is None or len(walk(step)) < SHORT or samples.is_constant(of, by) or _has_kink(step):
        return step
    budget.spend(DIFFERENCES)
    return _difference(samples, of, by) or step


def _has_kink(tree: Node) -> bool:
    """Return whether a formula has a function that says on which side of a kink it is, such as step."""
    return any(isinstance(part, CallNode) and part.function in ("step", "sign") for part in walk(tree))


def chain_rule_step(samples: SamplePoints, of: str, by: str, budget: DiagnosisBudget | None = None) -> Node | None:
    """Return one step of the chain rule for dY/dX; None where it is not a short one."""
    budget = budget or DiagnosisBudget()
    sheet = samples.worksheet
    between = sheet.between(by, of) if of != by else []
    if not between or between[-1] != of:
        return None
    users = [name for name in between if by in sheet.mentioned_by(name)]
    if len(users) > MAX_TERMS or any(sheet.derivatives_in(name) for name in users):
        return None
    whole: Node | None = None
    written: list[Node] = []
    for name in users:
        line = LineDerivative(samples, name, by, direct=True)
        budget.spend(PART * len(line.parts))
        if line.whole is None:
            return None
        term = line.whole if name == of else product(derivative_node(samples, of, name), line.whole)
        whole = term if whole is None else BinaryNode("+", whole, term, NOWHERE)
        written += _sums(line.tree)
    assert whole is not None
    found = _tidied(samples, of, whole, written, budget)
    if not all(agree(point.try_number(found), point.try_derivative(of, by)) for point in samples.points):
        return None  # what is said to be right has to be right
    return found if len(walk(found)) <= MAX_PARTS else None


def _sums(tree: Node) -> Iterator[Node]:
    return (part for part in walk(tree) if isinstance(part, BinaryNode) and part.operator in "+-")


def slope_formula(samples: SamplePoints, names: Sequence[str]) -> Node | None:
    """Return the product of the local derivatives along names, each in the line of the one before it, as a tree.

    >>> from autograd.marking.messages import formula_text
    >>> from autograd.sheet.sheet import Sheet
    >>> from autograd.claims.sampling import SamplePoints
    >>> samples = SamplePoints(Sheet.parse("x = 3; y = x^2; n = x*y; z = tanh(n)"))
    >>> formula_text(slope_formula(samples, ["n", "x"])), formula_text(slope_formula(samples, ["z", "n", "x"]))
    ('y', '(1 − z^2)·y')
    """
    factors = [LineDerivative(samples, name, below, direct=True).whole for name, below in pairwise(names)]
    known = [factor for factor in factors if factor is not None]
    return tidied(reduce(product, known)) if len(known) == len(factors) else None


def _tidied(samples: SamplePoints, of: str, tree: Node, written: list[Node], budget: DiagnosisBudget) -> Node:
    """Return a derivative in the words of the sheet: its names for long parts, the sums of the writer as they are."""
    sheet = samples.worksheet
    near = list(dict.fromkeys(user for name in syntax.names_in(tree) for user in sheet.users(name)))[:MAX_NAMES]
    trees = {name: sheet.definitions[name].tree for name in near if name != of}
    trees = {name: tree for name, tree in trees.items() if MIN_NAMED <= len(walk(tree)) <= MAX_PARTS}
    budget.spend(PART * sum(len(walk(tree)) for tree in [*trees.values(), tree]))
    named = Tidier({**trees, of: sheet.definitions[of].tree}, written).tidied(tree)
    if any(isinstance(part, BinaryNode) and part.operator == "/" for part in walk(named)):
        return Tidier(trees, written).tidied(tree)
    return named  # p·(1 − p) for a softmax, and not (cos(x) − y)/x for sin(x)/x


def _difference(samples: SamplePoints, of: str, by: str) -> Node | None:
    """Return p, p − y or p − 1, if the whole derivative is that name, or that difference."""
    sheet = samples.worksheet
    lines = [*sheet.between(by, of), *sheet.users(by)]
    near = dict.fromkeys(name for line in lines for name in (line, *sheet.mentioned_by(line)))
    names = [name for name in islice(near, MAX_DIFFERENCE) if name != of]
    truths = [point.try_derivative(of, by) for point in samples.everywhere]
    values = [{name: float(point.values[name].data) for name in names} | {"": 1.0} for point in samples.everywhere]
    first, truth = values[0], truths[0]
    if truth is None:
        return None
    for name in names:
        if all(agree(at[name], number) for at, number in zip(values, truths)):
            return NameNode(name, NOWHERE)
    close = [(a, b) for a, b in permutations(("", *names), 2) if abs(first[a] - first[b] - truth) <= CLOSE * abs(truth)]
    for a, b in close:
        if all(agree(at[a] - at[b], number) for at, number in zip(values, truths)):
            left, right = (NameNode(name, NOWHERE) if name else syntax.whole_number(1) for name in (a, b))
            return BinaryNode("-", left, right, NOWHERE)
    return None


def derivative_by_output(function: str, name: str) -> Node | None:
    """Return the derivative of a function of the table in terms of its output; None where that is not possible.

    >>> from autograd.marking.messages import formula_text
    >>> formula_text(derivative_by_output("tanh", "h")), derivative_by_output("sin", "h")
    ('1 − h^2', None)
    """
    op = FUNCTIONS.get(function)
    if not isinstance(op, ops.Op) or op.arity != 1:
        return None
    symbols = {symbol: NameNode(symbol, NOWHERE) for symbol in (name, _INPUT)}
    tree = tidied(as_tree(op.partials[0](Symbol(name), Symbol(_INPUT)), symbols))
    names = {part.key for part in walk(tree) if isinstance(part, NameNode)}
    return tree if names == {name} else None
