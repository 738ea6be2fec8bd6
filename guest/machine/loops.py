"""Handlers of iteration: a register holds what is iterated over, the next one the position in it.

The position is a small integer: an index, the entry position in a dict, or a byte offset. Lists and dicts are locked against
mutation while they are iterated over; frozen ones need no lock. A set is iterated over as the dict that it is made of. Ending
an iteration unlocks and clears both registers.
"""

from typing import NoReturn

from guest.compiler.language import UNDEFINED, Value, cast, i64, inline, noinline, opcode, u32, u64
from guest.heap.operands import after_a, jump_of, register_a, register_b, set_a, set_after_a, set_b
from guest.heap.state import is_frozen
from guest.heap.value import fits_small, from_small, small
from guest.heap.views import CodePointer, Registers, fetch, pc_after
from guest.machine.account import begin_charging, poll
from guest.syntax.opcode import Op
from guest.values.dict import Dict, next_entry
from guest.values.elements import Elements, element_at, element_size, elements_end
from guest.values.failure import say, stop
from guest.values.integer import is_int
from guest.values.list import List
from guest.values.range import Range, range_item
from guest.values.set import Set
from guest.values.text import Str
from guest.values.tuple import Tuple
from guest.values.types import say_type


@opcode(Op.ITERATE)
def op_iterate(word: u32, base: Registers) -> None:
    """Begin iterating over R[B]: R[A] = it, R[A+1] = 0."""
    set_a(base, word, begin_iteration(register_b(base, word)))
    set_after_a(base, word, from_small(0))


@noinline
def begin_iteration(iterable: Value) -> Value:
    """What is iterated over. Lock what can change; refuse what is not iterable."""
    if isinstance(iterable, List):
        items = cast(List, iterable)
        if not is_frozen(items):
            items.locks += 1
    elif isinstance(iterable, Dict):
        entries = cast(Dict, iterable)
        if not is_frozen(entries):
            entries.locks += 1
    elif isinstance(iterable, Set):
        return begin_iteration_of_set(cast(Set, iterable))
    elif (
        not isinstance(iterable, Range)
        and not isinstance(iterable, Tuple)
        and not isinstance(iterable, Elements)
    ):
        refuse_iteration(iterable)
    return iterable


def begin_iteration_of_set(set: Set) -> Value:
    """Lock the elements of a set."""
    elements = set.elements
    if not is_frozen(elements):
        elements.locks += 1
    return Value(elements)


@noinline
def refuse_iteration(value: Value) -> NoReturn:
    """End with the error of a value that is no sequence of values."""
    say_type(value)
    say(" value is not iterable")
    if isinstance(value, Str):
        say(" (iterate over x.elems())")
    elif is_int(value):
        say(" (iterate over range(n))")
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
    if isinstance(iterable, Dict):
        return step_over_keys(word, base, cast(Dict, iterable), position)
    return step_over_elements(word, base, cast(Elements, iterable), position)


@inline
def step_over_keys(word: u32, base: Registers, entries: Dict, position: u32) -> bool:
    """One step of an iteration over a dict. Deleted entries are charged when they are skipped."""
    at = position
    if at >= entries.used:
        return False
    key = entries.entries[2 * at]
    if key == UNDEFINED:
        begin_charging()
        at = next_entry(entries, at)
        if at == entries.used:
            return False
        key = entries.entries[2 * at]
    set_b(base, word, key)
    set_after_a(base, word, from_small(i64(at) + 1))
    return True


def step_over_elements(word: u32, base: Registers, elements: Elements, offset: u32) -> bool:
    """One step of an iteration over the elements of a string or bytes."""
    if offset >= elements_end(elements):
        return False
    after = offset + element_size(elements, offset)
    set_b(base, word, element_at(elements, offset))
    set_after_a(base, word, from_small(i64(after)))
    return True


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
