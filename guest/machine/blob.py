"""The files that the host passes to `load`, `check`, `execute` and `boot`: one block of bytes in the input buffer.

    u32 count, then for each file: u32 length of its name, u32 length of its content, the name, the content

Numbers are little-endian and nothing is padded. The block comes from outside: every length is checked here. A file's
content is read where it is; the input buffer does not change while the call lasts.
"""

from typing import NoReturn

from guest.compiler.language import Array, Object, Value, cast, copy_items, need, noinline, u8, u32
from guest.heap.allocate import old_array_u8
from guest.heap.spans import bytes_span, span_count_chars
from guest.heap.views import bytes_after
from guest.machine import exchange
from guest.meter.errors import Kind
from guest.values.failure import say, stop_as
from guest.values.interning import intern
from guest.values.text import Str, str_equal, str_from_bytes

MAX_FILES = 10_000
LENGTH_BYTES = 4


class File(Object):
    """One file: its content is `length` bytes of the input buffer from `start`."""

    name: Str
    start: u32
    length: u32


# Where the next number or text is read.
position: u32 = 0
size: u32 = 0
files: Array[Value] | None = None


def read_files(total: u32) -> None:
    """Take the block of `total` bytes apart."""
    global position, size, files
    position = 0
    size = total
    count = read_number()
    if count > MAX_FILES:
        malformed()
    table = Array[Value](count)
    for i in range(count):
        name_length = read_number()
        length = read_number()
        name = read_name(name_length)
        if length > size - position:
            malformed()
        table[i] = Value(File(name=name, start=position, length=length))
        position += length
    files = table


def take_file(name: Str, start: u32, length: u32) -> File:
    """Part of the input as the only file there is."""
    global files
    file = File(name=name, start=start, length=length)
    table = Array[Value](1)
    table[0] = Value(file)
    files = table
    return file


def read_number() -> u32:
    """The next number."""
    global position
    if size - position < LENGTH_BYTES:
        malformed()
    at = position
    position += LENGTH_BYTES
    content = need(exchange.input_buffer)
    return content[at] | content[at + 1] << 8 | content[at + 2] << 16 | content[at + 3] << 24


def read_name(length: u32) -> Str:
    """The next `length` bytes as an interned string."""
    global position
    if length > size - position:
        malformed()
    content = bytes_after(exchange.input_bytes(), position)
    position += length
    return intern(str_from_bytes(content, length, span_count_chars(bytes_span(content), length)))


@noinline
def malformed() -> NoReturn:
    """The block is not what it should be: the host is broken."""
    say("the block of files is malformed")
    stop_as(Kind.INTERNAL)


def file_count() -> u32:
    """How many files there are."""
    return u32(len(need(files)))


def file_at(index: u32) -> File:
    """A file by its place in the block."""
    return cast(File, need(files)[index])


def find_file(name: Str) -> File | None:
    """The file of a name, or None."""
    table = need(files)
    for i in range(len(table)):
        file = cast(File, table[i])
        if str_equal(file.name, name):
            return file
    return None


def copy_of(file: File) -> Array[u8]:
    """The content of a file, in an array of its own that does not move."""
    result = old_array_u8(file.length)
    copy_items(result, 0, need(exchange.input_buffer), file.start, file.length)
    return result


def forget_files() -> None:
    """The block has been read."""
    global files
    files = None
