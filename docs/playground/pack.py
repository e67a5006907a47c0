"""Compile the packages and the standard library for the Python of the browser; `build.mjs` runs it there.

A module that is compiled loads in a fraction of the time. The docstrings of others than chalkgrad are left out.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]  # as compileall does

# Parts of the standard library that nothing in a page can use, each with everything below it.
UNUSED = (
    *(
        "bdb",
        "doctest",
        "ensurepip",
        "ftplib",
        "idlelib",
        "imaplib",
        "lib2to3",
        "mailbox",
        "pdb",
        "pickletools",
        "poplib",
    ),
    *(
        "pydoc",
        "pydoc_data",
        "smtplib",
        "socketserver",
        "turtle",
        "turtledemo",
        "unittest",
        "venv",
        "wsgiref",
        "xmlrpc",
    ),
    *("_pydecimal", "_pyio", "_sysconfigdata", "cProfile", "profile", "pstats", "curses", "dbm", "tkinter"),
    *("multiprocessing", "http", "test", "this", "antigravity", "_aix_support", "_osx_support", "netrc", "optparse"),
)


DOCUMENTED_NODES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = ("autograd/", "nn/")  # help() of these is read in the Python tab


def compiled(archive: bytes, place: str) -> bytes:
    """Return an archive of Python's sources as one of compiled modules, which will lie at a place in the browser."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(packed, "w") as out:
        for name in sorted(source.namelist()):
            if (
                not name.endswith("/")
                and name.split("/")[0].removesuffix(".py") not in UNUSED
                and "/tests/" not in name
            ):
                _add(out, name, source.read(name), f"{place}/{name}")
    return packed.getvalue()


def _add(out: zipfile.ZipFile, name: str, content: bytes, path: str) -> None:
    if name.endswith(".py"):
        tree = ast.parse(content)
        if not name.startswith(DOCUMENTED):
            _strip_docstrings(tree)
        code = compile(tree, path, "exec", dont_inherit=True, optimize=0)
        content = bytes(_code_to_hash_pyc(code, importlib.util.source_hash(content), checked=False))
        name += "c"
    out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, compresslevel=9)


def _strip_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED_NODES) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            assert isinstance(first, ast.Expr)
            first.value = ast.copy_location(ast.Constant(""), first.value)
