"""Hosts as the labels that a segment tree looks up, from right to left, and the patterns that name them.

A host is compared as DNS and HTTP do: in any case, with or without a port and the dot of the root. Hosts are ASCII; an
international name is given in its ASCII form (`xn--...`). What is no host has no labels, so that no pattern matches it.

    api.example.com      this host                    *.example.com   every host below it, however deep, but not itself
    *                    every host
"""

from typing import NoReturn

from guest.compiler.language import Text, inline, u32
from guest.library.address import COLON, DOT, NOT_AN_ADDRESS, parse_address
from guest.library.arguments import refuse_text
from guest.library.segment_tree import Segments, Step, add_segment, make_step, segments_new
from guest.library.url_parser import (
    CLOSE_BRACKET,
    DASH,
    LAST_PORT,
    MOST_PORT_DIGITS,
    NOWHERE,
    OPEN_BRACKET,
    find_byte,
    is_letter,
    lower_case,
)
from guest.meter.costs import CHARACTER_BYTES_PER_UNIT, NUMBER_FORMAT
from guest.meter.fuel import charge
from guest.values.text import ASCII, Str, substring_bytes
from guest.values.tuple import Tuple, tuple_new

STAR, UNDERSCORE, ZERO = 0x2A, 0x5F, 0x30
FIRST_CAPITAL = 0x41
LETTERS = 26
LONGEST_HOST = 253  # bytes, without the dot of the root
LONGEST_LABEL = 63


def split_host(given: Str) -> Segments:
    """The labels of a host from right to left; none if it is no host. An address in brackets is one label."""
    n = len(given.data)
    charge(n // CHARACTER_BYTES_PER_UNIT)
    text = lower_case(given) if has_capitals(given) else given
    if n != 0 and text.data[0] == OPEN_BRACKET:
        return bracketed_host(text)
    end = n
    colon = find_byte(text, 0, n, COLON)
    if colon != NOWHERE:
        if not is_port(text, colon + 1):
            return segments_new(text, 0)
        end = colon
    if end != 0 and text.data[end - 1] == DOT:
        end -= 1
    if end == 0 or end > LONGEST_HOST:
        return segments_new(text, 0)
    labels = segments_new(text, count_labels(text, end))
    start = end
    while True:
        label_end = start
        while start != 0 and is_label_byte(text.data[start - 1]):
            start -= 1
        if (
            start == label_end
            or label_end - start > LONGEST_LABEL
            or (start != 0 and text.data[start - 1] != DOT)
        ):
            labels.count = 0
            return labels
        add_segment(labels, start, label_end)
        if start == 0:
            return labels
        start -= 1


def has_capitals(text: Str) -> bool:
    """Whether a text has capital letters of ASCII."""
    for i in range(len(text.data)):
        if text.data[i] - FIRST_CAPITAL < LETTERS:
            return True
    return False


def bracketed_host(text: Str) -> Segments:
    """An IPv6 address in brackets, perhaps with a port, as one label."""
    close = find_byte(text, 0, len(text.data), CLOSE_BRACKET)
    if close == NOWHERE:
        return segments_new(text, 0)
    charge(NUMBER_FORMAT)
    written = substring_bytes(text, 1, close)
    version, _, _ = parse_address(written, len(written.data))
    after = close + 1
    if version == NOT_AN_ADDRESS or find_byte(written, 0, len(written.data), COLON) == NOWHERE:
        return segments_new(text, 0)
    if after != len(text.data) and (text.data[after] != COLON or not is_port(text, after + 1)):
        return segments_new(text, 0)
    label = segments_new(text, 1)
    add_segment(label, 0, after)
    return label


def is_port(text: Str, start: u32) -> bool:
    """Whether what follows the colon is a port: a number up to 65535, or nothing."""
    n = len(text.data)
    if n - start > MOST_PORT_DIGITS:
        return False
    number: u32 = 0
    for i in range(start, n):
        digit = text.data[i] - ZERO
        if digit > 9:
            return False
        number = number * 10 + digit
    return number <= LAST_PORT


def count_labels(text: Str, end: u32) -> u32:
    """One more than there are dots."""
    count: u32 = 1
    for i in range(end):
        if text.data[i] == DOT:
            count += 1
    return count


@inline
def is_label_byte(byte: u32) -> bool:
    """Whether a byte can be in a label: letters, digits, the dash and the underscore."""
    return is_letter(byte) or byte - ZERO <= 9 or byte == DASH or byte == UNDERSCORE


# Patterns.


def host_steps(function: Text, pattern: Str) -> Tuple:
    """The steps of a pattern of hosts, from right to left, or a rule error."""
    n = len(pattern.data)
    charge(n // CHARACTER_BYTES_PER_UNIT + NUMBER_FORMAT)
    end = n
    if end > 1 and pattern.data[end - 1] == DOT:
        end -= 1
    check_pattern(function, pattern, end)
    text = lower_case(pattern)
    count = count_labels(text, end)
    steps = tuple_new(count)
    for i in range(count):
        start = end
        while start != 0 and text.data[start - 1] != DOT:
            start -= 1
        if text.data[start] == STAR:
            step = make_step(Step.REST, substring_bytes(text, 0, 0))
        else:
            step = make_step(Step.LITERAL, substring_bytes(text, start, end))
        steps.items[i] = step
        end = start - 1
    return steps


def check_pattern(function: Text, text: Str, end: u32) -> None:
    """Refuse a text that is no pattern of hosts; the first character that is wrong is named."""
    if end == 0:
        refuse_text(function, text, "a host pattern", "it is empty")
    if end > LONGEST_HOST:
        refuse_text(function, text, "a host pattern", "a host has at most 253 characters")
    label_start: u32 = 0
    for at in range(end + 1):
        if at == end or text.data[at] == DOT:
            if at == label_start:
                refuse_host(function, text, "a label was expected", at)
            if at - label_start > LONGEST_LABEL:
                refuse_host(function, text, "a label has at most 63 characters", label_start)
            label_start = at + 1
        elif text.data[at] == STAR:
            if at != 0 or (end != 1 and text.data[1] != DOT):
                refuse_host(
                    function, text, "a star stands for whole labels in front, as in *.example.com", at
                )
        elif not is_label_byte(text.data[at]):
            refuse_byte(function, text, at)


def refuse_byte(function: Text, text: Str, at: u32) -> NoReturn:
    """End with the error of a character that no pattern of hosts has."""
    byte = text.data[at]
    if byte >= ASCII:
        refuse_host(function, text, "it is not ASCII: write an international name as xn--...", at)
    if byte == OPEN_BRACKET:
        refuse_host(function, text, "addresses are matched with cidr(...)", at)
    if byte == COLON:
        refuse_host(function, text, "it has no port: hosts are matched whatever their port is", at)
    refuse_host(function, text, "letters, digits, dashes, underscores and dots were expected", at)


def refuse_host(function: Text, text: Str, reason: Text, at: u32) -> NoReturn:
    """End with the error of a text that is no pattern of hosts, at an offset."""
    refuse_text(function, text, "a host pattern", reason, at)
