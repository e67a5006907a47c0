"""The lock of the backward pass: of several threads, one at a time may be in it.

Two passes may add to the gradient of the same leaf, also of two graphs, and an addition is several steps. Everything
else in the engine only reads a graph, or makes new nodes.
"""

from __future__ import annotations

import os
from threading import RLock

# A thread that has it may take it again: a signal handler may begin a pass within a pass, of a graph that shares no
# node with the other. (Two passes of one thread over the same nodes mix what they add, which no lock can prevent.)
one_pass_at_a_time = RLock()

if hasattr(os, "register_at_fork"):  # a child process begins between two passes, not with a lock that nobody releases
    os.register_at_fork(
        before=one_pass_at_a_time.acquire,
        after_in_parent=one_pass_at_a_time.release,
        after_in_child=one_pass_at_a_time.release,
    )
