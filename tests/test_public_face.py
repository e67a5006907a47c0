"""The public names are loaded when first used, never hidden by a module; and the other package called autograd."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
import nn

pytestmark = pytest.mark.portable

ROOT = Path(__file__).parents[1]
PACKAGES = {"autograd": autograd, "nn": nn}


def run(*arguments, path=ROOT, flags=()):
    return subprocess.run(
        [sys.executable, *flags, *arguments],
        cwd=path,
        env={"PYTHONPATH": str(path), "PYTHONUTF8": "1", "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


EACH_FIRST = """
import sys
from types import ModuleType
package = sys.argv[1]
places = __import__(package)._PLACES

def fresh():  # as in a Python that has just begun
    for name in [name for name in sys.modules if name.partition(".")[0] in ("autograd", "nn")]:
        del sys.modules[name]
    return __import__(package)

def each_is_itself(module, after, names):
    for name in names:
        found = {}
        exec(f"from {package} import {name} as thing", found)
        own = getattr(sys.modules[places.get(name, package)], name)
        assert not isinstance(found["thing"], ModuleType), f"after {after}, {package}.{name} is a module"
        assert found["thing"] is own, f"after {after}, {package}.{name} is another thing"

for first in {place: name for name, place in places.items()}.values():  # a name of each module
    module = fresh()
    getattr(module, first)
    each_is_itself(module, first, [name for name in module.__all__ if name in vars(module)])
for names in (fresh().__all__, [*reversed(fresh().__all__)]):
    each_is_itself(fresh(), "those before it", names)
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_each_public_name_may_be_imported_after_each_other_one(package):
    done = run("-c", EACH_FIRST, package)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_function_has_the_name_of_a_module_or_a_folder(package):
    inside = {path.stem for path in (ROOT / package).rglob("*.py")} | {
        path.name for path in (ROOT / package).rglob("*") if path.is_dir()
    }
    in_the_package = {path.stem for path in (ROOT / package).iterdir()}
    functions = {name for name in PACKAGES[package].__all__ if inspect.isfunction(getattr(PACKAGES[package], name))}
    assert functions & in_the_package == set()
    assert functions & inside == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_type_checker_is_told_the_same_places(package):
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    [typed] = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    told = {alias.asname: node.module for node in typed.body for alias in node.names}
    assert told == PACKAGES[package]._PLACES


def test_an_unknown_name_is_refused_as_python_does_it():
    with pytest.raises(AttributeError, match="module 'autograd' has no attribute 'Valeu'"):
        _ = autograd.Valeu
    assert set(autograd.__all__) <= set(dir(autograd))


@pytest.mark.parametrize("package", PACKAGES)
def test_the_output_of_a_graph_is_called_output_in_every_signature(package):
    for name in PACKAGES[package].__all__:
        thing = getattr(PACKAGES[package], name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            try:
                parameters = inspect.signature(thing).parameters
            except ValueError:
                continue
            assert not {"root", "E", "roots"} & set(parameters), name


def test_importing_loads_few_modules():
    counted = run("-c", "import sys, autograd; print(sum(name.startswith('autograd') for name in sys.modules))")
    assert int(counted.stdout) <= 15
    nothing_heavy = run(
        "-c", "import sys; from autograd import Value; print({'graphviz', 'numpy', 'mpmath'} & {*sys.modules})"
    )
    assert nothing_heavy.stdout == "set()\n"


# -- HIPS autograd in the same environment ------------------------------------------------------------


@pytest.fixture
def both(tmp_path):
    """A folder with this project's files and those of the other distribution, mixed as pip mixes them."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        for path in (ROOT / package).rglob("*"):
            if path.suffix in (".py", ".css", ".js", ".html"):
                copy = tmp_path / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
    for name in ("tracer", "core", "extend"):
        (tmp_path / "autograd" / f"{name}.py").write_text("")
    return tmp_path


def theirs_last(folder):
    (folder / "autograd" / "__init__.py").write_text('from . import core\n__version__ = "1.8"\n')


def test_where_ours_was_installed_last_importing_says_so(both):
    done = run("-c", "from autograd import Value; print(Value(2.0).data)", path=both)
    assert done.stdout == "2.0\n"
    assert "both installed here" in done.stderr
    assert "pip uninstall autograd" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import nn"],
        ["-c", "import sys; from autograd.cli.main import main; sys.exit(main(['--version']))"],
        ["-m", "autograd", "mark", "x.sheet"],
    ],
)
def test_where_theirs_was_installed_last_our_entrances_say_what_to_do(both, command):
    theirs_last(both)
    done = run(*command, path=both)
    assert done.returncode != 0
    assert "pip uninstall autograd" in done.stderr
    assert "AttributeError" not in done.stderr


def test_alone_nothing_is_said():
    assert run("-c", "import autograd, nn", flags=["-W", "error"]).stderr == ""
