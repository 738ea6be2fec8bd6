"""Conversations with a bundle: its names, its rules, its functions of the host; limits; what is left after errors."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.repl.completion import Completer
from ringfence.repl.console import PROMPT
from ringfence.repl.conversation import Conversation

ROOT = Path(__file__).resolve().parents[2]
GATEWAY = ROOT / "host" / "ringfence" / "templates" / "gateway"

SOURCES = {
    "main.star": """
load("lib/limits.star", "MOST")
seen = persistent({"n": 0})

def over(event):
    seen["n"] += 1
    return event.size > MOST

rule("over", when = over, then = lambda e: {"n": seen["n"], "country": country(e.ip)})
""",
    "lib/limits.star": "MOST = 10\n",
}
DECLARED = {"country": {"params": ["str"], "result": "str"}}


def bundle() -> rf.Bundle:
    """Rules with state that ask the host."""
    return rf.Bundle.from_sources(SOURCES, functions=DECLARED)


@pytest.fixture
def talk() -> Iterator[Conversation]:
    """A conversation with them."""
    with Conversation(bundle(), functions={"country": lambda ip: f"of {ip}"}) as talk:
        yield talk


def said(talk: Conversation, source: str) -> str | None:
    """The value of a chunk, as text; its error is raised."""
    reply = talk.run(source)
    if reply.error is not None:
        raise reply.error
    return reply.text


def test_values_are_written_as_the_language_writes_them(talk: Conversation) -> None:
    assert said(talk, "['a', 1.0, None, (1,), {'k': b'x'}]") == '["a", 1.0, None, (1,), {"k": b"x"}]'
    assert said(talk, "'text'") == '"text"'
    assert said(talk, "None") is None
    assert said(talk, "MOST") == "10"


def test_decide_asks_the_rules_of_the_bundle(talk: Conversation) -> None:
    event = "{'size': 11, 'ip': '192.0.2.1'}"
    assert said(talk, f"d = decide({event}); d.rule, d.decision") == (
        '("over", {"n": 1, "country": "of 192.0.2.1"})'
    )
    # Decisions share the bundle's state; what is given takes the place of what is provided.
    assert (
        said(talk, f"decide({event}, functions = {{'country': 'XX'}}).decision")
        == '{"n": 2, "country": "XX"}'
    )
    talk.restart()
    assert said(talk, f"decide({event}).decision['n']") == "1"


def test_functions_of_the_host_can_be_called_alone(talk: Conversation) -> None:
    assert said(talk, "country('::1')") == '"of ::1"'
    with pytest.raises(rf.RuleError, match="argument 1 is int, want str"):
        said(talk, "country(1)")


def test_functions_that_nobody_provides_say_so() -> None:
    with Conversation(bundle()) as talk:
        assert said(talk, "1") == "1"
        with pytest.raises(rf.RuleError, match="nobody says what it answers"):
            said(talk, "country('x')")


def test_an_event_that_fails_is_the_error_of_the_call(talk: Conversation) -> None:
    with pytest.raises(
        rf.RuleError, match=r"the event ended in an error of kind rule at main\.star:7:17: .*size"
    ):
        said(talk, "decide({})")
    assert said(talk, "1") == "1"


def test_rules_need_a_bundle() -> None:
    with Conversation(options=("set",)) as talk:
        assert said(talk, "set([1])") == "set([1])"
        reply = talk.run("decide({})")
        assert reply.error is not None and "start the repl with a bundle" in str(reply.error)
        reply = talk.run("assert_fails(lambda: fail('x'))")
        assert reply.error is not None and "assert_fails is for tests" in str(reply.error)


def test_a_bundle_without_rules_can_be_talked_with() -> None:
    with Conversation(rf.Bundle.from_sources({"main.star": "x = 1\n"})) as talk:
        assert said(talk, "x") == "1"
        reply = talk.run("decide({})")
        assert reply.error is not None and "declares no rule" in str(reply.error)


def test_a_bundle_that_decides_by_a_function_is_asked_too() -> None:
    source = "def decide(event):\n    return event.n + 1\n"
    with Conversation(rf.Bundle.from_sources({"main.star": source})) as talk:
        assert said(talk, "decide({'n': 1}).decision") == "2"


def test_a_bundle_with_errors_is_refused() -> None:
    with pytest.raises(rf.BundleError, match="undefined: nobody"):
        Conversation(rf.Bundle.from_sources({"main.star": "x = nobody\n"}))


def test_the_example_of_the_page_is_true() -> None:
    """What `docs/repl.md` shows, with the bundle that `ringfence init` makes."""
    lines = [line.strip() for line in (ROOT / "docs" / "repl.md").read_text().splitlines()]
    shown = [
        (line.removeprefix(PROMPT), following)
        for line, following in itertools.pairwise(lines)
        if line.startswith(PROMPT)
    ]
    assert len(shown) == 3
    with Conversation(rf.Bundle.from_folder(GATEWAY)) as talk:
        for source, following in shown:
            assert said(talk, source) == (None if following.startswith(PROMPT) else following)


@pytest.mark.parametrize(
    ("limits", "source", "error"),
    [
        (rf.Limits(fuel=10_000), "for i in range(1 << 40): pass", rf.FuelExhausted),
        (rf.Limits(deadline=0.05), "for i in range(1 << 40): pass", rf.DeadlineExceeded),
        (rf.Limits(memory="16MiB"), "more = ['x' * 1000 for i in range(1 << 20)]", rf.MemoryExceeded),
    ],
    ids=["fuel", "deadline", "memory"],
)
def test_each_chunk_runs_under_limits(limits: rf.Limits, source: str, error: type[Exception]) -> None:
    with Conversation(limits=limits) as talk:
        talk.run("kept = [1, 2]")
        for _ in range(3):
            assert isinstance(talk.run(source).error, error)
        assert said(talk, "kept") == "[1, 2]"


def test_chunks_count_their_fuel(talk: Conversation) -> None:
    first = talk.run("x = [i for i in range(1000)]").fuel
    again = talk.run("x = [i for i in range(1000)]").fuel
    assert 1000 < again <= first
    assert talk.fuel_used == first + again
    assert talk.live_bytes() > 8000


@pytest.mark.parametrize(
    ("word", "matches"),
    [
        ("MO", ["MOST"]),
        ("de", ["decide", "def"]),
        ("mine.ke", ["mine.keys"]),
        ("mine.keys.", []),
        ("json.enc", ["json.encode", "json.encode_indent"]),
        ("_", ["_", "_hidden"]),
        ("__", []),
        ("nobody.", []),
        ("mine[0].", []),
        (".", []),
        ("mine..", []),
        ("5.", []),
    ],
)
def test_completion(talk: Conversation, word: str, matches: list[str]) -> None:
    talk.run("mine = {'a': 1}; _hidden = 1; mine")
    completer = Completer(talk)
    assert completer.matches(word) == matches
    assert [completer.complete(word, state) for state in range(len(matches) + 1)] == [*matches, None]
    assert "_hidden" not in completer.matches("")
    assert talk.run("_").text == '{"a": 1}'
