"""One class for each engine that is measured: how it loads rules, decides events and calls a function.

Each uses its library's public interface as that library's documentation shows it. An engine that is not installed is left
out. To add one, subclass `Engine` and put it into `ENGINES`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
from collections.abc import Callable
from types import CodeType
from typing import Any

from . import languages, programs
from .workload import DEFAULT, Rule

FUEL = 10**11  # measurements are not about limits, but ringfence always has some
DEADLINE = 60.0  # seconds


class Engine:
    """Loads a set of rules, then decides events given as JSON."""

    name: str
    package: str | None = None  # what must be installed; None for Python itself
    isolation: str  # what keeps a rule away from its host

    def load(self, rules: list[Rule]) -> None:
        """Everything up to being ready for the first event; what can be compiled once is compiled here."""
        raise NotImplementedError

    def fresh(self) -> object:
        """A new isolate of the loaded rules, ready to decide; the caller drops it."""
        raise NotImplementedError

    def one(self, event: bytes) -> str:
        raise NotImplementedError

    def batch(self, events: list[bytes]) -> list[str]:
        return [self.one(event) for event in events]

    def function(self, name: str) -> Callable[[int | str], int]:
        """A function of the compute programs."""
        raise NotImplementedError

    @classmethod
    def version(cls) -> str | None:
        """The installed version; None if it is not installed."""
        if cls.package is None:
            return ""
        try:
            return importlib.metadata.version(cls.package)
        except importlib.metadata.PackageNotFoundError:
            return None


class Python(Engine):
    """Python functions in the host's own interpreter: no isolation, and the yardstick for everything else."""

    name = "Python functions, json.loads"
    isolation = "none"
    decode: Callable[[bytes], Any] = staticmethod(json.loads)
    code: CodeType
    decide: Callable[[Any], str]

    def load(self, rules: list[Rule]) -> None:
        self.code = compile(languages.python(rules), "rules", "exec")
        self.decide = self.fresh()

    def fresh(self) -> Callable[[Any], str]:
        names: dict[str, Any] = {}
        exec(self.code, names)
        decide: Callable[[Any], str] = names["decide"]
        return decide

    def one(self, event: bytes) -> str:
        return self.decide(self.decode(event))

    def function(self, name: str) -> Callable[[int | str], int]:
        names: dict[str, Any] = {}
        exec(programs.PYTHON, names)
        function: Callable[[int | str], int] = names[name]
        return function


class PythonOrjson(Python):
    name = "Python functions, orjson"
    package = "orjson"

    def load(self, rules: list[Rule]) -> None:
        self.decode = importlib.import_module("orjson").loads
        super().load(rules)


class Ringfence(Engine):
    name = "ringfence"
    package = "ringfence"
    isolation = "WebAssembly instance"

    def __init__(self) -> None:
        import ringfence

        self.library = ringfence
        self.runtime = ringfence.Runtime()
        self.limits = ringfence.Limits(fuel=FUEL, memory="256MiB", deadline=DEADLINE)

    def load(self, rules: list[Rule]) -> None:
        bundle = self.library.Bundle.from_sources({"main.star": languages.bundle(rules)}, default=DEFAULT)
        self.rules = self.runtime.load(bundle, limits=self.limits)

    def fresh(self) -> object:
        return self.rules.isolate()

    def one(self, event: bytes) -> str:
        decision: str = self.rules.evaluate(event).decision
        return decision

    def batch(self, events: list[bytes]) -> list[str]:
        return [result.decision for result in self.rules.evaluate_batch(events, workers=1)]

    def function(self, name: str) -> Callable[[int | str], int]:
        source = programs.PYTHON + f'def decide(event):\n    return {name}(event["argument"])\n'
        bundle = self.library.Bundle.from_sources({"main.star": source}, options=["recursion"])
        rules = self.runtime.load(bundle, limits=self.limits)
        return lambda argument: rules.evaluate({"argument": argument}).decision


class StarlarkRust(Engine):
    name = "starlark-pyo3"
    package = "starlark-pyo3"
    isolation = "own heap, no limits"

    def __init__(self) -> None:
        self.library = importlib.import_module("starlark")
        self.globals = self.library.Globals.extended_by([self.library.LibraryExtension.Json])

    def load(self, rules: list[Rule]) -> None:
        self.tree = self.library.parse("rules.star", languages.starlark(rules))
        self.module = self.fresh()

    def fresh(self) -> Any:
        return self.run(self.tree)

    def run(self, tree: Any) -> Any:
        module = self.library.Module()
        self.library.eval(module, tree, self.globals)
        return module.freeze()

    def one(self, event: bytes) -> str:
        decision: str = self.module.call("one", event.decode())
        return decision

    def batch(self, events: list[bytes]) -> list[str]:
        decisions: list[str] = self.module.call("batch", f"[{b','.join(events).decode()}]")
        return decisions

    def function(self, name: str) -> Callable[[int | str], int]:
        module = self.run(self.library.parse("programs.star", programs.PYTHON))
        return lambda argument: module.call(name, argument)


class QuickJS(Engine):
    name = "quickjs"
    package = "quickjs"
    isolation = "own heap, in-process C"

    def __init__(self) -> None:
        self.library = importlib.import_module("quickjs")

    def load(self, rules: list[Rule]) -> None:
        self.source = languages.javascript(rules)
        self.context = self.fresh()
        self.call_one, self.call_batch = self.context.get("one"), self.context.get("batch")

    def fresh(self) -> Any:
        context = self.library.Context()
        context.eval(self.source)
        return context

    def one(self, event: bytes) -> str:
        decision: str = self.call_one(event.decode())
        return decision

    def batch(self, events: list[bytes]) -> list[str]:
        decisions: list[str] = self.call_batch(f"[{b','.join(events).decode()}]").split("\n")
        return decisions

    def function(self, name: str) -> Callable[[int | str], int]:
        context = self.library.Context()
        context.eval(programs.JAVASCRIPT)
        function = context.get(name)
        return lambda argument: int(function(argument))


class Lua(Engine):
    """Lua has no JSON decoder of its own: Python decodes, and lupa makes tables of the result."""

    name = "lupa (Lua 5.4)"
    package = "lupa"
    isolation = "own heap, in-process C"

    def __init__(self) -> None:
        self.library = importlib.import_module("lupa.lua54")

    def load(self, rules: list[Rule]) -> None:
        self.source = languages.lua(rules)
        self.state = self.fresh()
        self.decide = self.state.globals().decide

    def fresh(self) -> Any:
        state = self.library.LuaRuntime(register_eval=False, register_builtins=False)
        state.execute(self.source)
        return state

    def one(self, event: bytes) -> str:
        decision: str = self.decide(self.state.table_from(json.loads(event), recursive=True))
        return decision

    def function(self, name: str) -> Callable[[int | str], int]:
        state = self.library.LuaRuntime(register_eval=False, register_builtins=False)
        state.execute(programs.LUA)
        function: Callable[[int | str], int] = state.globals()[name]
        return function


ENGINES: dict[str, type[Engine]] = {
    "python": Python,
    "orjson": PythonOrjson,
    "ringfence": Ringfence,
    "starlark": StarlarkRust,
    "quickjs": QuickJS,
    "lua": Lua,
}
"""By the short names that the command line knows. The first is the yardstick."""
