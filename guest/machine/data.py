"""`data(path)`: the JSON files of a bundle, decoded once when it loads and frozen with it.

All files below `data/` are decoded before any module runs, so a broken one is a diagnostic, and `data` is a look into a table
at any time.
"""

from guest.compiler.language import UNDEFINED, Text, Value, need, registered, text_byte, text_length, u32
from guest.heap.views import Registers, byte_at
from guest.library import json_error
from guest.library.arguments import refuse, str_argument
from guest.library.iterables import keys_of
from guest.library.json_decode import decode_document
from guest.machine.blob import File, file_at, file_count
from guest.machine.exchange import input_bytes
from guest.machine.modules import has_suffix, leaves_bundle
from guest.meter.costs import SOURCE_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.syntax import diagnostics
from guest.syntax.characters import CARRIAGE_RETURN, LINE_FEED
from guest.syntax.line import MAX_LINES
from guest.values.describe import say_repr
from guest.values.dict import Dict, dict_add, dict_get, dict_new
from guest.values.failure import say, stop
from guest.values.function import COLUMN_BITS, MAX_COLUMN
from guest.values.interning import intern
from guest.values.suggest import say_suggestion
from guest.values.text import Str, substring_bytes

FOLDER = "data/"
SUFFIX = ".json"

# Path below `data/` -> decoded value; None unless a bundle is loaded.
documents: Dict | None = None


def decode_documents() -> None:
    """Decode the data files of the block. What is wrong is in the diagnostics."""
    global documents
    known = dict_new(0)
    documents = known
    for i in range(1, file_count()):
        file = file_at(i)
        if has_prefix(file.name, FOLDER) and has_suffix(file.name, SUFFIX):
            value = decode_document(input_bytes(), file.start, file.start + file.length)
            if value == UNDEFINED:
                report_fault(file)
            else:
                start = text_length(FOLDER)
                name = intern(substring_bytes(file.name, start, u32(len(file.name.data))))
                dict_add(need(documents), Value(name), value)


def report_fault(file: File) -> None:
    """Report a file that is not JSON."""
    diagnostics.begin_file(file.name)
    diagnostics.say("not valid JSON: ")
    diagnostics.say(json_error.fault_text(json_error.fault))
    diagnostics.say(" at byte ")
    diagnostics.say_number(json_error.fault_offset)
    diagnostics.report(place_in(file, json_error.fault_offset))


def place_in(file: File, offset: u32) -> u32:
    """The line and column of a byte of a file, packed."""
    charge(offset // SOURCE_BYTES_PER_UNIT)
    line: u32 = 1
    column: u32 = 1
    before: u32 = 0
    for i in range(min(offset, file.length)):
        byte = byte_at(input_bytes(), file.start + i)
        if byte == LINE_FEED or byte == CARRIAGE_RETURN:
            # As in sources, both together end one line.
            if byte != LINE_FEED or before != CARRIAGE_RETURN:
                line += 1
            column = 1
        elif byte & 0xC0 != 0x80:
            column += 1
        before = byte
    return min(line, u32(MAX_LINES)) << COLUMN_BITS | min(column, u32(MAX_COLUMN))


def has_prefix(name: Str, prefix: Text) -> bool:
    """Whether a name begins with a static text."""
    if u32(len(name.data)) < text_length(prefix):
        return False
    for i in range(text_length(prefix)):
        if name.data[i] != text_byte(prefix, i):
            return False
    return True


@registered("builtin", "data(path, /)")
def builtin_data(arguments: Registers) -> Value:
    """The content of a JSON file of the bundle."""
    path = str_argument(arguments, 0, "data", "path")
    known = documents
    if known is None:
        refuse("data", "there is no bundle")
    value = dict_get(known, Value(path))
    if value != UNDEFINED:
        return value
    say("data: no file ")
    say_repr(Value(path))
    say(" in the bundle's folder data/")
    if leaves_bundle(path):
        say(" (a path is relative to that folder and cannot leave it)")
    elif has_prefix(path, FOLDER):
        say(" (a path is relative to that folder: leave data/ out)")
    elif not has_suffix(path, SUFFIX):
        say(" (data files are JSON, and their names end in .json)")
    else:
        say_suggestion(path, keys_of(known))
    stop()
