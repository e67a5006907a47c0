"""What each word of the command `chalkgrad` does.

A command takes its arguments as `cli` has read them, writes what it has to say, and gives the exit
status: 0 all right, 1 mistakes found, 2 something could not be read, 3 nothing to mark. What it cannot do at all it
raises. Commands that need much more than marking does import it themselves.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from autograd.claims.tree import CallNode, NameNode, normalized_name
from autograd.document.blocks import Heading, sentence
from autograd.document.document import Document
from autograd.engine.graph import Graph, topological_order
from autograd.engine.origins import Scope
from autograd.errors import ArgumentError, ChalkgradError, NotFoundError, SheetError
from autograd.exercises import blank as emptied
from autograd.exercises import exercise as fresh
from autograd.exercises.entry_points import mark_sheet
from autograd.formatting import escapes, figures, streams, suggestions, terminal
from autograd.marking.verdicts import UNANSWERED
from autograd.sheet.program import MAX_CHARACTERS
from autograd.sheet.sheet import Sheet, read_file, read_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator

    from autograd.document.blocks import Block
    from autograd.engine.value import Value
    from autograd.marking.report import Marking
    from autograd.verify.gradient_check import GradcheckResult

RIGHT, MISTAKES, FAILED, NOTHING = 0, 1, 2, 3  # statuses; the last where nothing is claimed or answered
WORST_FIRST = (FAILED, MISTAKES, NOTHING, RIGHT)
MAX_LINES = 5  # with mistakes, of one sheet of several

Marked: TypeAlias = tuple[str, "Marking | str"]  # the name of a sheet with its marking, or why there is none


def say(text: str, end: str = "\n") -> None:
    """Write to standard output."""
    sys.stdout.write(text + end)


def complain(text: str, program: str = "chalkgrad") -> int:
    """Write to standard error, after all that was said before, and give the status of a failure."""
    sys.stdout.flush()
    with suppress(OSError):  # where nobody listens, the status tells it
        sys.stderr.write(f"{terminal.folded(f'{program}: {text}', hang='  ')}\n")
    return FAILED


# -- Sheets -------------------------------------------------------------------------------------


def _called(file: str) -> str:
    return "standard input" if file == "-" else escapes.plain(file)


@contextmanager
def _in_file(file: str) -> Iterator[None]:
    """Let what goes wrong with a file say with which."""
    try:
        yield
    except ChalkgradError as error:
        message = str(error).removeprefix(f"{file}: ")
        raise SheetError(f"{_called(file)}: {message}") from None


def _text(file: str) -> str:
    if file != "-":
        return read_file(file)
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:  # text that somebody put in the place of standard input
        return sys.stdin.read(MAX_CHARACTERS + 1)
    return read_text(stream)


def _sheet(file: str, key: Sheet | None = None, *, strict: bool = True) -> Sheet:
    with _in_file(file):
        return _read(file, key, strict=strict)


def _read(file: str, key: Sheet | None, *, strict: bool) -> Sheet:
    return Sheet.parse(_text(file), key, strict=strict) if file == "-" else Sheet.load(file, key, strict=strict)


def _graph(chosen: Namespace, *, strict: bool = True) -> tuple[Sheet, Value]:
    """Return the sheet, and what it computes: its loss or the output asked for, with the whole graph below it."""
    sheet = _sheet(chosen.file, strict=strict)
    with _in_file(chosen.file):
        if not chosen.of:
            return sheet, sheet.graph()
        return sheet, sheet.graph(_known(sheet, chosen.of))


def _known(sheet: Sheet, name: str) -> str:
    """Return the name as the sheet spells it; raise NotFoundError with a suggestion where it has none such."""
    found = normalized_name(name).replace(" ", "")
    if found not in sheet.order:
        raise NotFoundError(f"there is no name {escapes.plain(name)!r}{suggestions.meant(found, sheet.order)}")
    return found


def _node(chosen: Namespace, sheet: Sheet, output: Value, name: str) -> Value:
    """Return the node of that name below the output."""
    with _in_file(chosen.file):
        found = _known(sheet, name)
        for node in topological_order(output):
            if node.label == found:
                return node
        raise NotFoundError(f"{output.label} does not depend on {found}")


# -- Marking ------------------------------------------------------------------------------------


def mark(chosen: Namespace) -> int:
    """Mark each file; one that cannot be read does not keep the others from being marked."""
    if chosen.brief and chosen.format != "text":
        raise ArgumentError(f"--brief is for text; {chosen.format} always has every claim")
    key = _sheet(chosen.key) if chosen.key else None
    marked: list[Marked] = []
    for file in chosen.files:
        try:
            with _in_file(file):
                read = partial(_read, file, key, strict=chosen.strict)
                marked.append((_called(file), mark_sheet(read, _called(file), reveal=chosen.reveal)))
        except ChalkgradError as error:
            complain(str(error))
            marked.append((_called(file), str(error)))
        if chosen.format == "text":
            _say_marked(chosen, *marked[-1])
    statuses = [_status(found, blank_ok=chosen.blank_ok) for _, found in marked]
    if chosen.format != "text":
        document = _as_document(marked)
        title = f"Marking of {', '.join(name for name, _ in marked)}"
        ways: dict[str, Callable[[], str]] = {
            "markdown": document.to_markdown,
            "json": lambda: _as_json(marked),
            "html": lambda: document.to_html(title),
        }
        say(ways[chosen.format]().rstrip("\n"))
    elif len(marked) > 1:
        said = (
            (RIGHT, "without a mistake"),
            (MISTAKES, "with mistakes"),
            (NOTHING, "with nothing answered"),
            (FAILED, "unreadable"),
        )
        counts = [f"{statuses.count(status)} {words}" for status, words in said if status in statuses]
        say(
            "\n".join(
                [
                    *terminal.table([_in_short(*each) for each in marked]),
                    "",
                    f"{len(marked)} sheets: {', '.join(counts)}",
                ]
            )
        )
    return min(statuses, key=WORST_FIRST.index)


def _status(found: Marking | str, *, blank_ok: bool) -> int:
    if isinstance(found, str):
        return FAILED
    if not found.ok:
        return MISTAKES
    return NOTHING if found.is_blank and not blank_ok else RIGHT


def _in_short(name: str, found: Marking | str) -> list[str]:
    """One sheet of a class: its name, its score, where its mistakes are and what cannot be read."""
    if isinstance(found, str):
        return [name, "", "unreadable"]
    lines = list(dict.fromkeys(str(root.claim.line) for root in found.first_mistakes))
    more = ", …" * (len(lines) > MAX_LINES)
    where = f"wrong in line{'s' * (len(lines) > 1)} {', '.join(lines[:MAX_LINES])}{more}"
    left = sum(verdict.word == UNANSWERED for verdict in found.verdicts)
    unreadable = len({verdict.claim.line for verdict in found.unreadable})
    counts = ((unreadable, f"{unreadable} line{'s' * (unreadable > 1)} unreadable"), (left, f"{left} not answered"))
    said = [where] * bool(lines) + [words for count, words in counts if count]
    return [
        name,
        found.score.replace(" ", terminal.GLUE),
        "; ".join(said) or ("no mistake" if found.every else "nothing"),
    ]


def _say_marked(chosen: Namespace, name: str, found: Marking | str) -> None:
    """One sheet's marking for the terminal, under its name where there are several."""
    if isinstance(found, str):
        return
    if len(chosen.files) > 1:
        say(f"── {name} ──")
    say(found.to_text(color=_in_color(chosen.color), every=not chosen.brief))
    if len(chosen.files) > 1:
        say("")
    sys.stdout.flush()


def _in_color(when: str) -> bool:
    if when != "auto":
        return when == "always"
    return streams.takes_color(sys.stdout)


def _as_document(marked: list[Marked]) -> Document:
    """Return the markings of all sheets as one document, each below the name of its sheet."""
    blocks: list[Block] = []
    for name, found in marked:
        blocks += [Heading(1, (name,)), *([sentence(found)] if isinstance(found, str) else found.blocks)]
    return Document((), blocks)


def _as_json(marked: list[Marked]) -> str:
    data = [
        {"sheet": name, "error": found} if isinstance(found, str) else json.loads(found.to_json())
        for name, found in marked
    ]
    return json.dumps(data if len(data) > 1 else data[0], ensure_ascii=False, indent=2)


# -- A sheet as a graph -------------------------------------------------------------------------


def step(chosen: Namespace) -> int:
    """Open the debugger on the sheet's graph; it reads the terminal, or what is piped in."""
    from autograd.stepper.debugger import debug  # noqa: PLC0415 -- more than marking needs

    if chosen.file == "-":
        raise ArgumentError("step reads its commands from standard input, so the sheet must be a file")
    debug(_graph(chosen)[1], predict=chosen.predict)
    return RIGHT


def paths(chosen: Namespace) -> int:
    """Print the ledger of paths from a name to the output."""
    from autograd.path_sums.search import paths  # noqa: PLC0415 -- more than marking needs

    sheet, output = _graph(chosen)
    say(str(paths(output, _node(chosen, sheet, output, chosen.name), chosen.k)))
    return RIGHT


def draw(chosen: Namespace) -> int:
    """Draw the graph, its gradients computed, into a file."""
    from autograd.drawing.picture import draw  # noqa: PLC0415 -- more than marking needs

    sheet, output = _graph(chosen)
    wrt = _node(chosen, sheet, output, chosen.wrt) if chosen.wrt else None
    with _in_file(chosen.file):
        output.backward()
        if chosen.fold:
            _box_neurons(sheet, output, apart=wrt)
    file = Path(chosen.out or f"{'sheet' if chosen.file == '-' else Path(chosen.file).stem}.svg")
    draw(output, wrt=wrt, at=chosen.at, fold=chosen.fold, depth=chosen.depth, k=chosen.k).render(file)
    say(f"wrote {escapes.plain(str(file))}")
    return RIGHT


def page(chosen: Namespace) -> int:
    """Write the page of a sheet, its claims marked, or of a Value in a module."""
    from autograd.webpage import page  # noqa: PLC0415 -- more than marking needs
    from autograd.webpage.graph_data import require_page_size  # noqa: PLC0415 -- the same
    from autograd.webpage.targets import from_module, is_module  # noqa: PLC0415 -- the same

    if is_module(chosen.file):
        if chosen.of:
            raise ArgumentError("--of is for a sheet; of a module, name the Value itself: module:name")
        name = chosen.file.partition(":")[2]
        made = page(from_module(chosen.file), title=chosen.title)
    else:
        sheet, output = _graph(chosen, strict=False)
        name = "sheet" if chosen.file == "-" else Path(chosen.file).stem
        with _in_file(chosen.file):
            require_page_size(Graph(output))
            marking = mark_sheet(lambda: sheet, _called(chosen.file)) if sheet.claims else None
            made = page(output, title=chosen.title or name, marking=marking)
    file = made.save(chosen.out or f"{name}.html")
    say(f"wrote {escapes.plain(str(file))}")
    return RIGHT


def _box_neurons(sheet: Sheet, output: Value, apart: Value | None) -> None:
    """Mark what a sheet computes as neurons, h = f(net) with its net, and those of one depth as a layer."""
    graph = Graph(output)
    named = {node.label: node for node in graph.order if node.label}
    users = {node: {child for child, _, _ in uses} for node, uses in graph.uses.items() if uses}
    depth: dict[Value, int] = {}
    layers: dict[int, Scope] = {}
    for node in graph.order:
        depth[node] = max((depth[parent] for parent in node.parents), default=0)
        tree = sheet.definitions[node.label].tree if node.label in sheet.definitions else None
        if not isinstance(tree, CallNode) or len(tree.args) != 1 or tree.function in ("sum", "mean"):
            continue
        depth[node] += 1
        layer = layers.setdefault(depth[node], Scope("layer", f"layer {depth[node]}"))
        neuron = Scope("neuron", node.label, layer)
        argument = tree.args[0]
        net = named.get(argument.key) if isinstance(argument, NameNode) else None
        inside = [node]
        while inside:
            part = inside.pop()
            part.tag(part.label, neuron)
            own = [parent for parent in part.parents if not parent.label or (parent is net and len(users[net]) == 1)]
            inside += [parent for parent in own if parent.op is not None]
    if not layers:
        raise NotFoundError("there is nothing to fold: a neuron is a line such as h = sigmoid(net)")
    _box_leaves({leaf: using for leaf, using in users.items() if leaf.op is None and leaf is not apart}, sheet)


def _box_leaves(users: dict[Value, set[Value]], sheet: Sheet) -> None:
    """Put parameters, by which the sheet differentiates, into their neuron or layer, and inputs into a box."""
    learned = {claim.subject.by for claim in sheet.claims}
    inputs = Scope("inputs", "inputs")
    for leaf, using in users.items():
        neurons = {node.scope for node in using}
        layers = {scope.within if scope else None for scope in neurons}
        if not learned or None in neurons:
            continue
        if leaf.label not in learned:
            leaf.tag(leaf.label, inputs)
        elif len(neurons) == 1 or len(layers) == 1:
            home = (neurons if len(neurons) == 1 else layers).pop()
            assert home is not None
            leaf.tag(leaf.label, home)


def gradcheck(chosen: Namespace) -> int:
    """Measure the gradient of the output by every given, and put it beside the engine's."""
    from autograd.verify.gradient_check import gradcheck  # noqa: PLC0415 -- more than marking needs

    sheet, output = _graph(chosen)
    graph = Graph(output)
    givens = sorted(graph.leaves, key=lambda node: sheet.order.index(node.label))
    if output in givens:
        raise ArgumentError(f"{escapes.plain(output.label)} is a given: there is no gradient to check; see --of")

    def again(*moved: Value) -> Value:
        """Return the output of the sheet once more, at other givens."""
        for given, value in zip(givens, moved):
            value.label = given.label
        computed: Value = graph.compute(dict(zip(givens, moved)))[output]
        return computed

    with _in_file(chosen.file):
        found = gradcheck(again, *(node.data for node in givens))
    say(_table(found, output.label, [node.label for node in givens]))
    return RIGHT if found.ok else MISTAKES


def check(chosen: Namespace) -> int:
    """Compare figures with what a sheet computes: values by their names, derivatives as dE/dw."""
    from autograd.exercises import check  # noqa: PLC0415 -- more than marking needs

    wanted: dict[Value | str, str | float] = {}
    for pair in chosen.figures:
        name, equals, figure = pair.partition("=")
        if not (name.strip() and equals and figure.strip()):
            raise ArgumentError(f"a figure is given as NAME=FIGURE, such as dE/dw=0.00095, not {escapes.plain(pair)!r}")
        wanted[normalized_name(name).replace(" ", "")] = figure.strip()
    output = _graph(chosen)[1]
    with _in_file(chosen.file):
        found = check(output, wanted)
    say(str(found))
    return RIGHT if found.ok else MISTAKES


def _table(found: GradcheckResult, output: str, givens: list[str]) -> str:
    """Return what `gradcheck` found, under the names of the sheet."""
    rows = [("", "engine", "measured", "")]
    for given, row in zip(givens, found.rows):
        measured = figures.number(row.numerical)
        if row.kink:
            measured = f"{figures.number(row.kink.left)} | {figures.number(row.kink.right)}"
        rows.append((f"∂{output}/∂{given}", figures.number(row.engine), measured, row.verdict))
    lines = terminal.table(rows, gap=2)
    said = [f"∂{output}/∂{given}: {row.note}" for given, row in zip(givens, found.rows) if row.note]
    said += [finding.text for finding in found.findings]
    lines += [terminal.folded(text, hang="  ") for text in said]
    wrong = sum(not row.ok for row in found.rows)
    return "\n".join([*lines, f"{wrong} of {len(found.rows)} disagree" if wrong else f"all {len(found.rows)} agree"])


# -- Practice, and the demonstration ------------------------------------------------------------


def blank(chosen: Namespace) -> int:
    """Print a sheet with its answers taken out."""
    with _in_file(chosen.file):
        text = emptied(_text(chosen.file))
    if streams.is_terminal(sys.stdout):  # a file keeps every character; a terminal would obey some
        text = "\n".join(map(escapes.plain, text.splitlines()))
    say(text, end="" if text.endswith(("\n", "\r")) else "\n")
    return RIGHT


def exercise(chosen: Namespace) -> int:
    """Print a fresh exercise, or its key."""
    if chosen.key and chosen.seed is None:
        raise ArgumentError("the key to which exercise? Say its --seed, which stands in its first line")
    seed = int.from_bytes(os.urandom(2), "big") if chosen.seed is None else chosen.seed
    options = {word: getattr(chosen, word) for word in ("bias", "activation", "samples", "digits")}
    made = fresh(chosen.layers, seed, **options)
    say(made.key if chosen.key else made.sheet, end="")
    return RIGHT


def completion(chosen: Namespace) -> int:
    """Print the script of a shell, made from the parser of the command line."""
    from autograd.cli.completion import script  # noqa: PLC0415 -- more than marking needs

    say(script(chosen.shell, chosen.whole))
    return RIGHT


def demo(chosen: Namespace) -> int:
    """Show the first minute, or all of the demonstration."""
    from autograd.cli.demo import main  # noqa: PLC0415 -- more than marking needs

    return main(Path(chosen.out), every=chosen.all, browse=not chosen.no_browser)
