"""Runs a trial for as long as asked: `python -m tests.trials COMMAND`, in the checkout, with `host` on the path.

failing [--collect] [--every N]      every allocation of every program fails; --collect: with a collection at each one
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.trials import failing


def run_failing(options: argparse.Namespace) -> int:
    """Fail every allocation, program by program; the exit status."""
    broken = 0
    for path in sorted(failing.PROGRAMS.glob("*.star")):
        for way, attempt in failing.WAYS.items():
            trial = failing.Trial(path, collecting=options.collect)
            if way == "execute" and trial.is_bundle:
                continue
            began, tried, last = time.monotonic(), 0, 0
            try:
                for count in attempt(trial, range(1, failing.MOST + 1, options.every)):
                    tried, last = tried + 1, count
                verdict = "ok"
            except AssertionError as failure:
                broken += 1
                verdict = f"FAILED after allocation {last}: {failure}"
            seconds = time.monotonic() - began
            print(f"{path.stem:16} {way:9} {tried:5} failures {seconds:6.1f} s  {verdict}", flush=True)
    return 1 if broken else 0


def main() -> int:
    """Run the trial that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description="Trials of the collector.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("failing", help="every allocation of every program fails")
    command.add_argument("--collect", action="store_true", help="collect at every allocation (slow)")
    command.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th allocation")
    command.set_defaults(run=run_failing)
    options = parser.parse_args()
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
