"""JSON strings in the input, as values.

Nearly all are short, ASCII and free of escapes: one vector scan finds the closing quote, and the bytes are copied by words.
The others take the long way (`json_escapes.py`). Keys have their own file (`json_keys.py`), which begins here too.
"""

from guest.compiler.language import Table, Value, inline, span, table, u32, u64
from guest.heap.input import WORD_BYTES, copy_padded, find_special
from guest.heap.spans import bytes_span, set_span_word
from guest.heap.views import Bytes, byte_at, bytes_after, word_at
from guest.library.json_escapes import decode_long_way
from guest.library.json_marks import QUOTE
from guest.values.text import Str, new_short_str, new_str

SHORT_BYTES = 16  # strings up to two words are made in place, without a call; keys up to two words are cached

# Which bytes of the two words from its start belong to a short string, by its length.
FIRST_MASKS: Table[u64] = table((1 << 8 * min(n, 8)) - 1 for n in range(SHORT_BYTES + 1))
SECOND_MASKS: Table[u64] = table((1 << 8 * max(n - 8, 0)) - 1 for n in range(SHORT_BYTES + 1))


@inline
def plain_end(input: Bytes, at: u32, end: u32) -> u32:
    """Where the run of plain ASCII characters from `at` ends: at a closing quote, or at what is not plain, or at `end`."""
    return find_special(bytes_span(input), at, end)


@inline
def plain_string(input: Bytes, at: u32, n: u32) -> Str:
    """A new string of n bytes of ASCII."""
    if n - 1 < SHORT_BYTES:
        return short_string(bytes_after(input, at), n)
    result = new_str(n, n)
    copy_padded(span(result.data), bytes_after(input, at), n)
    return result


@inline
def short_string(input: Bytes, n: u32) -> Str:
    """The same for one to `SHORT_BYTES` bytes. The input is padded, so two words can be read anywhere in it."""
    result = new_short_str(n, n)
    set_span_word(span(result.data), 0, word_at(input, 0) & FIRST_MASKS[n])
    if n > WORD_BYTES:
        set_span_word(span(result.data), WORD_BYTES, word_at(input, WORD_BYTES) & SECOND_MASKS[n])
    return result


def decode_string(input: Bytes, at: u32, end: u32) -> tuple[Value, u32]:
    """The string whose opening quote is before `at`, and the offset after its closing one; UNDEFINED if refused."""
    stop = plain_end(input, at, end)
    if stop < end and byte_at(input, stop) == QUOTE:
        return Value(plain_string(input, at, stop - at)), stop + 1
    return decode_long_way(input, at, end)
