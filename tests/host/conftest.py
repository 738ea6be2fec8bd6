"""Fixtures: an engine and a rule set on the guest of `misbehaving.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ringfence.cache import CodeCache
from ringfence.engine import Engine
from ringfence.isolate import Isolate
from ringfence.provenance import Provenance
from ringfence.results import Results
from ringfence.rule import Rule
from ringfence.ruleset import RuleSet
from tests.host.misbehaving import BUDGET, misbehaving_guest


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine with the misbehaving guest."""
    return Engine(
        misbehaving_guest(tmp_path_factory.mktemp("guest")), CodeCache(tmp_path_factory.mktemp("cache"))
    )


@pytest.fixture
def isolate(engine: Engine) -> Iterator[Isolate]:
    """A fresh isolate of the misbehaving guest."""
    isolate = Isolate(engine, engine.base, BUDGET)
    yield isolate
    isolate.close()


@pytest.fixture
def rules(engine: Engine) -> Iterator[RuleSet]:
    """A rule set of the misbehaving guest: it has one rule, `echo`."""
    with RuleSet(
        engine,
        engine.base,
        BUDGET,
        Results([Rule("echo", 0, "main.star", "main.star:1:1")], lists_rules=False),
        Provenance(engine, engine.base, BUDGET, "", b"", b""),
    ) as rules:
        yield rules
