"""`ringfence explain`: for one event which rules were tried, what each cost, and why it did or did not match."""

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
    interruptible,
    limits_from,
    quiet_broken_pipe,
    say_advice,
    time_option,
    usage_errors,
)
from ringfence.cli.events import events_of, write_text
from ringfence.cli.functions import FunctionsOption, provided_functions
from ringfence.cli.streams import STANDARD_STREAM
from ringfence.explain.explanation import Explanation
from ringfence.explain.page import as_page
from ringfence.explain.text import print_explanation
from ringfence.limits import Limits
from ringfence.ruleset import RuleSet
from ringfence.runtime import Runtime

WHOLE_LINES = 1000
"""Columns of a text that goes to a file or a pipe: its readers wrap lines, or search them."""


class Format(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def explain(
    bundle: Annotated[Path, typer.Argument(help=BUNDLE_HELP, metavar="BUNDLE")],
    input_file: Annotated[
        str,
        typer.Option("--input", metavar="FILE", help="Events, one JSON object a line; - is standard input."),
    ] = STANDARD_STREAM,
    event: Annotated[
        int, typer.Option("--event", metavar="N", min=1, help="Which event of the input, from 1.")
    ] = 1,
    form: Annotated[
        Format, typer.Option("--format", help="text (a tree), json, or html (one page without scripts).")
    ] = Format.TEXT,
    output_file: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Where it goes; - is standard output.")
    ] = STANDARD_STREAM,
    now: Annotated[
        float | None,
        typer.Option(
            "--now",
            metavar="TIME",
            parser=time_option,
            help="The event's time, for time.now() and the rules' periods: like 2026-01-31T09:00:00Z.",
        ),
    ] = None,
    functions: FunctionsOption = None,
    fuel: FuelOption = None,
    memory: MemoryOption = None,
    deadline: DeadlineOption = None,
) -> None:
    """Explain one event: which rules were tried, what each cost, and the values that made it match or not.

    Example: ringfence explain gateway --input events.jsonl --event 3

    Exit status: 0 the event was decided, 1 it ended in an error (which is explained), 2 wrong usage or a bundle that does
    not load.
    """
    limits = limits_from(fuel, memory, deadline)
    chosen = events_of(input_file, event)[event - 1]
    with interruptible(), quiet_broken_pipe():
        with usage_errors(), _loaded(bundle, limits, functions) as rules:
            explanation = rules.explain(chosen, now)
        write_text(output_file, _rendered(explanation, form, f"{bundle.name}, event {event}", output_file))
    if explanation.error is not None:
        say_advice([explanation.error.kind])
        raise typer.Exit(FAILED)


def _loaded(bundle: Path, limits: Limits, functions: Path | None) -> RuleSet:
    return Runtime().load(bundle, limits=limits, functions=provided_functions(functions))


def _rendered(explanation: Explanation, form: Format, title: str, output_file: str) -> str:
    match form:
        case Format.JSON:
            return json.dumps(explanation.as_json(), indent=1) + "\n"
        case Format.HTML:
            return as_page(explanation, title)
    is_terminal = output_file == STANDARD_STREAM and sys.stdout.isatty()
    console = Console(width=None if is_terminal else WHOLE_LINES, highlight=False, force_terminal=is_terminal)
    with console.capture() as captured:
        print_explanation(console, explanation)
    return captured.get()
