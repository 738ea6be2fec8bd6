"""The fuzzer's command: `python -m tests.fuzz`, which `scripts/fuzz` calls."""

from __future__ import annotations

import argparse
import sys
import warnings
from functools import partial
from pathlib import Path

from tests.fuzz import differential, numbers, snapshots
from tests.fuzz.campaign import Campaign
from tests.fuzz.instrumented import FOLDER, instrumented
from tests.fuzz.targets import TARGETS

DEFAULT_SECONDS = 60.0
GUIDED = {target.name: target for target in TARGETS}
ALL_TARGETS = (*GUIDED, "differential", "snapshots", *numbers.KINDS)
say = partial(print, flush=True)


def main() -> int:
    """Fuzz the guest. Exit status 1 if something was found; the inputs are in build/fuzz/findings."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=main.__doc__)
    parser.add_argument(
        "--seconds",
        type=float,
        default=DEFAULT_SECONDS,
        help="for all targets together (default %(default)s)",
    )
    parser.add_argument("--target", action="append", choices=ALL_TARGETS, help="repeatable (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="another seed tries other inputs")
    parser.add_argument("--inputs", type=int, metavar="N", help="end each target after N inputs instead")
    parser.add_argument(
        "--stress",
        action="store_true",
        help="collect at every allocation and walk the heap, with every input",
    )
    parser.add_argument("--findings", type=Path, default=FOLDER / "findings", metavar="FOLDER")
    parser.add_argument(
        "--replay", type=Path, metavar="FILE", help="run one input of a target, and say what it does"
    )
    options = parser.parse_args()
    chosen: list[str] = options.target or list(ALL_TARGETS)
    if options.replay is not None:
        for name in chosen:
            replay(name, options.replay.read_bytes())
        return 0
    warnings.simplefilter("ignore", SyntaxWarning)  # CPython's, about generated programs that are to fail
    seconds = None if options.inputs else options.seconds / len(chosen)
    found = 0
    for name in chosen:
        if name in GUIDED:
            campaign = Campaign(
                GUIDED[name](instrumented()), options.seed, options.findings, options.stress, say
            )
            campaign.run(seconds, options.inputs)
            found += len(campaign.failures)
        elif name == "differential":
            found += differential.run(options.seed, seconds, options.inputs, options.findings, say)
        elif name == "snapshots":
            found += snapshots.run(options.seed, seconds, options.inputs, options.findings, say)
        else:
            found += numbers.run(name, options.seed, seconds, options.inputs, say)
    return 1 if found else 0


def replay(name: str, data: bytes) -> None:
    """Show what an input does."""
    outcome = GUIDED[name](instrumented()).attempt(data, False)
    say(f"{name}: {outcome.kind}, {outcome.fuel} units, {outcome.seconds:.3f} s")
    say(outcome.output.decode(errors="replace"), outcome.error or "")


if __name__ == "__main__":
    sys.exit(main())
