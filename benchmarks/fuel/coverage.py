"""What there is to try, as the runtime itself tells it: every built-in of the universe, every method and attribute of every type.

Reads the universe out of the base image's memory and asks `dir` for the rest, so that something new without a case is noticed.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable
from pathlib import Path

import ringfence
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from ringfence.limits import Budget

from .case import Case, SourceCase

GUEST = Path(__file__).parents[2] / "guest"
UNIVERSE = "guest.values.universe.universe"

# An expression of each type that has methods or attributes.
INSTANCES = {
    "str": '""',
    "list": "[]",
    "dict": "{}",
    "set": "set()",
    "bytes": 'b""',
    "ip": 'ip("10.0.0.1")',
    "cidr": 'cidr("10.0.0.0/8")',
    "cidr_table": "cidr_table({})",
    "host": "host()",
    "host_table": "host_table({})",
    "path": 'path("/")',
    "route_table": "route_table({})",
    "regex": 'regex("a")',
    "glob": 'glob("a")',
    "url": 'url("http://a/")',
    "weakref": "weakref([])",
    "weakmap": "weakmap()",
    "time.time": "time.from_timestamp(0)",
    "time.duration": "time.second",
}
# Only bundles have these.
NOT_IN_PROGRAMS = {"rule", "data"}
"""They work while a bundle loads, once for each in its source."""
OF_THE_HOST = {"host_function"}
"""Types of what a host gives to a bundle: a call's time is the host's, and its arguments are written as `json.encode` does."""
BUILTIN = "builtin_function_or_method"
CONSTANTS = {"None", "True", "False", "args"}


def universal_names(engine: Engine) -> list[str]:
    """The names that every program knows, read from the universe's dict in memory (`guest/values/dict.py` draws it)."""
    isolate = Isolate(engine, engine.base, Budget(10**6, 16 << 20, 10.0))
    memory = bytes(isolate.memory())
    isolate.close()

    def word(address: int) -> int:
        value: int = struct.unpack_from("<I", memory, address)[0]
        return value

    universe = word(engine.guest.layout.address(UNIVERSE))
    used, entries = word(universe + 12), word(universe + 24)
    names = []
    for position in range(used):
        key = word(entries + 8 + 16 * position)
        names.append(memory[key + 16 : key + 16 + word(key)].decode())
    # Names without a text are those that only the prelude knows.
    return [name for name in names if name]


def what_there_is(engine: Engine) -> list[str]:
    """`len()` for a built-in, `json.encode()` for a member of a module, `str.find` for a method or an attribute."""
    runtime = ringfence.Runtime()
    names = [name for name in universal_names(engine) if name not in CONSTANTS | NOT_IN_PROGRAMS]
    asked = "\n".join(f'print("{name}", type({name}), *dir({name}))' for name in names)
    found = []
    members = []
    for line in runtime.execute(asked).stdout.splitlines():
        name, kind, *listed = line.split()
        if kind == "module":
            members += [f"{name}.{member}" for member in listed]
        else:
            found.append(f"{name}()")
    asked = "\n".join(f'print("{member}", type({member}))' for member in members)
    for line in runtime.execute(asked).stdout.splitlines():
        member, kind = line.split()
        if kind == BUILTIN:
            found.append(f"{member}()")
    for kind, expression in INSTANCES.items():
        listed = runtime.execute(f"print(*dir({expression}))").stdout.split()
        found += [f"{kind}.{member}" for member in listed]
    return found


def types_without_an_instance() -> list[str]:
    """Types for which the library registers methods or attributes, but `INSTANCES` has no value."""
    registered = re.compile(r'@registered\("(?:method|attribute)", "([\w.]+)\.\w')
    sources = (path.read_text(encoding="utf-8") for path in GUEST.rglob("*.py"))
    kinds = {kind for source in sources for kind in registered.findall(source)}
    return sorted(kinds - set(INSTANCES) - OF_THE_HOST)


def missing(engine: Engine, cases: Iterable[Case | SourceCase]) -> list[str]:
    """What no case covers."""
    covered = {case.covers for case in cases}
    there = what_there_is(engine)
    return [name for name in there if name not in covered] + [
        f"an instance of {kind}" for kind in types_without_an_instance()
    ]


def as_json(names: list[str]) -> str:
    """For messages."""
    return json.dumps(names)
