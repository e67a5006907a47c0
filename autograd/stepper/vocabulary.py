"""The words of the prompt: their abbreviations, what other debuggers call them, and pdb's words that it lacks."""

from __future__ import annotations

from autograd.errors import ArgumentError

# Each command with its shortest abbreviation; a longer one is fine too.
WORDS = {
    "next": "n", "back": "b", "until": "unt", "run": "r", "goto": "g", "reset": "reset", "break": "br", "tbreak": "tb",
    "clear": "cl", "where": "w", "list": "l", "print": "p", "info": "i", "watch": "watch", "unwatch": "unw",
    "predict": "pre", "paths": "paths", "draw": "draw", "log": "log", "finish": "fin", "undo": "und",
    "help": "h", "quit": "q",
}  # fmt: skip
# The same commands under the names that pdb and other debuggers give them.
ALIASES = dict.fromkeys(("c", "cont", "continue", "return"), "run") | dict.fromkeys(("s", "step"), "next")
ALIASES |= {"j": "goto", "jump": "goto", "bt": "where", "pp": "print", "display": "watch", "undisplay": "unwatch"}
ALIASES |= {"exit": "quit", "EOF": "quit", "restart": "reset", "ll": "list", "longlist": "list", "delete": "clear"}

_FRAMES = "there are no calls to go up and down in; back and next go through the steps"
_PYTHON = "nothing that is typed is run as Python; p label prints a node, p label.grad its gradient"
_ONE_BY_ONE = "breakpoints are not numbered; cl label removes one, br label sets it"
# What pdb has and this prompt has not: what to do instead.
ELSEWHERE = {
    "up": _FRAMES, "u": _FRAMES, "down": _FRAMES, "d": _FRAMES, "exceptions": _FRAMES,
    "args": "a node has parents; p label.parents prints them", "a": "a node has parents; p label.parents prints them",
    "retval": "the value of the output is in info", "rv": "the value of the output is in info",
    "source": "p label says where a node was made, if it was made inside trace_origins()",
    "whatis": "p label.op prints the operation of a node",
    "condition": "a condition stands with its breakpoint: br w if grad > 0",
    "ignore": "a condition can count: br w if step > 3", "disable": _ONE_BY_ONE, "enable": _ONE_BY_ONE,
    "commands": "watch label shows a gradient wherever run stops",
    "alias": "words cannot be added; h lists those that there are", "unalias": "words cannot be added",
    "interact": _PYTHON, "debug": _PYTHON, "!": _PYTHON,
}  # fmt: skip


def full(word: str) -> str:
    """Return the command that an abbreviation means; itself if it means none.

    >>> full("unt"), full("continue"), full("nothing")
    ('until', 'run', 'nothing')
    """
    meant = (whole for whole, shortest in WORDS.items() if word.startswith(shortest) and whole.startswith(word))
    return ALIASES.get(word) or next(meant, word)


def usage(word: str) -> str:
    """Return a command as its help writes it: the abbreviation, and the rest in brackets.

    >>> usage("next"), usage("log")
    ('n(ext)', 'log')
    """
    shortest = WORDS[word]
    return word if shortest == word else f"{shortest}({word[len(shortest) :]})"


def split(line: str) -> tuple[str, str]:
    """Return the command that a line begins with, in full, and the rest; `b` with a place is pdb's break.

    >>> split("b 2"), split("b w if grad > 0"), split("?"), split("")
    (('back', '2'), ('break', 'w if grad > 0'), ('help', ''), ('', ''))
    """
    word, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    if word == "b" and rest and not rest.lstrip("-+").isdigit():
        return "break", rest
    if word.startswith("!"):
        return "!", line.strip()[1:]
    return full("help" if word == "?" else word), rest


def number(text: str, otherwise: int | None = None) -> int:
    """Return the number that follows a command, or the usual one; raise ArgumentError for what is none."""
    try:
        return int(text) if text or otherwise is None else otherwise
    except ValueError:
        raise ArgumentError(f"wants the number of a step, not {text!r}") from None
