"""Pike's machine: all threads of a program advance through the text together, in the order of their priority.

Its time is bounded by the text times the program, whatever the pattern, and it knows where the groups matched. A thread is an
instruction that waits for a character, with the positions that it has saved; no instruction has two threads at a position.
Every instruction visited is paid for. `search.py` relies on it.

    position     threads in order of priority           each character: step all, follow what needs no character
      at 3       [pc 7 | 1 0 ...] [pc 4 | 3 0 ...]       slots hold offset + 1, 0 where a group has not matched
"""

from guest.compiler.language import Array, Object, copy_items, inline, span, u32, u64
from guest.heap.search import span_find
from guest.heap.spans import span_after
from guest.library.pricing import charge_scan
from guest.library.regex.instructions import (
    ACTION_MASK,
    OPERAND_SHIFT,
    START,
    WORDS,
    Action,
    consumes,
)
from guest.library.regex.positions import holds, side_after, side_before, side_of
from guest.library.regex.program import Regex
from guest.meter.costs import REGEX_STEPS_PER_UNIT
from guest.meter.fuel import charge
from guest.values.charges import charge_product
from guest.values.text import Str, char_at, size_at

WORD_BYTES = 4
RESTORE = 1 << 31  # on the stack: not an instruction, but a slot to give its old position, which is below it
NO_CHARACTER = 0xFFFFFFFF  # the end of the text: no instruction consumes it
STEPS_AT_ONCE = 1024  # visited before they are paid for
NO_SLOTS = 0


class Threads(Object):
    """The threads at one position: a set of instructions in order, with the slots of each."""

    count: u32
    order: Array[u32]
    places: Array[u32]  # for each instruction in the set, its place in the order
    slots: Array[u32]


class Machine(Object):
    """A search of one text: the threads, and the slots of the match that was found."""

    regex: Regex
    text: Str
    slot_count: u32
    current: Threads
    next: Threads
    stack: Array[u32]
    saved: Array[u32]
    found: Array[u32]
    matched: bool
    steps: u32  # visited, not yet paid for


def threads_new(instructions: u32, slots: u32) -> Threads:
    """An empty set for so many instructions."""
    return Threads(
        count=0,
        order=Array[u32](instructions),
        places=Array[u32](instructions),
        slots=Array[u32](instructions * slots),
    )


def machine_new(regex: Regex, text: Str, slots: u32) -> Machine:
    """A machine that keeps the first `slots` slots: 0 to know only whether there is a match, 2 for where it is, ..."""
    instructions = len(regex.code) // WORDS
    charge_product(u64(instructions), u64(2 * WORD_BYTES * (slots + 4)))
    return Machine(
        regex=regex,
        text=text,
        slot_count=slots,
        current=threads_new(instructions, slots),
        next=threads_new(instructions, slots),
        stack=Array[u32](2 * instructions + 2),
        saved=Array[u32](slots),
        found=Array[u32](slots),
        matched=False,
        steps=0,
    )


def pay_steps(machine: Machine) -> None:
    """Pay for what has been visited."""
    charge(machine.steps // REGEX_STEPS_PER_UNIT)
    machine.steps %= REGEX_STEPS_PER_UNIT


def find_match(machine: Machine, start: u32, only_here: bool) -> bool:
    """Find the leftmost match from an offset on, or the one exactly there; its slots are in `found`."""
    regex = machine.regex
    text = machine.text
    code = regex.code
    ranges = regex.ranges
    end = len(text.data)
    at = start
    here_only = only_here or regex.anchored
    machine.matched = False
    machine.current.count = 0
    before = side_before(text, at)
    while True:
        if machine.current.count == 0:
            if machine.matched or (here_only and at != start) or (regex.anchored and at != 0):
                break
            if not here_only:
                place = place_of_prefix(regex, text, at)
                if place > end:
                    break
                if place != at:
                    at = place
                    before = side_before(text, at)
        if not machine.matched and (at == start or not here_only):
            add_thread(machine, machine.current, START, at, before, side_after(text, at))
        if machine.slot_count == NO_SLOTS and machine.matched:
            break
        character: u32 = NO_CHARACTER
        size: u32 = 1
        if at < end:
            character = char_at(text, at)
            size = size_at(text, at)
        step(machine, code, ranges, character, at, size)
        if at >= end:
            break
        before = side_of(character)
        at += size
        if machine.steps >= STEPS_AT_ONCE:
            pay_steps(machine)
    pay_steps(machine)
    return machine.matched


def place_of_prefix(regex: Regex, text: Str, at: u32) -> u32:
    """The offset of the next place where the text goes on as every match begins; past the end if there is none."""
    prefix = regex.prefix
    m = len(prefix.data)
    if m == 0:
        return at
    n = len(text.data)
    offset = span_find(span_after(span(text.data), at), n - at, span(prefix.data), m)
    if offset < 0:
        charge_scan(n - at)
        return n + 1
    charge_scan(u32(offset))
    return at + u32(offset)


def step(machine: Machine, code: Array[u32], ranges: Array[u32], character: u32, at: u32, size: u32) -> None:
    """Let every thread at an offset consume a character of `size` bytes; those that can go on are the next ones."""
    threads = machine.current
    following = machine.next
    slots = machine.slot_count
    before: u32 = 0
    after: u32 = 0
    if character != NO_CHARACTER:
        before = side_of(character)
        after = side_after(machine.text, at + size)
    machine.steps += threads.count
    for i in range(threads.count):
        pc = threads.order[i]
        if code[WORDS * pc] & ACTION_MASK == Action.MATCH:
            # Whatever comes after it has a lower priority.
            machine.matched = True
            if slots != NO_SLOTS:
                copy_items(machine.found, 0, threads.slots, i * slots, slots)
                machine.found[1] = at + 1
            break
        if character != NO_CHARACTER and consumes(code, ranges, pc, character):
            for slot in range(slots):
                machine.saved[slot] = threads.slots[i * slots + slot]
            follow(machine, following, pc + 1, at + size, before, after)
            if machine.steps >= STEPS_AT_ONCE:
                pay_steps(machine)
    threads.count = 0
    machine.current = following
    machine.next = threads


def add_thread(machine: Machine, threads: Threads, pc: u32, at: u32, before: u32, after: u32) -> None:
    """Begin to match at an offset, with the lowest priority."""
    saved = machine.saved
    for i in range(machine.slot_count):
        saved[i] = 0
    if machine.slot_count != NO_SLOTS:
        saved[0] = at + 1
    follow(machine, threads, pc, at, before, after)


@inline
def is_in(threads: Threads, pc: u32) -> bool:
    """Whether an instruction is in the set."""
    place = threads.places[pc]
    return place < threads.count and threads.order[place] == pc


def follow(machine: Machine, threads: Threads, first: u32, at: u32, before: u32, after: u32) -> None:
    """Add the instructions that are reached from one without a character, in the order in which they are to be tried."""
    code = machine.regex.code
    stack = machine.stack
    saved = machine.saved
    slots = machine.slot_count
    steps: u32 = 0
    depth: u32 = 1
    stack[0] = first
    while depth != 0:
        depth -= 1
        steps += 1
        pc = stack[depth]
        if pc & RESTORE != 0:
            depth -= 1
            saved[pc & ~u32(RESTORE)] = stack[depth]
            continue
        while not is_in(threads, pc):
            steps += 1
            place = threads.count
            threads.places[pc] = place
            threads.order[place] = pc
            threads.count = place + 1
            word = code[WORDS * pc]
            match word & ACTION_MASK:
                case Action.SPLIT:
                    stack[depth] = pc + code[WORDS * pc + 1]
                    depth += 1
                    pc += 1
                case Action.SPLIT_LAZY:
                    stack[depth] = pc + 1
                    depth += 1
                    pc += code[WORDS * pc + 1]
                case Action.JUMP:
                    pc += code[WORDS * pc + 1]
                case Action.SAVE:
                    slot = word >> OPERAND_SHIFT
                    if slot < slots:
                        stack[depth] = saved[slot]
                        stack[depth + 1] = slot | RESTORE
                        depth += 2
                        saved[slot] = at + 1
                    pc += 1
                case Action.ASSERT:
                    if not holds(word >> OPERAND_SHIFT, before, after):
                        break
                    pc += 1
                case _:
                    for slot in range(slots):
                        threads.slots[place * slots + slot] = saved[slot]
                    steps += slots
                    if slots == NO_SLOTS and word & ACTION_MASK == Action.MATCH:
                        machine.matched = True
                    break
    machine.steps += steps
