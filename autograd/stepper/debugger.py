"""The stepper as a prompt, with pdb's words: `debug(E)`.

The docstring of a command's method is also its help. The prompt works at a terminal and from piped
input, where it also prints the commands that it reads. Nothing that is typed is evaluated, and an
error is printed, never raised.
"""

from __future__ import annotations

import cmd
from contextlib import suppress
from inspect import cleandoc
from types import BuiltinFunctionType
from typing import IO, TYPE_CHECKING

from autograd.engine.graph import as_graph
from autograd.engine.names import caller_names
from autograd.errors import ArgumentError, ChalkgradError
from autograd.formatting import escapes, figures, streams, suggestions, terminal
from autograd.stepper import frame
from autograd.stepper.stepper import Stepper

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.engine.graph import Graph
    from autograd.engine.value import Value

# Each command with its shortest abbreviation; a longer one is fine too.
WORDS = {
    "next": "n", "back": "b", "until": "unt", "run": "r", "goto": "g", "reset": "reset", "break": "br", "clear": "cl",
    "where": "w", "list": "l", "print": "p", "watch": "watch", "unwatch": "unw", "predict": "pre",
    "paths": "paths", "draw": "draw", "finish": "fin", "help": "h", "quit": "q",
}  # fmt: skip
# The same commands under the names that pdb and other debuggers give them.
ALIASES = dict.fromkeys(("c", "cont", "continue", "return"), "run") | dict.fromkeys(("s", "step"), "next")
ALIASES |= {"j": "goto", "jump": "goto", "bt": "where", "pp": "print", "display": "watch", "undisplay": "unwatch"}
ALIASES |= {"exit": "quit", "EOF": "quit"}

MAX_PATHS_SHOWN = 10
ROOM_TO_ANSWER = 12  # columns behind a question
# The fields of a node that p prints.
FIELDS: dict[str, Callable[[Stepper, Value], str]] = {
    "data": lambda _, node: figures.number(node.data, 17),
    "grad": lambda stepper, node: figures.number(stepper.grad(node)),
    "op": lambda _, node: node.op.name if node.op else "none: a leaf",
    "label": lambda _, node: escapes.plain(node.label) or "none",
    "parents": lambda stepper, node: terminal.listed([stepper.names[parent] for parent in node.parents]),
    "state": lambda stepper, node: stepper.state(node),
}


def debug(
    output: Value | Graph,
    *,
    predict: bool = False,
    stdin: IO[str] | None = None,
    stdout: IO[str] | None = None,
    names: bool = True,
) -> None:
    r"""Open a prompt to step through `output.backward()` with pdb's words: n, b, unt h1, p w1, h, q and more.

    It reads the terminal or whatever is piped in, or `stdin`. With `predict=True` it asks for each
    contribution before it shows it. Nodes without a label get the names of the caller's variables,
    unless `names=False`.

    >>> import io
    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x; y.label = "y"
    >>> debug(y, stdin=io.StringIO("until mul\np x\nq\n"))  # doctest: +ELLIPSIS
    step 0 of 1   y = x² = 9
    ...
    (grad) p x
    x = 3   (a leaf)
    ∂y/∂x = 6   ● complete
    (grad) q

    Raises OperandError if `output` is no Value.
    """
    graph = as_graph(output, caller_names() if names else None)
    with streams.stand_ins():
        Debugger(Stepper(graph, predict=predict), stdin, stdout).talk()


class Debugger(cmd.Cmd):
    """The prompt around a `Stepper`; `talk()` reads commands until the last."""

    prompt = "(grad) "

    def __init__(self, stepper: Stepper, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        super().__init__("tab", stdin, stdout)
        self.echo = not streams.is_terminal(self.stdin)
        # input() has history and completion in a terminal, and a notebook has an input() of its own
        self.use_rawinput = stdin is None and not (self.echo and isinstance(input, BuiltinFunctionType))
        self.stepper = stepper
        stepper.ask, stepper.tell = self._ask, self._say
        self.breakpoints: list[str] = []

    def talk(self) -> None:
        """Show the present frame, then read and do commands; Ctrl-C returns to the prompt."""
        streams.let_write(self.stdout)
        with suppress(AttributeError, OSError):
            self.stdin.reconfigure(errors="replace")  # type: ignore[attr-defined] # what is no text is no word
        self.stdin = streams.BoundedLines(self.stdin)  # type: ignore[assignment] # all that is asked for
        self._say(repr(self.stepper))
        self._say("h lists the words, q ends.")
        while True:
            try:
                return self.cmdloop()
            except KeyboardInterrupt:
                self._say(f"\ninterrupted; at step {self.stepper.position} of {len(self.stepper)}. q ends.")

    # -- Moving ---------------------------------------------------------------------------------

    def do_next(self, count: str) -> None:
        """n(ext) [count]: take the next step, or so many."""
        self._go(self.stepper.next, _number(count, 1))

    def do_back(self, count: str) -> None:
        """b(ack) [count]: take a step back, or so many."""
        self._go(self.stepper.back, _number(count, 1))

    def do_until(self, where: str) -> None:
        """unt(il) label: go to the step of that node; or of an operation, as in until sigmoid.

        A leaf has no step of its own: it is met whenever it receives a contribution.
        """
        if not where:
            return self._say("until what? A label such as until h1, or an operation such as until sigmoid")
        return self._go(self.stepper.until, where)

    def do_run(self, _: str) -> None:
        """r(un): go to the next breakpoint, or to the end.

        c(ontinue) does the same. Nothing is changed in the graph; finish does that.
        """
        places = [place for place in map(self.stepper.next_position, self.breakpoints) if place is not None]
        self._go(self.stepper.goto, min(places, default=len(self.stepper)))

    def do_goto(self, number: str) -> None:
        """g(oto) number: go to the step of that number; 0 is the start."""
        self._go(self.stepper.goto, _number(number))

    def do_reset(self, _: str) -> None:
        """reset: go back to the start."""
        self._go(self.stepper.reset)

    def do_finish(self, _: str) -> None:
        """fin(ish): go to the end, and write every gradient into .grad.

        Nothing else changes the graph. It is done once: finishing again adds nothing.
        """
        self._go(self.stepper.finish)

    def do_predict(self, switch: str) -> None:
        """pre(dict) [on|off]: take the next step, asked for each contribution first; pre on: so every step.

        An answer is a number, a/b or a*b, right to the digits written, three at least; ? shows
        the one that is asked for, ?? all that are left of the step.
        """
        if switch in ("on", "off"):
            self.stepper.predicting = switch == "on"
            self._say(f"predict {switch}; {self.stepper.score}")
        elif switch:
            self._say(f"predict on, predict off, or predict alone for one step; not {switch!r}")
        else:
            self._go(self.stepper.predict)

    def do_break(self, where: str) -> None:
        """br(eak) [label]: let run stop at that node or operation; br alone lists where it stops."""
        if not where:
            stops = "\n".join(f"  {where:<12} {self._comes(where)}" for where in self.breakpoints)
            return self._say(stops or "no breakpoints; br h1 sets one at the step of h1")
        comes = self._comes(where)
        if where not in self.breakpoints:
            self.breakpoints.append(where)
        return self._say(f"run stops at {where}, which {comes}")

    def do_clear(self, where: str) -> None:
        """cl(ear) [label]: remove that breakpoint; cl alone removes all."""
        if where and where not in self.breakpoints:
            meant = suggestions.meant(where, self.breakpoints)
            return self._say(f"there is no breakpoint {where}{meant} (br lists them)")
        self.breakpoints = [kept for kept in self.breakpoints if where and kept != where]
        return self._say(f"breakpoints: {terminal.listed(self.breakpoints)}")

    # -- Looking --------------------------------------------------------------------------------

    def do_where(self, _: str) -> None:
        """w(here): show the present step."""
        self._say(repr(self.stepper))

    def do_list(self, number: str) -> None:
        """l(ist) [number]: list the steps around the present one, or around that one."""
        self._say(frame.listing(self.stepper, _number(number, self.stepper.position)))

    def do_print(self, name: str) -> None:
        """p(rint) label: print a node's value and its gradient so far; p h1.data prints a field of it.

        The fields are data, grad, op, label, parents and state.
        """
        if not name:
            return self._say("print what? A label such as p h1, or a field of it such as p h1.data")
        stem, dot, field = name.rpartition(".")
        if dot and field in FIELDS and not self._known(name):
            return self._say("\n".join(FIELDS[field](self.stepper, node) for node in self.stepper.named(stem)))
        if dot and stem and not self._known(name) and self._known(stem):
            return self._say(f"a node has no {field!r}{suggestions.meant(field, FIELDS)} (it has {', '.join(FIELDS)})")
        return self._say("\n".join(frame.about(self.stepper, node) for node in self.stepper.named(name)))

    def do_watch(self, name: str) -> None:
        """watch [label]: show that gradient in every step; watch alone shows what is watched."""
        if name:
            self.stepper.watch(name)
        self._say("\n".join(frame.watched(self.stepper)) or "nothing is watched; watch w1 shows w1.grad in every step")

    def do_unwatch(self, name: str) -> None:
        """unw(atch) [label]: watch that gradient no more; unwatch alone: none."""
        for node in [self.stepper.names[node] for node in self.stepper.watched] if not name else [name]:
            self.stepper.unwatch(node)
        self.do_watch("")

    def do_paths(self, name: str) -> None:
        """paths label: show the paths from that node to the output, the largest first, and their sum."""
        from autograd.path_sums.search import paths  # noqa: PLC0415 -- a sibling, met only here

        if not name:
            return self._say("paths from what? A label such as paths w1")
        found = [paths(self.stepper.graph, node, k=MAX_PATHS_SHOWN) for node in self.stepper.named(name)]
        return self._say("\n".join(map(str, found)))

    def do_draw(self, file: str) -> None:
        """draw [file]: draw the graph at the present step, into step_3.svg or that file."""
        from autograd.drawing.picture import draw  # noqa: PLC0415 -- a sibling, met only here

        file = file or f"step_{self.stepper.position}.svg"
        draw(self.stepper.graph, at=self.stepper.step).render(file)
        self._say(f"wrote {file}")

    # -- The prompt itself ----------------------------------------------------------------------

    def do_help(self, word: str) -> None:
        """h(elp) [word]: list the words, or say more about one."""
        chosen = [_full(word)] if word else list(WORDS)
        if chosen[0] not in WORDS:
            return self._say(f"there is no word {escapes.plain(word)!r}{suggestions.meant(word, WORDS)} (h lists them)")
        helps = [cleandoc(getattr(self, f"do_{name}").__doc__ or "") for name in chosen]
        if word:
            return self._say(helps[0])
        for name, text in zip(chosen, helps):
            line = f"  {_usage(name):<11} {text.splitlines()[0].partition(': ')[2]}"
            self._say(terminal.folded(line, hang=" " * 14))
        self._say("An empty line does the last command again. Tab completes labels.")
        return self._say("h until says more about until.")

    def do_quit(self, _: str) -> bool:
        """q(uit): leave; unless finished, the graph is as it was."""
        return True

    def onecmd(self, line: str) -> bool:
        """Do one command; print an error that the project raises."""
        try:
            return bool(super().onecmd(line))
        except ChalkgradError as error:
            self._say(str(error))
            return False

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Split the line into a command, in full, and its argument."""
        word, _, rest = line.strip().partition(" ")
        if not word:
            return None, None, ""
        return _full("help" if word == "?" else word), rest.strip(), line.strip()

    def precmd(self, line: str) -> str:
        """Print the command that was read, where no terminal has shown it."""
        if self.echo:
            self.stdout.write("\n" if line == "EOF" else f"{line}\n")
        elif line == "EOF":
            self._say("")
        return line

    def default(self, line: str) -> None:
        """Report an unknown command and suggest the nearest one."""
        word = line.split(maxsplit=1)[0]
        if self._known(line):
            return self._say(f"{line} is a node: p {line} prints it, until {line} goes there")
        meant = suggestions.meant(word, [*WORDS, *ALIASES])
        return self._say(f"there is no word {escapes.plain(word)!r}{meant} (h lists them)")

    def completenames(self, text: str, *_: object) -> list[str]:
        """Complete a command."""
        return [word for word in WORDS if word.startswith(text)]

    def completedefault(self, text: str, line: str, _: int, end: int) -> list[str]:
        """Complete a label, whatever characters it has."""
        typed = line[:end].partition(" ")[2].lstrip()
        labels = dict.fromkeys(self.stepper.names.values())
        return [label[len(typed) - len(text) :] for label in labels if label.startswith(typed)]

    def complete_help(self, *arguments: object) -> list[str]:
        """Complete the command that help is asked for."""
        return self.completenames(str(arguments[0]))

    # -- Helpers --------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self.stdout.write(f"{terminal.folded(text, hang='  ')}\n")

    def _ask(self, question: str) -> str:
        *above, last = terminal.wrapped(question.rstrip(), terminal.WIDTH - ROOM_TO_ANSWER, hang="  ")
        for line in above:
            self._say(line)
        if self.use_rawinput:
            answer = input(f"{last} ")
        else:
            self.stdout.write(f"{last} ")
            self.stdout.flush()
            answer = self.stdin.readline()
            if not answer:
                raise EOFError
        if self.echo:
            self._say(answer.rstrip("\n"))
        return answer

    def _go(self, move: Callable[..., Stepper], *arguments: object) -> None:
        before = self.stepper.position
        self._say(repr(move(*arguments)))
        if before == self.stepper.position == 0 and move == self.stepper.back:
            self._say("This is the start: there is no step before it.")

    def _known(self, name: str) -> bool:
        return name in self.stepper.names.values()

    def _comes(self, where: str) -> str:
        place = self.stepper.next_position(where)
        if place is not None:
            return f"comes at step {place}"
        places = self.stepper.steps_at(where)
        if not places:
            self.stepper.until(where)  # says what it does not find
        return f"was met at step {places[-1]}, behind the present one"


def _usage(word: str) -> str:
    shortest = WORDS[word]
    return word if shortest == word else f"{shortest}({word[len(shortest) :]})"


def _full(word: str) -> str:
    """Return the command that an abbreviation means; itself if it means none."""
    meant = (full for full, shortest in WORDS.items() if word.startswith(shortest) and full.startswith(word))
    return ALIASES.get(word) or next(meant, word)


def _number(text: str, otherwise: int | None = None) -> int:
    try:
        return int(text) if text or otherwise is None else otherwise
    except ValueError:
        raise ArgumentError(f"wants the number of a step, not {text!r}") from None
