"""Mutation testing: plant small mistakes in the program one at a time, and see the tests find them.

    pip install cosmic-ray
    python tests/mutation.py                 every module of the table below: more than an hour
    python tests/mutation.py paths steps     only these
    python tests/mutation.py paths --every 5 every fifth mutant
    python tests/mutation.py paths --lines 40-90

It works in copies, one for each processor. cosmic-ray says which mistakes there are; each is tried in a
fork of this process, which has pytest and hypothesis loaded already, and the tests that found the last
mutants are asked first. A mutant that no test notices is printed with its line; those that change nothing
that a test could see are listed in `tests/mutation_explained.md`, by themselves or by the line they
change, and are counted apart.
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
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parent.parent
EXPLAINED = Path(__file__).with_name("mutation_explained.md")
SECONDS, BYTES = 90, 6 << 30  # what one mutant may take
REMEMBERED = 6  # tests that are asked first

# Which tests look at a module, quickest to notice first.
TESTS = {
    "ops": "test_ops test_micrograd test_rows test_functions test_value test_gradcheck test_losses test_higher",
    "value": "test_value test_ops test_micrograd test_steps test_specialise test_higher test_seed_networks test_faults",
    "steps": "test_steps test_stepper test_value test_paths test_topological",
    "paths": "test_paths test_steps",
    "marking/marker": "test_marking test_reasons test_sheet test_figures test_diagnosis test_published "
    "test_seed_sheets test_report test_fair",
}

# What is left out: mistakes that nobody makes (bit shifts in place of a sum), and mutants of annotations.
LEFT_OUT = re.compile(
    "core/(ReplaceBinaryOperator_BitOr_.*"
    "|ReplaceBinaryOperator_.*_(BitOr|BitAnd|BitXor|LShift|RShift|FloorDiv|Mod|Pow)"
    "|RemoveDecorator|Variable.*"
    "|ReplaceUnaryOperator_USub_Invert"
    "|ReplaceComparisonOperator_.*_(Is|IsNot))"
)

# Nor does anybody write `kind <= "number"` for `kind == "number"`.
ORDER_OF_WORDS = re.compile(r"[<>]=? (\"|[A-Z]{3})")


class Mutant(NamedTuple):
    """The program with one mistake in it."""

    row: int
    change: str  # the changed line, as `before → after`
    code: str


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, from its first line to its last."""
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
    """A mutant with the line that it changes."""
    before, after = source.splitlines(), code.splitlines()
    for tag, first, last, start, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            old = " ".join(line.strip() for line in before[first:last])
            new = " ".join(line.strip() for line in after[start:end])
            return Mutant(first + 1, f"{old} → {new}", code)
    return Mutant(0, "nothing", code)


# -- One copy of the project, and forks that try a mutant in it --------------------------------


class Noticed:
    """A plugin of pytest: which test failed."""

    def __init__(self) -> None:
        self.by = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of the function."""
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
        """Try this text of the module."""
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
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
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
        """Take what the fork answered; end it if it did not."""
        answer = os.read(self.pipe, 1 << 16).decode() if self.is_ready() else "by its length"
        os.close(self.pipe)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        self.process = 0
        return answer or "by its end"  # it died

    def is_ready(self) -> bool:
        """Whether the fork has answered or died."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            return bool(selector.select(0.02))


def survivors(module: str, every: int, rows: range, jobs: int) -> tuple[int, list[Mutant]]:
    """How many mutants were tried, and those that no test noticed."""
    source = (ROOT / "autograd" / f"{module}.py").read_text(encoding="utf-8")
    left = [mutant for mutant in mutants(source)[::every] if mutant.row in rows]
    tried, alive, asked_first = len(left), [], []
    with tempfile.TemporaryDirectory() as temporary:
        copies = [Copy(Path(temporary) / str(number), module) for number in range(jobs)]
        for copy in copies:  # which also compiles everything else, once
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
                elif copy.process and (copy.is_ready() or time.monotonic() > copy.began + SECONDS):
                    answer, mutant = copy.stop(), trying.pop(copy)
                    if answer == "none":
                        alive.append(mutant)
                        print(f"  {module}.py:{mutant.row}: {mutant.change}", file=sys.stderr, flush=True)
                    elif "::" in answer:
                        asked_first = [answer, *(test for test in asked_first if test != answer)][:REMEMBERED]
    return tried, sorted(alive)


def is_explained(change: str, explained: set[str]) -> bool:
    """Whether the list has the mutant, or the whole line that it changes."""
    return change in explained or change.partition(" → ")[0] in explained


def main() -> int:
    """Run, print, and end with 1 if a mutant survives that nobody has explained."""
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
    text = EXPLAINED.read_text(encoding="utf-8")
    explained = {line.strip("| ").split(" | ")[0].strip("`") for line in text.splitlines()}
    unexplained = 0
    for module in asked.modules or TESTS:
        tried, alive = survivors(module, asked.every, rows, asked.jobs)
        new = [mutant for mutant in alive if not is_explained(mutant.change, explained)]
        found, known = tried - len(alive), len(alive) - len(new)
        print(f"{module}: {tried} mutants, {found} found, {known} explained, {len(new)} survive", flush=True)
        for mutant in new:
            print(f"  {module}.py:{mutant.row}: {mutant.change}", flush=True)
        unexplained += len(new)
    return int(unexplained > 0)


if __name__ == "__main__":
    raise SystemExit(main())
