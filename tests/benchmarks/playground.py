"""How long a visitor of the playground waits: `python tests/benchmarks/playground.py`, on an idle machine.

It builds the site, serves it here and opens it in Chromium: how long until Python has marked the first sheet, and how
long from a key to the verdicts on a sheet, beside the time that marking it takes in this Python.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import importlib.util
import json
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from autograd import mark

ROOT = Path(__file__).parents[2]
PAUSE = 700  # milliseconds between two keys: the graph is drawn meanwhile


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve files, and say nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def built(folder: Path) -> Any:
    """Build the playground, and return the module that did."""
    specification = importlib.util.spec_from_file_location("site_builder", ROOT / "docs" / "site.py")
    assert specification is not None
    assert specification.loader is not None
    builder = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(builder)
    builder.build_playground(folder)
    return builder


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="visits, and keys on each sheet (5)")
    rounds = parser.parse_args().rounds
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- --help works without

    with tempfile.TemporaryDirectory() as where, sync_playwright() as playwright:
        builder = built(Path(where))
        sheets = {sheet["id"]: sheet["text"] for group in builder.gallery() for sheet in group["sheets"]}
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=where))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print("| | ms | here, ms |\n|---|---:|---:|")
        starts = [visit(browser, address)[0] for _ in range(rounds)]
        print(f"| from the address to the first marking, no cache | {statistics.median(starts):.0f} | |")
        first = json.loads((Path(where) / "first.json").read_text(encoding="utf-8"))["text"]
        for name, text in {"README's sheet": first, "published/mazur": sheets["sheets/published/mazur"]}.items():
            keys = typed(browser, address, text, rounds)
            print(f"| from a key to the verdicts, {name} | {statistics.median(keys):.0f} | {here(text, rounds):.0f} |")
        browser.close()
        server.shutdown()


def visit(browser: Any, address: str) -> tuple[int, Any]:
    """Return how long the first marking took for a new visitor, and the page."""
    page = browser.new_context().new_page()
    page.goto(address)
    page.locator("html[data-ready]").wait_for(state="attached", timeout=120_000)
    return int(page.evaluate("document.documentElement.dataset.ready")), page


def typed(browser: Any, address: str, text: str, rounds: int) -> list[int]:
    """Return how long each of some keys took to be answered by verdicts."""
    page = visit(browser, address)[1]
    page.click("#new")
    page.keyboard.insert_text(text)
    page.wait_for_timeout(5 * PAUSE)
    found = []
    for _ in range(rounds):
        page.keyboard.press("Space")
        page.wait_for_timeout(PAUSE)
        found.append(int(page.evaluate("document.documentElement.dataset.took")))
    return found


def here(text: str, rounds: int) -> float:
    """Return how many milliseconds marking takes in this Python."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        mark(text)
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    main()
