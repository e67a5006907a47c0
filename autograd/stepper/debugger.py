"""The stepper as a prompt, with pdb's words: `debug(E)`.

Here are the words that move and look; the docstring of each is also its help. How a line is read and
answered is in `prompt`.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple

from autograd.engine.graph import as_graph
from autograd.engine.names import caller_names
from autograd.formatting import escapes, figures, streams, suggestions, terminal
from autograd.stepper import frame, looks
from autograd.stepper.prompt import Prompt
from autograd.stepper.stepper import Stepper
from autograd.stepper.stops import Stop
from autograd.stepper.vocabulary import number
from autograd.stepper.walk_log import WalkLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograd.engine.graph import Graph
    from autograd.engine.value import Value

MAX_PATHS_SHOWN = 10
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
    output: Value | Graph | Stepper,
    *,
    predict: bool = False,
    stdin: IO[str] | None = None,
    stdout: IO[str] | None = None,
    names: bool = True,
) -> None:
    r"""Open a prompt to step through `output.backward()` with pdb's words: n, b, unt h1, p w1, h, q and more.

    It reads the terminal or whatever is piped in, or `stdin`. With `predict=True` it asks for each
    contribution before it shows it. Nodes without a label get the names of the caller's variables,
    unless `names=False`. A `Stepper` is walked on from where it is.

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
    if isinstance(output, Stepper):
        stepper = output
        stepper.predicting |= predict
    else:
        stepper = Stepper(as_graph(output, caller_names() if names else None), predict=predict)
    with streams.stand_ins():
        Debugger(stepper, stdin, stdout).talk()


class Breakpoint(NamedTuple):
    """A place at which run stops, once or whenever it comes there."""

    stop: Stop
    once: bool


class Debugger(Prompt):
    """The words of the prompt."""

    def __init__(self, stepper: Stepper, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        super().__init__(stepper, stdin, stdout)
        self.breakpoints: list[Breakpoint] = []

    # -- Moving ---------------------------------------------------------------------------------

    def do_next(self, count: str) -> None:
        """n(ext) [count]: take the next step, or so many."""
        self._go(self.stepper.next, number(count, 1))

    def do_back(self, count: str) -> None:
        """b(ack) [count]: take a step back, or so many."""
        self._go(self.stepper.back, number(count, 1))

    def do_until(self, where: str) -> None:
        """unt(il) where: go to the step of a node, an operation or a number, or until a condition holds.

        until h1, until sigmoid, until 3, until abs(grad) > 1, until w if grad > 0. A leaf has no
        step of its own: it is met whenever it receives a contribution. In a condition, grad and
        data are of the node that is met, and w.grad is of w.
        """
        if not where:
            return self.say("until what? A label as in until h1, an operation as in until sigmoid, or abs(grad) > 1")
        stop = Stop(self.stepper, where)
        self._go(self.stepper.go_to, stop)
        for reason in stop.reason(self.stepper.position):
            self.say(reason)
        return None

    def do_run(self, _: str) -> None:
        """r(un): go to the next breakpoint, or to the end.

        c(ontinue) does the same. Nothing is changed in the graph; finish does that.
        """
        nearest: int | None = None
        for kept in sorted(self.breakpoints, key=lambda kept: kept.stop.condition is not None):
            place = kept.stop.next(before=nearest)  # a condition is asked about no step behind the nearest
            nearest = nearest if place is None else place
        met = [kept for kept in self.breakpoints if nearest is not None and kept.stop.next(before=nearest + 1)]
        reasons = [line for kept in met for line in kept.stop.reason(nearest or 0)]
        self._go(self.stepper.goto, len(self.stepper) if nearest is None else nearest)
        self.breakpoints = [kept for kept in self.breakpoints if not (kept.once and kept in met)]
        for reason in reasons:
            self.say(reason)

    def do_goto(self, place: str) -> None:
        """g(oto) number: go to the step of that number; 0 is the start."""
        self._go(self.stepper.goto, number(place))

    def do_reset(self, _: str) -> None:
        """reset: go back to the start."""
        self._go(self.stepper.reset)

    def do_finish(self, _: str) -> None:
        """fin(ish): go to the end, and write every gradient into .grad; undo takes it back.

        Nothing else changes the graph. It is done once: finishing again adds nothing.
        """
        again = self.stepper.finished
        self._go(self.stepper.finish)
        if again:
            self.say("finish was done before, and nothing is added.")

    def do_undo(self, _: str) -> None:
        """und(o): take back what finish wrote; every .grad is what it was before."""
        self.stepper.undo()
        self.show()
        self.say("Every .grad is what it was before finish.")

    def do_predict(self, switch: str) -> None:
        """pre(dict) [on|off]: take the next step, asked for each contribution first; pre on: so every step.

        An answer is a number, a/b or a*b, right to the digits written, three at least; ? shows
        the one that is asked for, ?? all that are left of the step. A wrong answer gets a reason and
        a second try. Enter skips a question, which is not counted then.
        """
        if switch in ("on", "off"):
            self.stepper.predicting = switch == "on"
            self.say(f"predict {switch}; {self.stepper.score}")
        elif switch:
            self.say(f"predict on, predict off, or predict alone for one step; not {switch!r}")
        else:
            self._go(self.stepper.predict)

    def do_break(self, where: str) -> None:
        """br(eak) [where [if condition]]: let run stop there; br alone lists where it stops.

        br h1, br sigmoid, br w if grad > 0, br if abs(grad) > 1. With a place, b does the same, as in pdb.
        """
        if where:
            return self._set_breakpoint(where, once=False)
        return self.say(self._listed_breakpoints() or "no breakpoints; br h1 sets one at the step of h1")

    def do_tbreak(self, where: str) -> None:
        """tb(reak) where [if condition]: let run stop there, but only once."""
        if where:
            return self._set_breakpoint(where, once=True)
        return self.say("tbreak where? A label as in tbreak h1, or tbreak w if grad > 0")

    def do_clear(self, where: str) -> None:
        """cl(ear) [where]: remove the breakpoints there; cl alone removes all."""
        named = [name for kept in self.breakpoints for name in kept.stop.names]
        if where and where not in named:
            meant = suggestions.meant(where, named)
            return self.say(f"there is no breakpoint {escapes.plain(where)}{meant} (br lists them)")
        self.breakpoints = [
            kept for kept in self.breakpoints if where and where not in (str(kept.stop), kept.stop.place)
        ]
        return self.say(f"breakpoints: {terminal.listed([str(kept.stop) for kept in self.breakpoints])}")

    # -- Looking --------------------------------------------------------------------------------

    def do_where(self, _: str) -> None:
        """w(here): show the present step."""
        self.show()

    def do_list(self, place: str) -> None:
        """l(ist) [number]: list the steps around the present one, or around that one."""
        self.say(looks.listing(self.stepper, number(place, self.stepper.position)))

    def do_print(self, name: str) -> None:
        """p(rint) label: print a node's value and its gradient so far; p h1.data prints a field of it.

        The fields are data, grad, op, label, parents and state.
        """
        if not name:
            return self.say("print what? A label such as p h1, or a field of it such as p h1.data")
        stem, dot, field = name.rpartition(".")
        if dot and field in FIELDS and not self.known(name):
            return self.say("\n".join(FIELDS[field](self.stepper, node) for node in self.stepper.named(stem)))
        if dot and stem and not self.known(name) and self.known(stem):
            return self.say(f"a node has no {field!r}{suggestions.meant(field, FIELDS)} (it has {', '.join(FIELDS)})")
        return self.say("\n".join(looks.about(self.stepper, node) for node in self.stepper.named(name)))

    def do_watch(self, name: str) -> None:
        """watch [label]: show that gradient in every step; watch alone shows what is watched."""
        if name:
            self.stepper.watch(name)
        self.say("\n".join(frame.watched(self.stepper)) or "nothing is watched; watch w1 shows w1.grad in every step")

    def do_unwatch(self, name: str) -> None:
        """unw(atch) [label]: watch that gradient no more; unwatch alone: none."""
        for node in [self.stepper.names[node] for node in self.stepper.watched] if not name else [name]:
            self.stepper.unwatch(node)
        self.do_watch("")

    def do_info(self, what: str) -> None:
        """i(nfo) [label]: tell about the graph, the breakpoints and what is watched; or all about one node."""
        if what and not self.known(what) and (listing := self._list_of(what)) is not None:
            return self.say(listing)
        if what:
            return self.say("\n".join(looks.all_about(self.stepper, node) for node in self.stepper.named(what)))
        rows = looks.overview(self.stepper)
        rows += [("breakpoints", terminal.listed([str(kept.stop) for kept in self.breakpoints], 60))]
        rows += [("log", str(self.log.path))] if self.log else []
        return self.say("\n".join(terminal.table(rows)))

    def _list_of(self, what: str) -> str | None:
        """Return a list under the name that gdb gives it, such as breakpoints or display; None for another."""
        if what in ("b", "br") or "breakpoints".startswith(what):
            return self._listed_breakpoints() or "no breakpoints"
        if what in ("display", "watch", "watchpoints"):
            return "\n".join(frame.watched(self.stepper)) or "nothing is watched"
        return None

    def do_paths(self, name: str) -> None:
        """paths label: show the paths from that node to the output, the largest first, and their sum."""
        from autograd.path_sums.search import paths  # noqa: PLC0415 -- a sibling, met only here

        if not name:
            return self.say("paths from what? A label such as paths w1")
        found = [paths(self.stepper.graph, node, k=MAX_PATHS_SHOWN) for node in self.stepper.named(name)]
        return self.say("\n".join(map(str, found)))

    def do_draw(self, file: str) -> None:
        """draw [file]: draw the graph at the present step, into step_3.svg or that file."""
        from autograd.drawing.picture import draw  # noqa: PLC0415 -- a sibling, met only here

        file = file or f"step_{self.stepper.position}.svg"
        draw(self.stepper.graph, at=self.stepper.present).render(file)
        self.say(f"wrote {file}")

    def do_log(self, file: str) -> None:
        """log [file|off]: write the walk from here on as Markdown, into that file; log alone says where.

        A file that ends in .html, .tex or .txt is written so.
        """
        if not file:
            return self.say(f"the walk is written to {self.log.path}" if self.log else "no log; log walk.md begins one")
        if file == "off":
            ended, self.log = self.log, None
            return self.say(f"{ended.path} is written" if ended else "no log was written")
        name = escapes.plain(self.stepper.names[self.stepper.output])
        self.log = WalkLog(file, f"The backward pass of {name}", self.stepper.blocks)
        self.say(f"the walk is written to {self.log.path}; log off ends it")
        return self.answered.clear()  # the walk begins with the next command

    # -- Helpers --------------------------------------------------------------------------------

    def _go(self, move: Callable[..., Stepper], *arguments: object) -> None:
        before = self.stepper.position
        move(*arguments)
        self.show()
        if before == self.stepper.position == 0 and move == self.stepper.back:
            self.say("This is the start: there is no step before it.")

    def _set_breakpoint(self, where: str, *, once: bool) -> None:
        stop = Stop(self.stepper, where)
        stop.require_reachable()
        self.breakpoints = [kept for kept in self.breakpoints if str(kept.stop) != str(stop)]
        self.breakpoints.append(Breakpoint(stop, once))
        comes = stop.comes()
        times = "once " * once
        if stop.condition is None:
            return self.say(f"run stops {times}at {stop}, which {comes}")
        place = f"at {stop.names[-1]}, which {comes}, " if comes else ""
        return self.say(f"run stops {times}{place}where {escapes.plain(stop.condition.text)}")

    def _listed_breakpoints(self) -> str:
        rows = [[f"  {kept.stop}", kept.stop.comes(), "once" * kept.once] for kept in self.breakpoints]
        return "\n".join(line.rstrip() for line in terminal.table(rows))
