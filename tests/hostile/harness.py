"""What the hostile tests share: reading a program's header, watching the process's memory, judging how a run ended.

A hostile program is a Starlark file that defines `attack(event)`. Its first comment lines say what must become of it:

    # expect: fuel | memory        one of these: the kinds of error, or `ok` for an answer
    # limits: fuel=1000000         where the defaults below do not fit (fuel, memory, deadline)
    # options: while recursion     what of the dialect it needs
    # message: regex               what the error's message must contain
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import ringfence as rf
from ringfence.limits import parse_duration, parse_size
from tests.stress import gc_stress

RINGFENCE = Path(sys.executable).with_name("ringfence")
PROGRAMS = Path(__file__).parent / "programs"
DEFAULT_FUEL = 5_000_000
DEFAULT_MEMORY = "16MiB"
DEFAULT_DEADLINE = "2s"
MEMORY_ALLOWANCE = 64 << 20  # bytes that the process may need beside the limit
BASE_ALLOWANCE = 96 << 20  # bytes of Python with its libraries and the compiled guest, before any rule runs
DEADLINE_FACTOR = 3.0  # a busy machine may be late; a run that is not stopped is later still
DEADLINE_ALLOWANCE = 1.0  # seconds
STRESS_FUEL = 250_000  # under --gc-stress, for a program that may run out of it
STRESS_SHARE = 20  # under --gc-stress, what the time of one that runs out of that is divided by
SAMPLE_INTERVAL = 0.002  # seconds between two looks at the process's memory
PAGE_BYTES = 4096

ERRORS: dict[str, type[rf.RingfenceError]] = {
    "rule": rf.RuleError,
    "fuel": rf.FuelExhausted,
    "memory": rf.MemoryExceeded,
    "deadline": rf.DeadlineExceeded,
    "input": rf.InputError,
}

DECIDE = """
def decide(event):
    return attack(event) if event["attack"] else "calm"
"""


@dataclass
class Program:
    """A hostile program and what its header says."""

    name: str
    source: str
    expected: list[str]
    options: list[str] = field(default_factory=list)
    message: str = ""
    fuel: int = DEFAULT_FUEL
    memory: str = DEFAULT_MEMORY
    deadline: str = DEFAULT_DEADLINE

    @property
    def limits(self) -> rf.Limits:
        return rf.Limits(fuel=self.fuel, memory=self.memory, deadline=parse_duration(self.deadline))

    def bundle(self) -> rf.Bundle:
        return rf.Bundle.from_sources({"main.star": self.source + DECIDE}, options=self.options)


def read_program(path: Path) -> Program:
    source = path.read_text(encoding="utf-8")
    header = dict(re.findall(r"^# (expect|limits|options|message): (.*)$", source, re.MULTILINE))
    limits = dict(item.split("=") for item in header.get("limits", "").split())
    expected = header["expect"].split(" | ")
    fuel = int(limits.get("fuel", DEFAULT_FUEL))
    deadline = limits.get("deadline", DEFAULT_DEADLINE)
    if gc_stress() and "fuel" in expected:
        fuel = min(fuel, STRESS_FUEL)
    if gc_stress() and "deadline" in expected:
        deadline = f"{parse_duration(deadline) / STRESS_SHARE}s"
    return Program(
        name=path.stem,
        source=source,
        expected=expected,
        options=header.get("options", "").split(),
        message=header.get("message", ""),
        fuel=fuel,
        memory=limits.get("memory", DEFAULT_MEMORY),
        deadline=deadline,
    )


def all_programs() -> list[Program]:
    return [read_program(path) for path in sorted(PROGRAMS.glob("*.star"))]


def resident_bytes() -> int:
    """The memory that this process has in use now, as the operating system counts it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


@contextmanager
def bounded(memory: int | str, deadline: float | str) -> Iterator[None]:
    """Fail if the body takes much longer than `deadline`, or makes the process grow by more than `memory` and 64 MiB.

    Under `--gc-stress` it may take as long as the host lets it.

    Memory is sampled by a thread: the guest runs without Python's lock, so the samples go on while it is busy.
    """
    start = resident_bytes()
    peak = start
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(SAMPLE_INTERVAL):
            peak = max(peak, resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    try:
        yield
    finally:
        elapsed = time.monotonic() - began
        done.set()
        watcher.join()
    allowed = parse_duration(deadline) * DEADLINE_FACTOR + DEADLINE_ALLOWANCE
    assert elapsed < allowed or gc_stress(), f"took {elapsed:.1f} s, {allowed:.1f} s are allowed"
    grown = peak - start
    assert grown <= parse_size(memory) + MEMORY_ALLOWANCE, f"the process grew by {grown >> 20} MiB"


def outcome(rules: rf.RuleSet, event: bytes | dict[str, object]) -> tuple[str, str]:
    """How an evaluation ends: `ok` or the kind of error, and the message."""
    try:
        rules.evaluate(event)
    except rf.RingfenceError as error:
        kinds = [kind for kind, cls in ERRORS.items() if isinstance(error, cls)]
        return (kinds[0] if kinds else type(error).__name__), str(error)
    return "ok", ""


@dataclass
class MeasuredRun:
    """How a command ended, what it wrote, and the most memory that it had, in bytes."""

    status: int
    output: bytes
    errors: str
    peak: int


def run_measured(command: list[str], source: Path) -> MeasuredRun:
    """Run a command with a file as its input."""
    output, errors = source.with_suffix(".out"), source.with_suffix(".err")
    peak = 0
    with source.open("rb") as stdin, output.open("wb") as stdout, errors.open("wb") as stderr:
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr)
        while process.poll() is None:
            peak = max(peak, high_water(process.pid))
            time.sleep(SAMPLE_INTERVAL)
    return MeasuredRun(process.returncode, output.read_bytes(), errors.read_text(), peak)


def high_water(process: int) -> int:
    """The most memory that a running process has had, in bytes; 0 if it has just ended."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(match[1]) * 1024 if match else 0
