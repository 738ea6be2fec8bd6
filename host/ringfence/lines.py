"""Which lines of a bundle's functions have run: what covered isolates tell, added up.

A bundle that is loaded with a `LineCoverage` runs one instruction at a time, from its top level on, and its isolates note it.
It costs and decides the same, and takes several times as long. The coverage of a bundle's own tests is made of this.
"""

from __future__ import annotations

import json

from ringfence.errors import IsolateTrapped
from ringfence.instance import IsolateBroken
from ringfence.isolate import Isolate

COVERED_PATIENCE = 20
"""How many times its deadline a covered evaluation has."""


class LineCoverage:
    """Lines by file, and whether they ran. On the line of a lambda that was made and never called, not all has run: then it has
    not.
    """

    def __init__(self) -> None:
        self._ran: dict[str, dict[tuple[int, int], bool]] = {}
        """For each file, by line and number of the function on it: whether any instruction ran there in any isolate."""

    def take(self, isolate: Isolate) -> None:
        """Add what a covered isolate has run."""
        try:
            self.add(isolate.lines())
        except IsolateBroken as broken:
            raise broken.error from None

    def add(self, report: bytes) -> None:
        """Add what an isolate tells. Raises `IsolateTrapped` if that is nonsense."""
        try:
            for module in json.loads(report)["modules"]:
                places = self._ran.setdefault(str(module["path"]), {})
                for number, pairs in enumerate(module["codes"]):
                    for line, ran in zip(pairs[::2], pairs[1::2], strict=True):
                        place = int(line), number
                        places[place] = places.get(place, False) or ran == 1
        except (ValueError, LookupError, TypeError, RecursionError) as failure:
            raise IsolateTrapped(f"the guest's answer cannot be read: {failure}") from failure

    def files(self) -> dict[str, dict[int, bool]]:
        """For each file that has code, its lines in order: whether each ran."""
        found: dict[str, dict[int, bool]] = {}
        for path, places in sorted(self._ran.items()):
            for (line, _), ran in sorted(places.items()):
                lines = found.setdefault(path, {})
                lines[line] = lines.get(line, True) and ran
        return found
