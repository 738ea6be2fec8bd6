"""Runs the Starlark of a rule bundle as Python: a second opinion about what a bundle decides.

The rules of the templates are written in the part of Starlark that is Python too, so Python's own interpreter, with
ringfence's built-ins imitated by a few lines each, is a reference that shares nothing with the engine. Used by the
tests of the templates; trusted sources only.
"""

from __future__ import annotations

import ipaddress
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any


class Record(dict[str, Any]):
    """An event's object: a dict whose keys are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Networks:
    """What `cidr(...)` gives: a set of networks that knows its members."""

    def __init__(self, *networks: str) -> None:
        self.networks = [ipaddress.ip_network(network) for network in networks]

    def __contains__(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self.networks)


@dataclass
class Rule:
    name: str
    priority: int
    when: Callable[[Record], bool] | None
    then: Any


class PythonBundle:
    """A bundle with the hit policy `first`, executed by Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: dict[str, dict[str, Any]] = {}
        self.declared: list[Rule] = []
        settings = tomllib.loads((folder / "bundle.toml").read_text())["bundle"]
        self.default = settings.get("default")
        self.module(settings.get("entry", "main.star"))
        self.rules = sorted(self.declared, key=lambda rule: -rule.priority)  # stable: ties keep their order

    def module(self, path: str) -> dict[str, Any]:
        if path not in self.modules:
            names: dict[str, Any] = {
                "rule": self.rule,
                "data": self.data,
                "ip": ipaddress.ip_address,
                "cidr": Networks,
            }
            names["load"] = partial(self.load, names)
            source = (self.folder / path).read_text()
            exec(compile(source, path, "exec"), names)
            self.modules[path] = names
        return self.modules[path]

    def load(self, into: dict[str, Any], path: str, *names: str, **aliases: str) -> None:
        exports = self.module(path)
        into.update(
            {name: exports[name] for name in names} | {new: exports[old] for new, old in aliases.items()}
        )

    def data(self, path: str) -> Any:
        return json.loads((self.folder / "data" / path).read_text())

    def rule(self, name: str, when: Any = None, then: Any = None, priority: int = 0) -> None:
        self.declared.append(Rule(name, priority, when, then))

    def decide(self, line: bytes) -> tuple[Any, str | None]:
        """The decision for one JSON event, and the name of the rule that made it."""
        event = json.loads(line, object_hook=Record)
        for rule in self.rules:
            if rule.when is None or rule.when(event):
                return (rule.then(event) if callable(rule.then) else rule.then), rule.name
        return self.default, None
