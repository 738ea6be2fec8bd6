"""Periods of validity: dates and moments against the event's time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.machine.harness import FAILED, Machine, bundle

SECOND = 1_000_000_000


def moment(text: str) -> int:
    """Nanoseconds since 1970; of a date, when it begins in UTC."""
    time = datetime.fromisoformat(text)
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()) * SECOND


def decide(machine: Machine, now: int | None, event: Any = None) -> Any:
    """The result line of an event at a time, in nanoseconds since 1970."""
    if now is not None:
        machine.write("guest.library.clock.now", now)
        machine.write("guest.library.clock.now_set", 1)
    return machine.evaluate(event or {})


@pytest.mark.parametrize(
    ("period", "begins", "ends"),
    [
        ('valid_from = "2026-03-01"', "2026-03-01", None),
        ('valid_to = "2026-03-01"', None, "2026-03-02"),
        ('valid_from = "2026-12-31", valid_to = "2026-12-31"', "2026-12-31", "2027-01-01"),
        (
            'valid_from = "2024-02-29T23:30:00+01:00", valid_to = "2024-02-29T23:00:00Z"',
            "2024-02-29T22:30:00Z",
            "2024-02-29T23:00:00Z",
        ),
        ("valid_from = time.time(year = 1969, month = 7, day = 20)", "1969-07-20", None),
        ("valid_to = time.from_timestamp(100)", None, "1970-01-01T00:01:40Z"),
    ],
)
def test_periods_include_their_first_moment_and_not_their_last(
    period: str, begins: str | None, ends: str | None
) -> None:
    """To the nanosecond, with a predicate and without."""
    for when in ("", ", when = lambda e: True", ", when = lambda e, k = 1: k"):
        machine = bundle(f'rule("r", then = 1, {period}{when})\n')
        if begins:
            assert decide(machine, moment(begins) - 1)["rule"] is None
            assert decide(machine, moment(begins))["rule"] == "r"
        if ends:
            assert decide(machine, moment(ends) - 1)["rule"] == "r"
            assert decide(machine, moment(ends))["rule"] is None


def test_periods_far_away() -> None:
    """Beyond what 64 bits of nanoseconds hold, as people write it who mean for ever."""
    machine = bundle('rule("r", valid_from = "0001-01-01", valid_to = "9999-12-31")\n')
    for now in (-(2**63), 0, 2**63 - 1):
        assert decide(machine, now)["rule"] == "r"


def test_fractions_of_a_second() -> None:
    """A moment may have nanoseconds; before 1970 they count upwards too."""
    machine = bundle('rule("r", valid_from = "1969-12-31T23:59:58.000000007Z")\n')
    first = -2 * SECOND + 7
    assert [decide(machine, first + i)["rule"] for i in (-1, 0, SECOND)] == [None, "r", "r"]


def test_an_event_without_a_time() -> None:
    """It fails when a rule with a period is to be tried, and only then; the time of one event is not that of the next."""
    machine = bundle('rule("now", when = lambda e: e.now)\nrule("dated", valid_from = "2026-01-01")\n')
    assert decide(machine, None, {"now": True})["rule"] == "now"
    error = decide(machine, None, {"now": False})["error"]
    assert (error["kind"], error["rule"], error["location"]) == ("rule", "dated", "main.star:2:5")
    assert decide(machine, moment("2027-01-01"), {"now": False})["rule"] == "dated"
    assert "error" in decide(machine, None, {"now": False})


def test_rules_without_a_period_pay_nothing_for_those_with_one() -> None:
    """A rule that is not in effect costs two units; one that is, a few more than without its period."""
    source = 'rule("r", when = lambda e: e.n, then = 1)\n'
    plain = bundle(source)
    for period, cost in (('valid_to = "2000-01-01"', 2), ('valid_from = "2000-01-01"', 5)):
        dated = bundle(f'rule("d", priority = 1, when = lambda e: False, {period})\n' + source)
        now = moment("2026-01-01")
        assert decide(dated, now, {"n": 1})["fuel"] == decide(plain, now, {"n": 1})["fuel"] + cost


@pytest.mark.parametrize(
    "period",
    [
        'valid_from = "2026-03-01", valid_to = "2026-02-28"',
        'valid_from = "2026-03-01T00:00:00Z", valid_to = "2026-03-01T00:00:00Z"',
        'valid_from = "2026-3-1"',
        'valid_from = "2026-13-01"',
        'valid_from = "2025-02-29"',
        'valid_to = "2026-03-01T25:00:00Z"',
        'valid_to = "2026-03-01T10:00:00"',
        'valid_to = "2026-03-01Z"',
        'valid_to = "2026-03-01 10:00:00Z"',
        'valid_to = ""',
        'valid_to = "éééééééééé"',
        "valid_to = 1772323200",
        "valid_to = time.hour",
    ],
)
def test_what_is_no_period(period: str) -> None:
    """The bundle does not load, and the error names the parameter."""
    machine = Machine()
    said = machine.load({"main.star": f'rule("r", {period})\n'})
    assert machine.status == FAILED
    assert said["error"]["message"].startswith("rule: ")
    assert "valid_" in said["error"]["message"]


def test_moments_are_told_exactly() -> None:
    """As seconds and nanoseconds; the end of a date is the next one's beginning."""
    said = Machine().load(
        {"main.star": 'rule("r", valid_from = "2026-03-01T10:00:00.5+02:00", valid_to = "2026-03-01")\n'}
    )
    rule = said["rules"][0]
    assert rule["valid_from"] == [moment("2026-03-01T08:00:00Z") // SECOND, 500_000_000]
    assert rule["valid_to"] == [moment("2026-03-02") // SECOND, 0]
