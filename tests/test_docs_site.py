"""The site of the documents: each public name has an entry, each link leads somewhere, nothing comes from elsewhere.

Building it takes Sphinx half a minute: that part runs with EXAMPLES=all, where the extra `docs` is installed.
"""

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

import autograd
import nn

ROOT = Path(__file__).parents[1]


def script():
    spec = importlib.util.spec_from_file_location("docs_site", ROOT / "docs" / "docs_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = script()
PUBLIC = [f"{module.__name__}.{name}" for module in SCRIPT.public_modules() for name in SCRIPT.public_names(module)]

# -- Without Sphinx -----------------------------------------------------------------------------


@pytest.mark.portable
def test_every_public_module_is_in_the_reference():
    pages = SCRIPT.reference()
    assert {"autograd", "nn", "autograd.errors"} <= set(pages)
    files = [file for package in ("autograd", "nn") for file in (ROOT / package).rglob("__init__.py")]
    sources = {path.parent: path.read_text(encoding="utf-8") for path in files}
    listing = {".".join(folder.relative_to(ROOT).parts) for folder, source in sources.items() if "\n__all__" in source}
    assert listing <= set(pages)


@pytest.mark.portable
def test_every_public_name_has_one_entry_on_the_page_of_its_module():
    pages = SCRIPT.reference()
    for module in SCRIPT.public_modules():
        entries = re.findall(r"^\.\. (?:py:\w+|auto\w+):: (\w+)", pages[module.__name__], re.MULTILINE)
        assert sorted(entries) == sorted([module.__name__.partition(".")[0], *SCRIPT.public_names(module)])
    assert {f"autograd.{name}" for name in autograd.__all__} | {f"nn.{name}" for name in nn.__all__} <= set(PUBLIC)


@pytest.mark.portable
def test_a_name_of_two_modules_is_described_once():
    pages = SCRIPT.reference()
    assert ".. autofunction:: huber" in pages["autograd"]
    assert "The same as :py:obj:`autograd.huber`." in pages["nn"]


@pytest.mark.portable
def test_an_operation_has_the_derivative_of_the_table():
    assert "``∂y/∂x = 1 − y²``" in SCRIPT.reference()["autograd"].split("function:: tanh(x)")[1][:120]


# -- The site as it is built --------------------------------------------------------------------


LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src", "object": "data"}


class Page(HTMLParser):
    """Collects what a page links to and loads, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.places, self.names = [], [], {"", "top"}, set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.places.add(attributes.get("id", ""))
        self.names |= {attributes.get("name")}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if tag in LOADED and LOADED[tag] in attributes:
            self.loads.append(attributes[LOADED[tag]])


def is_foreign(target):
    return bool(re.match(r"[a-z]+:|//", target))


def broken(site):
    """Return every link in a site to a page, a file or a place that is not there."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    found = []
    for path, page in pages.items():
        for target in (*page.links, *page.loads):
            if is_foreign(target):
                continue
            file, _, place = target.partition("#")
            there = (path.parent / unquote(file.partition("?")[0])).resolve() if file else path
            if not there.is_file() or (there in pages and unquote(place) not in pages[there].places):
                found.append((path.name, target))
    return found


def foreign(site):
    """Return what the pages and styles of a site would load from elsewhere."""
    found = []
    for path in site.rglob("*.html"):
        found += [target for target in Page(path.read_text(encoding="utf-8")).loads if is_foreign(target)]
    for path in site.rglob("*.css"):
        styles = re.findall(r"(?:url\(|@import )\s*[\"']?([^\"')]+)", path.read_text(encoding="utf-8"))
        found += [target for target in styles if is_foreign(target) and not target.startswith("data:")]
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if os.environ.get("EXAMPLES") != "all":
        pytest.skip("the site of the documents is built with EXAMPLES=all")
    for module in ("sphinx", "myst_parser", "furo", "latex2mathml"):
        pytest.importorskip(module, reason=f"{module} is not installed: the site of the documents is not built")
    folder = tmp_path_factory.mktemp("site") / "docs"
    command = [sys.executable, str(ROOT / "docs" / "docs_site.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_link_of_the_site_leads_somewhere(site):
    assert broken(site) == []


def test_every_public_name_has_a_place_in_the_site_and_in_its_search(site):
    places = set().union(*(Page(path.read_text(encoding="utf-8")).places for path in site.glob("reference/*.html")))
    assert [name for name in PUBLIC if name not in places] == []
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert [name for name in autograd.__all__ if f'"{name}"' not in index] == []


def test_every_document_is_a_page_for_small_screens_too(site):
    for path in (*ROOT.glob("docs/*.md"), *ROOT.glob("demos/**/*.md"), ROOT / "CHANGELOG.md"):
        page = Page((site / path.relative_to(ROOT).with_suffix(".html")).read_text(encoding="utf-8"))
        assert "viewport" in page.names
    assert "Automatic differentiation that shows its working" in (site / "index.html").read_text(encoding="utf-8")


def test_formulas_are_laid_out_by_the_browser_and_examples_are_examples(site):
    assert "<mfrac>" in (site / "demos" / "walkthrough.html").read_text(encoding="utf-8")
    assert "$`" not in re.sub(r"<pre>.*?</pre>", "", (site / "demos" / "walkthrough.html").read_text(encoding="utf-8"))
    assert '<div class="highlight-pycon' in (site / "reference" / "autograd.html").read_text(encoding="utf-8")


def test_the_site_loads_nothing_from_elsewhere(site):
    assert foreign(site) == []


@pytest.mark.portable
def test_planted_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<h1 id="here"></h1><a href="#here">1</a><a href="#gone">2</a><a href="b.html#x">3</a><a href="c.html">4</a>'
        '<a href="b.html?q=1#y">5</a><img src="no.svg"><a href="https://example.org/x">6</a>'
        '<script src="https://cdn.example.org/x.js"></script><link rel="stylesheet" href="//fonts.example.org/x">'
    )
    (tmp_path / "b.html").write_text('<p id="y">')
    (tmp_path / "s.css").write_text('@import "https://a.example.org/s.css"; p { background: url(data:x) }')
    assert broken(tmp_path) == [(("a.html"), target) for target in ("#gone", "b.html#x", "c.html", "no.svg")]
    assert foreign(tmp_path) == ["https://cdn.example.org/x.js", "//fonts.example.org/x", "https://a.example.org/s.css"]
