"""How subcommands answer wrong usage: with the usage line, the example from their help, and what to do next.

The option parser below typer says what is wrong in its own words; here they become a user's. All subcommands use this.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from typer.core import TyperCommand

EXAMPLE = "Example: "

_WORDS = (
    (re.compile(r"^Value error, "), ""),
    (re.compile(r"^Input should be a valid integer.*"), "write a whole number, such as 1000, without a unit"),
    (re.compile(r"^Input should be a valid number.*"), "write a number, such as 2.5, without a unit"),
    (re.compile(r"^Input should be greater than or equal to (\S+)"), r"the least is \1"),
    (re.compile(r"^Input should be less than or equal to (\S+)"), r"the most is \1"),
)
"""What newer versions of typer say of values, and what users can read."""

_CHOICE = re.compile(r"^'(.*)' is not one of ('.*')\.?$")
_EXTRA = "Got unexpected extra argument"
_NAMED_FILES = {
    "--input": "events are given as --input FILE",
    "--key": "the key is given as --key KEY",
}


class ExampleCommand(TyperCommand):
    """A subcommand whose help has a line that begins with `Example: `."""

    def get_usage(self, ctx: Any) -> str:
        """What stands above a usage error; `--help` is put together without this.

        `ctx` is click's context, whose class is typer's own in newer versions of it and click's in older ones.
        """
        lines = [line.strip() for line in (self.help or "").splitlines()]
        examples = [line for line in lines if line.startswith(EXAMPLE)]
        return "\n".join([super().get_usage(ctx), *examples])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments by their parameters, as `TyperCommand` finds them."""
        try:
            return super().parse_args(ctx, args)
        except Exception as failure:
            # Of the parser's own classes, which are others in other versions of typer: known by what they carry.
            if isinstance(message := getattr(failure, "message", None), str):
                failure.message = self._advised(ctx, failure, message)  # type: ignore[attr-defined]
                if getattr(failure, "ctx", ctx) is None:
                    failure.ctx = ctx  # type: ignore[attr-defined]
            raise

    def _advised(self, ctx: Any, failure: Exception, message: str) -> str:
        """The message of a usage error with what to do next."""
        for said, meant in _WORDS:
            message = said.sub(meant, message)
        own = _options(self)
        if choice := _CHOICE.match(message):
            near = difflib.get_close_matches(choice[1], re.findall(r"'(.*?)'", choice[2]), n=1)
            return f"{message.rstrip('.')}" + (f". Did you mean {near[0]!r}?" if near else "")
        if message.startswith(_EXTRA):
            ways = [way for name, way in _NAMED_FILES.items() if name in own]
            return "; ".join([message.rstrip("."), *ways[:1]])
        option = getattr(failure, "option_name", None)
        if option is not None and option not in own and not getattr(failure, "possibilities", None):
            commands = getattr(getattr(ctx.parent, "command", None), "commands", {})
            owners = [name for name, command in commands.items() if option in _options(command)]
            if owners:
                return f"{message.rstrip('.')}; it is one of {', '.join(f'`ringfence {name}`' for name in owners)}"
        return message


def _options(command: Any) -> set[str]:
    """The options of a command, in all their spellings."""
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
