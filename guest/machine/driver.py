"""The driver: hand-written code in the outermost frame that calls toplevels, `decide(event)` or the rules.

    program         words                                 registers
    TOPLEVEL        CALL; HALT                            R3 function, then result
    DECIDE_EVENT    CALL; HALT                            R3 function, then result; R4 event
    FIRST_MATCH     TEST_RULE; DECIDE; HALT               R0 event; R3 function that is called, then its result; R4 its argument
    COLLECT         TEST_RULE; DECIDE; NEXT_RULE          the same; R1 list of decisions, R2 list of rule names
    ANY_MATCH       TEST_RULE; DECIDE; COMPARE_DECISION   the same; R1 and R2 as in `matches.py`
    UNIQUE_MATCH    TEST_RULE; NOTE_MATCH                 the same; after the last rule to the DECIDE of FIRST_MATCH
    behind these    ADMIT; CALL; LOOP to TEST_RULE        for predicates that TEST_RULE does not call itself
    CALL_ANY        CALL_SPREAD; HALT                     R2 function, then result; R3 sequence of arguments, R4 dict of keywords

The driver is a function like any other, so the outermost frame needs no special case; tracebacks leave it out.
"""

from guest.compiler.language import UNDEFINED, Array, Value, i32, need, u32
from guest.heap import frames, roots
from guest.heap.allocate import old_array_u8, old_array_u32, old_array_value
from guest.heap.frames import drop_frames, first_window, set_callee, window_end
from guest.heap.recording import hide
from guest.heap.views import CodePointer, code_start, pc_after, register, set_register
from guest.machine.binding import SPREAD_ARGS, SPREAD_KWARGS
from guest.syntax.opcode import Op
from guest.values.dict import dict_new
from guest.values.function import SIMPLE, Code, Function, Module
from guest.values.interning import intern_text
from guest.values.list import list_new
from guest.values.tuple import tuple_new

EVENT = 0
DECISIONS = 1
NAMES = 2
RESULT = 3
"""The register of the function to call, which its result replaces. It and its argument are the last: what is called
has its other registers behind the driver's, so none of its locals is left in a register that is a root."""
ARGUMENT = 4
REGISTERS = 5

CALLEE = 2
ARGUMENTS = 3
KEYWORDS = 4
"""The same registers for CALL_ANY, whose call has two values behind its function."""

TOPLEVEL = 0
DECIDE_EVENT = 2
FIRST_MATCH = 4
COLLECT = 10
ANY_MATCH = 16
UNIQUE_MATCH = 22
CALL_ANY = 28
"""Where each program begins, in words."""
AFTER_TEST = 1
SLOW_CALL = 3
"""Words from TEST_RULE to the instruction after it, and to the ADMIT before the CALL."""
WORDS = 31
JUMP_MASK = (1 << 24) - 1
SPREAD_BOTH = SPREAD_ARGS | SPREAD_KWARGS

driver: Function | None = None


def make_driver() -> None:
    """Write the programs. Called once, at boot."""
    global driver
    words = old_array_u32(WORDS)
    words[TOPLEVEL] = Op.CALL | RESULT << 8
    words[TOPLEVEL + 1] = Op.HALT
    words[DECIDE_EVENT] = Op.CALL | RESULT << 8 | 1 << 16
    words[DECIDE_EVENT + 1] = Op.HALT
    write_rules(words, FIRST_MATCH, Op.DECIDE, Op.HALT)
    write_rules(words, COLLECT, Op.DECIDE, Op.NEXT_RULE)
    write_rules(words, ANY_MATCH, Op.DECIDE, Op.COMPARE_DECISION)
    write_rules(words, UNIQUE_MATCH, Op.NOTE_MATCH, Op.HALT)
    words[CALL_ANY] = Op.CALL_SPREAD | CALLEE << 8
    words[CALL_ANY + 1] = SPREAD_BOTH << 16
    words[CALL_ANY + 2] = Op.HALT
    slots = old_array_value(1)
    slots[0] = Value(tuple_new(0))
    name = intern_text("<driver>")
    module = Module(
        path=name,
        slots=slots,
        names=Array[Value](0),
        globals=0,
        exports=dict_new(0),
        options=0,
        toplevel=None,
        loads=list_new(0),
        source=old_array_u8(0),
        source_length=0,
    )
    code = Code(
        words=words,
        module=module,
        name=name,
        parameters=tuple_new(0),
        positional=0,
        keyword_only=0,
        optional=0,
        flags=SIMPLE,
        registers=REGISTERS,
        cells=0,
        positions=Array[u32](0),
        position=0,
        active=0,
        locals=None,
    )
    running = Function(identity=0, code=code, defaults=tuple_new(0), cells=tuple_new(0))
    hide(running)
    driver = running


def write_rules(words: Array[u32], start: u32, first: u32, second: u32) -> None:
    """Write a program that tries rules; `first` and `second` are what follows a match."""
    words[start] = Op.TEST_RULE
    words[start + AFTER_TEST] = first
    words[start + AFTER_TEST + 1] = second
    words[start + SLOW_CALL] = Op.ADMIT
    words[start + SLOW_CALL + 1] = Op.CALL | RESULT << 8 | 1 << 16
    words[start + SLOW_CALL + 2] = Op.LOOP | (-(SLOW_CALL + 3) & JUMP_MASK) << 8


def prepare(program: u32) -> None:
    """Make the outermost frame ready to run a program; its registers are undefined."""
    drop_frames()
    base = first_window()
    roots.raise_vm_top(window_end(base, REGISTERS))
    running = need(driver)
    set_callee(base, Value(running))
    for i in range(REGISTERS):
        set_register(base, i, UNDEFINED)
    frames.current_base = base
    frames.current_pc = program_start(program)


def program_start(program: u32) -> CodePointer:
    """The first instruction of a program."""
    return pc_after(code_start(need(driver).code.words), i32(program))


def driver_register(index: u32) -> Value:
    """A register of the outermost frame."""
    return register(first_window(), index)


def set_driver_register(index: u32, value: Value) -> None:
    """Write a register of the outermost frame."""
    set_register(first_window(), index, value)
