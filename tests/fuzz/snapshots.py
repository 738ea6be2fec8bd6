"""Mutated snapshots: bytes that were damaged, and memories that somebody made up and sealed; resumed, stepped, copied and finished.

Whatever is in a snapshot, resuming it ends in a `SnapshotError`, in a decision or in the error of an event, within its limits:
never in a crash, in another exception, or in a change to what other evaluations decide. The mutations that matter are made before
the checksum, to the memory: words that the guest's own code and collector then take for pointers, sizes, classes and counts.
"""

from __future__ import annotations

import hashlib
import random
import resource
import struct
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ringfence as rf
from ringfence.delta import Delta
from ringfence.limits import PAGE_BYTES, Budget
from ringfence.provenance import rebuilt
from ringfence.snapshot import Origin, Snapshot, State, pack_loaded, seal
from tests.fuzz.outcome import Finding

LIMITS = rf.Limits(fuel=20_000, memory="8MiB", deadline=0.004)
UNHURRIED = rf.Limits(fuel=20_000, memory="8MiB", deadline=10.0)
TRIES = 50
BUDGET = Budget(20_000, 8 << 20, 0.004)
SECONDS_ALLOWED = 0.75
"""For one input: some calls of the guest, each of which may be trapped only at twice the deadline, on a busy machine."""

LONGEST_VALUE = 203
"""Characters of what `where` shows of one value."""

REPORT_SECONDS = 10.0
HEALTH_EVERY = 500
"""Inputs between two looks at whether an ordinary event is still decided as it should be."""

BUNDLE_EVERY = 100
"""Inputs of which one is self-contained, with a bundle that is mutated too: each makes an image."""

RULES = """
limits = {"north": [1, 2, 3], "south": [4, 5, 6]}
pattern = regex("^/(api|admin)/([a-z]+)$")
seen = persistent({"count": 0})

def total(req):
    sums = {}
    for i in range(40):
        sums["key %d" % (i % 7)] = [i] * (i % 5) + sums.get("key %d" % (i % 7), [])
    names = sorted(sums, key = lambda name: -len(sums[name]))
    return names[0] + req.path.upper() + json.encode(sums)[:20]

def asked(req):
    seen["count"] += 1
    where = geoip(req.ip)
    return where["country"] if pattern.search(req.path) else repr([where, seen, (1 << 99) // 7])

rule("long", priority = 2, when = lambda req: len(total(req)) > 100000, then = "never")
rule("asked", priority = 1, when = lambda req: asked(req) == "XX", then = lambda req: {"total": total(req)})
rule("last", when = lambda req: True, then = lambda req: [total(req), {"seen": seen["count"]}, 1.5, None])
"""
MANIFEST = {"functions": {"geoip": {"params": 1}}}
EVENTS = (
    {"path": "/api/users", "ip": "192.0.2.1", "tags": ["a", {"b": None}], "long": "x" * 300},
    {"path": "/", "ip": "2001:db8::1", "n": 1 << 70},
)
EDGES = (0, 1, 7, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF8, 0xFFFF_FFFF)
WORD = struct.Struct("<I")


def lookup(address: str) -> dict[str, str]:
    """The host's function."""
    return {"country": "XX", "address": address}


class Trial:
    """Snapshots to start from, and the rule set that mutants are resumed in."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.runtime = rf.Runtime(ceiling=LIMITS)
        bundle = rf.Bundle.from_sources({"main.star": RULES}, **MANIFEST)
        self.rules = self.runtime.load(bundle, limits=LIMITS, functions={"geoip": lookup})
        self.unhurried = rf.Runtime().load(bundle, limits=UNHURRIED, functions={"geoip": lookup})
        self.expected = [self.decide(event) for event in EVENTS]
        self.seeds = [self.taken(event, steps) for event in EVENTS for steps in range(0, 60, 3)]
        self.loaded = Snapshot.read(self.unhurried.start(EVENTS[0]).snapshot()).bundle(BUDGET.memory)
        self.ends: Counter[str] = Counter()

    def decide(self, event: dict[str, object]) -> tuple[object, str | None, int]:
        """What an ordinary evaluation decides; on a busy machine it may take a few tries."""
        for _ in range(TRIES):
            try:
                decision = self.rules.evaluate(event)
            except rf.DeadlineExceeded:
                continue
            return decision.decision, decision.rule, decision.fuel
        raise Finding("no event is decided in time any more")

    def taken(self, event: dict[str, object], steps: int) -> tuple[Origin, State, Delta]:
        """A snapshot after so many steps, or at the last one before the end."""
        evaluation = self.unhurried.start(event)
        blob = evaluation.snapshot(bundle=False)
        for _ in range(steps):
            if evaluation.step(fuel=37):
                break
            blob = evaluation.snapshot(bundle=False)
        evaluation.close()
        snapshot = Snapshot.read(blob)
        state, delta = snapshot.evaluation(BUDGET.memory)
        return snapshot.origin, state, delta

    def attempt(self, number: int) -> None:
        """One mutant: raises `Finding`."""
        rng = self.rng
        origin, state, delta = rng.choice(self.seeds)
        began = time.thread_time()
        if number % BUNDLE_EVERY == 0:
            blob = self.with_bundle(origin, state, delta)
            resume: Callable[[bytes], rf.Evaluation] = self.resume_anywhere
        elif rng.random() < 0.1:
            blob = self.damaged(seal(origin, state, delta, None))
            resume = self.rules.resume
        else:
            blob = seal(origin, self.mutated_state(state), self.mutated(delta), None)
            resume = self.rules.resume
        try:
            self.use(resume, blob)
        except Finding:
            raise
        except Exception as failure:
            raise Finding(f"{type(failure).__name__} while a snapshot is used", str(failure)) from failure
        if time.thread_time() - began > SECONDS_ALLOWED:
            raise Finding("a snapshot takes longer than its limits allow")
        if number % HEALTH_EVERY == 0 and [self.decide(event) for event in EVENTS] != self.expected:
            raise Finding("a snapshot changes what other evaluations decide")

    def resume_anywhere(self, blob: bytes) -> rf.Evaluation:
        """Where the bundle is not loaded."""
        return self.runtime.resume(blob, limits=LIMITS, functions={"geoip": lookup})

    def use(self, resume: Callable[[bytes], rf.Evaluation], blob: bytes) -> None:
        """Resume a snapshot and do with it what can be done."""
        rng = self.rng
        try:
            evaluation = resume(blob)
        except (rf.SnapshotError, rf.EvaluationError) as refused:
            self.ends[type(refused).__name__] += 1
            return
        with evaluation:
            try:
                if rng.random() < 0.3:
                    self.look(evaluation)
                for _ in range(rng.randrange(4)):
                    if evaluation.step(fuel=rng.choice((1, 10, 200, 5_000))):
                        break
                    if rng.random() < 0.2:
                        evaluation.fork().close()
                    if rng.random() < 0.2 and not evaluation.done:
                        evaluation.snapshot(bundle=False)
                evaluation.result()
                self.ends["decided"] += 1
            except rf.EvaluationError as error:
                self.ends[error.kind] += 1

    def look(self, evaluation: rf.Evaluation) -> None:
        """See where it stands: a bounded answer, or an error of the copy that was looked at."""
        try:
            where = evaluation.where
        except rf.EvaluationError as error:
            self.ends[f"no look: {error.kind}"] += 1
            return
        if where is not None:
            self.ends["looked"] += 1
            values = [text for call in where.traceback for text in call.variables.values()]
            if max(map(len, values), default=0) > LONGEST_VALUE:
                raise Finding(f"a value of {max(map(len, values))} characters")

    def damaged(self, blob: bytes) -> bytes:
        """Bytes that were changed on their way."""
        rng = self.rng
        changed = bytearray(blob)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(changed))
            match rng.randrange(4):
                case 0:
                    changed[at] ^= 1 << rng.randrange(8)
                case 1:
                    del changed[at : at + rng.randrange(1, 9)]
                case 2:
                    changed[at:at] = rng.randbytes(rng.randrange(1, 9))
                case _:
                    del changed[at:]
            if not changed:
                break
        if rng.random() < 0.5:
            changed[-32:] = hashlib.sha256(changed[:-32]).digest()
        return bytes(changed)

    def mutated_state(self, state: State) -> State:
        """Mostly the state that it was."""
        rng = self.rng
        if rng.random() < 0.8:
            return state
        limit = rng.choice((0, 1, state.limit, 1 << 40))
        used = rng.randrange(min(limit, 1 << 30) + 1)
        return replace(
            state,
            limit=limit,
            granted=rng.randrange(limit + 1),
            used=used,
            is_calling=rng.random() < 0.5,
            is_starved=rng.random() < 0.2,
            calls=rng.choice(({}, {"geoip": 99}, {"nothing": 1 << 60})),
            reply=rng.choice((None, b"", b"[1", b'{"country": "XX"}')),
            printed=rng.randbytes(rng.randrange(9)),
        )

    def mutated(self, delta: Delta) -> Delta:
        """The same memory, with some of its words or pieces changed."""
        rng = self.rng
        contents = bytearray(delta.contents)
        pieces = list(delta.pieces)
        pages = delta.pages
        for _ in range(rng.choice((1, 1, 1, 2, 5, 40))):
            at = self.place(pieces, len(contents))
            if rng.random() < 0.01:
                pages = max(delta.pages, rng.choice((pages, pages + 1, 128, 129, 65535, 65536)))
            match rng.randrange(11):
                case 0 | 1:
                    contents[at] ^= 1 << rng.randrange(8)
                case 2 | 3:
                    WORD.pack_into(contents, at & ~3, rng.choice(EDGES))
                case 4 | 5:
                    WORD.pack_into(contents, at & ~3, self.address(pieces, pages))
                case 6:
                    (old,) = WORD.unpack_from(contents, at & ~3)
                    WORD.pack_into(
                        contents, at & ~3, old + rng.choice((-8, -1, 1, 8, 64, 4096)) & 0xFFFF_FFFF
                    )
                case 7:
                    other = self.place(pieces, len(contents)) & ~7
                    contents[at & ~7 : (at & ~7) + 8] = contents[other : other + 8]
                case 8:
                    contents[at & ~7 : (at & ~7) + 8] = rng.randbytes(8)
                case 9:
                    end = min(len(contents), at + rng.randrange(1, 65))
                    contents[at:end] = bytes([rng.choice((0, 0xFF, 0x5F))]) * (end - at)
                case _:
                    number = rng.randrange(len(pieces))
                    address, length = pieces[number]
                    moved = (
                        self.address(pieces, pages)
                        if rng.random() < 0.5
                        else address + rng.choice((-8, 8, 4096))
                    )
                    pieces[number] = (max(0, min(moved, pages * PAGE_BYTES - length)), length)
        return Delta(pages, pieces, bytes(contents))

    def place(self, pieces: list[tuple[int, int]], size: int) -> int:
        """A position in the contents: as often in a small piece as in a large one."""
        rng = self.rng
        if rng.random() < 0.5:
            return rng.randrange(size - 8)
        number = rng.randrange(len(pieces))
        start = sum(length for _, length in pieces[:number])
        return min(start + rng.randrange(pieces[number][1]), size - 8)

    def address(self, pieces: list[tuple[int, int]], pages: int) -> int:
        """An address that may mean something: in a piece, or anywhere in the memory."""
        rng = self.rng
        if rng.random() < 0.3:
            return rng.randrange(pages * PAGE_BYTES) & ~7
        address, length = rng.choice(pieces)
        return address + (rng.randrange(length) & ~7)

    def with_bundle(self, origin: Origin, state: State, delta: Delta) -> bytes:
        """A self-contained snapshot whose image is mutated, with the digest that it has then."""
        loaded = self.loaded
        if self.rng.random() < 0.7:
            loaded = replace(loaded, image=self.mutated(loaded.image))
        else:
            texts = {"manifest": loaded.manifest, "said": loaded.said}
            name = self.rng.choice(tuple(texts))
            text = bytearray(texts[name])
            text[self.rng.randrange(len(text))] = self.rng.randrange(256)
            loaded = replace(loaded, **{name: bytes(text)})
        try:
            image = rebuilt(self.runtime.engine, loaded.image, BUDGET)[1]
        except ValueError:
            image = origin.image
        return seal(replace(origin, image=image), state, delta, pack_loaded(loaded))


def run(
    seed: int, seconds: float | None, inputs: int | None, folder: Path, say: Callable[[str], None]
) -> int:
    """Resume mutants for a while; how many findings there were."""
    trial = Trial(seed)
    began = reported = time.monotonic()
    count = found = 0
    while inputs is None or count < inputs:
        now = time.monotonic()
        if seconds is not None and now - began >= seconds:
            break
        if now - reported >= REPORT_SECONDS:
            reported = now
            say(
                f"snapshots: {count} inputs, {count / (now - began):.0f} a second, {found} findings, {dict(trial.ends)}"
            )
        before = trial.rng.getstate()
        try:
            trial.attempt(count)
        except Finding as finding:
            found += 1
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"snapshots-{seed}-{count}"
            path.write_text(repr((count, before)), encoding="utf-8")
            say(f"{finding}\n  in {path}")
        count += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say(
        f"snapshots: {count} inputs in {time.monotonic() - began:.0f} s, {found} findings, {dict(trial.ends)}, {peak} MiB"
    )
    return found
