"""A small coverage-guided fuzzer: change an input, keep it if it reaches a new place in the code, go on from there.

Pure Python, so that it runs wherever the tests run; the same seed gives the same inputs. What is *watched* are
the files whose steps from line to line count as places. A *finding* is an input that the target does
not survive; it is made as small as it gets before it is shown.
"""

from __future__ import annotations

import random
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 2000  # characters of an input
SECONDS = 5.0  # for one input, traced; an answer later than that is a finding
SMALLER_SECONDS = 20.0  # for making one finding smaller: an input that takes too long takes so each time

# What has broken parsers, terminals and documents before.
HOSTILE = [
    "\x00", "\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\r", "\n", "\n\n", "\t", "\x7f", "\u202e", "\u2066", "\u2028",
    "\u200b", "\u200d", "\ud800", "\udfff", "\ufeff", "\ufffe", "\U0010ffff", "\U000e0041", "e\u0301", "w₁", "²", "½",
    "<", ">", "&", "&lt;", '"', "'", "`", "```", "~~~", "$", "$$", "\\", "\\N", "%s", "{0}", "{", "}", "#", "|", "_",
    "^", "</script>", "<img src=x onerror=alert(1)>", "javascript:", "-->", "]]>", "\\input{x}", "\\end{document}",
    "__import__('os')", "eval", "0", "-0.0", "1e308", "1e-320", "9" * 400, "10**9**9", "nan", "inf", "((((((((",
    "]", "[", ";", ":", "=", "==", "?", "…", "..", "∂", "Σ", "′", "×10⁻⁹", "null", "true", "[[[[", '{"a":', "1/0",
]  # fmt: skip


class TooSlowError(Exception):
    """The target gave no answer in time."""


@dataclass
class Finding:
    """An input that a target did not survive, and what happened."""

    text: str
    error: str


@dataclass
class Fuzzer:
    """One target, the inputs worth going on from, and what has been found."""

    target: Callable[[str], Any]
    watched: tuple[str, ...]  # parts of file names
    words: list[str]  # of the target's language
    corpus: list[str]
    seed: int = 0
    tried: int = 0
    slowest: float = 0.0
    places: set[Any] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)  # inputs that reached something new
    findings: list[Finding] = field(default_factory=list)

    def run(self, *, inputs: int | None = None, seconds: float | None = None) -> Fuzzer:
        """Try the corpus, then so many inputs or so long."""
        rng = random.Random(self.seed)
        pool = list(self.corpus) or [""]
        for text in self.corpus:
            self.attempt(text)
        end = time.monotonic() + seconds if seconds is not None else None
        while (inputs is None or self.tried < inputs + len(self.corpus)) and (end is None or time.monotonic() < end):
            parent = rng.choice(pool[-20:] if rng.random() < 0.5 else pool)
            text = self.changed(rng, parent, pool)
            if self.attempt(text):
                pool.append(text)
                self.kept.append(text)
        return self

    def changed(self, rng: random.Random, text: str, pool: list[str]) -> str:
        """The input with a few changes."""
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            start = rng.randint(0, len(text))
            stop = min(len(text), start + rng.choice((0, 1, 1, 2, 5, 20)))
            kind = rng.randrange(7)
            other = rng.choice(pool)
            piece = (
                rng.choice(HOSTILE),
                rng.choice(self.words),
                "",
                text[start:stop] * rng.choice((2, 2, 3, 30)),
                other[rng.randint(0, len(other)) :][: rng.choice((1, 5, 40))],
                chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x110000)))),
                str(rng.choice((0, 1, -1, 7, 10**6, 0.1, 1e-9, rng.randint(0, 999)))),
            )[kind]
            text = (text[:start] + piece + text[stop:])[:LONGEST]
        return text

    def attempt(self, text: str) -> bool:
        """Try one input; whether it reached a new place. What goes wrong becomes a finding, once for each error."""
        self.tried += 1
        before = len(self.places)
        begun = time.monotonic()
        error = self.error_of(text)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        if error is not None and not any(_same(error, finding.error) for finding in self.findings):
            self.findings.append(Finding(self.smaller(text, error), error))
        return len(self.places) > before and error is None

    def error_of(self, text: str) -> str | None:
        """What went wrong, if something did."""
        try:
            with _in_time(SECONDS), self.traced():
                self.target(text)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is a finding
            return f"{type(error).__name__}: {error}"
        return None

    def smaller(self, text: str, error: str) -> str:
        """Return a short input with the same end, as short as it gets in some seconds."""
        end = time.monotonic() + SMALLER_SECONDS
        size = len(text) // 2
        while size:
            start = 0
            while start < len(text) and time.monotonic() < end:
                less = text[:start] + text[start + size :]
                found = self.error_of(less)
                if found is not None and _same(found, error):
                    text = less
                else:
                    start += size
            size //= 2
        return text

    @contextmanager
    def traced(self) -> Iterator[None]:
        """Note every step from one line of the watched files to the next."""
        places = self.places
        watched: dict[str, bool] = {}

        def enter(frame: Any, _event: str, _arg: Any) -> Any:
            file = frame.f_code.co_filename
            if file not in watched:
                watched[file] = any(part in file for part in self.watched)
            if not watched[file]:
                return None
            last = 0

            def step(frame: Any, event: str, _arg: Any) -> Any:
                nonlocal last
                if event == "line":
                    places.add((file, last, frame.f_lineno))
                    last = frame.f_lineno
                return step

            return step

        outer = sys.gettrace()
        sys.settrace(enter)
        try:
            yield
        finally:
            sys.settrace(outer)


def _same(error: str, other: str) -> bool:
    """Whether two errors are of one kind: the same name and the same beginning."""
    return error[:40] == other[:40]


@contextmanager
def _in_time(seconds: float) -> Iterator[None]:
    """Stop what takes longer, where the system has a timer."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TooSlowError(f"no answer within {seconds:g} seconds")

    outer = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer)
