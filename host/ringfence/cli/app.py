"""The typer application: every subcommand under its name, and the entry point of the package."""

from __future__ import annotations

from typing import Annotated

import typer

from ringfence.cli.bench import bench
from ringfence.cli.check import check
from ringfence.cli.command import ExampleCommand
from ringfence.cli.exec import exec_program
from ringfence.cli.explain import explain
from ringfence.cli.fmt import fmt
from ringfence.cli.heap import heap
from ringfence.cli.init import init
from ringfence.cli.inspect import inspect
from ringfence.cli.pack import pack
from ringfence.cli.repl import repl
from ringfence.cli.replay import replay
from ringfence.cli.run import run
from ringfence.cli.serve import serve
from ringfence.cli.sign import sign
from ringfence.cli.test import test
from ringfence.cli.verify import verify
from ringfence.cli.version import version

app = typer.Typer(
    name="ringfence",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for name, command in (
    ("init", init),
    ("check", check),
    ("test", test),
    ("run", run),
    ("explain", explain),
    ("fmt", fmt),
    ("bench", bench),
    ("heap", heap),
    ("repl", repl),
    ("pack", pack),
    ("inspect", inspect),
    ("sign", sign),
    ("verify", verify),
    ("serve", serve),
    ("replay", replay),
    ("exec", exec_program),
    ("version", version),
):
    app.command(name, cls=ExampleCommand)(command)


def _show_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def root(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Show the versions and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Run untrusted rule bundles in a WebAssembly sandbox, under limits of fuel, memory and time.

    Begin with `ringfence init my-rules`, which makes a bundle to change. Then `check` finds mistakes, `test` runs its tests,
    `run` decides events, `explain` says why; `pack`, `sign` and `verify` are for sending it. `ringfence COMMAND --help` has an
    example.
    """


def main() -> None:
    """What the `ringfence` script calls."""
    app()
