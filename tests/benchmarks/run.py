"""Every benchmark, one after the other: `python tests/benchmarks/run.py`, on a machine that does nothing else.

`--smoke` runs each at a tiny size, to see that it runs. Each has a `--help` of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ORDER = ("eager.py", "memory.py", "paths_ratio.py", "ready.py", "replay.py", "gpt.py", "waits.py")


def main(arguments: list[str]) -> int:
    """Run them; the first that fails ends it."""
    path = os.pathsep.join(filter(None, [str(HERE.parents[1]), os.environ.get("PYTHONPATH")]))
    for name in ORDER:
        print(f"\n== {name}", flush=True)
        run = subprocess.run(
            [sys.executable, HERE / name, *arguments], env={**os.environ, "PYTHONPATH": path}, check=False
        )
        if run.returncode:
            return run.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
