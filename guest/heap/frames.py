"""Frames of the virtual machine: register windows on the VM stack, and records of callers on the frame stack.

Raw accesses by computed offsets live here because the compiler cannot check them: they are safe because the emitter
states a code's frame size, `frame_fits` is asked before a window is entered, and the collector clears what lies between
`vm_top` and the high-water mark. `guest/machine/` is the only user.

    VM stack      ... | callee | R[0] R[1] ... of the caller | ...
                                        callee' | R'[0] R'[1] ... of the callee |  <- vm_top
    frame stack   | return pc, caller's base, caller's slots, caller's vm_top |    16 bytes a call  <- frame_top

A callee's window overlaps its caller's: its arguments are where the caller put them, and its result replaces the callee.
"""

from guest.compiler.language import UNDEFINED, Object, Value, inline, noinline, u32
from guest.compiler.raw import load_u32, load_u64, load_value, pointer_at, store_u32, store_value
from guest.heap import roots
from guest.heap.layout import FRAME_STACK_BASE, FRAME_STACK_LIMIT, VM_STACK_BASE, VM_STACK_LIMIT
from guest.heap.views import CodePointer, Registers, Slots

VALUE_BYTES = 8
RECORD_BYTES = 16
LAST_RECORD = FRAME_STACK_LIMIT - RECORD_BYTES
WATER_STEP = 512
"""Bytes by which the high-water mark runs ahead of the stack's top, so that few calls move it."""

frame_top: u32 = FRAME_STACK_BASE
current_pc: CodePointer = CodePointer(0)
"""The instruction being executed: what errors point at and where a suspended evaluation goes on."""
current_base: Registers = Registers(0)
"""The running frame's window."""


@inline
def callee_of(base: Registers) -> Value:
    """The function that runs in the frame at `base`, or is about to."""
    return load_value(u32(base) - VALUE_BYTES)


@inline
def running_object(base: Registers) -> Object:
    """The same for a frame that has been entered: its callee is an object."""
    return pointer_at(Object, load_u32(u32(base) - VALUE_BYTES))


@inline
def callee_address(base: Registers) -> u32:
    """Where the callee's object is; 0 if it is no object."""
    word = load_u64(u32(base) - VALUE_BYTES)
    return u32(word) if word <= 0xFFFF_FFFF else 0


@inline
def set_callee(base: Registers, value: Value) -> None:
    """Replace a frame's callee: by its result when it returns. The VM stack is a root: no barrier."""
    store_value(u32(base) - VALUE_BYTES, value)


@inline
def window_end(base: Registers, registers: u32) -> u32:
    """Where the VM stack ends when the frame at `base` has so many registers."""
    return u32(base) + registers * VALUE_BYTES


@inline
def first_window() -> Registers:
    """The window of the outermost frame; its callee is the stack's first slot."""
    return Registers(VM_STACK_BASE + VALUE_BYTES)


@inline
def window_above() -> Registers:
    """The free registers from the stack's top."""
    return Registers(roots.vm_top)


def registers_used(base: Registers) -> u32:
    """How many registers there are from `base` to the stack's top."""
    return (max(roots.vm_top, u32(base)) - u32(base)) // VALUE_BYTES


@inline
def frame_fits(end: u32) -> bool:
    """Whether a call may enter a window that ends here without `raise_water`."""
    return end <= roots.vm_high_water and frame_top <= LAST_RECORD


@noinline
def raise_water(end: u32) -> bool:
    """Make room for a window that ends at `end`: False when calls are too deep."""
    if end > VM_STACK_LIMIT or frame_top > LAST_RECORD:
        return False
    if end > roots.vm_high_water:
        roots.vm_high_water = min(end + WATER_STEP, u32(VM_STACK_LIMIT))
    return True


@inline
def push_frame(pc: CodePointer, base: Registers, slots: Slots) -> None:
    """Remember the caller. `frame_fits` has been asked."""
    global frame_top
    at = frame_top
    store_u32(at, u32(pc))
    store_u32(at, u32(base), 4)
    store_u32(at, u32(slots), 8)
    store_u32(at, roots.vm_top, 12)
    frame_top = at + RECORD_BYTES


@inline
def pop_frame() -> tuple[CodePointer, Registers, Slots]:
    """Forget the innermost call: where its caller goes on. Restores the caller's `vm_top`."""
    global frame_top
    at = frame_top - RECORD_BYTES
    frame_top = at
    roots.vm_top = load_u32(at, 12)
    return CodePointer(load_u32(at)), Registers(load_u32(at, 4)), Slots(load_u32(at, 8))


@inline
def frame_depth() -> u32:
    """How many calls are active, the outermost frame not counted."""
    return (frame_top - FRAME_STACK_BASE) // RECORD_BYTES


def caller_pc(depth: u32) -> CodePointer:
    """Where the frame that made call number `depth` (0: the first) goes on."""
    return CodePointer(load_u32(FRAME_STACK_BASE + depth * RECORD_BYTES))


def caller_base(depth: u32) -> Registers:
    """The window of the frame that made call number `depth`."""
    return Registers(load_u32(FRAME_STACK_BASE + depth * RECORD_BYTES, 4))


def drop_frames() -> None:
    """Forget every call and empty the VM stack; its registers are cleared by the next collection or reset."""
    global frame_top
    frame_top = FRAME_STACK_BASE
    roots.vm_top = VM_STACK_BASE


@inline
def clear_registers(base: Registers, start: u32, end: u32) -> None:
    """Make the registers `start` to `end` undefined."""
    at = u32(base) + start * VALUE_BYTES
    limit = u32(base) + end * VALUE_BYTES
    while at < limit:
        store_value(at, UNDEFINED)
        at += VALUE_BYTES
