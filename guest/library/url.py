"""The built-in `url` and the attributes of its values.

    u = url("https://example.com:8443/a/b%20c?x=1&y=2#top")
    u.scheme      "https"; in lower case, empty in a reference without one
    u.host        "example.com"; in lower case, an IPv6 address without its brackets: `ip(u.host)` takes it
    u.port        8443; None where none is written
    u.path        "/a/b c"; decoded
    u.segments    ("a", "b c"); the path without its first slash, split at slashes before it is decoded; () if nothing is left
    u.query       {"x": "1", "y": "2"}; decoded, `+` as a space; of parameters with one name the first
    u.query_all   {"x": ["1"], "y": ["2"]}; all of them
    u.fragment    "top"; decoded
    u.user, u.password    decoded; None where there is none

Path, segments, query and fragment are computed when they are asked for; containers are frozen, for they are not the URL.
"""

from guest.compiler.language import Value, cast, i64, inline, registered, u32
from guest.heap.value import NONE, from_small
from guest.heap.views import Registers, register
from guest.library.arguments import wrong_type
from guest.library.percent_decoding import decode_part
from guest.library.query import parameters_of
from guest.library.url_parser import NO_PORT, NOWHERE, SLASH, Url, find_byte, parse_url
from guest.meter.costs import ELEMENT, URL_BYTES_PER_UNIT
from guest.meter.fuel import charge
from guest.values.builder import Builder, add_str, add_text
from guest.values.repr import repr_into
from guest.values.text import Str, str_equal, str_hash
from guest.values.tuple import tuple_new

HASH_MARK = 0xCC9E2D51  # so that a URL and its text have different hashes


@registered("builtin", "url(text, /)")
def builtin_url(arguments: Registers) -> Value:
    """The URL of a text; a URL is itself."""
    given = register(arguments, 0)
    if isinstance(given, Url):
        return given
    if not isinstance(given, Str):
        wrong_type("url", "text", given, "string")
    return Value(parse_url(cast(Str, given)))


@inline
def receiver_url(arguments: Registers) -> Url:
    """The URL whose attribute is read."""
    return cast(Url, register(arguments, 0))


@registered("attribute", "url.scheme")
def url_scheme(arguments: Registers) -> Value:
    """The scheme."""
    return Value(receiver_url(arguments).scheme)


@registered("attribute", "url.host")
def url_host(arguments: Registers) -> Value:
    """The host, without the port."""
    return Value(receiver_url(arguments).host)


@registered("attribute", "url.port")
def url_port(arguments: Registers) -> Value:
    """The port."""
    port = receiver_url(arguments).port
    return NONE if port == NO_PORT else from_small(i64(port))


@registered("attribute", "url.user")
def url_user(arguments: Registers) -> Value:
    """The user."""
    return receiver_url(arguments).user


@registered("attribute", "url.password")
def url_password(arguments: Registers) -> Value:
    """The password."""
    return receiver_url(arguments).password


@registered("attribute", "url.path")
def url_path(arguments: Registers) -> Value:
    """The path, decoded."""
    url = receiver_url(arguments)
    return Value(decode_part(url.text, url.path_start, url.path_end, False))


@registered("attribute", "url.fragment")
def url_fragment(arguments: Registers) -> Value:
    """The fragment, decoded."""
    url = receiver_url(arguments)
    return Value(decode_part(url.text, url.fragment_start, len(url.text.data), False))


@registered("attribute", "url.segments")
def url_segments(arguments: Registers) -> Value:
    """The segments of the path, decoded."""
    url = receiver_url(arguments)
    text = url.text
    start = url.path_start
    end = url.path_end
    if start < end and text.data[start] == SLASH:
        start += 1
    charge((end - start) // URL_BYTES_PER_UNIT)
    count: u32 = 0 if start == end else 1
    for at in range(start, end):
        if text.data[at] == SLASH:
            count += 1
    charge(count * ELEMENT)
    segments = tuple_new(count)
    for i in range(count):
        slash = find_byte(text, start, end, SLASH)
        segment_end = end if slash == NOWHERE else slash
        segment = decode_part(text, start, segment_end, False)
        segments.items[i] = Value(segment)
        start = segment_end + 1
    return Value(segments)


@registered("attribute", "url.query")
def url_query(arguments: Registers) -> Value:
    """The parameters by name; of several with one name the first."""
    url = receiver_url(arguments)
    return Value(parameters_of(url.text, url.query_start, url.query_end, False))


@registered("attribute", "url.query_all")
def url_query_all(arguments: Registers) -> Value:
    """The lists of all values of the parameters, by name."""
    url = receiver_url(arguments)
    return Value(parameters_of(url.text, url.query_start, url.query_end, True))


# What operators do with URLs.


def hash_url(url: Url) -> u32:
    """The hash of a URL is made from its text's."""
    return str_hash(url.text) ^ HASH_MARK


def same_url(a: Url, b: Url) -> bool:
    """Whether two URLs have the same text."""
    return str_equal(a.text, b.text)


def repr_url(b: Builder, url: Url) -> None:
    """Append the call that makes the URL."""
    add_text(b, "url(")
    repr_into(b, Value(url.text))
    add_text(b, ")")


def str_url(b: Builder, url: Url) -> None:
    """Append the text."""
    add_str(b, url.text)
