"""How subcommands answer wrong usage: with the usage line, and with the example from their help."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

EXAMPLE = "Example: "


class ExampleCommand(TyperCommand):
    """A subcommand whose help has a line that begins with `Example: `."""

    def get_usage(self, ctx: Any) -> str:
        """What stands above a usage error; `--help` is put together without this.

        `ctx` is click's context, whose class is typer's own in newer versions of it and click's in older ones.
        """
        lines = [line.strip() for line in (self.help or "").splitlines()]
        examples = [line for line in lines if line.startswith(EXAMPLE)]
        return "\n".join([super().get_usage(ctx), *examples])
