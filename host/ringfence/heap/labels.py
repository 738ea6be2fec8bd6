"""How a reference is called by somebody who writes rules: `["key"]`, `[3]`, `.field`, `global cache`, `when`.

A container of the rule language is several objects of the guest (a dict, its entries, its index), so a label belongs to a
chain of references: from an object that rules know to the next one. `contents.py` says what the objects are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ringfence.heap.contents import Contents, clipped
from ringfence.heap.reader import Root
from ringfence.heap.shapes import POINTER, VALUE

EVENT_PARTS = ("event", "decisions so far", "names of rules so far", "decision", "event")
"""What is in the registers of the outermost frame while an event is decided (`guest/machine/driver.py`)."""

USER_ROOTS = {
    "guest.machine.decisions.default_decision": "the default decision",
    "guest.machine.policy.decide_function": "decide(event)",
    "guest.library.failing.values": "arguments of fail()",
}
"""Variables of the guest that refer to a value of the bundle, and what it is."""

TABLE_ROOTS = {
    "guest.machine.modules.order": "modules",
    "guest.machine.loaded.modules": "modules",
    "guest.machine.rules.rules": "rules",
    "guest.machine.rules.predicates": "rules",
    "guest.machine.data.documents": "data files",
    "guest.values.interning.interned": "interned strings",
    "guest.library.json_keys.cached_keys": "keys of recent events",
    "guest.library.json_keys.cached_words": "keys of recent events",
    "guest.heap.handles.table": "handles of the host",
    "guest.machine.exchange.input_buffer": "input buffer",
    "guest.library.output.buffer": "output buffer",
    "guest.library.printing.buffer": "print buffer",
    "guest.machine.exchange.records": "records of results",
}
"""Tables of the guest that a reader may want to know; others go by the name of their variable."""

RECORD_BYTES = 16


class Labels:
    """Names references and roots of a graph."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._graph = contents.graph
        self._indexed = -1
        self._indices: dict[int, int] = {}

    def slot(self, source: int, target: int) -> str | int:
        """How one object refers to another: the name of a field, or the index of an element."""
        shape, at, address = (
            self._graph.shapes[source],
            self._graph.addresses[source],
            self._graph.addresses[target],
        )
        for name, field in shape.fields.items():
            if field.type == POINTER and self._graph.u32(at + field.offset) == address:
                return name
            if field.type == VALUE and self._graph.u64(at + field.offset) == address:
                return name
        if self._indexed != source:
            self._indexed, self._indices = source, self._elements(source)
        index = self._indices.get(address)
        if index is None:
            raise ValueError(f"the object at {at:#x} does not refer to the one at {address:#x}")
        return index

    def _elements(self, source: int) -> dict[int, int]:
        """The first index of each pattern among an object's trailing elements, if those are references."""
        shape, at = self._graph.shapes[source], self._graph.addresses[source]
        if shape.element not in (POINTER, VALUE):
            return {}
        start = at + shape.fixed
        content = self._graph.content[start : start + self._graph.length(source) * shape.element_bytes]
        patterns = memoryview(content).cast("I" if shape.element == POINTER else "Q")
        indices: dict[int, int] = {}
        for index, pattern in enumerate(patterns):
            indices.setdefault(pattern, index)
        return indices

    def edge(self, chain: Sequence[int]) -> str:
        """The reference from the first object of a chain to its last; what is between are parts of the first."""
        slots = [self.slot(source, target) for source, target in itertools.pairwise(chain)]
        owner, last = chain[0], slots[-1]
        match self._contents.class_of(owner), slots:
            case "Dict" | "WeakMap", ["entries", int()]:
                return self._entry(chain[1], last)
            case "Set", ["elements", *_]:
                return "an element"
            case "List", ["items", int()]:
                return f"[{last}]"
            case "Tuple", [int()]:
                return f"[{last}]"
            case "Struct", [int()]:
                return self._named(self._contents.part(owner, "names"), last, ".{}") or f"[{last}]"
            case "Module", ["slots", int()]:
                if isinstance(last, int) and last < self._contents.word(owner, "globals"):
                    name = self._named(self._contents.part(owner, "names"), last, "global {}")
                    return name or "a global"
                return "a constant"
            case "Function", ["cells", int()]:
                return "a captured variable"
            case "Function", ["defaults", int()]:
                return "a default"
        return "".join(f"[{slot}]" if isinstance(slot, int) else f".{slot}" for slot in slots).removeprefix(
            "."
        )

    def _entry(self, entries: int, index: str | int) -> str:
        """An element of a dict's entries: a key, or the value of one."""
        if not isinstance(index, int):
            return index
        if index % 2 == 0:
            return "a key"
        key = self._contents.element(entries, index - 1)
        return f"[{clipped(self._contents.value(key))}]"

    def _named(self, names: int | None, index: str | int, form: str) -> str:
        """The name at an index of a tuple or array of names, in a form; empty if there is none."""
        if names is None or not isinstance(index, int) or index >= self._graph.length(names):
            return ""
        if self._graph.shapes[names].element != VALUE:
            return ""
        name = self._contents.text(self._graph.numbers.get(self._contents.element(names, index)))
        return form.format(name) if name else ""

    def root(self, root: Root) -> str:
        """Where a path begins."""
        if root.name == "register":
            return self._register(root.address)
        if root.name in ("saved pointer", "mutated"):
            return f"the guest: {root.name}"
        if root.name in USER_ROOTS:
            return USER_ROOTS[root.name]
        return TABLE_ROOTS.get(root.name) or f"the guest: {root.name.removeprefix('guest.')}"

    def _register(self, address: int) -> str:
        """The frame that a register belongs to, and which one it is."""
        graph, layout = self._graph, self._graph.layout
        bases = []
        top = graph.u32(layout.frame_top)
        if layout.frame_stack <= top <= layout.frame_stack_limit:
            bases = [graph.u32(at + 4) for at in range(layout.frame_stack, top, RECORD_BYTES)]
        bases.append(graph.u32(layout.current_base))
        # The slot before a window holds the function that runs in it.
        base = max((base for base in bases if base - 8 <= address), default=layout.vm_stack + 8)
        index = (address - base) // 8
        if base == layout.vm_stack + 8:
            return EVENT_PARTS[index] if 0 <= index < len(EVENT_PARTS) else "the decoder"
        function = graph.numbers.get(graph.u64(base - 8))
        if function is None or self._contents.class_of(function) != "Function":
            return "a running function"
        name = self._contents.describe(function)
        code = self._contents.part(function, "code")
        if code is not None and self._contents.class_of(code) == "Code":
            parameter = self._named(self._contents.part(code, "parameters"), index, "{}")
            if parameter:
                return f"parameter {parameter} of {name}"
        return f"a local of {name}"
