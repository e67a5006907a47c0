"""Pages as a browser's parser has them, and the tags that each kind of our pages is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser

EMPTY = {"meta", "img", "br", "mspace"}  # tags that nothing closes


def _tags(names: str) -> set[str]:
    return set(names.split())


TABLE = _tags("table thead tbody tr th td")
MATHS = _tags("math mrow mi mo mn mtext mfrac msub msup msubsup msqrt mtable mtr mtd mspace")
PAGE = _tags("html head meta title style body h1 h2 h3 h4 h5 p b i br span code mark div aside ul ol li figure img")
PAGE |= TABLE
DOCUMENT = PAGE | MATHS
SVG = _tags("svg g title path polygon polyline ellipse text a")


class Markup(HTMLParser):
    """The tags of a page, their attributes, what is not closed, and the words outside of its style."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        last = self.open.pop()
        assert last == tag, f"</{tag}> closes <{last}>"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def parsed(page: str) -> Markup:
    """The page as a browser's parser has it."""
    reader = Markup()
    reader.feed(page)
    reader.close()
    return reader


def check_markup(page: str, tags: set[str]) -> Markup:
    """A page of these tags, every one closed, without scripts, handlers or links."""
    found = parsed(page)
    assert found.tags <= tags, f"tags {found.tags - tags}"
    assert not any(name.startswith("on") or name in ("href", "srcdoc") for name in found.attributes), found.attributes
    assert not found.open, f"never closed: {found.open}"
    return found


# -- Markdown ------------------------------------------------------------------------------------

_OURS = re.compile(r"!\[((?:\\.|[^\]\\])*)\]\((?:data:image/svg\+xml;base64,[\w+/=]*|[\w.-]+)\)")  # our own pictures


def check_markdown(text: str, *, dollars: bool) -> None:
    """Markdown without tags, links, or pictures that are not ours; each formula and each row of a table ends."""
    rest = re.sub(r"\\[`*_{}\[\]#]", "", _OURS.sub("", text))  # without what is escaped
    assert not re.search(r"[<>\[\]]", rest), f"a tag, a link or a picture in {rest!r}"
    fence, inline = ("$$", r"\$[^$`]+\$") if dollars else ("```", r"\$`[^$`]+`\$")
    opening = "$$" if dollars else "```math"
    display, columns = False, 0
    for line in rest.replace(r"\$", "").split("\n"):
        if line in (fence, opening):
            assert display == (line == fence) or dollars
            display = not display
            continue
        words = re.sub(inline, "", line) if not display else line
        assert not re.search(r"[$`|~]", words.strip("|").replace(" | ", "") if not display else words), line
        if not display and line.startswith("|"):
            cells = line.count("|")
            assert columns in (0, cells), f"{cells} cells in {line!r}, {columns} before"
        columns = line.count("|") if line.startswith("|") else 0
    assert not display, "a formula is open"
