"""Decoding JSON straight from the pinned input into values, without recursion.

What a container consists of waits on the value stack (`guest/heap/value_stack.py`) until its end is read; then
`json_containers.py` makes the list or dict in its exact size. On the stack, from the mark of the innermost container on:

    link to the container around it | what was moved off the stack already | key | value | key | value | ...

The containers of an event are frozen: it cannot be changed by the rules that look at it. Faults are recorded by
`json_error.py` and returned as UNDEFINED. The whole input is charged before it is read, each container when it is made.
"""

from guest.compiler.language import UNDEFINED, Text, Value, i64, inline, noinline, text_byte, text_length, u32
from guest.heap.value import FALSE, NONE, TRUE, from_small, small
from guest.heap.value_stack import (
    SLOT_BYTES,
    drop_to,
    push,
    set_stacked,
    slots_free,
    stack_top,
    stacked,
    stacked_since,
)
from guest.heap.views import Bytes, byte_at
from guest.library.json_containers import (
    MOST_STACKED,
    MUTABLE,
    close_list,
    close_object,
    extend_list,
    extend_object,
)
from guest.library.json_error import NOWHERE, Fault, rebase_fault, refuse, shift_fault
from guest.library.json_keys import begin_keys, decode_key
from guest.library.json_marks import (
    APOSTROPHE,
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    MINUS,
    MOST_DEPTH,
    NEWLINE,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    RETURN,
    SPACE,
    TAB,
    ZERO,
)
from guest.library.json_numbers import decode_number
from guest.library.json_strings import decode_string
from guest.meter.costs import ELEMENT, JSON_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.dict import RECORD, Dict

SLOTS_NEEDED = MOST_DEPTH * (
    MOST_STACKED + 4
)  # on the value stack: full containers at every depth, and their marks

CAPITAL_F = 70
CAPITAL_I = 73
CAPITAL_N = 78
CAPITAL_T = 84

NO_BYTE = 0  # what is read at the end of the input; never valid outside a string

MARK_BYTES = 3  # of a byte order mark in UTF-8, EF BB BF

# The slots of a container's mark.
LINK = 0
PARTIAL = 1
ELEMENTS = 2

# A link is the position of the mark of the container around it, a multiple of eight, and whether that one is an object.
IN_OBJECT = 1
NO_CONTAINER = 0


def decode_event(input: Bytes, start: u32, end: u32) -> Value:
    """The event in input[start:end], an object whose dicts are records; UNDEFINED if it is refused."""
    begin_keys(False)
    value = decode_input(input, start, end, RECORD)
    if value == UNDEFINED and begins_with_mark(input, start, end):
        begin_keys(False)
        value = decode_behind_mark(input, start, end, RECORD)
    if value != UNDEFINED and not isinstance(value, Dict):
        return refuse(Fault.NOT_AN_OBJECT, NOWHERE)
    return value


def decode_answer(input: Bytes, size: u32) -> Value:
    """The JSON value in the first `size` bytes of input, its dicts records like an event's; UNDEFINED if it is refused."""
    begin_keys(False)
    return decode_input(input, 0, size, RECORD)


def decode_fresh(input: Bytes, start: u32, end: u32) -> Value:
    """The JSON value in input[start:end], made of lists and dicts that can be changed; UNDEFINED if it is refused."""
    begin_keys(False)
    return decode_input(input, start, end, MUTABLE)


def decode_document(input: Bytes, start: u32, end: u32) -> Value:
    """The JSON value in input[start:end] of a bundle that is loading; UNDEFINED if it is refused."""
    begin_keys(True)
    if begins_with_mark(input, start, end):
        return decode_behind_mark(input, start, end, 0)
    return decode_input(input, start, end, 0)


@noinline
def decode_behind_mark(input: Bytes, start: u32, end: u32, flags: u32) -> Value:
    """`decode_input` of what stands behind a byte order mark; faults count its bytes as well."""
    value = decode_input(input, start + MARK_BYTES, end, flags)
    if value == UNDEFINED:
        shift_fault(MARK_BYTES)
    return value


@noinline
def begins_with_mark(input: Bytes, start: u32, end: u32) -> bool:
    """Whether there is a byte order mark in front, as some editors and systems put it there: it is no part of the JSON."""
    return (
        end - start >= MARK_BYTES
        and byte_at(input, start) == 0xEF
        and byte_at(input, start + 1) == 0xBB
        and byte_at(input, start + 2) == 0xBF
    )


def decode_input(input: Bytes, start: u32, end: u32, flags: u32) -> Value:
    """The JSON value in input[start:end], its containers with these flags: of dicts, or MUTABLE."""
    charge((end - start) // JSON_BYTES_PER_UNIT + 1)
    if slots_free() < SLOTS_NEEDED:
        return refuse(Fault.STACK_FULL, NOWHERE)
    base = stack_top()
    value = decode_value(input, start, end, flags)
    drop_to(base)
    if value == UNDEFINED:
        rebase_fault(start)
    return value


@inline
def next_byte(input: Bytes, at: u32, end: u32) -> u32:
    """The byte at an offset, or NO_BYTE at the end."""
    return byte_at(input, at) if at < end else NO_BYTE


@inline
def skip_space(input: Bytes, at: u32, end: u32) -> u32:
    """The first offset from `at` that holds no white space. Most often `at` itself."""
    return skip_more_space(input, at, end) if at < end and byte_at(input, at) <= SPACE else at


def skip_more_space(input: Bytes, at: u32, end: u32) -> u32:
    """`skip_space` where a control character or a space has been seen."""
    while at < end:
        byte = byte_at(input, at)
        if byte != SPACE and byte != NEWLINE and byte != RETURN and byte != TAB:
            break
        at += 1
    return at


def decode_value(input: Bytes, start: u32, end: u32, flags: u32) -> Value:
    """`decode_input` after the preparations; leaves it to the caller to drop what is on the value stack."""
    base = stack_top()
    container: u32 = NO_CONTAINER
    in_object = False
    depth: u32 = 0
    at = start
    while True:
        # A value comes next; in an object, a key before it.
        at = skip_space(input, at, end)
        if in_object:
            if next_byte(input, at, end) != QUOTE:
                return refuse_here(Fault.KEY_EXPECTED, at, end)
            key, at = decode_key(input, at + 1, end)
            if key == UNDEFINED:
                return UNDEFINED
            push(key)
            at = skip_space(input, at, end)
            if next_byte(input, at, end) != COLON:
                return refuse_here(Fault.COLON_EXPECTED, at, end)
            at = skip_space(input, at + 1, end)

        byte = next_byte(input, at, end)
        is_empty = False
        if byte == QUOTE:
            text, at = decode_string(input, at + 1, end)
            if text == UNDEFINED:
                return UNDEFINED
            push(text)
        elif byte == OPEN_OBJECT or byte == OPEN_LIST:
            if depth == MOST_DEPTH:
                return refuse(Fault.TOO_DEEP, at)
            depth += 1
            container = open_container(container, in_object)
            in_object = byte == OPEN_OBJECT
            at = skip_space(input, at + 1, end)
            if next_byte(input, at, end) != closing(in_object):
                continue
            is_empty = True
        elif byte - ZERO <= 9 or byte == MINUS:
            number, at = decode_number(input, at, end)
            if number == UNDEFINED:
                return UNDEFINED
            push(number)
        else:
            constant, at = decode_constant(input, at, end)
            if constant == UNDEFINED:
                return UNDEFINED
            push(constant)

        # A value has ended, and perhaps containers around it.
        while True:
            at = skip_space(input, at, end)
            if container == NO_CONTAINER:
                if at != end:
                    return refuse(Fault.END_EXPECTED, at)
                return stacked(base, 0)
            byte = next_byte(input, at, end)
            if byte == COMMA and not is_empty:
                at += 1
                if stacked_since(container) >= MOST_STACKED:
                    move_off_stack(container, in_object)
                break
            if byte != closing(in_object):
                return refuse_here(separator_fault(in_object), at, end)
            at += 1
            is_empty = False
            depth -= 1
            link = u32(small(stacked(container, LINK)))
            value = close_container(container, in_object, flags)
            drop_to(container)
            push(value)
            container = link & ~u32(IN_OBJECT)
            in_object = (link & IN_OBJECT) != 0


@inline
def closing(in_object: bool) -> u32:
    """The character that ends the innermost container."""
    return CLOSE_OBJECT if in_object else CLOSE_LIST


def separator_fault(in_object: bool) -> u32:
    """The fault of a container that neither goes on nor ends."""
    return Fault.OBJECT_SEPARATOR_EXPECTED if in_object else Fault.LIST_SEPARATOR_EXPECTED


@inline
def open_container(around: u32, in_object: bool) -> u32:
    """Mark the beginning of a container on the value stack; the position of the mark."""
    mark = stack_top()
    push(from_small(i64(around | (u32(IN_OBJECT) if in_object else u32(0)))))
    push(UNDEFINED)
    return mark


def close_container(container: u32, in_object: bool, flags: u32) -> Value:
    """The list or dict of what is on the value stack since the mark."""
    charge(ELEMENT)
    partial = stacked(container, PARTIAL)
    first = container + ELEMENTS * SLOT_BYTES
    count = stacked_since(first)
    if in_object:
        return close_object(partial, first, count // 2, flags)
    return close_list(partial, first, count, flags)


@noinline
def move_off_stack(container: u32, in_object: bool) -> None:
    """Move what is on the value stack since the mark into a growing list or dict."""
    partial = stacked(container, PARTIAL)
    first = container + ELEMENTS * SLOT_BYTES
    count = stacked_since(first)
    grown = extend_object(partial, first, count // 2) if in_object else extend_list(partial, first, count)
    set_stacked(container, PARTIAL, grown)
    drop_to(first)


def decode_constant(input: Bytes, at: u32, end: u32) -> tuple[Value, u32]:
    """`true`, `false` or `null`, and the offset after it; UNDEFINED if refused."""
    if matches(input, at, end, "true"):
        return TRUE, at + 4
    if matches(input, at, end, "false"):
        return FALSE, at + 5
    if matches(input, at, end, "null"):
        return NONE, at + 4
    return refuse_here(misread(next_byte(input, at, end)), at, end), end


def misread(byte: u32) -> u32:
    """The fault of a character that begins no value of JSON, but one of another language perhaps."""
    if byte == CAPITAL_N or byte == CAPITAL_I:
        return Fault.NO_SUCH_NUMBER
    if byte == CAPITAL_T or byte == CAPITAL_F:
        return Fault.CAPITAL_CONSTANT
    if byte == APOSTROPHE:
        return Fault.SINGLE_QUOTE
    return Fault.VALUE_EXPECTED


def matches(input: Bytes, at: u32, end: u32, word: Text) -> bool:
    """Whether the input goes on with this word."""
    n = text_length(word)
    if end - at < n:
        return False
    for i in range(n):
        if byte_at(input, at + i) != text_byte(word, i):
            return False
    return True


@noinline
def refuse_here(fault: u32, at: u32, end: u32) -> Value:
    """Record what was expected at an offset, or that the input ends there."""
    return refuse(u32(Fault.EARLY_END) if at == end else fault, at)
