"""JSON strings in the input, as values.

Nearly all are short, ASCII and free of escapes: one vector scan finds the closing quote, and the bytes are copied by words.
The others take the long way (`json_escapes.py`). Keys have their own file (`json_keys.py`), which begins here too.
"""

from guest.compiler.language import Value, inline, span, u32
from guest.heap.input import copy_padded, find_special
from guest.heap.spans import bytes_span
from guest.heap.views import Bytes, byte_at, bytes_after
from guest.library.json_escapes import decode_long_way
from guest.values.text import Str, new_str

QUOTE = 0x22


@inline
def plain_end(input: Bytes, at: u32, end: u32) -> u32:
    """Where the run of plain ASCII characters from `at` ends: at a closing quote, or at what is not plain, or at `end`."""
    return find_special(bytes_span(input), at, end)


@inline
def plain_string(input: Bytes, at: u32, n: u32) -> Str:
    """A new string of n bytes of ASCII."""
    result = new_str(n, n)
    copy_padded(span(result.data), bytes_after(input, at), n)
    return result


def decode_string(input: Bytes, at: u32, end: u32) -> tuple[Value, u32]:
    """The string whose opening quote is before `at`, and the offset after its closing one; UNDEFINED if refused."""
    stop = plain_end(input, at, end)
    if stop < end and byte_at(input, stop) == QUOTE:
        return Value(plain_string(input, at, stop - at)), stop + 1
    return decode_long_way(input, at, end)
