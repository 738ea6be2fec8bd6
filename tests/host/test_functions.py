"""Functions of the host that rules call: answers, types, limits, errors with both tracebacks, in every way to decide events."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf

SOURCE = """
def locate(req):
    place = geoip(req.ip)
    return {"country": place.country, "known": place.get("city") != None}
rule("ask", when = lambda req: "ip" in req, then = locate)
"""
DECLARED = {"geoip": {"params": ["str"], "result": "dict"}}


def bundle(source: str = SOURCE, **functions: Any) -> rf.Bundle:
    return rf.Bundle.from_sources({"main.star": source}, functions=functions or DECLARED)


def geoip(address: str) -> dict[str, str]:
    if address == "?":
        raise LookupError("no such address")
    return {"country": "c" + address}


@pytest.fixture(scope="module")
def rules() -> rf.RuleSet:
    return rf.Runtime().load(bundle(), functions={"geoip": geoip, "unused": print})


def test_every_way_to_decide(rules: rf.RuleSet, tmp_path: Path) -> None:
    """evaluate, batch, file, session, start: the same decision and the same fuel."""
    event = {"ip": "1"}
    decision = rules.evaluate(event)
    assert decision.decision == {"country": "c1", "known": False}
    assert list(rules.evaluate_batch([event, {}, event])) == [decision, rules.evaluate({}), decision]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"ip": "1"}\n\n{"ip": "?"}\n{}\nnonsense\n')
    assert rules.run_file(source, target) == 4
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert lines[0] == {"decision": decision.decision, "rule": "ask", "fuel": decision.fuel}
    assert (lines[1]["error"]["kind"], lines[1]["error"]["message"]) == (
        "rule",
        "geoip: LookupError: no such address",
    )
    assert lines[2]["decision"] is None and lines[3]["error"]["kind"] == "input"
    with rules.session() as session:
        assert session.evaluate(event) == decision
        assert list(session.evaluate_batch([event, event])) == [decision, decision]
        other = tmp_path / "session.jsonl"
        assert session.run_file(source, other) == 4
        assert other.read_text() == target.read_text()
        with pytest.raises(rf.HostFunctionError):
            session.evaluate({"ip": "?"})
    evaluation = rules.start(event)
    evaluation.step()
    assert evaluation.suspended_on == "host call"
    assert evaluation.call == rf.HostCall("geoip", ("1",))
    assert evaluation.result() == decision


def test_an_exception_is_a_rule_error_with_both_tracebacks(rules: rf.RuleSet) -> None:
    """Where the rule called, where the function raised; also after pickling."""
    with pytest.raises(
        rf.HostFunctionError, match=r"main\.star:3:\d+: geoip: LookupError: no such address"
    ) as caught:
        rules.evaluate({"ip": "?"})
    error = caught.value
    assert isinstance(error, rf.RuleError) and isinstance(error.__cause__, LookupError)
    assert error.function == "geoip" and error.rule == "ask"
    assert error.traceback[-1].function == "locate"
    assert 'raise LookupError("no such address")' in error.host_traceback
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.host_traceback, copy.traceback) == (
        str(error),
        error.host_traceback,
        error.traceback,
    )
    (failed,) = rules.evaluate_batch([{"ip": "?"}])
    assert isinstance(failed.error, rf.HostFunctionError)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (7, "the host returned int, want dict"),
        (None, "the host returned null, want dict"),
        ({"x": object()}, "not JSON"),
        ({"x": float("nan")}, "not JSON"),
        (object(), "the host returned object"),
    ],
)
def test_results_are_checked(result: Any, message: str) -> None:
    """Against the declared type, and for being JSON."""
    rules = rf.Runtime().load(bundle(), functions={"geoip": lambda address: result})
    with pytest.raises(rf.HostFunctionError, match=message):
        rules.evaluate({"ip": "1"})


@pytest.mark.parametrize(
    ("declared", "argument", "accepted"),
    [
        ("str", "1", False),
        ("str", "'x'", True),
        ("int", "True", False),
        ("bool", "True", True),
        ("float", "1", True),
        ("int", "1.0", False),
        ("str | null", "None", True),
        ("list|dict", "(1, 2)", True),
        ("any", "{}", True),
        ("null", "0", False),
    ],
)
def test_arguments_are_checked(declared: str, argument: str, accepted: bool) -> None:
    """Against the declared types, before the function sees them."""
    source = f"def decide(e):\n    return f({argument})\n"
    rules = rf.Runtime().load(bundle(source, f={"params": [declared]}), functions={"f": lambda x: "seen"})
    if accepted:
        assert rules.evaluate({}).decision == "seen"
    else:
        with pytest.raises(rf.HostFunctionError, match=f"f: argument 1 is .*, want {declared}"):
            rules.evaluate({})


def test_calls_are_limited_by_event_and_by_second() -> None:
    """A hostile bundle cannot make the host busy: each further call is a rule error."""
    source = "def decide(e):\n    return [f(i) for i in range(e.n)]\n"
    calls: list[int] = []
    counted = rf.HostFunction(lambda i: calls.append(i), calls=3)
    rules = rf.Runtime().load(bundle(source, f={"params": 1}), functions={"f": counted})
    for _ in range(2):
        rules.evaluate({"n": 3})
        with pytest.raises(rf.HostFunctionError, match="more than 3 times in one event"):
            rules.evaluate({"n": 4})
    assert len(calls) == 12
    slow = rf.HostFunction(lambda i: i, rate=2)
    rules = rf.Runtime().load(bundle(source, f={"params": 1}), functions={"f": slow})
    with pytest.raises(rf.HostFunctionError, match="more than 2 times a second"):
        rules.evaluate({"n": 50})
    unlimited = rf.Runtime().load(bundle(source, f={"params": 1}), functions={"f": lambda i: i})
    with pytest.raises(rf.HostFunctionError, match="more than 100 times"):
        unlimited.evaluate({"n": 101})


def test_a_bundle_loads_only_where_its_functions_are() -> None:
    """Absent functions are named, with what is near."""
    runtime = rf.Runtime()
    with pytest.raises(rf.BundleError, match=r"does not offer: geoip \(did you mean \"geo_ip\"\?\)"):
        runtime.load(bundle(), functions={"geo_ip": geoip})
    with pytest.raises(rf.BundleError, match="functions="):
        runtime.load(bundle())
    assert runtime.check(bundle()) == []
    with pytest.raises(TypeError, match="callable"):
        runtime.load(bundle(), functions={"geoip": 7})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ({"params": -1}, "params must be"),
        ({"params": True}, "params must be"),
        ({"params": 17}, "at most 16 parameters"),
        ({"params": ["strr"]}, r'unknown type \'strr\' \(did you mean "str"'),
        ({"params": 1, "result": 7}, "names of types"),
        ({"param": 1}, "unknown key"),
        (7, "must be a table"),
    ],
)
def test_declarations_are_checked(declaration: Any, message: str) -> None:
    """A declaration that says nothing sensible is a finding about the bundle."""
    with pytest.raises(rf.BundleError, match=message):
        bundle(f=declaration)
    with pytest.raises(rf.BundleError, match="not a name"):
        bundle(**{"lambda": {"params": 1}})


def test_coroutines_are_waited_for() -> None:
    """In synchronous code too, but not inside a running loop, where they would block it."""

    async def slow(address: str) -> dict[str, str]:
        await asyncio.sleep(0)
        return {"country": address}

    rules = rf.Runtime().load(bundle(), functions={"geoip": slow})
    assert rules.evaluate({"ip": "9"}).decision["country"] == "9"

    async def inside() -> None:
        with pytest.raises(rf.HostFunctionError, match="use evaluate_async"):
            rules.evaluate({"ip": "9"})

    asyncio.run(inside())


def test_the_embedder_may_answer_by_hand(rules: rf.RuleSet) -> None:
    """Instead of the rule set's function; refusals and wrong answers end the event as they do there."""
    evaluation = rules.start({"ip": "1"})
    evaluation.step()
    evaluation.answer({"country": "by hand", "city": "x"})
    assert evaluation.suspended_on == "fuel"
    assert evaluation.result().decision == {"country": "by hand", "known": True}
    evaluation = rules.start({"ip": "1"})
    evaluation.step()
    evaluation.refuse("not today")
    with pytest.raises(rf.HostFunctionError, match="geoip: not today"):
        evaluation.result()
    evaluation = rules.start({"ip": "1"})
    evaluation.step()
    evaluation.answer("text")
    with pytest.raises(rf.HostFunctionError, match="returned str, want dict"):
        evaluation.result()


def test_what_the_host_answers_is_frozen_and_read_like_an_event(rules: rf.RuleSet) -> None:
    """So no reference of the host's is shared, and a rule cannot change it."""
    answer: dict[str, Any] = {"list": [1]}
    source = "def decide(e):\n    x = f()\n    x.list.append(2)\n"
    frozen = rf.Runtime().load(bundle(source, f={"params": 0}), functions={"f": lambda: answer})
    with pytest.raises(rf.RuleError, match="frozen"):
        frozen.evaluate({})
    assert answer == {"list": [1]}


def test_an_answer_that_is_too_large_for_the_memory_is_a_memory_error() -> None:
    """And the isolate is replaced: the next event is decided."""
    source = "def decide(e):\n    x = f(e.n)\n    return len(x)\n"
    rules = rf.Runtime().load(
        bundle(source, f={"params": 1}),
        functions={"f": lambda n: [[]] * n if n > 100_000 else ["x" * 1000] * n},
        limits=rf.Limits(memory="8MiB", fuel=10**7, deadline=20.0),
    )
    for _ in range(2):
        with pytest.raises(rf.MemoryExceeded):
            rules.evaluate({"n": 20_000})
        assert rules.evaluate({"n": 3}).decision == 3
        with pytest.raises(rf.MemoryExceeded, match=r"main\.star:2:10: "):
            # There is room for the text, but not for its value: the call fails, not what comes after it.
            rules.evaluate({"n": 300_000})


def test_the_command_takes_functions_from_a_file(tmp_path: Path) -> None:
    """`run --functions`: their names are those that the bundle asks for; a file that is no use is wrong usage."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "bundle.toml").write_text('[functions]\ngeoip = { params = ["str"], result = "dict" }\n')
    (folder / "main.star").write_text(SOURCE)
    code = tmp_path / "lookups.py"
    code.write_text("import os\ndef geoip(address):\n    return {'country': address.upper()}\n")

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ringfence", "run", str(folder), "--workers", "1", *options]
        return subprocess.run(command, input='{"ip": "at"}\n', capture_output=True, text=True, check=False)

    done = run("--functions", str(code))
    assert json.loads(done.stdout)["decision"] == {"country": "AT", "known": False}, done.stderr
    absent = run()
    assert (
        absent.returncode == 2 and "does not offer: geoip" in absent.stderr and "--functions" in absent.stderr
    )
    code.write_text("1 / 0\n")
    broken = run("--functions", str(code))
    assert broken.returncode == 2 and "ZeroDivisionError" in broken.stderr
    assert run("--functions", str(tmp_path / "none.py")).returncode == 2
