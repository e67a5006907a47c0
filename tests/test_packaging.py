"""The wheel and the source distribution hold what they need, and nothing else.

They are built without a network, so hatchling must be installed; where it is not, these tests are skipped.
"""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import autograd

pytest.importorskip("hatchling", reason="hatchling is not installed: no wheel or sdist is built")

ROOT = Path(__file__).parent.parent


def built(kind, folder):
    """Return the one file that a build writes into a folder."""
    command = [sys.executable, "-W", "ignore", "-m", "hatchling", "build", "-t", kind, "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = Path(folder).iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    with zipfile.ZipFile(built("wheel", tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """Return the names in the source distribution, without the folder that has them all."""
    with tarfile.open(built("sdist", tmp_path_factory.mktemp("sdist"))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def sources():
    """Return every file of the two packages."""
    found = [path for package in ("autograd", "nn") for path in (ROOT / package).rglob("*") if path.is_file()]
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_every_file_of_the_two_packages_the_sheet_and_the_license(wheel):
    names = set(wheel.namelist())
    assert sources() <= names
    assert {"autograd/py.typed", "nn/py.typed", "autograd/webpage/static/page.js"} <= names
    assert {"autograd/engine/reference.py", "autograd/table/ops.py", "nn/layers.py"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    sheet = (ROOT / "demos" / "sheets" / "003_walkthrough.sheet").read_bytes()
    assert wheel.read("autograd/sheet/003_walkthrough.sheet") == sheet
    gallery = {f"autograd/sheet/gallery/{path.name}" for path in (ROOT / "demos" / "gallery").iterdir()}
    assert gallery <= names


def test_the_wheel_holds_nothing_that_is_not_the_program(wheel):
    folders = {name.split("/")[0] for name in wheel.namelist()}
    assert folders == {"autograd", "nn"} | {folder for folder in folders if folder.endswith(".dist-info")}
    assert not [name for name in wheel.namelist() if name.endswith((".pyc", ".orig", ".log"))]


# What the program reads when it runs.
KINDS = {".py", ".typed", ".sheet", ".js", ".css", ".html"}


def test_every_file_in_the_wheel_is_one_that_the_program_reads(wheel):
    ours = [Path(name) for name in wheel.namelist() if not name.split("/")[0].endswith(".dist-info")]
    assert {name.suffix for name in ours} == KINDS
    static = {name.name for name in ours if name.parent.name == "static"}
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "autograd" / "webpage").glob("*.py")]
    assert {name for name in static if not any(f'"{name}"' in source for source in sources)} == set()


def test_the_wheel_has_the_command_and_requires_three_packages_only(wheel):
    (entry,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "chalkgrad = autograd.cli.main:main" in wheel.read(entry).decode()
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    required = [line for line in wheel.read(metadata).decode().splitlines() if line.startswith("Requires-Dist")]
    always = [line for line in required if "extra ==" not in line]
    assert {line.split()[1].partition(">")[0] for line in always} == {"graphviz", "graphviz-pure", "mpmath"}


def test_the_metadata_says_for_whom_it_is_and_what_it_runs_on(wheel):
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    text = wheel.read(metadata).decode()
    assert {"Framework :: IPython", "Intended Audience :: Education", "Typing :: Typed"} <= set(
        re.findall(r"^Classifier: (.*)$", text, re.MULTILINE)
    )
    assert "Author: The chalkgrad authors" in text
    assert "License-Expression: MIT" in text
    assert "\n# chalkgrad\n" in text  # README is the description


def test_the_version_is_the_same_wherever_it_stands():
    there = {
        re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)[1],
        re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)[1],
        re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1],
    }
    assert there == {autograd.__version__}


def test_only_a_person_starts_the_publishing_and_it_needs_no_secret():
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8")
    starts = re.search(r"^on:\n((?: .*\n)+)", text, re.MULTILINE)[1]
    assert re.findall(r"^  (\w+):", starts, re.MULTILINE) == ["workflow_dispatch"]
    assert "default: false" in starts
    upload = text.partition("\n  upload:\n")[2]
    assert upload.startswith("    if: inputs.upload\n    needs: build\n")
    assert "id-token: write" in upload
    assert "id-token" not in text.partition("\n  upload:\n")[0]
    assert "secrets." not in text


def test_what_the_readme_installs_is_in_this_folder():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^.*(?:pip install|pipx install|uvx|uv tool|pip .*install).*$", readme, re.MULTILINE):
        assert re.search(r"install (-q )?'?\.|pipx install \.|uvx --from \. ", line), line


WITHOUT_PROGRAMS = """
import sys
sys.modules["graphviz"] = None  # importing it fails
import shutil
shutil.which = lambda *_, **__: None
import autograd
x = autograd.Value(3.0, label="x")
y = x * x + x
y.backward()
assert x.grad == 7.0
assert [term.total for step in autograd.steps(y) for term in step.terms]
assert autograd.paths(y, x).total == 7.0
assert autograd.mark("x = 3; y = x^2 = 9; dy/dx = 2*x = 6").ok
assert autograd.Stepper(y).next() is not None
assert "x" in str(autograd.page(y))
assert autograd.draw(y).svg.count("value") == 3
try:
    autograd.draw(y).source
except autograd.RenderError as error:
    assert "pip install graphviz" in str(error)
"""


def test_everything_but_png_works_without_graphviz_and_any_program():
    command = [sys.executable, "-c", WITHOUT_PROGRAMS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_source_distribution_holds_what_is_needed_to_build_test_and_read_it(sdist):
    assert sources() <= sdist
    assert {"pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"} <= sdist
    for part in ("tests", "demos", "docs"):
        ours = {p.relative_to(ROOT).as_posix() for p in (ROOT / part).rglob("*.py") if "__pycache__" not in p.parts}
        assert ours <= sdist
    assert not [name for name in sdist if name.startswith((".ci", ".git/"))]


def test_the_source_distribution_has_no_picture_or_log_that_a_run_left_behind(sdist):
    assert not [name for name in sdist if "/" not in name and name.endswith((".svg", ".png", ".html", ".txt", ".log"))]
