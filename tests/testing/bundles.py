"""A small bundle whose own tests are run, and the command that runs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from ringfence.cli.app import app

MANIFEST = '[bundle]\nname = "doors"\nversion = "1.0"\ndefault = "open"\n'
RULES = """
rule("broken", when = lambda e: e.door == "broken", then = lambda e: fail("no such door"))
rule("night", when = lambda e: is_night(e.hour), then = {"state": "locked", "why": "night"})
rule("fire", when = lambda e: e.get("fire", False), then = "open wide")

def is_night(hour):
    return hour < 6 or hour >= 22
"""


def make_bundle(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the doors' bundle with these files besides (or instead)."""
    for path, content in {"bundle.toml": MANIFEST, "main.star": RULES, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    return folder


def lines(*tests: Mapping[str, Any]) -> str:
    """Tests as JSON Lines."""
    return "".join(json.dumps(test) + "\n" for test in tests)


def command(*arguments: object) -> Result:
    """Run `ringfence` in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])
