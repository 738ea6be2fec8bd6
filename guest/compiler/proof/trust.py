"""What the proof takes on trust: the functions that write memory at computed addresses, and why each may.

Only functions of `guest/heap/` may write raw memory, and only those named here. A name that no longer writes any is an error of
the build too, so this list is what it says. Reads need no entry: they cannot break an invariant, and the language refuses the
operations themselves outside `guest/heap/`.
"""

from __future__ import annotations

TRUSTED: dict[str, tuple[str, ...]] = {
    "a new object's header and zeroed body: nothing refers to it yet": (
        "allocate.clear",
        "allocate.allocate_old",
        "header.write_header",
    ),
    "bits in a header, or an object's number: no reference": (
        "header.set_state",
        "identity.set_number",
        "state.shorten",
    ),
    "the recording's counters, in a pinned array of its own, and the site in a header: no references": (
        "recording.add",
        "recording.count_live",
        "recording.hide",
        "recording.settle_pending",
        "recording.site_of",
    ),
    "the collector's counters, in a table at a fixed address": (
        "statistics.count_pause",
        "statistics.forget",
    ),
    "the clearing collection's own links, in words of weak maps' entries and keys that are not traced": (
        "ephemerons.release",
        "ephemerons.stop_waiting",
        "ephemerons.take_released",
        "ephemerons.wait_for",
        "weak.clear_map",
    ),
    "dead memory: overwritten so that a stale pointer is found out": (
        "allocate.retire_nursery",
        "freeze.clear_unused",
        "roots.clear_stale_registers",
        "sweep.free_run",
        "sweep.leave_area",
    ),
    "free blocks and the lists of them: outside all objects": (
        "freeze.freeze_all",
        "freeze.keep_hole",
        "old.add_free",
        "old.clear_lists",
        "old.unlink",
        "promotion.begin_promotion",
        "promotion.open_region",
    ),
    "the memory's size": ("old.ensure_tail",),
    "the list of pieces for the host, in a part of the shadow stack that is not in use": (
        "delta.add_buffer",
        "delta.add_piece",
    ),
    "the mark list and the remembered set: tables of the collector at fixed addresses, or in a block that is borrowed": (
        "mark.push",
        "remembered.add_slot",
        "remembered.add_to_mutated",
        "remembered.add_to_remembered",
        "remembered.drop_dead_remembered",
    ),
    "the collector moves an object and rewrites every reference to it; the mutator does not run": (
        "compact.move_objects",
        "compact.rewrite_pointer",
        "compact.rewrite_remembered",
        "compact.rewrite_word",
        "young.promote",
        "young.update_pointer",
        "young.update_word",
    ),
    "a register of the VM stack, which is a root as a whole: no barrier": (
        "frames.clear_registers",
        "frames.set_callee",
        "operands.set_a",
        "operands.set_after_a",
        "operands.set_b",
        "value_stack.push",
        "value_stack.set_stacked",
        "views.set_register",
    ),
    "return records of the frame stack: no references": ("frames.push_frame",),
    "a word of code: no reference": ("views.patch",),
    "a slot of a module, in an array that is old: always remembered, whatever is stored": (
        "module_slots.set_slot",
    ),
    "bytes of strings and buffers: no references": (
        "input.copy_padded",
        "spans.set_span_word",
        "spans.span_copy",
    ),
}
"""Functions of `guest/heap/` that write raw memory, by the reason why they may."""

KERNELS: dict[str, str] = {
    "find_special": "reads bytes in a checked range",
    "find_byte": "reads bytes in a checked range",
    "find_pair": "reads bytes in a checked range",
    "find_letter": "reads bytes in a checked range",
    "flip_letters": "writes bytes in a checked range of a string being made",
    "mul_wide": "arithmetic alone",
}
"""Functions of `wat/`: written by hand, and not analysed but for calling nothing."""

PINNED_ADDRESSES = frozenset(
    {
        "guest.library.printing.print_address",
        "guest.machine.exchange.input_address",
        "guest.machine.exchange.records_address",
    }
)
"""Module variables that hold an address inside a buffer for the host: the buffer is pinned, and a variable beside it keeps it."""

VIEWS = {
    "Bytes": "a byte of an array that was born old",
    "CodePointer": "a word of code, in an array that was born old",
    "Registers": "a register of the VM stack",
    "Row": "a row of the recording's table, in an array that was born old",
    "Slots": "a module's slots, in an array that was born old",
}
"""Opaque types that are addresses of what does not move. Any other address is stale after a call that may collect."""

TRUSTED_NAMES = {f"guest.heap.{name}": reason for reason, names in TRUSTED.items() for name in names}
