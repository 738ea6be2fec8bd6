"""A test guest: the stack calculator of `tests/values/` with calls of the library's built-ins added.

`tests/library/caller.py` pushes the bound arguments, one for each parameter, and calls a built-in by its number.
"""

from __future__ import annotations

from calculator import pop, push  # type: ignore[import-not-found]

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Failure,
    export,
    table_call,
    table_size,
    table_text,
    text_byte,
    text_length,
    u8,
    u32,
)
from guest.heap import roots
from guest.heap.allocate import old_array_u8
from guest.heap.frames import first_window, raise_water, window_end
from guest.heap.views import Bytes, pinned_bytes, set_register
from guest.library import (  # noqa: F401  (what is called)
    conversions,
    dict_methods,
    failing,
    introspection,
    list_methods,
    ordering,
    printing,
    sequences,
    str_case,
    str_elements,
    str_format,
    str_join,
    str_search,
    str_split,
    str_strip,
)
from guest.library.type_names import prepare_type_names
from guest.meter import errors

# What a built-in was registered with.
text: Array[u8] | None = None
text_address: Bytes = Bytes(0)


@export
def prepare_library() -> None:
    """Make what boot makes for the library."""
    prepare_type_names()


@export
def push_undefined() -> None:
    """Push an omitted argument."""
    push(UNDEFINED)


@export
def describe(methods: u32, number: u32) -> u32:
    """Write what a built-in was registered with to `text`: its length, 0 if there is no such number."""
    global text, text_address
    if number >= (table_size("method") if methods != 0 else table_size("builtin")):
        return 0
    signature = table_text("method", number) if methods != 0 else table_text("builtin", number)
    target = old_array_u8(text_length(signature))
    for i in range(text_length(signature)):
        target[i] = text_byte(signature, i)
    text = target
    text_address = pinned_bytes(target)
    return text_length(signature)


@export
def call(methods: u32, number: u32, count: u32) -> u32:
    """Call a built-in with the last `count` values in its registers: 0, or the kind of its failure."""
    window = first_window()
    end = window_end(window, count)
    raise_water(end)
    roots.vm_top = end
    for i in range(count):
        set_register(window, count - 1 - i, pop())
    try:
        result = (
            table_call("method", number, window) if methods != 0 else table_call("builtin", number, window)
        )
        push(result)
    except Failure:
        return errors.kind
    return 0
