"""Mutation testing: plant small mistakes in the program one at a time, and see the tests find them.

    pip install cosmic-ray
    python tests/mutation.py                 every module of the table below, hours
    python tests/mutation.py paths steps     only these
    python tests/mutation.py paths --every 5 every fifth mutant

It works in a copy. A mutant that no test notices is printed with its line; those that change nothing
that a test could see are listed in `tests/mutation_explained.md`, by themselves or by the line they
change, and are left out of the count of survivors.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXPLAINED = Path(__file__).with_name("mutation_explained.md")

# Which tests look at a module, quickest to notice first.
TESTS = {
    "ops": "test_ops test_rows test_micrograd test_value test_gradcheck test_functions test_higher",
    "value": "test_value test_micrograd test_steps test_specialise test_higher test_seed_networks",
    "steps": "test_steps test_stepper test_value test_paths test_topological",
    "paths": "test_paths test_steps",
    "marking/marking": "test_marking test_sheet test_figures test_seed_sheets test_diagnosis test_published",
}

# What is left out: mistakes that nobody makes (bit shifts in place of a sum), and mutants of annotations.
LEFT_OUT = [
    "core/ReplaceBinaryOperator_BitOr_.*",
    "core/ReplaceBinaryOperator_.*_(BitOr|BitAnd|BitXor|LShift|RShift|FloorDiv|Mod|Pow)",
    "core/RemoveDecorator",
    "core/ReplaceUnaryOperator_USub_Invert",
    "core/ReplaceComparisonOperator_.*_(Is|IsNot)$",
]

CONFIG = """
[cosmic-ray]
module-path = "autograd/{module}.py"
timeout = 60.0
excluded-modules = []
test-command = "{python} -W ignore -m pytest -x -q -p no:cacheprovider -p no:randomly {tests}"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
exclude-operators = {left_out}
"""


def command(folder: Path, name: str, *arguments: str) -> str:
    """Run one of cosmic-ray's commands there."""
    program = Path(sys.executable).parent / name
    return subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout


def mutate(module: str, every: int) -> tuple[int, int, list[str]]:
    """How many mutants were tried and found, and the survivors: file, line, what was changed into what."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "copy"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".hypothesis"))
        tests = [f"tests/{test}.py" for test in TESTS[module].split() if (ROOT / "tests" / f"{test}.py").exists()]
        config = CONFIG.format(
            module=module, python=sys.executable, tests=" ".join(tests), left_out=json.dumps(LEFT_OUT)
        )
        (folder / "mutation.toml").write_text(config)
        command(folder, "cosmic-ray", "init", "mutation.toml", "session.sqlite")
        command(folder, "cr-filter-operators", "session.sqlite", "mutation.toml")
        with sqlite3.connect(folder / "session.sqlite") as session:
            left = [
                job
                for (job,) in session.execute(
                    "select job_id from work_items where job_id not in (select job_id from work_results) order by rowid"
                )
            ]
            skipped = [job for number, job in enumerate(left) if number % every]
            session.executemany("delete from mutation_specs where job_id = ?", [(job,) for job in skipped])
            session.executemany("delete from work_items where job_id = ?", [(job,) for job in skipped])
        command(folder, "cosmic-ray", "baseline", "mutation.toml")  # fails if the tests fail without any mutant
        command(folder, "cosmic-ray", "exec", "mutation.toml", "session.sqlite")
        with sqlite3.connect(folder / "session.sqlite") as session:
            results = session.execute(
                "select test_outcome, diff, start_pos_row from work_results join mutation_specs using (job_id) "
                "where worker_outcome != 'SKIPPED' order by start_pos_row, operator_name, occurrence"
            ).fetchall()
    survivors = [
        f"{module}.py:{row}: {change(diff)}" for outcome, diff, row in results if outcome.upper().endswith("SURVIVED")
    ]
    return len(results), len(results) - len(survivors), survivors


def is_explained(survivor: str, explained: str) -> bool:
    """Whether the list has the mutant, or the whole line that it changes."""
    mutant = survivor.partition(": ")[2]
    listed = {line.strip("| ").split(" | ")[0].strip("`") for line in explained.splitlines()}
    return mutant in listed or mutant.partition(" → ")[0] in listed


def change(diff: str) -> str:
    """The changed lines of a diff, as `before → after`."""
    lines = [line for line in diff.splitlines() if re.match(r"[-+](?![-+])", line)]
    return " → ".join(line[1:].strip() for line in lines)


def main() -> int:
    """Run, print, and end with 1 if a mutant survives that nobody has explained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", choices=[*TESTS, []], default=[])
    parser.add_argument("--every", type=int, default=1)
    asked = parser.parse_args()
    explained = EXPLAINED.read_text(encoding="utf-8") if EXPLAINED.exists() else ""
    unexplained = 0
    for module in asked.modules or TESTS:
        tried, found, survivors = mutate(module, asked.every)
        alive = [line for line in survivors if not is_explained(line, explained)]
        equal = len(survivors) - len(alive)
        print(f"{module}: {tried} mutants, {found} found, {equal} explained, {len(alive)} survive")
        for line in alive:
            print(f"  {line}")
        unexplained += len(alive)
    return int(unexplained > 0)


if __name__ == "__main__":
    raise SystemExit(main())
