"""Sessions: state that survives from event to event, in order, within its memory, until the session ends."""

from __future__ import annotations

import gc
import json
import threading
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from ringfence.isolate import Isolate
from tests.host.test_cli import ringfence

COUNTER = """
state = persistent({"n": 0})

def decide(event):
    state["n"] += event.get("by", 1)
    for key in event.get("fail", []):
        fail(key)
    return state["n"]
"""
STORE = """
state = persistent({"items": [], "kept": None})

def decide(event):
    if "add" in event:
        state["items"].append([event["add"]] * event.get("times", 1))
    elif "keep" in event:
        state["kept"] = event
    elif "drop" in event:
        state["items"] = state["items"][event["drop"]:]
    elif "clear" in event:
        state["items"].clear()
    elif "change" in event:
        state["kept"]["keep"] = 1
    elif "iterate" in event:
        for item in state["items"]:
            for key in state:
                state["new"] = 1
    return {"items": len(state["items"]), "kept": state["kept"]}
"""
ROOMY = rf.Limits(fuel=50_000_000, memory="16MiB", deadline=10.0)


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


def load(runtime: rf.Runtime, source: str, limits: rf.Limits = ROOMY, **files: str) -> rf.RuleSet:
    contents = {"main.star": source, **{f"{name}.star": text for name, text in files.items()}}
    return runtime.load(rf.Bundle.from_sources(contents), limits=limits)


def refusal(runtime: rf.Runtime, source: str, **files: str) -> str:
    with pytest.raises(rf.BundleError) as caught:
        load(runtime, source, **files)
    return str(caught.value)


def test_state_survives_in_a_session_and_nowhere_else(runtime: rf.Runtime) -> None:
    with load(runtime, COUNTER) as rules:
        assert rules.has_state
        assert [rules.evaluate({}).decision for _ in range(3)] == [1, 1, 1]
        assert [d.decision for d in rules.evaluate_batch([{}] * 3, workers=2)] == [1, 1, 1]
        with rules.session() as first, rules.session() as second:
            assert [first.evaluate({}).decision for _ in range(3)] == [1, 2, 3]
            assert [d.decision for d in first.evaluate_batch([{}, b"{}", "{}"])] == [4, 5, 6]
            assert second.evaluate({"by": 10}).decision == 10
            assert first.evaluate({}).decision == 7
        assert rules.evaluate({}).decision == 1


def test_a_bundle_without_state_has_sessions_that_remember_nothing(runtime: rf.Runtime) -> None:
    with load(runtime, "def decide(event): return event.n") as rules, rules.session() as session:
        assert not rules.has_state
        assert [d.decision for d in session.evaluate_batch([{"n": n} for n in range(5)])] == [0, 1, 2, 3, 4]


def test_files_and_batches_go_through_one_state(runtime: rf.Runtime, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b'{}\n\n{"by": 5}\nnonsense\n{}\n')
    with load(runtime, COUNTER) as rules:
        with rules.session() as session:
            assert session.evaluate({}).decision == 1
            assert session.run_file(source, target) == 4
            answers = [json.loads(line) for line in target.read_text().splitlines()]
            assert [answer.get("decision") for answer in answers] == [2, 7, None, 8]
            assert answers[2]["error"]["kind"] == "input"
            with_line_feed = [{}, b'{"by":\n2}', {}]
            assert [d.decision for d in session.evaluate_batch(with_line_feed)] == [9, 11, 12]
        assert rules.run_file(source, target) == 4
        answers = [json.loads(line) for line in target.read_text().splitlines()]
        assert [answer.get("decision") for answer in answers] == [1, 5, None, 1]


def test_an_event_that_fails_has_done_what_it_did_before(runtime: rf.Runtime) -> None:
    with load(runtime, COUNTER) as rules, rules.session() as session:
        with pytest.raises(rf.RuleError, match="fail: x"):
            session.evaluate({"fail": ["x"]})
        assert session.evaluate({}).decision == 2


def test_an_event_that_fails_while_it_iterates_leaves_nothing_locked(runtime: rf.Runtime) -> None:
    with load(runtime, STORE) as rules, rules.session() as session:
        session.evaluate({"add": 1})
        for _ in range(2):
            with pytest.raises(rf.RuleError, match="during iteration"):
                session.evaluate({"iterate": True})
        assert session.evaluate({"add": 1}).decision["items"] == 2
        assert session.evaluate({"clear": True}).decision["items"] == 0
        assert session.evaluate({"iterate": True}).decision["items"] == 0


def test_an_event_that_is_kept_stays_frozen_and_whole(runtime: rf.Runtime) -> None:
    kept = {"keep": ["é" * 200, "x" * 5000, {"deep": [1.5, None, 2**70]}], "other": "short"}
    with load(runtime, STORE) as rules, rules.session() as session:
        session.evaluate(kept)
        for n in range(50):
            session.evaluate({"add": "y" * 300, "times": 200, f"key{n}": n})
        with pytest.raises(rf.RuleError, match="frozen hash table"):
            session.evaluate({"change": True})
        session.collect()
        assert session.evaluate({}).decision["kept"] == kept


SHARING = """
load("lib.star", "shared", "touch", "table")

plain = ["frozen"]
pair = ({"in": "tuple"}, plain)
ring = {"name": "ring"}
ring["self"] = ring
state = persistent({"plain": plain, "again": plain, "pair": pair, "ring": ring, "set": set([1, (2, 3)]),
                    "struct": struct(items = []), "call": touch, "lib": shared, "weak": weakref(plain), "many": {}})
state["many"].update([(str(n), [n]) for n in range(100)])

def decide(event):
    what = event["do"]
    if what == "change":
        state["plain"].append(1)
        state["pair"][0]["new"] = 2
        state["ring"]["self"]["self"]["n"] = 3
        state["set"].add(4)
        state["struct"].items.append(5)
        state["many"].pop("50")
        touch(state["lib"])
        state["call"](shared)
        return state["weak"].get()
    if what == "frozen":
        plain.append(1)
    if what == "table":
        table["x"] = 1
    return [plain, state["plain"], state["again"], state["pair"][0], pair[0], state["pair"][1] == state["plain"],
            state["ring"]["n"], "n" in ring, sorted([str(x) for x in state["set"]]), state["struct"].items, len(state["many"]),
            shared["count"], state["many"]["99"]]
"""
SHARING_LIB = """
shared = persistent({"count": 0})
table = {}
def touch(x):
    x["count"] += 10
"""


def test_state_is_a_copy_that_shares_nothing_with_frozen_globals(runtime: rf.Runtime) -> None:
    with load(runtime, SHARING, lib=SHARING_LIB) as rules, rules.session() as session:
        assert session.evaluate({"do": "change"}).decision == ["frozen", 1]
        assert session.evaluate({"do": "look"}).decision == [
            *[["frozen"], ["frozen", 1], ["frozen", 1], {"in": "tuple", "new": 2}, {"in": "tuple"}, True],
            *[3, False, ["(2, 3)", "1", "4"], [5], 99, 20, [99]],
        ]
        for what, message in (("frozen", "frozen list"), ("table", "frozen hash table")):
            with pytest.raises(rf.RuleError, match=message):
                session.evaluate({"do": what})


def test_what_persistent_refuses(runtime: rf.Runtime) -> None:
    assert "persistent: for parameter x: got list, want dict" in refusal(runtime, "s = persistent([])")
    assert "main.star:2:15: persistent: the dict is frozen" in refusal(
        runtime, 'load("lib.star", "d")\ns = persistent(d)', lib="d = {}"
    )
    assert "insert into frozen hash table" in refusal(
        runtime, 'load("lib.star", "d")\nd["x"] = 1', lib="d = persistent({})"
    )
    many = "states = [persistent({}) for i in range(257)]\ndef decide(event): return 1"
    assert "at most 256 persistent dicts" in refusal(runtime, many)
    late = """
state = persistent(persistent({"twice": 1}))
def decide(event):
    return persistent({})
"""
    message = "persistent: state is declared while the bundle loads"
    with load(runtime, late) as rules, pytest.raises(rf.RuleError, match=message):
        rules.evaluate({})
    with pytest.raises(rf.BundleError, match="undefined: persistent"):
        runtime.execute("persistent({})")


def test_a_decision_that_holds_state_is_never_a_fixed_one(runtime: rf.Runtime) -> None:
    source = """
state = persistent({"n": 0})
def count(event):
    state["n"] += 1
    return True
rule("count", when = count, then = state)
"""
    with load(runtime, source) as rules, rules.session() as session:
        assert [d.decision for d in session.evaluate_batch([{}] * 3)] == [{"n": 1}, {"n": 2}, {"n": 3}]
        assert session.evaluate({}).decision == {"n": 4}


@pytest.mark.not_under_gc_stress("fills megabytes, one allocation after the other")
def test_memory_stays_flat_over_changing_keys_and_garbage(runtime: rf.Runtime) -> None:
    source = """
state = persistent({"window": [], "n": 0})
def decide(event):
    ring = {"event": event}
    ring["self"] = ring
    state["window"].append(ring)
    if len(state["window"]) > 20:
        state["window"].pop(0)
    state["n"] += 1
    return state["n"]
"""
    with load(runtime, source) as rules, rules.session() as session:
        alive = []
        for turn in range(4):
            lines = [b'{"key%d": "value%d", "pad": "%s"}' % (n, n, b"x" * 500) for n in range(3000)]
            assert [d.decision for d in session.evaluate_batch(lines)][-1] == 3000 * (turn + 1)
            alive.append(session.collect().live_bytes)
        assert max(alive[1:]) - min(alive[1:]) < 4096
        assert max(alive) < 500_000


@pytest.mark.not_under_gc_stress("allocates megabytes, one allocation after the other")
def test_weak_references_are_cleared_between_events_and_only_there(runtime: rf.Runtime) -> None:
    source = """
state = persistent({"strong": None, "weak": None})
def decide(event):
    if "set" in event:
        state["strong"] = [event["set"]]
        state["weak"] = weakref(state["strong"])
    if "drop" in event:
        state["strong"] = None
    churn = [[i] * 10 for i in range(event.get("churn", 0))]
    return state["weak"].get()
"""
    with load(runtime, source) as rules, rules.session() as session:
        for churn in (0, 30_000):
            assert session.evaluate({"set": 1}).decision == [1]
            assert session.evaluate({"churn": churn}).decision == [1]
            assert session.evaluate({"drop": 1, "churn": churn}).decision == [1]
            assert session.evaluate({}).decision is None
            assert session.evaluate({"set": 2, "drop": 1, "churn": churn}).decision == [2]
            assert session.evaluate({"churn": churn}).decision is None


WEAK_MAPS = """
outside = ["outside"]
a = {"name": "a"}
b = {"name": "b"}
only_there = {"name": "only"}
m = weakmap()
m[a] = [b]
m[b] = "reached through the value of a"
m[outside] = [only_there]
m[only_there] = m
state = persistent({"a": a, "map": m, "ref": weakref(b)})

def decide(event):
    m = state["map"]
    if "drop" in event:
        state.pop("a")
    if "forget" in event:
        m.pop(outside)
    if "add" in event:
        m[[event.add]] = 1
        state["kept"] = [event.add]
        m[state["kept"]] = 2
    return [[k.get("name", "?") if type(k) == "dict" else k[0] for k in m.keys()], a in m, outside in m,
            state["ref"].get() == b, len(m)]
"""


def test_weak_maps_of_the_state_lose_their_entries_between_events(runtime: rf.Runtime) -> None:
    with load(runtime, WEAK_MAPS) as rules, rules.session() as session:
        all_four = [["a", "b", "outside", "only"], False, True, True, 4]
        assert session.evaluate({}).decision == all_four
        assert session.evaluate({"drop": 1}).decision == all_four
        assert session.evaluate({}).decision == [["outside", "only"], False, True, False, 2]
        assert session.evaluate({"forget": 1}).decision == [["only"], False, False, False, 1]
        assert session.evaluate({}).decision == [[], False, False, False, 0]
        assert session.evaluate({"add": 7}).decision[0] == [7, 7]
        assert session.evaluate({"add": 8}).decision[0] == [7, 8, 8]
        numbers = [session.evaluate({"add": n}) for n in range(50)]
        assert [d.decision[0] for d in numbers[1:]] == [[n - 1, n, n] for n in range(1, 50)]
        assert len({d.fuel for d in numbers[10:]}) == 1


def filled(session: rf.Session, times: int) -> int:
    """Add until an event runs out of memory: how many were added."""
    count = 0
    while True:
        try:
            count = session.evaluate({"add": "y", "times": times}).decision["items"]
        except rf.MemoryExceeded:
            return count


@pytest.mark.not_under_gc_stress("fills megabytes, one allocation after the other")
@pytest.mark.parametrize("times", [100, 3_000, 30_000])
def test_a_state_that_fills_the_memory_can_shrink_again(runtime: rf.Runtime, times: int) -> None:
    """However often events that would add to it fail, those that take away from it work."""
    limits = rf.Limits(fuel=10_000_000, memory="8MiB", deadline=10.0)
    with load(runtime, STORE, limits) as rules, rules.session() as session:
        first = 0
        for _ in range(3):
            count = filled(session, times)
            assert count * times * 8 > 1_000_000
            for _ in range(30):
                with pytest.raises(rf.MemoryExceeded):
                    session.evaluate({"add": "y", "times": 2 * times})
            # What there was no room for has not been added.
            assert session.evaluate({}).decision["items"] == count
            decided = list(
                session.evaluate_batch([{"add": "y", "times": 2 * times}] * 3 + [{"drop": count // 2}])
            )
            assert [type(d.error) for d in decided] == [rf.MemoryExceeded] * 3 + [type(None)]
            assert decided[3].decision["items"] == count - count // 2
            assert session.evaluate({"add": 1}).decision["items"] == count - count // 2 + 1
            assert session.evaluate({"clear": True}).decision["items"] == 0
            first = first or count
            assert count >= first * 9 // 10


@pytest.mark.not_under_gc_stress("fills megabytes, one allocation after the other")
def test_one_event_cannot_fill_the_memory_for_ever(runtime: rf.Runtime) -> None:
    source = """
state = persistent({"items": []})
def decide(event):
    if "clear" in event:
        state["items"].clear()
    for i in range(event.get("n", 0)):
        state["items"].append([i])
    return len(state["items"])
"""
    with load(runtime, source) as rules, rules.session() as session:
        for _ in range(3):
            with pytest.raises(rf.MemoryExceeded, match=r"main\.star:7"):
                session.evaluate({"n": 10_000_000})
            assert session.evaluate({"clear": True}).decision == 0
            assert session.evaluate({"n": 1000}).decision == 1000
            assert session.evaluate({"clear": True}).decision == 0


@pytest.mark.not_under_gc_stress("fills megabytes, one allocation after the other")
def test_a_large_event_finds_room_or_is_refused(runtime: rf.Runtime) -> None:
    with load(runtime, STORE) as rules, rules.session() as session:
        filled(session, 3_000)
        for _ in range(2):
            with pytest.raises(rf.MemoryExceeded, match="no room for an input"):
                session.evaluate({"pad": "x" * 3_000_000})
            [decided] = session.evaluate_batch([{"pad": "x" * 3_000_000}])
            assert isinstance(decided.error, rf.MemoryExceeded)
        assert session.evaluate({"clear": True}).decision["items"] == 0
        assert session.evaluate({"pad": "x" * 3_000_000}).decision["items"] == 0


def test_fuel_depends_on_the_events_so_far_only(runtime: rf.Runtime) -> None:
    events = [{"add": n, "times": n % 7 * 400} if n % 5 else {"drop": n % 3, f"k{n}": n} for n in range(300)]
    told: list[list[tuple[Any, int]]] = []
    with (
        load(runtime, STORE) as rules,
        load(runtime, STORE, rf.Limits(fuel=50_000_000, memory="64MiB")) as large,
    ):
        for opened, stress in ((rules, False), (rules, True), (large, False)):
            with opened.session() as session:
                if stress:
                    session._isolate.set_gc_stress()
                told.append([(d.decision, d.fuel) for d in map(session.evaluate, events)])
        with rules.session() as session:
            told.append([(d.decision, d.fuel) for d in session.evaluate_batch(events)])
    assert told[0] == told[1] == told[2] == told[3]


def test_a_closed_session_says_so(runtime: rf.Runtime) -> None:
    with load(runtime, COUNTER) as rules:
        session = rules.session()
        session.close()
        session.close()
        for use in (
            lambda: session.evaluate({}),
            session.collect,
            lambda: list(session.evaluate_batch([{}])),
        ):
            with pytest.raises(rf.ClosedError, match="this session is closed"):
                use()
    with pytest.raises(rf.ClosedError):
        rules.session()


def test_a_session_outlives_its_rule_set(runtime: rf.Runtime) -> None:
    rules = load(runtime, COUNTER)
    with rules.session() as session:
        rules.close()
        del rules
        gc.collect()
        assert [session.evaluate({}).decision for _ in range(3)] == [1, 2, 3]


def test_a_deadline_ends_the_event_and_not_the_session(runtime: rf.Runtime) -> None:
    source = """
state = persistent({"n": 0})
def decide(event):
    for i in range(event.get("spin", 0)):
        state["n"] += 1
    return state["n"] > 1000
"""
    with load(runtime, source, rf.Limits(fuel=10**10, deadline=0.05)) as rules, rules.session() as session:
        assert session.evaluate({}).decision is False
        with pytest.raises(rf.DeadlineExceeded):
            session.evaluate({"spin": 1 << 40})
        assert session.evaluate({}).decision is True
        decided = list(session.evaluate_batch([{}, {"spin": 1 << 40}, {}]))
        assert [type(d.error) for d in decided] == [type(None), rf.DeadlineExceeded, type(None)]


def break_guest(isolate: Isolate) -> None:
    """Make the next event trap: the tracing table and the texts are gone."""
    isolate.memory()[: 256 * 1024] = bytes(256 * 1024)


def test_a_guest_that_breaks_ends_the_session(runtime: rf.Runtime) -> None:
    with load(runtime, COUNTER) as rules:
        with rules.session() as session:
            session.evaluate({})
            break_guest(session._isolate)
            with pytest.raises(rf.IsolateTrapped):
                session.evaluate({})
            with pytest.raises(
                rf.ClosedError, match=r"the session is over, because its guest broke: .* Open another"
            ):
                session.evaluate({})
        with rules.session() as session:
            break_guest(session._isolate)
            decided = list(session.evaluate_batch([{}] * 700))
            assert len(decided) == 700
            assert all(isinstance(d.error, rf.IsolateTrapped) for d in decided)
        assert rules.evaluate({}).decision == 1


def test_threads_take_turns(runtime: rf.Runtime) -> None:
    with load(runtime, COUNTER) as rules, rules.session() as session:
        seen: list[int] = []

        def decide_many() -> None:
            seen.extend(session.evaluate({}).decision for _ in range(200))
            seen.extend(d.decision for d in session.evaluate_batch([{}] * 200))

        threads = [threading.Thread(target=decide_many) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen) == list(range(1, 1601))


def test_limits_that_leave_little_room_for_state(runtime: rf.Runtime) -> None:
    """Whatever the limit, the bundle or its session is refused as a whole, or the session works."""
    told = set()
    for kibibytes in range(4160, 5200, 40):
        limits = rf.Limits(memory=f"{kibibytes}KiB")
        try:
            with (
                load(runtime, COUNTER + 'ballast = "x" * 1000000\n', limits) as rules,
                rules.session() as session,
            ):
                assert [session.evaluate({}).decision for _ in range(3)] == [1, 2, 3]
                told.add("works")
        except rf.MemoryExceeded as refused:
            told.add("refused")
            assert "room" in str(refused)
    assert told == {"refused", "works"}


def test_the_command_runs_a_session(tmp_path: Path) -> None:
    (tmp_path / "bundle.toml").write_text('[bundle]\nname = "counter"\n')
    (tmp_path / "main.star").write_text(COUNTER)
    events = b'{}\n{"by": 4}\nnonsense\n{}\n'
    told = ringfence("run", tmp_path, "--session", given=events, check=1).stdout.splitlines()
    assert [json.loads(line).get("decision") for line in told] == [1, 5, None, 6]
    told = ringfence("run", tmp_path, given=events, check=1).stdout.splitlines()
    assert [json.loads(line).get("decision") for line in told] == [1, 4, None, 1]
    refused = ringfence("run", tmp_path, "--session", "--isolation", "event", given=events, check=2)
    assert b"give one of the two" in refused.stderr
    refused = ringfence("run", tmp_path, "--session", "--workers", "2", given=events, check=2)
    assert b"with one worker" in refused.stderr
    ringfence("run", tmp_path, "--session", "--workers", "1", given=b"{}\n")
    assert b"persistent()" in ringfence("run", "--help").stdout
