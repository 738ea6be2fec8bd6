"""Turns the repeats of all rounds into the tables of the README."""

from __future__ import annotations

from statistics import median

from .engines import ENGINES
from .programs import CALLS

Results = dict[str, list[float]]
YARDSTICK = "python"


def noise(values: list[float]) -> float:
    """Half of the distance between the quartiles, as a share of the median."""
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return (ordered[-1 - quarter] - ordered[quarter]) / 2 / median(ordered)


def cell(values: list[float] | None, yardstick: list[float] | None, unit: str = "") -> str:
    """The median with its noise, and its ratio to the yardstick's."""
    if not values:
        return "-"
    middle = median(values)
    shown = f"{middle:,.0f}" if middle >= 100 else f"{middle:.3g}"
    ratio = f" ({middle / median(yardstick):.2f}x)" if yardstick else ""
    return f"{shown}{unit} ±{noise(values):.0%}{ratio}"


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def report(results: dict[str, Results]) -> str:
    base = results.get(YARDSTICK, {})
    gateway = [
        [
            ENGINES[name].name,
            cell(measured.get("single"), base.get("single")),
            cell(measured.get("batch"), base.get("batch")),
            cell(measured.get("fresh_us"), None),
            ENGINES[name].isolation,
        ]
        for name, measured in results.items()
    ]
    programs = [
        [ENGINES[name].name, *(cell(measured.get(f"{call}_ms"), base.get(f"{call}_ms")) for call in CALLS)]
        for name, measured in results.items()
    ]
    parts = [
        table(
            ["fifty rules", "one by one, events/s", "in batches, events/s", "fresh isolate, us", "isolation"],
            gateway,
        ),
        table(["programs, ms", *CALLS], programs),
    ]
    if stream := results.get("ringfence", {}):
        one, two = median(stream["stream_1"]), median(stream["stream_2"])
        parts.append(
            f"`run_file`: {one:,.0f} events/s with one worker, {two:,.0f} with two ({two / one:.2f}x), "
            f"{median(stream['stream_mib']):.0f} MiB at most."
        )
    return "\n\n".join(parts)
