"""The benchmark of the server: `scripts/bench --serve`; exit status 1 if an answer is lost or wrong, or a target is missed.

Quiet and loud phases alternate, so that a machine that becomes slower for a minute becomes slower for both. A loud phase has
a hostile bundle, asked without a pause, and a new version of the good bundle every second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import bundles
from .load import Outcome, ask_badly, ask_well, get

TARGET = 2.0
"""The 99th percentile of the good bundle beside the hostile one, against the quiet one."""
MEMORY_TARGET = 1.2
"""Memory at the end, against that after the first loud phase."""
RELOAD_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench --serve", description="the server under load")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each phase")
    parser.add_argument("--rounds", type=int, default=5, help="of a quiet and a loud phase each")
    parser.add_argument("--rate", type=float, default=200.0, help="events a second for the good bundle")
    parser.add_argument("--clients", type=int, default=8, help="of the good bundle")
    parser.add_argument("--hostile-clients", type=int, default=8)
    parser.add_argument("--smoke", action="store_true", help="one short round, no verdict on times")
    options = parser.parse_args()
    if options.smoke:
        options.seconds, options.rounds = 2.0, 1
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run(Path(folder), options))


def run(folder: Path, options: argparse.Namespace) -> int:
    """All phases against one server; the exit status."""
    bundles.write_good(folder / bundles.GOOD, 0)
    bundles.write_hostile(folder / bundles.HOSTILE)
    command = [
        sys.executable,
        "-m",
        "ringfence",
        "serve",
        str(folder / bundles.GOOD),
        str(folder / bundles.HOSTILE),
    ]
    command += ["--port", "0", "--decision-log", str(folder / "log"), "--decision-log-size", "1MiB"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        found = re.search(r":(\d+)$", server.stdout.readline().strip())
        if found is None:
            raise SystemExit("the server did not start")
        try:
            return asyncio.run(phases(int(found[1]), server.pid, folder, options))
        finally:
            server.terminate()
            status = server.wait(60)
            print(f"exit status of the server: {status}")


async def phases(port: int, server: int, folder: Path, options: argparse.Namespace) -> int:
    """Quiet and loud phases in turn, and what they came to."""
    quiet: list[Outcome] = []
    loud: list[Outcome] = []
    hostile = Outcome()
    sizes: list[float] = []
    await phase(port, min(options.seconds, 3.0), options, None)  # to warm up
    for number in range(1, options.rounds + 1):
        quiet.append(await phase(port, options.seconds, options, None))
        reloading = asyncio.create_task(reload(server, folder))
        loud.append(await phase(port, options.seconds, options, hostile))
        reloading.cancel()
        sizes.append(memory(server))
        for name, outcome in (("quiet", quiet[-1]), ("loud", loud[-1])):
            shown = (f"p{100 * share:g} {1000 * outcome.percentile(share):.2f}" for share in (0.5, 0.9, 0.99))
            print(f"round {number}, {name}: {len(outcome.seconds)} answers, {', '.join(shown)} ms")
        print(f"round {number}: {sizes[-1]:.0f} MiB, {len(hostile.seconds)} hostile answers", flush=True)
    served = (await get(port, "/v1/bundles"))["bundles"][0]
    print(f"reloads: {served['reloads']}, failed: {served['failed_reloads']}")
    return verdict(quiet, loud, hostile, sizes, has_verdict=not options.smoke)


async def phase(port: int, seconds: float, options: argparse.Namespace, hostile: Outcome | None) -> Outcome:
    """The clients of the good bundle for so long, and beside them those of the hostile one, if there is to be one."""
    outcome = Outcome()
    end = time.monotonic() + seconds
    interval = options.clients / options.rate
    asking = [ask_well(port, 1000 * number, interval, end, outcome) for number in range(options.clients)]
    if hostile is not None:
        asking += [ask_badly(port, number, end, hostile) for number in range(options.hostile_clients)]
    await asyncio.gather(*asking)
    return outcome


async def reload(server: int, folder: Path) -> None:
    """A new version of the good bundle every second, for as long as this runs."""
    while True:
        await asyncio.sleep(RELOAD_SECONDS)
        bundles.write_good(folder / bundles.GOOD, time.time_ns())
        os.kill(server, signal.SIGHUP)


def memory(process: int) -> float:
    """The memory of a process that is its own, in MiB."""
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"^VmRSS:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def verdict(
    quiet: list[Outcome], loud: list[Outcome], hostile: Outcome, sizes: list[float], *, has_verdict: bool
) -> int:
    """Say what all rounds came to; the exit status."""
    p99 = [statistics.median(outcome.percentile(0.99) for outcome in side) for side in (quiet, loud)]
    ratio, growth = p99[1] / p99[0], sizes[-1] / sizes[0]
    problems = sum((outcome.problems for outcome in (*quiet, *loud, hostile)), Counter[str]())
    print(
        f"p99, median of the rounds: quiet {1000 * p99[0]:.2f} ms, loud {1000 * p99[1]:.2f} ms: {ratio:.2f}x"
    )
    print(f"memory: {growth:.2f}x of what it was after the first round")
    print(
        f"answers: {sum(len(outcome.seconds) for outcome in (*quiet, *loud))}, lost or wrong: {dict(problems)}"
    )
    if problems:
        return 1
    return int(has_verdict and (ratio > TARGET or growth > MEMORY_TARGET))


if __name__ == "__main__":
    main()
