"""The namespace `json`: encode, decode, encode_indent, indent.

Decoding is the decoder of events, on a copy of the text in a buffer that does not move; encoding is `json_writer.py`, layout
`json_layout.py`.
"""

from guest.compiler.language import (
    UNDEFINED,
    Array,
    Text,
    Value,
    copy_items,
    need,
    noinline,
    registered,
    u8,
    u32,
    u64,
)
from guest.heap.allocate import ensure_fits, old_array_u8
from guest.heap.input import INPUT_PADDING
from guest.heap.views import Bytes, Registers, pinned_bytes, register
from guest.library.arguments import is_given, str_argument
from guest.library.json_decode import decode_fresh
from guest.library.json_layout import lay_out
from guest.library.json_wording import refuse_decoding, refuse_layout
from guest.library.json_writer import write_json
from guest.values.builder import builder_new, finish
from guest.values.charges import charge_bytes
from guest.values.text import Str, str_from_text

LEAST_BUFFER = 4096  # bytes
MOST_KEPT = 65536  # bytes; a larger buffer is garbage after its use

# A copy of the text that is being decoded, and room for the padding that the decoder reads.
buffer: Array[u8] | None = None


@registered("builtin", "json.encode(x, /)")
def builtin_json_encode(arguments: Registers) -> Value:
    """The JSON text of a value."""
    b = builder_new()
    write_json(b, register(arguments, 0))
    return Value(finish(b))


@registered("builtin", "json.decode(x, default?)")
def builtin_json_decode(arguments: Registers) -> Value:
    """The value of a JSON text; the default, if one is given, where the text is not JSON."""
    text = str_argument(arguments, 0, "json.decode", "x")
    value = decode_text(text)
    if value != UNDEFINED:
        return value
    if is_given(arguments, 1):
        return register(arguments, 1)
    refuse_decoding(buffered(), len(text.data))


@registered("builtin", "json.indent(str, /, *, prefix?, indent?)")
def builtin_json_indent(arguments: Registers) -> Value:
    """A JSON text laid out anew."""
    text = str_argument(arguments, 0, "json.indent", "str")
    if decode_text(text) == UNDEFINED:
        refuse_layout(buffered(), len(text.data))
    return laid_out(text, arguments, "json.indent")


@registered("builtin", "json.encode_indent(x, /, *, prefix?, indent?)")
def builtin_json_encode_indent(arguments: Registers) -> Value:
    """The JSON text of a value, an element a line."""
    b = builder_new()
    write_json(b, register(arguments, 0))
    return laid_out(finish(b), arguments, "json.encode_indent")


def laid_out(text: Str, arguments: Registers, function: Text) -> Value:
    """A valid JSON text, laid out as the second and third argument want it."""
    prefix = str_argument(arguments, 1, function, "prefix") if is_given(arguments, 1) else str_from_text("")
    indent = str_argument(arguments, 2, function, "indent") if is_given(arguments, 2) else str_from_text("\t")
    b = builder_new()
    lay_out(b, text, prefix, indent)
    return Value(finish(b))


@noinline
def decode_text(text: Str) -> Value:
    """The value of a JSON text; UNDEFINED if it is refused."""
    global buffer
    n = len(text.data)
    charge_bytes(n)
    reserve_buffer(n)
    copy_items(need(buffer), 0, text.data, 0, n)
    return decode_fresh(buffered(), 0, n)


def buffered() -> Bytes:
    """The text as the decoder reads it."""
    return pinned_bytes(need(buffer))


def reserve_buffer(n: u32) -> None:
    """Make room for a text of n bytes."""
    global buffer
    current = buffer
    if current is not None:
        room = len(current) - INPUT_PADDING
        if room >= n and (room <= MOST_KEPT or n > MOST_KEPT):
            return
    buffer = None
    capacity = u64(max(n, u32(LEAST_BUFFER))) + INPUT_PADDING
    ensure_fits(capacity)
    buffer = old_array_u8(u32(capacity))
