"""Scripts that let a shell complete the command line, made from the parser: its commands, options and choices.

What takes a file, or anything else that the parser has no list of, is left to the shell's completion of files.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Option(NamedTuple):
    """An option or argument of a command: its spellings (none of an argument), its choices, whether a value follows."""

    spellings: tuple[str, ...]
    choices: tuple[str, ...]
    takes_value: bool
    help: str


class Command(NamedTuple):
    """A command: its name, its purpose, and what it takes."""

    name: str
    purpose: str
    options: tuple[Option, ...]


def commands_of(parser: argparse.ArgumentParser) -> list[Command]:
    """Return the commands of a parser, with what each takes."""
    found = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            purposes = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, sub in action.choices.items():
                found.append(Command(name, purposes[name], tuple(map(_option, sub._actions))))
    return found


def _option(action: argparse.Action) -> Option:
    choices = tuple(map(str, action.choices or ()))
    return Option(tuple(action.option_strings), choices, action.nargs != 0, action.help or "")


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script for bash, zsh or fish.

    >>> parser = argparse.ArgumentParser(prog="tool")
    >>> _ = parser.add_subparsers().add_parser("mend", help="mend it").add_argument("--how", choices=["well", "badly"])
    >>> print(script("fish", parser))
    complete -c tool -n __fish_use_subcommand -f -a mend -d 'mend it'
    complete -c tool -n '__fish_seen_subcommand_from mend' -s h -l help -d 'show this help message and exit'
    complete -c tool -n '__fish_seen_subcommand_from mend' -l how -x -a 'well badly'
    """
    lines = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]
    return "\n".join(lines(parser.prog, commands_of(parser)))


def _bash(program: str, commands: list[Command]) -> Iterator[str]:
    yield f"_{program}() {{"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" words=""'
    yield '    case "$COMP_CWORD ${COMP_WORDS[1]} $before $word" in'
    yield f'        "1 "*) words="{" ".join(command.name for command in commands)}" ;;'
    for command in commands:
        for option in command.options:
            for spelling in option.spellings if option.takes_value else ():
                yield f'        *" {command.name} {spelling} "*) words="{" ".join(option.choices)}" ;;'
        spellings = " ".join(spelling for option in command.options for spelling in option.spellings)
        yield f'        *" {command.name} "*" -"*) words="{spellings}" ;;'
        listed = " ".join(choice for option in command.options if not option.spellings for choice in option.choices)
        if listed:
            yield f'        *" {command.name} "*) words="{listed}" ;;'
    yield "    esac"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$word"))'
    yield "}"
    yield f"complete -o default -F _{program} {program}"


def _zsh(program: str, commands: list[Command]) -> Iterator[str]:
    yield f"#compdef {program}"
    yield f"_{program}() {{"
    yield "    local -a commands"
    yield f"    commands=({' '.join(_quoted(f'{c.name}:{c.purpose}') for c in commands)})"
    yield "    if (( CURRENT == 2 )); then _describe command commands; return; fi"
    yield "    shift words; (( CURRENT-- ))"
    yield '    case "$words[1]" in'
    for command in commands:
        specs = [spec for option in command.options for spec in _zsh_specs(option)]
        yield f"        {command.name}) _arguments {' '.join(map(_quoted, specs))} ;;"
    yield "    esac"
    yield "}"
    yield f'if [ "$funcstack[1]" = "_{program}" ]; then _{program} "$@"; else compdef _{program} {program}; fi'


def _zsh_specs(option: Option) -> Iterator[str]:
    what = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
    told = "".join(f"\\{sign}" if sign in "[]:\\" else sign for sign in option.help)
    for spelling in option.spellings:
        yield f"{spelling}[{told}]{what if option.takes_value else ''}"
    if not option.spellings:
        yield f"*{what}"


def _fish(program: str, commands: list[Command]) -> Iterator[str]:
    for command in commands:
        purpose = _quoted(command.purpose, fish=True)
        yield f"complete -c {program} -n __fish_use_subcommand -f -a {command.name} -d {purpose}"
        seen = f"complete -c {program} -n '__fish_seen_subcommand_from {command.name}'"
        for option in command.options:
            parts = [f"-{'l' if s.startswith('--') else 's'} {s.lstrip('-')}" for s in option.spellings]
            if option.choices:
                parts.append(f"{'-x' if option.spellings else '-f'} -a {_quoted(' '.join(option.choices), fish=True)}")
            elif option.takes_value and option.spellings:
                parts.append("-r")
            if option.help and (option.spellings or option.choices):
                parts.append(f"-d {_quoted(option.help, fish=True)}")
            if parts:
                yield " ".join([seen, *parts])


def _quoted(text: str, *, fish: bool = False) -> str:
    """Return a text between the single quotes of a shell; fish escapes a quote, the others leave the quotes for it."""
    if fish:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + text.replace("'", "'\\''") + "'"
