"""Parts that occur more than once in formulas: in a program each is computed once and has a name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from autograd.symbolic.expr import Apply, Symbol

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from autograd.symbolic.expr import Formula


def with_shared_parts(formulas: Sequence[Formula]) -> tuple[list[tuple[str, Formula]], list[Formula]]:
    """Return the shared parts by their names c1, c2, …, each after those it needs, and the formulas in these names.

    >>> from autograd.symbolic.printer import text
    >>> a, b = Symbol("a"), Symbol("b")
    >>> parts, formulas = with_shared_parts([(a + b) * 2, 1 - (a + b)])
    >>> [(name, text(part)) for name, part in parts], [text(formula) for formula in formulas]
    ([('c1', 'a + b')], ['c1·2', '1 − c1'])
    """
    numbering = _Numbering()
    roots = list(map(numbering.number, formulas))
    uses = Counter(roots)
    for arguments in numbering.arguments.values():
        uses.update(arguments)
    names: dict[int, Formula] = {}
    parts: list[tuple[str, Formula]] = []
    for found, formula in sorted(numbering.formulas.items()):
        args = tuple(names.get(each, arg) for each, arg in zip(numbering.arguments[found], formula.args))
        names[found] = Apply(formula.op, args)
        if uses[found] > 1:
            parts.append((f"c{len(parts) + 1}", names[found]))
            names[found] = Symbol(parts[-1][0])
    return parts, [names.get(root, formula) for root, formula in zip(roots, formulas)]


class _Numbering:
    """Numbers for the parts of formulas: one for all that are alike, smaller than those of what they are a part of."""

    def __init__(self) -> None:
        self.formulas: dict[int, Apply] = {}
        self.arguments: dict[int, tuple[int, ...]] = {}
        self._numbers: dict[Hashable, int] = {}
        self._visited: dict[int, int] = {}  # by identity, for one part may be met very often

    def number(self, formula: Formula) -> int:
        if not isinstance(formula, Apply):
            return self._numbers.setdefault(repr(formula), len(self._numbers))
        found = self._visited.get(id(formula))
        if found is None:
            arguments = tuple(map(self.number, formula.args))
            found = self._numbers.setdefault((formula.op, arguments), len(self._numbers))
            self._visited[id(formula)] = found
            self.formulas[found], self.arguments[found] = formula, arguments
        return found
