"""Sets and tables of host patterns against a plain model."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

from .models import best_host
from .programs import evaluated, refusal

labels = st.sampled_from(["a", "b", "com", "example", "A", "x-1", "_dmarc", "xn--bcher-kva"])
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
patterns = st.one_of(names, names.map("*.{}".format), st.just("*"), names.map("{}.".format))
hosts = st.builds(
    lambda name, end, upper: (name.upper() if upper else name) + end,
    st.one_of(names, st.text("ab.*-_[]:é @", max_size=6)),
    st.sampled_from(["", ".", ":80", ".:443", ":", ":65535", ":65536", ":123456", ":8a", "..", "/"]),
    st.booleans(),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(patterns, max_size=12), st.lists(hosts, max_size=12))
def test_the_most_specific_pattern(
    runtime: rf.Runtime, given_patterns: list[str], subjects: list[str]
) -> None:
    unique = list({pattern.lower().removesuffix("."): pattern for pattern in given_patterns}.values())
    setup = "h = host(*data[0])\nt = host_table([(p, p) for p in data[0]])"
    found = evaluated(runtime, setup, "[h.find(x), h.match(x), x in h, t.get(x), x in t]", subjects, unique)
    best = [best_host(unique, subject) for subject in subjects]
    assert found == [[b, b is not None, b is not None, b, b is not None] for b in best]


def test_addresses_as_hosts(runtime: rf.Runtime) -> None:
    """A star alone takes in what is in brackets, if that is an address; an IPv4 address is compared like a name."""
    subjects = ["[::1]", "[::1]:80", "[::1]x", "[1.2.3.4]", "[]", "[::1", "10.0.0.1:80"]
    found = evaluated(runtime, 'h = host("*")\ng = host("*.com", "10.0.0.1")', "[x in h, x in g]", subjects)
    assert found == [[True, False], [True, False], *[[False, False]] * 4, [True, True]]


def test_the_longest_names(runtime: rf.Runtime) -> None:
    subjects = ["a" * 63 + ".com", "a" * 64 + ".com", "a." * 125 + "com", "a." * 126 + "com", "", "."]
    assert evaluated(runtime, 'h = host("*.com")', "x in h", subjects) == [
        True,
        False,
        True,
        False,
        False,
        False,
    ]


def test_match_of_a_table(runtime: rf.Runtime) -> None:
    table = 't = host_table({"*.example.com": "tenant", "api.example.com": "api"})\ndef show(m):\n    return m and [m.pattern, m.value]'
    found = evaluated(
        runtime, table, "show(t.match(x))", ["API.example.com", "a.b.example.com", "example.com"]
    )
    assert found == [["api.example.com", "api"], ["*.example.com", "tenant"], None]


def test_values_are_hashable_and_equal_by_their_patterns(runtime: rf.Runtime) -> None:
    source = 'h = host("a.com")\nprint(h == host("a.com"), h == host("b.com"), {h: 1}[host("a.com")], host("a.com", "a.com"), h.patterns)'
    assert runtime.execute(source).stdout == 'True False 1 host("a.com", "a.com") ("a.com",)\n'


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('host("")', "it is empty"),
        ('host("a..b")', "a label was expected, at character 3"),
        ('host(".")', "a label was expected, at character 1"),
        ('host("a.*.com")', "a star stands for whole labels in front, as in *.example.com, at character 3"),
        ('host("*a.com")', "a star stands for whole labels in front"),
        ('host("**.com")', "a star stands for whole labels in front"),
        ('host("Example.com:80")', '"Example.com:80" is not a host pattern: it has no port'),
        ('host("[::1]")', "addresses are matched with cidr(...)"),
        ('host("bücher.de")', "write an international name as xn--..., at character 2"),
        ('host("a b")', "letters, digits, dashes, underscores and dots were expected, at character 2"),
        ('host("a" * 64)', "a label has at most 63 characters, at character 1"),
        ('host("a." * 200 + "com")', "a host has at most 253 characters"),
        ("host(1)", "host: got int, want string as a pattern"),
        ('host_table({"A.com": 1, "a.com.": 2})', 'host_table: "A.com" and "a.com." match the same'),
        ('1 in host("a")', "in: got int, want string"),
        ('host_table({"a": 1})["b"]', 'key "b" not in host_table'),
    ],
)
def test_refusals(runtime: rf.Runtime, source: str, message: str) -> None:
    assert message in refusal(runtime, source)
