"""The whole pipeline: a folder of Guest Python in, WebAssembly text, static data and the layout file out.

`compile_guest` is what tests use; `build` writes the files that `base_image` and the host read. The same sources give the same
bytes on every machine: nothing here depends on time, paths or hash order.
"""

from __future__ import annotations

import ast
import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guest.compiler import ir
from guest.compiler.constants import Constants
from guest.compiler.coverage import Coverage
from guest.compiler.effects import infer_collecting, recursive
from guest.compiler.emission import Emitter
from guest.compiler.errors import GuestError, GuestErrors, fail
from guest.compiler.layout import Layout
from guest.compiler.lowering import Registration, Unit, lower_function
from guest.compiler.program import GuestFunction, Program
from guest.compiler.proof.check import prove
from guest.compiler.proof.declared import Declared, Span, declare
from guest.compiler.rooting import Rooting
from guest.compiler.slots import Keeping, Reloading

MAX_ERRORS = 40
RUNTIME = (
    "guest.heap.allocate.allocate_slow",
    "guest.heap.allocate.allocate_array",
    "guest.heap.barrier.remember",
    "guest.heap.barrier.remember_element",
    "guest.heap.barrier.remember_range",
)
"""Functions that emitted code calls without a call in the source."""

RUNTIME_MODULES = sorted({name.rpartition(".")[0] for name in RUNTIME})


@dataclass
class Guest:
    """A compiled guest: the text, the initial memory from address 0 (control block and static data), the layout."""

    text: str
    memory: bytes
    layout: dict[str, object]
    functions: dict[str, ir.Function]
    declared: Declared


@contextmanager
def _without_cyclic_collection() -> Iterator[None]:
    """Python's own collector finds nothing in the trees of a build, and looking for it takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_without_cyclic_collection()
def compile_guest(
    root: Path,
    *,
    debug: bool = False,
    coverage: bool = False,
    extra: dict[str, Path] | None = None,
    only: list[str] | None = None,
) -> Guest:
    """Compile the guest below `root` (the folder that holds `guest/` and `wat/`).

    `extra` adds modules by name (test guests); `only` restricts the program to some modules and what they import;
    `coverage` counts where control goes (the layout says where).
    Raises `GuestErrors` with everything that is wrong, in the sources or in what was made of them (`proof/`).
    """
    try:
        program = Program(root, extra, only if only is None or not extra else [*only, *RUNTIME_MODULES])
    except GuestError as error:
        raise GuestErrors([error]) from error
    constants = Constants(program, debug)
    layout = Layout(program, constants)
    unit = Unit(
        program,
        constants,
        layout,
        debug,
        _tables(program),
        _opcodes(program, constants),
    )
    lowered, callees = _lower_all(unit)
    reachable = _reachable(program, lowered, callees)
    functions = {lowered[q].name: lowered[q] for q in reachable}
    collecting = infer_collecting(functions)
    errors: list[GuestError] = []
    for function in functions.values():
        try:
            Rooting(function, collecting).run()
            Keeping(function, collecting).run()
            Reloading(function, collecting).run()
        except GuestError as error:
            errors.append(error)
    if errors:
        raise GuestErrors(errors)
    table = layout.class_table()
    addresses = {
        "root_table": layout.root_table,
        "class_table": layout.reserve_class_table(len(table) // 16),
    }
    counters = Coverage(layout.static_base + len(layout.static)) if coverage else None
    emitter = Emitter(layout, collecting, recursive(functions), addresses, counters)
    bodies = [emitter.function(function) for function in functions.values()]
    control = layout.initial_control_block()
    where = addresses["class_table"] - layout.static_base
    layout.static[where : where + len(table)] = table
    if counters is not None:
        layout.reserve_bytes(counters.count)
    memory = control.ljust(layout.static_base, b"\0") + bytes(layout.static)
    exports = sorted(f.export for f in functions.values() if f.export)
    published = {**layout.published(), "exports": exports, "static_end": len(memory)}
    if counters is not None:
        published["coverage"] = counters.published()
    counted = Span(0, 0) if counters is None else Span(counters.address, counters.address + counters.count)
    declared = declare(
        program, constants, layout, functions, addresses, counted, len(memory), whole=only is None
    )
    text = _module_text(root, bodies)
    prove(text, memory, declared)
    return Guest(text, memory, published, functions, declared)


def _tables(program: Program) -> dict[str, list[Registration]]:
    tables: dict[str, list[Registration]] = {}
    for function in program.functions():
        decorator = function.decorators.get("registered")
        if isinstance(decorator, ast.Call):
            parts = [ast.literal_eval(argument) for argument in decorator.args]
            tables.setdefault(parts[0], []).append(Registration(function, parts[1] if len(parts) > 1 else ""))
    return tables


def _opcodes(program: Program, constants: Constants) -> dict[int, GuestFunction]:
    opcodes: dict[int, GuestFunction] = {}
    for function in program.functions():
        decorator = function.decorators.get("opcode")
        if isinstance(decorator, ast.Call):
            number = int(constants.evaluate(function.module, decorator.args[0]))
            if number in opcodes:
                fail(
                    function.module.path,
                    function.node,
                    f"opcode {number} has two handlers",
                )
            opcodes[number] = function
    return dict(sorted(opcodes.items()))


def _lower_all(unit: Unit) -> tuple[dict[str, ir.Function], dict[str, set[str]]]:
    """Lower every function, so that all are checked, reachable or not."""
    lowered: dict[str, ir.Function] = {}
    callees: dict[str, set[str]] = {}
    errors: list[GuestError] = []
    for function in unit.program.functions():
        if {"kernel", "opcode"} & set(function.decorators):
            continue
        try:
            lowered[function.qualified], callees[function.qualified] = lower_function(unit, function)
        except GuestError as error:
            if str(error) not in {str(e) for e in errors}:
                errors.append(error)
            if len(errors) >= MAX_ERRORS:
                break
    if errors:
        raise GuestErrors(errors)
    return lowered, callees


def _reachable(program: Program, lowered: dict[str, ir.Function], callees: dict[str, set[str]]) -> list[str]:
    """Exported functions, the runtime's, and all that they call, in the order of the program."""
    runtime = [name for name in RUNTIME if name in lowered]
    pending = [f.qualified for f in program.functions() if "export" in f.decorators] + runtime
    seen = set(pending)
    while pending:
        for callee in callees.get(pending.pop(), ()):
            if callee not in seen and callee in lowered:
                seen.add(callee)
                pending.append(callee)
    return [name for name in lowered if name in seen]


def _module_text(root: Path, bodies: list[str]) -> str:
    kernels = [
        path.read_text(encoding="utf-8").strip()
        for path in sorted((root / "wat").glob("*.wat"))
        if path.name != "memory.wat"
    ]
    parts = [
        "(module",
        '  (import "ringfence" "memory" (memory 1))',
        "  (tag $failure)",
        *kernels,
        *bodies,
        ")",
        "",
    ]
    return "\n".join(parts)


def build(
    root: Path,
    out: Path,
    *,
    debug: bool = False,
    coverage: bool = False,
    extra: dict[str, Path] | None = None,
) -> None:
    """Write guest.wat, guest.wasm, static.bin and layout.json to the folder `out`."""
    import wasmtime

    guest = compile_guest(root, debug=debug, coverage=coverage, extra=extra)
    out.mkdir(parents=True, exist_ok=True)
    (out / "guest.wat").write_text(guest.text, encoding="utf-8")
    (out / "guest.wasm").write_bytes(bytes(wasmtime.wat2wasm(guest.text)))
    (out / "static.bin").write_bytes(guest.memory)
    (out / "layout.json").write_text(
        json.dumps(guest.layout, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
