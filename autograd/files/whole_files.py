"""Files that are written whole or not at all, and JSON that is read without trusting it.

The files of this project are JSON with exact numbers: a float to its last bit, a fraction as "1/3", and NaN
and infinity as "nan", "inf" or "-inf".
"""

from __future__ import annotations

import json
import math
import os
import re
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.errors import InputError, OperandError, OutputError
from autograd.formatting import escapes, figures
from autograd.table.plain_numbers import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 2**30  # of a file that is read
MAX_BITS = 13_000  # of an integer in a file, some 3,900 digits: Python reads no more than 4,300

_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_FRACTION = re.compile(r"-?\d+/\d+")


def write_file(path: str | os.PathLike[str], content: str | bytes) -> Path:
    r"""Write a file whole or not at all: first to the disk beside its place, and then moved there.

    A link is followed, and text is written as UTF-8.

    >>> import tempfile
    >>> write_file(Path(tempfile.mkdtemp()) / "note.txt", "σ").read_bytes()
    b'\xcf\x83'

    Raises OutputError if it cannot be written; a file that was there before is then unchanged.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise OperandError(f"a file is written to a path such as 'model.json', not to {path!r}")
    target = Path(path)
    unfinished = None
    try:
        place = target.resolve()
        unfinished = place.with_name(f".{os.urandom(8).hex()}.part")
        if place.exists() and not place.is_file() and not place.is_dir():
            raise OSError(None, "it is no regular file")  # noqa: TRY301 -- as the system would raise it
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(None, "it is write-protected")
        with unfinished.open("xb") as file:
            # UTF-8 cannot hold half of a surrogate pair: write it as JSON and Python escape it
            file.write(content.encode(errors="backslashreplace") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
    except (OSError, ValueError, RuntimeError) as error:  # such as a null character in the name, or a link to itself
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{escapes.plain(str(target))!r} could not be written: {reason}") from None
    finally:
        if unfinished is not None:
            with suppress(OSError, ValueError):
                unfinished.unlink(missing_ok=True)
    return target


def read_json(path: str | os.PathLike[str], format: str, version: int) -> dict[str, Any]:  # noqa: A002 -- the file's own word
    """Return the object in a JSON file of this format, whose version must not be later.

    >>> import tempfile
    >>> path = write_file(Path(tempfile.mkdtemp()) / "a.json", '{"format": "note", "version": 1, "x": 2.0}')
    >>> read_json(path, "note", 1)["x"]
    2.0

    Raises InputError, naming the file, if it is missing, too large, not JSON, nested too deeply, has a key
    twice or NaN outside of quotes, or is of another format or version.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise OperandError(f"a file is read from a path such as 'model.json', not from {path!r}")
    name = escapes.plain(repr(str(path)))
    held = _parsed(name, _contents(name, Path(path)))
    if not isinstance(held, dict) or held.get("format") != format:
        said = held.get("format") if isinstance(held, dict) else held
        raise InputError(f"{name} is no {format} file: its format is {_short(said)}")
    its = held.get("version")
    if type(its) is not int or its < 1:
        raise InputError(f"{name} gives its version as {_short(its)}, which is no whole number from 1 on")
    if its > version:
        raise InputError(
            f"{name} is a {format} file of version {_short(its)}, and this chalkgrad reads up to {version}: "
            "install a later one"
        )
    return held


def _contents(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            contents = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{name} could not be read: {getattr(error, 'strerror', None) or error}") from None
    if len(contents) > MAX_BYTES:
        raise InputError(f"{name} is larger than {MAX_BYTES >> 20} MiB, which is the most that is read")
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text: byte {error.start} is not UTF-8") from None


def _parsed(name: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except RecursionError:
        raise InputError(f"{name} is nested too deeply to be read") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{name} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:
        raise InputError(f"{name} cannot be read: {error}") from None


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise ValueError(f"the key {_short(twice)} is there twice in one object")
    return found


def _no_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON; what is not finite is written in quotes, as in {constant[:4].lower()!r}")


def _short(thing: Any) -> str:
    text = escapes.plain(repr(thing)) if isinstance(thing, str | int | float | None) else f"a {type(thing).__name__}"
    return text if len(text) <= 60 else text[:57] + "…"


# -- Numbers, exactly ---------------------------------------------------------------------------


def number_to_json(number: Any) -> Any:
    """Return a number as JSON holds it, exactly.

    >>> from fractions import Fraction
    >>> [number_to_json(x) for x in (0.1, 3, -0.0, Fraction(1, 3), float("-inf"))]
    [0.1, 3, -0.0, '1/3', '-inf']

    Raises OperandError for a kind of number that would be another one when it is read, and for too many digits.
    """
    plain = plain_number(number)
    kind = type(plain)
    if kind is float:
        return plain if math.isfinite(plain) else repr(plain)
    if kind in (int, bool, Fraction):
        if max(plain.numerator.bit_length(), plain.denominator.bit_length()) > MAX_BITS:
            raise OperandError(f"{figures.number(plain)} has too many digits for a file, which takes 3,900 of them")
        return f"{plain.numerator}/{plain.denominator}" if kind is Fraction else plain
    kind = type(number)
    raise OperandError(
        f"{_short(number)} is a {kind.__name__}, which a file cannot hold exactly: "
        "make it a float, an int or a Fraction"
    )


def number_from_json(thing: Any) -> Any:
    """Return the number that JSON holds.

    >>> [number_from_json(x) for x in (0.1, 3, "1/3", "-inf")]
    [0.1, 3, Fraction(1, 3), -inf]

    Raises InputError for what is not a number.
    """
    if isinstance(thing, float) and not math.isfinite(thing):
        raise InputError("a number is too large for a float; infinity is written in quotes, as in 'inf'")
    if isinstance(thing, (int, float)):
        return thing
    if isinstance(thing, str):
        if thing in _NOT_FINITE:
            return _NOT_FINITE[thing]
        if _FRACTION.fullmatch(thing) and len(thing) < 8000:
            with suppress(ValueError, ZeroDivisionError):
                return Fraction(thing)
    raise InputError(f"{_short(thing)} is no number")


def lines(things: Iterable[Any]) -> str:
    """Return a list as JSON, each item on a line of its own.

    >>> print(lines([["mul", 6.0], "σ"]))
    [
    ["mul", 6.0],
    "σ"
    ]
    """
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode
    return "[\n" + ",\n".join(map(encode, things)) + "\n]"
