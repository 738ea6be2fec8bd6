"""`ringfence heap`: what is alive in a loaded bundle or while it decides an event, how large it is, and why."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ringfence.cli.common import (
    BUNDLE_HELP,
    FAILED,
    DeadlineOption,
    FuelOption,
    MemoryOption,
    describe,
    fail,
    interruptible,
    limits_from,
    quiet_broken_pipe,
    say,
    say_advice,
    usage_errors,
)
from ringfence.cli.events import events_of, write_text
from ringfence.cli.functions import FunctionsOption, provided_functions
from ringfence.cli.streams import STANDARD_STREAM
from ringfence.heap.document import as_document
from ringfence.heap.examine import END, PEAK
from ringfence.heap.heap import Heap, Scope
from ringfence.heap.table import By, print_heap, print_path
from ringfence.limits import Limits
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime

LARGEST = "largest"
"""Instead of an id: the object that retains most."""
TABLE_WIDTH = 120
"""Columns of a table that goes to a file or a pipe."""


class Format(StrEnum):
    """How a heap is written."""

    TABLE = "table"
    JSON = "json"
    DOT = "dot"
    SVG = "svg"


def heap(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    input_file: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="Events, one JSON object a line (- is standard input): show the heap of one of them.",
        ),
    ] = None,
    event: Annotated[
        int | None,
        typer.Option(
            "--event", metavar="N", min=1, help="Which event of the input, from 1 (default: the last)."
        ),
    ] = None,
    at: Annotated[
        str,
        typer.Option("--at", metavar="MOMENT", help="When: end, peak (most alive), or units of fuel spent."),
    ] = END,
    session: Annotated[
        bool,
        typer.Option(
            "--session",
            help="Decide the events up to that one in a session, and show the state that they leave.",
        ),
    ] = False,
    by: Annotated[
        list[By] | None,
        typer.Option(
            "--by",
            help="What to sum up by; repeatable (default: class, module and dominator). site: which lines allocate.",
        ),
    ] = None,
    path: Annotated[
        str | None,
        typer.Option(
            "--path",
            metavar="OBJECT",
            help="Why an object is alive: its id, or `largest` for what retains most.",
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Rows of each table.")] = 12,
    scope: Annotated[
        Scope | None,
        typer.Option(
            "--scope",
            help="image: what was loaded (default without --input); event: what the event allocated (default with it); "
            "all: both, and what every isolate has.",
        ),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Show the guest's own objects, not joined to those of the rules.")
    ] = False,
    graph: Annotated[
        bool, typer.Option("--graph", help="With --format json: every object and its references.")
    ] = False,
    form: Annotated[
        Format, typer.Option("--format", help="table, json, dot (for Graphviz) or svg (a treemap).")
    ] = Format.TABLE,
    output_file: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Where it goes; - is standard output.")
    ] = STANDARD_STREAM,
    functions: FunctionsOption = None,
    fuel: FuelOption = None,
    memory: MemoryOption = None,
    deadline: DeadlineOption = None,
) -> None:
    """Show what is alive in a loaded bundle, or while it decides an event: by class, module and site, and why.

    Example: ringfence heap gateway --input events.jsonl --at peak --format svg --output heap.svg

    Exit status: 0 the heap was shown, 1 an event ended in an error (the heap is shown), 2 wrong usage or a bundle that does
    not load.
    """
    limits = limits_from(fuel, memory, deadline)
    moment = _moment(at)
    events = None if input_file is None else events_of(input_file, event)
    sites = By.SITE in (by or ())
    if input_file is None and sites:
        fail("--by site needs events: sites are recorded while one is decided; give --input FILE")
    if input_file is None and (event is not None or moment != END or session):
        fail("--event, --at and --session need events: give --input FILE")
    if graph and form is not Format.JSON:
        fail("--graph lists every object, for programs to read: give --format json with it")
    if session and (sites or moment != END):
        fail("--session shows the state between events: leave --at and --by site out")
    with interruptible(), quiet_broken_pipe():
        with usage_errors(), _loaded(bundle, limits, functions) as rules:
            if session and events is not None:
                found = _state(rules, events, scope, raw)
            else:
                last = events[-1] if events else None
                found = rules.heap(last, at=moment, scope=scope, raw=raw, sites=sites)
            write_text(output_file, _rendered(found, form, by, path, top, graph, str(bundle), output_file))
        if found.error is not None:
            say(describe(found.error))
            say_advice([found.error.kind])
            raise typer.Exit(FAILED)


def _loaded(bundle: Path, limits: Limits, functions: Path | None) -> RuleSet:
    return Runtime().load(bundle, limits=limits, functions=provided_functions(functions))


def _moment(text: str) -> str | int:
    if text in (END, PEAK):
        return text
    if text.isdecimal():
        return int(text)
    fail(f"--at is end, peak or a number of units of fuel, not {text!r}")


def _state(rules: RuleSet, events: list[bytes], scope: Scope | None, raw: bool) -> Heap:
    """The heap of a session that has decided these events; an event's error is told and does not end it."""
    with rules.session() as session:
        decisions = list(session.evaluate_batch(events))
        found = session.heap(scope=scope or Scope.EVENT, raw=raw)
    found.error = next((decision.error for decision in reversed(decisions) if decision.error), None)
    return found


def _identity(heap: Heap, text: str) -> int:
    """The id that `--path` names."""
    if text == LARGEST:
        if not heap.objects:
            fail("the heap has no objects")
        return heap.objects[0].id
    try:
        return int(text, 16)
    except ValueError:
        fail(f"--path is an id such as 0x2d2270, or `{LARGEST}`, not {text!r}")


def _rendered(
    heap: Heap,
    form: Format,
    by: list[By] | None,
    path: str | None,
    top: int,
    graph: bool,
    title: str,
    output_file: str,
) -> str:
    steps = None if path is None else heap.path(_identity(heap, path))
    match form:
        case Format.JSON:
            return json.dumps(as_document(heap, top=top, path=steps, graph=graph), indent=1) + "\n"
        case Format.DOT:
            return heap.to_dot()
        case Format.SVG:
            return heap.to_svg(title)
    terminal = output_file == STANDARD_STREAM and sys.stdout.isatty()
    console = Console(width=None if terminal else TABLE_WIDTH, highlight=False, force_terminal=terminal)
    with console.capture() as captured:
        if steps is not None:
            print_path(console, steps)
        else:
            print_heap(console, heap, by or (By.CLASS, By.MODULE, By.DOMINATOR), top)
    return captured.get()
