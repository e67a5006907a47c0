"""What every test may count on."""

import signal
import threading

import pytest


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard():
    """Where the tests were started in the background of a shell, it is ignored, by them and by what they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
