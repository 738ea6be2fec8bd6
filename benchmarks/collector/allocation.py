"""How fast a program allocates objects that die at once: bytes by the guest's own count over wall-clock time.

Everything is in the time: the interpreter's instructions that make the objects, and the young collections.
"""

from __future__ import annotations

from .driver import Run
from .figure import Figure

TARGET = 500.0  # MB/s
MEMORY = 16 << 20
TURNS = 2_000_000
BODIES = {
    "tuples": "t = (i, i, i)",
    "lists": "t = [i, i]",
    "dicts": 't = {"a": i, "b": i}',
    "strings": "t = text + text",
    "f-strings": 't = f"{text}/{text}"',
    "closures": "t = lambda: i",
    "comprehensions": "t = [x for x in eight]",
    "structs": "t = struct(a = i, b = i)",
    "lists of 100": "t = [i] * 100",
    "tuples in tuples": "t = ((i, i), (i, i))",
}
LONG = ("comprehensions", "lists of 100")
"""Bodies that take several times as long as the others."""

PROGRAM = """
def measure():
    text = "a short text"
    eight = list(range(8))
    mark()
    for i in range({turns}):
        {body}
    mark()
measure()
"""


def measure(rounds: int, smoke: bool) -> list[Figure]:
    """MB/s (of 10**6 bytes) for each body."""
    turns = TURNS // 20 if smoke else TURNS
    rates: dict[str, list[float]] = {name: [] for name in BODIES}
    for _ in range(rounds):
        for name, body in BODIES.items():
            size, nanoseconds = one(PROGRAM.format(turns=turns // 8 if name in LONG else turns, body=body))
            rates[name].append(size / nanoseconds * 1e3)
    return [
        Figure(f"allocation: {name}", values, "MB/s", TARGET, at_least=True) for name, values in rates.items()
    ]


def one(program: str) -> tuple[int, int]:
    """Bytes and nanoseconds between the marks."""
    with Run(program, MEMORY) as run:
        before = run.allocated_bytes()
        elapsed = run.to_mark()
        return run.allocated_bytes() - before, elapsed
