"""The command `chalkgrad`: the whole engine for somebody who writes no Python.

Here is the command line: its words, their arguments, and how it ends. What the words do is in
`commands`, which is imported when one is to be done. It ends with 0 if all is right, 1 if mistakes
were found, 2 if something could not be read or done, and then says what on standard error; `mark`
ends with 3 where nothing is answered or claimed.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import autograd
from autograd.errors import ArgumentError, ChalkgradError, NotFoundError
from autograd.formatting import escapes, streams, suggestions, terminal
from autograd.optional import require_chalkgrad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FAILED = 2
INTERRUPTED, PIPE_CLOSED = 130, 141  # as a shell counts a program that a signal ended


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say, those of the process unless given, and return the exit status.

    >>> main(["paths", "no_such.sheet", "w1"])
    2
    """
    with streams.stand_ins():
        try:
            status = _answered(sys.argv[1:] if argv is None else list(argv))
            sys.stdout.flush()
        except KeyboardInterrupt:
            return INTERRUPTED
        except BrokenPipeError:  # `| head` has seen enough
            return PIPE_CLOSED
        except OSError as error:  # a full disk, a folder that cannot be made
            streams.let_go(sys.stdout)
            where = f"{escapes.plain(str(error.filename))}: " if error.filename else ""
            return _complain(f"{where}{error.strerror or error}")
        finally:
            streams.let_go(sys.stdout)
            streams.let_go(sys.stderr)
        return status


def _answered(argv: list[str]) -> int:
    try:
        require_chalkgrad("chalkgrad")
        _speak_utf8()
        return _run(argv)
    except ChalkgradError as error:
        return _complain(str(error))


def _complain(text: str, program: str = "chalkgrad") -> int:
    from autograd.cli.common import complain  # noqa: PLC0415 -- --help is to start fast

    return complain(text, program)


def _run(argv: list[str]) -> int:
    if argv[:1] == ["help"]:
        argv = [*argv[1:], "--help"]
    word = argv[0] if argv else ""
    if word and not word.startswith("-") and word not in WORDS:
        raise NotFoundError(f"there is no command {escapes.plain(word)!r}{suggestions.meant(word, WORDS)} {_help()}")
    parser = command_parser()
    if not argv:
        parser.print_help(sys.stderr)
        return FAILED
    try:
        chosen, unknown = parser.parse_known_args(argv)
    except SystemExit as done:  # --help, --version, or a mistake that argparse has told
        sys.stdout.flush()
        return done.code if isinstance(done.code, int) else FAILED
    from autograd.cli import commands  # noqa: PLC0415 -- --help is to start fast

    if unknown:
        wrong = unknown[0].partition("=")[0]
        options = [option for action in chosen.parser._actions for option in action.option_strings]
        meant = suggestions.meant(wrong, options) if wrong.startswith("-") else ""
        raise NotFoundError(f"{word} takes no {escapes.plain(wrong)!r}{meant} {_help(word)}")
    for action in chosen.parser._actions:
        given = getattr(chosen, action.dest, None)
        if "" in (given if isinstance(given, list) else [given]):
            name = action.option_strings[-1] if action.option_strings else action.metavar
            raise ArgumentError(f"{word}: {name} is empty; perhaps a variable of the shell is not set {_help(word)}")
    return int(getattr(commands, word)(chosen))


def _help(*word: str) -> str:
    """Return a hint at the help, with spaces that keep it in one line."""
    return f"({terminal.GLUE.join(['chalkgrad', *word, '--help'])})"


def _speak_utf8() -> None:
    """Write UTF-8 into files and pipes, as sheets are read; for a terminal, spell what it lacks."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            if stream.isatty():
                stream.reconfigure(errors=streams.SPELLED)  # type: ignore[union-attr] # somebody's own may have none
            else:
                stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # the same


# -- The words and their arguments --------------------------------------------------------------


class Word(NamedTuple):
    """A word of the command: what adds its arguments, an example, what it does, and how it ends."""

    arguments: Callable[[argparse.ArgumentParser], None]
    example: str
    purpose: str
    ends: str = ""


def _sheet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the sheet, plain text or Markdown; - reads standard input")


def _graph(parser: argparse.ArgumentParser) -> None:
    _sheet(parser)
    parser.add_argument("--of", metavar="NAME", help="take this name as the output, in place of the loss")


def _demo(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--all", action="store_true", help="show every step, path and mistake, and draw the graph")
    add("--out", metavar="DIR", default="out", help="the folder for the page and the pictures (default: out)")
    add("--no-browser", action="store_true", help="write the page, and do not open it")


def _mark(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    what = (
        "a sheet, a folder of sheets or a pattern such as 'class/*.sheet', a lecture note, NumPy or PyTorch code; "
        "- reads standard input"
    )
    add("files", metavar="FILE", nargs="+", help=what)
    add("--key", metavar="FILE", help="mark against the definitions of this sheet")
    formats = ("text", "markdown", "json", "html", "github", "notebook")
    ways = (
        "how to print the markings (default: text, or none with --csv or --html); github: of a note, notebook: of code"
    )
    add("--format", choices=formats, help=ways)
    add("--notes", action="store_true", help="read all of a Markdown file as a lecture note, not only its sheets")
    _note(parser)
    add("--data", metavar="FILE", help="of code: the arrays that it reads, as a NumPy .npz (extra: replay)")
    add("--brief", action="store_true", help="show the mistakes only, not every claim")
    add("--blank-ok", action="store_true", help="end with 0, not 3, where nothing is claimed or answered")
    add("--strict", action="store_true", help="refuse a sheet with a line that cannot be read")
    _reveal(parser)
    when = ("auto", "always", "never")
    add("--color", "--colour", choices=when, default="auto", help="auto: in a terminal, unless NO_COLOR is set")
    add("--csv", metavar="FILE", help="write the marks: a row for each student, a column for each item of the key")
    add("--html", metavar="DIR", help="write a page for the class, index.html, and a feedback file for each student")
    add("--feedback", choices=("html", "md"), default="html", help="the ending of the feedback files (default: html)")
    add("--anonymous", action="store_true", help="numbers in place of names on the page for the class")
    fixed = "the points that the teacher gives: student,item,points,comment (default: corrections.csv beside the marks)"
    add("--corrections", metavar="FILE", help=fixed)
    add("--jobs", metavar="N", type=int, help="how many processes mark at the same time (default: by the hand-ins)")


def _reveal(parser: argparse.ArgumentParser) -> None:
    shown = "show of a mistake its line, its kind too, or what is right too (default: answer)"
    parser.add_argument("--reveal", choices=("line", "kind", "answer"), default="answer", help=shown)


def _note(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--with", dest="graph", metavar="SHEET", help="a sheet with what the note shows in a picture only")
    add("--unread", action="store_true", help="of a note, show what was not read and what was not judged, and why")


def _read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a lecture note: Markdown, LaTeX, a notebook or HTML")
    _note(parser)
    parser.set_defaults(strict=False, reveal="answer")


def _step(parser: argparse.ArgumentParser) -> None:
    _graph(parser)
    parser.add_argument("--predict", action="store_true", help="ask for each contribution before showing it")


def _paths(parser: argparse.ArgumentParser) -> None:
    _graph(parser)
    parser.add_argument("name", metavar="NAME", help="where the paths begin, such as w1")
    parser.add_argument("-k", type=int, metavar="K", help="only the K with the largest products, the rest as one sum")


def _draw(parser: argparse.ArgumentParser) -> None:
    _graph(parser)
    add = parser.add_argument
    files = "a .svg, .png or .pdf picture, or .dot text (default: the sheet's name with .svg)"
    add("-o", "--out", metavar="OUT", help=files)
    add("--wrt", metavar="NAME", help="every path from this name in a color of its own")
    add("--at", type=int, metavar="N", help="the state of the gradients after the N-th step")
    add("-k", type=int, metavar="K", help="with --wrt, the K paths with the largest products")
    what = "one box for each h = f(net), or each layer of them; what has no name in the next one that has; or nothing"
    add("--fold", choices=("neuron", "layer", "names", "nothing"), help=f"{what} (default: what makes it readable)")
    add("--depth", type=int, metavar="N", help="no more than N edges from the output")
    add("--dpi", type=float, metavar="N", help="the resolution of a .png")
    add("--width", type=int, metavar="PIXELS", help="the width of a .png or .svg")


def _check(parser: argparse.ArgumentParser) -> None:
    _graph(parser)
    parser.add_argument("figures", metavar="NAME=FIGURE", nargs="+", help="somebody's figure, such as dE/dw=0.00095")
    _reveal(parser)


def _page(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    what = "a sheet, plain text or Markdown; or module:name, a Value in a module that Python can import"
    add("file", metavar="FILE", help=what)
    add("--of", metavar="NAME", help="of a sheet, take this name as the output, in place of the loss")
    add("-o", "--out", metavar="OUT", help="the file (default: the sheet's name, or the Value's, with .html)")
    add("--title", metavar="TITLE", help="the heading of the page (default: the sheet's name)")


def _solve(parser: argparse.ArgumentParser) -> None:
    _sheet(parser)
    what = "significant digits of a figure that nobody has written yet (default: 5)"
    parser.add_argument("--digits", type=int, metavar="N", default=5, help=what)


def _layers(text: str) -> list[int]:
    try:
        return [int(size) for size in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"wants sizes with commas between, such as 2,2,2; not {text!r}") from None


def _exercise(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    sizes = "how many inputs, hidden units, outputs (default: 2,2,2)"
    add("--layers", metavar="N,N,…", type=_layers, default=[2, 2, 2], help=sizes)
    add("--seed", type=int, metavar="N", help="which exercise: the same number gives the same sheet")
    add("--bias", action="store_true", help="give every unit a bias")
    activations = "sigmoid, tanh, relu, leaky_relu, elu or softplus (default: sigmoid)"
    add("--activation", metavar="NAME", default="sigmoid", help=activations)
    add("--samples", type=int, metavar="N", default=1, help="how many rows of data (default: 1)")
    add("--digits", type=int, metavar="N", default=5, help="significant digits of an answer (default: 5)")
    add("--key", action="store_true", help="the same sheet with its answers")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


WORDS = {
    "demo": Word(_demo, "chalkgrad demo --out pictures",
        "watch the chain rule on a real network: two paths that cancel, a wrong figure found, a page to step in"),
    "mark": Word(_mark, "chalkgrad mark homework.sheet",
        "mark hand derivations: which line is wrong first, why, and what only follows from it",
        "It ends with 0 if there is no mistake, 1 if there is one, 2 if a sheet cannot be read, "
        "3 if nothing is claimed."),
    "read": Word(_read, "chalkgrad read notes.md",
        "print the sheet that is understood of a lecture note, line by line with the note's places"),
    "step": Word(_step, "chalkgrad step homework.sheet",
        "step through the backward pass of a sheet, forwards and back, at a prompt with pdb's words"),
    "paths": Word(_paths, "chalkgrad paths homework.sheet w1",
        "show every path from a name to the loss, the product of each, and their sum, the gradient"),
    "draw": Word(_draw, "chalkgrad draw homework.sheet --wrt w1 -o w1.svg",
        "draw the graph of a sheet with its values and gradients, or the paths of one name in color"),
    "page": Word(_page, "chalkgrad page homework.sheet -o homework.html",
        "write one HTML page: the graph, backward step by step, every path, leaves to drag, the claims marked"),
    "check": Word(_check, "chalkgrad check solution.sheet h=0.50187 E=0.01819",
        "compare figures with what a sheet computes: NAME=FIGURE for a value, dE/dw=FIGURE for a derivative",
        "It ends with 0 if all are right, 1 if one is not."),
    "gradcheck": Word(_graph, "chalkgrad gradcheck homework.sheet",
        "check the gradient of the loss for every given of a sheet, by measuring it",
        "It ends with 0 if all agree, 1 if one does not."),
    "blank": Word(_sheet, "chalkgrad blank solution.sheet > homework.sheet",
        "print a sheet with its answers taken out, a ? where each was"),
    "solve": Word(_solve, "chalkgrad solve homework.sheet > solution.sheet",
        "print a sheet with every ? and every wrong figure or formula filled in"),
    "exercise": Word(_exercise, "chalkgrad exercise --layers 2,2,2 --seed 7 > homework.sheet",
        "print a fresh sheet to fill in: one gradient step of a small network"),
    "completion": Word(_completion, "chalkgrad completion bash",
        "print the script that lets a shell complete commands and options",
        'Switch it on with eval "$(chalkgrad completion bash)", in fish with chalkgrad completion fish | source.'),
}  # fmt: skip


class _Help(argparse.HelpFormatter):
    """The help of argparse with room for the longest command, whose indent argparse counts once too little."""

    def add_argument(self, action: argparse.Action) -> None:
        """Add an argument, and where it is the list of commands, make room for its indent."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):
            self._action_max_length += self._indent_increment


class _Parser(argparse.ArgumentParser):
    """argparse, whose complaints are folded as ours are."""

    def error(self, message: str) -> NoReturn:
        """Show the usage, say what is wrong, and end."""
        self.print_usage(sys.stderr)
        self.exit(_complain(f"error: {message}", self.prog))


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line: every word with its arguments."""
    parser = _Parser(
        prog="chalkgrad",
        description="Automatic differentiation that shows its working. A sheet is a file with a hand derivation.",
        epilog="chalkgrad COMMAND --help says more about one. To begin: chalkgrad demo",
        allow_abbrev=False,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"chalkgrad {autograd.__version__}")
    words = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, word in WORDS.items():
        purpose = f"{word.purpose[0].upper()}{word.purpose[1:]}. {word.ends}"
        example = f"example: {word.example}"
        sub = words.add_parser(name, help=word.purpose, description=purpose, epilog=example, allow_abbrev=False)
        word.arguments(sub)
        sub.set_defaults(parser=sub, whole=parser)
    return parser
