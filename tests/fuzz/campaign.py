"""A campaign: one target fuzzed for a while, keeping every input that reaches what none before it has reached.

With one seed, one guest and one set of starting inputs, a campaign tries the same inputs in the same order. What fails is
minimized and written to a folder, one file for each cause.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.minimize import minimized
from tests.fuzz.mutation import MAX_BYTES, mutate
from tests.fuzz.outcome import Finding
from tests.fuzz.targets import Target

FRESH_SHARE = 0.15  # inputs made by the grammar instead of mutated
RECENT_SHARE = 0.5  # mutated inputs that are among the last kept ones
RECENT = 4  # part of the corpus: the last quarter
STRESS_EVERY = 20  # one input in so many also runs with a collection at every allocation
REPORT_SECONDS = 10.0
MAX_FINDINGS = 50


@dataclass
class Failure:
    """A finding with the smallest input that shows it."""

    finding: Finding
    data: bytes
    path: Path | None = None


@dataclass
class Campaign:
    """The state of fuzzing one target."""

    target: Target
    seed: int
    findings_folder: Path | None = None
    stress: bool = False
    say: Callable[[str], None] = lambda _line: None
    corpus: list[bytes] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    tried: int = 0
    seen: int = 0
    """All bits of all maps so far, as one number."""

    def run(self, seconds: float | None = None, inputs: int | None = None) -> None:
        """Fuzz until the time is over or so many inputs have been tried, after the starting inputs."""
        rng = random.Random(f"{self.target.name} {self.seed}")
        began = time.monotonic()
        reported = began
        for data in self.target.seeds():
            self.try_input(data, keep=True)
        if not self.corpus:
            self.corpus.append(b"")
        tried = self.tried
        while inputs is None or self.tried - tried < inputs:
            now = time.monotonic()
            if seconds is not None and now - began >= seconds:
                break
            if now - reported >= REPORT_SECONDS:
                reported = now
                self.say(self.summary(now - began))
            self.try_input(self.next_input(rng))
            if len(self.failures) >= MAX_FINDINGS:
                break
        self.say(self.summary(time.monotonic() - began))

    def next_input(self, rng: random.Random) -> bytes:
        """Something new: from the grammar, or from what was kept."""
        if rng.random() < FRESH_SHARE:
            return self.target.generate(rng)[:MAX_BYTES]
        recent = len(self.corpus) // RECENT if rng.random() < RECENT_SHARE else len(self.corpus)
        parent = self.corpus[-1 - rng.randrange(max(1, recent))]
        return mutate(rng, parent, self.target.words, self.corpus)

    def try_input(self, data: bytes, keep: bool = False) -> None:
        """Run an input; keep it if it reaches something new."""
        self.tried += 1
        try:
            coverage = self.target.run_in_time(data)
            bits = int.from_bytes(coverage, "little")
            is_new = bits & ~self.seen != 0
            if is_new or keep:
                self.seen |= bits
                self.corpus.append(data)
            if is_new or self.stress or self.tried % STRESS_EVERY == 0:
                self.target.run_again(data, stress=self.stress or not keep)
        except Finding as finding:
            self.record(finding, data)

    def record(self, finding: Finding, data: bytes) -> None:
        """A new cause is minimized and written down."""
        if finding.signature in self.failures:
            return
        self.failures[finding.signature] = Failure(finding, data)
        self.say(f"{self.target.name}: {finding}")
        smallest = minimized(data, lambda smaller: self.fails_alike(smaller, finding.signature))
        failure = Failure(finding, smallest)
        if self.findings_folder is not None:
            self.findings_folder.mkdir(parents=True, exist_ok=True)
            name = hashlib.sha256(smallest).hexdigest()[:12]
            failure.path = self.findings_folder / f"{self.target.name}-{name}"
            failure.path.write_bytes(smallest)
            failure.path.with_suffix(".txt").write_text(f"{finding}\n", encoding="utf-8")
        self.failures[finding.signature] = failure
        self.say(f"  smallest input: {smallest!r}" + (f" in {failure.path}" if failure.path else ""))

    def fails_alike(self, data: bytes, signature: str) -> bool:
        """Whether an input fails for the same cause."""
        try:
            self.target.run_in_time(data)
            self.target.run_again(data, stress=True)
        except Finding as finding:
            return finding.signature == signature
        return False

    def summary(self, seconds: float) -> str:
        """A line about the state."""
        reached = self.target.guest.coverage
        bits = self.seen.to_bytes(reached.size, "little")
        counters = sum(map(bool, bits))
        rate = self.tried / seconds if seconds else 0
        return (
            f"{self.target.name}: {self.tried} inputs ({rate:.0f}/s), {len(self.corpus)} kept, "
            f"{counters} of {reached.size} counters, {len(reached.reached(bits))} of {len(reached.functions)} functions, "
            f"{len(self.failures)} findings"
        )
