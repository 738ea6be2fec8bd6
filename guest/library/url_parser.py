"""`Url`, a parsed URL: its text, and where the parts are.

The grammar is that of RFC 3986, references without a scheme included; what Go's net/url refuses is refused. Path, query and
fragment are kept as offsets and decoded when they are asked for. `url.py` has the built-in.

    https://user:password@example.com:8443/a/b%20c?x=1&y=2#top
    scheme  userinfo      host        port path   query   fragment
"""

from typing import NoReturn

from guest.compiler.language import Object, Text, Value, inline, span, u32
from guest.heap.letters import flip_letters
from guest.heap.value import NONE
from guest.library.address import NOT_AN_ADDRESS, parse_address
from guest.library.arguments import refuse_text
from guest.library.percent_decoding import PERCENT, SPACE, decode_part, escaped_byte, is_escape
from guest.meter.costs import NUMBER_FORMAT, URL_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.text import ASCII, Str, new_str, substring_bytes

SLASH, COLON, QUESTION, HASH, AT, DELETE = 0x2F, 0x3A, 0x3F, 0x23, 0x40, 0x7F
OPEN_BRACKET, CLOSE_BRACKET, DASH, DOT, PLUS = 0x5B, 0x5D, 0x2D, 0x2E, 0x2B
FIRST_CAPITAL = 0x41
CASE_BIT = 0x20
NOWHERE = 0xFFFFFFFF  # no such byte; no such part
NO_PORT = 0xFFFFFFFF
LAST_PORT = 65535
MOST_PORT_DIGITS = 5


class Url(Object):
    """A parsed URL. Offsets are those of bytes in the text; a part that is missing is empty."""

    text: Str
    scheme: Str
    user: Value
    password: Value
    host: Str
    port: u32
    path_start: u32
    path_end: u32
    query_start: u32
    query_end: u32
    fragment_start: u32


def parse_url(text: Str) -> Url:
    """The URL that a text is, or a rule error."""
    n = len(text.data)
    charge(n // URL_BYTES_PER_UNIT + NUMBER_FORMAT)
    check_characters(text)
    empty = substring_bytes(text, 0, 0)
    url = Url(
        text=text,
        scheme=empty,
        user=NONE,
        password=NONE,
        host=empty,
        port=NO_PORT,
        path_start=0,
        path_end=n,
        query_start=n,
        query_end=n,
        fragment_start=n,
    )
    hash = find_byte(text, 0, n, HASH)
    if hash != NOWHERE:
        url.fragment_start = hash + 1
        url.query_start = hash
        url.query_end = hash
        url.path_end = hash
    question = find_byte(text, 0, url.path_end, QUESTION)
    if question != NOWHERE:
        url.query_start = question + 1
        url.path_end = question
    read_scheme(url)
    if begins_authority(url):
        read_authority(url)
    check_escapes(text, url.path_start, url.path_end)
    check_escapes(text, url.fragment_start, n)
    return url


def refuse_url(text: Str, reason: Text) -> NoReturn:
    """End with the error of a text that is no URL."""
    refuse_text("url", text, "a URL", reason)


def check_characters(text: Str) -> None:
    """Refuse control characters."""
    for i in range(len(text.data)):
        byte = text.data[i]
        if byte < SPACE or byte == DELETE:
            refuse_url(text, "it has a control character")


def check_escapes(text: Str, start: u32, end: u32) -> None:
    """Refuse a percent sign without two hexadecimal digits after it."""
    for at in range(start, end):
        if text.data[at] == PERCENT and not is_escape(text, at, end):
            refuse_url(text, "after a percent sign two hexadecimal digits are expected")


def find_byte(text: Str, start: u32, end: u32, byte: u32) -> u32:
    """The offset of the first such byte between two offsets; NOWHERE if there is none."""
    for at in range(start, end):
        if text.data[at] == byte:
            return at
    return NOWHERE


def find_last_byte(text: Str, start: u32, end: u32, byte: u32) -> u32:
    """The offset of the last such byte between two offsets; NOWHERE if there is none."""
    at = end
    while at > start:
        at -= 1
        if text.data[at] == byte:
            return at
    return NOWHERE


# Scheme.


def read_scheme(url: Url) -> None:
    """Read the scheme, if there is one; without one, a colon in the first segment of the path would look like it."""
    text = url.text
    at: u32 = 0
    while at < url.path_end and (is_letter(text.data[at]) or (at != 0 and is_scheme_mark(text.data[at]))):
        at += 1
    if at < url.path_end and text.data[at] == COLON:
        if at == 0:
            refuse_url(text, "there is no scheme before the first colon")
        url.scheme = lower_case(substring_bytes(text, 0, at))
        url.path_start = at + 1
        return
    slash = find_byte(text, 0, url.path_end, SLASH)
    if find_byte(text, 0, url.path_end if slash == NOWHERE else slash, COLON) != NOWHERE:
        refuse_url(text, "the first segment of a path without a scheme has a colon")


@inline
def is_letter(byte: u32) -> bool:
    """Whether a byte is an ASCII letter."""
    return (byte | CASE_BIT) - 0x61 < 26


@inline
def is_scheme_mark(byte: u32) -> bool:
    """Whether a byte that is no letter may be in a scheme, except as the first."""
    return byte - 0x30 <= 9 or byte == PLUS or byte == DASH or byte == DOT


def lower_case(s: Str) -> Str:
    """The text with its ASCII letters in lower case."""
    n = len(s.data)
    result = new_str(n, s.chars)
    flip_letters(span(result.data), span(s.data), n, FIRST_CAPITAL)
    return result


# Authority.


def begins_authority(url: Url) -> bool:
    """Whether two slashes come next. Three without a scheme are a path."""
    text = url.text
    start = url.path_start
    if url.path_end - start < 2 or text.data[start] != SLASH or text.data[start + 1] != SLASH:
        return False
    return len(url.scheme.data) != 0 or url.path_end == 2 or text.data[2] != SLASH


def read_authority(url: Url) -> None:
    """Read user, host and port; the path begins after them."""
    text = url.text
    start = url.path_start + 2
    end = find_byte(text, start, url.path_end, SLASH)
    if end == NOWHERE:
        end = url.path_end
    url.path_start = end
    at = find_last_byte(text, start, end, AT)
    if at != NOWHERE:
        read_user(url, start, at)
        start = at + 1
    if start < end and text.data[start] == OPEN_BRACKET:
        read_bracketed_host(url, start, end)
        return
    colon = find_byte(text, start, end, COLON)
    if colon == NOWHERE:
        read_host(url, start, end)
        return
    if find_byte(text, colon + 1, end, COLON) != NOWHERE:
        refuse_url(text, "its host has colons: an IPv6 address is written in brackets")
    read_host(url, start, colon)
    read_port(url, colon, end)


def read_user(url: Url, start: u32, end: u32) -> None:
    """Read what is before the @: a user, and perhaps a password after the first colon."""
    text = url.text
    for at in range(start, end):
        byte = text.data[at]
        if not is_host_mark(byte) and byte != COLON and byte != AT and byte != PERCENT:
            refuse_url(text, "its user information has a character that must be percent-encoded")
    check_escapes(text, start, end)
    colon = find_byte(text, start, end, COLON)
    user = decode_part(text, start, end if colon == NOWHERE else colon, False)
    url.user = Value(user)
    if colon != NOWHERE:
        password = decode_part(text, colon + 1, end, False)
        url.password = Value(password)


def is_host_mark(byte: u32) -> bool:
    """Whether a byte may stand for itself in a host: letters, digits and the marks of RFC 3986, but no colon."""
    if is_letter(byte) or byte - 0x30 <= 9:
        return True
    match byte:
        case 0x2D | 0x2E | 0x5F | 0x7E:  # - . _ ~
            return True
        case (
            0x21 | 0x24 | 0x26 | 0x27 | 0x28 | 0x29 | 0x2A | 0x2B | 0x2C | 0x3B | 0x3D
        ):  # ! $ & ' ( ) * + , ; =
            return True
        case _:
            return False


def read_host(url: Url, start: u32, end: u32) -> None:
    """Read a host name or an IPv4 address. Only what is not ASCII may be encoded, so no host has two spellings."""
    text = url.text
    check_escapes(text, start, end)
    for at in range(start, end):
        byte = text.data[at]
        if byte == PERCENT and escaped_byte(text, at) < ASCII:
            refuse_url(text, "its host has a percent-encoded character of ASCII")
        if byte < ASCII and byte != PERCENT and not is_host_mark(byte):
            refuse_url(text, "its host has a character that no host can have")
    url.host = lower_case(decode_part(text, start, end, False))


def read_bracketed_host(url: Url, start: u32, end: u32) -> None:
    """Read an IPv6 address in brackets, perhaps with a zone after `%25`; the host is what is between them."""
    text = url.text
    close = find_last_byte(text, start, end, CLOSE_BRACKET)
    if close == NOWHERE:
        refuse_url(text, "its host has no closing bracket")
    zone = find_byte(text, start, close, PERCENT)
    address_end = close if zone == NOWHERE else zone
    address = substring_bytes(text, start + 1, address_end)
    version, _, _ = parse_address(address, len(address.data))
    if version == NOT_AN_ADDRESS or find_byte(address, 0, len(address.data), COLON) == NOWHERE:
        refuse_url(text, "what is in brackets is no IPv6 address")
    check_escapes(text, address_end, close)
    url.host = lower_case(decode_part(text, start + 1, close, False))
    if close + 1 != end:
        read_port(url, close + 1, end)


def read_port(url: Url, colon: u32, end: u32) -> None:
    """Read the port after a colon; it may be missing."""
    text = url.text
    if text.data[colon] != COLON or end - colon > MOST_PORT_DIGITS + 1:
        refuse_url(text, "its port is no number from 0 to 65535")
    number: u32 = 0
    for at in range(colon + 1, end):
        digit = text.data[at] - 0x30
        if digit > 9:
            refuse_url(text, "its port is no number from 0 to 65535")
        number = number * 10 + digit
    if number > LAST_PORT:
        refuse_url(text, "its port is no number from 0 to 65535")
    if colon + 1 != end:
        url.port = number
