"""`ringfence init`: a new bundle from a template of the package."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.common import fail, say
from ringfence.sample_events import gateway_events

DEFAULT_TEMPLATE = "gateway"
EVENTS_FILE = "events.jsonl"


def init(
    directory: Annotated[Path, typer.Argument(help="The folder to make.", metavar="DIR")],
    template: Annotated[
        str, typer.Option("--template", metavar="NAME", help="What to start from: gateway.")
    ] = DEFAULT_TEMPLATE,
) -> None:
    """Make a new bundle from a template, with rules, events and tests.

    Example: ringfence init my-gateway --template gateway
    """
    templates = Path(str(resources.files("ringfence"))) / "templates"
    known = sorted(path.name for path in templates.iterdir() if path.is_dir())
    if template not in known:
        fail(f"there is no template {template!r}; known are: {', '.join(known)}")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        fail(f"{str(directory)!r} exists and is not empty; give the name of a new folder")
    try:
        shutil.copytree(templates / template, directory, dirs_exist_ok=True)
        (directory / EVENTS_FILE).write_bytes(b"".join(event + b"\n" for event in gateway_events()))
    except OSError as failure:
        fail(f"{str(directory)!r} cannot be written: {failure.strerror}")
    say(
        f"made {directory} from the template {template!r}; next: ringfence run {directory} --input {directory / EVENTS_FILE}"
    )
