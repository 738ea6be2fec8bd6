"""The soak: sessions whose state is cyclic throughout, for as long as it is let, with every decision compared with a model's.

Each session has rings, a doubly linked list, an LRU cache and a graph (`soak_rules.star`), which random events build, link
differently and drop; the models are Python's own lists and dicts. The state has a bounded size, so what the isolate holds must be
flat: memory bounded by a constant times what is alive, for ever. Latencies and sizes are reported, and the end is one line of JSON.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ringfence as rf
from ringfence.abi import U32
from ringfence.limits import MEBIBYTE
from ringfence.session import Session

RULES = Path(__file__).with_name("soak_rules.star")
LIMITS = rf.Limits(fuel=2_000_000, memory=24 * MEBIBYTE, deadline=60.0)

SESSIONS = 4
LIFETIME = 2_000_000  # events after which a session is replaced
BATCH_SHARE = 0.02  # of the rounds decide a batch
BATCH = 40
CHECK_EVENTS = 1_000  # of each session between two looks at the sizes

RINGS, RING_NODES = 60, 300
LIST_ITEMS = 5_000
CACHE_SIZE = 2_000  # as in the rules
GRAPH_NODES = 200

WARM_UP = 0.5  # of the time: then all structures have their size, and the heap has met the worst that it will
FLAT = 1.1  # what memory and heap may grow by in the other half
LIVE_FACTOR = (
    3.0  # bytes of heap for one that is alive, at most; beside what a collection waits for in any case:
)
LEAST_HEAP = 6 * MEBIBYTE


class Mismatch(Exception):
    """A decision was not the model's."""


@dataclass
class Event:
    """An operation, and what the rules must answer; `fails` is the message of the error that they must end in instead."""

    op: str
    args: list[Any]
    answer: Any = None
    fails: str | None = None

    def as_event(self) -> dict[str, Any]:
        """What the rules are sent."""
        return {"op": self.op, "args": self.args}


@dataclass
class Model:
    """The state of one session, and the events that change it."""

    random: random.Random
    rings: dict[str, list[int]] = field(default_factory=dict)
    items: list[int] = field(default_factory=list)
    cache: OrderedDict[str, int] = field(default_factory=OrderedDict)
    graph: dict[str, set[str]] = field(default_factory=dict)
    numbers: int = 0

    def event(self) -> Event:
        """The next event; the model has its effect already."""
        chosen: Callable[[], Event] = self.random.choice(
            (self.change_rings, self.change_list, self.use_cache, self.use_cache, self.change_graph)
        )
        if self.random.random() < 0.02:
            return self.garbage()
        return chosen()

    def number(self) -> int:
        """A number that was not used before."""
        self.numbers += 1
        return self.numbers

    def change_rings(self) -> Event:
        """Make, merge, cut or drop a ring."""
        rng, rings = self.random, self.rings
        if len(rings) < 2 or (len(rings) < RINGS and rng.random() < 0.3):
            name = f"ring {self.number()}"
            rings[name] = [self.number() for _ in range(rng.randint(1, RING_NODES // 4))]
            return Event("ring_new", [name, list(rings[name])], list(rings[name]))
        name = rng.choice(list(rings))
        ring = rings[name]
        if len(ring) > RING_NODES // 2 or (len(ring) > 2 and rng.random() < 0.4):
            at, length = rng.randrange(len(ring)), rng.randint(1, len(ring) - 1)
            turned = ring[at:] + ring[:at]
            rings[name] = turned[:1] + turned[length + 1 :]
            return Event("ring_cut", [name, at, length], list(rings[name]))
        if rng.random() < 0.2:
            del rings[name]
            return Event("ring_drop", [name], sorted(rings))
        other = rng.choice([found for found in rings if found != name])
        at, other_at = rng.randrange(len(ring)), rng.randrange(len(rings[other]))
        theirs = rings.pop(other)
        rings[name] = ring[: at + 1] + theirs[other_at + 1 :] + theirs[: other_at + 1] + ring[at + 1 :]
        return Event("ring_merge", [name, at, other, other_at], list(rings[name]))

    def change_list(self) -> Event:
        """Push at either end, or remove anywhere."""
        rng, items = self.random, self.items
        if items and rng.random() < len(items) / LIST_ITEMS:
            value = rng.choice(items)
            items.remove(value)
            return Event("list_remove", [value], self.list_ends())
        value = self.number()
        if rng.random() < 0.01:
            items.append(value)
            return Event("list_fail", [value], fails=f"fail: after {value}")
        front = rng.random() < 0.5
        items.insert(0 if front else len(items), value)
        return Event("list_push", [value, front], self.list_ends())

    def list_ends(self) -> list[Any]:
        """What the rules say about the list."""
        return [len(self.items), [f"item {value}" for value in self.items[:8]], self.items[:-9:-1]]

    def use_cache(self) -> Event:
        """Ask for a key, or put one."""
        key = f"key {int(self.random.expovariate(1 / CACHE_SIZE))}"
        if self.random.random() < 0.6:
            if key not in self.cache:
                return Event("cache_get", [key], None)
            self.cache.move_to_end(key)
            return Event("cache_get", [key], [self.cache[key], {"key": key}])
        self.cache[key] = number = self.number()
        self.cache.move_to_end(key)
        evicted = self.cache.popitem(last=False)[0] if len(self.cache) > CACHE_SIZE else None
        return Event("cache_put", [key, number], evicted)

    def change_graph(self) -> Event:
        """Link two nodes, remove one, or ask what can be reached."""
        rng, graph = self.random, self.graph
        if graph and rng.random() < 0.15:
            name = rng.choice(list(graph))
            del graph[name]
            for targets in graph.values():
                targets.discard(name)
            return Event("graph_remove", [name], len(graph))
        if graph and rng.random() < 0.4:
            name, depth = rng.choice(list(graph)), rng.randint(1, 4)
            return Event("graph_reach", [name, depth], self.reach(name, depth))
        source, target = (f"node {rng.randrange(GRAPH_NODES)}" for _ in range(2))
        graph.setdefault(source, set()).add(target)
        graph.setdefault(target, set())
        return Event("graph_link", [source, target], self.reach(source, 2))

    def reach(self, name: str, depth: int) -> list[str]:
        """The names within so many steps."""
        seen = {name}
        for _ in range(depth):
            seen = seen.union(*(self.graph[reached] for reached in seen))
        return sorted(seen)

    def garbage(self) -> Event:
        """Rings that die at once."""
        count = self.random.choice((1, 20, 500))
        return Event("garbage", [count], count)


class Latencies:
    """A histogram of times, in buckets of an eighth of a doubling: it does not grow in an hour."""

    BUCKETS = 8

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[int(math.log2(max(seconds, 1e-9)) * self.BUCKETS)] += 1
        self.longest = max(self.longest, seconds)

    def percentile(self, share: float) -> float:
        """Microseconds that such a share of the events took at most, to an eighth of a doubling."""
        wanted = share * self.counts.total()
        reached = 0
        for bucket, count in sorted(self.counts.items()):
            reached += count
            if reached >= wanted:
                return float(round(2 ** ((bucket + 1) / self.BUCKETS) * 1e6, 1))
        return 0.0

    def summary(self) -> dict[str, float]:
        """In microseconds."""
        names = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}
        return {
            **{name: self.percentile(share) for name, share in names.items()},
            "max": round(self.longest * 1e6, 1),
        }


class Life:
    """One session with its model."""

    def __init__(self, rules: rf.RuleSet, seed: int) -> None:
        self.session: Session = rules.session()
        self.model = Model(random.Random(seed))
        self.events = 0
        layout = rules._engine.guest.layout
        self.bounds = [layout.address(f"guest.heap.old.{name}") for name in ("tail_start", "tail_top")]

    def decide(self, latencies: Latencies) -> None:
        """One event."""
        event = self.model.event()
        sent = event.as_event()
        began = time.perf_counter()
        try:
            answer, message = self.session.evaluate(sent).decision, None
        except rf.RuleError as error:
            answer, message = None, error.message
        latencies.add(time.perf_counter() - began)
        self.events += 1
        self.compare(event, answer, message)

    def decide_batch(self) -> None:
        """Many events in one call."""
        events = [self.model.event() for _ in range(BATCH)]
        decisions = self.session.evaluate_batch([event.as_event() for event in events])
        for event, decision in zip(events, decisions, strict=True):
            self.events += 1
            error = decision.error
            self.compare(event, decision.decision, error.message if error else None)

    def compare(self, event: Event, answer: Any, message: str | None) -> None:
        """Raise `Mismatch` if the rules said something else."""
        if (answer, message) != (event.answer, event.fails):
            raise Mismatch(
                f"event {self.events}: {event.op} {event.args} gave {answer!r} ({message}), not {event.answer!r} ({event.fails})"
            )

    def sizes(self) -> tuple[int, int]:
        """Bytes of the isolate's memory, and of them those from the end of the image to the end of what is in use."""
        memory = self.session._isolate.memory()
        start, top = (U32.unpack_from(memory, address)[0] for address in self.bounds)
        return len(memory), top - start


@dataclass
class Sizes:
    """The largest memory of an isolate, and the largest old space in it (what is alive, garbage and holes), in bytes."""

    memory: int = 0
    heap: int = 0

    def add(self, lives: list[Life]) -> None:
        """Look at all sessions."""
        for life in lives:
            memory, heap = life.sizes()
            self.memory, self.heap = max(self.memory, memory), max(self.heap, heap)


def resident_bytes() -> int:
    """What this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def soak(seconds: float, seed: int, say: Callable[[str], None], report_seconds: float) -> dict[str, Any]:
    """Run for so long, with a line of progress now and then; the summary. Raises `Mismatch`."""
    latencies = Latencies()
    rng = random.Random(seed)
    bundle = rf.Bundle.from_sources({"main.star": RULES.read_text(encoding="utf-8")})
    opened = decided = resident = 0
    warm, later = Sizes(), Sizes()
    with rf.Runtime().load(bundle, limits=LIMITS) as rules:
        lives: list[Life] = []
        began = reported = time.monotonic()
        while (now := time.monotonic()) - began < seconds:
            while len(lives) < SESSIONS:
                opened += 1
                lives.append(Life(rules, seed * 1000 + opened))
            is_warm = now - began > seconds * WARM_UP
            for _ in range(CHECK_EVENTS):
                for life in lives:
                    if rng.random() < BATCH_SHARE / BATCH:
                        life.decide_batch()
                    else:
                        life.decide(latencies)
            (later if is_warm else warm).add(lives)
            resident = resident if is_warm and resident else resident_bytes()
            if now - reported > report_seconds:
                reported = now
                events = decided + sum(life.events for life in lives)
                say(progress(now - began, events, later if is_warm else warm, latencies))
            for life in [life for life in lives if life.events > LIFETIME]:
                decided += life.events
                life.session.close()
                lives.remove(life)
        state = [life.session.collect().live_bytes for life in lives]
        decided += sum(life.events for life in lives)
        statistics = [life.session._isolate.statistics() for life in lives]
        for life in lives:
            life.session.close()
    return {
        "seconds": round(time.monotonic() - began, 1),
        "events": decided,
        "sessions": opened,
        "mismatches": 0,
        "state_bytes": max(state),
        "heap_bytes": {"warm": warm.heap, "later": later.heap},
        "memory_bytes": {"warm": warm.memory, "later": later.memory},
        "flat": is_flat(warm, later, max(state)),
        "process_bytes": {"warm": resident, "end": resident_bytes()},
        "collections": sum(s.collections for s in statistics),
        "allocated_bytes": sum(s.allocated_bytes for s in statistics),
        "latency_us": latencies.summary(),
    }


def progress(seconds: float, events: int, sizes: Sizes, latencies: Latencies) -> str:
    """One line about the run so far."""
    times = ", ".join(f"{name} {micros:g} us" for name, micros in latencies.summary().items())
    memory, heap = sizes.memory / MEBIBYTE, sizes.heap / MEBIBYTE
    return f"{seconds:6.0f} s  {events:10} events  memory {memory:.1f} MiB, heap {heap:.2f} MiB  {times}"


def is_flat(warm: Sizes, later: Sizes, state: int) -> bool:
    """Whether nothing grew after the warm-up, and the heap is in proportion to the state."""
    grown = later.memory > FLAT * warm.memory or later.heap > FLAT * warm.heap
    return not grown and later.heap <= LEAST_HEAP + LIVE_FACTOR * state
