"""Powers of ten to 128 bits, as tables that are computed when the guest is built.

Shortest printing (`float_shortest.py`) and parsing (`float_parse.py`) both scale by a power of ten and share them.
For each k, 10**k = (high * 2**64 + low + fraction) * 2**(log2 - 127), with 0 <= fraction < 1.
"""

from guest.compiler.language import Table, i32, inline, table, u32, u64

SMALLEST_POWER = -342  # below it even 2**64 * 10**k is half of the smallest double or less
LARGEST_POWER = 324  # the reciprocal of the smallest subnormal double's power
LARGEST_EXACT_POWER = 55  # 10**55 is the last whole power of ten that 128 bits hold without loss

# floor(log2(10**k)) is (k * LOG2_OF_10) >> LOG2_SHIFT for every k of the tables, and far beyond.
LOG2_OF_10 = 1741647
LOG2_SHIFT = 19

GUARD_BITS = 2048  # more than any shift below: keeps shifts to the left
LEADING_BITS = tuple(
    ((10 ** max(k, 0) << (127 - ((k * LOG2_OF_10) >> LOG2_SHIFT) + GUARD_BITS)) // 10 ** max(-k, 0))
    >> GUARD_BITS
    for k in range(SMALLEST_POWER, LARGEST_POWER + 1)
)
POWERS_HIGH: Table[u64] = table(leading >> 64 for leading in LEADING_BITS)
POWERS_LOW: Table[u64] = table(leading & 0xFFFFFFFFFFFFFFFF for leading in LEADING_BITS)


@inline
def power_high(k: i32) -> u64:
    """The first 64 bits of 10**k; the top one is set."""
    return POWERS_HIGH[u32(k - SMALLEST_POWER)]


@inline
def power_low(k: i32) -> u64:
    """The next 64 bits of 10**k, truncated."""
    return POWERS_LOW[u32(k - SMALLEST_POWER)]


@inline
def log2_of_power(k: i32) -> i32:
    """floor(log2(10**k))."""
    return (k * LOG2_OF_10) >> LOG2_SHIFT
