"""The layout of nn: one file to read first, everything else beside it, loaded when it is used, without circles."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import nn

pytestmark = pytest.mark.portable

FOLDER = Path(nn.__file__).parent
MODULES = {
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts): path
    for path in sorted(FOLDER.rglob("*.py"))
    if path.name != "__init__.py"
}


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parent)


def imports(source):
    """Yield the modules of nn that are imported, for types and inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "nn":
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "nn")


def circle(needs):
    """Return True if modules need each other in a circle."""
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except ValueError:  # CycleError
        return True
    return False


def test_modules_of_nn_import_each_other_without_circles_type_only_imports_counted():
    needs = {module: set(imports(path.read_text(encoding="utf-8"))) for module, path in MODULES.items()}
    assert set().union(*needs.values()) <= set(MODULES)  # never from nn itself, which imports them
    assert not circle(needs)


def test_a_planted_circle_is_seen():
    planted = "if TYPE_CHECKING:\n    from nn.layers import Neuron"
    assert circle({"nn.layers": {"nn.labels"}, "nn.labels": set(imports(planted))})


def test_folders_of_nn_have_arrows_in_one_direction_only():
    needs = {}
    for module, path in MODULES.items():
        part = module.split(".")[1]
        needs.setdefault(part, set()).update(
            {other.split(".")[1] for other in imports(path.read_text(encoding="utf-8"))} - {part}
        )
    assert not circle(needs)


def test_the_first_file_is_read_in_one_sitting():
    assert len(MODULES["nn.layers"].read_text(encoding="utf-8").splitlines()) <= 320


def test_importing_nn_loads_the_first_file_and_what_it_needs():
    loaded = run("import nn, sys; print(*sorted(m for m in sys.modules if m.startswith('nn.')))").stdout.split()
    assert loaded == ["nn.activations", "nn.arguments", "nn.initialization", "nn.labels", "nn.layers", "nn.search"]


def test_every_public_name_is_found_and_is_no_module():
    for name in nn.__all__:
        assert not isinstance(getattr(nn, name), type(nn)), name
    assert set(nn.__all__) <= set(dir(nn))
    assert {part for module in MODULES for part in module.split(".")}.isdisjoint(nn.__all__)
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'fitt'"):
        _ = nn.fitt


def test_every_public_name_is_the_same_whatever_module_was_imported_first():
    for order in (list(MODULES), list(reversed(MODULES))):
        load = f"import importlib, nn\nfor module in {order}: importlib.import_module(module)\n"
        run(f"{load}for name in nn.__all__: assert callable(getattr(nn, name)), name")


def test_type_checkers_and_the_table_know_the_same_names():
    tree = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("nn.")
        for alias in node.names
        if alias.name == alias.asname
    }
    table = nn._PLACES | dict.fromkeys(["MLP", "Layer", "Module", "Neuron"], "nn.layers")
    assert typed == table
    assert set(nn.__all__) == set(table)
