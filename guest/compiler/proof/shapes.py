"""Expressions: what an operand's result is (a pointer, a Value, an address inside an object, a number), and what it reads.

Types come from the declarations of locals, fields and variables, by the offsets in the text. The vocabulary is closed: an
instruction that is not listed here is refused, so nothing can call or store from inside an expression.
"""

from __future__ import annotations

from typing import NamedTuple

from guest.compiler import types as t
from guest.compiler.proof.declared import ClassFacts, Declared
from guest.compiler.proof.graph import offset_of
from guest.compiler.proof.text import Node, TextFunction
from guest.compiler.proof.trust import VIEWS


class Shape(NamedTuple):
    """What is known of an operand: its kind, the class it points to, the local that owns the address, its worth."""

    kind: str
    target: str = ""
    owner: str = ""
    worth: int = 0


NUMBER = Shape("number")
VALUE = Shape("value")
STATIC = Shape("static")
SHADOW_TOP = Shape("shadow top")
FRAME = Shape("frame")
REFERENCES = frozenset({"pointer", "value", "inside", "span"})
ADDRESSES = frozenset({"pointer", "inside", "span", "view", "text", "static"})


def shape_of(kind: t.Type | None) -> Shape:
    """What a local, a field or a variable of a declared type holds."""
    if isinstance(kind, t.Pointer):
        return Shape("pointer", kind.target)
    if kind == t.NULL:
        return Shape("pointer", "")
    if isinstance(kind, t.ValueType):
        return VALUE
    if isinstance(kind, t.Opaque):
        return Shape("span") if kind.transient else Shape("view") if is_view(kind) else NUMBER
    if kind == t.TEXT:
        return Shape("text")
    return NUMBER


def is_view(kind: t.Type) -> bool:
    """Whether these are addresses of what does not move."""
    return isinstance(kind, t.Opaque) and kind.name in VIEWS


ACCESS = {1: ("i32.load8_u", "i32.store8"), 2: ("i32.load16_u", "i32.store16")}


def accesses(kind: t.Type) -> tuple[str, str]:
    """The load and the store that a stored `kind` takes."""
    found = ACCESS.get(t.size_of(kind))
    if found is not None:
        return found
    return f"{t.wasm_type(kind)}.load", f"{t.wasm_type(kind)}.store"


LOADS = frozenset(
    {"i32.load", "i32.load8_u", "i32.load16_u", "i64.load", "f64.load"},
)
STORES = frozenset({"i32.store", "i32.store8", "i32.store16", "i64.store", "f64.store"})
WIDTHS = {"i32.store": 4, "i32.store8": 1, "i32.store16": 2, "i64.store": 8, "f64.store": 8}
COMPARISONS = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"
INTEGER = f"eqz {COMPARISONS} clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr const"
FLOAT = "eq ne lt gt le ge abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign const"
CONVERSIONS = (
    "i32.wrap_i64 i64.extend_i32_s i64.extend_i32_u i64.reinterpret_f64 f64.reinterpret_i64 "
    "f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u i32.trunc_sat_f64_s "
    "i32.trunc_sat_f64_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u"
)
PURE = frozenset(
    [
        *(f"{width}.{name}" for width in ("i32", "i64") for name in INTEGER.split()),
        *(f"f64.{name}" for name in FLOAT.split()),
        *CONVERSIONS.split(),
        "select",
        "memory.size",
    ]
)
"""The instructions that may stand in an expression; what is not known is refused."""
PASSING = frozenset({"i32.wrap_i64", "i64.extend_i32_u"})


class LocalFacts(NamedTuple):
    """A local: its bit in sets of locals, what it holds, whether the collector must know it."""

    bit: int
    shape: Shape
    kind: t.Type | None
    traced: bool


class Fault(NamedTuple):
    """Something that is wrong, and where."""

    place: str
    message: str


class Expressions:
    """Looks at the expressions of one function; `faults` is what is wrong."""

    def __init__(self, function: TextFunction, declared: Declared) -> None:
        self.function = function
        self.declared = declared
        self.faults: list[Fault] = []
        self.place = declared.heads.get(function.name, "")
        self.locals: dict[str, LocalFacts] = {}
        self.names: list[str] = []
        types = declared.locals.get(function.name, {})
        for name in [*function.parameters, *function.locals]:
            kind = types.get(name)
            traced = isinstance(kind, (t.Pointer, t.ValueType)) or kind == t.NULL
            self.locals[name] = LocalFacts(1 << len(self.names), shape_of(kind), kind, traced)
            self.names.append(name)
        self.uses = 0
        """The locals that have been read since this was set to 0."""
        self.carried = 0
        """The locals whose address the result of the expression looked at last carries on."""

    def fault(self, message: str, place: str | None = None) -> None:
        """Note that something is wrong here."""
        self.faults.append(Fault(place or self.place, message))

    def look(self, node: Node) -> Shape:
        """The shape of an expression's result. Adds what it reads to `uses`, and sets `carried`."""
        op = node.op
        if op == "local.get":
            facts = self.locals[node.immediate[1:]]
            self.uses |= facts.bit
            self.carried = 0 if facts.shape.kind == "view" else facts.bit
            return facts.shape
        if op == "i32.const" or op == "i64.const":
            self.carried = 0
            return Shape("const", worth=int(node.immediate, 0))
        if op in LOADS:
            shape = self._load(node)
            self.carried = 0
            return shape
        if op == "i32.add" or op == "i32.sub":
            return self._sum(node)
        if op in PASSING:
            shape = self.look(node.operands[0])
            if op == "i64.extend_i32_u":
                return VALUE if shape.kind == "pointer" else NUMBER
            return Shape("pointer", "Object") if shape.kind == "value" else NUMBER
        if op == "select":
            first = self.look(node.operands[0])
            carried = self.carried
            second = self.look(node.operands[1])
            carried |= self.carried
            self.look(node.operands[2])
            self.carried = carried
            if first.kind == "const":
                return second
            return first if second.kind == "const" or first == second else NUMBER
        if op not in PURE:
            self.fault(f"the instruction {op} is not known to the proof, or stands where it may not")
        for operand in node.operands:
            self.look(operand)
        self.carried = 0
        return NUMBER

    def _sum(self, node: Node) -> Shape:
        first = self.look(node.operands[0])
        carried = self.carried
        second = self.look(node.operands[1])
        if node.op == "i32.sub":
            self.carried = 0 if self.carried else carried  # the distance of two addresses is none
            return NUMBER
        self.carried |= carried
        if first.kind == "const" and second.kind == "const":
            return Shape("const", worth=first.worth + second.worth)
        base, left = (first, node.operands[0]) if first.kind in ADDRESSES else (second, node.operands[1])
        if base.kind == "pointer":
            return Shape("inside", base.target, left.immediate[1:] if left.op == "local.get" else "")
        if base.kind in ADDRESSES:
            return base
        for part in (first, second):
            if part.kind == "const" and part.worth in self.declared.static:
                return STATIC
        return NUMBER

    def _load(self, node: Node) -> Shape:
        offset = offset_of(node.immediate)
        base = self.look(node.operands[0])
        if base.kind == "const":
            address = base.worth + offset
            if address == self.declared.shadow_top:
                return SHADOW_TOP
            variable = self.declared.variables.get(address)
            if variable is not None:
                if node.op != accesses(variable.type)[0]:
                    self.fault(f"{variable.name} is read with {node.op}")
                return shape_of(variable.type)
            return NUMBER
        if base.kind not in ("pointer", "inside"):
            return NUMBER
        facts = self.declared.classes.get(base.target)
        if facts is None:
            return NUMBER
        kind = self.at(facts, offset, base)
        if kind is None or node.op != accesses(kind)[0]:
            return NUMBER
        return shape_of(kind)

    def at(self, facts: ClassFacts, offset: int, base: Shape) -> t.Type | None:
        """The type of what lies at an offset of an object, or of an element's address."""
        if base.kind == "pointer" and offset in facts.fields:
            return facts.fields[offset]
        if facts.element is not None and offset >= facts.fixed:
            inside = offset - facts.fixed
            return facts.element if inside % t.size_of(facts.element) == 0 else None
        return None
