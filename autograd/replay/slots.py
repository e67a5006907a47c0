"""The last part of compiling: slots, so that most operands are slices of neighboring numbers.

A *draft* is an instruction whose nodes have no slots yet. From the last draft to the first, the nodes of each
are put into the order in which later ones read them. The leaves follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd.optional import import_extra
from autograd.replay.instructions import ElementwiseOp, Instruction, MatrixProduct, Program, SumsOfProducts
from autograd.replay.lowering import CONSTANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.replay.instructions import Array
    from autograd.replay.lowering import LoweredGraph
    from autograd.table.ops import Op

np = import_extra("numpy", "replay", "record")


@dataclass(slots=True)
class DraftInstruction:
    """An instruction of nodes without slots; `numbers` are the nodes that it computes, C × K for a matrix."""

    level: int
    row: int
    op: Op | None  # None for a matrix, and for sums of products
    numbers: list[list[int]]
    wants: tuple[bool, ...]
    columns: Sequence[Sequence[int]] = ()
    left: Sequence[Sequence[int]] = ()
    right: Sequence[Sequence[int]] = ()
    bias: Sequence[int] | None = None
    matrix: bool = False

    def operands(self) -> Iterable[Sequence[int]]:
        """Return the nodes that it reads, in the best order for their slots."""
        return self.columns if self.op is not None else (*self.right, *self.left, self.bias or ())

    def arrange(self, rank: dict[int, int]) -> None:
        """Sort the nodes that it computes by their ranks, and its operands with them."""
        last = len(rank)
        if not self.matrix:
            (numbers,) = self.numbers
            if len(numbers) < 2:
                return
            order = sorted(range(len(numbers)), key=lambda k: rank.get(numbers[k], last))
            self.numbers = [[numbers[k] for k in order]]
            self.columns = [[column[k] for k in order] for column in self.columns]
            self.right = [self.right[k] for k in order] if self.right else ()
        else:
            if len(self.numbers) > 1:
                times = sorted(range(len(self.numbers)), key=lambda c: rank.get(self.numbers[c][0], last))
                self.numbers = [self.numbers[c] for c in times]
                self.right = [self.right[c] for c in times]
            first = self.numbers[0]
            order = sorted(range(len(first)), key=lambda k: rank.get(first[k], last))
            self.numbers = [[numbers[k] for k in order] for numbers in self.numbers]
        self.left = [self.left[k] for k in order] if self.left else ()
        self.bias = [self.bias[k] for k in order] if self.bias else None


def _rank(rank: dict[int, int], groups: Iterable[Iterable[int]]) -> None:
    for numbers in groups:
        for number in numbers:
            if number not in rank:
                rank[number] = len(rank)


def assign_slots(graph: LoweredGraph, drafts: list[DraftInstruction], kept: list[int], nodes: int) -> Program:
    """Return the program with a slot for every node, so that nodes that are read together are neighbors."""
    kinds = graph.kinds
    rank: dict[int, int] = {}
    _rank(rank, [kept])
    for draft in reversed(drafts):  # those that read its nodes are sorted already
        draft.arrange(rank)
        _rank(rank, draft.operands())

    first: dict[int, int] = {}  # the leaves: first those of the matrices of layers
    for draft in sorted(drafts, key=lambda draft: (not draft.matrix, not draft.row, len(draft.numbers[0]) == 1)):
        _rank(first, draft.columns if draft.op is not None else (*draft.left, draft.bias or (), *draft.right))
    _rank(first, [kept, [graph.ids[parameter] for parameter in graph.parameters]])
    constants = [number for number in first if kinds[number] == CONSTANT]
    by_id = {graph.ids[parameter]: parameter for parameter in graph.parameters}
    parameters = [number for number in first if number in by_id]
    computed: list[list[int]] = [[], []]
    for draft in drafts:
        for numbers in draft.numbers:
            computed[draft.row].extend(numbers)
    inputs = [graph.ids[leaf] for leaf in graph.inputs]
    shared = len(constants) + len(parameters) + len(computed[0])

    slot = np.full(len(graph.ops), -1, dtype=np.intp)
    everything = [*constants, *parameters, *computed[0], *inputs, *computed[1]]
    slot[everything] = np.arange(len(everything))
    instructions = tuple(_instruction(draft, slot, graph) for draft in drafts)
    loss, *outputs = [int(slot[number]) for number in kept]
    everywhere = frozenset(range(len(instructions)))
    needed = _needed(instructions, outputs, len(everything)) if outputs else everywhere  # a loss needs all below it
    outputs = outputs or [loss]
    return Program(
        constants=np.array([graph.numbers[number] for number in constants]),
        parameters=[by_id[number] for number in parameters],
        inputs=graph.inputs,
        shared=shared,
        slots=len(everything),
        instructions=instructions,
        loss=loss,
        outputs=np.array(outputs, dtype=np.intp),
        nodes=nodes,
        needed=needed,
    )


def _instruction(draft: DraftInstruction, slot: Any, graph: LoweredGraph) -> Instruction:
    start = int(slot[draft.numbers[0][0]])
    slots = range(start, start + sum(map(len, draft.numbers)))
    per_row = bool(draft.row)
    if draft.op is not None:
        operands = tuple([_operand(column, slot, graph) for column in draft.columns])
        return ElementwiseOp(draft.op, slots, operands, draft.wants, per_row, draft.level)
    left, right = slot[np.array(draft.left, dtype=np.intp)], slot[np.array(draft.right, dtype=np.intp)]
    bias = None if draft.bias is None else slot[np.array(draft.bias, dtype=np.intp)]
    if len(slots) == 1:  # the order of a sum is free, and neighbors are read faster
        order = np.lexsort((right[0], left[0])) if (left[0] >= 0).all() and np.ptp(left[0]) else np.argsort(right[0])
        left, right = left[:, order], right[:, order]
    wants_left, wants_right, wants_bias = draft.wants
    make = MatrixProduct if draft.matrix else SumsOfProducts
    return make(slots, left, right, bias, wants_left, wants_right, wants_bias, per_row, draft.level)


def _operand(column: Sequence[int], slot: Any, graph: LoweredGraph) -> Any:
    first = column[0]
    if graph.kinds[first] == CONSTANT and all(number == first for number in column):
        return graph.numbers[first]
    return slot[first : first + 1] if len(column) == 1 else slot[np.array(column, dtype=np.intp)]


def strides_of(slots: Array) -> tuple[int, ...] | None:
    """Return the stride of an array of slots along each axis, or None if they are not evenly spaced.

    >>> strides_of(np.array([[4, 6, 8], [5, 7, 9]])), strides_of(np.array([1, 2, 4]))
    ((1, 2), None)
    """
    first = int(slots.flat[0])
    strides, expected = [], np.full((), first)
    for axis, size in enumerate(slots.shape):
        stride = int(np.take(slots, 1, axis).flat[0]) - first if size > 1 else 1
        strides.append(stride)
        expected = expected[..., None] + stride * np.arange(size)
    return tuple(strides) if (slots == expected).all() else None


def occur_once(slots: Array) -> bool:
    """Return True if no slot occurs twice."""
    return bool(slots.size == 1 or (np.diff(slots.ravel()) == 1).all() or len(np.unique(slots)) == slots.size)


def _needed(instructions: Sequence[Instruction], outputs: list[int], slots: int) -> frozenset[int]:
    """Return the places of the instructions that the outputs need."""
    wanted = np.zeros(slots, dtype=bool)
    wanted[outputs] = True
    needed = set()
    for number, instr in reversed(list(enumerate(instructions))):
        if wanted[instr.slots.start : instr.slots.stop].any():
            needed.add(number)
            for read in instr.reads:
                wanted[read] = True
    return frozenset(needed)
