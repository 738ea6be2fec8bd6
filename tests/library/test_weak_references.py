"""When the target of a weak reference goes: between evaluations, and only if nothing else keeps it."""

from __future__ import annotations

import ringfence as rf

SOURCE = """
kept = [1, {"a": 2}]
ring = {}
ring["back"] = weakref(ring)
to_kept = weakref(kept[1])
to_nothing = weakref(["nobody", "keeps", "this"])
alive_while_loading = to_nothing.get() != None

def decide(event):
    own = weakref([event["n"]])
    churn = [[i] * 20 for i in range(event["n"])]
    return {
        "while_loading": alive_while_loading,
        "nothing": to_nothing.get(),
        "kept": to_kept.get(),
        "ring": ring["back"].get() == ring,
        "own": own.get(),
        "churn": len(churn),
    }
"""


def test_targets_go_when_the_bundle_has_loaded() -> None:
    """Loading is an evaluation: what only a weak reference knew is gone after it, in every event, and not before."""
    bundle = rf.Bundle.from_sources({"main.star": SOURCE})
    with rf.Runtime().load(bundle, limits=rf.Limits(fuel=10_000_000, memory="64MiB", deadline=5.0)) as rules:
        for n in (1, 30_000, 2):
            assert rules.evaluate({"n": n}).decision == {
                "while_loading": True,
                "nothing": None,
                "kept": {"a": 2},
                "ring": True,
                "own": [n],
                "churn": n,
            }
