"""A Guest Python program as its declarations: modules, classes, enums, constants, variables, functions, imports.

Reads and parses the guest's files, refuses imports that run upwards, and resolves names and type annotations. Function
bodies are left to lowering. Everything later (layout, lowering, emission) asks this module what a name means.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from guest.compiler import types as t
from guest.compiler.errors import fail

LAYERS = {
    "meter": 0,
    "heap": 1,
    "values": 2,
    "syntax": 3,
    "library": 3,
    "machine": 4,
    "boundary": 5,
}
"""Imports run downwards through these; `syntax` and `library` do not know each other."""

IGNORED_IMPORTS = {"__future__", "typing", "enum"}
LANGUAGE = "guest.compiler.language"
RAW = "guest.compiler.raw"


@dataclass(eq=False)
class Declared:
    """What every declaration has: a name, the module that declares it, the syntax node."""

    name: str
    module: Module
    node: ast.AST

    @property
    def qualified(self) -> str:
        """The name with its module, as messages and the emitted text show it."""
        return f"{self.module.name}.{self.name}"


@dataclass(eq=False)
class HeapClass(Declared):
    """A class of heap objects: traced fields, then perhaps trailing storage."""

    fields: list[tuple[str, t.Type]] = field(default_factory=list)
    inline: tuple[str, t.Type] | None = None
    number: int = 0


@dataclass(eq=False)
class EnumClass(Declared):
    """Named u32 constants."""

    members: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class Constant(Declared):
    """A build-time constant; `guest/compiler/constants.py` evaluates it on demand."""

    annotation: ast.expr | None = None
    expression: ast.expr | None = None


@dataclass(eq=False)
class Variable(Declared):
    """A module variable: a word of the control block."""

    annotation: ast.expr | None = None
    type: t.Type = t.U32
    initial: ast.expr | None = None
    address: int = 0


@dataclass(eq=False)
class OpaqueScalar(Declared):
    """A `NewType` over u32."""


@dataclass(eq=False)
class Parameter:
    """A parameter of a guest function; `default` is a constant expression."""

    name: str
    type: t.Type
    default: ast.expr | None


@dataclass(eq=False)
class GuestFunction(Declared):
    """A guest function. `registrations` and `opcode` say which build-time tables it is in."""

    body: list[ast.stmt] = field(default_factory=list)
    decorators: dict[str, ast.expr] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    result: t.Type = t.VOID


@dataclass(eq=False)
class Intrinsic:
    """A name of `language.py` or `raw.py` that the compiler itself gives a meaning."""

    name: str
    raw: bool


@dataclass(eq=False)
class ModuleName:
    """A module under the name by which another imports it."""

    module: Module


Symbol = Declared | Intrinsic | ModuleName


@dataclass(eq=False)
class Module:
    """One guest file."""

    name: str
    path: str
    layer: str
    symbols: dict[str, Symbol] = field(default_factory=dict)
    imports: list[tuple[ast.ImportFrom, str]] = field(default_factory=list)

    @property
    def may_use_raw(self) -> bool:
        """Only the heap touches raw memory."""
        return self.layer == "heap"


class Program:
    """All modules of a guest.

    `root` is the folder that holds `guest/`; `extra` adds modules of other folders by name (test guests). With `only`,
    just those modules and what they import are read; otherwise every guest module is.
    """

    def __init__(
        self,
        root: Path,
        extra: dict[str, Path] | None = None,
        only: list[str] | None = None,
    ) -> None:
        self.root = root
        self.extra = extra or {}
        self.modules: dict[str, Module] = {}
        self.classes: list[HeapClass] = []
        names = list(only) if only is not None else list(self._guest_modules())
        for name in [*names, *self.extra]:
            self.module(name)
        self.modules = dict(sorted(self.modules.items()))
        for module in list(self.modules.values()):
            for node, target in module.imports:
                self._link(module, node, target)
        for module in self.modules.values():
            for symbol in module.symbols.values():
                if isinstance(symbol, HeapClass) and symbol.module is module:
                    self.classes.append(symbol)
        for symbol in self.declarations():
            self._resolve(symbol)

    def declarations(self) -> Iterator[Declared]:
        """Every declaration, module by module in order."""
        for module in self.modules.values():
            for symbol in module.symbols.values():
                if isinstance(symbol, Declared) and symbol.module is module:
                    yield symbol

    def functions(self) -> Iterator[GuestFunction]:
        """Every function, module by module in order."""
        for symbol in self.declarations():
            if isinstance(symbol, GuestFunction):
                yield symbol

    def _guest_modules(self) -> Iterator[str]:
        guest = self.root / "guest"
        for path in sorted(guest.rglob("*.py")):
            parts = path.relative_to(guest).with_suffix("").parts
            if parts[0] not in LAYERS or parts[-1] == "__init__":
                continue
            yield ".".join(("guest", *parts))

    def module(self, name: str) -> Module:
        """Read a module, and those that it imports, once."""
        if name in self.modules:
            return self.modules[name]
        path = self.extra.get(name) or self.root / (name.replace(".", "/") + ".py")
        shown = str(path.relative_to(self.root)) if path.is_relative_to(self.root) else path.name
        layer = name.split(".")[1] if name.startswith("guest.") else "extra"
        module = Module(name, shown, layer)
        self.modules[name] = module
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=shown)
        for statement in tree.body:
            self._declare(module, statement)
        for _, target in module.imports:
            if target.startswith("guest.") and self._is_module(target):
                self.module(target)
        return module

    def _is_module(self, name: str) -> bool:
        return name in self.extra or (self.root / (name.replace(".", "/") + ".py")).is_file()

    def _declare(self, module: Module, node: ast.stmt) -> None:
        if isinstance(node, ast.ImportFrom):
            self._declare_import(module, node)
        elif isinstance(node, ast.ClassDef):
            self._declare_class(module, node)
        elif isinstance(node, ast.FunctionDef):
            function = GuestFunction(node.name, module, node, node.body)
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if not isinstance(called, ast.Name):
                    fail(
                        module.path,
                        decorator,
                        "a decorator is one of the language's own names",
                    )
                function.decorators[called.id] = decorator
            self._add(module, function)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            self._declare_assignment(module, node)
        elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or (
            isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        ):
            pass
        else:
            fail(
                module.path,
                node,
                "a guest module holds imports, constants, variables, classes and functions only",
            )

    def _declare_import(self, module: Module, node: ast.ImportFrom) -> None:
        source = node.module or ""
        if source in IGNORED_IMPORTS:
            return
        for alias in node.names:
            name = alias.asname or alias.name
            if source in (LANGUAGE, RAW):
                if source == RAW and not module.may_use_raw:
                    fail(
                        module.path,
                        node,
                        f"raw memory ({alias.name}) may be used in guest/heap/ alone",
                    )
                module.symbols[name] = Intrinsic(alias.name, source == RAW)
            elif source == "guest" or source.startswith("guest.") or source in self.extra:
                inner = f"{source}.{alias.name}"
                target = inner if self._is_module(inner) else source
                if not self._is_module(target):
                    fail(module.path, node, f"no guest module {source}")
                self._check_layer(module, node, target)
                module.imports.append((node, target))
            else:
                fail(module.path, node, f"a guest module cannot import {source}")

    def _check_layer(self, module: Module, node: ast.AST, target: str) -> None:
        if module.layer == "extra" or target in self.extra:
            return
        there = target.split(".")[1]
        if there != module.layer and LAYERS[there] >= LAYERS[module.layer]:
            fail(
                module.path,
                node,
                f"imports run downwards: guest/{module.layer} may not know guest/{there}",
            )

    def _link(self, module: Module, node: ast.ImportFrom, target: str) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            if f"{node.module}.{alias.name}" == target:
                module.symbols[name] = ModuleName(self.modules[target])
            elif node.module == target:
                symbol = self.modules[target].symbols.get(alias.name)
                if symbol is None:
                    fail(module.path, node, f"{target} has no {alias.name}")
                if isinstance(symbol, Variable):
                    fail(
                        module.path,
                        node,
                        f"import the module to use its variable {alias.name}",
                    )
                if isinstance(symbol, Intrinsic) and symbol.raw and not module.may_use_raw:
                    fail(
                        module.path,
                        node,
                        f"raw memory ({alias.name}) may be used in guest/heap/ alone",
                    )
                module.symbols[name] = symbol

    def _add(self, module: Module, symbol: Declared) -> None:
        if symbol.name in module.symbols:
            fail(module.path, symbol.node, f"{symbol.name} is declared twice")
        module.symbols[symbol.name] = symbol

    def _declare_class(self, module: Module, node: ast.ClassDef) -> None:
        base = node.bases[0].id if len(node.bases) == 1 and isinstance(node.bases[0], ast.Name) else ""
        if base == "IntEnum":
            members: dict[str, int] = {}
            for item in node.body:
                if isinstance(item, ast.Expr):
                    continue
                value = item.value if isinstance(item, ast.Assign) else None
                if not isinstance(item, ast.Assign) or not isinstance(item.targets[0], ast.Name):
                    fail(module.path, item, "an enum holds members only")
                if isinstance(value, ast.Call):
                    members[item.targets[0].id] = max(members.values(), default=0) + 1
                elif isinstance(value, ast.Constant) and isinstance(value.value, int):
                    members[item.targets[0].id] = value.value
                else:
                    fail(module.path, item, "a member is a literal integer or auto()")
            self._add(module, EnumClass(node.name, module, node, members))
        elif base == "Object":
            self._add(module, HeapClass(node.name, module, node))
        else:
            fail(
                module.path,
                node,
                "a guest class derives from Object (a heap class) or IntEnum, and from nothing else",
            )

    def _declare_assignment(self, module: Module, node: ast.Assign | ast.AnnAssign) -> None:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for name, worth in zip(target.elts, node.value.elts, strict=True):
                part = ast.Assign([name], worth)
                self._declare_assignment(module, ast.copy_location(part, node))
            return
        if not isinstance(target, ast.Name):
            fail(
                module.path,
                node,
                "a module-level assignment names one constant or variable",
            )
        value = node.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "NewType":
            self._add(module, OpaqueScalar(target.id, module, node))
        elif target.id.upper() == target.id:
            if value is None:
                fail(module.path, node, "a constant needs a value")
            if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Final":
                annotation = annotation.slice
            elif annotation is not None and ast.unparse(annotation) == "Final":
                annotation = None
            self._add(module, Constant(target.id, module, node, annotation, value))
        else:
            if annotation is None:
                fail(
                    module.path,
                    node,
                    f"the variable {target.id} needs a type (constants are upper case)",
                )
            self._add(module, Variable(target.id, module, node, annotation, initial=value))

    def _resolve(self, symbol: Declared) -> None:
        if isinstance(symbol, HeapClass):
            self._resolve_class(symbol)
        elif isinstance(symbol, Variable):
            assert symbol.annotation is not None
            symbol.type = self.resolve_type(symbol.module, symbol.annotation)
            if isinstance(symbol.type, t.Pointer) and not symbol.type.nullable:
                fail(
                    symbol.module.path,
                    symbol.node,
                    f"a traced variable starts as None: {symbol.type} | None",
                )
        elif isinstance(symbol, GuestFunction):
            self._resolve_function(symbol)

    def _resolve_class(self, cls: HeapClass) -> None:
        assert isinstance(cls.node, ast.ClassDef)
        for item in cls.node.body:
            if isinstance(item, (ast.Expr, ast.Pass)):
                continue
            if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name) or item.value:
                fail(cls.module.path, item, "a heap class holds typed fields only")
            if cls.inline is not None:
                fail(cls.module.path, item, "trailing storage is the last field")
            kind = self.resolve_type(cls.module, item.annotation, field_type=True)
            if isinstance(kind, t.InlineType):
                assert kind.element is not None
                cls.inline = (item.target.id, kind.element)
            else:
                cls.fields.append((item.target.id, kind))

    def _resolve_function(self, function: GuestFunction) -> None:
        node, path = function.node, function.module.path
        assert isinstance(node, ast.FunctionDef)
        arguments = node.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
            fail(path, node, "a guest function has plain parameters only")
        defaults: list[ast.expr | None] = [None] * (len(arguments.args) - len(arguments.defaults))
        for argument, default in zip(arguments.args, [*defaults, *arguments.defaults], strict=True):
            if argument.annotation is None:
                fail(path, argument, f"the parameter {argument.arg} needs a type")
            kind = self.resolve_type(function.module, argument.annotation)
            function.parameters.append(Parameter(argument.arg, kind, default))
        if node.returns is None:
            fail(path, node, f"{function.name} needs a result type (None if it has none)")
        function.result = self.resolve_type(function.module, node.returns, result_type=True)

    def resolve_type(
        self,
        module: Module,
        node: ast.expr,
        *,
        field_type: bool = False,
        result_type: bool = False,
    ) -> t.Type:
        """The type that an annotation means in a module."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.Constant) and node.value is None and result_type:
            return t.VOID
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            left = self.resolve_type(module, node.left)
            if not isinstance(left, t.Pointer) or not _is_none(node.right):
                fail(module.path, node, "only `Class | None` may be a union")
            return t.nullable(left)
        if isinstance(node, ast.Subscript):
            return self._resolve_generic(module, node, field_type, result_type)
        found = self._lookup_type(module, node)
        if found is None:
            fail(module.path, node, f"{ast.unparse(node)} is not a type")
        if found in (t.U8, t.U16) and not field_type:
            fail(module.path, node, f"{found} is for storage: use u32")
        return found

    def _resolve_generic(
        self, module: Module, node: ast.Subscript, field_type: bool, result_type: bool
    ) -> t.Type:
        name = ast.unparse(node.value)
        if name == "tuple" and result_type and isinstance(node.slice, ast.Tuple):
            items = tuple(self.resolve_type(module, item) for item in node.slice.elts)
            return t.TupleType(f"tuple[{', '.join(map(str, items))}]", items)
        if name not in ("Array", "Inline", "Table"):
            fail(module.path, node, f"{name}[...] is not a type")
        element = self.resolve_type(module, node.slice, field_type=True)
        if name == "Array":
            return t.array_of(element)
        if name == "Table":
            return t.TableType(f"Table[{element}]", element)
        if not field_type:
            fail(
                module.path,
                node,
                "Inline[...] is the type of a heap class's last field only",
            )
        return t.InlineType(f"Inline[{element}]", element)

    def _lookup_type(self, module: Module, node: ast.expr) -> t.Type | None:
        if isinstance(node, ast.Attribute):
            base = module.symbols.get(node.value.id) if isinstance(node.value, ast.Name) else None
            if isinstance(base, ModuleName):
                return self._lookup_type(base.module, ast.Name(node.attr))
            return None
        if not isinstance(node, ast.Name):
            return None
        if node.id == "bool":
            return t.BOOL
        if node.id == "NoReturn":
            return t.NEVER
        symbol = module.symbols.get(node.id)
        if isinstance(symbol, Intrinsic):
            return t.SCALARS.get(symbol.name)
        if isinstance(symbol, HeapClass):
            return t.Pointer(symbol.name, symbol.qualified)
        if isinstance(symbol, OpaqueScalar):
            return t.Opaque(symbol.name, "i32", 32)
        if isinstance(symbol, EnumClass):
            return t.U32
        return None

    def heap_class(self, pointer: t.Pointer) -> HeapClass:
        """The declaration behind a pointer type that is neither Object nor an array."""
        module, _, name = pointer.target.rpartition(".")
        symbol = self.modules[module].symbols[name]
        assert isinstance(symbol, HeapClass)
        return symbol


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
