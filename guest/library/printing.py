"""`print`: one line of text into a buffer that the host reads.

The buffer is an array that never moves; the host finds it by `print_address` and `print_length`, writes it out and sets
the length to 0 when the guest suspends or an evaluation is over. It grows with what is printed before that.
"""

from guest.compiler.language import Array, Text, Value, cast, copy_items, noinline, registered, u8, u32
from guest.heap.allocate import old_array_u8
from guest.heap.state import address_of
from guest.heap.value import NONE
from guest.heap.views import Registers, register
from guest.library.arguments import is_given, str_argument, tuple_argument
from guest.values.builder import Builder, add_byte, add_str, builder_new
from guest.values.byte_string import ByteString
from guest.values.byte_text import add_decoded
from guest.values.charges import charge_bytes
from guest.values.repr import str_into
from guest.values.text import Str

FIRST_CAPACITY = 32 * 1024  # bytes: what `execute` lets pile up before it suspends, twice
HEADER_BYTES = 8  # the items of an array follow its header
NAMED_SEP = '"sep"'  # keywords are quoted in messages
NEWLINE = 10
BLANK = 32

buffer: Array[u8] | None = None
# Where the host finds the text, and how many bytes there are; the host sets the length back to 0.
print_address: u32 = 0
print_length: u32 = 0


@registered("builtin", "print(*args, sep?)")
def builtin_print(arguments: Registers) -> Value:
    """Print the arguments, separated by `sep`, on a line."""
    builder = builder_new()
    add_arguments(builder, arguments, "print")
    add_byte(builder, NEWLINE)
    append_line(builder)
    return NONE


def add_arguments(b: Builder, arguments: Registers, function: Text) -> None:
    """Append `*args` (register 0) as texts, separated by `sep` (register 1), which is a blank when omitted."""
    if is_given(arguments, 1):
        str_argument(arguments, 1, function, NAMED_SEP)
    for i in range(len(tuple_argument(arguments, 0).items)):
        if i != 0:
            if is_given(arguments, 1):
                add_str(b, cast(Str, register(arguments, 1)))
            else:
                add_byte(b, BLANK)
        item = tuple_argument(arguments, 0).items[i]
        if isinstance(item, ByteString):
            add_decoded(b, cast(ByteString, item))
        else:
            str_into(b, item)


def append_line(line: Builder) -> None:
    """Add the bytes of a builder to the buffer."""
    global print_length
    n = line.length
    at = print_length
    charge_bytes(n)
    target = buffer_for(at + n)
    copy_items(target, at, line.data, 0, n)
    print_length = at + n


def buffer_for(size: u32) -> Array[u8]:
    """The buffer, with room for `size` bytes and its present text in place."""
    current = buffer
    if current is not None and len(current) >= size:
        return current
    return replace_buffer(max(size, max(FIRST_CAPACITY, print_length * 2)))


@noinline
def replace_buffer(capacity: u32) -> Array[u8]:
    """Move the text to a larger buffer. What filled it has paid for it: each byte moves less than twice on average."""
    global buffer, print_address
    larger = old_array_u8(capacity)
    current = buffer
    if current is not None:
        copy_items(larger, 0, current, 0, print_length)
    buffer = larger
    print_address = address_of(larger) + HEADER_BYTES
    return larger
