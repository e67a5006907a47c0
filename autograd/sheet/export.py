"""A graph written out as a sheet: the other way round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autograd import ops
from autograd.expr import Apply, Symbol
from autograd.ops import VARIADIC
from autograd.printing import ATOM, NEGATION, POWER, PRODUCT, SUM, Language, Spelling
from autograd.steps import names
from autograd.value import topological_order

if TYPE_CHECKING:
    from autograd.value import Value

SHEET = Language(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, PRODUCT)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, PRODUCT)),
        ops.mul: Spelling("{}*{}", PRODUCT, (NEGATION, POWER)),
        ops.div: Spelling("{}/{}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("-{}", NEGATION, (PRODUCT,)),
        ops.pow: Spelling("{}^{}", POWER, (ATOM, ATOM)),
    },
    call=lambda name: name + "(%s)",
    number=repr,
    name=str,
    squares=True,
)

_NAME = re.compile(r"[^\W\d]\w*(\[\d+(,\d+)*\])?")


def to_sheet(root: Value) -> tuple[str, dict[Value, str]]:
    """The sheet that computes a graph, one line a node, and what each node is called in it.

    A label that is no name in the sheet language, or that is taken, gets another: v1, v2, …

    >>> from autograd.value import Value
    >>> x = Value(2.0, label="x")
    >>> y = (x * 3.0).tanh(); y.label = "y"
    >>> print(to_sheet(y)[0])
    x = 2.0
    v1 = x*3.0
    y = tanh(v1)
    loss: y

    Raises OperandError if `root` is no Value.
    """
    called: dict[Value, str] = {}
    taken: set[str] = set()
    shown = names(root)
    count = 0
    for node, name in shown.items():
        chosen = name
        while not _NAME.fullmatch(chosen) or chosen in taken or chosen in ("for", "loss", "sum"):
            count += 1
            chosen = f"v{count}"
            if chosen in shown.values():
                chosen = ""
        called[node] = chosen
        taken.add(chosen)
    lines = [f"{called[node]} = {_formula(node, called)}" for node in topological_order(root)]
    return "\n".join([*lines, f"loss: {called[root]}"]), called


def _formula(node: Value, called: dict[Value, str]) -> str:
    if node.op is None:
        return repr(float(node.data))
    operands = [Symbol(called[v]) if v in called else v for v in node.operands]
    if node.op.arity == VARIADIC:
        return SHEET.write(node.op.forward(*operands))
    return SHEET.write(Apply(node.op, tuple(operands)))
