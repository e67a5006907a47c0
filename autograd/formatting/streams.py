"""Standard input and output as they come: in an encoding that lacks our signs, closed, missing, or without an end."""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

from autograd.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

SPELLED = "chalkgrad.spelled"  # the name of the error handler, for streams and for str.encode
MAX_LINE = (
    10_000  # characters of a line that is typed: the longest label has fewer, and a device such as /dev/zero more
)

# One sign for one wherever it reads well, so that columns stay columns.
_SIGNS = dict(
    zip("−·×⋅∙÷–—•∂′●◐○✓✗↳≟≈═─│┌┐└┘█▓▒░▕▁▂▃▄▅▆▇⎡⎢⎣⎤⎥⎦⁄", "-****/--*d'*+ovx>?~=-|++++##:.|_.-=+*%[[[]]]/", strict=True)
)
_SIGNS |= {
    "∈": "in",
    "≃": "~",
    "≫": ">>",
    "≪": "<<",
    "»": ">>",
    "«": "<<",
    "‖": "||",
    "∘": "*",
    "∗": "*",
    "→": "->",
    "←": "<-",
    "⇒": "=>",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "±": "+-",
    "⊙": ".*",
    "″": "''",
    "…": "...",
}
_SIGNS |= {"∴": "so", "√": "sqrt", "∞": "inf", "∑": "sum", "∇": "grad", "⊤": "^T", "°": " deg"}


def spelled(text: str) -> str:
    r"""Return a text in ASCII: signs of mathematics as they are typed, Greek letters by name, others as escapes.

    >>> spelled("∂E/∂w₁ = −σ(x)² → ½"), spelled("重")
    ('dE/dw1 = -sigma(x)^2 -> 1/2', '\\u91cd')
    """
    return "".join(_spelling(sign, before) for before, sign in zip(f" {text}", text))


def _spelling(sign: str, before: str) -> str:
    import unicodedata  # noqa: PLC0415 -- where every sign can be written, nothing is spelled

    if sign.isascii():
        return sign
    if sign in _SIGNS:
        return _SIGNS[sign]
    kind = unicodedata.decomposition(sign).partition(" ")[0]
    if kind.startswith("<"):  # a raised or lowered sign, a fraction, a wide letter
        raised = kind == "<super>" and not unicodedata.decomposition(before).startswith("<super>")
        return "^" * raised + spelled(unicodedata.normalize("NFKD", sign))
    script, _, letter = unicodedata.name(sign, "").replace("LAMDA", "LAMBDA").partition(" LETTER ")
    if script.startswith("GREEK") and letter.isalpha():
        return letter.lower() if script.endswith("SMALL") else letter.capitalize()
    return sign.encode("ascii", "backslashreplace").decode()


def _handle(error: UnicodeError) -> tuple[str, int]:
    """Spell what an encoding lacks; Python calls this by the name `SPELLED`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    before = error.object[: error.start][-1:] or " "
    return spelled(before + error.object[error.start : error.end])[len(spelled(before)) :], error.end


codecs.register_error(SPELLED, _handle)


def let_write(stream: Any) -> None:
    """Let a stream write every text: what its encoding lacks is spelled, instead of raising UnicodeEncodeError.

    A stream that can write everything, or for which somebody chose what to do, stays as it is.
    """
    unchosen = ("strict", "surrogateescape", *["backslashreplace"] * (stream is sys.stderr))
    with suppress(AttributeError, OSError, ValueError):  # it is missing, closed, or somebody's own
        if stream.errors in unchosen and "utf" not in stream.encoding.lower():
            stream.reconfigure(errors=SPELLED)


def is_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal; one that is missing or closed is none."""
    try:
        return bool(stream.isatty())
    except (AttributeError, OSError, ValueError):
        return False


def takes_color(stream: Any) -> bool:
    """Return whether to write colors to a stream: to a terminal, unless NO_COLOR is set or it can show none."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def stand_ins() -> Iterator[None]:
    """Put an empty stream in the place of each standard stream that is missing or closed, while the block runs.

    Standard streams are missing in a program without a console, and where a shell has closed them (`>&-`).
    """
    with ExitStack() as opened:
        for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
            stream = getattr(sys, name)
            if stream is None or getattr(stream, "closed", False):
                setattr(sys, name, opened.enter_context(open(os.devnull, mode, encoding="utf-8")))  # noqa: PTH123 -- no path
                opened.callback(setattr, sys, name, stream)
        yield


def let_go(stream: Any) -> None:
    """Leave nothing in a stream, if it takes no more, that the interpreter would write at its end."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


class BoundedLines:
    """The lines of a stream, none of them longer than `MAX_LINE`."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def readline(self) -> str:
        """Return the next line, empty at the end; raise InputError for one without an end."""
        line = self.stream.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            raise InputError(f"a line of more than {MAX_LINE:,} characters is no command")
        return line
