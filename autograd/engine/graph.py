"""The graph below one output: everything that a view asks of it, worked out once and only when asked.

A view takes a `Value` or a `Graph`, and makes one `Graph` with `as_graph`. The order, the names, the
gradients and the steps of the backward pass are then the same for all that it shows.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

from autograd.engine.backward import Step, Term, backward_pass
from autograd.engine.incoming import number_in, zero_of
from autograd.engine.messages import describe, described
from autograd.engine.undefined import Undefined, local_derivatives
from autograd.engine.value import Value, held_together
from autograd.errors import ArgumentError, NotFoundError, OperandError, StaleGraphError
from autograd.formatting import escapes, figures, suggestions
from autograd.symbolic.expr import Symbol, derivative

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from autograd.symbolic.expr import Formula
    from autograd.table.ops import Op

UNTOUCHED, PARTIAL, COMPLETE = "untouched", "partial", "complete"


class Graph:
    """An output and every node below it.

    `names` are names for this view alone, for nodes that have no label.

    >>> a, b = Value(2.0, label="a"), Value(3.0)
    >>> graph = Graph(a * b)
    >>> [graph.names[node] for node in graph.order], graph.gradients[a]
    (['v1', 'a', 'v2'], 3.0)
    >>> graph.find("a") is a
    True

    Raises OperandError for an output that is not a Value.
    """

    def __init__(self, output: Value, names: Mapping[Value, str] | None = None) -> None:
        if not isinstance(output, Value):
            raise OperandError(f"a graph starts at a Value, not at {described(output)}")
        self.output = output
        self._given_names = names or {}
        self._checked: tuple[list[Any], Value | None] = [], None  # the numbers, and the first stale node among them

    def __repr__(self) -> str:
        return f"<graph of {describe(self.output)}: {len(self.order)} nodes>"

    # -- Order ------------------------------------------------------------------------------------

    @cached_property
    def order(self) -> list[Value]:
        """Every node, each after all of its parents; the output is the last."""
        order = self.output._order()
        for node in order:
            if node.data.__class__ is not float:
                number_in(node, "a graph:")
        return order

    @cached_property
    def position(self) -> dict[Value, int]:
        """The place of each node in the order."""
        return {node: place for place, node in enumerate(self.order)}

    @cached_property
    def leaves(self) -> list[Value]:
        """The leaves, in the order in which they are written."""
        found: dict[Value, None] = {}  # in order, each once
        seen: set[Value] = set()
        waiting = [self.output]
        while waiting:
            node = waiting.pop()
            if node.op is None:
                found[node] = None
            elif node not in seen:
                seen.add(node)
                waiting.extend(reversed(node.parents))
        return list(found)

    @cached_property
    def uses(self) -> dict[Value, list[tuple[Value, int, Any]]]:
        """The uses of each node, in the order of the backward pass: the child, the index of its edge, the local."""
        found: dict[Value, list[tuple[Value, int, Any]]] = {node: [] for node in self.order}
        for node in reversed(self.order):
            for index, (parent, local) in enumerate(node.edges()):
                found[parent].append((node, index, local))
        return found

    def __contains__(self, node: object) -> bool:
        return node in self.position

    # -- Names ------------------------------------------------------------------------------------

    @cached_property
    def names(self) -> dict[Value, str]:
        """The name of each node in a view: its label, else the caller's name for it, else v1, v2, … in order."""
        taken = {node.label for node in self.order}
        given: dict[Value, str] = {}
        for node in self.order:
            name = self._given_names.get(node)
            if name and not node.label and name not in taken:
                given[node] = name
                taken.add(name)
        numbered = (name for number in count(1) if (name := f"v{number}") not in taken)
        return {node: escapes.plain(node.label or given.get(node, "")) or next(numbered) for node in self.order}

    def is_named(self, node: Value) -> bool:
        """Return whether a node has a label or a name of the caller's, not only a number such as v1."""
        return bool(node.label) or self._given_names.get(node) == self.names[node]

    def describe(self, operand: Any) -> str:
        """Return an operand as a message about this graph names it: its name and its value."""
        return f"{self.names[operand]} = {figures.number(operand.data)}" if operand in self else describe(operand)

    def find(self, which: Value | str) -> Value:
        """Return the node that is meant: the Value itself, or the one that has this label or name.

        Raises NotFoundError for a name that is not in the graph and for a node of another graph,
        ArgumentError for a name of several nodes, OperandError for anything else.
        """
        if isinstance(which, Value):
            if which not in self.position:
                raise NotFoundError(f"{describe(which)} is not a node of the graph of {self.names[self.output]}")
            return which
        if not isinstance(which, str):
            raise OperandError(f"a node is given as itself or by its label, not as {described(which)}")
        meant = [node for node, name in self.names.items() if name == escapes.plain(which)]
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise ArgumentError(f"{len(meant)} nodes are called {which!r}: give the node itself, or a label to each")
        raise self.unknown(which)

    def unknown(self, name: str) -> NotFoundError:
        """Return the error of a name that no node of this graph has."""
        close = suggestions.close(name, self.names.values(), most=3)
        hint = f"did you mean {' or '.join(close)}?" if close else "give the node itself, or label it"
        return NotFoundError(f"nothing in the graph of {self.names[self.output]} is called {name!r}; {hint}")

    # -- The backward pass --------------------------------------------------------------------------

    @cached_property
    def gradients(self) -> dict[Value, Any]:
        """The gradient of the output with respect to every node; no `grad` is changed."""
        return self.output._gradients(self.order)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the backward pass, leaves left out."""
        return tuple(steps(self))

    def states(self, at: Step | int) -> dict[Value, str]:
        """Return which gradients are complete, partial or untouched after a step, given itself or by its number.

        Raises NotFoundError for a step of another graph, ArgumentError for a number that no step has.
        """
        nodes = [node for node in reversed(self.order) if node.op is not None]
        if isinstance(at, Step):
            if at.node not in self.position or at.node.op is None:
                raise NotFoundError(f"the step of {describe(at.node)} is none of the graph of {describe(self.output)}")
            at = nodes.index(at.node) + 1
        if not 0 <= at <= len(nodes):
            raise ArgumentError(f"there is no step {at}; the steps are 1 to {len(nodes)}, and 0 is the start")
        touched = {parent for node in nodes[:at] for parent, _ in node.edges()}
        awaited = {parent for node in nodes[at:] for parent, _ in node.edges()}
        return {
            node: COMPLETE if node not in awaited else PARTIAL if node in touched else UNTOUCHED
            for node in reversed(self.order)
        }

    # -- Do the numbers still belong together? --------------------------------------------------------

    @property
    def first_stale(self) -> Value | None:
        """The first node that no longer follows from its operands, or None. Each look is at the present numbers."""
        numbers = [node.data for node in self.order]
        if numbers != self._checked[0]:
            self._checked = numbers, next((node for node in self.order if not follows(node)), None)
        return self._checked[1]

    @property
    def is_stale(self) -> bool:
        """True if a number was changed after it had been used."""
        return self.first_stale is not None

    @property
    def staleness(self) -> str:
        """One line for a view that shows the recorded pass, naming the first node that is stale; else empty."""
        return "" if (node := self.first_stale) is None else self._why_stale(node)

    def require_fresh(self, what: str) -> None:
        """Raise StaleGraphError if a number was changed after it had been used; `what` would compute with it anew."""
        if (node := self.first_stale) is not None:
            raise self.stale(what, node)

    def stale(self, what: str, node: Value) -> StaleGraphError:
        """Return the error of a computation that needs this stale node."""
        return StaleGraphError(f"{what}: {self._why_stale(node)}; compute the expression again first")

    def _why_stale(self, node: Value) -> str:
        assert node.op is not None
        operands = ", ".join(map(self.describe, node.operands[:4]))
        return (
            f"{self.names[node]} no longer follows from its operands: it is the {node.op.name.replace('_', ' ')} of "
            f"other numbers than they hold now ({operands})"
        )

    # -- Compute anew -------------------------------------------------------------------------------

    def compute(
        self, leaves: Mapping[Value, Any], read: Callable[[Op, Sequence[Any]], Any] | None = None
    ) -> dict[Value, Any]:
        """Return every node computed anew, with other things in place of some leaves, or of nodes between.

        What stands in place of a node flows through the table: numbers evaluate, Values record, symbols
        make formulas. `read(op, operands)` says what an operation is, where it is not `op(*operands)`.

        >>> x = Value(3.0, label="x")
        >>> y = x * x + 1
        >>> Graph(y).compute({x: 5.0})[y]
        26.0
        """
        found: dict[Value, Any] = {}
        for node, op, operands in self._operations:
            if node in leaves:
                found[node] = leaves[node]
            elif op is None:
                found[node] = node.data
            else:
                numbers = [found[v] if isinstance(v, Value) else v for v in operands]
                found[node] = op(*numbers) if read is None else read(op, numbers)
        return found

    @cached_property
    def _operations(self) -> list[tuple[Value, Op | None, Sequence[Any]]]:
        return [(node, node.op, () if node.op is None else node.operands) for node in self.order]


def as_graph(output: Value | Graph, names: Mapping[Value, str] | None = None) -> Graph:
    """Return a Graph as it is, and the graph of a Value."""
    return output if isinstance(output, Graph) else Graph(output, names)


def follows(node: Value, tolerance: float = 0.0) -> bool:
    """Return whether a node is still what its operands give: its number and its local derivatives.

    A relative tolerance is for numbers of another machine, whose `exp` or `sin` may round differently.
    """
    if node.op is None:
        return True
    operands = node.operands
    numbers = [v.data if isinstance(v, Value) else v for v in operands]
    if Fraction in map(type, numbers):
        numbers = held_together(operands, numbers)[1]
    try:
        if not same(node.data, node.op.forward(*numbers), tolerance):
            return False
        now = local_derivatives(node.op, node.data, operands, numbers)
    except (ArithmeticError, ValueError, TypeError):
        return False
    edges = iter(node.edges())
    return all(
        same(next(edges)[1], local, tolerance) for operand, local in zip(operands, now) if isinstance(operand, Value)
    )


def same(recorded: Any, now: Any, tolerance: float = 0.0) -> bool:
    """Return whether a recorded number or local derivative is still the same; NaN is the same as NaN."""
    if recorded.__class__ is Undefined or now.__class__ is Undefined:
        return recorded.__class__ is now.__class__
    if recorded == now or (recorded != recorded and now != now):
        return True
    return isinstance(recorded, float) and isinstance(now, float) and math.isclose(recorded, now, rel_tol=tolerance)


# -- The same as functions --------------------------------------------------------------------------


def topological_order(output: Value | Graph) -> list[Value]:
    """Return every node below the output, each after all of its parents; the output is the last.

    Reversed it is the order of the backward pass, in which the first operand's branch comes first.
    The same program gives the same order. There is no recursion: a chain may be a million long.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> [node.label for node in topological_order(a * b)]
    ['b', 'a', '']

    Raises OperandError for no Value.
    """
    return as_graph(output).order


def leaves(output: Value | Graph) -> list[Value]:
    """Return the leaves that the output was computed from, in the order in which they are written.

    >>> [leaf.label for leaf in leaves(Value(2.0, "a") * Value(3.0, "b"))]
    ['a', 'b']

    Raises OperandError for no Value.
    """
    return as_graph(output).leaves


def steps(output: Value | Graph, order: Sequence[Value] | None = None) -> Iterator[Step]:
    """Yield the steps of `output.backward()`, leaves left out, without changing any gradient.

    `order` is another order of the same nodes, to see where that leads; only a topological one leads to the gradient.

    >>> x = Value(3.0, label="x")
    >>> for step in steps(x * x):
    ...     print(step.upstream, [(t.parent.label, t.local, t.contribution, t.total) for t in step.terms])
    1.0 [('x', 3.0, 3.0, 3.0), ('x', 3.0, 3.0, 6.0)]

    Raises DomainError at a step whose local derivative does not exist, OperandError for no Value.
    """
    graph = as_graph(output)
    zero = zero_of(graph.output, "steps:")
    passed = backward_pass(graph.order if order is None else order, zero + 1, zero, Value.edges)
    return (
        Step(node, upstream, tuple([Term(*term) for term in terms]))
        for node, upstream, terms in passed
        if node.op is not None
    )


def gradients(output: Value | Graph) -> dict[Value, Any]:
    """Return the gradient of the output with respect to every node below it, without changing any `grad`.

    >>> x = Value(3.0)
    >>> gradients(x * x)[x]
    6.0

    Raises DomainError where a local derivative does not exist, OperandError for no Value.
    """
    return as_graph(output).gradients


def states(output: Value | Graph, at: Step | int) -> dict[Value, str]:
    """Return which gradients are complete, partial or untouched after a step, given itself or by its number.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + x
    >>> [states(y, k)[x] for k in (0, 1, 2)]
    ['untouched', 'partial', 'complete']

    Raises NotFoundError for a step of another graph, ArgumentError for a number that no step has.
    """
    return as_graph(output).states(at)


def zero_grad(parameters: Iterable[Value]) -> None:
    """Set each gradient to the zero of the parameter's own kind of number.

    On an error, and on Ctrl-C, none is changed.

    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> zero_grad([w])
    >>> w.grad
    0.0

    Raises OperandError for what is no list of Values.
    """
    wanted = "zero_grad wants a list of Values, such as [w] or model.parameters()"
    if isinstance(parameters, Value):
        raise OperandError(f"{wanted}, not {describe(parameters)}")
    parameters = list(parameters)
    for parameter in parameters:
        if not isinstance(parameter, Value):
            raise OperandError(f"{wanted}: {described(parameter)} is none")
    before = [parameter.grad for parameter in parameters]
    try:
        for parameter in parameters:
            parameter.grad = 0.0 if parameter.data.__class__ is float else zero_of(parameter, "zero_grad:")
    except BaseException:
        for parameter, grad in zip(parameters, before):
            parameter.grad = grad
        raise


# -- Formulas ---------------------------------------------------------------------------------------


def local_formula(node: Value, index: int, names: Mapping[Value, str]) -> Formula:
    """Return the formula of the local derivative along the index-th edge, in the names of the operands.

    >>> from autograd.symbolic import printer
    >>> net = Value(0.4, label="net")
    >>> o = net.sigmoid(); o.label = "o"
    >>> printer.text(local_formula(o, 0, Graph(o).names))
    'o·(1 − o)'
    """
    assert node.op is not None
    operands = node.operands
    args = [Symbol(names[v]) if isinstance(v, Value) else v for v in operands]
    place = [place for place, operand in enumerate(operands) if isinstance(operand, Value)][index]
    try:
        return derivative(node.op, Symbol(names[node]), args, place)
    except (ArithmeticError, ValueError):  # of plain numbers alone, and not defined: log(0) is written, not computed
        args = [arg if isinstance(arg, Symbol) else Symbol(figures.number(arg)) for arg in args]
        return derivative(node.op, Symbol(names[node]), args, place)
