"""JSON strings with escapes or characters beyond ASCII, read twice: to validate and measure them, then to write their value.

A surrogate without its partner becomes U+FFFD, as in Go; control characters must be escaped; bytes must be UTF-8.
`json_strings.py` and `json_keys.py` come here for what their fast path does not take.
"""

from guest.compiler.language import UNDEFINED, Value, noinline, span, u32
from guest.heap.input import find_special
from guest.heap.spans import bytes_span, span_after, span_copy
from guest.heap.views import Bytes, byte_at, bytes_after
from guest.library.json_error import Fault, refuse
from guest.library.json_marks import BACKSLASH, QUOTE, SPACE
from guest.values.text import Str, char_size, new_str
from guest.values.utf8 import sequence_length

LETTER_U = 0x75

SHORT_ESCAPE = 2  # bytes of `\n`
UNICODE_ESCAPE = 6  # bytes of `\u0041`
PAIR_ESCAPE = 12  # bytes of `\ud83d\ude00`

SURROGATE_MASK = 0xFC00  # the bits that tell high and low surrogates
ANY_SURROGATE_MASK = 0xF800
HIGH_SURROGATE = 0xD800
LOW_SURROGATE = 0xDC00
SURROGATE_BITS = 0x3FF
FIRST_PAIRED = 0x10000  # the code point of the lowest pair
REPLACEMENT = 0xFFFD
NOT_HEXADECIMAL = 0xFFFFFFFF


@noinline
def decode_long_way(input: Bytes, at: u32, end: u32) -> tuple[Value, u32]:
    """The string whose opening quote is before `at`, and the offset after its closing one; UNDEFINED if refused."""
    stop, size, chars = measure(input, at, end)
    if stop == end:
        return UNDEFINED, end
    result = new_str(size, chars)
    write(result, input, at, stop)
    return Value(result), stop + 1


def measure(input: Bytes, start: u32, end: u32) -> tuple[u32, u32, u32]:
    """Validate a string: offset of its closing quote, bytes and characters of its value; `end` and zeros if refused."""
    size: u32 = 0
    chars: u32 = 0
    at = start
    while True:
        plain = find_special(bytes_span(input), at, end) - at
        at += plain
        size += plain
        chars += plain
        if at == end:
            refuse(Fault.UNCLOSED_STRING, start - 1)
            return end, 0, 0
        byte = byte_at(input, at)
        if byte == QUOTE:
            return at, size, chars
        if byte < SPACE:
            refuse(Fault.CONTROL_CHARACTER, at)
            return end, 0, 0
        if byte == BACKSLASH:
            length, code = read_escape(input, at, end)
            if length == 0:
                refuse(Fault.INVALID_ESCAPE, at)
                return end, 0, 0
            size += char_size(code)
        else:
            length = sequence_length(bytes_span(input), at, end)
            if length == 0:
                refuse(Fault.INVALID_UTF8, at)
                return end, 0, 0
            size += length
        at += length
        chars += 1


def write(target: Str, input: Bytes, start: u32, stop: u32) -> None:
    """Write the value of a string that `measure` has accepted."""
    to: u32 = 0
    at = start
    while at < stop:
        if byte_at(input, at) != BACKSLASH:
            # A run up to the next special byte; the first byte may itself be part of a character beyond ASCII.
            run = find_special(bytes_span(input), at + 1, stop) - at
            span_copy(span_after(span(target.data), to), bytes_span(bytes_after(input, at)), run)
            to += run
            at += run
            continue
        length, code = read_escape(input, at, stop)
        at += length
        size = char_size(code)
        if size == 1:
            target.data[to] = code
        else:
            shift = 6 * (size - 1)
            target.data[to] = (0xF00 >> size & 0xFF) | code >> shift
            for i in range(1, size):
                shift -= 6
                target.data[to + i] = 0x80 | (code >> shift & 0x3F)
        to += size


def read_escape(input: Bytes, at: u32, end: u32) -> tuple[u32, u32]:
    """The escape whose backslash is at `at`: its bytes (a surrogate pair is one) and code point; 0 bytes if invalid."""
    if end - at < SHORT_ESCAPE:
        return 0, 0
    letter = byte_at(input, at + 1)
    if letter != LETTER_U:
        code = short_escape(letter)
        return SHORT_ESCAPE if code != 0 else 0, code
    first = hexadecimal(input, at + 2, end)
    if first == NOT_HEXADECIMAL:
        return 0, 0
    if first & ANY_SURROGATE_MASK != HIGH_SURROGATE:
        return UNICODE_ESCAPE, first
    if first & SURROGATE_MASK == HIGH_SURROGATE:
        second = low_surrogate(input, at + UNICODE_ESCAPE, end)
        if second != NOT_HEXADECIMAL:
            return PAIR_ESCAPE, FIRST_PAIRED + ((first & SURROGATE_BITS) << 10 | (second & SURROGATE_BITS))
    return UNICODE_ESCAPE, REPLACEMENT


def low_surrogate(input: Bytes, at: u32, end: u32) -> u32:
    """The low surrogate that the escape at `at` stands for; NOT_HEXADECIMAL if there is none."""
    if end - at < UNICODE_ESCAPE or byte_at(input, at) != BACKSLASH or byte_at(input, at + 1) != LETTER_U:
        return NOT_HEXADECIMAL
    code = hexadecimal(input, at + 2, end)
    return code if code & SURROGATE_MASK == LOW_SURROGATE else NOT_HEXADECIMAL


def short_escape(letter: u32) -> u32:
    """The character that a backslash and this letter stand for; 0 if there is no such escape."""
    match letter:
        case 0x22 | 0x2F | 0x5C:  # the quote, the slash, the backslash
            return letter
        case 0x62:  # b
            return 8
        case 0x66:  # f
            return 12
        case 0x6E:  # n
            return 10
        case 0x72:  # r
            return 13
        case 0x74:  # t
            return 9
        case _:
            return 0


def hexadecimal(input: Bytes, at: u32, end: u32) -> u32:
    """The number of the four hexadecimal digits from `at`, or NOT_HEXADECIMAL."""
    if at + 4 > end:
        return NOT_HEXADECIMAL
    number: u32 = 0
    for i in range(at, at + 4):
        byte = byte_at(input, i)
        lower = byte | 0x20
        if byte - 0x30 <= 9:
            number = number << 4 | (byte - 0x30)
        elif lower - 0x61 <= 5:
            number = number << 4 | (lower - 0x61 + 10)
        else:
            return NOT_HEXADECIMAL
    return number
