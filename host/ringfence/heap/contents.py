"""What an object is to somebody who writes rules: its type, its name, and a few words of what it holds.

Reads fields of objects that `reader.py` has checked. A field may still hold nonsense, so nothing here follows a
reference that the graph does not have, and texts are clipped.
"""

from __future__ import annotations

import ipaddress
import struct

from ringfence.heap.reader import FIRST_IMMEDIATE, ObjectGraph
from ringfence.heap.shapes import VALUE

TYPES = {
    "guest.values.text.Str": "string",
    "guest.values.byte_string.ByteString": "bytes",
    "guest.values.list.List": "list",
    "guest.values.dict.Dict": "dict",
    "guest.values.tuple.Tuple": "tuple",
    "guest.values.set.Set": "set",
    "guest.values.struct.Struct": "struct",
    "guest.values.range.Range": "range",
    "guest.values.integer.LongInt": "int",
    "guest.values.integer.BigInt": "int",
    "guest.values.elements.Elements": "elements",
    "guest.values.function.Function": "function",
    "guest.values.function.Builtin": "builtin_function_or_method",
    "guest.values.function.Code": "code",
    "guest.values.function.Cell": "captured variable",
    "guest.values.function.Module": "module",
    "guest.machine.rules.Rule": "rule",
    "guest.library.namespace.Namespace": "namespace",
    "guest.library.address.Ip": "ip",
    "guest.library.networks.Cidr": "cidr",
    "guest.library.network_tables.CidrTable": "cidr_table",
    "guest.library.host_patterns.Hosts": "host",
    "guest.library.host_patterns.HostTable": "host_table",
    "guest.library.routes.Path": "path",
    "guest.library.routes.RouteTable": "route_table",
    "guest.library.regex.program.Regex": "regex",
    "guest.library.glob.Glob": "glob",
    "guest.library.url_parser.Url": "url",
    "guest.library.time_values.Time": "time.time",
    "guest.library.time_values.Duration": "time.duration",
    "guest.heap.weak.WeakReference": "weakref",
    "guest.heap.weak.WeakMap": "weakmap",
}
"""The classes that a rule author knows, and what they are called; objects of all others are parts of these."""

CLIPPED_TEXT = 48
"""Characters of a text that are shown."""
READ_TEXT = 1024
"""Bytes of a text that are read, so that describing an object takes no longer than that."""
SHOWN_PARTS = 3
"""Keys of a dict, or elements of a list, that are shown."""

COLUMN_BITS = 12
SINGLETONS = {1 << 48: "None", (1 << 48) + 1: "False", (1 << 48) + 2: "True"}
FLOAT_BIAS = 0x0002 << 48
SMALL_INT = 0xFFFF << 48


class Contents:
    """Describes the objects of a graph."""

    def __init__(self, graph: ObjectGraph) -> None:
        self.graph = graph

    def type_of(self, number: int) -> str | None:
        """The type of an object in the rule language; None for a part of one."""
        return TYPES.get(self.graph.shapes[number].name)

    def class_of(self, number: int) -> str:
        """The name of the object's class in the guest, without its module."""
        name = self.graph.shapes[number].name
        return name if name.startswith("Array") else name.rpartition(".")[2]

    def word(self, number: int, field: str) -> int:
        """A field of 32 bits."""
        return self.graph.u32(self.graph.addresses[number] + self.graph.shapes[number].fields[field].offset)

    def part(self, number: int, field: str) -> int | None:
        """The object that a field refers to; None if there is none."""
        known = self.graph.shapes[number].fields[field]
        at = self.graph.addresses[number] + known.offset
        pattern = self.graph.u64(at) if known.type == VALUE else self.graph.u32(at)
        return self.graph.numbers.get(pattern)

    def element(self, number: int, index: int) -> int:
        """The bits of an element that is a Value."""
        shape = self.graph.shapes[number]
        return self.graph.u64(self.graph.addresses[number] + shape.fixed + 8 * index)

    def text(self, number: int | None) -> str:
        """What a string holds, or the beginning of a long one; empty for anything else."""
        if number is None or self.graph.shapes[number].name != "guest.values.text.Str":
            return ""
        start = self.graph.addresses[number] + self.graph.shapes[number].fixed
        end = start + min(self.graph.length(number), READ_TEXT)
        return self.graph.content[start:end].decode(errors="replace")

    def value(self, pattern: int) -> str:
        """A Value in a few words."""
        if pattern == 0:
            return "undefined"
        if pattern in SINGLETONS:
            return SINGLETONS[pattern]
        if pattern >= SMALL_INT:
            small = pattern - SMALL_INT
            return str(small - (1 << 48) if small >> 47 else small)
        if pattern >= FLOAT_BIAS:
            return repr(_double(pattern - FLOAT_BIAS))
        number = self.graph.numbers.get(pattern) if pattern < FIRST_IMMEDIATE else None
        return "?" if number is None else self.describe(number, nested=True)

    def place(self, number: int, path: str) -> str:
        """`path:line:column` of a packed position in an object."""
        position = self.word(number, "position")
        return f"{path}:{position >> COLUMN_BITS}:{position & (1 << COLUMN_BITS) - 1}"

    def module_path(self, number: int) -> str:
        """The file of a module, or of the module that a function, code or rule is from; empty for anything else."""
        name = self.class_of(number)
        if name in ("Module", "Rule"):
            return self.text(self.part(number, "path"))
        if name == "Function":
            code = self.part(number, "code")
            return "" if code is None or self.class_of(code) != "Code" else self.module_path(code)
        if name == "Code":
            module = self.part(number, "module")
            return "" if module is None or self.class_of(module) != "Module" else self.module_path(module)
        return ""

    def describe(self, number: int, nested: bool = False) -> str:
        """An object in a few words; `nested` is inside another one's, where containers say only how large they are."""
        name = self.class_of(number)
        if name == "Str":
            return repr(clipped(self.text(number)))
        if name in ("Dict", "Set", "List", "Tuple", "Struct"):
            return self._container(number, name, nested)
        if name in ("Function", "Code"):
            return self._function(number, name)
        if name == "Builtin":
            return self.text(self.part(number, "name"))
        if name in ("Module", "Namespace"):
            return self.text(self.part(number, "path" if name == "Module" else "name"))
        if name == "Rule":
            return clipped(self.text(self.part(number, "name")))
        if name == "Regex":
            return repr(clipped(self.text(self.part(number, "pattern"))))
        if name == "Url":
            return clipped(self.text(self.part(number, "text")))
        if name == "Glob":
            regex = self.part(number, "regex")
            return "" if regex is None or self.class_of(regex) != "Regex" else self.describe(regex)
        if name in ("Hosts", "HostTable", "RouteTable"):
            patterns = self.part(number, "patterns")
            return "" if patterns is None else f"of {self.graph.length(patterns)} patterns"
        if name == "Path":
            pattern = self.part(number, "pattern")
            if pattern is None or self.class_of(pattern) != "PathPattern":
                return ""
            return repr(clipped(self.text(self.part(pattern, "text"))))
        if name == "ByteString" or name.startswith("Array"):
            return f"of {self.graph.length(number)}"
        return self._number(number, name)

    def _container(self, number: int, name: str, nested: bool) -> str:
        if name in ("Tuple", "Struct"):
            count = self.graph.length(number)
        elif name == "Set":
            elements = self.part(number, "elements")
            if elements is None or self.class_of(elements) != "Dict":
                return ""
            return self._container(elements, "Dict", nested).replace("dict", "set", 1)
        else:
            count = self.word(number, "count")
        if nested:
            return f"{self.type_of(number)} of {count}"
        shown = ", ".join(self._parts(number, name))
        return f"of {count}: {shown}" if shown else f"of {count}"

    def _parts(self, number: int, name: str) -> list[str]:
        """The first keys of a dict, names of a struct or elements of a sequence."""
        items, step = number, 1
        part = {"Dict": "entries", "List": "items", "Struct": "names"}.get(name)
        if part is not None:
            found = self.part(number, part)
            if found is None or self.graph.shapes[found].element != VALUE:
                return []
            items, step = found, 2 if name == "Dict" else 1
        count = self.word(number, "count") if name in ("Dict", "List") else self.graph.length(items)
        patterns = [
            self.element(items, index)
            for index in range(0, min(self.graph.length(items), step * (SHOWN_PARTS + 1)), step)
        ]
        parts = [self._element(pattern) for pattern in patterns[: min(count, SHOWN_PARTS)]]
        return [*parts, "..."] if count > SHOWN_PARTS else parts

    def _element(self, pattern: int) -> str:
        return clipped(self.value(pattern), CLIPPED_TEXT // 2)

    def _function(self, number: int, name: str) -> str:
        code: int | None = number if name == "Code" else self.part(number, "code")
        if code is None or self.class_of(code) != "Code":
            return ""
        return f"{self.text(self.part(code, 'name'))} ({self.place(code, self.module_path(code))})"

    def _number(self, number: int, name: str) -> str:
        at = self.graph.addresses[number]
        if name == "LongInt":
            return str(int.from_bytes(self.graph.content[at + 8 : at + 16], "little", signed=True))
        if name == "Range":
            return f"of {self.graph.u64(at + self.graph.shapes[number].fields['count'].offset)}"
        if name == "Ip":
            fields = self.graph.shapes[number].fields
            high, low = (self.graph.u64(at + fields[name].offset) for name in ("high", "low"))
            if self.word(number, "version") == 4:
                return str(ipaddress.IPv4Address(low & 0xFFFF_FFFF))
            return str(ipaddress.IPv6Address(high << 64 | low))
        if name == "WeakMap":
            return f"of {self.word(number, 'count')}"
        if name in ("Cidr", "CidrTable"):
            return f"of {self.word(number, 'count')} networks"
        return ""


def clipped(text: str, longest: int = CLIPPED_TEXT) -> str:
    """A text, or its beginning."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _double(bits: int) -> float:
    number: float = struct.unpack("<d", bits.to_bytes(8, "little"))[0]
    return number
