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
from pathlib import Path

from .engines import ENGINES
from .report import Results, report

README = Path(__file__).parents[1] / "README.md"
BEGIN_MARK, END_MARK = "<!-- scripts/bench --readme -->", "<!-- end -->"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="ringfence beside its peers")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which, by comma: " + ", ".join(ENGINES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md")
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

    versions = [
        f"{ENGINES[name].package} {ENGINES[name].version()}" for name in installed if ENGINES[name].package
    ]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores; {', '.join(versions)}"
    text = f"{report(results)}\n\n{machine}"
    print(text)
    if options.readme:
        put_into_readme(text)


def put_into_readme(text: str) -> None:
    """Replace what is between the two marks of the README."""
    readme = README.read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN_MARK)
    _, _, after = rest.partition(END_MARK)
    README.write_text(f"{before}{BEGIN_MARK}\n{text}\n{END_MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
