"""The prompt without its words: how a line is read, answered, helped with, completed, and written to a log.

The docstring of a command's method is also its help. It works at a terminal and from piped input,
where it also prints the commands that it reads. Nothing that is typed is evaluated, and an error is
printed, never raised.
"""

from __future__ import annotations

import cmd
from contextlib import suppress
from inspect import cleandoc
from types import BuiltinFunctionType
from typing import IO, TYPE_CHECKING

from autograd.errors import ChalkgradError
from autograd.formatting import escapes, streams, suggestions, terminal
from autograd.stepper import vocabulary
from autograd.stepper.vocabulary import ALIASES, ELSEWHERE, WORDS
from autograd.stepper.walk_log import as_blocks

if TYPE_CHECKING:
    from autograd.document.blocks import Block
    from autograd.stepper.stepper import Stepper
    from autograd.stepper.walk_log import WalkLog

ROOM_TO_ANSWER = 12  # columns behind a question


class Prompt(cmd.Cmd):
    """A prompt around a `Stepper`; `talk()` reads commands until the last."""

    prompt = "(grad) "

    def __init__(self, stepper: Stepper, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        super().__init__("tab", stdin, stdout)
        self.echo = not streams.is_terminal(self.stdin)
        # input() has history and completion in a terminal, and a notebook has an input() of its own
        self.use_rawinput = stdin is None and not (self.echo and isinstance(input, BuiltinFunctionType))
        self.stepper = stepper
        stepper.colors = streams.takes_color(self.stdout)
        stepper.ask, stepper.tell = self._ask, self.say
        self.log: WalkLog | None = None
        self.answered: list[Block] = []  # what was answered to the present command

    def talk(self) -> None:
        """Show the present frame, then read and do commands; Ctrl-C returns to the prompt."""
        streams.let_write(self.stdout)
        with suppress(AttributeError, OSError):
            self.stdin.reconfigure(errors="replace")  # type: ignore[attr-defined] # what is no text is no word
        self.stdin = streams.BoundedLines(self.stdin)  # type: ignore[assignment] # all that is asked for
        self.show()
        self.say("h lists the words, q ends.")
        while True:
            try:
                return self.cmdloop()
            except KeyboardInterrupt:
                self.say(f"\ninterrupted; at step {self.stepper.position} of {len(self.stepper)}. q ends.")

    def say(self, text: str) -> None:
        """Answer with a text."""
        self.answered += as_blocks(text)
        self._write(text)

    def show(self) -> None:
        """Answer with the present frame."""
        self.answered += self.stepper.blocks
        self._write(repr(self.stepper))

    def known(self, name: str) -> bool:
        """Return True for the name of a node."""
        return name in self.stepper.names.values()

    # -- A line ---------------------------------------------------------------------------------

    def onecmd(self, line: str) -> bool:
        """Do one command; print an error that the project raises."""
        try:
            return bool(super().onecmd(line))
        except ChalkgradError as error:
            self.say(str(error))
            return False

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """Split the line into a command, in full, and its argument."""
        word, rest = vocabulary.split(line)
        return (word, rest, line.strip()) if word else (None, None, "")

    def precmd(self, line: str) -> str:
        """Print the command that was read, where no terminal has shown it."""
        self.answered = []
        if self.echo:
            self.stdout.write("\n" if line == "EOF" else f"{line}\n")
        elif line == "EOF":
            self.say("")
        return line

    def postcmd(self, stop: bool, line: str) -> bool:  # noqa: FBT001 -- as cmd calls it
        """Write the command and its answer to the log, where there is one."""
        if self.log and self.answered:
            try:
                self.log.add(escapes.plain(line.strip() or self.lastcmd), self.answered)
            except ChalkgradError as error:
                self.log = None
                self.say(f"{error}; the log ends here")
        return stop

    def default(self, line: str) -> None:
        """Report an unknown command: a node, a word of pdb's, or the nearest that there is."""
        word = line.split(maxsplit=1)[0]
        if self.known(line):
            return self.say(f"{line} is a node: p {line} prints it, until {line} goes there")
        word = "!" if word.startswith("!") else word
        if word in ELSEWHERE:
            return self.say(f"{word} is pdb's, and not here: {ELSEWHERE[word]}")
        meant = suggestions.meant(word, [*WORDS, *ALIASES])
        return self.say(f"there is no word {escapes.plain(word)!r}{meant} (h lists them)")

    def do_help(self, word: str) -> None:
        """h(elp) [word]: list the words, or say more about one."""
        chosen = [vocabulary.full(word)] if word else list(WORDS)
        if chosen[0] not in WORDS:
            return self.default(word) if word in ELSEWHERE else self._no_such_word(word)
        helps = [cleandoc(getattr(self, f"do_{name}").__doc__ or "") for name in chosen]
        if word:
            return self.say(helps[0])
        for name, text in zip(chosen, helps):
            line = f"  {vocabulary.usage(name):<11} {text.splitlines()[0].partition(': ')[2]}"
            self.say(terminal.folded(line, hang=" " * 14))
        self.say("An empty line does the last command again. Tab completes labels.")
        return self.say("h until says more about until.")

    def _no_such_word(self, word: str) -> None:
        self.say(f"there is no word {escapes.plain(word)!r}{suggestions.meant(word, WORDS)} (h lists them)")

    def do_quit(self, _: str) -> bool:
        """q(uit): leave; unless finished, the graph is as it was."""
        return True

    # -- Completion -----------------------------------------------------------------------------

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

    # -- Streams --------------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        self.stdout.write(f"{terminal.folded(text, hang='  ')}\n")

    def _ask(self, question: str) -> str:
        *above, last = terminal.wrapped(question.rstrip(), terminal.WIDTH - ROOM_TO_ANSWER, hang="  ")
        for line in above:
            self._write(line)
        if self.use_rawinput:
            answer = input(f"{last} ")
        else:
            self.stdout.write(f"{last} ")
            self.stdout.flush()
            answer = self.stdin.readline()
            if not answer:
                raise EOFError
        if self.echo:
            self._write(answer.rstrip("\n"))
        self.answered += as_blocks(f"{question.rstrip()} {escapes.plain(answer.strip())}")
        return answer
