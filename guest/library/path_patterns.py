"""Paths as the segments that a segment tree looks up, and the patterns that name them.

A path is compared in its normal form, so that no two spellings of it meet different rules: escapes are decoded, each in its
segment (`%2F` makes no new one), `.` and `..` are resolved, runs of slashes are one, and what follows `?` or `#` is no part of
it. A slash at the end counts: `/users/` has an empty last segment, `/users` has none. What does not begin with a slash has no
segments, so that no pattern matches it.

    /users/me      this path              /users/{id}     one segment, not empty, which is captured; `*` captures nothing
    /files/{path...}    everything below `/files/`; `**` captures nothing
"""

from typing import NoReturn

from guest.compiler.language import Array, Object, Text, Value, cast, u32
from guest.library.address import DOT
from guest.library.arguments import refuse_text
from guest.library.percent_decoding import PERCENT, decode_part, is_escape
from guest.library.segment_tree import NONE_THERE, Segments, Step, add_segment, make_step, segments_new
from guest.library.sorting import sorted_positions
from guest.library.url_parser import HASH, NOWHERE, QUESTION, SLASH, find_byte, is_letter
from guest.meter.costs import ELEMENT, REGEX_CHARACTER, URL_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_byte, add_str, builder_new, finish
from guest.values.charges import charge_items
from guest.values.interning import shared
from guest.values.list import List, list_append, list_new
from guest.values.struct import Struct, struct_new
from guest.values.text import Str, str_equal, substring_bytes
from guest.values.tuple import Tuple, tuple_new

STAR, OPEN_BRACE, CLOSE_BRACE, UNDERSCORE, ZERO = 0x2A, 0x7B, 0x7D, 0x5F, 0x30
REST_DOTS = 3  # after the name of a capture of the rest


# Paths.


def split_path(text: Str) -> Segments:
    """The segments of a path in its normal form; none if it does not begin with a slash."""
    charge(len(text.data) // URL_BYTES_PER_UNIT + ELEMENT)
    end = path_end(text)
    if end == 0 or text.data[0] != SLASH:
        return segments_new(text, 0)
    slashes, normal = look_over(text, end)
    if not normal:
        return normal_segments(text, end, slashes)
    segments = segments_new(text, slashes)
    start: u32 = 1
    for at in range(1, end + 1):
        if at == end or text.data[at] == SLASH:
            add_segment(segments, start, at)
            start = at + 1
    return segments


def path_end(text: Str) -> u32:
    """Where the path of a text ends."""
    for at in range(len(text.data)):
        if text.data[at] == QUESTION or text.data[at] == HASH:
            return at
    return len(text.data)


def look_over(text: Str, end: u32) -> tuple[u32, bool]:
    """How many slashes a path has, and whether it has its normal form: no escapes, no two slashes in a row, and no segment
    that begins with a dot, as those that are to be resolved do."""
    slashes: u32 = 0
    normal = True
    after_slash = False
    for at in range(end):
        byte = text.data[at]
        is_slash = byte == SLASH
        if byte == PERCENT or (after_slash and (is_slash or byte == DOT)):
            normal = False
        slashes += u32(is_slash)
        after_slash = is_slash
    return slashes, normal


def normal_segments(text: Str, end: u32, slashes: u32) -> Segments:
    """The segments of a path that has not its normal form, which is made."""
    b = builder_new(end)
    segments = segments_new(text, slashes)
    start: u32 = 1
    while start <= end:
        slash = find_byte(text, start, end, SLASH)
        segment_end = end if slash == NOWHERE else slash
        charge(ELEMENT)
        segment = decode_part(text, start, segment_end, False)
        put_segment(b, segments, segment, slash == NOWHERE)
        start = segment_end + 1
    segments.text = finish(b)
    return segments


def put_segment(b: Builder, segments: Segments, segment: Str, last: bool) -> None:
    """Append a decoded segment to the normal form, or resolve it."""
    dots = count_dots(segment)
    if dots == 2 and segments.count != 0:
        segments.count -= 1
        b.length = segments.bounds[2 * segments.count] - 1
    is_empty = dots != 0 or len(segment.data) == 0
    if is_empty and not last:
        return
    add_byte(b, SLASH)
    start = b.length
    if not is_empty:
        add_str(b, segment)
    add_segment(segments, start, b.length)


def count_dots(segment: Str) -> u32:
    """1 or 2 if a segment is `.` or `..`; else 0."""
    n = len(segment.data)
    if n == 0 or n > 2 or segment.data[0] != DOT or segment.data[n - 1] != DOT:
        return 0
    return n


# Patterns.


class PathPattern(Object):
    """A pattern as it was given, its steps, and what it captures: names in ascending order, and the segment of each."""

    text: Str
    steps: Tuple
    names: Tuple
    places: Array[u32]
    rest: u32  # the segment from which the rest is captured under a name; NONE_THERE


def captures_of(pattern: PathPattern, segments: Segments) -> Struct:
    """What a pattern captures of the segments that it matches."""
    result = struct_new(pattern.names)
    for i in range(len(pattern.places)):
        place = pattern.places[i]
        last = segments.count - 1 if place == pattern.rest else place
        captured = substring_bytes(segments.text, segments.bounds[2 * place], segments.bounds[2 * last + 1])
        result.fields[i] = Value(captured)
    return result


class Reading(Object):
    """A pattern that is being read: the names of its captures so far, and where they are."""

    function: Text
    text: Str
    names: List
    places: Array[u32]
    rest: u32


def read_path_pattern(function: Text, text: Str) -> PathPattern:
    """The pattern that a text is, or a rule error of the function."""
    n = len(text.data)
    charge(n * REGEX_CHARACTER)
    if n == 0:
        refuse_path(function, text, "it is empty: the shortest is /", 0)
    if text.data[0] != SLASH:
        refuse_path(function, text, "it begins with a slash", 0)
    count: u32 = 0
    for i in range(n):
        if text.data[i] == QUESTION or text.data[i] == HASH:
            refuse_path(function, text, "a query or fragment is no part of a path", i)
        count += u32(text.data[i] == SLASH)
    charge_items(count)
    reading = Reading(
        function=function, text=text, names=list_new(0), places=Array[u32](count), rest=NONE_THERE
    )
    steps = tuple_new(count)
    start: u32 = 1
    for i in range(count):
        slash = find_byte(text, start, n, SLASH)
        end = n if slash == NOWHERE else slash
        step = read_segment(reading, i, start, end)
        steps.items[i] = step
        start = end + 1
    return finished_pattern(reading, steps)


def finished_pattern(reading: Reading, steps: Tuple) -> PathPattern:
    """The pattern that has been read: its captures are sorted by name, as the fields of structs are."""
    count = reading.names.count
    unsorted = Array[Value](count)
    for i in range(count):
        unsorted[i] = reading.names.items[i]
    positions = sorted_positions(unsorted, False)
    names = tuple_new(count)
    places = Array[u32](count)
    for i in range(count):
        names.items[i] = unsorted[positions[i]]
        places[i] = reading.places[positions[i]]
    return PathPattern(text=reading.text, steps=steps, names=names, places=places, rest=reading.rest)


def read_segment(reading: Reading, index: u32, start: u32, end: u32) -> Value:
    """The step of segment number `index` of a pattern."""
    text = reading.text
    is_last = end == len(text.data)
    empty = substring_bytes(text, 0, 0)
    if start == end and not is_last:
        refuse_path(reading.function, text, "a segment is empty", start)
    if start != end and text.data[start] == STAR:
        stars = end - start
        if stars > 2 or text.data[end - 1] != STAR:
            refuse_path(reading.function, text, "a star is a whole segment, two are the rest", start)
        if stars == 1:
            return make_step(Step.ANY, empty)
        check_last(reading, start, is_last)
        return make_step(Step.REST, empty)
    if start != end and text.data[start] == OPEN_BRACE:
        if read_capture(reading, index, start, end):
            check_last(reading, start, is_last)
            reading.rest = index
            return make_step(Step.REST, empty)
        return make_step(Step.ANY, empty)
    return make_step(Step.LITERAL, read_literal(reading, start, end))


def check_last(reading: Reading, start: u32, is_last: bool) -> None:
    """Refuse that something follows the rest."""
    if not is_last:
        refuse_path(
            reading.function, reading.text, "the rest of a path is the last segment of a pattern", start
        )


def read_capture(reading: Reading, index: u32, start: u32, end: u32) -> bool:
    """Read `{name}` or `{name...}`, which stands for the rest: whether it does."""
    text = reading.text
    close = find_byte(text, start, end, CLOSE_BRACE)
    if close == NOWHERE:
        refuse_path(reading.function, text, "a { without a }", start)
    if close + 1 != end:
        refuse_path(reading.function, text, "a capture is a whole segment", close + 1)
    name_end = close
    is_rest = close - start > REST_DOTS and ends_with_dots(text, close)
    if is_rest:
        name_end -= REST_DOTS
    check_name(reading, start + 1, name_end)
    name = shared(substring_bytes(text, start + 1, name_end))
    names = reading.names
    for i in range(names.count):
        charge(ELEMENT)
        if str_equal(cast(Str, names.items[i]), name):
            refuse_path(reading.function, text, "a name is there twice", start + 1)
    reading.places[names.count] = index
    list_append(reading.names, Value(name))
    return is_rest


def ends_with_dots(text: Str, end: u32) -> bool:
    """Whether three dots come before an offset."""
    for i in range(end - REST_DOTS, end):
        if text.data[i] != DOT:
            return False
    return True


def check_name(reading: Reading, start: u32, end: u32) -> None:
    """Refuse a name of a capture that could be no name of a field."""
    text = reading.text
    if start == end:
        refuse_path(reading.function, text, "a name was expected, as in {id}", start)
    for i in range(start, end):
        byte = text.data[i]
        if not is_letter(byte) and byte != UNDERSCORE and (i == start or byte - ZERO > 9):
            refuse_path(
                reading.function,
                text,
                "the name of a capture has letters, digits and underscores; the rest is {name...}",
                i,
            )


def read_literal(reading: Reading, start: u32, end: u32) -> Str:
    """The decoded segment that stands for itself. It must be in its normal form."""
    text = reading.text
    for i in range(start, end):
        byte = text.data[i]
        if byte == STAR or byte == OPEN_BRACE or byte == CLOSE_BRACE:
            refuse_path(
                reading.function,
                text,
                "stars and captures are whole segments; %2A %7B %7D stand for * { }",
                i,
            )
        if byte == PERCENT and not is_escape(text, i, end):
            refuse_path(reading.function, text, "after a percent sign two hexadecimal digits are expected", i)
    literal = decode_part(text, start, end, False)
    if count_dots(literal) != 0:
        refuse_path(reading.function, text, "paths are matched with . and .. resolved", start)
    return literal


def refuse_path(function: Text, text: Str, reason: Text, at: u32) -> NoReturn:
    """End with the error of a text that is no pattern of paths, at an offset."""
    refuse_text(function, text, "a path pattern", reason, at)
