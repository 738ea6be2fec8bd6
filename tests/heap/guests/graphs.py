"""A test guest: a little machine that builds and changes object graphs as a script of words tells it.

`tests/heap/model.py` runs the same script on Python objects and compares what is reachable. Eight registers
in an old array and eight on the VM stack are the only roots.
"""

from __future__ import annotations

from enum import IntEnum

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Failure,
    Inline,
    Object,
    Value,
    cast,
    copy_items,
    export,
    i64,
    need,
    u8,
    u32,
    u64,
    unreachable,
)
from guest.compiler.raw import address
from guest.heap import allocate
from guest.heap.allocate import (
    collect_full,
    collect_young,
    compact_old,
    old_array_u32,
    old_array_value,
    step_cycle,
)
from guest.heap.finalizers import next_finalizable, take_finalizable
from guest.heap.finalizers import register as register_finalizer
from guest.heap.freeze import freeze_all
from guest.heap.handles import drop_handle, forget_handles, new_handle, value_of
from guest.heap.header import HEADER_SIZE
from guest.heap.identity import give_number, has_identity
from guest.heap.layout import VM_STACK_BASE
from guest.heap.reset import end_evaluation
from guest.heap.roots import raise_vm_top
from guest.heap.state import is_frozen
from guest.heap.value import from_small, is_pointer, pointer_of
from guest.heap.verify import verify_heap
from guest.heap.views import Registers, register, set_register
from guest.heap.weak import WeakMap, WeakReference, begin_clearing, new_weak_map, new_weak_reference
from guest.meter import errors

OLD_REGISTERS = 8
STACK_REGISTERS = 8
SCRIPT_WORDS = 65536
HANDLES = 4
MAP_CAPACITY = 2


class Op(IntEnum):
    """What a script can do; operands a, b, c. `R[x]` is a register."""

    NODE = 0  # R[a] = Node(id=c, left=R[b])
    LEAF = 1  # R[a] = Leaf of b bytes with id c
    BAG = 2  # R[a] = Bag of b slots with id c
    LIST = 3  # R[a] = List with an array of b slots with id c
    STORE = 4  # R[a].<slot c> = R[b]
    LOAD = 5  # R[a] = R[b].<slot c>
    MOVE = 6  # R[a] = R[b]
    DROP = 7  # R[a] = undefined
    YOUNG = 8  # collect the young space
    FULL = 9  # collect the old space
    FREEZE = 10  # drop all handles, make everything permanent
    END = 11  # end of an evaluation
    CHURN = 12  # allocate b times c bytes that die at once
    PINNED = 13  # R[a] = List with an array of b slots that was born old, with id c
    STEP = 14  # begin a cycle, or do b bytes of its work
    COMPACT = 15  # move what is old together
    CLEAR = 16  # collect everything, and let go of what only weak objects refer to
    WEAK = 17  # R[a] = weak reference to R[b]
    MAP = 18  # R[a] = weak-key map
    PUT = 19  # R[a][R[b]] = R[c]
    REGISTER = 20  # a finalizer of R[b] with number c
    TAKE = 21  # R[a] = the first finalizable object, R[b] = its number
    HANDLE = 22  # H[c] = handle of R[b]
    HELD = 23  # R[a] = what H[c] holds
    RELEASE = 24  # drop H[c]
    FORGET = 25  # drop all handles


class Node(Object):
    """Pointers, a Value and plain data mixed."""

    id: u32
    left: Object | None
    right: Object | None
    kind: u8
    value: Value
    identity: u32


class Leaf(Object):
    """Bytes."""

    id: u32
    data: Inline[u8]


class Bag(Object):
    """Trailing Values."""

    id: u32
    identity: u32
    slots: Inline[Value]


class List(Object):
    """A pointer to an array of Values."""

    id: u32
    items: Array[Value]
    identity: u32


registers: Array[Value] | None = None
handles: Array[u64] | None = None
script: Array[u32] | None = None


@export
def boot() -> u32:
    """Make the registers and room for a script; its address."""
    global registers, script, handles
    handles = Array[u64](HANDLES)
    registers = old_array_value(OLD_REGISTERS)
    script = old_array_u32(SCRIPT_WORDS)
    raise_vm_top(VM_STACK_BASE + STACK_REGISTERS * 8)
    return address(need(script)) + HEADER_SIZE


@export
def run(count: u32) -> u32:
    """Run the first `count` instructions of the script: 0, or the kind of the failure."""
    try:
        for index in range(count):
            words = need(script)
            at = index * 4
            step(words[at], words[at + 1], words[at + 2], words[at + 3])
        return 0
    except Failure:
        return errors.kind


def step(op: u32, a: u32, b: u32, c: u32) -> None:
    """One instruction."""
    match op:
        case Op.NODE:
            put(
                a,
                Value(Node(id=c, left=pointer(b), right=None, kind=7, value=from_small(i64(c)), identity=0)),
            )
        case Op.LEAF:
            put(a, Value(make_leaf(b, c)))
        case Op.BAG:
            put(a, Value(Bag.allocate(b, id=c, identity=0)))
        case Op.LIST:
            put(a, Value(make_list(b, c)))
        case Op.PINNED:
            put(a, Value(List(id=c, items=old_array_value(b), identity=0)))
        case Op.STORE:
            store(a, b, c)
        case Op.LOAD:
            put(a, load(b, c))
        case Op.MOVE:
            put(a, get(b))
        case Op.DROP:
            put(a, UNDEFINED)
        case Op.YOUNG:
            collect_young()
        case Op.FULL:
            collect_full()
        case Op.FREEZE:
            forget_handles()
            freeze_all()
        case Op.END:
            end_evaluation()
        case Op.STEP:
            step_cycle(b)
        case Op.COMPACT:
            compact_old()
        case Op.CHURN:
            churn(b, c)
        case Op.CLEAR:
            collect_young()
            begin_clearing()
            collect_full()
        case Op.WEAK:
            if is_pointer(get(b)):
                put(a, Value(new_weak_reference(get(b))))
        case Op.MAP:
            put(a, Value(new_weak_map(MAP_CAPACITY)))
        case Op.PUT:
            if isinstance(get(a), WeakMap) and has_identity_at(b):
                set_entry(cast(WeakMap, get(a)), pointer_at_register(b), get(c))
        case Op.REGISTER:
            if is_pointer(get(b)):
                register_finalizer(pointer_at_register(b), c)
        case Op.TAKE:
            take(a, b)
        case Op.HANDLE:
            made = new_handle(get(b))
            need(handles)[c] = made
        case Op.HELD:
            put(a, value_of(need(handles)[c]))
        case Op.RELEASE:
            drop_handle(need(handles)[c])
        case Op.FORGET:
            forget_handles()
        case _:
            unreachable()


def make_leaf(size: u32, number: u32) -> Leaf:
    """A leaf whose bytes all follow from its number."""
    leaf = Leaf.allocate(size, id=number)
    for index in range(size):
        leaf.data[index] = (number + index) & 0xFF
    return leaf


def make_list(size: u32, number: u32) -> List:
    """A list whose array is made before, so that it is live across an allocation."""
    items = Array[Value](size)
    return List(id=number, items=items, identity=0)


def pointer_at_register(index: u32) -> Object:
    """The object in a register that has one."""
    return pointer_of(get(index))


def has_identity_at(index: u32) -> bool:
    """Whether a register holds an object that may be a key."""
    return is_pointer(get(index)) and has_identity(pointer_of(get(index)))


def set_entry(map: WeakMap, key: Object, value: Value) -> None:
    """Set an entry, found by a scan; a frozen map stays as it is. Deleted positions are not used again."""
    if is_frozen(map):
        return
    give_number(key)
    for position in range(map.used):
        if map.entries[2 * position] == Value(key):
            map.entries[2 * position + 1] = value
            return
    at = map.used
    if 2 * at == len(map.entries):
        larger = Array[Value](4 * at)
        copy_items(larger, 0, map.entries, 0, 2 * at)
        map.entries = larger
    map.entries[2 * at] = Value(key)
    map.entries[2 * at + 1] = value
    map.used = at + 1
    map.count += 1


def take(target: u32, number: u32) -> None:
    """Take the first finalizable object, if there is one."""
    first = next_finalizable()
    if first is not None:
        put(target, Value(first.object))
        put(number, from_small(i64(take_finalizable())))


def churn(count: u32, size: u32) -> None:
    """Garbage."""
    for index in range(count):
        leaf = Leaf.allocate(size, id=index)
        assert leaf.id == index


def get(index: u32) -> Value:
    """Read a register."""
    if index >= OLD_REGISTERS:
        return register(Registers(VM_STACK_BASE), index - OLD_REGISTERS)
    return need(registers)[index]


def put(index: u32, value: Value) -> None:
    """Write a register."""
    if index >= OLD_REGISTERS:
        set_register(Registers(VM_STACK_BASE), index - OLD_REGISTERS, value)
    else:
        need(registers)[index] = value


def pointer(index: u32) -> Object | None:
    """The object in a register."""
    value = get(index)
    if is_pointer(value):
        return cast(Object, value)
    return None


def store(target: u32, source: u32, slot: u32) -> None:
    """Write a slot of the object in a register; what has no such slot stays as it is."""
    owner = get(target)
    value = get(source)
    if isinstance(owner, Node):
        node = cast(Node, owner)
        if slot == 0:
            node.left = pointer(source)
        elif slot == 1:
            node.right = pointer(source)
        else:
            node.value = value
    elif isinstance(owner, Bag):
        bag = cast(Bag, owner)
        if slot < len(bag.slots):
            bag.slots[slot] = value
    elif isinstance(owner, List):
        items = cast(List, owner).items
        if slot < len(items):
            items[slot] = value


def load(source: u32, slot: u32) -> Value:
    """Read a slot of the object in a register; the register itself if there is none."""
    owner = get(source)
    if isinstance(owner, Node):
        node = cast(Node, owner)
        if slot >= 2:
            return node.value
        found = node.left if slot == 0 else node.right
        return Value(found) if found is not None else UNDEFINED
    if isinstance(owner, WeakReference):
        return cast(WeakReference, owner).target
    if isinstance(owner, Bag):
        bag = cast(Bag, owner)
        return bag.slots[slot] if slot < len(bag.slots) else owner
    if isinstance(owner, List):
        items = cast(List, owner).items
        return items[slot] if slot < len(items) else owner
    return owner


@export
def verify() -> u32:
    """0, or the address of something wrong in the heap."""
    return verify_heap(allocate.origin, allocate.bump)
