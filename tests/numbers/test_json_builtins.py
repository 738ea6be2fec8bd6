"""`json.encode` and `json.decode` against Python's `json`, on generated values and on damaged texts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence as rf

LIMITS = rf.Limits(fuel=100_000_000, deadline=20.0)
BATCH = 10  # texts of one program

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(texts, inner, max_size=5))
)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def starlark(text: str) -> str:
    """A text as a literal of the rule language."""
    return (
        '"' + "".join(f"\\U{ord(c):08x}" if ord(c) > 126 or c in '"\\' or c < " " else c for c in text) + '"'
    )


def run(runtime: rf.Runtime, documents: list[str], expression: str) -> list[str]:
    """What an expression of `text` prints for each document."""
    listed = ", ".join(starlark(document) for document in documents)
    source = f"def f():\n    for text in [{listed}]:\n        print({expression})\nf()\n"
    return runtime.execute(source, limits=LIMITS).stdout.split("\n")[:-1]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(originals=st.lists(values, min_size=BATCH, max_size=BATCH))
def test_values_survive(runtime: rf.Runtime, originals: list[object]) -> None:
    """What Python writes is read, and what is written then Python reads as the same."""
    documents = [
        json.dumps(value, ensure_ascii=i % 2 == 0, indent=i % 3 or None) for i, value in enumerate(originals)
    ]
    compact = run(runtime, documents, "json.encode(json.decode(text))")
    assert [json.loads(text) for text in compact] == originals
    shown = [json.dumps(json.loads(text), sort_keys=True) for text in compact]
    assert shown == [json.dumps(value, sort_keys=True) for value in originals]
    laid_out = run(runtime, documents, 'json.encode(json.indent(text, prefix = " ", indent = "  "))')
    assert [json.loads(json.loads(text)) for text in laid_out] == originals


@settings(max_examples=60, deadline=None, derandomize=True)
@given(value=values, position=st.integers(0, 200), damage=st.sampled_from(list('[]{},:"\\ 0-.e1tnx')))
def test_damaged_texts(runtime: rf.Runtime, value: object, position: int, damage: str) -> None:
    """What Python refuses is refused, and nothing else."""
    text = json.dumps(value)
    position = position % (len(text) + 1)
    documents = [
        text[:position] + damage + text[position:],
        text[:position] + damage + text[position + 1 :],
        text[:position],
    ]
    results = run(runtime, documents, 'json.decode(text, default = "refused") == "refused"')
    for document, refused in zip(documents, results, strict=True):
        try:
            accepted = json.loads(document) != "refused"
        except ValueError:
            accepted = False
        assert (refused == "False") == accepted, document
