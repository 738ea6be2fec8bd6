"""Which byte sequences are UTF-8: the well-formed ones of the Unicode standard's table 3-7, and no others.

Overlong forms, surrogates and code points past U+10FFFF are refused. The JSON decoder asks here for what it reads.
"""

from guest.compiler.language import Span, u32
from guest.heap.spans import span_byte

CONTINUATION_MASK = 0xC0
CONTINUATION = 0x80


def sequence_length(text: Span, at: u32, end: u32) -> u32:
    """The number of bytes of the character at `at`, below `end`; 0 if they are not UTF-8."""
    lead = span_byte(text, at)
    if lead < 0x80:
        return 1
    if lead < 0xC2 or lead > 0xF4:
        return 0  # a continuation byte, an overlong form, or past U+10FFFF
    length: u32 = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if end - at < length:
        return 0
    second = span_byte(text, at + 1)
    lowest: u32 = CONTINUATION
    highest: u32 = 0xBF
    match lead:
        case 0xE0:
            lowest = 0xA0  # below: overlong
        case 0xED:
            highest = 0x9F  # above: surrogates
        case 0xF0:
            lowest = 0x90  # below: overlong
        case 0xF4:
            highest = 0x8F  # above: past U+10FFFF
        case _:
            pass
    if second < lowest or second > highest:
        return 0
    for i in range(2, length):
        if span_byte(text, at + i) & CONTINUATION_MASK != CONTINUATION:
            return 0
    return length
