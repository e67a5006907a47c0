"""The layers of the house: a module imports only from those above it."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parents[1]

# From the top down; each imports only from those before it.
CORE = [
    "errors",
    "extras",
    "ops",
    "operators",
    "expr",
    "look",
    "columns",
    "files",
    "printing",
    "specialise",
    "collecting",
    "origins",
    "value",
    "steps",
    "functions",
    "higher",
]

# The siblings import the core, their own family, and the families named beside them.
FAMILIES = {
    "paths": (["ledger", "paths"], []),
    "gradcheck": (["point", "measuring", "gradcheck"], []),
    "finite": (["finite"], []),
    "storing": (["storing"], []),
    "replay": (
        [
            *("spelling", "program", "grouping", "numbering", "listing", "sketch", "buffers", "arrays"),
            *("native_words", "native_lanes", "native_moves", "native_code", "native_kernels", "native"),
            *("retrace", "recorded", "handover"),
        ],
        [],
    ),
    "stepper": (["prediction", "frame", "stepper", "debugger", "topological"], []),
    "drawing": (["scene", "cards", "overlays", "renderer", "drawing"], ["paths"]),
    "derivation": (
        [
            *("orders", "anatomy", "notation", "languages", "tex", "webpage", "blocks", "board", "working", "readings"),
            *("document", "forward", "backward", "lessons", "matrices", "derivation", "walkthrough"),
        ],
        ["paths"],
    ),
    "sheet": (
        [
            *("syntax", "fences", "hints", "words", "grammar", "statements", "claims", "definitions", "evaluation"),
            *("worlds", "sheet", "export"),
        ],
        [],
    ),
    "marking": (
        [
            *("chainrule", "meaning", "windows", "figures", "mistakes", "natural", "parts", "edits", "rendering"),
            *("routes", "slips", "diagnosis", "marking", "report", "exercise"),
        ],
        ["sheet", "paths"],
    ),
    "page": (
        ["javascript", "palette", "layout", "contents", "page", "command"],
        ["stepper", "drawing", "sheet", "marking"],
    ),
    "cli": (
        ["demo", "commands", "cli", "__main__"],
        ["paths", "gradcheck", "finite", "stepper", "drawing", "derivation", "sheet", "marking", "page"],
    ),
}
FAMILY = {module: family for family, (modules, _) in FAMILIES.items() for module in modules}

# Modules of the core that nn shares: how things look, and how files are written.
SHARED = {"look", "files"}

# What is imported where it is called for, and not before: a word of the debugger, a picture in a document.
ON_DEMAND = {("debugger", "paths"), ("debugger", "drawing"), ("walkthrough", "drawing"), ("forward", "drawing")}


def sources(package):
    """Every module by its name, whatever room it lies in; not the doors, which only say what is public."""
    paths = [path for path in sorted((ROOT / package).rglob("*.py")) if path.stem != "__init__"]
    assert len(paths) == len({path.stem for path in paths}), "two modules of one name"
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def imports(source, package):
    """Yield the modules of the package that are imported, each with when: always, for types, on demand."""

    def walk(nodes, when):
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module == package:
                yield from ((alias.name, when) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package + "."):
                *rooms, module = node.module.removeprefix(package + ".").split(".")
                inside = [alias.name for alias in node.names if not rooms and alias.name in FAMILY]
                yield from ((name, when) for name in inside or [module])
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.startswith(package + "."):
                        yield alias.name.split(".")[-1], when
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield from walk(node.body, "on demand")
            elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                yield from walk(node.body, "for types")
            else:
                yield from walk(ast.iter_child_nodes(node), when)

    yield from walk(ast.parse(source).body, "always")


def breaches(modules):
    """Every import that goes against the layers, in words."""
    found = []
    for module, source in modules.items():
        if module not in CORE and module not in FAMILY:
            found.append(f"{module} has no place in the house yet: give it one in this test")
            continue
        for other, when in imports(source, "autograd"):
            if other not in modules:
                if FAMILY.get(module) != "cli":
                    found.append(f"{module} imports {other} from the package, which imports {module}")
            elif module in CORE:
                if other not in CORE[: CORE.index(module)]:
                    found.append(f"{module} is above {other} and imports it")
            elif other not in CORE and FAMILY.get(other) != FAMILY[module]:
                families = FAMILIES[FAMILY[module]][1]
                if FAMILY.get(other) not in families and not (when == "on demand" and (module, other) in ON_DEMAND):
                    found.append(f"{module} imports its sibling {other} ({when})")
    return found


def test_each_module_of_autograd_imports_only_from_those_above_it():
    assert breaches(sources("autograd")) == []


def test_the_house_has_no_room_that_is_not_there():
    assert {*CORE, *FAMILY} == set(sources("autograd"))


def test_a_module_lies_in_the_folder_of_its_family():
    for path in (ROOT / "autograd").glob("*/*.py"):
        assert path.stem == "__init__" or FAMILY[path.stem] == path.parent.name, path


def test_the_door_of_a_room_opens_on_that_room_alone():
    for path in (ROOT / "autograd").glob("*/__init__.py"):
        source = path.read_text(encoding="utf-8")
        assert {FAMILY.get(module, "core") for module, _ in imports(source, "autograd")} - {"core"} == {
            path.parent.name
        }


def test_no_two_modules_of_autograd_need_each_other_to_begin():
    modules = sources("autograd")
    needs = {
        module: {other for other, when in imports(source, "autograd") if when == "always" and other in modules}
        for module, source in modules.items()
    }
    order = list(TopologicalSorter(needs).static_order())  # raises CycleError where there is a circle
    assert set(order) == set(modules)


def test_the_table_is_the_standard_library_only():
    tree = ast.parse(sources("autograd")["ops"])
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names == {"__future__", "math", "operator", "functools", "typing", "collections.abc"}


def test_only_the_drawing_imports_graphviz():
    assert [name for name, source in sources("autograd").items() if "import graphviz" in source] in (
        ["renderer"],
        ["drawing"],
        [],
    )


def used_names(source):
    """The names that a module of nn takes from autograd, by `from autograd import` or `autograd.name`."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "autograd":
            yield from (alias.name if node.module == "autograd" else node.module for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("autograd."))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "autograd":
            yield node.attr


@pytest.mark.parametrize("module", sources("nn"))
def test_nn_takes_only_public_names_of_autograd(module):
    assert set(used_names(sources("nn")[module])) <= {*autograd.__all__, *SHARED}


def test_autograd_does_not_know_nn():
    for module, source in sources("autograd").items():
        if FAMILY.get(module) != "cli":
            assert list(imports(source, "nn")) == [], module
            assert "import nn" not in source, module


def test_every_public_name_is_there():
    for name in autograd.__all__:
        assert hasattr(autograd, name), name


# -- The test itself ---------------------------------------------------------------------------

PLANTED = [
    ({"value": "from autograd.steps import steps"}, "value is above steps and imports it"),
    ({"value": "if TYPE_CHECKING:\n    from autograd import steps"}, "value is above steps and imports it"),
    ({"errors": "def f():\n    import autograd.value"}, "errors is above value and imports it"),
    ({"stepper": "from autograd.paths import paths"}, "stepper imports its sibling paths (always)"),
    ({"gradcheck": "def f():\n    from autograd import finite"}, "gradcheck imports its sibling finite (on demand)"),
    ({"steps": "from autograd import Value"}, "steps imports Value from the package, which imports steps"),
    ({"brandnew": "from autograd import value"}, "brandnew has no place in the house yet: give it one in this test"),
]


@pytest.mark.parametrize(("planted", "expected"), PLANTED)
def test_a_planted_breach_is_seen(planted, expected):
    empty = dict.fromkeys([*CORE, *FAMILY], "")
    assert breaches(empty | planted) == [expected]


def test_a_planted_name_that_is_not_public_is_seen():
    assert set(used_names("from autograd.value import record\nfrom autograd import _x\nautograd._y")) == {
        "autograd.value",
        "_x",
        "_y",
    }
