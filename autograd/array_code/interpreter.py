"""Python over arrays, read statement by statement: a whitelist of syntax and names, never `eval` and never `exec`.

What cannot be read costs one line: the names that it would have stored are `UnknownValue`. On the way back (a line that
stores a gradient, or reads one) everything is plain numbers.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from autograd.array_code.builtin_functions import CodeModule, iterated
from autograd.array_code.expressions import MAX_STEPS, ExpressionReader, key_of
from autograd.array_code.frames import CodeFunction, Frame, Instance, Kind, LoopSignal, ReturnSignal, Version
from autograd.array_code.gradient_names import is_initialization, last_name, parts_of, stored, subjects
from autograd.array_code.library import UnknownValue, UnreadableError, described, has_values, whole
from autograd.array_code.tensors import Tensor
from autograd.engine.graph import gradients
from autograd.engine.value import Value
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.claims.arrays import Array

SPREAD = 0.3  # of the numbers in the place of a constant that a parameter starts from
_FAILURES = (ChalkgradError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError)


class Interpreter(ExpressionReader):
    """Reads statements in frames, and remembers every version of an array of the way there, and what was unreadable."""

    def __init__(self, seed: int, told: dict[str, str], losses: Sequence[str] = ()) -> None:
        super().__init__(seed)
        self.told = told  # the gradient's name → the name whose gradient it is, where the code says so
        self.loss_names = losses
        self.versions: dict[str, list[Version]] = {}
        self.unreadable: dict[int, str] = {}
        self.owners: dict[Value, Array] = {}  # the array that a node was first stored in
        self.is_recording = True  # versions, losses and what is unreadable: not where a part is read again
        self.spent = 0  # by all that was read again
        self._flow: tuple[Value, dict[Value, Any]] | None = None  # the last loss and its gradients
        self._may_store: dict[ast.stmt, bool] = {}
        self._all_names: set[str] = set()
        self._writers: set[str] = set()  # functions that write gradients
        self._parameters: set[str] = set()  # names whose constants are starting values, and have a gradient

    def knows(self, tree: ast.AST) -> None:
        """Take note of every name that the code stores in."""
        for node in ast.walk(tree):
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For)):
                self._all_names |= {last_name(target) for target in stored(node)}
            elif isinstance(node, ast.arg):
                self._all_names.add(node.arg)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                targets = [target for inner in node.body for target in stored(inner)]
                if any(map(self.may_name_gradient, targets)):
                    self._writers.add(node.name)
        self._parameters = self._initialized_only(tree)

    def _initialized_only(self, tree: ast.AST) -> set[str]:
        """Return the names that are only initialized and updated by gradients, and whose gradient the code writes."""
        wanted, others = set(), set()
        for node in ast.walk(tree):
            if not isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.Expr)):
                continue
            targets = list(stored(node)) if not isinstance(node, ast.For) else [node.target]
            wanted |= {name for target in targets for name in subjects(target, self.told)}
            if not is_initialization(node) and not self._reads_gradient(node):
                others |= {last_name(target) for target in targets}
        return wanted - others

    def _reads_gradient(self, node: ast.AST) -> bool:
        parts = [n for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute, ast.Subscript))]
        return any(isinstance(part.ctx, ast.Load) and self.may_name_gradient(part) for part in parts)

    def _evaluated(self, targets: list[ast.expr], value: ast.expr, frame: Frame) -> Any:
        """Return what is assigned: constants that parameters start from are spread, for they hide mistakes.

        With a gain of 1 a forgotten gain is no mistake, and with a bias of 0 many a wrong product is none.
        """
        names = [last_name(part) for target in targets for part in parts_of(target)]
        if not self.library.detached and names and self._parameters.issuperset(names):
            self.library.spread = SPREAD
        try:
            return self.evaluate(value, frame)
        finally:
            self.library.spread = 0.0

    # -- Statements -----------------------------------------------------------------------------------

    def run(self, statements: Iterable[ast.stmt], frame: Frame) -> None:
        """Read statements; one that cannot be read leaves its names unknown."""
        for statement in statements:
            self.step(statement, frame)

    def step(self, statement: ast.stmt, frame: Frame) -> None:
        """Read one statement."""
        outer_line, self.line = self.line, getattr(statement, "lineno", self.line)
        before = self.library.detached
        if not isinstance(statement, (ast.For, ast.While, ast.If, ast.With, ast.FunctionDef, ast.ClassDef)):
            self.library.detached = self.is_of_gradient(statement, frame)
        try:
            self._statement(statement, frame)
        except _FAILURES as error:
            reason = f"{type(error).__name__}: {error}" if not isinstance(error, ChalkgradError) else str(error)
            if isinstance(error, KeyError):
                reason = f"{error.args[0] if error.args else error} is not known here"
            if self.is_recording:
                self.unreadable.setdefault(self.line, reason)
            self._forget(statement, frame, UnknownValue(reason, self.line))
            if isinstance(statement, ast.Return):
                raise ReturnSignal(UnknownValue(reason, self.line)) from None
        finally:
            self.library.detached = before
            self.line = outer_line

    def _forget(self, statement: ast.stmt, frame: Frame, unknown: UnknownValue) -> None:
        for target in stored(statement):
            root = target
            while isinstance(root, (ast.Subscript, ast.Attribute)):
                root = root.value
            if isinstance(root, ast.Name) and not isinstance(frame.names.get(root.id), (dict, Instance)):
                frame.names[root.id] = unknown

    def is_of_gradient(self, statement: ast.stmt, frame: Frame) -> bool:
        """Return whether a statement is of the way back: it stores the gradient of an array, or reads one."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                try:
                    if _has_gradient(frame.find(node.id)):
                        return True
                except KeyError:
                    continue
        return any(self.subject_names(target) for target in stored(statement))

    def may_store_gradient(self, statement: ast.stmt) -> bool:
        """Return whether a statement stores what by its name is a gradient, of an array that is known now or later."""
        if statement not in self._may_store:
            calls = {n.func for n in ast.walk(statement) if isinstance(n, ast.Call)}
            names = {getattr(each, "id", getattr(each, "attr", "")) for each in calls}
            self._may_store[statement] = bool(names & self._writers) or any(
                map(self.may_name_gradient, stored(statement))
            )
        return self._may_store[statement]

    def may_name_gradient(self, target: ast.expr) -> bool:
        """Return whether a target may be the gradient of a name that is stored anywhere, before it or later."""
        return any(name in self._all_names or name in self.versions for name in subjects(target, self.told))

    def gradient_call(self, node: ast.Call, frame: Frame) -> tuple[CodeFunction, Frame] | None:
        """Return the function and the frame of a call, if it is one of the code's own that writes gradients."""
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in self._writers:
            return None
        try:
            first: list[Any] = []
            if isinstance(node.func, ast.Attribute):
                holder = self.evaluate(node.func.value, frame)
                function = holder.kind.methods.get(name) if isinstance(holder, Instance) else None
                first = [holder]
            else:
                function = self.evaluate(node.func, frame)
            if not isinstance(function, CodeFunction):
                return None
            options = {k.arg: self.evaluate(k.value, frame) for k in node.keywords if k.arg is not None}
            return function, self.bound(function, [*first, *self._elements(node.args, frame)], options)
        except _FAILURES:
            return None

    def subject_names(self, target: ast.expr) -> list[str]:
        """Return the names of arrays whose gradient a target may be: those that the way there has stored."""
        return [name for name in subjects(target, self.told) if name in self.versions]

    def _statement(self, statement: ast.stmt, frame: Frame) -> None:
        self._count()
        match statement:
            case ast.Assign(targets=targets, value=value):
                found = self._evaluated(targets, value, frame)
                for target in targets:
                    self.store(target, found, frame, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.store(target, self.evaluate(value, frame), frame, value)
            case ast.AugAssign(target=target, op=op, value=value):
                self._augment(target, op, value, frame)
            case ast.Expr(value=value):
                if not _is_said(value):
                    self.evaluate(value, frame)
            case ast.For():
                self._loop(statement, frame)
            case ast.While(test=test, body=body):
                failures = len(self.unreadable)
                while self._truth(self.evaluate(test, frame)):
                    if not self._round(body, frame) or len(self.unreadable) > failures:
                        break
            case ast.If(test=test, body=body, orelse=orelse):
                self.run(body if self._truth(self.evaluate(test, frame)) else orelse, frame)
            case ast.With(body=body) | ast.Try(body=body):
                self.run(body, frame)
            case ast.FunctionDef(name=name):
                frame.names[name] = CodeFunction(statement, frame, name)
            case ast.ClassDef(name=name, body=body):
                methods = {f.name: CodeFunction(f, frame, f.name) for f in body if isinstance(f, ast.FunctionDef)}
                frame.names[name] = Kind(name, methods)
            case ast.Return(value=value):
                raise ReturnSignal(None if value is None else self.evaluate(value, frame))
            case ast.Import(names=names):
                for alias in names:
                    frame.names[alias.asname or alias.name.partition(".")[0]] = CodeModule(alias.name)
                    self.library.is_torch = self.library.is_torch or alias.name.startswith("torch")
            case ast.ImportFrom(module=module, names=names):
                for alias in names:
                    frame.names[alias.asname or alias.name] = CodeModule(f"{module}.{alias.name}")
            case ast.Break() | ast.Continue():
                raise LoopSignal(goes_on=isinstance(statement, ast.Continue))
            case ast.Pass() | ast.Assert() | ast.Global() | ast.Nonlocal() | ast.Delete():
                pass
            case _:
                raise UnreadableError(f"a statement of this kind ({type(statement).__name__}) is not read")

    def _loop(self, statement: ast.For, frame: Frame) -> None:
        rounds = iterated(self.evaluate(statement.iter, frame))
        if self.trains(statement):
            rounds = rounds[:1]
        for each in rounds:
            self.store(statement.target, each, frame, None)
            if not self._round(statement.body, frame):
                return

    def _round(self, body: list[ast.stmt], frame: Frame) -> bool:
        """Read a loop's body once; return whether the loop goes on."""
        self._count()
        if self.steps >= MAX_STEPS:
            raise UnreadableError("this loop takes more steps than are read")
        try:
            self.run(body, frame)
        except LoopSignal as signal:
            return signal.goes_on
        return True

    def trains(self, statement: ast.For) -> bool:
        """Return whether a loop goes the way there and back in each round: one round then shows all."""
        inner = [node for node in ast.walk(statement) if isinstance(node, (ast.Assign, ast.AugAssign))]
        targets = {last_name(target) for each in inner for target in stored(each)}
        called = {ast.unparse(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)}
        goes_there = any(self.is_loss(name) for name in targets) or any("forward" in name for name in called)
        goes_back = any(subjects(ast.Name(name), self.told) for name in targets) or any("back" in n for n in called)
        return goes_there and goes_back and not any(isinstance(node, ast.Return) for node in ast.walk(statement))

    def is_loss(self, name: str) -> bool:
        """Return whether a name is one that people give to a loss."""
        return name in self.loss_names or name in ("L", "J", "E") or name.lower().rstrip("0123456789") in LOSSES

    # -- Names ----------------------------------------------------------------------------------------

    def store(self, target: ast.expr, value: Any, frame: Frame, source: ast.expr | None) -> None:
        """Put a value where a target says, and remember it as a version."""
        match target:
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts = iterated(value)
                if any(isinstance(each, ast.Starred) for each in targets) or len(parts) != len(targets):
                    raise UnreadableError(f"{len(parts)} parts do not go into {len(targets)} names")
                for each, part in zip(targets, parts):
                    self.store(each, part, frame, None)
            case ast.Name(id=name):
                if self._is_update(target, source, frame):
                    return
                frame.names[name] = self._kept(name, value, frame)
            case ast.Attribute(value=base, attr=name):
                holder = self.evaluate(base, frame)
                if isinstance(holder, Instance):
                    if not self._is_update(target, source, frame):
                        holder.attributes[name] = self._kept(name, value, frame, ast.unparse(target))
                elif isinstance(holder, Tensor):
                    if name == "data" and not self.library.detached:
                        holder.fill(self.library.array(value))
                else:
                    raise UnreadableError(f"an attribute of {described(holder)} is not stored")
            case ast.Subscript(value=base, slice=index):
                holder = self.evaluate(base, frame)
                at = self.evaluate(index, frame)
                self._put(holder, at, value, target, frame, source)
            case _:
                raise UnreadableError("this is not stored")

    def _put(
        self, holder: Any, at: Any, value: Any, target: ast.Subscript, frame: Frame, source: ast.expr | None
    ) -> None:
        if isinstance(holder, Tensor):
            is_step = _reads(source, ast.unparse(target)) and self._is_parameter(holder)
            if self.library.detached and is_step and not self.subject_names(target):
                return  # the update of a parameter
            holder.write(self.index(at), self.library.array(value))
            holder.of_gradient = holder.of_gradient or self.library.detached
        elif isinstance(holder, dict):
            if not self._is_update(target, source, frame):
                name = at if isinstance(at, str) else ""
                holder[key_of(at)] = self._kept(name, value, frame, ast.unparse(target)) if name else value
        elif isinstance(holder, list):
            holder[whole(at)] = value
        else:
            raise UnreadableError(f"an entry of {described(holder)} is not stored")

    def _is_update(self, target: ast.expr, source: ast.expr | None, frame: Frame) -> bool:
        """Return whether a line changes a parameter by its gradient: it is kept as it was."""
        if not self.library.detached or source is None or self.subject_names(target):
            return False
        text = ast.unparse(target)
        if not _reads(source, text):
            return False
        try:
            before = self.evaluate(ast.parse(text, mode="eval").body, frame)
        except _FAILURES:
            return False
        return isinstance(before, Tensor) and self._is_parameter(before)

    def _is_parameter(self, tensor: Tensor) -> bool:
        """Return whether a loss depends on an array of the way there."""
        if tensor.of_gradient or not self.losses:
            return False
        node = self.losses[-1].entries[0]
        if self._flow is None or self._flow[0] is not node:
            self._flow = (node, gradients(node))
        return any(isinstance(entry, Value) and entry in self._flow[1] for entry in tensor.entries)

    def _kept(self, name: str, value: Any, frame: Frame, text: str = "") -> Any:
        """Return what is stored for a value, and remember it as a version if it is an array of the way there."""
        if isinstance(value, Value):
            value = Tensor.of(value)
        if not isinstance(value, Tensor):
            return value
        if self.library.detached:
            if not value.of_gradient:  # another name for an array of the way there: it shares the entries
                value = Tensor(value.store, value.places, value.shape, is_view=True)
                value.of_gradient = True
            return value
        array = value.array
        if value.of_gradient or not has_values(array):
            return value
        if not self.is_recording:
            return value
        if any(isinstance(entry, float) for entry in array.entries):  # a border of zeros has a gradient, too
            array = array.map(lambda entry: Value(entry) if isinstance(entry, float) else entry)
            value = Tensor.of(array)
        if not self._is_own(array):
            self.library.spend(array.size, array.size)
            array = array.map(lambda entry: 1.0 * entry if isinstance(entry, Value) else entry)
            self._is_own(array)
            value = Tensor.of(array)
        version = Version(name, value.shape, array.entries, self.line, frame, text or name)
        self.versions.setdefault(name, []).append(version)
        if value.array.size == 1 and self.is_loss(name):
            self.losses.append(version)
        return value

    def _is_own(self, array: Array) -> bool:
        """Return whether the nodes of an array are its own, or those of one array that gets another name.

        Nodes of another array, which `x[rows]` and `x.T` have, would have the gradient of that one.
        """
        owners = {self.owners.get(entry) for entry in array.entries if isinstance(entry, Value)}
        if owners == {None}:
            if len(set(map(id, array.entries))) < array.size:
                return False
            self.owners.update(dict.fromkeys((e for e in array.entries if isinstance(e, Value)), array))
            return True
        owner = owners.pop()
        return not owners and owner is not None and owner.shape == array.shape and owner.entries == array.entries

    def entry(self, key: Any, value: ast.expr, frame: Frame) -> Any:
        """Return what a dictionary has under a key, and remember it as a version."""
        found = self._evaluated([ast.Name(str(key))], value, frame)
        return self._kept(key, found, frame, f"[{key!r}]") if isinstance(key, str) and _is_fresh(value) else found

    def _augment(self, target: ast.expr, op: ast.operator, value: ast.expr, frame: Frame) -> None:
        before = self.evaluate(_loaded(target), frame)
        after = self._binary(op, before, self.evaluate(value, frame))
        if isinstance(before, Tensor) and isinstance(after, Tensor):
            is_step = isinstance(op, (ast.Add, ast.Sub)) and self._is_parameter(before)
            if self.library.detached and is_step and not self.subject_names(target):
                return  # the update of a parameter
            if isinstance(target, ast.Subscript) and not isinstance(self.evaluate(target.value, frame), Tensor):
                pass
            elif isinstance(target, ast.Subscript):
                self.store(target, after, frame, None)
                return
            if before.shape == after.shape and before.shape:
                before.fill(self.library.array(after))
                before.of_gradient = before.of_gradient or self.library.detached
                if not self.library.detached:
                    self._kept_in_place(target, before, frame)
                return
            if before.shape and before.shape != after.shape:
                raise UnreadableError(f"{after.shape} does not fit into {before.shape} in place")
        if isinstance(before, list) and isinstance(after, list):
            before[:] = after
            return
        self.store(target, after, frame, None)

    def _kept_in_place(self, target: ast.expr, value: Tensor, frame: Frame) -> None:
        name = target.id if isinstance(target, ast.Name) else ""
        if name and self.is_recording and has_values(value.array):
            version = Version(name, value.shape, value.entries, self.line, frame, name, is_changed=True)
            self.versions.setdefault(name, []).append(version)


LOSSES = {
    "loss", "cost", "error", "err", "total_loss", "data_loss", "nll", "mse", "objective", "losses",
    "loss_total", "loss_fn", "loss_fast", "ce", "xent", "total_error", "total_cost",
}  # fmt: skip


def _is_said(node: ast.expr) -> bool:
    """Return whether an expression on a line of its own only shows something, and changes nothing."""
    if not isinstance(node, ast.Call):
        return True
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    root = node.func
    while isinstance(root, (ast.Attribute, ast.Call, ast.Subscript)):
        root = root.func if isinstance(root, ast.Call) else root.value
    shown = getattr(root, "id", "") in ("plt", "ax", "fig", "display", "tqdm", "warnings", "sns", "os", "sys")
    return name in ("print", "cmp", "compare", "display", "exit", "quit", "help") or shown


def _has_gradient(thing: Any, depth: int = 2) -> bool:
    if isinstance(thing, Tensor):
        return thing.of_gradient
    if depth and isinstance(thing, (list, tuple)):
        return any(_has_gradient(part, depth - 1) for part in thing[:20])
    if depth and isinstance(thing, dict):
        return any(_has_gradient(part, depth - 1) for part in list(thing.values())[:20])
    return False


def _reads(source: ast.expr | None, text: str) -> bool:
    return source is not None and any(
        isinstance(n, (ast.Name, ast.Attribute, ast.Subscript)) and ast.unparse(n) == text for n in ast.walk(source)
    )


def _is_fresh(node: ast.expr) -> bool:
    return not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))


def _loaded(target: ast.expr) -> ast.expr:
    """Return a target as an expression that is read."""
    return ast.parse(ast.unparse(target), mode="eval").body
