"""`ringfence repl`: a conversation in the rule language, with a bundle's modules loaded if one is given."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

import ringfence
from ringfence.bundle import Bundle
from ringfence.cli.common import (
    FAILED,
    describe,
    dialect_options,
    duration_option,
    limits_from,
    quiet_broken_pipe,
    say,
    size_option,
    usage_errors,
)
from ringfence.cli.functions import FunctionsOption, provided_functions
from ringfence.functions import Functions
from ringfence.limits import Limits, format_size, parse_size
from ringfence.repl.completion import Completer
from ringfence.repl.console import Console
from ringfence.repl.conversation import Conversation
from ringfence.repl.terminal import history_file, line_editor, standard_input


def repl(
    bundle: Annotated[
        Path | None,
        typer.Argument(
            help="A bundle, whose modules are loaded: its folder or a packed file.", metavar="BUNDLE"
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME",
            help="A dialect option, besides the bundle's: set, while, recursion. Repeatable.",
        ),
    ] = None,
    functions: FunctionsOption = None,
    fuel: Annotated[
        int | None, typer.Option("--fuel", metavar="N", help="Units of fuel for each input (default 10^9).")
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            "--memory", metavar="SIZE", parser=size_option, help="Memory for all of them (default 256MiB)."
        ),
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option(
            "--deadline",
            metavar="DURATION",
            parser=duration_option,
            help="Time for each input (default 10s).",
        ),
    ] = None,
) -> None:
    """Try the language and a bundle's modules line by line, in the sandbox: every input runs under limits.

    Example: ringfence repl gateway

    Type :help for what there is besides the language. Lines may come from a file as well: ringfence repl gateway < lines.star

    Exit status: 0; 1 if the input is no terminal and some of it failed; 2 wrong usage or a bundle that does not load.
    """
    limits = limits_from(fuel, memory, deadline)
    options = dialect_options(option)
    provided = provided_functions(functions)
    source = standard_input()
    with quiet_broken_pipe():
        with usage_errors():
            conversation = _conversation(bundle, options, limits, provided)
        with conversation:
            console = Console(conversation, source, sys.stdout, say, describe)
            with _interrupting(console):
                if source.is_terminal:
                    say(_greeting(bundle, conversation))
                    with line_editor(Completer(conversation), history_file()):
                        console.talk()
                else:
                    console.talk()
    if console.failures and not source.is_terminal:
        raise typer.Exit(FAILED)


def _conversation(
    path: Path | None, options: tuple[str, ...], limits: Limits, functions: Functions
) -> Conversation:
    bundle = Bundle.from_path(path) if path is not None else None
    return Conversation(bundle, options=options, limits=limits, functions=functions)


def _greeting(bundle: Path | None, conversation: Conversation) -> str:
    limits = conversation.limits
    what = f" with {bundle}" if bundle is not None else ""
    memory = format_size(parse_size(limits.memory)) if limits.memory is not None else "?"
    return (
        f"ringfence {ringfence.__version__}{what}. Each input: {limits.fuel:,} units of fuel, {limits.deadline:g} s; "
        f"{memory} in all. :help for help."
    )


@contextlib.contextmanager
def _interrupting(console: Console) -> Iterator[None]:
    """Give Ctrl-C to the console."""
    previous = signal.signal(signal.SIGINT, lambda _signal, _frame: console.interrupt())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
