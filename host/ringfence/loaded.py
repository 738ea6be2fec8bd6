"""A loaded bundle: its image, what the guest and the manifest say of it, and where it came from.

`runtime.py` makes one from a bundle's files, `resuming.py` from a self-contained snapshot; either becomes a rule set when the
functions of the host are given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ringfence._wasm import Handle
from ringfence.engine import Engine
from ringfence.errors import MemoryExceeded
from ringfence.functions import HostFunctions
from ringfence.image import Image, compiled, pages_of
from ringfence.limits import MEBIBYTE, Budget, format_size
from ringfence.lines import LineCoverage
from ringfence.manifest import LISTING_POLICIES, Manifest
from ringfence.provenance import Provenance
from ringfence.results import Results, unreadable
from ringfence.rule import Rule, rule_from_json
from ringfence.ruleset import RuleSet

IMAGE_SHARE = 3
"""A loaded bundle may hold this part of its memory limit: making the image needs about three times its size for a moment,
and evaluations need room beside it."""

SMALLEST_IMAGE_LIMIT = 4 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class LoadedBundle:
    """A bundle that is ready for events, but for the functions of the host."""

    engine: Engine
    image: Image
    budget: Budget
    manifest: Manifest
    said: bytes
    """What the guest said when it had loaded the bundle, as JSON."""
    provenance: Provenance

    def rule_set(
        self,
        functions: HostFunctions,
        brand: type[Any] | None = None,
        lines: LineCoverage | None = None,
    ) -> RuleSet[Any]:
        """Its rules, with these functions and this brand; raises `IsolateTrapped` if what the guest said makes no sense.

        If it has been loaded covered, `lines` gets what its isolates have run, when they are freed.
        """
        rules, has_state = rules_of(self.said)
        hit_policy = self.manifest.hit_policy
        results = Results(rules, hit_policy in LISTING_POLICIES, hit_policy)
        return RuleSet(
            self.engine,
            self.image,
            self.budget,
            results,
            self.provenance,
            has_state,
            functions,
            brand,
            lines,
        )


def make_image(engine: Engine, binary: bytearray, size: int, budget: Budget) -> Image:
    """The image of a bundle, whose memory has `size` bytes; raises `MemoryExceeded` if it is too large for its limit."""
    largest = max(budget.memory // IMAGE_SHARE, SMALLEST_IMAGE_LIMIT)
    if len(binary) > largest:
        raise MemoryExceeded(
            f"the loaded bundle holds {format_size(len(binary))}, more than {format_size(largest)}",
            advice=f"Raise Limits(memory=...): a bundle may hold a part in {IMAGE_SHARE} of it.",
        )
    return Image(Handle(compiled(engine.native, binary)), pages_of(size))


def rules_of(said: bytes) -> tuple[list[Rule], bool]:
    """The loaded rules, in the order in which records number them; and whether there is persistent state."""
    try:
        loaded = json.loads(said)
        rules = [rule_from_json(rule) for rule in loaded["rules"]]
        return rules, loaded["persistent"] is True
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as failure:
        raise unreadable(failure, 0) from failure
