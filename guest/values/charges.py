"""What bulk work on values costs: the step from a size to fuel, taken before the work is done.

Relies on the meter alone. Every file of this folder that copies, compares, scans or allocates by size charges here, so
that no operation does unbounded work for the price of one instruction. Nothing here depends on a cache or on the
collector: the same operation on the same values always costs the same.
"""

from guest.compiler.language import inline, u32, u64
from guest.heap.allocate import ensure_fits
from guest.meter.costs import COPY_BYTES_PER_UNIT, ELEMENT, ITEMS_PER_UNIT
from guest.meter.fuel import charge

VALUE_BYTES = 8
MAX_COUNT = 0xFFFFFFFF
NEVER_FITS: u64 = 1 << 48


@inline
def charge_bytes(count: u32) -> None:
    """Pay for `count` bytes copied, compared or scanned; short ones are part of their instruction."""
    if count >= COPY_BYTES_PER_UNIT:
        charge(count // COPY_BYTES_PER_UNIT)


@inline
def charge_items(count: u32) -> None:
    """Pay for `count` elements copied, compared, hashed or visited."""
    if count >= ITEMS_PER_UNIT:
        charge(count // ITEMS_PER_UNIT)


@inline
def charge_container(count: u32) -> None:
    """Pay for looking into a container of `count` elements during a deep operation.

    The container itself costs too: small ones that are shared may be met exponentially often.
    """
    charge(ELEMENT + count // ITEMS_PER_UNIT)


def charge_product(count: u64, size: u64) -> None:
    """Pay for `count * size` bytes about to be allocated and filled, or refuse what can never fit.

    Each factor is compared with the address space before they are multiplied, so the product is exact.
    """
    if count == 0 or size == 0:
        return
    if count > MAX_COUNT or size > MAX_COUNT:
        ensure_fits(NEVER_FITS)
    total = count * size
    ensure_fits(total)
    charge_bytes(u32(total))
