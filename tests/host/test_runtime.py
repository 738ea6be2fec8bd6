"""The Python interface on the real guest: loading, limits and ceilings, errors, programs."""

from __future__ import annotations

import pickle
import re
import threading
import time

import pytest

import ringfence as rf

RULES = """
internal = cidr("10.0.0.0/8")

rule("block-admin",
    priority = 100,
    when = lambda req: req.path.startswith("/admin") and ip(req.client_ip) not in internal,
    then = {"action": "deny", "status": 403})
rule("shout", when = lambda req: req.path == "/loud", then = lambda req: req.path.upper())
rule("broken", when = lambda req: req.path == "/broken" and req.missing, then = 1)
"""
OUTSIDE = {"path": "/admin/x", "client_ip": "203.0.113.9"}


@pytest.fixture(scope="module")
def runtime() -> rf.Runtime:
    return rf.Runtime()


@pytest.fixture(scope="module")
def rules(runtime: rf.Runtime) -> rf.RuleSet:
    return runtime.load(rf.Bundle.from_sources({"main.star": RULES}, default={"action": "allow"}))


def load(runtime: rf.Runtime, source: str, limits: rf.Limits | None = None, **bundle: object) -> rf.RuleSet:
    return runtime.load(rf.Bundle.from_sources({"main.star": source}, **bundle), limits=limits)  # type: ignore[arg-type]


def test_rules_decide(rules: rf.RuleSet) -> None:
    denied = rules.evaluate(OUTSIDE)
    assert (denied.decision, denied.rule) == ({"action": "deny", "status": 403}, "block-admin")
    assert rules.evaluate({**OUTSIDE, "client_ip": "10.1.2.3"}).decision == {"action": "allow"}
    assert rules.evaluate({**OUTSIDE, "client_ip": "10.1.2.3"}).rule is None
    assert rules.evaluate({**OUTSIDE, "path": "/loud"}).decision == "/LOUD"


def test_an_error_says_what_where_and_by_which_rule(rules: rf.RuleSet) -> None:
    with pytest.raises(rf.RuleError) as caught:
        rules.evaluate({**OUTSIDE, "path": "/broken"})
    error = caught.value
    assert error.rule == "broken"
    assert error.location is not None
    assert error.location.startswith("main.star:9:")
    assert error.source is not None
    assert "req.missing" in error.source
    assert error.traceback[-1].location == error.location
    assert error.fuel > 0
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)


def test_the_hit_policy_collect_lists_all(runtime: rf.Runtime) -> None:
    source = """
rule("a", priority = 1, when = lambda e: e.n > 0, then = "positive")
rule("b", priority = 2, when = lambda e: e.n > 9, then = {"size": "large"})
"""
    rules = load(runtime, source, hit_policy="collect")
    expected = [([{"size": "large"}, "positive"], ["b", "a"]), (["positive"], ["a"]), ([], [])]
    events = [{"n": 10}, {"n": 1}, {"n": 0}]
    assert [(d.decision, d.rule) for d in map(rules.evaluate, events)] == expected
    assert [(d.decision, d.rule) for d in rules.evaluate_batch(events, workers=1)] == expected
    assert load(runtime, source, hit_policy="collect", default="none").evaluate({"n": 0}).decision == "none"


def test_fuel_is_the_same_everywhere(rules: rf.RuleSet) -> None:
    once = rules.evaluate(OUTSIDE).fuel
    assert {decision.fuel for decision in rules.evaluate_batch([OUTSIDE] * 50, workers=2)} == {once}
    assert rules.isolate().evaluate(OUTSIDE).fuel == once


@pytest.mark.parametrize(
    ("source", "limits", "error"),
    [
        ("def decide(e):\n    while True: pass", rf.Limits(fuel=10_000), rf.FuelExhausted),
        pytest.param(
            "def decide(e):\n    while True: pass",
            rf.Limits(fuel=10**12, deadline=0.05),
            rf.DeadlineExceeded,
            marks=pytest.mark.not_under_gc_stress("it measures time"),
        ),
        ("def decide(e):\n    return ['x' * 10000 * 10000]", rf.Limits(), rf.MemoryExceeded),
        ("def decide(e):\n    fail('no')", rf.Limits(), rf.RuleError),
        ("def decide(e):\n    return decide", rf.Limits(), rf.RuleError),
    ],
)
def test_limits_hold_and_the_next_event_is_decided(
    runtime: rf.Runtime, source: str, limits: rf.Limits, error: type[rf.EvaluationError]
) -> None:
    first = "\n    if e.get('calm'):\n        return 'calm'"
    name, colon, rest = source.partition(":")
    rules = load(runtime, name + colon + first + rest, limits, options=["while"])
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(error):
            rules.evaluate({})
        assert time.monotonic() - started < 2
        assert rules.evaluate({"calm": True}).decision == "calm"
    decisions = list(rules.evaluate_batch([{}, {"calm": True}, {}], workers=1))
    assert [type(decision.error) for decision in decisions] == [error, type(None), error]


@pytest.mark.parametrize(
    ("source", "limits", "error"),
    [
        ("def f():\n    while True: pass\nf()", rf.Limits(), rf.FuelExhausted),
        pytest.param(
            "def f():\n    while True: pass\nf()",
            rf.Limits(fuel=10**12, deadline=0.1),
            rf.DeadlineExceeded,
            marks=pytest.mark.not_under_gc_stress("it measures time"),
        ),
        ("x = 'a' * 100000000\n", rf.Limits(), rf.MemoryExceeded),
        ("x = 1 // 0\n", rf.Limits(), rf.BundleError),
        ("x = (\n", rf.Limits(), rf.BundleError),
    ],
)
def test_loading_has_limits_of_its_own(
    runtime: rf.Runtime, source: str, limits: rf.Limits, error: type[rf.RingfenceError]
) -> None:
    started = time.monotonic()
    with pytest.raises(error):
        load(runtime, source + "\ndef decide(e): pass\n", limits, options=["while"])
    assert time.monotonic() - started < 6


def test_a_failing_toplevel_is_a_diagnostic(runtime: rf.Runtime) -> None:
    with pytest.raises(rf.BundleError) as caught:
        load(runtime, "x = 1\ny = x // 0\n")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.path, diagnostic.line, diagnostic.source_line) == ("main.star", 2, "y = x // 0")


def test_callers_may_not_ask_for_more_than_the_ceiling() -> None:
    runtime = rf.Runtime(ceiling=rf.Limits(fuel=1000, memory="8MiB", deadline=0.1))
    bundle = rf.Bundle.from_sources({"main.star": "def decide(e): return 1"})
    assert runtime.load(bundle, limits=rf.Limits(fuel=1000, memory="8MiB", deadline=0.1)).limits.fuel == 1000
    for more in (rf.Limits(fuel=1001), rf.Limits(memory="9MiB"), rf.Limits(deadline=0.2)):
        with pytest.raises(ValueError, match="ceiling"):
            runtime.load(bundle, limits=more)
        with pytest.raises(ValueError, match="ceiling"):
            runtime.execute("x = 1", limits=more)


def test_bundles_may_not_ask_for_more_than_the_ceiling(runtime: rf.Runtime) -> None:
    def asking(limits: rf.Limits) -> rf.Bundle:
        return rf.Bundle.from_sources({"main.star": "def decide(e): return 1"}, limits=limits)

    assert runtime.load(asking(rf.Limits(fuel=5))).limits.fuel == 5
    greedy = asking(rf.Limits(fuel=10**12))
    with pytest.raises(rf.BundleError, match="ceiling"):
        runtime.load(greedy)
    assert runtime.load(greedy, limits=rf.Limits(fuel=10**12)).limits.fuel == 10**12
    assert rf.Runtime(ceiling=rf.Limits(fuel=10**12)).load(greedy).limits.fuel == 10**12


def test_defaults_are_below_any_lower_ceiling() -> None:
    runtime = rf.Runtime(ceiling=rf.Limits(fuel=1000, deadline=0.01))
    limits = runtime.load(rf.Bundle.from_sources({"main.star": "def decide(e): return 1"})).limits
    assert (limits.fuel, limits.deadline) == (1000, 0.01)
    assert runtime.program_budget(None).fuel == 1000


def test_host_functions_that_are_not_offered_are_refused(runtime: rf.Runtime) -> None:
    with pytest.raises(rf.BundleError, match="geoip"):
        load(runtime, "def decide(e): return geoip(e.ip)", functions={"geoip": {"params": 1}})


def test_a_memory_limit_too_small_for_the_guest_says_so(runtime: rf.Runtime) -> None:
    with pytest.raises(rf.MemoryExceeded, match="guest itself"):
        load(runtime, "def decide(e): return 1", rf.Limits(memory="2MiB"))
    with pytest.raises(rf.MemoryExceeded, match="guest itself"):
        runtime.execute("x = 1", limits=rf.Limits(memory=65536))


def test_a_bundle_may_hold_only_a_part_of_its_memory(runtime: rf.Runtime) -> None:
    source = "x = ['%d' % i * 100 for i in range(20000)]\ndef decide(e): return len(x)"
    assert load(runtime, source, rf.Limits(memory="64MiB")).evaluate({}).decision == 20000
    with pytest.raises(rf.MemoryExceeded, match="holds"):
        load(runtime, source, rf.Limits(memory="16MiB"))


def test_check_finds_everything(runtime: rf.Runtime) -> None:
    bundle = rf.Bundle.from_sources({"main.star": "a = b\nc = d\n", "unused.star": "x = (\n"})
    findings = runtime.check(bundle)
    assert {(finding.path, finding.line) for finding in findings} >= {("main.star", 1), ("main.star", 2)}
    assert any(finding.path == "unused.star" for finding in findings)
    assert runtime.check(rf.Bundle.from_sources({"main.star": RULES})) == []


def test_data_is_decoded_once_and_frozen(runtime: rf.Runtime) -> None:
    sources = {
        "main.star": 'c = data("c.json")\ndef decide(e): return c[e.k]',
        "data/c.json": '{"a": [1, 2.5]}',
    }
    rules = runtime.load(rf.Bundle.from_sources(sources))
    assert rules.evaluate({"k": "a"}).decision == [1, 2.5]
    with pytest.raises(rf.BundleError):
        runtime.load(rf.Bundle.from_sources({**sources, "data/c.json": "{"}))


def test_execute_gives_output_and_costs(runtime: rf.Runtime) -> None:
    out = runtime.execute(
        "for i in range(3):\n    print(i, args['x'])", options=["toplevelcontrol"], args={"x": "é"}
    )
    assert out.stdout == "0 é\n1 é\n2 é\n"
    assert 0 < out.fuel == out.stats.fuel < 1000
    assert out.stats.allocated_bytes > 0


def test_execute_raises_what_the_program_ended_in(runtime: rf.Runtime) -> None:
    endless = "def f():\n    while True: pass\nf()"
    for source, limits, error in (
        ("x = (", None, rf.BundleError),
        ("x = y", None, rf.BundleError),
        ("fail('no')", None, rf.RuleError),
        (endless, rf.Limits(fuel=1000), rf.FuelExhausted),
        (endless, rf.Limits(fuel=10**12, deadline=0.1), rf.DeadlineExceeded),
        ("x = [0] * 10000000", rf.Limits(memory="16MiB"), rf.MemoryExceeded),
        ("def f():\n    for i in range(100000): print('a' * 100)\nf()", None, rf.MemoryExceeded),
    ):
        with pytest.raises(error):
            runtime.execute(source, options=["while"], limits=limits)


def test_threads_share_a_rule_set(rules: rf.RuleSet) -> None:
    wrong: list[object] = []

    def work() -> None:
        for _ in range(300):
            if rules.evaluate(OUTSIDE).rule != "block-admin":
                wrong.append("wrong")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_program_out_of_fuel_says_where(runtime: rf.Runtime) -> None:
    """The program is suspended, not lost: its frames are still there for the traceback."""
    program = "def f():\n    for i in range(1000000):\n        print(i)\nf()\n"
    with pytest.raises(rf.FuelExhausted) as caught:
        runtime.execute(program, limits=rf.Limits(fuel=1_000))
    assert caught.value.fuel == 1_000
    assert [frame.function for frame in caught.value.traceback] == ["<toplevel>", "f"]
    assert caught.value.location is not None
    assert re.match(r".*:[23]:", caught.value.location)


def test_the_host_tells_the_time(runtime: rf.Runtime) -> None:
    """`now` is the clock of one evaluation; without it there is none, whatever an evaluation before was told."""
    rules = load(
        runtime, 'rule("late", when = lambda e: time.now().hour >= e.hour, then = lambda e: str(time.now()))'
    )
    assert rules.evaluate({"hour": 5}, now=1257894000.25).decision == "2009-11-10 23:00:00.25 +0000 UTC"
    with pytest.raises(rf.RuleError, match="there is no clock here"):
        rules.evaluate({"hour": 5})
    assert rules.evaluate({"hour": 0}, now=-1).decision == "1969-12-31 23:59:59 +0000 UTC"
    with pytest.raises(ValueError, match="seconds since 1970"):
        rules.evaluate({"hour": 0}, now=1e300)
    with pytest.raises(rf.RuleError, match="there is no clock here"):
        rules.evaluate(b'{"hour": 5}')
