"""A passage with what its marking asks: how to go on from a repair, what stands around a line, which paths flow."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.array_code.gradient_names import parts_of, stored
from autograd.array_code.program import GradientClaim, RecordedPassage, passed_on
from autograd.array_code.statement_parts import (
    function_name,
    is_reduction,
    names_read,
    root_name,
    root_of_key,
    simple_statements,
    statements_behind,
)
from autograd.array_code.tensors import Tensor, number_of
from autograd.claims.arrays import Array, broadcast_shape
from autograd.engine.value import Value
from autograd.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.array_code.frames import Version

ACTIVATIONS = ("tanh", "sigmoid", "relu", "maximum", "exp", "softmax")


class Passage(RecordedPassage):
    """A way back whose lines can be edited and explained."""

    # -- What stands around a line ----------------------------------------------------------------------

    def put_right(
        self, claim: GradientClaim, truth: Array, restored: Mapping[str, Array] | None = None, *, keeps: bool = False
    ) -> dict[tuple[int, str], Array | None]:
        """Return the numbers after each later event, with a gradient put right; later readings may start from there.

        `restored` has what other names stood for before a line changed it.
        """
        at = claim.last.index
        repairs = {at: {claim.key: truth}}
        if keeps:
            self.repaired |= {claim.key, *(restored or {})}
            self.repairs.setdefault(at, {})[claim.key] = truth
        return self.again(at, self.events[-1].index, repairs, (at, self.statements[at]), restored, keeps=keeps)

    def accept_edit(self, at: int, statement: ast.stmt) -> None:
        """Go on from a statement that has been put right."""
        self.statements[at] = statement
        self.again(at, self.events[-1].index, {}, keeps=True)

    def readers(self, at: int) -> list[GradientClaim]:
        """Return the gradients that read what a statement stores."""
        names = {root_name(target) for target in stored(self.statements[at])}
        own = [[event.index for event in claim.events if event.index > at] for claim in self.claims]
        return [
            claim for claim, places in zip(self.claims, own)
            if any(names & names_read(self.statements[place]) for place in places)
        ]  # fmt: skip

    def lines_behind(self, claim: GradientClaim) -> list[int]:
        """Return the statements that made a gradient: its own, the last first, then those of helpers that it reads."""
        own = [event.index for event in claim.events]
        claimed = {event.key for event in self.events if event.key not in {e.key for e in claim.events}}
        found, wanted = list(dict.fromkeys(own[::-1])), set()
        for at in own:
            wanted |= names_read(self.statements[at]) - claimed
        for at in range(max(own) - 1, -1, -1):
            stores = {root_name(target) for target in stored(self.statements[at])} & wanted
            if any(map(self._is_gradient, stores)) and at in self.states and at not in found:
                found.append(at)
                wanted |= names_read(self.statements[at]) - claimed
        return found

    def inner_line(self, at: int, wrong: Sequence[str], right: Sequence[str]) -> int:
        """Return the line in a loop that all wrong gradients come from, if possible none of the right ones; or 0."""
        inner = (
            list(simple_statements(self.statements[at]))
            if isinstance(self.statements[at], (ast.For, ast.While))
            else []
        )
        suspects = [[each for each in inner if each in statements_behind(inner, root_of_key(key))] for key in wrong]
        common = [each for each in inner if suspects and all(each in found for found in suspects)]
        innocent = {each for key in right for each in statements_behind(inner, root_of_key(key))}
        chosen = [each for each in common if each not in innocent] or common
        return chosen[-1].lineno if chosen else 0

    def comes_from(self, at: int, key: str, part: str) -> bool:
        """Return whether a loop computes a gradient from another one that each of its rounds stores anew."""
        if part not in self._carried(at):
            return False
        inner = list(simple_statements(self.statements[at]))
        return any(part in map(root_name, stored(each)) for each in statements_behind(inner, root_of_key(key)))

    def _is_gradient(self, name: str) -> bool:
        thing = self.frame.names.get(name)
        return isinstance(thing, Tensor) and thing.of_gradient

    def surroundings(self, at: int, claim: GradientClaim) -> dict[str, Any]:
        """Return what edits of a statement need: lengths of axes, names of arrays by shape, activations."""
        frame = self.states[at]
        shapes = {name: thing.shape for name, thing in frame.names.items() if isinstance(thing, Tensor)}
        used = names_read(self.statements[at])
        subject = claim.truths[0][1].shape if claim.truths else ()
        if at not in {event.index for event in claim.events}:  # a helper has a shape of its own
            names = [name for name in map(root_name, stored(self.statements[at])) if self._is_gradient(name)]
            subject = self.frame.names[names[0]].shape if names else subject
        lengths = [*subject, *(n for name in used if name in shapes for n in shapes[name])]
        same = {
            name: [o for o, shape in shapes.items() if shape == shapes[name] and o not in (name, claim.key)]
            for name in used if name in shapes
        }  # fmt: skip
        fitting = [o for o, shape in shapes.items() if _fits(shape, subject) and o not in used and o != claim.key]
        factors = [o for o in fitting if not frame.names[o].of_gradient]
        return {
            "lengths": [n for n in dict.fromkeys(lengths) if n > 1],
            "same_shape": same,
            "activations": self.activations,
            "others": factors,
            "terms": [o for o in fitting if frame.names[o].of_gradient and shapes[o] == subject],
            "carried": [n for n in self._carried(at) if n in shapes and n not in used],
            "has_relu": any(function_name(n) in ("maximum", "relu") for n in ast.walk(self.tree)),
        }

    def _carried(self, at: int) -> list[str]:
        """Return the names that each round of a loop stores anew, which the next one may read."""
        inner = simple_statements(self.statements[at]) if isinstance(self.statements[at], (ast.For, ast.While)) else []
        targets = [part for each in inner if isinstance(each, ast.Assign) for t in each.targets for part in parts_of(t)]
        return list(dict.fromkeys(target.id for target in targets if isinstance(target, ast.Name)))

    @cached_property
    def activations(self) -> dict[str, tuple[str, str]]:
        """The pre-activation of each activation and the function, by the names of the way there."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name, names = node.targets[0].id, {n for n in names_read(node) if n in self.interpreter.versions}
                calls = [each for each in ast.walk(node.value) if isinstance(each, ast.Call)]
                if isinstance(node.value, ast.Call) and function_name(node.value) in ACTIVATIONS:
                    found[name] = (names.pop() if len(names) == 1 else "", function_name(node.value))
                elif calls and len(names) == 1 and not any(map(is_reduction, calls)):
                    found[name] = (names.pop(), function_name(calls[0]))
        return {after: pair for after, pair in found.items() if after != pair[0]}

    def labels(self, rows: int) -> list[tuple[str, list[int]]]:
        """Return the arrays of whole numbers that may be the right classes of so many rows."""
        things = self.frame.names.items()
        return [
            (name, thing.numbers.entries)
            for name, thing in things
            if isinstance(thing, Tensor) and thing.shape == (rows,) and type(thing.first) is int
        ]

    def changed_before(self, at: int) -> list[tuple[str, Array, int]]:
        """Return what a statement reads and an earlier one has changed in place: name, the array before, that line."""
        frame, found = self.states[at], []
        for name in names_read(self.statements[at]):
            thing = frame.names.get(name)
            if not isinstance(thing, Tensor):
                continue
            now = thing.numbers
            every = self.interpreter.versions.get(name, [])
            changed = [at for at, version in enumerate(every) if version.is_changed]
            versions = every[changed[0] - 1 : changed[0]] if changed and changed[0] else every[-1:]
            before = [Array(v.shape, [number_of(e) for e in v.entries]) for v in versions]
            before += [e.value for e in self.events if e.key == name and e.index < at and e.value is not None][-1:]
            if name not in self.repaired:
                other = [array for array in before if array.size == now.size and array.entries != now.entries]
                found += [(name, array, self._line_of_change(name, at)) for array in other]
        return found

    def _line_of_change(self, name: str, at: int) -> int:
        """Return the last line before a statement that changed, under whatever name, the entries of this one."""
        line, before = 0, None
        for index in range(at + 1):
            state = self.states.get(index)
            thing = state.names.get(name) if state else self.changes.get(index, {}).get(name)
            if not isinstance(thing, Tensor):
                continue
            entries = thing.numbers.entries
            if before is not None and entries != before[1]:
                line = self.statements[before[0] if state else index].lineno
            before = (index, entries)
        return line

    def older(self, at: int) -> list[tuple[str, Array, int]]:
        """Return other arrays that the names of a statement stood for earlier on the way there."""
        found = []
        for name in names_read(self.statements[at]):
            for version in self.interpreter.versions.get(name, [])[:-1][-3:]:
                array = Array(version.shape, [number_of(entry) for entry in version.entries])
                found.append((name, array, version.line))
        return found

    def is_maximum(self, version: Version) -> bool:
        """Return whether the line that stored an array takes a maximum."""
        nodes = [n for n in ast.walk(self.tree) if isinstance(n, ast.Assign) and n.lineno == version.line]
        calls = [c for node in nodes for c in ast.walk(node) if isinstance(c, ast.Call)]
        return any(getattr(c.func, "attr", getattr(c.func, "id", "")) in ("max", "amax") for c in calls)

    def line_of(self, at: int, edited: ast.stmt | None) -> int:
        """Return the line of a statement, or of the part of it that an edit changes."""
        statement = self.statements[at]
        while edited is not None and isinstance(statement, (ast.For, ast.While, ast.If)):
            pairs = zip(statement.body, getattr(edited, "body", []))
            different = [(a, b) for a, b in pairs if a is not b]
            if not different:
                break
            statement, edited = different[0]
        return statement.lineno

    def sums_later(self, claim: GradientClaim) -> bool:
        """Return whether a later statement sums a gradient."""
        for statement in self.statements[claim.last.index + 1 :]:
            for node in ast.walk(statement):
                is_sum = isinstance(node, ast.Call) and function_name(node) in ("sum", "mean")
                if is_sum and claim.key in {ast.unparse(n) for n in ast.walk(node)}:
                    return True
        return False

    def called_in(self, claim: GradientClaim) -> set[str]:
        """Return the functions that are called in the statements behind a gradient."""
        nodes = [n for at in self.lines_behind(claim) for n in ast.walk(self.statements[at])]
        return {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}

    def contributions(self, version: Version, loss: Version) -> list[tuple[Version, Array]]:
        """Return what an array's gradient gets from each array that a line computes of it directly."""
        flow, stored_nodes = self.gradients_of(loss), self._stored_nodes()
        wanted = {e for e in version.entries if isinstance(e, Value)}
        found = []
        for after in {id(v): v for v in stored_nodes.values()}.values():
            ends = [(e, flow[e]) for e in after.entries if isinstance(e, Value) and e in flow]
            if after is version or not ends or wanted & {e for e, _ in ends}:
                continue
            got = passed_on(ends, stored_nodes)
            if wanted & got.keys():
                found.append((after, Array(version.shape, [got.get(entry, 0.0) for entry in version.entries])))
        return found

    @cached_property
    def scale(self) -> float:
        """The size of the gradients of this passage: what is far below it is taken for zero."""
        sizes = [abs(g) for claim in self.claims for _, truth, _ in claim.truths for g in truth.entries]
        return max(sizes, default=1.0) or 1.0


def _fits(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Return whether an array of one shape may be spread over another."""
    try:
        return broadcast_shape(shape, whole) == whole and shape != ()
    except ShapeError:
        return False
