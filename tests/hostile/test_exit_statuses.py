"""`ringfence exec` ends with the documented status whatever the program does, and never shows a traceback of Python.

In this process, through the command's own entry: a process for each program would take a minute.
"""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from ringfence.cli.app import app
from ringfence.cli.exec import EXIT_STATUS
from tests.hostile.harness import Program, all_programs
from tests.hostile.test_sources import FINE_OR_REFUSED, REFUSED

FINISHED = 0
STATUSES = {"ok": FINISHED, **EXIT_STATUS}
CALLS = "\n\nprint(type(attack({})))\n"
OF_BUNDLES = ("decision_", "event_", "int_digits", "state_")
"""Programs whose attack is on what a bundle has and a program has not: a decision, a frozen event, state between events."""
LIMITS = ["--fuel", "5000000", "--memory", "16MiB", "--deadline", "2s"]


def executed(source: str, *options: str) -> tuple[int, str]:
    """The status and standard error of `ringfence exec -`."""
    result = CliRunner().invoke(app, ["exec", "-", *options], input=source.encode(errors="surrogateescape"))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr


@pytest.mark.parametrize("program", all_programs(), ids=lambda program: program.name)
def test_hostile_programs(program: Program) -> None:
    options = [word for name in program.options for word in ("--option", name)]
    limits = ["--fuel", str(program.fuel), "--memory", program.memory, "--deadline", program.deadline]
    status, errors = executed(program.source + CALLS, *options, *limits)
    allowed = {STATUSES[kind] for kind in program.expected}
    if program.name.startswith(OF_BUNDLES) or program.name.endswith("_decision"):
        allowed.add(FINISHED)
    assert status in allowed, errors
    assert (status == FINISHED) == (not errors)


@pytest.mark.parametrize("name", [*REFUSED, *FINE_OR_REFUSED])
def test_hostile_sources(name: str) -> None:
    source = REFUSED.get(name) or FINE_OR_REFUSED[name]
    status, errors = executed(source, *LIMITS)
    limits = {STATUSES[kind] for kind in ("rule", "fuel", "memory", "deadline")}
    assert status in (limits if name in REFUSED else {FINISHED, *limits}), errors
    assert (status == FINISHED) == (not errors)
