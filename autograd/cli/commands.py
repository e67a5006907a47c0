"""What each word of the command `chalkgrad` does.

A command takes its arguments as `cli` has read them, writes what it has to say, and gives the exit
status: 0 all right, 1 mistakes found, 2 something could not be read, 3 nothing to mark. What it cannot do at all it
raises. What only some of them need they import themselves: each is to answer within a blink.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autograd.claims.tree import CallNode, NameNode, normalized_name
from autograd.claims.versions import written_name
from autograd.cli.common import (
    MISTAKES,
    RIGHT,
    called,
    in_file,
    read_sheet,
    say,
    text_of,
)
from autograd.engine.graph import Graph, topological_order
from autograd.engine.origins import Scope
from autograd.errors import ArgumentError, NotFoundError
from autograd.formatting import escapes, figures, streams, suggestions, terminal

if TYPE_CHECKING:
    from argparse import Namespace

    from autograd.engine.value import Value
    from autograd.sheet.sheet import Sheet
    from autograd.verify.gradient_check import GradcheckResult


def _graph(chosen: Namespace, *, strict: bool = True) -> tuple[Sheet, Value]:
    """Return the sheet, and what it computes: its loss or the output asked for, with the whole graph below it."""
    sheet = read_sheet(chosen.file, strict=strict)
    with in_file(chosen.file):
        if not chosen.of:
            return sheet, sheet.graph()
        return sheet, sheet.graph(_known(sheet, chosen.of))


def _known(sheet: Sheet, name: str) -> str:
    """Return the name as the sheet spells it; raise NotFoundError with a suggestion where it has none such."""
    spelled = normalized_name(name).replace(" ", "")
    found = sheet.find_name(spelled)
    if found is None:
        known = list(dict.fromkeys(map(written_name, sheet.order)))
        raise NotFoundError(f"there is no name {escapes.plain(name)!r}{suggestions.meant(spelled, known)}")
    return found


def _node(chosen: Namespace, sheet: Sheet, output: Value, name: str) -> Value:
    """Return the node of that name below the output."""
    with in_file(chosen.file):
        found = _known(sheet, name)
        for node in topological_order(output):
            if node.label == written_name(found):
                return node
        raise NotFoundError(f"{output.label} does not depend on {written_name(found)}")


# -- Marking ------------------------------------------------------------------------------------


def mark(chosen: Namespace) -> int:
    """Mark sheets, lecture notes or array code; one that cannot be read does not keep the others from being marked."""
    from autograd.cli import documents  # noqa: PLC0415 -- not every command marks

    if documents.concerns(chosen):
        return documents.mark_documents(chosen)
    from autograd.cli.class_marking import mark_sheets  # noqa: PLC0415 -- the same

    return mark_sheets(chosen)


def read(chosen: Namespace) -> int:
    """Print the sheet that is understood of a note."""
    from autograd.cli.notes import proofread_file  # noqa: PLC0415 -- more than marking a sheet needs

    with in_file(chosen.file):
        marking = proofread_file(chosen, chosen.file)
        say("\n".join([marking.understood(), *(f"# {line}" for line in marking.honesty(unread=chosen.unread))]))
    return RIGHT


# -- A sheet as a graph -------------------------------------------------------------------------


def step(chosen: Namespace) -> int:
    """Open the debugger on the sheet's graph; it reads the terminal, or what is piped in."""
    from autograd.stepper.debugger import debug  # noqa: PLC0415 -- not every command needs it

    if chosen.file == "-":
        raise ArgumentError("step reads its commands from standard input, so the sheet must be a file")
    debug(_graph(chosen)[1], predict=chosen.predict)
    return RIGHT


def paths(chosen: Namespace) -> int:
    """Print the ledger of paths from a name to the output."""
    from autograd.path_sums.search import paths  # noqa: PLC0415 -- not every command needs it

    sheet, output = _graph(chosen)
    say(str(paths(output, _node(chosen, sheet, output, chosen.name), chosen.k)))
    return RIGHT


def draw(chosen: Namespace) -> int:
    """Draw the graph, its gradients computed, into a file."""
    from autograd.drawing.picture import draw  # noqa: PLC0415 -- not every command needs it

    sheet, output = _graph(chosen)
    wrt = _node(chosen, sheet, output, chosen.wrt) if chosen.wrt else None
    with in_file(chosen.file):
        output.backward()
        is_boxed = chosen.fold == "layer" and sheet.boxes  # whose arrays are boxes already
        if chosen.fold in ("neuron", "layer") and not is_boxed:
            _box_neurons(sheet, output, apart=wrt)
    file = Path(chosen.out or f"{'sheet' if chosen.file == '-' else Path(chosen.file).stem}.svg")
    fold = {"names": True, "nothing": False}.get(chosen.fold, chosen.fold)
    picture = draw(output, wrt=wrt, at=chosen.at, fold=fold, depth=chosen.depth, k=chosen.k)
    picture.render(file, dpi=chosen.dpi, width=chosen.width)
    say(f"wrote {escapes.plain(str(file))}")
    return RIGHT


def page(chosen: Namespace) -> int:
    """Write the page of a sheet, its claims marked, or of a Value in a module."""
    from autograd.webpage import page  # noqa: PLC0415 -- nor writes a page
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
        with in_file(chosen.file):
            require_page_size(Graph(output))
            from autograd.exercises.entry_points import mark_sheet  # noqa: PLC0415 -- not every command marks

            marking = mark_sheet(lambda: sheet, called(chosen.file)) if sheet.claims else None
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
    from autograd.verify.gradient_check import gradcheck  # noqa: PLC0415 -- not every command needs it

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

    with in_file(chosen.file):
        found = gradcheck(again, *(node.data for node in givens))
    say(_table(found, output.label, [node.label for node in givens]))
    return RIGHT if found.ok else MISTAKES


def check(chosen: Namespace) -> int:
    """Compare figures with what a sheet computes: values by their names, derivatives as dE/dw."""
    from autograd.exercises import check  # noqa: PLC0415 -- not every command needs it

    wanted: dict[Value | str, str | float] = {}
    for pair in chosen.figures:
        name, equals, figure = pair.partition("=")
        if not (name.strip() and equals and figure.strip()):
            raise ArgumentError(f"a figure is given as NAME=FIGURE, such as dE/dw=0.00095, not {escapes.plain(pair)!r}")
        wanted[normalized_name(name).replace(" ", "")] = figure.strip()
    output = _graph(chosen)[1]
    with in_file(chosen.file):
        found = check(output, wanted, reveal=chosen.reveal)
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
    from autograd.exercises.answers import blank as emptied  # noqa: PLC0415 -- not every command needs it

    with in_file(chosen.file):
        _say_sheet(emptied(text_of(chosen.file)))
    return RIGHT


def solve(chosen: Namespace) -> int:
    """Print a sheet with its answers filled in."""
    with in_file(chosen.file):
        from autograd.exercises.solutions import solve as filled_in  # noqa: PLC0415 -- not every command needs it

        _say_sheet(filled_in(text_of(chosen.file), digits=chosen.digits))
    return RIGHT


def _say_sheet(text: str) -> None:
    if streams.is_terminal(sys.stdout):  # a file keeps every character; a terminal would obey some
        text = "\n".join(map(escapes.plain, text.splitlines()))
    say(text, end="" if text.endswith(("\n", "\r")) else "\n")


def exercise(chosen: Namespace) -> int:
    """Print a fresh exercise, or its key."""
    from autograd.exercises.network_sheets import exercise as fresh  # noqa: PLC0415 -- not every command needs it

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
