"""Compare the answers of two checkouts of this project, bit for bit.

    python tests/same_answers.py OLD NEW [--graphs 1000] [--only verdicts|demos|graphs] [--reworded]

OLD and NEW are folders. Each answers in a process of its own. What differs is counted, and the first difference
of each part is printed. The exit status is 0 if all is the same, 1 if anything differs.

- verdicts: `chalkgrad mark --format json` of every sheet in demos/sheets and every derivation in tests/data/fair.
  Both checkouts mark OLD's copies, so that only the program differs. With `--reworded`, only the numbers of a
  sentence are compared: for changes that are meant to change messages.
- demos: the numbers, in order, that `chalkgrad demo` and the scripts in demos/ print. Words are not compared.
- graphs: random graphs of all operations, from fixed seeds. Compared are values, order, operations, `steps`, `paths`,
  the numbers in `explain`, first and second derivatives by `grad`, and gradients after `backward()`, once and twice.
"""

import argparse
import contextlib
import importlib
import io
import json
import operator
import os
import random
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

PARTS = ("verdicts", "demos", "graphs")

# The demos that need no extras, with their arguments; the transformer learns for a few steps only.
DEMOS = [["chalkgrad demo"], ["gpt", "--steps", "16", "--batch", "3"], ["moons"], ["radar"], ["rnn"], ["second_order"]]
DEMOS += [["vanishing"], ["walkthrough"], ["xor"]]

DURATION = re.compile(r"\d[\d.,]* m?s\b")  # is another one in every run
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*")

# Where a name may be found, in a tree of today or of before.
MODULES = ["autograd", "nn.losses", "autograd.table.ops", "autograd.engine.graph", "autograd.engine.backward"]
MODULES += ["autograd.engine.functions", "autograd.engine.transforms", "autograd.engine.value"]
MODULES += ["autograd.ops", "autograd.functions", "autograd.value", "autograd.steps", "autograd.higher"]


def numbers(text):
    """Return the numbers in a text, in order, without durations."""
    return NUMBER.findall(DURATION.sub("", text.replace("−", "-")))


# -- In the process of a checkout: its answers --------------------------------------------------


def answer(old, checkout, parts, graphs, file):
    """Write the answers of this checkout, which `PYTHONPATH` names, to the file."""
    found = Path(importlib.import_module("autograd").__file__).resolve()
    if not found.is_relative_to(checkout):
        raise SystemExit(f"autograd was imported from {found}, not from {checkout}")
    ask = {
        "verdicts": lambda: {name: verdicts(name, text) for name, text in sheets_of(Path(old)).items()},
        "demos": lambda: {name: demo(Path(checkout), name, *more) for name, *more in DEMOS},
        "graphs": lambda: {f"graph {seed}": graph_answers(seed) for seed in range(int(graphs))},
    }
    Path(file).write_text(json.dumps({part: ask[part]() for part in parts.split()}), encoding="utf-8")


@cache
def find(name, *modules):
    """Return the class or function of this name, from the first of the modules that has it."""
    for module in modules or MODULES:
        with contextlib.suppress(ImportError, AttributeError):
            thing = getattr(importlib.import_module(module), name)
            if callable(thing):  # and no module of the same name
                return thing
    raise SystemExit(f"{name} is in none of {', '.join(modules or MODULES)}: add its place to MODULES")


def sheets_of(checkout):
    """Return the text of each sheet by its name; a file of tests/data/fair holds one under each heading."""
    sheets = {path.name: path.read_text(encoding="utf-8") for path in sorted(checkout.glob("demos/sheets/**/*.sheet"))}
    for path in sorted(checkout.glob("tests/data/fair/*.txt")):
        derivations = re.split(r"^== .*\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        sheets |= {f"{path.stem}_{count}.sheet": text for count, text in enumerate(derivations, start=1)}
    return sheets


def verdicts(name, text):
    """Return the exit status, the JSON and the errors of `chalkgrad mark`."""
    Path(name).write_text(text, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as errors:
        status = find("main", "autograd.cli", "autograd.cli.main")(["mark", name, "--format", "json"])
    return {"status": status, "marking": json.loads(out.getvalue() or "null"), "errors": errors.getvalue()}


def demo(checkout, name, *more):
    """Return the numbers that a demo prints, its exit status and the last line of what it complains of."""
    command = ["-m", "autograd", "demo"] if name == "chalkgrad demo" else [checkout / "demos" / f"{name}.py", *more]
    run = subprocess.run([sys.executable, *command], capture_output=True, encoding="utf-8", check=False)
    return {"status": run.returncode, "error": run.stderr.splitlines()[-1:], "numbers": numbers(run.stdout)}


# -- Random graphs ------------------------------------------------------------------------------

UNARY = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "leaky_relu", "elu", "relu", "abs", "neg")
BINARY = ("pow", "add", "sub", "mul", "truediv", "maximum", "minimum")
NARY = ("logsumexp", "binary_cross_entropy_with_logits", "cross_entropy_with_logits", "affine", "total", "mean")
NARY += ("half_squared_error", "mean_squared_error", "huber", "max_margin")
EXACT = UNARY[-3:] + BINARY + NARY[3:]  # what makes fractions of fractions
SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e-300, 1e300, 800.0, float("inf"), float("nan"))


def graph_answers(seed):
    """Return everything that is compared of one random graph."""
    dice = random.Random(seed)
    nodes, refused = random_graph(dice)
    output, place = nodes[-1], {id(node): index for index, node in enumerate(nodes)}
    order = find("topological_order")(output)
    leaves = [node for node in order if node.op is None]
    return {
        "refused": refused,
        "nodes": [[getattr(node.op, "name", None), exact(node.data)] for node in nodes],
        "order": [place[id(node)] for node in order],
        "steps": attempt(step_answers, output, place),
        "of leaves": [attempt(leaf_answers, output, leaf, leaves) for leaf in leaves[:2]],
        "backward once": attempt(backward_answers, output, nodes),
        "backward twice": attempt(backward_answers, output, nodes),
    }


def random_graph(dice):
    """Return the nodes of a graph in the order in which they were made, and the errors on the way."""
    kind = dice.choice(("float", "float", "float", "exact", "mixed"))
    nodes, refused = [find("Value")(number(dice, kind)) for _ in range(dice.randint(2, 4))], []
    for _ in range(dice.randint(1, 20 if kind == "float" else 10)):
        name = dice.choice(EXACT if kind == "exact" else UNARY + BINARY + NARY)
        made = attempt(operation, dice, kind, name, nodes)
        if isinstance(made, str):
            refused.append(f"{name} {made}")
        elif not any(made is node for node in nodes):
            nodes.append(made)
    if dice.random() < 0.5:  # of several nodes, so that the graph is larger and its paths are more
        nodes.append(find("total")(nodes[-4:]))
    for letter, node in zip("abcdefghijklmnopqrstuvwxyz", nodes):
        node.label = f"q{letter}"  # no digits: they would count as numbers in a text
    return nodes, refused


def number(dice, kind):
    if kind == "exact" or (kind == "mixed" and dice.random() < 0.5):
        return dice.choice((Fraction(dice.randint(-9, 9), dice.randint(1, 9)), dice.randint(-3, 3)))
    return dice.choice(SPECIAL) if dice.random() < 0.04 else dice.uniform(-3, 3)


def operation(dice, kind, name, nodes):
    """Record one operation on random nodes and numbers."""
    some = dice.choices(nodes + nodes[-4:], k=dice.randint(1, 4))
    others = [number(dice, kind) if dice.random() < 0.25 else dice.choice(nodes) for _ in some]
    x, y = some[0], others[0]
    apply = getattr(operator, name, None) or find(name)
    if name in ("leaky_relu", "elu") and dice.random() < 0.5:
        return apply(x, y)
    if name in UNARY:
        return apply(x) if name == "neg" or dice.random() < 0.5 else getattr(x, name)()
    if name == "pow" and (kind != "float" or dice.random() < 0.5):  # a fraction to a large power would take forever
        return x ** dice.choice((2, 3, -1, -2, 0, 1))
    if name in BINARY:
        return apply(*dice.sample([x, y], 2))
    if name == "affine":
        return apply(some, others, dice.choice((None, dice.choice(nodes))))
    if name in ("total", "mean", "logsumexp"):
        return apply(dice.choice((some, some + others)))
    if name == "cross_entropy_with_logits":
        return apply([*some, x], dice.choice((0, len(some), [1 / (len(some) + 1)] * (len(some) + 1))))
    labels = {"max_margin": (-1, 1), "binary_cross_entropy_with_logits": (0, 1, 0.25)}.get(name)
    return apply(some, dice.choices(labels, k=len(some)) if labels else others)


def attempt(function, *args):
    """Return what the function returns, or the kind of error that it raises."""
    try:
        return function(*args)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        return f"raises {type(error).__name__}"


def exact(x):
    """Write a number so that no bit is lost."""
    return x.hex() if isinstance(x, float) else f"{type(x).__name__} {x.numerator:x}/{x.denominator:x}"


def step_answers(output, place):
    return [
        [place[id(step.node)], exact(step.upstream)]
        + [[place[id(t.parent)], exact(t.local), exact(t.contribution), exact(t.total)] for t in step.terms]
        for step in find("steps")(output)
    ]


def leaf_answers(output, leaf, leaves):
    found, first = find("paths")(output, leaf, 12), find("grad")(output, leaf)
    graph = find("topological_order")(first)
    return {
        "paths": [exact(path.product) for path in found],
        "count and total": [found.count, exact(found.total)],
        "explain": numbers(str(find("explain")(output, leaf))),
        "first derivative": [[getattr(node.op, "name", None), exact(node.data)] for node in graph],
        "second derivatives": attempt(lambda: [exact(value.data) for value in find("grad")(first, leaves)]),
    }


def backward_answers(output, nodes):
    output.backward()
    return [exact(node.grad) for node in nodes]


# -- The comparison -----------------------------------------------------------------------------


def ask(old, checkout, parts, graphs):
    """Return the answers of a checkout, asked in a process of its own and in an empty folder."""
    call = "import sys, same_answers; same_answers.answer(*sys.argv[1:])"
    path = os.pathsep.join((str(checkout), str(Path(__file__).resolve().parent)))
    env = {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answers.json")
        command = [sys.executable, "-c", call, old, checkout, " ".join(parts), str(graphs), file]
        subprocess.run(command, cwd=folder, env=env, check=True)
        return json.loads(file.read_text(encoding="utf-8"))


def difference(old, new, reworded, where):
    """Return the first place where two answers differ, with what stands there in both, or None."""
    if isinstance(old, (dict, list)) and type(old) is type(new):
        old, new = (each if isinstance(each, dict) else dict(enumerate(each)) for each in (old, new))
        places = ((key, old.get(key, "absent"), new.get(key, "absent")) for key in {**old, **new})
        found = (difference(was, now, reworded, f"{where} › {key}") for key, was, now in places)
        return next(filter(None, found), None)
    if reworded and isinstance(old, str) and isinstance(new, str) and " " in old:
        old, new = numbers(old), numbers(new)
    return None if repr(old) == repr(new) else f"{where}: {old!r} was, {new!r} is"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", nargs=2, type=Path, metavar=("OLD", "NEW"))
    parser.add_argument("--graphs", type=int, default=1000, help="how many random graphs (default: 1000)")
    parser.add_argument("--only", choices=PARTS, help="compare this part only")
    parser.add_argument("--reworded", action="store_true", help="compare only the numbers of sentences")
    asked = parser.parse_args()
    parts = [asked.only] if asked.only else PARTS
    old, new = (checkout.resolve() for checkout in asked.checkouts)
    before, after = (ask(old, checkout, parts, asked.graphs) for checkout in (old, new))
    status = 0
    for part in parts:
        each = (difference(was, after[part][name], asked.reworded, name) for name, was in before[part].items())
        found = list(filter(None, each))
        print(f"{part}: {len(found)} of {len(before[part])} differ", *found[:1], sep="; the first is ")
        status = 1 if found else status
    return status


if __name__ == "__main__":
    raise SystemExit(main())
