"""Expressions over arrays, read part by part: a whitelist of syntax, of names and of functions."""

from __future__ import annotations

import ast
import operator
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
from autograd.array_code.frames import CodeFunction, Frame, Instance, Kind, ReturnSignal, Version
from autograd.array_code.function_table import call
from autograd.array_code.functions import Extreme, compared
from autograd.array_code.library import Library, UnknownValue, UnreadableError, described, has_values, whole
from autograd.array_code.tensors import Tensor
from autograd.claims.arrays import Array
from autograd.engine.graph import gradients
from autograd.engine.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_STEPS = 2_000_000  # parts of expressions that are read: some seconds
MAX_BITS = 4000  # of a whole number
MAX_DEPTH = 40  # of functions that call each other

BINARY: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.MatMult: operator.matmul,
}  # fmt: skip
COMPARED: dict[type, Any] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


class ExpressionReader:
    """Reads expressions in frames. What statements do is the subclass's: `Interpreter` in the next module."""

    def __init__(self, seed: int) -> None:
        self.library = Library(seed)
        self.module = Frame()
        self.losses: list[Version] = []
        self.called: set[str] = set()
        self.data: dict[str, Any] = {}
        self.steps = 0
        self.depth = 0
        self.line = 0

    def run(self, statements: Iterable[ast.stmt], frame: Frame) -> None:
        """Read statements, those of a function that is called."""
        raise NotImplementedError

    def entry(self, key: Any, value: ast.expr, frame: Frame) -> Any:
        """Return what a dictionary has under a key."""
        raise NotImplementedError

    def store(self, target: ast.expr, value: Any, frame: Frame, source: ast.expr | None) -> None:
        """Put a value where a target says."""
        raise NotImplementedError

    def _count(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise UnreadableError("this file takes more steps than are read; use smaller shapes or fewer rounds")

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
                    key_of(self.evaluate(k, frame)): self.entry(self.evaluate(k, frame), v, frame)
                    for k, v in zip(keys, values)
                    if k is not None
                }
            case ast.Call():
                return self._call(node, frame)
            case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
                return [self.evaluate(element, inner) for inner in self._rounds(node.generators, frame)]
            case ast.DictComp(key=key, value=value):
                rounds = self._rounds(node.generators, frame)
                return {key_of(self.evaluate(key, each)): self.evaluate(value, each) for each in rounds}
            case ast.Lambda():
                return CodeFunction(node, frame, "lambda")
            case ast.JoinedStr(values=values):
                texts = [self.evaluate(v.value if isinstance(v, ast.FormattedValue) else v, frame) for v in values]
                return "".join(map(plain_text, texts))
            case _:
                raise UnreadableError(f"an expression of this kind ({type(node).__name__}) is not read")

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
                    self.store(generator.target, item, inner, None)
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
                inside = key_of(left) in (right if isinstance(right, (dict, str)) else iterated(right))
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
            return holder[key_of(at)]
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
        except ReturnSignal as signal:
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


def key_of(thing: Any) -> Any:
    """Return a key of a dictionary: a text, a number, or a tuple of these."""
    if isinstance(thing, Tensor):
        return thing.first if len(thing.places) == 1 else id(thing)
    if isinstance(thing, tuple):
        return tuple(map(key_of, thing))
    if thing is None or isinstance(thing, (str, int, float)):
        return thing
    raise UnreadableError("a key is a text or a number")
