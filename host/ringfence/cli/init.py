"""`ringfence init`: a new bundle from a template of the package."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.common import fail, say
from ringfence.sample_events import gateway_events
from ringfence.sample_payments import payment_events
from ringfence.sample_questions import flag_events

EVENTS_FILE = "events.jsonl"


class Template(StrEnum):
    """What a new bundle starts from."""

    GATEWAY = "gateway"
    FRAUD = "fraud"
    FLAGS = "flags"
    MINIMAL = "minimal"


SAMPLES: dict[Template, Callable[[], Iterator[bytes]]] = {
    Template.GATEWAY: gateway_events,
    Template.FRAUD: payment_events,
    Template.FLAGS: flag_events,
}
"""The events of a template that are made when they are needed; those of `minimal` are a file of it."""


def init(
    directory: Annotated[Path, typer.Argument(help="The folder to make.", metavar="DIR")],
    template: Annotated[
        Template,
        typer.Option(
            "--template",
            help="gateway: routes, denials and redirects. fraud: signals with points that add up. flags: rollouts and "
            "experiments. minimal: one rule.",
        ),
    ] = Template.GATEWAY,
) -> None:
    """Make a new bundle from a template, with rules, events, tests and a README that explains it.

    Example: ringfence init my-flags --template flags

    Exit status: 0 the folder was made, 2 wrong usage, or it cannot be written.
    """
    if directory.exists() and not directory.is_dir():
        fail(f"{str(directory)!r} is a file; give the name of a new folder")
    if directory.is_dir() and any(directory.iterdir()):
        fail(f"{str(directory)!r} exists and is not empty; give the name of a new folder")
    try:
        shutil.copytree(template_folder(template), directory, dirs_exist_ok=True)
        if template in SAMPLES:
            (directory / EVENTS_FILE).write_bytes(b"".join(event + b"\n" for event in SAMPLES[template]()))
    except OSError as failure:
        fail(f"{str(directory)!r} cannot be made: {failure.strerror}; give a folder that you may write to")
    say(
        f"made {directory} from the template {template!s}; next: read {directory / 'README.md'}, then\n"
        f"    ringfence check {directory}\n"
        f"    ringfence test {directory}\n"
        f"    ringfence run {directory} --input {directory / EVENTS_FILE}"
    )


def template_folder(template: Template) -> Path:
    """Where the package has a template."""
    return Path(str(resources.files("ringfence"))) / "templates" / template
