"""How Sphinx makes the site of `docs_site`: its options, and what it learns about docstrings, sheets and formulas."""

from __future__ import annotations

import re
from typing import Any

from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from pygments.lexer import RegexLexer
from pygments.token import Comment, Generic, Keyword, Number, Text

project = "chalkgrad"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
html_theme = "furo"
html_title = "chalkgrad"
html_copy_source = False
html_show_copyright = False
html_theme_options = {"source_repository": "", "navigation_with_keys": False}
myst_heading_anchors = 4
html_math_renderer = "mathml"
suppress_warnings = ["myst.header", "ref.python"]  # decisions has several titles; a type may be in two modules
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
add_module_names = False
toc_object_entries_show_parents = "hide"
pygments_style = "default"
pygments_dark_style = "github-dark"


def setup(app: Any) -> None:
    """Teach Sphinx what is written here in another way than it expects."""
    app.connect("autodoc-process-docstring", markdown_to_rest)
    app.connect("html-page-context", lead_back_from_the_source)
    app.add_lexer("sheet", SheetLexer)
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula_of_its_own, None))


def markdown_to_rest(_app: Any, _kind: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """Change a docstring from Markdown into the markup of Sphinx: `code` and the signs that have a meaning there."""
    example = False
    for number, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            pieces = re.split(r"`([^`]+)`", line)
            pieces[::2] = [piece.replace("\\", r"\\").replace("|", r"\|") for piece in pieces[::2]]
            pieces[1::2] = [f"``{piece}``" for piece in pieces[1::2]]
            lines[number] = "".join(pieces)


def lead_back_from_the_source(app: Any, page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Let the source of a name lead back to the entry that describes it, also where two modules have the name."""
    entries = app.env.domains["py"].objects

    def back(link: re.Match[str]) -> str:
        entry = entries.get(link[2])
        return f"{link[1]}{app.builder.get_relative_uri(page, entry.docname)}#{link[2]}{link[3]}" if entry else ""

    if page.startswith("_modules/"):
        link = r'(<a class="viewcode-back" href=")[^"#]*#([^"]+)(">.*?</a>)'
        context["body"] = re.sub(link, back, context["body"])


class SheetLexer(RegexLexer):
    """The colors of a sheet: comments, numbers, unanswered claims."""

    name, aliases = "sheet", ("sheet",)
    tokens = {  # noqa: RUF012 -- as Pygments wants it
        "root": [
            (r"#.*", Comment),
            (r"\b(loss|alias|layout|for|in)\b", Keyword),
            (r"(?<![\w.])\d[\d.]*(e[+-]?\d+)?", Number),
            (r"\?", Generic.Strong),
            (r"[\w₀-₉]+|.|\n", Text),
        ]
    }


def inline_formula(writer: Any, node: Any) -> None:
    """Write a formula in a line as MathML, which the browser lays out."""
    writer.body.append(convert(node.astext()))
    raise SkipNode


def formula_of_its_own(writer: Any, node: Any) -> None:
    """Write a formula in lines of its own, which scroll on a small screen."""
    writer.body.append(f'<div style="overflow-x: auto">{convert(node.astext(), display="block")}</div>\n')
    raise SkipNode
