"""Try hostile inputs for a while.

    python tests/fuzz/run.py --seconds 60                     every target, an equal share each
    python tests/fuzz/run.py --seconds 600 --target sheet     one of them
    python tests/fuzz/run.py --seconds 60 --keep              store the inputs that reached something new

Ends with 1 if there was a finding; each is shown as small as it gets.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[place]) for place in (2, 1, 0)]

MEMORY = 4 << 30  # bytes that the whole run may take


def fuzz(names: list[str], seconds: float, seed: int, *, keep: bool) -> int:
    from engine import Fuzzer  # noqa: PLC0415 -- after the path is set
    from targets import TARGETS, warm_up  # noqa: PLC0415

    warm_up()
    findings = 0
    print(f"{'target':<12} {'tried':>8} {'places':>8} {'new':>6} {'slowest':>9} {'findings':>9}")
    for name in names:
        target = TARGETS[name]
        fuzzer = Fuzzer(target.function, target.watched, target.words.split(";"), target.corpus, seed)
        fuzzer.run(seconds=seconds / len(names))
        print(
            f"{name:<12} {fuzzer.tried:>8,} {len(fuzzer.places):>8,} {len(fuzzer.kept):>6,} "
            f"{fuzzer.slowest * 1e3:>6.0f} ms {len(fuzzer.findings):>9}"
        )
        for finding in fuzzer.findings:
            print(f"    {finding.text!r}\n        {finding.error[:300]}")
        findings += len(fuzzer.findings)
        if keep:
            folder = target.files()[0].parent
            for number, text in enumerate(fuzzer.kept[-10:]):
                (folder / f"found_{seed}_{number}.txt").write_bytes(text.encode(errors="surrogatepass"))
    return findings


def main() -> int:
    from targets import TARGETS  # noqa: PLC0415

    parser = argparse.ArgumentParser(description="Try hostile inputs.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--target", choices=list(TARGETS), action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    names = chosen.target or list(TARGETS)
    return int(fuzz(names, chosen.seconds, chosen.seed, keep=chosen.keep) > 0)


if __name__ == "__main__":
    sys.exit(main())
