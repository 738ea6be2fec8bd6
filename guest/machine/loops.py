"""Handlers of iteration: a register holds what is iterated over, the next one the position in it.

The position is a small integer: an index, or the entry position in a dict. Lists and dicts are locked against mutation
while they are iterated over; frozen ones need no lock. Ending an iteration unlocks and clears both registers.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, i64, inline, noinline, opcode, u32, u64
from guest.heap.operands import after_a, jump_of, register_a, register_b, set_a, set_after_a, set_b
from guest.heap.state import is_frozen
from guest.heap.value import fits_small, from_small, small
from guest.heap.views import CodePointer, Registers, fetch, pc_after
from guest.machine.account import poll
from guest.syntax.opcode import Op
from guest.values.dict import Dict
from guest.values.failure import say, stop
from guest.values.list import List
from guest.values.range import Range, range_item
from guest.values.tuple import Tuple
from guest.values.types import say_type


@opcode(Op.ITERATE)
def op_iterate(word: u32, base: Registers) -> None:
    """Begin iterating over R[B]: R[A] = it, R[A+1] = 0."""
    iterable = register_b(base, word)
    begin_iteration(iterable)
    set_a(base, word, iterable)
    set_after_a(base, word, from_small(0))


@noinline
def begin_iteration(iterable: Value) -> None:
    """Lock what can change; refuse what is not iterable."""
    if isinstance(iterable, List):
        items = cast(List, iterable)
        if not is_frozen(items):
            items.locks += 1
    elif isinstance(iterable, Dict):
        entries = cast(Dict, iterable)
        if not is_frozen(entries):
            entries.locks += 1
    elif not isinstance(iterable, Range) and not isinstance(iterable, Tuple):
        refuse_iteration(iterable)


@noinline
def refuse_iteration(value: Value) -> NoReturn:
    """End with the error of a value that is no sequence of values."""
    say_type(value)
    say(" value is not iterable")
    stop()


@opcode(Op.NEXT, sets="pc")
def op_next(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """R[B] = first element of the iteration in R[A], or jump J when there is none."""
    if step(word, base, register_a(base, word), small(after_a(base, word))):
        return pc_after(pc, 1)
    return pc_after(pc, 1 + jump_of(fetch(pc)))


@opcode(Op.NEXT_LOOP, sets="pc")
def op_next_loop(word: u32, pc: CodePointer, base: Registers) -> CodePointer:
    """R[B] = next element and jump J, backward, while there is one."""
    poll()
    iterable = register_a(base, word)
    position = small(after_a(base, word))
    if isinstance(iterable, Range):
        range = cast(Range, iterable)
        if u64(position) < range.count:
            number = range.start + position * range.step
            if fits_small(number):
                set_after_a(base, word, from_small(position + 1))
                set_b(base, word, from_small(number))
                return pc_after(pc, 1 + jump_of(fetch(pc)))
    elif isinstance(iterable, List):
        items = cast(List, iterable)
        if u32(position) < items.count:
            set_b(base, word, items.items[u32(position)])
            set_after_a(base, word, from_small(position + 1))
            return pc_after(pc, 1 + jump_of(fetch(pc)))
    if step(word, base, iterable, position):
        return pc_after(pc, 1 + jump_of(fetch(pc)))
    return pc_after(pc, 1)


@noinline
def step(word: u32, base: Registers, iterable: Value, place: i64) -> bool:
    """One step of an iteration; False at its end."""
    position = u32(place)
    if isinstance(iterable, List):
        items = cast(List, iterable)
        if position >= items.count:
            return False
        set_b(base, word, items.items[position])
        set_after_a(base, word, from_small(place + 1))
        return True
    if isinstance(iterable, Range):
        if u64(place) >= cast(Range, iterable).count:
            return False
        set_b(base, word, range_item(cast(Range, iterable), u64(place)))
        set_after_a(base, word, from_small(place + 1))
        return True
    if isinstance(iterable, Tuple):
        elements = cast(Tuple, iterable)
        if position >= len(elements.items):
            return False
        set_b(base, word, elements.items[position])
        set_after_a(base, word, from_small(i64(position) + 1))
        return True
    entries = cast(Dict, iterable)
    at = position
    while at < entries.used:
        key = entries.entries[2 * at]
        at += 1
        if key != UNDEFINED:
            set_b(base, word, key)
            set_after_a(base, word, from_small(i64(at)))
            return True
    return False


@opcode(Op.END_ITERATION)
def op_end_iteration(word: u32, base: Registers) -> None:
    """Unlock R[A]; clear R[A] and R[A+1]."""
    unlock(register_a(base, word))
    set_a(base, word, UNDEFINED)
    set_after_a(base, word, UNDEFINED)


@inline
def unlock(iterable: Value) -> None:
    """Undo what `begin_iteration` locked."""
    if isinstance(iterable, List):
        items = cast(List, iterable)
        if not is_frozen(items):
            items.locks -= 1
    elif isinstance(iterable, Dict):
        entries = cast(Dict, iterable)
        if not is_frozen(entries):
            entries.locks -= 1
