"""Build-time constants: what the upper-case names of guest modules are worth.

Evaluates a constant's expression with Python itself, over other constants and a short list of built-ins; lowering
and layout ask for the results.
"""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from guest.compiler import types as t
from guest.compiler.errors import fail
from guest.compiler.program import (
    Constant,
    EnumClass,
    Intrinsic,
    Module,
    ModuleName,
    OpaqueScalar,
    Program,
)

BUILTINS: dict[str, Any] = {
    f.__name__: f
    for f in (
        range,
        len,
        min,
        max,
        ord,
        sum,
        abs,
        tuple,
        list,
        int,
        float,
        sorted,
        enumerate,
        zip,
        divmod,
        pow,
        bytes,
        any,
        all,
        round,
        bool,
        reversed,
        map,
        str,
        set,
        dict,
    )
}


@dataclass(frozen=True)
class ValuePattern:
    """A constant Value, by its bits."""

    bits: int


class Constants:
    """Evaluates and remembers the constants of a program. `debug` is the worth of DEBUG."""

    def __init__(self, program: Program, debug: bool) -> None:
        self.program = program
        self.debug = debug
        self._worth: dict[Constant, Any] = {}

    def worth(self, constant: Constant) -> Any:
        """An int, float, str, bytes, bool, ValuePattern, or (for a Table) a tuple of ints or floats."""
        if constant not in self._worth:
            assert constant.expression is not None
            self._worth[constant] = self.evaluate(constant.module, constant.expression)
            if constant.annotation is not None and isinstance(self.type_of(constant), t.TableType):
                self._worth[constant] = tuple(self._worth[constant])
        return self._worth[constant]

    def type_of(self, constant: Constant) -> t.Type:
        """The declared type of a constant, or the one that its worth implies."""
        if constant.annotation is not None:
            return self.program.resolve_type(constant.module, constant.annotation)
        worth = self.worth(constant)
        if isinstance(worth, bool):
            return t.BOOL
        if isinstance(worth, int):
            return t.LITERAL
        if isinstance(worth, float):
            return t.F64
        if isinstance(worth, (str, bytes)):
            return t.TEXT
        if isinstance(worth, ValuePattern):
            return t.VALUE
        fail(
            constant.module.path,
            constant.node,
            f"the constant {constant.name} needs a type: Table[...]",
        )

    def evaluate(self, module: Module, expression: ast.expr) -> Any:
        """The worth of a constant expression in a module."""
        scope: dict[str, Any] = {"__builtins__": {}}
        bound = {
            n.id for n in ast.walk(expression) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        for node in ast.walk(expression):
            if isinstance(node, ast.Name) and node.id not in bound and node.id not in scope:
                scope[node.id] = self._name(module, node)
        code = compile(ast.Expression(expression), module.path, "eval")
        try:
            return eval(code, scope)  # the project's own source, over constants and the built-ins above
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            fail(module.path, expression, f"the constant cannot be computed: {error}")

    def _name(self, module: Module, node: ast.Name) -> Any:
        symbol = module.symbols.get(node.id)
        if isinstance(symbol, Constant):
            return self.worth(symbol)
        if isinstance(symbol, EnumClass):
            return SimpleNamespace(**symbol.members)
        if isinstance(symbol, OpaqueScalar):
            return int
        if isinstance(symbol, ModuleName):
            return _ModuleConstants(self, symbol.module)
        if isinstance(symbol, Intrinsic):
            if symbol.name == "from_bits":
                return ValuePattern
            if symbol.name == "UNDEFINED":
                return ValuePattern(0)
            if symbol.name == "DEBUG":
                return self.debug
            if symbol.name == "table":
                return tuple
            if symbol.name == "float_bits":
                return _float_bits
            if symbol.name in t.SCALARS:
                return float if symbol.name == "f64" else int
        if node.id in BUILTINS:
            return BUILTINS[node.id]
        fail(module.path, node, f"{node.id} is not known at build time")


class _ModuleConstants:
    """A module's constants as attributes, for `layout.NURSERY_START` inside a constant expression."""

    def __init__(self, constants: Constants, module: Module) -> None:
        self._constants = constants
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return self._constants._name(self._module, ast.Name(name))


def _float_bits(number: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", number))[0])
