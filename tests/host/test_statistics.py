"""Statistics: what is counted adds up, in one isolate, over many, and in sessions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence import Bundle, Limits, Pauses, RuleSet, Runtime, Session, Statistics
from ringfence.statistics import PAUSE_KINDS, ROW

pytestmark = pytest.mark.not_under_gc_stress("counts collections")

CHURN = """
def decide(event):
    kept = []
    for i in range(event["n"]):
        kept.append([i, str(i)])
        if len(kept) > event["keep"]:
            kept = []
    return len(kept)
"""
LIMITS = Limits(fuel=100_000_000, memory="64MiB", deadline=30.0)
SMALL, LARGE = {"n": 10, "keep": 100}, {"n": 60_000, "keep": 50_000}


@pytest.fixture
def rules() -> RuleSet:
    """Rules that allocate as much as the event asks for."""
    return Runtime().load(Bundle.from_sources({"main.star": CHURN}), limits=LIMITS)


def consistent(counted: Statistics) -> None:
    """What must hold for any statistics."""
    for kind in PAUSE_KINDS:
        pauses: Pauses = getattr(counted, kind)
        assert sum(pauses.histogram) == pauses.count
        lowest = sum(count << bucket for bucket, count in enumerate(pauses.histogram) if bucket)
        assert lowest <= pauses.bytes <= pauses.count * pauses.longest_bytes
        assert pauses.longest_bytes <= counted.longest_step_bytes
        if pauses.longest_bytes > 1:
            assert len(pauses.histogram) == pauses.longest_bytes.bit_length()
    longest = max(getattr(counted, kind).longest_bytes for kind in PAUSE_KINDS)
    assert counted.longest_step_bytes == longest
    assert counted.collections == counted.young.count + counted.cycles
    assert counted.stopped.count <= counted.cycles
    assert counted.reset_bytes + counted.born_old_bytes <= counted.allocated_bytes
    assert counted.young.bytes <= counted.allocated_bytes


def test_small_events_are_freed_by_resets_alone(rules: RuleSet) -> None:
    """Loading is not counted, nothing is collected, and the fuel is that of all decisions."""
    assert rules.stats() == Statistics()
    # One event may end with a young collection that finds nothing: the last time that module variables were written to.
    fuel = rules.evaluate(SMALL).fuel
    each = rules.stats().allocated_bytes
    fuel += sum(rules.evaluate(SMALL).fuel for _ in range(50))
    counted = rules.stats()
    assert counted.fuel == fuel
    assert counted.allocated_bytes == 51 * each > 51 * 10 * 24
    assert counted.collections <= 1
    assert counted.reset_bytes == (51 - counted.collections) * each
    assert counted.longest_step_bytes == counted.live_bytes == 0


def test_large_events_are_collected(rules: RuleSet) -> None:
    """Everything that the collector did is told by its kind."""
    rules.evaluate(LARGE)
    counted = rules.stats()
    consistent(counted)
    assert counted.young.count > 2
    assert counted.young.bytes > 1_000_000
    assert counted.marking.count + counted.stopped.count > 0
    assert counted.born_old_bytes >= 8 * 50_000


def test_many_isolates_are_summed(rules: RuleSet) -> None:
    """Those that were replaced because they had grown, too: more workers count no more and no less."""
    events = [LARGE, SMALL] * 6
    fuel = sum(decision.fuel for decision in rules.evaluate_batch(events, workers=1))
    one = rules.stats()
    assert one.fuel == fuel
    rules.close()
    assert rules.stats().allocated_bytes == one.allocated_bytes
    with Runtime().load(Bundle.from_sources({"main.star": CHURN}), limits=LIMITS) as others:
        list(others.evaluate_batch(events, workers=3))
        three = others.stats()
    consistent(three)
    assert three.fuel == one.fuel


def test_sums_of_statistics() -> None:
    """Counts are added, the longest is the longer one."""
    first = Statistics(fuel=1, longest_step_bytes=9, young=Pauses(2, 12, 9, (0, 1, 0, 1)))
    second = Statistics(fuel=5, longest_step_bytes=3, young=Pauses(1, 3, 3, (0, 1)))
    both = first + second
    assert (both.fuel, both.longest_step_bytes) == (6, 9)
    assert both.young == Pauses(3, 15, 9, (0, 2, 0, 1))
    assert Pauses.read(memoryview(ROW.pack(*[0] * 31, 7, 4_000_000_000, 7, 1 << 40)), 0) == Pauses(
        7, 1 << 40, 4_000_000_000, (0,) * 31 + (7,)
    )


def test_a_session_has_statistics_of_its_own() -> None:
    """Fuel over all of its events, and the rules' own statistics know nothing of it."""
    source = (
        "seen = persistent({})\ndef decide(event):\n    seen[event.id] = [event.id]\n    return len(seen)\n"
    )
    with Runtime().load(Bundle.from_sources({"main.star": source}), limits=LIMITS) as rules:
        with rules.session() as session:
            assert isinstance(session, Session)
            fuel = sum(session.evaluate({"id": number}).fuel for number in range(40))
            counted = session.stats()
            assert counted.fuel == fuel
            assert counted.live_bytes > 0
            consistent(counted)
        assert rules.stats() == Statistics()


def test_a_program_has_them_too() -> None:
    counted = Runtime().execute("def f():\n    return [[i] for i in range(100000)]\nf()").stats
    consistent(counted)
    assert counted.young.count > 0
    assert counted.as_json()["young"]["count"] == counted.young.count


@pytest.mark.parametrize("options", [[], ["--isolation", "event"], ["--workers", "2"]])
def test_run_and_check_tell_them(options: list[str], tmp_path: Path) -> None:
    """One line of JSON, the last on standard error."""
    (tmp_path / "bundle.toml").write_text('[bundle]\nname = "b"\nversion = "1"\n')
    (tmp_path / "main.star").write_text(CHURN)
    command = [sys.executable, "-m", "ringfence"]
    events = "".join(json.dumps(SMALL) + "\n" for _ in range(20))
    done = subprocess.run(
        [*command, "run", str(tmp_path), "--stats", *options],
        input=events,
        capture_output=True,
        text=True,
        check=True,
    )
    counted = json.loads(done.stderr.splitlines()[-1])
    assert counted["fuel"] == sum(json.loads(line)["fuel"] for line in done.stdout.splitlines())
    assert counted["reset_bytes"] > counted["young"]["bytes"] == 0
    assert counted["allocated_bytes"] > counted["born_old_bytes"]
    if not options:
        done = subprocess.run(
            [*command, "check", str(tmp_path), "--stats"], capture_output=True, text=True, check=True
        )
        counted = json.loads(done.stderr.splitlines()[-1])
        assert counted["fuel"] > 0 and counted["stopped"]["count"] > 0


@pytest.mark.parametrize(
    "source", ["x = [0] * 1000\n1 // 0\n", "def f(): return y\n", "[0 for _ in range(10000000)]\n"]
)
def test_check_tells_them_of_a_bundle_that_does_not_load(source: str, tmp_path: Path) -> None:
    """Whether it fails, is refused or takes too much: what that cost is the last line, after the findings."""
    (tmp_path / "bundle.toml").write_text('[bundle]\nname = "b"\nversion = "1"\n')
    (tmp_path / "main.star").write_text(source)
    command = [sys.executable, "-m", "ringfence", "check", str(tmp_path), "--stats"]
    done = subprocess.run(command, capture_output=True, text=True)
    *findings, last = done.stderr.splitlines()
    assert done.returncode == 2 and findings
    assert json.loads(last)["allocated_bytes"] > 0
