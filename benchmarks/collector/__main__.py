"""The collector's benchmark: how fast programs allocate, how long it interrupts them, what it costs in all.

scripts/bench --collector                    every topic, three rounds, some minutes: exit status 1 if a target is missed
scripts/bench --collector --only steps       one topic
scripts/bench --collector --json figures.json
scripts/bench --collector --smoke            small heaps, one round, some seconds: does everything still work?
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from . import allocation, endless, evaluations, ring, steps, total
from .figure import Figure, figures_table

TOPICS: dict[str, Callable[[int, bool], list[Figure]]] = {
    "allocation": allocation.measure,
    "steps": steps.measure,
    "total": total.measure,
    "endless": endless.measure,
    "evaluations": evaluations.measure,
    "ring": ring.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench --collector", description="what the collector costs")
    parser.add_argument("--only", default=",".join(TOPICS), help="topics, by comma: " + ", ".join(TOPICS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the values of all rounds there")
    parser.add_argument("--smoke", action="store_true", help="small heaps, one round, no verdict")
    options = parser.parse_args()

    topics = options.only.split(",")
    if unknown := [topic for topic in topics if topic not in TOPICS]:
        parser.error(f"no topic {unknown[0]!r}; there are {', '.join(TOPICS)}")
    figures: list[Figure] = []
    for topic in topics:
        print(topic, file=sys.stderr)
        figures += TOPICS[topic](1 if options.smoke else options.rounds, options.smoke)
    print(figures_table(figures))
    if options.json is not None:
        options.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=1) + "\n")
    return 0 if options.smoke or all(figure.meets for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
