"""Mutation testing: plant one small mistake at a time in the program, and see whether a test finds it.

    pip install cosmic-ray
    python tests/mutation.py                             every module of the table below: more than an hour
    python tests/mutation.py engine/backward engine/value   only these
    python tests/mutation.py path_sums/search --every 5  every fifth mutant
    python tests/mutation.py path_sums/search --lines 40-90

It works in copies of the project, one for each processor. cosmic-ray makes the mutants. Each mutant is
tried in a fork of this process, which has pytest and hypothesis loaded already, and the tests that found
the last mutants run first. A mutant that no test finds is printed with its line. Mutants that change
nothing a test could see are listed in `tests/mutation_explained.md`, each by itself or by the line that
it changes, and are counted separately.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import hypothesis
import mpmath  # noqa: F401 -- loaded once, for every fork
import pytest

ROOT = Path(__file__).parent.parent
EXPLAINED = Path(__file__).with_name("mutation_explained.md")
MAX_SECONDS, MAX_BYTES = 90, 6 << 30  # for one mutant
MAX_FIRST = 6  # tests that run first, since they found the last mutants

# The tests of each module, those that fail soonest first.
TESTS = {
    "table/ops": "test_ops test_micrograd test_rows test_functions test_value test_gradcheck test_losses test_higher",
    "engine/reference": "test_reference",
    "engine/backward": "test_steps test_reference test_stepper test_value test_paths test_topological",
    "engine/value": "test_value test_ops test_micrograd test_steps test_fast test_higher test_seed_networks "
    "test_faults",
    "engine/fast": "test_fast test_reference test_value test_steps test_micrograd",
    "engine/fast_pass": "test_fast test_faults test_reference test_value test_steps",
    "engine/graph": "test_graph test_steps test_stepper test_paths",
    "path_sums/path_sum": "test_paths test_views_paths_steps_pictures test_steps",
    "path_sums/search": "test_paths test_steps",
    "marking/messages": "test_report test_reasons test_marking",
    "marking/judge": "test_marking test_reasons test_sheet test_figures test_diagnosis test_published "
    "test_seed_sheets test_report test_fair",
    "marking/marker": "test_marking test_reasons test_sheet test_figures test_diagnosis test_published "
    "test_seed_sheets test_report test_fair",
}

# Not tried: mistakes that nobody makes (a bit shift in place of a sum), and mutants of annotations.
LEFT_OUT = re.compile(
    "core/(ReplaceBinaryOperator_BitOr_.*"
    "|ReplaceBinaryOperator_.*_(BitOr|BitAnd|BitXor|LShift|RShift|FloorDiv|Mod|Pow)"
    "|RemoveDecorator|Variable.*"
    "|ReplaceUnaryOperator_USub_Invert"
    "|ReplaceComparisonOperator_.*_(Is|IsNot))"
)

# Nobody writes `kind <= "number"` for `kind == "number"` either.
ORDER_OF_WORDS = re.compile(r"[<>]=? (\"|[A-Z]{3})")


class Mutant(NamedTuple):
    """The program with one mistake in it."""

    row: int
    change: str  # the changed line, as `before → after`
    code: str


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a module, from its first line to its last."""
    from cosmic_ray.mutating import mutate_code  # noqa: PLC0415 -- `--help` needs no cosmic-ray
    from cosmic_ray.plugins import get_operator, operator_names  # noqa: PLC0415 -- the same

    found = []
    for name in operator_names():
        if LEFT_OUT.fullmatch(name):
            continue
        occurrence = 0
        while (code := mutate_code(source, get_operator(name)(), occurrence)) is not None:
            occurrence += 1
            mutant = compared(source, code)
            before, _, after = mutant.change.partition(" → ")
            if not ORDER_OF_WORDS.search(after) or ORDER_OF_WORDS.search(before):
                found.append(mutant)
    return sorted(found, key=lambda mutant: mutant.row)


def compared(source: str, code: str) -> Mutant:
    """Return a mutant with the line that it changes."""
    before, after = source.splitlines(), code.splitlines()
    for tag, first, last, start, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            old = " ".join(line.strip() for line in before[first:last])
            new = " ".join(line.strip() for line in after[start:end])
            return Mutant(first + 1, f"{old} → {new}", code)
    return Mutant(0, "nothing", code)


# -- One copy of the project, and forks that try a mutant in it --------------------------------


class Noticed:
    """A plugin of pytest that keeps the name of the test that failed."""

    def __init__(self) -> None:
        self.by = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of the test function."""
        if report.failed:
            self.by = report.nodeid.partition("[")[0]


class Copy:
    """A copy of the project, in which one mutant at a time is tried by a fork."""

    def __init__(self, folder: Path, module: str) -> None:
        leave = shutil.ignore_patterns(".git", ".venv", ".hypothesis", ".*_cache", "__pycache__")
        shutil.copytree(ROOT, folder, ignore=leave)
        self.folder = folder
        self.file = folder / "autograd" / f"{module}.py"
        self.tests = [f"autograd/{module}.py", *(f"tests/{test}.py" for test in TESTS[module].split())]
        self.process = 0

    def start(self, code: str, first: list[str]) -> None:
        """Try this text of the module in a fork; the tests `first` run before the others."""
        self.file.write_text(code, encoding="utf-8")
        self.began = time.monotonic()
        self.pipe, writing = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            try:
                os.setsid()
                os.close(self.pipe)
                answer = self._notices(first)
                os.write(writing, answer.encode())
            finally:
                os._exit(0)
        os.close(writing)

    def _notices(self, first: list[str]) -> str:
        os.chdir(self.folder)
        sys.path.insert(0, str(self.folder))
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        noticed, quiet = Noticed(), ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        for tests in filter(None, [first, self.tests]):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                ended = pytest.main(["-x", *quiet, *tests], plugins=[noticed])
            if ended not in (0, 5):
                return noticed.by or "as it is read"
        return "none"

    def stop(self) -> str:
        """Return the answer of the fork, and end it if there is none yet."""
        answer = os.read(self.pipe, 1 << 16).decode() if self.is_ready() else "by its length"
        os.close(self.pipe)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.process = 0
        return answer or "by its end"  # the fork died

    def is_ready(self) -> bool:
        """Return whether the fork has answered or died."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            return bool(selector.select(0.02))


def survivors(module: str, every: int, rows: range, jobs: int) -> tuple[int, list[Mutant]]:
    """Return how many mutants were tried, and those that no test found."""
    source = (ROOT / "autograd" / f"{module}.py").read_text(encoding="utf-8")
    left = [mutant for mutant in mutants(source)[::every] if mutant.row in rows]
    tried, alive, asked_first = len(left), [], []
    with tempfile.TemporaryDirectory() as temporary:
        copies = [Copy(Path(temporary) / str(number), module) for number in range(jobs)]
        for copy in copies:  # the run also compiles every other module, once
            run = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *copy.tests]
            before = subprocess.run(run, check=False, cwd=copy.folder, capture_output=True, encoding="utf-8")
            if before.returncode:
                raise SystemExit(f"{module}: the tests fail without any mutant\n{before.stdout[-2000:]}")
            for compiled in copy.file.parent.glob(f"__pycache__/{copy.file.stem}.*"):
                compiled.unlink()
            copy.start(source, [])
            while not copy.is_ready():
                pass
            if (answer := copy.stop()) != "none":
                raise SystemExit(f"{module}: in a fork, the tests fail without any mutant: {answer}")
        trying: dict[Copy, Mutant] = {}
        left.reverse()
        while left or trying:
            for copy in copies:
                if copy.process == 0 and left:
                    trying[copy] = left.pop()
                    copy.start(trying[copy].code, asked_first)
                elif copy.process and (copy.is_ready() or time.monotonic() > copy.began + MAX_SECONDS):
                    answer, mutant = copy.stop(), trying.pop(copy)
                    if answer == "none":
                        alive.append(mutant)
                        print(f"  {module}.py:{mutant.row}: {mutant.change}", file=sys.stderr, flush=True)
                    elif "::" in answer:
                        asked_first = [answer, *(test for test in asked_first if test != answer)][:MAX_FIRST]
    return tried, sorted(alive)


def is_explained(change: str, explained: set[str]) -> bool:
    """Return whether the list has the mutant, or the whole line that it changes."""
    return change in explained or change.partition(" → ")[0] in explained


def explanations(text: str) -> dict[str, list[str]]:
    """Return the explained lines and mutants of each module in the list."""
    found: dict[str, list[str]] = {}
    for section in text.split("\n## ")[1:]:
        heading, _, rows = section.partition("\n")
        lines = [line.strip("| ").split(" | ")[0].strip("`") for line in rows.splitlines() if line.startswith("| `")]
        found[heading.removesuffix(".py")] = lines
    return found


def outdated(module: str, explained: list[str]) -> list[str]:
    """Return the explanations of lines that the module does not have any more."""
    source = (ROOT / "autograd" / f"{module}.py").read_text(encoding="utf-8")
    joined = " ".join(line.strip() for line in source.splitlines())
    return [change for change in explained if change.partition(" → ")[0] not in joined]


def main() -> int:
    """Try the mutants and print the counts; return 1 if a mutant survives that is not explained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", choices=[*TESTS, []], default=[])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--lines", default="1-100000", help="first-last: only mutants of these lines")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    first, _, last = asked.lines.partition("-")
    rows = range(int(first), int(last or first) + 1)
    without_shrinking = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutants", phases=without_shrinking, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    listed = explanations(EXPLAINED.read_text(encoding="utf-8"))
    unexplained = 0
    for module in asked.modules or TESTS:
        tried, alive = survivors(module, asked.every, rows, asked.jobs)
        explained = listed.get(module, [])
        new = [mutant for mutant in alive if not is_explained(mutant.change, set(explained))]
        found, known = tried - len(alive), len(alive) - len(new)
        print(f"{module}: {tried} mutants, {found} found, {known} explained, {len(new)} survive", flush=True)
        for mutant in new:
            print(f"  {module}.py:{mutant.row}: {mutant.change}", flush=True)
        for change in outdated(module, explained):
            print(f"  explained, and not there any more: {change}", flush=True)
        unexplained += len(new)
    return int(unexplained > 0)


if __name__ == "__main__":
    raise SystemExit(main())
