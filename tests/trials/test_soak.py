"""A few seconds of the soak: every decision of four sessions is the model's, and the heap stays in proportion to the state."""

from __future__ import annotations

from tests.trials.soak import LEAST_HEAP, LIVE_FACTOR, soak


def test_sessions_with_cyclic_state_decide_as_their_models_do() -> None:
    summary = soak(3.0, 7, lambda line: None, 60.0)
    assert summary["events"] > 200
    assert summary["heap_bytes"]["later"] <= LEAST_HEAP + LIVE_FACTOR * summary["state_bytes"]
    assert summary["memory_bytes"]["later"] == summary["memory_bytes"]["warm"]
