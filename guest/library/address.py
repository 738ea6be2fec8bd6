"""`Ip`: an IP address of version 4 or 6, read from its text and written back in its canonical form.

An IPv4 address that is mapped into IPv6 (`::ffff:10.0.0.1`) is read as the IPv4 address that it stands for: a client must not
pass a rule about 10.0.0.0/8 by writing its address in another way. `networks.py` has sets of addresses, `net.py` the built-ins.
"""

from guest.compiler.language import Object, Text, inline, u32, u64
from guest.library.arguments import NO_POSITION
from guest.values.builder import Builder, add_byte, add_unsigned
from guest.values.text import Str

DOT = 0x2E
COLON = 0x3A
ZERO = 0x30
LETTER_A = 0x61
LETTER_CASE = 0x20

VERSION_4 = 4
VERSION_6 = 6
NOT_AN_ADDRESS = 0  # in place of a version

BYTES_OF_4 = 4
GROUPS_OF_6 = 8  # of 16 bits
GROUP_BITS = 16
GROUPS_IN_WORD = 4
GROUP_MASK = 0xFFFF
LARGEST_BYTE = 255
MAPPED_PREFIX = 0xFFFF  # bits 32 to 47 of a mapped IPv4 address; those above are zero
LONGEST_TEXT = 45  # bytes of ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
NO_GAP = 0xFFFFFFFF


class Ip(Object):
    """An address: 128 bits, of which version 4 uses the last 32."""

    high: u64
    low: u64
    version: u32


# Why the last text was refused, as the end of a sentence, and the offset of the byte where that shows.
address_fault: Text = ""
address_fault_at: u32 = 0


def record_fault(fault: Text, at: u32) -> None:
    """Remember why a text is refused, and where."""
    global address_fault, address_fault_at
    address_fault = fault
    address_fault_at = at


def refuse_address(fault: Text, at: u32) -> tuple[u32, u64, u64]:
    """Refuse a text as an address."""
    record_fault(fault, at)
    return NOT_AN_ADDRESS, 0, 0


def parse_address(s: Str, end: u32) -> tuple[u32, u64, u64]:
    """The address in the first `end` bytes of a string: version, and the two halves of its bits."""
    if end == 0:
        return refuse_address("it is empty", NO_POSITION)
    if end > LONGEST_TEXT:
        return refuse_address("it is too long", NO_POSITION)
    for i in range(end):
        if s.data[i] == COLON:
            return parse_version_6(s, end)
    low, ok = parse_dotted(s, 0, end)
    if not ok:
        return NOT_AN_ADDRESS, 0, 0
    return VERSION_4, 0, low


def parse_dotted(s: Str, start: u32, end: u32) -> tuple[u64, bool]:
    """The 32 bits of four decimal numbers with dots between them."""
    bits: u64 = 0
    count: u32 = 0
    at = start
    while True:
        first = at
        number: u32 = 0
        while at < end and s.data[at] - ZERO <= 9:
            number = number * 10 + (s.data[at] - ZERO)
            at += 1
            if number > LARGEST_BYTE:
                record_fault("a number is greater than 255", first)
                return 0, False
        if at == first:
            record_fault("four numbers with dots between them were expected", at)
            return 0, False
        if s.data[first] == ZERO and at - first > 1:
            record_fault("a number has a leading zero", first)
            return 0, False
        bits = bits << 8 | u64(number)
        count += 1
        if at == end or count == BYTES_OF_4 or s.data[at] != DOT:
            break
        at += 1
    if count != BYTES_OF_4 or at != end:
        record_fault("four numbers with dots between them were expected", at)
        return 0, False
    return bits, True


def parse_version_6(s: Str, end: u32) -> tuple[u32, u64, u64]:
    """The address of a text with colons: groups of hexadecimal digits, at most one `::`, perhaps IPv4 at the end."""
    high: u64 = 0
    low: u64 = 0
    count: u32 = 0  # groups so far, shifted into high and low from the right
    gap: u32 = NO_GAP  # how many groups precede the `::`
    at: u32 = 0
    if end >= 2 and s.data[0] == COLON and s.data[1] == COLON:
        gap = 0
        at = 2
    while at < end:
        if count == GROUPS_OF_6:
            return refuse_address("it has more than eight groups", at)
        first = at
        group: u64 = 0
        while at < end and at - first < 4:
            digit = hexadecimal_value(s.data[at])
            if digit > 15:
                break
            group = group << 4 | u64(digit)
            at += 1
        if at < end and s.data[at] == DOT:
            bits, ok = parse_dotted(s, first, end)
            if not ok:
                return NOT_AN_ADDRESS, 0, 0
            if count + 2 > GROUPS_OF_6:
                return refuse_address("it has more than eight groups", first)
            high = high << 32 | low >> 32
            low = low << 32 | bits
            count += 2
            at = end
            break
        if at == first:
            return refuse_address("a group of hexadecimal digits was expected", at)
        high = high << GROUP_BITS | low >> (64 - GROUP_BITS)
        low = low << GROUP_BITS | group
        count += 1
        if at == end:
            break
        if s.data[at] != COLON:
            if s.data[at] == 0x25:  # a percent sign
                return refuse_address("a zone has no meaning here", at)
            return refuse_address("a colon was expected after four hexadecimal digits", at)
        at += 1
        if at < end and s.data[at] == COLON:
            if gap != NO_GAP:
                return refuse_address("it has a second ::", at - 1)
            gap = count
            at += 1
        elif at == end:
            return refuse_address("it ends with a colon", at - 1)
    if gap == NO_GAP:
        if count != GROUPS_OF_6:
            return refuse_address("it has fewer than eight groups", NO_POSITION)
    else:
        if count == GROUPS_OF_6:
            return refuse_address("its :: stands for no group", NO_POSITION)
        high, low = open_gap(high, low, (count - gap) * GROUP_BITS, (GROUPS_OF_6 - count) * GROUP_BITS)
    if high == 0 and low >> 32 == MAPPED_PREFIX:
        return VERSION_4, 0, low & 0xFFFFFFFF
    return VERSION_6, high, low


def open_gap(high: u64, low: u64, kept: u32, width: u32) -> tuple[u64, u64]:
    """Move all but the last `kept` bits up by `width` bits."""
    keep_high, keep_low = last_bits(kept)
    up_high, up_low = shift_up(high & ~keep_high, low & ~keep_low, width)
    return up_high | (high & keep_high), up_low | (low & keep_low)


def last_bits(count: u32) -> tuple[u64, u64]:
    """A mask of the last `count` of 128 bits."""
    if count >= 64:
        return (~u64(0) >> u64(128 - count) if count > 64 else u64(0)), ~u64(0)
    return u64(0), (~u64(0) >> u64(64 - count) if count > 0 else u64(0))


def shift_up(high: u64, low: u64, bits: u32) -> tuple[u64, u64]:
    """Shift 128 bits up by 1 to 128 bits."""
    if bits >= 128:
        return 0, 0
    if bits >= 64:
        return low << u64(bits - 64), 0
    return high << u64(bits) | low >> u64(64 - bits), low << u64(bits)


@inline
def hexadecimal_value(byte: u32) -> u32:
    """The value of a hexadecimal digit; more than 15 if it is none."""
    if byte - ZERO <= 9:
        return byte - ZERO
    letter = (byte | LETTER_CASE) - LETTER_A
    return letter + 10 if letter < 6 else u32(16)


# Text.


def add_address(b: Builder, version: u32, high: u64, low: u64) -> None:
    """Append the canonical text of an address: RFC 5952 for version 6."""
    if version == VERSION_4:
        for i in range(BYTES_OF_4):
            if i != 0:
                add_byte(b, DOT)
            add_unsigned(b, low >> u64(24 - 8 * i) & LARGEST_BYTE)
        return
    start, length = longest_zeros(high, low)
    at: u32 = 0
    while at < GROUPS_OF_6:
        if at == start and length > 1:
            add_byte(b, COLON)
            add_byte(b, COLON)
            at += length
            continue
        if at != 0 and (length < 2 or at != start + length):
            add_byte(b, COLON)
        add_group(b, group_of(high, low, at))
        at += 1


def group_of(high: u64, low: u64, index: u32) -> u32:
    """One of the eight groups."""
    word = high if index < GROUPS_IN_WORD else low
    return u32(word >> u64((GROUPS_IN_WORD - 1 - index % GROUPS_IN_WORD) * GROUP_BITS)) & GROUP_MASK


def longest_zeros(high: u64, low: u64) -> tuple[u32, u32]:
    """The first of the longest runs of zero groups: where it starts and how long it is."""
    best: u32 = 0
    best_length: u32 = 0
    start: u32 = 0
    for i in range(GROUPS_OF_6):
        if group_of(high, low, i) != 0:
            start = i + 1
        elif i + 1 - start > best_length:
            best = start
            best_length = i + 1 - start
    return best, best_length


def add_group(b: Builder, group: u32) -> None:
    """Append a group in hexadecimal, without leading zeros."""
    shift: u32 = 12
    while shift != 0 and group >> shift == 0:
        shift -= 4
    while True:
        digit = group >> shift & 15
        add_byte(b, ZERO + digit if digit < 10 else LETTER_A + digit - 10)
        if shift == 0:
            return
        shift -= 4
