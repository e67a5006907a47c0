"""The table as JavaScript, one more language that formulas are printed in.

Partial derivatives are printed from the table, and so is the forward computation of a row where it
is arithmetic. One that calls a Python function or has a condition is spelled once, in
`static/operations.js`. A row that is neither is refused by name.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from autograd.errors import ArgumentError, TooLargeError
from autograd.symbolic import printer
from autograd.symbolic.expr import Apply, Symbol, derivative
from autograd.symbolic.notations import NEGATION, POWER, PRODUCT, SUM, Notation, Spelling
from autograd.symbolic.shared_parts import with_shared_parts
from autograd.table import ops

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.symbolic.expr import Formula
    from autograd.table.ops import Op

MAX_OPERANDS = 150  # operands of a row that is written out

# The scripts, each after those it imports; `table.js` stands for what is printed here.
SCRIPTS = (
    *("numbers.js", "operations.js", "table.js", "engine.js", "prediction.js", "arrange.js"),
    *("dom.js", "words.js", "lines.js", "cards.js", "graph.js", "panels.js", "descent.js", "question.js", "page.js"),
)


def _number(x: float, _digits: int) -> str:
    return repr(x).replace("inf", "Infinity").replace("nan", "NaN")


def _call(name: str, arguments: Sequence[str]) -> str:
    if name not in spelled():
        raise ArgumentError(
            f"{name}: what it computes cannot be written in JavaScript from the table; "
            f"spell it as `{name}` in autograd/webpage/static/operations.js"
        )
    return f"operations.{name}({', '.join(arguments)})"


# Division is a call, because in JavaScript 1/0 is no error.
JAVASCRIPT = Notation(
    spellings={
        ops.add: Spelling("{} + {}", SUM, (SUM, NEGATION)),
        ops.sub: Spelling("{} - {}", SUM, (SUM, NEGATION)),
        ops.mul: Spelling("{} * {}", PRODUCT, (NEGATION, POWER)),
        ops.neg: Spelling("-{}", NEGATION, (POWER,)),
    },
    call=_call,
    number=_number,
)


def as_json(data: Any) -> str:
    r"""Return data for a script, safe inside HTML: nothing in it can end the script or begin a comment.

    >>> as_json("</script>"), as_json("\u2028&")
    ('"\\u003c/script\\u003e"', '"\\u2028\\u0026"')
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


@lru_cache
def static(name: str) -> str:
    """Return the text of a file of the page."""
    return files("autograd.webpage").joinpath("static").joinpath(name).read_text(encoding="utf-8")


@lru_cache
def spelled() -> frozenset[str]:
    """Return the names of the rows that `operations.js` spells.

    >>> "sigmoid" in spelled(), "affine" in spelled()
    (True, False)
    """
    listed = static("operations.js").partition("export const operations = {")[2]
    return frozenset(re.findall(r"^  (\w+)(?:\(|: )", listed, re.MULTILINE))


def row_name(op: Op, count: int) -> str:
    """Return the name of a row in the script: that of the op, for an n-ary one with its number of operands.

    >>> row_name(ops.mul, 2), row_name(ops.affine, 5)
    ('mul', 'affine 5')
    """
    return f"{op.name} {count}" if op.arity == ops.VARIADIC else op.name


def row(op: Op, count: int) -> str:
    """Return a row of the table as JavaScript: its forward computation and its partial derivatives.

    >>> print(row(ops.tanh, 1))
    { forward: operations.tanh,
      partials: [(y, x1) => 1 - y * y],
      formulas: ["1 − y²"] }

    Raises ArgumentError for a row that cannot be spelled, TooLargeError for one of very many operands.
    """
    if count > MAX_OPERANDS:
        raise TooLargeError(
            f"{op.name} of {count} operands is too much for a page, which takes {MAX_OPERANDS}: "
            "expand() gives the same graph in single operations"
        )
    symbols = [Symbol(f"x{n}") for n in range(1, count + 1)]
    arguments = ", ".join(["y", *(symbol.name for symbol in symbols)])
    forward = _forward(op, symbols)
    if op.arity == ops.VARIADIC:
        every = _function(arguments, op.partials[0](Symbol("y"), *symbols), "[{}]")
        return f"{{ forward: {forward},\n  every: {every} }}"
    partials = [printer.write(derivative(op, Symbol("y"), symbols, place), JAVASCRIPT) for place in range(count)]
    listed = ",\n    ".join(f"({arguments}) => {partial}" for partial in partials)
    formulas = as_json([_in_words(op, place) for place in range(count)])
    return f"{{ forward: {forward},\n  partials: [{listed}],\n  formulas: {formulas} }}"


def _forward(op: Op, symbols: list[Symbol]) -> str:
    """Return the forward computation of a row: its spelling, or the formula that it gives for symbols."""
    if op.name in spelled() and ops.TABLE.get(op.name) is op:
        return f"operations.{op.name}"
    try:
        formula: Formula = op.forward(*symbols)
    except TypeError:  # a function of numbers alone, or a condition
        formula = Apply(op, tuple(symbols))
    return _function(", ".join(symbol.name for symbol in symbols), [formula])


def _function(arguments: str, results: Sequence[Formula], listed: str = "{}") -> str:
    """Return a function of these arguments, with a constant for each part that its results share."""
    parts, results = with_shared_parts(results)
    constants = "".join(f"const {name} = {printer.write(part, JAVASCRIPT)}; " for name, part in parts)
    whole = listed.format(", ".join(printer.write(result, JAVASCRIPT) for result in results))
    return f"({arguments}) => {{ {constants}return {whole}; }}" if parts else f"({arguments}) => {whole}"


def _in_words(op: Op, place: int) -> str:
    """Return a partial derivative as an error message writes it: in x, or in a, b, c."""
    letters = [Symbol(letter) for letter in ("x" if op.arity == 1 else "abc")]
    return printer.text(derivative(op, Symbol("y"), letters[: op.arity], place))


def table(rows: Iterable[tuple[Op, int]]) -> str:
    """Return the rows of a graph as the script `table.js`, each once, sorted by name."""
    named = {row_name(op, count): (op, count) for op, count in rows}
    parts = [f"\n{as_json(name)}: {row(*named[name])}," for name in sorted(named)]
    listed = "".join(parts).replace("\n", "\n  ")
    return (
        'import { operations } from "./operations.js";\n\n'
        "// The rows of this graph, printed from the table in autograd/table/ops.py.\n"
        f"export const table = {{{listed}\n}};\n"
    )


_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)


def bundle(printed: str, scripts: Iterable[str] = SCRIPTS) -> str:
    """Return all scripts as one, the printed table among them.

    Each module becomes a function that returns its exports, so that their names stay apart.
    """
    parts = ['"use strict";']
    for script in scripts:
        text = printed if script == "table.js" else static(script)
        exported = ", ".join(_EXPORT.findall(text))
        body = _EXPORT.sub("", _IMPORT.sub(r"const \1 = $\2;", text)).strip()
        parts.append(f"const ${script.removesuffix('.js')} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();")
    return "\n\n".join(parts) + "\n"
