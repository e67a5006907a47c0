"""Build the site: the playground, and the documents beside it.

    python docs/site.py [FOLDER]     by default build/site

The folder can be served by any web server; `python -m http.server -d build/site` is one. It needs Node and npm, which
bring what docs/playground/package.json names, and the packages that chalkgrad needs where this runs.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from autograd.webpage.theme import palette

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parent.parent
PLAYGROUND = ROOT / "docs" / "playground"
DEFAULT = ROOT / "build" / "site"
WHEELS = ("mpmath", "graphviz")  # what chalkgrad needs, and nothing that is no Python
COPIED = ("index.html", "playground.css", "icon.svg")
SHEETS = ROOT / "demos"
GROUPS = {  # of the gallery: the folder of each, and what it is called
    "gallery": "Ready to play with",
    "sheets": "Derivations worked through",
    "sheets/published": "Published derivations, with their mistakes",
}
FIRST = ROOT / "README.md"  # whose sheet is the one that a visitor meets


def build(folder: Path) -> None:
    """Build the site in a folder, in place of what an earlier run has left there.

    Raises FileNotFoundError where Node or npm is not installed, CalledProcessError where a part cannot be made.
    """
    build_playground(folder)
    documents = _module(ROOT / "docs" / "docs_site.py")
    if documents is not None:
        documents.build(folder / "docs")


def build_playground(folder: Path) -> None:
    """Build the playground alone; raises what `build` does."""
    install()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as staging:
        archives = [_own_wheel(Path(staging)), *(_wheel(name, Path(staging)) for name in WHEELS)]
        archives.append(_session(Path(staging)))
        _run(["node", str(PLAYGROUND / "build.mjs"), str(folder), *map(str, archives)])
    for name in COPIED:
        shutil.copyfile(PLAYGROUND / name, folder / name)
    _pack(folder / "python" / "pyodide.asm.wasm")
    (folder / "theme.css").write_text(palette(), encoding="utf-8")
    _write(folder / "gallery.json", gallery())
    _write(folder / "first.json", first())
    _keep_offline(folder)


def install() -> None:
    """Install what package.json names, unless it is installed already."""
    done = PLAYGROUND / "node_modules" / ".package-lock.json"
    if not done.exists() or done.stat().st_mtime < (PLAYGROUND / "package.json").stat().st_mtime:
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm is not installed: the playground is built with Node and npm")
        _run(
            [npm, "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--silent"], PLAYGROUND
        )
        done.touch()


def _run(command: list[str], folder: Path = ROOT) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own commands


# -- Python ----------------------------------------------------------------------------------------


def _own_wheel(staging: Path) -> Path:
    """Return the wheel of this checkout."""
    _run([sys.executable, "-W", "ignore", "-m", "hatchling", "build", "-t", "wheel", "-d", str(staging)])
    return next(staging.glob("chalkgrad-*.whl")).rename(staging / "chalkgrad.zip")


def _wheel(name: str, staging: Path) -> Path:
    """Return a package of this environment, which the tests ran with, as an archive."""
    path = staging / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in metadata.files(name) or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                archive.write(str(file.locate()), file.as_posix())
    return path


def _session(staging: Path) -> Path:
    path = staging / "session.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(PLAYGROUND / "session.py", "session.py")
    return path


def _pack(path: Path) -> None:
    """Compress a file in its place, because many servers send such a one as it is."""
    path.with_name(f"{path.name}.packed").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def _module(path: Path) -> ModuleType | None:
    """Return the module of a file that is not on the path, or None where there is no such file."""
    if not path.exists():
        return None
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# -- What it shows ---------------------------------------------------------------------------------


def gallery() -> list[dict[str, Any]]:
    """Return the groups of ready sheets, each sheet with the question that it answers."""
    groups = []
    for folder, title in GROUPS.items():
        sheets = [_ready(path) for path in sorted((SHEETS / folder).glob("*.sheet"))]
        if sheets:
            groups.append({"title": title, "sheets": sheets})
    return groups


def _ready(path: Path) -> dict[str, str]:
    """Return a sheet of the gallery; its question is the first paragraph of its comments, without the addresses."""
    text = path.read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if not line.startswith("#") or not line.strip("# "):
            break
        lines.append(line.strip("# "))
    name = path.relative_to(SHEETS).with_suffix("").as_posix()
    title = path.stem.lstrip("0123456789_").replace("_", " ")
    question = re.sub(r"[,;]?\s*https?://\S+(\s+and(?=\s+https?://))?", "", " ".join(lines))
    return {"id": name, "title": title[:1].upper() + title[1:], "question": question, "text": text}


def first() -> dict[str, Any]:
    """Return the sheet that a visitor meets, marked here: it is shown before Python has started."""
    session = _module(PLAYGROUND / "session.py")
    assert session is not None
    text = (
        FIRST.read_text(encoding="utf-8").partition("<!-- file: homework.sheet -->\n```sheet\n")[2].partition("```")[0]
    )
    marked, page = json.loads(session.marked(text)), json.loads(session.page_of(text, ""))
    return {"text": text, "marked": marked, "page": page["html"], "functions": json.loads(session.functions())}


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _keep_offline(folder: Path) -> None:
    """Write the service worker, with the files of the playground and a version that changes with them."""
    files = sorted(_files(folder))
    version = hashlib.sha256(b"".join((folder / name).read_bytes() for name in files)).hexdigest()[:16]
    text = Template((PLAYGROUND / "offline.js").read_text(encoding="utf-8"))
    filled = text.substitute(version=f"playground-{version}", files=json.dumps(["./", *files]))
    (folder / "offline.js").write_text(filled, encoding="utf-8")


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith("docs/") and name != "offline.js":
            yield name


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    build(target.resolve())
    print(f"The site is in {target}: python -m http.server -d {target}")  # noqa: T201 -- a command says what it did
