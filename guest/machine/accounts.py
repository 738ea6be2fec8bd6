"""What a recording found out: for each class and each allocation site, what was allocated, promoted, and is alive.

    {"recorded_bytes": 81920,
     "classes": [{"class": 7, <counters>}],
     "sites": [{"site": 3, "function": "check", "location": "main.star:12:5", <counters>}]}

    counters    "allocated_bytes", "allocated_objects", "promoted_bytes", "promoted_objects",
                "live_bytes", "live_objects", "image_bytes", "image_objects"

Class numbers are those of the layout, site numbers those in the objects' headers (`guest/heap/recording.py`). Function and
location are null for site 0, which is what no rule allocated, and for site 65535, of the instructions that found the
table full. Rows that count nothing are left out. The allocated bytes of all classes, and those of all sites, sum up to
`recorded_bytes`. The live and image figures leave out what the recording itself takes.
"""

from guest.compiler.language import UNDEFINED, Array, Text, Value, cast, i32, u32, u64
from guest.heap import recording
from guest.heap.allocate import allocated_bytes, count_live
from guest.heap.recording import (
    CLASSES,
    SITE_LIMIT,
    TOO_MANY,
    Column,
    Row,
    bytes_in,
    class_row,
    counts_nothing,
    known_site,
    objects_in,
    recorded_bytes,
    site_row,
)
from guest.heap.views import code_start, pc_after
from guest.library import output
from guest.library.json_quote import emit_json_str
from guest.library.output import emit_byte, emit_text, emit_unsigned
from guest.machine.loaded import module_at, module_count
from guest.machine.places import position_at
from guest.machine.report import emit_place
from guest.values.function import Code, Module

CLOSE_BRACE = 125


def emit_accounts() -> None:
    """Look at what is alive, and write all accounts. Allocates in the reader's own name (`recording.begin_own`)."""
    count_live()
    recording.begin_own()
    recorded = recorded_bytes(allocated_bytes())
    codes = site_codes()
    output.output_length = 0
    emit_text('{"recorded_bytes": ')
    emit_unsigned(recorded)
    emit_text(', "classes": [')
    emit_classes()
    emit_text('], "sites": [')
    emit_sites(codes)
    emit_text("]}")


def emit_classes() -> None:
    """Write the rows of the classes."""
    written: u32 = 0
    for number in range(CLASSES):
        row = class_row(number)
        if not counts_nothing(row):
            begin_entry(written)
            written += 1
            emit_text('{"class": ')
            emit_unsigned(u64(number))
            emit_counters(row)


def emit_sites(codes: Array[Value]) -> None:
    """Write the rows of the sites; `codes` has the code of each."""
    written: u32 = 0
    for i in range(SITE_LIMIT + 1):
        number = i if i < SITE_LIMIT else u32(TOO_MANY)
        row = site_row(number)
        if not counts_nothing(row):
            begin_entry(written)
            written += 1
            emit_text('{"site": ')
            emit_unsigned(u64(number))
            if number < len(codes) and codes[number] != UNDEFINED:
                code = cast(Code, codes[number])
                emit_text(', "function": ')
                emit_json_str(code.name)
                emit_text(', "location": ')
                emit_place(code.module.path, position_at(code, recording.site_pc(number)))
            else:
                emit_text(', "function": null, "location": null')
            emit_counters(row)


def begin_entry(written: u32) -> None:
    """Separate an entry from those before it."""
    if written != 0:
        emit_text(", ")


def emit_counters(row: Row) -> None:
    """Write what a row counts, and end its object."""
    emit_pair(row, Column.ALLOCATED, ', "allocated_bytes": ', ', "allocated_objects": ')
    emit_pair(row, Column.PROMOTED, ', "promoted_bytes": ', ', "promoted_objects": ')
    emit_pair(row, Column.LIVE, ', "live_bytes": ', ', "live_objects": ')
    emit_pair(row, Column.IMAGE, ', "image_bytes": ', ', "image_objects": ')
    emit_byte(CLOSE_BRACE)


def emit_pair(row: Row, column: u32, bytes_name: Text, objects_name: Text) -> None:
    """Write two counters."""
    emit_text(bytes_name)
    emit_unsigned(bytes_in(row, column))
    emit_text(objects_name)
    emit_unsigned(objects_in(row, column))


def site_codes() -> Array[Value]:
    """For each site the code that its instruction is in; undefined where it is in no loaded module."""
    codes = Array[Value](recording.site_count)
    for i in range(module_count()):
        module = module_at(i).module
        toplevel = module.toplevel
        if toplevel is not None:
            find_sites(codes, toplevel)
        find_sites_of_functions(codes, module)
    return codes


def find_sites_of_functions(codes: Array[Value], module: Module) -> None:
    """The codes of functions are constants: behind the globals in their module's slots."""
    for i in range(module.globals, len(module.slots)):
        constant = module.slots[i]
        if isinstance(constant, Code):
            find_sites(codes, cast(Code, constant))


def find_sites(codes: Array[Value], code: Code) -> None:
    """Enter a code for each site that is one of its instructions."""
    start = code_start(code.words)
    for i in range(len(code.words)):
        site = known_site(pc_after(start, i32(i)))
        if site != 0:
            codes[site] = Value(code)
