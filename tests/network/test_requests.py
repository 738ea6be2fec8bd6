"""Headers in any case, and queries against a model and the standard library."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

from .models import parameters, parameters_of_python
from .programs import evaluated, refusal

queries = st.lists(
    st.sampled_from([*"abc=&+?#;/", "%41", "%2B", "%C3%A9", "%", "%4", "%ff", "é", "=", "&", "a=1", "&&"]),
    max_size=12,
).map("".join)
names = st.text("abAB-É[`@{", max_size=4)


@settings(deadline=None, max_examples=200)
@given(st.lists(queries, max_size=20))
def test_queries(runtime: rf.Runtime, texts: list[str]) -> None:
    found = evaluated(
        runtime,
        "",
        '[query_all(x), query(x), query_all("?" + x), x[:1] != "?" and url("/?" + x.split("#")[0]).query_all]',
        texts,
    )
    for text, (all_values, first, marked, of_url) in zip(texts, found, strict=True):
        expected = parameters(text.removeprefix("?"))
        assert all_values == expected
        assert first == {name: values[0] for name, values in expected.items()}
        assert marked == parameters(text)
        if not text.startswith("?"):
            assert of_url == parameters(text.split("#")[0])
        if "%ff" not in text:
            assert expected == parameters_of_python(text.removeprefix("?"))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(names, st.integers(0, 9)), max_size=8), names)
def test_headers(runtime: rf.Runtime, pairs: list[tuple[str, int]], name: str) -> None:
    def folded(text: str) -> str:
        return "".join(c.lower() if c.isascii() else c for c in text)

    expected = next((value for key, value in pairs if folded(key) == folded(name)), "none")
    in_dict = next((value for key, value in dict(pairs).items() if folded(key) == folded(name)), "none")
    setup = 'pairs, name = data[0], data[1]\nh = {"pairs": pairs, "dict": dict(pairs)}'
    found = evaluated(
        runtime, setup, 'header(h[x], name, "none")', ["pairs", "dict"], [list(p) for p in pairs], name
    )
    assert found == [expected, in_dict]


def test_a_missing_header_is_none(runtime: rf.Runtime) -> None:
    assert (
        runtime.execute('print(header({}, "a"), header([], "a", default = ""), header({1: 2}, "a"))').stdout
        == "None  None\n"
    )


def test_parameters_are_frozen(runtime: rf.Runtime) -> None:
    assert "frozen" in refusal(runtime, 'query("a=1")["b"] = "2"')
    assert "frozen" in refusal(runtime, 'query_all("a=1")["a"].append("2")')


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('header(None, "a")', "header: for parameter headers: got NoneType, want dict or sequence of pairs"),
        ("header({}, 1)", "header: for parameter name: got int, want string"),
        ('header([("a", 1, 2)], "a")', "has length 3, want 2"),
        ("query(None)", "query: for parameter text: got NoneType, want string"),
    ],
)
def test_refusals(runtime: rf.Runtime, source: str, message: str) -> None:
    assert message in refusal(runtime, source)
