"""Handlers of calls and returns: frames are pushed in linear memory, so rules calling rules never nest in Wasm.

A plain call (a rule function without `*args`, `**kwargs` or keyword-only parameters, with exactly its positional arguments,
that is not already active) is inline: one record is pushed and the callee's window is where its arguments are. All
else goes through `binding.py`. A code is marked active while it runs, which is how recursion is refused; codes that may
recurse are never marked.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, inline, need, noinline, opcode, u32
from guest.heap import frames, roots
from guest.heap.frames import (
    callee_of,
    frame_fits,
    pop_frame,
    push_frame,
    raise_water,
    running_object,
    set_callee,
    window_end,
)
from guest.heap.operands import (
    high_half,
    low_half,
    operand_a,
    operand_b,
    operand_c,
    register_a,
    set_a,
    window_after_a,
)
from guest.heap.value import NONE, from_bool
from guest.heap.views import (
    CodePointer,
    Registers,
    Slots,
    code_start,
    fetch,
    pc_after,
    register,
    set_register,
    slot,
    slots_of,
)
from guest.machine import builtins
from guest.machine.account import begin_charging, poll
from guest.machine.binding import bind, describe_code, fill_defaults, too_deep, too_many
from guest.machine.builtins import call_bound, call_function
from guest.machine.displays import tuple_of_registers
from guest.meter import fuel
from guest.syntax.opcode import Op
from guest.values.failure import say, say_str, stop
from guest.values.function import SIMPLE, Builtin, Code, Function
from guest.values.tuple import Tuple
from guest.values.types import say_type

RECURSIVE_SHIFT = 2
"""The bit number of RECURSIVE_OK."""


@inline
def enter(code: Code, window: Registers, end: u32) -> None:
    """Start running `code` on its bound window; the emitter clears what it may read before assignment."""
    roots.vm_top = end
    frames.current_base = window
    code.active = ((code.flags >> RECURSIVE_SHIFT) & 1) ^ 1


@opcode(Op.CALL, sets=("pc", "base", "slots"))
def op_call(
    word: u32, pc: CodePointer, base: Registers, slots: Slots
) -> tuple[CodePointer, Registers, Slots]:
    """Call R[A] with B positional arguments."""
    return call_in(window_after_a(base, word), operand_b(word), pc, base, slots)


@opcode(Op.CALL_SLOT, sets=("pc", "base", "slots"))
def op_call_slot(
    word: u32, pc: CodePointer, base: Registers, slots: Slots
) -> tuple[CodePointer, Registers, Slots]:
    """R[A] = slots[K], then the same."""
    window = window_after_a(base, word)
    set_callee(window, slot(slots, low_half(fetch(pc))))
    return call_in(window, operand_b(word), pc_after(pc, 1), base, slots)


@inline
def call_in(
    window: Registers, given: u32, pc: CodePointer, base: Registers, slots: Slots
) -> tuple[CodePointer, Registers, Slots]:
    """Call the function before `window` with `given` positional arguments; the caller goes on at `pc`."""
    callee = callee_of(window)
    if isinstance(callee, Function):
        code = cast(Function, callee).code
        end = window_end(window, code.registers)
        if (
            code.positional == given
            and code.flags & SIMPLE != 0
            and code.active == 0
            and frame_fits(end)
            and fuel.interrupt == 0
        ):
            push_frame(pc, base, slots)
            enter(code, window, end)
            return code_start(code.words), window, slots_of(code.module.slots)
    if call_other(window, given):
        push_frame(pc, base, slots)
        code = enter_bound(window)
        return code_start(code.words), window, slots_of(code.module.slots)
    return pc, base, slots


@noinline
def call_other(window: Registers, given: u32) -> bool:
    """A call that is not plain. True: a rule function is bound in `window`; False: a built-in has run."""
    poll()
    begin_charging()
    callee = callee_of(window)
    if isinstance(callee, Builtin):
        call_function(window, cast(Builtin, callee), given)
        return False
    if not isinstance(callee, Function):
        not_callable(callee)
    code = cast(Function, callee).code
    check_entry(code, window)
    required = code.positional - code.optional
    if code.flags & SIMPLE == 0 or given < required:
        bind_in_window(window, given, None, 0)
    elif given > code.positional:
        describe_code(code)
        too_many(given)
    else:
        defaults = cast(Function, callee).defaults
        for i in range(given, code.positional):
            set_register(window, i, defaults.items[i - required])
    return True


def bind_in_window(window: Registers, given: u32, names: Tuple | None, spread: u32) -> None:
    """Bind a call of a rule function, then move the bound registers down into its window."""
    top = roots.vm_top
    describe_code(cast(Function, callee_of(window)).code)
    start = bind(window, given, names, spread, 0)
    function = cast(Function, callee_of(window))
    fill_defaults(start, function)
    roots.vm_top = top
    for i in range(u32(len(function.code.parameters.items))):
        set_register(window, i, register(start, i))


@noinline
def enter_bound(window: Registers) -> Code:
    """Enter the function before `window`, whose arguments are bound. The caller's record has been pushed."""
    code = cast(Function, callee_of(window)).code
    enter(code, window, window_end(window, code.registers))
    return code


def check_entry(code: Code, window: Registers) -> None:
    """Refuse a function that is active already, and a stack that is full, before anything is bound."""
    if code.active != 0:
        say("function ")
        say_str(code.name)
        say(' called recursively (use a loop, or turn on the option "recursion")')
        stop()
    end = window_end(window, code.registers)
    if not frame_fits(end) and not raise_water(end):
        too_deep()


@noinline
def not_callable(value: Value) -> NoReturn:
    """End with the error of a call of something else."""
    say("invalid call of non-function (")
    say_type(value)
    say(")")
    stop()


@opcode(Op.CALL_SPREAD, sets=("pc", "base", "slots"))
def op_call_spread(
    word: u32, pc: CodePointer, base: Registers, slots: Slots
) -> tuple[CodePointer, Registers, Slots]:
    """Call R[A] with B positional arguments, C keyword values, *args if H & 1, **kwargs if H & 2."""
    pair = fetch(pc)
    window = window_after_a(base, word)
    if call_spread(window, operand_b(word), slot(slots, low_half(pair)), high_half(pair)):
        push_frame(pc_after(pc, 1), base, slots)
        code = enter_bound(window)
        return code_start(code.words), window, slots_of(code.module.slots)
    return pc_after(pc, 1), base, slots


@noinline
def call_spread(window: Registers, given: u32, names: Value, spread: u32) -> bool:
    """A call with named or spread arguments; the result means what that of `call_other` means."""
    poll()
    begin_charging()
    callee = callee_of(window)
    keywords = cast(Tuple, names)
    if isinstance(callee, Builtin):
        builtin = cast(Builtin, callee)
        twin = need(builtins.twins)[builtin.number] if builtin.receiver == UNDEFINED else UNDEFINED
        if twin == UNDEFINED:
            call_bound(window, builtin, given, keywords, spread)
            return False
        # The prelude's version runs in its place, also if this instruction has to be executed again.
        set_callee(window, twin)
        callee = twin
    if not isinstance(callee, Function):
        not_callable(callee)
    check_entry(cast(Function, callee).code, window)
    bind_in_window(window, given, keywords, spread)
    return True


@opcode(Op.RETURN, sets=("pc", "base", "slots"))
def op_return(word: u32, base: Registers) -> tuple[CodePointer, Registers, Slots]:
    """Return R[A]."""
    return leave_frame(base, register_a(base, word))


@opcode(Op.RETURN_BOOL, sets=("pc", "base", "slots"))
def op_return_bool(word: u32, base: Registers) -> tuple[CodePointer, Registers, Slots]:
    """Return B != 0."""
    return leave_frame(base, from_bool(operand_b(word) != 0))


@opcode(Op.RETURN_NONE, sets=("pc", "base", "slots"))
def op_return_none(base: Registers) -> tuple[CodePointer, Registers, Slots]:
    """Return None."""
    return leave_frame(base, NONE)


@inline
def leave_frame(base: Registers, result: Value) -> tuple[CodePointer, Registers, Slots]:
    """Go back to the caller; the result replaces the callee."""
    cast(Function, running_object(base)).code.active = 0
    set_callee(base, result)
    pc, caller, slots = pop_frame()
    frames.current_base = caller
    return pc, caller, slots


@opcode(Op.MAKE_FUNCTION, sets="pc")
def op_make_function(word: u32, pc: CodePointer, base: Registers, slots: Slots) -> CodePointer:
    """R[A] = function of the Code slots[K], with B defaults from R[A+1], then C cells."""
    code = slot(slots, low_half(fetch(pc)))
    set_a(base, word, make_function(code, base, operand_a(word) + 1, operand_b(word), operand_c(word)))
    return pc_after(pc, 1)


@noinline
def make_function(code: Value, base: Registers, first: u32, defaults: u32, cells: u32) -> Value:
    """A function whose defaults and cells are in registers."""
    begin_charging()
    default_values = tuple_of_registers(base, first, defaults)
    cell_values = tuple_of_registers(base, first + defaults, cells)
    return Value(Function(identity=0, code=cast(Code, code), defaults=default_values, cells=cell_values))
