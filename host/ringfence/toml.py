"""Writes values as TOML, which the standard library only reads. `manifest.py` writes a bundle's manifest with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_table(name: str, values: Mapping[str, Any]) -> str:
    """A table with its heading, a key to a line; nothing when it is empty."""
    if not values:
        return ""
    return f"[{name}]\n" + "".join(
        f"{toml_string(key)} = {toml_value(value)}\n" for key, value in values.items()
    )


def toml_value(value: Any) -> str:
    """What JSON can say, as TOML on one line. TOML has no null: it is written so, and no reader takes it."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{toml_string(key)} = {toml_value(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(value)


def toml_string(text: str) -> str:
    """A basic string. JSON's escapes are TOML's, but for DEL, which TOML wants escaped and JSON does not."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
