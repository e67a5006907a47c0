"""The order of the house: a module imports only from the folders before its own, type-only imports included."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import autograd

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parents[1]

# From the top down; each imports only from its own folder and from those before it.
HOUSE = [
    *("errors", "optional", "table", "formatting", "symbolic", "engine", "files", "document"),
    *("path_sums", "verify", "drawing", "stepper", "derivation", "replay"),
    *(
        "claims",
        "sheet",
        "notes",
        "array_code",
        "marking",
        "exercises",
        "classroom",
        "webpage",
        "notebook",
        "cli",
        "__main__",
    ),
]

# What nn shares with autograd beside its public names: how things look, how files and documents are written, what may
# be absent, what a number that comes in becomes.
SHARED = ("autograd.formatting", "autograd.files", "autograd.document", "autograd.optional", "autograd.engine.origins")
SHARED += ("autograd.table.plain_numbers",)


def sources(package):
    """Return the source of each module by its dotted name; a folder's `__init__` goes by the folder's name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


def imports(source, known):
    """Yield each module among the known ones that a source imports anywhere: at the top, for types, in a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            named = [(f"{node.module}.{alias.name}", node.module) for alias in node.names]
            yield from (next(name for name in names if name in known) for names in named if set(names) & set(known))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def folder(module):
    """Return the folder of a module, in the words of HOUSE."""
    return module.split(".")[1]


def breaches(modules):
    """Return every import that runs up the house, in words."""
    found = []
    for module, source in modules.items():
        if module == "autograd":
            continue
        if folder(module) not in HOUSE:
            found.append(f"{module} has no place in the house yet: give it one in this test")
            continue
        for other in imports(source, modules):
            if other == "autograd":
                if folder(module) != "cli":
                    found.append(f"{module} imports from the package, which imports {module}")
            elif HOUSE.index(folder(other)) > HOUSE.index(folder(module)):
                found.append(f"{module} imports {other}, which comes after it")
    return found


def circle(modules):
    """Return a circle of modules that import each other, or None; a folder's `__init__` only says what is public."""
    inside = {m: source for m, source in modules.items() if not any(other.startswith(f"{m}.") for other in modules)}
    needs = {module: set(imports(source, inside)) - {module} for module, source in inside.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_each_module_imports_only_from_the_folders_before_its_own():
    assert breaches(sources("autograd")) == []


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_no_modules_import_each_other_in_a_circle(package):
    assert circle(sources(package)) is None


def test_the_house_has_no_folder_that_is_not_there():
    assert {folder(module) for module in sources("autograd") if module != "autograd"} == set(HOUSE)


def test_a_module_does_not_import_from_the_init_of_its_own_folder():
    modules = sources("autograd")
    for module in modules:
        assert module.rpartition(".")[0] not in set(imports(modules[module], modules)) - {"autograd"}, module


def test_the_table_is_the_standard_library_only():
    names = set()
    for module in ("autograd.table.ops", "autograd.table.plain_numbers"):
        tree = ast.parse(sources("autograd")[module])
        names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {name for name in names if name.startswith("autograd")}
    assert ours == {"autograd.table.plain_numbers"}
    assert {name.partition(".")[0] for name in names - ours} <= sys.stdlib_module_names


def test_only_the_renderers_import_graphviz():
    using = [name for name, source in sources("autograd").items() if "import graphviz" in source]
    assert using == ["autograd.drawing.renderers"]


def test_only_the_numbers_of_many_digits_import_mpmath_and_nobody_but_marking_uses_those():
    modules = sources("autograd")
    assert [name for name, source in modules.items() if "import mpmath" in source] == ["autograd.claims.precise"]
    using = {
        folder(name) for name, source in modules.items() if "autograd.claims.precise" in set(imports(source, modules))
    }
    assert using == {"claims", "marking"}


def used_names(source):
    """Yield what a module of nn takes from autograd: a public name, or a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "autograd":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd."):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("autograd."))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "autograd":
            yield node.attr


@pytest.mark.parametrize("module", sources("nn"))
def test_nn_takes_only_public_names_of_autograd(module):
    used = {name for name in used_names(sources("nn")[module]) if not name.startswith(SHARED)}
    assert used <= set(autograd.__all__)


def test_autograd_does_not_know_nn():
    for module, source in sources("autograd").items():
        if module == "autograd" or folder(module) != "cli":
            assert "import nn" not in source, module
            assert "from nn" not in source, module


def test_every_public_name_is_there():
    for name in autograd.__all__:
        assert hasattr(autograd, name), name


def test_a_class_has_a_name_of_its_own():
    places = {}
    for module, source in (sources("autograd") | sources("nn")).items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(module)
    twice = {name: modules for name, modules in places.items() if len(modules) > 1}
    assert twice == {"Value": ["autograd.engine.reference", "autograd.engine.value"]}, "the reference is the same idea"


# -- The test itself ---------------------------------------------------------------------------

EMPTY = {"autograd": "", "autograd.errors": "", "autograd.engine": "", "autograd.engine.value": ""} | {
    "autograd.engine.graph": "",
    "autograd.drawing.picture": "",
    "autograd.cli.main": "",
}
PLANTED = [
    ("autograd.engine.value", "from autograd.drawing.picture import draw", "autograd.drawing.picture"),
    ("autograd.engine.value", "if TYPE_CHECKING:\n    from autograd.drawing import picture", "autograd.drawing"),
    ("autograd.errors", "def f():\n    import autograd.engine.value", "autograd.engine.value"),
    ("autograd.drawing.picture", "from autograd.cli.main import main", "autograd.cli.main"),
]


@pytest.mark.parametrize(("module", "source", "other"), PLANTED)
def test_a_planted_import_that_runs_up_is_seen(module, source, other):
    modules = EMPTY | {"autograd.drawing": ""} | {module: source}
    assert [breach for breach in breaches(modules) if breach.startswith(f"{module} imports {other}")]
    assert breaches(EMPTY) == []


def test_a_planted_module_without_a_place_is_seen():
    assert breaches(EMPTY | {"autograd.brandnew": ""}) == [
        "autograd.brandnew has no place in the house yet: give it one in this test"
    ]


def test_a_planted_circle_is_seen_also_where_it_is_for_types_only():
    planted = {
        "autograd.engine.value": "from autograd.engine import graph",
        "autograd.engine.graph": "if TYPE_CHECKING:\n    from autograd.engine.value import Value",
    }
    assert set(circle(EMPTY | planted)) == set(planted)
    assert circle(EMPTY) is None


def test_a_planted_name_that_is_not_public_is_seen():
    assert set(used_names("from autograd.value import record\nfrom autograd import _x\nautograd._y")) == {
        "autograd.value",
        "_x",
        "_y",
    }
