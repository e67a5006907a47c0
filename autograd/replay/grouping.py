"""Compile a graph into a program: nodes that can be computed at once become one instruction.

*Level*: the level of a node is one more than the highest level of its operands, so nodes of one level do
not need one another. *Group*: nodes of one level and operation are one instruction. Sums of products that
share their right factors are a matrix product; several products with the same matrix are one instruction.

`lowering` does its part before that, and `slots` after it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd.engine.graph import topological_order
from autograd.engine.value import Value
from autograd.replay import lowering
from autograd.replay.instructions import LineNumber
from autograd.replay.lowering import CONSTANT, MIN_TERMS, ROW, WANTED, FusedSum, LogSumExpChain, LoweredGraph
from autograd.replay.slots import DraftInstruction, assign_slots
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.replay.instructions import Given, Program, RowTrace
    from autograd.table.ops import Op


def compile_graph(loss: Value, inputs: Sequence[Value], outputs: Sequence[Value]) -> Program:
    """Return the program of `loss` and `outputs`, with one number per row for each of `inputs`.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> print(compile_graph((w * x).tanh(), [x], []))
    2 nodes in 2 instructions; 1 parameter, 1 input
       1  mul   1  slots 2…2  per row
       2  tanh  1  slots 3…3  per row
    """
    graph = LoweredGraph(inputs)
    order = topological_order(loss if not outputs else Value.read(ops.total, [loss, *outputs]))
    recorded = order if not outputs else order[:-1]
    for node in recorded:
        graph.read(node)
    kept = [graph.ids[v] for v in (loss, *outputs)]
    live = lowering.needed_by(graph, kept[0]) if outputs else None
    return _grouped(graph, kept, live, sum(node.op is not None for node in recorded))


def compile_trace(trace: RowTrace, given: Given) -> Program:
    """Return a trace as a program whose inputs are the operands that are not constants, and the result `y`.

    An operation of many operands is vectorized like this: what it does to every operand is one instruction.

    >>> from autograd.replay.instructions import trace_partials
    >>> print(compile_trace(trace_partials(ops.max_margin, (None,) * 6), (None,) * 6))
    27 nodes in 6 instructions; 0 parameters, 7 inputs
       1  mul         3  slots 9…11   per row
       2  neg         6  slots 12…17  per row
       3  sub with 1  3  slots 18…20  per row
       4  step        3  slots 21…23  per row
       5  mul         6  slots 24…29  per row
       6  div with 3  6  slots 30…35  per row
    """
    places = (*given, None)
    graph = LoweredGraph([Value(0.0, f"x{place}") for place, number in enumerate(places) if number is None])
    leaves = iter(graph.ids.values())
    numbers = [next(leaves) if number is None else graph.constant(number) for number in places]
    for op, args in trace.lines:
        operands = [numbers[arg] if isinstance(arg, LineNumber) else graph.constant(arg) for arg in args]
        numbers.append(graph.apply(op, tuple(operands)))
    results = [numbers[v] if isinstance(v, LineNumber) else graph.constant(v) for v in trace.results]
    return _grouped(graph, [results[0], *results], None, len(trace.lines))


def _grouped(graph: LoweredGraph, kept: list[int], live: bytearray | None, nodes: int) -> Program:
    """Fuse, group and place the nodes of a lowered graph."""
    for number in kept:
        graph.uses[number] += 1
    groups = Groups(graph, live)
    for number, unit in enumerate(lowering.fuse(graph)):
        if unit is not lowering.ABSORBED:
            groups.put(number, unit)
    return assign_slots(graph, groups.instructions(), kept, nodes)


# -- Level and group -----------------------------------------------------------------------------------


class Groups:
    """The nodes, grouped by what makes them one instruction."""

    def __init__(self, graph: LoweredGraph, live: bytearray | None) -> None:
        self.graph = graph
        self.live = live
        self.levels = [0] * len(graph.ops)
        self.elementwise: dict[Any, list[tuple[int, tuple[int, ...]]]] = {}
        self.sharing: dict[Any, list[tuple[int, tuple[int, ...], int]]] = {}  # keyed by the right factors
        self.products: dict[Any, list[tuple[int, tuple[int, ...], tuple[int, ...], int]]] = {}

    def put(self, number: int, unit: FusedSum | LogSumExpChain | None) -> None:
        """Add a node whose operands have been added."""
        if isinstance(unit, LogSumExpChain):
            self._put_elementwise(number, ops.logsumexp, unit.args)
        elif unit is not None:
            self._put_sum(number, unit)
        elif (op := self.graph.ops[number]) is not None:
            self._put_elementwise(number, op, self.graph.args[number])

    def _level(self, number: int, needs: Iterable[int]) -> int:
        """Set and return the level of a node; per-call nodes are done before the rows begin, so they do not count."""
        levels, kinds = self.levels, self.graph.kinds
        per_row = kinds[number] & ROW
        level = 0
        for need in needs:
            if levels[need] > level and kinds[need] & ROW == per_row:
                level = levels[need]
        self.levels[number] = level + 1
        return level + 1

    def _alive(self, number: int) -> bool:
        return self.live is None or bool(self.live[number])

    def _put_elementwise(self, number: int, op: Op, args: tuple[int, ...]) -> None:
        kinds = self.graph.kinds
        exponent = args[1] if op is ops.pow and kinds[args[1]] == CONSTANT else None
        pattern = tuple([kinds[arg] for arg in args])
        key = self._level(number, args), kinds[number] & ROW, op, pattern, exponent, self._alive(number)
        self.elementwise.setdefault(key, []).append((number, args))

    def _constant(self, number: float, like: int) -> int:
        found = self.graph.constant(number)
        self._make_room(like)
        return found

    def _make_room(self, like: int) -> None:
        """Extend the lists of this class to the new nodes; they are needed if `like` is."""
        while len(self.levels) < len(self.graph.ops):
            self.levels.append(0)
            if self.live is not None:
                self.live.append(self.live[like])

    def _put_sum(self, number: int, terms: FusedSum) -> None:
        """Sort the terms by their kind, and add the terms of each kind as one part of the sum."""
        kinds, all_args = self.graph.kinds, self.graph.args
        factors: list[Any] = [*zip(terms.left, terms.right), *[all_args[product] for product in terms.products]]
        if not kinds[number] & ROW:
            self._put_shared_sum(number, factors, terms.singles)
            return
        bias = [v for v in terms.singles if not kinds[v] & ROW]
        singles = [v for v in terms.singles if kinds[v] & ROW]
        weighted: list[tuple[int, int]] = []
        crossed: list[tuple[int, int]] = []
        for a, b in factors:
            if kinds[b] & ROW:
                (crossed if kinds[a] & ROW else weighted).append((a, b))
            elif kinds[a] & ROW:
                weighted.append((b, a))
            else:
                bias.append(self._made(number, ops.mul, (a, b)))
        parts: list[Any] = [part for part in (weighted, crossed) if part]
        if len(singles) >= MIN_TERMS:
            one = self._constant(1.0, number)
            parts.append([(one, v) for v in singles])
            singles = []
        constant = self._summed(number, bias)
        if not parts:  # a few single terms
            self._put_chain(number, singles + ([constant] if constant is not None else []))
            return
        if not singles and len(parts) == 1:
            self._put_pairs(number, parts[0], constant)
            return
        done = []
        for part in parts:
            made = self.graph.add(ops.affine, (), self._kind(chain.from_iterable(part), constant))
            self._make_room(number)
            self._put_pairs(made, part, constant)
            done.append(made)
            constant = None
        self._put_chain(number, done + singles)

    def _kind(self, needs: Iterable[int], bias: int | None) -> int:
        kinds = self.graph.kinds
        kind = 0 if bias is None else kinds[bias]
        for need in needs:
            kind |= kinds[need]
        return kind

    def _made(self, like: int, op: Op, args: tuple[int, ...]) -> int:
        """Add a node that was not recorded, as part of `like`."""
        number = self.graph.apply(op, args)
        self._make_room(like)
        if self.graph.kinds[number] != CONSTANT:
            self._put_elementwise(number, op, args)
        return number

    def _summed(self, like: int, bias: list[int]) -> int | None:
        """Return the per-call terms of a sum as one node."""
        kinds, numbers = self.graph.kinds, self.graph.numbers
        if all(kinds[v] == CONSTANT for v in bias) and len(bias) > 1:
            return self._constant(sum(numbers[v] for v in bias), like)
        if len(bias) < MIN_TERMS:
            while len(bias) > 1:
                bias = [self._made(like, ops.add, (bias[0], bias[1])), *bias[2:]]
            return bias[0] if bias else None
        made = self.graph.add(ops.affine, (), self._kind(bias, None))
        self._make_room(like)
        self._put_shared_sum(made, [], bias)
        return made

    def _put_chain(self, number: int, terms: list[int]) -> None:
        """Add the terms one by one; the last addition is the node itself."""
        while len(terms) > 2:
            terms = [self._made(number, ops.add, (terms[0], terms[1])), *terms[2:]]
        if len(terms) == 1:  # a sum of one: times one
            self._put_pairs(number, [(self._constant(1.0, number), terms[0])], None)
        else:
            self._put_elementwise(number, ops.add, (terms[0], terms[1]))

    def _put_shared_sum(self, number: int, factors: list[tuple[int, int]], singles: list[int]) -> None:
        """Add a per-call sum, with the factor that was computed later on the right."""
        if not factors and len(singles) == 2:
            self._put_elementwise(number, ops.add, (singles[0], singles[1]))
            return
        levels = self.levels
        pairs = [(b, a) if levels[a] > levels[b] else (a, b) for a, b in factors]
        bias = None
        if len(singles) == 1 and pairs:
            bias = singles[0]
        elif singles:
            one = self._constant(1.0, number)
            pairs += [(one, v) for v in singles]
        self._put_pairs(number, pairs, bias)

    def _put_pairs(self, number: int, pairs: list[tuple[int, int]], bias: int | None) -> None:
        kinds = self.graph.kinds
        left, right = (tuple(side) for side in zip(*pairs))
        per_row = kinds[number] & ROW
        beside = -1 if bias is None else bias
        if per_row and kinds[left[0]] & ROW:
            key = self._level(number, left + right), per_row, len(left), bias is not None, self._alive(number)
            self.products.setdefault(key, []).append((number, left, right, beside))
            return
        needs = right if per_row else (*left, *right) if bias is None else (*left, *right, bias)
        sharing = self._level(number, needs), per_row, right, bias is not None, self._alive(number)
        self.sharing.setdefault(sharing, []).append((number, left, beside))

    def instructions(self) -> list[DraftInstruction]:
        """Return a draft for each group, in the order of the forward pass."""
        drafts = []
        for (level, row, op, pattern, _, alive), group in self.elementwise.items():
            wants = tuple([bool(kind & WANTED) and alive for kind in pattern])
            columns = list(zip(*[args for _, args in group]))
            drafts.append(DraftInstruction(level, row, op, [[number for number, _ in group]], wants, columns))
        drafts += self._matrices()
        for (level, row, _, _, alive), crossed in self.products.items():
            numbers, *sides = zip(*crossed)
            drafts.append(self._products((level, row, alive), [list(numbers)], *sides, matrix=False))
        drafts.sort(key=lambda draft: (draft.row, draft.level))
        return drafts

    def _matrices(self) -> list[DraftInstruction]:
        """Return the matrix products: sums that share right factors are rows of a matrix; equal matrices are one."""
        equal: dict[Any, list[tuple[tuple[int, ...], list[int]]]] = {}
        for (level, row, right, _, alive), group in self.sharing.items():
            numbers, left, bias = zip(*group)
            equal.setdefault((level, row, alive, left, bias), []).append((right, list(numbers)))
        drafts: list[DraftInstruction] = []
        alone: dict[Any, list[tuple[int, tuple[int, ...], tuple[int, ...], int]]] = {}
        for (level, row, alive, left, bias), uses in equal.items():
            rights, made = zip(*uses)
            if len(left) == len(uses) == 1:
                one = made[0][0], left[0], rights[0], bias[0]
                alone.setdefault((level, row, len(rights[0]), bias[0] < 0, alive), []).append(one)
            else:
                drafts.append(self._products((level, row, alive), list(made), left, rights, bias, matrix=True))
        for (level, row, _, _, alive), sums in alone.items():
            numbers, *sides = zip(*sums)
            drafts.append(self._products((level, row, alive), [list(numbers)], *sides, matrix=len(sums) == 1))
        return drafts

    def _products(
        self, group: tuple[int, int, bool], numbers: list[list[int]], left: Any, right: Any, bias: Any, *, matrix: bool
    ) -> DraftInstruction:
        """Return the draft of sums of products; a group is its level, its region, and whether it is alive."""
        level, row, alive = group
        bias = None if bias[0] < 0 else bias
        wants = tuple(
            alive and any(self.graph.kinds[number] & WANTED for number in chain.from_iterable(side))
            for side in (left, right, [bias or ()])
        )
        return DraftInstruction(level, row, None, numbers, wants, left=left, right=right, bias=bias, matrix=matrix)
