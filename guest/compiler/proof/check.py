"""`prove`: everything together. Called on every build, by `build.py`; a fault ends the build."""

from __future__ import annotations

from guest.compiler.errors import GuestError, GuestErrors
from guest.compiler.proof.declared import Declared
from guest.compiler.proof.graph import Graph, nodes
from guest.compiler.proof.shapes import Fault
from guest.compiler.proof.steps import SLOW_PATH, Translator
from guest.compiler.proof.stores import SLOT_SIZE
from guest.compiler.proof.tables import check_tables
from guest.compiler.proof.text import TextFunction, UnreadableText, read
from guest.compiler.proof.trust import KERNELS, PINNED_ADDRESSES, TRUSTED_NAMES
from guest.compiler.proof.walk import Walk

TRUST_FILE = "guest/compiler/proof/trust.py"


def prove(text: str, memory: bytes, declared: Declared) -> None:
    """Check a built guest: its text, and its initial memory from address 0.

    Raises `GuestErrors` with everything that could not be proven. What is wrong in a line that was inlined into many functions
    is told once.
    """
    try:
        functions = {function.name: function for function in read(text)}
    except UnreadableText as failure:
        raise GuestErrors([_error(Fault("", str(failure)), "")]) from failure
    graph = Graph(functions.values(), declared.shadow_top)
    found: dict[Fault, str] = dict.fromkeys(check_tables(memory, declared), "")
    frames: dict[str, int] = {}
    guards: dict[str, int] = {}
    trusted: set[str] = set()
    for name, function in functions.items():
        if name not in declared.locals:
            found.update(dict.fromkeys(_check_kernel(function), name))
            continue
        translator, faults = examine(function, declared, graph, functions)
        for fault in faults:
            found.setdefault(fault, name)
        trusted |= translator.trusted
        frames[name] = translator.slots * SLOT_SIZE
        if translator.guard is not None:
            guards[name] = translator.guard
    found.update(dict.fromkeys(_check_depth(graph, functions, frames, guards, declared), ""))
    if declared.whole:
        found.update(dict.fromkeys(_check_trust(trusted, functions, graph), ""))
    if found:
        raise GuestErrors([_error(fault, name) for fault, name in found.items()])


def examine(
    function: TextFunction, declared: Declared, graph: Graph, functions: dict[str, TextFunction]
) -> tuple[Translator, list[Fault]]:
    """Follow every path of one function: what was learnt on the way, and what is wrong."""
    translator = Translator(function, declared, graph, functions)
    walk = Walk(translator.run(), translator.names, translator.traced, function.export is not None)
    walk.run()
    return translator, [*translator.faults, *walk.faults]


def _error(fault: Fault, function: str) -> GuestError:
    path, _, line = fault.place.rpartition(":")
    where = f"in {function}: " if function else ""
    return GuestError(path or "the built guest", int(line or 1), 1, f"{where}{fault.message}")


def _check_kernel(function: TextFunction) -> list[Fault]:
    """A function of `wat/`: it has to be listed, and to call nothing."""
    place = f"wat/*.wat, {function.name}:1"
    faults = []
    if function.name not in KERNELS:
        faults.append(Fault(place, f"this kernel is not in {TRUST_FILE}"))
    for line in function.body:
        for node in nodes(line.node):
            if node.op.startswith(("call", "return_call", "throw")):
                faults.append(Fault(place, f"a kernel cannot {node.op}: nothing here follows it"))
    return faults


def _check_depth(
    graph: Graph,
    functions: dict[str, TextFunction],
    frames: dict[str, int],
    guards: dict[str, int],
    declared: Declared,
) -> list[Fault]:
    """The shadow stack cannot overflow: each guard leaves enough for what comes before the next one."""
    depth = graph.deepest(frames, set(guards))
    if isinstance(depth, str):
        place = declared.heads.get(depth, "")
        return [Fault(place, f"{depth} can call itself, and no check of the shadow stack is on the way")]
    faults = []
    for name, guard in guards.items():
        left = declared.shadow.end - guard
        if depth[name] > left:
            faults.append(
                Fault(
                    declared.heads[name],
                    f"{name} needs {depth[name]} bytes of shadow stack, and checks for {left}",
                )
            )
    for name, function in functions.items():
        if function.export and depth[name] > declared.shadow.end - declared.shadow.start:
            faults.append(Fault(declared.heads[name], f"{name} needs {depth[name]} bytes of shadow stack"))
    return faults


def _check_trust(trusted: set[str], functions: dict[str, TextFunction], graph: Graph) -> list[Fault]:
    """What is listed has to be needed, and what everything rests on has to be there."""
    faults = [
        Fault(f"{TRUST_FILE}:1", f"{name} needs no trust: take it off the list")
        for name in sorted({*TRUSTED_NAMES, *PINNED_ADDRESSES} - trusted)
    ]
    faults += [
        Fault(f"{TRUST_FILE}:1", f"there is no kernel {name}: take it off the list")
        for name in sorted(set(KERNELS) - functions.keys())
    ]
    if SLOW_PATH not in graph.collecting:
        faults.append(Fault("", f"{SLOW_PATH} does not seem to collect: the proof would prove nothing"))
    return faults
