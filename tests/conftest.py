"""What every test may count on."""

import importlib.util
import os
import shutil
import signal
import tempfile
import threading
from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path, config):
    """With `-m portable`, leave other files unread: they import what may not be installed."""
    is_other = collection_path.name.startswith("test_") and "mark.portable" not in collection_path.read_text("utf-8")
    return True if config.option.markexpr == "portable" and is_other else None


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Run the whole suite on all processors, where pytest-xdist is installed and nothing else is asked for."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.collectonly
    can = config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput")
    if is_whole and can and config.option.numprocesses is None and not config.option.usepdb:
        config.option.numprocesses = os.cpu_count()
        config.option.dist = "worksteal"


def pytest_configure(config):
    """Let programs that tests start find compiled modules, where Python is told not to write them into the checkout."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        folder = os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp()
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """The examples of docstrings are portable."""
    lacks_numpy = importlib.util.find_spec("numpy") is None
    for item in items:
        if hasattr(item, "dtest"):
            item.add_marker("portable")
            if lacks_numpy and any("import numpy" in example.source for example in item.dtest.examples):
                item.add_marker(pytest.mark.skip(reason="NumPy is not installed: its example is left out"))


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard():
    """Where the tests were started in the background of a shell, it is ignored, by them and by what they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: no page is opened in a browser"
    )
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("Chromium is not installed: no page is opened in a browser")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page from a file; whatever it complains of or asks the network for is a failure."""
    contexts, trouble = [], []

    def open_(made, *, quiet=True, **options):
        path = made if isinstance(made, Path) else made.save(tmp_path / f"page{len(contexts)}.html")
        context = browser.new_context(**({"viewport": {"width": 1400, "height": 1000}} | options))
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(5000)
        if quiet:
            tab.on("console", lambda message: trouble.append(f"console: {message.text}"))
            tab.on("request", lambda request: trouble.append(request.url) if request.url != path.as_uri() else None)
        tab.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        tab.goto(path.as_uri())
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert trouble == []
