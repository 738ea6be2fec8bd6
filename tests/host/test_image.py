"""Memory images: what is encoded is what an instance starts with."""

from __future__ import annotations

import random

import pytest
import wasmtime

import ringfence as rf
from ringfence.image import encode, nonzero_spans
from ringfence.limits import PAGE_BYTES


def instantiated(binary: bytearray) -> bytes:
    store = wasmtime.Store()
    memory = wasmtime.Instance(store, wasmtime.Module(store.engine, bytes(binary)), []).exports(store)[
        "memory"
    ]
    assert isinstance(memory, wasmtime.Memory)
    return bytes(memory.read(store))


@pytest.mark.parametrize("seed", range(8))
def test_an_image_restores_the_memory(seed: int) -> None:
    source = random.Random(seed)
    memory = bytearray(source.randint(1, 5) * PAGE_BYTES)
    for _ in range(source.randint(0, 20)):
        at = source.randrange(len(memory))
        piece = source.randbytes(source.choice((1, 10, 5000)))[: len(memory) - at]
        memory[at : at + len(piece)] = piece
    assert instantiated(encode(memoryview(memory))) == memory


def test_zeroes_are_left_out() -> None:
    memory = bytearray(64 * PAGE_BYTES)
    memory[100] = memory[-1] = 1
    assert len(encode(memoryview(memory))) < 10_000


def test_spans_cover_exactly_the_blocks_that_hold_something() -> None:
    memory = bytearray(5 * 4096)
    memory[4096] = memory[3 * 4096 - 1] = memory[-1] = 1
    assert list(nonzero_spans(memoryview(memory))) == [(4096, 3 * 4096), (4 * 4096, 5 * 4096)]


def test_a_sparse_image_makes_isolates() -> None:
    """What loading leaves is compacted when most of it is dead; and what is still sparse is copied without a limit of fuel."""
    source = """
def last_of(count):
    made = [[i] for i in range(count)]
    return made[-1]

kept = last_of(300000)

def decide(event):
    return kept
"""
    bundle = rf.Bundle.from_sources({"main.star": source})
    with rf.Runtime().load(bundle, limits=rf.Limits(memory="64MiB", fuel=100_000_000)) as rules:
        assert rules.evaluate({}).decision == [299_999]
        with rules.isolate() as fresh:
            assert fresh.evaluate({}).decision == [299_999]
        assert rules.heap().total_bytes < 1 << 20
