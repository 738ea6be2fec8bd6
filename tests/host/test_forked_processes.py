"""Forked processes, as servers make them: each goes on with what it has inherited, and loads bundles of its own."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable

import pytest

import ringfence as rf

SOURCE = """
def decide(event):
    total = 0
    for i in range(event.n):
        total += ask(i)
    return total
"""
LOOP = "def decide(event):\n    while True:\n        pass\n"
LONGEST = 30.0
"""Seconds after which a child hangs."""


def in_child(act: Callable[[], None]) -> int:
    """The exit status of a forked process that does something; it prints what it fails with."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    began = time.monotonic()
    while time.monotonic() - began < LONGEST:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def load() -> rf.RuleSet:
    bundle = rf.Bundle.from_sources({"main.star": SOURCE}, functions={"ask": {"params": 1}})
    return rf.Runtime().load(bundle, functions={"ask": lambda x: x})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_parent_and_child_go_on_with_the_same_evaluation() -> None:
    """The child has a copy of the memory: neither sees what the other does. It loads, has deadlines, and closes."""
    with load() as rules:
        evaluation = rules.start({"n": 50})
        evaluation.step(fuel=40)

        def act() -> None:
            assert evaluation.result().decision == 1225
            assert rules.evaluate({"n": 3}).decision == 3
            with load() as own, own.session() as session:
                assert session.evaluate({"n": 4}).decision == 6
            endless = rf.Bundle.from_sources({"main.star": LOOP}, options=["while"])
            limits = rf.Limits(fuel=10**11, deadline=0.1)
            with rf.Runtime().load(endless, limits=limits) as loop, pytest.raises(rf.DeadlineExceeded):
                loop.evaluate({})
            rules.close()

        assert [in_child(act) for _ in range(2)] == [0, 0]
        assert evaluation.result().decision == 1225
        assert rules.evaluate({"n": 3}).decision == 3
