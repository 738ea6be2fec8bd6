"""Python's side of the calls of built-ins: binds arguments as the machine does, calls, reads the result.

`Caller().method("abc", "find", "c")` and `Caller().builtin("max", 1, 2)` give the result as a Python value; a failure
raises `GuestFailure` with the guest's message. It extends the stack calculator of `tests/values/`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import wasmtime

from guest.compiler.build import Guest, compile_guest
from tests.stress import gc_stress
from tests.values import calculator
from tests.values.calculator import KINDS, Calculator, GuestFailure, Op, parse

GUEST = Path(__file__).parent / "guests" / "caller.py"
TYPES = {str: "str", list: "list", dict: "dict"}


class Omitted:
    """An argument that was not given."""


OMITTED = Omitted()


@functools.cache
def compiled() -> tuple[Guest, wasmtime.Engine, wasmtime.Module]:
    """The guest, compiled once for all tests."""
    extra = {"calculator": calculator.GUEST, "caller": GUEST}
    guest = compile_guest(calculator.ROOT, extra=extra, only=["caller"], debug=gc_stress())
    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.max_wasm_stack = 256 * 1024
    engine = wasmtime.Engine(config)
    return guest, engine, wasmtime.Module(engine, wasmtime.wat2wasm(guest.text))


class Caller(Calculator):
    """An instance of the test guest."""

    def __init__(self, *, stress: bool = False) -> None:
        super().__init__(stress=stress)
        self.call("prepare_library")
        self.methods = self._signatures(1)
        self.builtins = self._signatures(0)

    def compiled(self) -> tuple[Guest, wasmtime.Engine, wasmtime.Module]:
        """The calculator with the library."""
        return compiled()

    def _signatures(self, methods: int) -> dict[str, tuple[int, list[str]]]:
        """Number and parameters of everything that is registered, by name (`str.find`, `len`)."""
        signatures: dict[str, tuple[int, list[str]]] = {}
        number = 0
        while size := self.call("describe", methods, number):
            address = self.get("caller.text_address")
            text = bytes(self.memory.read(self.store, address, address + size)).decode()
            name, _, parameters = text.removesuffix(")").partition("(")
            signatures[name] = (number, [p.strip() for p in parameters.split(",") if p.strip()])
            number += 1
        return signatures

    def push(self, value: Any) -> Any:
        """Push a Python value, or nothing for an omitted argument."""
        if isinstance(value, Omitted):
            self.call("push_undefined")
            self.depth += 1
            return None
        return super().push(value)

    def method(self, receiver: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a value."""
        return self.method_of(TYPES[type(receiver)], receiver, name, *args, **kwargs)

    def method_of(self, type_name: str, receiver: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a type on a value, which may be a `Reference` to one that stays."""
        number, parameters = self.methods[f"{type_name}.{name}"]
        return self._call(1, number, [receiver, *bind(parameters, args, kwargs)])

    def builtin(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a built-in function."""
        number, parameters = self.builtins[name]
        return self._call(0, number, bind(parameters, args, kwargs))

    def on_range(self, name: str, start: int, stop: int, step: int) -> Any:
        """Call a built-in function with a range as its only argument (or as the only one of `*args`)."""
        number, parameters = self.builtins[name]
        for bound in (start, stop, step):
            super().push(bound)
        self._perform(Op.RANGE, 3)
        if parameters[0].startswith("*"):
            self.call("push_tuple", 1)
        arguments = bind(parameters[1:], (), {})
        for argument in arguments:
            self.push(argument)
        return self._finish(0, number, 1 + len(arguments))

    def _call(self, methods: int, number: int, arguments: list[Any]) -> Any:
        for argument in arguments:
            self.push(argument)
        return self._finish(methods, number, len(arguments))

    def _finish(self, methods: int, number: int, count: int) -> Any:
        kind = self.call("call", methods, number, count)
        self.depth -= count
        if kind != 0:
            raise GuestFailure(KINDS[kind], self._failure())
        self.depth += 1
        return parse(self.show())


def bind(parameters: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """One value for each parameter, as the machine binds a call."""
    bound: list[Any] = []
    rest = list(args)
    named = dict(kwargs)
    for parameter in parameters:
        name = parameter.strip("*?")
        if parameter in ("/", "*"):
            continue
        if parameter.startswith("**"):
            bound.append(named)
        elif parameter.startswith("*"):
            bound.append(tuple(rest))
            rest = []
        elif rest:
            bound.append(rest.pop(0))
        else:
            bound.append(named.pop(name, OMITTED))
    assert not rest, "too many arguments"
    return bound
