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


def compiled(*archives: bytes) -> bytes:
    """Return archives of Python sources as one archive of compiled modules and of the other files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for archive in archives:
            with zipfile.ZipFile(io.BytesIO(archive)) as source:
                for name in sorted(source.namelist()):
                    if name.endswith("/") or name.split("/")[0].removesuffix(".py") in UNUSED or "/tests/" in name:
                        continue
                    _add(out, name, source.read(name))
    return packed.getvalue()


def _add(out: zipfile.ZipFile, name: str, content: bytes) -> None:
    if name.endswith(".py"):
        tree = ast.parse(content)
        if not name.startswith(DOCUMENTED):
            _strip_docstrings(tree)
        code = compile(tree, f"/lib/{name}", "exec", dont_inherit=True, optimize=0)
        content = bytes(_code_to_hash_pyc(code, importlib.util.source_hash(content), checked=False))
        name += "c"
    out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, compresslevel=9)


def _strip_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED_NODES) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            assert isinstance(first, ast.Expr)
            first.value = ast.copy_location(ast.Constant(""), first.value)
