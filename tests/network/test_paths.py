"""Path patterns and route tables against a plain model that tries every pattern."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

from .models import best_route, match_path, shape
from .programs import evaluated, refusal

literals = st.sampled_from(["a", "b", "users", "%61", "a%20b", "é", "%2e%2Fx", "...", "a%2Fb", ".well-known"])
steps = st.one_of(literals, literals, st.just("*"), st.sampled_from(["{%d}", "{id_%d}"]))
ends = st.sampled_from(["", "", "/", "/**", "/{rest...}"])


def pattern_from(parts: list[str], end: str) -> str:
    """A pattern whose captures have different names."""
    names = iter(range(len(parts)))
    path = "".join("/" + (f"{{x{next(names)}}}" if part.startswith("{") else part) for part in parts)
    return path + end or "/"


patterns = st.builds(pattern_from, st.lists(steps, max_size=4), ends)
pieces = st.sampled_from(
    [
        "a",
        "b",
        "users",
        "%61",
        "a b",
        "é",
        "%C3%A9",
        "",
        ".",
        "..",
        "%2e",
        ".%2E",
        "%",
        "%zz",
        "%ff",
        "a%2Fb",
        "*",
        "{x0}",
        "x",
    ]
)
paths = st.builds(
    lambda begin, parts, end: begin + "/".join(parts) + end,
    st.sampled_from(["/", "/", "/", "//", "", "?"]),
    st.lists(pieces, max_size=5),
    st.sampled_from(["", "", "/", "?x=/a", "#a", "/..", "/."]),
)
SHOW = """def show(m):
    return m and [m.pattern, {n: getattr(m.params, n) for n in dir(m.params)}, m.value]
def captured(m):
    return None if m == None else {n: getattr(m, n) for n in dir(m)}"""


@settings(deadline=None, max_examples=200)
@given(st.lists(patterns, max_size=10), st.lists(paths, max_size=12))
def test_the_most_specific_route(runtime: rf.Runtime, given_patterns: list[str], subjects: list[str]) -> None:
    unique = list({shape(pattern): pattern for pattern in given_patterns}.values())
    setup = f"{SHOW}\nt = route_table([(p, p) for p in data[0]])"
    found = evaluated(runtime, setup, "[show(t.match(x)), t.get(x), x in t]", subjects, unique)
    for subject, answer in zip(subjects, found, strict=True):
        best = best_route(unique, subject)
        shown = best and [best.pattern, best.params, best.pattern]
        assert answer == [shown, best and best.pattern, best is not None], (subject, unique)


@settings(deadline=None, max_examples=100)
@given(patterns, st.lists(paths, max_size=12))
def test_one_pattern(runtime: rf.Runtime, pattern: str, subjects: list[str]) -> None:
    setup = f"{SHOW}\np = path(data[0])"
    found = evaluated(runtime, setup, "[captured(p.match(x)), x in p]", subjects, pattern)
    matches = [match_path(pattern, subject) for subject in subjects]
    assert found == [[match and match.params, match is not None] for match in matches]


@pytest.mark.parametrize("seed", range(2))
def test_many_routes(runtime: rf.Runtime, seed: int) -> None:
    """Routes like those of a large service, and paths that are near them."""
    chance = random.Random(seed)
    words = [f"w{i}" for i in range(12)]
    made = {
        shape(pattern): pattern
        for pattern in (
            "".join(
                "/" + chance.choice([chance.choice(words), chance.choice(words), f"{{p{depth}}}", "*"])
                for depth in range(chance.randint(1, 6))
            )
            + chance.choice(["", "", "", "/", "/**", "/{rest...}"])
            for _ in range(400)
        )
    }
    unique = list(made.values())
    subjects = [
        "".join("/" + chance.choice([*words, "other"]) for _ in range(chance.randint(1, 7)))
        + chance.choice(["", "", "/"])
        for _ in range(400)
    ]
    found = evaluated(
        runtime, f"{SHOW}\nt = route_table({{p: p for p in data[0]}})", "show(t.match(x))", subjects, unique
    )
    best = [best_route(unique, subject) for subject in subjects]
    assert found == [b and [b.pattern, b.params, b.pattern] for b in best]
    assert sum(b is not None for b in best) > 100


def test_a_match_is_true_without_captures(runtime: rf.Runtime) -> None:
    assert runtime.execute('print(bool(path("/healthz").match("/healthz")))').stdout == "True\n"


def test_dead_ends_cost_fuel_by_the_nodes_that_are_visited(runtime: rf.Runtime) -> None:
    """With a literal and a capture at every level, a path that misses at the end has visited every node once."""

    def cost(depth: int) -> int:
        source = f"""
def build():
    steps = [""]
    for level in range({depth}):
        steps = [s + t for s in steps for t in ("/a", "/{{x%d}}" % level)]
    return [(s + "/end", s) for s in steps]
t = route_table(build())
"""
        path = "/a" * depth + "/miss"
        return (
            runtime.execute(f"{source}t.get('{path}')").fuel - runtime.execute(f"{source}t.get('/no')").fuel
        )

    assert 2**8 < cost(8) < 2**11
    assert 1.8 < cost(9) / cost(8) < 2.2


def test_an_evaluation_stops_in_a_long_search(runtime: rf.Runtime) -> None:
    source = 'p = path("/{rest...}")\ns = "/a/.." * 100000\np.match(s)'
    with pytest.raises(rf.FuelExhausted):
        runtime.execute(source, limits=rf.Limits(fuel=50_000))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('path("")', "it is empty: the shortest is /"),
        ('path("a")', "it begins with a slash, at character 1"),
        ('path("/a//b")', "a segment is empty, at character 4"),
        ('path("/a/{b")', "a { without a }, at character 4"),
        ('path("/a/{b}c")', "a capture is a whole segment, at character 7"),
        (
            'path("/x{b}")',
            "stars and captures are whole segments; %2A %7B %7D stand for * { }, at character 3",
        ),
        ('path("/{a}/{a}")', "a name is there twice, at character 7"),
        ('path("/{}")', "a name was expected, as in {id}, at character 3"),
        (
            'path("/{a-b}")',
            "the name of a capture has letters, digits and underscores; the rest is {name...}, at character 4",
        ),
        ('path("/{1}")', "at character 3"),
        ('path("/**/b")', "the rest of a path is the last segment of a pattern, at character 2"),
        ('path("/{a...}/b")', "the rest of a path is the last segment of a pattern"),
        ('path("/***")', "a star is a whole segment, two are the rest"),
        ('path("/é/%zz")', "after a percent sign two hexadecimal digits are expected, at character 4"),
        ('path("/a/../b")', "paths are matched with . and .. resolved, at character 4"),
        ('path("/%2e")', "paths are matched with . and .. resolved"),
        ('path("/a?b")', "a query or fragment is no part of a path, at character 3"),
        ("path(1)", "path: for parameter pattern: got int, want string"),
        ('route_table({"/a/{x}": 1, "/a/*": 2})', '"/a/{x}" and "/a/*" match the same'),
        ('route_table({"/a": 1, "/%61": 2})', '"/a" and "/%61" match the same'),
        ('route_table({"/**": 1, "/{x...}": 2})', "match the same"),
        ("route_table({1: 2})", "got int, want string or path as a key"),
        ('route_table({"/a": 1})["/b"]', 'key "/b" not in route_table'),
        ('path("/a").match(None)', "match: got NoneType, want string"),
    ],
)
def test_refusals(runtime: rf.Runtime, source: str, message: str) -> None:
    assert message in refusal(runtime, source)
