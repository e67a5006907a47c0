"""A source as *passages*: each is a way back that can be read again, with a line changed or a gradient put right.

A passage is the module itself, or one call of a backward function. Its statements lie in one list: what stands in a
`with`, and one round of a loop that trains, are spliced in. Every statement that stores a gradient makes an *event*;
the events of one gradient, from its first `=` to its last `+=`, are a `GradientClaim`.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from autograd.array_code.frames import Frame, LoopSignal, ReturnSignal, Version, copied
from autograd.array_code.gradient_names import holder, stored
from autograd.array_code.interpreter import Interpreter, _loaded
from autograd.array_code.library import UnknownValue, has_values
from autograd.array_code.statement_parts import (
    RETURN,
    is_room,
    root_name,
    simple_statements,
    stores_anew,
)
from autograd.array_code.tensors import Tensor
from autograd.claims.arrays import Array
from autograd.engine.backward import backward_pass, order_below
from autograd.engine.graph import gradients
from autograd.engine.value import Value
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_READINGS = 12  # arrays of one name that a gradient may belong to


@dataclass(eq=False)
class Event:
    """One statement that stores a gradient: its place in the passage, and the numbers after it."""

    index: int
    key: str
    line: int
    statement: ast.stmt
    value: Array | None
    reason: str = ""
    is_first: bool = True  # it does not add to what stood there before
    losses: int = 0  # that were computed before it


@dataclass(eq=False)
class GradientClaim:
    """A gradient that is written: its events, the arrays that it may be the gradient of, and their gradients.

    `truths` has one array of numbers for each reading: an array may have several versions, and the code several losses.
    """

    key: str
    subject: str
    events: list[Event]
    truths: list[tuple[Version, Array, Version]]  # of what, its gradient, by which loss
    is_told: bool = False
    reason: str = ""  # why there is no truth

    @property
    def last(self) -> Event:
        """The event after which it is complete."""
        return self.events[-1]


class RecordedPassage:
    """A way back: its statements in a frame. `name` is the function's, empty for the module."""

    def __init__(
        self, interpreter: Interpreter, statements: Sequence[ast.stmt], frame: Frame, name: str = "",
        *, told: Mapping[str, str] | None = None, compared: frozenset[str] = frozenset(), losses: Any = None,
        returned: Sequence[Version] = (),
    ) -> None:  # fmt: skip
        self.interpreter, self.frame, self.name = interpreter, frame, name
        self.statements = list(statements)
        self.told, self.compared, self.returned = dict(told or {}), compared, returned
        self.losses: list[Version] = interpreter.losses if losses is None else losses
        self.states: dict[int, Frame] = {}
        self.changes: dict[int, dict[str, Any]] = {}  # of the statements of the way there, which are read once
        self.events: list[Event] = []
        self.subjects_at: dict[int, dict[str, Any]] = {}
        self._gradients: dict[int, dict[Value, Any]] = {}
        self.result: Any = None
        self.parts: list[Any] = []  # calls of functions that write gradients
        self.repaired: set[str] = set()
        self.repairs: dict[
            int, dict[str, Array]
        ] = {}  # gradients that were put right, by the place of their last event
        self.tree: ast.AST = ast.Module(self.statements, [])

    # -- Reading ------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read the passage for the first time."""
        at = 0
        while at < len(self.statements):
            if not self.name and not self._goes_on(at):
                break
            statement = self.statements[at]
            inside = self._spliced(statement)
            if inside is not None:
                self.statements[at : at + 1] = inside
                continue
            self._look_inside(statement)
            is_back = isinstance(statement, ast.Return) or self.interpreter.is_of_gradient(statement, self.frame)
            if is_back:
                self.states[at] = copied(self.frame)
            outcome = self._execute(statement, self.frame)
            if is_back:
                self.events += self._events(at, statement, self.frame, outcome)
            else:
                roots = {root_name(target) for target in stored(statement)}
                names = [name for name in roots if name in self.frame.names]
                self.changes[at] = {name: copied(self.frame.names[name]) for name in names}
            at += 1
            if outcome is not None:
                break
        del self.statements[at:]

    def _look_inside(self, statement: ast.stmt) -> None:
        """Read the call of a function that writes gradients as a passage of its own, beside this one."""
        if self.name:
            return
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                found = self.interpreter.gradient_call(node, self.frame)
                if found is not None and found[0].name not in {part.name for part in self.parts}:
                    function, frame = found
                    part = type(self)(
                        self.interpreter, function.body, copied(frame), function.name,
                        told=self.told, losses=self.losses,
                    )  # fmt: skip
                    part.tree = self.tree
                    self.parts.append(part)
                    part.read()

    def _goes_on(self, at: int) -> bool:
        """Return whether anything that may be a gradient is still to be stored: what comes after it is not read."""
        return any(map(self.interpreter.may_store_gradient, self.statements[at:]))

    def _spliced(self, statement: ast.stmt) -> list[ast.stmt] | None:
        if isinstance(statement, (ast.With, ast.Try)):
            return list(statement.body)
        if isinstance(statement, ast.If):
            try:
                holds = self.interpreter._truth(self.interpreter.evaluate(statement.test, self.frame))
            except (ChalkgradError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
                return None
            return list(statement.body if holds else statement.orelse)
        if isinstance(statement, ast.For) and self.interpreter.trains(statement) and not self.name:
            first = ast.Subscript(
                ast.Call(ast.Name("list", ast.Load()), [statement.iter], []), ast.Constant(0), ast.Load()
            )
            assigned = ast.Assign([statement.target], first)
            return [ast.fix_missing_locations(ast.copy_location(assigned, statement)), *statement.body]
        return None

    def _execute(self, statement: ast.stmt, frame: Frame) -> Any:
        try:
            with suppress(LoopSignal):
                self.interpreter.step(statement, frame)
        except ReturnSignal as signal:
            return (signal.value,)
        return None

    def _events(self, at: int, statement: ast.stmt, frame: Frame, outcome: Any) -> list[Event]:
        line = getattr(statement, "lineno", 0)
        if isinstance(statement, ast.Return):
            return self._returned_events(at, statement, line, outcome)
        found: dict[str, Event] = {}
        for target in stored(statement):
            whole = holder(target)
            key = ast.unparse(whole)
            if key in found or not self.interpreter.subject_names(whole):
                continue
            value, reason = self._value(whole, frame)
            if value is None and not reason:
                continue
            inner = [
                each.lineno for each in simple_statements(statement) if root_name(whole) in map(root_name, stored(each))
            ]
            line = max(inner, default=line)
            found[key] = Event(at, key, line, statement, value, reason, stores_anew(statement, key), len(self.losses))
            self.subjects_at.setdefault(at, {})[key] = self._subject_now(whole, frame)
        return list(found.values())

    def _value(self, target: ast.expr, frame: Frame) -> tuple[Array | None, str]:
        root = frame.names.get(root_name(target))
        if isinstance(root, UnknownValue):
            return None, root.words
        try:
            thing = self.interpreter.evaluate(_loaded(target), frame)
        except (ChalkgradError, LookupError, TypeError) as error:
            return None, str(error)
        return _numbers(thing), ""

    def _returned_events(self, at: int, statement: ast.Return, line: int, outcome: Any) -> list[Event]:
        if outcome is None or not self.returned:
            return []
        things = list(outcome[0]) if isinstance(outcome[0], (tuple, list)) else [outcome[0]]
        self.result = outcome[0]
        found = []
        parts = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
        for position, thing in enumerate(things):
            if len(parts) == len(things) and parts[position] is not None and self._is_named(parts[position]):
                continue  # it is judged by its name
            reason = thing.words if isinstance(thing, UnknownValue) else ""
            value = _numbers(thing)
            if value is not None or reason:
                found.append(Event(at, f"{RETURN} {position}", line, statement, value, reason))
        return found

    def _is_named(self, part: Any) -> bool:
        return isinstance(part, (ast.Name, ast.Subscript, ast.Attribute)) and bool(self.interpreter.subject_names(part))

    def _subject_now(self, target: ast.expr, frame: Frame) -> Any:
        """Return the array that the subject's name stands for where its gradient is stored."""
        for name in self.interpreter.subject_names(target):
            if isinstance(frame.names.get(name), UnknownValue):
                return frame.names[name]
            expression: ast.expr = ast.Name(name, ast.Load())
            if isinstance(target, ast.Attribute):
                expression = ast.Attribute(target.value, name, ast.Load())
            elif "." in name or "[" in name:
                expression = ast.parse(name, mode="eval").body
            try:
                thing = self.interpreter.evaluate(expression, frame)
            except (ChalkgradError, LookupError, TypeError, AttributeError):
                continue
            if isinstance(thing, Tensor) and has_values(thing.array):
                return thing.array
        return None

    def again(
        self,
        start: int,
        stop: int,
        repairs: Mapping[int, Mapping[str, Array]],
        edit: tuple[int, ast.stmt] | None = None,
        bindings: Mapping[str, Array] | None = None,
        *,
        keeps: bool = False,
    ) -> dict[tuple[int, str], Array | None]:
        """Read statements once more and return the numbers after each event.

        `repairs` are put in the place of gradients after a statement. `edit` is another statement at one place, before
        which `bindings` are put under names.
        """
        frame = copied(self.states[start])
        interpreter = self.interpreter
        interpreter.is_recording = False
        interpreter.steps = interpreter.library.work = 0
        events: dict[int, list[Event]] = {event.index: [] for event in self.events}
        for event in self.events:
            events[event.index].append(event)
        found: dict[tuple[int, str], Array | None] = {}
        try:
            for at in range(start, stop + 1):
                if at in self.changes:
                    frame.names.update({name: copied(thing) for name, thing in self.changes[at].items()})
                    continue
                statement = self.statements[at]
                if keeps and at in self.states and at > start:
                    self.states[at] = copied(frame)
                if edit and edit[0] == at:
                    statement = edit[1]
                    for name, array in (bindings or {}).items():
                        frame.names[name] = _gradient_tensor(array)
                outcome = self._execute(statement, frame)
                for event in events.get(at, []):
                    found[at, event.key] = self._value_again(event, frame, outcome)
                for key, array in {**self.repairs.get(at, {}), **repairs.get(at, {})}.items():
                    found[at, key] = array
                    self._put(key, array, frame)
        finally:
            interpreter.is_recording = True
            interpreter.spent += interpreter.steps + interpreter.library.work
        return found

    def _value_again(self, event: Event, frame: Frame, outcome: Any) -> Array | None:
        if event.key.startswith(RETURN):
            if outcome is None:
                return None
            things = list(outcome[0]) if isinstance(outcome[0], (tuple, list)) else [outcome[0]]
            at = int(event.key.split()[1])
            return _numbers(things[at]) if at < len(things) else None
        return self._value(ast.parse(event.key, mode="eval").body, frame)[0]

    def _put(self, key: str, array: Array, frame: Frame) -> None:
        if key.startswith(RETURN):
            return
        target = ast.parse(key, mode="eval").body
        try:
            thing = self.interpreter.evaluate(target, frame)
        except (ChalkgradError, LookupError, TypeError):
            thing = None
        if isinstance(thing, Tensor) and len(thing.places) == array.size:
            thing.fill(Array(thing.shape, array.entries))  # in place: other names of it see it too
            return
        tensor = _gradient_tensor(array)
        if isinstance(target, ast.Name):
            frame.names[target.id] = tensor

    # -- What is claimed ------------------------------------------------------------------------------

    @cached_property
    def claims(self) -> list[GradientClaim]:
        """The gradients that the passage writes, in the order in which they are complete."""
        groups: list[list[Event]] = []
        open_groups: dict[str, list[Event]] = {}
        for event in self.events:
            if event.is_first or event.key not in open_groups:
                open_groups[event.key] = []
                groups.append(open_groups[event.key])
            open_groups[event.key].append(event)
        found = [self._claim(group) for group in groups if not all(map(_is_empty, group))]
        return sorted((each for each in found if each is not None), key=lambda claim: claim.last.index)

    def _claim(self, events: list[Event]) -> GradientClaim | None:
        key, last = events[0].key, events[-1]
        if key.startswith(RETURN):
            at = int(key.split()[1])
            if at >= len(self.returned):
                return None
            version = self.returned[at]
            return GradientClaim(key, version.name, events, self._truths([version], last), is_told=True)
        target = ast.parse(key, mode="eval").body
        names = self.interpreter.subject_names(target)
        now = self.subjects_at.get(last.index, {}).get(key)
        versions = [version for name in names for version in self.interpreter.versions[name]]
        if isinstance(now, UnknownValue):
            return GradientClaim(key, names[0], events, [], reason=f"{names[0]} {now.words}")
        if now is not None:  # an array of that name that is no part of the loss may not stand in for another one
            versions = [
                version for version in versions if version.frame is not self.frame or not self._is_rebound(version, now)
            ]
            line = next((v.line for v in versions if _same_entries(v.entries, now.entries)), 0)
            current = Version(names[0], now.shape, now.entries, line, self.frame, names[0])
            versions = [current, *(v for v in versions if not _same_entries(v.entries, now.entries))]
        return GradientClaim(key, names[0], events, self._truths(versions, last), is_told=key in self.compared)

    def _is_rebound(self, version: Version, now: Array) -> bool:
        """Return whether a name stood for another array of the same frame, which has nothing to do with this one."""
        if _same_entries(version.entries, now.entries):
            return False
        return not any(
            entry in self.gradients_of(loss)
            for loss in self.losses
            for entry in now.entries
            if isinstance(entry, Value)
        )

    def _truths(self, versions: Sequence[Version], last: Event) -> list[tuple[Version, Array, Version]]:
        found: list[tuple[Version, Array, Version]] = []
        losses = (*self.losses[: last.losses][::-1], *self.losses[last.losses :])
        for version in (*versions[:1], *versions[1:][::-1]):
            if len(found) >= MAX_READINGS:
                break
            if any(_same_entries(version.entries, other.entries) for other, _, _ in found):
                continue
            for loss in losses:
                flow = self.gradients_of(loss)
                if any(isinstance(entry, Value) and entry in flow for entry in version.entries):
                    found.append((version, _taken(flow, version), loss))
                elif self.detached_paths(version, loss):
                    found.append((version, _taken({}, version), loss))
        return found

    def gradients_of(self, loss: Version) -> dict[Value, Any]:
        """Return the engine's gradient of a loss, by node."""
        node = loss.entries[0]
        if id(node) not in self._gradients:
            self._gradients[id(node)] = gradients(node)
        return self._gradients[id(node)]

    def detached_paths(self, version: Version, loss: Version) -> list[tuple[int, Array]]:
        """Return what an array's gradient would get along each path that a `detach` cuts, with the line of the cut."""
        flow, found = self.gradients_of(loss), []
        for cut in self.interpreter.library.cuts:
            ends = [(before, flow[leaf]) for leaf, before in cut if leaf in flow]
            got = passed_on(ends, {}) if ends else {}
            for before, flowing in ends:
                got[before] = got.get(before, 0.0) + flowing
            if any(got.get(entry) for entry in version.entries):
                stored_nodes = self._stored_nodes()
                lines = [stored_nodes[leaf].line for leaf, _ in cut if leaf in stored_nodes]
                array = Array(version.shape, [got.get(entry, 0.0) for entry in version.entries])
                found.append((lines[0] if lines else 0, array))
        return found

    def _stored_nodes(self) -> dict[Any, Version]:
        """Return the array that each node was first stored in."""
        found: dict[Any, Version] = {}
        for each in (v for versions in self.interpreter.versions.values() for v in versions):
            for entry in each.entries:
                found.setdefault(entry, each)
        return found


def passed_on(ends: list[tuple[Value, float]], stored_nodes: Mapping[Value, Any]) -> dict[Value, float]:
    """Return what flows from the entries of an array into the stored arrays directly below it."""
    top, root = {end for end, _ in ends}, object()

    def edges(node: Any) -> Any:
        if node is root:
            return ends
        return node.edges() if node in top or node not in stored_nodes else []

    order = order_below(root, edges)
    got: dict[Value, float] = {}
    for node, _, terms in backward_pass(order, 1.0, 0.0, edges):
        if node is not root:
            got.update({parent: total for parent, _, _, total in terms})
    return got


def _taken(flow: Mapping[Value, Any], version: Version) -> Array:
    return Array(version.shape, [float(flow.get(e, 0.0)) if isinstance(e, Value) else 0.0 for e in version.entries])


def _same_entries(a: list[Any], b: list[Any]) -> bool:
    return len(a) == len(b) and all(p is q for p, q in zip(a, b))


def _gradient_tensor(array: Array) -> Tensor:
    tensor = Tensor.of(array)
    tensor.of_gradient = True
    return tensor


def _numbers(thing: Any) -> Array | None:
    if isinstance(thing, Tensor):
        found = thing.numbers
    elif isinstance(thing, (int, float)) and not isinstance(thing, bool):
        found = Array((), [thing])
    else:
        return None
    return found.map(float)


def _is_empty(event: Event) -> bool:
    """Return whether a statement only makes room for what is written later."""
    return is_room(getattr(event.statement, "value", None))
