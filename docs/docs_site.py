"""Build the documents and a reference of every public name as a static site.

    python docs/docs_site.py DIR     write the site into a folder, such as out/docs

The site has a search, light and dark colors, and loads nothing from elsewhere, so it can be read from a disk. Sphinx
makes it, by `docs/conf.py`, with MyST and the theme Furo, which come with the extra `docs`. It is never committed.

The Markdown files keep their places, so their links are the same in the site and in the repository; README is the front
page. The pages of the reference are made of docstrings. `autograd` and `nn` have a page for each group of names in
their first lines, and so has every public module inside them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import autograd
import nn
from autograd.symbolic.expr import Symbol
from autograd.symbolic.printer import text
from autograd.table.ops import Op

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"(\]\()([^)\s#:]+)(?=[)#])")

# What a reader looks for, and the pages about it; a document that is not here comes last.
CHAPTERS = {
    "Learn": ["docs/tutorial", "docs/gallery", "docs/lesson", "docs/glossary"],
    "Use": [f"docs/{name}" for name in ("step", "paths", "mark", "sheets", "notes", "array-code", "train", "replay")],
    "Reference": [],
    "Trust": [f"docs/{name}" for name in ("trust", "stability", "benchmarks", "peers")],
    "Work on it": ["docs/inside", "docs/add-an-operation", "CONTRIBUTING", "docs/decisions", "CHANGELOG"],
    "Examples": [],
}


def build(folder: Path) -> None:
    """Write the site into a folder, whose former contents are replaced.

    Raises ImportError where the extra `docs` is not installed, RuntimeError if a link or a name leads nowhere.
    """
    from sphinx.application import Sphinx  # noqa: PLC0415 -- it is an extra, and the pages can be made without it
    from sphinx.util.docutils import docutils_namespace  # noqa: PLC0415 -- the same

    with tempfile.TemporaryDirectory() as work, docutils_namespace():
        source, made, kept = (Path(work) / name for name in ("source", "site", "doctrees"))
        lay_out(source)
        app = Sphinx(source, Path(__file__).parent, made, kept, "html", status=None, warningiserror=True)
        app.build()
        if app.statuscode:
            raise RuntimeError("the site is not whole: see the warnings above")
        (made / ".buildinfo").unlink()
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(made, folder)


# -- The documents ------------------------------------------------------------------------------


def lay_out(source: Path) -> None:
    """Write the pages of the site as Markdown, and beside them what they link to."""
    top = [ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
    for path in [*top, *(ROOT / "docs").glob("*.md"), *(ROOT / "demos").rglob("*.md")]:
        _copy(path, source / path.relative_to(ROOT))
    _copy(ROOT / "README.md", source / "index.md")
    for name, page in reference().items():
        _write(source / "reference" / f"{name}.md", page)
    there = sorted(path.relative_to(source).with_suffix("").as_posix() for path in source.rglob("*.md"))
    chapters = {title: [name for name in names if name in there] for title, names in CHAPTERS.items()}
    chapters["Reference"] = [name for name in there if name.startswith("reference/")]
    placed = {"index", *(name for names in chapters.values() for name in names)}
    chapters["Examples"] = [name for name in there if name not in placed]
    with (source / "index.md").open("a", encoding="utf-8") as index:
        index.writelines(
            f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n" + "\n".join(names) + "\n```\n"
            for title, names in chapters.items()
        )


def _copy(path: Path, page: Path) -> None:
    """Copy a document, and the files that it links to."""

    def linked(match: re.Match[str]) -> str:
        target = path.parent / match[2]
        if target.resolve() == ROOT / "README.md":
            return match[1] + match[2].replace("README.md", "index.md")
        if target.suffix != ".md" and target.is_file():
            copy = page.parent / match[2]
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(target, copy)
        return match[0]

    content = re.sub(
        r"\$`(.+?)`\$", r"{math}`\1`", path.read_text(encoding="utf-8")
    )  # as the repository's host writes it
    _write(page, LINK.sub(linked, content).replace("```math\n", "```{math}\n"))


def _write(page: Path, content: str) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(content, encoding="utf-8")


# -- The reference ------------------------------------------------------------------------------


def public_modules() -> list[ModuleType]:
    """Return every module with public names: `autograd`, `nn`, and those inside them that have some."""
    modules = [autograd, nn, importlib.import_module("autograd.errors")]
    for package in (autograd, nn):
        folders = [place.name for place in pkgutil.iter_modules(package.__path__) if place.ispkg]
        inside = [importlib.import_module(f"{package.__name__}.{name}") for name in folders]
        modules += [module for module in inside if hasattr(module, "__all__")]
    return modules


def public_names(module: ModuleType) -> list[str]:
    """Return the public names of a module; without a list of them, the classes that it defines."""
    defined = [name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__]
    return sorted(getattr(module, "__all__", defined))


def reference() -> dict[str, str]:
    """Return the pages of the reference by the names of their modules, in Markdown."""
    pages, described = {}, {}
    for module in public_modules():
        lines = [f"# {module.__name__}", *_fenced(_introduction(module))]
        lines += [f"```{{eval-rst}}\n.. py:module:: {module.__name__}\n```"]
        for title, names in _groups(module):
            lines += [f"## {title}"] if title else []
            for name in names:
                thing = getattr(module, name)
                lines += ["```{eval-rst}", *_entry(module, name, described.get(id(thing))), "```"]
                described.setdefault(id(thing), f"{module.__name__}.{name}")
        pages[module.__name__] = "\n\n".join(lines) + "\n"
    return pages


def _introduction(module: ModuleType) -> str:
    """Return what a module says before it lists its names."""
    return re.split(r"\n\n(?:Each name is|Read )", inspect.getdoc(module) or "")[0]


def _groups(module: ModuleType) -> list[tuple[str, list[str]]]:
    """Return the names of a module under the titles that its first lines give them; others come first, errors last."""
    left = public_names(module)
    groups = []
    for title, listed in re.findall(r"^- (.+?):(.*?)(?=^- |^$|\Z)", module.__doc__ or "", re.MULTILINE | re.DOTALL):
        words = [word for quoted in re.findall(r"`([^`]+)`", f"{title} {listed}") for word in quoted.split()]
        names = [word for word in words if word in left]
        left = [name for name in left if name not in names]
        groups.append((title.strip("`").capitalize(), names))
    if groups and all(isinstance(getattr(module, name), type(Exception)) and name.endswith("Error") for name in left):
        groups[-1][1].extend(left)
        return groups
    return [("", left), *groups]


def _entry(module: ModuleType, name: str, elsewhere: str | None) -> list[str]:
    """Return the entry of a name, in the markup of Sphinx."""
    thing = getattr(module, name)
    if elsewhere:
        kind = "class" if inspect.isclass(thing) else "function"
        return [f".. py:{kind}:: {name}", f"   The same as :py:obj:`{elsewhere}`."]
    if isinstance(thing, Op):
        return [f".. py:function:: {name}({', '.join(_operands(thing))})", f"   {_said(thing)}"]
    if inspect.isclass(thing):
        return [f".. autoclass:: {name}\n   :members:\n   :inherited-members: {FOREIGN}"]
    return [f".. autofunction:: {name}"]


FOREIGN = "object, tuple, BaseException, Warning, Generic, Protocol"  # classes whose members a reader knows


def _operands(row: Op) -> list[str]:
    """Return the operands of an operation as a signature has them."""
    names = ["x", "a"][: row.arity]
    first = row.arity - len(row.defaults)
    return names[:first] + [f"{name}={default}" for name, default in zip(names[first:], row.defaults)]


def _said(row: Op) -> str:
    """Return what an operation computes, and its derivatives as the table has them."""
    symbols = [Symbol(name) for name in ("x", "a")[: row.arity]]
    slopes = zip(symbols, row.local_derivatives(Symbol("y"), symbols))
    derivatives = ", ".join(f"``∂y/∂{text(symbol)} = {text(slope)}``" for symbol, slope in slopes)
    return f"{getattr(autograd.Value, row.name).__doc__} Its derivatives, with *y* for what it returns: {derivatives}."


def _fenced(docstring: str) -> list[str]:
    """Return a docstring as Markdown: examples in fences, all other paragraphs as they are."""
    parts = docstring.split("\n\n")
    return [f"```pycon\n{part}\n```" if part.startswith(">>>") else part for part in parts]


def main(arguments: list[str]) -> int:
    """Build the site into the folder that is named, and say where it begins."""
    if len(arguments) != 1:
        print(__doc__)  # noqa: T201 -- a command
        return 2
    build(Path(arguments[0]))
    print(f"written: {Path(arguments[0]) / 'index.html'}")  # noqa: T201 -- the same
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
