"""Many hand-ins in several processes, in the order in which they are given.

The processes are programs of their own that read hand-ins from a pipe (see `worker`), and no forks: so a script that
calls this needs no `if __name__ == "__main__"`, and it is the same on every system. A process that dies costs the
hand-in that it was marking.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.classroom.kept_records import FORMAT, VERSION
from autograd.classroom.records import failed
from autograd.errors import InputError, MarkingError
from autograd.files.whole_files import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from autograd.classroom.hand_ins import HandIn
    from autograd.classroom.records import Options

MAX_SECONDS = 900  # for one hand-in: many times what the largest sheet that is read takes
POLL_SECONDS = 0.2  # Ctrl-C does not interrupt a longer wait on Windows
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from autograd.classroom.worker import main; main()"


def marked_by_workers(
    hand_ins: Sequence[HandIn], options: Options, folder: Path, jobs: int, count: Callable[[], None]
) -> Generator[dict[str, Any], None, None]:
    """Yield the record of each hand-in, in order; `count` is called whenever one is marked.

    Only the names of records are held: each is read from its file when its turn comes.
    """
    crew = _Crew(hand_ins, options, folder)
    try:
        crew.start(jobs)
        found: dict[int, Path | str] = {}
        for at, hand_in in enumerate(hand_ins):
            while at not in found:
                number, result = crew.next_result()
                found[number] = result
                count()
            yield _record(found.pop(at), hand_in, options)
    finally:
        crew.stop()


def _record(result: Path | str, hand_in: HandIn, options: Options) -> dict[str, Any]:
    if isinstance(result, str):
        return failed(hand_in, result, options)
    try:
        return read_json(result, FORMAT, VERSION)
    except InputError as error:
        return failed(hand_in, f"its record was lost ({error}); mark it again", options)
    finally:
        if result.name.startswith("once-"):
            with suppress(OSError):
                result.unlink()


class _Crew:
    """Threads with a process each, which take the next hand-in as soon as they are free."""

    def __init__(self, hand_ins: Sequence[HandIn], options: Options, folder: Path) -> None:
        self.settings = json.dumps([options._asdict(), str(folder)])
        self.waiting = iter(enumerate(hand_ins))
        self.lock = threading.Lock()
        self.results: queue.Queue[tuple[int, Path | str] | MarkingError] = queue.Queue()
        self.processes: list[subprocess.Popen[str]] = []
        self.threads: list[threading.Thread] = []
        self.stopping = False

    def start(self, jobs: int) -> None:
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """End every process, also in the middle of a hand-in: what is kept is whole."""
        with self.lock:
            self.stopping = True
            for process in self.processes:
                process.kill()
        for thread in self.threads:
            thread.join()

    def next_result(self) -> tuple[int, Path | str]:
        while True:
            with suppress(queue.Empty):
                result = self.results.get(timeout=POLL_SECONDS)
                if isinstance(result, MarkingError):
                    raise result
                return result

    def _work(self) -> None:
        process: subprocess.Popen[str] | None = None
        try:
            while (task := self._next_task()) is not None:
                if process is None and (process := self._started()) is None:
                    return
                number, hand_in = task
                answer = _answer(process, json.dumps(hand_in))
                if answer:
                    self.results.put((number, Path(json.loads(answer))))
                else:
                    _close(process)
                    ended = f"the process that marked it ended before it was done (status {process.returncode})"
                    self.results.put((number, ended))
                    process = None
        except Exception as error:  # noqa: BLE001 -- whoever waits for a result has to learn of it
            self.results.put(MarkingError(f"a process for marking failed: {type(error).__name__}: {error}"))
        finally:
            if process is not None:
                _close(process)

    def _next_task(self) -> tuple[int, HandIn] | None:
        with self.lock:
            return None if self.stopping else next(self.waiting, None)

    def _started(self) -> subprocess.Popen[str] | None:
        """Return a process that is ready; None if there is none, which the results then say."""
        with self.lock:
            if self.stopping:
                return None
            process = _process()
            self.processes.append(process)
        if _answer(process, self.settings):
            return process
        _close(process)
        if not self.stopping:
            code = process.returncode
            self.results.put(MarkingError(f"a process for marking did not start (status {code}); try --jobs 1"))
        return None


def _process() -> subprocess.Popen[str]:
    """Start a process with the modules of this one, out of reach of a Ctrl-C in the terminal."""
    path = json.dumps([place for place in sys.path if place])
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(  # noqa: S603 -- Python itself, with a program that stands here
        [sys.executable, "-I", "-c", _PROGRAM, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="ascii",
        **apart,
    )


def _answer(process: subprocess.Popen[str], line: str) -> str:
    """Return the line with which a process answers this one; empty if it ends, or takes too long."""
    assert process.stdin is not None
    assert process.stdout is not None
    clock = threading.Timer(MAX_SECONDS, process.kill)
    clock.daemon = True
    clock.start()
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return ""
    finally:
        clock.cancel()


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
    process.wait()
