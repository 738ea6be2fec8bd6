"""The command line of the benchmark: rounds over all engines, a process for each measurement, one report at the end.

Rounds are interleaved (every engine once, then every engine again), so that a machine that becomes slower for a minute
becomes slower for all.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys

from .engines import ENGINES
from .report import Results, report


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="ringfence beside its peers")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which, by comma: " + ", ".join(ENGINES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="one short round: does everything still work?")
    options = parser.parse_args()

    wanted = options.engines.split(",")
    unknown = [name for name in wanted if name not in ENGINES]
    if unknown:
        parser.error(f"no engine {unknown[0]!r}; there are {', '.join(ENGINES)}")
    installed = [name for name in wanted if ENGINES[name].version() is not None]
    for name in set(wanted) - set(installed):
        print(f"{name} is left out: `{ENGINES[name].package}` is not installed", file=sys.stderr)

    rounds = 1 if options.smoke else options.rounds
    results: dict[str, Results] = {name: {} for name in installed}
    for number in range(1, rounds + 1):
        for name in installed:
            command = [
                sys.executable,
                "-m",
                "benchmarks.measure",
                name,
                *(["--smoke"] if options.smoke else []),
            ]
            done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
            if done.returncode != 0:
                raise SystemExit(f"{name} failed in round {number}")
            for key, values in json.loads(done.stdout).items():
                results[name].setdefault(key, []).extend(values)
            print(f"round {number} of {rounds}: {name}", file=sys.stderr)

    versions = ", ".join(
        f"{ENGINES[name].package} {ENGINES[name].version()}" for name in installed if ENGINES[name].package
    )
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; {versions}\n")
    print(report(results))


if __name__ == "__main__":
    main()
