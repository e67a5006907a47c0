"""What every test may count on."""

import importlib.util
import os
import shutil
import signal
import tempfile
import threading

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
