"""Coverage counters of an instrumented guest: a byte for each function entry, branch and loop body.

The bytes lie in static data, one range for each function in the order of the text; they saturate, so that what ran often does
not look as if it had not run. `emission.py` asks for a counter wherever control may go; ordinary builds have none.
The fuzzer (`tests/fuzz/`) reads the map from an isolate's memory.
"""

from __future__ import annotations

SATURATED = 255


class Coverage:
    """Hands out the counters of one build; `address` is where the first one lies."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.count = 0
        self.functions: dict[str, int] = {}
        """The first counter of each function: its entry."""

    def enter(self, function: str) -> str:
        """The counter of a function's entry."""
        self.functions[function] = self.count
        return self.counter()

    def counter(self) -> str:
        """The text of an instruction that increments the next byte."""
        place = self.address + self.count
        self.count += 1
        load = f"(i32.load8_u offset={place} (i32.const 0))"
        rest = f"(i32.ne {load} (i32.const {SATURATED}))"
        return f"(i32.store8 offset={place} (i32.const 0) (i32.add {load} {rest}))"

    def published(self) -> dict[str, object]:
        """What the layout file says of the map."""
        return {"address": self.address, "size": self.count, "functions": self.functions}
