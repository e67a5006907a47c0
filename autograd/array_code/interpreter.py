"""Python over arrays, read statement by statement: a whitelist of syntax and names, never `eval` and never `exec`.

What cannot be read costs one line: the names that it would have stored are `UnknownValue`. On the way back (a line that
stores a gradient, or reads one) everything is plain numbers.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd.array_code import shape_functions  # noqa: F401 -- it fills the table of functions
from autograd.array_code.builtin_functions import (
    BUILTINS,
    MAX_ITEMS,
    TEXT_METHODS,
    CodeModule,
    generic_text,
    iterated,
    plain_text,
)
from autograd.array_code.function_table import call
from autograd.array_code.functions import Extreme, compared
from autograd.array_code.gradient_names import is_initialization, last_name, parts_of, stored, subjects
from autograd.array_code.library import Library, UnknownValue, UnreadableError, described, has_values, whole
from autograd.array_code.tensors import Tensor
from autograd.claims.arrays import Array
from autograd.engine.graph import gradients
from autograd.engine.value import Value
from autograd.errors import ChalkgradError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_STEPS = 2_000_000  # parts of expressions that are read: some seconds
MAX_BITS = 4000  # of a whole number
MAX_DEPTH = 40  # of functions that call each other
SPREAD = 0.3  # of the numbers in the place of a constant that a parameter starts from

BINARY: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.MatMult: operator.matmul,
}  # fmt: skip
COMPARED: dict[type, Any] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
_FAILURES = (ChalkgradError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass
class CodeFunction:
    """A function of the code's own."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame
    name: str = ""

    @property
    def body(self) -> list[ast.stmt]:
        """The statements of the function."""
        return self.node.body if isinstance(self.node, ast.FunctionDef) else [ast.Return(self.node.body)]


@dataclass
class Kind:
    """A class of the code's own, with its methods."""

    name: str
    methods: dict[str, CodeFunction]


@dataclass(eq=False)
class Instance:
    """An object of such a class, or an empty one of a class that is not read."""

    kind: Kind
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Frame:
    """The names of a module or of one call of a function; those of `outer` can be read too."""

    names: dict[str, Any] = field(default_factory=dict)
    outer: Frame | None = None

    def find(self, name: str) -> Any:
        """Return what a name stands for, or raise KeyError."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        raise KeyError(name)


@dataclass(eq=False)
class Version:
    """An array of the way there as it was when a line stored it under a name."""

    name: str
    shape: tuple[int, ...]
    entries: list[Any]
    line: int
    frame: Frame
    text: str = ""
    is_changed: bool = False  # in place, by this line


class _ReturnSignal(Exception):  # noqa: N818 -- a signal
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _LoopSignal(Exception):  # noqa: N818 -- a signal
    def __init__(self, *, goes_on: bool) -> None:
        super().__init__()
        self.goes_on = goes_on


class Interpreter:
    """Reads statements in frames, and remembers every version of an array of the way there, and what was unreadable."""

    def __init__(self, seed: int, told: dict[str, str], losses: Sequence[str] = ()) -> None:
        self.library = Library(seed)
        self.told = told  # the gradient's name → the name whose gradient it is, where the code says so
        self.loss_names = losses
        self.module = Frame()
        self.versions: dict[str, list[Version]] = {}
        self.losses: list[Version] = []
        self.unreadable: dict[int, str] = {}
        self.owners: dict[Value, Array] = {}  # the array that a node was first stored in
        self.called: set[str] = set()
        self.data: dict[str, Any] = {}
        self.is_recording = True  # versions, losses and what is unreadable: not where a part is read again
        self.spent = 0  # by all that was read again
        self.steps = 0
        self.depth = 0
        self.line = 0
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
                raise _ReturnSignal(UnknownValue(reason, self.line)) from None
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
                    self._store(target, found, frame, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._store(target, self.evaluate(value, frame), frame, value)
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
                raise _ReturnSignal(None if value is None else self.evaluate(value, frame))
            case ast.Import(names=names):
                for alias in names:
                    frame.names[alias.asname or alias.name.partition(".")[0]] = CodeModule(alias.name)
                    self.library.is_torch = self.library.is_torch or alias.name.startswith("torch")
            case ast.ImportFrom(module=module, names=names):
                for alias in names:
                    frame.names[alias.asname or alias.name] = CodeModule(f"{module}.{alias.name}")
            case ast.Break() | ast.Continue():
                raise _LoopSignal(goes_on=isinstance(statement, ast.Continue))
            case ast.Pass() | ast.Assert() | ast.Global() | ast.Nonlocal() | ast.Delete():
                pass
            case _:
                raise UnreadableError(f"a statement of this kind ({type(statement).__name__}) is not read")

    def _count(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise UnreadableError("this file takes more steps than are read; use smaller shapes or fewer rounds")

    def _loop(self, statement: ast.For, frame: Frame) -> None:
        rounds = iterated(self.evaluate(statement.iter, frame))
        if self.trains(statement):
            rounds = rounds[:1]
        for each in rounds:
            self._store(statement.target, each, frame, None)
            if not self._round(statement.body, frame):
                return

    def _round(self, body: list[ast.stmt], frame: Frame) -> bool:
        """Read a loop's body once; return whether the loop goes on."""
        self._count()
        if self.steps >= MAX_STEPS:
            raise UnreadableError("this loop takes more steps than are read")
        try:
            self.run(body, frame)
        except _LoopSignal as signal:
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

    def _store(self, target: ast.expr, value: Any, frame: Frame, source: ast.expr | None) -> None:
        match target:
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts = iterated(value)
                if any(isinstance(each, ast.Starred) for each in targets) or len(parts) != len(targets):
                    raise UnreadableError(f"{len(parts)} parts do not go into {len(targets)} names")
                for each, part in zip(targets, parts):
                    self._store(each, part, frame, None)
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
                holder[_key(at)] = self._kept(name, value, frame, ast.unparse(target)) if name else value
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
                self._store(target, after, frame, None)
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
        self._store(target, after, frame, None)

    def _kept_in_place(self, target: ast.expr, value: Tensor, frame: Frame) -> None:
        name = target.id if isinstance(target, ast.Name) else ""
        if name and self.is_recording and has_values(value.array):
            version = Version(name, value.shape, value.entries, self.line, frame, name, is_changed=True)
            self.versions.setdefault(name, []).append(version)

    # -- Expressions ----------------------------------------------------------------------------------

    def evaluate(self, node: ast.expr, frame: Frame) -> Any:
        """Return what an expression stands for."""
        self._count()
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._known(self._named(name, frame))
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, self.evaluate(left, frame), self.evaluate(right, frame))
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(op, self.evaluate(operand, frame))
            case ast.Compare(left=left, ops=operators, comparators=others):
                return self._compare(self.evaluate(left, frame), operators, others, frame)
            case ast.BoolOp(op=op, values=values):
                found = None
                for value in values:
                    found = self.evaluate(value, frame)
                    if self._truth(found) == isinstance(op, ast.Or):
                        break
                return found
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.evaluate(body if self._truth(self.evaluate(test, frame)) else orelse, frame)
            case ast.Attribute(value=base, attr=name):
                return self._known(self._attribute(self.evaluate(base, frame), name))
            case ast.Subscript(value=base, slice=index):
                return self._known(self._item(self.evaluate(base, frame), self.evaluate(index, frame)))
            case ast.Slice(lower=lower, upper=upper, step=step):
                parts = [None if p is None else self.evaluate(p, frame) for p in (lower, upper, step)]
                return slice(*(None if part is None else whole(part) for part in parts))
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                found = self._elements(elements, frame)
                return tuple(found) if isinstance(node, ast.Tuple) else found
            case ast.Dict(keys=keys, values=values):
                if any(key is None for key in keys):
                    raise UnreadableError("** in a dictionary is not read")
                return {
                    _key(self.evaluate(k, frame)): self._entry(self.evaluate(k, frame), v, frame)
                    for k, v in zip(keys, values)
                    if k is not None
                }
            case ast.Call():
                return self._call(node, frame)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return [self.evaluate(element, inner) for inner in self._rounds(node.generators, frame)]
            case ast.DictComp(key=key, value=value):
                rounds = self._rounds(node.generators, frame)
                return {_key(self.evaluate(key, each)): self.evaluate(value, each) for each in rounds}
            case ast.Lambda():
                return CodeFunction(node, frame, "lambda")
            case ast.JoinedStr(values=values):
                texts = [self.evaluate(v.value if isinstance(v, ast.FormattedValue) else v, frame) for v in values]
                return "".join(map(plain_text, texts))
            case _:
                raise UnreadableError(f"an expression of this kind ({type(node).__name__}) is not read")

    def _entry(self, key: Any, value: ast.expr, frame: Frame) -> Any:
        found = self._evaluated([ast.Name(str(key))], value, frame)
        return self._kept(key, found, frame, f"[{key!r}]") if isinstance(key, str) and _is_fresh(value) else found

    def _elements(self, elements: list[ast.expr], frame: Frame) -> list[Any]:
        found: list[Any] = []
        for element in elements:
            if isinstance(element, ast.Starred):
                found += iterated(self.evaluate(element.value, frame))
            else:
                found.append(self.evaluate(element, frame))
        return found

    def _rounds(self, generators: list[ast.comprehension], frame: Frame) -> list[Frame]:
        frames = [Frame({}, frame)]
        for generator in generators:
            longer = []
            for each in frames:
                for item in iterated(self.evaluate(generator.iter, each)):
                    inner = Frame(dict(each.names), frame)
                    self._store(generator.target, item, inner, None)
                    if all(self._truth(self.evaluate(test, inner)) for test in generator.ifs):
                        longer.append(inner)
                    if len(longer) > MAX_ITEMS:
                        raise UnreadableError("this list is too long to be read")
            frames = longer
        return frames

    def _named(self, name: str, frame: Frame) -> Any:
        try:
            return frame.find(name)
        except KeyError:
            if name in BUILTINS:
                return CodeModule(f"builtins.{name}")
            if name in self.data:
                return self.data[name]
            raise UnreadableError(f"{name} is not known here") from None

    def _known(self, thing: Any) -> Any:
        if isinstance(thing, UnknownValue):
            is_other = thing.line not in (0, self.line)  # and not this line in an earlier round of its loop
            raise UnreadableError(f"it needs line {thing.line}, which cannot be read" if is_other else thing.words)
        return thing

    def _binary(self, op: ast.operator, a: Any, b: Any) -> Any:
        function = BINARY.get(type(op))
        if function is None:
            raise UnreadableError(f"the operator {type(op).__name__} is not read")
        if isinstance(a, Tensor) or isinstance(b, Tensor):
            if isinstance(op, ast.MatMult):
                return self.library.matmul(a, b)
            if isinstance(op, (ast.BitAnd, ast.BitOr)):
                return compared(self.library, function, a, b)
            return self.library.combine(function, a, b)
        if isinstance(op, ast.Pow) and isinstance(a, int) and isinstance(b, int) and a.bit_length() * abs(b) > MAX_BITS:
            raise UnreadableError("this power is too large to be read")
        if isinstance(a, int) and isinstance(b, int) and a.bit_length() + b.bit_length() > MAX_BITS:
            raise UnreadableError("this number is too large to be read")
        if isinstance(op, ast.Mult):
            for text, count in ((a, b), (b, a)):
                if isinstance(text, (str, list, tuple)) and len(text) * whole(count) > MAX_ITEMS:
                    raise UnreadableError("this list is too long to be read")
        if isinstance(op, ast.Mod) and isinstance(a, str):
            return a
        if isinstance(a, (list, str, tuple)) and isinstance(b, type(a)) and len(a) + len(b) > MAX_ITEMS:
            raise UnreadableError("this list is too long to be read")
        return function(a, b)

    def _unary(self, op: ast.unaryop, operand: Any) -> Any:
        if isinstance(op, ast.Not):
            return not self._truth(operand)
        if isinstance(op, ast.Invert):
            return compared(self.library, operator.not_, operand)
        if not isinstance(operand, Tensor):
            return -operand if isinstance(op, ast.USub) else +operand
        return self.library.combine(operator.neg, operand) if isinstance(op, ast.USub) else operand

    def _compare(self, left: Any, operators: list[ast.cmpop], others: list[ast.expr], frame: Frame) -> Any:
        result: Any = True
        for op, other in zip(operators, others):
            right = self.evaluate(other, frame)
            if isinstance(op, (ast.Is, ast.IsNot)):
                result = (left is right) == isinstance(op, ast.Is)
            elif isinstance(op, (ast.In, ast.NotIn)):
                inside = _key(left) in (right if isinstance(right, (dict, str)) else iterated(right))
                result = inside == isinstance(op, ast.In)
            elif isinstance(left, Tensor) or isinstance(right, Tensor):
                return compared(self.library, COMPARED[type(op)], left, right)
            else:
                result = COMPARED[type(op)](left, right)
            if not result:
                return result
            left = right
        return result

    def _truth(self, thing: Any) -> bool:
        if isinstance(thing, Tensor):
            if len(thing.places) != 1:
                raise UnreadableError("an array of several entries is no condition")
            return bool(thing.first)
        return bool(thing)

    # -- Parts ----------------------------------------------------------------------------------------

    def _attribute(self, holder: Any, name: str) -> Any:
        if isinstance(holder, CodeModule):
            return holder.part(name)
        if isinstance(holder, Instance):
            if name in holder.attributes:
                return holder.attributes[name]
            raise UnreadableError(f"{name} is not known of this object")
        if isinstance(holder, Extreme) and name in holder:
            return holder[name]
        if isinstance(holder, Tensor):
            if name == "shape":
                return holder.shape
            if name in ("T", "mT"):
                return holder.transposed()
            if name == "size":
                return len(holder.places)
            if name == "ndim":
                return len(holder.shape)
            if name == "data":
                return holder
            if name in ("dtype", "device", "requires_grad"):
                return None
            if name == "grad":
                return self._gradient(holder)
        raise UnreadableError(f".{name} of {described(holder)} is not read")

    def _gradient(self, holder: Tensor) -> Tensor:
        """Return the engine's gradient, which code reads as `x.grad`."""
        if not self.losses or not has_values(holder.array):
            raise UnreadableError("there is no loss before this line")
        found = gradients(self.losses[-1].entries[0])
        tensor = Tensor.of(Array(holder.shape, [float(found.get(entry, 0.0)) for entry in holder.entries]))
        tensor.of_gradient = True
        return tensor

    def index(self, at: Any) -> Any:
        """Return an index as `Array` has it."""
        if isinstance(at, tuple):
            return tuple(self.index(part) for part in at)
        if isinstance(at, Tensor):
            return at.numbers if at.shape else at.numbers.entries[0]
        if isinstance(at, (list, range)):
            return self.library.array(list(at)).map(lambda entry: entry)
        return at

    def _item(self, holder: Any, at: Any) -> Any:
        if isinstance(holder, Tensor):
            index = self.index(at)
            found = holder.view(index)
            parts = index if isinstance(index, tuple) else (index,)
            return self.library_copy(found) if any(isinstance(part, Array) for part in parts) else found
        if isinstance(holder, (Extreme, dict)):
            if isinstance(holder, Extreme) and isinstance(at, int):
                return list(holder.values())[at]
            return holder[_key(at)]
        if isinstance(holder, (list, tuple, str, range)):
            return holder[at if isinstance(at, slice) else whole(at)]
        raise UnreadableError(f"a part of {described(holder)} is not read")

    def library_copy(self, tensor: Tensor) -> Tensor:
        """Return entries that an array of indices picks: NumPy gives them in an array of their own."""
        found = Tensor.of(tensor.array)
        found.of_gradient = tensor.of_gradient
        found.is_view = not tensor.of_gradient  # the nodes are those of the array that they come from
        return found

    # -- Calls ----------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, frame: Frame) -> Any:
        options = {k.arg: self.evaluate(k.value, frame) for k in node.keywords if k.arg is not None}
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if isinstance(node.func.value, ast.Call) and getattr(node.func.value.func, "id", "") == "super":
                return None
            holder = self.evaluate(node.func.value, frame)
            args = self._elements(node.args, frame)
            if isinstance(holder, Tensor):
                if name == "backward":
                    self._ends_in(holder)
                    return None
                return call(self.library, name, [holder, *args], options)
            if isinstance(holder, str) and name in TEXT_METHODS:
                return TEXT_METHODS[name](holder, *args)
            if isinstance(holder, list) and name in ("append", "extend", "insert", "reverse", "pop"):
                if len(holder) > MAX_ITEMS:
                    raise UnreadableError("this list is too long to be read")
                return getattr(list, name)(holder, *args)
            if isinstance(holder, dict) and name in ("get", "items", "keys", "values", "setdefault", "update", "pop"):
                found = getattr(dict, name)(holder, *args)
                return list(found) if name in ("items", "keys", "values") else found
            if isinstance(holder, Instance):
                if name in holder.kind.methods:
                    return self.invoke(holder.kind.methods[name], [holder, *args], options)
                function = holder.attributes.get(name)
            else:
                function = self._attribute(holder, name)
        else:
            function = self.evaluate(node.func, frame)
            args = self._elements(node.args, frame)
        if isinstance(function, CodeModule):
            return self._library_call(function, args, options)
        if isinstance(function, CodeFunction):
            return self.invoke(function, args, options)
        if isinstance(function, Kind):
            made = Instance(function)
            if "__init__" in function.methods:
                self.invoke(function.methods["__init__"], [made, *args], options)
            return made
        if isinstance(function, Instance):
            for name in ("__call__", "forward"):
                if name in function.kind.methods:
                    return self.invoke(function.kind.methods[name], [function, *args], options)
        raise UnreadableError(f"{ast.unparse(node.func)[:60]}() is not read")

    def _ends_in(self, tensor: Tensor) -> None:
        if len(tensor.places) == 1 and isinstance(tensor.entries[0], Value):
            self.losses.append(Version("loss", (), tensor.entries, self.line, self.module, "loss"))

    def _library_call(self, module: CodeModule, args: list[Any], options: dict[str, Any]) -> Any:
        name = module.name
        if module.path == "builtins.open" or name == "urlopen":
            return generic_text()
        if module.path.startswith("builtins."):
            return BUILTINS[name](self, *args, **options)
        if module.path.endswith(".add.at"):
            name = "add.at"
        if name in ("seed", "manual_seed", "Generator", "set_printoptions", "no_grad", "shuffle", "device"):
            return module
        if args and not isinstance(args[0], (Tensor, list, tuple, range)) and module.path.startswith("math."):
            return call(self.library, name, args, options) if name != "ceil" else -int(-args[0] // 1)
        found = call(self.library, name, args, options)
        plain = [*args, *options.values()]
        if isinstance(found, Tensor) and not found.shape and plain and all(isinstance(a, (int, float)) for a in plain):
            return found.first if not isinstance(found.entries[0], Value) else found
        return found

    def invoke(self, function: CodeFunction, args: list[Any], options: dict[str, Any]) -> Any:
        """Return what a function of the code's own gives."""
        if self.depth >= MAX_DEPTH:
            raise UnreadableError("functions call each other too deeply to be read")
        frame = self.bound(function, args, options)
        self.called.add(function.name)
        self.depth += 1
        before = self.library.detached
        try:
            if isinstance(function.node, ast.Lambda):
                return self.evaluate(function.node.body, frame)
            self.run(function.node.body, frame)
        except _ReturnSignal as signal:
            return signal.value
        finally:
            self.depth -= 1
            self.library.detached = before
        return None

    def bound(self, function: CodeFunction, args: Sequence[Any], options: dict[str, Any]) -> Frame:
        """Return the frame of a call: its parameters with their arguments."""
        given = function.node.args
        if given.vararg or given.kwarg or given.kwonlyargs:
            raise UnreadableError("a function with * or ** is not read")
        names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
        if len(args) > len(names) or set(options) - set(names):
            raise UnreadableError(f"{function.name}() is called with other arguments than it has")
        frame = Frame({}, function.frame)
        for name, default in zip(names[len(names) - len(given.defaults) :], given.defaults):
            frame.names[name] = self.evaluate(default, function.frame)
        frame.names |= dict(zip(names, args)) | options
        missing = [name for name in names if name not in frame.names]
        if missing:
            raise UnreadableError(f"{function.name}() lacks {missing[0]}")
        return frame


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


def _key(thing: Any) -> Any:
    """Return a key of a dictionary: a text, a number, or a tuple of these."""
    if isinstance(thing, Tensor):
        return thing.first if len(thing.places) == 1 else id(thing)
    if isinstance(thing, tuple):
        return tuple(map(_key, thing))
    if thing is None or isinstance(thing, (str, int, float)):
        return thing
    raise UnreadableError("a key is a text or a number")
