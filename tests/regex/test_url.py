"""URLs are taken apart as Python's `urllib.parse` takes them apart, and no text makes more than an error."""

from __future__ import annotations

import ast
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

LIMITS = rf.Limits(fuel=100_000_000, deadline=10.0)
PROGRAM = """
u = url(args)
print((u.scheme, u.host, u.port, u.user, u.password, u.path, u.segments, u.query, u.query_all, u.fragment))
"""

letters = "abcXYZ019-._~"
escapes = st.sampled_from(["%20", "%2F", "%C3%A9", "%3d", "%26", "%41"])
words = st.lists(
    st.one_of(st.sampled_from(list(letters)), st.sampled_from(list("!$'()*;:@")), escapes), max_size=6
).map("".join)
names = st.text(st.sampled_from("abcXYZ019-."), min_size=1, max_size=10)
hosts = st.one_of(names, st.sampled_from(["10.1.2.3", "[2001:db8::1]", "[::]", "bücher.example"]))
ports = st.one_of(st.just(""), st.integers(0, 65535).map(":{}".format))
users = st.one_of(st.just(""), names.map("{}@".format), st.builds("{}:{}@".format, names, names))
paths = st.lists(words, max_size=4).map(lambda parts: "".join("/" + part for part in parts))
queries = st.lists(st.builds("{}={}".format, words, words), max_size=4).map("&".join)
urls = st.builds(
    lambda scheme, user, host, port, path, query, fragment: (
        f"{scheme}://{user}{host}{port}{path}"
        + (f"?{query}" if query else "")
        + (f"#{fragment}" if fragment else "")
    ),
    st.sampled_from(["http", "HTTPS", "ftp", "git+ssh"]),
    users,
    hosts,
    ports,
    paths,
    queries,
    words,
)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@settings(deadline=None, max_examples=150)
@given(urls)
def test_parts(runtime: rf.Runtime, text: str) -> None:
    ours = ast.literal_eval(runtime.execute(PROGRAM, args=text, limits=LIMITS).stdout)
    theirs = urlsplit(text)
    every = parse_qs(theirs.query, keep_blank_values=True)
    segments = tuple(map(unquote, theirs.path[1:].split("/"))) if len(theirs.path) > 1 else ()
    assert ours == (
        theirs.scheme,
        theirs.hostname,
        theirs.port,
        theirs.username,
        theirs.password,
        unquote(theirs.path),
        segments,
        {name: values[0] for name, values in every.items()},
        every,
        unquote(theirs.fragment),
    )


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(st.sampled_from(["://", "//", "%", "[", "]", "@", ":", "?", "#", "&", "=", "a", "%ff", "\\"]), st.characters(exclude_categories=["Cs"])), max_size=12).map("".join))  # fmt: skip
def test_any_text_is_a_url_or_an_error(runtime: rf.Runtime, text: str) -> None:
    try:
        runtime.execute(PROGRAM, args=text, limits=LIMITS)
    except rf.RuleError as error:
        assert error.message.startswith("url: ")
        assert " is not a URL: " in error.message
