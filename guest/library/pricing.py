"""How the library pays for bulk work: by bytes scanned and by elements visited, in steps.

Relies on the meter's price list. A loop over many elements or characters pays for a few of them at a time, before it
visits them: so the deadline, which `charge` looks at, binds inside every built-in, and a loop that ends early has paid for
little more than it did.
"""

from guest.compiler.language import inline, u32, u64
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT, ELEMENT, SCAN_BYTES_PER_UNIT
from guest.meter.fuel import charge

STEP = 64  # elements paid for at a time; a power of two
CHARACTER_STEP = 4096  # bytes of text paid for at a time where every character is looked at


@inline
def charge_scan(count: u32) -> None:
    """Pay for `count` bytes searched, counted or mapped; short texts are part of their instruction."""
    if count >= SCAN_BYTES_PER_UNIT:
        charge(count // SCAN_BYTES_PER_UNIT)


@inline
def charge_step(position: u64, count: u64) -> None:
    """Call before visiting element `position` of `count`: pays for a step of elements at its first one."""
    if position & (STEP - 1) == 0:
        charge(u32(min(count - position, STEP)) * ELEMENT)


def charge_characters(offset: u32, end: u32, ascii: bool) -> u32:
    """Pay for looking at the characters of the next step of bytes; where the step ends.

    Text beyond ASCII costs a unit a byte, for its characters are looked up in tables.
    """
    size = min(end - offset, CHARACTER_STEP)
    charge(size // CHARACTER_BYTES_PER_UNIT if ascii else size * ELEMENT)
    return offset + size
