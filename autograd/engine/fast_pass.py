"""A faster order and backward pass, on the slots of a `Value`: the same gradients, bit for bit (a test says so).

`fast` puts them in front of those of `Value`, and may be deleted with this module.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from autograd.engine.backward import order_below
from autograd.engine.generated import defined
from autograd.engine.incoming import grad_before, zero_of
from autograd.engine.value import NOT_YET, Value, put_back

# The walk of `order_below`, looking at the slots of each node instead of asking for its edges. It goes straight on to
# the last operand, which would come off the pile next. The two functions differ in how they know a visited node.
WALK = """
    node, waiting = output, []
    pop, push, finish = waiting.pop, waiting.append, order.append
    while True:
        if node is None:  # everything below the node under this mark is in the order
            finish(pop())
        elif {is_new}:
            {visit}
            if node.op is None:
                finish(node)
            else:
                push(node)
                push(None)
                if node._da is not None:
                    if node._db is None:
                        node = node._a
                    else:
                        push(node._a)
                        node = node._b
                    continue
                if node._db.__class__ is tuple:
                    waiting.extend([parent for parent in node._b if {parent_is_new}])
                elif node._db is not None:
                    push(node._b)
        if not waiting:
            return order
        node = pop()
"""

# Without changing any node, for views: visited is what is in a set.
ORDER = """
def _order(output):
    order, seen = [], set()
""" + WALK.format(is_new="node not in seen", visit="seen.add(node)", parent_is_new="parent not in seen")

# For a backward pass, which sets every gradient anyway: visited is what has the mark as its gradient. What a node has
# as its gradient is kept in `before`, and only then replaced: Ctrl-C may come between the two.
MARK = """
def _mark(output, mark, order, before):
    keep = before.append
""" + WALK.format(
    is_new="(grad := node.grad) is not mark",
    visit="""if grad is not NOT_YET:
                keep((node, grad if grad.__class__ is float else grad_before(node)))
            node.grad = mark""",
    parent_is_new="parent.grad is not mark",
)

FILE = "<autograd: the two walks over a graph>"
_walks = defined(FILE, ORDER + MARK, {"NOT_YET": NOT_YET, "grad_before": grad_before, "__name__": __name__})
_order, _mark = _walks["_order"], _walks["_mark"]
_plain_pass = Value._pass


def _pass(output: Value) -> None:
    """Do what `Value._pass` does, in one walk and one sweep.

    A node is visited if its gradient is the mark: a zero of this pass alone, to which the sweep adds each contribution.
    """
    if output.data.__class__ is not float and zero_of(output, "backward:").__class__ is not float:
        return _plain_pass(output)  # zeros of other kinds are not new objects
    mark = float("0")
    order: list[Value] = []
    before: list[tuple[Value, Any]] = []
    try:
        _mark(output, mark, order, before)
        _sweep(output, order, before)
    except BaseException:
        if order[-1:] != [output]:  # in the middle of the walk
            order = [node for node in order_below(output, Value.edges) if node.grad is mark]
        put_back(order, before)
        raise


def _sweep(output: Value, order: list[Value], before: list[tuple[Value, Any]]) -> None:
    """Add each contribution to the gradient of its parent, and to that of a leaf what it was before."""
    output.grad = 1.0
    for node in reversed(order):
        da = node._da
        if da is not None:
            upstream = node.grad
            node._a.grad += upstream * da
            db = node._db
            if db is not None:
                node._b.grad += upstream * db
            continue
        db = node._db
        if db is not None:
            upstream = node.grad
            if db.__class__ is tuple:
                if upstream == 0 and upstream.__class__ is float and isfinite(sum(db)):
                    continue  # a neuron that is off: every contribution is zero and changes nothing
                for parent, local in zip(node._b, db):
                    parent.grad += upstream * local
            else:
                node._b.grad += upstream * db
    for node, grad in before:
        if node.op is None and grad is not None:
            node.grad += grad


def _gradients(output: Value, order: list[Value]) -> dict[Value, Any]:
    """Do what `Value._gradients` does, looking at the slots of each node."""
    zero = zero_of(output, "backward:")
    found: dict[Value, Any] = {output: zero + 1}
    so_far = found.get
    for node in reversed(order):
        da, db = node._da, node._db
        if da is None and db is None:
            continue
        upstream = found[node]
        if db.__class__ is tuple:
            for parent, local in zip(node._b, db):
                found[parent] = so_far(parent, zero) + upstream * local
            continue
        if da is not None:
            found[node._a] = so_far(node._a, zero) + upstream * da
        if db is not None:
            found[node._b] = so_far(node._b, zero) + upstream * db
    return found
