"""The guest's ABI as the host sees it: exported functions, statuses, variables and the record table.

`guest/boundary.py` is the other side. Addresses come from the built layout; what the guest's memory holds is never trusted,
so every reader checks what it reads. `isolate.py` uses this.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ringfence.guest import Layout

RECORD: Final = struct.Struct("<IIQII")
"""One event of a batch: status (0 or a `Kind`), rule number, fuel, offset and length of its decision in the output."""

RECORD_CALLING: Final = 7
"""The status in the record of an event that waits for a function of the host; the text is the request."""

NO_SLICES: Final = 1 << 62
"""Units of a slice that does not end before the evaluation does."""

NO_RULE: Final = 0xFFFF_FFFF
U32: Final = struct.Struct("<I")
U64: Final = struct.Struct("<Q")
I64: Final = struct.Struct("<q")
ADDRESS_AND_LENGTH: Final = struct.Struct("<II")


class Status(IntEnum):
    """What an exported function returns."""

    DONE = 0
    FAILED = 1
    SUSPENDED = 2
    PARTIAL = 3
    CALLING = 4
    STARVED = 5


class Kind(IntEnum):
    """What an event ended in, as in the record table; the names are those of output lines."""

    NONE = 0
    RULE = 1
    FUEL = 2
    MEMORY = 3
    DEADLINE = 4
    INPUT = 5
    INTERNAL = 6


@dataclass(frozen=True, slots=True)
class Variables:
    """The addresses of the guest variables that the host reads or writes, of its table of pauses, and of its list of pieces."""

    remaining: int
    interrupt: int
    event_fuel: int
    slice_fuel: int
    keeps_end: int
    awaits_answer: int
    event_counter: int
    now: int
    now_set: int
    memory_limit: int
    gc_stress: int
    nursery_limit: int
    input_address: int
    input_capacity: int
    output_address: int
    output_length: int
    records_address: int
    consumed: int
    events_done: int
    print_address: int
    print_length: int
    set_aside: int
    allocated_bytes: int
    live_bytes: int
    collections: int
    longest_step_bytes: int
    cycles: int
    collected_bytes: int
    born_old_bytes: int
    fuel_spent: int
    pauses: int
    pause_row: int
    strained: int
    refused: int
    pieces: int
    control_size: int
    trace_address: int
    trace_length: int

    @classmethod
    def of(cls, layout: Layout) -> Variables:
        """Look every address up in the layout that the guest was built with."""
        address = layout.address
        return cls(
            remaining=address("guest.meter.fuel.remaining"),
            interrupt=address("guest.meter.fuel.interrupt"),
            event_fuel=address("guest.machine.exchange.event_fuel"),
            slice_fuel=address("guest.machine.exchange.slice_fuel"),
            keeps_end=address("guest.machine.exchange.keeps_end"),
            awaits_answer=address("guest.machine.pause.awaits_answer"),
            event_counter=address("guest.machine.evaluation.event_counter"),
            now=address("guest.library.clock.now"),
            now_set=address("guest.library.clock.now_set"),
            memory_limit=address("guest.heap.old.memory_limit"),
            gc_stress=address("guest.heap.allocate.gc_stress"),
            nursery_limit=address("guest.heap.allocate.limit"),
            input_address=address("guest.machine.exchange.input_address"),
            input_capacity=address("guest.machine.exchange.input_capacity"),
            output_address=address("guest.library.output.output_address"),
            output_length=address("guest.library.output.output_length"),
            records_address=address("guest.machine.exchange.records_address"),
            consumed=address("guest.machine.exchange.consumed"),
            events_done=address("guest.machine.exchange.events_done"),
            print_address=address("guest.library.printing.print_address"),
            print_length=address("guest.library.printing.print_length"),
            set_aside=address("guest.meter.fuel.set_aside"),
            allocated_bytes=address("guest.heap.statistics.allocated_bytes"),
            live_bytes=address("guest.heap.statistics.live_bytes"),
            collections=address("guest.heap.statistics.collections"),
            longest_step_bytes=address("guest.heap.statistics.longest_step_bytes"),
            cycles=address("guest.heap.statistics.cycles"),
            collected_bytes=address("guest.heap.statistics.collected_bytes"),
            born_old_bytes=address("guest.heap.statistics.born_old_bytes"),
            fuel_spent=address("guest.machine.exchange.fuel_spent"),
            pauses=layout.constant("guest.heap.layout.PAUSES_BASE"),
            pause_row=layout.constant("guest.heap.layout.PAUSE_ROW"),
            strained=address("guest.heap.session.strained"),
            refused=address("guest.heap.session.refused"),
            pieces=layout.constant("guest.heap.delta.PIECES_BASE"),
            control_size=layout.constant("guest.heap.layout.CONTROL_SIZE"),
            trace_address=address("guest.machine.trace_output.trace_address"),
            trace_length=address("guest.machine.trace_output.trace_length"),
        )


def encode_files(files: dict[str, bytes]) -> bytes:
    """The input of `load`, `check` and `execute`: a count, then for each file two lengths, its name and its content."""
    parts = [U32.pack(len(files))]
    for name, content in files.items():
        encoded = name.encode()
        parts += (ADDRESS_AND_LENGTH.pack(len(encoded), len(content)), encoded, content)
    return b"".join(parts)
